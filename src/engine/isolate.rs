//! Keeps a rule's failure to itself.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::lint::{FailureKind, RuleError};

thread_local! {
    /// Where the last panic of this thread happened.
    static WHERE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panics silent: a panic's own text may hold a value of a plan, so only its place in
/// bricklint's source is kept, for the failure that the run reports.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place =
            info.location().map(|at| format!("{}:{}", at.file().replace('\\', "/"), at.line()));
        WHERE.with(|cell| *cell.borrow_mut() = place);
    }));
}

/// Runs something; a panic becomes its place in bricklint's source.
///
/// # Errors
/// When it panicked.
pub fn catch<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run))
        .map_err(|_| WHERE.with(|cell| cell.borrow_mut().take()).unwrap_or_default())
}

/// Runs a rule; a panic becomes an error.
pub(super) fn run(rule: impl FnOnce() -> Result<(), RuleError>) -> Result<(), RuleError> {
    catch(rule).unwrap_or_else(|place| {
        let message =
            format!("the rule panicked at {place}: this is a bug in bricklint; please report it");
        Err(RuleError { kind: FailureKind::Panic, message, script: None })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_its_place_and_nothing_else() {
        quiet_panics();
        let error = run(|| panic!("hunter2-hunter2")).unwrap_err();
        drop(std::panic::take_hook());
        assert_eq!(error.kind, FailureKind::Panic);
        assert!(error.message.contains("isolate.rs:"), "{error}");
        assert!(!error.message.contains("hunter2"), "{error}");
    }
}
