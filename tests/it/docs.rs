//! The pages for users: every block of YAML, TOML and HCL is read, every command with bricklint is
//! run, and what is shown is what it prints. `cargo bless` writes outputs anew.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use bricklint::config::Config;
use saphyr::{LoadableYamlNode, Yaml};
use tempfile::TempDir;

use crate::common::{check_all, entries, golden, name, run};

/// Pages with tests of their own: one is generated, on the other each command builds on the last.
const OTHERS: [&str; 2] = ["policies.md", "accepting.md"];

/// README and docs/*.md, but for the others.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = entries("docs").into_iter().filter(|path| {
        path.extension().is_some_and(|ending| ending == "md") && !OTHERS.contains(&name(path))
    });
    let paths = [PathBuf::from("README.md")].into_iter().chain(docs);
    paths
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            (path, text)
        })
        .collect()
}

/// Fenced blocks of a page: language, and text.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((language, format!("{}\n", inside.join("\n"))));
        }
    }
    found
}

/// A repository as the pages assume it: the estate of the fixtures, a plan of its own, and stubs for
/// the commands that make plans.
struct Repository(TempDir);

impl Repository {
    fn new() -> Repository {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for sub in ["plans", "live", "modules"] {
            copy(&Path::new("fixtures/_estate/bad").join(sub), &root.join(sub));
        }
        copy(Path::new("fixtures/_estate/replan/plans"), &root.join("replan"));
        let local = "fixtures/net-sg-open-ingress/unknown-local";
        copy(Path::new(local), &root.join(local));
        for (from, to) in [("chg-destroys-data/bad", "unity"), ("drift-detected/bad-2", "drift")] {
            let from = Path::new("fixtures").join(from);
            fs::create_dir_all(root.join(to)).unwrap();
            fs::copy(from.join("plan.json"), root.join(to).join("tfplan.json")).unwrap();
            fs::copy(from.join("main.tf"), root.join(to).join("main.tf")).unwrap();
        }
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::copy("fixtures/_formats/plan.json", root.join("tfplan.json")).unwrap();
        fs::copy("fixtures/_formats/main.tf", root.join("main.tf")).unwrap();
        fs::copy("fixtures/_input/plan.tfplan", root.join("tfplan")).unwrap();
        fs::copy("fixtures/_input/state.tfstate", root.join("terraform.tfstate")).unwrap();
        let bricklint = format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_bricklint"));
        let terraform =
            format!("case \"$*\" in *show*) cat '{}/tfplan.json' ;; esac", root.display());
        for (command, script) in [("bricklint", bricklint.as_str()), ("terraform", &terraform)] {
            let path = root.join("bin").join(command);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let repository = Repository(dir);
        assert_eq!(repository.run("bricklint init policy acme-cluster-size").0, 0);
        repository
    }

    /// Exit code, and what a terminal would show.
    fn run(&self, command: &str) -> (i32, String) {
        let root = self.0.path();
        let path = format!("{}:{}", root.join("bin").display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(root)
            .env_clear()
            .env("PATH", path)
            .env("RUNNER_TEMP", root)
            .env("GITHUB_STEP_SUMMARY", root.join("summary"))
            .env("GITHUB_OUTPUT", root.join("output"))
            .env("SHOWFILE", root.join("tfplan.json"))
            .output()
            .unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        let shown = shown.replace(&format!("{}/", root.display()), "");
        (output.status.code().unwrap_or(-1), shown)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in entries(from) {
        let target = to.join(name(&path));
        match path.is_dir() {
            true => copy(&path, &target),
            false => assert!(fs::copy(&path, &target).is_ok(), "{}", target.display()),
        }
    }
}

// What is shown in a terminal

#[test]
fn commands_print_what_the_pages_show() {
    let mut errors = Vec::new();
    let mut seen = 0;
    for (path, text) in pages() {
        let mut page = text.clone();
        for (_, block) in blocks(&text).into_iter().filter(|(language, _)| *language == "console") {
            let (new, wrong, commands) = session(&block, &Repository::new());
            page = page.replacen(&block, &new, 1);
            seen += commands;
            errors.extend(wrong.into_iter().map(|why| format!("{}: {why}", path.display())));
        }
        errors.extend(golden(&path, &page).err());
    }
    assert!(seen >= 10, "only {seen} commands are shown");
    check_all(errors);
}

/// The block with the real outputs, what is wrong, and how many commands were run. `cat` of a file
/// makes it what is shown.
fn session(block: &str, repository: &Repository) -> (String, Vec<String>, usize) {
    let (mut out, mut errors, mut seen) = (String::new(), Vec::new(), 0);
    for part in format!("\n{block}").split("\n$ ").skip(1) {
        let (command, expected) = part.split_once('\n').unwrap_or((part, ""));
        if let Some(file) = command.strip_prefix("cat ") {
            fs::write(repository.0.path().join(file), format!("{expected}\n")).unwrap();
        }
        if !command.split([' ', '|']).any(|word| word == "bricklint") {
            out.push_str(&format!("$ {}\n", part.trim_end()));
            continue;
        }
        let (code, output) = repository.run(command);
        seen += 1;
        let refused = expected.starts_with("bricklint: error: ");
        if (code == 2) != refused || code > 3 {
            errors.push(format!("`{command}` ends with {code}:\n{output}"));
        }
        out.push_str(&format!("$ {command}\n{}", shown(expected, &output)));
    }
    (out, errors, seen)
}

/// What of an output is shown: nothing where the page shows nothing, else all of it, or as many lines
/// as now before and after a line with `…`.
fn shown(expected: &str, output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let expected: Vec<&str> = expected.lines().collect();
    let before = expected.iter().position(|line| *line == "…");
    let text = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    match before {
        _ if expected.is_empty() => String::new(),
        Some(before) if expected.len() <= lines.len() => {
            let after = lines.len() - (expected.len() - before - 1);
            format!("{}…\n{}", text(&lines[..before]), text(&lines[after..]))
        }
        _ => text(&lines),
    }
}

// Settings and workflows

#[test]
fn every_block_of_toml_is_a_configuration() {
    let mut errors = Vec::new();
    let mut seen = 0;
    for (path, text) in pages() {
        for (_, block) in blocks(&text).into_iter().filter(|(language, _)| *language == "toml") {
            let repository = Repository::new();
            seen += 1;
            let ending = if block.trim_start().starts_with('[') { "" } else { "\n" };
            fs::write(repository.0.path().join("bricklint.toml"), block.clone() + ending).unwrap();
            let (code, output) = repository.run("bricklint check tfplan.json -o concise");
            if code == 2 {
                errors.push(format!("{}: {output}in:\n{block}", path.display()));
            }
        }
    }
    assert!(seen >= 3, "only {seen} blocks");
    check_all(errors);
}

/// What says that there is no such setting lists those there are.
#[test]
fn every_setting_is_described() {
    let unknown = Config::parse(Path::new("x"), "bogus = 1".to_owned()).unwrap_err().to_string();
    let (_, known) = unknown.split_once("expected one of ").expect(&unknown);
    let page = fs::read_to_string("docs/configuration.md").unwrap();
    let keys = known.split(", ").map(|key| key.trim_matches('`'));
    let forms = |key: &str| {
        [format!("`{key}`"), format!("`[{key}]`"), format!("`[{key}."), format!("`[[{key}]]`")]
    };
    let missing = keys.filter(|key| !forms(key).iter().any(|form| page.contains(form)));
    check_all(missing.map(|key| format!("docs/configuration.md does not describe `{key}`")));
}

#[test]
fn every_block_of_yaml_is_read_and_its_commands_run() {
    let action = fs::read_to_string("action.yml").unwrap();
    let action = &Yaml::load_from_str(&action).unwrap()[0];
    let inputs = action["inputs"].as_mapping().unwrap().iter();
    let inputs: BTreeSet<&str> = inputs.map(|(input, _)| input.as_str().unwrap()).collect();
    let mut errors = Vec::new();
    let mut seen = 0;
    for (path, text) in pages() {
        let repository = Repository::new();
        for (_, block) in blocks(&text).into_iter().filter(|(language, _)| *language == "yaml") {
            let documents = match Yaml::load_from_str(&block) {
                Ok(documents) => documents,
                Err(error) => {
                    errors.push(format!("{}: {error} in:\n{block}", path.display()));
                    continue;
                }
            };
            for document in &documents {
                let mut scan = Scan::default();
                scan.walk(document);
                seen += scan.commands.len() + scan.inputs.len();
                let unknown = scan.inputs.iter().filter(|input| !inputs.contains(input.as_str()));
                errors.extend(unknown.map(|it| format!("{}: no input `{it}`", path.display())));
                let results = scan.commands.iter().map(|it| (it, repository.run(it)));
                let failed = results.filter(|(_, (code, _))| *code == 2 || *code > 3);
                errors.extend(
                    failed.map(|(it, result)| format!("{}: {it}: {result:?}", path.display())),
                );
            }
        }
    }
    assert!(seen >= 10, "only {seen} commands and inputs");
    check_all(errors);
}

/// What a workflow says about bricklint.
#[derive(Default)]
struct Scan {
    commands: Vec<String>,
    /// Inputs that are given to the action.
    inputs: Vec<String>,
}

impl Scan {
    fn walk(&mut self, node: &Yaml<'_>) {
        if let Some(text) = node.as_str() {
            let has = |line: &str| line.split([' ', '(', '"']).any(|word| word == "bricklint");
            // A name or a description is no command.
            let runs = |line: &str| {
                let words = [" check ", " facts ", " merge "];
                has(line) && words.iter().any(|word| line.contains(word))
            };
            if text.lines().any(runs) {
                self.commands.push(text.to_owned());
            }
        }
        node.as_sequence().into_iter().flatten().for_each(|item| self.walk(item));
        let Some(mapping) = node.as_mapping() else { return };
        let uses = node.as_mapping_get("uses").and_then(|uses| uses.as_str());
        if uses.is_some_and(|uses| uses.starts_with("bricklint/bricklint@")) {
            let with = node.as_mapping_get("with").and_then(|with| with.as_mapping());
            let given = with.into_iter().flatten().filter_map(|(input, _)| input.as_str());
            self.inputs.extend(given.map(str::to_owned));
        }
        mapping.iter().for_each(|(_, value)| self.walk(value));
    }
}

/// Hooks of Terragrunt are lists of words.
#[test]
fn every_block_of_hcl_is_read_and_its_commands_run() {
    let mut errors = Vec::new();
    let mut seen = 0;
    for (path, text) in pages() {
        for (_, block) in blocks(&text).into_iter().filter(|(language, _)| *language == "hcl") {
            let body: hcl_edit::structure::Body = match block.parse() {
                Ok(body) => body,
                Err(error) => {
                    errors.push(format!("{}: {error}", path.display()));
                    continue;
                }
            };
            for hook in hooks(&body) {
                seen += 1;
                let (code, output) = Repository::new().run(&hook);
                if code == 2 || code > 3 {
                    errors.push(format!("{}: {hook}: {code} {output}", path.display()));
                }
            }
        }
    }
    assert!(seen >= 1, "only {seen} hooks");
    check_all(errors);
}

/// The commands of `execute = […]` that run bricklint.
fn hooks(body: &hcl_edit::structure::Body) -> Vec<String> {
    let mut found = Vec::new();
    for block in body.iter().filter_map(|structure| structure.as_block()) {
        found.extend(hooks(&block.body));
        let execute = block.body.get_attribute("execute").and_then(|it| it.value.as_array());
        let words = execute.into_iter().flat_map(|words| words.iter());
        let words: Vec<String> =
            words.filter_map(|it| Some(format!("'{}'", it.as_str()?))).collect();
        if words.iter().any(|word| word.contains("bricklint")) {
            found.push(words.join(" "));
        }
    }
    found
}

#[test]
fn every_flag_is_on_the_page_about_the_command_line() {
    let page = fs::read_to_string("docs/cli.md").unwrap();
    for command in ["check", "facts", "merge"] {
        let help = run([command, "--help"]).stdout;
        let flags = help.lines().filter(|line| line.trim_start().starts_with('-'));
        let lines =
            if command == "check" { help.lines().collect() } else { flags.collect::<Vec<_>>() };
        let missing = lines.into_iter().filter(|line| !page.contains(line.trim_end()));
        check_all(missing.map(|line| format!("docs/cli.md lacks, of {command}: {line}")));
    }
}

/// The step of the page on a bad, a good and a broken plan, read as `doPolicyCheck` in Atlantis's
/// `project_command_runner.go` reads it: both streams, the exit code first, then the text.
#[test]
fn atlantis_takes_the_verdict() {
    let page = fs::read_to_string("docs/atlantis.md").unwrap();
    let step = page.lines().find_map(|line| line.trim().strip_prefix("- run: ")).unwrap();
    let failure = regex::Regex::new("([1-9][0-9]* failure|failures\": \\[)").unwrap();
    let fixture = "fixtures/dns-privatelink-no-zone";
    let cases = [("bad", false), ("good", true), ("broken", false)];
    let errors = cases.into_iter().filter_map(|(case, passes)| {
        let repository = Repository::new();
        let plan = fs::read(format!("{fixture}/{case}/plan.json")).unwrap_or(b"{\"format".to_vec());
        fs::write(repository.0.path().join("tfplan.json"), plan).unwrap();
        let (code, output) = repository.run(step);
        let failed = output.trim().starts_with("FAIL") || failure.is_match(&output);
        let passed = code == 0 && !output.is_empty() && !failed;
        // As the documentation and older versions have it.
        let passed_before = code == 0 && !output.to_lowercase().contains("fail");
        let fine = code == 0 && passed == passes && passed_before == passes;
        (!fine).then(|| format!("{case}: {code} {output}"))
    });
    check_all(errors);
}

/// The step of docs/drift.md that keeps an issue, with a `gh` that notes what it is asked for: the
/// open issue has that body, if there is one.
fn keep_issue(known: Option<&str>, findings: &str) -> String {
    let page = fs::read_to_string("docs/drift.md").unwrap();
    let workflow = blocks(&page).into_iter().find(|(language, _)| *language == "yaml").unwrap().1;
    let workflow = &Yaml::load_from_str(&workflow).unwrap()[0];
    let steps = workflow["jobs"]["drift"]["steps"].as_sequence().unwrap();
    let mut commands = steps.iter().filter_map(|step| step.as_mapping_get("run")?.as_str());
    let step = commands.find(|run| run.contains("gh issue")).unwrap();
    let repository = Repository::new();
    let root = repository.0.path();
    fs::write(root.join("drift.md"), "<!-- bricklint drift -->\n## bricklint: 1 note\n").unwrap();
    fs::write(root.join("body"), known.unwrap_or_default()).unwrap();
    let number = known.map(|_| "7").unwrap_or_default();
    let gh = format!(
        "#!/bin/sh\ncase $2 in list) echo '{number}' ;; view) cat '{0}/body' ;; *) echo \"$@\" >> '{0}/log' ;; esac\n",
        root.display()
    );
    fs::write(root.join("bin/gh"), gh).unwrap();
    fs::set_permissions(root.join("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
    let (code, output) = repository.run(&format!("set -e; FINDINGS={findings}\n{step}"));
    assert_eq!(code, 0, "{output}");
    fs::read_to_string(root.join("log")).unwrap_or_default()
}

#[test]
fn the_issue_about_drift_changes_only_with_the_drift() {
    const BODY: &str = "<!-- bricklint drift -->\r\n## bricklint: 1 note\r\n";
    assert_eq!(keep_issue(None, "1"), "issue create --title Drift --body-file drift.md\n");
    assert_eq!(keep_issue(None, "0"), "");
    assert_eq!(keep_issue(Some(BODY), "1"), "", "GitHub hands line ends back as CRLF");
    assert_eq!(keep_issue(Some(&BODY[..24]), "2"), "issue edit 7 --body-file drift.md\n");
    assert_eq!(keep_issue(Some(BODY), "0"), "issue close 7 --comment Nothing is left.\n");
}

/// A plan of the next night, in which nothing changed but when it was made and how it is ordered.
#[test]
fn reports_about_drift_do_not_churn() {
    let repository = Repository::new();
    let path = repository.0.path().join("drift/tfplan.json");
    let report = |format: &str| {
        let flags = "--show standing --fail-on never --category drift --quiet";
        let (code, output) =
            repository.run(&format!("bricklint check drift/tfplan.json {flags} -o {format}"));
        assert!(code == 0 && output.contains("drift-detected"), "{output}");
        output
    };
    let formats = ["markdown", "sarif", "json", "gitlab", "junit", "concise"];
    let before = formats.map(report);
    let mut plan: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    plan["timestamp"] = "2031-01-01T03:17:00Z".into();
    for list in ["resource_drift", "resource_changes", "relevant_attributes"] {
        let list = plan.get_mut(list).and_then(|list| list.as_array_mut());
        list.into_iter().for_each(|list| list.reverse());
    }
    fs::write(&path, serde_json::to_vec_pretty(&plan).unwrap()).unwrap();
    for (format, before) in formats.into_iter().zip(before) {
        assert_eq!(report(format), before, "{format}");
    }
}
