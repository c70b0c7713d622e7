//! Secrets as keyed hashes: they can be compared and looked for, and not be read.
//!
//! A file that goes from one machine to another holds these in the place of secrets. Whoever has the
//! file and the key can try guesses, and whoever has no key learns nothing but which secrets are equal.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::Hasher,
    ops::Range,
};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};
use siphasher::sip128::{Hasher128, SipHasher24};

/// What secrets are hashed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    bytes: [u8; 16],
    is_public: bool,
}

/// Leaves the key out.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("is_public", &self.is_public).finish_non_exhaustive()
    }
}

/// What covers begin with, see [`Key::cover`].
pub const COVER: &str = "(sensitive ";

/// The covers in a text: how many bytes each stands for, and their hash.
pub fn covers(text: &str) -> Vec<(usize, Seal)> {
    let mut found = Vec::new();
    uncovered(text, |length, seal| {
        found.push((length, seal));
        None
    });
    found
}

/// The text with something else in the place of covers; those for which there is nothing else stay.
pub fn uncovered(text: &str, mut put: impl FnMut(usize, Seal) -> Option<String>) -> String {
    let mut parts = text.split(COVER);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let cover = part.split_once(')').and_then(|(inside, rest)| {
            let (length, seal) = inside.split_once(' ')?;
            Some((put(length.parse().ok()?, Seal::parse(seal)?)?, rest))
        });
        match &cover {
            Some((other, rest)) => out.extend([other.as_str(), rest]),
            None => out.extend([COVER, part]),
        }
    }
    out
}

/// What a hash is of: hashes for one purpose never equal those for another.
#[derive(Clone, Copy)]
enum Of {
    Key,
    Text,
    Mask,
}

impl Key {
    /// Made of a secret that all who write and read the files have.
    pub fn of(secret: &str) -> Key {
        Key::derived("secret", secret, false)
    }

    /// The key that every copy of bricklint has: it hides what nobody can guess, and nothing else.
    pub fn public() -> Key {
        Key::derived("public", "", true)
    }

    fn derived(kind: &str, secret: &str, is_public: bool) -> Key {
        let digest = Sha256::digest(format!("bricklint facts {kind}\0{secret}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Key { bytes, is_public }
    }

    /// Whether everybody has it.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Tells keys apart without telling them.
    pub fn name(&self) -> String {
        self.hash(Of::Key, b"").text()
    }

    /// The hash of a text.
    pub fn seal(&self, text: &str) -> Seal {
        self.hash(Of::Text, text.as_bytes())
    }

    /// The hash that stands in a file for the hash of a masked value.
    pub fn seal_mask(&self, hash: &str) -> String {
        self.hash(Of::Mask, hash.as_bytes()).text()
    }

    /// The text with what stands at these byte ranges, which are in order and apart, sealed. Equal texts
    /// stay equal.
    pub fn cover(&self, text: &str, secrets: &[Range<usize>]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut kept = 0;
        for secret in secrets {
            out.push_str(&text[kept..secret.start]);
            let seal = self.seal(&text[secret.clone()]).text();
            out.push_str(&format!("{COVER}{} {seal})", secret.len()));
            kept = secret.end;
        }
        out.push_str(&text[kept..]);
        out
    }

    fn hash(&self, of: Of, bytes: &[u8]) -> Seal {
        let mut hasher = SipHasher24::new_with_key(&self.bytes);
        hasher.write_u8(of as u8);
        hasher.write(bytes);
        Seal(hasher.finish128().as_bytes())
    }
}

/// The keyed hash of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seal([u8; 16]);

impl Seal {
    /// As files have it: 22 characters.
    pub fn text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Reads that; none where it is none.
    pub fn parse(text: &str) -> Option<Seal> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        Some(Seal(bytes.try_into().ok()?))
    }
}

impl Serialize for Seal {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Seal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Seal, D::Error> {
        let text = String::deserialize(from)?;
        Seal::parse(&text).ok_or_else(|| D::Error::custom("no keyed hash"))
    }
}

/// Texts that can be looked for and not be read: the hashes, by the length of the text in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seals(BTreeMap<usize, BTreeSet<Seal>>);

impl Seals {
    /// Of texts.
    pub fn of<'t>(key: &Key, texts: impl IntoIterator<Item = &'t String>) -> Seals {
        let mut seals = Seals::default();
        for text in texts {
            seals.insert(text.len(), key.seal(text));
        }
        seals
    }

    /// Adds what is known of a text by its hash.
    pub fn insert(&mut self, length: usize, seal: Seal) {
        self.0.entry(length).or_default().insert(seal);
    }

    /// Adds those of another set.
    pub fn extend(&mut self, other: Seals) {
        for (length, seals) in other.0 {
            self.0.entry(length).or_default().extend(seals);
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes of the longest text.
    pub fn longest(&self) -> usize {
        self.0.keys().next_back().copied().unwrap_or_default()
    }

    /// Where the texts stand in another: byte ranges in order and apart. What starts first counts, and
    /// of those that start together the longest.
    pub fn find(&self, key: &Key, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            match self.starting(key, &text[at..]) {
                Some(length) => {
                    found.push(at..at + length);
                    at += length;
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        found
    }

    fn starting(&self, key: &Key, text: &str) -> Option<usize> {
        let fitting = self.0.range(1..=text.len()).rev();
        let is_one = |length: usize, seals: &BTreeSet<Seal>| {
            text.get(..length).is_some_and(|part| seals.contains(&key.seal(part)))
        };
        fitting.filter(|(length, seals)| is_one(**length, seals)).map(|(length, _)| *length).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_purposes_make_other_hashes() {
        let (a, b) = (Key::of("0123456789abcdef"), Key::public());
        assert_ne!(a.seal("hunter2"), b.seal("hunter2"));
        assert_ne!(a.seal("hunter2").text(), a.seal_mask("hunter2"));
        assert_ne!(a.name(), b.name());
        assert_eq!(Seal::parse(&a.seal("hunter2").text()), Some(a.seal("hunter2")));
        assert_eq!(Seal::parse("hunter2"), None);
        assert_eq!(format!("{a:?}"), "Key { is_public: false, .. }");
    }

    #[test]
    fn texts_are_found_as_a_search_in_clear_finds_them() {
        let key = Key::public();
        let seals = Seals::of(&key, &["abc", "abcd", "bc", "ü"].map(str::to_owned));
        assert_eq!(seals.find(&key, "xabcdabc bcüü"), [1..5, 5..8, 9..11, 11..13, 13..15]);
        assert!(seals.find(&Key::of("another"), "xabcdabc bcüü").is_empty());
        assert!(seals.find(&key, "").is_empty());
        assert_eq!(seals.longest(), 4);
    }

    #[test]
    fn covered_texts_stay_equal_and_tell_nothing() {
        let key = Key::public();
        let secret: Vec<Range<usize>> = std::iter::once(2..9).collect();
        let once = key.cover("a hunter2 b", &secret);
        assert!(once.starts_with("a (sensitive ") && once.ends_with(") b"), "{once}");
        assert!(!once.contains("hunter2"));
        assert_eq!(once, key.cover("a hunter2 b", &secret));
        assert_ne!(once, key.cover("a hunter3 b", &secret));
        let dash = |_, _| Some("-".to_owned());
        assert_eq!(uncovered(&once, dash), "a - b");
        assert_eq!(covers(&once), [(7, key.seal("hunter2"))]);
        let text = "(sensitive value) (sensitive ü";
        assert_eq!(uncovered(text, dash), text);
    }
}
