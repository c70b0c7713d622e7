//! What one Terragrunt unit has from another: variables that are outputs of other units, and the
//! instances that the outputs of this one lead to.
//!
//! Neither plan holds the link: `terragrunt.hcl` does. A variable always has a value, which may be a
//! mock or of yesterday, so the link is a name made of the other unit's directory and the output. Of the
//! value only its place in the variable is believed: it tells which element was taken.

use serde::{Deserialize, Serialize};

use crate::{
    facts::identity,
    plan::{Key, ResId, Step, Value},
    source::{Unit, plain_step},
};

use super::{
    Graph, View,
    made::Made,
    resolve::{End, Hit},
    view::Part,
};

/// A value that is an output of another unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The name of the output, or of the part of it; see [`Lead`].
    pub output: String,
    /// Names of what that is a part of, the nearest first.
    pub within: Vec<String>,
    /// It is an element of a list, and stands for each of them: of a mock, how many there are and in
    /// which order says nothing.
    pub is_each: bool,
    /// The value in the plan, unless it says that it stands in for another.
    pub shown: Option<String>,
    /// The value is one of the unit's `mock_outputs`.
    pub is_mock: bool,
}

/// Where an output of the plan leads, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lead {
    /// Its name, made of the unit's directory, the output and the way into it.
    pub output: String,
    /// The instance.
    pub instance: ResId,
    /// Whether it is this one, or one of several.
    pub is_certain: bool,
}

impl Graph {
    /// The Terragrunt unit of the plan. Looked for where there is anything that can be given.
    pub(super) fn unit(&self) -> &Unit {
        self.unit.get_or_init(|| {
            let has_outputs =
                self.plan.config.modules.first().is_some_and(|root| !root.outputs.is_empty());
            match has_outputs || self.plan.variables().next().is_some() {
                true => self.origin.unit(),
                false => Unit::default(),
            }
        })
    }

    /// Directories of the Terragrunt units whose outputs this one is given.
    pub fn needed_units(&self) -> impl Iterator<Item = &str> {
        self.unit().needs().into_iter()
    }

    /// Whether another unit's output fills a root variable, or a part of it.
    pub(super) fn is_given(&self, variable: &str) -> bool {
        self.unit().given.contains_key(variable)
    }

    /// The output that a text of the plan is, or stands in for. It is made of references that lead there;
    /// `is_item` says that it is the element of a list.
    pub(super) fn given_as(&self, hits: &[Hit], text: &str, is_item: bool) -> Option<Given> {
        let given = self.given_by(hits, text, is_item)?;
        let is_mock = self.mock_outputs().texts.contains(text);
        let shown = (!self.stands_in(text)).then(|| text.to_owned());
        Some(Given { shown, is_mock, ..given })
    }

    fn given_by(&self, hits: &[Hit], text: &str, is_item: bool) -> Option<Given> {
        let mut all = Vec::new();
        for (variable, given) in &self.unit().given {
            let through = |hit: &&Hit| match &hit.end {
                End::Given(name) => name == variable,
                // What a local is made of is not shown: it may be any variable.
                End::Local => true,
                _ => false,
            };
            let Some(value) = self.plan.variable(variable) else { continue };
            let mut places = Vec::new();
            for hit in hits.iter().filter(through) {
                places.extend(places_of(text, value, &hit.attribute, is_item));
            }
            for Place { steps, is_any } in &places {
                for it in given {
                    let Some(rest) = steps.strip_prefix(&*it.at) else { continue };
                    let mut path = [&*it.path, rest].concat();
                    let last = path.last_mut().filter(|_| *is_any && !rest.is_empty());
                    let is_each = last.map(|last| *last = any()).is_some();
                    all.push((&it.dir, path, is_each));
                }
            }
        }
        all.sort();
        all.dedup();
        // Two mocks may look alike: which of them it is, nothing tells.
        let [(dir, path, is_each)] = all.as_slice() else { return None };
        let within = (1..path.len()).rev().map(|len| spelled(dir, &path[..len])).collect();
        Some(Given {
            output: spelled(dir, path),
            within,
            is_each: *is_each,
            shown: None,
            is_mock: false,
        })
    }

    /// Where the outputs lead that other units may be given; of a Terragrunt unit only.
    pub fn leads(&self) -> Vec<Lead> {
        let mut all = Vec::new();
        let Some(root) = self.plan.config.modules.first() else { return all };
        if root.outputs.is_empty() || self.unit().dir.is_empty() {
            return all;
        }
        for name in root.outputs.keys() {
            let hits = self.output_hits(name);
            let made = self.output_made(name).unwrap_or_else(|| match hits.as_slice() {
                [only] if only.is_plain() => Made::Reference(only.clone().into()),
                _ => Made::Other(hits.into()),
            });
            self.lead(&made, &mut vec![Step::Name(name.clone())], &mut all);
        }
        all
    }

    /// Adds what is at a place of an output.
    fn lead(&self, made: &Made, path: &mut Vec<Step>, out: &mut Vec<Lead>) {
        let output = spelled(&self.unit().dir, path);
        match made {
            Made::Reference(hit) => {
                let instance = self.identified_by(hit);
                out.extend(instance.map(|it| Lead { output, instance: it, is_certain: true }));
            }
            Made::Instance(id) => {
                let of = |name: &str| Lead {
                    output: format!("{output}.{name}"),
                    instance: *id,
                    is_certain: true,
                };
                out.extend(identity::attributes(self.type_of(*id)).map(of));
            }
            Made::Object(members) => {
                for (member, made) in members.iter() {
                    self.lead_below(Step::Name(member.clone()), made, path, out);
                }
            }
            Made::List(items) => {
                for (at, made) in (0..).zip(items.iter()) {
                    self.lead_below(Step::Key(Key::Int(at)), made, path, out);
                }
                self.lead_each(items, path, out);
            }
            Made::Set(items) => self.lead_each(items, path, out),
            made => self.lead_to_some(&made.hits(), &output, out),
        }
    }

    fn lead_below(&self, step: Step, made: &Made, path: &mut Vec<Step>, out: &mut Vec<Lead>) {
        path.push(step);
        self.lead(made, path, out);
        path.pop();
    }

    /// Whoever is given a list is given each of its elements, if all of them are known.
    fn lead_each(&self, items: &[Made], path: &[Step], out: &mut Vec<Lead>) {
        let one = |made: &Made| match made {
            Made::Reference(hit) => self.identified_by(hit),
            _ => None,
        };
        let output = spelled(&self.unit().dir, &[path, &[any()]].concat());
        let all: Option<Vec<ResId>> = items.iter().map(one).collect();
        let lead = |instance| Lead { output: output.clone(), instance, is_certain: true };
        out.extend(all.into_iter().flatten().map(lead));
    }

    /// One of several: all of them have to be seen.
    fn lead_to_some(&self, hits: &[Hit], output: &str, out: &mut Vec<Lead>) {
        let all: Option<Vec<ResId>> = hits.iter().map(instance).collect();
        let Some(mut all) = all else { return };
        all.sort_unstable();
        all.dedup();
        if all.len() > 1 {
            let lead = |instance| Lead { output: output.to_owned(), instance, is_certain: false };
            out.extend(all.into_iter().map(lead));
        }
    }

    /// The instance that an attribute identifies.
    fn identified_by(&self, hit: &Hit) -> Option<ResId> {
        let id = instance(hit).filter(|_| hit.exact)?;
        let [Step::Name(name)] = hit.attribute.as_slice() else { return None };
        identity::attributes(self.type_of(id)).any(|it| it == name).then_some(id)
    }

    fn type_of(&self, id: ResId) -> &str {
        self.plan.str(self.plan.resource(id).type_)
    }
}

impl View<'_> {
    /// The output of another unit that the value is, or stands in for.
    pub(super) fn given(&self) -> Option<Given> {
        let value = self.shown().filter(|_| !self.has_sensitive())?;
        if self.graph().unit().given.is_empty() {
            return None;
        }
        let text = value.scalar().filter(|text| !text.is_empty())?;
        let is_item = matches!(self.path.last(), Some(Part::Index(_)));
        self.graph().given_as(&self.plan_hits(&self.written()), &text, is_item)
    }
}

fn instance(hit: &Hit) -> Option<ResId> {
    match hit.end {
        End::Resource(id) => Some(id),
        _ => None,
    }
}

/// The step to an element of a list, whichever it is.
fn any() -> Step {
    Step::Name("*".to_owned())
}

/// A place in the value of a variable.
struct Place {
    steps: Vec<Step>,
    /// The last step is an element of a list that was handed over as a whole: of a mock it does not say
    /// which, nor how many there will be.
    is_any: bool,
}

/// Where a text stands in the value of a variable, of which `named` is referred to. An element that was
/// picked by `each` or an index that the plan does not hold is found by its text.
fn places_of(text: &str, value: Value<'_>, named: &[Step], is_item: bool) -> Vec<Place> {
    let named: Vec<Step> = named.iter().cloned().map(plain_step).collect();
    let mut all = Vec::new();
    leaves(value, text, &mut Vec::new(), &mut all);
    if all.iter().any(|steps| steps.starts_with(&named)) {
        all.retain(|steps| steps.starts_with(&named));
    }
    let place = |steps: Vec<Step>| {
        let is_below = steps.len() == named.len() + 1 && steps.starts_with(&named);
        let is_any = is_item && is_below && matches!(steps.last(), Some(Step::Key(_)));
        Place { steps, is_any }
    };
    all.into_iter().map(place).collect()
}

fn leaves(value: Value<'_>, text: &str, at: &mut Vec<Step>, out: &mut Vec<Vec<Step>>) {
    if value.scalar().is_some_and(|it| it == text) {
        out.push(at.clone());
    }
    for (index, item) in (0..).zip(value.items()) {
        at.push(Step::Key(Key::Int(index)));
        leaves(item, text, at, out);
        at.pop();
    }
    for (name, member) in value.entries() {
        at.push(Step::Name(name.to_owned()));
        leaves(member, text, at, out);
        at.pop();
    }
}

/// The name made of a unit's directory and a part of its outputs.
fn spelled(dir: &str, path: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Name(name) => format!(".{name}"),
        Step::Key(key) => key.to_string(),
    };
    format!("{dir}\0{}", path.iter().map(step).collect::<String>())
}
