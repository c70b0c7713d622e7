//! Whether any of many words stands in a text, and which.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Words that are looked for together. Only a number tells two of them apart.
pub(crate) struct Words {
    /// Takes small and large letters for the same.
    search: Option<AhoCorasick>,
    words: Vec<Word>,
    is_any_exact: bool,
}

/// A word to be looked for, with a number that tells it from others.
#[derive(Clone)]
pub(crate) struct Word {
    text: String,
    number: usize,
    in_any_case: bool,
}

impl Word {
    /// One that is looked for as it is.
    pub(crate) fn exact(text: &str, number: usize) -> Word {
        Word { text: text.to_owned(), number, in_any_case: false }
    }

    /// One of small or large letters.
    pub(crate) fn in_any_case(text: &str, number: usize) -> Word {
        Word { in_any_case: true, ..Word::exact(text, number) }
    }
}

impl Words {
    /// Sets up the search for words as they are.
    pub(crate) fn of(words: &[&str]) -> Words {
        Words::new(words.iter().enumerate().map(|(number, word)| Word::exact(word, number)))
    }

    /// Sets up the search.
    pub(crate) fn new(words: impl IntoIterator<Item = Word>) -> Words {
        Words::by(AhoCorasickKind::ContiguousNFA, words)
    }

    /// As [`Words::new`], for millions of letters: it takes milliseconds to set up, and half the time for each.
    pub(crate) fn for_long_texts(words: impl IntoIterator<Item = Word>) -> Words {
        Words::by(AhoCorasickKind::DFA, words)
    }

    fn by(kind: AhoCorasickKind, words: impl IntoIterator<Item = Word>) -> Words {
        let words: Vec<Word> = words.into_iter().collect();
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(kind))
            .build(words.iter().map(|word| &word.text));
        debug_assert!(search.is_ok(), "words of a table are too many: {search:?}");
        Words {
            search: search.ok(),
            is_any_exact: words.iter().any(|word| !word.in_any_case),
            words,
        }
    }

    /// Whether a text has any of them. Where the words are too many to be looked for, every text may.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        match &self.search {
            Some(search) if !self.is_any_exact => search.is_match(text),
            Some(_) => self.found(text).next().is_some(),
            None => true,
        }
    }

    /// Numbers of all that a text has, in order.
    pub(crate) fn all_in(&self, text: &str) -> Vec<usize> {
        let mut numbers: Vec<usize> = self.found(text).map(|word| word.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    fn found(&self, text: &str) -> impl Iterator<Item = &Word> {
        let all = self.search.iter().flat_map(move |search| search.find_overlapping_iter(text));
        all.filter_map(move |at| {
            let word = &self.words[at.pattern().as_usize()];
            let is_it = word.in_any_case || text.get(at.range()) == Some(&word.text);
            is_it.then_some(word)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        let exact = ["dapi", "SG.", "dose", "apiary", "posed"].iter().enumerate();
        let any_case = ["Bearer ", "jdbc:"].iter().enumerate();
        let words = Words::new(
            exact
                .map(|(number, word)| Word::exact(word, number))
                .chain(any_case.map(|(number, word)| Word::in_any_case(word, 10 + number))),
        );
        let all = words.all_in(text);
        assert_eq!(words.are_in(text), !all.is_empty(), "{text}");
        all
    }

    #[test]
    fn words_are_found_as_they_are_wanted() {
        for word in ["bearer ", "BEARER ", "bEaReR "] {
            assert_eq!(found(&format!("x{word}-")), [10], "{word}");
        }
        assert_eq!(found("dapiary posedose JDBC:x"), [0, 2, 3, 4, 11]);
        assert_eq!(found("dosed dose \u{e9}dapi\u{e9}"), [0, 2]);
        for text in ["", "dap", "DAPI", "sg.", "Dose", "bearer", "dap i", "\u{e9}\u{144}api"] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn both_searches_find_the_same() {
        let words = || [Word::in_any_case("dapi", 0), Word::in_any_case("AKIA", 1)];
        for text in ["xAKIAx", "akia", "Dapi", "aki dap"] {
            let answers = [Words::new(words()), Words::for_long_texts(words())];
            let [short, long] = answers.map(|words| (words.are_in(text), words.all_in(text)));
            assert_eq!(short, long, "{text}");
        }
    }
}
