//! Which policy a cluster has, and what the API would refuse about the cluster for its sake.
//!
//! A setting that a policy fixes is filled in where a cluster leaves it out; a default only with
//! `apply_policy_default_values`; any other limit wants a value, unless it is optional. Sources:
//! [Databricks: compute policy reference](https://docs.databricks.com/aws/en/admin/clusters/policy-definition),
//! the documentation of `apply_policy_default_values`, and the refusals in
//! databricks/terraform-provider-databricks#403.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use crate::{
    databricks::policy::{Element, Limit, Policy},
    facts::cluster_policies as facts,
    graph::{Cause, End, Res, Target, Val, View},
    plan::{ResId, Tri},
    secrecy::names,
};

use super::compute::{Cluster, Starter, has_block, is_left_out};

/// Whether the setting at a path of a policy may be a secret, by its name: no message shows what it is, whether
/// or not a rule about secrets runs.
pub fn may_be_secret(path: &str) -> bool {
    let key = path.split_once('.').map_or(path, |(_, key)| key);
    names::promise(key) != Tri::No || names::is_spark_secret(key)
}

/// Managed policies, and those that are looked up.
pub const POLICY: &[&str] = &["databricks_cluster_policy"];

/// The policy that a cluster has.
#[derive(Clone, Debug)]
pub enum Governed<'a> {
    /// None.
    Free,
    /// This one, of the plan.
    By(Res<'a>, Rc<Policy>),
    /// One that the plan does not show.
    Hidden,
}

/// Policies of a plan, each read once.
#[derive(Debug, Default)]
pub struct Policies(RefCell<BTreeMap<ResId, Option<Rc<Policy>>>>);

impl Policies {
    /// The policy that a cluster has.
    pub fn of<'a>(&self, cluster: &Cluster<'a>) -> Governed<'a> {
        let id = cluster.get("policy_id");
        if is_left_out(&id) {
            return Governed::Free;
        }
        let Target::Here(res) = id.target(POLICY) else { return Governed::Hidden };
        match self.read(res) {
            Some(policy) => Governed::By(res, policy),
            None => Governed::Hidden,
        }
    }

    /// Each policy that a cluster may have, by address, and whether it has one of these for certain: several where a
    /// key picks one and nothing shows which. None where it has none, or may have one that the plan does not show.
    pub fn each<'a>(&self, cluster: &Cluster<'a>) -> (Vec<(Res<'a>, Rc<Policy>)>, Tri) {
        let id = cluster.get("policy_id");
        if is_left_out(&id) {
            return (Vec::new(), Tri::No);
        }
        let (mut all, sure) = match id.target(POLICY) {
            Target::Here(res) => (vec![res], Tri::Yes),
            Target::OneOf(all) if all.len() > 1 => (all, leads_to_policies(&id)),
            _ => (Vec::new(), Tri::No),
        };
        all.sort_by_key(|res| res.address());
        let read: Option<_> = all.into_iter().map(|res| Some((res, self.read(res)?))).collect();
        (read.filter(|_| sure != Tri::No).unwrap_or_default(), sure)
    }

    fn read(&self, res: Res<'_>) -> Option<Rc<Policy>> {
        let definition = res.get("definition");
        definition.note_unknown();
        let parse = || definition.text().and_then(Policy::parse).map(Rc::new);
        self.0.borrow_mut().entry(res.id).or_insert_with(parse).clone()
    }
}

/// Whether a value names nothing but policies of the plan, picked by something known; `Maybe` where a local picks it, or
/// is it.
fn leads_to_policies(id: &View<'_>) -> Tri {
    Tri::all(id.hits().iter().map(|hit| match hit.end {
        End::Resource(at) => Tri::from(POLICY.contains(&id.res().scope().res(at).type_())),
        End::Known | End::Opaque => Tri::Yes,
        End::Local => Tri::Maybe,
        _ => Tri::No,
    }))
}

/// The value that a policy gives to a setting which a cluster leaves out, and whether it does: a default only
/// where the cluster has defaults applied.
pub fn fills_in<'p>(
    policy: &'p Policy,
    path: &str,
    cluster: &Cluster<'_>,
) -> Option<(&'p str, Tri)> {
    let element = policy.element(path)?;
    match &element.limit {
        Limit::Fixed(value) => Some((value, Tri::Yes)),
        _ => {
            let applied = cluster.get("apply_policy_default_values").flag(false);
            element.default.as_deref().map(|value| (value, applied))
        }
    }
}

/// Something about a cluster that its policy does not let through.
#[derive(Debug)]
pub struct Breach<'a, 'p> {
    /// The setting.
    pub at: View<'a>,
    /// Its path in the policy.
    pub path: &'p str,
    /// Whether it is one.
    pub tri: Tri,
    /// The cluster has to have it, and leaves it out.
    pub is_absent: bool,
    /// What the policy says.
    pub limit: &'p Limit,
}

/// Each setting of a cluster that a policy limits, and whether the cluster breaks the limit.
pub fn breaches<'a, 'p>(policy: &'p Policy, cluster: &Cluster<'a>) -> Vec<Breach<'a, 'p>> {
    let mut all = Vec::new();
    for (path, element) in policy.elements() {
        let mut add = |at: View<'a>, (tri, is_absent): (Tri, bool)| {
            all.push(Breach { at, path, tri, is_absent, limit: &element.limit });
        };
        if path == facts::CLUSTER_TYPE {
            let tri = !element.limit.admits(cluster_type(cluster));
            add(cluster.get("policy_id"), (tri, false));
        } else if let (facts::LOG_TYPE, Some((kind, block))) = (path, log_place(cluster)) {
            add(block, (!element.limit.admits(kind), false));
        } else if path.ends_with(".*") {
            let named = |it: &View<'a>| policy.element(&spelled(path, it)).is_some();
            for at in settings(cluster, path).into_iter().filter(|at| !named(at)) {
                let judged = present(element, &at);
                add(at, (judged, false));
            }
        } else {
            for at in settings(cluster, path) {
                let judged = judge(policy, path, element, cluster, &at);
                add(at, judged);
            }
        }
    }
    all
}

/// The path of a member that a path ending in `.*` stands for.
fn spelled(path: &str, member: &View<'_>) -> String {
    let name = member.path();
    let key = path.split_once('.').and_then(|(map, _)| name.rsplit_once(&format!("{map}.")));
    format!("{}{}", path.trim_end_matches('*'), key.map_or("", |(_, key)| key))
}

/// The place where a cluster writes its logs: what policies call its kind, and its block; none where it writes
/// none, or the plan does not tell where.
pub fn log_place<'a>(cluster: &Cluster<'a>) -> Option<(&'static str, View<'a>)> {
    let conf = cluster.get(facts::LOGS);
    let of = |(name, kind): &(&'static str, &'static str)| {
        let blocks = conf.get(name);
        (has_block(&blocks) == Tri::Yes).then(|| (*kind, blocks.at(0)))
    };
    facts::LOG_BLOCKS.iter().find_map(of)
}

/// What kind of compute a cluster is, in the words of policies.
pub fn cluster_type(cluster: &Cluster<'_>) -> &'static str {
    match cluster.starter {
        Starter::Person => "all-purpose",
        Starter::Job => "job",
        Starter::Pipeline => "dlt",
    }
}

fn judge(
    policy: &Policy,
    path: &str,
    element: &Element,
    cluster: &Cluster<'_>,
    at: &View<'_>,
) -> (Tri, bool) {
    if path == "num_workers" {
        // With `autoscale` none are sent, though the plan says 0; without, the 0 is.
        return (present(element, at) & !cluster.has_autoscale(), false);
    }
    if !is_left_out(at) {
        return (present(element, at), false);
    }
    if path == "driver_node_type_id" {
        let node = cluster.get("node_type_id");
        let is_judged = element.is_required && !is_left_out(&node);
        return (if is_judged { present(element, &node) } else { Tri::No }, false);
    }
    let is_filled = fills_in(policy, path, cluster).map_or(Tri::No, |(_, applied)| applied);
    (Tri::from(element.is_required && may_be_missed(path, cluster)) & !is_filled, true)
}

/// Whether a value that a policy wants is missing where a cluster leaves it out.
fn may_be_missed(path: &str, cluster: &Cluster<'_>) -> bool {
    let is_of_pool = path == "node_type_id" && !is_left_out(&cluster.get("instance_pool_id"));
    let is_named = path != "cluster_name" || cluster.starter == Starter::Person;
    // Policies are not unfolded into the clusters of pipelines.
    cluster.starter != Starter::Pipeline
        && !facts::FILLED_IN.contains(&path)
        && !is_of_pool
        && is_named
}

/// Whether a value that is there breaks a limit.
fn present(element: &Element, at: &View<'_>) -> Tri {
    if matches!(element.limit, Limit::Unlimited) || is_left_out(at) {
        return Tri::No;
    }
    if matches!(element.limit, Limit::Forbidden) {
        return at.is_given();
    }
    match at.val() {
        Val::Known(value) => match value.scalar().map(|text| element.limit.admits(&text)) {
            Some(Tri::Maybe) => {
                // What only Java or the service can tell is no ground for a finding.
                at.note(Cause::Function);
                Tri::No
            }
            Some(admitted) => !admitted,
            None => Tri::No,
        },
        Val::Unknown(cause) if element.limit.may_refuse() => at.maybe(cause),
        Val::Unknown(cause) => {
            at.note(cause);
            Tri::No
        }
        Val::Null | Val::Omitted => Tri::No,
    }
}

/// Where a cluster has the settings of a path; none where such a cluster has no such argument, or the
/// plan does not tell it.
fn settings<'a>(cluster: &Cluster<'a>, path: &str) -> Vec<View<'a>> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    if facts::is_virtual(path) || !cluster.has_argument(first) {
        return Vec::new();
    }
    let top = cluster.at.member(first.to_owned());
    if first == facts::LOGS {
        return match (facts::log_argument(path), log_place(cluster)) {
            (Some(argument), Some((kind, block))) => {
                let has_it = argument != "region" || kind == "S3";
                has_it.then(|| block.member(argument)).into_iter().collect()
            }
            _ => vec![top],
        };
    }
    match rest {
        None => vec![top],
        Some("*") if facts::MAPS.contains(&first) => {
            top.members().into_iter().map(|(_, it)| it).collect()
        }
        Some(key) if facts::MAPS.contains(&first) => vec![top.member(key.to_owned())],
        Some(rest) => rest
            .split('.')
            .fold(vec![top], |all, step| all.into_iter().flat_map(|at| below(&at, step)).collect()),
    }
}

fn below<'a>(at: &View<'a>, step: &str) -> Vec<View<'a>> {
    match step.parse::<usize>() {
        Ok(index) => vec![at.at(index)],
        Err(_) if step == "*" => at.items().collect(),
        Err(_) => {
            let is_block = at.known().is_some_and(|value| value.is_array());
            let block = if is_block { at.at(0) } else { at.clone() };
            vec![block.member(step.to_owned())]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{
        builtin::shared::compute,
        graph::{Graph, Scope, Side},
        plan::{DocumentKind, Plan, Tri},
    };

    use super::{Governed, Policies, Policy, breaches};

    /// What a policy refuses of a cluster of a plan, as `path` or `path is missing`; `path?` where it is
    /// not certain.
    #[track_caller]
    fn refused(after: &str, unknown: &str, definition: &str) -> Vec<String> {
        let text = format!(
            r#"{{"format_version":"1.2","resource_changes":[{{"address":"databricks_cluster.c","mode":"managed",
            "type":"databricks_cluster","name":"c","change":{{"actions":["create"],"before":null,"after":{after},
            "after_unknown":{unknown}}}}}],"configuration":{{"root_module":{{"resources":[
            {{"address":"databricks_cluster.c","mode":"managed","type":"databricks_cluster","name":"c",
            "expressions":{{"custom_tags":{{"references":["data.x.y.z","data.x.y"]}}}}}}]}}}}}}"#
        );
        let plan = Plan::parse("u", "u.json", DocumentKind::Plan, text);
        let graph = Arc::new(Graph::new(plan.map_err(|(_, error)| error).unwrap()));
        let scope = Scope::new(&graph, Side::Planned);
        let cluster = compute::of(scope.of("databricks_cluster").next().unwrap()).remove(0);
        let free = Policies::default().of(&cluster);
        assert!(matches!(free, Governed::Free), "{free:?}");
        let policy = Policy::parse(definition).unwrap();
        let said = breaches(&policy, &cluster).into_iter().filter(|it| it.tri != Tri::No);
        let spelled = said.map(|it| {
            let doubt = if it.tri == Tri::Maybe { "?" } else { "" };
            let missing = if it.is_absent { " is missing" } else { "" };
            format!("{}{doubt}{missing}", it.at.attribute())
        });
        spelled.collect()
    }

    #[test]
    fn clusters_are_held_against_their_policy() {
        let allow = r#"{"type":"allowlist","values":["a"]}"#;
        for (after, definition, wanted) in [
            (r#"{"node_type_id":"b"}"#, format!(r#"{{"node_type_id":{allow}}}"#), vec!["node_type_id"]),
            (r#"{"node_type_id":"a"}"#, format!(r#"{{"node_type_id":{allow}}}"#), vec![]),
            ("{}", format!(r#"{{"node_type_id":{allow}}}"#), vec!["node_type_id is missing"]),
            (r#"{"instance_pool_id":"p"}"#, format!(r#"{{"node_type_id":{allow}}}"#), vec![]),
            // The driver is what the workers are.
            (
                r#"{"node_type_id":"b"}"#,
                format!(r#"{{"driver_node_type_id":{allow}}}"#),
                vec!["driver_node_type_id"],
            ),
            ("{}", r#"{"spark_version":{"type":"fixed","value":"x"}}"#.to_owned(), vec![]),
            // No plan shows this key, whatever the configuration has.
            (
                "{}",
                r#"{"spark_conf.spark.databricks.delta.preview.enabled":{"type":"allowlist","values":["true"]}}"#
                    .to_owned(),
                vec![],
            ),
            (
                r#"{"apply_policy_default_values":true}"#,
                r#"{"kind":{"type":"allowlist","values":["a"],"defaultValue":"a"}}"#.to_owned(),
                vec![],
            ),
            (
                "{}",
                r#"{"kind":{"type":"allowlist","values":["a"],"defaultValue":"a"}}"#.to_owned(),
                vec!["kind is missing"],
            ),
            // With `autoscale` the 0 is not sent.
            (
                r#"{"num_workers":0,"autoscale":[{"min_workers":1,"max_workers":9}]}"#,
                r#"{"num_workers":{"type":"fixed","value":2},"autoscale.max_workers":{"type":"range","maxValue":4}}"#
                    .to_owned(),
                vec!["autoscale[0].max_workers"],
            ),
            (
                r#"{"num_workers":0}"#,
                r#"{"num_workers":{"type":"fixed","value":2}}"#.to_owned(),
                vec!["num_workers"],
            ),
            // A path of its own goes before the one for all.
            (
                r#"{"spark_conf":{"a.b":"1","c":"2"}}"#,
                r#"{"spark_conf.*":{"type":"forbidden"},"spark_conf.a.b":{"type":"unlimited"}}"#.to_owned(),
                vec!["spark_conf[\"c\"]"],
            ),
            (
                r#"{"init_scripts":[{"s3":[{"destination":"s3://b/x"}]}]}"#,
                r#"{"init_scripts.*.s3.destination":{"type":"forbidden"},"ssh_public_keys.*":{"type":"forbidden"}}"#
                    .to_owned(),
                vec!["init_scripts[0].s3[0].destination"],
            ),
            ("{}", r#"{"cluster_type":{"type":"fixed","value":"job"}}"#.to_owned(), vec!["policy_id"]),
        ] {
            assert_eq!(refused(after, "{}", &definition), wanted, "{after} {definition}");
        }
        let tag = r#"{"custom_tags.Team":{"type":"fixed","value":"a"}}"#;
        assert_eq!(
            refused("{}", r#"{"custom_tags":{"Team":true}}"#, tag),
            ["custom_tags[\"Team\"]?"]
        );
    }

    #[test]
    fn where_logs_go_is_limited_and_a_password_is_not() {
        for (after, definition, wanted) in [
            (
                r#"{"cluster_log_conf":[{"s3":[{"destination":"s3://b/x","region":"eu-west-1"}]}]}"#,
                r#"{"cluster_log_conf.path":{"type":"fixed","value":"s3://logs/x"},
                "cluster_log_conf.region":{"type":"fixed","value":"eu-central-1"},
                "cluster_log_conf.type":{"type":"fixed","value":"VOLUMES"}}"#,
                vec![
                    "cluster_log_conf[0].s3[0].destination",
                    "cluster_log_conf[0].s3[0].region",
                    "cluster_log_conf[0].s3[0]",
                ],
            ),
            (
                r#"{"cluster_log_conf":[{"dbfs":[],"s3":[],"volumes":[{"destination":"/Volumes/a/b/c"}]}]}"#,
                r#"{"cluster_log_conf.path":{"type":"regex","pattern":"/Volumes/a/.*"},
                "cluster_log_conf.region":{"type":"fixed","value":"eu-central-1"},
                "cluster_log_conf.type":{"type":"fixed","value":"VOLUMES"}}"#,
                vec![],
            ),
            (
                "{}",
                r#"{"cluster_log_conf.path":{"type":"fixed","value":"s3://logs/x"},
                "cluster_log_conf.type":{"type":"allowlist","values":["S3"]}}"#,
                vec!["cluster_log_conf is missing"],
            ),
            (
                r#"{"docker_image":[{"basic_auth":[{"password":"a"}]}]}"#,
                r#"{"docker_image.basic_auth.password":{"type":"fixed","value":"b"}}"#,
                vec![],
            ),
            ("{}", r#"{"dbus_per_hour":{"type":"range","maxValue":9}}"#, vec![]),
        ] {
            assert_eq!(refused(after, "{}", definition), wanted, "{after} {definition}");
        }
    }
}
