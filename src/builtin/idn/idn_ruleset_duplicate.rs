//! Two resources that own one rule set.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::states,
    estate::{Cell, Row, Rows},
    graph::{End, Hit, Val, View},
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two or more `databricks_access_control_rule_set` of one name, in one plan or in several plans
    /// of the run. The name says which account, group, service principal or policy the rule set is about.
    ///
    /// ## Why is this bad?
    /// The resource owns the whole rule set: what it does not list it takes away. Two of them
    /// overwrite each other with every apply, and who may use or manage the service principal depends on
    /// which ran last. Each plan alone looks right.
    /// Source: [databricks_access_control_rule_set](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/access_control_rule_set),
    /// "users might lose their role assignment".
    ///
    /// ## How to fix it
    /// Put all rules of a principal into one resource:
    ///
    /// ```terraform
    /// resource "databricks_access_control_rule_set" "deploy" {
    ///   name = "accounts/${var.account_id}/servicePrincipals/${var.application_id}/ruleSets/default"
    ///   grant_rules {
    ///     principals = [databricks_group.engineers.acl_principal_id]
    ///     role       = "roles/servicePrincipal.user"
    ///   }
    ///   grant_rules {
    ///     principals = [databricks_group.platform.acl_principal_id]
    ///     role       = "roles/servicePrincipal.manager"
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Rule sets that no plan of the run has. Names that are not known yet and are made of the same
    /// attributes are possibly the same; where the `.tf` files are at hand they show whether they are.
    pub static RULE = {
        id: "idn-ruleset-duplicate",
        summary: "two rule sets of one name",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_access_control_rule_set"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A rule set. Cells: `name`; where that is not known `like`, the same for all whose names are made of the
/// same attributes, and `sure` (an answer: whether the name is that of the first of these).
const SET: &str = "rule set";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    let mut unknown: BTreeMap<Vec<Hit>, Vec<View<'_>>> = BTreeMap::new();
    for it in cx.of("databricks_access_control_rule_set").filter(|it| it.deposed().is_none()) {
        let name = it.get("name");
        let row = rows.add(SET, it).with("name", &name);
        if let Some((first, sure)) = first_like(&name, &mut unknown) {
            row.with("like", Cell::Known(first)).with("sure", sure);
        }
    }
}

/// The place of the first rule set whose name is made of what this one is made of, and whether they are the
/// same. None where the name is known, or what it is made of is not certain.
fn first_like<'a>(
    name: &View<'a>,
    unknown: &mut BTreeMap<Vec<Hit>, Vec<View<'a>>>,
) -> Option<(String, Tri)> {
    let Val::Unknown(_) = name.val() else { return None };
    let hits = name.hits();
    let is_certain = |hit: &Hit| match hit.end {
        End::Resource(_) => hit.exact && !hit.attribute.is_empty(),
        End::Known | End::Given(_) => true,
        _ => false,
    };
    if !hits.iter().any(|hit| hit.exact) || !hits.iter().all(is_certain) {
        return None;
    }
    let block = |it: &View<'a>| it.res().scope().graph.block_id(it.res().id);
    let place = |it: &View<'a>| {
        let unit = &it.res().scope().graph.plan.unit;
        format!("{unit}\0{}", it.res().address())
    };
    let all = unknown.entry(hits).or_default();
    // Instances of one block differ in what the plan does not show: a key inside the name.
    let others = all.iter().filter(|it| block(it) != block(name));
    let mut same = others.map(|it| (place(it), it.same(name))).filter(|(_, tri)| *tri != Tri::No);
    let found = same.next();
    drop(same);
    if found.is_none() {
        all.push(name.clone());
    }
    found.or_else(|| Some((place(name), Tri::Yes)))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let mut groups: BTreeMap<(bool, &str), Vec<&Row>> = BTreeMap::new();
    for row in states::without_repeated(cx.of(SET)) {
        match (row.cell("name"), row.text("like")) {
            (Cell::Known(name) | Cell::Masked(name), _) => {
                groups.entry((true, name)).or_default().push(row);
            }
            (_, Some(like)) => groups.entry((false, like)).or_default().push(row),
            (Cell::Unknown(cause), None) => out.blind(*cause, row),
            _ => {}
        }
    }
    for ((is_known, _), rows) in groups {
        match rows.as_slice() {
            [only] => {
                if let Cell::Unknown(cause) = only.cell("name") {
                    out.blind(*cause, *only);
                }
            }
            rows => report(rows, is_known, out),
        }
    }
}

fn report(rows: &[&Row], is_known: bool, out: &mut Findings<'_>) {
    let sure = match is_known {
        true => Tri::Yes,
        false => Tri::all(rows.iter().map(|row| row.tri("sure"))),
    };
    let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
    out.deny_group(sure, members, "name", "owns the same rule set", |_| {
        let name = rows.first().map_or("", |row| row.cell("name").show());
        format!("{} resources own the rule set {name}", rows.len())
    })
    .help(|| "put all `grant_rules` into one of them".to_owned());
}
