//! `bricklint facts`: judge each plan by itself, and write what is left of it. `bricklint merge`: join
//! such files and go on as `check` does.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    sync::Arc,
};

use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};
use rayon::prelude::*;

use crate::{
    engine::{self, Making, Part},
    input::{self, Source},
    lint::{Failure, FailureKind, SourceProblem},
    record::{self, End, Header, Refusal},
    seal::{COVER, Key},
    source::{Origin, Search},
};

use super::{
    args::{Facts, Merge},
    check::{self, Clock, Run, Seen},
    progress, source,
    streams::{self, Failed},
};

/// The variable that holds the key. There is no flag: whoever may list processes sees flags.
pub(super) const KEY: &str = "BRICKLINT_FACTS_KEY";

/// Shorter keys could be guessed.
const MIN_KEY: usize = 16;

/// What files that are packed start with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Writes a file of facts; 2 where something could not be judged, which the file tells too.
pub(super) fn write(args: &Facts) -> Result<u8, Failed> {
    let clock = Clock::new(args.running.timings);
    let key = key()?;
    let cwd = check::working_directory()?;
    let config = check::load_config(&args.rules, &cwd)?;
    check::directories(&args.rules, &args.places, &config, &cwd)?;
    let (jobs, _) = check::select(&args.rules, &config, args.running.quiet)?;
    check::say_settings(&args.running, args.running.quiet, &config, &jobs);
    let options = check::inputs(&args.places, &config, &cwd, args.state);
    let search = source::search(&args.places, &config, &options)?;
    let pool = check::pool(&args.running)?;
    let found = input::find(&args.paths, &options);
    clock.say("found the inputs");
    let bar = progress::Bar::new(found.sources.len(), args.running.quiet);
    let says = args.running.verbose && !args.running.quiet;
    check::say_skipped(&found, says);
    let lines = pool.install(|| {
        let load = |source: &Source| check::load(source, says, search.as_ref());
        let keep = |part: Part| {
            bar.tick();
            Line::of(part)
        };
        let making = Making { excerpts: true, seal: Some(&key) };
        engine::take(&found.sources, load, &jobs, making, keep)
    });
    bar.finish();
    clock.say("judged");
    let failures: Vec<Failure> = found.problems.into_iter().map(check::failure).collect();
    let header = Header::new(&jobs, &key, search.is_some());
    let sheet = Sheet { header, lines, failures, skipped: found.skipped.len() };
    let code = sheet.write(args, &key)?;
    clock.say("written");
    Ok(code)
}

/// What is written of one source.
struct Line {
    text: serde_json::Result<Vec<u8>>,
    plans: usize,
    failures: Vec<Failure>,
    unread: Vec<SourceProblem>,
    has_secrets: bool,
}

impl Line {
    fn of(mut part: Part) -> Line {
        let text = record::part_line(&part);
        let has_covers = |text: &Vec<u8>| String::from_utf8_lossy(text).contains(COVER);
        Line {
            has_secrets: part.has_seals() || text.as_ref().is_ok_and(has_covers),
            text,
            plans: part.inputs.len(),
            unread: engine::unread(&part.origins),
            failures: part.failures,
        }
    }
}

/// A file that is about to be written.
struct Sheet {
    header: Header,
    lines: Vec<Line>,
    failures: Vec<Failure>,
    skipped: usize,
}

impl Sheet {
    fn write(self, args: &Facts, key: &Key) -> Result<u8, Failed> {
        let broken = |error: serde_json::Error| {
            Failed::usage(format!("this is a bug in bricklint, please report it: {error}"))
        };
        let mut bytes = record::first_line(&self.header).map_err(broken)?;
        let mut failures = self.failures.clone();
        let mut end = End {
            sources: self.lines.len(),
            failures: self.failures,
            skipped: self.skipped,
            unread: BTreeSet::new(),
        };
        let (mut plans, mut has_secrets) = (0, false);
        for line in self.lines {
            bytes.extend(line.text.map_err(broken)?);
            end.unread.extend(line.unread);
            failures.extend(line.failures);
            plans += line.plans;
            has_secrets |= line.has_secrets;
        }
        bytes.extend(record::last_line(end).map_err(broken)?);
        streams::file(&args.out, &packed(&args.out, bytes)?)?;
        for failure in &failures {
            let rule = failure.rule.as_ref().map(|rule| format!("{}: {rule}: ", failure.unit));
            streams::note(&format!("error: {}{}", rule.unwrap_or_default(), failure.message));
        }
        if !args.running.quiet {
            say_what(&args.out, plans, has_secrets && key.is_public());
        }
        Ok(if failures.is_empty() { 0 } else { 2 })
    }
}

fn say_what(out: &Path, plans: usize, is_open_to_guesses: bool) {
    let plural = if plans == 1 { "" } else { "s" };
    streams::note(&format!("wrote {}: facts of {plans} plan{plural}", out.display()));
    if is_open_to_guesses {
        streams::note(&format!(
            "masked values are hashed with the key that everybody has: whoever reads the file can try \
             guesses; set {KEY}, see docs/scale.md"
        ));
    }
}

/// The bytes as a file of that name has them.
fn packed(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Failed> {
    if path.extension().is_none_or(|end| end != "gz") {
        return Ok(bytes);
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    let packed = packer.write_all(&bytes).and_then(|()| packer.finish());
    packed.map_err(|error| Failed::usage(format!("{}: not packed: {error}", path.display())))
}

/// The key of the environment, else the one that everybody has.
fn key() -> Result<Key, Failed> {
    let Some(value) = env::var_os(KEY).filter(|value| !value.is_empty()) else {
        return Ok(Key::public());
    };
    match value.to_str().map(str::trim).filter(|key| key.chars().count() >= MIN_KEY) {
        Some(key) => Ok(Key::of(key)),
        None => Err(Failed::usage(format!(
            "{KEY}: a key has {MIN_KEY} characters or more, of UTF-8; make one with `openssl rand -hex 32`"
        ))),
    }
}

/// Joins files of facts, and goes on as `check` does.
pub(super) fn merge(args: &Merge) -> Result<u8, Failed> {
    check::answer(&args.flags, join(args))
}

fn join(args: &Merge) -> Result<u8, Failed> {
    let key = key()?;
    let run = check::prepare(&args.flags, false)?;
    let header = Header::new(&run.settings.jobs, &key, run.search.is_some());
    let read = |path: &std::path::PathBuf| read(path, &header, &key);
    let files: Vec<record::Facts> =
        run.pool.install(|| args.files.par_iter().map(read).collect::<Result<_, _>>())?;
    one_unit_each(args, &files)?;
    run.clock.say("read the facts");
    let seen = run.pool.install(|| judge(files, &run, &key));
    run.clock.say("judged");
    check::conclude(&args.flags, run, seen)
}

fn read(path: &Path, header: &Header, key: &Key) -> Result<record::Facts, Failed> {
    let shown = path.display();
    if path.is_dir() {
        return Err(Failed::usage(format!("{shown}: {}", Refusal::Directory)));
    }
    let file = File::open(path).map_err(Refusal::Unreadable).and_then(|file| {
        let mut file = BufReader::new(file);
        let is_packed = file.fill_buf().map_err(Refusal::Unreadable)?.starts_with(&GZIP);
        let text: Box<dyn Read> =
            if is_packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        record::read(BufReader::new(text), header, key)
    });
    file.map_err(|refusal| Failed::usage(format!("{shown}: {refusal}")))
}

/// Two plans of one name would be one in every output.
fn one_unit_each(args: &Merge, files: &[record::Facts]) -> Result<(), Failed> {
    let mut seen: BTreeMap<&str, (&Path, &str)> = BTreeMap::new();
    for (file, facts) in args.files.iter().zip(files) {
        for input in facts.parts.iter().flat_map(|part| &part.inputs) {
            let here = (file.as_path(), input.path.as_str());
            if let Some((other, path)) = seen.insert(&input.unit, here) {
                return Err(Failed::usage(format!(
                    "{} ({}) and {} ({}) both hold the unit `{}`: give each plan to one `bricklint \
                     facts` only, all with the same --unit-root",
                    other.display(),
                    path,
                    file.display(),
                    input.path,
                    input.unit
                )));
            }
        }
    }
    Ok(())
}

fn judge(files: Vec<record::Facts>, run: &Run, key: &Key) -> Seen {
    let mut parts: Vec<Part> = Vec::new();
    let mut end = End::default();
    for file in files {
        parts.extend(file.parts);
        end.failures.extend(file.end.failures);
        end.skipped += file.end.skipped;
        end.unread.extend(file.end.unread);
    }
    // As `check` reads them, whatever file they came in.
    parts.sort_by(|a, b| first_unit(a).cmp(&first_unit(b)));
    engine::recognise(&mut parts, key);
    for part in &mut parts {
        end.failures.extend(follow(part, run.search.as_ref()));
    }
    let judged = engine::join(parts, &run.settings.jobs);
    Seen { judged, failures: end.failures, skipped: end.skipped, unread: end.unread }
}

fn first_unit(part: &Part) -> Option<(&str, &str)> {
    part.inputs.first().map(|input| (input.unit.as_str(), input.path.as_str()))
}

/// Finds the source of the plans of a part; what is not here and was where they were read.
fn follow(part: &mut Part, search: Option<&Search>) -> Vec<Failure> {
    let mut clues = std::mem::take(&mut part.clues);
    let mut lost = Vec::new();
    for input in &part.inputs {
        let found = search.zip(clues.remove(&input.unit));
        let was_found = found.as_ref().is_some_and(|(_, clue)| clue.was_found);
        let origin = found.map_or_else(Origin::none, |(search, clue)| search.follow(clue));
        if was_found && !origin.is_found() {
            lost.push(Failure {
                unit: input.unit.clone(),
                rule: None,
                kind: FailureKind::Input,
                message: format!(
                    "{}: its source was there when `bricklint facts` ran and is not here, so comments \
                     in it accept nothing: run `bricklint merge` in the same directory of a checkout \
                     of the same commit",
                    input.path
                ),
                script: None,
            });
        }
        part.origins.insert(input.unit.clone(), Arc::new(origin));
    }
    lost
}
