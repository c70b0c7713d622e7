//! What the provider declares about the attribute that a view looks at.

use crate::{
    facts::{
        computed_blocks,
        schema::{self, Attribute, Nesting, Scalar, Schema},
    },
    plan::Mode,
};

use super::Res;

fn of(res: Res<'_>) -> Option<Schema> {
    match res.mode() {
        Mode::Managed => schema::resource(res.type_()),
        Mode::Data => schema::data(res.type_()),
    }
}

fn attribute(res: Res<'_>, names: &[&str]) -> Option<Attribute> {
    of(res)?.attribute(names.iter().copied())
}

/// Whether it is a block.
pub(super) fn is_block(res: Res<'_>, names: &[&str]) -> bool {
    attribute(res, names).is_some_and(Attribute::is_block)
}

/// The same, or no table knows it.
pub(super) fn may_be_block(res: Res<'_>, names: &[&str]) -> bool {
    attribute(res, names).is_none_or(Attribute::is_block)
}

/// Whether elements there stand in no order.
pub(super) fn is_set(res: Res<'_>, names: &[&str]) -> bool {
    attribute(res, names).is_some_and(Attribute::is_set)
}

/// Whether it is a map of plain values, whose keys are the author's.
pub(super) fn is_map(res: Res<'_>, names: &[&str]) -> bool {
    attribute(res, names).is_some_and(|it| it.nesting == Some(Nesting::Map))
}

/// Whether it is a collection of plain values, such as a map of names to ids.
pub(super) fn lists_values(res: Res<'_>, names: &[&str]) -> bool {
    attribute(res, names).is_some_and(|it| it.nesting.is_some() && it.scalar != Scalar::Other)
}

/// Whether the provider fills it in where the author leaves it out. Of a type that no table
/// knows this is assumed: nobody else could make an unwritten argument unknown.
pub(super) fn may_compute(res: Res<'_>, names: &[&str]) -> bool {
    let Some(schema) = of(res) else { return true };
    match schema.attribute(names.iter().copied()) {
        Some(it) if it.is_block() => computed_blocks::is_computed(res.type_(), &names.join(".")),
        Some(it) => it.computed,
        None => true,
    }
}

/// Whether the provider fills in it, or a block that it stands in.
pub(super) fn may_compute_within(res: Res<'_>, names: &[&str]) -> bool {
    (1..=names.len()).any(|end| may_compute(res, &names[..end]))
}

/// Whether no author can set it.
pub(super) fn only_computed(res: Res<'_>, names: &[&str]) -> bool {
    attribute(res, names).is_some_and(Attribute::is_computed_only)
}
