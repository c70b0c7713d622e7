//! An outcome as bytes, one file per format.
//!
//! Reports are views: they neither filter nor judge, print nothing, and give the same bytes for the
//! same outcome. Where one caps what it shows, it says how many are missing.

mod acceptance;
mod concise;
mod json;
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

use std::path::PathBuf;

pub use acceptance::to_mend;
pub use script::draw as draw_script_error;
pub use suite::{junit, text as tests};

use crate::lint::Outcome;

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
    /// The working directory, absolute: relative paths in an outcome start here (`sarif`).
    pub cwd: PathBuf,
    /// The repository's root, absolute: SARIF's paths are relative to it (`sarif`).
    pub root: PathBuf,
    /// Whether to leave accepted findings out (`sarif`).
    pub omit_accepted: bool,
}

impl Default for Options {
    /// What suits a file: no colour, no links, 100 columns; paths as they are.
    fn default() -> Self {
        let (cwd, root) = (PathBuf::new(), PathBuf::new());
        Options {
            color: false,
            width: 100,
            links: false,
            unicode: true,
            cwd,
            root,
            omit_accepted: false,
        }
    }
}

/// Renders the whole outcome in one format, final newline included.
pub fn render(format: Format, outcome: &Outcome, options: &Options) -> Vec<u8> {
    match format {
        Format::Terminal => terminal::render(outcome, options).into_bytes(),
        Format::Concise => concise::render(outcome).into_bytes(),
        Format::Json => json::render(outcome),
        Format::Sarif => sarif::render(outcome, options),
    }
}
