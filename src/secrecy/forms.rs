//! What in a text has the form of a credential that somebody issues, whatever it stands in.
//!
//! Rules look for it where a plan has texts, the engine in what leaves. The forms are the table
//! `facts::secrets::DETECTORS`; whether one is an example of a documentation is for others to say.

use std::{
    borrow::Cow,
    ops::Range,
    sync::{LazyLock, OnceLock},
};

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding};
use regex::{Captures, Regex};

use crate::{
    facts::secrets::{self, Detector},
    redact,
    secrecy::{
        regex,
        words::{Word, Words},
    },
};

/// What has the form of a credential.
#[derive(Clone, Debug)]
pub(crate) struct Token<'t> {
    /// What tells it by its form.
    pub(crate) detector: &'static Detector,
    /// All that has the form: of an address the scheme and the user too.
    pub(crate) whole: &'t str,
    /// The secret in it.
    pub(crate) secret: &'t str,
    /// Where the whole stands, in bytes of the text.
    pub(crate) range: Range<usize>,
}

/// Everything in a text that has such a form, in the order of the table, then of the text.
pub(crate) fn find(text: &str) -> Vec<Token<'_>> {
    KEYWORDS.all_in(text).into_iter().flat_map(|at| matches(at, text)).collect()
}

/// Where they stand, in clear or in base64, in bytes of the text, which may overlap.
pub(crate) fn places(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = find(text).into_iter().map(|it| it.range).collect();
    let encoded = encoded(text).into_iter().filter(|(_, plain)| !find(plain).is_empty());
    found.extend(encoded.map(|(range, _)| range));
    found
}

/// The text without them; marks, in bytes of the text, move along.
pub(crate) fn hide<'t>(text: &'t str, marks: &mut [Range<usize>]) -> Cow<'t, str> {
    let found = redact::merged(places(text).into_iter());
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(redact::hide(text, &found, marks))
}

/// The texts of which a text holds the base64, in either alphabet. What is no UTF-8 is none.
pub(crate) fn in_base64(text: &str) -> Vec<String> {
    let mut all: Vec<String> = encoded(text).into_iter().map(|(_, plain)| plain).collect();
    all.sort();
    all.dedup();
    all
}

/// The same, with where the base64 stands, in bytes of the text.
///
/// As scanners do it (gitleaks `--max-decode-depth`, trufflehog's base64 decoder): each run of the
/// alphabet's characters is tried, and of what looks like a path each part.
fn encoded(text: &str) -> Vec<(Range<usize>, String)> {
    let alphabets = [(&BASE64_NOPAD, ['-', '_']), (&BASE64URL_NOPAD, ['+', '/'])];
    let mut all = Vec::new();
    for run in runs(text) {
        let is_of_both = !text[run.clone()].contains(['-', '_', '+', '/']);
        for (encoding, foreign) in &alphabets[usize::from(is_of_both)..] {
            let mut start = run.start;
            for part in text[run.clone()].split(*foreign) {
                let plain = decoded(encoding, part);
                all.extend(plain.map(|plain| (start..start + part.len(), plain)));
                start += part.len() + 1;
            }
        }
    }
    all
}

/// Where the characters of the alphabets stand in a row that is long enough, in bytes of the text.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_in = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/_-".contains(byte);
    let bytes = text.as_bytes();
    let mut start = 0;
    std::iter::from_fn(move || {
        loop {
            let shortest = bytes.get(start..start + SHORTEST_RUN)?;
            // Whatever begins before a foreign character ends there.
            let Some(foreign) = shortest.iter().rposition(|byte| !is_in(byte)) else { break };
            start += foreign + 1;
        }
        let run = start..start + bytes[start..].iter().take_while(|byte| is_in(byte)).count();
        start = run.end;
        Some(run)
    })
}

/// Characters of the shortest run of base64 that is worth decoding: shorter ones hold no token.
const SHORTEST_RUN: usize = 20;

fn decoded(encoding: &Encoding, text: &str) -> Option<String> {
    let bytes = encoding.decode(text.as_bytes()).ok().filter(|_| text.len() >= SHORTEST_RUN)?;
    String::from_utf8(bytes).ok()
}

/// What a text holds that has the base64 of something with such a form in it: a keyword's, at one of the
/// three places at which it can start. Shorter keywords are left out, of which too little is fixed.
pub(crate) fn words_in_base64() -> impl Iterator<Item = String> {
    let words = secrets::DETECTORS.iter().flat_map(|it| it.keywords);
    let long = words.filter(|word| word.len() >= SHORTEST_WORD);
    long.flat_map(|word| redact::inside_any_base64(word.as_bytes()))
}

const SHORTEST_WORD: usize = 4;

/// Shannon's entropy, in bits for each character.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    let total = letters.len() as f64;
    letters
        .chunk_by(|a, b| a == b)
        .map(|run| run.len() as f64 / total)
        .map(|share| -share * share.log2())
        .sum()
}

/// Whether a key of a map looks like a secret and not like a name: long, without order, and with a part of
/// small and large letters and digits, which ids of AWS have not, or all hexadecimal.
pub(crate) fn is_random_key(key: &str) -> bool {
    let kinds: [fn(&u8) -> bool; 3] =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit];
    let is_mixed = |part: &str| {
        part.len() >= LONG_PART && kinds.iter().all(|is| part.bytes().any(|byte| is(&byte)))
    };
    let is_hex = key.bytes().all(|byte| byte.is_ascii_hexdigit())
        && key.bytes().any(|byte| byte.is_ascii_alphabetic());
    let has_form = key.len() >= secrets::BASE64_MIN_LEN
        && key.split(['-', '_', '.', '/', ':', ' ']).any(is_mixed);
    (has_form || is_hex && key.len() >= secrets::HEX_MIN_LEN)
        && entropy(key) >= secrets::HEX_MIN_ENTROPY
}

/// Whether a text has a part as no name and no id has one: small and large letters and digits, many letters and
/// digits that are no number, or signs that stand in passwords only.
pub(crate) fn is_opaque(text: &str) -> bool {
    let kinds: [fn(char) -> bool; 3] =
        [|c| c.is_ascii_lowercase(), |c| c.is_ascii_uppercase(), |c| c.is_ascii_digit()];
    let is_joint = |c: char| !c.is_ascii_alphanumeric();
    let is_mixed =
        |part: &str| part.len() >= MIXED_PART && kinds.iter().all(|is| part.contains(*is));
    let is_long = |part: &str| {
        let is_hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let least = if is_hex { secrets::HEX_MIN_LEN } else { LONG_OPAQUE_PART };
        part.len() >= least
            && part.contains(|c: char| c.is_ascii_digit())
            && !part.bytes().all(|it| it.is_ascii_digit())
    };
    text.split(is_joint).any(|part| is_mixed(part) || is_long(part)) || text.contains(SIGNS)
}

/// Bytes of the shortest part whose letters and digits say that it is no word.
const MIXED_PART: usize = 6;
/// Longer ids are hexadecimal.
const LONG_OPAQUE_PART: usize = 16;
/// Of names, ids, addresses, patterns and ranges none has one of these.
const SIGNS: [char; 7] = ['!', '#', '^', '~', '`', '<', '>'];

/// Bytes of the shortest part of a key that is no word.
const LONG_PART: usize = 8;

/// A search for every detector's keywords, with the number of the detector.
static KEYWORDS: LazyLock<Words> = LazyLock::new(|| {
    let detectors = secrets::DETECTORS.iter().enumerate();
    let keywords =
        detectors.flat_map(|(at, it)| it.keywords.iter().map(move |word| (at, it, word)));
    Words::new(keywords.map(|(at, detector, word)| match detector.is_in_any_case() {
        true => Word::in_any_case(word, at),
        false => Word::exact(word, at),
    }))
});

/// What a detector finds. Expressions are compiled when their keyword was met for the first time.
fn matches(at: usize, text: &str) -> Vec<Token<'_>> {
    static COMPILED: LazyLock<Vec<OnceLock<Option<Regex>>>> =
        LazyLock::new(|| secrets::DETECTORS.iter().map(|_| OnceLock::new()).collect());
    let detector: &'static Detector = &secrets::DETECTORS[at];
    if !text.contains(detector.besides()) {
        return Vec::new();
    }
    let Some(expression) = COMPILED[at].get_or_init(|| expression(detector)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(token) =
        expression.captures_at(text, from).and_then(|it| token(detector, text, &it))
    {
        // What bounds one token may bound the next as well.
        from = token.range.end;
        if detector.min_entropy.is_none_or(|least| entropy(token.secret) >= least) {
            found.push(token);
        }
    }
    found
}

/// The boundary of words in the table's expressions, and what bounds a token: scanners take the
/// former (gitleaks, trufflehog), but then miss one behind `_`, as in `TOKEN_dapi…`, and one
/// behind a line break that is still escaped.
const BOUNDARY: &str = r"(?-u:\b)";
const EDGE: &str = r"(?:(?-u:\b)|_|\\[nrt])";

fn expression(detector: &Detector) -> Option<Regex> {
    regex(&detector.regex.replace(BOUNDARY, EDGE))
}

/// A match without its edges; none where nothing is left of it.
fn token<'t>(
    detector: &'static Detector,
    text: &'t str,
    found: &Captures<'t>,
) -> Option<Token<'t>> {
    let whole = found.get(0)?;
    let has_edges = detector.regex.contains(BOUNDARY);
    let range = if has_edges { without_edges(text, whole.range()) } else { whole.range() };
    let whole = text.get(range.clone()).filter(|it| !it.is_empty())?;
    let secret = found.get(1).map_or(whole, |part| part.as_str());
    Some(Token { detector, whole, secret, range })
}

fn without_edges(text: &str, range: Range<usize>) -> Range<usize> {
    let whole = &text[range.clone()];
    let escapes = ["\\n", "\\r", "\\t", "_"];
    let edge = escapes.iter().find(|edge| whole.starts_with(**edge)).map_or(0, |edge| edge.len());
    let end = usize::from(whole.len() > edge && whole.ends_with('_'));
    range.start + edge..range.end - end
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL_NOPAD};

    use super::*;

    fn token() -> String {
        ["dapi", "a4c123b1612dd272d1371c17149d4395"].concat()
    }

    #[test]
    fn names_and_ids_are_not_opaque() {
        for text in [
            "DoseZZ91aB.c0-QxYw7",
            "acme-Xk29sLq-eu",
            "pass!word",
            "K9aXq2/z",
            "kq7xt2mw9zlp4nd8sf3",
        ] {
            assert!(is_opaque(text), "{text}");
        }
        for text in [
            "acme-prod-eu-west-1",
            "arn:aws:iam::111122223333:role/Databricks/CrossAccount",
            "0b7e2f54-91c3-4a6d-8f20-3d5c6a7b8e91",
            "https://dbc-4f1c2a9e-77d0.cloud.databricks.com",
            "s3:GetObject*",
            "10.0.0.0/16",
            "hunter2",
            "vpce-0a1b2c3d4e5f60718",
        ] {
            assert!(!is_opaque(text), "{text}");
        }
    }

    #[test]
    fn tokens_have_edges() {
        let token = token();
        let secrets = |text: &str| find(text).iter().map(|it| it.secret.to_owned()).collect();
        for (before, after) in [
            ("", ""),
            ("TOKEN_", ""),
            ("", "_backup"),
            ("x=", ";"),
            ("\"", "\""),
            ("export\\n", "\\n"),
            ("ö", "ö"),
            ("-", "-"),
        ] {
            let found: Vec<String> = secrets(&format!("{before}{token}{after}"));
            assert_eq!(found, [token.as_str()], "{before:?} {after:?}");
        }
        for (before, after) in [("x", ""), ("", "0"), ("", "ab"), ("9", ""), ("snip", "pets")] {
            let found: Vec<String> = secrets(&format!("{before}{token}{after}"));
            assert!(found.is_empty(), "{before:?} {after:?}: {found:?}");
        }
        let found: Vec<String> = secrets(&format!("{token}_{token}"));
        assert_eq!(found.len(), 2, "one edge for both");
    }

    #[test]
    fn they_are_hidden() {
        let token = token();
        assert_eq!(hide(&format!("a_{token} b"), &mut []), "a_(sensitive) b");
        assert_eq!(hide(&format!("tags[\"{token}\"]"), &mut []), "tags[\"(sensitive)\"]");
        assert!(matches!(hide("tags[\"dapi\"]", &mut []), Cow::Borrowed(_)));
        let encoded = BASE64.encode(format!("use {token} here").as_bytes());
        let path = format!("/etc/{}", BASE64URL_NOPAD.encode(token.as_bytes()));
        let mut marks = [0..2, encoded.len() + 4..encoded.len() + 5];
        assert_eq!(hide(&format!("is {encoded} x"), &mut marks), "is (sensitive) x");
        assert_eq!(marks, [0..2, "is (sensitive) ".len().."is (sensitive) x".len()]);
        assert!(!hide(&path, &mut []).contains(&path[5..]), "{path}");
        let harmless = BASE64.encode(b"uses dapi, but holds no token of it");
        assert!(matches!(hide(&harmless, &mut []), Cow::Borrowed(_)));
    }

    fn has_word_in_base64(text: &str) -> bool {
        words_in_base64().any(|word| text.contains(&word))
    }

    #[test]
    fn base64_is_taken_off() {
        let token = token();
        let long = format!("use {token} here");
        for encoded in [BASE64.encode(long.as_bytes()), BASE64URL_NOPAD.encode(long.as_bytes())] {
            for text in [encoded.clone(), format!("data: {encoded}"), format!("/etc/{encoded}")] {
                assert!(in_base64(&text).contains(&long), "{text}");
                assert!(has_word_in_base64(&text), "{text}");
            }
        }
        for shift in 0..3 {
            let text = BASE64.encode(format!("{}{token}", "x".repeat(shift)).as_bytes());
            assert!(has_word_in_base64(&text), "{text}");
        }
        assert!(in_base64("analytics-production-eu-west-1").is_empty());
        assert!(!has_word_in_base64("analytics-production-eu-west-1"));
    }

    /// Every detector still finds what stands behind the edges that its expression has.
    #[test]
    fn expressions_compile() {
        for detector in secrets::DETECTORS {
            assert!(expression(detector).is_some(), "{}", detector.name);
        }
    }

    #[test]
    fn keys_that_look_like_secrets() {
        for key in [
            "Zk3xQ9vT5wLm2Rt8Yc1Hb6Jn",
            "sk-Kx92bQ7vT8Zq_Lm4Rt7Yc1H",
            "9f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d",
        ] {
            assert!(is_random_key(key), "{key}");
        }
        for key in [
            "analytics-production-eu-west-1",
            "spark.hadoop.fs.s3n.awsSecretAccessKey",
            "subnet-0a1b2c3d4e5f60718",
            "0b7e2f54-91c3-4a6d-8f20-3d5c6a7b8e91",
            "KAFKA_CLIENT_KEYSTORE_PASSWORD_2",
            "Zk3xQ9vT5wLm2Rt8",
            "111122223333444455556666777788889999",
        ] {
            assert!(!is_random_key(key), "{key}");
        }
    }

    #[test]
    fn entropies() {
        assert!(entropy("aaaa") < 0.1 && (entropy("abcd") - 2.0).abs() < 1e-9);
    }
}
