//! What came of the tests of scripts: for people, and as JUnit XML.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use similar::TextDiff;

use super::{Options, junit::xml, script::draw};
use crate::{
    lint::{Case, CaseResult, ScriptError, Suite, Tested},
    redact::neutralise,
};

/// Messages of findings that are shown of a test.
const MESSAGES: usize = 10;

/// Every test on a line, what differs below it, what no test reached, and the count.
pub fn text(ran: &Tested, options: &Options) -> String {
    let mut out = String::new();
    for suite in &ran.suites {
        suite_text(&mut out, suite, options);
    }
    for error in &ran.broken {
        let _ = writeln!(out, "{}", neutralise(&error.path));
        let _ = writeln!(out, "  {} could not be run", word("FAILED", "31", options.color));
        indented(&mut out, &draw(error, options));
        out.push('\n');
    }
    out.push_str(&total(ran));
    out
}

fn suite_text(out: &mut String, suite: &Suite, options: &Options) {
    let color = options.color;
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "{}", neutralise(&suite.path));
    if suite.cases.is_empty() {
        let how = "write `fn test_…()` into it, or put plans beside it, under tests/";
        let (word, id) = (word("NONE", "33", color), neutralise(&suite.id));
        let _ = writeln!(out, "  {word} nothing tests this policy: {how}{id}/");
    }
    for case in &suite.cases {
        case_text(out, case, options);
    }
    for error in &suite.mistakes {
        let _ = writeln!(out, "  {} mistake in the script", word("FAILED", "31", color));
        indented(out, &draw(error, options));
    }
    for line in suite.untaken.iter().chain(&suite.open) {
        let _ = writeln!(out, "  {} {}", word("note", "36", color), neutralise(line));
    }
    out.push('\n');
}

/// A word in a column of its own.
fn word(word: &str, code: &str, color: bool) -> String {
    let padded = format!("{word:<6}");
    if color { format!("\u{1b}[{code}m{padded}\u{1b}[0m") } else { padded }
}

fn case_text(out: &mut String, case: &Case, options: &Options) {
    let color = options.color;
    let name = neutralise(&case.name);
    match &case.result {
        CaseResult::Passed => {
            let _ = writeln!(out, "  {} {name}", word("ok", "32", color));
        }
        CaseResult::Differs { expected, found, messages } => {
            let place = neutralise(&case.place);
            let _ = writeln!(out, "  {} {name} ({place})", word("FAILED", "31", color));
            indented(out, &difference(expected, found, messages));
        }
        CaseResult::Broken(error) => {
            let _ = writeln!(out, "  {} {name}", word("FAILED", "31", color));
            indented(out, &draw(error, options));
        }
    }
}

fn indented(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "{}", format!("         {line}").trim_end());
    }
}

/// What was expected (`-`) against what was found (`+`), and the findings themselves.
fn difference(expected: &[String], found: &[String], messages: &[String]) -> String {
    let all = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let (expected, found) = (all(expected), all(found));
    let mut out = "- expected, + found\n".to_owned();
    for change in TextDiff::from_lines(&expected, &found).iter_all_changes() {
        let _ = write!(out, "{} {}", change.tag(), neutralise(change.value().trim_end()));
        out.push('\n');
    }
    if found.is_empty() {
        out.push_str("nothing was found\n");
    }
    for message in messages.iter().take(MESSAGES) {
        let _ = writeln!(out, "found {}", neutralise(message));
    }
    if messages.len() > MESSAGES {
        let _ = writeln!(out, "and {} more", messages.len() - MESSAGES);
    }
    out
}

fn count(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn total(ran: &Tested) -> String {
    let suites = &ran.suites;
    let cases = suites.iter().flat_map(|suite| &suite.cases);
    let tests = cases.clone().count();
    let passed = cases.filter(|case| case.passed()).count();
    let mut parts = vec![format!(
        "{}, {}: {passed} passed, {} failed",
        count(suites.len(), "script", "scripts"),
        count(tests, "test", "tests"),
        tests - passed
    )];
    let without = suites.iter().filter(|suite| suite.cases.is_empty()).count();
    let mistakes = suites.iter().map(|suite| suite.mistakes.len()).sum();
    let untaken = suites.iter().map(|suite| suite.untaken.len()).sum();
    for (number, one, many) in [
        (ran.broken.len(), "thing could not be run", "things could not be run"),
        (mistakes, "mistake in a script", "mistakes in scripts"),
        (without, "script without tests", "scripts without tests"),
        (untaken, "branch never taken", "branches never taken"),
    ] {
        if number > 0 {
            parts.push(count(number, one, many));
        }
    }
    format!("{}\n", parts.join("; "))
}

/// The same as JUnit XML. What could not be run is an error; a mistake in a script is a failed test
/// of its own.
pub fn junit(ran: &Tested) -> String {
    let mut report = Report::new("bricklint");
    for suite in &ran.suites {
        let mut out = TestSuite::new(suite.id.as_str());
        for case in &suite.cases {
            out.add_test_case(junit_case(suite, case));
        }
        for error in &suite.mistakes {
            let name = format!("script {}", error.place());
            out.add_test_case(failed(&suite.path, &name, &error.sentence(), &drawn(error)));
        }
        report.add_test_suite(out);
    }
    for error in &ran.broken {
        let mut out = TestSuite::new(error.path.as_str());
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(neutralise(&error.to_string()));
        status.set_description(drawn(error));
        let mut case = TestCase::new("load", status);
        case.set_classname(error.path.as_str());
        out.add_test_case(case);
        report.add_test_suite(out);
    }
    xml(&report)
}

/// An error as a file shows it.
fn drawn(error: &ScriptError) -> String {
    draw(error, &Options::default())
}

fn junit_case(suite: &Suite, case: &Case) -> TestCase {
    let mut out = match &case.result {
        CaseResult::Passed => {
            let mut out = TestCase::new(case.name.as_str(), TestCaseStatus::success());
            out.set_classname(suite.path.as_str());
            out
        }
        CaseResult::Differs { expected, found, messages } => {
            let text = difference(expected, found, messages);
            failed(&suite.path, &case.name, "expected other findings", &text)
        }
        CaseResult::Broken(error) => {
            failed(&suite.path, &case.name, &error.to_string(), &drawn(error))
        }
    };
    out.set_time(case.time);
    out
}

fn failed(path: &str, name: &str, message: &str, text: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(neutralise(message));
    status.set_description(text);
    let mut case = TestCase::new(name, status);
    case.set_classname(path);
    case
}
