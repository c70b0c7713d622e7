//! Unity Catalog privileges and what they apply to.
//!
//! Source: docs/resources/grants.md of databricks/terraform-provider-databricks@684f442. New
//! privileges appear often, so only [`is_denied`] may be held against a grant: it knows privileges
//! that are documented for other securables alone. [`allowed`] is for messages.
//!
//! Names are those of the API. The provider accepts `all privileges` for `ALL_PRIVILEGES`: make a
//! name upper case with underscores for spaces before it is looked up.

use super::{holds, look_up};

/// The arguments of `databricks_grants` and `databricks_grant` that name a securable, sorted.
pub static SECURABLES: &[&str] = &[
    "catalog",
    "credential",
    "external_location",
    "foreign_connection",
    "function",
    "mcp_service",
    "metastore",
    "model",
    "model_provider_service",
    "model_service",
    "pipeline",
    "recipient",
    "schema",
    "share",
    "storage_credential",
    "table",
    "volume",
];

/// The privilege that holds all others of its securable.
pub const ALL: &str = "ALL_PRIVILEGES";

/// Privileges that [`ALL`] does not hold, sorted.
///
/// Source: <https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges>,
/// "ALL PRIVILEGES".
static BEYOND_ALL: &[&str] = &["EXTERNAL_USE_LOCATION", "EXTERNAL_USE_SCHEMA", "MANAGE"];

/// Whether one privilege on a securable holds another. Old names are those that have replaced them.
pub fn includes(securable: &str, privilege: &str, other: &str) -> bool {
    let names = |name| replaced_by(securable, name).unwrap_or(name).split(" / ");
    names(privilege).any(|name| {
        names(other).any(|other| name == other || (name == ALL && !holds(BEYOND_ALL, other)))
    })
}

/// Privileges that should not go to everybody, sorted.
pub static BROAD: &[&str] = &[
    "ACCESS",
    "ALL_PRIVILEGES",
    "CREATE_CATALOG",
    "CREATE_CONNECTION",
    "CREATE_EXTERNAL_LOCATION",
    "CREATE_MANAGED_STORAGE",
    "CREATE_RECIPIENT",
    "CREATE_SERVICE_CREDENTIAL",
    "CREATE_SHARE",
    "CREATE_STORAGE_CREDENTIAL",
    "EXTERNAL_USE_LOCATION",
    "EXTERNAL_USE_SCHEMA",
    "MANAGE",
    "MODIFY",
    "SET_SHARE_PERMISSION",
    "USE_CONNECTION",
    "WRITE_FILES",
    "WRITE_VOLUME",
];

/// What a privilege lets everybody do, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    /// Change, own or create something.
    Owns,
    /// Read files past the tables made of them, or from engines outside Databricks.
    Reads,
    /// Read all data of a catalog, which is usual where it is no production data.
    Sees,
}

/// What it means that everybody has a privilege on a securable; none where that is usual.
pub fn for_everybody(securable: &str, privilege: &str) -> Option<Breadth> {
    const FILES: [&str; 2] = ["external_location", "storage_credential"];
    match privilege {
        "EXTERNAL_USE_LOCATION" | "EXTERNAL_USE_SCHEMA" => Some(Breadth::Reads),
        "READ_FILES" if FILES.contains(&securable) => Some(Breadth::Reads),
        "READ_VOLUME" | "SELECT" if securable == "catalog" => Some(Breadth::Sees),
        name => holds(BROAD, name).then_some(Breadth::Owns),
    }
}

/// Privileges on data, which catalogs and schemas pass on to what they hold, sorted.
pub static DATA: &[&str] = &[
    "APPLY_TAG",
    "CREATE_FUNCTION",
    "CREATE_TABLE",
    "CREATE_VOLUME",
    "EXECUTE",
    "MODIFY",
    "READ_VOLUME",
    "REFRESH",
    "SELECT",
    "WRITE_VOLUME",
];

/// The privileges documented for a securable, sorted; `None` where none are documented.
pub fn allowed(securable: &str) -> Option<&'static [&'static str]> {
    look_up(ALLOWED, securable)
}

/// Whether a privilege is known not to apply to a securable: one that is documented for others alone.
pub fn is_denied(securable: &str, privilege: &str) -> bool {
    let only = look_up(ONLY_ON, privilege);
    let is_elsewhere = only.is_some_and(|on| on != securable);
    // What nothing takes may be a new one.
    let is_known = || ALLOWED.iter().any(|(_, privileges)| holds(privileges, privilege));
    let is_no_part =
        holds(WHOLE, securable) && !allowed(securable).is_some_and(|all| holds(all, privilege));
    is_elsewhere
        || is_no_part && is_known()
        || look_up(DENIED, securable).is_some_and(|denied| holds(denied, privilege))
}

/// Securables of which every privilege is documented, sorted: a share takes one.
///
/// Source: <https://docs.databricks.com/aws/en/data-governance/unity-catalog/access-control/privileges-reference>.
static WHOLE: &[&str] = &["share"];

/// Privileges that one securable alone takes, sorted.
///
/// Source: the same page.
static ONLY_ON: &[(&str, &str)] = &[("CREATE_CATALOG", "metastore"), ("USE_CATALOG", "catalog")];

/// What has replaced a privilege of before Unity Catalog's version 1.0, as text for a message.
/// The server stores the new name, so each plan wants to change it back
/// (databricks/terraform-provider-databricks#1658, #1550).
pub fn replaced_by(securable: &str, privilege: &str) -> Option<&'static str> {
    LEGACY
        .iter()
        .find(|(name, on, _)| *name == privilege && on.is_none_or(|on| on == securable))
        .map(|(_, _, new)| *new)
}

type Table = &'static [(&'static str, &'static [&'static str])];

#[rustfmt::skip]
static ALLOWED: Table = &[
    ("catalog", &["ALL_PRIVILEGES", "APPLY_TAG", "CREATE_CONNECTION", "CREATE_FUNCTION", "CREATE_SCHEMA", "CREATE_TABLE", "CREATE_VOLUME", "EXECUTE", "MANAGE", "MODIFY", "READ_VOLUME", "REFRESH", "SELECT", "USE_CATALOG", "USE_SCHEMA", "WRITE_VOLUME"]),
    ("credential", &["ACCESS", "ALL_PRIVILEGES", "CREATE_CONNECTION", "MANAGE"]),
    ("external_location", &["ALL_PRIVILEGES", "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "CREATE_MANAGED_STORAGE", "MANAGE", "READ_FILES", "WRITE_FILES"]),
    ("foreign_connection", &["ALL_PRIVILEGES", "CREATE_FOREIGN_CATALOG", "MANAGE", "USE_CONNECTION"]),
    ("function", &["ALL_PRIVILEGES", "EXECUTE", "MANAGE"]),
    ("mcp_service", &["ALL_PRIVILEGES", "APPLY_TAG", "EXECUTE", "MANAGE", "READ_METADATA"]),
    ("metastore", &["CREATE_CATALOG", "CREATE_CLEAN_ROOM", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_PROVIDER", "CREATE_RECIPIENT", "CREATE_SERVICE_CREDENTIAL", "CREATE_SHARE", "CREATE_STORAGE_CREDENTIAL", "SET_SHARE_PERMISSION", "USE_MARKETPLACE_ASSETS", "USE_PROVIDER", "USE_RECIPIENT", "USE_SHARE"]),
    ("model", &["ALL_PRIVILEGES", "APPLY_TAG", "EXECUTE", "MANAGE"]),
    ("model_provider_service", &["ALL_PRIVILEGES", "APPLY_TAG", "EXECUTE", "MANAGE", "READ_METADATA"]),
    ("model_service", &["ALL_PRIVILEGES", "APPLY_TAG", "EXECUTE", "MANAGE", "READ_METADATA"]),
    ("schema", &["ALL_PRIVILEGES", "APPLY_TAG", "CREATE_FUNCTION", "CREATE_TABLE", "CREATE_VOLUME", "EXECUTE", "MANAGE", "MODIFY", "READ_VOLUME", "REFRESH", "SELECT", "USE_SCHEMA", "WRITE_VOLUME"]),
    ("share", &["SELECT"]),
    ("storage_credential", &["ALL_PRIVILEGES", "CREATE_EXTERNAL_LOCATION", "CREATE_EXTERNAL_TABLE", "MANAGE", "READ_FILES", "WRITE_FILES"]),
    ("table", &["ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "MODIFY", "SELECT"]),
    ("volume", &["ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "READ_VOLUME", "WRITE_VOLUME"]),
];

#[rustfmt::skip]
static DENIED: Table = &[
    ("catalog", &["CREATE_CATALOG", "CREATE_EXTERNAL_LOCATION", "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "CREATE_MANAGED_STORAGE", "CREATE_PROVIDER", "CREATE_RECIPIENT", "CREATE_SHARE", "CREATE_STORAGE_CREDENTIAL", "READ_FILES", "WRITE_FILES"]),
    ("credential", &["CREATE_EXTERNAL_LOCATION", "MODIFY", "READ_FILES", "SELECT", "USE_CATALOG", "USE_SCHEMA", "WRITE_FILES"]),
    ("external_location", &["CREATE_CATALOG", "CREATE_EXTERNAL_LOCATION", "CREATE_SCHEMA", "EXECUTE", "MODIFY", "READ_VOLUME", "SELECT", "USE_CATALOG", "USE_SCHEMA", "WRITE_VOLUME"]),
    ("function", &["CREATE_FUNCTION", "MODIFY", "READ_FILES", "READ_VOLUME", "SELECT", "USE_CATALOG", "USE_SCHEMA", "WRITE_FILES", "WRITE_VOLUME"]),
    ("metastore", &["ALL_PRIVILEGES", "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "CREATE_FUNCTION", "CREATE_SCHEMA", "CREATE_TABLE", "CREATE_VOLUME", "EXECUTE", "MODIFY", "READ_FILES", "READ_VOLUME", "SELECT", "USE_CATALOG", "USE_SCHEMA", "WRITE_FILES", "WRITE_VOLUME"]),
    ("model", &["MODIFY", "READ_FILES", "READ_VOLUME", "SELECT", "USE_CATALOG", "USE_SCHEMA", "WRITE_FILES", "WRITE_VOLUME"]),
    ("schema", &["CREATE_CATALOG", "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "CREATE_MANAGED_STORAGE", "CREATE_SCHEMA", "READ_FILES", "USE_CATALOG", "WRITE_FILES"]),
    ("share", &["ALL_PRIVILEGES", "MODIFY", "READ_VOLUME", "USE_CATALOG", "USE_SCHEMA", "USE_SHARE"]),
    ("storage_credential", &["CREATE_CATALOG", "CREATE_MANAGED_STORAGE", "CREATE_SCHEMA", "EXECUTE", "MODIFY", "READ_VOLUME", "SELECT", "USE_CATALOG", "USE_SCHEMA", "WRITE_VOLUME"]),
    ("table", &["CREATE_EXTERNAL_TABLE", "CREATE_SCHEMA", "CREATE_TABLE", "EXECUTE", "READ_FILES", "READ_VOLUME", "USE_CATALOG", "USE_SCHEMA", "WRITE_FILES", "WRITE_VOLUME"]),
    ("volume", &["CREATE_VOLUME", "EXECUTE", "MODIFY", "READ_FILES", "SELECT", "USE_CATALOG", "USE_SCHEMA", "WRITE_FILES"]),
];

/// Old name, securable if only there, new name.
static LEGACY: &[(&str, Option<&str>, &str)] = &[
    ("ALL", None, "ALL_PRIVILEGES"),
    ("CREATE", None, "CREATE_SCHEMA / CREATE_TABLE / CREATE_FUNCTION"),
    ("CREATE_TABLE", Some("external_location"), "CREATE_EXTERNAL_TABLE"),
    ("CREATE_TABLE", Some("storage_credential"), "CREATE_EXTERNAL_TABLE"),
    ("CREATE_VIEW", None, "CREATE_TABLE"),
    ("USAGE", None, "USE_CATALOG / USE_SCHEMA"),
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn privileges() {
        assert!(is_denied("volume", "SELECT") && is_denied("external_location", "USE_SCHEMA"));
        assert!(!is_denied("schema", "SELECT") && !is_denied("volume", "NEW_PRIVILEGE"));
        assert!(!is_denied("pipeline", "SELECT"));
        assert!(
            is_denied("volume", "CREATE_CATALOG") && is_denied("foreign_connection", "USE_CATALOG")
        );
        assert!(is_denied("share", "READ_FILES") && !is_denied("share", "NEW_PRIVILEGE"));
        assert!(allowed("share").is_some_and(|list| list == ["SELECT"]));
        assert_eq!(allowed("recipient"), None);
    }

    #[test]
    fn legacy() {
        assert_eq!(replaced_by("schema", "USAGE"), Some("USE_CATALOG / USE_SCHEMA"));
        assert_eq!(replaced_by("external_location", "CREATE_TABLE"), Some("CREATE_EXTERNAL_TABLE"));
        assert_eq!(replaced_by("schema", "CREATE_TABLE"), None);
    }

    #[test]
    fn what_holds_what() {
        assert!(includes("catalog", "ALL_PRIVILEGES", "SELECT"));
        assert!(includes("catalog", "ALL", "ALL_PRIVILEGES"));
        assert!(includes("catalog", "USE_CATALOG", "USAGE"));
        assert!(includes("catalog", "USAGE", "USE_CATALOG"));
        assert!(!includes("catalog", "ALL_PRIVILEGES", "MANAGE"));
        assert!(!includes("catalog", "SELECT", "ALL_PRIVILEGES"));
    }

    #[test]
    fn sorted() {
        assert_sorted(BEYOND_ALL);
        assert_sorted(SECURABLES);
        assert_sorted(BROAD);
        assert_sorted(DATA);
        assert_sorted(LEGACY);
        assert_sorted(ONLY_ON.iter().map(|(privilege, _)| privilege));
        for table in [ALLOWED, DENIED] {
            assert_sorted(table.iter().map(|(securable, _)| *securable));
            for (securable, privileges) in table {
                assert!(holds(SECURABLES, securable), "{securable}");
                assert_sorted(*privileges);
            }
        }
    }

    /// A privilege that the documentation allows is never denied.
    #[test]
    fn allowed_and_denied_are_apart() {
        for (securable, privileges) in ALLOWED {
            for privilege in *privileges {
                assert!(!is_denied(securable, privilege), "{privilege} on {securable}");
            }
        }
    }
}
