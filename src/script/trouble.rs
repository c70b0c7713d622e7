//! What to say when a run ends early. The texts of Rhai's errors may hold values of a plan
//! (`parse_int` quotes what it was given), so only their kinds, and names of types, are used.

use rhai::{EvalAltResult, Position};

use super::{
    cx::{Objection, Stop},
    host::{SENSITIVE, UNKNOWN, manual},
    limits, names,
};

/// Why a run ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The answer hangs on a value that is not known.
    Undecided,
    /// The script is wrong: how, and what to do.
    Script(String, Option<String>),
    /// The script wanted too much.
    Limit(String),
}

/// Why a run ended early, and where.
#[derive(Debug)]
pub(super) struct Ended {
    /// Why.
    pub(super) trouble: Trouble,
    /// Where in the script.
    pub(super) position: Position,
    /// The calls that led there, innermost first: the function's name, and where it is called.
    pub(super) calls: Vec<(String, Position)>,
}

/// The kind of an error, and where in the script it happened. `own` are the script's functions.
pub(super) fn explain(error: &EvalAltResult, touched_unknown: bool, own: &[&str]) -> Ended {
    let mut at = error;
    let mut position = error.position();
    let mut calls = Vec::new();
    while let EvalAltResult::ErrorInFunctionCall(name, _, inner, called_at) = at {
        if !called_at.is_none() && !name.starts_with("anon$") {
            calls.push((name.clone(), *called_at));
        }
        at = inner;
        if !inner.position().is_none() {
            position = inner.position();
        }
    }
    calls.reverse();
    Ended { trouble: kind(at, touched_unknown, own), position, calls }
}

fn kind(error: &EvalAltResult, touched_unknown: bool, own: &[&str]) -> Trouble {
    use EvalAltResult as E;
    let hangs = |types: &str| types.contains(UNKNOWN) || types.contains(SENSITIVE);
    match error {
        E::ErrorTerminated(why, _) => stopped(why.clone().try_cast::<Stop>()),
        E::ErrorTooManyOperations(_) => stopped(Some(Stop::Operations)),
        E::ErrorStackOverflow(_) => {
            Trouble::Limit(format!("more than {} nested calls", limits::CALL_LEVELS))
        }
        E::ErrorTooManyVariables(_) => {
            Trouble::Limit(format!("more than {} variables", limits::VARIABLES))
        }
        E::ErrorDataTooLarge(what, _) => Trouble::Limit(too_large(what)),
        E::ErrorTooManyModules(_) => Trouble::Limit("modules cannot be used".to_owned()),
        // An unknown value where a certain one is needed: a bare condition, a loop, a function
        // that knows nothing of them.
        E::ErrorMismatchDataType(_, actual, _) if hangs(actual) => Trouble::Undecided,
        E::ErrorFunctionNotFound(signature, _) if hangs(signature) => Trouble::Undecided,
        E::ErrorDotExpr(what, _) | E::ErrorIndexingType(what, _) if hangs(what) => {
            Trouble::Undecided
        }
        E::ErrorFor(_) if touched_unknown => Trouble::Undecided,
        E::ErrorFunctionNotFound(signature, _) => no_function(signature, own),
        E::ErrorMismatchDataType(expected, actual, _) if expected == "bool" => {
            let (what, help) = match actual.as_str() {
                "()" => ("is not set", "`r.flag == true` is false where `flag` is not set"),
                _ => ("is something else", "compare it, as in `r.name == \"a\"`"),
            };
            let message = format!("a condition is true or false, and this {what}");
            Trouble::Script(message, Some(help.to_owned()))
        }
        other => Trouble::Script(wrong(other), None),
    }
}

fn stopped(why: Option<Stop>) -> Trouble {
    match why {
        Some(Stop::Undecided) => Trouble::Undecided,
        Some(Stop::Operations) | None => {
            Trouble::Limit(format!("more than {} operations for one resource", limits::OPERATIONS))
        }
        Some(Stop::Deadline) => {
            Trouble::Limit(format!("more than {} seconds", limits::DEADLINE.as_secs()))
        }
        Some(Stop::Findings) => {
            Trouble::Limit(format!("more than {} findings for one resource", limits::FINDINGS))
        }
    }
}

fn too_large(what: &str) -> String {
    if what.contains("string") {
        format!("a string of more than {} bytes", limits::STRING_BYTES)
    } else if what.contains("array") {
        format!("an array of more than {} elements", limits::ARRAY_ELEMENTS)
    } else {
        format!("a map of more than {} entries", limits::MAP_ENTRIES)
    }
}

/// Names of functions and types only; `Fn`, which would make a name of a value, is disabled.
fn no_function(signature: &str, own: &[&str]) -> Trouble {
    let signature = signature.replace("&str | ImmutableString | String", "string");
    let (name, types) = signature.split_once(" (").unwrap_or((&signature, ")"));
    let types: Vec<&str> =
        types.trim_end_matches(')').trim_end_matches('(').split(", ").map(in_words).collect();
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        let message = format!("`{name}` cannot be used with {}", types.join(" and "));
        let is_null = types.contains(&NOTHING);
        return Trouble::Script(message, is_null.then(|| DEFAULT.to_owned()));
    }
    let message = format!("there is no function `{name}` for ({})", types.join(", "));
    let known: Vec<_> = manual::all().filter(|entry| entry.name() == name).collect();
    if known.is_empty() {
        let mut names = own.to_vec();
        manual::all().chain(manual::IN_TESTS).for_each(|entry| names.push(entry.name()));
        let help = names::close(name, names).map(|close| format!("did you mean `{close}`?"));
        return Trouble::Script(message, help);
    }
    let calls: Vec<String> = known.iter().map(|entry| format!("`{}`", entry.call)).collect();
    Trouble::Script(message, Some(format!("it is called as {}", calls.join(" or "))))
}

const NOTHING: &str = "nothing";

const DEFAULT: &str =
    "what is not set is `()`: give it a value first, as in `(r.num_workers ?? 0) * 2`";

/// Rhai's names of types, as the documentation calls them.
fn in_words(type_: &str) -> &str {
    match type_ {
        "" => "()",
        "()" | "(" => NOTHING,
        "i64" | "f64" => "number",
        "string" => "text",
        "bool" => "true or false",
        "Fn" => "closure",
        other => other,
    }
}

fn wrong(error: &EvalAltResult) -> String {
    use EvalAltResult as E;
    match error {
        E::ErrorRuntime(payload, _) => match payload.clone().try_cast::<Objection>() {
            Some(Objection(message)) => message.to_owned(),
            None => "the script raised an error".to_owned(),
        },
        E::ErrorVariableNotFound(name, _) => format!("there is no variable `{name}`"),
        E::ErrorMismatchDataType(expected, actual, _) => {
            format!("this is {}, and {} is needed", in_words(actual), in_words(expected))
        }
        E::ErrorMismatchOutputType(expected, actual, _) => {
            format!("this is {}, and {} is needed", in_words(actual), in_words(expected))
        }
        E::ErrorFor(_) => "only lists, arrays and ranges can be looped over".to_owned(),
        E::ErrorArrayBounds(..) => "there is no element at that position".to_owned(),
        E::ErrorStringBounds(..) => "there is no character at that position".to_owned(),
        E::ErrorBitFieldBounds(..) => "there is no bit at that position".to_owned(),
        E::ErrorIndexNotFound(..) => "there is no entry of that name".to_owned(),
        E::ErrorIndexingType(..) => "this cannot be indexed so".to_owned(),
        E::ErrorPropertyNotFound(name, _) => format!("there is no property `{name}`"),
        E::ErrorDotExpr(..) => "this has no such property or method".to_owned(),
        E::ErrorAssignmentToConstant(name, _) => format!("the constant `{name}` cannot be changed"),
        E::ErrorArithmetic(..) => {
            "the calculation failed: a text that is no number, a division by zero, or a result too large".to_owned()
        }
        E::ErrorDataRace(..) => {
            "an array is read inside of its own `some`, `all`, `map` or the like: copy it into another variable first".to_owned()
        }
        E::ErrorNonPureMethodCallOnConstant(name, _) => {
            format!("`{name}` would change a constant")
        }
        _ => "the script raised an error".to_owned(),
    }
}
