//! Keeps secrets out of source lines that are shown.
//!
//! Two nets. What plans mask and what rules found is looked for as in every other text. But source
//! holds more than plans do: write-only arguments, parts of a secret around an interpolation,
//! secrets that are too short to look for. So a value is hidden, too, where its attribute is one
//! for secrets: by the provider's schema, by our table of such attributes, by `sensitive = true`, or
//! by its name.

use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{
    facts::{schema, secrets},
    redact::{self, Redactor, TooLarge},
    source::{File, Value},
};

/// Hides what is secret in source lines.
pub(super) struct Veil {
    redactor: Redactor,
}

/// A line, or a part of one, without secrets.
pub(super) struct Veiled {
    pub(super) text: String,
    /// The marks, moved along.
    pub(super) marks: Vec<Range<usize>>,
}

impl Veiled {
    /// In the place of a line that there is not.
    pub(super) fn empty() -> Veiled {
        Veiled { text: String::new(), marks: Vec::new() }
    }
}

/// So many bytes of a line are worth looking at before and after what matters in it.
const MARGIN: usize = 2_048;

impl Veil {
    /// For the secrets of all plans of a run: they share source files.
    pub(super) fn new(secrets: &BTreeSet<String>) -> Result<Veil, TooLarge> {
        Ok(Veil { redactor: Redactor::for_source(secrets)? })
    }

    /// A line of a file; what is far from the marks is left out. None where there is no such line.
    pub(super) fn line(&self, file: &File, line: u32, marks: &[Range<usize>]) -> Option<Veiled> {
        let text = file.line(line)?;
        let part = part(text, marks);
        let mut found = file.secrets(line, &part, &is_secret);
        // A secret that reaches into the part is only found with all of it.
        let reach = self.redactor.longest();
        let wide = floor(text, part.start.saturating_sub(reach))..ceil(text, part.end + reach);
        let known = self.redactor.find(&text[wide.clone()]);
        found.extend(known.into_iter().map(|it| it.start + wide.start..it.end + wide.start));
        let inside = |at: usize| at.clamp(part.start, part.end) - part.start;
        let found = merged(found.iter().map(|it| inside(it.start)..inside(it.end)));
        let mut marks: Vec<Range<usize>> =
            marks.iter().map(|it| inside(it.start)..inside(it.end)).collect();
        let text = redact::hide(&text[part], &found, &mut marks);
        Some(Veiled { text, marks })
    }
}

/// The part of a line that may be shown.
fn part(text: &str, marks: &[Range<usize>]) -> Range<usize> {
    let first = marks.iter().map(|mark| mark.start).min().unwrap_or_default();
    floor(text, first.saturating_sub(MARGIN))..ceil(text, first + MARGIN)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn ceil(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// The same ranges in order and apart, without empty ones.
fn merged(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = ranges.filter(|range| !range.is_empty()).collect();
    all.sort_by_key(|range| range.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in all {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// Whether what stands in such a place is a secret, whatever it is.
fn is_secret(value: &Value<'_>) -> bool {
    let Some(name) = value.path.last() else { return false };
    let guards = matches!((value.block, *name), ("variable", "default") | ("output", "value"));
    if guards && value.path.len() == 1 {
        let labelled = value.labels.first().is_some_and(|name| promises(name));
        return value.is_sensitive || labelled;
    }
    promises(name) || declared(value)
}

/// Whether the provider, or our table, says so.
fn declared(value: &Value<'_>) -> bool {
    let Some(type_) = value.labels.first() else { return false };
    let path = || value.path.iter().copied();
    let (schema, mode) = match value.block {
        "resource" => (schema::resource(type_), secrets::Mode::Managed),
        "data" => (schema::data(type_), secrets::Mode::Data),
        "ephemeral" => (schema::ephemeral(type_), secrets::Mode::Managed),
        "provider" => {
            let known = secrets::provider_credentials(type_);
            return known.is_some_and(|it| path().any(|name| it.secret.contains(&name)));
        }
        _ => return false,
    };
    let masked = schema.and_then(|schema| schema.attribute(path()));
    masked.is_some_and(|it| it.sensitive || it.write_only)
        || secrets::attribute(mode, type_, &value.path.join(".")).is_some()
}

/// Whether a name promises a secret.
fn promises(name: &str) -> bool {
    static SECRET: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(secrets::SECRET_NAME).ok());
    static NOT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(secrets::NOT_SECRET_NAME).ok());
    let is = |regex: &Option<Regex>| regex.as_ref().is_some_and(|it| it.is_match(name));
    is(&SECRET) && !is(&NOT)
}
