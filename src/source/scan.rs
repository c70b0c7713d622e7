//! Where things stand in a file: blocks, attributes and comments, as byte ranges.
//!
//! The structure of HCL can be told without understanding its expressions: an expression ends with
//! its line, where no bracket, string or heredoc is open. So this reads structure alone, in one
//! pass, without recursion, and what stands before a mistake is kept. The expressions are read when
//! somebody asks (`shape`).

use std::ops::Range;

/// The syntax of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `.tf`, `.tofu`, `.hcl`.
    Hcl,
    /// `.tf.json`, `.tofu.json`.
    Json,
}

/// An attribute or a block.
#[derive(Debug)]
pub(super) struct Item {
    /// Index of the block around it.
    pub(super) parent: Option<usize>,
    /// Index after its last descendant.
    pub(super) next: usize,
    pub(super) is_block: bool,
    pub(super) name: Box<str>,
    /// Labels of a block, without quotes.
    pub(super) labels: Vec<String>,
    /// An attribute's name and value, a block's name and labels.
    pub(super) head: Range<usize>,
    /// From the first letter of the name to the end of the value or the closing brace.
    pub(super) whole: Range<usize>,
    /// An attribute's expression; what stands between a block's braces.
    pub(super) value: Range<usize>,
}

/// A comment of one line, or a `/* */` one, with its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) range: Range<usize>,
}

/// Where and why the structure could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) at: usize,
    pub(super) why: &'static str,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Attributes and blocks in the order of the file, parents before children.
    pub(super) items: Vec<Item>,
    pub(super) comments: Vec<Comment>,
    pub(super) broken: Option<Broken>,
}

/// No configuration nests deeper; it bounds what hostile text can make us remember.
const MAX_DEPTH: usize = 512;

const DEEP: &str = "nested too deeply";
const STRING: &str = "a string does not end on its line";
const BRACKET: &str = "a bracket has no partner";
const OPEN: &str = "a bracket, string or heredoc is never closed";
const STRUCTURE: &str = "neither an attribute nor a block";

/// Reads the structure of a `.tf` file.
pub(super) fn scan(text: &str) -> Scan {
    let mut body = Body { cursor: Cursor::new(text, Syntax::Hcl), items: Vec::new(), open: vec![] };
    let mut broken = body.read().err();
    if broken.is_none() && !body.open.is_empty() {
        broken = Some(Broken { at: text.len(), why: OPEN });
    }
    // A block that never ended may have swallowed its neighbours.
    if let Some(first) = body.open.first().filter(|_| broken.is_some()) {
        body.items.truncate(*first);
    }
    Scan { items: body.items, comments: body.cursor.comments, broken }
}

struct Body<'t> {
    cursor: Cursor<'t>,
    items: Vec<Item>,
    /// Blocks that have not ended, outermost first.
    open: Vec<usize>,
}

impl Body<'_> {
    fn read(&mut self) -> Result<(), Broken> {
        loop {
            self.cursor.blank(true);
            match self.cursor.peek() {
                None => return Ok(()),
                Some(b'}') => self.close()?,
                Some(_) => self.item()?,
            }
        }
    }

    fn close(&mut self) -> Result<(), Broken> {
        let Some(block) = self.open.pop() else { return Err(self.cursor.broken(BRACKET)) };
        let next = self.items.len();
        let item = &mut self.items[block];
        item.value.end = self.cursor.at;
        self.cursor.at += 1;
        item.whole.end = self.cursor.at;
        item.next = next;
        Ok(())
    }

    fn item(&mut self) -> Result<(), Broken> {
        let start = self.cursor.at;
        let Some(name) = self.cursor.word() else { return Err(self.cursor.broken(STRUCTURE)) };
        let name = name.into();
        self.cursor.blank(false);
        if self.cursor.peek() == Some(b'=') {
            return self.attribute(start, name);
        }
        self.block(start, name)
    }

    fn attribute(&mut self, start: usize, name: Box<str>) -> Result<(), Broken> {
        self.cursor.at += 1;
        self.cursor.blank(false);
        let value = self.cursor.value(Until::Line)?;
        if value.is_empty() {
            return Err(Broken { at: value.start, why: STRUCTURE });
        }
        let whole = start..value.end;
        self.push(Item {
            parent: None,
            next: 0,
            is_block: false,
            name,
            labels: Vec::new(),
            head: whole.clone(),
            whole,
            value,
        });
        Ok(())
    }

    fn block(&mut self, start: usize, name: Box<str>) -> Result<(), Broken> {
        let mut labels = Vec::new();
        let mut head = start..start + name.len();
        while self.cursor.peek() != Some(b'{') {
            labels.push(self.cursor.label()?);
            head.end = self.cursor.at;
            self.cursor.blank(false);
        }
        self.cursor.at += 1;
        if self.open.len() == MAX_DEPTH {
            return Err(self.cursor.broken(DEEP));
        }
        let (whole, value) = (start..self.cursor.at, self.cursor.at..self.cursor.at);
        let parent = None;
        self.push(Item { parent, next: 0, is_block: true, name, labels, head, whole, value });
        self.open.push(self.items.len() - 1);
        Ok(())
    }

    fn push(&mut self, mut item: Item) {
        item.parent = self.open.last().copied();
        item.next = self.items.len() + 1;
        self.items.push(item);
    }
}

/// What ends an expression, beside a bracket that it did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Line,
    Comma,
    LineOrComma,
}

/// What is open inside an expression.
#[derive(Clone, Debug)]
enum Open {
    /// A bracket, by the byte that closes it; `${` and `%{` wait for a `}` like any brace.
    Bracket(u8),
    Quote,
    /// By the range of its marker.
    Heredoc(Range<usize>),
}

#[derive(Debug)]
struct Cursor<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    syntax: Syntax,
    comments: Vec<Comment>,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str, syntax: Syntax) -> Cursor<'t> {
        Cursor { text, bytes: text.as_bytes(), at: 0, syntax, comments: Vec::new() }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn starts_with(&self, prefix: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(prefix))
    }

    fn broken(&self, why: &'static str) -> Broken {
        Broken { at: self.at, why }
    }

    /// Goes behind white space and comments, over ends of lines where `lines` says so.
    fn blank(&mut self, lines: bool) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if lines => self.at += 1,
                _ if self.comment() => {}
                _ => return,
            }
        }
    }

    /// Goes behind a comment, the end of its line excluded.
    fn comment(&mut self) -> bool {
        let hcl = self.syntax == Syntax::Hcl;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = if hcl && (rest.starts_with(b"#") || rest.starts_with(b"//")) {
            rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
        } else if hcl && rest.starts_with(b"/*") {
            rest[2..].windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |at| at + 4)
        } else {
            return false;
        };
        let range = self.at..self.at + length;
        self.at = range.end;
        let kept = self.text[range.clone()].trim_end().len();
        self.comments.push(Comment { range: range.start..range.start + kept });
        true
    }

    /// An identifier.
    fn word(&mut self) -> Option<&'t str> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        (!word.is_empty()).then_some(word)
    }

    fn label(&mut self) -> Result<String, Broken> {
        if self.peek() != Some(b'"') {
            let word = self.word().map(str::to_owned);
            return word.ok_or_else(|| self.broken(STRUCTURE));
        }
        let start = self.at;
        self.at += 1;
        let mut open = vec![Open::Quote];
        self.quoted(&mut open)?;
        if open.is_empty() {
            Ok(unquoted(&self.text[start..self.at]))
        } else {
            Err(self.broken(STRUCTURE))
        }
    }

    /// Goes behind an expression, and returns it without the blank around it.
    fn value(&mut self, until: Until) -> Result<Range<usize>, Broken> {
        let start = self.at;
        let mut end = start;
        let mut open: Vec<Open> = Vec::new();
        while let Some(byte) = self.peek() {
            match open.last() {
                Some(Open::Quote) => self.quoted(&mut open)?,
                Some(Open::Heredoc(marker)) => {
                    let marker = marker.clone();
                    self.heredoc(&marker, &mut open)?;
                }
                _ => match byte {
                    b'\n' if open.is_empty() && until != Until::Comma => break,
                    b',' if open.is_empty() && until != Until::Line => break,
                    b' ' | b'\t' | b'\r' | b'\n' => {
                        self.at += 1;
                        continue;
                    }
                    b')' | b']' | b'}' if open.is_empty() => break,
                    _ if self.comment() => continue,
                    _ => self.token(byte, &mut open)?,
                },
            }
            end = self.at;
        }
        if open.is_empty() { Ok(start..end) } else { Err(Broken { at: start, why: OPEN }) }
    }

    /// One token outside strings; a letter or a sign of an operator counts as one.
    fn token(&mut self, byte: u8, open: &mut Vec<Open>) -> Result<(), Broken> {
        match byte {
            b'(' => open.push(Open::Bracket(b')')),
            b'[' => open.push(Open::Bracket(b']')),
            b'{' => open.push(Open::Bracket(b'}')),
            b')' | b']' | b'}' => match open.pop() {
                Some(Open::Bracket(partner)) if partner == byte => {}
                _ => return Err(self.broken(BRACKET)),
            },
            b'"' => open.push(Open::Quote),
            b'<' if self.syntax == Syntax::Hcl => {
                if let Some((marker, next)) = self.heredoc_start() {
                    open.push(Open::Heredoc(marker));
                    self.at = next;
                    return Ok(());
                }
            }
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            return Err(self.broken(DEEP));
        }
        self.at += 1;
        Ok(())
    }

    /// The marker behind `<<` or `<<-`, and where the next line starts.
    fn heredoc_start(&self) -> Option<(Range<usize>, usize)> {
        let rest = self.text[self.at..].strip_prefix("<<")?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let start = self.text.len() - rest.len();
        let line = rest.split('\n').next()?;
        let marker = line.trim_end();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let ends = start + line.len() < self.text.len();
        (ends && !marker.is_empty() && marker.chars().all(is_word))
            .then_some((start..start + marker.len(), start + line.len() + 1))
    }

    /// Goes on inside quotes, to behind the closing one or the next `${`.
    fn quoted(&mut self, open: &mut Vec<Open>) -> Result<(), Broken> {
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    open.pop();
                    return Ok(());
                }
                b'\\' => self.at = self.after_char(self.at + 1),
                b'\n' => return Err(self.broken(STRING)),
                b'$' | b'%' if self.syntax == Syntax::Hcl => {
                    if self.interpolation(byte, open)? {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
        Err(self.broken(OPEN))
    }

    /// Goes on inside a heredoc, to behind its marker or the next `${`.
    fn heredoc(&mut self, marker: &Range<usize>, open: &mut Vec<Open>) -> Result<(), Broken> {
        while let Some(byte) = self.peek() {
            if self.bytes.get(self.at.wrapping_sub(1)) == Some(&b'\n') {
                let line = self.text[self.at..].split('\n').next().unwrap_or_default();
                if line.trim() == &self.text[marker.clone()] {
                    self.at += line.trim_end().len();
                    open.pop();
                    return Ok(());
                }
            }
            match byte {
                b'$' | b'%' => {
                    if self.interpolation(byte, open)? {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
        Err(self.broken(OPEN))
    }

    /// Goes behind a `$` or `%`; true where it opened an interpolation or a directive.
    fn interpolation(&mut self, byte: u8, open: &mut Vec<Open>) -> Result<bool, Broken> {
        if self.starts_with(&[byte, byte, b'{']) {
            self.at += 3;
            return Ok(false);
        }
        if !self.starts_with(&[byte, b'{']) {
            self.at += 1;
            return Ok(false);
        }
        if open.len() > MAX_DEPTH {
            return Err(self.broken(DEEP));
        }
        self.at += 2;
        open.push(Open::Bracket(b'}'));
        Ok(true)
    }

    fn after_char(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        at + rest.chars().next().map_or(0, char::len_utf8)
    }
}

/// A member of an object, an item of a list, or an argument of a function.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key of an object's member, where it is no expression.
    pub(super) key: Option<String>,
    /// Key and value.
    pub(super) whole: Range<usize>,
    /// The key as written; the whole where there is none.
    pub(super) head: Range<usize>,
    pub(super) value: Range<usize>,
}

/// The members of an object, a list or a function's arguments in `range`; none where it is
/// something else, a `for` expression for example.
pub(super) fn entries(text: &str, range: &Range<usize>, syntax: Syntax) -> Vec<Entry> {
    let mut found = Vec::new();
    let Some(part) = text.get(..range.end) else { return found };
    let mut cursor = Cursor::new(part, syntax);
    cursor.at = range.start;
    let object = match cursor.peek() {
        Some(b'{') => true,
        Some(b'[' | b'(') => false,
        _ => return found,
    };
    cursor.at += 1;
    cursor.blank(true);
    if is_for(&part[cursor.at..]) {
        return found;
    }
    loop {
        cursor.blank(true);
        match cursor.peek() {
            None | Some(b')' | b']' | b'}') => return found,
            Some(b',') => cursor.at += 1,
            Some(_) => match entry(&mut cursor, object) {
                Some(entry) => found.push(entry),
                None => return found,
            },
        }
    }
}

fn entry(cursor: &mut Cursor<'_>, object: bool) -> Option<Entry> {
    let start = cursor.at;
    let mut head = None;
    let mut key = None;
    if object {
        key = member_key(cursor)?;
        head = Some(start..cursor.at);
        cursor.blank(true);
        if !matches!(cursor.peek(), Some(b'=' | b':')) {
            return None;
        }
        cursor.at += 1;
        cursor.blank(cursor.syntax == Syntax::Json);
    }
    let by_line = object && cursor.syntax == Syntax::Hcl;
    let value = cursor.value(if by_line { Until::LineOrComma } else { Until::Comma }).ok()?;
    if value.is_empty() {
        return None;
    }
    let whole = start..value.end;
    Some(Entry { key, head: head.unwrap_or_else(|| whole.clone()), whole, value })
}

/// Reads a key; none inside where it is an expression, none outside where it is no key.
fn member_key(cursor: &mut Cursor<'_>) -> Option<Option<String>> {
    match cursor.peek()? {
        b'"' => {
            let start = cursor.at;
            let mut open = Vec::new();
            cursor.token(b'"', &mut open).ok()?;
            while !open.is_empty() {
                let byte = cursor.peek()?;
                match open.last() {
                    Some(Open::Quote) => cursor.quoted(&mut open).ok()?,
                    _ => cursor.token(byte, &mut open).ok()?,
                }
            }
            let quoted = &cursor.text[start..cursor.at];
            if cursor.syntax == Syntax::Json {
                return Some(serde_json::from_str(quoted).ok());
            }
            let plain = !quoted.contains("${") && !quoted.contains("%{");
            Some(plain.then(|| unquoted(quoted)))
        }
        b'(' => {
            cursor.at += 1;
            cursor.value(Until::Comma).ok()?;
            cursor.at += 1;
            Some(None)
        }
        _ => {
            let word = cursor.word()?.to_owned();
            // `a.b = 1` is an expression as well.
            if cursor.peek() == Some(b'.') {
                while matches!(cursor.peek(), Some(byte) if !b"=:\n".contains(&byte)) {
                    cursor.at += 1;
                }
                return Some(None);
            }
            Some(Some(word))
        }
    }
}

/// A string, a heredoc's lines or a number in an expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Without quotes; with its interpolations.
    pub(super) range: Range<usize>,
    /// Keys of the members that it stands in, outermost first.
    pub(super) keys: Vec<String>,
}

/// The literals of an expression, those of keys left out. Of one that cannot be read, all before
/// what cannot.
pub(super) fn literals(text: &str, range: &Range<usize>, syntax: Syntax) -> Vec<Literal> {
    let Some(part) = text.get(..range.end) else { return Vec::new() };
    let mut cursor = Cursor::new(part, syntax);
    cursor.at = range.start;
    let mut search = Literals { cursor, levels: Vec::new(), found: Vec::new() };
    // What cannot be read ends the search.
    let _ = search.read();
    search.found
}

struct Literals<'t> {
    cursor: Cursor<'t>,
    levels: Vec<Level>,
    found: Vec<Literal>,
}

/// Open brackets.
struct Level {
    is_object: bool,
    key: Option<String>,
    /// Nothing of a member has been read yet: a name here may be a key.
    fresh: bool,
}

impl Literals<'_> {
    fn read(&mut self) -> Result<(), Broken> {
        loop {
            self.cursor.blank(false);
            let Some(byte) = self.cursor.peek() else { return Ok(()) };
            match byte {
                b'\n' | b',' => {
                    self.cursor.at += 1;
                    let ends = byte == b',' || self.cursor.syntax == Syntax::Hcl;
                    if let Some(level) = self.levels.last_mut().filter(|_| ends) {
                        (level.key, level.fresh) = (None, level.is_object);
                    }
                    continue;
                }
                b'{' | b'[' | b'(' => {
                    self.stale();
                    self.cursor.at += 1;
                    let is_object = byte == b'{';
                    self.levels.push(Level { is_object, key: None, fresh: is_object });
                    continue;
                }
                b'}' | b']' | b')' => {
                    self.cursor.at += 1;
                    self.levels.pop();
                }
                b'"' => self.quoted()?,
                b'<' => self.heredoc()?,
                b'0'..=b'9' => self.number(),
                _ => self.word(),
            }
            self.stale();
        }
    }

    /// What follows is no key.
    fn stale(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.fresh = false;
        }
    }

    fn quoted(&mut self) -> Result<(), Broken> {
        let start = self.cursor.at;
        self.token(b'"')?;
        let range = start + 1..self.cursor.at - 1;
        if !self.key(&(start..self.cursor.at)) {
            self.push(range);
        }
        Ok(())
    }

    fn heredoc(&mut self) -> Result<(), Broken> {
        let Some((marker, start)) =
            self.cursor.heredoc_start().filter(|_| self.cursor.syntax == Syntax::Hcl)
        else {
            self.cursor.at += 1;
            return Ok(());
        };
        self.token(b'<')?;
        let end = self.cursor.at - marker.len();
        self.push(start..end.max(start));
        Ok(())
    }

    /// Goes behind a string or heredoc.
    fn token(&mut self, byte: u8) -> Result<(), Broken> {
        let mut open = Vec::new();
        self.cursor.token(byte, &mut open)?;
        while let Some(last) = open.last() {
            match last {
                Open::Quote => self.cursor.quoted(&mut open)?,
                Open::Heredoc(marker) => {
                    let marker = marker.clone();
                    self.cursor.heredoc(&marker, &mut open)?;
                }
                Open::Bracket(_) => match self.cursor.peek() {
                    Some(byte) => self.cursor.token(byte, &mut open)?,
                    None => return Err(self.cursor.broken(OPEN)),
                },
            }
        }
        Ok(())
    }

    fn number(&mut self) {
        let start = self.cursor.at;
        let rest = &self.cursor.text[start..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
        self.cursor.at = start + length.unwrap_or(rest.len());
        self.push(start..self.cursor.at);
    }

    /// A name, or one sign of an operator.
    fn word(&mut self) {
        let start = self.cursor.at;
        if self.cursor.word().is_none() {
            self.cursor.at = self.cursor.after_char(start);
        } else {
            self.key(&(start..self.cursor.at));
        }
    }

    /// Takes what was just read as the key of a member, where it is one.
    fn key(&mut self, written: &Range<usize>) -> bool {
        let Some(level) = self.levels.last_mut().filter(|level| level.fresh) else { return false };
        let mut ahead = Cursor::new(self.cursor.text, self.cursor.syntax);
        ahead.at = self.cursor.at;
        ahead.blank(false);
        let is_key =
            ahead.peek() == Some(b':') || (ahead.peek() == Some(b'=') && !ahead.starts_with(b"=="));
        if is_key {
            level.key = Some(unquoted(&self.cursor.text[written.clone()]));
        }
        is_key
    }

    fn push(&mut self, range: Range<usize>) {
        let keys = self.levels.iter().filter_map(|level| level.key.clone()).collect();
        self.found.push(Literal { range, keys });
    }
}

fn is_for(rest: &str) -> bool {
    rest.strip_prefix("for").is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n', '#', '/']))
}

/// A quoted string without its quotes and escapes.
fn unquoted(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    // The escapes of HCL strings and of keys in addresses are the same.
    match crate::plan::steps(&format!("[{quoted}]")).pop() {
        Some(crate::plan::Step::Key(crate::plan::Key::Text(text))) => text,
        _ => inner.to_owned(),
    }
}

/// Reads the structure of a `.tf.json` file: blocks, and what stands directly in them. Attributes
/// and nested blocks look alike in JSON, so both are attributes here.
pub(super) fn scan_json(text: &str) -> Scan {
    let mut scan = Scan::default();
    // Reads without recursion, so depth is no danger.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let line = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let at = line.map(str::len).sum::<usize>().min(text.len());
        scan.broken = Some(Broken { at, why: "no valid JSON" });
        return scan;
    }
    let root = text.find(['{', '[']).unwrap_or(text.len())..text.trim_end().len();
    for (object, _) in objects(text, root) {
        for kind in entries(text, &object, Syntax::Json) {
            let name = kind.key.clone().unwrap_or_default();
            let labels = match name.as_str() {
                "resource" | "data" | "ephemeral" => 2,
                "module" | "variable" | "output" | "provider" | "check" => 1,
                _ => 0,
            };
            // Terraform's comment; it may say something to us.
            if name == "//" {
                scan.comments.push(Comment { range: kind.value });
                continue;
            }
            json_blocks(text, &name, Vec::new(), labels, &kind, &mut scan);
        }
    }
    scan
}

/// The object in `range`, or those of the list there, and whether it is a list.
fn objects(text: &str, range: Range<usize>) -> Vec<(Range<usize>, bool)> {
    match text.as_bytes().get(range.start) {
        Some(b'{') => vec![(range, false)],
        Some(b'[') => entries(text, &range, Syntax::Json)
            .into_iter()
            .filter(|entry| text.as_bytes().get(entry.value.start) == Some(&b'{'))
            .map(|entry| (entry.value, true))
            .collect(),
        _ => Vec::new(),
    }
}

/// As deep as blocks have labels: at most two.
fn json_blocks(
    text: &str,
    name: &str,
    labels: Vec<String>,
    missing: usize,
    entry: &Entry,
    scan: &mut Scan,
) {
    for (object, listed) in objects(text, entry.value.clone()) {
        if missing > 0 {
            for inner in entries(text, &object, Syntax::Json) {
                let Some(label) = inner.key.clone().filter(|label| label != "//") else { continue };
                let mut labels = labels.clone();
                labels.push(label);
                json_blocks(text, name, labels, missing - 1, &inner, scan);
            }
            continue;
        }
        let head = if listed { object.clone() } else { entry.head.clone() };
        json_block(text, name, labels.clone(), head, object, scan);
    }
}

fn json_block(
    text: &str,
    name: &str,
    labels: Vec<String>,
    head: Range<usize>,
    value: Range<usize>,
    scan: &mut Scan,
) {
    let block = scan.items.len();
    let whole = head.start..value.end;
    let inside = entries(text, &value, Syntax::Json);
    let name = name.into();
    scan.items.push(Item {
        parent: None,
        next: 0,
        is_block: true,
        name,
        labels,
        head,
        whole,
        value,
    });
    for entry in inside {
        let name = entry.key.unwrap_or_default();
        if name == "//" {
            scan.comments.push(Comment { range: entry.value });
            continue;
        }
        let next = scan.items.len() + 1;
        scan.items.push(Item {
            parent: Some(block),
            next,
            is_block: false,
            name: name.into(),
            labels: Vec::new(),
            head: entry.whole.clone(),
            whole: entry.whole,
            value: entry.value,
        });
    }
    scan.items[block].next = scan.items.len();
}
