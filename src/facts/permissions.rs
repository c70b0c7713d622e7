//! What a `databricks_permissions` can be about, and the levels that its objects know.
//!
//! Source: `permissions/permission_definitions.go` and docs/resources/permissions.md of
//! databricks/terraform-provider-databricks@684f442.

use super::look_up;

/// What an argument of a `databricks_permissions` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// The kind of object, for people. Arguments of one kind name the same objects, by id and by path.
    pub kind: &'static str,
    /// The types that it is managed as, or looked up.
    pub types: &'static [&'static str],
}

/// What an argument names; none where it names no object.
pub fn object(argument: &str) -> Option<Object> {
    look_up(OBJECTS, argument).map(|(kind, types)| Object { kind, types })
}

/// The arguments that name an object; a `databricks_permissions` has one of them.
pub fn arguments() -> impl Iterator<Item = &'static str> {
    OBJECTS.iter().map(|(argument, _)| *argument)
}

type Entry = (&'static str, (&'static str, &'static [&'static str]));

static OBJECTS: &[Entry] = &[
    ("alert_v2_id", ("alert", &["databricks_alert_v2"])),
    ("app_name", ("app", &["databricks_app"])),
    ("authorization", ("authorization", &[])),
    ("cluster_id", ("cluster", &["databricks_cluster"])),
    ("cluster_policy_id", ("cluster policy", &["databricks_cluster_policy"])),
    ("dashboard_id", ("dashboard", &["databricks_dashboard"])),
    ("database_instance_name", ("database instance", &["databricks_database_instance"])),
    ("database_project_name", ("database project", &["databricks_postgres_project"])),
    ("directory_id", ("directory", &["databricks_directory"])),
    ("directory_path", ("directory", &["databricks_directory"])),
    ("experiment_id", ("experiment", &["databricks_mlflow_experiment"])),
    ("instance_pool_id", ("instance pool", &["databricks_instance_pool"])),
    ("job_id", ("job", &["databricks_job"])),
    ("knowledge_assistant_id", ("knowledge assistant", &["databricks_knowledge_assistant"])),
    ("notebook_id", ("notebook", &["databricks_notebook"])),
    ("notebook_path", ("notebook", &["databricks_notebook"])),
    ("pipeline_id", ("pipeline", &["databricks_pipeline"])),
    ("registered_model_id", ("model", &["databricks_mlflow_model"])),
    ("repo_id", ("repo", &["databricks_repo"])),
    ("repo_path", ("repo", &["databricks_repo"])),
    ("serving_endpoint_id", ("serving endpoint", SERVING)),
    ("sql_alert_id", ("SQL alert", &["databricks_alert", "databricks_sql_alert"])),
    ("sql_dashboard_id", ("SQL dashboard", &["databricks_sql_dashboard"])),
    ("sql_endpoint_id", ("SQL warehouse", &["databricks_sql_endpoint"])),
    ("sql_query_id", ("SQL query", &["databricks_query", "databricks_sql_query"])),
    ("supervisor_agent_id", ("supervisor agent", &["databricks_supervisor_agent"])),
    ("vector_search_endpoint_id", ("search endpoint", &["databricks_vector_search_endpoint"])),
    ("workspace_file_id", ("file", &["databricks_workspace_file"])),
    ("workspace_file_path", ("file", &["databricks_workspace_file"])),
];

static SERVING: &[&str] =
    &["databricks_model_serving", "databricks_model_serving_provisioned_throughput"];

/// The level of the one who owns an object.
pub const OWNER: &str = "IS_OWNER";

/// The arguments that name objects with an owner.
pub static OWNED: &[&str] = &["job_id", "pipeline_id", "sql_endpoint_id"];

/// Whether a level of an object with an owner lets one manage it. Nobody may take that from the one
/// who applies ("cannot remove management permissions for the current user").
pub fn manages(level: &str) -> bool {
    matches!(level, "CAN_MANAGE" | OWNER)
}

/// Levels, the lowest first: each holds those before it. What is in no list together is not known to
/// compare. A name means the same on every object that knows it.
///
/// Source: <https://docs.databricks.com/aws/en/security/auth/access-control/>, the tables of abilities by
/// object, and the levels of a workspace's members; secrets: <https://docs.databricks.com/aws/en/security/secrets/#permission-levels>.
static LADDERS: &[&[&str]] = &[
    &["CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE", OWNER],
    &["CAN_READ", "CAN_EDIT", STAGING, PRODUCTION, "CAN_MANAGE", OWNER],
    &["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE", OWNER],
    &["CAN_USE", "CAN_MONITOR", "CAN_MANAGE", OWNER],
    &["CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", OWNER],
    &["CAN_VIEW", "CAN_MONITOR", "CAN_MANAGE", OWNER],
    &["CAN_VIEW", "CAN_QUERY", "CAN_MANAGE", OWNER],
    &["CAN_VIEW", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE", OWNER],
    &["READ", "WRITE", "MANAGE"],
    &["USER", "ADMIN"],
];

const STAGING: &str = "CAN_MANAGE_STAGING_VERSIONS";
const PRODUCTION: &str = "CAN_MANAGE_PRODUCTION_VERSIONS";

/// Whether one level is known to hold another: the same, or a higher one.
pub fn includes(level: &str, other: &str) -> bool {
    let is_above = |ladder: &&[&str]| {
        let place = |name: &str| ladder.iter().position(|it| *it == name);
        place(other).is_some_and(|low| place(level).is_some_and(|high| high > low))
    };
    level == other || LADDERS.iter().any(is_above)
}

/// The values of `authorization`.
pub mod authorization {
    /// Who may have personal access tokens.
    pub const TOKENS: &str = "tokens";
    /// Who may sign in with a password: the one object for which `admins` may be named.
    pub const PASSWORDS: &str = "passwords";
}

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn every_optional_text_names_an_object() {
        let all = schema::resource("databricks_permissions").unwrap();
        let texts =
            all.attributes().filter(|(_, it)| it.optional && !it.computed && !it.is_block());
        assert!(texts.map(|(name, _)| name).eq(arguments()));
        assert_sorted(arguments());
    }

    #[test]
    fn objects_are_of_known_types() {
        for (argument, (_, types)) in OBJECTS {
            for kind in *types {
                assert!(schema::resource(kind).is_some(), "{argument}: {kind}");
            }
        }
        assert!(OWNED.iter().all(|argument| object(argument).is_some()));
        assert_eq!(object("notebook_id"), object("notebook_path"));
        assert_ne!(object("job_id"), object("sql_alert_id"));
        assert_eq!(object("access_control"), None);
    }

    #[test]
    fn higher_levels_hold_lower_ones() {
        assert!(includes("CAN_MANAGE", "CAN_ATTACH_TO") && includes("IS_OWNER", "CAN_VIEW"));
        assert!(includes("MANAGE", "READ") && includes("NEW_LEVEL", "NEW_LEVEL"));
        assert!(!includes("CAN_RESTART", "CAN_MANAGE") && !includes("CAN_USE", "CAN_VIEW"));
        assert!(!includes("CAN_MANAGE", "NEW_LEVEL") && !includes("NEW_LEVEL", "CAN_VIEW"));
        assert_sorted(LADDERS.iter());
    }

    #[test]
    fn levels() {
        assert!(manages("IS_OWNER") && manages("CAN_MANAGE") && !manages("CAN_MANAGE_RUN"));
    }
}
