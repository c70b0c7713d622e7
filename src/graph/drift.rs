//! What changed outside Terraform, without what providers change by themselves.

use std::collections::BTreeSet;

use crate::{
    facts::{drift::is_noise, schema},
    plan::{Actions, Mode, Resource, Value},
};

use super::Graph;

/// One object that is no longer as Terraform left it.
#[derive(Clone, Copy, Debug)]
pub struct Drift<'a> {
    graph: &'a Graph,
    resource: &'a Resource,
}

impl Graph {
    /// Objects that were deleted outside Terraform, or of which something differs: an entry in
    /// which null became `{}`, or a time moved on, is left out.
    pub fn drift(&self) -> impl Iterator<Item = Drift<'_>> {
        let managed = self.plan.drift().iter().filter(|resource| resource.mode == Mode::Managed);
        managed
            .map(|resource| Drift { graph: self, resource })
            .filter(|drift| drift.is_deleted() || !drift.differing().is_empty())
    }
}

impl<'a> Drift<'a> {
    /// Terraform's address.
    pub fn address(self) -> &'a str {
        self.graph.plan.str(self.resource.address)
    }

    /// Its type.
    pub fn type_(self) -> &'a str {
        self.graph.plan.str(self.resource.type_)
    }

    /// What happened to it, in the words for what happens to an instance.
    pub fn actions(self) -> Actions {
        self.resource.actions
    }

    /// The object is gone.
    pub fn is_deleted(self) -> bool {
        self.actions().delete
    }

    /// The top-level attributes that differ, sorted.
    pub fn differing(self) -> Vec<&'a str> {
        let plan = &self.graph.plan;
        let before = plan.prior(self.resource).value;
        let after = plan.planned(self.resource).value;
        let names: BTreeSet<&str> = [before, after]
            .into_iter()
            .flatten()
            .flat_map(|value| value.entries().map(|(name, _)| name))
            .collect();
        let says_something = |name: &&str| {
            let (old, new) =
                (before.and_then(|it| it.get(name)), after.and_then(|it| it.get(name)));
            differ(old, new) && !changes_by_itself(self.type_(), name)
        };
        names.into_iter().filter(says_something).collect()
    }
}

/// An attribute of a noisy name that the author alone sets, such as the `url` of an external
/// location, does not change by itself.
fn changes_by_itself(type_: &str, name: &str) -> bool {
    let is_the_authors =
        |it: schema::Attribute| it.required || (it.optional && !it.computed && !it.is_block());
    let declared = schema::attribute(type_, [name]);
    is_noise(name) && !declared.is_some_and(is_the_authors)
}

/// Whether values differ by more than the empty values that providers exchange on refresh.
fn differ(before: Option<Value<'_>>, after: Option<Value<'_>>) -> bool {
    let is_hollow = |value: Option<Value<'_>>| value.is_none_or(Value::is_hollow);
    let (Some(a), Some(b)) = (before, after) else {
        return !(is_hollow(before) && is_hollow(after));
    };
    if a == b || (a.is_hollow() && b.is_hollow()) {
        false
    } else if a.is_object() && b.is_object() {
        a.entries().any(|(name, value)| differ(Some(value), b.get(name)))
            || b.entries().any(|(name, value)| differ(a.get(name), Some(value)))
    } else if a.is_array() && b.is_array() && a.items().len() == b.items().len() {
        a.items().zip(b.items()).any(|(a, b)| differ(Some(a), Some(b)))
    } else {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{changes_by_itself, differ};
    use crate::plan::{Span, Tree};

    #[test]
    fn empty_values_are_one() {
        for (text, expected) in [
            (r#"[null, {}]"#, false),
            (r#"["", null]"#, false),
            (r#"[[{"a": null, "b": 0}], [{"a": "", "b": false}]]"#, false),
            (r#"[{"a": 1, "b": []}, {"a": 1}]"#, false),
            (r#"[{"a": 1}, {"a": 2}]"#, true),
            (r#"[false, true]"#, true),
            (r#"[[1], [1, 2]]"#, true),
            (r#"["1", 1]"#, false),
        ] {
            let mut tree = Tree::default();
            let root = tree.add(text, Span::of(text, text)).unwrap();
            let pair = tree.value(text, root);
            assert_eq!(differ(pair.at(0), pair.at(1)), expected, "{text}");
        }
        assert!(!differ(None, None));
    }

    #[test]
    fn what_the_author_sets_is_no_noise() {
        assert!(changes_by_itself("databricks_job", "url"));
        assert!(!changes_by_itself("databricks_external_location", "url"));
        assert!(changes_by_itself("databricks_catalog", "effective_predictive_optimization_flag"));
        assert!(!changes_by_itself("databricks_catalog", "owner"));
        assert!(changes_by_itself("no_such_type", "updated_at"));
    }
}
