//! Whether any of many words stands in a text, and which.

/// Words that are looked for together.
///
/// As Wu and Manber do it: the pair of letters at the end of a window tells how far the window may move on
/// without passing over a word. An automaton of as many words takes a millisecond to build, and looks at every
/// letter.
pub(crate) struct Words {
    /// By the [`pair`]: how far to move on, or, from [`WINDOW`] on, which of the `heads` is to be looked at.
    moves: Box<[u16; PAIRS]>,
    /// Words whose window may end with the same pair.
    heads: Vec<Vec<Word>>,
    /// The shortest window.
    shortest: usize,
}

/// A word to be looked for, with a number that tells it from others.
#[derive(Clone)]
pub(crate) struct Word {
    text: Box<[u8]>,
    number: usize,
    in_any_case: bool,
}

/// Letters of the window: the wider, the further it moves. That of a shorter word is as long as the word.
const WINDOW: usize = 4;
/// Pairs of letters, of which seven bits count.
const PAIRS: usize = 1 << 14;
const LETTERS: u8 = 1 << 7;

#[inline]
fn pair(first: u8, second: u8) -> usize {
    usize::from(first % LETTERS) << 7 | usize::from(second % LETTERS)
}

impl Word {
    /// One that is looked for as it is.
    pub(crate) fn exact(text: &str, number: usize) -> Word {
        Word { text: text.as_bytes().into(), number, in_any_case: false }
    }

    /// One of small or large letters.
    pub(crate) fn in_any_case(text: &str, number: usize) -> Word {
        Word { in_any_case: true, ..Word::exact(text, number) }
    }

    fn window(&self) -> usize {
        self.text.len().min(WINDOW)
    }

    /// Whether it stands in a text with the end of its window there.
    #[inline]
    fn is_at(&self, text: &[u8], end: usize) -> bool {
        let start = (end + 1).checked_sub(self.window());
        let there = start.and_then(|start| text.get(start..start + self.text.len()));
        there.is_some_and(|there| match self.in_any_case {
            true => there.eq_ignore_ascii_case(&self.text),
            false => there.first() == self.text.first() && *there == *self.text,
        })
    }

    /// What its letter at that place may be.
    fn letters(&self, at: usize) -> [u8; 2] {
        let letter = self.text[at];
        match self.in_any_case {
            true => [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()],
            false => [letter; 2],
        }
    }

    /// The pairs that may be its own, ending at that letter.
    fn pairs(&self, end: usize) -> impl Iterator<Item = usize> {
        let (first, second) = (self.letters(end - 1), self.letters(end));
        first.into_iter().flat_map(move |first| second.map(|second| pair(first, second)))
    }
}

impl Words {
    /// Sets up the search for words as they are.
    pub(crate) fn of(words: &[&str]) -> Words {
        Words::new(words.iter().enumerate().map(|(number, word)| Word::exact(word, number)))
    }

    /// Sets up the search. Words of less than two letters are left out.
    pub(crate) fn new(words: impl IntoIterator<Item = Word>) -> Words {
        let words: Vec<Word> = words.into_iter().filter(|word| word.text.len() > 1).collect();
        let shortest = words.iter().map(Word::window).min().unwrap_or(WINDOW);
        let furthest = shortest.min(WINDOW - 1) as u16;
        let mut all = Words { moves: Box::new([furthest; PAIRS]), heads: Vec::new(), shortest };
        words.iter().for_each(|word| all.slow_down(word));
        words.iter().for_each(|word| all.stop_at(word));
        all
    }

    /// Lets no window pass over a word, whichever part of it the window ends with.
    fn slow_down(&mut self, word: &Word) {
        let mut at_most = |pair: usize, next: usize| {
            self.moves[pair] = self.moves[pair].min(next as u16);
        };
        let last = word.window() - 1;
        for end in 1..last {
            word.pairs(end).for_each(|pair| at_most(pair, last - end));
        }
        // Any letter may stand before its first one.
        if last < WINDOW - 1 {
            let firsts = (0..LETTERS).flat_map(|before| word.letters(0).map(|it| pair(before, it)));
            firsts.for_each(|pair| at_most(pair, last));
        }
    }

    /// Has the word looked at where a window may end as its own does.
    fn stop_at(&mut self, word: &Word) {
        for pair in word.pairs(word.window() - 1) {
            if usize::from(self.moves[pair]) < WINDOW {
                self.moves[pair] = (WINDOW + self.heads.len()) as u16;
                self.heads.push(Vec::new());
            }
            let head = &mut self.heads[usize::from(self.moves[pair]) - WINDOW];
            // A sign has no other case.
            let is_there = |it: &Word| (it.number, &it.text) == (word.number, &word.text);
            if !head.last().is_some_and(is_there) {
                head.push(word.clone());
            }
        }
    }

    /// Whether a text has any of them.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        self.find(text, |_| true)
    }

    /// Numbers of all that a text has, in order.
    pub(crate) fn all_in(&self, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        self.find(text, |number| {
            found.push(number);
            false
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Hands out the number of each that is found, until it is the one that was wanted.
    fn find(&self, text: &str, mut is_it: impl FnMut(usize) -> bool) -> bool {
        let letters = text.as_bytes();
        let seconds = letters.get(1..).unwrap_or_default();
        let firsts = &letters[..seconds.len()];
        let mut at = self.shortest - 2;
        while at < firsts.len() {
            let next = usize::from(self.moves[pair(firsts[at], seconds[at])]);
            if next < WINDOW {
                at += next;
                continue;
            }
            let mut words =
                self.heads[next - WINDOW].iter().filter(|word| word.is_at(letters, at + 1));
            if words.any(|word| is_it(word.number)) {
                return true;
            }
            at += 1;
        }
        false
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
    fn words_are_found_wherever_they_stand() {
        for before in 0..6 {
            for after in 0..3 {
                let around =
                    |word: &str| format!("{}{word}{}", "x".repeat(before), "-".repeat(after));
                for (number, word) in ["dapi", "SG.", "dose"].iter().enumerate() {
                    assert_eq!(found(&around(word)), [number], "{}", around(word));
                }
                for word in ["bearer ", "BEARER ", "bEaReR "] {
                    assert_eq!(found(&around(word)), [10], "{}", around(word));
                }
            }
        }
        assert_eq!(found("dapiary posedose JDBC:x"), [0, 2, 3, 4, 11]);
        assert_eq!(found("dosed dose \u{e9}dapi\u{e9}"), [0, 2]);
    }

    #[test]
    fn others_are_not() {
        for text in
            ["", "a", "dap", "api", "DAPI", "sg.", "Dose", "bearer", "dap i", "\u{e9}\u{144}api"]
        {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
