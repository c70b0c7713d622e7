//! A cross-account role that may not give clusters the role of an instance profile.

use crate::{
    aws::policy::{Given, Request},
    builtin::shared::{
        account, provider,
        roles::{self, Roles},
    },
    estate::{Links, Named, Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_instance_profile` whose role the workspace may not hand to clusters: no
    /// policy of the workspace's cross-account role allows `iam:PassRole` on it. The workspace is the
    /// one that the provider speaks to, else the only one of the run. Policies are followed wherever
    /// they are attached, also while they are known only after the apply.
    ///
    /// ## Why is this bad?
    /// Databricks launches clusters with the cross-account role, and AWS lets it give them a role
    /// only if it may pass that. Registration fails when it is tried, or the first cluster does.
    /// Source: [databricks_instance_profile](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/instance_profile),
    /// whose example allows it;
    /// [Granting permissions to pass a role](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html).
    ///
    /// ## How to fix it
    /// ```hcl
    /// data "databricks_aws_crossaccount_policy" "this" {
    ///   pass_roles = [aws_iam_role.cluster.arn]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A cross-account role, profile or workspace of no plan of the run, and a policy that is known only
    /// after the apply and mentions the role: the rule is silent. Policies
    /// that are attached out of sight, and resources that are known only after the apply and come from
    /// no role of the plan, make the finding possible.
    pub static RULE = {
        id: "iam-pass-role-missing",
        summary: "cross-account role may not pass the instance profile's role",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_instance_profile"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const ARN: &str = "instance_profile_arn";
const PROFILE: &str = "aws_iam_instance_profile";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    roles::collect(cx, rows);
    for it in cx.of("databricks_instance_profile") {
        rows.add("registration", it)
            .with("profile", it.get(ARN).target(&[PROFILE]))
            .with("workspace", provider::of(it));
    }
    roles::collect_profiles(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, roles) = (Links::of(cx), Roles::of(cx));
    for it in cx.of("registration") {
        let [(profile, is_profile)] = links.to(it, "profile", roles::PROFILE)[..] else { continue };
        let Some((launcher, is_launcher)) = launcher(cx, &links, &roles, it) else { continue };
        let passed = Named::of(profile, "role");
        if passed.open.is_some() || passed.is_nothing() {
            continue;
        }
        let request = Request::to("iam:PassRole")
            .on(passed.texts())
            .with("iam:PassedToService", Given::Is("ec2.amazonaws.com".to_owned()));
        let policy = roles.permissions(launcher).document;
        if policy.hints_at(&passed.texts()) {
            out.blind(Cause::Apply, it);
            continue;
        }
        let may_not = !policy.allows(&request);
        out.deny(may_not & is_profile & is_launcher, it, ARN, || {
            format!("{} may not pass the role of {}", launcher.address, profile.address)
        })
        .help(|| "allow it iam:PassRole on that role: `pass_roles` of data.databricks_aws_crossaccount_policy".to_owned())
        .related(launcher, || "the cross-account role of the workspace".to_owned())
        .related_at(profile, "role", || "the instance profile".to_owned());
    }
}

/// The cross-account role with which the workspace of a registration launches clusters.
fn launcher<'a>(
    cx: &EstateCx<'a>,
    links: &Links<'a>,
    roles: &Roles<'a>,
    registration: &Row,
) -> Option<(&'a Row, Tri)> {
    let mut workspaces = links.to(registration, "workspace", account::WORKSPACE);
    if workspaces.is_empty() {
        // The only one that is seen need not be the only one.
        let left_out = Tri::from(cx.may_lack("databricks_mws_workspaces"));
        let sure = !(left_out & Tri::Maybe);
        workspaces = cx.of(account::WORKSPACE).map(|row| (row, sure)).collect();
    }
    let [(workspace, is_its)] = workspaces[..] else { return None };
    let [(credentials, sure)] = links.to(workspace, "credentials", account::CREDENTIALS)[..] else {
        return None;
    };
    let [(role, also)] = roles.named(credentials, "role")[..] else { return None };
    Some((role, is_its & sure & also))
}
