//! A bucket policy that shuts Databricks out of a root bucket.

use crate::{
    aws::{
        Arn,
        policy::{Condition, Document, Effect, Given, List, Principal, Request, Statement, Text},
    },
    builtin::shared::{
        account,
        buckets::{self, in_policies, objects},
        control_plane::{self, Party},
        roots::{self, Root},
    },
    estate::{Links, Named, Row, Rows},
    facts::{
        accounts::Deployment,
        policies::{
            BY_ITSELF, CUSTOMER_TAG, DATABRICKS_ORGANISATION, NOT_DATABRICKS, ONE_OF,
            ROOT_BUCKET_ACTIONS, ROOT_OBJECT_ACTIONS, is_of_content, is_of_object,
        },
        regions,
    },
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds the policy of a workspace's root bucket, be it in an `aws_s3_bucket_policy` or in the bucket itself,
    /// with a `Deny` that also meets the control plane of Databricks: for everybody outside an own VPC endpoint,
    /// VPC, address range, account or organisation, or by `NotPrincipal`, without an exception for the account of
    /// Databricks. Only denials of what Databricks does in a root bucket count; those of requests without TLS,
    /// with an old version of it, or by nobody do not, nor those by what is asked, whoever asks: headers,
    /// signatures, tags and locks of objects.
    ///
    /// ## Why is this bad?
    /// A denial wins over every permission. The control plane comes from an account, an organisation and
    /// a network of its own, so the workspace cannot be created, or stops working.
    /// Source: [Create an S3 bucket for workspace deployment](https://docs.databricks.com/aws/en/admin/account-settings-e2/storage);
    /// [Policy evaluation logic](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
    ///
    /// ## How to fix it
    /// Add an exception to the condition; keys of one operator all have to differ for the denial to hold:
    /// ```hcl
    /// condition {
    ///   test     = "StringNotEquals"
    ///   variable = "aws:PrincipalAccount"
    ///   values   = ["414351767826"]
    /// }
    /// ```
    /// `NotPrincipal` would have to name every role and session of Databricks: use `Principal = "*"` with that
    /// condition instead.
    ///
    /// ## What it cannot see
    /// Whether an address range, a VPC or an endpoint belongs to Databricks: lists of them, and what the plan
    /// makes, are taken for the author's own. Conditions that are not understood make the finding possible.
    /// Which headers Databricks sends with what it writes: a denial of objects that are not encrypted as it says
    /// is silent. Buckets of Unity Catalog and parts of a policy that are known only after the apply are not
    /// looked at.
    pub static RULE = {
        id: "s3-policy-denies-databricks",
        summary: "bucket policy with a Deny that shuts Databricks out",
        severity: Error,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_s3_bucket_policy", "aws_s3_bucket"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    buckets::collect_policies(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for it in buckets::policies(cx) {
        let bucket = Named::of(it, "bucket");
        let Some(Root { workspace, sure, .. }) = roots::of(&links, &bucket) else { continue };
        let partition = workspace.text("region").map(regions::partition);
        let policy = it.policy("policy");
        let Some((statement, tri)) = shuts_out(&policy, &bucket, partition) else { continue };
        out.deny(tri & sure, it, "policy", || message(it, statement))
            .help(|| "except the control plane: let the Deny hold only where the account of the principal is another than its own".to_owned())
            .related_at(workspace, "storage_configuration_id", || "its root bucket".to_owned());
    }
}

/// The denial that most surely meets every control plane of a partition.
fn shuts_out<'a>(
    policy: &'a Document,
    bucket: &Named,
    partition: Option<&str>,
) -> Option<(&'a Statement, Tri)> {
    let meets = |it: &Statement| {
        let all = control_plane::of(partition).map(|by| is_met(it, by));
        it.is(Effect::Deny) & denies_root_actions(it, bucket) & Tri::all(all)
    };
    policy.statements.iter().map(|it| (it, meets(it))).max_by_key(|(_, tri)| *tri)
}

/// Whether it is about something that Databricks does in a root bucket.
fn denies_root_actions(statement: &Statement, bucket: &Named) -> Tri {
    let about = |actions: &[&str], names: &[String]| {
        let covered = actions.iter().map(|action| statement.covers_action(action));
        Tri::any(covered) & statement.covers_resource(names)
    };
    about(ROOT_OBJECT_ACTIONS, &objects(bucket)) | about(ROOT_BUCKET_ACTIONS, &in_policies(bucket))
}

/// Whether principals and conditions take in the control plane.
fn is_met(statement: &Statement, by: &Deployment) -> Tri {
    let who = statement.principals.as_ref().map_or(Tri::Yes, |list| takes_in(list, by));
    let given = |value: &str| Given::Is(value.to_owned());
    let (key, value) = BY_ITSELF;
    let request = control_plane::carrying(Request::default(), by).with(key, given(value));
    let request = NOT_DATABRICKS.iter().fold(request, |it, key| it.with(key, Given::Foreign));
    let requests = |key: &str| match ONE_OF.iter().find(|(one, _)| one.eq_ignore_ascii_case(key)) {
        Some((key, values)) => {
            values.iter().map(|it| request.clone().with(key, given(it))).collect()
        }
        None => vec![request.clone()],
    };
    // Of his bucket's owner an author writes the right one.
    let is_sparing = |it: &Condition| it.is_negated() && (spares(it, by) || is_of_object(&it.key));
    let holds = |it: &Condition| match is_of_content(&it.key) || is_sparing(it) {
        true => Tri::No,
        false => Tri::agree(requests(&it.key).iter().map(|request| it.holds_for(request))),
    };
    who & Tri::all(statement.conditions.iter().map(holds))
}

/// Whether a condition names Databricks by something else than its account: its customer, one of its
/// roles, its organisation.
fn spares(condition: &Condition, by: &Deployment) -> bool {
    let is_theirs = |text: &str| {
        text.starts_with(DATABRICKS_ORGANISATION)
            || Arn::parse(text).is_some_and(|arn| arn.account == Some(by.control_plane))
    };
    condition.is_about(CUSTOMER_TAG)
        || condition.values.iter().filter_map(Text::known).any(is_theirs)
}

/// Whether principals of a denial take in the control plane. A `NotPrincipal` spares only what it names,
/// and the account's root is none of the roles that come.
fn takes_in(list: &List<Principal>, by: &Deployment) -> Tri {
    let is_star = |it: &Principal| (it.kind == "*" || it.kind == "AWS") && it.who.is_star();
    let party = |it: &Principal| {
        control_plane::party(it).filter(|(_, of)| of.name == by.name).map(|(party, _)| party)
    };
    let names = |it: &Principal| match party(it) {
        _ if is_star(it) => Tri::Yes,
        Some(Party::ControlPlane) => Tri::from(!list.is_not),
        None if it.who.known().is_some() => Tri::No,
        _ => Tri::Maybe,
    };
    let named = Tri::any(list.items.iter().map(names));
    if list.is_not { !named } else { named }
}

fn message(policy: &Row, statement: &Statement) -> String {
    const END: &str = "the control plane of Databricks included";
    if policy.tri("masked") == Tri::Yes {
        return format!("a Deny meets others, {END}");
    }
    let sid = statement.sid.as_deref().map(|sid| format!(" {sid}")).unwrap_or_default();
    let written = |it: &Condition| format!("{} {}", it.operator, it.key);
    let conditions: Vec<String> = statement.conditions.iter().map(written).collect();
    let whom = match conditions.as_slice() {
        [] if statement.principals.as_ref().is_some_and(|it| it.is_not) => {
            "everybody but its NotPrincipal".to_owned()
        }
        [] => "everybody".to_owned(),
        all => format!("everybody by {}", all.join(" and ")),
    };
    format!("the Deny{sid} meets {whom}, {END}")
}
