//! What is accepted: reads waivers and the baseline, holds them against the findings, and writes the
//! baseline.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rayon::prelude::*;

use crate::{
    config::Config,
    lint::{Change, Outcome, Verdict},
    redact::{Redactor, Secrets},
    source::{Origin, shown_from},
    triage::{self, Baseline, Comments, Entries, Waiver},
};

use super::{
    args::Flags,
    streams::{self, Failed},
};

/// What the settings say about accepted findings.
pub(super) struct Accepting {
    waivers: Vec<Waiver>,
    /// The baseline's path, and what it holds; nothing where it is to be written first.
    baseline: Option<(PathBuf, Baseline)>,
    today: Date,
}

/// Reads waivers and the baseline.
pub(super) fn read(args: &Flags, config: &Config, cwd: &Path) -> Result<Accepting, Failed> {
    let path = config.path.as_deref().map(|path| shown_from(cwd, path)).unwrap_or_default();
    let waivers = config.waivers.iter().map(|it| Waiver::new(config, &path, it));
    let waivers = waivers.collect::<Result<_, _>>()?;
    let file = args.baseline.as_ref().or(config.baseline.as_ref());
    let baseline = match file {
        Some(file) => Some((file.clone(), load(file, args, config, cwd)?)),
        None => None,
    };
    if args.write_baseline && baseline.is_none() {
        return Err(Failed::usage(
            "--write-baseline needs to know where: give `--baseline FILE` too, or write \
             `baseline = \"FILE\"` into bricklint.toml",
        ));
    }
    // The day of the run is the same wherever it runs; a clock beyond the year 9999 stands at its end.
    let now = || Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX);
    let today = || now().to_zoned(TimeZone::UTC).date();
    Ok(Accepting { waivers, baseline, today: args.today.unwrap_or_else(today) })
}

/// The baseline in a file, which only `--write-baseline` does without.
fn load(file: &Path, args: &Flags, config: &Config, cwd: &Path) -> Result<Baseline, Failed> {
    let path = shown_from(cwd, file);
    let text = match std::fs::read(file) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| {
            Failed::usage(format!("{path}: no text, so no baseline: name another file"))
        })?,
        Err(error) if error.kind() == ErrorKind::NotFound && args.write_baseline => {
            return Ok(Baseline::of(&path, []));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message =
                format!("{path}: there is no such baseline; write it with `--write-baseline`");
            if args.baseline.is_some() {
                return Err(Failed::usage(message));
            }
            let word = file.display().to_string();
            return Err(config.error_at_word("baseline", &word, message).into());
        }
        Err(error) => return Err(Failed::usage(format!("{path}: could not be read: {error}"))),
    };
    Baseline::parse(&path, &text).map_err(|error| Failed::usage(error.to_string()))
}

/// What the run knows besides what it found.
pub(super) struct Known<'a> {
    /// The source of each unit.
    pub(super) origins: &'a BTreeMap<String, Arc<Origin>>,
    /// Masked strings of all plans.
    pub(super) secrets: &'a Secrets,
    /// What is wrong with the id of a rule.
    pub(super) complaint: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

/// Sets the accepted findings apart, and writes the baseline where that is asked for.
pub(super) fn apply(
    outcome: Outcome,
    accepting: Accepting,
    known: &Known<'_>,
    args: &Flags,
) -> Result<Outcome, Failed> {
    let mut outcome = sort_out(outcome, accepting, known, args)?;
    without_secrets(&mut outcome, known.secrets);
    Ok(outcome)
}

fn sort_out(
    outcome: Outcome,
    accepting: Accepting,
    known: &Known<'_>,
    args: &Flags,
) -> Result<Outcome, Failed> {
    let trees: Vec<_> = known
        .origins
        .par_iter()
        .filter_map(|(unit, origin)| Some((unit.as_str(), &**origin.tree()?)))
        .collect();
    let (file, baseline) = accepting.baseline.unzip();
    let mut entries = Entries {
        comments: Comments::read(trees),
        waivers: accepting.waivers,
        baseline,
        today: accepting.today,
        complaint: known.complaint,
    };
    let Some(file) = file.filter(|_| args.write_baseline) else {
        return Ok(triage::triage(outcome, &entries));
    };
    let triaged = triage::triage(outcome.clone(), &entries);
    if !outcome.failures.is_empty() && !args.write_anyway {
        not_written(&file, &outcome);
        return Ok(triaged);
    }
    let old = entries.baseline.take().unwrap_or_default();
    let new = triage::baseline(&triaged, &old);
    streams::file(&file, new.render().as_bytes())?;
    if !args.running.quiet {
        written(&old, &new, &triaged);
    }
    entries.baseline = Some(new);
    Ok(triage::triage(outcome, &entries))
}

/// Comments are source, and source may hold what a plan masks.
fn without_secrets(outcome: &mut Outcome, secrets: &Secrets) {
    let accepted = outcome.accepted.iter_mut().filter_map(|it| it.reason.as_mut());
    let unused = outcome.unused.iter_mut().flat_map(|it| [&mut it.rule, &mut it.why]);
    let texts: Vec<&mut String> = accepted.chain(unused).collect();
    if texts.is_empty() {
        return;
    }
    let redactor = Redactor::for_source(secrets).unwrap_or_else(|_| Redactor::everything());
    for text in texts {
        *text = redactor.redact(text).into_owned();
    }
}

/// Says why nothing was written; always, because it was asked for.
fn not_written(file: &Path, outcome: &Outcome) {
    let n = outcome.failures.len();
    let things = if n == 1 { "one thing" } else { "some things" };
    streams::note(&format!(
        "error: {} was not written, because {things} could not be judged: mend that, or write what \
         is known with `--write-anyway`",
        file.display()
    ));
}

/// Says what a baseline holds now, and which findings it does not take.
fn written(old: &Baseline, new: &Baseline, outcome: &Outcome) {
    let prints = |it: &Baseline| -> BTreeSet<String> {
        it.entries.iter().map(|entry| entry.fingerprint.clone()).collect()
    };
    let (before, now) = (prints(old), prints(new));
    let moved = outcome.accepted.iter().filter(|it| it.moved_from.is_some()).count();
    let added = now.difference(&before).count().saturating_sub(moved);
    let gone = before.difference(&now).count().saturating_sub(moved);
    let n = new.entries.len();
    let entries = if n == 1 { "entry" } else { "entries" };
    let path = &new.path;
    let moved = if moved > 0 { format!(", {moved} moved") } else { String::new() };
    streams::note(&format!("wrote {path}: {n} {entries}, {added} new{moved}, {gone} dropped"));
    let counts =
        |it: &&crate::lint::Finding| it.verdict == Verdict::Definite && it.change != Change::Fixed;
    let left = outcome.findings.iter().filter(counts);
    let left = left.filter(|it| !triage::belongs(it, outcome)).count();
    if left > 0 {
        let are = if left == 1 { "finding is" } else { "findings are" };
        streams::note(&format!(
            "{left} {are} about what this plan does, or met: a baseline would accept that the next \
             time too, so accept it with a waiver"
        ));
    }
}
