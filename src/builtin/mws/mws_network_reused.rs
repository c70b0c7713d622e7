//! One network configuration for several workspaces.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{account, objects},
    estate::{Cell, Links, Row, Rows},
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds workspaces that name the same `databricks_mws_networks`, in one plan or in several plans of
    /// the run, by reference or by id; and a workspace that is given a network which another workspace
    /// has already. A workspace that several plans hold, by its id, is one.
    ///
    /// ## Why is this bad?
    /// A network configuration belongs to one workspace. The plan succeeds, and the second workspace
    /// fails to be created. Credentials, storage configurations and keys may be shared, and so may a
    /// VPC, by several network configurations.
    /// Source: [databricks_mws_workspaces](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_workspaces),
    /// "Because a databricks_mws_networks encapsulates this information, you cannot reuse it across
    /// workspaces".
    ///
    /// ## How to fix it
    /// Register a network for each workspace, with subnets of its own:
    ///
    /// ```hcl
    /// resource "databricks_mws_networks" "this" {
    ///   for_each     = var.workspaces
    ///   network_name = each.key
    ///   vpc_id       = aws_vpc.this.id
    ///   subnet_ids   = [for subnet in aws_subnet.private : subnet.id if subnet.tags.workspace == each.key]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Workspaces of no plan of the run, unless the state of the network tells of one. Which network it
    /// is, where that is decided while applying: it is silent. A network whose workspace gives it up in
    /// the same apply makes the finding possible.
    pub static RULE = {
        id: "mws-network-reused",
        summary: "one network configuration used by two workspaces",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    for it in cx.of("databricks_mws_workspaces").filter(|it| takes_anew(*it)) {
        rows.add("taken", it)
            .with("network", it.get("network_id").target(&["databricks_mws_networks"]));
    }
    for it in cx.changes_of("databricks_mws_workspaces").filter(|it| gives_up(*it)) {
        rows.add("given-up", it).with("id", it.before().get("workspace_id"));
    }
}

/// It did not have this network before.
fn takes_anew(it: Res<'_>) -> bool {
    let before = it.before().get("network_id");
    !it.existed() || before.text() != it.get("network_id").text()
}

/// It has another network after the apply, or is gone or another workspace.
fn gives_up(it: Res<'_>) -> bool {
    let (before, after) = (it.before().get("network_id"), it.after().get("network_id"));
    it.actions().delete || before.text() != after.text()
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let groups = links.naming(account::WORKSPACE, "network").sharing();
    for group in &groups {
        let group = objects::rows_once(group.iter().copied());
        if group.len() < 2 {
            continue;
        }
        let members: Vec<Subject> = group.iter().copied().map(Subject::from).collect();
        out.deny_group(Tri::Yes, members, "network_id", "uses the same network", |_| {
            format!("network {} is used by {} workspaces", shown(group[0]), group.len())
        })
        .help(|| "register a network of its own for each workspace".to_owned());
    }
    let given_up: BTreeSet<&str> = cx.of("given-up").filter_map(|row| row.text("id")).collect();
    for it in cx.of("taken").filter(|it| !groups.iter().flatten().any(|row| row.is(it))) {
        // A plan and a state may both tell of it.
        let is_another = |id: &str| id != "0" && objects::ids(it).all(|own| own != id);
        let networks = links.to(it, "network", account::NETWORK).into_iter();
        let held = networks.filter_map(|(network, sure)| {
            let holder = network.text("holder").filter(|id| is_another(id))?;
            Some((network, holder, sure))
        });
        if let Some((network, holder, sure)) = held.max_by_key(|(.., sure)| *sure) {
            let tri = if given_up.contains(holder) { sure & Tri::Maybe } else { sure };
            out.deny(tri, it, "network_id", || {
                format!("is given {}, which workspace {holder} has already", network.address)
            })
            .help(|| "register a network of its own for this workspace".to_owned())
            .related_at(network, "workspace_id", || "the network".to_owned());
        }
    }
}

/// The network that a workspace names.
fn shown(workspace: &Row) -> &str {
    match workspace.cell("network") {
        Cell::Link(link) if !link.here.is_empty() => &link.here[0],
        cell => cell.named().unwrap_or_else(|| cell.show()),
    }
}
