//! Entitlements of two principals in one resource.

use crate::{
    graph::View,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_entitlements` with two or more of `group_id`, `user_id` and
    /// `service_principal_id`.
    ///
    /// ## Why is this bad?
    /// The provider wants at least one of them and takes several. It gives the entitlements to each, and
    /// keeps the id of one: what it gave to the others it neither reads nor ever takes away again.
    /// Source: [databricks_entitlements](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/entitlements)
    /// and its code, `scim/resource_entitlement.go` of databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// One resource for each principal:
    ///
    /// ```terraform
    /// resource "databricks_entitlements" "engineers" {
    ///   group_id         = databricks_group.engineers.id
    ///   workspace_access = true
    /// }
    ///
    /// resource "databricks_entitlements" "lead" {
    ///   user_id          = databricks_user.lead.id
    ///   workspace_access = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// An id that is made of something that is known only after the apply may be null: then the finding is
    /// possible.
    pub static RULE = {
        id: "idn-entitlements-targets",
        summary: "databricks_entitlements for two principals",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_entitlements"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_entitlements") {
        let ids = ["group_id", "user_id", "service_principal_id"].map(|name| it.get(name));
        let given: Vec<(&View<'_>, Tri)> = ids
            .iter()
            .map(|id| (id, id.is_given()))
            .filter(|(_, given)| *given != Tri::No)
            .collect();
        let sure = given.iter().filter(|(_, given)| *given == Tri::Yes).count();
        let several = match (sure, given.len()) {
            (2.., _) => Tri::Yes,
            (_, 2..) => Tri::Maybe,
            _ => Tri::No,
        };
        out.deny(several, it, (), || {
            let names = given.iter().map(|(id, _)| format!("{} {}", id.attribute(), id.show()));
            let names: Vec<String> = names.collect();
            format!("names {} principals, and keeps one: {}", names.len(), names.join(" and "))
        })
        .help(|| "write one databricks_entitlements for each".to_owned());
    }
}
