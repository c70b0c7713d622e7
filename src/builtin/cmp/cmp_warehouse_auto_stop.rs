//! A warehouse that runs without work.

use crate::{
    builtin::shared::compute::is_left_out,
    facts::warehouses::{
        AUTO_STOP_DEFAULT, LEAST_AUTO_STOP, LEAST_AUTO_STOP_SERVERLESS, LONG_SERVERLESS,
    },
    graph::Res,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_sql_endpoint` that idles: `auto_stop_mins = 0` switches the stop off, which is
    /// an error; 60 minutes and more on serverless compute are a warning. An argument that is left out,
    /// which makes it 120, less than 10 minutes, and less than 5 on serverless compute are notes.
    ///
    /// ## Why is this bad?
    /// A warehouse is paid for as long as it runs, whether it has queries or not. One that is serverless
    /// starts within seconds, so there is little reason to let it wait.
    /// Source: [databricks_sql_endpoint](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/sql_endpoint),
    /// `auto_stop_mins`; `CreateWarehouseRequest` in service/sql/model.go of databricks/databricks-sdk-go:
    /// "Must be == 0 or >= 10 mins".
    ///
    /// ## How to fix it
    /// Stop it after 10 minutes on serverless compute, after 20 to 45 elsewhere.
    ///
    /// ```terraform
    /// resource "databricks_sql_endpoint" "bi" {
    ///   auto_stop_mins = 10
    ///   # …
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether a warehouse is serverless where `enable_serverless_compute` is left out: it counts as if
    /// it were not. In a state, whether 120 minutes were written or left out; it is silent then. A number
    /// that is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "cmp-warehouse-auto-stop",
        summary: "warehouse stops late or never",
        severity: Warning,
        also: [
            (Error, "it never stops"),
            (Note, "the argument is left out, or less than the API is documented to take"),
        ],
        confidence: Certain,
        category: Cost,
        profile: Default,
        world: State,
        subjects: ["databricks_sql_endpoint"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_sql_endpoint") {
        let minutes = it.get("auto_stop_mins");
        let judged = match minutes.int() {
            Some(minutes) => judge(it, minutes),
            None if is_left_out(&minutes) => judge(it, AUTO_STOP_DEFAULT),
            None => minutes.is_set().eq(&Tri::Maybe).then(|| unknown(it)),
        };
        let Some((tri, level, message)) = judged else {
            out.pass(it);
            continue;
        };
        out.deny(tri, it, &minutes, || message).at(level).help(|| {
            "set `auto_stop_mins` to 10 on serverless compute, to 20 to 45 elsewhere".to_owned()
        });
    }
}

/// Whether a number of minutes is wrong, how bad that is, and why.
fn judge(it: Res<'_>, minutes: i64) -> Option<(Tri, Severity, String)> {
    let is_serverless = it.get("enable_serverless_compute").flag(false);
    // A state does not tell whether somebody wrote the number.
    let is_left_out =
        it.block().is_some() && it.after().get("auto_stop_mins").is_written() != Tri::Yes;
    let is_default = minutes == AUTO_STOP_DEFAULT && is_left_out;
    let shown = if is_default { minutes.to_string() } else { it.get("auto_stop_mins").show() };
    let found = match minutes {
        0 => (Tri::Yes, Severity::Error, "never stops by itself".to_owned()),
        LONG_SERVERLESS.. if is_serverless != Tri::No => {
            let default = if is_default { ", the default" } else { "" };
            let message = format!("is serverless, and idles for {shown} minutes{default}");
            (is_serverless, Severity::Warning, message)
        }
        _ if is_default => {
            (Tri::Yes, Severity::Note, format!("idles for {shown} minutes, the default"))
        }
        1..LEAST_AUTO_STOP_SERVERLESS if is_serverless == Tri::Yes => {
            let message = format!(
                "stops after {shown} minutes, and the workspace offers {LEAST_AUTO_STOP_SERVERLESS} and more"
            );
            (Tri::Yes, Severity::Note, message)
        }
        1..LEAST_AUTO_STOP => {
            let message = format!("stops after {shown} minutes, the API takes {LEAST_AUTO_STOP}");
            (!is_serverless, Severity::Note, message)
        }
        _ => return None,
    };
    Some(found)
}

fn unknown(it: Res<'_>) -> (Tri, Severity, String) {
    let minutes = it.get("auto_stop_mins").show();
    (Tri::Maybe, Severity::Warning, format!("may stop late or never: after {minutes} minutes"))
}
