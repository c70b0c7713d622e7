//! One workspace, two metastore assignments.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        let_go::let_go,
        masks::{self, Masks},
        states,
    },
    estate::{Cell, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a workspace that two or more `databricks_metastore_assignment` resources claim, in one
    /// plan or in several plans of the run. They are joined by the workspace's id, and where that
    /// is not known yet by the `databricks_mws_workspaces` that they refer to. Two assignments to
    /// the same metastore count as well.
    ///
    /// ## Why is this bad?
    /// A workspace is attached to exactly one metastore. With two metastores each apply overwrites
    /// what the other one did, and each plan wants to replace an assignment again, because reading
    /// it returns whatever is assigned. With one and the same metastore both resources own a single
    /// attachment: destroying either detaches the workspace from Unity Catalog.
    /// Source: [databricks_metastore_assignment](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/metastore_assignment)
    /// and its code, `catalog/resource_metastore_assignment.go` of
    /// databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// Keep one assignment, in one state. Take the other one out of its state without destroying
    /// the attachment:
    ///
    /// ```terraform
    /// removed {
    ///   from = databricks_metastore_assignment.duplicate
    ///   lifecycle {
    ///     destroy = false
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Assignments in plans that are not part of the run, and ids that are known only after the
    /// apply and lead to no workspace of the plan: about these it is silent. A replaced assignment,
    /// or an old one that this change destroys, is no second one.
    pub static RULE = {
        id: "uc-workspace-assigned-twice",
        summary: "one workspace has two metastore assignments",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_metastore_assignment"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    // A deposed object is the old half of a replacement, not a second assignment.
    for it in cx.of("databricks_metastore_assignment").filter(|it| it.deposed().is_none()) {
        let [workspace, metastore] = ["workspace_id", "metastore_id"].map(|name| it.get(name));
        let of_plan = workspace.target(&["databricks_mws_workspaces"]);
        let named = metastore.target(&["databricks_metastore"]);
        rows.add("assignment", it)
            .with("id", &workspace)
            .with("workspace", masks::target(&workspace, of_plan))
            .with("metastore_id", &metastore)
            .with("metastore", masks::target(&metastore, named));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let mut groups: BTreeMap<Workspace<'_>, Vec<&Row>> = BTreeMap::new();
    let masks = Masks::of(cx.of("assignment").map(|it| it.cell("id")));
    for it in states::without_repeated(cx.of("assignment")) {
        match workspace(it, &masks) {
            Some(workspace) => groups.entry(workspace).or_default().push(it),
            None => note_blind(it, out),
        }
    }
    for (workspace, rows) in groups.into_iter().filter(|(_, rows)| rows.len() > 1) {
        let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
        out.deny_group(Tri::Yes, members, "workspace_id", "assigns the same workspace", |_| {
            message(workspace, &rows)
        })
        .help(|| {
            let go = let_go(&rows);
            format!("keep one assignment in one state, and {go}; destroying one that is there would detach the workspace")
        });
    }
}

/// What makes two workspaces the same: the id, or the instance of a unit that will get one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Workspace<'a> {
    Id(&'a str),
    Instance { unit: &'a str, address: &'a str },
}

fn workspace<'a>(it: &'a Row, masks: &Masks<'a>) -> Option<Workspace<'a>> {
    if let Some(id) = masks.key(it.cell("id")) {
        return Some(Workspace::Id(id));
    }
    match it.cell("workspace") {
        Cell::Link(link) if link.lost.is_none() => match link.here.as_slice() {
            [address] => Some(Workspace::Instance { unit: &it.unit, address }),
            _ => None,
        },
        _ => None,
    }
}

fn note_blind(it: &Row, out: &mut Findings<'_>) {
    if let Cell::Unknown(cause) = it.cell("id") {
        out.blind(*cause, it);
    }
}

fn message(workspace: Workspace<'_>, rows: &[&Row]) -> String {
    let workspace = match workspace {
        Workspace::Id(_) => masks::shown(rows.iter().map(|row| row.cell("id"))),
        Workspace::Instance { address, .. } => address,
    };
    let count = rows.len();
    let all: Option<Vec<&str>> = rows.iter().map(|row| metastore(row)).collect();
    // Which of several it is nobody knows, and which is masked nobody says.
    let Some(mut metastores) = all else {
        return format!("workspace {workspace} has {count} metastore assignments");
    };
    metastores.sort_unstable();
    metastores.dedup();
    match metastores.as_slice() {
        [one] => format!("workspace {workspace} has {count} assignments to metastore {one}"),
        all => format!(
            "workspace {workspace} has {count} metastore assignments: to {}",
            all.join(" and to ")
        ),
    }
}

/// The metastore of an assignment, for a message; none where it is one of several, or masked.
fn metastore(row: &Row) -> Option<&str> {
    match (row.cell("metastore_id"), row.cell("metastore")) {
        (Cell::Known(id), _) => Some(id),
        (Cell::Masked(_), _) => None,
        (_, Cell::Link(link)) => match link.here.as_slice() {
            [] => Some("one known after apply"),
            [only] if link.lost.is_none() => Some(only),
            _ => None,
        },
        _ => Some("one known after apply"),
    }
}
