//! `-o gitlab`: a Code Quality report, which GitLab shows in merge requests.
//!
//! GitLab wants a path and a line of every entry: where the source lines are unknown, line 1 of the
//! plan's file. Entries of one fingerprint are one to it; ours are unique. What the format is:
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Options, path::Paths, text, wire};
use crate::lint::{Change, Failure, FailureKind, Finding, Outcome, Severity};

/// Characters of a message and of its help.
const MAX_CHARS: usize = 2_000;

pub(super) fn render(outcome: &Outcome, options: &Options) -> Vec<u8> {
    let paths = Paths::new(outcome, options);
    let mut seen: BTreeMap<(&str, Option<&str>, FailureKind), usize> = BTreeMap::new();
    let failures = outcome.failures.iter().map(|failure| {
        let nth = seen.entry((&failure.unit, failure.rule.as_deref(), failure.kind)).or_default();
        *nth += 1;
        of_failure(*nth, failure, &paths)
    });
    let findings = outcome.findings.iter().map(|finding| of_finding(finding, &paths));
    wire::to_lines(&failures.chain(findings).collect::<Vec<Entry<'_>>>(), 1)
}

#[derive(Serialize)]
struct Entry<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

fn of_finding<'a>(finding: &'a Finding, paths: &Paths<'_>) -> Entry<'a> {
    let message = text::message(&finding.message, MAX_CHARS);
    let place = text::place(&finding.place, finding.deposed.as_deref());
    let help = finding.help.as_deref().map(|help| text::message(help, MAX_CHARS));
    let help = help.map(|help| format!("; to fix it: {help}")).unwrap_or_default();
    let source = paths.source(finding.source.as_ref());
    let (path, line) = match source {
        Some((path, span)) => (path, span.line),
        None => (paths.plan(&finding.place.unit), 1),
    };
    Entry {
        description: format!("{}{message} ({place}){help}", text::kind(finding)),
        check_name: &finding.rule,
        fingerprint: finding.fingerprint.clone(),
        severity: severity(finding),
        location: Location { path, lines: Lines { begin: line } },
    }
}

/// `blocker` is left for what could not be judged. A merge request that removes a problem has it
/// no more, however bad it was.
fn severity(finding: &Finding) -> &'static str {
    match (finding.change, finding.severity) {
        (Change::Fixed, _) => "info",
        (_, Severity::Error) => "critical",
        (_, Severity::Warning) => "major",
        (_, Severity::Note) => "minor",
    }
}

fn of_failure<'a>(nth: usize, failure: &'a Failure, paths: &Paths<'_>) -> Entry<'a> {
    let place = text::failed(failure);
    let colon = if place.is_empty() { "" } else { ": " };
    let message = text::message(&failure.message, MAX_CHARS);
    let rule = failure.rule.as_deref().unwrap_or_default();
    // Not the message, which changes with the file.
    let identity = [&failure.unit, rule, failure.kind.as_str(), &nth.to_string()].join("\n");
    let digest = Sha256::digest(identity);
    Entry {
        description: format!("not judged: {place}{colon}{message}"),
        check_name: failure.rule.as_deref().unwrap_or(failure.kind.as_str()),
        fingerprint: digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
        severity: "blocker",
        location: Location { path: paths.plan(&failure.unit), lines: Lines { begin: 1 } },
    }
}
