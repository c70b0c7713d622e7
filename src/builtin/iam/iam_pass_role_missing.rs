//! A cross-account role that may not give clusters the role of an instance profile.

use std::{cell::LazyCell, collections::BTreeMap};

use crate::{
    aws::policy::{Document, Given, Request},
    builtin::shared::{
        account::{self, ROLE},
        depends_on, provider,
        roles::{self, Roles},
        wait::Waits,
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::policies::EC2_SERVICES,
    graph::{Cause, End, Hit, Res, View},
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
    /// after the apply and mentions the role: the rule is silent. Where the plan does not show which of several
    /// profiles is registered, a finding is possible unless none of their roles may be passed. Policies
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

/// A registered profile. Cells: `profile`, `seen` (an answer: it is no other than those that it may be),
/// `workspace`; where it is registered in this apply, `waits-for` (pairs of
/// an address and whether it is late for it all the same) and `slow` (an address).
const REGISTRATION: &str = "registration";
const ARN: &str = "instance_profile_arn";
const PROFILE: &str = "aws_iam_instance_profile";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    roles::collect(cx, rows);
    let waits = LazyCell::new(|| Waits::of(cx));
    let new = roles::GIVING.into_iter().chain([ROLE[0]]).flat_map(|type_| cx.of(type_));
    let new: Vec<Res<'_>> = new.filter(|grant| grant.is_created()).collect();
    for it in cx.of("databricks_instance_profile") {
        let row = rows
            .add(REGISTRATION, it)
            .with("profile", it.get(ARN).target(&[PROFILE]))
            .with("seen", Tri::from(comes_of_profiles(&it.get(ARN))))
            .with("workspace", provider::of(it));
        if it.is_created() && it.get("skip_validation").flag(false) == Tri::No {
            ordered(row, &waits, it, &new);
        }
    }
    roles::collect_profiles(cx, rows);
}

/// Whether an ARN comes from instance profiles of the plan alone.
fn comes_of_profiles(arn: &View<'_>) -> bool {
    let scope = arn.res().scope();
    // What was handed in and is known may be the ARN of another, whatever functions make of it.
    let is_key =
        || arn.handed_in().is_some_and(|texts| !texts.iter().any(|it| it.contains("arn:")));
    let is_one = |hit: &Hit| match hit.end {
        End::Resource(id) => scope.res(id).type_() == PROFILE,
        End::Known => is_key(),
        _ => false,
    };
    arn.sources().iter().all(is_one)
}

/// Adds what a registration waits for, of what gives roles permissions in the same apply, and what is slow and
/// stands before it instead.
fn ordered<'a>(row: &mut Row, waits: &Waits<'a>, it: Res<'a>, new: &[Res<'a>]) {
    let late: Vec<Tri> = new.iter().map(|grant| !it.is_after(*grant)).collect();
    let all = || new.iter().zip(&late);
    // What a registration waits for instead is the same for all that it does not wait for.
    let slow = all().find(|(_, late)| **late != Tri::No);
    let slow = slow.and_then(|(grant, _)| waits.between(*grant, it).slow);
    let first = |(grant, late): (&Res<'_>, &Tri)| {
        let cells = [Cell::Known(grant.address().to_owned()), Cell::Answer(*late)];
        (*late != Tri::Yes).then(|| Cell::List(cells.to_vec()))
    };
    row.with("waits-for", Cell::List(all().filter_map(first).collect()))
        .with("slow", slow.map_or(Cell::Unset, |slow| Cell::Known(slow.address().to_owned())));
}

/// Whether a registration does not wait for what holds or attaches a policy.
struct Lateness<'a> {
    registration: &'a Row,
    /// What it waits for, by address; none where it waits for nothing, being there already.
    waits_for: Option<BTreeMap<&'a str, Tri>>,
}

impl<'a> Lateness<'a> {
    fn of(registration: &'a Row) -> Lateness<'a> {
        let entry = |cell: &'a Cell| match cell {
            Cell::List(parts) => match parts.as_slice() {
                [Cell::Known(address), Cell::Answer(late)] => Some((address.as_str(), *late)),
                _ => None,
            },
            _ => None,
        };
        let waits_for = match registration.cell("waits-for") {
            Cell::List(all) => Some(all.iter().filter_map(entry).collect()),
            _ => None,
        };
        Lateness { registration, waits_for }
    }

    fn to(&self, grant: &Row) -> Tri {
        let is_new = self.registration.unit == grant.unit && grant.actions.create;
        match &self.waits_for {
            Some(all) if is_new => all.get(grant.address.as_str()).copied().unwrap_or(Tri::Yes),
            _ => Tri::No,
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, roles) = (Links::of(cx), Roles::of(cx));
    let mut known: BTreeMap<(&str, &str), Launcher<'_>> = BTreeMap::new();
    let mut asked: BTreeMap<[&str; 4], Tri> = BTreeMap::new();
    for it in cx.of(REGISTRATION) {
        let Some((profiles, is_one)) = profiles(&links, it) else { continue };
        let Some((launcher, is_launcher)) = launcher(cx, &links, &roles, it) else { continue };
        let passed: Vec<Named> = profiles.iter().map(|row| Named::of(row, "role")).collect();
        if passed.iter().any(|role| role.open.is_some() || role.is_nothing()) {
            continue;
        }
        let own = known
            .entry((&launcher.unit, &launcher.address))
            .or_insert_with(|| Launcher::of(launcher, &roles));
        let policy = &own.all;
        if passed.iter().any(|role| policy.hints_at(&role.texts())) {
            out.blind(Cause::Apply, it);
            continue;
        }
        let sure = is_one & is_launcher;
        let mut answers = Vec::with_capacity(profiles.len());
        for (profile, role) in profiles.iter().copied().zip(&passed) {
            // Registrations of one block may be of the same profiles.
            let key = [&launcher.unit, &launcher.address, &profile.unit, &profile.address];
            let ask = || !policy.allows(&to_pass(role));
            answers.push(*asked.entry(key.map(String::as_str)).or_insert_with(ask));
        }
        let may_not = Tri::agree(answers);
        let mut draft = out.deny(may_not & sure, it, ARN, || {
            format!("{} may not pass the role of {}", launcher.address, listed(&profiles))
        })
        .help(|| "allow it iam:PassRole on that role: `pass_roles` of data.databricks_aws_crossaccount_policy".to_owned())
        .related(launcher, || "the cross-account role of the workspace".to_owned());
        for profile in profiles.iter().take(NAMED) {
            draft = draft.related_at(*profile, "role", || "the instance profile".to_owned());
        }
        if let [role] = passed.as_slice()
            && may_not == Tri::No
            && !policy.is_partial
        {
            own.late(it, &to_pass(role), sure, out);
        }
    }
}

/// How many profiles a finding names.
const NAMED: usize = 3;

fn listed(profiles: &[&Row]) -> String {
    let named: Vec<&str> = profiles.iter().take(NAMED).map(|row| row.address.as_str()).collect();
    match profiles.len() - named.len() {
        0 => named.join(" or "),
        more => format!("{} or {more} more", named.join(", ")),
    }
}

/// The profile that a registration is of, or those of which it is one, and whether that is certain; none where
/// it may be another.
fn profiles<'a>(links: &Links<'a>, registration: &Row) -> Option<(Vec<&'a Row>, Tri)> {
    match links.to(registration, "profile", roles::PROFILE).as_slice() {
        [] => None,
        [(profile, is_it)] => Some((vec![*profile], *is_it)),
        several => {
            let may_be_other = registration.tri("seen") != Tri::Yes
                || links.is_hidden(registration, "profile", roles::PROFILE);
            let rows = several.iter().map(|(row, _)| *row).collect();
            (!may_be_other).then_some((rows, Tri::Yes))
        }
    }
}

/// What Databricks asks of AWS where a cluster gets a role.
fn to_pass(role: &Named) -> Request<'static> {
    Request::to("iam:PassRole")
        .on(role.texts())
        .with("iam:PassedToService", Given::Is(EC2_SERVICES[0].to_owned()))
}

/// A cross-account role with its policies, which are many registrations'.
struct Launcher<'a> {
    role: &'a Row,
    /// All statements.
    all: Document,
    /// Each policy, with what holds or attaches it.
    each: Vec<(&'a Row, Document)>,
}

impl<'a> Launcher<'a> {
    fn of(role: &'a Row, roles: &Roles<'a>) -> Launcher<'a> {
        Launcher { role, all: roles.permissions(role).document, each: roles.policies(role) }
    }

    /// Reports a registration that waits for none of the policies that allow what it needs.
    fn late(&self, it: &Row, request: &Request<'_>, sure: Tri, out: &mut Findings<'_>) {
        let lateness = Lateness::of(it);
        let each = || self.each.iter().map(|(row, policy)| (*row, policy.allows(request)));
        let Some((grant, _)) = each().find(|(_, allows)| *allows == Tri::Yes) else { return };
        let early = Tri::any(each().map(|(row, allows)| allows & !lateness.to(row)));
        let slow = it.text("slow").filter(|_| lateness.to(grant) != Tri::No);
        out.deny(!early & sure, it, ARN, || {
            let instead = slow.map(|it| format!(", only for {it}")).unwrap_or_default();
            format!(
                "is registered without waiting for {}, which lets {} pass the role{instead}",
                grant.address, self.role.address
            )
        })
        .at(if slow.is_some() { Severity::Note } else { Severity::Warning })
        .key("order")
        .help(|| depends_on::let_wait(&it.address, [grant.address.as_str()]))
        .related(grant, || "lets the role be passed, created in this apply".to_owned())
        .related(self.role, || "the cross-account role of the workspace".to_owned());
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
