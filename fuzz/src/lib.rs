//! What hostile input is put through, once for two users: cargo-fuzz (`fuzz_targets/`), and
//! `cargo test` over the committed corpora (`tests/it/fuzz.rs`, which includes this file).
//!
//! A target takes any bytes. It panics where bricklint breaks a promise, and does nothing else.

use std::{collections::BTreeSet, path::Path, sync::LazyLock};

use bricklint::{
    engine::{self, Input, Job, Judged, Loaded, Making},
    lint::FailureKind,
    plan::{DocumentKind, Plan},
    source::Origin,
};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Policies of AWS, definitions of cluster policies, schedules.
mod notation;
/// Plans, states, addresses, and files that hold them.
mod plans;
/// Scripts and settings.
mod settings;
/// Source files and the expressions in them.
mod source;
/// Plans that Terraform wrote, with other values in places.
mod swap;

pub use notation::{databricks, policy};
pub use plans::{address, input, plan};
pub use settings::{config, script};
pub use source::{expression, source};
pub use swap::swap;

/// A target takes any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its corpus and of its file in `fuzz_targets`.
pub const TARGETS: &[(&str, Target)] = &[
    ("address", address),
    ("config", config),
    ("databricks", databricks),
    ("expression", expression),
    ("input", input),
    ("plan", plan),
    ("policy", policy),
    ("script", script),
    ("source", source),
    ("swap", swap),
];

/// Runs on a thread with room: as much as the command gives its threads, four times over, because
/// sanitizers and builds without optimisation make frames that much larger.
fn with_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    const STACK: usize = 64 << 20;
    static POOL: LazyLock<Option<ThreadPool>> =
        LazyLock::new(|| ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).build().ok());
    match &*POOL {
        Some(pool) => pool.install(run),
        None => run(),
    }
}

/// What rules say of one plan. No rule may fail, whatever is in it.
fn judged(plan: Plan, jobs: &[Job], origin: Origin) -> Judged {
    let input = std::sync::Mutex::new(Some(Input { plan, kind: "plan", origin }));
    let load = |(): &()| Loaded {
        plans: input.lock().ok().and_then(|mut it| it.take()).into_iter().collect(),
        failures: Vec::new(),
    };
    let judged = engine::run(&[()], load, jobs, Making { excerpts: true, seal: None }, || ());
    let panics: BTreeSet<&str> = judged
        .failures
        .iter()
        .filter(|it| it.kind == FailureKind::Panic)
        .map(|it| it.message.as_str())
        .collect();
    assert!(panics.is_empty(), "{panics:#?}");
    judged
}

/// A plan of `terraform show -json`; none where the text is refused, which has to have words.
fn parsed(text: &str) -> Option<Plan> {
    match Plan::parse("unit", "plan.json", DocumentKind::Plan, text.to_owned()) {
        Ok(plan) => Some(plan),
        Err((back, error)) => {
            assert_eq!(back, text, "a text that is refused comes back as it was");
            assert!(!error.describe(|_| "broken".to_owned()).is_empty());
            None
        }
    }
}

/// The directory of one call, for what bricklint reads from a disk; none where there is no room.
fn scratch(name: &str, bytes: &[u8]) -> Option<tempfile::TempDir> {
    let dir = tempfile::tempdir().ok()?;
    std::fs::write(dir.path().join(Path::new(name)), bytes).ok()?;
    Some(dir)
}
