//! `==`, `<` and their kin on everything that Rhai does not know, or would get wrong.

use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

use rhai::{Dynamic, FLOAT, INT, ImmutableString, Map, NativeCallContext, Variant};

use super::{
    super::{
        cx::{Host, Result, object},
        values::{List, Node, Part, Sensitive, Unknown, short, to_script},
        world::EQUALS,
    },
    Registry,
};
use crate::plan::Tri;

pub(super) fn register(host: &mut Registry) {
    one_side::<Unknown>(host);
    one_side::<Sensitive>(host);
    one_side::<List>(host);
    one_side::<Node>(host);
    exact::<INT>(host);
    exact::<FLOAT>(host);
    exact::<ImmutableString>(host);
    exact::<bool>(host);
    mixed::<INT>(host, NUMBER_AND_TEXT);
    mixed::<FLOAT>(host, NUMBER_AND_TEXT);
    mixed::<bool>(host, FLAG_AND_TEXT);
}

/// Operators with a `T` on one side and anything on the other.
fn one_side<T: Clone + Send + Sync + 'static>(host: &mut Registry) {
    host.register_fn("==", |cx: NativeCallContext<'_>, a: T, b: Dynamic| {
        equals(&cx, &Dynamic::from(a), &b)
    })
    .register_fn("==", |cx: NativeCallContext<'_>, a: Dynamic, b: T| {
        equals(&cx, &a, &Dynamic::from(b))
    })
    .register_fn("==", |cx: NativeCallContext<'_>, a: T, b: T| {
        equals(&cx, &Dynamic::from(a), &Dynamic::from(b))
    })
    .register_fn("!=", |cx: NativeCallContext<'_>, a: T, b: Dynamic| {
        equals(&cx, &Dynamic::from(a), &b).map(|it| !it)
    })
    .register_fn("!=", |cx: NativeCallContext<'_>, a: Dynamic, b: T| {
        equals(&cx, &a, &Dynamic::from(b)).map(|it| !it)
    })
    .register_fn("!=", |cx: NativeCallContext<'_>, a: T, b: T| {
        equals(&cx, &Dynamic::from(a), &Dynamic::from(b)).map(|it| !it)
    });
    for op in ["<", "<=", ">", ">="] {
        host.register_fn(op, move |cx: NativeCallContext<'_>, a: T, b: Dynamic| {
            is_ordered(&cx, op, &Dynamic::from(a), &b)
        })
        .register_fn(op, move |cx: NativeCallContext<'_>, a: Dynamic, b: T| {
            is_ordered(&cx, op, &a, &Dynamic::from(b))
        })
        .register_fn(op, move |cx: NativeCallContext<'_>, a: T, b: T| {
            is_ordered(&cx, op, &Dynamic::from(a), &Dynamic::from(b))
        });
    }
}

/// What Rhai would do by itself, after it looked for every function that takes anything on one
/// side: found at once, these make a comparison twice as fast.
fn exact<T: Variant + Clone + PartialOrd>(host: &mut Registry) {
    host.register_fn("==", |a: T, b: T| a == b)
        .register_fn("!=", |a: T, b: T| a != b)
        .register_fn("<", |a: T, b: T| a < b)
        .register_fn("<=", |a: T, b: T| a <= b)
        .register_fn(">", |a: T, b: T| a > b)
        .register_fn(">=", |a: T, b: T| a >= b)
        .register_fn("==", |_: T, (): ()| false)
        .register_fn("==", |(): (), _: T| false)
        .register_fn("!=", |_: T, (): ()| true)
        .register_fn("!=", |(): (), _: T| true);
    for op in ["<", "<=", ">", ">="] {
        host.register_fn(op, |_: T, (): ()| false).register_fn(op, |(): (), _: T| false);
    }
}

/// Terraform keeps many numbers as strings; Rhai says of `"10" > 5` that it is false.
const NUMBER_AND_TEXT: &str = "a number is compared with a text: write a number of the script without quotes, and make a text of the plan one, as in `parse_int(r.port) == 443`";

const FLAG_AND_TEXT: &str = "true or false is compared with a text: write `true` of the script without quotes, and hold a text of the plan against another, as in `r.tags.Public == \"true\"`";

fn mixed<T: Clone + Send + Sync + 'static>(host: &mut Registry, what: &'static str) {
    for op in ["==", "!=", "<", "<=", ">", ">="] {
        host.register_fn(op, move |_: T, _: ImmutableString| object::<bool>(what));
        host.register_fn(op, move |_: ImmutableString, _: T| object::<bool>(what));
    }
}

/// Whether two values are the same, in this world.
pub(in super::super) fn equals(
    cx: &NativeCallContext<'_>,
    a: &Dynamic,
    b: &Dynamic,
) -> Result<bool> {
    // The common case first.
    if let (Ok(a), Ok(b)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        return Ok(*a == *b);
    }
    if let Some(unknown) = a.read_lock::<Unknown>() {
        return unknown_equals(cx, &unknown, b);
    }
    if let Some(unknown) = b.read_lock::<Unknown>() {
        return unknown_equals(cx, &unknown, a);
    }
    if let Some(sensitive) = a.read_lock::<Sensitive>() {
        return equals(cx, &sensitive.value, b);
    }
    if let Some(sensitive) = b.read_lock::<Sensitive>() {
        return equals(cx, a, &sensitive.value);
    }
    if let (Some(a), Some(b)) = (elements(a), elements(b)) {
        return lists_equal(cx, &a, &b);
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Node>(), b.read_lock::<Node>())
        && (*a == *b || a.is_root() || b.is_root())
    {
        return Ok(a.is_root() && b.is_root() && a.id == b.id || *a == *b);
    }
    if let (Some(a), Some(b)) = (members(cx, a)?, members(cx, b)?) {
        return maps_equal(cx, &a, &b);
    }
    scalars_equal(a, b)
}

fn scalars_equal(a: &Dynamic, b: &Dynamic) -> Result<bool> {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return Ok(a == b);
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return Ok(a == b);
    }
    if let Some(what) = mistaken(a, b).or_else(|| mistaken(b, a)) {
        return object(what);
    }
    Ok(a.is_unit() && b.is_unit())
}

/// What is wrong with comparing a text with this.
fn mistaken(text: &Dynamic, other: &Dynamic) -> Option<&'static str> {
    match () {
        () if !text.is_string() => None,
        () if other.is_bool() => Some(FLAG_AND_TEXT),
        () => (other.is_int() || other.is_float()).then_some(NUMBER_AND_TEXT),
    }
}

#[expect(clippy::cast_precision_loss, reason = "as Rhai compares whole numbers with others")]
pub(super) fn number(value: &Dynamic) -> Option<FLOAT> {
    value.as_int().map(|it| it as FLOAT).or_else(|_| value.as_float()).ok()
}

fn elements(value: &Dynamic) -> Option<Arc<[Dynamic]>> {
    if let Some(list) = value.read_lock::<List>() {
        return Some(Arc::clone(&list.0));
    }
    value.as_array_ref().ok().map(|array| array.as_slice().into())
}

fn lists_equal(cx: &NativeCallContext<'_>, a: &[Dynamic], b: &[Dynamic]) -> Result<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter().zip(b) {
        if !equals(cx, a, b)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Members that are set, of an object of the plan or of a map of the script.
fn members(cx: &NativeCallContext<'_>, value: &Dynamic) -> Result<Option<Map>> {
    if let Ok(map) = value.as_map_ref() {
        return Ok(Some(map.clone()));
    }
    let Some(node) = value.read_lock::<Node>() else { return Ok(None) };
    let host = Host::of(cx)?;
    let all = host.look(|scope| {
        let members = node.view(scope).members().into_iter().map(|(name, view)| {
            (name.into(), to_script(node.below(Part::Name(name.into())), &view))
        });
        members.filter(|(_, value): &(_, Dynamic)| !value.is_unit()).collect()
    });
    Ok(Some(all))
}

fn maps_equal(cx: &NativeCallContext<'_>, a: &Map, b: &Map) -> Result<bool> {
    let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    for name in names {
        let of = |map: &Map| map.get(name).cloned().unwrap_or(Dynamic::UNIT);
        if !equals(cx, &of(a), &of(b))? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn unknown_equals(cx: &NativeCallContext<'_>, a: &Unknown, b: &Dynamic) -> Result<bool> {
    let host = Host::of(cx)?;
    if let Some(b) = b.read_lock::<Unknown>() {
        if a.key == b.key {
            return Ok(true);
        }
        let same = match (&a.place, &b.place) {
            (Some(a), Some(b)) => {
                host.look(|scope| a.view(scope).same_once_assigned(&b.view(scope)))
            }
            _ => Tri::Maybe,
        };
        // One question, whichever side it is asked from; not one about a literal.
        let (first, second) = if a.key < b.key { (a, &*b) } else { (&*b, a) };
        return host.settle(same, &first.key, first.cause, &format!("is {}", second.key));
    }
    // No identity is null or empty; a literal may be one that the author chose.
    let is_nothing = b.is_unit() || b.as_immutable_string_ref().is_ok_and(|text| text.is_empty());
    let differs = a.place.as_ref().is_some_and(|a| {
        host.look(|scope| {
            let view = a.view(scope);
            let is_another = || b.as_immutable_string_ref().is_ok_and(|text| !view.may_be(&text));
            let is_other = if is_nothing { view.is_new_identity() } else { view.is_made_up() };
            is_other || is_another()
        })
    });
    if differs {
        return Ok(false);
    }
    host.decide(&a.key, a.cause, &format!("{EQUALS}{}", literal(b)))
}

/// Tells literals apart within one world; never shown.
pub(super) fn literal(value: &Dynamic) -> String {
    if let Some(unknown) = value.read_lock::<Unknown>() {
        return format!("?{}", unknown.key);
    }
    if let Some(sensitive) = value.read_lock::<Sensitive>() {
        return literal(&sensitive.value);
    }
    if let Some(node) = value.read_lock::<Node>() {
        return format!("at {}", node.key());
    }
    if let Some(list) = elements(value) {
        let all: Vec<String> = list.iter().map(literal).collect();
        return format!("[{}]", all.join(","));
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return if text.len() > 100 { short(&text) } else { format!("{:?}", &**text) };
    }
    match number(value) {
        Some(number) => number.to_string(),
        None => format!("{value:?}"),
    }
}

fn is_ordered(
    cx: &NativeCallContext<'_>,
    op: &'static str,
    a: &Dynamic,
    b: &Dynamic,
) -> Result<bool> {
    if let Some(unknown) = a.read_lock::<Unknown>() {
        return unknown_is_ordered(cx, &unknown, op, b);
    }
    if let Some(unknown) = b.read_lock::<Unknown>() {
        return unknown_is_ordered(cx, &unknown, mirrored(op), a);
    }
    if let Some(sensitive) = a.read_lock::<Sensitive>() {
        return is_ordered(cx, op, &sensitive.value, b);
    }
    if let Some(sensitive) = b.read_lock::<Sensitive>() {
        return is_ordered(cx, op, a, &sensitive.value);
    }
    if let Some(what) = mistaken(a, b).or_else(|| mistaken(b, a)) {
        return object(what);
    }
    let texts = (a.as_immutable_string_ref(), b.as_immutable_string_ref());
    let order = match (number(a), number(b), texts) {
        (Some(a), Some(b), _) => a.partial_cmp(&b),
        (_, _, (Ok(a), Ok(b))) => Some(a.cmp(&b)),
        // As Rhai says of null and of whatever has no order.
        _ => None,
    };
    Ok(match (op, order) {
        (_, None) => false,
        ("<", Some(order)) => order == Ordering::Less,
        ("<=", Some(order)) => order != Ordering::Greater,
        (">", Some(order)) => order == Ordering::Greater,
        (_, Some(order)) => order != Ordering::Less,
    })
}

fn mirrored(op: &'static str) -> &'static str {
    match op {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        _ => "<=",
    }
}

fn unknown_is_ordered(
    cx: &NativeCallContext<'_>,
    unknown: &Unknown,
    op: &str,
    other: &Dynamic,
) -> Result<bool> {
    if other.is_unit() {
        return Ok(false);
    }
    Host::of(cx)?.decide(&unknown.key, unknown.cause, &format!("{op}{}", literal(other)))
}
