//! Files of facts: what is left of plans once their rules are done, as lines of JSON.
//!
//! The first line says who wrote the file and which rules ran ([`Header`]), each further one what is
//! left of one source ([`Part`]), the last one that the file is whole ([`End`]). It is read by the very
//! version that wrote it, so its shape is that of the code. No I/O happens here.

mod shapes;
mod word;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, Read},
};

use serde::{Deserialize, Serialize};

use crate::{
    engine::{For, Job, Part},
    lint::{Failure, ParamValue, SourceProblem},
    seal::Key,
};

/// The format's number; it changes whenever older files could be misread.
const FORMAT: u32 = 1;

/// The version that writes, and reads what it wrote.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The word by which a file is known.
const WORD: &str = "facts";

/// Longest line that is read, in bytes: what is left of one source is a small part of a plan.
const MAX_LINE: u64 = 1 << 30;

/// The same of the first line: a plan in one line is no file of facts, and need not be read to its end.
const MAX_HEADER: u64 = 16 << 20;

/// Who wrote a file, and what was asked about the plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always `facts`.
    bricklint: String,
    format: u32,
    /// The version of bricklint.
    version: String,
    /// [`Key::name`].
    key: String,
    /// Whether source was looked for.
    source: bool,
    /// The rules that ran, in their order.
    rules: Vec<RuleLine>,
}

/// A rule as it ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleLine {
    id: String,
    /// The level to report at instead of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    severity: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<String, Param>,
    /// What tells versions of a script apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    script: Option<String>,
}

/// The value of a setting of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Param {
    Bool(bool),
    Int(i64),
    Text(String),
    Texts(Vec<String>),
}

/// What can be told of any file of facts, whatever version wrote it.
#[derive(Deserialize)]
struct Origin {
    bricklint: String,
    format: u32,
    version: String,
}

/// The last line: without it a file is cut off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Lines between the first and this one.
    pub sources: usize,
    /// Files and arguments that could not be judged, besides those of the lines.
    pub failures: Vec<Failure>,
    /// Files looked at and passed over because they are no plans.
    pub skipped: usize,
    /// Source files that could not be read.
    pub unread: BTreeSet<SourceProblem>,
}

/// The last line, told apart from the others by its only key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastLine {
    end: End,
}

/// What a file holds.
pub struct Facts {
    /// What is left of each source.
    pub parts: Vec<Part>,
    /// What else there is to know.
    pub end: End,
}

/// Why a file is not taken. The texts are read after its path, and hold nothing of the file but the
/// name of a version or rule.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It could not be read at all.
    #[error("could not be read: {0}")]
    Unreadable(io::Error),
    /// It holds files, maybe.
    #[error("a directory; name its files, as in `bricklint merge DIR/*.facts`")]
    Directory,
    /// Something else.
    #[error("no file of facts; make one with `bricklint facts PATH --out FILE`")]
    Foreign,
    /// Of another version.
    #[error("written by bricklint {theirs}, and this is {ours}; write and merge with one version", ours = VERSION)]
    Version {
        /// What wrote it.
        theirs: String,
    },
    /// Written with other settings.
    #[error(
        "{0}; give `facts` and `merge` the same bricklint.toml, flags and BRICKLINT_ variables"
    )]
    Settings(String),
    /// Hashed with another key.
    #[error(
        "its secrets are hashed with another key; set BRICKLINT_FACTS_KEY to the same for `facts` and `merge`"
    )]
    Key,
    /// The end is missing.
    #[error(
        "cut off after {0} plan files; write it again with `bricklint facts`, or copy all of it"
    )]
    CutOff(usize),
    /// A line is not what was written.
    #[error("line {0} is damaged; write the file again with `bricklint facts`")]
    Damaged(usize),
}

impl Header {
    /// Of a run with these rules and this key.
    pub fn new(jobs: &[Job], key: &Key, wants_source: bool) -> Header {
        Header {
            bricklint: WORD.to_owned(),
            format: FORMAT,
            version: VERSION.to_owned(),
            key: key.name(),
            source: wants_source,
            rules: jobs.iter().map(RuleLine::of).collect(),
        }
    }

    /// Whether what was written with another header can be joined here.
    fn admits(&self, other: &Header) -> Result<(), Refusal> {
        let settings = |what: String| Err(Refusal::Settings(what));
        for theirs in &other.rules {
            match self.rules.iter().find(|ours| ours.id == theirs.id) {
                None => {
                    return settings(format!(
                        "`{}` ran on its plans and is not selected here",
                        theirs.id
                    ));
                }
                Some(ours) if ours != theirs => {
                    return settings(format!(
                        "`{}` ran on its plans with another {}",
                        theirs.id,
                        ours.differs(theirs)
                    ));
                }
                Some(_) => {}
            }
        }
        let is_missing = |ours: &&RuleLine| !other.rules.iter().any(|theirs| theirs.id == ours.id);
        if let Some(missing) = self.rules.iter().find(is_missing) {
            return settings(format!(
                "`{}` is selected here and did not run on its plans",
                missing.id
            ));
        }
        match (self.source, other.source) {
            (true, false) => {
                settings("its plans were judged without source (`--source-root none`)".to_owned())
            }
            (false, true) => settings(
                "its plans were judged with their source, and here is `--source-root none`"
                    .to_owned(),
            ),
            _ if self.key != other.key => Err(Refusal::Key),
            _ => Ok(()),
        }
    }
}

impl RuleLine {
    fn of(job: &Job) -> RuleLine {
        let param = |(name, value): (&str, &ParamValue)| {
            let value = match value {
                ParamValue::Bool(value) => Param::Bool(*value),
                ParamValue::Int(value) => Param::Int(*value),
                ParamValue::Text(text) => Param::Text(text.to_string()),
                ParamValue::Texts(all) => {
                    Param::Texts(all.iter().map(ToString::to_string).collect())
                }
            };
            (name.to_owned(), value)
        };
        RuleLine {
            id: job.rule.meta().id.to_string(),
            severity: job.severity.map(|level| level.as_str().to_owned()),
            params: job.params.iter().map(param).collect(),
            script: job.rule.digest(),
        }
    }

    /// What the same rule has otherwise.
    fn differs(&self, other: &RuleLine) -> String {
        if self.severity != other.severity {
            return "`severity`".to_owned();
        }
        let of_param = |name: &&String| self.params.get(*name) != other.params.get(*name);
        match self.params.keys().chain(other.params.keys()).find(of_param) {
            Some(name) => format!("`{name}`"),
            None => "text of its script, or `--strict-scripts`".to_owned(),
        }
    }
}

/// The first line.
///
/// # Errors
/// None that a header can make.
pub fn first_line(header: &Header) -> serde_json::Result<Vec<u8>> {
    line(header)
}

/// The line of one source. The part has to be sealed.
///
/// # Errors
/// Where the part holds what JSON cannot hold: a bug.
pub fn part_line(part: &Part) -> serde_json::Result<Vec<u8>> {
    line(part)
}

/// The last line.
///
/// # Errors
/// None that an end can make.
pub fn last_line(end: End) -> serde_json::Result<Vec<u8>> {
    line(&LastLine { end })
}

fn line(what: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a file that was written with the same settings.
///
/// # Errors
/// Where it is something else, of another version, of other settings or of another key, or not whole.
pub fn read(mut file: impl BufRead, header: &Header, key: &Key) -> Result<Facts, Refusal> {
    let first = next_line(&mut file, MAX_HEADER)?;
    let origin: Origin = serde_json::from_slice(&first).map_err(|_| Refusal::Foreign)?;
    if origin.bricklint != WORD {
        return Err(Refusal::Foreign);
    }
    if (origin.format, origin.version.as_str()) != (FORMAT, VERSION) {
        // Whatever stands there goes to a terminal or a log.
        let plain = |c: &char| c.is_ascii_alphanumeric() || ".-+".contains(*c);
        let theirs = origin.version.chars().filter(plain).take(40).collect();
        return Err(Refusal::Version { theirs });
    }
    let theirs: Header = serde_json::from_slice(&first).map_err(|_| Refusal::Damaged(1))?;
    header.admits(&theirs)?;
    let mut parts: Vec<Part> = Vec::new();
    loop {
        let number = parts.len() + 2;
        let line = next_line(&mut file, MAX_LINE)?;
        if line.last() != Some(&b'\n') {
            return Err(Refusal::CutOff(parts.len()));
        }
        if line.starts_with(b"{\"end\":") {
            let last: LastLine =
                serde_json::from_slice(&line).map_err(|_| Refusal::Damaged(number))?;
            let is_whole = last.end.sources == parts.len() && next_line(&mut file, 1)?.is_empty();
            return match is_whole {
                true => Ok(Facts { parts, end: last.end }),
                false => Err(Refusal::Damaged(number)),
            };
        }
        let mut part: Part = serde_json::from_slice(&line).map_err(|_| Refusal::Damaged(number))?;
        if !fits(&part, header.rules.len()) {
            return Err(Refusal::Damaged(number));
        }
        part.hidden.key = Some(key.clone());
        parts.push(part);
    }
}

/// A line with its end; without one where the file, or `most` bytes of it, end before the line does.
fn next_line(file: &mut impl BufRead, most: u64) -> Result<Vec<u8>, Refusal> {
    let mut line = Vec::new();
    let refuse = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Refusal::Unreadable(io::Error::other("the compressed data is cut off"))
        }
        _ => Refusal::Unreadable(error),
    };
    file.take(most).read_until(b'\n', &mut line).map_err(refuse)?;
    Ok(line)
}

/// Whether everything in it leads somewhere.
fn fits(part: &Part, rules: usize) -> bool {
    let of_rows = part.taking.rows.keys().filter_map(|(_, whose)| match whose {
        For::Job(job) => Some(*job),
        For::All(_) => None,
    });
    let counted = part.judged.keys().chain(part.open.keys()).copied();
    let seen = part.blind.keys().map(|(job, _, _)| *job);
    let used = part.taking.uses.keys().map(|(job, _)| *job);
    let mut jobs = of_rows.chain(counted).chain(seen).chain(used);
    let marks = |it: &crate::lint::Finding| {
        it.excerpt.as_ref().is_none_or(|it| it.text.get(it.mark.clone()).is_some())
    };
    jobs.all(|job| job < rules) && part.findings.iter().all(marks)
}
