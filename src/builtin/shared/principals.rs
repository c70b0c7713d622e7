//! Users, groups and service principals: who a name means, and whether the account knows them.

use std::collections::BTreeMap;

use crate::{
    facts::{principals, provider_levels},
    graph::{Res, Scope, Target, Val, View},
    plan::{Mode, Step, Tri},
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
    let api = principal.get("api");
    match (api.val(), provider::of(principal)) {
        (Val::Known(_), _) if api.text() == Some("account") => Some(Level::Account),
        (Val::Known(_), _) if api.text() == Some("workspace") => Some(Level::Workspace),
        (Val::Null | Val::Omitted, Speaks::Account(_)) => Some(Level::Account),
        (Val::Null | Val::Omitted, Speaks::Workspace(_)) => Some(Level::Workspace),
        _ => None,
    }
}

/// Whether a value names a group that nobody makes: one that every workspace has by itself, `admins` or
/// `users`, or everybody in the account. The provider makes no group of such a name ("expected display_name
/// to not be any of"), so one that the plan manages is another; and no user or service principal is called so,
/// managed or looked up.
pub fn is_built_in_group(view: &View<'_>, is_it: impl Fn(&str) -> bool) -> Tri {
    if let Val::Unknown(_) = view.val() {
        let types: Vec<&str> = principals::types().chain(principals::individuals()).collect();
        let target = view.target(&types);
        let all = target.candidates();
        if !all.is_empty() && all.iter().all(|it| is_another(*it, &is_it)) {
            return Tri::No;
        }
    }
    view.test_text(is_it)
}

/// Whether an instance is a principal, and not the group of a name that nobody makes.
fn is_another(it: Res<'_>, is_it: impl Fn(&str) -> bool) -> bool {
    let name = || principals::name_of(it.type_()).unwrap_or_default();
    it.mode() == Mode::Managed
        || principals::individuals().any(|kind| kind == it.type_())
        || it.get(name()).text().is_some_and(|text| !is_it(text))
}

/// The one principal of the plan whose name a value is, where that is not known yet.
pub fn referred<'a>(view: &View<'a>) -> Option<Res<'a>> {
    let Val::Unknown(_) = view.val() else { return None };
    let hits = view.hits();
    let [hit] = hits.as_slice() else { return None };
    let types: Vec<&str> = principals::types().collect();
    let principal = view.target(&types).here()?;
    let name = principals::name_of(principal.type_())?;
    let is_name = matches!(hit.attribute.as_slice(), [Step::Name(step)] if step == name);
    (is_name && view.is_just(hit) != Tri::No).then_some(principal)
}

/// Whether the API makes up the name of a principal in this apply, so that it equals none that somebody
/// wrote.
pub fn is_minted(principal: Res<'_>) -> bool {
    let name = principals::name_of(principal.type_()).unwrap_or_default();
    principal.is_created() && matches!(principal.get(name).val(), Val::Omitted)
}

/// The principals of a plan, managed and looked up, by the names that grants use. Case does not
/// matter, as in the provider (databricks/terraform-provider-databricks#3657).
#[derive(Debug, Default)]
pub struct Principals<'a> {
    by_name: BTreeMap<String, Vec<Res<'a>>>,
    unnamed: Vec<Res<'a>>,
}

impl<'a> Principals<'a> {
    /// Those of a plan.
    pub fn of(scope: &'a Scope<'a>) -> Principals<'a> {
        let mut all = Principals::default();
        for kind in principals::types() {
            let attribute = principals::name_of(kind).unwrap_or_default();
            for it in scope.of(kind).chain(scope.data(kind)) {
                match it.get(attribute).text() {
                    Some(name) => all.by_name.entry(name.to_lowercase()).or_default().push(it),
                    None => all.unnamed.push(it),
                }
            }
        }
        all
    }

    /// Those of a name.
    pub fn named(&self, name: &str) -> &[Res<'a>] {
        self.by_name.get(&name.to_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those whose names are not known.
    pub fn unnamed(&self) -> &[Res<'a>] {
        &self.unnamed
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::testing, *};
    use crate::graph::Side;

    #[test]
    fn levels() {
        let of = |type_: &'static str, after: Value| testing::ask(type_, after, level);
        let group = "databricks_group";
        assert_eq!(of(group, json!({"api": "account"})), Some(Level::Account));
        assert_eq!(of(group, json!({"api": "workspace"})), Some(Level::Workspace));
        // Its provider is set by the environment.
        assert_eq!(of(group, json!({"display_name": "a"})), None);
    }

    #[test]
    fn by_name_in_any_case() {
        let graph = testing::graph(
            "unit",
            &[
                ("databricks_group.a", json!({"display_name": "Analysts"})),
                ("databricks_user.b", json!({"user_name": "b@acme.example"})),
            ],
            &json!({}),
        );
        let scope = Scope::new(&graph, Side::Planned);
        let all = Principals::of(&scope);
        let named = |name: &str| all.named(name).iter().map(|it| it.address()).collect::<Vec<_>>();
        assert_eq!(named("analysts"), ["databricks_group.a"]);
        assert_eq!(named("B@acme.example"), ["databricks_user.b"]);
        assert!(named("interns").is_empty() && all.unnamed().is_empty());
    }

    /// The name of a service principal is made up when it is created, those of others are written.
    #[test]
    fn names_that_are_made_up() {
        let is = |type_: &'static str, after: Value| testing::ask(type_, after, is_minted);
        let made_up = json!({"display_name": "etl", "unknown": ["application_id"]});
        assert!(is("databricks_service_principal", made_up));
        let written = json!({"display_name": "etl", "application_id": "0a1b"});
        assert!(!is("databricks_service_principal", written));
        assert!(!is("databricks_group", json!({"display_name": "analysts"})));
    }
}
