//! A role that is registered with Databricks and trusts somebody else.

use crate::{
    aws::policy::{Document, Given, Request, Who},
    builtin::shared::{
        account,
        control_plane::{self, Party},
        roles,
    },
    estate::{Links, Row, Rows},
    facts::policies::{ASSUME_ROLE, EXTERNAL_ID},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds the role of a `databricks_mws_credentials` that does not trust Databricks. For workspaces it
    /// has to be the account of the control plane: 414351767826, and in GovCloud 044793339203 or
    /// 170661010020, by the host of the provider. For `databricks_mws_log_delivery` it has to be the delivery
    /// role, or that account.
    ///
    /// ## Why is this bad?
    /// Databricks tries to assume the role when the credentials are registered, and again for a workspace:
    /// "cannot create mws credentials: ... use a valid cross account IAM role".
    /// Source: databricks/terraform-provider-databricks#1363; aws/constants.go there;
    /// [databricks_aws_assume_role_policy](https://registry.terraform.io/providers/databricks/databricks/latest/docs/data-sources/aws_assume_role_policy).
    ///
    /// ## How to fix it
    /// ```hcl
    /// data "databricks_aws_assume_role_policy" "this" {
    ///   external_id = var.databricks_account_id
    ///   # for_log_delivery = true  for databricks_mws_log_delivery
    ///   # aws_partition    = "aws-us-gov"  in GovCloud
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Trust policies that are known only after the apply, roles of no plan of the run, and denials. Where no
    /// workspace and no log delivery of the run uses the credentials, either trust will do; where the host is
    /// not known, any partition. Other roles of Databricks' account and other conditions than the external id
    /// make the finding possible.
    pub static RULE = {
        id: "iam-cross-account-wrong-principal",
        summary: "cross-account role does not trust Databricks, or trusts the wrong partition",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_iam_role", "databricks_mws_credentials"],
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
    for role in cx.of(roles::KIND) {
        let trust = role.policy("trust");
        let registered = links.from(role, account::CREDENTIALS, "role").into_iter();
        let judged = registered.map(|(it, sure)| {
            let wanted = Wanted::of(&links, it);
            (!wanted.admitted_by(&trust) & sure, it, wanted)
        });
        let Some((tri, it, wanted)) = judged.max_by_key(|(tri, ..)| *tri) else { continue };
        if trust.is_partial {
            out.blind(Cause::Apply, role);
            continue;
        }
        let is_managed = role.tri("managed") == Tri::Yes;
        let (subject, attribute) =
            if is_managed { (role, "assume_role_policy") } else { (it, "role_arn") };
        out.deny(tri, subject, attribute, || wanted.message(&trust, role))
            .help(|| "use data.databricks_aws_assume_role_policy, with `for_log_delivery` or `aws_partition` where they apply".to_owned())
            .related(wanted.user.unwrap_or(it), || "the role is assumed for it".to_owned());
    }
}

/// Whom a role has to trust.
struct Wanted<'a> {
    /// A workspace, or else a log delivery, that uses the credentials.
    user: Option<&'a Row>,
    /// The control plane itself, not only its delivery role.
    is_workspace: bool,
    /// The AWS partition, where the host is known.
    partition: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(links: &Links<'a>, credentials: &'a Row) -> Wanted<'a> {
        let by = |kind| links.from(credentials, kind, "credentials").first().map(|(row, _)| *row);
        let workspace = by(account::WORKSPACE);
        Wanted {
            user: workspace.or_else(|| by(account::LOG_DELIVERY)),
            is_workspace: workspace.is_some(),
            partition: credentials.text("partition"),
        }
    }

    fn admitted_by(&self, trust: &Document) -> Tri {
        let request = Request::to(ASSUME_ROLE).with(EXTERNAL_ID, Given::Right);
        let mut parties = control_plane::trusting(trust).map(|(_, who, _)| who);
        let is_other = parties.any(|who| {
            let found = control_plane::party(who).filter(|(party, _)| *party == Party::Other);
            found.is_some_and(|(_, it)| self.partition.is_none_or(|name| it.partition == name))
        });
        let by_root = control_plane::may(trust, &request, self.partition);
        let by_delivery = Tri::any(control_plane::of(self.partition).map(|it| {
            trust.allows(&request.clone().by(Who::Role(vec![it.log_delivery_role.to_owned()])))
        }));
        let delivers = Tri::from(!self.is_workspace);
        by_root | (by_delivery & delivers) | (Tri::from(is_other) & Tri::Maybe)
    }

    fn message(&self, trust: &Document, role: &Row) -> String {
        // Not by its ARN: a plan may have that as well, and mask it.
        let mut wanted: Vec<String> = control_plane::of(self.partition)
            .map(|it| format!("the root of account {} ({})", it.control_plane, it.partition))
            .collect();
        if !self.is_workspace {
            wanted.push("the log delivery role".to_owned());
        }
        let trusted: Vec<&str> = trust
            .admitted(ASSUME_ROLE)
            .into_iter()
            .filter_map(|(who, _)| who.who.known())
            .collect();
        let trusted = match (role.tri("masked"), trusted.as_slice()) {
            (Tri::No, [_, ..]) => trusted.join(", "),
            _ => "somebody else".to_owned(),
        };
        format!("trusts {trusted}, but the control plane comes as {}", wanted.join(" or "))
    }
}
