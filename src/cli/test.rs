//! `bricklint test`: runs the tests of scripts, and says what is not tested.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use crate::{config::Config, lint::Tested, report, script};

use super::{
    args::Test,
    check,
    streams::{self, Failed},
};

/// Runs the command: 0 where all passed, 1 where a test failed, 2 where some could not be run.
pub(super) fn run(args: &Test) -> Result<u8, Failed> {
    let mut ran = Tested::default();
    for place in places(args)? {
        test(&place, &mut ran)?;
    }
    if let Some(file) = &args.junit {
        let xml = report::junit(&ran);
        streams::file(file, xml.as_bytes())?;
    }
    let options = streams::options(std::io::stdout().is_terminal());
    streams::stdout(report::tests(&ran, &options).as_bytes())?;
    if !ran.broken.is_empty() {
        return Ok(2);
    }
    if ran.suites.iter().all(|suite| suite.cases.is_empty() && suite.mistakes.is_empty()) {
        return Err(Failed::usage(
            "nothing was tested: a script has tests in functions whose name starts with `test_`, \
             and in plans under tests/RULE/ beside it",
        ));
    }
    Ok(u8::from(ran.suites.iter().any(|suite| !suite.passed())))
}

/// A directory of scripts, or one of them.
fn test(place: &Path, ran: &mut Tested) -> Result<(), Failed> {
    let is_file = place.is_file();
    let dir = if is_file { place.parent().unwrap_or(Path::new("")) } else { place };
    let plans = dir.join("tests");
    let files = if is_file { vec![place.to_owned()] } else { script::files(dir)? };
    let (from, are_all_read) = (ran.suites.len(), ran.broken.len());
    for file in files {
        let suite = script::read(&file).and_then(|rule| script::testing::run(&rule, &plans));
        match suite {
            Ok(suite) => ran.suites.push(suite),
            Err(error) => ran.broken.push(error),
        }
    }
    // Whose plans the others are is known where every script could be read.
    if !is_file && are_all_read == ran.broken.len() {
        let ids: Vec<&str> = ran.suites[from..].iter().map(|suite| suite.id.as_str()).collect();
        ran.broken.extend(script::testing::strays(&plans, &ids)?);
    }
    Ok(())
}

/// The directory or script given, else the directories of the configuration, else the working
/// directory.
fn places(args: &Test) -> Result<Vec<PathBuf>, Failed> {
    if let Some(place) = &args.place {
        return Ok(vec![place.clone()]);
    }
    let configured = settings()?.rules_dir;
    Ok(if configured.is_empty() { vec![PathBuf::from(".")] } else { configured })
}

/// The nearest `bricklint.toml`.
pub(super) fn settings() -> Result<Config, Failed> {
    check::nearest_config(&check::working_directory()?)
}
