//! What accepts what, what accepts nothing, and what a baseline holds.

use std::{path::Path, sync::Arc};

use jiff::civil::{Date, date};

use super::*;
use crate::{
    config::Config,
    lint::{
        Accepted, Blind, Coverage, Failure, FailureKind, InputInfo, Place, Related, Severity,
        Unused,
    },
    report::sample,
    source::{MemoryFiles, Store, Tree},
};

const TODAY: Date = date(2026, 7, 1);

/// Two rules, one that judges what is there and one that judges what a plan does.
fn outcome(findings: Vec<Finding>) -> Outcome {
    let input = |unit: &str| InputInfo {
        unit: unit.to_owned(),
        path: format!("{unit}/tfplan.json"),
        kind: "plan",
        terraform_version: "1.11.4".to_owned(),
        resources: 1,
        judged: 1,
        complete: true,
        errored: false,
        caveats: Vec::new(),
    };
    let category = crate::lint::Category::Security;
    let mut change = sample::rule("chg-x", Severity::Error, category);
    change.world = World::Change;
    let state = sample::rule("s3-x", Severity::Error, category);
    Outcome {
        inputs: vec![input("dev"), input("prod")],
        findings,
        rules: vec![Arc::new(change), Arc::new(state)],
        ..Outcome::default()
    }
}

fn finding(unit: &str, address: &str, attribute: &str) -> Finding {
    let mut finding = sample::everyday().findings.remove(0);
    finding.place = sample::place(unit, address, attribute);
    finding.rule = "s3-x".into();
    finding.related.clear();
    finding.fingerprint = format!("{unit} {address} {attribute}");
    finding
}

fn entries<'a>(config: &str, comments: Comments<'a>, baseline: Option<Baseline>) -> Entries<'a> {
    let config = Config::parse(Path::new("bricklint.toml"), config.to_owned()).unwrap();
    let waivers = config.waivers.iter();
    let waivers = waivers.map(|it| Waiver::new(&config, "bricklint.toml", it).unwrap()).collect();
    let complaint = &|id: &str| (id == "s3-y").then(|| "no rule is called `s3-y`".to_owned());
    Entries { comments, waivers, baseline, today: TODAY, complaint }
}

fn waived(config: &str, outcome: Outcome) -> Outcome {
    triage(outcome, &entries(config, Comments::default(), None))
}

fn by(accepted: &[Accepted]) -> Vec<String> {
    let one = |it: &Accepted| format!("{} {} {}", it.finding.place.address, it.by.as_str(), it.at);
    accepted.iter().map(one).collect()
}

fn unused(outcome: &Outcome) -> Vec<String> {
    let one = |it: &Unused| format!("{} {} {}", it.at, it.rule, it.why);
    outcome.unused.iter().map(one).collect()
}

fn baseline_of(findings: &[Finding]) -> Baseline {
    Baseline::of("b.json", findings.iter().map(Entry::of))
}

#[test]
fn a_waiver_is_about_a_rule_in_a_unit_at_an_address() {
    let config = "
[[waiver]]
rule = \"s3-x\"
address = \"aws_x.y\"
unit = \"pr*\"
reason = \"known\"
until = 2026-07-01
";
    let mut other = finding("prod", "aws_x.y", "b");
    other.rule = "chg-x".into();
    let findings = vec![
        finding("prod", "aws_x.y", "a"),
        finding("prod", "aws_x.y[0]", "a"),
        finding("prod", "aws_x.z", "a"),
        finding("dev", "aws_x.y", "a"),
        other,
    ];
    let got = waived(config, outcome(findings));
    let waiver = "waiver bricklint.toml:2";
    assert_eq!(by(&got.accepted), [format!("aws_x.y {waiver}"), format!("aws_x.y[0] {waiver}")]);
    assert_eq!(got.findings.len(), 3);
    assert_eq!(got.accepted[0].reason.as_deref(), Some("known"));
    assert_eq!(got.accepted[0].until, Some(TODAY), "the last day counts");
    assert_eq!(got.unused, []);
}

/// As Atlantis calls its plans, and as other runs call the same.
#[test]
fn a_waiver_may_name_a_unit_and_what_is_below_it() {
    let config =
        "[[waiver]]\nrule = \"s3-x\"\nunit = \"live/net{,/*default}\"\nreason = \"known\"\n";
    let units =
        ["live/net", "live/net/default", "live/net/a-default", "live/net/other", "live/nets"];
    let findings = units.iter().map(|unit| finding(unit, "aws_x.y", "a")).collect();
    let got = waived(config, outcome(findings));
    let left: Vec<&str> = got.findings.iter().map(|it| it.place.unit.as_str()).collect();
    assert_eq!(left, ["live/net/other", "live/nets"]);
}

#[test]
fn an_ended_waiver_accepts_nothing_and_says_so() {
    let config = "
[[waiver]]
rule = \"s3-x\"
address = \"aws_x.*\"
reason = \"known\"
until = \"2026-06-30\"
[[waiver]]
rule = \"s3-x\"
address = \"aws_x.z\"
reason = \"known longer\"
";
    let both = vec![finding("prod", "aws_x.y", "a"), finding("prod", "aws_x.z", "a")];
    let got = waived(config, outcome(both.clone()));
    assert_eq!(by(&got.accepted), ["aws_x.z waiver bricklint.toml:7"]);
    assert_eq!(
        unused(&got),
        ["bricklint.toml:2 s3-x ended on 2026-06-30: a finding is reported again"]
    );
    let got = waived(config, outcome(both[1..].to_vec()));
    assert_eq!(unused(&got), ["bricklint.toml:2 s3-x ended on 2026-06-30"]);
    let got = waived(config, outcome(vec![]));
    let nothing = "matches nothing in this run";
    assert_eq!(
        unused(&got),
        [
            format!("bricklint.toml:2 s3-x ended on 2026-06-30, and {nothing}"),
            format!("bricklint.toml:7 s3-x {nothing}")
        ]
    );
}

/// What was not judged may hold what an entry is about.
#[test]
fn only_what_was_judged_can_be_unused() {
    let waiver = |rule: &str, unit: &str| {
        format!("[[waiver]]\nrule = \"{rule}\"\nunit = \"{unit}\"\nreason = \"known\"\n")
    };
    let is_unused = |rule: &str, unit: &str, spoil: &dyn Fn(&mut Outcome)| {
        let mut outcome = outcome(vec![]);
        spoil(&mut outcome);
        let entry =
            Entry::of(&Finding { rule: rule.to_owned().into(), ..finding(unit, "a.b", "c") });
        let old = Baseline::of("b.json", [entry]);
        let entries = entries(&waiver(rule, unit), Comments::default(), Some(old.clone()));
        let got = triage(outcome, &entries);
        let kept = !baseline(&got, &old).entries.is_empty();
        match got.unused.len() {
            2 if !kept => true,
            0 if kept => false,
            _ => panic!("{:?}, kept: {kept}", got.unused),
        }
    };
    let failed = |unit: &str, rule: Option<&str>| Failure {
        unit: unit.to_owned(),
        rule: rule.map(str::to_owned),
        kind: FailureKind::Panic,
        message: "m".to_owned(),
        script: None,
    };
    let blind = |cause: Blind| {
        move |it: &mut Outcome| {
            it.coverage.push(Coverage {
                rule: "s3-x".to_owned(),
                blind: [((cause, "prod".to_owned()), 1)].into(),
                ..Coverage::default()
            });
        }
    };
    assert!(is_unused("s3-x", "prod", &|_| ()));
    assert!(!is_unused("s3-not-selected", "prod", &|_| ()));
    assert!(!is_unused("s3-x", "staging", &|_| ()), "not in this run");
    assert!(!is_unused("s3-x", "prod", &|it| it.inputs[1].complete = false));
    assert!(!is_unused("s3-x", "prod", &|it| it.inputs[1].errored = true));
    assert!(is_unused("s3-x", "prod", &|it| it.inputs[0].errored = true), "another unit");
    assert!(is_unused("s3-x", "prod", &|it| it.inputs[1].kind = "state"));
    assert!(!is_unused("chg-x", "prod", &|it| it.inputs[1].kind = "state"), "it has no change");
    assert!(!is_unused("s3-x", "prod", &|it| it.failures.push(failed("prod", None))));
    assert!(!is_unused("s3-x", "prod", &|it| it.failures.push(failed("prod", Some("s3-x")))));
    assert!(!is_unused("s3-x", "prod", &|it| it.failures.push(failed("", Some("s3-x")))));
    assert!(is_unused("s3-x", "prod", &|it| it.failures.push(failed("prod", Some("chg-x")))));
    assert!(is_unused("s3-x", "prod", &|it| it.failures.push(failed("", None))));
    assert!(!is_unused("s3-x", "prod", &blind(Blind::NotInRun)));
    assert!(is_unused("s3-x", "prod", &blind(Blind::Apply)), "it would be possible then");
}

/// A finding between two plans is found only where both are judged.
#[test]
fn an_entry_about_two_units_waits_for_both() {
    let mut both = finding("prod", "a.b", "c");
    let place = sample::place("account", "m.n", "");
    both.related = vec![Related { place, label: String::new(), source: None }];
    let old = baseline_of(&[both]);
    assert_eq!(old.entries[0].with, ["account"]);
    let unused = |outcome: Outcome| {
        let entries = entries("", Comments::default(), Some(old.clone()));
        triage(outcome, &entries).unused.len()
    };
    assert_eq!(unused(outcome(vec![])), 0);
    let mut whole = outcome(vec![]);
    let account = InputInfo { unit: "account".to_owned(), ..whole.inputs[0].clone() };
    whole.inputs.insert(0, account);
    assert_eq!(unused(whole), 1);
}

#[test]
fn a_baseline_is_held_by_fingerprint() {
    let findings = vec![finding("prod", "aws_x.y", "a[0].b"), finding("prod", "aws_x.z", "")];
    let baseline = baseline_of(&findings[..1]);
    let mut reworded = findings.clone();
    reworded[0].message = "said better now".to_owned();
    reworded[0].place.attribute = Some("a[7].b".to_owned());
    reworded[0].severity = Severity::Note;
    reworded[0].verdict = Verdict::Possible;
    let entries = entries("", Comments::default(), Some(baseline));
    let got = triage(outcome(reworded), &entries);
    assert_eq!(by(&got.accepted), ["aws_x.y baseline b.json:2"]);
    assert_eq!((got.findings.len(), got.unused.len()), (1, 0));
    let got = triage(outcome(vec![]), &entries);
    assert_eq!(unused(&got), ["b.json:2 s3-x matches nothing in this run"]);
}

#[test]
fn an_entry_goes_along_with_a_moved_block() {
    let before = finding("prod", "aws_x.y", "a");
    let mut after = finding("prod", "module.m.aws_x.y", "a");
    after.fingerprint_before = Some(before.fingerprint.clone());
    let old = baseline_of(&[before]);
    let entries = entries("", Comments::default(), Some(old.clone()));
    let got = triage(outcome(vec![after.clone()]), &entries);
    assert_eq!(got.accepted[0].moved_from.as_deref(), Some("aws_x.y"));
    assert_eq!((got.findings.len(), got.unused.len()), (0, 0));
    assert_eq!(baseline(&got, &old).entries, baseline_of(&[after]).entries);
}

/// What a change removes is no longer there to be accepted.
#[test]
fn what_is_fixed_is_not_accepted() {
    let mut gone = finding("prod", "aws_x.y", "a");
    gone.change = Change::Fixed;
    let old = baseline_of(std::slice::from_ref(&gone));
    let entries = entries("", Comments::default(), Some(old.clone()));
    let got = triage(outcome(vec![gone]), &entries);
    assert_eq!((got.accepted.len(), got.findings.len(), got.unused.len()), (0, 1, 1));
    assert_eq!(baseline(&got, &old).entries, []);
}

#[test]
fn a_baseline_takes_what_is_there_and_not_what_a_plan_does() {
    let standing = Finding { change: Change::Standing, ..finding("prod", "aws_x.a", "") };
    let possible = Finding { verdict: Verdict::Possible, ..finding("prod", "aws_x.b", "") };
    let does = Finding { rule: "chg-x".into(), ..finding("prod", "aws_x.c", "") };
    let drifted = Finding { rule: "chg-x".into(), ..standing.clone() };
    let takes = |finding: &Finding, old: &Baseline| {
        let entries = entries("", Comments::default(), Some(old.clone()));
        let got = triage(outcome(vec![finding.clone()]), &entries);
        !baseline(&got, old).entries.is_empty()
    };
    let none = Baseline::default();
    assert!(takes(&standing, &none));
    assert!(!takes(&drifted, &none), "the next drift is another one");
    assert!(!takes(&possible, &none), "nobody knows yet what would be accepted");
    assert!(takes(&possible, &baseline_of(std::slice::from_ref(&possible))), "it stays accepted");
    assert!(!takes(&does, &none));
    assert!(!takes(&does, &baseline_of(std::slice::from_ref(&does))));
}

const MAIN: &str = r#"
resource "aws_x" "y" {
  # bricklint: ignore[s3-x, s3-z] by the VPN alone
  a = 1
  b = 2 # bricklint: ignore[s3-x]
}
# bricklint: ignore[s3-x, s3-y] nobody uses it
resource "aws_x" "z" {
}
module "m" { # bricklint: ignore[s3-x] theirs
  source = "org/m/aws"
}
"#;

fn tree() -> Tree {
    let manifest = r#"{"Modules":[{"Key":"m","Source":"org/m/aws","Dir":".terraform/modules/m"}]}"#;
    let files: MemoryFiles = [
        ("live/main.tf", MAIN),
        ("live/.terraform/modules/modules.json", manifest),
        ("live/.terraform/modules/m/main.tf", "resource \"aws_x\" \"y\" {}\n"),
    ]
    .into_iter()
    .collect();
    Tree::new(&Store::new(files), "live")
}

#[test]
fn comments_accept_at_the_attribute_the_block_and_the_call() {
    let tree = tree();
    let entries = entries("", Comments::read(vec![("prod", &tree)]), None);
    let findings = vec![
        finding("prod", "aws_x.y[0]", "a"),
        finding("prod", "aws_x.y[0]", "b"),
        finding("prod", "aws_x.y[0]", ""),
        finding("prod", "module.m[\"k\"].aws_x.y", "a"),
        finding("dev", "aws_x.y[0]", "a"),
    ];
    let got = triage(outcome(findings), &entries);
    let accepted =
        ["aws_x.y[0] comment live/main.tf:3", "module.m[\"k\"].aws_x.y comment live/main.tf:10"];
    assert_eq!(by(&got.accepted), accepted);
    assert_eq!(got.accepted[0].reason.as_deref(), Some("by the VPN alone"));
    assert_eq!(
        unused(&got),
        [
            "live/main.tf:5 s3-x gives no reason",
            "live/main.tf:7 s3-x matches nothing in this run",
            "live/main.tf:7 s3-y no rule is called `s3-y`",
        ],
        "s3-z did not run"
    );
}

#[test]
fn the_nearest_to_the_code_is_named_and_the_others_are_used() {
    let tree = tree();
    let finding = finding("prod", "aws_x.z", "");
    let config = "[[waiver]]\nrule = \"s3-x\"\nunit = \"prod\"\nreason = \"known\"\n";
    let baseline = baseline_of(std::slice::from_ref(&finding));
    let run = |comments, config: &str| {
        let entries = entries(config, comments, Some(baseline.clone()));
        let got = triage(outcome(vec![finding.clone()]), &entries);
        let unused = got.unused.into_iter().filter(|it| it.by != By::Comment).count();
        (got.accepted[0].by, unused)
    };
    assert_eq!(run(Comments::read(vec![("prod", &tree)]), config), (By::Comment, 0));
    assert_eq!(run(Comments::default(), config), (By::Waiver, 0));
    let ended = format!("{config}until = 2020-01-01\n");
    assert_eq!(run(Comments::default(), &ended), (By::Baseline, 1), "the ended one is named");
    assert_eq!(run(Comments::default(), ""), (By::Baseline, 0));
}

/// Which participant of a group is its subject depends on what the plan does to them.
#[test]
fn a_group_is_accepted_at_any_of_its_participants() {
    let config = "[[waiver]]\nrule = \"s3-x\"\naddress = \"aws_x.twin\"\nreason = \"known\"\n";
    let mut group = finding("prod", "aws_x.a", "");
    group.related = vec![Related {
        place: sample::place("prod", "aws_x.twin", ""),
        label: String::new(),
        source: None,
    }];
    assert_eq!(waived(config, outcome(vec![group.clone()])).accepted.len(), 0, "only related");
    group.peers = vec![Place { attribute: None, ..group.related[0].place.clone() }];
    assert_eq!(waived(config, outcome(vec![group])).accepted.len(), 1);
}

#[test]
fn a_baseline_is_read_as_it_was_written() {
    let mut findings = vec![
        finding("prod", "module.m[\"a b\"].aws_x.y", "tags[\"k\"]"),
        finding("dev", "", ""),
        finding("dev", "aws_x.y[\"\u{202e}\n\"]", "in[3].port"),
    ];
    let written = baseline_of(&findings);
    let text = written.render();
    let read = Baseline::parse("b.json", &text).unwrap();
    assert_eq!(read.entries, written.entries);
    assert_eq!(text.lines().count(), findings.len() + 2, "{text}");
    assert!(!text.contains('\u{202e}') && text.contains("in.port"), "{text}");
    findings.reverse();
    assert_eq!(baseline_of(&findings).render(), text, "sorted");
    let spread = text.replace(",\"", ",\r\n  \"");
    let read = Baseline::parse("b.json", &format!("\u{feff}{spread}")).unwrap();
    let lines: Vec<usize> = read.entries.iter().map(|it| it.line).collect();
    assert_eq!(lines, [3, 8, 13], "{spread}");
    assert_eq!(Baseline::default().render(), "{\"bricklint-baseline\":1,\"entries\":[]}\n");
}

#[test]
fn what_is_no_baseline_is_told_apart() {
    let wrong = |text: &str| Baseline::parse("b.json", text).unwrap_err().to_string();
    let whole = baseline_of(&[finding("prod", "a.b", "")]).render();
    for (text, wanted) in [
        ("", "b.json: the file is empty: delete it, and write it anew"),
        (&whole[..60], "b.json:2: no JSON (EOF while parsing"),
        ("[1, 2]", "b.json: no baseline of bricklint: name the file"),
        ("{\"failed_checks\": []}", "b.json: no baseline of bricklint"),
        (&whole.replace(":1,", ":2,"), "b.json: a baseline of format 2, and this version"),
        (
            &whole.replace("\"unit\"", "\"u\""),
            "b.json:2: no entry of a baseline (missing field `unit`)",
        ),
        (
            "{\n<<<<<<< HEAD\n=======\n>>>>>>> x\n}",
            "b.json:2: a merge was not finished here: keep the entries of both sides",
        ),
    ] {
        let error = wrong(text);
        assert!(error.starts_with(wanted), "{error}");
    }
}
