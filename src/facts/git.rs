//! Which Git provider a host belongs to.
//!
//! Source: `GetGitProviderFromUrl` in repos/resource_repo.go of
//! databricks/terraform-provider-databricks@684f442, which compares hosts in lower case.

/// Hosts that have a provider of their own.
const HOSTS: &[&str] = &["bitbucket.org", "dev.azure.com", "github.com", "gitlab.com"];

/// Whether the provider tells from a host, in lower case, which kind of Git server it is.
pub fn is_known_host(host: &str) -> bool {
    let code_commit =
        host.strip_prefix("git-codecommit.").and_then(|rest| rest.strip_suffix(".amazonaws.com"));
    HOSTS.contains(&host)
        || code_commit.is_some_and(|region| !region.is_empty() && !region.contains('.'))
}

/// A kind of task whose file may be in Git or in the workspace.
#[derive(Debug)]
pub struct Sourced {
    /// Its block, below the task.
    pub block: &'static str,
    /// The argument with the path; `source` stands beside it. None where what paths may be is not documented.
    pub path: Option<&'static str>,
    /// Where the source is left out it is the job's Git repository, if it has one. The path of a Python
    /// file is one of the workspace or a URL then, unless it says otherwise.
    pub is_git_by_default: bool,
}

/// Tasks whose files may be in Git.
///
/// Source: `DbtTask`, `GenAiComputeTask`, `NotebookTask`, `SparkPythonTask` and `SqlTaskFile` in
/// service/jobs/model.go of databricks/databricks-sdk-go (`Source`), and docs/resources/job.md of
/// databricks/terraform-provider-databricks@684f442.
pub static TASKS: &[Sourced] = &[
    Sourced { block: "dbt_task", path: None, is_git_by_default: true },
    Sourced { block: "gen_ai_compute_task", path: None, is_git_by_default: true },
    Sourced { block: "notebook_task", path: Some("notebook_path"), is_git_by_default: true },
    Sourced { block: "spark_python_task", path: Some("python_file"), is_git_by_default: false },
    Sourced { block: "sql_task.file", path: Some("path"), is_git_by_default: true },
];
