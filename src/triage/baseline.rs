//! The baseline: a file of findings that are accepted as they are.
//!
//! One line for each, in the order of every output, and nothing in it that a later version could
//! word differently: two files differ where findings do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{lint::Finding, redact::acts};

/// The version of the format, and of how fingerprints are made.
const FORMAT: u32 = 1;

/// An accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Its unit.
    pub unit: String,
    /// Its address; empty for the plan as a whole.
    pub address: String,
    /// The attribute path, without list indices.
    pub attribute: Option<String>,
    /// Id of its rule.
    pub rule: String,
    /// What it is known by.
    pub fingerprint: String,
    /// Other units that it is about: without them it cannot be found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// Its line in the file, from 1.
    #[serde(skip)]
    pub line: usize,
}

/// A file of entries.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// Its path as it should be shown.
    pub path: String,
    /// What it holds, in the file's order.
    pub entries: Vec<Entry>,
}

/// Why a file is no baseline, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{path}{}: {message}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct BaselineError {
    path: String,
    line: Option<usize>,
    message: String,
}

#[derive(Deserialize)]
struct Written<'a> {
    #[serde(rename = "bricklint-baseline")]
    format: u32,
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
}

/// What every mistake in a baseline comes down to.
const ANEW: &str = "delete it, and write it anew with `--write-baseline`";

impl Baseline {
    /// Reads a file's text; `path` is how it is shown.
    ///
    /// # Errors
    /// Where it is no baseline, or a damaged one.
    pub fn parse(path: &str, text: &str) -> Result<Baseline, BaselineError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let wrong = |line: Option<usize>, message: String| BaselineError {
            path: path.to_owned(),
            line,
            message,
        };
        let written = written(text).map_err(|(line, message)| wrong(line, message))?;
        let mut lines = Lines { text, at: 0, line: 1 };
        let mut read = |raw: &&RawValue| {
            let line = lines.of(raw.get());
            let entry: Entry = serde_json::from_str(raw.get()).map_err(|error| {
                let why = why(&error);
                wrong(Some(line), format!("no entry of a baseline ({why}): take the line out"))
            })?;
            Ok(Entry { line, ..entry })
        };
        let entries = written.entries.iter().map(&mut read).collect::<Result<_, _>>()?;
        Ok(Baseline { path: path.to_owned(), entries })
    }

    /// A baseline of entries, sorted and each once, with their lines.
    pub fn of(path: &str, entries: impl IntoIterator<Item = Entry>) -> Baseline {
        let entries: BTreeSet<Entry> =
            entries.into_iter().map(|entry| Entry { line: 0, ..entry }).collect();
        // The first line is the head's.
        let numbered = entries.into_iter().zip(2..).map(|(entry, line)| Entry { line, ..entry });
        Baseline { path: path.to_owned(), entries: numbered.collect() }
    }

    /// The file's text. Only for what [`Baseline::of`] made are the lines those of the text.
    pub fn render(&self) -> String {
        let lines: Vec<String> = self.entries.iter().map(line).collect();
        let gap = if lines.is_empty() { "" } else { "\n" };
        format!(
            "{{\"bricklint-baseline\":{FORMAT},\"entries\":[{gap}{}{gap}]}}\n",
            lines.join(",\n")
        )
    }
}

impl Entry {
    /// The entry that accepts a finding.
    pub fn of(finding: &Finding) -> Entry {
        let place = &finding.place;
        let others = finding.related.iter().map(|it| &it.place.unit);
        let with: BTreeSet<&String> = others.filter(|unit| **unit != place.unit).collect();
        Entry {
            unit: place.unit.clone(),
            address: place.address.clone(),
            attribute: place.lasting_attribute(),
            rule: finding.rule.to_string(),
            fingerprint: finding.fingerprint.clone(),
            with: with.into_iter().cloned().collect(),
            line: 0,
        }
    }

    /// The units that have to be judged before it can be said that its finding is gone.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        [&self.unit].into_iter().chain(&self.with).map(String::as_str)
    }
}

fn written(text: &str) -> Result<Written<'_>, (Option<usize>, String)> {
    let merging = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    if let Some(at) = text.lines().position(merging) {
        let message =
            format!("a merge was not finished here: keep the entries of both sides, or {ANEW}");
        return Err((Some(at + 1), message));
    }
    if text.trim().is_empty() {
        return Err((None, format!("the file is empty: {ANEW}")));
    }
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text);
    let foreign = || {
        "no baseline of bricklint: name the file that `--write-baseline` wrote, or is to write"
            .to_owned()
    };
    if let Err(error) = is_json {
        // Whatever else somebody named is not to be deleted.
        if !text.contains("\"bricklint-baseline\"") {
            return Err((None, foreign()));
        }
        let message = format!("no JSON ({}), so no baseline: {ANEW}", why(&error));
        return Err((Some(error.line()), message));
    }
    let written: Written<'_> = serde_json::from_str(text).map_err(|_| (None, foreign()))?;
    if written.format != FORMAT {
        let format = written.format;
        let message = format!(
            "a baseline of format {format}, and this version of bricklint reads {FORMAT}: use the version that wrote it, or {ANEW}"
        );
        return Err((None, message));
    }
    Ok(written)
}

/// What the parser says, without the place, which is a part's.
fn why(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// Counts lines up to parts of a text, which come in its order.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, part: &str) -> usize {
        let at = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let between = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.at = at;
        self.line
    }
}

/// An entry as one line, in which nothing acts on whoever prints the file.
fn line(entry: &Entry) -> String {
    // Its fields are texts and lists of them, so there is no error to pass on.
    let json = serde_json::to_string(entry).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if acts(letter) {
            letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                out.push_str(&format!("\\u{unit:04x}"));
            });
        } else {
            out.push(letter);
        }
    }
    out
}
