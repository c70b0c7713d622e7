//! A few lines as they will be seen: harmless, cut to the width, each with what is marked in it.
//!
//! miette panics where a label starts beyond column 65,535 and prints lines of any length. So it
//! only ever sees a [`Listing`].

use std::ops::Range;

use textwrap::{WordSeparator, WordSplitter, core::display_width};

use crate::{
    lint::{Excerpt, Snippet},
    redact::neutralise_marked,
};

/// Excerpts have at most this many lines; longer ones are cut around the mark.
const MAX_EXCERPT: usize = 12;

/// A label has at most this many lines, none narrower than that.
const MAX_LABEL: usize = 3;
const MIN_LABEL: usize = 24;

/// Columns that a label needs beside its words.
const HOOK: usize = 4;

/// Lines, and the stretches of them that matter.
#[derive(Debug)]
pub(super) struct Listing {
    /// Over the first line.
    pub(super) title: String,
    /// The lines, as many as there are rows, with a line break between them.
    pub(super) text: String,
    pub(super) rows: Vec<Row>,
    /// In the order of the text.
    pub(super) marks: Vec<Marked>,
}

/// What a line of a listing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A line with its number; an excerpt's lines have none.
    Line(Option<u32>),
    /// Lines are left out here; its text is empty.
    Gap,
    /// Another file begins; its text is empty.
    Title(String),
}

/// A stretch of one line, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    /// Bytes of the text.
    pub(super) range: Range<usize>,
    /// The finding's related place of that index; the subject where there is none.
    pub(super) related: Option<usize>,
    pub(super) label: Option<String>,
    /// Whether the label says all there is to say.
    pub(super) is_whole: bool,
}

/// What a mark says: all there is to say, and less for where there is no room for that.
pub(super) struct Words {
    pub(super) whole: Option<String>,
    pub(super) short: Option<String>,
}

impl Listing {
    /// An excerpt for a terminal of `columns` columns beside the frame. None where it is empty.
    /// `title` and `label` have to be harmless; a label for which there is no room is left out.
    pub(super) fn of_excerpt(
        excerpt: &Excerpt,
        title: String,
        label: Option<String>,
        columns: usize,
    ) -> Option<Listing> {
        let (text, mark) = (&excerpt.text, marked(excerpt)?);
        let first = text[..mark.start].matches('\n').count();
        let all = text.split('\n').count();
        let from = first.saturating_sub(MAX_EXCERPT / 2).min(all.saturating_sub(MAX_EXCERPT));
        let mut listing = Listing::new(title);
        let mut offset = 0;
        for (n, line) in text.split('\n').enumerate() {
            if n >= from && listing.rows.len() < MAX_EXCERPT {
                let here =
                    (None, mark.start.saturating_sub(offset)..mark.end.saturating_sub(offset));
                let here = if n == first { vec![here] } else { Vec::new() };
                listing.push(Row::Line(None), line, &here, columns);
            }
            offset += line.len() + 1;
        }
        listing.write_labels(columns, &|_| Words { whole: label.clone(), short: None });
        Some(listing)
    }

    /// Lines of files. `title` says where a file's first mark is, `words` what a mark means; both have
    /// to be harmless. None where there are no lines.
    pub(super) fn of_picture(
        picture: &[Snippet],
        columns: usize,
        title: impl Fn(&str, Option<usize>) -> String,
        words: &dyn Fn(Option<usize>) -> Words,
    ) -> Option<Listing> {
        let over = |path: &str| {
            let of_file = picture.iter().filter(|it| it.path == path).flat_map(|it| &it.marks);
            title(path, of_file.map(|mark| mark.related).min().flatten())
        };
        let mut file = picture.first()?.path.as_str();
        let mut listing = Listing::new(over(file));
        for (n, snippet) in picture.iter().enumerate() {
            if snippet.path != file {
                file = &snippet.path;
                listing.push(Row::Title(over(file)), "", &[], columns);
            } else if n > 0 {
                listing.push(Row::Gap, "", &[], columns);
            }
            for (at, line) in snippet.lines.iter().enumerate() {
                let number = u32::try_from(at).map_or(u32::MAX, |at| snippet.line + at);
                let here = snippet.marks.iter().filter(|mark| mark.line == at);
                let mut here: Vec<_> =
                    here.map(|mark| (mark.related, mark.range.clone())).collect();
                here.sort_by_key(|(_, range)| range.start);
                listing.push(Row::Line(Some(number)), line, &here, columns);
            }
        }
        listing.write_labels(columns, words);
        Some(listing)
    }

    fn new(title: String) -> Listing {
        Listing { title, text: String::new(), rows: Vec::new(), marks: Vec::new() }
    }

    /// Whether the label of the subject, or of a related place, says all there is to say.
    pub(super) fn says(&self, related: Option<usize>) -> bool {
        self.marks.iter().any(|mark| mark.related == related && mark.is_whole)
    }

    fn push(
        &mut self,
        row: Row,
        line: &str,
        marks: &[(Option<usize>, Range<usize>)],
        columns: usize,
    ) {
        if !self.rows.is_empty() {
            self.text.push('\n');
        }
        self.rows.push(row);
        let start = self.text.len();
        let ranges: Vec<Range<usize>> = marks.iter().map(|(_, range)| range.clone()).collect();
        let (line, ranges) = expand_tabs(line, ranges);
        let (line, ranges) = harmless(&line, ranges);
        let (line, ranges) = window(&line, ranges, columns);
        for ((related, _), range) in marks.iter().zip(ranges) {
            let range = trimmed(&line, range);
            if !range.is_empty() {
                let range = start + range.start..start + range.end;
                let (related, label, is_whole) = (*related, None, false);
                self.marks.push(Marked { range, related, label, is_whole });
            }
        }
        self.text.push_str(&line);
    }

    /// miette hangs a label under the middle of its mark, and wraps nothing.
    fn write_labels(&mut self, columns: usize, words: &dyn Fn(Option<usize>) -> Words) {
        for mark in &mut self.marks {
            let line = self.text[..mark.range.start].rfind('\n').map_or(0, |at| at + 1);
            let start = display_width(&self.text[line..mark.range.start]);
            let middle = start + display_width(&self.text[mark.range.clone()]) / 2;
            let room = columns.saturating_sub(middle + HOOK);
            let Words { whole, short } = words(mark.related);
            mark.label = whole.and_then(|it| wrap(&it, room));
            mark.is_whole = mark.label.is_some();
            mark.label = mark.label.take().or_else(|| wrap(&short?, room));
        }
    }
}

/// The text in as many lines as a label may have; none where there is no room for it.
fn wrap(text: &str, room: usize) -> Option<String> {
    let longest = text.lines().map(display_width).max()?;
    if longest > room && room < MIN_LABEL {
        return None;
    }
    let options = textwrap::Options::new(room)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let lines: Vec<_> = text.lines().flat_map(|line| textwrap::wrap(line, &options)).collect();
    let fits = lines.len() <= MAX_LABEL && lines.iter().all(|line| display_width(line) <= room);
    fits.then(|| lines.join("\n"))
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

/// The range without white space at its ends.
fn trimmed(line: &str, range: Range<usize>) -> Range<usize> {
    let part = line.get(range.clone()).unwrap_or_default();
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// Source files may be indented with tabs, which are no control characters there.
fn expand_tabs(line: &str, marks: Vec<Range<usize>>) -> (String, Vec<Range<usize>>) {
    const TAB: &str = "    ";
    let line = line.strip_suffix('\r').unwrap_or(line);
    let grown = |at: usize| {
        let at = at.min(line.len());
        at + line[..at].matches('\t').count() * (TAB.len() - 1)
    };
    let marks = marks.into_iter().map(|mark| grown(mark.start)..grown(mark.end)).collect();
    (line.replace('\t', TAB), marks)
}

/// Nothing in it acts on a terminal or a runner any more.
fn harmless(line: &str, marks: Vec<Range<usize>>) -> (String, Vec<Range<usize>>) {
    let text = neutralise_marked(line, 0..0).0.into_owned();
    let marks = marks.into_iter().map(|mark| neutralise_marked(line, mark).1).collect();
    (text, marks)
}

/// As much of a line as fits, with the start of the first mark in it.
fn window(line: &str, marks: Vec<Range<usize>>, columns: usize) -> (String, Vec<Range<usize>>) {
    if line.len() <= columns || display_width(line) <= columns {
        return (line.to_owned(), marks);
    }
    let lead = &line[..marks.first().map_or(0, |mark| mark.start)];
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
    let marks = marks.into_iter().map(|mark| inside(mark.start)..inside(mark.end)).collect();
    (out, marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Mark;

    fn listing(text: &str, mark: Range<usize>, width: usize) -> Listing {
        let excerpt = Excerpt { text: text.to_owned(), mark };
        Listing::of_excerpt(&excerpt, "unit: address".to_owned(), None, width).unwrap()
    }

    fn seen(listing: &Listing) -> &str {
        &listing.text[listing.marks[0].range.clone()]
    }

    #[test]
    fn a_mark_keeps_to_its_line() {
        let text = "resource {\n  a {\n    b = 1\n  }\n}";
        let at = text.find("  a {").unwrap();
        assert_eq!(seen(&listing(text, at..text.len(), 80)), "a {");
        assert_eq!(seen(&listing(text, 0..0, 80)), "resource {");
        assert_eq!(seen(&listing(text, 700..900, 80)), "resource {");
        let empty = Excerpt { text: "\n  \n".to_owned(), mark: 0..1 };
        assert!(Listing::of_excerpt(&empty, String::new(), None, 80).is_none());
    }

    #[test]
    fn long_lines_show_their_mark() {
        let text = format!("a = \"{}\" b = \"{}\"", "ü".repeat(70_000), "x".repeat(70_000));
        let at = text.find("b =").unwrap();
        for mark in [at..text.len(), at..at + 3, 0..text.len(), 0..1] {
            let listing = listing(&text, mark.clone(), 72);
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
        assert_eq!((listing.rows.len(), seen(&listing)), (MAX_EXCERPT, "line_70"));
    }

    #[test]
    fn files_and_gaps_have_rows() {
        let snippet =
            |path: &str, line, text: &str, marks: &[(usize, Range<usize>, Option<usize>)]| {
                Snippet {
                    path: path.to_owned(),
                    line,
                    lines: text.lines().map(str::to_owned).collect(),
                    marks: marks
                        .iter()
                        .map(|(line, range, related)| Mark {
                            line: *line,
                            range: range.clone(),
                            related: *related,
                        })
                        .collect(),
                }
            };
        let picture = [
            snippet("a.tf", 3, "a {", &[]),
            snippet("a.tf", 9, "\tb = 1 ; c = 2", &[(0, 9..14, Some(1)), (0, 1..6, None)]),
            snippet("b.tf", 1, "x {\n  größe = 1", &[(1, 2..13, Some(0))]),
        ];
        let title = |path: &str, related: Option<usize>| format!("{path} {related:?}");
        let words = |related: Option<usize>| Words {
            whole: related.map(|n| format!("related {n} {}", "too long ".repeat(n * 20))),
            short: related.map(|n| format!("related {n}")),
        };
        let listing = Listing::of_picture(&picture, 60, title, &words).unwrap();
        assert_eq!(listing.title, "a.tf None");
        let numbers = [Some(3), Some(9), Some(1), Some(2)].map(Row::Line);
        let [three, nine, one, two] = numbers;
        let rows = [three, Row::Gap, nine, Row::Title("b.tf Some(0)".to_owned()), one, two];
        assert_eq!(listing.rows, rows);
        let marks: Vec<(&str, Option<&str>)> = listing
            .marks
            .iter()
            .map(|it| (&listing.text[it.range.clone()], it.label.as_deref()))
            .collect();
        let wanted =
            [("b = 1", None), ("c = 2", Some("related 1")), ("größe = 1", Some("related 0"))];
        assert_eq!(marks, wanted);
    }

    #[test]
    fn labels_wrap_where_there_is_room() {
        assert_eq!(wrap("one two", 7).as_deref(), Some("one two"));
        assert_eq!(wrap("one two", 6), None, "no room for words");
        let text = "the metastore of this region, which is another one";
        let wrapped = "the metastore of this region,\nwhich is another one";
        assert_eq!(wrap(text, 30).as_deref(), Some(wrapped));
        assert_eq!(wrap(&text.repeat(9), 30), None, "too many lines");
        assert_eq!(wrap(&"x".repeat(31), 30), None, "names stay whole");
    }
}
