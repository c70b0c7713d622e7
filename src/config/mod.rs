//! `bricklint.toml`: what was written, checked against what exists, with errors on its line.

mod waiver;

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;

use crate::lint::{Category, ParamValue, RuleMeta, Severity};

pub use waiver::{DAY, Waiver, day};

/// The file's name.
pub const FILE_NAME: &str = "bricklint.toml";

/// The settings of one file. Each twin of a flag has the flag's name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    profile: Option<Vec<Spanned<String>>>,
    select: Option<Vec<Spanned<String>>>,
    ignore: Option<Vec<Spanned<String>>>,
    fail_on: Option<Spanned<String>>,
    show: Option<Spanned<Vec<Spanned<String>>>>,
    possible: Option<bool>,
    unit_root: Option<Spanned<PathBuf>>,
    source_root: Option<Spanned<String>>,
    rules_dir: Option<Vec<Spanned<PathBuf>>>,
    baseline: Option<Spanned<PathBuf>>,
    #[serde(default)]
    waiver: Vec<waiver::Table>,
    #[serde(default)]
    reviewers: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<toml::Value>>>,
}

/// What a configuration file says, with relative paths resolved against its directory.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file; none with `--no-config` or where there is none.
    pub path: Option<PathBuf>,
    /// Profiles to add.
    pub profile: Option<Vec<String>>,
    /// Rules, families, categories that run.
    pub select: Option<Vec<String>>,
    /// Rules, families, categories that do not.
    pub ignore: Option<Vec<String>>,
    /// The lowest level that fails the run.
    pub fail_on: Option<String>,
    /// Change classes to show.
    pub show: Option<Vec<String>>,
    /// Whether to show possible findings.
    pub possible: Option<bool>,
    /// Where unit names start.
    pub unit_root: Option<PathBuf>,
    /// Where source is, or `none`, as written.
    pub source_root: Option<String>,
    /// Directories with scripts.
    pub rules_dir: Vec<PathBuf>,
    /// The file of accepted findings.
    pub baseline: Option<PathBuf>,
    /// What is accepted, in the file's order.
    pub waivers: Vec<Waiver>,
    /// Who should look at what needs an approval, by the category of its findings.
    pub reviewers: BTreeMap<Category, Vec<String>>,
    /// Settings of single rules, by id.
    pub rules: BTreeMap<String, RuleSettings>,
    text: String,
    spans: BTreeMap<String, Range<usize>>,
}

/// `[rules.<id>]`.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// Report at this level instead of the rule's own.
    pub severity: Option<Severity>,
    /// Switched on, or off.
    pub enabled: Option<bool>,
    /// Its parameters as written, each with its place in the file.
    params: BTreeMap<String, (toml::Value, Range<usize>)>,
    span: Range<usize>,
}

impl RuleSettings {
    /// Whether it gives any of the rule's own parameters.
    pub fn has_params(&self) -> bool {
        !self.params.is_empty()
    }

    /// Whether it says more than that the rule is off.
    pub fn wants_something(&self) -> bool {
        self.has_params() || self.severity.is_some() || self.enabled == Some(true)
    }
}

/// A mistake in the file, at its line.
#[derive(Debug, thiserror::Error)]
#[error("{path}{}: {message}", place(*line, *column))]
pub struct ConfigError {
    /// The file.
    pub path: String,
    /// Its line, from 1; 0 where the file as a whole could not be read.
    pub line: usize,
    /// The column, in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!(":{line}:{column}") }
}

/// The nearest `bricklint.toml` from a directory upward, up to the repository root.
pub fn find(from: &Path) -> Option<PathBuf> {
    for dir in from.ancestors() {
        let file = dir.join(FILE_NAME);
        if file.is_file() {
            return Some(file);
        }
        if dir.join(".git").exists() {
            return None;
        }
    }
    None
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, is no TOML, or has a key or value that bricklint does not know.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            path: path.display().to_string(),
            line: 0,
            column: 0,
            message: format!("could not be read: {error}"),
        })?;
        Config::parse(path, text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(path: &Path, text: String) -> Result<Config, ConfigError> {
        let mut config = Config { path: Some(path.to_owned()), text, ..Config::default() };
        let written: Written = toml::from_str(&config.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let message = config.explained(&span, error.message());
            config.error(span, message)
        })?;
        config.unit_root = written.unit_root.map(|root| config.path("unit-root", root));
        config.source_root = config
            .words("source-root", written.source_root.map(|word| vec![word]))
            .and_then(|mut all| all.pop());
        let rules_dir = written.rules_dir.unwrap_or_default().into_iter();
        config.rules_dir = rules_dir.map(|dir| config.path("rules-dir", dir)).collect();
        config.baseline = written.baseline.map(|file| config.path("baseline", file));
        config.possible = written.possible;
        config.profile = config.words("profile", written.profile);
        config.select = config.words("select", written.select);
        config.ignore = config.words("ignore", written.ignore);
        if let Some(show) = written.show.as_ref().filter(|show| show.get_ref().is_empty()) {
            let message = "show is empty, and nothing would count: name a class, or leave it out";
            return Err(config.error(show.span(), message));
        }
        config.show = config.words("show", written.show.map(Spanned::into_inner));
        config.fail_on = config
            .words("fail-on", written.fail_on.map(|word| vec![word]))
            .and_then(|mut all| all.pop());
        for (category, names) in written.reviewers {
            let (category, names) = config.reviewers_of(&category, names)?;
            config.reviewers.insert(category, names);
        }
        for (id, settings) in written.rules {
            let mut of_rule = RuleSettings { span: id.span(), ..RuleSettings::default() };
            for (key, value) in settings {
                config.rule_setting(&mut of_rule, &key, value)?;
            }
            config.rules.insert(id.into_inner(), of_rule);
        }
        for table in written.waiver {
            let waiver = config.waiver(table)?;
            config.waivers.push(waiver);
        }
        Ok(config)
    }

    /// What the parser says, and what it cannot know.
    fn explained(&self, span: &Range<usize>, message: &str) -> String {
        let at = self.text.get(span.start..).unwrap_or_default();
        if at.starts_with('[') && at.trim_start_matches(['[', ' ']).starts_with("waiver") {
            return "there may be several waivers: write `[[waiver]]`".to_owned();
        }
        let message = message.lines().collect::<Vec<_>>().join(", ");
        if let Some(unknown) = message.strip_prefix("unknown field `")
            && let Some((name, rest)) = unknown.split_once("`, ")
        {
            let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
            let close = similar::get_close_matches(name, &known, 1, 0.6);
            let fix = close.first().map(|close| format!("did you mean `{close}`?"));
            let fix = fix.unwrap_or_else(|| rest.to_owned());
            return format!("no setting is called `{name}`; {fix}");
        }
        let words = [("expected a sequence", "expected a list, in brackets"), ("a map", "a table")];
        words.iter().fold(message, |message, (from, to)| message.replace(from, to))
    }

    /// A path that starts at the file's directory. Keeps where it stands, as for words.
    fn path(&mut self, key: &str, path: Spanned<PathBuf>) -> PathBuf {
        let dir = self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let span = path.span();
        let path = dir.join(path.into_inner());
        self.spans.insert(format!("{key}={}", path.display()), span);
        path
    }

    /// Keeps where each word stands, so that whoever finds it to be wrong can point at it.
    fn words(&mut self, key: &str, words: Option<Vec<Spanned<String>>>) -> Option<Vec<String>> {
        let words = words?;
        for word in &words {
            self.spans.insert(format!("{key}={}", word.get_ref()), word.span());
        }
        Some(words.into_iter().map(Spanned::into_inner).collect())
    }

    fn rule_setting(
        &self,
        settings: &mut RuleSettings,
        key: &Spanned<String>,
        value: Spanned<toml::Value>,
    ) -> Result<(), ConfigError> {
        let span = value.span();
        match (key.get_ref().as_str(), value.into_inner()) {
            ("severity", toml::Value::String(word)) => {
                settings.severity = Some(Severity::parse(&word).ok_or_else(|| {
                    self.error(
                        span,
                        format!("severity is `error`, `warning` or `note`, not `{word}`"),
                    )
                })?);
            }
            ("severity", _) => {
                return Err(self.error(span, "severity is a string: `error`, `warning` or `note`"));
            }
            ("enabled", toml::Value::Boolean(on)) => settings.enabled = Some(on),
            ("enabled", _) => return Err(self.error(span, "enabled is `true` or `false`")),
            (name, value) => {
                settings.params.insert(name.to_owned(), (value, span));
            }
        }
        Ok(())
    }

    /// One line of `[reviewers]`.
    fn reviewers_of(
        &self,
        category: &Spanned<String>,
        names: Vec<Spanned<String>>,
    ) -> Result<(Category, Vec<String>), ConfigError> {
        let known = Category::parse(category.get_ref()).ok_or_else(|| {
            let all = Category::ALL.map(|it| format!("`{}`", it.as_str())).join(", ");
            let word = category.get_ref();
            self.error(
                category.span(),
                format!("reviewers are of a category ({all}), not `{word}`"),
            )
        })?;
        let is_name = |name: &str| !name.trim().is_empty() && !name.chars().any(char::is_control);
        if let Some(bad) = names.iter().find(|name| !is_name(name.get_ref())) {
            let message = "a reviewer is a name such as `@acme/platform`, on one line";
            return Err(self.error(bad.span(), message));
        }
        Ok((known, names.into_iter().map(Spanned::into_inner).collect()))
    }

    /// A path that the file gives, from the working directory.
    pub fn resolve(&self, path: &str) -> PathBuf {
        let dir = self.path.as_deref().and_then(Path::parent);
        dir.unwrap_or(Path::new("")).join(path)
    }

    /// An error at the place of a word, or path, that [`Config`] handed out: `select` = `net`.
    pub fn error_at_word(&self, key: &str, word: &str, message: String) -> ConfigError {
        let span = self.spans.get(&format!("{key}={word}")).cloned().unwrap_or(0..0);
        self.error(span, message)
    }

    /// An error at the header of a rule's settings.
    pub fn error_at_rule(&self, id: &str, message: String) -> ConfigError {
        let span = self.rules.get(id).map(|settings| settings.span.clone()).unwrap_or(0..0);
        self.error(span, message)
    }

    /// The parameters of one rule, checked against what it declares.
    ///
    /// # Errors
    /// On a parameter that the rule does not have, of another type, or of a value that it cannot have.
    pub fn params(&self, meta: &RuleMeta) -> Result<Vec<(String, ParamValue)>, ConfigError> {
        let Some(settings) = self.rules.get(&*meta.id) else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for (name, (value, span)) in &settings.params {
            let Some(declared) = meta.params.iter().find(|param| param.name == name.as_str())
            else {
                return Err(self.error(span.clone(), unknown_param(meta, name)));
            };
            let value = typed(value, &declared.default).ok_or_else(|| {
                let wanted = declared.default.type_name();
                self.error(
                    span.clone(),
                    format!(
                        "`{name}` of {} takes the type {wanted}, not {}",
                        meta.id,
                        mistaken(value, &declared.default)
                    ),
                )
            })?;
            if let Some(complaint) = declared.complaint(&value) {
                let message = format!("`{name}` of {} {complaint}", meta.id);
                return Err(self.error(span.clone(), message));
            }
            out.push((name.clone(), value));
        }
        Ok(out)
    }

    /// An error at a place that [`Config`] handed out.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        let (line, column) = self.position(span.start);
        ConfigError {
            path: self.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
            line,
            column,
            message: message.into(),
        }
    }

    /// Line and column, in characters, from 1.
    fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }
}

fn unknown_param(meta: &RuleMeta, name: &str) -> String {
    let names: Vec<&str> = meta.params.iter().map(|param| param.name.as_ref()).collect();
    let known = ["severity", "enabled"].into_iter().chain(names);
    let known: Vec<&str> = known.collect();
    if let Some(close) = similar::get_close_matches(name, &known, 1, 0.6).first() {
        return format!("{} has no setting `{name}`; did you mean `{close}`?", meta.id);
    }
    format!("{} has no setting `{name}`; it has `{}`", meta.id, known.join("`, `"))
}

fn typed(value: &toml::Value, like: &ParamValue) -> Option<ParamValue> {
    Some(match (like, value) {
        (ParamValue::Bool(_), toml::Value::Boolean(value)) => ParamValue::Bool(*value),
        (ParamValue::Int(_), toml::Value::Integer(value)) => ParamValue::Int(*value),
        (ParamValue::Text(_), toml::Value::String(value)) => ParamValue::Text(value.clone().into()),
        (ParamValue::Texts(_), toml::Value::Array(list)) => {
            let texts = list.iter().map(|item| item.as_str().map(|text| text.to_owned().into()));
            ParamValue::Texts(texts.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// What was written where another type is wanted, and how to write it.
fn mistaken(value: &toml::Value, like: &ParamValue) -> String {
    let is_quoted = |text: &str| match like {
        ParamValue::Bool(_) => text.parse::<bool>().is_ok(),
        ParamValue::Int(_) => text.parse::<i64>().is_ok(),
        ParamValue::Text(_) | ParamValue::Texts(_) => false,
    };
    match (value, like) {
        (toml::Value::String(text), _) if is_quoted(text) => {
            "string: write it without quotes".to_owned()
        }
        (toml::Value::String(_), ParamValue::Texts(_)) => {
            "string: write it in brackets, as in [\"a\", \"b\"]".to_owned()
        }
        (toml::Value::Array(list), ParamValue::Texts(_)) => {
            let other = list.iter().find(|item| !item.is_str());
            other.map_or("array", toml::Value::type_str).to_owned() + " in a list"
        }
        _ => value.type_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("bricklint.toml"), text.to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn errors_point_at_their_line() {
        for (text, wanted) in [
            (
                "select = [\"uc\"]\nbogus = 1\n",
                "bricklint.toml:2:1: no setting is called `bogus`; e",
            ),
            (
                "failon = \"note\"\n",
                "bricklint.toml:1:1: no setting is called `failon`; did you mean `fail-on`?",
            ),
            ("show = []\n", "bricklint.toml:1:8: show is empty"),
            (
                "select = \"uc\"\n",
                "bricklint.toml:1:10: invalid type: string \"uc\", expected a list, in",
            ),
            ("[rules]\nx = 1\n", "bricklint.toml:2:5: invalid type: integer `1`, expected a table"),
            ("x = [\n", "bricklint.toml:"),
            ("\n[rules.a-b]\nseverity = \"high\"\n", "bricklint.toml:3:12: severity is"),
            ("[rules.a-b]\nenabled = 1\n", "bricklint.toml:2:11: enabled is"),
            ("[reviewers]\ndata = [\"@a\"]\n", "bricklint.toml:2:1: reviewers are of a category"),
            ("[reviewers]\ncost = [\"@a\", \" \"]\n", "bricklint.toml:2:15: a reviewer is a name"),
            ("[reviewers]\ncost = \"@a\"\n", "bricklint.toml:2:8: invalid type"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(wanted), "{error}");
        }
    }

    #[test]
    fn settings_are_read() {
        let config =
            parse("possible = true\nunit-root = \"live\"\n[rules.a-b]\nseverity = \"note\"\n")
                .unwrap();
        assert_eq!(config.possible, Some(true));
        assert_eq!(config.unit_root.unwrap(), Path::new("live"));
        assert_eq!(config.rules["a-b"].severity, Some(Severity::Note));
    }

    #[test]
    fn parameters_have_their_range_or_form() {
        let rules: BTreeMap<String, RuleMeta> =
            crate::builtin::BUILTIN.iter().map(|rule| (rule.id.to_owned(), rule.meta())).collect();
        for (id, setting, wanted) in [
            ("cmp-autotermination-off", "max_minutes = 9", "is between 10 and 10000, not 9"),
            ("cmp-autotermination-off", "max_minutes = 10", ""),
            ("idn-pat-lifetime", "max_days = -1", "is at least 1, not -1"),
            ("idn-pat-lifetime", "max_days = 0", "is at least 1, not 0"),
            ("uc-grants-state-size", "warn_at = 0", "is at least 1, not 0"),
            ("gov-ip-acl-lockout", "deployer_cidrs = [\"10.0.0.0/8\", \"2001:db8::7\"]", ""),
            ("gov-ip-acl-lockout", "deployer_cidrs = [\"1.2.3\"]", "has \"1.2.3\"; each is an IP"),
            (
                "uc-metastore-duplicate-region",
                "allow_several = [\"eu\"]",
                "has \"eu\"; each is the",
            ),
            ("dr-parity-drift", "pairs = [\"a -> b\", \"c\"]", "has \"c\"; each is the names of"),
            ("dr-hardcoded-primary", "pairs = [\"a -> a\"]", "has \"a -> a\"; each is the names"),
            ("dr-job-active-both", "pairs = [\" -> b\"]", "has \" -> b\"; each is the names"),
            ("dr-parity-missing", "pairs = [\"a, b\"]", "has \"a, b\"; each is the names"),
            ("dr-parity-missing", "ignore = [\"\"]", "has \"\"; each is a text that is not"),
        ] {
            let config = parse(&format!("[rules.{id}]\n{setting}\n")).unwrap();
            let (name, column) = setting.split_once(" = ").map(|(a, _)| (a, a.len() + 4)).unwrap();
            let said = config.params(&rules[id]).err().map(|error| error.to_string());
            let wanted = format!("bricklint.toml:2:{column}: `{name}` of {id} {wanted}");
            match said {
                None => assert!(wanted.ends_with(' '), "{setting} passes"),
                Some(said) => {
                    assert!(said.starts_with(&wanted) && !wanted.ends_with(' '), "{said}")
                }
            }
        }
    }
}
