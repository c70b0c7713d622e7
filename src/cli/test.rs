//! `bricklint test`: runs the tests of scripts.

use std::{
    env,
    io::IsTerminal,
    path::{Path, PathBuf},
};

use crate::{
    config::{self, Config},
    lint::{ScriptError, Suite},
    report, script,
};

use super::{
    args::Test,
    streams::{self, Failed},
};

/// Runs the command: 0 where all passed, 1 where a test failed, 2 where some could not be run.
pub(super) fn run(args: &Test) -> Result<u8, Failed> {
    let (mut suites, mut broken) = (Vec::new(), Vec::new());
    for dir in directories(args)? {
        for file in script::files(&dir)? {
            match suite(&file, &dir) {
                Ok(suite) => suites.push(suite),
                Err(error) => broken.push(error),
            }
        }
    }
    if let Some(file) = &args.junit {
        let xml = report::junit(&suites, &broken).map_err(Failed::usage)?;
        streams::file(file, xml.as_bytes())?;
    }
    let options = streams::options(std::io::stdout().is_terminal());
    streams::stdout(report::tests(&suites, &options).as_bytes())?;
    let failed = suites.iter().any(|suite| !suite.passed());
    let is_broken = !broken.is_empty();
    broken.into_iter().map(Failed::from).for_each(|error| error.report());
    Ok(match (is_broken, failed) {
        (true, _) => 2,
        (_, true) => 1,
        _ => 0,
    })
}

fn suite(file: &Path, dir: &Path) -> Result<Suite, ScriptError> {
    script::testing::run(&script::read(file)?, &dir.join("tests"))
}

/// The directory given, else those of the configuration, else the working directory.
fn directories(args: &Test) -> Result<Vec<PathBuf>, Failed> {
    if let Some(dir) = &args.dir {
        return Ok(vec![dir.clone()]);
    }
    let configured = settings()?.rules_dir;
    Ok(if configured.is_empty() { vec![PathBuf::from(".")] } else { configured })
}

/// The nearest `bricklint.toml`; paths in it as short as they can be shown.
pub(super) fn settings() -> Result<Config, Failed> {
    let cwd = env::current_dir()
        .map_err(|error| Failed::usage(format!("the working directory is gone: {error}")))?;
    let Some(path) = config::find(&cwd) else { return Ok(Config::default()) };
    let mut config = Config::load(&path)?;
    for dir in &mut config.rules_dir {
        if let Ok(short) = dir.strip_prefix(&cwd) {
            *dir = short.to_owned();
        }
    }
    Ok(config)
}
