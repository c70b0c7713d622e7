//! IP access lists that keep out the machine that runs Terraform.

use crate::{
    aws::Range,
    builtin::shared::{
        ip_access_lists::{self, ENTRIES, Effect},
        states, workspace_conf,
        workspaces::{self, Workspaces},
    },
    estate::{Row, Rows},
    facts::workspace_conf::IP_ACCESS_LISTS,
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds addresses of the machines that run Terraform which no enabled allow list of a workspace
    /// holds, or which an enabled block list holds. The addresses stand in the settings; without them the
    /// rule is silent:
    ///
    /// ```toml
    /// [rules.gov-ip-acl-lockout]
    /// deployer_cidrs = ["203.0.113.7/32"]
    /// ```
    ///
    /// ## Why is this bad?
    /// The API refuses a list that would keep its own caller out ("Your current IP … will not be allowed to
    /// access the workspace"), so the apply fails; and a list that is applied from elsewhere locks the
    /// pipeline out for good.
    /// Source: [databricks/terraform-provider-databricks#489](https://github.com/databricks/terraform-provider-databricks/issues/489);
    /// MicrosoftDocs/azure-docs#106727.
    ///
    /// ## How to fix it
    /// Add the address of the machine to an allow list, and take it out of block lists, before anything
    /// else:
    ///
    /// ```terraform
    /// resource "databricks_ip_access_list" "pipeline" {
    ///   label        = "pipeline"
    ///   list_type    = "ALLOW"
    ///   ip_addresses = ["203.0.113.7"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Lists of the workspace that no plan of the run has. Addresses that are known only after the apply
    /// make the finding possible. A workspace whose `enableIpAccessLists` is `false` in the run lets
    /// everybody in.
    pub static RULE = {
        id: "gov-ip-acl-lockout",
        summary: "IP access lists keep out the machine that runs Terraform",
        severity: Error,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_ip_access_list"],
        since: "0.1.0",
        params: [(
            "deployer_cidrs",
            Texts(&[]),
            "Addresses and ranges from which Terraform is run"
        )],
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    workspaces::collect(cx, rows);
    workspace_conf::collect(cx, rows);
    ip_access_lists::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let runners = cx.params().texts("deployer_cidrs");
    let workspaces = Workspaces::of(cx, &[workspace_conf::KIND, ip_access_lists::KIND]);
    let confs = workspaces.group(cx.of(workspace_conf::KIND));
    let lists = states::without_repeated(cx.of(ip_access_lists::KIND));
    for (at, lists) in workspaces.group(lists) {
        let own = confs.get(&at).map(Vec::as_slice).unwrap_or_default();
        let switches = own.iter().filter_map(|row| workspace_conf::switch(row, IP_ACCESS_LISTS));
        let is_off = Tri::any(switches.map(|on| !on));
        for runner in &runners {
            let range = ip_access_lists::read(runner);
            shut_out(!is_off, &lists, runner, range, out);
            for list in &lists {
                let is_hit = Tri::from(blocks(list, range)) | list.tri("open");
                let tri = !is_off & ip_access_lists::has(list, Effect::Block) & is_hit;
                out.deny(tri, *list, ENTRIES, || {
                    format!(
                        "block list {} keeps out {runner}, from which Terraform is run",
                        label(list)
                    )
                })
                .key(runner)
                .help(|| "take the address out of the list".to_owned());
            }
        }
    }
}

/// Reports allow lists which together do not hold a runner.
fn shut_out(
    in_force: Tri,
    lists: &[&Row],
    runner: &str,
    range: Option<Range>,
    out: &mut Findings<'_>,
) {
    let allow = |list: &Row| ip_access_lists::has(list, Effect::Allow);
    let any = Tri::any(lists.iter().map(|list| allow(list)));
    let held = |least: Tri| {
        let seen = lists.iter().filter(|list| allow(list) >= least);
        let ranges: Vec<Range> = seen
            .flat_map(|list| ip_access_lists::entries(list))
            .filter_map(ip_access_lists::read)
            .collect();
        range.is_some_and(|range| Range::cover_together(&ranges, range))
    };
    let may_hold =
        held(Tri::Maybe) || lists.iter().any(|list| (allow(list) & list.tri("open")) != Tri::No);
    let is_held = if held(Tri::Yes) { Tri::Yes } else { Tri::from(may_hold) & Tri::Maybe };
    let members: Vec<&&Row> = lists.iter().filter(|list| allow(list) != Tri::No).collect();
    let subjects: Vec<Subject> = members.iter().map(|list| Subject::from(**list)).collect();
    out.deny_group(
        in_force & any & !is_held,
        subjects,
        ENTRIES,
        "another allow list of the workspace",
        |_| {
            let labels: Vec<&str> = members.iter().map(|list| label(list)).collect();
            let range = if range.is_some() { "" } else { ", which is no address and no range," };
            format!(
                "{runner}{range} is in no allow list ({}), and Terraform is run from there",
                labels.join(", ")
            )
        },
    )
    .key(runner)
    .help(|| format!("add {runner} to an allow list before the others are applied"));
}

fn blocks(list: &Row, range: Option<Range>) -> bool {
    let overlaps = |entry: &str| {
        let entry = ip_access_lists::read(entry);
        entry.zip(range).is_some_and(|(entry, range)| entry.overlaps(range))
    };
    ip_access_lists::entries(list).any(overlaps)
}

fn label(list: &Row) -> &str {
    list.cell("label").show()
}
