//! The GitHub Action: `action.yml` and its scripts, run with the built binary and stubs for what
//! talks to a network.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use saphyr::{LoadableYamlNode, Yaml};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::common::{check_all, run};

const BAD: &str = "fixtures/uc-metastore-region-mismatch/bad/plan.json";
const GOOD: &str = "fixtures/uc-metastore-region-mismatch/good/plan.json";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A runner: a workspace, directories of its own, and a PATH that starts with stubs.
struct Runner {
    dir: TempDir,
    env: BTreeMap<String, String>,
}

/// What a step left behind.
#[derive(Debug)]
struct Step {
    code: i32,
    log: String,
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl Runner {
    fn new() -> Runner {
        let dir = tempfile::tempdir().unwrap();
        for name in ["work", "temp", "bin"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let path = std::env::var("PATH").unwrap();
        let env = BTreeMap::from([
            ("PATH".to_owned(), format!("{}:{path}", at("bin"))),
            ("RUNNER_TEMP".to_owned(), at("temp")),
            ("RUNNER_OS".to_owned(), "Linux".to_owned()),
            ("RUNNER_ARCH".to_owned(), "X64".to_owned()),
            ("GITHUB_OUTPUT".to_owned(), at("output")),
            ("GITHUB_STEP_SUMMARY".to_owned(), at("summary")),
            ("ACTION_PATH".to_owned(), env!("CARGO_MANIFEST_DIR").to_owned()),
            ("COMMAND".to_owned(), env!("CARGO_BIN_EXE_bricklint").to_owned()),
        ]);
        Runner { dir, env }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn with(mut self, name: &str, value: &str) -> Runner {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Runner {
        let path = self.path("work").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// A command of this name that runs these lines of shell.
    fn stub(self, name: &str, script: &str) -> Runner {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/usr/bin/env bash\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn step(&self, script: &str) -> Step {
        for file in ["output", "summary"] {
            fs::write(self.path(file), "").unwrap();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("action").join(script);
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(script)
            .current_dir(self.path("work"))
            .env_clear()
            .envs(&self.env)
            .output()
            .unwrap();
        let read = |name: &str| fs::read_to_string(self.path(name)).unwrap();
        let outputs = read("output");
        let outputs = outputs.lines().map(|line| line.split_once('=').expect(line));
        Step {
            code: output.status.code().unwrap_or(-1),
            log: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
            outputs: outputs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            summary: read("summary"),
        }
    }
}

// Checking

fn check(plan: &str) -> Runner {
    let on = ["INPUT_ANNOTATIONS", "INPUT_SUMMARY"];
    let runner = Runner::new().file("live/tfplan.json", fs::read(plan).unwrap());
    on.into_iter().fold(runner, |runner, name| runner.with(name, "true"))
}

#[test]
fn a_bad_plan_is_shown_everywhere() {
    let runner =
        check(BAD).with("INPUT_PLANS", "\n live \n\n".trim()).with("INPUT_SARIF", "a b.sarif");
    let step = runner.step("check.sh");
    let errors: usize = step.outputs["errors"].parse().unwrap();
    assert!(step.code == 1 && errors > 0, "{step:#?}");
    assert_eq!(step.outputs["exit-code"], "1");
    let findings: usize = step.outputs["findings"].parse().unwrap();
    assert!(findings >= errors, "{step:#?}");
    assert_eq!(step.outputs["sarif-file"], "a b.sarif");
    let sarif = fs::read_to_string(runner.path("work/a b.sarif")).unwrap();
    assert!(sarif.contains("\"uc-metastore-region-mismatch\""));
    let annotations = step.log.lines().filter(|line| line.starts_with("::error title="));
    assert_eq!(annotations.count(), errors, "{}", step.log);
    assert!(step.log.contains("\u{1b}["), "colours for the log");
    assert!(step.summary.starts_with("<!-- bricklint -->\n## bricklint: "), "{}", step.summary);
    assert_eq!(fs::read_to_string(&step.outputs["markdown"]).unwrap(), step.summary);
}

#[test]
fn a_good_plan_passes() {
    let runner = check(GOOD);
    let step = runner.step("check.sh");
    assert_eq!((step.code, step.outputs["errors"].as_str()), (0, "0"), "{step:#?}");
    assert!(step.outputs["findings"].parse::<usize>().is_ok(), "{step:#?}");
    assert!(!step.outputs.contains_key("sarif-file"));
    let report = fs::read(&step.outputs["json-file"]).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["summary"]["exit_code"], 0);
}

#[test]
fn inputs_become_flags() {
    let all = [
        ("INPUT_CONFIG", "my config.toml"),
        ("INPUT_FAIL_ON", "note"),
        ("INPUT_SHOW", "fixed"),
        ("INPUT_PROFILE", "strict"),
        ("INPUT_BASELINE", "base line"),
        ("INPUT_POSSIBLE", "true"),
        ("INPUT_APPROVAL", "true"),
        ("INPUT_ARGS", " --select  uc\n-v\n"),
        ("INPUT_PLANS", "a b.json\r\n\n  \n*.json"),
    ];
    let runner = Runner::new().stub("spy", "printf '%s\\n' \"$@\"; exit 7");
    let spy = runner.path("bin/spy").to_str().unwrap().to_owned();
    let runner = all
        .iter()
        .fold(runner.with("COMMAND", &spy), |runner, (name, value)| runner.with(name, value));
    let step = runner.step("check.sh");
    let given: Vec<&str> =
        step.log.lines().filter(|line| !line.contains("bricklint-report")).collect();
    let expected = [
        "check",
        "--output",
        "terminal",
        "--color",
        "always",
        "--output",
        "--output",
        "--output",
        "--config",
        "my config.toml",
        "--fail-on",
        "note",
        "--show",
        "fixed",
        "--profile",
        "strict",
        "--baseline",
        "base line",
        "--possible",
        "--approval",
        "--select",
        "uc",
        "-v",
        "--",
        "a b.json",
        "*.json",
    ];
    assert_eq!(given, expected);
    assert_eq!((step.code, step.outputs["exit-code"].as_str()), (7, "7"));
    assert_eq!(step.outputs["findings"], "");
}

#[test]
fn no_input_is_code() {
    let hostile = "$(touch pwned) `touch pwned`; touch pwned # \" ' \\";
    let names = ["PLANS", "CONFIG", "FAIL_ON", "SHOW", "PROFILE", "BASELINE", "ARGS"];
    let errors = names.iter().filter_map(|name| {
        let runner = check(BAD).with(&format!("INPUT_{name}"), hostile);
        let step = runner.step("check.sh");
        let clean = step.code == 2 && !runner.path("work/pwned").exists();
        (!clean).then(|| format!("{name}: {step:#?}"))
    });
    check_all(errors.collect::<Vec<_>>());
    let runner = check(BAD).with("INPUT_SARIF", "x\nerrors=0");
    let step = runner.step("check.sh");
    assert_ne!(step.outputs["errors"], "0", "{step:#?}");
}

#[test]
fn what_is_neither_yes_nor_no_is_refused() {
    for name in ["POSSIBLE", "APPROVAL", "ANNOTATIONS", "SUMMARY", "COMMENT"] {
        let step = check(GOOD).with(&format!("INPUT_{name}"), "maybe").step("check.sh");
        let said = format!("`{}` is true or false", name.to_lowercase());
        assert!(step.code == 2 && step.log.contains(&said), "{step:#?}");
    }
}

/// Whoever looks at the pull request sees why nothing was judged, and counts of nothing are none.
#[test]
fn what_ends_a_run_is_annotated() {
    let cases = [
        ("INPUT_FAIL_ON", "100%", "::error title=bricklint::invalid value '100%25' for"),
        ("INPUT_CONFIG", "none.toml", "::error title=bricklint::none.toml: could not be read"),
        ("INPUT_ARGS", "--select none", "::error title=bricklint::no rule, family or category"),
        ("INPUT_PLANS", "none", "::error title=not judged%3A input::none: no such file"),
        (
            "INPUT_SARIF",
            "none/x.sarif",
            "::error title=bricklint::none/x.sarif: could not be written: there is no directory none",
        ),
    ];
    let errors = cases.iter().filter_map(|(name, value, said)| {
        let step = check(BAD).with(name, value).step("check.sh");
        let judged = *name == "INPUT_SARIF";
        let told = step.log.lines().filter(|line| line.starts_with(said)).count() == 1;
        let right =
            told && step.outputs["exit-code"] == "2" && !step.outputs.contains_key("sarif-file");
        (!right || step.outputs["findings"].is_empty() == judged).then(|| format!("{step:#?}"))
    });
    check_all(errors.collect::<Vec<_>>());
    let step = check(BAD).with("INPUT_ARGS", "--none").with("INPUT_ANNOTATIONS", "false");
    assert!(!step.step("check.sh").log.contains("::error"));
}

/// Whoever gates a deployment reads what the run asks an approval for.
#[test]
fn an_approval_is_an_output() {
    let runner = check("fixtures/chg-destroys-data/bad/plan.json").with("INPUT_APPROVAL", "true");
    let step = runner.with("INPUT_ARGS", "--select chg").step("check.sh");
    assert_eq!((step.code, step.outputs["exit-code"].as_str()), (3, "3"), "{step:#?}");
    let table = "| what | why | hangs on it | who should look |";
    assert!(step.summary.contains(table), "{}", step.summary);
}

// Commenting

/// `gh` that notes what it is asked for, and answers with what `known` prints.
fn commenting(known: &str) -> Runner {
    let gh = format!(
        "printf '%s|' \"$@\" >> gh.log; echo >> gh.log\n\
         case $1-$2 in pr-view) {known} ;; *-comment) [ -z \"${{DENIED:-}}\" ] ;; esac"
    );
    let report = "<!-- bricklint x -->\n## bricklint: 1 error\n";
    let runner = Runner::new().stub("gh", &gh).file("report.md", report);
    [
        ("MARKDOWN_FILE", "report.md"),
        ("FINDINGS", "1"),
        ("EXIT_CODE", "1"),
        ("INPUT_SUMMARY", "false"),
        ("PULL_REQUEST", "42"),
    ]
    .iter()
    .fold(runner, |runner, (name, value)| runner.with(name, value))
}

fn asked(runner: &Runner) -> String {
    fs::read_to_string(runner.path("work/gh.log")).unwrap_or_default()
}

#[test]
fn the_first_run_comments() {
    let runner = commenting("echo");
    let step = runner.step("comment.sh");
    assert_eq!((step.code, step.summary.as_str()), (0, ""), "{step:#?}");
    let asked = asked(&runner);
    assert!(asked.contains("pr|view|42|--json|comments|--jq|"), "{asked}");
    assert!(asked.ends_with("pr|comment|42|--body-file|report.md|\n"), "{asked}");
}

#[test]
fn a_later_run_writes_its_comment_anew() {
    // What gh does with --jq, so that the expression is run too.
    let comments = r#"echo '{"comments":[
        {"id":"theirs","viewerDidAuthor":false,"body":"<!-- bricklint x -->"},
        {"id":"other","viewerDidAuthor":true,"body":"<!-- bricklint y -->"},
        {"id":"ours","viewerDidAuthor":true,"body":"<!-- bricklint x -->\n## old"}]}' | jq -r "$7""#;
    if Command::new("jq").arg("--version").output().is_err() {
        return;
    }
    let runner = commenting(comments).with("FINDINGS", "0");
    let step = runner.step("comment.sh");
    let asked = asked(&runner);
    assert_eq!(step.code, 0, "{step:#?}");
    assert!(
        asked.contains("api|graphql|--silent|-F|body=@report.md|-f|id=ours|-f|query="),
        "{asked}"
    );
    assert!(!asked.contains("pr|comment|"), "{asked}");
}

#[test]
fn nothing_to_say_is_no_comment() {
    let runner = commenting("echo").with("FINDINGS", "0").with("EXIT_CODE", "0");
    let step = runner.step("comment.sh");
    assert!(step.code == 0 && !asked(&runner).contains("pr|comment|"), "{step:#?}");
}

/// As on a pull request from a fork.
#[test]
fn where_nobody_may_comment_the_summary_has_it() {
    for (runner, why) in [
        (commenting("echo").with("DENIED", "1"), "may not write"),
        (commenting("exit 1"), "may not read"),
        (commenting("echo").with("PULL_REQUEST", ""), "no pull request"),
    ] {
        let step = runner.step("comment.sh");
        assert!(step.code == 0 && step.log.contains(why), "{step:#?}");
        assert!(step.summary.contains("## bricklint: 1 error"), "{step:#?}");
        let again = runner.with("INPUT_SUMMARY", "true").step("comment.sh");
        assert_eq!(again.summary, "", "the step before has written it");
    }
}

// Installing

/// A release of this version, in a directory that a stub of `curl` takes for the network.
fn release(tamper: bool) -> Runner {
    let runner = Runner::new()
        .stub("curl", "cp \"${@: -1}\" \"${@: -2:1}\"")
        .stub("cargo", "printf '%s|' cargo \"$@\" > cargo.log; exit 1")
        .stub("bricklint", "echo bricklint 0.0.1");
    let name = format!("bricklint-v{VERSION}-x86_64-unknown-linux-musl");
    let releases = runner.path("releases");
    let inside = releases.join(&name);
    fs::create_dir_all(releases.join(format!("v{VERSION}"))).unwrap();
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("bricklint"), "#!/bin/sh\necho released\n").unwrap();
    fs::set_permissions(inside.join("bricklint"), fs::Permissions::from_mode(0o755)).unwrap();
    let archive = releases.join(format!("v{VERSION}/{name}.tar.gz"));
    let args: [&OsStr; 5] =
        ["-czf".as_ref(), archive.as_ref(), "-C".as_ref(), releases.as_ref(), name.as_ref()];
    assert!(Command::new("tar").args(args).status().unwrap().success());
    let digest = Sha256::digest(fs::read(&archive).unwrap());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(archive.with_file_name("SHA256SUMS"), format!("{digest}  {name}.tar.gz\n")).unwrap();
    if tamper {
        fs::write(&archive, "other").unwrap();
    }
    let releases = releases.to_str().unwrap().to_owned();
    runner.with("INPUT_RELEASES", &releases)
}

#[test]
fn what_is_there_in_the_right_version_is_taken() {
    let runner = release(false).stub("bricklint", &format!("echo bricklint {VERSION}"));
    let step = runner.step("install.sh");
    assert_eq!(step.outputs["command"], runner.path("bin/bricklint").to_str().unwrap());
}

#[test]
fn a_release_is_taken_if_it_is_the_published_file() {
    for version in ["", VERSION, &format!("v{VERSION}")] {
        let runner = release(false).with("INPUT_VERSION", version);
        let step = runner.step("install.sh");
        assert_eq!(step.code, 0, "{step:#?}");
        assert!(step.log.ends_with("released\n"), "{step:#?}");
        let command = runner.path("temp/bricklint-bin/release/bricklint");
        assert_eq!(step.outputs["command"], command.to_str().unwrap());
    }
    let runner = release(true);
    let step = runner.step("install.sh");
    assert!(step.code == 2 && step.log.contains("its SHA-256 differs"), "{step:#?}");
    assert!(!runner.path("work/cargo.log").exists(), "nothing is built in its place: {step:#?}");
}

#[test]
fn without_a_release_it_is_built() {
    let build = format!("cargo|install|--locked|--quiet|--path|{}|", env!("CARGO_MANIFEST_DIR"));
    for runner in [
        release(false).with("INPUT_VERSION", "source"),
        release(false).with("RUNNER_ARCH", "RISCV64"),
        release(false).with("INPUT_RELEASES", "missing"),
    ] {
        let step = runner.step("install.sh");
        let log = fs::read_to_string(runner.path("work/cargo.log")).unwrap_or_default();
        assert!(log.starts_with(&build), "{log} {step:#?}");
        assert_ne!(step.code, 0, "the stub builds nothing");
    }
    let step = release(false).with("INPUT_VERSION", "v9.9.9").step("install.sh");
    assert!(step.code == 2 && step.log.contains("no release 9.9.9"), "{step:#?}");
    for wrong in ["latest", "1.2", "v1.2.3/../..", "1.2.3;x"] {
        let step = release(false).with("INPUT_VERSION", wrong).step("install.sh");
        assert!(step.code == 2 && step.log.contains("`version` is a version"), "{step:#?}");
    }
}

// action.yml

/// Inputs reach scripts through `env` alone, every one is used, and every flag exists.
#[test]
fn the_action_is_wired_up() {
    let text = fs::read_to_string("action.yml").unwrap();
    let action = &Yaml::load_from_str(&text).unwrap()[0];
    let check = fs::read_to_string("action/check.sh").unwrap();
    let mut used = String::new();
    let mut errors = Vec::new();
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        let command = step["run"].as_str().unwrap();
        if step["shell"].as_str() != Some("bash") || command.contains("${{") {
            errors.push(format!("a step without bash, or with an expression in it: {command}"));
        }
        let script = command.split('/').next_back().unwrap().trim_matches('"');
        let script = fs::read_to_string(Path::new("action").join(script)).unwrap();
        for (name, value) in step["env"].as_mapping().unwrap() {
            let (name, value) = (name.as_str().unwrap(), value.as_str().unwrap());
            used.push_str(value);
            if !script.contains(name) && !["ACTION_PATH", "GH_TOKEN", "GH_REPO"].contains(&name) {
                errors.push(format!("the variable {name} is not used"));
            }
        }
        used.push_str(step.as_mapping_get("if").and_then(Yaml::as_str).unwrap_or_default());
    }
    for (input, _) in action["inputs"].as_mapping().unwrap() {
        let input = input.as_str().unwrap();
        if !used.contains(&format!("inputs.{input}")) {
            errors.push(format!("the input {input} goes nowhere"));
        }
    }
    let help = run(["check", "--help"]).stdout;
    let words = check.split([' ', '\n', '"', '(', ')', ';']);
    for flag in words.filter(|word| word.len() > 2 && word.starts_with("--")) {
        if !help.contains(flag) {
            errors.push(format!("`check` has no flag {flag}"));
        }
    }
    check_all(errors);
}
