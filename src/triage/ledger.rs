//! Which entry accepts what, and which accept nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::{
    lint::{Accepted, By, FileLine, Finding, Place, Unused},
    source::{Span, Suppression},
};

use super::{Entries, Waiver, comment, scope::Scope};

/// What accepts a finding.
pub(super) struct Acceptance {
    by: By,
    at: FileLine,
    reason: Option<String>,
    until: Option<Date>,
    moved_from: Option<String>,
}

impl Acceptance {
    pub(super) fn of(self, finding: Finding) -> Accepted {
        let Acceptance { by, at, reason, until, moved_from } = self;
        Accepted { finding, by, at, reason, until, moved_from }
    }
}

/// The entries of a run, and what of them was used.
pub(super) struct Ledger<'a> {
    entries: &'a Entries<'a>,
    /// Comments that accepted a finding of a rule.
    comments: BTreeSet<(Span, String)>,
    /// By waiver: the findings that it is about.
    waivers: Vec<Hits>,
    /// Entries of the baseline by fingerprint; a file that was merged may have one twice.
    prints: BTreeMap<&'a str, Vec<usize>>,
    /// Entries of the baseline that accepted a finding.
    baseline: BTreeSet<usize>,
}

/// How many findings a waiver is about.
#[derive(Clone, Copy, Default)]
struct Hits {
    all: usize,
    /// Those that nothing accepts, because its last day is over.
    again: usize,
}

/// What most entries that accept nothing have in common.
const NOTHING: &str = "matches nothing in this run";

impl<'a> Ledger<'a> {
    pub(super) fn new(entries: &'a Entries<'a>) -> Ledger<'a> {
        let mut prints: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, entry) in entries.baseline.iter().flat_map(|it| &it.entries).enumerate() {
            prints.entry(&entry.fingerprint).or_default().push(at);
        }
        Ledger {
            entries,
            comments: BTreeSet::new(),
            waivers: vec![Hits::default(); entries.waivers.len()],
            prints,
            baseline: BTreeSet::new(),
        }
    }

    /// What accepts a finding, the nearest to the code first. Whatever else would accept it is used
    /// too: it is not to be taken for superfluous.
    pub(super) fn accept(&mut self, finding: &Finding) -> Option<Acceptance> {
        let comment = self.comment(finding);
        let (waiver, over) = self.waiver(finding);
        let baseline = self.entry(finding);
        let accepted = comment.or(waiver).or(baseline);
        if accepted.is_none() {
            over.into_iter().for_each(|at| self.waivers[at].again += 1);
        }
        accepted
    }

    fn comment(&mut self, finding: &Finding) -> Option<Acceptance> {
        let found = self.entries.comments.covering(finding);
        for it in &found {
            self.comments.insert((it.at.clone(), finding.rule.to_string()));
        }
        let nearest = found.into_iter().next()?;
        Some(Acceptance {
            by: By::Comment,
            at: comment::line(&nearest),
            reason: nearest.reason,
            until: None,
            moved_from: None,
        })
    }

    /// The first valid waiver, and the indices of those that are over.
    fn waiver(&mut self, finding: &Finding) -> (Option<Acceptance>, Vec<usize>) {
        let about = |waiver: &Waiver| {
            waiver.rule == finding.rule && places(finding).any(|place| waiver.covers(place))
        };
        let all = self.entries.waivers.iter().enumerate();
        let found: Vec<(usize, &Waiver)> = all.filter(|(_, waiver)| about(waiver)).collect();
        found.iter().for_each(|(at, _)| self.waivers[*at].all += 1);
        let today = self.entries.today;
        let over = found.iter().filter(|(_, waiver)| waiver.is_over(today)).map(|(at, _)| *at);
        let valid = found.iter().find(|(_, waiver)| !waiver.is_over(today));
        let accepts = valid.map(|(_, waiver)| Acceptance {
            by: By::Waiver,
            at: waiver.at.clone(),
            reason: Some(waiver.reason.clone()),
            until: waiver.until,
            moved_from: None,
        });
        (accepts, over.collect())
    }

    fn entry(&mut self, finding: &Finding) -> Option<Acceptance> {
        let baseline = self.entries.baseline.as_ref()?;
        let now = self.prints.get(finding.fingerprint.as_str());
        let before = || self.prints.get(finding.fingerprint_before.as_deref()?);
        let found = now.or_else(before)?;
        self.baseline.extend(found);
        let entry = &baseline.entries[*found.first()?];
        Some(Acceptance {
            by: By::Baseline,
            at: FileLine { path: baseline.path.clone(), line: entry.line },
            reason: None,
            until: None,
            moved_from: now.is_none().then(|| entry.address.clone()),
        })
    }

    /// What accepts nothing, although this run would have seen it; sorted.
    pub(super) fn unused(&self, scope: &Scope<'_>) -> Vec<Unused> {
        let mut unused: Vec<Unused> = Vec::new();
        for (comment, units) in self.entries.comments.all() {
            unused.extend(self.unused_comment(comment, &units, scope));
        }
        for (waiver, hits) in self.entries.waivers.iter().zip(&self.waivers) {
            unused.extend(self.unused_waiver(waiver, *hits, scope));
        }
        let baseline = self.entries.baseline.iter();
        for (at, entry) in baseline.clone().flat_map(|it| &it.entries).enumerate() {
            if !self.baseline.contains(&at) && scope.judged(&entry.rule, entry.units()) {
                let path = baseline.clone().map(|it| it.path.clone()).collect();
                unused.push(Unused {
                    by: By::Baseline,
                    at: FileLine { path, line: entry.line },
                    rule: entry.rule.clone(),
                    why: NOTHING.to_owned(),
                });
            }
        }
        unused.sort();
        unused
    }

    fn unused_comment(
        &self,
        comment: &Suppression,
        units: &[&str],
        scope: &Scope<'_>,
    ) -> Vec<Unused> {
        let unused = |rule: String, why: String| Unused {
            by: By::Comment,
            at: comment::line(comment),
            rule,
            why,
        };
        if let Some(fault) = comment.fault {
            return vec![unused(comment.rules.join(", "), fault.to_owned())];
        }
        let of_rule = |rule: &String| {
            if let Some(complaint) = (self.entries.complaint)(rule) {
                return Some(unused(rule.clone(), complaint));
            }
            let used = self.comments.contains(&(comment.at.clone(), rule.clone()));
            let is_unused = !used && scope.judged(rule, units.iter().copied());
            is_unused.then(|| unused(rule.clone(), NOTHING.to_owned()))
        };
        comment.rules.iter().filter_map(of_rule).collect()
    }

    fn unused_waiver(&self, waiver: &Waiver, hits: Hits, scope: &Scope<'_>) -> Option<Unused> {
        let units = scope.units().filter(|unit| waiver.holds_in(unit));
        let over = waiver.until.filter(|_| waiver.is_over(self.entries.today));
        let why = match (over, hits) {
            (None, Hits { all: 0, .. }) => NOTHING.to_owned(),
            (None, _) => return None,
            (Some(day), Hits { all: 0, .. }) => format!("ended on {day}, and {NOTHING}"),
            (Some(day), Hits { again: 0, .. }) => format!("ended on {day}"),
            (Some(day), Hits { again: 1, .. }) => {
                format!("ended on {day}: a finding is reported again")
            }
            (Some(day), Hits { again, .. }) => {
                format!("ended on {day}: {again} findings are reported again")
            }
        };
        let seen = hits.all > 0 || scope.judged(&waiver.rule, units);
        let (at, rule) = (waiver.at.clone(), waiver.rule.clone());
        seen.then_some(Unused { by: By::Waiver, at, rule, why })
    }
}

/// The subject, and who could be it as well.
fn places(finding: &Finding) -> impl Iterator<Item = &Place> {
    [&finding.place].into_iter().chain(&finding.peers)
}
