//! States beside plans: a state lists again what the plan of its unit has.

use std::collections::BTreeMap;

use crate::estate::Row;

use super::objects;

/// Rows without those of states that a plan has too: under the same address, as an object that was there
/// before or that the state beside the plan has since, and with the same ids where both have any. Units of
/// one make share their addresses.
pub fn without_repeated<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<&'a Row> {
    let mut rows: Vec<&Row> = rows.collect();
    if !rows.iter().any(|row| row.is_state) {
        return rows;
    }
    let mut planned: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.is_state) {
        planned.entry(row.address.as_str()).or_default().push(row);
    }
    rows.retain(|row| {
        let mut namesakes = planned.get(row.address.as_str()).into_iter().flatten();
        !row.is_state || !namesakes.any(|it| is_told(row, it) && may_be_one(row, it))
    });
    rows
}

/// Whether a state may tell of what a plan has: it was there before the apply, or the state is that of the
/// plan's own directory, written after it.
fn is_told(state: &Row, plan: &Row) -> bool {
    let existed = !plan.actions.create || plan.actions.delete;
    let of_state = directory(&state.unit);
    existed || of_state == plan.unit || of_state == directory(&plan.unit)
}

/// The directory of a unit: that of all units without one is the same.
fn directory(unit: &str) -> &str {
    unit.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Whether no id tells two objects apart.
fn may_be_one(row: &Row, other: &Row) -> bool {
    let is_of_none = |row| objects::ids(row).next().is_none();
    is_of_none(row) || is_of_none(other) || objects::are_one(row, other)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use crate::{
        builtin::shared::testing::{estate, graph},
        lint::{EstateCx, Params, PlanCx},
    };

    use super::*;

    fn kept(planned: Value, stated: Value, exists: bool) -> usize {
        kept_of("a", "b/state", planned, stated, exists)
    }

    fn kept_of(plan: &str, state: &str, planned: Value, stated: Value, exists: bool) -> usize {
        let of = |unit, after| graph(unit, &[("databricks_catalog.this", after)], &json!({}));
        let take = |cx: &PlanCx<'_>, rows: &mut crate::estate::Rows| {
            for it in cx.of("databricks_catalog") {
                let row = rows.add("catalog", it);
                let instance = Arc::make_mut(&mut row.instance);
                instance.is_state = instance.unit == state;
                instance.actions.create = !instance.is_state && !exists;
            }
        };
        let estate = estate(&[of(plan, planned), of(state, stated)], take);
        let params = Params::default();
        without_repeated(EstateCx::new(&estate, &params).of("catalog")).len()
    }

    #[test]
    fn a_state_repeats_what_its_plan_found() {
        assert_eq!(kept(json!({"id": "sales"}), json!({"id": "sales"}), true), 1);
        assert_eq!(kept(json!({}), json!({"id": "sales"}), true), 1);
        // Of another unit.
        assert_eq!(kept(json!({"id": "hr"}), json!({"id": "sales"}), true), 2);
        assert_eq!(kept(json!({"id": "sales"}), json!({"id": "sales"}), false), 2);
        // Of its own, after the apply.
        for plan in ["live/a", "live/a/plan"] {
            let state = "live/a/terraform";
            assert_eq!(kept_of(plan, state, json!({}), json!({"id": "sales"}), false), 1);
        }
    }
}
