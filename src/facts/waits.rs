//! What takes minutes to be created.
//!
//! Source: the create functions of aws 5.100.0 and databricks 1.128.0, which poll until the object
//! is available: `aws_nat_gateway` and interface endpoints (create timeout 10 minutes),
//! `aws_networkfirewall_firewall` (30), `databricks_mws_vpc_endpoint`, `databricks_mws_workspaces`
//! (until the workspace is RUNNING, 20 minutes).

/// Resource types that take minutes to be created, the slowest first. `aws_vpc_endpoint` is slow
/// only as an interface endpoint.
pub static SLOW: &[&str] = &[
    "databricks_mws_workspaces",
    "aws_networkfirewall_firewall",
    "aws_nat_gateway",
    "databricks_mws_vpc_endpoint",
    "aws_vpc_endpoint",
];

/// How long a new object of IAM is waited for in practice, in seconds, by its type: what public modules
/// sleep at least.
///
/// Source: databricks/terraform-provider-databricks#1805 and docs/resources/instance_profile.md for
/// instance profiles (30 usual, 60 safe); docs/guides/aws-workspace.md there and aws-workspace-basic of
/// databricks/terraform-databricks-examples for roles (10 and 20).
pub fn propagation(kind: &str) -> Option<i64> {
    match kind {
        "aws_iam_instance_profile" => Some(30),
        "aws_iam_role" => Some(10),
        _ => None,
    }
}
