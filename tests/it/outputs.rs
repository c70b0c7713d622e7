//! What the reports say is true of the plans they are about, has the shape that is promised, and
//! holds no secret.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use bricklint::report::Format;
use clap::ValueEnum;
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use rayon::prelude::*;
use serde_json::Value;

use crate::{
    case::{Case, cases, text},
    common::{Ran, bricklint, check_all, files_below, golden, read_json, run},
    rules::shipped,
};

/// Whole companies, with everything that a report can show.
const ESTATES: [&str; 3] =
    ["fixtures/_estate/bad/plans", "fixtures/_estate/replan/plans", "fixtures/_estate/good/plans"];
const EVERYTHING: [&str; 7] = [
    "check",
    "--no-config",
    "--profile=all",
    "--possible",
    "--show=introduced,standing,fixed",
    "--fail-on=never",
    "--state",
];

fn report(format: &str, path: &str) -> Ran {
    let ran = run(EVERYTHING.into_iter().chain(["-o", format, path]));
    assert_eq!(ran.code, 0, "{path}: {}", ran.stderr);
    ran
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What breaks a schema, with its place.
fn schema_errors(schema: &str, instance: &Value) -> Vec<String> {
    let schema = read_json(schema);
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors = validator.iter_errors(instance);
    errors.map(|error| format!("{}: {error:.300}", error.instance_path())).collect()
}

// JSON

#[test]
fn json_has_its_schema() {
    let paths = ESTATES.into_iter().chain(["fixtures/_input/state.json", "fixtures/_plans"]);
    let errors = paths.flat_map(|path| {
        let ran = run(EVERYTHING.into_iter().chain(["-o", "json", path]));
        let errors = schema_errors("docs/schema/report-1.json", &ran.json());
        errors.into_iter().map(move |error| format!("{path}: {error}"))
    });
    check_all(errors.collect::<Vec<_>>());
}

#[test]
fn json_adds_up() {
    let mut errors = Vec::new();
    for path in ESTATES {
        let report = report("json", path).json();
        let findings = list(&report, "findings");
        let count =
            |wanted: &dyn Fn(&Value) -> bool| findings.iter().filter(|it| wanted(it)).count();
        let counted = |it: &Value| it["change"] != "fixed" && it["verdict"] == "definite";
        let summary = &report["summary"];
        for level in ["error", "warning", "note"] {
            let found = count(&|it| counted(it) && it["severity"] == level);
            if summary[level] != found {
                errors.push(format!(
                    "{path}: {level}: {} in the summary, {found} listed",
                    summary[level]
                ));
            }
        }
        for change in ["introduced", "standing"] {
            let found = count(&|it| counted(it) && it["change"] == change);
            if summary[change] != found {
                errors.push(format!(
                    "{path}: {change}: {} in the summary, {found} listed",
                    summary[change]
                ));
            }
        }
        let possible = count(&|it| it["verdict"] == "possible");
        if summary["possible"] != possible
            || summary["fixed"] != count(&|it| it["change"] == "fixed")
        {
            errors
                .push(format!("{path}: possible or fixed differ: {summary}, {possible} possible"));
        }
        for entry in list(&report, "coverage") {
            let of_rule = |it: &Value| it["rule"] == entry["rule"] && it["change"] != "fixed";
            for verdict in ["definite", "possible"] {
                let found = count(&|it| of_rule(it) && it["verdict"] == verdict);
                if entry[verdict] != found {
                    errors.push(format!("{path}: coverage {entry}, but {found} {verdict}"));
                }
            }
        }
        let rules: BTreeSet<&str> =
            list(&report, "coverage").iter().map(|it| text(it, "rule")).collect();
        let prints: BTreeSet<&str> = findings.iter().map(|it| text(it, "fingerprint")).collect();
        if prints.len() != findings.len() {
            errors.push(format!("{path}: two findings share a fingerprint"));
        }
        for it in findings {
            let print = text(it, "fingerprint");
            let is_hash = print.len() == 16 && print.chars().all(|c| c.is_ascii_hexdigit());
            let page = format!("docs/rules/{}.md", text(it, "rule"));
            if !is_hash || !rules.contains(text(it, "rule")) || !text(it, "docs").ends_with(&page) {
                errors.push(format!("{path}: not whole: {it}"));
            }
        }
        let order = |it: &&Value| (text(it, "unit").to_owned(), text(it, "address").to_owned());
        if !findings.iter().collect::<Vec<_>>().is_sorted_by_key(order) {
            errors.push(format!("{path}: findings are not sorted"));
        }
    }
    check_all(errors);
}

/// Every place that a finding names is in its plan, and what happens there is what the plan says.
#[test]
fn places_and_actions_are_those_of_the_plans() {
    let mut errors = Vec::new();
    for path in ESTATES {
        let report = report("json", path).json();
        let mut places: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for input in list(&report, "inputs") {
            let plan = read_json(text(input, "path"));
            let unit = text(input, "unit");
            for change in
                list(&plan, "resource_changes").iter().chain(list(&plan, "resource_drift"))
            {
                let address = text(change, "address").to_owned();
                let actions = change["change"]["actions"].to_string();
                places.entry((unit.to_owned(), address)).or_default().insert(actions);
            }
            let mut standing = Vec::new();
            state_resources(&plan["prior_state"]["values"]["root_module"], &mut standing);
            for it in standing {
                let address = text(it, "address").to_owned();
                places.entry((unit.to_owned(), address)).or_default();
            }
        }
        for finding in list(&report, "findings") {
            let unit = text(finding, "unit");
            let related = list(finding, "related").iter().chain(Some(&finding["cause"]));
            let addresses = related
                .filter(|it| !it.is_null())
                .map(|it| (text(it, "unit"), text(it, "address")))
                .chain([(unit, text(finding, "address"))]);
            for (unit, address) in addresses {
                let last = address.rsplit('.').nth(1).unwrap_or_default();
                let is_abstract = address.is_empty()
                    || ["output", "var", "provider"].contains(&last)
                    || address.starts_with("provider.");
                if !is_abstract && !places.contains_key(&(unit.to_owned(), address.to_owned())) {
                    errors.push(format!("{path}: {unit} has no {address}: {finding}"));
                }
            }
            let key = (unit.to_owned(), text(finding, "address").to_owned());
            let actions = &finding["actions"];
            let known = places.get(&key).is_none_or(|all| {
                all.is_empty()
                    || all.contains(&actions.to_string())
                    || list(finding, "actions").is_empty()
            });
            if !known {
                errors.push(format!("{path}: not the plan's actions: {finding}"));
            }
        }
    }
    check_all(errors);
}

fn state_resources<'v>(module: &'v Value, out: &mut Vec<&'v Value>) {
    out.extend(list(module, "resources"));
    list(module, "child_modules").iter().for_each(|child| state_resources(child, out));
}

// SARIF

#[test]
fn sarif_has_its_schema_and_means_the_same() {
    let mut errors = Vec::new();
    for path in ESTATES {
        let sarif = report("sarif", path).json();
        errors.extend(
            schema_errors("tests/schemas/sarif-2.1.0.json", &sarif)
                .into_iter()
                .map(|error| format!("{path}: {error}")),
        );
        let json = report("json", path).json();
        let findings = list(&json, "findings");
        let prints: BTreeSet<&str> = findings.iter().map(|it| text(it, "fingerprint")).collect();
        let run = &sarif["runs"][0];
        let rules = list(&run["tool"]["driver"], "rules");
        let mut folded = 0;
        let mut seen = BTreeSet::new();
        for result in list(run, "results") {
            folded += result["properties"]["findings"].as_u64().unwrap_or(1);
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            if rules[at]["id"] != result["ruleId"] {
                errors.push(format!("{path}: ruleIndex and ruleId differ: {result}"));
            }
            let print = result["partialFingerprints"]["bricklint/v1"].as_str().unwrap();
            let print = print.split(':').next().unwrap();
            if !prints.contains(print) || !seen.insert(print.to_owned()) {
                errors.push(format!("{path}: the fingerprint {print} is nobody's, or twice"));
            }
            let related = list(result, "relatedLocations");
            for location in list(result, "locations").iter().chain(related) {
                errors.extend(location_error(location).map(|why| format!("{path}: {why}")));
            }
        }
        if folded != findings.len() as u64 {
            errors.push(format!("{path}: {folded} findings in SARIF, {} in JSON", findings.len()));
        }
    }
    check_all(errors);
}

/// A location names a file of the repository by a relative address, and a line that it has.
fn location_error(location: &Value) -> Option<String> {
    let physical = &location["physicalLocation"];
    let uri = physical["artifactLocation"]["uri"].as_str().unwrap_or_default();
    if uri.starts_with('/') || uri.contains("..") || uri.contains("://") || uri.contains('\\') {
        return Some(format!("not relative: {uri}"));
    }
    let Ok(source) = fs::read_to_string(uri) else { return Some(format!("no such file: {uri}")) };
    let line = physical["region"]["startLine"].as_u64().unwrap_or_default();
    let lines = source.lines().count() as u64;
    (line == 0 || line > lines).then(|| format!("{uri} has no line {line}"))
}

// Other formats

/// What a small plan and a missing one look like in each format; for people to read the diff.
#[test]
fn every_format_is_as_committed() {
    let errors = formats().into_iter().filter_map(|format| {
        let args = ["check", "--no-config", "--select", "uc-metastore-region-mismatch"];
        let more = ["--category", "example", "-o", &format, "fixtures/_formats", "missing.json"];
        let ran = run(args.into_iter().chain(more));
        let ending = match format.as_str() {
            "json" | "sarif" | "gitlab" => "json",
            "junit" => "xml",
            "markdown" => "md",
            _ => "txt",
        };
        golden(&Path::new("tests/formats").join(format!("{format}.{ending}")), &ran.stdout).err()
    });
    check_all(errors.collect::<Vec<_>>());
}

#[test]
fn gitlab_has_its_schema_and_every_finding() {
    let mut errors = Vec::new();
    for path in ESTATES {
        let entries = report("gitlab", path).json();
        let broken = schema_errors("tests/schemas/gitlab-codequality.json", &entries);
        errors.extend(broken.into_iter().map(|error| format!("{path}: {error}")));
        let json = report("json", path).json();
        let of = |list: &[Value]| -> BTreeSet<String> {
            list.iter().map(|it| text(it, "fingerprint").to_owned()).collect()
        };
        let entries = entries.as_array().unwrap();
        if of(entries) != of(list(&json, "findings")) {
            errors.push(format!("{path}: other findings than in JSON"));
        }
        for entry in entries {
            let file = text(&entry["location"], "path");
            if !Path::new(file).is_file() {
                errors.push(format!("{path}: no such file: {file}"));
            }
        }
    }
    check_all(errors);
}

// Strings of a plan

/// A key of `for_each` may hold anything: it must not act on a terminal, nor on a runner that reads
/// commands from the log.
#[test]
fn what_a_plan_says_does_nothing() {
    const ASSIGNMENT: &str = "databricks_metastore_assignment.analytics";
    let hostile = "a\u{1b}[31m\r\n::error::x\u{202e}##[group]y";
    let mut plan = read_json("fixtures/uc-metastore-region-mismatch/bad/plan.json");
    for change in plan["resource_changes"].as_array_mut().unwrap() {
        if change["address"] == ASSIGNMENT {
            let key = serde_json::to_string(hostile).unwrap();
            change["address"] = format!("{ASSIGNMENT}[{key}]").into();
            change["index"] = hostile.into();
        }
    }
    plan["terraform_version"] = hostile.into();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("plan.json"), plan.to_string()).unwrap();
    for format in formats() {
        let mut command = bricklint();
        command.current_dir(dir.path()).args(EVERYTHING).args(["-o", &format, "plan.json"]);
        let ran = Ran::of(&mut command);
        assert!(ran.stdout.contains(ASSIGNMENT), "{format}: {ran:#?}");
        for line in ran.stdout.lines().chain(ran.stderr.lines()) {
            let acts = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!line.contains(acts), "{format}: {line:?}");
            let commands = ["::error title=", "::warning title=", "::notice title="];
            let ours = format == "github" && commands.iter().any(|it| line.starts_with(it));
            assert!(ours || !line.trim_start().starts_with("::"), "{format}: {line:?}");
            assert!(!line.contains("##["), "{format}: {line:?}");
        }
    }
}

fn formats() -> Vec<String> {
    let all = Format::value_variants().iter().filter_map(Format::to_possible_value);
    all.map(|value| value.get_name().to_owned()).collect()
}

// Secrets

/// Shorter ones occur everywhere; rules never write them in the first place.
const SHORTEST: usize = 6;

#[test]
fn no_output_holds_a_secret() {
    let mut documents = files_below("fixtures", ".json");
    documents.extend(files_below("fixtures", ".tfstate"));
    documents.retain(|path| !path.starts_with("fixtures/_input"));
    let scratch = tempfile::tempdir().unwrap();
    let results: Vec<(usize, Vec<String>)> = documents
        .par_iter()
        .enumerate()
        .map(|(at, path)| leaks(path, &scratch.path().join(at.to_string())))
        .collect();
    let secrets: usize = results.iter().map(|(secrets, _)| secrets).sum();
    assert!(secrets > 100, "the fixtures have secrets to look for, not {secrets}");
    check_all(results.into_iter().flat_map(|(_, errors)| errors));
}

/// Names of IAM's own that stand in help.
const IN_HELP: [&str; 3] = ["ArnLike", "aws:PrincipalArn", "sts:ExternalId"];

/// Where a plan masks everything, no value of it is in any text about it: neither in what rules say
/// nor in the lines that stand for a resource. Rules judge as before, so each has something to say.
#[test]
fn a_plan_that_masks_everything_gives_nothing_away() {
    let cases: Vec<Case> = shipped().iter().flat_map(|rule| cases(&rule.meta().id)).collect();
    let scratch = tempfile::tempdir().unwrap();
    let results: Vec<(usize, Vec<String>)> = cases
        .par_iter()
        .enumerate()
        .map(|(at, case)| gives_away(case, &scratch.path().join(at.to_string())))
        .collect();
    let findings: usize = results.iter().map(|(findings, _)| findings).sum();
    assert!(2 * findings > cases.len(), "only {findings} findings");
    check_all(results.into_iter().flat_map(|(_, errors)| errors));
}

/// A value that is masked in one place and stands encoded, unmasked, in another that a finding
/// shows: in the message and excerpt of an estate rule, and in those of a rule on one plan.
#[test]
fn an_encoded_secret_is_a_secret() {
    const SECRET: &str = "hunter2-Hunter2-hunter2";
    let token = ["dapi", "a4c123b1612dd272d1371c17149d4395"].concat();
    let hide_in = |plan: &mut Value, address: &str, attribute: &str, encoded: &str| {
        let changes = plan["resource_changes"].as_array_mut().unwrap();
        let it = changes.iter_mut().find(|it| it["address"] == address).unwrap();
        it["change"]["after"][attribute] = encoded.into();
        let other = changes.iter_mut().find(|it| it["address"] != address).unwrap();
        other["change"]["after"]["comment"] = SECRET.into();
        other["change"]["after_sensitive"]["comment"] = true.into();
    };
    let cases = [
        ("uc-metastore-region-mismatch", "databricks_metastore.frankfurt", "region"),
        ("prov-workspace-resource-on-account-provider", "databricks_cluster_policy.small", "name"),
    ];
    let mut errors = Vec::new();
    let encoded = [SECRET, &token].map(|it| BASE64.encode(it.as_bytes()));
    for ((rule, address, attribute), encoded) in
        cases.into_iter().flat_map(|case| encoded.iter().map(move |it| (case, it)))
    {
        let mut plan = read_json(format!("fixtures/{rule}/bad/plan.json"));
        hide_in(&mut plan, address, attribute, encoded);
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("plan.json"), plan.to_string()).unwrap();
        for format in formats() {
            let mut command = bricklint();
            command.current_dir(dir.path()).args(EVERYTHING);
            let ran = Ran::of(command.args(["--select", rule, "-o", &format, "plan.json"]));
            assert!(ran.stdout.contains(rule), "{ran:#?}");
            if ran.stdout.contains(encoded) {
                errors
                    .push(format!("{rule}: {address}.{attribute} is in {format}: {}", ran.stdout));
            }
        }
    }
    check_all(errors);
}

/// A secret that is the key of a map stands in the paths of findings, in those of places that they are
/// related to, and in lines that stand for a resource. A token is known by its form, whichever rules run;
/// another one by its mask, and by its looks where it is a key of what is masked. Their fingerprints hang on
/// none of them.
#[test]
fn a_secret_that_is_a_key_is_in_no_path() {
    let token = |end: &str| ["dapi", "a4c123b1612dd272d1371c17149d43", end].concat();
    let masked = |end: &str| format!("hunter2-Hunter2-hunter{end}");
    let mut prints: Vec<BTreeSet<String>> = Vec::new();
    let mut errors = Vec::new();
    for end in ["95", "96"] {
        let keys = [token(end), masked(end), format!("Zk3xQ9vT5wLm2Rt8Yc1H{end}")];
        let mut plan = read_json("fixtures/sec-taint-in-plain-attribute/bad/plan.json");
        plan["variables"]["db_user"] = serde_json::json!({ "value": keys[1] });
        let declared = &mut plan["configuration"]["root_module"]["variables"];
        declared["db_user"] = serde_json::json!({ "sensitive": true });
        declared["labels"] = serde_json::json!({ "sensitive": true });
        plan["variables"]["labels"] = serde_json::json!({ "value": { keys[2].as_str(): "data" } });
        let secret = plan["variables"]["db_password"]["value"].clone();
        let changes = plan["resource_changes"].as_array_mut().unwrap();
        let queue = changes.iter_mut().find(|it| it["type"] == "aws_sqs_queue").unwrap();
        for tags in ["tags", "tags_all"] {
            for key in &keys {
                queue["change"]["after"][tags][key.as_str()] = secret.clone();
            }
        }
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("plan.json"), plan.to_string()).unwrap();
        for select in [&[][..], &["--select", "sec-taint-in-plain-attribute"]] {
            for format in formats() {
                let mut command = bricklint();
                command.current_dir(dir.path()).args(EVERYTHING).args(select);
                let ran = Ran::of(command.args(["-o", &format, "plan.json"]));
                assert!(ran.stdout.contains("sec-taint-in-plain-attribute"), "{ran:#?}");
                let output = format!("{}{}", ran.stdout, ran.stderr);
                for key in keys.iter().filter(|key| output.contains(key.as_str())) {
                    errors.push(format!("{key} is in {format} with {select:?}"));
                }
                if format == "json" {
                    let report = ran.json();
                    let all = list(&report, "findings").iter();
                    prints.push(all.map(|it| text(it, "fingerprint").to_owned()).collect());
                }
            }
        }
    }
    check_all(errors);
    assert_eq!(prints[..2], prints[2..], "a fingerprint is the digest of a key");
}

/// A literal beside a generated token in one map does not come from there, nor does what is no secret.
#[test]
fn a_secret_comes_from_its_own_source_only() {
    let plan = "fixtures/sec-secret-in-state/bad-literal-beside/plan.json";
    let ran = run([
        "check",
        "--no-config",
        "--select=sec-secret-in-state",
        "--fail-on=never",
        "-o=json",
        plan,
    ]);
    let report = ran.json();
    let sources = |it: &Value| -> Vec<String> {
        list(it, "related").iter().map(|it| text(it, "address").to_owned()).collect()
    };
    let found: BTreeMap<&str, Vec<String>> =
        list(&report, "findings").iter().map(|it| (text(it, "address"), sources(it))).collect();
    let of = |key: &str| found[format!("databricks_secret.fe[\"{key}\"]").as_str()].clone();
    assert_eq!(of("api-token"), ["random_password.r"]);
    assert_eq!(of("jdbc-password"), [""; 0]);
    assert_eq!(of("region"), [""; 0]);
}

/// How many findings the masked plans of a case have, and which of their values are in a text.
fn gives_away(case: &Case, scratch: &Path) -> (usize, Vec<String>) {
    fs::create_dir(scratch).unwrap();
    let mut strings = Strings::default();
    for path in case.groups().remove(0) {
        let mut document = read_json(&path);
        mask(&mut document);
        strings.document(&document);
        // A unit is called as its file is, whatever the plan says.
        strings.addresses.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
        fs::write(scratch.join(path.file_name().unwrap()), document.to_string()).unwrap();
    }
    let mut command = bricklint();
    command.args(EVERYTHING).args(["--unit-root", ".", "-o", "terminal", "-o", "json=report", "."]);
    let terminal = Ran::of(command.current_dir(scratch)).stdout;
    let report = read_json(scratch.join("report"));
    let findings = list(&report, "findings");
    let mut said: Vec<(String, String)> = Vec::new();
    for it in findings {
        let related = list(it, "related").iter().map(|it| text(it, "label"));
        for said_text in related.chain([text(it, "message"), text(it, "help")]) {
            said.push((text(it, "rule").to_owned(), said_text.to_owned()));
        }
    }
    let mut errors = Vec::new();
    for (secret, place) in strings.secrets(&[]) {
        // A plain word is in our own sentences too, and so is the name of a tier.
        let is_word = secret.chars().all(|c| c.is_ascii_lowercase() || " _-".contains(c));
        let is_ours = is_word || secret.chars().all(|c| c.is_ascii_uppercase());
        if is_ours || IN_HELP.contains(&secret.as_str()) {
            continue;
        }
        for (rule, text) in said.iter().filter(|(_, text)| text.contains(&secret)) {
            errors.push(format!("{}: {rule} tells {place}: {text}", case.dir.display()));
        }
        let line = terminal.lines().find(|line| line.contains(&secret));
        errors.extend(line.map(|line| format!("{}: shown of {place}: {line}", case.dir.display())));
    }
    (findings.len(), errors)
}

/// Masks every value of a plan or state.
pub(crate) fn mask(document: &mut Value) {
    for key in ["resource_changes", "resource_drift"] {
        for it in members(document, key) {
            it["change"]["before_sensitive"] = true.into();
            it["change"]["after_sensitive"] = true.into();
        }
    }
    for it in members(document, "output_changes") {
        it["before_sensitive"] = true.into();
        it["after_sensitive"] = true.into();
    }
    if let Some(module) = document.pointer_mut("/configuration/root_module") {
        members(module, "variables").for_each(|it| it["sensitive"] = true.into());
    }
    for path in ["/values", "/planned_values", "/prior_state/values"] {
        if let Some(values) = document.pointer_mut(path) {
            members(values, "outputs").for_each(|it| it["sensitive"] = true.into());
            values.get_mut("root_module").into_iter().for_each(mask_module);
        }
    }
    for it in members(document, "resources").flat_map(|it| members(it, "instances")) {
        let names = it["attributes"].as_object().into_iter().flat_map(|it| it.keys());
        let path = |name: &String| serde_json::json!([{"type": "get_attr", "value": name}]);
        it["sensitive_attributes"] = names.map(path).collect();
    }
}

fn mask_module(module: &mut Value) {
    members(module, "resources").for_each(|it| it["sensitive_values"] = true.into());
    members(module, "child_modules").for_each(mask_module);
}

/// What a list or an object below a key holds; nothing where there is no such key.
fn members<'v>(value: &'v mut Value, key: &str) -> Box<dyn Iterator<Item = &'v mut Value> + 'v> {
    match value.get_mut(key) {
        Some(Value::Array(items)) => Box::new(items.iter_mut()),
        Some(Value::Object(members)) => Box::new(members.values_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Looks for the secrets of one document in every output about it; how many there are, and what
/// was found, without showing it.
fn leaks(path: &Path, scratch: &Path) -> (usize, Vec<String>) {
    let Ok(document) = serde_json::from_slice::<Value>(&fs::read(path).unwrap()) else {
        return (0, Vec::new());
    };
    let mut strings = Strings::default();
    strings.document(&document);
    fs::create_dir(scratch).unwrap();
    let files: Vec<(String, PathBuf)> =
        formats().into_iter().map(|it| (it.clone(), scratch.join(it))).collect();
    let mut command = bricklint();
    command.args(EVERYTHING).arg("--verbose").arg(path);
    for (format, file) in &files {
        command.arg("-o").arg(format!("{format}={}", file.display()));
    }
    let ran = Ran::of(&mut command);
    let Ok(report) = fs::read_to_string(scratch.join("json")) else { return (0, Vec::new()) };
    let report: Value = serde_json::from_str(&report).unwrap();
    let secrets = strings.secrets(&found_by_rules(&report, &document));
    if secrets.is_empty() {
        return (0, Vec::new());
    }
    let mut outputs: Vec<(String, String)> = files
        .iter()
        .map(|(format, file)| (format.clone(), fs::read_to_string(file).unwrap()))
        .collect();
    outputs.push(("stderr".to_owned(), ran.stderr));
    outputs.push(("the baseline".to_owned(), baseline(path, &scratch.join("baseline"))));
    outputs.push(("the facts".to_owned(), facts(path, &scratch.join("facts"))));
    let mut errors = Vec::new();
    for (secret, source) in &secrets {
        let forms = forms(secret);
        for (format, output) in &outputs {
            if let Some((form, _)) = forms.iter().find(|(_, form)| output.contains(form.as_str())) {
                let length = secret.chars().count();
                errors.push(format!(
                    "{}: the {form} of {source} ({length} characters) is in {format}",
                    path.display()
                ));
            }
        }
    }
    (secrets.len(), errors)
}

/// A baseline of everything that is found in a document.
fn baseline(path: &Path, file: &Path) -> String {
    let mut command = bricklint();
    command.args(EVERYTHING).args(["--write-baseline", "--write-anyway", "--baseline"]);
    let ran = Ran::of(command.arg(file).arg(path));
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
}

/// The facts of a document.
fn facts(path: &Path, file: &Path) -> String {
    let ran = run([
        "facts".as_ref(),
        "--no-config".as_ref(),
        "--profile=all".as_ref(),
        "--state".as_ref(),
        "--out".as_ref(),
        file.as_os_str(),
        path.as_os_str(),
    ]);
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
}

/// The values that rules about secrets point at: they need no mask to be secret.
fn found_by_rules(report: &Value, document: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for it in list(report, "findings") {
        let is_secret = text(it, "rule").starts_with("sec-") && it["verdict"] == "definite";
        if !is_secret {
            continue;
        }
        let mut found = Vec::new();
        let is_key = text(it, "message").ends_with("as a key of a map");
        if !is_key {
            outside_values(document, it, &mut found);
        }
        if let Some(attribute) = it["attribute"].as_str() {
            let source = format!("{}.{attribute}", text(it, "address"));
            let changes = list(document, "resource_changes").iter();
            for change in changes.filter(|change| change["address"] == it["address"]) {
                for side in ["before", "after"] {
                    let mut take = |text: &str| found.push((text.to_owned(), source.clone()));
                    if is_key {
                        let map = change["change"][side][attribute].as_object();
                        let keys = map.into_iter().flat_map(|map| map.keys());
                        keys.filter(|key| key.len() > 30).for_each(|key| take(key));
                    } else {
                        at_path(&change["change"][side], attribute, &mut take);
                    }
                }
            }
        }
        found.retain(|(value, _)| !is_no_secret(it, value));
        all.extend(found);
    }
    all
}

/// Values that a rule about secrets points at although they are none themselves. What another rule
/// points at, or the plan masks, stays a secret.
fn is_no_secret(finding: &Value, value: &str) -> bool {
    match text(finding, "rule") {
        // The id and the DNS name of a vault.
        "sec-keyvault-scope-aws" => finding["attribute"] == "keyvault_metadata",
        // Names a scope and a key, and is quoted so that people can mend it; what is not quoted may be a
        // secret. A longer value refers to one; what else is in it is for other rules to judge.
        "sec-secret-ref-malformed" => {
            let message = text(finding, "message");
            message.contains(value) || message.contains("a part of a longer value")
        }
        // By its form or its origin it is none, though it stands in a store for secrets.
        "sec-secret-in-state" => finding["severity"] == "note",
        _ => false,
    }
}

/// What stands where a finding points that is no value of a resource: defaults and values of
/// variables, literals in provider blocks and in arguments, outputs.
fn outside_values(document: &Value, finding: &Value, found: &mut Vec<(String, String)>) {
    let address = text(finding, "address");
    let attribute = finding["attribute"].as_str().unwrap_or_default();
    let mut module = &document["configuration"]["root_module"];
    let mut rest = address;
    while let Some((name, inner)) = rest.strip_prefix("module.").and_then(|it| it.split_once('.')) {
        module = &module["module_calls"][name.split('[').next().unwrap()]["module"];
        rest = inner;
    }
    let source = format!("{address}.{attribute}");
    let mut take = |text: &str| found.push((text.to_owned(), source.clone()));
    let constant = format!("{attribute}.constant_value");
    if let Some(name) = rest.strip_prefix("var.") {
        every_string(&module["variables"][name]["default"], &mut take);
        document["variables"][name]["value"].as_str().into_iter().for_each(take);
    } else if let Some(key) = address.strip_prefix("provider.") {
        let block = &document["configuration"]["provider_config"][key];
        at_path(&block["expressions"], &constant, &mut take);
    } else if let Some(name) = rest.strip_prefix("output.") {
        document["output_changes"][name]["after"].as_str().into_iter().for_each(take);
    } else {
        let name = rest.split('[').next().unwrap();
        let block = list(module, "resources").iter().find(|it| it["address"] == name);
        block.into_iter().for_each(|it| at_path(&it["expressions"], &constant, &mut take));
    }
}

/// Every string at a path such as `user[].password`, `vpc[0].id` or `options["key"]`.
fn at_path(value: &Value, path: &str, take: &mut impl FnMut(&str)) {
    if path.is_empty() {
        return every_string(value, take);
    }
    if let Some(rest) = path.strip_prefix('[') {
        let (key, rest) = match rest.strip_prefix('"').and_then(|rest| rest.split_once("\"]")) {
            Some((key, rest)) => return at_path(&value[key], rest, take),
            None => rest.split_once(']').unwrap_or((rest, "")),
        };
        match key.parse::<usize>() {
            Ok(index) => at_path(&value[index], rest, take),
            Err(_) => {
                value.as_array().into_iter().flatten().for_each(|it| at_path(it, rest, take));
            }
        }
        return;
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    match value.as_array() {
        // A block that stands in a list of one.
        Some(items) => items.iter().for_each(|it| at_path(it, path, take)),
        None => at_path(&value[name], rest, take),
    }
}

fn every_string(value: &Value, take: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(items) => items.iter().for_each(|item| every_string(item, take)),
        Value::Object(members) => members.values().for_each(|item| every_string(item, take)),
        _ => {}
    }
}

/// The strings of a document, by whether it masks them.
#[derive(Default)]
struct Strings {
    /// With a place for people.
    masked: BTreeMap<String, String>,
    shown: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

impl Strings {
    fn document(&mut self, document: &Value) {
        for change in
            list(document, "resource_changes").iter().chain(list(document, "resource_drift"))
        {
            let address = text(change, "address");
            self.addresses.insert(address.to_owned());
            let change = &change["change"];
            self.masked(&change["before"], &change["before_sensitive"], address);
            self.masked(&change["after"], &change["after_sensitive"], address);
        }
        for (name, change) in document["output_changes"].as_object().into_iter().flatten() {
            self.masked(&change["before"], &change["before_sensitive"], name);
            self.masked(&change["after"], &change["after_sensitive"], name);
        }
        let declared = &document["configuration"]["root_module"]["variables"];
        for (name, variable) in document["variables"].as_object().into_iter().flatten() {
            self.masked(&variable["value"], &declared[name]["sensitive"], &format!("var.{name}"));
        }
        every_string(&document["configuration"]["provider_config"], &mut |text| {
            self.shown.insert(text.to_owned());
        });
        for values in
            [&document["values"], &document["planned_values"], &document["prior_state"]["values"]]
        {
            for (name, output) in values["outputs"].as_object().into_iter().flatten() {
                self.masked(&output["value"], &output["sensitive"], name);
            }
            let mut resources = Vec::new();
            state_resources(&values["root_module"], &mut resources);
            for it in resources {
                let address = text(it, "address");
                self.addresses.insert(address.to_owned());
                self.masked(&it["values"], &it["sensitive_values"], address);
            }
        }
        self.raw_state(document);
    }

    /// `terraform.tfstate` lists paths instead of a mask.
    fn raw_state(&mut self, state: &Value) {
        for resource in list(state, "resources") {
            let place = format!("{}.{}", text(resource, "type"), text(resource, "name"));
            for instance in list(resource, "instances") {
                let mut rest = instance["attributes"].clone();
                for path in list(instance, "sensitive_attributes") {
                    let steps = path.as_array().into_iter().flatten();
                    let value = steps.fold(&mut rest, |value, step| {
                        let step = &step["value"];
                        match step.as_str().or_else(|| step["value"].as_str()) {
                            Some(name) => &mut value[name],
                            None => &mut value[step["value"].as_u64().unwrap_or(0) as usize],
                        }
                    });
                    self.masked(&value.take(), &Value::Bool(true), &place);
                }
                every_string(&rest, &mut |text| {
                    self.shown.insert(text.to_owned());
                });
            }
        }
    }

    fn masked(&mut self, value: &Value, mask: &Value, place: &str) {
        match (value, mask) {
            (_, Value::Bool(true)) => every_string(value, &mut |text| {
                self.masked.insert(text.to_owned(), place.to_owned());
            }),
            (Value::Object(members), _) => {
                for (name, member) in members {
                    self.masked(member, &mask[name], place);
                }
            }
            (Value::Array(items), _) => {
                for (at, item) in items.iter().enumerate() {
                    self.masked(item, &mask[at], place);
                }
            }
            (Value::String(text), _) => {
                self.shown.insert(text.clone());
            }
            _ => {}
        }
    }

    /// What no output may hold. What the same plan shows elsewhere is public, but for what a rule
    /// found to be a secret: that is public only as a part of an address.
    fn secrets(&self, found: &[(String, String)]) -> Vec<(String, String)> {
        let public = |secret: &str, places: &BTreeSet<String>| {
            places.iter().any(|place| place.contains(secret))
        };
        let masked = self.masked.iter().map(|(secret, place)| (secret.clone(), place.clone()));
        let masked = masked.filter(|(secret, _)| !public(secret, &self.shown));
        let all: BTreeMap<String, String> = masked
            .chain(found.iter().cloned())
            .filter(|(secret, _)| secret.chars().count() >= SHORTEST)
            .filter(|(secret, _)| !public(secret, &self.addresses))
            .collect();
        all.into_iter().collect()
    }
}

/// The spellings of a secret that an output may have.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::to_string(secret).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let go = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let percent = |keep: &str| -> String {
        let byte = |byte: u8| match char::from(byte) {
            letter if letter.is_ascii_alphanumeric() || keep.contains(letter) => letter.to_string(),
            _ => format!("%{byte:02X}"),
        };
        secret.bytes().map(byte).collect()
    };
    let strict = percent("-._~");
    let mut forms = vec![
        ("text", secret.to_owned()),
        ("JSON form", json),
        ("JSON form", go),
        ("percent form", strict.replace("%20", "+")),
        ("percent form", strict),
        ("percent form", percent("-._~/:@!$&'()*+,;=")),
    ];
    for encoding in [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD] {
        forms.push(("base64 form", encoding.encode(secret.as_bytes())));
    }
    forms
}

#[test]
fn secrets_are_looked_for_in_every_form() {
    let has = |text: &str| forms("p&ss wörd").iter().any(|(_, form)| text.contains(form));
    for text in ["p&ss wörd", "p\\u0026ss wörd", "p%26ss%20w%C3%B6rd", "p%26ss+w%C3%B6rd"] {
        assert!(has(text), "{text}");
    }
    assert!(has("cCZzcyB3w7ZyZA=="));
    let mut found = Vec::new();
    let value =
        serde_json::json!({"user": [{"password": "a"}, {"password": "b"}], "o": {"k.x": "c"}});
    for path in ["user[].password", "user[1].password", "o[\"k.x\"]", "user.password"] {
        at_path(&value, path, &mut |text| found.push(text.to_owned()));
    }
    assert_eq!(found, ["a", "b", "b", "c", "a", "b"]);
}
