//! What an update really changes: Terraform plans one as well where only a mask differs, or null becomes `""`.

use crate::{
    facts::schema,
    graph::{Res, View},
    lint::PlanCx,
    plan::{Tri, Value},
};

use super::reason;

/// An attribute of which an update makes another value.
#[derive(Debug)]
pub struct Change<'a> {
    /// Where it stands: `network_id`, `vpc_endpoints.rest_api`.
    pub path: &'a str,
    /// Its value before.
    pub before: View<'a>,
    /// And after.
    pub after: View<'a>,
    /// Whether it is another.
    pub tri: Tri,
}

impl<'a> Change<'a> {
    /// Of one attribute, whether it changes or not.
    pub fn of(it: Res<'a>, path: &'a str) -> Change<'a> {
        let (before, after) = (it.before().get(path), it.after().get(path));
        let tri = before.becomes_another(&after);
        Change { path, before, after, tri }
    }

    /// The value is taken away. A map that has a key is there, whatever that holds.
    pub fn is_removal(&self) -> bool {
        let is_nothing = |value: Value<'_>| value.is_empty() && value.is_hollow();
        let is_empty = |view: &View<'_>| view.known().is_none_or(is_nothing);
        self.tri == Tri::Yes && is_empty(&self.after) && !self.after.has_unknown()
    }

    /// How it changes: `name changes from a to b`.
    pub fn words(&self) -> String {
        reason::words(&self.before, &self.after)
    }
}

/// Instances of a type that are changed in place.
pub fn updates<'a>(cx: &'a PlanCx<'_>, type_: &str) -> impl Iterator<Item = Res<'a>> {
    cx.changes_of(type_).filter(|it| it.actions().update)
}

/// The attributes that an update changes, or may change, in the order of their names; not those that the
/// provider alone sets, nor how long it waits, which only Terraform keeps.
pub fn of(it: Res<'_>) -> Vec<Change<'_>> {
    let mut names = it.before().member_names();
    names.extend(it.after().member_names());
    names.sort_unstable();
    names.dedup();
    let is_computed = |name: &str| {
        schema::attribute(it.type_(), [name]).is_some_and(schema::Attribute::is_computed_only)
    };
    let authored = names.into_iter().filter(|name| *name != "timeouts" && !is_computed(name));
    authored.map(|name| Change::of(it, name)).filter(|change| change.tri != Tri::No).collect()
}
