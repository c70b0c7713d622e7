//! States beside plans: a state lists again what the plan of its unit has.

use std::collections::BTreeSet;

use crate::estate::Row;

/// Rows without those of states whose address a plan has too.
pub fn without_repeated<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<&'a Row> {
    let mut rows: Vec<&Row> = rows.collect();
    let planned: BTreeSet<&str> =
        rows.iter().filter(|row| !row.is_state).map(|row| row.address.as_str()).collect();
    rows.retain(|row| !row.is_state || !planned.contains(row.address.as_str()));
    rows
}
