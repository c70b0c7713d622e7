//! Brackets of JSON outside its strings, many bytes at a time.

use wide::u8x16;

/// Bytes that are looked at together.
pub(crate) const BLOCK: usize = 64;

/// What a block of JSON holds outside strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brackets {
    /// How many of `{` and `[`.
    pub(crate) opens: usize,
    /// How many of `}` and `]`.
    pub(crate) closes: usize,
    /// Whether a string is open behind it, and then whether it ends with a backslash that escapes.
    pub(crate) string: Option<bool>,
}

impl Brackets {
    /// Of a block before which a string may be open.
    pub(crate) fn of(block: &[u8; BLOCK], string: Option<bool>) -> Brackets {
        let (mut quotes, mut opens, mut closes, mut escapes) = (0, 0, 0, 0);
        for (at, part) in block.as_chunks().0.iter().enumerate() {
            let part = u8x16::new(*part);
            let place = |found: u8x16| u64::from(found.to_bitmask()) << (at * 16);
            quotes |= place(part.simd_eq(u8x16::splat(b'"')));
            escapes |= place(part.simd_eq(u8x16::splat(b'\\')));
            // Brackets differ from braces by this bit.
            let part = part | u8x16::splat(b'{' ^ b'[');
            opens |= place(part.simd_eq(u8x16::splat(b'{')));
            closes |= place(part.simd_eq(u8x16::splat(b'}')));
        }
        let (escaped, escapes_next) = escaped(escapes, string == Some(true));
        // Bit by bit, whether a string is open behind this byte.
        let mut inside: u64 = quotes & !escaped;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        let inside = if string.is_some() { !inside } else { inside };
        Brackets {
            opens: (opens & !inside).count_ones() as usize,
            closes: (closes & !inside).count_ones() as usize,
            string: (inside >> (BLOCK - 1) == 1).then_some(escapes_next),
        }
    }
}

/// How many of `[` and `{` a text holds, in strings too. Far cheaper than to tell these apart.
pub(crate) fn opening(text: &str) -> usize {
    // As many sums of a byte as a vector has.
    const MOST: usize = u8::MAX as usize;
    let (bit, open) = (u8x16::splat(b'{' ^ b'['), u8x16::splat(b'{'));
    let (parts, rest) = text.as_bytes().as_chunks();
    let count = |parts: &[[u8; 16]]| {
        let add = |sums, part: &[u8; 16]| sums - (u8x16::new(*part) | bit).simd_eq(open);
        let sums = parts.iter().fold(u8x16::default(), add);
        sums.to_array().into_iter().map(usize::from).sum::<usize>()
    };
    let is_open = |byte: &&u8| matches!(byte, b'[' | b'{');
    parts.chunks(MOST).map(count).sum::<usize>() + rest.iter().filter(is_open).count()
}

/// Of a block with these backslashes the bytes behind one that is not behind another, and whether it ends
/// with such a one. `first`: the block before did.
fn escaped(backslashes: u64, first: bool) -> (u64, bool) {
    let (mut escaped, mut rest) = (u64::from(first), backslashes & !u64::from(first));
    while rest != 0 {
        let next = (rest & rest.wrapping_neg()).wrapping_shl(1);
        if next == 0 {
            return (escaped, true);
        }
        escaped |= next;
        rest &= !(next | next >> 1);
    }
    (escaped, false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, byte by byte.
    fn slowly(block: &[u8; BLOCK], mut string: Option<bool>) -> Brackets {
        let (mut opens, mut closes) = (0, 0);
        for byte in block {
            string = match (string, byte) {
                (Some(true), _) => Some(false),
                (Some(false), b'\\') => Some(true),
                (Some(false), b'"') => None,
                (Some(false), _) => Some(false),
                (None, b'"') => Some(false),
                (None, _) => None,
            };
            opens += usize::from(string.is_none() && matches!(byte, b'{' | b'['));
            closes += usize::from(string.is_none() && matches!(byte, b'}' | b']'));
        }
        Brackets { opens, closes, string }
    }

    proptest! {
        #[test]
        fn opening_brackets_are_counted(text in "[a{}\\[\\]ä]{0,9000}") {
            let wanted = text.chars().filter(|it| matches!(it, '[' | '{')).count();
            prop_assert_eq!(opening(&text), wanted);
        }

        #[test]
        fn blocks_are_what_their_bytes_are(
            // JSON has no backslash outside strings.
            text in proptest::collection::vec(proptest::sample::select(&br#""\[]{}a"#[..]), BLOCK),
            string in proptest::sample::select(&[None, Some(false), Some(true)][..]),
        ) {
            let mut block: [u8; BLOCK] = text.try_into().unwrap();
            let mut open = string;
            for byte in &mut block {
                if open.is_none() && *byte == b'\\' {
                    *byte = b'a';
                }
                open = match (open, &*byte) {
                    (None, b'"') => Some(false),
                    (None, _) | (Some(false), b'"') => None,
                    (Some(false), b'\\') => Some(true),
                    (Some(_), _) => Some(false),
                };
            }
            prop_assert_eq!(Brackets::of(&block, string), slowly(&block, string));
        }
    }
}
