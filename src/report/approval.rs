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

/// `needs an approval: 2 destroyed, 1 replaced (3 lose data); 14 resources hang on them; ask
/// @acme/data`; none where nothing needs one. Harmless.
pub fn line(outcome: &Outcome) -> Option<String> {
    let approval = outcome.approval.as_ref().filter(|it| !it.wanted.is_empty())?;
    let mut parts = vec![format!("needs an approval: {}", counts(approval))];
    parts.push(hanging(approval));
    parts.extend(reviewers(&approval.reviewers()).map(|names| format!("ask {names}")));
    Some(parts.join("; "))
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

/// `14 resources hang on them`.
fn hanging(approval: &Approval) -> String {
    let them = if approval.wanted.len() == 1 { "it" } else { "them" };
    let (count, has_more) = approval.dependents();
    let verb = if count == 1 { "hangs" } else { "hang" };
    let least = if has_more { "at least " } else { "" };
    match count {
        0 => format!("nothing else hangs on {them}"),
        n => format!("{least}{} {verb} on {them}", text::count(n, "resource")),
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
