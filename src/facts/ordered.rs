//! Lists of blocks whose elements have a key of their own, and whose order means nothing.
//!
//! Source: docs/resources/job.md and docs/resources/share.md of databricks 1.128.0, which ask for
//! alphabetical order.

/// Type, list, and the argument that tells its elements apart.
pub static LISTS: &[(&str, &str, &str)] =
    &[("databricks_job", "task", "task_key"), ("databricks_share", "object", "name")];

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn sorted_and_declared() {
        assert_sorted(LISTS.iter());
        for (type_, list, key) in LISTS {
            let declared = schema::attribute(type_, [*list, *key]);
            assert!(declared.is_some_and(|it| it.required), "{type_}.{list}.{key}");
        }
    }
}
