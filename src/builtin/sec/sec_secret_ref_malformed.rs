//! A reference to a secret that Databricks does not resolve.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    builtin::shared::credentials,
    facts::secrets::{self as facts, Purpose},
    graph::{Res, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds values that were meant to be a reference to a secret and are none: `{{secret/app/key}}`,
    /// `{{secrets.app.key}}`, `{{secrets/app}}`, `{{ secrets/app/key }}`, in Spark settings, environment
    /// variables, the login to a registry and the arguments of model serving. A reference inside a longer
    /// value is a warning.
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
    let is_whole = credentials::is_template(text);
    let message = || match is_whole {
        true => format!(
            "{} is no reference to a secret, and is handed on as it is written",
            view.show()
        ),
        false => {
            "the reference to a secret is a part of a longer value, in which it is not resolved"
                .to_owned()
        }
    };
    let level = if is_whole { Severity::Error } else { Severity::Warning };
    out.deny(Tri::Yes, it, view, message)
        .at(level)
        .help(|| "write `{{secrets/SCOPE/KEY}}`, with nothing around it".to_owned());
}

/// Whether a text was meant to refer to a secret.
fn is_meant(text: &str) -> bool {
    static MEANT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\{\{\s*secrets?\s*[/.:]").ok());
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
