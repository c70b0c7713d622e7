//! A key goes away, or is switched off, under data that it encrypts.

use crate::{
    aws::policy::{Document, Effect, Principal, Statement},
    builtin::shared::{
        change, control_plane,
        in_use::{self, InUse},
        policies, reason,
    },
    estate::{Cell, Joined, Links, Named, Row, Rows},
    facts::{
        buckets::{self, Form},
        keys,
    },
    graph::View,
    lint::{Check, Draft, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds KMS keys that the plan destroys, replaces or disables although something of Databricks depends
    /// on them and stays: a key configuration of the account, the encryption of a bucket that Databricks
    /// uses, an external location, the key of new EBS volumes; and policies of keys that no longer admit
    /// Databricks, which has the key in a configuration that stays. It does not help that these get another key
    /// in the same apply: what is there was encrypted with the old one.
    ///
    /// ## Why is this bad?
    /// Without the key nobody can read what it encrypts. Workspaces stop when their key is disabled; when
    /// its waiting period is over, notebooks, secrets, results and whole buckets are lost for good.
    /// Source: [Deleting KMS keys](https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html),
    /// "you can no longer decrypt the data that was encrypted under that KMS key, which means that data
    /// becomes unrecoverable"; [customer-managed keys](https://docs.databricks.com/aws/en/security/keys/customer-managed-keys).
    ///
    /// ## How to fix it
    /// Keep the key, enabled, and let go of it in Terraform where its block has to go:
    ///
    /// ```hcl
    /// removed {
    ///   from = aws_kms_key.workspace
    ///   lifecycle {
    ///     destroy = false
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What depends on it in no plan of the run. A policy that admits Databricks to too little of what it
    /// needs is found by `kms-policy-storage`, `kms-policy-managed-services` and `kms-policy-ebs-role`.
    pub static RULE = {
        id: "chg-kms-key-removed",
        summary: "key deleted or disabled while Databricks data depends on it",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["aws_kms_external_key", "aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const KEYS: &[&str] = &["aws_kms_external_key", "aws_kms_key", "aws_kms_replica_key"];

/// A key that is switched off. Cells: the answer `off`, `attribute`.
const OFF: &str = "off";
/// A key that is destroyed. Cell: `days` until nothing brings it back.
const WINDOW: &str = "window";
/// A policy that no longer admits Databricks. Cell: `key`, where it is not the key's own.
const SHUT: &str = "shut";
/// A key. No cells.
const KEY: &str = "key before";
/// Another name of a key. Cell: `key`.
const ALIAS: &str = "alias";
/// What was encrypted with a key and is no bucket. Cells: `key`, and the answers `kept`, `replaced` and
/// `registers`: Databricks was told of it.
const USE: &str = "key use";
/// The encryption of a bucket. Cells: `key`, `bucket`.
const BUCKET_KEY: &str = "bucket key";
/// A bucket. Cells: `name`, and the answer `kept`.
const BUCKET: &str = "bucket before";
/// That something of Databricks has a bucket. Cell: `name`.
const HELD: &str = "held";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    in_use::collect(cx, rows, KEYS);
    for (type_, flag) in keys::SWITCHES {
        for it in change::updates(cx, type_) {
            let was_on = Tri::from(it.before().get(flag).known().is_some_and(|on| on.is_true()));
            rows.add(OFF, it)
                .with("off", was_on & !it.after().get(flag).flag(true))
                .with("attribute", Cell::Known((*flag).to_owned()));
        }
    }
    for it in KEYS.iter().flat_map(|type_| cx.changes_of(type_)) {
        if it.actions().delete {
            let days = it.before().get("deletion_window_in_days").int().filter(|days| *days > 0);
            let days = days.unwrap_or(keys::DELETION_WINDOW);
            rows.add(WINDOW, it).with("days", Cell::Known(days.to_string()));
        }
    }
    collect_policies(cx, rows);
    for it in in_use::existing(cx, "aws_kms_alias") {
        rows.add(ALIAS, it).with("key", it.before().get("target_key_id"));
    }
    for (type_, path) in keys::USES {
        for it in in_use::existing(cx, type_) {
            rows.add(USE, it)
                .with("key", it.before().get(path))
                .with("kept", in_use::is_kept(it))
                .with("registers", Tri::from(*type_ == keys::REGISTRATION))
                .with("replaced", Tri::from(it.actions().replaces()));
        }
    }
    collect_buckets(cx, rows);
}

fn collect_policies(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in in_use::existing(cx, "aws_kms_key") {
        rows.add(KEY, it);
    }
    // A policy or a grant of its own may admit Databricks besides.
    let beside = ["aws_kms_grant", "aws_kms_key_policy"];
    let is_beside = beside.iter().any(|type_| cx.of(type_).any(|it| it.actions().create));
    for (type_, path) in keys::POLICIES {
        for it in change::updates(cx, type_) {
            let [before, after] =
                [it.before(), it.after()].map(|root| policies::of(&root.get(path)));
            let shuts =
                before.zip(after).is_some_and(|(old, new)| admits(&old) && !may_admit(&new));
            if shuts {
                rows.add(SHUT, it)
                    .with("key", it.before().get("key_id"))
                    .with("beside", Tri::from(is_beside));
            }
        }
    }
}

/// Whom a policy lets decrypt or encrypt.
fn admitted(policy: &Document) -> impl Iterator<Item = &Principal> {
    let of = |action| policy.admitted(action).into_iter().map(|(who, _)| who);
    of("kms:Decrypt").chain(of("kms:Encrypt"))
}

/// Whether a policy lets Databricks use the key.
fn admits(policy: &Document) -> bool {
    admitted(policy).any(|who| control_plane::party(who).is_some())
}

/// Whether it still may, by a statement that is about others too, or hidden.
fn may_admit(policy: &Document) -> bool {
    let excepts = |it: &Statement| {
        it.is(Effect::Allow) != Tri::No && it.principals.as_ref().is_some_and(|list| list.is_not)
    };
    let is_open =
        |who: &Principal| who.kind == "*" || who.who.known().is_none() || who.who.is_star();
    policy.is_partial
        || policy.statements.iter().any(excepts)
        || admits(policy)
        || admitted(policy).any(is_open)
}

fn collect_buckets(cx: &PlanCx<'_>, rows: &mut Rows) {
    for (type_, path) in keys::OF_BUCKETS {
        for it in in_use::existing(cx, type_) {
            rows.add(BUCKET_KEY, it)
                .with("key", it.before().get(path))
                .with("bucket", it.before().get("bucket"));
        }
    }
    for it in in_use::existing(cx, "aws_s3_bucket") {
        rows.add(BUCKET, it)
            .with("name", it.before().get("bucket"))
            .with("kept", in_use::is_kept(it));
    }
    for (type_, path, form) in buckets::USES {
        let kept = in_use::existing(cx, type_).filter(|it| !it.actions().delete);
        for it in kept {
            rows.add(HELD, it).with("name", bucket_name(&it.before().get(path), *form));
        }
    }
}

fn bucket_name(before: &View<'_>, form: Form) -> Cell {
    let name = match form {
        Form::Name => before.text(),
        Form::Url => before.text().and_then(buckets::in_url),
    };
    name.map_or(Cell::Unset, |name| Cell::Known(name.to_owned()))
}

/// What stays and was encrypted with a key.
struct Users<'a> {
    links: Links<'a>,
    in_use: InUse<'a>,
    buckets: Joined<'a>,
    held: Joined<'a>,
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let users = Users {
        links: Links::of(cx),
        in_use: InUse::of(cx),
        buckets: Joined::by(cx.of(BUCKET), "name"),
        held: Joined::by(cx.of(HELD), "name"),
    };
    for gone in cx.of(in_use::GONE) {
        let (sentence, attribute) = reason::told(gone);
        let all = users.of(gone);
        let tri = Tri::any(all.iter().map(|(_, tri)| *tri));
        let draft = out
            .deny(tri, gone, attribute, || {
                let window = cx.of(WINDOW).find(|row| row.is(gone));
                let days = window.map(|row| row.cell("days").show()).unwrap_or_default();
                let who = shown(&all);
                format!(
                    "{sentence}, while {who} depends on it; it is lost for good after {days} days"
                )
            })
            .help(|| "keep the key: what it encrypted can be read with it alone".to_owned());
        reason::blame_row(related(draft, &all), gone);
    }
    for off in cx.of(OFF) {
        let all = users.of(off);
        let tri = off.tri("off") & Tri::any(all.iter().map(|(_, tri)| *tri));
        let attribute = off.text("attribute").unwrap_or_default();
        let draft = out
            .deny(tri, off, attribute, || {
                format!(
                    "{attribute} changes from true to false, while {} depends on the key",
                    shown(&all)
                )
            })
            .help(|| "leave the key enabled".to_owned());
        related(draft, &all);
    }
    for shut in cx.of(SHUT) {
        let all = users.registered(shut);
        let tri = Tri::any(all.iter().map(|(_, tri)| *tri));
        let tri = if shut.tri("beside") == Tri::Yes { tri & Tri::Maybe } else { tri };
        let draft = out
            .deny(tri, shut, "policy", || {
                format!(
                    "policy no longer admits Databricks, while {} depends on the key",
                    shown(&all)
                )
            })
            .help(|| "leave the statement that admits Databricks in the policy".to_owned());
        related(draft, &all);
    }
}

type User<'a> = (&'a Row, Tri);

fn shown(users: &[User<'_>]) -> String {
    in_use::names(users.iter().filter(|(_, tri)| *tri != Tri::No).map(|(row, _)| *row))
}

fn related<'f, 'a>(draft: Draft<'f, 'a>, users: &[User<'_>]) -> Draft<'f, 'a> {
    let staying = users.iter().filter(|(_, tri)| *tri != Tri::No);
    staying.fold(draft, |draft, (row, _)| draft.related(*row, || "depends on the key".to_owned()))
}

impl<'a> Users<'a> {
    fn of(&self, key: &Row) -> Vec<User<'a>> {
        let aliases = self.links.from(key, ALIAS, "key");
        let named: Vec<&Row> = aliases.iter().map(|(row, _)| *row).chain([key]).collect();
        let mut all = Vec::new();
        for key in named {
            let uses = self.links.from(key, USE, "key").into_iter();
            all.extend(uses.map(|(row, sure)| (row, sure & self.stays(row))));
            let buckets = self.links.from(key, BUCKET_KEY, "key").into_iter();
            all.extend(buckets.map(|(row, sure)| (row, sure & self.holds_data(row))));
        }
        all
    }

    /// The registrations of the key that a policy is of.
    fn registered(&self, policy: &Row) -> Vec<User<'a>> {
        let keys = self.links.to(policy, "key", KEY).into_iter();
        let own = self.links.rows(KEY).named(&Named::itself(policy)).into_iter();
        let users = keys.chain(own).flat_map(|(key, sure)| {
            self.of(key).into_iter().map(move |(row, tri)| (row, tri & sure))
        });
        let mut all: Vec<User<'a>> =
            users.filter(|(row, _)| row.tri("registers") == Tri::Yes).collect();
        all.sort_by_key(|(row, _)| (&row.unit, &row.address));
        all.dedup_by_key(|(row, _)| (&row.unit, &row.address));
        all
    }

    /// A key configuration that is replaced leaves its workspaces with what the old one encrypted.
    fn stays(&self, row: &Row) -> Tri {
        let of_workspaces = self.in_use.by(row);
        let kept = row.tri("kept") | Tri::any(of_workspaces.iter().map(|user| user.kept));
        let may = row.tri("replaced") & Tri::Maybe & Tri::from(of_workspaces.is_empty());
        kept | may
    }

    /// Something of Databricks has the bucket, and the bucket is not destroyed.
    fn holds_data(&self, row: &Row) -> Tri {
        let bucket = Named::of(row, "bucket");
        let is_gone = self.buckets.named(&bucket).iter().any(|(row, _)| row.tri("kept") == Tri::No);
        Tri::from(!is_gone && !self.held.named(&bucket).is_empty())
    }
}
