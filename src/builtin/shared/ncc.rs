//! Network connectivity configurations: which workspaces they are bound to, and which services their
//! rules reach.

use crate::{
    aws::Arn,
    estate::Rows,
    facts::accounts::{DEPLOYMENTS, Deployment},
    graph::{Res, Target},
    lint::PlanCx,
};

use super::{buckets, endpoints, regions};

/// A `databricks_mws_network_connectivity_config`. Cell: `region`.
pub const CONFIG: &str = "ncc/config";
/// A `databricks_mws_ncc_binding`. Cells: `ncc`, `workspace`.
pub const BINDING: &str = "ncc/binding";
/// A `databricks_mws_ncc_private_endpoint_rule`. Cells: `ncc`, `service`, `served-in` (the region in
/// which the service is offered), `bucket` (a list).
pub const RULE: &str = "ncc/rule";
/// An `aws_vpc_endpoint_service` that its plan manages. Cells: `region`, `principals` (a list), and the
/// answer `accepts`: whether somebody has to accept a connection.
pub const SERVICE: &str = "ncc/service";
/// A principal that a resource of its own admits to a service. Cells: `service`, `principal`.
pub const ADMITTED: &str = "ncc/admitted";

const CONFIGS: &[&str] = &["databricks_mws_network_connectivity_config"];
const SERVICES: &[&str] = &["aws_vpc_endpoint_service"];

/// Takes the rows of a plan, but those of workspaces and buckets.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "ncc", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of(CONFIGS[0]).chain(cx.data(CONFIGS[0])) {
        rows.add(CONFIG, it).with("region", regions::written(&it.get("region")));
    }
    for it in cx.of("databricks_mws_ncc_binding") {
        rows.add(BINDING, it)
            .with("ncc", named(it))
            .with("workspace", it.get("workspace_id").target(&["databricks_mws_workspaces"]));
    }
    for it in cx.of("databricks_mws_ncc_private_endpoint_rule") {
        let service = it.get("endpoint_service");
        rows.add(RULE, it)
            .with("ncc", named(it))
            .with("service", service.target(SERVICES))
            .with("served-in", endpoints::served_in(&service))
            .with("bucket", it.get("resource_names").targets(buckets::BUCKET));
    }
    for it in cx.of(SERVICES[0]) {
        rows.add(SERVICE, it)
            .with("region", regions::shown_or_unset(it.region()))
            .with("principals", it.get("allowed_principals"))
            .with("accepts", it.get("acceptance_required").flag(false));
    }
    for it in cx.of("aws_vpc_endpoint_service_allowed_principal") {
        rows.add(ADMITTED, it)
            .with("service", it.get("vpc_endpoint_service_id").target(SERVICES))
            .with("principal", it.get("principal_arn"));
    }
}

/// Whether a principal that a service admits is Databricks' role for connections from serverless compute
/// in a region, or whoever else covers it: everybody, or the whole account of that role. Where the
/// region is not known, the role of any will do.
pub fn covers_serverless(principal: &str, region: Option<&str>) -> bool {
    let is_role = |it: &Deployment, resource: &str| match region {
        Some(region) => principal == it.private_connectivity_role(region),
        None => {
            let any = it.private_connectivity_role("");
            Arn::parse(&any).is_some_and(|any| resource.starts_with(any.resource))
        }
    };
    principal == "*"
        || DEPLOYMENTS.iter().any(|it| {
            principal == it.private_connectivity
                || Arn::parse(principal).is_some_and(|arn| {
                    arn.account == Some(it.private_connectivity)
                        && (arn.resource == "root" || is_role(it, arn.resource))
                })
        })
}

/// The configuration that a resource names.
pub fn named(it: Res<'_>) -> Target<'_> {
    it.get("network_connectivity_config_id").target(CONFIGS)
}

#[cfg(test)]
mod tests {
    use super::covers_serverless;

    #[test]
    fn principals() {
        let role = "arn:aws:iam::565502421330:role/private-connectivity-role-eu-central-1";
        for (principal, region, wanted) in [
            ("*", Some("eu-central-1"), true),
            (role, Some("eu-central-1"), true),
            (role, Some("eu-west-1"), false),
            (role, None, true),
            ("arn:aws:iam::565502421330:root", Some("eu-west-1"), true),
            ("arn:aws:iam::565502421330:role/another", None, false),
            ("arn:aws:iam::444455556666:root", Some("eu-central-1"), false),
            (
                "arn:aws-us-gov:iam::347034940029:role/private-connectivity-role-us-gov-west-1",
                Some("us-gov-west-1"),
                true,
            ),
        ] {
            assert_eq!(covers_serverless(principal, region), wanted, "{principal} {region:?}");
        }
    }
}
