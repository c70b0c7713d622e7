//! The engine without anything that reaches outside, and with a limit on everything inside.

use std::{cell::Cell, sync::LazyLock, time::Instant};

use rhai::{
    Dynamic, Engine, EvalAltResult, ImmutableString, NativeCallContext, OptimizationLevel,
    Position,
    packages::{
        ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage,
        BasicMapPackage, BasicMathPackage, BasicStringPackage, LogicPackage, MoreStringPackage,
        Package,
    },
};

use super::{
    cx::Stop,
    host, limits,
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

/// Runs scripts. Constants are known to it, so every name must be.
pub(super) static RUNNER: LazyLock<Engine> = LazyLock::new(runner);

/// See [`RUNNER`].
pub(super) fn runner() -> Engine {
    let mut engine = restricted();
    engine.set_strict_variables(true);
    // The fast operators answer `"10" > 5` with false before any registered one is asked.
    engine.set_fast_operators(false);
    engine.on_progress(|_| spend());
    packages(&mut engine);
    engine.register_fn("replace", replace);
    #[expect(deprecated, reason = "Rhai marks what is volatile so; the version is pinned")]
    engine.on_var(|name, _, cx| Ok(captured(cx.scope().get(name))));
    host::register(&mut engine);
    engine
}

/// Reads literals; never runs anything. Names are not checked: it does not know the constants yet.
pub(super) static READER: LazyLock<Engine> = LazyLock::new(restricted);

/// Runs the test functions of scripts, which make plans and see none.
pub(super) fn test_runner() -> Engine {
    let mut engine = restricted();
    engine.set_strict_variables(true);
    engine.on_progress(|_| spend());
    packages(&mut engine);
    engine.register_fn("replace", replace);
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
fn packages(engine: &mut Engine) {
    for module in [
        ArithmeticPackage::new().as_shared_module(),
        BasicStringPackage::new().as_shared_module(),
        BasicIteratorPackage::new().as_shared_module(),
        BasicFnPackage::new().as_shared_module(),
        LogicPackage::new().as_shared_module(),
        BasicMathPackage::new().as_shared_module(),
        BasicArrayPackage::new().as_shared_module(),
        BasicMapPackage::new().as_shared_module(),
        MoreStringPackage::new().as_shared_module(),
    ] {
        engine.register_global_module(module);
    }
}

/// A variable that a closure captured, where it holds one of our values: these never change, so a
/// copy will do. Rhai itself would lock it while a method of something in it runs, and
/// `r.vpc.some(|it| it.vpc_id == r.vpc_id)` would be a data race.
fn captured(value: Option<&Dynamic>) -> Option<Dynamic> {
    let value = value.filter(|value| value.is_shared() && !value.is_locked())?;
    let is_ours = value.is::<Node>()
        || value.is::<List>()
        || value.is::<Unknown>()
        || value.is::<Sensitive>();
    is_ours.then(|| value.flatten_clone())
}

/// Rhai's own checks the size after it is too late: two strings of 16 KiB made 512 MiB.
fn replace(
    cx: NativeCallContext<'_>,
    text: &mut ImmutableString,
    old: &str,
    new: &str,
) -> Result<(), Box<EvalAltResult>> {
    let count = if old.is_empty() { 0 } else { text.matches(old).count() };
    let len = text.len() + count.saturating_mul(new.len().saturating_sub(old.len()));
    if len > cx.engine().max_string_size() {
        let what = "Length of string".to_owned();
        return Err(EvalAltResult::ErrorDataTooLarge(what, Position::NONE).into());
    }
    if count > 0 {
        *text = text.replace(old, new).into();
    }
    Ok(())
}

/// Operations of what this thread judges.
#[derive(Clone, Copy)]
struct Spent {
    /// In this world. Rhai forgets the operations of closures that are called within closures.
    world: u64,
    /// In all worlds of this instance.
    all: u64,
    start: Option<Instant>,
}

thread_local! {
    /// Rhai calls `on_progress` without the tag of the call, so there is no other place to count.
    static SPENT: Cell<Spent> = const { Cell::new(Spent { world: 0, all: 0, start: None }) };
}

/// Begins to count for an instance.
pub(super) fn start_instance() {
    SPENT.set(Spent { world: 0, all: 0, start: Some(Instant::now()) });
}

/// Begins to count for one of its worlds.
pub(super) fn start_world() {
    SPENT.set(Spent { world: 0, ..SPENT.get() });
}

fn spend() -> Option<Dynamic> {
    /// How often the clock is read: reading it costs more than an operation.
    const CLOCK: u64 = 1024;
    let Spent { world, all, start } = SPENT.get();
    SPENT.set(Spent { world: world + 1, all: all + 1, start });
    let stop = if world >= limits::OPERATIONS {
        Stop::Operations
    } else if all >= limits::OPERATIONS_OF_ALL_WORLDS {
        Stop::Worlds
    } else if all % CLOCK == 0 && start.is_some_and(|it| it.elapsed() > limits::DEADLINE) {
        Stop::Deadline
    } else {
        return None;
    };
    Some(Dynamic::from(stop))
}
