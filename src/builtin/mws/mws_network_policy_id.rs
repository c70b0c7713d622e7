//! A network policy that cannot be made, or not be destroyed.

use crate::{
    estate::{Cell, Row, Rows},
    facts::names::NETWORK_POLICY_ID,
    graph::Side,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_account_network_policy` whose `network_policy_id` has more than 32 characters,
    /// and one that this run destroys, or replaces under another id, while a
    /// `databricks_workspace_network_option` of any plan of the run still names it.
    ///
    /// ## Why is this bad?
    /// The API refuses ids of more than 32 characters, and does not delete a policy that is assigned to a
    /// workspace.
    /// Source: databricks/terraform-databricks-sra, `network_policy_id`;
    /// [databricks_account_network_policy](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/account_network_policy).
    ///
    /// ## How to fix it
    /// Assign the default policy in one apply, and destroy the other in the next:
    /// ```hcl
    /// resource "databricks_workspace_network_option" "this" {
    ///   network_policy_id = "default-policy"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Ids that are known only after the apply, and workspaces of no plan of the run. An option that
    /// moves to another policy in the same run makes the finding possible: Terraform destroys first.
    pub static RULE = {
        id: "mws-network-policy-id",
        summary: "network policy id too long, or policy deleted while assigned",
        severity: Error,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_account_network_policy"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const ID: &str = "network_policy_id";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("databricks_account_network_policy") {
        rows.add("policy", it).with("id", it.get(ID));
    }
    for it in cx.of("databricks_workspace_network_option") {
        let before = if it.existed() { Cell::from(it.before().get(ID)) } else { Cell::Unset };
        rows.add("option", it).with("id", it.get(ID)).with("before", before);
    }
    if cx.side() == Side::Prior {
        return;
    }
    for it in cx.changes_of("databricks_account_network_policy").filter(|it| it.actions().delete) {
        let stays = it.is_created() && it.before().get(ID).same(&it.after().get(ID)) != Tri::No;
        if !stays {
            rows.add("destroyed", it).with("id", it.before().get(ID));
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    for policy in cx.of("policy") {
        let Some(id) = policy.text("id") else { continue };
        let length = id.chars().count();
        out.deny(Tri::from(length > NETWORK_POLICY_ID), policy, ID, || {
            format!("the id has {length} characters; {NETWORK_POLICY_ID} are accepted")
        })
        .help(|| "choose a shorter id".to_owned());
    }
    for policy in cx.of("destroyed") {
        let options: Vec<(&Row, Tri)> =
            cx.of("option").map(|option| (option, names(option, policy))).collect();
        let named = options.iter().filter(|(_, tri)| *tri != Tri::No);
        let tri = Tri::any(options.iter().map(|(_, tri)| *tri));
        let mut draft = out
            .deny(tri, policy, ID, || "is destroyed while a workspace is assigned to it".to_owned())
            .key("assigned")
            .help(|| "assign the default policy in an apply of its own first".to_owned());
        for (option, _) in named {
            draft = draft.related_at(*option, ID, || "assigns it to a workspace".to_owned());
        }
    }
}

/// Whether an option keeps to a policy. One that leaves it in the same run may be too late.
fn names(option: &Row, policy: &Row) -> Tri {
    let stays = option.cell("id").same(policy.cell("id"));
    let leaves = option.cell("before").same(policy.cell("id")) & Tri::Maybe;
    // What is not known yet is no reason to doubt: most options name another policy.
    if stays == Tri::Yes { stays } else { leaves }
}
