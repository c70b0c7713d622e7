//! What a text of a setting has to look like.

use crate::{aws::Range, facts::regions};

/// The form of a text, or of each text of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Any text that is not blank.
    Name,
    /// An IP address, or a range of them.
    Address,
    /// Two names: `primary -> standby`.
    Pair,
    /// A port.
    Port,
    /// The name of an AWS region, of one that opens tomorrow as well.
    Region,
}

impl TextForm {
    /// Every form.
    pub const ALL: [TextForm; 5] =
        [TextForm::Name, TextForm::Address, TextForm::Pair, TextForm::Port, TextForm::Region];

    /// The word that scripts use.
    pub fn as_str(self) -> &'static str {
        match self {
            TextForm::Name => "name",
            TextForm::Address => "address",
            TextForm::Pair => "pair",
            TextForm::Port => "port",
            TextForm::Region => "region",
        }
    }

    /// In words, for behind "is".
    pub fn words(self) -> &'static str {
        match self {
            TextForm::Name => "a text that is not blank",
            TextForm::Address => {
                "an IP address or a range of them, such as 203.0.113.7 or 203.0.113.0/24"
            }
            TextForm::Pair => {
                "the names of two units with an arrow between them: primary -> standby"
            }
            TextForm::Port => "a port from 0 to 65535, such as \"443\"",
            TextForm::Region => "the name of an AWS region, such as eu-central-1",
        }
    }

    /// Whether a text has the form.
    pub fn fits(self, text: &str) -> bool {
        match self {
            TextForm::Name => !text.trim().is_empty(),
            TextForm::Address => Range::parse_any(text).is_some(),
            TextForm::Pair => pair(text).is_some(),
            TextForm::Port => text.parse::<u16>().is_ok(),
            TextForm::Region => regions::is_region(text),
        }
    }
}

/// The two names of a [`TextForm::Pair`]. Whoever reads a setting of that form reads it so.
pub fn pair(text: &str) -> Option<(&str, &str)> {
    let (one, other) = text.split_once("->").map(|(a, b)| (a.trim(), b.trim()))?;
    let is_name = |name: &str| !name.is_empty() && !name.contains("->");
    (is_name(one) && is_name(other) && one != other).then_some((one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_form_or_not() {
        for (form, good, bad) in [
            (TextForm::Name, &["a", "[x] *"][..], &["", " \t"][..]),
            (
                TextForm::Address,
                &["203.0.113.7", "10.0.0.0/8", "2001:db8::/32"],
                &["office", "", "203.0.113.7/33", "203.0.113", "203.0.113.7-9"],
            ),
            (
                TextForm::Pair,
                &["live/fra -> live/dub", "a->b"],
                &["a", "a -> ", "-> b", "a -> a", "a -> b -> c", "a => b", ""],
            ),
            (TextForm::Port, &["0", "443", "65535"], &["65536", "-1", "https", "80-90", ""]),
            (
                TextForm::Region,
                &["eu-central-1", "us-gov-west-1", "zz-newplace-9"],
                &["eu-central1", "Frankfurt", "eu-central-1a", "*", ""],
            ),
        ] {
            for (texts, wanted) in [(good, true), (bad, false)] {
                texts.iter().for_each(|text| assert_eq!(form.fits(text), wanted, "{text:?}"));
            }
        }
    }
}
