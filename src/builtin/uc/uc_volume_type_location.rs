//! A volume whose type and location disagree.

use crate::{
    graph::{Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_volume` of type `EXTERNAL` without a `storage_location`, and one of type
    /// `MANAGED` whose author gives it one.
    ///
    /// ## Why is this bad?
    /// An external volume is a name for files that lie somewhere; the API refuses one that lies
    /// nowhere. A managed volume lies where Unity Catalog puts it; a location that stands beside it
    /// is refused or ignored. The provider checks neither, so both fail during the apply.
    /// Source: [databricks_volume](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/volume),
    /// "`storage_location` … Only used for `EXTERNAL` Volumes".
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_volume" "landing" {
    ///   catalog_name     = "sales"
    ///   schema_name      = "raw"
    ///   name             = "landing"
    ///   volume_type      = "EXTERNAL"
    ///   storage_location = "s3://acme-landing/sales"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether a location that is known only after the apply will be null: it counts as one. A type
    /// that is not known yet makes the finding possible.
    pub static RULE = {
        id: "uc-volume-type-location",
        summary: "volume_type and storage_location disagree",
        severity: Error,
        also: [(Warning, "a managed volume has a location")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_volume"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_volume") {
        let (kind, location) = (it.get("volume_type"), it.get("storage_location"));
        let has_location = has_value(&location);
        out.deny(kind.is("EXTERNAL") & !has_location, it, &location, || {
            format!("volume_type is {}, but storage_location is not set", kind.show())
        })
        .help(|| "set `storage_location` to the path of the files".to_owned());
        // Beside what its author writes, a state may show where Unity Catalog put it. What is not known yet
        // may turn out to be nothing.
        let is_given = location.is_given() & location.is_written();
        out.deny(kind.is("MANAGED") & is_given, it, &location, || {
            let (kind, location) = (kind.show(), location.show());
            format!("volume_type is {kind}, but storage_location is {location}")
        })
        .at(Severity::Warning)
        .key("managed")
        .help(|| "remove `storage_location`, or make the volume an external one".to_owned());
    }
}

/// A value that somebody set is a value, although it is not known yet.
fn has_value(view: &View<'_>) -> Tri {
    Tri::from(match view.val() {
        Val::Known(value) => value.as_str() != Some(""),
        Val::Unknown(_) => true,
        Val::Null | Val::Omitted => false,
    })
}
