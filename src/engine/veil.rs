//! Keeps secrets out of source lines that are shown.
//!
//! Two nets. What plans mask and what rules found is looked for as in every other text. But source
//! holds more than plans do: write-only arguments, parts of a secret around an interpolation,
//! secrets that are too short to look for. So a value is hidden, too, where its attribute is one
//! for secrets: by the provider's schema, by our table of such attributes, by `sensitive = true`, or
//! by its name.
//!
//! Comments and heredocs are text that no schema tells about: configuration that was commented out,
//! scripts that export a password. There a name that promises a secret is enough, as is the form of
//! a token. More is hidden than has to be: nobody needs a comment to understand a finding.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{
    facts::{schema, secrets},
    plan::Tri,
    redact::{self, Redactor, Secrets, TooLarge},
    secrecy::{
        forms::{self, Token},
        names, regex,
    },
    source::{File, Free, Value},
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

/// Free text of more bytes is hidden unread.
const MAX_FREE: usize = 1 << 16;

impl Veil {
    /// For the secrets of all plans of a run: they share source files.
    pub(super) fn new(secrets: &Secrets) -> Result<Veil, TooLarge> {
        Ok(Veil { redactor: Redactor::for_source(secrets)? })
    }

    /// A line of a file; what is far from the marks is left out. None where there is no such line.
    pub(super) fn line(&self, file: &File, line: u32, marks: &[Range<usize>]) -> Option<Veiled> {
        let text = file.line(line)?;
        let part = part(text, marks);
        let mut found = file.secrets(line, &part, &is_secret);
        found.extend(file.free(line).iter().flat_map(free));
        // A secret that reaches into the part is only found with all of it.
        let reach = self.redactor.longest();
        let wide = floor(text, part.start.saturating_sub(reach))..ceil(text, part.end + reach);
        let moved = |it: Range<usize>| it.start + wide.start..it.end + wide.start;
        found.extend(forms::places(&text[wide.clone()]).into_iter().map(moved));
        let known = self.redactor.find(&text[wide.clone()]);
        found.extend(known.into_iter().map(moved));
        let inside = |at: usize| at.clamp(part.start, part.end) - part.start;
        let found = redact::merged(found.iter().map(|it| inside(it.start)..inside(it.end)));
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

/// Whether a name promises a secret, or may.
fn promises(name: &str) -> bool {
    names::promise(name) != Tri::No
}

/// What of the free text on a line is not to be seen, in bytes of the line. A secret may go on over
/// lines, and so may what is commented out: comments show all or only their marks.
fn free(free: &Free<'_>) -> Vec<Range<usize>> {
    let told = if free.text.len() > MAX_FREE {
        std::iter::once(0..free.text.len()).collect()
    } else {
        told(free.text)
    };
    let line = |it: &Range<usize>| {
        let start = it.start.max(free.here.start);
        start + free.at - free.here.start
            ..it.end.min(free.here.end).max(start) + free.at - free.here.start
    };
    if !free.is_comment {
        return told.iter().filter(|it| it.start < free.here.end).map(line).collect();
    }
    let here = &free.text[free.here.clone()];
    let words = here.trim_start_matches(|c: char| c.is_whitespace() || "#/*".contains(c));
    let start = free.here.end - words.len();
    let words = words.strip_suffix("*/").unwrap_or(words).trim_end();
    let inside = start..start + words.len();
    if told.is_empty() { Vec::new() } else { vec![line(&inside)] }
}

/// Where a text tells a secret.
fn told(text: &str) -> Vec<Range<usize>> {
    let mut found = tokens(text);
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end();
        let next = start + whole.len();
        if let Some(at) = value_in(line) {
            let goes_on = goes_on(line, &line[at..]);
            found.push(start + at..if goes_on { text.len() } else { start + line.len() });
        }
        if line.contains("PRIVATE KEY") {
            found.push(start..text.len());
        }
        start = next;
    }
    found
}

/// Where on a line a value starts whose name promises a secret.
fn value_in(line: &str) -> Option<usize> {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| regex(r"(?i)[a-z0-9_.-]+(?:[ ](?:key|string)(?-u:\b))?"));
    // Without the expression nothing is known of the line.
    let Some(name) = NAME.as_ref() else { return Some(0) };
    let found = name.find_iter(line).find(|name| {
        let rest = &line[name.end()..];
        // `--password x`, and `some.secret.key x` of a properties file.
        let needs_none =
            name.as_str().starts_with('-') || name.as_str().trim_end_matches('.').contains('.');
        let has_value = rest.contains(['=', ':']) || (needs_none && rest.starts_with([' ', '\t']));
        has_value && hints(name.as_str())
    })?;
    let rest = &line[found.end()..];
    let sign = |c: char| c.is_whitespace() || "\"'`)]\\=:".contains(c);
    Some(line.len() - rest.trim_start_matches(sign).len())
}

/// Whether the value on a line may have more lines: a block of YAML, an open quote, a `\` at the end.
fn goes_on(line: &str, value: &str) -> bool {
    let is_open = |quote: char| line.matches(quote).count() % 2 == 1;
    !value.contains(char::is_alphanumeric)
        || value.starts_with(['|', '>', '!', '[', '{', '('])
        || value.ends_with('\\')
        || value.contains("<<")
        || is_open('"')
        || is_open('\'')
}

/// Whether a name in free text promises a secret: scripts write `PGPASSWORD` and `apiToken`, which
/// attributes do not.
fn hints(name: &str) -> bool {
    static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = r"passw(?:or)?d|passphrase|secret|token|credential|(?:api|access|account|private)[ ._-]?key|connection[ ._-]?string";
        regex(words)
    });
    if promises(name) {
        return true;
    }
    let name = name.trim_matches(['-', '.']).to_lowercase().replace("secretsmanager", "");
    SECRET.as_ref().is_none_or(|it| it.is_match(&name)) && !names::is_about_secrets(&name)
}

/// Where something in the form of a token stands. One of several lines may have further ones.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let end = |hit: &Token<'_>| {
        if hit.whole.trim_end().contains('\n') { text.len() } else { hit.range.end }
    };
    forms::find(text).iter().map(|hit| hit.range.start..end(hit)).collect()
}
