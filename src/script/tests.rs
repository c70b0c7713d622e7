//! What scripts may do, what they see, and what is said when they go wrong.

use std::{collections::BTreeSet, sync::Arc};

use super::{load, rule::ScriptRule};
use crate::{
    graph::{Cause, Graph, Scope, Side},
    lint::{
        FailureKind, Findings, ParamValue, Params, PlanCx, PlanJudge, Rule, RuleError, Verdict,
    },
    plan::{DocumentKind, Plan, ResId},
};

const PLAN: &str = r#"{"format_version":"1.2","resource_changes":[
  {"address":"databricks_cluster.a","mode":"managed","type":"databricks_cluster","name":"a","change":{"actions":["create"],"before":null,
   "after":{"name":"c","mins":null,"n":5,"port":"443","tags":{"env":"prod"},"pw":"hunter2-hunter2","list":["x",null],"blk":[{"zone":"auto"}],"policy":null},
   "after_unknown":{"id":true,"region":true,"flag":true,"list":[false,true],"blk":[{"arn":true}],"ulist":true,"tags":{"owner":true},
     "u0":true,"u1":true,"u2":true,"u3":true,"u4":true,"u5":true,"u6":true,"u7":true,"u8":true,"u9":true,"u10":true,"u11":true},
   "after_sensitive":{"pw":true}}}]}"#;

#[derive(Debug)]
struct Said {
    findings: Vec<(Verdict, String, String)>,
    result: Result<(), RuleError>,
    blind: usize,
}

impl Said {
    fn of(&self, verdict: Verdict) -> Vec<&str> {
        let these = self.findings.iter().filter(|(of, ..)| *of == verdict);
        these.map(|(.., message)| message.as_str()).collect()
    }

    /// As the truth table writes it.
    fn row(&self) -> String {
        if let Err(error) = &self.result {
            return format!("{}: {}", error.kind.as_str(), error.message);
        }
        match (self.of(Verdict::Definite).as_slice(), self.of(Verdict::Possible).as_slice()) {
            ([], []) if self.blind > 0 => "undecided".to_owned(),
            ([], []) => "pass".to_owned(),
            (definite, []) => format!("definite {definite:?}"),
            ([], possible) => format!("possible {possible:?}"),
            (definite, possible) => format!("definite {definite:?} possible {possible:?}"),
        }
    }
}

/// `LONG` stands for a text that nearly fills a variable.
fn script(head: &str, body: &str) -> ScriptRule {
    let body = body.replace("LONG", &"a".repeat(60_000));
    let text = format!(
        "const RULE = #{{ id: \"t-t\", summary: \"s\", severity: \"warning\", on: [\"databricks_cluster\"] }};\n{head}\nfn check(r) {{ {body} }}"
    );
    load("t.rhai", &text).unwrap()
}

fn judge(rule: &ScriptRule, plan: &str, params: &Params) -> Said {
    let plan = Plan::parse("u", "p", DocumentKind::Plan, plan.to_owned()).unwrap();
    let graph = Arc::new(Graph::new(plan));
    let scope = Scope::new(&graph, Side::Planned);
    let mut out = Findings::new(rule.meta(), Side::Planned);
    let result = PlanJudge::judge(rule, &PlanCx::new(&scope, params), &mut out);
    let finding = |it: crate::lint::Reported| {
        (it.finding.verdict, it.finding.place.attribute.unwrap_or_default(), it.finding.message)
    };
    let findings = out.finish().reported.into_iter().map(finding).collect();
    Said { findings, result, blind: scope.close().len() }
}

fn run_with(head: &str, body: &str) -> Said {
    let rule = script(head, body);
    let params = Params::defaults(&rule.meta().params);
    judge(&rule, PLAN, &params)
}

fn run(body: &str) -> Said {
    run_with("", body)
}

/// `m` stands for `fail(r, "m")`.
#[test]
fn unknown_values_make_what_hangs_on_them_possible() {
    let table = [
        (r#"if r.region == "eu" { m }"#, "possible"),
        (r#"if r.region != "eu" { m }"#, "possible"),
        (r#"if r.region == "eu" || r.region != "eu" { m }"#, "definite"),
        (r#"if r.region == "eu" && r.region == "us" { m }"#, "pass"),
        (r#"if r.region == "eu" || r.n == 5 { m }"#, "definite"),
        (r#"if r.region == "eu" && r.n == 6 { m }"#, "pass"),
        ("if r.flag { m }", "undecided"),
        ("if !r.flag { m }", "possible"),
        ("if r.flag == true { m }", "possible"),
        ("if r.flag && r.n==5 { m }", "undecided"),
        ("if r.n==5 && r.flag { m }", "undecided"),
        ("if r.n==6 && r.flag { m }", "pass"),
        ("if true && r.flag { m }", "undecided"),
        ("if r.mins > 10 { m }", "pass"),
        ("if r.mins == () { m }", "definite"),
        ("if (r.mins ?? 0) < 10 { m }", "definite"),
        ("if r.nosuch == () { m }", "definite"),
        ("if r.policy.x.y == () { m }", "definite"),
        (r#"if "x" in r.list { m }"#, "definite"),
        (r#"if "z" in r.list { m }"#, "possible"),
        ("for x in r.ulist { m }", "undecided"),
        (r#"if "z" in r.ulist { m }"#, "possible"),
        ("if r.ulist.len() > 3 { m }", "possible"),
        ("if r.ulist.is_empty() { m }", "possible"),
        ("if r.ulist.some(|x| x == 1) { m }", "possible"),
        (r#"if r.region in ["eu","us"] { m }"#, "possible"),
        ("if r.id == r.id { m }", "definite"),
        ("if r.id == r.region { m }", "possible"),
        (r#"if r.get("blk.zone") == "auto" { m }"#, "definite"),
        (r#"if r.get("blk.arn") == "auto" { m }"#, "possible"),
        (r#"if r.blk[0].arn.starts_with("arn:") { m }"#, "possible"),
        (r#"if r.blk.zone == "auto" { m }"#, "definite"),
        (r#"if r.blk.some(|b| b.zone == "auto") { m }"#, "definite"),
        (r#"if r.list == ["x", "y"] { m }"#, "possible"),
        ("if is_unknown(r.region) { m }", "definite"),
        (r#"if r.region ?? "eu" == "eu" { m }"#, "possible"),
        ("let it = #{}; it.set(r.region, 1); m", "undecided"),
        (r#"if r.region.to_upper() == "EU" { m }"#, "possible"),
        (r#"if r.tags.env == "prod" { m }"#, "definite"),
        (r#"if r.tags?.nope == () { m }"#, "definite"),
        (r#"if "env" in r.tags { m }"#, "definite"),
        (r#"if "owner" in r.tags { m }"#, "definite"),
        (r#"if "nope" in r.tags { m }"#, "pass"),
        ("while r.flag { break; }", "undecided"),
        (r#"let x = if r.region == "eu" { 1 } else { 2 }; if x == 1 || x == 2 { m }"#, "definite"),
        (r#"if [r.region] == ["eu"] { m }"#, "possible"),
        (r#"if #{a: r.region} == #{a: "eu"} { m }"#, "possible"),
        ("if r.region > 3 { m }", "possible"),
        (r#"if [1,2,r.region].contains("eu") { m }"#, "script"),
        (r#"if ["a",r.region].index_of("eu") >= 0 { m }"#, "possible"),
        (r#"let s = ""; s += r.region; if s == "x" { m }"#, "undecided"),
        (r#"let s = "a" + r.region; if s == "x" { m }"#, "possible"),
        ("if r.pw.len() < 20 { m }", "definite"),
        ("if r.region.len() < 20 { m }", "possible"),
        (r#"if r.n > "3" { m }"#, "script"),
        (r#"if [1,2,r.region].index_of("eu") >= 0 { m }"#, "script"),
        (r#"if r.pw == "hunter2-hunter2" { m }"#, "definite"),
        (r#"if r.pw.to_upper() == "X" { m }"#, "possible"),
        (r#"fail(r, "first"); if r.flag { m }"#, "definite"),
        (r#"if r.n + r.n > 9 { m }"#, "definite"),
        ("if r.ulist[0].x == 1 { m }", "possible"),
        (r#"if !r.ulist.all(|x| x == 1) { m }"#, "possible"),
        (r#"if r.list.common(["x", "y"]).len() == 1 { m }"#, "possible"),
        (r#"if "x" in ["z", "x"].common(r.list) { m }"#, "definite"),
        (r#"if ["x"].common(r.ulist).is_empty() { m }"#, "possible"),
        (r#"if r.ulist.common(["x"]).is_empty() { m }"#, "possible"),
        (
            r#"if ["x"].common(r.mins).is_empty() && r.mins.common(["x"]).is_empty() { m }"#,
            "definite",
        ),
        (r#"if ["x"].common("x").is_empty() { m }"#, "script"),
        (r#"if r.region.matches("eu-*") { m }"#, "possible"),
        (
            r#"if r.region.matches(["eu-*", "us-*"]) || !r.region.matches(["eu-*", "us-*"]) { m }"#,
            "definite",
        ),
        (r#"if r.port.matches([r.region, "4*"]) { m }"#, "definite"),
        (r#"if r.port.matches(r.region) { m }"#, "possible"),
        (r#"if r.mins.matches("*") || r.port.matches(r.mins) { m }"#, "pass"),
        (r#"if [r.mins, r.region, r.port].matches(["443", "80"]) { m }"#, "definite"),
        (r#"if [r.mins, r.region, r.tags.env].mentions("dev") { m }"#, "possible"),
        (r#"if r.list.matches("y") { m }"#, "possible"),
        (r#"if r.ulist.matches("y") { m }"#, "possible"),
        (r#"if r.pw.matches("hunter2-*") && r.pw.mentions("HUNTER2") { m }"#, "definite"),
        (r#"if r.list.some(|x| x.matches("x")) { m }"#, "definite"),
        (r#"if r.port.matches(["44*", 3]) { m }"#, "definite"),
        (r#"if r.port.matches([3]) { m }"#, "script"),
        (r#"if r.n.matches("5") { m }"#, "script"),
        (r#"if r.region.mentions("prod") { m }"#, "possible"),
        (r#"if r.tags.env.mentions(["stage", "Prod"]) { m }"#, "definite"),
        (r#"if r.tags.owner.mentions("prod") && r.n == 6 { m }"#, "pass"),
        (r#"if [r.flag].some(|x| x) { m }"#, "possible"),
        (r#"if r.blk.some(|b| b.zone == "auto" && r.n == 5) { m }"#, "definite"),
        (r#"let l = [1, 2]; if l.all(|x| l.some(|y| x == y)) { m }"#, "script"),
        (r#"if r.ref("region").action() == "create" { m }"#, "possible"),
        (r#"if "x" in r.mins || r.mins.some(|x| x) || r.mins.len() > 0 { m }"#, "pass"),
        ("for x in r.mins { m }", "pass"),
        ("if !(5 in r.list) { m }", "script"),
        (r#"if ["a", r.region].find(|x| x == "eu") != () { m }"#, "possible"),
        (r#"if ["eu", r.region].find(|x| x == "eu") == "eu" { m }"#, "definite"),
        (r#"if [r.region, "eu"].find(|x| x == "eu") == "eu" { m }"#, "definite"),
        (r#"if r.list.find(|x| x == "x") == "x" { m }"#, "definite"),
        (r#"if r.ulist.find(|x| x == "x") == "x" { m }"#, "possible"),
        ("if [1, 2].reduce(|sum, x| sum + x, 0) == 3 { m }", "definite"),
        ("if [1, r.region].reduce(|sum, x| sum + x, 0) == 3 { m }", "possible"),
        (r#"if r.list.index_of("x") == 0 { m }"#, "definite"),
        (r#"if r.list.index_of("y") == 1 { m }"#, "possible"),
        (r#"if r.list.index_of("y") == 0 { m }"#, "pass"),
        (r#"if [r.region, "eu"].index_of("eu") >= 0 { m }"#, "definite"),
        (r#"let l = ["b", "a"]; l.sort(); if l == ["a", "b"] { m }"#, "definite"),
        (r#"if [3, 1].sort()[0] == 1 { m }"#, "definite"),
        (r#"let l = ["b", r.region]; l.sort(); m"#, "undecided"),
        (r#"if ["b", 1].sort().len() == 2 { m }"#, "script"),
        (r#"if r.list.map(|x| x)[1] == "y" { m }"#, "possible"),
        (r#"if ["a", r.region] == ["a", "eu"] { m }"#, "possible"),
        (r#"if ["a", r.region] == ["b", "eu"] { m }"#, "pass"),
        (r#"if ["a", r.region] != ["b", "eu"] { m }"#, "definite"),
        (r#"if [["a", r.region]] == [["a", "eu"]] { m }"#, "possible"),
        (r#"if #{a: [r.region]} != #{a: ["eu"]} { m }"#, "possible"),
        (r#"if ["eu"] in [[r.region]] { m }"#, "possible"),
        (r#"if r.region.trim() == "eu" { m }"#, "possible"),
        (
            r#"let s = r.region; s.replace("a", "b"); if s == "b" && r.region == "a" { m }"#,
            "possible",
        ),
        (r#"let s = " a "; if s.trim() == "a" && s == "a" { m }"#, "definite"),
        (r#"let s = "a/b"; if s.replace("/", "-") == "a-b" { m }"#, "definite"),
        (
            r#"let n = 0; for a in ["x", "y"] { if r.ulist.some(|e| e == a) { n += 1; } } if n == 1 { m }"#,
            "possible",
        ),
        ("if r.mins.find(|x| true) == () && r.mins.index_of(1) == -1 { m }", "definite"),
        (r#"if "aXbX".index_of("X") == 1 && "üX".index_of('X') == 1 { m }"#, "definite"),
        (r#"if "".index_of("") == -1 && "a".index_of("b") == -1 { m }"#, "definite"),
        (r#"if "abc".sub_string(1) == "bc" && "abc".sub_string(-2, 1) == "b" { m }"#, "definite"),
        (r#"if "abc".sub_string(-9, 2) == "ab" && "abc".sub_string(3, 1) == "" { m }"#, "definite"),
        (r#"if "üb".sub_string(1, 99) == "b" && "abc".sub_string(0, -1) == "" { m }"#, "definite"),
        (r#"if "a/b".split("/") == ["a", "b"] && "a-b".split('-').len() == 2 { m }"#, "definite"),
        (r#"if "ab".split("/") == ["ab"] && "".split("") == [""] { m }"#, "definite"),
        (
            r#"if "Ab".to_upper() == "AB" && "Ab".to_lower() == "ab" && 'b' in "ab" { m }"#,
            "definite",
        ),
        (
            r#"let l = [1]; l.push(2); if l.pop() == 2 && l + [3] == [1, 3] && [].pop() == () { m }"#,
            "definite",
        ),
        (r#"let l = #{ a: 1 }; if l.keys() == ["a"] && l.values() == [1] { m }"#, "definite"),
        ("if [1].map(\"len\") == [] { m }", "script"),
        ("if [1].map(r.tags.env) == [] { m }", "script"),
    ];
    for (body, expected) in table {
        let row =
            run(&body.replace("m }", "fail(r, \"m\") }").replace("; m", "; fail(r, \"m\")")).row();
        assert!(row.starts_with(expected), "{body}\n  is {row}\n  not {expected}");
    }
}

/// A plan shows `aws_vpc.main.id` and `"${aws_vpc.main.id}-x"` alike, with the same reference: what
/// may be either is never certain. Made by Terraform.
#[test]
fn what_only_mentions_an_id_is_not_that_id() {
    let plan = include_str!("../../fixtures/_plans/15-equal-references/plan.json");
    let head = r#"fn the(type, name) { resources(type).find(|it| it.name() == name) }"#;
    let table = [
        (r#"the("aws_subnet", "a").vpc_id == the("aws_vpc", "main").id"#, "definite"),
        (r#"the("aws_subnet", "b").vpc_id == the("aws_vpc", "main").id"#, "definite"),
        (r#"the("aws_subnet", "a").vpc_id == the("aws_vpc", "other").id"#, "pass"),
        (r#"the("aws_subnet", "a").vpc_id == "vpc-1""#, "pass"),
        (r#"the("aws_subnet", "a").vpc_id == ()"#, "pass"),
        (r#"the("aws_subnet", "b").map_public_ip_on_launch == true"#, "possible"),
        (r#"the("aws_security_group", "named").name == the("aws_vpc", "main").id"#, "possible"),
        (r#"the("aws_security_group", "named").name != the("aws_vpc", "main").id"#, "possible"),
        (r#"the("aws_security_group", "named").name == "prod""#, "possible"),
        (r#"let it = the("aws_security_group", "named"); it.name == it.description"#, "possible"),
        (
            r#"the("aws_security_group", "named").tags.Network == the("aws_vpc", "main").id"#,
            "possible",
        ),
        (
            r#"the("terraform_data", "whole").input == the("terraform_data", "part").input"#,
            "possible",
        ),
        (r#"the("aws_s3_bucket_versioning", "logs").bucket == "acme-logs""#, "possible"),
        (r#"the("aws_s3_bucket", "logs").id == "acme-logs""#, "possible"),
        (r#"the("aws_s3_bucket", "logs").id == ()"#, "pass"),
        (r#"the("aws_s3_bucket", "logs").id == """#, "pass"),
        (
            r#"the("aws_s3_bucket_versioning", "logs").bucket == the("aws_s3_bucket", "logs").id"#,
            "definite",
        ),
        (r#"the("aws_subnet", "a").id in the("aws_vpc_endpoint", "both").subnet_ids"#, "definite"),
        (r#"the("aws_vpc", "other").id in the("aws_vpc_endpoint", "both").subnet_ids"#, "possible"),
        (
            r#"the("aws_security_group", "named").id in the("aws_vpc_endpoint", "both").security_group_ids"#,
            "definite",
        ),
        (
            r#""sg-0123456789abcdef0" in the("aws_vpc_endpoint", "both").security_group_ids"#,
            "possible",
        ),
        (
            r#"resources("aws_subnet").all(|it| it.id in the("aws_vpc_endpoint", "both").subnet_ids)"#,
            "definite",
        ),
    ];
    for (asked, expected) in table {
        let (first, asked) = asked.rsplit_once("; ").unwrap_or(("", asked));
        let body = format!("{first}; if {asked} {{ fail(r, \"m\") }}");
        let text = format!(
            "const RULE = #{{ id: \"t-t\", summary: \"s\", severity: \"warning\", on: [\"aws_vpc_endpoint\"] }};\n{head}\nfn check(r) {{ {body} }}"
        );
        let row = judge(&load("t.rhai", &text).unwrap(), plan, &Params::default()).row();
        assert!(row.starts_with(expected), "{asked}\n  is {row}\n  not {expected}");
    }
}

#[test]
fn an_unknown_value_is_counted_once() {
    let said = run(r#"if r.region == "a" || r.region == "b" || r.flag == true { fail(r, "m") }"#);
    assert_eq!((said.row().as_str(), said.blind), (r#"possible ["m"]"#, 2));
    assert_eq!(run("if r.n == 5 { }").blind, 0);
    // Every world agrees: nothing kept the rule from an answer.
    assert_eq!(run(r#"if r.region == "a" && r.n == 6 { fail(r, "m") }"#).blind, 0);
}

#[test]
fn many_unknown_values_lose_no_definite_finding() {
    for count in [6, 7, 9, 12] {
        let body: String = (0..count)
            .map(|n| format!("if r.u{n} == \"a\" {{ fail(r, \"u{n}\", \"m{n}\"); }}\n"))
            .collect();
        let said = run(&format!("{body} if r.n == 5 {{ fail(r, \"n\", \"open\"); }}"));
        assert_eq!(said.of(Verdict::Definite), ["open"]);
        assert_eq!(said.of(Verdict::Possible).len(), count, "{}", said.row());
        assert_eq!(said.blind, count);
    }
}

#[test]
fn what_no_sample_contradicts_is_definite_and_what_one_does_is_not() {
    let all: Vec<String> = (0..9).map(|n| format!("r.u{n} == \"a\"")).collect();
    let either =
        run(&format!("if {} || !({}) {{ fail(r, \"m\") }}", all.join(" && "), all.join(" && ")));
    assert_eq!(either.row(), r#"definite ["m"]"#);
    assert_eq!(
        run(&format!("if {} {{ fail(r, \"m\") }}", all.join(" && "))).row(),
        r#"possible ["m"]"#
    );
    assert_eq!(
        run(&format!("if {} {{ fail(r, \"m\") }}", all.join(" || "))).row(),
        r#"possible ["m"]"#
    );
}

#[test]
fn messages_show_neither_unknown_nor_sensitive_values() {
    for (body, expected) in [
        ("fail(r, `pw is ${r.pw}`)", "pw is (sensitive value)"),
        ("fail(r, \"pw \" + r.pw)", "pw (sensitive value)"),
        ("let s = \"pw \"; s += r.pw; fail(r, s)", "pw (sensitive value)"),
        ("fail(r, r.pw)", "(sensitive value)"),
        ("fail(r, r.pw.to_upper())", "(sensitive value)"),
        ("fail(r, r.pw.sub_string(0, 2))", "(sensitive value)"),
        ("fail(r, r.pw.to_string())", "(sensitive value)"),
        ("fail(r, [r.pw].join(\",\"))", "(sensitive value)"),
        ("fail(r, `${[r.pw]}`)", ""),
        ("fail(r, `region is ${r.region}`)", "region is (known after apply)"),
        ("fail(r, r.region)", "(known after apply)"),
        (
            "fail(r, `${r.list} ${r} ${r.mins}`)",
            "[x, (known after apply)] databricks_cluster.a (not set)",
        ),
    ] {
        let said = run(body);
        let row = said.row();
        assert!(!row.contains("hunter2"), "{body}: {row}");
        if !expected.is_empty() {
            assert_eq!(row, format!("definite [{expected:?}]"), "{body}");
        }
    }
}

#[test]
fn errors_show_no_value() {
    for body in [
        "parse_int(r.pw)",
        "parse_int(r.tags.env)",
        "let x = #{}; x[r.tags.env].y.z()",
        "r.tags.env.nosuch()",
        "nosuch(r.pw)",
        "[1][r.port]",
        "r.pw + 1 + nosuch",
        "for x in r.tags.env { }",
        "r.tags.env()",
        "[1].map(r.tags.env)",
        "[1].filter(r.tags.env)",
        "[1].reduce(r.tags.env, 0)",
        "[1].sort(r.tags.env)",
        "[\"a\"].index_of(r.tags.env)",
        "[1].find(r.pw)",
        "[1].dedup(r.tags.env)",
        "[1].drain(r.tags.env)",
        "[1].retain(r.tags.env)",
    ] {
        let text = format!(
            "const RULE = #{{ id: \"t-t\", summary: \"s\", severity: \"warning\", on: [\"databricks_cluster\"] }};\nfn check(r) {{ {body} }}"
        );
        let said = match load("t.rhai", &text) {
            Err(error) => error.to_string(),
            Ok(rule) => judge(&rule, PLAN, &Params::default()).row(),
        };
        for value in ["hunter2", "prod", "443"] {
            assert!(!said.contains(value), "{body}: {said}");
        }
    }
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    for (body, place, said) in [
        (
            "if r.mins { }",
            "3:20: a condition is true or false, and this is not set",
            "`r.flag == true` is",
        ),
        (
            "if r.port { }",
            "3:20: a condition is true or false, and this is something else",
            "compare it",
        ),
        (
            "let x = r.mins * 2;",
            "3:30: `*` cannot be used with nothing and number",
            "(r.num_workers ?? 0) * 2",
        ),
        ("for x in r.tags.env { }", "a text has no elements to loop over", "`split`"),
        ("for x in r.tags { }", "has no elements to loop over", "`keys()`"),
        ("for x in r.n { }", "only lists, arrays and ranges can be looped over", ""),
        (
            "`m ${r.n}`",
            "3:4: `check` gives a message back, which nobody reads",
            "report with `fail(",
        ),
        ("return [\"m\"];", "`check` gives a message back", "fail("),
        ("#{ message: \"m\" };", "`check` gives a message back", "fail("),
        ("fail(r.list, \"m\")", "list of several blocks", "[0]"),
        ("fail(r.mins, \"m\")", "`fail` was given () as its resource", ""),
        (
            "fail(\"tags\", \"m\")",
            "there is no function `fail` for (text, text)",
            "`fail(r, message)`",
        ),
    ] {
        let said_of = run(&body.replace("{ }", "{ fail(r, \"m\"); }"));
        let error = match said_of.result {
            Err(error) => error.message,
            Ok(()) => panic!("{body}: {:?}", said_of.findings),
        };
        assert!(error.contains(place) && error.contains(said), "{body}: {error}");
    }
    // One block is as good as a resource.
    let said = run("fail(r.blk, \"zone\", \"a\"); fail(r.blk, \"b\");");
    let attributes: Vec<&str> = said.findings.iter().map(|(_, it, _)| it.as_str()).collect();
    assert_eq!(attributes, ["blk[0].zone", "blk[0]"]);
    assert_eq!(
        run("if r.blk.get(\"zone\") == \"auto\" { fail(r, \"m\") }").row(),
        r#"definite ["m"]"#
    );
}

#[test]
fn a_number_is_not_compared_with_a_string() {
    for body in [
        "r.port == 443",
        "r.port > 400",
        "443 == r.port",
        "r.n != \"5\"",
        "true == \"true\"",
        "r.port in [443]",
    ] {
        let error = run(&format!("if {body} {{ fail(r, \"m\") }}")).result.unwrap_err();
        assert_eq!(error.kind, FailureKind::Script);
        assert!(error.message.starts_with("t.rhai:3:"), "{}", error.message);
        let help = if body.contains("true") { "== \"true\"`" } else { "parse_int(r.port) == 443" };
        assert!(error.message.contains(help), "{}", error.message);
    }
    assert_eq!(run("if parse_int(r.port) == 443 { fail(r, \"m\") }").row(), r#"definite ["m"]"#);
}

#[test]
fn every_attack_ends_at_a_counted_limit() {
    for (attack, limit) in [
        ("loop { }", "200000 operations"),
        ("while true { let x = 1; }", "200000 operations"),
        ("for i in 0..1000000000 { let x = i; }", "200000 operations"),
        ("check(r)", "16 nested calls"),
        ("let s = \"abcdefgh\"; loop { s += s; }", "string of more than 65536 bytes"),
        ("let a = [1]; loop { a += a; }", "array of more than 1000 elements"),
        ("let a = []; loop { a.push(1); }", "array of more than 1000 elements"),
        ("let a = []; for i in 0..9000 { a = [a]; } a == a", "array of more than 1000 elements"),
        (
            "let a = []; for i in 0..9000 { a = [a]; } a.to_string()",
            "array of more than 1000 elements",
        ),
        ("let s = \"LONG\"; s.replace(\"a\", s);", "string of more than 65536 bytes"),
        (
            "let m = #{}; for i in 0..1000000 { m.set(`k${i}`, i); }",
            "map of more than 1000 entries",
        ),
        ("[0,1,2,3,4,5,6,7,8,9].map(|x| { loop { } })", "200000 operations"),
        ("resources(\"databricks_cluster\").some(|x| { loop { } })", "200000 operations"),
        (
            "let a = []; for i in 0..900 { a.push(i); } let b = a; let c = a; a.all(|x| b.all(|y| c.all(|z| true)))",
            "200000 operations",
        ),
        ("let a = []; for i in 0..900 { a.push(i); } loop { let b = a; }", "200000 operations"),
        (
            "let m = #{}; for i in 0..900 { m.set(`k${i}`, i); } loop { let n = [m]; }",
            "200000 operations",
        ),
        ("let s = \"LONG\"; s.replace('a', s);", "string of more than 65536 bytes"),
        ("let s = \"LONG\"; s.split(\"\")", "array of more than 1000 elements"),
        ("let s = \"LONG\"; [s, s, s].join(s)", "string of more than 65536 bytes"),
        ("let s = \"LONG\"; `${s}${s}`", "string of more than 65536 bytes"),
        ("let m = #{}; for i in 0..2000 { m += #{ a: m }; } m == m", "map of more than"),
        (
            "let a = []; for i in 0..900 { a.push(i); } loop { a.push(1); a.pop(); }",
            "200000 operations",
        ),
        ("let a = []; for i in 0..900 { a.push(i); } loop { a.sort(); }", "200000 operations"),
        ("[1].reduce(|all, x| { loop { } }, 0)", "200000 operations"),
        ("helper(r, 0)", "16 nested calls"),
        ("let s = \"LONG\"; loop { s.contains(\"b\"); }", "200000 operations"),
        ("let s = \"LONG\"; loop { if \"b\" in s { } }", "200000 operations"),
        ("let s = \"LONG\"; loop { s.index_of(\"b\"); s.split(\"b\"); }", "200000 operations"),
        ("let s = \"LONG\"; loop { s.sub_string(9); s.to_upper(); }", "200000 operations"),
        ("let s = \"LONG\"; loop { s.replace(\"b\", \"c\"); }", "200000 operations"),
        ("let s = \"LONG\"; loop { r.get(s); }", "200000 operations"),
        (
            "let s = \".a\"; while s.len() < 30000 { s += s; } loop { r.get(s); }",
            "200000 operations",
        ),
        (
            "let s = \".a\"; while s.len() < 30000 { s += s; } loop { r.ref(s); }",
            "200000 operations",
        ),
        (
            "let a = []; for i in 0..900 { a.push(`${i}`); } loop { a.join(\",\"); }",
            "200000 operations",
        ),
        (
            "let a = []; for i in 0..900 { a.push(`${i}`); } loop { a.find(|x| true); \"x\" in a; }",
            "200000 operations",
        ),
        ("let s = \"LONG\"; [\"\", \"\", \"\"].join(s)", "string of more than 65536 bytes"),
        ("loop { fail(r, \"m\"); }", "1000 findings"),
        (
            "let s = \"a\"; while s.len() < 30000 { s += s; } let a = []; for i in 0..900 { a.push(\"*b*\"); } loop { s.matches(a); }",
            "200000 operations",
        ),
        (
            "let s = \"a b \"; while s.len() < 200 { s += s; } let a = []; for i in 0..900 { a.push(\"b\"); } loop { s.mentions(a); }",
            "200000 operations",
        ),
    ] {
        let said = run_with("fn helper(r, n) { helper(r, n + 1) }", attack);
        let Err(error) = &said.result else { panic!("{attack}: {}", said.row()) };
        assert_eq!(error.kind, FailureKind::Limit, "{attack}: {}", error.message);
        assert!(error.message.contains(limit), "{attack}: {}", error.message);
        assert!(error.message.contains("t-t"), "{attack}: {}", error.message);
    }
}

/// A script must not take the run's memory with it: 256 MiB beside what a harmless one needs for
/// the same plan. In a process of its own, because a limit on memory holds for the whole process.
#[cfg(target_os = "linux")]
#[test]
fn attacks_stay_within_256_mib() {
    const ATTACKS: [&str; 13] = [
        "let m = #{}; for i in 0..1000000 { m.set(`k${i}`, `${i}`); }",
        "let s = \"LONG\"; let m = #{}; for i in 0..1000000 { m.set(`k${i}`, s + i); }",
        "let s = \"LONG\"; let a = []; loop { a.push(s + a.len()); }",
        "let s = \"LONG\"; s.replace(\"a\", s);",
        "let s = \"LONG\"; s.replace('a', s);",
        "let s = \"LONG\"; let a = s.split(\"\"); loop { a += s.split(\"\"); }",
        "let l = resources(\"databricks_cluster\"); loop { let k = l; l = [k, k, k].filter(|x| true); }",
        "let l = r.list; let n = 0; loop { let k = l; n += 1; l = [0].map(|x| [k, n]); }",
        "let u = r.region; loop { u = u + u; }",
        "let s = \"LONG\"; for i in 0..1000000 { resources(s + i); }",
        "let s = \"LONG\"; for i in 0..1000000 { r[s + i]; }",
        "let s = \"LONG\".sub_string(0, 20000); for i in 0..1000000 { if r.region == s + i { } }",
        "let s = \"LONG\"; let a = []; [0].some(|x| a.len() > 0); loop { a.push(s + a.len()); }",
    ];
    const NAME: &str = "BRICKLINT_TEST_ATTACK";
    const HARMLESS: &str = "let x = r.n;";
    if let Ok(attack) = std::env::var(NAME) {
        let said = run(&attack);
        match &said.result {
            Err(error) => assert_eq!(error.kind, FailureKind::Limit, "{attack}"),
            Ok(()) => assert!(said.blind > 0 || attack == HARMLESS, "{attack}"),
        }
        let status = std::fs::read("/proc/self/status").unwrap();
        std::io::Write::write_all(&mut std::io::stdout(), &status).unwrap();
        return;
    }
    let me = std::env::current_exe().unwrap();
    let within = |kib: u64, attack: &str| {
        let limit = format!(
            "ulimit -v {kib}; exec \"$0\" --exact script::tests::attacks_stay_within_256_mib --test-threads 1 --nocapture"
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &limit])
            .arg(&me)
            .env(NAME, attack)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{attack}: {said}");
        said
    };
    let harmless = within(4 << 20, HARMLESS);
    let peak = harmless.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    let needed: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    for attack in ATTACKS {
        within(needed + (256 << 10), attack);
    }
}

#[test]
fn however_long_all_worlds_take_no_definite_finding_is_lost() {
    // Six answers, 64 worlds of some 60,000 operations; what is found before, between, behind.
    let asks: String = (0..6).map(|n| format!("let x{n} = r.u{n} == 1; ")).collect();
    let takes_long = "for i in 0..20000 { let x = i; }";
    for body in [
        format!("fail(r, \"m\"); {asks} {takes_long}"),
        format!("{asks} fail(r, \"m\"); {takes_long}"),
        format!("{asks} {takes_long} fail(r, \"m\");"),
        format!("{asks} {takes_long} if x0 || !x0 {{ fail(r, \"m\"); }}"),
    ] {
        assert_eq!(run(&body).row(), r#"definite ["m"]"#, "{body}");
    }
    let said = run(&format!(
        "{asks} {takes_long} if x0 && x1 {{ fail(r, \"n\", \"some\"); }} fail(r, \"m\");"
    ));
    assert_eq!(said.row(), r#"definite ["m"] possible ["some"]"#);
    // Nine answers: the sample.
    let asks: String = (0..9).map(|n| format!("let x{n} = r.u{n} == 1; ")).collect();
    let said = run(&format!("{asks} for i in 0..2000 {{ let x = i; }} fail(r, \"m\");"));
    assert_eq!(said.row(), r#"definite ["m"]"#);
}

#[test]
fn worlds_that_can_show_nothing_definite_are_not_all_tried() {
    use super::world::{Fail, Run, explore};
    // How many worlds are run where all of them take too long, and what they say of one finding.
    let tried = |count: usize, finds: fn(&[bool]) -> bool| {
        let mut worlds = 0;
        let verdicts = explore::<()>(|mut oracle| {
            worlds += 1;
            let answers: Vec<bool> =
                (0..count).map_while(|n| oracle.answer(&n.to_string(), "?")).collect();
            let fail = Fail { id: 0, attribute: None, written: None, message: String::new() };
            let fails = if finds(&answers) { vec![fail] } else { Vec::new() };
            Ok(Run { oracle, fails, undecided: false, exhausted: true, tainted: false })
        })
        .unwrap();
        assert!(
            verdicts.blind || verdicts.answers.iter().all(|it| it.tri == crate::plan::Tri::Yes)
        );
        (worlds, verdicts.answers.len())
    };
    assert_eq!(tried(6, |_| false), (1, 0));
    assert_eq!(tried(6, |_| true), (64, 1));
    assert_eq!(tried(6, |answers| !answers[5]), (2, 1));
    // One overflow, none and all, nine flips of each, 64 pseudo-random ones.
    assert_eq!(tried(9, |_| true), (1 + 2 + 18 + 64, 1));
    assert_eq!(tried(9, |answers| answers.is_empty()), (2, 0));
}

#[test]
fn nothing_reaches_outside() {
    for body in [
        "eval(\"1\")",
        "import \"x\" as y;",
        "print(\"x\")",
        "debug(\"x\")",
        "sleep(3)",
        "exit(1)",
        "timestamp()",
        "try { r.x } catch { }",
        "switch r.n { _ => 1 }",
        "throw r.pw",
        "Fn(\"sleep\").call(3)",
        "Fn(r.pw)",
        "open(\"/etc/passwd\")",
        "call(\"x\")",
    ] {
        let text = format!(
            "const RULE = #{{ id: \"t-t\", summary: \"s\", severity: \"warning\", on: [\"databricks_cluster\"] }};\nfn check(r) {{ {body} }}"
        );
        match load("t.rhai", &text) {
            Err(error) => assert_eq!(error.at.line, 2, "{body}: {error}"),
            Ok(rule) => {
                let error = judge(&rule, PLAN, &Params::default()).result.unwrap_err();
                assert!(
                    error.message.contains("there is no function"),
                    "{body}: {}",
                    error.message
                );
            }
        }
    }
}

#[test]
fn only_functions_of_the_manual_can_be_called() {
    for (body, said, help) in [
        ("[1].find_map(|x| x)", "2:19: there is no function `find_map`", "use `map` and `find`"),
        (
            "if r.x == 1 { r.reff(\"a\") }",
            "2:31: there is no function `reff`",
            "did you mean `ref`?",
        ),
        ("r.cluster_name()", "there is no function `cluster_name`", "write it without `()`"),
        ("let s = \"\"; s.pad(9, \"x\")", "there is no function `pad`", "make another"),
        ("[1].dedup()", "there is no function `dedup`", "use `filter`"),
        ("[1].find(|x| true, 1)", "there is no function `find` with 2 arguments", "|x| …"),
        (
            "fail(r)",
            "`fail` with 1 argument",
            "`fail(r, message)` or `fail(r, attribute, message)`",
        ),
        ("helper(r, 1)", "2:15: `helper` takes 1 argument, and not 2", ""),
        ("[1].map(|x| helper())", "`helper` takes 1 argument, and not 0", ""),
        ("hepler(r)", "there is no function `hepler`", "did you mean `helper`?"),
        ("test_x()", "`test_x` is a test, which is no part of the rule", "another name"),
        ("r.x == unknown()", "there is no function `unknown`", "starts with `test_`"),
    ] {
        let text = format!(
            "const RULE = #{{ id: \"t-t\", summary: \"s\", severity: \"warning\", on: [\"databricks_cluster\"] }};\nfn check(r) {{ {body} }} fn helper(r) {{ r }}\nfn test_x() {{ let x = unknown(); }}"
        );
        let error = load("t.rhai", &text).err().map(|error| error.to_string()).unwrap();
        assert!(error.contains(said) && error.contains(help), "{body}: {error}");
    }
    // What is wrong with a test is said by `bricklint test`, and keeps nobody from `check`.
    let rule = script("", "} fn test_x() { nosuch();");
    assert!(rule.compile_defaults().is_ok());
}

#[test]
fn what_cannot_be_meant_is_told_from_the_text() {
    let text = |on: &str, body: &str| {
        format!(
            "const RULE = #{{ id: \"t-t\", summary: \"s\", severity: \"warning\", on: [{on}] }};\nconst PARAMS = #{{ most: 4 }};\nfn check(r) {{ {body}; let x = PARAMS.most; }}\nfn workers(it) {{ it.num_wrokers }}"
        )
    };
    let job = "\"databricks_job\"";
    for (on, body, expected) in [
        (job, "r.tasks", "3:17: `databricks_job` has no attribute `tasks`: did you mean `task`?"),
        (
            job,
            "if r.name == 1 { for it in r.task { workers(it.new_cluster) } }",
            "4:21: `databricks_job` has no attribute `task.new_cluster.num_wrokers`: did you mean `num_workers`?",
        ),
        (job, "fail(r, \"nmae\", \"m\")", "`databricks_job` has no attribute `nmae`: did"),
        (
            job,
            "resources(\"aws_subnet\").some(|it| it.vpcid == 1)",
            "`aws_subnet` has no attribute `vpcid`: did you mean `vpc_id`?",
        ),
        (job, "r.address", "has no attribute `address`: it is a method: write `address()`"),
        (
            "\"databricks_jb\"",
            "",
            "1:68: no provider has the type `databricks_jb`: did you mean `databricks_job`?",
        ),
        (
            job,
            "resources(\"aws_subnets\")",
            "3:25: no provider has the type `aws_subnets`: did you mean `aws_subnet` or `data.aws_subnets`?",
        ),
        (job, "data_sources(\"aws_subnetz\")", "did you mean `data.aws_subnet`?"),
        (job, "resources(\"aws_nothing_like_it\")", "where it is newer than bricklint"),
        (job, "resources(\"data.aws_vpc\")", "write `data_sources(\"aws_vpc\")`"),
        (job, "r.ref(\"run_as\", \"databricks_usr\")", "did you mean `databricks_user`?"),
        (job, "r.waits_for(r, \"time_slep\")", "did you mean `time_sleep`?"),
        (
            job,
            "r.ref(r.job_cluster)",
            "`ref` takes the name of an attribute: write it in quotes: `ref(\"job_cluster\")`",
        ),
        (job, "fail(r, \"is ${r.name}\")", "this message shows `${…}` as it stands"),
        // What may be something else, or is no attribute of a provider, is not judged.
        (job, "r.name; r.tags.whatever; r.task.new_cluster.custom_tags.X", ""),
        ("\"databricks_job\", \"databricks_cluster\"", "r.spark_version ?? r.task", ""),
        ("\"azurerm_subnet\"", "r.whatever.it.was; resources(\"acme_thing\")", ""),
        (job, "let x = if r.name == 1 { r.task } else { r.get(r.name + PARAMS.most) }; x.no", ""),
        (job, "let it = r; it = r.task; it.whatever", ""),
        (job, "fail(r, `is ${r.name}`); r.ref(\"job\" + r.name); r.get(PARAMS.most)", ""),
    ] {
        let rule = load("t.rhai", &text(on, body)).unwrap();
        let said: Vec<String> = super::absent::mistakes(&rule, &[], &Default::default())
            .iter()
            .map(ToString::to_string)
            .collect();
        match expected {
            "" => assert!(said.is_empty(), "{body}: {said:?}"),
            expected => {
                assert!(said.len() == 1 && said[0].contains(expected), "{body}: {said:#?}");
            }
        }
    }
}

#[test]
fn a_constant_is_asked_only_for_what_it_has() {
    let head = "const PARAMS = #{ most: 4, teams: [\"a\"] };\nconst BY = #{ dev: 1 };\n";
    let text = |body: &str| {
        format!(
            "const RULE = #{{ id: \"t-t\", summary: \"s\", severity: \"warning\", on: [\"databricks_job\"] }};\n{head}fn check(r) {{ {body} }} fn f(PRAMS) {{ PRAMS.x }} fn test_x() {{ PARAMS.nosuch }}"
        )
    };
    for (body, expected) in [
        ("PARAMS.mots", "4:22: `PARAMS` has no `mots`: did you mean `most`?"),
        ("r.a.some(|it| it > PARAMS[\"mots\"])", "`PARAMS` has no `mots`"),
        ("if r.a { PARAMS.team.len() }", "`PARAMS` has no `team`: did you mean `teams`?"),
        ("BY.production", "`BY` has no `production`: it has dev"),
    ] {
        let error = load("t.rhai", &text(body)).err().unwrap().to_string();
        assert!(error.contains(expected), "{body}: {error}");
    }
    for (body, unused) in [
        ("PARAMS.most", &["teams"][..]),
        ("PARAMS.teams[0].len() + PARAMS[\"most\"]", &[]),
        ("let it = PARAMS;", &[]),
        ("PARAMS[r.name]", &[]),
        ("let BY = r; BY.whatever", &["most", "teams"]),
    ] {
        let rule = load("t.rhai", &text(body)).unwrap();
        assert_eq!(rule.doubts().unused, unused, "{body}");
    }
}

/// What somebody decided about each function that Rhai brings. A new version that brings more, or
/// the same with other arguments, changes the list, and with it this test: read what is new, and
/// then `cargo bless`.
#[test]
fn every_function_of_rhai_is_decided() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/script/rhai.txt");
    let functions = super::sandbox::functions_of_rhai();
    let list: String = functions.iter().map(|it| format!("{it}\n")).collect();
    if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
        std::fs::write(&path, &list).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let diff = similar::TextDiff::from_lines(known.as_str(), list.as_str());
    assert!(known == list, "{}", diff.unified_diff());
    for it in functions {
        let asks = ["FnPtr", "Dynamic"].iter().any(|type_| it.contains(type_));
        let puts = ["push", "set", "to_string", "to_debug", "name"]
            .iter()
            .any(|name| it.starts_with(&format!("as it is: {name}(")));
        assert!(!it.starts_with("as it is") || !asks || puts, "{it}: would ask a value itself");
    }
}

#[test]
fn deep_sources_are_refused() {
    for deep in [
        "(".repeat(100_000),
        "[".repeat(100_000),
        "!".repeat(100_000),
        "`${".repeat(100_000),
        format!("1{}", "+1".repeat(100_000)),
        "if true { ".repeat(100_000),
        "/*".repeat(100_000),
        "|x| ".repeat(100_000),
        "f(".repeat(100_000),
        "#{a:".repeat(100_000),
        "-".repeat(100_000),
        "{".repeat(100_000),
        "while true {".repeat(100_000),
        "for x in ".repeat(100_000),
        "if a {} else ".repeat(100_000),
        "a[".repeat(100_000),
        format!("a{}", ".a".repeat(100_000)),
        format!("a{}", "[0]".repeat(100_000)),
        format!("1{}", " ?? 1".repeat(100_000)),
        "return ".repeat(100_000),
        "let a = ".repeat(100_000),
    ] {
        assert!(load("t.rhai", &format!("fn check(r) {{ {deep} }}")).is_err());
    }
}

#[test]
fn constants_and_parameters_are_seen_in_functions_and_closures() {
    let head = "const MOST = 4;\nconst NAMES = [\"a\", \"c\"];\nconst PARAMS = #{\n  // How many\n  // are fine.\n  most: 4,\n  name: \"x\",\n  flag: true,\n  names: [\"a\"],\n};";
    let rule = script(
        head,
        "if r.n > MOST && r.name in NAMES && [5].some(|x| x > PARAMS.most) { fail(r, `${PARAMS.name}`) }",
    );
    let params = &rule.meta().params;
    let shown: Vec<String> = params
        .iter()
        .map(|it| format!("{} {} {}", it.name, it.default.type_name(), it.doc))
        .collect();
    assert_eq!(
        shown,
        [
            "most integer How many are fine.",
            "name string ",
            "flag boolean ",
            "names list of strings "
        ]
    );
    let mut params = Params::defaults(params);
    assert_eq!(judge(&rule, PLAN, &params).row(), r#"definite ["x"]"#);
    params.set("name", ParamValue::Text("y".into()));
    assert_eq!(judge(&rule, PLAN, &params).row(), r#"definite ["y"]"#);
    params.set("most", ParamValue::Int(5));
    assert_eq!(judge(&rule, PLAN, &params).row(), "pass");
    for body in [
        "if PARAMS.names.some(|it| it == r.region) && MOST.max(3) == 4 { fail(r, \"m\") }",
        "if [1].some(|n| PARAMS.names.contains(r.region) && PARAMS.names[0].len() == n) { fail(r, \"m\") }",
    ] {
        assert_eq!(run_with(head, body).row(), r#"possible ["m"]"#, "{body}");
    }
}

#[test]
fn parameters_say_what_they_may_be() {
    let head = "const PARAMS = #{\n most: #{ value: 4, min: 1, max: 9 },\n tier: #{ value: \"dev\", one_of: [\"dev\", \"prod\"] },\n any: #{ value: true },\n homes: #{ value: [], form: \"region\" },\n};";
    let rule = script(head, "if r.n > PARAMS.most { fail(r, PARAMS.tier) }");
    let words: Vec<String> = rule.meta().params.iter().map(|it| it.allowed.words()).collect();
    let wanted = [
        "between 1 and 9",
        "one of dev, prod",
        "",
        "the name of an AWS region, such as eu-central-1",
    ];
    assert_eq!(words, wanted);
    let params = Params::defaults(&rule.meta().params);
    assert_eq!(judge(&rule, PLAN, &params).row(), r#"definite ["dev"]"#);
}

#[test]
fn constants_start_chains_of_calls() {
    let head =
        "const NAMES = [\"a\", \"c\"];\nconst PARAMS = #{ names: [\"a\", \"b\"], name: \"ab\" };";
    for (expression, expected) in [
        ("PARAMS.names.join(\" \")", "a b"),
        ("NAMES.join(\" \")", "a c"),
        ("NAMES[1]", "c"),
        ("PARAMS.names[1].to_upper()", "B"),
        ("PARAMS.name.len()", "2"),
        ("[1].map(|x| NAMES.map(|y| y + x)).len()", "1"),
        ("NAMES.filter(|x| PARAMS.names.some(|y| x == y)).len()", "1"),
        ("helper()", "true"),
    ] {
        let said = run_with(
            &format!(
                "{head}\nfn helper() {{ NAMES.contains(\"c\") && PARAMS.names.all(|x| x != \"c\") }}"
            ),
            &format!("fail(r, {expression})"),
        );
        assert_eq!(said.row(), format!("definite [{expected:?}]"), "{expression}");
    }
    let said = run_with(head, "let NAMES = [\"z\"]; fail(r, NAMES.join(\"\"))");
    assert_eq!(said.row(), r#"definite ["z"]"#);
}

#[test]
fn metadata_is_checked_where_it_stands() {
    let ok = "id: \"t-t\", summary: \"s\", severity: \"warning\", on: [\"x_y\"]";
    let cases = [
        ("", "fn check(r) { }", "1:1: the script has no `const RULE"),
        (
            "id: \"t\", ids: 1",
            "fn check(r) { }",
            "2:12: `RULE` has no key `ids`; did you mean `id`?",
        ),
        ("id: \"t\"", "fn check(r) { }", "1:1: `RULE` lacks `summary`"),
        (
            "id: \"T_t\", summary: \"s\", severity: \"error\", on: [\"x\"]",
            "fn check(r) { }",
            "2:3: the id `T_t` is not in kebab case",
        ),
        (
            "id: 5, summary: \"s\", severity: \"error\", on: [\"x\"]",
            "fn check(r) { }",
            "2:3: `id` must be a string",
        ),
        (
            "id: \"t\", summary: \"s\", severity: \"fatal\", on: [\"x\"]",
            "fn check(r) { }",
            "2:26: `severity` must be one of note, warning, error, and not `fatal`",
        ),
        (
            "id: \"t\", summary: \"s\", severity: \"error\", on: []",
            "fn check(r) { }",
            "2:45: `on` must be a list",
        ),
        (
            "id: \"t\", summary: \"s\", severity: \"error\", on: \"x\"",
            "fn check(r) { }",
            "2:45: `on` must be a list",
        ),
        (ok, "fn chek(r) { }", "1:1: the script has no `fn check(r)`"),
        (ok, "fn check() { }", "3:4: `check` takes one parameter"),
        (ok, "let x = 1; fn check(r) { }", "3:4: only `const` and `fn`"),
        (ok, "const X = f(); fn check(r) { }", "the value of `X` is no literal"),
        (ok, "const PARAMS = #{ a: 1.5 }; fn check(r) { }", "the default of `a` must be"),
        (ok, "const PARAMS = #{ enabled: 1 }; fn check(r) { }", "cannot be called `enabled`"),
        (
            ok,
            "const PARAMS = #{ a: #{ dev: 1 } }; fn check(r) { }",
            "`a` has no `dev`; it has value,",
        ),
        (ok, "const PARAMS = #{ a: #{ vlaue: 1 } }; fn check(r) { }", "did you mean `value`?"),
        (ok, "const PARAMS = #{ a: #{ min: 1 } }; fn check(r) { }", "the default of `a` must be"),
        (
            ok,
            "const PARAMS = #{ a: #{ value: 5, min: \"1\" } }; fn check(r) { }",
            "`min` of `a` is a whole number",
        ),
        (
            ok,
            "const PARAMS = #{ a: #{ value: \"x\", max: 1 } }; fn check(r) { }",
            "`max` of `a` is a whole number",
        ),
        (
            ok,
            "const PARAMS = #{ a: #{ value: 5, min: 6 } }; fn check(r) { }",
            "is to be at least 6, not 5",
        ),
        (
            ok,
            "const PARAMS = #{ a: #{ value: 5, one_of: [\"x\"] } }; fn check(r) { }",
            "`one_of` of `a` is a list of strings",
        ),
        (
            ok,
            "const PARAMS = #{ a: #{ value: [\"y\"], one_of: [\"x\"] } }; fn check(r) { }",
            "is to be one of x, not \"y\"",
        ),
        (
            ok,
            "const PARAMS = #{ a: #{ value: [], form: \"ip\" } }; fn check(r) { }",
            "`form` of `a` is one of \"name\", \"address\", \"pair\", \"port\", \"region\", and",
        ),
        (
            ok,
            "const PARAMS = #{ a: #{ value: 443, form: \"port\" } }; fn check(r) { }",
            "and its default strings of that form",
        ),
        (
            ok,
            "const PARAMS = #{ a: #{ value: [\"https\"], form: \"port\" } }; fn check(r) { }",
            "is to be a port from 0 to 65535, such as \"443\", not \"https\"",
        ),
        (
            ok,
            "const PARAMS = #{ a: #{ value: \"1\", form: \"port\", one_of: [\"1\"] } }; fn check(r) { }",
            "`a` has `one_of` and `form`",
        ),
        (ok, "fn check(r) { let m = #{}; m[r.x] = 1; }", "write `map.set(key, value)`"),
        (ok, "fn check(r) { let m = #{}; m.a[r.x].b += 1; }", "write `map.set(key, value)`"),
        (ok, "fn check(r) { let x = 1; let f = || x; }", "a closure that uses a variable"),
        (
            ok,
            "fn keep(f) { f } fn check(r) { let x = 1; keep(|| x); }",
            "a closure that uses a variable",
        ),
        (ok, "fn check(r) { let x = 1; r.a.push(|| x); }", "a closure that uses a variable"),
        (ok, "fn check(r) { let x = 1; r.a.map(|y| || x); }", "a closure that uses a variable"),
        (ok, "fn map(f) { f } fn check(r) { }", "`map` is the name of a method"),
        (ok, "fn check(r) { try { } }", "`try` is a word of Rhai"),
        (ok, "fn check(r) { if r.default { } }", "r[\"default\"]"),
        (ok, "fn check(r) { ", "3:"),
    ];
    for (rule, rest, expected) in cases {
        let rule = if rule.is_empty() {
            String::new()
        } else {
            format!("const RULE = #{{\n  {rule}\n}};")
        };
        let text = if rule.is_empty() { rest.to_owned() } else { format!("{} {rest}", rule) };
        match load("t.rhai", &text) {
            Ok(_) => panic!("{text}"),
            Err(error) => {
                let said = error.to_string();
                assert!(
                    said.starts_with("t.rhai:") && said.contains(expected),
                    "{said}\n{expected}"
                );
            }
        }
    }
    let typo = script("", "fail(r, nosuch)");
    assert!(typo.compile_defaults().unwrap_err().to_string().contains("nosuch"));
}

#[test]
fn one_failing_resource_hides_no_finding_of_another() {
    let plan = PLAN.replace(
        "\"resource_changes\":[",
        "\"resource_changes\":[{\"address\":\"databricks_cluster.z\",\"mode\":\"managed\",\"type\":\"databricks_cluster\",\"name\":\"z\",\"change\":{\"actions\":[\"create\"],\"before\":null,\"after\":{\"n\":\"5\"},\"after_unknown\":{},\"after_sensitive\":{}}},",
    );
    let said =
        judge(&script("", "if r.n == 5 { fail(r, \"n\", \"m\") }"), &plan, &Params::default());
    assert_eq!(said.of(Verdict::Definite), ["m"]);
    let error = said.result.unwrap_err();
    assert!(error.message.contains("on databricks_cluster.z"), "{}", error.message);
}

#[test]
fn methods_are_ours_and_properties_are_terraforms() {
    for (expression, expected) in [
        ("r.address()", "databricks_cluster.a"),
        ("r.type()", "databricks_cluster"),
        ("r.name()", "a"),
        ("r.name", "c"),
        ("r.action()", "create"),
        ("r.unit()", "u"),
        ("r.tag", "(not set)"),
        ("r.before()", "(not set)"),
        ("r.before().n", "(not set)"),
        ("r.after().n", "5"),
        ("r.provider()", "(not set)"),
        ("r.region()", "(known after apply)"),
        ("r.tags.keys().join(\" \")", "env owner"),
        ("resources(\"databricks_cluster\").len()", "1"),
        ("resources(\"databricks_cluster\")[0].n", "5"),
        ("resources(\"x\").len()", "0"),
        ("r.list[0] + r.list[7]", "x(not set)"),
        ("r.list.map(|x| x).filter(|x| x == \"x\")[0]", "x"),
        ("r.n.to_string() + r.port.to_upper()", "5443"),
        ("[3, 1].len()", "2"),
    ] {
        let said = run(&format!("fail(r, {expression})"));
        let message = said.findings.first().map(|(.., message)| message.as_str());
        assert_eq!(message, Some(expected), "{expression}: {}", said.row());
    }
}

#[test]
fn attributes_are_spelt_as_findings_spell_them() {
    let said = run(
        r#"fail(r, "blk.zone", "a"); fail(r.blk[0], "zone", "b"); fail(r.tags, "c"); fail(r, "d");"#,
    );
    let attributes: Vec<&str> = said.findings.iter().map(|(_, it, _)| it.as_str()).collect();
    assert_eq!(attributes, ["blk[0].zone", "blk[0].zone", "tags", ""]);
}

#[test]
fn shipped_policies_load_and_compile() {
    let shipped = super::shipped();
    assert_eq!(shipped.len(), super::shipped::SHIPPED.len());
    for rule in &shipped {
        rule.compile_defaults().unwrap();
        let meta = rule.meta();
        assert_eq!(meta.file, format!("rules/{}.rhai", meta.id));
        assert!(meta.id.starts_with("org-") && meta.params.iter().all(|it| !it.doc.is_empty()));
        for section in ["What it does", "Why is this bad?", "How to fix it", "What it cannot see"] {
            assert!(meta.docs().contains(&format!("## {section}\n")), "{}: {section}", meta.id);
        }
    }
}

#[test]
fn shipped_policies_are_read_without_their_tests() {
    for (rule, (path, text)) in super::shipped().iter().zip(super::shipped::SHIPPED) {
        let whole = load(path, text).unwrap();
        assert!(whole.end() < text.len(), "{path}: something stands behind the tests");
        assert_eq!(
            (rule.end(), rule.text(), rule.digest()),
            (whole.end(), whole.text(), whole.digest())
        );
        assert_eq!(rule.meta().docs(), whole.meta().docs());
    }
}

#[test]
fn what_stands_behind_tests_runs() {
    let test = "fn test_it() {\n    [1].map(|x| x);\n    #{ plan: #{}, expect: [] }\n}\n";
    let head = "const RULE = #{ id: \"own-it\", summary: \"s\", severity: \"error\", on: [\"aws_vpc\"] };\n";
    let check = "fn check(r) { if own(r) { fail(r, \"m\") } }\n";
    let own = "fn own(r) { true }\n";
    let end = |parts: &[&str]| {
        let text = parts.concat();
        let rule = load("own-it.rhai", &text).unwrap();
        rule.compile_defaults().unwrap();
        text[rule.end()..].trim().to_owned()
    };
    assert_eq!(end(&[head, check, own, test]), test.trim());
    assert_eq!(end(&[head, check, test, own]), "");
    assert_eq!(end(&[head, check, own, "/*\nfn test_it() {}\n*/\n"]), "");
    assert_eq!(end(&[head, check, own]), "");
}

#[test]
fn causes_are_those_of_the_values() {
    let rule = script("", "if r.region == \"x\" { fail(r, \"m\") }");
    let plan = Plan::parse("u", "p", DocumentKind::Plan, PLAN.to_owned()).unwrap();
    let graph = Arc::new(Graph::new(plan));
    let scope = Scope::new(&graph, Side::Planned);
    let mut out = Findings::new(rule.meta(), Side::Planned);
    PlanJudge::judge(&rule, &PlanCx::new(&scope, &Params::default()), &mut out).unwrap();
    let causes: Vec<_> = scope.close().into_iter().map(|(_, note)| note.cause).collect();
    assert_eq!(causes, [Cause::Apply]);
}

#[test]
fn directories_are_read_in_order_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let error = super::directory(dir.path()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("no script"), "{error}");
    assert!(super::directory(&dir.path().join("none")).is_err());
    let write = |name: &str, id: &str| {
        let text = format!(
            "const RULE = #{{ id: \"{id}\", summary: \"s\", severity: \"note\", on: [\"x\"] }}; fn check(r) {{ }}"
        );
        std::fs::write(dir.path().join(name), text).unwrap();
    };
    write("b.rhai", "acme-b");
    write("a.rhai", "acme-a");
    write("c.txt", "acme-c");
    let catalog = || crate::catalog::with_scripts(&[dir.path().to_owned()], false);
    let ids: Vec<String> =
        super::directory(dir.path()).unwrap().iter().map(|it| it.meta().id.to_string()).collect();
    assert_eq!(ids, ["acme-a", "acme-b"]);
    assert_eq!(catalog().unwrap().len(), crate::catalog::shipped().len() + 2);
    write("d.rhai", "acme-a");
    let error = catalog().map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("a.rhai"), "{error}");
    write("d.rhai", "org-required-tags");
    let error = catalog().map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("rules/org-required-tags.rhai"), "{error}");
}

/// What `expect.json` lists of a fixture, and what is found, as lines; and what must be listed
/// neither way.
fn fixture(dir: &std::path::Path, rule: &ScriptRule) -> (Vec<String>, Vec<String>) {
    let text = std::fs::read_to_string(dir.join("plan.json")).unwrap();
    let expect: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(dir.join("expect.json")).unwrap()).unwrap();
    let undecided = expect["undecided"].as_array().cloned().unwrap_or_default();
    let plan = Plan::parse("plan", "plan.json", DocumentKind::Plan, text).unwrap();
    let graph = Arc::new(Graph::new(plan));
    let scope = Scope::new(&graph, Side::Planned);
    let mut out = Findings::new(rule.meta(), Side::Planned);
    let mut params = Params::defaults(&rule.meta().params);
    for (name, value) in expect["config"].as_object().into_iter().flatten() {
        params.set(name, setting(value));
    }
    PlanJudge::judge(rule, &PlanCx::new(&scope, &params), &mut out).unwrap();
    let mut found: Vec<String> = out
        .finish()
        .reported
        .into_iter()
        .map(|it| it.finding)
        .filter(|it| !undecided.iter().any(|address| address == it.place.address.as_str()))
        .map(|it| {
            let attribute = it.place.attribute.unwrap_or_default();
            format!("{} {attribute} {}", it.place.address, it.verdict.as_str())
        })
        .collect();
    let word = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap().to_owned();
    let mut wanted: Vec<String> = expect["expect"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!("{} {} {}", word(it, "address"), word(it, "attribute"), word(it, "verdict"))
        })
        .collect();
    found.sort();
    wanted.sort();
    (wanted, found)
}

fn setting(value: &serde_json::Value) -> ParamValue {
    use serde_json::Value;
    match value {
        Value::Bool(flag) => ParamValue::Bool(*flag),
        Value::Number(number) => ParamValue::Int(number.as_i64().unwrap()),
        Value::String(text) => ParamValue::Text(text.clone().into()),
        Value::Array(list) => ParamValue::Texts(
            list.iter().map(|it| it.as_str().unwrap().to_owned().into()).collect(),
        ),
        other => panic!("{other} is no setting"),
    }
}

fn fixtures() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[test]
fn shipped_policies_find_what_their_fixtures_list() {
    for rule in super::shipped() {
        for case in ["bad", "good", "unknown"] {
            let dir = fixtures().join(&*rule.meta().id).join(case);
            let (wanted, found) = fixture(&dir, &rule);
            assert_eq!(found, wanted, "{}/{case}", rule.meta().id);
        }
    }
}

/// Nothing happens to `same`; the others are in one world alone, or otherwise in each.
const CHANGES: &str = r#"{"format_version":"1.2","resource_changes":[
  {"address":"databricks_cluster.same","mode":"managed","type":"databricks_cluster","name":"same","provider_name":"p","change":{"actions":["no-op"],
   "before":{"id":"1","name":"a","n":5,"policy_id":"9","tags":{"env":"prod"},"blk":[{"zone":"auto"}],"list":["x"],"pw":"hunter2-hunter2"},
   "after":{"id":"1","name":"a","n":5,"policy_id":"9","tags":{"env":"prod"},"blk":[{"zone":"auto"}],"list":["x"],"pw":"hunter2-hunter2"},
   "after_unknown":{"tags":{},"blk":[{}],"list":[false]},"before_sensitive":{"pw":true},"after_sensitive":{"pw":true,"tags":{}}}},
  {"address":"databricks_cluster.updated","mode":"managed","type":"databricks_cluster","name":"updated","change":{"actions":["update"],
   "before":{"id":"2","name":"a","n":5,"policy_id":"9","tags":{"env":"dev"}},"after":{"id":"2","name":"a","n":6,"policy_id":"9","tags":{"env":"prod"}},
   "after_unknown":{},"before_sensitive":{},"after_sensitive":{}}},
  {"address":"databricks_cluster.new","mode":"managed","type":"databricks_cluster","name":"new","change":{"actions":["create"],
   "before":null,"after":{"name":"a","n":5},"after_unknown":{"id":true,"policy_id":true},"after_sensitive":{}}},
  {"address":"databricks_cluster.gone","mode":"managed","type":"databricks_cluster","name":"gone","change":{"actions":["delete"],
   "before":{"id":"4","name":"a","n":5},"after":null,"after_unknown":{},"before_sensitive":{}}},
  {"address":"databricks_cluster_policy.same","mode":"managed","type":"databricks_cluster_policy","name":"same","change":{"actions":["no-op"],
   "before":{"id":"9","name":"small"},"after":{"id":"9","name":"small"},"after_unknown":{},"before_sensitive":{},"after_sensitive":{}}},
  {"address":"time_sleep.new","mode":"managed","type":"time_sleep","name":"new","change":{"actions":["create"],
   "before":null,"after":{},"after_unknown":{"id":true},"after_sensitive":{}}}],
  "configuration":{"provider_config":{"aws":{"name":"aws","expressions":{"region":{"constant_value":"eu-west-1"}}}},"root_module":{"resources":[
   {"address":"databricks_cluster.same","mode":"managed","type":"databricks_cluster","name":"same","provider_config_key":"aws","expressions":{"policy_id":{"references":["databricks_cluster_policy.same.id","databricks_cluster_policy.same"]}}},
   {"address":"databricks_cluster.updated","mode":"managed","type":"databricks_cluster","name":"updated","provider_config_key":"aws","expressions":{"policy_id":{"references":["databricks_cluster_policy.same.id","databricks_cluster_policy.same"]}}}]}}}"#;

/// What a rule reports in the world before: when it is asked everything, and when it is asked
/// only what the planned world did not settle.
fn before(rule: &ScriptRule, plan: &str, params: &Params) -> [Vec<String>; 2] {
    let plan = Plan::parse("u", "p", DocumentKind::Plan, plan.to_owned()).unwrap();
    let graph = Arc::new(Graph::new(plan));
    let judge = |side, settled: &BTreeSet<ResId>| {
        let scope = Scope::new(&graph, side);
        let mut out = Findings::new(rule.meta(), side);
        let cx = PlanCx::new(&scope, params).with_settled(settled);
        drop(PlanJudge::judge(rule, &cx, &mut out));
        out.finish()
    };
    let lines = |reported: Vec<crate::lint::Reported>| {
        let line = |it: crate::lint::Reported| {
            let (finding, verdict) = (&it.finding, it.finding.verdict.as_str());
            format!(
                "{} {} {verdict} {}",
                finding.place.address, finding.fingerprint, finding.message
            )
        };
        let mut lines: Vec<String> = reported.into_iter().map(line).collect();
        lines.sort();
        lines
    };
    let planned = judge(Side::Planned, &BTreeSet::new());
    let all = judge(Side::Prior, &BTreeSet::new()).reported;
    let mut rest = judge(Side::Prior, &planned.settled).reported;
    rest.extend(planned.reported.into_iter().filter(|it| it.in_both));
    [lines(all), lines(rest)]
}

#[test]
fn what_the_planned_world_settles_is_so_in_the_world_before() {
    for body in [
        "fail(r, \"m\")",
        "if r.n == 5 { fail(r, `n is ${r.n}`) }",
        "fail(r, `${r}`)",
        "fail(r, `${r.tags.env} ${r.tags.keys()} ${r.blk.zone} ${r.list}`)",
        "fail(r, \"blk.zone\", `${r.get(\"blk[0].zone\")}`)",
        "if r.pw == \"hunter2-hunter2\" { fail(r, `${r.pw}`) }",
        "fail(r, `${resources(\"databricks_cluster\").len()}`)",
        "fail(r, `${resources(\"databricks_cluster_policy\").map(|it| it.name)}`)",
        "fail(r, `${resources(\"databricks_cluster\").map(|it| it.n)}`)",
        "fail(r, `${resources(\"time_sleep\").len()} ${resources(\"nosuch\").len()}`)",
        "for it in resources(\"databricks_cluster_policy\") { fail(it, \"m\") }",
        "fail(r, `${resources(\"databricks_cluster_policy\")[0].referred_by(\"databricks_cluster\", \"policy_id\")}`)",
        "for it in r.clusters() { fail(it, `${it.n}`) }",
        "fail(r, `${[\"x\"].common(r.list)} ${r.unit().mentions(r.name)} ${r.name.matches(\"a*\")}`)",
        "for it in resources(\"databricks_cluster\") { if it.n == 5 { fail(it, \"m\"); return; } }",
        "fail(r, `${r.ref(\"policy_id\")}`)",
        "fail(r, `${r.ref(\"policy_id\", \"databricks_cluster_policy\").name}`)",
        "fail(r, `${r.action()} ${r.address()} ${r.type()} ${r.name()} ${r.unit()}`)",
        "fail(r, `${r.before().n} ${r.after().n}`)",
        "fail(r, `${r.region()} ${r.provider().key()} ${r.provider().region}`)",
        "if r.waits_for(r, \"time_sleep\") { fail(r, \"m\") } else { fail(r, \"n\") }",
        "if r.after().policy_id == \"9\" { fail(r, \"m\") }",
        "if r.n == \"5\" { fail(r, \"m\") }",
    ] {
        let [all, rest] = before(&script("", body), CHANGES, &Params::default());
        assert_eq!(all, rest, "{body}");
    }
}

#[test]
fn shipped_policies_say_the_same_of_the_world_before_however_it_is_judged() {
    let plans: Vec<String> = std::fs::read_dir(fixtures())
        .unwrap()
        .filter_map(|rule| std::fs::read_dir(rule.unwrap().path()).ok())
        .flatten()
        .filter_map(|case| std::fs::read_to_string(case.unwrap().path().join("plan.json")).ok())
        .filter(|plan| plan.contains("\"no-op\""))
        .collect();
    let plans = plans.iter().map(String::as_str).chain([CHANGES]);
    for plan in plans {
        for rule in super::shipped() {
            let [all, rest] = before(&rule, plan, &Params::defaults(&rule.meta().params));
            assert_eq!(all, rest, "{}", rule.meta().id);
        }
    }
}

#[test]
fn what_reads_nothing_that_changes_is_settled() {
    let settled = |body: &str| {
        let plan = Plan::parse("u", "p", DocumentKind::Plan, CHANGES.to_owned()).unwrap();
        let graph = Arc::new(Graph::new(plan));
        let scope = Scope::new(&graph, Side::Planned);
        let rule = script("", body);
        let mut out = Findings::new(rule.meta(), Side::Planned);
        PlanJudge::judge(&rule, &PlanCx::new(&scope, &Params::default()), &mut out).unwrap();
        let ids = out.finish().settled.into_iter();
        ids.map(|id| scope.res(id).name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(settled("fail(r, \"m\")"), ["same", "updated"]);
    assert_eq!(settled("if r.n == 5 { fail(r, \"m\") }"), ["same"]);
    assert_eq!(
        settled("resources(\"databricks_cluster_policy\").some(|it| it.name == r.name)"),
        ["same"]
    );
    assert!(settled("resources(\"databricks_cluster\").some(|it| it.name == r.name)").is_empty());
}

/// A cluster that looks at the others; jobs, a pipeline, buckets and what refers to them.
const RELATED: &str = r#"{"format_version":"1.2","resource_changes":[
  {"address":"databricks_cluster.a","mode":"managed","type":"databricks_cluster","name":"a","change":{"actions":["create"],"before":null,"after":{"spark_version":"0"},"after_unknown":{},"after_sensitive":{}}},
  {"address":"databricks_job.known","mode":"managed","type":"databricks_job","name":"known","change":{"actions":["create"],"before":null,
   "after":{"job_cluster":[{"job_cluster_key":"x","new_cluster":[{"spark_version":"1"}]}],"new_cluster":[{"spark_version":"2"}],
    "task":[{"task_key":"none","new_cluster":[]},{"task_key":"own","new_cluster":[{"spark_version":"3"}]},{"task_key":"each","new_cluster":null,"for_each_task":[{"task":[{"new_cluster":[{"spark_version":"4"}]}]}]}]},
   "after_unknown":{"id":true},"after_sensitive":{}}},
  {"address":"databricks_job.hidden","mode":"managed","type":"databricks_job","name":"hidden","change":{"actions":["create"],"before":null,
   "after":{"job_cluster":[{"new_cluster":[{}]},{"job_cluster_key":"y","new_cluster":[{"spark_version":"5"}]}]},
   "after_unknown":{"task":true,"job_cluster":[{"new_cluster":true},{}]},"after_sensitive":{}}},
  {"address":"databricks_pipeline.p","mode":"managed","type":"databricks_pipeline","name":"p","change":{"actions":["create"],"before":null,"after":{"cluster":[{"spark_version":"6"},{"spark_version":"7"}]},"after_unknown":{},"after_sensitive":{}}},
  {"address":"aws_s3_bucket.a","mode":"managed","type":"aws_s3_bucket","name":"a","change":{"actions":["create"],"before":null,"after":{"bucket":"a"},"after_unknown":{"id":true},"after_sensitive":{}}},
  {"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","change":{"actions":["create"],"before":null,"after":{"bucket":"b"},"after_unknown":{"id":true},"after_sensitive":{}}},
  {"address":"aws_s3_bucket_versioning.linked","mode":"managed","type":"aws_s3_bucket_versioning","name":"linked","change":{"actions":["create"],"before":null,"after":{},"after_unknown":{"bucket":true},"after_sensitive":{}}},
  {"address":"aws_s3_bucket_versioning.named","mode":"managed","type":"aws_s3_bucket_versioning","name":"named","change":{"actions":["create"],"before":null,"after":{"bucket":"a"},"after_unknown":{},"after_sensitive":{}}},
  {"address":"aws_s3_bucket_versioning.elsewhere","mode":"managed","type":"aws_s3_bucket_versioning","name":"elsewhere","change":{"actions":["create"],"before":null,"after":{"bucket":null},"after_unknown":{},"after_sensitive":{}}},
  {"address":"aws_s3_bucket_logging.any","mode":"managed","type":"aws_s3_bucket_logging","name":"any","change":{"actions":["create"],"before":null,"after":{},"after_unknown":{"bucket":true},"after_sensitive":{}}}],
  "configuration":{"root_module":{"resources":[
   {"address":"aws_s3_bucket_versioning.linked","mode":"managed","type":"aws_s3_bucket_versioning","name":"linked","expressions":{"bucket":{"references":["aws_s3_bucket.a.id","aws_s3_bucket.a"]}}},
   {"address":"aws_s3_bucket_logging.any","mode":"managed","type":"aws_s3_bucket_logging","name":"any","expressions":{"bucket":{"references":["local.x"]}}}]}}}"#;

fn related(body: &str) -> Said {
    judge(&script("", body), RELATED, &Params::default())
}

#[test]
fn the_clusters_of_a_resource_are_those_that_it_starts() {
    let of = |what: &str| {
        let said = related(&format!(
            "for it in {what}.clusters() {{ fail(it, \"spark_version\", it.spark_version) }}"
        ));
        let found = said.findings.iter().map(|(verdict, attribute, message)| {
            format!("{} {attribute} {message}", verdict.as_str())
        });
        (found.collect::<Vec<_>>(), said.blind > 0)
    };
    let (known, is_blind) = of("resources(\"databricks_job\")[0]");
    assert_eq!(
        known,
        [
            "definite job_cluster[0].new_cluster[0].spark_version 1",
            "definite new_cluster[0].spark_version 2",
            "definite task[2].for_each_task[0].task[0].new_cluster[0].spark_version 4",
            "definite task[1].new_cluster[0].spark_version 3",
        ]
    );
    assert!(!is_blind);
    // What is known is judged; the rest ends the run.
    let (hidden, is_blind) = of("resources(\"databricks_job\")[1]");
    assert_eq!(hidden, ["definite job_cluster[1].new_cluster[0].spark_version 5"]);
    assert!(is_blind);
    let (pipeline, _) = of("resources(\"databricks_pipeline\")[0]");
    assert_eq!(pipeline.len(), 2);
    assert_eq!(of("r").0, ["definite spark_version 0"]);
    assert!(of("r.nosuch").0.is_empty() && of("resources(\"databricks_job\")[7]").0.is_empty());
}

#[test]
fn referrers_are_those_whose_attribute_names_the_resource() {
    for (bucket, type_, expected) in [
        (0, "aws_s3_bucket_versioning", "definite [\"linked named\"]"),
        (1, "aws_s3_bucket_versioning", "definite [\"\"]"),
        (0, "nosuch", "definite [\"\"]"),
    ] {
        let said = related(&format!(
            "let all = resources(\"aws_s3_bucket\")[{bucket}].referred_by(\"{type_}\", \"bucket\"); fail(r, all.map(|it| it.name()).join(\" \"))"
        ));
        assert_eq!(said.row(), expected, "{type_} of {bucket}");
    }
    // Which bucket it names is not to be seen.
    let body = "if resources(\"aws_s3_bucket\")[0].referred_by(\"aws_s3_bucket_logging\", \"bucket\").is_empty() { fail(r, \"m\") }";
    assert_eq!(related(body).row(), r#"possible ["m"]"#);
    let both = "let all = resources(\"aws_s3_bucket\"); if all[0].referred_by(\"aws_s3_bucket_logging\", \"bucket\").len() > 1 { fail(r, \"m\") }";
    assert_eq!(related(both).row(), "pass");
    assert_eq!(
        related("fail(r, r.nosuch.referred_by(\"x\", \"y\").len())").row(),
        r#"definite ["0"]"#
    );
}
