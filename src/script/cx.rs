//! What a call of `check` can ask: the plan, the oracle, and where its findings go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rhai::{Caches, Dynamic, EvalAltResult, ImmutableString, NativeCallContext, Position};

use crate::{
    graph::{Before, Cause, Graph, Scope, Side},
    plan::{ResId, Tri},
};

use super::{
    absent::Absent,
    limits,
    values::{List, MARK, Node, Unknown, bounded},
    world::{EQUALS, Fail, Oracle, Run, Spelled},
};

pub(super) type Result<T> = std::result::Result<T, Box<EvalAltResult>>;

/// The constants of a script, with the parameters of this run.
pub(super) type Constants = Arc<BTreeMap<String, Dynamic>>;

/// Success, where a closure's type must be told.
pub(super) fn done<T>(value: T) -> Result<T> {
    Ok(value)
}

/// Ends a run; a script cannot catch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The answer hangs on a value that is not known.
    Undecided,
    /// Too many operations in one world.
    Operations,
    /// The backstop.
    Deadline,
    /// More findings than one instance may have.
    Findings,
}

/// What the host says is wrong with a script: never holds a value of a plan.
#[derive(Clone, Debug)]
pub(super) struct Objection(pub(super) &'static str);

/// Stops with an error of the script.
pub(super) fn object<T>(message: &'static str) -> Result<T> {
    let payload = Dynamic::from(Objection(message));
    Err(EvalAltResult::ErrorRuntime(payload, Position::NONE).into())
}

/// Ends the run without an answer.
pub(super) fn stop<T>(why: Stop) -> Result<T> {
    Err(EvalAltResult::ErrorTerminated(Dynamic::from(why), Position::NONE).into())
}

/// One world of one plan, as one script looks at it. The tag of every call.
#[derive(Clone)]
pub(super) struct Host(Arc<Inner>);

struct Inner {
    graph: Arc<Graph>,
    side: Side,
    state: Mutex<State>,
    /// Lists of instances, and whether the other world may have others.
    lists: Mutex<BTreeMap<String, (List, bool)>>,
    referrers: Mutex<BTreeMap<Relation, Arc<Referrers>>>,
    /// What names in closures were found to mean.
    caches: Mutex<Caches>,
    constants: Constants,
    /// Something was read that may be otherwise in the other world.
    differs: AtomicBool,
    /// Attributes asked for that are not there; none where nobody wants to know.
    absent: Option<Mutex<BTreeSet<Absent>>>,
}

/// Which instances of a type the instances of another name.
#[derive(Default)]
pub(super) struct Referrers {
    /// Those that name one, by the one.
    pub(super) named: BTreeMap<ResId, Vec<Dynamic>>,
    /// What stands for an instance that nobody can tell, and who names it.
    pub(super) open: Vec<(Dynamic, Dynamic)>,
    /// The other world may have others.
    differs: bool,
}

/// The type that names, its attribute, and the type that is named.
type Relation = [String; 3];

#[derive(Default)]
struct State {
    oracle: Option<Oracle>,
    fails: Vec<Fail>,
    /// Texts made of unknown values, and those that went into a message.
    rendered: u32,
    consumed: BTreeSet<u32>,
    /// A list came into its hands that may lack something.
    partial: bool,
    /// A value that is not known came into the script's hands.
    touched: BTreeMap<Arc<str>, Cause>,
    /// One that an answer hung on.
    asked: BTreeMap<Arc<str>, Cause>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock is that of a rule whose failure is reported already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Host {
    pub(super) fn new(graph: &Arc<Graph>, side: Side, constants: Constants, watches: bool) -> Host {
        Host(Arc::new(Inner {
            graph: Arc::clone(graph),
            side,
            state: Mutex::default(),
            lists: Mutex::default(),
            referrers: Mutex::default(),
            caches: Mutex::default(),
            constants,
            differs: AtomicBool::new(false),
            absent: watches.then(Mutex::default),
        }))
    }

    /// The host of the call that is under way.
    pub(super) fn of(cx: &NativeCallContext<'_>) -> Result<Host> {
        match cx.tag().and_then(|tag| tag.read_lock::<Host>()) {
            Some(host) => Ok(host.clone()),
            None => object("this can only be asked while a plan is judged"),
        }
    }

    /// Asks the host of the call that is under way, without a copy of it.
    pub(super) fn with<T>(cx: &NativeCallContext<'_>, ask: impl FnOnce(&Host) -> T) -> Result<T> {
        match cx.tag().and_then(|tag| tag.read_lock::<Host>()) {
            Some(host) => Ok(ask(&host)),
            None => object("this can only be asked while a plan is judged"),
        }
    }

    pub(super) fn graph(&self) -> &Arc<Graph> {
        &self.0.graph
    }

    /// A constant of the script.
    pub(super) fn constant(&self, name: &str) -> Option<Dynamic> {
        self.0.constants.get(name).cloned()
    }

    /// Notes an attribute of a place that is not there, if anybody wants to know.
    pub(super) fn watch(&self, scope: &Scope<'_>, node: &Node, name: &str, position: Position) {
        if let Some(all) = &self.0.absent
            && let Some(absent) = Absent::find(scope, node, name, position)
        {
            lock(all).insert(absent);
        }
    }

    /// What was asked for and is not there.
    pub(super) fn absent(&self) -> Vec<Absent> {
        let all = self.0.absent.as_ref().map(|all| lock(all).iter().cloned().collect());
        all.unwrap_or_default()
    }

    /// Looks at the plan. What it counts as blind is not kept: questions are counted here.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Scope<'_>) -> T) -> T {
        let scope = Scope::new(&self.0.graph, self.0.side);
        let seen = look(&scope);
        self.differs(scope.saw_difference());
        seen
    }

    fn differs(&self, differs: bool) {
        if differs {
            self.0.differs.store(true, Ordering::Relaxed);
        }
    }

    /// Whether anything was read since the last call that may be otherwise in the other world.
    pub(super) fn saw_difference(&self) -> bool {
        self.0.differs.swap(false, Ordering::Relaxed)
    }

    /// Begins a run.
    pub(super) fn begin(&self, oracle: Oracle) {
        let mut state = lock(&self.0.state);
        state.oracle = Some(oracle);
        state.fails.clear();
        state.rendered = 0;
        state.consumed.clear();
        state.touched.clear();
    }

    /// Ends a run; none where none was begun.
    pub(super) fn end(&self, undecided: bool) -> Option<Run> {
        let mut state = lock(&self.0.state);
        let oracle = state.oracle.take()?;
        let leaked = state.consumed.len() < state.rendered as usize;
        if undecided || leaked {
            let touched = std::mem::take(&mut state.touched);
            state.asked.extend(touched);
        }
        let fails = std::mem::take(&mut state.fails);
        let tainted = leaked || state.partial;
        Some(Run { oracle, fails, undecided, exhausted: false, tainted })
    }

    /// Why answers were not certain, once for each value; forgets it.
    pub(super) fn blind(&self) -> Vec<Cause> {
        let asked = &mut lock(&self.0.state).asked;
        if asked.is_empty() {
            return Vec::new();
        }
        std::mem::take(asked).into_values().collect()
    }

    /// Notes that a value not known came into the script's hands.
    pub(super) fn touch(&self, unknown: &Unknown) {
        lock(&self.0.state).touched.insert(Arc::clone(&unknown.key), unknown.cause);
    }

    pub(super) fn has_touched(&self) -> bool {
        !lock(&self.0.state).touched.is_empty()
    }

    /// Answers a question about an unknown value in this world.
    pub(super) fn decide(&self, key: &Arc<str>, cause: Cause, question: &str) -> Result<bool> {
        let question = match question.strip_prefix(EQUALS) {
            Some(literal) => format!("{EQUALS}{}", bounded(literal.to_owned())),
            None => bounded(question.to_owned()),
        };
        let mut state = lock(&self.0.state);
        state.asked.insert(Arc::clone(key), cause);
        match state.oracle.as_mut().and_then(|oracle| oracle.answer(key, &question)) {
            Some(answer) => Ok(answer),
            None => stop(Stop::Undecided),
        }
    }

    /// Answers a question that the plan may have answered.
    pub(super) fn settle(&self, tri: Tri, key: &Arc<str>, cause: Cause, ask: &str) -> Result<bool> {
        match tri {
            Tri::Yes => Ok(true),
            Tri::No => Ok(false),
            Tri::Maybe => self.decide(key, cause, ask),
        }
    }

    /// The text of a value that may not be shown, marked, so that it is noticed where it goes.
    pub(super) fn render(&self, shown: &str) -> String {
        /// As many marks as there are characters for private use.
        const MARKS: u32 = 6_000;
        let mut state = lock(&self.0.state);
        let number = char::from_u32(0xE000 + state.rendered.min(MARKS)).unwrap_or(MARK);
        state.rendered += 1;
        format!("{MARK}{number}{shown}")
    }

    /// Reports; a message may hold marked texts.
    pub(super) fn fail(&self, id: ResId, at: Option<Spelled>, text: &str) -> Result<()> {
        let mut state = lock(&self.0.state);
        let mut message = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c == MARK {
                state.consumed.extend(chars.next().map(u32::from));
            } else {
                message.push(c);
            }
        }
        if message.chars().count() > limits::MESSAGE_CHARS {
            message = message.chars().take(limits::MESSAGE_CHARS).chain(['…']).collect();
        }
        if state.fails.len() == limits::FINDINGS {
            return stop(Stop::Findings);
        }
        let (attribute, written) = at.map_or((None, None), |(path, written)| (Some(path), written));
        state.fails.push(Fail { id, attribute, written, message });
        Ok(())
    }

    /// A list that is the same for every instance: made once.
    pub(super) fn list(&self, name: &str, make: impl FnOnce(&Scope<'_>) -> List) -> List {
        if let Some((list, differs)) = lock(&self.0.lists).get(name) {
            self.differs(*differs);
            return list.clone();
        }
        let scope = Scope::new(&self.0.graph, self.0.side);
        let list = make(&scope);
        let differs = scope.saw_difference();
        self.differs(differs);
        // A script may ask for any number of names; only those of the plan are kept.
        if !list.0.is_empty() {
            lock(&self.0.lists).insert(name.to_owned(), (list.clone(), differs));
        }
        list
    }

    /// The instances of a type. Where the plan may lack some, nothing that the script reports after
    /// it saw the others is certain.
    pub(super) fn list_type(&self, type_: &str, make: impl FnOnce(&Scope<'_>) -> List) -> List {
        self.note_lacking(type_);
        self.list(type_, make)
    }

    /// Notes that the script saw all instances of a type, where the plan may lack some.
    pub(super) fn note_lacking(&self, type_: &str) {
        if self.look(|scope| scope.may_lack(type_)) {
            let mut state = lock(&self.0.state);
            state.partial = true;
            state.asked.insert(format!("all {type_}").into(), Cause::Incomplete);
        }
    }

    /// A relation, which is the same for every instance: made once.
    pub(super) fn referrers(
        &self,
        relation: Relation,
        make: impl FnOnce() -> Result<Referrers>,
    ) -> Result<Arc<Referrers>> {
        /// A script may ask for any number; a policy asks for one or two.
        const KEPT: usize = 16;
        if let Some(known) = lock(&self.0.referrers).get(&relation) {
            self.differs(known.differs);
            return Ok(Arc::clone(known));
        }
        let differed = self.saw_difference();
        let made = make()?;
        let differs = self.saw_difference();
        self.differs(differed || differs);
        let made = Arc::new(Referrers { differs, ..made });
        let mut all = lock(&self.0.referrers);
        if all.len() < KEPT {
            all.insert(relation, Arc::clone(&made));
        }
        Ok(made)
    }

    /// What names in closures were found to mean; nothing while a closure is called from another.
    pub(super) fn take_caches(&self) -> Caches {
        std::mem::take(&mut lock(&self.0.caches))
    }

    /// Keeps that for the next closure.
    pub(super) fn keep_caches(&self, caches: Caches) {
        *lock(&self.0.caches) = caches;
    }

    /// What is applied before an instance.
    pub(super) fn before(&self, id: ResId) -> Arc<Before> {
        self.graph().before(id)
    }
}

/// A text that holds marks as a script's string.
pub(super) fn text(text: String) -> ImmutableString {
    text.into()
}
