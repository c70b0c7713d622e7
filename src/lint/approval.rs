//! What somebody has to agree to before a plan is applied, as plain data.

use std::collections::BTreeSet;

use super::{Category, Place};

pub use crate::facts::destroy::Tier;

/// What a resource instance that is destroyed or replaced takes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Replaced: a new object takes its place.
    pub replaced: bool,
    /// How bad it is.
    pub tier: Tier,
    /// Attributes that force the replacement.
    pub forced_by: Vec<String>,
    /// Managed instances of the same plan that exist today and refer to it, directly or through
    /// others, in the plan's order.
    pub dependents: Vec<Dependent>,
    /// There are more of these, which were not counted.
    pub has_more: bool,
}

/// An instance that hangs on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependent {
    /// Its address.
    pub address: String,
    /// Its type.
    pub type_: String,
    /// The plan leaves it as it is, or changes it in place.
    pub stays: bool,
}

/// One instance whose destruction or replacement needs an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The instance.
    pub place: Place,
    /// Key of the deposed object, where it is one.
    pub deposed: Option<String>,
    /// What is lost.
    pub loss: Loss,
    /// What the findings about it say.
    pub messages: Vec<String>,
    /// The edit that makes it, where that is another place.
    pub cause: Option<Place>,
    /// Categories of the findings about it.
    pub categories: BTreeSet<Category>,
    /// Fingerprints of the findings about it.
    pub fingerprints: Vec<String>,
    /// Who should look, as the configuration has it for these categories; empty where it says nothing.
    pub reviewers: BTreeSet<String>,
}

/// Everything that a run with `--approval` asks an approval for, what loses most first. Empty where
/// nothing needs one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approval {
    /// The instances.
    pub wanted: Vec<Wanted>,
}

impl Approval {
    /// Everybody who should look, each once.
    pub fn reviewers(&self) -> BTreeSet<&str> {
        self.wanted.iter().flat_map(|it| &it.reviewers).map(String::as_str).collect()
    }

    /// Instances that are no part of it themselves and hang on any that is, and whether there are
    /// more than were counted.
    pub fn dependents(&self) -> (usize, bool) {
        let own: BTreeSet<(&str, &str)> =
            self.wanted.iter().map(|it| (&*it.place.unit, &*it.place.address)).collect();
        let mut all: BTreeSet<(&str, &str)> = BTreeSet::new();
        for it in &self.wanted {
            all.extend(it.loss.dependents.iter().map(|on| (&*it.place.unit, &*on.address)));
        }
        (all.difference(&own).count(), self.wanted.iter().any(|it| it.loss.has_more))
    }
}
