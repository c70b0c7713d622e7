use std::sync::{Arc, LazyLock};

use bricklint::{
    graph::{Graph, Scope, Side},
    source::{File, MemoryFiles, Search, Span, Store, Tree},
};
use serde_json::json;

/// Source files: `.tf` and `terragrunt.hcl`, or `.tf.json` where the text starts with a brace.
///
/// Every place that is handed out is one that the file has.
pub fn source(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Lines are shown without the carriage returns at their end: of several, a place may lie behind them.
    if text.contains("\r\r") {
        return;
    }
    let mut files = MemoryFiles::default();
    let names: &[&str] = match text.trim_start().starts_with('{') {
        true => &["main.tf.json"],
        false => &["main.tf", "terragrunt.hcl"],
    };
    names.iter().for_each(|name| files.add(name, text));
    super::with_stack(|| {
        let tree = Tree::new(&Store::new(files), "");
        tree.read_all();
        let _ = (tree.root_dir(), tree.local("", "a"));
        for problem in tree.problems().into_iter().filter_map(|it| it.line) {
            assert!(problem as usize <= text.matches('\n').count() + 1);
        }
        for address in tree.declared(&[]).unwrap_or_default() {
            look_at_block(&tree, &address);
        }
        for it in tree.suppressions() {
            check(&tree, &it.at);
            check(&tree, &it.region);
        }
        names.iter().filter_map(|name| tree.file(name)).for_each(|file| look_at_lines(&file));
    });
}

fn look_at_block(tree: &Tree, address: &str) {
    let body = tree.body(address).unwrap_or_default();
    let _ = (body.references(), tree.has_hidden_blocks(address));
    let names = body.attributes.keys().chain(body.blocks.keys()).map(Some);
    for name in names.chain([None]) {
        let name = name.map(String::as_str);
        if let Some(located) = tree.locate(address, name) {
            check(tree, &located.span);
        }
        let _ = name.and_then(|name| tree.expression(address, name));
        let _ = tree.suppressions_of(address, name);
    }
}

/// A span starts and ends on lines of the file, behind their last character at most.
fn check(tree: &Tree, span: &Span) {
    let columns = |line: u32| {
        let lines = tree.lines(&span.path, line..=line).unwrap_or_default();
        lines.first().map(|(_, text)| text.chars().count() as u32 + 1)
    };
    let is_last = |line: u32| tree.lines(&span.path, line - 1..=line - 1).is_some();
    assert!(span.line >= 1 && (span.line, span.column) <= (span.end_line, span.end_column));
    let (first, last) = (columns(span.line), columns(span.end_line));
    assert!(first.is_some_and(|columns| span.column <= columns), "{span:?}");
    // What ends with the file may end on the line behind its last newline.
    assert!(last.map_or(is_last(span.end_line), |it| span.end_column <= it + 1), "{span:?}");
}

/// What is shown of a line, and what is hidden in it, lies between its characters.
fn look_at_lines(file: &File) {
    let lines = (1..).map_while(|number| file.line(number).map(|line| (number, line)));
    for (number, line) in lines.take(200) {
        let _ = (file.around(number), file.offset(number, 3));
        for range in file.secrets(number, &(0..line.len()), &|_| true) {
            assert!(line.get(range.clone()).is_some(), "{range:?} of {line:?}");
        }
        for free in file.free(number) {
            assert_eq!(
                free.text.get(free.here.clone()),
                line.get(free.at..free.at + free.here.len())
            );
        }
    }
}

/// An expression of a local that arguments are made of, reckoned out where it can be.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let source = format!(
        "variable \"v\" {{\n  default = [\"10.0.0.0/16\", 7]\n}}\nlocals {{\n  e = {text}\n}}\n\
         resource \"aws_vpc\" \"a\" {{\n  cidr_block = local.e\n  tags = {{ a = \"x-${{local.e}}\" }}\n}}\n\
         resource \"aws_vpc\" \"b\" {{\n  cidr_block = aws_vpc.a.cidr_block\n}}\n"
    );
    let Some(dir) = super::scratch("main.tf", source.as_bytes()) else { return };
    super::with_stack(|| {
        let Some(plan) = super::parsed(&PLAN) else { return };
        let search = Search::new(dir.path(), None, Some(dir.path()), None);
        let origin = Arc::new(search.origin(&plan));
        let graph = Arc::new(Graph::with_source(plan, origin));
        let scope = Scope::new(&graph, Side::Planned);
        for res in scope.of("aws_vpc") {
            for name in ["cidr_block", "tags"] {
                let view = res.get(name);
                view.leaves(&mut |leaf| drop((leaf.known(), leaf.show())));
                let _ = (view.known(), view.is_set(), view.show(), view.target(&["aws_vpc"]));
            }
        }
    });
}

/// The plan of that source, in which everything is known after the apply only.
static PLAN: LazyLock<String> = LazyLock::new(|| {
    let change = |name: &str| {
        json!({
            "address": format!("aws_vpc.{name}"), "mode": "managed", "type": "aws_vpc", "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {
                "actions": ["create"], "before": null, "after": {},
                "after_unknown": { "id": true, "cidr_block": true, "tags": true },
                "before_sensitive": false, "after_sensitive": {}
            }
        })
    };
    let block = |name: &str, expressions: serde_json::Value| {
        json!({
            "address": format!("aws_vpc.{name}"), "mode": "managed", "type": "aws_vpc", "name": name,
            "provider_config_key": "aws", "expressions": expressions, "schema_version": 1
        })
    };
    let of = json!({ "references": ["aws_vpc.a.cidr_block", "aws_vpc.a"] });
    let local = json!({ "references": ["local.e"] });
    json!({
        "format_version": "1.2", "terraform_version": "1.9.8", "complete": true,
        "variables": { "v": { "value": ["10.0.0.0/16", 7] } },
        "planned_values": { "root_module": {} },
        "resource_changes": [change("a"), change("b")],
        "configuration": { "root_module": {
            "variables": { "v": { "default": ["10.0.0.0/16", 7] } },
            "resources": [
                block("a", json!({ "cidr_block": local, "tags": local })),
                block("b", json!({ "cidr_block": of }))
            ]
        } }
    })
    .to_string()
});
