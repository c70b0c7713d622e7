//! Which region something lies in, beyond what [`Res::region`] reads from the thing itself: a VPC by its
//! subnets, a service by its name.

use crate::{
    facts::regions::is_region,
    graph::{Res, Target},
};

use super::account::{SUBNET, VPC};

/// The region of a VPC: its own, else the one in which all its subnets of the plan lie.
pub fn of_vpc(vpc: Res<'_>) -> Option<String> {
    if let Some(region) = vpc.region() {
        return Some(region);
    }
    let subnets = SUBNET.iter().flat_map(|kind| vpc.scope().of(kind));
    let own = subnets.filter(|it| it.get("vpc_id").target(VPC).here() == Some(vpc));
    let mut regions: Vec<String> = own.filter_map(Res::region).collect();
    regions.sort_unstable();
    regions.dedup();
    if regions.len() == 1 { regions.pop() } else { None }
}

/// The region of what a value names; none where it is no single object of the plan.
pub fn of_target(target: &Target<'_>) -> Option<String> {
    let res = target.here()?;
    if VPC.contains(&res.type_()) { of_vpc(res) } else { res.region() }
}

/// The region in the name of an endpoint service: `com.amazonaws.R.sts`,
/// `com.amazonaws.vpce.R.vpce-svc-0123`. None in names without one, `com.amazonaws.s3-global.accesspoint`.
pub fn in_service_name(name: &str) -> Option<&str> {
    let rest = ["com.amazonaws.vpce.", "com.amazonaws.", "cn.com.amazonaws."]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))?;
    rest.split('.').next().filter(|part| is_region(part))
}

#[cfg(test)]
mod tests {
    use super::in_service_name;

    #[test]
    fn services() {
        for (name, region) in [
            ("com.amazonaws.eu-west-1.sts", Some("eu-west-1")),
            ("com.amazonaws.vpce.eu-central-1.vpce-svc-081f78503812597f7", Some("eu-central-1")),
            ("com.amazonaws.s3-global.accesspoint", None),
            ("aws.sagemaker.eu-west-1.notebook", None),
        ] {
            assert_eq!(in_service_name(name), region, "{name}");
        }
    }
}
