//! Judgments that several rules share, each in a module named for the question it answers.

pub mod account;
pub mod reason;
pub mod wait;
