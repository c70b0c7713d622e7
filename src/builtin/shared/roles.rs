//! Roles: whom they trust, and everything they are allowed, wherever the policies are attached.

use std::collections::BTreeSet;

use crate::{
    aws::{
        Arn, is_account_number,
        policy::{Document, Effect, Text},
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::{
        accounts::deployment_of,
        policies::{ADMINISTRATOR, ASSUME_ROLE, CALLER, EXTERNAL_ID},
    },
    graph::{Res, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::Tri,
};

use super::{
    account::{self, ROLE},
    policies,
};

/// A role, managed or looked up. Cells: `trust` (a policy), `path`, `name`, `template` (the data source that
/// writes the trust policy), and the answers `managed` and `masked`: whether the trust policy may not be shown.
pub const KIND: &str = "role";
/// An instance profile, managed or looked up. Cell: `role`.
pub const PROFILE: &str = "role/profile";
/// A policy in a role itself or in an `aws_iam_role_policy`. Cells: `role`, `policy`.
const OWN: &str = "role/own";
/// A policy attached to a role by its ARN. Cells: `role`, `policy-arn`, and whether one is AWS's own for
/// administrators: `administrator`.
const ATTACHED: &str = "role/attached";
/// A policy that can be attached. Cell: `policy`.
const POLICY: &str = "role/policy";
/// What gives a role permissions, besides the role itself.
pub const GIVING: [&str; 4] = [
    "aws_iam_policy_attachment",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
];

const POLICIES: &[&str] = &["aws_iam_policy"];

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "roles", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of(ROLE[0]).chain(cx.data(ROLE[0])) {
        role(it, rows);
    }
    for it in cx.of("aws_iam_role_policy") {
        own(rows, it, &it.get("role"), &it.get("policy"));
    }
    for it in cx.of("aws_iam_role_policy_attachment") {
        let arn = it.get("policy_arn");
        attached(rows, it, it.get("role").target(ROLE), (&arn, arn.target(POLICIES)));
    }
    for it in cx.of("aws_iam_policy_attachment") {
        let arn = it.get("policy_arn");
        attached(rows, it, it.get("roles").targets(ROLE), (&arn, arn.target(POLICIES)));
    }
    for it in cx.of("aws_iam_role_policy_attachments_exclusive") {
        let arns = it.get("policy_arns");
        attached(rows, it, it.get("role_name").target(ROLE), (&arns, arns.targets(POLICIES)));
    }
    for it in cx.of(POLICIES[0]).chain(cx.data(POLICIES[0])) {
        policies::collect(rows, POLICY, &it.get("policy"));
    }
}

/// Takes a row of kind [`PROFILE`] for each instance profile.
pub fn collect_profiles(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "instance profiles", take_profiles);
}

fn take_profiles(cx: &PlanCx<'_>, rows: &mut Rows) {
    const TYPE: &str = "aws_iam_instance_profile";
    for it in cx.of(TYPE).chain(cx.data(TYPE)) {
        // Of one that is looked up, the name of its role is not shown.
        let role = if it.get("role").is_set() == Tri::No { "role_arn" } else { "role" };
        rows.add(PROFILE, it).with("role", it.get(role).target(ROLE));
    }
}

fn role(it: Res<'_>, rows: &mut Rows) {
    let policy = it.get("assume_role_policy");
    let template = policies::made_by(&policy).map(|it| it.type_().to_owned());
    let trust = policies::of(&policy).unwrap_or_else(|| Document::unseen(Vec::new()));
    rows.add(KIND, it)
        .with("trust", trust)
        .with("template", template.map_or(Cell::Unset, Cell::Known))
        .with("managed", account::is_managed(it))
        .with("path", it.get("path"))
        .with("name", it.get("name"))
        .with("masked", Tri::from(policy.has_sensitive()));
    let inline = it.get("inline_policy");
    for block in inline.items() {
        if let Some(policy) = policies::of(&block.get("policy")) {
            rows.add(OWN, it).with("role", Target::Here(it)).with("policy", policy);
        }
    }
    if let Val::Unknown(_) = inline.val() {
        let unseen = Document::unseen(Vec::new());
        rows.add(OWN, it).with("role", Target::Here(it)).with("policy", unseen);
    }
    let arns = it.get("managed_policy_arns");
    if arns.is_set() != Tri::No {
        attached(rows, it, Target::Here(it), (&arns, arns.targets(POLICIES)));
    }
}

fn own(rows: &mut Rows, it: Res<'_>, role: &View<'_>, policy: &View<'_>) {
    if let Some(policy) = policies::of(policy) {
        rows.add(OWN, it).with("role", role.target(ROLE)).with("policy", policy);
    }
}

fn attached(
    rows: &mut Rows,
    it: Res<'_>,
    role: impl Into<Cell>,
    (arns, policy): (&View<'_>, impl Into<Cell>),
) {
    let mut known = arns.text().into_iter().chain(arns.texts());
    let is_administrator = known.any(|arn| arn.ends_with(ADMINISTRATOR));
    let row = rows.add(ATTACHED, it).with("role", role).with("policy-arn", policy);
    row.with("administrator", Tri::from(is_administrator));
}

/// Roles of all plans, with their policies.
#[derive(Debug)]
pub struct Roles<'a> {
    links: Links<'a>,
    /// A plan of the run may lack policies that it will have.
    lacks_some: bool,
}

/// Everything that a role is allowed and denied.
#[derive(Clone, Debug, Default)]
pub struct Permissions<'a> {
    /// All statements of all policies. It is partial where some could be hidden: a policy of no plan
    /// of the run, a role behind a local, a role that is only looked up, a plan cut short.
    pub document: Document,
    /// What holds or attaches the policies, to be named in a finding.
    pub held_by: Vec<&'a Row>,
    /// One of the policies is of a text of which its plan shows nothing.
    pub has_unseen: bool,
}

impl<'a> Roles<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Roles<'a> {
        Roles { links: Links::of(cx), lacks_some: GIVING.iter().any(|type_| cx.may_lack(type_)) }
    }

    /// Rows of the role that a cell names, or of each that it may name.
    pub fn named(&self, row: &Row, cell: &str) -> Vec<(&'a Row, Tri)> {
        self.links.to(row, cell, KIND)
    }

    /// All policies of a role.
    pub fn permissions(&self, role: &Row) -> Permissions<'a> {
        let mut all = Permissions::default();
        all.document.is_partial = role.tri("managed") != Tri::Yes || self.lacks_some;
        let attached = self.links.naming(ATTACHED, "role").get(&Named::itself(role));
        let mut attached = attached.into_iter();
        all.document.is_partial |=
            attached.any(|(row, _)| self.links.is_hidden(row, "policy-arn", POLICY));
        for given in self.given(role) {
            let mut policy = given.document();
            // What is looked for and may be missing is there where only this role can have been meant.
            if given.also == Tri::Yes && self.is_only_one(given.giver, role) {
                policy.statements = given.policy.policy("policy").statements.clone();
                let denying =
                    policy.statements.iter_mut().filter(|it| it.is(Effect::Allow) != Tri::Yes);
                denying.for_each(|it| it.is_certain &= given.sure == Tri::Yes);
            }
            all.add(given.giver, policy);
        }
        all
    }

    /// Whether AWS's policy for administrators is attached to a role.
    pub fn is_administrator(&self, role: &Row) -> Tri {
        let attached = self.links.naming(ATTACHED, "role").get(&Named::itself(role)).into_iter();
        Tri::any(attached.map(|(row, sure)| sure & row.tri("administrator")))
    }

    /// Whether a policy is given to a role by a name that no other managed role of the run has.
    fn is_only_one(&self, giver: &Row, role: &Row) -> bool {
        let mut all = self.named(giver, "role");
        all.retain(|(row, _)| row.tri("managed") == Tri::Yes);
        Named::of(giver, "role").open.is_none()
            && matches!(all[..], [(only, _)] if only.unit == role.unit && only.address == role.address)
    }

    /// Each policy of a role that is seen, with what holds or attaches it. One that is only maybe this role's
    /// makes nothing certain.
    pub fn policies(&self, role: &Row) -> Vec<(&'a Row, Document)> {
        self.given(role).into_iter().map(|it| (it.giver, it.document())).collect()
    }

    fn given(&self, role: &Row) -> Vec<GivenPolicy<'a>> {
        let itself = Named::itself(role);
        let mut all = Vec::new();
        for (row, sure) in self.links.naming(OWN, "role").get(&itself) {
            all.push(GivenPolicy { giver: row, policy: row, sure, also: Tri::Yes });
        }
        for (giver, sure) in self.links.naming(ATTACHED, "role").get(&itself) {
            for (policy, also) in self.links.to(giver, "policy-arn", POLICY) {
                all.push(GivenPolicy { giver, policy, sure, also });
            }
        }
        all
    }
}

/// A policy that a role has.
struct GivenPolicy<'a> {
    /// What holds or attaches it.
    giver: &'a Row,
    /// The policy.
    policy: &'a Row,
    /// Whether it is given to this role.
    sure: Tri,
    /// Whether it is this policy.
    also: Tri,
}

impl GivenPolicy<'_> {
    /// What it says, certain only where it is certain that the role has it.
    fn document(&self) -> Document {
        let mut policy = (*self.policy.policy("policy")).clone();
        if self.sure & self.also != Tri::Yes {
            policy.statements.iter_mut().for_each(|it| it.is_certain = false);
        }
        policy
    }
}

impl<'a> Permissions<'a> {
    fn add(&mut self, giver: &'a Row, policy: Document) {
        self.has_unseen |= policy.is_partial && policy.statements.is_empty();
        self.document.append(policy);
        self.held_by.push(giver);
    }
}

/// The external ids that a trust policy asks for: values of `sts:ExternalId` in its conditions.
pub fn external_ids(trust: &Document) -> impl Iterator<Item = &Text> {
    let conditions = trust.statements.iter().flat_map(|it| &it.conditions);
    conditions.filter(|it| it.is_about(EXTERNAL_ID)).flat_map(|it| &it.values)
}

/// The ARNs of a role that are known.
pub fn arns(role: &Row) -> Vec<String> {
    let is_arn = |text: &String| Arn::parse(text).is_some_and(|arn| arn.account.is_some());
    Named::itself(role).texts().into_iter().filter(is_arn).collect()
}

/// How a role names itself.
#[derive(Clone, Debug)]
pub struct OwnArns {
    /// ARNs that it has, or may have.
    pub arns: Vec<String>,
    /// Nothing shows its account, or its name.
    pub is_guess: bool,
}

impl OwnArns {
    /// Its own where it is known, else what it would be in each account that its trust policy, or what
    /// registers it, speaks of.
    pub fn of(role: &Row, registered: Option<&str>, trust: &Document) -> OwnArns {
        let arns = arns(role);
        if !arns.is_empty() {
            return OwnArns { arns, is_guess: false };
        }
        let Some(name) = role.text("name") else { return OwnArns { arns, is_guess: true } };
        let path = role.text("path").unwrap_or("/");
        let told: Vec<&str> = told_of(trust).into_iter().chain(registered).collect();
        let partition =
            told.iter().find_map(|text| Some(Arn::parse(text)?.partition)).unwrap_or("aws");
        let mut places: BTreeSet<(&str, &str)> = told
            .iter()
            .filter_map(|text| match Arn::parse(text) {
                Some(arn) => Some((arn.partition, arn.account?)),
                None => is_account_number(text).then_some((partition, *text)),
            })
            .filter(|(_, account)| deployment_of(account).is_none())
            .collect();
        let is_guess = places.is_empty();
        if is_guess {
            // They speak of none: then everybody's account stands for its own.
            places.insert((partition, "000000000000"));
        }
        let arn = |(partition, account)| format!("arn:{partition}:iam::{account}:role{path}{name}");
        OwnArns { arns: places.into_iter().map(arn).collect(), is_guess }
    }
}

/// ARNs and numbers of the accounts whose principals a trust policy lets in: those that it names, and
/// those that its conditions ask for.
fn told_of(trust: &Document) -> Vec<&str> {
    let admitted = trust.admitted(ASSUME_ROLE).into_iter();
    let named = admitted.filter_map(|(principal, _)| principal.who.known());
    let allowing = trust.statements.iter().filter(|it| it.is(Effect::Allow) != Tri::No);
    let conditions = allowing.flat_map(|it| &it.conditions).filter(|it| {
        let is_about_callers = CALLER.iter().any(|key| it.is_about(key));
        is_about_callers && !it.is_negated()
    });
    named.chain(conditions.flat_map(|it| &it.values).filter_map(Text::known)).collect()
}
