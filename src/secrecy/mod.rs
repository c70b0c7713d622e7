//! What is a secret by its form, and what by its name, whatever it stands in.
//!
//! Rules ask it of the values of a plan; the engine and the excerpts ask it of what they show.

use regex::Regex;

pub(crate) mod forms;
pub(crate) mod names;

/// An expression of a table: they are valid, which the tables' tests hold them to.
pub(crate) fn regex(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// Whether a text has that form.
pub(crate) fn is(regex: &Option<Regex>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}
