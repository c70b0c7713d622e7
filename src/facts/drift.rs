//! Attributes that change by themselves.
//!
//! Source: none published; computed attributes of the schemas of databricks 1.128.0 and aws 5.100.0
//! that hold times, counters, states or a copy of another attribute.

use super::holds;

/// Attributes whose change outside Terraform says nothing, sorted.
pub static NOISE: &[&str] = &[
    "created_at",
    "created_by",
    "default_tags",
    "etag",
    "health",
    "jdbc_url",
    "last_updated_timestamp",
    "num_active_sessions",
    "num_clusters",
    "odbc_params",
    "provider_config",
    "state",
    "tags_all",
    "updated_at",
    "updated_by",
    "url",
];

/// What the providers add to what an author set begins with this (`effective_owner`).
pub static NOISE_PREFIX: &str = "effective_";

/// Attributes that an author may set by the schema, and that tell how a run of the object goes, sorted.
///
/// Source: `pipelines/resource_pipeline.go` of databricks/terraform-provider-databricks@684f442, which
/// fills them from the API's status.
static NOISE_OF: &[(&str, &str)] = &[
    ("databricks_pipeline", "cause"),
    ("databricks_pipeline", "last_modified"),
    ("databricks_pipeline", "latest_updates"),
];

/// Attributes that only a provider sets and whose change says that the object is another one, sorted. A role
/// or user of IAM that was deleted and made again has its name and ARN, which tell nothing, and another
/// unique id; policies hold on to the old one.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html> ("Unique
/// identifiers"); the attribute references of both providers for the others.
pub static IDENTITY: &[&str] = &["arn", "id", "unique_id"];

/// Type and path of what comes back otherwise than it was stored, which plans show as drift, sorted.
///
/// Source: CHANGELOG.md of databricks/terraform-provider-databricks, #5347; databricks/databricks-sdk-go#1256.
pub static PERPETUAL: &[(&str, &str)] = &[
    ("databricks_mws_ncc_private_endpoint_rule", "account_id"),
    ("databricks_mws_network_connectivity_config", "egress_config.target_rules"),
];

/// System schemas that Databricks enables by itself, sorted.
///
/// Source: docs/resources/system_schema.md of databricks/terraform-provider-databricks@684f442
/// (`auto_enabled`: "should not be manually declared"), and
/// <https://docs.databricks.com/aws/en/admin/system-tables/>.
pub static AUTO_ENABLED_SCHEMAS: &[&str] = &["billing", "information_schema"];

/// Whether a top-level attribute changes by itself.
pub fn is_noise(attribute: &str) -> bool {
    attribute.starts_with(NOISE_PREFIX) || holds(NOISE, attribute)
}

/// Whether one of a type does, whatever the schema lets an author do with it.
pub fn is_noise_of(type_: &str, attribute: &str) -> bool {
    NOISE_OF.contains(&(type_, attribute))
}

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn noise() {
        assert!(is_noise("updated_at") && is_noise("effective_owner"));
        assert!(!is_noise("owner") && !is_noise("effective"));
        assert!(is_noise_of("databricks_pipeline", "cause"));
        assert_sorted(NOISE);
        assert_sorted(NOISE_OF.iter());
        assert_sorted(IDENTITY);
        assert_sorted(PERPETUAL.iter());
        assert_sorted(AUTO_ENABLED_SCHEMAS);
        for (type_, path) in NOISE_OF.iter().chain(PERPETUAL) {
            assert!(schema::attribute(type_, path.split('.')).is_some(), "{type_}.{path}");
        }
    }
}
