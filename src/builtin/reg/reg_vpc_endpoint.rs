//! An endpoint registered for the wrong region.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{account, endpoints, regions},
    estate::{Cell, Links, Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_vpc_endpoint` whose `region` is not the one in which its
    /// `aws_vpc_endpoint` lies, or not the one of a workspace that reaches Databricks through it
    /// (`rest_api`, `dataplane_relay` of the workspace's network). Registration, endpoint, network and
    /// workspace may stand in different plans of the run.
    ///
    /// ## Why is this bad?
    /// Databricks looks for the endpoint in the region that is named and does not find it there, and
    /// an endpoint serves workspaces of its own region only. The plan succeeds and the apply fails.
    /// Source: [databricks_mws_vpc_endpoint](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_vpc_endpoint),
    /// "`region` - Region of AWS VPC";
    /// [AWS PrivateLink guide](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/aws-private-link-workspace).
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_vpc_endpoint" "rest" {
    ///   aws_vpc_endpoint_id = aws_vpc_endpoint.rest.id
    ///   region              = var.region # of the provider that makes the endpoint
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Endpoints of no plan of the run, and those whose region only the environment tells: of these
    /// only the workspace that uses them is looked at. A region that is known only after the apply
    /// makes the finding possible.
    pub static RULE = {
        id: "reg-vpc-endpoint",
        summary: "registered endpoint's region wrong",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_vpc_endpoint"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    endpoints::collect(cx, rows);
    regions::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let served = served(cx, &links);
    for it in cx.of(account::REGISTRATION) {
        let endpoints = links.to(it, "endpoint", endpoints::KIND);
        let (by_endpoint, cause) = links.at_odds((it, "endpoint"), endpoints::KIND, |endpoint| {
            is_elsewhere(it, &regions_of(&links, endpoint))
        });
        let served = served.get(&std::ptr::from_ref(it)).cloned().unwrap_or_default();
        let by_use = Tri::any(served.iter().map(|(_, tri)| *tri));
        if let (Tri::No, Some(cause)) = (by_use, cause) {
            out.blind(cause, it);
        }
        let is_its_own = by_endpoint >= by_use;
        let (tri, what, found) = match is_its_own {
            true => (by_endpoint, "the endpoint lies", endpoints),
            false => (by_use, "it serves a workspace", served),
        };
        let theirs = found.first().map_or(Cell::Unset, |(row, _)| region_of(&links, row));
        let theirs = regions::shown(&theirs);
        let mut draft = out
            .deny(tri, it, "region", || {
                let ours = regions::shown(it.cell("region"));
                format!("is registered for {ours}, but {what} in {theirs}")
            })
            .help(|| match is_its_own {
                true => format!("set region to {theirs}"),
                false => format!("register an endpoint of {theirs} for that workspace's network"),
            });
        for (row, _) in found {
            draft =
                draft.related(row, || format!("in {}", regions::shown(&region_of(&links, row))));
        }
    }
}

/// The workspaces that reach Databricks through a registered endpoint and lie in another region, by the
/// registration's row.
fn served<'a>(
    cx: &'a EstateCx<'_>,
    links: &Links<'a>,
) -> BTreeMap<*const Row, Vec<(&'a Row, Tri)>> {
    let mut served: BTreeMap<*const Row, Vec<(&Row, Tri)>> = BTreeMap::new();
    for list in ["rest", "relay"] {
        for network in cx.of(account::NETWORK) {
            let registrations = links.to(network, list, account::REGISTRATION);
            for (workspace, uses) in links.from(network, account::WORKSPACE, "network") {
                let differ: Vec<Tri> = registrations
                    .iter()
                    .map(|(it, _)| regions::differ(it.cell("region"), workspace.cell("region")))
                    .collect();
                let is_one_right = differ.contains(&Tri::No);
                for ((registration, lists), differ) in registrations.iter().zip(differ) {
                    // Where a key picks the registration, it may be one that is right.
                    let tri = *lists & uses & differ;
                    if tri != Tri::No && (*lists == Tri::Yes || !is_one_right) {
                        served.entry(*registration).or_default().push((workspace, tri));
                    }
                }
            }
        }
    }
    served
}

/// Everything that tells where an endpoint lies, in whichever plan has it where this one does not tell.
fn regions_of(links: &Links<'_>, endpoint: &Row) -> Vec<Cell> {
    let own = shown_by(links, endpoint);
    if !own.is_empty() {
        return own;
    }
    let same = links.rows(endpoints::KIND).named(&Named::itself(endpoint)).into_iter();
    let told = same.map(|(row, _)| shown_by(links, row)).find(|told| !told.is_empty());
    told.unwrap_or_default()
}

/// Its VPC, and its service unless that is one of another region.
fn shown_by(links: &Links<'_>, endpoint: &Row) -> Vec<Cell> {
    let service = match endpoint.tri("cross-region") {
        Tri::No => endpoint.cell("served-in").clone(),
        _ => Cell::Unset,
    };
    let known = |cell: &Cell| matches!(cell, Cell::Known(_));
    [endpoints::lies_in(links, endpoint), service].into_iter().filter(known).collect()
}

/// The region of an endpoint or of a workspace.
fn region_of(links: &Links<'_>, row: &Row) -> Cell {
    match row.kind {
        endpoints::KIND => regions_of(links, row).into_iter().next().unwrap_or(Cell::Unset),
        _ => row.cell("region").clone(),
    }
}

/// None of these is the region of the registration. Where they disagree among themselves, the endpoint
/// is what is wrong.
fn is_elsewhere(registration: &Row, theirs: &[Cell]) -> Tri {
    match theirs {
        [] => Tri::No,
        all => {
            Tri::all(all.iter().map(|region| regions::differ(registration.cell("region"), region)))
        }
    }
}
