//! Files of facts: joined they give what one run over all plans gives, byte for byte, and what is not
//! whole or not of the same settings is refused.

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use flate2::read::GzDecoder;
use rayon::prelude::*;
use serde_json::json;

use crate::{
    case::{cases, rule_dirs},
    common::{Ran, bricklint, check_all, entries, files_below, name, read_json},
    outputs::mask,
};

/// What both sides are told, so that nothing is hidden.
const SETTINGS: [&str; 2] = ["--no-config", "--profile=all"];

/// The formats that have to be equal.
const FORMATS: [&str; 3] = ["json", "sarif", "concise"];

/// A key as it should be.
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Reports of a command, by format, and its exit code.
fn reports(mut command: Command, scratch: &Path) -> (i32, Vec<String>) {
    let files: Vec<PathBuf> = FORMATS.iter().map(|format| scratch.join(format)).collect();
    for (format, file) in FORMATS.iter().zip(&files) {
        command.arg("-o").arg(format!("{format}={}", file.display()));
    }
    let ran = Ran::of(command.args(SETTINGS).args(["--possible", "--today=2026-01-01"]));
    let read = |file: &PathBuf| {
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
    };
    (ran.code, files.iter().map(read).collect())
}

fn facts(dir: Option<&Path>, paths: &[PathBuf], out: &Path) -> Ran {
    let mut command = bricklint();
    command
        .arg("facts")
        .args(paths)
        .arg("--out")
        .arg(out)
        .args(SETTINGS)
        .env("BRICKLINT_FACTS_KEY", KEY);
    if let Some(dir) = dir {
        command.current_dir(dir);
    }
    Ran::of(&mut command)
}

/// Holds one `check` of all plans against facts of each share of them.
fn compare(dir: Option<&Path>, shares: &[Vec<PathBuf>], scratch: &Path, end: &str) -> Vec<String> {
    let here = |word: &str| {
        let mut command = bricklint();
        command.arg(word).env("BRICKLINT_FACTS_KEY", KEY);
        if let Some(dir) = dir {
            command.current_dir(dir);
        }
        command
    };
    let mut check = here("check");
    check.args(shares.iter().flatten());
    let whole = scratch.join("whole");
    fs::create_dir_all(&whole).unwrap();
    let expected = reports(check, &whole);
    let mut merge = here("merge");
    for (at, share) in shares.iter().enumerate() {
        let out = scratch.join(format!("{at}.{end}"));
        let ran = facts(dir, share, &out);
        assert!([0, 2].contains(&ran.code), "{ran:#?}");
        merge.arg(&out);
    }
    let joined = scratch.join("joined");
    fs::create_dir_all(&joined).unwrap();
    let actual = reports(merge, &joined);
    let mut errors = Vec::new();
    if expected.0 != actual.0 {
        errors.push(format!("{shares:?}: exit code {} instead of {}", actual.0, expected.0));
    }
    for (format, (expected, actual)) in FORMATS.iter().zip(expected.1.iter().zip(&actual.1)) {
        if expected != actual {
            let diff = similar::TextDiff::from_lines(expected.as_str(), actual);
            let diff = diff.unified_diff().context_radius(2).to_string();
            errors.push(format!("{shares:?} differ in {format}:\n{diff}"));
        }
    }
    errors
}

/// Each plan by itself, the last one first.
fn one_by_one(plans: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    plans.iter().rev().map(|plan| vec![plan.clone()]).collect()
}

/// Every other plan in one share, the rest in the other.
fn in_two(plans: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let every_other = |first| plans.iter().skip(first).step_by(2).cloned().collect();
    vec![every_other(1), every_other(0)]
}

/// Several plans that a rule judges together.
fn groups() -> Vec<Vec<PathBuf>> {
    let rules = rule_dirs();
    let all = rules.iter().flat_map(|dir| cases(name(dir)));
    all.flat_map(|case| case.groups()).filter(|group| group.len() > 1).collect()
}

#[test]
fn facts_of_several_plans_join_to_one_run() {
    let scratch = tempfile::tempdir().unwrap();
    let groups = groups();
    assert!(groups.len() > 40, "only {} fixtures have several plans", groups.len());
    let errors = groups.par_iter().enumerate().flat_map_iter(|(at, plans)| {
        let scratch = scratch.path().join(at.to_string());
        match at % 2 {
            0 => compare(None, &one_by_one(plans), &scratch, "jsonl"),
            _ => compare(None, &in_two(plans), &scratch, "jsonl.gz"),
        }
    });
    check_all(errors.collect::<Vec<_>>());
}

/// With source: lines, comments, what the source tells of a plan.
#[test]
fn facts_of_whole_companies_join_to_one_run() {
    let scratch = tempfile::tempdir().unwrap();
    let companies = entries("fixtures/_estate");
    let errors = companies.par_iter().enumerate().flat_map_iter(|(at, company)| {
        let plans: Vec<PathBuf> = files_below(company.join("plans"), ".json");
        assert!(plans.len() > 5, "{}", company.display());
        let scratch = scratch.path().join(at.to_string());
        let mut errors = compare(None, &one_by_one(&plans), &scratch.join("a"), "jsonl");
        errors.extend(compare(None, &in_two(&plans), &scratch.join("b"), "jsonl.gz"));
        errors.extend(compare(None, &[plans], &scratch.join("c"), "jsonl"));
        errors
    });
    check_all(errors.collect::<Vec<_>>());
}

/// A value that one plan masks and another shows is one value, on whichever machine each was read.
#[test]
fn masked_values_join() {
    let scratch = tempfile::tempdir().unwrap();
    let groups = groups();
    let errors = groups.par_iter().enumerate().flat_map_iter(|(at, plans)| {
        let dir = scratch.path().join(at.to_string());
        fs::create_dir(&dir).unwrap();
        let copy = |(at, path): (usize, &PathBuf)| {
            let mut document = read_json(path);
            if at == 0 {
                mask(&mut document);
            }
            fs::write(dir.join(name(path)), document.to_string()).unwrap();
            PathBuf::from(name(path))
        };
        let plans: Vec<PathBuf> = plans.iter().enumerate().map(copy).collect();
        compare(Some(&dir), &one_by_one(&plans), &dir.join("out"), "jsonl")
    });
    check_all(errors.collect::<Vec<_>>());
}

/// What a redactor leaves alone, because it is short or no text, is no name in clear either.
#[test]
fn short_masked_names_are_hashed() {
    let scratch = tempfile::tempdir().unwrap();
    for (fixture, name) in
        [("mws-network-reused", "net-9"), ("mws-ncc-binding-duplicate", "987654321")]
    {
        let plan = PathBuf::from(format!("fixtures/{fixture}/bad-masked/plan.json"));
        assert!(fs::read_to_string(&plan).unwrap().contains(name), "{fixture}");
        let out = scratch.path().join(fixture);
        facts(None, &[plan], &out);
        let written = fs::read_to_string(&out).unwrap();
        assert!(written.contains(fixture) && !written.contains(name), "{fixture}");
    }
}

/// What a masked document is made of has no mask of its own where a rule keeps it: conditions of a policy,
/// names in small letters.
#[test]
fn parts_of_masked_documents_are_hashed() {
    const ACCOUNT: &str = "7b1e4c52-0a3d-4f68-9c1b-2d5e8f70a913";
    let secret = "DoseZZ91aB.c0-QxYw7";
    let path = "fixtures/iam-cross-account-no-external-id/good/plan.json";
    let mut plan = read_json(Path::new(path));
    let mut changed = 0;
    for change in plan["resource_changes"].as_array_mut().unwrap() {
        let policy = &mut change["change"]["after"]["assume_role_policy"];
        if let Some(text) = policy.as_str().filter(|text| text.contains(ACCOUNT)) {
            *policy = text.replace(ACCOUNT, secret).into();
            change["change"]["after_sensitive"] = json!({ "assume_role_policy": true });
            changed += 1;
        }
    }
    assert!(changed > 0);
    let variables = &mut plan["configuration"]["root_module"]["variables"];
    variables["databricks_account_id"]["sensitive"] = true.into();
    plan["variables"]["databricks_account_id"]["value"] = secret.into();
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join("plan.json"), dir.path().join("plan.facts"));
    fs::write(&path, plan.to_string()).unwrap();
    facts(None, &[path], &out);
    let written = fs::read_to_string(&out).unwrap();
    assert!(written.contains("aws_iam_role"));
    assert!(!written.to_lowercase().contains(&secret.to_lowercase()), "{written}");
}

/// Two plans of the estate, which have relations.
fn two() -> Vec<PathBuf> {
    files_below("fixtures/_estate/bad/plans", ".json").into_iter().take(2).collect()
}

#[test]
fn the_same_plans_make_the_same_file() {
    let dir = tempfile::tempdir().unwrap();
    for end in ["jsonl", "jsonl.gz"] {
        let [a, b] = ["a", "b"].map(|it| dir.path().join(format!("{it}.{end}")));
        facts(None, &two(), &a);
        facts(None, &two(), &b);
        assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
    }
    let [plain, packed] = ["a.jsonl", "a.jsonl.gz"].map(|it| dir.path().join(it));
    let mut unpacked = String::new();
    let file = fs::File::open(packed).unwrap();
    std::io::Read::read_to_string(&mut GzDecoder::new(file), &mut unpacked).unwrap();
    assert_eq!(unpacked, fs::read_to_string(plain).unwrap());
}

/// What `merge` says of a file, with these arguments besides.
fn refused(file: &Path, args: &[&str]) -> String {
    let mut command = bricklint();
    command.arg("merge").arg(file).args(args).env("BRICKLINT_FACTS_KEY", KEY);
    let ran = Ran::of(&mut command);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:#?}");
    ran.stderr
}

#[test]
fn what_is_no_whole_file_of_facts_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("facts.jsonl");
    facts(None, &two(), &file);
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "a header, two plans, an end");
    let version = env!("CARGO_PKG_VERSION");
    let without_a_plan = [lines[0], lines[1], lines[3]].join("\n") + "\n";
    let cases = [
        (String::new(), "no file of facts; make one with `bricklint facts"),
        ("{\"format_version\":\"1.2\"}\n".to_owned(), "no file of facts"),
        (lines[..3].join("\n") + "\n", "cut off after 2 plan files; write it again"),
        (text[..text.len() - 30].to_owned(), "cut off after 2 plan files"),
        (text[..lines[0].len() + 500].to_owned(), "cut off after 0 plan files"),
        (without_a_plan, "line 3 is damaged"),
        (text.clone() + "x\n", "line 4 is damaged"),
        (text.replacen("\"taking\"", "\"talking\"", 1), "line 2 is damaged"),
        (text.replacen(version, "99.0.0", 1), "written by bricklint 99.0.0, and this is"),
        (text.replacen("\"format\":1", "\"format\":2", 1), "and this is"),
    ];
    let mut errors = Vec::new();
    for (text, expected) in cases {
        fs::write(&file, &text).unwrap();
        let said = refused(&file, &SETTINGS);
        if !said.contains(expected) || !said.contains("facts.jsonl: ") {
            errors.push(format!("{expected:?} is not said: {said}"));
        }
    }
    let said = refused(&dir.path().join("none.jsonl"), &SETTINGS);
    assert!(said.contains("could not be read"), "{said}");
    let packed = dir.path().join("facts.jsonl.gz");
    facts(None, &two(), &packed);
    let bytes = fs::read(&packed).unwrap();
    fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
    let said = refused(&packed, &SETTINGS);
    assert!(said.contains("facts.jsonl.gz: could not be read"), "{said}");
    check_all(errors);
}

#[test]
fn other_settings_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("facts.jsonl");
    facts(None, &two(), &file);
    let config = dir.path().join("bricklint.toml");
    fs::write(&config, "[rules.uc-grant-broad]\nseverity = \"note\"\n").unwrap();
    let parameter = dir.path().join("parameter.toml");
    fs::write(&parameter, "[rules.idn-pat-lifetime]\nmax_days = 30\n").unwrap();
    let (config, parameter) = (config.display().to_string(), parameter.display().to_string());
    let mut errors = Vec::new();
    for (args, expected) in [
        (vec!["--no-config"], "ran on its plans and is not selected here"),
        (vec!["--config", config.as_str(), "--profile=all"], "another `severity`"),
        (vec!["--config", parameter.as_str(), "--profile=all"], "another `max_days`"),
        (
            vec!["--no-config", "--profile=all", "--source-root=none"],
            "here is `--source-root none`",
        ),
    ] {
        let said = refused(&file, &args);
        if !said.contains(expected) {
            errors.push(format!("{expected:?} is not said: {said}"));
        }
    }
    let mut command = bricklint();
    command.arg("merge").arg(&file).args(SETTINGS).env("BRICKLINT_FACTS_KEY", "another".repeat(3));
    let said = Ran::of(&mut command);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("hashed with another key; set BRICKLINT_FACTS_KEY"), "{said:?}");
    let said = Ran::of(command.env("BRICKLINT_FACTS_KEY", "short"));
    assert!(said.code == 2 && said.stderr.contains("16 characters or more"), "{said:?}");
    assert!(!said.stderr.contains("short"), "{said:?}");
    check_all(errors);
}

#[test]
fn a_unit_is_in_one_file_only() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b] = ["a.jsonl", "b.jsonl"].map(|it| dir.path().join(it));
    facts(None, &two(), &a);
    facts(None, &two()[..1], &b);
    let said = refused(&a, &[SETTINGS[0], SETTINGS[1], &b.display().to_string()]);
    assert!(said.contains("a.jsonl") && said.contains("b.jsonl"), "{said}");
    assert!(said.contains("both hold the unit") && said.contains("--unit-root"), "{said}");
}

/// What could not be judged is in the file, and no secret of the environment is.
#[test]
fn failures_travel() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("plan.json"), "{\"format_version\":\"1.2\",\"resource_ch").unwrap();
    let out = dir.path().join("facts.jsonl");
    let ran = facts(Some(dir.path()), &[PathBuf::from("plan.json")], &out);
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert!(ran.stderr.contains("error: plan.json: "), "{ran:#?}");
    let text = fs::read_to_string(&out).unwrap();
    assert!(!text.contains(KEY));
    let said = {
        let mut command = bricklint();
        command.current_dir(dir.path()).arg("merge").arg(&out).args(SETTINGS);
        Ran::of(command.args(["-o", "json"]).env("BRICKLINT_FACTS_KEY", KEY))
    };
    assert_eq!(said.code, 2);
    assert_eq!(said.json()["failures"].as_array().map(Vec::len), Some(1), "{said:#?}");
}

/// Without its source a finding that a comment accepts would come back: that is said, not done.
#[test]
fn source_that_is_gone_is_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    let case = Path::new("fixtures/_plans/30-source");
    let plan = entries(case).into_iter().find(|path| name(path).ends_with(".json")).unwrap();
    for path in entries(case).iter().filter(|path| path.is_file()) {
        fs::copy(path, dir.path().join(name(path))).unwrap();
    }
    let out = dir.path().join("facts.out");
    let ran = facts(Some(dir.path()), &[PathBuf::from(name(&plan))], &out);
    assert!(ran.stderr.contains("facts of 1 plan"), "{ran:#?}");
    for path in files_below(dir.path(), ".tf") {
        fs::remove_file(path).unwrap();
    }
    let mut command = bricklint();
    command.current_dir(dir.path()).arg("merge").arg(&out).args(SETTINGS);
    let ran = Ran::of(command.args(["-o", "concise"]).env("BRICKLINT_FACTS_KEY", KEY));
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert!(ran.stdout.contains("its source was there when `bricklint facts` ran"), "{ran:#?}");
}
