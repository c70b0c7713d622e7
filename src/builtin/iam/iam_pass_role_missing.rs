//! A cross-account role that may not give clusters the role of an instance profile.

use std::cell::{LazyCell, OnceCell};

use crate::{
    aws::policy::{Document, Given, Request},
    builtin::shared::{
        account::{self, ROLE},
        provider,
        roles::{self, Roles},
        wait::Waits,
    },
    estate::{Cell, Links, Named, Row, Rows},
    graph::{Cause, Res},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_instance_profile` whose role the workspace may not hand to clusters: no
    /// policy of the workspace's cross-account role allows `iam:PassRole` on it. The workspace is the
    /// one that the provider speaks to, else the only one of the run. Policies are followed wherever
    /// they are attached, also while they are known only after the apply. Where one allows it that is made
    /// in the same apply, the registration has to wait for it.
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
    ///
    /// resource "databricks_instance_profile" "this" {
    ///   instance_profile_arn = aws_iam_instance_profile.this.arn
    ///   depends_on           = [aws_iam_role_policy.cross_account]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A cross-account role, profile or workspace of no plan of the run, and a policy that is known only
    /// after the apply and mentions the role: the rule is silent. Policies
    /// that are attached out of sight, and resources that are known only after the apply and come from
    /// no role of the plan, make the finding possible. Order is judged only where all policies of the role are
    /// seen, and the registration is validated.
    pub static RULE = {
        id: "iam-pass-role-missing",
        summary: "cross-account role may not pass the instance profile's role",
        severity: Error,
        also: [
            (Warning, "the registration does not wait for the policy that allows it"),
            (Note, "it does not, but something slow comes before it"),
        ],
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
    let waits = LazyCell::new(|| Waits::of(cx));
    for it in cx.of("databricks_instance_profile") {
        rows.add("registration", it)
            .with("profile", it.get(ARN).target(&[PROFILE]))
            .with("workspace", provider::of(it))
            .with("grants", grants(cx, &waits, it));
    }
    roles::collect_profiles(cx, rows);
}

/// What gives roles permissions in the apply that also registers a profile: of each its address, whether
/// the registration does not wait for it, and something slow that the registration waits for instead.
fn grants<'a>(cx: &PlanCx<'a>, waits: &Waits<'a>, it: Res<'a>) -> Cell {
    if !it.is_created() || it.get("skip_validation").flag(false) != Tri::No {
        return Cell::Unset;
    }
    let new = roles::GIVING.into_iter().chain([ROLE[0]]).flat_map(|type_| cx.of(type_));
    // What a registration waits for instead is the same for all that it does not wait for.
    let instead = OnceCell::new();
    let grant = |grant: Res<'a>| {
        let late = !it.is_after(grant);
        let find = || waits.between(grant, it).slow;
        let slow = if late == Tri::No { None } else { *instead.get_or_init(find) };
        Cell::List(vec![
            Cell::Known(grant.address().to_owned()),
            Cell::Answer(late),
            slow.map_or(Cell::Unset, |slow| Cell::Known(slow.address().to_owned())),
        ])
    };
    Cell::List(new.filter(|grant| grant.is_created()).map(grant).collect())
}

/// Of what holds or attaches a policy, whether a registration does not wait for it, and what is slow.
fn lateness<'a>(registration: &'a Row, grant: &Row) -> (Tri, Option<&'a str>) {
    let Cell::List(all) = registration.cell("grants") else { return (Tri::No, None) };
    let of = |cell: &'a Cell| match cell {
        Cell::List(parts) => match parts.as_slice() {
            [Cell::Known(address), Cell::Answer(late), slow] if *address == grant.address => {
                let slow = if let Cell::Known(slow) = slow { Some(slow.as_str()) } else { None };
                Some((*late, slow))
            }
            _ => None,
        },
        _ => None,
    };
    let is_beside = registration.unit == grant.unit;
    all.iter().filter(|_| is_beside).find_map(of).unwrap_or((Tri::No, None))
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
        if may_not == Tri::No && !policy.is_partial {
            late(it, launcher, &roles.policies(launcher), &request, is_profile & is_launcher, out);
        }
    }
}

/// Reports a registration that waits for none of the policies that allow what it needs.
fn late(
    it: &Row,
    launcher: &Row,
    policies: &[(&Row, Document)],
    request: &Request<'_>,
    sure: Tri,
    out: &mut Findings<'_>,
) {
    let early = policies.iter().map(|(row, policy)| policy.allows(request) & !lateness(it, row).0);
    let mut allowing =
        policies.iter().filter(|(_, policy)| policy.allows(request) == Tri::Yes).map(|it| it.0);
    let Some(grant) = allowing.next() else { return };
    let slow = lateness(it, grant).1;
    out.deny(!Tri::any(early) & sure, it, ARN, || {
        let instead = slow.map(|it| format!(", only for {it}")).unwrap_or_default();
        format!(
            "is registered without waiting for {}, which lets {} pass the role{instead}",
            grant.address, launcher.address
        )
    })
    .at(if slow.is_some() { Severity::Note } else { Severity::Warning })
    .key("order")
    .help(|| format!("add `depends_on = [{}]`", grant.address))
    .related(grant, || "lets the role be passed, created in this apply".to_owned())
    .related(launcher, || "the cross-account role of the workspace".to_owned());
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
