//! A script as a rule.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use data_encoding::HEXLOWER;
use rhai::{AST, Dynamic, Engine, EvalAltResult, Map};
use sha2::{Digest, Sha256};

use crate::{
    graph::Res,
    lint::{
        At, FailureKind, Findings, Judge, Params, PlanCx, PlanJudge, Rule, RuleError, RuleMeta,
        ScriptError, ScriptFailure, Spot,
    },
    plan::ResId,
};

use super::{
    absent::{self, Seen},
    cx::{Constants, Host, object},
    load::{self, LoadError, compile, spot},
    meta,
    sandbox::{Names, are_exhausted, runner, start_instance, start_world},
    scan::Doubts,
    session::{Program, Session},
    trouble::{Ended, Trouble, explain},
    values::{Look, Node},
    world::{self, Oracle, Run},
};

/// A policy, ready to run.
pub struct ScriptRule {
    meta: Arc<RuleMeta>,
    text: Arc<str>,
    /// Where what runs ends in the text: tests may stand behind.
    end: usize,
    constants: Vec<(String, Dynamic)>,
    /// What the script names.
    names: Names,
    /// Runs it; made when it is first needed.
    engine: OnceLock<Engine>,
    /// What its text tells that cannot be meant; found when somebody asks.
    doubts: OnceLock<Doubts>,
    /// Whether what cannot be meant is a failure.
    strict: bool,
    /// Compiled for the parameters it was last run with: a run never changes them.
    compiled: Mutex<Option<(Params, Arc<AST>)>>,
}

impl ScriptRule {
    pub(super) fn new(
        meta: RuleMeta,
        text: &str,
        constants: Vec<(String, Dynamic)>,
        names: Names,
    ) -> ScriptRule {
        ScriptRule {
            meta: Arc::new(meta),
            text: text.into(),
            end: text.len(),
            constants,
            names,
            engine: OnceLock::new(),
            doubts: OnceLock::new(),
            strict: false,
            compiled: Mutex::default(),
        }
    }

    /// The same rule, of which only so much of the text runs.
    #[must_use]
    pub(super) fn until(self, end: usize) -> ScriptRule {
        ScriptRule { end, ..self }
    }

    /// Where what runs ends in the text.
    #[cfg(test)]
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// The same rule, of which only a part of the text was read.
    #[must_use]
    pub(super) fn of_text(self, text: &str) -> ScriptRule {
        ScriptRule { text: text.into(), ..self }
    }

    /// What runs the script.
    pub(super) fn engine(&self) -> &Engine {
        self.engine.get_or_init(|| runner(&self.names))
    }

    /// One that a caller may change.
    pub(super) fn own_engine(&self) -> Engine {
        runner(&self.names)
    }

    /// What its text tells that cannot be meant.
    pub(super) fn doubts(&self) -> &Doubts {
        self.doubts.get_or_init(|| load::doubts(&self.meta, &self.text, &self.constants))
    }

    /// The rule as part of bricklint.
    pub(super) fn shipped(mut self) -> ScriptRule {
        Arc::make_mut(&mut self.meta).is_shipped = true;
        self
    }

    /// Compiles with the declared defaults, to learn whether it can be.
    pub(super) fn compile_defaults(&self) -> Result<(), LoadError> {
        self.compiled(&Params::defaults(&self.meta.params)).map(drop)
    }

    /// The same rule, for which it is a failure to ask for what nothing can have.
    #[must_use]
    pub fn strict(self) -> ScriptRule {
        ScriptRule { strict: true, ..self }
    }

    /// The script's text.
    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The script for these parameters.
    pub(super) fn compiled(&self, params: &Params) -> Result<Arc<AST>, LoadError> {
        let mut cache = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, ast)) = &*cache
            && known.iter().eq(params.iter())
        {
            return Ok(Arc::clone(ast));
        }
        let text = &self.text[..self.end];
        let ast = compile(self.engine(), &self.meta.file, text, self.constants_with(params))?;
        *cache = Some((params.clone(), Arc::clone(&ast)));
        Ok(ast)
    }

    /// The script's constants for these parameters.
    pub(super) fn constants(&self, params: &Params) -> Constants {
        Arc::new(self.constants_with(params).collect())
    }

    /// The script's constants, with the settings of this run in `PARAMS`.
    pub(super) fn constants_with<'a>(
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
    fn run(
        &self,
        session: &mut Session<'_>,
        host: &Host,
        res: Res<'_>,
        oracle: Oracle,
    ) -> Result<Run, RuleError> {
        start_world();
        host.begin(oracle);
        let resource = Dynamic::from(Node::root(res.id, Look::Here));
        let result = session.call("check", resource).and_then(no_message);
        let mut undecided = false;
        if let Err(error) = result {
            let own = functions(session.ast());
            let ended = explain(&error, host.has_touched(), &own);
            match &ended.trouble {
                Trouble::Undecided => undecided = true,
                Trouble::Script(..) => return Err(self.error(FailureKind::Script, &ended, res)),
                Trouble::Limit(_) => return Err(self.error(FailureKind::Limit, &ended, res)),
            }
        }
        match host.end(undecided) {
            Some(run) => Ok(Run { exhausted: are_exhausted(), ..run }),
            None => {
                let message = format!("{}: the run was lost", self.meta.file);
                Err(RuleError { kind: FailureKind::Script, message, script: None })
            }
        }
    }

    /// A run that went wrong.
    fn error(&self, kind: FailureKind, ended: &Ended, res: Res<'_>) -> RuleError {
        let error = self.script_error(ended, "check");
        self.failed(kind, error, format!("on {}", res.address()))
    }

    /// A place in the script as the engine, and whoever draws it, want it.
    fn failed(&self, kind: FailureKind, error: ScriptError, on: String) -> RuleError {
        let about = [format!("`{}`", self.meta.id), on.clone()];
        let about: Vec<String> = about.into_iter().filter(|it| !it.is_empty()).collect();
        let message = format!("{error} ({})", about.join(", "));
        RuleError { kind, message, script: Some(Box::new(ScriptFailure { error, on })) }
    }

    /// What ended a run of a function, at its place.
    pub(super) fn script_error(&self, ended: &Ended, called: &str) -> ScriptError {
        let (message, help) = match &ended.trouble {
            Trouble::Script(message, help) => (message.clone(), help.clone()),
            Trouble::Limit(message) => (format!("{message}: the sandbox allows no more"), None),
            Trouble::Undecided => ("this hangs on a value that is not known".to_owned(), None),
        };
        let at = match spot(&self.text, ended.position) {
            // Where Rhai knows no place, the function that was called is one.
            Spot { line: 0, .. } => self
                .text
                .find(&format!("fn {called}"))
                .map(|at| Spot::at_offset(&self.text, at + "fn ".len())),
            known => Some(known),
        };
        let calls = ended.calls.iter().map(|(name, position)| {
            (spot(&self.text, *position), format!("in the call of `{name}`"))
        });
        ScriptError {
            path: self.meta.file.to_string(),
            at: at.unwrap_or_default(),
            message,
            help,
            calls: calls.collect(),
            text: Arc::clone(&self.text),
        }
    }

    /// Judges one instance: in every world that its unknown values make.
    fn judge_one(
        &self,
        session: &mut Session<'_>,
        host: &Host,
        res: Res<'_>,
        out: &mut Findings<'_>,
    ) -> Result<(), RuleError> {
        start_instance();
        // What is new, or gone, has its judgment in one world alone.
        host.look(|scope| scope.holds(res.id));
        let verdicts = world::explore(|oracle| self.run(session, host, res, oracle));
        let causes = host.blind();
        let differs = host.saw_difference();
        let verdicts = verdicts?;
        let since = out.len();
        if verdicts.blind {
            for (which, cause) in causes.into_iter().enumerate() {
                res.maybe(cause, which as u64);
            }
        }
        for answer in verdicts.answers {
            let subject = res.scope().res(answer.fail.id);
            let message = answer.fail.message;
            let at = At::from(answer.fail.attribute).written(answer.fail.written);
            let draft = out.deny(answer.tri, subject, at, || message);
            if answer.ordinal > 0 {
                draft.key(&answer.ordinal.to_string());
            }
        }
        if !differs && !verdicts.blind {
            out.hold_in_both(res.id, since);
        }
        Ok(())
    }
}

/// A message that `check` gives back would be read by nobody. What else its last statement happens
/// to make does no harm.
fn no_message(value: Dynamic) -> Result<(), Box<EvalAltResult>> {
    if !value.is_string() && !value.is_array() && !value.is_map() {
        return Ok(());
    }
    object(
        "`check` gives a message back, which nobody reads: report with `fail(r, \"attribute\", \"message\")`",
    )
}

/// The functions of a script by name, but for closures.
fn functions(ast: &AST) -> Vec<&str> {
    let named = ast.iter_functions().map(|it| it.name);
    named.filter(|name| !name.starts_with("anon$")).collect()
}

impl Rule for ScriptRule {
    fn meta(&self) -> &Arc<RuleMeta> {
        &self.meta
    }

    fn judge(&self) -> Judge<'_> {
        Judge::Plan(self)
    }

    fn doubts(&self) -> Vec<ScriptError> {
        if self.meta.is_shipped || self.strict {
            return Vec::new();
        }
        // A name that is newer than the tables is like no other.
        let all = absent::mistakes(self, &[], &Seen::new()).into_iter();
        all.filter(|it| it.help.is_some()).collect()
    }

    fn digest(&self) -> Option<String> {
        let digest = Sha256::digest(format!("{}\0{}", self.strict, self.text));
        Some(HEXLOWER.encode(&digest[..8]))
    }
}

/// The instances of a type as rules write it.
fn subjects(cx: &PlanCx<'_>, type_: &str) -> Vec<ResId> {
    match type_.strip_prefix("data.") {
        Some(type_) => cx.data(type_).map(|res| res.id).collect(),
        None => cx.of(type_).map(|res| res.id).collect(),
    }
}

impl ScriptRule {
    /// Judges every instance of the types that the rule names; what went wrong, by instance.
    pub(super) fn judge_all(
        &self,
        program: Program<'_>,
        host: &Host,
        cx: &PlanCx<'_>,
        out: &mut Findings<'_>,
    ) -> Vec<RuleError> {
        let mut failed = Vec::new();
        let mut session = Session::new(program, host);
        for type_ in &self.meta.subjects {
            let ids = subjects(cx, type_);
            for id in ids.into_iter().filter(|id| !cx.is_settled(*id)) {
                failed.extend(self.judge_one(&mut session, host, cx.res(id), out).err());
            }
        }
        failed
    }

    /// Whether there is anything to judge: most plans lack what some policies are about.
    fn has_subject(&self, cx: &PlanCx<'_>) -> bool {
        self.meta.subjects.iter().any(|type_| !subjects(cx, type_).is_empty())
    }

    /// What a script asks for that no resource can have.
    fn mistakes_error(&self, host: &Host) -> Option<RuleError> {
        let absent = host.absent();
        let doubts = self.doubts();
        let asked = absent.iter().chain(&doubts.absent).map(|it| it.type_.as_str());
        let types: BTreeSet<&str> = asked.chain(doubts.types()).collect();
        let seen = absent::seen(host.graph(), |type_| types.contains(type_));
        let errors = absent::mistakes(self, &absent, &seen);
        let mut errors = errors.into_iter();
        let first = errors.next()?;
        let others: Vec<String> = errors.map(|it| format!("also {it}")).collect();
        Some(self.failed(FailureKind::Script, first, others.join("; ")))
    }
}

impl PlanJudge for ScriptRule {
    fn judge(&self, cx: &PlanCx<'_>, out: &mut Findings<'_>) -> Result<(), RuleError> {
        if !self.strict && !self.has_subject(cx) {
            return Ok(());
        }
        let ast = self
            .compiled(cx.params())
            .map_err(|error| self.failed(FailureKind::Script, error, String::new()))?;
        let host = Host::new(cx.graph, cx.side(), self.constants(cx.params()), self.strict);
        let program = Program { engine: self.engine(), ast: &ast };
        let mut failed = self.judge_all(program, &host, cx, out);
        if self.strict && failed.is_empty() {
            failed.extend(self.mistakes_error(&host));
        }
        let more = failed.len().saturating_sub(1);
        match (failed.into_iter().next(), more) {
            (None, _) => Ok(()),
            (Some(first), 0) => Err(first),
            (Some(RuleError { kind, message, script: Some(script) }), more) => {
                let ScriptFailure { error, on } = *script;
                drop(message);
                Err(self.failed(kind, error, format!("{on}, and on {more} more")))
            }
            (Some(first), _) => Err(first),
        }
    }
}
