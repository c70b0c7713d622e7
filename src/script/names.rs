//! Names that a misspelt one may have meant.

/// The closest of some names; none where none is close.
pub(super) fn close<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.into_iter().filter(|other| *other != name).collect();
    similar::get_close_matches(name, &names, 1, 0.65).first().map(|it| (*it).to_owned())
}
