//! What a plan hands on to others: where one does, a plan that is not part of the run may go on with it.

use std::collections::BTreeSet;

use crate::{
    estate::{Links, Named, Rows},
    graph::End,
    lint::{EstateCx, PlanCx},
    plan::{ResId, Step},
};

/// An instance that an output hands on.
const HANDED_ON: &str = "output/handed-on";
/// A plan, by one of its instances.
const UNIT: &str = "output/unit";

/// Takes rows of the instances of which an output hands on one of these attributes, by type and
/// attribute.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows, wanted: &[(&str, &str)]) {
    if wanted.iter().any(|(type_, _)| cx.of(type_).next().is_some()) {
        for id in handed_on(cx, wanted) {
            rows.add(HANDED_ON, cx.res(id));
        }
    }
    if let Some(any) = cx.all().next() {
        rows.add(UNIT, any);
    }
}

/// Whether the run is one plan that hands an object on, so that one that is not seen may go on with it.
pub fn goes_on(cx: &EstateCx<'_>, links: &Links<'_>, object: &Named) -> bool {
    cx.of(UNIT).nth(1).is_none() && !links.rows(HANDED_ON).named(object).is_empty()
}

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
