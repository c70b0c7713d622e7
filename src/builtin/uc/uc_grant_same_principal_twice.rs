//! One principal, twice on one securable.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        masks::{self, Masks},
        metastores, principals,
        securables::{self, GRANT, Grantee, Securable, Securables},
        states,
    },
    estate::{Cell, Row, Rows},
    graph::{Cause, Res},
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two `grant` blocks of one `databricks_grants` with the same principal, and two
    /// `databricks_grant` resources with the same securable and principal, in one plan or in several
    /// plans of the run. Case makes no difference.
    ///
    /// ## Why is this bad?
    /// The provider keeps the blocks by principal: the last one wins, the privileges of the other are
    /// silently dropped, and the plan never settles. Two `databricks_grant` resources have one id, and
    /// each replaces the privileges of the other.
    /// Source: [resource_grant.go](https://github.com/databricks/terraform-provider-databricks/blob/main/catalog/resource_grant.go)
    /// of the provider; databricks/terraform-provider-databricks#3024 and #3657.
    ///
    /// ## How to fix it
    /// Write all privileges of a principal into one block or resource:
    ///
    /// ```terraform
    /// resource "databricks_grant" "engineers" {
    ///   catalog    = "sales"
    ///   principal  = "data-engineers"
    ///   privileges = ["USE_CATALOG", "USE_SCHEMA", "SELECT"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Grants that no plan of the run has, and principals and names that are known only after the apply, but
    /// for principals that both refer to.
    pub static RULE = {
        id: "uc-grant-same-principal-twice",
        summary: "one principal twice on one securable",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_grants", "databricks_grant"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A principal that a `databricks_grants` refers to twice.
const PRINCIPAL: &str = "principal";
/// A `databricks_grants` that has a principal twice. Cell: `principals`: names, or addresses.
const TWICE: &str = "twice";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    securables::collect(cx, rows);
    for it in cx.of("databricks_grants").filter(|it| it.deposed().is_none()) {
        let repeated = repeated(it);
        for principal in repeated.iter().filter_map(|it| it.referred) {
            rows.add(PRINCIPAL, principal);
        }
        if !repeated.is_empty() {
            let names = repeated.into_iter().map(|it| it.name).collect();
            rows.add(TWICE, it).with("principals", Cell::List(names));
        }
    }
}

/// A principal of more than one block.
struct Repeated<'a> {
    /// Its name in lower case, or the address where that is not known yet.
    name: Cell,
    referred: Option<Res<'a>>,
}

fn repeated(it: Res<'_>) -> Vec<Repeated<'_>> {
    let mut all: BTreeMap<String, Vec<Repeated<'_>>> = BTreeMap::new();
    let is_static = securables::has_static_grants(it);
    for grant in it.get("grant").items() {
        let principal = grant.get("principal");
        principal.note_unknown();
        let referred = principals::referred(&principal).filter(|_| is_static);
        let text = principal.text().map(str::to_lowercase);
        let Some(key) = text.or_else(|| Some(referred?.address().to_owned())) else { continue };
        let name = masks::read(&principal, str::to_lowercase);
        let name = name.unwrap_or_else(|| Cell::Known(key.clone()));
        all.entry(key).or_default().push(Repeated { name, referred });
    }
    let mut repeated: Vec<Vec<Repeated<'_>>> = all.into_values().collect();
    repeated.retain(|blocks| blocks.len() > 1);
    repeated.iter_mut().map(one_of).collect()
}

/// What all of these blocks name; it is masked where one of them masks it.
fn one_of<'a>(blocks: &mut Vec<Repeated<'a>>) -> Repeated<'a> {
    let is_masked = |it: &Repeated<'_>| matches!(it.name, Cell::Masked(_));
    let at = blocks.iter().position(is_masked).unwrap_or(0);
    blocks.swap_remove(at)
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    for row in states::without_repeated(cx.of(TWICE)) {
        let Cell::List(principals) = row.cell("principals") else { continue };
        for (nth, principal) in principals.iter().enumerate() {
            let name = principal.show();
            let mut referred = cx.of(PRINCIPAL);
            let referred = referred.find(|it| it.unit == row.unit && it.address == name);
            let draft = out
                .deny(Tri::Yes, row, "grant", || format!("has several grant blocks for {name}"))
                .help(|| "write all privileges of the principal into one block".to_owned());
            match (referred, principal) {
                (Some(principal), _) => draft.key_of(principal),
                (None, Cell::Masked(_)) => draft.key(&nth.to_string()),
                (None, _) => draft.key(name),
            };
        }
    }
    let securables = Securables::of(cx, &[GRANT]);
    let masks = Masks::of(cx.of(GRANT).map(|row| row.cell("principal")));
    let mut all: BTreeMap<(Securable<'_>, Grantee<'_>), Vec<&Row>> = BTreeMap::new();
    for row in states::without_repeated(cx.of(GRANT)) {
        match (securables.of_row(row), Grantee::of_grant(row).behind(&masks)) {
            (Some(securable), who) if who != Grantee::Unknown => {
                all.entry((securable, who)).or_default().push(row);
            }
            _ => out.blind(Cause::Apply, row),
        }
    }
    for rows in all.into_values().filter(|rows| rows.len() > 1) {
        deny_group(&rows, out);
    }
}

fn deny_group(rows: &[&Row], out: &mut Findings<'_>) {
    let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
    out.deny_group(Tri::Yes, members, "principal", "grants to the same principal", |_| {
        let (principal, named) = (securables::shown_grantee(rows), securables::shown(rows));
        format!(
            "{} databricks_grant resources set the privileges of {principal} on {named}",
            rows.len()
        )
    })
    .help(|| "write all privileges into one of them".to_owned());
}
