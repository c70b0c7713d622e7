//! Judgments that several rules share, each in a module named for what it answers.

pub(crate) mod credentials;
pub(crate) mod secrets;
pub(crate) mod taint;
