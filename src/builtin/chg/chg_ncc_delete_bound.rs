//! A network connectivity configuration is deleted while workspaces are bound to it.

use crate::{
    builtin::shared::{
        in_use::{self, InUse, User},
        reason,
    },
    estate::Rows,
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_network_connectivity_config` that the plan destroys or replaces (a new
    /// `name` or `region` does) although a workspace that stays is bound to it. That the binding goes too
    /// does not help. Where the workspace is destroyed as well, it is a note if nothing sleeps between
    /// the destruction of the binding and of the configuration.
    ///
    /// ## Why is this bad?
    /// A workspace can be switched to another configuration, never unbound: deleting a
    /// `databricks_mws_ncc_binding` does nothing. The API refuses to delete a configuration that is
    /// attached to a workspace, so the apply fails; and right after a workspace is gone it may still count
    /// as attached.
    /// Source: `Delete` in [mws/resource_mws_ncc_binding.go](https://github.com/databricks/terraform-provider-databricks/blob/684f442/mws/resource_mws_ncc_binding.go),
    /// [databricks/terraform-provider-databricks#3741](https://github.com/databricks/terraform-provider-databricks/issues/3741).
    ///
    /// ## How to fix it
    /// Keep its name and region. To be rid of it, bind the workspaces to another configuration in an apply
    /// before. For the day when everything goes, let something sleep in between:
    ///
    /// ```hcl
    /// resource "time_sleep" "unbind" {
    ///   destroy_duration = "30s"
    ///   depends_on       = [databricks_mws_network_connectivity_config.this]
    /// }
    ///
    /// resource "databricks_mws_ncc_binding" "this" {
    ///   network_connectivity_config_id = databricks_mws_network_connectivity_config.this.network_connectivity_config_id
    ///   workspace_id                   = databricks_mws_workspaces.this.workspace_id
    ///   depends_on                     = [time_sleep.unbind]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Bindings of no plan of the run. A workspace of no plan of the run counts as staying. Whether the
    /// workspace is switched first, where it is bound to another configuration in the same apply: then
    /// the finding is possible.
    pub static RULE = {
        id: "chg-ncc-delete-bound",
        summary: "NCC deleted while still bound, or without a pause",
        severity: Error,
        also: [(Note, "the workspace is destroyed too, but nothing sleeps in between")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_network_connectivity_config"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A configuration that is destroyed. Cell: the answer `hurried`, nothing sleeps before that.
const HURRIED: &str = "hurried";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    in_use::collect(cx, rows, RULE.subjects);
    for ncc in cx.changes_of(RULE.subjects[0]).filter(|it| it.actions().delete) {
        let id = ncc.before().get("network_connectivity_config_id");
        let bindings = in_use::existing(cx, "databricks_mws_ncc_binding");
        let of_it = bindings.filter(|it| {
            let named = it.before().get("network_connectivity_config_id");
            named.text().is_some() && named.text() == id.text()
        });
        let hurried = Tri::any(of_it.map(|binding| !sleeps_between(cx, ncc, binding)));
        rows.add(HURRIED, ncc).with("hurried", hurried);
    }
}

/// Whether something sleeps after a binding is destroyed and before its configuration is.
fn sleeps_between(cx: &PlanCx<'_>, ncc: Res<'_>, binding: Res<'_>) -> Tri {
    let sleeps = |it: &Res<'_>| {
        it.before()
            .get("destroy_duration")
            .text()
            .is_some_and(|text| text.contains(|c| matches!(c, '1'..='9')))
    };
    let ncc = cx.res(ncc.id);
    let binding = cx.res(binding.id);
    let between = |it: Res<'_>| cx.res(it.id).is_after(ncc) & binding.is_after(it);
    let asleep = cx.changes_of("time_sleep").filter(|it| it.actions().delete).filter(sleeps);
    // A script may wait as well, or do anything else.
    let has_script = |it: &Res<'_>| it.block().is_some_and(|block| block.provisioners.is_some());
    let scripts = cx.changes().filter(|it| it.actions().delete).filter(has_script);
    Tri::any(asleep.map(between)) | (Tri::Maybe & Tri::any(scripts.map(between)))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let in_use = InUse::of(cx);
    for gone in cx.of(in_use::GONE) {
        let users = in_use.by(gone);
        let bound = Tri::any(users.iter().map(|user| user.needs));
        let is_torn_down = !users.is_empty() && users.iter().all(|user| user.kept == Tri::No);
        let hurried =
            cx.of(HURRIED).find(|row| row.is(gone)).map_or(Tri::No, |row| row.tri("hurried"));
        let (sentence, attribute) = reason::told(gone);
        let (tri, level, words) = match is_torn_down {
            true => (hurried, Severity::Note, "and nothing sleeps after its binding is destroyed"),
            false => (bound, Severity::Error, "while it is bound by"),
        };
        let named = users.iter().filter(|user| is_torn_down || user.needs == tri);
        let users: Vec<&User<'_>> = named.collect();
        let mut draft = out
            .deny(tri, gone, attribute, || match is_torn_down {
                true => format!("{sentence}, {words}"),
                false => {
                    format!("{sentence}, {words} {}", in_use::names(users.iter().map(|it| it.row)))
                }
            })
            .at(level)
            .help(|| help(is_torn_down));
        for user in users {
            draft = draft.related(user.row, || "binds a workspace to it".to_owned());
        }
        reason::blame_row(draft, gone);
    }
}

fn help(is_torn_down: bool) -> String {
    match is_torn_down {
        true => "put a time_sleep with destroy_duration between the binding and the configuration",
        false => "leave it, or bind the workspaces to another configuration in an apply before",
    }
    .to_owned()
}
