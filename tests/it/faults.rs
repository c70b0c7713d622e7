//! What goes wrong around a run: it is killed, the disk is full, files change, limits are low, the
//! environment is bare. There is an exit code that is true and a sentence that says what to do, never a
//! panic, never half a file.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Write as _,
    os::unix::{ffi::OsStringExt as _, fs::symlink},
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::common::{Ran, bricklint, check_all, entries, name, read_json};

const RULE: &str = "uc-metastore-region-mismatch";
const BAD: &str = "fixtures/uc-metastore-region-mismatch/bad/plan.json";
const CHECK: [&str; 4] = ["check", "--no-config", "--select", RULE];
const BINARY: &str = env!("CARGO_BIN_EXE_bricklint");

/// Runs a line of shell in which `"$0"` is the binary and `"$@"` what is checked.
fn shell(line: &str, args: &[&str]) -> Ran {
    let mut command = assert_cmd::Command::new("sh");
    command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    Ran::of(command.args(["-c", line, BINARY]).args(CHECK).args(args))
}

/// What is wrong with a run that could not do its work: it says so, in words, and ends with 2.
fn wrong(what: &str, ran: &Ran, words: &[&str]) -> Option<String> {
    let said = format!("{}{}", ran.stdout, ran.stderr);
    let panics = said.contains("panic") || said.contains("memory allocation");
    let fine = ran.code == 2 && !panics && words.iter().all(|word| said.contains(word));
    (!fine).then(|| format!("{what}: wanted 2 and {words:?}: {ran:#?}"))
}

fn is_unharmed(ran: &Ran) -> bool {
    ran.code == 1 && ran.stderr.is_empty() && ran.stdout.contains(RULE)
}

// Outputs

#[test]
fn a_kill_leaves_the_old_file_or_the_new_one() {
    const OLD: &str = "{\"old\": true}";
    let dir = tempfile::tempdir().unwrap();
    let (report, baseline) = (dir.path().join("report.json"), dir.path().join("baseline.json"));
    let output = format!("json={}", report.display());
    let written = ["-o", &output].map(OsString::from);
    let accepted =
        [OsString::from("--write-baseline"), "--baseline".into(), baseline.clone().into()];
    let mut news = 0;
    for wait in (0..24).map(|step| Duration::from_millis(5 * step)) {
        for (file, args) in [(&report, &written[..]), (&baseline, &accepted[..])] {
            fs::write(file, OLD).unwrap();
            // A baseline that is there has to be one.
            if file == &baseline {
                fs::remove_file(file).unwrap();
            }
            let mut run = Command::new(BINARY)
                .args(CHECK)
                .arg(BAD)
                .args(args)
                .env_clear()
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            thread::sleep(wait);
            run.kill().unwrap();
            run.wait().unwrap();
            let Ok(text) = fs::read_to_string(file) else { continue };
            let json: Value = serde_json::from_str(&text).expect("all of a document");
            news += usize::from(json.get("old").is_none());
        }
    }
    let mut command = bricklint();
    let ran = Ran::of(command.args(CHECK).args([BAD, "-o", &output]));
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(read_json(&report)["findings"].is_array() && news < 48, "some were killed: {news}");
    let left = entries(dir.path());
    let is_whole = |path: &&PathBuf| ["report.json", "baseline.json"].contains(&name(path));
    assert!(left.iter().all(|path| is_whole(&path) || name(path).ends_with(".tmp")), "{left:?}");
}

#[test]
fn a_full_disk_leaves_nothing_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let full = "stdout could not be written: No space left on device";
    let mut errors = vec![
        wrong("stdout", &shell("\"$0\" \"$@\" > /dev/full", &[BAD]), &[full]),
        wrong("device", &shell("\"$0\" \"$@\"", &[BAD, "-o", "json=/dev/full"]), &["/dev/full"]),
    ];
    // Files of 512 bytes at most: an error of writing, whether the signal is ignored or not.
    let small = "ulimit -f 1; exec \"$0\" \"$@\"";
    let ignored = format!("trap '' XFSZ; {small}");
    for line in [small, &ignored] {
        for format in ["json", "sarif", "junit"] {
            let file = path(format);
            let ran = shell(line, &[BAD, "-q", "-o", &format!("{format}={file}")]);
            errors.push(wrong(format, &ran, &[&file, "could not be written: File too large"]));
        }
        let file = path("stdout");
        let ran = shell(&format!("{line} > '{file}'"), &[BAD, "-o", "json"]);
        errors.push(wrong("stdout", &ran, &["stdout could not be written: File too large"]));
        fs::remove_file(file).unwrap();
    }
    let file = path("baseline");
    let mut command = assert_cmd::Command::new("sh");
    command.args(["-c", small, BINARY, "check", "--no-config", "fixtures/_estate/bad/plans", "-q"]);
    let ran = Ran::of(command.args(["--write-baseline", "--baseline", &file]));
    errors.push(wrong("baseline", &ran, &[&file, "could not be written: File too large"]));
    check_all(errors.into_iter().flatten());
    assert_eq!(entries(dir.path()), [] as [PathBuf; 0], "nothing is left");
}

#[test]
fn where_nothing_may_be_written_it_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut mode = fs::metadata(dir.path()).unwrap().permissions();
    mode.set_readonly(true);
    fs::set_permissions(dir.path(), mode.clone()).unwrap();
    let mut command = bricklint();
    let file = dir.path().join("report.json");
    let ran = Ran::of(command.args(CHECK).args([BAD, "-o", &format!("json={}", file.display())]));
    // Nothing is forbidden to root, but what the kernel keeps.
    let error = match file.exists() {
        true => {
            let ran = Ran::of(bricklint().args(CHECK).args([BAD, "-o", "json=/proc/report.json"]));
            wrong("/proc", &ran, &["/proc/report.json: could not be written"])
        }
        false => {
            wrong("read-only", &ran, &["report.json: could not be written: Permission denied"])
        }
    };
    check_all(error);
}

// Inputs

#[test]
fn a_plan_that_changes_meanwhile_is_judged_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.json");
    let plan = fs::read(BAD).unwrap();
    fs::write(&path, &plan).unwrap();
    let done = AtomicBool::new(false);
    let change = || {
        let mut step = 0_usize;
        while !done.load(Ordering::Relaxed) {
            step += 1;
            match step % 4 {
                0 => fs::write(&path, &plan[..plan.len() / 2]).unwrap(),
                1 => fs::write(&path, &plan).unwrap(),
                2 => {
                    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
                    file.write_all(&plan).unwrap();
                }
                _ => {
                    let beside = dir.path().join("beside");
                    fs::write(&beside, &plan).unwrap();
                    fs::rename(&beside, &path).unwrap();
                }
            }
        }
    };
    let errors: Vec<String> = thread::scope(|scope| {
        scope.spawn(change);
        let runs = (0..30).filter_map(|_| {
            let ran = Ran::of(bricklint().args(CHECK).arg(&path));
            let fine = match ran.code {
                1 => is_unharmed(&ran),
                _ => wrong("changing", &ran, &["plan.json: "]).is_none(),
            };
            (!fine).then(|| format!("{ran:#?}"))
        });
        let errors = runs.collect();
        done.store(true, Ordering::Relaxed);
        errors
    });
    check_all(errors);
}

#[test]
fn many_plans_need_few_open_files() {
    let dir = tempfile::tempdir().unwrap();
    let plan = fs::read(BAD).unwrap();
    for at in 0..1000 {
        fs::write(dir.path().join(format!("plan{at}.json")), &plan).unwrap();
    }
    let root = dir.path().display().to_string();
    let args = [&root, "-o", "json", "--source-root", "none"];
    let ran = shell("ulimit -n 64; exec \"$0\" \"$@\"", &args);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.json()["inputs"].as_array().unwrap().len(), 1000);
}

#[test]
fn directories_in_a_circle_end() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    fs::copy(BAD, inner.join("plan.json")).unwrap();
    symlink(dir.path(), inner.join("up")).unwrap();
    symlink("self", inner.join("self")).unwrap();
    symlink(&inner, inner.join("here.json")).unwrap();
    let errors = [".", "**/*.json", "a/b/up/a"].into_iter().filter_map(|path| {
        let mut command = bricklint();
        command.current_dir(dir.path()).args(CHECK).args(["-o", "json", path]);
        let ran = Ran::of(&mut command);
        let plans = ran.json()["inputs"].as_array().unwrap().len();
        (ran.code != 1 || plans != 1).then(|| format!("{path}: {plans} plans: {ran:#?}"))
    });
    check_all(errors.collect::<Vec<_>>());
    let ran = Ran::of(bricklint().args(CHECK).arg(inner.join("self")));
    check_all(wrong("a link to itself", &ran, &["self: "]));
}

// Limits

#[cfg(target_os = "linux")]
#[test]
fn too_little_memory_is_told_before_reading() {
    let dir = tempfile::tempdir().unwrap();
    let large = dir.path().join("plan.json");
    // Nothing but holes, and never read.
    fs::File::create(&large).unwrap().set_len(300 << 20).unwrap();
    let large = large.display().to_string();
    let limited = "ulimit -v 1500000; exec \"$0\" \"$@\"";
    let words = ["300.0 MiB large", "`ulimit -v`", "allows 1.4 GiB", "raise that limit"];
    check_all(wrong("a large plan", &shell(limited, &[&large, "--jobs", "2"]), &words));
    let ran = shell(limited, &[BAD, "--jobs", "2"]);
    assert!(is_unharmed(&ran), "{ran:#?}");
    let words = ["`ulimit -v`", "are needed before any plan is read", "--jobs 1"];
    check_all(wrong("threads", &shell(limited, &[BAD, "--jobs", "200"]), &words));
}

#[test]
fn one_processor_is_enough() {
    let ran = shell(
        "if command -v taskset > /dev/null; then exec taskset -c 0 \"$0\" \"$@\"; fi; exec \"$0\" \"$@\"",
        &[BAD],
    );
    assert!(is_unharmed(&ran), "{ran:#?}");
}

// Environment

#[test]
fn a_clock_in_the_past_ends_no_waiver() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("bricklint.toml");
    let waiver = format!(
        "[[waiver]]\nrule = \"{RULE}\"\naddress = \"**\"\nreason = \"moved next year\"\nuntil = 2030-01-01\n"
    );
    fs::write(&config, waiver).unwrap();
    let at = |today: &str| {
        let mut command = bricklint();
        command.args(["check", "--select", RULE, "--today", today, "--config"]);
        Ran::of(command.arg(&config).arg(BAD))
    };
    assert_eq!(at("1970-01-01").code, 0, "{:#?}", at("1970-01-01"));
    assert_eq!(at("2031-01-01").code, 1);
    check_all(wrong("no date", &at("yesterday"), &["--today"]));
}

#[test]
fn a_bare_or_broken_environment_changes_nothing() {
    let not_utf8 = OsString::from_vec(vec![b'x', 0xff]);
    let plain = Ran::of(bricklint().args(CHECK).arg(BAD));
    assert!(is_unharmed(&plain), "{plain:#?}");
    for variable in
        ["HOME", "TERM", "LANG", "NO_COLOR", "COLUMNS", "CI", "TMPDIR", "GITHUB_ACTIONS"]
    {
        for value in [&not_utf8, &OsString::new(), &OsString::from("/nowhere")] {
            let ran = Ran::of(bricklint().args(CHECK).arg(BAD).env(variable, value));
            assert_eq!((ran.code, &ran.stdout), (1, &plain.stdout), "{variable}: {ran:#?}");
        }
    }
    let ran = Ran::of(bricklint().args(CHECK).arg(BAD).env_clear());
    assert_eq!(ran.stdout, plain.stdout);
    let ran = Ran::of(bricklint().args(CHECK).arg(BAD).env("BRICKLINT_TODAY", &not_utf8));
    check_all(wrong("BRICKLINT_TODAY", &ran, &["UTF-8"]));
}

#[cfg(target_os = "linux")]
#[test]
fn paths_need_not_be_text() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join(OsString::from_vec(b"pl\xffan".to_vec()));
    fs::create_dir(&odd).unwrap();
    fs::copy(BAD, odd.join("plan.json")).unwrap();
    for path in [odd.as_os_str(), odd.join("plan.json").as_os_str(), OsStr::new(".")] {
        let ran = Ran::of(bricklint().current_dir(dir.path()).args(CHECK).arg(path));
        assert!(is_unharmed(&ran), "{ran:#?}");
    }
    let ran = Ran::of(bricklint().current_dir(&odd).args(CHECK).args(["plan.json", "-o=json=out"]));
    assert!(ran.code == 1 && read_json(odd.join("out"))["findings"].is_array(), "{ran:#?}");
    let ran = Ran::of(bricklint().args(CHECK).arg(odd.join("none.json")));
    check_all(wrong("missing", &ran, &["none.json: no such file"]));
}

#[test]
fn closed_streams_are_no_reason_to_panic() {
    let silent = shell("exec \"$0\" \"$@\" >&- 2>&-", &[BAD]);
    assert_eq!(
        (silent.code, silent.stdout.as_str()),
        (1, ""),
        "what was found is in the exit code"
    );
    let ran = shell("exec \"$0\" \"$@\" 2>&-", &["no-such-file.json"]);
    assert_eq!(ran.code, 2, "{ran:#?}");
    let ran = shell("exec \"$0\" \"$@\" <&-", &["-"]);
    check_all(wrong("stdin", &ran, &["an empty file", "terraform show -json"]));
    let ran = shell("\"$0\" \"$@\" | true; echo done", &["-o", "json", BAD]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("done\n", ""));
}
