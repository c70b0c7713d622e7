//! Judgments that several rules share, each in a module named for the question it answers.

pub mod buckets;
pub mod credentials;
pub mod policies;
pub mod private_names;
pub mod reason;
pub mod secrets;
pub mod security_groups;
pub mod taint;
pub mod wait;
pub mod zones;
