//! Values under a sensitivity mask, which may be compared and never shown.

use std::collections::BTreeSet;

use crate::{
    estate::{Cell, masked},
    graph::{Target, View},
};

/// What some cells have under a mask, so that one which shows the same value is found to be the same.
#[derive(Debug, Default)]
pub struct Masks<'a>(BTreeSet<&'a str>);

impl<'a> Masks<'a> {
    /// Of all cells that are compared.
    pub fn of(cells: impl IntoIterator<Item = &'a Cell>) -> Masks<'a> {
        let hash = |cell: &'a Cell| match cell {
            Cell::Masked(hash) => Some(hash.as_str()),
            _ => None,
        };
        Masks(cells.into_iter().filter_map(hash).collect())
    }

    /// What a known value is compared by: the same for equal values. It is nothing to be shown: see [`shown`].
    pub fn key(&self, cell: &'a Cell) -> Option<&'a str> {
        match cell {
            Cell::Masked(hash) => Some(hash),
            Cell::Known(text) => Some(self.hash_of(text).unwrap_or(text)),
            _ => None,
        }
    }

    /// The hash of a text that one of the cells masks.
    pub fn hash_of(&self, text: &str) -> Option<&'a str> {
        match self.0.is_empty() {
            true => None,
            false => self.0.get(masked(text).as_str()).copied(),
        }
    }
}

/// A known text as rules compare it, such as in lower case; none where it is not known.
pub fn read(view: &View<'_>, as_compared: impl FnOnce(&str) -> String) -> Option<Cell> {
    let text = as_compared(&view.scalar()?);
    Some(if view.has_sensitive() { Cell::Masked(masked(&text)) } else { Cell::Known(text) })
}

/// What a value names, for a row: a masked one that names nothing of its plan is no name there.
pub fn target(view: &View<'_>, target: Target<'_>) -> Cell {
    match target {
        Target::Elsewhere(_) if view.has_sensitive() => Cell::Unset,
        target => Cell::from(target),
    }
}

/// How a message may write a value that all these cells have: not at all where one of them masks it.
pub fn shown<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> &'a str {
    most_hidden(cells).show()
}

/// How a message may write a value beside another that holds it, or lies in it: not at all where either is
/// masked, because it tells a part of the other.
pub fn beside<'a>(cell: &'a Cell, other: &'a Cell) -> &'a str {
    shown([cell, other])
}

/// Of cells that have one value the one that masks it, else the first.
pub fn most_hidden<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> &'a Cell {
    let mut cells = cells.into_iter().peekable();
    let first = cells.peek().copied().unwrap_or(&Cell::Unset);
    cells.find(|cell| matches!(cell, Cell::Masked(_))).unwrap_or(first)
}

/// How a message may write a value between quotes.
pub fn quoted(cell: &Cell) -> String {
    match cell {
        Cell::Known(text) => format!("{text:?}"),
        cell => cell.show().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_masks_and_another_shows_is_the_same() {
        let known = |text: &str| Cell::Known(text.to_owned());
        let hidden = |text: &str| Cell::Masked(masked(text));
        let cells = [known("sales"), hidden("sales"), known("hr"), hidden("it"), Cell::Unset];
        let masks = Masks::of(&cells);
        let keys: Vec<Option<&str>> = cells.iter().map(|cell| masks.key(cell)).collect();
        assert_eq!(keys[0], keys[1]);
        assert_eq!((keys[2], keys[4]), (Some("hr"), None));
        assert!(!keys.contains(&Some("sales")) && keys[3] != Some("it"));
        assert_eq!(Masks::default().key(&cells[0]), Some("sales"));
    }

    #[test]
    fn what_is_masked_is_not_shown() {
        let (known, hidden) = (Cell::Known("sales".to_owned()), Cell::Masked(masked("sales")));
        for all in [[&known, &hidden], [&hidden, &known]] {
            assert_eq!(shown(all), "(sensitive value)");
        }
        assert_eq!((shown([&known]), shown([])), ("sales", "(not set)"));
        assert_eq!(
            (quoted(&known).as_str(), quoted(&hidden).as_str()),
            ("\"sales\"", "(sensitive value)")
        );
    }
}
