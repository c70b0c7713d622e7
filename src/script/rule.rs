//! A script as a rule.

use std::sync::{Arc, Mutex, PoisonError};

use rhai::{AST, CallFnOptions, Dynamic, Map, Scope as Variables};

use crate::{
    graph::Res,
    lint::{FailureKind, Findings, Judge, Params, PlanCx, PlanJudge, Rule, RuleError, RuleMeta},
};

use super::{
    cx::Host,
    load::{LoadError, compile},
    meta,
    sandbox::{RUNNER, start_instance, start_world},
    trouble::{Trouble, explain},
    values::{Look, Node},
    world::{self, Oracle, Run},
};

/// A policy, ready to run.
pub struct ScriptRule {
    meta: Arc<RuleMeta>,
    text: Arc<str>,
    constants: Vec<(String, Dynamic)>,
    /// Compiled for the parameters it was last run with: a run never changes them.
    compiled: Mutex<Option<(Params, Arc<AST>)>>,
}

impl ScriptRule {
    pub(super) fn new(meta: RuleMeta, text: &str, constants: Vec<(String, Dynamic)>) -> ScriptRule {
        let compiled = Mutex::default();
        ScriptRule { meta: Arc::new(meta), text: text.into(), constants, compiled }
    }

    /// Compiles with the declared defaults, to learn whether it can be.
    pub(super) fn compile_defaults(&self) -> Result<(), LoadError> {
        self.compiled(&Params::defaults(&self.meta.params)).map(drop)
    }

    /// The script for these parameters.
    fn compiled(&self, params: &Params) -> Result<Arc<AST>, LoadError> {
        let mut cache = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, ast)) = &*cache
            && known.iter().eq(params.iter())
        {
            return Ok(Arc::clone(ast));
        }
        let ast = compile(&self.meta.file, &self.text, self.constants_with(params))?;
        *cache = Some((params.clone(), Arc::clone(&ast)));
        Ok(ast)
    }

    /// The script's constants, with the settings of this run in `PARAMS`.
    fn constants_with<'a>(
        &'a self,
        params: &'a Params,
    ) -> impl Iterator<Item = (String, Dynamic)> + 'a {
        self.constants.iter().map(move |(name, value)| {
            if name != meta::PARAMS {
                return (name.clone(), value.clone());
            }
            let mut map = Map::new();
            for (name, value) in params.iter() {
                map.insert(name.into(), meta::to_script(value));
            }
            (name.clone(), Dynamic::from(map))
        })
    }

    /// One run for one instance in one world.
    fn run(&self, ast: &AST, host: &Host, res: Res<'_>, oracle: Oracle) -> Result<Run, RuleError> {
        start_world();
        host.begin(oracle);
        let options =
            CallFnOptions::new().eval_ast(false).rewind_scope(false).with_tag(host.clone());
        let resource = Node::root(res.id, Look::Here);
        let result = RUNNER.call_fn_with_options::<Dynamic>(
            options,
            &mut Variables::new(),
            ast,
            "check",
            (resource,),
        );
        let (mut undecided, mut exhausted) = (false, false);
        if let Err(error) = result {
            let (trouble, position) = explain(&error, host.has_touched());
            match trouble {
                Trouble::Undecided => undecided = true,
                Trouble::Exhausted => (undecided, exhausted) = (true, true),
                Trouble::Script(message) => {
                    return Err(self.error(FailureKind::Script, &message, position, res));
                }
                Trouble::Limit(message) => {
                    let message = format!("{message}: the sandbox allows no more");
                    return Err(self.error(FailureKind::Limit, &message, position, res));
                }
            }
        }
        match host.end(undecided) {
            Some(run) => Ok(Run { exhausted, ..run }),
            None => {
                let nowhere = rhai::Position::NONE;
                Err(self.error(FailureKind::Script, "the run was lost", nowhere, res))
            }
        }
    }

    fn error(
        &self,
        kind: FailureKind,
        message: &str,
        position: rhai::Position,
        res: Res<'_>,
    ) -> RuleError {
        let place = match (position.line(), position.position()) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", self.meta.file),
            (Some(line), None) => format!("{}:{line}", self.meta.file),
            _ => self.meta.file.to_string(),
        };
        let message = format!("{place}: {message} (`{}`, on {})", self.meta.id, res.address());
        RuleError { kind, message }
    }

    /// Judges one instance: in every world that its unknown values make.
    fn judge_one(
        &self,
        ast: &AST,
        host: &Host,
        res: Res<'_>,
        out: &mut Findings<'_>,
    ) -> Result<(), RuleError> {
        start_instance();
        let verdicts = world::explore(|oracle| self.run(ast, host, res, oracle));
        let causes = host.blind();
        let verdicts = verdicts?;
        if verdicts.blind {
            for cause in causes {
                res.scope().maybe(cause);
            }
        }
        for answer in verdicts.answers {
            let subject = res.scope().res(answer.fail.id);
            let message = answer.fail.message;
            let draft = out.deny(answer.tri, subject, answer.fail.attribute, || message);
            if answer.ordinal > 0 {
                draft.key(&answer.ordinal.to_string());
            }
        }
        Ok(())
    }
}

impl Rule for ScriptRule {
    fn meta(&self) -> &Arc<RuleMeta> {
        &self.meta
    }

    fn judge(&self) -> Judge<'_> {
        Judge::Plan(self)
    }
}

impl PlanJudge for ScriptRule {
    fn judge(&self, cx: &PlanCx<'_>, out: &mut Findings<'_>) -> Result<(), RuleError> {
        let ast = self
            .compiled(cx.params())
            .map_err(|error| RuleError { kind: FailureKind::Script, message: error.to_string() })?;
        let host = Host::new(cx.graph, cx.side, self.constants_with(cx.params()));
        let mut failed: Vec<RuleError> = Vec::new();
        for type_ in &self.meta.subjects {
            let ids: Vec<_> = match type_.strip_prefix("data.") {
                Some(type_) => cx.data(type_).map(|res| res.id).collect(),
                None => cx.of(type_).map(|res| res.id).collect(),
            };
            for id in ids {
                failed.extend(self.judge_one(&ast, &host, cx.res(id), out).err());
            }
        }
        let more = failed.len().saturating_sub(1);
        match failed.into_iter().next() {
            None => Ok(()),
            Some(first) if more == 0 => Err(first),
            Some(RuleError { kind, message }) => {
                let message = format!("{message}; {more} more resources ended so");
                Err(RuleError { kind, message })
            }
        }
    }
}
