//! What the source adds: each question is asked of one plan twice, without its source and with it.
//!
//! Terraform wrote the plan (`fixtures/_plans/30-source`, aws 5.100.0) of the configuration beside
//! it. Nothing may change without source; with it, an answer may only become surer.

use std::{fs, path::Path, sync::Arc};

use bricklint::{
    graph::{Graph, Res, Scope, Side, Target, TextPart, Val, View},
    plan::{DocumentKind, Plan, Tri},
    source::{Origin, Search},
};

const DIR: &str = "fixtures/_plans/30-source";

/// A plan without its source, and the same with the source in a directory.
struct Both {
    without: Arc<Graph>,
    with: Arc<Graph>,
}

impl Both {
    fn of(dir: &Path) -> Both {
        let path = dir.join("plan.json");
        let text = fs::read_to_string(format!("{DIR}/plan.json")).unwrap();
        let plan = || {
            let path = path.display().to_string();
            Plan::parse("plan", &path, DocumentKind::Plan, text.clone())
                .map_err(|(_, e)| e)
                .unwrap()
        };
        let search = Search::new(&std::env::current_dir().unwrap(), None, None, None);
        let origin = search.origin(&plan());
        Both {
            without: Arc::new(Graph::with_source(plan(), Arc::new(Origin::none()))),
            with: Arc::new(Graph::with_source(plan(), Arc::new(origin))),
        }
    }

    /// Asks both.
    fn ask(&self, question: impl Fn(&Scope<'_>) -> String) -> (String, String) {
        let ask = |graph| question(&Scope::new(graph, Side::Planned));
        (ask(&self.without), ask(&self.with))
    }
}

fn both() -> Both {
    let both = Both::of(Path::new(DIR));
    assert!(both.with.origin.tree().is_some(), "{DIR} has source");
    both
}

fn res<'a>(scope: &'a Scope<'a>, address: &str) -> Res<'a> {
    let id = scope.graph.plan.by_address(address);
    scope.res(id.unwrap_or_else(|| panic!("{address} is not in the plan")))
}

/// `aws_vpc.hub path` asked for both, and what comes out.
fn check(both: &Both, table: &[(&str, &str, &str)], question: fn(&View<'_>) -> String) {
    let mut wrong = Vec::new();
    for (place, without, with) in table {
        let (address, path) = place.split_once(' ').unwrap();
        let answers = both.ask(|scope| question(&res(scope, address).get(path)));
        let wanted = ((*without).to_owned(), (*with).to_owned());
        if answers != wanted {
            wrong.push(format!("{place}: {answers:?}, not {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn target(view: &View<'_>) -> String {
    let shown = |res: &Res<'_>| res.address().to_owned();
    match view.target(&["aws_vpc", "aws_security_group", "aws_subnet"]) {
        Target::Here(res) => shown(&res),
        Target::OneOf(all) => all.iter().map(shown).collect::<Vec<_>>().join(" or "),
        Target::Elsewhere(name) => format!("elsewhere: {}", &*name),
        Target::Given(given) => format!("given: {}", given.output),
        Target::Unset => "unset".to_owned(),
        Target::Lost(cause) => format!("lost: {}", cause.as_str()),
    }
}

fn targets(view: &View<'_>) -> String {
    let all = view.targets(&["aws_subnet", "aws_security_group"]);
    let found: Vec<&str> = all.found.iter().map(|res| res.address()).collect();
    let unsure = all.unsure.map(|cause| format!(" unsure: {}", cause.as_str()));
    format!("{}{}", found.join(" "), unsure.unwrap_or_default())
}

fn state(view: &View<'_>) -> String {
    match view.val() {
        Val::Known(_) => "known".to_owned(),
        Val::Null => "null".to_owned(),
        Val::Omitted => "omitted".to_owned(),
        Val::Unknown(cause) => format!("unknown: {}", cause.as_str()),
    }
}

fn parts(view: &View<'_>) -> String {
    let Some(parts) = view.text_parts() else { return "nothing".to_owned() };
    let part = |part: &TextPart| match part {
        TextPart::Known(text) => text.clone(),
        TextPart::Unknown => "…".to_owned(),
    };
    parts.iter().map(part).collect()
}

#[test]
fn locals_lead_to_what_they_are_defined_as() {
    let (hub, spoke) = (r#"aws_vpc.this["hub"]"#, r#"aws_vpc.this["spoke"]"#);
    let either = format!("{hub} or {spoke}");
    check(
        &both(),
        &[
            ("aws_subnet.by_object vpc_id", "lost: local", hub),
            ("aws_subnet.by_map vpc_id", "lost: local", spoke),
            ("aws_subnet.by_path vpc_id", "lost: local", spoke),
            ("aws_subnet.by_chain vpc_id", "lost: local", hub),
            ("aws_subnet.by_lookup vpc_id", "lost: local", hub),
            ("aws_subnet.by_try vpc_id", "lost: local", spoke),
            ("aws_subnet.by_one vpc_id", "lost: local", hub),
            ("aws_subnet.by_element vpc_id", "lost: local", spoke),
            ("aws_subnet.by_coalesce vpc_id", "lost: local", spoke),
            ("aws_subnet.by_function vpc_id", "lost: local", &either),
            ("aws_subnet.counted[0] vpc_id", &either, hub),
            ("aws_subnet.counted[1] vpc_id", &either, spoke),
            (r#"aws_subnet.zoned["a"] vpc_id"#, hub, hub),
            (r#"module.subnets["x"].aws_subnet.this vpc_id"#, "lost: local", hub),
            ("module.zone.aws_route53_zone.this vpc[0].vpc_id", "lost: local", hub),
        ],
        target,
    );
}

#[test]
fn lists_are_the_elements_that_are_written() {
    check(
        &both(),
        &[
            (
                "aws_vpc_endpoint.splat subnet_ids",
                r#"module.subnets["x"].aws_subnet.this module.subnets["y"].aws_subnet.this"#,
                r#"module.subnets["x"].aws_subnet.this"#,
            ),
            (
                "aws_vpc_endpoint.splat security_group_ids",
                "aws_security_group.app",
                "aws_security_group.app",
            ),
        ],
        targets,
    );
}

#[test]
fn a_condition_decides_what_is_set() {
    let (hub, spoke) = (r#"aws_vpc.this["hub"]"#, r#"aws_vpc.this["spoke"]"#);
    let either = format!("{hub} or {spoke}");
    check(
        &both(),
        &[
            ("aws_vpc_endpoint.chosen vpc_id", &either, hub),
            // Nobody knows it before the apply: here the plan's references are all there is.
            ("aws_vpc_endpoint.open vpc_id", &either, &either),
        ],
        target,
    );
    check(
        &both(),
        &[
            ("aws_vpc_endpoint.chosen policy", "unknown: apply", "omitted"),
            ("aws_vpc_endpoint.chosen ip_address_type", "unknown: apply", "omitted"),
            ("aws_vpc_endpoint.chosen route_table_ids", "unknown: apply", "omitted"),
            ("aws_vpc_endpoint.maybe ip_address_type", "unknown: apply", "unknown: apply"),
            ("aws_subnet.by_object vpc_id", "unknown: local", "unknown: apply"),
        ],
        state,
    );
}

#[test]
fn texts_are_known_in_part() {
    check(
        &both(),
        &[
            ("aws_s3_bucket.logs bucket", "nothing", "acme-…-logs"),
            ("aws_s3_bucket.other bucket", "nothing", "acme-…-audit"),
            ("aws_s3_bucket.joined bucket", "nothing", "acme-eu-west-1-…"),
            ("aws_s3_bucket.bare bucket", "nothing", "nothing"),
            (
                "aws_s3_bucket_policy.logs policy",
                "nothing",
                r#"{"Statement":[{"Action":"s3:GetObject","Effect":"Allow","Principal":"*","Resource":"…/*"}],"Version":"2012-10-17"}"#,
            ),
            ("module.zone.aws_route53_zone.this comment", "nothing", "of …"),
            (
                "module.zone.aws_route53_zone.this name",
                "eu-central-1.zone.example.org",
                "eu-central-1.zone.example.org",
            ),
        ],
        parts,
    );
}

#[test]
fn unknown_texts_are_the_same_where_their_parts_are() {
    let both = both();
    for (a, b, without, with) in [
        // A plan writes all of these alike.
        ("logs", "same", Tri::Maybe, Tri::Yes),
        ("logs", "other", Tri::Maybe, Tri::No),
        ("logs", "bare", Tri::Maybe, Tri::No),
        ("bare", "bare", Tri::Maybe, Tri::Yes),
        ("logs", "joined", Tri::Maybe, Tri::No),
    ] {
        let same = |scope: &Scope<'_>| {
            let of = |name: &str| res(scope, &format!("aws_s3_bucket.{name}")).get("bucket");
            format!("{:?} {:?}", of(a).same(&of(b)), of(b).same(&of(a)))
        };
        let wanted = (format!("{without:?} {without:?}"), format!("{with:?} {with:?}"));
        assert_eq!(both.ask(same), wanted, "{a} {b}");
    }
    for (name, text, without, with) in [
        ("logs", "acme-vpc-1-logs", Tri::Maybe, Tri::Maybe),
        ("logs", "acme-vpc-1-data", Tri::Maybe, Tri::No),
        ("logs", "acme", Tri::Maybe, Tri::No),
        // The identity of what is created equals no literal.
        ("bare", "vpc-1", Tri::Maybe, Tri::Maybe),
    ] {
        let is = |scope: &Scope<'_>| {
            let bucket = res(scope, &format!("aws_s3_bucket.{name}")).get("bucket");
            format!("{:?}", bucket.is(text))
        };
        assert_eq!(both.ask(is), (format!("{without:?}"), format!("{with:?}")), "{name} {text}");
    }
    // In an argument that is named after what it takes, a lone reference is all that makes sense.
    let same = |scope: &Scope<'_>| {
        let of = |address: &str| res(scope, address).get("vpc_id");
        let zoned = of(r#"aws_subnet.zoned["a"]"#);
        format!("{:?}", zoned.same(&of(r#"aws_subnet.zoned["b"]"#)))
    };
    assert_eq!(both.ask(same), ("Yes".to_owned(), "Yes".to_owned()));
}

#[test]
fn dynamic_blocks_are_what_they_go_through() {
    let (hub, app) = (r#"aws_vpc.this["hub"]"#, "aws_security_group.app");
    check(
        &both(),
        &[
            (
                "aws_route53_zone.private vpc[0].vpc_id",
                "lost: apply",
                r#"aws_vpc.this["hub"] or aws_vpc.this["spoke"]"#,
            ),
            ("aws_security_group.rules vpc_id", "lost: local", hub),
            ("aws_security_group.rules ingress[0].security_groups[0]", "lost: apply", app),
        ],
        target,
    );
    check(
        &both(),
        &[
            ("aws_route53_zone.private vpc[0].vpc_region", "unknown: dynamic", "omitted"),
            ("aws_route53_zone.public vpc", "known", "known"),
            ("aws_route53_zone.unknown vpc", "unknown: dynamic", "unknown: apply"),
            // It looks like one that is left out.
            ("aws_vpc_endpoint.unknown dns_options", "omitted", "unknown: apply"),
            ("aws_vpc_endpoint.open dns_options", "omitted", "omitted"),
        ],
        state,
    );
}

#[test]
fn providers_have_the_region_that_their_condition_chooses() {
    let both = both();
    for (key, without, with) in [
        ("aws", None, Some("eu-central-1")),
        ("aws.away", None, Some("eu-west-3")),
        // The variable is all that a plan shows of the function.
        ("aws.made", Some("eu-central-1"), Some("eu-west-1")),
        ("aws.near", Some("eu-central-1"), Some("eu-central-1")),
        ("aws.local", None, Some("eu-west-1")),
    ] {
        let region = |scope: &Scope<'_>| {
            format!("{:?}", scope.graph.provider(key).unwrap().constant("region"))
        };
        assert_eq!(both.ask(region), (format!("{without:?}"), format!("{with:?}")), "{key}");
    }
}

#[test]
fn order_is_made_by_locals_and_hidden_blocks_too() {
    let both = both();
    for (later, earlier, without, with) in [
        ("aws_s3_object.after_local", r#"aws_vpc.this["hub"]"#, Tri::Maybe, Tri::Yes),
        ("aws_s3_object.after_local", "aws_s3_bucket.logs", Tri::Maybe, Tri::No),
        // A plan shows that somebody made a block, and not of what.
        ("aws_route53_zone.after_dynamic", "aws_s3_bucket.logs", Tri::Maybe, Tri::Yes),
        ("aws_route53_zone.after_dynamic", "aws_s3_bucket.other", Tri::Maybe, Tri::No),
        // A plan does not show that anything is hidden here.
        ("aws_s3_object.after_condition", "aws_s3_bucket.logs", Tri::No, Tri::Yes),
        ("aws_s3_object.after_condition", "aws_s3_bucket.other", Tri::No, Tri::No),
    ] {
        let order =
            |scope: &Scope<'_>| format!("{:?}", res(scope, later).is_after(res(scope, earlier)));
        let wanted = (format!("{without:?}"), format!("{with:?}"));
        assert_eq!(both.ask(order), wanted, "{later} after {earlier}");
    }
}

/// Source of another commit: whatever the plan can contradict is not believed, and the answer is
/// the one that the plan alone gives.
#[test]
fn source_that_is_not_the_plans_changes_nothing() {
    const HUB: &str = "hub      = aws_vpc.this[\"hub\"]\n";
    let extra = "\nresource \"aws_vpc\" \"more\" {\n  cidr_block = \"10.9.0.0/16\"\n}\n";
    let variable = "variable \"home\" {";
    for (from, to, place) in [
        // A module that declares other things.
        (variable, &*format!("{extra}{variable}"), "aws_subnet.by_object vpc_id"),
        (variable, "variable \"more\" {}\nvariable \"home\" {", "aws_subnet.by_object vpc_id"),
        ("output \"chosen\"", "output \"more\"", "aws_subnet.by_object vpc_id"),
        ("module \"zone\"", "module \"more\"", "aws_subnet.by_object vpc_id"),
        // A file that cannot be read to its end.
        (variable, "variable \"home\" {{", "aws_subnet.by_object vpc_id"),
        // An expression that mentions other names, or none.
        ("= local.ids[\"spoke\"]\n", "= local.hub.id\n", "aws_subnet.by_map vpc_id"),
        ("= local.ids[\"spoke\"]\n", "= \"vpc-1\"\n", "aws_subnet.by_map vpc_id"),
        ("vpc_id     = local.a\n", "\n", "aws_subnet.by_chain vpc_id"),
        // A local that is not there, is a circle, leads to what is not there or cannot be read.
        (HUB, "\n", "aws_subnet.by_object vpc_id"),
        (HUB, "hub = local.tags\n", "aws_subnet.by_object vpc_id"),
        (HUB, "hub = aws_vpc.that[\"hub\"]\n", "aws_subnet.by_object vpc_id"),
        (HUB, "hub = aws_vpc.this[\"gone\"]\n", "aws_subnet.by_object vpc_id"),
        (HUB, "hub = { id = \"vpc-1\" }\n", "aws_subnet.by_object vpc_id"),
        (HUB, "hub = { id = ?? }\n", "aws_subnet.by_object vpc_id"),
        (
            "b        = local.ids",
            "b        = local.a != null ? local.a : local.ids",
            "aws_subnet.by_chain vpc_id",
        ),
        // A `dynamic` block that makes more blocks than there are.
        (
            "[{ port = 443,",
            "[{ port = 22, id = null }, { port = 443,",
            "aws_security_group.rules ingress[0].security_groups[0]",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        copy(Path::new(DIR), dir.path());
        let main = dir.path().join("main.tf");
        let text = fs::read_to_string(&main).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&main, text.replacen(from, to, 1)).unwrap();
        let both = Both::of(dir.path());
        // Of a file that cannot be read to its end too little may be left to tell whose it is.
        let is_cut = to.contains("{{") || to.contains("??");
        assert!(is_cut || both.with.origin.tree().is_some(), "{to}: has source");
        let (address, path) = place.split_once(' ').unwrap();
        let (without, with) = both.ask(|scope| target(&res(scope, address).get(path)));
        // Why it is hidden may differ; whether it is may not.
        let is_lost = |answer: &str| answer.starts_with("lost: ");
        assert!(is_lost(&without) && is_lost(&with), "{to}: {without}, {with}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in crate::common::entries(from) {
        let to = to.join(crate::common::name(&path));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

#[test]
fn outputs_lead_where_their_condition_chooses() {
    let hits = |scope: &Scope<'_>| scope.graph.output_hits("chosen").len().to_string();
    assert_eq!(both().ask(hits), ("3".to_owned(), "1".to_owned()));
}
