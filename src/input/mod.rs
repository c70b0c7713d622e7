//! Paths to text: finds documents, reads, decodes and recognises them. Knows nothing of what a plan
//! means, and never shows a byte of a file in a message, which may be a secret.
//!
//! [`find`] turns arguments into [`Source`]s, [`read`] a source into [`Document`]s. What cannot be
//! judged is a [`Problem`], never silence.

mod broken;
mod decode;
mod find;
mod glance;
mod memory;
mod read;
mod refusal;
mod runner;
mod sieve;
mod sniff;
mod split;
mod unit;
mod walk;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use broken::describe_broken;
pub use find::find;
pub use memory::room_for;
pub use read::read;
pub use runner::{Runner, Terraform};
pub use sieve::Gap;
pub use unit::root as unit_root;

/// Where to look, and what a unit's name is relative to.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The working directory, absolute; relative arguments start here.
    pub cwd: PathBuf,
    /// `--unit-root`, or the setting of that name. Relative to `cwd`, where it is not absolute.
    pub unit_root: Option<PathBuf>,
    /// Directory of `bricklint.toml`, where there is one.
    pub config_dir: Option<PathBuf>,
    /// `--state`: take `.tfstate` files found in directories.
    pub state: bool,
}

/// Where the bytes of a source come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, by a path that can be opened whatever the process's working directory is.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// One place to read, found by [`find`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What to open.
    pub origin: Origin,
    /// The plan's name in every output: its path relative to the unit root, shortened.
    pub unit: String,
    /// As it should be shown: as found, with `/`, without a leading `./`; `-` for stdin.
    pub path: String,
    /// True where the command line names it; false where a glob or a directory search found it.
    pub named: bool,
}

/// What [`find`] has to say.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What to read, sorted by unit and then path; no file twice, no unit twice.
    pub sources: Vec<Source>,
    /// Arguments and files that cannot be judged. Any of them means exit code 2.
    pub problems: Vec<Problem>,
    /// JSON files of directories that are neither a plan nor a state, nor called like one, and binary plans
    /// beside the JSON of one. As they should be shown.
    pub skipped: Vec<String>,
}

/// Something that cannot be judged, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, directory or argument, as it should be shown.
    pub path: String,
    /// The unit, where it got as far as having one.
    pub unit: Option<String>,
    /// What it is and the command that makes the right one, to be read after `PATH: `. One line, no
    /// final period, and nothing of the file's content.
    pub message: String,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `terraform show -json PLANFILE`.
    Plan,
    /// `terraform show -json`, the state in the plan's own format.
    State,
    /// A raw `terraform.tfstate` of version 4.
    TfState,
}

impl Kind {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Plan => "plan",
            Kind::State => "state",
            Kind::TfState => "tfstate",
        }
    }
}

/// One JSON document of a source, without the `planned_values` of a plan.
///
/// The text is UTF-8 without a byte order mark, at most 4 GiB. It starts with `{` after white space,
/// and its top level has the keys of its kind. It need not be valid to its end: where a file
/// evidently holds one document, the reader of plans is the first to see all of it, and
/// [`describe_broken`] words its error.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The source's unit; further documents of one source have `#2`, `#3`, … behind it.
    pub unit: String,
    /// The source's path.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// The document, without what [`Document::gap`] tells of.
    pub text: String,
    /// Where something was left out of it that no rule reads.
    pub gap: Gap,
}

/// Leaves the text out: it may hold secrets.
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("unit", &self.unit)
            .field("path", &self.path)
            .field("kind", &self.kind)
            .field("bytes", &self.text.len())
            .finish()
    }
}

/// What a document or a directory search looks at to tell what a file is.
const HEAD: usize = 64 * 1024;

/// Files are addressed with 32-bit offsets.
const MAX_BYTES: u64 = u32::MAX as u64;
