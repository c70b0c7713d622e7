//! Values that stand in for others: a plan made before the unit that it needs was applied gets
//! Terragrunt's `mock_outputs` for its variables. They look like ids, and name nothing.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{facts::mocks, plan::Value};

use super::Graph;

/// A shorter text may stand in a longer one by chance: it only stands in where it is all of a value.
const SHORTEST_PART: usize = 4;

/// The values of a plan's root variables that stand in for others.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    texts: BTreeSet<String>,
    variables: BTreeSet<String>,
}

impl Graph {
    /// Names of the root variables whose values, or parts of them, stand in for others.
    pub fn stand_in_variables(&self) -> &BTreeSet<String> {
        &self.stand_ins().variables
    }

    pub(super) fn has_stand_ins(&self) -> bool {
        !self.stand_ins().texts.is_empty()
    }

    /// Whether a scalar stands in for another value, or was made with one that does.
    pub(super) fn is_stand_in(&self, value: Value<'_>) -> bool {
        let texts = &self.stand_ins().texts;
        if texts.is_empty() {
            return false;
        }
        let Some(text) = value.scalar() else { return false };
        texts.contains(&*text) || texts.iter().any(|part| is_part(&text, part))
    }

    fn stand_ins(&self) -> &StandIns {
        self.stand_ins.get_or_init(|| {
            let mut found = StandIns::default();
            // A secret is one whatever it says, and nothing is joined by it.
            let root = self.plan.config.modules.first();
            let is_secret = |name: &str| {
                root.and_then(|root| root.variables.get(name)).is_some_and(|it| it.sensitive)
            };
            for name in self.plan.variables().filter(|name| !is_secret(name)) {
                let mut texts = Vec::new();
                if let Some(value) = self.plan.variable(name) {
                    leaves(value, &mut texts);
                }
                texts.retain(|text| mocks::stands_in(text));
                if !texts.is_empty() {
                    found.variables.insert(name.to_owned());
                    found.texts.extend(texts.into_iter().map(Cow::into_owned));
                }
            }
            found
        })
    }
}

fn leaves<'a>(value: Value<'a>, out: &mut Vec<Cow<'a, str>>) {
    out.extend(value.scalar());
    value.items().for_each(|item| leaves(item, out));
    value.entries().for_each(|(_, member)| leaves(member, out));
}

/// Whether `part` stands in a text as a whole: `vpc-mock` in `arn:…/vpc-mock`, not in `vpc-mocks`.
fn is_part(text: &str, part: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    part.len() >= SHORTEST_PART
        && text.match_indices(part).any(|(at, _)| {
            is_edge(text[..at].chars().next_back())
                && is_edge(text[at + part.len()..].chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::is_part;

    #[test]
    fn parts_are_whole() {
        assert!(is_part("arn:aws:s3:::mock-bucket/*", "mock-bucket"));
        assert!(is_part("mock|main", "mock"));
        assert!(!is_part("hammock-store", "mock"));
        assert!(!is_part("mocks", "mock"));
        assert!(!is_part("a-0-b", "0"));
    }
}
