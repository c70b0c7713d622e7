//! `-o concise`: one line for each finding and failure, one for the summary.
//!
//! `path:line:col: level[rule] unit address (attribute): message` where the source is known, the
//! form that editors and problem matchers read; else `unit: level[rule] address (attribute):
//! message`. A possible, standing or fixed finding says so before its message.

use super::text;
use crate::{
    lint::{Failure, Finding, Outcome},
    redact::neutralise,
};

/// Longer messages are cut: a line has to stay one that people and logs can bear.
const MAX_MESSAGE: usize = 2_000;

pub(super) fn render(outcome: &Outcome) -> String {
    let findings = outcome.findings.iter().map(finding);
    let failures = outcome.failures.iter().map(failure);
    let mut out = String::new();
    for line in findings.chain(failures).chain([summary(outcome)]) {
        // Once more for the whole line: harmless parts must not add up to a command.
        out.push_str(&neutralise(&line));
        out.push('\n');
    }
    out
}

fn finding(finding: &Finding) -> String {
    let label = format!("{}[{}]", finding.severity.as_str(), text::name(&finding.rule));
    let unit = text::name(&finding.place.unit);
    let start = match &finding.source {
        Some(span) => format!("{}: {label} {unit}", text::span(span)),
        None => format!("{unit}: {label}"),
    };
    let subject = text::subject(&finding.place, finding.deposed.as_deref());
    let space = if subject.is_empty() { "" } else { " " };
    let message = text::message(&finding.message, MAX_MESSAGE);
    format!("{start}{space}{subject}: {}{message}", text::kind(finding))
}

fn failure(failure: &Failure) -> String {
    let place = text::failed(failure);
    let colon = if place.is_empty() { "" } else { ": " };
    let message = text::message(&failure.message, MAX_MESSAGE);
    format!("{place}{colon}failure[{}]: {message}", failure.kind.as_str())
}

/// The counts, and what was judged.
pub(super) fn summary(outcome: &Outcome) -> String {
    let mut parts = text::tally(outcome);
    parts.push(text::judged(outcome));
    parts.join("; ")
}
