//! Jobs: whether they run by themselves.

use crate::{
    facts::schedules::TRIGGERS,
    graph::{Res, Val, View},
    plan::Tri,
};

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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::testing::ask, *};

    fn runs(after: Value) -> Tri {
        ask("databricks_job", after, runs_by_itself)
    }

    #[test]
    fn a_trigger_runs_unless_it_is_paused() {
        for name in TRIGGERS {
            assert_eq!(runs(json!({name: [{}]})), Tri::Yes, "{name}");
            assert_eq!(runs(json!({name: [{"pause_status": "UNPAUSED"}]})), Tri::Yes, "{name}");
            assert_eq!(runs(json!({name: [{"pause_status": "PAUSED"}]})), Tri::No, "{name}");
        }
        assert_eq!(runs(json!({"name": "by-hand", "schedule": []})), Tri::No);
    }

    #[test]
    fn one_trigger_that_is_on_is_enough() {
        let both = json!({"schedule": [{"pause_status": "PAUSED"}], "trigger": [{"pause_status": "UNPAUSED"}]});
        assert_eq!(runs(both), Tri::Yes);
        let several = json!({"triggers": [{"pause_status": "PAUSED"}, {"schedule": [{}]}]});
        assert_eq!(runs(several), Tri::Yes);
    }

    #[test]
    fn a_paused_job_has_a_trigger_all_the_same() {
        let has = |after| ask("databricks_job", after, has_trigger);
        assert!(has(json!({"schedule": [{"pause_status": "PAUSED"}]})));
        assert!(!has(json!({"schedule": []})));
    }
}
