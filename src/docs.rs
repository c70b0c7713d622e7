//! A rule's documentation, from the one source there is: its metadata.
//!
//! [`page`] is the only renderer of `docs/rules/<id>.md`, [`explain`] the text of
//! `bricklint explain`, [`table`] the list in the README. None of them runs the rule.

use std::fmt::Write as _;

use textwrap::{WordSeparator, WordSplitter, core::display_width};

use crate::{
    lint::{Confidence, Param, ParamValue, Profile, RuleMeta, World},
    redact::neutralise,
};

/// The headings that each rule's documentation must have, in this order.
pub const SECTIONS: [&str; 4] =
    ["## What it does", "## Why is this bad?", "## How to fix it", "## What it cannot see"];

/// The README's list of rules stands between these lines, which [`replace_table`] looks for.
pub const TABLE_START: &str = "<!-- rules: generated, see CONTRIBUTING.md -->";
/// Ends what [`TABLE_START`] begins.
pub const TABLE_END: &str = "<!-- end of rules -->";

/// Where a rule's declaration is published; [`RuleMeta::file`] follows.
const SOURCE_BASE: &str = "https://github.com/bricklint/bricklint/blob/main/";

/// What is wrong with the sections of a rule's documentation, as a sentence for its author.
///
/// Each of [`SECTIONS`] has to be there once, in that order, with text below it; others may follow.
pub fn complaint(meta: &RuleMeta) -> Option<String> {
    let docs = meta.docs();
    let mut rest = docs.as_str();
    for heading in SECTIONS {
        let Some(at) = find_heading(rest, heading) else {
            return Some(format!(
                "the documentation lacks the section `{heading}`, or has it late"
            ));
        };
        rest = &rest[at + heading.len()..];
        let text = rest.split("\n## ").next().unwrap_or_default();
        if text.trim().is_empty() {
            return Some(format!("the section `{heading}` is empty"));
        }
    }
    None
}

/// Where a line is exactly `heading`.
fn find_heading(text: &str, heading: &str) -> Option<usize> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == heading {
            return Some(offset);
        }
        offset += line.len();
    }
    None
}

/// The rule's page. `example` is an output of the rule that a test holds golden.
pub fn page(meta: &RuleMeta, example: Option<&str>) -> String {
    let mut out = format!("# {}\n\n{}\n\n| | |\n|---|---|\n", meta.id, cell(&meta.summary));
    for (name, value) in facts(meta, source_link(meta)) {
        row(&mut out, &[name, &value]);
    }
    section(&mut out, &meta.docs());
    if !meta.params.is_empty() {
        section(
            &mut out,
            &format!("## Parameters\nUnder `[rules.{}]` in `bricklint.toml`:", meta.id),
        );
        out.push_str("\n| parameter | type | default | |\n|---|---|---|---|\n");
        for param in &meta.params {
            let (name, default) = (format!("`{}`", param.name), code(&literal(&param.default)));
            let doc = cell(&documented(param));
            row(&mut out, &[&name, param.default.type_name(), &default, &doc]);
        }
    }
    if let Some(example) = example {
        let fence = fence(example);
        section(&mut out, "## Example");
        // Writing to a String cannot fail, here and below.
        let _ = write!(out, "{fence}text\n{}\n{fence}\n", example.trim_end());
    }
    out
}

fn section(out: &mut String, text: &str) {
    if !text.is_empty() {
        let _ = write!(out, "\n{text}\n");
    }
}

/// What a parameter does, and what it may be.
fn documented(param: &Param) -> String {
    match param.allowed.words() {
        words if words.is_empty() => param.doc.to_string(),
        words => {
            let subject = if matches!(param.default, ParamValue::Texts(_)) { "Each" } else { "It" };
            let doc = param.doc.trim_end_matches('.');
            let doc = if doc.is_empty() { String::new() } else { format!("{doc}. ") };
            format!("{doc}{subject} is {words}.")
        }
    }
}

/// What a page and `explain` say before the text.
fn facts(meta: &RuleMeta, source: String) -> Vec<(&'static str, String)> {
    let also = meta.also.iter().map(|(level, when)| format!("{} {}", level.as_str(), cell(when)));
    let also: Vec<String> = also.collect();
    let mut facts = vec![("Severity", meta.severity.as_str().to_owned())];
    if !also.is_empty() {
        facts.push(("Also", also.join("; ")));
    }
    facts.extend([
        ("Confidence", format!("{}: {}", meta.confidence.as_str(), confidence(meta))),
        ("Category", meta.category.as_str().to_owned()),
        ("Profile", format!("{}: {}", meta.profile.as_str(), profile(meta.profile))),
        ("World", world(meta.world).to_owned()),
        ("Since", meta.since.to_string()),
    ]);
    if !source.is_empty() {
        facts.push(("Source", source));
    }
    facts
}

fn confidence(meta: &RuleMeta) -> &'static str {
    match meta.confidence {
        // Whoever wrote it, it is no fact about a provider.
        Confidence::Certain if !meta.is_shipped => "so its author says",
        Confidence::Certain => "provider code, a documented API contract or a closed issue says so",
        Confidence::Heuristic => "a pattern that holds in practice",
    }
}

fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Default => "on unless ignored",
        Profile::Strict => "on with `--profile strict`",
        Profile::Dr => "on with `--profile dr`",
        Profile::Policy => "on when configured or selected",
    }
}

fn world(world: World) -> &'static str {
    match world {
        World::State => "state: before and after the apply",
        World::Planned => "planned: after the apply, with the configuration",
        World::Change => "change: the change itself",
    }
}

/// A link for what ships with bricklint, the path for what does not.
fn source_link(meta: &RuleMeta) -> String {
    let file = &*meta.file;
    if meta.is_shipped { format!("[{file}]({SOURCE_BASE}{file})") } else { code(file) }
}

/// A default as it would stand in `bricklint.toml`.
fn literal(value: &ParamValue) -> String {
    match value {
        ParamValue::Bool(value) => value.to_string(),
        ParamValue::Int(value) => value.to_string(),
        ParamValue::Text(value) => toml::Value::from(value.as_ref()).to_string(),
        ParamValue::Texts(values) => {
            let values = values.iter().map(|value| toml::Value::from(value.as_ref()));
            toml::Value::Array(values.collect()).to_string()
        }
    }
}

/// Inline code, whatever the text holds; inside a table cell.
fn code(text: &str) -> String {
    let text = cell(text);
    if text.is_empty() {
        return text;
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// A fence that no line of the text can close.
fn fence(text: &str) -> String {
    "`".repeat((longest_run(text) + 1).max(3))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Text that neither ends a table's cell nor its row.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn row(out: &mut String, cells: &[&str]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// The README's list of rules, in the order given: one line for each, linked to its page.
pub fn table<'a>(rules: impl IntoIterator<Item = &'a RuleMeta>) -> String {
    let mut out =
        "| rule | severity | category | profile | finds |\n|---|---|---|---|---|\n".to_owned();
    for meta in rules {
        let link = format!("[{0}](docs/rules/{0}.md)", meta.id);
        let (severity, category) = (meta.severity.as_str(), meta.category.as_str());
        row(&mut out, &[&link, severity, category, meta.profile.as_str(), &cell(&meta.summary)]);
    }
    out
}

/// The README with `table` between [`TABLE_START`] and [`TABLE_END`]; none where they are missing.
pub fn replace_table(readme: &str, table: &str) -> Option<String> {
    let (before, rest) = readme.split_once(TABLE_START)?;
    let (_, after) = rest.split_once(TABLE_END)?;
    Some(format!("{before}{TABLE_START}\n{table}{TABLE_END}{after}"))
}

/// What `bricklint explain` prints: the page for a terminal of `width` columns, final newline
/// included.
pub fn explain(meta: &RuleMeta, example: Option<&str>, color: bool, width: usize) -> String {
    let text = Text { color, width: width.clamp(40, 100) };
    let mut out = format!("{}\n", text.bold(&neutralise(&meta.id)));
    text.wrapped(&mut out, "", &meta.summary);
    out.push('\n');
    for (name, value) in facts(meta, meta.file.to_string()) {
        text.wrapped(&mut out, &format!("{name:<12}"), &value.replace("\\|", "|"));
    }
    out.push('\n');
    text.markdown(&mut out, &meta.docs());
    if !meta.params.is_empty() {
        let _ = write!(out, "\n{}\n", text.bold("Parameters"));
        for param in &meta.params {
            let setting = format!("{} = {}", param.name, literal(&param.default));
            let _ = writeln!(out, "  {}", neutralise(&setting));
            text.wrapped(&mut out, "      ", &documented(param));
        }
    }
    if let Some(example) = example {
        let _ = write!(out, "\n{}\n", text.bold("Example"));
        for line in example.trim_end().lines() {
            let _ = writeln!(out, "{}", format!("  {}", neutralise(line)).trim_end());
        }
    }
    let url = meta.docs_url();
    if !url.is_empty() {
        let _ = write!(out, "\n{url}\n");
    }
    out
}

/// Markdown, as far as rules use it, for a terminal.
#[derive(Clone, Copy)]
struct Text {
    color: bool,
    width: usize,
}

impl Text {
    fn bold(self, text: &str) -> String {
        if self.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Paragraphs and list items are wrapped, headings bold, code and tables as they are.
    fn markdown(self, out: &mut String, docs: &str) {
        let mut paragraph = String::new();
        let mut fenced = false;
        // A script's documentation is no more trusted than the script.
        for line in docs.lines().map(neutralise) {
            let line = line.as_ref();
            let fence = line.trim_start().starts_with("```");
            let heading = line.trim_start_matches('#').strip_prefix(' ');
            let heading = heading.filter(|_| line.starts_with('#') && !fenced);
            let starts = list_item(line).is_some() || line.is_empty() || line.starts_with('|');
            if fenced || fence || heading.is_some() || starts {
                self.flush(out, &mut paragraph);
            }
            if fence {
                fenced = !fenced;
            } else if fenced {
                let _ = writeln!(out, "{}", format!("    {line}").trim_end());
            } else if line.starts_with('|') {
                let _ = writeln!(out, "  {line}");
            } else if let Some(heading) = heading {
                let _ = writeln!(out, "{}", self.bold(heading));
            } else if line.is_empty() {
                out.push('\n');
            } else {
                let space = if paragraph.is_empty() { "" } else { " " };
                paragraph.push_str(space);
                paragraph.push_str(if space.is_empty() { line } else { line.trim_start() });
            }
        }
        self.flush(out, &mut paragraph);
    }

    fn flush(self, out: &mut String, paragraph: &mut String) {
        if !paragraph.is_empty() {
            let (label, text) = match list_item(paragraph) {
                Some(at) => paragraph.split_at(at),
                None => ("", paragraph.as_str()),
            };
            self.wrapped(out, &format!("  {label}"), text);
            paragraph.clear();
        }
    }

    /// The text, wrapped, with further lines under its first word.
    fn wrapped(self, out: &mut String, label: &str, text: &str) {
        let indent = " ".repeat(display_width(label));
        let options = textwrap::Options::new(self.width)
            .initial_indent(label)
            .subsequent_indent(&indent)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        for line in textwrap::wrap(&neutralise(text), options) {
            let _ = writeln!(out, "{}", neutralise(&line));
        }
    }
}

/// Where the text of a list item starts: after `- `, `* ` or `1. ` and the space before it.
fn list_item(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match text.get(digits..) {
        Some(rest) if digits == 0 && (rest.starts_with("- ") || rest.starts_with("* ")) => 2,
        Some(rest) if digits > 0 && rest.starts_with(". ") => digits + 2,
        _ => return None,
    };
    Some(line.len() - text.len() + marker)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::{
        lint::{Allowed, Category, Severity},
        report::sample,
    };

    fn rule() -> RuleMeta {
        sample::rule("uc-assignment-region", Severity::Error, Category::ApplyFailure)
    }

    #[test]
    fn a_page_has_everything() {
        let page = page(&rule(), Some("live: error[x] ```y```\n"));
        let expected = "\
# uc-assignment-region

workspace and metastore are in different regions

| | |
|---|---|
| Severity | error |
| Also | note when the metastore is not of this run |
| Confidence | certain: provider code, a documented API contract or a closed issue says so |
| Category | apply-failure |
| Profile | default: on unless ignored |
| World | state: before and after the apply |
| Since | 0.1.0 |
| Source | [src/builtin/uc_assignment_region.rs](https://github.com/bricklint/bricklint/blob/main/src/builtin/uc_assignment_region.rs) |

## What it does
";
        assert!(page.starts_with(expected), "{page}");
        let expected = "
## What it cannot see
A workspace whose region is known only after the apply.

## Parameters
Under `[rules.uc-assignment-region]` in `bricklint.toml`:

| parameter | type | default | |
|---|---|---|---|
| `regions` | list of strings | `[\"us-gov-west-1\"]` | Regions to leave out. |

## Example
````text
live: error[x] ```y```
````
";
        assert!(page.ends_with(expected), "{page}");
    }

    #[test]
    fn a_terminal_gets_the_same_without_markup() {
        let text = explain(&rule(), Some("live: error[x]\n"), false, 60);
        let expected = "\
uc-assignment-region
workspace and metastore are in different regions

Severity    error
Also        note when the metastore is not of this run
Confidence  certain: provider code, a documented API
            contract or a closed issue says so
Category    apply-failure
Profile     default: on unless ignored
World       state: before and after the apply
Since       0.1.0
Source      src/builtin/uc_assignment_region.rs

What it does
  Finds a metastore assignment whose workspace lies in
  another region than the metastore.

Why is this bad?
  The API refuses it, after everything before it was
  created:

    Error: cannot create metastore assignment

How to fix it
  Assign the workspace to the metastore of its own region.

  - One metastore per region and account is the limit.
  - A metastore's region cannot be changed.

What it cannot see
  A workspace whose region is known only after the apply.

Parameters
  regions = [\"us-gov-west-1\"]
      Regions to leave out.

Example
  live: error[x]

https://github.com/bricklint/bricklint/blob/main/docs/rules/uc-assignment-region.md
";
        assert_eq!(text, expected);
        assert!(
            explain(&rule(), None, true, 60)
                .starts_with("\u{1b}[1muc-assignment-region\u{1b}[0m\n")
        );
    }

    #[test]
    fn a_script_cannot_act_through_its_documentation() {
        for attack in sample::attacks() {
            let mut meta = rule();
            meta.id = Cow::Owned(attack.clone());
            meta.docs = Cow::Owned(format!("{attack}\n```\n{attack}\n```\n- {attack}"));
            meta.summary = Cow::Owned(attack.clone());
            meta.file = Cow::Owned(attack.clone());
            meta.is_shipped = false;
            meta.params[0].doc = Cow::Owned(attack.clone());
            for line in explain(&meta, Some(&attack), false, 80).lines() {
                assert!(!line.chars().any(crate::redact::acts), "{line:?}");
                assert!(!line.trim_start().starts_with("::e"), "{line}");
            }
            let cells = page(&meta, None);
            let table = cells.lines().filter(|line| line.starts_with("| ")).count();
            assert!(table >= 9, "{cells:.2000}");
        }
    }

    #[test]
    fn the_readme_gets_its_table() {
        let mut odd = rule();
        odd.id = Cow::Borrowed("acme-x");
        odd.summary = Cow::Borrowed("a | b");
        let table = table([&odd, &rule()]);
        assert_eq!(
            table,
            "\
| rule | severity | category | profile | finds |
|---|---|---|---|---|
| [acme-x](docs/rules/acme-x.md) | error | apply-failure | default | a \\| b |
| [uc-assignment-region](docs/rules/uc-assignment-region.md) | error | apply-failure | default | workspace and metastore are in different regions |
"
        );
        let readme = format!("# x\n{TABLE_START}\nold\n{TABLE_END}\nrest\n");
        let new = replace_table(&readme, &table).unwrap();
        assert_eq!(new, format!("# x\n{TABLE_START}\n{table}{TABLE_END}\nrest\n"));
        assert_eq!(replace_table(&new, &table).unwrap(), new, "twice changes nothing");
        assert_eq!(replace_table("# x\n", &table), None);
    }

    #[test]
    fn sections_are_asked_for() {
        let mut meta = rule();
        assert_eq!(complaint(&meta), None);
        for heading in SECTIONS {
            meta.docs = Cow::Owned(sample::DOCS.replace(heading, "## Other"));
            assert!(complaint(&meta).unwrap().contains(heading));
        }
        meta.docs = Cow::Owned(
            sample::DOCS.replace("A workspace whose region is known only after the apply.", ""),
        );
        assert_eq!(complaint(&meta).unwrap(), "the section `## What it cannot see` is empty");
    }

    #[test]
    fn defaults_are_toml() {
        for (value, expected) in [
            (ParamValue::Bool(true), "`true`"),
            (ParamValue::Int(-3), "`-3`"),
            (ParamValue::Text(Cow::Borrowed("a\"`|b")), "``'a\"`\\|b'``"),
            (ParamValue::Texts(Vec::new()), "`[]`"),
        ] {
            let mut meta = rule();
            let (name, doc) = (Cow::Borrowed("p"), Cow::Borrowed("d"));
            meta.params = vec![Param { name, doc, default: value, allowed: Allowed::Anything }];
            assert!(page(&meta, None).contains(&format!(" | {expected} | d |\n")), "{expected}");
        }
    }
}
