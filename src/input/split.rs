//! A decoded text to its documents: one as a rule, but also several in a row, and lines of other
//! tools before, between and after them.

use super::{
    HEAD, Kind,
    broken::broken,
    decode::Text,
    refusal::Refusal,
    sieve::Gap,
    sniff::{self, Keys, Verdict, scan, sniff},
};

/// What a text holds.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) documents: Vec<(Kind, String)>,
    /// Of the one document of a text.
    pub(super) gap: Gap,
    pub(super) refusals: Vec<Refusal>,
}

/// Finds the documents of a text.
pub(super) fn split(text: Text, path: &str) -> Parts {
    let start = text.content.len() - text.content.trim_start().len();
    let body = &text.content[start..];
    if body.is_empty() {
        return refuse(Refusal::Empty);
    }
    if is_list(body) {
        return refuse(Refusal::List);
    }
    if !text.utf16 && is_single(body) { single(text, start) } else { several(text, path) }
}

fn refuse(why: Refusal) -> Parts {
    Parts { refusals: vec![why], ..Parts::default() }
}

/// One document: only as much of it is read here as tells what it is.
fn single(text: Text, start: usize) -> Parts {
    let Text { content, gap, .. } = text;
    let body = &content[start..];
    let (keys, error) = sniff(body);
    match (keys.verdict(), error) {
        (Some(Verdict::Document(kind)), _) => {
            Parts { documents: vec![(kind, content)], gap, refusals: Vec::new() }
        }
        (Some(Verdict::Refused(why)), _) => refuse(why),
        (_, Some(error)) => {
            let lines = line_of(&content, start);
            refuse(Refusal::Broken(broken(body, gap, &error, lines)))
        }
        (_, None) => refuse(Refusal::OtherJson),
    }
}

/// Whether `text`, which starts and ends without white space, looks like exactly one object: it ends
/// with `}`, and every further line is indented or closes something. Two documents on one line pass;
/// the reader of plans finds the second.
fn is_single(text: &str) -> bool {
    if !text.starts_with('{') || !text.trim_end().ends_with('}') {
        return false;
    }
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\n', bytes)
        .all(|at| matches!(bytes.get(at + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'}')))
}

/// A list, as opposed to a line such as `[command]/usr/bin/terraform`.
fn is_list(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('[') else { return false };
    matches!(
        rest.trim_start().bytes().next(),
        None | Some(b'{' | b'[' | b'"' | b']' | b'-' | b'0'..=b'9')
    )
}

/// Reads every document to its end, once, and steps over what is none.
fn several(text: Text, path: &str) -> Parts {
    let content = text.content.as_str();
    let mut found = Vec::new();
    let mut damage = None;
    let mut position = 0;
    while let Some(start) = next_start(content, position) {
        match scan(&content[start..]) {
            Ok((keys, length)) => {
                position = start + length;
                found.push((start..position, judge(&keys)));
            }
            Err(error) => {
                let lines = line_of(content, start);
                let words = broken(&content[start..], text.gap, &error, lines);
                damage = Some(if text.utf16 {
                    Refusal::Utf16Json(words)
                } else {
                    Refusal::Broken(words)
                });
                break;
            }
        }
    }
    collect(text, found, damage, path)
}

fn judge(keys: &Keys) -> Verdict {
    keys.verdict().unwrap_or(sniff::Verdict::Other)
}

type Part = (std::ops::Range<usize>, Verdict);

/// What was found, without the log lines around it; where no document was found, the one reason
/// that says most.
fn collect(text: Text, found: Vec<Part>, damage: Option<Refusal>, path: &str) -> Parts {
    if !found.iter().any(|(_, verdict)| matches!(verdict, Verdict::Document(_))) {
        return refuse(best_reason(&text, &found, damage, path));
    }
    let mut parts = Parts::default();
    for (_, verdict) in &found {
        match verdict {
            Verdict::Refused(Refusal::Log) | Verdict::Noise | Verdict::Document(_) => {}
            Verdict::Refused(why) => parts.refusals.push(why.clone()),
            Verdict::Other => parts.refusals.push(Refusal::OtherJson),
        }
    }
    parts.refusals.extend(damage);
    parts.refusals.dedup();
    parts.documents = cut(text.content, &found);
    parts
}

/// The texts of the documents among `found`; a single one is not copied.
fn cut(mut text: String, found: &[Part]) -> Vec<(Kind, String)> {
    let documents: Vec<_> = found
        .iter()
        .filter_map(|(range, verdict)| match verdict {
            Verdict::Document(kind) => Some((*kind, range.clone())),
            _ => None,
        })
        .collect();
    if let [(kind, range)] = documents.as_slice() {
        text.truncate(range.end);
        text.drain(..range.start);
        return vec![(*kind, text)];
    }
    documents.into_iter().map(|(kind, range)| (kind, text[range].to_owned())).collect()
}

fn best_reason(text: &Text, found: &[Part], damage: Option<Refusal>, path: &str) -> Refusal {
    let (text, gap) = (text.content.as_str(), text.gap);
    let known = found.iter().find_map(|(_, verdict)| match verdict {
        Verdict::Refused(why) => Some(why.clone()),
        _ => None,
    });
    if let Some(why) = known {
        return why;
    }
    if is_for_people(text) {
        return Refusal::Human;
    }
    match damage {
        Some(why) => why,
        None if !found.is_empty() => Refusal::OtherJson,
        None if path.ends_with(".tf") || path.ends_with(".tofu") => Refusal::Hcl,
        None if text.starts_with('{') => Refusal::Broken(no_key(text, gap)),
        None => Refusal::NoJson,
    }
}

/// The words for a text that starts like an object and then is none.
fn no_key(text: &str, gap: Gap) -> String {
    match scan(text) {
        Err(error) => broken(text, gap, &error, 0),
        Ok(_) => Refusal::OtherJson.to_string(),
    }
}

/// What `terraform plan` and `terraform show` print without `-json`, and where they fail.
pub(super) fn is_for_people(text: &str) -> bool {
    const SIGNS: [&str; 12] = [
        "Terraform used the selected providers",
        "Terraform will perform",
        "Terraform planned the following actions",
        "OpenTofu used the selected providers",
        "OpenTofu will perform",
        "OpenTofu planned the following actions",
        "An execution plan has been generated",
        "No changes.",
        "Note: Objects have changed outside of",
        // The frame of an error; without colours there is none.
        "\u{2577}",
        "\nError: ",
        "command not found",
    ];
    let mut end = HEAD.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    // Any words may stand in JSON.
    !head.trim_start().starts_with(['{', '[', '"'])
        && (head.starts_with("Error: ") || SIGNS.iter().any(|sign| head.contains(sign)))
}

/// Where the next object starts at or after `from`: on a line of its own, or right after the last.
/// A brace counts only with a key or a closing brace behind it, so that prose does not.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let mut line = from;
    loop {
        let rest = text.get(line..)?;
        let trimmed = rest.trim_start();
        let start = text.len() - trimmed.len();
        if let Some(inner) = trimmed.strip_prefix('{')
            && matches!(inner.trim_start().bytes().next(), Some(b'"' | b'}'))
        {
            return Some(start);
        }
        line = start + trimmed.find('\n')? + 1;
    }
}

/// How many lines stand before `offset`.
fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count()
}

/// Whether a text ends in the middle of its first JSON document.
pub(super) fn is_cut_off(text: &str) -> bool {
    let body = text.trim_start();
    body.starts_with('{') && scan(body).is_err_and(|error| error.is_eof())
}

/// Whether the beginning of a text is that of a JSON list of plans.
pub(super) fn list_of_plans(head: &str) -> bool {
    let inner = head.trim_start().strip_prefix('[');
    inner.map(str::trim_start).is_some_and(|it| it.starts_with('{') && sniff(it).0.shows())
}

/// The keys of the first document in the beginning of a text.
pub(super) fn first_keys(head: &str) -> Option<Keys> {
    if is_list(head.trim_start()) {
        return None;
    }
    next_start(head, 0).map(|start| sniff(&head[start..]).0)
}
