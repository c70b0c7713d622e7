//! The fuzz targets over their committed corpora: what a fuzzer once found stays mended, on every
//! compiler and without one. docs/reliability.md says how to search for more.

use std::{
    any::Any,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use crate::common::{check_all, entries, files_below, name};

#[expect(unreachable_pub, reason = "the fuzzer's package includes it as its library")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use targets::{TARGETS, Target};

/// The files of all corpora, each with its target's name and its target.
fn corpora() -> Vec<(&'static str, Target, PathBuf)> {
    let of = |(name, target): &(&'static str, Target)| {
        let (name, target) = (*name, *target);
        entries(corpus(name)).into_iter().map(move |file| (name, target, file))
    };
    TARGETS.iter().flat_map(of).collect()
}

fn corpus(target: &str) -> PathBuf {
    Path::new("fuzz/corpus").join(target)
}

/// What a target says against some bytes. One after the other: targets have a pool of threads of their
/// own, and a thread of another pool that waits for it would start with the next file meanwhile, and so on.
fn complaint(target: Target, bytes: &[u8]) -> Option<String> {
    catch_unwind(AssertUnwindSafe(|| target(bytes))).err().map(|why| words(&*why))
}

#[test]
fn corpora_break_no_promise() {
    let all = corpora();
    let broken = all.iter().filter_map(|(_, target, file)| {
        let why = complaint(*target, &fs::read(file).unwrap())?;
        Some(format!("{}: {why}", file.display()))
    });
    check_all(broken);
}

/// Changes that are tried of each file of a corpus. `MUTATIONS=1000 cargo test fuzz` searches where
/// there is no nightly compiler.
fn mutations() -> u64 {
    const USUALLY: u64 = 4;
    std::env::var("MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(USUALLY)
}

/// Without a fuzzer's sense for what is new, but always the same ones.
#[test]
fn changed_corpora_break_no_promise() {
    let dir = tempfile::tempdir().unwrap();
    let tries: Vec<_> = corpora()
        .into_iter()
        .flat_map(|it| (0..mutations()).map(move |n| (n, it.clone())))
        .collect();
    let broken = tries.iter().filter_map(|(n, (name, target, file))| {
        let mut bytes = fs::read(file).unwrap();
        let mut random = Random::of(&format!("{n} {}", file.display()));
        for _ in 0..=random.below(3) {
            random.change(&mut bytes);
        }
        let why = complaint(*target, &bytes)?;
        let kept = dir.path().join(format!("{name}-{n}-{}", file.file_name()?.display()));
        fs::write(&kept, &bytes).unwrap();
        Some(format!("{}: {why}", kept.display()))
    });
    let broken: Vec<String> = broken.collect();
    if !broken.is_empty() {
        // For whoever mends it.
        let _ = dir.keep();
    }
    check_all(broken);
}

/// A source of numbers that are the same everywhere: a linear congruence, with the constants of MMIX.
struct Random(u64);

impl Random {
    fn of(seed: &str) -> Random {
        let add = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Random(seed.bytes().fold(0xcbf2_9ce4_8422_2325, add))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// Replaces, drops or repeats some bytes.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        const TOKENS: &[&str] = &[
            "",
            "\0",
            "\"",
            "\\",
            "[",
            "{",
            "${",
            "*",
            "é",
            "-1",
            "1e999",
            "null",
            "\u{feff}",
            "\n",
            "[[[[[[[[",
            "9999999999",
            "\u{1b}]",
            "%{ for ",
            "<<-E\n",
        ];
        let from = self.below(bytes.len() + 1);
        let to = (from + self.below(9)).min(bytes.len());
        let new: Vec<u8> = match self.below(4) {
            0 => vec![u8::try_from(self.below(256)).unwrap()],
            1 => bytes[from..to].repeat(self.below(40)),
            2 => {
                let at = self.below(bytes.len());
                bytes[at..(at + self.below(60)).min(bytes.len())].to_vec()
            }
            _ => TOKENS[self.below(TOKENS.len())].as_bytes().to_vec(),
        };
        bytes.splice(from..to, new);
    }
}

/// What a panic says.
fn words(why: &(dyn Any + Send)) -> String {
    let text = why.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| why.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// All of the corpora together, in bytes: they are cloned with every checkout.
const MOST_BYTES: u64 = 200_000;

#[test]
fn every_target_has_its_files() {
    let manifest: toml::Table = fs::read_to_string("fuzz/Cargo.toml").unwrap().parse().unwrap();
    let built: Vec<&str> =
        manifest["bin"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    let page = fs::read_to_string("docs/reliability.md").unwrap();
    let workflow = fs::read_to_string(".github/workflows/supply.yml").unwrap();
    let names: Vec<&str> = TARGETS.iter().map(|(target, _)| *target).collect();
    assert!(workflow.contains(&format!("target: [{}]\n", names.join(", "))), "{names:?} weekly");
    let mut errors = Vec::new();
    for (target, _) in TARGETS {
        let file = format!("fuzz/fuzz_targets/{target}.rs");
        let calls = fs::read_to_string(&file).unwrap_or_default();
        if !calls.contains(&format!("bricklint_fuzz::{target}(")) {
            errors.push(format!("{file} does not call `bricklint_fuzz::{target}`"));
        }
        if !built.contains(target) {
            errors.push(format!("fuzz/Cargo.toml does not build `{target}`"));
        }
        if entries(corpus(target)).is_empty() {
            errors.push(format!("`{target}` has no corpus"));
        }
        if !page.contains(&format!("| `{target}` |")) {
            errors.push(format!("docs/reliability.md does not list `{target}`"));
        }
    }
    let is_known = |it: &str| TARGETS.iter().any(|(target, _)| *target == it);
    let corpora = entries("fuzz/corpus");
    let strange = corpora.iter().map(|dir| name(dir)).chain(built).filter(|it| !is_known(it));
    errors.extend(strange.map(|it| format!("`{it}` is no target of fuzz/src/lib.rs")));
    let bytes: u64 =
        files_below("fuzz/corpus", "").iter().map(|file| file.metadata().unwrap().len()).sum();
    if bytes > MOST_BYTES {
        errors.push(format!("the corpora have {bytes} bytes; minimise them"));
    }
    check_all(errors);
}

/// The fuzzer runs what users run.
#[test]
fn the_fuzzer_is_built_of_what_the_package_is_built_of() {
    let versions = |path: &str| -> Vec<(String, String)> {
        let lock: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
        let packages = lock["package"].as_array().unwrap().iter();
        let text = |it: &toml::Value, key: &str| it[key].as_str().unwrap().to_owned();
        packages.map(|it| (text(it, "name"), text(it, "version"))).collect()
    };
    let ours = versions("Cargo.lock");
    let theirs = versions("fuzz/Cargo.lock");
    check_all(theirs.iter().filter_map(|(name, version)| {
        let mut same = ours.iter().filter(|(own, _)| own == name).peekable();
        same.peek()?;
        let is_ours = same.any(|(_, own)| own == version);
        (!is_ours).then(|| format!("fuzz/Cargo.lock has {name} {version}, Cargo.lock another"))
    }));
}
