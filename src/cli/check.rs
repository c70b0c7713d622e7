//! `bricklint check`: resolve the settings, run, filter, render, exit.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::IsTerminal,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::ValueEnum;

use crate::{
    catalog::{self, Catalog, Idle, ProfileName, Selection},
    config::{self, Config, ConfigError, RuleSettings},
    engine::{self, Job, Judged, Loaded, Making},
    input::{self, Source},
    lint::{Failure, FailureKind, Outcome, Profile, RuleMeta, SourceProblem},
    plan::{DocumentKind, Plan},
    report::{self, Format, Options},
    source::{Search, shown_from},
    triage::{NEEDS_APPROVAL, Reviewers},
};

use super::{
    accept::{self, Accepting, Known},
    args::{Check, Color, FailOn, Flags, Output, Places, Rules, Running, Show},
    exit, progress, source,
    streams::{self, Failed},
};

/// Everything that flags, environment and configuration decide, decided once.
pub(super) struct Settings {
    pub(super) jobs: Vec<Job>,
    /// Ids of the rules that there are, as far as they were read.
    ids: Vec<String>,
    fail_on: FailOn,
    show: Vec<Show>,
    possible: bool,
    /// Whose approval to ask for; none without `--approval`.
    approval: Option<Reviewers>,
    pub(super) input: input::Options,
}

/// Everything that a run needs before it looks at a plan.
pub(super) struct Run {
    cwd: PathBuf,
    pub(super) settings: Settings,
    accepting: Accepting,
    pub(super) search: Option<Search>,
    pub(super) pool: rayon::ThreadPool,
    pub(super) clock: Clock,
}

/// What there is to conclude from.
pub(super) struct Seen {
    pub(super) judged: Judged,
    /// Files and arguments that could not be judged.
    pub(super) failures: Vec<Failure>,
    /// Files passed over because they are no plans.
    pub(super) skipped: usize,
    /// What others could not read of the source.
    pub(super) unread: BTreeSet<SourceProblem>,
}

/// Says how long a run has taken so far, where somebody asks.
pub(super) struct Clock {
    started: Instant,
    speaks: bool,
}

impl Clock {
    pub(super) fn new(speaks: bool) -> Clock {
        Clock { started: Instant::now(), speaks }
    }

    pub(super) fn say(&self, what: &str) {
        if self.speaks {
            let time = self.started.elapsed().as_secs_f64() * 1000.0;
            streams::note(&format!("{what}: {time:.1} ms"));
        }
    }
}

/// Runs the command; the exit code as documented in `--help`.
pub(super) fn run(args: &Check) -> Result<u8, Failed> {
    answer(&args.flags, judge(args))
}

/// The exit code of what was judged, as the one who reads stdout wants it.
pub(super) fn answer(flags: &Flags, result: Result<u8, Failed>) -> Result<u8, Failed> {
    if !flags.is_for_atlantis() {
        return result;
    }
    // Atlantis reads the verdict from the text, and takes any other code for a broken step.
    if let Err(failed) = result {
        streams::stdout(report::refuse_to_atlantis(&failed.to_string()).as_bytes())?;
    }
    Ok(0)
}

fn judge(args: &Check) -> Result<u8, Failed> {
    let flags = &args.flags;
    let run = prepare(flags, args.state)?;
    let found = input::find(&args.paths, &run.settings.input);
    run.clock.say("found the inputs");
    let bar = progress::Bar::new(found.sources.len(), flags.is_quiet());
    let says = flags.running.verbose && !flags.is_quiet();
    say_skipped(&found, says);
    let making = Making { excerpts: flags.shows_source(), seal: None };
    let judged = run.pool.install(|| {
        let load = |source: &Source| load(source, says, run.search.as_ref());
        engine::run(&found.sources, load, &run.settings.jobs, making, || bar.tick())
    });
    bar.finish();
    run.clock.say("judged");
    let failures = found.problems.into_iter().map(failure).collect();
    let seen = Seen { judged, failures, skipped: found.skipped.len(), unread: BTreeSet::new() };
    conclude(flags, run, seen)
}

/// Names what a directory has beside plans, or is taken for one of them, for who misses one.
pub(super) fn say_skipped(found: &input::Found, says: bool) {
    for path in found.skipped.iter().filter(|_| says) {
        streams::note(&format!(
            "{path}: passed over: no plan or state, or a binary plan beside the JSON of one"
        ));
    }
}

/// Settles everything that flags, environment and files say.
pub(super) fn prepare(flags: &Flags, state: bool) -> Result<Run, Failed> {
    let clock = Clock::new(flags.running.timings && !flags.is_for_atlantis());
    let cwd = working_directory()?;
    let config = load_config(&flags.rules, &cwd)?;
    directories(&flags.rules, &flags.places, &config, &cwd)?;
    let settings = resolve(flags, &config, &cwd, state)?;
    say_settings(&flags.running, flags.is_quiet(), &config, &settings.jobs);
    outputs_fit(flags)?;
    let accepting = accept::read(flags, &config, &cwd)?;
    let search = source::search(&flags.places, &config, &settings.input)?;
    let pool = pool(&flags.running)?;
    Ok(Run { cwd, settings, accepting, search, pool, clock })
}

/// Sorts out what is accepted, decides, looks up the source, reports; the exit code.
pub(super) fn conclude(flags: &Flags, run: Run, seen: Seen) -> Result<u8, Failed> {
    let Run { cwd, settings, accepting, search, pool, clock } = run;
    let Judged { origins, secrets, .. } = seen.judged;
    let mut failures = seen.judged.failures;
    failures.extend(seen.failures);
    failures.sort();
    let outcome = Outcome {
        inputs: seen.judged.inputs,
        findings: seen.judged.findings,
        failures,
        coverage: seen.judged.coverage,
        rules: settings.jobs.iter().map(|job| job.rule.meta().clone()).collect(),
        skipped: seen.skipped,
        ..Outcome::default()
    };
    let complaint = |id: &str| no_such_rule(id, &settings.ids);
    let known = Known { origins: &origins, secrets: &secrets, complaint: &complaint };
    let accept = || accept::apply(outcome, accepting, &known, flags);
    let mut outcome = pool.install(accept)?;
    clock.say("sorted out what is accepted");
    decide(&mut outcome, &settings);
    pool.install(|| source::attach(flags, search.as_ref(), &mut outcome, &origins, &secrets));
    let unread: BTreeSet<SourceProblem> = outcome.unread.into_iter().chain(seen.unread).collect();
    outcome.unread = unread.into_iter().collect();
    clock.say("found their source");
    write(flags, &outcome, &cwd)?;
    clock.say("written");
    Ok(outcome.summary.exit_code)
}

/// Says what runs, and what in scripts is doubtful.
pub(super) fn say_settings(running: &Running, is_quiet: bool, config: &Config, jobs: &[Job]) {
    if running.verbose && !is_quiet {
        let from = config.path.as_ref().map_or("none".into(), |path| path.display().to_string());
        let rules: Vec<&str> = jobs.iter().map(|job| &*job.rule.meta().id).collect();
        streams::note(&format!("configuration: {from}; rules: {}", rules.join(", ")));
    }
    if !running.quiet {
        report_doubts(jobs);
    }
}

/// A misspelt name in a script reads as "not set": the run would pass for the wrong reason.
fn report_doubts(jobs: &[Job]) {
    for doubt in jobs.iter().flat_map(|job| job.rule.doubts()) {
        streams::note(&format!("{doubt} (--strict-scripts makes this a failure)"));
    }
}

pub(super) fn pool(running: &Running) -> Result<rayon::ThreadPool, Failed> {
    // Scripts may nest values deeply, and 2 MB is not enough to compare them.
    const STACK: usize = 16 << 20;
    // What the rules themselves and the allocator take: with 2 threads 117 MiB were too little for a plan
    // of 10 KiB, and an allocation that fails ends the process without a sentence.
    const BASE: usize = 96 << 20;
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = running.jobs.map(usize::from).filter(|jobs| *jobs > 0).unwrap_or_else(cores);
    let needed = BASE.saturating_add(threads.saturating_mul(STACK));
    input::room_for(u64::try_from(needed).unwrap_or(u64::MAX)).map_err(|why| {
        let fewer = if threads > 1 { ", or try --jobs 1" } else { "" };
        Failed::usage(format!("{why}; raise that limit{fewer}"))
    })?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(running.jobs.map_or(0, usize::from))
        .stack_size(STACK)
        .build()
        .map_err(|error| {
            Failed::usage(format!("threads could not be started: {error}; try --jobs 1"))
        })
}

pub(super) fn load_config(rules: &Rules, cwd: &Path) -> Result<Config, Failed> {
    if rules.no_config {
        return Ok(Config::default());
    }
    match &rules.config {
        Some(path) => Ok(Config::load(path)?),
        None => nearest_config(cwd),
    }
}

/// The nearest `bricklint.toml`. It, and paths in it, are shown from the working directory.
pub(super) fn nearest_config(cwd: &Path) -> Result<Config, Failed> {
    let path = config::find(cwd).map(|path| shown_from(cwd, &path));
    Ok(path.map(|path| Config::load(Path::new(&path))).transpose()?.unwrap_or_default())
}

/// A directory that a setting names, and that is not there, is a misspelt one.
pub(super) fn directories(
    rules: &Rules,
    places: &Places,
    config: &Config,
    cwd: &Path,
) -> Result<(), Failed> {
    let is_dir = |path: &Path| cwd.join(path).is_dir();
    let said = |key: &str, path: &Path| {
        let what = if key.ends_with("rules-dir") || key == "--rules" {
            "your .rhai files are in"
        } else {
            "names of units start at"
        };
        format!("{key}: {} is no directory; name the one that {what}", path.display())
    };
    if let Some(dir) = places.unit_root.as_ref().filter(|dir| !is_dir(dir)) {
        return Err(Failed::usage(said("--unit-root", dir)));
    }
    if let Some(dir) = rules.rules.iter().find(|path| !cwd.join(path).exists()) {
        return Err(Failed::usage(said("--rules", dir)));
    }
    let unit_root = config.unit_root.iter().filter(|_| places.unit_root.is_none());
    let unit_root = unit_root.map(|dir| ("unit-root", dir));
    let mut named = config.rules_dir.iter().map(|dir| ("rules-dir", dir)).chain(unit_root);
    match named.find(|(_, dir)| !is_dir(dir)) {
        Some((key, dir)) => {
            let word = dir.display().to_string();
            Err(config.error_at_word(key, &word, said(key, dir)).into())
        }
        None => Ok(()),
    }
}

/// The shipped rules and those of directories given on the command line and in the file.
pub(super) fn catalog(
    dirs: &[PathBuf],
    configured: &[PathBuf],
    strict: bool,
) -> Result<Catalog, Failed> {
    let dirs: Vec<PathBuf> = dirs.iter().chain(configured).cloned().collect();
    Ok(catalog::with_scripts(&dirs, strict)?)
}

/// Whether anything names, or may collide with, a shipped policy. None runs without.
fn could_mean_a_policy(rules: &Rules, config: &Config) -> bool {
    let names = [&rules.select, &rules.ignore, &config.select, &config.ignore];
    let builtin = catalog::builtin();
    let is_builtin = |id: &String| builtin.iter().any(|rule| rule.meta().id == id.as_str());
    // A category may be a policy's too, an id or a family of these is not: a policy's is `org`.
    let is_theirs = |name: &String| {
        is_builtin(name) || builtin.iter().any(|rule| rule.meta().family() == name.as_str())
    };
    !names.into_iter().flatten().flatten().all(is_theirs)
        || !rules.rules.is_empty()
        || !config.rules_dir.is_empty()
        || !config.rules.keys().all(is_builtin)
        || !config.waivers.iter().all(|waiver| is_builtin(waiver.rule.get_ref()))
}

/// Where relative paths start.
pub(super) fn working_directory() -> Result<PathBuf, Failed> {
    env::current_dir()
        .map_err(|error| Failed::usage(format!("the working directory is gone: {error}")))
}

/// A flag wins over its `BRICKLINT_*` twin (both by clap), and these over the file.
fn resolve(args: &Flags, config: &Config, cwd: &Path, state: bool) -> Result<Settings, Failed> {
    let (jobs, ids) = select(&args.rules, config, args.running.quiet)?;
    asks_for_approval(args, &jobs);
    let fail_on = match args.fail_on {
        Some(level) => Some(level),
        None => words(config, "fail-on", config.fail_on.as_ref().map(std::slice::from_ref))?
            .and_then(|all| all.first().copied()),
    };
    let show = match &args.show {
        Some(show) => Some(show.clone()),
        None => words(config, "show", config.show.as_deref())?,
    };
    Ok(Settings {
        jobs,
        ids,
        fail_on: fail_on.unwrap_or(FailOn::Error),
        show: show.unwrap_or_else(|| vec![Show::Introduced, Show::Standing]),
        possible: args.possible || config.possible == Some(true),
        approval: args.approval.then(|| config.reviewers.clone()),
        input: inputs(&args.places, config, cwd, state),
    })
}

/// The rules that run, with their settings, and the ids of all rules as far as they were read.
pub(super) fn select(
    rules: &Rules,
    config: &Config,
    is_quiet: bool,
) -> Result<(Vec<Job>, Vec<String>), Failed> {
    let catalog = if could_mean_a_policy(rules, config) {
        catalog(&rules.rules, &config.rules_dir, rules.strict_scripts)?
    } else {
        catalog::builtin()
    };
    known_settings(config, &catalog)?;
    let ids = catalog.iter().map(|rule| rule.meta().id.to_string()).collect();
    let selection = Selection {
        select: rules.select.clone().or_else(|| config.select.clone()).unwrap_or_default(),
        ignore: rules.ignore.clone().or_else(|| config.ignore.clone()).unwrap_or_default(),
        profiles: match &rules.profile {
            Some(profiles) => profiles.clone(),
            None => words::<ProfileName>(config, "profile", config.profile.as_deref())?
                .unwrap_or_default(),
        },
        enabled: switched(config, &catalog, true),
        disabled: switched(config, &catalog, false),
    };
    idle_profiles(is_quiet, &selection, &catalog);
    if !is_quiet {
        idle_settings(rules, config, &selection, &catalog);
    }
    let mut jobs =
        selection.apply(catalog).map_err(|error| match config_key(rules, config, &error.name) {
            Some(key) => config.error_at_word(key, &error.name, error.to_string()).into(),
            None => Failed::usage(error.to_string()),
        })?;
    for job in &mut jobs {
        let meta = job.rule.meta().clone();
        for (name, value) in config.params(&meta)? {
            job.params.set(&name, value);
        }
        job.severity = config.rules.get(&*meta.id).and_then(|settings| settings.severity);
    }
    if jobs.is_empty() {
        // Such a selection would pass whatever the plans hold.
        return Err(Failed::usage("no rule is left to run: look at --select and --ignore"));
    }
    Ok((jobs, ids))
}

/// Where inputs are looked for.
pub(super) fn inputs(places: &Places, config: &Config, cwd: &Path, state: bool) -> input::Options {
    input::Options {
        cwd: cwd.to_owned(),
        unit_root: places.unit_root.clone().or_else(|| config.unit_root.clone()),
        config_dir: config.path.as_deref().and_then(Path::parent).map(|dir| cwd.join(dir)),
        state,
    }
}

/// Settings and waivers are held against every rule there is, whether it runs or not.
fn known_settings(config: &Config, catalog: &Catalog) -> Result<(), ConfigError> {
    for rule in catalog {
        config.params(rule.meta())?;
    }
    let ids: Vec<&str> = catalog.iter().map(|rule| rule.meta().id.as_ref()).collect();
    for id in config.rules.keys() {
        if let Some(complaint) = unknown_rule(id, &ids) {
            return Err(config.error_at_rule(id, complaint));
        }
    }
    for waiver in &config.waivers {
        let id = waiver.rule.get_ref();
        let of_many = catalog.iter().any(|rule| rule.meta().is_called(id));
        let message = unknown_rule(id, &ids).map(|complaint| match of_many {
            true => format!(
                "`{id}` is no rule: a waiver is about one; several are left out with `ignore`"
            ),
            false => complaint,
        });
        if let Some(message) = message {
            return Err(config.error(waiver.rule.span(), message));
        }
    }
    Ok(())
}

/// What to say where no rule has an id.
fn unknown_rule(id: &str, ids: &[&str]) -> Option<String> {
    if ids.contains(&id) {
        return None;
    }
    let close = catalog::close_to(id, ids.iter().copied());
    let close = close.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
    Some(format!("no rule is called `{id}`{close}"))
}

/// The same for an id that a comment names. Policies are only read where one is asked for.
fn no_such_rule(id: &str, ids: &[String]) -> Option<String> {
    let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    unknown_rule(id, &ids)?;
    let shipped = catalog::shipped();
    ids.extend(shipped.iter().map(|rule| rule.meta().id.as_ref()));
    unknown_rule(id, &ids)
}

/// Rules that their own settings switch on, or off. A shipped policy is on as soon as it has a
/// parameter; for any other rule settings alone change nothing of that.
fn switched(config: &Config, catalog: &Catalog, on: bool) -> BTreeSet<String> {
    let wants = |meta: &RuleMeta| {
        let settings = config.rules.get(&*meta.id)?;
        let configured = meta.profile == Profile::Policy && settings.has_params();
        settings.enabled.or(configured.then_some(true))
    };
    let rules = catalog.iter().map(|rule| rule.meta());
    rules.filter(|meta| wants(meta) == Some(on)).map(|meta| meta.id.to_string()).collect()
}

/// Whether a name stands in the file (and under which key), not on the command line.
fn config_key(rules: &Rules, config: &Config, name: &str) -> Option<&'static str> {
    let holds = |words: &Option<Vec<String>>| {
        words.as_ref().is_some_and(|words| words.iter().any(|word| word == name))
    };
    if rules.select.is_none() && holds(&config.select) {
        return Some("select");
    }
    (rules.ignore.is_none() && holds(&config.ignore)).then_some("ignore")
}

/// Reads words of the file as a flag would.
fn words<T: ValueEnum>(
    config: &Config,
    key: &str,
    words: Option<&[String]>,
) -> Result<Option<Vec<T>>, ConfigError> {
    let read = |word: &String| {
        T::from_str(word, false).map_err(|_| {
            let names: Vec<String> = T::value_variants()
                .iter()
                .filter_map(|it| {
                    it.to_possible_value().map(|value| format!("`{}`", value.get_name()))
                })
                .collect();
            config.error_at_word(
                key,
                word,
                format!("{key} is one of {}, not `{word}`", names.join(", ")),
            )
        })
    };
    words.map(|words| words.iter().map(read).collect()).transpose()
}

/// Reads a source; says so where it `says` anything.
pub(super) fn load(source: &Source, says: bool, search: Option<&Search>) -> Loaded {
    let (documents, problems) = input::read(source, &input::Terraform);
    let mut loaded =
        Loaded { plans: Vec::new(), failures: problems.into_iter().map(failure).collect() };
    for document in documents {
        let kind = document.kind.as_str();
        if says {
            streams::note(&format!("read {} as {kind} `{}`", document.path, document.unit));
        }
        match parse(document) {
            Ok(plan) => {
                let origin = source::origin(search, &plan);
                loaded.plans.push(engine::Input { plan, kind, origin });
            }
            Err(problem) => loaded.failures.push(problem),
        }
    }
    loaded
}

fn parse(document: input::Document) -> Result<Plan, Failure> {
    let kind = match document.kind {
        input::Kind::Plan => DocumentKind::Plan,
        input::Kind::State | input::Kind::TfState => DocumentKind::State,
    };
    let (unit, path, gap) = (document.unit, document.path, document.gap);
    let problem = |message: String| {
        failure(input::Problem { path: path.clone(), unit: Some(unit.clone()), message })
    };
    if document.kind == input::Kind::TfState {
        return Plan::parse_tfstate(&unit, &path, &document.text).map_err(|error| {
            problem(error.describe(|error| input::describe_broken(&document.text, gap, error)))
        });
    }
    Plan::parse(&unit, &path, kind, document.text).map_err(|(text, error)| {
        problem(error.describe(|error| input::describe_broken(&text, gap, error)))
    })
}

/// What could not even be read.
pub(super) fn failure(problem: input::Problem) -> Failure {
    let message = if problem.path.is_empty() {
        problem.message
    } else {
        format!("{}: {}", problem.path, problem.message)
    };
    let unit = problem.unit.unwrap_or_default();
    Failure { unit, rule: None, kind: FailureKind::Input, message, script: None }
}

/// Two documents in one stream are neither.
fn outputs_fit(args: &Flags) -> Result<(), Failed> {
    if args.output.iter().filter(|output| output.file.is_none()).count() > 1 {
        let fix = "give all but one a file, as in `-o sarif=bricklint.sarif`";
        return Err(Failed::usage(format!("several outputs would go to stdout; {fix}")));
    }
    let mut files: Vec<&Path> =
        args.output.iter().filter_map(|output| output.file.as_deref()).collect();
    files.sort_unstable();
    match files.windows(2).find(|pair| pair[0] == pair[1]) {
        Some([file, ..]) => Err(Failed::usage(format!(
            "two outputs would go to {}; give each a file of its own",
            file.display()
        ))),
        _ => Ok(()),
    }
}

/// Says which profiles change nothing, so that nobody takes a run for a stricter one.
fn idle_profiles(is_quiet: bool, selection: &Selection, catalog: &Catalog) {
    let why = match selection.select.is_empty() {
        true => "there is no rule of it",
        false => "--select replaces profiles",
    };
    for profile in selection.idle_profiles(catalog).iter().filter(|_| !is_quiet) {
        let name = profile.to_possible_value().map(|it| it.get_name().to_owned());
        let name = name.unwrap_or_default();
        streams::note(&format!("profile {name} adds nothing: {why}"));
    }
}

/// Says which settings change nothing because their rule does not run. What the command line leaves out
/// is left out of this run only.
fn idle_settings(rules: &Rules, config: &Config, selection: &Selection, catalog: &Catalog) {
    let is_meant = |idle: Idle| match idle {
        _ if rules.select.is_some() => true,
        Idle::Ignored => rules.ignore.is_some(),
        Idle::OfProfile(profile) => profile != Profile::Policy && rules.profile.is_some(),
        Idle::NotSelected | Idle::Disabled => false,
    };
    for meta in catalog.iter().map(|rule| rule.meta()) {
        let has_any = config.rules.get(&*meta.id).is_some_and(RuleSettings::wants_something);
        let Some(idle) = selection.idle(meta).filter(|idle| has_any && !is_meant(*idle)) else {
            continue;
        };
        let message = format!("settings of a rule that does not run: {idle}");
        streams::note(&config.error_at_rule(&meta.id, message).to_string());
    }
}

/// Says so where nothing that runs needs an approval.
fn asks_for_approval(args: &Flags, jobs: &[Job]) {
    let asks = |job: &Job| NEEDS_APPROVAL.contains(&&*job.rule.meta().id);
    if args.approval && !args.is_quiet() && !jobs.iter().any(asks) {
        let rules = NEEDS_APPROVAL.join(" nor ");
        streams::note(&format!("--approval asks for nothing here: neither {rules} runs"));
    }
}

/// Counts, then drops what the user did not ask to see.
fn decide(outcome: &mut Outcome, settings: &Settings) {
    let (fail_on, approval) = (settings.fail_on.level(), settings.approval.as_ref());
    exit::decide(outcome, &exit::Scale { fail_on, show: &settings.show, approval });
    outcome.findings.retain(|finding| {
        exit::is_shown(finding, &settings.show)
            && (settings.possible || finding.verdict == crate::lint::Verdict::Definite)
    });
}

/// The files that findings stand in, hashed as GitHub does. One that cannot be read is left to the
/// upload, which reads it in the checkout.
fn line_hashes(outcome: &Outcome, cwd: &Path) -> BTreeMap<String, Vec<String>> {
    let paths: BTreeSet<&String> =
        outcome.findings.iter().filter_map(|it| Some(&it.source.as_ref()?.path)).collect();
    let hashes = paths.into_iter().filter_map(|path| {
        let bytes = std::fs::read(cwd.join(path)).ok()?;
        Some((path.clone(), report::line_hashes(&String::from_utf8_lossy(&bytes))))
    });
    hashes.collect()
}

fn write(args: &Flags, outcome: &Outcome, cwd: &Path) -> Result<(), Failed> {
    let root = cwd.ancestors().find(|dir| dir.join(".git").exists()).unwrap_or(cwd);
    let mut failed: Option<Failed> = None;
    for output in &args.output {
        let to_terminal = output.file.is_none() && std::io::stdout().is_terminal();
        let color = match args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                to_terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        let options = Options {
            color,
            width: progress::width(to_terminal),
            links: color && to_terminal && env::var_os("CI").is_none(),
            unicode: true,
            verbose: args.running.verbose,
            cwd: cwd.to_owned(),
            root: root.to_owned(),
            category: args.category.clone(),
            line_hashes: match output.format {
                Format::Sarif => line_hashes(outcome, cwd),
                _ => BTreeMap::new(),
            },
            omit_accepted: args.omit_accepted,
        };
        let bytes = report::render(output.format, outcome, &options);
        let written = match &output.file {
            None => streams::stdout(&bytes),
            Some(file) => streams::file(file, &bytes),
        };
        // The others may be all that anybody sees of this run.
        if let Err(error) = written
            && let Some(before) = failed.replace(error)
        {
            before.report();
        }
    }
    report_aside(args, outcome);
    failed.map_or(Ok(()), Err)
}

/// What people must see although no output for people goes to stdout: always what could not be
/// judged; the counts where everything goes to files.
fn report_aside(args: &Flags, outcome: &Outcome) {
    use Format::{Atlantis, Concise, Github, Terminal};
    let for_people = |format| matches!(format, Terminal | Concise | Github | Atlantis);
    if !args.output.iter().any(|output| output.file.is_none() && for_people(output.format)) {
        for failure in &outcome.failures {
            let rule = failure.rule.as_ref().map(|rule| format!("{rule}: ")).unwrap_or_default();
            let unit =
                if failure.rule.is_some() { format!("{}: ", failure.unit) } else { String::new() };
            match &failure.script {
                None => streams::note(&format!("error: {unit}{rule}{}", failure.message)),
                Some(script) => {
                    streams::note(&format!("error: {unit}{rule}{}", script.on));
                    let options = streams::options(std::io::stderr().is_terminal());
                    streams::stderr(&report::draw_script_error(&script.error, &options));
                }
            }
        }
    }
    if args.is_quiet() {
        return;
    }
    // The terminal report has blocks of its own for these.
    let is_said = |output: &Output| output.file.is_none() && output.format == Format::Terminal;
    let is_said = args.output.iter().any(is_said);
    report::approval(outcome).iter().filter(|_| !is_said).for_each(|line| streams::note(line));
    report_inputs(args, outcome);
    if !is_said {
        report::to_mend(outcome).iter().for_each(|line| streams::note(line));
    }
    if args.output.iter().all(|output| output.file.is_some()) {
        streams::note(&report::tally(outcome));
    }
}

/// What a green run could hide: a state with nothing in it, plans and source files that are not whole
/// (the terminal report says that itself).
fn report_inputs(args: &Flags, outcome: &Outcome) {
    let is_terminal = |output: &Output| output.format == Format::Terminal;
    let said = args.output.iter().any(is_terminal);
    for problem in outcome.unread.iter().filter(|_| !said) {
        let lost = "findings there have no lines, and comments there accept nothing";
        streams::note(&format!("source not read: {problem}; {lost}"));
    }
    for line in report::remarks(outcome).iter().filter(|_| !said) {
        streams::note(line);
    }
    for input in &outcome.inputs {
        if input.kind != "plan" && input.resources == 0 {
            let fix = "for a plan, run `terraform show -json tfplan`";
            streams::note(&format!("{}: a state without resources; {fix}", input.unit));
        }
    }
}

/// How long a run must last before it shows a progress bar.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);
