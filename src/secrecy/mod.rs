//! What is a secret by its form, and what by its name, whatever it stands in.
//!
//! Rules ask it of the values of a plan; the engine and the excerpts ask it of what they show.

use regex::{
    Regex, RegexBuilder,
    bytes::{RegexSet, RegexSetBuilder},
};

pub(crate) mod forms;
pub(crate) mod names;
pub(crate) mod words;

/// An expression of a table: they are valid, which the tables' tests hold them to. Names, tokens and
/// identifiers are ASCII: classes and cases of Unicode, which are most of the cost of an expression,
/// are built only where it could stop in the middle of a character without them, as `[^}]` could; in
/// `(?u:[^}])` they are built for that alone.
pub(crate) fn regex(text: &str) -> Option<Regex> {
    let ascii = RegexBuilder::new(text).unicode(false).build();
    ascii.or_else(|_| Regex::new(text)).ok()
}

/// Forms of whole texts, looked for together: bytes of letters that are not ASCII are as good as these.
pub(crate) struct Forms(Option<RegexSet>);

impl Forms {
    pub(crate) fn of<'a>(forms: impl IntoIterator<Item = &'a str>) -> Forms {
        let forms: Vec<&str> = forms.into_iter().collect();
        let forms = RegexSetBuilder::new(&forms).unicode(false).build();
        debug_assert!(forms.is_ok(), "a form of a table is none: {forms:?}");
        Forms(forms.ok())
    }

    /// Whether a text has one of them.
    pub(crate) fn fit(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|forms| forms.is_match(text.as_bytes()))
    }
}

/// Whether a text has that form.
pub(crate) fn is(regex: &Option<Regex>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}
