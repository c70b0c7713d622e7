//! Which object a value names: by reference inside a plan, by identity where the value is known.

use std::{ops::Deref, sync::OnceLock};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::{
    facts,
    plan::{Key, Mode, ResId, Step, Tri, Value, Values},
};

use super::{
    Given, Graph,
    made::Made,
    resolve::{End, Hit},
    schema,
    view::{Cause, Res, SENSITIVE, Val, View},
};

/// Instances of a type by the known values that identify them.
pub(super) type ByIdentity = FxHashMap<String, Vec<ResId>>;

/// Those of each type of the plan; built when a type is first asked for.
pub(super) type Identities = FxHashMap<String, OnceLock<ByIdentity>>;

/// The object that a value names.
#[derive(Clone, Debug)]
pub enum Target<'a> {
    /// This one.
    Here(Res<'a>),
    /// One of these; which, the plan does not show.
    OneOf(Vec<Res<'a>>),
    /// A known name of something that this plan does not hold.
    Elsewhere(Foreign),
    /// What an output of another Terragrunt unit leads to.
    Given(Given),
    /// Nothing: the value is null or left out.
    Unset,
    /// Something, but the plan hides what.
    Lost(Cause),
}

/// The objects that a list names.
#[derive(Clone, Debug, Default)]
pub struct Targets<'a> {
    /// Instances of this plan.
    pub found: Vec<Res<'a>>,
    /// Known names of what this plan does not hold.
    pub elsewhere: Vec<Foreign>,
    /// What outputs of other Terragrunt units lead to.
    pub given: Vec<Given>,
    /// Why there may be more, or fewer, than listed; none where the list is certain.
    pub unsure: Option<Cause>,
}

/// A known name of something that a plan does not hold. It reads as the name itself, to be compared; what may
/// be said of it is [`Foreign::shown`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    name: String,
    is_masked: bool,
}

impl Foreign {
    /// How a message may write it: never what is masked.
    pub fn shown(&self) -> &str {
        if self.is_masked { SENSITIVE } else { &self.name }
    }

    /// The name, to be changed.
    pub fn name_mut(&mut self) -> &mut String {
        &mut self.name
    }

    /// The same, where it is masked.
    pub fn masked_mut(&mut self) -> Option<&mut String> {
        self.is_masked.then_some(&mut self.name)
    }
}

impl Deref for Foreign {
    type Target = str;
    fn deref(&self) -> &str {
        &self.name
    }
}

impl From<&str> for Foreign {
    /// Of a name that no mask covers.
    fn from(name: &str) -> Foreign {
        Foreign { name: name.to_owned(), is_masked: false }
    }
}

impl<'a> Target<'a> {
    /// Every instance that it may be.
    pub fn candidates(&self) -> &[Res<'a>] {
        match self {
            Target::Here(res) => std::slice::from_ref(res),
            Target::OneOf(all) => all,
            _ => &[],
        }
    }

    /// The one instance that it is for certain.
    pub fn here(&self) -> Option<Res<'a>> {
        match self {
            Target::Here(res) => Some(*res),
            _ => None,
        }
    }

    /// The same as far as its own plan tells: what another unit gives is a name, or hidden.
    pub fn by_itself(self) -> Target<'a> {
        match self {
            Target::Given(Given { shown: Some(name), .. }) => Target::Elsewhere((&*name).into()),
            Target::Given(_) => Target::Lost(Cause::NotInRun),
            target => target,
        }
    }

    /// The same, found in what a value shows: under its mask.
    #[must_use]
    pub fn read_from(self, view: &View<'_>) -> Target<'a> {
        match view.has_sensitive() {
            true => self.under_mask(),
            false => self,
        }
    }

    /// The same, which the plan masks: what no instance stands for is compared, and not shown.
    #[must_use]
    pub fn under_mask(self) -> Target<'a> {
        match self {
            Target::Elsewhere(name) => Target::Elsewhere(Foreign { is_masked: true, ..name }),
            target => target,
        }
    }

    /// Whether it is `res`.
    pub fn is(&self, res: Res<'a>) -> Tri {
        match self {
            Target::Here(here) => Tri::from(*here == res),
            // Why it is not certain was noted when the target was looked for.
            Target::OneOf(all) if all.contains(&res) => Tri::Maybe,
            Target::OneOf(_) | Target::Unset => Tri::No,
            // Its identity is known here, so a name of something else is not it; the identity of
            // what is created equals no literal.
            Target::Elsewhere(_) | Target::Given(Given { shown: Some(_), .. }) => Tri::No,
            Target::Given(_) | Target::Lost(_) => Tri::Maybe,
        }
    }

    /// What holds for the object; the same for every candidate, or it is not certain.
    /// What lies elsewhere or is hidden may or may not have the property; nothing has none.
    pub fn tri(&self, ask: impl FnMut(Res<'a>) -> Tri) -> Tri {
        match self {
            Target::Here(_) | Target::OneOf(_) => {
                Tri::agree(self.candidates().iter().copied().map(ask))
            }
            Target::Elsewhere(_) | Target::Given(_) | Target::Lost(_) => Tri::Maybe,
            Target::Unset => Tri::No,
        }
    }
}

impl<'a> View<'a> {
    /// The object of one of these types that this value names. Why it cannot be told is noted, as
    /// by every accessor that answers "maybe".
    pub fn target(&self, types: &[&str]) -> Target<'a> {
        let target = match self.val() {
            Val::Null | Val::Omitted => Target::Unset,
            Val::Known(value) => match value.scalar() {
                // Providers take it for nothing: no object is named so.
                Some(text) if text.is_empty() => Target::Unset,
                Some(text) => self.known_target(types, &text),
                None => Target::Lost(Cause::Function),
            },
            Val::Unknown(Cause::NotInRun) => Target::Lost(Cause::NotInRun),
            Val::Unknown(_) => self.unknown_target(types),
        };
        let target = match target {
            Target::Elsewhere(name) => match self.given() {
                Some(given) => Target::Given(given),
                None => Target::Elsewhere(name).read_from(self),
            },
            Target::Lost(Cause::NotInRun) => self.given().map_or(target, Target::Given),
            target => target,
        };
        match &target {
            Target::Lost(cause) => self.note(*cause),
            Target::Given(Given { shown: None, .. }) => self.note(Cause::NotInRun),
            Target::OneOf(_) => self.note(Cause::Function),
            Target::Given(_) => {}
            Target::Here(_) | Target::Elsewhere(_) | Target::Unset => {}
        }
        target
    }

    /// Where its references lead, through resources that hand a value on unchanged.
    pub fn sources(&self) -> Vec<Hit> {
        self.split_hits(&self.hits(), &[]).1
    }

    /// The objects of one of these types that this list names.
    pub fn targets(&self, types: &[&str]) -> Targets<'a> {
        let mut targets = Targets::default();
        match self.val() {
            Val::Null | Val::Omitted => {}
            Val::Known(_) => {
                for item in self.items() {
                    targets.add(item.target(types));
                }
            }
            Val::Unknown(cause) => {
                let written = self.written();
                let hits = self.plan_hits(&written);
                match self.beyond_plan(&written, &hits) {
                    Some(made) => self.add_targets(&made, types, cause, &mut targets),
                    None => self.add_split(&hits, types, cause, &mut targets),
                }
                if targets.unsure.is_some() {
                    self.note(cause);
                }
            }
        }
        targets.found.sort_by_key(|res| res.id);
        targets.found.dedup();
        targets
    }

    /// Elements of a list, where the source shows them.
    fn add_targets(&self, made: &Made, types: &[&str], cause: Cause, targets: &mut Targets<'a>) {
        let Some(items) = made.items() else {
            if matches!(made, Made::OneOf(_)) {
                targets.unsure = Some(cause);
            }
            return self.add_split(&made.hits(), types, cause, targets);
        };
        for item in items.iter() {
            match item {
                // How many elements it stands for is not known.
                Made::Other(_) => self.add_split(&item.hits(), types, cause, targets),
                item => targets.add(self.made_target(item, types)),
            }
        }
    }

    fn add_split(&self, hits: &[Hit], types: &[&str], cause: Cause, targets: &mut Targets<'a>) {
        let (found, others) = self.split_hits(hits, types);
        if found.is_empty() || others.iter().any(|hit| hit.end == End::Local) {
            targets.unsure = Some(cause);
        }
        targets.found.extend(found.into_iter().map(|hit| hit.0));
    }

    fn known_target(&self, types: &[&str], text: &str) -> Target<'a> {
        let is_meant = |hits: &[Hit]| match self.split_hits(hits, types).0.as_slice() {
            [(res, hit)] if res.scope().graph.attribute_is(*res, &hit.attribute, text) => {
                Some(*res)
            }
            _ => None,
        };
        let written = self.written();
        let hits = self.plan_hits(&written);
        if let Some(res) = is_meant(&hits) {
            return Target::Here(res);
        }
        match self.res().scope().named(types, text) {
            here @ Target::Here(_) => here,
            named => {
                let made = self.beyond_plan(&written, &hits);
                made.and_then(|made| is_meant(&made.hits())).map_or(named, Target::Here)
            }
        }
    }

    fn unknown_target(&self, types: &[&str]) -> Target<'a> {
        let written = self.written();
        let hits = self.plan_hits(&written);
        match self.beyond_plan(&written, &hits) {
            Some(made) => self.made_target(&made, types),
            None => match self.hit_target(&hits, types) {
                Target::OneOf(all) if self.is_one_picked(&all) => Target::Here(all[0]),
                target => target,
            },
        }
    }

    /// Whether a key that the plan does not show picks an instance, and there is but one: of another key
    /// Terraform would find none.
    fn is_one_picked(&self, all: &[Res<'a>]) -> bool {
        let ([only], Some(whole)) = (all, self.picked_of()) else { return false };
        let key = match whole.strip_prefix("module.") {
            None => only.key(),
            Some(called) => {
                let path = &self.graph().plan.module(only.raw().module).path;
                path.iter().find(|(name, _)| name == called).and_then(|(_, key)| key.as_ref())
            }
        };
        matches!(key, Some(Key::Text(_)))
    }

    /// The object that a value names which is made like this.
    fn made_target(&self, made: &Made, types: &[&str]) -> Target<'a> {
        let each = |made: &Made| {
            let target = self.hit_target(&made.hits(), types);
            match (self.graph().plain(made), target) {
                (Made::Null, _) => Target::Unset,
                // What the source has in place of a masked value may be a secret.
                (known, Target::Lost(cause)) => match known.scalar() {
                    Some(_) if self.has_sensitive() => Target::Lost(cause),
                    Some(text) => self.res().scope().named(types, &text),
                    None => Target::Lost(cause),
                },
                (_, target) => target,
            }
        };
        let mut all: Vec<Target<'a>> = made.alternatives().iter().map(each).collect();
        if all.len() == 1 {
            return all.swap_remove(0);
        }
        let mut candidates: Vec<Res<'a>> = Vec::new();
        for target in &all {
            match target {
                Target::Here(_) | Target::OneOf(_) => candidates.extend(target.candidates()),
                // It may be something that is not in this plan, or nothing.
                _ => return Target::Lost(Cause::Apply),
            }
        }
        candidates.sort_by_key(|res| res.id);
        candidates.dedup();
        match candidates.as_slice() {
            [only] => Target::Here(*only),
            _ => Target::OneOf(candidates),
        }
    }

    fn hit_target(&self, hits: &[Hit], types: &[&str]) -> Target<'a> {
        let (found, others) = self.split_hits(hits, types);
        let mut all: Vec<Res<'a>> = found.iter().map(|(res, _)| *res).collect();
        all.sort_by_key(|res| res.id);
        all.dedup();
        let local = others.iter().any(|hit| hit.end == End::Local);
        match all.as_slice() {
            [only] if !local => Target::Here(*only),
            [] if local => Target::Lost(Cause::Local),
            [] => Target::Lost(Cause::Apply),
            _ => Target::OneOf(all),
        }
    }

    /// Hits of one of these types, and the others. What hands a value on is looked through: the value
    /// of `time_sleep.x.triggers["arn"]` is what was put there, and so is that of an argument of
    /// another resource, such as `aws_security_group.x.vpc_id`. What an instance lists is not the
    /// instance: `data.databricks_mws_workspaces.all.ids["a"]` is the id of something else.
    fn split_hits(&self, hits: &[Hit], types: &[&str]) -> (Vec<(Res<'a>, Hit)>, Vec<Hit>) {
        let scope = self.res().scope();
        let (mut found, mut others) = (Vec::new(), Vec::new());
        let mut queue = hits.to_vec();
        let mut seen = Vec::new();
        while let Some(hit) = queue.pop() {
            let End::Resource(id) = hit.end else {
                others.push(hit);
                continue;
            };
            let res = scope.res(id);
            let lists_values = || {
                let name = hit.attribute.iter().find_map(Step::name);
                schema::lists_values(res, name.as_slice())
            };
            if types.contains(&res.type_()) && !lists_values() {
                match managed_behind(res, types) {
                    all if all.is_empty() => found.push((res, hit)),
                    all => found.extend(
                        all.into_iter()
                            .map(|(it, its)| (it, Hit { exact: its.exact && hit.exact, ..its })),
                    ),
                }
            } else if let Some(inner) = match types.is_empty() {
                true => passed_through(res, &hit.attribute),
                false => res.reads_back(&hit.attribute),
            } && !seen.contains(&hit)
            {
                let inner = inner.hits().into_iter();
                queue.extend(inner.map(|it| Hit { exact: it.exact && hit.exact, ..it }));
                seen.push(hit);
            } else {
                others.push(hit);
            }
        }
        found.sort_by(|a, b| a.1.cmp(&b.1));
        (found, others)
    }
}

impl<'a> Res<'a> {
    /// Where the value of an attribute was put in, which the resource only hands on, or gives back as the
    /// argument that it was.
    pub fn reads_back(self, attribute: &[Step]) -> Option<View<'a>> {
        passed_through(self, attribute).or_else(|| put_in(self, attribute))
    }
}

/// What a data source reads that is given its id and read while applying: what the plan manages itself.
fn managed_behind<'a>(res: Res<'a>, types: &[&str]) -> Vec<(Res<'a>, Hit)> {
    let by = facts::identity::looked_up_by(res.type_()).filter(|_| res.mode() == Mode::Data);
    let Some(id) = by.map(|by| res.after().get(by)) else { return Vec::new() };
    if !matches!(id.val(), Val::Unknown(_)) || id.is_written() != Tri::Yes {
        return Vec::new();
    }
    let (found, others) = id.split_hits(&id.hits(), types);
    let are_managed = others.is_empty() && found.iter().all(|(it, _)| it.mode() == Mode::Managed);
    if are_managed { found } else { Vec::new() }
}

/// Where the value of a hit was put in, for resources that hand a value on unchanged: where the attribute was
/// lost, whichever of several it was.
fn passed_through<'a>(res: Res<'a>, attribute: &[Step]) -> Option<View<'a>> {
    let output = match attribute.first() {
        Some(step) => Some(step.name()?),
        None => None,
    };
    let input = facts::identity::carried(res.type_(), output)?;
    let view = res.after().get(input);
    match attribute.get(1) {
        Some(Step::Name(key) | Step::Key(Key::Text(key))) => Some(view.member(key.clone())),
        _ => Some(view),
    }
}

/// The argument that a hit reads back: `aws_route53_vpc_association_authorization.x.vpc_id` is the id
/// that was put in. Nothing where the author left the argument out: then the provider chose the object.
fn put_in<'a>(res: Res<'a>, attribute: &[Step]) -> Option<View<'a>> {
    let [Step::Name(name)] = attribute else { return None };
    if !facts::identity::is_reference(res.type_(), name) {
        return None;
    }
    let argument = res.after().member(name.clone());
    (argument.is_written() == Tri::Yes).then_some(argument)
}

impl<'a> Targets<'a> {
    fn add(&mut self, target: Target<'a>) {
        match target {
            Target::Here(res) => self.found.push(res),
            Target::OneOf(all) => {
                self.found.extend(all);
                self.unsure = Some(Cause::Function);
            }
            Target::Elsewhere(name) => self.elsewhere.push(name),
            Target::Given(given) => self.given.push(given),
            Target::Unset => {}
            Target::Lost(cause) => self.unsure = Some(cause),
        }
    }
}

impl<'g> super::Scope<'g> {
    /// The object of one of these types that a known text names.
    pub fn named<'a>(&'a self, types: &[&str], text: &str) -> Target<'a> {
        let mut found: Vec<Res<'a>> = Vec::new();
        for type_ in types {
            found.extend(self.known_as(type_, text));
        }
        // What is looked up and managed in one plan is the managed one.
        if found.len() > 1 && found.iter().any(|res| res.mode() == Mode::Managed) {
            found.retain(|res| res.mode() == Mode::Managed);
        }
        match found.as_slice() {
            [] => Target::Elsewhere(text.into()),
            [only] => Target::Here(*only),
            _ => Target::OneOf(found),
        }
    }

    /// Instances of a type, managed and data, that a known value identifies.
    pub fn identified<'a>(&'a self, type_: &str, text: &str) -> Vec<Res<'a>> {
        self.known_as(type_, text).collect()
    }

    fn known_as<'a>(
        &'a self,
        type_: &str,
        text: &str,
    ) -> impl Iterator<Item = Res<'a>> + use<'a, 'g> {
        let ids = self.graph.by_identity(type_).and_then(|index| index.get(text));
        let here = ids.into_iter().flatten().filter(|id| self.holds(**id));
        here.map(|id| self.res(*id))
    }
}

impl Graph {
    /// None where the plan has nothing of the type.
    fn by_identity(&self, type_: &str) -> Option<&ByIdentity> {
        let unread = || self.plan.types().map(|it| (it.to_owned(), OnceLock::new())).collect();
        let index = self.identities.get_or_init(unread).get(type_)?;
        Some(index.get_or_init(|| self.index_identities(type_)))
    }

    fn index_identities(&self, type_: &str) -> ByIdentity {
        let mut index = ByIdentity::default();
        for id in self.plan.of_type(type_) {
            let resource = self.plan.resource(*id);
            let prior = (!resource.is_unchanged).then(|| self.plan.prior(resource).value);
            for value in self.plan.planned(resource).value.into_iter().chain(prior.flatten()) {
                for name in facts::identity::attributes(type_) {
                    let Some(text) = value.get(name).and_then(|value| value.scalar()) else {
                        continue;
                    };
                    let ids: &mut Vec<ResId> = index.entry(text.into_owned()).or_default();
                    if !ids.contains(id) {
                        ids.push(*id);
                    }
                }
            }
        }
        index
    }

    /// Whether the attribute a reference names holds that text; of a reference that lost its attribute,
    /// whether one that identifies the object does. What is known while planning never comes from what
    /// is not: then the expression had another branch, key or element.
    fn attribute_is(&self, res: Res<'_>, attribute: &[Step], text: &str) -> bool {
        let resource = self.plan.resource(res.id);
        let worlds = [self.plan.planned(resource), self.plan.prior(resource)];
        let known = |name: &str| -> Vec<Value<'_>> {
            worlds.iter().filter_map(|world| world.value?.get(name)).collect()
        };
        // A member of a map, such as the ids that a data source lists, names something else.
        let holds = |value: &Value<'_>| value.scalar().is_some_and(|it| it == text);
        let Some(name) = attribute.first().and_then(Step::name) else {
            let mut names = facts::identity::attributes(res.type_());
            return names.any(|name| known(name).iter().any(holds));
        };
        let known = known(name);
        let is_unknown = |world: &Values<'_>| {
            world
                .unknown
                .is_some_and(|mask| mask.is_true() || mask.get(name).is_some_and(|it| it.is_true()))
        };
        known.iter().any(holds) || known.is_empty() && !worlds.iter().any(is_unknown)
    }

    /// Whether what a reference leads to is known while planning.
    pub(super) fn is_known(&self, hit: &Hit) -> bool {
        let id = match hit.end {
            End::Known | End::Given(_) | End::Opaque => return true,
            End::Resource(id) if hit.exact => id,
            _ => return false,
        };
        let Some(name) = hit.attribute.first().and_then(Step::name) else { return false };
        let values = self.plan.planned(self.plan.resource(id));
        let unknown = values.unknown.and_then(|mask| mask.get(name));
        let nothing_unknown = unknown.is_none_or(|mask| {
            !mask.is_true() && mask.items().len() == 0 && mask.entries().len() == 0
        });
        nothing_unknown && values.value.is_some_and(|value| value.get(name).is_some())
    }
}
