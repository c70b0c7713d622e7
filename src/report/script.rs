//! An error in a script, drawn on its own line by miette.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
    ThemeCharacters, ThemeStyles,
};

use crate::{
    lint::{ScriptError, Spot},
    redact::neutralise,
};

/// miette prints lines of any length, and panics far to the right.
const LONGEST_LINE: usize = 300;

/// As many calls are shown as fit a screen.
const CALLS: usize = 4;

/// The error with the lines of the script that it speaks of; only its sentence where there are
/// none.
pub fn draw(error: &ScriptError, color: bool, width: usize) -> String {
    let Some(drawing) = Drawing::new(error) else {
        return format!("error: {}\n", neutralise(&error.to_string()));
    };
    let styles = if color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .without_cause_chain()
        .without_syntax_highlighting();
    let mut out = String::new();
    if handler.render_report(&mut out, &drawing).is_err() {
        return format!("error: {}\n", neutralise(&error.to_string()));
    }
    let lines = out.trim_end().trim_start_matches('\n').lines();
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
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
        // One character for one, so that places stay right.
        let harmless = |c: char| if c == '\n' || !c.is_control() { c } else { ' ' };
        let text: String = error.text.chars().map(harmless).collect();
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
            message: neutralise(&error.message).into_owned(),
            help: error.help.as_ref().map(|help| neutralise(help).into_owned()),
            source: NamedSource::new(neutralise(&error.path), text),
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
        let drawn = draw(&error, false, 80);
        for part in ["rules/t.rhai:6:7", "in the call of `helper`", "help: did you mean", "6 │"] {
            assert!(drawn.contains(part), "{part}: {drawn}");
        }
        assert!(!drawn.contains('\u{1b}') && draw(&error, true, 80).contains('\u{1b}'));
        let long = ScriptError { text: "x".repeat(1_000).into(), ..error };
        assert!(draw(&long, false, 80).starts_with("error: rules/t.rhai:6:7: there is"));
    }
}
