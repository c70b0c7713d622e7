//! One object that several rows tell of: two units hold it, or the run has an older plan of a unit as well.

use rustc_hash::FxHashMap;

use crate::estate::Row;

/// Things by the object that the row of each stands for, and of each object one: that of a plan which changes
/// it, else the first. Two rows of a kind stand for one object where a name is known of both that no other
/// object has, such as an id; what has none yet is an object of its own.
pub fn each_once<'a, T>(
    things: impl IntoIterator<Item = T>,
    row: impl Fn(&T) -> &'a Row,
) -> Vec<T> {
    let mut once: Vec<T> = Vec::new();
    let mut known: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for thing in things {
        let of = row(&thing);
        let told = ids(of).find_map(|id| known.get(&(of.kind, id)).copied());
        let at = told.unwrap_or(once.len());
        known.extend(ids(of).map(|id| ((of.kind, id), at)));
        match once.get_mut(at) {
            Some(other) if row(other).actions.is_noop() && !of.actions.is_noop() => *other = thing,
            Some(_) => {}
            None => once.push(thing),
        }
    }
    once
}

/// The same of rows by themselves.
pub fn rows_once<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<&'a Row> {
    each_once(rows, |row| row)
}

/// Whether two rows stand for one object, see [`each_once`].
pub fn are_one(one: &Row, other: &Row) -> bool {
    one.kind == other.kind && ids(one).any(|id| ids(other).any(|its| its == id))
}

/// The names of a row's object that no other has. What holds its unit is a place.
pub fn ids(row: &Row) -> impl Iterator<Item = &str> {
    row.names.own().iter().map(String::as_str).filter(|name| !name.contains('\0'))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use crate::{
        builtin::shared::testing::{estate, graph},
        estate::Rows,
        lint::PlanCx,
    };

    use super::*;

    const KINDS: [&str; 2] = ["databricks_volume", "databricks_sql_table"];

    /// Which units are left of those that each have an instance; a unit whose name ends in `+` changes its own.
    fn left(instances: &[(&str, &str, Value)]) -> Vec<String> {
        let plans: Vec<_> = instances
            .iter()
            .map(|(unit, address, after)| graph(unit, &[(address, after.clone())], &json!({})))
            .collect();
        let estate = estate(&plans, |cx: &PlanCx<'_>, rows: &mut Rows| {
            for (kind, it) in KINDS.iter().flat_map(|kind| cx.of(kind).map(move |it| (kind, it))) {
                let instance = Arc::make_mut(&mut rows.add(kind, it).instance);
                instance.actions.create = false;
                instance.actions.update = instance.unit.ends_with('+');
            }
        });
        let all = KINDS.iter().flat_map(|kind| estate.of(kind));
        rows_once(all).into_iter().map(|row| row.unit.clone()).collect()
    }

    #[test]
    fn what_has_one_id_is_one_object() {
        let (volume, table) = ("databricks_volume.it", "databricks_sql_table.it");
        let of = |id: &str| json!({"id": id});
        assert_eq!(left(&[("a", volume, of("c.s.v")), ("b", volume, of("c.s.v"))]), ["a"]);
        assert_eq!(left(&[("a", volume, of("c.s.v")), ("b+", volume, of("c.s.v"))]), ["b+"]);
        assert_eq!(left(&[("a", volume, of("c.s.v")), ("b", volume, of("c.s.w"))]), ["a", "b"]);
        // A name is one of a type, and what has no id yet may be anything.
        assert_eq!(left(&[("a", volume, of("c.s.v")), ("b", table, of("c.s.v"))]), ["a", "b"]);
        assert_eq!(left(&[("a", volume, json!({})), ("b", volume, json!({}))]), ["a", "b"]);
    }
}
