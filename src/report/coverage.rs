//! What was judged and what could not be seen, in words: the same for every format for people.

use std::collections::{BTreeMap, BTreeSet};

use super::text;
use crate::lint::{Blind, Coverage, InputInfo, Outcome};

/// So many rules are named that could answer nothing.
const MAX_RULES: usize = 5;

/// What some rules could not see: a line that says how many, one for each cause with what to do
/// about it, and one that names the rules that could answer nothing. Nothing where all is answered.
pub(super) fn statement(outcome: &Outcome) -> Vec<String> {
    let open: Vec<&Coverage> = outcome.coverage.iter().filter(|it| it.open > 0).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let judging = outcome.coverage.iter().filter(|it| it.judged > 0 || it.open > 0).count();
    let subjects = open.iter().map(|it| it.open).sum();
    let mut lines = vec![format!(
        "{judging} of {} had something to judge; {} left {} open:",
        text::count(outcome.coverage.len(), "rule"),
        text::thousands(open.len()),
        text::count(subjects, "subject"),
    )];
    for (cause, (count, rules)) in causes(&open) {
        let (what, advice) = words(cause);
        let (values, rules) = (text::count(count, "value"), text::count(rules.len(), "rule"));
        lines.push(format!("  {values} {what} ({rules}): {advice}"));
    }
    lines.extend(nothing_answered(&open));
    lines
}

/// By cause, how often it was met, and by which rules.
fn causes<'a>(open: &[&'a Coverage]) -> BTreeMap<Blind, (usize, BTreeSet<&'a str>)> {
    let mut causes: BTreeMap<Blind, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for coverage in open {
        for ((cause, _), count) in &coverage.blind {
            let entry = causes.entry(*cause).or_default();
            entry.0 += count;
            entry.1.insert(&coverage.rule);
        }
    }
    causes
}

/// What a cause hides, and what a reader can do about it.
fn words(cause: Blind) -> (&'static str, &'static str) {
    match cause {
        Blind::Apply => {
            ("known only after the apply", "judge the next plan after it, or the state")
        }
        Blind::Local => ("behind a local", "the source has them, see --source-root"),
        Blind::Dynamic => ("in a dynamic block", "the source has them, see --source-root"),
        Blind::Incomplete => ("left out of a plan that is not complete", "judge a whole plan"),
        Blind::NotInRun => {
            ("in no plan of the run", "judge the plans or states that have them too")
        }
        Blind::Function => {
            ("made by an expression that plans do not hold", "the source has it, see --source-root")
        }
    }
}

fn nothing_answered(open: &[&Coverage]) -> Option<String> {
    let all = open.iter().filter(|it| it.judged > 0 && it.open >= it.judged);
    let names: Vec<String> = all
        .map(|it| {
            let rule = text::name(&it.rule);
            format!("{rule} ({})", text::count(it.judged, "subject"))
        })
        .collect();
    let shown = text::listed(names.iter().map(String::as_str), MAX_RULES);
    (!names.is_empty()).then(|| format!("  no answer at all: {shown}"))
}

/// Every rule that had something to judge, one line each, for whoever wants to know: what it had to judge,
/// found, and left open; and how many had nothing.
pub(super) fn table(outcome: &Outcome) -> Vec<String> {
    let (idle, busy): (Vec<&Coverage>, Vec<&Coverage>) = outcome
        .coverage
        .iter()
        .partition(|it| it.judged + it.open + it.definite + it.possible == 0);
    let rest = format!("{} had nothing to judge", text::count(idle.len(), "rule"));
    let rest = (!idle.is_empty()).then_some(rest);
    if busy.is_empty() {
        return rest.into_iter().collect();
    }
    let wide = busy.iter().map(|it| it.rule.chars().count()).max().unwrap_or_default();
    let wide = wide.clamp(4, 44);
    let head = format!("{:wide$}  judged  open  definite  possible  hidden by", "rule");
    let row = |it: &&Coverage| {
        let mut by: BTreeMap<Blind, usize> = BTreeMap::new();
        for ((cause, _), count) in &it.blind {
            *by.entry(*cause).or_default() += count;
        }
        let by: Vec<String> =
            by.into_iter().map(|(cause, n)| format!("{} {n}", cause.as_str())).collect();
        let (judged, open, definite, possible) = (it.judged, it.open, it.definite, it.possible);
        let rule = text::name(&it.rule);
        let by = by.join(", ");
        format!("{rule:wide$}  {judged:>6}  {open:>4}  {definite:>8}  {possible:>8}  {by}")
            .trim_end()
            .to_owned()
    };
    std::iter::once(head).chain(busy.iter().map(row)).chain(rest).collect()
}

/// What a reader has to know about the documents, whatever was found in them: in which there was
/// nothing to judge, and how they were made. One sentence each.
pub(super) fn remarks(outcome: &Outcome) -> Vec<String> {
    let nothing = nothing(outcome).map(str::to_owned).into_iter();
    let caveats = text::caveats(outcome).into_iter().map(|(_, line)| line);
    nothing.chain(unjudged(outcome)).chain(caveats).collect()
}

/// The same, and that source files could not be read, for formats that do not name these.
pub(super) fn remarks_with_source(outcome: &Outcome) -> Vec<String> {
    let unread = outcome.unread.len();
    let what = "not readable, findings in it have no lines";
    let files = (unread > 0).then(|| format!("{}: {what}", text::count(unread, "source file")));
    remarks(outcome).into_iter().chain(files).collect()
}

/// Documents in which there was nothing to judge, by name: one line for those that are empty, one
/// for those that hold nothing that a rule is about.
pub(super) fn unjudged(outcome: &Outcome) -> Vec<String> {
    let (empty, foreign): (Vec<&InputInfo>, Vec<&InputInfo>) = outcome
        .inputs
        .iter()
        .filter(|input| input.judged == 0)
        .partition(|input| input.resources == 0);
    let names = |inputs: &[&InputInfo]| text::names(inputs.iter().map(|it| it.unit.as_str()));
    let mut lines = Vec::new();
    if !empty.is_empty() {
        lines.push(format!("no resources in {}", names(&empty)));
    }
    if !foreign.is_empty() {
        let types = "no resource of a type that a rule is about in";
        lines.push(format!("{types} {}{}", names(&foreign), but_for_general_rules(outcome)));
    }
    lines
}

/// Said where there were documents, but nothing in them for a rule to judge, and nothing was found
/// all the same: silence is no good sign then.
pub(super) fn nothing(outcome: &Outcome) -> Option<&'static str> {
    let counts = &outcome.summary;
    let found = [counts.error, counts.warning, counts.note, counts.possible, counts.fixed];
    let found: usize = found.iter().sum::<usize>() + outcome.accepted.len();
    let is_it = found == 0 && outcome.inputs.iter().all(|it| it.judged == 0);
    (is_it && !outcome.inputs.is_empty()).then_some("nothing judged: no findings mean nothing here")
}

/// Whether a rule ran that looks at any resource, or at no resource at all.
fn but_for_general_rules(outcome: &Outcome) -> &'static str {
    let general = ["*", "output", "plan", "provider", "variable"];
    let mut subjects = outcome.rules.iter().flat_map(|rule| &rule.subjects);
    match subjects.any(|it| general.contains(&it.as_ref())) {
        true => "; only rules about any type looked there",
        false => "",
    }
}
