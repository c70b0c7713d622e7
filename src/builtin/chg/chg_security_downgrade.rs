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
    plan::{ResId, Tri},
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
    let buckets = LazyCell::new(|| Buckets::of(cx));
    for type_ in protections::OF_BUCKETS {
        destroyed(cx, type_).for_each(|it| report_destroyed(&buckets, it, Tri::Yes, out));
    }
    for (type_, path, value) in protections::OF_BUCKETS_WHERE {
        for it in destroyed(cx, type_) {
            report_destroyed(&buckets, it, it.before().get(path).is(value), out);
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

fn report_destroyed(buckets: &Buckets<'_>, it: Res<'_>, protects: Tri, out: &mut Findings<'_>) {
    let again = buckets.is_protected_again(it);
    // Which of the two comes first, no plan tells.
    let is_lost = if again == Tri::No { Tri::Yes } else { Tri::Maybe };
    out.deny(protects & buckets.stays(it) & is_lost, it, (), || {
        format!("destroyed, while bucket {} stays", it.before().get("bucket").show())
    })
    .help(|| match again {
        Tri::No => help(),
        _ => "where only its address changed, write a `moved` block".to_owned(),
    });
}

/// Buckets that were there before, and what this apply gives them.
struct Buckets<'a> {
    cx: &'a PlanCx<'a>,
    by_name: BTreeMap<&'a str, Res<'a>>,
    given: BTreeMap<Given<'a>, Vec<Res<'a>>>,
}

/// A type that protects buckets, and for which bucket it is.
type Given<'a> = (&'a str, Whose<'a>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Whose<'a> {
    Name(&'a str),
    Bucket(ResId),
    Untold,
}

impl<'a> Buckets<'a> {
    fn of(cx: &'a PlanCx<'a>) -> Buckets<'a> {
        let mut by_name = BTreeMap::new();
        for bucket in in_use::existing(cx, "aws_s3_bucket") {
            if let Some(name) = bucket.before().get("bucket").text() {
                by_name.entry(name).or_insert(bucket);
            }
        }
        let mut given: BTreeMap<Given<'_>, Vec<Res<'_>>> = BTreeMap::new();
        let types = protections::OF_BUCKETS.iter().copied();
        let types = types.chain(protections::OF_BUCKETS_WHERE.iter().map(|(type_, ..)| *type_));
        let made = types.flat_map(|type_| cx.of(type_));
        for it in made.filter(|it| it.actions().create || it.actions().update) {
            let bucket = it.after().get("bucket");
            let whose = match (bucket.text(), bucket.target(&["aws_s3_bucket"]).by_itself()) {
                (Some(name), _) => Whose::Name(name),
                (None, Target::Here(named)) => Whose::Bucket(named.id),
                (None, _) => Whose::Untold,
            };
            given.entry((it.type_(), whose)).or_default().push(it);
        }
        Buckets { cx, by_name, given }
    }

    /// Whether the bucket of a protection is there after the apply; nobody knows of one of another plan.
    fn stays(&self, protection: Res<'_>) -> Tri {
        self.bucket_of(protection).map_or(Tri::Maybe, in_use::is_kept)
    }

    fn bucket_of(&self, protection: Res<'_>) -> Option<Res<'a>> {
        self.by_name.get(protection.before().get("bucket").text()?).copied()
    }

    /// Whether this apply gives the bucket the same protection by another resource, or may do so.
    fn is_protected_again(&self, gone: Res<'_>) -> Tri {
        let (type_, before) = (gone.type_(), gone.before().get("bucket"));
        let of = |whose| self.given.get(&(type_, whose)).into_iter().flatten();
        let by_name = before.text().into_iter().flat_map(|name| of(Whose::Name(name)));
        let bucket = self.bucket_of(gone);
        let by_bucket = bucket.into_iter().flat_map(|it| of(Whose::Bucket(it.id)));
        let sure = by_name.chain(by_bucket).map(|it| !is_weaker(gone, *it));
        let untold = of(Whose::Untold)
            .map(|it| it.after().get("bucket").same(&before) & !is_weaker(gone, *it));
        let may_lack = Tri::from(self.cx.may_lack(type_)) & Tri::Maybe;
        Tri::any(sure.chain(untold)) | may_lack
    }
}

fn is_weaker(one: Res<'_>, other: Res<'_>) -> Tri {
    Tri::any(weaker::of(&one.before(), &other.after()).iter().map(|lost| lost.tri))
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
