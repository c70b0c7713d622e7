//! Names and tags that the plan accepts and the account API does not.

use crate::{
    facts::names::{self, Limit},
    graph::{Res, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds names of `databricks_mws_vpc_endpoint` of other than 4 to 256 characters, names of
    /// `databricks_mws_network_connectivity_config` that are not 3 to 30 letters, digits, hyphens and
    /// underscores, and custom tags of `databricks_mws_workspaces` without a key, with a key of more than
    /// 127 characters or with a value of more than 255.
    ///
    /// ## Why is this bad?
    /// The provider checks none of this, and the API refuses the object when it is applied.
    /// Source: [databricks_mws_network_connectivity_config](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_network_connectivity_config),
    /// `name`; `CustomTags` in databricks/databricks-sdk-go; the limits that the provider checks for
    /// `network_name` and `private_access_settings_name`.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_network_connectivity_config" "this" {
    ///   name = "serverless-eu"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Names and tags that are known only after the apply.
    pub static RULE = {
        id: "mws-names-and-tags",
        summary: "names or tags the API rejects but the plan accepts",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_mws_network_connectivity_config",
            "databricks_mws_vpc_endpoint",
            "databricks_mws_workspaces",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for limit in names::LIMITS {
        for it in cx.of(limit.kind) {
            name(it, limit, out);
        }
    }
    for workspace in cx.of("databricks_mws_workspaces") {
        tags(workspace, out);
    }
}

fn name(it: Res<'_>, limit: &'static Limit, out: &mut Findings<'_>) {
    let name = it.get(limit.attribute);
    let is_refused = known(&name, |text| !limit.accepts(text));
    out.deny(is_refused, it, &name, || {
        format!("{} is {:?}; the API takes {}", limit.attribute, name.show(), limit.rule)
    })
    .help(|| format!("choose a name of {}", limit.rule));
}

fn tags(workspace: Res<'_>, out: &mut Findings<'_>) {
    for (key, value) in workspace.get("custom_tags").members() {
        let length = key.chars().count();
        let is_bad_key = Tri::from(!names::TAG_KEY.contains(&length));
        out.deny(is_bad_key, workspace, &value, || {
            format!(
                "the key of a custom tag has {length} characters; {} are accepted",
                range(&names::TAG_KEY)
            )
        })
        .help(|| "shorten the key, or leave the tag out".to_owned());
        let is_long = known(&value, |text| text.chars().count() > names::TAG_VALUE);
        out.deny(is_long, workspace, &value, || {
            format!("the value of a custom tag has more than {} characters", names::TAG_VALUE)
        })
        .key("value")
        .help(|| "shorten the value".to_owned());
    }
}

fn range(range: &std::ops::RangeInclusive<usize>) -> String {
    format!("{} to {}", range.start(), range.end())
}

/// What is true of a known text. Nothing is said of one that is not known: most names are right.
fn known(view: &View<'_>, ask: impl FnOnce(&str) -> bool) -> Tri {
    view.note_unknown();
    Tri::from(view.scalar().is_some_and(|text| ask(&text)))
}
