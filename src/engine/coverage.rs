//! What a plan is, and what rules had to judge in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    estate::Lacks,
    graph::{Caveat, CaveatKind, Graph, Scope},
    lint::{InputInfo, RuleMeta, World},
    plan::{Mode, Plan},
};

use super::{Job, Origins};

/// Words for subjects that are no type of resource: rules about these look at every plan.
const GENERAL: [&str; 6] = ["*", "data", "output", "plan", "provider", "variable"];

/// The types that rules name as their subjects, those of data sources with `data.` before them.
pub(super) fn named_types(jobs: &[Job]) -> BTreeSet<&str> {
    let all = jobs.iter().flat_map(|job| &job.rule.meta().subjects);
    all.map(|subject| &**subject).filter(|subject| !GENERAL.contains(subject)).collect()
}

/// Whether a rule can have anything to judge in a plan: an instance of its subjects, in whichever
/// world, or what is no resource.
pub(super) fn has_subjects(meta: &RuleMeta, plan: &Plan) -> bool {
    let is_there =
        |name: &str| !plan.of_type(name.strip_prefix("data.").unwrap_or(name)).is_empty();
    meta.subjects.iter().any(|name| GENERAL.contains(&&**name) || is_there(name))
}

/// What there is to say of a document, whatever the rules say of it.
pub(super) fn about(graph: &Graph, kind: &'static str, named: &BTreeSet<&str>) -> InputInfo {
    let plan = &graph.plan;
    let is_named = |type_: &str, mode| match mode {
        Mode::Managed => named.contains(type_),
        Mode::Data => named.contains(format!("data.{type_}").as_str()),
    };
    let of_type = |type_: &str| {
        let all = plan.of_type(type_).iter().map(|id| plan.resource(*id).mode);
        let (managed, data) = all.partition::<Vec<_>, _>(|mode| *mode == Mode::Managed);
        let count = |all: Vec<Mode>, mode| if is_named(type_, mode) { all.len() } else { 0 };
        count(managed, Mode::Managed) + count(data, Mode::Data)
    };
    InputInfo {
        unit: plan.unit.clone(),
        path: plan.path.clone(),
        kind,
        terraform_version: plan.terraform_version.clone(),
        resources: plan.len(),
        judged: plan.types().map(of_type).sum(),
        complete: plan.complete && graph.unplanned().is_empty(),
        errored: plan.errored,
        caveats: graph.caveats(),
    }
}

/// Notes the Terragrunt units whose outputs plans are given, and that are in no plan of the run.
pub(super) fn note_absent(
    inputs: &mut [InputInfo],
    needs: &BTreeMap<String, BTreeSet<String>>,
    origins: &Origins,
) {
    if needs.is_empty() {
        return;
    }
    let here: BTreeSet<String> = origins.values().map(|origin| origin.unit().dir).collect();
    for input in inputs {
        let Some(needs) = needs.get(&input.unit) else { continue };
        let details: Vec<String> = needs.difference(&here).cloned().collect();
        if !details.is_empty() {
            input.caveats.push(Caveat { kind: CaveatKind::AbsentUnits, details });
            input.caveats.sort();
        }
    }
}

/// What a plan may lack although its configuration has it.
pub(super) fn lacks(graph: &Graph) -> Lacks {
    let mut lacks = match graph.missing_types() {
        _ if !graph.is_partial() => Lacks::default(),
        Some(types) => Lacks { types: types.clone(), anything: false },
        None => Lacks { types: BTreeSet::new(), anything: true },
    };
    lacks.types.extend(graph.forgotten_types().iter().cloned());
    lacks
}

/// How many subjects a rule had in a world: instances of its declared types, or what is no
/// resource. A rule about the change itself judges what is deleted too.
pub(super) fn subjects(meta: &RuleMeta, scope: &Scope<'_>) -> usize {
    let plan = &scope.graph.plan;
    let is_change = meta.world == World::Change;
    let of = |name: &str| match (name, name.strip_prefix("data.")) {
        ("plan", _) => 1,
        ("output", _) => plan.outputs.iter().filter(|output| !output.actions.delete).count(),
        ("variable", _) => plan.variables().count(),
        ("provider", _) => plan.config.providers.len(),
        ("data", _) => scope.count(Mode::Data, None),
        ("*", _) if is_change => scope.changes().count(),
        ("*", _) => scope.count(Mode::Managed, None),
        (_, Some(type_)) => scope.count(Mode::Data, Some(type_)),
        (type_, None) if is_change => scope.changes_of(type_).count(),
        (type_, None) => scope.count(Mode::Managed, Some(type_)),
    };
    meta.subjects.iter().map(|name| of(name)).sum()
}
