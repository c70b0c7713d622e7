//! Colours and wrapping. Nothing here looks at a terminal; `Options` has decided.

use textwrap::{WordSeparator, WordSplitter, core::display_width};

use crate::{lint::Severity, redact::neutralise};

/// SGR codes, joined where several apply.
pub(super) const BOLD: &str = "1";
pub(super) const DIM: &str = "2";
pub(super) const GREEN: &str = "1;32";
pub(super) const LINK: &str = "1;4;36";
pub(super) const RED: &str = "1;31";
pub(super) const PLAIN: &str = "";

/// The colour of a severity.
pub(super) fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => RED,
        Severity::Warning => "1;33",
        Severity::Note => "1;36",
    }
}

/// Writes colours, or leaves them out.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) color: bool,
    pub(super) links: bool,
    pub(super) width: usize,
}

/// What a paragraph starts with: as it is measured, and as it is written.
pub(super) struct Label {
    plain: String,
    painted: String,
}

impl Paint {
    /// The text in the given colour.
    pub(super) fn paint(self, code: &str, text: &str) -> String {
        if self.color && !code.is_empty() && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// A label made of pieces, each with its colour.
    pub(super) fn label(self, pieces: &[(&str, &str)]) -> Label {
        let plain = pieces.iter().map(|(_, text)| *text).collect();
        let painted = pieces.iter().map(|(code, text)| self.paint(code, text)).collect();
        Label { plain, painted }
    }

    /// A label that leads to `url` when clicked (OSC 8), if that is wanted.
    pub(super) fn link(self, mut label: Label, url: &str) -> Label {
        if self.links && !url.is_empty() {
            label.painted = format!("\u{1b}]8;;{url}\u{1b}\\{}\u{1b}]8;;\u{1b}\\", label.painted);
        }
        label
    }

    /// Writes the label and the text after it, wrapped, further lines indented by `indent`, at
    /// most `max` lines.
    pub(super) fn paragraph(
        self,
        out: &mut String,
        label: &Label,
        (code, text): (&str, &str),
        indent: usize,
        max: usize,
    ) {
        let mut used = display_width(&label.plain);
        out.push_str(&label.painted);
        if used + 20 > self.width {
            // No room beside the label.
            out.push('\n');
            used = indent;
            out.push_str(&" ".repeat(indent));
        }
        let lines = wrap(text, self.width, used, indent);
        for (n, line) in lines.iter().take(max).enumerate() {
            if n > 0 {
                out.push_str(&" ".repeat(indent));
            }
            // Wrapping may have put a runner's command at the start of a line.
            let mut line = neutralise(line).into_owned();
            if n + 1 == max && lines.len() > max {
                line.push_str(" …");
            }
            out.push_str(&self.paint(code, &line));
            out.push('\n');
        }
    }
}

/// Breaks at spaces, and inside a word only where it alone is wider than the line: addresses must
/// stay whole to be copied.
fn wrap(text: &str, width: usize, first: usize, rest: usize) -> Vec<String> {
    let (first, rest) = (" ".repeat(first), " ".repeat(rest));
    let options = textwrap::Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&rest)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let indents = std::iter::once(first.len()).chain(std::iter::repeat(rest.len()));
    let lines = textwrap::wrap(text, options).into_iter().zip(indents);
    lines.map(|(line, indent)| line.get(indent..).unwrap_or_default().to_owned()).collect()
}
