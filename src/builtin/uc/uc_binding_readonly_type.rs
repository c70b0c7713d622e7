//! A read-only binding of what is no catalog.

use crate::{
    facts::securables::READ_ONLY_BINDING,
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_workspace_binding` of type `BINDING_TYPE_READ_ONLY` whose `securable_type` is
    /// not `catalog`.
    ///
    /// ## Why is this bad?
    /// Only catalogs can be bound read-only. The provider takes both arguments as they are, and the API
    /// refuses the binding during the apply.
    /// Source: [databricks_workspace_binding](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/workspace_binding),
    /// "`BINDING_TYPE_READ_ONLY` is only supported when `securable_type` is `catalog`".
    ///
    /// ## How to fix it
    /// Bind it for reading and writing, and make the location or credential itself read-only:
    ///
    /// ```terraform
    /// resource "databricks_external_location" "landing" {
    ///   name            = "landing"
    ///   url             = "s3://acme-landing/"
    ///   credential_name = "lake"
    ///   isolation_mode  = "ISOLATION_MODE_ISOLATED"
    ///   read_only       = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A type that is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "uc-binding-readonly-type",
        summary: "read-only binding of a securable that is no catalog",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_workspace_binding", "databricks_catalog_workspace_binding"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in ["databricks_workspace_binding", "databricks_catalog_workspace_binding"]
        .iter()
        .flat_map(|kind| cx.of(kind))
    {
        let (binding, securable) = (it.get("binding_type"), it.get("securable_type"));
        // Left out it is a catalog.
        let is_other = securable.test_text(|kind| !kind.eq_ignore_ascii_case("catalog"));
        out.deny(binding.is(READ_ONLY_BINDING) & is_other, it, &binding, || {
            let (binding, securable) = (binding.show(), securable.show());
            format!(
                "binding_type {binding} is for catalogs only, but securable_type is {securable}"
            )
        })
        .help(|| {
            "bind it for reading and writing, and set `read_only` on what is bound".to_owned()
        });
    }
}
