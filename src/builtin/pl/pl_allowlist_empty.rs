//! An allow list of endpoints that is empty, or ignored.

use crate::{
    builtin::shared::{account, lists},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_private_access_settings` with `private_access_level = "ENDPOINT"`, in any
    /// case, whose `allowed_vpc_endpoint_ids` is empty or left out; and one of another level, as is the
    /// default, that has such a list.
    ///
    /// ## Why is this bad?
    /// With the level `ENDPOINT` only the endpoints on the list may connect: with an empty one nobody
    /// can, privately. Any other level ignores the list: whoever wrote it believes in a restriction that
    /// is not there.
    /// Source: [databricks_mws_private_access_settings](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_private_access_settings),
    /// `private_access_level` and `allowed_vpc_endpoint_ids`; `PrivateAccessSettings` in
    /// databricks/databricks-sdk-go.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_private_access_settings" "this" {
    ///   # ...
    ///   private_access_level     = "ENDPOINT"
    ///   allowed_vpc_endpoint_ids = [databricks_mws_vpc_endpoint.office.vpc_endpoint_id]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// How long a list is that is known only after the apply and does not name an endpoint itself, and a
    /// level that is not known yet: the finding is possible.
    pub static RULE = {
        id: "pl-allowlist-empty",
        summary: "ENDPOINT access level with an empty allow list, or a list that is ignored",
        severity: Error,
        also: [(Note, "the level ignores a list that is there")],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_private_access_settings"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_private_access_settings") {
        let (level, list) = (it.get("private_access_level"), it.get("allowed_vpc_endpoint_ids"));
        let by_endpoint = level.test_text(|level| level.eq_ignore_ascii_case("ENDPOINT"));
        let is_empty = lists::is_empty(&list, account::ANY_ENDPOINT);
        let locked = by_endpoint & is_empty;
        if locked != Tri::No {
            out.deny(locked, it, &list, || {
                format!(
                    "lets in only the endpoints on its list (level {}), but the list is {}",
                    level.show(),
                    list.show()
                )
            })
            .help(|| {
                "list the `vpc_endpoint_id` of each databricks_mws_vpc_endpoint that may connect"
                    .to_owned()
            });
            continue;
        }
        out.deny(!by_endpoint & !is_empty, it, &list, || {
            format!("has a list of endpoints that its level {} ignores", level.show())
        })
        .at(Severity::Note)
        .help(|| "set `private_access_level = \"ENDPOINT\"`, or leave the list out".to_owned());
    }
}
