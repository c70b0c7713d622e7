//! Configurations that show a difference in every plan.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::securables::{as_api_name, of_grant},
    facts::{drift::AUTO_ENABLED_SCHEMAS, grants},
    graph::{Res, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds what is known to show a difference in every plan, however often it is applied:
    ///
    /// - a privilege by its old name (`USAGE`, `CREATE`), which Databricks gives back by its new one;
    /// - a principal in two `grant` blocks of one `databricks_grants`, or with two levels in one
    ///   `databricks_permissions`, of which the API keeps one: upper and lower case are the same in grants, and
    ///   in names of users and service principals, not in `group_name`;
    /// - `num_workers` together with `autoscale` in a `databricks_cluster`;
    /// - a `databricks_system_schema` that Databricks enables by itself (`billing`);
    /// - drift that consists of nothing but a value which Databricks gives back in another form: `account_id` of
    ///   a private endpoint rule, `egress_config.target_rules` of a network connectivity configuration.
    ///
    /// ## Why is this bad?
    /// Plans that are never empty train people to approve without reading, and a nightly look for drift
    /// finds something every night.
    /// Source: [databricks_grants](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grants),
    /// [databricks_permissions](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/permissions),
    /// [databricks_cluster](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/cluster).
    ///
    /// ## How to fix it
    /// Write what Databricks gives back: the new name, one block for each principal, one level, either a size
    /// or a range:
    ///
    /// ```hcl
    /// resource "databricks_grants" "sales" {
    ///   schema = "main.sales"
    ///   grant {
    ///     principal  = "analysts"
    ///     privileges = ["USE_SCHEMA", "SELECT"]
    ///   }
    /// }
    /// ```
    ///
    /// Take the block of a system schema that is enabled anyway out. About drift by another form there is
    /// nothing to do: nobody changed anything.
    ///
    /// ## What it cannot see
    /// Differences that depend on the version of the provider, and tags that a cluster policy adds.
    pub static RULE = {
        id: "drift-perpetual",
        summary: "configuration known to diff for ever",
        severity: Note,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Planned,
        subjects: [
            "databricks_cluster",
            "databricks_grant",
            "databricks_grants",
            "databricks_mws_ncc_private_endpoint_rule",
            "databricks_mws_network_connectivity_config",
            "databricks_permissions",
            "databricks_system_schema",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_cluster") {
        size(it, out);
    }
    for it in cx.of("databricks_system_schema") {
        enabled_anyway(it, out);
    }
    let mut returning: Vec<_> = cx.graph.perpetual_drift().collect();
    returning.sort_by_key(|(it, _)| it.address());
    for (it, path) in returning {
        let Some(res) = it.res(cx) else { continue };
        out.deny(Tri::Yes, res, &it.views(res)[1].get(path), || {
            format!("{path} comes back from Databricks otherwise than it was stored")
        })
        .help(|| {
            "nothing to do: nobody changed it; a newer provider may no longer show it".to_owned()
        });
    }
    for it in cx.of("databricks_grant") {
        old_names(it, &it.root(), out);
    }
    for it in cx.of("databricks_grants") {
        it.get("grant").items().for_each(|block| old_names(it, &block, out));
        twice(it, "grant", GRANTED, out);
    }
    for it in cx.of("databricks_permissions") {
        twice(it, "access_control", PERMITTED, out);
    }
}

fn size(it: Res<'_>, out: &mut Findings<'_>) {
    let (workers, scale) = (it.get("num_workers"), it.get("autoscale"));
    // The provider fills in 0 beside a range.
    let has_size = workers.test(|value| value.as_i64().is_some_and(|count| count > 0));
    let has_range = scale.test(|value| value.items().len() > 0);
    out.deny(has_size & has_range, it, &workers, || {
        format!("num_workers is {} beside autoscale, which sets it", workers.show())
    })
    .help(|| "leave num_workers out, or autoscale".to_owned());
}

/// Enabling it does nothing, and neither does taking it away.
fn enabled_anyway(it: Res<'_>, out: &mut Findings<'_>) {
    let schema = it.get("schema");
    let is_auto = schema.test_text(|text| {
        AUTO_ENABLED_SCHEMAS.iter().any(|known| known.eq_ignore_ascii_case(text))
    });
    out.deny(is_auto, it, &schema, || {
        format!("Databricks enables {} by itself, and it cannot be disabled", schema.show())
    })
    .help(|| "leave the resource out".to_owned());
}

fn old_names<'a>(it: Res<'a>, block: &View<'a>, out: &mut Findings<'_>) {
    let Some(securable) = of_grant(it) else { return };
    let list = block.member("privileges");
    for privilege in list.texts() {
        let Some(new) = grants::replaced_by(securable, &as_api_name(privilege)) else { continue };
        out.deny(Tri::Yes, it, &list, || {
            format!("{privilege} comes back from Databricks as {new}")
        })
        .key(&format!("{} {privilege}", block.member("principal").show()))
        .help(|| format!("write {new}"));
    }
}

/// The blocks of one principal, who may be named by several arguments, each with whether its case counts.
type Named = (&'static [(&'static str, bool)], &'static str);
const GRANTED: Named = (&[("principal", false)], "privileges");
/// Source: the hash of `access_control` in `permissions/resource_permissions.go` of
/// databricks/terraform-provider-databricks@684f442.
const PERMITTED: Named = (
    &[("group_name", true), ("service_principal_name", false), ("user_name", false)],
    "permission_level",
);

fn twice(it: Res<'_>, name: &'static str, (who, what): Named, out: &mut Findings<'_>) {
    let mut by_name: BTreeMap<(&str, String), Vec<View<'_>>> = BTreeMap::new();
    for block in it.get(name).items() {
        for (argument, has_case) in who {
            let text = block.member(*argument).text().filter(|text| !text.is_empty());
            if let Some(text) = text {
                let name = if *has_case { text.to_owned() } else { text.to_lowercase() };
                let all = by_name.entry((argument, name)).or_default();
                all.push(block.clone());
            }
        }
    }
    for ((argument, key), blocks) in by_name.iter().filter(|(_, blocks)| blocks.len() > 1) {
        let at = blocks[1].member(*argument);
        let names = blocks.iter().map(|block| block.member(*argument).show());
        let shown = names.min().unwrap_or_default();
        let mut levels: Vec<String> =
            blocks.iter().map(|block| block.member(what).show()).collect();
        levels.sort();
        out.deny(Tri::Yes, it, &at, || {
            format!("{shown} stands in {} blocks, with {}", blocks.len(), levels.join(" and "))
        })
        .key(key)
        .help(|| format!("write one {name} for each principal"));
    }
}
