//! Which units of a run belong to one environment, and to which side of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    facts::regions::{DATABRICKS, is_region},
    lint::PlanCx,
};

use super::twin_names::{Name, Place, Side};

/// Units by what they are called.
#[derive(Debug, Default)]
pub struct Units {
    /// Where each lies by its name.
    places: BTreeMap<String, Place>,
    /// Its environment, and the side of that.
    sites: BTreeMap<String, Place>,
    /// Those that have a twin in the run.
    twinned: BTreeSet<String>,
    /// The region of each, where its plan tells.
    regions: BTreeMap<String, &'static str>,
    /// The regions that the plans of each side of an environment tell.
    of_sites: BTreeMap<Place, BTreeSet<&'static str>>,
}

impl Units {
    /// Reads the names of all units of a run, and the regions that their plans tell.
    pub fn of<'a>(units: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Units {
        let (names, regions): (BTreeMap<&str, Name>, BTreeMap<&str, Option<&str>>) =
            units.map(|(unit, region)| ((unit, Name::read(unit)), (unit, region))).unzip();
        let names = Environments::of(names.values()).settle(&names);
        let environments = Environments::of(names.values());
        let known = |region: &str| DATABRICKS.iter().find(|known| **known == region).copied();
        let owned = |unit: &&str| (*unit).to_owned();
        let regions = regions
            .iter()
            .filter_map(|(unit, region)| Some((owned(unit), known((*region)?)?)))
            .collect();
        let sites = names
            .iter()
            .filter_map(|(unit, name)| Some((owned(unit), environments.site(name)?)))
            .collect();
        let places = names.iter().map(|(unit, name)| (owned(unit), name.place())).collect();
        let mut units = Units { places, sites, regions, ..Units::default() };
        units.find_twins();
        units.find_regions();
        units
    }

    fn find_twins(&mut self) {
        let mut sides: BTreeMap<&str, BTreeSet<&Side>> = BTreeMap::new();
        for place in self.places.values() {
            sides.entry(&place.key).or_default().insert(&place.side);
        }
        let has_twin = |place: &Place| sides.get(place.key.as_str()).is_some_and(|it| it.len() > 1);
        let twinned = self.places.iter().filter(|(_, place)| has_twin(place));
        self.twinned = twinned.map(|(unit, _)| unit.clone()).collect();
    }

    fn find_regions(&mut self) {
        for (unit, region) in &self.regions {
            if let Some(site) = self.sites.get(unit) {
                self.of_sites.entry(site.clone()).or_default().insert(region);
            }
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.places.keys()
    }

    /// Where a unit lies by its name.
    pub fn place(&self, unit: &str) -> Place {
        self.places.get(unit).cloned().unwrap_or_else(|| Name::read(unit).place())
    }

    /// The environment of a unit, and the side of that; none where its name does not tell.
    pub fn site(&self, unit: &str) -> Option<&Place> {
        self.sites.get(unit)
    }

    /// Whether a unit has a twin in the run.
    pub fn is_twinned(&self, unit: &str) -> bool {
        self.twinned.contains(unit)
    }

    /// Whether what one side has in a unit may be sought in a unit of the other: one is a part of the other,
    /// or has no twin while the other has one, so that both sides are cut differently.
    pub fn are_cut_differently(&self, one: &str, other: &str) -> bool {
        self.place(one).is_part_or_whole(&self.place(other))
            || self.is_twinned(one) != self.is_twinned(other)
    }

    /// The region that the plan of a unit tells.
    pub fn region(&self, unit: &str) -> Option<&'static str> {
        self.regions.get(unit).copied()
    }

    /// The region that the plans of one side of an environment agree on.
    pub fn region_of_site(&self, site: &Place) -> Option<&'static str> {
        self.of_sites.get(site).and_then(|regions| only(regions.iter().copied()))
    }
}

/// The one value of all; none where there are several.
pub fn only<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// The region of a plan: that of its workspaces, else that of the AWS provider.
pub fn region_of_plan(cx: &PlanCx<'_>) -> Option<String> {
    let mut workspaces = cx.of("databricks_mws_workspaces").peekable();
    if workspaces.peek().is_some() {
        let regions = workspaces.map(|it| it.get("aws_region").text().map(str::to_owned));
        return only(regions).flatten();
    }
    let providers = cx.graph.providers().filter(|it| it.block.name == "aws");
    let region = only(providers.map(|it| it.constant("region"))).flatten();
    region.filter(|region| is_region(region))
}

/// Environments by what their units are called.
struct Environments {
    /// Those of units that say of which side they are, and whether they have one that does not stand by and
    /// one that does.
    sided: BTreeMap<String, [bool; 2]>,
    /// Those of units that do not say so.
    bare: BTreeSet<String>,
}

impl Environments {
    fn of<'a>(names: impl Iterator<Item = &'a Name>) -> Environments {
        let mut all = Environments { sided: BTreeMap::new(), bare: BTreeSet::new() };
        for name in names {
            all.bare.extend(name.sites_around());
            if let Some(site) = name.site() {
                let stands_by = usize::from(name.side.words > 0);
                all.sided.entry(site).or_default()[stands_by] = true;
            }
        }
        all
    }

    fn has_primary(&self, site: &str) -> bool {
        self.sided.get(site).is_some_and(|[primary, _]| *primary) || self.bare.contains(site)
    }

    fn has_standby(&self, site: &str) -> bool {
        self.sided.get(site).is_some_and(|[_, standby]| *standby)
    }

    /// The names, with the word for production in those that have one for what stands by in its place:
    /// `dr/jobs` belongs to `prod`, where that has no other that stands by.
    fn settle<'a>(&self, names: &BTreeMap<&'a str, Name>) -> BTreeMap<&'a str, Name> {
        let settled = names.iter().map(|(unit, name)| {
            let moved = self.production_of(name);
            (*unit, moved.unwrap_or_else(|| name.clone()))
        });
        settled.collect()
    }

    fn production_of(&self, name: &Name) -> Option<Name> {
        let own = name.site().filter(|_| name.side.words > 0)?;
        if self.has_primary(&own) {
            return None;
        }
        let mut found = name.as_production().into_iter().filter(|name| {
            let site = name.site();
            site.is_some_and(|site| self.has_primary(&site) && !self.has_standby(&site))
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The environment of a unit. One that does not say of which side it is may be for both, unless nothing
    /// else is there for which the other stands by.
    fn site(&self, name: &Name) -> Option<Place> {
        if let Some(key) = name.site() {
            return Some(Place { key, side: name.side.clone() });
        }
        let mut around = name.sites_around();
        let key = around.find(|site| self.sided.contains_key(site))?;
        let is_primary = self.sided.get(&key) == Some(&[false, true]);
        is_primary.then_some(Place { key, side: name.side.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(names: &[&'static str]) -> Units {
        Units::of(names.iter().map(|name| (*name, None)))
    }

    /// Whether two of some units lie in one environment, on two sides.
    fn are_sides(all: &[&'static str], one: &str, other: &str) -> bool {
        let units = units(all);
        let (one, other) = (units.site(one), units.site(other));
        one.zip(other).is_some_and(|(one, other)| one.key == other.key && one.side != other.side)
    }

    #[test]
    fn what_stands_by_may_take_the_place_of_production() {
        for [one, other] in [
            ["prod/eu-central-1/jobs", "dr/eu-west-1/jobs"],
            ["prod-eu-central-1", "dr-eu-west-1"],
            ["eu-central-1/prod/jobs", "eu-west-1/dr/jobs"],
            ["production/eu-central-1/x", "disaster-recovery/eu-west-1/x"],
            ["live/prod/x", "live/dr/x"],
            ["prod", "dr"],
        ] {
            let units = units(&[one, other, "staging/eu-west-1/jobs"]);
            assert_eq!(units.place(one).key, units.place(other).key, "{one} {other}");
            assert!(units.is_twinned(other) && !units.is_twinned("staging/eu-west-1/jobs"));
        }
    }

    #[test]
    fn what_stands_by_for_another_environment_or_has_its_own_stays_where_it_is() {
        for all in [
            &["staging/eu-central-1/jobs", "dr/eu-west-1/jobs"][..],
            &["prod/eu-central-1/jobs", "staging/dr/jobs"],
            &["prod/eu-central-1/jobs", "prod/eu-west-1-dr/jobs", "dr/eu-north-1/jobs"],
            &["prod/jobs", "live/jobs", "dr/jobs"],
            &["non-prod/jobs", "dr/jobs"],
        ] {
            assert!(!are_sides(all, all[0], all[all.len() - 1]), "{all:?}");
        }
    }

    #[test]
    fn units_of_one_environment() {
        let all = ["prod/eu-central-1/jobs", "prod/eu-west-1-dr/more", "prod/account"];
        assert!(are_sides(&all, all[0], all[1]));
        assert!(!are_sides(&all, all[2], all[1]), "for both");
        assert!(are_sides(&all[1..], all[2], all[1]));
        let others = ["acme/staging/jobs", "acme/dr/jobs"];
        assert!(!are_sides(&others, others[0], others[1]));
    }

    #[test]
    fn sides_that_are_cut_differently() {
        let units = units(&[
            "prod/eu-central-1/base",
            "prod/eu-west-1-dr/base",
            "prod/eu-west-1-dr/jobs",
            "prod/eu-central-1/more",
        ]);
        let differ = |one, other| units.are_cut_differently(one, other);
        assert!(differ("prod/eu-central-1/base", "prod/eu-west-1-dr/jobs"));
        assert!(!differ("prod/eu-central-1/more", "prod/eu-west-1-dr/jobs"));
    }
}
