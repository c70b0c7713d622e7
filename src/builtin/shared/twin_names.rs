//! What twins are called: names taken apart into what both have, and what says which of both it is.
//!
//! A name is `[words of the environment] [region or part it plays] [words of the unit]`, in whatever order:
//! `prod/eu-west-1-dr/jobs`, `eu-west-1/prod/dr-jobs`. The environment of a region, its site, is what stands
//! before the region, with the words behind it that name an environment.

use crate::facts::{
    environments::{PRODUCTION, names_production, tells_environment},
    twins::{PRIMARY, region_of, standby_of},
};

/// Which of two twins something belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Side {
    /// The region that its name speaks of.
    pub region: Option<&'static str>,
    /// How many words say that it stands by, less those that say that it does not. A path that both have in
    /// common may hold some: the side that has more of them stands by.
    pub words: i32,
}

impl Side {
    /// Its part of the world: `eu` of `eu-central-1`, `us-gov` of `us-gov-west-1`.
    pub fn area(&self) -> Option<&'static str> {
        self.region.and_then(|region| region.rsplitn(3, '-').nth(2))
    }

    /// This, said more closely by another.
    pub fn and(&self, inner: &Side) -> Side {
        Side { region: self.region.or(inner.region), words: self.words + inner.words }
    }
}

/// A name, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What twins have in common.
    pub key: String,
    /// What they have not.
    pub side: Side,
}

impl Place {
    /// Where something lies inside it.
    pub fn and(&self, inner: &Place) -> Place {
        let keys = [&self.key, &inner.key].map(String::as_str);
        let keys: Vec<&str> = keys.into_iter().filter(|key| !key.is_empty()).collect();
        Place { key: keys.join("/"), side: self.side.and(&inner.side) }
    }

    /// Whether one of two is a part of the other: `prod/jobs` of `prod`.
    pub fn is_part_or_whole(&self, other: &Place) -> bool {
        let is_part = |part: &str, whole: &str| {
            whole.is_empty()
                || part.strip_prefix(whole).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        is_part(&self.key, &other.key) || is_part(&other.key, &self.key)
    }
}

/// A name, word by word.
#[derive(Clone, Debug, Default)]
pub struct Name {
    /// The words that twins have in common.
    words: Vec<String>,
    /// What they have not.
    pub side: Side,
    /// How many of these words stand before the first that says of which side it is.
    before_side: Option<usize>,
    /// How many of them stand before the first that says that it stands by.
    before_standby: Option<usize>,
}

impl Name {
    /// Takes a name apart.
    pub fn read(name: &str) -> Name {
        let lower = name.to_ascii_lowercase();
        let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
        let mut name = Name::default();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let so_far = name.words.len();
            if let Some((region, taken)) = region_of(&words[at..]) {
                name.side.region = name.side.region.or(Some(region));
                at += taken;
            } else if let Some(taken) = standby_of(&words[at..]) {
                name.side.words += 1;
                name.before_standby.get_or_insert(so_far);
                at += taken;
            } else {
                at += 1;
                if !PRIMARY.contains(word) {
                    name.words.push((*word).to_owned());
                    continue;
                }
                name.side.words -= 1;
            }
            name.before_side.get_or_insert(so_far);
        }
        name
    }

    /// What twins have in common, and what they have not.
    pub fn place(&self) -> Place {
        Place { key: self.words.join("/"), side: self.side.clone() }
    }

    /// The environment that it belongs to; none where nothing says of which side it is.
    pub fn site(&self) -> Option<String> {
        let (before, behind) = self.words.split_at(self.before_side?);
        let behind = behind.iter().filter(|word| tells_environment(word));
        Some(before.iter().chain(behind).map(String::as_str).collect::<Vec<_>>().join("/"))
    }

    /// The environments that it may belong to where nothing says of which side it is, the closest first:
    /// `acme/prod/jobs`, `acme/prod`, and not `acme`, which `acme/staging` would belong to as well.
    pub fn sites_around(&self) -> impl Iterator<Item = String> {
        let all = if self.before_side.is_none() { self.words.len() } else { 0 };
        let is_open = |len: &usize| !self.words[*len..].iter().any(|word| tells_environment(word));
        (1..=all).rev().take_while(is_open).map(|len| self.words[..len].join("/"))
    }

    /// The names that it has where its first word for what stands by takes the place of the environment:
    /// `prod/jobs` and `live/jobs` of `dr/jobs`. None where it names another environment.
    pub fn as_production(&self) -> Vec<Name> {
        let names_other = |word: &String| tells_environment(word) && !names_production(word);
        let Some(at) = self.before_standby.filter(|_| !self.words.iter().any(names_other)) else {
            return Vec::new();
        };
        let named = PRODUCTION.iter().map(|word| {
            let mut name = self.clone();
            name.words.insert(at, (*word).to_owned());
            name
        });
        named.collect()
    }
}

/// A name as both twins have it.
pub fn common_name(name: &str) -> String {
    Name::read(name).place().key
}

/// The names under which the twin of what stands by may be found, the closest first.
pub fn names_of_twin(name: &str) -> Vec<String> {
    let name = Name::read(name);
    let as_production = name.as_production();
    as_production.iter().chain([&name]).map(|name| name.place().key).collect()
}

/// Whether some word says that something stands by.
pub fn says_standby(name: &str) -> bool {
    Name::read(name).before_standby.is_some()
}

/// The region that a name speaks of.
pub fn region_in(name: &str) -> Option<&'static str> {
    Name::read(name).side.region
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Place {
        Name::read(name).place()
    }

    #[test]
    fn twins_are_called_alike() {
        for (one, other) in [
            ("prod-eu-central-1", "prod-eu-west-1-dr"),
            ("prod-eu-central-1", "prod-eu-west-1-disaster-recovery"),
            ("prod/us-east-1/network", "prod/eu-west-1/network"),
            ("plan\nmodule.primary\n", "plan\nmodule.dr\n"),
            ("acme-euc1", "acme-euw1"),
            ("live/prod", "live/prod-standby"),
            ("dr-drill/prod-eu-west-1", "dr-drill/prod-eu-central-1"),
        ] {
            let (one, other) = (read(one), read(other));
            assert_eq!(one.key, other.key);
            assert_ne!(one.side, other.side);
        }
        assert_ne!(read("prod/eu-west-1").key, read("staging/eu-west-1").key);
        assert_eq!(read("prod/network").side, Side::default());
    }

    #[test]
    fn the_environment_of_a_region() {
        for (name, wanted) in [
            ("prod/eu-central-1/jobs", Some("prod")),
            ("prod-eu-west-1-dr-jobs", Some("prod")),
            ("eu-central-1/prod/jobs", Some("prod")),
            ("eu-central-1/non-prod/jobs", Some("non/prod")),
            ("jobs/prod-eu-central-1", Some("jobs/prod")),
            ("primary/jobs", Some("")),
            ("prod/jobs", None),
        ] {
            assert_eq!(Name::read(name).site().as_deref(), wanted, "{name}");
        }
        let around = |name| Name::read(name).sites_around().collect::<Vec<_>>();
        assert_eq!(around("acme/prod/jobs"), ["acme/prod/jobs", "acme/prod"]);
        assert_eq!(around("prod/eu-west-1/jobs"), [""; 0]);
    }

    #[test]
    fn a_word_in_the_place_of_the_environment() {
        assert!(names_of_twin("dr/eu-west-1/jobs").contains(&"prod/jobs".to_owned()));
        assert!(names_of_twin("eu-west-1/dr/jobs").contains(&"production/jobs".to_owned()));
        assert_eq!(names_of_twin("staging/dr/jobs"), ["staging/jobs"]);
        assert_eq!(names_of_twin("nightly"), ["nightly"]);
    }

    #[test]
    fn a_part_of_a_whole() {
        let is_part = |one, other| read(one).is_part_or_whole(&read(other));
        assert!(is_part("prod-eu-west-1-dr-jobs", "prod-eu-central-1"));
        assert!(is_part("eu-central-1", "eu-west-1-dr/jobs"));
        assert!(!is_part("prod/eu-west-1-dr/jobs", "prod/eu-central-1/job"));
    }
}
