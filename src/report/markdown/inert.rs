//! Texts of a plan in Markdown, so that they stay text.
//!
//! GitHub and GitLab make more of a text than CommonMark does: links of bare addresses, mentions of
//! people and teams, references to issues and commits, emoji, all found in the finished page, where
//! neither backslashes nor entities help. Code spans are the one place that all of that leaves
//! alone. So everything that is not a plain word is a code span, which is how addresses and values
//! want to be shown anyway. Texts must have been made harmless (`redact::neutralise`): no line
//! breaks, nothing invisible.

/// The text as a code span; "" for none.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(text) + 1);
    // One space at both ends is not shown; without, a backtick at the edge would join the fence.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The text as a code span in a cell of a table. A cell ends at every bar, in code too, and
/// escaping it is understood in different ways; so another bar stands for it.
pub(super) fn cell_code(text: &str) -> String {
    code(&text.replace('|', "¦"))
}

/// The text as prose in a cell of a table.
pub(super) fn cell(text: &str) -> String {
    prose(&text.replace('|', "¦"))
}

/// The text with its plain words as they are and all else in code spans. What the text itself has
/// between backticks stays together.
pub(super) fn prose(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return words(text).join(" ");
    }
    let mut out: Vec<String> = Vec::new();
    let mut glued = false;
    for (n, piece) in pieces.iter().enumerate() {
        if n % 2 == 1 {
            push(&mut out, code(piece), glued);
            glued = true;
            continue;
        }
        glued &= !piece.starts_with(' ');
        for (at, word) in words(piece).into_iter().enumerate() {
            push(&mut out, word, at == 0 && glued);
        }
        glued = !piece.is_empty() && !piece.ends_with(' ');
    }
    out.join(" ")
}

fn words(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').filter(|it| !it.is_empty()).collect();
    let runs = words.chunk_by(|a, b| is_field(a) && is_field(b));
    let spans = runs.flat_map(|run| match run.len() >= FIELDS && run.contains(&"*") {
        true => vec![code(&run.join(" "))],
        false => run.iter().copied().map(word).collect(),
    });
    spans.collect()
}

/// So many fields in a row are a schedule, which stays together.
const FIELDS: usize = 4;

/// Whether a word may be a field of a cron expression: `*/15`, `1-5`, `MON`.
fn is_field(word: &str) -> bool {
    let is_in =
        |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || b"*?/,-#".contains(&byte);
    word.bytes().all(is_in)
}

/// Appends a word; without a space where the text has none. Two code spans always need one.
fn push(out: &mut Vec<String>, word: String, glued: bool) {
    match out.last_mut() {
        Some(last) if glued && !(last.ends_with('`') && word.starts_with('`')) => {
            last.push_str(&word);
        }
        _ => out.push(word),
    }
}

fn word(word: &str) -> String {
    if is_plain(word) {
        return word.to_owned();
    }
    // Punctuation around a name is none of it.
    let start = usize::from(word.starts_with(OPENING));
    let end = word.trim_end_matches(PUNCTUATION).len();
    match word.get(start..end).filter(|core| !core.is_empty()) {
        Some(core) => format!("{}{}{}", &word[..start], code(core), &word[end..]),
        None => code(word),
    }
}

/// What may stand before a word.
const OPENING: [char; 2] = ['(', '"'];

/// What may follow a word.
const PUNCTUATION: [char; 8] = [',', '.', ';', ':', ')', '!', '?', '"'];

/// Whether a word means nothing in any flavour of Markdown: letters, or a number, with punctuation
/// around it. Long runs of hexadecimal digits could be commits.
fn is_plain(word: &str) -> bool {
    let core = word.strip_prefix(OPENING).unwrap_or(word);
    let core = core.trim_end_matches(PUNCTUATION);
    if core.is_empty() || word == "=" {
        return ["·", "–", "—", "…", "=", ",", ".", ";", ")"].contains(&word);
    }
    let is_commit = core.len() >= 7 && core.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number =
        core.len() < 7 && core.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    let mut parts = core.split(['-', '\'', '’']);
    let is_word = parts.all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic));
    !is_commit && (is_number || is_word)
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        for (text, expected) in [
            ("", ""),
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("`a`", "`` `a` ``"),
            ("```", "```` ``` ````"),
            (" a", "`  a `"),
            ("@team | x", "`@team | x`"),
        ] {
            assert_eq!(code(text), expected);
        }
        assert_eq!(cell_code("a|b\\|"), "`a¦b\\¦`");
    }

    #[test]
    fn words_stay_and_all_else_is_code() {
        for (text, expected) in [
            (
                "the data-bearing role isn't (yet) there.",
                "the data-bearing role isn't (yet) there.",
            ),
            ("metastore `main` is in us-east-1, too", "metastore `main` is in `us-east-1`, too"),
            ("set `a = true`, or `b`", "set `a = true`, or `b`"),
            ("uses aws_vpc.this: 3 of 1,204", "uses `aws_vpc.this`: 3 of 1,204"),
            ("expression 0 2 * * MON has five", "expression `0 2 * * MON` has five"),
            ("* and 2 * 3", "`*` and 2 `*` 3"),
            (
                "ping @team and #1 www.x.y http://x a@b.c",
                "ping `@team` and `#1` `www.x.y` `http://x` `a@b.c`",
            ),
            ("deadbeef defaced 1234567", "`deadbeef` `defaced` `1234567`"),
            ("one ` alone", "one `` ` `` alone"),
            ("`a``b`", "`a` `b`"),
            ("x`a`y `@b`@c", "x`a`y `@b` `@c`"),
            (
                ":smile: *a* _b_ <br> &amp; \\ --- == 1.",
                "`:smile`: `*a*` `_b_` `<br>` `&amp`; `\\` `---` `==` 1.",
            ),
            ("or \"account users\", a = \"@b\" \"", "or \"account users\", a = \"`@b`\" `\"`"),
        ] {
            assert_eq!(prose(text), expected);
        }
    }
}
