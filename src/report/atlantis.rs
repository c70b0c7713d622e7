//! `-o atlantis`: the output of a custom policy check.
//!
//! Atlantis takes the verdict from the text, not from the exit code: it reads `1 failure` or a
//! leading `FAIL` as failed (`project_command_runner.go`), its documentation and older versions the
//! letters "fail" anywhere, and no output at all as failed too. So a text that passes has none of
//! these letters together, whatever the plan says. It shows the text as a diff, where lines with
//! `-` are red and those with `!` orange; with `policy_item_regex` each line is approved by itself,
//! so lines say nothing that changes while the finding stays.

use std::cmp::Reverse;

use super::{acceptance, approval, concise, coverage, fold::weight, text};
use crate::{
    lint::{Failure, Finding, Outcome},
    redact::neutralise,
};

/// Findings that are listed. Comments have limits, and so have readers.
const MAX_FINDINGS: usize = 100;

/// Characters of a message.
const MAX_CHARS: usize = 400;

pub(super) fn render(outcome: &Outcome) -> String {
    let fails = outcome.summary.exit_code != 0;
    let mut lines = vec![if fails { failed(outcome) } else { "PASS bricklint".to_owned() }];
    lines.extend(approval::line(outcome));
    lines.extend(outcome.failures.iter().map(failure));
    let mut findings: Vec<&Finding> = outcome.findings.iter().collect();
    let asking = approval::asking(outcome);
    // What needs an approval is an item of its own as well: one that was given for something else
    // must not cover it.
    let blocks = |finding: &Finding| {
        let print = &finding.fingerprint;
        outcome.blocking.contains(print) || asking.contains(print.as_str())
    };
    findings.sort_by_key(|finding| Reverse((blocks(finding), weight(finding))));
    for it in findings.iter().take(MAX_FINDINGS) {
        lines.push(finding(it, if blocks(it) { '-' } else { '!' }));
    }
    if let Some(first) = findings.get(MAX_FINDINGS) {
        // Where some of these block, how many there are is an item as well.
        let mark = if blocks(first) { "- " } else { "" };
        lines.push(format!("{mark}and {} more findings", findings.len() - MAX_FINDINGS));
    }
    let remarks = coverage::remarks_with_source(outcome);
    lines.extend(remarks.iter().map(|line| format!("note: {line}")));
    lines.extend(acceptance::to_mend(outcome).iter().map(|line| format!("to mend: {line}")));
    lines.push(concise::summary(outcome));
    finish(&lines, fails)
}

/// What is printed where nothing could be judged at all, such as for a mistake in `bricklint.toml`.
pub fn refuse(message: &str) -> String {
    finish(&[failing(1), format!("- {}", text::message(message, MAX_CHARS))], true)
}

fn finish(lines: &[String], fails: bool) -> String {
    let mut out = String::new();
    for line in lines {
        let line = neutralise(line);
        out.push_str(&if fails { line.into_owned() } else { unfailing(&line) });
        out.push('\n');
    }
    out
}

/// The first line of a text that fails, which both of Atlantis's readings find.
fn failing(failures: usize) -> String {
    format!("FAIL bricklint: {}", text::count(failures, "failure"))
}

fn failed(outcome: &Outcome) -> String {
    let asking = approval::asking(outcome).len();
    let failures = failing((outcome.failures.len() + outcome.blocking.len() + asking).max(1));
    match outcome.summary.exit_code {
        3 => format!("{failures}: needs an approval"),
        _ => failures,
    }
}

/// Breaks the letters "fail" apart, so that a finding that blocks nothing does not block.
fn unfailing(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.to_ascii_lowercase().find("fail") {
        out.push_str(&rest[..at + 2]);
        out.push('·');
        rest = &rest[at + 2..];
    }
    out + rest
}

fn finding(finding: &Finding, mark: char) -> String {
    let place = text::place(&finding.place, finding.deposed.as_deref());
    let (level, rule) = (finding.severity.as_str(), text::name(&finding.rule));
    let message = text::message(&finding.message, MAX_CHARS);
    format!("{mark} {level}[{rule}] {place}: {}{message}", text::kind(finding))
}

fn failure(failure: &Failure) -> String {
    let place = text::failed(failure);
    let colon = if place.is_empty() { "" } else { ": " };
    let message = text::message(&failure.message, MAX_CHARS);
    format!("- not judged[{}] {place}{colon}{message}", failure.kind.as_str())
}
