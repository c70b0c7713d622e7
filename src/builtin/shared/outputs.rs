//! What a plan hands on to others: where one does, a plan that is not part of the run may go on with it.

use std::collections::BTreeSet;

use crate::{
    graph::End,
    lint::PlanCx,
    plan::{ResId, Step},
};

/// Instances of which a root output hands on one of these attributes, by type and attribute.
pub fn handed_on(cx: &PlanCx<'_>, wanted: &[(&str, &str)]) -> BTreeSet<ResId> {
    let graph = cx.graph;
    let Some(root) = graph.plan.config.modules.first() else { return BTreeSet::new() };
    let hits = root.outputs.keys().flat_map(|name| graph.output_hits(name));
    hits.filter_map(|hit| {
        let End::Resource(id) = hit.end else { return None };
        let (type_, name) = (cx.res(id).type_(), hit.attribute.first().and_then(Step::name));
        let is_it = |(of, attribute): &(&str, &str)| {
            *of == type_ && name.is_none_or(|name| name == *attribute)
        };
        wanted.iter().any(is_it).then_some(id)
    })
    .collect()
}
