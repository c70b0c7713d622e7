//! A registered instance profile whose role EC2 may not assume.

use std::cell::LazyCell;

use crate::{
    aws::policy::{Given, Request, Who},
    builtin::shared::{account::ROLE, provider, roles},
    estate::{Links, Row, Rows},
    facts::{
        accounts::SERVERLESS_SQL_ROLE,
        policies::{ASSUME_ROLE, EC2_SERVICES, EXTERNAL_ID},
        regions,
    },
    graph::{Res, Target},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds roles behind the instance profile of a `databricks_instance_profile` whose trust policy does not
    /// let EC2 (`ec2.amazonaws.com`) assume them. Profile, role and registration may stand in different plans
    /// of the run; policies are also read while they are known only after the apply: from the arguments of
    /// the data source that makes them. Where a plan has serverless SQL warehouses, a role that these may not
    /// assume is a note behind a profile that is meant for them: the one of `databricks_sql_global_config`, or
    /// one that is registered with `iam_role_arn`.
    ///
    /// ## Why is this bad?
    /// An instance takes on the role of its profile by assuming it as EC2. Without that, Databricks' check of
    /// the profile fails, or the first cluster that uses it. For serverless SQL a role of Databricks assumes it.
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
    /// For serverless SQL trust `arn:aws:iam::790110701330:role/serverless-customer-resource-role` as well, with
    /// `databricks-serverless-<workspace id>` as its external id.
    ///
    /// ## What it cannot see
    /// Roles and profiles of no plan of the run. A trust policy of which no part is known yet, and conditions,
    /// make the finding possible. Which profile SQL warehouses use where nothing of the plan says so, and which
    /// external ids serverless SQL comes with.
    pub static RULE = {
        id: "iam-instance-profile-trust",
        summary: "role in the instance profile cannot be assumed by EC2",
        severity: Error,
        also: [(Note, "serverless SQL warehouses may not assume it")],
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
    let serverless = LazyCell::new(|| serverless_warehouses(cx));
    for it in cx.of("databricks_instance_profile") {
        rows.add("registration", it)
            .with("profile", it.get(ARN).target(&[PROFILE]))
            .with("serverless", is_for_serverless(cx, it, &serverless));
    }
}

/// SQL warehouses of a plan that are serverless, or may be; none outside of the commercial regions.
fn serverless_warehouses<'a>(cx: &PlanCx<'a>) -> Vec<(Res<'a>, Tri)> {
    let elsewhere = |it: Res<'_>| it.region().is_some_and(|it| regions::partition(&it) != "aws");
    let warehouses = cx.of("databricks_sql_endpoint");
    let all = warehouses.map(|it| (it, it.get("enable_serverless_compute").flag(false)));
    let all: Vec<(Res<'a>, Tri)> = all.filter(|(_, tri)| *tri != Tri::No).collect();
    if !all.is_empty() && cx.of(ROLE[0]).any(elsewhere) { Vec::new() } else { all }
}

/// Whether serverless SQL warehouses of the plan use a registered profile.
fn is_for_serverless(cx: &PlanCx<'_>, it: Res<'_>, warehouses: &[(Res<'_>, Tri)]) -> Tri {
    let is_beside = |other: &Res<'_>| provider::share_workspace(it, *other);
    let serverless = Tri::any(warehouses.iter().map(|(other, tri)| *tri & is_beside(other)));
    if serverless == Tri::No {
        return Tri::No;
    }
    // With its role a profile is registered for serverless SQL only.
    let configs = cx.of("databricks_sql_global_config").filter(|it| is_beside(it) != Tri::No);
    let is_used =
        it.get("iam_role_arn").is_given() | Tri::any(configs.map(|config| names(config, it)));
    serverless & is_used
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
        serverless(role, &registered, out);
    }
}

/// Whether the setting of SQL warehouses names a registered profile.
fn names(config: Res<'_>, registration: Res<'_>) -> Tri {
    let arn = config.get(ARN);
    let target = arn.target(&[registration.type_()]);
    match target {
        Target::Here(_) | Target::OneOf(_) => target.is(registration),
        _ => arn.same(&registration.get(ARN)),
    }
}

/// Notes a role that serverless SQL warehouses may not assume.
fn serverless(role: &Row, registered: &[(Tri, &Row, &Row)], out: &mut Findings<'_>) {
    let used =
        registered.iter().map(|(sure, profile, it)| (*sure & it.tri("serverless"), *profile));
    let Some((tri, profile)) = used.max_by_key(|(tri, _)| *tri) else { return };
    if tri == Tri::No {
        return;
    }
    let request = Request::to(ASSUME_ROLE)
        .by(Who::Role(vec![SERVERLESS_SQL_ROLE.to_owned()]))
        .with(EXTERNAL_ID, Given::Right);
    let may = role.policy("trust").allows(&request);
    out.deny(!may & tri, role, "assume_role_policy", || {
        format!("does not let serverless SQL assume it, but is behind {}", profile.address)
    })
    .at(Severity::Note)
    .key("serverless")
    .help(|| format!("let {SERVERLESS_SQL_ROLE} do sts:AssumeRole in the trust policy"))
    .related_at(profile, "role", || "hands the role to SQL warehouses".to_owned());
}
