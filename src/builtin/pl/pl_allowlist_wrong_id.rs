//! AWS's id of an endpoint where Databricks' own is wanted.

use crate::{
    builtin::shared::{
        account::{ENDPOINT, REGISTERED},
        credentials::is_uuid,
    },
    facts::privatelink::AWS_ENDPOINT_ID,
    graph::{Cause, End, Hit, Res, Val, View},
    lint::{Check, Findings, PlanCx},
    plan::{Step, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds ids that AWS gave an endpoint (`vpce-…`, `aws_vpc_endpoint.x.id`) where Databricks wants the
    /// id that it gave when the endpoint was registered: in `allowed_vpc_endpoint_ids` of
    /// `databricks_mws_private_access_settings`, and in `vpc_endpoints` of `databricks_mws_networks`.
    ///
    /// ## Why is this bad?
    /// To Terraform both are texts: the plan succeeds, and the API refuses the id.
    /// Source: `PrivateAccessSettings.allowed_vpc_endpoint_ids` in
    /// [databricks-sdk-go](https://github.com/databricks/databricks-sdk-go/blob/main/service/provisioning/model.go):
    /// "This is the Databricks VPC endpoint configuration ID, not the ID of the VPC
    /// endpoint in AWS".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_vpc_endpoint" "rest" {
    ///   # ...
    ///   aws_vpc_endpoint_id = aws_vpc_endpoint.rest.id
    /// }
    ///
    /// resource "databricks_mws_networks" "this" {
    ///   # ...
    ///   vpc_endpoints {
    ///     rest_api        = [databricks_mws_vpc_endpoint.rest.vpc_endpoint_id]
    ///     dataplane_relay = [databricks_mws_vpc_endpoint.relay.vpc_endpoint_id]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Where a list is known only after the apply and was handed in through a variable or a local among
    /// other values, it may be one of those: the finding is possible. A variable beside endpoints of AWS makes
    /// it possible, too, if it is a list or a map. Literals beside
    /// references are not in a plan. `id` instead of `vpc_endpoint_id` is another mistake
    /// (`mws-composite-id`).
    pub static RULE = {
        id: "pl-allowlist-wrong-id",
        summary: "allow list or network given AWS endpoint ids",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_networks", "databricks_mws_private_access_settings"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_private_access_settings") {
        judge(it, "allowed_vpc_endpoint_ids", out);
    }
    for it in cx.of("databricks_mws_networks") {
        judge(it, "vpc_endpoints[0].dataplane_relay", out);
        judge(it, "vpc_endpoints[0].rest_api", out);
    }
}

fn judge(it: Res<'_>, attribute: &'static str, out: &mut Findings<'_>) {
    let list = it.get(attribute);
    let mut draft = out
        .deny(holds_aws_id(&list), it, &list, || {
            format!("holds an id that AWS gave ({}), where Databricks wants its own", shown(&list))
        })
        .help(|| {
            "use the `vpc_endpoint_id` of the databricks_mws_vpc_endpoint that registers it"
                .to_owned()
        });
    for endpoint in aws_endpoints(&list) {
        let label = match ENDPOINT.contains(&endpoint.type_()) {
            true => "the endpoint of AWS",
            false => "registers the endpoint of AWS",
        };
        draft = draft.related(endpoint, || label.to_owned());
    }
}

/// Whether a value, or an element of it, is an id of AWS.
fn holds_aws_id(value: &View<'_>) -> Tri {
    match value.val() {
        Val::Known(known) if known.is_array() => {
            Tri::any(value.items().map(|item| holds_aws_id(&item)))
        }
        Val::Known(_) => value.test_text(|id| id.starts_with(AWS_ENDPOINT_ID)),
        Val::Null | Val::Omitted => Tri::No,
        Val::Unknown(cause) => leads_to_aws(value, cause),
    }
}

/// The same of a value that is only known after the apply, by what it refers to. Of several objects that
/// were handed in, another may be the one that is meant.
fn leads_to_aws(value: &View<'_>, cause: Cause) -> Tri {
    let (named, all) = (value.named_hits(), value.hits());
    let is_aws = |hit: &Hit| is_aws_id(value.res(), hit);
    // A splat keeps no attribute, the key of a map none that is certain; where nothing else is meant, it is the
    // id or another wrong one.
    let is_lost = |hit: &Hit| attribute(hit).is_none() && is_aws_endpoint(value.res(), hit);
    // What was handed in is known by now, so that it is not what is only known after the apply. But there may be
    // a map with the right ids in it.
    let mut unknown = all.iter().filter(|hit| !matches!(hit.end, End::Known | End::Given(_)));
    let is_beside = unknown.clone().count() < all.len();
    let all_are =
        unknown.clone().next().is_some() && unknown.all(|hit| is_aws(hit) || is_lost(hit));
    let is_sure = || {
        !is_beside || value.handed_in().is_some_and(|texts| !texts.iter().any(|it| holds_uuid(it)))
    };
    if named.iter().any(is_aws) || all_are && is_sure() {
        Tri::Yes
    } else if all_are || all.iter().any(is_aws) {
        value.maybe(cause)
    } else {
        value.note(cause);
        Tri::No
    }
}

/// Whether a reference is to the id of an endpoint of AWS: of the endpoint, or of what registers it.
fn is_aws_id(it: Res<'_>, hit: &Hit) -> bool {
    let End::Resource(id) = hit.end else { return false };
    let name = attribute(hit);
    let is_registered = REGISTERED.contains(&it.scope().res(id).type_());
    is_aws_endpoint(it, hit) && name == Some("id")
        || is_registered && name == Some("aws_vpc_endpoint_id")
}

fn attribute(hit: &Hit) -> Option<&str> {
    hit.attribute.first().and_then(Step::name)
}

fn is_aws_endpoint(it: Res<'_>, hit: &Hit) -> bool {
    let End::Resource(id) = hit.end else { return false };
    ENDPOINT.contains(&it.scope().res(id).type_())
}

fn aws_endpoints<'a>(list: &View<'a>) -> Vec<Res<'a>> {
    let scope = list.res().scope();
    let it = list.res();
    let hits = list.hits().into_iter();
    let hits = hits.filter(|hit| is_aws_endpoint(it, hit) || is_aws_id(it, hit));
    let found = hits.filter_map(|hit| match hit.end {
        End::Resource(id) => Some(scope.res(id)),
        _ => None,
    });
    let mut found: Vec<Res<'a>> = found.collect();
    found.sort_by_key(|it| it.address());
    found
}

fn shown(list: &View<'_>) -> String {
    let is_wrong = |item: &View<'_>| item.text().is_some_and(|id| id.starts_with(AWS_ENDPOINT_ID));
    let known = list.items().find(is_wrong).map(|item| item.show());
    let named = || aws_endpoints(list).first().map(|it| format!("that of {}", it.address()));
    known.or_else(named).unwrap_or_else(|| list.show())
}

/// Whether a text is an id of Databricks, or a list of them.
fn holds_uuid(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_hexdigit() && c != '-').any(is_uuid)
}
