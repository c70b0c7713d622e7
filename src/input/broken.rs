//! Words for JSON that cannot be read.

use serde_json::{Error, error::Category};

use super::Gap;

const AGAIN: &str = "write it again with `terraform show -json tfplan > tfplan.json`";

/// Turns an error of serde_json on `text`, a document of [`super::read`] with its `gap`, into the user's
/// sentence, to be read after `PATH: `: cut off, nested too deeply, several documents on one line, or
/// another error with its line and column. It shows nothing of the text.
pub fn describe_broken(text: &str, gap: Gap, error: &Error) -> String {
    broken(text, gap, error, 0)
}

/// As [`describe_broken`], where `lines` lines stand before `text` in its file.
pub(super) fn broken(text: &str, gap: Gap, error: &Error, lines: usize) -> String {
    let line = error.line().saturating_add(lines);
    let place = format!("line {line}, column {}", gap.column(line, error.column()));
    // Sentences of serde_json for wrong syntax are fixed; those for wrong data quote the data.
    let words = match error.classify() {
        Category::Syntax => error.to_string(),
        Category::Data | Category::Io | Category::Eof => String::new(),
    };
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    if error.is_eof() {
        let bytes = gap.length(text.trim_end().len());
        return format!(
            "ends in the middle of the JSON document, at {place}, after {bytes} bytes: it was cut off while it was written; {AGAIN}"
        );
    }
    if error.is_data() {
        return format!("does not have the shape of Terraform's JSON at {place}; {AGAIN}");
    }
    match words {
        "recursion limit exceeded" => {
            format!("nested too deeply at {place}: no plan has so many levels; {AGAIN}")
        }
        "trailing characters" => format!(
            "goes on after the end of its JSON document, at {place}; put every document on a line of its own, or {AGAIN}"
        ),
        _ => format!("no valid JSON at {place}: {words}; {AGAIN}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(text: &str) -> String {
        describe_broken(
            text,
            Gap::default(),
            &serde_json::from_str::<serde_json::Value>(text).unwrap_err(),
        )
    }

    #[test]
    fn each_error_has_its_sentence() {
        assert!(describe("{\"a\":[1,").starts_with("ends in the middle"));
        assert!(describe("{\"a\": tru").starts_with("ends in the middle"));
        assert!(describe(&"[".repeat(1000)).starts_with("nested too deeply at line 1, column 128"));
        assert!(describe("{} {}").starts_with("goes on after the end"));
        assert!(describe("{\"a\"\n 1}").starts_with("no valid JSON at line 2, column 2: expected"));
    }

    #[test]
    fn content_is_never_quoted() {
        let text = "{\"a\":\"hunter2\"}";
        let error = serde_json::from_str::<std::collections::BTreeMap<String, u8>>(text);
        let sentence = describe_broken(text, Gap::default(), &error.unwrap_err());
        assert!(!sentence.contains("hunter2"), "{sentence}");
        assert!(sentence.contains("shape"), "{sentence}");
    }
}
