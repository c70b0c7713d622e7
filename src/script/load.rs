//! Reads a script: its metadata, its parameters and its `check`, without running any of it.

use std::{borrow::Cow, sync::Arc};

use rhai::{AST, Dynamic, Engine, Expr, ParseError, Position, Scope};

use crate::lint::{RuleMeta, Spot};

use super::{
    calls::{self, Tests},
    meta, names,
    rule::ScriptRule,
    sandbox::{Names, READER},
    scan::{Doubts, Members},
    syntax,
};

/// Why a script cannot be used, and where it says so.
pub use crate::lint::ScriptError as LoadError;

/// A script's text, with what finds places in it.
pub(super) struct Source<'s> {
    pub(super) path: &'s str,
    pub(super) text: &'s str,
}

impl Source<'_> {
    /// An error at a byte offset.
    pub(super) fn error_at(&self, offset: usize, message: impl Into<String>) -> LoadError {
        self.error_of(Spot::at_offset(self.text, offset), message)
    }

    /// An error at a position that Rhai names.
    pub(super) fn error(&self, position: Position, message: impl Into<String>) -> LoadError {
        self.error_of(spot(self.text, position), message)
    }

    fn error_of(&self, at: Spot, message: impl Into<String>) -> LoadError {
        let (path, text) = (self.path.to_owned(), self.text.into());
        LoadError { path, at, message: message.into(), text, ..LoadError::default() }
    }

    /// Where a constant is declared; the start of the text where it is not.
    pub(super) fn constant(&self, name: &str) -> usize {
        self.lines()
            .find(|(_, line)| {
                let rest = line.trim_start().strip_prefix("const ").unwrap_or_default();
                rest.trim_start().strip_prefix(name).is_some_and(|rest| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            })
            .map_or(0, |(at, line)| at + line.len() - line.trim_start().len())
    }

    /// Where a key of a constant is written; the constant where that cannot be told.
    pub(super) fn key(&self, constant: &str, key: &str) -> usize {
        let from = self.constant(constant);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        for (start, line) in self.lines().filter(|(start, line)| start + line.len() > from) {
            let skipped = from.saturating_sub(start);
            let code = line.split("//").next().unwrap_or_default();
            for (at, _) in code.match_indices(key).filter(|(at, _)| *at >= skipped) {
                let is_apart = !code[..at].ends_with(is_word);
                let rest = code[at + key.len()..].trim_start();
                if is_apart && rest.trim_start_matches('"').trim_start().starts_with(':') {
                    return start + at;
                }
            }
        }
        from
    }

    /// Where a text in a key of a constant is written; the key where that cannot be told.
    pub(super) fn word_of(&self, constant: &str, key: &str, word: &str) -> usize {
        let from = self.key(constant, key);
        let rest = self.text.get(from..).unwrap_or_default();
        rest.find(&format!("\"{word}\"")).map_or(from, |at| from + at)
    }

    /// The comment right above a key: what a parameter does.
    pub(super) fn comment_above(&self, offset: usize) -> String {
        let mut lines: Vec<&str> = Vec::new();
        let before = self.text.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').unwrap_or(0);
        for line in before[..start].lines().rev() {
            let Some(comment) = line.trim().strip_prefix("//") else { break };
            lines.push(comment.trim());
        }
        lines.reverse();
        lines.join(" ")
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut at = 0;
        self.text.split_inclusive('\n').map(move |line| {
            let start = at;
            at += line.len();
            (start, line)
        })
    }

    fn parse_error(&self, error: &ParseError) -> LoadError {
        let at = spot(self.text, error.position());
        let (said, help) = syntax::explained(error, self.text, at);
        LoadError { help, ..self.error_of(at, said) }
    }
}

/// A place that Rhai names.
pub(super) fn spot(text: &str, position: Position) -> Spot {
    let number = |it: Option<usize>| it.and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
    match (number(position.line()), number(position.position())) {
        (0, _) => Spot::default(),
        // At the end of the text.
        (line, 0) => Spot { line, column: 0, length: 0 },
        (line, column) => Spot::new(text, line, column + dots(text, line, column)),
    }
}

/// 1 where a dot stands before a name: Rhai names the dot, and means the name.
fn dots(text: &str, line: u32, column: u32) -> u32 {
    let line = text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default();
    let mut rest = line.chars().skip((column as usize).saturating_sub(1));
    let is_dot = rest.next() == Some('.');
    u32::from(is_dot && rest.next().is_some_and(|c| c.is_alphabetic() || c == '_'))
}

/// Reads one script. Nothing of it runs.
///
/// # Errors
/// When it is no Rhai, or its metadata, parameters or `check` are not as they must be.
pub fn load(path: &str, text: &str) -> Result<ScriptRule, LoadError> {
    let (rule, ast) = read(path, text)?;
    Ok(rule.until(tests_start(&ast, text)))
}

/// Reads one of which is known that its tests stand behind all else, and leaves them out: they are
/// more than half of it.
///
/// # Errors
/// As for [`load`].
pub(super) fn load_before_tests(path: &str, text: &str) -> Result<ScriptRule, LoadError> {
    let end = text.find(TEST).unwrap_or(text.len());
    let (rule, _) = read(path, &text[..end])?;
    Ok(rule.of_text(text).until(end))
}

/// How the first test begins.
const TEST: &str = "\nfn test_";

/// Where the tests begin, if nothing but tests stands behind: what runs ends there.
fn tests_start(ast: &AST, text: &str) -> usize {
    let Some(start) = text.find(TEST) else { return text.len() };
    let line = text[..=start].lines().count() + 1;
    let tests = Tests::of(ast);
    let behind = ast.iter_fn_def().map(|it| it.body.start_position());
    let mut behind = behind.filter(|it| it.line().is_some_and(|it| it >= line));
    let is_code = ast
        .iter_fn_def()
        .any(|it| is_test(&it.name) && it.body.start_position().line() == Some(line));
    if is_code && behind.all(|it| tests.hold(it)) { start } else { text.len() }
}

fn read(path: &str, text: &str) -> Result<(ScriptRule, AST), LoadError> {
    let source = Source { path, text };
    let ast = parse(&READER, &source, &Scope::new())?;
    only_declarations(&source, &ast)?;
    let constants: Vec<(String, Dynamic)> = ast
        .iter_literal_variables(true, false)
        .map(|(name, _, value)| (name.to_owned(), value))
        .collect();
    no_computed_assignment(&source, &ast)?;
    closures_stay(&source, &ast)?;
    has_check(&source, &ast)?;
    let meta = meta::read(&source, &constants, ast.doc())?;
    only_known_members(&source, &ast, &constants)?;
    calls::have_functions(&source, &ast, &meta.subjects)?;
    let names = named(&ast, &constants);
    Ok((ScriptRule::new(meta, text, constants, names), ast))
}

/// What is to be said of a script that was loaded.
pub(super) fn doubts(meta: &RuleMeta, text: &str, constants: &[(String, Dynamic)]) -> Doubts {
    let source = Source { path: &meta.file, text };
    let ast = parse(&READER, &source, &Scope::new());
    ast.map(|ast| Doubts::of(&source, &ast, constants, meta)).unwrap_or_default()
}

/// Of a constant, only keys that it has.
fn only_known_members(
    source: &Source<'_>,
    ast: &AST,
    constants: &[(String, Dynamic)],
) -> Result<(), LoadError> {
    let tests = Tests::of(ast);
    let mut missing = Members::of(ast, constants).missing.into_iter();
    let Some((name, key, position)) = missing.find(|(.., at)| !tests.hold(*at)) else {
        return Ok(());
    };
    let value = constants.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    let keys: Vec<String> = value
        .and_then(|it| it.as_map_ref().ok())
        .map(|map| map.keys().map(ToString::to_string).collect())
        .unwrap_or_default();
    let help = match names::close(&key, keys.iter().map(String::as_str)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("it has {}", keys.join(", ")),
    };
    let message = format!("`{name}` has no `{key}`");
    Err(LoadError { help: Some(help), ..source.error(position, message) })
}

/// Compiles with the constants that functions see.
pub(super) fn compile(
    engine: &Engine,
    path: &str,
    text: &str,
    constants: impl IntoIterator<Item = (String, Dynamic)>,
) -> Result<Arc<AST>, LoadError> {
    let mut ast = compile_with(engine, path, text, constants.into_iter().collect())?;
    // Tests are no part of the rule: `check` cannot call them.
    Arc::make_mut(&mut ast).retain_functions(|_, _, name, _| !is_test(name));
    Ok(ast)
}

/// The same for another engine, tests included.
pub(super) fn compile_with(
    engine: &Engine,
    path: &str,
    text: &str,
    constants: Vec<(String, Dynamic)>,
) -> Result<Arc<AST>, LoadError> {
    let mut scope = Scope::new();
    for (name, value) in constants {
        scope.push_constant_dynamic(name, value);
    }
    parse(engine, &Source { path, text }, &scope).map(Arc::new)
}

/// The names behind dots, which are attributes, most of them; and whether variables need a look.
fn named(ast: &AST, constants: &[(String, Dynamic)]) -> Names {
    use rhai::{ASTNode, Stmt};
    let mut names = Names::default();
    let is_constant = |start: &Expr| matches!(start, Expr::Variable(it, ..) if constants.iter().any(|(name, _)| *name == it.1.as_str()));
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Expr(Expr::Property(property, _))) => {
                names.properties.insert(property.2.to_string());
            }
            Some(ASTNode::Stmt(
                Stmt::Share(_) | Stmt::For(..) | Stmt::While(..) | Stmt::Do(..),
            )) => {
                names.needs_variables = true;
            }
            Some(ASTNode::Expr(Expr::Dot(it, ..) | Expr::Index(it, ..))) => {
                let is_folded = matches!(it.rhs, Expr::Property(..) | Expr::StringConstant(..));
                names.needs_variables |= is_constant(&it.lhs) && !is_folded;
            }
            _ => {}
        }
        true
    });
    names
}

/// Whether a function is a test of the script.
pub(super) fn is_test(name: &str) -> bool {
    name.starts_with("test_")
}

fn parse(engine: &Engine, source: &Source<'_>, scope: &Scope<'_>) -> Result<AST, LoadError> {
    let mut ast = engine
        .compile_with_scope(scope, source.text)
        .map_err(|error| source.parse_error(&error))?;
    ast.set_source(source.path);
    Ok(ast)
}

/// What stands outside of functions is never run, so it would only look as if it were.
fn only_declarations(source: &Source<'_>, ast: &AST) -> Result<(), LoadError> {
    use rhai::{ASTFlags, Stmt};
    let literals: Vec<&str> =
        ast.iter_literal_variables(true, false).map(|(name, ..)| name).collect();
    for statement in ast.statements() {
        match statement {
            Stmt::Noop(_) => {}
            Stmt::Var(it, flags, position) if flags.contains(ASTFlags::CONSTANT) => {
                if !literals.contains(&it.0.name.as_str()) {
                    let message = format!(
                        "the value of `{}` is no literal: constants are read without running the script",
                        it.0.name
                    );
                    return Err(source.error(*position, message));
                }
            }
            other => {
                let message = "only `const` and `fn` may stand outside of functions: nothing else there is ever run";
                return Err(source.error(other.position(), message));
            }
        }
    }
    Ok(())
}

/// `m[key] = value` is the one way to grow a value that Rhai does not check: it took more than a
/// gigabyte within the operations of one run. `m.set(key, value)` is checked.
fn no_computed_assignment(source: &Source<'_>, ast: &AST) -> Result<(), LoadError> {
    use rhai::{ASTNode, Stmt};
    let mut found = None;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Assignment(it))) = path.last()
            && has_computed_index(&it.1.lhs)
        {
            found = Some(it.1.lhs.position());
        }
        found.is_none()
    });
    match found {
        None => Ok(()),
        Some(position) => Err(source.error(
            position,
            "an element is assigned at a computed position: write `map.set(key, value)` or `array.set(index, value)`",
        )),
    }
}

fn has_computed_index(target: &Expr) -> bool {
    match target {
        Expr::Dot(it, ..) => has_computed_index(&it.lhs) || has_computed_index(&it.rhs),
        Expr::Index(it, ..) => has_computed_index(&it.lhs) || is_computed(&it.rhs),
        _ => false,
    }
}

/// An index, or one that a chain goes on behind.
fn is_computed(index: &Expr) -> bool {
    match index {
        Expr::Dot(it, ..) => !it.lhs.is_constant() || has_computed_index(&it.rhs),
        Expr::Index(it, ..) => !it.lhs.is_constant() || is_computed(&it.rhs),
        index => !index.is_constant(),
    }
}

/// Methods that take a closure and let go of it.
const TAKE_CLOSURES: &[&str] = &["some", "all", "filter", "map", "find", "reduce"];

/// A closure that holds a variable may only be an argument of these methods: a chain of closures
/// that hold each other grows without any size that Rhai could check.
fn closures_stay(source: &Source<'_>, ast: &AST) -> Result<(), LoadError> {
    use rhai::{ASTNode, Stmt};
    if let Some(own) = ast.iter_functions().find(|it| TAKE_CLOSURES.contains(&it.name)) {
        let at = source.text.find(&format!("fn {}", own.name)).unwrap_or(0);
        let message = format!("`{}` is the name of a method of lists: choose another", own.name);
        return Err(source.error_at(at, message));
    }
    let mut found = None;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Share(held))) = path.last() {
            let call = path
                .iter()
                .rev()
                .skip(1)
                .find(|node| !matches!(node, ASTNode::Expr(Expr::Stmt(_))));
            let stays = matches!(call, Some(ASTNode::Expr(Expr::MethodCall(call, _)))
                if TAKE_CLOSURES.contains(&call.name.as_str()));
            if !stays {
                found = held.first().map(|(variable, ..)| variable.pos);
            }
        }
        found.is_none()
    });
    match found {
        None => Ok(()),
        Some(position) => Err(source.error(
            position,
            "a closure that uses a variable from outside can only be given to `some`, `all`, `filter`, `map` and their like: write a function instead",
        )),
    }
}

fn has_check(source: &Source<'_>, ast: &AST) -> Result<(), LoadError> {
    let counts: Vec<usize> = ast
        .iter_functions()
        .filter(|function| function.name == "check")
        .map(|function| function.params.len())
        .collect();
    if counts.contains(&1) {
        return Ok(());
    }
    let at = source.text.find("fn check").unwrap_or(0);
    Err(source.error_at(
        at,
        match counts.first() {
            None => "the script has no `fn check(r)`, which is called for each resource".to_owned(),
            Some(count) => format!("`check` takes one parameter, the resource, and not {count}"),
        },
    ))
}

/// The documentation without `//!`.
pub(super) fn docs(doc: &str) -> Cow<'static, str> {
    let lines: Vec<&str> =
        doc.lines().map(|line| line.trim_start().trim_start_matches("//!")).collect();
    lines.join("\n").into()
}
