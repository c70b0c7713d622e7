//! What can be typed. Parsing never does anything.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use jiff::civil::Date;

use crate::{catalog::ProfileName, config, lint::Severity, report::Format};

/// Lints Terraform plans for Databricks on AWS.
#[derive(Debug, Parser)]
#[command(name = "bricklint", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Shown by every `--help`.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  nothing at or above --fail-on
  1  definite findings at or above --fail-on, unless accepted (comment, waiver, baseline)
  2  something could not be judged: bad usage, unreadable or invalid input, no plan found, a rule that failed
  3  nothing blocking, but the plan destroys or replaces what needs an approval (only with --approval)";

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge plans: the main job
    #[command(after_help = EXIT_CODES)]
    Check(Box<Check>),
    /// Write what is left of plans once their rules are done, for `merge` on another machine
    #[command(long_about = FACTS_ABOUT, after_help = FACTS_CODES)]
    Facts(Box<Facts>),
    /// Judge plans by the files that `facts` wrote of them, as one `check` of all would
    #[command(long_about = MERGE_ABOUT, after_help = EXIT_CODES)]
    Merge(Box<Merge>),
    /// Explain a rule: what it finds, why it matters, how to fix it
    Explain {
        /// Id of the rule
        rule: String,
        /// Directory with your own rules (*.rhai); repeatable
        #[arg(long, value_name = "DIR", env = "BRICKLINT_RULES", value_delimiter = ',')]
        rules: Vec<PathBuf>,
    },
    /// List the rules
    Rules {
        /// How to print them
        #[arg(long, value_enum, default_value_t = RulesFormat::Text)]
        format: RulesFormat,
        /// Directory with your own rules (*.rhai); repeatable
        #[arg(long, value_name = "DIR", env = "BRICKLINT_RULES", value_delimiter = ',')]
        rules: Vec<PathBuf>,
    },
    /// Run the tests of your own rules
    #[command(long_about = TEST_ABOUT, after_help = TEST_CODES)]
    Test(Test),
    /// Start something: a rule of your own, with tests and documentation
    Init {
        /// What to start
        #[command(subcommand)]
        what: Init,
    },
    /// Print the man page, or write those of all commands
    Man {
        /// Directory to write all pages to
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

const FACTS_ABOUT: &str = "\
Write what is left of plans once their rules are done, for `merge` on another machine.

Every rule that judges one plan runs here; of what plans know of one another the file holds rows. `merge` \
joins such files and reports what one `check` of all plans would. No secret is in the file: keyed \
hashes stand for masked values, but for names and ids inside of ARNs and policies. The key is BRICKLINT_FACTS_KEY, 16 characters or more, the same for \
every file and for `merge`; without it everybody has the key, and can try guesses.";

/// Shown by `facts --help`.
const FACTS_CODES: &str = "\
Exit codes:
  0  written
  2  not written: bad usage; or written, and something could not be judged, as `merge` will say too";

const MERGE_ABOUT: &str = "\
Judge plans by the files that `facts` wrote of them, as one `check` of all would.

Settings have to be those of `facts`: bricklint.toml, flags, BRICKLINT_FACTS_KEY. Run it where `facts` ran, \
or in a checkout of the same commit: lines of findings, comments that accept them, waivers and the \
baseline are read here. A unit may be in one file only.";

/// How `rules` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RulesFormat {
    /// One line each
    Text,
    /// An array of objects
    Json,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub(super) struct Test {
    /// Directory with rules (*.rhai), or one of them [default: the directories of rules-dir in
    /// bricklint.toml, else the working directory]
    #[arg(value_name = "DIR|FILE")]
    pub(super) place: Option<PathBuf>,

    /// Write the results as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
}

const TEST_ABOUT: &str = "\
Run the tests of your own rules.

A test is a function in the script whose name starts with `test_`, or a plan: DIR/tests/RULE/bad.json \
must have a definite finding, good.json none at all, unknown.json a possible and no definite one. \
A name may go on (bad-zero.json), and the plan may be a directory's (bad/plan.json). What differs is \
shown, as are branches that no test took, and scripts that nothing tests. What a script cannot mean \
fails: a misspelt attribute or type, wherever it stands.";

/// Shown by `test --help`.
const TEST_CODES: &str = "\
Exit codes:
  0  every test passed
  1  a test failed, or a script holds a mistake
  2  something could not be run: bad usage, no scripts, no tests at all, a script that does not
  load, plans that belong to no rule";

/// What `init` starts.
#[derive(Debug, Subcommand)]
pub(super) enum Init {
    /// A rule of your own: a script with documentation, a parameter and tests that pass
    #[command(after_help = INIT_CODES)]
    Policy {
        /// The rule's id, in kebab case, with your own word in front: acme-cluster-size
        name: String,
        /// Where to put it [default: the first rules-dir of bricklint.toml, else policies]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// Shown by `init policy --help`.
const INIT_CODES: &str = "\
Exit codes:
  0  written
  2  not written: bad usage, or a file of that name is there";

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Plan files, globs, directories (searched for plans), or `-` for stdin
    #[arg(value_name = "PATH|GLOB|DIR|-", default_value = ".")]
    pub(super) paths: Vec<OsString>,

    /// Take terraform.tfstate files in directories too
    #[arg(long, env = "BRICKLINT_STATE", value_parser = on())]
    pub(super) state: bool,

    /// What is reported, and how.
    #[command(flatten)]
    pub(super) flags: Flags,
}

/// Arguments of `facts`.
#[derive(Debug, Args)]
pub(super) struct Facts {
    /// Plan files, globs, directories (searched for plans), or `-` for stdin
    #[arg(value_name = "PATH|GLOB|DIR|-", default_value = ".")]
    pub(super) paths: Vec<OsString>,

    /// File to write to; packed where its name ends in .gz
    #[arg(long, value_name = "FILE", env = "BRICKLINT_OUT")]
    pub(super) out: PathBuf,

    /// Which rules run.
    #[command(flatten)]
    pub(super) rules: Rules,

    /// Where things are.
    #[command(flatten)]
    pub(super) places: Places,

    /// Take terraform.tfstate files in directories too
    #[arg(long, env = "BRICKLINT_STATE", value_parser = on())]
    pub(super) state: bool,

    /// How it runs.
    #[command(flatten)]
    pub(super) running: Running,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Files that `bricklint facts` wrote
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// What is reported, and how.
    #[command(flatten)]
    pub(super) flags: Flags,
}

/// What `check` and `merge` are told of what to report, and how.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// Output format (terminal, concise, json, sarif, github, gitlab, junit, markdown, atlantis), and a
    /// file to write it to; repeatable. Without a file: stdout
    #[arg(short, long, value_name = "FORMAT[=FILE]", env = "BRICKLINT_OUTPUT", value_delimiter = ',', default_value = "terminal", value_parser = output)]
    pub(super) output: Vec<Output>,

    /// Which rules run.
    #[command(flatten)]
    pub(super) rules: Rules,

    /// Lowest severity of a definite finding that makes exit code 1 [default: error]
    #[arg(long, value_enum, value_name = "LEVEL", env = "BRICKLINT_FAIL_ON")]
    pub(super) fail_on: Option<FailOn>,

    /// Show findings that hang on values known only after the apply
    #[arg(long, env = "BRICKLINT_POSSIBLE", value_parser = on())]
    pub(super) possible: bool,

    /// Which findings to show and count, by what this change does to them [default: introduced,standing]
    #[arg(long, value_enum, value_name = "CLASS", env = "BRICKLINT_SHOW", value_delimiter = ',')]
    pub(super) show: Option<Vec<Show>>,

    /// File of findings that are accepted as they are, see --write-baseline [default: `baseline` of
    /// bricklint.toml]
    #[arg(long, value_name = "FILE", env = "BRICKLINT_BASELINE")]
    pub(super) baseline: Option<PathBuf>,

    /// Write the definite findings of this run to the file of --baseline, but for what the plan itself
    /// does or met (chg, drift). Entries that match nothing are dropped, those of plans and rules that are
    /// not part of the run are kept
    #[arg(long, env = "BRICKLINT_WRITE_BASELINE", value_parser = on())]
    pub(super) write_baseline: bool,

    /// Write the baseline although something could not be judged
    #[arg(long, env = "BRICKLINT_WRITE_ANYWAY", requires = "write_baseline", value_parser = on())]
    pub(super) write_anyway: bool,

    /// Day on which waivers have to be valid [default: today, in UTC]
    #[arg(long, value_name = "DATE", env = "BRICKLINT_TODAY", value_parser = day)]
    pub(super) today: Option<Date>,

    /// Leave accepted findings out of SARIF, where they are marked as suppressed: GitHub code scanning
    /// opens alerts for them all the same
    #[arg(long, env = "BRICKLINT_OMIT_ACCEPTED", value_parser = on())]
    pub(super) omit_accepted: bool,

    /// Where things are.
    #[command(flatten)]
    pub(super) places: Places,

    /// Exit with 3 where nothing blocks but the plan destroys data or replaces a workspace. What goes,
    /// what hangs on it and who should look (`[reviewers]` of bricklint.toml) stands in terminal, JSON
    /// and Markdown
    #[arg(long, env = "BRICKLINT_APPROVAL", value_parser = on())]
    pub(super) approval: bool,

    /// Tells several runs on one commit apart: category of the SARIF upload, mark of the Markdown
    /// comment
    #[arg(long, value_name = "NAME", env = "BRICKLINT_CATEGORY", default_value = "", hide_default_value = true, value_parser = category)]
    pub(super) category: String,

    /// Colours in terminal output
    #[arg(long, value_enum, value_name = "WHEN", env = "BRICKLINT_COLOR", default_value_t = Color::Auto)]
    pub(super) color: Color,

    /// How it runs.
    #[command(flatten)]
    pub(super) running: Running,
}

/// Which rules run.
#[derive(Debug, Args)]
pub(super) struct Rules {
    /// Run only these rules, families (`uc`) or categories (`security`), whatever their profile
    #[arg(long, value_name = "NAME", env = "BRICKLINT_SELECT", value_delimiter = ',')]
    pub(super) select: Option<Vec<String>>,

    /// Leave these rules, families or categories out
    #[arg(long, value_name = "NAME", env = "BRICKLINT_IGNORE", value_delimiter = ',')]
    pub(super) ignore: Option<Vec<String>>,

    /// Add a profile to the default rules; repeatable
    #[arg(
        long,
        value_enum,
        value_name = "PROFILE",
        env = "BRICKLINT_PROFILE",
        value_delimiter = ','
    )]
    pub(super) profile: Option<Vec<ProfileName>>,

    /// Directory with your own rules (*.rhai); repeatable
    #[arg(long, value_name = "DIR", env = "BRICKLINT_RULES", value_delimiter = ',')]
    pub(super) rules: Vec<PathBuf>,

    /// Fail where a rule of your own asks for what cannot be: a misspelt attribute reads as not set, a
    /// misspelt type as none. Without this it is said on stderr
    #[arg(long, env = "BRICKLINT_STRICT_SCRIPTS", value_parser = on())]
    pub(super) strict_scripts: bool,

    /// Configuration file, instead of the nearest bricklint.toml from here up to the repository root
    #[arg(long, value_name = "FILE", env = "BRICKLINT_CONFIG")]
    pub(super) config: Option<PathBuf>,

    /// Read no bricklint.toml; wins over --config
    #[arg(long, env = "BRICKLINT_NO_CONFIG", value_parser = on())]
    pub(super) no_config: bool,
}

/// Where things are.
#[derive(Debug, Args)]
pub(super) struct Places {
    /// Directory that unit names start at [default: that of bricklint.toml, else the repository root]
    #[arg(long, value_name = "DIR", env = "BRICKLINT_UNIT_ROOT")]
    pub(super) unit_root: Option<PathBuf>,

    /// Directory that the .tf files of the plans lie in, below the units' names or directly, or `none` to
    /// read no source. They give findings their lines, and tell what a plan hides: locals, dynamic
    /// blocks, conditions [default: they are looked for in the binary plan beside the plan, in live/<unit>
    /// and <unit> below --unit-root, and beside the plan]
    #[arg(long, value_name = "DIR", env = "BRICKLINT_SOURCE_ROOT")]
    pub(super) source_root: Option<PathBuf>,
}

/// How a command runs.
#[derive(Debug, Args)]
pub(super) struct Running {
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", env = "BRICKLINT_JOBS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,

    /// Print what took how long, on stderr
    #[arg(long, env = "BRICKLINT_TIMINGS", value_parser = on())]
    pub(super) timings: bool,

    /// Print nothing on stderr but errors; wins over --verbose
    #[arg(short, long, env = "BRICKLINT_QUIET", value_parser = on())]
    pub(super) quiet: bool,

    /// Print what is read and which rules run, on stderr, and in terminal output what each rule judged and
    /// could not see
    #[arg(short, long, env = "BRICKLINT_VERBOSE", value_parser = on())]
    pub(super) verbose: bool,
}

impl Flags {
    /// Whether Atlantis reads what is printed. It reads stderr into the same text, in no order, and
    /// may take any word there for the verdict; so nothing goes to stderr then.
    pub(super) fn is_for_atlantis(&self) -> bool {
        let stdout = |output: &Output| output.file.is_none() && output.format == Format::Atlantis;
        self.output.iter().any(stdout)
    }

    /// Whether any output shows lines of source, or what stands for them.
    pub(super) fn shows_source(&self) -> bool {
        self.output.iter().any(|output| output.format.shows_source())
    }

    /// Whether to print nothing about the run on stderr.
    pub(super) fn is_quiet(&self) -> bool {
        self.running.quiet || self.is_for_atlantis()
    }
}

/// A flag's variable: `1`, `yes` and `on` are as good as `true`.
fn on() -> FalseyValueParser {
    FalseyValueParser::new()
}

/// An output: a format, and a file instead of stdout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// How to render.
    pub(super) format: Format,
    /// Where to write.
    pub(super) file: Option<PathBuf>,
}

fn day(text: &str) -> Result<Date, String> {
    config::day(text).ok_or_else(|| format!("write {}", config::DAY))
}

fn output(text: &str) -> Result<Output, String> {
    let (format, file) =
        text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
    if file == Some("") {
        return Err(format!("name a file behind `{format}=`, or leave the `=` out for stdout"));
    }
    let names: Vec<String> = Format::value_variants()
        .iter()
        .filter_map(|it| it.to_possible_value().map(|value| value.get_name().to_owned()))
        .collect();
    let format = Format::from_str(format, false)
        .map_err(|_| format!("no format is called `{format}`; there are {}", names.join(", ")))?;
    Ok(Output { format, file: file.map(PathBuf::from) })
}

/// A name that can stand in an address and in a comment of Markdown.
fn category(text: &str) -> Result<String, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    match text.split('/').all(|part| !part.is_empty() && part.chars().all(plain))
        && !text.contains("--")
    {
        true => Ok(text.to_owned()),
        false if text.is_empty() => Ok(String::new()),
        false => {
            Err("a category has letters, digits, `.`, `_`, single dashes, and slashes between \
                      them, such as `live/prod`"
                .to_owned())
        }
    }
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Anything definite
    Note,
    /// Findings never make exit code 1
    Never,
}

impl FailOn {
    /// The lowest level that counts; none for `never`.
    pub(super) fn level(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        }
    }
}

/// `--show`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Show {
    /// Brought by this change
    Introduced,
    /// There before and after
    Standing,
    /// There before, gone after
    Fixed,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
