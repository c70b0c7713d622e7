//! What a rule had to judge.

use crate::{
    graph::Scope,
    lint::{RuleMeta, World},
    plan::Mode,
};

/// How many subjects a rule had in a world: instances of its declared types, or what is no
/// resource. A rule about the change itself judges what is deleted too.
pub(super) fn subjects(meta: &RuleMeta, scope: &Scope<'_>) -> usize {
    let plan = &scope.graph.plan;
    let is_change = meta.world == World::Change;
    let of = |name: &str| match (name, name.strip_prefix("data.")) {
        ("plan", _) => 1,
        ("output", _) => plan.outputs.iter().filter(|output| !output.actions.delete).count(),
        ("variable", _) => plan.variables().count(),
        ("provider", _) => plan.config.providers.len(),
        ("*", _) if is_change => scope.changes().count(),
        ("*", _) => scope.all().filter(|res| res.mode() == Mode::Managed).count(),
        (_, Some(type_)) => scope.data(type_).count(),
        (type_, None) if is_change => scope.changes_of(type_).count(),
        (type_, None) => scope.of(type_).count(),
    };
    meta.subjects.iter().map(|name| of(name)).sum()
}
