//! A strong privilege for everybody.

use std::borrow::Cow;

use crate::{
    builtin::shared::{principals, securables},
    facts::{
        environments::names_production,
        grants::{Breadth, for_everybody},
        principals::EVERYBODY,
    },
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds grants to `account users` that let everybody in the account change, own or create
    /// something: `ALL_PRIVILEGES`, `MANAGE`, `MODIFY`, `WRITE_FILES`, `CREATE_CATALOG` and their like.
    /// `READ_FILES` on external locations and credentials, and `EXTERNAL_USE_*`, are warnings; `SELECT` and
    /// `READ_VOLUME` on a catalog whose name says that it is production (`prod`, `live`) are notes.
    ///
    /// ## Why is this bad?
    /// `account users` is every identity of the account, now and in future, service principals of every
    /// pipeline included. Whoever takes over one of them has the privilege. Files that are read past
    /// the tables made of them know no row filters and no masks.
    /// Source: [Unity Catalog best practices](https://docs.databricks.com/aws/en/data-governance/unity-catalog/best-practices);
    /// [databricks_grants](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grants).
    ///
    /// ## How to fix it
    /// Grant it to an account group of those who need it. Everybody may look around:
    ///
    /// ```terraform
    /// resource "databricks_grants" "sales" {
    ///   catalog = "sales"
    ///   grant {
    ///     principal  = "account users"
    ///     privileges = ["BROWSE"]
    ///   }
    ///   grant {
    ///     principal  = "sales-engineers"
    ///     privileges = ["ALL_PRIVILEGES"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// How large another group is, and what grants outside the run give. `SELECT` and `READ_VOLUME` for
    /// everybody on schemas, tables and volumes, and on other catalogs, are left to those who know the data. A
    /// principal or privilege that is known only after the apply makes the finding possible, unless it is a
    /// user, a service principal or a group that the plan makes or looks up.
    pub static RULE = {
        id: "uc-grant-broad",
        summary: "powerful privilege for everybody",
        severity: Error,
        also: [
            (Warning, "files are opened for reading, or engines outside Databricks are let in"),
            (Note, "all data of a production catalog is opened for reading"),
        ],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_grants", "databricks_grant"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    cx.each(&["databricks_grants"], out, |it, out| {
        it.get("grant").note_unknown();
        for grant in it.get("grant").items() {
            judge(it, &grant, out);
        }
    });
    cx.each(&["databricks_grant"], out, |it, out| judge(it, &it.root(), out));
}

fn judge(it: Res<'_>, grant: &View<'_>, out: &mut Findings<'_>) {
    let principal = grant.get("principal");
    let everybody = is_everybody(&principal);
    if everybody == Tri::No {
        return;
    }
    let privileges = grant.get("privileges");
    let securable = securables::of_grant(it).unwrap_or_default();
    let mut broad: Vec<(Breadth, Cow<'_, str>)> = privileges
        .texts()
        .map(securables::as_api_name)
        .filter_map(|name| Some((for_everybody(securable, &name)?, name)))
        .collect();
    broad.sort();
    let is_minor = |(breadth, _): &(Breadth, Cow<'_, str>)| *breadth == Breadth::Sees;
    // What everybody may change or own is said without what they may read besides.
    let is_only_minor = broad.first().is_some_and(is_minor);
    if !(is_only_minor && is_of_production(it, securable)) {
        broad.retain(|one| !is_minor(one));
    }
    let some = match broad.is_empty() {
        true => Tri::any(hidden(&privileges)),
        false => Tri::Yes,
    };
    let worst = broad.first().map_or(Breadth::Owns, |(breadth, _)| *breadth);
    let names: Vec<&str> = broad.iter().map(|(_, name)| name.as_ref()).collect();
    let key = names.join(",");
    out.deny(everybody & some, it, &privileges, || message(&names, &privileges, &principal, it))
        .at(match worst {
            Breadth::Owns => Severity::Error,
            Breadth::Reads => Severity::Warning,
            Breadth::Sees => Severity::Note,
        })
        .key(&key)
        .help(|| "grant it to an account group of those who need it".to_owned());
}

/// Whether what is granted on is called production.
fn is_of_production(it: Res<'_>, securable: &'static str) -> bool {
    let named = it.get(securable);
    let name = named.text().map(str::to_owned);
    let name =
        name.or_else(|| securables::full_name(named.target(&["databricks_catalog"]).here()?));
    name.is_some_and(|name| names_production(&name))
}

/// Whether a principal is everybody.
fn is_everybody(principal: &View<'_>) -> Tri {
    let is_it = |name: &str| name.eq_ignore_ascii_case(EVERYBODY);
    principals::is_built_in_group(principal, is_it)
}

/// Whether a privilege that is not known may be a broad one.
fn hidden<'a>(privileges: &View<'a>) -> Vec<Tri> {
    let maybe = |view: &View<'a>| match view.val() {
        Val::Unknown(cause) => view.maybe(cause),
        _ => Tri::No,
    };
    let items: Vec<Tri> = privileges.items().map(|item| maybe(&item)).collect();
    items.into_iter().chain([maybe(privileges)]).collect()
}

fn message(names: &[&str], privileges: &View<'_>, principal: &View<'_>, it: Res<'_>) -> String {
    let what = match names {
        [] => "privileges known after apply".to_owned(),
        _ if privileges.has_sensitive() => "a sensitive privilege".to_owned(),
        names => names.join(" and "),
    };
    let on = securables::of_grant(it).map_or_else(String::new, |kind| {
        format!(" on {} {}", kind.replace('_', " "), it.get(kind).show())
    });
    format!("gives {} {what}{on}", principal.show())
}
