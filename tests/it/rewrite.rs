//! Plans written anew, as Terraform would write them for other code that means the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use bricklint::{
    facts::{environments::names_production, twins},
    plan::{Key, Step, module_path, steps},
};
use serde_json::{Map, Value, json};

/// What a plan says of names and places, said otherwise. What a change does not speak of stays.
trait Rewrite {
    /// The address of an instance or of a module instance.
    fn address(&self, text: &str) -> String {
        self.block(text)
    }

    /// The address of a block or of a module, without keys.
    fn block(&self, text: &str) -> String {
        text.to_owned()
    }

    /// What an expression in a module refers to: each attribute is followed by what holds it.
    fn references(&self, _module: &[String], list: Vec<String>) -> Vec<String> {
        list
    }

    /// The name of a resource or data source.
    fn name(&self, text: &str) -> String {
        text.to_owned()
    }

    /// The name of a module call.
    fn call(&self, text: &str) -> String {
        text.to_owned()
    }
}

/// Rewrites a whole document.
fn rewrite(plan: &mut Value, by: &impl Rewrite) {
    for key in ["resource_changes", "resource_drift"] {
        for it in list_mut(plan, key) {
            for key in ["address", "previous_address", "module_address"] {
                text_mut(it, key, |text| by.address(text));
            }
            text_mut(it, "name", |text| by.name(text));
        }
    }
    for state in ["/planned_values/root_module", "/prior_state/values/root_module"] {
        if let Some(module) = plan.pointer_mut(state) {
            rewrite_state(module, by);
        }
    }
    for it in list_mut(plan, "relevant_attributes") {
        text_mut(it, "resource", |text| by.address(text));
    }
    let Some(configuration) = plan.get_mut("configuration") else { return };
    let providers = configuration.get_mut("provider_config").and_then(Value::as_object_mut);
    if let Some(providers) = providers {
        for (key, mut provider) in mem::take(providers) {
            let module = provider["module_address"].as_str().unwrap_or_default();
            let names: Vec<String> =
                module_path(module).into_iter().map(|(name, _)| name).collect();
            rewrite_references(&mut provider, &names, by);
            text_mut(&mut provider, "module_address", |text| by.block(text));
            providers.insert(provider_key(&key, by), provider);
        }
    }
    rewrite_module(&mut configuration["root_module"], &mut Vec::new(), by);
}

fn rewrite_state(module: &mut Value, by: &impl Rewrite) {
    text_mut(module, "address", |text| by.address(text));
    for it in list_mut(module, "resources") {
        text_mut(it, "address", |text| by.address(text));
        text_mut(it, "name", |text| by.name(text));
        list_mut(it, "depends_on").for_each(|it| replace(it, |text| by.block(text)));
    }
    list_mut(module, "child_modules").for_each(|it| rewrite_state(it, by));
}

fn rewrite_module(module: &mut Value, path: &mut Vec<String>, by: &impl Rewrite) {
    for it in list_mut(module, "resources") {
        rewrite_references(it, path, by);
        // As references do, it says nothing of the module that holds it.
        text_mut(it, "address", |text| depended(text, path, by));
        text_mut(it, "name", |text| by.name(text));
        text_mut(it, "provider_config_key", |text| provider_key(text, by));
    }
    members_mut(module, "outputs").for_each(|it| rewrite_references(it, path, by));
    let calls = module.get_mut("module_calls").and_then(Value::as_object_mut);
    for (name, mut call) in calls.map(mem::take).into_iter().flatten() {
        let mut inner = call["module"].take();
        rewrite_references(&mut call, path, by);
        path.push(name.clone());
        rewrite_module(&mut inner, path, by);
        path.pop();
        call["module"] = inner;
        module["module_calls"][by.call(&name)] = call;
    }
}

/// `module.a:aws.dr` is a provider block inside a module.
fn provider_key(text: &str, by: &impl Rewrite) -> String {
    match text.rsplit_once(':') {
        Some((module, key)) => format!("{}:{key}", by.block(module)),
        None => text.to_owned(),
    }
}

/// Every list of references, and `depends_on`, whose entries have no attributes.
fn rewrite_references(value: &mut Value, module: &[String], by: &impl Rewrite) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|it| rewrite_references(it, module, by)),
        Value::Object(members) => {
            for (key, it) in members {
                let texts =
                    || it.as_array()?.iter().map(|it| it.as_str().map(str::to_owned)).collect();
                let texts: Option<Vec<String>> = texts();
                match (key.as_str(), texts) {
                    ("references", Some(list)) => *it = json!(by.references(module, list)),
                    ("depends_on", Some(list)) => {
                        *it = list.iter().map(|text| depended(text, module, by)).collect();
                    }
                    ("constant_value", _) => {}
                    _ => rewrite_references(it, module, by),
                }
            }
        }
        _ => {}
    }
}

/// An entry of `depends_on` names a block or a call as the module that holds it does: without keys.
fn depended(text: &str, module: &[String], by: &impl Rewrite) -> String {
    by.references(module, vec![text.to_owned()]).pop().unwrap_or_default()
}

pub(crate) fn list_mut<'v>(value: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

pub(crate) fn members_mut<'v>(
    value: &'v mut Value,
    key: &str,
) -> impl Iterator<Item = &'v mut Value> {
    let members = value.get_mut(key).and_then(Value::as_object_mut);
    members.into_iter().flat_map(Map::values_mut)
}

fn text_mut(value: &mut Value, key: &str, change: impl Fn(&str) -> String) {
    if let Some(it) = value.get_mut(key) {
        replace(it, change);
    }
}

fn replace(value: &mut Value, change: impl Fn(&str) -> String) {
    if let Some(text) = value.as_str() {
        *value = change(text).into();
    }
}

/// An address or a reference with its keys, as Terraform writes it.
fn written(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Name(name) if out.is_empty() => out.push_str(name),
            Step::Name(name) => out.push_str(&format!(".{name}")),
            Step::Key(key) => out.push_str(&key.to_string()),
        }
    }
    out
}

/// Where an address or a reference names its block: behind the modules that it goes through.
/// None where it names something else: a variable, a local, a module's output.
struct Parts {
    steps: Vec<Step>,
    /// Indices of the names of modules in `steps`.
    calls: Vec<usize>,
    /// Index of the resource's name.
    name: Option<usize>,
}

impl Parts {
    /// `is_address` tells what stands behind a module: a resource, or an output.
    fn of(text: &str, is_address: bool) -> Parts {
        const OTHERS: [&str; 8] =
            ["var", "local", "each", "count", "path", "terraform", "self", "output"];
        let steps = steps(text);
        let is = |at: usize, word: &str| steps.get(at).and_then(Step::name) == Some(word);
        let (mut at, mut calls) = (0, Vec::new());
        while is(at, "module") {
            calls.push(at + 1);
            at += 2;
            at += steps
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|it| it.name().is_none())
                .count();
        }
        let is_of_block = (is_address || calls.is_empty()) && !OTHERS.iter().any(|it| is(at, it));
        let name = at + 1 + usize::from(is(at, "data"));
        let name = (is_of_block && name < steps.len()).then_some(name);
        Parts { steps, calls, name }
    }

    /// Modules, mode, type and name of the block.
    fn block(&self, module: &[String]) -> Option<Block> {
        let name = self.name?;
        let text =
            |at: usize| self.steps.get(at).and_then(Step::name).unwrap_or_default().to_owned();
        let calls = self.calls.iter().map(|at| text(*at));
        let is_data = name >= 2 && text(name - 2) == "data" && !self.calls.contains(&(name - 2));
        Some((module.iter().cloned().chain(calls).collect(), is_data, text(name - 1), text(name)))
    }
}

/// A block: the names of its modules, whether it is a data source, its type and name.
type Block = (Vec<String>, bool, String, String);

/// Blocks of a module and those below it, each with how it stands in the plan.
fn blocks<'v>(module: &'v Value, path: &[String]) -> Vec<(Block, &'v Value)> {
    let own = module["resources"].as_array().into_iter().flatten().map(|it| {
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        ((path.to_vec(), it["mode"] == "data", text("type"), text("name")), it)
    });
    let calls = module["module_calls"].as_object().into_iter().flatten();
    let below = calls.flat_map(|(name, call)| {
        let path: Vec<String> = path.iter().chain([name]).cloned().collect();
        blocks(&call["module"], &path)
    });
    own.chain(below).collect()
}

// Other names

/// Other names for all resources and modules of some plans: words without a meaning, but for those
/// that say which environment or which part something is of. Their order stays.
pub(crate) struct Names {
    names: BTreeMap<String, String>,
    calls: BTreeMap<String, String>,
}

impl Names {
    /// New names for everything that these plans name.
    pub(crate) fn of(plans: &[Value]) -> Names {
        let (mut names, mut calls) = (BTreeSet::new(), BTreeSet::new());
        let mut add = |text: &str| {
            let parts = Parts::of(text, true);
            let text = |at: &usize| parts.steps.get(*at).and_then(Step::name).map(str::to_owned);
            names.extend(parts.name.as_ref().and_then(text));
            calls.extend(parts.calls.iter().filter_map(text));
        };
        for plan in plans {
            for ((path, _, type_, name), _) in blocks(&plan["configuration"]["root_module"], &[]) {
                let modules: String = path.iter().map(|it| format!("module.{it}.")).collect();
                add(&format!("{modules}{type_}.{name}"));
            }
            for key in ["resource_changes", "resource_drift"] {
                let instances = plan[key].as_array().into_iter().flatten();
                instances.for_each(|it| add(it["address"].as_str().unwrap_or_default()));
            }
            let state = &plan["prior_state"]["values"]["root_module"];
            state_addresses(state).into_iter().for_each(&mut add);
        }
        // The letter at the end keeps one new name from being the beginning of another.
        let resource = |(at, old): (usize, String)| {
            let kept = if speaks(&old) { format!("_{old}") } else { String::new() };
            (old, format!("q{at:04}q{kept}"))
        };
        // Two modules are twins where all of their names is the same but for such words.
        let call = |(at, old): (usize, String)| {
            let new = if speaks(&old) { old.clone() } else { format!("z{at:04}z") };
            (old, new)
        };
        Names {
            names: names.into_iter().enumerate().map(resource).collect(),
            calls: calls.into_iter().enumerate().map(call).collect(),
        }
    }

    /// Uses the new names in a plan.
    pub(crate) fn rename(&self, plan: &mut Value) {
        rewrite(plan, self);
    }

    /// A text with the old names.
    pub(crate) fn back(&self, text: &str) -> String {
        let all = self.names.iter().chain(&self.calls);
        all.fold(text.to_owned(), |text, (old, new)| text.replace(new, old))
    }

    fn renamed(&self, text: &str, is_address: bool) -> String {
        let mut parts = Parts::of(text, is_address);
        let calls = parts.calls.iter().map(|at| (*at, &self.calls));
        for (at, names) in calls.chain(parts.name.map(|at| (at, &self.names))) {
            if let Some(Step::Name(name)) = parts.steps.get_mut(at) {
                *name = names.get(name.as_str()).cloned().unwrap_or_else(|| name.clone());
            }
        }
        written(&parts.steps)
    }
}

impl Rewrite for Names {
    fn block(&self, text: &str) -> String {
        self.renamed(text, true)
    }

    fn references(&self, _module: &[String], list: Vec<String>) -> Vec<String> {
        list.iter().map(|text| self.renamed(text, false)).collect()
    }

    fn name(&self, text: &str) -> String {
        self.names.get(text).cloned().unwrap_or_else(|| text.to_owned())
    }

    fn call(&self, text: &str) -> String {
        self.calls.get(text).cloned().unwrap_or_else(|| text.to_owned())
    }
}

/// Whether rules may read something in a name: production, a region, a part that something plays.
fn speaks(name: &str) -> bool {
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_part = |word: &&str| twins::STANDBY.contains(word) || twins::PRIMARY.contains(word);
    let has_region = (0..words.len()).any(|at| twins::region_of(&words[at..]).is_some());
    has_region || names_production(name) || words.iter().any(is_part)
}

fn state_addresses(module: &Value) -> Vec<&str> {
    let own = module["resources"].as_array().into_iter().flatten();
    let own = own.filter_map(|it| it["address"].as_str());
    let below = module["child_modules"].as_array().into_iter().flatten();
    own.chain(below.flat_map(state_addresses)).collect()
}

// Another order

/// Turns round every list in which order says nothing: instances, blocks, modules, dependencies.
pub(crate) fn reverse(plan: &mut Value) {
    for key in ["resource_changes", "resource_drift", "relevant_attributes"] {
        reverse_list(plan, key);
    }
    for state in ["/planned_values/root_module", "/prior_state/values/root_module"] {
        plan.pointer_mut(state).into_iter().for_each(reverse_state);
    }
    if let Some(module) = plan.pointer_mut("/configuration/root_module") {
        reverse_module(module);
    }
}

fn reverse_list(value: &mut Value, key: &str) {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().for_each(|it| it.reverse());
}

fn reverse_state(module: &mut Value) {
    list_mut(module, "resources").for_each(|it| reverse_list(it, "depends_on"));
    list_mut(module, "child_modules").for_each(reverse_state);
    ["resources", "child_modules"].iter().for_each(|key| reverse_list(module, key));
}

fn reverse_module(module: &mut Value) {
    list_mut(module, "resources").for_each(|it| reverse_list(it, "depends_on"));
    members_mut(module, "outputs").for_each(|it| reverse_list(it, "depends_on"));
    for call in members_mut(module, "module_calls") {
        reverse_list(call, "depends_on");
        reverse_module(&mut call["module"]);
    }
    reverse_list(module, "resources");
}

// Several instances

/// Blocks without `count` and `for_each` get one.
pub(crate) struct Repeated {
    blocks: BTreeSet<Block>,
    key: Key,
}

impl Repeated {
    /// `count = 1`, or a `for_each` with one key, for every block of a plan that has neither.
    pub(crate) fn once(plan: &Value, key: Key) -> Repeated {
        // Of `for_each` over a function of constants a plan shows nothing but the keys.
        let instances = plan["resource_changes"].as_array().into_iter().flatten();
        let keyed = instances.filter(|it| it.get("index").is_some());
        let address = |it: &Value| it["address"].as_str().unwrap_or_default().to_owned();
        let repeated: BTreeSet<Block> =
            keyed.filter_map(|it| Parts::of(&address(it), true).block(&[])).collect();
        let is_single = |(block, it): &(Block, &Value)| {
            it.get("count_expression").is_none()
                && it.get("for_each_expression").is_none()
                && !repeated.contains(block)
        };
        let all = blocks(&plan["configuration"]["root_module"], &[]);
        let single = all.into_iter().filter(is_single);
        Repeated { blocks: single.map(|(block, _)| block).collect(), key }
    }

    /// Repeats them in the plan.
    pub(crate) fn repeat(&self, plan: &mut Value) {
        rewrite(plan, self);
        for key in ["resource_changes", "resource_drift"] {
            list_mut(plan, key).for_each(|it| self.index(it));
        }
        for state in ["/planned_values/root_module", "/prior_state/values/root_module"] {
            plan.pointer_mut(state).into_iter().for_each(|it| self.index_state(it));
        }
        if let Some(module) = plan.pointer_mut("/configuration/root_module") {
            self.configure(module, &[]);
        }
    }

    fn configure(&self, module: &mut Value, path: &[String]) {
        for it in list_mut(module, "resources") {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            let block = (path.to_vec(), it["mode"] == "data", text("type"), text("name"));
            // Of a `for_each` over a function of constants Terraform writes nothing here.
            if self.blocks.contains(&block) && self.key == Key::Int(0) {
                it["count_expression"] = json!({ "constant_value": 1 });
            }
        }
        for (name, call) in module["module_calls"].as_object_mut().into_iter().flatten() {
            let path: Vec<String> = path.iter().chain([name]).cloned().collect();
            self.configure(&mut call["module"], &path);
        }
    }

    /// Terraform writes the key of an instance beside its address.
    fn index(&self, it: &mut Value) {
        let address = it["address"].as_str().unwrap_or_default();
        if it.get("index").is_none() && address.ends_with(&self.key.to_string()) {
            it["index"] = match &self.key {
                Key::Int(at) => json!(at),
                Key::Text(text) => json!(text),
            };
        }
    }

    fn index_state(&self, module: &mut Value) {
        list_mut(module, "resources").for_each(|it| self.index(it));
        list_mut(module, "child_modules").for_each(|it| self.index_state(it));
    }

    /// The steps with the key behind the name of the block, if it is one of these.
    fn with_key(&self, module: &[String], text: &str, is_address: bool) -> Option<String> {
        let parts = Parts::of(text, is_address);
        let at = parts.name?;
        let block = parts.block(module)?;
        let mut steps = parts.steps;
        steps.insert(at + 1, Step::Key(self.key.clone()));
        self.blocks.contains(&block).then(|| written(&steps))
    }
}

impl Rewrite for Repeated {
    fn address(&self, text: &str) -> String {
        self.with_key(&[], text, true).unwrap_or_else(|| text.to_owned())
    }

    fn references(&self, module: &[String], list: Vec<String>) -> Vec<String> {
        let mut out = Vec::with_capacity(list.len());
        for text in list {
            match self.with_key(module, &text, false) {
                None => out.push(text),
                Some(keyed) => {
                    // Behind all that is inside of an instance come the instance and its block.
                    let is_block =
                        Parts::of(&text, false).name.is_some_and(|at| at + 1 == steps(&text).len());
                    out.push(keyed);
                    out.extend(is_block.then_some(text));
                }
            }
        }
        out
    }
}

// Another module

/// Puts the root module into `module.core`. False where that takes more than this: a provider that is
/// configured from a resource would need an output, and what a targeted plan leaves out stands in its
/// prior state alone, whose old addresses no `moved` block tells.
pub(crate) fn wrap(plan: &mut Value) -> bool {
    if plan["complete"] == false || !can_wrap(&plan["configuration"]) {
        return false;
    }
    rewrite(plan, &Wrapped);
    for key in ["resource_changes", "resource_drift"] {
        for it in list_mut(plan, key).filter(|it| it["module_address"].is_null()) {
            it["module_address"] = "module.core".into();
        }
    }
    for state in ["/planned_values/root_module", "/prior_state/values/root_module"] {
        if let Some(module) = plan.pointer_mut(state) {
            let mut inner = module.take();
            inner["address"] = "module.core".into();
            *module = json!({ "child_modules": [inner] });
        }
    }
    wrap_configuration(&mut plan["configuration"]["root_module"]);
    true
}

/// Whether no provider hangs on what goes into the module.
fn can_wrap(configuration: &Value) -> bool {
    let root = &configuration["root_module"];
    let mut referred = Vec::new();
    let providers = configuration["provider_config"].as_object().into_iter().flatten();
    for (_, provider) in providers.filter(|(_, it)| it["module_address"].is_null()) {
        references(&provider["expressions"], &mut referred);
    }
    let is_own = |text: &&str| {
        let parts = Parts::of(text, false);
        parts.name.is_some() || !parts.calls.is_empty()
    };
    !root.is_null() && !referred.iter().any(is_own)
}

fn references<'v>(value: &'v Value, out: &mut Vec<&'v str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|it| references(it, out)),
        Value::Object(members) => {
            let own = members.get("references").and_then(Value::as_array).into_iter().flatten();
            out.extend(own.filter_map(Value::as_str));
            members.values().for_each(|it| references(it, out));
        }
        _ => {}
    }
}

/// The root keeps variables and outputs, and hands them through.
fn wrap_configuration(module: &mut Value) {
    let mut root = module.take();
    let names = |key: &str| -> Vec<String> {
        root[key].as_object().into_iter().flat_map(Map::keys).cloned().collect()
    };
    let variables: Map<String, Value> = names("variables")
        .into_iter()
        .map(|it| (it.clone(), json!({ "references": [format!("var.{it}")] })))
        .collect();
    let outputs: Map<String, Value> = names("outputs")
        .into_iter()
        .map(|it| {
            let references = [format!("module.core.{it}"), "module.core".to_owned()];
            let sensitive = &root["outputs"][&it]["sensitive"];
            let expression = json!({ "references": references });
            (it, json!({ "expression": expression, "sensitive": sensitive }))
        })
        .collect();
    let declared = root["variables"].clone();
    // What is handed over needs no default.
    members_mut(&mut root, "variables").for_each(|it| {
        it.as_object_mut().into_iter().for_each(|it| drop(it.remove("default")));
    });
    *module = json!({
        "variables": declared,
        "outputs": outputs,
        "module_calls": {
            "core": { "source": "./core", "expressions": variables, "module": root }
        }
    });
}

/// Says the addresses of a plan that was wrapped.
struct Wrapped;

impl Rewrite for Wrapped {
    fn block(&self, text: &str) -> String {
        format!("module.core.{text}")
    }
}

// Two plans

/// FNV-1a: the same everywhere, and near names lie far apart.
pub(crate) fn spread(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// The plan in two: every other block lies in the second, and what one needs of the other it reads in
/// its state. None where that takes more than this: modules, and providers that are configured from
/// a resource.
pub(crate) fn split(plan: &Value) -> Option<[Value; 2]> {
    let root = &plan["configuration"]["root_module"];
    if root.get("module_calls").is_some() || !can_wrap(&plan["configuration"]) {
        return None;
    }
    let mut all: Vec<Block> = blocks(root, &[]).into_iter().map(|(block, _)| block).collect();
    all.sort_by_key(|(_, _, type_, name)| spread(&format!("{type_}.{name}")));
    let second: BTreeSet<Block> = all.into_iter().skip(1).step_by(2).collect();
    (!second.is_empty()).then(|| [false, true].map(|is_second| half(plan, &second, is_second)))
}

fn half(plan: &Value, second: &BTreeSet<Block>, is_second: bool) -> Value {
    let is_own = |text: &str| match Parts::of(text, true).block(&[]) {
        Some(block) => second.contains(&block) == is_second,
        None => true,
    };
    let mut plan = plan.clone();
    let lists = ["/resource_changes", "/resource_drift", "/configuration/root_module/resources"];
    let states =
        ["/planned_values/root_module/resources", "/prior_state/values/root_module/resources"];
    for list in lists.into_iter().chain(states) {
        if let Some(list) = plan.pointer_mut(list).and_then(Value::as_array_mut) {
            list.retain(|it| is_own(it["address"].as_str().unwrap_or_default()));
        }
    }
    let handed = Handed { is_own: &is_own };
    rewrite(&mut plan, &handed);
    let state = json!({
        "address": "data.terraform_remote_state.other", "mode": "data",
        "type": "terraform_remote_state", "name": "other",
        "provider_name": "terraform.io/builtin/terraform", "schema_version": 0,
        "values": { "backend": "s3", "outputs": {} }, "sensitive_values": {},
    });
    let block = json!({
        "address": "data.terraform_remote_state.other", "mode": "data",
        "type": "terraform_remote_state", "name": "other", "schema_version": 0,
        "provider_config_key": "terraform",
        "expressions": { "backend": { "constant_value": "s3" } },
    });
    let prior = &mut plan["prior_state"]["values"]["root_module"]["resources"];
    push(prior, state);
    push(&mut plan["configuration"]["root_module"]["resources"], block);
    plan
}

fn push(list: &mut Value, it: Value) {
    match list {
        Value::Array(list) => list.push(it),
        _ => *list = json!([it]),
    }
}

struct Handed<'o> {
    is_own: &'o dyn Fn(&str) -> bool,
}

impl Rewrite for Handed<'_> {
    fn references(&self, _module: &[String], list: Vec<String>) -> Vec<String> {
        let (own, others): (Vec<String>, Vec<String>) = list
            .into_iter()
            .partition(|text| Parts::of(text, false).name.is_none() || (self.is_own)(text));
        let state = "data.terraform_remote_state.other";
        let handed = others.first().map(|text| {
            let name: String =
                text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            [format!("{state}.outputs.{name}"), format!("{state}.outputs"), state.to_owned()]
        });
        own.into_iter().chain(handed.into_iter().flatten()).collect()
    }
}
