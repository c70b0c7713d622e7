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
        ("fn check(r) {\n    try { }\n}\n", "4", &["'try' is a reserved", "must not be hidden"]),
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
    let body = "fn check(r) {\n    helper(r);\n}\n\nfn helper(r) {\n    r.reff(\"a\");\n}\n";
    let dir = policy(body);
    for format in ["terminal", "concise", "json", "sarif"] {
        let ran = check(&dir, ["-o", format]);
        assert_eq!(ran.code, 2, "{format}: {ran:#?}");
        let flat = ran.stdout.replace('\n', " ").replace("  ", " ");
        for part in ["rules/t.rhai:8:7: there is no function `reff`", "did you mean `ref`?"] {
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
