//! Every string of a plan that may not be shown.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::plan::{Resource, Value, Values};

use super::Graph;

/// What stands under a sensitivity mask, in either world, and in sensitive variables.
#[derive(Debug, Default)]
pub struct Masked {
    /// Strings.
    pub strings: BTreeSet<String>,
    /// Keys of maps that are masked as a whole, or stand in what is.
    pub keys: BTreeSet<String>,
}

impl Graph {
    /// Everything in the plan that is masked.
    pub fn masked(&self) -> Masked {
        let mut masked = Masked::default();
        self.each_masked(&mut |value| {
            value.strings(&mut |text| {
                masked.strings.insert(text.to_owned());
            });
            keys(value, &mut masked.keys);
        });
        masked
    }

    fn each_masked(&self, take: &mut impl FnMut(Value<'_>)) {
        let plan = &self.plan;
        let resources = (0..plan.len() as u32).map(|id| plan.resource(id)).chain(plan.drift());
        for resource in resources {
            self.masked_of(resource, take);
        }
        for output in &plan.outputs {
            collect(plan.output(output), take);
        }
        if let Some(root) = plan.config.modules.first() {
            let sensitive = root.variables.iter().filter(|(_, variable)| variable.sensitive);
            sensitive.filter_map(|(name, _)| plan.variable(name)).for_each(take);
        }
    }

    /// Drops what the plan itself shows in an address: that is no secret, and hiding it would make
    /// every output unreadable.
    pub fn forget_what_addresses_show(&self, found: &mut BTreeSet<String>) {
        if found.is_empty() {
            return;
        }
        let secrets: Vec<String> = found.iter().cloned().collect();
        // Addresses are short: building the search must be cheap. More than fit it is not expected of any
        // plan; then nothing is forgotten.
        let kind = Some(AhoCorasickKind::NoncontiguousNFA);
        let Ok(search) = AhoCorasick::builder().kind(kind).build(&secrets) else { return };
        let ids = 0..self.plan.len() as u32;
        let addresses: Vec<&str> =
            ids.map(|id| self.plan.str(self.plan.resource(id).address)).collect();
        for shown in search.find_overlapping_iter(&addresses.join("\n")) {
            found.remove(&secrets[shown.pattern().as_usize()]);
        }
    }

    /// Those of `texts` that the plan shows as well: in an address, a provider block, or any value that is
    /// not masked.
    pub fn shown(&self, texts: &BTreeSet<String>) -> BTreeSet<String> {
        let texts: Vec<&String> = texts.iter().filter(|text| !text.is_empty()).collect();
        let mut shown = BTreeSet::new();
        if texts.is_empty() {
            return shown;
        }
        // More than fit the search are not expected of any plan; then nothing is taken to be shown.
        let Ok(search) = AhoCorasick::new(&texts) else { return shown };
        self.each_open(&mut |text| {
            let found = search.find_overlapping_iter(text);
            shown.extend(found.map(|it| texts[it.pattern().as_usize()].clone()));
        });
        shown
    }

    fn each_open(&self, take: &mut impl FnMut(&str)) {
        let plan = &self.plan;
        for id in 0..plan.len() as u32 {
            take(plan.str(plan.resource(id).address));
        }
        let resources = (0..plan.len() as u32).map(|id| plan.resource(id)).chain(plan.drift());
        for resource in resources {
            collect_open(plan.planned(resource), take);
            collect_open(plan.prior(resource), take);
        }
        for output in &plan.outputs {
            collect_open(plan.output(output), take);
        }
        if let Some(root) = plan.config.modules.first() {
            let open = root.variables.iter().filter(|(_, variable)| !variable.sensitive);
            let values = open.filter_map(|(name, _)| plan.variable(name));
            values.for_each(|value| value.strings(&mut |text| take(text)));
        }
        for provider in plan.config.providers.values() {
            if let Some(arguments) = self.value(&provider.arguments) {
                arguments.strings(&mut |text| take(text));
            }
        }
    }

    fn masked_of(&self, resource: &Resource, take: &mut impl FnMut(Value<'_>)) {
        if self.plan.has_mask(resource, false) {
            collect(self.plan.planned(resource), take);
        }
        if self.plan.has_mask(resource, true) {
            collect(self.plan.prior(resource), take);
        }
    }
}

fn collect(values: Values<'_>, take: &mut impl FnMut(Value<'_>)) {
    if let (Some(value), Some(mask)) = (values.value, values.sensitive) {
        below(value, mask, take);
    }
}

fn collect_open(values: Values<'_>, take: &mut impl FnMut(&str)) {
    if let Some(value) = values.value {
        open(value, values.sensitive, take);
    }
}

/// Each string at or below a value that no mask covers.
fn open(value: Value<'_>, mask: Option<Value<'_>>, take: &mut impl FnMut(&str)) {
    if mask.is_some_and(Value::is_true) {
        return;
    }
    if let Some(text) = value.as_str() {
        take(text);
    }
    let mut masks = mask.into_iter().flat_map(|mask| mask.items());
    value.items().for_each(|item| open(item, masks.next(), take));
    for (name, item) in value.entries() {
        open(item, mask.and_then(|mask| mask.get(name)), take);
    }
}

fn below(value: Value<'_>, mask: Value<'_>, take: &mut impl FnMut(Value<'_>)) {
    if mask.is_true() {
        return take(value);
    }
    for (item, mask) in value.items().zip(mask.items()) {
        below(item, mask, take);
    }
    for (name, mask) in mask.entries() {
        if let Some(item) = value.get(name) {
            below(item, mask, take);
        }
    }
}

fn keys(value: Value<'_>, found: &mut BTreeSet<String>) {
    value.items().for_each(|item| keys(item, found));
    for (key, item) in value.entries() {
        found.insert(key.to_owned());
        keys(item, found);
    }
}
