//! What holds for every format.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use comrak::nodes::NodeValue;
use serde_json::Value;

use super::{Format, Options, render, sample};
use crate::lint::Outcome;

fn all(outcome: &Outcome) -> Vec<(Format, String)> {
    let mut out = Vec::new();
    for format in Format::value_variants() {
        let looks = [(false, 80, true), (true, 160, true), (false, 40, false)];
        let looks = if *format == Format::Terminal { &looks[..] } else { &looks[..1] };
        for (color, width, unicode) in looks.iter().copied() {
            let options = Options { color, width, unicode, ..Options::default() };
            let bytes = render(*format, outcome, &options);
            assert_eq!(bytes, render(*format, outcome, &options), "same input, same bytes");
            out.push((*format, String::from_utf8(bytes).unwrap()));
        }
    }
    out
}

/// Takes out the colours that we write ourselves.
fn uncolored(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('m').unwrap();
        let code = &rest[at + 2..at + end];
        assert!(code.chars().all(|c| c.is_ascii_digit() || c == ';'), "{code:?}");
        rest = &rest[at + end + 1..];
    }
    out + rest
}

/// Every format, with what it means there that strings of a plan stay strings.
#[test]
fn nothing_breaks_out_of_any_format() {
    // Together, where formats cut, and each alone, where they do not.
    let alone = sample::attacks().into_iter().map(|attack| sample::hostile_with([attack]));
    let mut errors = Vec::new();
    for outcome in alone.chain([sample::hostile()]) {
        let mut passing = outcome.clone();
        passing.failures.clear();
        passing.blocking.clear();
        passing.summary.exit_code = 0;
        for outcome in [outcome, passing] {
            for (format, text) in all(&outcome) {
                let wrong = escapes(format, &uncolored(&text), &outcome);
                errors.extend(wrong.into_iter().map(|why| format!("{format:?}: {why:.300}")));
            }
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

fn escapes(format: Format, text: &str, outcome: &Outcome) -> Vec<String> {
    let mut errors = lines_that_act(format, text);
    errors.extend(match format {
        Format::Terminal | Format::Concise => vec![],
        Format::Json | Format::Sarif => not_json(text),
        Format::Gitlab => gitlab_errors(text, outcome),
        Format::Github => github_errors(text, outcome),
        Format::Junit => junit_errors(text, outcome),
        Format::Markdown => markdown_errors(text),
        Format::Atlantis => atlantis_errors(text, outcome),
    });
    errors
}

/// What no terminal and no runner may meet in a log.
fn lines_that_act(format: Format, text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if !text.ends_with('\n') {
        errors.push("no final line break".to_owned());
    }
    for line in text.lines() {
        let acts = line.chars().find(|letter| crate::redact::acts(*letter));
        let command = line.trim_start().starts_with("::") && format != Format::Github;
        if acts.is_some() || command || line.contains("##[") || line.contains("##vso[") {
            errors.push(line.to_owned());
        }
    }
    errors
}

fn not_json(text: &str) -> Vec<String> {
    let parsed = serde_json::from_str::<Value>(text);
    parsed.err().map(|error| error.to_string()).into_iter().collect()
}

/// Reads commands as `ActionCommand.TryParseV2` of actions/runner does.
fn github_errors(text: &str, outcome: &Outcome) -> Vec<String> {
    let mut errors = Vec::new();
    let mut titles: BTreeSet<String> =
        outcome.findings.iter().map(|it| super::text::name(&it.rule).into_owned()).collect();
    titles.extend(["not judged: script", "bricklint"].map(str::to_owned));
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    let lines: Vec<&str> = text.lines().collect();
    let (summary, commands) = lines.split_last().unwrap();
    if summary.trim_start().starts_with("::") {
        errors.push(format!("no summary: {summary}"));
    }
    for line in commands {
        let command = line.strip_prefix("::").and_then(|line| line.split_once("::"));
        let Some((head, data)) = command else {
            errors.push(format!("no command: {line}"));
            continue;
        };
        let (level, properties) = head.split_once(' ').unwrap_or((head, ""));
        *levels.entry(level).or_default() += 1;
        errors.extend(
            properties.split(',').filter(|it| !is_property(it, &titles)).map(str::to_owned),
        );
        errors.extend(data_errors(data));
    }
    if levels.iter().any(|(level, n)| *n > 10 || !["error", "warning", "notice"].contains(level)) {
        errors.push(format!("annotations: {levels:?}"));
    }
    errors
}

fn is_property(property: &str, titles: &BTreeSet<String>) -> bool {
    let (name, value) = property.split_once('=').unwrap_or_default();
    match name {
        "title" => titles.contains(&unescaped(value)),
        "file" => !value.is_empty() && !unescaped(value).starts_with(['/', '.']),
        "line" | "endLine" | "col" | "endColumn" => value.parse::<u32>().is_ok_and(|n| n > 0),
        _ => false,
    }
}

fn data_errors(data: &str) -> Vec<String> {
    let text = unescaped(data);
    let acts = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    let mut errors: Vec<String> =
        text.lines().filter(|line| acts(line)).map(str::to_owned).collect();
    if text.encode_utf16().count() > 4096 || text.trim().is_empty() {
        errors.push(format!("the runner would cut or drop: {text}"));
    }
    errors
}

/// In the order of `ActionCommand.cs`.
fn unescaped(text: &str) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n");
    text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
}

fn gitlab_errors(text: &str, outcome: &Outcome) -> Vec<String> {
    let entries: Value = serde_json::from_str(text).unwrap();
    let entries = entries.as_array().unwrap();
    let mut errors = Vec::new();
    if entries.len() != outcome.findings.len() + outcome.failures.len() {
        errors.push(format!("{} entries", entries.len()));
    }
    let mut seen = BTreeSet::new();
    for entry in entries {
        let path = entry["location"]["path"].as_str().unwrap();
        let twice = !seen.insert(entry["fingerprint"].as_str().unwrap());
        let begin = entry["location"]["lines"]["begin"].as_u64().unwrap();
        let up = path.split('/').any(|part| part == "..");
        let out = path.is_empty() || path.starts_with(['/', '.']) || up;
        if out || twice || begin == 0 || entry["description"].as_str().unwrap().is_empty() {
            errors.push(entry.to_string());
        }
    }
    errors
}

fn junit_errors(text: &str, outcome: &Outcome) -> Vec<String> {
    let report = match quick_junit::Report::deserialize_from_str(text) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string()],
    };
    let counts = (report.tests, report.errors, report.failures);
    let expected = (
        outcome.findings.len() + outcome.failures.len() + outcome.accepted.len(),
        outcome.failures.len(),
        outcome.blocking.len(),
    );
    let written = text.matches("<testcase ").count();
    let xml = |c: char| c == '\n' || c >= ' ' && !('\u{fffe}'..='\u{ffff}').contains(&c);
    // Jenkins knows no other count for all suites.
    let root = text.split("<testsuites ").nth(1).and_then(|it| it.split('>').next());
    let root = root.is_some_and(|it| !it.contains(" skipped="));
    (counts != expected || written != expected.0 || !text.chars().all(xml) || !root)
        .then(|| format!("{counts:?} and {written} cases, not {expected:?}"))
        .into_iter()
        .collect()
}

/// Reads Markdown as GitHub does, and finds what GitHub finds in the finished page.
fn markdown_errors(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 65_536 {
        errors.push(format!("{} bytes", text.len()));
    }
    if !text.starts_with("<!-- bricklint -->\n") || text.matches("<!-- bricklint -->\n").count() > 1
    {
        errors.push("not one mark on its own line".to_owned());
    }
    let arena = comrak::Arena::new();
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.math_dollars = true;
    options.extension.alerts = true;
    let root = comrak::parse_document(&arena, text, &options);
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for node in root.descendants() {
        let wrong = match &node.data.borrow().value {
            NodeValue::Link(link) => !link.url.starts_with(crate::lint::DOCS_BASE),
            NodeValue::HtmlInline(html) => html != "<br>",
            NodeValue::HtmlBlock(block) => !block.literal.lines().all(is_ours),
            NodeValue::Text(text) => means_something(text),
            NodeValue::Heading(_) => {
                *count.entry("headings").or_default() += 1;
                false
            }
            NodeValue::Table(_) => {
                *count.entry("tables").or_default() += 1;
                let is_row = if count["tables"] == 1 { is_change } else { is_row };
                !node.children().skip(1).all(is_row)
            }
            NodeValue::Document
            | NodeValue::Paragraph
            | NodeValue::List(_)
            | NodeValue::Item(_)
            | NodeValue::TableRow(_)
            | NodeValue::TableCell
            | NodeValue::Strong
            | NodeValue::SoftBreak
            | NodeValue::Code(_) => false,
            _ => true,
        };
        if wrong {
            errors.push(format!("{:?}", node.data.borrow().value));
        }
    }
    // What needs an approval, and the rules.
    if count != BTreeMap::from([("headings", 1), ("tables", 2)]) {
        errors.push(format!("{count:?}"));
    }
    errors
}

/// What, why, what hangs on it, who.
fn is_change<'a>(row: comrak::Node<'a>) -> bool {
    row.children().count() == 4
}

/// Level, rule and number are one thing each.
fn is_row<'a>(row: comrak::Node<'a>) -> bool {
    let cells: Vec<_> = row.children().map(|cell| cell.children().count()).collect();
    let rule = row.children().nth(1).and_then(|cell| cell.first_child());
    let code = rule.is_none_or(|rule| matches!(rule.data.borrow().value, NodeValue::Code(_)));
    cells.len() == 4 && cells[0] == 1 && cells[1] <= 1 && cells[2] == 1 && code
}

/// Lines of HTML that the report writes by itself.
fn is_ours(line: &str) -> bool {
    let summary = line.strip_prefix("<details><summary>");
    let summary = summary.and_then(|rest| rest.strip_suffix("</summary>"));
    let plain = |rest: &str| {
        let id = rest.split_once("<code>").map(|(_, id)| id.strip_suffix("</code>"));
        let text = id.unwrap_or(Some(rest));
        text.is_some_and(|text| !text.contains(['<', '&']))
    };
    ["</details>", "<!-- bricklint -->", ""].contains(&line) || summary.is_some_and(plain)
}

/// Whether GitHub or GitLab would make a mention, a reference or an emoji of a text.
fn means_something(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(2).any(|pair| {
        let marks = ['@', '#', '!', '~', '%', '$', '&', ':', '/'].contains(&pair[0]);
        marks && (pair[1].is_alphanumeric() || pair[1] == '/')
    })
}

fn atlantis_errors(text: &str, outcome: &Outcome) -> Vec<String> {
    let mut errors = Vec::new();
    let fails = text.trim().starts_with("FAIL");
    let failure = regex::Regex::new("([1-9][0-9]* failure|failures\": \\[)").unwrap();
    let expected = outcome.summary.exit_code != 0;
    if fails != expected || failure.is_match(text) != expected {
        errors.push(format!("a verdict of another kind: {text}"));
    }
    if !expected && text.to_lowercase().contains("fail") {
        errors.push("older versions read a failure".to_owned());
    }
    let known = |line: &&str| {
        let marked = line.starts_with("- ") || line.starts_with("! ");
        marked
            || line.starts_with("1 error, 1 warning, 0 notes; ")
            || line.starts_with("needs an approval: ")
            || line.starts_with("note: ")
            || line.starts_with("to mend: ")
    };
    errors.extend(text.lines().skip(1).filter(|line| !known(line)).map(str::to_owned));
    errors
}

#[test]
fn what_atlantis_is_not_shown_is_an_item_where_it_blocks() {
    let mut outcome = sample::everyday();
    let finding = outcome.findings[0].clone();
    outcome.findings = vec![finding; 102];
    outcome.summary.exit_code = 1;
    assert!(shown(Format::Atlantis, &outcome).contains("\n- and 2 more findings\n"));
    outcome.blocking.clear();
    outcome.summary.exit_code = 0;
    assert!(shown(Format::Atlantis, &outcome).contains("\nand 2 more findings\n"));
}

#[test]
fn a_finding_never_fills_more_than_a_screen() {
    let mut outcome = sample::hostile();
    outcome.failures.clear();
    for (color, width) in [(false, 80), (true, 160)] {
        let options = Options { color, width, ..Options::default() };
        let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
        for block in uncolored(&text).split("\n\n") {
            assert!(block.lines().count() <= 48, "{block}");
            for line in block.lines() {
                let columns = textwrap::core::display_width(line);
                assert!(columns <= width + 8, "{columns}: {line}");
            }
        }
    }
}

fn shown(format: Format, outcome: &crate::lint::Outcome) -> String {
    let options = Options { width: 80, ..Options::default() };
    String::from_utf8(render(format, outcome, &options)).unwrap()
}

#[test]
fn a_terminal_shows_what_is_wrong_where_and_what_to_do() {
    let expected = "\
error[uc-assignment-region]: metastore `main` is in us-east-1, but workspace
  `prod-eu` is in eu-west-1
   ╭─[live/prod/workspace: module.workspace[\"eu\"].databricks_metastore_assign…]
   │ resource \"databricks_metastore_assignment\" \"this\" {
   │   metastore_id = databricks_metastore.main.id
   ·   ─────────────────────┬─────────────────────
   ·                        ╰── a metastore in us-east-1
   │   workspace_id = 2884114923451234
   │ }
   ╰────
   in: live/prod/workspace:
       module.workspace[\"eu\"].databricks_metastore_assignment.this
   related: live/account: databricks_metastore.main (region): the metastore, in
            us-east-1
   related: databricks_mws_workspaces.this[0] (aws_region): the workspace, in
            eu-west-1
   help: assign the workspace to the metastore of eu-west-1
   change: introduced by this change (create)
";
    let text = shown(Format::Terminal, &sample::everyday());
    assert!(text.starts_with(expected), "{text}");
    let expected = "
1 of 1 rule had something to judge; 1 left 1 subject open:
  1 value known only after the apply (1 rule): judge the next plan after it, or
    the state

1 error, 1 warning, 0 notes · 1 introduced, 1 standing, 1 fixed
not shown: 1 fixed (--show fixed), 3 possible (--possible)
judged 3 plans with 1,455 resources by 3 rules; passed over 2 files of other
  kinds
made with -target: what that left out does not count as missing
  (live/prod/workspace)
";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn findings_of_one_cause_stand_under_the_worst() {
    let text = shown(Format::Terminal, &sample::one_cause());
    let expected = "\
error[uc-assignment-region]: the network is replaced while a workspace is
  attached to it
  --> live/prod/workspace: databricks_mws_networks.this[\"1\"] (subnet_ids)
   change: introduced by this change (delete, then create)
   cause: live/prod/network: module.vpc.aws_subnet.private[0] (cidr_block)
   also: warning[s3-root-bucket-public] databricks_mws_networks.this[\"0\"]
         (subnet_ids)
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("   and 2 more of the same cause; -o json has them all\n\n"), "{text}");
    assert!(
        text.contains("\nfailure[limit]: live/prod/network: acme-naming: the script"),
        "{text}"
    );
    assert!(text.ends_with("2 failures: something could not be judged, see above\n"), "{text}");
}

#[test]
fn silence_says_what_was_judged() {
    let text = shown(Format::Terminal, &sample::clean());
    assert_eq!(text, "no findings\njudged 3 plans with 1,455 resources by 3 rules\n");
    let text = shown(Format::Terminal, &crate::lint::Outcome::default());
    assert_eq!(text, "nothing judged\nno plan, no state\n");
}

#[test]
fn a_concise_line_starts_with_the_source_or_the_unit() {
    let mut outcome = sample::everyday();
    outcome.findings[1].source = Some(sample::span("live/prod/network/main.tf"));
    outcome.failures = sample::one_cause().failures;
    assert_eq!(
        shown(Format::Concise, &outcome),
        "\
live/prod/workspace: error[uc-assignment-region] \
module.workspace[\"eu\"].databricks_metastore_assignment.this (metastore_id): \
metastore `main` is in us-east-1, but workspace `prod-eu` is in eu-west-1
live/prod/network/main.tf:7:3: warning[s3-root-bucket-public] live/prod/network \
aws_security_group.data_plane (ingress[0].cidr_blocks): standing: the data plane accepts connections \
from everywhere, on every port, although Databricks only ever connects outwards from it
live/prod/workspace: note[compute-no-autotermination] databricks_cluster.shared \
(autotermination_minutes): possible: the cluster may never stop by itself
live/dev: failure[input]: live/dev/tfplan.json ends in the middle of the document; write it \
again with `terraform show -json tfplan > tfplan.json`
live/prod/network: acme-naming: failure[limit]: the script used up its 1,000,000 operations
1 error, 1 warning, 0 notes; 1 introduced, 1 standing, 1 fixed; 4 possible; \
not shown: 1 fixed (--show fixed), 3 possible (--possible); 2 failures; \
judged 3 plans with 1,455 resources by 3 rules; passed over 2 files of other kinds
"
    );
}

#[test]
fn what_is_accepted_is_counted_and_what_accepts_nothing_is_named() {
    let expected = "
1 error, 0 warnings, 0 notes · 1 introduced, 0 standing, 0 fixed
3 accepted: 1 by comment, 1 by waiver, 1 by baseline
to mend:
  bricklint.toml:12: waiver uc-assignment-region: ended on 2026-06-30: 2 findings are reported again
  modules/workspace/main.tf:7: comment: names no rule
  baseline.json:2: baseline: 2 entries match nothing in this run (also line 3); --write-baseline
    drops them
  baseline.json:4: baseline: databricks_cluster.old moves to databricks_cluster.shared;
    --write-baseline follows it
judged 3 plans with 1,455 resources by 3 rules; passed over 2 files of other kinds
made with -target: what that left out does not count as missing (live/prod/workspace)
";
    let outcome = sample::accepting();
    let options = Options::default();
    let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
    assert!(text.ends_with(expected), "{text}");
    let text = shown(Format::Concise, &outcome);
    let expected = "0 possible; 3 accepted: 1 by comment, 1 by waiver, 1 by baseline; judged";
    assert!(text.contains(expected) && text.lines().count() == 2, "{text}");

    let mut outcome = outcome;
    outcome.findings.clear();
    outcome.unused = std::iter::repeat_n(outcome.unused[1].clone(), 30).collect();
    (outcome.summary.error, outcome.summary.introduced) = (0, 0);
    let text = shown(Format::Terminal, &outcome);
    assert!(text.contains("\nno findings but accepted ones\n3 accepted: "), "{text}");
    assert!(text.contains("  and 25 more; -o json has them all\n"), "{text}");
}

#[test]
fn what_needs_an_approval_is_said_with_what_hangs_on_it_and_who_should_look() {
    let mut outcome = sample::approving();
    let line = "needs an approval: 1 destroyed, 1 replaced (1 loses data); 2 other resources hang on them; \
                ask @acme/is replaced";
    assert_eq!(super::approval(&outcome).as_deref(), Some(line));
    let text = shown(Format::Atlantis, &outcome);
    assert!(text.starts_with(&format!("FAIL bricklint: 1 failure: needs an approval\n{line}\n")));
    let options = Options { width: 160, ..Options::default() };
    let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
    let items = "  \
live/prod/unity: databricks_catalog.sales replaced; 2 resources hang on it: \
databricks_schema.raw[\"databricks_catalog.sales\"],
    databricks_grants.databricks_catalog.sales
  live/prod/iam: databricks_group.old destroyed

";
    assert!(text.contains(&format!("{line}\n{items}")), "{text}");
    let text = shown(Format::Markdown, &outcome);
    let rows = "\
| what | why | hangs on it | who should look |
|---|---|---|---|
| `live/prod/unity: databricks_catalog.sales` replaced | is replaced | \
`databricks_schema.raw[\"databricks_catalog.sales\"]` `databricks_grants.databricks_catalog.sales` | \
`@acme/is replaced` |
| `live/prod/iam: databricks_group.old` destroyed | is destroyed | nothing |  |
";
    assert!(text.contains(rows), "{text}");

    let approval = outcome.approval.as_mut().unwrap();
    approval.wanted[0].loss.has_more = true;
    approval.wanted[1].loss.dependents = approval.wanted[0].loss.dependents.clone();
    let line = super::approval(&outcome).unwrap();
    assert!(line.contains("at least 4 other resources hang"), "in two units: {line}");
    let approval = outcome.approval.as_mut().unwrap();
    approval.wanted.remove(0);
    approval.wanted[0].loss.dependents.clear();
    let line = super::approval(&outcome);
    let expected = "needs an approval: 1 destroyed (no data is lost); nothing else hangs on it";
    assert_eq!(line.as_deref(), Some(expected));
    outcome.approval.as_mut().unwrap().wanted.clear();
    assert_eq!(super::approval(&outcome), None);
}

#[test]
fn links_lead_to_pages_and_only_when_wanted() {
    let outcome = sample::everyday();
    let options = Options { links: true, ..Options::default() };
    let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
    let page = outcome.rules[2].docs_url();
    assert!(text.contains(&format!("\u{1b}]8;;{page}\u{1b}\\error[uc-assignment-region]")));
    assert!(!shown(Format::Terminal, &outcome).contains('\u{1b}'));
}

#[test]
fn ascii_is_ascii() {
    for outcome in [sample::everyday(), sample::one_cause(), sample::clean(), sample::accepting()] {
        let options = Options { width: 60, unicode: false, ..Options::default() };
        let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
        assert!(text.is_ascii(), "{text}");
    }
}
