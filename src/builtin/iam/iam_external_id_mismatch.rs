//! A role whose external id is another than the Databricks account that it is registered with.

use crate::{
    aws::policy::{Condition, Document, Statement, Text},
    builtin::shared::{account, control_plane, roles},
    estate::{Cell, Links, Row, Rows},
    facts::policies::EXTERNAL_ID,
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds roles of a `databricks_mws_credentials` whose trust policy asks Databricks for another
    /// external id than the id of the Databricks account that the credentials are registered in:
    /// `account_id` of their provider, else their own. Of several external ids one has to fit. Policies are
    /// read as text and from the arguments of the data sources that make them.
    ///
    /// ## Why is this bad?
    /// Databricks assumes the role with its account id as the external id, always. AWS refuses another, and
    /// the registration fails with "cannot create mws credentials".
    /// Source: mws/resource_mws_credentials.go of databricks/terraform-provider-databricks, whose
    /// `external_id` "is always your Databricks account ID";
    /// [databricks_aws_assume_role_policy](https://registry.terraform.io/providers/databricks/databricks/latest/docs/data-sources/aws_assume_role_policy).
    ///
    /// ## How to fix it
    /// Hand both the same value:
    /// ```hcl
    /// provider "databricks" {
    ///   host       = "https://accounts.cloud.databricks.com"
    ///   account_id = var.databricks_account_id
    /// }
    ///
    /// data "databricks_aws_assume_role_policy" "this" {
    ///   external_id = var.databricks_account_id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// An account id from the environment or a profile, and an external id that is known only after the
    /// apply: the rule is silent. Ids that differ in case only are not compared. That there is no external id
    /// at all is found by `iam-cross-account-no-external-id`.
    pub static RULE = {
        id: "iam-external-id-mismatch",
        summary: "external id is not the Databricks account id in use",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_iam_role"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    roles::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for role in cx.of(roles::KIND).filter(|it| it.tri("managed") == Tri::Yes) {
        let registered = links.from(role, account::CREDENTIALS, "role").into_iter();
        let judged = registered.filter_map(|(it, sure)| Some((it, sure, verdict(role, it)?)));
        let Some((credentials, sure, tri)) = judged.max_by_key(|(_, sure, tri)| *sure & *tri)
        else {
            continue;
        };
        if tri == Tri::Maybe {
            // Two values have to disagree: where one is not known, nothing is said.
            out.blind(Cause::Apply, role);
            continue;
        }
        out.deny(tri & sure, role, "assume_role_policy", || message(role, credentials))
            .help(|| "ask for the account id that the provider of the credentials uses, from the same variable".to_owned())
            .related_at(credentials, "role_arn", || "registers the role with Databricks".to_owned());
    }
}

/// Whether the external id differs; none where the account or the policy is not known at all.
fn verdict(role: &Row, credentials: &Row) -> Option<Tri> {
    let account = credentials.text("account")?;
    let trust = role.policy("trust");
    let mut asking = control_plane::trusting(&trust).peekable();
    asking.peek()?;
    let admitted = asking.map(|(it, _, sure)| sure & admits(it, account));
    let unseen = Tri::from(trust.is_partial) & Tri::Maybe;
    Some(!(unseen | Tri::any(admitted)))
}

fn external_ids(statement: &Statement) -> impl Iterator<Item = &Condition> {
    statement.conditions.iter().filter(|it| it.is_about(EXTERNAL_ID))
}

/// Whether the external ids of a statement take in the account, in whatever case.
fn admits(statement: &Statement, account: &str) -> Tri {
    Tri::all(external_ids(statement).map(|condition| {
        let known = condition.values.iter().filter_map(Text::known);
        let is_near = known.filter(|it| it.eq_ignore_ascii_case(account)).count() > 0;
        Tri::from(is_near) | condition.accepts(account)
    }))
}

fn message(role: &Row, credentials: &Row) -> String {
    let trust: &Document = &role.policy("trust");
    let account = credentials.cell("account").show();
    let mut asked: Vec<&str> = control_plane::trusting(trust)
        .flat_map(|(it, ..)| external_ids(it))
        .flat_map(|it| it.values.iter().filter_map(Text::known))
        .map(|text| if text.is_empty() { "\"\"" } else { text })
        .collect();
    asked.dedup();
    let asked = match role.tri("masked") {
        Tri::No => asked.join(", "),
        _ => Cell::Masked(String::new()).show().to_owned(),
    };
    format!(
        "asks Databricks for the external id {asked}, but is registered in the account {account}"
    )
}
