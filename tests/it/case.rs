//! A fixture of a rule: `fixtures/<rule>/<case>/` with plans and what must be found in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use serde::Deserialize;
use serde_json::Value;

use crate::common::{bricklint, entries, name};

/// `expect.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// The rule; `estate` for the whole companies of `fixtures/_estate`.
    pub(crate) rule: String,
    /// What is in the plans, for people.
    #[serde(rename = "why")]
    _why: String,
    /// What must be found without the source; nothing else may be.
    pub(crate) expect: Vec<Expected>,
    /// What must be found with it, where that is something else.
    #[serde(default)]
    pub(crate) with_source: Option<Vec<Expected>>,
    /// Addresses on which nothing is decided.
    #[serde(default)]
    pub(crate) undecided: BTreeSet<String>,
    /// Settings of the rule.
    #[serde(default)]
    pub(crate) config: BTreeMap<String, Value>,
    /// In a whole company: from which level on a finding that is not listed is wrong.
    #[serde(default)]
    pub(crate) level: Option<String>,
}

/// A finding that must be there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// Only in `fixtures/_estate`, where findings of many rules are listed.
    #[serde(default)]
    pub(crate) rule: Option<String>,
    #[serde(default)]
    pub(crate) unit: Option<String>,
    pub(crate) address: String,
    /// For people: which attribute of several that disagree is named is a matter of taste.
    #[serde(default, rename = "attribute")]
    _attribute: Option<String>,
    #[serde(default = "definite")]
    pub(crate) verdict: String,
    #[serde(default)]
    pub(crate) severity: Option<String>,
    /// Other addresses where the finding may stand as well, some as `unit:address`.
    #[serde(default)]
    pub(crate) alternatives: Vec<String>,
    #[serde(default, rename = "why")]
    _why: Option<String>,
}

fn definite() -> String {
    "definite".to_owned()
}

impl Expect {
    pub(crate) fn read(dir: &Path) -> Expect {
        let path = dir.join("expect.json");
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// One directory of plans.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) dir: PathBuf,
    pub(crate) rule: String,
    pub(crate) expect: Expect,
}

/// Directories of `fixtures` that belong to a rule.
pub(crate) fn rule_dirs() -> Vec<PathBuf> {
    let mut dirs = entries("fixtures");
    dirs.retain(|dir| dir.is_dir() && !name(dir).starts_with('_'));
    dirs
}

/// The fixtures of a rule, sorted by name.
pub(crate) fn cases(rule: &str) -> Vec<Case> {
    let mut dirs = entries(format!("fixtures/{rule}"));
    dirs.retain(|dir| dir.is_dir());
    dirs.into_iter()
        .map(|dir| Case { rule: rule.to_owned(), expect: Expect::read(&dir), dir })
        .collect()
}

impl Case {
    /// The directory's name: `bad`, `good-2`, `unknown`, `estate`…
    pub(crate) fn name(&self) -> &str {
        name(&self.dir)
    }

    /// Plans and states that are judged together. States beside plans are the same resources
    /// once more, so each is judged alone.
    pub(crate) fn groups(&self) -> Vec<Vec<PathBuf>> {
        let is_state =
            |path: &PathBuf| name(path).starts_with("state.") || name(path).ends_with(".tfstate");
        let mut files = entries(&self.dir);
        files.retain(|path| {
            let name = name(path);
            (name.ends_with(".json") || name.ends_with(".tfstate"))
                && name != "expect.json"
                && !name.ends_with(".tf.json")
        });
        let (states, plans): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(is_state);
        match (states.is_empty(), plans.is_empty()) {
            (true, _) => vec![plans],
            (false, true) => vec![states],
            (false, false) => {
                [plans].into_iter().chain(states.into_iter().map(|state| vec![state])).collect()
            }
        }
    }

    /// Whether its plans have their configuration beside them.
    pub(crate) fn has_source(&self) -> bool {
        entries(&self.dir).iter().any(|path| name(path).ends_with(".tf"))
    }

    /// `bricklint check` on one group, with this rule alone and no source: a rule has to do without.
    /// Units are called as in `expect.json`, wherever the repository lies. `scratch` takes the
    /// configuration.
    pub(crate) fn check(&self, group: &[PathBuf], scratch: &Path) -> Command {
        let mut command = self.check_with_source(group, scratch);
        command.args(["--source-root", "none"]);
        command
    }

    /// The same with the source that lies beside the plans.
    pub(crate) fn check_with_source(&self, group: &[PathBuf], scratch: &Path) -> Command {
        let mut command = bricklint();
        let flags = ["--quiet", "--select", &self.rule, "--fail-on", "never", "--unit-root"];
        command.arg("check").args(flags).arg(&self.dir);
        if self.expect.config.is_empty() {
            command.arg("--no-config");
        } else {
            let mut text = format!("[rules.\"{}\"]\n", self.rule);
            for (key, value) in &self.expect.config {
                // JSON's texts, numbers, booleans and lists of them are TOML's.
                text.push_str(&format!("{key} = {value}\n"));
            }
            let path = scratch.join(format!("{}.{}.toml", self.rule, self.name()));
            fs::write(&path, text).unwrap();
            command.arg("--config").arg(path);
        }
        command.args(group);
        command
    }
}

/// Holds the findings of a group of plans, as `-o json` writes them, against what is expected
/// there: everything with its verdict, and its level where that matters, and nothing else.
pub(crate) fn mistakes(
    case: &Case,
    wanted: &[Expected],
    group: &[PathBuf],
    findings: &[Value],
) -> Vec<String> {
    let expect = &case.expect;
    let alone = case.groups().len() == 1;
    let of_group = |unit: &Option<String>| {
        let unit = unit.as_deref().unwrap_or_default();
        group.iter().any(|path| {
            let name = name(path);
            unit == name || name.rsplit_once('.').is_some_and(|(stem, _)| unit == stem)
        })
    };
    let wanted: Vec<&Expected> = wanted
        .iter()
        .filter(|it| !expect.undecided.contains(&it.address) && (alone || of_group(&it.unit)))
        .collect();
    let found: Vec<&Value> = findings
        .iter()
        .filter(|it| it["change"] != "fixed" && !expect.undecided.contains(text(it, "address")))
        .collect();

    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for want in wanted {
        let hits: Vec<usize> =
            (0..found.len()).filter(|at| meets(found[*at], want, group.len() > 1)).collect();
        let has = |field: &str, value: &str| hits.iter().any(|at| text(found[*at], field) == value);
        let address = &want.address;
        if hits.is_empty() {
            wrong.push(format!("missed {} at {address}", want.verdict));
        } else if let Some(level) = want.severity.as_deref().filter(|level| !has("severity", level))
        {
            wrong.push(format!("{address} is not {level}"));
        } else if !has("verdict", &want.verdict) {
            wrong.push(format!("{address} is not {}", want.verdict));
        }
        used.extend(hits);
    }
    for (at, it) in found.iter().enumerate() {
        if !used.contains(&at) {
            let (verdict, address) = (text(it, "verdict"), text(it, "address"));
            wrong.push(format!("false {verdict} at {address}: {}", text(it, "message")));
        }
    }
    wrong
}

/// Whether a finding stands where an expectation wants one: there, or related to it. Units count
/// only where there are several.
pub(crate) fn meets(finding: &Value, want: &Expected, by_unit: bool) -> bool {
    let unit = text(finding, "unit");
    let related = finding["related"].as_array().into_iter().flatten();
    let mut places = related
        .map(|it| (it["unit"].as_str().unwrap_or(unit), text(it, "address")))
        .chain([(unit, text(finding, "address"))]);
    let unit_is = |unit: &str, wanted: Option<&str>| {
        let Some(wanted) = wanted.filter(|_| by_unit) else { return true };
        unit == wanted || unit.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('/'))
    };
    let alternatives = want.alternatives.iter().map(|text| match split_unit(text) {
        Some((unit, address)) => (Some(unit), address),
        None => (want.unit.as_deref(), text.as_str()),
    });
    let wanted: Vec<(Option<&str>, &str)> =
        alternatives.chain([(want.unit.as_deref(), want.address.as_str())]).collect();
    places.any(|(unit, address)| {
        wanted.iter().any(|(wanted, there)| address == *there && unit_is(unit, *wanted))
    })
}

/// `live/eu:aws_x.y` is an address in a unit; an address alone has no colon before its first dot
/// or bracket.
fn split_unit(text: &str) -> Option<(&str, &str)> {
    let (unit, address) = text.split_once(':')?;
    let is_unit = unit.chars().all(|c| c.is_alphanumeric() || "_./-".contains(c));
    (is_unit && address.contains(['.', '['])).then_some((unit, address))
}

/// A text of a JSON object; empty where it is missing or null.
pub(crate) fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}
