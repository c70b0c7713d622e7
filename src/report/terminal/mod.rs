//! `-o terminal`: findings for people, each with an excerpt and what to do, then what it all means.

mod frame;
mod listing;
mod paint;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    frame::Frames,
    listing::{Listing, Words},
    paint::{BOLD, DIM, GREEN, Label, PLAIN, Paint, RED, color},
};
use super::{Options, acceptance, approval, coverage, text};
use crate::lint::{
    Change, Failure, Finding, Outcome, Place, Precision, Related, ScriptFailure, Severity, Verdict,
};

/// Below this nothing can be laid out; above, lines are hard to read.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=160;

/// A finding fills a screen at most: so many lines for each part of it.
const MAX_MESSAGE: usize = 4;
const MAX_HELP: usize = 6;
const MAX_NOTE: usize = 2;
const MAX_RELATED: usize = 4;
const MAX_ALSO: usize = 5;
const MAX_ALSO_LINES: usize = 3;
const MAX_UNITS: usize = 5;

/// So many of what needs an approval.
const MAX_WANTED: usize = 10;

/// So many characters of a rule's id. Only a script's can be longer.
const MAX_RULE: usize = 60;

/// So many characters of a message or label fill its lines.
const MAX_CHARS: usize = 800;

/// Columns that a frame needs left of its text.
const GUTTER: usize = 8;

/// Where frames start, and the notes below them.
const MARGIN: usize = 3;

pub(super) fn render(outcome: &Outcome, options: &Options) -> String {
    let view = View::new(outcome, options);
    let mut out = String::new();
    for group in groups(&outcome.findings) {
        view.group(&mut out, &group);
        out.push('\n');
    }
    let mut drawn = BTreeSet::new();
    for failure in &outcome.failures {
        // One mistake in a script fails on plan after plan: it is drawn once.
        match &failure.script {
            Some(script) if drawn.insert(&script.error) => {
                view.script_failure(&mut out, failure, script, options);
            }
            _ => view.failure(&mut out, failure),
        }
    }
    if !outcome.failures.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    view.summary(&mut out);
    if options.unicode { out } else { out.replace('…', "...").replace(" · ", ", ") }
}

/// Findings that belong together: the most severe, and the others in their order.
struct Group<'a> {
    lead: &'a Finding,
    others: Vec<&'a Finding>,
}

/// What brings findings together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Bond<'a> {
    /// One edit makes them.
    Cause(&'a Place),
    /// One rule says the same of one line, as of the instances of a `for_each`.
    Line(&'a str, &'a str, u32, Change),
}

impl<'a> Bond<'a> {
    fn of(finding: &'a Finding) -> Option<Bond<'a>> {
        let cause = finding.cause.as_ref().map(|cause| Bond::Cause(&cause.place));
        // A call of a module stands for all that is in it, which is not the same.
        let own = finding.source.as_ref().filter(|span| span.precision <= Precision::Block);
        let line = own.map(|span| {
            Bond::Line(finding.rule.as_ref(), span.path.as_str(), span.line, finding.change)
        });
        cause.or(line)
    }
}

/// Findings brought together where the first of them stands.
fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: BTreeMap<Bond<'_>, usize> = BTreeMap::new();
    for finding in findings {
        let at = Bond::of(finding).map(|bond| *known.entry(bond).or_insert(groups.len()));
        match at.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.add(finding),
            None => groups.push(Group { lead: finding, others: Vec::new() }),
        }
    }
    groups
}

impl<'a> Group<'a> {
    fn add(&mut self, finding: &'a Finding) {
        let weight = |finding: &Finding| (finding.severity, finding.verdict);
        if weight(finding) > weight(self.lead) {
            let lead = std::mem::replace(&mut self.lead, finding);
            self.others.insert(0, lead);
        } else {
            self.others.push(finding);
        }
    }
}

/// Everything that stays the same from one finding to the next.
struct View<'a> {
    outcome: &'a Outcome,
    paint: Paint,
    frames: Frames,
    verbose: bool,
}

impl<'a> View<'a> {
    fn new(outcome: &'a Outcome, options: &Options) -> Self {
        let width = options.width.clamp(*WIDTHS.start(), *WIDTHS.end());
        let paint = Paint { color: options.color, links: options.links, width };
        let frames = Frames::new(paint, options.unicode);
        View { outcome, paint, frames, verbose: options.verbose }
    }

    fn group(&self, out: &mut String, group: &Group<'_>) {
        self.finding(out, group.lead);
        if let Some(cause) = &group.lead.cause {
            let place = text::place_from(&group.lead.place.unit, &cause.place, None);
            let at = cause.source.as_ref().map(|span| format!(" ({})", text::span(span)));
            self.note(out, "cause", &format!("{place}{}", at.unwrap_or_default()), MAX_NOTE);
        }
        let same_title = |other: &Finding| title(other) == title(group.lead);
        for other in group.others.iter().take(MAX_ALSO) {
            let unit = &group.lead.place.unit;
            let place = text::place_from(unit, &other.place, other.deposed.as_deref());
            let same = other.message == group.lead.message;
            let message = if same { "" } else { &other.message };
            let message = text::message(message, MAX_CHARS);
            let colon = if same { "" } else { ": " };
            let title = title(other);
            let pieces = [(DIM, "   also: "), (color(other.severity), &title), (PLAIN, " ")];
            let pieces = if same_title(other) { &pieces[..1] } else { &pieces };
            let help = other.help.as_deref().filter(|_| other.help != group.lead.help);
            let help = help.and_then(|help| help.lines().next()).unwrap_or_default();
            let help = text::message(help, MAX_CHARS);
            let its = if help.is_empty() { "" } else { "; help: " };
            let text = format!("{place}{colon}{message}{its}{help}");
            self.paint.paragraph(out, &self.paint.label(pieces), (PLAIN, &text), 9, MAX_ALSO_LINES);
        }
        let what = match group.lead.cause {
            Some(_) => "of the same cause",
            None => "on the same line",
        };
        self.more(out, group.others.len(), MAX_ALSO, what);
    }

    fn finding(&self, out: &mut String, finding: &Finding) {
        let label = self.headline(finding);
        let message = text::message(&finding.message, MAX_CHARS);
        self.paint.paragraph(out, &label, (BOLD, &message), 2, MAX_MESSAGE);
        let drawn = self.place(out, finding);
        let others = finding.related.iter().enumerate().filter(|(n, related)| {
            related.place != finding.place && !drawn.as_ref().is_some_and(|it| it.says(Some(*n)))
        });
        let related: Vec<&Related> = others.map(|(_, related)| related).collect();
        for related in related.iter().take(MAX_RELATED) {
            self.related(out, &finding.place.unit, related);
        }
        self.more(out, related.len(), MAX_RELATED, "related");
        if let Some(help) = &finding.help {
            self.help(out, help);
        }
        self.note(out, "change", &change(finding), MAX_NOTE);
        if finding.verdict == Verdict::Possible {
            let why = "possible; it hangs on a value that this plan does not show";
            self.note(out, "verdict", why, MAX_NOTE);
        }
    }

    fn headline(&self, finding: &Finding) -> Label {
        let code = color(finding.severity);
        let label = self.paint.label(&[(code, &title(finding)), (BOLD, ":"), (PLAIN, " ")]);
        let url = text::rule_of(self.outcome, finding).map(|rule| rule.docs_url());
        self.paint.link(label, url.as_deref().unwrap_or_default())
    }

    /// The lines that show it, and what they are of; the name alone where there are none.
    fn place(&self, out: &mut String, finding: &Finding) -> Option<Listing> {
        let whole = Place { attribute: None, ..finding.place.clone() };
        let resource = text::place(&whole, finding.deposed.as_deref());
        let columns = self.paint.width - GUTTER;
        let label = own_label(finding);
        let picture = self.picture(finding, label.clone());
        let is_named = picture.is_none() && resource.chars().count() <= columns;
        let listing = picture.or_else(|| {
            let title = text::clip(&resource, columns).into_owned();
            let excerpt = finding.excerpt.as_deref()?;
            Listing::of_excerpt(excerpt, title, label.clone(), columns)
        });
        let Some(listing) = listing else {
            self.arrow(out, finding);
            return None;
        };
        out.push_str(&self.frames.draw(&listing, finding.severity));
        if let Some(label) = label.filter(|_| !listing.says(None)) {
            self.note(out, "here", &label, MAX_NOTE);
        }
        if !is_named {
            self.note(out, "in", &resource, MAX_NOTE);
        }
        if let Some(span) = finding.source.as_ref().filter(|_| finding.picture.is_empty()) {
            self.note(out, "at", &text::span(span), MAX_NOTE);
        }
        Some(listing)
    }

    /// The finding's source lines, with those of what it is related to.
    fn picture(&self, finding: &Finding, label: Option<String>) -> Option<Listing> {
        let columns = self.paint.width - GUTTER;
        let span = |related: Option<usize>| match related {
            None => finding.source.as_ref(),
            Some(n) => finding.related.get(n).and_then(|related| related.source.as_ref()),
        };
        let title = |path: &str, related: Option<usize>| {
            let title = span(related).map_or_else(|| text::name(path).into(), text::span);
            text::clip(&title, columns).into_owned()
        };
        let words = |related: Option<usize>| {
            let Some(related) = related.and_then(|n| finding.related.get(n)) else {
                return Words { whole: label.clone(), short: None };
            };
            let place = text::place_from(&finding.place.unit, &related.place, None);
            let label = text::message(&related.label, MAX_CHARS);
            if label.is_empty() {
                return Words { whole: Some(place), short: None };
            }
            Words { whole: Some(format!("{label}\n{place}")), short: Some(label.into_owned()) }
        };
        Listing::of_picture(&finding.picture, columns, title, &words)
    }

    fn arrow(&self, out: &mut String, finding: &Finding) {
        let place = text::place(&finding.place, finding.deposed.as_deref());
        let label = self.paint.label(&[(DIM, "  --> ")]);
        let place = match &finding.source {
            Some(span) => format!("{} {place}", text::span(span)),
            None => place,
        };
        self.paint.paragraph(out, &label, (PLAIN, &place), MARGIN * 2, MAX_NOTE);
    }

    fn related(&self, out: &mut String, unit: &str, related: &Related) {
        let place = text::place_from(unit, &related.place, None);
        let label = text::message(&related.label, MAX_CHARS);
        let at = related.source.as_ref().map(|span| format!(" ({})", text::span(span)));
        let at = at.unwrap_or_default();
        let colon = if label.is_empty() { "" } else { ": " };
        self.note(out, "related", &format!("{place}{colon}{label}{at}"), MAX_NOTE);
    }

    /// Help may have several lines; each keeps its own.
    fn help(&self, out: &mut String, help: &str) {
        let lines = help.lines().filter(|line| !line.trim().is_empty());
        let lines: Vec<&str> = lines.take(MAX_HELP).collect();
        for (n, line) in lines.iter().enumerate() {
            let line = text::message(line, MAX_CHARS);
            let label = if n == 0 { "   help: " } else { "         " };
            let label = self.paint.label(&[(BOLD, label)]);
            self.paint.paragraph(out, &label, (PLAIN, &line), 9, MAX_HELP);
        }
    }

    fn note(&self, out: &mut String, label: &str, text: &str, max: usize) {
        let indent = MARGIN + label.len() + 2;
        let label = format!("{}{label}: ", " ".repeat(MARGIN));
        let label = self.paint.label(&[(DIM, &label)]);
        self.paint.paragraph(out, &label, (PLAIN, text), indent, max);
    }

    fn more(&self, out: &mut String, all: usize, shown: usize, what: &str) {
        if all > shown {
            let text = format!("   and {} more {what}; -o json has them all\n", all - shown);
            out.push_str(&self.paint.paint(DIM, &text));
        }
    }

    fn failure(&self, out: &mut String, failure: &Failure) {
        self.failed(out, failure, &failure.message);
    }

    /// A failure with the lines of the script at which it happened.
    fn script_failure(
        &self,
        out: &mut String,
        failure: &Failure,
        script: &ScriptFailure,
        options: &Options,
    ) {
        let options = Options { width: self.paint.width, ..options.clone() };
        match super::script::drawing(&script.error, &options) {
            None => self.failure(out, failure),
            Some(drawing) => {
                self.failed(out, failure, &script.on);
                out.push_str(&drawing);
                out.push('\n');
            }
        }
    }

    fn failed(&self, out: &mut String, failure: &Failure, message: &str) {
        let title = format!("failure[{}]", failure.kind.as_str());
        let label = self.paint.label(&[(RED, &title), (BOLD, ":"), (PLAIN, " ")]);
        let place = text::failed(failure);
        let colon = if place.is_empty() || message.is_empty() { "" } else { ": " };
        let message = text::message(message, MAX_CHARS);
        let message = format!("{place}{colon}{message}");
        self.paint.paragraph(out, &label, (BOLD, &message), 2, MAX_HELP);
    }

    fn summary(&self, out: &mut String) {
        let outcome = self.outcome;
        self.coverage(out);
        self.approval(out);
        self.totals(out);
        let hidden = text::not_shown(outcome).map(|what| format!("not shown: {what}"));
        for line in hidden.into_iter().chain(acceptance::counts(outcome)) {
            self.line(out, PLAIN, &line);
        }
        self.to_mend(out);
        self.line(out, PLAIN, &text::judged(outcome));
        for line in coverage::unjudged(outcome) {
            self.line(out, BOLD, &line);
        }
        for (_, line) in text::caveats(outcome) {
            self.line(out, PLAIN, &line);
        }
        for problem in outcome.unread.iter().take(MAX_UNITS) {
            let problem = text::message(&problem.to_string(), MAX_CHARS).into_owned();
            let lost = "findings there have no lines, and comments there accept nothing";
            self.line(out, PLAIN, &format!("source not read: {problem}; {lost}"));
        }
        self.more(out, outcome.unread.len(), MAX_UNITS, "source files not read");
        if !outcome.failures.is_empty() {
            let text = format!(
                "{}: something could not be judged, see above",
                text::count(outcome.failures.len(), "failure")
            );
            self.line(out, RED, &text);
        }
    }

    /// What needs an approval, which is why findings of severity error may not fail the run: before the
    /// totals, as [`View::coverage`].
    fn approval(&self, out: &mut String) {
        let Some(line) = approval::line(self.outcome) else { return };
        self.line(out, color(Severity::Warning), &line);
        let wanted = approval::wanted(self.outcome);
        let everybody = wanted.iter().flat_map(|it| &it.reviewers).map(String::as_str).collect();
        let indent = self.paint.label(&[(PLAIN, "  ")]);
        for it in wanted.iter().take(MAX_WANTED) {
            let item = approval::item(it, &everybody);
            self.paint.paragraph(out, &indent, (PLAIN, &item), 4, MAX_NOTE);
        }
        self.more(out, wanted.len(), MAX_WANTED, "to approve");
        out.push('\n');
    }

    /// What is said to accept findings and does not.
    fn to_mend(&self, out: &mut String) {
        let lines = acceptance::to_mend(self.outcome);
        if !lines.is_empty() {
            self.line(out, PLAIN, "to mend:");
        }
        let indent = self.paint.label(&[(PLAIN, "  ")]);
        for line in lines {
            self.paint.paragraph(out, &indent, (PLAIN, &line), 4, MAX_NOTE);
        }
    }

    /// What could not be seen, before the totals: those are looked for at the end.
    fn coverage(&self, out: &mut String) {
        if self.verbose {
            coverage::table(self.outcome).iter().for_each(|line| self.row(out, line));
            out.push('\n');
        }
        let statement = coverage::statement(self.outcome);
        statement.iter().for_each(|line| self.line(out, PLAIN, line));
        if !statement.is_empty() {
            out.push('\n');
        }
    }

    fn totals(&self, out: &mut String) {
        let summary = &self.outcome.summary;
        if summary.error + summary.warning + summary.note + summary.fixed == 0 {
            let failed = !self.outcome.failures.is_empty();
            if let Some(text) = coverage::nothing(self.outcome) {
                return self.line(out, color(Severity::Warning), text);
            }
            let (code, text) = match self.outcome.inputs.is_empty() {
                true => (BOLD, "nothing judged"),
                false if failed => (BOLD, "no findings in what could be judged"),
                false if summary.possible > 0 => (BOLD, "no definite findings"),
                false if summary.accepted > 0 => (GREEN, "no findings but accepted ones"),
                false => (GREEN, "no findings"),
            };
            return self.line(out, code, text);
        }
        let paint = |n, severity: Severity| {
            let code = if n > 0 { color(severity) } else { PLAIN };
            self.paint.paint(code, &text::count(n, severity.as_str()))
        };
        let counts = [
            paint(summary.error, Severity::Error),
            paint(summary.warning, Severity::Warning),
            paint(summary.note, Severity::Note),
        ];
        out.push_str(&counts.join(", "));
        out.push_str(&self.paint.paint(DIM, &format!(" · {}", text::classes(summary))));
        out.push('\n');
    }

    fn line(&self, out: &mut String, code: &str, text: &str) {
        // What is indented stands below another line.
        let indent = text.len() - text.trim_start().len();
        let label = self.paint.label(&[(PLAIN, &" ".repeat(indent))]);
        self.paint.paragraph(out, &label, (code, text.trim_start()), indent + 2, MAX_MESSAGE);
    }

    /// A row of a table, cut where the screen ends.
    fn row(&self, out: &mut String, text: &str) {
        out.push_str(&text::clip(text, self.paint.width));
        out.push('\n');
    }
}

/// `error[uc-binding-self]`, with `possible` before it.
fn title(finding: &Finding) -> String {
    let possible = if finding.verdict == Verdict::Possible { "possible " } else { "" };
    let rule = text::name(&finding.rule);
    format!("{possible}{}[{}]", finding.severity.as_str(), text::clip(&rule, MAX_RULE))
}

/// What the subject's own line means: what the rule says of it, or how it stands for the subject.
fn own_label(finding: &Finding) -> Option<String> {
    let own = finding.related.iter().find(|related| related.place == finding.place);
    let stands_for = finding.source.as_ref().and_then(|span| match span.precision {
        Precision::ModuleCall => Some("called here"),
        Precision::Terragrunt => Some("the unit's module"),
        _ => None,
    });
    let label = own.map(|own| own.label.as_str()).or(stands_for).or(nested(&finding.place))?;
    Some(text::message(label, MAX_CHARS).into_owned())
}

/// The attribute path, where the line does not say it by itself.
fn nested(place: &Place) -> Option<&str> {
    place.attribute.as_deref().filter(|path| path.contains(['.', '[']))
}

fn change(finding: &Finding) -> String {
    let what = match finding.change {
        Change::Introduced => "introduced by this change",
        Change::Standing => "standing, there before this change",
        Change::Fixed => "fixed by this change",
    };
    match finding.actions.as_slice() {
        [] | ["no-op"] => what.to_owned(),
        actions => format!("{what} ({})", actions.join(", then ")),
    }
}
