//! A root bucket whose objects Databricks cannot read or write, for want of the key.

use crate::{
    builtin::shared::{
        account::{self, KEY_OR_ALIAS},
        buckets,
        keys::{self, Keys},
        roots::{self, Root},
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::{
        keys::LOOKED_UP,
        policies::{KMS_ENCRYPTION, S3_KEY_ALIAS},
    },
    graph::{End, Hit, Res, Target, Val, View},
    lint::{Check, Draft, EstateCx, Findings, PlanCx},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds root buckets of workspaces that are encrypted by default with a key of KMS that the control
    /// plane of Databricks may not use: a key of the run whose policy does not allow it what the use case
    /// `STORAGE` needs, or AWS's own key for S3, which is taken where no key is named.
    ///
    /// ## Why is this bad?
    /// S3 asks KMS on behalf of whoever reads or writes. The policy of AWS's own key admits principals of its
    /// account only and cannot be changed; Databricks comes from another account, so its first write is
    /// refused and the workspace fails.
    /// Source: [Protecting data with SSE-KMS](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html),
    /// "cross-account"; docs/resources/mws_customer_managed_keys.md of
    /// databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// Use `sse_algorithm = "AES256"`, or a key of your own whose policy admits the control plane as
    /// `kms-policy-storage` shows.
    ///
    /// ## What it cannot see
    /// Keys of no plan of the run, and key policies of which some part is hidden: the rule is silent. An
    /// algorithm that is known only after the apply makes the finding possible. Storage configurations with
    /// a role of their own are not looked at.
    pub static RULE = {
        id: "s3-root-kms-no-databricks",
        summary: "root bucket encrypted with a key Databricks cannot use",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_s3_bucket", "aws_s3_bucket_server_side_encryption_configuration"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const ENCRYPTION: &str = "aws_s3_bucket_server_side_encryption_configuration";
const DEFAULT: &str = "apply_server_side_encryption_by_default";
const KEY: &str = "kms_master_key_id";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    keys::collect(cx, rows);
    for it in cx.of(ENCRYPTION) {
        encryption(rows, it, &it.get("rule"), &it.get("bucket"));
    }
    for it in cx.of("aws_s3_bucket") {
        encryption(
            rows,
            it,
            &it.get("server_side_encryption_configuration.rule"),
            &it.get("bucket"),
        );
    }
}

fn encryption(rows: &mut Rows, it: Res<'_>, rule: &View<'_>, bucket: &View<'_>) {
    let Some(default) = rule.items().next().map(|rule| rule.get(DEFAULT)) else { return };
    let (algorithm, key) = (default.get("sse_algorithm"), default.get(KEY));
    let is_aws = match key.val() {
        Val::Null | Val::Omitted => true,
        Val::Known(name) => name.as_str().is_some_and(|text| {
            text.is_empty() || text.ends_with(S3_KEY_ALIAS) || is_looked_up(it, text)
        }),
        // Else whoever hands over what is not known yet hands over a key of his own.
        Val::Unknown(_) => matches!(key.hits().as_slice(), [only] if leads_to_own_key(it, only)),
    };
    let names_bucket = if it.type_() == ENCRYPTION {
        buckets::named(bucket).into()
    } else {
        Cell::from(Target::Here(it))
    };
    rows.add("encryption", it)
        .with("bucket", names_bucket)
        .with("kms", Tri::any(KMS_ENCRYPTION.iter().map(|name| algorithm.is(name))))
        .with("aws-key", Tri::from(is_aws))
        .with("key", key.target(KEY_OR_ALIAS))
        .with("attribute", Some(default.attribute()));
}

/// Whether a data source that looks AWS's own key up says that this is its ARN or id.
fn is_looked_up(it: Res<'_>, text: &str) -> bool {
    let scope = it.scope();
    LOOKED_UP.iter().any(|(type_, _, told)| {
        let is_it = |key: &Res<'_>| told.iter().any(|name| key.get(name).is(text) == Tri::Yes);
        scope.data(type_).any(|key| looks_up_own_key(key) && is_it(&key))
    })
}

fn leads_to_own_key(it: Res<'_>, hit: &Hit) -> bool {
    matches!(hit.end, End::Resource(id) if hit.exact && looks_up_own_key(it.scope().res(id)))
}

fn looks_up_own_key(key: Res<'_>) -> bool {
    let own = LOOKED_UP.iter().find(|(type_, ..)| *type_ == key.type_());
    let alias = own.and_then(|(_, name, _)| key.get(name).text());
    key.mode() == Mode::Data && alias.is_some_and(|alias| alias.ends_with(S3_KEY_ALIAS))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, keys) = (Links::of(cx), Keys::of(cx));
    for it in cx.of("encryption") {
        let bucket = Named::of(it, "bucket");
        let Some(Root { workspace, sure, .. }) = roots::of(&links, &bucket) else { continue };
        let sure = sure & it.tri("kms");
        let attribute = it.text("attribute").map(str::to_owned);
        let root = |draft: Draft<'_, '_>| {
            draft
                .related_at(workspace, "storage_configuration_id", || "its root bucket".to_owned());
        };
        if it.tri("aws-key") == Tri::Yes {
            root(out.deny(sure, it, attribute, || {
                "the root bucket is encrypted with AWS's own key for S3, which Databricks cannot be allowed to use".to_owned()
            })
            .help(|| "use AES256, or name a key whose policy admits Databricks".to_owned()));
            continue;
        }
        let Some((key, also)) = key_of(&links, it) else { continue };
        let policy = keys.policy(key);
        let Some(missing) = policy.missing_through_s3("STORAGE", out) else { continue };
        root(out.deny(missing.tri & sure & also, it, attribute, || {
            format!("the root bucket is encrypted with {}, whose policy does not allow Databricks {}", key.address, missing.actions())
        })
        .help(|| missing.help())
        .related_at(policy.holder, "policy", || "the key's policy".to_owned()));
    }
}

/// The key that is named, by itself or by an alias.
fn key_of<'a>(links: &Links<'a>, encryption: &Row) -> Option<(&'a Row, Tri)> {
    let aliases = links.to(encryption, "key", keys::ALIAS).into_iter();
    let behind = aliases.flat_map(|(alias, sure)| {
        let all = links.to(alias, "key", keys::KIND).into_iter();
        all.map(move |(key, also)| (key, sure & also))
    });
    let mut all: Vec<_> =
        links.to(encryption, "key", keys::KIND).into_iter().chain(behind).collect();
    if all.len() == 1 { all.pop() } else { None }
}
