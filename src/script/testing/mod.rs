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

use self::{coverage::Coverage, plan::Mistake};
use super::{
    absent::{self, Absent, Seen, schema_of},
    cx::Host,
    host::manual,
    load::{LoadError, compile_with, is_test, spot},
    meta, names,
    rule::ScriptRule,
    sandbox::{start_instance, start_world, test_runner},
    session::Program,
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
    /// Findings on these addresses, and no others.
    Addresses {
        definite: BTreeSet<String>,
        possible: BTreeSet<String>,
        /// Whether a resource that the rule judges has none.
        passes: bool,
    },
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
    let wrong = |mistake: Mistake| {
        let text = rule.text();
        Box::new(ScriptError {
            path: rule.meta().file.to_string(),
            at: mistake
                .word
                .and_then(|it| word(text, ast, name, &it))
                .unwrap_or(declared(rule, name)),
            message: format!("{name}: {}", mistake.message),
            help: mistake.help,
            text: Arc::clone(text),
            ..ScriptError::default()
        })
    };
    if ast.iter_functions().any(|it| it.name == name && !it.params.is_empty()) {
        return Err(wrong(Mistake::new("a test takes no parameters")));
    }
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
            Box::new(if error.at.line == 0 { *wrong(Mistake::new(error.message)) } else { error })
        })?;
    let made = made.try_cast::<Map>().ok_or_else(|| {
        let message = "a test returns #{ plan: #{ … }, expect: [ … ], possible: [ … ] }";
        wrong(Mistake::new(message))
    })?;
    read(rule, made).map_err(wrong)
}

/// Where a word stands in a function: by itself, or at the start of a text.
fn word(text: &str, ast: &AST, function: &str, word: &str) -> Option<Spot> {
    let body = &ast.iter_fn_def().find(|it| it.name == function)?.body;
    let at = |position| spot(text, position).range(text).map(|range| range.start);
    let (start, end) = (at(body.start_position())?, at(body.end_position())?);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let written = word.replace('"', "\\\"");
    let found = text.get(start..end)?.match_indices(&written).find(|(at, _)| {
        let (before, after) = (&text[..start + at], &text[start + at + written.len()..]);
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })?;
    let length = u32::try_from(written.chars().count()).ok()?;
    Some(Spot { length, ..Spot::at_offset(text, start + found.0) })
}

const KEYS: [&str; 5] = ["plan", "expect", "possible", "params", "providers"];

fn read(rule: &ScriptRule, mut made: Map) -> plan::Result<Wanted> {
    if let Some(key) = made.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let mistake = Mistake::new(format!("a test has no key `{key}`")).at(key);
        return Err(match (key.as_str(), names::close(key, KEYS)) {
            ("undecided", _) => {
                Mistake { help: Some("it is called `possible`".to_owned()), ..mistake }
            }
            (_, None) => {
                Mistake { help: Some(format!("known are {}", KEYS.join(", "))), ..mistake }
            }
            (_, close) => mistake.meant(close),
        });
    }
    let mut map = |key: &str| match made.remove(key).map(Dynamic::try_cast::<Map>) {
        None => Ok(None),
        Some(Some(map)) => Ok(Some(map)),
        Some(None) => Err(Mistake::new(format!("`{key}` is to be a map, #{{ … }}")).at(key)),
    };
    let resources = map("plan")?
        .ok_or_else(|| Mistake::new("it has no `plan: #{ \"aws_vpc.main\": #{ … } }`"))?;
    let (providers, params) = (map("providers")?, map("params")?);
    let mut addresses = |key: &str| match made.remove(key).as_ref().map(plan::texts) {
        None => Ok(BTreeSet::new()),
        Some(Some(all)) => Ok(BTreeSet::from_iter(all)),
        Some(None) => Err(Mistake::new(format!("`{key}` is to be a list of addresses")).at(key)),
    };
    let (expect, possible) = (addresses("expect")?, addresses("possible")?);
    for address in expect.iter().chain(&possible) {
        if !resources.contains_key(address.as_str()) {
            let close = names::close(address, resources.keys().map(|it| it.as_str()));
            let message = format!("`{address}` is expected, and is not in the plan");
            return Err(Mistake::new(message).at(address).meant(close));
        }
    }
    let is_subject =
        |address: &str| rule.meta().subjects.iter().any(|type_| plan::is_of(address, type_));
    let passes = resources.keys().map(|it| it.as_str()).any(|address| {
        is_subject(address) && !expect.contains(address) && !possible.contains(address)
    });
    Ok(Wanted {
        plan: plan::build(&resources, providers.as_ref())?,
        expect: Expect::Addresses { definite: expect, possible, passes },
        params: parameters(rule, params.unwrap_or_default())?,
    })
}

fn parameters(rule: &ScriptRule, given: Map) -> plan::Result<Params> {
    let declared = &rule.meta().params;
    let mut params = Params::defaults(declared);
    for (name, value) in given {
        let Some(param) = declared.iter().find(|param| param.name == name.as_str()) else {
            let close = names::close(&name, declared.iter().map(|param| param.name.as_ref()));
            let message = format!("the rule has no parameter `{name}`");
            return Err(Mistake::new(message).at(&name).meant(close));
        };
        let wanted = param.default.type_name();
        match meta::parameter(&value) {
            Some(value) if value.type_name() == wanted => {
                if let Some(complaint) = param.complaint(&value) {
                    let message = format!("the parameter `{name}` {complaint}");
                    return Err(Mistake::new(message).at(&name));
                }
                params.set(&name, value);
            }
            _ => {
                let message = format!("the parameter `{name}` takes the type {wanted}");
                return Err(Mistake::new(message).at(&name));
            }
        }
    }
    Ok(params)
}

/// The plans of a rule: `bad.json`, `bad/plan.json`, `unknown-tags/plan.json`, sorted.
fn fixtures(dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let is_plan = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
    let mut files = Vec::new();
    for path in entries(dir)? {
        if path.is_dir() {
            files.push(path.join("plan.json"));
        } else if is_plan(&path) {
            files.push(path);
        }
    }
    Ok(files)
}

/// What lies in a directory, sorted, but for what is hidden; nothing where there is none.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let shown = || dir.display().to_string().replace('\\', "/");
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(dir).map_err(|error| LoadError::whole(&shown(), error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| LoadError::whole(&shown(), error))?.path();
        if !name_of(&path).starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Plans in a `tests` directory that belong to none of these rules, so that they test nothing.
///
/// # Errors
/// When the directory cannot be read.
pub fn strays(dir: &Path, ids: &[&str]) -> Result<Vec<LoadError>, LoadError> {
    let mut errors = Vec::new();
    for path in entries(dir)? {
        let (name, shown) = (name_of(&path), path.display().to_string().replace('\\', "/"));
        let is_plan = path.extension().is_some_and(|extension| extension == "json");
        if path.is_dir() && !ids.contains(&name.as_str()) {
            let help = names::close(&name, ids.iter().copied());
            errors.push(LoadError {
                help: help.map(|close| format!("did you mean `{close}`?")),
                ..LoadError::whole(
                    &shown,
                    format!("no script here has the id `{name}`: nothing in it is tested"),
                )
            });
        } else if is_plan {
            let message = "a plan lies in a directory with the id of its rule, such as tests/acme-stops/bad.json";
            errors.push(LoadError::whole(&shown, message));
        }
    }
    Ok(errors)
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
    let plan = std::fs::read_to_string(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong("there is no plan of that name".to_owned()),
        _ => wrong(error.to_string()),
    })?;
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
        let failure = failed.into_iter().find_map(|it| it.script).map(|it| Box::new(it.error));
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
            Expect::Addresses { definite, possible, passes } => {
                *bad |= !definite.is_empty();
                *good |= passes;
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
            (good, "no test has a resource that passes"),
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
        Expect::Addresses { definite, possible, .. } => {
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
