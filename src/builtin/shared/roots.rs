//! Whose root bucket it is: the workspace that keeps its own data there.

use crate::{
    estate::{Cell, Links, Named, Row},
    plan::Tri,
};

use super::account;

/// A workspace whose root bucket Databricks comes to as its own account.
#[derive(Clone, Copy, Debug)]
pub struct Root<'a> {
    /// The workspace.
    pub workspace: &'a Row,
    /// The storage configuration that names the bucket.
    pub storage: &'a Row,
    /// Whether the bucket is the workspace's.
    pub sure: Tri,
}

/// The workspace whose root bucket it is. None where a storage configuration has a role of its own, which
/// Databricks then comes as, and for buckets of log delivery.
pub fn of<'a>(links: &Links<'a>, bucket: &Named) -> Option<Root<'a>> {
    let storages = links.naming(account::STORAGE, "bucket").named(bucket).into_iter();
    let own = storages.filter(|(storage, _)| *storage.cell("role") == Cell::Unset);
    let used = own.flat_map(|(storage, sure)| {
        let workspaces = links.from(storage, account::WORKSPACE, "storage").into_iter();
        workspaces.map(move |(workspace, also)| Root { workspace, storage, sure: sure & also })
    });
    // The first of the surest.
    used.fold(None, |best: Option<Root<'a>>, it| match best {
        Some(best) if best.sure >= it.sure => Some(best),
        _ => Some(it),
    })
}
