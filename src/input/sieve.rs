//! Reading a plan without the part that only repeats others.
//!
//! `planned_values` is a quarter of a plan's bytes. What it says of a resource, `resource_changes` says
//! too, with the masks that tell what is not known yet
//! (developer.hashicorp.com/terraform/internals/json-format, "Plan Representation"), so that no rule
//! reads it. It is left out while a document is read: then it is neither held nor parsed.

use std::io::{self, Read};

use memchr::{memchr_iter, memchr2};

use crate::brackets::{BLOCK, Brackets};

/// The member that is left out.
const LEFT_OUT: &[u8] = b"planned_values";

/// The members that Terraform writes before it. Behind any other one nothing is looked for, so that
/// nothing but a plan in Terraform's own order is searched.
const BEFORE: [&[u8]; 7] = [
    b"format_version",
    b"terraform_version",
    b"variables",
    b"applyable",
    b"complete",
    b"errored",
    b"timestamp",
];

/// More than the longest of these has.
const LONGEST: usize = 32;

/// Stands for what is left out where it lists resources: whether it does tells a trimmed plan.
const RESOURCES: &[u8] = br#""root_module":{"resources":[{}]}"#;

/// The key of a list of resources, in its quotes.
const LIST: &[u8] = b"resources";

/// Bytes of a piece: small enough to stay in a processor's cache.
const PIECE: usize = 64 * 1024;

/// Where something was left out of a text, so that positions behind it can still be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The line on which it ends, from 1, in the file as in what is kept of it: line breaks are kept. 0
    /// where nothing is missing.
    line: usize,
    /// Bytes that are kept of that line up to there.
    kept: usize,
    /// Bytes that the file has on it up to there.
    whole: usize,
    /// By how much what is kept is shorter than the file.
    bytes: isize,
}

impl Gap {
    /// The column in the file of one in what is kept.
    pub(super) fn column(self, line: usize, column: usize) -> usize {
        if line == self.line && column >= self.kept {
            column - self.kept + self.whole
        } else {
            column
        }
    }

    /// The length in the file of a text of which `kept` bytes are kept.
    pub(super) fn length(self, kept: usize) -> usize {
        kept.saturating_add_signed(self.bytes)
    }
}

/// What was read.
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) gap: Gap,
    /// How many bytes there were.
    pub(super) read: u64,
}

/// Reads to the end, after `head`, which was read already. `expected` is the size, where it is known.
pub(super) fn read(mut from: impl Read, head: &[u8], expected: usize) -> io::Result<Kept> {
    let mut sieve = Sieve::new(expected);
    sieve.push(head);
    let mut read = head.len() as u64;
    let mut piece = vec![0; PIECE];
    while !matches!(sieve.place, Place::Behind) {
        match from.read(&mut piece) {
            Ok(0) => return Ok(sieve.end(read)),
            Ok(length) => {
                sieve.push(&piece[..length]);
                read += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    read += from.read_to_end(&mut sieve.kept)? as u64;
    Ok(sieve.end(read))
}

/// Where in a document the sieve is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the member; `true` right behind the colon of its key.
    Before(bool),
    /// In its value.
    Inside,
    /// Whatever follows is kept.
    Behind,
}

struct Sieve {
    kept: Vec<u8>,
    place: Place,
    /// Objects and lists that are open.
    depth: usize,
    /// In a string; `Some(true)` right behind a backslash.
    string: Option<bool>,
    /// Before the member: the last string at the document's top level.
    word: Vec<u8>,
    /// Inside: how much of [`LIST`] the current string has matched; none once it differs.
    matched: Option<usize>,
    lists: bool,
    lines: usize,
    /// Bytes of the current line, in what is kept and in the file.
    columns: (usize, usize),
    gap: Gap,
    left_out: isize,
}

impl Sieve {
    fn new(expected: usize) -> Sieve {
        Sieve {
            kept: Vec::with_capacity(expected.saturating_add(1)),
            place: Place::Before(false),
            depth: 0,
            string: None,
            word: Vec::new(),
            matched: None,
            lists: false,
            lines: 1,
            columns: (0, 0),
            gap: Gap::default(),
            left_out: 0,
        }
    }

    fn end(mut self, read: u64) -> Kept {
        if self.place == Place::Inside {
            self.note_gap();
        }
        Kept { bytes: self.kept, gap: self.gap, read }
    }

    fn push(&mut self, piece: &[u8]) {
        let mut at = 0;
        while at < piece.len() {
            let rest = &piece[at..];
            at += match self.place {
                Place::Before(_) => self.look(rest),
                Place::Inside => self.leave_out(rest),
                Place::Behind => {
                    self.kept.extend_from_slice(rest);
                    rest.len()
                }
            };
        }
    }

    /// Keeps a piece up to where the value begins, or its end.
    fn look(&mut self, piece: &[u8]) -> usize {
        let used = piece.iter().position(|byte| {
            self.count(*byte);
            self.step(*byte);
            !matches!(self.place, Place::Before(_))
        });
        let used = used.map_or(piece.len(), |at| at + 1);
        self.kept.extend_from_slice(&piece[..used]);
        used
    }

    /// One byte before the value.
    fn step(&mut self, byte: u8) {
        if let Some(is_escaped) = self.string {
            self.string = match byte {
                _ if is_escaped => Some(false),
                b'\\' => Some(true),
                b'"' => None,
                _ => Some(false),
            };
            if self.depth == 1 && self.string.is_some() && self.word.len() < LONGEST {
                self.word.push(byte);
            }
            return;
        }
        let is_next = self.place == Place::Before(true);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return,
            b'{' if is_next => {
                self.depth = 1;
                self.place = Place::Inside;
                return;
            }
            b'"' => {
                self.string = Some(false);
                self.word.clear();
            }
            b':' if self.depth == 1 => {
                let is_it = self.word == LEFT_OUT;
                let goes_on = is_it || BEFORE.contains(&self.word.as_slice());
                self.place = if goes_on { Place::Before(is_it) } else { Place::Behind };
                return;
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        // No object at all, or one of another kind: nothing is left out of it.
        if is_next || self.depth == 0 {
            self.place = Place::Behind;
        }
    }

    /// Passes over a piece up to the end of the value, or its own.
    fn leave_out(&mut self, piece: &[u8]) -> usize {
        let (mut at, mut slow_until) = (0, 0);
        while let Some(byte) = piece.get(at) {
            // Once a list was met, only the end is looked for.
            if self.lists
                && at >= slow_until
                && let Some(block) = piece[at..].first_chunk()
            {
                if self.pass_block(block) {
                    at += BLOCK;
                    continue;
                }
                slow_until = at + BLOCK;
            }
            if let Some(is_escaped) = self.string {
                at += self.pass_string(&piece[at..], is_escaped);
                continue;
            }
            at += 1;
            match byte {
                b'"' => (self.string, self.matched) = (Some(false), Some(0)),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth -= 1,
                _ => {}
            }
            if self.depth == 0 {
                self.drop(&piece[..at - 1]);
                self.close();
                return at;
            }
        }
        self.drop(piece);
        piece.len()
    }

    /// Passes over a block at once, where it does not end the value.
    fn pass_block(&mut self, block: &[u8; BLOCK]) -> bool {
        let brackets = Brackets::of(block, self.string);
        if brackets.closes >= self.depth {
            return false;
        }
        self.depth = self.depth + brackets.opens - brackets.closes;
        self.string = brackets.string;
        true
    }

    /// Passes over the rest of a string, as far as the piece goes.
    fn pass_string(&mut self, piece: &[u8], is_escaped: bool) -> usize {
        if is_escaped {
            (self.string, self.matched) = (Some(false), None);
            return 1;
        }
        let end = memchr2(b'"', b'\\', piece);
        let text = &piece[..end.unwrap_or(piece.len())];
        self.matched = self.matched.filter(|so_far| LIST[*so_far..].starts_with(text));
        self.matched = self.matched.map(|so_far| so_far + text.len());
        match end {
            None => return piece.len(),
            Some(end) if piece[end] == b'\\' => self.string = Some(true),
            Some(_) => {
                self.string = None;
                self.lists |= self.matched == Some(LIST.len());
            }
        }
        text.len() + 1
    }

    /// Counts what is left out, and keeps its line breaks.
    fn drop(&mut self, piece: &[u8]) {
        let (before, mut last) = (self.kept.len(), 0);
        for at in memchr_iter(b'\n', piece) {
            self.kept.push(b'\n');
            self.count(b'\n');
            last = at + 1;
        }
        self.columns.1 += piece.len() - last;
        self.left_out += piece.len() as isize - (self.kept.len() - before) as isize;
    }

    /// The brace at the end of the value.
    fn close(&mut self) {
        if self.lists {
            self.kept.extend_from_slice(RESOURCES);
            self.columns.0 += RESOURCES.len();
            self.left_out -= RESOURCES.len() as isize;
        }
        self.kept.push(b'}');
        self.count(b'}');
        self.note_gap();
        self.place = Place::Behind;
    }

    fn note_gap(&mut self) {
        let (kept, whole) = self.columns;
        self.gap = Gap { line: self.lines, kept, whole, bytes: self.left_out };
    }

    /// A byte that is kept.
    fn count(&mut self, byte: u8) {
        match byte {
            b'\n' => (self.lines, self.columns) = (self.lines + 1, (0, 0)),
            _ => self.columns = (self.columns.0 + 1, self.columns.1 + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::broken::describe_broken, *};

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(into.len());
            let (given, rest) = self.0.split_at(length);
            into[..length].copy_from_slice(given);
            self.0 = rest;
            Ok(length)
        }
    }

    fn sieved(text: &str, at_once: usize) -> (String, Gap) {
        let kept = read(Slow(text.as_bytes(), at_once), b"", 0).unwrap();
        assert_eq!(kept.read, text.len() as u64);
        (String::from_utf8(kept.bytes).unwrap(), kept.gap)
    }

    fn plan(planned: &Value) -> [String; 2] {
        let [planned, long] = [planned.to_string(), "x".repeat(40)];
        let text = format!(
            r#"{{"format_version":"1.2","variables":{{"planned_values":{{"value":"\"}}{long}"}}}},"planned_values":{planned},"resource_changes":[{{"address":"a.b"}}],"timestamp":"t"}}"#
        );
        let pretty: Value = serde_json::from_str(&text).unwrap();
        // Of the same order, as `jq .` writes it.
        let pretty = serde_json::to_string_pretty(&pretty).unwrap();
        let (head, tail) = pretty.split_once("\n  \"planned_values\"").unwrap();
        let (value, rest) = tail.split_once("\n  \"resource_changes\"").unwrap();
        let (changes, rest) = rest.split_once("\n  \"timestamp\"").unwrap();
        let pretty = format!(
            "{head}\n  \"planned_values\"{value}\n  \"resource_changes\"{changes}\n  \"timestamp\"{rest}"
        );
        [text, pretty]
    }

    fn planned() -> Vec<Value> {
        let tricky = "\"planned_values\": {} ]}\\ \\\" ä \u{2028} \n resources";
        vec![
            json!({}),
            json!({"root_module": {}}),
            json!({"outputs": {"resources_": {"value": [[], {}, tricky]}}}),
            json!({"root_module": {"resources": [{"address": "a.b", "values": {tricky: tricky}}]}}),
            json!({"root_module": {"child_modules": [{"resources": [{"values": "\\"}]}]}}),
        ]
    }

    #[test]
    fn what_is_kept_is_the_rest_however_it_comes() {
        for value in planned() {
            for text in plan(&value) {
                let (kept, gap) = sieved(&text, usize::MAX);
                for at_once in [1, 2, 3, 7, 64] {
                    assert_eq!(sieved(&text, at_once), (kept.clone(), gap), "{at_once}");
                }
                let mut whole: Value = serde_json::from_str(&text).unwrap();
                let has_resources = value.to_string().contains(r#""resources":"#);
                whole["planned_values"] = match has_resources {
                    true => json!({"root_module": {"resources": [{}]}}),
                    false => json!({}),
                };
                assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), whole, "{text}");
                assert_eq!(kept.lines().count(), text.lines().count());
                assert_eq!(gap.length(kept.len()), text.len());
            }
        }
    }

    #[test]
    fn strings_are_told_apart_wherever_blocks_begin() {
        for quoted in ["\\\"", "\\\\", "{\\\\\\\"}", "[]\\\\\\\\", "\\u005c"] {
            for before in 0..2 * BLOCK {
                let value = format!(
                    r#"{{"resources":[],"{}{quoted}":{{"a":["{quoted}"]}}}}"#,
                    "x".repeat(before)
                );
                let text = format!(
                    r#"{{"format_version":"1.2","planned_values":{value},"resource_changes":[]}}"#
                );
                assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
                let (kept, _) = sieved(&text, usize::MAX);
                let wanted = r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":[{}]}},"resource_changes":[]}"#;
                assert_eq!(kept, wanted, "{text}");
            }
        }
    }

    #[test]
    fn errors_behind_it_are_told_where_they_stand_in_the_file() {
        for text in planned().iter().flat_map(plan) {
            let (_, behind) = text.rsplit_once("resource_changes").unwrap();
            for at in text.len() - behind.len()..text.len() {
                for (from, to) in [(at, "\u{1}"), (text.len(), "")] {
                    let broken = format!("{}{to}{}", &text[..at], &text[from..]);
                    let words = |text: &str, gap| match serde_json::from_str::<Value>(text) {
                        Ok(_) => String::new(),
                        Err(error) => describe_broken(text, gap, &error),
                    };
                    let (kept, gap) = sieved(&broken, 64);
                    assert_eq!(words(&kept, gap), words(&broken, Gap::default()), "{broken}");
                }
            }
        }
    }

    #[test]
    fn what_ends_inside_it_was_cut_off() {
        for text in planned().iter().flat_map(plan) {
            let start = text.find(r#""format_version""#).unwrap();
            let end = text.rfind("resource_changes").unwrap();
            let ends_there = |at: &usize| {
                text.is_char_boundary(*at) && !text[..*at].ends_with(char::is_whitespace)
            };
            for at in (start..end).filter(ends_there) {
                let (kept, gap) = sieved(&text[..at], 5);
                let error = serde_json::from_str::<Value>(&kept).unwrap_err();
                assert!(error.is_eof(), "{kept}");
                let words = describe_broken(&kept, gap, &error);
                // Trailing line breaks, which are kept, do not count.
                let is_whole = text.contains('\n') || words.contains(&format!("after {at} bytes"));
                assert!(is_whole, "{words}: {at}");
            }
        }
    }

    #[test]
    fn nothing_else_is_touched() {
        for text in [
            "",
            "{}",
            "planned_values",
            r#"{"planned_values":null,"resource_changes":[]}"#,
            r#"{"planned_values":[{"a":1}]}"#,
            r#"{"planned_values":"{}"}"#,
            r#"{"resource_changes":[],"planned_values":{"a":1}}"#,
            r#"{"version":4,"planned_values":{"a":1}}"#,
            r#"{"plan":{"planned_values":{"a":1}}}"#,
            r#"[{"planned_values":{"a":1}}]"#,
            r#"{} {"planned_values":{"a":1}}"#,
            r#"{"format_version":"planned_values","terraform_version":{"planned_values":{"a":1}}}"#,
        ] {
            assert_eq!(sieved(text, 3), (text.to_owned(), Gap::default()));
        }
    }
}
