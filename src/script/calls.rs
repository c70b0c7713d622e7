//! What a script calls, held against the manual before anything runs: a function exists for scripts
//! if the manual lists it with that many arguments, or the script declares it so.
//!
//! Rhai brings some two hundred functions more. Those that ask about values would take one that is
//! not known for false, and a new version of Rhai may bring others: none is there unless somebody
//! decided so and wrote it down.

use std::ops::RangeInclusive;

use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt};

use super::{
    absent::is_attribute,
    host::manual::{self, Entry},
    load::{LoadError, Source, is_test},
    names,
};

/// A call in a script.
struct Call<'a> {
    name: &'a str,
    /// Arguments, with what stands before the dot.
    count: usize,
    is_method: bool,
    position: Position,
}

impl<'a> Call<'a> {
    /// None for operators, and for what Rhai makes of a closure.
    fn of(node: Option<&ASTNode<'a>>) -> Option<Call<'a>> {
        let (call, is_method, position): (&FnCallExpr, bool, Position) = match node? {
            ASTNode::Expr(Expr::FnCall(call, position)) => (call, false, *position),
            ASTNode::Expr(Expr::MethodCall(call, position)) => (call, true, *position),
            ASTNode::Stmt(Stmt::FnCall(call, position)) => (call, false, *position),
            _ => return None,
        };
        let is_made = call.op_token.is_some() || call.name == "curry";
        let is_named = call.name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        (is_named && !is_made).then(|| Call {
            name: call.name.as_str(),
            count: call.args.len() + usize::from(is_method),
            is_method,
            position,
        })
    }
}

/// Where the tests of a script stand: closures in them are functions of their own.
pub(super) struct Tests(Vec<RangeInclusive<(usize, usize)>>);

impl Tests {
    pub(super) fn of(ast: &AST) -> Tests {
        let tests = ast.iter_fn_def().filter(|it| is_test(&it.name));
        let lines = tests.map(|it| at(it.body.start_position())..=at(it.body.end_position()));
        Tests(lines.collect())
    }

    /// Whether a place is inside of a test.
    pub(super) fn hold(&self, position: Position) -> bool {
        self.0.iter().any(|lines| lines.contains(&at(position)))
    }
}

fn at(position: Position) -> (usize, usize) {
    (position.line().unwrap_or_default(), position.position().unwrap_or_default())
}

/// Whether every call has a function.
pub(super) fn have_functions(
    source: &Source<'_>,
    ast: &AST,
    on: &[impl AsRef<str>],
) -> Result<(), LoadError> {
    let own: Vec<(&str, usize)> =
        ast.iter_functions().map(|it| (it.name, it.params.len())).collect();
    let on: Vec<&str> = on.iter().map(AsRef::as_ref).collect();
    let tests = Tests::of(ast);
    let mut wrong = None;
    ast.walk(&mut |path| {
        if let Some(call) = Call::of(path.last()) {
            // Tests have functions of their own, and are no part of the rule.
            if !tests.hold(call.position) {
                wrong = complaint(&call, &own, &on).map(|said| (call.position, said));
            }
        }
        wrong.is_none()
    });
    match wrong {
        None => Ok(()),
        Some((position, (message, help))) => {
            Err(LoadError { help, ..source.error(position, message) })
        }
    }
}

/// What is wrong, and what to do.
type Complaint = (String, Option<String>);

fn complaint(call: &Call<'_>, own: &[(&str, usize)], on: &[&str]) -> Option<Complaint> {
    let declared: Vec<usize> =
        own.iter().filter(|(name, _)| *name == call.name).map(|(_, count)| *count).collect();
    let is_there = declared.contains(&call.count) || manual::has(call.name, call.count);
    if is_there && !is_test(call.name) {
        return None;
    }
    let listed: Vec<&Entry> = manual::all().filter(|it| it.name() == call.name).collect();
    let given = call.count - usize::from(call.is_method);
    Some(match (&declared[..], &listed[..]) {
        _ if is_test(call.name) => (
            format!("`{}` is a test, which is no part of the rule", call.name),
            Some("give the function another name, which does not start with `test_`".to_owned()),
        ),
        ([first, ..], _) => {
            let message = format!("`{}` takes {}, and not {given}", call.name, arguments(*first));
            (message, None)
        }
        ([], []) => (format!("there is no function `{}`", call.name), meant(call, own, on)),
        ([], listed) => {
            let calls: Vec<String> = listed.iter().map(|it| format!("`{}`", it.call)).collect();
            (
                format!("there is no function `{}` with {}", call.name, arguments(given)),
                Some(format!("it is called as {}", calls.join(" or "))),
            )
        }
    })
}

fn arguments(count: usize) -> String {
    if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") }
}

/// What may have been meant by a name that nothing has.
fn meant(call: &Call<'_>, own: &[(&str, usize)], on: &[&str]) -> Option<String> {
    let name = call.name;
    if manual::IN_TESTS.iter().any(|it| it.name() == name) {
        return Some("it is there in functions whose name starts with `test_`".to_owned());
    }
    if let Some((_, instead)) = manual::NOT_HERE.iter().find(|(names, _)| names.contains(&name)) {
        return Some((*instead).to_owned());
    }
    if call.is_method && call.count == 1 && on.iter().any(|type_| is_attribute(type_, name)) {
        return Some(format!("it is an attribute: write it without `()`, `r.{name}`"));
    }
    let mut known: Vec<&str> = manual::all().map(Entry::name).collect();
    let own = own.iter().map(|(name, _)| *name);
    known.extend(own.filter(|name| !is_test(name) && !name.starts_with("anon$")));
    let close = names::close(name, known);
    close.map(|close| format!("did you mean `{close}`?"))
}
