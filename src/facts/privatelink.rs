//! The PrivateLink endpoint services of Databricks on AWS, and the names that must resolve to them.

use super::look_up;

/// What an endpoint service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The web application and the REST API.
    Workspace,
    /// The relay of secure cluster connectivity.
    Relay,
    /// Direct access to services, Lakebase among them.
    ServiceDirect,
}

impl Service {
    /// Every service.
    pub const ALL: [Service; 3] = [Service::Workspace, Service::Relay, Service::ServiceDirect];

    /// The word for it in a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Service::Workspace => "workspace",
            Service::Relay => "relay",
            Service::ServiceDirect => "service-direct",
        }
    }

    /// The names that clients resolve, with `{shard}` and `{region}` to be filled in.
    ///
    /// Source: docs.databricks.com, aws/en/security/network/classic/privatelink-dns and
    /// en/resources/ip-domain-region.
    pub fn record_names(self) -> &'static [&'static str] {
        match self {
            Service::Workspace => &["{shard}.privatelink.cloud.databricks.com"],
            Service::Relay => &[
                "tunnel.privatelink.{region}.cloud.databricks.com",
                // Seen for us-west-1.
                "tunnel.privatelink.cloud.databricks.com",
            ],
            Service::ServiceDirect => &["{region}.service-direct.privatelink.cloud.databricks.com"],
        }
    }

    /// The values of `databricks_mws_vpc_endpoint.use_case` that go with it; none are documented
    /// for service-direct.
    ///
    /// Source: docs.databricks.com/api, the VPC endpoint object.
    pub fn use_cases(self) -> &'static [&'static str] {
        match self {
            Service::Workspace => &["GENERAL_ACCESS", "WORKSPACE_ACCESS"],
            Service::Relay => &["DATAPLANE_RELAY_ACCESS"],
            Service::ServiceDirect => &[],
        }
    }
}

/// Above the public names of workspaces.
///
/// Source: docs.databricks.com/aws/en/resources/ip-domain-region.
pub const PUBLIC_DOMAIN: &str = "cloud.databricks.com";

/// Above the private names of control planes.
///
/// Source: docs.databricks.com/aws/en/security/network/classic/privatelink-dns.
pub const PRIVATE_DOMAIN: &str = "privatelink.cloud.databricks.com";

/// Labels directly below [`PUBLIC_DOMAIN`] that are no workspace's: the account console, the relay's names,
/// and those of [`PRIVATE_DOMAIN`].
///
/// Source: as of both.
pub static NO_WORKSPACE: [&str; 3] = ["accounts", "privatelink", "tunnel"];

/// An endpoint service of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointService {
    /// `com.amazonaws.vpce.REGION.vpce-svc-…`.
    pub name: &'static str,
    /// The AWS region in which it is offered.
    pub region: &'static str,
    /// What it is for.
    pub service: Service,
}

/// The Databricks service of a name. The table can age: of a `vpce-svc-` that it does not hold
/// nothing is known.
pub fn service_named(name: &str) -> Option<EndpointService> {
    let at = SERVICES.binary_search_by(|entry| entry.name.cmp(name)).ok()?;
    SERVICES.get(at).copied()
}

/// The services of a region. In us-gov-west-1 there are two of each kind: one of the civilian
/// control plane, one of the Department of Defense's.
pub fn services_of(region: &str) -> impl Iterator<Item = EndpointService> {
    SERVICES.iter().copied().filter(move |entry| entry.region == region)
}

/// The name of a region's control plane, the first label of its private workspace name. In
/// us-gov-west-1 it is the civilian one; the Department of Defense's is `pendleton-dod`.
pub fn shard(region: &str) -> Option<&'static str> {
    look_up(SHARDS, region)
}

/// Whether a label is the name of some region's control plane.
pub fn is_shard(label: &str) -> bool {
    SHARDS.iter().any(|(_, shard)| *shard == label)
}

/// Above the public names of AWS's services, China's left out.
pub const AWS_DOMAIN: &str = "amazonaws.com";

/// Services of AWS that clusters call: the last part of their endpoint service's name, and the public
/// name of which an endpoint takes the place, with `{region}` to be filled in.
///
/// Source: docs.databricks.com, aws/en/security/network/classic/customer-managed-vpc, "Regional
/// endpoints"; docs.aws.amazon.com/general/latest/gr/sts.html and ak.html.
pub static AWS_SERVICES: &[(&str, &str)] =
    &[("kinesis-streams", "kinesis.{region}.amazonaws.com"), ("sts", "sts.{region}.amazonaws.com")];

/// The public name of a service of AWS, with `{region}` to be filled in; none of a service that clusters
/// do not call through an interface endpoint.
pub fn aws_name(service: &str) -> Option<&'static str> {
    look_up(AWS_SERVICES, service)
}

/// What stands in the name of an endpoint service that is no service of AWS itself. Like [`AWS_SERVICES`]
/// it is reached through interface endpoints; gateway endpoints lead to S3 and DynamoDB only.
///
/// Source: docs.aws.amazon.com/vpc/latest/privatelink/concepts.html and gateway-endpoints.html.
pub const PRIVATE_SERVICE: &str = ".vpce-svc-";

/// Begins every id that AWS gives an endpoint. Databricks gives it another when it is registered, a UUID.
///
/// Source: docs.databricks.com/api, the VPC endpoint object: "This is the Databricks VPC endpoint
/// configuration ID, not the ID of the VPC endpoint in AWS".
pub const AWS_ENDPOINT_ID: &str = "vpce-";

/// Names of private hosted zones that hold an endpoint's names and nothing else, with `{shard}` and
/// `{region}` to be filled in.
///
/// Source: docs.databricks.com, aws/en/security/network/classic/privatelink-dns.
pub static ZONES: &[&str] = &[
    "privatelink.cloud.databricks.com",
    "privatelink.{region}.cloud.databricks.com",
    "tunnel.privatelink.cloud.databricks.com",
    "tunnel.privatelink.{region}.cloud.databricks.com",
    "{shard}.privatelink.cloud.databricks.com",
];

/// Names of zones that hide every other Databricks name from the VPC that they are associated with.
///
/// Source: docs.databricks.com, en/resources/ip-domain-region: the public names below them.
pub static APEX_ZONES: &[&str] =
    &["cloud.databricks.com", "databricks.com", "{region}.cloud.databricks.com"];

/// Services of AWS, by the last part of their endpoints' names, that clusters call besides Databricks:
/// without a way out of the VPC each needs an endpoint in it.
///
/// Source: docs.databricks.com, aws/en/security/network/classic/privatelink, "Add VPC endpoints for
/// other AWS services".
pub static NEEDED_WITHOUT_EGRESS: &[&str] = &["s3", "sts", "kinesis-streams"];

/// Services that gateway endpoints lead to, which the usual names reach. An interface endpoint to one of them
/// is reached by names of its own, unless it has private DNS.
///
/// Source: docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html and
/// docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html.
pub static OF_GATEWAYS: &[&str] = &["dynamodb", "s3"];

/// The domains of Databricks on AWS: commercial, GovCloud, Department of Defense. How private names
/// look below the last two is not documented.
///
/// Source: aws/tf/variables.tf of databricks/terraform-databricks-sra@72a96ea, the account hosts.
pub static DOMAINS: &[&str] = &["databricks.com", "databricks.mil", "databricks.us"];

/// Availability zones (by id) in which service-direct endpoints can be made, where not in all.
///
/// Source: databricks/terraform-databricks-sra@72a96ea, `service_direct_limited_az_regions`.
pub fn service_direct_zones(region: &str) -> Option<&'static [&'static str]> {
    look_up(SERVICE_DIRECT_ZONES, region)
}

static SERVICE_DIRECT_ZONES: &[(&str, &[&str])] = &[
    ("ap-northeast-1", &["apne1-az1", "apne1-az2", "apne1-az4"]),
    ("ap-northeast-2", &["apne2-az1", "apne2-az3"]),
    ("us-east-1", &["use1-az1", "use1-az2", "use1-az4"]),
    ("us-west-2", &["usw2-az1", "usw2-az2", "usw2-az3"]),
];

/// Source: databricks/terraform-databricks-sra@72a96ea, aws/tf/variables.tf.
static SHARDS: &[(&str, &str)] = &[
    ("ap-northeast-1", "tokyo"),
    ("ap-northeast-2", "seoul"),
    ("ap-south-1", "mumbai"),
    ("ap-southeast-1", "singapore"),
    ("ap-southeast-2", "sydney"),
    ("ap-southeast-3", "jakarta"),
    ("ca-central-1", "canada"),
    ("eu-central-1", "frankfurt"),
    ("eu-west-1", "ireland"),
    ("eu-west-2", "london"),
    ("eu-west-3", "paris"),
    ("sa-east-1", "saopaulo"),
    ("us-east-1", "nvirginia"),
    ("us-east-2", "ohio"),
    ("us-gov-west-1", "pendleton"),
    ("us-west-1", "oregon"),
    ("us-west-2", "oregon"),
];

const fn service(name: &'static str, region: &'static str, service: Service) -> EndpointService {
    EndpointService { name, region, service }
}

use Service::{Relay, ServiceDirect, Workspace};

/// Source: databricks/terraform-databricks-sra@72a96ea, aws/tf/variables.tf; workspace and relay
/// equal those of databricks/terraform-databricks-examples@fb6ff0c,
/// modules/aws-exfiltration-protection/main.tf, for every region listed there.
#[rustfmt::skip]
static SERVICES: &[EndpointService] = &[
    service("com.amazonaws.vpce.ap-northeast-1.vpce-svc-00645ba5aa920181a", "ap-northeast-1", ServiceDirect),
    service("com.amazonaws.vpce.ap-northeast-1.vpce-svc-02691fd610d24fd64", "ap-northeast-1", Workspace),
    service("com.amazonaws.vpce.ap-northeast-1.vpce-svc-02aa633bda3edbec0", "ap-northeast-1", Relay),
    service("com.amazonaws.vpce.ap-northeast-2.vpce-svc-0babb9bde64f34d7e", "ap-northeast-2", Workspace),
    service("com.amazonaws.vpce.ap-northeast-2.vpce-svc-0dc0e98a5800db5c4", "ap-northeast-2", Relay),
    service("com.amazonaws.vpce.ap-northeast-2.vpce-svc-0eda2860bd3ffdc62", "ap-northeast-2", ServiceDirect),
    service("com.amazonaws.vpce.ap-south-1.vpce-svc-03fd4d9b61414f3de", "ap-south-1", Relay),
    service("com.amazonaws.vpce.ap-south-1.vpce-svc-0dbfe5d9ee18d6411", "ap-south-1", Workspace),
    service("com.amazonaws.vpce.ap-south-1.vpce-svc-0f8cf0950ddb2df95", "ap-south-1", ServiceDirect),
    service("com.amazonaws.vpce.ap-southeast-1.vpce-svc-02535b257fc253ff4", "ap-southeast-1", Workspace),
    service("com.amazonaws.vpce.ap-southeast-1.vpce-svc-0557367c6fc1a0c5c", "ap-southeast-1", Relay),
    service("com.amazonaws.vpce.ap-southeast-1.vpce-svc-095bb0c17301d018c", "ap-southeast-1", ServiceDirect),
    service("com.amazonaws.vpce.ap-southeast-2.vpce-svc-0b4a72e8f825495f6", "ap-southeast-2", Relay),
    service("com.amazonaws.vpce.ap-southeast-2.vpce-svc-0b87155ddd6954974", "ap-southeast-2", Workspace),
    service("com.amazonaws.vpce.ap-southeast-2.vpce-svc-0bad186019cff33de", "ap-southeast-2", ServiceDirect),
    service("com.amazonaws.vpce.ap-southeast-3.vpce-svc-025ca447c232c6a1b", "ap-southeast-3", Relay),
    service("com.amazonaws.vpce.ap-southeast-3.vpce-svc-028527b0920c3e620", "ap-southeast-3", ServiceDirect),
    service("com.amazonaws.vpce.ap-southeast-3.vpce-svc-07a698e7e9ccfd04a", "ap-southeast-3", Workspace),
    service("com.amazonaws.vpce.ca-central-1.vpce-svc-0205f197ec0e28d65", "ca-central-1", Workspace),
    service("com.amazonaws.vpce.ca-central-1.vpce-svc-0a677b49b6d71cf54", "ca-central-1", ServiceDirect),
    service("com.amazonaws.vpce.ca-central-1.vpce-svc-0c4e25bdbcbfbb684", "ca-central-1", Relay),
    service("com.amazonaws.vpce.eu-central-1.vpce-svc-040453426d7a48946", "eu-central-1", ServiceDirect),
    service("com.amazonaws.vpce.eu-central-1.vpce-svc-081f78503812597f7", "eu-central-1", Workspace),
    service("com.amazonaws.vpce.eu-central-1.vpce-svc-08e5dfca9572c85c4", "eu-central-1", Relay),
    service("com.amazonaws.vpce.eu-north-1.vpce-svc-034c0ab59f7a99d04", "eu-north-1", ServiceDirect),
    service("com.amazonaws.vpce.eu-west-1.vpce-svc-09b4eb2bc775f4e8c", "eu-west-1", Relay),
    service("com.amazonaws.vpce.eu-west-1.vpce-svc-0a5d3be4f026f5bd7", "eu-west-1", ServiceDirect),
    service("com.amazonaws.vpce.eu-west-1.vpce-svc-0da6ebf1461278016", "eu-west-1", Workspace),
    service("com.amazonaws.vpce.eu-west-2.vpce-svc-000fc680ee188fcf6", "eu-west-2", ServiceDirect),
    service("com.amazonaws.vpce.eu-west-2.vpce-svc-01148c7cdc1d1326c", "eu-west-2", Workspace),
    service("com.amazonaws.vpce.eu-west-2.vpce-svc-05279412bf5353a45", "eu-west-2", Relay),
    service("com.amazonaws.vpce.eu-west-3.vpce-svc-005b039dd0b5f857d", "eu-west-3", Relay),
    service("com.amazonaws.vpce.eu-west-3.vpce-svc-008b9368d1d011f37", "eu-west-3", Workspace),
    service("com.amazonaws.vpce.eu-west-3.vpce-svc-041f8eb165985a7eb", "eu-west-3", ServiceDirect),
    service("com.amazonaws.vpce.sa-east-1.vpce-svc-09d56640b3fed29b8", "sa-east-1", ServiceDirect),
    service("com.amazonaws.vpce.sa-east-1.vpce-svc-0bafcea8cdfe11b66", "sa-east-1", Workspace),
    service("com.amazonaws.vpce.sa-east-1.vpce-svc-0e61564963be1b43f", "sa-east-1", Relay),
    service("com.amazonaws.vpce.us-east-1.vpce-svc-00018a8c3ff62ffdf", "us-east-1", Relay),
    service("com.amazonaws.vpce.us-east-1.vpce-svc-09143d1e626de2f04", "us-east-1", Workspace),
    service("com.amazonaws.vpce.us-east-1.vpce-svc-0a1a39ada4ec3bcdc", "us-east-1", ServiceDirect),
    service("com.amazonaws.vpce.us-east-2.vpce-svc-041dc2b4d7796b8d3", "us-east-2", Workspace),
    service("com.amazonaws.vpce.us-east-2.vpce-svc-052fbd90ec8e1af31", "us-east-2", ServiceDirect),
    service("com.amazonaws.vpce.us-east-2.vpce-svc-090a8fab0d73e39a6", "us-east-2", Relay),
    service("com.amazonaws.vpce.us-gov-west-1.vpce-svc-05c210a2feea23ad7", "us-gov-west-1", Relay),
    service("com.amazonaws.vpce.us-gov-west-1.vpce-svc-05f27abef1a1a3faa", "us-gov-west-1", Relay),
    service("com.amazonaws.vpce.us-gov-west-1.vpce-svc-08fddf710780b2a54", "us-gov-west-1", Workspace),
    service("com.amazonaws.vpce.us-gov-west-1.vpce-svc-0f25e28401cbc9418", "us-gov-west-1", Workspace),
    service("com.amazonaws.vpce.us-west-1.vpce-svc-04cb91f9372b792fe", "us-west-1", Relay),
    service("com.amazonaws.vpce.us-west-1.vpce-svc-070673a01d3f28066", "us-west-1", ServiceDirect),
    service("com.amazonaws.vpce.us-west-1.vpce-svc-09bb6ca26208063f2", "us-west-1", Workspace),
    service("com.amazonaws.vpce.us-west-2.vpce-svc-0129f463fcfbc46c5", "us-west-2", Workspace),
    service("com.amazonaws.vpce.us-west-2.vpce-svc-0158114c0c730c3bb", "us-west-2", Relay),
    service("com.amazonaws.vpce.us-west-2.vpce-svc-0d7fe235ba1abe9d2", "us-west-2", ServiceDirect),
];

#[cfg(test)]
mod tests {
    use super::super::regions;
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn services() {
        let relay = service_named("com.amazonaws.vpce.eu-central-1.vpce-svc-08e5dfca9572c85c4");
        assert_eq!(relay.map(|entry| (entry.region, entry.service)), Some(("eu-central-1", Relay)));
        assert_eq!(service_named("com.amazonaws.eu-central-1.s3"), None);
        assert_eq!(services_of("eu-central-1").count(), 3);
        assert_eq!(services_of("us-gov-west-1").count(), 4);
        assert_eq!(services_of("eu-south-1").count(), 0);
        for entry in SERVICES {
            assert!(entry.name.contains(&format!(".vpce.{}.vpce-svc-", entry.region)));
        }
    }

    #[test]
    fn names() {
        assert_eq!(shard("us-east-1"), Some("nvirginia"));
        assert_eq!(shard("eu-north-1"), None);
        assert_eq!(service_direct_zones("ap-northeast-2"), Some(&["apne2-az1", "apne2-az3"][..]));
        assert_eq!(service_direct_zones("eu-west-1"), None);
        for service in Service::ALL {
            for name in service.record_names() {
                assert!(name.ends_with("privatelink.cloud.databricks.com") || service == Relay);
            }
        }
        assert!(regions::DATABRICKS.iter().all(|region| shard(region).is_some()));
    }

    #[test]
    fn sorted() {
        assert_sorted(SERVICES.iter().map(|entry| entry.name));
        assert_sorted(SHARDS);
        assert_sorted(SERVICE_DIRECT_ZONES);
        assert_sorted(AWS_SERVICES);
        assert_sorted(ZONES);
        assert_sorted(APEX_ZONES);
        assert_sorted(DOMAINS);
    }
}
