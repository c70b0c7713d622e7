//! Calls of a script's functions and closures, one after the other.
//!
//! Rhai's own `call_fn` and `FnPtr::call` forget after each call which function a name and its
//! arguments mean, and look it up again: half the time of a short policy.

use rhai::{
    AST, Caches, Dynamic, Engine, EvalContext, FnPtr, GlobalRuntimeState, NativeCallContext,
    Scope as Variables,
};
use smallvec::SmallVec;

use super::cx::{Host, Result};

/// A compiled script, and what runs it.
#[derive(Clone, Copy)]
pub(super) struct Program<'a> {
    /// Knows the host's functions.
    pub(super) engine: &'a Engine,
    /// The script for its parameters.
    pub(super) ast: &'a AST,
}

/// Levels of calls that `EvalContext` counts for its own call of a function.
pub(super) const LEVELS: usize = 2;

/// A script about to be called.
pub(super) struct Session<'p> {
    program: Program<'p>,
    tag: Dynamic,
    global: GlobalRuntimeState,
    /// What names were found to mean. They mean the same in every call.
    caches: Caches,
    variables: Variables<'static>,
}

impl<'p> Session<'p> {
    /// Begins; nothing is called yet.
    pub(super) fn new(program: Program<'p>, host: &Host) -> Session<'p> {
        let tag = Dynamic::from(host.clone());
        let global = state(program, &tag);
        Session { program, tag, global, caches: Caches::new(), variables: Variables::new() }
    }

    /// The script.
    pub(super) fn ast(&self) -> &AST {
        self.program.ast
    }

    /// Calls a function of the script with one argument.
    ///
    /// # Errors
    /// Whatever ended the call early. It leaves nothing behind that the next call could see.
    pub(super) fn call(&mut self, function: &str, mut argument: Dynamic) -> Result<Dynamic> {
        self.global.num_operations = 0;
        let Session { program, global, caches, variables, .. } = self;
        let mut context = EvalContext::new(program.engine, global, caches, variables, None);
        let result = context.call_fn_raw(function, false, false, &mut [&mut argument]);
        if result.is_err() {
            self.global = state(self.program, &self.tag);
            self.variables.clear();
        }
        result
    }
}

fn state(program: Program<'_>, tag: &Dynamic) -> GlobalRuntimeState {
    let mut global = program.engine.new_global_runtime_state();
    global.lib.push(program.ast.shared_lib().clone());
    global.tag = tag.clone();
    global
}

/// A closure that the host calls for each element of a list.
pub(super) struct Closure<'c> {
    cx: &'c NativeCallContext<'c>,
    closure: &'c FnPtr,
    host: Host,
    global: GlobalRuntimeState,
    caches: Caches,
    variables: Variables<'static>,
}

impl<'c> Closure<'c> {
    /// Begins; nothing is called yet.
    ///
    /// # Errors
    /// Where no plan is judged.
    pub(super) fn new(cx: &'c NativeCallContext<'c>, closure: &'c FnPtr) -> Result<Closure<'c>> {
        let host = Host::of(cx)?;
        let mut global = cx.global_runtime_state().clone();
        // A closure is one level deeper than the method that calls it.
        global.level = (global.level + 1).saturating_sub(LEVELS);
        let caches = host.take_caches();
        Ok(Closure { cx, closure, host, global, caches, variables: Variables::new() })
    }

    /// Calls it for an element.
    ///
    /// # Errors
    /// Whatever ended the call early: the closure is not to be called again.
    pub(super) fn call(&mut self, element: Dynamic) -> Result<Dynamic> {
        let held = self.closure.curry();
        // `EvalContext` refuses what is locked; the closure may never look at it.
        if held.iter().any(Dynamic::is_locked) {
            return self.closure.call_within_context(self.cx, (element,));
        }
        let mut values: SmallVec<[Dynamic; 4]> = held.iter().cloned().chain([element]).collect();
        let mut arguments: SmallVec<[&mut Dynamic; 4]> = values.iter_mut().collect();
        let Closure { cx, closure, global, caches, variables, .. } = self;
        EvalContext::new(cx.engine(), global, caches, variables, None).call_fn_raw(
            closure.fn_name(),
            false,
            false,
            &mut arguments,
        )
    }
}

impl Drop for Closure<'_> {
    fn drop(&mut self) {
        self.host.keep_caches(std::mem::take(&mut self.caches));
    }
}
