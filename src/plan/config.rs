//! The configuration part of a plan: modules, resources, calls, providers, expressions.

use std::{collections::BTreeMap, sync::OnceLock};

use super::{
    json,
    model::Mode,
    tree::{Root, Span, Tree, Value},
};

/// The whole configuration. Module 0 is the root, if there is any.
#[derive(Debug, Default)]
pub struct Config {
    /// Every module, parents before children.
    pub modules: Vec<ConfigModule>,
    /// Provider blocks, by Terraform's key (`aws.dr`, `module.a:aws`).
    pub providers: BTreeMap<String, Provider>,
}

/// A provider block.
#[derive(Debug)]
pub struct Provider {
    /// The provider's local name, `aws`.
    pub name: String,
    /// Its alias.
    pub alias: Option<String>,
    /// Normalised constraint such as `>= 5.0.0, < 7.0.0`.
    pub version_constraint: Option<String>,
    /// Names of the module that holds the block, outermost first.
    pub module: Vec<String>,
    /// Its arguments.
    pub arguments: Lazy,
}

/// A module as written, without instance keys.
#[derive(Debug, Default)]
pub struct ConfigModule {
    /// Names, outermost first; empty for the root.
    pub path: Vec<String>,
    /// The calling module and how it calls.
    pub call: Option<Call>,
    /// Modules that this one calls, by name.
    pub children: BTreeMap<String, usize>,
    /// Its outputs, by name.
    pub outputs: BTreeMap<String, ConfigOutput>,
    /// Its variables, by name.
    pub variables: BTreeMap<String, ConfigVariable>,
    /// Its resources and data sources, as written.
    pub resources: Vec<ConfigResource>,
    /// Positions in `resources`: by type and name, of the managed one and of the data source.
    index: BTreeMap<Box<str>, BTreeMap<Box<str>, Positions>>,
}

/// Where the managed resource and the data source of a name stand.
type Positions = [Option<usize>; 2];

/// A `module` block.
#[derive(Debug)]
pub struct Call {
    /// The module that holds the block.
    pub parent: usize,
    /// The block's label.
    pub name: String,
    /// Its `source`.
    pub source: String,
    /// Its arguments, `for_each` and `count` beside them.
    pub arguments: Lazy,
    /// Its `for_each` or `count`.
    pub repetition: Repetition,
    /// Its `depends_on`.
    pub depends_on: Vec<String>,
}

/// `for_each` or `count` of a block.
#[derive(Debug, Default)]
pub struct Repetition {
    /// The `for_each` expression.
    pub for_each: Option<Lazy>,
    /// The `count` expression.
    pub count: Option<Lazy>,
}

/// An output block.
#[derive(Debug)]
pub struct ConfigOutput {
    /// Its value.
    pub expression: Lazy,
    /// Declared sensitive.
    pub sensitive: bool,
    /// Its `depends_on`.
    pub depends_on: Vec<String>,
}

/// A variable block.
#[derive(Debug)]
pub struct ConfigVariable {
    /// Its default; none where there is none or it is null.
    pub default: Option<Lazy>,
    /// Declared sensitive.
    pub sensitive: bool,
}

/// A resource or data block.
#[derive(Debug)]
pub struct ConfigResource {
    /// Managed or data.
    pub mode: Mode,
    /// Its type.
    pub type_: String,
    /// Its name.
    pub name: String,
    /// Key of its provider block, as Terraform writes it.
    pub provider_key: String,
    /// Its arguments and blocks.
    pub arguments: Lazy,
    /// Its `for_each` or `count`.
    pub repetition: Repetition,
    /// Its `depends_on`.
    pub depends_on: Vec<String>,
    /// Its provisioners.
    pub provisioners: Option<Lazy>,
}

/// A value that is parsed when it is first asked for.
#[derive(Debug, Default)]
pub struct Lazy {
    span: Span,
    is_deep: bool,
    parsed: OnceLock<Option<(Tree, Root)>>,
}

impl Lazy {
    fn new(text: &str, raw: json::Raw<'_>) -> Lazy {
        let is_deep = raw.is_some_and(|raw| super::model::is_deep(raw.get()));
        let span = raw.map(|raw| Span::of(text, raw.get())).unwrap_or_default();
        Lazy { span, is_deep, parsed: OnceLock::new() }
    }

    fn some(text: &str, raw: json::Raw<'_>) -> Option<Lazy> {
        raw.is_some().then(|| Lazy::new(text, raw))
    }

    /// The value; none where nothing was written. `text` is the plan's.
    pub(crate) fn get<'a>(&'a self, text: &'a str) -> Option<Value<'a>> {
        if self.span.is_empty() {
            return None;
        }
        let parsed = self.parsed.get_or_init(|| {
            let mut tree = Tree::default();
            tree.add(text, self.span).ok().map(|root| (tree, root))
        });
        parsed.as_ref().map(|(tree, root)| tree.value(text, *root))
    }
}

impl Config {
    pub(crate) fn read(text: &str, shape: json::Configuration<'_>) -> Config {
        let mut config = Config::default();
        for (key, provider) in shape.provider_config {
            config.providers.insert(
                key.0.into_owned(),
                Provider {
                    name: owned(provider.name),
                    alias: provider.alias.map(|alias| alias.0.into_owned()),
                    version_constraint: provider.version_constraint.map(|text| text.0.into_owned()),
                    module: super::address::module_path(&owned(provider.module_address))
                        .into_iter()
                        .map(|(name, _)| name)
                        .collect(),
                    arguments: Lazy::new(text, provider.expressions),
                },
            );
        }
        config.module(text, Vec::new(), None, shape.root_module.unwrap_or_default());
        config
    }

    fn module(
        &mut self,
        text: &str,
        path: Vec<String>,
        call: Option<Call>,
        shape: json::Module<'_>,
    ) -> usize {
        let id = self.modules.len();
        let mut module = ConfigModule { path: path.clone(), call, ..ConfigModule::default() };
        module.resources =
            shape.resources.into_iter().filter_map(|shape| resource(text, shape)).collect();
        for (at, resource) in module.resources.iter().enumerate() {
            let of_type = module.index.entry(resource.type_.as_str().into()).or_default();
            let of_name = of_type.entry(resource.name.as_str().into()).or_default();
            of_name[resource.mode as usize] = Some(at);
        }
        for (name, output) in shape.outputs {
            let expression = Lazy::new(text, output.expression);
            let sensitive = output.sensitive.unwrap_or(false);
            let depends_on = strings(output.depends_on);
            module
                .outputs
                .insert(name.0.into_owned(), ConfigOutput { expression, sensitive, depends_on });
        }
        for (name, variable) in shape.variables {
            let default = Lazy::some(text, variable.default);
            let sensitive = variable.sensitive.unwrap_or(false);
            module.variables.insert(name.0.into_owned(), ConfigVariable { default, sensitive });
        }
        self.modules.push(module);
        for (name, shape) in shape.module_calls {
            let name = name.0.into_owned();
            let call = Call {
                parent: id,
                name: name.clone(),
                source: owned(shape.source),
                arguments: Lazy::new(text, shape.expressions),
                repetition: Repetition {
                    for_each: Lazy::some(text, shape.for_each_expression),
                    count: Lazy::some(text, shape.count_expression),
                },
                depends_on: strings(shape.depends_on),
            };
            let mut below = path.clone();
            below.push(name.clone());
            let child = self.module(text, below, Some(call), shape.module.unwrap_or_default());
            self.modules[id].children.insert(name, child);
        }
        id
    }

    /// Whether some expression is nested too deeply to be read later.
    pub(crate) fn is_deep(&self) -> bool {
        let of = |lazy: &Option<Lazy>| lazy.as_ref().is_some_and(|lazy| lazy.is_deep);
        let repeats = |it: &Repetition| of(&it.for_each) || of(&it.count);
        let calls = |call: &Call| call.arguments.is_deep || repeats(&call.repetition);
        self.providers.values().any(|provider| provider.arguments.is_deep)
            || self.modules.iter().any(|module| {
                let block = |it: &ConfigResource| {
                    it.arguments.is_deep || repeats(&it.repetition) || of(&it.provisioners)
                };
                module.call.as_ref().is_some_and(calls)
                    || module.outputs.values().any(|output| output.expression.is_deep)
                    || module.variables.values().any(|variable| of(&variable.default))
                    || module.resources.iter().any(block)
            })
    }

    /// The module at a path of names; none where the plan's configuration lacks it.
    pub fn find<'n>(&self, path: impl Iterator<Item = &'n str>) -> Option<usize> {
        if self.modules.is_empty() {
            return None;
        }
        let mut at = 0;
        for name in path {
            at = *self.modules[at].children.get(name)?;
        }
        Some(at)
    }
}

impl ConfigModule {
    /// The block of that mode, type and name.
    pub fn resource(&self, mode: Mode, type_: &str, name: &str) -> Option<&ConfigResource> {
        self.resource_index(mode, type_, name).map(|at| &self.resources[at])
    }

    /// The position of the block of that mode, type and name in `resources`.
    pub fn resource_index(&self, mode: Mode, type_: &str, name: &str) -> Option<usize> {
        self.index.get(type_)?.get(name)?[mode as usize]
    }
}

fn resource(text: &str, shape: json::ConfigResource<'_>) -> Option<ConfigResource> {
    let mode = match shape.mode.as_ref().map(|mode| mode.0.as_ref()) {
        Some("managed") | None => Mode::Managed,
        Some("data") => Mode::Data,
        Some(_) => return None,
    };
    Some(ConfigResource {
        mode,
        type_: owned(shape.type_),
        name: owned(shape.name),
        provider_key: owned(shape.provider_config_key),
        arguments: Lazy::new(text, shape.expressions),
        repetition: Repetition {
            for_each: Lazy::some(text, shape.for_each_expression),
            count: Lazy::some(text, shape.count_expression),
        },
        depends_on: strings(shape.depends_on),
        provisioners: Lazy::some(text, shape.provisioners),
    })
}

fn owned(text: Option<json::Str<'_>>) -> String {
    text.map(|text| text.0.into_owned()).unwrap_or_default()
}

fn strings(texts: Vec<json::Str<'_>>) -> Vec<String> {
    texts.into_iter().map(|text| text.0.into_owned()).collect()
}
