//! A key of Databricks that anybody may use.

use crate::{
    aws::policy::{Document, Effect, Principal, Statement},
    builtin::shared::{
        account,
        control_plane::{self, Party},
        keys,
    },
    estate::{Links, Rows},
    facts::policies::{CUSTOMER_TAG, KEY_USES, is_circumstance, names_callers},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds policies of keys that a `databricks_mws_customer_managed_keys` registers, in the key or in an
    /// `aws_kms_key_policy`, that let everybody use the key: an `Allow` for the principal `*` without
    /// a condition on who asks. As a note: policies that admit the control plane of Databricks for all its
    /// customers, without the condition `aws:PrincipalTag/DatabricksAccountId`.
    ///
    /// ## Why is this bad?
    /// Whoever in any AWS account learns the key's ARN can decrypt with it, or use it at your cost. The control
    /// plane of Databricks is one account for all its customers.
    /// Source: [Determining access to KMS keys](https://docs.aws.amazon.com/kms/latest/developerguide/determining-access.html);
    /// databricks/terraform-provider-databricks#1309, which narrowed the provider's own example.
    ///
    /// ## How to fix it
    /// ```hcl
    /// statement {
    ///   actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    ///   resources = ["*"]
    ///   principals {
    ///     type        = "AWS"
    ///     identifiers = ["arn:aws:iam::414351767826:root"]
    ///   }
    ///   condition {
    ///     test     = "StringEquals"
    ///     variable = "aws:PrincipalTag/DatabricksAccountId"
    ///     values   = [var.databricks_account_id]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Policies that are known only after the apply, but for the data source that makes them. Conditions that
    /// are not understood make the finding possible. Statements that only let a key be described are not
    /// looked at.
    pub static RULE = {
        id: "kms-open-policy",
        summary: "key usable by everyone",
        severity: Error,
        also: [(Note, "when the control plane of Databricks is admitted for all its customers")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["aws_kms_external_key", "aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    keys::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for key in cx.of(keys::KIND) {
        let Some((registration, sure)) = keys::registration(&links, key, |_| Tri::Yes) else {
            continue;
        };
        for (holder, also) in keys::holders(&links, key) {
            let policy = holder.policy("policy");
            let (open, shared) = (is_open(&policy), is_shared(&policy));
            let (tri, level) =
                if open == Tri::No { (shared, Severity::Note) } else { (open, Severity::Error) };
            out.deny(tri & sure & also, holder, "policy", || message(level).to_owned())
                .at(level)
                .help(|| "name principals, and bind Databricks with the condition aws:PrincipalTag/DatabricksAccountId".to_owned())
                .related_at(registration, "aws_key_info.key_arn", || "registers the key with Databricks".to_owned());
        }
    }
}

fn message(level: Severity) -> &'static str {
    match level {
        Severity::Note => {
            "lets the control plane of Databricks use the key for any customer, without the condition aws:PrincipalTag/DatabricksAccountId"
        }
        _ => {
            "lets everybody use a key that Databricks encrypts with: Allow for the principal *, without a condition on who asks"
        }
    }
}

/// Whether a statement lets everybody use the key.
fn is_open(policy: &Document) -> Tri {
    Tri::any(policy.statements.iter().filter(|it| is_for_everybody(it)).map(|it| {
        let is_narrowed = Tri::any(it.conditions.iter().map(|condition| {
            if names_callers(&condition.key) {
                condition.demands_a_value()
            } else {
                Tri::from(!is_circumstance(&condition.key)) & Tri::Maybe
            }
        }));
        uses(it) & !is_narrowed
    }))
}

fn is_for_everybody(statement: &Statement) -> bool {
    let is_star = |it: &Principal| (it.kind == "*" || it.kind == "AWS") && it.who.is_star();
    statement.principals.as_ref().is_some_and(|list| list.is_not || list.items.iter().any(is_star))
}

/// Whether a statement admits Databricks whomever it works for.
fn is_shared(policy: &Document) -> Tri {
    Tri::any(policy.statements.iter().filter(|it| is_for_databricks(it)).map(|it| {
        let bound = it.conditions.iter().filter(|it| it.is_about(CUSTOMER_TAG));
        let is_bound = Tri::any(bound.map(|it| it.demands_a_value()));
        uses(it) & !is_bound
    }))
}

fn is_for_databricks(statement: &Statement) -> bool {
    let named = statement.principals.as_ref().filter(|list| !list.is_not);
    let is_theirs = |it: &Principal| {
        control_plane::party(it).is_some_and(|(party, _)| party == Party::ControlPlane)
    };
    named.is_some_and(|list| list.items.iter().any(is_theirs))
}

/// Whether a statement allows more than to look at the key.
fn uses(statement: &Statement) -> Tri {
    let any = Tri::any(KEY_USES.iter().map(|action| statement.covers_action(action)));
    statement.is(Effect::Allow) & any
}
