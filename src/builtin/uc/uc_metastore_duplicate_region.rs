//! Two metastores for one region.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    builtin::shared::{
        masks::{self, Masks},
        metastores::{self, METASTORE},
        objects, states,
    },
    estate::{Cell, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Subject, TextForm},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two or more `databricks_metastore` resources for one region of one account, in one plan or in
    /// several plans of the run; and one that is created although a data source of the run shows that the
    /// region has one.
    ///
    /// ## Why is this bad?
    /// An account has one metastore for each region. The provider cannot know of the others, so the
    /// second one fails during the apply.
    /// Source: [databricks_metastore](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/metastore);
    /// databricks/terraform-databricks-sra#9; databricks/terraform-provider-databricks#2482.
    ///
    /// ## How to fix it
    /// Look the metastore up where it may be there:
    ///
    /// ```terraform
    /// data "databricks_metastore" "this" {
    ///   provider = databricks.account
    ///   region   = "eu-central-1"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Metastores that no plan of the run has, and regions that are known only after the apply. Where a
    /// provider block does not tell its account, the finding is possible. Regions for which Databricks
    /// allows several are named in `allow_several`.
    pub static RULE = {
        id: "uc-metastore-duplicate-region",
        summary: "two metastores for one region",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_metastore"],
        since: "0.1.0",
        params: [("allow_several", Texts(&[], TextForm::Region), "Regions for which the account may have several metastores")],
        check: Check::Estate { collect, judge },
    }
}

/// The id of a metastore that the plan destroys. Cell: `id`.
const GONE: &str = "gone";
fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    for it in cx.changes_of("databricks_metastore").filter(|it| it.actions().delete) {
        rows.add(GONE, it).with("id", it.before().get("id"));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let allowed = cx.params().texts("allow_several");
    let gone: BTreeSet<&str> = cx.of(GONE).filter_map(|row| row.text("id")).collect();
    let is_allowed = |region: &Cell| match region {
        Cell::Known(region) => allowed.iter().any(|it| it.eq_ignore_ascii_case(region)),
        region => allowed.iter().any(|it| region.same(&Cell::Known((*it).to_owned())) == Tri::Yes),
    };
    let masks = Masks::of(cx.of(METASTORE).map(|row| row.cell("region")));
    let mut regions: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in states::without_repeated(cx.of(METASTORE)) {
        let is_looked_up = is_looked_up(row);
        let is_gone = row.text("id").is_some_and(|id| gone.contains(id));
        let region = row.cell("region");
        match (region, masks.key(region)) {
            // A data source still shows what this run destroys, and one that is not read yet nothing.
            _ if is_looked_up && (is_gone || row.text("id").is_none()) => {}
            (_, Some(key)) if key.is_empty() || is_allowed(region) => {}
            (_, Some(key)) => {
                regions.entry(key.to_ascii_lowercase()).or_default().push(row);
            }
            (Cell::Unknown(cause), None) if !is_looked_up => out.blind(*cause, row),
            _ => {}
        }
    }
    for rows in regions.into_values() {
        let region = masks::shown(rows.iter().map(|row| row.cell("region")));
        by_account(region, &rows, out);
    }
}

/// Metastores of one region: those of one account are a duplicate, those of an account that is not
/// known may be.
fn by_account(region: &str, rows: &[&Row], out: &mut Findings<'_>) {
    let mut accounts: BTreeMap<Option<&str>, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        // Whatever account a provider block is for, it is one.
        let account = row.text("account").or_else(|| row.text("block"));
        accounts.entry(account).or_default().push(row);
    }
    let mut reported = false;
    for rows in accounts.values() {
        reported |= report(Tri::Yes, region, rows, out);
    }
    let is_hidden = rows.iter().any(|row| row.text("account").is_none());
    if !reported && is_hidden {
        report(Tri::Maybe, region, rows, out);
    }
}

/// Reports those that are different metastores; whether there were several.
fn report(tri: Tri, region: &str, rows: &[&Row], out: &mut Findings<'_>) -> bool {
    let (looked_up, managed): (Vec<&Row>, Vec<&Row>) =
        rows.iter().copied().partition(|row| is_looked_up(row));
    let managed = objects::rows_once(managed);
    // What is looked up and managed is the managed one.
    let is_another = |row: &&Row| !managed.iter().any(|it| objects::are_one(it, row));
    let looked_up: Vec<&Row> =
        objects::rows_once(looked_up).into_iter().filter(is_another).collect();
    let is_new = managed.iter().any(|row| row.actions.create);
    let count = managed.len() + if is_new { looked_up.len() } else { 0 };
    if count < 2 || managed.is_empty() {
        return false;
    }
    let members = managed.into_iter().map(Subject::from).collect();
    let mut draft = out
        .deny_group(tri, members, "region", "is for the same region", |_| {
            format!("{count} metastores for region {region}, an account has one for each")
        })
        .help(|| {
            "look the metastore of the region up, and create it only where there is none".to_owned()
        });
    for row in looked_up {
        draft = draft.related_at(row, "region", || "shows that the region has one".to_owned());
    }
    true
}

fn is_looked_up(row: &Row) -> bool {
    row.tri("managed") == Tri::No
}
