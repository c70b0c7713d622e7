//! Which types the providers have: to tell a misspelt name from one that no table describes.
//!
//! Source: `terraform providers schema -json` of aws 5.100.0, all of whose types are listed in
//! `types.txt`, sorted, data sources with `data.` in front. Of the other providers in
//! [`schema`](mod@super::schema) that table has every type.

use super::schema;

static AWS: &str = include_str!("types.txt");

/// Providers all of whose types are known, as types begin.
const WHOLE: [&str; 8] = ["aws", "databricks", "http", "local", "null", "random", "time", "tls"];

/// Whether a type exists, `data.` in front of a data source's. `None` where nobody can tell: its
/// provider is in no table.
pub fn exists(kind: &str) -> Option<bool> {
    let is_described = match kind.strip_prefix("data.") {
        Some(name) => schema::data(name).is_some(),
        None => schema::resource(kind).is_some(),
    };
    if is_described {
        return Some(true);
    }
    let name = kind.strip_prefix("data.").unwrap_or(kind);
    is_of_known_provider(name).then(|| AWS.lines().any(|line| line == kind))
}

/// Whether all types of its provider are known, and what each of them has.
pub fn is_of_known_provider(type_: &str) -> bool {
    type_.split('_').next().is_some_and(|provider| WHOLE.contains(&provider))
}

/// Every type that is known, `data.` in front of data sources', each at least once.
pub fn all() -> impl Iterator<Item = &'static str> {
    AWS.lines().chain(schema::types())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_from_misspelt_ones() {
        for (kind, wanted) in [
            ("aws_vpc", Some(true)),
            ("aws_cloudwatch_log_group", Some(true)),
            ("data.aws_subnets", Some(true)),
            ("aws_subnets", Some(false)),
            ("databricks_job", Some(true)),
            ("databricks_jobs", Some(false)),
            ("data.databricks_jobs", Some(true)),
            ("azurerm_subnet", None),
            ("terraform_data", None),
        ] {
            assert_eq!(exists(kind), wanted, "{kind}");
        }
    }

    #[test]
    fn every_described_type_is_listed() {
        crate::facts::tests::assert_sorted(AWS.lines());
        let of_aws = |kind: &&str| kind.trim_start_matches("data.").starts_with("aws_");
        for kind in schema::types().filter(of_aws) {
            assert!(AWS.lines().any(|line| line == kind), "{kind}");
        }
    }
}
