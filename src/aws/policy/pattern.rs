//! Texts of a policy, which may hold wildcards or be unknown, against what is asked for.

use serde::{Deserialize, Serialize};

use crate::{aws::Arn, plan::Tri};

/// A text of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Text {
    /// As it stands, with `*`, `?` and policy variables.
    Known(String),
    /// Known only after the apply, or hidden.
    Unknown {
        /// Names of the objects that it is made from. It is the ARN of one of them, or lies below.
        of: Vec<String>,
        /// It is made from the one object, or each of several is in one of as many texts.
        is_sure: bool,
        /// It may be made from something else.
        is_open: bool,
    },
}

/// How letters are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// `S3:GETOBJECT` is `s3:GetObject`.
    Ignored,
    /// As it stands.
    Kept,
}

impl Text {
    /// One of which nothing is known.
    pub fn hidden() -> Text {
        Text::Unknown { of: Vec::new(), is_sure: false, is_open: true }
    }

    /// It is hidden, and not even what it is made from is seen.
    pub fn has_no_origin(&self) -> bool {
        matches!(self, Text::Unknown { of, is_open: true, .. } if of.is_empty())
    }

    /// Lets it be made from something else, where it is not known.
    pub fn open(&mut self) {
        if let Text::Unknown { is_open, .. } = self {
            *is_open = true;
        }
    }

    /// As it stands, where it is known.
    pub fn known(&self) -> Option<&str> {
        match self {
            Text::Known(text) => Some(text),
            Text::Unknown { .. } => None,
        }
    }

    /// Names of objects of which it is not known whether it means them.
    pub(super) fn may_be(&self) -> &[String] {
        match self {
            Text::Unknown { of, is_sure, is_open } if *is_open || !is_sure => of,
            _ => &[],
        }
    }

    /// It matches everything: `*`, whatever the number.
    pub fn is_star(&self) -> bool {
        self.known().is_some_and(|text| !text.is_empty() && text.bytes().all(|it| it == b'*'))
    }

    /// Whether it takes in whatever there is: all addresses, or nothing but wildcards and what joins the
    /// parts of a UUID (`*`, `?*`, `*-*-*-*-*`). `Maybe` where it is not known.
    pub(super) fn is_for_everybody(&self) -> Tri {
        let Some(text) = self.known() else { return Tri::Maybe };
        let is_wild = text.contains(['*', '?']) && text.bytes().all(|it| b"*?-".contains(&it));
        Tri::from(is_wild || matches!(text, "0.0.0.0/0" | "::/0"))
    }

    /// Whether it takes in what is somebody else's: what is made from the author's own objects does not.
    pub(super) fn takes_in_others(&self) -> Tri {
        match self {
            Text::Unknown { is_open: false, .. } => Tri::No,
            _ => self.is_for_everybody(),
        }
    }

    /// Whether it means an object, by any of its names. One whose ARN is not known may be what a known
    /// text names.
    pub(super) fn means(&self, names: &[String]) -> Tri {
        if self.is_star() {
            return Tri::Yes;
        }
        let unnamed = Tri::from(self.known().is_some() && is_unnamed(names)) & Tri::Maybe;
        unnamed | self.matches(names, Case::Kept)
    }

    /// Whether it matches something that lies below one of these names, which end with `/`.
    pub(super) fn reaches_below(&self, names: &[String]) -> Tri {
        let Text::Known(pattern) = self else { return self.means(names) };
        let is_below = names.iter().any(|name| match (bare_parts(name), Arn::parse(pattern)) {
            (Some((service, end)), Some(arn)) => {
                arn.service == service && arn.resource.starts_with(end)
            }
            _ => pattern.starts_with(name),
        });
        Tri::from(is_below) | self.means(names)
    }

    /// Whether it matches one of the names of what is asked for.
    pub(super) fn matches(&self, names: &[String], case: Case) -> Tri {
        match self {
            Text::Known(pattern) => Tri::any(names.iter().map(|name| matches(pattern, name, case))),
            Text::Unknown { of, is_sure, is_open } => {
                if of.iter().any(|object| names.contains(object)) {
                    if *is_sure && !is_open { Tri::Yes } else { Tri::Maybe }
                } else if *is_open || of.is_empty() {
                    Tri::Maybe
                } else {
                    Tri::No
                }
            }
        }
    }
}

/// A name for an object of whose ARN only service and end are known: `iam` and `role/x`, `s3` and a
/// bucket. Partition, region and account of a pattern are not looked at.
pub fn bare(service: &str, end: &str) -> String {
    format!("arn:*:{service}:*:*:{end}")
}

/// None of these names is an ARN, or what is known of one.
fn is_unnamed(names: &[String]) -> bool {
    !names.iter().any(|name| name.starts_with("arn:"))
}

/// Service and end of a [`bare`] name.
fn bare_parts(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("arn:*:")?.split_once(":*:*:")
}

/// Whether a pattern matches a text. A policy variable may stand for anything.
pub(super) fn matches(pattern: &str, text: &str, case: Case) -> Tri {
    if let Some((service, end)) = bare_parts(text)
        && let Some(arn) = Arn::parse(pattern).filter(|arn| arn.service == service)
    {
        return matches(arn.resource, end, case);
    }
    if !pattern.contains("${") {
        return Tri::from(fits(pattern, text, case));
    }
    Tri::from(fits(&without_variables(pattern), text, case)) & Tri::Maybe
}

/// A pattern with a star for each policy variable.
fn without_variables(pattern: &str) -> String {
    let mut widest = String::new();
    let mut rest = pattern;
    while let Some((head, tail)) = rest.split_once("${") {
        widest = widest + head + "*";
        rest = tail.split_once('}').map_or("", |(_, rest)| rest);
    }
    widest + rest
}

/// Whether whatever one text matches another matches too: both may hold wildcards. A policy variable may
/// stand for anything.
pub(super) fn covers(wide: &Text, narrow: &Text, case: Case) -> Tri {
    if wide == narrow || wide.is_star() {
        return Tri::Yes;
    }
    let (Some(pattern), Some(other)) = (wide.known(), narrow.known()) else { return Tri::Maybe };
    let widest = without_variables(pattern);
    let known = Tri::from(fits_any(&widest, other, case, Of::Pattern));
    if widest == pattern { known } else { known & Tri::Maybe }
}

/// Whether something matches both of two texts, which may hold wildcards. `Maybe` where neither holds the
/// other and what they begin and end with does not part them.
pub(super) fn may_meet(one: &Text, other: &Text, case: Case) -> Tri {
    let held = covers(one, other, case) | covers(other, one, case);
    if held != Tri::No {
        return held;
    }
    let (Some(one), Some(other)) = (one.known(), other.known()) else { return Tri::Maybe };
    let is_wild = |text: &str| text.contains(['*', '?']) || text.contains("${");
    // A text without wildcards that is not held lies apart.
    let may = is_wild(one) && is_wild(other) && !is_parted(one, other, case);
    Tri::from(may) & Tri::Maybe
}

/// Whether what two patterns begin with, or end with, before anything that may be any letter, differs.
fn is_parted(one: &str, other: &str, case: Case) -> bool {
    let is_same = |a: u8, b: u8| a == b || case == Case::Ignored && a.eq_ignore_ascii_case(&b);
    let is_letter = |it: &u8| !matches!(it, b'*' | b'?' | b'$' | b'{' | b'}');
    let head = |text: &str| text.bytes().take_while(is_letter).collect::<Vec<u8>>();
    let tail = |text: &str| text.bytes().rev().take_while(is_letter).collect::<Vec<u8>>();
    let differ = |a: Vec<u8>, b: Vec<u8>| a.iter().zip(&b).any(|(a, b)| !is_same(*a, *b));
    differ(head(one), head(other)) || differ(tail(one), tail(other))
}

/// What a pattern is held against.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Name,
    /// In which a star stands for more than one letter.
    Pattern,
}

fn fits(pattern: &str, text: &str, case: Case) -> bool {
    fits_any(pattern, text, case, Of::Name)
}

/// Policies are asked about hundreds of actions, and nearly all of their texts are ASCII.
fn fits_any(pattern: &str, text: &str, case: Case, of: Of) -> bool {
    let is_folded = case == Case::Ignored;
    let takes_stars = of == Of::Name;
    if pattern.is_ascii() && text.is_ascii() {
        let is_same = |a: u8, b: u8| {
            a == b
                || is_folded && a.eq_ignore_ascii_case(&b)
                || a == b'?' && (takes_stars || b != b'*')
        };
        return glob(pattern.as_bytes(), text.as_bytes(), is_same);
    }
    let letters = |text: &str| text.chars().collect::<Vec<char>>();
    let is_same = |a: char, b: char| {
        a == b || is_folded && a.eq_ignore_ascii_case(&b) || a == '?' && (takes_stars || b != '*')
    };
    glob(&letters(pattern), &letters(text), is_same)
}

/// `*` stands for any number of letters; which letters are the same, and what `?` is, says the caller. Linear
/// in practice: only the last star is ever returned to.
fn glob<T: Copy + PartialEq + From<u8>>(
    pattern: &[T],
    text: &[T],
    is_same: impl Fn(T, T) -> bool,
) -> bool {
    let any_number = T::from(b'*');
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(letter) if *letter == any_number => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if is_same(*letter, text[read]) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((from, taken)) = star else { return false };
                star = Some((from, taken + 1));
                at = from + 1;
                read = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == any_number)
}
