//! Values that stand in for others: a plan made before the unit that it needs was applied gets
//! Terragrunt's `mock_outputs` for its variables. They look like ids, and name nothing.
//!
//! What says of itself that it stands in, as `mock-vpc-id` does, counts as not known. What only
//! equals the mock that the unit's `terragrunt.hcl` has may be the real value as well: authors copy
//! it there. It links to what some other plan has, and to no other mock.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{facts::mocks, plan::Value};

use super::Graph;

/// A shorter text may stand in a longer one by chance: it only stands in where it is all of a value.
const SHORTEST_PART: usize = 4;

/// The values of a plan's root variables that stand in for others.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    /// Of those that say so of themselves.
    said: Found,
    /// Of those that `terragrunt.hcl` shows.
    mocks: Found,
}

/// Texts, and the variables that have them.
#[derive(Debug, Default)]
pub struct Found {
    /// Values, or parts of values.
    pub texts: BTreeSet<String>,
    /// Names of root variables.
    pub variables: BTreeSet<String>,
}

impl Found {
    fn add<'t>(&mut self, variable: &str, texts: impl IntoIterator<Item = Cow<'t, str>>) {
        self.variables.insert(variable.to_owned());
        self.texts.extend(texts.into_iter().map(Cow::into_owned));
    }
}

impl Graph {
    /// Root variables whose values say that they stand in for others.
    pub fn stand_ins(&self) -> &Found {
        &self.find_stand_ins().said
    }

    /// Root variables whose values are the `mock_outputs` of the plan's unit.
    pub fn mock_outputs(&self) -> &Found {
        &self.find_stand_ins().mocks
    }

    pub(super) fn has_stand_ins(&self) -> bool {
        !self.stand_ins().texts.is_empty()
    }

    /// Whether a scalar says that it stands in for another value, or was made with one that does.
    pub(super) fn is_stand_in(&self, value: Value<'_>) -> bool {
        self.has_stand_ins() && value.scalar().is_some_and(|text| self.stands_in(&text))
    }

    /// The same of a text.
    pub(super) fn stands_in(&self, text: &str) -> bool {
        let texts = &self.stand_ins().texts;
        texts.contains(text) || texts.iter().any(|part| is_part(text, part))
    }

    fn find_stand_ins(&self) -> &StandIns {
        self.stand_ins.get_or_init(|| {
            let mut found = StandIns::default();
            // A secret is one whatever it says, and nothing is joined by it.
            let root = self.plan.config.modules.first();
            let is_secret = |name: &str| {
                root.and_then(|root| root.variables.get(name)).is_some_and(|it| it.sensitive)
            };
            let mut variables = self.plan.variables().filter(|name| !is_secret(name)).peekable();
            if variables.peek().is_none() {
                return found;
            }
            let mocked = &self.unit().mocks;
            for name in variables {
                let mut texts = Vec::new();
                if let Some(value) = self.plan.variable(name) {
                    leaves(value, &mut texts);
                }
                let mock = mocked.get(name);
                let is_mock = mock.is_some_and(|mock| {
                    mock.iter().all(|literal| texts.iter().any(|text| *text == *literal))
                });
                let says_so = texts.iter().any(|text| mocks::stands_in(text));
                match mock {
                    // What the unit was given instead is real, whatever it looks like.
                    Some(_) if !is_mock => {}
                    Some(mock) if !says_so => {
                        found.mocks.add(name, mock.iter().map(|text| text.as_str().into()));
                    }
                    _ if says_so => {
                        let said = texts.into_iter().filter(|text| mocks::stands_in(text));
                        found.said.add(name, said);
                    }
                    _ => {}
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
