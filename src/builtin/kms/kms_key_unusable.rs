//! A key of Databricks that cannot encrypt its data.

use crate::{
    builtin::shared::{
        account::{self, KMS_KEY},
        keys,
    },
    estate::{Links, Row, Rows},
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds keys that a `databricks_mws_customer_managed_keys` registers and that cannot encrypt data:
    /// asymmetric keys and keys for signatures or MACs, disabled ones, and `aws_kms_external_key`s that
    /// are created without key material or still wait for it. Key and registration may stand in different
    /// plans of the run.
    ///
    /// ## Why is this bad?
    /// Databricks encrypts with data keys, which only an enabled, symmetric key can make. Registration fails,
    /// or the first workspace that uses the key.
    /// Source: [Key states](https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html);
    /// [GenerateDataKey](https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html), "You must
    /// use a symmetric encryption KMS key".
    ///
    /// ## How to fix it
    /// Leave `customer_master_key_spec`, `key_usage` and `is_enabled` out; the defaults are right. A change of
    /// the first two makes a new key.
    ///
    /// ## What it cannot see
    /// Keys of no plan of the run, and material that is imported by hand after the apply. A setting that is
    /// known only after the apply makes the finding possible.
    pub static RULE = {
        id: "kms-key-unusable",
        summary: "asymmetric, disabled, imported-without-material or wrong-usage key",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_kms_external_key", "aws_kms_key", "aws_kms_replica_key"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    for it in KMS_KEY.iter().flat_map(|kind| cx.of(kind)) {
        let (tri, attribute, why) = fault(it);
        rows.add("key", it)
            .with("unusable", tri)
            .with("attribute", Some(attribute.to_owned()))
            .with("why", Some(why));
    }
}

/// Whether a key cannot encrypt, the attribute that says so, and why; the surest of several.
fn fault(key: Res<'_>) -> (Tri, &'static str, String) {
    let not = |name, wanted: &str| {
        let view = key.get(name);
        let tri = view.is_set() & !view.is(wanted);
        (tri, name, format!("{name} is {}, not {wanted}", view.show()))
    };
    let off =
        |name| (!key.get(name).flag(true), name, format!("{name} is {}", key.get(name).show()));
    let mut faults = vec![
        not("customer_master_key_spec", "SYMMETRIC_DEFAULT"),
        not("key_usage", "ENCRYPT_DECRYPT"),
        off("is_enabled"),
        off("enabled"),
    ];
    if key.type_() == "aws_kms_external_key" {
        let material = "key_material_base64";
        // Into one that exists somebody may have imported it: then its state says so.
        let is_empty = Tri::from(key.is_created()) | key.get("key_state").is("PendingImport");
        let why = "it has no key material".to_owned();
        faults.push((!key.get(material).is_set() & is_empty, material, why));
    }
    // Of equals the first counts.
    faults.reverse();
    faults.into_iter().max_by_key(|(tri, ..)| *tri).unwrap_or((Tri::No, "", String::new()))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for key in cx.of("key") {
        let registered = keys::registration(&links, key, |_| Tri::Yes);
        let Some((registration, sure)) = registered else { continue };
        let text = |cell: &str| key.text(cell).unwrap_or_default().to_owned();
        out.deny(key.tri("unusable") & sure, key, text("attribute"), || {
            format!("cannot encrypt for Databricks: {}", text("why"))
        })
        .help(|| {
            "use an enabled, symmetric key for encryption, which is what AWS makes by default"
                .to_owned()
        })
        .related_at(registration, "aws_key_info.key_arn", || label(registration));
    }
}

fn label(registration: &Row) -> String {
    format!("registers the key with Databricks for {}", keys::uses(registration))
}
