//! How many objects a list names, as far as a plan shows: one element that is not known yet makes
//! the whole of a list unknown, its length included.

use crate::{
    facts::{identity, schema},
    graph::{End, Hit, Val, View},
    plan::{Mode, Step, Tri},
};

/// Whether a list of objects of these types is empty. One that refers to what identifies such an object
/// has an element, whose value nobody knows yet; one that refers to another list may have none.
pub fn is_empty(view: &View<'_>, types: &[&str]) -> Tri {
    match view.val() {
        Val::Known(_) => Tri::from(!view.items().any(|item| may_name(&item))),
        Val::Null | Val::Omitted => Tri::Yes,
        Val::Unknown(_) if view.hits().iter().any(|hit| names_one(view, hit, types)) => Tri::No,
        Val::Unknown(cause) => view.maybe(cause),
    }
}

/// Whether a list that is not known as a whole is made of texts and numbers of resources, and of nothing else:
/// then it has an element. A reference to another list may bring none, and a flag may decide about it.
pub fn refers_to_texts(view: &View<'_>) -> bool {
    let scope = view.res().scope();
    let is_text = |hit: &Hit| {
        let End::Resource(id) = hit.end else { return false };
        let res = scope.res(id);
        let names = hit.attribute.iter().filter_map(Step::name);
        let declared = match res.mode() {
            Mode::Managed => schema::resource(res.type_()),
            Mode::Data => schema::data(res.type_()),
        };
        let attribute = declared.and_then(|it| it.attribute(names));
        hit.exact && attribute.is_some_and(|it| it.is_text())
    };
    let hits = view.hits();
    !hits.is_empty() && hits.iter().all(is_text)
}

/// `[""]` is what a list of one variable becomes that is empty.
fn may_name(item: &View<'_>) -> bool {
    match item.val() {
        Val::Known(value) => value.as_str() != Some(""),
        Val::Unknown(_) => true,
        Val::Null | Val::Omitted => false,
    }
}

/// A splat keeps no attribute: it has as many elements as there are instances.
fn names_one(view: &View<'_>, hit: &Hit, types: &[&str]) -> bool {
    let End::Resource(id) = hit.end else { return false };
    let type_ = view.res().scope().res(id).type_();
    let name = hit.attribute.first().and_then(Step::name);
    types.contains(&type_)
        && name.is_none_or(|name| identity::attributes(type_).any(|known| known == name))
}
