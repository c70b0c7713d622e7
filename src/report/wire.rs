//! JSON as both machine formats write it: exact strings, bytes that act on nothing.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use crate::redact::{acts, is_inline_command};

/// Serializes `value` compactly, but with each element of an array on its own line down to the
/// `depth`th level of nesting: that can be compared and searched line by line, at no size.
pub(super) fn to_lines<T: Serialize>(value: &T, depth: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let lines = Lines { depth, level: 0, filled: false, base: CompactFormatter };
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, lines));
    // A Vec takes every byte and wire types hold nothing that JSON lacks, such as maps with keys
    // other than strings, so there is no error to pass on.
    debug_assert!(written.is_ok(), "a wire type cannot be serialized: {written:?}");
    out.push(b'\n');
    out
}

/// Beyond what JSON asks for, escapes what could act on a terminal or a runner that prints the
/// bytes. `::command` needs nothing: no string starts a line.
struct Lines {
    depth: usize,
    level: usize,
    /// Whether the array that ends next has an element.
    filled: bool,
    base: CompactFormatter,
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.level += 1;
        self.filled = false;
        self.base.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.filled && self.level <= self.depth {
            writer.write_all(b"\n")?;
        }
        self.level -= 1;
        self.base.end_array(writer)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.filled = true;
        self.base.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.level += 1;
        self.base.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.level -= 1;
        self.base.end_object(writer)
    }

    fn begin_array_value<W>(&mut self, writer: &mut W, first: bool) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.base.begin_array_value(writer, first)?;
        if self.level <= self.depth { writer.write_all(b"\n") } else { Ok(()) }
    }

    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        // Nearly all are words of ASCII. Looked at to the end, many bytes are looked at together.
        let acts_never = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'#');
        if fragment.bytes().fold(true, |all, byte| all & acts_never(byte)) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        for (at, letter) in fragment.char_indices() {
            let command = letter == '#' && is_inline_command(&fragment[at..]);
            if command || (!letter.is_ascii_graphic() && acts(letter)) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                written = at + letter.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn write_char_escape<W>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.base.write_char_escape(writer, escape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_exact_and_their_bytes_harmless() {
        let hostile = "a\u{1b}[1m\u{9b}\u{202e}\u{e0001}\u{7f}\n::error::\r##[group]###vso[é🧱";
        let bytes = String::from_utf8(to_lines(&hostile, 0)).unwrap();
        assert_eq!(serde_json::from_str::<String>(&bytes).unwrap(), hostile);
        assert!(!bytes.trim_end().chars().any(acts), "{bytes:?}");
        assert!(!bytes.contains("##[") && !bytes.contains("##vso["), "{bytes}");
        assert!(bytes.contains("é🧱"), "{bytes}");
    }

    #[test]
    fn outer_arrays_have_lines() {
        let value = serde_json::json!({ "a": [{ "b": [1, 2] }, {}], "c": [] });
        let text = String::from_utf8(to_lines(&value, 2)).unwrap();
        assert_eq!(text, "{\"a\":[\n{\"b\":[1,2]},\n{}\n],\"c\":[]}\n");
    }
}
