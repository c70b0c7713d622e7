//! A storage key with which clusters cannot encrypt their disks.

use crate::{
    aws::{
        Arn,
        policy::{Document, Given, List, Request, Statement, Text},
    },
    builtin::shared::{
        account,
        keys::{self, KeyPolicy, Keys},
        roles::{self, Roles},
    },
    estate::{Links, Named, Row, Rows},
    facts::policies::{
        CALLER_ACCOUNT, EC2, GRANT_IS_FOR_AWS_RESOURCE, SECURE_TRANSPORT, VIA_SERVICE,
        VOLUME_KEY_ACTIONS, instead_on_volumes, via,
    },
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds keys that a workspace uses as its storage key and that its cross-account role may not use: the
    /// key's policy, and its grants, do not admit the role; or they admit its account, and none of the role's
    /// own policies takes that up. Needed are decrypting, making data keys, granting and describing.
    ///
    /// ## Why is this bad?
    /// A key for storage also encrypts the disks of clusters: the provider cannot switch that off, as it has
    /// no `reuse_key_for_cluster_volumes`. EC2 uses the key as the cross-account role, and without it no
    /// cluster starts.
    /// Source: [databricks_mws_customer_managed_keys](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_customer_managed_keys),
    /// "Allow Databricks to use KMS key for EBS"; aws/tf/cmk.tf of databricks/terraform-databricks-sra.
    ///
    /// ## How to fix it
    /// ```hcl
    /// statement {
    ///   actions   = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    ///   resources = ["*"]
    ///   principals {
    ///     type        = "AWS"
    ///     identifiers = [aws_iam_role.cross_account.arn]
    ///   }
    ///   condition {
    ///     test     = "ForAnyValue:StringLike"
    ///     variable = "kms:ViaService"
    ///     values   = ["ec2.*.amazonaws.com"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Keys and roles of no plan of the run. A key policy of which some part is hidden is not judged; policies
    /// of the role that are hidden make the finding possible where the key admits its account. Denials are not
    /// looked at.
    pub static RULE = {
        id: "kms-policy-ebs-role",
        summary: "storage key does not admit the cross-account role",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_kms_external_key", "aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    keys::collect(cx, rows);
    roles::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, keys, roles) = (Links::of(cx), Keys::of(cx), Roles::of(cx));
    for Use { key, role, workspaces, sure } in uses(cx, &links) {
        let policy = keys.policy(key);
        let own = own(&roles, role, key);
        if policy.document.is_partial || own.hints_at(&keys::in_policies(key)) {
            out.blind(Cause::Apply, policy.holder);
            continue;
        }
        let lacking = lacking(&policy, role, &own);
        let tri = Tri::any(lacking.iter().map(|(_, tri)| *tri));
        let seen = || self::lacking(&with_hidden_as(&policy, role), role, &own);
        if tri == Tri::Maybe && seen().is_empty() {
            out.blind(Cause::Apply, policy.holder);
            continue;
        }
        let mut draft = out.deny(tri & sure, policy.holder, "policy", || {
            let actions: Vec<&str> = lacking.iter().map(|(action, _)| *action).collect();
            format!(
                "does not allow {} {}, but clusters encrypt their disks with the key as that role",
                role.address,
                actions.join(", ")
            )
        })
        .key_of(role)
        .help(|| "name the role in the key's policy, for requests through EC2".to_owned())
        .related(role, || "the cross-account role".to_owned());
        for workspace in workspaces {
            draft = draft.related_at(workspace, "storage_customer_managed_key_id", || {
                "uses the key for storage".to_owned()
            });
        }
    }
}

/// A storage key, and a role that launches clusters of the workspaces that use it.
struct Use<'a> {
    key: &'a Row,
    role: &'a Row,
    workspaces: Vec<&'a Row>,
    /// The surest of them.
    sure: Tri,
}

/// Each pair of key and role once, whichever workspaces bring them together.
fn uses<'a>(cx: &EstateCx<'a>, links: &Links<'a>) -> Vec<Use<'a>> {
    let mut all: Vec<Use<'a>> = Vec::new();
    for workspace in cx.of(account::WORKSPACE) {
        let Some((key, role, sure)) = used_by(links, workspace) else { continue };
        match all.iter_mut().find(|it| it.key.is(key) && it.role.is(role)) {
            Some(known) => {
                known.sure = known.sure | sure;
                known.workspaces.push(workspace);
            }
            None => all.push(Use { key, role, workspaces: vec![workspace], sure }),
        }
    }
    all
}

/// The storage key of a workspace, and the role that launches its clusters.
fn used_by<'a>(links: &Links<'a>, workspace: &Row) -> Option<(&'a Row, &'a Row, Tri)> {
    let only = |row: &Row, cell, kind| match links.to(row, cell, kind)[..] {
        [(row, sure)] => Some((row, sure)),
        _ => None,
    };
    let (registration, a) = only(workspace, "storage-key", account::KEY)?;
    let (key, b) = only(registration, "key", keys::KIND)?;
    let (credentials, c) = only(workspace, "credentials", account::CREDENTIALS)?;
    let (role, d) = only(credentials, "role", roles::KIND)?;
    Some((key, role, a & b & c & d))
}

/// The own policies of a role, as far as they are about the region of a key.
fn own(roles: &Roles<'_>, role: &Row, key: &Row) -> Document {
    let mut own = roles.permissions(role).document;
    let region = key.text("region");
    let lies_elsewhere = |text: &Text| {
        let named = text.known().and_then(|it| Arn::parse(it)?.region);
        region.is_some() && named.is_some() && named != region
    };
    let lists = own.statements.iter_mut().filter_map(|it| it.resources.as_mut());
    lists.filter(|it| !it.is_not).for_each(|it| it.items.retain(|text| !lies_elsewhere(text)));
    if roles.is_administrator(role) == Tri::Yes {
        own.statements.push(Statement {
            actions: Some(List::of(vec![Text::Known("*".to_owned())])),
            ..Statement::default()
        });
    }
    own
}

/// What a role may not do with a key that disks need.
fn lacking(policy: &KeyPolicy<'_>, role: &Row, own: &Document) -> Vec<(&'static str, Tri)> {
    let region = policy.key.text("region");
    let may = |action| policy.admits(role, own, &through_ec2(action, region));
    let instead = |action| instead_on_volumes(action).is_some_and(|it| may(it) == Tri::Yes);
    let lacks = |action: &&'static str| !(may(*action) | Tri::from(instead(*action)));
    let asked = VOLUME_KEY_ACTIONS.iter().map(|action| (*action, lacks(action)));
    asked.filter(|(_, tri)| *tri != Tri::No).collect()
}

/// A policy in which each principal whose origin is not seen, such as those of dynamic blocks, is the role.
fn with_hidden_as<'a>(policy: &KeyPolicy<'a>, role: &Row) -> KeyPolicy<'a> {
    let mut policy = policy.clone();
    let lists = policy.document.statements.iter_mut().filter_map(|it| it.principals.as_mut());
    for principal in lists.filter(|list| !list.is_not).flat_map(|list| &mut list.items) {
        if principal.who.has_no_origin() {
            let of = Named::itself(role).texts();
            principal.who = Text::Unknown { of, is_sure: true, is_open: false };
        }
    }
    policy
}

/// How disks are encrypted: EC2 asks in the region of the key, by a grant.
fn through_ec2(action: &'static str, region: Option<&str>) -> Request<'static> {
    let service = region.map_or(Given::Right, |it| Given::Is(via(EC2, it)));
    [CALLER_ACCOUNT, GRANT_IS_FOR_AWS_RESOURCE, SECURE_TRANSPORT]
        .into_iter()
        .fold(Request::to(action), |request, key| request.with(key, Given::Right))
        .with(VIA_SERVICE, service)
}
