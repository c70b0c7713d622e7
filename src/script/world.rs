//! Exact answers on values that are not known yet, behind plain `&& || !`.
//!
//! A question about an unknown value is answered by an oracle, and the script is run again for
//! each combination of answers. What it reports in every world is definite; what it reports in
//! some is possible. Beyond [`limits::UNKNOWNS`] questions the worlds are sampled: none, all and
//! each one alone, their opposites, and pseudo-random ones. A definite finding is never lost: worlds
//! are left out only where nothing was found in all of those before.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{ResId, Tri};

use super::limits;

/// Answers questions about unknown values, the same way within one world.
#[derive(Debug)]
pub(super) struct Oracle {
    world: World,
    asked: usize,
    /// None before the first question: most runs ask none.
    memo: Option<Box<Memo>>,
    overflow: bool,
}

/// What was answered in one world.
#[derive(Debug, Default)]
struct Memo {
    answers: BTreeMap<(String, String), bool>,
    /// Values that equal a literal in this world.
    settled: BTreeSet<String>,
}

/// Which answers a run gets.
#[derive(Clone, Debug)]
enum World {
    /// These, in the order of the questions; no for further ones.
    Search(Vec<bool>),
    /// Always the same, with one exception.
    Fixed { answer: bool, except: Option<usize> },
    /// Pseudo-random ones from a seed.
    Random(u64),
}

impl Oracle {
    fn new(world: World) -> Oracle {
        Oracle { world, asked: 0, memo: None, overflow: false }
    }

    /// The answer to a question about a value. None where there were too many questions.
    ///
    /// A value that equals one literal equals no other.
    pub(super) fn answer(&mut self, value: &str, question: &str) -> Option<bool> {
        let memo = self.memo.get_or_insert_default();
        let key = (value.to_owned(), question.to_owned());
        if let Some(known) = memo.answers.get(&key) {
            return Some(*known);
        }
        let is_equality = question.starts_with(EQUALS);
        if is_equality && memo.settled.contains(value) {
            return Some(false);
        }
        let at = self.asked;
        let answer = match &mut self.world {
            World::Search(_) if at >= limits::UNKNOWNS => {
                self.overflow = true;
                return None;
            }
            World::Search(answers) => {
                if at == answers.len() {
                    answers.push(false);
                }
                answers.get(at).copied().unwrap_or_default()
            }
            World::Fixed { answer, except } => *answer ^ (*except == Some(at)),
            World::Random(seed) => mix(*seed, at as u64) & 1 == 1,
        };
        self.asked += 1;
        if is_equality && answer {
            memo.settled.insert(value.to_owned());
        }
        memo.answers.insert(key, answer);
        Some(answer)
    }
}

/// How a question about equality with a literal begins.
pub(super) const EQUALS: &str = "==";

/// SplitMix64: the same worlds on every machine.
fn mix(seed: u64, at: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(at << 32 | seed);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// An attribute's path as findings spell it, and as the source has it where that tells more.
pub(super) type Spelled = (String, Option<String>);

/// What a script reported in one world.
#[derive(Clone, Debug)]
pub(super) struct Fail {
    /// The subject.
    pub(super) id: ResId,
    /// The attribute, as findings spell it.
    pub(super) attribute: Option<String>,
    /// The same as the source has it, see [`crate::lint::Finding::written`].
    pub(super) written: Option<String>,
    /// What is wrong.
    pub(super) message: String,
}

/// One run of a script.
#[derive(Debug)]
pub(super) struct Run {
    /// The oracle that it asked.
    pub(super) oracle: Oracle,
    /// What it reported before it ended.
    pub(super) fails: Vec<Fail>,
    /// It ended early, at something that is not known: what it reported before stands.
    pub(super) undecided: bool,
    /// All worlds together took longer than they should: a further one is only tried while
    /// something was found in every one so far.
    pub(super) exhausted: bool,
    /// A text that stands for an unknown value went elsewhere than into a message, and may have
    /// been compared: nothing that it reported is certain.
    pub(super) tainted: bool,
}

impl Run {
    /// It asked nothing, and nothing kept it from its end.
    fn is_certain(&self) -> bool {
        self.oracle.asked == 0 && !self.undecided && !self.tainted
    }
}

/// A finding over all worlds.
#[derive(Debug)]
pub(super) struct Answer {
    /// `Yes` where every world has it, `Maybe` where some have.
    pub(super) tri: Tri,
    /// The finding of the first world that has it.
    pub(super) fail: Fail,
    /// Which one it is of those with one subject and attribute.
    pub(super) ordinal: usize,
}

/// What all worlds together say.
#[derive(Debug)]
pub(super) struct Verdicts {
    /// In the order in which they were first reported.
    pub(super) answers: Vec<Answer>,
    /// Something kept the script from an answer: worlds differ, or a run ended early.
    pub(super) blind: bool,
}

/// Findings of one subject and attribute are told apart by their order: worlds agree on a finding,
/// not on its wording.
type Identity = (ResId, Option<String>, usize);

#[derive(Default)]
struct Tally {
    worlds: usize,
    found: BTreeMap<Identity, (usize, Fail, usize)>,
    undecided: bool,
    tainted: bool,
    /// Most questions of one world.
    asked: usize,
}

impl Tally {
    fn add(&mut self, run: &Run) {
        self.worlds += 1;
        self.undecided |= run.undecided;
        self.tainted |= run.tainted;
        self.asked = self.asked.max(run.oracle.asked);
        let mut seen: BTreeMap<(ResId, &Option<String>), usize> = BTreeMap::new();
        for fail in &run.fails {
            let ordinal = seen.entry((fail.id, &fail.attribute)).or_default();
            let next = self.found.len();
            let entry = self
                .found
                .entry((fail.id, fail.attribute.clone(), *ordinal))
                .or_insert_with(|| (0, fail.clone(), next));
            entry.0 += 1;
            *ordinal += 1;
        }
    }

    /// Whether the next world is not worth its time: nothing can be definite any more. What would
    /// only be possible is not looked for any further.
    fn gives_up(&mut self, run: &Run) -> bool {
        let is_open = !self.tainted && self.found.values().any(|(count, ..)| *count == self.worlds);
        let gives_up = run.exhausted && !is_open;
        self.undecided |= gives_up;
        gives_up
    }

    fn finish(self) -> Verdicts {
        let (worlds, tainted) = (self.worlds, self.tainted);
        let mut found: Vec<_> = self.found.into_iter().collect();
        found.sort_by_key(|(_, (_, _, order))| *order);
        let answer = |((_, _, ordinal), (count, fail, _))| {
            let is_certain = count == worlds && !tainted;
            Answer { tri: if is_certain { Tri::Yes } else { Tri::Maybe }, fail, ordinal }
        };
        let answers: Vec<Answer> = found.into_iter().map(answer).collect();
        let differ = answers.iter().any(|answer| answer.tri == Tri::Maybe);
        Verdicts { blind: self.undecided || tainted || differ, answers }
    }
}

/// Runs a script in every world that its questions make, or in a sample of them.
pub(super) fn explore<E>(mut run: impl FnMut(Oracle) -> Result<Run, E>) -> Result<Verdicts, E> {
    let mut tally = Tally::default();
    let mut answers = Vec::new();
    loop {
        let done = run(Oracle::new(World::Search(answers)))?;
        if done.fails.is_empty() && done.is_certain() {
            // The common case: nothing to ask, nothing to say.
            return Ok(Verdicts { answers: Vec::new(), blind: false });
        }
        if done.oracle.overflow {
            return sample(run);
        }
        tally.add(&done);
        if tally.gives_up(&done) {
            break;
        }
        let World::Search(given) = done.oracle.world else { break };
        answers = given;
        answers.truncate(done.oracle.asked);
        while answers.last() == Some(&true) {
            answers.pop();
        }
        match answers.last_mut() {
            Some(last) => *last = true,
            None => break,
        }
    }
    Ok(tally.finish())
}

fn sample<E>(mut run: impl FnMut(Oracle) -> Result<Run, E>) -> Result<Verdicts, E> {
    let mut tally = Tally::default();
    // False once no further world is to be tried.
    let mut at = |tally: &mut Tally, world| {
        let done = run(Oracle::new(world))?;
        tally.add(&done);
        Ok(!tally.gives_up(&done))
    };
    for answer in [false, true] {
        let mut go_on = at(&mut tally, World::Fixed { answer, except: None })?;
        let mut flip = 0;
        // A flip may bring further questions, which are flipped as well.
        while go_on && flip < tally.asked.min(limits::FLIPS) {
            go_on = at(&mut tally, World::Fixed { answer, except: Some(flip) })?;
            flip += 1;
        }
        if !go_on {
            return Ok(tally.finish());
        }
    }
    for seed in 1..=limits::RANDOM_WORLDS {
        if !at(&mut tally, World::Random(seed))? {
            break;
        }
    }
    Ok(tally.finish())
}
