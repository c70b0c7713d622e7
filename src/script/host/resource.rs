//! Instances: their attributes as properties, everything else as methods.

use std::collections::BTreeSet;

use rhai::{Array, Dynamic, ImmutableString, NativeCallContext};

use crate::{
    facts,
    graph::{Cause, End, Hit, Res, Scope, Target, Val, View},
    plan::{Key, Step, Tri, steps},
};

use super::{
    super::{
        cx::{Host, Result, Stop, done, object, stop},
        values::{
            KNOWN_AFTER_APPLY, List, Look, Node, Part, Sensitive, Unknown, plain_to_script,
            to_script,
        },
    },
    Registry, hand_over,
    text::written,
};

pub(super) fn register(host: &mut Registry) {
    host.register_indexer_get(|cx: NativeCallContext<'_>, node: &mut Node, name: &str| {
        property(&cx, node, name)
    })
    .register_fn("get", get)
    .register_fn("contains", contains)
    .register_fn("keys", keys)
    .register_fn("ref", |cx: NativeCallContext<'_>, node: &mut Node, path: &str| {
        refer(&cx, node, path, None)
    })
    .register_fn("ref", |cx: NativeCallContext<'_>, node: &mut Node, path: &str, type_: &str| {
        refer(&cx, node, path, Some(type_))
    })
    .register_fn("resources", |cx: NativeCallContext<'_>, type_: &str| {
        done(Host::of(&cx)?.list_type(type_, |scope| all(scope.of(type_))))
    })
    .register_fn("data_sources", |cx: NativeCallContext<'_>, type_: &str| {
        let name = format!("data.{type_}");
        done(Host::of(&cx)?.list_type(&name, |scope| all(scope.data(type_))))
    });
    identity(host);
    waits(host);
    providers(host);
    fails(host);
}

/// An attribute, or a member of an object.
pub(super) fn property(cx: &NativeCallContext<'_>, node: &Node, name: &str) -> Result<Dynamic> {
    Host::with(cx, |host| {
        host.look(|scope| {
            host.watch(scope, node, name, cx.call_position());
            let view = node.view(scope);
            // Most attributes are plain values: half the time of a short policy.
            if let Some(value) = view.plain(name).and_then(plain_to_script) {
                return value;
            }
            let place = node.below(Part::Name(name.into()));
            hand_over(host, to_script(&place, &view.member(name)))
        })
    })
}

/// The place at a path such as `vpc[0].vpc_id` or `tags["Owner"]`; a name behind the only block
/// looks into it.
fn place(
    cx: &NativeCallContext<'_>,
    host: &Host,
    scope: &Scope<'_>,
    node: &Node,
    path: &str,
) -> Node {
    let mut at = node.clone();
    for step in steps(path) {
        at = match step {
            Step::Key(Key::Int(index)) => match usize::try_from(index) {
                Ok(index) => at.below(Part::Index(index)),
                Err(_) => at,
            },
            Step::Key(Key::Text(name)) => at.below(Part::Name(name.into())),
            Step::Name(name) => {
                let is_only_block = matches!(at.view(scope).val(), Val::Known(value)
                    if value.is_array() && value.items().len() == 1);
                let block = if is_only_block { at.below(Part::Index(0)) } else { at };
                host.watch(scope, &block, &name, cx.call_position());
                block.below(Part::Name(name.into()))
            }
        };
    }
    at
}

pub(super) fn get(cx: NativeCallContext<'_>, node: &mut Node, path: &str) -> Result<Dynamic> {
    let host = Host::of(&cx)?;
    let value = host.look(|scope| {
        let place = place(&cx, &host, scope, node, path);
        to_script(&place, &place.view(scope))
    });
    Ok(hand_over(&host, value))
}

/// Whether a member is set: its value may be unknown, but not null.
fn is_set(view: &View<'_>) -> bool {
    !matches!(view.val(), Val::Null | Val::Omitted)
}

fn contains(cx: NativeCallContext<'_>, node: &mut Node, name: &str) -> Result<bool> {
    Host::with(&cx, |host| {
        host.look(|scope| {
            let view = node.view(scope);
            match view.plain(name) {
                Some(plain) => plain.is_some(),
                // A map with an unknown value has that key in its mask only; the view knows.
                None => is_set(&view.member(name)),
            }
        })
    })
}

fn keys(cx: NativeCallContext<'_>, node: &mut Node) -> Result<Array> {
    Host::of(&cx)?.look(|scope| {
        let view = node.view(scope);
        let is_sensitive = view.is_sensitive();
        let set = view.members().into_iter().filter(|(_, member)| is_set(member));
        Ok(set
            .map(|(name, _)| {
                let value = Dynamic::from(ImmutableString::from(name));
                if is_sensitive {
                    let place = node.below(Part::Name(name.into()));
                    Dynamic::from(Sensitive { value, place })
                } else {
                    value
                }
            })
            .collect())
    })
}

fn all<'a>(instances: impl Iterator<Item = Res<'a>>) -> List {
    List(instances.map(|res| Dynamic::from(Node::root(res.id, Look::Here))).collect())
}

/// What is asked of the instance, whichever part of it the script holds.
fn identity(host: &mut Registry) {
    type Ask = fn(Res<'_>) -> String;
    let asks: [(&str, Ask); 5] = [
        ("address", |res| res.address().to_owned()),
        ("type", |res| res.type_().to_owned()),
        ("name", |res| res.name().to_owned()),
        ("unit", |res| res.scope().graph.plan.unit.clone()),
        ("action", |res| match res.actions() {
            actions if actions.replaces() => "replace".to_owned(),
            actions => actions.words().join("-"),
        }),
    ];
    for (name, ask) in asks {
        host.register_fn(name, move |cx: NativeCallContext<'_>, node: &mut Node| {
            done(Host::of(&cx)?.look(|scope| ask(scope.res(node.id))))
        });
    }
    host.register_fn("before", |cx: NativeCallContext<'_>, node: &mut Node| {
        let exists = Host::of(&cx)?.look(|scope| scope.res(node.id).existed());
        done(look(node, Look::Before, exists))
    })
    .register_fn("after", |cx: NativeCallContext<'_>, node: &mut Node| {
        let exists = Host::of(&cx)?.look(|scope| {
            let actions = scope.res(node.id).actions();
            actions.create || !(actions.delete || actions.forget)
        });
        done(look(node, Look::After, exists))
    });
}

fn look(node: &Node, look: Look, exists: bool) -> Dynamic {
    if exists { Dynamic::from(Node { look, ..node.clone() }) } else { Dynamic::UNIT }
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
    let value = host.look(|scope| {
        let place = place(cx, &host, scope, node, path);
        let view = place.view(scope);
        let types = match type_ {
            Some(type_) => vec![type_],
            None => referred_types(scope, &place),
        };
        let cause = match view.target(&types) {
            Target::Here(res) => return Dynamic::from(Node::root(res.id, Look::Here)),
            Target::Unset => return Dynamic::UNIT,
            Target::OneOf(_) => Cause::Function,
            Target::Elsewhere(_) => Cause::NotInRun,
            Target::Lost(cause) => cause,
        };
        let unknown = Unknown::at(place.clone(), cause, view.has_sensitive());
        Dynamic::from(unknown.derive("ref").shown_as(KNOWN_AFTER_APPLY.to_owned()))
    });
    Ok(hand_over(&host, value))
}

/// The types that the configuration of a place refers to. What only hands a value on, such as a
/// wait, is looked through: then it may be any type but those.
fn referred_types<'s>(scope: &'s Scope<'s>, place: &Node) -> Vec<&'s str> {
    // The world before has no configuration; what is written now tells which type it was.
    let written = Node { look: Look::After, ..place.clone() };
    let hits: Vec<Hit> = written.view(scope).hits();
    let (mut types, mut waits) = (BTreeSet::new(), BTreeSet::new());
    for hit in &hits {
        let End::Resource(id) = hit.end else { continue };
        let type_ = scope.res(id).type_();
        let attribute = hit.attribute.first().and_then(Step::name).unwrap_or_default();
        match facts::identity::handed_on(type_, attribute) {
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
        |cx: NativeCallContext<'_>, node: &mut Node, other: Node, via: &str| {
            waits_for(&cx, node, &other, via)
        },
    )
    .register_fn(
        "waits_for",
        |cx: NativeCallContext<'_>, node: &mut Node, other: Unknown, via: &str| {
            let question = format!("awaited by {} {via}", node.id);
            Host::of(&cx)?.decide(&other.key, other.cause, &question)
        },
    )
    .register_fn("waits_for", |_: &mut Node, (): (), _: &str| false);
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

/// The provider block that an instance uses.
#[derive(Clone)]
pub(super) struct Provider(Node);

fn providers(host: &mut Registry) {
    host.register_fn("region", |cx: NativeCallContext<'_>, node: &mut Node| {
        region(&Host::of(&cx)?, node)
    })
    .register_fn("provider", |cx: NativeCallContext<'_>, node: &mut Node| {
        let known = Host::of(&cx)?.look(|scope| scope.res(node.id).provider().is_some());
        let node = Node::root(node.id, Look::Here);
        done(if known { Dynamic::from(Provider(node)) } else { Dynamic::UNIT })
    })
    .register_fn("key", |cx: NativeCallContext<'_>, provider: &mut Provider| {
        done(Host::of(&cx)?.look(|scope| {
            let key = scope.res(provider.0.id).provider().map(|it| it.key.to_owned());
            key.unwrap_or_default()
        }))
    })
    .register_fn("name", |cx: NativeCallContext<'_>, provider: &mut Provider| {
        done(Host::of(&cx)?.look(|scope| scope.res(provider.0.id).provider_name().to_owned()))
    })
    .register_indexer_get(argument);
}

fn not_shown(host: &Host, node: &Node, what: &str) -> Dynamic {
    let unknown = Unknown::at(Node::root(node.id, Look::Here), Cause::Function, false).derive(what);
    hand_over(host, Dynamic::from(unknown))
}

/// The region; unknown where the plan does not show it.
fn region(host: &Host, node: &Node) -> Result<Dynamic> {
    let region = host.look(|scope| scope.res(node.id).region());
    Ok(region.map_or_else(|| not_shown(host, node, "region"), Dynamic::from))
}

/// An argument of a provider block: a literal or a variable, else unknown.
pub(super) fn argument(
    cx: NativeCallContext<'_>,
    provider: &mut Provider,
    name: &str,
) -> Result<Dynamic> {
    let host = Host::of(&cx)?;
    let (is_written, value) = host.look(|scope| {
        let block = scope.res(provider.0.id).provider();
        let is_written = block.is_some_and(|block| block.argument(name).is_some());
        (is_written, block.and_then(|block| block.constant(name)))
    });
    Ok(match value {
        Some(value) => Dynamic::from(value),
        None if is_written => not_shown(&host, &provider.0, &format!("provider.{name}")),
        None => Dynamic::UNIT,
    })
}

fn fails(host: &mut Registry) {
    host.register_fn("fail", |cx: NativeCallContext<'_>, node: Node, message: Dynamic| {
        fail(&cx, &node, None, &message)
    })
    .register_fn(
        "fail",
        |cx: NativeCallContext<'_>, node: Node, attribute: &str, message: Dynamic| {
            fail(&cx, &node, Some(attribute), &message)
        },
    )
    .register_fn("fail", |_: Unknown, _: Dynamic| stop::<()>(Stop::Undecided))
    .register_fn("fail", |_: Unknown, _: &str, _: Dynamic| stop::<()>(Stop::Undecided))
    .register_fn("fail", |(): (), _: Dynamic| object::<()>(NO_SUBJECT))
    .register_fn("fail", |(): (), _: &str, _: Dynamic| object::<()>(NO_SUBJECT));
}

const NO_SUBJECT: &str = "`fail` was given () as its resource";

pub(super) fn fail(
    cx: &NativeCallContext<'_>,
    node: &Node,
    attribute: Option<&str>,
    message: &Dynamic,
) -> Result<()> {
    let host = Host::of(cx)?;
    let spelled = |view: View<'_>| (view.attribute(), view.written_attribute());
    let at = host.look(|scope| match attribute {
        Some(path) => Some(spelled(place(cx, &host, scope, node, path).view(scope))),
        None if node.is_root() => None,
        None => Some(spelled(node.view(scope))),
    });
    let message = written(&host, message);
    host.fail(node.id, at, &message)
}
