//! Keeps secrets out of every output, and strings of a plan from acting on a terminal or a runner.
//!
//! Two separate jobs. [`Redactor`] removes values: the engine runs it over each message, help,
//! label and excerpt before a finding leaves the plan it came from. [`neutralise`] removes
//! behaviour: each report for people runs it over whatever it prints. Redact first: a value that
//! was neutralised or shortened no longer equals the secret it holds.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    ops::{
        Bound::{Included, Unbounded},
        Range,
    },
    sync::OnceLock,
};

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding};

use crate::seal::{Key, Seals};

/// What stands in an output in place of a secret.
pub const REPLACEMENT: &str = "(sensitive)";

/// Shorter secrets are not searched for: `true` or `8443` occurs everywhere. Rules never
/// interpolate them in the first place.
pub const MIN_SECRET_CHARS: usize = 6;

/// Bytes of a secret that are looked for first.
const HEAD: usize = 4;

/// More of them take a search that is slower and smaller: the fast one takes a kilobyte for each.
const MANY_HEADS: usize = 2_000;

/// Steps in which a form is found among those that begin alike.
const STEPS: usize = 8;

/// There are more.
struct TooMany;

/// Replaces what would act on a terminal or a log by a visible escape such as `\u{1b}`.
///
/// Escaped are control characters (C0, C1, line breaks, tabs), bidirectional controls, line and paragraph
/// separators, characters of no width, and what is no character. Broken up are the two forms that CI
/// runners read as commands: `::name` at the start of a line, and `##[`, `##vso[` and their like anywhere
/// (`actions/runner` and `azure-pipelines-agent`, which look for them in every line of a log). Everything
/// else stays as it is, other scripts and emoji included. Doing it twice changes nothing.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    match escape(text, 0..0).0 {
        safe if safe == text => Cow::Borrowed(text),
        safe => Cow::Owned(safe),
    }
}

/// [`neutralise`] for a text of which a byte range is marked: the range moves along.
///
/// A range that does not fit the text comes back cut to it.
pub fn neutralise_marked(text: &str, mark: Range<usize>) -> (Cow<'_, str>, Range<usize>) {
    let start = mark.start.min(text.len());
    let mark = start..mark.end.clamp(start, text.len());
    if is_plain(text) {
        return (Cow::Borrowed(text), mark);
    }
    let (safe, mark) = escape(text, mark);
    (Cow::Owned(safe), mark)
}

/// The fast answer for nearly every string: printable ASCII without a command's first characters.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let no_command = !bytes.windows(2).any(|pair| pair == b"##") && !bytes.starts_with(b":");
    no_command && bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) && !bytes.starts_with(b" ")
}

fn escape(text: &str, mark: Range<usize>) -> (String, Range<usize>) {
    let leading = text.len() - text.trim_start().len();
    let mut out = String::with_capacity(text.len() + 16);
    let (mut start, mut end) = (None, None);
    for (at, letter) in text.char_indices() {
        if start.is_none() && at >= mark.start {
            start = Some(out.len());
        }
        if end.is_none() && at >= mark.end {
            end = Some(out.len());
        }
        let rest = &text[at..];
        let command = (at == leading && is_line_command(rest)) || is_inline_command(rest);
        if command || acts(letter) {
            push_escaped(&mut out, letter);
        } else {
            out.push(letter);
        }
    }
    let mark = start.unwrap_or(out.len())..end.unwrap_or(out.len());
    (out, mark)
}

fn push_escaped(out: &mut String, letter: char) {
    match letter {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ => out.extend(letter.escape_unicode()),
    }
}

/// `::name`, but not the `::1` or `::/0` of IPv6.
fn is_line_command(rest: &str) -> bool {
    rest.strip_prefix("::").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// `##[error]`, `##vso[…]`, `##teamcity[…]`, but not a heading.
pub(crate) fn is_inline_command(rest: &str) -> bool {
    rest.strip_prefix("##").is_some_and(|name| {
        name.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[')
    })
}

/// Whether a character does something instead of being seen, or is not seen at all.
pub(crate) fn acts(letter: char) -> bool {
    matches!(letter,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Bidirectional controls.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Separators that some viewers break lines at.
        | '\u{2028}' | '\u{2029}'
        // No width: soft hyphen, joiners, fillers, invisible operators, tags.
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}'
        // No characters at all; XML has no way to write them.
        | '\u{fffe}' | '\u{ffff}')
}

/// The search for a plan's secrets could not be set up: there are too many, or they are too long.
/// The text says nothing about them.
#[derive(Debug, thiserror::Error)]
#[error("the sensitive values of the plan are too large to search for")]
pub struct TooLarge;

/// Replaces a plan's secrets by [`REPLACEMENT`].
///
/// For each string of at least [`MIN_SECRET_CHARS`] characters, none of these occurs in what
/// [`Redactor::redact`] returns:
/// - the string itself, and if there is a digit in it, in small or in capital letters only: names that do
///   not tell these apart are compared so;
/// - its JSON escapes, as serde writes them and as Terraform does (Go escapes `<`, `>` and `&`);
/// - its percent encoding: all but unreserved characters, or all but those of a path, with upper-
///   or lower-case digits, or with `+` for a space;
/// - its base64, in the standard and the URL-safe alphabet, with and without padding;
/// - its base64 inside that of a longer text, at each of the three alignments. Of the characters
///   at either edge, which the neighbours share, up to two stay: they hold less than a byte each.
///
/// Not promised: other encodings, parts of a secret, and secrets that are part of the replacement
/// text itself.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Every form of every secret.
    forms: BTreeSet<String>,
    /// Finds where a secret may begin. It is small, so that it can be fast: most texts hold none.
    heads: Option<AhoCorasick>,
    /// Finds them whatever they are; made where looking them up takes too many steps. None where it could
    /// not be made.
    search: OnceLock<Option<AhoCorasick>>,
    /// What is only known by its hash.
    sealed: Option<(Key, Seals)>,
    all: bool,
}

impl fmt::Debug for Redactor {
    /// Nothing of what it looks for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// What no output of a run may show: texts, and what files of other machines tell of theirs.
#[derive(Clone, Default)]
pub struct Secrets {
    /// In clear.
    pub texts: BTreeSet<String>,
    /// Every form of others, hashed, as [`Secrets::seal`] makes them.
    pub seals: Seals,
    /// What these are hashed with.
    pub key: Option<Key>,
}

impl fmt::Debug for Secrets {
    /// None of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// Adds others.
    pub fn extend(&mut self, other: Secrets) {
        self.texts.extend(other.texts);
        self.seals.extend(other.seals);
        self.key = self.key.take().or(other.key);
    }

    /// Every form that [`Redactor::for_source`] looks for, hashed.
    pub fn seal(&self, key: &Key) -> Seals {
        Seals::of(key, &forms(in_source(&self.texts)))
    }
}

impl Redactor {
    /// Sets up the search. Without a secret that is long enough it costs nothing, then or later.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Result<Redactor, TooLarge> {
        let forms = forms(secrets);
        if forms.is_empty() {
            return Ok(Redactor::default());
        }
        let heads: BTreeSet<&[u8]> =
            forms.iter().map(|form| &form.as_bytes()[..HEAD.min(form.len())]).collect();
        let kind = match heads.len() {
            ..=MANY_HEADS => AhoCorasickKind::DFA,
            _ => AhoCorasickKind::ContiguousNFA,
        };
        let heads = AhoCorasick::builder()
            // So that few heads are looked for many bytes at a time.
            .match_kind(MatchKind::LeftmostFirst)
            .kind(Some(kind))
            .build(heads)
            .map_err(|_| TooLarge)?;
        Ok(Redactor { forms, heads: Some(heads), ..Redactor::default() })
    }

    /// Replaces every text as a whole: for a plan whose secrets could not be searched for.
    pub fn everything() -> Redactor {
        Redactor { all: true, ..Redactor::default() }
    }

    /// Whether there is anything to look for.
    pub fn is_empty(&self) -> bool {
        self.heads.is_none() && self.sealed.is_none() && !self.all
    }

    /// Sets up the search in lines of source files. A secret of several lines is also looked for
    /// line by line, and one that holds what starts an interpolation also as HCL escapes it.
    pub fn for_source(secrets: &Secrets) -> Result<Redactor, TooLarge> {
        let redactor = Redactor::new(in_source(&secrets.texts))?;
        let key = secrets.key.clone().filter(|_| !secrets.seals.is_empty());
        Ok(Redactor { sealed: key.map(|key| (key, secrets.seals.clone())), ..redactor })
    }

    /// The text without secrets; borrowed where it has none.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redact_marked(text, 0..0).0
    }

    /// [`Redactor::redact`] for a text of which a byte range is marked: the range moves along. An
    /// end of it that falls inside a secret moves to the replacement's edge.
    pub fn redact_marked<'a>(
        &self,
        text: &'a str,
        mark: Range<usize>,
    ) -> (Cow<'a, str>, Range<usize>) {
        let secrets = self.find(text);
        if secrets.is_empty() {
            return (Cow::Borrowed(text), mark);
        }
        let mut marks = [mark];
        let hidden = hide(text, &secrets, &mut marks);
        let [mark] = marks;
        (Cow::Owned(hidden), mark)
    }

    /// Where secrets stand in a text: byte ranges in order, none of which overlap.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        if self.all {
            return std::iter::once(0..text.len()).collect();
        }
        let mut found = self.find_clear(text);
        if let Some((key, seals)) = &self.sealed {
            found.extend(seals.find(key, text));
            found = apart(found);
        }
        found
    }

    fn find_clear(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let Some(heads) = &self.heads else { return found };
        let mut from = 0;
        while let Some(head) = heads.find(Input::new(text).range(from..)) {
            let start = head.start();
            match self.longest_at(&text[start..]) {
                Ok(Some(len)) => {
                    from = start + len;
                    found.push(start..from);
                }
                Ok(None) => from = start + text[start..].chars().next().map_or(1, char::len_utf8),
                Err(TooMany) => return self.find_by_search(text),
            }
        }
        found
    }

    fn find_by_search(&self, text: &str) -> Vec<Range<usize>> {
        let search = || {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .kind(Some(AhoCorasickKind::NoncontiguousNFA))
                .build(&self.forms)
                .ok()
        };
        match self.search.get_or_init(search) {
            Some(search) => search.find_iter(text).map(|found| found.range()).collect(),
            // Better nothing than a secret.
            None => std::iter::once(0..text.len()).collect(),
        }
    }

    /// Bytes of the longest form that a text begins with, so that no padding or tail of a longer secret is
    /// left behind. Forms that share much with one another take a step each.
    fn longest_at(&self, text: &str) -> Result<Option<usize>, TooMany> {
        let mut begin = text;
        // Whatever a text begins with stands before it in order, and nothing longer between the two.
        let before = |begin| self.forms.range::<str, _>((Unbounded, Included(begin))).next_back();
        for _ in 0..STEPS {
            let Some(form) = before(begin) else { return Ok(None) };
            if begin.starts_with(form.as_str()) {
                return Ok(Some(form.len()));
            }
            let mut pairs = begin.char_indices().zip(form.chars());
            let other = pairs.find(|((_, ours), theirs)| ours != theirs);
            begin = &begin[..other.map_or(0, |((at, _), _)| at)];
        }
        Err(TooMany)
    }

    /// Bytes of the longest form of a secret: whoever searches a part of a text has to add as many
    /// at both ends.
    pub fn longest(&self) -> usize {
        let sealed = self.sealed.as_ref().map_or(0, |(_, seals)| seals.longest());
        self.forms.iter().map(String::len).max().unwrap_or_default().max(sealed)
    }
}

/// Ranges in order, those that overlap as one; of two that touch each stays what it is.
pub fn apart(ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    joined(ranges, |end, start| start < end)
}

/// The same, where those that touch are one as well, and empty ones are none.
pub(crate) fn merged(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    joined(ranges.filter(|range| !range.is_empty()).collect(), |end, start| start <= end)
}

/// Ranges in order. `is_one` says, of the end of one and the start of the next, whether they are the same.
fn joined(
    mut ranges: Vec<Range<usize>>,
    is_one: impl Fn(usize, usize) -> bool,
) -> Vec<Range<usize>> {
    ranges.sort_by_key(|it| it.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for it in ranges {
        match joined.last_mut() {
            Some(last) if is_one(last.end, it.start) => last.end = last.end.max(it.end),
            _ => joined.push(it),
        }
    }
    joined
}

/// Puts [`REPLACEMENT`] in the place of byte ranges, which have to be in order and apart. Marks move
/// along; an end of one that falls inside a secret moves to the replacement's edge.
pub fn hide(text: &str, secrets: &[Range<usize>], marks: &mut [Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    for secret in secrets {
        out.push_str(&text[kept..secret.start]);
        out.push_str(REPLACEMENT);
        kept = secret.end;
    }
    out.push_str(&text[kept..]);
    for mark in marks {
        let start = moved(secrets, mark.start, false);
        *mark = start..moved(secrets, mark.end, true).max(start);
    }
    out
}

/// Where the offset `at` is once the `secrets` are replaced; inside one, that is one of its edges.
fn moved(secrets: &[Range<usize>], at: usize, to_end: bool) -> usize {
    let (mut gone, mut added) = (0, 0);
    for secret in secrets {
        if secret.end <= at {
            gone += secret.len();
            added += REPLACEMENT.len();
        } else if secret.start < at {
            let edge = if to_end { REPLACEMENT.len() } else { 0 };
            return secret.start - gone + added + edge;
        } else {
            break;
        }
    }
    at - gone + added
}

/// What is looked for in source: a secret of several lines also line by line, and one that holds what
/// starts an interpolation also as HCL escapes it.
fn in_source(secrets: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for secret in secrets {
        let lines = secret.lines().map(str::trim).filter(|_| secret.contains('\n'));
        for text in lines.chain([secret.as_str()]) {
            all.insert(text.replace("${", "$${").replace("%{", "%%{"));
            all.insert(text.to_owned());
        }
    }
    all
}

/// Every form of the secrets that are long enough.
fn forms<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for secret in secrets {
        let secret = secret.as_ref();
        if secret.chars().count() >= MIN_SECRET_CHARS && !REPLACEMENT.contains(secret) {
            add_forms(&mut forms, secret);
        }
    }
    forms
}

fn add_forms(forms: &mut BTreeSet<String>, secret: &str) {
    // Words without a digit are names, and those of types and arguments are as well.
    let folds = secret.bytes().any(|byte| byte.is_ascii_digit());
    let folded = folds.then(|| [secret.to_lowercase(), secret.to_uppercase()]);
    let cannot_be_hidden = |form: &String| REPLACEMENT.contains(form.as_str());
    forms.extend(folded.into_iter().flatten().filter(|form| !cannot_be_hidden(form)));
    forms.insert(secret.to_owned());
    // What is unreserved in a URL stands in JSON as it is, too.
    if !secret.bytes().all(is_unreserved) {
        add_escaped(forms, secret);
    }
    for encoding in [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD] {
        forms.insert(encoding.encode(secret.as_bytes()));
    }
    forms.extend(inside_any_base64(secret.as_bytes()));
}

/// What a longer text's base64 holds of a part of it, in either alphabet, at each of the three
/// places at which the part can start.
pub(crate) fn inside_any_base64(part: &[u8]) -> Vec<String> {
    let each = |encoding: Encoding| (0..3).map(move |shift| inside_base64(&encoding, part, shift));
    [BASE64_NOPAD, BASE64URL_NOPAD].into_iter().flat_map(each).collect()
}

fn add_escaped(forms: &mut BTreeSet<String>, secret: &str) {
    let json = json_escaped(secret);
    forms.insert(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"));
    forms.insert(json);
    for percent in [percent_encoded(secret, b""), percent_encoded(secret, IN_PATH)] {
        forms.insert(percent.replace("%20", "+"));
        forms.insert(with_lower_digits(&percent));
        forms.insert(percent);
    }
}

/// What a URL may hold as it is anywhere (RFC 3986).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn json_escaped(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// What a URL's path may hold as it is, besides unreserved characters (RFC 3986, `pchar` and `/`).
pub(crate) const IN_PATH: &[u8] = b"/:@!$&'()*+,;=";

const HEX: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];

/// Percent-encodes all but RFC 3986's unreserved characters and those to `keep`.
pub(crate) fn percent_encoded(text: &str, keep: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
    out
}

fn with_lower_digits(percent: &str) -> String {
    let mut out = String::with_capacity(percent.len());
    let mut digits = 0;
    for letter in percent.chars() {
        out.push(if digits > 0 { letter.to_ascii_lowercase() } else { letter });
        digits = if letter == '%' { 2_usize } else { digits.saturating_sub(1) };
    }
    out
}

/// The characters that `secret` alone decides when it starts `shift` bytes into a group of three.
fn inside_base64(encoding: &Encoding, secret: &[u8], shift: usize) -> String {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(secret);
    let encoded = encoding.encode(&padded);
    let first = (shift * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    encoded[first..last].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_becomes_visible() {
        for (hostile, safe) in [
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}"),
            ("a\u{200b}b\u{2028}c", "a\\u{200b}b\\u{2028}c"),
            ("::error::x", "\\u{3a}:error::x"),
            ("  ::error::x", "  \\u{3a}:error::x"),
            ("\n::error::x", "\\n\\u{3a}:error::x"),
            ("a ##[group]b", "a \\u{23}#[group]b"),
            ("###[group]b", "#\\u{23}#[group]b"),
            ("x##VSO[task.x]", "x\\u{23}#VSO[task.x]"),
        ] {
            assert_eq!(neutralise(hostile), safe, "{hostile:?}");
            assert_eq!(neutralise(safe), safe, "twice: {hostile:?}");
        }
    }

    #[test]
    fn what_is_seen_stays() {
        for text in ["", " ", "::/0", "::1", "a::b", "## Title", "größe 日本 🧱", "x[0](y)", "\\n"]
        {
            assert!(matches!(neutralise(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    #[test]
    fn a_mark_moves_with_its_text() {
        let text = "a\u{1b}b = c\n";
        let (safe, mark) = neutralise_marked(text, 2..7);
        assert_eq!((&safe[mark], &*safe), ("b = c", "a\\u{1b}b = c\\n"));
        assert_eq!(neutralise_marked("abc", 2..99).1, 2..3);
        assert_eq!(neutralise_marked("abc", 98..99).1, 3..3);
        assert_eq!(neutralise_marked("a\n", 98..99).1, 3..3);
    }

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets).unwrap()
    }

    #[test]
    fn no_form_of_a_secret_stays() {
        let secret = "pä<\"s w/ö\\rd&>?~";
        let redactor = redactor(&[secret]);
        let json = serde_json::to_string(secret).unwrap();
        let form = percent_encoded(secret, b"");
        let mut texts = vec![
            secret.to_owned(),
            json[1..json.len() - 1].to_owned(),
            json[1..json.len() - 1]
                .replace('<', "\\u003c")
                .replace('>', "\\u003e")
                .replace('&', "\\u0026"),
            form.replace("%20", "+"),
            percent_encoded(secret, IN_PATH),
            with_lower_digits(&form),
            form,
        ];
        for encoding in [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD] {
            texts.push(encoding.encode(secret.as_bytes()));
        }
        for text in texts {
            assert_eq!(redactor.redact(&format!("<{text}>")), "<(sensitive)>", "{text}");
        }
    }

    #[test]
    fn base64_of_a_longer_text_is_found_at_each_alignment() {
        let secret = "dapi-0123456789abcdef?>";
        let redactor = redactor(&[secret]);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "z", "zy", "zyx"] {
                for encoding in [BASE64, BASE64URL_NOPAD] {
                    let text = encoding.encode(format!("{before}{secret}{after}").as_bytes());
                    let left = redactor.redact(&text);
                    assert!(left.contains(REPLACEMENT), "{before} {after}");
                    let rest = left.replace(REPLACEMENT, "");
                    assert!(rest.len() <= 8 + (before.len() + after.len()) * 4 / 3, "{rest}");
                }
            }
        }
    }

    #[test]
    fn nothing_to_do_costs_nothing() {
        for secrets in [&[][..], &["short", ""], &["sensitive"]] {
            let redactor = redactor(secrets);
            assert!(redactor.is_empty());
            assert!(matches!(redactor.redact("short sensitive"), Cow::Borrowed(_)));
        }
        assert!(matches!(redactor(&["secret-value"]).redact("none here"), Cow::Borrowed(_)));
    }

    #[test]
    fn overlapping_secrets_leave_no_whole_one() {
        let redactor = redactor(&["abcdef", "abcdefghi", "ghijkl"]);
        assert_eq!(redactor.redact("abcdefghijkl"), "(sensitive)jkl");
        assert_eq!(redactor.redact("xabcdefx ghijkl"), "x(sensitive)x (sensitive)");
    }

    /// The leftmost form, of those the longest, then on behind it: as a search for all of them at once says.
    #[test]
    fn the_longest_of_the_leftmost_is_found() {
        // Few letters, so that forms begin alike, stand in one another and overlap.
        let letters = ["a", "b", "\u{e9}", "="];
        let mut seed = 7_u32;
        let mut word = |len: usize| -> String {
            let mut letter = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                letters[(seed >> 24) as usize % letters.len()]
            };
            (0..len).map(|_| letter()).collect()
        };
        let mut found = 0;
        for round in 0..200 {
            let secrets: Vec<String> = (0..6).map(|at| word(6 + at % 3)).collect();
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let nested = secrets[0].to_owned() + secrets[1];
            let redactor = redactor(&[secrets.as_slice(), &[&nested]].concat());
            let oracle = AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(&redactor.forms)
                .unwrap();
            let text = [&word(20), secrets[round % 6], &word(9), &nested, &word(40)].concat();
            let wanted: Vec<Range<usize>> = oracle.find_iter(&text).map(|it| it.range()).collect();
            assert_eq!(redactor.find(&text), wanted, "{secrets:?} in {text}");
            found += wanted.len();
        }
        assert!(found > 400, "{found}");
    }

    #[test]
    fn a_mark_moves_with_redacted_text() {
        let redactor = redactor(&["hunter22"]);
        let text = "a = hunter22\nb = hunter22 # c";
        let at = text.find("b =").unwrap();
        let (safe, mark) = redactor.redact_marked(text, at..text.len());
        assert_eq!(&safe[mark], "b = (sensitive) # c");
        let (safe, mark) = redactor.redact_marked(text, 6..8);
        assert_eq!(&safe[mark], REPLACEMENT);
        let (safe, mark) = redactor.redact_marked(text, 0..12);
        assert_eq!(&safe[mark], "a = (sensitive)");
        let (safe, mark) = redactor.redact_marked(text, 0..3);
        assert_eq!(&safe[mark], "a =");
    }
}
