//! Log delivery in a shape that the account API refuses.

use crate::{
    facts::log_delivery::{format_of, is_month},
    graph::{Res, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_log_delivery`
    ///
    /// - whose `output_format` is not the one of its `log_type`: `JSON` for `AUDIT_LOGS`, `CSV` for
    ///   `BILLABLE_USAGE`;
    /// - whose `delivery_path_prefix` starts or ends with a slash;
    /// - whose `delivery_start_time` is no month, `YYYY-MM`.
    ///
    /// ## Why is this bad?
    /// Only the account API checks this: the plan succeeds, and the apply fails.
    /// Source: [databricks_mws_log_delivery](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_log_delivery).
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_mws_log_delivery" "audit" {
    ///   account_id               = var.databricks_account_id
    ///   credentials_id           = databricks_mws_credentials.logs.credentials_id
    ///   storage_configuration_id = databricks_mws_storage_configurations.logs.storage_configuration_id
    ///   delivery_path_prefix     = "audit-logs"
    ///   log_type                 = "AUDIT_LOGS"
    ///   output_format            = "JSON"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Values that are known only after the apply.
    pub static RULE = {
        id: "gov-log-delivery-shape",
        summary: "log delivery that the account API refuses",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_log_delivery"],
        since: "0.1.0",
        no_unknown: "formats and texts are judged where they are known only",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_log_delivery") {
        format(it, out);
        judge(&it.get("delivery_path_prefix"), out, |text| {
            let has_slash = text.starts_with('/') || text.ends_with('/');
            has_slash.then_some("starts or ends with a slash")
        });
        judge(&it.get("delivery_start_time"), out, |text| {
            (!text.is_empty() && !is_month(text)).then_some("is no month such as 2026-01")
        });
    }
}

fn format(it: Res<'_>, out: &mut Findings<'_>) {
    let (kind, format) = (it.get("log_type"), it.get("output_format"));
    kind.note_unknown();
    format.note_unknown();
    let Some(wanted) = kind.text().and_then(format_of) else { return };
    let is_wrong = format.text().is_some_and(|format| format != wanted);
    out.deny(Tri::from(is_wrong), it, &format, || {
        format!("{} are delivered as {wanted}, not as {}", kind.show(), format.show())
    })
    .help(|| format!("set output_format to {wanted}"));
}

/// Reports what is wrong with a text that is known.
fn judge(view: &View<'_>, out: &mut Findings<'_>, wrong: impl Fn(&str) -> Option<&'static str>) {
    view.note_unknown();
    let Some(why) = view.text().and_then(wrong) else { return };
    out.deny(Tri::Yes, view.res(), view, || format!("{} {why}", view.show()))
        .help(|| format!("change {}: the account API refuses it", view.attribute()));
}
