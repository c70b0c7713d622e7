//! Code that stands in a workspace and nowhere else.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::production,
    estate::{Cell, Row, Rows},
    graph::{Res, Target, View},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a job that runs a notebook of a workspace which nothing in the run puts there (no
    /// `databricks_notebook`, `databricks_workspace_file` or `databricks_repo`): under `/Users/`, a
    /// warning, or under `/Shared/`, a note. And a `databricks_repo` without `branch` or `tag`, a note.
    /// What a tag or the variable `environment` calls something else than production is passed over; tags that
    /// are known only after the apply make the finding possible.
    ///
    /// ## Why is this bad?
    /// Code that is only in a workspace is lost with it, and nobody knows which version ran. That of a person
    /// goes when the person does.
    /// Source: [Disaster recovery](https://docs.databricks.com/aws/en/admin/disaster-recovery), "notebooks";
    /// [Use Git with jobs](https://docs.databricks.com/aws/en/jobs/configure-job#git).
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_job" "etl" {
    ///   git_source {
    ///     url      = "https://git.example.com/data/etl.git"
    ///     provider = "gitHub"
    ///     tag      = "v1.2.0"
    ///   }
    ///   task {
    ///     task_key = "main"
    ///     notebook_task {
    ///       notebook_path = "etl/main"
    ///       source        = "GIT"
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Notebooks that something outside of the run deploys, such as a bundle. Paths that are known only
    /// after the apply, and lead to nothing in the plan, are passed over.
    pub static RULE = {
        id: "dr-notebook-not-git",
        summary: "code that stands in a workspace only",
        severity: Note,
        also: [(Warning, "the notebook lies in the home of a user")],
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: ["databricks_job", "databricks_repo"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A task that runs a notebook of the workspace. Cells: `path`, `at` (the attribute), `sure` (an answer).
const TASK: &str = "notebook-task";
/// Code that the run puts into a workspace. Cells: `path`, and the answer `all`: whether it is all below.
const CODE: &str = "workspace-code";
/// A repository of no branch and no tag. Cell: `loose` (an answer).
const REPO: &str = "loose-repo";

const NOTEBOOK: &str = "databricks_notebook";
const CODE_TYPES: [&str; 3] = [NOTEBOOK, "databricks_workspace_file", "databricks_repo"];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for type_ in CODE_TYPES {
        for it in cx.of(type_) {
            let is_tree = Tri::from(type_ == "databricks_repo");
            rows.add(CODE, it).with("path", it.get("path")).with("all", is_tree);
        }
    }
    let meant = |it| (it, !production::is_said_not_to_be(it));
    let may_be_meant = |(_, is_meant): &(Res<'_>, Tri)| *is_meant != Tri::No;
    for (it, is_meant) in cx.of("databricks_repo").map(meant).filter(may_be_meant) {
        let is_pinned = it.get("branch").is_set() | it.get("tag").is_set();
        rows.add(REPO, it).with("loose", is_meant & !is_pinned);
    }
    for (it, is_meant) in cx.of("databricks_job").map(meant).filter(may_be_meant) {
        let git = it.get("git_source");
        let has_git = Tri::from(git.items().next().is_some()) | git.is_written();
        let mut of_workspace = |one: &View<'_>| task(one, is_meant, has_git, rows);
        of_workspace(&it.root());
        for one in it.get("task").items() {
            of_workspace(&one);
            of_workspace(&one.get("for_each_task.task"));
        }
    }
}

fn task(task: &View<'_>, is_meant: Tri, has_git: Tri, rows: &mut Rows) {
    let path = task.get("notebook_task.notebook_path");
    path.note_unknown();
    if path.text().is_none() || matches!(path.target(&[NOTEBOOK]), Target::Here(_)) {
        return;
    }
    let source = task.get("notebook_task.source");
    let is_of_workspace = source.is("WORKSPACE") | (!source.is_set() & !has_git);
    rows.add(TASK, task.res())
        .with("path", &path)
        .with("at", Cell::Known(path.attribute()))
        .with("key", task.get("task_key"))
        .with("sure", is_meant & is_of_workspace);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let code: Vec<(&str, &Row)> =
        cx.of(CODE).filter_map(|row| Some((bare(row.text("path")?), row))).collect();
    let files: BTreeSet<&str> = code.iter().map(|(path, _)| *path).collect();
    let trees: Vec<&str> =
        code.iter().filter(|(_, row)| row.tri("all") == Tri::Yes).map(|(path, _)| *path).collect();
    let hidden = cx.of(CODE).any(|row| matches!(row.cell("path"), Cell::Unknown(_)))
        || CODE_TYPES.iter().any(|type_| cx.may_lack(type_));
    for task in cx.of(TASK) {
        let Some(path) = task.text("path") else { continue };
        let bare = bare(path);
        let is_personal = bare.starts_with("/Users/");
        let is_below =
            |tree: &&str| bare.strip_prefix(*tree).is_some_and(|rest| rest.starts_with('/'));
        let is_kept = files.contains(bare) || trees.iter().any(is_below);
        if is_kept || !(is_personal || bare.starts_with("/Shared/")) {
            continue;
        }
        let level = if is_personal { Severity::Warning } else { Severity::Note };
        let tri = task.tri("sure") & !(Tri::from(hidden) & Tri::Maybe);
        out.deny(tri, task, task.text("at").unwrap_or_default(), || {
            format!("runs {path}, which nothing in the run puts into the workspace")
        })
        .at(level)
        .key(task.text("key").unwrap_or_default())
        .help(|| {
            "run it from Git (`git_source`), or deploy it as a databricks_notebook".to_owned()
        });
    }
    for repo in cx.of(REPO) {
        out.deny(repo.tri("loose"), repo, "branch", || {
            "repository follows whatever branch somebody switches it to".to_owned()
        })
        .help(|| "set `branch` or `tag`".to_owned());
    }
}

/// A path as it stands with and without `/Workspace` before it.
fn bare(path: &str) -> &str {
    path.strip_prefix("/Workspace").filter(|rest| rest.starts_with('/')).unwrap_or(path)
}
