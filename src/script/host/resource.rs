//! Instances: their attributes as properties, everything else as methods.

use rhai::{Array, Dynamic, ImmutableString, NativeCallContext};
use smallvec::smallvec;

use crate::{
    graph::{Cause, Res, Scope, Val, View},
    plan::{Key, Step, steps},
};

use super::{
    super::{
        cx::{Host, Result, Stop, done, object, stop},
        sandbox::charge_bytes,
        values::{List, Look, Node, Part, Sensitive, Unknown, quick, to_script},
    },
    Registry, hand_over,
    text::written,
};

pub(super) fn register(host: &mut Registry) {
    host.register_indexer_get(
        |cx: NativeCallContext<'_>, node: &mut Node, name: ImmutableString| {
            property(&cx, node, &name)
        },
    )
    .register_fn("get", get)
    .register_fn("contains", contains)
    .register_fn("keys", keys)
    .register_fn("resources", |cx: NativeCallContext<'_>, type_: &str| {
        done(Host::of(&cx)?.list_type(type_, |scope| all(scope.of(type_))))
    })
    .register_fn("data_sources", |cx: NativeCallContext<'_>, type_: &str| {
        let name = format!("data.{type_}");
        done(Host::of(&cx)?.list_type(&name, |scope| all(scope.data(type_))))
    });
    identity(host);
    providers(host);
    fails(host);
}

/// An attribute, or a member of an object.
pub(super) fn property(
    cx: &NativeCallContext<'_>,
    node: &Node,
    name: &ImmutableString,
) -> Result<Dynamic> {
    Host::with(cx, |host| {
        host.look(|scope| {
            host.watch(scope, node, name, cx.call_position());
            let mut steps = smallvec![Part::Name(name.clone())];
            quick(node.glance(scope).member(name), node, &mut steps).unwrap_or_else(|| {
                let view = node.view(scope).into_member(name.as_str());
                let place = node.below(Part::Name(name.clone()));
                hand_over(host, to_script(place, &view))
            })
        })
    })
}

/// The place at a path such as `vpc[0].vpc_id` or `tags["Owner"]`; a name behind the only block
/// looks into it.
pub(super) fn place(
    cx: &NativeCallContext<'_>,
    host: &Host,
    scope: &Scope<'_>,
    node: &Node,
    path: &str,
) -> Result<Node> {
    /// No document is deeper, or it would not have been read: serde_json's limit.
    const DEEPEST: usize = 128;
    charge_bytes(path.len() * 16)?;
    let mut at = node.clone();
    for step in steps(path).into_iter().take(DEEPEST) {
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
    Ok(at)
}

pub(super) fn get(cx: NativeCallContext<'_>, node: Node, path: &str) -> Result<Dynamic> {
    let host = Host::of(&cx)?;
    let value = host.look(|scope| {
        let place = place(&cx, &host, scope, &node, path)?;
        done(to_script(place.clone(), &place.view(scope)))
    })?;
    Ok(hand_over(&host, value))
}

/// Whether a member is set: its value may be unknown, but not null.
fn is_set(view: &View<'_>) -> bool {
    !matches!(view.val(), Val::Null | Val::Omitted)
}

fn contains(cx: NativeCallContext<'_>, node: Node, name: &str) -> Result<bool> {
    Host::with(&cx, |host| {
        host.look(|scope| {
            match node.glance(scope).member(name).plain() {
                Some(plain) => plain.is_some(),
                // A map with an unknown value has that key in its mask only; the view knows.
                None => is_set(&node.view(scope).into_member(name)),
            }
        })
    })
}

fn keys(cx: NativeCallContext<'_>, node: Node) -> Result<Array> {
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

pub(super) fn all<'a>(instances: impl Iterator<Item = Res<'a>>) -> List {
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
        host.register_fn(name, move |cx: NativeCallContext<'_>, node: Node| {
            done(Host::of(&cx)?.look(|scope| ask(scope.res(node.id))))
        });
    }
    host.register_fn("before", |cx: NativeCallContext<'_>, node: Node| {
        let exists = Host::of(&cx)?.look(|scope| scope.res(node.id).existed());
        done(look(&node, Look::Before, exists))
    })
    .register_fn("after", |cx: NativeCallContext<'_>, node: Node| {
        let exists = Host::of(&cx)?.look(|scope| {
            let actions = scope.res(node.id).actions();
            actions.create || !(actions.delete || actions.forget)
        });
        done(look(&node, Look::After, exists))
    });
}

fn look(node: &Node, look: Look, exists: bool) -> Dynamic {
    if exists { Dynamic::from(node.looked(look)) } else { Dynamic::UNIT }
}

/// The provider block that an instance uses.
#[derive(Clone)]
pub(super) struct Provider(Node);

fn providers(host: &mut Registry) {
    host.register_fn("region", |cx: NativeCallContext<'_>, node: Node| {
        region(&Host::of(&cx)?, &node)
    })
    .register_fn("provider", |cx: NativeCallContext<'_>, node: Node| {
        let known = Host::of(&cx)?.look(|scope| scope.res(node.id).provider().is_some());
        let node = Node::root(node.id, Look::Here);
        done(if known { Dynamic::from(Provider(node)) } else { Dynamic::UNIT })
    })
    .register_fn("key", |cx: NativeCallContext<'_>, provider: Provider| {
        done(Host::of(&cx)?.look(|scope| {
            let key = scope.res(provider.0.id).provider().map(|it| it.key.to_owned());
            key.unwrap_or_default()
        }))
    })
    .register_fn("name", |cx: NativeCallContext<'_>, provider: Provider| {
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
        Some(path) => done(Some(spelled(place(cx, &host, scope, node, path)?.view(scope)))),
        None if node.is_root() => done(None),
        None => done(Some(spelled(node.view(scope)))),
    })?;
    let message = written(&host, message);
    host.fail(node.id, at, &message)
}
