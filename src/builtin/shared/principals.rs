//! Users, groups and service principals: who a name means, and whether the account knows them.

use std::collections::BTreeMap;

use crate::{
    facts::{principals, provider_levels},
    graph::{Res, Scope, Target, Val, View},
};

use super::provider::{self, Speaks};

/// Where a principal lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// In the account: every workspace and Unity Catalog can know it.
    Account,
    /// In one workspace.
    Workspace,
}

/// Where a principal lives; none where the plan does not show whom its provider speaks to.
pub fn level(principal: Res<'_>) -> Option<Level> {
    if provider_levels::level(principal.type_()) == Some(provider_levels::Level::Account) {
        return Some(Level::Account);
    }
    match (principal.get("api").text(), provider::of(principal)) {
        (Some("account"), _) | (None, Speaks::Account(_)) => Some(Level::Account),
        (Some("workspace"), _) | (None, Speaks::Workspace(_)) => Some(Level::Workspace),
        _ => None,
    }
}

/// The principals of a plan, managed and looked up, by the names that grants use. Case does not
/// matter, as in the provider (databricks/terraform-provider-databricks#3657).
#[derive(Debug)]
pub struct Principals<'a>(BTreeMap<String, Vec<Res<'a>>>);

impl<'a> Principals<'a> {
    /// Those of a plan.
    pub fn of(scope: &'a Scope<'a>) -> Principals<'a> {
        let mut all: BTreeMap<String, Vec<Res<'a>>> = BTreeMap::new();
        for kind in principals::types() {
            let attribute = principals::name_of(kind).unwrap_or_default();
            for it in scope.of(kind).chain(scope.data(kind)) {
                if let Some(name) = it.get(attribute).text() {
                    all.entry(name.to_lowercase()).or_default().push(it);
                }
            }
        }
        Principals(all)
    }

    /// Those of a name.
    pub fn named(&self, name: &str) -> &[Res<'a>] {
        self.0.get(&name.to_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that a value names, by its text or by reference.
    pub fn meant(&self, view: &View<'a>) -> Vec<Res<'a>> {
        match view.val() {
            Val::Known(value) => self.named(value.as_str().unwrap_or_default()).to_vec(),
            Val::Unknown(_) => {
                let types: Vec<&str> = principals::types().collect();
                match view.target(&types) {
                    Target::Here(it) => vec![it],
                    _ => Vec::new(),
                }
            }
            Val::Null | Val::Omitted => Vec::new(),
        }
    }
}
