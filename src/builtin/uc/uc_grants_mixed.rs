//! A single grant on a securable whose grants another resource owns.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        metastores,
        securables::{self, GRANT, GRANTS, Securable, Securables},
        states,
    },
    estate::{Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_grant` on a securable that a `databricks_grants` owns, in the same plan or in
    /// another one of the run. One whose privileges `databricks_grants` lists as well is a warning.
    ///
    /// ## Why is this bad?
    /// `databricks_grants` revokes every grant that it does not list, so each of its applies takes the
    /// privilege away, and the next apply of `databricks_grant` gives it back.
    /// Source: [databricks_grant](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grant)
    /// and `catalog/resource_grants.go` of databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// Choose one of both for each securable:
    ///
    /// ```terraform
    /// resource "databricks_grant" "engineers" {
    ///   catalog    = "sales"
    ///   principal  = "data-engineers"
    ///   privileges = ["USE_CATALOG"]
    /// }
    ///
    /// resource "databricks_grant" "analysts" {
    ///   catalog    = "sales"
    ///   principal  = "bi-analysts"
    ///   privileges = ["USE_CATALOG"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Grants that no plan of the run has, and names that are known only after the apply and lead to no
    /// resource of the plan. Where principals or privileges are not known yet, so that it may be listed,
    /// the finding is possible.
    pub static RULE = {
        id: "uc-grants-mixed",
        summary: "databricks_grants and databricks_grant on one securable",
        severity: Error,
        also: [(Warning, "databricks_grants lists the same privileges")],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_grant"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    securables::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let securables = Securables::of(cx, &[GRANTS, GRANT]);
    let mut owners: BTreeMap<Securable<'_>, &Row> = BTreeMap::new();
    for row in states::without_repeated(cx.of(GRANTS)) {
        if let Some(securable) = securables.of_row(row) {
            owners.entry(securable).or_insert(row);
        }
    }
    for row in states::without_repeated(cx.of(GRANT)) {
        let Some(securable) = securables.of_row(row) else {
            out.blind(Cause::Apply, row);
            continue;
        };
        let Some(owner) = owners.get(&securable) else { continue };
        report(row, owner, out);
    }
}

fn report(row: &Row, owner: &Row, out: &mut Findings<'_>) {
    let listed = is_listed(row, owner);
    let (tri, level) = match listed {
        Tri::Yes => (Tri::Yes, Severity::Warning),
        other => (!other, Severity::Error),
    };
    let kind = row.text("type").unwrap_or_default();
    let named = securables::shown(&[row, owner]);
    let principal = securables::shown_grantee(&[row]);
    out.deny(tri, row, kind, || match listed {
        Tri::Yes => format!(
            "{} owns all grants on {named}, and lists that of {principal} as well",
            owner.address
        ),
        _ => {
            format!("{} owns all grants on {named}, and revokes that of {principal}", owner.address)
        }
    })
    .at(level)
    .help(|| match listed {
        Tri::Yes => "remove it here".to_owned(),
        _ => "list the principal there, or use databricks_grant for all of them".to_owned(),
    })
    .related_at(owner, kind, || "owns all grants".to_owned());
}

/// Whether the owner lists every privilege of a grant for its principal.
fn is_listed(row: &Row, owner: &Row) -> Tri {
    let theirs = securables::granted(owner);
    Tri::all(securables::granted(row).iter().map(|(who, privilege)| {
        Tri::any(theirs.iter().map(|(other, listed)| {
            let is_same = match (privilege, listed) {
                (Some(ours), Some(theirs)) => Tri::from(ours == theirs),
                _ => Tri::Maybe,
            };
            is_same & who.same(other)
        }))
    }))
}
