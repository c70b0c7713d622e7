//! Jobs: whether they run by themselves.

use crate::{
    graph::{Res, Val, View},
    plan::Tri,
};

/// Blocks that make a job run by itself.
const TRIGGERS: [&str; 3] = ["schedule", "trigger", "continuous"];

/// What makes a job run by itself.
pub fn triggers(job: Res<'_>) -> impl Iterator<Item = View<'_>> {
    TRIGGERS.into_iter().flat_map(move |name| job.get(name).items())
}

/// Whether a job has anything that makes it run by itself, paused or not.
pub fn has_trigger(job: Res<'_>) -> bool {
    triggers(job).next().is_some()
}

/// Whether a trigger is on: one that does not say so is.
///
/// Source: the provider's page of `databricks_job`, `pause_status`, "Defaults to UNPAUSED".
pub fn is_on(trigger: &View<'_>) -> Tri {
    let status = trigger.get("pause_status");
    match status.val() {
        Val::Unknown(cause) => status.maybe(cause),
        _ => !status.is("PAUSED"),
    }
}

/// Whether a job runs by itself.
pub fn runs_by_itself(job: Res<'_>) -> Tri {
    Tri::any(triggers(job).map(|trigger| is_on(&trigger)))
}
