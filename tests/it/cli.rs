//! The command line: exit codes, inputs, bad inputs, settings, streams.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use bricklint::report::Format;
use clap::ValueEnum;
use rayon::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    case::text,
    common::{Ran, bricklint, check_all, golden, run},
    rules::shipped,
};

/// A rule that these tests can count on, and plans in which it finds an error, a possible one and
/// nothing.
const RULE: &str = "uc-metastore-region-mismatch";
const BAD: &str = "fixtures/uc-metastore-region-mismatch/bad/plan.json";
const UNKNOWN: &str = "fixtures/uc-metastore-region-mismatch/unknown/plan.json";
const GOOD: &str = "fixtures/uc-metastore-region-mismatch/good/plan.json";
/// Planning ended in an error, and nothing is found.
const ERRORED: &str = "fixtures/_plans/07-checks-errored/errored.json";
/// Small documents of every kind that is, or is not, an input.
const INPUTS: &str = "fixtures/_input";

/// `check --no-config --select RULE` with more arguments.
fn check<'a>(args: impl IntoIterator<Item = &'a str>) -> Ran {
    run(["check", "--no-config", "--select", RULE].into_iter().chain(args))
}

fn scratch(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

fn bytes(path: &str) -> Vec<u8> {
    fs::read(path).unwrap()
}

/// `check` in a directory of its own.
fn check_in<'a>(dir: &Path, args: impl IntoIterator<Item = &'a str>) -> Ran {
    Ran::of(bricklint().current_dir(dir).arg("check").args(args))
}

fn units(ran: &Ran) -> Vec<String> {
    let inputs = ran.json()["inputs"].clone();
    inputs.as_array().unwrap().iter().map(|it| text(it, "unit").to_owned()).collect()
}

// Exit codes

#[test]
fn exit_codes() {
    let garbage = format!("{INPUTS}/human.txt");
    let errors = [
        (0, vec![GOOD]),
        (0, vec![UNKNOWN]),
        (0, vec![UNKNOWN, "--possible", "--fail-on", "note"]),
        (1, vec![BAD]),
        (1, vec![BAD, "--fail-on", "warning"]),
        (0, vec![BAD, "--fail-on", "never"]),
        (0, vec![BAD, "--show", "standing"]),
        (1, vec![BAD, "--show", "introduced,fixed"]),
        (1, vec![BAD, "--approval"]),
        // What could not be judged wins over findings, and over --fail-on.
        (2, vec![BAD, &garbage]),
        (2, vec![&garbage, "--fail-on", "never"]),
        (2, vec!["no-such-file.json"]),
        (2, vec![BAD, "--no-such-flag"]),
        (2, vec![BAD, "--fail-on", "sometimes"]),
    ]
    .into_iter()
    .filter_map(|(code, args)| {
        let ran = check(args.iter().copied());
        (ran.code != code).then(|| format!("{args:?} gives {}, not {code}: {ran:#?}", ran.code))
    });
    check_all(errors);
}

/// Provider blocks have no action of their own: on a first plan they are new, later they stand.
#[test]
fn what_a_first_plan_brings_is_introduced() {
    let path = "fixtures/sec-provider-credentials-literal/bad/plan.json";
    let plan = std::fs::read_to_string(path).unwrap();
    let mut later: serde_json::Value = serde_json::from_str(&plan).unwrap();
    for change in later["resource_changes"].as_array_mut().unwrap() {
        change["change"]["actions"] = serde_json::json!(["no-op"]);
        change["change"]["before"] = change["change"]["after"].clone();
    }
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("plan.json");
    std::fs::write(&other, later.to_string()).unwrap();
    for (path, class) in [(path, "introduced"), (other.to_str().unwrap(), "standing")] {
        let ran = check([path, "--select", "sec-provider-credentials-literal", "-o", "json"]);
        let found = ran.json()["findings"].as_array().unwrap().clone();
        assert!(!found.is_empty());
        assert!(found.iter().all(|it| it["change"] == class), "{found:#?}");
    }
}

#[test]
fn the_format_never_changes_the_exit_code() {
    // Atlantis has a protocol of its own, but only where it reads.
    let to_file = if cfg!(windows) { "atlantis=NUL" } else { "atlantis=/dev/null" }.to_owned();
    let others = formats().into_iter().filter(|format| format != "atlantis");
    for format in others.chain([to_file]) {
        assert_eq!(check([BAD, "-o", &format]).code, 1, "{format}");
        assert_eq!(check([GOOD, "-o", &format]).code, 0, "{format}");
        assert_eq!(check([BAD, "missing.json", "-o", &format]).code, 2, "{format}");
    }
}

#[test]
fn atlantis_reads_the_verdict_from_the_text() {
    let dir = configured("fail-on = \"often\"\n");
    let errors = [
        ("FAIL bricklint: 2 failures", check([BAD, "-o", "atlantis"])),
        ("FAIL bricklint: 1 failure", check(["missing.json", "-o", "atlantis"])),
        ("FAIL bricklint: 1 failure", check_in(dir.path(), ["live", "-o", "atlantis"])),
        ("FAIL bricklint: 1 failure", check([GOOD, "--select", "no-such", "-o", "atlantis"])),
        ("PASS bricklint", check([GOOD, "-o", "atlantis"])),
        ("PASS bricklint", check([BAD, "--fail-on", "never", "-o", "atlantis"])),
        ("PASS bricklint", check([ERRORED, "--verbose", "--timings", "-o", "atlantis"])),
    ]
    .into_iter()
    .filter_map(|(first, ran)| {
        // Atlantis reads stderr too, in no order.
        let silent = ran.code == 0 && ran.stderr.is_empty();
        let fine = silent && ran.stdout.lines().next() == Some(first);
        (!fine).then(|| format!("{first}: {ran:#?}"))
    });
    check_all(errors);
    let refused = check_in(dir.path(), ["live", "-o", "atlantis"]).stdout;
    assert!(refused.contains("bricklint.toml:1:11: fail-on is one of"), "{refused}");
}

#[test]
fn a_category_is_a_plain_name() {
    let ran = check([GOOD, "-o", "markdown", "--category", "live/eu-west-1"]);
    assert!(ran.stdout.starts_with("<!-- bricklint live/eu-west-1 -->\n"), "{ran:#?}");
    let sarif = check([GOOD, "-o", "sarif", "--category", "live/eu-west-1"]).json();
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "bricklint/live/eu-west-1/");
    for wrong in ["a b", "a--b", "-->", "/a", "a/", "ä"] {
        let ran = check([GOOD, &format!("--category={wrong}")]);
        assert!(ran.code == 2 && ran.stderr.contains("a category has letters"), "{ran:#?}");
    }
}

#[test]
fn the_code_in_the_report_is_the_code_of_the_process() {
    for args in [vec![BAD], vec![GOOD], vec![BAD, "missing.json"]] {
        let ran = check(args.into_iter().chain(["-o", "json"]));
        assert_eq!(ran.json()["summary"]["exit_code"], ran.code);
    }
}

#[test]
fn what_needs_an_approval_asks_for_it() {
    const RULE: &str = "chg-destroys-data";
    if !shipped().iter().any(|rule| rule.meta().id == RULE) {
        return;
    }
    let run = |more: &[&str]| {
        let plan = format!("fixtures/{RULE}/bad/plan.json");
        let select = format!("{RULE},{}", self::RULE);
        let args = ["check", "--no-config", "--select", &select, "--fail-on", "note", &plan];
        run(args.into_iter().chain(more.iter().copied())).code
    };
    assert_eq!(run(&[]), 1);
    assert_eq!(run(&["--approval"]), 3);
    assert_eq!(run(&["--approval", BAD]), 1, "a finding that blocks wins");
    assert_eq!(run(&["--approval", "missing.json"]), 2);
}

#[test]
fn an_approval_names_what_goes_what_hangs_on_it_and_who_should_look() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("bricklint.toml");
    let reviewers =
        "[reviewers]\ngovernance = [\"@acme/data\"]\nreliability = [\"@acme/platform\"]\n";
    std::fs::write(&config, reviewers).unwrap();
    let check = |plan: &str, more: &[&str]| {
        let config = config.to_str().unwrap();
        let args = ["check", "--config", config, "--select", "chg", "-o", "json", plan];
        run(args.into_iter().chain(more.iter().copied()))
    };
    let catalogs = "fixtures/chg-destroys-data/bad/plan.json";
    let ran = check(catalogs, &["--approval"]);
    assert_eq!(ran.code, 3);
    let said = "bricklint: needs an approval: 6 destroyed, 3 replaced (7 lose data); \
                2 other resources hang on them; ask @acme/data\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let json = ran.json();
    let sales = &json["approval"]["changes"][0];
    assert_eq!(sales["address"], "databricks_catalog.sales");
    assert_eq!(sales["forced_by"], serde_json::json!(["storage_root"]));
    let schemas = &sales["dependents"]["types"]["databricks_schema"];
    assert_eq!((schemas, &sales["dependents"]["unchanged"]), (&2.into(), &2.into()));
    assert_eq!(check(catalogs, &[]).json()["approval"], serde_json::Value::Null);

    let json = check("fixtures/chg-workspace-replace-cause/bad/plan.json", &["--approval"]).json();
    let changes = json["approval"]["changes"].as_array().unwrap();
    let ml = changes.iter().find(|it| it["address"] == "databricks_mws_workspaces.ml").unwrap();
    assert_eq!(ml["reviewers"], serde_json::json!(["@acme/data", "@acme/platform"]));
    assert_eq!(ml["fingerprints"].as_array().unwrap().len(), 2, "two rules, one change");
    assert_eq!(ml["cause"]["attribute"], "bucket_name");
    let ran =
        run(["check", "--no-config", "--approval", "--select", "chg", "-o", "atlantis", catalogs]);
    let (first, rest) = ran.stdout.split_once('\n').unwrap();
    assert_eq!(first, "FAIL bricklint: 9 failures: needs an approval");
    let items = rest.lines().filter(|line| line.starts_with("- ")).count();
    assert_eq!(items, 9, "sticky approvals are given for lines: {rest}");
    let good = check("fixtures/chg-destroys-data/good/plan.json", &["--approval"]);
    assert_eq!((good.code, &good.json()["approval"]["required"]), (0, &false.into()));
}

// Inputs

#[test]
fn every_form_of_one_plan_says_the_same() {
    let plan = bytes(BAD);
    let packed = {
        use std::io::Write as _;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&plan).unwrap();
        packer.finish().unwrap()
    };
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(std::str::from_utf8(&plan).unwrap().encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let with_bom = [&b"\xef\xbb\xbf"[..], &plan].concat();
    let wrapped = [&b"Acquiring state lock. This may take a few moments...\n"[..], &plan].concat();
    let dir = scratch(&[
        ("a/plan.json", &plan),
        ("b/plan.json.gz", &packed),
        ("c/plan.json", &utf16),
        ("d/plan.json", &with_bom),
        ("e/plan.json", &wrapped),
    ]);
    let messages = |path: &str| -> Vec<String> {
        let ran = check_in(dir.path(), ["--select", RULE, "-o", "json", path]);
        assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{path}");
        let report = ran.json();
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| text(it, "message").to_owned())
            .collect()
    };
    let first = messages("a/plan.json");
    assert!(!first.is_empty());
    for path in ["b/plan.json.gz", "c/plan.json", "d/plan.json", "e/plan.json"] {
        assert_eq!(messages(path), first, "{path}");
    }
    let piped = bricklint()
        .args(["check", "--no-config", "--select", RULE, "-o", "json", "-"])
        .write_stdin(plan)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), first.len());
    assert_eq!(report["inputs"][0]["unit"], "stdin");
}

#[test]
fn every_document_of_a_stream_is_judged() {
    let ran = run(["check", "--no-config", "-o", "json", &format!("{INPUTS}/concatenated.json")]);
    assert!(units(&ran).len() > 1, "{ran:#?}");
}

#[test]
fn states_are_judged() {
    let dir = scratch(&[
        ("a/state.json", &bytes(&format!("{INPUTS}/state.json"))),
        ("a/terraform.tfstate", &bytes(&format!("{INPUTS}/state.tfstate"))),
    ]);
    let kinds = |args: &[&str]| -> Vec<String> {
        let all = ["--select", RULE, "-o", "json"].into_iter().chain(args.iter().copied());
        let ran = check_in(dir.path(), all);
        assert_eq!(ran.code, 0, "{ran:#?}");
        let report = ran.json();
        report["inputs"].as_array().unwrap().iter().map(|it| text(it, "kind").to_owned()).collect()
    };
    assert_eq!(kinds(&["a"]), ["state"], "raw states of a directory wait for --state");
    assert_eq!(kinds(&["a", "--state"]), ["state", "tfstate"]);
    assert_eq!(kinds(&["a/terraform.tfstate"]), ["tfstate"], "what is named is judged");
}

#[test]
fn several_inputs_directories_and_globs() {
    let (good, bad) = (bytes(GOOD), bytes(BAD));
    let dir = scratch(&[
        ("live/eu/plan.json", &bad),
        ("live/us/tfplan.json", &good),
        ("live/us/other.json", b"{\"a\": 1}"),
        ("live/.terraform/plan.json", &bad),
        ("one.json", &good),
    ]);
    let run = |args: &[&str]| {
        check_in(
            dir.path(),
            ["--select", RULE, "-o", "json"].into_iter().chain(args.iter().copied()),
        )
    };
    for args in [&["live"][..], &["live/**/*plan.json"], &["live/eu", "live/us"], &["./live/"]] {
        let ran = run(&[args, &["--unit-root", "."]].concat());
        assert_eq!(units(&ran), ["live/eu", "live/us"], "{args:?}");
        assert_eq!(ran.code, 1, "{args:?}");
    }
    assert_eq!(units(&run(&["one.json", "live", "--unit-root", "live"])), ["eu", "one", "us"]);
    // Nothing given is the working directory, and a plan that is named twice is judged once.
    assert_eq!(units(&run(&["--unit-root", "."])), ["live/eu", "live/us", "one"]);
    assert_eq!(units(&run(&["one.json", "./one.json", "*.json"])), ["one"]);
}

#[test]
fn two_plans_of_one_name_are_no_guess() {
    let plan = bytes(GOOD);
    let dir = scratch(&[("a/x/plan.json", &plan), ("b/x/plan.json", &plan)]);
    let ran = check_in(dir.path(), ["--select", RULE, "a", "b", "-o", "concise"]);
    assert_eq!(ran.code, 2, "{ran:#?}");
    for word in [
        "a/x/plan.json",
        "b/x/plan.json",
        "`x`",
        "add `--unit-root .`, and they are called `a/x` and `b/x`",
    ] {
        assert!(ran.stdout.contains(word), "{word}: {}", ran.stdout);
    }
    assert_eq!(check_in(dir.path(), ["--select", RULE, "a", "b", "--unit-root", "."]).code, 0);
}

#[test]
fn a_directory_of_states_says_how_to_judge_them() {
    let dir = scratch(&[("live/terraform.tfstate", &bytes(&format!("{INPUTS}/state.tfstate")))]);
    let ran = check_in(dir.path(), ["--select", RULE, "live", "-o", "concise"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("only 1 state; judge it with --state"), "{}", ran.stdout);
    assert_eq!(check_in(dir.path(), ["--select", RULE, "live", "--state"]).code, 0);
}

#[test]
fn what_changes_nothing_is_said() {
    let of = |variable: &str, args: &[&str]| {
        let mut command = bricklint();
        command.args(["check", "--no-config", "-o", "json", GOOD]).args(args);
        Ran::of(command.env(variable, "1")).stderr
    };
    let misspelt = of("BRICKLINT_POSSIBEL", &[]);
    let words =
        "BRICKLINT_POSSIBEL is no setting and changes nothing; did you mean BRICKLINT_POSSIBLE?";
    assert_eq!(misspelt.matches(words).count(), 1, "{misspelt}");
    assert_eq!(of("BRICKLINT_POSSIBLE", &[]), "");
    assert_eq!(of("BRICKLINT_POSSIBEL", &["-q"]), "");
    for profile in ["strict", "dr"] {
        let adds = shipped().iter().any(|rule| rule.meta().profile.as_str() == profile);
        let said = of("OTHER", &["--profile", profile]);
        let words = format!("profile {profile} adds nothing: there is no rule of it");
        assert_eq!(said.contains(&words), !adds, "{said}");
        let said = of("OTHER", &["--profile", profile, "--select", RULE]);
        assert!(said.contains("adds nothing: --select replaces profiles"), "{said}");
    }
}

#[test]
fn settings_of_rules_that_do_not_run_are_said() {
    const STRICT: &str = "iam-sleep-not-anchored";
    let said = |config: &str, args: &[&str]| {
        let dir = scratch(&[("bricklint.toml", config.as_bytes()), ("plan.json", &bytes(GOOD))]);
        check_in(dir.path(), ["-o", "json", "plan.json"].into_iter().chain(args.iter().copied()))
            .stderr
    };
    let of = |top: &str, id: &str, setting: &str| format!("{top}\n[rules.{id}]\n{setting}\n");
    let error = "severity = \"error\"";
    for (config, why) in [
        (of("ignore = [\"uc\"]", RULE, error), "`ignore` leaves it out"),
        (of("select = [\"net\"]", RULE, "enabled = true"), "`select` does not name it"),
        (of("", RULE, &format!("enabled = false\n{error}")), "it is not `enabled`"),
        (
            of("", STRICT, error),
            "it is of the profile `strict`; add that to `profile`, or `enabled",
        ),
        (of("", "org-region", error), "a policy waits for a parameter, or for `enabled = true`"),
    ] {
        let wanted = format!("bricklint.toml:2:8: settings of a rule that does not run: {why}");
        assert_eq!(
            said(&config, &[]).matches(&wanted).count(),
            1,
            "{config}{}",
            said(&config, &[])
        );
        assert_eq!(said(&config, &["-q"]), "", "{config}");
        assert_eq!(said(&config, &["--select", "net"]), "", "{config}");
    }
    for (config, args) in [
        (of("", RULE, error), &[][..]),
        (of("", RULE, "enabled = false"), &[]),
        (of("", RULE, ""), &["--ignore", RULE]),
        (of("", RULE, error), &["--ignore", RULE]),
        (of("profile = [\"strict\"]", STRICT, error), &[]),
        (of("profile = [\"strict\"]", STRICT, error), &["--profile", "dr"]),
        (of("", STRICT, &format!("enabled = true\n{error}")), &[]),
    ] {
        assert_eq!(said(&config, args), "", "{config} {args:?}");
    }
}

// Bad input

/// Runs on something that is no plan: exit 2, one failure that names it and says what it is, and
/// no panic.
fn refused(dir: &Path, path: &str, wanted: &str) -> Option<String> {
    let ran = check_in(dir, ["-o", "concise", path]);
    let failures: Vec<&str> =
        ran.stdout.lines().filter(|line| line.contains("failure[input]")).collect();
    let fine = ran.code == 2
        && failures.len() == 1
        && failures[0].contains(path)
        && failures[0].contains(wanted)
        && !ran.stderr.contains("panicked")
        && !ran.stdout.contains("\u{0}");
    (!fine).then(|| format!("{path} (wanted: {wanted}): {ran:#?}"))
}

#[test]
fn what_is_no_plan_is_said_to_be_none() {
    let plan = bytes(GOOD);
    let nested = |open: &str, close: &str, depth: usize| {
        format!(
            "{{\"format_version\":\"1.2\",\"resource_changes\":[{{\"address\":\"a.b\",\"mode\":\
             \"managed\",\"type\":\"a\",\"name\":\"b\",\"change\":{{\"actions\":[\"create\"],\
             \"after\":{{\"x\":{}{}}}}}}}]}}",
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    // 200 MB take a while to write; the size makes no difference to what is read.
    let brackets = "[".repeat(8 << 20);
    let noise: Vec<u8> = (0_u32..4096)
        .flat_map(|at| at.wrapping_mul(2_654_435_761).rotate_left(7).to_le_bytes())
        .collect();
    let input = |name: &str| bytes(&format!("{INPUTS}/{name}"));
    let dir = scratch(&[
        ("empty.json", b""),
        ("blank.json", b" \n\t\n"),
        ("cut.json", &plan[..plan.len() / 2]),
        ("noise.json", &noise),
        ("brackets.json", brackets.as_bytes()),
        ("lists.json", nested("[", "]", 10_000).as_bytes()),
        (
            "objects.json",
            format!("{}1{}", "{\"format_version\":".repeat(10_000), "}".repeat(10_000)).as_bytes(),
        ),
        ("none/readme.md", b"# nothing here"),
        ("other/x.json", b"{\"a\": 1}"),
        ("list.json", b"[1, 2]"),
        ("object.json", b"{\"a\": 1}"),
        ("newer.json", b"{\"format_version\":\"2.0\",\"resource_changes\":[]}"),
        ("main.tf", b"resource \"a\" \"b\" {\n}\n"),
        ("log.json", &input("log.ndjson")),
        ("human.json", &input("human.txt")),
        ("bookmark.json", &input("bookmark.json")),
        ("encrypted.tfstate", &input("encrypted.tfstate")),
        ("old.tfstate", &input("old.tfstate")),
        ("cut.json.gz", &input("plan.json.gz")[..300]),
    ]);
    let errors = [
        ("empty.json", "empty file"),
        ("blank.json", "empty file"),
        ("cut.json", "cut off"),
        ("noise.json", "binary data"),
        ("brackets.json", "JSON list"),
        ("lists.json", "nested deeper"),
        ("objects.json", "neither a plan nor a state"),
        ("none", "no plan found"),
        ("other", "no plan found"),
        ("list.json", "JSON list"),
        ("object.json", "neither a plan nor a state"),
        ("newer.json", "newer"),
        ("main.tf", "source"),
        ("log.json", "the log of"),
        ("human.json", "for people"),
        ("bookmark.json", "bookmark"),
        ("encrypted.tfstate", "encrypted"),
        ("old.tfstate", "0.11"),
        ("cut.json.gz", "gzip"),
        ("missing.json", "no such file"),
        ("nothing-*.json", "no file matches"),
    ]
    .into_iter()
    .filter_map(|(path, wanted)| refused(dir.path(), path, wanted));
    check_all(errors);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_named() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let plan = bytes(GOOD);
    let dir = scratch(&[("locked.json", &plan), ("closed/plan.json", &plan)]);
    // Not even root can follow it.
    symlink("loop.json", dir.path().join("loop.json")).unwrap();
    let mut errors: Vec<String> =
        refused(dir.path(), "loop.json", "not readable").into_iter().collect();
    for path in ["locked.json", "closed"] {
        let full = dir.path().join(path);
        fs::set_permissions(&full, fs::Permissions::from_mode(0o000)).unwrap();
        // Root reads everything.
        if fs::read(dir.path().join("locked.json")).is_err() {
            errors.extend(refused(dir.path(), path, "not readable"));
        }
        fs::set_permissions(&full, fs::Permissions::from_mode(0o755)).unwrap();
    }
    check_all(errors);
}

#[test]
fn a_bad_input_hides_no_finding() {
    let ran = check([BAD, "missing.json", "-o", "json"]);
    let report = ran.json();
    assert!(!report["findings"].as_array().unwrap().is_empty());
    assert_eq!(report["failures"].as_array().unwrap().len(), 1);
    assert!(ran.stderr.contains("missing.json"), "said where people look: {}", ran.stderr);
}

// Selecting

#[test]
fn rules_are_selected_by_id_family_and_category() {
    let ran_rules = |args: &[&str]| -> Vec<String> {
        let args = ["check", "--no-config", "--fail-on", "never", "-o", "json", GOOD]
            .into_iter()
            .chain(args.iter().copied());
        let report = run(args).json();
        report["coverage"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| text(it, "rule").to_owned())
            .collect()
    };
    let with = |wanted: &dyn Fn(&bricklint::lint::RuleMeta) -> bool| -> Vec<String> {
        let rules = shipped();
        let metas = rules.iter().map(|rule| rule.meta()).filter(|meta| wanted(meta));
        metas.map(|meta| meta.id.to_string()).collect()
    };
    assert_eq!(ran_rules(&["--select", RULE]), [RULE]);
    assert_eq!(ran_rules(&["--select", "uc"]), with(&|meta| meta.family() == "uc"));
    assert_eq!(
        ran_rules(&["--select", "apply-failure,uc"]),
        with(&|meta| meta.family() == "uc" || meta.category.as_str() == "apply-failure")
    );
    assert_eq!(
        ran_rules(&["--select", "uc", "--ignore", RULE]),
        with(&|meta| meta.family() == "uc" && meta.id != RULE)
    );
    let profile = |names: &[&str]| {
        with(&|meta| meta.profile.as_str() == "default" || names.contains(&meta.profile.as_str()))
    };
    assert_eq!(ran_rules(&[]), profile(&[]));
    assert_eq!(ran_rules(&["--profile", "default"]), profile(&[]));
    assert_eq!(ran_rules(&["--profile", "strict"]), profile(&["strict"]));
    assert_eq!(ran_rules(&["--profile", "dr", "--profile", "strict"]), profile(&["dr", "strict"]));
    assert_eq!(ran_rules(&["--profile", "all"]), profile(&["dr", "strict"]));
}

#[test]
fn an_unknown_name_is_an_error_with_a_suggestion() {
    for args in [
        vec!["check", GOOD, "--select", "uc-metastore-region-mismatsch"],
        vec!["check", GOOD, "--ignore", "uc-metastore-region-mismach"],
        vec!["explain", "uc-metastore-region-mismatsch"],
    ] {
        let ran = run(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(&format!("did you mean `{RULE}`?")), "{}", ran.stderr);
    }
    let ran = run(["explain", "zzzzzz"]);
    assert_eq!(
        ran.stderr,
        "bricklint: error: no rule is called `zzzzzz`; `bricklint rules` lists them\n"
    );
    let ran = run(["check", GOOD, "--profile", "strct"]);
    assert!(ran.code == 2 && ran.stderr.contains("'strict'"), "{}", ran.stderr);
    let ran = run(["check", GOOD, "-o", "yaml"]);
    assert!(ran.code == 2 && ran.stderr.contains("sarif"), "{}", ran.stderr);
}

// Settings

fn configured(config: &str) -> TempDir {
    scratch(&[("bricklint.toml", config.as_bytes()), ("live/plan.json", &bytes(BAD))])
}

#[test]
fn a_mistake_in_the_configuration_is_shown_at_its_line() {
    let errors = [
        ("a = = b\n", "bricklint.toml:1:5: "),
        ("\nbogus = 1\n", "bricklint.toml:2:1: no setting is called `bogus`; expected one of "),
        ("select = [\n  \"uc\",\n  \"ucc\",\n]\n", "bricklint.toml:3:3: "),
        ("ignore = [\"zz\"]\n", "bricklint.toml:1:11: "),
        ("fail-on = \"often\"\n", "bricklint.toml:1:11: "),
        ("profile = [\"all\", \"max\"]\n", "bricklint.toml:1:19: "),
        ("show = [\"new\"]\n", "bricklint.toml:1:9: "),
        ("\n[rules.uc-metastore-region-mismatsch]\n", "bricklint.toml:2:8: "),
        ("[rules.uc-metastore-region-mismatch]\nseverity = \"bad\"\n", "bricklint.toml:2:12: "),
        ("[rules.uc-metastore-region-mismatch]\nlevel = 1\n", "bricklint.toml:2:"),
    ]
    .into_iter()
    .filter_map(|(config, wanted)| {
        let dir = configured(config);
        let ran = check_in(dir.path(), ["live"]);
        let fine = ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(wanted);
        (!fine).then(|| format!("{config:?} (wanted: {wanted}): {ran:#?}"))
    });
    check_all(errors);
    let dir = configured("");
    let ran = check_in(dir.path(), ["live", "--config", "other.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("other.toml: could not be read"), "{}", ran.stderr);
}

#[test]
fn the_configuration_counts_and_flags_win() {
    let dir = configured("fail-on = \"never\"\n");
    let code =
        |args: &[&str]| check_in(dir.path(), ["live"].into_iter().chain(args.iter().copied())).code;
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--fail-on", "error"]), 1);
    assert_eq!(code(&["--no-config"]), 1);
    let env = |value: &str, args: &[&str]| {
        let mut command = bricklint();
        command.current_dir(dir.path()).env("BRICKLINT_FAIL_ON", value).args(["check", "live"]);
        Ran::of(command.args(args)).code
    };
    assert_eq!(env("error", &[]), 1, "the environment wins over the file");
    assert_eq!(env("error", &["--fail-on", "never"]), 0, "a flag wins over the environment");
    assert_eq!(env("", &[]), 0, "an empty variable is none");

    let dir = configured(&format!("[rules.{RULE}]\nseverity = \"note\"\n"));
    let ran = check_in(dir.path(), ["--select", RULE, "live", "-o", "json"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.json()["findings"][0]["severity"], "note");
    assert_eq!(units(&ran), ["live"], "units are named from the configuration's directory");

    let dir = configured(&format!("[rules.{RULE}]\nenabled = false\n"));
    let coverage = check_in(dir.path(), ["live", "-o", "json"]).json()["coverage"].clone();
    assert!(!coverage.as_array().unwrap().iter().any(|it| it["rule"] == RULE));
}

#[test]
fn every_flag_has_a_variable() {
    let help = run(["check", "--help"]).stdout;
    let options = help.split("\nOptions:\n").nth(1).unwrap();
    let options = options.split("\nExit codes").next().unwrap();
    let heads = options.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let flags: Vec<&str> =
        heads.filter_map(|line| line.split("--").nth(1)?.split([' ', '.']).next()).collect();
    assert!(flags.len() > 10, "{flags:?}");
    let missing = flags.into_iter().filter(|flag| {
        let variable = format!("[env: BRICKLINT_{}=]", flag.to_uppercase().replace('-', "_"));
        *flag != "help" && !options.contains(&variable)
    });
    check_all(missing.map(|flag| format!("--{flag} has no BRICKLINT_ variable")));
}

#[test]
fn flags_can_be_switched_by_variables() {
    let possible = |value: &str| {
        let mut command = bricklint();
        command.env("BRICKLINT_POSSIBLE", value).env("BRICKLINT_OUTPUT", "json");
        let ran = Ran::of(command.args(["check", "--no-config", UNKNOWN]));
        let report = ran.json();
        report["findings"].as_array().unwrap().iter().any(|it| it["verdict"] == "possible")
    };
    for value in ["1", "true", "yes", "on"] {
        assert!(possible(value), "{value}");
    }
    for value in ["0", "false", "no", "off", ""] {
        assert!(!possible(value), "{value:?}");
    }
    // What says no is in nobody's way.
    let mut command = bricklint();
    command.env("BRICKLINT_QUIET", "0").args(["check", "--no-config", "--verbose", GOOD]);
    assert_eq!(Ran::of(&mut command).code, 0);
}

// Outputs

fn formats() -> Vec<String> {
    let all = Format::value_variants().iter().filter_map(Format::to_possible_value);
    all.map(|value| value.get_name().to_owned()).collect()
}

#[test]
fn several_outputs_of_one_run_are_those_of_several_runs() {
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = formats().iter().map(|it| dir.path().join(it)).collect();
    let mut args: Vec<String> = vec!["check".into(), "--no-config".into(), BAD.into()];
    for (format, file) in formats().iter().zip(&files) {
        args.extend(["-o".into(), format!("{format}={}", file.display())]);
    }
    let ran = run(&args);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("bricklint: "), "a line for the log: {:?}", ran.stderr);
    for (format, file) in formats().iter().zip(&files) {
        let alone = run(["check", "--no-config", BAD, "-o", format]).stdout;
        assert_eq!(fs::read_to_string(file).unwrap(), alone, "{format}");
    }
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), files.len(), "no temporary file stays");
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("missing/report.json");
    let ran = check([GOOD, "-o", &format!("json={}", file.display())]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("could not be written"), "{}", ran.stderr);
    assert_eq!(check([GOOD, "-o", "json="]).code, 2);
}

#[test]
fn the_other_outputs_are_written_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (here, gone, lost) = (path("a.sarif"), path("none/b.json"), path("none/c.xml"));
    let outputs = [format!("json={gone}"), format!("sarif={here}"), format!("junit={lost}")];
    let outputs = outputs.iter().flat_map(|it| ["-o", it]).chain(["-o", "concise"]);
    let ran = check([BAD].into_iter().chain(outputs));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stdout.contains("error[") && fs::exists(&here).unwrap(), "{}", ran.stdout);
    assert!(ran.stderr.contains(&gone) && ran.stderr.contains(&lost), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let errors = [
        vec!["check", "--no-config", "--profile", "all", "fixtures/_estate/bad/plans"],
        vec!["check", "--no-config", "-o", "json", "fixtures/_formats/plan.json"],
        vec!["rules"],
        vec!["rules", "--format", "json"],
        vec!["explain", RULE],
        vec!["completions", "bash"],
        vec!["check", "--help"],
        vec!["--version"],
    ]
    .into_iter()
    .filter_map(|args| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_bricklint"))
            .args(&args)
            .env_clear()
            .stdout(Stdio::from(writer))
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let quiet = output.stderr.is_empty() && output.status.code().is_some_and(|code| code < 2);
        (!quiet).then(|| format!("{args:?}: {output:?}"))
    });
    check_all(errors);
}

#[test]
fn same_input_same_bytes_whatever_the_number_of_threads() {
    let with = |jobs: &str| -> Vec<(String, Vec<u8>)> {
        let dir = tempfile::tempdir().unwrap();
        let args = ["check", "--no-config", "--profile", "all", "--possible", "-q", "--jobs", jobs];
        let more = ["--show", "introduced,standing,fixed", "fixtures/_estate"];
        let file = |format: &String| dir.path().join(format);
        let outputs = formats().into_iter().map(|it| format!("-o={it}={}", file(&it).display()));
        let ran = run(args.into_iter().chain(more).map(str::to_owned).chain(outputs));
        assert_eq!(ran.code, 1, "{ran:#?}");
        formats().into_iter().map(|it| (it.clone(), fs::read(file(&it)).unwrap())).collect()
    };
    let one = with("1");
    for _ in 0..3 {
        for ((format, one), (_, four)) in one.iter().zip(with("4")) {
            assert!(one.len() > 100 && *one == four, "{format} differs");
        }
    }
}

// Other commands

#[test]
fn help() {
    let errors = [
        ("bricklint", vec!["--help"]),
        ("check", vec!["check", "--help"]),
        ("test", vec!["test", "--help"]),
        ("init-policy", vec!["init", "policy", "--help"]),
    ]
    .into_iter()
    .filter_map(|(name, args)| {
        let ran = run(&args);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("Exit codes:"), "{name}");
        golden(&Path::new("tests/help").join(format!("{name}.txt")), &ran.stdout).err()
    });
    check_all(errors);
}

#[test]
fn rules_are_listed() {
    let ran = run(["rules", "--format", "json"]);
    let rows = ran.json();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), shipped().len());
    for (row, rule) in rows.iter().zip(shipped()) {
        let meta = rule.meta();
        assert_eq!(row["id"], *meta.id);
        assert_eq!(row["family"], *meta.family());
        assert_eq!(row["severity"], *meta.severity.as_str());
        assert_eq!(row["category"], *meta.category.as_str());
        assert_eq!(row["profile"], *meta.profile.as_str());
        assert_eq!(row["summary"], *meta.summary);
    }
    let listed = run(["rules"]).stdout;
    let first: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    let rules = shipped();
    let ids: Vec<&str> = rules.iter().map(|rule| &*rule.meta().id).collect();
    assert_eq!(first, ids, "a line for each, by id");
}

#[test]
fn every_rule_is_explained() {
    let rules = shipped();
    let errors = rules.par_iter().filter_map(|rule| {
        let meta = rule.meta();
        let ran = run(["explain", &*meta.id]);
        let fine = ran.code == 0
            && ran.stderr.is_empty()
            && ran.stdout.starts_with(&format!("{}\n", meta.id))
            && ran.stdout.contains(&format!("docs/rules/{}.md", meta.id))
            && !ran.stdout.contains('\u{1b}');
        (!fine).then(|| format!("{}: {ran:#?}", meta.id))
    });
    check_all(errors.collect::<Vec<_>>());
}

#[test]
fn completions_are_written() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(["completions", shell]);
        assert!(ran.code == 0 && ran.stdout.contains("bricklint"), "{shell}: {ran:#?}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let escapes = |args: &[&str]| {
        check([BAD].into_iter().chain(args.iter().copied())).stdout.contains('\u{1b}')
    };
    assert!(!escapes(&[]));
    assert!(!escapes(&["--color", "never"]));
    assert!(escapes(&["--color", "always"]));
}
