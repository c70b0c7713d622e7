//! What is accepted, and what accepts nothing, in words that reports and the log share.

use crate::lint::{Accepted, By, Outcome, Unused};

use super::text;

/// So many lines of each kind; more are counted.
const MAX_LINES: usize = 5;

/// `4 accepted: 1 by comment, 3 by baseline`; none where nothing is.
pub(super) fn counts(outcome: &Outcome) -> Option<String> {
    let all = outcome.accepted.len();
    let of = |by: By| {
        let n = outcome.accepted.iter().filter(|it| it.by == by).count();
        (n > 0).then(|| format!("{} by {}", text::thousands(n), by.as_str()))
    };
    let parts: Vec<String> =
        [By::Comment, By::Waiver, By::Baseline].into_iter().filter_map(of).collect();
    (all > 0).then(|| format!("{} accepted: {}", text::thousands(all), parts.join(", ")))
}

/// What somebody should look at, one line each: entries that accept nothing, and those that will not
/// once the plan is applied. Harmless, with the place first.
pub fn to_mend(outcome: &Outcome) -> Vec<String> {
    let (of_file, others): (Vec<&Unused>, Vec<&Unused>) =
        outcome.unused.iter().partition(|it| it.by == By::Baseline);
    let mut lines = listed(&others, unused);
    lines.extend(of_baseline(&of_file));
    let mut moved: Vec<&Accepted> =
        outcome.accepted.iter().filter(|it| it.moved_from.is_some()).collect();
    moved.sort_by_key(|it| &it.at);
    lines.extend(listed(&moved, moves));
    lines
}

/// The file is a machine's, and so is the remedy: one line names all of its entries.
fn of_baseline(all: &[&Unused]) -> Option<String> {
    let (first, others) = all.split_first()?;
    let at = format!("{}:{}", text::name(&first.at.path), first.at.line);
    if others.is_empty() {
        let fix = "--write-baseline drops it";
        return Some(format!("{at}: baseline: 1 entry matches nothing in this run; {fix}"));
    }
    let mut also: Vec<String> =
        others.iter().take(MAX_LINES).map(|it| it.at.line.to_string()).collect();
    let more = others.len().saturating_sub(MAX_LINES);
    also.extend((more > 0).then(|| format!("{} more", text::thousands(more))));
    let lines = if others.len() == 1 { "line" } else { "lines" };
    let (n, also) = (text::thousands(all.len()), also.join(", "));
    let fix = "--write-baseline drops them";
    Some(format!(
        "{at}: baseline: {n} entries match nothing in this run (also {lines} {also}); {fix}"
    ))
}

fn listed<T>(all: &[&T], line: fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<String> = all.iter().take(MAX_LINES).map(|it| line(it)).collect();
    if all.len() > MAX_LINES {
        let more = text::thousands(all.len() - MAX_LINES);
        lines.push(format!("and {more} more; -o json has them all"));
    }
    lines
}

fn unused(it: &Unused) -> String {
    let about = match it.rule.as_str() {
        "" => String::new(),
        rule => format!(" {}", text::name(rule)),
    };
    let (at, why) = (text::name(&it.at.path), text::message(&it.why, 400));
    format!("{at}:{}: {}{about}: {why}", it.at.line, it.by.as_str())
}

fn moves(it: &Accepted) -> String {
    let (at, line) = (text::name(&it.at.path), it.at.line);
    let from = text::name(it.moved_from.as_deref().unwrap_or_default());
    let to = text::name(&it.finding.place.address);
    format!("{at}:{line}: baseline: {from} moves to {to}; --write-baseline follows it")
}
