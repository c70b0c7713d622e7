//! Securables of Unity Catalog: what they are called, and what must be unique.
//!
//! Source: databricks/terraform-provider-databricks@684f442, `catalog/permissions/*.go` (mappings of
//! grants), `catalog/resource_*.go` and docs/resources of each type.

use super::{holds, look_up};

/// The attributes that a securable's full name is made of, with `.` between them; sorted by type.
static FULL_NAMES: &[(&str, &[&str])] = &[
    ("databricks_catalog", &["name"]),
    ("databricks_connection", &["name"]),
    ("databricks_credential", &["name"]),
    ("databricks_external_location", &["name"]),
    ("databricks_recipient", &["name"]),
    ("databricks_registered_model", &["catalog_name", "schema_name", "name"]),
    ("databricks_schema", &["catalog_name", "name"]),
    ("databricks_share", &["name"]),
    ("databricks_sql_table", &["catalog_name", "schema_name", "name"]),
    ("databricks_storage_credential", &["name"]),
    ("databricks_volume", &["catalog_name", "schema_name", "name"]),
];

/// The attributes that a type's full name is made of; none where it is no securable with a name.
pub fn parts_of_name(kind: &str) -> Option<&'static [&'static str]> {
    look_up(FULL_NAMES, kind)
}

/// What an argument of `databricks_grants` names, sorted by argument.
static NAMED_BY: &[(&str, &str)] = &[
    ("catalog", "databricks_catalog"),
    ("credential", "databricks_credential"),
    ("external_location", "databricks_external_location"),
    ("foreign_connection", "databricks_connection"),
    ("metastore", "databricks_metastore"),
    ("model", "databricks_registered_model"),
    ("pipeline", "databricks_pipeline"),
    ("recipient", "databricks_recipient"),
    ("schema", "databricks_schema"),
    ("share", "databricks_share"),
    ("storage_credential", "databricks_storage_credential"),
    ("table", "databricks_sql_table"),
    ("volume", "databricks_volume"),
];

/// The resource type that an argument of a grant, or a binding's `securable_type`, names.
pub fn named_by(argument: &str) -> Option<&'static str> {
    look_up(NAMED_BY, argument)
}

/// The words for an isolation mode, by type, sorted: isolated, open. The provider sends whatever
/// stands there.
///
/// Source: docs/resources/{catalog,external_location,storage_credential,credential}.md of
/// databricks/terraform-provider-databricks@684f442.
static ISOLATION: &[(&str, [&str; 2])] = &[
    ("databricks_catalog", ["ISOLATED", "OPEN"]),
    ("databricks_credential", ["ISOLATION_MODE_ISOLATED", "ISOLATION_MODE_OPEN"]),
    ("databricks_external_location", ["ISOLATION_MODE_ISOLATED", "ISOLATION_MODE_OPEN"]),
    ("databricks_storage_credential", ["ISOLATION_MODE_ISOLATED", "ISOLATION_MODE_OPEN"]),
];

/// The types that have an isolation mode.
pub fn isolated_types() -> impl Iterator<Item = &'static str> {
    ISOLATION.iter().map(|(kind, _)| *kind)
}

/// A type's words for isolated and for open; none where it has no isolation mode.
pub fn isolation_modes(kind: &str) -> Option<[&'static str; 2]> {
    look_up(ISOLATION, kind)
}

/// Whether a securable of a type is open to all workspaces when nobody says otherwise. Not certain
/// of credentials: accounts were seen in which new ones are isolated
/// (databricks/terraform-provider-databricks#5067).
pub fn is_open_by_default(kind: &str) -> bool {
    matches!(kind, "databricks_catalog" | "databricks_external_location")
}

/// The value of `binding_type` that only catalogs take.
///
/// Source: docs/resources/workspace_binding.md, "only supported when `securable_type` is `catalog`".
pub const READ_ONLY_BINDING: &str = "BINDING_TYPE_READ_ONLY";

/// Catalogs that Unity Catalog does not hold: the metastore of before, under both of its names.
///
/// Source: databricks/terraform-provider-databricks#1217.
static LEGACY_CATALOGS: &[&str] = &["hive_metastore", "spark_catalog"];

/// Whether a catalog of that name lies outside Unity Catalog.
pub fn is_legacy_catalog(name: &str) -> bool {
    holds(LEGACY_CATALOGS, &name.to_ascii_lowercase())
}

/// The longest name of a catalog, schema or volume, in characters.
///
/// Source: <https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names>, "Catalog name",
/// and "Unity Catalog limitations": names cannot exceed 255 characters, and hold no period, space,
/// forward slash or control character.
pub const LONGEST_NAME: usize = 255;

/// What a name cannot hold, in words; none where it can hold the character.
pub fn forbidden(character: char) -> Option<&'static str> {
    match character {
        '.' => Some("a dot"),
        ' ' => Some("a space"),
        '/' => Some("a slash"),
        it if it.is_ascii_control() => Some("a control character"),
        _ => None,
    }
}

/// The schema that every catalog has by itself.
///
/// Source: <https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-information-schema>.
pub const INFORMATION_SCHEMA: &str = "information_schema";

/// The folder below a managed location that Unity Catalog writes to.
///
/// Source: <https://docs.databricks.com/aws/en/data-governance/unity-catalog/paths>.
pub const MANAGED_FOLDER: &str = "__unitystorage";

/// Types that have an `owner`, sorted.
///
/// Source: the argument references of the types in databricks/terraform-provider-databricks@684f442.
pub static OWNED: &[&str] = &[
    "databricks_ai_gateway_mcp_service",
    "databricks_ai_gateway_model_provider_service",
    "databricks_ai_gateway_model_service",
    "databricks_catalog",
    "databricks_connection",
    "databricks_credential",
    "databricks_external_location",
    "databricks_external_metadata",
    "databricks_metastore",
    "databricks_metastore_data_access",
    "databricks_recipient",
    "databricks_registered_model",
    "databricks_schema",
    "databricks_secret_uc",
    "databricks_share",
    "databricks_sql_table",
    "databricks_storage_credential",
    "databricks_table",
    "databricks_volume",
];

/// Resources that go to the metastore of a workspace, and fail before it has one; sorted.
///
/// Source: databricks/terraform-provider-databricks#1632 and #1832 ("No metastore assigned for the
/// current workspace").
pub static IN_METASTORE: &[&str] = &[
    "databricks_artifact_allowlist",
    "databricks_catalog",
    "databricks_catalog_workspace_binding",
    "databricks_connection",
    "databricks_credential",
    "databricks_default_namespace_setting",
    "databricks_external_location",
    "databricks_grant",
    "databricks_grants",
    "databricks_online_table",
    "databricks_quality_monitor",
    "databricks_recipient",
    "databricks_registered_model",
    "databricks_schema",
    "databricks_share",
    "databricks_sql_table",
    "databricks_storage_credential",
    "databricks_system_schema",
    "databricks_volume",
    "databricks_workspace_binding",
];

/// What makes an object one of its kind, by type, sorted: each list of attributes names it, so that
/// two of them with the same values cannot be there at once.
///
/// Source: databricks/terraform-provider-databricks#3344 and the create functions of the types.
static UNIQUE: &[(&str, &[&[&str]])] = &[
    ("databricks_catalog", &[&["name"]]),
    ("databricks_connection", &[&["name"]]),
    ("databricks_credential", &[&["name"]]),
    ("databricks_external_location", &[&["name"], &["url"]]),
    ("databricks_metastore", &[&["region"]]),
    ("databricks_metastore_assignment", &[&["workspace_id"]]),
    ("databricks_recipient", &[&["name"]]),
    ("databricks_registered_model", &[&["catalog_name", "schema_name", "name"]]),
    ("databricks_schema", &[&["catalog_name", "name"]]),
    ("databricks_secret_scope", &[&["name"]]),
    ("databricks_share", &[&["name"]]),
    ("databricks_sql_table", &[&["catalog_name", "schema_name", "name"]]),
    ("databricks_storage_credential", &[&["name"]]),
    ("databricks_volume", &[&["catalog_name", "schema_name", "name"]]),
];

/// Paths of which no two may hold one another, by type and attribute.
///
/// Source: <https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/external-locations>: external
/// locations must not overlap.
static NESTED: &[(&str, &str)] = &[("databricks_external_location", "url")];

/// Whether an attribute is a path that may neither hold another's nor lie in it.
pub fn is_nested(kind: &str, attribute: &str) -> bool {
    NESTED.contains(&(kind, attribute))
}

/// Types of which two equal ones cannot be there at once, with what makes them equal.
pub fn unique() -> impl Iterator<Item = (&'static str, &'static [&'static [&'static str]])> {
    UNIQUE.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert_sorted(FULL_NAMES.iter().map(|(kind, _)| kind));
        assert_sorted(NAMED_BY.iter().map(|(argument, _)| argument));
        assert_sorted(ISOLATION.iter().map(|(kind, _)| kind));
        assert_sorted(LEGACY_CATALOGS);
        assert_sorted(IN_METASTORE);
        assert_sorted(UNIQUE.iter().map(|(kind, _)| kind));
        let owned = schema::types().filter(|kind| {
            let owner = schema::resource(kind).and_then(|it| it.attribute(["owner"]));
            kind.starts_with("databricks_") && owner.is_some_and(|it| !it.is_computed_only())
        });
        assert_eq!(owned.collect::<Vec<_>>(), OWNED);
    }

    /// Every argument is one of those that grants have.
    #[test]
    fn arguments_are_those_of_grants() {
        for (argument, _) in NAMED_BY {
            assert!(holds(super::super::grants::SECURABLES, argument), "{argument}");
        }
    }

    #[test]
    fn names() {
        assert!(is_legacy_catalog("Hive_Metastore") && !is_legacy_catalog("hive"));
        assert_eq!(forbidden(' '), Some("a space"));
        assert_eq!(forbidden('\u{7f}'), Some("a control character"));
        assert_eq!(forbidden('-'), None);
        assert_eq!(parts_of_name("databricks_schema"), Some(&["catalog_name", "name"][..]));
        assert_eq!(named_by("table"), Some("databricks_sql_table"));
    }
}
