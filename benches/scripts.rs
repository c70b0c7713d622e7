//! What scripts cost: one evaluation where every value is known, and each attack on the sandbox.
//!
//! `cargo bench --bench scripts`. The figure to watch is the time for one resource, which criterion
//! shows as the reciprocal of its throughput.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should panic")]

use std::{fmt::Write as _, hint, sync::Arc};

use bricklint::{
    graph::{Graph, Scope, Side},
    lint::{Findings, Params, PlanCx, PlanJudge, Rule},
    plan::{DocumentKind, Plan},
    script::{self, ScriptRule},
};
use criterion::{Criterion, Throughput};

/// Resources of the estate.
const RESOURCES: usize = 10_000;

/// Rules as people write them: one attribute, two, a default, a list, a helper, a parameter.
const RULES: [(&str, &str); 6] = [
    ("one attribute", "fn check(r) { if r.autotermination_minutes == 0 { fail(r, \"m\") } }"),
    (
        "two attributes",
        "fn check(r) { if r.autotermination_minutes == 0 && r.num_workers > 100 { fail(r, \"m\") } }",
    ),
    (
        "default and parameter",
        "const PARAMS = #{ most: 120 }; fn check(r) { let minutes = r.autotermination_minutes ?? 60; if minutes > PARAMS.most { fail(r, \"m\") } }",
    ),
    (
        "name in a list",
        "const PARAMS = #{ types: [\"r5.xlarge\", \"i3.xlarge\"] }; fn check(r) { if !(r.node_type_id in PARAMS.types) { fail(r, \"m\") } }",
    ),
    ("key of a map", "fn check(r) { if !(\"CostCenter\" in r.custom_tags) { fail(r, \"m\") } }"),
    (
        "block, helper",
        "fn check(r) { if large(r) { fail(r, \"m\") } } fn large(r) { r.autoscale.max_workers > 50 }",
    ),
];

/// Scripts that try to take the process down.
const ATTACKS: [(&str, &str); 24] = [
    ("endless loop", "loop { }"),
    ("long loop", "for i in 0..1000000000 { let x = i; }"),
    ("recursion", "check(r)"),
    ("string doubling", "let s = \"abcdefgh\"; loop { s += s; }"),
    ("array doubling", "let a = [1]; loop { a += a; }"),
    ("array growth", "let a = []; loop { a.push(1); }"),
    ("nested arrays", "let a = []; for i in 0..9000 { a = [a]; } a == a"),
    ("map growth", "let m = #{}; for i in 0..1000000 { m.set(`k${i}`, i); }"),
    ("map of strings", "let s = LONG; let m = #{}; for i in 0..1000000 { m.set(`k${i}`, s + i); }"),
    ("replace", "let s = LONG; s.replace(\"a\", s);"),
    ("patterns", "let a = []; for i in 0..900 { a.push(\"*b*\"); } loop { LONG.matches(a); }"),
    ("words", "let a = []; for i in 0..900 { a.push(\"b\"); } loop { LONG.mentions(a); }"),
    (
        "closures",
        "let a = []; for i in 0..900 { a.push(1); } let b = a; let c = a; a.all(|x| b.all(|y| c.all(|z| true)))",
    ),
    ("copies", "let a = []; for i in 0..900 { a.push(i); } loop { let b = a; }"),
    ("searches", "let s = LONG; let t = s.sub_string(30000) + \"b\"; loop { s.contains(t); }"),
    ("parts", "let s = LONG; loop { s.split(\"b\"); }"),
    ("characters", "let s = LONG; loop { s.sub_string(59000, 1); }"),
    ("long paths", "let s = \".a\"; while s.len() < 30000 { s += s; } loop { r.get(s); }"),
    ("joins", "let a = []; for i in 0..900 { a.push(`${i}`); } loop { a.join(\",\"); }"),
    (
        "searched lists",
        "let a = []; for i in 0..900 { a.push(`${i}`); } loop { a.contains(\"z\"); }",
    ),
    ("long names", "let s = LONG; for i in 0..1000000 { resources(s + i); }"),
    (
        "long questions",
        "let s = LONG.sub_string(0, 20000); for i in 0..1000000 { if r.region == s + i { } }",
    ),
    ("unknown values", "let u = r.region; loop { u = u + u; }"),
    (
        "worlds",
        "let n = 0; if r.u0 == 1 { n += 1 } if r.u1 == 1 { n += 1 } if r.u2 == 1 { n += 1 } if r.u3 == 1 { n += 1 } if r.u4 == 1 { n += 1 } if r.u5 == 1 { n += 1 } loop { }",
    ),
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    evaluations(&mut criterion);
    attacks(&mut criterion);
    criterion.final_summary();
}

fn rule(text: &str) -> ScriptRule {
    let head = "const RULE = #{ id: \"t-t\", summary: \"s\", severity: \"warning\", on: [\"databricks_cluster\"] };\n";
    script::load("t.rhai", &format!("{head}{text}")).unwrap()
}

/// Clusters with what a provider shows of one.
fn estate(count: usize) -> Arc<Graph> {
    let mut text = "{\"format_version\":\"1.2\",\"resource_changes\":[".to_owned();
    for at in 0..count {
        let comma = if at == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"address":"databricks_cluster.c[{at}]","mode":"managed","type":"databricks_cluster","name":"c","index":{at},"change":{{"actions":["no-op"],"before":{{}},
            "after":{{"autotermination_minutes":30,"num_workers":{workers},"cluster_name":"cluster {at}","node_type_id":"i3.xlarge","spark_version":"15.4.x-scala2.12",
            "custom_tags":{{"CostCenter":"{at}","Team":"data"}},"autoscale":[{{"min_workers":1,"max_workers":8}}],"aws_attributes":[{{"availability":"SPOT","zone_id":"auto"}}],
            "data_security_mode":"USER_ISOLATION","policy_id":"p{at}","runtime_engine":"STANDARD","is_pinned":false,"no_wait":null,"library":[],"init_scripts":[]}},
            "after_unknown":{{}},"after_sensitive":{{}}}}}}"#,
            workers = at % 20,
        )
        .unwrap();
    }
    text.push_str("]}");
    let plan = Plan::parse("u", "u.json", DocumentKind::Plan, text).map_err(|(_, error)| error);
    Arc::new(Graph::new(plan.unwrap()))
}

fn judge(rule: &ScriptRule, graph: &Arc<Graph>) -> usize {
    let scope = Scope::new(graph, Side::Planned);
    let params = Params::defaults(&rule.meta().params);
    let mut out = Findings::new(rule.meta(), Side::Planned);
    let failed = PlanJudge::judge(rule, &PlanCx::new(&scope, &params), &mut out).is_err();
    out.finish().reported.len() + usize::from(failed)
}

fn evaluations(criterion: &mut Criterion) {
    let graph = estate(RESOURCES);
    let mut group = criterion.benchmark_group("evaluation");
    group.throughput(Throughput::Elements(RESOURCES as u64));
    for (name, text) in RULES {
        let rule = rule(text);
        // Values are parsed when they are first asked for.
        assert_eq!(judge(&rule, &graph), 0, "{name}");
        group
            .bench_function(name, |bencher| bencher.iter(|| hint::black_box(judge(&rule, &graph))));
    }
    group.finish();
}

fn attacks(criterion: &mut Criterion) {
    let unknown: String = (0..6).map(|at| format!(",\"u{at}\":true")).collect();
    let text = format!(
        r#"{{"format_version":"1.2","resource_changes":[{{"address":"databricks_cluster.a","mode":"managed","type":"databricks_cluster","name":"a","change":{{"actions":["create"],"before":null,"after":{{}},"after_unknown":{{"region":true{unknown}}},"after_sensitive":{{}}}}}}]}}"#
    );
    let plan = Plan::parse("u", "u.json", DocumentKind::Plan, text).map_err(|(_, error)| error);
    let graph = Arc::new(Graph::new(plan.unwrap()));
    let mut group = criterion.benchmark_group("attack");
    group.sample_size(10);
    for (name, body) in ATTACKS {
        let long = format!("const LONG = \"{}\";", "a ".repeat(30_000));
        let rule = rule(&format!("{long} fn check(r) {{ {body} }}"));
        group
            .bench_function(name, |bencher| bencher.iter(|| hint::black_box(judge(&rule, &graph))));
    }
    group.finish();
}
