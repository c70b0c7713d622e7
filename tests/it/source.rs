//! Findings on source lines: the right file, line and columns, whatever the source looks like, and
//! nothing secret in what is shown of it.
//!
//! A script reports whatever attribute paths the plan lists in `at`, so that each test can choose
//! its places. Columns are asserted by the text that they cover.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    case::{rule_dirs, text},
    common::{Ran, bricklint, check_all, entries, name, read_json},
};

const RULE: &str = r#"
//! Says that every listed path is wrong.
const RULE = #{
    id: "acme-place", summary: "a place is wrong", severity: "warning", category: "governance",
    on: ["aws_x", "terraform_data", "aws_db_instance"],
};
fn check(r) {
    if r.type() == "terraform_data" { fail(r, "input.kind", "is wrong"); return; }
    for path in r.at {
        if path == "" { fail(r, "is wrong") } else { fail(r, path, `${path} is wrong`) }
    }
}
"#;

/// A repository with plans.
struct Repo(TempDir);

impl Repo {
    fn new(files: &[(&str, &str)]) -> Repo {
        let repo = Repo(tempfile::tempdir().unwrap());
        fs::create_dir(repo.0.path().join(".git")).unwrap();
        repo.write("rules/place.rhai", RULE.trim_start());
        files.iter().for_each(|(path, text)| repo.write(path, text));
        repo
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A plan in which every instance wants findings at the paths.
    fn plan(&self, path: &str, instances: &[(&str, &[&str])]) {
        let changes = instances.iter().map(|(address, at)| change(address, json!({ "at": at })));
        self.write(path, &plan(changes.collect()).to_string());
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = bricklint();
        command.current_dir(self.path()).args(["check", "--rules", "rules"]);
        Ran::of(command.args(["--select", "acme-place"]).args(args))
    }

    /// Each finding as `address (attribute) path:line precision |covered text|`.
    fn places(&self, args: &[&str]) -> Vec<String> {
        let ran = self.run(&[args, &["-o", "json"]].concat());
        assert_eq!(ran.code, 0, "{ran:#?}");
        let report = ran.json();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|it| self.place(it)).collect()
    }

    fn place(&self, finding: &Value) -> String {
        let subject = format!("{} ({})", text(finding, "address"), text(finding, "attribute"));
        let source = &finding["source"];
        if source.is_null() {
            return format!("{subject} nowhere");
        }
        let (path, line) = (text(source, "path"), &source["line"]);
        assert_eq!(&source["end_line"], line, "a code host shows a region that is in the diff");
        let file = fs::read_to_string(self.path().join(path)).unwrap();
        let file = file.strip_prefix('\u{feff}').unwrap_or(&file);
        let at = |key: &str| usize::try_from(source[key].as_u64().unwrap()).unwrap();
        let letters: Vec<char> = file.split('\n').nth(at("line") - 1).unwrap().chars().collect();
        let covered: String = letters[at("column") - 1..at("end_column") - 1].iter().collect();
        format!("{subject} {path}:{line} {} |{covered}|", text(source, "precision"))
    }
}

fn plan(changes: Vec<Value>) -> Value {
    json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": changes,
        "configuration": { "root_module": {} },
    })
}

/// The creation of an instance, `module.a["k"].aws_x.y["k"]` for example.
fn change(address: &str, after: Value) -> Value {
    let (type_, rest) = ["aws_x", "aws_db_instance"]
        .iter()
        .find_map(|type_| Some((type_, address.split_once(&format!("{type_}."))?.1)))
        .unwrap();
    let module = address.split_once(&format!(".{type_}.")).map(|(module, _)| module);
    let (name, key) = rest.split_once('[').map_or((rest, None), |(name, key)| (name, Some(key)));
    let key =
        key.and_then(|key| serde_json::from_str::<Value>(key.strip_suffix(']').unwrap()).ok());
    let mut change = json!({
        "address": address, "mode": "managed", "type": type_, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ["create"], "before": null, "after": after, "after_unknown": {},
            "before_sensitive": false, "after_sensitive": {},
        },
    });
    if let Some(module) = module {
        change["module_address"] = module.into();
    }
    if let Some(key) = key {
        change["index"] = key;
    }
    change
}

// Where

#[test]
fn columns_count_characters_whatever_the_file_is_like() {
    let lines = [
        "# größe: 日本",
        "resource \"aws_x\" \"y\" {",
        "\tname = \"größe 日本 🧱\" # end",
        "  /* é */ tags = { \"größe\" = 1, b = [1, { c = 2 }] }",
        "\tvpc {",
        "    id = 1",
        "  }",
        "\tvpc { id = \"ü\" }",
        "}",
    ];
    let at =
        ["name", "tags[\"größe\"]", "tags.b[1].c", "vpc[0].id", "vpc[1].id", "vpc[1]", "gone", ""];
    for (mark, end) in [("", "\n"), ("\u{feff}", "\r\n"), ("\u{feff}", "\n"), ("", "\r\n")] {
        let repo = Repo::new(&[("main.tf", &format!("{mark}{}", lines.join(end)))]);
        repo.plan("plan.json", &[("aws_x.y[\"a.b[0]\"]", &at)]);
        let mut places = repo.places(&["plan.json"]);
        places.sort();
        let wanted = [
            ("", "2 block |resource \"aws_x\" \"y\"|"),
            ("gone", "2 block |resource \"aws_x\" \"y\"|"),
            ("name", "3 attribute |name = \"größe 日本 🧱\"|"),
            ("tags.b[1].c", "4 attribute |c = 2|"),
            ("tags.größe", "4 attribute |\"größe\" = 1|"),
            ("vpc[0].id", "6 attribute |id = 1|"),
            ("vpc[1]", "8 nested-block |vpc|"),
            ("vpc[1].id", "8 attribute |id = \"ü\"|"),
        ];
        let wanted =
            wanted.map(|(at, place)| format!("aws_x.y[\"a.b[0]\"] ({at}) main.tf:{place}"));
        assert_eq!(places, wanted, "{end:?} {mark:?}");
    }
}

#[test]
fn blocks_of_one_name_stand_in_the_files_of_their_modules() {
    let block = |name: &str| format!("resource \"aws_x\" \"y\" {{\n  name = \"{name}\"\n}}\n");
    let repo = Repo::new(&[
        (
            "live/main.tf",
            &format!("module \"a\" {{\n  source = \"../modules/a\"\n}}\n{}", block("root")),
        ),
        ("live/other.tf", "resource \"aws_x\" \"z\" {\n  name = \"z\"\n}\n"),
        ("live/terra.tofu", "resource \"aws_x\" \"tofu\" {\n  name = \"t\"\n}\n"),
        (
            "live/data.tf.json",
            "{\n  \"resource\": { \"aws_x\": { \"json\": {\n    \"name\": \"jé\", \"b\": 1\n  } } }\n}\n",
        ),
        ("modules/a/main.tf", &format!("{}module \"b\" {{ source = \"./b\" }}\n", block("a"))),
        ("modules/a/b/b.tf", &block("b")),
    ]);
    repo.plan(
        "live/plan.json",
        &[
            ("aws_x.y", &["name"]),
            ("aws_x.z[0]", &["name"]),
            ("aws_x.tofu", &["name"]),
            ("aws_x.json", &["name", "other"]),
            ("module.a[\"x.module.y\"].aws_x.y[1]", &["name"]),
            ("module.a[\"x.module.y\"].module.b[0].aws_x.y[\"]\"]", &["name"]),
        ],
    );
    let wanted = [
        "aws_x.json (name) live/data.tf.json:3 attribute |\"name\": \"jé\"|",
        "aws_x.json (other) live/data.tf.json:2 block |\"json\"|",
        "aws_x.tofu (name) live/terra.tofu:2 attribute |name = \"t\"|",
        "aws_x.y (name) live/main.tf:5 attribute |name = \"root\"|",
        "aws_x.z[0] (name) live/other.tf:2 attribute |name = \"z\"|",
        "module.a[\"x.module.y\"].aws_x.y[1] (name) modules/a/main.tf:2 attribute |name = \"a\"|",
        "module.a[\"x.module.y\"].module.b[0].aws_x.y[\"]\"] (name) \
         modules/a/b/b.tf:2 attribute |name = \"b\"|",
    ];
    assert_eq!(repo.places(&["live/plan.json"]), wanted);
    // Paths start at the working directory.
    let mut command = bricklint();
    command.current_dir(repo.path().join("modules")).args(["check", "--rules", "../rules"]);
    let ran =
        Ran::of(command.args(["--select", "acme-place", "-o", "concise", "../live/plan.json"]));
    let starts = [
        "../live/data.tf.json:3:5: warning[acme-place] live aws_x.json (name): ",
        "a/b/b.tf:2:3: ",
    ];
    for start in starts {
        assert!(ran.stdout.lines().any(|line| line.starts_with(start)), "{start}: {ran:#?}");
    }
}

#[test]
fn what_is_not_in_the_repository_stands_at_its_call() {
    let manifest = r#"{"Modules":[{"Key":"","Dir":"."},
        {"Key":"net","Source":"registry.terraform.io/x/net/aws","Dir":".terraform/modules/net"},
        {"Key":"own","Dir":"modules/own"},
        {"Key":"own.deep","Dir":".terraform/modules/own.deep/sub"}]}"#;
    let repo = Repo::new(&[
        (
            "main.tf",
            "module \"net\" {\n  source = \"x/net/aws\"\n}\nmodule \"own\" {\n  source = \"./modules/own\"\n}\nmodule \"far\" {\n  source = \"git::https://example.com/far.git\"\n}\n",
        ),
        ("modules/own/main.tf", "module \"deep\" {\n  source = \"x/deep/aws\"\n}\n"),
        (".terraform/modules/modules.json", manifest),
        (".terraform/modules/net/main.tf", "resource \"aws_x\" \"y\" {\n  name = 1\n}\n"),
        (".terraform/modules/own.deep/sub/main.tf", "resource \"aws_x\" \"y\" {\n  name = 1\n}\n"),
    ]);
    repo.plan(
        "plan.json",
        &[
            ("module.net.aws_x.y", &["name"]),
            ("module.own[\"a\"].module.deep[\"b.c\"].aws_x.y", &["name"]),
            ("module.far.module.deeper.aws_x.y", &["name"]),
        ],
    );
    let wanted = [
        "module.far.module.deeper.aws_x.y (name) main.tf:7 module-call |module \"far\"|",
        "module.net.aws_x.y (name) main.tf:1 module-call |module \"net\"|",
        "module.own[\"a\"].module.deep[\"b.c\"].aws_x.y (name) \
         modules/own/main.tf:1 module-call |module \"deep\"|",
    ];
    assert_eq!(repo.places(&["plan.json"]), wanted);
    let sarif = repo.run(&["plan.json", "-o", "sarif"]);
    assert!(!sarif.stdout.contains(".terraform/modules"), "{sarif:#?}");
    let terminal = repo.run(&["plan.json"]).stdout;
    assert!(terminal.contains("╰── called here"), "{terminal}");
}

#[test]
fn what_terraform_fetched_elsewhere_is_read_and_stands_at_its_call() {
    let main =
        "module \"far\" {\n  source = \"git::https://example.com/far.git\"\n  open   = true\n}\n";
    let far = "locals {\n  all = [1]\n}\nresource \"aws_x\" \"y\" {\n  name = 1\n}\nmodule \"deep\" {\n  source = \"./deep\"\n}\n";
    let repo = Repo::new(&[
        ("live/main.tf", main),
        ("live/data/modules/far/main.tf", far),
        ("live/data/modules/far/deep/main.tf", "resource \"aws_x\" \"z\" {\n  name = 1\n}\n"),
        (
            "live/data/modules/modules.json",
            r#"{"Modules":[{"Key":"","Dir":"."},{"Key":"far","Dir":"data/modules/far"}]}"#,
        ),
    ]);
    repo.write("live/data/modules/far/torn.tf", "resource {\n");
    let at: &[&str] = &["name"];
    repo.plan(
        "live/plan.json",
        &[("module.far.aws_x.y", at), ("module.far.module.deep.aws_x.z", at)],
    );
    let run = |data_dir: Option<&str>| {
        let mut command = bricklint();
        command.current_dir(repo.path()).args(["check", "--rules", "rules", "-o", "concise"]);
        data_dir.map(|dir| command.env("TF_DATA_DIR", dir));
        Ran::of(command.args(["--select", "acme-place", "live/plan.json"]))
    };
    let absolute = repo.path().join("live/data").display().to_string();
    for data_dir in [None, Some(""), Some("data"), Some(&absolute)] {
        let ran = run(data_dir);
        let places: Vec<&str> = ran.stdout.lines().take(2).collect();
        assert!(places.iter().all(|it| it.starts_with("live/main.tf:1:1: ")), "{ran:#?}");
        let is_read = ran.stderr.contains("live/data/modules/far/torn.tf");
        assert_eq!(is_read, data_dir.is_some_and(|dir| !dir.is_empty()), "{ran:#?}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_are_not_followed_for_ever() {
    let repo = Repo::new(&[(
        "main.tf",
        "module \"a\" {\n  source = \"./a\"\n}\nmodule \"b\" {\n  source = \"./b\"\n}\nresource \"aws_x\" \"y\" {\n  name = 1\n}\n",
    )]);
    for link in ["a", "b"] {
        std::os::unix::fs::symlink(".", repo.path().join(link)).unwrap();
    }
    repo.plan("plan.json", &[("aws_x.y", &["name"]), ("module.a.module.b.aws_x.y", &["name"])]);
    let wanted = [
        "aws_x.y (name) main.tf:8 attribute |name = 1|",
        "module.a.module.b.aws_x.y (name) a/b/main.tf:8 attribute |name = 1|",
    ];
    assert_eq!(repo.places(&["plan.json"]), wanted);
}

#[test]
fn a_terragrunt_unit_leads_to_its_module() {
    let repo = Repo::new(&[
        ("root.hcl", "generate \"provider\" {\n  contents = \"\"\n}\n"),
        (
            "live/eu/net/terragrunt.hcl",
            "include \"root\" { path = find_in_parent_folders(\"root.hcl\") }\nterraform {\n  source = \"${get_repo_root()}//modules/net\"\n}\n",
        ),
        (
            "live/eu/far/terragrunt.hcl",
            "terraform {\n  source = \"git::https://example.com/far.git?ref=v1\"\n}\n",
        ),
        ("modules/net/main.tf", "resource \"aws_x\" \"y\" {\n  name = 1\n}\n"),
    ]);
    repo.plan("plans/eu/net/tfplan.json", &[("aws_x.y", &["name"])]);
    repo.plan("plans/eu/far/tfplan.json", &[("aws_x.y", &["name"])]);
    let wanted = "aws_x.y (name) modules/net/main.tf:2 attribute |name = 1|";
    let places = repo.places(&["plans", "--unit-root", "plans"]);
    assert_eq!(places[1], wanted);
    // A module that is nowhere to be seen: the unit's own file says which it is.
    assert_eq!(
        places[0],
        "aws_x.y (name) live/eu/far/terragrunt.hcl:2 terragrunt \
         |source = \"git::https://example.com/far.git?ref=v1\"|"
    );
    assert_eq!(repo.places(&["plans"])[1], wanted, "found beside the plans as well");
}

#[test]
fn a_binary_plan_brings_its_own_lines() {
    let from = Path::new("fixtures/_plans/02-chain");
    let place = |repo: &Repo| {
        let places = repo.run(&["plan.json", "-o", "concise"]);
        assert_eq!(places.code, 0, "{places:#?}");
        let lines = places.stdout.lines();
        let mut lines = lines.filter(|line| line.contains("terraform_data.assign_direct "));
        lines.next().unwrap().split(": ").next().unwrap().to_owned()
    };
    let repo = Repo::new(&[]);
    fs::copy(from.join("plan.json"), repo.path().join("plan.json")).unwrap();
    assert_eq!(place(&repo), "plan", "no source at all");
    fs::copy(from.join("plan.tfplan"), repo.path().join("plan.tfplan")).unwrap();
    assert_eq!(place(&repo), "main.tf:22:5", "lines without a checkout");
    // A checkout that has moved on tells where the files are, and not which lines were planned.
    let moved = format!("# new\n{}", fs::read_to_string(from.join("main.tf")).unwrap());
    repo.write("live/plan/main.tf", &moved);
    assert_eq!(place(&repo), "live/plan/main.tf:22:5");
    repo.write("live/plan/new.tf", "");
    for module in ["net", "outer", "workspace"] {
        let path = format!("modules/{module}/main.tf");
        let text = fs::read_to_string(from.join(&path)).unwrap();
        repo.write(&format!("live/plan/{path}"), &text);
    }
    let terminal = repo.run(&["plan.json"]).stdout;
    let said = "files changed since the plan was made: lines and comments are those of the plan";
    let which = "(plan: live/plan/main.tf, live/plan/new.tf (new))";
    let one_line = terminal.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(one_line.contains(said) && one_line.contains(which), "{terminal}");
    fs::remove_file(repo.path().join("live/plan/new.tf")).unwrap();
    fs::copy(from.join("main.tf"), repo.path().join("live/plan/main.tf")).unwrap();
    let unchanged = repo.run(&["plan.json"]).stdout;
    assert!(!unchanged.contains("files changed"), "{unchanged}");
    repo.write("live/plan/main.tf", &moved);
    let line = fs::read_to_string(from.join("main.tf")).unwrap();
    let line = line.lines().nth(21).unwrap();
    assert!(terminal.contains(&format!(" 22 │ {line}")), "{terminal}");
    fs::remove_file(repo.path().join("plan.tfplan")).unwrap();
    assert_eq!(place(&repo), "live/plan/main.tf:23:5");
}

#[test]
fn a_mistake_in_a_file_loses_that_file_only_and_is_told_once() {
    let repo = Repo::new(&[
        ("good.tf", "resource \"aws_x\" \"good\" {\n  name = 1\n}\n"),
        (
            "torn.tf",
            "resource \"aws_x\" \"before\" {\n  name = 1\n}\nresource \"aws_x\" \"torn\" {\n  name = \"\n}\n",
        ),
    ]);
    let instances: [(&str, &[&str]); 3] =
        [("aws_x.before", &["name"]), ("aws_x.good", &["name"]), ("aws_x.torn", &["name"])];
    repo.plan("plan.json", &instances);
    repo.plan("again/plan.json", &instances);
    let args = ["plan.json", "again", "--source-root", "."];
    let wanted = [
        "aws_x.before (name) torn.tf:2 attribute |name = 1|",
        "aws_x.good (name) good.tf:2 attribute |name = 1|",
        "aws_x.torn (name) nowhere",
    ];
    assert_eq!(repo.places(&args), [wanted, wanted].concat());
    let said = "source not read: torn.tf:5: a string does not end on its line; findings there have no lines";
    for format in ["terminal", "concise", "json", "sarif"] {
        let ran = repo.run(&[&args[..], &["-o", format]].concat());
        assert_eq!(ran.code, 0, "{format}: the plan was judged");
        let (out, aside) = (ran.stdout.matches(said).count(), ran.stderr.matches(said).count());
        let wanted = if format == "terminal" { (1, 0) } else { (0, 1) };
        assert_eq!((out, aside), wanted, "{format}: {ran:#?}");
    }
    let report = repo.run(&[&args[..], &["-o", "json"]].concat()).json();
    let message = "a string does not end on its line";
    assert_eq!(report["unread"], json!([{ "path": "torn.tf", "line": 5, "message": message }]));
    let sarif = repo.run(&[&args[..], &["-o", "sarif"]].concat()).json();
    let notes = &sarif["runs"][0]["invocations"][0];
    assert_eq!(notes["executionSuccessful"], true);
    let note = &notes["toolExecutionNotifications"][0];
    assert_eq!(note["message"]["text"], format!("source not read: torn.tf:5: {message}."));
}

#[test]
fn only_modules_of_the_unit_are_read() {
    let torn = "resource {\n";
    let repo = Repo::new(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./a\"\n}\nmodule \"b\" {\n  source = \"./b\"\n}\n",
        ),
        ("a/main.tf", "resource \"aws_x\" \"y\" {\n  name = 1\n}\n"),
        ("b/main.tf", torn),
        ("unused/main.tf", torn),
    ]);
    repo.plan("plan.json", &[("module.a.aws_x.y", &["name"])]);
    let report = repo.run(&["plan.json", "-o", "json"]).json();
    let unread: Vec<&str> =
        report["unread"].as_array().unwrap().iter().map(|it| text(it, "path")).collect();
    assert_eq!(unread, ["b/main.tf"]);
}

#[test]
fn a_plan_on_stdin_has_the_lines_of_the_working_directory() {
    let repo = Repo::new(&[("main.tf", "resource \"aws_x\" \"y\" {\n  name = 1\n}\n")]);
    let plan = plan(vec![change("aws_x.y", json!({ "at": ["name"] }))]).to_string();
    let mut command = bricklint();
    command.current_dir(repo.path()).args(["check", "--rules", "rules", "--select", "acme-place"]);
    let ran = Ran::of(command.args(["-o", "concise", "-"]).write_stdin(plan));
    assert!(ran.stdout.starts_with("main.tf:2:3: warning[acme-place] stdin aws_x.y"), "{ran:#?}");
}

#[cfg(unix)]
#[test]
fn a_directory_reached_through_a_link_is_the_same() {
    let repo = Repo::new(&[("live/main.tf", "resource \"aws_x\" \"y\" {\n  name = 1\n}\n")]);
    repo.plan("live/plan.json", &[("aws_x.y", &["name"])]);
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(repo.path(), &link).unwrap();
    let plan = link.join("live/plan.json");
    let place = repo.places(&[plan.to_str().unwrap()]);
    assert_eq!(place, ["aws_x.y (name) live/main.tf:2 attribute |name = 1|"]);
}

#[test]
fn instances_on_one_line_are_one_result() {
    let repo =
        Repo::new(&[("live/x y/main.tf", "resource \"aws_x\" \"y\" {\n  name = \"ü\"\n}\n")]);
    repo.plan("live/x y/plan.json", &[("aws_x.y[0]", &["name"]), ("aws_x.y[1]", &["name"])]);
    let mut command = bricklint();
    command.current_dir(repo.path().join("live")).args(["check", "--rules", "../rules"]);
    let ran = Ran::of(command.args(["--select", "acme-place", "-o", "sarif", "x y/plan.json"]));
    let run = &ran.json()["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{results:#?}");
    let physical = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "live/x%20y/main.tf", "from the root");
    let region = json!({ "startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 13 });
    assert_eq!(physical["region"], region);
    let message = text(&results[0]["message"], "text");
    assert!(
        message.contains("2 places in 'live/x y': 'aws_x.y[0] (name)', 'aws_x.y[1] (name)'"),
        "{message}"
    );
    let terminal = repo.run(&["live/x y/plan.json"]).stdout;
    assert_eq!(terminal.matches("╭─[live/x y/main.tf:2:3]").count(), 1, "{terminal}");
    assert!(terminal.contains("   also: aws_x.y[1] (name)\n"), "{terminal}");
}

/// A plan sorts the blocks of a set anew. Literals tell which is meant: of blocks, and of what
/// Terraform takes for one attribute (`ingress` of a security group). Where they do not, the block
/// around them is shown, and never another one.
#[test]
fn of_blocks_that_make_a_set_the_one_that_is_meant_is_shown() {
    let from = Path::new("fixtures/net-sg-open-ingress/bad");
    let source = fs::read_to_string(from.join("main.tf")).unwrap();
    let repo = Repo::new(&[("plan/main.tf", &source)]);
    let mut plan = read_json(from.join("plan.json"));
    let place = |plan: &Value| {
        repo.write("plan/plan.json", &plan.to_string());
        let mut command = bricklint();
        command.current_dir(repo.path()).args(["check", "plan", "-o", "json"]);
        let report = Ran::of(command.args(["--select", "net-sg-open-ingress"])).json();
        let is_group = |it: &&Value| it["address"] == "aws_security_group.workspace";
        let place = |list: &str| {
            let found = report[list].as_array().unwrap().iter().find(is_group)?;
            Some(format!("{list} {}", repo.place(found)))
        };
        place("findings").or_else(|| place("accepted")).unwrap()
    };
    let subject = "aws_security_group.workspace (ingress) plan/main.tf";
    let open = r#"attribute |cidr_blocks = ["0.0.0.0/0"]|"#;
    assert_eq!(place(&plan), format!("findings {subject}:88 {open}"));
    // So a comment there is about it, and one on the other block is not.
    let blocks: Vec<&str> = source.split("  ingress {\n").collect();
    let remark = "  ingress { # bricklint: ignore[net-sg-open-ingress] a test\n";
    let other = format!("{}{remark}{}", blocks[0], blocks[1..].join("  ingress {\n"));
    repo.write("plan/main.tf", &other);
    assert_eq!(place(&plan), format!("findings {subject}:88 {open}"));
    let this = format!("{}{remark}{}", blocks[..2].join("  ingress {\n"), blocks[2]);
    repo.write("plan/main.tf", &this);
    assert_eq!(place(&plan), format!("accepted {subject}:88 {open}"));
    // A reference hides what the blocks are made of.
    repo.write("plan/main.tf", &source);
    let resources = plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    let group = resources.iter_mut().find(|it| it["address"] == "aws_security_group.workspace");
    group.unwrap()["expressions"]["ingress"] = json!({ "references": ["var.ranges"] });
    let header = r#"block |resource "aws_security_group" "workspace"|"#;
    assert_eq!(place(&plan), format!("findings {subject}:74 {header}"));
}

/// What blocks are made of through variables, locals and module calls tells them apart as well.
#[test]
fn of_blocks_with_references_the_source_tells_which_is_meant() {
    let from = Path::new("fixtures/net-sg-open-ingress/bad");
    let source = fs::read_to_string(from.join("main.tf")).unwrap();
    let mut plan = read_json(from.join("plan.json"));
    let root = &mut plan["configuration"]["root_module"];
    root["variables"]["inside"] = json!({ "default": ["10.0.0.0/16"] });
    let groups = root["resources"].as_array_mut().unwrap().iter_mut();
    let mut groups = groups.filter(|it| it["address"] == "aws_security_group.workspace");
    groups.next().unwrap()["expressions"]["ingress"] = json!({ "references": ["var.inside"] });
    plan["variables"]["inside"] = json!({ "value": ["10.0.0.0/16"] });
    let changes = plan["resource_changes"].as_array_mut().unwrap().iter_mut();
    let mut changes = changes.filter(|it| it["address"] == "aws_security_group.workspace");
    let group = changes.next().unwrap();
    let member = |range: &str| {
        json!({ "cidr_blocks": [range], "description": "", "from_port": 22, "to_port": 22,
            "protocol": "tcp", "ipv6_cidr_blocks": [], "prefix_list_ids": [],
            "security_groups": [], "self": false })
    };
    group["change"]["after"]["ingress"] = json!([member("0.0.0.0/0"), member("10.0.0.0/16")]);
    let block = |range: &str| {
        format!(
            "  ingress {{\n    from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n    cidr_blocks = {range}\n  }}\n"
        )
    };
    let start = source.find("  ingress {\n").unwrap();
    let end = source[start..].find("\n}\n").unwrap() + start + 1;
    let written = |blocks: &str| {
        let rest = format!("{}{blocks}{}", &source[..start], &source[end..]);
        let declared = "variable \"inside\" {}\nlocals {\n  all = [\"0.0.0.0/0\"]\n}\n";
        let repo = Repo::new(&[("plan/main.tf", &format!("{rest}{declared}"))]);
        repo.write("plan/plan.json", &plan.to_string());
        let mut command = bricklint();
        command.current_dir(repo.path()).args(["check", "plan", "-o", "json"]);
        let report = Ran::of(command.args(["--select", "net-sg-open-ingress"])).json();
        let findings = report["findings"].as_array().unwrap().iter();
        let places: Vec<String> = findings.map(|it| repo.place(it)).collect();
        let group = places.into_iter().find(|it| it.starts_with("aws_security_group.workspace"));
        group.unwrap().split_once(' ').unwrap().1.split_once(' ').unwrap().1.to_owned()
    };
    let (inside, open) = (block("var.inside"), block("[\"0.0.0.0/0\"]"));
    assert!(
        written(&format!("{inside}{open}")).ends_with("attribute |cidr_blocks = [\"0.0.0.0/0\"]|")
    );
    let header = "plan/main.tf:74 block |resource \"aws_security_group\" \"workspace\"|";
    assert_eq!(written(&format!("{inside}{}", block("var.other"))), header, "another version");
    assert_eq!(written(&format!("{inside}{inside}")), header, "nothing made the open one");
}

#[test]
fn a_grant_of_several_is_told_by_its_literals() {
    let grant = |who: &str, what: &str| {
        format!("  grant {{\n    principal  = {who}\n    privileges = [\"{what}\"]\n  }}\n")
    };
    let grants =
        [grant("\"a\"", "USE_CATALOG"), grant("var.b", "READ_FILES"), grant("var.b", "SELECT")];
    let head = "resource \"databricks_grants\" \"all\" {\n  catalog = \"main\"\n";
    let repo = Repo::new(&[("main.tf", &format!("{head}{}}}\n", grants.concat()))]);
    let member = |who: &str, what: &str| json!({ "principal": who, "privileges": [what] });
    let after = json!({
        "catalog": "main",
        "grant": [member("x", "SELECT"), member("b", "READ_FILES"), member("a", "USE_CATALOG")],
    });
    let change = json!({
        "address": "databricks_grants.all", "mode": "managed", "type": "databricks_grants",
        "name": "all", "provider_name": "registry.terraform.io/databricks/databricks",
        "change": {
            "actions": ["create"], "before": null, "after": after, "after_unknown": {},
            "before_sensitive": false, "after_sensitive": {},
        },
    });
    let var = json!({ "references": ["var.b"] });
    let text = |text: &str| json!({ "constant_value": text });
    let list = |text: &str| json!({ "constant_value": [text] });
    let written = |what: [Value; 3]| {
        let [first, second, third] = what;
        let mut plan = plan(vec![change.clone()]);
        plan["configuration"]["root_module"]["resources"] = json!([{
            "address": "databricks_grants.all", "mode": "managed", "type": "databricks_grants",
            "name": "all", "provider_config_key": "databricks", "schema_version": 0,
            "expressions": { "catalog": text("main"), "grant": [
                { "principal": text("a"), "privileges": first },
                { "principal": var, "privileges": second },
                { "principal": var, "privileges": third },
            ] },
        }]);
        repo.write("plan.json", &plan.to_string());
        let mut command = bricklint();
        command.current_dir(repo.path()).args(["check", "plan.json", "-o", "json"]);
        let ran = Ran::of(command.args(["--select", "uc-grant-privilege-invalid"]));
        repo.place(&ran.json()["findings"][0])
    };
    let subject = "databricks_grants.all (grant[].privileges) main.tf";
    assert_eq!(
        written([list("USE_CATALOG"), list("READ_FILES"), list("SELECT")]),
        format!("{subject}:9 attribute |privileges = [\"READ_FILES\"]|")
    );
    let header = r#"1 block |resource "databricks_grants" "all"|"#;
    assert_eq!(
        written([list("USE_CATALOG"), var.clone(), var.clone()]),
        format!("{subject}:{header}"),
        "both of the others may be meant"
    );
    assert_eq!(
        written([list("USE_CATALOG"), list("read_files"), var.clone()]),
        format!("{subject}:{header}"),
        "a provider spells it otherwise: the last would fit two members"
    );
}

// Which source

#[test]
fn the_source_root_is_a_flag_a_variable_and_a_setting() {
    let file = "resource \"aws_x\" \"y\" {\n  name = 1\n}\n";
    let repo =
        Repo::new(&[("plans/main.tf", file), ("infra/live/plans/main.tf", &format!("\n{file}"))]);
    repo.write("other/main.tf", &format!("\n\n{file}"));
    repo.plan("plans/plan.json", &[("aws_x.y", &["name"])]);
    let place = |args: &[&str]| {
        let place = repo.places(&[&["plans/plan.json"], args].concat()).remove(0);
        place.strip_prefix("aws_x.y (name) ").unwrap().split(' ').next().unwrap().to_owned()
    };
    assert_eq!(place(&[]), "plans/main.tf:2");
    assert_eq!(place(&["--source-root", "infra"]), "infra/live/plans/main.tf:3");
    assert_eq!(place(&["--source-root", "other"]), "other/main.tf:4");
    assert_eq!(place(&["--source-root", "none"]), "nowhere");
    repo.write("conf/bricklint.toml", "unit-root = \"..\"\nsource-root = \"../infra\"\n");
    assert_eq!(place(&["--config", "conf/bricklint.toml"]), "infra/live/plans/main.tf:3");
    let both = ["--config", "conf/bricklint.toml", "--source-root", "other"];
    assert_eq!(place(&both), "other/main.tf:4", "the flag wins");
    repo.write("conf/bricklint.toml", "source-root = \"none\"\n");
    assert_eq!(place(&["--config", "conf/bricklint.toml"]), "nowhere");
    let of_variable = |value: &str| {
        let mut command = bricklint();
        command.current_dir(repo.path()).env("BRICKLINT_SOURCE_ROOT", value);
        command.args(["check", "--rules", "rules", "--select", "acme-place", "-o", "concise"]);
        Ran::of(command.arg("plans/plan.json")).stdout
    };
    assert!(of_variable("other").starts_with("other/main.tf:4:3: "));
    assert!(of_variable("").starts_with("plans/main.tf:2:3: "), "empty is not set");
}

#[test]
fn a_source_root_that_cannot_be_meant_is_told() {
    let repo = Repo::new(&[("empty/x.txt", "")]);
    repo.plan("plan.json", &[("aws_x.y", &["name"])]);
    let ran = repo.run(&["plan.json", "--source-root", "missing"]);
    let wanted =
        "--source-root: missing is no directory; name the one that the .tf files are in, or `none`";
    assert!(ran.code == 2 && ran.stderr.contains(wanted), "{ran:#?}");
    repo.write("bricklint.toml", "possible = true\nsource-root = \"missing\"\n");
    let ran = repo.run(&["plan.json"]);
    let start = format!("{}:2:15: source-root: ", Path::new("bricklint.toml").display());
    assert!(ran.code == 2 && ran.stderr.contains(&start), "{ran:#?}");
    repo.write("bricklint.toml", "source-root = 1\n");
    let ran = repo.run(&["plan.json"]);
    assert!(ran.code == 2 && ran.stderr.contains("bricklint.toml:1:15: invalid type"), "{ran:#?}");
    fs::remove_file(repo.path().join("bricklint.toml")).unwrap();
    // There, and with nothing of the plan in it: the run goes on, and says so.
    let ran = repo.run(&["plan.json", "--source-root", "empty"]);
    assert!(
        ran.code == 0 && ran.stderr.contains("the source root holds no source of plan"),
        "{ran:#?}"
    );
    assert_eq!(repo.run(&["plan.json", "--source-root", "empty", "--quiet"]).stderr, "");
}

// What is shown of it

#[test]
fn frames_bear_any_text() {
    let wide = "日".repeat(200);
    let long = "x".repeat(70_000);
    let source = format!(
        "resource \"aws_x\" \"y\" {{\r\n\tname = \"{wide}\"\r\n\tlong = \"{long}\"; \r\n\
         \tesc = \"\u{1b}[2J\u{202e}::error::x ##[group]\"\r\n\tend = [\"{long}\", {{ deep = 1 }}]\r\n}}\r\n"
    );
    let repo = Repo::new(&[("main.tf", &source)]);
    repo.plan("plan.json", &[("aws_x.y", &["name", "long", "esc", "end[1].deep", ""])]);
    for columns in ["40", "80", "160"] {
        for color in ["never", "always"] {
            let mut command = bricklint();
            command.current_dir(repo.path()).env("COLUMNS", columns);
            command.args(["check", "--rules", "rules", "--select", "acme-place", "--color", color]);
            let ran = Ran::of(command.arg("plan.json"));
            assert_eq!(ran.code, 0, "{ran:#?}");
            let plain = uncolored(&ran.stdout);
            assert!(!plain.contains(['\u{1b}', '\r', '\t', '\u{202e}']), "{plain}");
            assert!(!plain.contains("##[") && plain.contains("deep = 1"), "{plain}");
            let width: usize = columns.parse().unwrap();
            let (findings, _) = plain.rsplit_once("\n\n").unwrap();
            for line in findings.lines() {
                assert!(textwrap::core::display_width(line) <= width, "{columns}: {line}");
            }
            for finding in findings.split("\n\n") {
                assert!(finding.lines().count() <= 40, "{finding}");
            }
        }
    }
}

fn uncolored(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').unwrap().1)
}

/// Secrets of every kind; `hunter` stands in each.
const SECRETS: [&str; 9] = [
    "clear-hunter-1",
    "esc\"aped\\hunter-2",
    "dollar${x}hunter-3",
    "based-on-hunter-4",
    "line-one-hunter-5\n  line-two-hunter-5",
    "hunter-6-before",
    "hunt7",
    "write-only-hunter-8",
    "variable-hunter-9",
];

#[test]
fn no_secret_of_a_source_file_is_shown_in_any_format() {
    let encoded = data_encoding::BASE64.encode(format!("user:{}", SECRETS[3]).as_bytes());
    let source = format!(
        r#"variable "v" {{
  sensitive = true
  default   = "variable-hunter-9"
}}
resource "aws_db_instance" "y" {{
  clear   = "clear-hunter-1" # clear-hunter-1
  escaped = "esc\"aped\\hunter-2"
  dollar  = "dollar$${{x}}hunter-3"
  encoded = "{encoded}"
  heredoc = <<-EOT
      line-one-hunter-5
        line-two-hunter-5
    EOT
  options     = {{ a = 1, api_key = "hunter-6-before" }}
  password    = "hunt7-${{var.x}}"
  password_wo = "write-only-hunter-8"
}}
"#
    );
    let repo = Repo::new(&[("main.tf", &source)]);
    let at = [
        "clear",
        "escaped",
        "dollar",
        "encoded",
        "heredoc",
        "options.api_key",
        "password",
        "password_wo",
        "",
    ];
    let mut change = change("aws_db_instance.y", json!({ "at": at, "masked": SECRETS[..5] }));
    change["change"]["after_sensitive"] = json!({ "masked": true });
    repo.write("plan.json", &plan(vec![change]).to_string());
    // Another plan of the run knows the secret; the file is the same.
    let other = repo.run(&["plan.json"]);
    assert_eq!(other.code, 0, "{other:#?}");
    for format in ["terminal", "concise", "json", "sarif"] {
        let ran = repo.run(&["plan.json", "-o", format, "--verbose"]);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        let words = SECRETS.iter().flat_map(|secret| secret.split('\n')).map(str::trim);
        let shown = words.chain(["hunt", &encoded[8..20]]).find(|word| all.contains(*word));
        assert_eq!(shown, None, "{format}: {all}");
    }
    let terminal = repo.run(&["plan.json"]).stdout;
    for line in [
        "  6 │   clear   = \"(sensitive)\" # (sensitive)",
        "  7 │   escaped = \"(sensitive)\"",
        "  8 │   dollar  = \"(sensitive)\"",
        " 11 │       (sensitive)",
        " 14 │   options     = { a = 1, api_key = \"(sensitive)\" }",
        " 15 │   password    = \"(sensitive)\"",
        " 16 │   password_wo = \"(sensitive)\"",
    ] {
        assert!(terminal.contains(line), "{line}: {terminal}");
    }
}

#[test]
fn no_secret_of_a_comment_or_a_heredoc_is_shown_in_any_format() {
    let pat = format!("dapi{}", "0a1b2c3d".repeat(4));
    let source = format!(
        r#"resource "aws_x" "y" {{
  # password = "hunter-1"
  one = 1 // api_token = "hunter-2"
  /*
  nested {{
    client_secret = "hunter-3"
  }}
  hunter-4 */
  two = 2 # was {pat}

  # nested {{
  #   DB_PASSWORD: hunter-5
  #   hunter-6
  # }}
  three = 3 /* connection string: hunter-7 */
  four  = 4 # the fourth: a number

  five = <<-EOT
    export PGPASSWORD=hunter-8 # hunter
    apiToken: 'hunter-9'
    shown: yes
    login --password hunter-10
    use {pat} here
    password: |
      hunter-11
      hunter-12
  EOT
  six   = "export A=1\nexport PASSWORD=hunter-13"
  seven = base64encode(<<EOT
-----BEGIN PRIVATE KEY-----
hunter-14
EOT
  )
}}
"#
    );
    let repo = Repo::new(&[("main.tf", &source)]);
    // A place for each few lines, so that all of them come to be shown.
    let at = ["one", "two", "three", "four", "five", "six", "seven", ""];
    repo.plan("plan.json", &[("aws_x.y", &at)]);
    for format in ["terminal", "concise", "json", "sarif", "markdown", "github", "gitlab", "junit"]
    {
        let ran = repo.run(&["plan.json", "-o", format, "--verbose"]);
        assert_eq!(ran.code, 0, "{ran:#?}");
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains("hunter") && !all.contains(&pat), "{format}: {all}");
        let has_frames = all.contains("four  = 4");
        assert_eq!(has_frames, format == "terminal", "{format}: {all}");
    }
    let terminal = repo.run(&["plan.json"]).stdout;
    for line in [
        "2 │   # (sensitive)",
        "3 │   one = 1 // (sensitive)",
        "4 │   /*\n",
        "7 │   (sensitive)",
        "8 │   (sensitive) */",
        "9 │   two = 2 # (sensitive)",
        "13 │   #   (sensitive)",
        "15 │   three = 3 /* (sensitive) */",
        "16 │   four  = 4 # the fourth: a number",
        "19 │     export PGPASSWORD=(sensitive)",
        "28 │   six   = \"export A=1\\nexport PASSWORD=(sensitive)\"",
        "29 │   seven = base64encode(<<EOT",
    ] {
        assert!(terminal.contains(line), "{line}: {terminal}");
    }
}

#[test]
fn a_secret_of_one_plan_is_hidden_in_the_source_of_another() {
    let source = "resource \"aws_x\" \"y\" {\n  name = \"shared-hunter-1\"\n}\n";
    let repo = Repo::new(&[
        ("modules/m/main.tf", source),
        ("a/main.tf", "module \"m\" { source = \"../modules/m\" }\n"),
        ("b/main.tf", "module \"m\" { source = \"../modules/m\" }\n"),
    ]);
    repo.plan("a/plan.json", &[("module.m.aws_x.y", &["name"])]);
    let mut masked = change("module.m.aws_x.z", json!({ "at": [], "name": "shared-hunter-1" }));
    masked["change"]["after_sensitive"] = json!({ "name": true });
    repo.write("b/plan.json", &plan(vec![masked]).to_string());
    let alone = repo.run(&["a/plan.json"]).stdout;
    assert!(alone.contains("name = \"shared-hunter-1\""), "nobody says it is one: {alone}");
    let both = repo.run(&["a", "b"]).stdout;
    assert!(both.contains("name = \"(sensitive)\"") && !both.contains("hunter"), "{both}");
}

#[test]
fn whole_companies_stand_on_their_lines() {
    let errors = ["bad", "replan"].map(|which| {
        let dir = Path::new("fixtures/_estate").join(which);
        let module = |place: &Value| {
            let unit = dir.join("live").join(text(place, "unit")).join("terragrunt.hcl");
            let unit = fs::read_to_string(unit).unwrap();
            let (_, rest) = unit.split_once("/modules//").unwrap();
            format!("modules/{}/", rest.split_once('"').unwrap().0)
        };
        let (found, errors) = misplaced(&dir, "plans", &["plans".to_owned()], &module);
        assert!(found > 0, "{which}");
        errors
    });
    check_all(errors.concat());
}

#[test]
fn fixtures_stand_on_their_lines() {
    let has = |dir: &Path, ending: &str| entries(dir).iter().any(|it| name(it).ends_with(ending));
    let cases = rule_dirs().into_iter().flat_map(entries);
    let cases = cases.filter(|dir| has(dir, ".tf") && dir.join("plan.json").is_file());
    let plans: Vec<String> = cases
        .map(|dir| format!("{}/plan.json", dir.strip_prefix("fixtures").unwrap().display()))
        .collect();
    let directory = |place: &Value| format!("{}/", text(place, "unit"));
    let (found, errors) = misplaced(Path::new("fixtures"), ".", &plans, &directory);
    assert!(found > 100, "{found}");
    check_all(errors);
}

/// How many places the findings of plans have, and what is wrong with those of them that have
/// wrong lines. `module` gives the directory of the root module of a place's unit.
fn misplaced(
    dir: &Path,
    unit_root: &str,
    plans: &[String],
    module: &dyn Fn(&Value) -> String,
) -> (usize, Vec<String>) {
    let mut command = bricklint();
    command.current_dir(dir).args(["check", "--no-config", "--profile=all", "--possible"]);
    let ran = Ran::of(command.args(["-o=json", "--unit-root", unit_root]).args(plans));
    let report = ran.json();
    assert_eq!((&report["unread"], &report["failures"]), (&json!([]), &json!([])));
    let mut found = 0;
    let mut errors = Vec::new();
    for finding in report["findings"].as_array().unwrap() {
        let related = finding["related"].as_array().unwrap();
        let cause = Some(&finding["cause"]).filter(|cause| !cause.is_null());
        for place in related.iter().chain(cause).chain([finding]) {
            found += 1;
            let unit = text(place, "unit");
            let wrong = wrong(dir, place).or_else(|| elsewhere(place, &module(place)));
            errors.extend(wrong.map(|error| format!("{unit}: {error}")));
        }
    }
    (found, errors)
}

/// What is wrong with a place that is not in the module of its unit; modules that it calls are
/// below, where there are any.
fn elsewhere(place: &Value, module: &str) -> Option<String> {
    let path = place["source"]["path"].as_str()?;
    let address = text(place, "address");
    (!path.starts_with(module)).then(|| format!("{address} stands in {path}, not in {module}"))
}

/// Whether the configuration in the plan of a place has its block.
fn is_configured(dir: &Path, place: &Value) -> bool {
    let unit = text(place, "unit");
    let paths =
        [dir.join(unit).join("plan.json"), dir.join("plans").join(unit).join("tfplan.json")];
    let plan = read_json(paths.iter().find(|path| path.is_file()).unwrap());
    let keys = regex::Regex::new(r"\[[^\]]*\]").unwrap();
    let address = keys.replace_all(text(place, "address"), "").into_owned();
    let mut module = &plan["configuration"]["root_module"];
    let mut rest = address.as_str();
    while let Some((call, inner)) =
        rest.strip_prefix("module.").and_then(|rest| rest.split_once('.'))
    {
        (module, rest) = (&module["module_calls"][call]["module"], inner);
    }
    let blocks = module["resources"].as_array();
    blocks.is_some_and(|blocks| blocks.iter().any(|block| block["address"] == rest))
}

/// What is wrong with where a place stands: the text there has to be its attribute or its block, in
/// the block of its address.
fn wrong(dir: &Path, place: &Value) -> Option<String> {
    let (address, source) = (text(place, "address"), &place["source"]);
    if source.is_null() {
        // What the plan's configuration lacks is gone from the source as well; the plan as a whole has
        // no line.
        let is_gone = address.is_empty() || !is_configured(dir, place);
        return (!is_gone).then(|| format!("{address} stands nowhere"));
    }
    let at = |key: &str| usize::try_from(source[key].as_u64().unwrap()).unwrap();
    let file = fs::read_to_string(dir.join(text(source, "path"))).unwrap();
    let around = around(&file, at("line") - 1);
    let line: Vec<char> = file.lines().nth(at("line") - 1).unwrap().chars().collect();
    let covered: String = line[at("column") - 1..at("end_column") - 1].iter().collect();
    let attribute = text(place, "attribute");
    let starts = |text: &str, name: &str| {
        let rest = text.trim_start_matches('"').strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with([' ', '=', '"', '{']) || rest.is_empty())
    };
    // A finding about the whole may be shown at the argument that its message names.
    let about = if attribute.is_empty() { place["message"].as_str() } else { Some(attribute) };
    let mut names =
        about.unwrap_or_default().split(['.', '[', ']', '"', ' ']).filter(|name| !name.is_empty());
    let fits = match text(source, "precision") {
        // What is wrong with a block may be an argument of it.
        "attribute" => names
            .any(|name| starts(&covered, name) || around.iter().any(|block| starts(block, name))),
        "nested-block" => {
            names.any(|name| starts(&covered, name) || covered == format!("dynamic \"{name}\""))
        }
        "block" => covered == header(address),
        _ => false,
    };
    let is_own = around.last().is_some_and(|block| block.starts_with(&header(address)));
    let fits = fits && is_own;
    (!fits).then(|| format!("{address} ({attribute}) stands at `{covered}`: {source}"))
}

/// The lines that start the blocks around a line, the innermost first, as formatted files are
/// indented; the line itself where nothing is around it.
fn around(file: &str, line: usize) -> Vec<&str> {
    let indent = |text: &str| text.len() - text.trim_start().len();
    let lines: Vec<&str> = file.lines().take(line + 1).collect();
    let mut found = Vec::new();
    let mut left = indent(lines[line]) + 1;
    for text in lines.iter().rev().filter(|text| !text.trim().is_empty()) {
        if indent(text) < left {
            left = indent(text);
            found.push(text.trim());
        }
    }
    found
}

/// The first line of a subject's block, without its brace.
fn header(address: &str) -> String {
    if let Some(key) = address.strip_prefix("provider.") {
        return format!("provider \"{}\"", key.split('.').next().unwrap());
    }
    // No key of the fixtures has a bracket.
    let bare = address.split('[').enumerate().map(|(n, part)| match n {
        0 => part,
        _ => part.split_once(']').unwrap().1,
    });
    let bare: String = bare.collect();
    let mut names = bare.rsplit('.');
    let (name, type_) = (names.next().unwrap(), names.next().unwrap());
    match (type_, names.next()) {
        ("output", _) => format!("output \"{name}\""),
        ("var", _) => format!("variable \"{name}\""),
        (type_, Some("data")) => format!("data \"{type_}\" \"{name}\""),
        (type_, _) => format!("resource \"{type_}\" \"{name}\""),
    }
}
