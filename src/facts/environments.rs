//! Words by which people call the environment that others depend on.
//!
//! Source: the names used in Databricks' and HashiCorp's examples (databricks/terraform-databricks-examples,
//! databricks/terraform-databricks-sra); a convention, never proof.

use super::holds;

/// Variables and tags that name the environment, sorted.
static VARIABLES: &[&str] = &["env", "environment", "stage"];

/// What production is called, sorted.
pub static PRODUCTION: &[&str] = &["live", "prd", "prod", "production"];

/// Whether a variable or a tag of this name tells the environment.
pub fn is_environment(name: &str) -> bool {
    holds(VARIABLES, &name.to_ascii_lowercase())
}

/// What other environments are called, sorted.
static OTHERS: &[&str] = &[
    "dev",
    "develop",
    "development",
    "qa",
    "sandbox",
    "sbx",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
    "tst",
    "uat",
];

/// What makes another environment of production, joined to its name (`nonprod`) or before it
/// (`pre-prod`), sorted.
static BEFORE: &[&str] = &["no", "non", "not", "pre"];

/// The same, after it: `prod-like`, sorted.
static AFTER: &[&str] = &["like"];

/// Whether a name is of production (`acme-prod-lake`, `prod-eu`) or of another environment (`acme-dev`,
/// `non-prod`, `prod-test`); none where no word of it tells.
pub fn production_in(name: &str) -> Option<bool> {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect();
    let is_production = |word: &&str| holds(PRODUCTION, word);
    let is_other = |word: &&str| {
        let rest = BEFORE.iter().filter_map(|before| word.strip_prefix(before));
        holds(OTHERS, word) || rest.into_iter().any(|rest| is_production(&rest))
    };
    let is_turned = |pair: &[&str]| {
        (holds(BEFORE, pair[0]) && is_production(&pair[1]))
            || (is_production(&pair[0]) && holds(AFTER, pair[1]))
    };
    if words.iter().any(is_other) || words.windows(2).any(is_turned) {
        return Some(false);
    }
    words.iter().any(is_production).then_some(true)
}

/// Whether a name is of production, and of no other environment: `acme-prod-lake`, not `acme-non-prod`.
pub fn names_production(name: &str) -> bool {
    production_in(name) == Some(true)
}

/// Whether a word names an environment, or makes another of one: `prod`, `staging`, the `non` of
/// `non-prod`.
pub fn tells_environment(word: &str) -> bool {
    production_in(word).is_some() || holds(BEFORE, word) || holds(AFTER, word)
}

/// Whether a path is one of production; none where no directory tells. The innermost directory that names an
/// environment says so: `live/dev/lake` is one of development.
pub fn production_in_path(path: &str) -> Option<bool> {
    path.split(['/', '\\']).rev().find_map(production_in)
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
        assert_sorted(OTHERS);
        assert_sorted(BEFORE);
        assert_sorted(AFTER);
        assert_sorted(BY_THE_WAY);
        assert!(names_logs("acme-access-logs") && !names_logs("acme-catalog"));
        assert!(names_production("acme-PROD-euc1") && names_production("live/eu/network"));
        assert!(!names_production("products") && !names_production("acme-dev"));
        for name in ["prod-eu", "prod-dr", " Production", "PRD", "acme-prod-eu-central-1"] {
            assert_eq!(production_in(name), Some(true), "{name}");
        }
        for name in [
            "non-prod",
            "nonprod",
            "non_prod",
            "Non Production",
            "pre-prod",
            "PreProd",
            "prod-test",
            "dev-prod-copy",
            "not-live",
            "prod-like",
            "uat",
            "staging",
        ] {
            assert_eq!(production_in(name), Some(false), "{name}");
        }
        for name in ["lake", "products", "predict", "latest", "delivery"] {
            assert_eq!(production_in(name), None, "{name}");
        }
        for path in ["live/eu/lake", "/home/me/dev/prod/lake"] {
            assert_eq!(production_in_path(path), Some(true), "{path}");
        }
        for path in ["live/dev/lake", "live/non-prod/lake"] {
            assert_eq!(production_in_path(path), Some(false), "{path}");
        }
        assert_eq!(production_in_path("eu/lake"), None);
        assert!(is_environment("Environment") && !is_environment("environments"));
    }
}
