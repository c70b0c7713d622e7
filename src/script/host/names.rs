//! Names against patterns and words: what most policies about names, tiers and exceptions ask.

use rhai::{Dynamic, ImmutableString, NativeCallContext};
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

/// What can be asked of a text.
const ASKS: [(&str, Ask); 2] = [("matches", matches), ("mentions", mentions)];

pub(super) fn register(host: &mut Registry) {
    for (name, ask) in ASKS {
        host.register_fn(
            name,
            move |cx: NativeCallContext<'_>, text: &mut ImmutableString, all: Dynamic| {
                any(&cx, name, ask, text, &all)
            },
        )
        .register_fn(
            name,
            move |cx: NativeCallContext<'_>, sensitive: &mut Sensitive, all: Dynamic| {
                // Shows nothing of the value but the answer.
                match sensitive.value.as_immutable_string_ref() {
                    Ok(text) => any(&cx, name, ask, &text, &all),
                    Err(_) => Ok(false),
                }
            },
        )
        .register_fn(name, move |cx: NativeCallContext<'_>, unknown: &mut Unknown, all: Dynamic| {
            let question = format!("{name} {}", literal(&all));
            Host::of(&cx)?.decide(&unknown.key, unknown.cause, &question)
        })
        .register_fn(name, |(): &mut (), _: Dynamic| false);
    }
}

/// Whether a text answers to one pattern or word, or to one of a list.
fn any(
    cx: &NativeCallContext<'_>,
    name: &str,
    ask: Ask,
    text: &str,
    all: &Dynamic,
) -> Result<bool> {
    if let Ok(one) = all.as_immutable_string_ref() {
        charge_bytes(text.len() + one.len())?;
        return Ok(ask(text, &one));
    }
    if let Ok(array) = all.as_array_ref() {
        return any_of(cx, name, ask, text, &array);
    }
    if let Some(list) = all.read_lock::<List>() {
        return any_of(cx, name, ask, text, &list.0);
    }
    if let Some(sensitive) = all.read_lock::<Sensitive>() {
        return any(cx, name, ask, text, &sensitive.value);
    }
    if let Some(unknown) = all.read_lock::<Unknown>() {
        let question = format!("{name} of {}", literal(&Dynamic::from(text.to_owned())));
        return Host::of(cx)?.decide(&unknown.key, unknown.cause, &question);
    }
    if all.is_unit() {
        return Ok(false);
    }
    object("a text is held against a text or a list of texts")
}

fn any_of(
    cx: &NativeCallContext<'_>,
    name: &str,
    ask: Ask,
    text: &str,
    all: &[Dynamic],
) -> Result<bool> {
    /// What an element costs beside its bytes.
    const ELEMENT: usize = 32;
    charge_bytes(all.len() * ELEMENT)?;
    for one in all {
        if any(cx, name, ask, text, one)? {
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
    let (text, word) = (words(text), words(word));
    if word.is_empty() {
        return false;
    }
    let mut found = false;
    for (at, window) in text.windows(word.len()).enumerate() {
        if window.iter().zip(&word).all(|(a, b)| is_same(a, b)) {
            let before = at.checked_sub(1).map(|at| text[at]).unwrap_or_default();
            if OPPOSITES.iter().any(|opposite| is_same(before, opposite)) {
                return false;
            }
            found = true;
        }
    }
    found
}

fn words(text: &str) -> SmallVec<[&str; 8]> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
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
