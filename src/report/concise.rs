//! `-o concise`: one line for each finding and failure, one for the summary.
//!
//! `path:line:col: level[rule] unit address (attribute): message` where the source is known, the
//! form that editors and problem matchers read; else `unit: level[rule] address (attribute):
//! message`. A possible, standing or fixed finding says so before its message.

use super::{acceptance, text};
use crate::{
    lint::{Change, Failure, Finding, Outcome, Verdict},
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
    format!("{start}{space}{subject}: {}{message}", kind(finding))
}

/// What is not a matter of course: a finding is definite, and the change brings it.
fn kind(finding: &Finding) -> &'static str {
    match (finding.verdict, finding.change) {
        (Verdict::Possible, Change::Introduced) => "possible: ",
        (Verdict::Possible, Change::Standing) => "possible, standing: ",
        (Verdict::Possible, Change::Fixed) => "possible, fixed: ",
        (Verdict::Definite, Change::Introduced) => "",
        (Verdict::Definite, Change::Standing) => "standing: ",
        (Verdict::Definite, Change::Fixed) => "fixed: ",
    }
}

fn failure(failure: &Failure) -> String {
    let place = text::failed(failure);
    let colon = if place.is_empty() { "" } else { ": " };
    let message = text::message(&failure.message, MAX_MESSAGE);
    format!("{place}{colon}failure[{}]: {message}", failure.kind.as_str())
}

fn summary(outcome: &Outcome) -> String {
    let summary = &outcome.summary;
    let mut parts = vec![
        text::severities(summary),
        format!(
            "{} introduced, {} standing, {} fixed",
            summary.introduced, summary.standing, summary.fixed
        ),
    ];
    let hidden: usize = text::hidden(outcome).iter().map(|(_, missing)| missing).sum();
    if hidden > 0 {
        parts.push(format!("{} left out by --show", text::thousands(hidden)));
    }
    parts.push(format!("{} possible", summary.possible));
    parts.extend(acceptance::counts(outcome));
    if !outcome.failures.is_empty() {
        parts.push(text::count(outcome.failures.len(), "failure"));
    }
    parts.push(text::judged(outcome));
    parts.join("; ")
}
