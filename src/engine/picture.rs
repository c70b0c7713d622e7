//! Source lines that show a finding: the line that decides, what is around it, and the lines of what
//! it is related to.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use rayon::prelude::*;

use crate::{
    lint::{Change, Finding, Mark, Place, Snippet, SourceSpan},
    redact::Secrets,
    source::{Around, File},
};

use super::{
    locate::Origins,
    veil::{Veil, Veiled},
};

/// Related places in one picture; the rest are named below it.
const MAX_RELATED: usize = 3;

/// Lines of a picture, those that say where they are from included. With labels and words it has to
/// stay within a screen.
const MAX_LINES: usize = 16;

/// Lines shown before and after a line that matters. The first that fits is taken.
const REACHES: [Reach; 3] = [
    Reach { before: 2, after: 2, below_head: 4 },
    Reach { before: 1, after: 1, below_head: 1 },
    Reach { before: 0, after: 0, below_head: 0 },
];

/// How much is shown around a line that matters.
#[derive(Clone, Copy)]
struct Reach {
    before: u32,
    after: u32,
    /// After the first line of a block, which tells little by itself.
    below_head: u32,
}

/// A line that matters.
struct Focus<'a> {
    file: File,
    span: &'a SourceSpan,
    around: Around,
    related: Option<usize>,
}

/// Gives findings that have source lines their picture. `secrets` of all plans are kept out of it.
/// Where these cannot be searched for there are no pictures, and the excerpts stay.
pub fn draw(findings: &mut [Finding], origins: &Origins, secrets: &Secrets) {
    if findings.iter().all(|finding| finding.source.is_none()) {
        return;
    }
    let Ok(veil) = Veil::new(secrets) else { return };
    findings.par_iter_mut().for_each(|finding| {
        // The source shows how things will be, and not any more what was wrong.
        if finding.change != Change::Fixed {
            finding.picture = picture(finding, origins, &veil);
        }
    });
}

fn picture(finding: &Finding, origins: &Origins, veil: &Veil) -> Vec<Snippet> {
    let mut foci = foci(finding, origins);
    let sheets = loop {
        let mut reaches = REACHES.iter().map(|reach| sheets(&foci, *reach));
        let Some(smallest) = reaches.next_back() else { return Vec::new() };
        let fitting = reaches.find(|sheets| count(sheets) <= MAX_LINES);
        match fitting {
            Some(sheets) => break sheets,
            None if count(&smallest) > MAX_LINES && foci.len() > 1 => drop(foci.pop()),
            None => break smallest,
        }
    };
    sheets.iter().flat_map(|sheet| sheet.snippets(&foci, veil)).collect()
}

/// The subject's line, then those of what it is related to; none where the subject has no line.
fn foci<'a>(finding: &'a Finding, origins: &Origins) -> Vec<Focus<'a>> {
    let mut foci: Vec<Focus<'_>> = Vec::new();
    let subject = (&finding.place, &finding.source, None);
    let related = finding.related.iter().enumerate();
    let related = related.map(|(n, it)| (&it.place, &it.source, Some(n)));
    for (place, source, related) in std::iter::once(subject).chain(related) {
        let focus = source.as_ref().and_then(|span| Focus::new(place, span, related, origins));
        if related.is_none() && focus.is_none() {
            break;
        }
        let Some(focus) = focus else { continue };
        if foci.len() <= MAX_RELATED && !foci.iter().any(|other| other.overlaps(&focus)) {
            foci.push(focus);
        }
    }
    foci
}

impl<'a> Focus<'a> {
    fn new(
        place: &Place,
        span: &'a SourceSpan,
        related: Option<usize>,
        origins: &Origins,
    ) -> Option<Focus<'a>> {
        let file = origins.get(&place.unit)?.tree()?.file(&span.path)?;
        let around = file.around(span.line).unwrap_or_default();
        Some(Focus { file, span, around, related })
    }

    /// Two marks in one place would be one.
    fn overlaps(&self, other: &Focus<'_>) -> bool {
        let same_line = self.file.is(&other.file) && self.span.line == other.span.line;
        same_line
            && self.span.column < other.span.end_column
            && other.span.column < self.span.end_column
    }

    /// The lines to show.
    fn lines(&self, reach: Reach) -> Vec<u32> {
        let line = self.span.line;
        let mut lines = self.around.heads.clone();
        let (Some(first), last) = (lines.first().copied(), self.around.end) else {
            return vec![line];
        };
        let after = if lines.contains(&line) { reach.below_head } else { reach.after };
        let from = line.saturating_sub(reach.before).max(first);
        lines.extend(from..=(line + after).min(last).max(line));
        lines
    }

    /// Bytes of its line.
    fn range(&self) -> Range<usize> {
        let at = |column: u32| self.file.offset(self.span.line, column);
        let end =
            if self.span.end_line == self.span.line { self.span.end_column } else { u32::MAX };
        at(self.span.column)..at(end)
    }
}

/// Lines of one file.
struct Sheet {
    file: File,
    path: String,
    lines: BTreeSet<u32>,
}

/// The lines to show, by file, in the order in which the files come up.
fn sheets(foci: &[Focus<'_>], reach: Reach) -> Vec<Sheet> {
    let mut sheets: Vec<Sheet> = Vec::new();
    for focus in foci {
        let lines = focus.lines(reach);
        match sheets.iter_mut().find(|sheet| sheet.file.is(&focus.file)) {
            Some(sheet) => sheet.lines.extend(lines),
            None => sheets.push(Sheet {
                file: focus.file.clone(),
                path: focus.span.path.clone(),
                lines: lines.into_iter().collect(),
            }),
        }
    }
    for sheet in &mut sheets {
        sheet.trim(foci);
    }
    sheets
}

/// Lines with those that are drawn between them.
fn count(sheets: &[Sheet]) -> usize {
    sheets.iter().map(|sheet| sheet.lines.len() + sheet.runs().len()).sum()
}

impl Sheet {
    /// Takes blank lines away from edges, and fills gaps that would take as much room.
    fn trim(&mut self, foci: &[Focus<'_>]) {
        for line in self.lines.clone() {
            if self.lines.contains(&(line + 2)) {
                self.lines.insert(line + 1);
            }
        }
        let matters = |line: u32| {
            foci.iter().any(|focus| focus.file.is(&self.file) && focus.span.line == line)
        };
        let file = &self.file;
        let is_blank = |line: u32| file.line(line).is_none_or(|text| text.trim().is_empty());
        for run in self.runs() {
            let blank = |line: &u32| !matters(*line) && is_blank(*line);
            let gone: Vec<u32> =
                run.clone().take_while(blank).chain(run.clone().rev().take_while(blank)).collect();
            self.lines.retain(|line| !gone.contains(line));
        }
    }

    /// Its lines, those that follow one another together.
    fn runs(&self) -> Vec<Range<u32>> {
        let mut runs: Vec<Range<u32>> = Vec::new();
        for line in &self.lines {
            match runs.last_mut() {
                Some(run) if run.end == *line => run.end += 1,
                _ => runs.push(*line..line + 1),
            }
        }
        runs
    }

    fn snippets(&self, foci: &[Focus<'_>], veil: &Veil) -> Vec<Snippet> {
        let mut by_line: BTreeMap<u32, Vec<&Focus<'_>>> = BTreeMap::new();
        for focus in foci.iter().filter(|focus| focus.file.is(&self.file)) {
            by_line.entry(focus.span.line).or_default().push(focus);
        }
        let snippet = |run: Range<u32>| {
            let mut snippet = Snippet {
                path: self.path.clone(),
                line: run.start,
                lines: Vec::new(),
                marks: Vec::new(),
            };
            for line in run {
                let foci = by_line.get(&line).map(Vec::as_slice).unwrap_or_default();
                let ranges: Vec<Range<usize>> = foci.iter().map(|focus| focus.range()).collect();
                let veiled = veil.line(&self.file, line, &ranges);
                let Veiled { text, marks } = veiled.unwrap_or_else(Veiled::empty);
                let at = snippet.lines.len();
                let marks = foci.iter().zip(marks);
                snippet.marks.extend(marks.map(|(focus, range)| Mark {
                    line: at,
                    range,
                    related: focus.related,
                }));
                snippet.lines.push(text);
            }
            snippet
        };
        self.runs().into_iter().map(snippet).collect()
    }
}
