use std::sync::Arc;

use rhai::Engine;

use super::*;
use crate::{
    graph::{Graph, Scope, Side, Target, Val},
    plan::{DocumentKind, Plan},
};

/// The plan of what a test would return.
fn built(text: &str) -> std::result::Result<Value, String> {
    let mut engine = Engine::new();
    register(&mut engine);
    let map = engine.eval::<Map>(text).unwrap();
    let built = build(&map, None).map_err(|it| format!("{} {:?}", it.message, it.help));
    built.map(|text| serde_json::from_str(&text).unwrap())
}

#[test]
fn links_and_unknown_values_stand_where_terraform_puts_them() {
    let plan = built(
        r#"#{ "aws_vpc.a": #{ cidr_block: "10.0.0.0/16", tags: #{ n: 5 } },
              "databricks_mws_networks.n": #{ vpc_id: link("aws_vpc.a.id"),
                network_name: link("aws_vpc.a.cidr_block"), account_id: unknown(),
                vpc_endpoints: #{ rest_api: ["x", unknown()] }, subnet_ids: sensitive(["a"]) } }"#,
    )
    .unwrap();
    let [vpc, network] = [0, 1].map(|at| &plan["resource_changes"][at]["change"]);
    assert_eq!(vpc["after_unknown"]["id"], true);
    assert_eq!(vpc["after"]["tags"]["n"], "5", "as the provider types it");
    assert_eq!(network["after_unknown"]["vpc_id"], true);
    assert_eq!(network["after"]["network_name"], "10.0.0.0/16");
    // One value that is not known hides the set, as the provider's SDK does it.
    assert_eq!(network["after"]["vpc_endpoints"], json!([{}]));
    assert_eq!(network["after_unknown"]["vpc_endpoints"], json!([{ "rest_api": true }]));
    assert_eq!(network["after_sensitive"]["subnet_ids"], true);
    let hidden = ["data.terraform_data.hidden.output", "data.terraform_data.hidden"];
    let written = &plan["configuration"]["root_module"]["resources"][1]["expressions"];
    assert_eq!(written["vpc_id"]["references"], json!(["aws_vpc.a.id", "aws_vpc.a"]));
    assert_eq!(written["account_id"]["references"], json!(hidden));
    assert_eq!(written["vpc_endpoints"][0]["rest_api"]["references"], json!(hidden));
}

#[test]
fn what_is_wrong_with_a_plan_is_said() {
    for (text, said) in [
        ("#{ \"aws_vpc\": #{} }", "`aws_vpc` is no address"),
        ("#{ \"module.a.aws_vpc\": #{} }", "`module.a.aws_vpc` is no address"),
        ("#{ \"aws_vpcs.a\": #{} }", "did you mean `aws_vpc`?"),
        ("#{ \"aws_vpc.a\": #{ depends_on: [\"aws_vpc.b\"] } }", "which is not in the plan"),
        (
            "#{ \"aws_vpc.a\": #{}, \"module.m.aws_vpc.b\": #{ depends_on: [\"aws_vpc.a\"] } }",
            "is in another module",
        ),
        ("#{ \"aws_vpc.a\": #{ provider: \"aws.dr\" } }", "`providers` has none of that key"),
        (
            "#{ \"databricks_job.a\": #{ task: #{ new_cluster: #{ num_worker: 1 } } } }",
            "did you mean `num_workers`?",
        ),
        ("#{ \"aws_vpc.a\": 1 }", "is to be a map of attributes"),
        ("#{ \"aws_vpc.a\": #{ cidr_blok: \"a\" } }", "did you mean `cidr_block`?"),
        ("#{ \"aws_vpc.a\": #{ tags: link(\"aws_vpc.b.id\") } }", "did you mean `aws_vpc.a`?"),
        ("#{ \"aws_vpc.a\": #{ tags: link(\"aws_vpc.a.instance_tenancy\") } }", "does not compute"),
        ("#{ \"aws_vpc.a\": #{ tags: link(\"aws_vpc.a.idd\") } }", "has no attribute `idd`"),
        (
            "#{ \"x_y.a\": #{ p: link(\"x_y.b.p\") }, \"x_y.b\": #{ p: link(\"x_y.a.p\") } }",
            "lead in a circle",
        ),
        ("#{ \"aws_vpc.a\": #{ actions: [\"destroy\"] } }", "is to be a list of"),
    ] {
        let error = built(text).unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn data_sources_are_read_where_all_is_known() {
    let plan =
        built(r#"#{ "data.aws_vpc.a": #{ id: "vpc-1" }, "data.aws_vpc.b": #{ id: unknown() } }"#)
            .unwrap();
    let read = &plan["prior_state"]["values"]["root_module"]["resources"];
    assert_eq!(
        (&read[0]["address"], read.as_array().unwrap().len()),
        (&json!("data.aws_vpc.a"), 1)
    );
    assert_eq!(plan["resource_changes"][0]["change"]["actions"], json!(["read"]));
}

/// Where an attribute of an instance leads, in the plan of a test.
fn leads(graph: &Arc<Graph>, address: &str, attribute: &'static str) -> String {
    let scope = Scope::new(graph, Side::Planned);
    let res = scope.all().find(|it| it.address() == address).unwrap();
    let view = res.get(attribute);
    let types: Vec<&str> = graph.plan.types().collect();
    match (view.target(&types), view.val()) {
        (Target::Here(target), _) => target.address().to_owned(),
        (Target::OneOf(all), _) => {
            let all: Vec<&str> = all.iter().map(|it| it.address()).collect();
            format!("one of {}", all.join(" "))
        }
        (_, Val::Known(value)) => format!("{:?}", value.scalar().unwrap_or_default()),
        (Target::Lost(cause), _) => format!("lost: {}", cause.as_str()),
        (_, other) => format!("{other:?}"),
    }
}

#[test]
fn links_lead_through_modules_and_keys_as_terraform_writes_them() {
    let plan = built(
        r#"let vpc = #{ cidr_block: "10.0.0.0/16" };
        let net = |to| #{ network_name: "n", vpc_id: link(to) };
        #{
            "aws_vpc.root": vpc,
            "aws_vpc.keyed[\"a\"]": vpc,
            "aws_vpc.keyed[\"b\"]": vpc,
            "aws_vpc.counted[0]": vpc,
            "aws_vpc.counted[1]": vpc,
            "module.net.aws_vpc.main": vpc,
            "module.net.module.deep.aws_vpc.main": vpc,
            "module.each[\"a\"].aws_vpc.main": vpc,
            "module.each[\"b\"].aws_vpc.main": vpc,
            "databricks_mws_networks.down": net.call("module.net.aws_vpc.main.id"),
            "databricks_mws_networks.deep": net.call("module.net.module.deep.aws_vpc.main.id"),
            "databricks_mws_networks.one": net.call("module.each[\"b\"].aws_vpc.main.id"),
            "databricks_mws_networks.by_key[\"a\"]": net.call("aws_vpc.keyed[\"a\"].id"),
            "databricks_mws_networks.by_key[\"b\"]": net.call("aws_vpc.keyed[\"b\"].id"),
            "databricks_mws_networks.by_count[0]": net.call("aws_vpc.counted[0].id"),
            "databricks_mws_networks.by_count[1]": net.call("aws_vpc.counted[1].id"),
            "databricks_mws_networks.same[\"a\"]": net.call("aws_vpc.root.id"),
            "databricks_mws_networks.same[\"b\"]": net.call("aws_vpc.root.id"),
            "databricks_mws_networks.other[\"a\"]": net.call("aws_vpc.root.id"),
            "databricks_mws_networks.other[\"b\"]": net.call("aws_vpc.keyed[\"a\"].id"),
            "module.up.databricks_mws_networks.n": net.call("aws_vpc.root.id"),
            "module.up.module.deep.databricks_mws_networks.n": net.call("aws_vpc.root.id"),
            "module.side.databricks_mws_networks.n": net.call("module.net.aws_vpc.main.id"),
            "module.ws[\"a\"].databricks_mws_networks.n": net.call("module.each[\"a\"].aws_vpc.main.id"),
            "module.ws[\"b\"].databricks_mws_networks.n": net.call("module.each[\"b\"].aws_vpc.main.id"),
            "module.to[\"a\"].databricks_mws_networks.n": net.call("aws_vpc.keyed[\"a\"].id"),
            "module.to[\"b\"].databricks_mws_networks.n": net.call("aws_vpc.keyed[\"b\"].id"),
            "module.mixed[\"a\"].databricks_mws_networks.n": net.call("aws_vpc.root.id"),
            "module.mixed[\"b\"].databricks_mws_networks.n": net.call("aws_vpc.keyed[\"b\"].id"),
            "databricks_mws_networks.gone": #{ vpc_id: unknown("local.vpc") },
            "databricks_mws_networks.made": #{ vpc_id: unknown("uuid()") },
            "databricks_mws_networks.hidden": #{ vpc_id: unknown() },
        }"#,
    )
    .unwrap();
    let text = plan.to_string();
    let plan = Plan::parse("u", "p", DocumentKind::Plan, text).unwrap();
    assert_eq!(plan.broken(), Vec::<String>::new());
    let graph = Arc::new(Graph::new(plan));
    let root = "aws_vpc.root";
    for (address, wanted) in [
        ("databricks_mws_networks.down", "module.net.aws_vpc.main"),
        ("databricks_mws_networks.deep", "module.net.module.deep.aws_vpc.main"),
        ("databricks_mws_networks.one", "module.each[\"b\"].aws_vpc.main"),
        ("databricks_mws_networks.by_key[\"a\"]", "aws_vpc.keyed[\"a\"]"),
        ("databricks_mws_networks.by_key[\"b\"]", "aws_vpc.keyed[\"b\"]"),
        ("databricks_mws_networks.by_count[1]", "aws_vpc.counted[1]"),
        ("databricks_mws_networks.same[\"b\"]", root),
        ("databricks_mws_networks.other[\"b\"]", "one of aws_vpc.keyed[\"a\"] aws_vpc.root"),
        ("module.up.databricks_mws_networks.n", root),
        ("module.up.module.deep.databricks_mws_networks.n", root),
        ("module.side.databricks_mws_networks.n", "module.net.aws_vpc.main"),
        ("module.ws[\"a\"].databricks_mws_networks.n", "module.each[\"a\"].aws_vpc.main"),
        ("module.ws[\"b\"].databricks_mws_networks.n", "module.each[\"b\"].aws_vpc.main"),
        ("module.to[\"b\"].databricks_mws_networks.n", "aws_vpc.keyed[\"b\"]"),
        (
            "module.mixed[\"a\"].databricks_mws_networks.n",
            "one of aws_vpc.keyed[\"b\"] aws_vpc.root",
        ),
        ("databricks_mws_networks.gone", "lost: local"),
        ("databricks_mws_networks.made", "lost: apply"),
        ("databricks_mws_networks.hidden", "lost: apply"),
    ] {
        assert_eq!(leads(&graph, address, "vpc_id"), wanted, "{address}");
    }
}

#[test]
fn instances_of_a_block_have_values_of_their_own() {
    let plan = built(
        r#"#{
            "databricks_cluster.c[\"a\"]": #{ num_workers: 1, spark_version: "x", autoscale: #{ max_workers: 3 } },
            "databricks_cluster.c[\"b\"]": #{ num_workers: unknown(), spark_version: "x" },
            "databricks_cluster.c[\"c\"]": #{ spark_version: "x", autoscale: #{ max_workers: 4 } },
            "databricks_cluster.d[0]": #{ num_workers: 1, autoscale: #{ max_workers: 3 } },
            "databricks_cluster.d[1]": #{ num_workers: 2, autoscale: #{ max_workers: 4 } },
        }"#,
    )
    .unwrap();
    let blocks = &plan["configuration"]["root_module"]["resources"];
    let [c, d] = [0, 1].map(|at| &blocks[at]);
    let each = ["each.value.c_num_workers", "each.value"];
    let hidden = ["data.terraform_data.hidden.output", "data.terraform_data.hidden"];
    assert_eq!(
        c["expressions"],
        json!({ "num_workers": { "references": each }, "spark_version": { "constant_value": "x" } })
    );
    assert_eq!(c["for_each_expression"]["references"], json!(hidden));
    assert_eq!(d["expressions"]["num_workers"]["references"], json!(["count.index"]));
    let inner = &d["expressions"]["autoscale"][0]["max_workers"];
    assert_eq!(inner["references"], json!(["count.index"]));
    assert_eq!(d["count_expression"]["constant_value"], 2);
    let values: Vec<&Value> =
        (0..5).map(|at| &plan["resource_changes"][at]["change"]["after"]["num_workers"]).collect();
    assert_eq!(values, [&json!(1), &Value::Null, &Value::Null, &json!(1), &json!(2)]);
}

#[test]
fn what_a_change_does_not_touch_stays_as_it_was() {
    let plan = built(
        r#"#{ "databricks_cluster.c": #{ before: #{ num_workers: 4, cluster_name: "c" }, num_workers: 2 } }"#,
    )
    .unwrap();
    let change = &plan["resource_changes"][0]["change"];
    assert_eq!(change["after"], json!({ "num_workers": 2, "cluster_name": "c" }));
    assert_eq!(change["actions"], json!(["update"]));
}
