//! From an address and an attribute path to the lines that say so.

use std::{ops::Range, sync::Arc};

use crate::plan::{Key, Step, steps};

use super::{
    comment::Target,
    document::{Document, Span},
    scan::{self, Item, Syntax},
    terragrunt,
    tree::{Block, Module, Suppression, Tree},
};

/// How near a place is to what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// The attribute, or the member of its value.
    Attribute,
    /// The nested block, or the `dynamic` block that makes it.
    NestedBlock,
    /// The subject's own block. For a provider that is only required: the requirement; for what is
    /// forgotten, or imported without a block of its own: the `removed` or `import` block.
    Block,
    /// The `module` block, in the repository, through which the subject is reached.
    ModuleCall,
    /// The unit's `terragrunt.hcl`.
    Terragrunt,
}

impl Precision {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Precision::Attribute => "attribute",
            Precision::NestedBlock => "nested-block",
            Precision::Block => "block",
            Precision::ModuleCall => "module-call",
            Precision::Terragrunt => "terragrunt",
        }
    }
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// One line of it at most: `name = value`, or the header of a block.
    pub span: Span,
    /// What it shows.
    pub precision: Precision,
}

/// What an address names, as the configuration would write it.
struct Subject {
    module: Vec<String>,
    kind: &'static str,
    labels: Vec<String>,
}

/// A region around the subject.
struct Spot {
    document: Arc<Document>,
    head: Range<usize>,
    whole: Range<usize>,
    precision: Precision,
    outside: bool,
    /// It is one of several, and the way to it does not say which: a member of a set, or an index
    /// that this source does not have.
    guessed: bool,
}

/// An expression's file and place.
pub(super) type Written = (Arc<Document>, Range<usize>);

impl Tree {
    /// Where the attribute of a subject is written; else the nearest region around it, see [`Precision`].
    /// Of several blocks that make a set nothing tells which is meant, so the block around them stands
    /// for each. `address` is as in a finding: a resource or data source instance, `output.x`, `var.x`,
    /// `local.x`, `provider.KEY`, or a module instance. None where the source does not show the subject
    /// at all.
    pub fn locate(&self, address: &str, attribute: Option<&str>) -> Option<Located> {
        let spots = self.spots(address, attribute);
        let spot = spots.iter().find(|spot| !spot.outside && !spot.guessed)?;
        Some(Located { span: spot.document.first_line(&spot.head), precision: spot.precision })
    }

    /// The remarks that cover the attribute of a subject: on the attribute, on a block around it, on
    /// a call of a module that holds it, or on the whole of a file that one of these is in. What a
    /// downloaded module says about itself is no decision of this repository, and a remark on one
    /// member of a set says nothing about the others.
    pub fn suppressions_of(&self, address: &str, attribute: Option<&str>) -> Vec<Suppression> {
        let mut found = Vec::new();
        let spots = self.spots(address, attribute);
        let shown = spots.iter().position(|spot| !spot.outside);
        for (at, spot) in spots.iter().enumerate().filter(|(_, spot)| !spot.outside) {
            for remark in &spot.document.remarks {
                let here = match remark.target {
                    // The callers' files are other files, unless the finding is shown there.
                    Target::File => spot.precision <= Precision::Block || Some(at) == shown,
                    Target::Nothing => false,
                    Target::Block | Target::ModuleCall | Target::Attribute => {
                        remark.region == spot.whole && !spot.guessed
                    }
                };
                if here {
                    found.push(Suppression::new(&spot.document, remark));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// Regions around a subject's attribute, innermost first.
    fn spots(&self, address: &str, attribute: Option<&str>) -> Vec<Spot> {
        let Some(subject) = Subject::of(address) else { return Vec::new() };
        let mut spots = Vec::new();
        if let Some(module) = self.module(&subject.module) {
            let blocks = subject.blocks(&module);
            let path = subject.path(attribute.unwrap_or_default());
            // What overrides comes last, and wins.
            let mut own = Vec::new();
            for (document, at) in blocks.iter().rev() {
                let (inner, _) = inside(document, *at, &path);
                own.extend(inner.into_iter().rev());
            }
            own.extend(blocks.iter().map(|(document, at)| Spot::block(document, *at)));
            own.sort_by_key(|spot| spot.precision);
            if own.is_empty() {
                own.extend(self.instead(&subject, &module));
            }
            own.iter_mut().for_each(|spot| spot.outside = module.outside);
            spots.append(&mut own);
        }
        spots.extend(self.callers(&subject.module));
        if spots.iter().all(|spot| spot.outside) {
            spots.extend(self.unit_file(&subject));
        }
        spots
    }

    /// The calls that lead to a module, the nearest first.
    fn callers(&self, module: &[String]) -> Vec<Spot> {
        let mut spots = Vec::new();
        for depth in (0..module.len()).rev() {
            let Some(caller) = self.module(&module[..depth]) else { continue };
            for (document, at) in caller.blocks("module", &[&module[depth]]) {
                let spot = Spot::block(document, *at);
                let precision = Precision::ModuleCall;
                spots.push(Spot { precision, outside: caller.outside, ..spot });
            }
        }
        spots
    }

    /// What stands for a subject whose module has no block for it.
    fn instead(&self, subject: &Subject, module: &Module) -> Option<Spot> {
        if subject.kind == "provider" {
            let name = subject.labels.first()?;
            return module.blocks("terraform", &[]).iter().find_map(|(document, terraform)| {
                let mut inner = document.children(Some(*terraform));
                let (at, _) = inner.find(|(_, item)| &*item.name == "required_providers")?;
                let path = match document.syntax {
                    Syntax::Hcl => vec![Step::Name(name.clone())],
                    Syntax::Json => {
                        vec![Step::Name("required_providers".to_owned()), Step::Name(name.clone())]
                    }
                };
                let block = if document.syntax == Syntax::Hcl { at } else { *terraform };
                let (mut spots, written) = inside(document, block, &path);
                written?;
                spots.pop().map(|spot| Spot { precision: Precision::Block, ..spot })
            });
        }
        self.mentioned(subject)
    }

    /// The `removed` or `import` block, in the subject's module or one above, that names it.
    fn mentioned(&self, subject: &Subject) -> Option<Spot> {
        for depth in (0..=subject.module.len()).rev() {
            let Some(module) = self.module(&subject.module[..depth]) else { continue };
            let below = subject.module[depth..].iter().map(|name| format!("module.{name}."));
            let wanted = format!("{}{}", below.collect::<String>(), subject.labels.join("."));
            for (name, attribute) in [("removed", "from"), ("import", "to")] {
                for (document, at) in module.blocks(name, &[]) {
                    let Some(named) = document.attribute(*at, attribute) else { continue };
                    if document.text[named.value.clone()].trim_matches('"') == wanted {
                        return Some(Spot::block(document, *at));
                    }
                }
            }
        }
        None
    }

    fn unit_file(&self, subject: &Subject) -> Option<Spot> {
        let it = self.terragrunt()?;
        let name = subject.labels.first().map(String::as_str).unwrap_or_default();
        let (document, range) = terragrunt::stand_in(it, subject.kind, name)?;
        let precision = Precision::Terragrunt;
        Some(Spot { precision, ..Spot::new(&document, &range, &range) })
    }

    /// The expression behind an attribute path, exactly; the last one where several files say.
    pub(super) fn written(&self, address: &str, attribute: &str) -> Option<Written> {
        let subject = Subject::of(address)?;
        let module = self.module(&subject.module)?;
        let path = subject.path(attribute);
        subject.blocks(&module).iter().rev().find_map(|(document, at)| {
            let (_, written) = inside(document, *at, &path);
            written.map(|range| (Arc::clone(document), range))
        })
    }

    /// The blocks of a resource, and overrides of it.
    pub(super) fn blocks_of(&self, address: &str) -> Vec<Block> {
        let Some(subject) = Subject::of(address) else { return Vec::new() };
        self.module(&subject.module).map(|module| subject.blocks(&module)).unwrap_or_default()
    }

    /// Whether the source has the subject's own block, or at least a call of its module.
    pub(super) fn knows(&self, address: &str) -> bool {
        let Some(subject) = Subject::of(address) else { return false };
        let own = self.module(&subject.module).is_some_and(|it| !subject.blocks(&it).is_empty());
        own || !self.callers(&subject.module).is_empty()
    }
}

impl Subject {
    fn of(address: &str) -> Option<Subject> {
        if let Some(key) = address.strip_prefix("provider.") {
            return Some(Subject::provider(key));
        }
        let mut names = steps(address).into_iter().filter_map(|step| match step {
            Step::Name(name) => Some(name),
            Step::Key(_) => None,
        });
        let mut module = Vec::new();
        let mut rest: Vec<String> = Vec::new();
        while let Some(name) = names.next() {
            if name == "module" && rest.is_empty() {
                module.push(names.next()?);
            } else {
                rest.push(name);
            }
        }
        let (kind, labels) = match rest.first().map(String::as_str) {
            None => ("module", vec![module.pop()?]),
            Some("output") => ("output", rest.split_off(1)),
            Some("var") => ("variable", rest.split_off(1)),
            Some("local") => ("locals", rest.split_off(1)),
            Some("data") => ("data", rest.split_off(1)),
            Some("ephemeral") => ("ephemeral", rest.split_off(1)),
            Some(_) => ("resource", rest),
        };
        Some(Subject { module, kind, labels })
    }

    /// A key such as `aws.dr` or `module.a.module.b:aws`.
    fn provider(key: &str) -> Subject {
        let (module, name) = key.rsplit_once(':').unwrap_or(("", key));
        let path = crate::plan::module_path(module).into_iter().map(|(name, _)| name);
        let labels = name.splitn(2, '.').map(str::to_owned).collect();
        Subject { module: path.collect(), kind: "provider", labels }
    }

    /// The way from its block to an attribute. A local value is an attribute itself.
    fn path(&self, attribute: &str) -> Vec<Step> {
        let local = self.labels.iter().filter(|_| self.kind == "locals").cloned();
        local.map(Step::Name).chain(steps(attribute)).collect()
    }

    /// Its blocks in its module; what overrides comes last.
    fn blocks(&self, module: &Module) -> Vec<Block> {
        let labels: Vec<&str> = self.labels.iter().map(String::as_str).collect();
        match (self.kind, labels.as_slice()) {
            ("provider", [name, alias @ ..]) => {
                let alias = alias.first().map(|alias| (*alias).to_owned());
                let mut blocks = module.blocks("provider", &[name]).to_vec();
                blocks.retain(|(document, at)| document.plain(*at, "alias") == alias);
                blocks
            }
            ("locals", [name]) => {
                let mut blocks = module.blocks("locals", &[]).to_vec();
                blocks.retain(|(document, at)| document.attribute(*at, name).is_some());
                blocks
            }
            (kind, labels) => module.blocks(kind, labels).to_vec(),
        }
    }
}

impl Spot {
    fn new(document: &Arc<Document>, head: &Range<usize>, whole: &Range<usize>) -> Spot {
        Spot {
            document: Arc::clone(document),
            head: head.clone(),
            whole: whole.clone(),
            precision: Precision::Attribute,
            outside: false,
            guessed: false,
        }
    }

    fn block(document: &Arc<Document>, at: usize) -> Spot {
        let item = &document.items[at];
        Spot { precision: Precision::Block, ..Spot::new(document, &item.head, &item.whole) }
    }

    fn nested(document: &Arc<Document>, at: usize) -> Spot {
        Spot { precision: Precision::NestedBlock, ..Spot::block(document, at) }
    }
}

/// Regions inside a block on the way to an attribute, outermost first; and the attribute's
/// expression, where the way leads to its end.
fn inside(
    document: &Arc<Document>,
    block: usize,
    path: &[Step],
) -> (Vec<Spot>, Option<Range<usize>>) {
    let mut spots = Vec::new();
    let mut at = block;
    let mut path = path;
    let mut guessed = false;
    loop {
        let Some((Step::Name(name), rest)) = path.split_first() else { return (spots, None) };
        if let Some(item) = document.attribute(at, name) {
            let start = spots.len();
            spots.push(Spot::new(document, &item.head, &item.whole));
            let value = into_value(document, item.value.clone(), rest, &mut spots);
            spots[start..].iter_mut().for_each(|spot| spot.guessed |= guessed);
            return (spots, value);
        }
        if document.syntax == Syntax::Json
            && let Some(item) = document.attribute(at, "dynamic")
        {
            let start = spots.len();
            let value = into_dynamic(document, item.value.clone(), name, rest, &mut spots);
            // The entry of the block's name stands for the block.
            if let Some(spot) = spots.get_mut(start) {
                spot.precision = Precision::NestedBlock;
            }
            return (spots, value);
        }
        let (index, after) = split_index(rest);
        let Some((found, is_it)) = nested(document, at, name, index) else { return (spots, None) };
        let is_only = || nested(document, at, name, 1).is_none_or(|(other, _)| other == found);
        guessed |= !(is_it && (has_index(rest) || is_only()));
        spots.push(Spot { guessed, ..Spot::nested(document, found) });
        at = found;
        if &*document.items[found].name == "dynamic" {
            let content = document.children(Some(found)).find(|(_, it)| &*it.name == "content");
            let Some((content, _)) = content else { return (spots, None) };
            at = content;
        }
        path = after;
    }
}

/// The index at the start of a path, and the rest. Sets have no index, and count as their first.
fn split_index(path: &[Step]) -> (usize, &[Step]) {
    match path.split_first() {
        Some((Step::Key(Key::Int(index)), rest)) => (usize::try_from(*index).unwrap_or(0), rest),
        Some((Step::Key(Key::Text(_)), rest)) => (0, rest),
        Some((Step::Name(name), rest)) => match name.parse() {
            Ok(index) => (index, rest),
            Err(_) => (0, path),
        },
        None => (0, path),
    }
}

/// Whether a path starts with an index that tells members of a list apart.
fn has_index(path: &[Step]) -> bool {
    match path.first() {
        Some(Step::Key(Key::Int(_))) => true,
        Some(Step::Name(name)) => name.parse::<usize>().is_ok(),
        _ => false,
    }
}

/// The nested block of that name and index, or the `dynamic` block that makes it, and whether it is the
/// one. How many blocks a `dynamic` block makes is not known: it is the one where no other of the name
/// follows, else it is one of several. Where there are fewer, the first, which is not the one.
fn nested(document: &Document, block: usize, name: &str, index: usize) -> Option<(usize, bool)> {
    let is_dynamic =
        |item: &Item| &*item.name == "dynamic" && item.labels.iter().any(|it| it == name);
    let all = document.children(Some(block)).filter(|(_, item)| item.is_block);
    let all: Vec<(usize, &Item)> =
        all.filter(|(_, item)| &*item.name == name || is_dynamic(item)).collect();
    let written = all.iter().take_while(|(_, item)| !is_dynamic(item)).count();
    if let Some((at, _)) = all[..written].get(index) {
        return Some((*at, true));
    }
    match all.get(written) {
        Some((dynamic, _)) => Some((*dynamic, written + 1 == all.len())),
        None => all.first().map(|(first, _)| (*first, false)),
    }
}

/// Goes on inside an expression: members of objects, items of lists.
fn into_value(
    document: &Arc<Document>,
    value: Range<usize>,
    path: &[Step],
    spots: &mut Vec<Spot>,
) -> Option<Range<usize>> {
    let mut value = value;
    let mut path = path;
    let mut guessed = false;
    while let Some((step, rest)) = path.split_first() {
        let first = *document.text.as_bytes().get(value.start)?;
        let entries = scan::entries(&document.text, &value, document.syntax);
        let found = match (first, step) {
            (b'{', Step::Name(key) | Step::Key(Key::Text(key))) if !key.is_empty() => {
                entries.into_iter().find(|entry| entry.key.as_ref() == Some(key))
            }
            // A single block needs no list around it.
            (b'{', Step::Key(_)) => {
                path = rest;
                continue;
            }
            (b'{', Step::Name(_)) => None,
            (b'[', _) => {
                let (index, after) = split_index(path);
                guessed |= !has_index(path) && entries.len() > 1;
                path = after;
                let entry = entries.into_iter().nth(index)?;
                spots.push(Spot { guessed, ..Spot::new(document, &entry.head, &entry.whole) });
                value = entry.value;
                continue;
            }
            (_, Step::Name(key) | Step::Key(Key::Text(key))) => argument(document, &value, key),
            (_, Step::Key(Key::Int(_))) => None,
        };
        let entry = found?;
        spots.push(Spot { guessed, ..Spot::new(document, &entry.whole, &entry.whole) });
        value = entry.value;
        path = rest;
    }
    Some(value)
}

/// The member of an object among the arguments of `merge` and the like; of several the last.
fn argument(document: &Document, value: &Range<usize>, key: &str) -> Option<scan::Entry> {
    let text = &document.text[value.clone()];
    let open = text.find('(')?;
    let passes = ["", "merge", "tomap", "sensitive", "nonsensitive"];
    if document.syntax == Syntax::Json || !passes.contains(&text[..open].trim()) {
        return None;
    }
    let list = value.start + open..value.end;
    scan::entries(&document.text, &list, Syntax::Hcl).into_iter().rev().find_map(|argument| {
        let members = scan::entries(&document.text, &argument.value, Syntax::Hcl);
        members.into_iter().find(|entry| entry.key.as_deref() == Some(key))
    })
}

/// As [`into_value`], below `"dynamic": {"name": {"content": {…}}}` of JSON.
fn into_dynamic(
    document: &Arc<Document>,
    value: Range<usize>,
    name: &str,
    rest: &[Step],
    spots: &mut Vec<Spot>,
) -> Option<Range<usize>> {
    let mut way = vec![Step::Name(name.to_owned()), Step::Key(Key::Int(0))];
    way.push(Step::Name("content".to_owned()));
    way.push(Step::Key(Key::Int(0)));
    way.extend_from_slice(split_index(rest).1);
    into_value(document, value, &way, spots)
}
