//! Which object a cell means, as a key under which rows of all plans can be put together.

use crate::{
    estate::{Cell, Estate, Found, Link, Row},
    graph::Cause,
    plan::Tri,
};

/// The key of the object that a row stands for: its known name, else its place.
pub fn key(row: &Row, name: &str) -> String {
    row.text(name).map_or_else(|| format!("{}\0{}", row.unit, row.address), str::to_owned)
}

/// The keys of the objects of a kind that a cell means or may mean: `Yes` for the only one,
/// `Maybe` for each of several. An object of no plan of the run has its known name for a key.
pub fn keys(
    estate: &Estate,
    from: &Row,
    cell: &str,
    kind: &'static str,
    name: &'static str,
) -> Vec<(String, Tri)> {
    let cell = from.cell(cell);
    let found = estate.follow(from, cell, kind, &[name]);
    let mut keys: Vec<String> = found.rows().iter().map(|row| key(row, name)).collect();
    if let (true, Cell::Known(text) | Cell::Link(Link { elsewhere: Some(text), .. })) =
        (keys.is_empty(), cell)
    {
        keys.push(text.clone());
    }
    // The same object managed in one plan and looked up in another.
    keys.sort();
    keys.dedup();
    let sure = if keys.len() == 1 { Tri::Yes } else { Tri::Maybe };
    keys.into_iter().map(|key| (key, sure)).collect()
}

/// Why the object that a cell means is hidden inside its own plan; none where it is not.
pub fn hidden_by(estate: &Estate, from: &Row, cell: &str, kind: &'static str) -> Option<Cause> {
    match estate.follow(from, from.cell(cell), kind, &[]) {
        Found::Nothing(cause) if cause != Cause::NotInRun => Some(cause),
        _ => None,
    }
}
