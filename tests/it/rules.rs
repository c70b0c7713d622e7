//! What tests know about rules: which there are, how their texts read, an example of each.

use bricklint::{
    catalog::{self, Catalog},
    docs,
    lint::RuleMeta,
};

use crate::{case::cases, common::Ran};

/// The rules inside the binary, by id.
pub(crate) fn shipped() -> Catalog {
    catalog::shipped()
}

/// Names that start with one capital letter, as messages may.
const PROPER_NOUNS: &[&str] = &[
    "Amazon",
    "Auto",
    "Databricks",
    "Delta",
    "Firehose",
    "Kinesis",
    "Lambda",
    "Photon",
    "Redshift",
    "Route",
    "Spark",
    "Terraform",
    "Unity",
];

/// What is wrong with a message, help, label or summary: they start in lower case, unless with a
/// name, have no final period, and are one line.
pub(crate) fn wording(text: &str) -> Option<&'static str> {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    let starts_upper = word.starts_with(char::is_uppercase);
    // `IAM`, `S3`, `PrivateLink`: more than one capital, or a digit, makes a name.
    let is_name = word.chars().skip(1).any(|c| c.is_uppercase() || c.is_ascii_digit())
        || PROPER_NOUNS.contains(&word.as_str());
    match () {
        () if text.trim().is_empty() => Some("is empty"),
        () if text.trim() != text => Some("has space around it"),
        () if text.contains(['\n', '\r', '\t']) => Some("is more than one line"),
        () if starts_upper && !is_name => Some("starts with a capital letter that is no name's"),
        () if text.ends_with(['.', '!']) => Some("ends like a sentence"),
        () if text.contains("  ") => Some("has two spaces"),
        () => None,
    }
}

/// The rule's page.
pub(crate) fn page(meta: &RuleMeta) -> String {
    docs::page(meta, example(&meta.id).as_deref())
}

/// The first definite finding of the rule's `bad` fixture, as a terminal shows it; the first
/// possible one of its others where there is no `bad`.
fn example(id: &str) -> Option<String> {
    let all = cases(id);
    let scratch = tempfile::tempdir().unwrap();
    let (bad, others): (Vec<_>, Vec<_>) = all.iter().partition(|it| it.name().starts_with("bad"));
    let tries = bad
        .into_iter()
        .map(|case| (case, false))
        .chain(others.into_iter().map(|case| (case, true)));
    for (case, possible) in tries {
        for group in case.groups() {
            let mut command = case.check(&group, scratch.path());
            // Narrow enough for a page.
            command.env("COLUMNS", "90").args(["--color", "never", "-o", "terminal"]);
            if possible {
                command.arg("--possible");
            }
            let ran = Ran::of(&mut command);
            let block = ran.stdout.split("\n\n").next().unwrap_or_default();
            if block.split_once(&format!("[{id}]")).is_some_and(|(level, _)| !level.contains('\n'))
            {
                return Some(format!("{block}\n"));
            }
        }
    }
    None
}

#[test]
fn wording_is_judged() {
    for good in [
        "metastore lives in x",
        "IAM role",
        "PrivateLink is on",
        "S3 bucket",
        "`x` is",
        "Unity Catalog",
        "3 rules",
        "\"a\" is",
    ] {
        assert_eq!(wording(good), None, "{good}");
    }
    for bad in ["", " x", "Metastore lives", "it fails.", "a\nb", "A bucket", "a  b"] {
        assert!(wording(bad).is_some(), "{bad}");
    }
}
