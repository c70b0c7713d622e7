//! The plan: instances, outputs, variables, and the configuration they were made from.

use std::{
    collections::BTreeMap,
    sync::{Mutex, OnceLock},
};

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::value::RawValue;

use serde::{Deserialize, Serialize};

use crate::brackets::{self, BLOCK, Brackets};

use super::{
    address::{Key, ModulePath, module_path},
    config::Config,
    json,
    tree::{Root, Shapes, Span, Tree, Value},
};

/// A string of the document, or one with escapes kept beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Text {
    #[default]
    Empty,
    Inside(Span),
    Beside(Span),
}

/// Index of an instance within its plan.
pub type ResId = u32;

/// What kind of document a plan was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// `terraform show -json PLANFILE`.
    Plan,
    /// `terraform show -json` of a state, or a raw `terraform.tfstate`.
    State,
}

/// Managed resource or data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A `resource` block.
    Managed,
    /// A `data` block.
    Data,
}

impl Mode {
    fn of(text: Option<&json::Str<'_>>, address: &str) -> Option<Mode> {
        match text.map(|text| text.0.as_ref()) {
            Some("managed") => Some(Mode::Managed),
            Some("data") => Some(Mode::Data),
            Some(_) => None,
            None if address.starts_with("data.") || address.contains(".data.") => Some(Mode::Data),
            None => Some(Mode::Managed),
        }
    }
}

/// What Terraform is going to do with an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actions {
    /// `create` is among the actions.
    pub create: bool,
    /// `update` is.
    pub update: bool,
    /// `delete` is.
    pub delete: bool,
    /// `forget` is: Terraform lets go of the object without destroying it.
    pub forget: bool,
    /// `read` is: a data source that is read during the apply.
    pub read: bool,
    /// `create` stands before `delete`: the old object is there until the new one is.
    pub create_first: bool,
}

impl Actions {
    fn of(words: &[json::Str<'_>]) -> Actions {
        let at = |word: &str| words.iter().position(|text| text.0 == word);
        Actions {
            create: at("create").is_some(),
            update: at("update").is_some(),
            delete: at("delete").is_some(),
            forget: at("forget").is_some(),
            read: at("read").is_some(),
            create_first: at("create") < at("delete") && at("create").is_some(),
        }
    }

    /// Destroyed and made anew.
    pub fn replaces(self) -> bool {
        self.create && self.delete
    }

    /// Nothing at all happens to the object.
    pub fn is_noop(self) -> bool {
        !(self.create || self.update || self.delete || self.forget || self.read)
    }

    /// In Terraform's words and order.
    pub fn words(self) -> Vec<&'static str> {
        let mut words = Vec::new();
        let all = [
            (self.delete && !self.create_first, "delete"),
            (self.forget && !self.create, "forget"),
            (self.create, "create"),
            (self.delete && self.create_first, "delete"),
            (self.forget && self.create, "forget"),
            (self.update, "update"),
            (self.read, "read"),
            (self.is_noop(), "no-op"),
        ];
        words.extend(all.iter().filter(|(on, _)| *on).map(|(_, word)| *word));
        words
    }
}

/// One resource or data source instance.
#[derive(Debug)]
pub struct Resource {
    pub(crate) address: Text,
    pub(crate) previous: Text,
    pub(crate) type_: Text,
    pub(crate) name: Text,
    pub(crate) provider: Text,
    pub(crate) deposed: Text,
    pub(crate) reason: Text,
    pub(crate) key: Option<Box<Key>>,
    /// Index into the plan's module instances.
    pub module: u32,
    /// Managed or data.
    pub mode: Mode,
    /// What happens to it; nothing, where it stands in the prior state only.
    pub actions: Actions,
    /// An existing object is taken over.
    pub importing: bool,
    /// It is created or changed, and the document does not say what of it is unknown.
    pub lacks_mask: bool,
    /// Its values and masks are the same before and after the apply, and nothing of it is unknown.
    pub is_unchanged: bool,
    before: Span,
    after: Span,
    unknown: Span,
    before_sensitive: Span,
    after_sensitive: Span,
    replace_paths: Span,
    planned: OnceLock<Box<Doc>>,
    prior: OnceLock<Box<Doc>>,
}

/// An instance's values in one world, with their masks.
#[derive(Debug, Default)]
struct Doc {
    tree: Tree,
    value: Option<Root>,
    unknown: Option<Root>,
    sensitive: Option<Root>,
}

/// Values and masks of one instance, output or variable in one world.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// What is known; null where there is nothing.
    pub value: Option<Value<'a>>,
    /// `true` where a value is known only after the apply.
    pub unknown: Option<Value<'a>>,
    /// `true` where a value is sensitive.
    pub sensitive: Option<Value<'a>>,
}

/// A root output's change.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What happens to it.
    pub actions: Actions,
    doc: Doc,
}

/// A module instance.
#[derive(Debug)]
pub struct ModuleInstance {
    /// Names and keys, outermost first; empty for the root.
    pub path: ModulePath,
    /// The module's configuration, where the plan has it.
    pub config: Option<usize>,
}

/// How a document was made, as far as it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Version of the JSON format, such as `1.2`; empty where it does not say.
    pub format_version: String,
    /// It says whether it is complete, as Terraform does since 1.8 and OpenTofu never.
    pub says_complete: bool,
    /// Changes put off to a later plan.
    pub deferred: usize,
    /// It lists changes. A refresh-only plan does not, nor does that of an empty configuration.
    pub has_changes: bool,
    /// It has the configuration, as every plan that Terraform writes.
    pub has_configuration: bool,
    /// Changes without `after_unknown`, which Terraform never leaves out.
    pub unmasked: usize,
}

/// One plan or state.
#[derive(Debug)]
pub struct Plan {
    /// Its name in every output.
    pub unit: String,
    /// Its path as found.
    pub path: String,
    /// Plan or state.
    pub kind: DocumentKind,
    /// Version of Terraform or OpenTofu that wrote it; empty where it does not say.
    pub terraform_version: String,
    /// False when targeting, deferral or an error left something out.
    pub complete: bool,
    /// Planning failed, and the plan was saved all the same.
    pub errored: bool,
    /// What else the document says of itself, and which parts it lacks.
    pub about: About,
    /// The configuration; empty for a state.
    pub config: Config,
    /// Root outputs, by name.
    pub outputs: Vec<Output>,
    text: String,
    side: String,
    resources: Vec<Resource>,
    changed: usize,
    drift: Vec<Resource>,
    modules: Vec<ModuleInstance>,
    by_type: FxHashMap<Box<str>, Vec<ResId>>,
    types: Vec<Box<str>>,
    variables: BTreeMap<String, Doc>,
    shapes: Shapes,
    by_address: OnceLock<FxHashMap<u64, Vec<ResId>>>,
    broken: Mutex<Vec<String>>,
}

/// Why a document that looked like a plan could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not JSON, cut short, or not shaped as Terraform writes it.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Only `planned_values` is left of a plan.
    #[error(
        "has planned_values but no resource_changes, so what is not known yet cannot be told from what is not set"
    )]
    Trimmed,
    /// A value is nested deeper than any Terraform value.
    #[error("{address} holds a value nested deeper than {MAX_DEPTH} levels")]
    TooDeep {
        /// Which instance.
        address: String,
    },
}

impl ParseError {
    /// The sentence for the user; `broken` describes text that is no JSON.
    pub fn describe(&self, broken: impl FnOnce(&serde_json::Error) -> String) -> String {
        match self {
            ParseError::Json(error) => broken(error),
            ParseError::Trimmed => {
                format!("{self}; use the whole output of `terraform show -json tfplan`")
            }
            ParseError::TooDeep { .. } => {
                format!(
                    "{self}: no Terraform value is; write the plan again with `terraform show -json`"
                )
            }
        }
    }
}

/// How deep a value may be nested: serde_json's own recursion limit.
pub(super) const MAX_DEPTH: usize = 128;

impl Plan {
    /// Reads a plan, or a state in the format of `terraform show -json`.
    ///
    /// # Errors
    /// Where the text is not JSON or not shaped as Terraform writes it; the text comes back, so
    /// that the caller can say what it is.
    pub fn parse(
        unit: &str,
        path: &str,
        kind: DocumentKind,
        text: String,
    ) -> Result<Plan, (String, ParseError)> {
        let mut reader = Reader::new(&text);
        let result =
            serde_json::from_str(&text).map_err(ParseError::from).and_then(|it| reader.read(it));
        let Reader {
            side,
            resources,
            changed,
            drift,
            modules,
            by_type,
            outputs,
            variables,
            config,
            summary,
            shapes,
            ..
        } = reader;
        if let Err(error) = result {
            return Err((text, error));
        }
        let mut types: Vec<Box<str>> = by_type.keys().cloned().collect();
        types.sort_unstable();
        Ok(Plan {
            unit: unit.to_owned(),
            path: path.to_owned(),
            kind,
            terraform_version: summary.terraform_version,
            complete: summary.complete,
            errored: summary.errored,
            about: summary.about,
            config,
            outputs,
            side,
            resources,
            changed,
            drift,
            modules,
            by_type,
            types,
            variables,
            shapes,
            by_address: OnceLock::new(),
            broken: Mutex::new(Vec::new()),
            text,
        })
    }

    /// Reads a raw `terraform.tfstate` of version 4.
    ///
    /// # Errors
    /// As [`Plan::parse`].
    pub fn parse_tfstate(unit: &str, path: &str, text: &str) -> Result<Plan, ParseError> {
        let text = super::tfstate::as_state(text)?;
        Plan::parse(unit, path, DocumentKind::State, text).map_err(|(_, error)| error)
    }

    pub(crate) fn str(&self, text: Text) -> &str {
        match text {
            Text::Empty => "",
            Text::Inside(span) => span.text(&self.text),
            Text::Beside(span) => span.text(&self.side),
        }
    }

    /// The document's text; what `Span`s point into.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Number of instances that the plan speaks about: changes, and what only the prior state holds.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// An instance by its index.
    pub fn resource(&self, id: ResId) -> &Resource {
        &self.resources[id as usize]
    }

    /// Whether anything existed before the apply.
    pub fn has_prior(&self) -> bool {
        self.resources.iter().any(Resource::existed)
    }

    /// Whether this is the first apply of its configuration: something is created, and nothing was managed.
    pub fn is_first(&self) -> bool {
        let mut managed = self.resources.iter().filter(|it| it.mode == Mode::Managed).peekable();
        managed.peek().is_some() && managed.all(|it| it.actions.create && !it.existed())
    }

    /// Whether an instance stands in `resource_changes` (and not in the prior state only).
    pub fn is_change(&self, id: ResId) -> bool {
        (id as usize) < self.changed
    }

    /// Instances of a type, managed and data, in plan order.
    pub fn of_type(&self, type_: &str) -> &[ResId] {
        self.by_type.get(type_).map(Vec::as_slice).unwrap_or_default()
    }

    /// The types that occur, sorted.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|type_| &**type_)
    }

    /// Entries of `resource_drift`: what changed outside Terraform.
    pub fn drift(&self) -> &[Resource] {
        &self.drift
    }

    /// A module instance by the index that instances carry.
    pub fn module(&self, module: u32) -> &ModuleInstance {
        &self.modules[module as usize]
    }

    /// All module instances that occur, the root first.
    pub fn modules(&self) -> &[ModuleInstance] {
        &self.modules
    }

    /// The current (not deposed) instance at an address.
    pub fn by_address(&self, address: &str) -> Option<ResId> {
        let index = self.by_address.get_or_init(|| {
            let mut map: FxHashMap<u64, Vec<ResId>> = FxHashMap::default();
            for (id, resource) in self.resources.iter().enumerate() {
                map.entry(hash(self.str(resource.address))).or_default().push(id as ResId);
            }
            map
        });
        let found = index.get(&hash(address))?;
        let mut hits = found.iter().copied().filter(|id| {
            let resource = self.resource(*id);
            self.str(resource.address) == address && matches!(resource.deposed, Text::Empty)
        });
        hits.next()
    }

    /// What the state before the apply records: by address of an instance, the addresses of the
    /// blocks (without keys) that it was made from something of, directly or through others. It
    /// outlives the blocks themselves. The document is read once more for it.
    pub fn recorded_dependencies(&self) -> BTreeMap<String, Vec<String>> {
        let mut all = BTreeMap::new();
        let document: Option<json::Recorded<'_>> = serde_json::from_str(&self.text).ok();
        let values = document.and_then(|it| it.prior_state?.values);
        let mut modules: Vec<_> = values.and_then(|it| it.root_module).into_iter().collect();
        while let Some(module) = modules.pop() {
            modules.extend(module.child_modules);
            for it in module.resources.into_iter().filter(|it| !it.depends_on.is_empty()) {
                let address = it.address.unwrap_or_default().0.into_owned();
                let names = it.depends_on.into_iter().map(|name| name.0.into_owned());
                all.insert(address, names.collect());
            }
        }
        all
    }

    /// Values and masks after the apply. For what only the prior state holds, as they are now.
    pub fn planned<'a>(&'a self, resource: &'a Resource) -> Values<'a> {
        let spans = [resource.after, resource.unknown, resource.after_sensitive];
        self.doc(resource, &resource.planned, spans)
    }

    /// Values and masks before the apply.
    pub fn prior<'a>(&'a self, resource: &'a Resource) -> Values<'a> {
        if resource.actions.is_noop() && !resource.after.is_empty() {
            // Nothing changes, so the values are parsed once for both worlds.
            return Values { unknown: None, ..self.planned(resource) };
        }
        let spans = [resource.before, Span::default(), resource.before_sensitive];
        self.doc(resource, &resource.prior, spans)
    }

    fn doc<'a>(
        &'a self,
        resource: &Resource,
        cell: &'a OnceLock<Box<Doc>>,
        spans: [Span; 3],
    ) -> Values<'a> {
        let doc = cell.get_or_init(|| {
            Box::new(Doc::parse(&self.text, &self.shapes, spans).unwrap_or_else(|error| {
                self.report_broken(format!("{}: {error}", self.str(resource.address)));
                Doc::hidden()
            }))
        });
        doc.values(&self.text)
    }

    /// The attribute paths that force a replacement, as Terraform lists them.
    pub fn replace_paths(&self, resource: &Resource) -> Vec<Vec<String>> {
        let span = resource.replace_paths;
        let mut tree = Tree::default();
        let Ok(root) = tree.add(&self.text, span) else { return Vec::new() };
        let value = tree.value(&self.text, root);
        let words = |path: Value<'_>| {
            path.items().filter_map(|step| step.scalar().map(Into::into)).collect::<Vec<String>>()
        };
        value.items().map(words).collect()
    }

    /// The value given to a root variable; none where the plan does not hold it.
    pub fn variable(&self, name: &str) -> Option<Value<'_>> {
        self.variables.get(name)?.values(&self.text).value
    }

    /// Names of the root variables that the plan holds values of.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// An output's values: `before` of the prior state and `after` with its masks.
    pub fn output<'a>(&'a self, output: &'a Output) -> Values<'a> {
        output.doc.values(&self.text)
    }

    /// Whether anything of a resource's values is sensitive, without parsing them: the masks of
    /// most resources are empty.
    pub fn has_mask(&self, resource: &Resource, prior: bool) -> bool {
        let span = if prior { resource.before_sensitive } else { resource.after_sensitive };
        span.text(&self.text).contains("true")
    }

    /// The JSON text of a resource's values in one world, to be searched without parsing it: strings
    /// are escaped there.
    pub fn raw(&self, resource: &Resource, prior: bool) -> &str {
        // What does not change is written once.
        let is_same = resource.actions.is_noop() && !resource.after.is_empty();
        let span = if prior && !is_same { resource.before } else { resource.after };
        span.text(&self.text)
    }

    /// Whether a name stands in the JSON text of a resource's values, in either world, or of what is
    /// unknown of them. A plan that lacks the latter has every name.
    pub fn mentions(&self, resource: &Resource, name: &str) -> bool {
        let texts = [resource.after, resource.unknown, resource.before];
        resource.lacks_mask || texts.iter().any(|span| span.text(&self.text).contains(name))
    }

    /// Notes that something of the plan made no sense; the run ends with exit code 2.
    pub(crate) fn report_broken(&self, message: String) {
        if let Ok(mut broken) = self.broken.lock() {
            broken.push(message);
        }
    }

    /// What made no sense so far: addresses with what was wrong, sorted.
    pub fn broken(&self) -> Vec<String> {
        let mut all = self.broken.lock().map(|broken| broken.clone()).unwrap_or_default();
        all.sort();
        all.dedup();
        all
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::{BuildHasher, BuildHasherDefault};
    BuildHasherDefault::<rustc_hash::FxHasher>::default().hash_one(text)
}

impl Resource {
    /// Whether there was an object before the apply.
    pub fn existed(&self) -> bool {
        !self.before.is_empty()
    }

    /// Its instance key.
    pub fn key(&self) -> Option<&Key> {
        self.key.as_deref()
    }
}

impl Doc {
    fn parse(
        text: &str,
        shapes: &Shapes,
        [value, unknown, sensitive]: [Span; 3],
    ) -> Result<Doc, serde_json::Error> {
        let mut tree = Tree::default();
        let value = tree.add_shaped(text, value, shapes)?;
        // A mask of false and empty blocks, as providers write for every list, marks nothing.
        let mut mask = |span: Span| match span.text(text).contains("true") {
            true => tree.add_shaped(text, span, shapes),
            false => tree.add(text, Span::default()),
        };
        let (unknown, sensitive) = (Some(mask(unknown)?), Some(mask(sensitive)?));
        Ok(Doc { value: Some(value), unknown, sensitive, tree })
    }

    /// Of which nothing is known.
    fn hidden() -> Doc {
        let tree = Tree::default();
        Doc { value: None, unknown: Some(tree.all()), sensitive: Some(tree.all()), tree }
    }

    fn values<'a>(&'a self, text: &'a str) -> Values<'a> {
        let read = |root: Option<Root>| root.map(|root| self.tree.value(text, root));
        Values {
            value: read(self.value),
            unknown: read(self.unknown),
            sensitive: read(self.sensitive),
        }
    }
}

#[derive(Default)]
struct Summary {
    terraform_version: String,
    complete: bool,
    errored: bool,
    about: About,
}

impl Summary {
    fn of(document: &json::Document<'_>) -> Summary {
        let text = |text: &Option<json::Str<'_>>| {
            text.as_ref().map(|text| text.0.to_string()).unwrap_or_default()
        };
        let deferred = document.deferred_changes.as_ref().map_or(0, Vec::len);
        let errored = document.errored.unwrap_or(false);
        Summary {
            terraform_version: text(&document.terraform_version),
            complete: document.complete.unwrap_or(true) && !errored && deferred == 0,
            errored,
            about: About {
                format_version: text(&document.format_version),
                says_complete: document.complete.is_some(),
                deferred,
                has_changes: document.resource_changes.is_some(),
                has_configuration: document.configuration.is_some(),
                unmasked: 0,
            },
        }
    }
}

/// Turns the document's shapes into the model.
struct Reader<'a> {
    text: &'a str,
    side: String,
    resources: Vec<Resource>,
    changed: usize,
    drift: Vec<Resource>,
    modules: Vec<ModuleInstance>,
    module_ids: FxHashMap<String, u32>,
    /// What addresses in the module instance begin with that was met last, and its index.
    last_module: (String, u32),
    by_type: FxHashMap<Box<str>, Vec<ResId>>,
    outputs: Vec<Output>,
    variables: BTreeMap<String, Doc>,
    config: Config,
    summary: Summary,
    shapes: Shapes,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Reader {
            text,
            side: String::new(),
            resources: Vec::new(),
            changed: 0,
            drift: Vec::new(),
            modules: vec![ModuleInstance { path: Vec::new(), config: None }],
            module_ids: FxHashMap::from_iter([(String::new(), 0)]),
            last_module: (String::new(), 0),
            by_type: FxHashMap::default(),
            outputs: Vec::new(),
            variables: BTreeMap::new(),
            config: Config::default(),
            summary: Summary::default(),
            shapes: Shapes::default(),
        }
    }

    fn read(&mut self, document: json::Document<'a>) -> Result<(), ParseError> {
        self.summary = Summary::of(&document);
        if let Some(configuration) = document.configuration {
            self.config = Config::read(self.text, configuration);
            self.modules[0].config = self.config.find(std::iter::empty());
            if self.config.is_deep() {
                return Err(ParseError::TooDeep { address: "the configuration".to_owned() });
            }
        }
        self.changes(document.resource_changes.unwrap_or_default())?;
        self.summary.about.unmasked = self.resources.iter().filter(|it| it.lacks_mask).count();
        for change in document.resource_drift.unwrap_or_default() {
            let resource = self.change(change)?;
            self.drift.extend(resource);
        }
        let mut state = Vec::new();
        if let Some(module) = document.prior_state.and_then(|state| state.values)
            && let Some(module) = module.root_module
        {
            flatten(module, &mut state);
        }
        if self.resources.is_empty() && state.is_empty() && document.values.is_none() {
            refuse_trimmed(document.planned_values)?;
        }
        if let Some(values) = document.values {
            self.state_outputs(values.outputs.unwrap_or_default())?;
            if let Some(module) = values.root_module {
                flatten(module, &mut state);
            }
        }
        self.state(state)?;
        self.changed_outputs(document.output_changes.unwrap_or_default())?;
        for (name, variable) in document.variables.unwrap_or_default() {
            let doc = Doc::parse(
                self.text,
                &self.shapes,
                [self.span(variable.value), Span::default(), Span::default()],
            )?;
            self.variables.insert(name.0.into_owned(), doc);
        }
        for (id, resource) in self.resources.iter().enumerate() {
            let type_ = match resource.type_ {
                Text::Inside(span) => span.text(self.text),
                Text::Beside(span) => span.text(&self.side),
                Text::Empty => "",
            };
            match self.by_type.get_mut(type_) {
                Some(ids) => ids.push(id as ResId),
                None => drop(self.by_type.insert(type_.into(), vec![id as ResId])),
            }
        }
        Ok(())
    }

    fn changes(&mut self, changes: Vec<json::ResourceChange<'a>>) -> Result<(), ParseError> {
        self.resources.reserve(changes.len());
        for change in changes {
            let resource = self.change(change)?;
            self.resources.extend(resource);
        }
        self.changed = self.resources.len();
        Ok(())
    }

    /// None for what is neither managed nor data (OpenTofu lists ephemeral resources).
    fn change(&mut self, change: json::ResourceChange<'a>) -> Result<Option<Resource>, ParseError> {
        let address = change.address.unwrap_or_default();
        let Some(mode) = Mode::of(change.mode.as_ref(), &address.0) else { return Ok(None) };
        let shape = change.change.unwrap_or_default();
        let masks = [shape.after_unknown, shape.before_sensitive, shape.after_sensitive];
        let differs = |it: &&RawValue| shape.after.is_none_or(|after| after.get() != it.get());
        let values = [shape.before.filter(differs), shape.after];
        for raw in values.into_iter().chain(masks).flatten() {
            check_depth(raw.get(), &address.0)?;
        }
        let module = match change.module_address {
            Some(module) => self.module(&module.0),
            // Trimmed plans lack the field.
            None => self.module_of(&address.0, change.type_.as_ref(), change.name.as_ref()),
        };
        let actions = Actions::of(&shape.actions);
        let lacks_mask =
            shape.after_unknown.is_none() && (actions.create || actions.update || actions.read);
        let (before, after) = (self.span(shape.before), self.span(shape.after));
        let has_unknown = shape.after_unknown.is_some_and(|mask| mask.get().contains("true"));
        Ok(Some(Resource {
            previous: self.text_of(change.previous_address),
            type_: self.text_of(change.type_),
            name: self.text_of(change.name),
            provider: self.text_of(change.provider_name),
            deposed: self.text_of(change.deposed),
            reason: self.text_of(change.action_reason),
            key: change.index.map(key),
            module,
            mode,
            actions,
            lacks_mask,
            importing: shape.importing.is_some(),
            // The values of what nothing happens to are read once for both worlds.
            is_unchanged: actions.is_noop()
                && !(before.is_empty() || after.is_empty() || has_unknown),
            before,
            after,
            unknown: self.span(shape.after_unknown),
            before_sensitive: self.span(shape.before_sensitive),
            after_sensitive: self.span(shape.after_sensitive),
            replace_paths: self.span(shape.replace_paths),
            planned: OnceLock::new(),
            prior: OnceLock::new(),
            address: self.text_of(Some(address)),
        }))
    }

    /// Keeps of a state what the changes do not speak about: data sources read while planning,
    /// and what a targeted or refresh-only plan left out.
    fn state(&mut self, state: Vec<json::StateResource<'a>>) -> Result<(), ParseError> {
        let seen: FxHashSet<u64> =
            self.resources.iter().map(|r| hash(self.read_text(r.address))).collect();
        for resource in state {
            let address = resource.address.clone().unwrap_or_default();
            let Some(mode) = Mode::of(resource.mode.as_ref(), &address.0) else { continue };
            if seen.contains(&hash(&address.0)) {
                continue;
            }
            if let Some(raw) = resource.values {
                check_depth(raw.get(), &address.0)?;
            }
            let module = self.module(&module_prefix(&address.0));
            let (values, sensitive) =
                (self.span(resource.values), self.span(resource.sensitive_values));
            let resource = Resource {
                address: self.text_of(Some(address)),
                previous: Text::Empty,
                type_: self.text_of(resource.type_),
                name: self.text_of(resource.name),
                provider: self.text_of(resource.provider_name),
                deposed: self.text_of(resource.deposed_key),
                reason: Text::Empty,
                key: resource.index.map(key),
                module,
                mode,
                actions: Actions::default(),
                importing: false,
                lacks_mask: false,
                is_unchanged: !values.is_empty(),
                before: values,
                after: values,
                unknown: Span::default(),
                before_sensitive: sensitive,
                after_sensitive: sensitive,
                replace_paths: Span::default(),
                planned: OnceLock::new(),
                prior: OnceLock::new(),
            };
            self.resources.push(resource);
        }
        Ok(())
    }

    fn changed_outputs(
        &mut self,
        changes: BTreeMap<json::Str<'a>, json::ChangeShape<'a>>,
    ) -> Result<(), ParseError> {
        for (name, change) in changes {
            let actions = Actions::of(&change.actions);
            let doc = Doc::parse(
                self.text,
                &self.shapes,
                [
                    self.span(change.after),
                    self.span(change.after_unknown),
                    self.span(change.after_sensitive),
                ],
            )?;
            self.outputs.push(Output { name: name.0.into_owned(), actions, doc });
        }
        Ok(())
    }

    fn state_outputs(
        &mut self,
        outputs: BTreeMap<json::Str<'a>, json::OutputValue<'a>>,
    ) -> Result<(), ParseError> {
        for (name, output) in outputs {
            let mut doc = Doc::parse(
                self.text,
                &self.shapes,
                [self.span(output.value), Span::default(), Span::default()],
            )?;
            if output.sensitive == Some(true) {
                let mut tree = Tree::default();
                // A mask of our own: the state only says it of the whole output.
                doc.sensitive = None;
                doc.value = None;
                let value = tree.add(self.text, self.span(output.value))?;
                doc = Doc { sensitive: Some(tree.all()), value: Some(value), unknown: None, tree };
            }
            self.outputs.push(Output {
                name: name.0.into_owned(),
                actions: Actions::default(),
                doc,
            });
        }
        Ok(())
    }

    fn module(&mut self, address: &str) -> u32 {
        if let Some(id) = self.module_ids.get(address) {
            return *id;
        }
        let path = module_path(address);
        let config = self.config.find(path.iter().map(|(name, _)| name.as_str()));
        let id = self.modules.len() as u32;
        self.modules.push(ModuleInstance { path, config });
        self.module_ids.insert(address.to_owned(), id);
        id
    }

    /// The module instance of an address. Mostly it is that of the one before.
    fn module_of(
        &mut self,
        address: &str,
        type_: Option<&json::Str<'_>>,
        name: Option<&json::Str<'_>>,
    ) -> u32 {
        let (prefix, id) = &self.last_module;
        let block = address.strip_prefix(prefix.as_str());
        let block = block.map(|block| block.strip_prefix("data.").unwrap_or(block));
        let is_same = block.zip(type_).zip(name).is_some_and(|((block, type_), name)| {
            let rest = block.strip_prefix(&*type_.0).and_then(|rest| rest.strip_prefix('.'));
            rest.is_some_and(|rest| rest.starts_with(&*name.0))
        });
        if is_same {
            return *id;
        }
        let module = module_prefix(address);
        let id = self.module(&module);
        let dot = if module.is_empty() { "" } else { "." };
        self.last_module = (format!("{module}{dot}"), id);
        id
    }

    fn span(&self, raw: Option<&'a RawValue>) -> Span {
        raw.map(|raw| Span::of(self.text, raw.get())).unwrap_or_default()
    }

    fn read_text(&self, text: Text) -> &str {
        match text {
            Text::Empty => "",
            Text::Inside(span) => span.text(self.text),
            Text::Beside(span) => span.text(&self.side),
        }
    }

    fn text_of(&mut self, text: Option<json::Str<'a>>) -> Text {
        match text {
            None => Text::Empty,
            Some(json::Str(std::borrow::Cow::Borrowed(part))) => {
                Text::Inside(Span::of(self.text, part))
            }
            Some(json::Str(std::borrow::Cow::Owned(part))) => {
                let start = self.side.len();
                self.side.push_str(&part);
                Text::Beside(Span::new(start, part.len()))
            }
        }
    }
}

fn key(index: json::Index<'_>) -> Box<Key> {
    Box::new(match index {
        json::Index::Int(index) => Key::Int(index),
        json::Index::Text(text) => Key::Text(text.0.into_owned()),
    })
}

fn module_prefix(address: &str) -> String {
    if !address.starts_with("module.") {
        return String::new();
    }
    super::address::module_address(&module_path(address))
}

fn flatten<'a>(module: json::StateModule<'a>, out: &mut Vec<json::StateResource<'a>>) {
    out.extend(module.resources);
    for child in module.child_modules {
        flatten(child, out);
    }
}

/// Values that would fail to parse later are refused at once, so that none is passed over because
/// no rule asked for it. Counting the brackets that open is cheap, and rules out nearly all.
pub(super) fn is_deep(text: &str) -> bool {
    // What opens has to close.
    if text.len() < 2 * MAX_DEPTH || brackets::opening(text) < MAX_DEPTH || !may_be_deep(text) {
        return false;
    }
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => at = end_of_string(text.as_bytes(), at + 1),
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    // serde_json refuses what is as deep as its limit.
    deepest >= MAX_DEPTH
}

/// Where the quote stands that ends the string which begins here.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut from = start;
    while let Some(found) = bytes.get(from..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if bytes[from + found] == b'"' {
            return from + found;
        }
        from += found + 2;
    }
    bytes.len()
}

/// Whether a text may be as deep as that anywhere, by all that its blocks open.
fn may_be_deep(text: &str) -> bool {
    let (blocks, rest) = text.as_bytes().as_chunks();
    let mut last = [b' '; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    let (mut depth, mut string) = (0_usize, None);
    blocks.iter().chain([&last]).any(|block| {
        let brackets = Brackets::of(block, string);
        let deepest = depth + brackets.opens;
        (depth, string) = (deepest.saturating_sub(brackets.closes), brackets.string);
        deepest >= MAX_DEPTH
    })
}

/// `planned_values` alone does not tell an unknown value from one that is not set.
fn refuse_trimmed(planned: json::Raw<'_>) -> Result<(), ParseError> {
    let planned: Option<json::Values<'_>> =
        planned.map(|raw| serde_json::from_str(raw.get())).transpose()?;
    let mut resources = Vec::new();
    if let Some(module) = planned.and_then(|values| values.root_module) {
        flatten(module, &mut resources);
    }
    if resources.is_empty() { Ok(()) } else { Err(ParseError::Trimmed) }
}

fn check_depth(text: &str, address: &str) -> Result<(), ParseError> {
    if is_deep(text) { Err(ParseError::TooDeep { address: address.to_owned() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the parser refuses is what is called deep, whatever strings hold.
    #[test]
    fn deep_is_what_the_parser_refuses() {
        let nested = |depth: usize, inside: &str| {
            format!("{}{inside}{}", r#"[{"a":"#.repeat(depth / 2), "}]".repeat(depth / 2))
        };
        for inside in [
            "1".to_owned(),
            format!("\"{}\"", "[{".repeat(100)),
            format!("\"{}\"", r#"\"]}"#.repeat(100)),
            format!("[\"{}\\\\\",[1]]", "ä\\\\".repeat(200)),
            format!("[{}1]", "[1],{},".repeat(200)),
        ] {
            for depth in [2, 120, 122, 124, 126, 128, 130, 300] {
                let text = nested(depth, &inside);
                let is_refused = serde_json::from_str::<serde_json::Value>(&text).is_err();
                assert_eq!(is_deep(&text), is_refused, "{depth} around {inside}");
            }
        }
    }
}
