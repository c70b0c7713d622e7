//! What dependencies may do: docs/dependencies.md, made of Cargo.toml, Cargo.lock and their sources,
//! and what the built command can do of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::common::{check_all, files_below, golden};

/// What code has to name to reach outside of itself, by column of the page.
const REACHES: &[(&str, &[&str])] = &[
    ("files", &["std::fs", "fs::File", "File::open", "OpenOptions"]),
    ("processes", &["process::Command", "process::{Command"]),
    ("network", &["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs"]),
    ("environment", &["env::var", "env::vars", "env::args", "current_dir"]),
    ("unsafe", &["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "unsafe trait"]),
];

/// The packages of Cargo.lock that are built for this platform.
struct Packages {
    root: String,
    by_id: BTreeMap<String, Value>,
    /// What each needs to be built and to run, without its tests.
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Packages {
    fn read() -> Packages {
        let target = "x86_64-unknown-linux-gnu";
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .args(["--filter-platform", target])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let all: Value = serde_json::from_slice(&output.stdout).unwrap();
        let list = |it: &Value| it.as_array().unwrap().clone();
        let id = |it: &Value| it["id"].as_str().unwrap().to_owned();
        let needs = list(&all["resolve"]["nodes"]).into_iter().map(|node| {
            let used = list(&node["deps"]).into_iter().filter(|dep| {
                dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev")
            });
            (id(&node), used.map(|dep| dep["pkg"].as_str().unwrap().to_owned()).collect())
        });
        Packages {
            root: all["resolve"]["root"].as_str().unwrap().to_owned(),
            by_id: list(&all["packages"]).into_iter().map(|it| (id(&it), it)).collect(),
            needs: needs.collect(),
        }
    }

    fn name(&self, id: &str) -> &str {
        self.by_id[id]["name"].as_str().unwrap()
    }

    fn source(&self, id: &str) -> PathBuf {
        Path::new(self.by_id[id]["manifest_path"].as_str().unwrap()).with_file_name("src")
    }

    /// Whether one of its targets is of a kind: `custom-build`, `proc-macro`.
    fn has(&self, id: &str, kind: &str) -> bool {
        let targets = self.by_id[id]["targets"].as_array().unwrap().iter();
        targets.flat_map(|it| it["kind"].as_array().unwrap()).any(|it| it == kind)
    }

    /// What the command is made of, itself left out.
    fn shipped(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![self.root.as_str()];
        while let Some(id) = waiting.pop() {
            for below in &self.needs[id] {
                if found.insert(below.as_str()) {
                    waiting.push(below);
                }
            }
        }
        found
    }
}

/// Code of a package: no comments, no tests.
fn code(source: &Path) -> String {
    let is_test = |path: &Path| {
        path.iter().any(|part| part.to_str().is_some_and(|it| it.starts_with("test")))
    };
    let mut all = String::new();
    let files = files_below(source, ".rs");
    for path in files.iter().filter(|path| !is_test(path.strip_prefix(source).unwrap())) {
        let text = fs::read_to_string(path).unwrap_or_default();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            all.push_str(line.split(" //").next().unwrap_or_default());
            all.push('\n');
        }
    }
    all
}

/// Direct dependencies with the reason that Cargo.toml gives, in its order.
fn reasons() -> Vec<(String, String)> {
    let manifest = fs::read_to_string("Cargo.toml").unwrap().replace("\r\n", "\n");
    let section = |name: &str| {
        let rest = manifest.split_once(&format!("\n[{name}]\n")).unwrap().1;
        rest.split("\n\n[").next().unwrap()
    };
    // Where it is built for glibc there is no source of what only musl needs: the page tells of that by hand.
    let sections = ["dependencies", "target.'cfg(unix)'.dependencies"].map(section);
    let mut all = Vec::new();
    let mut reason = String::new();
    for line in sections.iter().flat_map(|section| section.lines()) {
        match (line.strip_prefix("# "), line.split_once(" = ")) {
            (Some(text), _) => reason = format!("{reason} {text}"),
            (None, Some((name, _))) => {
                let text = std::mem::take(&mut reason);
                all.push((name.to_owned(), text.trim().replace('|', "\\|")));
            }
            _ => {}
        }
    }
    all
}

const START: &str = "<!-- generated by `cargo bless` -->\n";
const END: &str = "<!-- end -->";

/// The page with what it is generated from, put into its two places.
fn page(packages: &Packages) -> String {
    let old = fs::read_to_string("docs/dependencies.md").unwrap().replace("\r\n", "\n");
    let parts: Vec<&str> = old.split(START).collect();
    let [intro, direct, builders] = parts.as_slice() else { panic!("two places to fill in") };
    let rest = |part: &str| part.split_once(END).expect("a place has an end").1.to_owned();
    format!(
        "{intro}{START}{}{END}{}{START}{}{END}{}",
        table(packages),
        rest(direct),
        at_build(packages),
        rest(builders)
    )
}

fn table(packages: &Packages) -> String {
    let columns: Vec<&str> = REACHES.iter().map(|(column, _)| *column).collect();
    let mut text = format!("\n| crate | {} | build script | why |\n", columns.join(" | "));
    text.push_str(&format!("|---{}|---|---|\n", "|---".repeat(columns.len())));
    for (name, reason) in reasons() {
        let id = packages.needs[&packages.root].iter().find(|id| packages.name(id) == name);
        let id = id.unwrap_or_else(|| panic!("Cargo.lock has no {name}"));
        let code = code(&packages.source(id));
        let names = |words: &[&str]| words.iter().any(|word| code.contains(word));
        let mark = |it: bool| if it { "yes" } else { "–" };
        let reach: Vec<&str> = REACHES.iter().map(|(_, words)| mark(names(words))).collect();
        let builds = mark(packages.has(id, "custom-build"));
        text.push_str(&format!("| `{name}` | {} | {builds} | {reason} |\n", reach.join(" | ")));
    }
    text.push('\n');
    text
}

fn at_build(packages: &Packages) -> String {
    let of = |kind: &str| -> String {
        let all = packages.shipped().into_iter().filter(|id| packages.has(id, kind));
        let names: BTreeSet<String> = all.map(|id| format!("`{}`", packages.name(id))).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let all = packages.shipped().len();
    format!(
        "\nOf the {all} packages that the command is made of on Linux, these run code on the machine that \
         builds:\n\n- build scripts: {};\n- procedural macros: {}.\n\n",
        of("custom-build"),
        of("proc-macro")
    )
}

#[test]
fn the_page_tells_what_dependencies_may_do() {
    let page = page(&Packages::read());
    check_all(golden(Path::new("docs/dependencies.md"), &page).err());
}

#[test]
fn every_dependency_has_a_reason() {
    let reasons = reasons();
    assert!(reasons.len() > 30, "{reasons:#?}");
    let bare = reasons.iter().filter(|(_, reason)| reason.is_empty());
    check_all(bare.map(|(name, _)| format!("Cargo.toml does not say what {name} is for")));
}

/// What a program calls to reach another machine. The linker leaves out what nothing calls, and
/// names what comes from the C library.
#[cfg(target_env = "gnu")]
#[test]
fn the_command_cannot_reach_a_network() {
    let binary = fs::read(env!("CARGO_BIN_EXE_bricklint")).unwrap();
    let own = ["posix_spawnp", "execvp"];
    let network = ["socket", "connect", "bind", "listen", "accept4", "getaddrinfo", "sendto"];
    let names: Vec<&str> = own.into_iter().chain(network).collect();
    let search =
        aho_corasick::AhoCorasick::new(names.iter().map(|name| format!("\0{name}\0"))).unwrap();
    let found = search.find_overlapping_iter(&binary).map(|it| names[it.pattern().as_usize()]);
    let found: BTreeSet<&str> = found.collect();
    assert!(own.iter().any(|it| found.contains(it)), "names of the C library are found");
    check_all(
        network.into_iter().filter(|it| found.contains(it)).map(|it| format!("it calls `{it}`")),
    );
}
