//! Follows references: through variables, outputs, nested modules, `for_each` and `count` keys.
//!
//! The recipe was proved against real state: what it answers from a plan alone equals what the
//! state holds after the apply (`tests/it/resolve.rs`). Where plan JSON lost something (a local,
//! the attribute behind a splat, the output behind `module.x[each.key]`), the answer says so.

use std::sync::{Arc, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::plan::{
    Cut, Key, Lazy, Mode, ModulePath, ResId, Step, Value, cuts, module_address, steps,
};

use super::{
    BlockId, Expr, Graph, ModuleSlice,
    eval::{Eval, Scene as SourceScene},
    made::Made,
    seen::is_plain,
};

/// Where a reference ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// At an instance of the plan.
    Resource(ResId),
    /// At a block that has no instance here: `count = 0`, a targeted plan, a configuration cut short.
    NoInstance(String),
    /// At something known while planning: a literal, a root variable, a key, a path.
    Known,
    /// At the root variable of that name, which `terragrunt.hcl` fills from another unit's output:
    /// known while planning too.
    Given(String),
    /// At a function of constants, such as `jsonencode({…})`: known while planning too.
    Opaque,
    /// At a `local`, which plan JSON does not hold.
    Local,
    /// At an ephemeral resource.
    Ephemeral,
    /// Nowhere: a loop, or a name that the configuration does not have.
    Nowhere,
}

/// One place that a reference may lead to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Where it ends.
    pub end: End,
    /// The attribute there, as far as plan JSON tells; empty where it was lost.
    pub attribute: Vec<Step>,
    /// Whether the instance is certain.
    pub exact: bool,
}

/// How deep modules and for_each chains may be followed.
pub(super) const DEPTH: usize = 40;

/// The block whose instances an expression is for.
#[derive(Clone, Copy)]
pub(super) enum Owner<'s> {
    /// None: it stands for itself, as an output.
    Nobody,
    /// A resource, with its type and name.
    Resource(Mode, &'s str, &'s str),
    /// The call of a module.
    Call(&'s str),
}

/// The key of an instance, which may choose among those of another block.
#[derive(Clone, Copy)]
struct Own<'s> {
    key: Option<&'s Key>,
    path: &'s ModuleSlice,
    owner: Owner<'s>,
    /// It names a member of what was handed on, not an instance.
    is_of_member: bool,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s> {
    path: &'s ModuleSlice,
    own: Own<'s>,
    for_each: Option<&'s Lazy>,
    /// Came here through `each.*`: keys of both sides correspond.
    through_each: bool,
    /// The rest of a path behind a variable or `each.value`, for a reference that names less.
    pending: &'s [Step],
    /// Nothing was named beside what led here, so what is pending is asked of that and of all of it.
    is_whole: bool,
    /// Which member is meant of a map of instances that was handed in as a whole.
    member: Option<Own<'s>>,
}

/// What a path means of a module that is called.
struct Meant<'a> {
    keys: SmallVec<[Option<&'a Key>; 1]>,
    /// What is left of the path.
    rest: &'a [Cut<'a>],
    member: Option<Own<'a>>,
    exact: bool,
}

impl Hit {
    /// Whether it leads to a certain attribute of a certain instance. Behind the key of a map it is not
    /// certain: a `for` over the block may make objects with names of their own.
    pub(super) fn is_plain(&self) -> bool {
        let has_name = matches!(self.attribute.first(), Some(Step::Name(_)));
        self.exact && matches!(self.end, End::Resource(_)) && has_name
    }
}

impl<'s> Scene<'s> {
    /// In a module instance, or in the instance of a block of one that has that key.
    pub(super) fn new(
        path: &'s ModuleSlice,
        owner: Owner<'s>,
        key: Option<&'s Key>,
        for_each: Option<&'s Lazy>,
    ) -> Scene<'s> {
        let own = Own { key, path, owner, is_of_member: false };
        Scene {
            path,
            own,
            for_each,
            through_each: false,
            pending: &[],
            is_whole: true,
            member: None,
        }
    }

    /// In a module instance, outside of any block.
    pub(super) fn of_module(path: &'s ModuleSlice) -> Scene<'s> {
        Scene::new(path, Owner::Nobody, None, None)
    }

    /// The key that chooses among several instances where a path names none; none where nothing does.
    /// Where keys of both sides correspond, what was handed in says nothing.
    fn chosen(&self, keyed: bool, member: Option<Own<'s>>) -> Option<Own<'s>> {
        if keyed || self.through_each { Some(self.own) } else { member }
    }

    /// The own key as the member that is meant of what is handed on.
    fn own_member(&self) -> Option<Own<'s>> {
        self.own.key.map(|_| Own { is_of_member: true, ..self.own })
    }

    /// What is asked for behind a reference: what it names itself, else what led here.
    fn rest(&self, named: &[Cut<'_>]) -> Vec<Step> {
        if named.is_empty() { self.pending.to_vec() } else { kept(named) }
    }

    /// Whether what is asked for behind a reference is asked of all of it.
    fn is_whole(&self, named: &[Cut<'_>]) -> bool {
        self.is_whole || !named.is_empty()
    }
}

/// What is asked for behind an output: what it names itself, else a key that led here, which chooses among
/// instances however many modules hand them on.
fn behind_output(named: &[Cut<'_>], scene: &Scene<'_>) -> Vec<Step> {
    match scene.pending.first() {
        Some(Step::Key(Key::Text(_))) => scene.rest(named),
        _ => kept(named),
    }
}

/// `ids.relay` is `ids["relay"]`.
fn as_key(step: &Step) -> Step {
    match step {
        Step::Name(name) => Step::Key(Key::Text(name.clone())),
        key => key.clone(),
    }
}

fn kept(cuts: &[Cut<'_>]) -> Vec<Step> {
    cuts.iter().cloned().map(Step::from).collect()
}

/// What following references led to.
#[derive(Default)]
struct Trail {
    hits: Vec<Hit>,
    /// The key of the instance was looked at: another instance of the block may mean something else.
    by_key: bool,
}

/// Where expressions lead that mean the same for each instance of a block in one module instance.
pub(super) type Resolved = FxHashMap<(BlockId, u32, Place), Arc<[Hit]>>;

/// Where the references of one expression stand in the document: the first, the last, their number.
type Place = (usize, usize, usize);

impl Graph {
    /// Where the references of an instance's expression lead, each place once.
    pub fn resolve(&self, id: ResId, expression: Expr<'_>) -> Arc<[Hit]> {
        match expression {
            Expr::Constant(_) | Expr::Opaque => Arc::default(),
            _ => self.resolve_all(id, &expression.references()),
        }
    }

    /// The same for all references of an expression. Instances for which they mean the same share it.
    pub(super) fn resolve_all(&self, id: ResId, references: &[&str]) -> Arc<[Hit]> {
        let key = self
            .place_of(references)
            .zip(self.block_id(id))
            .map(|(place, block)| (block, self.plan.resource(id).module, place));
        let Some(key) = key else { return self.trail(id, references).hits.into() };
        if let Ok(known) = self.resolved.lock()
            && let Some(hits) = known.get(&key)
        {
            return Arc::clone(hits);
        }
        let trail = self.trail(id, references);
        let hits: Arc<[Hit]> = trail.hits.into();
        if !trail.by_key
            && let Ok(mut known) = self.resolved.lock()
        {
            known.insert(key, Arc::clone(&hits));
        }
        hits
    }

    /// None where there are no references, or some do not stand in the document as they are.
    fn place_of(&self, references: &[&str]) -> Option<Place> {
        let text = self.plan.text().as_bytes().as_ptr_range();
        let at = |reference: &str| reference.as_ptr() as usize;
        let within = |it: &&str| text.contains(&it.as_ptr());
        let (first, last) = (references.first()?, references.last()?);
        let place = (at(first), at(last), references.len());
        references.iter().all(within).then_some(place)
    }

    /// The same for some references of an expression.
    pub(super) fn resolve_references(&self, id: ResId, references: &[&str]) -> Vec<Hit> {
        self.trail(id, references).hits
    }

    fn trail(&self, id: ResId, references: &[&str]) -> Trail {
        let resource = self.plan.resource(id);
        let Some(block) = self.block(id) else { return Trail::default() };
        let path = &self.plan.module(resource.module).path;
        let for_each = block.repetition.for_each.as_ref();
        let owner = Owner::Resource(block.mode, &block.type_, &block.name);
        self.follow_all(references, &Scene::new(path, owner, resource.key(), for_each))
    }

    /// Where the references of an expression in a module lead, outside of any resource:
    /// provider arguments and outputs.
    pub fn resolve_in_module(&self, module: &ModulePath, expression: Expr<'_>) -> Vec<Hit> {
        self.finish(&expression.references(), &Scene::of_module(module))
    }

    /// Where the references of an output of the root module lead.
    pub fn output_hits(&self, name: &str) -> Vec<Hit> {
        let root = self.plan.config.modules.first();
        let output = root.and_then(|root| root.outputs.get(name));
        let expression = output.and_then(|output| self.expr(&output.expression));
        let Some(expression) = expression else { return Vec::new() };
        let path = ModulePath::new();
        let hits = self.resolve_in_module(&path, expression);
        if is_plain(&hits) {
            return hits;
        }
        self.output_made(name).map_or(hits, |made| made.hits())
    }

    /// What the source makes an output of the root module of.
    pub(super) fn output_made(&self, name: &str) -> Option<Made> {
        let output = self.plan.config.modules.first()?.outputs.get(name)?;
        let path = ModulePath::new();
        let written = self.expr(&output.expression)?;
        let shape = self.shape(&path, &format!("output.{name}"), "value", written)?;
        Eval::new(self).answer(&shape, &SourceScene::of_module(path))
    }

    /// Where references lead from a place, each place once.
    pub(super) fn finish(&self, references: &[&str], scene: &Scene<'_>) -> Vec<Hit> {
        self.follow_all(references, scene).hits
    }

    fn follow_all(&self, references: &[&str], scene: &Scene<'_>) -> Trail {
        let mut trail = Trail::default();
        self.follow(references, scene, 0, &mut trail);
        trail.hits.sort();
        trail.hits.dedup();
        trail
    }

    fn follow(&self, references: &[&str], scene: &Scene<'_>, depth: usize, out: &mut Trail) {
        if depth > DEPTH {
            out.hits.push(hit(End::Nowhere));
            return;
        }
        // Of a map that is put together of several, it is not known whose key it is.
        let is_alone = references.len() == 1;
        let member = scene.member.filter(|_| is_alone);
        let scene = &Scene { member, is_whole: scene.is_whole && is_alone, ..*scene };
        for (at, reference) in references.iter().enumerate() {
            let keyed = self.is_keyed(references, at, scene.path);
            let path: SmallVec<[Cut<'_>; 6]> = cuts(reference).collect();
            let name = |at: usize| path.get(at).and_then(Cut::name).unwrap_or_default();
            match name(0) {
                "path" | "terraform" | "self" | "count" => out.hits.push(hit(End::Known)),
                "local" => out.hits.push(hit(End::Local)),
                "ephemeral" => out.hits.push(hit(End::Ephemeral)),
                "each" => self.each(&path, references.len(), scene, depth, out),
                "var" => {
                    let rest = &path[2.min(path.len())..];
                    self.variable((name(1), rest), keyed, scene, depth, out);
                }
                "module" => self.module_output(&path, keyed, scene, depth, out),
                "data" => self.instances(Mode::Data, &path[1..], keyed, scene, out),
                _ => self.instances(Mode::Managed, &path, keyed, scene, out),
            }
        }
    }

    /// Whether the own key chooses among what stands there: `aws_x.y[each.key].id` shows as `aws_x.y` and
    /// `each.key`. What stands in between looks up another key by it, but for a switch such as
    /// `var.single ? 0 : count.index`.
    fn is_keyed(&self, references: &[&str], at: usize, path: &ModuleSlice) -> bool {
        let rest = &references[at + 1..];
        let Some(key) = rest.iter().position(|it| matches!(*it, "each.key" | "count.index")) else {
            return false;
        };
        let between = &rest[..key];
        between.is_empty()
            || rest[key] == "count.index"
                && between.iter().all(|it| self.plain_variable(it, path).is_some())
    }

    /// Whether it is a variable that is true or false, so that nothing is looked up in it, or by it.
    fn is_switch(&self, reference: &str, path: &ModuleSlice) -> bool {
        let value = self.plain_variable(reference, path);
        value.is_some_and(|value| matches!(&*value, "true" | "false"))
    }

    /// The value of a variable, or of a member of it, that is neither a list nor a map.
    fn plain_variable(&self, reference: &str, path: &ModuleSlice) -> Option<String> {
        let steps = steps(reference);
        let [Step::Name(first), Step::Name(name), rest @ ..] = steps.as_slice() else {
            return None;
        };
        let module = self.plan.config.find(path.iter().map(|(name, _)| name.as_str()))?;
        if first == "var" { self.variable_constant(module, name, rest, 0) } else { None }
    }

    /// Whether an own key that is given as it is can choose among instances of these keys. Not where some
    /// instance of the owner would find none, as with `[floor(count.index / 2)]`, nor where each would
    /// find one by what may stand around the key, as in `["${each.key}-gpu"]`.
    fn corresponds(&self, own: &Own<'_>, keys: &Keys<'_>) -> bool {
        let owners = match own.owner {
            Owner::Nobody => return true,
            Owner::Resource(mode, type_, name) => {
                Keys::Of(self, self.instances_of(own.path, mode, type_, name))
            }
            Owner::Call(name) => Keys::OfCall(self.kept_module_keys(own.path, name)),
        };
        match own.key {
            None => true,
            // A list that was handed on may have been counted anew: `element(var.ids, count.index + 1)`.
            Some(Key::Int(_)) if own.is_of_member => false,
            Some(Key::Int(_)) => owners.last() <= keys.last(),
            Some(Key::Text(_)) => keys.len() <= owners.len() || !self.may_be_parts(&owners, keys),
        }
    }

    fn may_be_parts(&self, owners: &Keys<'_>, keys: &Keys<'_>) -> bool {
        let at = (owners.place(), keys.place());
        let known = || self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(&at).copied();
        found.unwrap_or_else(|| {
            let are_parts = are_parts(owners, keys);
            known().insert(at, are_parts);
            are_parts
        })
    }

    fn each(
        &self,
        path: &[Cut<'_>],
        count: usize,
        scene: &Scene<'_>,
        depth: usize,
        out: &mut Trail,
    ) {
        let is_key = path.get(1).and_then(Cut::name) == Some("key");
        if scene.through_each || (is_key && count > 1) {
            // Beside other references `each.key` only picks an instance of them.
            return out.hits.push(hit(End::Known));
        }
        let Some(expression) = scene.for_each.and_then(|lazy| self.expr(lazy)) else {
            return out.hits.push(hit(End::Known));
        };
        let references = expression.references();
        if references.is_empty() || is_key {
            // Keys are always known while planning.
            return out.hits.push(hit(End::Known));
        }
        let pending = kept(path.get(2..).unwrap_or_default());
        // `{ for k, v in var.x : k => aws_y.z[v.name] }` has the keys of something else.
        let switches = references.iter().take_while(|it| self.is_switch(it, scene.path)).count();
        let through_each = references.len() - switches == 1;
        let scene = Scene { through_each, pending: &pending, is_whole: false, ..*scene };
        let from = out.hits.len();
        self.follow(&references, &scene, depth + 1, out);
        // `{ a = x.id, b = y.id }` shows as x and y: which of them this key has is lost.
        out.hits[from..].iter_mut().for_each(|hit| hit.exact &= references.len() == 1);
    }

    fn variable(
        &self,
        (name, rest): (&str, &[Cut<'_>]),
        keyed: bool,
        scene: &Scene<'_>,
        depth: usize,
        out: &mut Trail,
    ) {
        let Some(((called, key), above)) = scene.path.split_last() else {
            return out.hits.push(match self.is_given(name) {
                true => {
                    let attribute = scene.rest(rest);
                    Hit { end: End::Given(name.to_owned()), attribute, exact: true }
                }
                false => hit(End::Known),
            });
        };
        let Some(call) = self.config_module(scene.path).and_then(|module| module.call.as_ref())
        else {
            return out.hits.push(hit(End::Nowhere));
        };
        let argument = self.value(&call.arguments).and_then(|arguments| arguments.get(name));
        let references = match argument.map(Expr::of) {
            // The default, a literal, or a function of constants.
            None | Some(Expr::Constant(_)) => return out.hits.push(hit(End::Known)),
            Some(Expr::Opaque) => return out.hits.push(hit(End::Opaque)),
            Some(expression) => expression.references(),
        };
        let for_each = call.repetition.for_each.as_ref();
        let pending = scene.rest(rest);
        // `each.value` of `for_each = var.x` is the member of that key of whatever was handed in, as is
        // `var.x[each.key]`.
        let is_own = keyed || scene.through_each;
        let member = if is_own { scene.own_member() } else { scene.member };
        let member = member.filter(|_| rest.is_empty());
        let is_whole = scene.is_whole(rest);
        let inner = Scene::new(above, Owner::Call(called), key.as_ref(), for_each);
        let scene = Scene { pending: &pending, is_whole, member, ..inner };
        self.follow(&references, &scene, depth + 1, out);
    }

    /// Which instances of a module a path means, and which member of their outputs.
    fn modules_meant<'a>(
        &'a self,
        call: &str,
        rest: &'a [Cut<'a>],
        keyed: bool,
        scene: &Scene<'a>,
        out: &mut Trail,
    ) -> Meant<'a> {
        // Beside one module it names a member of the output.
        let is_own = keyed || scene.through_each;
        let own_member = |rest: &[Cut<'_>]| match is_own && rest.len() == 1 {
            true => scene.own_member(),
            false => scene.member,
        };
        if let [Cut::Key(key), rest @ ..] = rest {
            let keys = SmallVec::from([Some(key)]);
            return Meant { keys, rest, member: own_member(rest), exact: true };
        }
        let known = self.module_keys(scene.path, call);
        let chosen = scene.chosen(keyed, scene.member);
        out.by_key |= chosen.is_some();
        let chosen = chosen.filter(|it| self.corresponds(it, &Keys::OfCall(known)));
        if let Some(chosen) = chosen.filter(|it| known.iter().any(|key| key.as_ref() == it.key)) {
            // It chose the module, and says nothing about what lies inside.
            let member = scene.member.filter(|_| is_own);
            return Meant { keys: SmallVec::from([chosen.key]), rest, member, exact: true };
        }
        let member = if known == [None] { own_member(rest) } else { scene.member };
        let keys = known.iter().map(Option::as_ref).collect();
        Meant { keys, rest, member, exact: known.len() == 1 }
    }

    fn module_output(
        &self,
        path: &[Cut<'_>],
        keyed: bool,
        scene: &Scene<'_>,
        depth: usize,
        out: &mut Trail,
    ) {
        let Some(call) = path.get(1).and_then(Cut::name) else { return };
        let Meant { keys, rest, member, mut exact } =
            self.modules_meant(call, &path[2..], keyed, scene, out);
        let mut child: ModulePath = Vec::with_capacity(scene.path.len() + 1);
        child.extend_from_slice(scene.path);
        child.push((call.to_owned(), None));
        let Some(module) = self.config_module(&child) else {
            return out.hits.push(hit(End::Nowhere));
        };
        let named =
            |name: Option<&str>| module.outputs.get_key_value(name?).map(|(name, _)| name.as_str());
        let own = named(rest.first().and_then(Cut::name));
        let led = named(scene.pending.first().and_then(Step::name));
        let behind = rest.get(1..).unwrap_or_default();
        // `each.value.out` over `for_each = module.m` names the output in what is pending.
        let (names, pending): (Vec<&str>, Vec<Step>) = match (own, led) {
            (Some(name), _) => (vec![name], behind_output(behind, scene)),
            (None, Some(name)) if rest.is_empty() => (vec![name], scene.pending[1..].to_vec()),
            _ => (module.outputs.keys().map(String::as_str).collect(), Vec::new()),
        };
        exact &= names.len() == 1;
        for key in keys {
            if let Some(last) = child.last_mut() {
                last.1 = key.cloned();
            }
            for name in &names {
                let from = out.hits.len();
                let (is_whole, inner) = (scene.is_whole(behind), Scene::of_module(&child));
                let scene = Scene { pending: &pending, is_whole, member, ..inner };
                self.output(name, &scene, depth, out);
                out.hits[from..].iter_mut().for_each(|hit| hit.exact &= exact);
            }
        }
    }

    fn output(&self, name: &str, scene: &Scene<'_>, depth: usize, out: &mut Trail) {
        let output = self.config_module(scene.path).and_then(|config| config.outputs.get(name));
        match output.and_then(|output| self.expr(&output.expression)) {
            None | Some(Expr::Constant(_)) => out.hits.push(hit(End::Known)),
            Some(Expr::Opaque) => out.hits.push(hit(End::Opaque)),
            Some(expression) => self.follow(&expression.references(), scene, depth + 1, out),
        }
    }

    fn instances(
        &self,
        mode: Mode,
        path: &[Cut<'_>],
        keyed: bool,
        scene: &Scene<'_>,
        out: &mut Trail,
    ) {
        let (Some(type_), Some(name)) =
            (path.first().and_then(Cut::name), path.get(1).and_then(Cut::name))
        else {
            return out.hits.push(hit(End::Nowhere));
        };
        let all = self.instances_of(scene.path, mode, type_, name);
        let mut rest = &path[2..];
        let mut exact = true;
        let of_key = |wanted: Option<&Key>| self.of_key(all, wanted);
        let chosen = scene.chosen(keyed, scene.member.filter(|_| rest.is_empty()));
        let is_open = rest.is_empty() && chosen.is_none();
        let named = self.named_by_key(all, scene).filter(|_| is_open);
        let found: SmallVec<[ResId; 4]> = if let Some(Cut::Key(key)) = rest.first() {
            rest = &rest[1..];
            of_key(Some(key)).into_iter().collect()
        } else if let [only] = all
            && self.plan.resource(*only).key().is_none()
        {
            SmallVec::from_slice(all)
        } else if let Some(same) = chosen
            .filter(|it| self.corresponds(it, &Keys::Of(self, all)))
            .and_then(|it| of_key(it.key))
        {
            out.by_key = true;
            SmallVec::from_slice(&[same])
        } else if let Some(named) = named {
            SmallVec::from_slice(&[named])
        } else {
            // That no instance has the key holds of the key too.
            out.by_key |= chosen.is_some();
            exact = all.len() == 1;
            SmallVec::from_slice(all)
        };
        let mut attribute = scene.rest(rest);
        if let (Some(_), Some(step)) = (named, attribute.first_mut()) {
            *step = as_key(step);
        }
        let mut add = |end, attribute| out.hits.push(Hit { end, attribute, exact });
        match found.as_slice() {
            [] => {
                let module = module_address(scene.path);
                let prefix = if mode == Mode::Data { "data." } else { "" };
                let dot = if module.is_empty() { "" } else { "." };
                add(End::NoInstance(format!("{module}{dot}{prefix}{type_}.{name}")), attribute);
            }
            [others @ .., last] => {
                others.iter().for_each(|id| add(End::Resource(*id), attribute.clone()));
                add(End::Resource(*last), attribute);
            }
        }
    }

    /// Of the instances of a block that was handed over as a whole, the one that what is pending names by
    /// its key: `["a"].id`. None for an index, as a `for` with an `if` counts anew, nor where the name may
    /// as well be that of an attribute, or that of an object around the block.
    fn named_by_key(&self, all: &[ResId], scene: &Scene<'_>) -> Option<ResId> {
        let of = |step: &Step| match step {
            Step::Name(name) | Step::Key(Key::Text(name)) => {
                self.of_key(all, Some(&Key::Text(name.clone())))
            }
            Step::Key(Key::Int(_)) => None,
        };
        let step = scene.pending.first().filter(|_| scene.is_whole)?;
        let id = of(step)?;
        let is_around = scene.pending.get(1).is_some_and(|next| {
            // An object has no index: it is a list of several.
            matches!(next, Step::Key(Key::Int(_))) || of(next).is_some()
        });
        (!is_around && !self.has_attribute(id, step)).then_some(id)
    }

    /// The instance of that key among those of a block.
    fn of_key(&self, all: &[ResId], wanted: Option<&Key>) -> Option<ResId> {
        let key = |id: &ResId| self.plan.resource(*id).key();
        let at = all.partition_point(|id| key(id) < wanted);
        all.get(at).copied().filter(|id| key(id) == wanted)
    }

    fn has_attribute(&self, id: ResId, step: &Step) -> bool {
        let (Step::Name(name) | Step::Key(Key::Text(name))) = step else { return false };
        let values = self.plan.planned(self.plan.resource(id));
        let has = |of: Option<Value<'_>>| of.is_some_and(|of| of.get(name).is_some());
        has(values.value) || has(values.unknown)
    }

    /// The value of a configuration part; none where nothing was written.
    pub fn value<'a>(&'a self, lazy: &'a Lazy) -> Option<Value<'a>> {
        lazy.get(self.plan.text())
    }

    /// An expression of the configuration; none where nothing was written.
    pub fn expr<'a>(&'a self, lazy: &'a Lazy) -> Option<Expr<'a>> {
        self.value(lazy).map(Expr::of)
    }
}

/// The keys of some instances, in their order.
enum Keys<'k> {
    Of(&'k Graph, &'k [ResId]),
    OfCall(&'k [Option<Key>]),
}

impl<'k> Keys<'k> {
    fn len(&self) -> usize {
        match self {
            Keys::Of(_, ids) => ids.len(),
            Keys::OfCall(keys) => keys.len(),
        }
    }

    fn at(&self, index: usize) -> Option<&'k Key> {
        match self {
            Keys::Of(graph, ids) => graph.plan.resource(*ids.get(index)?).key(),
            Keys::OfCall(keys) => keys.get(index)?.as_ref(),
        }
    }

    /// What tells one list from others: they are the graph's own, and live as long.
    fn place(&self) -> usize {
        match self {
            Keys::Of(_, ids) => ids.as_ptr() as usize,
            Keys::OfCall(keys) => keys.as_ptr() as usize,
        }
    }

    fn last(&self) -> Option<&'k Key> {
        self.at(self.len().checked_sub(1)?)
    }

    fn texts(&self) -> impl Iterator<Item = &'k str> {
        (0..self.len()).filter_map(|index| match self.at(index)? {
            Key::Text(text) => Some(text.as_str()),
            Key::Int(_) => None,
        })
    }
}

/// More ways to put something around a key are not tried: then one of them may be meant.
const MOST_WAYS: usize = 1_000;

/// Whether something put around each key of the owner gives a key too.
fn are_parts(owners: &Keys<'_>, keys: &Keys<'_>) -> bool {
    // Of the longest there are the fewest ways.
    let Some(own) = owners.texts().max_by_key(|it| it.len()) else { return false };
    let all: FxHashSet<&str> = keys.texts().collect();
    let fits = |before: &str, after: &str| {
        owners.texts().all(|it| all.contains([before, it, after].concat().as_str()))
    };
    let longer = keys.texts().filter(|it| it.len() > own.len());
    let mut ways = longer.flat_map(|it| it.match_indices(own).map(move |(at, _)| it.split_at(at)));
    let is_found =
        ways.by_ref().take(MOST_WAYS).any(|(before, rest)| fits(before, &rest[own.len()..]));
    is_found || ways.next().is_some()
}

/// Whether a reference names what was handed in, not an object.
pub(super) fn is_handed_in(reference: &str) -> bool {
    const WAYS: [&str; 8] =
        ["count", "each", "local", "module", "path", "self", "terraform", "var"];
    let first = cuts(reference).next();
    first.and_then(|step| step.name()).is_none_or(|name| WAYS.contains(&name))
}

/// Whether a reference names an object or a module as a whole.
pub(super) fn is_whole(reference: &str) -> bool {
    let path: Vec<Cut<'_>> = cuts(reference).collect();
    match path.first().and_then(Cut::name) {
        Some("module") => path.len() == 2,
        Some("data") => path.len() == 3,
        _ => path.len() == 2 && !is_handed_in(reference),
    }
}

fn hit(end: End) -> Hit {
    Hit { end, attribute: Vec::new(), exact: true }
}
