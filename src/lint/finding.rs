//! What a run has to say, as plain data. No serde, no miette, no colour: those live in `report`.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::graph::Caveat;

use super::{
    Accepted, Approval, Blind, Category, Loss, Precision, RuleMeta, ScriptError, Severity,
    SourceProblem, Unused, sink::without_indices,
};

/// How sure a finding is, given what the plan shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Hangs on a value that is not known yet. Shown only with `--possible`.
    Possible,
    /// True whatever the unknown values turn out to be.
    Definite,
}

impl Verdict {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Possible => "possible",
            Verdict::Definite => "definite",
        }
    }
}

/// What a finding has to do with this change: found in the planned world, the prior one, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Only in the world after the apply.
    Introduced,
    /// Before and after.
    Standing,
    /// Only before.
    Fixed,
}

impl Change {
    /// The word used in every output and by `--show`.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Introduced => "introduced",
            Change::Standing => "standing",
            Change::Fixed => "fixed",
        }
    }
}

/// Where something is, symbolically: a resource instance, `output.x`, `var.x`, `provider.KEY`,
/// or the plan as a whole (an empty address).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The plan's name in every output.
    pub unit: String,
    /// Terraform's address, with module path and instance keys; empty for the whole plan.
    pub address: String,
    /// Attribute path such as `block[0].attr` or `map["key"]`; none where no single one decides.
    pub attribute: Option<String>,
}

impl Place {
    /// The attribute path without list indices, which move when lists are edited: as fingerprints
    /// take it.
    pub fn lasting_attribute(&self) -> Option<String> {
        self.attribute.as_deref().map(without_indices)
    }
}

/// A stretch of a source file. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceSpan {
    /// Path as it should be shown: relative to the working directory, with `/`.
    pub path: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
    /// How near it is to what it stands for.
    pub precision: Precision,
}

/// Another place that makes this a finding, and what it contributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What it has to do with the finding, for example `the workspace, in eu-west-1`.
    pub label: String,
    /// Its source lines, where known.
    pub source: Option<SourceSpan>,
}

/// The edit that makes a finding, where that is another place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where.
    pub place: Place,
    /// Its source lines, where known.
    pub source: Option<SourceSpan>,
}

/// A few lines of Terraform-like text that stand for a resource where no source is at hand.
/// Already redacted; at most 12 lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The text, without a final newline.
    pub text: String,
    /// Byte range of `text` that the finding is about.
    pub mark: std::ops::Range<usize>,
}

/// Consecutive lines of a source file that show a finding. Already redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The file, as in [`SourceSpan::path`].
    pub path: String,
    /// Number of the first line.
    pub line: u32,
    /// The lines, without their ends.
    pub lines: Vec<String>,
    /// What matters in them.
    pub marks: Vec<Mark>,
}

/// A stretch of a [`Snippet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Index of the line.
    pub line: usize,
    /// Bytes of the line.
    pub range: std::ops::Range<usize>,
    /// What stands there: the finding's related place of this index, or its subject.
    pub related: Option<usize>,
}

/// One thing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that says so.
    pub rule: Cow<'static, str>,
    /// How bad it is if true.
    pub severity: Severity,
    /// How sure it is.
    pub verdict: Verdict,
    /// What kind of harm it does.
    pub category: Category,
    /// What it has to do with this change.
    pub change: Change,
    /// The subject.
    pub place: Place,
    /// The path of the subject's attribute as the source has it, where that tells more: with the
    /// index of a block among those that make a set, which has no order in a plan; or the attribute
    /// that shows a finding which is about the subject as a whole.
    pub written: Option<String>,
    /// Key of the deposed object, where the subject is one (its address repeats the current one's).
    pub deposed: Option<String>,
    /// What is wrong; lower-case start, no final period.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The other resources that make it a finding.
    pub related: Vec<Related>,
    /// The other participants, where it is about a group of equals: which of them is the subject
    /// depends on what the plan does to them.
    pub peers: Vec<Place>,
    /// Planned actions on the subject, in Terraform's words; empty where it is no resource.
    pub actions: Vec<&'static str>,
    /// The edit that makes it, where that is another place.
    pub cause: Option<Edit>,
    /// What it takes with it, where it is about an instance that is destroyed or replaced.
    pub loss: Option<Box<Loss>>,
    /// Source lines of the subject.
    pub source: Option<SourceSpan>,
    /// Source lines that show it, those of related places included: first those of the subject's
    /// file. Empty where they are not known or not asked for.
    pub picture: Vec<Snippet>,
    /// Stands for the subject where there is no picture.
    pub excerpt: Option<Arc<Excerpt>>,
    /// First 16 hex digits of SHA-256 over rule, unit, address, attribute path without list
    /// indices, and the rule's own key.
    pub fingerprint: String,
    /// The fingerprint by the addresses from before the plan's `moved` blocks; none where nothing
    /// of it moved.
    pub fingerprint_before: Option<String>,
}

impl Finding {
    /// The path under which the source has the attribute of the subject.
    pub fn source_path(&self) -> Option<&str> {
        self.written.as_deref().or(self.place.attribute.as_deref())
    }
}

/// Why an input, or a rule on one, could not be judged. Always exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The plan's name, or the path as given where there is no plan yet; empty for the run.
    pub unit: String,
    /// The rule that failed; none when the input itself could not be read.
    pub rule: Option<String>,
    /// What failed.
    pub kind: FailureKind,
    /// What happened and what to do, as one sentence or two.
    pub message: String,
    /// Where in a script it failed; none where no script is to blame.
    pub script: Option<Box<ScriptFailure>>,
}

/// The place in a script at which its rule failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScriptFailure {
    /// What is wrong there. [`Failure::message`] says the same in a sentence.
    pub error: ScriptError,
    /// What the rule was judging, in words; empty where that does not matter.
    pub on: String,
}

/// The kinds of [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// A file, directory or stream could not be read, or is no plan.
    Input,
    /// A plan holds something that bricklint cannot make sense of.
    Plan,
    /// A rule panicked: a defect of bricklint.
    Panic,
    /// A script raised an error.
    Script,
    /// A script ran into one of the sandbox's limits.
    Limit,
}

impl FailureKind {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::Input => "input",
            FailureKind::Plan => "plan",
            FailureKind::Panic => "panic",
            FailureKind::Script => "script",
            FailureKind::Limit => "limit",
        }
    }
}

/// A document that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputInfo {
    /// Its name in every output.
    pub unit: String,
    /// Its path as found; `-` for stdin.
    pub path: String,
    /// `plan`, `state` or `tfstate`.
    pub kind: &'static str,
    /// Version of Terraform or OpenTofu that wrote it; empty where the document does not say.
    pub terraform_version: String,
    /// Number of resource instances.
    pub resources: usize,
    /// Number of those that are of a type which a rule of the run names as its subject.
    pub judged: usize,
    /// False when targeting, deferral or an error left something out.
    pub complete: bool,
    /// The plan was saved although planning failed.
    pub errored: bool,
    /// How it was made, where that weakens what can be said of it; worst first.
    pub caveats: Vec<Caveat>,
}

/// What one rule saw and what it could not see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The rule.
    pub rule: String,
    /// Subjects that there were, over all plans.
    pub judged: usize,
    /// Subjects about which the rule could not say yes or no to everything it asks.
    pub open: usize,
    /// Definite findings, accepted ones included, fixed ones left out.
    pub definite: usize,
    /// Possible findings, accepted ones included.
    pub possible: usize,
    /// What kept it from an answer: how many attributes of subjects, or of what they refer to, by
    /// cause and unit. Whatever the answer did not hang on is left out.
    pub blind: BTreeMap<(Blind, String), usize>,
}

/// Counts over the findings that exit code 1 could count, before `--fail-on` and `--show`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Definite errors.
    pub error: usize,
    /// Definite warnings.
    pub warning: usize,
    /// Definite notes.
    pub note: usize,
    /// Possible findings, shown or not.
    pub possible: usize,
    /// Definite findings this change brings.
    pub introduced: usize,
    /// Definite findings that were there before.
    pub standing: usize,
    /// Findings that this change removes.
    pub fixed: usize,
    /// Accepted findings, definite and possible; none of them is in another count.
    pub accepted: usize,
    /// The run's exit code.
    pub exit_code: u8,
}

/// A whole run: everything a report needs, filtered and sorted.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Documents judged, by unit.
    pub inputs: Vec<InputInfo>,
    /// Findings to show, sorted.
    pub findings: Vec<Finding>,
    /// Fingerprints of the findings that make exit code 1.
    pub blocking: BTreeSet<String>,
    /// Every finding that is accepted, whatever of them is to be shown, sorted.
    pub accepted: Vec<Accepted>,
    /// What the run asks an approval for; none where nobody asked whether it does.
    pub approval: Option<Approval>,
    /// What accepts nothing, sorted.
    pub unused: Vec<Unused>,
    /// What could not be judged, sorted.
    pub failures: Vec<Failure>,
    /// One entry for each rule that ran, by rule id.
    pub coverage: Vec<Coverage>,
    /// Metadata of the rules that ran, by id.
    pub rules: Vec<Arc<RuleMeta>>,
    /// Source files that could not be read, or only up to a line; sorted. Findings in them are
    /// shown without their lines.
    pub unread: Vec<SourceProblem>,
    /// Files looked at and passed over because they are no plans.
    pub skipped: usize,
    /// The counts.
    pub summary: Summary,
}
