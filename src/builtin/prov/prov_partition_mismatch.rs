//! A Databricks host of one AWS partition, and regions or ARNs of another.

use std::collections::BTreeSet;

use crate::{
    aws::Arn,
    builtin::shared::{policies, provider},
    facts::{
        accounts,
        partitions::{HOLDERS, MAKERS, VALUES},
        policies::default_of,
        regions,
    },
    graph::{ProviderBlock, Res},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds resources of Databricks whose AWS region or ARN lies in another partition than the host that
    /// their provider speaks to: `*.cloud.databricks.com` is commercial AWS, `*.cloud.databricks.us` and
    /// `.mil` are GovCloud (`us-gov-*`, `arn:aws-us-gov:`). The same for policies made by
    /// a `databricks_aws_*` data source with the wrong `aws_partition`, where all hosts of the plan lie in
    /// one partition.
    ///
    /// ## Why is this bad?
    /// Nothing reaches across AWS partitions: neither roles nor buckets nor networks. The API refuses the
    /// region, or cannot assume the role.
    /// Source: [Databricks on AWS GovCloud](https://docs.databricks.com/aws/en/security/privacy/gov-cloud);
    /// aws/tf/variables.tf of databricks/terraform-databricks-sra;
    /// [ARNs](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html), "partition".
    ///
    /// ## How to fix it
    /// Use the account host of the region's partition:
    /// ```hcl
    /// provider "databricks" {
    ///   host = "https://accounts.cloud.databricks.us" # us-gov-west-1
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Hosts from the environment, a profile or a workspace of the same plan, and values that are known only
    /// after the apply: only known values are compared.
    pub static RULE = {
        id: "prov-partition-mismatch",
        summary: "commercial host with GovCloud region or the reverse",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: [
            "aws_iam_policy",
            "aws_iam_role",
            "aws_iam_role_policy",
            "aws_s3_bucket_policy",
            "databricks_credential",
            "databricks_instance_profile",
            "databricks_metastore",
            "databricks_metastore_data_access",
            "databricks_mws_credentials",
            "databricks_mws_customer_managed_keys",
            "databricks_mws_network_connectivity_config",
            "databricks_mws_private_access_settings",
            "databricks_mws_storage_configurations",
            "databricks_mws_vpc_endpoint",
            "databricks_mws_workspaces",
            "databricks_storage_credential",
        ],
        since: "0.1.0",
        no_unknown: "only known values are compared",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for (type_, attribute) in VALUES {
        for it in cx.of(type_) {
            values(it, attribute, out);
        }
    }
    made_policies(cx, out);
}

fn values(it: Res<'_>, attribute: &'static str, out: &mut Findings<'_>) {
    let view = it.get(attribute);
    let (Some(host), Some(text)) = (host(it.provider()), view.text()) else {
        view.note_unknown();
        return;
    };
    let Some(partition) = partition_of(text) else { return };
    out.deny(Tri::from(partition != host.partition), it, &view, || {
        format!(
            "{} lies in partition {partition}, but {} is in {}",
            view.show(),
            host.name,
            host.partition
        )
    })
    .help(|| format!("use the Databricks host of {partition}, or a region of {}", host.partition));
}

/// The partition of a region or an ARN; none where the text is neither.
fn partition_of(text: &str) -> Option<&str> {
    match Arn::parse(text) {
        Some(arn) => Some(arn.partition),
        None => regions::is_region(text).then(|| regions::partition(text)),
    }
}

/// A host of Databricks, and the AWS partition that it is in.
struct Host {
    name: String,
    partition: &'static str,
}

fn host(provider: Option<ProviderBlock<'_>>) -> Option<Host> {
    let provider = provider?;
    Some(Host { partition: provider::partition(provider)?, name: provider.constant("host")? })
}

/// Policies made for another partition than that of all hosts of the plan. The data sources call no host,
/// so that of their own provider tells nothing.
fn made_policies(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let providers = cx.graph.providers().filter(|it| it.block.name == "databricks");
    let hosts: Vec<Host> = providers.filter_map(|it| host(Some(it))).collect();
    let partitions: BTreeSet<&str> = hosts.iter().map(|it| it.partition).collect();
    let (Some(host), 1) = (hosts.first(), partitions.len()) else { return };
    let is_foreign = |it: Res<'_>| made_for(it).is_some_and(|made| made != host.partition);
    if !MAKERS.iter().any(|type_| cx.data(type_).any(is_foreign)) {
        return;
    }
    for (type_, attribute) in HOLDERS {
        for it in cx.of(type_) {
            let view = it.get(attribute);
            let Some(data) = policies::made_by(&view) else { continue };
            let Some(partition) = made_for(data) else { continue };
            out.deny(Tri::from(partition != host.partition), it, &view, || {
                format!(
                    "is made for partition {partition}, but {} is in {}",
                    host.name, host.partition
                )
            })
            .help(|| format!("set `aws_partition = \"{}\"` in {}", host.partition, data.address()))
            .related_at(data, "aws_partition", || "makes the policy".to_owned());
        }
    }
}

/// The AWS partition that a data source makes a policy for, where it is known.
fn made_for(data: Res<'_>) -> Option<&'static str> {
    let argument = data.get("aws_partition");
    let name = match argument.is_set() {
        Tri::No => default_of("aws_partition")?,
        _ => argument.text()?,
    };
    Some(accounts::deployment_named(name)?.partition)
}
