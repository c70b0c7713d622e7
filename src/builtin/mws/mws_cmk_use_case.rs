//! A key configuration used for what it was not registered for.

use crate::{
    builtin::shared::account,
    estate::{Cell, Links, Row, Rows},
    facts::mws::FORMER_SERVICES_KEY,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` whose `managed_services_customer_managed_key_id` names a key
    /// configuration without the use case `MANAGED_SERVICES`, or whose
    /// `storage_customer_managed_key_id` names one without `STORAGE`; and key configurations with a use
    /// case that Databricks does not know. Workspace and key configuration may stand in different
    /// plans of the run.
    ///
    /// ## Why is this bad?
    /// To Terraform the id is only a text and the use case another: the plan succeeds, and the API
    /// refuses the workspace or the key configuration.
    /// Source: [databricks_mws_customer_managed_keys](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_customer_managed_keys),
    /// `use_cases`; `CreateWorkspaceRequest` in databricks/databricks-sdk-go, "The key configuration
    /// object property use_cases must contain STORAGE".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_customer_managed_keys" "this" {
    ///   use_cases = ["MANAGED_SERVICES", "STORAGE"]
    /// }
    /// ```
    /// Use cases cannot be changed later: register the key a second time under the other one.
    ///
    /// ## What it cannot see
    /// Key configurations of no plan of the run. Use cases that are known only after the apply make
    /// the finding possible.
    pub static RULE = {
        id: "mws-cmk-use-case",
        summary: "key configuration used for a purpose it was not created for",
        severity: Error,
        also: [(Note, "it is `customer_managed_key_id`, which is deprecated")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_customer_managed_keys", "databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// What a workspace uses a key for: cell, attribute, use case, and how a message says it.
const PURPOSES: [(&str, &str, &str, &str); 2] = [
    (
        "services-key",
        "managed_services_customer_managed_key_id",
        "MANAGED_SERVICES",
        "managed services",
    ),
    ("storage-key", "storage_customer_managed_key_id", "STORAGE", "storage"),
];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    for it in cx.of("databricks_mws_workspaces") {
        let former = account::has(it, FORMER_SERVICES_KEY);
        if former != Tri::No {
            rows.add("former", it).with("given", former);
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for workspace in cx.of(account::WORKSPACE) {
        for (cell, attribute, use_case, purpose) in PURPOSES {
            // One that is misspelt is said of the key.
            let is_misspelt =
                |key: &Row| known_uses(key).any(|it| it.eq_ignore_ascii_case(use_case));
            let lacks = |key: &Row| !key.tri(use_case) & !Tri::from(is_misspelt(key));
            let (tri, cause) = links.at_odds((workspace, cell), account::KEY, lacks);
            if let Some(cause) = cause {
                out.blind(cause, workspace);
            }
            let keys = links.to(workspace, cell, account::KEY);
            let mut draft = out
                .deny(tri, workspace, attribute, || {
                    format!("is given a key for {purpose} that is registered for {}", uses(&keys))
                })
                .help(|| {
                    format!(
                        "name a key configuration whose use_cases contain the one for {purpose}"
                    )
                });
            for (key, _) in keys {
                draft = draft.related_at(key, "use_cases", || "the key configuration".to_owned());
            }
        }
    }
    for workspace in cx.of("former") {
        out.deny(workspace.tri("given"), workspace, FORMER_SERVICES_KEY, || {
            format!(
                "{FORMER_SERVICES_KEY} is deprecated, and does not say what the key is used for"
            )
        })
        .at(Severity::Note)
        .help(|| format!("use {} instead", PURPOSES[0].1));
    }
    for key in cx.of(account::KEY) {
        let Some(unknown) =
            known_uses(key).find(|it| PURPOSES.iter().all(|(.., use_case, _)| it != use_case))
        else {
            continue;
        };
        out.deny(Tri::Yes, key, "use_cases", || format!("{unknown} is no use case of a key"))
            .help(|| "use the one for managed services, the one for storage, or both".to_owned());
    }
}

fn known_uses(key: &Row) -> impl Iterator<Item = &str> {
    let cells = match key.cell("uses") {
        Cell::List(cells) => cells.as_slice(),
        _ => &[],
    };
    cells.iter().filter_map(|cell| match cell {
        Cell::Known(text) => Some(text.as_str()),
        _ => None,
    })
}

fn uses(keys: &[(&Row, Tri)]) -> String {
    let mut all: Vec<&str> = keys.iter().flat_map(|(key, _)| known_uses(key)).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { "another use".to_owned() } else { all.join(" and ") }
}
