//! Takes the secrets out of what leaves the machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
    sync::Arc,
};

use crate::{
    estate::{Row, masked},
    graph::Graph,
    redact::{Redactor, Secrets, apart},
    seal::{COVER, Key, Seal, Seals, covers, uncovered},
    secrecy::forms,
};

use super::{Part, Said, compare};

/// Masked strings that stay as they are where no mask is on them: those without order only where the plan
/// shows them as well. Of the others, names and ids, rules ask more than whether two are the same, as of
/// the patterns of policies. What a rule found to be a secret is one everywhere.
pub(super) fn kept(graph: &Graph, said: &[Said]) -> BTreeSet<String> {
    let masked = graph.masked().strings;
    let (opaque, mut kept): (BTreeSet<String>, BTreeSet<String>) =
        masked.into_iter().partition(|text| forms::is_opaque(text));
    kept.extend(graph.shown(&opaque));
    for secret in said.iter().flat_map(|said| &said.secrets) {
        kept.remove(secret);
    }
    let folded = |text: &String| [text.to_lowercase(), text.to_uppercase()];
    kept.iter().flat_map(folded).chain(kept.clone()).collect()
}

/// Makes what is hashed comparable with what is known again, wherever the same value is known in a plan
/// of the run: one plan may mask, or call a secret, what another shows. After this the parts are as if
/// they had been made here.
pub fn recognise(parts: &mut [Part], key: &Key) {
    open_covers(parts, key);
    open_masks(parts, key);
}

fn open_covers(parts: &mut [Part], key: &Key) {
    let mut seals = Seals::default();
    each_text(parts, &mut |text| {
        covers(text).into_iter().for_each(|(length, seal)| seals.insert(length, seal));
    });
    if seals.is_empty() {
        return;
    }
    let mut known: BTreeMap<Seal, String> = BTreeMap::new();
    each_text(parts, &mut |text| {
        for range in seals.find(key, text) {
            known.insert(key.seal(&text[range.clone()]), text[range].to_owned());
        }
    });
    each_text(parts, &mut |text| {
        if text.contains(COVER) {
            *text = uncovered(text, |_, seal| known.get(&seal).cloned());
        }
    });
}

fn open_masks(parts: &mut [Part], key: &Key) {
    let mut sealed = BTreeSet::new();
    for row in rows(parts) {
        row.each_mask(&mut |hash| {
            sealed.insert(hash.clone());
        });
    }
    if sealed.is_empty() {
        return;
    }
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for row in rows(parts) {
        for hash in row.texts().into_iter().map(masked) {
            let seal = key.seal_mask(&hash);
            if sealed.contains(&seal) {
                known.insert(seal, hash);
            }
        }
    }
    for row in rows(parts) {
        row.each_mask(&mut |hash| {
            if let Some(plain) = known.get(hash) {
                hash.clone_from(plain);
            }
        });
    }
}

fn each_text(parts: &mut [Part], change: &mut impl FnMut(&mut String)) {
    parts.iter_mut().for_each(|part| part.each_text(change));
}

fn rows(parts: &mut [Part]) -> impl Iterator<Item = &mut Row> {
    parts.iter_mut().flat_map(|part| part.taking.rows.values_mut().flatten())
}

impl Part {
    /// Whether anything in it is a hash that somebody could try guesses against.
    pub fn has_seals(&mut self) -> bool {
        let mut any = !self.hidden.seals.is_empty();
        rows(slice::from_mut(self)).for_each(|row| row.each_mask(&mut |_| any = true));
        any
    }

    /// Puts keyed hashes in the place of masked values and of secrets that stand in unmasked ones. Texts
    /// of findings have none any more.
    pub(super) fn seal(&mut self, key: &Key, redactor: &Redactor, kept: &BTreeSet<String>) {
        let mut cover = |text: &mut String| {
            let mut found = redactor.find(text);
            found.retain(|range| !kept.contains(&text[range.clone()]));
            found.extend(forms::places(text));
            let found = apart(found);
            if !found.is_empty() {
                *text = key.cover(text, &found);
            }
        };
        for row in rows(slice::from_mut(self)) {
            row.each_masked_name(&mut |name| {
                *name = key.cover(name, slice::from_ref(&(0..name.len())))
            });
        }
        self.each_text(&mut cover);
        for row in rows(slice::from_mut(self)) {
            row.each_mask(&mut |hash| *hash = key.seal_mask(hash));
        }
        let clues = self.origins.iter().filter_map(|(unit, it)| Some((unit.clone(), it.clue()?)));
        self.clues = clues.collect();
        for clue in self.clues.values_mut() {
            Arc::make_mut(&mut clue.calls).values_mut().for_each(&mut cover);
        }
        // Whoever joins the parts reads less of the source: no rule on one plan asks for it there.
        compare(&mut self.inputs, &self.origins);
        let seals = self.hidden.seal(key);
        self.hidden = Secrets { texts: BTreeSet::new(), seals, key: Some(key.clone()) };
    }

    /// Changes every text that is a value of a plan and is no text for people.
    fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        for row in self.taking.rows.values_mut().flatten() {
            row.each_text(change);
        }
        self.outputs.each_text(change);
        for texts in self.mocks.values_mut().chain([&mut self.taking.secrets]) {
            let changed = std::mem::take(texts).into_iter().map(|mut text| {
                change(&mut text);
                text
            });
            *texts = changed.collect();
        }
    }
}
