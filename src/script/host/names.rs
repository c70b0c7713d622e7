//! Names against patterns and words: what most policies about names, tiers and exceptions ask.

use rhai::{Dynamic, NativeCallContext};
use smallvec::SmallVec;

use super::{
    super::{
        cx::{Host, Result, object},
        sandbox::charge_bytes,
        values::{List, Sensitive, Unknown},
    },
    Registry,
    compare::literal,
};

/// How a text is held against one pattern or word.
type Ask = fn(&str, &str) -> bool;

pub(super) fn register(host: &mut Registry) {
    let questions: [(&'static str, Ask); 2] = [("matches", matches), ("mentions", mentions)];
    for (name, ask) in questions {
        host.register_fn(
            name,
            move |cx: NativeCallContext<'_>, texts: Dynamic, wanted: Dynamic| {
                Question { cx: &cx, name, ask }.of(&texts, &wanted)
            },
        );
    }
}

/// A question about a text, and a pattern or word.
struct Question<'q> {
    cx: &'q NativeCallContext<'q>,
    name: &'static str,
    ask: Ask,
}

impl Question<'_> {
    /// The answer for a text, or for one of a list.
    fn of(&self, texts: &Dynamic, wanted: &Dynamic) -> Result<bool> {
        if let Ok(text) = texts.as_immutable_string_ref() {
            return self.of_text(&text, wanted);
        }
        if let Ok(array) = texts.as_array_ref() {
            return one_of(&array, |text| self.of(text, wanted));
        }
        if let Some(list) = texts.read_lock::<List>() {
            return one_of(&list.0, |text| self.of(text, wanted));
        }
        if let Some(unknown) = texts.read_lock::<Unknown>() {
            return self.decide(&unknown, "", wanted);
        }
        if let Some(sensitive) = texts.read_lock::<Sensitive>() {
            // Shows nothing of the value but the answer.
            return self.of(&sensitive.value, wanted);
        }
        if texts.is_unit() { Ok(false) } else { object(TEXTS) }
    }

    /// The answer for a pattern or word, or for one of a list.
    fn of_text(&self, text: &str, wanted: &Dynamic) -> Result<bool> {
        if let Ok(one) = wanted.as_immutable_string_ref() {
            charge_bytes(text.len() + one.len())?;
            return Ok((self.ask)(text, &one));
        }
        if let Ok(array) = wanted.as_array_ref() {
            return one_of(&array, |one| self.of_text(text, one));
        }
        if let Some(list) = wanted.read_lock::<List>() {
            return one_of(&list.0, |one| self.of_text(text, one));
        }
        if let Some(unknown) = wanted.read_lock::<Unknown>() {
            return self.decide(&unknown, "of ", &Dynamic::from(text.to_owned()));
        }
        if let Some(sensitive) = wanted.read_lock::<Sensitive>() {
            return self.of_text(text, &sensitive.value);
        }
        if wanted.is_unit() { Ok(false) } else { object(TEXTS) }
    }

    fn decide(&self, unknown: &Unknown, how: &str, other: &Dynamic) -> Result<bool> {
        let question = format!("{} {how}{}", self.name, literal(other));
        Host::of(self.cx)?.decide(&unknown.key, unknown.cause, &question)
    }
}

const TEXTS: &str = "a text, or a list of texts, is held against another: this is neither";

fn one_of(all: &[Dynamic], ask: impl Fn(&Dynamic) -> Result<bool>) -> Result<bool> {
    /// What an element costs beside its bytes.
    const ELEMENT: usize = 32;
    charge_bytes(all.len() * ELEMENT)?;
    for one in all {
        if ask(one)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a pattern covers the whole of a text: `*` stands for any text, also for none, and
/// everything else for itself.
fn matches(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    // Without a `*` the first part is the whole pattern.
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    let Some(mut rest) = rest.strip_suffix(last) else { return false };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// Words in front of another that turn it into its opposite.
const OPPOSITES: [&str; 2] = ["non", "pre"];

/// Whether a text has a word, in upper or lower case, as a word of its own, and nowhere its
/// opposite. A word is made of letters and digits; one that is searched for may be several.
fn mentions(text: &str, word: &str) -> bool {
    let parts: SmallVec<[&str; 4]> = words(word).collect();
    let Some((first, more)) = parts.split_first() else { return false };
    let (mut before, mut found) = ("", false);
    let mut rest = words(text);
    while let Some(here) = rest.next() {
        if is_same(here, first) && starts_with(rest.clone(), more) {
            if OPPOSITES.iter().any(|opposite| is_same(before, opposite)) {
                return false;
            }
            found = true;
        }
        before = here;
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn starts_with<'t>(mut words: impl Iterator<Item = &'t str>, wanted: &[&str]) -> bool {
    wanted.iter().all(|wanted| words.next().is_some_and(|word| is_same(word, wanted)))
}

fn is_same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || !(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests {
    #[test]
    fn patterns_cover_the_whole_text() {
        for (text, pattern) in [
            ("prod_sales", "prod_*"),
            ("prod_", "prod_*"),
            ("ann_sandbox", "*_sandbox"),
            ("main", "main"),
            ("", "*"),
            ("15.4.x-gpu-ml-scala2.12", "15.4.x-*-scala*"),
            ("a-b-c", "*-*-*"),
            ("Überlandwerk", "Über*werk"),
        ] {
            assert!(super::matches(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            ("xprod_sales", "prod_*"),
            ("mains", "main"),
            ("main", ""),
            ("aba", "ab*ba"),
            ("a-c", "*-*-*"),
            ("Main", "main"),
            ("i3.xlarge", "i3?xlarge"),
            ("15x4", "15.4"),
        ] {
            assert!(!super::matches(text, pattern), "{text} {pattern}");
        }
    }

    #[test]
    fn words_are_words_of_their_own() {
        for text in ["prod", "live/prod-eu", "sales_prod", "Prod adhoc", "x.PROD", "a:prod"] {
            assert!(super::mentions(text, "prod"), "{text}");
        }
        for text in
            ["", "products", "nonprod", "non-prod", "pre_prod_x", "prod/non-prod", "PRE prod"]
        {
            assert!(!super::mentions(text, "prod"), "{text}");
        }
        assert!(super::mentions("acme prod-eu", "Prod EU") && super::mentions("ÜBER_x", "über"));
        assert!(!super::mentions("prod", "") && !super::mentions("a-b", "-"));
    }
}
