//! A principal that is assigned to a workspace before that has a metastore.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        assignments::{self, Assignments},
        depends_on,
        wait::{Miss, Waits},
    },
    graph::{Res, Target},
    lint::{Check, Draft, Findings, PlanCx, Severity},
    plan::{ResId, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_permission_assignment` or `databricks_permission_assignment` that is created
    /// for a workspace whose `databricks_metastore_assignment` is created in the same plan, and that does
    /// not wait for it; one that waits, but without a pause in between, is a note.
    ///
    /// ## Why is this bad?
    /// A workspace takes principals of the account once it has a metastore. Before that the apply fails with
    /// "Permission assignment APIs are not available for this workspace". A reference to the workspace is no
    /// wait for the assignment. Nor does the workspace know about the account at once, so that the apply may
    /// fail right after it.
    /// Source: databricks/terraform-provider-databricks#5282, #1803;
    /// [databricks_mws_permission_assignment](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_permission_assignment).
    ///
    /// ## How to fix it
    /// Let it wait, best with some time in between, until the workspace knows about the account:
    ///
    /// ```terraform
    /// resource "time_sleep" "identity_federation" {
    ///   create_duration = "60s"
    ///   depends_on      = [databricks_metastore_assignment.this]
    /// }
    ///
    /// resource "databricks_mws_permission_assignment" "engineers" {
    ///   workspace_id = databricks_mws_workspaces.this.workspace_id
    ///   principal_id = databricks_group.engineers.id
    ///   permissions  = ["USER"]
    ///   depends_on   = [time_sleep.identity_federation]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Metastore assignments of other plans, and workspaces that it cannot tell: about these it is silent.
    /// Where a `local` or a `dynamic` block could hide the wait, or the pause, the finding is possible. Any pause
    /// counts, a script included, however long it is.
    pub static RULE = {
        id: "idn-permission-assignment-before-metastore",
        summary: "permission assignment does not wait for the metastore assignment",
        severity: Error,
        also: [(Note, "it waits, but nothing sleeps in between")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_mws_permission_assignment", "databricks_permission_assignment"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const WORKSPACE: &[&str] = &["databricks_mws_workspaces"];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let assignments = Assignments::of(cx);
    if assignments.created().next().is_none() {
        return;
    }
    let waits = Waits::of(cx);
    for it in cx.of("databricks_mws_permission_assignment").filter(|it| it.is_created()) {
        let workspace = it.get("workspace_id").target(WORKSPACE).by_itself();
        let about = assignments.of_workspace(&workspace);
        let mut all: Vec<Res<'_>> = about.iter().map(|(assignment, _)| *assignment).collect();
        all.sort_by_key(|assignment| assignment.address());
        if is_one_of(&workspace, &all) && agree(it, &all) {
            judge(it, &all, Tri::Yes, &waits, out);
            continue;
        }
        for (assignment, is_same) in about {
            judge(it, &[assignment], is_same, &waits, out);
        }
    }
    for it in cx.of("databricks_permission_assignment").filter(|it| it.is_created()) {
        for (assignment, is_same) in assignments.about(it) {
            judge(it, &[assignment], is_same, &waits, out);
        }
    }
}

/// Whether these are the assignments of the workspaces of which a value names one, each of another.
fn is_one_of(workspace: &Target<'_>, all: &[Res<'_>]) -> bool {
    let Target::OneOf(workspaces) = workspace else { return false };
    let theirs: Option<BTreeSet<ResId>> =
        all.iter().map(|it| Some(assignments::workspace_of(*it).here()?.id)).collect();
    let named: BTreeSet<ResId> = workspaces.iter().map(|it| it.id).collect();
    all.len() == workspaces.len() && theirs == Some(named)
}

/// Whether an object waits for all of several, or for none.
fn agree(it: Res<'_>, all: &[Res<'_>]) -> bool {
    let mut after = all.iter().map(|assignment| it.is_after(*assignment));
    let first = after.next();
    after.all(|other| Some(other) == first)
}

/// Reports one that waits, but follows at once, the assignment or whichever of several it is about.
fn no_pause<'a>(
    it: Res<'a>,
    all: &[Res<'a>],
    is_same: Tri,
    waits: &Waits<'a>,
    out: &mut Findings<'_>,
) {
    if !all.iter().all(|assignment| follows_at_once(it, *assignment, waits)) {
        out.pass(it);
        return;
    }
    let draft = out
        .deny(is_same, it, "depends_on", || {
            format!("follows {} at once, without a pause", listed(all))
        })
        .at(Severity::Note)
        .help(|| "let a `time_sleep` of 30 seconds stand in between".to_owned());
    relate(draft, all);
}

fn follows_at_once<'a>(it: Res<'a>, assignment: Res<'a>, waits: &Waits<'a>) -> bool {
    let gap = waits.between(assignment, it);
    let others = [gap.script.is_some(), gap.slow.is_some(), it.scope().is_partial()];
    let pause = gap.sleep | Tri::from(others.contains(&true)) & Tri::Maybe;
    // What exists already and waits again is no pause, but nobody can tell how much time went by.
    pause == Tri::No && gap.misses.iter().all(|(miss, _)| *miss != Miss::Slept)
}

/// Reports one that does not wait for the assignment, or for whichever of several it is about.
fn judge<'a>(
    it: Res<'a>,
    all: &[Res<'a>],
    is_same: Tri,
    waits: &Waits<'a>,
    out: &mut Findings<'_>,
) {
    if is_same == Tri::No {
        return;
    }
    let is_mws = it.type_() == "databricks_mws_permission_assignment";
    let attribute = is_mws.then(|| "workspace_id".to_owned());
    let is_after = Tri::any(all.iter().map(|assignment| it.is_after(*assignment)));
    if is_after == Tri::Yes {
        no_pause(it, all, is_same, waits, out);
        return;
    }
    let draft = out
        .deny(is_same & !is_after, it, attribute, || {
            format!("does not wait for {}, which gives its workspace a metastore", listed(all))
        })
        .help(|| depends_on::let_wait(it.address(), all.iter().map(|it| it.address())));
    relate(draft, all);
}

fn relate(draft: Draft<'_, '_>, all: &[Res<'_>]) {
    let draft = match all.first() {
        Some(first) => draft.key_of(*first),
        None => draft,
    };
    all.iter().fold(draft, |draft, assignment| {
        draft.related(*assignment, || "is created in the same apply".to_owned())
    });
}

/// How many assignments a message names.
const NAMED: usize = 3;

fn listed(all: &[Res<'_>]) -> String {
    match all.len() {
        0..=NAMED => addresses(all).join(" or "),
        count => format!("the one of {count} metastore assignments"),
    }
}

fn addresses(all: &[Res<'_>]) -> Vec<String> {
    all.iter().map(|it| it.address().to_string()).collect()
}
