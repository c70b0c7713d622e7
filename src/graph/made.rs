//! What a value is made of, as the source tells: known, known in part, or by where it comes from.

use std::{borrow::Cow, collections::BTreeMap, fmt, ops::Deref, sync::Arc};

use crate::plan::{Key, ModulePath, ResId, Step, Tri, Value};

use super::{
    Graph,
    resolve::{End, Hit},
};

/// What an expression gives. Parts are shared, so copies cost little.
#[derive(Clone)]
pub(super) enum Made {
    /// Nothing: what Terraform would refuse, such as an index beyond the end of a list.
    Error,
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as written.
    Number(Arc<str>),
    /// A known string.
    Text(Arc<str>),
    /// A list or tuple.
    List(Whole<Vec<Made>>),
    /// A set; its elements in no order.
    Set(Whole<Vec<Made>>),
    /// An object or map.
    Object(Whole<BTreeMap<String, Made>>),
    /// An instance, as an object with its attributes.
    Instance(ResId),
    /// A module instance, as an object with its outputs.
    Module(Arc<ModulePath>),
    /// The attribute of an instance, and nothing else.
    Reference(Arc<Hit>),
    /// A string of several parts, at least one of which is not known.
    Template(Whole<Vec<Made>>),
    /// One of these, by a condition or a key that nobody knows yet.
    OneOf(Whole<Vec<Made>>),
    /// Made of these in a way that is not followed.
    Other(Arc<[Hit]>),
}

/// A collection, and how much there is in it. Copies share it, so little source can make much: all
/// of it together is bounded.
#[derive(Clone)]
pub(super) struct Whole<T> {
    parts: Arc<T>,
    weight: usize,
}

impl<T> Deref for Whole<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.parts
    }
}

/// Values that one expression may have; of more it is only told where they come from.
const ALTERNATIVES: usize = 64;

/// More than any configuration has in one value.
const MOST: usize = 100_000;

/// Bytes of a text that count as much as a value.
const LETTERS: usize = 16;

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Known.
    Text(String),
    /// Not known; the attribute that it is, where it is one.
    Hole(Option<Arc<Hit>>),
}

impl fmt::Debug for Made {
    /// The kind only: what stands in source may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Made::Error => "an error",
            Made::Null => "null",
            Made::Bool(_) => "a boolean",
            Made::Number(_) => "a number",
            Made::Text(_) => "a string",
            Made::List(_) => "a list",
            Made::Set(_) => "a set",
            Made::Object(_) => "an object",
            Made::Instance(_) => "an instance",
            Made::Module(_) => "a module",
            Made::Reference(_) => "a reference",
            Made::Template(_) => "a template",
            Made::OneOf(_) => "one of several",
            Made::Other(_) => "something",
        })
    }
}

impl Made {
    /// A known string.
    pub(super) fn text(text: impl AsRef<str>) -> Made {
        Made::Text(text.as_ref().into())
    }

    /// A list of these.
    pub(super) fn list(items: impl IntoIterator<Item = Made>) -> Made {
        Made::bounded(items.into_iter().take(MOST + 1).collect(), Made::List)
    }

    /// A set of these, none of which is there twice.
    pub(super) fn set(items: impl IntoIterator<Item = Made>) -> Made {
        Made::bounded(items.into_iter().take(MOST + 1).collect(), Made::Set)
    }

    /// A string of these parts.
    pub(super) fn template(parts: Vec<Made>) -> Made {
        Made::bounded(parts, Made::Template)
    }

    /// An object with these members.
    pub(super) fn object(members: impl IntoIterator<Item = (String, Made)>) -> Made {
        let parts: BTreeMap<String, Made> = members.into_iter().collect();
        let weight = weight(parts.values());
        if weight > MOST {
            return Made::end(End::Nowhere);
        }
        Made::Object(Whole { parts: Arc::new(parts), weight })
    }

    fn bounded(parts: Vec<Made>, make: fn(Whole<Vec<Made>>) -> Made) -> Made {
        let weight = weight(&parts);
        if weight > MOST {
            return Made::end(End::Nowhere);
        }
        make(Whole { parts: Arc::new(parts), weight })
    }

    /// Whether values together are more than any configuration has in one; asked before a text is made of
    /// them, because texts of texts grow faster than the source that says so.
    pub(super) fn are_too_many(parts: &[Made]) -> bool {
        weight(parts) > MOST
    }

    /// A text in which every `from` became a `to`; nothing but its end where it would be too long.
    pub(super) fn replaced(text: &str, from: &str, to: &str) -> Made {
        let length = text.matches(from).count().saturating_mul(to.len()).saturating_add(text.len());
        if length / LETTERS > MOST {
            Made::end(End::Nowhere)
        } else {
            Made::text(text.replace(from, to))
        }
    }

    /// How much there is in it; long texts count for their length.
    fn weight(&self) -> usize {
        match self {
            Made::List(it) | Made::Set(it) | Made::Template(it) | Made::OneOf(it) => it.weight,
            Made::Object(members) => members.weight,
            Made::Text(text) => 1 + text.len() / LETTERS,
            Made::Other(hits) => 1 + hits.len(),
            _ => 1,
        }
    }

    /// The end of a reference that says no more than where it is.
    pub(super) fn end(end: End) -> Made {
        Made::Other(Arc::new([Hit { end, attribute: Vec::new(), exact: true }]))
    }

    /// An attribute of an instance.
    pub(super) fn reference(id: ResId, attribute: Vec<Step>) -> Made {
        Made::Reference(Arc::new(Hit { end: End::Resource(id), attribute, exact: true }))
    }

    /// Made of all of these in a way that is not followed; wrong where one of them is.
    pub(super) fn from_all<'m>(parts: impl IntoIterator<Item = &'m Made>) -> Made {
        let mut hits = Vec::new();
        for part in parts {
            if matches!(part, Made::Error) {
                return Made::Error;
            }
            part.collect(true, &mut hits);
        }
        hits.sort();
        hits.dedup();
        if hits.is_empty() { Made::end(End::Opaque) } else { Made::Other(hits.into()) }
    }

    /// One of these; just that where all are the same, or there is but one.
    pub(super) fn one_of(all: impl IntoIterator<Item = Made>) -> Made {
        let mut flat: Vec<Made> = Vec::new();
        let mut add = |made: Made| {
            // Of more it does not matter which are the same, and to find out takes long.
            if flat.len() > ALTERNATIVES || !flat.iter().any(|known| known.is_same_as(&made)) {
                flat.push(made);
            }
        };
        for made in all {
            match made {
                Made::OneOf(inner) => inner.iter().cloned().for_each(&mut add),
                made => add(made),
            }
        }
        match flat.len() {
            0 => Made::Error,
            1 => flat.swap_remove(0),
            2..=ALTERNATIVES => Made::bounded(flat, Made::OneOf),
            _ => Made::from_all(&flat),
        }
    }

    /// Every value that it may be.
    pub(super) fn alternatives(&self) -> &[Made] {
        match self {
            Made::OneOf(all) => all,
            one => std::slice::from_ref(one),
        }
    }

    /// Applies something to a value, or to each that it may be.
    pub(super) fn map(&self, mut of: impl FnMut(&Made) -> Made) -> Made {
        match self {
            Made::OneOf(all) => Made::one_of(all.iter().map(of)),
            one => of(one),
        }
    }

    /// A value that a plan shows.
    pub(super) fn known(value: Value<'_>) -> Made {
        if value.is_null() {
            return Made::Null;
        }
        if let Some(flag) = value.as_bool() {
            return Made::Bool(flag);
        }
        if value.is_array() {
            return Made::list(value.items().map(Made::known));
        }
        if value.is_object() {
            let members = value.entries().map(|(name, it)| (name.to_owned(), Made::known(it)));
            return Made::object(members);
        }
        match value.as_str() {
            Some(text) => Made::text(text),
            None => Made::Number(value.scalar().unwrap_or_default().as_ref().into()),
        }
    }

    /// Where it comes from, each place once.
    pub(super) fn hits(&self) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.collect(true, &mut hits);
        hits.sort();
        hits.dedup();
        hits
    }

    fn collect(&self, exact: bool, out: &mut Vec<Hit>) {
        let mut add = |hit: &Hit| out.push(Hit { exact: hit.exact && exact, ..hit.clone() });
        match self {
            Made::Error | Made::Null | Made::Bool(_) | Made::Number(_) | Made::Text(_) => {}
            Made::Module(_) => {}
            Made::List(all) | Made::Set(all) | Made::Template(all) => {
                all.iter().for_each(|it| it.collect(exact, out));
            }
            Made::OneOf(all) => all.iter().for_each(|it| it.collect(false, out)),
            Made::Object(members) => members.values().for_each(|it| it.collect(exact, out)),
            Made::Instance(id) => {
                add(&Hit { end: End::Resource(*id), attribute: Vec::new(), exact });
            }
            Made::Reference(hit) => add(hit),
            Made::Other(hits) => hits.iter().for_each(add),
        }
    }

    /// A known scalar as Terraform would interpolate it. Fractions are spelled in several ways, so
    /// they count as none.
    pub(super) fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Made::Text(text) => Some(Cow::Borrowed(text)),
            Made::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Made::Number(number) => number.parse::<i64>().ok().map(|it| it.to_string().into()),
            _ => None,
        }
    }

    /// A whole number.
    pub(super) fn int(&self) -> Option<i64> {
        match self {
            Made::Number(text) | Made::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Elements of a list or set.
    pub(super) fn items(&self) -> Option<&[Made]> {
        match self {
            Made::List(items) | Made::Set(items) => Some(items),
            _ => None,
        }
    }

    /// Whether it, or a part of it, is what Terraform would refuse.
    pub(super) fn has_error(&self) -> bool {
        match self {
            Made::Error => true,
            Made::List(all) | Made::Set(all) | Made::Template(all) | Made::OneOf(all) => {
                all.iter().any(Made::has_error)
            }
            Made::Object(members) => members.values().any(Made::has_error),
            _ => false,
        }
    }

    /// Null, or empty: what an author writes to leave something out.
    pub(super) fn is_hollow(&self) -> bool {
        match self {
            Made::Null => true,
            Made::Text(text) => text.is_empty(),
            Made::List(items) | Made::Set(items) => items.is_empty(),
            Made::Object(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Without the texts that nobody may read; what it refers to is known all the same.
    pub(super) fn veiled(&self) -> Made {
        match self {
            Made::Bool(_) | Made::Number(_) | Made::Text(_) => Made::end(End::Known),
            Made::Template(_) => Made::from_all([self]),
            Made::List(items) => Made::list(items.iter().map(Made::veiled)),
            Made::Set(items) => Made::set(items.iter().map(Made::veiled)),
            Made::OneOf(items) => Made::one_of(items.iter().map(Made::veiled)),
            Made::Object(members) => {
                let veiled = members.iter().map(|(key, it)| (key.clone(), it.veiled()));
                Made::object(veiled)
            }
            _ => self.clone(),
        }
    }

    /// Whether two are built alike, of the same parts: then they are equal whatever these are.
    pub(super) fn is_same_as(&self, other: &Made) -> bool {
        let all = |a: &[Made], b: &[Made]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same_as(b))
        };
        match (self, other) {
            (Made::Error, Made::Error) | (Made::Null, Made::Null) => true,
            (Made::Bool(a), Made::Bool(b)) => a == b,
            (Made::Number(a), Made::Number(b)) | (Made::Text(a), Made::Text(b)) => a == b,
            (Made::List(a), Made::List(b))
            | (Made::Set(a), Made::Set(b))
            | (Made::Template(a), Made::Template(b)) => all(a, b),
            (Made::Object(a), Made::Object(b)) => {
                let pairs = a.iter().zip(b.iter());
                a.len() == b.len()
                    && pairs.into_iter().all(|((k, a), (l, b))| k == l && a.is_same_as(b))
            }
            (Made::Instance(a), Made::Instance(b)) => a == b,
            (Made::Module(a), Made::Module(b)) => a == b,
            (Made::Reference(a), Made::Reference(b)) => a == b,
            _ => false,
        }
    }
}

fn weight<'m>(parts: impl IntoIterator<Item = &'m Made>) -> usize {
    parts.into_iter().fold(1, |all, part| all.saturating_add(part.weight()))
}

impl Graph {
    /// The value of an attribute that the plan shows in full and does not mask.
    pub(super) fn shown_at(&self, hit: &Hit) -> Option<Made> {
        self.known_at(hit).filter(|(_, is_masked)| !is_masked).map(|(made, _)| made)
    }

    /// The value of an attribute that the plan has in full, and whether it masks some of it.
    pub(super) fn known_at(&self, hit: &Hit) -> Option<(Made, bool)> {
        let End::Resource(id) = hit.end else { return None };
        if !hit.exact {
            return None;
        }
        let values = self.plan.planned(self.plan.resource(id));
        let (mut value, mut marks) = (values.value?, [values.unknown, values.sensitive]);
        let mut is_masked = false;
        for step in &hit.attribute {
            let is_marked = marks.map(|mark| mark.is_some_and(Value::is_true));
            if is_marked[0] {
                return None;
            }
            is_masked |= is_marked[1];
            value = below(value, step)?;
            marks = marks.map(|mark| mark.and_then(|mark| below(mark, step)));
        }
        let [is_unknown, is_marked] = marks.map(|mark| mark.is_some_and(marks_anything));
        (!is_unknown).then(|| (Made::known(value), is_masked || is_marked))
    }

    /// The same with what the plan shows in place of references to it.
    pub(super) fn plain(&self, made: &Made) -> Made {
        match made {
            Made::Reference(hit) => self.shown_at(hit).unwrap_or_else(|| made.clone()),
            Made::Template(_) => match self.pieces(made).as_deref() {
                Some([Piece::Text(text)]) => Made::text(text),
                _ => made.clone(),
            },
            _ => made.clone(),
        }
    }

    /// Whether every part is known.
    pub(super) fn is_certain(&self, made: &Made) -> bool {
        match self.plain(made) {
            Made::Null | Made::Bool(_) | Made::Number(_) | Made::Text(_) => true,
            Made::List(all) | Made::Set(all) => all.iter().all(|it| self.is_certain(it)),
            Made::Object(members) => members.values().all(|it| self.is_certain(it)),
            _ => false,
        }
    }

    /// The parts of a text, no two known ones beside each other; none where it is no text.
    pub(super) fn pieces(&self, made: &Made) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        self.add_pieces(made, &mut pieces).then_some(pieces)
    }

    /// False where it is no text.
    fn add_pieces(&self, made: &Made, out: &mut Vec<Piece>) -> bool {
        if let Some(text) = made.scalar() {
            match out.last_mut() {
                Some(Piece::Text(last)) => last.push_str(&text),
                _ => out.push(Piece::Text(text.into_owned())),
            }
            return true;
        }
        match made {
            Made::Template(all) => return all.iter().all(|it| self.add_pieces(it, out)),
            Made::Reference(hit) => match self.shown_at(hit) {
                Some(shown) if shown.scalar().is_some() => return self.add_pieces(&shown, out),
                Some(_) => return false,
                None => out.push(Piece::Hole(Some(Arc::clone(hit)))),
            },
            Made::OneOf(_) | Made::Other(_) | Made::Number(_) => out.push(Piece::Hole(None)),
            _ => return false,
        }
        true
    }
}

/// What a step leads to.
pub(super) fn below<'a>(value: Value<'a>, step: &Step) -> Option<Value<'a>> {
    match step {
        Step::Name(name) | Step::Key(Key::Text(name)) => value.get(name),
        Step::Key(Key::Int(index)) => value.at(usize::try_from(*index).ok()?),
    }
}

fn marks_anything(mask: Value<'_>) -> bool {
    mask.is_true()
        || mask.items().any(marks_anything)
        || mask.entries().any(|(_, below)| marks_anything(below))
}

/// Whether two texts are the same, as far as their parts tell.
pub(super) fn same_text(a: &[Piece], b: &[Piece]) -> Tri {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    for _ in 0..2 {
        // From the start, then, turned around, from the end.
        if !strip_common(&mut a, &mut b) {
            return Tri::No;
        }
        turn(&mut a);
        turn(&mut b);
    }
    let has_text = |all: &[Piece]| all.iter().any(|it| matches!(it, Piece::Text(_)));
    match (a.as_slice(), b.as_slice()) {
        ([], []) => Tri::Yes,
        ([], rest) | (rest, []) if has_text(rest) => Tri::No,
        ([Piece::Text(text)], rest) | (rest, [Piece::Text(text)]) if !has_in_order(rest, text) => {
            Tri::No
        }
        // With the same parts, texts of different length cannot be the same.
        (a, b) if holes(a).is_some_and(|it| Some(it) == holes(b)) && length(a) != length(b) => {
            Tri::No
        }
        _ => Tri::Maybe,
    }
}

/// Drops what both begin with; false where they begin with different texts.
fn strip_common(a: &mut Vec<Piece>, b: &mut Vec<Piece>) -> bool {
    loop {
        match (a.first_mut(), b.first_mut()) {
            (Some(Piece::Text(x)), Some(Piece::Text(y))) => {
                let common: usize = x
                    .chars()
                    .zip(y.chars())
                    .take_while(|(x, y)| x == y)
                    .map(|(x, _)| x.len_utf8())
                    .sum();
                if common < x.len() && common < y.len() {
                    return false;
                }
                x.drain(..common);
                y.drain(..common);
            }
            (Some(Piece::Hole(Some(x))), Some(Piece::Hole(Some(y)))) if x == y && x.exact => {
                a.remove(0);
                b.remove(0);
            }
            _ => return true,
        }
        for pieces in [&mut *a, &mut *b] {
            if matches!(pieces.first(), Some(Piece::Text(text)) if text.is_empty()) {
                pieces.remove(0);
            }
        }
    }
}

fn turn(pieces: &mut [Piece]) {
    pieces.reverse();
    for piece in pieces {
        if let Piece::Text(text) = piece {
            *text = text.chars().rev().collect();
        }
    }
}

/// The attributes in a text, in no order; none where something else is in it.
fn holes(pieces: &[Piece]) -> Option<Vec<&Hit>> {
    let mut holes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(_) => {}
            Piece::Hole(hit) => holes.push(hit.as_deref().filter(|hit| hit.exact)?),
        }
    }
    holes.sort();
    Some(holes)
}

fn length(pieces: &[Piece]) -> usize {
    let of = |piece: &Piece| if let Piece::Text(text) = piece { text.len() } else { 0 };
    pieces.iter().map(of).sum()
}

/// Whether the known parts stand in a text in that order.
fn has_in_order(pieces: &[Piece], text: &str) -> bool {
    let mut rest = text;
    pieces.iter().all(|piece| match piece {
        Piece::Hole(_) => true,
        Piece::Text(part) => match rest.find(part.as_str()) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<Piece> {
        let hole = |id: u32| {
            let attribute = vec![Step::Name("id".to_owned())];
            Piece::Hole(Some(Arc::new(Hit { end: End::Resource(id), attribute, exact: true })))
        };
        let mut out = Vec::new();
        for part in text.split_inclusive(['?', '1', '2']) {
            let literal = part.trim_end_matches(['?', '1', '2']);
            if !literal.is_empty() {
                out.push(Piece::Text(literal.to_owned()));
            }
            match part.chars().last() {
                Some('?') => out.push(Piece::Hole(None)),
                Some('1') => out.push(hole(1)),
                Some('2') => out.push(hole(2)),
                _ => {}
            }
        }
        out
    }

    /// `1` and `2` are references, `?` is anything.
    #[test]
    fn texts_are_compared_as_far_as_they_are_known() {
        for (a, b, wanted) in [
            ("abc", "abc", Tri::Yes),
            ("abc", "abd", Tri::No),
            ("abc", "ab", Tri::No),
            ("1", "1", Tri::Yes),
            ("1", "2", Tri::Maybe),
            ("1-x", "1-x", Tri::Yes),
            ("1-x", "1-y", Tri::No),
            ("1-x", "1", Tri::No),
            ("1-x", "2-x", Tri::Maybe),
            ("1-x", "2-y", Tri::No),
            ("a1b", "1", Tri::No),
            ("a1b2", "2c1", Tri::No),
            ("a1b2", "2cd1", Tri::Maybe),
            ("s:1", "s:1", Tri::Yes),
            ("s:1", "t:1", Tri::No),
            ("s:1", "s:", Tri::Maybe),
            ("s:1", "s", Tri::No),
            ("s:1:e", "s:e", Tri::No),
            ("aba1aba", "aba", Tri::No),
            ("?", "?", Tri::Maybe),
            ("?-x", "?-x", Tri::Maybe),
            ("a?m?z", "axxmyyz", Tri::Maybe),
            ("a?m?z", "axxnyyz", Tri::No),
            ("é?", "è?", Tri::No),
            ("a?", "", Tri::No),
            ("?", "", Tri::Maybe),
        ] {
            assert_eq!(same_text(&pieces(a), &pieces(b)), wanted, "{a} {b}");
            assert_eq!(same_text(&pieces(b), &pieces(a)), wanted, "{b} {a}");
        }
    }

    #[test]
    fn what_is_made_is_never_shown() {
        assert_eq!(format!("{:?}", Made::text("hunter2")), "a string");
    }
}
