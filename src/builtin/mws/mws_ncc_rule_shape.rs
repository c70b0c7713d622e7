//! A private endpoint rule whose fields do not go together.

use crate::{
    builtin::shared::{lists, provider},
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_ncc_private_endpoint_rule` on AWS whose fields contradict its service: a
    /// rule for S3 without `resource_names` or with `domain_names`, one for a service behind a load
    /// balancer of one's own without `domain_names` or with `resource_names`, one with the fields of
    /// Azure, and one that names no service.
    ///
    /// ## Why is this bad?
    /// The provider takes any combination: the plan succeeds and the API refuses the rule.
    /// Source: [databricks_mws_ncc_private_endpoint_rule](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_ncc_private_endpoint_rule):
    /// `resource_names` "only used by private endpoints towards AWS S3 service", `domain_names` "only
    /// used by private endpoints towards a VPC endpoint service", `resource_id` and `group_id` "Azure
    /// only".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_ncc_private_endpoint_rule" "s3" {
    ///   endpoint_service = "com.amazonaws.eu-central-1.s3"
    ///   resource_names   = ["acme-landing"]
    /// }
    ///
    /// resource "databricks_mws_ncc_private_endpoint_rule" "warehouse" {
    ///   endpoint_service = aws_vpc_endpoint_service.warehouse.service_name
    ///   domain_names     = ["warehouse.acme.internal"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Lists and services that are known only after the apply: the finding is possible where they
    /// decide, but for a list of single texts such as `[aws_s3_bucket.landing.id]`, which is not empty. Rules on Azure and Google Cloud are not looked at; where only the provider's environment
    /// tells the cloud, the fields of Azure are a possible finding.
    pub static RULE = {
        id: "mws-ncc-rule-shape",
        summary: "private endpoint rule with inconsistent fields",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_ncc_private_endpoint_rule"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_ncc_private_endpoint_rule") {
        let of_google = it.get("gcp_endpoint").items().next().is_some();
        match provider::is_on_aws(it) {
            Tri::No => out.pass(it),
            _ if of_google => out.pass(it),
            on_aws => judge(it, on_aws, out),
        }
    }
}

/// What may be wrong with a rule: attribute, message, help.
const FAULTS: [(&str, &str, &str); 4] = [
    (
        "group_id",
        "has resource_id or group_id, which only rules on Azure have",
        "name an endpoint_service instead",
    ),
    (
        "endpoint_service",
        "names no endpoint service",
        "set endpoint_service, and resource_names for S3 or domain_names for any other",
    ),
    (
        "resource_names",
        "is for S3, which goes with resource_names and without domain_names",
        "name the buckets in resource_names, and leave domain_names out",
    ),
    (
        "domain_names",
        "is for a private service, which goes with domain_names and without resource_names",
        "set domain_names to what is reached through the service, and leave resource_names out",
    ),
];

fn judge(it: Res<'_>, on_aws: Tri, out: &mut Findings<'_>) {
    let service = it.get("endpoint_service");
    // What is not known yet was written by somebody.
    let has_service = Tri::from(service.is_given() != Tri::No);
    let (buckets, domains) =
        (has_items(&it.get("resource_names")), has_items(&it.get("domain_names")));
    let azure = it.get("resource_id").is_given() | it.get("group_id").is_given();
    // What only AWS has tells the cloud.
    let on_aws = on_aws | has_service | buckets;
    let kind = Kind::of(&service);
    let answers = [
        azure & on_aws,
        !has_service & !azure & on_aws,
        kind.s3 & (!buckets | domains),
        kind.private & (!domains | buckets),
    ];
    for (tri, (attribute, message, help)) in answers.into_iter().zip(FAULTS) {
        out.deny(tri, it, attribute, || message.to_owned()).help(|| help.to_owned());
    }
}

/// Which service a rule is for.
struct Kind {
    s3: Tri,
    private: Tri,
}

impl Kind {
    fn of(service: &View<'_>) -> Kind {
        let ends = |name: &str| (name.ends_with(".s3"), name.contains(".vpce-svc-"));
        let (s3, private) = match (service.val(), service.target(&["aws_vpc_endpoint_service"])) {
            (Val::Known(_), _) => {
                let (s3, private) = service.text().map(ends).unwrap_or_default();
                (s3.into(), private.into())
            }
            // A service that the plan makes is private; one that it looks up may be any.
            (Val::Unknown(_), target) if !target.candidates().is_empty() => {
                let all = target.candidates();
                let is_made = |it: &Res<'_>| Tri::from(it.mode() == Mode::Managed);
                let is_s3 = |it: &Res<'_>| it.get("service").is("s3");
                (Tri::agree(all.iter().map(is_s3)), Tri::agree(all.iter().map(is_made)))
            }
            (Val::Unknown(cause), _) => (service.maybe(cause), service.maybe(cause)),
            _ => (Tri::No, Tri::No),
        };
        Kind { s3, private }
    }
}

/// Whether a list has anything in it.
fn has_items(list: &View<'_>) -> Tri {
    match list.known() {
        Some(_) => Tri::from(list.items().next().is_some()),
        None if lists::refers_to_texts(list) => Tri::Yes,
        None => list.is_set(),
    }
}
