//! Words by which people call the environment that others depend on.
//!
//! Source: the names used in Databricks' and HashiCorp's examples (databricks/terraform-databricks-examples,
//! databricks/terraform-databricks-sra); a convention, never proof.

use super::holds;

/// Variables and tags that name the environment, sorted.
static VARIABLES: &[&str] = &["env", "environment", "stage"];

/// What production is called, sorted.
static PRODUCTION: &[&str] = &["live", "prd", "prod", "production"];

/// Whether a variable or a tag of this name tells the environment.
pub fn is_environment(name: &str) -> bool {
    holds(VARIABLES, &name.to_ascii_lowercase())
}

/// Whether some word of a name is one for production: `acme-prod-lake`, `live/eu/network`.
pub fn names_production(name: &str) -> bool {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.into_iter().any(|word| holds(PRODUCTION, &word.to_ascii_lowercase()))
}

/// What buckets are called that hold nothing anybody would have to restore, sorted.
static BY_THE_WAY: &[&str] =
    &["artefacts", "artifacts", "audit", "cloudtrail", "log", "logging", "logs", "scratch", "tmp"];

/// Whether some word of a name says that it is for logs, artefacts or for a while.
pub fn names_logs(name: &str) -> bool {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.into_iter().any(|word| holds(BY_THE_WAY, &word.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn words() {
        assert_sorted(VARIABLES);
        assert_sorted(PRODUCTION);
        assert_sorted(BY_THE_WAY);
        assert!(names_logs("acme-access-logs") && !names_logs("acme-catalog"));
        assert!(names_production("acme-PROD-euc1") && names_production("live/eu/network"));
        assert!(!names_production("products") && !names_production("acme-dev"));
        assert!(is_environment("Environment") && !is_environment("environments"));
    }
}
