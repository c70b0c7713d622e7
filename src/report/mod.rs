//! An outcome as bytes, one file per format.
//!
//! Reports are views: they neither filter nor judge, print nothing, and give the same bytes for the
//! same outcome. Where one caps what it shows, it says how many are missing.

mod acceptance;
mod approval;
mod atlantis;
mod concise;
mod coverage;
mod fold;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod path;
mod sarif;
mod script;
mod suite;
mod terminal;
mod text;
mod wire;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::PathBuf};

pub use acceptance::to_mend;
pub use approval::line as approval;
pub use atlantis::refuse as refuse_to_atlantis;
pub use sarif::line_hashes;
pub use script::draw as draw_script_error;
pub use suite::{junit, text as tests};

use crate::lint::{Outcome, SourceSpan};

/// An output format of `bricklint check`, by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Format {
    /// For people: each finding with an excerpt, then a summary
    Terminal,
    /// One line for each finding, stable, for editors and `grep`
    Concise,
    /// Everything, versioned; docs/schema/report-1.json describes it
    Json,
    /// SARIF 2.1.0, as GitHub code scanning reads it
    Sarif,
    /// Workflow commands, which become annotations in GitHub Actions
    Github,
    /// GitLab's Code Quality report
    Gitlab,
    /// Test results in JUnit's XML
    Junit,
    /// A comment on a pull request, or a job's summary
    Markdown,
    /// What a custom policy check of Atlantis prints; the exit code is always 0
    Atlantis,
}

impl Format {
    /// Whether it shows lines of source files, and so needs [`crate::lint::Finding::picture`].
    pub fn shows_source(self) -> bool {
        self == Format::Terminal
    }
}

/// How to render, as decided by the command line. Reports look at no terminal and no environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether to write ANSI colours (`terminal`).
    pub color: bool,
    /// Columns to wrap at (`terminal`).
    pub width: usize,
    /// Whether to link rule ids to their pages with OSC 8 (`terminal`).
    pub links: bool,
    /// Whether to draw with more than ASCII (`terminal`).
    pub unicode: bool,
    /// Whether to list what each rule judged and could not see (`terminal`).
    pub verbose: bool,
    /// The working directory, absolute: relative paths in an outcome start here (`sarif`, `github`,
    /// `gitlab`).
    pub cwd: PathBuf,
    /// The repository's root, absolute: paths are relative to it (`sarif`, `github`, `gitlab`).
    pub root: PathBuf,
    /// Tells several runs on one commit apart (`sarif`, `markdown`); mostly empty. Letters, digits, `.`,
    /// `_`, single dashes, and slashes between them.
    pub category: String,
    /// [`line_hashes`] of source files that findings stand in, by the path of their spans (`sarif`).
    /// What is not in here, the upload computes.
    pub line_hashes: BTreeMap<String, Vec<String>>,
    /// Whether to leave accepted findings out (`sarif`).
    pub omit_accepted: bool,
}

impl Default for Options {
    /// What suits a file: no colour, no links, 100 columns; paths as they are.
    fn default() -> Self {
        Options {
            color: false,
            width: 100,
            links: false,
            unicode: true,
            verbose: false,
            cwd: PathBuf::new(),
            root: PathBuf::new(),
            category: String::new(),
            line_hashes: BTreeMap::new(),
            omit_accepted: false,
        }
    }
}

impl Options {
    /// GitHub's fingerprint of the line that a span starts on, where it is known.
    fn line_hash(&self, span: &SourceSpan) -> Option<&String> {
        let line = usize::try_from(span.line).ok()?.checked_sub(1)?;
        self.line_hashes.get(&span.path)?.get(line)
    }
}

/// What was found, in one line without its end.
pub fn tally(outcome: &Outcome) -> String {
    text::tally(outcome).join("; ")
}

/// What a reader has to know about the documents, whatever was found in them: how they were made, and
/// in which of them there was nothing to judge. One sentence each.
pub fn remarks(outcome: &Outcome) -> Vec<String> {
    coverage::remarks(outcome)
}

/// Renders the whole outcome in one format, final newline included.
pub fn render(format: Format, outcome: &Outcome, options: &Options) -> Vec<u8> {
    match format {
        Format::Terminal => terminal::render(outcome, options).into_bytes(),
        Format::Concise => concise::render(outcome).into_bytes(),
        Format::Json => json::render(outcome),
        Format::Sarif => sarif::render(outcome, options),
        Format::Github => github::render(outcome, options).into_bytes(),
        Format::Gitlab => gitlab::render(outcome, options),
        Format::Junit => junit::render(outcome),
        Format::Markdown => markdown::render(outcome, options).into_bytes(),
        Format::Atlantis => atlantis::render(outcome).into_bytes(),
    }
}
