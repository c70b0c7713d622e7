//! Findings that somebody decided to live with: by a comment in the source, by a `[[waiver]]` of
//! the configuration, by a baseline.
//!
//! Data in, data out: an outcome with all findings becomes one in which those that are accepted
//! stand apart, with what accepts nothing. Where several entries accept a finding, the one nearest to
//! the code is named: comment, waiver, baseline; the others count as used all the same.

mod address;
mod approval;
mod baseline;
mod comment;
mod ledger;
mod scope;
mod waiver;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::lint::{By, Change, Finding, Outcome, Verdict, World};

pub use address::AddressGlob;
pub use approval::{NEEDS_APPROVAL, Reviewers, approval, needs_approval};
pub use baseline::{Baseline, BaselineError, Entry};
pub use comment::Comments;
pub use waiver::Waiver;

use ledger::Ledger;
use scope::Scope;

/// Everything that may accept a finding.
pub struct Entries<'a> {
    /// Comments in the source.
    pub comments: Comments<'a>,
    /// Waivers, in the file's order.
    pub waivers: Vec<Waiver>,
    /// The baseline, if there is one.
    pub baseline: Option<Baseline>,
    /// The day on which waivers have to be valid.
    pub today: Date,
    /// What is wrong with the id of a rule in a comment; none where there is such a rule.
    pub complaint: &'a dyn Fn(&str) -> Option<String>,
}

/// Takes the accepted findings out of an outcome's findings, and says what accepts nothing. What a
/// change fixes is not accepted: it is gone.
pub fn triage(mut outcome: Outcome, entries: &Entries<'_>) -> Outcome {
    let mut ledger = Ledger::new(entries);
    for finding in std::mem::take(&mut outcome.findings) {
        let accepted = if finding.change == Change::Fixed { None } else { ledger.accept(&finding) };
        match accepted {
            Some(by) => outcome.accepted.push(by.of(finding)),
            None => outcome.findings.push(finding),
        }
    }
    outcome.unused = ledger.unused(&Scope::new(&outcome));
    outcome
}

/// The baseline that accepts what an outcome still holds: its findings as far as they belong there,
/// those that the old baseline accepts, and entries of the old one that this run could not judge.
pub fn baseline(outcome: &Outcome, old: &Baseline) -> Baseline {
    let scope = Scope::new(outcome);
    let accepted = outcome.accepted.iter().filter(|it| it.by == By::Baseline);
    let found = outcome.findings.iter().filter(|it| it.verdict == Verdict::Definite);
    let found = found
        .chain(accepted.map(|it| &it.finding))
        .filter(|finding| belongs(finding, outcome))
        .map(Entry::of);
    let seen: BTreeSet<&str> = outcome
        .findings
        .iter()
        .chain(outcome.accepted.iter().map(|it| &it.finding))
        .flat_map(|it| [Some(&it.fingerprint), it.fingerprint_before.as_ref()])
        .flatten()
        .map(String::as_str)
        .collect();
    let is_kept = |entry: &&Entry| {
        !seen.contains(entry.fingerprint.as_str()) && !scope.judged(&entry.rule, entry.units())
    };
    let kept = old.entries.iter().filter(is_kept).cloned();
    Baseline::of(&old.path, found.chain(kept))
}

/// Whether a finding can stand in a baseline: that accepts what is there, or will be. What a plan
/// does, such as destroying data, or what it met, such as drift, happens once; accepted for good, it
/// would be accepted the next time too.
pub fn belongs(finding: &Finding, outcome: &Outcome) -> bool {
    let rule = outcome.rules.iter().find(|rule| rule.id == finding.rule);
    let is_event = rule.is_some_and(|rule| rule.world == World::Change);
    finding.change != Change::Fixed && !is_event
}
