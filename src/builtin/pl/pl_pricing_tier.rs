//! A workspace of a tier that has no PrivateLink and no customer-managed keys.

use crate::{
    builtin::shared::account,
    facts::mws,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` of the tier `STANDARD` or `PREMIUM`, in any case, with private
    /// access settings or a customer-managed key. Workspaces on Google Cloud, where the tiers hold other
    /// things, are left alone.
    ///
    /// ## Why is this bad?
    /// On AWS both are part of the tier Enterprise. To Terraform the tier is only a text: the plan
    /// succeeds, and the API refuses the workspace. It happens where development gets a lower tier and
    /// the same modules.
    /// Source: [Classic PrivateLink](https://docs.databricks.com/aws/en/security/network/classic/privatelink),
    /// [customer-managed keys](https://docs.databricks.com/aws/en/security/keys/customer-managed-keys),
    /// the requirements.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_workspaces" "this" {
    ///   # ...
    ///   pricing_tier = "ENTERPRISE"
    /// }
    /// ```
    /// Or leave the private access settings and the keys of this workspace out.
    ///
    /// ## What it cannot see
    /// The tier of the account, which a workspace has that names none: the rule is silent there. A tier
    /// that is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "pl-pricing-tier",
        summary: "PrivateLink or customer-managed keys on a tier that lacks them",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// What takes the tier Enterprise: argument, what a message calls that which it names.
const FEATURES: [(&str, &str); 4] = [
    ("private_access_settings_id", "private access settings"),
    ("storage_customer_managed_key_id", "a customer-managed key for storage"),
    ("managed_services_customer_managed_key_id", "a customer-managed key for managed services"),
    ("customer_managed_key_id", "a customer-managed key"),
];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_workspaces") {
        let tier = it.get("pricing_tier");
        let features = FEATURES.map(|(name, what)| {
            let kind = mws::named_by_workspaces(name);
            (account::names_one(&it.get(name), kind.as_slice()), what)
        });
        let used = Tri::any(features.iter().map(|(tri, _)| *tri)) & !account::is_on_google(it);
        out.deny(used & tier.test_text(mws::is_lower_tier), it, &tier, || {
            let used = features.iter().filter(|(tri, _)| *tri != Tri::No);
            let used: Vec<&str> = used.map(|(_, what)| *what).collect();
            format!("has {}, which the tier {} does not include", used.join(", "), tier.show())
        })
        .help(|| "set `pricing_tier = \"ENTERPRISE\"`, or leave them out".to_owned());
    }
}
