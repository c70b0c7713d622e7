//! What needs an approval, in words that reports and the log share.

use std::collections::BTreeSet;

use crate::lint::{Approval, Loss, Outcome, Tier, Wanted};

use super::text;

/// So many people are named in a line.
const MAX_REVIEWERS: usize = 10;

/// So many dependents are named of an instance.
const MAX_DEPENDENTS: usize = 3;

/// What the run asks an approval for: something that needs one, or nothing at all.
pub(super) fn wanted(outcome: &Outcome) -> &[Wanted] {
    outcome.approval.as_ref().map(|it| it.wanted.as_slice()).unwrap_or_default()
}

/// Fingerprints of the findings that ask for an approval.
pub(super) fn asking(outcome: &Outcome) -> BTreeSet<&str> {
    wanted(outcome).iter().flat_map(|it| &it.fingerprints).map(String::as_str).collect()
}

/// `needs an approval: 2 destroyed, 1 replaced (3 lose data); 14 other resources hang on them; ask
/// @acme/data`; none where nothing needs one. Harmless.
pub fn line(outcome: &Outcome) -> Option<String> {
    let approval = outcome.approval.as_ref().filter(|it| !it.wanted.is_empty())?;
    let mut parts = vec![format!("needs an approval: {}", counts(approval))];
    parts.push(hanging(approval));
    parts.extend(reviewers(&approval.reviewers()).map(|names| format!("ask {names}")));
    Some(parts.join("; "))
}

/// `unity: databricks_catalog.sales replaced; 3 resources hang on it: a, b, c; ask @acme/data`, the
/// latter where not all of `everybody` should look. Harmless.
pub(super) fn item(it: &Wanted, everybody: &BTreeSet<&str>) -> String {
    let place = text::place(&it.place, it.deposed.as_deref());
    let mut parts = vec![format!("{place} {}", verb(&it.loss))];
    let (count, first) = dependents(&it.loss);
    if count > 0 {
        let verb = if count == 1 { "hangs" } else { "hang" };
        let first: Vec<_> = first.into_iter().map(text::name).collect();
        let more = match count - first.len() {
            0 => String::new(),
            n => format!(" and {} more", text::thousands(n)),
        };
        let least = if it.loss.has_more { "at least " } else { "" };
        let resources = text::count(count, "resource");
        parts.push(format!("{least}{resources} {verb} on it: {}{more}", first.join(", ")));
    }
    let asked: BTreeSet<&str> = it.reviewers.iter().map(String::as_str).collect();
    let names = reviewers(&asked).filter(|_| asked != *everybody);
    parts.extend(names.map(|names| format!("ask {names}")));
    parts.join("; ")
}

/// `2 destroyed, 1 replaced (3 lose data)`.
pub(super) fn counts(approval: &Approval) -> String {
    let replaced = approval.wanted.iter().filter(|it| it.loss.replaced).count();
    let destroyed = approval.wanted.len() - replaced;
    let data = approval.wanted.iter().filter(|it| it.loss.tier == Tier::DataLoss).count();
    let mut parts = Vec::new();
    for (n, verb) in [(destroyed, "destroyed"), (replaced, "replaced")] {
        if n > 0 {
            parts.push(format!("{} {verb}", text::thousands(n)));
        }
    }
    let verb = if data == 1 { "loses" } else { "lose" };
    let lost = match data {
        0 => "no data is lost".to_owned(),
        n => format!("{} {verb} data", text::thousands(n)),
    };
    format!("{} ({lost})", parts.join(", "))
}

/// `14 other resources hang on them`: those that need an approval themselves are not among them.
fn hanging(approval: &Approval) -> String {
    let them = if approval.wanted.len() == 1 { "it" } else { "them" };
    let (count, has_more) = approval.dependents();
    let verb = if count == 1 { "hangs" } else { "hang" };
    let least = if has_more { "at least " } else { "" };
    match count {
        0 => format!("nothing else hangs on {them}"),
        n => format!("{least}{} {verb} on {them}", text::count(n, "other resource")),
    }
}

/// Names of people and teams, or none.
pub(super) fn reviewers(names: &BTreeSet<&str>) -> Option<String> {
    let names: Vec<_> = names.iter().map(|name| text::name(name)).collect();
    (!names.is_empty()).then(|| text::listed(names.iter().map(|name| &**name), MAX_REVIEWERS))
}

/// What happens to an instance: `replaced`, `destroyed`.
pub(super) fn verb(loss: &Loss) -> &'static str {
    if loss.replaced { "replaced" } else { "destroyed" }
}

/// How many hang on it, and their addresses: the first ones, and how many more there are.
pub(super) fn dependents(loss: &Loss) -> (usize, Vec<&str>) {
    let all = &loss.dependents;
    (all.len(), all.iter().take(MAX_DEPENDENTS).map(|it| it.address.as_str()).collect())
}
