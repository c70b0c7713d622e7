//! Which directory, or binary plan, holds the source of a plan.

use std::sync::Arc;

use super::{
    files::{join, parent},
    store::Store,
    terragrunt::Terragrunt,
    tree::{Calls, Tree},
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
    /// What the plan says its modules are called from, see [`Tree::with_calls`].
    pub calls: &'a Calls,
}

/// Directories where the `terragrunt.hcl` of a plan may be, the most likely first.
pub(super) fn units(ask: &Ask<'_>) -> Vec<String> {
    let mut all = places(ask);
    if ask.source_root.is_none() && ask.path != "-" {
        all.extend(mirrored(&join("", parent(ask.path))));
    }
    all
}

/// Finds the source of a plan: the configuration inside a binary plan, which is the plan itself or
/// lies beside it with its stem; else `live/<unit>`, `<unit>` below the unit root, and the plan's own
/// directory (for stdin the working directory), the first that has one of the plan's addresses, or that is a
/// Terragrunt unit whose module is not in the repository.
/// Else places that mirror the plan's directory, as `live/prod/network` beside
/// `plans/prod/network`, if they have most of them.
pub fn find_root(store: &Arc<Store>, ask: &Ask<'_>) -> Option<Tree> {
    let checkout = checkout(store, ask);
    if ask.source_root.is_some() {
        return checkout;
    }
    // What the plan was made from is right whatever happened to the files since, so it comes first;
    // the checkout only tells where those files are.
    let mount = checkout.as_ref().map_or(parent(ask.path), Tree::root_dir);
    let from_plan = archives(ask.path).into_iter().find_map(|path| {
        let files = store.files().tfconfig(&path, mount)?;
        let tree = Tree::new(&Store::new(files), mount).with_calls(ask.calls);
        shows(&tree, ask.addresses, Share::Any).then_some(tree)
    });
    match from_plan {
        Some(tree) => Some(tree.with_checkout(checkout)),
        None => checkout,
    }
}

fn checkout(store: &Arc<Store>, ask: &Ask<'_>) -> Option<Tree> {
    let find = |places: &[String], share: Share| {
        let tree = |dir: &String| Tree::new(store, dir).with_calls(ask.calls);
        let mut trees = places.iter().map(tree);
        trees.find(|tree| shows(tree, ask.addresses, share))
    };
    let places = places(ask);
    let found = find(&places, Share::Any).or_else(|| find(&places, Share::Unseen));
    if found.is_some() || ask.source_root.is_some() || ask.path == "-" {
        return found;
    }
    let mirrored = mirrored(&join("", parent(ask.path)));
    find(&mirrored, Share::Most).or_else(|| find(&mirrored, Share::Unseen))
}

/// How many of a plan's addresses a place has to have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Any,
    Most,
    /// None can be seen: it is a Terragrunt unit whose module is not in the repository.
    Unseen,
}

/// Looking at some is enough: of another unit's source hardly any matches.
pub(super) const MAX_LOOKED_AT: usize = 32;

fn shows(tree: &Tree, addresses: &[&str], share: Share) -> bool {
    if tree.module(&[]).is_none() {
        return share == Share::Unseen && tree.terragrunt().is_some_and(Terragrunt::has_source);
    }
    if addresses.is_empty() {
        return share == Share::Any;
    }
    let looked_at = addresses.len().min(MAX_LOOKED_AT);
    let mut known = addresses.iter().take(looked_at).map(|address| tree.knows(address));
    match share {
        Share::Any => known.any(|known| known),
        Share::Most => known.filter(|known| *known).count() * 2 > looked_at,
        Share::Unseen => false,
    }
}

/// Directories to look at, the first that fits wins.
fn places(ask: &Ask<'_>) -> Vec<String> {
    // Several documents of one file are told apart by a number.
    let unit = ask.unit.split_once('#').map_or(ask.unit, |(unit, _)| unit);
    let live = format!("live/{unit}");
    if let Some(root) = ask.source_root {
        return [&live, unit, ""].iter().map(|it| join(root, it)).collect();
    }
    let own = if ask.path == "-" { "" } else { parent(ask.path) };
    vec![join(ask.unit_root, &live), join(ask.unit_root, unit), join("", own)]
}

/// For `a/plans/b/c`: `a/live/b/c` and `a/b/c`, and so on for every directory left out, the last
/// first.
fn mirrored(dir: &str) -> Vec<String> {
    let root = if dir.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    let mut all = Vec::new();
    for at in (0..parts.len()).rev() {
        let above = format!("{root}{}", parts[..at].join("/"));
        let below = parts[at + 1..].join("/");
        if !below.is_empty() {
            all.push(join(&above, &format!("live/{below}")));
        }
        all.push(join(&above, &below));
    }
    all
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
