//! An isolation mode in the words of another type.

use crate::{
    facts::securables::{isolated_types, isolation_modes},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `isolation_mode` that its type does not know. Catalogs take `ISOLATED` and `OPEN`;
    /// external locations, storage credentials and credentials take `ISOLATION_MODE_ISOLATED` and
    /// `ISOLATION_MODE_OPEN`.
    ///
    /// ## Why is this bad?
    /// The provider sends whatever stands there, and the API refuses it during the apply.
    /// Source: [databricks_catalog](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/catalog),
    /// [databricks_external_location](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/external_location),
    /// [databricks_storage_credential](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/storage_credential),
    /// [databricks_credential](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/credential).
    ///
    /// ## How to fix it
    /// Use the words of the type:
    ///
    /// ```terraform
    /// resource "databricks_external_location" "landing" {
    ///   name            = "landing"
    ///   url             = "s3://acme-landing/"
    ///   credential_name = "lake"
    ///   isolation_mode  = "ISOLATION_MODE_ISOLATED"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Modes that are known only after the apply, and those of a state that no configuration sets.
    pub static RULE = {
        id: "uc-isolation-mode-enum",
        summary: "isolation_mode in the words of another type",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: [
            "databricks_catalog",
            "databricks_credential",
            "databricks_external_location",
            "databricks_storage_credential",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in isolated_types().flat_map(|kind| cx.of(kind)) {
        let mode = it.get("isolation_mode");
        mode.note_unknown();
        let Some(known) = isolation_modes(it.type_()) else { continue };
        let is_foreign = mode.text().is_some_and(|mode| !mode.is_empty() && !known.contains(&mode));
        // What a state shows and nobody wrote was accepted once.
        out.deny(Tri::from(is_foreign) & mode.is_written(), it, &mode, || {
            format!("isolation_mode {} is none that {} knows", mode.show(), it.type_())
        })
        .help(|| format!("use {}", known.join(" or ")));
    }
}
