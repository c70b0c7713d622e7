//! Which directory, or binary plan, holds the source of a plan.

use std::sync::Arc;

use super::{
    files::{join, parent},
    store::Store,
    tree::Tree,
};

/// A plan whose source is looked for. Paths are relative to the store's directory.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The plan's name in every output.
    pub unit: &'a str,
    /// Its path as found; `-` for stdin.
    pub path: &'a str,
    /// What unit names are relative to; empty where they are relative to the store's directory.
    pub unit_root: &'a str,
    /// `--source-root`, which replaces every other place.
    pub source_root: Option<&'a str>,
    /// Addresses of its resources; the source has to show one of them.
    pub addresses: &'a [&'a str],
}

/// Finds the source of a plan: the configuration inside a binary plan, which is the plan itself or
/// lies beside it with its stem; else `live/<unit>`, `<unit>` and the plan's own directory, below the
/// unit root; else the same with the plan's own path, without one of its directories (as
/// `plans/prod/network/tfplan.json` beside `live/prod/network`). The first that has one of the
/// plan's addresses.
pub fn find_root(store: &Arc<Store>, ask: &Ask<'_>) -> Option<Tree> {
    let matching = |tree: &Tree| shows(tree, ask.addresses);
    let checkout = places(ask).iter().map(|dir| Tree::new(store, dir)).find(matching);
    if ask.source_root.is_some() {
        return checkout;
    }
    // What the plan was made from is right whatever happened to the files since, so it comes first;
    // the checkout only tells where those files are.
    let mount = checkout.as_ref().map_or(parent(ask.path), Tree::root_dir);
    let from_plan = archives(ask.path).into_iter().find_map(|path| {
        let files = store.files().tfconfig(&path, mount)?;
        Some(Tree::new(&Store::new(files), mount)).filter(matching)
    });
    from_plan.or(checkout)
}

/// Looking at some is enough: of another unit's source none matches.
const MAX_LOOKED_AT: usize = 64;

fn shows(tree: &Tree, addresses: &[&str]) -> bool {
    if addresses.is_empty() {
        return tree.module(&[]).is_some();
    }
    addresses.iter().take(MAX_LOOKED_AT).any(|address| tree.knows(address))
}

/// Directories to look at, the first that fits wins.
fn places(ask: &Ask<'_>) -> Vec<String> {
    // Several documents of one file are told apart by a number.
    let unit = ask.unit.split_once('#').map_or(ask.unit, |(unit, _)| unit);
    let live = format!("live/{unit}");
    if let Some(root) = ask.source_root {
        return [&live, unit, ""].iter().map(|it| join(root, it)).collect();
    }
    let mut all = vec![join(ask.unit_root, &live), join(ask.unit_root, unit)];
    if ask.path != "-" {
        let dir = join("", parent(ask.path));
        all.push(dir.clone());
        mirrored(&dir, &mut all);
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|dir| seen.insert(dir.clone()));
    all
}

/// For `a/plans/b/c`: `a/live/b/c` and `a/b/c`, and so on for every directory left out.
fn mirrored(dir: &str, all: &mut Vec<String>) {
    let root = if dir.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for at in (0..parts.len()).rev() {
        let (above, below) = (parts[..at].join("/"), parts[at + 1..].join("/"));
        for place in [format!("live/{below}"), below] {
            if place.is_empty() {
                continue;
            }
            all.push(join(&format!("{root}{above}"), &place));
        }
    }
}

/// Where a binary plan may be.
fn archives(path: &str) -> Vec<String> {
    if path == "-" {
        return Vec::new();
    }
    let stem = path.strip_suffix(".gz").unwrap_or(path);
    let Some(stem) = stem.strip_suffix(".json") else { return vec![join("", path)] };
    ["", ".tfplan", ".plan", ".out", ".bin"]
        .iter()
        .map(|end| join("", &format!("{stem}{end}")))
        .collect()
}
