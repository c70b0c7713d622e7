//! Where resources have schedules in Quartz's syntax, and which time zones only Java knows.

/// Where a schedule stands: type of the resource, path of the block, its expression and its time zone.
///
/// Source: the schemas of databricks 1.128.0.
pub const QUARTZ: &[(&str, &str, &str, &str)] = &[
    ("databricks_alert_v2", "schedule", "quartz_cron_schedule", "timezone_id"),
    (
        "databricks_data_quality_monitor",
        "data_profiling_config.schedule",
        "quartz_cron_expression",
        "timezone_id",
    ),
    ("databricks_job", "schedule", "quartz_cron_expression", "timezone_id"),
    ("databricks_job", "triggers.schedule", "quartz_cron_expression", "timezone_id"),
    ("databricks_lakehouse_monitor", "schedule", "quartz_cron_expression", "timezone_id"),
    ("databricks_pipeline", "trigger.cron", "quartz_cron_schedule", "timezone_id"),
    ("databricks_quality_monitor", "schedule", "quartz_cron_expression", "timezone_id"),
];

/// Blocks that make a job run by itself. Of `triggers` each has a status of its own.
///
/// Source: the page of `databricks_job`, databricks 1.128.0.
pub const TRIGGERS: [&str; 4] = ["schedule", "trigger", "continuous", "triggers"];

/// Short names of zones that are none of the IANA database.
///
/// Source: `java.time.ZoneId.SHORT_IDS` and `ZoneId.of` of the JDK's API documentation.
pub const ONLY_IN_JAVA: &[&str] = &[
    "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT",
    "IET", "IST", "JST", "MIT", "NET", "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST", "Z",
];

#[cfg(test)]
mod tests {
    use super::{QUARTZ, TRIGGERS};
    use crate::facts::schema;

    #[test]
    fn triggers_are_blocks() {
        for name in TRIGGERS {
            assert!(schema::attribute("databricks_job", [name]).is_some(), "{name}");
        }
    }

    #[test]
    fn every_quartz_field_is_listed() {
        let mut found = Vec::new();
        for kind in schema::types() {
            let Some(schema) = schema::resource(kind) else { continue };
            let mut open: Vec<Vec<&str>> = vec![Vec::new()];
            while let Some(path) = open.pop() {
                for name in schema.below(path.iter().copied()) {
                    let below = [&path[..], &[name]].concat();
                    if name.starts_with("quartz_") {
                        found.push((kind, path.join("."), name));
                    }
                    open.push(below);
                }
            }
        }
        found.sort();
        let listed = QUARTZ.iter().map(|(kind, path, name, _)| (*kind, (*path).to_owned(), *name));
        assert_eq!(found, listed.collect::<Vec<_>>());
    }
}
