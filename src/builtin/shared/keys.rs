//! Keys of KMS: what their policies say, wherever these stand, and what is done with them.

use crate::{
    aws::{
        Arn,
        policy::{Document, Effect, Given, List, Principal, Request, Statement, Text, Who, bare},
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::{
        policies::{self as facts, key_actions},
        regions,
    },
    graph::{Cause, Res, Val},
    lint::{EstateCx, Findings, PlanCx},
    plan::Tri,
};

use super::{
    account::{self, KMS_KEY},
    control_plane, policies,
};

/// A key that a plan manages. Cells: `policy` (unset where AWS makes its own), `written` (whether the
/// author wrote one), `region`.
pub const KIND: &str = "kms/key";
/// An `aws_kms_key_policy`. Cells: `key`, `policy`.
const POLICY: &str = "kms/policy";
/// An `aws_kms_grant`. Cells: `key`, `policy`: what it allows, as a policy says it.
const GRANT: &str = "kms/grant";
/// An `aws_kms_alias`. Cells: `name`, `key`.
pub const ALIAS: &str = "kms/alias";

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "keys", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in KMS_KEY.iter().flat_map(|kind| cx.of(kind)) {
        let policy = it.get("policy");
        let row = rows.add(KIND, it).with("written", policy.is_written());
        if let Some(region) = it.region() {
            row.with("region", Cell::Known(region));
        }
        if let Some(document) = policies::of(&policy) {
            row.with("policy", document);
        }
    }
    for it in cx.of("aws_kms_key_policy") {
        let policy = policies::of(&it.get("policy"));
        rows.add(POLICY, it)
            .with("key", it.get("key_id").target(KMS_KEY))
            .with("policy", policy.unwrap_or_else(|| Document::unseen(Vec::new())));
    }
    for it in cx.of("aws_kms_grant") {
        rows.add(GRANT, it)
            .with("key", it.get("key_id").target(KMS_KEY))
            .with("policy", granted(it));
    }
    for it in cx.of("aws_kms_alias") {
        rows.add(ALIAS, it)
            .with("name", it.get("name"))
            .with("key", it.get("target_key_id").target(KMS_KEY));
    }
}

/// What a grant allows. Its constraints are about the data, not about who may use the key.
fn granted(it: Res<'_>) -> Document {
    let operations = it.get("operations");
    let known = operations.items().filter_map(|it| it.text().map(|it| format!("kms:{it}")));
    let mut actions: Vec<Text> = known.map(Text::Known).collect();
    if let Val::Unknown(_) = operations.val() {
        actions.push(Text::hidden());
    }
    let grantee = it.get("grantee_principal");
    let who = policies::text(&grantee).unwrap_or_else(Text::hidden);
    let statement = Statement {
        actions: Some(List::of(actions)),
        principals: Some(List::of(vec![Principal { kind: "AWS".to_owned(), who }])),
        ..Statement::default()
    };
    Document { statements: vec![statement], ..Document::default() }
}

/// Keys of all plans, with their policies.
#[derive(Debug)]
pub struct Keys<'a> {
    links: Links<'a>,
    lacks_some: bool,
}

/// Who may use a key.
#[derive(Clone, Debug)]
pub struct KeyPolicy<'a> {
    /// What holds the policy: the key itself, or an `aws_kms_key_policy`.
    pub holder: &'a Row,
    /// All statements, and all grants. It is partial where some could be hidden.
    pub document: Document,
    /// The key.
    pub key: &'a Row,
    /// Nobody wrote one, so AWS makes its own: it admits the key's account, which may delegate.
    pub is_default: bool,
}

impl<'a> Keys<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Keys<'a> {
        let lacks_some = ["aws_kms_key_policy", "aws_kms_grant"].iter().any(|it| cx.may_lack(it));
        Keys { links: Links::of(cx), lacks_some }
    }

    /// The policy of a key. Of several, which overwrite one another, all statements count; a policy
    /// that the key only shows and nobody wrote is the one that is overwritten.
    pub fn policy(&self, key: &'a Row) -> KeyPolicy<'a> {
        let itself = Named::itself(key);
        let mut document = Document { is_partial: self.lacks_some, ..Document::default() };
        let held = holders(&self.links, key);
        let grants = self.links.naming(GRANT, "key").seek(&itself);
        for (row, sure) in held.iter().copied().chain(grants) {
            let mut one = (*row.policy("policy")).clone();
            let is_only = held.len() == 1;
            for it in &mut one.statements {
                // A denial may stand in a policy that another overwrites.
                it.is_certain &= sure == Tri::Yes && (is_only || it.effect == Some(Effect::Allow));
            }
            document.append(one);
        }
        let mut sure = held.iter().filter(|(_, sure)| *sure == Tri::Yes).map(|(row, _)| *row);
        // The key comes first, and what overwrites its policy last.
        let holder = sure.next_back();
        KeyPolicy { holder: holder.unwrap_or(key), key, document, is_default: holder.is_none() }
    }
}

/// The registration of a key with Databricks of which something holds, the surest of several.
pub fn registration<'a>(
    links: &Links<'a>,
    key: &Row,
    ask: impl Fn(&Row) -> Tri,
) -> Option<(&'a Row, Tri)> {
    let all = links.from(key, account::KEY, "key").into_iter();
    let all = all.map(|(row, sure)| (row, sure & ask(row)));
    all.filter(|(_, sure)| *sure != Tri::No).max_by_key(|(_, sure)| *sure)
}

/// Reports each registered key that the control plane of Databricks may not use as it is registered for.
pub fn lacking(cx: &EstateCx<'_>, use_case: &'static str, out: &mut Findings<'_>) {
    let (links, keys) = (Links::of(cx), Keys::of(cx));
    for key in cx.of(KIND) {
        let registered = registration(&links, key, |it| it.tri(use_case));
        let Some((registration, sure)) = registered else { continue };
        let policy = keys.policy(key);
        let Some(missing) = policy.missing(use_case, out) else { continue };
        out.deny(missing.tri & sure, policy.holder, "policy", || {
            missing.message(&policy, use_case)
        })
        .help(|| missing.help())
        .related(key, || "the key".to_owned())
        .related_at(registration, "aws_key_info.key_arn", || {
            format!("registers the key with Databricks for {}", uses(registration))
        });
    }
}

/// What holds a policy of a key: the key itself, where it has one, and `aws_kms_key_policy`s. A policy that
/// the key only shows and nobody wrote is the one that such a resource overwrites.
pub fn holders<'a>(links: &Links<'a>, key: &'a Row) -> Vec<(&'a Row, Tri)> {
    let others = links.naming(POLICY, "key").seek(&Named::itself(key));
    let is_overwritten =
        key.tri("written") == Tri::No && others.iter().any(|(_, sure)| *sure == Tri::Yes);
    let is_set = *key.cell("policy") != Cell::Unset;
    let own = Some((key, Tri::Yes)).filter(|_| is_set && !is_overwritten);
    own.into_iter().chain(others).collect()
}

/// For what a registration uses a key, in words.
pub fn uses(registration: &Row) -> String {
    match registration.cell("uses") {
        Cell::List(all) => all.iter().map(Cell::show).collect::<Vec<_>>().join(" and "),
        other => other.show().to_owned(),
    }
}

/// Whether one policy lets Databricks use the key, and the other, in its place, no longer does for certain.
pub fn shuts_out(before: &Document, after: &Document) -> bool {
    lets_databricks_in(before) && !may_let_databricks_in(after)
}

/// Whom a policy lets decrypt or encrypt.
fn users(policy: &Document) -> impl Iterator<Item = &Principal> {
    let of = |action| policy.admitted(action).into_iter().map(|(who, _)| who);
    of("kms:Decrypt").chain(of("kms:Encrypt"))
}

fn lets_databricks_in(policy: &Document) -> bool {
    users(policy).any(|who| control_plane::party(who).is_some())
}

/// Whether it may, by a statement that is about others too, or hidden.
fn may_let_databricks_in(policy: &Document) -> bool {
    let excepts = |it: &Statement| {
        it.is(Effect::Allow) != Tri::No && it.principals.as_ref().is_some_and(|list| list.is_not)
    };
    let is_open =
        |who: &Principal| who.kind == "*" || who.who.known().is_none() || who.who.is_star();
    policy.is_partial
        || policy.statements.iter().any(excepts)
        || lets_databricks_in(policy)
        || users(policy).any(is_open)
}

/// What Databricks may not do with a key.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Whether there is something.
    pub tri: Tri,
    actions: Vec<&'static str>,
}

impl KeyPolicy<'_> {
    /// Whether a role may do something with the key: by the key's policy, or by the role's own where the
    /// key's admits the account.
    pub fn admits(&self, role: &Row, own: &Document, request: &Request<'_>) -> Tri {
        let names = Named::itself(role).texts();
        let by_itself = with_principals(&self.document, |it| it.whole_account().is_none());
        let by_account = with_principals(&self.document, |it| delegates(it, &names));
        let request = &request.clone().with(facts::PRINCIPAL_ARN, Given::Named(names.clone()));
        let direct = by_itself.allows(&request.clone().by(Who::Role(names)));
        let delegated = Tri::from(self.is_default) | by_account.allows(request);
        direct | (delegated & own.allows(&request.clone().on(in_policies(self.key))))
    }

    /// What the control plane of Databricks is not allowed to do with the key for a use case, when it
    /// asks by itself. None where a part of the policy is hidden, which is noted: what may stand there is
    /// not known to be missing.
    pub fn missing(&self, use_case: &str, out: &mut Findings<'_>) -> Option<Missing> {
        self.missing_in(use_case, &Request::default(), out)
    }

    /// As [`KeyPolicy::missing`], when S3 asks for it.
    pub fn missing_through_s3(&self, use_case: &str, out: &mut Findings<'_>) -> Option<Missing> {
        let region = self.key.text("region");
        let service = region.map_or(Given::Right, |it| Given::Is(facts::via(facts::S3, it)));
        self.missing_in(use_case, &Request::default().with(facts::VIA_SERVICE, service), out)
    }

    fn missing_in(
        &self,
        use_case: &str,
        circumstances: &Request<'static>,
        out: &mut Findings<'_>,
    ) -> Option<Missing> {
        if self.document.is_partial {
            out.blind(Cause::Apply, self.holder);
            return None;
        }
        let partition = self.key.text("region").map(regions::partition);
        let ask = |action: &&'static str| {
            let request = circumstances.clone().for_action(action);
            let is_denied = control_plane::is_denied(
                &self.document,
                &request.clone().on(in_policies(self.key)),
                partition,
            );
            let lacks = !control_plane::may(&self.document, &request, partition);
            (*action, lacks | Tri::from(is_denied))
        };
        let all: Vec<(&str, Tri)> = key_actions(use_case).iter().map(ask).collect();
        let tri = Tri::any(all.iter().map(|(_, tri)| *tri));
        let actions = all.into_iter().filter(|(_, it)| *it == tri).map(|(action, _)| action);
        Some(Missing { tri, actions: actions.collect() })
    }
}

impl Missing {
    /// The finding's message. It has the use case in words: the value may be masked in a plan.
    pub fn message(&self, policy: &KeyPolicy<'_>, use_case: &str) -> String {
        let purpose = use_case.to_ascii_lowercase().replace('_', " ");
        let whose = if policy.is_default { "the policy that AWS makes" } else { "the policy" };
        let actions = self.actions();
        format!(
            "{whose} does not allow Databricks {actions}, but the key is registered for {purpose}"
        )
    }

    /// The actions, in a row.
    pub fn actions(&self) -> String {
        self.actions.join(", ")
    }

    /// What to do.
    pub fn help(&self) -> String {
        "allow the account of the control plane to do that, under a condition on the principal's tag DatabricksAccountId".to_owned()
    }
}

/// A policy with some of the principals of its statements, and with the statements that have any of them.
fn with_principals(policy: &Document, keep: impl Fn(&Principal) -> bool) -> Document {
    let kept = |it: &Statement| {
        let mut it = it.clone();
        let list = it.principals.as_mut()?;
        list.items.retain(&keep);
        (list.is_not || !list.items.is_empty()).then_some(it)
    };
    Document { statements: policy.statements.iter().filter_map(kept).collect(), ..policy.clone() }
}

/// Whether a principal is the account of the role, or may be: not Databricks'.
fn delegates(principal: &Principal, role: &[String]) -> bool {
    let Some(theirs) = principal.whole_account() else { return false };
    let mut ours = role.iter().filter_map(|name| Arn::parse(name)?.account);
    control_plane::party(principal).is_none() && ours.next().is_none_or(|ours| theirs == ours)
}

/// Every name of a key, to be looked for in a policy. What stands for its ARN while that is not known
/// matches a pattern for all keys, and no single one.
pub fn in_policies(key: &Row) -> Vec<String> {
    let mut names = Named::itself(key).texts();
    if !names.iter().any(|name| name.starts_with("arn:")) {
        names.push(bare("kms", &format!("key/{}", key.address)));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shutting_out() {
        let statement = |who: &str| {
            format!(r#"{{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{who}}}"#)
        };
        let policy = |who: &[&str]| {
            let all: Vec<String> = who.iter().map(|who| statement(who)).collect();
            Document::parse(&format!(r#"{{"Statement":[{}]}}"#, all.join(","))).unwrap()
        };
        let (own, theirs) = (
            r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
            r#"{"AWS":"arn:aws:iam::414351767826:root"}"#,
        );
        for (before, after, wanted) in [
            (vec![own, theirs], vec![own], true),
            (vec![own, theirs], vec![own, theirs], false),
            (vec![own, theirs], vec![own, r#"{"AWS":"414351767826"}"#], false),
            (vec![own, theirs], vec![own, r#""*""#], false),
            (vec![own], vec![], false),
        ] {
            let [old, new] = [&before, &after].map(|who| policy(who));
            assert_eq!(shuts_out(&old, &new), wanted, "{before:?} {after:?}");
        }
        let unseen = Document::unseen(Vec::new());
        assert!(!shuts_out(&policy(&[theirs]), &unseen));
    }
}
