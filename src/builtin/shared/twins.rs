//! Two regions of one company, of which one takes over for the other: which units and modules are each
//! other's twin, and which of both is the standby.
//!
//! Twins are called alike but for a region (`eu-central-1`, `euc1`) or a word for the part they play
//! (`primary`, `dr`): `prod-eu-central-1` and `prod-eu-west-1-dr`, `module.primary` and `module.dr`.
//! Which is the standby say, best first: the settings of a rule; such a word; and, never for certain,
//! that all its schedules are paused while some of the other run, or that buckets are replicated to it.
//!
//! Modules and providers of one name are compared with one another first; what has no twin there is
//! compared with the whole of its unit's twin.
//!
//! Of three and more that are called alike each standby has the primary of its own part of the world
//! (`eu`, `us-gov`), if there is one such; else any of them may be the one for which it stands by.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    estate::{Cell, Joined, Named, Row, Rows},
    facts::twins::{PRIMARY, STANDBY, region_of},
    graph::Res,
    lint::{EstateCx, PlanCx, pair},
    plan::{Tri, module_address},
};

use super::{jobs, replication};

/// A bucket. Cell: `place`.
const BUCKET: &str = "twins/bucket";
/// A job that runs by itself. Cells: `place`, `runs` (an answer).
const JOB: &str = "twins/job";

/// A unit that has anything at all.
const UNIT: &str = "twins/unit";

/// The setting that names twins.
pub const PAIRS: &str = "pairs";

/// Which of two twins something belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    region: Option<&'static str>,
    /// How many words say that it stands by, less those that say that it does not. A path that both have in
    /// common may hold some: the side that has more of them stands by.
    words: i32,
}

impl Side {
    /// Its part of the world: `eu` of `eu-central-1`, `us-gov` of `us-gov-west-1`.
    fn area(&self) -> Option<&'static str> {
        self.region.and_then(|region| region.rsplitn(3, '-').nth(2))
    }
}

/// Rows of those that are called alike.
type Sides<'a> = BTreeMap<Side, Vec<&'a Row>>;

/// A name, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    /// What twins have in common.
    key: String,
    side: Side,
}

/// Where a row belongs.
#[derive(Clone, Debug)]
struct Spot {
    /// Its unit, module and provider.
    own: Place,
    /// Its unit alone; none where its module or provider says of which side it is.
    unit: Option<Place>,
}

/// Puts into a row where its instance belongs: the cell `place`.
pub fn put<'r>(row: &'r mut Row, it: Res<'_>) -> &'r mut Row {
    row.with("place", Cell::Known(place_of(it)))
}

/// Unit, module and provider of an instance.
fn place_of(it: Res<'_>) -> String {
    let plan = &it.scope().graph.plan;
    let module = module_address(&plan.module(it.raw().module).path);
    let key = it.block().map_or("", |block| block.provider_key.as_str());
    let alias =
        key.rsplit(':').next().and_then(|key| key.split_once('.')).map_or("", |(_, alias)| alias);
    format!("{}\n{module}\n{alias}", plan.unit)
}

/// Where a row's instance belongs, for a message: `prod-eu-west-1-dr`, `plan (module.dr)`,
/// `plan (module.core, provider dr)`.
pub fn shown(row: &Row) -> String {
    let mut parts = row.text("place").unwrap_or_default().splitn(3, '\n').skip(1);
    let module = parts.next().filter(|module| !module.is_empty()).map(str::to_owned);
    let alias = parts.next().filter(|alias| !alias.is_empty());
    let inner: Vec<String> =
        module.into_iter().chain(alias.map(|alias| format!("provider {alias}"))).collect();
    match inner.is_empty() {
        true => row.unit.clone(),
        false => format!("{} ({})", row.unit, inner.join(", ")),
    }
}

/// Whether where an instance belongs says that it is one of two.
pub fn may_be_one_of_two(it: Res<'_>) -> bool {
    read(&place_of(it)).side != Side::default()
}

/// The region that a name speaks of.
pub fn region_in(name: &str) -> Option<&'static str> {
    read(name).side.region
}

/// A name as both twins have it.
pub fn common_name(name: &str) -> String {
    read(name).key
}

fn read(name: &str) -> Place {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect();
    let mut place = Place::default();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        if let Some((region, taken)) = region_of(&words[at - 1..]) {
            place.side.region = place.side.region.or(Some(region));
            at += taken - 1;
        } else if STANDBY.contains(word) {
            place.side.words += 1;
        } else if PRIMARY.contains(word) {
            place.side.words -= 1;
        } else {
            kept.push(word);
        }
    }
    place.key = kept.join("/");
    place
}

/// What a company calls what both twins belong to: `prod`.
fn first_word(key: &str) -> String {
    key.split('/').next().unwrap_or_default().to_owned()
}

/// The cell `name` of a row, as both twins have it.
pub fn name_of(row: &Row) -> Option<String> {
    row.text("name").map(common_name)
}

/// Rows by their cell `name`, as both twins have it.
pub fn by_name<'a>(rows: &[&'a Row]) -> BTreeMap<String, &'a Row> {
    rows.iter().filter_map(|row| Some((name_of(row)?, *row))).collect()
}

/// Takes the rows by which [`Twins`] tells which side is the standby.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "twins", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    replication::collect(cx, rows);
    if let Some(it) = cx.all().next() {
        rows.add(UNIT, it);
    }
    for it in cx.of("aws_s3_bucket") {
        put(rows.add(BUCKET, it), it);
    }
    for it in cx.of("databricks_job").filter(|it| jobs::has_trigger(*it)) {
        put(rows.add(JOB, it).with("runs", jobs::runs_by_itself(it)), it);
    }
}

/// Rows of two twins.
#[derive(Debug)]
pub struct Pair<'a> {
    /// Those of the primary; of either side where nothing says which it is.
    pub primary: Vec<&'a Row>,
    /// Those of the standby.
    pub standby: Vec<&'a Row>,
    /// Whether one stands by for the other: never certain where nothing says which.
    pub sure: Tri,
    /// Whether anything says which is the standby.
    pub has_direction: bool,
    /// The regions of both, where their names tell.
    pub regions: [Option<&'static str>; 2],
    /// All rows of both units, where its own are those that have no twin in a module of the same name.
    whole: Option<[Vec<&'a Row>; 2]>,
    /// The first word of both, and the side of the primary.
    site: (String, Side),
    /// The side of the standby.
    other: Side,
    /// What tells it from other pairs of the same rows; none where there are no others.
    apart: Option<String>,
}

impl<'a> Pair<'a> {
    fn of(key: &str, sides: [(&Side, Vec<&'a Row>); 2], sure: Option<Tri>) -> Pair<'a> {
        let [(side, primary), (other, standby)] = sides;
        Pair {
            primary,
            standby,
            sure: sure.unwrap_or(Tri::Maybe),
            has_direction: sure.is_some(),
            regions: [side.region, other.region],
            whole: None,
            site: (first_word(key), side.clone()),
            other: other.clone(),
            apart: None,
        }
    }

    /// The rows of the primary among which one of the standby may have its twin.
    pub fn all_primary(&self) -> &[&'a Row] {
        self.whole.as_ref().map_or(&self.primary, |[primary, _]| primary)
    }

    /// The rows of the standby among which one of the primary may have its twin.
    pub fn all_standby(&self) -> &[&'a Row] {
        self.whole.as_ref().map_or(&self.standby, |[_, standby]| standby)
    }

    /// Where the standby's objects are, for a message.
    pub fn standby_shown(&self) -> String {
        let of_unit = |row: &&Row| row.unit.clone();
        match &self.whole {
            Some([_, standby]) => standby.first().map(of_unit).unwrap_or_default(),
            None => self.standby.first().map_or_else(String::new, |row| shown(row)),
        }
    }

    /// Where its rows stand inside a unit may change, and the pair is the same.
    fn of_several(mut self, primary: &Side, standby: &Side) -> Pair<'a> {
        let side = |rows: &[&Row], Side { region, words }: &Side| {
            let unit = rows.first().map_or("", |row| row.unit.as_str());
            format!("{unit}\0{}\0{words}", region.unwrap_or_default())
        };
        let sides = [side(&self.primary, primary), side(&self.standby, standby)];
        self.apart = Some(sides.join("\0"));
        self
    }

    /// The same pair, of whole units: its rows are those that have no twin of their own.
    fn of_units(mut self, key: &str, alone: &BTreeMap<(&str, &Side), Vec<&'a Row>>) -> Pair<'a> {
        let rows = |side: &Side| alone.get(&(key, side)).cloned().unwrap_or_default();
        let (primary, standby) = (rows(&self.site.1), rows(&self.other));
        let whole = [
            std::mem::replace(&mut self.primary, primary),
            std::mem::replace(&mut self.standby, standby),
        ];
        Pair { whole: Some(whole), ..self }
    }

    /// What tells findings of one subject apart: a name, and the pair where its rows are in several.
    pub fn key(&self, name: &str) -> String {
        match &self.apart {
            Some(apart) => format!("{name}\0{apart}"),
            None => name.to_owned(),
        }
    }
}

/// What is known of twins.
#[derive(Debug)]
pub struct Twins {
    /// Units that the settings name: primary and standby.
    named: Vec<(String, String)>,
    /// All units of the run.
    units: Vec<String>,
    /// The side to which the buckets of another are replicated, by the first word of its name.
    copied: BTreeSet<(String, Side)>,
    /// Sides that have jobs, and whether any of them runs.
    running: BTreeMap<(String, Side), Tri>,
}

impl Twins {
    /// From the rows that [`collect`] took, and the settings of the rule.
    pub fn of(cx: &EstateCx<'_>) -> Twins {
        let named = cx.params().texts(PAIRS).into_iter().filter_map(pair);
        // A name that no unit has must not hide the twins that names tell.
        let named = named.filter(|(a, b)| cx.has_unit(a) && cx.has_unit(b));
        let mut twins = Twins {
            named: named.map(|(a, b)| (a.to_owned(), b.to_owned())).collect(),
            units: cx.of(UNIT).map(|row| row.unit.clone()).collect(),
            copied: BTreeSet::new(),
            running: BTreeMap::new(),
        };
        for row in cx.of(JOB) {
            let runs = twins.running.entry(twins.site(row)).or_insert(Tri::No);
            *runs = *runs | row.tri("runs");
        }
        let buckets = Joined::themselves(cx.of(BUCKET));
        for rule in cx.of(replication::RULE) {
            let of = |cell| {
                buckets.named(&Named::of(rule, cell)).first().map(|(row, _)| twins.site(row))
            };
            if let (Some(from), Some(to)) = (of("from"), of("to"))
                && from.1 != to.1
            {
                twins.copied.insert(to);
            }
        }
        twins
    }

    /// The company's first word for where a row belongs, `prod`, and its side.
    fn site(&self, row: &Row) -> (String, Side) {
        let own = self.spots(row).swap_remove(0).own;
        (first_word(&own.key), own.side)
    }

    /// Whether a row lies on the side of a pair's primary.
    pub fn is_of_primary(&self, pair: &Pair<'_>, row: &Row) -> bool {
        self.site(row) == pair.site
    }

    /// Where a unit belongs: once for each pair of the settings that names it.
    fn places(&self, unit: &str) -> Vec<Place> {
        let named = self.named.iter().filter(|(a, b)| a == unit || b == unit);
        let places = named.map(|(primary, standby)| {
            let words = if primary == unit { -1 } else { 1 };
            let side = Side { region: read(unit).side.region, words };
            Place { key: format!("{primary} -> {standby}"), side }
        });
        places.collect()
    }

    /// Where a row belongs: once for each pair of the settings that names its unit.
    fn spots(&self, row: &Row) -> Vec<Spot> {
        let text = row.text("place").unwrap_or_default();
        let inside = read(text.strip_prefix(&row.unit).unwrap_or(text));
        let of_unit = |place: Place| Some(place).filter(|_| inside.side == Side::default());
        let named = self.places(&row.unit).into_iter().map(|unit| {
            let own =
                Place { key: format!("{}/{}", unit.key, inside.key), side: unit.side.clone() };
            Spot { own, unit: of_unit(unit) }
        });
        let spots: Vec<Spot> = named.collect();
        match spots.is_empty() {
            true => vec![Spot { own: read(text), unit: of_unit(read(&row.unit)) }],
            false => spots,
        }
    }

    /// Rows by their twins; those that have none are left out.
    pub fn pairs<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<Pair<'a>> {
        let spots: Vec<(&Row, Spot)> =
            rows.flat_map(|row| self.spots(row).into_iter().map(move |spot| (row, spot))).collect();
        let mut groups: BTreeMap<&str, Sides<'a>> = BTreeMap::new();
        for (row, Spot { own, .. }) in &spots {
            groups.entry(&own.key).or_default().entry(own.side.clone()).or_default().push(row);
        }
        let is_alone = |own: &Place| groups.get(own.key.as_str()).is_none_or(|it| it.len() < 2);
        let of_modules = groups.iter().flat_map(|(key, sides)| self.pair_up(key, sides));
        of_modules.chain(self.pairs_of_units(&spots, is_alone)).collect()
    }

    /// Pairs of what has no twin in a module of the same name, by units.
    fn pairs_of_units<'a>(
        &self,
        spots: &[(&'a Row, Spot)],
        is_alone: impl Fn(&Place) -> bool,
    ) -> Vec<Pair<'a>> {
        // A unit has its twin whether it has any rows of the kind or not.
        let mut all: BTreeMap<String, Sides<'a>> = BTreeMap::new();
        for unit in &self.units {
            let named = self.places(unit);
            for Place { key, side } in if named.is_empty() { vec![read(unit)] } else { named } {
                all.entry(key).or_default().entry(side).or_default();
            }
        }
        let mut alone: BTreeMap<(&str, &Side), Vec<&'a Row>> = BTreeMap::new();
        for (row, spot) in spots {
            let Some(Place { key, side }) = &spot.unit else { continue };
            all.entry(key.clone()).or_default().entry(side.clone()).or_default().push(row);
            if is_alone(&spot.own) {
                alone.entry((key, side)).or_default().push(row);
            }
        }
        let pairs = all.iter().flat_map(|(key, sides)| {
            self.pair_up(key, sides).into_iter().map(|pair| pair.of_units(key, &alone))
        });
        pairs.filter(|pair| !pair.primary.is_empty() || !pair.standby.is_empty()).collect()
    }

    fn pair_up<'a>(&self, key: &str, sides: &Sides<'a>) -> Vec<Pair<'a>> {
        let site = &first_word(key);
        let all: Vec<&Side> = sides.keys().collect();
        let rows = |side| (side, sides.get(side).cloned().unwrap_or_default());
        if let [a, b] = all.as_slice() {
            let (primary, standby, sure) = match self.standby(site, a, b) {
                Some((Which::First, sure)) => (b, a, Some(sure)),
                Some((Which::Second, sure)) => (a, b, Some(sure)),
                None => (a, b, None),
            };
            return vec![Pair::of(key, [rows(primary), rows(standby)], sure)];
        }
        let found = all.iter().flat_map(|standby| {
            let primaries = self.primaries(site, standby, &all);
            primaries.into_iter().map(move |(primary, sure)| (primary, *standby, sure))
        });
        let pair = |(primary, standby, sure)| {
            let sides = [rows(primary), rows(standby)];
            Pair::of(key, sides, Some(sure)).of_several(primary, standby)
        };
        found.map(pair).collect()
    }

    /// Those of several sides for which one of them stands by, and whether that is certain.
    fn primaries<'s>(&self, site: &str, standby: &Side, all: &[&'s Side]) -> Vec<(&'s Side, Tri)> {
        let of = |side: &'s Side| match self.standby(site, side, standby)? {
            (Which::Second, sure) => Some((side, sure)),
            (Which::First, _) => None,
        };
        let mut found: Vec<_> = all.iter().filter_map(|side| of(side)).collect();
        let best =
            if found.iter().any(|(_, sure)| *sure == Tri::Yes) { Tri::Yes } else { Tri::Maybe };
        found.retain(|(_, sure)| *sure == best);
        // One that is called the primary is meant, beside one that is called nothing.
        let least = found.iter().map(|(side, _)| side.words).min();
        found.retain(|(side, _)| Some(side.words) == least);
        let is_near = |(side, _): &&(&Side, Tri)| side.area() == standby.area();
        let near: Vec<_> = found.iter().filter(is_near).copied().collect();
        match (near.as_slice(), found.as_slice()) {
            ([only], _) | ([], [only]) => vec![*only],
            _ => found.into_iter().map(|(side, _)| (side, Tri::Maybe)).collect(),
        }
    }

    /// Which of two sides is the standby, and whether that is certain.
    fn standby(&self, site: &str, a: &Side, b: &Side) -> Option<(Which, Tri)> {
        let by_word = Which::of(a.words > b.words, b.words > a.words);
        let running = |side: &Side| self.running.get(&(site.to_owned(), side.clone())).copied();
        let by_jobs = match (running(a), running(b)) {
            (Some(Tri::No), Some(Tri::Yes)) => Some(Which::First),
            (Some(Tri::Yes), Some(Tri::No)) => Some(Which::Second),
            _ => None,
        };
        let copied = |side: &Side| self.copied.contains(&(site.to_owned(), side.clone()));
        // A region whose jobs are all paused may be one that is being set up.
        let likely = by_jobs.or_else(|| Which::of(copied(a), copied(b)));
        // That the other one is called the primary does not make it one that stands by.
        let says_so = |which: Which| match which {
            Which::First => a.words > 0,
            Which::Second => b.words > 0,
        };
        let by_word = by_word.map(|it| (it, if says_so(it) { Tri::Yes } else { Tri::Maybe }));
        by_word.or(likely.map(|which| (which, Tri::Maybe)))
    }
}

/// One of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    First,
    Second,
}

impl Which {
    fn of(first: bool, second: bool) -> Option<Which> {
        match (first, second) {
            (true, false) => Some(Which::First),
            (false, true) => Some(Which::Second),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::testing::{estate, graph},
        *,
    };

    #[test]
    fn twins_are_called_alike() {
        for (one, other) in [
            ("prod-eu-central-1", "prod-eu-west-1-dr"),
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
    fn what_says_which_is_the_standby() {
        let mut twins = Twins {
            named: Vec::new(),
            units: Vec::new(),
            copied: BTreeSet::new(),
            running: BTreeMap::new(),
        };
        let (a, b) = (read("prod-us-east-1").side, read("prod-eu-west-1").side);
        let site = |side: &Side| ("prod".to_owned(), side.clone());
        assert_eq!(twins.standby("prod", &a, &b), None);
        twins.copied.insert(site(&b));
        assert_eq!(twins.standby("prod", &a, &b), Some((Which::Second, Tri::Maybe)));
        assert_eq!(twins.standby("staging", &a, &b), None);
        twins.running = BTreeMap::from([(site(&a), Tri::No), (site(&b), Tri::Yes)]);
        assert_eq!(twins.standby("prod", &a, &b), Some((Which::First, Tri::Maybe)));
        twins.running.insert(site(&b), Tri::Maybe);
        assert_eq!(twins.standby("prod", &a, &b), Some((Which::Second, Tri::Maybe)));
        let named = read("prod-eu-west-1-dr").side;
        assert_eq!(twins.standby("prod", &a, &named), Some((Which::Second, Tri::Yes)));
        let (a, b) = (read("dr-drill/prod").side, read("dr-drill/prod-dr").side);
        assert_eq!(twins.standby("dr", &a, &b), Some((Which::Second, Tri::Yes)));
    }
    /// Which of several stand by for which, as `primary standby`, with a `?` where it is not certain.
    fn paired(units: &[&str]) -> Vec<String> {
        let twins = Twins {
            named: Vec::new(),
            units: Vec::new(),
            copied: BTreeSet::new(),
            running: BTreeMap::new(),
        };
        let bucket = [("aws_s3_bucket.it", json!({}))];
        let plans: Vec<_> = units.iter().map(|unit| graph(unit, &bucket, &json!({}))).collect();
        let estate = estate(&plans, |cx, rows| {
            for it in cx.of("aws_s3_bucket") {
                put(rows.add(BUCKET, it), it);
            }
        });
        let pairs = twins.pairs(estate.of(BUCKET)).into_iter().filter(|pair| pair.has_direction);
        let said = pairs.map(|pair| {
            let doubt = if pair.sure == Tri::Yes { "" } else { "?" };
            format!("{} {}{doubt}", pair.primary[0].unit, pair.standby[0].unit)
        });
        said.collect()
    }

    /// The addresses of the rows of each pair, and of all among which these may have their twins; an
    /// instance is its address and the alias of its provider.
    fn matched(plans: &[(&str, &[(&str, &str)])]) -> Vec<[String; 4]> {
        let graphs: Vec<_> = plans
            .iter()
            .map(|(unit, all)| {
                let all: Vec<_> = all
                    .iter()
                    .map(|(address, alias)| (*address, json!({"provider": format!("aws.{alias}")})))
                    .collect();
                graph(unit, &all, &json!({}))
            })
            .collect();
        let estate = estate(&graphs, |cx, rows| {
            for it in cx.of("aws_s3_bucket") {
                put(rows.add(BUCKET, it), it);
            }
        });
        let units = plans.iter().map(|(unit, _)| (*unit).to_owned()).collect();
        let twins =
            Twins { named: Vec::new(), units, copied: BTreeSet::new(), running: BTreeMap::new() };
        let shown = |rows: &[&Row]| {
            let names = rows.iter().filter_map(|row| row.address.split('.').nth(1));
            names.collect::<Vec<_>>().join(" ")
        };
        let pairs = twins.pairs(estate.of(BUCKET)).into_iter();
        pairs
            .map(|it| [&it.primary, &it.standby, it.all_primary(), it.all_standby()].map(shown))
            .collect()
    }

    #[test]
    fn what_has_no_twin_beside_its_provider_may_have_one_in_the_unit() {
        let (ours, theirs) = ("prod-eu-central-1", "prod-eu-west-1-dr");
        let (lake, moved) = (("aws_s3_bucket.a", "lake"), ("aws_s3_bucket.b", "else"));
        let of = |all: [&str; 4]| all.map(str::to_owned);
        assert_eq!(
            matched(&[(ours, &[lake, moved]), (theirs, &[lake])]),
            [of(["a", "a", "a", "a"]), of(["b", "", "a b", "a"])]
        );
        // What is of one of two sides by its provider is no part of the unit as a whole.
        let found = matched(&[(ours, &[("aws_s3_bucket.a", "primary")]), (theirs, &[lake])]);
        assert_eq!(found, [of(["", "a", "", "a"])]);
        // A unit is one of two, whatever the other has.
        assert_eq!(matched(&[(ours, &[]), (theirs, &[lake])]), [of(["", "a", "", "a"])]);
    }

    #[test]
    fn of_several_the_near_ones_are_a_pair() {
        let (frankfurt, virginia) = ("prod-eu-central-1", "prod-us-east-1");
        let (ireland, oregon) = ("prod-eu-west-1-dr", "prod-us-west-2-dr");
        let first = format!("{frankfurt} {ireland}");
        assert_eq!(paired(&[frankfurt, ireland]), [first.as_str()]);
        assert_eq!(paired(&[frankfurt, ireland, virginia]), [first.as_str()]);
        assert_eq!(paired(&[frankfurt, ireland, "prod"]), [first.as_str()]);
        let both = [first, format!("{virginia} {oregon}")];
        assert_eq!(paired(&[frankfurt, ireland, virginia, oregon]), both);
        let either = [frankfurt, "prod-eu-west-2"].map(|name| format!("{name} {ireland}?"));
        assert_eq!(paired(&[frankfurt, "prod-eu-west-2", ireland]), either);
        assert_eq!(paired(&[frankfurt, virginia, "prod-ap-south-1"]), [""; 0]);
    }
}
