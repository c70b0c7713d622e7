//! A grant to a group that only a workspace knows.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        principals::{self, Level, Principals},
        provider,
        workspaces::{self, Places, Workspaces},
    },
    estate::{Cell, Row, Rows},
    facts::{
        principals::{identities, is_local},
        securables::OWNED,
    },
    graph::{Cause, Res, Val, View},
    lint::{At, Check, EstateCx, Findings, PlanCx},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds grants to, and owners of Unity Catalog objects that are, a `databricks_group` made through a
    /// workspace's provider, or one of the groups `admins` and `users` that every workspace has.
    ///
    /// ## Why is this bad?
    /// Unity Catalog knows the principals of the account only. A group that lives in a workspace is not
    /// among them: the apply fails with "Could not find principal with name …".
    /// Source: databricks/terraform-provider-databricks#4680, #5045, #5413;
    /// [Groups](https://docs.databricks.com/aws/en/admin/users-groups/groups), "workspace-local groups".
    ///
    /// ## How to fix it
    /// Make the group in the account, and assign it to the workspace:
    ///
    /// ```terraform
    /// resource "databricks_group" "engineers" {
    ///   provider     = databricks.account
    ///   display_name = "data-engineers"
    /// }
    ///
    /// resource "databricks_mws_permission_assignment" "engineers" {
    ///   provider     = databricks.account
    ///   workspace_id = databricks_mws_workspaces.this.workspace_id
    ///   principal_id = databricks_group.engineers.id
    ///   permissions  = ["USER"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Groups that no plan of the run has, and whether the account has one of the same name, which would
    /// be taken then; where a plan of the run makes or reads one there, the rule is silent. Where texts name a
    /// group that another plan makes in the same workspace, there is one possible finding for all of a plan that
    /// are sent through one provider. To whom a provider speaks whose host comes from the environment, a group
    /// made through it included. Users and service principals that are made through a workspace are in the
    /// account as well, so a grant to one is not wrong.
    pub static RULE = {
        id: "uc-grant-local-principal",
        summary: "grant to a group that only a workspace knows",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: [
            "databricks_grants",
            "databricks_grant",
            "databricks_ai_gateway_mcp_service",
            "databricks_ai_gateway_model_provider_service",
            "databricks_ai_gateway_model_service",
            "databricks_catalog",
            "databricks_connection",
            "databricks_credential",
            "databricks_external_location",
            "databricks_external_metadata",
            "databricks_metastore",
            "databricks_metastore_data_access",
            "databricks_recipient",
            "databricks_registered_model",
            "databricks_schema",
            "databricks_secret_uc",
            "databricks_share",
            "databricks_sql_table",
            "databricks_storage_credential",
            "databricks_table",
            "databricks_volume",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A group that is none of one workspace for certain: the account may know its name. Cells:
/// `name` (in lower case), `account` (the id of its account, where the provider block says it).
const KNOWN: &str = "known";
/// A group of a workspace. Cells: `name` (in lower case), and those of [`Places::put`].
const LOCAL: &str = "local";
/// What names somebody by a text, who is nobody of its own plan. Cells: `name` (in lower case), `attribute`,
/// `written`, `shown`, and those of [`Places::put`].
const TEXT: &str = "text";
/// What names a group that the account does not know, as far as its plan tells. Cells: `attribute`,
/// `written`, `key`, `shown` (the name); for a group of the plan `name` (in lower case), `account` (its
/// id), `group` (its address), `is-unknown` (an answer).
const NAMING: &str = "naming";

/// What names a principal of which its plan does not show who it is. Cell: `name`.
const OPEN: &str = "open";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    workspaces::collect(cx, rows);
    let principals = Principals::of(cx);
    let places = Places::default();
    for group in cx.of("databricks_group").filter(is_of_workspace) {
        let row = rows.add(LOCAL, group).with("name", lower(&group.get("display_name")));
        places.put(row, group);
    }
    let mut texts: BTreeMap<_, (Res<'_>, View<'_>)> = BTreeMap::new();
    for (it, view) in named(cx) {
        view.note_unknown();
        if view.text().is_some_and(is_local) {
            naming(NAMING, it, &view, rows).with("key", &view);
        } else if let Some(group) = local_group(&view, &principals) {
            naming(NAMING, it, &view, rows)
                .with("name", lower(&group.get("display_name")))
                .with("account", account_of(group))
                .with("group", Cell::Known(group.address().to_owned()))
                .with("is-unknown", is_unknown(it, group, &principals));
        } else if let Some(name) = view.text() {
            // One finding for all that say it alike is enough: for the first by address.
            if principals.named(name).is_empty() {
                let first = texts.entry((provider::key(it), name.to_lowercase()));
                let first = first.or_insert_with(|| (it, view.clone()));
                if it.address() < first.0.address() {
                    *first = (it, view);
                }
            }
        } else if let Val::Unknown(cause) = view.val() {
            rows.add(OPEN, it).with("name", Cell::Unknown(cause));
        }
    }
    for (it, view) in texts.into_values() {
        places.put(naming(TEXT, it, &view, rows).with("name", lower(&view)), it);
    }
    for (kind, identity) in identities().filter(|(_, identity)| identity.word == "group") {
        for it in cx.of(kind).chain(cx.data(kind)).filter(|it| !is_of_workspace(it)) {
            let row = rows.add(KNOWN, it);
            row.with("name", lower(&it.get(identity.name))).with("account", account_of(it));
        }
    }
}

/// What names principals to Unity Catalog.
fn named<'a>(cx: &PlanCx<'a>) -> Vec<(Res<'a>, View<'a>)> {
    let mut all: Vec<(Res<'a>, View<'a>)> = Vec::new();
    for it in cx.of("databricks_grants") {
        all.extend(it.get("grant").items().map(|grant| (it, grant.get("principal"))));
    }
    all.extend(cx.of("databricks_grant").map(|it| (it, it.get("principal"))));
    let owners = OWNED.iter().flat_map(|kind| cx.of(kind)).map(|it| (it, it.get("owner")));
    // What a state shows and nobody wrote is there already.
    all.extend(owners.filter(|(_, owner)| owner.is_written() != Tri::No));
    all
}

fn naming<'r>(kind: &'static str, it: Res<'_>, view: &View<'_>, rows: &'r mut Rows) -> &'r mut Row {
    rows.add(kind, it)
        .with("attribute", Cell::Known(view.attribute()))
        .with("written", view.written_attribute().map_or(Cell::Unset, Cell::Known))
        .with("shown", Cell::Known(view.show().to_string()))
}

fn lower(view: &View<'_>) -> Cell {
    match Cell::from(view) {
        Cell::Known(name) => Cell::Known(name.to_lowercase()),
        cell => cell,
    }
}

fn account_of(it: Res<'_>) -> Cell {
    provider::account_id(it).map_or(Cell::Unset, Cell::Known)
}

/// Whether nothing of its own plan may be the group of the account that a name means instead.
fn is_unknown(it: Res<'_>, group: Res<'_>, principals: &Principals<'_>) -> Tri {
    // The group of the account may be what this plan leaves out.
    let scope = it.scope();
    let may_lack = ["databricks_group", "data.databricks_group"].map(|kind| scope.may_lack(kind));
    // Or one whose name is not known yet.
    let mut unnamed = principals.unnamed().iter().filter(|it| it.type_() == group.type_());
    let may_be = unnamed.any(|it| *it != group && principals::level(*it) != Some(Level::Workspace));
    match (may_lack.contains(&true), may_be) {
        (true, _) => it.maybe(Cause::Incomplete, 0),
        (_, true) => it.maybe(Cause::Apply, 1),
        _ => Tri::Yes,
    }
}

/// The group that a value names, where it lives in a workspace for certain.
fn local_group<'a>(view: &View<'a>, principals: &Principals<'a>) -> Option<Res<'a>> {
    let meant = principals.meant(view);
    let group = meant.first().copied().filter(is_of_workspace)?;
    let namesakes = group.get("display_name").text().map(|name| principals.named(name));
    // One of the account, or one of which that is not known, may have the name as well.
    namesakes.unwrap_or_default().iter().all(is_of_workspace).then_some(group)
}

fn is_of_workspace(it: &Res<'_>) -> bool {
    it.type_() == "databricks_group"
        && it.mode() == Mode::Managed
        && principals::level(*it) == Some(Level::Workspace)
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let mut known: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in cx.of(KNOWN) {
        if let Some(name) = row.text("name") {
            known.entry(name).or_default().push(row);
        }
    }
    let groups: BTreeMap<(&str, &str), &Row> =
        cx.of(LOCAL).map(|row| ((row.unit.as_str(), row.address.as_str()), row)).collect();
    for row in cx.of(OPEN) {
        if let Cell::Unknown(cause) = row.cell("name") {
            out.blind(*cause, row);
        }
    }
    for row in cx.of(NAMING) {
        let Some(address) = row.text("group") else {
            built_in(row, out);
            continue;
        };
        let namesakes = row.text("name").and_then(|name| known.get(name));
        // Another unit makes or reads the group that is meant, in the account or nobody knows where.
        if namesakes.is_some_and(|all| all.iter().any(|other| may_share_account(row, other))) {
            out.pass(row);
        } else if let Some(group) = groups.get(&(row.unit.as_str(), address)) {
            of_workspace(row, group, out);
        }
    }
    for (row, group) in by_text(cx, &known) {
        out.blind(Cause::NotInRun, row);
        out.deny(Tri::Maybe, row, place(row), || {
            let shown = row.cell("shown").show();
            format!("names {shown}, as a group of this workspace is called, which Unity Catalog does not know")
        })
        .key_of(group)
        .help(|| "make the group through a provider on the account".to_owned())
        .related(group, || "made through the provider of the workspace".to_owned());
    }
}

/// What names a group by a text that another unit makes in the same workspace, each with that group. The
/// account may have one of the name, too.
fn by_text<'a>(cx: &EstateCx<'a>, known: &BTreeMap<&str, Vec<&Row>>) -> Vec<(&'a Row, &'a Row)> {
    let mut groups: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for group in cx.of(LOCAL) {
        groups.entry(group.text("name").unwrap_or_default()).or_default().push(group);
    }
    if groups.is_empty() {
        return Vec::new();
    }
    let workspaces = Workspaces::of(cx, &[LOCAL, TEXT]);
    let group_of = |row: &&'a Row| {
        let name = row.text("name").filter(|name| !known.contains_key(name))?;
        let at = workspaces.of_row(row)?;
        let mut namesakes = groups.get(name)?.iter();
        namesakes.find(|group| workspaces.of_row(group) == Some(at)).copied()
    };
    cx.of(TEXT).filter_map(|row| Some((row, group_of(&row)?))).collect()
}

/// Whether nothing shows that two rows are of two accounts.
fn may_share_account(row: &Row, other: &Row) -> bool {
    match (row.text("account"), other.text("account")) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => true,
    }
}

fn place(row: &Row) -> At {
    let attribute = row.text("attribute").map(str::to_owned);
    At::from(attribute).written(row.text("written").map(str::to_owned))
}

fn built_in(row: &Row, out: &mut Findings<'_>) {
    out.deny(Tri::Yes, row, place(row), || {
        let shown = row.cell("shown").show();
        format!(
            "names {shown}, a group that each workspace has by itself and the account does not know"
        )
    })
    .key(row.text("key").unwrap_or_default())
    .help(|| "name a group of the account".to_owned());
}

fn of_workspace(row: &Row, group: &Row, out: &mut Findings<'_>) {
    out.deny(row.tri("is-unknown"), row, place(row), || {
        format!(
            "names {}, a group of a workspace, which Unity Catalog does not know",
            group.address
        )
    })
    .key_of(group)
    .help(|| "make the group through a provider on the account".to_owned())
    .related(group, || "made through the provider of a workspace".to_owned());
}
