//! Who may do what by a resource that says so, and what one world has of it beyond another.

use std::collections::BTreeMap;

use crate::{
    facts::{
        access::{Rights, Shape},
        grants, permissions,
    },
    graph::View,
};

use super::securables::{as_api_name, of_grant};

/// Who may do what: by principal, in lower case as Databricks compares them, their name as written and
/// what they may do.
#[derive(Debug)]
pub struct Access {
    by_name: BTreeMap<String, (String, Vec<String>)>,
    rights: Rights,
    securable: &'static str,
}

impl Access {
    /// Of a resource, as far as its values are known.
    pub fn of(root: &View<'_>, shape: Shape) -> Access {
        let securable = match shape.rights {
            Rights::Privileges => of_grant(root.res()).unwrap_or_default(),
            Rights::Levels | Rights::Apart => "",
        };
        let mut access = Access { by_name: BTreeMap::new(), rights: shape.rights, securable };
        match shape.block {
            Some(name) => root.member(name).items().for_each(|block| access.add(&block, shape)),
            None => access.add(root, shape),
        }
        access
    }

    fn add(&mut self, block: &View<'_>, shape: Shape) {
        let names = shape.who.iter().flat_map(|name| texts(&block.member(*name)));
        for name in names.filter(|name| !name.is_empty()) {
            let what = texts(&block.member(shape.what)).into_iter();
            let what = what.map(|it| match shape.rights {
                Rights::Privileges => as_api_name(&it).into_owned(),
                Rights::Levels | Rights::Apart => it,
            });
            let new = || (name.clone(), Vec::new());
            let entry = self.by_name.entry(name.to_lowercase()).or_insert_with(new);
            entry.1.extend(what);
        }
    }

    /// What it has that another does not hold: by name as written, what they may do besides.
    pub fn beyond(&self, other: &Access) -> Vec<(&str, Vec<&str>)> {
        let more = self.by_name.values().map(|(name, what)| {
            let new = what.iter().filter(|it| !other.holds(name, it));
            (name.as_str(), new.map(String::as_str).collect::<Vec<_>>())
        });
        more.filter(|(_, what)| !what.is_empty()).collect()
    }

    /// Whether somebody may do something, by that or by what holds it.
    pub fn holds(&self, name: &str, what: &str) -> bool {
        let known = self.by_name.get(&name.to_lowercase());
        known.is_some_and(|(_, all)| {
            all.iter().any(|it| match self.rights {
                Rights::Privileges => grants::includes(self.securable, it, what),
                Rights::Levels => permissions::includes(it, what),
                Rights::Apart => it == what,
            })
        })
    }
}

/// `contractors (SELECT, USE_CATALOG), interns (SELECT)`.
pub fn shown(all: &[(&str, Vec<&str>)]) -> String {
    let one = |(name, what): &(&str, Vec<&str>)| format!("{name} ({})", what.join(", "));
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The texts of a value that is one or a list of them; what is masked has none.
fn texts(view: &View<'_>) -> Vec<String> {
    if view.has_sensitive() {
        return Vec::new();
    }
    let text = |it: &View<'_>| it.scalar().map(|it| it.into_owned());
    match text(view) {
        Some(text) => vec![text],
        None => view.items().filter_map(|it| text(&it)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{builtin::shared::testing::ask, facts::access::shape};

    /// What a resource says beyond what it said before, in words.
    fn gained(type_: &'static str, before: Value, after: &Value) -> String {
        let shape = shape(type_).unwrap();
        ask(type_, before, |was| {
            let old = Access::of(&was.root(), shape);
            ask(type_, after.clone(), |is| shown(&Access::of(&is.root(), shape).beyond(&old)))
        })
    }

    #[test]
    fn privileges_by_any_name_and_in_any_case() {
        let grants = |all: &[(&str, &[&str])]| {
            let one = |(who, what): &(&str, &[&str])| json!({"principal": who, "privileges": what});
            json!({"catalog": "c", "grant": all.iter().map(one).collect::<Vec<_>>()})
        };
        let old = grants(&[("Analysts", &["USE_CATALOG"]), ("etl", &["ALL_PRIVILEGES"])]);
        for (after, wanted) in [
            (grants(&[("analysts", &["use catalog"])]), ""),
            (grants(&[("etl", &["SELECT"])]), ""),
            (grants(&[("analysts", &["USE_CATALOG", "SELECT"])]), "analysts (SELECT)"),
            (
                grants(&[("interns", &["SELECT"]), ("b", &["MODIFY"])]),
                "b (MODIFY), interns (SELECT)",
            ),
        ] {
            assert_eq!(gained("databricks_grants", old.clone(), &after), wanted, "{after}");
        }
    }

    #[test]
    fn levels_hold_lower_ones() {
        let of = |level: &str| {
            let control = json!([{"group_name": "a", "permission_level": level}]);
            json!({"cluster_id": "c", "access_control": control})
        };
        let (low, high) = (of("CAN_RESTART"), of("CAN_MANAGE"));
        assert_eq!(gained("databricks_permissions", high.clone(), &low), "");
        assert_eq!(gained("databricks_permissions", low, &high), "a (CAN_MANAGE)");
    }
}
