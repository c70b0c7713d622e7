//! Which of an object's several identifiers an argument wants.
//!
//! Source: the argument and attribute references of each type in
//! databricks/terraform-provider-databricks@684f442; `scim/resource_service_principal_secret.go` there
//! ("failed to convert service principal ID to numeric"); databricks/terraform-provider-databricks#1415,
//! #4604, #1681, #2237, #2767.

use std::collections::BTreeSet;

use super::{schema, securables};

/// What an argument wants of objects of a type, and what it must not be given of them.
#[derive(Debug)]
pub struct Wanted {
    /// The type.
    pub of: &'static str,
    /// The attributes that identify the object for the argument; empty where it wants another object.
    pub right: &'static [&'static str],
    /// Other identifiers.
    pub wrong: &'static [(&'static str, Use)],
    /// What to use, where the object has nothing that is right.
    pub instead: &'static str,
}

/// What can be made of a wrong identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nothing that is right.
    None,
    /// A part of it may be right, or it may be right with something around it: `split("/", x.id)[1]`.
    Part,
}

/// The arguments that want an identifier, by type and path, of the types that are asked for; `[]` stands behind
/// what is repeated, at the end behind a list of them.
pub fn arguments(
    is_asked: impl Fn(&str) -> bool + Copy,
) -> impl Iterator<Item = (&'static str, &'static str, &'static [&'static Wanted])> {
    let kinds: BTreeSet<&str> =
        written().map(|(kind, ..)| kind).filter(|it| is_asked(it)).collect();
    written().filter(move |(kind, ..)| is_asked(kind)).chain(kinds.into_iter().filter_map(placed))
}

/// The arguments of one type, or of the few that have an owner.
fn written() -> impl Iterator<Item = Argument> {
    let owners = securables::OWNED.iter().map(|kind| (*kind, "owner", PRINCIPAL));
    ARGUMENTS.iter().copied().chain(owners)
}

/// The block by which the same types may say in which workspace they lie, and its argument.
///
/// Source: `provider_config` in the schema of databricks/databricks 1.128.0.
pub const PLACED: [&str; 2] = ["provider_config", "workspace_id"];

/// The same for a type that has it.
fn placed(kind: &'static str) -> Option<Argument> {
    let config = schema::resource(kind)?.attribute([PLACED[0]])?;
    schema::attribute(kind, PLACED)?;
    let path = match config.is_block() {
        true => "provider_config[].workspace_id",
        false => "provider_config.workspace_id",
    };
    Some((kind, path, WORKSPACE))
}

static PRINCIPAL: &[&Wanted] = &[&GROUP_NAME, &SERVICE_PRINCIPAL_NAME, &USER_NAME, &CURRENT_USER];
static PERSON: &[&Wanted] = &[&USER_NAME, &CURRENT_USER];
static MACHINE: &[&Wanted] = &[&SERVICE_PRINCIPAL_NAME, &CURRENT_USER];
static GROUP: &[&Wanted] = &[&GROUP_NAME];
static ID: &[&Wanted] = &[&GROUP_ID, &SERVICE_PRINCIPAL_ID, &USER_ID];
static ACL: &[&Wanted] = &[&GROUP_ACL, &SERVICE_PRINCIPAL_ACL, &USER_ACL];
static WORKSPACE: &[&Wanted] = &[&WORKSPACE_ID];
static PROFILE: &[&Wanted] = &[&INSTANCE_PROFILE];

type Argument = (&'static str, &'static str, &'static [&'static Wanted]);

static ARGUMENTS: &[Argument] = &[
    ("databricks_access_control_rule_set", "grant_rules[].principals[]", ACL),
    ("databricks_catalog_workspace_binding", "workspace_id", WORKSPACE),
    ("databricks_cluster", "aws_attributes[].instance_profile_arn", PROFILE),
    ("databricks_entitlements", "group_id", ID),
    ("databricks_entitlements", "service_principal_id", ID),
    ("databricks_entitlements", "user_id", ID),
    ("databricks_external_location", "credential_name", &[&CREDENTIAL_NAME]),
    ("databricks_grant", "model", &[&MODEL_FULL_NAME]),
    ("databricks_grant", "principal", PRINCIPAL),
    ("databricks_grant", "schema", &[&SCHEMA_FULL_NAME]),
    ("databricks_grant", "table", &[&TABLE_FULL_NAME]),
    ("databricks_grant", "volume", &[&VOLUME_FULL_NAME]),
    ("databricks_grants", "grant[].principal", PRINCIPAL),
    ("databricks_grants", "model", &[&MODEL_FULL_NAME]),
    ("databricks_grants", "schema", &[&SCHEMA_FULL_NAME]),
    ("databricks_grants", "table", &[&TABLE_FULL_NAME]),
    ("databricks_grants", "volume", &[&VOLUME_FULL_NAME]),
    ("databricks_group_member", "group_id", ID),
    ("databricks_group_member", "member_id", ID),
    ("databricks_group_role", "group_id", ID),
    ("databricks_instance_pool", "aws_attributes[].instance_profile_arn", PROFILE),
    ("databricks_instance_profile", "instance_profile_arn", PROFILE),
    (
        "databricks_job",
        "job_cluster[].new_cluster[].aws_attributes[].instance_profile_arn",
        PROFILE,
    ),
    ("databricks_job", "new_cluster[].aws_attributes[].instance_profile_arn", PROFILE),
    ("databricks_job", "run_as[].service_principal_name", MACHINE),
    ("databricks_job", "run_as[].user_name", PERSON),
    (
        "databricks_job",
        "task[].for_each_task[].task[].new_cluster[].aws_attributes[].instance_profile_arn",
        PROFILE,
    ),
    ("databricks_job", "task[].new_cluster[].aws_attributes[].instance_profile_arn", PROFILE),
    ("databricks_metastore_assignment", "workspace_id", WORKSPACE),
    (
        "databricks_model_serving",
        "config[].served_entities[].external_model[].amazon_bedrock_config[].instance_profile_arn",
        PROFILE,
    ),
    ("databricks_model_serving", "config[].served_entities[].instance_profile_arn", PROFILE),
    ("databricks_model_serving", "config[].served_models[].instance_profile_arn", PROFILE),
    ("databricks_mws_ncc_binding", "workspace_id", WORKSPACE),
    ("databricks_mws_permission_assignment", "principal_id", ID),
    ("databricks_mws_permission_assignment", "workspace_id", WORKSPACE),
    ("databricks_obo_token", "application_id", &[&SERVICE_PRINCIPAL_NAME]),
    ("databricks_permission_assignment", "group_name", GROUP),
    ("databricks_permission_assignment", "principal_id", ID),
    ("databricks_permission_assignment", "service_principal_name", MACHINE),
    ("databricks_permission_assignment", "user_name", PERSON),
    ("databricks_permissions", "access_control[].group_name", GROUP),
    ("databricks_permissions", "access_control[].service_principal_name", MACHINE),
    ("databricks_permissions", "access_control[].user_name", PERSON),
    ("databricks_permissions", "vector_search_endpoint_id", &[&SEARCH_ENDPOINT_ID]),
    ("databricks_pipeline", "cluster[].aws_attributes[].instance_profile_arn", PROFILE),
    ("databricks_pipeline", "run_as[].service_principal_name", MACHINE),
    ("databricks_pipeline", "run_as[].user_name", PERSON),
    ("databricks_registered_model", "schema_name", &[&SCHEMA_NAME]),
    ("databricks_secret_acl", "principal", PRINCIPAL),
    ("databricks_service_principal_role", "service_principal_id", ID),
    ("databricks_service_principal_secret", "service_principal_id", ID),
    ("databricks_sql_endpoint", "instance_profile_arn", PROFILE),
    ("databricks_sql_global_config", "instance_profile_arn", PROFILE),
    ("databricks_sql_permissions", "privilege_assignments[].principal", PRINCIPAL),
    ("databricks_sql_table", "schema_name", &[&SCHEMA_NAME]),
    ("databricks_user_role", "user_id", ID),
    ("databricks_volume", "schema_name", &[&SCHEMA_NAME]),
    ("databricks_workspace_binding", "workspace_id", WORKSPACE),
    ("databricks_workspace_network_option", "workspace_id", WORKSPACE),
];

/// One entry for a type.
const fn of(
    of: &'static str,
    right: &'static [&'static str],
    wrong: &'static [(&'static str, Use)],
) -> Wanted {
    Wanted { of, right, wrong, instead: "" }
}

// The home directory ends in the name, and the display name of a user may be the user name.
static GROUP_NAME: Wanted = of(
    "databricks_group",
    &["display_name"],
    &[("acl_principal_id", Use::None), ("external_id", Use::None), ("id", Use::None)],
);
static SERVICE_PRINCIPAL_NAME: Wanted = of(
    "databricks_service_principal",
    &["application_id"],
    &[
        ("acl_principal_id", Use::None),
        ("display_name", Use::None),
        ("external_id", Use::None),
        ("home", Use::Part),
        ("id", Use::None),
    ],
);
static USER_NAME: Wanted = of(
    "databricks_user",
    &["user_name"],
    &[("acl_principal_id", Use::None), ("display_name", Use::Part), ("id", Use::None)],
);
static CURRENT_USER: Wanted = of(
    "databricks_current_user",
    &["user_name"],
    &[("acl_principal_id", Use::None), ("alphanumeric", Use::Part), ("id", Use::None)],
);

static GROUP_ID: Wanted = of(
    "databricks_group",
    &["id"],
    &[("acl_principal_id", Use::None), ("display_name", Use::None), ("external_id", Use::None)],
);
static SERVICE_PRINCIPAL_ID: Wanted = of(
    "databricks_service_principal",
    &["id"],
    &[
        ("acl_principal_id", Use::None),
        ("application_id", Use::None),
        ("display_name", Use::None),
        ("external_id", Use::None),
    ],
);
static USER_ID: Wanted = of(
    "databricks_user",
    &["id"],
    &[
        ("acl_principal_id", Use::None),
        ("display_name", Use::None),
        ("external_id", Use::None),
        ("user_name", Use::None),
    ],
);

// `acl_principal_id` is `groups/<display_name>`, `users/<user_name>` or `servicePrincipals/<application_id>`.
static GROUP_ACL: Wanted = of(
    "databricks_group",
    &["acl_principal_id"],
    &[("display_name", Use::Part), ("id", Use::None)],
);
static SERVICE_PRINCIPAL_ACL: Wanted = of(
    "databricks_service_principal",
    &["acl_principal_id"],
    &[("application_id", Use::Part), ("display_name", Use::None), ("id", Use::None)],
);
static USER_ACL: Wanted = of(
    "databricks_user",
    &["acl_principal_id"],
    &[("display_name", Use::Part), ("id", Use::None), ("user_name", Use::Part)],
);

// `id` is `<account id>/<workspace id>`.
static WORKSPACE_ID: Wanted = of(
    "databricks_mws_workspaces",
    &["workspace_id"],
    &[
        ("deployment_name", Use::None),
        ("id", Use::Part),
        ("workspace_name", Use::None),
        ("workspace_url", Use::Part),
    ],
);

static SCHEMA_FULL_NAME: Wanted = of("databricks_schema", &["id"], &[("name", Use::Part)]);
static VOLUME_FULL_NAME: Wanted = of("databricks_volume", &["id"], &[("name", Use::Part)]);
static TABLE_FULL_NAME: Wanted = of("databricks_sql_table", &["id"], &[("name", Use::Part)]);
static MODEL_FULL_NAME: Wanted = of("databricks_registered_model", &["id"], &[("name", Use::Part)]);
static SCHEMA_NAME: Wanted = of("databricks_schema", &["name"], &[("id", Use::None)]);
static CREDENTIAL_NAME: Wanted =
    of("databricks_storage_credential", &["name", "id"], &[("storage_credential_id", Use::None)]);
static SEARCH_ENDPOINT_ID: Wanted =
    of("databricks_vector_search_endpoint", &["endpoint_id"], &[("id", Use::None)]);
// A profile's ARN may be spelled with the name of its role.
static INSTANCE_PROFILE: Wanted = Wanted {
    instead: "the ARN of an aws_iam_instance_profile that holds the role",
    ..of("aws_iam_role", &[], &[("arn", Use::None), ("id", Use::Part), ("name", Use::Part)])
};

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn the_schemas_have_all_arguments() {
        assert_sorted(ARGUMENTS.iter().map(|(kind, path, _)| (kind, path)));
        for (kind, path, _) in arguments(|_| true) {
            let names = path.split('.').map(|step| step.trim_end_matches("[]"));
            assert!(schema::attribute(kind, names).is_some(), "{kind}.{path}");
        }
    }

    /// Wherever a type takes the ARN of an instance profile, it is looked at.
    #[test]
    fn all_arguments_for_profiles_are_there() {
        let known: Vec<(&str, String)> = arguments(|_| true)
            .filter(|(_, path, _)| path.ends_with("instance_profile_arn"))
            .map(|(kind, path, _)| (kind, path.replace("[]", "")))
            .collect();
        for kind in schema::types().filter(|kind| kind.starts_with("databricks_")) {
            let mut paths = Vec::new();
            profiles(kind, &[], &mut paths);
            for path in paths {
                assert!(known.contains(&(kind, path.clone())), "{kind}.{path}");
            }
        }
    }

    fn profiles(kind: &str, above: &[&'static str], out: &mut Vec<String>) {
        let Some(schema) = schema::resource(kind) else { return };
        for name in schema.below(above.iter().copied()) {
            let path = [above, &[name]].concat();
            if name == "instance_profile_arn" {
                out.push(path.join("."));
            } else if path.len() < 9 {
                profiles(kind, &path, out);
            }
        }
    }

    #[test]
    fn the_schemas_have_all_identifiers() {
        for wanted in arguments(|_| true).flat_map(|(_, _, wanted)| wanted) {
            let right = wanted.right.iter().copied();
            assert_eq!(wanted.right.is_empty(), !wanted.instead.is_empty(), "{}", wanted.of);
            for name in right.chain(wanted.wrong.iter().map(|(name, _)| *name)) {
                let managed = schema::attribute(wanted.of, [name]);
                let data = schema::data(wanted.of).and_then(|it| it.attribute([name]));
                assert!(managed.or(data).is_some(), "{}.{name}", wanted.of);
            }
        }
    }
}
