//! A registered network is deleted under its workspace.

use crate::{
    builtin::shared::{
        in_use::{self, InUse},
        reason,
    },
    estate::{Row, Rows},
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_networks` that the plan destroys, or replaces by destroying it first, while
    /// a workspace that stays is attached to it: one of any plan of the run that names it, or the one
    /// whose id the network's own state has. Where the new network is made first and registers subnets of
    /// the old one, it is a note.
    ///
    /// ## Why is this bad?
    /// The apply fails with "INVALID_STATE: Unable to delete, Network is being used by active workspace",
    /// and everything that waits for the new network stays undone.
    /// Source: [databricks/terraform-provider-databricks#732](https://github.com/databricks/terraform-provider-databricks/issues/732),
    /// [databricks-solutions/technical-services-solutions#38](https://github.com/databricks-solutions/technical-services-solutions/issues/38).
    /// A subnet cannot be registered twice:
    /// [customer-managed VPC](https://docs.databricks.com/aws/en/security/network/classic/customer-managed-vpc),
    /// "Subnet IDs cannot be used in multiple network configurations".
    ///
    /// ## How to fix it
    /// Register a new network of another name and with subnets of its own, let the workspace have that, and
    /// only then take the old one away:
    ///
    /// ```hcl
    /// resource "databricks_mws_networks" "lakehouse" {
    ///   network_name = "lakehouse-${local.generation}"
    ///   subnet_ids   = local.subnets[local.generation]
    ///
    ///   lifecycle {
    ///     create_before_destroy = true
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Workspaces of no plan of the run, where the state of the network has no id of one; the state is
    /// written before the workspace is there, and 0 is no proof. Whether the state of a network that goes
    /// for good says `create_before_destroy`: where its workspace gets another in the same apply, the
    /// finding is possible.
    pub static RULE = {
        id: "chg-network-replace-while-attached",
        summary: "network replaced while its workspace stays",
        severity: Error,
        also: [(Note, "the new network is made first, with subnets that the old one still has")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_networks"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A network that is replaced by one made before. Cell: `subnets` that both have.
const TWICE: &str = "twice";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    in_use::collect(cx, rows, RULE.subjects);
    for it in cx.changes_of(RULE.subjects[0]).filter(|it| it.actions().create_first) {
        let subnets = kept_subnets(it);
        if !subnets.is_empty() {
            rows.add(TWICE, it).with("subnets", Some(subnets.join(", ")));
        }
    }
}

fn kept_subnets(it: Res<'_>) -> Vec<String> {
    let (before, after) = (it.before().get("subnet_ids"), it.after().get("subnet_ids"));
    let new: Vec<_> = after.items().filter_map(|subnet| subnet.text().map(str::to_owned)).collect();
    let old = before.items().filter_map(|subnet| subnet.text().map(str::to_owned));
    old.filter(|subnet| new.contains(subnet)).collect()
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let in_use = InUse::of(cx);
    for gone in cx.of(in_use::GONE) {
        let users = in_use.by(gone);
        let needed = Tri::any(users.iter().map(|user| user.needs));
        let attached = in_use.attached(gone);
        let alone = users.is_empty() && !attached.is_empty() && !gone.actions.create_first;
        let twice = cx.of(TWICE).find(|row| row.is(gone)).filter(|_| needed == Tri::No);
        let stays = Tri::any(attached.iter().map(|(_, kept)| *kept));
        let (sentence, attribute) = reason::told(gone);
        let who = in_use::names(users.iter().filter(|it| it.kept != Tri::No).map(|it| it.row));
        let mut draft = match twice {
            Some(row) => out
                .deny(stays, gone, attribute, || twice_registered(sentence, row))
                .at(Severity::Note),
            None if alone => out.deny(Tri::Yes, gone, attribute, || {
                let id = in_use::shown(gone, "holder");
                format!("{sentence}, while it is attached to workspace {id}")
            }),
            None => out.deny(needed, gone, attribute, || {
                format!("{sentence}, while {who} is attached to it")
            }),
        }
        .help(|| help(twice.is_some()));
        for user in users.iter().filter(|it| it.kept != Tri::No) {
            draft = draft.related_at(user.row, "network_id", || "is attached to it".to_owned());
        }
        reason::blame_row(draft, gone);
    }
}

fn twice_registered(sentence: &str, row: &Row) -> String {
    let subnets = row.cell("subnets").show();
    format!("{sentence}; the new network registers {subnets} while the old one still has them")
}

fn help(is_first: bool) -> String {
    match is_first {
        true => "give the new network subnets of its own",
        false => "register a network of another name and other subnets, move the workspace, then take this one away",
    }
    .to_owned()
}
