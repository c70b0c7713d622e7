//! Which texts of a plan are secrets, so that they can be recognised where they turn up again.
//!
//! A mask alone proves nothing: providers mask account ids, and authors mask user names. A text
//! counts where a table says that its attribute holds a secret, where it has the form of one, or
//! where the author declared a variable sensitive. Short ones, identifiers and plain words are left
//! out, because they turn up everywhere. What no table and no name promises, and what does not look
//! like a secret, may be one: authors mask the names of things as well.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    facts::secrets::{self as facts, Attribute, Confidence},
    graph::{Res, Scope, Side, View},
    lint::{At, Subject},
    plan::{Actions, Embedded, Mode, ResId, Tri},
    redact::Redactor,
    secrecy::names,
};

use super::{
    credentials, named_secrets,
    secrets::{self, Place},
};

/// Shorter texts turn up by chance.
const SHORTEST: usize = 8;

/// Where a secret stands that was recognised elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A root variable.
    Variable(String),
    /// An attribute of an instance.
    Attribute(ResId, String),
}

/// The secrets of a plan, each with the places where it is known from.
pub(crate) struct Tainted {
    texts: Texts,
    all: Redactor,
}

impl Source {
    /// How a message names it.
    pub(crate) fn show(&self, scope: &Scope<'_>) -> String {
        match self {
            Source::Variable(name) => format!("var.{name}"),
            Source::Attribute(id, attribute) => {
                format!("{}.{attribute}", scope.res(*id).address())
            }
        }
    }

    /// As a related place.
    pub(crate) fn place(&self, scope: &Scope<'_>) -> (Subject, At) {
        match self {
            Source::Variable(name) => {
                let (unit, address) = (&scope.graph.plan.unit, format!("var.{name}"));
                (Subject::named(unit, &address, Actions::default()), At::default())
            }
            Source::Attribute(id, attribute) => {
                (Subject::from(scope.res(*id)), At::from(attribute.as_str()))
            }
        }
    }
}

impl Tainted {
    /// Those of a plan: the sensitive variables and all instances are looked through once.
    pub(crate) fn of(scope: &Scope<'_>) -> Arc<Tainted> {
        scope.graph.once(|_| Tainted::find(&Scope::new(scope.graph, Side::Planned)))
    }

    fn find(scope: &Scope<'_>) -> Tainted {
        let mut texts = Texts::new();
        take_variables(scope, &mut texts);
        let mut tables = FxHashMap::default();
        for id in 0..scope.graph.plan.len() as ResId {
            let res = scope.res(id);
            let (mode, type_) = (res.mode(), res.type_());
            let table = tables.entry((mode, type_)).or_insert_with(|| secrets::table(mode, type_));
            take_instance(res, table, &mut texts);
        }
        let all = Redactor::new(texts.keys()).unwrap_or_default();
        Tainted { texts, all }
    }

    /// Whether the JSON text of values holds any of them, in whatever form.
    pub(crate) fn is_in(&self, json: &str) -> bool {
        !self.all.is_empty() && !self.all.find(json).is_empty()
    }

    /// The secrets that a text holds, as they are or encoded, with where they are known from: those for
    /// certain, else those that may be.
    pub(crate) fn in_text(&self, text: &str) -> Vec<Found<'_>> {
        let mut found = self.all_in_text(text);
        if found.iter().any(|it| it.tri == Tri::Yes) {
            found.retain(|it| it.tri == Tri::Yes);
        }
        found
    }

    fn all_in_text(&self, text: &str) -> Vec<Found<'_>> {
        if self.all.redact(text) == text {
            return Vec::new();
        }
        let pick = |holds: &dyn Fn(&str) -> bool| -> Vec<Found<'_>> {
            let found = self.texts.iter().filter(|(secret, _)| holds(secret));
            let found = found.map(|(text, known)| Found {
                text,
                sources: &known.sources,
                tri: if known.is_secret { Tri::Yes } else { Tri::Maybe },
            });
            found.collect()
        };
        let plain = pick(&|secret| text.contains(secret));
        if !plain.is_empty() {
            return plain;
        }
        pick(&|secret| Redactor::new([secret]).is_ok_and(|one| one.redact(text) != text))
    }
}

type Texts = BTreeMap<String, Known>;

/// What is known of a text.
#[derive(Default)]
struct Known {
    sources: Vec<Source>,
    is_secret: bool,
}

/// A known text inside another one.
pub(crate) struct Found<'t> {
    /// The text.
    pub(crate) text: &'t str,
    /// Where it is known from.
    pub(crate) sources: &'t [Source],
    /// Whether it is a secret; one that is masked may be none.
    pub(crate) tri: Tri,
}

fn take_variables(scope: &Scope<'_>, texts: &mut Texts) {
    let plan = &scope.graph.plan;
    let Some(root) = plan.config.modules.first() else { return };
    for (name, _) in root.variables.iter().filter(|(_, variable)| variable.sensitive) {
        if let Some(value) = plan.variable(name) {
            value.named_strings(name, &mut |text, inner| {
                let promise = names::promise(inner) | names::promise(name);
                if is_worth_it(text, promise != Tri::No) {
                    let known = texts.entry(text.to_owned()).or_default();
                    known.sources.push(Source::Variable(name.clone()));
                    known.is_secret |= is_secret(text, promise, inner);
                }
            });
        }
    }
}

fn take_instance(res: Res<'_>, table: &'static [Attribute], texts: &mut Texts) {
    let has_mask = |prior| res.scope().graph.plan.has_mask(res.raw(), prior);
    // Most instances have neither, and their values need not be parsed.
    if table.is_empty() && !has_mask(false) && !has_mask(true) {
        return;
    }
    let before = (!res.raw().is_unchanged).then(|| res.before());
    for root in [res.after()].into_iter().chain(before) {
        let places: Vec<Place<'_>> =
            table.iter().flat_map(|entry| secrets::places_of(entry, &root)).collect();
        places.iter().for_each(|place| take_place(place, texts));
        if root.has_sensitive() {
            // The mask of a store is about what it is for, not about what it holds.
            let names: Vec<&str> = places.iter().flat_map(plain_names).collect();
            root.leaves(&mut |leaf| {
                if !leaf.text().is_some_and(|text| names.contains(&text)) {
                    take_masked(&leaf, texts);
                }
            });
        }
    }
}

/// What a store holds that only names an object.
fn plain_names<'a>(place: &Place<'a>) -> Vec<&'a str> {
    let mut texts = if place.is_store() { place.texts() } else { Vec::new() };
    texts.retain(|text| is_name(place, text));
    texts
}

/// Whether a text in a store only names an object. A plan that is not whole may lack what shows that: there a key
/// that promises no secret makes none of what has no form of one.
fn is_name(place: &Place<'_>, text: &str) -> bool {
    let may_lack = place.is_store() && place.view.res().scope().is_partial();
    let is_told = credentials::finds(text) || credentials::promises(&place.name());
    place.is_plain_name(text) || may_lack && !is_told
}

fn take_place(place: &Place<'_>, texts: &mut Texts) {
    let is_clear = !place.view.is_sensitive() && place.entry.confidence != Confidence::Strong;
    if is_clear || place.is_meant() != Tri::Yes {
        return;
    }
    for text in place.texts() {
        if is_worth_it(text, true) && place.proves(text) && !is_name(place, text) {
            take(text, &place.view, true, texts);
            take_parts(text, &place.view, texts);
        }
    }
}

/// The values inside a JSON document, which are handed on one by one.
fn take_parts(text: &str, view: &View<'_>, texts: &mut Texts) {
    let Some(json) = Embedded::parse(text) else { return };
    json.value().named_strings("", &mut |part, name| {
        let promise = names::promise(name);
        if !credentials::is_harmless(part, name) && is_worth_it(part, promise != Tri::No) {
            take(part, view, is_secret(part, promise, name), texts);
        }
    });
}

/// What is masked, stands in no table, and has the form of a secret.
fn take_masked(leaf: &View<'_>, texts: &mut Texts) {
    let Some(text) = leaf.text().filter(|_| leaf.is_sensitive()) else { return };
    let has_form = credentials::is_random(text) || !credentials::tokens(text).is_empty();
    let res = leaf.res();
    let mode = match res.mode() {
        Mode::Managed => facts::Mode::Managed,
        Mode::Data => facts::Mode::Data,
    };
    let is_needless = facts::is_masked_without_need(mode, res.type_(), &leaf.path());
    // A parameter of type String is masked, and is no secret.
    let is_decided = facts::condition(res.type_(), &leaf.path()).is_some();
    if has_form && !is_needless && !is_decided && is_worth_it(text, true) {
        take(text, leaf, true, texts);
    }
}

fn take(text: &str, view: &View<'_>, is_secret: bool, texts: &mut Texts) {
    let source = Source::Attribute(view.res().id, view.attribute());
    let known = texts.entry(text.to_owned()).or_default();
    known.is_secret |= is_secret;
    if !known.sources.contains(&source) {
        known.sources.push(source);
    }
}

/// Whether a text under a name is a secret for certain: the name promises one and the text is no mere
/// word, or it looks like one and the name is not that of something which identifies.
fn is_secret(text: &str, promise: Tri, name: &str) -> bool {
    let looks_so = match promise {
        // Paths, names of branches and sentences are of many kinds of characters too.
        Tri::No => {
            let looks_so = credentials::is_random(text) || has_mixed_part(text);
            looks_so && !is_digest(text) && !names::is_about(name)
        }
        _ => credentials::is_secret_like(text),
    };
    looks_so && !credentials::identifies(name)
        || !credentials::tokens(text).is_empty()
        || named_secrets::is_one(promise, name, text) == Tri::Yes
}

/// Whether some part between signs has small and large letters and digits, and is no word.
fn has_mixed_part(text: &str) -> bool {
    let has = |part: &str, is: fn(&u8) -> bool| part.as_bytes().iter().any(is);
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|part| {
        part.len() >= SHORTEST
            && has(part, u8::is_ascii_lowercase)
            && has(part, u8::is_ascii_uppercase)
            && has(part, u8::is_ascii_digit)
    })
}

/// Whether a text has the form of a hash, as commits and images have it.
fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    matches!(hex.len(), 40 | 64) && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Long enough, no identifier and no word; several words are one secret only where it is promised.
fn is_worth_it(text: &str, is_promised: bool) -> bool {
    let is_plain =
        if is_promised { credentials::is_word(text) } else { credentials::has_form_of_words(text) };
    text.chars().count() >= SHORTEST
        && !is_plain
        && !credentials::is_identifier(text)
        && !credentials::is_harmless(text, "password")
}
