//! One identity of the account, managed in two states.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    builtin::shared::{
        principals::{self, Level},
        provider, states,
    },
    estate::{Cell, Row, Rows},
    facts::principals::identities,
    graph::View,
    lint::{Check, EstateCx, Findings, PlanCx, Severity, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a group, user or service principal of the account that two or more plans of the run manage:
    /// groups by name, users by user name (case makes no difference), service principals by application id.
    ///
    /// ## Why is this bad?
    /// The identities of an account are global, whatever region or workspace a unit is for. The second
    /// apply fails with "Group with name … already exists". With `force = true` it takes over what
    /// is there: then two states own one object, each apply undoes what the other did, and
    /// destroying either takes it from both.
    /// Source: databricks/terraform-provider-databricks#1066;
    /// [databricks_group](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/group), `force`.
    ///
    /// ## How to fix it
    /// Manage identities in one unit for the account, and look them up in the others:
    ///
    /// ```terraform
    /// data "databricks_group" "engineers" {
    ///   provider     = databricks.account
    ///   display_name = "data-engineers"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Plans that are not part of the run, and names that are known only after the apply. Where the plan
    /// does not show an account's id, because it comes from the environment, the finding is possible.
    /// Groups whose names differ in case only are left alone. To whom a provider speaks whose host comes
    /// from the environment.
    pub static RULE = {
        id: "idn-account-object-twice",
        summary: "one account-level principal managed in two states",
        severity: Error,
        also: [(Warning, "`force` takes over what is there")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_account_iam_group_v2",
            "databricks_account_iam_service_principal_v2",
            "databricks_account_iam_user_v2",
            "databricks_group",
            "databricks_service_principal",
            "databricks_user",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// An identity of the account. Cells: `word`, `name`, `attribute`, `account` (its id), `force` (an
/// answer).
const IDENTITY: &str = "identity";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for (kind, identity) in identities() {
        for it in cx.of(kind).filter(|it| it.deposed().is_none()) {
            if principals::level(it) != Some(Level::Account) {
                continue;
            }
            let account = provider::account_id(it);
            let account = account.map(|id| id.to_ascii_lowercase());
            rows.add(IDENTITY, it)
                .with("word", Cell::Known(identity.word.to_owned()))
                .with("name", name(&it.get(identity.name), identity.word))
                .with("attribute", Cell::Known(identity.name.to_owned()))
                .with("account", account.map_or(Cell::Unset, Cell::Known))
                .with("force", it.get("force").flag(false));
        }
    }
}

/// A name, in lower case where that makes no difference.
fn name(view: &View<'_>, word: &str) -> Cell {
    match Cell::from(view) {
        Cell::Known(name) if word == "user" => Cell::Known(name.to_lowercase()),
        cell => cell,
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let mut all: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in states::without_repeated(cx.of(IDENTITY)) {
        match row.cell("name") {
            Cell::Known(name) | Cell::Masked(name) => {
                all.entry((row.text("word").unwrap_or_default(), name)).or_default().push(row);
            }
            Cell::Unknown(cause) => out.blind(*cause, row),
            _ => {}
        }
    }
    for rows in all.into_values().filter(|rows| units(rows).len() > 1) {
        by_account(&rows, out);
    }
}

fn units<'a>(rows: &[&'a Row]) -> BTreeSet<&'a str> {
    rows.iter().map(|row| row.unit.as_str()).collect()
}

/// Of the identities of one name, those of one account are one. What is known of no account may be in any.
fn by_account(rows: &[&Row], out: &mut Findings<'_>) {
    let mut known: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    let mut hidden = false;
    for row in rows {
        match row.text("account") {
            Some(account) => known.entry(account).or_default().push(row),
            None => hidden = true,
        }
    }
    let mut found = false;
    for rows in known.values().filter(|rows| units(rows).len() > 1) {
        found = true;
        report(Tri::Yes, rows, out);
    }
    if hidden && !found {
        report(Tri::Maybe, rows, out);
    }
}

fn report(tri: Tri, rows: &[&Row], out: &mut Findings<'_>) {
    let Some(first) = rows.first() else { return };
    let word = first.text("word").unwrap_or("identity");
    let attribute = first.text("attribute").unwrap_or_default().to_owned();
    let forced = rows.iter().any(|row| row.tri("force") == Tri::Yes);
    let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
    out.deny_group(tri, members, attribute, "manages the same one", |_| {
        let units: Vec<&str> = units(rows).into_iter().collect();
        let (name, units) = (first.cell("name").show(), units.join(" and "));
        match forced {
            true => format!("the {word} {name} of the account is owned by the states of {units}"),
            false => format!("the {word} {name} of the account is managed by {units}"),
        }
    })
    .at(if forced { Severity::Warning } else { Severity::Error })
    .help(|| {
        format!("manage the {word} in one unit for the account, and look it up in the others")
    });
}
