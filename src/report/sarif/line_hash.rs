//! GitHub's own fingerprint of a line, by which it tells alerts apart from one commit to the next.
//!
//! upload-sarif computes it where it is absent, and warns about every result where it differs. The
//! algorithm is that of `src/fingerprints.ts` in `github/codeql-action`: 100 UTF-16 units from the
//! start of the line on, without spaces and tabs, as a polynomial in 37; equal ones are numbered.

use std::collections::BTreeMap;

/// Units that a line's hash covers, beyond the line's end too.
const BLOCK: usize = 100;

/// What stands for the end of the file; zeros follow.
const END: u16 = u16::MAX;

/// The `primaryLocationLineHash` of each line of a text, from the first on.
pub fn line_hashes(text: &str) -> Vec<String> {
    let units = units(text);
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    let starts = units.iter().enumerate().scan(true, |at_start, (at, unit)| {
        let start = std::mem::replace(at_start, *unit == u16::from(b'\n')).then_some(at);
        Some(start)
    });
    let hash = |start: usize| {
        let block = units[start..].iter().copied().chain(std::iter::repeat(0)).take(BLOCK);
        block.fold(0_u64, |hash, unit| hash.wrapping_mul(37).wrapping_add(u64::from(unit)))
    };
    let lines = starts.flatten().map(|start| {
        let hash = hash(start);
        let nth = seen.entry(hash).or_default();
        *nth += 1;
        format!("{hash:x}:{nth}")
    });
    lines.collect()
}

/// The text's units that count: no spaces, no tabs, each line break one line feed.
fn units(text: &str) -> Vec<u16> {
    let mut out = Vec::with_capacity(text.len() + 1);
    let mut after_return = false;
    for unit in text.encode_utf16() {
        let letter = char::from_u32(u32::from(unit));
        let skipped = matches!(letter, Some(' ' | '\t')) || (after_return && letter == Some('\n'));
        after_return = !skipped && letter == Some('\r');
        if !skipped {
            out.push(if after_return { u16::from(b'\n') } else { unit });
        }
    }
    out.push(END);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What another implementation of GitHub's algorithm says, which was held against the SARIF
    /// multitool's.
    #[test]
    fn hashes_are_those_of_github() {
        let long = format!("{}\n\n  \n{}", "x".repeat(250), "y z\n".repeat(3));
        for (text, expected) in [
            ("", &["c129715d7a2bc9a3:1"][..]),
            ("a\nb\n", &["81b8d8db678b2bbe:1", "ade70578248be16f:1", "c129715d7a2bc9a3:1"]),
            (
                "resource \"aws_x\" \"y\" {\n  name = \"é🧱\"\r\n\ttags = {}\n}\n",
                &[
                    "448f2cc092bad7f8:1",
                    "dad513f7634ded54:1",
                    "1750f784d12d2428:1",
                    "32dce9ccfdbc9d3e:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
            ("}\n}\n}", &["27930ce99a2fc80e:1", "632b355e1e0bbbf3:1", "13db8c734146ff90:1"]),
            ("a\r\rb", &["67c066a59e652f5e:1", "cc4c43d77869440f:1", "8ee5a81e681643c1:1"]),
            (
                &long,
                &[
                    "52b56201ffb58620:1",
                    "4593c3c74d410db2:1",
                    "163b25c82b466850:1",
                    "3e6c4fe8420c8126:1",
                    "fb28bfea0eb2a161:1",
                    "ec06d3f390e9db50:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
            ("\u{feff}a\n", &["25afd31b599dedcd:1", "c129715d7a2bc9a3:1"]),
        ] {
            assert_eq!(line_hashes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn equal_lines_are_numbered() {
        let hashes = line_hashes(&"block {\n}\n".repeat(80));
        let last = ["804662b839f4f31e:1", "32dce9ccfdbc9d3e:1", "c129715d7a2bc9a3:1"];
        assert_eq!(hashes[..2], ["f4300bf9cb15ff1b:1", "70cbe6bc16aaa582:1"]);
        assert_eq!(hashes[2..4], ["f4300bf9cb15ff1b:2", "70cbe6bc16aaa582:2"]);
        assert_eq!(hashes[158..], last);
    }
}
