//! A role that Databricks may assume for anybody.

use crate::{
    aws::policy::{Condition, Document, Effect, Given, Principal, Request, Statement, Who},
    builtin::shared::{control_plane, policies},
    facts::policies::{ASSUME_ROLE, CUSTOMER_KEYS, is_same_for_all_customers},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds roles whose trust policy lets the control plane of Databricks, or its log delivery, assume them
    /// without an external id: no condition asks `sts:ExternalId` for a value, or the value is nothing but
    /// wildcards (`*`, `*-*-*-*-*`), and no `Deny` keeps other ids out. The key is read in any case. Policies
    /// are read as text and from the arguments of the data sources that make them. Unity Catalog's role is
    /// not looked at.
    ///
    /// ## Why is this bad?
    /// Databricks uses one AWS account for all its customers. Without an external id another customer can
    /// register your role's ARN, and Databricks acts with it on his behalf: the confused deputy.
    /// Source: [The confused deputy problem](https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html);
    /// service/provisioning of databricks/databricks-sdk-go, Credentials.Create: "you need to trust the
    /// External ID (the Databricks Account API account ID)".
    ///
    /// ## How to fix it
    /// ```hcl
    /// data "databricks_aws_assume_role_policy" "this" {
    ///   external_id = var.databricks_account_id
    /// }
    ///
    /// resource "aws_iam_role" "cross_account" {
    ///   name               = "databricks-cross-account"
    ///   assume_role_policy = data.databricks_aws_assume_role_policy.this.json
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Principals that are known only after the apply. A pattern for the external id that is known only then,
    /// and conditions that may tell customers apart in another way, such as one on
    /// `aws:PrincipalTag/DatabricksAccountId`, make the finding possible. Whether the
    /// external id is the right one is `iam-external-id-mismatch`'s question.
    pub static RULE = {
        id: "iam-cross-account-no-external-id",
        summary: "Databricks account trusted without an external id",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["aws_iam_role"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for role in cx.of("aws_iam_role") {
        let view = role.get("assume_role_policy");
        let trust = policies::of(&view).unwrap_or_default();
        let Some((tri, who)) = unbound(&trust) else {
            view.note_unknown();
            continue;
        };
        out.deny(tri, role, &view, || {
            format!("lets Databricks assume it without an external id: {who} may come on behalf of any customer")
        })
        .help(|| "ask for `sts:ExternalId` = the Databricks account id; data.databricks_aws_assume_role_policy does".to_owned());
    }
}

/// The surest statement that trusts Databricks unconditionally, with its principal; none where nobody of
/// Databricks is trusted.
fn unbound(trust: &Document) -> Option<(Tri, &str)> {
    let all = control_plane::trusting(trust);
    let judged = all.filter_map(|(it, who, sure)| {
        let name = who.who.known()?;
        Some((sure & !is_bound(it) & !denies_others(trust, who), name))
    });
    judged.max_by_key(|(tri, _)| *tri)
}

/// Whether a denial keeps out whoever comes on behalf of another customer.
fn denies_others(trust: &Document, principal: &Principal) -> Tri {
    let Some(who) = Who::of(principal) else { return Tri::Maybe };
    let request = Request::to(ASSUME_ROLE).by(who);
    let request = CUSTOMER_KEYS.iter().fold(request, |it, key| it.with(key, Given::Foreign));
    // Other conditions say nothing about customers.
    let is_about_it =
        |it: &&Statement| it.conditions.is_empty() || it.conditions.iter().any(is_about_customer);
    let denials = trust.statements.iter().filter(is_about_it);
    Tri::any(denials.map(|it| it.is(Effect::Deny) & it.applies_to(&request)))
}

/// Whether a statement holds for one customer of Databricks only.
fn is_bound(statement: &Statement) -> Tri {
    Tri::any(statement.conditions.iter().map(|it| {
        if it.is_about(CUSTOMER_KEYS[0]) {
            it.demands_a_value()
        } else if is_about_customer(it) {
            // Databricks asks for the id, and says nothing of the tag where it assumes roles.
            it.demands_a_value() & Tri::Maybe
        } else {
            Tri::from(!is_same_for_all_customers(&it.key)) & Tri::Maybe
        }
    }))
}

fn is_about_customer(condition: &Condition) -> bool {
    CUSTOMER_KEYS.iter().any(|key| condition.is_about(key))
}
