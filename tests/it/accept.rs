//! Waivers, baselines and comments on the command line: what they accept, what is said about them,
//! and what is wrong with them.

use std::{fs, path::Path};

use bricklint::report::Format;
use clap::ValueEnum;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    case::text,
    common::{Ran, bricklint, check_all, files_below, golden, name, read_json},
};

/// A rule that these tests can count on, and a plan in which it finds two errors.
const RULE: &str = "uc-metastore-region-mismatch";
const BAD: &str = "fixtures/uc-metastore-region-mismatch/bad";
const FIRST: &str = "databricks_metastore_assignment.analytics";
const SECOND: &str = "databricks_metastore_assignment.landing";

/// A scratch repository with a unit `bad`, its source and a configuration.
struct Repository {
    dir: TempDir,
}

impl Repository {
    fn new(config: &str) -> Repository {
        let it = Repository { dir: tempfile::tempdir().unwrap() };
        it.write("bricklint.toml", config);
        for file in ["plan.json", "main.tf"] {
            it.write(&format!("bad/{file}"), &fs::read_to_string(format!("{BAD}/{file}")).unwrap());
        }
        it
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Puts a comment into the source: on the line before the block of that name.
    fn comment(&self, name: &str, comment: &str) {
        let header = format!("resource \"databricks_metastore_assignment\" \"{name}\"");
        let source = self.read("bad/main.tf");
        assert!(source.contains(&header));
        self.write("bad/main.tf", &source.replace(&header, &format!("{comment}\n{header}")));
    }

    /// `check`, on everything with the one rule.
    fn check<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ran {
        self.check_all(["--select", RULE].into_iter().chain(args))
    }

    fn check_all<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ran {
        let mut command = bricklint();
        Ran::of(command.current_dir(self.path()).args(["check"]).args(args))
    }
}

fn waiver(address: &str, more: &str) -> String {
    format!("[[waiver]]\nrule = \"{RULE}\"\naddress = \"{address}\"\nreason = \"known\"\n{more}")
}

/// Accepted and unused ones of a JSON report, in a few words.
fn lines(report: &Value) -> [Vec<String>; 2] {
    ["accepted", "unused"].map(|list| {
        let all = report[list].as_array().unwrap().iter();
        all.map(|it| format!("{} {} {}", text(it, "by"), text(it, "where"), text(it, "address")))
            .map(|it| it.trim_end().to_owned())
            .collect()
    })
}

fn formats() -> Vec<String> {
    let all = Format::value_variants().iter().filter_map(Format::to_possible_value);
    all.map(|value| value.get_name().to_owned()).collect()
}

// What counts

#[test]
fn accepted_findings_do_not_count() {
    let it = Repository::new(&waiver(FIRST, ""));
    let ran = it.check(["-o", "json"]);
    let report = ran.json();
    assert_eq!((ran.code, report["summary"]["error"].as_u64()), (1, Some(1)), "one is left");
    assert_eq!(report["summary"]["accepted"], 1);
    assert_eq!(lines(&report), [vec![format!("waiver bricklint.toml:1 {FIRST}")], vec![]]);
    it.write("bricklint.toml", &waiver("databricks_metastore_assignment.*", ""));
    for format in formats() {
        let ran = it.check(["-o", &format]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{format}");
        // GitLab's list has no place for what is no issue.
        let says = ran.stdout.contains("accepted") || format == "gitlab" && ran.stdout == "[]\n";
        assert!(says, "{format}: {}", ran.stdout);
        let ran = it.check(["-o", &format!("{format}=out")]);
        let said = "bricklint: 0 errors, 0 warnings, 0 notes; 0 introduced, 0 standing, 0 fixed; 0 possible; 2 accepted: 2 by waiver\n";
        assert_eq!((ran.code, ran.stderr.as_str()), (0, said), "{format}");
    }
    let sarif = it.check(["-o", "sarif", "--omit-accepted"]).json();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 0);
    assert!(sarif.to_string().contains("2 accepted findings left out"));
}

#[test]
fn an_accepted_destruction_needs_no_approval() {
    let it = Repository::new("");
    it.write(
        "bad/plan.json",
        &fs::read_to_string("fixtures/chg-destroys-data/bad/plan.json").unwrap(),
    );
    let run = |config: &str| {
        it.write("bricklint.toml", config);
        it.check_all(["--approval", "--select", "chg-destroys-data"]).code
    };
    let waiver = "[[waiver]]\nrule = \"chg-destroys-data\"\nunit = \"bad\"\nreason = \"CHG-1\"\n";
    assert_eq!(run(""), 3);
    assert_eq!(run(waiver), 0);
    assert_eq!(run(&format!("{waiver}address = \"databricks_volume.**\"\n")), 3, "not of all");
    assert_eq!(run(&format!("{waiver}until = 2020-01-01\n")), 3, "no longer");

    const CAUSE: &str = "chg-workspace-replace-cause";
    it.write(
        "bad/plan.json",
        &fs::read_to_string(format!("fixtures/{CAUSE}/bad/plan.json")).unwrap(),
    );
    for (config, code) in [(String::new(), 3), (waiver.replace("chg-destroys-data", CAUSE), 0)] {
        it.write("bricklint.toml", &config);
        assert_eq!(it.check_all(["--approval", "--select", CAUSE]).code, code, "{config}");
    }
}

#[test]
fn a_waiver_ends() {
    let it = Repository::new(&waiver(FIRST, "until = 2026-06-30\n"));
    it.write("bricklint.toml", &format!("{}{}", waiver(SECOND, ""), it.read("bricklint.toml")));
    assert_eq!(it.check(["--today", "2026-06-30"]).code, 0);
    let ran = it.check(["--today", "2026-07-01"]);
    assert_eq!(ran.code, 1);
    let said = format!(
        "bricklint.toml:5: waiver {RULE}: ended on 2026-06-30: a finding is reported again"
    );
    assert!(ran.stdout.contains(&said[..60]), "{}", ran.stdout);
    let ran = it.check(["--today", "2026-07-01", "-o", "json"]);
    assert_eq!(ran.stderr, format!("bricklint: {said}\n"), "for whoever reads the log");
    assert_eq!(lines(&ran.json())[1], ["waiver bricklint.toml:5"]);
    let mut command = bricklint();
    command.current_dir(it.path()).env("BRICKLINT_TODAY", "2026-06-30");
    assert_eq!(Ran::of(command.args(["check", "--select", RULE])).code, 0);
    assert_eq!(it.check(["--today", "2026-07-01", "--quiet", "-o", "json"]).stderr, "");
    assert_eq!(it.check([]).code, 1, "today is later");
    let ran = it.check(["--today", "2026-02-30"]);
    assert!(ran.code == 2 && ran.stderr.contains("write a day such as 2026-12-31"), "{ran:#?}");
}

// Mistakes

#[test]
fn a_mistake_in_a_waiver_is_shown_at_its_line() {
    let of = |more: &str| format!("\n[[waiver]]\nrule = \"{RULE}\"\n{more}");
    let both = "unit = \"a\"\nreason = \"r\"\n";
    let errors = [
        (of("unit = \"a\"\n"), ":2:1: a waiver needs a `reason`: say why"),
        (of("unit = \"a\"\nreason = \" \"\n"), ":5:10: the `reason` is blank"),
        (of("reason = \"r\"\n"), ":2:1: a waiver needs an `address` or a `unit`"),
        (format!("[[waiver]]\n{both}"), ":1:1: a waiver needs a `rule`"),
        (of(&format!("{both}expires = 1\n")), ":6:1: a waiver has no `expires`; it has `rule`, "),
        (of(&format!("{both}until = \"31.12.2026\"\n")), ":6:9: `until` is a day such as 2026-"),
        (of(&format!("{both}until = 2026-12-31T10:00:00Z\n")), ":6:9: `until` is a day such as"),
        (of(&format!("{both}until = 2026-02-30\n")), ":6:9: invalid date, expected day between"),
        (of("unit = [\"a\"]\nreason = \"r\"\n"), ":4:8: `unit` takes one text, not a list"),
        (of("unit = \"{a\"\nreason = \"r\"\n"), ":4:8: `unit`: `{a`: unclosed"),
        (of("address = \"live/x\"\nreason = \"r\"\n"), ":4:11: `address`: `live/x` has a `/`"),
        (
            of("address = \"a.b[\\\"c]\"\nreason = \"r\"\n"),
            ":4:11: `address`: `a.b[\"c]` opens a `\"`",
        ),
        (of("address = \"\"\nreason = \"r\"\n"), ":4:11: the `address` is empty"),
        (
            of(both).replace("mismatch", "mismatsch"),
            ":3:8: no rule is called `uc-metastore-region-mismatsch`; did you mean `uc-metastore-",
        ),
        (of(both).replace(RULE, "uc"), ":3:8: `uc` is no rule: a waiver is about one"),
        (
            format!("[waiver]\nrule = \"{RULE}\"\n"),
            ":1:1: there may be several waivers: write `[[waiver]]`",
        ),
        (of("address = \"a..b\"\nreason = \"r\"\n"), ":4:11: `address`: `a..b` has nothing before"),
        ("baseline = 1\n".to_owned(), ":1:12: "),
        (
            "\nbaseline = \"no.json\"\n".to_owned(),
            ":2:12: no.json: there is no such baseline; write",
        ),
        ("unit-root = \"no\"\n".to_owned(), ":1:13: unit-root: no is no directory; name the one"),
        ("rules-dir = [\".\", \"no\"]\n".to_owned(), ":1:19: rules-dir: no is no directory; na"),
        ("show = []\n".to_owned(), ":1:8: show is empty"),
        (
            "baselin = \"b\"\n".to_owned(),
            ":1:1: no setting is called `baselin`; did you mean `base",
        ),
    ]
    .into_iter()
    .filter_map(|(config, wanted)| {
        let ran = Repository::new(&config).check([]);
        let fine = ran.code == 2
            && ran.stdout.is_empty()
            && ran.stderr.contains(&format!("bricklint.toml{wanted}"));
        (!fine).then(|| format!("{config} (wanted: {wanted}): {ran:#?}"))
    });
    check_all(errors);
}

/// A policy is a rule too, and is looked up only where somebody names one.
#[test]
fn a_waiver_may_be_about_a_policy() {
    let config = waiver(FIRST, "").replace(RULE, "org-region");
    assert_eq!(Repository::new(&config).check_all(["--fail-on", "never"]).code, 0);
}

// Baseline

#[test]
fn a_baseline_is_written_and_used() {
    let it = Repository::new("");
    let ran = it.check(["--baseline", "b.json", "--write-baseline"]);
    assert_eq!(ran.code, 0, "what is written is accepted");
    assert_eq!(ran.stderr, "bricklint: wrote b.json: 2 entries, 2 new, 0 dropped\n");
    let written = it.read("b.json");
    assert_eq!(written.lines().count(), 4, "a line for each: {written}");
    assert!(!written.contains("eu-central-1"), "no value, no message: {written}");
    let report = it.check(["--baseline", "b.json", "-o", "json"]).json();
    let lines = lines(&report);
    assert_eq!(
        lines[0],
        [format!("baseline b.json:2 {FIRST}"), format!("baseline b.json:3 {SECOND}")]
    );
    it.check(["--baseline", "b.json", "--write-baseline"]);
    assert_eq!(it.read("b.json"), written);

    // The setting of the configuration starts at its directory.
    it.write("bricklint.toml", "baseline = \"b.json\"\n");
    let mut command = bricklint();
    command.current_dir(it.path().join("bad")).args(["check", "--select", RULE, "-o", "json", "."]);
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(text(&ran.json()["accepted"][0], "where"), "../b.json:2");
    let ran = it.check(["--write-baseline", "--quiet"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

/// A whole company: what there is goes into the baseline, code moves, and nothing is new; one real
/// mistake is, and it alone.
#[test]
fn only_what_is_really_new_is_reported() {
    let it = Repository::new("unit-root = \"plans\"\nbaseline = \"b.json\"\n");
    let from = Path::new("fixtures/_estate/bad");
    for file in ["plans", "live", "modules"].iter().flat_map(|dir| files_below(from.join(dir), ""))
    {
        let path = file.strip_prefix(from).unwrap().to_str().unwrap().to_owned();
        it.write(&path, &fs::read_to_string(&file).unwrap());
    }
    let args = ["plans", "-o", "json"];
    assert_eq!(it.check_all(["plans", "--write-baseline"]).code, 0);
    let before = it.check_all(args).json();

    // Lines go down, files are called otherwise, plans list their resources the other way round.
    for file in files_below(it.path().join("modules"), ".tf") {
        let text = fs::read_to_string(&file).unwrap();
        fs::write(
            file.with_file_name(format!("moved-{}", name(&file))),
            format!("# moved\n\n{text}"),
        )
        .unwrap();
        fs::remove_file(&file).unwrap();
    }
    for file in files_below(it.path().join("plans"), ".json") {
        let mut plan = read_json(&file);
        plan["resource_changes"].as_array_mut().unwrap().reverse();
        fs::write(&file, plan.to_string()).unwrap();
    }
    let after = it.check_all(args).json();
    // A baseline takes no changes in: it would accept the next of the kind too.
    let prints = |report: &Value| {
        let all = report["findings"].as_array().unwrap().iter();
        all.map(|it| (it["category"].clone(), it["fingerprint"].clone())).collect::<Vec<_>>()
    };
    assert_eq!((prints(&before), &before["unused"]), (prints(&after), &json!([])));
    let is_change = |it: &Value| text(it, "rule").starts_with("chg-");
    assert!(after["findings"].as_array().unwrap().iter().all(is_change), "{after:#}");
    let accepted = |report: &Value| report["accepted"].as_array().unwrap().clone();
    let n = accepted(&before).len();
    assert!(n > 0 && accepted(&after).len() == n, "{after:#}");
    let line = |it: &Value| (it["source"]["line"].as_u64().unwrap(), it["fingerprint"].clone());
    for (before, after) in accepted(&before).iter().zip(&accepted(&after)) {
        let (at, print) = line(before);
        assert_eq!((at + 2, print), line(after), "it is shown where it is now");
    }

    let path = "plans/staging/us-east-1/workspace/tfplan.json";
    let mut plan = read_json(it.path().join(path));
    let changes = plan["resource_changes"].as_array_mut().unwrap();
    let address = "aws_s3_bucket_public_access_block.root";
    let block = changes.iter_mut().find(|it| it["address"] == address).unwrap();
    block["change"]["after"]["block_public_acls"] = json!(false);
    it.write(path, &plan.to_string());
    let ran = it.check_all(["plans", "-o", "concise"]);
    let mut new = ran.stdout.lines().filter(|line| !line.contains("[chg-"));
    let place = format!("error[s3-public-access-block] staging/us-east-1/workspace {address}: ");
    assert!(ran.code == 1 && new.next().unwrap().contains(&place), "{ran:#?}");
    let summary = new.next().unwrap();
    assert!(summary.starts_with("1 error, ") && new.next().is_none(), "{ran:#?}");
    assert!(summary.contains(&format!("; {n} accepted: {n} by baseline;")), "{ran:#?}");
}

#[test]
fn a_baseline_needs_a_place_and_has_to_be_there() {
    let it = Repository::new("");
    let said = |args: &[&str], wanted: &str| {
        let ran = it.check(args.iter().copied());
        assert!(ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(wanted), "{ran:#?}");
    };
    said(&["--write-baseline"], "--write-baseline needs to know where: give `--baseline FILE`");
    said(&["--baseline", "b.json"], "b.json: there is no such baseline; write it with");
    said(&["--baseline", "bad", "--write-baseline"], "bad: could not be read");
    said(&["--write-anyway"], "--write-baseline");
    it.write("bad.json", "[1]");
    said(&["--baseline", "bad.json"], "bad.json: no baseline of bricklint");
    said(&["--baseline", "bad.json", "--write-baseline"], "bad.json: no baseline of bricklint");
    said(&["--baseline", "bad/plan.json", "--write-baseline"], "no baseline of bricklint");
    said(&["--baseline", "bad/main.tf"], "bad/main.tf: no baseline of bricklint: name the file");
    it.write("bad.json", "{\"bricklint-baseline\":1,\"entries\":[\n{\"unit\":");
    said(&["--baseline", "bad.json"], "bad.json:2: no JSON (EOF while parsing a value)");
    fs::write(it.path().join("bad.json"), b"\xff\xfe\x00").unwrap();
    said(&["--baseline", "bad.json"], "bad.json: no text, so no baseline");
    assert_eq!(it.read("bad/plan.json"), fs::read_to_string(format!("{BAD}/plan.json")).unwrap());
}

#[test]
fn nothing_is_written_where_something_could_not_be_judged() {
    let it = Repository::new("");
    it.write("torn/plan.json", "{\"format_version\":\"1.2\",\"resource_ch");
    let ran = it.check(["--baseline", "b.json", "--write-baseline"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("b.json was not written, because one thing could not be judged"));
    assert!(ran.stderr.contains("`--write-anyway`") && !it.path().join("b.json").exists());
    let ran = it.check(["--baseline", "b.json", "--write-baseline", "--write-anyway"]);
    assert_eq!(ran.code, 2, "still");
    assert_eq!(it.read("b.json").lines().count(), 4);
}

/// A run on a part of the plans, or of the rules, leaves the entries of the others alone.
#[test]
fn writing_anew_drops_what_is_gone_and_keeps_what_was_not_judged() {
    let it = Repository::new("baseline = \"b.json\"\n");
    it.write("other/plan.json", &it.read("bad/plan.json"));
    it.check(["--write-baseline"]);
    let whole = it.read("b.json");
    assert_eq!(whole.lines().count(), 6);

    it.write("bad/plan.json", &it.read("bad/plan.json").replace("eu-central-1", "eu-west-1"));
    let nothing = "b.json:2: baseline: 2 entries match nothing in this run (also line 3); \
                   --write-baseline drops them";
    let ran = it.check(["bad", "-o", "concise"]);
    assert_eq!((ran.code, ran.stderr), (0, format!("bricklint: {nothing}\n")));
    assert_eq!(it.check(["other", "-o", "concise"]).stderr, "", "not in this run");
    let ran = it.check_all(["--select", "reg-root-bucket", "bad", "-o", "concise"]);
    assert_eq!(ran.stderr, "", "another rule");
    it.check_all(["--select", "reg-root-bucket", "--write-baseline"]);
    assert_eq!(it.read("b.json"), whole, "nothing of it was judged");
    let ran = it.check(["bad", "--write-baseline"]);
    assert_eq!(ran.stderr, "bricklint: wrote b.json: 2 entries, 0 new, 2 dropped\n");
    assert!(it.read("b.json").lines().skip(1).take(2).all(|line| line.contains("\"other\"")));
}

#[test]
fn what_a_plan_does_is_for_no_baseline() {
    let it = Repository::new("baseline = \"b.json\"\n");
    it.write(
        "bad/plan.json",
        &fs::read_to_string("fixtures/chg-destroys-data/bad/plan.json").unwrap(),
    );
    let ran = it.check_all(["--select", "chg-destroys-data", "--write-baseline"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("wrote b.json: 0 entries"), "{}", ran.stderr);
    assert!(ran.stderr.contains("9 findings are about what this plan does"), "{}", ran.stderr);
}

// Comments

#[test]
fn comments_are_read_from_the_source() {
    let it = Repository::new("");
    it.comment("analytics", &format!("# bricklint: ignore[{RULE}] moves in spring"));
    it.comment("landing", &format!("# bricklint: ignore[{RULE}]"));
    let ran = it.check(["-o", "json"]);
    let report = ran.json();
    let [accepted, unused] = lines(&report);
    assert_eq!(ran.code, 1);
    let line = |name: &str| {
        let source = it.read("bad/main.tf");
        let mut lines = source.lines();
        1 + lines
            .position(|line| {
                line.contains(&format!("\"{name}\" {{")) && line.contains("_assignment")
            })
            .unwrap()
    };
    let (first, second) = (line("analytics") - 1, line("landing") - 1);
    assert_eq!(accepted, [format!("comment bad/main.tf:{first} {FIRST}")]);
    assert_eq!(text(&report["accepted"][0], "reason"), "moves in spring");
    assert_eq!(unused, [format!("comment bad/main.tf:{second}")]);
    assert_eq!(text(&report["unused"][0], "why"), "gives no reason");
    assert!(ran.stderr.contains(&format!("bad/main.tf:{second}: comment {RULE}: gives no reason")));
    assert_eq!(it.check(["--source-root", "none", "-o", "json"]).json()["summary"]["accepted"], 0);
}

/// A comment is source, and source may hold what the plan masks.
#[test]
fn a_reason_gives_no_secret_away() {
    const SECRET: &str = "not-a-real-secret";
    let it = Repository::new("");
    assert!(it.read("bad/main.tf").contains(SECRET), "a sensitive variable");
    it.comment("analytics", &format!("# bricklint: ignore[{RULE}] {SECRET}"));
    it.comment("landing", &format!("# bricklint: ignore[{SECRET}] known"));
    for format in formats() {
        let ran = it.check(["-o", &format]);
        assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET), "{format}: {ran:#?}");
    }
    let report = it.check(["-o", "json"]).json();
    assert_eq!(text(&report["accepted"][0], "reason"), "(sensitive)");
}

#[test]
fn a_misspelt_rule_in_a_comment_is_said_to_be_none() {
    let it = Repository::new("");
    it.comment("analytics", "# bricklint: ignore[uc-metastore-region-mismach, org-region] known");
    let ran = it.check(["-o", "json"]);
    let report = ran.json();
    assert_eq!(report["unused"].as_array().unwrap().len(), 1, "org-region is a rule: {report}");
    let why = text(&report["unused"][0], "why");
    assert_eq!(
        why,
        format!("no rule is called `uc-metastore-region-mismach`; did you mean `{RULE}`?")
    );
}

// The page

/// `docs/accepting.md` shows what its commands print, run in the order in which they stand there. Each
/// chapter starts anew. Blocks of TOML are the configuration, blocks of HCL replace the code that they
/// are without their comments.
#[test]
fn the_page_about_accepting_shows_what_is_printed() {
    let path = Path::new("docs/accepting.md");
    let page = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let mut out = String::new();
    let mut chapter = page_repository();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        out.push_str(&format!("{line}\n"));
        if line.starts_with("## ") {
            chapter = page_repository();
        }
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "console" => out.push_str(&printed(&chapter, &block)),
            "toml" => chapter.write("bricklint.toml", &format!("{}\n", block.join("\n"))),
            "hcl" => replace_code(&chapter, &block),
            _ => panic!("a block of {kind}"),
        }
        if kind != "console" {
            block.iter().for_each(|line| out.push_str(&format!("{line}\n")));
        }
        out.push_str("```\n");
    }
    check_all(golden(path, &out).err());
}

fn page_repository() -> Repository {
    let it = Repository { dir: tempfile::tempdir().unwrap() };
    let read = |file: &str| fs::read_to_string(format!("{BAD}/{file}")).unwrap();
    it.write("live/analytics/main.tf", &read("main.tf"));
    it.write("live/analytics/tfplan.json", &read("plan.json"));
    fs::create_dir(it.path().join(".git")).unwrap();
    it
}

/// The commands of a block, each with its output.
fn printed(it: &Repository, block: &[&str]) -> String {
    let mut out = String::new();
    for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
        out.push_str(&format!("$ {command}\n"));
        if let Some(file) = command.strip_prefix("cat ") {
            out.push_str(&it.read(file));
            continue;
        }
        let args: Vec<&str> = command.split(' ').skip(1).collect();
        let mut command = bricklint();
        // A new rule is no reason to change the page.
        command.env("BRICKLINT_SELECT", format!("{RULE},s3-public-access-block"));
        let ran = Ran::of(command.current_dir(it.path()).env("COLUMNS", "100").args(args));
        // Where a run stops, the path is the scratch directory's.
        let at = format!("{}/", it.path().canonicalize().unwrap().display());
        out.push_str(&format!("{}{}", ran.stdout, ran.stderr).replace(&at, ""));
    }
    out
}

fn replace_code(it: &Repository, block: &[&str]) {
    let is_code = |line: &&str| !line.trim_start().starts_with('#');
    let code: Vec<&str> = block.iter().copied().filter(is_code).collect();
    let source = it.read("live/analytics/main.tf");
    assert!(source.contains(&code.join("\n")), "no such code: {code:?}");
    it.write("live/analytics/main.tf", &source.replace(&code.join("\n"), &block.join("\n")));
}
