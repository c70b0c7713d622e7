//! How all but one of several that manage one thing are let go, in words.

use crate::estate::Row;

/// What to do with the others, to be read after "keep one, and ". What is not applied yet is in no state.
/// `removed` takes whole blocks only
/// (<https://developer.hashicorp.com/terraform/language/block/removed>).
pub fn let_go(rows: &[&Row]) -> &'static str {
    let is_new = |row: &Row| row.actions.create && !row.actions.delete;
    let old = rows.iter().filter(|row| !is_new(row)).count();
    match old {
        0 | 1 => "delete what is not applied yet of the others",
        _ => {
            "let the others go with a `removed` block and `destroy = false`, or single instances with \
             `terraform state rm`"
        }
    }
}
