//! Rules of one's own: what is said of mistakes, tests in scripts, the scaffold, the docs.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::common::{Ran, bricklint};

/// A plan with one cluster that never stops, and a value that is not known yet.
const PLAN: &str = r#"{"format_version":"1.2","terraform_version":"1.9.0","resource_changes":[
  {"address":"databricks_cluster.a","mode":"managed","type":"databricks_cluster","name":"a",
   "change":{"actions":["create"],"before":null,
   "after":{"cluster_name":"c","autotermination_minutes":0,"custom_tags":{"pw":"hunter2-hunter2"}},
   "after_unknown":{"id":true},"after_sensitive":{"custom_tags":{"pw":true}}}}],
  "configuration":{"root_module":{"resources":[]}}}"#;

const RULE: &str = "const RULE = #{ id: \"acme-t\", summary: \"s\", severity: \"error\", on: [\"databricks_cluster\"] };\n";

/// A directory with a plan and one script, `t.rhai`, whose third line on is `body`.
fn policy(body: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tfplan.json"), PLAN).unwrap();
    fs::create_dir(dir.path().join("rules")).unwrap();
    fs::write(dir.path().join("rules/t.rhai"), format!("{RULE}\n{body}")).unwrap();
    dir
}

/// The binary in a directory.
fn in_dir<'a>(dir: &Path, args: impl IntoIterator<Item = &'a str>) -> Ran {
    Ran::of(bricklint().current_dir(dir).args(args))
}

fn check<'a>(dir: &TempDir, more: impl IntoIterator<Item = &'a str>) -> Ran {
    let args = ["check", "--rules", "rules", "--select", "acme-t", "tfplan.json"];
    in_dir(dir.path(), args.into_iter().chain(more))
}

// Errors

#[test]
fn a_script_that_does_not_load_is_drawn_on_its_line() {
    for (body, line, parts) in [
        ("fn check(r) {\n    if r.default { }\n}\n", "4", &["r[\"default\"]", "help:"][..]),
        (
            "fn check(r) {\n    try { }\n}\n",
            "4",
            &["`try` is a word of Rhai", "must not be hidden"],
        ),
        (
            "fn check(r) {\n    let minutes = 1;\n    if mintues == 1 { }\n}\n",
            "5",
            &["mintues", "did you mean `minutes`?"],
        ),
        ("fn check(r) {\n    if r.a == 1 {\n}\n", "6", &["Expecting"]),
        ("fn check(r) { }\nlet x = 1;\n", "4", &["only `const` and `fn`"]),
    ] {
        let ran = check(&policy(body), []);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:#?}");
        assert!(ran.stderr.contains("rules/t.rhai:"), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("t.rhai:{line}")), "{line}: {}", ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
        assert!(!ran.stderr.contains('\u{1b}'), "no colour where there is no terminal");
    }
}

const FAILS: &str =
    "fn check(r) {\n    helper(r);\n}\n\nfn helper(r) {\n    let x = r.cluster_name > 5;\n}\n";

#[test]
fn a_script_that_fails_is_a_failure_with_its_place_in_every_output() {
    let dir = policy(FAILS);
    let sentence = "rules/t.rhai:8:28: a number is compared with a text";
    let drawing = [
        "rules/t.rhai:8:28",
        "8 │     let x = r.cluster_name > 5;",
        "·                            ─",
        "╰── in the call of `helper`",
    ];
    for format in ["concise", "json", "sarif"] {
        let ran = check(&dir, ["-o", format]);
        assert_eq!(ran.code, 2, "{format}: {ran:#?}");
        assert!(ran.stdout.contains(sentence), "{format}: {}", ran.stdout);
        for part in drawing.iter().filter(|_| format != "concise") {
            assert!(ran.stderr.contains(part), "{format} lacks {part}: {}", ran.stderr);
        }
    }
    let ran = check(&dir, []);
    assert_eq!((ran.code, ran.stderr.as_str()), (2, ""), "{ran:#?}");
    assert!(ran.stdout.contains("failure[script]: tfplan: acme-t: on databricks_cluster.a\n"));
    for part in drawing.iter().chain(&["as in `parse_int("]) {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let source = &check(&dir, ["-o", "json"]).json()["failures"][0]["source"];
    assert_eq!(*source, serde_json::json!({ "path": "rules/t.rhai", "line": 8, "column": 28 }));
    // To files: what could not be judged is drawn for whoever looks.
    let ran = check(&dir, ["-q", "-o", "json=out.json"]);
    assert!(ran.stdout.is_empty() && ran.stderr.contains(drawing[1]), "{ran:#?}");
}

#[test]
fn one_mistake_on_many_resources_and_plans_is_drawn_once() {
    let dir = policy(FAILS);
    let two = PLAN.replacen("[\n  {\"address\":\"databricks_cluster.a\"", "[\n  {\"address\":\"databricks_cluster.b\",\"mode\":\"managed\",\"type\":\"databricks_cluster\",\"name\":\"b\",\"change\":{\"actions\":[\"create\"],\"after\":{\"cluster_name\":\"b\"},\"after_unknown\":{}}},\n  {\"address\":\"databricks_cluster.a\"", 1);
    assert_ne!(two, PLAN);
    for name in ["x", "y"] {
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name).join("tfplan.json"), &two).unwrap();
    }
    let args = "check --rules rules --select acme-t --unit-root . x/tfplan.json y/tfplan.json";
    let ran = in_dir(dir.path(), args.split(' '));
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert_eq!(ran.stdout.matches("╭─[rules/t.rhai:8:28]").count(), 1, "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("failure[script]").count(), 2, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("x: acme-t: on databricks_cluster.b, and on 1 more\n"),
        "{}",
        ran.stdout
    );
}

/// The script holds what the plan masks, in a line that would be drawn, and in a name.
#[test]
fn a_secret_in_a_script_is_not_drawn() {
    let body = "fn check(r) {\n    hunter2_hunter2(r);\n}\nfn hunter2_hunter2(r) {\n    let x = \"hunter2-hunter2\" > 5;\n}\n";
    for format in ["terminal", "concise", "json", "sarif"] {
        let ran = check(&policy(body), ["-o", format]);
        assert_eq!(ran.code, 2, "{ran:#?}");
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("rules/t.rhai:7:31"), "{format}: {said}");
        assert!(!said.contains("hunter2-hunter2"), "{format}: {said}");
    }
}

#[test]
fn no_error_shows_a_value_of_the_plan() {
    for body in [
        "parse_int(r.custom_tags.pw)",
        "parse_int(r.cluster_name + \"hunter2-hunter2\".to_upper())",
        "r.custom_tags.pw.nosuch()",
        "nosuch(r.custom_tags.pw)",
        "r.custom_tags.pw > 5",
    ] {
        let ran = check(&policy(&format!("fn check(r) {{ {body} }}")), ["--possible"]);
        assert!(!format!("{ran:?}").contains("hunter2-hunter2"), "{ran:#?}");
    }
}

// Tests of scripts

/// `bricklint test rules` on a script, with more arguments.
fn test<'a>(dir: &TempDir, more: impl IntoIterator<Item = &'a str>) -> Ran {
    in_dir(dir.path(), ["test", "rules"].into_iter().chain(more))
}

const STOPS: &str = r#"
const PARAMS = #{ most: 60 };
fn check(r) {
    if r.autotermination_minutes == 0 {
        fail(r, "autotermination_minutes", `never stops, at most ${PARAMS.most}`);
    } else {
        if r.autotermination_minutes > PARAMS.most { fail(r, "late"); }
    }
}
fn test_never() {
    #{ plan: #{ "databricks_cluster.a": #{ autotermination_minutes: 0 } }, expect: ["databricks_cluster.a"] }
}
"#;

#[test]
fn tests_pass_and_untaken_branches_are_said() {
    let dir = policy(STOPS);
    let ran = test(&dir, []);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:#?}");
    for part in [
        "ok     test_never",
        "line 8: the `else` branch was never taken",
        "line 9: the `if` was never true",
        "line 9: the `if` was never false",
        "no test has a value that is not known yet",
        "1 script, 1 test: 1 passed, 0 failed; 3 branches never taken",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn a_test_that_fails_shows_what_differs() {
    let dir = policy(&STOPS.replace("expect:", "possible:"));
    let ran = test(&dir, ["--junit", "out.xml"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    for part in [
        "FAILED test_never (rules/t.rhai:12)",
        "- possible databricks_cluster.a",
        "+ definite databricks_cluster.a",
        "never stops, at most 60",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let xml = fs::read_to_string(dir.path().join("out.xml")).unwrap();
    assert!(xml.contains("<testsuite name=\"acme-t\" tests=\"1\""), "{xml}");
    assert!(xml.contains("failures=\"1\"") && xml.contains("name=\"test_never\""), "{xml}");
}

#[test]
fn mistakes_in_tests_are_drawn_where_they_are() {
    for (body, said) in [
        ("#{ plan: #{ \"databricks_cluster.a\": #{ nme: 1 } } }", "has no attribute `nme`"),
        (
            "#{ plan: #{ \"databricks_cluster.a\": #{ autotermination_minuets: 1 } } }",
            "did you mean `autotermination_minutes`?",
        ),
        ("#{ paln: #{} }", "did you mean `plan`?"),
        ("#{ plan: #{}, undecided: [] }", "it is called `possible`"),
        ("#{ plan: #{}, expect: [\"databricks_cluster.a\"] }", "is not in the plan"),
        ("#{ plan: #{}, params: #{ mots: 1 } }", "did you mean `most`?"),
        ("#{ plan: #{}, params: #{ most: \"1\" } }", "takes the type integer"),
        ("5", "a test returns #{ plan:"),
        ("#{ plan: #{ \"aws_vpc.a\": #{ tags: lnik(\"x\") } } }", "did you mean `link`?"),
        ("loop { }", "more than 200000 operations"),
    ] {
        let ran = test(
            &policy(&STOPS.replace(
                "fn test_never() {",
                &format!("fn test_x() {{ {body} }}\nfn test_never() {{"),
            )),
            [],
        );
        assert_eq!(ran.code, 1, "{body}: {ran:#?}");
        let text = ran.stdout.replace(['│', '×'], " ");
        let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(said), "{said}: {}", ran.stdout);
        assert!(ran.stdout.contains("rules/t.rhai:12"), "{}", ran.stdout);
    }
}

#[test]
fn plans_beside_the_scripts_are_tests_too() {
    let dir = policy(STOPS);
    let plans = dir.path().join("rules/tests/acme-t");
    fs::create_dir_all(plans.join("bad-zero")).unwrap();
    fs::write(plans.join("bad-zero/plan.json"), PLAN).unwrap();
    fs::write(plans.join("good.json"), PLAN.replace("minutes\":0", "minutes\":30")).unwrap();
    let unknown = PLAN
        .replace("\"autotermination_minutes\":0,", "")
        .replace("{\"id\":true}", "{\"id\":true,\"autotermination_minutes\":true}");
    let unknown = unknown.replace(
        "\"resources\":[]",
        r#""resources":[{"address":"databricks_cluster.a","mode":"managed","type":"databricks_cluster","name":"a","provider_config_key":"databricks","expressions":{"autotermination_minutes":{"references":["var.minutes"]}}}]"#,
    );
    fs::write(plans.join("unknown.json"), unknown).unwrap();
    let ran = test(&dir, []);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stdout.contains("1 script, 4 tests: 4 passed"), "{}", ran.stdout);
    fs::rename(plans.join("good.json"), plans.join("bad.json")).unwrap();
    let ran = test(&dir, []);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stdout.contains("- definite (at least one)"), "{}", ran.stdout);
    fs::rename(plans.join("bad.json"), plans.join("other.json")).unwrap();
    let ran = test(&dir, []);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("starts with `bad`, `good` or `unknown`"), "{}", ran.stdout);
}

#[test]
fn a_misspelt_attribute_fails_the_tests() {
    let dir =
        policy(&STOPS.replace("r.autotermination_minutes == 0", "r.autotermination_minuets == 0"));
    let ran = test(&dir, []);
    assert_eq!(ran.code, 1, "{ran:#?}");
    for part in
        ["mistake in the script", "rules/t.rhai:6:10", "did you mean `autotermination_minutes`?"]
    {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn what_cannot_be_run_is_exit_code_2() {
    let empty = tempfile::tempdir().unwrap();
    let ran = in_dir(empty.path(), ["test"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no script is in this directory"), "{}", ran.stderr);
    let dir = policy(STOPS);
    fs::write(dir.path().join("rules/u.rhai"), "fn check(r) { if }").unwrap();
    let ran = test(&dir, []);
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("rules/u.rhai:1:18"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 thing could not be run"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 passed"), "the others are run all the same");
    fs::write(
        dir.path().join("rules/u.rhai"),
        format!("{}fn check(r) {{ }}", RULE.replace("acme-t", "acme-u")),
    )
    .unwrap();
    let ran = test(&dir, []);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stdout.contains("NONE   nothing tests this policy: write `fn test_…()`"));
    assert!(ran.stdout.contains("tests/acme-u/\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 script without tests"), "{}", ran.stdout);
    fs::write(dir.path().join("bricklint.toml"), "rules-dir = [\"rules\"]").unwrap();
    assert_eq!(in_dir(dir.path(), ["test"]).stdout, ran.stdout);
}

#[test]
fn plans_that_belong_to_no_rule_test_nothing() {
    let dir = policy(STOPS);
    let plans = dir.path().join("rules/tests");
    fs::create_dir_all(plans.join("acme-tt")).unwrap();
    fs::create_dir_all(plans.join(".terraform")).unwrap();
    fs::write(plans.join("README.md"), "").unwrap();
    fs::write(plans.join("acme-tt/bad.json"), PLAN).unwrap();
    fs::write(plans.join("bad.json"), PLAN).unwrap();
    let ran = test(&dir, []);
    assert_eq!(ran.code, 2, "{ran:#?}");
    for part in [
        "rules/tests/acme-tt\n  FAILED could not be run\n",
        "no script here has the id `acme-tt`: nothing in it is tested: did you mean `acme-t`?",
        "a plan lies in a directory with the id of its rule, such as",
        "1 passed, 0 failed; 2 things could not be run",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    fs::rename(plans.join("acme-tt"), plans.join("acme-t")).unwrap();
    fs::remove_file(plans.join("bad.json")).unwrap();
    assert_eq!(test(&dir, []).code, 0);
    fs::create_dir(plans.join("acme-t/unknown")).unwrap();
    fs::write(plans.join("acme-t/unknown/tfplan.json"), PLAN).unwrap();
    let ran = test(&dir, []);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stdout.contains("unknown/plan.json: there is no plan of that name"), "{ran:#?}");
}

#[test]
fn one_script_can_be_tested_and_a_run_without_any_test_is_none() {
    let dir = policy(STOPS);
    let other = format!("{}fn check(r) {{ }}\n", RULE.replace("acme-t", "acme-u"));
    fs::write(dir.path().join("rules/u.rhai"), &other).unwrap();
    let ran = in_dir(dir.path(), ["test", "rules/t.rhai"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stdout.contains("1 script, 1 test: 1 passed"), "{}", ran.stdout);
    let ran = in_dir(dir.path(), ["test", "rules/u.rhai"]);
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert!(ran.stderr.contains("nothing was tested"), "{ran:#?}");
    // A mistake is one without any test.
    let wrong = other.replace("{ }\n", "{ let x = r.autotermination_minuets; }\n");
    fs::write(dir.path().join("rules/u.rhai"), wrong).unwrap();
    let ran = in_dir(dir.path(), ["test", "rules/u.rhai"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stdout.contains("did you mean `autotermination_minutes`?"), "{ran:#?}");
    let ran = in_dir(dir.path(), ["test", "rules/none.rhai"]);
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert!(ran.stderr.contains("rules/none.rhai"), "{ran:#?}");
}

/// What Jenkins reads, whose schema is the strictest of those in use: `junit-10.xsd` of
/// jenkinsci/xunit-plugin.
#[test]
fn junit_xml_is_what_its_readers_expect() {
    use quick_junit::{Report, TestCaseStatus};
    let text = STOPS.replace("expect:", "possible:");
    let dir = policy(&format!("{text}fn test_bad() {{ #{{ paln: #{{}} }} }}\nfn f(r) {{ r.a }}\n"));
    let ok =
        STOPS.replace("r.autotermination_minutes > PARAMS", "r.autotermination_minuets > PARAMS");
    let ok = format!("{}\n{ok}", RULE.replace("acme-t", "acme-u"));
    fs::write(dir.path().join("rules/u.rhai"), ok).unwrap();
    fs::write(dir.path().join("rules/v.rhai"), "fn check(r) { if }").unwrap();
    let ran = test(&dir, ["--junit", "out.xml"]);
    assert_eq!(ran.code, 2, "{ran:#?}");
    let xml = fs::read_to_string(dir.path().join("out.xml")).unwrap();
    let report = Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (5, 3, 1), "{xml}");
    let suites: Vec<(&str, usize)> =
        report.test_suites.iter().map(|it| (it.name.as_str(), it.test_cases.len())).collect();
    assert_eq!(suites, [("acme-t", 2), ("acme-u", 2), ("rules/v.rhai", 1)]);
    for case in report.test_suites.iter().flat_map(|it| &it.test_cases) {
        assert!(case.classname.as_ref().is_some_and(|it| it.as_str().starts_with("rules/")));
        if let TestCaseStatus::NonSuccess { message, description, .. } = &case.status {
            assert!(message.is_some() && description.is_some(), "{case:?}");
        }
    }
    let misspelt = &report.test_suites[1].test_cases[1];
    assert_eq!(misspelt.name.as_str(), "script rules/u.rhai:9:14", "{xml}");
    let known = [
        ("testsuites", &["name", "time", "tests", "failures", "errors"][..]),
        ("testsuite", &["name", "tests", "failures", "errors", "skipped", "time", "timestamp"]),
        ("testcase", &["name", "time", "classname"]),
        ("failure", &["type", "message"]),
        ("error", &["type", "message"]),
    ];
    for tag in xml.split('<').skip(1).filter(|it| !it.starts_with(['/', '?'])) {
        let tag = tag.split('>').next().unwrap().trim_end_matches('/');
        let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let (_, attributes) = known.iter().find(|(known, _)| *known == name).unwrap();
        // Names stand before the quotes, values between them.
        for attribute in rest.split('"').step_by(2).map(|it| it.trim().trim_end_matches('=')) {
            assert!(attribute.is_empty() || attributes.contains(&attribute), "{attribute}: {tag}");
        }
    }
}

#[test]
fn tests_are_no_part_of_the_rule() {
    let dir = policy("fn check(r) { test_x() }\nfn test_x() { #{ plan: #{} } }");
    let ran = check(&dir, []);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`test_x` is a test, which is no part of"), "{ran:#?}");
    let ran = check(&policy("fn check(r) { if unknown() == 1 { } }"), []);
    assert!(ran.stderr.contains("whose name starts with `test_`"), "{ran:#?}");
}

#[test]
fn the_shipped_policies_pass_their_tests_and_leave_no_branch_out() {
    let ran = Ran::of(bricklint().args(["test", "rules"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    let open: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("  note")).collect();
    assert!(open.is_empty() && !ran.stdout.contains("NONE"), "{}", ran.stdout);
}

// The scaffold

#[test]
fn a_new_policy_passes_its_tests_and_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tfplan.json"), PLAN).unwrap();
    let ran = in_dir(dir.path(), ["init", "policy", "acme-cluster-stops"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:#?}");
    assert!(ran.stdout.starts_with("wrote policies/acme-cluster-stops.rhai\n"), "{}", ran.stdout);
    let ran = in_dir(dir.path(), ["test", "policies"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(!ran.stdout.contains("note"), "nothing is left open: {}", ran.stdout);
    let ran = in_dir(dir.path(), ["explain", "acme-cluster-stops", "--rules", "policies"]);
    assert!(ran.stdout.contains("max_minutes = 60"), "{}", ran.stdout);
    let ran = in_dir(
        dir.path(),
        ["check", "--rules", "policies", "--select", "acme", "--fail-on", "note", "tfplan.json"],
    );
    assert_eq!(ran.code, 1, "{ran:#?}");
    let strict =
        "check --rules policies --select acme --strict-scripts --fail-on never tfplan.json";
    let ran = in_dir(dir.path(), strict.split(' '));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:#?}");
    let again = in_dir(dir.path(), ["init", "policy", "acme-cluster-stops"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    for bad in ["Acme", "a_b", "../x", "a\"b", ""] {
        let ran = in_dir(dir.path(), ["init", "policy", bad]);
        assert_eq!(ran.code, 2, "{ran:#?}");
        assert!(
            ran.stderr.contains("kebab case") || ran.stderr.contains("says something"),
            "{}",
            ran.stderr
        );
    }
    for (bad, said) in [
        ("Acme_Size.rhai", "did you mean `acme-size`?"),
        ("org-grant", "`org-grant` is the id of a rule of bricklint's: put your own word"),
    ] {
        let ran = in_dir(dir.path(), ["init", "policy", bad]);
        assert_eq!(ran.code, 2, "{ran:#?}");
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = in_dir(dir.path(), ["init", "policy", "acme-b", "--dir", "tfplan.json"]);
    assert!(ran.code == 2 && ran.stderr.contains("tfplan.json is no directory"), "{ran:#?}");
    fs::write(dir.path().join("bricklint.toml"), "rules-dir = [\"own\"]").unwrap();
    let ran = in_dir(dir.path(), ["init", "policy", "acme-b"]);
    assert!(ran.stdout.starts_with("wrote own/acme-b.rhai"), "{ran:#?}");
}

// Parameters

#[test]
fn parameters_are_checked_on_their_line() {
    let body = "const PARAMS = #{\n    most: #{ value: 60, min: 1, max: 600 },\n    tier: #{ value: \"dev\", one_of: [\"dev\", \"prod\"] },\n    names: [\"a\"],\n    flag: true,\n    ports: #{ value: [], form: \"port\" },\n    text: \"t\",\n};\nfn check(r) { if r.autotermination_minutes < PARAMS.most && PARAMS.flag { fail(r, `${PARAMS.names.join(\" \")} ${PARAMS.tier} ${PARAMS.text}`); } }\n";
    let dir = policy(body);
    let with = |settings: &str| {
        fs::write(dir.path().join("bricklint.toml"), format!("\n[rules.acme-t]\n{settings}\n"))
            .unwrap();
        check(&dir, ["-o", "concise"])
    };
    for (settings, message) in [
        ("most = 20\ntier = \"prod\"\nnames = [\"x\", \"y\"]\ntext = \"z\"", "x y prod z"),
        ("names = []", " dev t"),
        ("", "a dev t"),
    ] {
        let ran = with(settings);
        assert!(ran.code == 1 && ran.stdout.contains(message), "{settings}: {ran:#?}");
    }
    assert_eq!(with("flag = false").code, 0);
    for (settings, said) in [
        (
            "most = \"20\"",
            "bricklint.toml:3:8: `most` of acme-t takes the type integer, not string",
        ),
        ("most = 0", "bricklint.toml:3:8: `most` of acme-t is between 1 and 600, not 0"),
        ("most = 1.5", "takes the type integer, not float"),
        (
            "tier = \"stage\"",
            "bricklint.toml:3:8: `tier` of acme-t is one of dev, prod, not \"stage\"",
        ),
        (
            "ports = [\"443\", \"https\"]",
            "bricklint.toml:3:9: `ports` of acme-t has \"https\"; each is a port from 0 to 65535",
        ),
        ("names = [1]", "bricklint.toml:3:9: `names` of acme-t takes the type list of strings"),
        ("names = \"a\"", "takes the type list of strings, not string: write it in brackets"),
        ("names = [\"a\", 1]", "takes the type list of strings, not integer in a list"),
        ("most = \"4\"", "takes the type integer, not string: write it without quotes"),
        ("flag = 1", "takes the type boolean, not integer"),
        ("text = true", "takes the type string, not boolean"),
        ("mots = 5", "acme-t has no setting `mots`; did you mean `most`?"),
        ("zzz = 5", "acme-t has no setting `zzz`; it has `severity`, `enabled`, `most`"),
    ] {
        let ran = with(settings);
        assert_eq!(ran.code, 2, "{settings}: {ran:#?}");
        assert!(ran.stderr.contains(said), "{settings}: {}", ran.stderr);
    }
    fs::remove_file(dir.path().join("bricklint.toml")).unwrap();
    let ran = in_dir(dir.path(), ["explain", "acme-t", "--rules", "rules"]);
    assert!(ran.stdout.contains("most = 60\n      It is between 1 and 600.\n"), "{}", ran.stdout);
    let test = "fn test_x() { #{ plan: #{}, params: #{ most: 601 } } }";
    let ran = super::scripts::test(&policy(&format!("{body}{test}")), []);
    assert!(ran.stdout.contains("the parameter `most` is between 1 and 600, not 601"), "{ran:#?}");
}

// Strict scripts

#[test]
fn strict_scripts_fail_on_a_misspelt_attribute() {
    let body = "fn check(r) {\n    if r.autotermination_minuets == 0 { fail(r, \"m\"); }\n    if r.cluster_name == \"c\" { fail(r, \"cluster_name\", \"m\"); }\n}\n";
    let dir = policy(body);
    let ran = check(&dir, []);
    assert_eq!(ran.code, 1, "a misspelt attribute reads as not set");
    for part in ["bricklint: rules/t.rhai:4:10: `databricks_cluster` has no", "--strict-scripts"] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    assert_eq!(check(&dir, ["-q"]).stderr, "");
    let ran = check(&dir, ["--strict-scripts", "-o", "concise"]);
    assert_eq!(ran.code, 2, "{ran:#?}");
    for part in [
        "acme-t",
        "rules/t.rhai:4:10",
        "`databricks_cluster` has no attribute `autotermination_minuets`",
        "did you mean `autotermination_minutes`?",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("databricks_cluster.a"), "findings stand: {}", ran.stdout);
    let with_variable =
        Ran::of(bricklint().current_dir(dir.path()).env("BRICKLINT_STRICT_SCRIPTS", "1").args([
            "check",
            "--rules",
            "rules",
            "--select",
            "acme-t",
            "tfplan.json",
        ]));
    assert_eq!(with_variable.code, 2);
    // What no plan reaches is read, too.
    for (body, part) in [
        ("if r.cluster_name == \"z\" { let x = r.nme; }", "has no attribute `nme`"),
        ("resources(\"aws_subnets\");", "no provider has the type `aws_subnets`"),
        ("resources(\"aws_vpc\").some(|it| it.cidr_blok == 1);", "has no attribute `cidr_blok`"),
    ] {
        let ran = check(&policy(&format!("fn check(r) {{ {body} }}")), ["--strict-scripts"]);
        assert_eq!(ran.code, 2, "{body}: {ran:#?}");
        assert!(ran.stdout.contains(part), "{body}: {ran:#?}");
        assert!(!ran.stderr.contains("--strict-scripts"), "said once: {ran:#?}");
    }
    // A name that the plan shows is right, whatever the table says; so are names of the rule's
    // other types, and keys of maps.
    for body in [
        "r.autotermination_minutes",
        "r.newer",
        "r.custom_tags.whatever",
        "r.autoscale.max_workers",
    ] {
        let dir = policy(&format!("fn check(r) {{ let x = {body}; }}"));
        let plan = PLAN.replace("\"cluster_name\"", "\"newer\":1,\"cluster_name\"");
        fs::write(dir.path().join("tfplan.json"), plan).unwrap();
        let ran = check(&dir, ["--strict-scripts"]);
        assert_eq!(ran.code, 0, "{body}: {ran:#?}");
    }
    for body in [
        "r.get(\"autoscale.max_wrokers\")",
        "r.ref(\"polcy_id\")",
        "fail(r, \"clustername\", \"m\")",
    ] {
        let ran = check(&policy(&format!("fn check(r) {{ {body}; }}")), ["--strict-scripts"]);
        assert_eq!(ran.code, 2, "{body}: {ran:#?}");
        assert!(ran.stdout.contains("has no attribute"), "{body}: {ran:#?}");
    }
}
