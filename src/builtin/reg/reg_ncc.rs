//! A network connectivity configuration used across regions.

use crate::{
    builtin::shared::{account, buckets, ncc, regions},
    estate::{Cell, Links, Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds network connectivity configurations (NCC) that are bound to a workspace of another region,
    /// by `databricks_mws_ncc_binding` or by the workspace's own `network_connectivity_config_id`, and
    /// rules of an NCC for an endpoint service or a bucket of another region. All of these may stand in
    /// different plans of the run.
    ///
    /// ## Why is this bad?
    /// An NCC serves workspaces of its own region and reaches services and buckets there. The plan
    /// succeeds and the apply fails.
    /// Source: [databricks_mws_network_connectivity_config](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_network_connectivity_config),
    /// "the NCC and workspace must be in the same region";
    /// [databricks_mws_ncc_private_endpoint_rule](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_ncc_private_endpoint_rule),
    /// "the bucket names must be in the same region as the NCC/endpoint service".
    ///
    /// ## How to fix it
    /// Make one configuration for each region:
    ///
    /// ```hcl
    /// resource "databricks_mws_network_connectivity_config" "this" {
    ///   name   = "acme-${var.region}"
    ///   region = var.region
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Configurations, workspaces and buckets of no plan of the run: the rule is silent. Regions that are
    /// known only after the apply make the finding possible.
    pub static RULE = {
        id: "reg-ncc",
        summary: "NCC bound across regions, or rules for another region",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_mws_ncc_binding",
            "databricks_mws_ncc_private_endpoint_rule",
            "databricks_mws_workspaces",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    buckets::collect(cx, rows);
    ncc::collect(cx, rows);
}

const NCC: &str = "network_connectivity_config_id";

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for it in cx.of(ncc::BINDING) {
        let mut config = None;
        let (tri, workspace) = links.at_odds((it, "workspace"), account::WORKSPACE, |workspace| {
            let (tri, cause) = differs(&links, it, workspace.cell("region"));
            config = config.or(cause);
            tri
        });
        let odds = (tri, workspace.or(config));
        let to = links.to(it, "workspace", account::WORKSPACE);
        let bound = Use { attribute: NCC, odds, what: "is bound to a workspace in", to };
        report(&links, it, bound, out);
    }
    for it in cx.of(account::WORKSPACE) {
        let odds = differs(&links, it, it.cell("region"));
        let to = vec![(it, Tri::Yes)];
        let named = Use { attribute: NCC, odds, what: "is named by a workspace in", to };
        report(&links, it, named, out);
    }
    for it in cx.of(ncc::RULE) {
        judge_rule(&links, it, out);
    }
}

fn judge_rule(links: &Links<'_>, it: &Row, out: &mut Findings<'_>) {
    let offered = Use {
        attribute: "endpoint_service",
        odds: differs(links, it, it.cell("served-in")),
        what: "has a rule for a service in",
        to: vec![(it, Tri::Yes)],
    };
    report(links, it, offered, out);
    let mut buckets = links.to(it, "bucket", buckets::KIND);
    let elsewhere =
        |(bucket, sure): &(&Row, Tri)| *sure & differs(links, it, bucket.cell("region")).0;
    let odds = (Tri::any(buckets.iter().map(elsewhere)), None);
    buckets.retain(|bucket| elsewhere(bucket) != Tri::No);
    let reached =
        Use { attribute: "resource_names", odds, what: "has a rule for a bucket in", to: buckets };
    report(links, it, reached, out);
}

/// What the configuration of a row is used for.
struct Use<'a> {
    attribute: &'static str,
    /// Whether it is of another region, and why that cannot be told.
    odds: (Tri, Option<Cause>),
    what: &'static str,
    to: Vec<(&'a Row, Tri)>,
}

/// Whether the configuration that a row names is of another region than this one.
fn differs(links: &Links<'_>, it: &Row, region: &Cell) -> (Tri, Option<Cause>) {
    links.at_odds((it, "ncc"), ncc::CONFIG, |config| regions::differ(config.cell("region"), region))
}

fn report(links: &Links<'_>, it: &Row, used: Use<'_>, out: &mut Findings<'_>) {
    let configs = links.to(it, "ncc", ncc::CONFIG);
    let (tri, cause) = used.odds;
    if let Some(cause) = cause.filter(|_| tri == Tri::No) {
        out.blind(cause, it);
    }
    let region_of = |row: &Row| match row.cell("served-in") {
        Cell::Unset => regions::shown(row.cell("region")).to_owned(),
        served => regions::shown(served).to_owned(),
    };
    let first = |rows: &[(&Row, Tri)]| {
        rows.first().map_or("another region".to_owned(), |(row, _)| region_of(row))
    };
    let (ours, theirs) = (first(&configs), first(&used.to));
    let mut draft = out
        .deny(tri, it, used.attribute, || {
            format!("a configuration of {ours} {} {theirs}", used.what)
        })
        .help(|| format!("use a network connectivity configuration of {theirs}"));
    for (config, _) in configs {
        draft = draft.related_at(config, "region", || format!("the configuration, of {ours}"));
    }
    for (row, _) in used.to.into_iter().filter(|(row, _)| !row.is(it)) {
        draft = draft.related(row, || format!("in {}", region_of(row)));
    }
}
