//! Tests of scripts: functions in the script that make a plan, and plans beside it.

mod coverage;
mod plan;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
    time::Instant,
};

use rhai::{AST, CallFnOptions, Dynamic, Engine, Map, Scope as Variables};

use self::coverage::Coverage;
use super::{
    absent::{self, Absent, Seen, schema_of},
    cx::Host,
    host::manual,
    load::{LoadError, compile_with, is_test},
    meta, names,
    rule::{Program, ScriptRule},
    sandbox::{start_instance, start_world, test_runner},
    trouble::explain,
};
use crate::{
    graph::{Graph, Scope, Side},
    lint::{Case, CaseResult, Findings, Params, PlanCx, Rule, ScriptError, Spot, Suite, Verdict},
    plan::{DocumentKind, Plan},
};

/// What a test expects, and of what.
struct Wanted {
    plan: String,
    expect: Expect,
    params: Params,
}

/// The findings that a test expects.
enum Expect {
    /// These addresses, definite and possible.
    Addresses(BTreeSet<String>, BTreeSet<String>),
    /// `bad`, `good` and `unknown`, by the name of the plan.
    Kind(Kind),
}

#[derive(Clone, Copy)]
enum Kind {
    Bad,
    Good,
    Unknown,
}

/// Runs the tests of a script: functions in it, and plans in `<dir>/<rule id>/`.
///
/// # Errors
/// When the script, or a directory with its plans, cannot be read.
pub fn run(rule: &ScriptRule, plans: &Path) -> Result<Suite, LoadError> {
    let defaults = Params::defaults(&rule.meta().params);
    let own = compile_with(
        &TESTER,
        &rule.meta().file,
        rule.text(),
        rule.constants_with(&defaults).collect(),
    )?;
    let mut tests: Vec<String> =
        own.iter_functions().filter(|it| is_test(it.name)).map(|it| it.name.to_owned()).collect();
    // As they stand in the script; Rhai has them in no order.
    tests.sort_by_key(|name| rule.text().find(&format!("fn {name}")));
    let mut bench = Bench::new(rule);
    let mut cases = Vec::new();
    for name in tests {
        let started = Instant::now();
        let at = declared(rule, &name);
        let result = match wanted(rule, &own, &name) {
            Ok(wanted) => bench.judge(&wanted, at, false),
            Err(error) => CaseResult::Broken(error),
        };
        let place = format!("{}:{}", rule.meta().file, at.line);
        cases.push(Case { name, place, result, time: started.elapsed() });
    }
    for file in fixtures(&plans.join(&*rule.meta().id))? {
        let started = Instant::now();
        let shown = file.display().to_string().replace('\\', "/");
        let result = match fixture(&file, &shown, &defaults) {
            Ok(wanted) => bench.judge(&wanted, Spot::default(), true),
            Err(error) => CaseResult::Broken(error),
        };
        cases.push(Case { name: shown.clone(), place: shown, result, time: started.elapsed() });
    }
    Ok(bench.finish(cases))
}

/// Runs the test functions of a script.
static TESTER: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = test_runner();
    plan::register(&mut engine);
    engine
});

fn declared(rule: &ScriptRule, name: &str) -> Spot {
    let at = rule.text().find(&format!("fn {name}")).unwrap_or_default();
    Spot::at_offset(rule.text(), at + "fn ".len())
}

/// What a test function returns.
fn wanted(rule: &ScriptRule, ast: &AST, name: &str) -> Result<Wanted, Box<ScriptError>> {
    let wrong = |message: String| {
        let (message, help) = match message.split_once("; ") {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (message, None),
        };
        Box::new(ScriptError {
            path: rule.meta().file.to_string(),
            at: declared(rule, name),
            message: format!("{name}: {message}"),
            help,
            text: Arc::clone(rule.text()),
            ..ScriptError::default()
        })
    };
    start_instance();
    start_world();
    let defaults = Params::defaults(&rule.meta().params);
    let options = CallFnOptions::new()
        .eval_ast(false)
        .rewind_scope(false)
        .with_tag(Dynamic::from(rule.constants(&defaults)));
    let made = TESTER
        .call_fn_with_options::<Dynamic>(options, &mut Variables::new(), ast, name, ())
        .map_err(|error| {
            let mut names: Vec<&str> = ast.iter_functions().map(|it| it.name).collect();
            manual::IN_TESTS.iter().for_each(|entry| names.push(entry.name()));
            let error = rule.script_error(&explain(&error, false, &names), name);
            Box::new(if error.at.line == 0 { *wrong(error.message) } else { error })
        })?;
    let made = made.try_cast::<Map>().ok_or_else(|| {
        wrong("a test returns #{ plan: #{ … }, expect: [ … ], possible: [ … ] }".to_owned())
    })?;
    read(rule, made).map_err(wrong)
}

const KEYS: [&str; 5] = ["plan", "expect", "possible", "params", "providers"];

fn read(rule: &ScriptRule, mut made: Map) -> Result<Wanted, String> {
    for key in made.keys() {
        if !KEYS.contains(&key.as_str()) {
            let hint = match key.as_str() {
                "undecided" => "it is called `possible`".to_owned(),
                key => names::close(key, KEYS).map_or_else(
                    || format!("known are {}", KEYS.join(", ")),
                    |close| format!("did you mean `{close}`?"),
                ),
            };
            return Err(format!("a test has no key `{key}`; {hint}"));
        }
    }
    let mut map = |key: &str| match made.remove(key) {
        None => Ok(None),
        Some(value) => {
            let map = value.try_cast::<Map>();
            map.map(Some).ok_or_else(|| format!("`{key}` is to be a map, #{{ … }}"))
        }
    };
    let resources =
        map("plan")?.ok_or("it has no `plan: #{ \"aws_vpc.main\": #{ … } }`".to_owned())?;
    let (providers, params) = (map("providers")?, map("params")?);
    let mut addresses = |key: &str| match made.remove(key) {
        None => Ok(BTreeSet::new()),
        Some(list) => plan::texts(&list)
            .map(BTreeSet::from_iter)
            .ok_or_else(|| format!("`{key}` is to be a list of addresses")),
    };
    let (expect, possible) = (addresses("expect")?, addresses("possible")?);
    for address in expect.iter().chain(&possible) {
        if !resources.contains_key(address.as_str()) {
            let known = resources.keys().map(|it| it.as_str());
            let hint = names::close(address, known)
                .map(|close| format!("; did you mean `{close}`?"))
                .unwrap_or_default();
            return Err(format!("`{address}` is expected, and is not in the plan{hint}"));
        }
    }
    Ok(Wanted {
        plan: plan::build(&resources, providers.as_ref())?,
        expect: Expect::Addresses(expect, possible),
        params: parameters(rule, params.unwrap_or_default())?,
    })
}

fn parameters(rule: &ScriptRule, given: Map) -> Result<Params, String> {
    let declared = &rule.meta().params;
    let mut params = Params::defaults(declared);
    for (name, value) in given {
        let Some(param) = declared.iter().find(|param| param.name == name.as_str()) else {
            let known = declared.iter().map(|param| param.name.as_ref());
            let hint = names::close(&name, known)
                .map(|close| format!("; did you mean `{close}`?"))
                .unwrap_or_default();
            return Err(format!("the rule has no parameter `{name}`{hint}"));
        };
        let wanted = param.default.type_name();
        match meta::parameter(&value) {
            Some(value) if value.type_name() == wanted => params.set(&name, value),
            _ => return Err(format!("the parameter `{name}` is of type {wanted}")),
        }
    }
    Ok(params)
}

/// The plans of a rule: `bad.json`, `bad/plan.json`, `unknown-tags/plan.json`, sorted.
fn fixtures(dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for entry in entries {
        let shown = || dir.display().to_string().replace('\\', "/");
        let path = entry.map_err(|error| LoadError::whole(&shown(), error))?.path();
        if path.is_dir() {
            let plan = path.join("plan.json");
            if !plan.is_file() {
                return Err(LoadError::whole(
                    &shown(),
                    format!("`{}` holds no plan.json", name_of(&path)),
                ));
            }
            files.push(plan);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn fixture(file: &Path, shown: &str, defaults: &Params) -> Result<Wanted, Box<ScriptError>> {
    let wrong = |message: String| Box::new(ScriptError::whole(shown, message));
    let name = match file.parent() {
        Some(dir) if name_of(file) == "plan.json" => name_of(dir),
        _ => name_of(file),
    };
    let kind = match () {
        () if name.starts_with("bad") => Kind::Bad,
        () if name.starts_with("good") => Kind::Good,
        () if name.starts_with("unknown") => Kind::Unknown,
        () => {
            let what = "the name of a plan says what is expected: it starts with `bad`, `good` or `unknown`";
            return Err(wrong(what.to_owned()));
        }
    };
    let plan = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    Ok(Wanted { plan, expect: Expect::Kind(kind), params: defaults.clone() })
}

/// Runs tests and remembers what they show of the script.
struct Bench<'r> {
    rule: &'r ScriptRule,
    coverage: Option<Coverage>,
    absent: Vec<Absent>,
    seen: Seen,
    /// Whether a test expects a finding, none, and a possible one.
    kinds: [bool; 3],
}

/// What a rule says of a plan.
#[derive(Default)]
struct Said {
    definite: BTreeSet<String>,
    possible: BTreeSet<String>,
    messages: Vec<String>,
    failure: Option<Box<ScriptError>>,
}

impl Bench<'_> {
    fn new(rule: &ScriptRule) -> Bench<'_> {
        let coverage = Coverage::new(rule);
        Bench { rule, coverage, absent: Vec::new(), seen: Seen::new(), kinds: [false; 3] }
    }

    fn judge(&mut self, wanted: &Wanted, at: Spot, is_real: bool) -> CaseResult {
        let broken = |message: String| {
            CaseResult::Broken(Box::new(ScriptError {
                path: self.rule.meta().file.to_string(),
                at,
                message,
                text: Arc::clone(self.rule.text()),
                ..ScriptError::default()
            }))
        };
        let parsed = Plan::parse("plan", "plan.json", DocumentKind::Plan, wanted.plan.clone());
        let graph = match parsed {
            Ok(plan) => Arc::new(Graph::new(plan)),
            Err((_, error)) => {
                return broken(error.describe(|error| format!("this is no plan: {error}")));
            }
        };
        // What a test writes proves nothing about types that a table knows.
        self.seen.extend(absent::seen(&graph, |type_| is_real || schema_of(type_).is_none()));
        let said = match self.run(&graph, &wanted.params) {
            Ok(said) => said,
            Err(error) => return CaseResult::Broken(Box::new(error)),
        };
        self.count(wanted);
        match said.failure {
            Some(error) => CaseResult::Broken(error),
            None => compare(&wanted.expect, said),
        }
    }

    fn run(&mut self, graph: &Arc<Graph>, params: &Params) -> Result<Said, LoadError> {
        let ast = self.rule.compiled(params)?;
        let program = Program { engine: self.rule.engine(), ast: &ast };
        let said = self.look(graph, params, program, Side::Planned);
        if let Some(coverage) = &self.coverage
            && let Ok(ast) = coverage.compiled(self.rule, params)
        {
            let program = Program { engine: &coverage.engine, ast: &ast };
            let scope = Scope::new(graph, Side::Planned);
            let mut out = Findings::new(self.rule.meta(), Side::Planned);
            let host = Host::new(graph, Side::Planned, self.rule.constants(params), false);
            let cx = PlanCx::new(&scope, params);
            // What goes wrong was said of the script itself.
            drop(self.rule.judge_all(program, &host, &cx, &mut out));
        }
        let before = graph.plan.has_prior();
        let before = before.then(|| self.look(graph, params, program, Side::Prior));
        Ok(Said { failure: said.failure.or(before.and_then(|it| it.failure)), ..said })
    }

    /// One world.
    fn look(
        &mut self,
        graph: &Arc<Graph>,
        params: &Params,
        program: Program<'_>,
        side: Side,
    ) -> Said {
        let scope = Scope::new(graph, side);
        let mut out = Findings::new(self.rule.meta(), side);
        let host = Host::new(graph, side, self.rule.constants(params), true);
        let cx = PlanCx::new(&scope, params);
        let failed = self.rule.judge_all(program, &host, &cx, &mut out);
        self.absent.extend(host.absent());
        let failure = failed.into_iter().find_map(|error| error.at);
        let mut said = Said { failure, ..Said::default() };
        for finding in out.finish().reported.into_iter().map(|it| it.finding) {
            let address = finding.place.address;
            let verdict = finding.verdict.as_str();
            said.messages.push(format!("{verdict} {address}: {}", finding.message));
            match finding.verdict {
                Verdict::Definite => said.definite.insert(address),
                Verdict::Possible => said.possible.insert(address),
            };
        }
        said
    }

    fn count(&mut self, wanted: &Wanted) {
        let [bad, good, unknown] = &mut self.kinds;
        match &wanted.expect {
            Expect::Addresses(definite, possible) => {
                *bad |= !definite.is_empty();
                *good |= definite.is_empty() && possible.is_empty();
                *unknown |= !possible.is_empty();
            }
            Expect::Kind(Kind::Bad) => *bad = true,
            Expect::Kind(Kind::Good) => *good = true,
            Expect::Kind(Kind::Unknown) => *unknown = true,
        }
    }

    fn finish(self, cases: Vec<Case>) -> Suite {
        let [bad, good, unknown] = self.kinds;
        let advice = [
            (bad, "no test expects a finding"),
            (good, "no test expects that nothing is found"),
            (unknown, "no test has a value that is not known yet and expects a possible finding"),
        ];
        let left_open = advice.into_iter().filter(|(is_there, _)| !is_there && !cases.is_empty());
        let unused = &self.rule.doubts().unused;
        let unused = unused.iter().map(|name| format!("the parameter `{name}` is never used"));
        let untaken = match &self.coverage {
            Some(coverage) if !cases.is_empty() => coverage.untaken(),
            _ => Vec::new(),
        };
        Suite {
            path: self.rule.meta().file.to_string(),
            id: self.rule.meta().id.to_string(),
            untaken,
            mistakes: absent::mistakes(self.rule, &self.absent, &self.seen),
            open: left_open.map(|(_, text)| text.to_owned()).chain(unused).collect(),
            cases,
        }
    }
}

fn lines(definite: &BTreeSet<String>, possible: &BTreeSet<String>) -> Vec<String> {
    let definite = definite.iter().map(|address| format!("definite {address}"));
    definite.chain(possible.iter().map(|address| format!("possible {address}"))).collect()
}

fn compare(expect: &Expect, said: Said) -> CaseResult {
    let found = lines(&said.definite, &said.possible);
    let (passes, expected) = match expect {
        Expect::Addresses(definite, possible) => {
            let expected = lines(definite, possible);
            (expected == found, expected)
        }
        Expect::Kind(Kind::Good) => (found.is_empty(), Vec::new()),
        Expect::Kind(Kind::Bad) => {
            (!said.definite.is_empty(), vec!["definite (at least one)".to_owned()])
        }
        Expect::Kind(Kind::Unknown) => {
            let passes = said.definite.is_empty() && !said.possible.is_empty();
            (passes, vec!["possible (at least one), nothing definite".to_owned()])
        }
    };
    match passes {
        true => CaseResult::Passed,
        false => CaseResult::Differs { expected, found, messages: said.messages },
    }
}
