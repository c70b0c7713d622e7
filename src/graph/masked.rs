//! Every string of a plan that may not be shown.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::plan::{Resource, Value, Values};

use super::Graph;

impl Graph {
    /// Strings under a sensitivity mask, in either world, and values of sensitive variables.
    pub fn masked_strings(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut take = |text: &str| {
            found.insert(text.to_owned());
        };
        let plan = &self.plan;
        let resources = (0..plan.len() as u32).map(|id| plan.resource(id)).chain(plan.drift());
        for resource in resources {
            self.masked_of(resource, &mut take);
        }
        for output in &plan.outputs {
            collect(plan.output(output), &mut take);
        }
        if let Some(root) = plan.config.modules.first() {
            for (name, _) in root.variables.iter().filter(|(_, variable)| variable.sensitive) {
                if let Some(value) = plan.variable(name) {
                    value.strings(&mut take);
                }
            }
        }
        found
    }

    /// Drops what the plan itself shows in an address: that is no secret, and hiding it would make
    /// every output unreadable.
    pub fn forget_what_addresses_show(&self, found: &mut BTreeSet<String>) {
        if found.is_empty() {
            return;
        }
        let secrets: Vec<String> = found.iter().cloned().collect();
        // More than fit the search is not expected of any plan; then nothing is forgotten.
        let search =
            AhoCorasick::builder().kind(Some(AhoCorasickKind::NoncontiguousNFA)).build(&secrets);
        let Ok(search) = search else { return };
        for id in 0..self.plan.len() as u32 {
            let address = self.plan.str(self.plan.resource(id).address);
            for shown in search.find_overlapping_iter(address) {
                found.remove(&secrets[shown.pattern().as_usize()]);
            }
        }
    }

    fn masked_of(&self, resource: &Resource, take: &mut impl FnMut(&str)) {
        if self.plan.has_mask(resource, false) {
            collect(self.plan.planned(resource), take);
        }
        if self.plan.has_mask(resource, true) {
            collect(self.plan.prior(resource), take);
        }
    }
}

fn collect(values: Values<'_>, take: &mut impl FnMut(&str)) {
    if let (Some(value), Some(mask)) = (values.value, values.sensitive) {
        below(value, mask, take);
    }
}

fn below(value: Value<'_>, mask: Value<'_>, take: &mut impl FnMut(&str)) {
    if mask.is_true() {
        return value.strings(&mut |text| take(text));
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
