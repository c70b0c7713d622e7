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

#[test]
fn a_script_that_fails_is_a_failure_with_its_place_in_every_output() {
    let body =
        "fn check(r) {\n    helper(r);\n}\n\nfn helper(r) {\n    let x = r.cluster_name > 5;\n}\n";
    let dir = policy(body);
    for format in ["terminal", "concise", "json", "sarif"] {
        let ran = check(&dir, ["-o", format]);
        assert_eq!(ran.code, 2, "{format}: {ran:#?}");
        let flat = ran.stdout.replace('\n', " ").replace("  ", " ");
        for part in ["rules/t.rhai:8:28: a string is compared with a number", "as in `parse_int("] {
            assert!(flat.contains(part), "{format} lacks {part}: {flat}");
        }
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
        ("#{ plan: #{}, params: #{ most: \"1\" } }", "is of type integer"),
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
    assert!(ran.stderr.contains("rules/u.rhai:1:18"), "{}", ran.stderr);
    assert!(ran.stdout.contains("1 passed"), "the others are run all the same");
    fs::write(
        dir.path().join("rules/u.rhai"),
        format!("{}fn check(r) {{ }}", RULE.replace("acme-t", "acme-u")),
    )
    .unwrap();
    let ran = test(&dir, []);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(
        ran.stdout.contains("none   no tests") && ran.stdout.contains("1 script without tests")
    );
    fs::write(dir.path().join("bricklint.toml"), "rules-dir = [\"rules\"]").unwrap();
    assert_eq!(in_dir(dir.path(), ["test"]).stdout, ran.stdout);
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
    fs::write(dir.path().join("bricklint.toml"), "rules-dir = [\"own\"]").unwrap();
    let ran = in_dir(dir.path(), ["init", "policy", "acme-b"]);
    assert!(ran.stdout.starts_with("wrote own/acme-b.rhai"), "{ran:#?}");
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
