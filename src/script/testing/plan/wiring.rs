//! The configuration of a test's plan: one block for all instances that share one, and what leads
//! from module to module, as Terraform makes people write it.
//!
//! - What stands in a module below is reached by an output, what stands above by a variable.
//! - Where instances differ, the block says `each.value`; where each links to the instance of its
//!   own key, `aws_vpc.main[each.key]`, behind which a plan does not show the attribute.
//! - Where instances have other blocks than each other, these are dynamic, and a plan shows none.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

use serde_json::{Map as Object, Value, json};

use super::{Instances, Mistake, Result, instance::Instance, value::Values};
use crate::plan::{Key, ModulePath, Step, module_path, seen_from, steps};

/// A resource block: the names of its modules, and its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block {
    pub(super) module: Vec<String>,
    pub(super) mode: &'static str,
    pub(super) type_: String,
    pub(super) name: String,
}

/// The attribute of another resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) module: ModulePath,
    /// `aws_vpc.main`, `data.aws_vpc.main`.
    pub(super) block: String,
    pub(super) key: Option<Key>,
    pub(super) attribute: String,
}

impl Link {
    /// What stands in its module.
    fn text(&self) -> String {
        let key = self.key.as_ref().map(Key::to_string).unwrap_or_default();
        format!("{}{key}.{}", self.block, self.attribute)
    }

    /// A name for what hands it from module to module.
    fn name(&self) -> String {
        let path: Vec<String> =
            self.module.iter().map(|(name, key)| keyed(name, key.as_ref())).collect();
        let letters = format!("{}.{}", path.join("."), self.text());
        let words = letters.split(|c: char| !c.is_ascii_alphanumeric());
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
    }
}

fn keyed(name: &str, key: Option<&Key>) -> String {
    format!("{name}{}", key.map(Key::to_string).unwrap_or_default())
}

/// One thing that a value is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Link(Link),
    /// A reference as the test writes it.
    Reference(String),
    /// A function of constants, such as `uuid()`.
    Function,
}

impl Source {
    /// What `unknown` was given.
    pub(super) fn of(expression: &str) -> Source {
        match expression.contains('(') {
            true => Source::Function,
            false => Source::Reference(expression.to_owned()),
        }
    }
}

/// How an argument is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Written {
    Constant(Value),
    Made(Made),
    Block(BTreeMap<String, Written>),
    Blocks(Vec<Written>),
}

/// What an expression is made of.
pub(super) type Made = Vec<Source>;

/// A module of the configuration.
#[derive(Default)]
struct Module {
    resources: Vec<Value>,
    outputs: Object<String, Value>,
    /// Of the `module` block that calls it.
    arguments: Object<String, Value>,
    /// Keys of its instances; those without a key have none.
    keys: BTreeSet<Option<Key>>,
    /// What the values that its instances differ in refer to.
    each: Vec<String>,
}

/// An instance with the way to it: which module instance, and which of the block's.
type Place<'a> = (&'a ModulePath, Option<&'a Key>);

/// How an instance writes an argument.
type Way<'a> = (Place<'a>, Option<Written>);

pub(super) struct Wiring<'a> {
    instances: &'a Instances,
    modules: BTreeMap<Vec<String>, Module>,
}

impl<'a> Wiring<'a> {
    pub(super) fn new(instances: &'a Instances) -> Wiring<'a> {
        let mut modules: BTreeMap<Vec<String>, Module> = BTreeMap::new();
        modules.entry(Vec::new()).or_default();
        for it in instances.values() {
            for depth in 1..=it.module.len() {
                let names = it.module[..depth].iter().map(|(name, _)| name.clone()).collect();
                let (_, key) = &it.module[depth - 1];
                modules.entry(names).or_default().keys.insert(key.clone());
            }
        }
        Wiring { instances, modules }
    }

    /// Writes the block that these instances share.
    pub(super) fn block(&mut self, block: &Block, all: &[(&Instance, Values)]) -> Result<()> {
        let Some((first, _)) = all.first() else { return Ok(()) };
        let prefix = if block.mode == "data" { "data." } else { "" };
        let mut written = json!({
            "address": format!("{prefix}{}.{}", block.type_, block.name),
            "mode": block.mode, "type": block.type_, "name": block.name,
            "provider_config_key": first.provider,
        });
        let mut each = Vec::new();
        let mut expressions = Object::<String, Value>::new();
        let names: BTreeSet<&String> = all.iter().flat_map(|(_, it)| it.written.keys()).collect();
        for name in names {
            let ways: Vec<Way<'_>> = all
                .iter()
                .map(|(it, values)| {
                    ((&it.module, it.key.as_ref()), values.written.get(name).cloned())
                })
                .collect();
            let path = format!("{}_{name}", block.name);
            expressions.extend(self.merge(&path, &ways, &mut each)?.map(|it| (name.clone(), it)));
        }
        written["expressions"] = expressions.into();
        let keys: BTreeSet<Option<Key>> = all.iter().map(|(it, _)| it.key.clone()).collect();
        repeat(&mut written, &keys, &each);
        let mut depends_on = Vec::new();
        for address in &first.depends_on {
            depends_on.push(self.awaited(first, address)?);
        }
        written["depends_on"] = depends_on.into();
        self.module(&block.module).resources.push(written);
        Ok(())
    }

    fn module(&mut self, names: &[String]) -> &mut Module {
        self.modules.entry(names.to_vec()).or_default()
    }

    /// One expression for what several instances have; none where none can be written.
    fn merge(
        &mut self,
        path: &str,
        ways: &[Way<'_>],
        each: &mut Vec<String>,
    ) -> Result<Option<Value>> {
        let written: Vec<&Written> = ways.iter().filter_map(|(_, it)| it.as_ref()).collect();
        let Some(first) = written.first() else { return Ok(None) };
        let is_everywhere = written.len() == ways.len();
        match first {
            Written::Block(_) if is_everywhere => {
                let blocks = written.iter().map(|it| match it {
                    Written::Block(block) => Some(block),
                    _ => None,
                });
                let Some(blocks) = blocks.collect::<Option<Vec<_>>>() else { return Ok(None) };
                self.merge_blocks(path, ways, &blocks, each).map(Some)
            }
            Written::Blocks(all) if is_everywhere => {
                let is_like =
                    |it: &Written| matches!(it, Written::Blocks(it) if it.len() == all.len());
                if !written.iter().all(|it| is_like(it)) {
                    return Ok(None);
                }
                let mut blocks = Vec::new();
                for at in 0..all.len() {
                    let of = |it: &Option<Written>| match it {
                        Some(Written::Blocks(all)) => all.get(at).cloned(),
                        _ => None,
                    };
                    let ways: Vec<_> = ways.iter().map(|(place, it)| (*place, of(it))).collect();
                    blocks.extend(self.merge(&format!("{path}_{at}"), &ways, each)?);
                }
                Ok(Some(blocks.into()))
            }
            // Not every instance has the block: it is dynamic.
            Written::Block(_) | Written::Blocks(_) => Ok(None),
            _ => self.merge_values(path, ways, each).map(Some),
        }
    }

    fn merge_blocks(
        &mut self,
        path: &str,
        ways: &[Way<'_>],
        blocks: &[&BTreeMap<String, Written>],
        each: &mut Vec<String>,
    ) -> Result<Value> {
        let names: BTreeSet<&String> = blocks.iter().flat_map(|it| it.keys()).collect();
        let mut all = Object::<String, Value>::new();
        for name in names {
            let inner: Vec<Way<'_>> = iter::zip(ways, blocks)
                .map(|((place, _), it)| (*place, it.get(name).cloned()))
                .collect();
            let merged = self.merge(&format!("{path}_{name}"), &inner, each)?;
            all.extend(merged.map(|it| (name.clone(), it)));
        }
        Ok(all.into())
    }

    fn merge_values(
        &mut self,
        path: &str,
        ways: &[Way<'_>],
        each: &mut Vec<String>,
    ) -> Result<Value> {
        let made = |it: &Option<Written>| match it {
            Some(Written::Made(made)) => made.clone(),
            _ => Vec::new(),
        };
        if let [(_, Some(first)), others @ ..] = ways
            && others.iter().all(|(_, it)| it.as_ref() == Some(first))
            && let Some(((module, _), it)) = ways.first()
        {
            return match first {
                Written::Constant(value) => Ok(json!({ "constant_value": value })),
                _ => self.expression(module, &made(it)),
            };
        }
        let all: Vec<(Place<'_>, Made)> =
            ways.iter().map(|(place, it)| (*place, made(it))).collect();
        if let Some(references) = self.by_own_key(&all) {
            return Ok(json!({ "references": references }));
        }
        let modules: BTreeSet<&ModulePath> = all.iter().map(|((module, _), _)| *module).collect();
        let references =
            if modules.len() > 1 { vec![self.variable(path, &all)?] } else { self.all(&all)? };
        let is_counted = all.iter().any(|((_, key), _)| matches!(key, Some(Key::Int(_))));
        if is_counted {
            let picked = references.into_iter().chain(["count.index".to_owned()]);
            return Ok(json!({ "references": picked.collect::<Vec<_>>() }));
        }
        if all.iter().all(|((_, key), _)| key.is_none()) {
            return Ok(json!({ "references": references }));
        }
        each.extend(references);
        Ok(json!({ "references": with_prefixes(&format!("each.value.{path}")) }))
    }

    /// `aws_vpc.main[each.key].id`, where each instance links to the one of its own key.
    fn by_own_key(&self, all: &[(Place<'_>, Made)]) -> Option<Vec<String>> {
        let mut blocks = BTreeSet::new();
        for ((module, key), made) in all {
            let [Source::Link(link)] = made.as_slice() else { return None };
            let is_own = key.is_some() && link.key.as_ref() == *key && link.module == **module;
            blocks.insert(is_own.then(|| link.block.clone())?);
        }
        let index = match all.first()?.0.1? {
            Key::Int(_) => "count.index",
            Key::Text(_) => "each.key",
        };
        match blocks.into_iter().collect::<Vec<_>>().as_slice() {
            [block] => Some(vec![block.clone(), index.to_owned()]),
            _ => None,
        }
    }

    /// All that differing values refer to, each once.
    fn all(&mut self, all: &[(Place<'_>, Made)]) -> Result<Vec<String>> {
        let mut references = Vec::new();
        for ((module, _), made) in all {
            for reference in self.references(module, made)? {
                if !references.contains(&reference) {
                    references.push(reference);
                }
            }
        }
        Ok(references)
    }

    /// A variable of a module, whose instances are handed other values: `each.value` of the block
    /// that calls the module at which their ways part.
    fn variable(&mut self, name: &str, all: &[(Place<'_>, Made)]) -> Result<String> {
        let reference = format!("var.{name}");
        let paths: Vec<&ModulePath> = all.iter().map(|((module, _), _)| *module).collect();
        let Some(first) = paths.first() else { return Ok(reference) };
        let same = |depth: usize| paths.iter().all(|path| path.get(..depth) == first.get(..depth));
        let parts = (1..=first.len()).find(|depth| !same(*depth)).unwrap_or(first.len());
        let names: Vec<String> = first.iter().map(|(name, _)| name.clone()).collect();
        for depth in parts + 1..=names.len() {
            let argument = json!({ "references": [reference] });
            self.module(&names[..depth]).arguments.insert(name.to_owned(), argument);
        }
        let argument = match self.by_module_key(all, parts) {
            Some(references) => references,
            None => {
                let mut refers = Vec::new();
                for ((path, _), made) in all {
                    let above = path.get(..parts.saturating_sub(1)).unwrap_or_default().to_vec();
                    refers.extend(self.references(&above, made)?);
                }
                self.module(&names[..parts]).each.extend(refers);
                with_prefixes(&format!("each.value.{name}"))
            }
        };
        let argument = json!({ "references": argument });
        self.module(&names[..parts]).arguments.insert(name.to_owned(), argument);
        Ok(reference)
    }

    /// `aws_vpc.main[each.key].id` or `module.net[each.key].id`, where each module instance is
    /// handed what has its own key.
    fn by_module_key(&mut self, all: &[(Place<'_>, Made)], depth: usize) -> Option<Vec<String>> {
        let mut texts = BTreeSet::new();
        for ((path, _), made) in all {
            let [Source::Link(link)] = made.as_slice() else { return None };
            let above = path.get(..depth.checked_sub(1)?)?;
            let (_, key) = path.get(depth - 1)?;
            key.as_ref()?;
            match link.module.strip_prefix(above)? {
                [] if link.key == *key => texts.insert(link.block.clone()),
                [(name, its)] if its == key => {
                    self.export(above.len(), link);
                    texts.insert(format!("module.{name}"))
                }
                _ => return None,
            };
        }
        match texts.into_iter().collect::<Vec<_>>().as_slice() {
            [only] => Some(vec![only.clone(), "each.key".to_owned()]),
            _ => None,
        }
    }

    /// An expression in a module instance that is made of these.
    pub(super) fn expression(&mut self, module: &ModulePath, made: &Made) -> Result<Value> {
        let references = self.references(module, made)?;
        Ok(if references.is_empty() { json!({}) } else { json!({ "references": references }) })
    }

    /// What it says there, with the prefixes that Terraform lists behind each reference.
    fn references(&mut self, module: &ModulePath, made: &Made) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for source in made {
            match source {
                Source::Function => {}
                Source::Reference(text) => all.extend(with_prefixes(text)),
                Source::Link(link) => {
                    let text = self.reach(module, link);
                    all.extend(with_prefixes(&text));
                }
            }
        }
        Ok(all)
    }

    /// What reaches a link from a module instance: itself, an output, or a variable.
    fn reach(&mut self, from: &[(String, Option<Key>)], link: &Link) -> String {
        let below = link.module.strip_prefix(from);
        match below {
            Some([]) => link.text(),
            Some([(name, key), ..]) => {
                self.export(from.len(), link);
                format!("module.{}.{}", keyed(name, key.as_ref()), link.name())
            }
            None => {
                let (names, above): (Vec<String>, _) = (
                    from.iter().map(|(name, _)| name.clone()).collect(),
                    &from[..from.len().saturating_sub(1)],
                );
                let text = self.reach(above, link);
                let argument = json!({ "references": with_prefixes(&text) });
                self.module(&names).arguments.insert(link.name(), argument);
                format!("var.{}", link.name())
            }
        }
    }

    /// Outputs of every module from the link's own up to a depth.
    fn export(&mut self, depth: usize, link: &Link) {
        let names: Vec<String> = link.module.iter().map(|(name, _)| name.clone()).collect();
        for end in depth + 1..=names.len() {
            let text = match link.module.get(end) {
                None => link.text(),
                Some((name, key)) => {
                    format!("module.{}.{}", keyed(name, key.as_ref()), link.name())
                }
            };
            let output = json!({ "expression": { "references": with_prefixes(&text) } });
            self.module(&names[..end]).outputs.insert(link.name(), output);
        }
    }

    /// An address that a resource waits for, as its module names it.
    fn awaited(&self, it: &Instance, address: &str) -> Result<String> {
        let module = module_path(address);
        let known = self.instances.keys().any(|known| {
            known == address
                || known.strip_prefix(address).is_some_and(|rest| rest.starts_with(['.', '[']))
        });
        if !known {
            let close =
                crate::script::names::close(address, self.instances.keys().map(String::as_str));
            let message = format!("`depends_on` names `{address}`, which is not in the plan");
            return Err(Mistake::new(message).at(address).meant(close));
        }
        match module.strip_prefix(it.module.as_slice()) {
            Some(_) => Ok(seen_from(address, it.module.len())),
            None => {
                let message = format!(
                    "`depends_on` names `{address}`, which is in another module: Terraform knows no such thing"
                );
                Err(Mistake::new(message).at(address))
            }
        }
    }

    /// The root module with those below it.
    pub(super) fn finish(&mut self) -> Value {
        self.nested(&[])
    }

    fn nested(&mut self, names: &[String]) -> Value {
        let is_child = |of: &&Vec<String>| of.len() == names.len() + 1 && of.starts_with(names);
        let children: Vec<Vec<String>> = self.modules.keys().filter(is_child).cloned().collect();
        let mut calls = Object::<String, Value>::new();
        for child in children {
            let inner = self.nested(&child);
            let module = self.module(&child);
            let mut call = json!({ "module": inner, "expressions": module.arguments });
            repeat(&mut call, &module.keys, &module.each);
            calls.insert(child.last().cloned().unwrap_or_default(), call);
        }
        let module = self.module(names);
        let variables: Object<String, Value> =
            module.arguments.keys().map(|name| (name.clone(), json!({}))).collect();
        json!({
            "resources": module.resources, "outputs": module.outputs,
            "variables": variables, "module_calls": calls,
        })
    }
}

/// `count` or `for_each`, where instances have keys; `each` is what their values refer to.
fn repeat(block: &mut Value, keys: &BTreeSet<Option<Key>>, each: &[String]) {
    let expression = if each.is_empty() { json!({}) } else { json!({ "references": each }) };
    match keys.iter().flatten().next() {
        None => {}
        Some(Key::Int(_)) => block["count_expression"] = json!({ "constant_value": keys.len() }),
        Some(Key::Text(_)) => block["for_each_expression"] = expression,
    }
}

/// A reference and what leads to it, longest first, as Terraform lists them.
fn with_prefixes(text: &str) -> Vec<String> {
    let mut ends: Vec<usize> = Vec::new();
    let mut at = 0;
    let all = steps(text);
    for step in &all {
        let written = match step {
            Step::Name(name) => usize::from(at > 0) + name.len(),
            Step::Key(key) => key.to_string().len(),
        };
        at += written;
        ends.push(at.min(text.len()));
    }
    let subject = match (all.first().and_then(Step::name), all.get(2)) {
        (Some("data" | "ephemeral"), _) | (Some("module"), Some(Step::Key(_))) => 3,
        _ => 2,
    };
    let prefixes = ends.into_iter().skip(subject - 1).rev();
    let all: Vec<String> = prefixes.filter_map(|end| text.get(..end)).map(str::to_owned).collect();
    if all.is_empty() { vec![text.to_owned()] } else { all }
}
