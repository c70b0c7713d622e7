//! Too many entries in the IP access lists of a workspace, or some that contradict.

use std::collections::BTreeMap;

use crate::{
    aws::Range,
    builtin::shared::{
        ip_access_lists::{self, ENTRIES, Effect},
        masks::{self, Masks},
        objects, states,
        workspaces::{self, Workspaces},
    },
    estate::{Row, Rows},
    facts::workspace_conf::IP_ACCESS_ENTRIES,
    lint::{Check, EstateCx, Findings, PlanCx, Severity, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Looks at all IP access lists of a workspace together, in one plan or in several of the run:
    ///
    /// - more than 1,000 addresses and ranges: an error;
    /// - one label on two lists: a warning;
    /// - one entry that is both allowed and blocked: a note.
    ///
    /// A list that several plans hold, by its id, counts once.
    ///
    /// ## Why is this bad?
    /// A workspace takes at most 1,000 addresses and ranges, over all its lists, and the API refuses the one
    /// that goes beyond. Lists of one label cannot be told apart by people. A block always wins: an address
    /// that is allowed as well is kept out all the same.
    /// Source: [databricks_ip_access_list](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/ip_access_list);
    /// [IP access lists](https://docs.databricks.com/aws/en/security/network/front-end/ip-access-list).
    ///
    /// ## How to fix it
    /// Join neighbouring addresses to ranges, and lists of one purpose to one list:
    ///
    /// ```terraform
    /// resource "databricks_ip_access_list" "office" {
    ///   label        = "office"
    ///   list_type    = "ALLOW"
    ///   ip_addresses = ["198.51.100.0/24", "203.0.113.0/24"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Lists that no plan of the run has. A list whose length is known only after the apply makes the first
    /// finding possible; one that refers to an address, such as that of a NAT gateway, is taken to have it as one
    /// entry. Labels and entries are compared where they are known.
    pub static RULE = {
        id: "gov-ip-acl-limits",
        summary: "too many or contradicting entries in IP access lists",
        severity: Error,
        also: [
            (Warning, "two lists have one label"),
            (Note, "an entry is both allowed and blocked"),
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

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    workspaces::collect(cx, rows);
    ip_access_lists::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let workspaces = Workspaces::of(cx, &[ip_access_lists::KIND]);
    let lists = objects::rows_once(states::without_repeated(cx.of(ip_access_lists::KIND)));
    for lists in workspaces.group(lists).into_values() {
        too_many(&lists, out);
        one_label(&lists, out);
        contradicting(&lists, out);
    }
}

fn too_many(lists: &[&Row], out: &mut Findings<'_>) {
    let count: usize = lists.iter().map(|list| ip_access_lists::count(list)).sum();
    let is_over = Tri::from(count > IP_ACCESS_ENTRIES);
    let most: Option<usize> = lists.iter().map(|list| ip_access_lists::most(list)).sum();
    let is_open = Tri::from(most.is_none_or(|most| most > IP_ACCESS_ENTRIES)) & Tri::Maybe;
    let holds = |list: &&&Row| ip_access_lists::count(list) > 0 || list.tri("open") != Tri::No;
    let members: Vec<Subject> =
        lists.iter().filter(holds).map(|list| Subject::from(*list)).collect();
    out.deny_group(is_over | is_open, members, ENTRIES, "another list of the workspace", |_| {
        let more = if is_over == Tri::Yes { "" } else { ", and more that are known only after the apply" };
        format!("IP access lists of one workspace have {count} entries{more}, the limit is {IP_ACCESS_ENTRIES}")
    })
    .help(|| "join neighbouring addresses to ranges".to_owned());
}

fn one_label(lists: &[&Row], out: &mut Findings<'_>) {
    let mut labels: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    let masks = Masks::of(lists.iter().map(|list| list.cell("label")));
    for list in lists {
        if let Some(label) = masks.key(list.cell("label")) {
            labels.entry(label).or_default().push(list);
        }
    }
    for rows in labels.into_values().filter(|rows| rows.len() > 1) {
        let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
        out.deny_group(Tri::Yes, members, "label", "has the same label", |_| {
            let label = masks::shown(rows.iter().map(|row| row.cell("label")));
            format!("{} IP access lists of one workspace are called {label}", rows.len())
        })
        .at(Severity::Warning)
        .help(|| "join them, or give each a label of its own".to_owned());
    }
}

fn contradicting(lists: &[&Row], out: &mut Findings<'_>) {
    let mut allowed: BTreeMap<Range, (&Row, Tri)> = BTreeMap::new();
    for list in lists {
        let allows = ip_access_lists::has(list, Effect::Allow);
        for range in ip_access_lists::entries(list).filter_map(ip_access_lists::read) {
            let best = allowed.entry(range).or_insert((list, allows));
            if allows > best.1 {
                *best = (list, allows);
            }
        }
    }
    for list in lists {
        let blocks = ip_access_lists::has(list, Effect::Block);
        for entry in ip_access_lists::entries(list) {
            let range = ip_access_lists::read(entry);
            let Some((other, allows)) = range.and_then(|range| allowed.get(&range)) else {
                continue;
            };
            out.deny(blocks & *allows, *list, ENTRIES, || {
                format!(
                    "{entry} is blocked here and allowed by list {}",
                    other.cell("label").show()
                )
            })
            .at(Severity::Note)
            .key(entry)
            .help(|| "take it out of one of the lists: a block always wins".to_owned())
            .related_at(*other, ENTRIES, || "allows it".to_owned());
        }
    }
}
