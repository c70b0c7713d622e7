//! The states of a value, and where references lead, on small plans of the shapes Terraform writes.

use std::sync::Arc;

use crate::plan::{DocumentKind, Plan, Tri};

use super::{Cause, Graph, Scope, Side, Target, Val};

fn graph(text: &str) -> Arc<Graph> {
    let plan = Plan::parse("u", "u.json", DocumentKind::Plan, text.to_owned());
    Arc::new(Graph::new(plan.map_err(|(_, error)| error).unwrap()))
}

/// A plan of one VPC endpoint: what `after`, `after_unknown` and the expressions say of it.
fn endpoint(after: &str, unknown: &str, expressions: &str) -> Arc<Graph> {
    graph(&format!(
        r#"{{"format_version":"1.2","variables":{{"off":{{"value":null}}}},"resource_changes":[
        {{"address":"aws_vpc.v","mode":"managed","type":"aws_vpc","name":"v","change":{{"actions":["create"],"before":null,
          "after":{{"cidr_block":"10.0.0.0/16"}},"after_unknown":{{"id":true}}}}}},
        {{"address":"aws_vpc_endpoint.e","mode":"managed","type":"aws_vpc_endpoint","name":"e","change":{{"actions":["create"],
          "before":null,"after":{after},"after_unknown":{unknown},"after_sensitive":{{"policy":true}}}}}}],
        "configuration":{{"root_module":{{"variables":{{"off":{{}}}},"resources":[
        {{"address":"aws_vpc.v","mode":"managed","type":"aws_vpc","name":"v","provider_config_key":"aws","expressions":{{}}}},
        {{"address":"aws_vpc_endpoint.e","mode":"managed","type":"aws_vpc_endpoint","name":"e","provider_config_key":"aws",
          "expressions":{expressions}}}]}}}}}}"#
    ))
}

fn state(graph: &Arc<Graph>, path: &'static str) -> &'static str {
    let scope = Scope::new(graph, Side::Planned);
    let it = scope.of("aws_vpc_endpoint").next().unwrap();
    match it.get(path).val() {
        Val::Known(_) => "known",
        Val::Null => "null",
        Val::Omitted => "omitted",
        Val::Unknown(cause) => cause.as_str(),
    }
}

#[test]
fn omitted_is_not_unknown() {
    let plan = endpoint(
        r#"{"vpc_endpoint_type":"Interface","auto_accept":null}"#,
        r#"{"private_dns_enabled":true,"vpc_id":true,"subnet_ids":true,"policy":true,"ip_address_type":true,
            "dns_options":true,"tags":{"a":true}}"#,
        r#"{"vpc_id":{"references":["aws_vpc.v.id","aws_vpc.v"]},"subnet_ids":{"references":["local.subnets"]},
            "policy":{"references":["var.off"]},"ip_address_type":{"constant_value":null}}"#,
    );
    for (path, wanted) in [
        ("vpc_endpoint_type", "known"),
        ("auto_accept", "null"),
        // Computed, and no expression.
        ("private_dns_enabled", "omitted"),
        ("vpc_id", "apply"),
        ("subnet_ids", "local"),
        // An argument handed over as a variable that is null.
        ("policy", "omitted"),
        ("ip_address_type", "omitted"),
        // A block that the provider fills in.
        ("dns_options", "omitted"),
        ("no_such_attribute", "null"),
    ] {
        assert_eq!(state(&plan, path), wanted, "{path}");
    }
}

#[test]
fn what_a_dynamic_block_hides_is_unknown() {
    let plan = graph(
        r#"{"resource_changes":[{"address":"aws_route53_zone.z","mode":"managed","type":"aws_route53_zone","name":"z",
        "change":{"actions":["create"],"before":null,"after":{"name":"x.databricks.com","vpc":[{}]},
        "after_unknown":{"vpc":[{"vpc_id":true,"vpc_region":true}],"name_servers":true}}}],
        "configuration":{"root_module":{"resources":[{"mode":"managed","type":"aws_route53_zone","name":"z",
        "expressions":{"name":{"constant_value":"x.databricks.com"}}}]}}}"#,
    );
    let scope = Scope::new(&plan, Side::Planned);
    let zone = scope.of("aws_route53_zone").next().unwrap();
    assert!(matches!(zone.get("vpc[0].vpc_id").val(), Val::Unknown(Cause::Dynamic)));
    assert!(matches!(zone.get("name_servers").val(), Val::Omitted));
    assert_eq!(zone.get("vpc[0].vpc_id").attribute(), "vpc[].vpc_id");
    assert_eq!(zone.get("vpc").is_written(), Tri::Maybe);
}

#[test]
fn a_masked_value_is_never_shown() {
    let plan = endpoint(
        r#"{"policy":"top-secret-policy"}"#,
        "{}",
        r#"{"policy":{"references":["var.off"]}}"#,
    );
    let scope = Scope::new(&plan, Side::Planned);
    let it = scope.of("aws_vpc_endpoint").next().unwrap();
    let policy = it.get("policy");
    assert!(policy.is_sensitive());
    assert_eq!(policy.show(), "(sensitive value)");
    assert!(!format!("{policy:?} {:?}", policy.val()).contains("top-secret"));
    assert!(plan.masked_strings().contains("top-secret-policy"));
}

#[test]
fn identities_of_two_new_objects_differ_from_each_other_and_from_literals() {
    let plan = graph(
        r#"{"resource_changes":[
        {"address":"aws_vpc.a","mode":"managed","type":"aws_vpc","name":"a","change":{"actions":["create"],"after":{},"after_unknown":{"id":true}}},
        {"address":"aws_vpc.b","mode":"managed","type":"aws_vpc","name":"b","change":{"actions":["create"],"after":{},"after_unknown":{"id":true}}},
        {"address":"aws_subnet.a1","mode":"managed","type":"aws_subnet","name":"a1","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}},
        {"address":"aws_subnet.a2","mode":"managed","type":"aws_subnet","name":"a2","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}},
        {"address":"aws_subnet.b","mode":"managed","type":"aws_subnet","name":"b","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}},
        {"address":"aws_subnet.lit","mode":"managed","type":"aws_subnet","name":"lit","change":{"actions":["create"],"after":{"vpc_id":"vpc-1"},"after_unknown":{}}}],
        "configuration":{"root_module":{"resources":[
        {"mode":"managed","type":"aws_vpc","name":"a"},{"mode":"managed","type":"aws_vpc","name":"b"},
        {"mode":"managed","type":"aws_subnet","name":"a1","expressions":{"vpc_id":{"references":["aws_vpc.a.id","aws_vpc.a"]}}},
        {"mode":"managed","type":"aws_subnet","name":"a2","expressions":{"vpc_id":{"references":["aws_vpc.a.id","aws_vpc.a"]}}},
        {"mode":"managed","type":"aws_subnet","name":"b","expressions":{"vpc_id":{"references":["aws_vpc.b.id","aws_vpc.b"]}}},
        {"mode":"managed","type":"aws_subnet","name":"lit","expressions":{"vpc_id":{"constant_value":"vpc-1"}}}]}}}"#,
    );
    let scope = Scope::new(&plan, Side::Planned);
    let of =
        |name: &str| scope.of("aws_subnet").find(|it| it.name() == name).unwrap().get("vpc_id");
    assert_eq!(of("a1").same(&of("a2")), Tri::Yes);
    assert_eq!(of("a1").same(&of("b")), Tri::No);
    assert_eq!(of("a1").same(&of("lit")), Tri::No);
    assert!(matches!(of("a1").target(&["aws_vpc"]), Target::Here(vpc) if vpc.name() == "a"));
    assert!(matches!(of("lit").target(&["aws_vpc"]), Target::Elsewhere(id) if id == "vpc-1"));
    assert!(matches!(of("a1").target(&["aws_subnet"]), Target::Lost(Cause::Apply)));
}

#[test]
fn the_prior_world_knows_values_only() {
    let plan = graph(
        r#"{"resource_changes":[
        {"address":"aws_vpc.gone","mode":"managed","type":"aws_vpc","name":"gone","change":{"actions":["delete"],"before":{"id":"vpc-0"},"after":null,"after_unknown":{}}},
        {"address":"aws_vpc.new","mode":"managed","type":"aws_vpc","name":"new","change":{"actions":["create"],"before":null,"after":{},"after_unknown":{"id":true}}},
        {"address":"aws_vpc.kept","mode":"managed","type":"aws_vpc","name":"kept","change":{"actions":["update"],"before":{"id":"vpc-1","arn":"old"},"after":{"id":"vpc-1"},"after_unknown":{"arn":true}}}],
        "prior_state":{"values":{"root_module":{"resources":[
        {"address":"data.aws_vpc.d","mode":"data","type":"aws_vpc","name":"d","values":{"id":"vpc-9"}},
        {"address":"aws_vpc.untargeted","mode":"managed","type":"aws_vpc","name":"untargeted","values":{"id":"vpc-2"}},
        {"address":"aws_vpc.kept","mode":"managed","type":"aws_vpc","name":"kept","values":{"id":"vpc-1"}}]}}}}"#,
    );
    let names = |side| {
        let scope = Scope::new(&plan, side);
        scope.of("aws_vpc").map(|it| it.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(Side::Planned), ["new", "kept", "untargeted"]);
    assert_eq!(names(Side::Prior), ["gone", "kept", "untargeted"]);
    let scope = Scope::new(&plan, Side::Prior);
    assert_eq!(scope.data("aws_vpc").count(), 1);
    let kept = scope.of("aws_vpc").find(|it| it.name() == "kept").unwrap();
    assert_eq!(kept.get("arn").text(), Some("old"));
}

#[test]
fn provider_regions_come_from_literals_and_variables() {
    let plan = graph(
        r#"{"variables":{"r":{"value":"eu-west-1"},"map":{"value":{"dr":"us-west-2"}}},"resource_changes":[
        {"address":"aws_vpc.a","mode":"managed","type":"aws_vpc","name":"a","change":{"actions":["create"],"after":{},"after_unknown":{}}},
        {"address":"aws_vpc.b","mode":"managed","type":"aws_vpc","name":"b","change":{"actions":["create"],"after":{},"after_unknown":{}}},
        {"address":"aws_vpc.c","mode":"managed","type":"aws_vpc","name":"c","change":{"actions":["create"],"after":{},"after_unknown":{}}}],
        "configuration":{"provider_config":{
        "aws":{"name":"aws","expressions":{"region":{"references":["var.r"]}}},
        "aws.dr":{"name":"aws","alias":"dr","expressions":{"region":{"references":["var.map[\"dr\"]","var.map"]}}},
        "aws.env":{"name":"aws","alias":"env"}},
        "root_module":{"resources":[
        {"mode":"managed","type":"aws_vpc","name":"a","provider_config_key":"aws"},
        {"mode":"managed","type":"aws_vpc","name":"b","provider_config_key":"aws.dr"},
        {"mode":"managed","type":"aws_vpc","name":"c","provider_config_key":"aws.env"}]}}}"#,
    );
    let scope = Scope::new(&plan, Side::Planned);
    let regions: Vec<_> = scope.of("aws_vpc").map(|it| it.region()).collect();
    assert_eq!(regions, [Some("eu-west-1".into()), Some("us-west-2".into()), None]);
}
