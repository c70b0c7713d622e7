//! Whether two values differ, where empty values are one: providers exchange null, `""`, `0`, `false`,
//! `[]` and `{}` for one another, in a refresh and in a plan.

use crate::plan::{Tri, Value};

use super::{
    schema,
    view::{Cause, Val, View},
};

/// Whether values differ by more than the empty values that providers exchange.
pub(super) fn differ(before: Option<Value<'_>>, after: Option<Value<'_>>) -> bool {
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

impl<'a> View<'a> {
    /// Whether the value that an instance has before the apply is another at the same place after it.
    /// What the provider will compute is nobody's change. What is not known yet is one where the service
    /// makes it up in this apply.
    pub fn becomes_another(&self, after: &View<'a>) -> Tri {
        match (self.val(), after.val()) {
            (_, Val::Omitted) => Tri::No,
            (_, Val::Unknown(_)) if after.holds_made_up() || after.is_made_anew() => Tri::Yes,
            (Val::Known(old), Val::Unknown(cause)) => !after.against_known(old, cause),
            (Val::Unknown(cause), _) | (_, Val::Unknown(cause)) => after.maybe(cause),
            (Val::Known(old), Val::Null) => Tri::from(differ(Some(old), None)),
            (_, Val::Null) => Tri::No,
            (_, Val::Known(new)) if after.has_unknown() => self.parts_become_others(after, new),
            (_, Val::Known(new)) => Tri::from(differ(self.known(), Some(new))),
        }
    }

    /// The same of what is known in part.
    fn parts_become_others(&self, after: &View<'a>, new: Value<'a>) -> Tri {
        if new.is_object() {
            let mut names = self.member_names();
            names.extend(after.member_names());
            return Tri::any(
                names.into_iter().map(|it| self.member(it).becomes_another(&after.member(it))),
            );
        }
        let len = self.known().map_or(0, |old| old.items().len());
        let names: Vec<&str> = after.names().collect();
        if len != new.items().len() {
            Tri::Yes
        } else if len > 1 && schema::is_set(after.res(), &names) {
            self.members_become_others(after)
        } else {
            Tri::any((0..len).map(|at| self.at(at).becomes_another(&after.at(at))))
        }
    }

    /// Members of a set stand in no order: one that is wholly known and was not there is new.
    fn members_become_others(&self, after: &View<'a>) -> Tri {
        let was_there =
            |member: &View<'a>| self.items().any(|old| !differ(old.known(), member.known()));
        let is_new = |member: View<'a>| !member.has_unknown() && !was_there(&member);
        if after.items().any(is_new) { Tri::Yes } else { after.maybe(Cause::Apply) }
    }
}

#[cfg(test)]
mod tests {
    use super::differ;
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
}
