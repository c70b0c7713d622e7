//! Two default data accesses of one metastore.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        metastores::{self, Places, Space, Spaces},
        objects, states,
    },
    estate::{Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two or more `databricks_metastore_data_access` resources with `is_default = true` for one
    /// metastore, in one plan or in several plans of the run. One that several plans hold, by its id,
    /// counts once.
    ///
    /// ## Why is this bad?
    /// A metastore has one default. Each resource writes its own id there, so that every apply takes it
    /// from the other, and the credential behind the root of the metastore changes each time.
    /// Source: [resource_metastore_data_access.go](https://github.com/databricks/terraform-provider-databricks/blob/main/catalog/resource_metastore_data_access.go),
    /// "having more than one default DAC per metastore will lead to Terraform re-assigning
    /// default_data_access_config_id".
    ///
    /// ## How to fix it
    /// Keep one default:
    ///
    /// ```terraform
    /// resource "databricks_metastore_data_access" "audit" {
    ///   metastore_id = databricks_metastore.this.id
    ///   name         = "audit-access"
    ///   aws_iam_role {
    ///     role_arn = aws_iam_role.audit.arn
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Data accesses that no plan of the run has, and metastores whose id is known only after the apply
    /// and leads to none of the plan. Whether one is the default may be known only after the apply: then
    /// the finding is possible.
    pub static RULE = {
        id: "uc-dac-multiple-default",
        summary: "several default data accesses for one metastore",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_metastore_data_access"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A data access that is the default, or may be. Cell: `is-default` (an answer).
const DEFAULT: &str = "default";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    let places = Places::default();
    for it in cx.of("databricks_metastore_data_access").filter(|it| it.deposed().is_none()) {
        let is_default = it.get("is_default").flag(false);
        if is_default != Tri::No {
            let row = rows.add(DEFAULT, it).with("is-default", is_default);
            places.put(row, it, "metastore_id");
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let spaces = Spaces::of(cx, &[DEFAULT]);
    let mut all: BTreeMap<Space, Vec<&Row>> = BTreeMap::new();
    for row in states::without_repeated(cx.of(DEFAULT)) {
        match spaces.space(row) {
            Some(space) => all.entry(space).or_default().push(row),
            None => out.blind(Cause::Apply, row),
        }
    }
    for mut rows in all.into_values().map(objects::rows_once) {
        let sure = rows.iter().filter(|row| row.tri("is-default") == Tri::Yes).count();
        if sure > 1 {
            rows.retain(|row| row.tri("is-default") == Tri::Yes);
        }
        let tri = match (rows.len(), sure) {
            (0 | 1, _) => continue,
            (_, 0 | 1) => Tri::Maybe,
            _ => Tri::Yes,
        };
        let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
        out.deny_group(tri, members, "is_default", "is a default too", |_| {
            format!("{} data accesses of one metastore are its default", rows.len())
        })
        .help(|| "leave `is_default` out of all but one".to_owned());
    }
}
