//! The module as a whole: files of every kind, and directories.

use std::{
    ffi::OsString,
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{
    decode::{Text, decode},
    memory::Limit,
    read::{documents, load_stream, read_within},
    *,
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/_input").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).unwrap()
}

/// A runner that notes what it was given.
#[derive(Default)]
struct Stub {
    asked: Mutex<Vec<PathBuf>>,
    answer: Option<Vec<u8>>,
}

impl Runner for Stub {
    fn show_json(&self, plan: &Path) -> Result<Vec<u8>, String> {
        self.asked.lock().unwrap().push(plan.to_owned());
        self.answer.clone().ok_or_else(|| "`terraform show -json` failed: no provider".to_owned())
    }
}

fn source(path: &Path) -> Source {
    Source {
        origin: Origin::File(path.to_owned()),
        unit: "u".to_owned(),
        path: format!("dir/{}", path.file_name().unwrap().to_string_lossy()),
        named: true,
    }
}

fn read_path(path: &Path) -> (Vec<Document>, Vec<Problem>) {
    read(&source(path), &Stub::default())
}

fn read_bytes(name: &str, content: &[u8]) -> (Vec<Document>, Vec<Problem>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, content).unwrap();
    read_path(&path)
}

/// The units and kinds of what is judged; nothing else may be there.
fn good((documents, problems): (Vec<Document>, Vec<Problem>)) -> Vec<(String, Kind)> {
    assert_eq!(problems, []);
    for document in &documents {
        let text = document.text.trim();
        assert!(serde_json::from_str::<serde_json::Value>(text).unwrap().is_object());
    }
    documents.into_iter().map(|document| (document.unit, document.kind)).collect()
}

fn one(kind: Kind) -> Vec<(String, Kind)> {
    vec![("u".to_owned(), kind)]
}

/// The only message of what is not judged.
fn bad((documents, problems): (Vec<Document>, Vec<Problem>)) -> String {
    assert_eq!(documents, []);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].unit.as_deref(), Some("u"));
    let message = problems[0].message.clone();
    assert!(!message.ends_with('.') && !message.contains('\n'), "{message}");
    message
}

fn text(content: &str) -> (Vec<Document>, Vec<Problem>) {
    read_bytes("plan.json", content.as_bytes())
}

#[track_caller]
fn refused(content: &str, words: &str) {
    let message = bad(text(content));
    assert!(message.contains(words), "{message}");
}

#[test]
fn documents_of_every_kind_and_encoding_are_read() {
    for (name, kind) in [
        ("plan.json", Kind::Plan),
        ("pretty.json", Kind::Plan),
        ("sorted.json", Kind::Plan),
        ("state.json", Kind::State),
        ("state.tfstate", Kind::TfState),
        ("plan.json.gz", Kind::Plan),
        ("bom.json", Kind::Plan),
        ("utf16le.json", Kind::Plan),
        ("utf16be.json", Kind::Plan),
        ("wrapped.json", Kind::Plan),
    ] {
        assert_eq!(good(read_path(&fixture(name))), one(kind), "{name}");
    }
    let packed = read_bytes("any.name", &bytes("plan.json.gz"));
    assert_eq!(good(packed), one(Kind::Plan));
}

#[test]
fn the_text_is_the_document() {
    // What no rule reads is left out where it can be done while reading.
    let parsed = |bytes: &[u8]| {
        let mut whole: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let planned = whole["planned_values"].take();
        (whole, planned)
    };
    let (plain, planned) = parsed(&bytes("plan.json"));
    for name in ["plan.json", "plan.json.gz", "bom.json", "utf16be.json", "wrapped.json"] {
        let (documents, _) = read_path(&fixture(name));
        let (rest, kept) = parsed(documents[0].text.as_bytes());
        assert_eq!(rest, plain, "{name}");
        let is_left_out = kept == serde_json::json!({ "root_module": { "resources": [{}] } });
        assert_eq!(is_left_out, name.starts_with("plan"), "{name}");
        assert!(is_left_out || kept == planned, "{name}");
    }
    assert!(!format!("{:?}", read_path(&fixture("plan.json"))).contains("format_version"));
}

#[test]
fn trimmed_and_empty_documents_are_read() {
    for (content, kind) in [
        (r#"{"resource_changes":[]}"#, Kind::Plan),
        (r#"{"planned_values":{},"configuration":{}}"#, Kind::Plan),
        (
            r#"{"plan_format_version":"1.2","provider_schemas":{},"resource_changes":[]}"#,
            Kind::Plan,
        ),
        (r#"{"format_version":"","planned_values":{}}"#, Kind::Plan),
        (r#"{"format_version":"0.1","planned_values":{}}"#, Kind::Plan),
        (r#"{"format_version":"1.99","terraform_version":"9","configuration":{}}"#, Kind::Plan),
        (r#"{"format_version":"1.0"}"#, Kind::State),
        (r#"{"format_version":"1.0","terraform_version":"1.5.0"}"#, Kind::State),
        (r#"{"terraform_version":"1.5.0","values":{}}"#, Kind::State),
        (r#"{"version":4,"serial":1,"lineage":"","resources":[]}"#, Kind::TfState),
        (r#"{"resources":[],"terraform_version":"1.5.0","version":4}"#, Kind::TfState),
    ] {
        assert_eq!(good(text(content)), one(kind), "{content}");
    }
}

#[test]
fn several_documents_are_several_units() {
    let plan = |unit: &str| (unit.to_owned(), Kind::Plan);
    let three = vec![plan("u"), plan("u#2"), plan("u#3")];
    assert_eq!(good(read_path(&fixture("concatenated.json"))), three);
    let pretty = String::from_utf8(bytes("pretty.json")).unwrap();
    assert_eq!(good(text(&pretty.repeat(3))), three);
    let log = "{\"level\":\"info\",\"msg\":\"running\"}\n";
    assert_eq!(good(text(&format!("{log}{pretty}{log}\n{pretty}{pretty}"))), three);
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let plan = String::from_utf8(bytes("plan.json")).unwrap();
    let (documents, problems) = text(&format!("{plan}{}", &plan[..500]));
    assert_eq!(documents.len(), 1);
    assert!(problems[0].message.contains("line 2"), "{problems:?}");
    let (documents, problems) = text(&format!("{plan}{{\"a\":1}}\n{plan}"));
    assert_eq!(documents.len(), 2);
    assert!(problems[0].message.contains("neither a plan nor a state"));
}

#[test]
fn files_of_terraform_that_are_no_plans_are_named() {
    for (name, words) in [
        ("log.ndjson", "the log of `terraform plan -json`"),
        ("human.txt", "Terraform's output for people"),
        ("bookmark.json", "the bookmark of a plan"),
        ("encrypted.tfstate", "encrypted by OpenTofu"),
        ("old.tfstate", "Terraform 0.11 or older"),
        ("truncated.json", "ends in the middle of the JSON document, at line 1, column 2000"),
        ("utf16-mangled.json", "Out-File -Encoding utf8"),
    ] {
        let message = bad(read_path(&fixture(name)));
        assert!(message.contains(words), "{name}: {message}");
        assert!(message.contains(" show -json"), "{name}: {message}");
    }
    refused("No changes. Your infrastructure matches.\n", "output for people");
    refused("\nOpenTofu will perform the following actions:\n", "output for people");
    refused(r#"{"format_version":"2.0","planned_values":{}}"#, "newer than this version");
    refused(r#"{"format_version":"x","values":{}}"#, "newer than this version");
    refused(r#"{"version":5,"serial":1,"lineage":""}"#, "`version` is above 4");
    refused(r#"{"version":3,"serial":1,"lineage":"","backend":{}}"#, "about the backend");
    refused(r#"{"format_version":"1.0","provider_schemas":{}}"#, "terraform providers schema");
    refused(r#"{"format_version":"1.0","valid":true,"diagnostics":[]}"#, "terraform validate");
}

#[test]
fn other_files_are_refused() {
    refused("", "an empty file");
    refused(" \n\t\n", "an empty file");
    refused(r#"{"plan":{"format_version":"1.2"}}"#, "`jq .plan dir/plan.json > unwrapped.json`");
    refused("{}", "neither a plan nor a state");
    refused("[{\"format_version\":\"1.2\"}]", "a JSON list");
    refused("[\n  {}\n]", "a JSON list");
    refused("just words\n", "text without a JSON document");
    refused("{ prose }\n", "no valid JSON at line 1, column 3");
    refused("{\"a\" 1}\n", "no valid JSON at line 1, column 6: expected `:`");
    refused("\n\n{\"a\" 1}\n", "no valid JSON at line 3, column 6");
    assert!(
        bad(read_bytes("main.tf", b"resource \"a\" \"b\" {\n}\n")).contains("Terraform source")
    );
    assert!(bad(read_bytes("plan.json", b"\x7fELF\x01\x02\0\0\xff")).contains("binary data"));
    assert!(bad(read_bytes("plan.json", b"{\"a\":\"\xe9\"}")).contains("byte 6"));
    assert!(bad(read_bytes("plan.json", b"\xff\xfe{\0\"")).contains("damaged UTF-16"));
    assert!(bad(read_bytes("plan.json", b"\xff\xfe\0\0{\0\0\0")).contains("binary data"));
    let packed = bytes("plan.json.gz");
    assert!(bad(read_bytes("a.json.gz", &packed[..packed.len() / 2])).contains("gzip"));
}

#[test]
fn messages_never_show_content() {
    for content in [
        r#"{"hunter2":{"hunter2":"hunter2"}}"#,
        r#"{"format_version":"hunter2","values":{}}"#,
        r#"{"format_version":{"hunter2":1},"hunter2": hunter2}"#,
        "hunter2",
        "{hunter2}",
        "{\"a\":\"hunter2\u{1}\"}",
    ] {
        assert!(!bad(text(content)).contains("hunter2"), "{content}");
    }
}

#[test]
fn a_lone_document_is_left_to_the_reader_of_plans() {
    // Cut off where it happens to end with a brace: not read that far here.
    let (documents, problems) = text(r#"{"format_version":"1.2","resource_changes":{"a":{}"#);
    assert_eq!((documents.len(), problems.len()), (1, 0));
    let text = &documents[0].text;
    let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
    assert!(describe_broken(text, Gap::default(), &error).starts_with("ends in the middle"));
}

#[test]
fn depth_is_no_danger() {
    refused(&"[".repeat(20_000_000), "a JSON list");
    refused(&"{\"a\":".repeat(2_000_000), "ends in the middle");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(2_000_000), "]".repeat(2_000_000));
    refused(&deep, "neither a plan nor a state");
}

#[test]
fn lines_with_braces_take_linear_time() {
    refused(&"{\"a\":[\n".repeat(300_000), "ends in the middle");
    refused(&"{ no\n".repeat(300_000), "no valid JSON");
    refused(&"no {\n".repeat(300_000), "text without a JSON document");
}

#[test]
fn a_binary_plan_goes_through_terraform() {
    let stub = Stub { answer: Some(bytes("plan.json")), ..Stub::default() };
    let path = fixture("plan.tfplan");
    assert_eq!(good(read(&source(&path), &stub)), one(Kind::Plan));
    assert_eq!(*stub.asked.lock().unwrap(), std::slice::from_ref(&path));
    let message = bad(read_path(&path));
    assert!(
        message.contains(
            "failed: no provider; run `cd dir && terraform show -json plan.tfplan > plan.json`"
        ),
        "{message}"
    );
}

#[test]
fn other_archives_are_refused() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(b"a").unwrap();
    let zip = zip.finish().unwrap().into_inner();
    assert!(bad(read_bytes("a.zip", &zip)).contains("no member `tfplan`"));
    assert!(bad(read_bytes("a.zip", &bytes("plan.tfplan")[..1000])).contains("damaged or cut off"));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&bytes("plan.tfplan")).unwrap();
    assert!(bad(read_bytes("a.gz", &gz.finish().unwrap())).contains("a file of its own"));
}

#[test]
fn standard_input_is_read_like_a_file() {
    let source =
        Source { origin: Origin::Stdin, unit: "u".to_owned(), path: "-".to_owned(), named: true };
    let stream = |content: &[u8], limit| documents(&source, load_stream(content, limit));
    for name in ["plan.json", "plan.json.gz", "utf16le.json"] {
        assert_eq!(good(stream(&bytes(name), None)), one(Kind::Plan), "{name}");
    }
    assert!(bad(stream(&bytes("plan.tfplan"), None)).contains("| bricklint check -"));
    assert!(bad(stream(b"", None)).contains("an empty file"));
    let limit = Some(Limit::resident(8000, "a test"));
    assert!(bad(stream(&bytes("plan.json"), limit)).contains("larger than 1.9 KiB"));
    assert!(bad(stream(&bytes("plan.json.gz"), limit)).contains("larger than 1.9 KiB"));
}

#[test]
fn what_does_not_fit_is_not_read() {
    let limit = Some(Limit::resident(3000, "a test"));
    let message = bad(read_within(&source(&fixture("plan.json")), &Stub::default(), limit));
    assert!(
        message.starts_with(
            "3.5 KiB large; judging it takes about 14.1 KiB, and a test allows 2.9 KiB"
        ),
        "{message}"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.json");
    fs::File::create(&path).unwrap().set_len(4 << 30).unwrap();
    assert!(bad(read_path(&path)).starts_with("4.0 GiB large"));
}

#[test]
fn what_is_no_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(bad(read_path(&dir.path().join("gone.json"))).contains("no such file"));
    assert!(bad(read_path(dir.path())).contains("a directory"));
    let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    assert!(read::unreadable(&denied).to_string().contains("permission denied"));
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("plan.json");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert!(bad(read_path(&socket)).contains("| bricklint check -"));
    assert!(bad(read_path(Path::new("/dev/zero"))).contains("a pipe, device or socket"));
}

#[test]
fn utf8_is_not_copied() {
    let bytes = b"{}".to_vec();
    let place = bytes.as_ptr();
    let Ok(Text { content, .. }) = decode(bytes, Gap::default()) else { panic!("valid text") };
    assert_eq!(content.as_ptr(), place);
}

/// A directory with a repository in it, to find things in.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[&str]) -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        fs::create_dir(tree.0.path().join(".git")).unwrap();
        for file in files {
            let content = match *file {
                f if f.ends_with(".gz") => bytes("plan.json.gz"),
                f if f.ends_with(".tfplan") => bytes("plan.tfplan"),
                f if f.ends_with(".tfstate") => bytes("state.tfstate"),
                f if f.ends_with("state.json") => bytes("state.json"),
                f if f.ends_with("other.json") => b"{\"a\":1}".to_vec(),
                _ => bytes("sorted.json"),
            };
            tree.add(file, &content);
        }
        tree
    }

    fn add(&self, file: &str, content: &[u8]) {
        let path = self.0.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn options(&self) -> Options {
        Options { cwd: self.0.path().to_owned(), ..Options::default() }
    }

    fn find(&self, args: &[&str]) -> Found {
        find(&os(args), &self.options())
    }
}

fn os(args: &[&str]) -> Vec<OsString> {
    args.iter().map(OsString::from).collect()
}

/// `unit path`, with a `!` where it is named.
fn list(found: &Found) -> Vec<String> {
    let line = |s: &Source| format!("{} {}{}", s.unit, s.path, if s.named { "!" } else { "" });
    found.sources.iter().map(line).collect()
}

/// `path: message` of the only problem.
fn problem(found: &Found) -> String {
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    format!("{}: {}", found.problems[0].path, found.problems[0].message)
}

#[test]
fn directories_are_searched_by_name_and_content() {
    let tree = Tree::new(&[
        "live/a/tfplan.json",
        "live/b/tfplan.json.gz",
        "live/c/show.json",
        "live/c/other.json",
        "live/d/state.json",
        "live/e/plan.tfplan",
        "live/f/plan.tfplan",
        "live/f/plan.json",
        "live/g/terraform.tfstate",
        "live/.git/plan.json",
        "live/.terraform/plan.json",
        "live/.hidden/plan.json",
        "live/readme.md",
    ]);
    tree.add(".gitignore", b"*.json\nlive\n");
    let found = tree.find(&["live"]);
    assert_eq!(
        list(&found),
        [
            "live/.hidden live/.hidden/plan.json",
            "live/a live/a/tfplan.json",
            "live/b live/b/tfplan.json.gz",
            "live/c/show live/c/show.json",
            "live/d/state live/d/state.json",
            "live/e live/e/plan.tfplan",
            "live/f live/f/plan.json",
        ]
    );
    assert_eq!((found.skipped, found.problems), (vec!["live/c/other.json".to_owned()], vec![]));
    let options = Options { state: true, ..tree.options() };
    let found = find(&os(&["live/g", "."]), &options);
    assert!(list(&found).contains(&"live/g/terraform live/g/terraform.tfstate".to_owned()));
    assert_eq!(found.sources.len(), 8);
}

#[test]
fn what_is_called_like_a_plan_is_read_and_refused() {
    let tree = Tree::new(&["a/plan.json"]);
    tree.add("a/MyPlan.json", b"{}");
    tree.add("a/x.json", &bytes("bookmark.json"));
    tree.add("a/y.tfplan", b"{}");
    let found = tree.find(&["a"]);
    assert_eq!(
        list(&found),
        ["a a/plan.json", "a/MyPlan a/MyPlan.json", "a/x a/x.json", "a/y a/y.tfplan"]
    );
    assert_eq!(read(&found.sources[1], &Stub::default()).1.len(), 1);
}

#[test]
fn a_binary_plan_counts_where_the_json_beside_it_is_none() {
    let tree = Tree::new(&["a/x.tfplan", "b/x.tfplan", "b/x.tfplan.json", "c/x.tfplan"]);
    tree.add("a/x.json", b"{\"settings\":1}");
    let found = tree.find(&["."]);
    assert_eq!(list(&found), ["a/x a/x.tfplan", "b/x b/x.tfplan.json", "c/x c/x.tfplan",]);
}

/// What a failed command leaves behind is no file of another kind, whatever it is called.
#[test]
fn what_should_have_become_a_plan_is_read_and_refused() {
    let tree = Tree::new(&["a/plan.json"]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&fs::read(tree.0.path().join("a/plan.json")).unwrap()).unwrap();
    let packed = packed.finish().unwrap();
    let failed: [(&str, &[u8], &str); 10] = [
        ("empty.json", b"", "an empty file"),
        ("blank.json.gz", b"\n", "an empty file"),
        ("cut.json", b"{\"format_version\":\"1.2\",\"terra", "ends in the middle"),
        ("brace.json", b"{", "ends in the middle"),
        ("half.json.gz", &packed[..40], "gzip file that is damaged"),
        ("log.json", b"{\"@level\":\"info\",\"@message\":\"x\"}\n", "the log of"),
        ("error.json", "\u{2577}\n\u{2502} Error: no plan\n\u{2575}".as_bytes(), "for people"),
        ("list.json", b"[{\"format_version\":\"1.2\",\"planned_values\":{}}]", "a JSON list"),
        ("text.json", b"No changes. Your infrastructure matches", "for people"),
        ("plain.json", b"Error: Failed to read the given file", "for people"),
    ];
    for (name, content, _) in failed {
        tree.add(&format!("a/{name}"), content);
    }
    let settings: [(&str, &[u8]); 7] = [
        ("words.json", b"{\"title\": \"No changes.\", \"text\": \"Error: x\"}"),
        ("tsconfig.json", b"{\n  // a comment\n  \"strict\": true,\n}"),
        ("broken.json", b"{\"a\": 1,}"),
        ("list-of-others.json", b"[{\"a\": 1}]"),
        ("text-of-others.json", b"version https://git-lfs.github.com/spec/v1"),
        ("number.json", b"1"),
        ("schema.json", b"{\"format_version\":\"1.0\",\"provider_schemas\":{}}"),
    ];
    for (name, content) in settings {
        tree.add(&format!("a/{name}"), content);
    }
    let found = tree.find(&["a", "a"]);
    assert_eq!(found.sources.len(), 1 + failed.len(), "{found:?}");
    assert_eq!(found.skipped.len(), settings.len(), "{found:?}");
    let named = tree.find(&["a", "a/number.json"]);
    assert_eq!(named.skipped.len(), settings.len() - 1, "what is named is no longer passed over");
    for (name, _, words) in failed {
        let path = format!("a/{name}");
        let source = found.sources.iter().find(|source| source.path == path).unwrap();
        let (documents, problems) = read(source, &Stub::default());
        assert!(documents.is_empty() && problems.len() == 1, "{name}");
        assert!(problems[0].message.contains(words), "{name}: {}", problems[0].message);
    }
}

/// Data of somebody's tests is no plan that failed, and nor is what Terraform reads itself.
#[test]
fn broken_files_are_plans_where_plans_are() {
    let tree = Tree::new(&["live/a/plan.json", "live/b/network.json"]);
    for path in [
        "live/a/x.auto.tfvars.json",
        "live/a/e.tf.json",
        "tests/data/empty.json",
        "node_modules/x/test/broken.json",
    ] {
        tree.add(path, if path.contains("broken") { b"{" } else { b"" });
    }
    tree.add("live/c/network.json", b"");
    tree.add("live/a/storage.json", b"{\"format_version\":");
    let found = tree.find(&["."]);
    let paths: Vec<&str> = found.sources.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths,
        ["live/a/plan.json", "live/a/storage.json", "live/b/network.json", "live/c/network.json"]
    );
    assert_eq!(found.skipped.len(), 4, "{found:?}");
    // Where there is nothing else, each is named.
    let tree = Tree::new(&[]);
    tree.add("a/network.json", b"");
    assert_eq!(list(&tree.find(&["a"])), ["a/network a/network.json"]);
}

#[test]
fn what_is_called_tfplan_is_read_and_refused() {
    let tree = Tree::new(&["z/plan.json"]);
    let plan = bytes("plan.tfplan");
    tree.add("a/tfplan", &plan[..500]);
    tree.add("b/tfplan", b"");
    tree.add("c/tfplan", b"Error: x");
    tree.add("d/tfplan", &bytes("sorted.json"));
    tree.add("e/plan.out", &bytes("sorted.json"));
    tree.add("f/TFPLAN.JSON", &bytes("sorted.json"));
    tree.add("g/plan", b"#!/bin/sh\nterraform plan");
    // The command that should have written the JSON failed.
    tree.add("h/tfplan", &plan);
    tree.add("h/tfplan.json", b"");
    let found = tree.find(&["."]);
    let paths: Vec<&str> = found.sources.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "a/tfplan",
            "b/tfplan",
            "c/tfplan",
            "d/tfplan",
            "e/plan.out",
            "f/TFPLAN.JSON",
            "h/tfplan.json",
            "z/plan.json",
        ]
    );
    assert_eq!((found.skipped, found.problems), (vec!["g/plan".to_owned()], vec![]));
}

#[test]
fn binary_plans_are_told_by_what_is_in_them() {
    let tree = Tree::new(&["f/x.json"]);
    let plan = bytes("plan.tfplan");
    for path in ["a/tfplan", "b/plan.out", "c/prod-plan.bin", "d/tfplan", "e/tfplan", "f/tfplan"] {
        tree.add(path, &plan);
    }
    tree.add("b/plan.tf", b"# a plan");
    tree.add("b/planner.zip", &[b"PK\x03\x04".as_slice(), &[0; 40]].concat());
    tree.add("d/show.json", b"{\"settings\":1}");
    tree.add("e/plan.json", &bytes("plan.json"));
    // A state is no plan, and `x.tfplan` has a name of its own.
    tree.add("g/tfplan", &plan);
    tree.add("g/state.json", &bytes("state.json"));
    tree.add("h/plan.tfplan", &plan);
    tree.add("h/network.json", &bytes("sorted.json"));
    let found = tree.find(&["."]);
    assert_eq!(
        list(&found),
        [
            "a a/tfplan",
            "b/plan.out b/plan.out",
            "c/prod-plan.bin c/prod-plan.bin",
            "d d/tfplan",
            "e e/plan.json",
            "f/x f/x.json",
            "g g/tfplan",
            "g/state g/state.json",
            "h h/plan.tfplan",
            "h/network h/network.json",
        ]
    );
    // One that may be of the same plan as the JSON beside it is not passed over in silence.
    assert!(found.skipped.contains(&"f/tfplan".to_owned()), "{found:?}");
}

#[test]
fn files_are_named_once_however_they_are_typed() {
    let tree = Tree::new(&["live/a/plan.json", "live/b/plan.json"]);
    let absolute = tree.0.path().join("live/a/plan.json");
    let absolute = absolute.to_str().unwrap();
    let found =
        tree.find(&["live", "./live/x/../a/plan.json", "live/a/plan.json", absolute, "-", "-"]);
    assert_eq!(list(&found)[0].split(' ').next(), Some("live/a"));
    assert_eq!(found.sources.len(), 3);
    assert_eq!(list(&found)[2], "stdin -!");
    let unit = |dir: &str, arg: &str| {
        let cwd = tree.0.path().join(dir);
        find(&os(&[arg]), &Options { cwd, ..Options::default() }).sources[0].unit.clone()
    };
    assert_eq!(unit("live/a", "plan.json"), "live/a");
    assert_eq!(unit("live/a", "."), "live/a");
    assert_eq!(unit("live", "a"), "live/a");
    assert_eq!(unit("live/b", "../a/plan.json"), "live/a");
}

#[test]
fn globs_are_expanded_here() {
    let tree = Tree::new(&[
        "live/a/tfplan.json",
        "live/b/c/tfplan.json",
        "live/b/c/other.json",
        "live/.terraform/tfplan.json",
        "odd[1].json",
    ]);
    let units = |arg: &str| list(&tree.find(&[arg]));
    assert_eq!(
        units("live/**/tfplan.json"),
        ["live/a live/a/tfplan.json", "live/b/c live/b/c/tfplan.json"]
    );
    assert_eq!(units("./live/*/tfplan.json"), ["live/a live/a/tfplan.json"]);
    assert_eq!(units("live/{a,b/c}/tfplan.json").len(), 2);
    assert_eq!(units("live/*").len(), 2);
    assert_eq!(units("odd[1].json"), ["odd[1] odd[1].json!"]);
    assert!(
        problem(&tree.find(&["live/*/*.tfplan"])).starts_with("live/*/*.tfplan: no file matches")
    );
    assert!(problem(&tree.find(&["gone/**"])).contains("no file matches"));
    assert!(problem(&tree.find(&["live/{a"])).contains("no valid glob"));
}

#[test]
fn finding_nothing_is_a_problem() {
    let tree = Tree::new(&["a/other.json", "a/terraform.tfstate"]);
    fs::create_dir(tree.0.path().join("empty")).unwrap();
    assert_eq!(
        problem(&tree.find(&["empty"])),
        "empty: no plan found in or below it; make one with `terraform show -json tfplan > tfplan.json`"
    );
    assert!(
        problem(&tree.find(&["a"]))
            .contains("(1 other JSON file skipped), only 1 state; judge it with --state, or make")
    );
    assert!(problem(&tree.find(&["gone.json"])).contains("no such file or directory"));
    assert!(problem(&tree.find(&[""])).contains("an empty path"));
}

#[test]
fn two_files_of_one_unit_are_a_problem() {
    let tree = Tree::new(&["a/plan.json", "a/tfplan.json"]);
    let found = tree.find(&["a"]);
    assert_eq!(list(&found), ["a a/plan.json"]);
    let problem = problem(&found);
    assert!(problem.starts_with("a/tfplan.json: has the unit name `a`, and so has a/plan.json"));
    let fix = "add `--unit-root a`, and they are called `plan` and `tfplan`";
    assert!(problem.ends_with(fix), "{problem}");
    let tree = Tree::new(&["a/plan.json", "a/plan.json.gz"]);
    let problem = self::problem(&tree.find(&["a"]));
    assert!(problem.ends_with("which alone is judged: rename one of them"), "{problem}");
}

#[test]
fn two_files_of_one_name_are_told_apart_by_the_directory_above_all() {
    let tree = Tree::new(&["live/eu/x/tfplan.json", "live/us/x/tfplan.json", "live/us/y.json"]);
    for args in [
        &["live/eu/x/tfplan.json", "live/us/x/tfplan.json", "live/us/y.json"][..],
        &["live/*/x/*.json", "live/us/*.json"],
    ] {
        let found = find(&os(args), &outside(&tree));
        let problem = problem(&found);
        let fix = "add `--unit-root live`, and they are called `eu/x` and `us/x`";
        assert!(problem.ends_with(fix), "{problem}");
    }
}

#[test]
fn the_directory_above_all_can_be_pasted() {
    let tree = Tree::new(&["my plans/a/tfplan.json", "my plans/b/tfplan.json"]);
    let found = find(&os(&["my plans/a/tfplan.json", "my plans/b/tfplan.json"]), &outside(&tree));
    let problem = problem(&found);
    let fix = "add `--unit-root 'my plans'`, and they are called `a` and `b`";
    assert!(problem.ends_with(fix), "{problem}");
}

/// The unit root is elsewhere.
fn outside(tree: &Tree) -> Options {
    let config_dir = Some(PathBuf::from("/elsewhere"));
    Options { cwd: tree.0.path().to_owned(), config_dir, ..Options::default() }
}

#[test]
fn outside_of_the_root_the_directory_argument_names() {
    let tree = Tree::new(&["a/plan.json", "b/plan.json"]);
    let options = outside(&tree);
    let both = find(&os(&["a/plan.json", "."]), &options);
    assert_eq!(list(&both), ["a a/plan.json!", "b b/plan.json"]);
    let other = find(&os(&[".", "a/plan.json"]), &options);
    assert_eq!(list(&both), list(&other));
    assert_eq!(list(&find(&os(&["a/plan.json"]), &options)), ["plan a/plan.json!"]);
}

#[cfg(unix)]
#[test]
fn links_neither_loop_nor_double() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new(&["a/plan.json", "real.json"]);
    let root = tree.0.path();
    symlink(root, root.join("a/up")).unwrap();
    symlink(".", root.join("a/self")).unwrap();
    symlink("loop.json", root.join("loop.json")).unwrap();
    symlink(root.join("a"), root.join("link")).unwrap();
    fs::create_dir(root.join("b")).unwrap();
    symlink(root.join("real.json"), root.join("b/plan.json")).unwrap();
    let found = tree.find(&["."]);
    assert_eq!(
        list(&found),
        ["a a/plan.json", "b b/plan.json", "loop loop.json", "real real.json"]
    );
    assert_eq!(read(&found.sources[2], &Stub::default()).1.len(), 1);
    assert_eq!(list(&tree.find(&["link"])), ["link link/plan.json"]);
    assert_eq!(list(&tree.find(&["**/plan.json"])), ["a a/plan.json", "b b/plan.json"]);
}
