//! What became of findings that somebody accepted, and of what accepts none.

use jiff::civil::Date;

use super::Finding;

/// What a finding is accepted by, nearest to the code first: where several do, the first is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A comment in the source.
    Comment,
    /// A `[[waiver]]` of the configuration.
    Waiver,
    /// An entry of the baseline.
    Baseline,
}

impl By {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            By::Comment => "comment",
            By::Waiver => "waiver",
            By::Baseline => "baseline",
        }
    }
}

/// A line of a file: where a comment, a waiver or an entry of a baseline stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileLine {
    /// The file, as it should be shown: relative to the working directory, with `/`.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}

impl std::fmt::Display for FileLine {
    /// As editors and terminals link it: `path:line`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// A finding that somebody decided to live with. It counts for no exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The finding.
    pub finding: Finding,
    /// What accepts it.
    pub by: By,
    /// Where that stands.
    pub at: FileLine,
    /// The reason given; a baseline has none.
    pub reason: Option<String>,
    /// Last day on which it is accepted.
    pub until: Option<Date>,
    /// Its address when the baseline was written, where a `moved` block has changed it since.
    pub moved_from: Option<String>,
}

/// A comment, a waiver or an entry of a baseline that accepts nothing, for one rule of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unused {
    /// What it is.
    pub by: By,
    /// Where it stands.
    pub at: FileLine,
    /// The rule that it names; empty where it names none.
    pub rule: String,
    /// Why it accepts nothing, to be read after the rule: `matches nothing in this run`.
    pub why: String,
}
