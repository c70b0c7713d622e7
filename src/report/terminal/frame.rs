//! The excerpt of a finding, drawn by miette.
//!
//! miette panics where a label starts beyond column 65,535 and prints lines of any length. So it
//! only ever sees a [`Listing`]: a few harmless lines, cut to the width, with one mark on one line.

use std::{fmt, ops::Range};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use textwrap::core::display_width;

use crate::{
    lint::{Excerpt, Severity},
    redact::neutralise_marked,
};

/// Excerpts have at most this many lines; longer ones are cut around the mark.
const MAX_LINES: usize = 12;

/// Columns that miette needs left of the text, with room for two digits.
const GUTTER: usize = 8;

/// Lines of text as they will be seen, and the stretch of one of them that matters.
#[derive(Debug)]
pub(super) struct Listing {
    title: String,
    text: String,
    mark: Range<usize>,
    label: Option<String>,
    lines: usize,
}

impl Listing {
    /// Prepares an excerpt for a terminal of `width` columns. None where it is empty. `title` and
    /// `label` have to be harmless; a label for which there is no room is left out.
    pub(super) fn new(
        excerpt: &Excerpt,
        title: String,
        label: Option<String>,
        width: usize,
    ) -> Option<Listing> {
        let (text, mark) = (&excerpt.text, marked(excerpt)?);
        let first = text[..mark.start].matches('\n').count();
        let all = text.split('\n').count();
        let from = first.saturating_sub(MAX_LINES / 2).min(all.saturating_sub(MAX_LINES));
        let mut listing = Listing { title, text: String::new(), mark: 0..0, label, lines: 0 };
        let mut offset = 0;
        for (n, line) in text.split('\n').enumerate() {
            if n >= from && listing.lines < MAX_LINES {
                let local = (n == first).then(|| mark.start - offset..mark.end - offset);
                listing.push(line, local, width.saturating_sub(GUTTER).max(20));
            }
            offset += line.len() + 1;
        }
        listing.drop_wide_label(width.saturating_sub(GUTTER));
        Some(listing)
    }

    /// Whether the label is part of the picture.
    pub(super) fn is_labelled(&self) -> bool {
        self.label.is_some()
    }

    /// miette hangs a label under the middle of the mark and does not wrap it.
    fn drop_wide_label(&mut self, columns: usize) {
        let line = self.text[..self.mark.start].rfind('\n').map_or(0, |at| at + 1);
        let start = display_width(&self.text[line..self.mark.start]);
        let middle = start + display_width(&self.text[self.mark.clone()]) / 2;
        self.label = self.label.take().filter(|it| middle + 4 + display_width(it) <= columns);
    }

    fn push(&mut self, line: &str, mark: Option<Range<usize>>, columns: usize) {
        if self.lines > 0 {
            self.text.push('\n');
        }
        let start = self.text.len();
        let (line, local) = expand_tabs(line, mark.clone().unwrap_or_default());
        let (line, local) = neutralise_marked(&line, local);
        let (line, local) = window(&line, local, columns);
        self.text.push_str(&line);
        if mark.is_some() {
            self.mark = start + local.start..start + local.end;
        }
        self.lines += 1;
    }
}

/// The part of the excerpt to underline, on one line, never empty; its first line's text where the
/// excerpt marks nothing.
fn marked(excerpt: &Excerpt) -> Option<Range<usize>> {
    let text = &excerpt.text;
    let Range { start, end } = excerpt.mark.clone();
    let whole = text.get(start..end).filter(|part| !part.trim().is_empty());
    let (start, part) = whole.map_or((0, text.as_str()), |part| (start, part));
    let start = start + (part.len() - part.trim_start().len());
    let line = text[start..].split('\n').next().unwrap_or_default();
    let end = if whole.is_some() { end.min(start + line.len()) } else { start + line.len() };
    let end = start + text[start..end].trim_end().len();
    (start < end).then_some(start..end)
}

/// Source files may be indented with tabs, which are no control characters there.
fn expand_tabs(line: &str, mark: Range<usize>) -> (String, Range<usize>) {
    const TAB: &str = "    ";
    let line = line.strip_suffix('\r').unwrap_or(line);
    let grown = |at: usize| {
        let at = at.min(line.len());
        at + line[..at].matches('\t').count() * (TAB.len() - 1)
    };
    let mark = grown(mark.start)..grown(mark.end);
    (line.replace('\t', TAB), mark)
}

/// As much of a line as fits, with the start of the mark in it.
fn window(line: &str, mark: Range<usize>, columns: usize) -> (String, Range<usize>) {
    if line.len() <= columns || display_width(line) <= columns {
        return (line.to_owned(), mark);
    }
    let lead = &line[..mark.start];
    let skip = if display_width(lead) + 8 < columns {
        0
    } else {
        lead.char_indices().rev().nth(columns / 4).map_or(0, |(at, _)| at)
    };
    let mut out = String::from(if skip > 0 { "…" } else { "" });
    let shift = out.len();
    let mut used = out.chars().count();
    for letter in line[skip..].chars() {
        used += display_width(letter.encode_utf8(&mut [0; 4]));
        if used >= columns {
            break;
        }
        out.push(letter);
    }
    let seen = out.len();
    if seen - shift < line.len() - skip {
        out.push('…');
    }
    let inside = |at: usize| (at.saturating_sub(skip) + shift).min(seen);
    let mark = inside(mark.start)..inside(mark.end);
    (out, mark)
}

impl fmt::Display for Listing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Listing {}

impl Diagnostic for Listing {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (start, length) = (self.mark.start, self.mark.len());
        let span = LabeledSpan::new_primary_with_span(self.label.clone(), (start, length));
        Some(Box::new(std::iter::once(span)))
    }
}

impl SourceCode for Listing {
    /// All lines, whichever are asked for: a listing holds nothing but what is to be shown. That
    /// also spares miette's search for line breaks (measured on its own sources: 12 to 46 times).
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let span = (0, self.text.len()).into();
        let (title, text) = (self.title.clone(), self.text.as_bytes());
        Ok(Box::new(MietteSpanContents::new_named(title, text, span, 0, 0, self.lines)))
    }
}

/// Draws listings in one colour.
pub(super) struct Frames {
    handler: GraphicalReportHandler,
}

impl Frames {
    /// Frames whose mark has the colour of `severity`.
    pub(super) fn new(severity: Severity, color: bool, unicode: bool) -> Frames {
        let characters =
            if unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        let mut styles = if color { ThemeStyles::ansi() } else { ThemeStyles::none() };
        styles.highlights = vec![match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Note => styles.advice,
        }];
        // Line numbers are taken out below, so they must be nothing but digits.
        styles.linum = ThemeStyles::none().linum;
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .without_cause_chain()
            .without_primary_span_start()
            .without_syntax_highlighting();
        Frames { handler }
    }

    /// The listing in its frame, each line with a line break.
    pub(super) fn draw(&self, listing: &Listing) -> String {
        let mut drawn = String::new();
        if self.handler.render_report(&mut drawn, listing).is_err() {
            return String::new();
        }
        let mut out = String::with_capacity(drawn.len());
        let spare = if listing.lines > 9 { 1 } else { 0 };
        // miette's first line is its headline, for which a listing has no text.
        for line in drawn.lines().skip(1) {
            out.push_str(without_number(line).get(spare..).unwrap_or_default().trim_end());
            out.push('\n');
        }
        out
    }
}

/// A listing stands for a resource, not for a file: the numbers of its lines mean nothing.
fn without_number(line: &str) -> String {
    let start = line.len() - line.trim_start_matches(' ').len();
    let digits = line[start..].bytes().take_while(u8::is_ascii_digit).count();
    format!("{}{}", " ".repeat(start + digits), &line[start + digits..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(text: &str, mark: Range<usize>, width: usize) -> Listing {
        let excerpt = Excerpt { text: text.to_owned(), mark };
        Listing::new(&excerpt, "unit: address".to_owned(), None, width).unwrap()
    }

    fn seen(listing: &Listing) -> &str {
        &listing.text[listing.mark.clone()]
    }

    #[test]
    fn a_mark_keeps_to_its_line() {
        let text = "resource {\n  a {\n    b = 1\n  }\n}";
        let at = text.find("  a {").unwrap();
        assert_eq!(seen(&listing(text, at..text.len(), 80)), "a {");
        assert_eq!(seen(&listing(text, 0..0, 80)), "resource {");
        assert_eq!(seen(&listing(text, 700..900, 80)), "resource {");
        let empty = Excerpt { text: "\n  \n".to_owned(), mark: 0..1 };
        assert!(Listing::new(&empty, String::new(), None, 80).is_none());
    }

    #[test]
    fn long_lines_show_their_mark() {
        let text = format!("a = \"{}\" b = \"{}\"", "ü".repeat(70_000), "x".repeat(70_000));
        let at = text.find("b =").unwrap();
        for mark in [at..text.len(), at..at + 3, 0..text.len(), 0..1] {
            let listing = listing(&text, mark.clone(), 80);
            assert!(display_width(&listing.text) <= 72, "{}", listing.text);
            assert!(seen(&listing).starts_with(text[mark].chars().next().unwrap()));
        }
    }

    #[test]
    fn tabs_and_control_characters_move_the_mark() {
        let text = "\tname\u{1b}[2J = \"::error::\"\r\n\tnext";
        let at = text.find('"').unwrap();
        let end = text.find('\r').unwrap();
        let listing = listing(text, at..end, 80);
        assert_eq!(seen(&listing), "\"::error::\"");
        assert_eq!(listing.text, "    name\\u{1b}[2J = \"::error::\"\n    next");
    }

    #[test]
    fn many_lines_are_cut_around_the_mark() {
        let text: String = (0..100).map(|n| format!("line_{n} = {n}\n")).collect();
        let at = text.find("line_70").unwrap();
        let listing = listing(&text, at..at + 7, 80);
        assert_eq!((listing.lines, seen(&listing)), (MAX_LINES, "line_70"));
    }
}
