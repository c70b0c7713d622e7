//! Resources that say who may do what: where each of them has whom, and what.
//!
//! Source: the documentation of each resource of databricks 1.128.0.

use super::look_up;

/// Where a resource has whom, and what they may do.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The blocks that hold both; none where the resource itself does.
    pub block: Option<&'static str>,
    /// Arguments that name somebody, or a list of them; one of them is set.
    pub who: &'static [&'static str],
    /// The argument that says what, or a list of it.
    pub what: &'static str,
    /// How what somebody may do compares.
    pub rights: Rights,
    /// Whatever the resource does not list is taken back at the next apply.
    pub is_authoritative: bool,
}

/// What somebody may do: which of it holds which other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Privileges on a securable, in any spelling that the provider takes.
    Privileges,
    /// Levels, of which a higher one holds the lower ones.
    Levels,
    /// Each by itself.
    Apart,
}

/// Where a resource of a type has whom, and what they may do; none where it is no such type.
pub fn shape(kind: &str) -> Option<Shape> {
    look_up(SHAPES, kind)
}

/// By type, sorted.
pub static SHAPES: &[(&str, Shape)] = &[
    (
        "databricks_access_control_rule_set",
        Shape {
            block: Some("grant_rules"),
            who: &["principals"],
            what: "role",
            rights: Rights::Apart,
            is_authoritative: true,
        },
    ),
    (
        "databricks_artifact_allowlist",
        Shape {
            block: Some("artifact_matcher"),
            who: &["artifact"],
            what: "match_type",
            rights: Rights::Apart,
            is_authoritative: true,
        },
    ),
    (
        "databricks_grant",
        Shape {
            block: None,
            who: &["principal"],
            what: "privileges",
            rights: Rights::Privileges,
            is_authoritative: true,
        },
    ),
    (
        "databricks_grants",
        Shape {
            block: Some("grant"),
            who: &["principal"],
            what: "privileges",
            rights: Rights::Privileges,
            is_authoritative: true,
        },
    ),
    (
        "databricks_mws_permission_assignment",
        Shape {
            block: None,
            who: &["principal_id"],
            what: "permissions",
            rights: Rights::Levels,
            is_authoritative: false,
        },
    ),
    (
        "databricks_permission_assignment",
        Shape {
            block: None,
            who: &["principal_id"],
            what: "permissions",
            rights: Rights::Levels,
            is_authoritative: false,
        },
    ),
    (
        "databricks_permissions",
        Shape {
            block: Some("access_control"),
            who: &["group_name", "service_principal_name", "user_name"],
            what: "permission_level",
            rights: Rights::Levels,
            is_authoritative: true,
        },
    ),
    (
        "databricks_secret_acl",
        Shape {
            block: None,
            who: &["principal"],
            what: "permission",
            rights: Rights::Levels,
            is_authoritative: false,
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn sorted_and_declared() {
        assert_sorted(SHAPES.iter().map(|(type_, _)| *type_));
        for (type_, shape) in SHAPES {
            for name in shape.who.iter().chain([&shape.what]) {
                let path = shape.block.into_iter().chain([*name]);
                assert!(schema::attribute(type_, path).is_some(), "{type_}.{name}");
            }
        }
    }
}
