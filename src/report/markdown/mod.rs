//! `-o markdown`: a comment on a pull request, or a job's summary.
//!
//! Rolled up by rule, the worst first, and cut before GitHub's limit of a comment: what is left out
//! is said. The first line is a mark that no reader sees, by which a later run finds its comment
//! and writes it anew.

mod inert;

use std::{cmp::Reverse, collections::BTreeMap};

use self::inert::{cell, cell_code, code, prose};
use super::{Options, acceptance, approval, coverage, fold::weight, text};
use crate::lint::{Change, Failure, Finding, Outcome, Place, Severity, Summary, Wanted};

/// GitHub refuses comments of more than 65,536 characters; bytes are never fewer than these. The
/// rest is for whoever puts a line around it.
const MAX_BYTES: usize = 65_000;

/// Of which the last line may need so many.
const LAST_LINE: usize = 300;

/// Up to where there is room for what could not be judged, and then for the table.
const MAX_FAILURES: usize = MAX_BYTES / 3;
const MAX_TABLE: usize = MAX_BYTES * 2 / 3;

/// Findings listed of a rule.
const MAX_FINDINGS: usize = 10;

/// Characters of a message or a line of help.
const MAX_CHARS: usize = 600;

/// Characters of a rule's cell in the table.
const MAX_GIST: usize = 200;

/// Related places of a finding.
const MAX_RELATED: usize = 5;

pub(super) fn render(outcome: &Outcome, options: &Options) -> String {
    let rules = rules(outcome);
    let mut page = Page(mark(&options.category));
    page.0.push_str(&format!("## bricklint: {}\n\n{}\n", headline(outcome), facts(outcome)));
    failures(&mut page, &outcome.failures);
    to_approve(&mut page, outcome);
    remarks(&mut page, outcome);
    table(&mut page, &rules, outcome);
    let all = rules.iter().filter(|rule| !page.add(&section(rule, outcome), MAX_BYTES));
    let left: Vec<&Roll<'_>> = all.collect();
    if !left.is_empty() {
        let findings = left.iter().map(|rule| rule.all.len()).sum();
        let (rules, findings) = (text::count(left.len(), "rule"), text::count(findings, "finding"));
        page.0.push_str(&format!(
            "\n{findings} of {rules} would not fit in here; the job's log has all of them.\n"
        ));
    }
    page.0
}

/// A text that only grows up to a limit.
struct Page(String);

impl Page {
    /// Whether the block fitted into so many bytes.
    fn add(&mut self, block: &str, max: usize) -> bool {
        let fits = self.0.len() + block.len() + LAST_LINE <= max;
        if fits {
            self.0.push_str(block);
        }
        fits
    }

    /// As many of the lines as fit; for the rest their number.
    fn add_lines(&mut self, lines: &[String], max: usize, rest: &str) {
        let fitting = lines.iter().take_while(|line| self.add(line, max)).count();
        if fitting < lines.len() {
            let left = text::count(lines.len() - fitting, rest);
            self.0.push_str(&format!("\nand {left}\n"));
        }
    }
}

/// A comment that browsers do not show.
fn mark(category: &str) -> String {
    let space = if category.is_empty() { "" } else { " " };
    format!("<!-- bricklint{space}{category} -->\n")
}

/// Findings of one rule, the worst first; never empty.
struct Roll<'a> {
    lead: &'a Finding,
    all: Vec<&'a Finding>,
}

/// The findings by rule, the worst first, then the most.
fn rules(outcome: &Outcome) -> Vec<Roll<'_>> {
    let mut rolls: BTreeMap<&str, Roll<'_>> = BTreeMap::new();
    let mut findings: Vec<&Finding> = outcome.findings.iter().collect();
    findings.sort_by_key(|finding| rank(finding));
    for finding in findings {
        let roll = rolls.entry(&finding.rule);
        roll.or_insert_with(|| Roll { lead: finding, all: Vec::new() }).all.push(finding);
    }
    let mut rolls: Vec<Roll<'_>> = rolls.into_values().collect();
    rolls.sort_by_key(|roll| (rank(roll.lead), Reverse(roll.all.len())));
    rolls
}

/// What a change removes comes last, however bad it was.
fn rank(finding: &Finding) -> impl Ord + use<> {
    (finding.change == Change::Fixed, Reverse(weight(finding)))
}

/// What the whole comes down to.
fn headline(outcome: &Outcome) -> String {
    let Summary { error, warning, note, possible, .. } = outcome.summary;
    let counts = [(error, "error"), (warning, "warning"), (note, "note")];
    let counts = counts.into_iter().filter(|(n, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, noun)| text::count(n, noun)).collect();
    let found = match counts.is_empty() {
        true if outcome.inputs.is_empty() || coverage::nothing(outcome).is_some() => {
            "nothing judged".to_owned()
        }
        true if possible > 0 => "no definite findings".to_owned(),
        true => "no findings".to_owned(),
        false => counts.join(", "),
    };
    match outcome.summary.exit_code {
        2 => format!("not everything could be judged; {found}"),
        3 => format!("needs an approval; {found}"),
        _ => found,
    }
}

fn facts(outcome: &Outcome) -> String {
    let possible = outcome.summary.possible;
    let mut facts = vec![text::classes(&outcome.summary)];
    if possible > 0 {
        facts.push(format!("{} possible", text::thousands(possible)));
    }
    facts.extend(text::not_shown(outcome).map(|what| format!("not shown: {what}")));
    facts.push(text::judged(outcome));
    facts.extend(acceptance::counts(outcome));
    facts.join(" · ")
}

/// What needs an approval: what happens to what, why, what hangs on it, who should look.
fn to_approve(page: &mut Page, outcome: &Outcome) {
    let Some(line) = approval::line(outcome) else { return };
    let line = prose(&text::message(&line, MAX_CHARS));
    let head = "| what | why | hangs on it | who should look |\n|---|---|---|---|\n";
    if page.add(&format!("\n**This {line}**\n\n{head}"), MAX_FAILURES) {
        let rows: Vec<String> = approval::wanted(outcome).iter().map(approval_row).collect();
        page.add_lines(&rows, MAX_FAILURES, "more change");
    }
}

fn approval_row(it: &Wanted) -> String {
    let place = cell_code(&text::place(&it.place, it.deposed.as_deref()));
    let what = format!("{place} {}", approval::verb(&it.loss));
    let message = it.messages.first().map(String::as_str).unwrap_or_default();
    let why = cell(&text::message(message, MAX_GIST));
    let (count, names) = approval::dependents(&it.loss);
    let mut names: Vec<String> = names.iter().map(|name| cell_code(&text::name(name))).collect();
    if count > names.len() {
        names.push(format!("and {} more", text::thousands(count - names.len())));
    }
    let hanging = if count == 0 { "nothing".to_owned() } else { names.join(" ") };
    // In code, so that nobody is pinged by each run.
    let who: Vec<String> = it.reviewers.iter().map(|name| cell_code(&text::name(name))).collect();
    format!("| {what} | {why} | {hanging} | {} |\n", who.join(" "))
}

/// How the plans were made, and what rules could not see.
fn remarks(page: &mut Page, outcome: &Outcome) {
    let line = |text: &str| format!("- {}\n", prose(&text::message(text.trim_start(), MAX_CHARS)));
    let all: Vec<String> =
        coverage::remarks_with_source(outcome).iter().map(|text| line(text)).collect();
    if !all.is_empty() {
        page.0.push('\n');
        page.add_lines(&all, MAX_FAILURES, "more remark");
    }
    if let [first, rest @ ..] = coverage::statement(outcome).as_slice() {
        let rest: String = rest.iter().map(|text| line(text)).collect();
        let first = first.trim_end_matches(':');
        let block = format!("\n<details><summary>{first}</summary>\n\n{rest}\n</details>\n");
        page.add(&block, MAX_FAILURES);
    }
}

fn table(page: &mut Page, rules: &[Roll<'_>], outcome: &Outcome) {
    if rules.is_empty() {
        return;
    }
    page.0.push_str("\n| level | rule | findings | what is wrong |\n|---|---|---:|---|\n");
    let rows = rules.iter().map(|rule| {
        let (level, name) = (level(rule.lead), cell_code(&text::name(&rule.lead.rule)));
        format!("| {level} | {name} | {} | {} |\n", rule.count(), cell(&gist(rule, outcome)))
    });
    page.add_lines(&rows.collect::<Vec<_>>(), MAX_TABLE, "more rule");
}

impl Roll<'_> {
    /// `18`, or `18: 2 errors, 10 warnings, 6 notes` where they differ.
    fn count(&self) -> String {
        let mut levels: BTreeMap<Reverse<Severity>, usize> = BTreeMap::new();
        for finding in &self.all {
            *levels.entry(Reverse(finding.severity)).or_default() += 1;
        }
        let all = self.all.len();
        if levels.len() == 1 {
            return all.to_string();
        }
        let levels = levels.iter().map(|(Reverse(level), n)| text::count(*n, level.as_str()));
        format!("{all}: {}", levels.collect::<Vec<_>>().join(", "))
    }

    /// Whether each finding has to say how bad it is.
    fn is_mixed(&self) -> bool {
        self.all.iter().any(|finding| level(finding) != level(self.lead))
    }
}

/// What one finding says, or what several have in common.
fn gist(rule: &Roll<'_>, outcome: &Outcome) -> String {
    let summary = text::rule_of(outcome, rule.lead).map(|meta| &*meta.summary);
    let several = summary.filter(|_| rule.all.len() > 1);
    text::message(several.unwrap_or(&rule.lead.message), MAX_GIST).into_owned()
}

fn level(finding: &Finding) -> &'static str {
    match (finding.change, finding.severity) {
        (Change::Fixed, _) => "fixed",
        (_, Severity::Error) => "🔴 error",
        (_, Severity::Warning) => "🟠 warning",
        (_, Severity::Note) => "🔵 note",
    }
}

fn section(rule: &Roll<'_>, outcome: &Outcome) -> String {
    let name = text::name(&rule.lead.rule);
    let title = format!("{}: {} of", level(rule.lead), text::count(rule.all.len(), "finding"));
    let mut out = folded(&title, &name);
    let meta = text::rule_of(outcome, rule.lead);
    if let Some(meta) = meta {
        let page = meta.docs_url();
        let link = format!(" · [what it is, and how to fix it]({page})");
        let link = if page.is_empty() { String::new() } else { link };
        out.push_str(&format!("{}{link}\n\n", prose(&text::message(&meta.summary, MAX_CHARS))));
    }
    for finding in rule.all.iter().take(MAX_FINDINGS) {
        let level = if rule.is_mixed() { format!("{}: ", level(finding)) } else { String::new() };
        out.push_str(&format!("- {level}{}\n", entry(finding)));
    }
    if rule.all.len() > MAX_FINDINGS {
        out.push_str(&format!("- and {} more\n", rule.all.len() - MAX_FINDINGS));
    }
    out.push_str("\n</details>\n");
    out
}

/// The start of a part that can be opened. HTML: Markdown means nothing in a summary's line.
fn folded(title: &str, name: &str) -> String {
    let name: String = name.chars().map(entity).collect();
    format!("\n<details><summary>{title} <code>{name}</code></summary>\n\n")
}

/// Rule ids are plain; whatever else comes along stays text.
fn entity(letter: char) -> String {
    match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => letter.to_string(),
        _ => "?".to_owned(),
    }
}

fn entry(finding: &Finding) -> String {
    let subject = text::subject(&finding.place, finding.deposed.as_deref());
    let unit = code(&text::name(&finding.place.unit));
    let colon = if subject.is_empty() { "" } else { ": " };
    let message = prose(&text::message(&finding.message, MAX_CHARS));
    let mut out = format!("{unit}{colon}{}<br>{}{message}", code(&subject), text::kind(finding));
    if let Some(span) = &finding.source {
        let place = format!("{}:{}", text::name(&span.path), span.line);
        out.push_str(&format!(" ({})", code(&place)));
    }
    if let Some(cause) = &finding.cause {
        let place = text::place_from(&finding.place.unit, &cause.place, None);
        out.push_str(&format!("<br>because of {}", code(&place)));
    }
    let said = |place: &Place| {
        *place == finding.place || finding.cause.as_ref().is_some_and(|it| it.place == *place)
    };
    let related: Vec<_> = finding.related.iter().filter(|it| !said(&it.place)).collect();
    for related in related.iter().take(MAX_RELATED) {
        let place = text::place_from(&finding.place.unit, &related.place, None);
        let label = prose(&text::message(&related.label, MAX_CHARS));
        out.push_str(&format!("<br>related: {} {label}", code(&place)));
    }
    if related.len() > MAX_RELATED {
        let more = text::thousands(related.len() - MAX_RELATED);
        out.push_str(&format!("<br>and {more} more related"));
    }
    let help = finding.help.as_deref().unwrap_or_default();
    for (n, line) in help.lines().filter(|line| !line.trim().is_empty()).take(4).enumerate() {
        let label = if n == 0 { "To fix it: " } else { "" };
        out.push_str(&format!("<br>{label}{}", prose(&text::message(line, MAX_CHARS))));
    }
    out
}

fn failures(page: &mut Page, failures: &[Failure]) {
    if failures.is_empty() {
        return;
    }
    page.0.push_str("\n**Could not be judged:**\n\n");
    let lines = failures.iter().map(|failure| {
        let (place, message) = (text::failed(failure), text::message(&failure.message, MAX_CHARS));
        let colon = if place.is_empty() { "" } else { ": " };
        format!("- {}{colon}{}\n", code(&place), prose(&message))
    });
    page.add_lines(&lines.collect::<Vec<_>>(), MAX_FAILURES, "more failure");
}
