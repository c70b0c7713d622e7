//! `-o json`: everything, in a format that only ever gains fields (`docs/schema/report-1.json`).
//!
//! One finding per line: lines can be compared and searched, and cost no more than one long line.
//! Strings are exact, not neutralised; JSON's own escapes keep their bytes harmless.

mod approval;

use serde::Serialize;

use self::approval::ApprovalLine;
use super::{
    text::{self, rule_of},
    wire,
};
use crate::lint::{
    self, Accepted, Caveat, Coverage, Failure, Finding, InputInfo, Outcome, SourceProblem,
    SourceSpan, Summary, Unused,
};

/// The version of the format. A field that is removed or changes its meaning makes it 2.
const FORMAT: u32 = 1;

pub(super) fn render(outcome: &Outcome) -> Vec<u8> {
    wire::to_lines(&Report::new(outcome), 2)
}

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    tool: Tool,
    inputs: Vec<Input<'a>>,
    findings: Vec<FindingLine<'a>>,
    accepted: Vec<AcceptedLine<'a>>,
    unused: Vec<UnusedLine<'a>>,
    failures: Vec<FailureLine<'a>>,
    coverage: Vec<CoverageLine<'a>>,
    unread: Vec<Unread<'a>>,
    approval: Option<ApprovalLine<'a>>,
    summary: Totals,
}

/// A source file that could not be read, or only up to a line.
#[derive(Serialize)]
struct Unread<'a> {
    path: &'a str,
    line: Option<u32>,
    message: &'a str,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// A document, in SARIF's properties too.
#[derive(Serialize)]
pub(super) struct Input<'a> {
    unit: &'a str,
    path: &'a str,
    kind: &'a str,
    terraform_version: &'a str,
    resources: usize,
    judged: usize,
    complete: bool,
    errored: bool,
    caveats: Vec<CaveatLine<'a>>,
}

#[derive(Serialize)]
struct CaveatLine<'a> {
    kind: &'a str,
    details: &'a [String],
    message: String,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    rule: &'a str,
    severity: &'a str,
    verdict: &'a str,
    category: &'a str,
    change: &'a str,
    unit: &'a str,
    address: &'a str,
    attribute: Option<&'a str>,
    message: &'a str,
    help: Option<&'a str>,
    related: Vec<RelatedPlace<'a>>,
    actions: &'a [&'static str],
    cause: Option<Edit<'a>>,
    source: Option<Source<'a>>,
    fingerprint: &'a str,
    docs: String,
    /// Tells a deposed object from the current one, whose address it shares; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    deposed: Option<&'a str>,
}

#[derive(Serialize)]
struct AcceptedLine<'a> {
    #[serde(flatten)]
    finding: FindingLine<'a>,
    by: &'a str,
    #[serde(rename = "where")]
    at: String,
    reason: Option<&'a str>,
    until: Option<String>,
    /// Absent where nothing moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_from: Option<&'a str>,
}

#[derive(Serialize)]
struct UnusedLine<'a> {
    by: &'a str,
    #[serde(rename = "where")]
    at: String,
    rule: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct RelatedPlace<'a> {
    unit: &'a str,
    address: &'a str,
    attribute: Option<&'a str>,
    label: &'a str,
    source: Option<Source<'a>>,
}

/// A place without its lines.
#[derive(Serialize)]
struct PlaceLine<'a> {
    unit: &'a str,
    address: &'a str,
    attribute: Option<&'a str>,
}

#[derive(Serialize)]
struct Edit<'a> {
    unit: &'a str,
    address: &'a str,
    attribute: Option<&'a str>,
    source: Option<Source<'a>>,
}

#[derive(Serialize)]
struct Source<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    precision: &'static str,
}

#[derive(Serialize)]
struct FailureLine<'a> {
    unit: &'a str,
    rule: Option<&'a str>,
    kind: &'a str,
    message: &'a str,
    source: Option<FailureSource<'a>>,
}

#[derive(Serialize)]
struct FailureSource<'a> {
    path: &'a str,
    line: u32,
    column: u32,
}

/// What a rule saw, in SARIF's properties too.
#[derive(Serialize)]
pub(super) struct CoverageLine<'a> {
    rule: &'a str,
    judged: usize,
    definite: usize,
    possible: usize,
    open: usize,
    blind: Vec<BlindSpot<'a>>,
}

#[derive(Serialize)]
struct BlindSpot<'a> {
    cause: &'a str,
    count: usize,
    unit: &'a str,
}

#[derive(Serialize)]
struct Totals {
    error: usize,
    warning: usize,
    note: usize,
    possible: usize,
    introduced: usize,
    standing: usize,
    fixed: usize,
    accepted: usize,
    exit_code: u8,
}

impl<'a> Report<'a> {
    fn new(outcome: &'a Outcome) -> Self {
        Report {
            format: FORMAT,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            inputs: outcome.inputs.iter().map(Input::new).collect(),
            findings: outcome.findings.iter().map(|it| FindingLine::new(it, outcome)).collect(),
            accepted: outcome.accepted.iter().map(|it| AcceptedLine::new(it, outcome)).collect(),
            unused: outcome.unused.iter().map(UnusedLine::new).collect(),
            failures: outcome.failures.iter().map(FailureLine::new).collect(),
            coverage: outcome.coverage.iter().map(CoverageLine::new).collect(),
            unread: outcome.unread.iter().map(Unread::new).collect(),
            approval: outcome.approval.as_ref().map(ApprovalLine::new),
            summary: Totals::new(&outcome.summary),
        }
    }
}

impl<'a> Input<'a> {
    pub(super) fn new(input: &'a InputInfo) -> Self {
        Input {
            unit: &input.unit,
            path: &input.path,
            kind: input.kind,
            terraform_version: &input.terraform_version,
            resources: input.resources,
            judged: input.judged,
            complete: input.complete,
            errored: input.errored,
            caveats: input.caveats.iter().map(CaveatLine::new).collect(),
        }
    }
}

impl<'a> CaveatLine<'a> {
    fn new(caveat: &'a Caveat) -> Self {
        let (what, effect) = text::caveat(caveat.kind);
        let message = format!("{what}: {effect}");
        CaveatLine { kind: caveat.kind.as_str(), details: &caveat.details, message }
    }
}

impl<'a> FindingLine<'a> {
    fn new(finding: &'a Finding, outcome: &'a Outcome) -> Self {
        FindingLine {
            rule: &finding.rule,
            severity: finding.severity.as_str(),
            verdict: finding.verdict.as_str(),
            category: finding.category.as_str(),
            change: finding.change.as_str(),
            unit: &finding.place.unit,
            address: &finding.place.address,
            attribute: finding.place.attribute.as_deref(),
            message: &finding.message,
            help: finding.help.as_deref(),
            related: finding.related.iter().map(RelatedPlace::new).collect(),
            actions: &finding.actions,
            cause: finding.cause.as_ref().map(Edit::new),
            source: finding.source.as_ref().map(Source::new),
            fingerprint: &finding.fingerprint,
            docs: rule_of(outcome, finding).map(|rule| rule.docs_url()).unwrap_or_default(),
            deposed: finding.deposed.as_deref(),
        }
    }
}

impl<'a> AcceptedLine<'a> {
    fn new(accepted: &'a Accepted, outcome: &'a Outcome) -> Self {
        AcceptedLine {
            finding: FindingLine::new(&accepted.finding, outcome),
            by: accepted.by.as_str(),
            at: accepted.at.to_string(),
            reason: accepted.reason.as_deref(),
            until: accepted.until.map(|day| day.to_string()),
            moved_from: accepted.moved_from.as_deref(),
        }
    }
}

impl<'a> UnusedLine<'a> {
    fn new(unused: &'a Unused) -> Self {
        UnusedLine {
            by: unused.by.as_str(),
            at: unused.at.to_string(),
            rule: &unused.rule,
            why: &unused.why,
        }
    }
}

impl<'a> RelatedPlace<'a> {
    fn new(related: &'a lint::Related) -> Self {
        RelatedPlace {
            unit: &related.place.unit,
            address: &related.place.address,
            attribute: related.place.attribute.as_deref(),
            label: &related.label,
            source: related.source.as_ref().map(Source::new),
        }
    }
}

impl<'a> PlaceLine<'a> {
    fn new(place: &'a lint::Place) -> Self {
        PlaceLine {
            unit: &place.unit,
            address: &place.address,
            attribute: place.attribute.as_deref(),
        }
    }
}

impl<'a> Edit<'a> {
    fn new(edit: &'a lint::Edit) -> Self {
        Edit {
            unit: &edit.place.unit,
            address: &edit.place.address,
            attribute: edit.place.attribute.as_deref(),
            source: edit.source.as_ref().map(Source::new),
        }
    }
}

impl<'a> Source<'a> {
    fn new(span: &'a SourceSpan) -> Self {
        Source {
            path: &span.path,
            line: span.line,
            column: span.column,
            end_line: span.end_line,
            end_column: span.end_column,
            precision: span.precision.as_str(),
        }
    }
}

impl<'a> Unread<'a> {
    fn new(problem: &'a SourceProblem) -> Self {
        Unread { path: &problem.path, line: problem.line, message: &problem.message }
    }
}

impl<'a> FailureLine<'a> {
    fn new(failure: &'a Failure) -> Self {
        FailureLine {
            unit: &failure.unit,
            rule: failure.rule.as_deref(),
            kind: failure.kind.as_str(),
            message: &failure.message,
            source: failure.script.as_ref().map(|script| FailureSource {
                path: &script.error.path,
                line: script.error.at.line,
                column: script.error.at.column,
            }),
        }
    }
}

impl<'a> CoverageLine<'a> {
    pub(super) fn new(coverage: &'a Coverage) -> Self {
        let blind = coverage.blind.iter();
        CoverageLine {
            rule: &coverage.rule,
            judged: coverage.judged,
            definite: coverage.definite,
            possible: coverage.possible,
            open: coverage.open,
            blind: blind
                .map(|((cause, unit), n)| BlindSpot { cause: cause.as_str(), count: *n, unit })
                .collect(),
        }
    }
}

impl Totals {
    fn new(summary: &Summary) -> Self {
        Totals {
            error: summary.error,
            warning: summary.warning,
            note: summary.note,
            possible: summary.possible,
            introduced: summary.introduced,
            standing: summary.standing,
            fixed: summary.fixed,
            accepted: summary.accepted,
            exit_code: summary.exit_code,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::report::sample;

    fn report(outcome: &Outcome) -> Value {
        serde_json::from_slice(&render(outcome)).unwrap()
    }

    fn validator() -> jsonschema::Validator {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/report-1.json");
        let schema = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
    }

    #[test]
    fn reports_keep_to_the_shipped_schema() {
        let validator = validator();
        let outcomes =
            [sample::everyday(), sample::one_cause(), sample::clean(), sample::accepting()];
        let more = [sample::approving(), sample::hostile(), Outcome::default()];
        for outcome in outcomes.into_iter().chain(more) {
            let report = report(&outcome);
            let errors: Vec<String> = validator
                .iter_errors(&report)
                .map(|error| format!("{}: {error:.300}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }

    #[test]
    fn the_schema_is_no_formality() {
        let validator = validator();
        for spoil in [
            |report: &mut Value| report["format"] = 2.into(),
            |report: &mut Value| report["findings"][0]["severity"] = "info".into(),
            |report: &mut Value| report["findings"][0]["address"] = Value::Null,
            |report: &mut Value| report["findings"][0]["related"][0]["label"] = Value::Null,
            |report: &mut Value| drop(report.as_object_mut().unwrap().remove("unused")),
            |report: &mut Value| report["coverage"][0]["blind"][0]["cause"] = "x".into(),
            |report: &mut Value| report["findings"][0]["source"] = serde_json::json!({}),
        ] {
            let mut report = report(&sample::everyday());
            spoil(&mut report);
            assert!(!validator.is_valid(&report), "{report}");
        }
        for spoil in [
            |report: &mut Value| report["accepted"][0]["by"] = "nobody".into(),
            |report: &mut Value| report["accepted"][0]["where"] = "bricklint.toml".into(),
            |report: &mut Value| report["accepted"][2]["until"] = "soon".into(),
            |report: &mut Value| report["accepted"][0]["fingerprint"] = Value::Null,
            |report: &mut Value| report["unused"][0]["why"] = "".into(),
            |report: &mut Value| {
                drop(report["summary"].as_object_mut().unwrap().remove("accepted"))
            },
        ] {
            let mut report = report(&sample::accepting());
            assert!(validator.is_valid(&report));
            spoil(&mut report);
            assert!(!validator.is_valid(&report), "{report}");
        }
        for spoil in [
            |report: &mut Value| report["approval"]["required"] = "yes".into(),
            |report: &mut Value| report["approval"]["counts"]["data"] = Value::Null,
            |report: &mut Value| report["approval"]["changes"][0]["action"] = "move".into(),
            |report: &mut Value| report["approval"]["changes"][0]["dependents"] = 2.into(),
        ] {
            let mut report = report(&sample::approving());
            assert!(validator.is_valid(&report));
            spoil(&mut report);
            assert!(!validator.is_valid(&report), "{report}");
        }
        let mut report = report(&sample::everyday());
        report["findings"][0]["new_field"] = 1.into();
        assert!(validator.is_valid(&report), "fields may be added");
    }

    #[test]
    fn strings_are_exact_and_findings_have_lines() {
        let outcome = sample::hostile();
        let text = String::from_utf8(render(&outcome)).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        for (n, finding) in outcome.findings.iter().enumerate() {
            assert_eq!(report["findings"][n]["message"], finding.message.as_str());
            assert_eq!(report["findings"][n]["address"], finding.place.address.as_str());
        }
        let lines = text.lines().filter(|line| line.starts_with("{\"rule\":")).count();
        let listed = outcome.findings.len() + outcome.accepted.len();
        assert_eq!(lines, listed + outcome.coverage.len());
    }

    #[test]
    fn accepted_findings_stand_apart_with_what_accepts_them() {
        let report = report(&sample::accepting());
        let accepted = report["accepted"].as_array().unwrap();
        let of = |n: usize, key: &str| accepted[n][key].as_str().unwrap_or("null").to_owned();
        let all = |n: usize| ["by", "where", "reason", "until", "moved_from"].map(|key| of(n, key));
        let comment =
            ["comment", "modules/network/main.tf:3", "reached by the VPN alone", "null", "null"];
        assert_eq!(all(0), comment);
        assert_eq!(
            all(1),
            ["baseline", "baseline.json:4", "null", "null", "databricks_cluster.old"]
        );
        assert_eq!(all(2), ["waiver", "bricklint.toml:3", "moves in spring", "2027-03-31", "null"]);
        assert_eq!(of(0, "rule"), "s3-root-bucket-public");
        assert_eq!(report["findings"].as_array().unwrap().len(), 1);
        assert_eq!(report["unused"][1]["where"], "modules/workspace/main.tf:7");
    }

    #[test]
    fn an_approval_says_what_goes_and_how_much_hangs_on_it() {
        let report = report(&sample::approving());
        let approval = &report["approval"];
        assert_eq!(
            (&approval["required"], &approval["reviewers"][0]),
            (&true.into(), &"@acme/is replaced".into())
        );
        let counts = serde_json::json!({"destroyed": 1, "replaced": 1, "data": 1, "outage": 1, "access": 0,
            "dependents": 2, "dependents_complete": true, "units": 2});
        assert_eq!(approval["counts"], counts);
        let change = &approval["changes"][0];
        let dependents = serde_json::json!({"count": 2, "complete": true, "unchanged": 1,
            "types": {"databricks_grants": 1, "databricks_schema": 1},
            "addresses": ["databricks_schema.raw[\"databricks_catalog.sales\"]", "databricks_grants.databricks_catalog.sales"]});
        assert_eq!(change["dependents"], dependents);
        assert_eq!(change["cause"]["attribute"], "is replaced");
        assert_eq!(report_of_nothing()["approval"], Value::Null, "nobody asked");
    }

    fn report_of_nothing() -> Value {
        report(&sample::clean())
    }

    #[test]
    fn fields_stand_in_their_order() {
        let text = String::from_utf8(render(&sample::everyday())).unwrap();
        let keys = [
            "format",
            "tool",
            "inputs",
            "findings",
            "rule",
            "severity",
            "verdict",
            "category",
            "change",
            "unit",
            "address",
            "attribute",
            "message",
            "help",
            "related",
            "actions",
            "cause",
            "source",
            "fingerprint",
            "docs",
        ];
        let mut rest = text.as_str();
        for key in keys {
            let (_, after) = rest.split_once(&format!("\"{key}\":")).expect(key);
            rest = after;
            if key == "related" {
                rest = &rest[rest.find("\"actions\":").unwrap()..];
            }
        }
    }
}
