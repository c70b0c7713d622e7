//! The engine without anything that reaches outside, and with a limit on everything inside.

use std::{
    cell::Cell,
    collections::BTreeSet,
    sync::{Arc, LazyLock},
    time::Instant,
};

use rhai::{
    Array, Dynamic, Engine, Map, Module, OptimizationLevel, Shared,
    packages::{
        ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage,
        BasicMapPackage, BasicMathPackage, BasicStringPackage, LogicPackage, MoreStringPackage,
        Package,
    },
};

use super::{
    cx::{Constants, Host, Result, Stop, stop},
    host, limits, session,
    values::{List, Node, Sensitive, Unknown},
};

/// Words that would reach outside, hide an unknown value, or build a name from data.
///
/// `try` could catch the error that marks an unknown value, and `switch` takes its default arm for
/// one. `throw` and `Fn` would carry a plan's value into an error's text.
const DISABLED: &[&str] = &[
    "eval",
    "import",
    "export",
    "print",
    "debug",
    "try",
    "catch",
    "throw",
    "switch",
    "Fn",
    "call",
    "curry",
    "sleep",
    "exit",
    "timestamp",
];

/// Runs a script that names these properties. Constants are known to it, so every name must be.
pub(super) fn runner(names: &Names) -> Engine {
    let mut engine = restricted();
    engine.set_strict_variables(true);
    // The fast operators answer `"10" > 5` with false before any registered one is asked.
    engine.set_fast_operators(false);
    engine.on_progress(|_| spend());
    if names.needs_variables {
        resolve_variables(&mut engine);
    }
    engine.register_global_module(Arc::clone(&PACKAGES));
    // Later ones are asked first: the host's own take the place of Rhai's.
    engine.register_global_module(Arc::clone(&host::HOST));
    engine.register_global_module(host::getters(&names.properties));
    engine.set_max_call_levels(limits::CALL_LEVELS + session::LEVELS);
    engine
}

/// Reads literals; never runs anything. Names are not checked: it does not know the constants yet.
pub(super) static READER: LazyLock<Engine> = LazyLock::new(restricted);

/// Runs the test functions of scripts, which make plans and see none.
pub(super) fn test_runner() -> Engine {
    let mut engine = restricted();
    resolve_variables(&mut engine);
    engine.set_strict_variables(true);
    engine.on_progress(|_| spend());
    engine.register_global_module(Arc::clone(&PACKAGES));
    engine
}

/// Finds a script's branches: nothing is folded away.
pub(super) static SCANNER: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = restricted();
    engine.set_optimization_level(OptimizationLevel::None);
    engine
});

fn restricted() -> Engine {
    let mut engine = Engine::new_raw();
    for word in DISABLED {
        engine.disable_symbol(*word);
    }
    // Simple folds constants. Full would run host functions while compiling.
    engine.set_optimization_level(OptimizationLevel::Simple);
    engine
        .set_max_operations(limits::OPERATIONS)
        .set_max_call_levels(limits::CALL_LEVELS)
        .set_max_expr_depths(limits::EXPRESSION_DEPTH, limits::EXPRESSION_DEPTH_IN_FUNCTIONS)
        .set_max_string_size(limits::STRING_BYTES)
        .set_max_array_size(limits::ARRAY_ELEMENTS)
        .set_max_map_size(limits::MAP_ENTRIES)
        .set_max_variables(limits::VARIABLES)
        .set_max_functions(limits::FUNCTIONS)
        .set_max_modules(0);
    engine
}

/// By name, and without the language core: that one has `sleep` and `exit`, and a getter `tag`
/// that would hide the attribute of that name.
///
/// One module for all: Rhai looks through every one of them for each operator.
fn packages(module: &mut Module) {
    ArithmeticPackage::init(module);
    BasicStringPackage::init(module);
    BasicIteratorPackage::init(module);
    BasicFnPackage::init(module);
    LogicPackage::init(module);
    BasicMathPackage::init(module);
    BasicArrayPackage::init(module);
    BasicMapPackage::init(module);
    MoreStringPackage::init(module);
}

/// What comes with Rhai.
static PACKAGES: LazyLock<Shared<Module>> = LazyLock::new(|| {
    let mut module = Module::new();
    packages(&mut module);
    // Else Rhai goes through its lists of functions for each that is called: microseconds.
    module.register_lazy_functions();
    module.into()
});

/// What came of each function that Rhai brings: `ours instead: all(&mut Array, FnPtr)`, sorted.
#[cfg(test)]
pub(super) fn functions_of_rhai() -> Vec<String> {
    fn all(module: &Shared<Module>) -> Vec<(u64, String, usize, Vec<String>)> {
        let mut engine = Engine::new_raw();
        engine.register_global_module(Arc::clone(module));
        let of = |it: rhai::FuncInfo<'_>| {
            let it = it.metadata;
            let types = it.params_info.iter().map(|info| {
                info.split_once(": ").map_or(info.as_str(), |(_, type_)| type_).to_owned()
            });
            Some((it.hash, it.name.to_string(), it.num_params, types.collect()))
        };
        engine.collect_fn_metadata(None, of, true)
    }
    let ours: BTreeSet<u64> = all(&host::HOST).into_iter().map(|(hash, ..)| hash).collect();
    let decided = |(hash, name, count, types): (u64, String, usize, Vec<String>)| {
        let is_listed = || host::manual::has(&name, count);
        let what = match () {
            () if ours.contains(&hash) => "ours instead",
            () if !name.starts_with(char::is_alphabetic) => "an operator",
            () if name.contains('$') => "a property",
            () if is_listed() => "as it is",
            () => "not there",
        };
        format!("{what}: {name}({})", types.join(", "))
    };
    let mut list: Vec<String> = all(&PACKAGES).into_iter().map(decided).collect();
    list.sort();
    list
}

/// What a script names, as far as its engine has to know.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// What it puts behind a dot.
    pub(super) properties: BTreeSet<String>,
    /// Whether a closure captures something, a constant stands at the start of a chain, or a loop
    /// may copy a long array again and again.
    pub(super) needs_variables: bool,
}

/// Looks at each variable before Rhai does. That costs, so only where it is needed.
fn resolve_variables(engine: &mut Engine) {
    #[expect(deprecated, reason = "Rhai marks what is volatile so; the version is pinned")]
    engine.on_var(|name, _, cx| {
        Ok(match cx.scope().get(name) {
            Some(value) => {
                charge_variable(value)?;
                captured(value)
            }
            // Constants are put in place while compiling, but for those that a chain starts with:
            // functions see no variables from outside.
            None => cx.tag().read_lock::<Host>().map_or_else(
                || cx.tag().read_lock::<Constants>().and_then(|all| all.get(name).cloned()),
                |host| host.constant(name),
            ),
        })
    });
}

/// Rhai copies an array or map wherever a variable is read as a whole, and tells nobody.
fn charge_variable(value: &Dynamic) -> Result<()> {
    /// Up to here a copy costs no more than an operation.
    const SHORT: usize = 8;
    let elements = match (value.read_lock::<Array>(), value.read_lock::<Map>()) {
        (Some(array), _) => array.len(),
        (_, Some(map)) => map.len(),
        _ => 0,
    };
    if elements > SHORT { host::costs::charge_copy(elements) } else { Ok(()) }
}

/// A variable that a closure captured, where it holds one of our values: these never change, so a
/// copy will do. Rhai itself would lock it while a method of something in it runs, and
/// `r.vpc.some(|it| it.vpc_id == r.vpc_id)` would be a data race.
fn captured(value: &Dynamic) -> Option<Dynamic> {
    if !value.is_shared() || value.is_locked() {
        return None;
    }
    let is_ours = value.is::<Node>()
        || value.is::<List>()
        || value.is::<Unknown>()
        || value.is::<Sensitive>();
    is_ours.then(|| value.flatten_clone())
}

/// What this thread spent on what it judges, but for the batch that is under way.
#[derive(Clone, Copy)]
struct Spent {
    /// Operations in this world. Rhai forgets those of closures that are called within closures.
    world: u64,
    /// In all worlds of this instance.
    all: u64,
    /// How many operations the batch has. Within one nothing is looked at, and none passes a limit.
    batch: u64,
}

/// How many operations a batch has at most. The clock is read between two: reading it costs more
/// than an operation, and short runs never do.
const BATCH: u64 = 1024;

thread_local! {
    /// Rhai calls `on_progress` without the tag of the call, so there is no other place to count.
    static SPENT: Cell<Spent> = const { Cell::new(Spent { world: 0, all: 0, batch: 0 }) };
    /// Operations that are left of the batch.
    static LEFT: Cell<u64> = const { Cell::new(0) };
    /// When the clock was first read for this world.
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Begins to count for an instance.
pub(super) fn start_instance() {
    SPENT.set(Spent { world: 0, all: 0, batch: 0 });
    LEFT.set(0);
}

/// Begins to count for one of its worlds.
pub(super) fn start_world() {
    SPENT.set(Spent { world: 0, ..end_batch(0) });
    START.set(None);
}

/// Whether the worlds of an instance took more operations than they should.
pub(super) fn are_exhausted() -> bool {
    let Spent { all, batch, .. } = SPENT.get();
    all + (batch - LEFT.get()) > limits::OPERATIONS_OF_ALL_WORLDS
}

/// Ends the batch that is under way, and adds some more.
fn end_batch(more: u64) -> Spent {
    let Spent { world, all, batch } = SPENT.get();
    let done = (batch - LEFT.replace(0)).saturating_add(more);
    Spent { world: world.saturating_add(done), all: all.saturating_add(done), batch: 0 }
}

/// Whether a world takes longer than the backstop allows.
fn is_late() -> bool {
    match START.get() {
        Some(start) => start.elapsed() > limits::DEADLINE,
        None => {
            START.set(Some(Instant::now()));
            false
        }
    }
}

fn spend() -> Option<Dynamic> {
    match LEFT.get() {
        0 => begin_batch().map(Dynamic::from),
        left => {
            LEFT.set(left - 1);
            None
        }
    }
}

/// Begins a batch with an operation; says why there may be no more.
#[cold]
fn begin_batch() -> Option<Stop> {
    let spent = end_batch(0);
    let room = limits::OPERATIONS.saturating_sub(spent.world);
    let stop = match room {
        0 => Some(Stop::Operations),
        _ => (spent.world >= BATCH && is_late()).then_some(Stop::Deadline),
    };
    let batch = if stop.is_some() { 0 } else { BATCH.min(room) };
    SPENT.set(Spent { batch, ..spent });
    LEFT.set(batch.saturating_sub(1));
    stop
}

/// Counts work that a function does by itself as operations: sorting a thousand elements is one call
/// to Rhai.
///
/// # Errors
/// When that is more than a run may have.
pub(super) fn charge(operations: usize) -> Result<()> {
    let left = LEFT.get();
    let more = operations as u64;
    if more <= left {
        LEFT.set(left - more);
        return Ok(());
    }
    let spent = end_batch(more);
    SPENT.set(spent);
    if spent.world > limits::OPERATIONS { stop(Stop::Operations) } else { Ok(()) }
}

/// Counts what one call of a function reads of texts and lists as operations, however long they are.
///
/// # Errors
/// When that is more than a run may have.
pub(super) fn charge_bytes(bytes: usize) -> Result<()> {
    /// About as much as is read in the time of an operation.
    const BYTES: usize = 256;
    charge(bytes / BYTES)
}
