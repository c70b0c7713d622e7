//! The settings of workspaces, key by key: which `databricks_workspace_conf` sets what, across plans.

use crate::{
    estate::{Cell, Row, Rows},
    facts::workspace_conf,
    graph::{Res, Val, View},
    lint::PlanCx,
    plan::Tri,
};

use super::workspaces::Places;

/// Their type.
pub const TYPE: &str = "databricks_workspace_conf";
/// A `databricks_workspace_conf`. Cells: `keys` (a list of pairs of a key and its value), `open`: whether
/// it may have more of them; and those of [`Places::put`].
pub const KIND: &str = "workspace-conf";

/// Takes a row of each.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "settings of workspaces", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    let places = Places::default();
    for it in cx.of(TYPE).filter(|it| it.deposed().is_none()) {
        let config = it.get("custom_config");
        let row = rows.add(KIND, it).with("keys", keys_of(&config)).with("open", is_open(&config));
        places.put(row, it);
    }
}

fn keys_of(config: &View<'_>) -> Cell {
    let members = config.members().into_iter();
    let pairs = members
        .map(|(key, value)| Cell::List(vec![Cell::Known(key.to_owned()), Cell::from(&value)]));
    Cell::List(pairs.collect())
}

fn is_open(config: &View<'_>) -> Tri {
    match config.val() {
        Val::Unknown(cause) => config.maybe(cause),
        _ => Tri::No,
    }
}

fn pairs(row: &Row) -> impl Iterator<Item = (&str, &Cell)> {
    let list = match row.cell("keys") {
        Cell::List(list) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|pair| match pair {
        Cell::List(pair) => match pair.as_slice() {
            [Cell::Known(key), value] => Some((key.as_str(), value)),
            _ => None,
        },
        _ => None,
    })
}

/// The keys that a row sets.
pub fn keys(row: &Row) -> impl Iterator<Item = &str> {
    pairs(row).map(|(key, _)| key)
}

/// Whether a switch is on in a row; none where the row does not set it.
pub fn switch(row: &Row, wanted: &str) -> Option<Tri> {
    let value = pairs(row).find(|(key, _)| *key == wanted).map(|(_, value)| value);
    match value {
        Some(Cell::Known(text)) => Some(Tri::from(workspace_conf::is_on(text))),
        Some(Cell::Unset) => None,
        Some(_) => Some(Tri::Maybe),
        None => (row.tri("open") != Tri::No).then_some(Tri::Maybe),
    }
}

/// Whether a switch is on after the apply.
pub fn is_on_after(it: Res<'_>, key: &'static str) -> Tri {
    it.after().get("custom_config").member(key).test_text(workspace_conf::is_on)
}

/// Whether a switch was on before the apply.
pub fn was_on(it: Res<'_>, key: &'static str) -> Tri {
    it.before().get("custom_config").member(key).test_text(workspace_conf::is_on)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::testing::{ask, estate, graph},
        *,
    };

    fn switched(config: Value) -> Option<Tri> {
        let instances = [("databricks_workspace_conf.it", json!({"custom_config": config}))];
        let estate = estate(&[graph("unit", &instances, &json!({}))], collect);
        switch(estate.of(KIND).next().unwrap(), workspace_conf::IP_ACCESS_LISTS)
    }

    #[test]
    fn switches() {
        assert_eq!(switched(json!({"enableIpAccessLists": "true"})), Some(Tri::Yes));
        assert_eq!(switched(json!({"enableIpAccessLists": "false"})), Some(Tri::No));
        assert_eq!(switched(json!({"enableIpAccessLists": ""})), Some(Tri::No));
        assert_eq!(switched(json!({"enableTokensConfig": "true"})), None);
        assert_eq!(switched(json!({})), None);
    }

    #[test]
    fn each_key_is_listed() {
        let instances =
            [("databricks_workspace_conf.it", json!({"custom_config": {"b": "1", "a": "2"}}))];
        let estate = estate(&[graph("unit", &instances, &json!({}))], collect);
        let mut found: Vec<&str> = keys(estate.of(KIND).next().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, ["a", "b"]);
    }

    #[test]
    fn what_is_created_was_not_on() {
        let on = json!({"custom_config": {"enableIpAccessLists": "true"}});
        let key = workspace_conf::IP_ACCESS_LISTS;
        assert_eq!(ask(TYPE, on.clone(), |it| is_on_after(it, key)), Tri::Yes);
        assert_eq!(ask(TYPE, on, |it| was_on(it, key)), Tri::No);
    }
}
