//! Units without `.tf` files of their own: `terragrunt.hcl` says where the module is.

use std::{ops::Range, sync::Arc};

use super::{
    document::Document,
    files::{join, parent},
    shape::{Shape, shape},
    store::Store,
};

/// The name of a unit's file.
const FILE: &str = "terragrunt.hcl";

/// What a unit's `terragrunt.hcl` tells.
#[derive(Debug)]
pub(super) struct Terragrunt {
    /// Directory of the module, where it is in the repository.
    pub(super) source: Option<String>,
    /// `terragrunt.hcl`, then the files that it includes.
    pub(super) documents: Vec<Arc<Document>>,
}

impl Terragrunt {
    /// Whether it is a unit: what others include is called so too, and names no module.
    pub(super) fn has_source(&self) -> bool {
        let says = |document: &Document| {
            let block = document.blocks("terraform", &[]).first();
            block.is_some_and(|block| document.attribute(*block, "source").is_some())
        };
        self.documents.iter().any(|document| says(document))
    }
}

/// Reads a directory's `terragrunt.hcl`.
pub(super) fn read(store: &Store, dir: &str) -> Option<Terragrunt> {
    let path = join(dir, FILE);
    let own = store.document(&path)?;
    let mut documents = vec![Arc::clone(&own)];
    for (at, _) in own.children(None).filter(|(_, item)| &*item.name == "include") {
        let include = own.attribute(at, "path").and_then(|path| {
            let found = |path: &String| store.document(path).filter(|it| it.path != own.path);
            candidates(&own, &path.value, dir).iter().find_map(found)
        });
        documents.extend(include);
    }
    let sources = documents.iter().filter_map(|document| source(store, document, dir));
    let source = sources.take(1).next();
    Some(Terragrunt { source, documents })
}

/// The directory of the unit that a path names: its directory or its file.
pub(super) fn unit_at(store: &Store, path: &str) -> Option<String> {
    let file = if path.ends_with(".hcl") { path.to_owned() } else { join(path, FILE) };
    store.document(&file).map(|document| parent(&document.path).to_owned())
}

/// The directory that `terraform { source = … }` of a file leads to.
fn source(store: &Store, document: &Arc<Document>, dir: &str) -> Option<String> {
    let block = document.blocks("terraform", &[]).first()?;
    let value = document.attribute(*block, "source")?.value.clone();
    candidates(document, &value, dir).into_iter().find(|dir| store.has_source(dir))
}

/// The paths that an expression may mean. A relative path starts at the unit. What functions such as
/// `get_repo_root()` and `find_in_parent_folders()` return is a directory above it or a file there;
/// so the rest of the path is tried in each, the nearest first.
pub(super) fn candidates(document: &Document, value: &Range<usize>, dir: &str) -> Vec<String> {
    match shape(&document.text[value.clone()], document.syntax) {
        Shape::Text(path) if is_remote(&path) => Vec::new(),
        Shape::Text(path) => vec![join(dir, &path)],
        Shape::Call { name, arguments, .. } if name == "find_in_parent_folders" => {
            match arguments.first() {
                Some(Shape::Text(file)) => above(dir, file),
                _ => [above(dir, FILE), above(dir, "root.hcl")].concat(),
            }
        }
        Shape::Template(parts) => match parts.as_slice() {
            [first, Shape::Text(rest)] if !matches!(first, Shape::Text(_)) && !is_remote(rest) => {
                let mut all = vec![join(dir, &format!("./{rest}"))];
                all.extend(above(dir, rest));
                all
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn is_remote(path: &str) -> bool {
    path.contains("::") || path.contains("://") || path.contains('?') || path.starts_with("git@")
}

/// More directories above a unit than anybody has.
const MAX_ABOVE: usize = 16;

/// A path in each directory above `dir`. Above a relative base there may be more.
fn above(dir: &str, path: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut dir = dir.to_owned();
    while all.len() < MAX_ABOVE {
        if dir.is_empty() || dir == "/" {
            break;
        }
        dir = if dir.ends_with("..") { join(&dir, "..") } else { parent(&dir).to_owned() };
        all.push(join(&dir, &format!("./{path}")));
    }
    all
}

/// The part of the unit's files that stands for a subject which is in no module at hand.
pub(super) fn stand_in(
    it: &Terragrunt,
    kind: &str,
    name: &str,
) -> Option<(Arc<Document>, Range<usize>)> {
    match kind {
        "provider" => {
            // Terragrunt writes provider blocks out of a text.
            let line = format!("provider \"{name}\"");
            let found = it.documents.iter().find_map(|document| {
                let at = document.text.find(&line)?;
                Some((Arc::clone(document), at..at + line.len()))
            });
            if found.is_some() {
                return found;
            }
        }
        "variable" => {
            let input = it.documents.iter().find_map(|document| {
                let mut all = document.children(None).map(|(_, item)| item);
                let inputs = all.find(|item| &*item.name == "inputs")?;
                let entries = super::scan::entries(&document.text, &inputs.value, document.syntax);
                let entry = entries.into_iter().find(|entry| entry.key.as_deref() == Some(name))?;
                Some((Arc::clone(document), entry.whole))
            });
            if input.is_some() {
                return input;
            }
        }
        _ => {}
    }
    let own = it.documents.first()?;
    let block = own.blocks("terraform", &[]).first();
    let range = match block.and_then(|block| Some((block, own.attribute(*block, "source")?))) {
        Some((_, source)) => source.whole.clone(),
        None => 0..own.text.len(),
    };
    Some((Arc::clone(own), range))
}
