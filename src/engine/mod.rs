//! Runs rules on plans, in parallel, and puts the two worlds of each plan together.
//!
//! Same input, same outcome, whatever the number of threads: everything is collected and sorted
//! once, here. A rule that fails hides no other finding.

mod across;
mod coverage;
mod isolate;
mod locate;
mod merge;
mod picture;
mod rows;
mod seal;
mod veil;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use crate::{
    estate::{Lacks, Mocks, Outputs, Rows, Shelf, Taken},
    graph::{About, Graph, Masked, Open, Scope, Side},
    lint::{
        Blind, Change, Coverage, Done, Excerpt, Failure, FailureKind, Findings, Hangs, InputInfo,
        Judge, Params, Place, PlanCx, Reported, Rule, RuleError, RuleMeta, ScriptFailure, Severity,
        World, excerpt_text,
    },
    plan::{DocumentKind, Plan, ResId, Tri},
    redact::{REPLACEMENT, Redactor, Secrets},
    seal::{COVER, Key, uncovered},
    secrecy::{forms, names},
    source::{Clue, Origin},
};

pub use isolate::{catch, quiet_panics};
pub use locate::{Origins, compare, locate, unread};
pub use merge::sort;
pub use picture::draw;
pub use rows::{For, InstanceKey, Taking};
pub use seal::recognise;

/// Excerpts kept for one rule of one plan.
const EXCERPTS: usize = 200;

/// A rule with the run's settings for it.
pub struct Job {
    /// The rule.
    pub rule: Box<dyn Rule>,
    /// The level to report at instead of its own.
    pub severity: Option<Severity>,
    /// Its parameters.
    pub params: Params,
}

/// A document to judge.
pub struct Input {
    /// The plan or state.
    pub plan: Plan,
    /// The word for its kind: `plan`, `state`, `tfstate`.
    pub kind: &'static str,
    /// Where its source is.
    pub origin: Origin,
}

/// What one source held.
#[derive(Default)]
pub struct Loaded {
    /// Plans and states.
    pub plans: Vec<Input>,
    /// What could not be read.
    pub failures: Vec<Failure>,
}

/// What the rules said, before anybody filters or counts.
#[derive(Default)]
pub struct Judged {
    /// Documents judged, by unit.
    pub inputs: Vec<InputInfo>,
    /// Every finding of every rule, possible and fixed ones included, sorted.
    pub findings: Vec<crate::lint::Finding>,
    /// What could not be judged, sorted.
    pub failures: Vec<Failure>,
    /// One entry for each rule, by id.
    pub coverage: Vec<Coverage>,
    /// The source of each document judged, by unit.
    pub origins: Origins,
    /// What no output may show: masked strings of all plans, and secrets that rules found. Empty
    /// where there is no source: every text of a finding is free of them already.
    pub secrets: Secrets,
}

/// What is made of plans beside findings and rows.
#[derive(Clone, Copy, Default)]
pub struct Making<'k> {
    /// Excerpts of what may be reported: only `-o terminal` draws them.
    pub excerpts: bool,
    /// What secrets are hashed with, where parts are to leave the machine: nothing in them is secret then.
    pub seal: Option<&'k Key>,
}

/// Judges every source. `load` reads one; plans are dropped as soon as their rules are done, and what
/// is left of them is added up as they come.
pub fn run<S: Sync>(
    sources: &[S],
    load: impl Fn(&S) -> Loaded + Sync,
    jobs: &[Job],
    making: Making<'_>,
    tick: impl Fn() + Sync,
) -> Judged {
    let named = &coverage::named_types(jobs);
    let run = &Run { jobs, named, in_parallel: is_few(sources), making };
    let parts = sources.par_iter().fold(Part::default, |mut all, source| {
        all.add(part_of(load(source), run));
        tick();
        all
    });
    // Neighbours are added up, so that the order of the sources stays.
    join([parts.reduce(Part::default, Part::and)], jobs)
}

/// What is left of every source once its plans are gone, in the order of the sources. `keep` gets each
/// part as soon as it is made.
pub fn take<S: Sync, T: Send>(
    sources: &[S],
    load: impl Fn(&S) -> Loaded + Sync,
    jobs: &[Job],
    making: Making<'_>,
    keep: impl Fn(Part) -> T + Sync,
) -> Vec<T> {
    let named = &coverage::named_types(jobs);
    let run = &Run { jobs, named, in_parallel: is_few(sources), making };
    sources.par_iter().map(|source| keep(part_of(load(source), run))).collect()
}

/// With few plans the rules of each run in parallel; with many the plans alone keep all threads busy.
fn is_few<S>(sources: &[S]) -> bool {
    sources.len() < 2 * rayon::current_num_threads()
}

fn part_of(loaded: Loaded, run: &Run<'_>) -> Part {
    let mut part = Part { failures: loaded.failures, ..Part::default() };
    for input in loaded.plans {
        part.add(judge_plan(input, run));
    }
    part
}

/// Judges what plans know of one another, and puts everything together.
pub fn join(parts: impl IntoIterator<Item = Part>, jobs: &[Job]) -> Judged {
    let mut all = parts.into_iter().fold(Part::default(), Part::and);
    across::judge(&mut all, jobs);
    all.finish(jobs)
}

/// What is the same for every plan of a run.
struct Run<'a> {
    jobs: &'a [Job],
    /// The types that rules name.
    named: &'a BTreeSet<&'a str>,
    /// Whether the rules of one plan run in parallel.
    in_parallel: bool,
    making: Making<'a>,
}

/// What came of one plan, or of several: all that outlives them.
#[derive(Default)]
pub struct Part {
    /// Documents judged.
    pub inputs: Vec<InputInfo>,
    /// What rules on one plan found.
    pub findings: Vec<crate::lint::Finding>,
    /// What could not be judged.
    pub failures: Vec<Failure>,
    /// Rows for the rules on all plans.
    pub taking: Taking,
    /// What plans that are not complete may lack.
    pub lacks: Lacks,
    /// What units were given in place of outputs.
    pub mocks: Mocks,
    /// Where the outputs of units lead.
    pub outputs: Outputs,
    /// By unit, the directories of the Terragrunt units that it is given outputs of.
    pub needs: BTreeMap<String, BTreeSet<String>>,
    /// By job, the subjects that there were; none where there is no entry.
    pub judged: BTreeMap<usize, usize>,
    /// By job, the subjects that are left open; none where there is no entry.
    pub open: BTreeMap<usize, usize>,
    /// By job, cause and unit, what kept the rule from an answer.
    pub blind: BTreeMap<(usize, Blind, String), usize>,
    /// Where the source is.
    pub origins: Origins,
    /// How the source is found again on another machine, by unit; of what is to leave this one.
    pub clues: BTreeMap<String, Clue>,
    /// What no output may show.
    pub hidden: Secrets,
}

impl Part {
    /// What outlives a plan whatever the rules say of it.
    fn of_plan(graph: &Arc<Graph>) -> Part {
        let unit = &graph.plan.unit;
        let mut part = Part {
            lacks: coverage::lacks(graph),
            outputs: Outputs::of(&Scope::new(graph, Side::Planned)),
            ..Part::default()
        };
        part.origins.insert(unit.clone(), Arc::clone(&graph.origin));
        let mocks = &graph.mock_outputs().texts;
        if !mocks.is_empty() {
            part.mocks.insert(unit.clone(), mocks.clone());
        }
        let needs: BTreeSet<String> = graph.needed_units().map(str::to_owned).collect();
        if !needs.is_empty() {
            part.needs.insert(unit.clone(), needs);
        }
        part.failures.extend(graph.plan.broken().into_iter().map(|message| Failure {
            unit: unit.clone(),
            rule: None,
            kind: FailureKind::Plan,
            message: format!("a value could not be read: {message}"),
            script: None,
        }));
        part
    }

    /// Takes what estate rules took from the plan.
    fn take_rows(&mut self, shelves: Shelves, said: &mut [Said]) {
        self.taking.add_shelf(Side::Planned, shelves.planned);
        self.taking.add_shelf(Side::Prior, shelves.prior);
        for (at, said) in said.iter_mut().enumerate() {
            for (side, taken) in std::mem::take(&mut said.taken) {
                self.taking.add_taken(at, side, taken);
            }
        }
    }

    fn and(mut self, other: Part) -> Part {
        self.add(other);
        self
    }

    fn add(&mut self, other: Part) {
        self.inputs.extend(other.inputs);
        self.findings.extend(other.findings);
        self.failures.extend(other.failures);
        self.taking.add(other.taking);
        self.lacks.anything |= other.lacks.anything;
        self.lacks.types.extend(other.lacks.types);
        self.mocks.extend(other.mocks);
        self.outputs.extend(other.outputs);
        self.needs.extend(other.needs);
        for (job, count) in other.judged {
            *self.judged.entry(job).or_default() += count;
        }
        for (job, count) in other.open {
            *self.open.entry(job).or_default() += count;
        }
        for (key, count) in other.blind {
            *self.blind.entry(key).or_default() += count;
        }
        self.origins.extend(other.origins);
        self.clues.extend(other.clues);
        self.hidden.extend(other.hidden);
    }

    /// Takes what a rule said of a plan, with nothing in it that is secret.
    fn take(
        &mut self,
        at: usize,
        said: Said,
        run: &Run<'_>,
        graph: &Arc<Graph>,
        redactor: &Redactor,
    ) {
        let job = &run.jobs[at];
        let mut findings = said.worlds.merge(job.rule.meta());
        if run.making.excerpts {
            attach_excerpts(&mut findings, graph);
        }
        self.findings.extend(findings.into_iter().map(|it| finished(it, job, redactor)));
        self.failures.extend(said.failure.map(|it| without_secrets(it, redactor)));
        // Most rules find nothing to judge in a plan of a few types.
        for (counts, count) in [(&mut self.judged, said.judged), (&mut self.open, said.open)] {
            if count > 0 {
                counts.insert(at, count);
            }
        }
        for (cause, count) in said.blind {
            self.blind.insert((at, cause, graph.plan.unit.clone()), count);
        }
    }

    /// Counts what the answers of an estate rule hang on.
    fn count_hanging(&mut self, job: usize, hangs: &BTreeSet<Hangs>) {
        let subjects: BTreeSet<&Place> = hangs.iter().map(|it| &it.subject).collect();
        if !subjects.is_empty() {
            self.open.insert(job, subjects.len());
        }
        for it in hangs {
            let unit = it.subject.unit.clone();
            *self.blind.entry((job, it.cause, unit)).or_default() += 1;
        }
    }

    fn finish(mut self, jobs: &[Job]) -> Judged {
        let mut coverage: Vec<Coverage> = jobs
            .iter()
            .enumerate()
            .map(|(at, job)| Coverage {
                rule: job.rule.meta().id.to_string(),
                judged: self.judged.get(&at).copied().unwrap_or_default(),
                open: self.open.get(&at).copied().unwrap_or_default(),
                ..Coverage::default()
            })
            .collect();
        for ((job, cause, unit), count) in self.blind {
            coverage[job].blind.insert((cause, unit), count);
        }
        coverage::note_absent(&mut self.inputs, &self.needs, &self.origins);
        merge::count(&self.findings, &mut coverage);
        coverage.sort_by(|a, b| a.rule.cmp(&b.rule));
        self.inputs.sort_by(|a, b| (&a.unit, &a.path).cmp(&(&b.unit, &b.path)));
        sort(&mut self.findings);
        merge::make_unique(&mut self.findings);
        self.failures.sort();
        self.failures.dedup();
        Judged {
            inputs: self.inputs,
            findings: self.findings,
            failures: self.failures,
            coverage,
            origins: self.origins,
            secrets: self.hidden,
        }
    }
}

/// What one rule said of one plan.
#[derive(Default)]
struct Said {
    worlds: merge::Worlds,
    /// Instances whose judgment in the planned world holds in the prior one.
    settled: BTreeSet<ResId>,
    taken: Vec<(Side, Taken)>,
    secrets: Vec<String>,
    judged: usize,
    open: usize,
    blind: BTreeMap<Blind, usize>,
    failure: Option<Failure>,
}

/// What a rule reported in one world, and why it failed there.
type InWorld = (Done, Option<Failure>);

impl Said {
    fn take(&mut self, side: Side, (done, failure): InWorld) {
        self.secrets.extend(done.secrets);
        self.settled = done.settled;
        self.worlds.set(side, done.reported);
        if failure.is_some() {
            self.worlds.set_torn();
        }
        self.failure = self.failure.take().or(failure);
    }

    /// Counts what the answers of a rule hang on.
    fn count_open(&mut self, open: &BTreeSet<Open>) {
        let subjects: BTreeSet<&About> = open.iter().filter_map(|(it, _)| it.as_ref()).collect();
        self.open = subjects.len();
        for (_, note) in open {
            *self.blind.entry(note.cause).or_default() += 1;
        }
    }

    /// Whether there is anything in it that could show a value of the plan.
    fn has_text(&self) -> bool {
        self.worlds.any() || self.failure.is_some()
    }
}

fn judge_plan(input: Input, run: &Run<'_>) -> Part {
    let Input { plan, kind, origin } = input;
    let jobs = run.jobs;
    let graph = Arc::new(Graph::with_source(plan, Arc::new(origin)));
    let shelves = Shelves::default();
    let mut said: Vec<Said> = if run.in_parallel {
        jobs.par_iter().map(|job| judge_rule(job, &graph, &shelves)).collect()
    } else {
        jobs.iter().map(|job| judge_rule(job, &graph, &shelves)).collect()
    };
    let mut part = Part::of_plan(&graph);
    part.take_rows(shelves, &mut said);
    let mut about = coverage::about(&graph, kind, run.named);
    let has_text =
        said.iter().any(Said::has_text) || !part.taking.is_empty() || !about.caveats.is_empty();
    let has_source = graph.origin.is_wanted();
    let leaves = run.making.seal.is_some();
    let secrets =
        if has_text || has_source || leaves { secrets(&graph, &said) } else { BTreeSet::new() };
    let redactor = redactor(&graph.plan.unit, &secrets, &mut part.failures);
    if has_source {
        part.hidden.texts = secrets;
    }
    for text in about.caveats.iter_mut().flat_map(|caveat| &mut caveat.details) {
        *text = clean(text, &redactor);
    }
    part.inputs.push(about);
    part.taking.leave(&redactor);
    if run.making.excerpts {
        part.taking.leave_excerpts(&graph, jobs, &redactor);
    }
    if let Some(key) = run.making.seal {
        part.seal(key, &redactor, &seal::kept(&graph, &said));
    }
    for (at, said) in said.into_iter().enumerate() {
        part.take(at, said, run, &graph, &redactor);
    }
    part
}

/// The worlds of a plan that a rule judges.
fn worlds(world: World, plan: &Plan) -> &'static [Side] {
    match (world, plan.kind) {
        (World::State, DocumentKind::Plan) if plan.has_prior() => &[Side::Planned, Side::Prior],
        (World::State, _) => &[Side::Planned],
        (World::Planned | World::Change, DocumentKind::Plan) => &[Side::Planned],
        (World::Planned | World::Change, DocumentKind::State) => &[],
    }
}

/// Rows of one plan that several rules judge, by world.
#[derive(Default)]
struct Shelves {
    planned: Shelf,
    prior: Shelf,
}

impl Shelves {
    fn of(&self, side: Side) -> &Shelf {
        match side {
            Side::Planned => &self.planned,
            Side::Prior => &self.prior,
        }
    }
}

fn judge_rule(job: &Job, graph: &Arc<Graph>, shelves: &Shelves) -> Said {
    let meta = job.rule.meta();
    let mut said = Said::default();
    let is_of_plan = matches!(job.rule.judge(), Judge::Plan(_));
    if is_of_plan && !coverage::has_subjects(meta, &graph.plan) {
        return said;
    }
    for side in worlds(meta.world, &graph.plan) {
        let scope = Scope::new(graph, *side).judging(&meta.subjects);
        let done = judge_world(job, &scope, shelves.of(*side), &mut said);
        let is_same = is_of_plan && done.1.is_none() && !scope.saw_difference();
        said.take(*side, done);
        if *side == Side::Planned {
            said.count_open(&scope.close());
            said.judged = coverage::subjects(meta, &scope);
        }
        if is_same {
            said.worlds.hold_in_both();
            break;
        }
    }
    if meta.world == World::Planned && said.worlds.any() && graph.plan.is_first() {
        said.worlds.set_first();
    }
    said
}

/// One rule in one world of one plan.
fn judge_world(job: &Job, scope: &Scope<'_>, shelf: &Shelf, said: &mut Said) -> InWorld {
    let meta = job.rule.meta();
    let mut out = Findings::new(meta, scope.world()).looking_at(scope);
    let Said { settled, taken, .. } = said;
    let cx = PlanCx::new(scope, &job.params).with_settled(settled).with_shelf(shelf);
    let result = isolate::run(|| match job.rule.judge() {
        Judge::Plan(rule) => rule.judge(&cx, &mut out),
        Judge::Estate { collect, .. } => {
            let mut rows = Rows::default();
            collect(&cx, &mut rows);
            // What a row asked in vain is for the judgment of all rows to settle.
            taken.push((scope.world(), rows.taken(&scope.close())));
            Ok(())
        }
    });
    let unit = &scope.graph.plan.unit;
    let failure = result.err().map(|error| failed(meta, unit, error));
    (out.finish(), failure)
}

/// Every masked string of the plan, keys that look like one, and every secret that a rule found.
fn secrets(graph: &Graph, said: &[Said]) -> BTreeSet<String> {
    let Masked { strings: mut secrets, keys } = graph.masked();
    // What is called after a secret is no more than its name.
    let is_secret = |key: &String| forms::is_random_key(key) && names::promise(key) == Tri::No;
    secrets.extend(keys.into_iter().filter(is_secret));
    secrets.extend(said.iter().flat_map(|said| said.secrets.iter().cloned()));
    graph.forget_what_addresses_show(&mut secrets);
    secrets
}

fn redactor(unit: &str, secrets: &BTreeSet<String>, failures: &mut Vec<Failure>) -> Redactor {
    Redactor::new(secrets).unwrap_or_else(|error| {
        failures.push(Failure {
            unit: unit.to_owned(),
            rule: None,
            kind: FailureKind::Plan,
            message: format!("{error}; split the plan, or report this with the plan's size"),
            script: None,
        });
        // Nothing of this plan may be shown then.
        Redactor::everything()
    })
}

fn attach_excerpts(findings: &mut [Reported], graph: &Arc<Graph>) {
    for it in findings.iter_mut().take(EXCERPTS) {
        let Some(id) = it.subject.res else { continue };
        // What was fixed is shown as it was.
        let is_fixed = it.finding.change == Change::Fixed;
        let scope = Scope::new(graph, if is_fixed { Side::Prior } else { Side::Planned });
        let text = excerpt_text(scope.res(id), it.finding.source_path());
        it.subject.excerpt = Some(text.into());
    }
}

/// A rule that could not judge a plan; an empty unit for the run.
fn failed(meta: &RuleMeta, unit: &str, error: RuleError) -> Failure {
    let RuleError { kind, message, script } = error;
    Failure { unit: unit.to_owned(), rule: Some(meta.id.to_string()), kind, message, script }
}

/// The failure with nothing in it that is secret: a script may hold what the plan masks.
fn without_secrets(mut failure: Failure, redactor: &Redactor) -> Failure {
    let wash = |text: &mut String| *text = clean(text, redactor);
    wash(&mut failure.message);
    if let Some(script) = &mut failure.script {
        let ScriptFailure { error, on } = &mut **script;
        wash(on);
        wash(&mut error.message);
        error.help.iter_mut().for_each(wash);
        // Cut to pieces it would not be where it says; then nothing is drawn.
        if clean(&error.text, redactor) != *error.text {
            error.text = "".into();
        }
    }
    failure
}

/// A text without the plan's secrets, and without what has the form of a token, whether or not a rule
/// that looks for it runs.
fn clean(text: &str, redactor: &Redactor) -> String {
    let text = forms::hide(&redactor.redact(text), &mut []).into_owned();
    // A row of another machine has hashes where it holds secrets.
    if text.contains(COVER) { uncovered(&text, |_, _| Some(REPLACEMENT.to_owned())) } else { text }
}

/// The finding with its level, and with nothing in it that is secret.
fn finished(mut reported: Reported, job: &Job, redactor: &Redactor) -> crate::lint::Finding {
    reported.clean_paths(&|path| clean(path, redactor));
    let mut finding = reported.finding;
    if let Some(level) = job.severity {
        finding.severity = level;
    }
    finding.message = clean(&finding.message, redactor);
    finding.help = finding.help.map(|help| clean(&help, redactor));
    for related in &mut finding.related {
        related.label = clean(&related.label, redactor);
    }
    finding.excerpt = reported.subject.excerpt.map(|text| {
        let mark = merge::mark(&text, finding.source_path());
        let (text, mark) = redactor.redact_marked(&text, mark);
        let mut marks = [mark];
        let text = forms::hide(&text, &mut marks).into_owned();
        let [mark] = marks;
        Arc::new(Excerpt { text, mark })
    });
    finding
}
