//! Who can be granted something, and by which name.
//!
//! Source: docs/resources/{grants,group,user,service_principal}.md of
//! databricks/terraform-provider-databricks@684f442;
//! <https://docs.databricks.com/aws/en/admin/users-groups/groups>, "account groups and workspace-local
//! groups".

use super::look_up;

/// Everybody in the account.
pub const EVERYBODY: &str = "account users";

/// The groups that each workspace has by itself, which Unity Catalog does not know
/// (databricks/terraform-provider-databricks#5413).
const LOCAL: [&str; 2] = ["admins", "users"];

/// Whether a principal is a group that each workspace has by itself. Case does not matter.
pub fn is_local(principal: &str) -> bool {
    LOCAL.iter().any(|name| principal.eq_ignore_ascii_case(name))
}

/// The attribute by which grants name a principal, by type, sorted.
static NAMES: &[(&str, &str)] = &[
    ("databricks_account_iam_group_v2", "group_name"),
    ("databricks_account_iam_service_principal_v2", "application_id"),
    ("databricks_account_iam_user_v2", "username"),
    ("databricks_group", "display_name"),
    ("databricks_service_principal", "application_id"),
    ("databricks_user", "user_name"),
];

/// The types of principals.
pub fn types() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(kind, _)| *kind)
}

/// The attribute by which grants name a principal of a type.
pub fn name_of(kind: &str) -> Option<&'static str> {
    look_up(NAMES, kind)
}

/// What is managed and looked up and is a user or a service principal, never a group, sorted.
static INDIVIDUALS: &[&str] = &[
    "databricks_account_iam_service_principal_v2",
    "databricks_account_iam_user_v2",
    "databricks_current_user",
    "databricks_service_principal",
    "databricks_user",
];

/// Types of users and service principals, as resources and as data sources.
pub fn individuals() -> impl Iterator<Item = &'static str> {
    INDIVIDUALS.iter().copied()
}

/// What of the account a type manages: a word for it, and the attribute by which the account knows it. A
/// service principal's display name is no such: two may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `group`, `user` or `service principal`.
    pub word: &'static str,
    /// The attribute.
    pub name: &'static str,
}

/// Types that manage an identity of the account, sorted.
static IDENTITIES: &[(&str, Identity)] = &[
    ("databricks_account_iam_group_v2", Identity { word: "group", name: "group_name" }),
    ("databricks_account_iam_service_principal_v2", MACHINE),
    ("databricks_account_iam_user_v2", Identity { word: "user", name: "username" }),
    ("databricks_group", Identity { word: "group", name: "display_name" }),
    ("databricks_service_principal", MACHINE),
    ("databricks_user", Identity { word: "user", name: "user_name" }),
];

const MACHINE: Identity = Identity { word: "service principal", name: "application_id" };

/// Types that manage an identity, which may be one of the account.
pub fn identities() -> impl Iterator<Item = (&'static str, Identity)> {
    IDENTITIES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        super::super::tests::assert_sorted(IDENTITIES.iter().map(|(kind, _)| kind));
        super::super::tests::assert_sorted(NAMES.iter().map(|(kind, _)| kind));
        super::super::tests::assert_sorted(INDIVIDUALS);
        assert!(is_local("Admins") && is_local("users") && !is_local("account users"));
        assert!(!is_local("_workspace_users_analytics_3141592653589793"));
        assert_eq!(name_of("databricks_user"), Some("user_name"));
    }
}
