//! What a plan shows in clear as the name, the id or the address of something: a text that equals it
//! is no secret, wherever else it stands.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    graph::{Res, Scope, Side},
    plan::ResId,
};

use super::secrets;

/// The names, ids and addresses of a plan's objects.
pub(crate) struct PlainNames(BTreeSet<String>);

impl PlainNames {
    /// Those of a plan, managed and read; all instances are looked through once.
    pub(crate) fn of(scope: &Scope<'_>) -> Arc<PlainNames> {
        scope.graph.once(|_| {
            let scope = Scope::new(scope.graph, Side::Planned);
            let mut names = BTreeSet::new();
            for id in 0..scope.graph.plan.len() as ResId {
                take(scope.res(id), &mut names);
            }
            PlainNames(names)
        })
    }

    /// Whether a text is one of them.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }
}

fn take(res: Res<'_>, names: &mut BTreeSet<String>) {
    for root in [res.after(), res.before()] {
        for (name, view) in root.members() {
            if secrets::is_plain_name(res.type_(), name)
                && !view.is_sensitive()
                && let Some(text) = view.text()
            {
                names.insert(text.to_owned());
            }
        }
    }
}
