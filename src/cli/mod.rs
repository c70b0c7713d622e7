//! The command line: flags, streams, exit codes.

mod accept;
mod args;
mod check;
mod exit;
mod facts;
mod init;
mod progress;
mod source;
mod streams;
mod test;

use std::{io::IsTerminal, path::Path, process::ExitCode};

use clap::{CommandFactory, FromArgMatches};
use serde::Serialize;

use crate::{catalog, docs, engine, lint::RuleMeta};

use args::{Cli, Command, RulesFormat};
use streams::Failed;

/// Runs bricklint with the process's arguments.
pub fn main() -> ExitCode {
    engine::quiet_panics();
    streams::survive_limits();
    let parsed = command().try_get_matches().and_then(|it| Cli::from_arg_matches(&it));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout with code 0, usage errors to stderr with code 2; a closed pipe
            // is no reason to panic.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let result = engine::catch(|| run(&cli.command)).unwrap_or_else(|place| {
        Err(Failed::usage(format!(
            "a panic at {place}: this is a bug in bricklint; please report it"
        )))
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failed) => {
            failed.report();
            ExitCode::from(2)
        }
    }
}

/// The arguments. A `BRICKLINT_*` variable that is empty counts as not set, as CI systems write
/// what nobody gave; so does the variable of a flag that says no, which otherwise would conflict
/// with other flags as if it said yes.
fn command() -> clap::Command {
    let says_nothing = |arg: &clap::Arg| {
        let value = arg.get_env().and_then(std::env::var_os)?.to_str()?.to_lowercase();
        let is_flag = matches!(arg.get_action(), clap::ArgAction::SetTrue);
        let no = is_flag && ["0", "n", "no", "f", "false", "off"].contains(&value.as_str());
        Some(value.is_empty() || no)
    };
    ["check", "facts", "merge"].into_iter().fold(Cli::command(), |command, name| {
        command.mut_subcommand(name, |command| {
            command.mut_args(|arg| match says_nothing(&arg) {
                Some(true) => arg.env(None::<&str>),
                _ => arg,
            })
        })
    })
}

/// Names variables that look like settings and are none: misspelt, they would change nothing.
fn report_unknown_variables() {
    let mut names = vec![facts::KEY.to_owned()];
    for command in Cli::command().get_subcommands() {
        names.extend(
            command.get_arguments().filter_map(|arg| arg.get_env()?.to_str()).map(str::to_owned),
        );
    }
    let mut unknown: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("BRICKLINT_") && !names.contains(name))
        .collect();
    unknown.sort();
    for name in unknown {
        let close = catalog::close_to(&name, names.iter().map(String::as_str));
        let hint = close.map(|close| format!("; did you mean {close}?")).unwrap_or_default();
        streams::note(&format!("{name} is no setting and changes nothing{hint}"));
    }
}

fn run(command: &Command) -> Result<u8, Failed> {
    let is_quiet = match command {
        Command::Check(args) => args.flags.running.quiet,
        Command::Facts(args) => args.running.quiet,
        Command::Merge(args) => args.flags.running.quiet,
        _ => false,
    };
    if !is_quiet {
        report_unknown_variables();
    }
    match command {
        Command::Facts(args) => return facts::write(args),
        Command::Merge(args) => return facts::merge(args),
        Command::Check(args) => return check::run(args),
        Command::Explain { rule, rules } => explain(rule, rules)?,
        Command::Rules { format, rules } => list(*format, rules)?,
        Command::Test(args) => return test::run(args),
        Command::Init { what: args::Init::Policy { name, dir } } => {
            init::policy(name, dir.as_deref())?;
        }
        Command::Man { dir } => man(dir.as_deref())?,
        Command::Completions { shell } => {
            // Into memory first: the generator panics on a closed pipe.
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "bricklint", &mut script);
            streams::stdout(&script)?;
        }
    }
    Ok(0)
}

/// The page of the command itself to stdout, or one for each command to a directory.
fn man(dir: Option<&Path>) -> Result<(), Failed> {
    let Some(dir) = dir else {
        let mut page = Vec::new();
        let written = clap_mangen::Man::new(Cli::command()).render(&mut page);
        written.map_err(|error| Failed::usage(format!("the man page: {error}")))?;
        return streams::stdout(&page);
    };
    clap_mangen::generate_to(Cli::command(), dir)
        .map_err(|error| Failed::usage(format!("{}: not written: {error}", dir.display())))
}

/// The rules that `check` would know here: the shipped ones, those of the directories, and those
/// that the nearest configuration names.
fn load(dirs: &[std::path::PathBuf]) -> Result<catalog::Catalog, Failed> {
    let cwd = check::working_directory()?;
    let configured = check::nearest_config(&cwd)?.rules_dir;
    check::catalog(dirs, &configured, false)
}

fn explain(id: &str, dirs: &[std::path::PathBuf]) -> Result<(), Failed> {
    let catalog = load(dirs)?;
    let Some(rule) = catalog.iter().find(|rule| rule.meta().id == id) else {
        let close = catalog::close_to(id, catalog.iter().map(|rule| rule.meta().id.as_ref()));
        let hint = close.map(|id| format!("did you mean `{id}`? ")).unwrap_or_default();
        return Err(Failed::usage(format!(
            "no rule is called `{id}`; {hint}`bricklint rules` lists them"
        )));
    };
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let width = progress::width(color);
    streams::stdout(docs::explain(rule.meta(), None, color, width).as_bytes())
}

/// A rule in `rules --format json`.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    family: &'a str,
    severity: &'static str,
    category: &'static str,
    profile: &'static str,
    confidence: &'static str,
    summary: &'a str,
    docs: String,
}

impl<'a> Row<'a> {
    fn of(meta: &'a RuleMeta) -> Row<'a> {
        Row {
            id: &meta.id,
            family: meta.family(),
            severity: meta.severity.as_str(),
            category: meta.category.as_str(),
            profile: meta.profile.as_str(),
            confidence: meta.confidence.as_str(),
            summary: &meta.summary,
            docs: meta.docs_url(),
        }
    }
}

fn list(format: RulesFormat, dirs: &[std::path::PathBuf]) -> Result<(), Failed> {
    let catalog = load(dirs)?;
    let rows: Vec<Row<'_>> = catalog.iter().map(|rule| Row::of(rule.meta())).collect();
    let text = match format {
        RulesFormat::Json => {
            let json = serde_json::to_string_pretty(&rows)
                .map_err(|error| Failed::usage(error.to_string()))?;
            format!("{json}\n")
        }
        RulesFormat::Text => {
            let wide = rows.iter().map(|row| row.id.len()).max().unwrap_or_default();
            let line = |row: &Row<'_>| {
                format!(
                    "{:wide$}  {:7}  {:13}  {:7}  {}\n",
                    row.id, row.severity, row.category, row.profile, row.summary
                )
            };
            rows.iter().map(line).collect()
        }
    };
    streams::stdout(text.as_bytes())
}
