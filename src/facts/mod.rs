//! What is true outside a plan: tables, each with its source, and look-ups in them.
//!
//! No judgment stands here and no other module is used. A table that can age says so, and what it
//! does not hold is unknown, never wrong.

pub mod access;
pub mod accounts;
pub mod action_reasons;
pub mod buckets;
pub mod cluster_policies;
pub mod clusters;
pub mod composite_ids;
pub mod computed_blocks;
pub mod destroy;
pub mod drift;
pub mod environments;
pub mod federation;
pub mod git;
pub mod grants;
pub mod identifiers;
pub mod identity;
pub mod keys;
pub mod labels;
pub mod log_delivery;
pub mod mocks;
pub mod mws;
pub mod names;
pub mod ordered;
pub mod partitions;
pub mod permissions;
pub mod policies;
pub mod ports;
pub mod principals;
pub mod privatelink;
pub mod protections;
pub mod provider_levels;
pub mod ranges;
pub mod regions;
pub mod resolvers;
pub mod routes;
pub mod runtime_buckets;
pub mod schedules;
pub mod schema;
pub mod secrets;
pub mod securables;
pub mod serving;
pub mod singletons;
pub mod subnets;
pub mod traffic_rules;
pub mod twins;
pub mod types;
pub mod versions;
pub mod waits;
pub mod warehouses;
pub mod workspace_conf;

/// The value of a key in a table sorted by key.
fn look_up<T: Copy>(table: &[(&str, T)], key: &str) -> Option<T> {
    let at = table.binary_search_by(|(entry, _)| (*entry).cmp(key)).ok()?;
    table.get(at).map(|(_, value)| *value)
}

/// Whether a sorted list holds a word.
fn holds(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    /// Panics unless the keys of a table are in order and each is there once.
    #[track_caller]
    pub(crate) fn assert_sorted<K: Ord + std::fmt::Debug>(keys: impl IntoIterator<Item = K>) {
        let keys: Vec<K> = keys.into_iter().collect();
        for pair in keys.windows(2) {
            assert!(pair[0] < pair[1], "{:?} before {:?}", pair[0], pair[1]);
        }
    }
}
