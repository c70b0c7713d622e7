//! Something that holds data, or that others stand on, is destroyed.

use crate::{
    builtin::shared::reason,
    facts::destroy::{self, Tier},
    graph::{Res, Val},
    lint::{Check, Findings, PlanCx, Severity},
};

declare_rule! {
    /// ## What it does
    /// Finds every resource that the plan destroys or replaces and that takes something with it:
    ///
    /// - an error where data is lost and does not come back: catalogs, schemas, managed volumes and
    ///   tables, registered models, metastores, workspaces, buckets, keys;
    /// - a warning where something stops working until it is made again: warehouses, external
    ///   locations, roles, networks; and external volumes and tables, foreign catalogs and catalogs
    ///   of a share, whose data lives elsewhere and stays;
    /// - a note where somebody's access changes (grants, permissions, cluster policies), and for
    ///   deposed objects, which an interrupted replacement left over.
    ///
    /// The message says why Terraform does it. Letting go of an object without destroying it
    /// (`removed` with `destroy = false`) and moving it (`moved`) are silent.
    ///
    /// ## Why is this bad?
    /// It cannot be undone. `prevent_destroy` stands in no plan, so the plan is the only place where
    /// a gate can see it; and a plan shows less than it does: what refers to a replaced catalog by
    /// name is planned as unchanged.
    /// Source: [JSON output format](https://developer.hashicorp.com/terraform/internals/json-format#change-representation)
    /// for actions and reasons,
    /// [databricks_catalog](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/catalog#force_destroy-1).
    ///
    /// ## How to fix it
    /// Where it was not meant, take the edit back, or tell Terraform what you meant:
    ///
    /// ```hcl
    /// removed {
    ///   from = databricks_catalog.sales
    ///   lifecycle {
    ///     destroy = false
    ///   }
    /// }
    /// ```
    ///
    /// Where it was meant, run with `--approval`, which asks for one instead of failing the run; or
    /// accept it for this one time, in `bricklint.toml`. The block may be gone, so a comment cannot:
    ///
    /// ```toml
    /// [[waiver]]
    /// rule = "chg-destroys-data"
    /// unit = "live/prod/unity"
    /// address = "databricks_catalog.sales"
    /// reason = "moved to the new metastore, CHG-1207"
    /// until = 2027-01-31
    /// ```
    ///
    /// ## What it cannot see
    /// Whether there is anything in it. Types that no table knows are silent.
    pub static RULE = {
        id: "chg-destroys-data",
        summary: "a data-bearing resource is destroyed or replaced",
        severity: Error,
        also: [
            (Warning, "nothing is lost, but something stops working until it is made again"),
            (Note, "only access changes, or the object is deposed"),
        ],
        confidence: Certain,
        category: Governance,
        profile: Default,
        world: Change,
        subjects: ["*"],
        since: "0.1.0",
        no_unknown: "a plan always knows what it destroys and what that was",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.changes().filter(|it| it.actions().delete) {
        let Some(tier) = destroy::tier(it.type_()) else { continue };
        let kept = kept_elsewhere(it);
        let tier = if kept.is_some() { tier.max(Tier::Outage) } else { tier };
        let why = reason::of(it);
        let draft = out
            .deny(true.into(), it, why.attribute.clone(), || message(it, tier, kept, &why))
            .at(level(it, tier))
            .help(|| help(it, tier, &why))
            .loss(|| reason::loss(it, tier, &why));
        reason::blame(draft, why.origin);
    }
}

fn level(it: Res<'_>, tier: Tier) -> Severity {
    match tier {
        _ if it.deposed().is_some() => Severity::Note,
        Tier::DataLoss => Severity::Error,
        Tier::Outage => Severity::Warning,
        Tier::Access => Severity::Note,
    }
}

/// Why the data of this one stays where it is.
fn kept_elsewhere(it: Res<'_>) -> Option<&'static str> {
    let before = it.before();
    destroy::kept_elsewhere(it.type_())
        .iter()
        .find(|(attribute, values, _)| match before.get(attribute).val() {
            Val::Known(value) if values.is_empty() => !value.is_hollow(),
            Val::Known(value) => value
                .as_str()
                .is_some_and(|text| values.iter().any(|it| it.eq_ignore_ascii_case(text))),
            _ => false,
        })
        .map(|(_, _, stays)| *stays)
}

/// How long what uses it stops working.
const UNTIL_MADE: &str = " until it is made again";
/// The same, where the new object is there before the old one goes.
const UNLESS_MOVED: &str = " unless it uses the new one, which is made first";

fn message(it: Res<'_>, tier: Tier, kept: Option<&str>, why: &reason::Reason<'_>) -> String {
    let until = if it.actions().create_first { UNLESS_MOVED } else { UNTIL_MADE };
    // What is gone for good is not made again.
    let is_back = it.actions().replaces() && tier != Tier::DataLoss;
    let loss = kept.map_or_else(
        || format!("{}{}", destroy::loss(it.type_(), tier), if is_back { until } else { "" }),
        |stays| format!("{stays}, but what uses it stops working{until}"),
    );
    if it.deposed().is_some() {
        return "the old object that an interrupted replacement left over is destroyed".to_owned();
    }
    format!("{}; {loss}", why.sentence(it))
}

fn help(it: Res<'_>, tier: Tier, why: &reason::Reason<'_>) -> String {
    if it.deposed().is_some() {
        return "make sure that nothing but the new object is in use".to_owned();
    }
    match (why.advice, &why.attribute) {
        (Some(advice), _) => advice.to_owned(),
        (None, Some(attribute)) if tier == Tier::DataLoss => format!(
            "leave {attribute} as it is, or make a new object beside this one, move the data, and destroy this one last"
        ),
        (None, Some(attribute)) if it.actions().create_first => {
            format!("leave {attribute} as it is, or see that what uses it names the new one")
        }
        (None, Some(attribute)) => {
            format!("leave {attribute} as it is, or plan for the time until it is made again")
        }
        (None, None) => "take it out of this destroy, or have it approved".to_owned(),
    }
}
