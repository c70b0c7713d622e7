//! A `metastore_id` that is not the workspace's.

use crate::{
    builtin::shared::{
        metastores::{self, Places, Spaces},
        provider::{self, Speaks},
    },
    estate::{Cell, Named, Row, Rows},
    facts::provider_levels::is_dual,
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_catalog`, `databricks_schema`, `databricks_external_location`,
    /// `databricks_storage_credential`, `databricks_grants` or `databricks_grant` that names a metastore
    /// other than the one assigned to the workspace through which it is made. The assignment may stand
    /// in another plan of the run.
    ///
    /// ## Why is this bad?
    /// A workspace reaches its own metastore and no other. The provider compares the ids during the
    /// apply, which fails with "metastore_id must be empty or equal to the metastore id assigned to the
    /// workspace".
    /// Source: [Troubleshooting](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/troubleshooting)
    /// and `catalog/utils.go` of databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// Leave the argument out, or take it from the assignment:
    ///
    /// ```terraform
    /// resource "databricks_catalog" "sales" {
    ///   name         = "sales"
    ///   metastore_id = databricks_metastore_assignment.this.metastore_id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The metastore of a workspace that no plan of the run assigns one to, and ids that are known only
    /// after the apply and lead to no metastore of the plan: about these it is silent. Storage
    /// credentials of the account may name any metastore.
    pub static RULE = {
        id: "uc-metastore-id-mismatch",
        summary: "metastore_id is not the metastore of the workspace",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: [
            "databricks_catalog",
            "databricks_schema",
            "databricks_external_location",
            "databricks_storage_credential",
            "databricks_grants",
            "databricks_grant",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// What names a metastore. Cell: `attribute`.
const NAMING: &str = "naming";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    let places = Places::default();
    for (kind, attribute) in [
        ("databricks_catalog", "metastore_id"),
        ("databricks_schema", "metastore_id"),
        ("databricks_external_location", "metastore_id"),
        ("databricks_storage_credential", "metastore_id"),
        ("databricks_grants", "metastore"),
        ("databricks_grant", "metastore"),
    ] {
        // What a state shows and nobody wrote is what the API answered.
        let is_named = |it: &Res<'_>| {
            let id = it.get(attribute);
            (id.is_written() & id.is_given()) != Tri::No
        };
        for it in cx.of(kind).filter(is_named).filter(|it| !may_be_of_account(*it)) {
            let row = rows.add(NAMING, it).with("attribute", Cell::Known(attribute.to_owned()));
            places.put(row, it, attribute);
        }
    }
}

/// Whether the account may hold it, where any metastore may be named: it can, and nothing shows whom its
/// provider speaks to.
fn may_be_of_account(it: Res<'_>) -> bool {
    is_dual(it.type_()) && matches!(provider::of(it), Speaks::Unknown)
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let spaces = Spaces::of(cx, &[NAMING]);
    for row in cx.of(NAMING) {
        let assigned = spaces.assigned(row);
        let differ = assigned.iter().map(|assignment| differ(row, assignment));
        let tri = if assigned.is_empty() { Tri::No } else { Tri::agree(differ) };
        // Two objects have to disagree: where one cannot be told, nothing is known against it.
        if tri == Tri::Maybe {
            row.unanswered.iter().for_each(|note| out.blind(note.cause, row));
            continue;
        }
        let attribute = row.text("attribute").unwrap_or_default();
        let mut draft = out
            .deny(tri, row, attribute, || {
                let theirs = assigned.first().map_or("", |it| shown(it));
                format!("{attribute} is {}, but the workspace has metastore {theirs}", shown(row))
            })
            .help(|| format!("leave `{attribute}` out, or take it from the assignment"));
        for assignment in assigned {
            draft = draft.related_at(*assignment, "metastore_id", || {
                format!("assigns {} to the workspace", shown(assignment))
            });
        }
    }
}

/// Whether a row names another metastore than an assignment does.
fn differ(row: &Row, assignment: &Row) -> Tri {
    let (ours, theirs) = (Named::of(row, "own"), Named::of(assignment, "own"));
    let has_id = |named: &Named| named.texts().iter().any(|name| !name.contains('\0'));
    // An id that is not known yet equals no literal, but another unit may have been given a stand-in.
    let comparable = row.unit == assignment.unit || has_id(&ours) && has_id(&theirs);
    if comparable { !ours.same(&theirs) } else { Tri::Maybe }
}

/// The metastore that a row names, for a message.
fn shown(row: &Row) -> &str {
    match row.cell("own") {
        Cell::Link(link) => match (&link.elsewhere, link.here.first()) {
            (Some(name), _) => name.shown(),
            (None, Some(address)) => address,
            (None, None) => "one known after apply",
        },
        cell => cell.show(),
    }
}
