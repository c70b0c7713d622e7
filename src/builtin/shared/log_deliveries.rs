//! Deliveries of logs: of which account, of what, for which workspaces, and whether they are on.

use crate::{
    estate::{Row, Rows},
    facts::log_delivery::OFF,
    graph::{Val, View},
    lint::PlanCx,
    plan::Tri,
};

use super::account;

/// A `databricks_mws_log_delivery`. Cells: `account` (see [`account::of`]), `type`, `filter` (the workspaces
/// that it names), and the answers `enabled`, `filtered`: whether it names any, `all-filtered`: whether it is about
/// each of them, see [`account::holds_all`], and `picked`: whether it is about the one of them that a key of its instance picks.
pub const KIND: &str = "log-delivery";

const WORKSPACES: &[&str] = &["databricks_mws_workspaces"];

/// Takes a row of each.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "log deliveries", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("databricks_mws_log_delivery").filter(|it| it.deposed().is_none()) {
        let filter = it.get("workspace_ids_filter");
        rows.add(KIND, it)
            .with("account", account::of(it))
            .with("type", it.get("log_type"))
            .with("enabled", !it.get("status").is(OFF))
            .with("filtered", is_filtered(&filter))
            .with("filter", filter.targets(WORKSPACES))
            .with("all-filtered", account::holds_all(&filter))
            .with("picked", Tri::from(is_picked(&filter)));
    }
}

/// Whether nothing is named in a filter but what a key of the instance picks of several.
fn is_picked(filter: &View<'_>) -> bool {
    filter.may_be_picked() && filter.hits().iter().all(|hit| !hit.exact || hit.attribute.is_empty())
}

fn is_filtered(filter: &View<'_>) -> Tri {
    match filter.val() {
        Val::Known(_) => Tri::from(filter.items().next().is_some()),
        Val::Null | Val::Omitted => Tri::No,
        // One workspace that does not exist yet hides the whole list.
        Val::Unknown(_) if !filter.targets(WORKSPACES).found.is_empty() => Tri::Yes,
        Val::Unknown(cause) => filter.maybe(cause),
    }
}

/// Rows by their account.
pub fn by_account<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<Vec<&'a Row>> {
    let mut groups: Vec<Vec<&'a Row>> = Vec::new();
    for row in rows {
        let is_theirs =
            |group: &&mut Vec<&Row>| group[0].cell("account").same(row.cell("account")) == Tri::Yes;
        match groups.iter_mut().find(is_theirs) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::testing::{estate, graph},
        *,
    };

    /// The deliveries of a plan on two accounts, by account: type, whether it is on, whether it has a filter.
    fn taken(deliveries: &[Value]) -> Vec<Vec<(String, Tri, Tri)>> {
        let names: Vec<String> =
            (0..deliveries.len()).map(|at| format!("databricks_mws_log_delivery.d{at}")).collect();
        let instances: Vec<(&str, Value)> =
            names.iter().map(String::as_str).zip(deliveries.iter().cloned()).collect();
        let estate = estate(&[graph("account", &instances, &json!({}))], collect);
        let said = |row: &Row| {
            (row.cell("type").show().to_owned(), row.tri("enabled"), row.tri("filtered"))
        };
        by_account(estate.of(KIND))
            .into_iter()
            .map(|rows| rows.into_iter().map(said).collect())
            .collect()
    }

    #[test]
    fn what_is_delivered_for_whom() {
        let ours = "0a1b2c3d-0000-4000-8000-000000000001";
        let theirs = "0a1b2c3d-0000-4000-8000-000000000002";
        let found = taken(&[
            json!({"account_id": ours, "log_type": "AUDIT_LOGS"}),
            json!({"account_id": theirs, "log_type": "AUDIT_LOGS", "status": "ENABLED"}),
            json!({"account_id": ours, "log_type": "BILLABLE_USAGE", "status": "DISABLED", "workspace_ids_filter": [1]}),
            json!({"account_id": ours, "log_type": "AUDIT_LOGS", "workspace_ids_filter": []}),
        ]);
        let (audit, usage) = ("AUDIT_LOGS".to_owned(), "BILLABLE_USAGE".to_owned());
        assert_eq!(
            found,
            [
                vec![
                    (audit.clone(), Tri::Yes, Tri::No),
                    (usage, Tri::No, Tri::Yes),
                    (audit.clone(), Tri::Yes, Tri::No)
                ],
                vec![(audit, Tri::Yes, Tri::No)]
            ]
        );
    }

    #[test]
    fn without_an_id_the_provider_block_is_the_account() {
        let of = |provider: &str| json!({"provider": provider, "log_type": "AUDIT_LOGS"});
        assert_eq!(taken(&[of("databricks.a"), of("databricks.a"), of("databricks.b")]).len(), 2);
    }
}
