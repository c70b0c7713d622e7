//! Every `fixtures/<rule>/<case>/` is a test of that rule: its output is committed, and held
//! against what `expect.json` says, because a committed output alone would bless mistakes.

use std::path::Path;

use bricklint::plan::{Step, steps};
use rayon::prelude::*;
use serde_json::Value;

use crate::{
    case::{Case, Expect, cases, meets, mistakes, text},
    common::{Ran, check_all, golden, name, read_json, run},
    rules::{shipped, wording},
};

#[test]
fn fixtures() {
    let scratch = tempfile::tempdir().unwrap();
    let cases: Vec<Case> = shipped().iter().flat_map(|rule| cases(&rule.meta().id)).collect();
    let errors: Vec<Vec<String>> =
        cases.par_iter().map(|case| check_case(case, scratch.path())).collect();
    check_all(errors.into_iter().flatten());
}

fn check_case(case: &Case, scratch: &Path) -> Vec<String> {
    let mut errors = Vec::new();
    let mut expected = String::new();
    let mut definite = 0;
    for (at, group) in case.groups().iter().enumerate() {
        let json = scratch.join(format!("{}.{}.{at}.json", case.rule, case.name()));
        let mut command = case.check(group, scratch);
        command.args(["--possible", "-o", "concise", "-o", &format!("json={}", json.display())]);
        let ran = Ran::of(&mut command);
        if ran.code != 0 || !ran.stderr.is_empty() {
            errors.push(format!("exit {}: {}{}", ran.code, ran.stdout, ran.stderr));
            continue;
        }
        let names: Vec<&str> = group.iter().map(|path| name(path)).collect();
        expected.push_str(&format!(
            "$ bricklint check --select {} --possible {}\n{}",
            case.rule,
            names.join(" "),
            ran.stdout
        ));
        let report = read_json(&json);
        let findings = report["findings"].as_array().unwrap();
        errors.extend(mistakes(case, &case.expect.expect, group, findings));
        errors.extend(findings.iter().flat_map(habits));
        errors.extend(findings.iter().filter_map(undeclared));
        errors.extend(shared_fingerprints(findings));
        let decided = |it: &&Value| {
            !it["address"].as_str().is_some_and(|address| case.expect.undecided.contains(address))
        };
        definite +=
            findings.iter().filter(decided).filter(|it| it["verdict"] == "definite").count();
    }
    if case.name().starts_with("unknown") && definite > 0 {
        errors.push("an `unknown` fixture has no definite finding".to_owned());
    }
    errors.extend(golden(&case.dir.join("expected.txt"), &expected).err());
    errors.iter().map(|error| format!("{}: {error}", case.dir.display())).collect()
}

/// With its source a plan says the same, or what `expect.json` lists instead.
#[test]
fn fixtures_with_their_source() {
    let scratch = tempfile::tempdir().unwrap();
    let mut cases: Vec<Case> = shipped().iter().flat_map(|rule| cases(&rule.meta().id)).collect();
    cases.retain(Case::has_source);
    assert!(cases.len() > 100, "only {} fixtures have source", cases.len());
    let errors: Vec<Vec<String>> =
        cases.par_iter().map(|case| check_with_source(case, scratch.path())).collect();
    check_all(errors.into_iter().flatten());
}

fn check_with_source(case: &Case, scratch: &Path) -> Vec<String> {
    let mut errors = Vec::new();
    let wanted = case.expect.with_source.as_ref().unwrap_or(&case.expect.expect);
    for group in case.groups() {
        let mut command = case.check_with_source(&group, scratch);
        let ran = Ran::of(command.args(["--possible", "-o", "json"]));
        if ran.code != 0 {
            errors.push(format!("exit {}: {}{}", ran.code, ran.stdout, ran.stderr));
            continue;
        }
        let report = ran.json();
        let findings = report["findings"].as_array().unwrap();
        errors.extend(mistakes(case, wanted, &group, findings));
        errors.extend(findings.iter().flat_map(habits));
    }
    errors.iter().map(|error| format!("{} with source: {error}", case.dir.display())).collect()
}

/// What every finding keeps to: texts that read alike, and no empty ones.
fn habits(finding: &Value) -> Vec<String> {
    let related = finding["related"].as_array().into_iter().flatten();
    let texts = related
        .map(|it| ("related label", text(it, "label")))
        .chain([("message", text(finding, "message"))])
        .chain(finding["help"].as_str().map(|help| ("help", help)));
    let address = text(finding, "address");
    let complain = |(what, said): (&str, &str)| {
        wording(said).map(|why| format!("the {what} at {address} {why}: {said}"))
    };
    texts.filter_map(complain).collect()
}

/// A finding about something that its rule does not declare as a subject: coverage does not count
/// it, and an estate rule keeps no lines that could stand for it.
fn undeclared(finding: &Value) -> Option<String> {
    let steps = steps(text(finding, "address"));
    let mut names = steps.iter().filter_map(Step::name).peekable();
    while names.next_if_eq(&"module").is_some() {
        names.next();
    }
    let kind = match names.next()? {
        "data" => format!("data.{}", names.next()?),
        "output" => "output".to_owned(),
        "var" => "variable".to_owned(),
        "provider" => "provider".to_owned(),
        kind => kind.to_owned(),
    };
    let rules = shipped();
    let meta =
        rules.iter().map(|rule| rule.meta()).find(|meta| meta.id == text(finding, "rule"))?;
    // A rule that judges the plan, such as its drift, reports where in it.
    let is_kind = |it: &str| match it {
        "*" | "plan" => true,
        "data" => kind.starts_with("data."),
        it => it == kind,
    };
    let declared = meta.subjects.iter().any(|it| is_kind(it));
    (!declared).then(|| format!("`{kind}` is reported, but no subject of the rule"))
}

fn shared_fingerprints(findings: &[Value]) -> Option<String> {
    let mut prints: Vec<&str> = findings.iter().map(|it| text(it, "fingerprint")).collect();
    prints.sort_unstable();
    let twice = prints.windows(2).find(|pair| pair[0] == pair[1])?;
    Some(format!("two findings share the fingerprint {}", twice[0]))
}

#[test]
fn estates() {
    let errors = ["good", "bad", "replan"].map(check_estate);
    check_all(errors.into_iter().flatten());
}

/// A whole company with every rule on: what is listed must be found.
fn check_estate(which: &str) -> Vec<String> {
    let dir = Path::new("fixtures/_estate").join(which);
    let plans = dir.join("plans");
    let plans = plans.to_str().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let json = scratch.path().join("report.json");
    let args = ["check", "--no-config", "--profile", "all", "--fail-on", "never", "-q"];
    let json_to = format!("json={}", json.display());
    let outputs = ["--unit-root", plans, plans, "-o", "concise", "-o", &json_to];
    let ran = run(args.into_iter().chain(outputs));
    if ran.code != 0 {
        return vec![format!("{}: exit {}: {}", dir.display(), ran.code, ran.stderr)];
    }
    let report = read_json(&json);
    let findings = report["findings"].as_array().unwrap();
    let mut errors: Vec<String> = findings.iter().flat_map(habits).collect();
    errors.extend(shared_fingerprints(findings));

    let expect = Expect::read(&dir);
    let known: Vec<String> = shipped().iter().map(|rule| rule.meta().id.to_string()).collect();
    for want in &expect.expect {
        let rule = want.rule.as_deref().unwrap_or(&expect.rule);
        if want.verdict == "possible" || !known.iter().any(|id| id == rule) {
            continue;
        }
        let hit = |it: &&Value| text(it, "rule") == rule && meets(it, want, true);
        if !findings.iter().any(|it| hit(&it)) {
            let unit = want.unit.as_deref().unwrap_or_default();
            errors.push(format!("missed {rule} at {} in {unit}", want.address));
        }
    }
    if let Some(level) = &expect.level {
        let listed = |it: &Value| {
            expect
                .expect
                .iter()
                .any(|want| want.rule.as_deref() == it["rule"].as_str() && meets(it, want, true))
        };
        let wrong = findings.iter().filter(|it| text(it, "severity") == level && !listed(it));
        errors.extend(wrong.map(|it| {
            let (rule, unit, address) = (text(it, "rule"), text(it, "unit"), text(it, "address"));
            format!("false {level} of {rule} at {address} in {unit}: {}", text(it, "message"))
        }));
    }
    errors.extend(golden(&dir.join("expected.txt"), &ran.stdout).err());
    errors.iter().map(|error| format!("{}: {error}", dir.display())).collect()
}

/// Fixtures that nobody reads rot: each has plans, and `expect.json` names the rule it lies below.
#[test]
fn fixtures_are_whole() {
    let mut errors = Vec::new();
    for dir in crate::case::rule_dirs() {
        for case in cases(name(&dir)) {
            if case.expect.rule != name(&dir) {
                errors.push(format!("{}: is of `{}`", case.dir.display(), case.expect.rule));
            }
            if case.groups().iter().any(Vec::is_empty) {
                errors.push(format!("{}: has no plan", case.dir.display()));
            }
        }
    }
    check_all(errors);
}
