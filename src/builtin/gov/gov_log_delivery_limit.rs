//! More deliveries of logs than an account may have.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        log_deliveries::{self, KIND},
        objects, states,
    },
    estate::{Cell, Joined, Named, Row, Rows},
    facts::log_delivery::MOST_ENABLED,
    graph::Cause,
    graph::Side,
    lint::{Check, EstateCx, Findings, PlanCx, Severity, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Counts the enabled `databricks_mws_log_delivery` of an account, in one plan or in several plans of the
    /// run. Finds more than two of one log type for the whole account, and more than two of one log type for
    /// one workspace; and warns of one that is replaced. A delivery that several plans hold, by its id, counts
    /// once.
    ///
    /// ## Why is this bad?
    /// Two of one log type may be enabled for the whole account, and two for each workspace: the API refuses a
    /// third. None can be deleted; destroying one only disables it, so each replacement leaves one behind.
    /// Source: [Log delivery API](https://docs.databricks.com/api/account/logdelivery/create), limits;
    /// `mws/resource_mws_log_delivery.go` of databricks/terraform-provider-databricks and its #1167.
    ///
    /// ## How to fix it
    /// Let one delivery serve all who read it. Disable what nobody reads any more:
    ///
    /// ```terraform
    /// resource "databricks_mws_log_delivery" "old" {
    ///   # ...
    ///   status = "DISABLED"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Deliveries that no plan of the run has. A status or a filter that is known only after the apply makes
    /// the finding possible where it decides, and so does a `for` or a splat, which may leave out workspaces
    /// that it names. Which workspace a key picks (`x[each.value].workspace_id`), where no source shows it.
    pub static RULE = {
        id: "gov-log-delivery-limit",
        summary: "more enabled log deliveries than the account may have",
        severity: Error,
        also: [(Warning, "a delivery is replaced, which leaves a disabled one behind")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_log_delivery"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A delivery that is replaced. Cell: `attribute`, which forces it.
const REPLACED: &str = "replaced";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    log_deliveries::collect(cx, rows);
    if cx.side() == Side::Prior {
        return;
    }
    for it in cx.of("databricks_mws_log_delivery").filter(|it| it.actions().replaces()) {
        let forced = it.replaced_by().first().map(|(_, after)| after.attribute());
        rows.add(REPLACED, it).with("attribute", forced.map_or(Cell::Unset, Cell::Known));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let deliveries = objects::rows_once(states::without_repeated(cx.of(KIND)));
    for rows in log_deliveries::by_account(deliveries) {
        let types: BTreeSet<&str> = rows.iter().filter_map(|row| row.text("type")).collect();
        for log_type in types {
            let of_type: Vec<&Row> =
                rows.iter().filter(|row| row.text("type") == Some(log_type)).copied().collect();
            for_account(log_type, &of_type, out);
            for_workspaces(log_type, &of_type, out);
        }
    }
    for row in cx.of(REPLACED) {
        out.deny(Tri::Yes, row, row.text("attribute").map(str::to_owned), || {
            "replacing a log delivery leaves a disabled one behind, which nobody can delete"
                .to_owned()
        })
        .at(Severity::Warning)
        .help(|| {
            "keep what forces the replacement, or disable this one and add another".to_owned()
        });
    }
}

fn for_account(log_type: &str, rows: &[&Row], out: &mut Findings<'_>) {
    let counts = rows.iter().map(|row| (*row, row.tri("enabled") & !row.tri("filtered"))).collect();
    too_many(counts, "status", out, |count| {
        format!("{count} deliveries of {log_type} are on for the whole account")
    });
}

fn for_workspaces(log_type: &str, rows: &[&Row], out: &mut Findings<'_>) {
    for row in rows.iter().filter(|row| is_about(row) == Tri::No) {
        out.blind(Cause::Function, *row);
    }
    let joined = Joined::by(rows.iter().copied(), "filter");
    let mut seen: BTreeSet<Vec<(&str, &str)>> = BTreeSet::new();
    for workspace in rows.iter().flat_map(|row| Named::of(row, "filter").each()) {
        let naming = joined.named(&workspace).into_iter();
        let counts: Vec<(&Row, Tri)> =
            naming.map(|(row, sure)| (row, sure & is_about(row) & row.tri("enabled"))).collect();
        let names: Vec<(&str, &str)> =
            counts.iter().map(|(row, _)| (row.unit.as_str(), row.address.as_str())).collect();
        if seen.insert(names) {
            too_many(counts, "workspace_ids_filter", out, |count| {
                format!("{count} deliveries of {log_type} are on for one workspace")
            });
        }
    }
}

/// Whether a delivery is about each workspace that its filter names: `[for w in x : w.workspace_id if …]` leaves some
/// out. Of those that a key picks each instance has its own, so they do not meet in one.
fn is_about(row: &Row) -> Tri {
    match row.tri("all-filtered") {
        Tri::Yes => Tri::Yes,
        _ if row.tri("picked") == Tri::Yes => Tri::No,
        tri => tri,
    }
}

/// Reports rows of which too many count.
fn too_many(
    mut counts: Vec<(&Row, Tri)>,
    attribute: &str,
    out: &mut Findings<'_>,
    said: impl Fn(usize) -> String,
) {
    counts.retain(|(_, tri)| *tri != Tri::No);
    let sure = counts.iter().filter(|(_, tri)| *tri == Tri::Yes).count();
    let tri =
        Tri::from(sure > MOST_ENABLED) | (Tri::from(counts.len() > MOST_ENABLED) & Tri::Maybe);
    let members: Vec<Subject> = counts.iter().map(|(row, _)| Subject::from(*row)).collect();
    out.deny_group(tri, members, attribute, "is on as well", |_| {
        format!("{}, the limit is {MOST_ENABLED}", said(counts.len()))
    })
    .help(|| "let one delivery serve all who read it, and disable the others".to_owned());
}
