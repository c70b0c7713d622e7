//! An update takes a protection off.

use std::{cell::LazyCell, collections::BTreeMap};

use crate::{
    builtin::shared::{
        change::{self, Change},
        in_use, openings,
        weaker::{self, Weaker},
    },
    facts::{protections, traffic_rules},
    graph::{Res, Target, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds changes of existing objects that take a protection off, updates and what replaces an object
    /// under its name:
    ///
    /// - a flag of a public access block, the rotation of a key, versioning, or the key of a bucket's
    ///   encryption, in resources of their own or in blocks of the bucket; a public access block, an
    ///   encryption, or versioning that is on, destroyed while its bucket stays, which is possible only where another
    ///   resource gives it the same again;
    /// - a bucket's policy that no longer denies requests without TLS, a role that no longer asks for an
    ///   external id, or loses its permissions boundary;
    /// - a security group that lets the whole internet in, by a block, or by a rule of its own that is
    ///   changed or replaced;
    /// - private access settings that open to the public or to every endpoint of the account, a network
    ///   policy that no longer restricts, a securable that opens to every workspace.
    ///
    /// ## Why is this bad?
    /// Each was put there for a reason, and few reviews see one line among many. What is allowed in a new
    /// object is a choice; what is taken off an old one mostly slipped in.
    /// Source: [AWS foundational security best practices](https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html),
    /// [databricks_mws_private_access_settings](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_private_access_settings).
    ///
    /// ## How to fix it
    /// Take the edit back, or accept it where it stands:
    ///
    /// ```hcl
    /// resource "aws_s3_bucket_public_access_block" "lake" {
    ///   bucket = aws_s3_bucket.lake.id
    ///   # bricklint: ignore[chg-security-downgrade] public data set, approved in CHG-1207
    ///   block_public_policy = false
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Policies that are only known after the apply. Objects that are made without a protection, and rules
    /// of security groups that are only added: other rules find those. Network ACLs, which Databricks wants
    /// to let in everything ([customer-managed VPC](https://docs.databricks.com/aws/en/security/network/classic/customer-managed-vpc)).
    pub static RULE = {
        id: "chg-security-downgrade",
        summary: "update that weakens protection",
        severity: Warning,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: Change,
        subjects: [
            "aws_default_security_group",
            "aws_iam_role",
            "aws_iam_user",
            "aws_kms_key",
            "aws_s3_account_public_access_block",
            "aws_s3_bucket",
            "aws_s3_bucket_policy",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_server_side_encryption_configuration",
            "aws_s3_bucket_versioning",
            "aws_security_group",
            "aws_security_group_rule",
            "aws_vpc_security_group_ingress_rule",
            "databricks_account_network_policy",
            "databricks_catalog",
            "databricks_credential",
            "databricks_disable_legacy_access_setting",
            "databricks_disable_legacy_dbfs_setting",
            "databricks_disable_legacy_features_setting",
            "databricks_external_location",
            "databricks_ip_access_list",
            "databricks_mws_private_access_settings",
            "databricks_storage_credential",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    // Few plans change what lets traffic pass, and those have few rules of their own.
    let beside = LazyCell::new(|| rules_before(cx));
    for it in RULE.subjects.iter().flat_map(|type_| change::updates(cx, type_)) {
        let mut all = weaker::of(&it.before(), &it.after());
        if traffic_rules::shape(it.type_()).is_some() {
            all.extend(opened(it, &beside));
        }
        report(it, all, out);
    }
    for it in RULE.subjects.iter().flat_map(|type_| cx.changes_of(type_)) {
        if it.actions().replaces() && protections::name_of(it.type_()).is_some() {
            let stays = is_made_again(it);
            let lost = weaker::of(&it.before(), &it.after()).into_iter();
            let lost = lost.map(|weaker| Weaker { tri: weaker.tri & stays, ..weaker });
            report(it, lost.filter(|it| it.tri != Tri::No).collect(), out);
        }
    }
    let rules = traffic_rules::rules().filter(|type_| RULE.subjects.contains(type_));
    let changed = rules.flat_map(|type_| cx.changes_of(type_));
    for it in changed.filter(|it| openings::is_replaced(*it)) {
        report(it, opened(it, &beside), out);
    }
    for type_ in protections::OF_BUCKETS {
        destroyed(cx, type_).for_each(|it| report_destroyed(cx, it, Tri::Yes, out));
    }
    for (type_, path, value) in protections::OF_BUCKETS_WHERE {
        for it in destroyed(cx, type_) {
            report_destroyed(cx, it, it.before().get(path).is(value), out);
        }
    }
}

/// Whether what replaces an object is the same to the service: it has its name, at the same place.
fn is_made_again(it: Res<'_>) -> Tri {
    let Some(name) = protections::name_of(it.type_()) else { return Tri::No };
    let (before, after) = (it.before().get(name), it.after().get(name));
    let keeps_name = Tri::from(before.text().is_some() && before.text() == after.text());
    let moves = protections::PLACES.iter().map(|place| Change::of(it, place).tri);
    keeps_name & !Tri::any(moves)
}

fn destroyed<'a>(cx: &'a PlanCx<'_>, type_: &str) -> impl Iterator<Item = Res<'a>> {
    cx.changes_of(type_).filter(|it| it.actions().delete && !it.actions().create)
}

fn report_destroyed(cx: &PlanCx<'_>, it: Res<'_>, protects: Tri, out: &mut Findings<'_>) {
    let again = is_protected_again(cx, it);
    // Which of the two comes first, no plan tells.
    let is_lost = if again == Tri::No { Tri::Yes } else { Tri::Maybe };
    out.deny(protects & bucket_stays(cx, it) & is_lost, it, (), || {
        format!("destroyed, while bucket {} stays", it.before().get("bucket").show())
    })
    .help(|| match again {
        Tri::No => help(),
        _ => "where only its address changed, write a `moved` block".to_owned(),
    });
}

/// Whether this apply gives the bucket the same protection by another resource, or may do so.
fn is_protected_again(cx: &PlanCx<'_>, gone: Res<'_>) -> Tri {
    let changed = cx.of(gone.type_()).filter(|it| it.actions().create || it.actions().update);
    let may_lack = Tri::from(cx.may_lack(gone.type_())) & Tri::Maybe;
    Tri::any(changed.map(|it| has_bucket_of(cx, it, gone) & !is_weaker(gone, it))) | may_lack
}

fn is_weaker(one: Res<'_>, other: Res<'_>) -> Tri {
    Tri::any(weaker::of(&one.before(), &other.after()).iter().map(|lost| lost.tri))
}

/// Whether what is there after the apply is for the bucket that another was for.
fn has_bucket_of(cx: &PlanCx<'_>, it: Res<'_>, gone: Res<'_>) -> Tri {
    let (new, old) = (it.after().get("bucket"), gone.before().get("bucket"));
    match new.target(&["aws_s3_bucket"]).by_itself() {
        Target::Here(named) if new.text().is_none() => {
            Tri::from(existing_bucket(cx, &old) == Some(named))
        }
        _ => new.same(&old),
    }
}

fn report<'a>(it: Res<'a>, all: Vec<Weaker<'a>>, out: &mut Findings<'_>) {
    if all.is_empty() {
        out.pass(it);
    }
    for weaker in all {
        out.deny(weaker.tri, it, &weaker.at, || weaker.words.clone()).key(&weaker.words).help(help);
    }
}

/// The rules that stood in resources of their own, by the group that they were of.
fn rules_before<'a>(cx: &'a PlanCx<'_>) -> BTreeMap<&'a str, Vec<View<'a>>> {
    let mut all: BTreeMap<&str, Vec<View<'_>>> = BTreeMap::new();
    for rule in traffic_rules::rules().flat_map(|type_| in_use::existing(cx, type_)) {
        let rule = rule.before();
        if let Some(id) = openings::holder(&rule) {
            all.entry(id).or_default().push(rule);
        }
    }
    all
}

/// Whom a security group lets in from everywhere that no rule of its let in before, whichever resource
/// that stood in.
fn opened<'a>(it: Res<'a>, rules: &BTreeMap<&str, Vec<View<'_>>>) -> Vec<Weaker<'a>> {
    let (before, after) = (it.before(), it.after());
    let beside = openings::holder(&before).and_then(|id| rules.get(id));
    let beside = beside.map_or(&[][..], Vec::as_slice);
    let all = openings::opened(&before, &after, beside).into_iter();
    all.filter(|it| it.is_everywhere).map(|it| it.weaker).collect()
}

fn help() -> String {
    "take the edit back, or accept it in a comment that says why".to_owned()
}

/// Whether the bucket that it protects is there after the apply; nobody knows of one of another plan.
fn bucket_stays(cx: &PlanCx<'_>, it: Res<'_>) -> Tri {
    existing_bucket(cx, &it.before().get("bucket")).map_or(Tri::Maybe, in_use::is_kept)
}

fn existing_bucket<'a>(cx: &'a PlanCx<'_>, name: &View<'_>) -> Option<Res<'a>> {
    in_use::existing(cx, "aws_s3_bucket").find(|bucket| {
        let own = bucket.before().get("bucket");
        own.text().is_some() && own.text() == name.text()
    })
}
