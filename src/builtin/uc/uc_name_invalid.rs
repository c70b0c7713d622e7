//! A name that Unity Catalog refuses.

use crate::{
    facts::securables::{INFORMATION_SCHEMA, LONGEST_NAME, forbidden},
    graph::{Res, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds names of `databricks_catalog`, `databricks_schema` and `databricks_volume` with a dot, a
    /// space, a slash or a control character, names of more than 255 characters, and a schema that is
    /// called `information_schema`.
    ///
    /// ## Why is this bad?
    /// Unity Catalog refuses such names, and every catalog has a schema `information_schema` already.
    /// The provider checks nothing, so the apply fails. Most often somebody wrote the full name,
    /// `sales.orders`, where the bare one belongs.
    /// Source: [Unity Catalog limitations](https://docs.databricks.com/aws/en/data-governance/unity-catalog/#limitations)
    /// and [Names](https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names).
    ///
    /// ## How to fix it
    /// Use letters, digits and underscores. The names of catalog and schema have arguments of their
    /// own:
    ///
    /// ```terraform
    /// resource "databricks_schema" "orders" {
    ///   catalog_name = "sales"
    ///   name         = "orders"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Names that are known only after the apply.
    pub static RULE = {
        id: "uc-name-invalid",
        summary: "name that Unity Catalog refuses",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_catalog", "databricks_schema", "databricks_volume"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in ["databricks_catalog", "databricks_schema", "databricks_volume"]
        .iter()
        .flat_map(|kind| cx.of(kind))
    {
        let name = it.get("name");
        name.note_unknown();
        let problem = name.text().and_then(|text| problem(it, &name, text));
        out.deny(Tri::from(problem.is_some()), it, &name, || problem.unwrap_or_default())
            .help(|| help(it, &name));
    }
}

/// What is wrong with a name.
fn problem(it: Res<'_>, name: &View<'_>, text: &str) -> Option<String> {
    let length = text.chars().count();
    if length > LONGEST_NAME {
        return Some(format!("name has {length} characters, {LONGEST_NAME} are allowed"));
    }
    if let Some(what) = text.chars().find_map(forbidden) {
        return Some(format!("name {} has {what} in it", name.show()));
    }
    let is_reserved = is_schema(it) && text.eq_ignore_ascii_case(INFORMATION_SCHEMA);
    is_reserved.then(|| format!("every catalog has a schema {} already", name.show()))
}

fn help(it: Res<'_>, name: &View<'_>) -> String {
    let first = name.text().and_then(|text| text.split_once('.'));
    match first {
        Some((parent, _)) if it.get("catalog_name").text() == Some(parent) => {
            "give the bare name: `catalog_name` holds the part before the dot".to_owned()
        }
        _ if is_schema(it)
            && name.text().is_some_and(|text| text.eq_ignore_ascii_case(INFORMATION_SCHEMA)) =>
        {
            "give it another name; the one that is there belongs to Databricks".to_owned()
        }
        _ => format!("use letters, digits and underscores, at most {LONGEST_NAME} of them"),
    }
}

fn is_schema(it: Res<'_>) -> bool {
    it.type_() == "databricks_schema"
}
