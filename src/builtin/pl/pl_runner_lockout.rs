//! A run that closes a workspace and then configures it from outside.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        account,
        endpoints::{self, Leads},
        provider::{self, Speaks},
        zones,
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::privatelink::Service,
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a workspace that this run closes to the public network, by making it with private access
    /// settings that have `public_access_enabled` off or by attaching or changing these, while the same run
    /// creates or changes something inside it, through a provider that speaks to it; and no way in for
    /// the machine that runs Terraform is to be seen. A way in is an endpoint of the workspace service in
    /// another VPC than the workspace's, a registered endpoint that no network uses, an endpoint on the
    /// allow list that is from elsewhere, or a private hosted zone for names of Databricks in another VPC.
    ///
    /// ## Why is this bad?
    /// The provider calls the workspace's URL. Over a public address Databricks refuses it
    /// (`private-link-validation-error`, "Unauthorized access to Org"): the run stops halfway, with a
    /// workspace that nobody can configure.
    /// Source: [Troubleshooting](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/troubleshooting);
    /// [front-end connections](https://docs.databricks.com/en/security/network/front-end/front-end-private-connect.html).
    ///
    /// ## How to fix it
    /// Run Terraform on a machine that reaches the workspace through an endpoint, or close the workspace in
    /// a second step:
    /// ```hcl
    /// resource "databricks_mws_private_access_settings" "this" {
    ///   # ...
    ///   public_access_enabled = true # false, once the inside is configured
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Where Terraform runs. A machine inside the network of the workspace, or behind an endpoint that no
    /// plan of the run manages, gets in all the same: accept the finding there. A workspace that was closed
    /// before this run is not looked at: whoever planned it got in.
    pub static RULE = {
        id: "pl-runner-lockout",
        summary: "this run configures a workspace it has just closed to the public network",
        severity: Warning,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_mws_private_access_settings"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// Private access settings. Cell: `closes`, whether this run makes them or switches public access off.
const CLOSING: &str = "closing";
/// A workspace. Cells: `access`, `attaches`: whether this run gives it its settings.
const ATTACHING: &str = "attaching";
/// Something that this run creates or changes in a workspace. Cell: `workspace`.
const INSIDE: &str = "inside";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    endpoints::collect(cx, rows);
    zones::collect(cx, rows);
    for it in cx.of("databricks_mws_private_access_settings") {
        let was_open = it.before().get("public_access_enabled").flag(false);
        rows.add(CLOSING, it).with("closes", Tri::from(it.is_created()) | was_open);
    }
    for it in cx.of("databricks_mws_workspaces") {
        let name = "private_access_settings_id";
        let is_new = !it.before().get(name).same(&it.after().get(name));
        rows.add(ATTACHING, it)
            .with("access", it.get(name).target(&["databricks_mws_private_access_settings"]))
            .with("attaches", Tri::from(it.is_created()) | is_new);
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let types = cx.graph.plan.types().filter(|type_| type_.starts_with("databricks_"));
    for it in types.flat_map(|type_| cx.of(type_)).filter(|it| is_changed(*it)) {
        // One of those that share a provider speaks for all.
        let names_its_own =
            it.may_have("provider_config") && it.get("provider_config").is_set() != Tri::No;
        let is_first = it.provider().is_some_and(|provider| seen.insert(provider.key));
        if !is_first && !names_its_own {
            continue;
        }
        if let speaks @ Speaks::Workspace(_) = provider::of(it) {
            rows.add(INSIDE, it).with("workspace", speaks);
        }
    }
}

fn is_changed(it: Res<'_>) -> bool {
    it.mode() == Mode::Managed && !it.actions().is_noop()
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for access in cx.of(account::ACCESS) {
        let users = links.from(access, account::WORKSPACE, "access").into_iter();
        let locked: Vec<(&Row, Tri)> = users
            .map(|(row, sure)| (row, sure & is_closing(&links, access, row)))
            .map(|(row, tri)| (row, tri & is_configured(&links, row)))
            .filter(|(_, tri)| *tri != Tri::No)
            .map(|(row, tri)| (row, tri & !has_way_in(cx, &links, access, row)))
            .filter(|(_, tri)| *tri != Tri::No)
            .collect();
        let tri = !access.tri("public") & Tri::any(locked.iter().map(|(_, tri)| *tri));
        let mut draft = out
            .deny(tri, access, "public_access_enabled", || {
                let names: Vec<&str> = locked.iter().map(|(row, _)| row.address.as_str()).collect();
                let names = names.join(", ");
                format!(
                    "closes {names} to the public network in the run that configures its inside"
                )
            })
            .help(|| {
                "run where an endpoint leads to the workspace, or switch public access off in a \
                 second step"
                    .to_owned()
            });
        for (workspace, _) in locked {
            draft = draft.related(workspace, || "the workspace".to_owned());
            for (row, _) in links.from(workspace, INSIDE, "workspace") {
                draft =
                    draft.related(row, || "is configured through the workspace's URL".to_owned());
            }
        }
    }
}

/// Whether the run changes something inside a workspace.
fn is_configured(links: &Links<'_>, workspace: &Row) -> Tri {
    let inside = links.from(workspace, INSIDE, "workspace").into_iter();
    Tri::any(inside.map(|(_, tri)| tri))
}

/// Whether it is this run that closes the workspace.
fn is_closing(links: &Links<'_>, access: &Row, workspace: &Row) -> Tri {
    let ask = |row: &Row, kind, cell| {
        let own = links.rows(kind).named(&Named::itself(row));
        Tri::any(own.into_iter().map(|(row, _)| row.tri(cell)))
    };
    ask(access, CLOSING, "closes") | ask(workspace, ATTACHING, "attaches")
}

/// Whether something leads to the workspace from outside its own VPC.
fn has_way_in(cx: &EstateCx<'_>, links: &Links<'_>, access: &Row, workspace: &Row) -> Tri {
    let mut home = Vec::new();
    let networks = links.to(workspace, "network", account::NETWORK);
    home.extend(networks.iter().map(|(row, _)| row.cell("vpc").clone()));
    let home = Named::of_cell(&Cell::List(home));
    let is_outside = |row: &Row| !Named::of(row, "vpc").same(&home);
    let of_workspace = |row: &&Row| match endpoints::leads(links, row) {
        Some(leads) => leads == Leads::Databricks(Service::Workspace),
        None => row.tri("managed") == Tri::Yes,
    };
    let endpoints = cx.of(endpoints::KIND).filter(of_workspace).map(is_outside);
    let zones = cx.of("attached").filter(|row| is_of_databricks(links, row)).map(is_outside);
    let spare = cx.of(account::REGISTRATION).filter(|row| is_spare(links, row)).map(|_| Tri::Yes);
    let allowed = links.is_hidden(access, "allowed", account::REGISTRATION);
    let may_lack = endpoints::HOLDING.iter().chain(zones::SERVING).any(|it| cx.may_lack(it));
    let hidden = home.is_nothing() || may_lack || cx.may_lack("databricks_mws_vpc_endpoint");
    Tri::any(endpoints.chain(zones).chain(spare))
        | Tri::from(allowed)
        | (Tri::from(hidden) & Tri::Maybe)
}

/// Associates a private zone for names of Databricks.
fn is_of_databricks(links: &Links<'_>, attached: &Row) -> bool {
    let zones = links.to(attached, "zone", "zone");
    zones.iter().any(|(zone, _)| {
        zone.tri("private") != Tri::No
            && zones::zone_name(zone).is_some_and(|name| zones::is_databricks(&name))
    })
}

/// A registered endpoint that no network uses is for people, or for the machine that runs Terraform.
fn is_spare(links: &Links<'_>, registration: &Row) -> bool {
    let is_used = |list| !links.from(registration, account::NETWORK, list).is_empty();
    endpoints::service_of(links, registration) != Some(Service::Relay)
        && !is_used("rest")
        && !is_used("relay")
}
