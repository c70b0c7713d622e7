//! A job whose Git source nobody can resolve.

use crate::{
    builtin::shared::{
        compute::{has_block, is_left_out},
        tasks::{self, Task},
    },
    databricks::git,
    facts::git::{Sourced, TASKS},
    graph::{Res, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `git_source` of a `databricks_job`, or a `databricks_repo`, whose provider is left out and
    /// cannot be guessed by the host; a `git_source` without branch, tag or commit; tasks with
    /// `source = "GIT"` in a job without `git_source`; and paths that do not go with their source: those
    /// in a repository are relative, those in the workspace begin with `/`.
    ///
    /// ## Why is this bad?
    /// The provider guesses for github.com, gitlab.com, dev.azure.com, bitbucket.org and AWS CodeCommit
    /// only, while applying: "Git Provider is not specified and cannot be guessed". Paths are checked by
    /// the API, or when the job runs.
    /// Source: [databricks_job](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/job),
    /// "git_source Configuration Block"; repos/resource_repo.go of databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_job" "orders" {
    ///   git_source {
    ///     url      = "https://git.acme.example/data/orders.git"
    ///     provider = "gitHubEnterprise"
    ///     branch   = "main"
    ///   }
    ///   task {
    ///     task_key = "load"
    ///     notebook_task {
    ///       notebook_path = "notebooks/load"
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// URLs, paths and sources that are known only after the apply: the rule is silent about them.
    pub static RULE = {
        id: "cmp-job-git-source",
        summary: "source in Git that cannot be resolved",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_job", "databricks_repo"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    cx.each(&["databricks_repo"], out, |it, out| {
        provider(&it.get("url"), &it.get("git_provider"), out);
    });
    cx.each(&["databricks_job"], out, |it, out| {
        let source = it.get("git_source");
        let has_git = has_block(&source);
        if has_git == Tri::Yes {
            let block = source.at(0);
            provider(&block.member("url"), &block.member("provider"), out);
            revision(it, &block, out);
        }
        let own = Task { at: it.root(), is_nested: false, key: String::new() };
        for task in tasks::of(it).into_iter().chain([own]) {
            for sourced in TASKS {
                path(&task, sourced, has_git, out);
            }
        }
    });
}

fn provider(url: &View<'_>, provider: &View<'_>, out: &mut Findings<'_>) {
    url.note_unknown();
    provider.note_unknown();
    let Some(text) = url.text().filter(|_| is_left_out(provider)) else { return };
    out.deny(Tri::from(!git::tells_its_provider(text)), url.res(), provider, || {
        format!("the Git provider is left out, and cannot be guessed by {}", url.show())
    })
    .help(|| {
        format!(
            "set `{}`, such as gitHubEnterprise or gitLabEnterpriseEdition",
            provider_name(provider)
        )
    });
}

fn provider_name(provider: &View<'_>) -> String {
    provider.attribute().rsplit('.').next().unwrap_or_default().to_owned()
}

fn revision(it: Res<'_>, block: &View<'_>, out: &mut Findings<'_>) {
    let has_none = ["branch", "tag", "commit"].iter().all(|name| is_left_out(&block.member(*name)));
    out.deny(Tri::from(has_none), it, block, || {
        "git_source has no branch, tag or commit".to_owned()
    })
    .help(|| "set `branch`, `tag` or `commit`".to_owned());
}

/// Whether a path goes with its source.
fn path(task: &Task<'_>, sourced: &'static Sourced, has_git: Tri, out: &mut Findings<'_>) {
    let block = task.at.get(sourced.block);
    if has_block(&block) != Tri::Yes {
        return;
    }
    let source = block.at(0).member("source");
    let path = sourced.path.map(|path| block.at(0).member(path));
    source.note_unknown();
    path.iter().for_each(View::note_unknown);
    let is_git = match source.text() {
        Some("GIT") => true,
        Some("WORKSPACE") => false,
        Some("") | None if is_left_out(&source) => match (has_git, sourced.is_git_by_default) {
            (Tri::No, _) => false,
            (Tri::Yes, true) => true,
            // Where its own source is left out, such a file may be in the workspace or in Git.
            _ => return,
        },
        _ => return,
    };
    if is_git && has_git != Tri::Yes {
        out.deny(Tri::from(has_git == Tri::No), task.at.res(), &source, || {
            "the source is GIT, but the job has no git_source".to_owned()
        })
        .key(&task.key)
        .help(|| "add a `git_source` to the job, or take the file from the workspace".to_owned());
        return;
    }
    let Some(path) = path else { return };
    let Some(text) = path.text().filter(|text| !text.is_empty()) else { return };
    let is_absolute = text.starts_with('/') || text.contains(":/");
    let shown = path.show();
    out.deny(Tri::from(is_absolute == is_git), task.at.res(), &path, || match is_git {
        true => format!("{shown} is absolute, but the source is the job's Git repository"),
        false => format!("{shown} is relative, but the source is the workspace"),
    })
    .key(&task.key)
    .help(|| match is_git {
        true => {
            "give the path from the root of the repository, or `source = \"WORKSPACE\"`".to_owned()
        }
        false => "begin the path with `/`, or give the job a `git_source`".to_owned(),
    });
}
