//! Replication that leaves out what KMS encrypts.

use crate::{
    aws::policy::{Given, Request},
    builtin::shared::{
        account::{KMS_KEY, ROLE},
        keys::{self, Keys},
        regions,
        replication::{self, Settings},
        roles::{self, Roles},
    },
    estate::{Cell, Joined, Links, Named, Row, Rows},
    facts::policies::{REPLICATION_DECRYPTS, REPLICATION_ENCRYPTS, S3, VIA_SERVICE, via},
    graph::{Cause, Res, View},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a replication of a bucket whose objects KMS encrypts, where the rule does not select such
    /// objects or names no key for the copies: a warning. A key in another region than the destination is an
    /// error. Where all of that is there, a role of the replication that may not decrypt with the key of the
    /// source, or encrypt with the key of the copies, is a note.
    ///
    /// ## Why is this bad?
    /// "By default, Amazon S3 doesn't replicate objects that are encrypted with SSE-KMS": the replication is
    /// there, and the destination stays empty. Nothing tells. The role needs `kms:Decrypt` and `kms:Encrypt`
    /// beside what it does in S3, or each object fails to replicate.
    /// Source: [Replicating encrypted objects](https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html).
    ///
    /// ## How to fix it
    /// ```terraform
    /// rule {
    ///   status = "Enabled"
    ///   source_selection_criteria {
    ///     sse_kms_encrypted_objects {
    ///       status = "Enabled"
    ///     }
    ///   }
    ///   destination {
    ///     bucket = aws_s3_bucket.copy.arn
    ///     encryption_configuration {
    ///       replica_kms_key_id = aws_kms_replica_key.copy.arn # in the region of the copy
    ///     }
    ///   }
    ///   # ...
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// How a bucket is encrypted that no plan of the run has, and objects that bring an encryption of
    /// their own. Whether the role of the replication may use a key that no plan of the run manages: that
    /// key's policy may name the role. Where a policy of the key or of the role is hidden, because it is
    /// made of ARNs that are known only after the apply, nothing is said. Denials are not looked at.
    pub static RULE = {
        id: "dr-replication-kms",
        summary: "replication leaves out objects that KMS encrypts",
        severity: Warning,
        also: [
            (Error, "the key for the copies lies in another region than the destination"),
            (Note, "the role of the replication may not use one of the keys"),
        ],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_s3_bucket", "aws_s3_bucket_replication_configuration"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A rule of a replication. Cells: `path` (of the rule), `role`, `key` (of the copies).
const USE: &str = "replicating-role";
/// What encrypts a bucket. Cells: `bucket`, `key`.
const SOURCE: &str = "replicated-key";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    replication::collect(cx, rows);
    keys::collect(cx, rows);
    roles::collect(cx, rows);
    for it in cx.of(replication::CONFIGURATION) {
        for rule in it.get("rule").items() {
            let key = rule.get("destination.encryption_configuration.replica_kms_key_id");
            used(it, &rule, &it.get("role"), &key, rows);
        }
    }
    for it in cx.of("aws_s3_bucket") {
        for rule in it.get("replication_configuration.rules").items() {
            let key = rule.get("destination.replica_kms_key_id");
            used(it, &rule, &it.get("replication_configuration.role"), &key, rows);
        }
    }
    for it in cx.of(replication::ENCRYPTION_TYPE) {
        let key = it.get("rule.apply_server_side_encryption_by_default.kms_master_key_id");
        rows.add(SOURCE, it)
            .with("bucket", replication::named(&it.get("bucket")))
            .with("key", key.target(KMS_KEY));
    }
}

fn used(it: Res<'_>, rule: &View<'_>, role: &View<'_>, key: &View<'_>, rows: &mut Rows) {
    rows.add(USE, it)
        .with("path", Cell::Known(rule.attribute()))
        .with("role", role.target(ROLE))
        .with("key", key.target(KMS_KEY));
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let settings = Settings::of(cx);
    let users = Users::of(cx);
    for rule in settings.each_rule(cx) {
        let is_kms = rule.tri("on") & settings.is_kms(&Named::of(rule, "from"));
        let (selects, encrypts) = (rule.tri("selects"), rule.tri("encrypts"));
        let said = |what: &str| format!("replication of a bucket that KMS encrypts {what}");
        let help = || {
            "add both `sse_kms_encrypted_objects` and a key in the region of the destination"
                .to_owned()
        };
        let selection = "source_selection_criteria";
        let at = replication::at(rule, selection, selection);
        let draft = out.deny(is_kms & !selects, rule, at, || said("does not select its objects"));
        replication::keyed(draft.help(help), &settings, rule, "to");
        let at = replication::at(
            rule,
            "destination.encryption_configuration",
            "destination.replica_kms_key_id",
        );
        let draft =
            out.deny(is_kms & selects & !encrypts, rule, at, || said("has no key for the copies"));
        replication::keyed(draft.help(help), &settings, rule, "to");
        wrong_region(&settings, rule, out);
        users.lacking(&settings, is_kms & selects & encrypts, rule, out);
    }
}

fn wrong_region(settings: &Settings<'_>, rule: &Row, out: &mut Findings<'_>) {
    let Some(to) = settings.bucket(rule, "to") else { return };
    let (key, bucket) = (rule.cell("key-region"), to.cell("region"));
    let at = replication::at(
        rule,
        "destination.encryption_configuration.replica_kms_key_id",
        "destination.replica_kms_key_id",
    );
    let draft = out.deny(
        rule.tri("on") & Tri::from(regions::differ(key, bucket) == Tri::Yes),
        rule,
        at,
        || {
            format!(
                "key for the copies lies in {}, but the destination in {}",
                regions::shown(key),
                regions::shown(bucket)
            )
        },
    );
    replication::keyed(draft, settings, rule, "to")
        .at(Severity::Error)
        .help(|| format!("use a key in {}", regions::shown(bucket)))
        .related(to, || format!("the destination, in {}", regions::shown(bucket)));
}

/// Who replicates with which keys.
struct Users<'a> {
    links: Links<'a>,
    keys: Keys<'a>,
    roles: Roles<'a>,
    sources: Joined<'a>,
    uses: Vec<&'a Row>,
}

impl<'a> Users<'a> {
    fn of(cx: &EstateCx<'a>) -> Users<'a> {
        Users {
            links: Links::of(cx),
            keys: Keys::of(cx),
            roles: Roles::of(cx),
            sources: Joined::by(cx.of(SOURCE), "bucket"),
            uses: cx.of(USE).collect(),
        }
    }

    /// Reports what the role of a rule may not do with the keys that plans of the run manage.
    fn lacking(&self, settings: &Settings<'_>, asked: Tri, rule: &Row, out: &mut Findings<'_>) {
        let is_it = |row: &&&Row| {
            row.unit == rule.unit
                && row.address == rule.address
                && row.cell("path") == rule.cell("path")
        };
        let Some(it) = self.uses.iter().find(is_it) else { return };
        let [(role, sure)] = self.roles.named(it, "role")[..] else { return };
        let own = self.roles.permissions(role).document;
        let mut lacking: Vec<(&str, &Row, Tri)> = Vec::new();
        // A text with the ARN of a new key in it is hidden as a whole: nothing speaks against it.
        for (key, sure, action) in self.keys_of(it, rule) {
            let policy = self.keys.policy(key);
            if policy.document.is_partial || own.is_partial {
                out.blind(Cause::Apply, rule);
                continue;
            }
            let tri = sure & !policy.admits(role, &own, &through_s3(key, action));
            lacking.extend((tri != Tri::No).then_some((action, key, tri)));
        }
        let tri = Tri::any(lacking.iter().map(|(.., tri)| *tri)) & asked & sure;
        let is_inline = rule.tri("inline") == Tri::Yes;
        let at = if is_inline { "replication_configuration.role" } else { "role" };
        let draft = out.deny(tri, rule, at, || {
            let words =
                lacking.iter().map(|(action, key, _)| format!("{action} with {}", key.address));
            format!("{} may not {}", role.address, words.collect::<Vec<_>>().join(", nor "))
        });
        let draft = replication::keyed(draft, settings, rule, "to")
            .at(Severity::Note)
            .help(|| "allow it in a policy of the role, or in that of the key".to_owned())
            .related(role, || "the role of the replication".to_owned());
        lacking
            .iter()
            .fold(draft, |draft, (_, key, _)| draft.related(*key, || "the key".to_owned()));
    }

    /// The keys at both ends, and what the role does with each.
    fn keys_of(&self, it: &Row, rule: &Row) -> Vec<(&'a Row, Tri, &'static str)> {
        let only = |row: &Row| match self.links.to(row, "key", keys::KIND)[..] {
            [one] => Some(one),
            _ => None,
        };
        let source = match self.sources.named(&Named::of(rule, "from"))[..] {
            [(source, sure)] => only(source).map(|(key, also)| (key, sure & also)),
            _ => None,
        };
        let source = source.map(|(key, sure)| (key, sure, REPLICATION_DECRYPTS));
        let copies = only(it).map(|(key, sure)| (key, sure, REPLICATION_ENCRYPTS));
        source.into_iter().chain(copies).collect()
    }
}

/// S3 asks for it, in the region of the key.
fn through_s3(key: &Row, action: &'static str) -> Request<'static> {
    let service = key.text("region").map_or(Given::Right, |it| Given::Is(via(S3, it)));
    Request::to(action).with(VIA_SERVICE, service)
}
