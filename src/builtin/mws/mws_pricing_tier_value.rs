//! A pricing tier that does not exist, or lacks what the plans use.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{masks, provider},
    estate::{Cell, Links, Row, Rows},
    facts::mws::{ABOVE_STANDARD, PRICING_TIERS, STANDARD},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` that is created with a `pricing_tier` that the API does not
    /// know, whatever its case. STANDARD is a note where the run manages catalogs, grants, metastore
    /// assignments, cluster policies or IP access lists of that workspace, which it does not have.
    ///
    /// ## Why is this bad?
    /// The provider does not check the tier, and the API refuses the workspace. A tier without a feature
    /// is refused later, when the feature is used; the tier of an existing workspace is not changed by
    /// Terraform.
    /// Source: [PricingTier](https://pkg.go.dev/github.com/databricks/databricks-sdk-go/service/provisioning#PricingTier);
    /// databricks/terraform-databricks-sra#46; databricks/terraform-provider-databricks#3433.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_workspaces" "this" {
    ///   pricing_tier = "ENTERPRISE"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A tier that is known only after the apply, and the tier that the account gives a workspace that
    /// names none.
    pub static RULE = {
        id: "mws-pricing-tier-value",
        summary: "unknown or features-poor pricing tier",
        severity: Error,
        also: [(Note, "it is STANDARD, and the run manages what that lacks")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A workspace with a tier. Cells: `tier`, and the answers `is-known`, `is-standard`.
const WORKSPACE: &str = "workspace";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("databricks_mws_workspaces") {
        let tier = it.get("pricing_tier");
        let Some(text) = tier.text().filter(|text| !text.is_empty()) else { continue };
        let is = |known: &&str| known.eq_ignore_ascii_case(text);
        rows.add(WORKSPACE, it)
            .with("is-known", Tri::from(PRICING_TIERS.iter().any(is)))
            .with("is-standard", Tri::from(is(&STANDARD)))
            .with("tier", &tier);
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for it in ABOVE_STANDARD.iter().flat_map(|kind| cx.of(kind)) {
        // One object for each provider block tells enough.
        let Some(block) = it.block() else { continue };
        if seen.insert(&block.provider_key) {
            rows.add("feature", it).with("workspace", Cell::from(provider::of(it)));
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for workspace in cx.of(WORKSPACE) {
        let tier = workspace.cell("tier");
        // What an existing workspace has comes from the API, which knows it.
        let is_new = Tri::from(workspace.actions.create);
        let is_unknown = is_new & !workspace.tri("is-known");
        out.deny(is_unknown, workspace, "pricing_tier", || {
            format!("the API knows no pricing tier {}", masks::quoted(tier))
        })
        .help(|| "choose PREMIUM or ENTERPRISE, or leave it to the account".to_owned());
        let features: Vec<(&Row, Tri)> = links.from(workspace, "feature", "workspace");
        let is_poor =
            workspace.tri("is-standard") & Tri::any(features.iter().map(|(_, sure)| *sure));
        let mut draft = out
            .deny(is_poor, workspace, "pricing_tier", || {
                let tier = tier.show();
                format!("the tier {tier} lacks features that this run uses in the workspace")
            })
            .at(Severity::Note)
            .key("poor")
            .help(|| "choose PREMIUM or ENTERPRISE".to_owned());
        for (feature, _) in features {
            draft = draft.related(feature, || "needs a higher tier".to_owned());
        }
    }
}
