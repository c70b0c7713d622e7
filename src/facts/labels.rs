//! Arguments that say something about a thing, and on which nothing hangs.

use super::holds;

/// Maps of tags, sorted.
///
/// Source: schemas of aws 5.100.0 and databricks 1.128.0; of provider blocks of aws `default_tags`.
static LABELS: &[&str] = &["custom_tags", "default_tags", "tags", "tags_all"];

/// Whether an argument is a map of tags. Who makes one thing wait for another does not do it there.
pub fn is_label(argument: &str) -> bool {
    holds(LABELS, argument)
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn labels() {
        assert_sorted(LABELS);
        assert!(is_label("tags") && !is_label("name"));
    }
}
