//! What a rule asked in vain, and about which of its subjects it then came to no answer.
//!
//! A question that finds no answer matters only where the rule's own answer hangs on it: it waits
//! here until the rule answers about the subject. An answer that came out definite all the same
//! dismisses it; one that did not, or none at all, leaves the subject open.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem::take,
};

use serde::{Deserialize, Serialize};

use crate::plan::{ResId, Tri};

use super::Cause;

/// What an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// An instance.
    Instance(ResId),
    /// What is no instance, by its address: an output, a provider block, the plan (empty).
    Named(String),
}

/// A question that found no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// The instance that was asked; none where the question was about no single one.
    pub res: Option<ResId>,
    /// Tells the attributes of an instance apart: a hash of the path, 0 for the instance itself.
    pub path: u64,
    /// Why there was no answer.
    pub cause: Cause,
}

/// What a rule left open: the subject, where one can be named, and what its answer hangs on.
pub type Open = (Option<About>, Note);

/// The questions of one rule in one world of one plan.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The subject that the rule was handed last.
    current: Option<ResId>,
    /// Asked since then.
    waiting: BTreeSet<Note>,
    /// Asked about subjects that got no answer so far.
    left: BTreeMap<Option<About>, BTreeSet<Note>>,
    /// Subjects that got a definite answer.
    answered: BTreeSet<About>,
    /// What was asked for the last answer: a second one about the same subject may hang on it too.
    before: Option<(About, BTreeSet<Note>)>,
    /// What answers hang on.
    open: BTreeSet<Open>,
}

impl Ledger {
    pub(super) fn note(&mut self, note: Note) {
        self.waiting.insert(note);
    }

    /// Whether an answer could change anything here.
    pub(super) fn is_waiting(&self) -> bool {
        !(self.waiting.is_empty() && self.left.is_empty() && self.before.is_none())
    }

    /// The rule is handed its next subject.
    pub(super) fn turn(&mut self, next: ResId, is_subject: impl Fn(ResId) -> bool) {
        self.leave(is_subject);
        self.current = Some(next);
    }

    /// The rule is done with its subject, whether it answered about it or not.
    fn leave(&mut self, is_subject: impl Fn(ResId) -> bool) {
        self.before = None;
        if self.waiting.is_empty() {
            return;
        }
        for note in take(&mut self.waiting) {
            let about = note.res.filter(|res| is_subject(*res)).or(self.current);
            let about = about.map(About::Instance);
            // What words and level of a finding are chosen by comes after the answer.
            if !about.as_ref().is_some_and(|about| self.answered.contains(about)) {
                self.left.entry(about).or_default().insert(note);
            }
        }
    }

    /// The rule answers about a subject. What it asked about other subjects is theirs, unless they
    /// have their answer, or nothing else can be what this one hangs on.
    pub(super) fn settle(&mut self, tri: Tri, about: &About, is_subject: impl Fn(ResId) -> bool) {
        let is_others = |note: &Note| {
            let subject = note.res.filter(|res| is_subject(*res)).map(About::Instance);
            subject.is_some_and(|other| other != *about && !self.answered.contains(&other))
        };
        let (mut others, mut own): (BTreeSet<Note>, BTreeSet<Note>) =
            take(&mut self.waiting).into_iter().partition(is_others);
        own.extend(self.left.remove(&Some(about.clone())).unwrap_or_default());
        if let Some((subject, notes)) = &self.before
            && (subject == about || (tri == Tri::Maybe && own.is_empty() && others.is_empty()))
        {
            own.extend(notes);
        }
        if tri != Tri::Maybe {
            self.answered.insert(about.clone());
        } else {
            if own.is_empty() {
                own = take(&mut others);
            }
            if own.is_empty() {
                // The plan answered everything: what would settle it lies outside.
                own.insert(Note { res: None, path: 0, cause: Cause::NotInRun });
            }
            self.open.extend(own.iter().map(|note| (Some(about.clone()), *note)));
        }
        for note in others {
            self.left.entry(note.res.map(About::Instance)).or_default().insert(note);
        }
        self.before = Some((about.clone(), own));
    }

    /// What the rule left open; forgets it.
    pub(super) fn close(&mut self, is_subject: impl Fn(ResId) -> bool) -> BTreeSet<Open> {
        self.leave(is_subject);
        for (about, notes) in take(&mut self.left) {
            self.open.extend(notes.into_iter().map(|note| (about.clone(), note)));
        }
        take(&mut self.open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ResId = 1;
    const B: ResId = 2;
    /// No subject: what A and B refer to.
    const T: ResId = 9;

    fn is_subject(res: ResId) -> bool {
        res < T
    }

    fn note(res: ResId, path: u64) -> Note {
        Note { res: Some(res), path, cause: Cause::Apply }
    }

    /// Plays a rule; what it left open, as `subject: instance.path`.
    fn open(play: impl FnOnce(&mut Ledger)) -> Vec<String> {
        let mut ledger = Ledger::default();
        play(&mut ledger);
        let shown = ledger.close(is_subject).into_iter().map(|(about, note)| {
            let about = match about {
                Some(About::Instance(id)) => id.to_string(),
                Some(About::Named(name)) => name,
                None => "-".to_owned(),
            };
            let res = note.res.map_or("-".to_owned(), |res| res.to_string());
            format!("{about}: {res}.{}", note.path)
        });
        shown.collect()
    }

    #[test]
    fn an_answer_hangs_on_what_was_asked_for_it() {
        let all = open(|rule| {
            rule.turn(A, is_subject);
            rule.note(note(A, 1));
            rule.note(note(A, 1));
            rule.note(note(T, 1));
            rule.settle(Tri::Maybe, &About::Instance(A), is_subject);
            rule.turn(B, is_subject);
            rule.note(note(T, 1));
            rule.settle(Tri::No, &About::Instance(B), is_subject);
        });
        assert_eq!(all, ["1: 1.1", "1: 9.1"], "asked twice is asked once; B is settled");
    }

    #[test]
    fn a_subject_without_an_answer_stays_open() {
        let all = open(|rule| {
            rule.turn(A, is_subject);
            rule.note(note(T, 3));
            rule.turn(B, is_subject);
            rule.settle(Tri::No, &About::Instance(B), is_subject);
        });
        assert_eq!(all, ["1: 9.3"]);
    }

    #[test]
    fn a_second_answer_may_hang_on_what_the_first_did_not() {
        let all = open(|rule| {
            rule.turn(A, is_subject);
            rule.note(note(A, 1));
            rule.settle(Tri::No, &About::Instance(A), is_subject);
            rule.settle(Tri::Maybe, &About::Instance(A), is_subject);
            rule.settle(Tri::Maybe, &About::Instance(A), is_subject);
            rule.settle(Tri::Yes, &About::Instance(B), is_subject);
        });
        assert_eq!(all, ["1: 1.1"]);
    }

    #[test]
    fn subjects_may_be_collected_before_they_are_judged() {
        let all = open(|rule| {
            rule.turn(A, is_subject);
            rule.turn(B, is_subject);
            rule.note(note(A, 1));
            rule.note(note(B, 1));
            rule.note(note(T, 1));
            rule.settle(Tri::Yes, &About::Instance(B), is_subject);
            rule.note(note(A, 2));
        });
        assert_eq!(all, ["1: 1.1", "1: 1.2"]);
        let all = open(|rule| {
            rule.turn(A, is_subject);
            rule.turn(B, is_subject);
            rule.note(note(A, 1));
            rule.note(note(B, 1));
            rule.settle(Tri::Maybe, &About::Instance(B), is_subject);
            rule.settle(Tri::Yes, &About::Instance(A), is_subject);
        });
        assert_eq!(all, ["2: 2.1"], "A has its answer");
    }

    #[test]
    fn what_is_asked_after_the_answer_is_no_part_of_it() {
        let all = open(|rule| {
            rule.turn(A, is_subject);
            rule.note(note(A, 1));
            rule.settle(Tri::Yes, &About::Instance(A), is_subject);
            rule.note(note(A, 2));
            rule.note(note(T, 2));
        });
        assert!(all.is_empty(), "{all:?}");
    }

    #[test]
    fn an_answer_may_hang_on_another_subject() {
        let all = open(|rule| {
            rule.turn(A, is_subject);
            rule.note(note(A, 1));
            rule.settle(Tri::No, &About::Instance(A), is_subject);
            rule.turn(B, is_subject);
            rule.note(note(A, 1));
            rule.settle(Tri::Maybe, &About::Instance(B), is_subject);
        });
        assert_eq!(all, ["2: 1.1"]);
        let all = open(|rule| {
            rule.turn(A, is_subject);
            rule.note(note(B, 1));
            rule.settle(Tri::Maybe, &About::Instance(A), is_subject);
            rule.turn(B, is_subject);
            rule.settle(Tri::No, &About::Instance(B), is_subject);
        });
        assert_eq!(all, ["1: 2.1"]);
    }

    #[test]
    fn what_hangs_on_nothing_in_the_plan_hangs_on_something_outside() {
        let all =
            open(|rule| rule.settle(Tri::Maybe, &About::Named("output.x".into()), is_subject));
        assert_eq!(all, ["output.x: -.0"]);
    }
}
