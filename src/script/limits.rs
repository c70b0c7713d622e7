//! What a script may use. All limits are counts, so a script fails alike on every machine.

use std::time::Duration;

/// Largest script that is read. Ten times the longest shipped one.
pub(super) const SOURCE_BYTES: u64 = 256 * 1024;

/// Operations of one call of `check`. A rule needs some tens; a loop over ten thousand other
/// resources some ten thousand.
pub(super) const OPERATIONS: u64 = 200_000;

/// Operations of all worlds of one instance together, or many unknown values would multiply
/// [`OPERATIONS`]: a loop over a thousand unknown values is no mistake of the script. Beyond it a
/// further world is only tried while something was found in each one before, so that what is
/// definite is found to be.
pub(super) const OPERATIONS_OF_ALL_WORLDS: u64 = 250_000;

/// Nested calls. Each takes stack; helpers of policies need three or four.
pub(super) const CALL_LEVELS: usize = 16;

/// Nesting of expressions outside and inside of functions; the parser recurses.
pub(super) const EXPRESSION_DEPTH: usize = 64;
/// See [`EXPRESSION_DEPTH`].
pub(super) const EXPRESSION_DEPTH_IN_FUNCTIONS: usize = 32;

/// Longest string, in bytes, and all strings of one array or map together. A constant, and not the
/// longest string of the plans, so that a script's fate does not depend on another plan of the
/// run. Longer strings of a plan are handed to scripts as unknown values.
pub(super) const STRING_BYTES: usize = 64 * 1024;

/// Elements of an array, nested ones included. Comparing and printing recurse: 1,000 levels fit
/// into 2 MB of stack, 9,000 do not fit into 16 MB. Lists of a plan are no arrays and may be
/// longer.
pub(super) const ARRAY_ELEMENTS: usize = 1_000;

/// Entries of a map.
pub(super) const MAP_ENTRIES: usize = 1_000;

/// Variables in scope. With [`STRING_BYTES`] and [`CALL_LEVELS`] it bounds the memory of strings:
/// 64 * 16 * 64 KiB = 64 MiB.
pub(super) const VARIABLES: usize = 64;

/// Functions in one script, tests included.
pub(super) const FUNCTIONS: usize = 128;

/// Only a backstop: the counts above end every script within a second.
pub(super) const DEADLINE: Duration = Duration::from_secs(10);

/// Longest message of a finding, in characters.
pub(super) const MESSAGE_CHARS: usize = 500;

/// Findings of one instance.
pub(super) const FINDINGS: usize = 1_000;

/// Unknown answers up to which every combination is tried: 64 worlds.
pub(super) const UNKNOWNS: usize = 6;

/// Pseudo-random worlds beside the regular ones where there are more unknown answers.
pub(super) const RANDOM_WORLDS: u64 = 64;

/// Unknown answers that are flipped one by one where there are more than [`UNKNOWNS`].
pub(super) const FLIPS: usize = 32;
