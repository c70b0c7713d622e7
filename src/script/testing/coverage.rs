//! Branches that no test took. A copy of the script counts them: a call is put at the start of each
//! branch, and an `else` where there is none.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use rhai::{AST, ASTNode, Dynamic, Engine, INT, Position, ScriptFuncDef, Stmt, StmtBlock};

use super::super::{
    calls::Tests,
    load::{LoadError, compile_with, is_test, spot},
    rule::ScriptRule,
    sandbox::SCANNER,
};
use crate::lint::{Params, Rule};

/// What the call at the start of a branch is named; no script may use it.
const TOOK: &str = "__took";

/// A branch: its line, and what to say where it was never taken.
#[derive(Clone, Debug)]
struct Branch {
    line: usize,
    never: String,
}

/// A script that counts its branches.
pub(super) struct Coverage {
    text: String,
    branches: Vec<Branch>,
    taken: Arc<Mutex<BTreeSet<usize>>>,
    /// Runs the copy.
    pub(super) engine: Engine,
}

impl Coverage {
    /// None where the script cannot be read, which then was said already.
    pub(super) fn new(rule: &ScriptRule) -> Option<Coverage> {
        let mut ast = SCANNER.compile(&**rule.text()).ok()?;
        let tests = Tests::of(&ast);
        ast.retain_functions(|_, _, name, _| !is_test(name));
        let mut scan = Scan { text: rule.text(), branches: Vec::new(), inserts: BTreeMap::new() };
        for function in ast.iter_fn_def().filter(|it| !it.name.starts_with("anon$")) {
            scan.function(function);
        }
        ast.walk(&mut |path| {
            if let Some(ASTNode::Stmt(statement)) = path.last()
                && !tests.hold(statement.position())
            {
                scan.statement(statement);
            }
            true
        });
        let mut text = rule.text().to_string();
        for (at, code) in scan.inserts.into_iter().rev() {
            text.insert_str(at, &code);
        }
        let taken: Arc<Mutex<BTreeSet<usize>>> = Arc::default();
        let mut engine = rule.own_engine();
        let counter = Arc::clone(&taken);
        engine.register_fn(TOOK, move |number: INT| {
            let mut taken = counter.lock().unwrap_or_else(PoisonError::into_inner);
            taken.extend(usize::try_from(number));
        });
        Some(Coverage { text, branches: scan.branches, taken, engine })
    }

    /// The copy for these parameters.
    pub(super) fn compiled(
        &self,
        rule: &ScriptRule,
        params: &Params,
    ) -> Result<Arc<AST>, LoadError> {
        let constants: Vec<(String, Dynamic)> = rule.constants_with(params).collect();
        compile_with(&self.engine, &rule.meta().file, &self.text, constants)
    }

    /// What was never taken, in words, by line.
    pub(super) fn untaken(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let missing =
            self.branches.iter().enumerate().filter(|(number, _)| !taken.contains(number));
        let mut missing: Vec<&Branch> = missing.map(|(_, branch)| branch).collect();
        missing.sort_by_key(|branch| branch.line);
        missing.iter().map(|it| format!("line {}: {}", it.line, it.never)).collect()
    }
}

fn line(position: Position) -> usize {
    position.line().unwrap_or_default()
}

struct Scan<'a> {
    text: &'a str,
    branches: Vec<Branch>,
    /// What to insert, by byte offset.
    inserts: BTreeMap<usize, String>,
}

impl Scan<'_> {
    fn function(&mut self, function: &ScriptFuncDef) {
        let never = format!("`{}` was never called", function.name);
        self.branch(function.body.start_position(), never);
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::If(flow, _) => {
                self.branch(flow.body.position(), "the `if` was never true".to_owned());
                let is_chain = matches!(flow.branch.statements(), [Stmt::If(..)])
                    && flow.branch.end_position().is_none();
                if is_chain {
                    return;
                }
                if self.offset(flow.branch.position()).is_some() {
                    self.branch(
                        flow.branch.position(),
                        "the `else` branch was never taken".to_owned(),
                    );
                } else {
                    self.missing_else(&flow.body);
                }
            }
            Stmt::For(it, _) => {
                self.branch(it.2.body.position(), "the loop was never entered".to_owned())
            }
            Stmt::While(flow, _) => {
                self.branch(flow.body.position(), "the loop was never entered".to_owned());
            }
            _ => {}
        }
    }

    fn offset(&self, position: Position) -> Option<usize> {
        spot(self.text, position).range(self.text).map(|range| range.start)
    }

    /// Counts a block, behind its brace.
    fn branch(&mut self, start: Position, never: String) {
        let Some(at) = self.offset(start) else { return };
        if self.text[at..].starts_with('{') {
            let code = format!(" {TOOK}({}); ", self.branches.len());
            self.inserts.entry(at + 1).or_default().push_str(&code);
            self.branches.push(Branch { line: line(start), never });
        }
    }

    /// Counts how often a condition is not met where nothing stands for that.
    fn missing_else(&mut self, block: &StmtBlock) {
        let Some(at) = self.offset(block.end_position()) else { return };
        if self.text[at..].starts_with('}') {
            let code = format!(" else {{ {TOOK}({}); }}", self.branches.len());
            self.inserts.entry(at + 1).or_default().push_str(&code);
            let never = "the `if` was never false".to_owned();
            self.branches.push(Branch { line: line(block.position()), never });
        }
    }
}
