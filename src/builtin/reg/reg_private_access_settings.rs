//! Private access settings of another region.

use crate::{
    builtin::shared::{account, regions},
    estate::{Links, Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` whose private access settings are of another region, and
    /// workspaces of several regions that share settings whose own region no plan tells. Workspaces and
    /// settings may stand in different plans.
    ///
    /// ## Why is this bad?
    /// A workspace can use private access settings of its own region only. To Terraform the id is only
    /// a text: the plan succeeds and the workspace fails to be created.
    /// Source: [Private access settings](https://docs.databricks.com/api/account/privateaccess/create),
    /// "Only workspaces in the same AWS region can use the same private access settings object".
    ///
    /// ## How to fix it
    /// Make one object for each region:
    ///
    /// ```hcl
    /// resource "databricks_mws_private_access_settings" "this" {
    ///   private_access_settings_name = "acme-${var.region}"
    ///   region                       = var.region
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The region of settings that are in no plan of the run, or that is known only after the apply: they are
    /// only held against the workspaces that share them; for a single one the finding is possible.
    pub static RULE = {
        id: "reg-private-access-settings",
        summary: "private access settings of another region",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let groups = links.naming(account::WORKSPACE, "access").sharing();
    let told: Vec<&[&Row]> = groups
        .iter()
        .map(Vec::as_slice)
        .filter(|group| judge_shared(cx, &links, group, out))
        .collect();
    let is_told = |row: &&Row| told.iter().any(|group| group.iter().any(|it| it.is(row)));
    for workspace in cx.of(account::WORKSPACE).filter(|row| !is_told(row)) {
        let region = workspace.cell("region");
        let (tri, cause) = links.at_odds((workspace, "access"), account::ACCESS, |settings| {
            regions::differ(region, settings.cell("region"))
        });
        if let Some(cause) = cause {
            out.blind(cause, workspace);
        }
        let found = links.to(workspace, "access", account::ACCESS);
        let theirs = found.first().map_or("another region", |(it, _)| region_of(it));
        let mut draft = out
            .deny(tri, workspace, "private_access_settings_id", || {
                let ours = regions::shown(region);
                format!("lies in {ours}, but its private access settings are of {theirs}")
            })
            .help(|| "attach private access settings of the workspace's own region".to_owned());
        for (it, _) in found {
            draft =
                draft.related_at(it, "region", || format!("the settings, of {}", region_of(it)));
        }
    }
}

/// Settings whose own region no plan tells, used in several: whichever they are of, one is wrong. Whether it
/// is so.
fn judge_shared(
    cx: &EstateCx<'_>,
    links: &Links<'_>,
    group: &[&Row],
    out: &mut Findings<'_>,
) -> bool {
    let settings = links.rows(account::ACCESS).get(&Named::of(group[0], "access"));
    let mut regions: Vec<&str> = group.iter().filter_map(|row| row.text("region")).collect();
    regions.sort_unstable();
    regions.dedup();
    let is_of_known = settings.iter().any(|(row, _)| row.text("region").is_some());
    if is_of_known || regions.len() < 2 {
        return false;
    }
    let is_whole = !settings.is_empty() || !cx.may_lack("databricks_mws_private_access_settings");
    let tri = Tri::from(is_whole) | Tri::Maybe;
    let members: Vec<Subject> = group.iter().copied().map(Subject::from).collect();
    out.deny_group(tri, members, "private_access_settings_id", "shares the settings", |_| {
        format!(
            "workspaces in {} share one object of private access settings",
            regions.join(" and ")
        )
    })
    .help(|| "attach private access settings of its own region to each workspace".to_owned());
    true
}

fn region_of(settings: &Row) -> &str {
    regions::shown(settings.cell("region"))
}
