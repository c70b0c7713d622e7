//! Policies that data sources of the Databricks provider make of their arguments, and the permissions
//! that Databricks asks for.
//!
//! Source: aws/data_*.go of databricks/terraform-provider-databricks@684f442.

/// When a statement is part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In every one.
    Always,
    /// Where an argument is set.
    Set(&'static str),
    /// Where a flag is on.
    On(&'static str),
    /// Where a flag is off or left out.
    Off(&'static str),
    /// Where an argument has one of these values; the first of the document's `defaults` where it is
    /// left out.
    Is(&'static str, &'static [&'static str]),
}

/// A statement of a document. `${a|b}` is the first of these that is set: arguments, and what
/// [`deployment`](super::accounts::Deployment) knows: `partition`, `control_plane` (its account),
/// `control_plane_root` (that account's ARN), `log_delivery_role` and `unity_catalog_role`. A text
/// that is one argument and nothing else may be a list. A condition whose argument is left out is
/// left out too.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// When it is there.
    pub when: When,
    /// The statement as JSON.
    pub json: &'static str,
}

/// The statements that a data source of this type makes; none where it makes no policy.
pub fn templates(kind: &str) -> &'static [Template] {
    match kind {
        "databricks_aws_assume_role_policy" => ASSUME_ROLE_DOCUMENT,
        "databricks_aws_bucket_policy" => BUCKET,
        "databricks_aws_crossaccount_policy" => CROSS_ACCOUNT,
        "databricks_aws_unity_catalog_assume_role_policy" => UNITY_CATALOG_ASSUME_ROLE,
        "databricks_aws_unity_catalog_policy" => UNITY_CATALOG,
        _ => &[],
    }
}

/// The value of an argument that is left out.
pub fn default_of(argument: &str) -> Option<&'static str> {
    match argument {
        "aws_partition" => Some("aws"),
        "policy_type" => Some("managed"),
        _ => None,
    }
}

const fn template(when: When, json: &'static str) -> Template {
    Template { when, json }
}

static ASSUME_ROLE_DOCUMENT: &[Template] = &[
    template(
        When::Off("for_log_delivery"),
        r#"{"Effect":"Allow","Action":"sts:AssumeRole",
        "Condition":{"StringEquals":{"sts:ExternalId":"${external_id}"}},
        "Principal":{"AWS":"arn:${partition}:iam::${databricks_account_id|control_plane}:root"}}"#,
    ),
    template(
        When::On("for_log_delivery"),
        r#"{"Effect":"Allow","Action":"sts:AssumeRole",
        "Condition":{"StringEquals":{"sts:ExternalId":"${external_id}"}},
        "Principal":{"AWS":"${log_delivery_role}"}}"#,
    ),
];

static BUCKET: &[Template] = &[template(
    When::Always,
    r#"{"Effect":"Allow",
    "Action":["s3:GetObject","s3:GetObjectVersion","s3:PutObject","s3:DeleteObject","s3:ListBucket",
        "s3:GetBucketLocation"],
    "Resource":["arn:${partition}:s3:::${bucket}/*","arn:${partition}:s3:::${bucket}"],
    "Principal":{"AWS":"${full_access_role|control_plane_root}"},
    "Condition":{"StringEquals":{"aws:PrincipalTag/DatabricksAccountId":"${databricks_e2_account_id}"}}}"#,
)];

static UNITY_CATALOG_ASSUME_ROLE: &[Template] = &[
    template(
        When::Always,
        r#"{"Sid":"UnityCatalogAssumeRole","Effect":"Allow","Action":"sts:AssumeRole",
        "Condition":{"StringEquals":{"sts:ExternalId":"${external_id}"}},
        "Principal":{"AWS":"${unity_catalog_iam_arn|unity_catalog_role}"}}"#,
    ),
    template(
        When::Always,
        r#"{"Sid":"ExplicitSelfRoleAssumption","Effect":"Allow","Action":"sts:AssumeRole",
        "Condition":{
            "ArnLike":{"aws:PrincipalArn":"arn:${partition}:iam::${aws_account_id}:role/${role_name}"},
            "StringEquals":{"sts:ExternalId":"${external_id}"}},
        "Principal":{"AWS":"arn:${partition}:iam::${aws_account_id}:root"}}"#,
    ),
];

static UNITY_CATALOG: &[Template] = &[
    template(
        When::Always,
        r#"{"Effect":"Allow",
        "Action":["s3:GetObject","s3:PutObject","s3:DeleteObject","s3:ListBucket","s3:GetBucketLocation",
            "s3:ListBucketMultipartUploads","s3:ListMultipartUploadParts","s3:AbortMultipartUpload"],
        "Resource":["arn:${partition}:s3:::${bucket_name}/*","arn:${partition}:s3:::${bucket_name}"]}"#,
    ),
    template(
        When::Always,
        r#"{"Effect":"Allow","Action":"sts:AssumeRole",
        "Resource":"arn:${partition}:iam::${aws_account_id}:role/${role_name}"}"#,
    ),
    template(
        When::Set("kms_name"),
        r#"{"Effect":"Allow","Action":["kms:Decrypt","kms:Encrypt","kms:GenerateDataKey*"],
        "Resource":"${kms_name}"}"#,
    ),
    template(
        When::Always,
        r#"{"Sid":"ManagedFileEventsSetupStatement","Effect":"Allow",
        "Action":["s3:GetBucketNotification","s3:PutBucketNotification","sns:ListSubscriptionsByTopic",
            "sns:GetTopicAttributes","sns:SetTopicAttributes","sns:CreateTopic","sns:TagResource",
            "sns:Publish","sns:Subscribe","sqs:CreateQueue","sqs:DeleteMessage","sqs:ReceiveMessage",
            "sqs:SendMessage","sqs:GetQueueUrl","sqs:GetQueueAttributes","sqs:SetQueueAttributes",
            "sqs:TagQueue","sqs:ChangeMessageVisibility","sqs:PurgeQueue"],
        "Resource":["arn:${partition}:s3:::${bucket_name}",
            "arn:${partition}:sqs:*:${aws_account_id}:csms-*",
            "arn:${partition}:sns:*:${aws_account_id}:csms-*"]}"#,
    ),
    template(
        When::Always,
        r#"{"Sid":"ManagedFileEventsListStatement","Effect":"Allow",
        "Action":["sqs:ListQueues","sqs:ListQueueTags","sns:ListTopics"],
        "Resource":["arn:${partition}:sqs:*:${aws_account_id}:csms-*",
            "arn:${partition}:sns:*:${aws_account_id}:csms-*"]}"#,
    ),
    template(
        When::Always,
        r#"{"Sid":"ManagedFileEventsTeardownStatement","Effect":"Allow",
        "Action":["sns:Unsubscribe","sns:DeleteTopic","sqs:DeleteQueue"],
        "Resource":["arn:${partition}:sqs:*:${aws_account_id}:csms-*",
            "arn:${partition}:sns:*:${aws_account_id}:csms-*"]}"#,
    ),
];

static CROSS_ACCOUNT: &[Template] = &[
    template(
        When::Always,
        r#"{"Effect":"Allow","Resource":"*",
        "Action":["ec2:AssignPrivateIpAddresses","ec2:CancelSpotInstanceRequests",
            "ec2:DescribeAvailabilityZones","ec2:DescribeIamInstanceProfileAssociations",
            "ec2:DescribeInstanceStatus","ec2:DescribeInstances","ec2:DescribeInternetGateways",
            "ec2:DescribeNatGateways","ec2:DescribeNetworkAcls","ec2:DescribePrefixLists",
            "ec2:DescribeReservedInstancesOfferings","ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups","ec2:DescribeSpotInstanceRequests",
            "ec2:DescribeSpotPriceHistory","ec2:DescribeSubnets","ec2:DescribeVolumes",
            "ec2:DescribeVpcAttribute","ec2:DescribeVpcs","ec2:CreateTags","ec2:DeleteTags",
            "ec2:GetSpotPlacementScores","ec2:RequestSpotInstances","ec2:DescribeFleetHistory",
            "ec2:ModifyFleet","ec2:DeleteFleets","ec2:DescribeFleetInstances","ec2:DescribeFleets",
            "ec2:CreateFleet","ec2:DeleteLaunchTemplate","ec2:GetLaunchTemplateData",
            "ec2:CreateLaunchTemplate","ec2:DescribeLaunchTemplates",
            "ec2:DescribeLaunchTemplateVersions","ec2:ModifyLaunchTemplate",
            "ec2:DeleteLaunchTemplateVersions","ec2:CreateLaunchTemplateVersion"]}"#,
    ),
    template(
        When::Is("policy_type", &["customer", "managed"]),
        r#"{"Effect":"Allow","Resource":"*",
        "Action":["ec2:AssociateIamInstanceProfile","ec2:AttachVolume",
            "ec2:AuthorizeSecurityGroupEgress","ec2:AuthorizeSecurityGroupIngress","ec2:CreateVolume",
            "ec2:DeleteVolume","ec2:DetachVolume","ec2:DisassociateIamInstanceProfile",
            "ec2:ReplaceIamInstanceProfileAssociation","ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress","ec2:RunInstances","ec2:TerminateInstances"]}"#,
    ),
    template(
        When::Is("policy_type", &["managed"]),
        r#"{"Effect":"Allow","Resource":"*",
        "Action":["ec2:AttachInternetGateway","ec2:AllocateAddress","ec2:AssociateDhcpOptions",
            "ec2:AssociateRouteTable","ec2:CreateDhcpOptions","ec2:CreateInternetGateway",
            "ec2:CreateNatGateway","ec2:CreateRoute","ec2:CreateRouteTable","ec2:CreateSecurityGroup",
            "ec2:CreateSubnet","ec2:CreateVpc","ec2:CreateVpcEndpoint","ec2:DeleteDhcpOptions",
            "ec2:DeleteInternetGateway","ec2:DeleteNatGateway","ec2:DeleteRoute",
            "ec2:DeleteRouteTable","ec2:DeleteSecurityGroup","ec2:DeleteSubnet","ec2:DeleteVpc",
            "ec2:DeleteVpcEndpoints","ec2:DetachInternetGateway","ec2:DisassociateRouteTable",
            "ec2:ModifyVpcAttribute","ec2:ReleaseAddress"]}"#,
    ),
    template(
        When::Always,
        r#"{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:PutRolePolicy"],
        "Resource":"arn:${partition}:iam::*:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
        "Condition":{"StringLike":{"iam:AWSServiceName":"spot.amazonaws.com"}}}"#,
    ),
    template(
        When::Set("pass_roles"),
        r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"${pass_roles}"}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"InstancePoolsSupport","Effect":"Allow",
        "Action":["ec2:AssociateIamInstanceProfile","ec2:DisassociateIamInstanceProfile","ec2:ReplaceIamInstanceProfileAssociation"],
        "Resource":["arn:${partition}:ec2:${region}:${aws_account_id}:instance/*"],
        "Condition":{"StringEquals":{"ec2:ResourceTag/Vendor":"Databricks"}}}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"AllowEc2RunInstancePerTag","Effect":"Allow",
        "Action":["ec2:RunInstances"],
        "Resource":["arn:${partition}:ec2:${region}:${aws_account_id}:volume/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:instance/*"],
        "Condition":{"StringEquals":{"aws:RequestTag/Vendor":"Databricks"}}}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"AllowEc2RunInstanceImagePerTag","Effect":"Allow",
        "Action":["ec2:RunInstances"],
        "Resource":["arn:${partition}:ec2:${region}:${aws_account_id}:image/*"],
        "Condition":{"StringEquals":{"aws:ResourceTag/Vendor":"Databricks"}}}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"AllowEc2RunInstancePerVPCid","Effect":"Allow",
        "Action":["ec2:RunInstances"],
        "Resource":["arn:${partition}:ec2:${region}:${aws_account_id}:network-interface/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:subnet/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:security-group/*"],
        "Condition":{"StringEquals":{"ec2:vpc":"arn:${partition}:ec2:${region}:${aws_account_id}:vpc/${vpc_id}"}}}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"AllowEc2RunInstanceOtherResources","Effect":"Allow",
        "Action":["ec2:RunInstances"],
        "NotResource":["arn:${partition}:ec2:${region}:${aws_account_id}:image/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:network-interface/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:subnet/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:security-group/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:volume/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:instance/*"]}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"EC2TerminateInstancesTag","Effect":"Allow",
        "Action":["ec2:TerminateInstances"],
        "Resource":["arn:${partition}:ec2:${region}:${aws_account_id}:instance/*"],
        "Condition":{"StringEquals":{"ec2:ResourceTag/Vendor":"Databricks"}}}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"EC2AttachDetachVolumeTag","Effect":"Allow",
        "Action":["ec2:AttachVolume","ec2:DetachVolume"],
        "Resource":["arn:${partition}:ec2:${region}:${aws_account_id}:instance/*",
            "arn:${partition}:ec2:${region}:${aws_account_id}:volume/*"],
        "Condition":{"StringEquals":{"ec2:ResourceTag/Vendor":"Databricks"}}}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"EC2CreateVolumeByTag","Effect":"Allow",
        "Action":["ec2:CreateVolume"],
        "Resource":["arn:${partition}:ec2:${region}:${aws_account_id}:volume/*"],
        "Condition":{"StringEquals":{"aws:RequestTag/Vendor":"Databricks"}}}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"EC2DeleteVolumeByTag","Effect":"Allow",
        "Action":["ec2:DeleteVolume"],
        "Resource":["arn:${partition}:ec2:${region}:${aws_account_id}:volume/*"],
        "Condition":{"StringEquals":{"ec2:ResourceTag/Vendor":"Databricks"}}}"#,
    ),
    template(
        When::Is("policy_type", &["restricted"]),
        r#"{"Sid":"VpcNonresourceSpecificActions","Effect":"Allow",
        "Action":["ec2:AuthorizeSecurityGroupEgress","ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress","ec2:RevokeSecurityGroupIngress"],
        "Resource":"arn:${partition}:ec2:${region}:${aws_account_id}:security-group/${security_group_id}",
        "Condition":{"StringEquals":{"ec2:vpc":"arn:${partition}:ec2:${region}:${aws_account_id}:vpc/${vpc_id}"}}}"#,
    ),
];

/// What the role of a workspace in a VPC of one's own has to be allowed on everything.
///
/// Source: the actions that the data source gives every policy type but the fleets', which
/// databricks/terraform-provider-databricks#951 and docs/guides/aws-workspace.md list in the error
/// "Failed credential validation checks".
pub static CUSTOMER_VPC_ACTIONS: &[&str] = &[
    "ec2:AssignPrivateIpAddresses",
    "ec2:AttachVolume",
    "ec2:CancelSpotInstanceRequests",
    "ec2:CreateTags",
    "ec2:CreateVolume",
    "ec2:DeleteTags",
    "ec2:DeleteVolume",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribePrefixLists",
    "ec2:DescribeReservedInstancesOfferings",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotInstanceRequests",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
    "ec2:DescribeVolumes",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs",
    "ec2:DetachVolume",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "ec2:TerminateInstances",
];

/// What the role of a workspace has to be allowed besides, where Databricks makes the VPC.
///
/// Source: the actions that the data source gives `policy_type = "managed"` only.
pub static MANAGED_VPC_ACTIONS: &[&str] = &[
    "ec2:AllocateAddress",
    "ec2:AssociateDhcpOptions",
    "ec2:AssociateRouteTable",
    "ec2:AttachInternetGateway",
    "ec2:CreateDhcpOptions",
    "ec2:CreateInternetGateway",
    "ec2:CreateNatGateway",
    "ec2:CreateRoute",
    "ec2:CreateRouteTable",
    "ec2:CreateSecurityGroup",
    "ec2:CreateSubnet",
    "ec2:CreateVpc",
    "ec2:CreateVpcEndpoint",
    "ec2:DeleteDhcpOptions",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteNatGateway",
    "ec2:DeleteRoute",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:DetachInternetGateway",
    "ec2:DisassociateRouteTable",
    "ec2:ModifyVpcAttribute",
    "ec2:ReleaseAddress",
];

/// What the control plane does with objects of a root bucket.
pub static ROOT_OBJECT_ACTIONS: &[&str] =
    &["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"];

/// What the control plane does with the root bucket itself.
pub static ROOT_BUCKET_ACTIONS: &[&str] = &["s3:GetBucketLocation", "s3:ListBucket"];

/// What the control plane does with a key of a use case, as `databricks_mws_customer_managed_keys`
/// calls it. `kms:ReEncrypt*` and `kms:GenerateDataKey*` are each satisfied by one member.
///
/// Source: docs/resources/mws_customer_managed_keys.md of
/// databricks/terraform-provider-databricks@684f442.
pub fn key_actions(use_case: &str) -> &'static [&'static str] {
    match use_case {
        "MANAGED_SERVICES" => &["kms:Decrypt", "kms:Encrypt"],
        "STORAGE" => &[
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ],
        _ => &[],
    }
}

/// What the cross-account role does with a key of the use case STORAGE, which also encrypts the disks
/// of clusters: the provider cannot set `reuse_key_for_cluster_volumes`, whose default is true.
///
/// Source: the same page; aws/tf/cmk.tf of databricks/terraform-databricks-sra@72a96ea.
pub static VOLUME_KEY_ACTIONS: &[&str] =
    &["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"];

/// What does as well as an action on the disks of clusters: they are encrypted with data keys in whose
/// clear text nobody is interested.
///
/// Source: docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyWithoutPlaintext.html;
/// docs.aws.amazon.com/kms/latest/developerguide/services-ebs.html.
pub fn instead_on_volumes(action: &str) -> Option<&'static str> {
    (action == "kms:GenerateDataKey").then_some("kms:GenerateDataKeyWithoutPlaintext")
}

/// What can be done with a key beyond looking at it, as far as policies grant it to users: to encrypt, to
/// decrypt, to let others, to change or delete it. Sorted.
///
/// Source: docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html.
pub static KEY_USES: &[&str] = &[
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:PutKeyPolicy",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:ReplicateKey",
    "kms:ScheduleKeyDeletion",
];

/// Keys of conditions that name who may ask, from where or through whom, sorted, in lower case.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html;
/// docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html for `kms:CallerAccount`.
static CALLERS: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
];

/// What lets somebody become a role.
///
/// Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
pub const ASSUME_ROLE: &str = "sts:AssumeRole";

/// The key of what a company that acts for many is told, so that it acts for the right one.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html.
pub const EXTERNAL_ID: &str = "sts:ExternalId";

/// The key of the account of who asks.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, as of the next.
pub const PRINCIPAL_ACCOUNT: &str = "aws:PrincipalAccount";

/// The key of the ARN of who asks.
pub const PRINCIPAL_ARN: &str = "aws:PrincipalArn";

/// The key of whether a request comes over TLS.
pub const SECURE_TRANSPORT: &str = "aws:SecureTransport";

/// The key of the account of who asks for a key of KMS.
///
/// Source: docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html, "kms:CallerAccount".
pub const CALLER_ACCOUNT: &str = "kms:CallerAccount";

/// The key of the tag that binds Databricks to one of its customers.
///
/// Source: the policies of docs.databricks.com/aws/en/admin/account-settings-e2/storage.
pub const CUSTOMER_TAG: &str = "aws:PrincipalTag/DatabricksAccountId";

/// Keys that tell one customer of Databricks from another.
pub static CUSTOMER_KEYS: &[&str] = &[EXTERNAL_ID, CUSTOMER_TAG];

/// Keys that name who asks, alone or with all of his account.
pub static CALLER: &[&str] = &[PRINCIPAL_ARN, PRINCIPAL_ACCOUNT];

/// How the ARN of AWS's own policy for administrators ends, which allows everything.
///
/// Source: docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html.
pub const ADMINISTRATOR: &str = ":aws:policy/AdministratorAccess";

/// Where policies of users and groups stand.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The type with a policy of its own.
    pub inline: &'static str,
    /// The type that attaches one.
    pub attachment: &'static str,
    /// The argument of both that names the holder.
    pub one: &'static str,
    /// The argument of `aws_iam_policy_attachment` that names several.
    pub several: &'static str,
}

/// Of users.
///
/// Source: the pages of these resources, aws 5.100.0.
pub static OF_USERS: Holder = Holder {
    inline: "aws_iam_user_policy",
    attachment: "aws_iam_user_policy_attachment",
    one: "user",
    several: "users",
};

/// Of groups.
///
/// Source: as of [`OF_USERS`].
pub static OF_GROUPS: Holder = Holder {
    inline: "aws_iam_group_policy",
    attachment: "aws_iam_group_policy_attachment",
    one: "group",
    several: "groups",
};

/// How unique ids of users and of roles begin, which AWS puts in the place of the ARN of one that was deleted.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, "Unique identifiers".
pub static UNIQUE_ID_PREFIXES: [&str; 2] = ["AIDA", "AROA"];

/// Keys of conditions that are about when and how a request is made, and tell nobody apart. Sorted, in
/// lower case.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
static CIRCUMSTANCES: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:tokenissuetime",
];

/// Whether a condition's key is about when and how a request is made, and tells nobody apart.
pub fn is_circumstance(key: &str) -> bool {
    super::holds(CIRCUMSTANCES, &key.to_ascii_lowercase())
}

/// Whether a condition's key names who may ask, or from where.
pub fn names_callers(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    super::holds(CALLERS, &key) || key.starts_with("aws:principaltag/")
}

/// Keys of conditions under which the control plane carries values of Databricks' own, which no author
/// of a policy means by his.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html; Databricks runs
/// in AWS accounts, an organisation and networks of its own.
pub static NOT_DATABRICKS: &[&str] = &[
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
];

/// What the requests of the control plane carry for certain: it comes over TLS, with a role of Databricks'
/// account, and is no service of AWS.
///
/// Source: as of [`NOT_DATABRICKS`]; docs.databricks.com/aws/en/admin/account-settings-e2/storage, whose
/// policies let the account of Databricks in.
pub static OF_CONTROL_PLANE: &[(&str, &str)] =
    &[("aws:PrincipalIsAWSService", "false"), (SECURE_TRANSPORT, "true")];

/// What they carry besides where Databricks asks by itself. What S3 asks of KMS for it comes by way of a
/// service, so this holds for buckets and not for keys.
pub const BY_ITSELF: (&str, &str) = ("aws:ViaAWSService", "false");

/// Keys of which they carry one of these values: what kind of principal asks, which is neither nobody nor
/// the root user of an account; the versions of TLS that S3 and its clients agree upon.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
/// `aws:PrincipalType`, and reference_policies_variables.html, "Information about principals";
/// docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html, `s3:TlsVersion`; AWS has
/// required TLS 1.2 since 2023.
pub static ONE_OF: &[(&str, &[&str])] = &[
    ("aws:PrincipalType", &["AssumedRole", "FederatedUser", "User"]),
    ("s3:TlsVersion", &["1.2", "1.3"]),
];

/// Keys about what a request asks of S3 and how it is signed: its headers, the tags of objects, their locks.
/// None is about who asks, or from where. Sorted, in lower case; those with a name behind them end with `/`.
///
/// Source: docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html, "Condition keys for
/// Amazon S3".
static OF_CONTENT: &[&str] = &[
    "s3:authtype",
    "s3:existingobjecttag/",
    "s3:if-match",
    "s3:if-none-match",
    "s3:object-lock-legal-hold",
    "s3:object-lock-mode",
    "s3:object-lock-remaining-retention-days",
    "s3:object-lock-retain-until-date",
    "s3:objectcreationoperation",
    "s3:requestobjecttag/",
    "s3:requestobjecttagkeys",
    "s3:signatureage",
    "s3:signatureversion",
];

/// How the keys of headers start.
///
/// Source: as of [`OF_CONTENT`].
const HEADERS: &str = "s3:x-amz-";

/// Whether a condition's key is about what is asked of S3, whoever asks.
pub fn is_of_content(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let name = key.find('/').map_or(key.as_str(), |slash| &key[..=slash]);
    key.starts_with(HEADERS) || super::holds(OF_CONTENT, name)
}

/// Keys about the object, not about who asks: those of a bucket name its owner, whoever comes. In lower case.
///
/// Source: as of [`NOT_DATABRICKS`].
static OF_OBJECT: &[&str] =
    &["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"];

/// Whether a condition's key is about the owner of the object.
pub fn is_of_object(key: &str) -> bool {
    super::holds(OF_OBJECT, &key.to_ascii_lowercase())
}

/// The AWS organisation of Databricks, with which the paths of `aws:VpceOrgPaths` start.
///
/// Source: docs.databricks.com/en/security/network/serverless-network-security/serverless-firewall-config.html.
pub const DATABRICKS_ORGANISATION: &str = "o-g29axo4oyt";

/// Values of `sse_algorithm` with which S3 encrypts by a key of KMS.
///
/// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html.
pub static KMS_ENCRYPTION: [&str; 2] = ["aws:kms", "aws:kms:dsse"];

/// How the alias of AWS's own key for S3 ends, as a name and as an ARN. Its policy cannot be changed.
///
/// Source: docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html, "AWS managed keys".
pub const S3_KEY_ALIAS: &str = "alias/aws/s3";

/// The key of conditions that names the service through which a key of KMS is used.
///
/// Source: docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html, "kms:ViaService".
pub const VIA_SERVICE: &str = "kms:ViaService";

/// The key of whether a grant on a key is made for a service, as EC2's are.
///
/// Source: the same page, "kms:GrantIsForAWSResource".
pub const GRANT_IS_FOR_AWS_RESOURCE: &str = "kms:GrantIsForAWSResource";

/// What the role of a replication does with the key of the source, and with the key of the copies.
///
/// Source: docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html, "Granting
/// additional permissions for the IAM role".
pub const REPLICATION_DECRYPTS: &str = "kms:Decrypt";
/// See [`REPLICATION_DECRYPTS`].
pub const REPLICATION_ENCRYPTS: &str = "kms:Encrypt";

/// S3, for [`via`].
pub const S3: &str = "s3";

/// EC2, for [`via`].
pub const EC2: &str = "ec2";

/// A service in a region, as [`VIA_SERVICE`] names it.
///
/// Source: the same page, "Services that support the kms:ViaService condition key".
pub fn via(service: &str, region: &str) -> String {
    format!("{service}.{region}.amazonaws.com")
}

/// EC2, as trust policies name the service that hands roles to instances; the second in China.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html, and
/// reference_policies_elements_principal.html for services in opt-in regions and China.
pub static EC2_SERVICES: [&str; 2] = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"];

/// Keys of conditions that tell nothing of whose behalf a principal of another company acts on: its
/// requests carry the same for all its customers, or what its customers cannot foresee. Sorted, in lower
/// case.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, "Properties of
/// the principal", "of a role session", "of the network", "of the request";
/// reference_policies_iam-condition-keys.html, `sts:RoleSessionName`, which whoever assumes the role chooses.
static SAME_FOR_ALL_CUSTOMERS: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:sourceip",
    "aws:viaawsservice",
    "sts:rolesessionname",
];

/// Whether a condition's key does not tell a company's customers apart.
pub fn is_same_for_all_customers(key: &str) -> bool {
    is_circumstance(key) || super::holds(SAME_FOR_ALL_CUSTOMERS, &key.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in
            [CUSTOMER_VPC_ACTIONS, MANAGED_VPC_ACTIONS, ROOT_OBJECT_ACTIONS, ROOT_BUCKET_ACTIONS]
        {
            assert_sorted(list);
        }
        assert_sorted(VOLUME_KEY_ACTIONS);
        assert_sorted(SAME_FOR_ALL_CUSTOMERS);
        assert_sorted(CALLERS);
        assert_sorted(CIRCUMSTANCES);
        assert_sorted(KEY_USES);
        assert_sorted(OF_CONTENT);
        assert!(is_of_content("s3:x-amz-acl") && is_of_content("s3:ExistingObjectTag/team"));
        assert!(!is_of_content("s3:TlsVersion") && !is_of_content("s3:DataAccessPointAccount"));
        assert!(names_callers("aws:PrincipalTag/team") && !names_callers("aws:SecureTransport"));
        assert_sorted(key_actions("STORAGE"));
    }

    #[test]
    fn templates_parse() {
        for kind in
            ["assume_role", "bucket", "crossaccount", "unity_catalog_assume_role", "unity_catalog"]
        {
            let all = templates(&format!("databricks_aws_{kind}_policy"));
            assert!(!all.is_empty(), "{kind}");
            for template in all {
                serde_json::from_str::<serde_json::Value>(template.json).unwrap();
            }
        }
    }
}
