//! What Databricks reads in texts: definitions of cluster policies, schedules, URLs of Git repositories.
//! Read and reckoned with here, whatever plan they stand in.

pub mod git;
pub mod policy;
pub mod problems;
pub mod quartz;
