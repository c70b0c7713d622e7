//! Whole trees, in memory and from `fixtures`.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use super::{document::Document, *};

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::new(&store(files), "")
}

fn store(files: &[(&str, &str)]) -> Arc<Store> {
    Store::new(files.iter().copied().collect::<MemoryFiles>())
}

/// `path:line:column-end_column Precision`.
fn at(tree: &Tree, address: &str, attribute: &str) -> String {
    let attribute = (!attribute.is_empty()).then_some(attribute);
    match tree.locate(address, attribute) {
        None => "nowhere".to_owned(),
        Some(Located { span, precision }) => {
            assert_eq!(span.line, span.end_line, "regions have one line");
            let Span { path, line, column, end_column, .. } = span;
            format!("{path}:{line}:{column}-{end_column} {precision:?}")
        }
    }
}

const MAIN: &str = r#"# first
resource "aws_x" "y" {
  for_each = toset(["a"])
  name     = "n"
  policy = jsonencode({
    a = 1
  })
  tags = merge(var.tags, {
    Name    = "x" # c
    "a.b/c" = "y"
  })
  plain = { k = 1, "l" : 2 }
  list = [
    "a", {
      b = 1
    },
  ]
  vpc {
    vpc_id = 1
  }
  vpc {
    vpc_id = 2

    inner { deep = true }
  }
}
data "aws_x" "y" { id = 1 }
output "o" {
  value = 1
}
variable "v" {}
locals {
  l = var.v
}
provider "aws" {
  region = "a"
}
provider "aws" {
  alias  = "dr"
  region = "b"
}
"#;

#[test]
fn every_kind_of_subject_is_found() {
    let tree = tree(&[("main.tf", MAIN)]);
    for (address, attribute, place) in [
        (r#"aws_x.y["a.b[0]"]"#, "", "2:1-21 Block"),
        ("aws_x.y", "name", "4:3-17 Attribute"),
        ("aws_x.y", "absent", "2:1-21 Block"),
        ("aws_x.y", "policy", "5:3-24 Attribute"),
        ("aws_x.y", r#"tags["Name"]"#, "9:5-18 Attribute"),
        ("aws_x.y", r#"tags["a.b/c"]"#, "10:5-18 Attribute"),
        ("aws_x.y", r#"tags["absent"]"#, "8:3-27 Attribute"),
        ("aws_x.y", "plain.l", "12:20-27 Attribute"),
        ("aws_x.y", "list[0]", "14:5-8 Attribute"),
        ("aws_x.y", "list[1].b", "15:7-12 Attribute"),
        ("aws_x.y", "list[7].b", "13:3-11 Attribute"),
        ("aws_x.y", "vpc[0].vpc_id", "19:5-15 Attribute"),
        ("aws_x.y", "vpc[1].vpc_id", "22:5-15 Attribute"),
        ("aws_x.y", "vpc.1.vpc_id", "22:5-15 Attribute"),
        ("aws_x.y", "vpc[].vpc_id", "2:1-21 Block"),
        ("aws_x.y", "vpc[1].inner[0].deep", "24:13-24 Attribute"),
        ("aws_x.y", "vpc[1].absent", "21:3-6 NestedBlock"),
        ("aws_x.y", "vpc[9]", "2:1-21 Block"),
        ("data.aws_x.y", "id", "27:20-26 Attribute"),
        ("output.o", "", "28:1-11 Block"),
        ("var.v", "", "31:1-13 Block"),
        ("local.l", "", "33:3-12 Attribute"),
        ("provider.aws", "region", "36:3-15 Attribute"),
        ("provider.aws.dr", "region", "40:3-15 Attribute"),
    ] {
        assert_eq!(
            at(&tree, address, attribute),
            format!("main.tf:{place}"),
            "{address} {attribute}"
        );
    }
    for address in
        ["aws_x.absent", "provider.aws.eu", "", "module", "module.a", "aws_x", "[", "data"]
    {
        assert_eq!(at(&tree, address, "name"), "nowhere", "{address}");
    }
}

#[test]
fn columns_count_characters() {
    let text = "\u{feff}# ümläut 😀\r\nresource \"a\" \"b\" {\r\n\tñame = \"é😀\" # ü\r\n\
                \t/* 😀 */ plain = 1\r\n  x = { \"schlüssel\" = 1 }\r\n}\r\n";
    let tree = tree(&[("a.tf", text)]);
    assert_eq!(at(&tree, "a.b", ""), "a.tf:2:1-17 Block");
    assert_eq!(at(&tree, "a.b", "ñame"), "a.tf:3:2-13 Attribute");
    assert_eq!(at(&tree, "a.b", "plain"), "a.tf:4:10-19 Attribute");
    assert_eq!(at(&tree, "a.b", r#"x["schlüssel"]"#), "a.tf:5:9-24 Attribute");
    assert_eq!(tree.lines("a.tf", 1..=1).unwrap(), [(1, "# ümläut 😀".to_owned())]);
    assert_eq!(tree.lines("a.tf", 0..=99).unwrap().len(), 6);
    assert_eq!(tree.lines("a.tf", 6..=u32::MAX).unwrap(), [(6, "}".to_owned())]);
    assert_eq!(tree.lines("absent.tf", 1..=2), None);
    // The mark belongs to no column of the first line either.
    let marked = super::tests::tree(&[("a.tf", "\u{feff}variable \"x\" {}")]);
    assert_eq!(at(&marked, "var.x", ""), "a.tf:1:1-13 Block");
}

#[test]
fn literals_know_their_keys() {
    let all = |text: &str, syntax| -> Vec<String> {
        let found = scan::literals(text, &(0..text.len()), syntax);
        found
            .iter()
            .map(|it| format!("{}={}", it.keys.join("."), &text[it.range.clone()]))
            .collect()
    };
    let hcl = |text: &str| all(text, scan::Syntax::Hcl);
    assert_eq!(hcl("var.a[\"k\"].b"), ["=k"]);
    assert_eq!(hcl(r#""a\"b${f("c")}d""#), [r#"=a\"b${f("c")}d"#]);
    assert_eq!(
        hcl("a == \"x\" ? \"y\" : g(\"z\", 12.5) /* \"no\" */"),
        ["=x", "=y", "=z", "=12.5"]
    );
    assert_eq!(hcl("<<-EOT\n  one ${x}\n  two\n  EOT\n"), ["=  one ${x}\n  two\n  "]);
    let object = "merge(var.x, {\n  a = \"1\", \"b c\" : { d = [\"2\", { e = 3 }] } # f = 4\n  (g) = \"5\"\n  \
                  h = x ? \"6\" : \"7\"\n  i = a1 == \"8\"\n}, \"9\")";
    let wanted = ["a=1", "b c.d=2", "b c.d.e=3", "=5", "h=6", "h=7", "i=8", "=9"];
    assert_eq!(hcl(object), wanted);
    assert_eq!(hcl("{ for k, v in x : k => \"lit\" if k != \"no\" }"), ["=lit", "=no"]);
    assert_eq!(hcl("f(\"a\", \"torn"), ["=a"], "what stands before a mistake is found");
    let json = "{ \"a\":\n [\"x\", 1, { \"b\\\"c\": true, \"d\": \"${e}\" }], \"f\": \"g\" }";
    assert_eq!(all(json, scan::Syntax::Json), ["a=x", "a=1", "a.d=${e}", "f=g"]);
}

#[test]
fn strings_and_heredocs_hide_their_content() {
    let text = r##"
resource "a" "b" {
  s = "} # no ${ upper("}\"") } $${ { %%{ \" {"
  h = <<-EOT
    resource "a" "hidden" { ${ f({ x = "}" }) }
    EOTS
    $${ "
    %{ if true ~} } %{ endif ~}
  EOT
  i = f(<<A
}
A
  , 1)
  /* resource "c" "hidden" {
  */ j = 1 // }
  k = "${"a ${"b"}"}" # }
  l = a < b ? 1 : 2
  m = (
    1 +
    2
  )
}
resource "a" "c" { x = "{" }
"##;
    let tree = tree(&[("a.tf", text)]);
    assert_eq!(at(&tree, "a.c", "x"), "a.tf:23:20-27 Attribute");
    assert_eq!(at(&tree, "a.b", "j"), "a.tf:15:6-11 Attribute");
    assert_eq!(at(&tree, "a.b", "m"), "a.tf:18:3-8 Attribute");
    assert_eq!(at(&tree, "a.hidden", ""), "nowhere");
    assert_eq!(tree.problems(), []);
}

#[test]
fn what_stands_behind_a_dynamic_block_is_not_taken_for_what_it_makes() {
    let text = r#"
resource "a" "b" {
  in { port = 1 }
  dynamic "in" { # bricklint: ignore[r-1] made
    for_each = var.ports
    content { port = in.value }
  }
  in { port = 2 } # bricklint: ignore[r-2] written
}
resource "a" "set" {
  dynamic "in" { # bricklint: ignore[r-3] made
    for_each = var.ports
    content { port = in.value }
  }
  in { port = 2 }
}
"#;
    let tree = tree(&[("a.tf", text)]);
    assert_eq!(at(&tree, "a.b", "in[0].port"), "a.tf:3:8-16 Attribute");
    let (b, set) = ("a.tf:2:1-17 Block", "a.tf:10:1-19 Block");
    for (address, path, block) in
        [("a.b", "in[1].port", b), ("a.b", "in[2].port", b), ("a.set", "in[].port", set)]
    {
        assert_eq!(at(&tree, address, path), block, "{path}");
        assert_eq!(tree.suppressions_of(address, Some(path)), [], "{path}");
    }
}

#[test]
fn dynamic_blocks_stand_for_what_they_make() {
    let text = r#"
resource "a" "b" {
  in {
    port = 1
  }
  dynamic "in" {
    for_each = var.ports
    iterator = it
    content {
      port = it.value
      deep { x = 1 }
    }
  }
}
"#;
    let tree = tree(&[("a.tf", text)]);
    assert_eq!(at(&tree, "a.b", "in[0].port"), "a.tf:4:5-13 Attribute");
    assert_eq!(at(&tree, "a.b", "in[3].port"), "a.tf:10:7-22 Attribute");
    assert_eq!(at(&tree, "a.b", "in[1].deep[0].x"), "a.tf:11:14-19 Attribute");
    assert_eq!(at(&tree, "a.b", "in[1].absent"), "a.tf:6:3-15 NestedBlock");
    let body = tree.body("a.b").unwrap();
    let [first, made] = body.blocks["in"].as_slice() else { panic!() };
    assert_eq!(first.body.attributes["port"], Shape::Number("1".into()));
    assert_eq!(first.repeat, None);
    let repeat = Repeat { for_each: reference("var.ports"), iterator: "it".to_owned() };
    assert_eq!(made.repeat, Some(repeat));
    assert_eq!(made.body.attributes["port"], reference("it.value"));
    assert_eq!(made.body.blocks["deep"][0].body.attributes["x"], Shape::Number("1".into()));
    assert!(tree.has_hidden_blocks("a.b"));
    assert_eq!(tree.body("a.absent"), None);
}

const JSON: &str = r#"{
  "//": "a comment",
  "resource": [
    {"aws_x": {"y": {
      "//": "bricklint: ignore[r] since",
      "name": "né", "tags": {"a b": 1},
      "vpc": {"id": 1},
      "rule": [{"p": 1}, {"p": "${var.x}"}],
      "dynamic": {"in": {"for_each": "${var.ports}", "content": {"port": "${in.value}"}}}
    }}}
  ],
  "provider": {"aws": [{"region": "a"}, {"alias": "dr", "region": "b"}]},
  "module": {"m": {"source": "./m"}},
  "locals": {"l": "${var.a}-x"},
  "output": {"o": {"value": 1}}
}
"#;

#[test]
fn json_is_read_too() {
    let tree = tree(&[("a.tf.json", JSON), ("m/x.tf.json", r#"{"resource":{"a":{"b":{}}}}"#)]);
    for (address, attribute, place) in [
        ("aws_x.y", "", "a.tf.json:4:16-19 Block"),
        ("aws_x.y", "name", "a.tf.json:6:7-19 Attribute"),
        ("aws_x.y", r#"tags["a b"]"#, "a.tf.json:6:30-38 Attribute"),
        ("aws_x.y", "vpc[0].id", "a.tf.json:7:15-22 Attribute"),
        ("aws_x.y", "rule[1].p", "a.tf.json:8:27-42 Attribute"),
        ("aws_x.y", "in[4].port", "a.tf.json:9:66-87 Attribute"),
        ("aws_x.y", "in[4].absent", "a.tf.json:9:54-88 Attribute"),
        ("provider.aws.dr", "region", "a.tf.json:12:57-70 Attribute"),
        ("provider.aws", "", "a.tf.json:12:24-39 Block"),
        ("local.l", "", "a.tf.json:14:14-31 Attribute"),
        ("output.o", "value", "a.tf.json:15:20-30 Attribute"),
        ("module.m", "", "a.tf.json:13:14-17 Block"),
        ("module.m.a.b[0]", "", "m/x.tf.json:1:19-22 Block"),
    ] {
        assert_eq!(at(&tree, address, attribute), place, "{address} {attribute}");
    }
    assert_eq!(tree.expression("aws_x.y", "rule[1].p"), Some(reference("var.x")));
    let text = Shape::Template(vec![reference("var.a"), Shape::Text("-x".into())]);
    assert_eq!(tree.local("", "l"), Some(text));
    let body = tree.body("aws_x.y").unwrap();
    let repeat = Repeat { for_each: reference("var.ports"), iterator: "in".to_owned() };
    assert_eq!(body.blocks["in"][0].repeat, Some(repeat));
    assert_eq!(body.blocks["in"][0].body.attributes["port"], reference("in.value"));
    assert!(matches!(body.attributes["rule"], Shape::List(_)) && body.blocks.len() == 1);
    assert!(tree.has_hidden_blocks("aws_x.y"));
    let remarks = tree.suppressions_of("aws_x.y", Some("name"));
    assert_eq!((remarks.len(), remarks[0].at.line, remarks[0].fault), (1, 5, None));
}

#[test]
fn a_mistake_loses_what_follows_in_its_file_only() {
    let tree = tree(&[
        (
            "a.tf",
            "resource \"a\" \"good\" {}\n\nresource \"a\" \"bad\" {\n  x = [1\n}\nresource \"a\" \"lost\" {}",
        ),
        ("b.tf", "resource \"a\" \"other\" {}"),
        ("c.tf.json", "{\"resource\": {\n1}}"),
        ("d.tf", "variable \"x\" {\n  default = \"open\n}\n"),
        ("e.tf", "variable \"y\" {"),
        ("f.tf", "}"),
        ("g.tf", "a b = 1"),
    ]);
    assert_eq!(at(&tree, "a.good", ""), "a.tf:1:1-20 Block");
    assert_eq!(at(&tree, "a.other", ""), "b.tf:1:1-21 Block");
    assert_eq!(at(&tree, "a.bad", ""), "nowhere");
    assert_eq!(at(&tree, "var.y", ""), "nowhere");
    let problems: Vec<_> =
        tree.problems().into_iter().map(|it| format!("{}:{}", it.path, it.line.unwrap())).collect();
    assert_eq!(problems, ["a.tf:5", "c.tf.json:2", "d.tf:2", "e.tf:1", "f.tf:1", "g.tf:1"]);
}

#[test]
fn overrides_win_and_tofu_hides_its_twin() {
    let tree = tree(&[
        ("a_override.tf", "resource \"a\" \"b\" {\n  x = 2\n}\n"),
        ("main.tf", "resource \"a\" \"b\" {\n  x = 1\n  y = 1\n}\n"),
        ("override.tf", "resource \"a\" \"b\" {\n\n  x = 3\n}\n"),
        ("twin.tf", "variable \"old\" {}"),
        ("twin.tofu", "variable \"new\" {}"),
        (".hidden.tf", "variable \"hidden\" {}"),
        ("x.tf~", "variable \"hidden\" {}"),
    ]);
    assert_eq!(at(&tree, "a.b", "x"), "override.tf:3:3-8 Attribute");
    assert_eq!(at(&tree, "a.b", "y"), "main.tf:3:3-8 Attribute");
    assert_eq!(at(&tree, "a.b", ""), "main.tf:1:1-17 Block");
    assert_eq!(at(&tree, "var.new", ""), "twin.tofu:1:1-15 Block");
    assert_eq!(at(&tree, "var.old", ""), "nowhere");
    assert_eq!(at(&tree, "var.hidden", ""), "nowhere");
    assert_eq!(tree.expression("a.b", "x"), Some(Shape::Number("3".into())));
}

#[test]
fn modules_are_followed() {
    let files = [
        (
            "live/main.tf",
            "module \"a\" {\n  source = \"../modules/a\"\n}\nmodule \"reg\" {\n  source  = \"org/x/aws\"\n}\nmodule \"git\" { source = \"git::https://x/y\" }\n",
        ),
        (
            "live/.terraform/modules/modules.json",
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"reg","Source":"registry/x","Version":"1","Dir":".terraform/modules/reg"},{"Key":"near","Dir":"../modules/near"}]}"#,
        ),
        (
            "live/.terraform/modules/reg/main.tf",
            "resource \"a\" \"b\" {\n  n = local.v\n}\nlocals {\n  v = 7\n}\nmodule \"sub\" { source = \"./sub\" }\n",
        ),
        ("live/.terraform/modules/reg/sub/main.tf", "resource \"a\" \"b\" {}\n"),
        (
            "modules/a/main.tf",
            "resource \"a\" \"b\" {}\nmodule \"c\" {\n  source = \"./inner//c\"\n}\n",
        ),
        ("modules/a/inner/c/x.tf", "resource \"a\" \"b\" {\n  n = 1\n}\nprovider \"aws\" {}\n"),
        ("modules/near/main.tf", "variable \"v\" {}"),
    ];
    let tree = Tree::new(&store(&files), "./live/");
    for (address, attribute, place) in [
        (r#"module.a["x.y"].a.b"#, "", "modules/a/main.tf:1:1-17 Block"),
        (r#"module.a["x"].module.c[0].a.b"#, "n", "modules/a/inner/c/x.tf:2:3-8 Attribute"),
        ("provider.module.a.module.c:aws", "", "modules/a/inner/c/x.tf:4:1-15 Block"),
        ("module.a.module.c.a.absent", "", "modules/a/main.tf:2:1-11 ModuleCall"),
        ("module.a.module.c", "", "modules/a/main.tf:2:1-11 Block"),
        ("module.reg.a.b", "n", "live/main.tf:4:1-13 ModuleCall"),
        ("module.reg.module.sub.a.b", "n", "live/main.tf:4:1-13 ModuleCall"),
        ("module.git.a.b", "", "live/main.tf:7:1-13 ModuleCall"),
        ("module.near.var.v", "", "modules/near/main.tf:1:1-13 Block"),
        ("module.absent.a.b", "", "nowhere"),
    ] {
        assert_eq!(at(&tree, address, attribute), place, "{address} {attribute}");
    }
    // What was downloaded is no place to send anybody to, but it can be read.
    assert_eq!(tree.expression("module.reg.a.b", "n"), Some(reference("local.v")));
    assert_eq!(tree.local(r#"module.reg["k"]"#, "v"), Some(Shape::Number("7".into())));
}

#[test]
fn the_plan_tells_where_modules_are_when_the_source_cannot() {
    let plan = r#"{"format_version":"1.2","configuration":{"root_module":{"module_calls":
        {"a":{"source":"./a","module":{"resources":[]}}}}}}"#;
    let plan = crate::plan::Plan::parse("u", "p", crate::plan::DocumentKind::Plan, plan.to_owned());
    let files = [("main.tf", "module \"a\" {\n"), ("a/x.tf", "variable \"v\" {}")];
    let calls = Arc::new(Tree::calls_of(&plan.unwrap().config));
    let tree = Tree::new(&store(&files), "").with_calls(&calls);
    assert_eq!(at(&tree, "module.a.var.v", ""), "a/x.tf:1:1-13 Block");
}

#[test]
fn a_module_is_read_when_it_is_asked_for() {
    let files = [
        ("main.tf", "module \"a\" { source = \"./a\" }\nmodule \"b\" { source = \"./b\" }\n"),
        ("a/x.tf", "variable \"v\" {}"),
        ("b/x.tf", "variable {"),
    ];
    let tree = tree(&files);
    assert_eq!(at(&tree, "module.a.var.v", ""), "a/x.tf:1:1-13 Block");
    assert_eq!(tree.problems(), []);
    assert_eq!(at(&tree, "module.b.var.v", ""), "main.tf:2:1-11 ModuleCall");
    assert_eq!(tree.problems().len(), 1);
}

#[test]
fn a_module_that_calls_itself_ends() {
    let files =
        [("main.tf", "module \"a\" {\n  source = \"./\"\n}\nmodule \"b\" { source = \"../x\" }\n")];
    let tree = tree(&files);
    tree.read_all();
    assert_eq!(at(&tree, "module.a.module.a.module.a", ""), "main.tf:1:1-11 Block");
}

#[test]
fn a_check_has_its_own_data_source() {
    let tree = tree(&[("a.tf", "check \"c\" {\n  data \"http\" \"x\" {\n    url = 1\n  }\n}\n")]);
    assert_eq!(at(&tree, "data.http.x", "url"), "a.tf:3:5-12 Attribute");
}

#[test]
fn what_has_no_block_may_be_named_by_another() {
    let files = [
        (
            "main.tf",
            "removed {\n  from = module.m.a.b\n}\nmodule \"m\" { source = \"./m\" }\nterraform {\n  required_providers {\n    aws = { source = \"x\" }\n  }\n}\n",
        ),
        ("m/main.tf", "removed {\n  from = a.c\n}\nimport {\n  to = a.new\n}\n"),
    ];
    let tree = tree(&files);
    assert_eq!(at(&tree, "module.m.a.b[0]", ""), "main.tf:1:1-8 Block");
    assert_eq!(at(&tree, "module.m.a.c", "x"), "m/main.tf:1:1-8 Block");
    assert_eq!(at(&tree, "module.m.a.new", "x"), "m/main.tf:4:1-7 Block");
    assert_eq!(at(&tree, "module.m.a.d", ""), "main.tf:4:1-11 ModuleCall");
    assert_eq!(at(&tree, "provider.aws", "region"), "main.tf:7:5-27 Block");
}

#[test]
fn terragrunt_leads_to_the_module() {
    let unit = r#"
include "root" { path = find_in_parent_folders("root.hcl") }
terraform {
  source = "${get_repo_root()}//modules//net"
}
inputs = {
  cidr = "10.0.0.0/8"
}
generate "provider" {
  contents = <<-EOF
    provider "aws" {}
  EOF
}
"#;
    let files = [
        ("r/live/prod/net/terragrunt.hcl", unit),
        (
            "r/live/root.hcl",
            "generate \"d\" {\n  contents = <<E\nprovider \"databricks\" {}\nE\n}\n",
        ),
        ("r/modules/net/main.tf", "resource \"a\" \"b\" {}\n"),
        ("r/live/prod/net/extra.tf", "resource \"a\" \"extra\" {}\n"),
    ];
    let tree = Tree::new(&store(&files), "r/live/prod/net");
    assert_eq!(tree.root_dir(), "r/modules/net");
    let file = "r/live/prod/net/terragrunt.hcl";
    assert_eq!(at(&tree, "a.b", "x"), "r/modules/net/main.tf:1:1-17 Block");
    assert_eq!(at(&tree, "a.extra", ""), "r/live/prod/net/extra.tf:1:1-21 Block");
    assert_eq!(at(&tree, "a.gone", ""), format!("{file}:4:3-46 Terragrunt"));
    assert_eq!(at(&tree, "provider.aws", ""), format!("{file}:11:5-19 Terragrunt"));
    assert_eq!(at(&tree, "provider.databricks", ""), "r/live/root.hcl:3:1-22 Terragrunt");
    assert_eq!(at(&tree, "var.cidr", ""), format!("{file}:7:3-22 Terragrunt"));
}

const REMARKS: &str = r##"# bricklint: ignore-file[f-1] whole file
module "m" { # bricklint: ignore[m-1] - all of it
  source = "./m"
}

# bricklint: ignore[b-1, b-2] the block
// more words
resource "a" "b" {
  x = 1 // bricklint:ignore[x-1] the attribute
  # bricklint: ignore[y-1] the next
  y = [
    1,
  ] # bricklint: ignore[y-2] its end
  tags = {
    a = 1 # bricklint: ignore[t-1] a member
    # bricklint: ignore[t-2] the next member
    b = {
      # bricklint: ignore[t-3] deep
      c = 1
    }
  }
  /* bricklint: ignore[v-1] nested */
  vpc {
    id = 1
    # bricklint: ignore[n-1] nothing follows
  }
} # bricklint: ignore[b-3] the end of the block

# bricklint: ignore[z-1] a blank line follows

resource "a" "c" {
  # bricklint: ignore[q-1]
  q = 1
  # bricklint: ignore q-1
  r = 1
  # bricklint: ignore[] nothing named
  s = "# bricklint: ignore[s-1] no comment"
}
"##;

#[test]
fn remarks_cover_what_they_stand_at() {
    let m = "# bricklint: ignore[i-1] inside\nresource \"a\" \"b\" {}\n";
    let tree = tree(&[("main.tf", REMARKS), ("m/main.tf", m)]);
    let covering = |address: &str, attribute: &str| -> String {
        let attribute = (!attribute.is_empty()).then_some(attribute);
        let found = tree.suppressions_of(address, attribute);
        found.into_iter().flat_map(|it| it.rules).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(covering("a.b", ""), "f-1 b-1 b-2 b-3");
    assert_eq!(covering("a.b", "x"), "f-1 b-1 b-2 x-1 b-3");
    assert_eq!(covering("a.b", "y"), "f-1 b-1 b-2 y-1 y-2 b-3");
    assert_eq!(covering("a.b", "tags"), "f-1 b-1 b-2 b-3");
    assert_eq!(covering("a.b", r#"tags["a"]"#), "f-1 b-1 b-2 t-1 b-3");
    assert_eq!(covering("a.b", "tags.b.c"), "f-1 b-1 b-2 t-2 t-3 b-3");
    assert_eq!(covering("a.b", "vpc[0].id"), "f-1 b-1 b-2 v-1 b-3");
    assert_eq!(covering("module.m[0].a.b", "x"), "i-1 m-1");
    assert_eq!(covering("module.m.a.gone", ""), "f-1 m-1");
    assert_eq!(covering("a.c", "q"), "f-1 q-1");
    tree.read_all();
    let faults: Vec<_> = tree
        .suppressions()
        .into_iter()
        .filter_map(|it| Some(format!("{} {}", it.at.line, it.fault?)))
        .collect();
    assert_eq!(
        faults,
        [
            "25 stands at nothing that it could be about",
            "29 stands at nothing that it could be about",
            "32 gives no reason",
            "34 is neither `ignore[rule-id] reason` nor `ignore-file[rule-id] reason`",
            "36 names no rule",
        ]
    );
    let all = tree.suppressions();
    assert_eq!(all.len(), 17);
    assert_eq!(all[2].reason.as_deref(), Some("all of it"));
    assert_eq!((all[2].target, all[2].region.end_line), (Target::ModuleCall, 4));
}

/// Members of a set have no index: a remark on one of several cannot be told to be about the
/// finding. On the only one, on the `dynamic` block that makes them all, and around them it can.
#[test]
fn a_remark_on_a_member_of_a_set_is_about_that_member_alone() {
    let text = r##"
resource "a" "two" { # bricklint: ignore[r] all
  in { # bricklint: ignore[r-1] first
    port = 1 # bricklint: ignore[p-1] first
  }
  in {
    port = 2
  }
  list = [
    { n = 1 }, # bricklint: ignore[n-1] first
    { n = 2 },
  ]
}
resource "a" "one" {
  in { # bricklint: ignore[r-2] only
    port = 1
  }
}
resource "a" "made" {
  dynamic "in" { # bricklint: ignore[r-3] each
    for_each = var.x
    content {
      port = in.value
    }
  }
}
"##;
    let tree = tree(&[("main.tf", text)]);
    let covering = |address: &str, attribute: &str| -> Vec<String> {
        let found = tree.suppressions_of(address, Some(attribute));
        found.into_iter().flat_map(|it| it.rules).collect()
    };
    assert_eq!(covering("a.two", "in"), ["r"]);
    assert_eq!(covering("a.two", "in[].port"), ["r"]);
    assert_eq!(covering("a.two", "in[0].port"), ["r", "r-1", "p-1"]);
    assert_eq!(covering("a.two", "in[1].port"), ["r"]);
    assert_eq!(covering("a.two", "list[].n"), ["r"]);
    assert_eq!(covering("a.two", "list[0].n"), ["r", "n-1"]);
    assert_eq!(covering("a.one", "in[].port"), ["r-2"]);
    assert_eq!(covering("a.made", "in[].port"), ["r-3"]);
    // Nor is one of them shown for another.
    assert_eq!(at(&tree, "a.two", "in[].port"), "main.tf:2:1-19 Block");
    assert_eq!(at(&tree, "a.two", "list[].n"), "main.tf:9:3-11 Attribute");
    assert_eq!(at(&tree, "a.one", "in[].port"), "main.tf:16:5-13 Attribute");
    assert_eq!(at(&tree, "a.made", "in[].port"), "main.tf:23:7-22 Attribute");
}

/// What a downloaded module says about itself decides nothing here; the call of it does.
#[test]
fn remarks_of_downloaded_modules_do_not_count() {
    let call = "module \"reg\" { # bricklint: ignore[r-1] known\n  source = \"org/x/aws\"\n}\n";
    let inside = "# bricklint: ignore-file[r-2] by the author\nresource \"a\" \"b\" {}\n";
    let tree = tree(&[
        ("main.tf", call),
        (
            ".terraform/modules/modules.json",
            r#"{"Modules":[{"Key":"reg","Source":"x","Dir":".terraform/modules/reg"}]}"#,
        ),
        (".terraform/modules/reg/main.tf", inside),
    ]);
    let covering = tree.suppressions_of("module.reg.a.b", None);
    assert_eq!(covering.iter().flat_map(|it| &it.rules).collect::<Vec<_>>(), ["r-1"]);
    tree.read_all();
    assert_eq!(tree.suppressions(), covering);
}

#[test]
fn expressions_have_shapes() {
    let text = r#"
locals {
  a = "x"
  b = 1.5
  c = var.m["a.b"].id
  d = "${var.x}"
  e = "a-${var.x}-${f(1)}"
  f = var.x ? "a" : null
  g = split("/", aws_x.y[0].arn)[1]
  h = [for k, v in var.m : v.id if v.on]
  i = { for v in var.m : v.id => v... }
  j = [true, (var.y)]
  k = { a = 1, (var.b) = 2, "c" = 3 }
  l = 1 + 2
  m = <<-EOT
    a ${var.x}
  EOT
  n = aws_x.y[*].id
  o = provider::aws::arn(a...)
  p = !var.x
  q = "%{ if a }b%{ endif }"
  r = aws_x.y[each.key].id
  s = ""
  t = "a ${~ var.x }"
  u = aws_x.y.*.id
  v = "%{ for i in var.l }${i}%{ endfor }"
  w = <<EOT
\d $${a} ${var.x}
EOT
}
"#;
    let tree = tree(&[("a.tf", &text.replace('\n', "\r\n"))]);
    let local = |name: &str| tree.local("", name).unwrap();
    let text = |text: &str| Shape::Text(text.to_owned());
    let number = |text: &str| Shape::Number(text.to_owned());
    let call =
        |name: &str, arguments, expands| Shape::Call { name: name.into(), arguments, expands };
    assert_eq!(local("a"), text("x"));
    assert_eq!(local("b"), number("1.5"));
    assert_eq!(local("c"), reference("var.m[\"a.b\"].id"));
    assert_eq!(local("d"), reference("var.x"));
    assert_eq!(
        local("e"),
        Shape::Template(vec![
            text("a-"),
            reference("var.x"),
            text("-"),
            call("f", vec![number("1")], false)
        ])
    );
    let (then, otherwise) = (Box::new(text("a")), Box::new(Shape::Null));
    let condition = Box::new(reference("var.x"));
    assert_eq!(local("f"), Shape::Conditional { condition, then, otherwise });
    let split = call("split", vec![text("/"), reference("aws_x.y[0].arn")], false);
    assert_eq!(local("g"), Shape::Access { of: Box::new(split), path: vec![index(number("1"))] });
    let Shape::For(it) = local("h") else { panic!() };
    assert_eq!((it.key.as_deref(), it.value.as_str()), (Some("k"), "v"));
    assert_eq!((it.collection, it.condition), (reference("var.m"), Some(reference("v.on"))));
    let Shape::For(it) = local("i") else { panic!() };
    assert_eq!(
        (it.makes_key, it.makes, it.groups),
        (Some(reference("v.id")), reference("v"), true)
    );
    assert_eq!(local("j"), Shape::List(vec![Shape::Bool(true), reference("var.y")]));
    let members =
        [(text("a"), number("1")), (reference("var.b"), number("2")), (text("c"), number("3"))];
    assert_eq!(local("k"), Shape::Object(members.to_vec()));
    let (left, right) = (Box::new(number("1")), Box::new(number("2")));
    assert_eq!(local("l"), Shape::Binary { operator: "+", left, right });
    assert_eq!(local("m"), Shape::Template(vec![text("a "), reference("var.x"), text("\n")]));
    let splat = |root: &str, path| Shape::Reference { root: root.to_owned(), path };
    let name = |name: &str| Hop::Name(name.to_owned());
    assert_eq!(local("n"), splat("aws_x", vec![name("y"), Hop::Splat, name("id")]));
    assert_eq!(local("o"), call("provider::aws::arn", vec![reference("a")], true));
    assert_eq!(local("p"), Shape::Unary { operator: "!", of: Box::new(reference("var.x")) });
    let (then, otherwise) = (Box::new(text("b")), Box::new(text("")));
    let condition = Box::new(reference("a"));
    assert_eq!(local("q"), Shape::Conditional { condition, then, otherwise });
    let path = vec![name("y"), index(reference("each.key")), name("id")];
    assert_eq!(local("r"), splat("aws_x", path));
    assert_eq!(local("s"), text(""));
    assert_eq!(local("t"), Shape::Other(vec![text("a "), reference("var.x")]));
    assert_eq!(local("u"), splat("aws_x", vec![name("y"), Hop::AttributeSplat, name("id")]));
    let Shape::Call { name: join, arguments, .. } = local("v") else { panic!() };
    assert!(join == "join" && matches!(arguments.as_slice(), [_, Shape::For(_)]));
    assert_eq!(
        local("w"),
        Shape::Template(vec![text("\\d ${a} "), reference("var.x"), text("\n")])
    );
    assert_eq!(tree.local("", "absent"), None);
}

#[test]
fn references_are_told_as_terraform_lists_them() {
    let text = r#"
locals {
  a = [var.m["a"].b, aws_x.y[each.key].id, aws_x.z[0].id, aws_x.w[*].id, module.m["k"].out.c]
  b = { for k, v in data.t.n : k => "${v.id}-${local.c[v.id]}" if k != each.value }
  c = f(var.a ? var.b : null)[count.index]
  d = var.x + 1 == !var.y ? "%{ for i in var.l }${i}${var.z}%{ endfor }" : [for v in v.x : v]
}
"#;
    let tree = tree(&[("a.tf", text)]);
    for (name, wanted) in [
        ("a", "aws_x.w aws_x.y aws_x.z[0].id each.key module.m[\"k\"].out.c var.m[\"a\"].b"),
        ("b", "data.t.n each.value local.c"),
        ("c", "count.index var.a var.b"),
        ("d", "v.x var.l var.x var.y var.z"),
    ] {
        let wanted: BTreeSet<_> = wanted.split(' ').map(crate::plan::steps).collect();
        assert_eq!(tree.local("", name).unwrap().references(), Some(wanted), "{name}");
    }
    assert_eq!(Shape::List(vec![Shape::Unread]).references(), None);
}

#[test]
fn a_module_tells_what_it_declares() {
    let text = "resource \"a\" \"b\" {}\ndata \"c\" \"d\" {}\nmodule \"m\" { source = \"x\" }\n\
                variable \"v\" {}\noutput \"o\" { value = 1 }\nlocals { l = 1 }\nprovider \"p\" {}";
    let declared = tree(&[("a.tf", text)]).declared(&[]).unwrap();
    let declared: Vec<&str> = declared.iter().map(String::as_str).collect();
    assert_eq!(declared, ["a.b", "data.c.d", "module.m", "output.o", "var.v"]);
    assert_eq!(tree(&[("a.tf", text), ("b.tf", "}")]).declared(&[]), None);
    assert_eq!(tree(&[("a.tf", text)]).declared(&["m".to_owned()]), None);
}

/// A reference without anything but names and literal keys.
fn reference(text: &str) -> Shape {
    use crate::plan::{Key, Step, steps};
    let mut steps = steps(text).into_iter();
    let Some(Step::Name(root)) = steps.next() else { panic!("{text}") };
    let path = steps.map(|step| match step {
        Step::Name(name) => Hop::Name(name),
        Step::Key(Key::Text(key)) => index(Shape::Text(key)),
        Step::Key(Key::Int(at)) => index(Shape::Number(at.to_string())),
    });
    Shape::Reference { root, path: path.collect() }
}

fn index(of: Shape) -> Hop {
    Hop::Index(of)
}

/// The addresses of a plan's resources, and whether the configuration still has them.
fn addresses(path: &Path) -> Vec<(String, bool)> {
    use crate::plan::{DocumentKind, Plan};
    let text = fs::read_to_string(path).unwrap();
    let plan = Plan::parse("u", "p", DocumentKind::Plan, text).unwrap();
    let all = (0..plan.len()).map(|id| plan.resource(id as u32));
    all.map(|it| (plan.str(it.address).to_owned(), it.actions.create || it.actions.is_noop()))
        .collect()
}

fn find(files: DirFiles, unit: &str, path: &str, addresses: &[(String, bool)]) -> Option<Tree> {
    let addresses: Vec<&str> = addresses.iter().map(|(address, _)| address.as_str()).collect();
    let (unit_root, source_root) = ("", None);
    find_root(
        &Store::new(files),
        &Ask {
            unit,
            path,
            unit_root,
            source_root,
            addresses: &addresses,
            calls: &Calls::default(),
        },
    )
}

#[test]
fn a_file_has_one_path() {
    for (path, shown) in [
        ("a/plan.json", "a/plan.json"),
        ("./a/../b", "b"),
        ("", ""),
        ("/repo/infra", ""),
        ("/repo/infra/live/x", "live/x"),
        ("/repo", ".."),
        ("../modules", "../modules"),
        ("../infra/modules", "modules"),
        ("/repo/modules", "../modules"),
        ("/tmp/plan.json", "/tmp/plan.json"),
        ("../../tmp/plan.json", "/tmp/plan.json"),
    ] {
        assert_eq!(files::from("/repo/infra", path), shown, "{path}");
    }
    assert_eq!(files::from("/", "/tmp/plan.json"), "/tmp/plan.json");
    assert_eq!(files::from("", "../a/./b"), "../a/b");
}

#[test]
fn a_binary_plan_has_the_lines_that_it_was_made_from() {
    let from = Path::new("fixtures/_plans/02-chain");
    let all = addresses(&from.join("plan.json"));
    let dir = tempfile::tempdir().unwrap();
    let files = || DirFiles::new(dir.path());
    fs::create_dir_all(dir.path().join("modules/net")).unwrap();
    fs::copy(from.join("plan.json"), dir.path().join("plan.json")).unwrap();
    assert!(find(files(), "plan", "plan.json", &all).is_none());
    fs::copy(from.join("plan.tfplan"), dir.path().join("plan.tfplan")).unwrap();
    // The checkout has moved on.
    let moved = format!("# new\n{}", fs::read_to_string(from.join("main.tf")).unwrap());
    fs::write(dir.path().join("main.tf"), moved).unwrap();

    let now = Tree::new(&Store::new(files()), "");
    let then = find(files(), "plan", "plan.json", &all).unwrap();
    let unzipped = find(files(), "plan", "plan.tfplan", &all).unwrap();
    let address = "terraform_data.assign_direct";
    assert_eq!(at(&now, address, "input.kind"), "main.tf:23:5-42 Attribute");
    assert_eq!(at(&then, address, "input.kind"), "main.tf:22:5-42 Attribute");
    assert_eq!(at(&unzipped, address, "input.kind"), "main.tf:22:5-42 Attribute");
    let deep = r#"module.env["prod.v1"].module.ws.terraform_data.network"#;
    assert!(all.len() > 20);
    for (address, _) in &all {
        let place = at(&then, address, "");
        assert!(place.ends_with("Block"), "{address}: {place}");
    }
    assert!(
        at(&then, deep, "").starts_with("modules/workspace/main.tf:"),
        "{}",
        at(&then, deep, "")
    );
    assert_eq!(then.lines("main.tf", 1..=1).unwrap(), [(1, "variable \"envs\" {".to_owned())]);
    assert_eq!(then.problems(), []);
}

#[test]
fn every_resource_of_an_estate_is_found() {
    let mut files = Vec::new();
    below(Path::new("fixtures/_estate/bad/plans"), &mut files);
    assert!(files.len() >= 12);
    for file in files {
        let path = file.strip_prefix("fixtures/_estate/bad").unwrap().to_str().unwrap();
        let path = path.replace('\\', "/");
        let unit = path.strip_prefix("plans/").unwrap().strip_suffix("/tfplan.json").unwrap();
        let all = addresses(&file);
        // Named as by a run in the directory, and as by one further up.
        let files = || DirFiles::new("fixtures/_estate/bad");
        let tree = find(files(), unit, &path, &all).unwrap();
        assert_eq!(tree.dir(), format!("live/{unit}"));
        let far = find(files(), &format!("x/{unit}"), &path, &all).unwrap();
        assert_eq!(far.dir(), tree.dir());
        for (address, kept) in &all {
            let place = at(&tree, address, "");
            assert!(place.ends_with("Block") || !kept, "{unit} {address}: {place}");
        }
        tree.read_all();
        assert_eq!(tree.problems(), []);
    }
}

#[test]
fn a_place_is_taken_for_its_addresses() {
    let here = |address: &'static str, unit: &'static str, path: &'static str| {
        let files = [
            ("live/u/main.tf", "resource \"a\" \"live\" {}"),
            ("u/main.tf", "resource \"a\" \"unit\" {}"),
            ("p/u/main.tf", "resource \"a\" \"own\" {}\nresource \"a\" \"live\" {}"),
            ("q/r/main.tf", "resource \"a\" \"above\" {}"),
            ("main.tf", "resource \"a\" \"root\" {}"),
        ];
        let addresses = [address];
        let addresses = if address.is_empty() { &[] } else { &addresses[..] };
        let calls = &Calls::default();
        let ask = Ask { unit, path, unit_root: "", source_root: None, addresses, calls };
        let own = find_root(&store(&files), &ask).map(|tree| tree.dir().to_owned());
        let below = find_root(&store(&files), &Ask { source_root: Some("p"), ..ask });
        (own, below.map(|tree| tree.dir().to_owned()))
    };
    let dir = |dir: &str| Some(dir.to_owned());
    assert_eq!(here("a.live", "u#2", "p/u/plan.json"), (dir("live/u"), dir("p/u")));
    assert_eq!(here("a.unit", "u", "p/u/plan.json"), (dir("u"), None));
    assert_eq!(here("a.own[0]", "u", "./p/u/plan.json"), (dir("p/u"), dir("p/u")));
    assert_eq!(here("a.above", "x", "q/r/out/plan.json"), (dir("q/r"), None));
    assert_eq!(here("a.root", "stdin", "-"), (dir(""), None));
    assert_eq!(here("a.absent", "u", "p/u/plan.json"), (None, None));
    assert_eq!(here("", "u", "p/u/plan.json"), (dir("live/u"), dir("p/u")));
}

#[cfg(unix)]
#[test]
fn odd_files_are_problems_and_not_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path();
    fs::write(base.join("a.tf"), b"variable \"x\" {} # \xff\n").unwrap();
    fs::write(base.join("b.tf"), "variable \"y\" {}\n").unwrap();
    fs::create_dir(base.join("dir.tf")).unwrap();
    std::os::unix::fs::symlink("c.tf", base.join("c.tf")).unwrap();
    std::os::unix::fs::symlink("absent", base.join("d.tf")).unwrap();
    std::os::unix::fs::symlink(".", base.join("loop")).unwrap();
    fs::write(base.join("e.tf"), "module \"m\" { source = \"./loop\" }\n").unwrap();
    fs::write(base.join("plan.tfplan"), "PK\x03\x04 is no archive").unwrap();
    let tree = Tree::new(&Store::new(DirFiles::new(base)), "");
    tree.read_all();
    assert_eq!(at(&tree, "var.y", ""), "b.tf:1:1-13 Block");
    assert_eq!(at(&tree, "module.m.module.m.var.y", ""), "loop/loop/b.tf:1:1-13 Block");
    let problems = tree.problems();
    let of_root: Vec<_> = problems.iter().filter(|it| !it.path.contains('/')).collect();
    assert_eq!(of_root.len(), 2, "{problems:?}");
    assert_eq!((of_root[0].path.as_str(), of_root[0].message.as_str()), ("a.tf", "is not UTF-8"));
    assert_eq!(of_root[1].path, "c.tf");
    assert!(find(DirFiles::new(base), "plan", "plan.json", &[("a.b".into(), true)]).is_none());
}

/// hcl-edit reads whole files too, so it can be asked where things are.
fn agree(path: &Path, text: &str) -> Result<(), String> {
    use hcl_edit::{Span as _, structure::Body};
    let document = Document::new("x.tf", text.to_owned());
    let text = &document.text;
    let body: Body = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
    fn walk(body: &Body, text: &str, all: &mut Vec<(usize, usize)>) {
        for structure in body.iter() {
            let span = structure.span().unwrap();
            all.push((span.start, span.start + text[span.clone()].trim_end().len()));
            if let Some(block) = structure.as_block() {
                walk(&block.body, text, all);
            }
        }
    }
    let mut theirs = Vec::new();
    walk(&body, text, &mut theirs);
    let ours: Vec<_> =
        document.items.iter().map(|item| (item.whole.start, item.whole.end)).collect();
    if let Some(problem) = &document.problem {
        return Err(format!("{}: {problem:?}", path.display()));
    }
    match ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs) {
        Some((a, b)) => Err(format!("{}: {a:?} {b:?}", path.display())),
        None if ours.len() != theirs.len() => Err(format!("{}: numbers", path.display())),
        None => Ok(()),
    }
}

fn below(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn the_structure_is_what_a_parser_of_hcl_says() {
    let mut files = Vec::new();
    below(Path::new("fixtures"), &mut files);
    files.retain(|path| path.extension().is_some_and(|it| it == "tf" || it == "hcl"));
    files.retain(|path| !path.ends_with("broken.tf"));
    assert!(files.len() > 100, "{}", files.len());
    for path in files {
        agree(&path, &fs::read_to_string(&path).unwrap()).unwrap();
    }
    for text in [REMARKS, MAIN] {
        agree(Path::new("here"), text).unwrap();
    }
}

#[test]
fn hostile_text_ends_in_a_problem() {
    let deep = 10_000;
    let texts = [
        "b {\n".repeat(deep),
        format!("{}{}", "b {\n".repeat(deep), "}\n".repeat(deep)),
        format!("a = {}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("a = {}{}", "{ a = ".repeat(deep), "}".repeat(deep)),
        format!("a = {}{}", "f(".repeat(deep), ")".repeat(deep)),
        format!("a = {}1{}", "\"${".repeat(deep), "}\"".repeat(deep)),
        format!("a = \"{}", "${".repeat(deep)),
        "a = <<E\n".repeat(deep),
        "a = \"".to_owned(),
        "\"".to_owned(),
        "a \"${\" {}".to_owned(),
        "a = \"\\".to_owned(),
        "a = /* ".to_owned(),
        "é".repeat(deep),
        "\0".to_owned(),
    ];
    for text in &texts {
        let document = Document::new("x.tf", text.clone());
        let start: String = text.chars().take(20).collect();
        assert!(document.problem.is_some(), "{start}");
        let files: MemoryFiles = [("a.tf", text.as_str())].into_iter().collect();
        let tree = Tree::new(&Store::new(files), "");
        tree.read_all();
        tree.locate("a.b", Some("c[0].d"));
    }
    // Those below nest no deeper than what is read, and are the expression parser's concern.
    for text in [
        format!("{}1", "-".repeat(deep)),
        format!("1{}", " + 1".repeat(deep)),
        format!("a{}", ".b".repeat(deep)),
        format!("{}1{}", "(".repeat(400), ")".repeat(400)),
        format!("{}1{}", "\"${".repeat(400), "}\"".repeat(400)),
        format!("{}1{}", "[for a in b: ".repeat(400), "]".repeat(400)),
        format!("{}1{}", "a ? b : ".repeat(deep), ""),
        format!("{}1{}", "{(".repeat(60), ") = 1}".repeat(60)),
        format!("{}1{}", "f(-(".repeat(30), "))".repeat(30)),
    ] {
        shape::shape(&text, scan::Syntax::Hcl);
    }
    let json = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    Document::new("x.tf.json", json.clone());
    shape::shape(&json, scan::Syntax::Json);
    let document = Document::new("x.tf.json", format!("{{\"locals\":{{\"a\":{json}}}}}"));
    assert_eq!(document.items.len(), 0, "nested too deeply");
}

#[test]
fn every_cut_and_change_of_a_file_is_read_without_a_panic() {
    for (name, text) in [("a.tf", MAIN), ("a.tf", REMARKS), ("a.tf.json", JSON)] {
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            Document::new(name, text[..at].to_owned());
            for odd in ["\"", "{", "}", "<<E\n", "${", "/*", "é", "#"] {
                let changed = format!("{}{odd}{}", &text[..at], &text[at..]);
                let tree = Tree::new(
                    &Store::new([(name, changed)].into_iter().collect::<MemoryFiles>()),
                    "",
                );
                tree.locate("aws_x.y", Some("vpc[1].inner[0].deep"));
                tree.locate("aws_x.y", Some("tags[\"Name\"]"));
                for attribute in ["policy", "tags", "rule", "plain"] {
                    tree.expression("aws_x.y", attribute);
                }
                tree.suppressions();
            }
        }
    }
}
