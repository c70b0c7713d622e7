//! The clusters that a resource starts.

use rhai::{Dynamic, NativeCallContext};

use crate::{
    facts,
    graph::{Glance, Scope, Val},
    plan::Mode,
};

use super::{
    super::{
        cx::{Host, done},
        values::{List, Node, Part, Unknown},
    },
    Registry, hand_over,
};

pub(super) fn register(host: &mut Registry) {
    host.register_fn("clusters", |cx: NativeCallContext<'_>, node: Node| {
        let host = Host::of(&cx)?;
        let Found { clusters, hidden } = host.look(|scope| clusters(scope, &node));
        // What nobody knows comes last: it may end the run.
        let hidden = hidden.into_iter().map(|it| hand_over(&host, it));
        done(List(clusters.into_iter().chain(hidden).collect()))
    });
}

#[derive(Default)]
struct Found {
    clusters: Vec<Dynamic>,
    /// Values not known that may hold some.
    hidden: Vec<Dynamic>,
}

fn clusters(scope: &Scope<'_>, node: &Node) -> Found {
    let mut found = Found::default();
    let res = scope.res(node.id);
    let starts = facts::clusters::blocks(res.type_());
    match starts.filter(|_| node.is_root() && res.mode() == Mode::Managed) {
        None => found.clusters.push(Dynamic::from(node.clone())),
        Some(blocks) => {
            let mut walk = Walk { scope, top: node, path: Vec::new(), found };
            for names in blocks {
                walk.go(node.glance(scope), names);
            }
            found = walk.found;
        }
    }
    found
}

/// On the way to blocks of certain names. Places are made for what is found alone: most tasks
/// name a cluster of their job.
struct Walk<'s> {
    scope: &'s Scope<'s>,
    top: &'s Node,
    path: Vec<Part>,
    found: Found,
}

impl<'s> Walk<'s> {
    /// What stands behind these names.
    fn go(&mut self, glance: Glance<'s>, names: &[&'static str]) {
        let Some((name, names)) = names.split_first() else {
            return self.found.clusters.push(Dynamic::from(self.place()));
        };
        let blocks = glance.member(name);
        if blocks.plain() == Some(None) {
            return;
        }
        self.path.push(Part::Name((*name).into()));
        match blocks.shown() {
            Some(list) if list.is_array() => {
                for index in 0..list.items().len() {
                    self.path.push(Part::Index(index));
                    self.block(blocks.at(index), names);
                    self.path.pop();
                }
            }
            _ => self.block(blocks, names),
        }
        self.path.pop();
    }

    fn block(&mut self, block: Glance<'s>, names: &[&'static str]) {
        if block.shown().is_some() {
            return self.go(block, names);
        }
        let place = self.place();
        let view = place.view(self.scope);
        if let Val::Unknown(cause) = view.val() {
            let is_sensitive = view.has_sensitive();
            self.found.hidden.push(Dynamic::from(Unknown::at(place.clone(), cause, is_sensitive)));
        }
    }

    fn place(&self) -> Node {
        self.top.far_below(&self.path)
    }
}
