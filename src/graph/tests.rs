//! The states of a value, and where references lead, on small plans of the shapes Terraform writes.

use std::{collections::BTreeMap, sync::Arc};

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
    assert!(plan.masked().strings.contains("top-secret-policy"));
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
    assert!(matches!(of("lit").target(&["aws_vpc"]), Target::Elsewhere(id) if &*id == "vpc-1"));
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

/// What hangs on an instance of a plan, with which of its resources are which.
fn hanging(
    changes: &[(&str, &str, &str)],
    config: &str,
    state: &str,
) -> BTreeMap<String, Vec<String>> {
    let changes: Vec<String> = changes
        .iter()
        .map(|(address, type_, actions)| {
            let path = address.strip_prefix("module.m.");
            let module = path.map(|_| "module.m").unwrap_or_default();
            let local = path.unwrap_or(address);
            let name = local.split(['.', '[']).nth(1).unwrap();
            let key = local.split_once('[').map(|(_, key)| key.trim_end_matches(']'));
            let key = key.map(|key| format!(r#""index":{key},"#)).unwrap_or_default();
            let address = serde_json::to_string(address).unwrap();
            let after = if *actions == "\"delete\"" { "null" } else { "{}" };
            let before = if *actions == "\"create\"" { "null" } else { "{}" };
            format!(
                r#"{{"address":{address},"module_address":"{module}","mode":"managed","type":"{type_}","name":"{name}",{key}
                "change":{{"actions":[{actions}],"before":{before},"after":{after},"after_unknown":{{}}}}}}"#
            )
        })
        .collect();
    let graph = graph(&format!(
        r#"{{"format_version":"1.2","resource_changes":[{}],
        "prior_state":{{"values":{{"root_module":{{"resources":[{state}]}}}}}},
        "configuration":{{{config}}}}}"#,
        changes.join(",")
    ));
    let scope = Scope::new(&graph, Side::Planned);
    let of = |res: super::Res<'_>| {
        let all = res.dependents();
        assert!(!all.is_cut);
        let names = all.ids.iter().map(|id| scope.res(*id).address().to_owned());
        (res.address().to_owned(), names.collect())
    };
    scope.changes().map(of).collect()
}

#[test]
fn what_hangs_on_an_instance_is_of_its_own_key() {
    let config = r#""provider_config":{"dbx":{"name":"databricks","expressions":{"host":{"references":["ws.w.url","ws.w"]}}}},
        "root_module":{"resources":[
        {"address":"cat.c","mode":"managed","type":"cat","name":"c","provider_config_key":"aws","for_each_expression":{"constant_value":["a","b"]},"expressions":{}},
        {"address":"sch.s","mode":"managed","type":"sch","name":"s","provider_config_key":"aws","for_each_expression":{"references":["cat.c"]},
         "expressions":{"cat":{"references":["cat.c","each.key"]}}},
        {"address":"tab.t","mode":"managed","type":"tab","name":"t","provider_config_key":"aws",
         "expressions":{"schema":{"references":["sch.s[\"a\"].id","sch.s[\"a\"]","sch.s"]}}},
        {"address":"grant.g","mode":"managed","type":"grant","name":"g","provider_config_key":"dbx","expressions":{},"depends_on":["cat.c"]},
        {"address":"ws.w","mode":"managed","type":"ws","name":"w","provider_config_key":"aws","expressions":{}}]}"#;
    let all = hanging(
        &[
            ("cat.c[\"a\"]", "cat", "\"delete\",\"create\""),
            ("cat.c[\"b\"]", "cat", "\"no-op\""),
            ("sch.s[\"a\"]", "sch", "\"no-op\""),
            ("sch.s[\"b\"]", "sch", "\"create\""),
            ("tab.t", "tab", "\"no-op\""),
            ("grant.g", "grant", "\"no-op\""),
            ("ws.w", "ws", "\"delete\",\"create\""),
        ],
        config,
        "",
    );
    assert_eq!(all["cat.c[\"a\"]"], ["grant.g", "sch.s[\"a\"]", "tab.t"], "through the schema");
    assert_eq!(all["cat.c[\"b\"]"], ["grant.g"], "what is not there yet cannot miss it");
    assert_eq!(all["ws.w"], ["grant.g"], "through its provider");
    assert!(all["tab.t"].is_empty() && all["grant.g"].is_empty());
}

#[test]
fn what_hangs_on_what_goes_away_goes_with_it() {
    let keyed = r#""root_module":{"resources":[
        {"address":"cat.c","mode":"managed","type":"cat","name":"c","provider_config_key":"aws","for_each_expression":{"constant_value":["a"]},"expressions":{}},
        {"address":"sch.s","mode":"managed","type":"sch","name":"s","provider_config_key":"aws","for_each_expression":{"constant_value":["a"]},
         "expressions":{"cat":{"references":["cat.c","each.key"]}}}]}"#;
    let changes = [
        ("cat.c[\"a\"]", "cat", "\"no-op\""),
        ("cat.c[\"b\"]", "cat", "\"delete\""),
        ("cat.c[\"d\"]", "cat", "\"delete\""),
        ("sch.s[\"a\"]", "sch", "\"no-op\""),
        ("sch.s[\"b\"]", "sch", "\"delete\""),
        ("sch.s[\"d\"]", "sch", "\"delete\""),
    ];
    let all = hanging(&changes, keyed, "");
    for key in ["a", "b", "d"] {
        assert_eq!(all[&format!("cat.c[\"{key}\"]")], [format!("sch.s[\"{key}\"]")]);
    }

    // The blocks are gone as well: the state knows.
    let state = r#"{"address":"sch.s[\"b\"]","mode":"managed","type":"sch","name":"s","index":"b","values":{},"depends_on":["cat.c"]},
        {"address":"sch.s[\"a\"]","mode":"managed","type":"sch","name":"s","index":"a","values":{}}"#;
    let all = hanging(&changes, r#""root_module":{}"#, state);
    assert_eq!(all["cat.c[\"b\"]"], ["sch.s[\"b\"]"]);
    assert!(all["sch.s[\"b\"]"].is_empty());
}

#[test]
fn a_local_that_both_hang_on_leads_from_neither_to_the_other() {
    let later_waits_for = |local: &str| {
        let block = |name: &str, local: &str| {
            format!(
                r#"{{"address":"terraform_data.{name}","mode":"managed","type":"terraform_data","name":"{name}",
                "provider_config_key":"terraform","expressions":{{"input":{{"references":["local.{local}"]}}}}}}"#
            )
        };
        let change = |name: &str| {
            format!(
                r#"{{"address":"terraform_data.{name}","mode":"managed","type":"terraform_data","name":"{name}",
                "change":{{"actions":["create"],"before":null,"after":{{}},"after_unknown":{{"input":true}}}}}}"#
            )
        };
        let graph = graph(&format!(
            r#"{{"format_version":"1.2","resource_changes":[{},{}],"configuration":{{"root_module":{{"resources":[{},{}]}}}}}}"#,
            change("earlier"),
            change("later"),
            block("earlier", "common"),
            block("later", local)
        ));
        let scope = Scope::new(&graph, Side::Planned);
        let all: Vec<_> = scope.of("terraform_data").collect();
        all[1].is_after(all[0])
    };
    assert_eq!(later_waits_for("common"), Tri::No);
    assert_eq!(later_waits_for("other"), Tri::Maybe);
}

#[test]
fn what_is_known_never_comes_from_what_is_not() {
    // `coalesce(var.off, aws_vpc.v.id)`, and `each.value` of an object with both.
    for references in [r#"["var.off","aws_vpc.v.id","aws_vpc.v"]"#, r#"["var.off","aws_vpc.v"]"#] {
        let expressions = format!(r#"{{"vpc_id":{{"references":{references}}}}}"#);
        let plan = endpoint(r#"{"vpc_id":"vpc-shared"}"#, "{}", &expressions);
        let scope = Scope::new(&plan, Side::Planned);
        let it = scope.of("aws_vpc_endpoint").next().unwrap().get("vpc_id");
        let target = it.target(&["aws_vpc"]);
        assert!(matches!(target, Target::Elsewhere(id) if &*id == "vpc-shared"), "{references}");
    }
}

#[test]
fn an_argument_that_is_read_back_leads_to_what_was_put_in() {
    let plan = graph(
        r#"{"resource_changes":[
        {"address":"aws_vpc.a","mode":"managed","type":"aws_vpc","name":"a","change":{"actions":["create"],"after":{},"after_unknown":{"id":true}}},
        {"address":"aws_security_group.given","mode":"managed","type":"aws_security_group","name":"given","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}},
        {"address":"aws_security_group.left_out","mode":"managed","type":"aws_security_group","name":"left_out","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}},
        {"address":"aws_subnet.a","mode":"managed","type":"aws_subnet","name":"a","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}},
        {"address":"aws_subnet.default","mode":"managed","type":"aws_subnet","name":"default","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}},
        {"address":"aws_subnet.splat","mode":"managed","type":"aws_subnet","name":"splat","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}}],
        "configuration":{"root_module":{"resources":[
        {"mode":"managed","type":"aws_vpc","name":"a"},
        {"mode":"managed","type":"aws_security_group","name":"given","expressions":{"vpc_id":{"references":["aws_vpc.a.id","aws_vpc.a"]}}},
        {"mode":"managed","type":"aws_security_group","name":"left_out"},
        {"mode":"managed","type":"aws_subnet","name":"a","expressions":{"vpc_id":{"references":["aws_security_group.given.vpc_id","aws_security_group.given"]}}},
        {"mode":"managed","type":"aws_subnet","name":"default","expressions":{"vpc_id":{"references":["aws_security_group.left_out.vpc_id","aws_security_group.left_out"]}}},
        {"mode":"managed","type":"aws_subnet","name":"splat","expressions":{"vpc_id":{"references":["aws_security_group.given"]}}}]}}}"#,
    );
    let scope = Scope::new(&plan, Side::Planned);
    let leads_to_vpc = |name: &str| {
        let subnet = scope.of("aws_subnet").find(|it| it.name() == name).unwrap();
        matches!(subnet.get("vpc_id").target(&["aws_vpc"]), Target::Here(vpc) if vpc.name() == "a")
    };
    assert!(leads_to_vpc("a"));
    // The provider chose the VPC, and a splat may mean another attribute.
    assert!(!leads_to_vpc("default") && !leads_to_vpc("splat"));
}

#[test]
fn what_is_forgotten_is_somewhere_and_what_is_destroyed_is_not() {
    let plan = graph(
        r#"{"complete":true,"resource_changes":[
        {"address":"aws_vpc.kept","mode":"managed","type":"aws_vpc","name":"kept","change":{"actions":["forget"],"before":{"id":"vpc-1"},"after":null}},
        {"address":"aws_subnet.gone","mode":"managed","type":"aws_subnet","name":"gone","change":{"actions":["delete"],"before":{"id":"subnet-1"},"after":null}}],
        "configuration":{"root_module":{}}}"#,
    );
    for (side, lacks) in [(Side::Planned, true), (Side::Prior, false)] {
        let scope = Scope::new(&plan, side);
        assert_eq!(scope.may_lack("aws_vpc"), lacks);
        assert!(!scope.may_lack("aws_subnet") && !scope.is_partial());
    }
}

/// What a subnet's association leads to, by the keys of the subnets: `aws_subnet.this` of `module.net` has three
/// of them, and the output of that and of `module.outer` around it are made of these references.
fn subnets_behind(reference: &str, output: &str) -> Vec<String> {
    let reference = serde_json::to_string(reference).unwrap();
    let subnet = |key: &str| {
        format!(
            r#"{{"address":"module.outer.module.net.aws_subnet.this[\"{key}\"]","module_address":"module.outer.module.net",
            "mode":"managed","type":"aws_subnet","name":"this","index":"{key}","change":{{"actions":["create"],"before":null,
            "after":{{"tags":null}},"after_unknown":{{"id":true}}}}}}"#
        )
    };
    let plan = graph(&format!(
        r#"{{"resource_changes":[{},{},{},
        {{"address":"module.use.aws_route_table_association.it","module_address":"module.use","mode":"managed",
          "type":"aws_route_table_association","name":"it","change":{{"actions":["create"],"before":null,"after":{{}},
          "after_unknown":{{"subnet_id":true,"route_table_id":true}}}}}}],
        "configuration":{{"root_module":{{"module_calls":{{
        "outer":{{"module":{{"outputs":{{"subnets":{{"expression":{{"references":["module.net.subnets","module.net"]}}}}}},
          "module_calls":{{"net":{{"module":{{"outputs":{{"subnets":{{"expression":{{"references":{output}}}}}}},
          "resources":[{{"mode":"managed","type":"aws_subnet","name":"this","for_each_expression":{{"references":["var.all"]}}}}]}}}}}}}}}},
        "use":{{"expressions":{{"all":{{"references":["module.outer.subnets","module.outer"]}},
          "one":{{"references":["module.outer.subnets[\"a\"]","module.outer.subnets","module.outer"]}}}},
          "module":{{"variables":{{"all":{{}},"one":{{}}}},"resources":[{{"mode":"managed","type":"aws_route_table_association",
          "name":"it","expressions":{{"subnet_id":{{"references":[{reference}]}}}}}}]}}}}}}}}}}}}"#,
        subnet("a"),
        subnet("b"),
        subnet("tags")
    ));
    let scope = Scope::new(&plan, Side::Planned);
    let it = scope.of("aws_route_table_association").next().unwrap();
    let target = it.get("subnet_id").target(&["aws_subnet"]);
    let keys = target.candidates().iter().map(|res| res.key().unwrap().to_string());
    keys.map(|key| key.trim_matches(['[', ']', '"']).to_owned()).collect()
}

#[test]
fn a_key_chooses_among_instances_that_were_handed_on_as_a_whole() {
    let whole = r#"["aws_subnet.this"]"#;
    for reference in ["var.all[\"a\"].id", "var.all[\"a\"]", "var.one.id", "var.one"] {
        assert_eq!(subnets_behind(reference, whole), ["a"], "{reference}");
    }
    // No key, no instance of that key, an index, what may be an attribute, a map around the map.
    let others = [
        "var.all",
        "var.all[\"c\"].id",
        "var.all[0].id",
        "var.all[\"tags\"]",
        "var.all[\"a\"][\"b\"]",
    ];
    for reference in others {
        assert_eq!(subnets_behind(reference, whole), ["a", "b", "tags"], "{reference}");
    }
    let merged = r#"["aws_subnet.this","var.more"]"#;
    assert_eq!(subnets_behind("var.all[\"a\"].id", merged), ["a", "b", "tags"]);
}

#[test]
fn behind_a_key_no_attribute_is_certain() {
    let plan = graph(
        r#"{"resource_changes":[
        {"address":"module.m.aws_vpc.this[\"a\"]","module_address":"module.m","mode":"managed","type":"aws_vpc","name":"this","index":"a",
         "change":{"actions":["create"],"after":{},"after_unknown":{"id":true}}},
        {"address":"aws_subnet.s","mode":"managed","type":"aws_subnet","name":"s","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}},
        {"address":"aws_subnet.t","mode":"managed","type":"aws_subnet","name":"t","change":{"actions":["create"],"after":{},"after_unknown":{"vpc_id":true}}}],
        "configuration":{"root_module":{"module_calls":{"m":{"module":{"outputs":{"vpcs":{"expression":{"references":["aws_vpc.this"]}}},
          "resources":[{"mode":"managed","type":"aws_vpc","name":"this"}]}}},
        "resources":[
        {"mode":"managed","type":"aws_subnet","name":"s","expressions":{"vpc_id":{"references":["module.m.vpcs[\"a\"].id","module.m.vpcs","module.m"]}}},
        {"mode":"managed","type":"aws_subnet","name":"t","expressions":{"vpc_id":{"references":["module.m.vpcs.a.id","module.m.vpcs","module.m"]}}}]}}}"#,
    );
    let scope = Scope::new(&plan, Side::Planned);
    let all: Vec<_> = scope.of("aws_subnet").map(|it| it.get("vpc_id")).collect();
    assert!(all.iter().all(|it| matches!(it.target(&["aws_vpc"]), Target::Here(_))));
    // `{ for k, v in aws_vpc.this : k => { id = v.main_route_table_id } }` looks like `aws_vpc.this`.
    assert_eq!(all[0].same(&all[1]), Tri::Maybe);
}

/// What each member of a zone's `vpc` leads to, `?` where that is not certain.
fn zone(members: &str, unknown: &str, blocks: &str) -> Vec<String> {
    let plan = graph(&format!(
        r#"{{"resource_changes":[
        {{"address":"aws_vpc.here","mode":"managed","type":"aws_vpc","name":"here","change":{{"actions":["create"],"after":{{}},"after_unknown":{{"id":true}}}}}},
        {{"address":"aws_vpc.there","mode":"managed","type":"aws_vpc","name":"there","change":{{"actions":["create"],"after":{{}},"after_unknown":{{"id":true}}}}}},
        {{"address":"aws_route53_zone.z","mode":"managed","type":"aws_route53_zone","name":"z","change":{{"actions":["create"],"before":null,
          "after":{{"vpc":{members}}},"after_unknown":{{"vpc":{unknown}}}}}}}],
        "configuration":{{"root_module":{{"resources":[{{"mode":"managed","type":"aws_vpc","name":"here"}},{{"mode":"managed","type":"aws_vpc","name":"there"}},
        {{"mode":"managed","type":"aws_route53_zone","name":"z","expressions":{{"vpc":{blocks}}}}}]}}}}}}"#
    ));
    let scope = Scope::new(&plan, Side::Planned);
    let it = scope.of("aws_route53_zone").next().unwrap();
    let vpc = |member: super::View<'_>| match member.get("vpc_id").target(&["aws_vpc"]) {
        Target::Here(vpc) => vpc.name().to_owned(),
        _ => "?".to_owned(),
    };
    it.get("vpc").items().map(vpc).collect()
}

#[test]
fn blocks_of_a_set_are_told_apart_by_what_made_the_others() {
    const HERE: &str = r#"{"vpc_id":{"references":["aws_vpc.here.id","aws_vpc.here"]}}"#;
    const THERE: &str = r#"{"vpc_id":{"references":["aws_vpc.there.id","aws_vpc.there"]},"vpc_region":{"constant_value":"eu-west-1"}}"#;
    const EMPTY: &str = r#"{"vpc_id":{"references":["aws_vpc.there.id","aws_vpc.there"]},"vpc_region":{"constant_value":""}}"#;
    let (members, unknown) = (
        r#"[{"vpc_region":"eu-west-1"},{}]"#,
        r#"[{"vpc_id":true},{"vpc_id":true,"vpc_region":true}]"#,
    );
    assert_eq!(zone(members, unknown, &format!("[{HERE},{THERE}]")), ["there", "here"]);
    assert_eq!(zone(members, unknown, &format!("[{THERE},{HERE}]")), ["there", "here"]);
    // A provider may compute what is empty.
    assert_eq!(zone(members, unknown, &format!("[{HERE},{EMPTY}]")), ["here", "there"]);
    // A dynamic block made one of them.
    assert_eq!(zone(members, unknown, &format!("[{HERE}]")), ["here", "here"]);
    assert_eq!(zone(members, unknown, &format!("[{THERE}]")), ["there", "?"]);
}

/// The keys of the VPCs that each subnet's `vpc_id` leads to: at the root and in `module.m`, which gives all of
/// them as `ids`, there is one of each of `keys`; `module.in` is called with `aws_vpc.v`. The subnets have the
/// keys `owners`, and lie in `module.in` where their reference begins with `var.ids`.
fn vpcs_of(references: &str, owners: &[&str], keys: &[&str], for_each: &str) -> Vec<String> {
    let is_inside = references.starts_with("var.ids");
    let instance = |module: &str, type_: &str, unknown: &str, key: &&str| {
        let dot = if module.is_empty() { "" } else { "." };
        let address = format!("{module}{dot}{type_}.v[{key}]");
        let address = serde_json::to_string(&address).unwrap();
        format!(
            r#"{{"address":{address},"module_address":"{module}","mode":"managed","type":"{type_}","name":"v","index":{key},
            "change":{{"actions":["create"],"before":null,"after":{{}},"after_unknown":{{"{unknown}":true}}}}}}"#
        )
    };
    let vpcs = |module| keys.iter().map(move |key| instance(module, "aws_vpc", "id", key));
    let module = if is_inside { "module.in" } else { "" };
    let subnets = owners.iter().map(|key| instance(module, "aws_subnet", "vpc_id", key));
    let changes: Vec<String> = vpcs("").chain(vpcs("module.m")).chain(subnets).collect();
    let list = |text: &str| {
        let all: Vec<&str> = text.split(' ').filter(|it| !it.is_empty()).collect();
        serde_json::to_string(&all).unwrap()
    };
    let subnet = format!(
        r#"{{"mode":"managed","type":"aws_subnet","name":"v","expressions":{{"vpc_id":{{"references":{}}}}},
        "for_each_expression":{{"references":{}}}}}"#,
        list(references),
        list(for_each)
    );
    let (inside, outside) = if is_inside { (subnet, String::new()) } else { ("".into(), subnet) };
    let vpc = r#"{"mode":"managed","type":"aws_vpc","name":"v"}"#;
    let comma = if outside.is_empty() { "" } else { "," };
    let plan = graph(&format!(
        r#"{{"variables":{{"on":{{"value":true}},"at":{{"value":{{}}}}}},"resource_changes":[{}],
        "configuration":{{"root_module":{{"variables":{{"on":{{}},"at":{{}}}},"resources":[{vpc}{comma}{outside}],"module_calls":{{
        "m":{{"module":{{"outputs":{{"ids":{{"expression":{{"references":["aws_vpc.v"]}}}}}},"resources":[{vpc}]}}}},
        "in":{{"expressions":{{"ids":{{"references":["aws_vpc.v"]}}}},"module":{{"variables":{{"ids":{{}}}},"resources":[{inside}]}}}}}}}}}}}}"#,
        changes.join(",")
    ));
    let scope = Scope::new(&plan, Side::Planned);
    let keys_of = |subnet: super::Res<'_>| {
        let target = subnet.get("vpc_id").target(&["aws_vpc"]);
        let keys = target.candidates().iter().map(|vpc| vpc.key().unwrap().to_string());
        keys.map(|key| key.replace(['[', ']', '"'], "")).collect::<Vec<_>>().join("|")
    };
    scope.of("aws_subnet").map(keys_of).collect()
}

#[test]
fn only_a_key_of_its_own_pairs_instances() {
    let texts: &[&str] = &[r#""a""#, r#""b""#];
    for references in [
        "aws_vpc.v each.key",
        "aws_vpc.v each.key local.x",
        "local.x aws_vpc.v each.key",
        "module.m.ids module.m each.key",
        "var.ids each.key",
    ] {
        assert_eq!(vpcs_of(references, texts, texts, "local.x"), ["a", "b"], "{references}");
    }
    // Another key is looked up by it.
    for references in [
        "aws_vpc.v local.x each.key",
        "aws_vpc.v var.at each.key",
        "aws_vpc.v each.value each.key",
        "aws_vpc.v var.on each.key",
        "each.key aws_vpc.v",
        "module.m.ids module.m local.x each.key",
        "var.ids local.x each.key",
    ] {
        assert_eq!(vpcs_of(references, texts, texts, "local.x"), ["a|b", "a|b"], "{references}");
    }
}

#[test]
fn an_index_pairs_instances_that_are_as_many() {
    let (two, three): (&[&str], &[&str]) = (&["0", "1"], &["0", "1", "2"]);
    // `element(aws_vpc.v[*].id, var.on ? 0 : count.index)`
    for references in ["aws_vpc.v count.index", "aws_vpc.v var.on count.index"] {
        assert_eq!(vpcs_of(references, two, two, ""), ["0", "1"], "{references}");
        assert_eq!(vpcs_of(references, two, three, ""), ["0", "1"], "{references}");
        assert_eq!(vpcs_of(references, three, two, ""), ["0|1", "0|1", "0|1"], "{references}");
    }
    for references in ["aws_vpc.v local.x count.index", "aws_vpc.v var.at count.index"] {
        assert_eq!(vpcs_of(references, two, two, ""), ["0|1", "0|1"], "{references}");
    }
    // What is handed on may have left some out, or another index may be meant.
    for references in ["module.m.ids module.m count.index", "var.ids count.index"] {
        assert_eq!(vpcs_of(references, two, two, ""), ["0|1", "0|1"], "{references}");
        assert_eq!(vpcs_of(references, two, three, ""), ["0|1|2", "0|1|2"], "{references}");
    }
}

#[test]
fn what_may_stand_around_a_key_makes_it_another() {
    let owners: &[&str] = &[r#""a""#, r#""b""#];
    for other in ["-gpu", "2", ""] {
        let around = |key: &str| format!(r#""x{key}{other}""#);
        let (a, b) = (around("a"), around("b"));
        let keys: &[&str] = &[r#""a""#, r#""b""#, &a, &b];
        let of = |references| vpcs_of(references, owners, keys, "aws_vpc.v");
        let all = format!("a|b|xa{other}|xb{other}");
        for references in ["aws_vpc.v each.key", "var.ids each.key", "each.value.id each.value"] {
            assert_eq!(of(references), [all.as_str(), &all], "{references}");
        }
    }
    // Not around each of them, and none left over.
    let keys: &[&str] = &[r#""a""#, r#""a2""#, r#""b""#];
    assert_eq!(vpcs_of("aws_vpc.v each.key", owners, keys, ""), ["a", "b"]);
    assert_eq!(vpcs_of("aws_vpc.v each.key", keys, keys, ""), ["a", "a2", "b"]);
}

#[test]
fn each_value_has_the_keys_of_what_alone_made_it() {
    let keys: &[&str] = &[r#""a""#, r#""b""#];
    for for_each in ["aws_vpc.v", "module.m.ids module.m", "var.on aws_vpc.v"] {
        assert_eq!(vpcs_of("each.value", keys, keys, for_each), ["a", "b"], "{for_each}");
    }
    // `{ for k, v in var.at : k => aws_vpc.v[v.name] }`
    for for_each in ["var.at aws_vpc.v", "aws_vpc.v var.at", "aws_vpc.v var.on"] {
        assert_eq!(vpcs_of("each.value", keys, keys, for_each), ["a|b", "a|b"], "{for_each}");
    }
}

#[test]
fn a_key_leads_through_what_only_hands_a_value_on() {
    let one = |type_: &str, name: &str, key: &str, unknown: &str| {
        format!(
            r#"{{"address":"{type_}.{name}[\"{key}\"]","mode":"managed","type":"{type_}","name":"{name}","index":"{key}",
            "change":{{"actions":["create"],"after":{{}},"after_unknown":{{"{unknown}":true}}}}}}"#
        )
    };
    let all = ["a", "b"].map(|key| {
        [
            one("aws_vpc", "v", key, "id"),
            one("time_sleep", "s", key, "triggers"),
            one("terraform_data", "s", key, "output"),
            one("random_id", "s", key, "keepers"),
            one("aws_subnet", "time_sleep", key, "vpc_id"),
            one("aws_subnet", "terraform_data", key, "vpc_id"),
            one("aws_subnet", "random_id", key, "vpc_id"),
        ]
    });
    let subnet = |type_: &str| {
        format!(
            r#"{{"mode":"managed","type":"aws_subnet","name":"{type_}","expressions":{{"vpc_id":{{"references":["{type_}.s","each.key"]}}}}}}"#
        )
    };
    let carrier = |type_: &str, argument: &str| {
        format!(
            r#"{{"mode":"managed","type":"{type_}","name":"s","expressions":{{"{argument}":{{"references":["aws_vpc.v","each.key"]}}}}}}"#
        )
    };
    let blocks = [
        r#"{"mode":"managed","type":"aws_vpc","name":"v"}"#.to_owned(),
        carrier("time_sleep", "triggers"),
        carrier("terraform_data", "input"),
        carrier("random_id", "keepers"),
        subnet("time_sleep"),
        subnet("terraform_data"),
        subnet("random_id"),
    ];
    let plan = graph(&format!(
        r#"{{"resource_changes":[{}],"configuration":{{"root_module":{{"resources":[{}]}}}}}}"#,
        all.concat().join(","),
        blocks.join(",")
    ));
    let scope = Scope::new(&plan, Side::Planned);
    for subnet in scope.of("aws_subnet") {
        let target = subnet.get("vpc_id").target(&["aws_vpc"]);
        match subnet.name() {
            // Its bytes are as likely to be meant.
            "random_id" => assert!(matches!(target, Target::Lost(_))),
            name => assert_eq!(target.here().unwrap().key(), subnet.key(), "{name}"),
        }
    }
}

#[test]
fn a_literal_may_be_a_member_of_a_default_or_of_what_a_call_hands_in() {
    let literal = |reference: &str, argument: &str| {
        let plan = graph(&format!(
            r#"{{"variables":{{"db":{{"value":{{}}}}}},"resource_changes":[
            {{"address":"module.m.aws_vpc.v","module_address":"module.m","mode":"managed","type":"aws_vpc","name":"v",
              "change":{{"actions":["create"],"after":{{}},"after_unknown":{{"id":true}}}}}}],
            "configuration":{{"root_module":{{"variables":{{"db":{{"default":{{"keys":["a","b"],"no":null}}}}}},
            "module_calls":{{"m":{{"expressions":{{{argument}}},"module":{{"variables":{{"in":{{"default":{{"keys":["c"]}}}}}},
            "resources":[{{"mode":"managed","type":"aws_vpc","name":"v","expressions":{{"tag":{{"references":[{reference}]}}}}}}]}}}}}}}}}}}}"#
        ));
        let scope = Scope::new(&plan, Side::Planned);
        let literal = scope.of("aws_vpc").next().unwrap().get("tag").literal()?;
        let text = literal.value.as_str().unwrap_or("?").to_owned();
        Some((text, literal.variable.unwrap(), literal.default_of.unwrap_or_default()))
    };
    let found = |text: &str, variable: &str, default_of: &str| {
        Some((text.to_owned(), variable.to_owned(), default_of.to_owned()))
    };
    let (key, whole) = (r#""var.in.keys[1]","var.in.keys","var.in""#, r#""var.in""#);
    assert_eq!(literal(key, ""), None, "the default has one");
    let handed = r#""in":{"references":["var.db"]}"#;
    assert_eq!(literal(key, handed), found("b", "keys", "var.db"));
    let handed = r#""in":{"constant_value":{"keys":["x","y"]}}"#;
    assert_eq!(literal(key, handed), found("y", "keys", ""));
    let handed = r#""in":{"references":["var.db.keys[0]","var.db.keys","var.db"]}"#;
    assert_eq!(literal(whole, handed), found("a", "in", "var.db"));
    assert_eq!(literal(key, handed), None, "a text has no members");
    let handed = r#""in":{"references":["var.db","var.other"]}"#;
    assert_eq!(literal(key, handed), None, "which of them, a plan does not show");
}
