//! Words that stand in the code: kinds of rows, names of cells, of shared rows and of actions.

use std::{
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

use serde::{Deserialize, Deserializer, Serializer};

/// A word of the code. By another name, because serde would borrow it from the text that it reads.
pub(super) type Word = &'static str;

/// The words read so far. The version that wrote a file is the one that reads it, so there are no more
/// of them than the code has.
static WORDS: RwLock<BTreeSet<Word>> = RwLock::new(BTreeSet::new());

fn known(word: String) -> Word {
    // Nothing is half done where somebody panicked: a word is there or it is not.
    let found = WORDS.read().unwrap_or_else(PoisonError::into_inner).get(&*word).copied();
    found.unwrap_or_else(|| {
        let mut words = WORDS.write().unwrap_or_else(PoisonError::into_inner);
        let found = words.get(&*word).copied();
        found.unwrap_or_else(|| {
            let word: Word = Box::leak(word.into_boxed_str());
            words.insert(word);
            word
        })
    })
}

pub(super) fn serialize<S: Serializer>(word: &Word, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(word)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
    String::deserialize(from).map(known)
}

/// Several of them.
pub(super) mod list {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        words: &[Word],
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_seq(words)
    }

    pub(in super::super) fn deserialize<'de, D>(from: D) -> Result<Vec<Word>, D::Error>
    where
        D: Deserializer<'de>,
    {
        Ok(Vec::<String>::deserialize(from)?.into_iter().map(known).collect())
    }
}

/// Values with their names.
pub(super) mod named {
    use serde::Serialize;

    use super::*;

    pub(in super::super) fn serialize<T: Serialize, S: Serializer>(
        all: &[(Word, T)],
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_seq(all)
    }

    pub(in super::super) fn deserialize<'de, T, D>(from: D) -> Result<Vec<(Word, T)>, D::Error>
    where
        T: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let all = Vec::<(String, T)>::deserialize(from)?.into_iter();
        Ok(all.map(|(word, value)| (known(word), value)).collect())
    }
}

/// Sets of them, by what uses them.
pub(super) mod uses {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::*;

    pub(in super::super) fn serialize<K: Serialize, S: Serializer>(
        map: &BTreeMap<K, BTreeSet<Word>>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_seq(map)
    }

    pub(in super::super) fn deserialize<'de, K, D>(
        from: D,
    ) -> Result<BTreeMap<K, BTreeSet<Word>>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        D: Deserializer<'de>,
    {
        let all = Vec::<(K, Vec<String>)>::deserialize(from)?.into_iter();
        Ok(all.map(|(key, words)| (key, words.into_iter().map(known).collect())).collect())
    }
}
