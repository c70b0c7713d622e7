//! `-o junit`: a suite for each plan, a case for each finding, as CI systems show test results.
//!
//! The cases agree with the exit code: a finding that makes exit code 1 has failed, what could not
//! be judged is an error, and a finding that blocks nothing, or is accepted, is skipped, which CI
//! systems show without holding it against the run. A plan without findings is one case that passed.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::text;
use crate::lint::{Accepted, Failure, Finding, Outcome};

/// Characters of a message and of each line below it.
const MAX_CHARS: usize = 2_000;

/// Places that are named with a finding.
const MAX_RELATED: usize = 10;

pub(super) fn render(outcome: &Outcome) -> Vec<u8> {
    let mut report = Report::new("bricklint");
    for (unit, cases) in suites(outcome) {
        let mut suite = TestSuite::new(unit);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    xml(&report).into_bytes()
}

/// The report as XML. The schema by which Jenkins' xUnit plugin validates (`junit-10.xsd` of
/// jenkinsci/xunit-plugin) knows a count of skipped tests for suites only, and refuses a report with
/// one for all of them.
pub(super) fn xml(report: &Report) -> String {
    let mut out = Vec::new();
    let written = report.serialize(&mut out);
    // A Vec takes every byte, so there is no error to pass on.
    debug_assert!(written.is_ok(), "the report cannot be serialized: {written:?}");
    let skipped = format!(" skipped=\"{}\"", report.skipped);
    String::from_utf8_lossy(&out).replacen(&skipped, "", 1)
}

/// Cases by the name of their unit; one that passed where there is nothing to say.
fn suites(outcome: &Outcome) -> BTreeMap<String, Vec<TestCase>> {
    let mut suites: BTreeMap<String, Vec<TestCase>> = BTreeMap::new();
    for input in &outcome.inputs {
        suites.entry(class(&input.unit)).or_default();
    }
    for it in &outcome.failures {
        suites.entry(class(&it.unit)).or_default().push(failure(it));
    }
    for it in &outcome.findings {
        suites.entry(class(&it.place.unit)).or_default().push(finding(it, outcome));
    }
    for it in &outcome.accepted {
        suites.entry(class(&it.finding.place.unit)).or_default().push(accepted(it, outcome));
    }
    for input in &outcome.inputs {
        if let Some(cases) = suites.get_mut(&class(&input.unit)).filter(|cases| cases.is_empty()) {
            let mut passed = TestCase::new("no findings", TestCaseStatus::success());
            let resources = text::count(input.resources, "resource");
            passed.set_classname(class(&input.unit)).set_system_out(format!("judged {resources}"));
            cases.push(passed);
        }
    }
    suites
}

/// The name of a unit; bricklint's own for what is about none.
fn class(unit: &str) -> String {
    if unit.is_empty() { "bricklint".to_owned() } else { text::name(unit).into_owned() }
}

fn finding(finding: &Finding, outcome: &Outcome) -> TestCase {
    let blocks = outcome.blocking.contains(&finding.fingerprint);
    let mut status = match blocks {
        true => TestCaseStatus::non_success(NonSuccessKind::Failure),
        false => TestCaseStatus::skipped(),
    };
    let level = finding.severity.as_str();
    let message = text::message(&finding.message, MAX_CHARS);
    status.set_message(format!("{level}: {}{message}", text::kind(finding)));
    case(finding, status, outcome)
}

/// Skipped as well, with the reason.
fn accepted(accepted: &Accepted, outcome: &Outcome) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    let (by, path) = (accepted.by.as_str(), text::name(&accepted.at.path));
    let reason = accepted.reason.as_deref().map(|reason| text::message(reason, MAX_CHARS));
    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let message = text::message(&accepted.finding.message, MAX_CHARS);
    status
        .set_message(format!("accepted by {by} ({path}:{}){reason}: {message}", accepted.at.line));
    case(&accepted.finding, status, outcome)
}

fn case(finding: &Finding, mut status: TestCaseStatus, outcome: &Outcome) -> TestCase {
    status.set_type(finding.severity.as_str());
    status.set_description(details(finding, outcome));
    let rule = text::name(&finding.rule);
    let subject = text::subject(&finding.place, finding.deposed.as_deref());
    let colon = if subject.is_empty() { "" } else { ": " };
    let mut case = TestCase::new(format!("{rule}{colon}{subject}"), status);
    case.set_classname(class(&finding.place.unit));
    case
}

/// Where, with whom, what to do, where to read on.
fn details(finding: &Finding, outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    if let Some(span) = &finding.source {
        lines.push(text::span(span));
    }
    for related in finding.related.iter().take(MAX_RELATED) {
        let place = text::place_from(&finding.place.unit, &related.place, None);
        lines.push(format!("related: {place}: {}", text::message(&related.label, MAX_CHARS)));
    }
    if finding.related.len() > MAX_RELATED {
        lines.push(format!("and {} more related", finding.related.len() - MAX_RELATED));
    }
    for line in finding.help.as_deref().unwrap_or_default().lines() {
        lines.push(format!("help: {}", text::message(line, MAX_CHARS)));
    }
    let page = text::rule_of(outcome, finding).map(|rule| rule.docs_url());
    lines.extend(page.filter(|page| !page.is_empty()));
    lines.join("\n")
}

fn failure(failure: &Failure) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(text::message(&failure.message, MAX_CHARS).into_owned());
    status.set_type(failure.kind.as_str());
    let rule = failure.rule.as_deref().map(text::name);
    let name = rule.as_deref().unwrap_or("input");
    let mut case = TestCase::new(format!("not judged: {name}"), status);
    case.set_classname(class(&failure.unit));
    case
}
