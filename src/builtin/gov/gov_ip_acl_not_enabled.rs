//! IP access lists of a workspace that does not look at them.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        depends_on,
        ip_access_lists::{self, TYPE},
        states, workspace_conf,
        workspaces::{self, Workspaces},
    },
    estate::{Cell, Row, Rows},
    facts::workspace_conf::IP_ACCESS_LISTS,
    graph::{Cause, Res},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_ip_access_list` of a workspace
    ///
    /// - whose `databricks_workspace_conf` sets `enableIpAccessLists` to `false`: an error;
    /// - that is created in the run which switches `enableIpAccessLists` on, and does not wait for it: a
    ///   warning;
    /// - for which no plan of the run sets the key: a possible note.
    ///
    /// ## Why is this bad?
    /// Lists work only while the key is on: without it the API refuses them, or they keep nobody out.
    /// Terraform creates what does not depend on one another in any order, at the same time.
    /// Source: [databricks_ip_access_list](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/ip_access_list),
    /// whose example depends on the key; databricks/terraform-provider-databricks#489.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_workspace_conf" "this" {
    ///   custom_config = {
    ///     enableIpAccessLists = true
    ///   }
    /// }
    ///
    /// resource "databricks_ip_access_list" "office" {
    ///   label        = "office"
    ///   list_type    = "ALLOW"
    ///   ip_addresses = ["198.51.100.0/24"]
    ///   depends_on   = [databricks_workspace_conf.this]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A key that somebody switched on by hand, or in a plan that is not part of the run. Which workspace
    /// a provider speaks to that is set by the environment, beyond its own plan.
    pub static RULE = {
        id: "gov-ip-acl-not-enabled",
        summary: "IP access list of a workspace that has them switched off",
        severity: Error,
        also: [
            (Warning, "the list does not wait for the key that switches lists on"),
            (Note, "nothing in the run sets the key"),
        ],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_ip_access_list"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A list that this run creates. Cells: `waits`, pairs of the address of a conf that switches lists on in
/// this run, and whether the list waits for it.
const NEW: &str = "new-list";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    workspaces::collect(cx, rows);
    workspace_conf::collect(cx, rows);
    ip_access_lists::collect(cx, rows);
    let switching: Vec<Res<'_>> =
        cx.of("databricks_workspace_conf").filter(|it| switches_on(*it)).collect();
    for it in cx.of(TYPE).filter(|it| it.is_created() && !switching.is_empty()) {
        let waits = switching.iter().map(|conf| {
            Cell::List(vec![
                Cell::Known(conf.address().to_owned()),
                Cell::Answer(it.is_after(*conf)),
            ])
        });
        rows.add(NEW, it).with("waits", Cell::List(waits.collect()));
    }
}

fn switches_on(conf: Res<'_>) -> bool {
    let was_on = conf.existed() && workspace_conf::was_on(conf, IP_ACCESS_LISTS) != Tri::No;
    workspace_conf::is_on_after(conf, IP_ACCESS_LISTS) != Tri::No && !was_on
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let workspaces = Workspaces::of(cx, &[workspace_conf::KIND, ip_access_lists::KIND]);
    let confs = workspaces.group(states::without_repeated(cx.of(workspace_conf::KIND)));
    let news: BTreeMap<(&str, &str), &Row> =
        cx.of(NEW).map(|row| ((row.unit.as_str(), row.address.as_str()), row)).collect();
    for (at, lists) in workspaces.group(states::without_repeated(cx.of(ip_access_lists::KIND))) {
        let own = confs.get(&at).map(Vec::as_slice).unwrap_or_default();
        let switches: Vec<(&Row, Tri)> = own
            .iter()
            .filter_map(|row| Some((*row, workspace_conf::switch(row, IP_ACCESS_LISTS)?)))
            .collect();
        for list in lists {
            let enabled = list.tri("enabled");
            if switches.is_empty() {
                note_unset(cx, list, enabled, out);
                continue;
            }
            let is_off = Tri::agree(switches.iter().map(|(_, on)| !*on));
            let mut draft = out
                .deny(enabled & is_off, list, "enabled", || {
                    format!(
                        "IP access list {}, but {IP_ACCESS_LISTS} of the workspace is false",
                        label(list)
                    )
                })
                .help(|| format!("set {IP_ACCESS_LISTS} to true, and let the list wait for it"));
            for (conf, _) in &switches {
                draft =
                    draft.related_at(*conf, "custom_config", || format!("sets {IP_ACCESS_LISTS}"));
            }
            let new = news.get(&(list.unit.as_str(), list.address.as_str()));
            for (conf, on) in switches.iter().filter(|(conf, _)| conf.unit == list.unit) {
                let is_early = new.map_or(Tri::No, |new| !waits(new, conf));
                out.deny(enabled & *on & is_early, list, "depends_on", || {
                    format!("IP access list {} does not wait for {IP_ACCESS_LISTS}, which this run switches on", label(list))
                })
                .at(Severity::Warning)
                .key_of(*conf)
                .help(|| depends_on::let_wait(&list.address, [conf.address.as_str()]))
                .related_at(*conf, "custom_config", || format!("switches {IP_ACCESS_LISTS} on"));
            }
        }
    }
}

/// Whether a list waits for a conf, as far as this run switches lists on there.
fn waits(new: &Row, conf: &Row) -> Tri {
    let Cell::List(pairs) = new.cell("waits") else { return Tri::Yes };
    let answer = pairs.iter().find_map(|pair| match pair {
        Cell::List(pair) => match pair.as_slice() {
            [Cell::Known(address), Cell::Answer(waits)] if *address == conf.address => Some(*waits),
            _ => None,
        },
        _ => None,
    });
    answer.unwrap_or(Tri::Yes)
}

fn note_unset(cx: &EstateCx<'_>, list: &Row, enabled: Tri, out: &mut Findings<'_>) {
    let cause =
        if cx.may_lack("databricks_workspace_conf") { Cause::Incomplete } else { Cause::NotInRun };
    if enabled != Tri::No {
        out.blind(cause, list);
    }
    out.deny(enabled & Tri::Maybe, list, (), || {
        format!(
            "IP access list {}, and nothing in the run sets {IP_ACCESS_LISTS} of the workspace",
            label(list)
        )
    })
    .at(Severity::Note)
    .help(|| {
        format!(
            "set {IP_ACCESS_LISTS} in a databricks_workspace_conf, unless that is done elsewhere"
        )
    });
}

fn label(list: &Row) -> &str {
    list.cell("label").show()
}
