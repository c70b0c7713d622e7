//! Calls of a script's functions, one after the other.
//!
//! Rhai's own `call_fn` forgets after each call which function a name and its arguments mean, and
//! looks it up again: half the time of a short policy.

use rhai::{AST, Caches, Dynamic, Engine, EvalContext, GlobalRuntimeState, Scope as Variables};

use super::cx::{Host, Result};

/// A compiled script, and what runs it.
#[derive(Clone, Copy)]
pub(super) struct Program<'a> {
    /// Knows the host's functions.
    pub(super) engine: &'a Engine,
    /// The script for its parameters.
    pub(super) ast: &'a AST,
}

/// Levels of calls that a session's own call takes.
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
