//! In which workspace something lies, and what lies in one, across plans: by provider block, URL, id or
//! reference.

use std::collections::BTreeMap;

use crate::{
    estate::{Row, Rows},
    graph::Res,
    lint::{EstateCx, PlanCx},
};

use super::metastores::{self, Spaces};

/// Puts into rows what tells where their instances lie.
#[derive(Debug, Default)]
pub struct Places(metastores::Places);

impl Places {
    /// Puts the cells of [`metastores::Places::put`] into a row, `workspace`, `block` and `block-id` among
    /// them.
    pub fn put<'r>(&self, row: &'r mut Row, it: Res<'_>) -> &'r mut Row {
        self.0.put(row, it, "metastore_id")
    }
}

/// Takes the rows by which [`Workspaces`] tells them apart.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect_workspaces(cx, rows);
}

/// The workspaces of all plans.
#[derive(Debug)]
pub struct Workspaces<'a>(Spaces<'a>);

impl<'a> Workspaces<'a> {
    /// From the rows that [`collect`] took, and rows of these kinds with the cells of [`Places::put`].
    pub fn of(cx: &EstateCx<'a>, kinds: &[&'static str]) -> Workspaces<'a> {
        Workspaces(Spaces::of(cx, kinds))
    }

    /// The workspace of a row, as something to compare and to sort by; none where the run does not tell.
    pub fn of_row(&self, row: &Row) -> Option<usize> {
        self.0.workspace(row)
    }

    /// Rows by their workspace, in the order given; those of which the run does not tell it are left out.
    pub fn group(&self, rows: impl IntoIterator<Item = &'a Row>) -> BTreeMap<usize, Vec<&'a Row>> {
        let mut groups: BTreeMap<usize, Vec<&'a Row>> = BTreeMap::new();
        for row in rows {
            if let Some(at) = self.of_row(row) {
                groups.entry(at).or_default().push(row);
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        builtin::shared::{
            ip_access_lists,
            testing::{estate, graph},
        },
        lint::Params,
    };

    use super::*;

    fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
        collect(cx, rows);
        ip_access_lists::collect(cx, rows);
    }

    fn list(label: &str, provider: &str) -> Value {
        json!({"label": label, "provider": provider, "list_type": "ALLOW", "ip_addresses": []})
    }

    fn on(host: &str) -> Value {
        json!({"name": "databricks", "expressions": {"host": {"constant_value": host}}})
    }

    #[test]
    fn one_provider_block_or_one_url_is_one_workspace() {
        let providers = json!({
            "databricks": on("https://dbc-4c1d8e2f-93ab.cloud.databricks.com"),
            "databricks.other": on("https://dbc-7be0a1c4-2f19.cloud.databricks.com"),
        });
        let ours = [
            ("databricks_ip_access_list.a", list("a", "databricks")),
            ("databricks_ip_access_list.b", list("b", "databricks")),
            ("databricks_ip_access_list.c", list("c", "databricks.other")),
        ];
        let theirs = [("databricks_ip_access_list.d", list("d", "databricks"))];
        let estate =
            estate(&[graph("one", &ours, &providers), graph("two", &theirs, &providers)], take);
        let params = Params::default();
        let cx = EstateCx::new(&estate, &params);
        let workspaces = Workspaces::of(&cx, &[ip_access_lists::KIND]);
        let groups = workspaces.group(cx.of(ip_access_lists::KIND));
        let mut labels: Vec<Vec<&str>> = groups
            .values()
            .map(|rows| rows.iter().map(|row| row.cell("label").show()).collect())
            .collect();
        labels.sort();
        assert_eq!(labels, [vec!["a", "b", "d"], vec!["c"]]);
    }

    #[test]
    fn a_url_is_spelled_in_several_ways() {
        let is_one = |one: &str, other: &str| {
            let providers = json!({"databricks": on(one), "databricks.other": on(other)});
            let lists = [
                ("databricks_ip_access_list.a", list("a", "databricks")),
                ("databricks_ip_access_list.b", list("b", "databricks.other")),
            ];
            let estate = estate(&[graph("one", &lists, &providers)], take);
            let params = Params::default();
            let cx = EstateCx::new(&estate, &params);
            let workspaces = Workspaces::of(&cx, &[ip_access_lists::KIND]);
            workspaces.group(cx.of(ip_access_lists::KIND)).len() == 1
        };
        let url = "https://dbc-4c1d8e2f-93ab.cloud.databricks.com";
        assert!(is_one(url, "https://DBC-4c1d8e2f-93ab.cloud.databricks.com/"));
        assert!(is_one(url, "dbc-4c1d8e2f-93ab.cloud.databricks.com"));
        assert!(is_one(url, &format!("{url}/?o=7730112298451190")));
        assert!(!is_one("https://acme.databricks.com/?o=1", "https://acme.databricks.com/?o=2"));
    }

    #[test]
    fn two_blocks_that_tell_nothing_are_not_one() {
        let providers = json!({"databricks": {"name": "databricks"}, "databricks.other": {"name": "databricks"}});
        let lists = [
            ("databricks_ip_access_list.a", list("a", "databricks")),
            ("databricks_ip_access_list.b", list("b", "databricks.other")),
        ];
        let estate = estate(&[graph("one", &lists, &providers)], take);
        let params = Params::default();
        let cx = EstateCx::new(&estate, &params);
        let workspaces = Workspaces::of(&cx, &[ip_access_lists::KIND]);
        let at: Vec<_> = cx.of(ip_access_lists::KIND).map(|row| workspaces.of_row(row)).collect();
        assert_ne!(at[0], at[1], "{at:?}");
    }
}
