//! What a plan hands on to others: where one does, a plan that is not part of the run may go on with it.

use std::collections::BTreeSet;

use crate::{
    estate::{Links, Named, Rows},
    graph::{End, Hit, Res},
    lint::{EstateCx, PlanCx},
    plan::{ResId, Step, Value},
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

/// Instances of which a root output hands on one of these attributes, by type and attribute, or may: what an
/// output makes of a local is not in a plan, so a value that is not known yet may be any that is not.
pub fn handed_on(cx: &PlanCx<'_>, wanted: &[(&str, &str)]) -> BTreeSet<ResId> {
    let graph = cx.graph;
    let Some(root) = graph.plan.config.modules.first() else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    let (mut shown, mut hides_one, mut lacks_one) = (BTreeSet::new(), false, false);
    for name in root.outputs.keys() {
        let hits = graph.output_hits(name);
        hits.iter().for_each(|hit| follow(cx, hit, wanted, 0, &mut found));
        let output = graph.plan.outputs.iter().find(|output| output.name == *name);
        let values = output.map(|output| graph.plan.output(output));
        let is_unknown = values.and_then(|it| it.unknown).is_some_and(marks_anything);
        hides_one |= is_unknown && hits.iter().any(|hit| hit.end == End::Local);
        lacks_one |= hits.iter().any(|hit| matches!(hit.end, End::NoInstance(_)));
        if let Some(value) = values.and_then(|it| it.value) {
            value.strings(&mut |text| {
                shown.insert(text);
            });
        }
    }
    // What was left out may read back any of them.
    let lacks_one = lacks_one && cx.is_partial();
    for (type_, attribute) in wanted {
        let is_it = |it: &Res<'_>| match it.get(attribute).known() {
            Some(value) => {
                let mut is_shown = false;
                value.strings(&mut |text| is_shown |= !text.is_empty() && shown.contains(text));
                is_shown
            }
            None => hides_one,
        };
        found.extend(cx.of(type_).filter(|it| lacks_one || is_it(it)).map(|it| it.id));
    }
    found
}

fn marks_anything(mask: Value<'_>) -> bool {
    mask.is_true()
        || mask.items().any(marks_anything)
        || mask.entries().any(|(_, below)| marks_anything(below))
}

/// Finds the instance that a hit hands on, through others that only read back what was put in:
/// `aws_subnet.x.vpc_id`.
fn follow(
    cx: &PlanCx<'_>,
    hit: &Hit,
    wanted: &[(&str, &str)],
    depth: usize,
    found: &mut BTreeSet<ResId>,
) {
    const DEPTH: usize = 5;
    let End::Resource(id) = hit.end else { return };
    let (res, name) = (cx.res(id), hit.attribute.first().and_then(Step::name));
    let is_it = |(of, attribute): &(&str, &str)| {
        *of == res.type_() && name.is_none_or(|name| name == *attribute)
    };
    if wanted.iter().any(is_it) {
        found.insert(id);
    } else if depth < DEPTH
        && let Some(put_in) = res.reads_back(&hit.attribute)
    {
        put_in.hits().iter().for_each(|hit| follow(cx, hit, wanted, depth + 1, found));
    }
}
