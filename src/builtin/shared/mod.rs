//! Judgments that several rules share, each in a module named for the question it answers.

pub mod account;
pub mod buckets;
pub mod credentials;
pub mod endpoints;
pub mod metastores;
pub mod policies;
pub mod principals;
pub mod private_names;
pub mod provider;
pub mod reason;
pub mod regions;
pub mod roles;
pub mod routes;
pub mod secrets;
pub mod securables;
pub mod security_groups;
pub mod states;
pub mod storage_credentials;
pub mod storage_paths;
pub mod taint;
pub mod traffic;
pub mod wait;
pub mod zones;
