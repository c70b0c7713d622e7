//! What one Terragrunt unit has from another: a tree of which nothing is applied yet, so that every
//! value that a unit is given is a mock (`fixtures/_plans/40-terragrunt`).

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Ran, bricklint, entries, name};

const TREE: &str = "fixtures/_plans/40-terragrunt";
const RULES: &str = "uc-metastore-region-mismatch,net-vpce-sg-ports";

/// A copy of the tree.
fn tree() -> TempDir {
    copy_of(TREE)
}

fn copy_of(tree: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(Path::new(tree), dir.path());
    dir
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in entries(from) {
        let there = to.join(name(&path));
        match path.is_dir() {
            true => copy(&path, &there),
            false => drop(fs::copy(&path, &there).unwrap()),
        }
    }
}

/// Replaces a text of a file, which has to be there.
fn edit(dir: &TempDir, path: &str, from: &str, to: &str) {
    let path = dir.path().join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{}: no {from}", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}

fn report(dir: &TempDir, args: &[&str]) -> Value {
    let mut command = bricklint();
    command.current_dir(dir.path()).args(["check", "--no-config", "--unit-root", "plans"]);
    command.args(["--select", RULES, "--possible", "-o", "json"]).args(args);
    Ran::of(&mut command).json()
}

/// Findings as `verdict unit address`; without notes, that the endpoint of the workspace service admits
/// no more than it has to.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |it: &Value, field: &str| it[field].as_str().unwrap().to_owned();
    findings
        .filter(|it| it["severity"] != "note")
        .map(|it| ["verdict", "unit", "address"].map(|field| text(it, field)).join(" "))
        .collect()
}

const DUB: &str = "definite dub/workspace databricks_metastore_assignment.this";
const IAD: &str = "definite iad/workspace module.unity.databricks_metastore_assignment.this";
const RELAY: &str = "definite dub/endpoints aws_vpc_endpoint.this[\"relay\"]";

#[test]
fn outputs_lead_to_the_objects_of_the_other_unit() {
    let dir = tree();
    let said = report(&dir, &["plans"]);
    assert_eq!(found(&said), [RELAY, DUB, IAD]);
    let findings = said["findings"].as_array().unwrap();
    let assignment = findings.iter().find(|it| it["unit"] == "dub/workspace").unwrap();
    assert_eq!(assignment["related"][0]["unit"], "account");
    assert_eq!(assignment["related"][0]["address"], "databricks_metastore.this[\"eu-central-1\"]");
    let blind = report(&dir, &["plans", "--source-root", "none"]);
    assert_eq!(found(&blind), [""; 0], "a mock is no evidence");
}

#[test]
fn what_is_right_is_silent() {
    let dir = tree();
    let unit = "live/dub/workspace/terragrunt.hcl";
    edit(&dir, unit, "metastore_ids[\"eu-central-1\"]", "metastore_ids[\"eu-west-1\"]");
    edit(&dir, "plans/dub/network/tfplan.json", "2443", "6666");
    assert_eq!(found(&report(&dir, &["plans"])), [IAD]);
}

#[test]
fn what_may_be_one_of_several_is_certain_only_where_all_agree() {
    let dir = tree();
    // Without the module the plan does not tell which metastore is under which key: one of them is right.
    fs::remove_dir_all(dir.path().join("modules/account")).unwrap();
    let said = found(&report(&dir, &["plans"]));
    assert_eq!(said, [RELAY, IAD], "no metastore is in us-east-1");
}

#[test]
fn mocks_that_look_alike_are_nobody() {
    let dir = tree();
    for path in ["live/iad/workspace/terragrunt.hcl", "plans/iad/workspace/tfplan.json"] {
        edit(&dir, path, "mock-metastore-backup", "mock-metastore-home");
    }
    // The reference tells which of the two it is.
    assert_eq!(found(&report(&dir, &["plans"])), [RELAY, DUB, IAD]);
    let plan = "plans/iad/workspace/tfplan.json";
    edit(&dir, plan, "\"var.unity.metastores[\\\"home\\\"]\",", "");
    assert_eq!(found(&report(&dir, &["plans"])), [RELAY, DUB]);
}

#[test]
fn a_value_of_another_object_tells_that_the_source_is_newer() {
    let dir = tree();
    // The account is applied, and the workspace was planned with the id of the right metastore.
    let ids = ["5b0c7a1e-3d44-4f0a-9a6b-1c2d3e4f5a61", "a9d2f6b4-7c15-4e83-8b0d-90e1f2a3b4c5"];
    let applied = "fixtures/uc-metastore-region-mismatch/estate/metastores.json";
    fs::copy(applied, dir.path().join("plans/account/tfplan.json")).unwrap();
    let (plan, mock) = ("plans/dub/workspace/tfplan.json", "8d3f5b1e-6c2a-4e97-b0d4-7a1c9e2f4b60");
    assert_eq!(found(&report(&dir, &["plans"])), [RELAY, DUB, IAD], "mocks contradict nothing");
    edit(&dir, plan, mock, ids[1]);
    assert_eq!(found(&report(&dir, &["plans"])), [RELAY, IAD]);
    edit(&dir, plan, ids[1], ids[0]);
    assert_eq!(found(&report(&dir, &["plans"])), [RELAY, DUB, IAD]);
}

#[test]
fn dependencies_may_stand_in_an_included_file() {
    let dir = tree();
    let unit = "live/dub/workspace/terragrunt.hcl";
    edit(&dir, unit, "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n", "");
    let said = report(&dir, &["plans"]);
    assert_eq!(found(&said), [RELAY, IAD], "the dependency is declared in root.hcl");
}

#[test]
fn a_unit_that_is_in_no_plan_of_the_run_is_named_once() {
    let dir = tree();
    let said = report(&dir, &["plans/dub/workspace", "plans/fra"]);
    assert_eq!(found(&said), [""; 0]);
    for input in said["inputs"].as_array().unwrap() {
        let caveats = input["caveats"].as_array().unwrap().iter();
        let absent: Vec<&Value> = caveats.filter(|it| it["kind"] == "absent-units").collect();
        assert_eq!(absent.len(), 1, "{input}");
        assert_eq!(absent[0]["details"], json!(["live/account"]));
    }
    let blind: Vec<&Value> = said["coverage"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|it| it["blind"].as_array().unwrap())
        .collect();
    assert_eq!(blind.len(), 2, "{blind:?}");
    assert!(blind.iter().all(|it| it["cause"] == "not-in-run"));
    for format in ["terminal", "concise", "markdown"] {
        let mut command = bricklint();
        command.current_dir(dir.path()).args(["check", "--no-config", "-o", format, "plans/fra"]);
        let ran = Ran::of(command.args(["--select", RULES]));
        // What is written for a comment is also said to who looks at the log.
        let counts = [&ran.stdout, &ran.stderr].map(|it| it.matches("live/account").count());
        assert!(matches!(counts, [0, 1] | [1, 0] | [1, 1]), "{format}: {ran:?}");
    }
    // The whole tree lacks nothing.
    assert!(!report(&dir, &["plans"]).to_string().contains("absent-units"));
}

/// `inputs` of a unit are written with the functions that everybody uses.
#[test]
fn inputs_may_be_merged_and_tried() {
    let dir = tree();
    let unit = "live/dub/workspace/terragrunt.hcl";
    let path = dir.path().join(unit);
    let text = fs::read_to_string(&path).unwrap();
    let (before, _) = text.split_once("inputs").unwrap();
    let output = "dependency.account.outputs.metastore_ids[\"eu-central-1\"]";
    let ids = "dependency.account.outputs.metastore_ids";
    let right = "dependency.account.outputs.metastore_ids[\"eu-west-1\"]";
    let cases = [
        ("merge(local.all, { metastore_id = OUT })", true),
        ("merge({ metastore_id = RIGHT }, { metastore_id = OUT })", true),
        (
            "merge({ metastore_id = \"x\" }, merge({ metastore_id = OUT }, null), { region = 1 })",
            true,
        ),
        ("{ metastore_id = try(OUT, null) }", true),
        ("{ metastore_id = try(OUT, \"\", []) }", true),
        ("{ metastore_id = coalesce(OUT, \"\") }", true),
        ("{ metastore_id = tostring(nonsensitive(OUT)) }", true),
        ("{ metastore_id = lookup(IDS, \"eu-central-1\", null) }", true),
        ("{ metastore_id = lookup(tomap(IDS), \"eu-central-1\") }", true),
        // What may be another value is no link.
        ("{ metastore_id = lookup(IDS, \"eu-central-1\", \"x\") }", false),
        ("{ metastore_id = lookup(IDS, local.region) }", false),
        ("{ metastore_id = toset([OUT]) }", false),
        ("merge({ metastore_id = OUT }, local.all)", false),
        ("merge({ metastore_id = OUT }, { metastore_id = \"x\" })", false),
        ("merge({ metastore_id = OUT }, { (local.key) = \"x\" })", false),
        ("merge([{ metastore_id = OUT }]...)", false),
        ("deep_merge({ metastore_id = OUT })", false),
        ("{ metastore_id = try(OUT, \"8d3f5b1e-6c2a-4e97-b0d4-7a1c9e2f4b60\") }", false),
        ("{ metastore_id = coalesce(OUT, local.id) }", false),
    ];
    for (inputs, is_followed) in cases {
        let inputs = inputs.replace("OUT", output).replace("RIGHT", right).replace("IDS", ids);
        fs::write(&path, format!("{before}inputs = {inputs}\n")).unwrap();
        let found = found(&report(&dir, &["plans"]));
        assert_eq!(found.contains(&DUB.to_owned()), is_followed, "{inputs}: {found:?}");
    }
    // A file that may give anything hides what the files that it includes give.
    let root = dir.path().join("live/root.hcl");
    let shared = fs::read_to_string(&root).unwrap();
    fs::write(root, format!("{shared}inputs = {{ metastore_id = {output} }}\n")).unwrap();
    for (inputs, is_followed) in [("{ region = 1 }", true), ("merge(local.all, {})", false)] {
        fs::write(&path, format!("{before}inputs = {inputs}\n")).unwrap();
        let found = found(&report(&dir, &["plans"]));
        assert_eq!(found.contains(&DUB.to_owned()), is_followed, "{inputs}: {found:?}");
    }
}

/// Two units configure one workspace, by the URL that a third hands them, which is not there yet.
#[test]
fn providers_speak_to_the_workspace_of_another_unit() {
    let dir = copy_of("fixtures/_estate/bad");
    let grants = |root: &str| {
        let mut command = bricklint();
        command.current_dir(dir.path()).args(["check", "--no-config", "--unit-root", "plans"]);
        command.args(["--select", "uc-grants-duplicate", "-o", "json", "--source-root", root]);
        found(&Ran::of(command.arg("plans")).json())
    };
    let alone = grants(".");
    for tree in ["live", "plans"] {
        let unit = dir.path().join(tree).join("prod/us-east-1/unity");
        copy(&unit, &dir.path().join(tree).join("prod/us-east-1/again"));
    }
    // A mock of its own: by value the two have nothing in common.
    for path in
        ["live/prod/us-east-1/again/terragrunt.hcl", "plans/prod/us-east-1/again/tfplan.json"]
    {
        edit(&dir, path, "dbc-0fc50310-76ab", "dbc-1e1e1e1e-76ab");
    }
    let all = grants(".");
    let again = "definite prod/us-east-1/again databricks_grants.catalog[\"landing_prod\"]";
    assert!(!alone.iter().any(|it| it.contains("landing_prod")), "{alone:?}");
    assert!(all.contains(&again.to_owned()), "{all:?}");
    assert!(!grants("none").contains(&again.to_owned()), "a mock is no evidence");
    // Of another URL nothing is known.
    let unit = "live/prod/us-east-1/again/terragrunt.hcl";
    edit(&dir, unit, "outputs.workspace_url", "outputs.other_url");
    assert!(!grants(".").contains(&again.to_owned()));
}
