//! Where types describe the clusters that they start.
//!
//! Source: the schemas of databricks 1.128.0 ([`super::schema`]), and the documentation of
//! `databricks_job` (`job_cluster`, `new_cluster`, `task`, `for_each_task`) and
//! `databricks_pipeline` (`cluster`). `new_cluster` at the top of a job is the older way, for jobs
//! of one task.

use super::look_up;

/// Paths of blocks, by type.
static CLUSTERS: &[(&str, &[&[&str]])] = &[
    (
        "databricks_job",
        &[
            &["job_cluster", "new_cluster"],
            &["new_cluster"],
            &["task", "for_each_task", "task", "new_cluster"],
            &["task", "new_cluster"],
        ],
    ),
    ("databricks_pipeline", &[&["cluster"]]),
];

/// The blocks that describe clusters in a resource of that type, each as the names on the way to
/// it. None where a resource of that type starts no clusters.
pub fn blocks(kind: &str) -> Option<&'static [&'static [&'static str]]> {
    look_up(CLUSTERS, kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::schema;

    #[test]
    fn every_block_of_a_cluster_is_listed() {
        crate::facts::tests::assert_sorted(CLUSTERS.iter().map(|(kind, _)| kind));
        for (kind, listed) in CLUSTERS {
            let schema = schema::resource(kind).unwrap();
            let mut found = Vec::new();
            let mut open: Vec<Vec<&str>> = vec![Vec::new()];
            while let Some(path) = open.pop() {
                let below = schema.below(path.iter().copied());
                if below.contains(&"driver_node_type_id") {
                    found.push(path);
                    continue;
                }
                open.extend(below.iter().map(|name| [&path[..], &[name]].concat()));
            }
            found.sort();
            assert_eq!(found, *listed, "{kind}");
        }
    }
}
