//! Words that the formats for people share.

use std::{borrow::Cow, collections::BTreeSet};

use super::acceptance;
use crate::{
    lint::{
        CaveatKind, Change, Failure, Finding, Outcome, Place, RuleMeta, SourceSpan, Summary,
        Verdict,
    },
    redact::neutralise,
};

/// Names come from plans and may be of any length; beyond this a line helps nobody.
const MAX_NAME: usize = 300;

/// The text cut to `max` characters, with `…` in the last place where something is missing.
pub(super) fn clip(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(max.saturating_sub(1)) {
        Some((end, _)) if text[end..].chars().nth(1).is_some() => {
            Cow::Owned(format!("{}…", &text[..end]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// A name from a plan, harmless and of bearable length. The middle goes: both ends tell names apart.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_NAME || text.chars().nth(MAX_NAME).is_none() {
        return neutralise(text);
    }
    let head: String = text.chars().take(MAX_NAME / 2).collect();
    let tail = text.char_indices().rev().nth(MAX_NAME / 2 - 2).map_or(0, |(at, _)| at);
    Cow::Owned(neutralise(&format!("{head}…{}", &text[tail..])).into_owned())
}

/// A message or label of a finding as one harmless line.
pub(super) fn message(text: &str, max: usize) -> Cow<'_, str> {
    match clip(text, max) {
        Cow::Borrowed(short) => neutralise(short),
        Cow::Owned(short) => Cow::Owned(neutralise(&short).into_owned()),
    }
}

/// What is not a matter of course, to be said before a message: a finding is definite, and the change
/// brings it.
pub(super) fn kind(finding: &Finding) -> &'static str {
    match (finding.verdict, finding.change) {
        (Verdict::Possible, Change::Introduced) => "possible: ",
        (Verdict::Possible, Change::Standing) => "possible, standing: ",
        (Verdict::Possible, Change::Fixed) => "possible, fixed: ",
        (Verdict::Definite, Change::Introduced) => "",
        (Verdict::Definite, Change::Standing) => "standing: ",
        (Verdict::Definite, Change::Fixed) => "fixed: ",
    }
}

/// `path:line:column`, as editors read it.
pub(super) fn span(span: &SourceSpan) -> String {
    format!("{}:{}:{}", name(&span.path), span.line, span.column)
}

/// `address`, `address (attribute)`, or "" for the plan as a whole.
pub(super) fn subject(place: &Place, deposed: Option<&str>) -> String {
    let mut out = name(&place.address).into_owned();
    let notes: Vec<String> = [
        deposed.map(|key| format!("deposed {}", name(key))),
        place.attribute.as_deref().map(|path| name(path).into_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !notes.is_empty() {
        let space = if out.is_empty() { "" } else { " " };
        out = format!("{out}{space}({})", notes.join(", "));
    }
    out
}

/// `unit: address (attribute)`, or only the unit for the plan as a whole.
pub(super) fn place(place: &Place, deposed: Option<&str>) -> String {
    let (unit, subject) = (name(&place.unit), subject(place, deposed));
    if subject.is_empty() { unit.into_owned() } else { format!("{unit}: {subject}") }
}

/// [`place`], without the unit where that is `unit` and clear from the context.
pub(super) fn place_from(unit: &str, other: &Place, deposed: Option<&str>) -> String {
    if other.unit == unit && !other.address.is_empty() {
        subject(other, deposed)
    } else {
        place(other, deposed)
    }
}

/// `1 error`, `2,000 errors`.
pub(super) fn count(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(n))
}

/// Digits in groups of three.
pub(super) fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `2 errors, 1 warning, 0 notes`: always all three, so that a zero is seen.
pub(super) fn severities(summary: &Summary) -> String {
    [(summary.error, "error"), (summary.warning, "warning"), (summary.note, "note")]
        .map(|(n, noun)| count(n, noun))
        .join(", ")
}

/// `1 introduced, 1 standing, 0 fixed`.
pub(super) fn classes(summary: &Summary) -> String {
    let Summary { introduced, standing, fixed, .. } = summary;
    let [introduced, standing, fixed] = [*introduced, *standing, *fixed].map(thousands);
    format!("{introduced} introduced, {standing} standing, {fixed} fixed")
}

/// Definite findings that are counted but not listed, by what the change does to them: `--show` left
/// them out.
pub(super) fn hidden(outcome: &Outcome) -> [(Change, usize); 3] {
    let summary = &outcome.summary;
    [
        (Change::Introduced, summary.introduced),
        (Change::Standing, summary.standing),
        (Change::Fixed, summary.fixed),
    ]
    .map(|(change, all)| {
        let is_it = |it: &&Finding| it.change == change && it.verdict == Verdict::Definite;
        (change, all.saturating_sub(outcome.findings.iter().filter(is_it).count()))
    })
}

/// What is counted but not listed, and the flag that lists it: `1 fixed (--show fixed), 3 possible
/// (--possible)`. None where everything is listed.
pub(super) fn not_shown(outcome: &Outcome) -> Option<String> {
    let by_change = hidden(outcome).into_iter().filter(|(_, missing)| *missing > 0);
    let mut parts: Vec<String> = by_change
        .map(|(change, missing)| {
            let word = change.as_str();
            format!("{} {word} (--show {word})", thousands(missing))
        })
        .collect();
    let shown = outcome.findings.iter().filter(|it| it.verdict == Verdict::Possible).count();
    let missing = outcome.summary.possible.saturating_sub(shown);
    if missing > 0 {
        parts.push(format!("{} possible (--possible)", thousands(missing)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What was found, in one line: how bad, what this change has to do with it, how much hangs on
/// values that are not known, and what of all that is not listed.
pub(super) fn tally(outcome: &Outcome) -> Vec<String> {
    let summary = &outcome.summary;
    let mut parts = vec![
        severities(summary),
        classes(summary),
        format!("{} possible", thousands(summary.possible)),
    ];
    parts.extend(not_shown(outcome).map(|what| format!("not shown: {what}")));
    parts.extend(acceptance::counts(outcome));
    if !outcome.failures.is_empty() {
        parts.push(count(outcome.failures.len(), "failure"));
    }
    parts
}

/// So many names are given in a line.
const MAX_NAMES: usize = 3;

/// The first of the names, and how many more there are.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>, max: usize) -> String {
    let all: Vec<&str> = names.collect();
    let more = all.len().saturating_sub(max);
    let mut shown: Vec<String> = all.iter().take(max).map(|name| (*name).to_owned()).collect();
    if more > 0 {
        shown.push(format!("and {} more", thousands(more)));
    }
    shown.join(", ")
}

/// The first of some names of a plan, harmless.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<Cow<'_, str>> = names.map(name).collect();
    listed(names.iter().map(|name| &**name), MAX_NAMES)
}

/// How the plans of the run were made, where that weakens what can be said of them: one sentence
/// for each kind of caveat, worst first, with the units that have it; of a single unit with what
/// there is to tell of it.
pub(super) fn caveats(outcome: &Outcome) -> Vec<(CaveatKind, String)> {
    let of = |kind: CaveatKind| {
        let inputs = outcome.inputs.iter();
        let having: Vec<(&str, &[String])> = inputs
            .filter_map(|input| {
                let caveat = input.caveats.iter().find(|caveat| caveat.kind == kind)?;
                Some((input.unit.as_str(), caveat.details.as_slice()))
            })
            .collect();
        let (what, effect) = caveat(kind);
        // The units last: a long list may be cut.
        let place = match having.as_slice() {
            [] => return None,
            // Whose plan is to be added says more than whose is there.
            all if kind == CaveatKind::AbsentUnits => {
                let absent: BTreeSet<&str> =
                    all.iter().flat_map(|(_, units)| units.iter()).map(String::as_str).collect();
                names(absent.into_iter())
            }
            [(unit, details)] if !details.is_empty() => {
                format!("{}: {}", name(unit), names(details.iter().map(String::as_str)))
            }
            all => names(all.iter().map(|(unit, _)| *unit)),
        };
        Some((kind, format!("{what}: {effect} ({place})")))
    };
    CaveatKind::ALL.into_iter().filter_map(of).collect()
}

/// What a caveat is, and what it does to verdicts.
pub(super) fn caveat(kind: CaveatKind) -> (&'static str, &'static str) {
    match kind {
        CaveatKind::Errored => (
            "planning ended in an error",
            "judged as far as it got; what it did not reach does not count as missing",
        ),
        CaveatKind::Targeted => {
            ("made with -target", "what that left out does not count as missing")
        }
        CaveatKind::Unplanned => (
            "blocks without an instance",
            "left out with -target or -exclude, or switched off; they do not count as missing",
        ),
        CaveatKind::Deferred => {
            ("changes put off to a later plan", "they are not judged, and do not count as missing")
        }
        CaveatKind::RefreshOnly => (
            "refresh-only",
            "what exists is judged; what is not there yet does not count as missing",
        ),
        CaveatKind::Destroy => ("everything is destroyed", "there is nothing to judge but that"),
        CaveatKind::NoConfiguration => (
            "trimmed: no configuration",
            "who sets a value is not known, and findings that hang on it are possible",
        ),
        CaveatKind::NoMasks => {
            ("trimmed: changes without after_unknown", "what they do not show counts as not known")
        }
        CaveatKind::StandIns => (
            "values that stand in for others, as mock outputs do",
            "they count as not known; plan again once the other unit is applied",
        ),
        CaveatKind::MockOutputs => (
            "values that equal mock_outputs of terragrunt.hcl",
            "they only link to what another plan has; plan again if its unit was not applied",
        ),
        CaveatKind::AbsentUnits => (
            "given outputs of Terragrunt units that are in no plan of this run",
            "what only those show is not known; check the plans of the whole tree together",
        ),
        CaveatKind::Stale => (
            "the source is of another version than the plan",
            "modules that differ are not read to judge, and lines may be wrong",
        ),
        CaveatKind::Edited => (
            "files changed since the plan was made",
            "lines and comments are those of the plan; plan again to judge the files as they are",
        ),
        CaveatKind::ShortReferences => (
            "references without attributes, as Terraform 1.0.0 and older write them",
            "findings that hang on them are possible",
        ),
        CaveatKind::Version => {
            ("newer than what bricklint knows", "judged by what it knows; update bricklint")
        }
        CaveatKind::Provider => (
            "attributes that bricklint does not know, of another version of the provider",
            "they are passed over; update bricklint",
        ),
    }
}

/// Where a failure happened: `unit`, `unit: rule`, `rule`, or "" for the run.
pub(super) fn failed(failure: &Failure) -> String {
    let rule = failure.rule.as_deref().map(name);
    let parts = [Some(name(&failure.unit)), rule];
    let parts: Vec<&str> =
        parts.iter().flatten().map(|part| &**part).filter(|part| !part.is_empty()).collect();
    parts.join(": ")
}

/// `judged 3 plans with 1,204 resources by 199 rules; passed over 2 files of other kinds`.
pub(super) fn judged(outcome: &Outcome) -> String {
    let mut kinds = Vec::new();
    for (words, noun) in [(&["plan"][..], "plan"), (&["state", "tfstate"], "state")] {
        let n = outcome.inputs.iter().filter(|input| words.contains(&input.kind)).count();
        if n > 0 {
            kinds.push(count(n, noun));
        }
    }
    let resources = outcome.inputs.iter().map(|input| input.resources).sum();
    let rules = count(outcome.rules.len(), "rule");
    let mut judged = match kinds.is_empty() {
        true => "no plan, no state".to_owned(),
        false => format!(
            "judged {} with {} by {rules}",
            kinds.join(" and "),
            count(resources, "resource")
        ),
    };
    if outcome.skipped > 0 {
        let files = count(outcome.skipped, "file");
        judged.push_str(&format!("; passed over {files} of other kinds"));
    }
    judged
}

/// Metadata of a finding's rule.
pub(super) fn rule_of<'a>(outcome: &'a Outcome, finding: &Finding) -> Option<&'a RuleMeta> {
    let at = outcome.rules.binary_search_by(|rule| rule.id.as_ref().cmp(&finding.rule)).ok()?;
    Some(&outcome.rules[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(clip("abcd", 4), "abcd");
        assert_eq!(clip("abcde", 4), "abc…");
        assert_eq!(clip("äöüß", 4), "äöüß");
        assert_eq!(clip("äöüßä", 4), "äöü…");
        let long = format!("start{}end", "ü".repeat(70_000));
        let short = name(&long);
        assert!(short.starts_with("startüü") && short.ends_with("üend"), "{short}");
        assert_eq!(short.chars().count(), MAX_NAME);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(1, "plan"), "1 plan");
        assert_eq!(count(0, "plan"), "0 plans");
        assert_eq!(count(1234567, "plan"), "1,234,567 plans");
    }
}
