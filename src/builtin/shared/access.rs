//! Who may do what by a resource that says so, and what one world has of it beyond another.

use std::collections::BTreeMap;

use crate::{
    facts::{access::Shape, grants::ALL},
    graph::View,
};

use super::securables::as_api_name;

/// Who may do what: by principal, in lower case as Databricks compares them, their name as written and
/// what they may do.
#[derive(Debug, Default)]
pub struct Access(BTreeMap<String, (String, Vec<String>)>);

impl Access {
    /// Of a resource, as far as its values are known.
    pub fn of(root: &View<'_>, shape: Shape) -> Access {
        let mut access = Access::default();
        match shape.block {
            Some(name) => root.member(name).items().for_each(|block| access.add(&block, shape)),
            None => access.add(root, shape),
        }
        access
    }

    fn add(&mut self, block: &View<'_>, shape: Shape) {
        let names = shape.who.iter().flat_map(|name| texts(&block.member(*name)));
        for name in names.filter(|name| !name.is_empty()) {
            let what = texts(&block.member(shape.what));
            let entry = self.0.entry(name.to_lowercase()).or_insert_with(|| (name, Vec::new()));
            entry.1.extend(what.into_iter().map(|it| as_api_name(&it)));
        }
    }

    /// What it has that another has not: by name as written, what they may do besides.
    pub fn beyond(&self, other: &Access) -> Vec<(&str, Vec<&str>)> {
        let more = self.0.iter().map(|(key, (name, what))| {
            let had = other.0.get(key).map(|(_, what)| what.as_slice()).unwrap_or_default();
            let has_all = had.iter().any(|it| it == ALL);
            let new = what.iter().filter(|it| !had.contains(it) && !has_all);
            (name.as_str(), new.map(String::as_str).collect::<Vec<_>>())
        });
        more.filter(|(_, what)| !what.is_empty()).collect()
    }

    /// Whether somebody may do something.
    pub fn holds(&self, name: &str, what: &str) -> bool {
        let known = self.0.get(&name.to_lowercase());
        known.is_some_and(|(_, all)| all.iter().any(|it| it == what))
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
    match view.text() {
        Some(text) => vec![text.to_owned()],
        None => view.items().filter_map(|it| it.text().map(str::to_owned)).collect(),
    }
}
