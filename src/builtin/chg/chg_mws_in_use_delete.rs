//! What a workspace is made of is deleted under it.

use crate::{
    builtin::shared::{
        in_use::{self, InUse, User},
        reason,
    },
    estate::{Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds credentials, storage configurations, key configurations, registered endpoints and network
    /// connectivity configurations that the plan destroys or replaces while a workspace, or for an endpoint
    /// a network, that stays uses them, in whichever plan of the run. What is replaced is destroyed first,
    /// so that it does not help to give the workspace the new one in the same apply; with
    /// `create_before_destroy` it does, but for endpoints and connectivity configurations.
    ///
    /// ## Why is this bad?
    /// The API refuses to delete what is in use, and the apply stops halfway: with `-/+` before the new
    /// object is there.
    /// Source: comments of `Delete` in
    /// [service/provisioning/interface.go](https://github.com/databricks/databricks-sdk-go/blob/main/service/provisioning/interface.go),
    /// "cannot delete … associated with any workspace".
    ///
    /// ## How to fix it
    /// Make the new object beside the old one, give it to the workspace, and take the old one away in a
    /// later apply:
    ///
    /// ```hcl
    /// resource "databricks_mws_credentials" "v2" {
    ///   credentials_name = "acme-crossaccount-v2"
    ///   role_arn         = aws_iam_role.crossaccount_v2.arn
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Workspaces of no plan of the run. Whether the state of an object that goes for good says
    /// `create_before_destroy`: where its workspace gets another in the same apply, the finding is
    /// possible. Networks have a rule of their own, `chg-network-replace-while-attached`.
    pub static RULE = {
        id: "chg-mws-in-use-delete",
        summary: "credentials, storage, key, endpoint or NCC deleted while it is in use",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: [
            "databricks_mws_credentials",
            "databricks_mws_customer_managed_keys",
            "databricks_mws_network_connectivity_config",
            "databricks_mws_storage_configurations",
            "databricks_mws_vpc_endpoint",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    in_use::collect(cx, rows, RULE.subjects);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let in_use = InUse::of(cx);
    for gone in cx.of(in_use::GONE) {
        let users = in_use.by(gone);
        let tri = Tri::any(users.iter().map(|user| user.needs));
        let users: Vec<&User<'_>> = users.iter().filter(|user| user.needs == tri).collect();
        let (sentence, attribute) = reason::told(gone);
        let mut draft = out
            .deny(tri, gone, attribute, || {
                let names = in_use::names(users.iter().map(|user| user.row));
                format!("{sentence}, while it is in use by {names}")
            })
            .help(|| help(gone));
        for user in users {
            let label = || match user.row.actions.delete && !user.row.actions.create {
                true => "uses it, and may be destroyed only after it".to_owned(),
                false => "uses it, and stays".to_owned(),
            };
            draft =
                draft.related_at(user.row, user.row.text("attribute").unwrap_or_default(), label);
        }
        reason::blame_row(draft, gone);
    }
}

fn help(gone: &Row) -> String {
    let first =
        "make another beside it, hand that to those who use it, and take this one away later";
    match gone.actions.replaces() {
        true => format!("{first}, or leave the attribute as it is"),
        false => first.to_owned(),
    }
}
