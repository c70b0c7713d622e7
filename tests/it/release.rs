//! What is published: the package, its archives, the container's recipe, the workflows.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use saphyr::{LoadableYamlNode, Yaml};

use crate::common::{check_all, entries, files_below, name};

/// The files of `cargo package`.
fn package() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--locked", "--allow-dirty", "--offline"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).unwrap().replace('\\', "/");
    list.lines().map(str::to_owned).collect()
}

#[test]
fn the_package_has_what_it_needs_and_no_more() {
    let package = package();
    let mut needed: BTreeSet<String> =
        ["Cargo.toml", "Cargo.lock", "LICENSE", "README.md", "CHANGELOG.md", "src/main.rs"]
            .map(str::to_owned)
            .into();
    // Whatever the compiler reads besides modules.
    for source in files_below("src", ".rs") {
        let text = fs::read_to_string(&source).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        if source.ends_with("tests.rs") {
            continue;
        }
        for included in code.split("include_str!(\"").skip(1) {
            let path = source.parent().unwrap().join(included.split('"').next().unwrap());
            needed.insert(plain(&path));
        }
    }
    needed.extend(files_below("rules", ".rhai").iter().map(|path| plain(path)));
    let missing = needed.difference(&package).map(|path| format!("not packed: {path}"));
    let wanted = ["src/", "rules/", "docs/schema/"];
    let known = ["Cargo.toml.orig", ".cargo_vcs_info.json", "Cargo.toml", "Cargo.lock"];
    let surplus = package.iter().filter(|path| {
        !wanted.iter().any(|dir| path.starts_with(dir))
            && !known.contains(&path.as_str())
            && !needed.contains(*path)
    });
    let surplus = surplus.map(|path| format!("packed, but not needed: {path}"));
    check_all(missing.chain(surplus));
}

/// A path without `..`.
fn plain(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.to_str().unwrap().split(['/', '\\']) {
        match part {
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// An archive as a release has it, with everything that its name and README promise.
#[cfg(unix)]
#[test]
fn an_archive_has_pages_and_completions() {
    let dir = tempfile::tempdir().unwrap();
    let (target, version) = ("x86_64-unknown-linux-musl", env!("CARGO_PKG_VERSION"));
    let packed = Command::new("bash")
        .args([".ci/package", target, env!("CARGO_BIN_EXE_bricklint")])
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(packed.status.success(), "{packed:?}");
    let top = format!("bricklint-v{version}-{target}");
    let archive = dir.path().join(format!("{top}.tar.gz"));
    let list = Command::new("tar").arg("-tzf").arg(archive).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let files: Vec<&str> = list.lines().filter(|path| !path.ends_with('/')).collect();
    let promised = [
        "bricklint",
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "man/bricklint.1",
        "man/bricklint-check.1",
        "man/bricklint-facts.1",
        "man/bricklint-merge.1",
        "completions/bricklint.bash",
        "completions/_bricklint",
        "completions/bricklint.fish",
        "completions/_bricklint.ps1",
    ];
    let missing = promised.iter().filter(|path| !files.contains(&format!("{top}/{path}").as_str()));
    check_all(missing.map(|path| format!("{path} is not in the archive: {list}")));
    assert!(files.iter().all(|path| path.starts_with(&top)), "{list}");
}

/// The names that the workflow, the action and cargo-binstall put together are one name.
#[test]
fn everybody_calls_archives_alike() {
    let workflow = fs::read_to_string(".github/workflows/release.yml").unwrap();
    let install = fs::read_to_string("action/install.sh").unwrap();
    let targets: BTreeSet<&str> = workflow
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- { target: ")?.split(',').next())
        .collect();
    assert!(targets.len() >= 7, "{targets:?}");
    let wanted = install.lines().filter_map(|line| line.trim().split_once(") echo "));
    let wanted = wanted.map(|(_, target)| target.trim_end_matches(" ;;"));
    check_all(
        wanted
            .filter(|target| !targets.contains(target))
            .map(|target| format!("the action wants {target}, which no release has")),
    );
    let manifest: toml::Table = fs::read_to_string("Cargo.toml").unwrap().parse().unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let url = binstall["pkg-url"].as_str().unwrap();
    assert!(
        url.ends_with("/v{ version }/{ name }-v{ version }-{ target }{ archive-suffix }"),
        "{url}"
    );
    assert!(install.contains("name=bricklint-v$1-$(target)"));
    assert!(
        install.contains("/bricklint/bricklint/releases/download")
            && url.contains("/releases/download")
    );
}

/// Tags move; what runs with our token does not.
#[test]
fn actions_are_pinned_and_tokens_have_scopes() {
    let mut errors = Vec::new();
    for path in entries(".github/workflows") {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let Some(uses) = line.trim_start_matches(['-', ' ']).strip_prefix("uses: ") else {
                continue;
            };
            let hash = uses.split_once('@').map(|(_, rest)| rest.split(' ').next().unwrap());
            let pinned =
                hash.is_some_and(|it| it.len() == 40 && it.chars().all(|c| c.is_ascii_hexdigit()));
            if !pinned && !uses.starts_with("./") {
                errors.push(format!("{}: not pinned by hash: {uses}", name(&path)));
            }
        }
        let workflow = &Yaml::load_from_str(&text).unwrap()[0];
        if !workflow.contains_mapping_key("permissions") {
            errors.push(format!("{}: the token may do everything", name(&path)));
        }
    }
    check_all(errors);
}

/// The container cannot be built in a test; what it copies can be looked at.
#[test]
fn the_container_copies_what_there_is() {
    let recipe = fs::read_to_string("Containerfile").unwrap();
    let ignored = fs::read_to_string(".containerignore").unwrap();
    let ignored: Vec<&str> = ignored.lines().filter(|line| !line.starts_with('#')).collect();
    let manifest: toml::Table = fs::read_to_string("Cargo.toml").unwrap().parse().unwrap();
    // Cargo wants every target of the manifest to be there.
    let tests = manifest["test"].as_array().unwrap().iter().filter_map(|it| it["path"].as_str());
    let needed =
        tests.chain(["src/main.rs", "rules", "Cargo.lock", "LICENSE", "benches", "examples"]);
    check_all(needed.filter_map(|path| {
        let hidden = ignored.iter().any(|line| path.starts_with(line.trim_start_matches('/')));
        (hidden || !Path::new(path).exists()).then(|| format!("the build lacks {path}"))
    }));
    for line in recipe.lines().filter(|line| line.starts_with("COPY --from=build /src/")) {
        let path = line.split(' ').nth(2).unwrap().trim_start_matches("/src/");
        assert!(path.starts_with("target/release/") || Path::new(path).exists(), "{line}");
    }
    assert!(recipe.contains("USER ") && recipe.contains("ENTRYPOINT [\"bricklint\"]"));
}
