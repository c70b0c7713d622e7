//! A token that the workspace does not allow.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::metastores::{self, Places, Spaces},
    estate::{Cell, Row, Rows},
    graph::{Res, Target},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_token` or `databricks_obo_token` that is created with a longer lifetime than the
    /// `maxTokenLifetimeDays` in the `databricks_workspace_conf` of its workspace, and any token, that of a
    /// `databricks_mws_workspaces` included, where `enableTokensConfig` is `false`. Both may stand in
    /// different plans of the run.
    ///
    /// ## Why is this bad?
    /// The workspace refuses to make a token that lives longer than it allows, so the apply fails. Where
    /// tokens are off none can be made, and those that are there do not work.
    /// Source: [databricks_workspace_conf](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/workspace_conf);
    /// [Manage personal access tokens](https://docs.databricks.com/aws/en/admin/access-control/tokens).
    ///
    /// ## How to fix it
    /// Shorten the token, or raise the cap:
    ///
    /// ```terraform
    /// resource "databricks_workspace_conf" "this" {
    ///   custom_config = {
    ///     maxTokenLifetimeDays = "30"
    ///   }
    /// }
    ///
    /// resource "databricks_token" "ci" {
    ///   comment          = "ci"
    ///   lifetime_seconds = 2592000
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Settings of the workspace that no plan of the run has, and maps of settings of which one value is
    /// known only after the apply: a plan does not show the others then. Workspaces whose provider takes
    /// its host from the environment are taken for one only within one provider block. A token without a
    /// lifetime gets the longest that the workspace allows.
    pub static RULE = {
        id: "idn-pat-exceeds-workspace-max",
        summary: "token that the workspace does not allow",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_token", "databricks_obo_token", "databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A `databricks_workspace_conf`. Cells: `days`, `enabled`, and those of [`Places::put_workspace`].
const CONF: &str = "conf";
/// A token. Cells: `seconds`, and those of [`Places::put_workspace`].
const TOKEN: &str = "token";

const SECONDS_A_DAY: i64 = 86_400;

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect_workspaces(cx, rows);
    let places = Places::default();
    for it in cx.of("databricks_workspace_conf") {
        conf(it, places.put_workspace(rows.add(CONF, it), it));
    }
    for it in ["databricks_token", "databricks_obo_token"].iter().flat_map(|kind| cx.of(kind)) {
        let row = rows.add(TOKEN, it).with("seconds", it.get("lifetime_seconds"));
        places.put_workspace(row, it);
    }
    for it in
        cx.of("databricks_mws_workspaces").filter(|it| it.get("token").items().next().is_some())
    {
        rows.add(TOKEN, it).with("workspace", Target::Here(it));
    }
}

fn conf(it: Res<'_>, row: &mut Row) {
    let settings = it.get("custom_config");
    if settings.known().is_none() {
        return settings.note_unknown();
    }
    row.with("days", settings.member("maxTokenLifetimeDays"))
        .with("enabled", settings.member("enableTokensConfig"));
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let spaces = Spaces::of(cx, &[CONF, TOKEN]);
    let mut confs: BTreeMap<usize, Vec<&Row>> = BTreeMap::new();
    for row in cx.of(CONF) {
        if let Some(workspace) = spaces.workspace(row) {
            confs.entry(workspace).or_default().push(row);
        }
    }
    for token in cx.of(TOKEN) {
        let found = spaces.workspace(token).and_then(|workspace| confs.get(&workspace));
        for conf in found.into_iter().flatten() {
            too_long(token, conf, out);
            switched_off(token, conf, out);
        }
    }
}

fn too_long(token: &Row, conf: &Row, out: &mut Findings<'_>) {
    let number = |row: &Row, cell| row.text(cell).and_then(|text| text.parse::<i64>().ok());
    let (seconds, days) = (number(token, "seconds"), number(conf, "days"));
    let is_hidden = |cell: &Cell| matches!(cell, Cell::Unknown(_) | Cell::Masked(_));
    let exceeds = match (seconds, days) {
        // No cap.
        (_, Some(..=0)) => Tri::No,
        (Some(seconds), Some(days)) => Tri::from(seconds > days.saturating_mul(SECONDS_A_DAY)),
        (Some(1..), None) if is_hidden(conf.cell("days")) => Tri::Maybe,
        (None, Some(_)) if is_hidden(token.cell("seconds")) => Tri::Maybe,
        _ => Tri::No,
    };
    // The cap is for those that are made, not for those that are there.
    out.deny(exceeds & token.actions.create.into(), token, "lifetime_seconds", || {
        let (seconds, days) = (token.cell("seconds").show(), conf.cell("days").show());
        format!("lives for {seconds} seconds, but the workspace allows {days} days")
    })
    .key_of(conf)
    .help(|| match days {
        Some(days) => {
            format!("set `lifetime_seconds` to {} or less", days.saturating_mul(SECONDS_A_DAY))
        }
        None => "shorten the token, or raise the cap".to_owned(),
    })
    .related_at(conf, "custom_config", || {
        format!("sets maxTokenLifetimeDays to {}", conf.cell("days").show())
    });
}

fn switched_off(token: &Row, conf: &Row, out: &mut Findings<'_>) {
    let is_off = match conf.cell("enabled") {
        Cell::Known(text) => Tri::from(text.eq_ignore_ascii_case("false")),
        Cell::Unknown(_) | Cell::Masked(_) => Tri::Maybe,
        _ => Tri::No,
    };
    out.deny(is_off, token, (), || {
        format!("is made in a workspace where tokens are off, by {}", conf.address)
    })
    .key_of(conf)
    .help(|| "use OAuth, or let the workspace have tokens".to_owned())
    .related_at(conf, "custom_config", || {
        format!("sets enableTokensConfig to {}", conf.cell("enabled").show())
    });
}
