//! A key goes away, or is switched off, under data that it encrypts.

use crate::{
    builtin::shared::{
        account::{KEY_OR_ALIAS, KMS_KEY},
        change,
        in_use::{self, InUse},
        keys::shuts_out,
        policies, reason,
    },
    estate::{Cell, Joined, Links, Named, Row, Rows},
    facts::{
        buckets::{self, Form},
        keys,
    },
    graph::{Scope, Side, View},
    lint::{Check, Draft, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds KMS keys that the plan destroys, replaces or disables although something of Databricks depends
    /// on them and stays: a key configuration of the account, the encryption of a bucket that Databricks
    /// uses, an external location, the key of new EBS volumes; and policies that no longer admit Databricks
    /// to a key which a key configuration that stays names. It does not help that these get another key in
    /// the same apply: what is there was encrypted with the old one.
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
    /// needs is found by `kms-policy-storage`, `kms-policy-managed-services` and `kms-policy-ebs-role`. A
    /// `Deny` that is put into a policy. Where a grant or a policy of its own is created in the same
    /// plan, it may admit Databricks instead: the finding is possible.
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
    in_use::collect(cx, rows, KMS_KEY);
    for (type_, flag) in keys::SWITCHES {
        for it in change::updates(cx, type_) {
            let was_on = Tri::from(it.before().get(flag).known().is_some_and(|on| on.is_true()));
            rows.add(OFF, it)
                .with("off", was_on & !it.after().get(flag).flag(true))
                .with("attribute", Cell::Known((*flag).to_owned()));
        }
    }
    for it in KMS_KEY.iter().flat_map(|type_| cx.changes_of(type_)) {
        if it.actions().delete {
            let days = it.before().get("deletion_window_in_days").int().filter(|days| *days > 0);
            let days = days.unwrap_or(keys::DELETION_WINDOW);
            rows.add(WINDOW, it).with("days", Cell::Known(days.to_string()));
        }
    }
    collect_policies(cx, rows);
    for it in in_use::existing(cx, "aws_kms_alias") {
        rows.add(ALIAS, it).with("key", key_before(cx, &it.before().get("target_key_id")));
    }
    for (type_, path) in keys::USES {
        for it in in_use::existing(cx, type_) {
            rows.add(USE, it)
                .with("key", key_before(cx, &it.before().get(path)))
                .with("kept", in_use::is_kept(it))
                .with("registers", Tri::from(*type_ == keys::REGISTRATION))
                .with("replaced", Tri::from(it.actions().replaces()));
        }
    }
    collect_buckets(cx, rows);
}

fn collect_policies(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in KMS_KEY.iter().flat_map(|type_| in_use::existing(cx, type_)) {
        rows.add(KEY, it);
    }
    // A policy or a grant of its own may admit Databricks besides.
    let is_beside =
        keys::BESIDE.iter().any(|(type_, _)| cx.of(type_).any(|it| it.actions().create));
    for (type_, path) in keys::POLICIES {
        let named = keys::BESIDE.iter().find(|(beside, _)| beside == type_);
        for it in change::updates(cx, type_) {
            let [before, after] =
                [it.before(), it.after()].map(|root| policies::of(&root.get(path)));
            if before.zip(after).is_some_and(|(old, new)| shuts_out(&old, &new)) {
                let key = named.map_or(Cell::Unset, |(_, name)| it.before().get(name).into());
                rows.add(SHUT, it).with("key", key).with("beside", Tri::from(is_beside));
            }
        }
    }
}

fn collect_buckets(cx: &PlanCx<'_>, rows: &mut Rows) {
    for (type_, path) in keys::OF_BUCKETS {
        for it in in_use::existing(cx, type_) {
            rows.add(BUCKET_KEY, it)
                .with("key", key_before(cx, &it.before().get(path)))
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

/// The key or alias that a value named, among those that were there: the apply may destroy it.
fn key_before(cx: &PlanCx<'_>, value: &View<'_>) -> Cell {
    let there = Scope::new(cx.graph, Side::Prior);
    match value.text() {
        Some(text) => there.named(KEY_OR_ALIAS, text).read_from(value).into(),
        None => value.into(),
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
        let window = cx.of(WINDOW).find(|row| row.is(gone));
        judge_gone(gone, window, &users.of(gone), out);
    }
    for off in cx.of(OFF) {
        judge_off(off, &users.of(off), out);
    }
    for shut in cx.of(SHUT) {
        judge_shut(shut, &users.registered(shut), out);
    }
}

fn judge_gone(gone: &Row, window: Option<&Row>, all: &[User<'_>], out: &mut Findings<'_>) {
    let (sentence, attribute) = reason::told(gone);
    let tri = Tri::any(all.iter().map(|(_, tri)| *tri));
    let draft = out
        .deny(tri, gone, attribute, || {
            let lost = window
                .map(|row| format!("; it is lost for good after {} days", row.cell("days").show()));
            let lost = lost.unwrap_or_default();
            format!("{sentence}, while {} depends on it{lost}", shown(all))
        })
        .help(|| "keep the key: what it encrypted can be read with it alone".to_owned());
    reason::blame_row(related(draft, all), gone);
}

fn judge_off(off: &Row, all: &[User<'_>], out: &mut Findings<'_>) {
    let tri = off.tri("off") & Tri::any(all.iter().map(|(_, tri)| *tri));
    let attribute = off.text("attribute").unwrap_or_default();
    let draft = out
        .deny(tri, off, attribute, || {
            format!(
                "{attribute} changes from true to false, while {} depends on the key",
                shown(all)
            )
        })
        .help(|| "leave the key enabled".to_owned());
    related(draft, all);
}

fn judge_shut(shut: &Row, all: &[User<'_>], out: &mut Findings<'_>) {
    let tri = Tri::any(all.iter().map(|(_, tri)| *tri));
    let tri = if shut.tri("beside") == Tri::Yes { tri & Tri::Maybe } else { tri };
    let draft = out
        .deny(tri, shut, "policy", || {
            format!("policy no longer admits Databricks, while {} depends on the key", shown(all))
        })
        .help(|| "leave the statement that admits Databricks in the policy".to_owned());
    related(draft, all);
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
        let mut named = self.links.from(key, ALIAS, "key");
        named.push((key, Tri::Yes));
        let mut all = Vec::new();
        for (key, it_is) in named {
            let uses = self.links.from(key, USE, "key").into_iter();
            all.extend(uses.map(|(row, sure)| (row, it_is & sure & self.stays(row))));
            let buckets = self.links.from(key, BUCKET_KEY, "key").into_iter();
            all.extend(buckets.map(|(row, sure)| (row, it_is & sure & self.holds_data(row))));
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
