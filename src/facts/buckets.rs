//! Where Databricks resources name an S3 bucket.
//!
//! Source: the page of each resource in the documentation of databricks 1.128.0.

/// How a bucket is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Its bare name.
    Name,
    /// `s3://bucket/path`.
    Url,
}

/// Type, path of the attribute, and how the bucket is written there; sorted by type. Tables and volumes are
/// left out: they lie in an external location, which names their bucket, though maybe in another plan.
pub static USES: &[(&str, &str, Form)] = &[
    ("databricks_aws_s3_mount", "s3_bucket_name", Form::Name),
    ("databricks_catalog", "storage_root", Form::Url),
    ("databricks_external_location", "url", Form::Url),
    ("databricks_metastore", "storage_root", Form::Url),
    ("databricks_mount", "s3.bucket_name", Form::Name),
    ("databricks_mws_storage_configurations", "bucket_name", Form::Name),
    ("databricks_schema", "storage_root", Form::Url),
];

/// What may lie in a place of its own within a catalog: type, the argument that names the place, and the one
/// that names the catalog.
pub static IN_CATALOG: &[(&str, &str, &str)] = &[
    ("databricks_catalog", "storage_root", "name"),
    ("databricks_schema", "storage_root", "catalog_name"),
    ("databricks_volume", "storage_location", "catalog_name"),
];

/// Where the log of a Delta table lies, below the table.
///
/// Source: <https://github.com/delta-io/delta/blob/master/PROTOCOL.md>, "Delta Log Entries".
pub const DELTA_LOG: &str = "_delta_log/";

/// The bucket in `s3://bucket/path`, `s3a://…` and `s3n://…`; none in other URLs.
pub fn in_url(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let name = rest.split('/').next().filter(|name| !name.is_empty())?;
    is_s3(scheme).then_some(name)
}

/// Whether a scheme is one of those by which Spark knows S3.
pub fn is_s3(scheme: &str) -> bool {
    matches!(scheme, "s3" | "s3a" | "s3n")
}

/// The bucket in the start of such a URL, if its name ends there.
pub fn in_start_of_url(start: &str) -> Option<&str> {
    let (_, rest) = start.split_once("://")?;
    in_url(start).filter(|name| rest.len() > name.len())
}

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn buckets() {
        assert_eq!(in_url("s3://acme-lake/raw/"), Some("acme-lake"));
        assert_eq!(in_url("s3a://acme-lake"), Some("acme-lake"));
        assert_eq!(in_url("abfss://lake@acme.dfs.core.windows.net/"), None);
        assert_eq!(in_url("s3:///raw"), None);
        assert_eq!(in_start_of_url("s3://acme-lake/"), Some("acme-lake"));
        assert_eq!(in_start_of_url("s3://acme-"), None);
        assert_sorted(USES.iter().map(|(kind, ..)| kind));
        for (kind, place, catalog) in IN_CATALOG {
            for name in [place, catalog] {
                assert!(schema::attribute(kind, [*name]).is_some(), "{kind}.{name}");
            }
        }
    }
}
