//! Comments in the source of the run's units.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::{
    lint::{FileLine, Finding},
    source::{Suppression, Target, Tree},
};

/// What comments in the source say, by unit.
#[derive(Debug, Default)]
pub struct Comments<'a> {
    units: BTreeMap<&'a str, Unit<'a>>,
}

/// The comments of one unit's source.
#[derive(Debug)]
struct Unit<'a> {
    tree: &'a Tree,
    /// Each comment once, by its place.
    all: Vec<Suppression>,
}

impl<'a> Comments<'a> {
    /// Reads the source of every unit: a comment that accepts nothing may stand anywhere.
    pub fn read(units: Vec<(&'a str, &'a Tree)>) -> Comments<'a> {
        let read = |(unit, tree): (&'a str, &'a Tree)| {
            tree.read_all();
            (unit, Unit { tree, all: tree.suppressions() })
        };
        Comments { units: units.into_par_iter().map(read).collect() }
    }

    /// The comments that accept a finding at its subject or at another participant, the nearest
    /// first.
    pub(super) fn covering(&self, finding: &Finding) -> Vec<Suppression> {
        let mut found = Vec::new();
        let peers = finding.peers.iter().map(|place| (place, place.attribute.as_deref()));
        let rule = &*finding.rule;
        for (place, path) in [(&finding.place, finding.source_path())].into_iter().chain(peers) {
            let Some(unit) = self.units.get(place.unit.as_str()) else { continue };
            let names =
                |it: &Suppression| it.fault.is_none() && it.rules.iter().any(|id| id == rule);
            // Most source has none, and finding out where a place is written takes a while.
            if unit.all.iter().any(names) {
                let here = unit.tree.suppressions_of(&place.address, path);
                found.extend(here.into_iter().filter(names));
            }
        }
        found.sort_by(|a, b| (distance(a.target), a).cmp(&(distance(b.target), b)));
        found
    }

    /// Every comment, with the units whose source it is part of.
    pub(super) fn all(&self) -> BTreeMap<&Suppression, Vec<&'a str>> {
        let mut all: BTreeMap<&Suppression, Vec<&str>> = BTreeMap::new();
        for (name, unit) in &self.units {
            for comment in &unit.all {
                all.entry(comment).or_default().push(name);
            }
        }
        all
    }
}

/// How far what a comment is about reaches.
fn distance(target: Target) -> u8 {
    match target {
        Target::Attribute => 0,
        Target::Block => 1,
        Target::ModuleCall => 2,
        Target::File | Target::Nothing => 3,
    }
}

/// Where a comment stands.
pub(super) fn line(comment: &Suppression) -> FileLine {
    FileLine { path: comment.at.path.clone(), line: comment.at.line as usize }
}
