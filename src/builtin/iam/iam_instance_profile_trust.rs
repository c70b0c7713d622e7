//! A registered instance profile whose role EC2 may not assume.

use crate::{
    aws::policy::{Request, Who},
    builtin::shared::roles,
    estate::{Links, Rows},
    facts::policies::{ASSUME_ROLE, EC2_SERVICES},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds roles behind the instance profile of a `databricks_instance_profile` whose trust policy does not
    /// let EC2 (`ec2.amazonaws.com`) assume them. Profile, role and registration may stand in different plans
    /// of the run; policies are also read while they are known only after the apply: from the arguments of
    /// the data source that makes them.
    ///
    /// ## Why is this bad?
    /// An instance takes on the role of its profile by assuming it as EC2. Without that, Databricks' check of
    /// the profile fails, or the first cluster that uses it.
    /// Source: [Using instance profiles](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html);
    /// [databricks_instance_profile](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/instance_profile),
    /// whose example trusts `ec2.amazonaws.com`.
    ///
    /// ## How to fix it
    /// ```hcl
    /// data "aws_iam_policy_document" "ec2" {
    ///   statement {
    ///     actions = ["sts:AssumeRole"]
    ///     principals {
    ///       type        = "Service"
    ///       identifiers = ["ec2.amazonaws.com"]
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Roles and profiles of no plan of the run. A trust policy of which no part is known yet, and conditions,
    /// make the finding possible. What serverless SQL warehouses need besides is not asked.
    pub static RULE = {
        id: "iam-instance-profile-trust",
        summary: "role in the instance profile cannot be assumed by EC2",
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

const ARN: &str = "instance_profile_arn";
const PROFILE: &str = "aws_iam_instance_profile";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    roles::collect(cx, rows);
    roles::collect_profiles(cx, rows);
    for it in cx.of("databricks_instance_profile") {
        rows.add("registration", it).with("profile", it.get(ARN).target(&[PROFILE]));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for role in cx.of(roles::KIND).filter(|it| it.tri("managed") == Tri::Yes) {
        let mut registered: Vec<_> = links
            .from(role, roles::PROFILE, "role")
            .into_iter()
            .flat_map(|(profile, sure)| {
                let all = links.from(profile, "registration", "profile").into_iter();
                all.map(move |(it, also)| (sure & also, profile, it))
            })
            .collect();
        registered.sort_by_key(|(sure, ..)| !*sure);
        let Some((sure, profile, it)) = registered.first() else { continue };
        let trust = role.policy("trust");
        let by = |name: &&str| Request::to(ASSUME_ROLE).by(Who::Service((*name).to_owned()));
        let may = Tri::any(EC2_SERVICES.iter().map(|name| trust.allows(&by(name))));
        out.deny(!may & *sure, role, "assume_role_policy", || {
            format!(
                "does not let {} assume it, but clusters get it through {}",
                EC2_SERVICES[0], profile.address
            )
        })
        .help(|| {
            "let the service ec2.amazonaws.com do sts:AssumeRole in the trust policy".to_owned()
        })
        .related_at(*profile, "role", || "hands the role to instances".to_owned())
        .related_at(*it, ARN, || "registers the profile with Databricks".to_owned());
    }
}
