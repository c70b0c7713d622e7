//! A setting that there is only one of, managed twice.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        account,
        let_go::let_go,
        masks::{self, Masks},
        metastores::{self, Places, Space, Spaces},
        states,
    },
    estate::{Cell, Row, Rows},
    facts::singletons::{Of, SINGLETONS},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two or more resources for a setting of which a workspace, a metastore or the account has only
    /// one, in one plan or in several plans of the run: settings of the workspace, the allow list of one kind
    /// of artifact, one system schema.
    ///
    /// ## Why is this bad?
    /// Each resource writes the whole setting. What holds hangs on which was applied last, every plan shows a
    /// change or an etag that does not fit, and destroying one resets what the other one set.
    /// Source: [databricks_artifact_allowlist](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/artifact_allowlist);
    /// `settings/generic_setting.go` of databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// Keep one resource, in one state. A module that is called several times for one workspace must not hold
    /// such a setting. Let the other one go without destroying it:
    ///
    /// ```terraform
    /// removed {
    ///   from = databricks_default_namespace_setting.duplicate
    ///   lifecycle {
    ///     destroy = false
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Resources in plans that are not part of the run. Which workspace a provider speaks to that is set by
    /// the environment, beyond its own plan. What belongs to a metastore is compared through two workspaces
    /// only where the run shows that both have the same one.
    pub static RULE = {
        id: "gov-singleton-duplicate",
        summary: "a setting that there is only one of is managed twice",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: [
            "databricks_aibi_dashboard_embedding_access_policy_setting",
            "databricks_aibi_dashboard_embedding_approved_domains_setting",
            "databricks_artifact_allowlist",
            "databricks_automatic_cluster_update_workspace_setting",
            "databricks_compliance_security_profile_workspace_setting",
            "databricks_default_namespace_setting",
            "databricks_disable_legacy_access_setting",
            "databricks_disable_legacy_dbfs_setting",
            "databricks_disable_legacy_features_setting",
            "databricks_enhanced_security_monitoring_workspace_setting",
            "databricks_restrict_workspace_admins_setting",
            "databricks_sql_global_config",
            "databricks_system_schema",
        ],
        since: "0.1.0",
        no_unknown: "where a setting belongs, and which it is, is known or not asked",
        check: Check::Estate { collect, judge },
    }
}

const KIND: &str = "singleton";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    let places = Places::default();
    for (type_, of) in SINGLETONS {
        for it in cx.of(type_).filter(|it| it.deposed().is_none()) {
            let row = rows.add(KIND, it).with("type", Cell::Known((*type_).to_owned()));
            places.put(row, it, "metastore_id");
            match of {
                Of::Workspace => row.with("of", Cell::Known("workspace".to_owned())),
                Of::Metastore(key) => row.with("key", it.get(key)),
                Of::Account => {
                    // A state does not tell which settings share a provider.
                    let is_told = it.block().is_some();
                    row.with("account", if is_told { account::of(it) } else { Cell::Unset })
                }
            };
        }
    }
}

/// What has one of a type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner<'a> {
    Workspace(usize),
    /// By the value that tells several of one metastore apart.
    Metastore(Space, &'a str),
    Account(&'a str),
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let spaces = Spaces::of(cx, &[KIND]);
    let masks = Masks::of(cx.of(KIND).map(|row| row.cell("key")));
    let mut groups: BTreeMap<(&str, Owner<'_>), Vec<&Row>> = BTreeMap::new();
    for row in states::without_repeated(cx.of(KIND)) {
        let Some(type_) = row.text("type") else { continue };
        match owner(&spaces, &masks, row) {
            Some(owner) => groups.entry((type_, owner)).or_default().push(row),
            None => out.blind(Cause::NotInRun, row),
        }
    }
    for ((type_, owner), rows) in groups.into_iter().filter(|(_, rows)| rows.len() > 1) {
        let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
        out.deny_group(Tri::Yes, members, attribute(type_), "manages the same setting", |_| {
            let count = rows.len();
            match &owner {
                Owner::Workspace(_) => {
                    format!("{count} {type_} manage the one setting of a workspace")
                }
                Owner::Account(_) => {
                    format!("{count} {type_} manage the one setting of the account")
                }
                Owner::Metastore(..) => {
                    let key = masks::shown(rows.iter().map(|row| row.cell("key")));
                    format!("{count} {type_} manage {key} of one metastore")
                }
            }
        })
        .help(|| format!("keep one of them, and {}", let_go(&rows)));
    }
}

fn owner<'a>(spaces: &Spaces<'_>, masks: &Masks<'a>, row: &'a Row) -> Option<Owner<'a>> {
    if let Some(account) = row.text("account") {
        return Some(Owner::Account(account));
    }
    if row.text("of").is_some() {
        return spaces.workspace(row).map(Owner::Workspace);
    }
    Some(Owner::Metastore(spaces.space(row)?, masks.key(row.cell("key"))?))
}

/// The argument that tells several apart.
fn attribute(type_: &str) -> Option<String> {
    SINGLETONS.iter().find_map(|(kind, of)| match of {
        Of::Metastore(key) if *kind == type_ => Some((*key).to_owned()),
        _ => None,
    })
}
