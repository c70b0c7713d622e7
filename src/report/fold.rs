//! Findings of one rule that stand on one line of source, as one entry: the instances of a
//! `for_each` share that line, and readers tell entries apart by it.

use std::collections::BTreeMap;

use super::{path::Paths, text};
use crate::lint::{Accepted, Finding, Place, Severity, Verdict};

/// Addresses that a folded entry names.
pub(super) const MAX_ADDRESSES: usize = 10;

/// Findings that become one entry, in their order; never empty.
pub(super) struct Fold<'a> {
    /// The worst of them, which speaks.
    pub(super) lead: &'a Finding,
    /// All of them, the lead included.
    pub(super) all: Vec<&'a Finding>,
    /// What accepts them all.
    pub(super) accepted: Option<&'a Accepted>,
}

impl<'a> Fold<'a> {
    fn new(finding: &'a Finding, accepted: Option<&'a Accepted>) -> Self {
        Fold { lead: finding, all: vec![finding], accepted }
    }

    fn add(&mut self, finding: &'a Finding) {
        if weight(finding) > weight(self.lead) {
            self.lead = finding;
        }
        self.all.push(finding);
    }

    /// What helps others of them, where that is not what helps the lead: the subject, and the first line.
    pub(super) fn other_helps(&self) -> Vec<(String, &'a str)> {
        let mut seen = vec![self.lead.help.as_deref()];
        let mut helps = Vec::new();
        for finding in &self.all {
            let help = finding.help.as_deref();
            if let Some(line) =
                help.filter(|_| !seen.contains(&help)).and_then(|it| it.lines().next())
            {
                let subject = text::subject(&finding.place, finding.deposed.as_deref());
                helps.push((subject, line));
                seen.push(help);
            }
        }
        helps
    }

    /// `'address' in 'unit'`; for several findings their number and the first of them.
    pub(super) fn places(&self) -> String {
        let lead = self.lead;
        if let [one] = self.all.as_slice() {
            return quoted(&one.place, one.deposed.as_deref());
        }
        let listed = self.all.iter().take(MAX_ADDRESSES);
        let mut listed: Vec<String> = listed
            .map(|finding| {
                let deposed = finding.deposed.as_deref();
                if finding.place.unit == lead.place.unit && !finding.place.address.is_empty() {
                    format!("'{}'", text::subject(&finding.place, deposed))
                } else {
                    quoted(&finding.place, deposed)
                }
            })
            .collect();
        if self.all.len() > MAX_ADDRESSES {
            listed.push(format!("and {} more", self.all.len() - MAX_ADDRESSES));
        }
        let (n, unit) = (text::count(self.all.len(), "place"), text::name(&lead.place.unit));
        format!("{n} in '{unit}': {}", listed.join(", "))
    }
}

/// What decides which of several findings speaks, and which go when there are too many.
pub(super) fn weight(finding: &Finding) -> (Severity, Verdict) {
    (finding.severity, finding.verdict)
}

/// Findings, each with what accepts it, folded where their lines are known. Those of unknown lines
/// stay apart: they would all be one.
pub(super) fn folds<'a>(
    findings: impl Iterator<Item = (&'a Finding, Option<&'a Accepted>)>,
    paths: &Paths<'_>,
) -> Vec<Fold<'a>> {
    let mut folds: Vec<Fold<'a>> = Vec::new();
    let mut by_line = BTreeMap::new();
    for (finding, accepted) in findings {
        let Some((_, span)) = paths.source(finding.source.as_ref()) else {
            folds.push(Fold::new(finding, accepted));
            continue;
        };
        let key = (&finding.rule, &span.path, span.line, accepted.map(|it| &it.at));
        let at = *by_line.entry(key).or_insert(folds.len());
        match folds.get_mut(at) {
            Some(fold) => fold.add(finding),
            None => folds.push(Fold::new(finding, accepted)),
        }
    }
    folds
}

/// An address in quotes, so that its brackets stay brackets.
pub(super) fn quoted(place: &Place, deposed: Option<&str>) -> String {
    let (unit, subject) = (text::name(&place.unit), text::subject(place, deposed));
    if subject.is_empty() { format!("'{unit}'") } else { format!("'{subject}' in '{unit}'") }
}
