//! Objects of IAM that Databricks is told of in the apply that makes them: before IAM has spread them, a
//! check by Databricks fails.

use std::collections::BTreeSet;

use crate::{
    aws::Arn,
    facts::{identity::arn_of_iam, regions},
    graph::{Cause, Res, Target, View},
    lint::PlanCx,
    plan::{Mode, ResId, Tri},
};

use super::wait::{Gap, Waits};

/// Who tells Databricks of an object, and which argument names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The type of the resource that tells.
    pub type_: &'static str,
    /// The argument that names the object.
    pub attribute: &'static str,
    /// The type of the object.
    pub object: &'static str,
}

/// An instance profile that is registered.
pub const PROFILE: Use = Use {
    type_: "databricks_instance_profile",
    attribute: "instance_profile_arn",
    object: "aws_iam_instance_profile",
};

/// A cross-account role that credentials are made of.
pub const ROLE: Use =
    Use { type_: "databricks_mws_credentials", attribute: "role_arn", object: "aws_iam_role" };

/// A resource, and the object that it names and that may be new in this apply.
#[derive(Debug)]
pub struct Race<'a> {
    /// What tells Databricks of the object.
    pub it: Res<'a>,
    /// The object. One of several that it may be: the first without a sleep.
    pub made: Res<'a>,
    /// Whether nothing sleeps in between.
    pub no_sleep: Tri,
    /// What stands between.
    pub gap: Gap<'a>,
}

/// Resources that tell Databricks of an object in this apply.
pub fn uses<'a>(cx: &PlanCx<'a>, of: Use) -> impl Iterator<Item = Res<'a>> {
    let for_logs = if of == ROLE { for_logs_only(cx) } else { BTreeSet::new() };
    cx.of(of.type_)
        .filter(move |it| tells(*it, of.attribute))
        .filter(move |it| !for_logs.contains(&it.id))
}

/// Whether this apply has Databricks look at an ARN. A change of the ARN is an update.
fn tells(it: Res<'_>, attribute: &'static str) -> bool {
    let moves = || it.before().get(attribute).same(&it.after().get(attribute)) != Tri::Yes;
    it.is_created() || (it.actions().update && moves())
}

/// Credentials for log delivery only: they are looked at when that is configured.
fn for_logs_only(cx: &PlanCx<'_>) -> BTreeSet<ResId> {
    let used = |type_: &str| -> BTreeSet<ResId> {
        let named = cx.of(type_).map(|by| by.get("credentials_id").target(&[ROLE.type_]));
        named.flat_map(|it| it.candidates().iter().map(|it| it.id).collect::<Vec<_>>()).collect()
    };
    let for_logs = used("databricks_mws_log_delivery");
    if for_logs.is_empty() {
        return for_logs;
    }
    &for_logs - &used("databricks_mws_workspaces")
}

/// The race that a resource runs; none where all that it names is there already.
pub fn run<'a>(cx: &PlanCx<'a>, waits: &Waits<'a>, of: Use, it: Res<'a>) -> Option<Race<'a>> {
    let (sure, objects) = new_objects(cx, of, &it.get(of.attribute));
    let gaps = objects.into_iter().map(|made| made.map(|made| (made, waits.between(made, it))));
    let gaps: Vec<Option<(Res<'a>, Gap<'a>)>> = gaps.collect();
    let tri = Tri::agree(gaps.iter().map(|it| it.as_ref().map_or(Tri::No, |it| !it.1.sleep)));
    let tri = if cx.is_partial() { tri & cx.maybe(Cause::Incomplete) } else { tri };
    let new = gaps.into_iter().flatten();
    let (made, gap) = new.min_by_key(|(made, gap)| (gap.sleep == Tri::Yes, made.address()))?;
    let no_sleep = if gap.sleep == Tri::Yes { Tri::No } else { sure & tri };
    Some(Race { it, made, no_sleep, gap })
}

/// The objects of this apply that an ARN may be that of, none for what exists already; and whether it
/// is one of them at all.
fn new_objects<'a>(cx: &PlanCx<'a>, of: Use, arn: &View<'a>) -> (Tri, Vec<Option<Res<'a>>>) {
    let is_new = |it: &Res<'_>| it.mode() == Mode::Managed && it.is_created();
    match arn.target(&[of.object]).by_itself() {
        Target::Elsewhere(text) => (Tri::Yes, spelled(cx, of, &text).map(Some).collect()),
        Target::Lost(cause @ Cause::Local) => {
            let all: Vec<Option<Res<'a>>> = cx.of(of.object).filter(is_new).map(Some).collect();
            if all.len() == 1 { (cx.maybe(cause), all) } else { (Tri::No, Vec::new()) }
        }
        target => {
            // What is not known yet is not the ARN of an object whose ARN is known.
            let known = arn.text().is_some();
            let all = target.candidates().iter().map(|it| looked_up(of, *it));
            let may_be = all.filter(|it| known || it.get("arn").text().is_none());
            (Tri::Yes, may_be.map(|it| Some(it).filter(is_new)).collect())
        }
    }
}

/// The object itself, where the plan both manages it and looks it up by name.
fn looked_up<'a>(of: Use, it: Res<'a>) -> Res<'a> {
    match it.mode() {
        Mode::Data => it.get("name").target(&[of.object]).here().unwrap_or(it),
        Mode::Managed => it,
    }
}

/// Objects of this apply whose ARN is spelled out: partition, account, path and name fit.
fn spelled<'a>(cx: &PlanCx<'a>, of: Use, arn: &str) -> impl Iterator<Item = Res<'a>> {
    let kind = arn_of_iam(of.object).unwrap_or_default();
    let (_, path) = arn.split_once(&format!(":{kind}/")).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let named = if name.is_empty() { Vec::new() } else { cx.identified(of.object, name) };
    let path = format!("/{}", path.strip_suffix(name).unwrap_or_default());
    let arn = Arn::parse(arn);
    let theirs = arn.and_then(|arn| arn.account).map(str::to_owned);
    let partition = arn.map(|arn| arn.partition.to_owned());
    named.into_iter().filter(move |it| {
        let ours = it.account();
        it.mode() == Mode::Managed
            && it.is_created()
            && it.get("path").text().is_none_or(|known| known == path)
            && ours.is_none_or(|ours| theirs.as_deref().is_none_or(|theirs| ours == theirs))
            && it.region().is_none_or(|region| {
                partition.as_deref().is_none_or(|theirs| regions::partition(&region) == theirs)
            })
    })
}
