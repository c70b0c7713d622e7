//! Every fixture, judged by every rule there is: once, for all tests that change plans and look what
//! becomes of the findings.

use std::{fs, sync::OnceLock};

use bricklint::{
    catalog::{ProfileName, Selection},
    engine::{self, Input, Job, Judged, Loaded, Making},
    plan::{DocumentKind, Plan},
    source::Origin,
};
use rayon::prelude::*;
use serde_json::Value;

use crate::{
    case::{Case, cases},
    common::name,
    rules::shipped,
};

/// Plans by their units, as text.
pub(crate) type Texts = Vec<(String, String)>;

/// A fixture, and what is said of it.
pub(crate) struct Fixture {
    pub(crate) case: Case,
    pub(crate) texts: Texts,
    pub(crate) judged: Judged,
}

impl Fixture {
    /// The plans, to be changed.
    pub(crate) fn plans(&self) -> Vec<Value> {
        self.texts.iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect()
    }

    /// The same units with other plans.
    pub(crate) fn with(&self, plans: &[Value]) -> Texts {
        let units = self.texts.iter().map(|(unit, _)| unit.clone());
        units.zip(plans.iter().map(Value::to_string)).collect()
    }
}

/// Every rule there is, shipped policies with their defaults too.
pub(crate) fn jobs() -> &'static [Job] {
    static JOBS: OnceLock<Vec<Job>> = OnceLock::new();
    JOBS.get_or_init(|| {
        let selection = Selection {
            profiles: vec![ProfileName::All],
            enabled: shipped().iter().map(|rule| rule.meta().id.to_string()).collect(),
            ..Selection::default()
        };
        selection.apply(shipped()).unwrap()
    })
}

/// The fixtures of all rules that have plans, or of those alone whose id begins with a `FAMILY` of the
/// environment: `FAMILY=cmp,gov TRIES=1000 cargo test property`. Every rule judges them either way.
///
/// To be asked for by tests themselves, never by what they run in parallel: whoever asks first has them
/// judged, and the others wait.
pub(crate) fn fixtures() -> &'static [Fixture] {
    static FIXTURES: OnceLock<Vec<Fixture>> = OnceLock::new();
    FIXTURES.get_or_init(|| {
        let wanted = std::env::var("FAMILY").unwrap_or_default();
        let rules = shipped();
        let ids = rules.iter().map(|rule| rule.meta().id.to_string());
        let is_wanted = |id: &String| wanted.split(',').any(|start| id.starts_with(start.trim()));
        let all: Vec<Case> = ids.filter(is_wanted).flat_map(|id| cases(&id)).collect();
        all.into_par_iter().filter_map(fixture).collect()
    })
}

/// Whether `FAMILY` leaves fixtures out: those of some rules may have little to look at.
pub(crate) fn is_of_some() -> bool {
    std::env::var_os("FAMILY").is_some()
}

/// None for states, which know everything and have no configuration.
fn fixture(case: Case) -> Option<Fixture> {
    let read = |file: &std::path::PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        let is_plan = text.contains("\"resource_changes\"");
        is_plan.then(|| (name(file).trim_end_matches(".json").to_owned(), text))
    };
    let texts: Texts = case.groups().first()?.iter().map(read).collect::<Option<_>>()?;
    let judged = judge(&texts);
    Some(Fixture { case, texts, judged })
}

/// What the rules say of plans.
pub(crate) fn judge(plans: &Texts) -> Judged {
    let load = |(unit, text): &(String, String)| {
        let path = format!("{unit}.json");
        let plan = Plan::parse(unit, &path, DocumentKind::Plan, text.clone());
        let plan = plan.map_err(|(_, error)| error).unwrap();
        let input = Input { plan, kind: "plan", origin: Origin::none() };
        Loaded { plans: vec![input], failures: Vec::new() }
    };
    let judged = engine::run(plans, load, jobs(), Making::default(), || ());
    assert_eq!(judged.failures, [], "no rule fails");
    judged
}
