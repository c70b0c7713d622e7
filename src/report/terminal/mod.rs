//! `-o terminal`: findings for people, each with an excerpt and what to do, then what it all means.

mod frame;
mod paint;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    frame::{Frames, Listing},
    paint::{BOLD, DIM, GREEN, Label, PLAIN, Paint, RED, color},
};
use super::{Options, text};
use crate::lint::{
    Change, Failure, Finding, InputInfo, Outcome, Place, Related, ScriptFailure, Severity, Summary,
    Verdict,
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

/// So many characters of a rule's id. Only a script's can be longer.
const MAX_RULE: usize = 60;

/// So many characters of a message or label fill its lines.
const MAX_CHARS: usize = 800;

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

/// Findings of one cause: the most severe, and the others in their order.
struct Group<'a> {
    lead: &'a Finding,
    others: Vec<&'a Finding>,
}

/// Findings that one edit makes, brought together where the first of them stands.
fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut by_cause: BTreeMap<&Place, usize> = BTreeMap::new();
    for finding in findings {
        let known = finding.cause.as_ref().and_then(|cause| by_cause.get(cause).copied());
        match known.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.add(finding),
            None => {
                if let Some(cause) = &finding.cause {
                    by_cause.insert(cause, groups.len());
                }
                groups.push(Group { lead: finding, others: Vec::new() });
            }
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
    frames: [Frames; 3],
}

impl<'a> View<'a> {
    fn new(outcome: &'a Outcome, options: &Options) -> Self {
        let width = options.width.clamp(*WIDTHS.start(), *WIDTHS.end());
        let frames = [Severity::Note, Severity::Warning, Severity::Error]
            .map(|severity| Frames::new(severity, options.color, options.unicode));
        let paint = Paint { color: options.color, links: options.links, width };
        View { outcome, paint, frames }
    }

    fn group(&self, out: &mut String, group: &Group<'_>) {
        self.finding(out, group.lead);
        if let Some(cause) = &group.lead.cause {
            let place = text::place_from(&group.lead.place.unit, cause, None);
            self.note(out, "cause", &place, MAX_NOTE);
        }
        for other in group.others.iter().take(MAX_ALSO) {
            let unit = &group.lead.place.unit;
            let place = text::place_from(unit, &other.place, other.deposed.as_deref());
            let same = other.message == group.lead.message;
            let message = if same { "" } else { &other.message };
            let message = text::message(message, MAX_CHARS);
            let colon = if same { "" } else { ": " };
            let pieces = [(DIM, "   also: "), (color(other.severity), &title(other)), (PLAIN, " ")];
            let text = format!("{place}{colon}{message}");
            self.paint.paragraph(
                out,
                &self.paint.label(&pieces),
                (PLAIN, &text),
                9,
                MAX_ALSO_LINES,
            );
        }
        self.more(out, group.others.len(), MAX_ALSO, "of the same cause");
    }

    fn finding(&self, out: &mut String, finding: &Finding) {
        let label = self.headline(finding);
        let message = text::message(&finding.message, MAX_CHARS);
        self.paint.paragraph(out, &label, (BOLD, &message), 2, MAX_MESSAGE);
        let own = finding.related.iter().find(|related| related.place == finding.place);
        self.place(out, finding, own);
        let related: Vec<&Related> =
            finding.related.iter().filter(|related| Some(*related) != own).collect();
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

    /// The excerpt under the name of its resource, or the name alone.
    fn place(&self, out: &mut String, finding: &Finding, own: Option<&Related>) {
        let width = self.paint.width;
        let whole = Place { attribute: None, ..finding.place.clone() };
        let resource = text::place(&whole, finding.deposed.as_deref());
        let title = match &finding.source {
            Some(span) => format!("{}:{}:{}", text::name(&span.path), span.line, span.column),
            None => resource.clone(),
        };
        let title = text::clip(&title, width - 8).into_owned();
        let label = own.map(|own| own.label.as_str()).or(nested(&finding.place));
        let label = label.map(|label| text::message(label, MAX_CHARS).into_owned());
        let excerpt = finding.excerpt.as_deref();
        match excerpt.and_then(|excerpt| Listing::new(excerpt, title, label.clone(), width)) {
            Some(listing) => {
                out.push_str(&self.frames[finding.severity as usize].draw(&listing));
                if let Some(label) = label.filter(|_| !listing.is_labelled()) {
                    self.note(out, "here", &label, MAX_NOTE);
                }
                if finding.source.is_some() || resource.chars().count() > width - 8 {
                    self.note(out, "in", &resource, MAX_NOTE);
                }
            }
            None => self.arrow(out, finding),
        }
    }

    fn arrow(&self, out: &mut String, finding: &Finding) {
        let place = text::place(&finding.place, finding.deposed.as_deref());
        let label = self.paint.label(&[(DIM, "  --> ")]);
        let place = match &finding.source {
            Some(span) => {
                format!("{}:{}:{} {place}", text::name(&span.path), span.line, span.column)
            }
            None => place,
        };
        self.paint.paragraph(out, &label, (PLAIN, &place), MARGIN * 2, MAX_NOTE);
    }

    fn related(&self, out: &mut String, unit: &str, related: &Related) {
        let place = text::place_from(unit, &related.place, None);
        let label = text::message(&related.label, MAX_CHARS);
        let at = related.source.as_ref();
        let at = at.map(|span| format!(" ({}:{})", text::name(&span.path), span.line));
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
        self.totals(out);
        for line in hidden(outcome) {
            self.line(out, PLAIN, &line);
        }
        let mut judged = text::judged(outcome);
        if outcome.skipped > 0 {
            let files = text::count(outcome.skipped, "file");
            judged.push_str(&format!("; passed over {files} of other kinds"));
        }
        self.line(out, PLAIN, &judged);
        for (units, what) in [
            (units(outcome, |input| input.errored), "planning failed, judged as far as it goes"),
            (
                units(outcome, |input| !input.errored && !input.complete),
                "plan with parts left out (targeted or deferred)",
            ),
        ] {
            if !units.is_empty() {
                self.line(out, PLAIN, &format!("{what}: {units}"));
            }
        }
        if !outcome.failures.is_empty() {
            let text = format!(
                "{}: something could not be judged, see above",
                text::count(outcome.failures.len(), "failure")
            );
            self.line(out, RED, &text);
        }
    }

    fn totals(&self, out: &mut String) {
        let summary = &self.outcome.summary;
        if summary.error + summary.warning + summary.note + summary.fixed == 0 {
            let failed = !self.outcome.failures.is_empty();
            let (code, text) = match self.outcome.inputs.is_empty() {
                true => (BOLD, "nothing judged"),
                false if failed => (BOLD, "no findings in what could be judged"),
                false if summary.possible > 0 => (BOLD, "no definite findings"),
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
        out.push_str(&self.paint.paint(DIM, &changes(summary)));
        out.push('\n');
    }

    fn line(&self, out: &mut String, code: &str, text: &str) {
        self.paint.paragraph(out, &self.paint.label(&[]), (code, text), 2, MAX_MESSAGE);
    }
}

/// `error[uc-binding-self]`, with `possible` before it.
fn title(finding: &Finding) -> String {
    let possible = if finding.verdict == Verdict::Possible { "possible " } else { "" };
    let rule = text::name(&finding.rule);
    format!("{possible}{}[{}]", finding.severity.as_str(), text::clip(&rule, MAX_RULE))
}

/// The attribute path, where the excerpt's line does not say it by itself.
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

fn changes(summary: &Summary) -> String {
    let Summary { introduced, standing, fixed, .. } = summary;
    format!(" · {introduced} introduced, {standing} standing, {fixed} fixed")
}

/// What is counted but not listed, and which flag lists it.
fn hidden(outcome: &Outcome) -> Vec<String> {
    let shown = |verdict, change: Option<Change>| {
        let findings = outcome.findings.iter().filter(|finding| {
            finding.verdict == verdict && change.is_none_or(|change| finding.change == change)
        });
        findings.count()
    };
    let summary = &outcome.summary;
    let mut lines = Vec::new();
    for (change, all) in [
        (Change::Introduced, summary.introduced),
        (Change::Standing, summary.standing),
        (Change::Fixed, summary.fixed),
    ] {
        let missing = all.saturating_sub(shown(Verdict::Definite, Some(change)));
        if missing > 0 {
            let word = change.as_str();
            let findings = text::count(missing, &format!("{word} finding"));
            lines.push(format!("{findings} not shown; see --show {word}"));
        }
    }
    let missing = summary.possible.saturating_sub(shown(Verdict::Possible, None));
    if missing > 0 {
        let findings = text::count(missing, "possible finding");
        let them = if missing == 1 { "it" } else { "them" };
        lines.push(format!("{findings} not shown; --possible shows {them}"));
    }
    lines
}

/// The first names of the units that a test picks.
fn units(outcome: &Outcome, pick: impl Fn(&InputInfo) -> bool) -> String {
    let units: Vec<_> = outcome.inputs.iter().filter(|input| pick(input)).collect();
    let mut names: Vec<String> =
        units.iter().take(MAX_UNITS).map(|input| text::name(&input.unit).into_owned()).collect();
    if units.len() > MAX_UNITS {
        names.push(format!("and {} more", units.len() - MAX_UNITS));
    }
    names.join(", ")
}
