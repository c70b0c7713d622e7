//! Names that a misspelt one may have meant.

use crate::facts::types;

/// The closest of some names; none where none is close.
pub(super) fn close<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    closest(name, names, 0.65)
}

/// The type of a provider that is closest to a name. Types are long and alike: what is no more than
/// a little like one is likely another.
pub(super) fn close_type(name: &str) -> Option<String> {
    let is_data = name.starts_with("data.");
    closest(name, types::all().filter(|it| it.starts_with("data.") == is_data), 0.85)
}

fn closest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>, ratio: f32) -> Option<String> {
    let names: Vec<&str> = names.into_iter().filter(|other| *other != name).collect();
    if let Some(same) = names.iter().find(|other| other.eq_ignore_ascii_case(name)) {
        return Some((*same).to_owned());
    }
    similar::get_close_matches(name, &names, 1, ratio).first().map(|it| (*it).to_owned())
}
