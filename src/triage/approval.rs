//! Which findings need somebody's approval instead of failing the run, and whose.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::lint::{Approval, Category, Change, Finding, Loss, Place, Verdict, Wanted};

/// Rules whose definite findings, of any severity, ask for an approval.
pub const NEEDS_APPROVAL: [&str; 2] = ["chg-destroys-data", "chg-workspace-replace-cause"];

/// Who should look at findings of a category.
pub type Reviewers = BTreeMap<Category, Vec<String>>;

/// Whether a finding asks for an approval.
pub fn needs_approval(finding: &Finding) -> bool {
    finding.verdict == Verdict::Definite
        && finding.change != Change::Fixed
        && NEEDS_APPROVAL.contains(&&*finding.rule)
}

/// What the findings ask an approval for, one entry for each instance: what loses most first, then
/// by unit and address.
pub fn approval(findings: &[Finding], reviewers: &Reviewers) -> Approval {
    let mut wanted: BTreeMap<(Place, Option<&str>), Wanted> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| needs_approval(finding)) {
        let Some(loss) = finding.loss.as_deref() else { continue };
        let place = Place { attribute: None, ..finding.place.clone() };
        let entry = wanted.entry((place.clone(), finding.deposed.as_deref()));
        let it = entry.or_insert_with(|| empty(place, finding, loss));
        it.messages.push(finding.message.clone());
        it.categories.insert(finding.category);
        it.fingerprints.push(finding.fingerprint.clone());
        it.reviewers.extend(reviewers.get(&finding.category).into_iter().flatten().cloned());
    }
    let mut wanted: Vec<Wanted> = wanted.into_values().collect();
    wanted.sort_by_key(|it| (it.loss.tier, Reverse(it.loss.dependents.len())));
    Approval { wanted }
}

fn empty(place: Place, finding: &Finding, loss: &Loss) -> Wanted {
    Wanted {
        place,
        deposed: finding.deposed.clone(),
        loss: loss.clone(),
        messages: Vec::new(),
        cause: finding.cause.as_ref().map(|it| it.place.clone()),
        categories: BTreeSet::new(),
        fingerprints: Vec::new(),
        reviewers: BTreeSet::new(),
    }
}
