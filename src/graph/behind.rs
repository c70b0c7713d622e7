//! What may stand behind a `local` that no source shows: what its module reaches, and where all that a local
//! stands in is known, only what has a part of that.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, Hash},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::plan::{Cut, ResId, Value, cuts};

use super::{BlockId, Expr, Graph, is_gone, order::Node};

/// What was asked for already.
#[derive(Debug, Default)]
pub(super) struct Behind {
    shown: OnceLock<Shown>,
    next: Mutex<FxHashMap<BlockId, Arc<Ahead>>>,
    all: Mutex<FxHashMap<BlockId, Arc<Ahead>>>,
    reach: Mutex<FxHashMap<usize, Arc<FxHashSet<BlockId>>>>,
    silent: Mutex<FxHashMap<Local, Arc<FxHashSet<BlockId>>>>,
}

/// A local by its module and name.
type Local = (usize, String);

/// What a block may wait for.
#[derive(Debug, Default)]
struct Ahead {
    blocks: FxHashSet<BlockId>,
    /// Locals of which nothing tells what they are.
    hidden: BTreeSet<Local>,
    /// Locals in places that are known.
    known: BTreeSet<Local>,
    /// It is more than is followed.
    is_cut: bool,
}

/// What the blocks show of themselves in the plan.
#[derive(Debug, Default)]
struct Shown {
    /// What stays of each block after the apply.
    instances: FxHashMap<BlockId, Vec<ResId>>,
    /// Blocks by their known texts, each a hash of its form for comparing.
    by_text: FxHashMap<u64, Vec<BlockId>>,
    /// The lengths of these texts.
    lengths: BTreeSet<usize>,
    /// Blocks that a local may lead to without a text of theirs in it: there is no instance, so that something
    /// else stands in its place; they are made to hand on what is given to them; outputs wait for them.
    silent: BTreeSet<BlockId>,
}

/// The place where a local stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place<'g> {
    Hidden,
    /// An argument of a block, wholly known in each instance.
    Known(BlockId, &'g str),
}

/// The shortest text that is looked for inside others; what is shorter stands in many by chance.
const SHORTEST: usize = 3;

/// The longest text of a place that is searched.
const LONGEST: usize = 1 << 15;

/// The most blocks whose texts stand in one place, and the most steps that are followed from one block: what
/// has more may wait for anything.
const MOST: usize = 500;
const FARTHEST: usize = 10_000;

impl Graph {
    /// Whether a `local` may lead from a block to an earlier one, of which `hangs_on` tells the locals that it
    /// waits for itself: these do not lead to it.
    pub(super) fn may_lead(
        &self,
        from: BlockId,
        to: BlockId,
        hangs_on: impl Fn(&Local) -> bool,
    ) -> bool {
        let ahead = self.ahead(from);
        let mut hidden = ahead.hidden.iter().filter(|local| !hangs_on(local));
        ahead.is_cut
            || ahead.blocks.contains(&to)
            || hidden.any(|(module, _)| self.reach(*module).contains(&to))
    }

    fn ahead(&self, start: BlockId) -> Arc<Ahead> {
        kept(&self.behind.all, start, || {
            let mut all = Ahead::default();
            let mut queue = vec![start];
            let mut steps = 0;
            while let Some(block) = queue.pop() {
                let next = self.next(block);
                steps += next.blocks.len() + next.hidden.len() + next.known.len();
                if steps > FARTHEST {
                    return Ahead { is_cut: true, ..Ahead::default() };
                }
                all.hidden.extend(next.hidden.iter().cloned());
                queue.extend(next.blocks.iter().filter(|block| all.blocks.insert(**block)));
                for local in next.known.iter().filter(|local| !all.known.contains(local)) {
                    let silent = self.silent_behind(local);
                    steps += silent.len();
                    queue.extend(silent.iter().filter(|block| all.blocks.insert(**block)));
                }
                all.known.extend(next.known.iter().cloned());
            }
            all
        })
    }

    /// What a block refers to, directly or through what is no block.
    fn next(&self, block: BlockId) -> Arc<Ahead> {
        kept(&self.behind.next, block, || self.find_next(block))
    }

    fn find_next(&self, (module, at): BlockId) -> Ahead {
        let mut ahead = Ahead::default();
        let config = &self.plan.config.modules[module].resources[at];
        let mut queue = Vec::new();
        let mut others = Vec::new();
        self.needs_beside_arguments(module, at, &mut others);
        queue.extend(others.into_iter().map(|node| (node, Place::Hidden)));
        for (name, argument) in self.value(&config.arguments).into_iter().flat_map(Value::entries) {
            let place = match self.texts((module, at), name) {
                Some(_) => Place::Known((module, at), name),
                None => Place::Hidden,
            };
            self.seen_at(module, argument, place, &mut queue);
        }
        let mut seen = FxHashSet::default();
        while let Some((node, place)) = queue.pop() {
            match (node, place) {
                _ if !seen.insert((node, place)) => {}
                (Node::Resource(block), _) => {
                    ahead.blocks.insert(block);
                }
                (Node::Local(module, name), Place::Hidden) => {
                    ahead.hidden.insert((module, name.to_owned()));
                }
                (Node::Local(module, name), Place::Known(block, argument)) => {
                    let local = (module, name.to_owned());
                    match self.standing_in(block, argument) {
                        Some(found) => {
                            ahead.blocks.extend(self.open_to(&local, found.into_iter()));
                            ahead.known.insert(local);
                        }
                        None => {
                            ahead.hidden.insert(local);
                        }
                    }
                }
                (Node::Variable(module, name), _) => {
                    let call = self.plan.config.modules[module].call.as_ref();
                    let arguments = call.and_then(|call| self.value(&call.arguments));
                    let given = arguments.and_then(|arguments| arguments.get(name));
                    if let (Some(call), Some(given)) = (call, given) {
                        self.seen_at(call.parent, given, place, &mut queue);
                    }
                }
                (Node::Output(module, name), Place::Known(..)) => {
                    let Some(output) = self.plan.config.modules[module].outputs.get(name) else {
                        continue;
                    };
                    let mut waits = Vec::new();
                    self.subjects(module, &output.depends_on, &mut waits);
                    queue.extend(waits.into_iter().map(|node| (node, Place::Hidden)));
                    if let Some(value) = self.value(&output.expression) {
                        self.seen_at(module, value, place, &mut queue);
                    }
                }
                _ => {
                    let mut next = Vec::new();
                    self.needs(node, &mut next);
                    queue.extend(next.into_iter().map(|node| (node, Place::Hidden)));
                }
            }
        }
        ahead
    }

    /// What an expression in a place mentions. Of something of which it takes a part, the rest stands in no place.
    fn seen_at<'g>(
        &'g self,
        module: usize,
        value: Value<'g>,
        place: Place<'g>,
        queue: &mut Vec<(Node<'g>, Place<'g>)>,
    ) {
        let references = Expr::of(value).references();
        let picks = references.iter().any(|it| it.starts_with("each.") || it.starts_with("count."));
        for reference in references {
            let steps: Vec<Cut<'_>> = cuts(reference).collect();
            let names = steps.iter().filter_map(|step| step.name());
            let own =
                if steps.first().and_then(|step| step.name()) == Some("module") { 3 } else { 2 };
            let is_whole = !picks && steps.len() <= own;
            let place = if is_whole { place } else { Place::Hidden };
            queue.extend(self.named_by(module, names).map(|node| (node, place)));
        }
    }

    /// Blocks of which a text stands in a place; none where they are too many.
    fn standing_in(&self, at: BlockId, argument: &str) -> Option<FxHashSet<BlockId>> {
        let shown = self.shown_by_blocks();
        let mut found = FxHashSet::default();
        for text in self.texts(at, argument).into_iter().flatten() {
            let starts = (0..text.len()).filter(|start| text.is_char_boundary(*start));
            let parts = starts.flat_map(|start| {
                let lengths = shown.lengths.range(..=text.len() - start);
                lengths.map(move |length| (start, start + length))
            });
            for (start, end) in parts {
                let Some(part) = text.get(start..end) else { continue };
                // What is short stands for itself only.
                if part.len() >= SHORTEST || part.len() == text.len() {
                    found.extend(shown.by_text.get(&hash(part)).into_iter().flatten());
                }
                if found.len() > MOST {
                    return None;
                }
            }
        }
        Some(found)
    }

    /// Those that a local may lead to without a text of theirs.
    fn silent_behind(&self, local: &Local) -> Arc<FxHashSet<BlockId>> {
        let silent = || self.shown_by_blocks().silent.iter().copied();
        kept(&self.behind.silent, local.clone(), || self.open_to(local, silent()))
    }

    /// Blocks that a local may mention: its module reaches them, and they do not hang on it themselves.
    fn open_to(&self, local: &Local, all: impl Iterator<Item = BlockId>) -> FxHashSet<BlockId> {
        let reach = self.reach(local.0);
        all.filter(|block| reach.contains(block) && !self.block_hangs_on(*block, local)).collect()
    }

    /// The texts in an argument of a block, in the form for comparing. None where not all of it is known in
    /// each instance.
    fn texts(&self, block: BlockId, argument: &str) -> Option<BTreeSet<String>> {
        let mut texts = BTreeSet::new();
        for id in self.shown_by_blocks().instances.get(&block)? {
            let resource = self.plan.resource(*id);
            let values = self.plan.planned(resource);
            let value = values.value?.get(argument)?;
            let is_unknown =
                |mask: Value<'_>| mask.is_true() || mask.get(argument).is_some_and(has_true);
            if resource.lacks_mask || values.unknown.is_some_and(is_unknown) {
                return None;
            }
            collect(value, &mut |text| {
                texts.insert(comparable(text));
            });
        }
        (texts.iter().map(String::len).sum::<usize>() <= LONGEST).then_some(texts)
    }

    fn shown_by_blocks(&self) -> &Shown {
        self.behind.shown.get_or_init(|| {
            let mut shown = Shown::default();
            for id in 0..self.plan.len() as ResId {
                let resource = self.plan.resource(id);
                let stays =
                    self.plan.str(resource.deposed).is_empty() && !is_gone(resource.actions);
                if let Some(block) = self.block_id(id).filter(|_| stays) {
                    shown.instances.entry(block).or_default().push(id);
                }
            }
            for (module, config) in self.plan.config.modules.iter().enumerate() {
                let blocks = config.resources.iter().enumerate();
                for (block, type_) in blocks.map(|(at, it)| ((module, at), &it.type_)) {
                    self.show(block, type_, &mut shown);
                }
            }
            shown.silent.extend(self.awaited_by_outputs());
            shown
        })
    }

    fn show(&self, block: BlockId, type_: &str, shown: &mut Shown) {
        let mut texts: FxHashSet<u64> = FxHashSet::default();
        let Shown { instances, by_text, lengths, silent } = shown;
        let Some(ids) = instances.get(&block) else {
            silent.insert(block);
            return;
        };
        for id in ids {
            let Some(values) = self.plan.planned(self.plan.resource(*id)).value else { continue };
            let hands_on = |name: &str| type_ == "time_sleep" && name == "triggers";
            for (name, value) in values.entries() {
                let mut add = |text: &str| {
                    let text = comparable(text);
                    if text.bytes().any(|byte| byte != b'-') {
                        lengths.insert(text.len());
                        texts.insert(hash(&text));
                    }
                };
                collect(value, &mut add);
                if hands_on(name) && !value.is_empty() && !value.is_null() {
                    silent.insert(block);
                }
            }
        }
        for text in texts {
            by_text.entry(text).or_default().push(block);
        }
    }

    /// What outputs wait for that need not say anything of it: by their own `depends_on`, or by their module's.
    fn awaited_by_outputs(&self) -> FxHashSet<BlockId> {
        let mut queue = Vec::new();
        for (at, module) in self.plan.config.modules.iter().enumerate() {
            for output in module.outputs.values() {
                self.subjects(at, &output.depends_on, &mut queue);
            }
            if let Some(call) = &module.call {
                self.subjects(call.parent, &call.depends_on, &mut queue);
            }
        }
        let (mut blocks, mut seen) = (FxHashSet::default(), FxHashSet::default());
        while let Some(node) = queue.pop() {
            match node {
                _ if !seen.insert(node) => {}
                Node::Resource(block) => {
                    blocks.insert(block);
                }
                Node::Local(module, _) => blocks.extend(self.reach(module).iter()),
                _ => self.needs(node, &mut queue),
            }
        }
        blocks
    }

    /// All blocks that an expression of a module may lead to: what it holds, and what its calls are given.
    fn reach(&self, module: usize) -> Arc<FxHashSet<BlockId>> {
        kept(&self.behind.reach, module, || {
            let mut all = FxHashSet::default();
            let mut seen = FxHashSet::default();
            let mut modules = BTreeSet::from([module]);
            let mut queue = Vec::new();
            self.enter(module, &mut queue);
            while let Some(node) = queue.pop() {
                if !seen.insert(node) {
                    continue;
                }
                match node {
                    Node::Local(module, _) if modules.insert(module) => {
                        self.enter(module, &mut queue)
                    }
                    Node::Resource(block) => {
                        all.insert(block);
                    }
                    _ => {}
                }
                self.needs(node, &mut queue);
            }
            all
        })
    }

    fn enter<'g>(&'g self, module: usize, queue: &mut Vec<Node<'g>>) {
        queue.push(Node::Module(module));
        queue.extend(
            self.plan.config.modules[module]
                .variables
                .keys()
                .map(|name| Node::Variable(module, name)),
        );
        self.calls_need(module, queue);
    }
}

/// What is known already, or is found now. It may lock others, so that nobody is to wait for it.
fn kept<K: Hash + Eq + Clone, V>(
    known: &Mutex<FxHashMap<K, Arc<V>>>,
    key: K,
    find: impl FnOnce() -> V,
) -> Arc<V> {
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    let found = lock().get(&key).map(Arc::clone);
    found.unwrap_or_else(|| {
        let found = Arc::new(find());
        lock().insert(key.clone(), Arc::clone(&found));
        found
    })
}

fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

/// A text without what functions change in names: capitals and what stands between words.
fn comparable(text: &str) -> String {
    let plain =
        |letter: char| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    text.chars().map(plain).collect()
}

fn has_true(mask: Value<'_>) -> bool {
    mask.is_true() || mask.items().any(has_true) || mask.entries().any(|(_, it)| has_true(it))
}

/// Texts, numbers and keys of maps in a value.
fn collect(value: Value<'_>, each: &mut impl FnMut(&str)) {
    if value.is_array() || value.is_object() {
        value.items().for_each(|item| collect(item, each));
        for (key, item) in value.entries() {
            each(key);
            collect(item, each);
        }
    } else if value.as_bool().is_none()
        && let Some(text) = value.scalar()
    {
        each(&text);
    }
}
