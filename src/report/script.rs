//! An error in a script, drawn on its own line by miette.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
    ThemeCharacters, ThemeStyles,
};

use crate::{
    lint::{ScriptError, Spot},
    redact::{acts, is_inline_command, neutralise},
};

use super::{Options, text};

/// miette prints lines of any length, and panics far to the right.
const LONGEST_LINE: usize = 300;

/// A message beyond this helps nobody.
const MAX_CHARS: usize = 400;

/// The text without what acts on a terminal or a runner. One character for one, so that places stay
/// right.
fn harmless(text: &str) -> String {
    let of = |(at, c): (usize, char)| {
        let is_command = c == '#' && is_inline_command(&text[at..]);
        if c != '\n' && (acts(c) || is_command) { ' ' } else { c }
    };
    text.char_indices().map(of).collect()
}

/// As many calls are shown as fit a screen.
const CALLS: usize = 4;

/// The error with the lines of the script that it speaks of; only its sentence where these cannot
/// be drawn.
pub fn draw(error: &ScriptError, options: &Options) -> String {
    drawing(error, options)
        .unwrap_or_else(|| format!("error: {}\n", neutralise(&error.to_string())))
}

/// None where the script cannot be shown.
pub(super) fn drawing(error: &ScriptError, options: &Options) -> Option<String> {
    let Options { color, width, unicode, .. } = *options;
    let drawing = Drawing::new(error)?;
    let styles = if color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let characters = if unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let theme = GraphicalTheme { characters, styles };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .without_cause_chain()
        .without_syntax_highlighting();
    let mut out = String::new();
    handler.render_report(&mut out, &drawing).ok()?;
    let lines = out.trim_end().trim_start_matches('\n').lines();
    Some(lines.map(|line| format!("{}\n", line.trim_end())).collect())
}

/// What miette draws.
#[derive(Debug)]
struct Drawing {
    message: String,
    help: Option<String>,
    source: NamedSource<String>,
    labels: Vec<LabeledSpan>,
}

impl Drawing {
    fn new(error: &ScriptError) -> Option<Drawing> {
        let text = harmless(&error.text);
        let is_short = |spot: &Spot| {
            let line = text.lines().nth((spot.line as usize).saturating_sub(1));
            line.is_none_or(|line| line.len() <= LONGEST_LINE)
        };
        let calls = error.calls.iter().take(CALLS);
        if !is_short(&error.at) || !calls.clone().all(|(spot, _)| is_short(spot)) {
            return None;
        }
        let span = |spot: &Spot| spot.range(&text).map(|range| (range.start, range.len()));
        let first = LabeledSpan::new_primary_with_span(None, span(&error.at)?);
        let others = calls.filter_map(|(spot, label)| {
            Some(LabeledSpan::new_with_span(Some(neutralise(label).into_owned()), span(spot)?))
        });
        Some(Drawing {
            labels: std::iter::once(first).chain(others).collect(),
            message: text::message(&error.message, MAX_CHARS).into_owned(),
            help: error.help.as_ref().map(|it| text::message(it, MAX_CHARS).into_owned()),
            source: NamedSource::new(text::name(&error.path), text),
        })
    }
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawing {}

impl Diagnostic for Drawing {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_drawn_on_its_line_with_its_calls() {
        let text = "fn check(r) {\n    helper(r);\n}\n\nfn helper(r) {\n    r.reff(\"a\");\n}\n";
        let at = |word: &str| Spot::at_offset(text, text.find(word).unwrap());
        let error = ScriptError {
            path: "rules/t.rhai".to_owned(),
            at: at("reff"),
            message: "there is no function `reff`".to_owned(),
            help: Some("did you mean `ref`?".to_owned()),
            calls: Box::new([(at("helper"), "in the call of `helper`".to_owned())]),
            text: text.into(),
        };
        let plain = Options { width: 80, ..Options::default() };
        let drawn = draw(&error, &plain);
        for part in ["rules/t.rhai:6:7", "in the call of `helper`", "help: did you mean", "6 │"] {
            assert!(drawn.contains(part), "{part}: {drawn}");
        }
        let colored = Options { color: true, ..plain.clone() };
        assert!(!drawn.contains('\u{1b}') && draw(&error, &colored).contains('\u{1b}'));
        let ascii = draw(&error, &Options { unicode: false, ..plain.clone() });
        assert!(ascii.is_ascii() && ascii.contains("6 |"), "{ascii}");
        let long = ScriptError { text: "x".repeat(1_000).into(), ..error };
        assert!(draw(&long, &plain).starts_with("error: rules/t.rhai:6:7: there is"));
    }
}
