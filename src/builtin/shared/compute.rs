//! Clusters, wherever a plan describes them: those of people, of jobs and of pipelines.

use std::{collections::BTreeSet, sync::OnceLock};

use rustc_hash::FxHashMap;

use crate::{
    facts::{clusters, schema},
    graph::{Graph, Res, Scope, Side, Val, View},
    lint::{Findings, PlanCx},
    plan::{ResId, Tri},
};

/// Who starts a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starter {
    /// A person: it is a resource of its own, and runs until it is stopped.
    Person,
    /// A run of a job.
    Job,
    /// An update of a pipeline.
    Pipeline,
}

/// What a plan says of one cluster.
#[derive(Clone, Debug)]
pub struct Cluster<'a> {
    /// The resource that holds it, or is it.
    pub res: Res<'a>,
    /// Where its settings stand: the resource itself, or a block.
    pub at: View<'a>,
    /// Who starts it.
    pub starter: Starter,
    /// Tells it from others of the same resource, whatever order they stand in: by the keys of the
    /// job cluster or task, or the label. Empty for a resource of its own.
    pub key: String,
    /// The names on the way to it from the resource.
    block: &'static [&'static str],
}

impl<'a> Cluster<'a> {
    /// The setting at a path such as `autoscale.max_workers`.
    pub fn get(&self, path: &'a str) -> View<'a> {
        self.at.get(path)
    }

    /// Whether a cluster of this place has an argument of that name at all.
    pub fn has_argument(&self, name: &str) -> bool {
        let path = self.block.iter().copied().chain([name]);
        schema::attribute(self.res.type_(), path).is_some()
    }

    /// Whether a number that a block of a cluster may have is left out: as 0 too, which an update writes in the
    /// place of null, and which the provider does not send where the number may be left out.
    pub fn lacks_number(&self, block: &str, name: &str, number: &View<'_>) -> bool {
        let path = self.block.iter().copied().chain([block, name]);
        let is_required =
            || schema::attribute(self.res.type_(), path).is_some_and(|it| it.required);
        is_left_out(number) || number.int() == Some(0) && !is_required()
    }

    /// Whether it scales between bounds, and so has no fixed number of workers.
    pub fn has_autoscale(&self) -> Tri {
        has_block(&self.get("autoscale"))
    }
}

/// Every cluster of a plan, in plan order.
pub fn clusters<'a>(cx: &PlanCx<'a>) -> impl Iterator<Item = Cluster<'a>> + use<'a> {
    let scope = **cx;
    clusters::STARTERS.iter().flat_map(move |kind| scope.of(kind)).flat_map(of)
}

/// Judges every cluster on its own: see [`PlanCx::each`].
pub fn each(cx: &PlanCx<'_>, out: &mut Findings<'_>, judge: fn(&Cluster<'_>, &mut Findings<'_>)) {
    cx.each(clusters::STARTERS, out, move |it, out| {
        of(it).iter().for_each(|cluster| judge(cluster, out));
    });
}

/// The clusters that a resource describes.
pub fn of(res: Res<'_>) -> Vec<Cluster<'_>> {
    let Some(blocks) = clusters::blocks(res.type_()) else {
        let at = res.root();
        return vec![Cluster { res, at, starter: Starter::Person, key: String::new(), block: &[] }];
    };
    let starter = match res.type_() {
        "databricks_pipeline" => Starter::Pipeline,
        _ => Starter::Job,
    };
    let places = res.scope().graph.once(Places::of);
    let root = res.root();
    let walked;
    let places = match places.of_res(res, blocks) {
        Some(known) => known,
        None => {
            walked = walk_all(&root, blocks);
            &walked
        }
    };
    let cluster = |place: &Place| {
        let steps = place.block.iter().zip(&place.indices);
        let at =
            steps.fold(root.clone(), |at, (name, index)| at.into_member(*name).into_at(*index));
        Cluster { res, at, starter, key: place.key.clone(), block: place.block }
    };
    places.iter().map(cluster).collect()
}

/// Where a resource describes a cluster.
struct Place {
    block: &'static [&'static str],
    /// Of the blocks on the way to it.
    indices: Vec<usize>,
    key: String,
}

/// The places of each resource before and after the apply, found when a rule first asks. None where some
/// block is not known: each rule has to note that by itself.
struct Places(FxHashMap<ResId, [OnceLock<Option<Vec<Place>>>; 2]>);

impl Places {
    fn of(graph: &Graph) -> Places {
        let all = clusters::STARTERS.iter().flat_map(|kind| graph.plan.of_type(kind));
        Places(all.map(|id| (*id, Default::default())).collect())
    }

    fn of_res(&self, res: Res<'_>, blocks: &[&'static [&'static str]]) -> Option<&[Place]> {
        let side = res.scope().world();
        let place = &self.0.get(&res.id)?[(side == Side::Prior) as usize];
        let found = place.get_or_init(|| {
            let scope = Scope::new(res.scope().graph, side);
            let found = walk_all(&scope.res(res.id).root(), blocks);
            scope.close().is_empty().then_some(found)
        });
        found.as_deref()
    }
}

fn walk_all(root: &View<'_>, blocks: &[&'static [&'static str]]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let mut seen = BTreeSet::new();
    for block in blocks {
        let mut found = Vec::new();
        walk(root, block, (Vec::new(), String::new()), &mut found);
        for (indices, mut key) in found {
            while !seen.insert(key.clone()) {
                key.push('+');
            }
            places.push(Place { block, indices, key });
        }
    }
    places
}

fn walk(
    at: &View<'_>,
    names: &[&'static str],
    (indices, key): (Vec<usize>, String),
    found: &mut Vec<(Vec<usize>, String)>,
) {
    let Some((name, rest)) = names.split_first() else {
        return found.push((indices, key));
    };
    if at.glance().member(name).has_nothing() {
        return;
    }
    let blocks = at.member(*name);
    // A block that nobody knows yet may hold clusters.
    blocks.note_unknown();
    let all = blocks.glance();
    // Most tasks of a job run on a cluster that is described elsewhere.
    let leads_on =
        |index: &usize| rest.first().is_none_or(|next| !all.at(*index).member(next).has_nothing());
    for index in (0..all.shown().map_or(0, |it| it.items().len())).filter(leads_on) {
        let named = clusters::NAMES.iter().find_map(|name| {
            let is_there = all.at(index).member(name).shown().is_some();
            if is_there { blocks.at(index).into_member(*name).text() } else { None }
        });
        let own = named.map_or_else(|| index.to_string(), str::to_owned);
        let indices = indices.iter().copied().chain([index]).collect();
        walk(&blocks.at(index), rest, (indices, format!("{key}/{name}/{own}")), found);
    }
}

/// Whether a list of blocks has one.
pub fn has_block(blocks: &View<'_>) -> Tri {
    match blocks.val() {
        Val::Known(_) => Tri::from(blocks.items().next().is_some()),
        Val::Null | Val::Omitted => Tri::No,
        Val::Unknown(cause) => blocks.maybe(cause),
    }
}

/// Whether its author left an argument out, or gave an empty text or list.
pub fn is_left_out(view: &View<'_>) -> bool {
    match view.val() {
        Val::Known(value) => value.as_str() == Some("") || (value.is_array() && value.is_hollow()),
        Val::Null | Val::Omitted => true,
        Val::Unknown(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{
        graph::{Graph, Scope, Side},
        plan::{DocumentKind, Plan},
    };

    #[test]
    fn clusters_of_a_job_are_told_apart_by_their_keys() {
        let cluster = r#"[{"num_workers":1}]"#;
        let text = format!(
            r#"{{"format_version":"1.2","resource_changes":[{{"address":"databricks_job.j","mode":"managed",
            "type":"databricks_job","name":"j","change":{{"actions":["create"],"before":null,"after_unknown":{{}},
            "after":{{"job_cluster":[{{"job_cluster_key":"b","new_cluster":{cluster}}},
            {{"job_cluster_key":"a","new_cluster":{cluster}}},{{"job_cluster_key":"a","new_cluster":{cluster}}}],
            "task":[{{"task_key":"t","new_cluster":[]}},{{"task_key":"u","new_cluster":{cluster}}},{{"task_key":"v",
            "for_each_task":[{{"task":[{{"task_key":"w","new_cluster":{cluster}}}]}}]}}]}}}}}}]}}"#
        );
        let plan = Plan::parse("u", "u.json", DocumentKind::Plan, text);
        let graph = Arc::new(Graph::new(plan.map_err(|(_, error)| error).unwrap()));
        let scope = Scope::new(&graph, Side::Planned);
        let found = super::of(scope.of("databricks_job").next().unwrap());
        let said: Vec<_> = found.iter().map(|it| (it.at.attribute(), it.key.clone())).collect();
        let wanted = [
            ("job_cluster[0].new_cluster[0]", "/job_cluster/b/new_cluster/0"),
            ("job_cluster[1].new_cluster[0]", "/job_cluster/a/new_cluster/0"),
            ("job_cluster[2].new_cluster[0]", "/job_cluster/a/new_cluster/0+"),
            (
                "task[2].for_each_task[0].task[0].new_cluster[0]",
                "/task/v/for_each_task/0/task/w/new_cluster/0",
            ),
            ("task[1].new_cluster[0]", "/task/u/new_cluster/0"),
        ];
        let wanted = wanted.map(|(at, key)| (at.to_owned(), key.to_owned()));
        assert_eq!(said, wanted);
        assert!(
            found[0].has_argument("num_workers")
                && !found[0].has_argument("autotermination_minutes")
        );
    }
}
