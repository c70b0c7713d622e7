//! Why a workspace is replaced, and the way around it.

use crate::{
    builtin::shared::reason,
    facts::{
        destroy::Tier,
        mws::{self, Escape},
    },
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Explains each replacement of a `databricks_mws_workspaces`: the attributes that force it with
    /// their old and new values, the edit behind it where that was made at another resource (a
    /// storage configuration that gets a new bucket), and the way around it where one is known.
    ///
    /// ## Why is this bad?
    /// A replaced workspace comes back empty: notebooks, jobs, secrets, permissions and its URL are
    /// gone. The edits that do it look harmless, such as a new name or a new role for a bucket.
    /// Source: [mws/resource_mws_workspaces.go](https://github.com/databricks/terraform-provider-databricks/blob/684f442/mws/resource_mws_workspaces.go),
    /// databricks/terraform-provider-databricks issues
    /// [#4968](https://github.com/databricks/terraform-provider-databricks/issues/4968),
    /// [#5823](https://github.com/databricks/terraform-provider-databricks/issues/5823),
    /// [#1501](https://github.com/databricks/terraform-provider-databricks/issues/1501),
    /// [#5034](https://github.com/databricks/terraform-provider-databricks/issues/5034).
    ///
    /// ## How to fix it
    /// Take the edit back, or use the way around it that the finding names. Keep this in the block,
    /// so that no plan can replace it unseen:
    ///
    /// ```hcl
    /// lifecycle {
    ///   prevent_destroy = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A workspace whose block is taken away and written again under another name: two resources to
    /// Terraform, a destroyed and a new one. An edit behind a `local`: where the
    /// `.tf` files are not at hand, the attribute is named, and its cause is not.
    pub static RULE = {
        id: "chg-workspace-replace-cause",
        summary: "workspace replacement explained",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        no_unknown: "a plan always knows what it replaces and which attributes force it",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.changes_of("databricks_mws_workspaces").filter(|it| it.actions().replaces()) {
        let why = reason::of(it);
        let draft = out
            .deny(true.into(), it, why.attribute.clone(), || {
                let words = why.words.as_deref().unwrap_or("the plan says so");
                format!("the workspace is replaced, and all that is in it lost, because {words}")
            })
            .help(|| help(&why))
            .loss(|| reason::loss(it, Tier::DataLoss, &why));
        reason::blame(draft, why.origin);
    }
}

fn help(why: &reason::Reason<'_>) -> String {
    let ways: Vec<String> =
        why.attributes.iter().filter_map(|name| mws::escape(name)).map(way_around).collect();
    match (ways.as_slice(), why.advice) {
        ([], Some(advice)) => advice.to_owned(),
        ([], None) => {
            let names = why.attributes.join(" and ");
            format!("leave {names} as it is: a change of it always makes a new workspace")
        }
        (ways, _) => ways.join("; "),
    }
}

fn way_around(escape: Escape) -> String {
    let version = escape
        .fixed_in
        .map(|(major, minor, patch)| format!(" to {major}.{minor}.{patch} or later"))
        .unwrap_or_default();
    format!("{}{version} ({})", escape.advice, escape.source)
}
