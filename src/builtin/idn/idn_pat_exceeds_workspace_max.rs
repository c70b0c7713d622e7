//! A token that the workspace does not allow.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::metastores::{self, Places, Spaces},
    estate::{Cell, Row, Rows},
    graph::{Res, Target, View},
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

/// A `databricks_workspace_conf`. Cells: `days`, `enabled`, `is-off` (an answer), and those of
/// [`Places::put_workspace`].
const CONF: &str = "conf";
/// A token. Cells: `seconds`, `over` (the settings of its plan by address which it exceeds, where a mask keeps
/// numbers out of rows), and those of [`Places::put_workspace`].
const TOKEN: &str = "token";

const SECONDS_A_DAY: i64 = 86_400;
const DAYS: &str = "maxTokenLifetimeDays";
const ENABLED: &str = "enableTokensConfig";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect_workspaces(cx, rows);
    let places = Places::default();
    for it in cx.of("databricks_workspace_conf") {
        conf(it, places.put_workspace(rows.add(CONF, it), it));
    }
    for it in ["databricks_token", "databricks_obo_token"].iter().flat_map(|kind| cx.of(kind)) {
        let seconds = it.get("lifetime_seconds");
        let row = rows.add(TOKEN, it).with("over", over(cx, &seconds)).with("seconds", seconds);
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
    let enabled = settings.member(ENABLED);
    row.with("days", settings.member(DAYS))
        .with("is-off", enabled.test_text(|text| text.eq_ignore_ascii_case("false")))
        .with("enabled", enabled);
}

/// The settings of a token's own plan that it exceeds, where its lifetime or theirs is masked.
fn over(cx: &PlanCx<'_>, seconds: &View<'_>) -> Cell {
    let is_over = |days: &View<'_>| {
        let is_masked = seconds.has_sensitive() || days.has_sensitive();
        let number = |view: &View<'_>| view.scalar()?.parse::<i64>().ok();
        is_masked && number(seconds).zip(number(days)).is_some_and(|(own, cap)| exceeds(own, cap))
    };
    let confs = cx.of("databricks_workspace_conf");
    let confs = confs.filter(|it| is_over(&it.get("custom_config").member(DAYS)));
    Cell::List(confs.map(|it| Cell::Known(it.address().to_owned())).collect())
}

/// A cap of no days is none.
fn exceeds(seconds: i64, days: i64) -> bool {
    days > 0 && seconds > days.saturating_mul(SECONDS_A_DAY)
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
    let (own, cap) = (token.cell("seconds"), conf.cell("days"));
    let is_hidden = |cell: &Cell| matches!(cell, Cell::Unknown(_) | Cell::Masked(_));
    let is_known = |cell: &Cell| matches!(cell, Cell::Known(_) | Cell::Masked(_));
    let is_over = match (seconds, days) {
        // No cap.
        (_, Some(..=0)) => Tri::No,
        (Some(seconds), Some(days)) => Tri::from(exceeds(seconds, days)),
        _ if token.unit == conf.unit && is_known(own) && is_known(cap) => {
            let address = Cell::Known(conf.address.clone());
            Tri::from(matches!(token.cell("over"), Cell::List(all) if all.contains(&address)))
        }
        (Some(1..), None) if is_hidden(cap) => Tri::Maybe,
        (None, Some(_)) if is_hidden(own) => Tri::Maybe,
        (None, None) if is_known(own) && is_known(cap) => Tri::Maybe,
        _ => Tri::No,
    };
    // The cap is for those that are made, not for those that are there.
    out.deny(is_over & token.actions.create.into(), token, "lifetime_seconds", || {
        let (seconds, days) = (own.show(), cap.show());
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
    out.deny(conf.tri("is-off"), token, (), || {
        format!("is made in a workspace where tokens are off, by {}", conf.address)
    })
    .key_of(conf)
    .help(|| "use OAuth, or let the workspace have tokens".to_owned())
    .related_at(conf, "custom_config", || {
        format!("sets enableTokensConfig to {}", conf.cell("enabled").show())
    });
}
