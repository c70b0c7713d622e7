//! The tasks of a job.

use std::collections::BTreeSet;

use crate::graph::{Res, View};

/// A task.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// Its block; of a job of one task in the old way the job itself.
    pub at: View<'a>,
    /// It is the task that a `for_each_task` repeats.
    pub is_nested: bool,
    /// Tells it from others of the job: by keys, or by its place where these are not
    /// known.
    pub key: String,
}

/// The tasks of a job in `task` blocks, each followed by the one that it repeats.
pub fn of(job: Res<'_>) -> Vec<Task<'_>> {
    let blocks = job.get("task");
    blocks.note_unknown();
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, at) in blocks.items().enumerate() {
        let mut key = key(&at, index);
        while !seen.insert(key.clone()) {
            key.push('+');
        }
        let nested = at.get("for_each_task.task").items().next();
        let inner = nested.map(|at| Task { at, is_nested: true, key: format!("{key}/each") });
        all.push(Task { at, is_nested: false, key });
        all.extend(inner);
    }
    all
}

fn key(task: &View<'_>, index: usize) -> String {
    task.member("task_key").text().map_or_else(|| index.to_string(), str::to_owned)
}
