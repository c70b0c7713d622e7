//! Where the run looks for source, and what it takes from there.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
};

use crate::{
    config::Config,
    engine::{self, Origins},
    input,
    lint::Outcome,
    plan::Plan,
    redact::Secrets,
    source::{Origin, Search},
};

use super::{
    args::{Flags, Places},
    streams::{self, Failed},
};

/// The word for reading no source at all.
const NONE: &str = "none";

/// The run's search for source; none where source is not wanted.
pub(super) fn search(
    places: &Places,
    config: &Config,
    input: &input::Options,
) -> Result<Option<Search>, Failed> {
    let root = match source_root(places, config, &input.cwd)? {
        Some(root) if root.as_os_str() == NONE => return Ok(None),
        root => root,
    };
    let unit_root = input::unit_root(input);
    let data_dir = env::var_os("TF_DATA_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    Ok(Some(Search::new(&input.cwd, unit_root.as_deref(), root.as_deref(), data_dir.as_deref())))
}

/// The source of a plan.
pub(super) fn origin(search: Option<&Search>, plan: &Plan) -> Origin {
    search.map_or_else(Origin::none, |search| search.origin(plan))
}

/// Gives the findings that are shown their lines, and a picture of them where somebody looks at it.
pub(super) fn attach(
    args: &Flags,
    search: Option<&Search>,
    outcome: &mut Outcome,
    origins: &Origins,
    secrets: &Secrets,
) {
    let accepted = outcome.accepted.iter_mut().map(|it| &mut it.finding);
    engine::locate(outcome.findings.iter_mut().chain(accepted).collect(), origins);
    if args.shows_source() {
        engine::draw(&mut outcome.findings, origins, secrets);
    }
    engine::compare(&mut outcome.inputs, origins);
    outcome.unread = engine::unread(origins);
    if search.is_some_and(Search::has_root) && !args.is_quiet() {
        say_what_has_none(outcome, origins);
    }
}

/// A directory that was named and holds nothing of a plan is a mistake worth a word.
fn say_what_has_none(outcome: &Outcome, origins: &Origins) {
    let mut units: BTreeSet<&str> = outcome.findings.iter().map(|it| &*it.place.unit).collect();
    units.retain(|unit| origins.get(*unit).is_some_and(|origin| origin.tree().is_none()));
    if let Some(first) = units.first() {
        let others = match units.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        streams::note(&format!(
            "the source root holds no source of {first}{others}: their findings have no lines; it is \
             looked for in live/<unit>, <unit> and the directory itself"
        ));
    }
}

/// The directory that is to be taken, `none`, or nothing where the user does not say.
fn source_root(places: &Places, config: &Config, cwd: &Path) -> Result<Option<PathBuf>, Failed> {
    let problem = |dir: &Path| {
        let dir = dir.display();
        format!(
            "source-root: {dir} is no directory; name the one that the .tf files are in, or `{NONE}`"
        )
    };
    if let Some(dir) = &places.source_root {
        let fits = dir.as_os_str() == NONE || cwd.join(dir).is_dir();
        return if fits {
            Ok(Some(dir.clone()))
        } else {
            Err(Failed::usage(format!("--{}", problem(dir))))
        };
    }
    let Some(word) = &config.source_root else { return Ok(None) };
    if word == NONE {
        return Ok(Some(word.into()));
    }
    let dir = config.resolve(word);
    if cwd.join(&dir).is_dir() {
        return Ok(Some(dir));
    }
    Err(config.error_at_word("source-root", word, problem(&dir)).into())
}
