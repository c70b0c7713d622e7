//! Two worlds into one list: what a change introduces, leaves standing, or fixes.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::{
    graph::Side,
    lint::{Change, Coverage, Finding, Reported, RuleMeta, Verdict, World},
};

/// What one rule reported in each world.
#[derive(Default)]
pub(super) struct Worlds {
    planned: Vec<Reported>,
    prior: Vec<Reported>,
    is_torn: bool,
    is_first: bool,
}

impl Worlds {
    pub(super) fn set(&mut self, side: Side, reported: Vec<Reported>) {
        match side {
            Side::Planned => self.planned = reported,
            Side::Prior => self.prior = reported,
        }
    }

    /// Nothing that was read is otherwise in the world before: it has all that the planned one has.
    pub(super) fn hold_in_both(&mut self) {
        self.planned.iter_mut().for_each(|it| it.in_both = true);
    }

    pub(super) fn any(&self) -> bool {
        !self.planned.is_empty() || !self.prior.is_empty()
    }

    /// A world could not be judged to its end: what it lacks says nothing.
    pub(super) fn set_torn(&mut self) {
        self.is_torn = true;
    }

    /// Nothing was there before, see [`crate::plan::Plan::is_first`]: no provider block spoke to anything
    /// and no variable had a value.
    pub(super) fn set_first(&mut self) {
        self.is_first = true;
    }

    /// One list, each finding with its change class.
    pub(super) fn merge(self, meta: &RuleMeta) -> Vec<Reported> {
        let planned = Index::of(&self.planned);
        let in_both = self.planned.iter().filter(|it| it.in_both);
        let prior = Index::of(self.prior.iter().chain(in_both));
        let mut all = self.planned;
        for it in &mut all {
            let stands = match meta.world {
                _ if it.subject.is_state => true,
                World::State => prior.holds(it) || (self.is_torn && !is_new(it)),
                World::Planned => {
                    it.subject.actions.is_noop() && !(self.is_first && it.subject.is_abstract)
                }
                // Drift happened before this change; destroyed data and replacements are the change.
                World::Change => meta.family() == "drift",
            };
            it.finding.change = if stands { Change::Standing } else { Change::Introduced };
        }
        for mut it in self.prior {
            let is_gone = !self.is_torn && !planned.holds(&it);
            if is_gone && it.finding.verdict == Verdict::Definite {
                it.finding.change = Change::Fixed;
                all.push(it);
            }
        }
        all
    }
}

/// About something that did not exist before.
fn is_new(it: &Reported) -> bool {
    it.subject.actions.create && !it.subject.actions.delete
}

/// What is found in one world, for the other to ask.
struct Index {
    prints: BTreeSet<String>,
    groups: Vec<BTreeSet<String>>,
}

impl Index {
    fn of<'r>(reported: impl IntoIterator<Item = &'r Reported>) -> Index {
        let mut index = Index { prints: BTreeSet::new(), groups: Vec::new() };
        for it in reported {
            index.prints.insert(it.finding.fingerprint.clone());
            if !it.group.is_empty() {
                index.groups.push(it.group.iter().cloned().collect());
            }
        }
        index
    }

    /// Whether the finding is there too. A group that gained or lost a member is the same mistake
    /// as long as two of its participants are in it together.
    fn holds(&self, it: &Reported) -> bool {
        let shares = |group: &BTreeSet<String>| {
            it.group.iter().filter(|name| group.contains(*name)).count() > 1
        };
        self.prints.contains(&it.finding.fingerprint) || self.groups.iter().any(shares)
    }
}

/// The order of every output: by unit, address, attribute, rule.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (&a.place, &a.deposed, &a.rule, a.change, &a.fingerprint, &a.message).cmp(&(
            &b.place,
            &b.deposed,
            &b.rule,
            b.change,
            &b.fingerprint,
            &b.message,
        ))
    });
}

/// Two findings never share a fingerprint. Rules tell theirs apart by a key; where one forgot, what
/// they say decides, not where in a list they stand: that changes when blocks change places.
pub(super) fn make_unique(findings: &mut Vec<Finding>) {
    findings.dedup();
    let mut shared: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        shared.entry(finding.fingerprint.clone()).or_default().push(at);
    }
    for mut twins in shared.into_values().filter(|twins| twins.len() > 1) {
        twins.sort_by(|a, b| {
            let says = |at: &usize| (&findings[*at].message, &findings[*at].help, *at);
            says(a).cmp(&says(b))
        });
        for (nth, at) in twins.into_iter().enumerate().skip(1) {
            let finding = &mut findings[at];
            let numbered = |print: &String| {
                let digest = Sha256::digest(format!("{print}\0{}", nth + 1));
                HEXLOWER.encode(&digest[..8])
            };
            finding.fingerprint_before = finding.fingerprint_before.as_ref().map(numbered);
            finding.fingerprint = numbered(&finding.fingerprint);
        }
    }
}

/// Adds what was found to what was judged.
pub(super) fn count(findings: &[Finding], coverage: &mut [Coverage]) {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.change != Change::Fixed) {
        let (definite, possible) = counts.entry(&finding.rule).or_default();
        match finding.verdict {
            Verdict::Definite => *definite += 1,
            Verdict::Possible => *possible += 1,
        }
    }
    for entry in coverage {
        if let Some((definite, possible)) = counts.get(entry.rule.as_str()) {
            (entry.definite, entry.possible) = (*definite, *possible);
        }
    }
}

/// The line of an excerpt that an attribute path names, without its indent; the first line where
/// there is none.
pub(super) fn mark(text: &str, attribute: Option<&str>) -> Range<usize> {
    let name = attribute.map(|path| path.split(['.', '[']).next().unwrap_or(path));
    let mut at = 0;
    for line in text.split('\n') {
        let body = line.trim_start();
        let start = at + line.len() - body.len();
        let is_it = name.is_none_or(|name| {
            body.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '=', '{']))
        });
        if is_it {
            return start..at + line.len();
        }
        at += line.len() + 1;
    }
    0..text.find('\n').unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::{make_unique, mark};
    use crate::report::sample;

    /// Blocks that change places keep their fingerprints, where only what is said tells them apart.
    #[test]
    fn twins_are_told_apart_by_what_is_said() {
        let twin = |attribute: &str, message: &str| {
            let mut finding = sample::everyday().findings.remove(0);
            finding.place.attribute = Some(attribute.to_owned());
            finding.message = message.to_owned();
            finding.fingerprint_before = Some("before".to_owned());
            finding
        };
        let prints = |mut findings: Vec<crate::lint::Finding>| {
            make_unique(&mut findings);
            findings.sort_by(|a, b| a.message.cmp(&b.message));
            let prints = |it: crate::lint::Finding| (it.fingerprint, it.fingerprint_before);
            findings.into_iter().map(prints).collect::<Vec<_>>()
        };
        let first = prints(vec![twin("in[0]", "22"), twin("in[1]", "443"), twin("in[2]", "80")]);
        let second = prints(vec![twin("in[0]", "80"), twin("in[1]", "22"), twin("in[2]", "443")]);
        assert_eq!(first, second);
        let mut unique: Vec<_> = first.iter().map(|(now, _)| now).collect();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), 3);
        assert!(first[1].1 != first[0].1 && first[1].1 != first[2].1, "before, too");
    }

    #[test]
    fn the_line_of_an_attribute_is_marked() {
        let text = "resource \"a\" \"b\" {\n  name = 1\n  name_prefix = 2\n}";
        assert_eq!(&text[mark(text, Some("name_prefix[0].x"))], "name_prefix = 2");
        assert_eq!(&text[mark(text, Some("name"))], "name = 1");
        assert_eq!(&text[mark(text, None)], "resource \"a\" \"b\" {");
        assert_eq!(&text[mark(text, Some("missing"))], "resource \"a\" \"b\" {");
    }
}
