//! Why an instance is destroyed or replaced, what to do instead, and whose edit it is.

use crate::{
    estate::{Cell, Row},
    facts::{action_reasons, destroy::Tier},
    graph::{Dependents, End, Hit, Res, View},
    lint::{Dependent, Draft, Loss, Subject},
    plan::{Actions, Tri},
};

/// How far an edit is followed to where it was made.
const DEPTH: usize = 20;

/// Why an instance is destroyed or replaced.
#[derive(Debug)]
pub struct Reason<'a> {
    /// Goes on after "because"; none where Terraform gives no reason, as in a destroy plan.
    pub words: Option<String>,
    /// The first attribute that forces a replacement.
    pub attribute: Option<String>,
    /// All of them.
    pub attributes: Vec<String>,
    /// What to do where it was not meant.
    pub advice: Option<&'static str>,
    /// The edit that forces it, where that is another instance's.
    pub origin: Option<Origin<'a>>,
}

/// An edit.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// The instance whose block was edited.
    pub res: Res<'a>,
    /// The attribute, where one is known.
    pub attribute: Option<String>,
}

/// Why an instance is destroyed or replaced.
pub fn of(res: Res<'_>) -> Reason<'_> {
    let forced = res.replaced_by();
    if forced.is_empty() {
        let known = action_reasons::reason(res.action_reason());
        return Reason {
            words: known.map(|it| it.words.to_owned()),
            attribute: None,
            attributes: Vec::new(),
            advice: known.map(|it| it.advice),
            origin: None,
        };
    }
    let changes = forced.iter().map(|(before, after)| change(before, after));
    let spelled = |(before, _): &(View<'_>, View<'_>)| before.attribute();
    Reason {
        words: Some(changes.collect::<Vec<_>>().join(", and ")),
        attribute: forced.first().map(spelled),
        attributes: forced.iter().map(spelled).collect(),
        advice: None,
        origin: forced.iter().find_map(|(_, after)| origin(after)),
    }
}

impl Reason<'_> {
    /// "destroyed because its block is gone", "replaced because name changes from a to b".
    pub fn sentence(&self, res: Res<'_>) -> String {
        let verb = if res.actions().replaces() { "replaced" } else { "destroyed" };
        self.words
            .as_ref()
            .map_or_else(|| verb.to_owned(), |words| format!("{verb} because {words}"))
    }

    /// Keeps it in a row, for [`told`] and [`blame_row`].
    pub fn put(&self, res: Res<'_>, row: &mut Row) {
        let known = |text: Option<&String>| text.cloned().map_or(Cell::Unset, Cell::Known);
        let edit = self.origin.as_ref();
        row.with("sentence", Cell::Known(self.sentence(res)))
            .with("forced-by", known(self.attribute.as_ref()))
            .with("edit", known(edit.map(|it| it.res.address().to_owned()).as_ref()))
            .with("edited", known(edit.and_then(|it| it.attribute.as_ref())));
    }
}

/// The sentence of a row's reason, and the attribute that forces it.
pub fn told(row: &Row) -> (&str, Option<String>) {
    (row.text("sentence").unwrap_or("destroyed"), row.text("forced-by").map(str::to_owned))
}

/// Names the edit behind a finding, where it was made at another place.
pub fn blame<'f, 'a>(draft: Draft<'f, 'a>, origin: Option<Origin<'_>>) -> Draft<'f, 'a> {
    let Some(Origin { res, attribute }) = origin else { return draft };
    let draft = draft.cause(res, attribute.clone());
    draft.related_at(res, attribute, || EDIT.to_owned())
}

/// The same by the row that [`Reason::put`] filled.
pub fn blame_row<'f, 'a>(draft: Draft<'f, 'a>, row: &Row) -> Draft<'f, 'a> {
    let Some(edit) = row.text("edit") else { return draft };
    let place = || Subject::named(&row.unit, edit, Actions::default());
    let attribute = row.text("edited").map(str::to_owned);
    let draft = draft.cause(place(), attribute.clone());
    draft.related_at(place(), attribute, || EDIT.to_owned())
}

const EDIT: &str = "the edit that forces it";

/// What an instance that is destroyed or replaced takes with it.
pub fn loss(res: Res<'_>, tier: Tier, why: &Reason<'_>) -> Loss {
    // What an interrupted replacement left over is in nobody's use.
    let (tier, hanging) = match res.deposed() {
        Some(_) => (Tier::Access, Dependents::default()),
        None => (tier, res.dependents()),
    };
    let dependents = hanging.ids.iter().map(|id| {
        let it = res.scope().res(*id);
        let (address, type_) = (it.address().to_owned(), it.type_().to_owned());
        Dependent { address, type_, stays: !it.actions().delete && !it.actions().forget }
    });
    Loss {
        replaced: res.actions().replaces(),
        tier,
        forced_by: why.attributes.clone(),
        dependents: dependents.collect(),
        has_more: hanging.is_cut,
    }
}

fn change(before: &View<'_>, after: &View<'_>) -> String {
    if before.show() == after.show() && step(after).is_none() {
        return format!("{} cannot be changed in place", before.attribute());
    }
    words(before, after)
}

/// How a value changes: `name changes from a to b`, `id changes with aws_x.y, which is replaced`.
pub fn words(before: &View<'_>, after: &View<'_>) -> String {
    let path = before.attribute();
    match step(after) {
        Some((res, _)) if after.text().is_none() => {
            let what = if res.actions().replaces() { "replaced" } else { "changed" };
            format!("{path} changes with {}, which is {what}", res.address())
        }
        _ => format!("{path} changes from {} to {}", before.show(), after.show()),
    }
}

/// The edit that makes a value change, where it was made at another instance: the end of the
/// chain of references through what this plan replaces or changes.
pub fn origin<'a>(after: &View<'a>) -> Option<Origin<'a>> {
    let mut found = None;
    let mut at = after.clone();
    for _ in 0..DEPTH {
        let Some((res, next)) = step(&at) else { break };
        found = Some(Origin { res, attribute: next.as_ref().map(View::attribute) });
        let Some(next) = next else { break };
        at = next;
    }
    found
}

/// The one instance among those that a value comes from that this plan changes, and the value that
/// it changes for.
fn step<'a>(at: &View<'a>) -> Option<(Res<'a>, Option<View<'a>>)> {
    let mut changed = at.hits().into_iter().filter_map(|hit| changed_at(at, &hit));
    let only = changed.next()?;
    changed.next().is_none().then_some(only)
}

fn changed_at<'a>(at: &View<'a>, hit: &Hit) -> Option<(Res<'a>, Option<View<'a>>)> {
    let End::Resource(id) = hit.end else { return None };
    let res = at.res().scope().res(id);
    if !hit.exact || res == at.res() {
        return None;
    }
    if res.actions().replaces() {
        return Some((res, res.replaced_by().into_iter().next().map(|(_, after)| after)));
    }
    let name = hit.attribute.first()?.name()?.to_owned();
    let (old, new) = (res.before().member(name.clone()), res.after().member(name));
    let changes = res.actions().update && old.same(&new) != Tri::Yes;
    changes.then_some((res, Some(new)))
}
