//! What is known about a rule without running it.

use std::borrow::Cow;

use super::TextForm;

/// How bad a finding is if it is true. Uncertainty is never a severity, only a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be mended.
    Warning,
    /// Fails the apply, loses data, or opens a door.
    Error,
}

impl Severity {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// Reads the word used in configuration and scripts.
    pub fn parse(word: &str) -> Option<Severity> {
        [Severity::Note, Severity::Warning, Severity::Error]
            .into_iter()
            .find(|level| level.as_str() == word)
    }
}

/// What kind of harm a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Plans well, fails on apply.
    ApplyFailure,
    /// Costs more than it needs to.
    Cost,
    /// Breaks a rule of the organisation, or destroys what needs an approval.
    Governance,
    /// Works, until it does not.
    Reliability,
    /// Opens a door.
    Security,
}

impl Category {
    /// Every category, in alphabetical order.
    pub const ALL: [Category; 5] = [
        Category::ApplyFailure,
        Category::Cost,
        Category::Governance,
        Category::Reliability,
        Category::Security,
    ];

    /// The word used in every output and by `--select`.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::ApplyFailure => "apply-failure",
            Category::Cost => "cost",
            Category::Governance => "governance",
            Category::Reliability => "reliability",
            Category::Security => "security",
        }
    }

    /// Reads the word used in scripts.
    pub fn parse(word: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.as_str() == word)
    }
}

/// Which set a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// On unless ignored.
    Default,
    /// Added by `--profile strict`.
    Strict,
    /// Added by `--profile dr`.
    Dr,
    /// A shipped policy: on only when configured or selected.
    Policy,
}

impl Profile {
    /// The word used in every output and by `--profile`.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Default => "default",
            Profile::Strict => "strict",
            Profile::Dr => "dr",
            Profile::Policy => "policy",
        }
    }

    /// Reads the word used in scripts.
    pub fn parse(word: &str) -> Option<Profile> {
        [Profile::Default, Profile::Strict, Profile::Dr, Profile::Policy]
            .into_iter()
            .find(|profile| profile.as_str() == word)
    }
}

/// What a rule's judgment rests on. Becomes SARIF's precision; never touches a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// Provider code, a documented API contract or a closed issue says so.
    Certain,
    /// A pattern that holds in practice.
    Heuristic,
}

impl Confidence {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Certain => "certain",
            Confidence::Heuristic => "heuristic",
        }
    }
}

/// Which world of a plan a rule judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Before and after the apply: finds what a change introduces, leaves standing, or fixes.
    State,
    /// After the apply only: races, ordering, providers, outputs, variables. Needs configuration.
    Planned,
    /// The change itself: destroyed data, replaced workspaces, drift.
    Change,
}

/// A default of a parameter; its variant is the parameter's type.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(Cow<'static, str>),
    /// A list of texts.
    Texts(Vec<Cow<'static, str>>),
}

impl ParamValue {
    /// The type's name in error messages and docs.
    pub fn type_name(&self) -> &'static str {
        match self {
            ParamValue::Bool(_) => "boolean",
            ParamValue::Int(_) => "integer",
            ParamValue::Text(_) => "string",
            ParamValue::Texts(_) => "list of strings",
        }
    }
}

/// What a setting may be, beside being of its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Allowed {
    /// Whatever is of the type.
    #[default]
    Anything,
    /// A number that is no less than the one and no more than the other, where they are given.
    Range(Option<i64>, Option<i64>),
    /// One of these texts; of a list, each element.
    OneOf(Vec<Cow<'static, str>>),
    /// A text of that form; of a list, each element.
    Form(TextForm),
}

impl Allowed {
    /// In words, for behind "is": `between 1 and 600`. Empty where anything is.
    pub fn words(&self) -> String {
        match self {
            Allowed::Anything | Allowed::Range(None, None) => String::new(),
            Allowed::Range(Some(min), Some(max)) => format!("between {min} and {max}"),
            Allowed::Range(Some(min), None) => format!("at least {min}"),
            Allowed::Range(None, Some(max)) => format!("at most {max}"),
            Allowed::OneOf(all) => format!("one of {}", all.join(", ")),
            Allowed::Form(form) => form.words().to_owned(),
        }
    }

    /// The part of a value that is not allowed, as it is written; none where all of it is.
    pub fn refuses(&self, value: &ParamValue) -> Option<String> {
        match value {
            ParamValue::Bool(_) => None,
            ParamValue::Int(number) => match self {
                Allowed::Range(min, max) => {
                    let fits =
                        min.is_none_or(|it| *number >= it) && max.is_none_or(|it| *number <= it);
                    (!fits).then(|| number.to_string())
                }
                _ => None,
            },
            ParamValue::Text(text) => self.refuses_text(text),
            ParamValue::Texts(list) => list.iter().find_map(|text| self.refuses_text(text)),
        }
    }

    /// Quoted, so that a blank text is seen, and as TOML escapes it.
    fn refuses_text(&self, text: &str) -> Option<String> {
        let fits = match self {
            Allowed::Anything | Allowed::Range(..) => true,
            Allowed::OneOf(all) => all.iter().any(|it| it == text),
            Allowed::Form(form) => form.fits(text),
        };
        (!fits).then(|| format!("{text:?}"))
    }
}

/// A setting of one rule, under `[rules.<id>]` in `bricklint.toml`.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its key.
    pub name: Cow<'static, str>,
    /// What it does, one sentence.
    pub doc: Cow<'static, str>,
    /// Its value where the configuration says nothing.
    pub default: ParamValue,
    /// What else it may be.
    pub allowed: Allowed,
}

impl Param {
    /// What is wrong with a value, for behind the setting's name; none where it is allowed.
    pub fn complaint(&self, value: &ParamValue) -> Option<String> {
        let (refused, words) = (self.allowed.refuses(value)?, self.allowed.words());
        Some(match value {
            ParamValue::Texts(_) => format!("has {refused}; each is {words}"),
            _ => format!("is {words}, not {refused}"),
        })
    }
}

/// Everything known about a rule without running it.
#[derive(Clone, Debug)]
pub struct RuleMeta {
    /// Kebab-case, starts with the family, never reused.
    pub id: Cow<'static, str>,
    /// One line, no final period.
    pub summary: Cow<'static, str>,
    /// The usual level.
    pub severity: Severity,
    /// Other levels it may report at, and when.
    pub also: Vec<(Severity, Cow<'static, str>)>,
    /// What the judgment rests on.
    pub confidence: Confidence,
    /// What kind of harm it is about.
    pub category: Category,
    /// Which set it belongs to.
    pub profile: Profile,
    /// Which world it judges.
    pub world: World,
    /// Resource types whose instances it judges; counted as coverage.
    pub subjects: Vec<Cow<'static, str>>,
    /// Version that introduced the rule.
    pub since: Cow<'static, str>,
    /// Its settings.
    pub params: Vec<Param>,
    /// Markdown below the title: what it does, why, how to fix it, what it cannot see.
    pub docs: Cow<'static, str>,
    /// Path of the declaration inside the repository, or the script's path.
    pub file: Cow<'static, str>,
    /// It is part of bricklint, and so has a published page.
    pub is_shipped: bool,
}

/// Where the rule pages are published.
pub const DOCS_BASE: &str = "https://github.com/bricklint/bricklint/blob/main/docs/rules/";

impl RuleMeta {
    /// The part of the id before the first dash: `uc`, `net`, `org`…
    pub fn family(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }

    /// Whether a name is its id, its family or its category.
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.family() == name || self.category.as_str() == name
    }

    /// The documentation without comment indentation.
    pub fn docs(&self) -> String {
        let lines: Vec<&str> = self
            .docs
            .lines()
            .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
            .collect();
        lines.join("\n").trim().to_owned()
    }

    /// Address of the rule's page; empty for a user's own script.
    pub fn docs_url(&self) -> String {
        if self.is_shipped { format!("{DOCS_BASE}{}.md", self.id) } else { String::new() }
    }
}
