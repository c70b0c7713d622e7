//! What an instance has to do with others: references, both ways, and waits.

use std::collections::BTreeSet;

use rhai::{Dynamic, NativeCallContext};

use crate::{
    facts,
    graph::{Cause, End, Hit, Scope, Target},
    plan::Tri,
};

use super::{
    super::{
        cx::{Host, Referrers, Result, done},
        sandbox::charge,
        values::{KNOWN_AFTER_APPLY, List, Look, Node, Unknown},
    },
    Registry, equals, hand_over,
    resource::{all, place},
};

pub(super) fn register(host: &mut Registry) {
    host.register_fn("ref", |cx: NativeCallContext<'_>, node: Node, path: &str| {
        refer(&cx, &node, path, None)
    })
    .register_fn("ref", |cx: NativeCallContext<'_>, node: Node, path: &str, type_: &str| {
        refer(&cx, &node, path, Some(type_))
    })
    .register_fn(
        "referred_by",
        |cx: NativeCallContext<'_>, node: Node, type_: &str, path: &str| {
            referred_by(&cx, &node, type_, path)
        },
    );
    waits(host);
}

/// The instance that an attribute names: by reference; where a type is given, by identity as well.
/// `()` where the attribute is null, unknown where this plan does not show which.
pub(super) fn refer(
    cx: &NativeCallContext<'_>,
    node: &Node,
    path: &str,
    type_: Option<&str>,
) -> Result<Dynamic> {
    let host = Host::of(cx)?;
    Ok(hand_over(&host, named(cx, &host, node, path, type_)?))
}

fn named(
    cx: &NativeCallContext<'_>,
    host: &Host,
    node: &Node,
    path: &str,
    type_: Option<&str>,
) -> Result<Dynamic> {
    host.look(|scope| {
        let place = place(cx, host, scope, node, path)?;
        let view = place.view(scope);
        let types = match type_ {
            Some(type_) => vec![type_],
            None => referred_types(scope, &place),
        };
        let cause = match view.target(&types) {
            Target::Here(res) => return done(Dynamic::from(Node::root(res.id, Look::Here))),
            Target::Unset => return done(Dynamic::UNIT),
            Target::OneOf(_) => Cause::Function,
            Target::Elsewhere(_) | Target::Given(_) => Cause::NotInRun,
            Target::Lost(cause) => cause,
        };
        let unknown = Unknown::at(place.clone(), cause, view.has_sensitive());
        done(Dynamic::from(unknown.derive("ref").shown_as(KNOWN_AFTER_APPLY.to_owned())))
    })
}

/// The types that the configuration of a place refers to. What only hands a value on, such as a
/// wait, is looked through: then it may be any type but those.
fn referred_types<'s>(scope: &'s Scope<'s>, place: &Node) -> Vec<&'s str> {
    // The world before has no configuration; what is written now tells which type it was.
    let written = place.looked(Look::After);
    let hits: Vec<Hit> = written.view(scope).hits();
    let (mut types, mut waits) = (BTreeSet::new(), BTreeSet::new());
    for hit in &hits {
        let End::Resource(id) = hit.end else { continue };
        let type_ = scope.res(id).type_();
        let attribute = hit.attribute.first().map(|step| step.name().unwrap_or_default());
        match facts::identity::carried(type_, attribute) {
            Some(_) => waits.insert(type_),
            None => types.insert(type_),
        };
    }
    if !waits.is_empty() {
        types.extend(scope.graph.plan.types().filter(|type_| !waits.contains(type_)));
    }
    types.into_iter().collect()
}

fn waits(host: &mut Registry) {
    host.register_fn(
        "waits_for",
        |cx: NativeCallContext<'_>, node: Node, other: Node, via: &str| {
            waits_for(&cx, &node, &other, via)
        },
    )
    .register_fn("waits_for", |cx: NativeCallContext<'_>, node: Node, other: Unknown, via: &str| {
        let question = format!("awaited by {} {via}", node.id);
        Host::of(&cx)?.decide(&other.key, other.cause, &question)
    })
    .register_fn("waits_for", |_: Node, (): (), _: &str| false);
}

/// Whether something of type `via` stands between: it waits for `other`, and `node` waits for it.
fn waits_for(cx: &NativeCallContext<'_>, node: &Node, other: &Node, via: &str) -> Result<bool> {
    let host = Host::of(cx)?;
    let before = host.before(node.id);
    let mut is_open = before.is_open(host.graph());
    let between: Vec<_> = host.look(|scope| scope.of(via).map(|res| res.id).collect());
    for id in between {
        let is_before = before.holds(host.graph(), id);
        let its = host.before(id);
        if is_before && its.holds(host.graph(), other.id) {
            return Ok(true);
        }
        is_open |= is_before && its.is_open(host.graph());
    }
    let tri = if is_open { Tri::Maybe } else { Tri::No };
    host.settle(tri, &node.key(), Cause::Local, &format!("waits_for {} {via}", other.id))
}

/// The instances of a type whose attribute names this one; of those of which nobody can tell, the
/// ones that do in this world.
fn referred_by(
    cx: &NativeCallContext<'_>,
    node: &Node,
    type_: &str,
    path: &str,
) -> Result<Dynamic> {
    let host = Host::of(cx)?;
    let target = host.look(|scope| scope.res(node.id).type_().to_owned());
    let key = [type_, path, &target].map(str::to_owned);
    host.note_lacking(type_);
    let all = host.referrers(key, || referrers(cx, &host, type_, path, &target))?;
    let this = Dynamic::from(Node::root(node.id, Look::Here));
    let mut found = all.named.get(&node.id).cloned().unwrap_or_default();
    for (named, referrer) in &all.open {
        if equals(cx, named, &this)? {
            found.push(referrer.clone());
        }
    }
    Ok(Dynamic::from(List(found.into())))
}

/// Which instance of a type each instance of another names.
fn referrers(
    cx: &NativeCallContext<'_>,
    host: &Host,
    type_: &str,
    path: &str,
    target: &str,
) -> Result<Referrers> {
    /// To find a reference takes as long as some operations.
    const REFERENCE: usize = 4;
    let list = host.list(type_, |scope| all(scope.of(type_)));
    charge(list.0.len() * REFERENCE)?;
    let mut referrers = Referrers::default();
    for referrer in list.0.iter() {
        let Some(node) = referrer.read_lock::<Node>() else { continue };
        let named = named(cx, host, &node, path, Some(target))?;
        if let Some(named) = named.read_lock::<Node>() {
            referrers.named.entry(named.id).or_default().push(referrer.clone());
        } else if !named.is_unit() {
            referrers.open.push((named.clone(), referrer.clone()));
        }
    }
    Ok(referrers)
}
