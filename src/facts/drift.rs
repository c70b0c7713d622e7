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

/// Whether a top-level attribute changes by itself.
pub fn is_noise(attribute: &str) -> bool {
    attribute.starts_with(NOISE_PREFIX) || holds(NOISE, attribute)
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn noise() {
        assert!(is_noise("updated_at") && is_noise("effective_owner"));
        assert!(!is_noise("owner") && !is_noise("effective"));
        assert_sorted(NOISE);
    }
}
