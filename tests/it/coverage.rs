//! What the reports say was judged and could not be seen is true: counted by hand on small plans,
//! and held together on all fixtures. How a plan was made is recognised, and does to verdicts what
//! is said of it.

use std::{collections::BTreeSet, fs, path::Path};

use bricklint::lint::{Change, Coverage, Verdict};
use rayon::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    case::{Case, cases, rule_dirs, text},
    common::{Ran, bricklint, check_all, name, read_json, run},
    judged::{Fixture, fixtures},
};

/// Plans that Terraform made of one configuration in every way.
const MODES: &str = "fixtures/_formats/modes";
const DNS: &str = "dns-privatelink-no-zone";
const GRANT: &str = "uc-grant-privilege-invalid";
const TWICE: &str = "uc-workspace-assigned-twice";

fn check(dir: &Path, args: &[&str]) -> Ran {
    let args = ["check", "--no-config", "--possible", "--fail-on=never"].iter().chain(args);
    Ran::of(bricklint().current_dir(dir).args(args))
}

/// Plans in a directory of their own, by name.
fn scratch(plans: &[(&str, &Value)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, plan) in plans {
        fs::write(dir.path().join(format!("{name}.json")), plan.to_string()).unwrap();
    }
    dir
}

/// The report on plans, by one rule.
fn report(plans: &[(&str, &Value)], rule: &str) -> Value {
    let dir = scratch(plans);
    let ran = check(dir.path(), &["--select", rule, "-o", "json", "."]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

/// `judged, open, definite, possible`, and the causes with their counts.
fn counts(report: &Value) -> (Vec<u64>, Vec<(String, u64)>) {
    let coverage = &report["coverage"][0];
    let of = |field: &str| coverage[field].as_u64().unwrap();
    let blind = coverage["blind"].as_array().unwrap().iter();
    let blind = blind.map(|it| (text(it, "cause").to_owned(), it["count"].as_u64().unwrap()));
    (["judged", "open", "definite", "possible"].map(of).to_vec(), blind.collect())
}

fn caveats(report: &Value) -> Vec<String> {
    let all = report["inputs"][0]["caveats"].as_array().unwrap().iter();
    all.map(|it| text(it, "kind").to_owned()).collect()
}

/// A plan that creates instances of a type: by name, what is known, what is not, the expressions.
fn plan(type_: &str, instances: &[(&str, Value, Value, Value)]) -> Value {
    let address = |name: &str| format!("{type_}.{name}");
    let provider = format!("registry.terraform.io/x/{}", type_.split('_').next().unwrap());
    let changes: Vec<Value> = instances
        .iter()
        .map(|(name, after, unknown, _)| {
            json!({
                "address": address(name), "mode": "managed", "type": type_, "name": name,
                "provider_name": provider,
                "change": { "actions": ["create"], "before": null, "after": after,
                    "after_unknown": unknown, "before_sensitive": false, "after_sensitive": {} },
            })
        })
        .collect();
    let blocks: Vec<Value> = instances
        .iter()
        .map(|(name, _, _, expressions)| {
            json!({ "address": address(name), "mode": "managed", "type": type_, "name": name,
                "provider_config_key": "x", "expressions": expressions })
        })
        .collect();
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "complete": true,
        "applyable": true, "errored": false,
        "planned_values": { "root_module": {} }, "resource_changes": changes,
        "configuration": { "root_module": { "resources": blocks } },
    })
}

fn references(names: &[&str]) -> Value {
    json!({ "privileges": { "references": names } })
}

/// A grant on a catalog: its privileges, as `after` has them, and what of them is unknown.
fn grant(privileges: Value, unknown: Value) -> (Value, Value) {
    let mut after = json!({ "catalog": "main", "principal": "analysts" });
    if !privileges.is_null() {
        after["privileges"] = privileges;
    }
    (after, json!({ "id": true, "privileges": unknown }))
}

#[test]
fn what_kept_a_rule_from_an_answer_is_counted_once() {
    let of = |name, (after, unknown), expressions| (name, after, unknown, expressions);
    let constant = |list: Value| json!({ "privileges": { "constant_value": list } });
    let hidden = || grant(Value::Null, json!(true));
    let mut grants = plan(
        "databricks_grant",
        &[
            of("apply", hidden(), references(&["terraform_data.x.output", "terraform_data.x"])),
            of("local", hidden(), references(&["local.privileges"])),
            of("function", hidden(), json!({ "privileges": {} })),
            // One of two elements is not known; the other is fine.
            of(
                "part",
                grant(json!(["USE_CATALOG", null]), json!([false, true])),
                references(&["terraform_data.x.output", "terraform_data.x"]),
            ),
            // What is known is wrong already: the rest does not matter.
            of(
                "wrong",
                grant(json!(["CREATE_CATALOG", null]), json!([false, true])),
                references(&["terraform_data.x.output", "terraform_data.x"]),
            ),
            of(
                "fine",
                grant(json!(["USE_CATALOG"]), json!(false)),
                constant(json!(["USE_CATALOG"])),
            ),
        ],
    );
    // Both worlds ask; only what is planned counts.
    grants["resource_changes"][0]["change"]["actions"] = json!(["update"]);
    grants["resource_changes"][0]["change"]["before"] =
        json!({ "catalog": "main", "principal": "analysts", "privileges": ["SELECT"] });
    let (numbers, blind) = counts(&report(&[("plan", &grants)], GRANT));
    assert_eq!(numbers, [6, 4, 1, 0], "judged, open, definite, possible");
    let blind: Vec<(&str, u64)> = blind.iter().map(|(cause, n)| (cause.as_str(), *n)).collect();
    assert_eq!(blind, [("apply", 2), ("local", 1), ("function", 1)]);

    let dynamic = plan(
        "databricks_grants",
        &[("all", json!({ "catalog": "main" }), json!({ "grant": true }), json!({}))],
    );
    let report = report(&[("a", &grants), ("b", &dynamic)], GRANT);
    let (numbers, _) = counts(&report);
    assert_eq!(numbers, [7, 5, 1, 0]);
    let of_b: Vec<&Value> = report["coverage"][0]["blind"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["unit"] == "b")
        .collect();
    assert_eq!(of_b, [&json!({ "cause": "dynamic", "count": 1, "unit": "b" })]);
}

fn assignment(workspace: Value, unknown: bool, expressions: Value) -> (Value, Value, Value) {
    let mut after = json!({ "metastore_id": "8e8782ee-6e8e-5b4a-9757-661fd695cd1b" });
    if !unknown {
        after["workspace_id"] = workspace;
    }
    (after, json!({ "id": true, "workspace_id": unknown }), expressions)
}

#[test]
fn an_estate_rule_counts_what_it_says_it_misses() {
    let ids = json!({ "workspace_id": { "references": ["var.workspace_id"] } });
    let lost = json!({ "workspace_id": { "references": ["local.id"] } });
    let (a, b, c) = assignment(json!(1_234_567_890_123_456_u64), false, ids.clone());
    let known = plan("databricks_metastore_assignment", &[("this", a, b, c)]);
    let (a, b, c) = assignment(Value::Null, true, lost);
    let hidden = plan("databricks_metastore_assignment", &[("this", a, b, c)]);
    let report = report(&[("a", &known), ("b", &hidden), ("c", &hidden)], TWICE);
    let (numbers, blind) = counts(&report);
    assert_eq!(numbers, [3, 2, 0, 0]);
    assert_eq!(blind, [("local".to_owned(), 1), ("local".to_owned(), 1)], "one for each unit");
}

/// Whatever the plans: no more subjects are open than there are, a possible finding leaves its
/// subject open, and what is open has a cause.
#[test]
fn coverage_holds_together() {
    let mut errors: Vec<String> = fixtures().iter().flat_map(loose_fixture).collect();
    let has_state =
        |case: &Case| case.groups().iter().flatten().any(|it| name(it).contains("state"));
    let cases = rule_dirs().into_iter().flat_map(|dir| cases(name(&dir)));
    let states = cases.filter(has_state).map(|case| case.dir.display().to_string());
    let others = ["fixtures/_plans", "fixtures/_estate/bad/plans", MODES].map(str::to_owned);
    let paths: Vec<String> = states.chain(others).collect();
    errors.par_extend(paths.par_iter().flat_map_iter(|path| loose_report(path)));
    check_all(errors);
}

fn loose_fixture(fixture: &Fixture) -> Vec<String> {
    let judged = &fixture.judged;
    let of_rule = |it: &Coverage| {
        let possible = judged.findings.iter().filter(|finding| {
            finding.rule == it.rule
                && finding.verdict == Verdict::Possible
                && finding.change != Change::Fixed
        });
        let subjects: BTreeSet<_> =
            possible.map(|it| (&it.place.unit, &it.place.address)).collect();
        is_loose([it.judged, it.open, it.blind.len()], subjects.len())
            .then(|| format!("{}: {it:?}, {subjects:?}", fixture.case.dir.display()))
    };
    judged.coverage.iter().filter_map(of_rule).collect()
}

fn loose_report(path: &str) -> Vec<String> {
    let args = ["check", "--no-config", "--profile=all", "--possible", "--state", "-q", "-o=json"];
    let more = ["--show=introduced,standing,fixed", "--fail-on=never", path];
    let report = run(args.into_iter().chain(more)).json();
    let list = |field: &str| report[field].as_array().unwrap();
    let of_rule = |it: &Value| {
        let of = |field: &str| usize::try_from(it[field].as_u64().unwrap()).unwrap();
        let possible = list("findings").iter().filter(|finding| {
            finding["rule"] == it["rule"]
                && finding["verdict"] == "possible"
                && finding["change"] != "fixed"
        });
        let subjects: BTreeSet<_> =
            possible.map(|it| (text(it, "unit"), text(it, "address"))).collect();
        let causes = it["blind"].as_array().unwrap().len();
        is_loose([of("judged"), of("open"), causes], subjects.len())
            .then(|| format!("{path}: {it}, {subjects:?}"))
    };
    list("coverage").iter().filter_map(of_rule).collect()
}

/// Whether counts contradict one another, given how many subjects have possible findings.
fn is_loose([judged, open, causes]: [usize; 3], possible: usize) -> bool {
    open > judged || open < possible || (open > 0) != (causes > 0)
}

#[test]
fn ways_of_planning_are_recognised() {
    for (file, kinds, verdict) in [
        ("whole", &[][..], None),
        // Nothing in the plan tells that it was made without refreshing.
        ("no-refresh", &[], None),
        ("replace", &[], None),
        ("target", &["targeted"], Some("possible")),
        ("errored", &["errored"], Some("possible")),
        ("refresh-only", &["refresh-only"], None),
        ("destroy", &["destroy"], None),
        ("destroy-target", &["targeted"], Some("possible")),
    ] {
        let path = format!("{MODES}/{file}.json");
        let args = ["check", "--no-config", "--possible", "--select", DNS, "-o", "json", &path];
        let report = run(args).json();
        assert_eq!(caveats(&report), kinds, "{file}");
        let found: Vec<&str> =
            report["findings"].as_array().unwrap().iter().map(|it| text(it, "verdict")).collect();
        assert_eq!(found, verdict.into_iter().collect::<Vec<_>>(), "{file}");
        let is_whole = !["target", "errored", "destroy-target"].contains(&file);
        assert_eq!(report["inputs"][0]["complete"], is_whole, "{file}");
    }
    let (mut whole, mut other) =
        (read_json(format!("{MODES}/whole.json")), read_json(format!("{MODES}/no-refresh.json")));
    whole["timestamp"] = Value::Null;
    other["timestamp"] = Value::Null;
    assert_eq!(whole, other, "-refresh=false leaves no trace");
}

fn target() -> Value {
    read_json(format!("{MODES}/target.json"))
}

/// One resource less in the configuration, so that nothing could have been left out.
fn without_zone(plan: &mut Value) {
    let blocks = &mut plan["configuration"]["root_module"]["resources"];
    blocks.as_array_mut().unwrap().retain(|it| !text(it, "type").starts_with("aws_route53"));
}

#[test]
fn only_what_the_configuration_has_can_be_left_out() {
    let targeted = report(&[("plan", &target())], DNS);
    assert_eq!(counts(&targeted), (vec![1, 1, 0, 1], vec![("incomplete".to_owned(), 1)]));
    let mut nowhere = target();
    without_zone(&mut nowhere);
    let certain = report(&[("plan", &nowhere)], DNS);
    assert_eq!(counts(&certain), (vec![1, 0, 1, 0], vec![]), "no block of a zone could serve it");
}

#[test]
fn a_plan_that_does_not_say_whether_it_is_complete_is_looked_at() {
    // OpenTofu, and Terraform before 1.8, never say.
    let mut plan = target();
    plan.as_object_mut().unwrap().remove("complete");
    let left_out = report(&[("plan", &plan)], DNS);
    assert_eq!(caveats(&left_out), ["unplanned"]);
    let details = &left_out["inputs"][0]["caveats"][0]["details"];
    assert_eq!(details, &json!(["aws_route53_record.relay", "aws_route53_zone.relay"]));
    assert_eq!(left_out["inputs"][0]["complete"], false);
    assert_eq!(left_out["findings"][0]["verdict"], "possible");
    without_zone(&mut plan);
    let whole = report(&[("plan", &plan)], DNS);
    assert_eq!(caveats(&whole), [""; 0]);
    assert_eq!(whole["findings"][0]["verdict"], "definite");
}

#[test]
fn changes_put_off_are_no_evidence() {
    let mut plan = target();
    plan["deferred_changes"] = json!([{ "reason": "provider_config_unknown" }]);
    let report = report(&[("plan", &plan)], DNS);
    assert_eq!(caveats(&report), ["deferred"]);
    assert_eq!(report["inputs"][0]["caveats"][0]["details"], json!(["1"]));
    assert_eq!(report["findings"][0]["verdict"], "possible");
}

#[test]
fn trimmed_plans_hide_what_they_lack() {
    let mut whole = target();
    whole["complete"] = json!(true);
    without_zone(&mut whole);
    whole["resource_changes"][1]["change"]["after_unknown"]
        .as_object_mut()
        .unwrap()
        .remove("private_dns_enabled");
    whole["resource_changes"][1]["change"]["after"]["private_dns_enabled"] = json!(false);
    assert_eq!(report(&[("plan", &whole)], DNS)["findings"][0]["verdict"], "definite");
    // Without the masks, a flag that is not shown may be known after the apply.
    let mut plan = whole.clone();
    for change in plan["resource_changes"].as_array_mut().unwrap() {
        change["change"].as_object_mut().unwrap().remove("after_unknown");
    }
    let after = plan["resource_changes"][1]["change"]["after"].as_object_mut().unwrap();
    after.remove("private_dns_enabled");
    plan.as_object_mut().unwrap().remove("configuration");
    let trimmed = report(&[("plan", &plan)], DNS);
    assert_eq!(caveats(&trimmed), ["no-configuration", "no-masks"]);
    let verdicts: Vec<&str> =
        trimmed["findings"].as_array().unwrap().iter().map(|it| text(it, "verdict")).collect();
    assert_eq!(verdicts, ["possible"]);
}

#[test]
fn newer_programs_and_providers_are_named() {
    let of = |edit: &dyn Fn(&mut Value)| {
        let mut plan = read_json(format!("{MODES}/whole.json"));
        edit(&mut plan);
        let report = report(&[("plan", &plan)], DNS);
        let caveat = &report["inputs"][0]["caveats"];
        (caveats(&report), caveat[0]["details"].clone())
    };
    let (kinds, details) = of(&|plan| plan["terraform_version"] = json!("1.17.0-dev"));
    assert_eq!((kinds, details), (vec!["version".to_owned()], json!(["Terraform 1.17.0-dev"])));
    let (kinds, details) = of(&|plan| {
        plan["terraform_version"] = json!("1.15.2");
        for change in plan["resource_changes"].as_array_mut().unwrap() {
            change["provider_name"] = json!("registry.opentofu.org/hashicorp/aws");
        }
    });
    assert_eq!((kinds, details), (vec!["version".to_owned()], json!(["OpenTofu 1.15.2"])));
    let (kinds, details) = of(&|plan| plan["format_version"] = json!("1.3"));
    assert_eq!((kinds, details), (vec!["version".to_owned()], json!(["format 1.3"])));
    let (kinds, _) = of(&|plan| {
        plan["format_version"] = json!("0.1");
        plan["terraform_version"] = json!("0.14.7");
    });
    assert_eq!(kinds, ["short-references"]);
    let (kinds, details) = of(&|plan| {
        plan["resource_changes"][2]["change"]["after"]["region"] = json!("eu-west-1");
    });
    assert_eq!((kinds, details), (vec!["provider".to_owned()], json!(["aws_vpc.region"])));
}

#[test]
fn source_of_another_version_is_named() {
    let dir = scratch(&[("target", &target())]);
    let written = fs::read_to_string(format!("{MODES}/main.tf")).unwrap();
    let judge = |text: &str, args: &[&str]| {
        fs::write(dir.path().join("main.tf"), text).unwrap();
        let args = [&["--select", DNS, "-o", "json", "target.json"], args].concat();
        let report = check(dir.path(), &args).json();
        let stale = report["inputs"][0]["caveats"].as_array().unwrap().iter();
        stale.filter(|it| it["kind"] == "stale").map(|it| it["details"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(judge(&written, &[]), [] as [Value; 0]);
    let renamed = written.replace("\"aws_route53_zone\" \"relay\"", "\"aws_route53_zone\" \"old\"");
    let difference = json!([
        "aws_route53_zone.old (only in the source)",
        "aws_route53_zone.relay (only in the plan)",
    ]);
    assert_eq!(judge(&renamed, &[]), [difference]);
    assert_eq!(judge(&renamed, &["--source-root", "none"]), [] as [Value; 0]);
}

// Values that stand in for others

/// A unit that assigns a metastore to the workspace it was given.
fn unit(id: &str) -> Value {
    let ids = json!({ "workspace_id": { "references": ["var.workspace_id"] } });
    let (a, b, c) = assignment(json!(id), false, ids);
    let mut plan = plan("databricks_metastore_assignment", &[("this", a, b, c)]);
    plan["variables"] = json!({ "workspace_id": { "value": id } });
    plan["configuration"]["root_module"]["variables"] = json!({ "workspace_id": {} });
    plan
}

#[test]
fn what_says_that_it_stands_in_makes_no_links() {
    let (real, mock) = (unit("1234567890123456"), unit("mock-workspace-id"));
    let linked = report(&[("a", &real), ("b", &real)], TWICE);
    assert_eq!(linked["summary"]["error"], 1, "two units assign one workspace");
    let apart = report(&[("a", &mock), ("b", &mock)], TWICE);
    assert_eq!(apart["findings"], json!([]));
    let (numbers, blind) = counts(&apart);
    assert_eq!(numbers, [2, 2, 0, 0]);
    assert_eq!(blind, [("not-in-run".to_owned(), 1), ("not-in-run".to_owned(), 1)]);
    assert_eq!(caveats(&apart), ["stand-ins"]);
    assert_eq!(apart["inputs"][0]["caveats"][0]["details"], json!(["workspace_id"]));
    let dir = scratch(&[("a", &mock)]);
    for format in ["terminal", "concise", "json", "sarif"] {
        let ran = check(dir.path(), &["-o", format, "."]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("stand in for others"), "{format}: {said}");
    }
}

/// A tree of Terragrunt units: each with the mock that its `terragrunt.hcl` has, and the value that
/// it was planned with.
fn tree(units: &[(&str, &str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, mock, value) in units {
        let path = dir.path().join("live").join(name);
        fs::create_dir_all(&path).unwrap();
        let text = format!(
            "dependency \"workspace\" {{\n  config_path  = \"../workspace\"\n  mock_outputs = {{ ids = {{ main = \"{mock}\" }} }}\n}}\n\ninputs = {{\n  workspace_id = dependency.workspace.outputs.ids[\"main\"]\n}}\n"
        );
        fs::write(path.join("terragrunt.hcl"), text).unwrap();
        fs::write(path.join("tfplan.json"), unit(value).to_string()).unwrap();
    }
    dir
}

#[test]
fn mock_outputs_only_link_to_what_is_real() {
    const ID: &str = "2884114923451234";
    let judge = |units: &[(&str, &str, &str)], args: &[&str]| {
        let dir = tree(units);
        let args =
            [&["--select", TWICE, "-o", "json", "live", "--unit-root", "live"], args].concat();
        check(dir.path(), &args).json()
    };
    let both = [("a", ID, ID), ("b", ID, ID)];
    let apart = judge(&both, &[]);
    assert_eq!(apart["findings"], json!([]), "two mocks are not one workspace");
    assert_eq!(counts(&apart).0, [2, 2, 0, 0]);
    assert_eq!(caveats(&apart), ["mock-outputs", "absent-units"]);
    let blind = judge(&both, &["--source-root", "none"]);
    assert_eq!(blind["summary"]["error"], 1, "nothing tells that they are mocks");
    // Somebody copied the real id into the mock.
    let real = judge(&[("a", ID, ID), ("b", "another", ID)], &[]);
    assert_eq!(real["findings"][0]["verdict"], "definite", "{real}");
    // What looks like a mock is none where the unit would have been given another.
    let odd = "mock-workspace-id";
    let real = judge(&[("a", ID, odd), ("b", ID, odd)], &[]);
    assert_eq!(real["summary"]["error"], 1);
    assert_eq!(caveats(&real), ["absent-units"]);
}

// Nothing to judge

#[test]
fn where_nothing_was_judged_silence_is_no_good_sign() {
    let foreign = plan("random_pet", &[("x", json!({}), json!({ "id": true }), json!({}))]);
    let empty = json!({ "format_version": "1.2", "terraform_version": "1.11.4", "complete": true,
        "planned_values": { "root_module": {} }, "configuration": { "root_module": {} } });
    let dir = scratch(&[("pets", &foreign), ("void", &empty)]);
    let mine =
        scratch(&[("pets", &foreign), ("network", &read_json(format!("{MODES}/whole.json")))]);
    for format in ["terminal", "concise", "json", "sarif"] {
        let ran = check(dir.path(), &["-o", format, "."]);
        assert_eq!(ran.code, 0, "an ordinary plan is no error");
        let said = match format {
            "terminal" => &ran.stdout,
            _ => &ran.stderr,
        };
        for words in [
            "nothing judged: no findings mean nothing here",
            "no resources in void",
            "no resource of a type that a rule is about in pets",
        ] {
            assert!(said.contains(words), "{format}: {said}");
        }
        let said = check(mine.path(), &["-o", format, "."]);
        let said = format!("{}{}", said.stdout, said.stderr);
        assert!(!said.contains("nothing judged"), "{format}: {said}");
        assert!(said.contains("in pets"), "{format}: {said}");
    }
    assert!(check(dir.path(), &["-o", "json", "-q", "."]).stderr.is_empty(), "-q");
}
