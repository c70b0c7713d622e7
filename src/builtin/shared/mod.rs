//! Judgments that several rules share, each in a module named for the question it answers.

pub mod account;
pub mod buckets;
pub mod credentials;
pub mod endpoints;
pub mod lists;
pub mod outputs;
pub mod policies;
pub mod private_names;
pub mod provider;
pub mod reason;
pub mod regions;
pub mod roles;
pub mod routes;
pub mod secrets;
pub mod security_groups;
pub mod taint;
pub mod traffic;
pub mod wait;
pub mod zones;
