//! `-o github`: workflow commands that become annotations of a pull request.
//!
//! A runner takes ten errors, ten warnings and ten notices of a step (a composite action is one
//! step) and drops what comes after, without a word. So the worst come first, and where something
//! is left out the last notice says what. Findings without source lines are annotations of the run
//! instead of a file. How commands are read: `ActionCommand.cs` in `actions/runner`.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    Options, concise,
    fold::{Fold, folds},
    path::Paths,
    text,
};
use crate::{
    lint::{Change, Failure, Finding, Outcome, Severity, SourceSpan},
    redact::neutralise,
};

/// Annotations of one level that a runner takes from a step.
const MAX_OF_LEVEL: usize = 10;

/// Characters of a message and of each line of help. Runners cut after 4,096 UTF-16 units.
const MAX_CHARS: usize = 900;

/// Lines of help.
const MAX_HELP: usize = 2;

/// Rules that the notice about what is left out names.
const MAX_RULES: usize = 20;

pub(super) fn render(outcome: &Outcome, options: &Options) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut left = Left::default();
    let annotations = Annotations::new(outcome, options);
    for (level, mut all) in annotations.levels() {
        // The last notice is kept free for what is left out.
        let max = if level == Level::Notice { MAX_OF_LEVEL - 1 } else { MAX_OF_LEVEL };
        if all.len() > max && (level != Level::Notice || all.len() > max + 1 || left.any()) {
            left.add(level, all.split_off(max));
        }
        lines.extend(all.iter().map(Annotation::command));
    }
    lines.extend(left.annotation().map(|it| it.command()));
    lines.push(concise::summary(outcome));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The levels of annotations, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    /// The name of the command.
    fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        }
    }

    /// What a change removes is no problem any more, however bad it was.
    fn of(finding: &Finding) -> Level {
        match (finding.change, finding.severity) {
            (Change::Fixed, _) | (_, Severity::Note) => Level::Notice,
            (_, Severity::Warning) => Level::Warning,
            (_, Severity::Error) => Level::Error,
        }
    }
}

/// One command to be.
struct Annotation<'a> {
    level: Level,
    /// The rule, or what could not be done.
    title: String,
    lines: Vec<String>,
    place: Option<(String, &'a SourceSpan)>,
}

/// Makes annotations of what a run found.
struct Annotations<'a> {
    outcome: &'a Outcome,
    paths: Paths<'a>,
}

impl<'a> Annotations<'a> {
    fn new(outcome: &'a Outcome, options: &'a Options) -> Self {
        Annotations { outcome, paths: Paths::new(outcome, options) }
    }

    /// What could not be judged, then findings, each level in the order in which it is to be cut:
    /// certain before possible, new before old, and of each rule one before the second of any.
    fn levels(&self) -> Vec<(Level, Vec<Annotation<'a>>)> {
        let mut folds =
            folds(self.outcome.findings.iter().map(|finding| (finding, None)), &self.paths);
        folds.sort_by_key(|fold| (Reverse(fold.lead.verdict), fold.lead.change));
        let mut seen: BTreeMap<(Level, &str), usize> = BTreeMap::new();
        let mut ranked: Vec<(usize, Fold<'a>)> = Vec::new();
        for fold in folds {
            let nth = seen.entry((Level::of(fold.lead), &fold.lead.rule)).or_default();
            ranked.push((*nth, fold));
            *nth += 1;
        }
        ranked.sort_by_key(|(nth, fold)| (Reverse(fold.lead.verdict), *nth));
        let failures = self.outcome.failures.iter().map(failure);
        let all: Vec<Annotation<'a>> =
            failures.chain(ranked.iter().map(|(_, fold)| self.finding(fold))).collect();
        let mut levels =
            vec![(Level::Error, vec![]), (Level::Warning, vec![]), (Level::Notice, vec![])];
        for annotation in all {
            levels[annotation.level as usize].1.push(annotation);
        }
        levels
    }

    fn finding(&self, fold: &Fold<'a>) -> Annotation<'a> {
        let lead = fold.lead;
        let message = text::message(&lead.message, MAX_CHARS);
        let mut lines = vec![format!("{}{message}", text::kind(lead)), fold.places()];
        let help = lead.help.as_deref().unwrap_or_default();
        for (n, line) in help.lines().take(MAX_HELP).enumerate() {
            let label = if n == 0 { "To fix it: " } else { "" };
            lines.push(format!("{label}{}", text::message(line, MAX_CHARS)));
        }
        for (subject, line) in fold.other_helps().into_iter().take(MAX_HELP) {
            lines.push(format!("For '{subject}': {}", text::message(line, MAX_CHARS)));
        }
        let page = text::rule_of(self.outcome, lead).map(|rule| rule.docs_url());
        lines.extend(page.filter(|page| !page.is_empty()));
        Annotation {
            level: Level::of(lead),
            title: text::name(&lead.rule).into_owned(),
            lines,
            place: self.paths.source(lead.source.as_ref()),
        }
    }
}

fn failure<'a>(failure: &Failure) -> Annotation<'a> {
    let place = text::failed(failure);
    let mut lines = vec![text::message(&failure.message, MAX_CHARS).into_owned()];
    lines.extend(Some(place).filter(|place| !place.is_empty()));
    let title = format!("not judged: {}", failure.kind.as_str());
    Annotation { level: Level::Error, title, lines, place: None }
}

impl Annotation<'_> {
    fn command(&self) -> String {
        let mut properties = Vec::new();
        if let Some((file, span)) = &self.place {
            properties.push(format!("file={}", property(file)));
            properties.push(format!("line={},endLine={}", span.line, span.end_line));
            // Columns count within one line only.
            if span.line == span.end_line {
                properties.push(format!("col={},endColumn={}", span.column, span.end_column));
            }
        }
        properties.push(format!("title={}", property(&self.title)));
        let text = format!("{}::{}", properties.join(","), data(&self.lines.join("\n")));
        // Once more for the whole line: harmless parts must not add up to another command.
        format!("::{} {}", self.level.as_str(), neutralise(&text))
    }
}

/// The text of a command, escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command, escaped.
fn property(text: &str) -> String {
    data(&neutralise(text)).replace(':', "%3A").replace(',', "%2C")
}

/// What no annotation is left for.
#[derive(Default)]
struct Left {
    levels: BTreeMap<Level, usize>,
    titles: BTreeMap<String, usize>,
}

impl Left {
    fn any(&self) -> bool {
        !self.levels.is_empty()
    }

    fn add(&mut self, level: Level, annotations: Vec<Annotation<'_>>) {
        *self.levels.entry(level).or_default() += annotations.len();
        for annotation in annotations {
            *self.titles.entry(annotation.title).or_default() += 1;
        }
    }

    fn annotation(&self) -> Option<Annotation<'static>> {
        let levels: Vec<String> =
            self.levels.iter().map(|(level, n)| text::count(*n, level.as_str())).collect();
        let mut titles: Vec<(&String, &usize)> = self.titles.iter().collect();
        titles.sort_by_key(|(_, n)| Reverse(**n));
        let mut rules: Vec<String> =
            titles.iter().take(MAX_RULES).map(|(title, n)| format!("{title} ({n})")).collect();
        if titles.len() > MAX_RULES {
            rules.push(format!("and {} more", titles.len() - MAX_RULES));
        }
        let all = self.levels.values().sum();
        let lines = vec![
            format!(
                "{} not annotated ({}): GitHub takes {MAX_OF_LEVEL} of each level. The job's \
                 summary and log have them.",
                text::count(all, "more finding"),
                levels.join(", ")
            ),
            rules.join(", "),
        ];
        let title = "bricklint".to_owned();
        self.any().then_some(Annotation { level: Level::Notice, title, lines, place: None })
    }
}
