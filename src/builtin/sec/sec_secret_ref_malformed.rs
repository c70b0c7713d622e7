//! A reference to a secret that Databricks does not resolve.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    builtin::shared::credentials,
    facts::secrets::{self as facts, Purpose},
    graph::{Res, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
    secrecy::regex,
};

declare_rule! {
    /// ## What it does
    /// Finds values that were meant to be a reference to a secret and are none: `{{secret/app/key}}`,
    /// `{{secrets.app.key}}`, `{{secrets/app}}`, `{{ secrets/app/key }}`, `{{secrets/app/key}`, in Spark
    /// settings, environment variables, the login to a registry and the arguments of model serving. A
    /// reference inside a longer value is a warning.
    ///
    /// What stands in the braces is shown only where it is a scope and a key made of words: it may be a
    /// secret that somebody pasted there. Else the finding says what is wrong, and at which character.
    ///
    /// ## Why is this bad?
    /// A reference is exactly `{{secrets/<scope>/<key>}}`, as the whole value; names have letters, digits,
    /// `-`, `_`, `@` and `.`, and at most 128 characters. Everything else is handed on as it is written:
    /// the job fails when it uses the text as a password, long after the apply.
    /// Source: [secrets in Spark configuration and environment variables](https://docs.databricks.com/aws/en/security/secrets/secrets-spark-conf-env-var);
    /// databricks/terraform-provider-databricks#777.
    ///
    /// ## How to fix it
    /// Let Terraform write it:
    ///
    /// ```terraform
    /// resource "databricks_cluster" "etl" {
    ///   # ...
    ///   spark_conf = {
    ///     "spark.erp.password" = databricks_secret.erp.config_reference
    ///   }
    /// }
    /// ```
    ///
    /// or write `{{secrets/erp/password}}` with nothing around it. What needs the secret as a part of a
    /// longer text can put it together in the notebook.
    ///
    /// ## What it cannot see
    /// Whether the scope and the key exist. Values that are known only after the apply.
    pub static RULE = {
        id: "sec-secret-ref-malformed",
        summary: "a reference to a secret is not one that Databricks resolves",
        severity: Error,
        also: [(Warning, "the reference is a part of a longer value")],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: [
            "databricks_cluster",
            "databricks_instance_pool",
            "databricks_job",
            "databricks_model_serving",
            "databricks_mount",
            "databricks_pipeline",
            "databricks_sql_global_config",
        ],
        since: "0.1.0",
        no_unknown: "the form of a text is judged only where it is known",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in RULE.subjects.iter().flat_map(|type_| cx.of(type_)) {
        // Most have no reference at all, and need not be walked through.
        let prior = cx.side() == crate::graph::Side::Prior;
        if cx.graph.plan.raw(it.raw(), prior).contains("{{") {
            it.root().leaves(&mut |view| judge(it, &view, out));
        }
    }
}

fn judge(it: Res<'_>, view: &View<'_>, out: &mut Findings<'_>) {
    let Some(text) = view.text().filter(|text| !credentials::is_reference(text)) else { return };
    if !is_meant(text) || !takes_references(it, &view.path()) {
        return;
    }
    let inside = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let inside = inside.filter(|inside| !inside.contains("{{"));
    if inside.is_some_and(|inside| !is_plain(inside)) {
        out.secret(text);
        inside.into_iter().for_each(|inside| out.secret(inside.trim()));
    }
    let is_misspelt = credentials::is_misspelt_reference(text);
    let message = || match inside {
        Some(inside) if is_plain(inside) => format!(
            "{} is no reference to a secret, and is handed on as it is written",
            view.show()
        ),
        Some(inside) => format!(
            "a text of {} characters in braces is no reference to a secret, and is handed on as it is \
             written: {}",
            text.chars().count(),
            fault(inside)
        ),
        None if is_misspelt => format!(
            "a text of {} characters is no reference to a secret, and is handed on as it is written: it \
             has not exactly two braces at each end",
            text.chars().count()
        ),
        None => {
            "the reference to a secret is a part of a longer value, in which it is not resolved"
                .to_owned()
        }
    };
    let level = if inside.is_some() || is_misspelt { Severity::Error } else { Severity::Warning };
    out.deny(Tri::Yes, it, view, message)
        .at(level)
        .help(|| "write `{{secrets/SCOPE/KEY}}`, with nothing around it".to_owned());
}

/// Whether what stands in the braces can be shown: a scope and a key, of words. Anything else may be a
/// secret that was put there.
fn is_plain(inside: &str) -> bool {
    static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = "[A-Za-z]{1,16}(?:[_-][A-Za-z]{1,16}){0,3}";
        regex(&format!(r"^\s*(?i:secrets?)([/.:]){words}[/.:]{words}\s*$"))
    });
    PLAIN.as_ref().is_some_and(|plain| plain.is_match(inside))
        && inside.split(['/', '.', ':']).all(|part| credentials::has_form_of_words(part.trim()))
}

/// What is wrong with what stands in the braces, and where, without a letter of it.
fn fault(inside: &str) -> String {
    // In characters of the value, which starts with two braces.
    let place = |at: usize| inside[..at].chars().count() + 3;
    if let Some(at) = inside.find(char::is_whitespace) {
        return format!("there is a blank at character {}", place(at));
    }
    if !inside.starts_with("secrets/") {
        return "it does not start with `{{secrets/`".to_owned();
    }
    let names: Vec<&str> = inside.split('/').skip(1).collect();
    if names.len() != 2 || names.contains(&"") {
        return match names.iter().filter(|name| !name.is_empty()).count() {
            few @ 0..=2 => {
                format!("behind `secrets/` it has {few} of the two names, scope and key")
            }
            many => format!("behind `secrets/` it has {many} names, and not a scope and a key"),
        };
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.@-/".contains(c);
    match inside.find(|c: char| !is_allowed(c)) {
        Some(at) => format!("character {} may not stand in a name", place(at)),
        None => "a name has more than 128 characters".to_owned(),
    }
}

/// Whether a text was meant to refer to a secret.
fn is_meant(text: &str) -> bool {
    static MEANT: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"(?i)\{\{\s*secrets?\s*[/.:]"));
    MEANT.as_ref().is_some_and(|meant| meant.is_match(text))
}

/// Whether references are resolved in an attribute.
fn takes_references(it: Res<'_>, path: &str) -> bool {
    let is_container = facts::containers(it.type_()).iter().any(|entry| {
        matches!(entry.purpose, Purpose::Settings | Purpose::Environment)
            && path.starts_with(entry.path)
    });
    is_container || path.contains("basic_auth.") || path.contains("external_model.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_are_shown() {
        for text in ["secret/app/key", "secrets.app.db-password", " secrets/app/key "] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "secrets/Kx9f8e7dAb",
            "secrets/app",
            "secret:hunterPasswordX",
            "secrets/app/Kx9-f8e7",
            "secrets/app/qwKJhzXMvn",
            "secrets/app/key?x",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn faults_say_where() {
        for (text, said) in [
            (" secrets/a1/b2", "there is a blank at character 3"),
            ("secret/a1/b2", "it does not start with `{{secrets/`"),
            ("secrets/a1", "behind `secrets/` it has 1 of the two names, scope and key"),
            ("secrets/a1/b2/c3", "behind `secrets/` it has 3 names, and not a scope and a key"),
            ("secrets/a1/b?2", "character 15 may not stand in a name"),
        ] {
            assert_eq!(fault(text), said, "{text}");
        }
        let long = format!("secrets/a1/{}", "b2".repeat(65));
        assert_eq!(fault(&long), "a name has more than 128 characters");
    }
}
