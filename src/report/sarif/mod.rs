//! `-o sarif`: one run of SARIF 2.1.0, as GitHub code scanning reads it.
//!
//! What GitHub asks for and other readers do not forbid:
//! - One run for all plans: several of one tool and category are refused.
//! - `driver.rules` holds the rules that have results: GitHub wants those described, and hundreds
//!   of pages about silent rules would outweigh everything else.
//! - Findings of one rule, file and line are one result: GitHub tells alerts apart by exactly that,
//!   and the instances of a `for_each` share it. Findings whose source lines are unknown stand at
//!   line 1 of the plan and are not folded: they would all be one. To keep GitHub from taking them
//!   for one, they carry a `primaryLocationLineHash` of their own, made from the fingerprint.
//!   Where the plan lies in the checkout, upload-sarif then notes in its log that the line's hash
//!   is another. Where the source lines are known and readable, the hash is GitHub's own.
//! - The address is part of the message: GitHub shows no logical locations.
//! - Accepted findings are suppressed results. GitHub opens alerts for them all the same
//!   (<https://github.com/github/codeql-action/issues/1230>), so they can be left out.
//! - `baselineState` compares with the world before the apply, the run that was never written.
//! - At most 25,000 results, else the file is refused: the worst are kept.

mod accepted;
mod line_hash;
mod log;
mod rules;

pub use line_hash::line_hashes;

use std::collections::BTreeMap;

use self::log::{
    Artifact, Descriptor, Details, Driver, FailureProperties, Fingerprints, Invocation, Location,
    Log, LogicalLocation, Notification, PhysicalLocation, Region, ResultLine, ResultProperties,
    Rule, Run, RunProperties, SCHEMA, Text, Tool,
};
use super::{
    Options, coverage,
    fold::{Fold, MAX_ADDRESSES, folds, quoted, weight},
    json::{CoverageLine, Input},
    path::Paths,
    text::{self, rule_of},
    wire,
};
use crate::{
    lint::{
        Accepted, Change, Failure, Finding, Outcome, Place, SourceProblem, SourceSpan, Verdict,
    },
    redact::percent_encoded,
};

/// GitHub refuses a run with more.
const MAX_RESULTS: usize = 25_000;

/// GitHub keeps 100 locations of a result; a message with more links is no message.
const MAX_RELATED: usize = 50;

/// Characters of a message and of each line of help.
const MAX_CHARS: usize = 2_000;

pub(super) fn render(outcome: &Outcome, options: &Options) -> Vec<u8> {
    wire::to_lines(&Writer::new(outcome, options).log(MAX_RESULTS), 4)
}

/// What every result needs to know.
struct Writer<'a> {
    outcome: &'a Outcome,
    options: &'a Options,
    paths: Paths<'a>,
}

impl<'a> Writer<'a> {
    fn new(outcome: &'a Outcome, options: &'a Options) -> Self {
        Writer { outcome, options, paths: Paths::new(outcome, options) }
    }

    fn log(&self, max: usize) -> Log<'a> {
        let mut folds = self.folds();
        let all = folds.len();
        keep_worst(&mut folds, max);
        let (rules, index) = self.rules(&folds);
        let results =
            folds.iter().map(|fold| self.result(fold, index[fold.lead.rule.as_ref()])).collect();
        let invocation = self.invocation(all, all - folds.len());
        let run = Run {
            tool: Tool { driver: driver(rules) },
            automation_details: Details { id: self.category() },
            invocations: [invocation],
            column_kind: "unicodeCodePoints",
            results,
            properties: self.run_properties(),
        };
        Log { schema: SCHEMA, version: "2.1.0", runs: [run] }
    }

    /// The part before the last slash is the category; what follows would name one run.
    fn category(&self) -> String {
        match self.options.category.as_str() {
            "" => "bricklint/".to_owned(),
            category => format!("bricklint/{category}/"),
        }
    }

    fn folds(&self) -> Vec<Fold<'a>> {
        let findings = self.outcome.findings.iter().map(|finding| (finding, None));
        let accepted = self.listed_accepted().iter().map(|it| (&it.finding, Some(it)));
        folds(findings.chain(accepted), &self.paths)
    }

    fn listed_accepted(&self) -> &'a [Accepted] {
        if self.options.omit_accepted { &[] } else { &self.outcome.accepted }
    }

    /// The rules of these results, by id, and where each stands.
    fn rules(&self, folds: &[Fold<'a>]) -> (Vec<Rule>, BTreeMap<&'a str, usize>) {
        let used: BTreeMap<&str, &Finding> =
            folds.iter().rev().map(|fold| (fold.lead.rule.as_ref(), fold.lead)).collect();
        let rules = used.values().map(|finding| match rule_of(self.outcome, finding) {
            Some(meta) => rules::describe(meta),
            None => rules::describe_unknown(finding),
        });
        let index = used.keys().enumerate().map(|(at, id)| (*id, at)).collect();
        (rules.collect(), index)
    }

    fn result(&self, fold: &Fold<'_>, rule_index: usize) -> ResultLine {
        let lead = fold.lead;
        let location = Location {
            id: None,
            physical_location: self.physical(&lead.place.unit, lead.source.as_ref()),
            logical_locations: logical(fold.all.iter().map(|finding| &finding.place)),
            message: None,
        };
        ResultLine {
            rule_id: lead.rule.to_string(),
            rule_index,
            level: lead.severity.as_str(),
            baseline_state: baseline_state(fold),
            message: Text { text: message(fold) },
            locations: [location],
            related_locations: self.related(lead),
            partial_fingerprints: self.fingerprints(fold),
            suppressions: self.suppressions(fold.accepted),
            properties: properties(fold),
        }
    }

    /// Source lines, or line 1 of the plan.
    fn physical(&self, unit: &str, span: Option<&SourceSpan>) -> PhysicalLocation {
        let (path, region) = match self.paths.source(span) {
            Some((path, span)) => (path, region(span)),
            None => (self.paths.plan(unit), LINE_1),
        };
        PhysicalLocation { artifact_location: Artifact { uri: uri(&path) }, region }
    }

    /// Our own: the least of the fingerprints, which stays when other instances come and go.
    fn fingerprints(&self, fold: &Fold<'_>) -> Fingerprints {
        let least = fold.all.iter().map(|finding| &finding.fingerprint).min();
        let own = least.unwrap_or(&fold.lead.fingerprint).clone();
        let line_hash = match self.paths.source(fold.lead.source.as_ref()) {
            Some((_, span)) => self.options.line_hash(span).cloned(),
            None => Some(format!("{own}:1")),
        };
        Fingerprints { own, line_hash }
    }

    fn related(&self, finding: &Finding) -> Vec<Location> {
        let related = finding.related.iter().take(MAX_RELATED).enumerate();
        let locations = related.map(|(n, related)| {
            let label = text::message(&related.label, MAX_CHARS);
            let place = quoted(&related.place, None);
            Location {
                id: Some(n + 1),
                physical_location: self.physical(&related.place.unit, related.source.as_ref()),
                logical_locations: logical(std::iter::once(&related.place)),
                message: Some(Text { text: unlinked(&format!("{place}: {label}")) }),
            }
        });
        locations.collect()
    }

    /// Rules that had nothing to judge are left out: they would outweigh the others.
    fn run_properties(&self) -> RunProperties<'a> {
        let coverage = self.outcome.coverage.iter().filter(|it| it.judged > 0 || it.open > 0);
        RunProperties {
            inputs: self.outcome.inputs.iter().map(Input::new).collect(),
            coverage: coverage.map(CoverageLine::new).collect(),
        }
    }

    fn invocation(&self, all: usize, missing: usize) -> Invocation {
        let failures = &self.outcome.failures;
        let unread = self.outcome.unread.iter().map(unread);
        let mut notifications: Vec<Notification> =
            failures.iter().map(failure).chain(unread).collect();
        if missing > 0 {
            let text = format!(
                "{} of {} results are listed; the {missing} least severe are missing.",
                all - missing,
                all
            );
            notifications.push(Notification {
                descriptor: None,
                level: "warning",
                message: Text { text },
                properties: None,
            });
        }
        notifications.extend(self.omitted());
        let caveats = text::caveats(self.outcome).into_iter();
        notifications.extend(caveats.map(|(kind, line)| note(kind.as_str(), &line)));
        let unjudged = coverage::unjudged(self.outcome);
        notifications.extend(unjudged.iter().map(|line| note("nothing-to-judge", line)));
        Invocation {
            execution_successful: failures.is_empty(),
            exit_code: self.outcome.summary.exit_code,
            tool_execution_notifications: notifications,
        }
    }
}

fn driver(rules: Vec<Rule>) -> Driver {
    Driver {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules,
    }
}

/// Against the world before the apply; a result of findings that differ is one that changed.
fn baseline_state(fold: &Fold<'_>) -> &'static str {
    let state = |finding: &Finding| match finding.change {
        Change::Introduced => "new",
        Change::Standing => "unchanged",
        Change::Fixed => "absent",
    };
    let lead = state(fold.lead);
    if fold.all.iter().all(|finding| state(finding) == lead) { lead } else { "updated" }
}

/// Drops the least severe beyond `max`; the rest keep their order.
fn keep_worst(folds: &mut Vec<Fold<'_>>, max: usize) {
    if folds.len() <= max {
        return;
    }
    let mut order: Vec<usize> = (0..folds.len()).collect();
    order.sort_by_key(|at| {
        let fold = &folds[*at];
        std::cmp::Reverse((fold.accepted.is_none(), weight(fold.lead)))
    });
    let mut keep = vec![false; folds.len()];
    order.iter().take(max).for_each(|at| keep[*at] = true);
    let mut keep = keep.into_iter();
    folds.retain(|_| keep.next().unwrap_or_default());
}

fn message(fold: &Fold<'_>) -> String {
    let lead = fold.lead;
    let possible = if lead.verdict == Verdict::Possible { "possible: " } else { "" };
    let message = text::message(&lead.message, MAX_CHARS);
    let mut out = unlinked(&format!("{possible}{message} ({})", fold.places()));
    out.push('.');
    let links = linked(lead);
    if !links.is_empty() {
        out.push_str(&format!(" Related: {}.", links.join(", ")));
    }
    if let Some(help) = &lead.help {
        let lines = help.lines().map(|line| text::message(line, MAX_CHARS));
        let help = lines.collect::<Vec<_>>().join("\n");
        out.push_str(&unlinked(&rules::sentence(&format!("\nTo fix it: {help}"))));
    }
    out
}

/// Links to the related places that have source lines: GitHub shows only those it finds linked.
fn linked(finding: &Finding) -> Vec<String> {
    let related = finding.related.iter().take(MAX_RELATED).enumerate();
    let sourced = related.filter(|(_, related)| related.source.is_some());
    let links = sourced.take(MAX_ADDRESSES).map(|(n, related)| {
        let label = match related.label.as_str() {
            "" => text::name(&related.place.address),
            label => text::message(label, MAX_CHARS),
        };
        format!("[{}]({})", label.replace('[', "(").replace(']', ")"), n + 1)
    });
    links.collect()
}

/// SARIF reads `[text](target)` in a message as a link; strings of a plan must not make one.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

fn logical<'p>(places: impl Iterator<Item = &'p Place>) -> Vec<LogicalLocation> {
    let mut out = Vec::new();
    for place in places.filter(|place| !place.address.is_empty()).take(MAX_ADDRESSES) {
        let fully_qualified_name = place.address.clone();
        let location = LogicalLocation { fully_qualified_name, kind: "resource" };
        // SARIF wants them unique.
        if !out.contains(&location) {
            out.push(location);
        }
    }
    out
}

/// A path as a URI, percent-encoded.
fn uri(path: &str) -> String {
    let parts: Vec<String> = path.split('/').map(|part| percent_encoded(part, b"")).collect();
    parts.join("/")
}

/// Where a plan stands for the source.
const LINE_1: Region =
    Region { start_line: 1, start_column: None, end_line: None, end_column: None };

fn region(span: &SourceSpan) -> Region {
    Region {
        start_line: span.line,
        start_column: Some(span.column),
        end_line: Some(span.end_line),
        end_column: Some(span.end_column),
    }
}

fn properties(fold: &Fold<'_>) -> ResultProperties {
    let lead = fold.lead;
    ResultProperties {
        unit: lead.place.unit.clone(),
        address: lead.place.address.clone(),
        attribute: lead.place.attribute.clone(),
        deposed: lead.deposed.clone(),
        verdict: lead.verdict.as_str(),
        change: lead.change.as_str(),
        actions: lead.actions.clone(),
        findings: (fold.all.len() > 1).then_some(fold.all.len()),
    }
}

fn unread(problem: &SourceProblem) -> Notification {
    let problem = problem.to_string();
    let text = format!("source not read: {}", text::message(&problem, MAX_CHARS));
    let text = unlinked(&rules::sentence(&text));
    Notification { descriptor: None, level: "warning", message: Text { text }, properties: None }
}

fn note(id: &'static str, line: &str) -> Notification {
    Notification {
        descriptor: Some(Descriptor { id }),
        level: "note",
        message: Text { text: unlinked(&rules::sentence(line)) },
        properties: None,
    }
}

fn failure(failure: &Failure) -> Notification {
    let place = text::failed(failure);
    let colon = if place.is_empty() { "" } else { ": " };
    let message = text::message(&failure.message, MAX_CHARS);
    let text = unlinked(&rules::sentence(&format!("{place}{colon}{message}")));
    Notification {
        descriptor: None,
        level: "error",
        message: Text { text },
        properties: Some(FailureProperties {
            unit: failure.unit.clone(),
            rule: failure.rule.clone(),
            kind: failure.kind.as_str(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::{lint::Severity, report::sample};

    fn sarif(outcome: &Outcome) -> Value {
        serde_json::from_slice(&render(outcome, &Options::default())).unwrap()
    }

    fn results(log: &Value) -> &Vec<Value> {
        log["runs"][0]["results"].as_array().unwrap()
    }

    /// Eleven instances and one more, all on one line.
    fn instances() -> Outcome {
        let mut outcome = sample::everyday();
        let first = outcome.findings[0].clone();
        outcome.findings = (0..12)
            .map(|n| {
                let mut finding = first.clone();
                finding.place.address = format!("databricks_cluster.x[{n}]");
                finding.fingerprint = format!("{:016x}", 100 - n);
                finding.severity = if n == 5 { Severity::Error } else { Severity::Note };
                finding.source = Some(sample::span("modules/x y/main.tf"));
                finding
            })
            .collect();
        outcome
    }

    #[test]
    fn logs_keep_to_the_standard() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/sarif-2.1.0.json");
        let schema = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let outcomes = [
            sample::everyday(),
            sample::one_cause(),
            sample::clean(),
            sample::accepting(),
            instances(),
        ];
        for outcome in outcomes.into_iter().chain([sample::hostile(), Outcome::default()]) {
            let log = sarif(&outcome);
            let errors: Vec<String> = validator
                .iter_errors(&log)
                .map(|error| format!("{}: {error:.300}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }

    #[test]
    fn github_finds_what_it_asks_for() {
        for outcome in [sample::everyday(), sample::one_cause(), instances(), sample::hostile()] {
            let log = sarif(&outcome);
            let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
            for result in results(&log) {
                let index = result["ruleIndex"].as_u64().unwrap() as usize;
                assert_eq!(rules[index]["id"], result["ruleId"]);
                assert!(!result["message"]["text"].as_str().unwrap().is_empty());
                let place = &result["locations"][0]["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap();
                assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains(".."), "{uri}");
                assert!(uri.bytes().all(|b| b.is_ascii_graphic() && b != b':'), "{uri}");
                assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
            }
            for rule in rules {
                for key in ["shortDescription", "fullDescription"] {
                    let text = rule[key]["text"].as_str().unwrap();
                    assert!((1..=1024).contains(&text.chars().count()), "{key}: {text}");
                }
                assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
                let security = rule["properties"]["tags"][0] == "security";
                let number = rule["properties"]["security-severity"].as_str();
                assert_eq!(number.is_some(), security, "{rule}");
                assert!(number.is_none_or(|number| number.parse::<f64>().is_ok()));
            }
        }
    }

    #[test]
    fn findings_of_one_line_are_one_result() {
        let log = sarif(&instances());
        let [result] = results(&log).as_slice() else { panic!("{log}") };
        let text = result["message"]["text"].as_str().unwrap();
        assert!(
            text.contains("(12 places in 'live/prod/workspace': 'databricks_cluster.x[0] (met")
        );
        assert!(text.contains("'databricks_cluster.x[9] (metastore_id)', and 2 more)."), "{text}");
        assert_eq!(result["level"], "error", "the worst speaks");
        assert_eq!(result["properties"]["address"], "databricks_cluster.x[5]");
        assert_eq!(result["properties"]["findings"], 12);
        assert_eq!(result["partialFingerprints"]["bricklint/v1"], format!("{:016x}", 100 - 11));
        assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"], Value::Null);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "modules/x%20y/main.tf");
        let region = serde_json::json!(
            { "startLine": 7, "startColumn": 3, "endLine": 7, "endColumn": 12 });
        assert_eq!(place["region"], region);
    }

    #[test]
    fn a_line_that_can_be_read_has_the_hash_of_github() {
        let hashes: Vec<String> = (1..=7).map(|line| format!("{line:x}:1")).collect();
        let line_hashes = BTreeMap::from([("modules/x y/main.tf".to_owned(), hashes)]);
        let options = Options { line_hashes, ..Options::default() };
        let log: Value = serde_json::from_slice(&render(&instances(), &options)).unwrap();
        let prints = &results(&log)[0]["partialFingerprints"];
        assert_eq!(prints["primaryLocationLineHash"], "7:1");
    }

    #[test]
    fn without_source_lines_findings_stay_apart() {
        let mut outcome = instances();
        outcome.findings.iter_mut().for_each(|finding| finding.source = None);
        let log = sarif(&outcome);
        assert_eq!(results(&log).len(), 12);
        let result = &results(&log)[0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "live/prod/workspace/tfplan.json");
        assert_eq!(place["region"], serde_json::json!({ "startLine": 1 }));
        let hash = format!("{:016x}:1", 100);
        assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"], hash);
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(uri("b c/[é].json"), "b%20c/%5B%C3%A9%5D.json");
        assert_eq!(uri("a:b#c?d%20"), "a%3Ab%23c%3Fd%2520");
    }

    #[test]
    fn names_of_a_plan_make_no_links() {
        let mut outcome = sample::hostile();
        outcome.findings[0].place.address = "aws_x.y[0](known)".to_owned();
        let log = sarif(&outcome);
        let mut links = 0;
        for result in results(&log) {
            let related = result["relatedLocations"].as_array().unwrap();
            let text = result["message"]["text"].as_str().unwrap();
            for (at, _) in text.match_indices("](") {
                let id: u64 = text[at + 2..].split(')').next().unwrap().parse().unwrap();
                assert!(related.iter().any(|location| location["id"] == id));
                links += 1;
            }
        }
        assert!(links > 0, "a related place with source lines is linked");
    }

    #[test]
    fn failures_and_possible_findings_say_so() {
        let log = sarif(&sample::one_cause());
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(invocation["exitCode"], 2);
        let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(notifications.len(), 3);
        assert_eq!(notifications[1]["properties"]["rule"], "acme-naming");
        assert_eq!(notifications[2]["level"], "note", "how a plan was made is no failure");
        assert_eq!(notifications[2]["descriptor"]["id"], "targeted");
        let log = sarif(&sample::everyday());
        assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);
        let text = results(&log)[2]["message"]["text"].as_str().unwrap();
        assert!(text.starts_with("possible: the cluster may never stop"), "{text}");
        assert_eq!(results(&log)[2]["properties"]["verdict"], "possible");
    }

    #[test]
    fn accepted_findings_are_suppressed_results() {
        let mut outcome = sample::accepting();
        let log = sarif(&outcome);
        let results = results(&log);
        assert_eq!(results.len(), 4);
        assert_eq!(results[0]["suppressions"], serde_json::json!([]), "known to be none");
        let of = |n: usize| &results[n]["suppressions"][0];
        let place = |n: usize| &of(n)["location"]["physicalLocation"];
        assert_eq!((&of(1)["kind"], &of(2)["kind"]), (&"inSource".into(), &"external".into()));
        assert!(results[1..].iter().all(|it| it["suppressions"][0]["status"] == "accepted"));
        assert_eq!(of(1)["justification"], "reached by the VPN alone");
        assert_eq!(place(1)["artifactLocation"]["uri"], "modules/network/main.tf");
        assert_eq!(place(2)["region"]["startLine"], 4);
        assert_eq!(of(3)["justification"], "moves in spring (until 2027-03-31)");

        let options = Options { omit_accepted: true, ..Options::default() };
        let log = serde_json::to_value(Writer::new(&outcome, &options).log(9)).unwrap();
        let left = log["runs"][0]["results"].as_array().unwrap();
        assert!(left.len() == 1 && left[0]["suppressions"].is_null(), "{log}");
        let note = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
        assert_eq!(note["message"]["text"], "3 accepted findings left out.");

        // On one line with a finding that is not accepted, it stays a result of its own.
        outcome.accepted[2].finding.source = Some(sample::span("main.tf"));
        outcome.findings[0].source = Some(sample::span("main.tf"));
        assert_eq!(self::results(&sarif(&outcome)).len(), 4);
        outcome.accepted.clear();
        assert!(sarif(&outcome)["runs"][0]["results"][0]["suppressions"].is_null());
    }

    #[test]
    fn a_result_says_what_it_was_before_the_apply() {
        let mut outcome = instances();
        let states = |outcome: &Outcome| -> Vec<String> {
            let log = sarif(outcome);
            results(&log).iter().map(|it| it["baselineState"].as_str().unwrap().into()).collect()
        };
        assert_eq!(states(&outcome), ["new"]);
        outcome.findings[3].change = Change::Standing;
        assert_eq!(states(&outcome), ["updated"]);
        outcome.findings.iter_mut().for_each(|it| it.change = Change::Standing);
        assert_eq!(states(&outcome), ["unchanged"]);
        outcome.findings.iter_mut().for_each(|it| it.change = Change::Fixed);
        assert_eq!(states(&outcome), ["absent"]);
    }

    #[test]
    fn too_many_results_lose_the_least_severe() {
        let mut outcome = instances();
        outcome.findings.iter_mut().for_each(|finding| finding.source = None);
        outcome.findings[7].change = Change::Fixed;
        let options = Options::default();
        let log = serde_json::to_value(Writer::new(&outcome, &options).log(3)).unwrap();
        let kept: Vec<&Value> =
            results(&log).iter().map(|result| &result["properties"]["address"]).collect();
        assert_eq!(
            kept,
            ["databricks_cluster.x[0]", "databricks_cluster.x[1]", "databricks_cluster.x[5]"]
        );
        let notes = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
        let text = "3 of 12 results are listed; the 9 least severe are missing.";
        assert_eq!(notes[0]["message"]["text"], text);
    }
}
