//! A workspace whose audit events nobody keeps.

use crate::{
    builtin::shared::{
        account, log_deliveries,
        metastores::{self, Places, Spaces},
        production,
    },
    estate::{Joined, Named, Row, Rows},
    facts::log_delivery::AUDIT,
    graph::Target,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` for which no plan of the run keeps audit events: there is no enabled
    /// `databricks_mws_log_delivery` of `AUDIT_LOGS` for the whole account or for this workspace, and no
    /// `databricks_system_schema` `access`. It is a warning where the workspace looks like production (by its
    /// name, an `Environment` tag, the variable `environment`, or the unit's path), else a note.
    ///
    /// ## Why is this bad?
    /// When something has happened, the audit log is the only place that tells who did it. It is not kept for
    /// longer than Databricks does unless somebody asked for it before.
    /// Source: [Audit logs](https://docs.databricks.com/aws/en/admin/account-settings/audit-logs);
    /// checks GOV-3 and GOV-34 of databricks-industry-solutions/security-analysis-tool.
    ///
    /// ## How to fix it
    /// Deliver the logs of the account to a bucket, or switch their system tables on:
    ///
    /// ```terraform
    /// resource "databricks_system_schema" "access" {
    ///   provider = databricks.workspace
    ///   schema   = "access"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What is kept by something that no plan of the run has: say so in the settings.
    ///
    /// ```toml
    /// [rules.gov-audit-log-missing]
    /// external = true
    /// ```
    ///
    /// System tables of a metastore whose workspaces the run does not show, and a status or filter that is
    /// known only after the apply, make the finding possible.
    pub static RULE = {
        id: "gov-audit-log-missing",
        summary: "workspace without an audit trail",
        severity: Warning,
        also: [(Note, "the workspace does not look like production")],
        confidence: Heuristic,
        category: Governance,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        params: [(
            "external",
            Bool(false),
            "Whether audit events are kept by something that is in no plan"
        )],
        check: Check::Estate { collect, judge },
    }
}

/// A workspace. Cells: `account`, `workspace` (itself), and the answer `production`.
const WORKSPACE: &str = "audited-workspace";
/// A `databricks_system_schema` `access`, or one that may be it (`sure`).
const SCHEMA: &str = "audit-schema";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    log_deliveries::collect(cx, rows);
    for it in cx.of("databricks_mws_workspaces").filter(|it| it.deposed().is_none()) {
        rows.add(WORKSPACE, it)
            .with("account", account::of(it))
            .with("workspace", Target::Here(it))
            .with("production", production::looks_like_it(it));
    }
    let places = Places::default();
    for it in cx.of("databricks_system_schema") {
        let row = rows.add(SCHEMA, it).with("sure", it.get("schema").is("access"));
        places.put(row, it, "metastore_id");
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    if cx.params().flag("external") {
        return;
    }
    let spaces = Spaces::of(cx, &[SCHEMA, WORKSPACE]);
    let deliveries: Vec<&Row> = cx
        .of(log_deliveries::KIND)
        .filter(|row| !matches!(row.text("type"), Some(kind) if kind != AUDIT))
        .collect();
    let by_workspace = Joined::by(deliveries.iter().copied(), "filter");
    for workspace in cx.of(WORKSPACE) {
        let of_all = deliveries.iter().map(|row| !row.tri("filtered") & covers(row, workspace));
        let of_it = by_workspace.get(&Named::itself(workspace)).into_iter();
        let of_it = of_it.map(|(row, sure)| sure & row.tri("filtered") & covers(row, workspace));
        // Any workspace of its metastore may enable the schema: what is not told is no other metastore.
        let is_elsewhere = |row: &Row| Tri::from(spaces.share(row, workspace) == Tri::No);
        let tables = cx.of(SCHEMA).map(|row| row.tri("sure") & !is_elsewhere(row));
        let is_kept = Tri::any(of_all.chain(of_it).chain(tables));
        let may_lack = ["databricks_mws_log_delivery", "databricks_system_schema"].iter();
        let is_hidden = Tri::from(may_lack.into_iter().any(|it| cx.may_lack(it))) & Tri::Maybe;
        let is_production = workspace.tri("production") == Tri::Yes;
        let level = if is_production { Severity::Warning } else { Severity::Note };
        out.deny(!is_kept & !is_hidden, workspace, "workspace_name", || {
            "nothing in the run keeps the audit events of this workspace".to_owned()
        })
        .at(level)
        .help(|| {
            "add a databricks_mws_log_delivery of audit logs, or databricks_system_schema access; if \
             something else keeps them, set `external` of the rule"
                .to_owned()
        });
    }
}

/// Whether a delivery of audit logs, if it is one, is on for the account of a workspace.
fn covers(delivery: &Row, workspace: &Row) -> Tri {
    let is_audit = if delivery.text("type").is_some() { Tri::Yes } else { Tri::Maybe };
    is_audit & delivery.tri("enabled") & delivery.cell("account").same(workspace.cell("account"))
}
