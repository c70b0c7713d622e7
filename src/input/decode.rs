//! Bytes to text: gzip, byte order marks, UTF-16.

use std::io::Read;

use super::{
    refusal::Refusal,
    sieve::{self, Gap, Kept},
};

/// A decoded text.
pub(super) struct Text {
    pub(super) content: String,
    /// Where something was left out of it.
    pub(super) gap: Gap,
    /// It was UTF-16: PowerShell wrote it, and may have lost characters.
    pub(super) utf16: bool,
}

pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];
pub(super) const ZIP: [u8; 4] = *b"PK\x03\x04";
const EMPTY_ZIP: [u8; 4] = *b"PK\x05\x06";
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Whether this is a zip archive, of which only a file can be a binary plan.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(&ZIP) || bytes.starts_with(&EMPTY_ZIP)
}

/// Text of bytes that are neither gzip nor zip. UTF-8 is not copied.
pub(super) fn decode(bytes: Vec<u8>, gap: Gap) -> Result<Text, Refusal> {
    if let Some((little, skip)) = utf16(&bytes) {
        let content = from_utf16(&bytes[skip..], little)?;
        return Ok(Text { content, gap, utf16: true });
    }
    let mut content = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let head = error.as_bytes();
        if is_binary(&head[..head.len().min(1024)]) {
            Refusal::Binary
        } else {
            Refusal::NotUtf8(at)
        }
    })?;
    if content.as_bytes().starts_with(BOM) {
        content.drain(..BOM.len());
    }
    if is_binary(&content.as_bytes()[..content.len().min(1024)]) {
        return Err(Refusal::Binary);
    }
    Ok(Text { content, gap, utf16: false })
}

/// As much text as the beginning of a file gives, which may end in the middle of a character.
pub(super) fn decode_head(bytes: &[u8]) -> String {
    if let Some((little, skip)) = utf16(bytes) {
        let units = units(&bytes[skip..], little);
        return char::decode_utf16(units).map_while(Result::ok).collect();
    }
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => return text.to_owned(),
        Err(error) => error.valid_up_to(),
    };
    String::from_utf8_lossy(&bytes[..valid]).into_owned()
}

/// Unpacks at most `most` bytes of a gzip stream.
pub(super) fn unpack(packed: impl Read, most: u64) -> Result<Kept, Refusal> {
    let reader = flate2::read::MultiGzDecoder::new(packed);
    sieve::read(reader.take(most.saturating_add(1)), &[], 0).map_err(|_| Refusal::Gzip)
}

/// Little-endian or not, and the length of the mark. JSON starts with an ASCII character, so that
/// its zero byte gives UTF-16 away where the mark is missing.
fn utf16(bytes: &[u8]) -> Option<(bool, usize)> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some((true, 2)),
        [0xfe, 0xff, ..] => Some((false, 2)),
        [b'{', 0, next, 0, ..] if *next != 0 => Some((true, 0)),
        [0, b'{', 0, next, ..] if *next != 0 => Some((false, 0)),
        _ => None,
    }
}

fn units(bytes: &[u8], little: bool) -> impl Iterator<Item = u16> {
    let unit = move |pair: &[u8; 2]| {
        if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
    };
    bytes.as_chunks::<2>().0.iter().map(unit)
}

fn from_utf16(bytes: &[u8], little: bool) -> Result<String, Refusal> {
    if bytes.len() % 2 == 1 {
        return Err(Refusal::Utf16);
    }
    let mut text = String::with_capacity(bytes.len() / 2);
    for unit in char::decode_utf16(units(bytes, little)) {
        text.push(unit.map_err(|_| Refusal::Utf16)?);
    }
    Ok(text)
}

/// Control characters that no text has.
fn is_binary(head: &[u8]) -> bool {
    head.iter().any(|byte| matches!(byte, 0..=6 | 0x0e..=0x1a))
}
