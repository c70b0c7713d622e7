//! Two regions of one company, of which one takes over for the other: which units and modules are each
//! other's twin, and which of both is the standby.
//!
//! Twins are called alike but for a region (`eu-central-1`, `euc1`) or a word for the part they play
//! (`primary`, `dr`): `prod-eu-central-1` and `prod-eu-west-1-dr`, `module.primary` and `module.dr`.
//! Which is the standby say, best first: the settings of a rule; such a word; and, never for certain,
//! that all its schedules are paused while some of the other run, or that buckets are replicated to it.
//!
//! Modules and providers of one name are compared with one another first; what has no twin there is
//! compared with the whole of its unit's twin. A unit without a twin is part of the pair that its environment
//! makes, whose sides may be cut differently; [`Beyond`] finds what lies there in another unit.
//!
//! Where the word for what stands by takes the place of the environment, `dr/jobs`, it does so for
//! production.
//!
//! Of three and more that are called alike each standby has the primary of its own part of the world
//! (`eu`, `us-gov`), if there is one such; else any of them may be the one for which it stands by.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    estate::{Cell, Joined, Named, Row, Rows},
    graph::{Res, View},
    lint::{EstateCx, PlanCx, pair},
    plan::{Tri, module_address},
};

pub use super::twin_names::{common_name, names_of_twin, region_in, says_standby};
use super::{
    jobs, regions, replication,
    twin_names::{Name, Place, Side},
    twin_units::{Units, only, region_of_plan},
};

/// A bucket. Cell: `place`.
const BUCKET: &str = "twins/bucket";
/// A job that runs by itself. Cells: `place`, `runs` (an answer).
const JOB: &str = "twins/job";

/// A unit that has anything at all. Cell: `region`.
const UNIT: &str = "twins/unit";

/// The setting that names twins.
pub const PAIRS: &str = "pairs";

/// Rows of those that are called alike.
type Sides<'a> = BTreeMap<Side, Vec<&'a Row>>;
/// The same, by what they have in common.
type Groups<'a> = BTreeMap<String, Sides<'a>>;

/// Rows by where they belong, and the places among which they do.
fn grouped<'a>(
    places: impl IntoIterator<Item = Place>,
    spots: &[(&'a Row, Spot)],
    place_of: impl Fn(&Spot) -> Option<&Place>,
) -> Groups<'a> {
    let mut groups = Groups::new();
    for Place { key, side } in places {
        groups.entry(key).or_default().entry(side).or_default();
    }
    for (row, spot) in spots {
        if let Some(Place { key, side }) = place_of(spot) {
            groups.entry(key.clone()).or_default().entry(side.clone()).or_default().push(row);
        }
    }
    groups
}

/// Where a row belongs.
#[derive(Clone, Debug)]
struct Spot {
    /// Its unit, module and provider.
    own: Place,
    /// Its unit alone; none where its module or provider says of which side it is.
    unit: Option<Place>,
    /// The environment of its unit; none where that does not tell, too.
    site: Option<Place>,
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

/// What twins are compared by as a text; none where it is not known, or may not be shown.
pub fn told(view: &View<'_>) -> Option<String> {
    view.text().filter(|_| !view.has_sensitive()).map(str::to_owned)
}

/// Whether where an instance belongs says that it is one of two.
pub fn may_be_one_of_two(it: Res<'_>) -> bool {
    Name::read(&place_of(it)).side != Side::default()
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
        rows.add(UNIT, it).with("region", regions::shown_or_unset(region_of_plan(cx)));
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
    /// The regions of both, where their names or their plans tell.
    pub regions: [Option<&'static str>; 2],
    /// All rows of both units, where its own are those that have no twin in a module of the same name; none
    /// where these have none in a unit of the same name either.
    whole: Option<[Vec<&'a Row>; 2]>,
    /// What both have in common.
    common: String,
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
            common: key.to_owned(),
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

    /// The same pair with other rows, and those that it had.
    fn holding(mut self, groups: &Groups<'a>) -> (Pair<'a>, [Vec<&'a Row>; 2]) {
        let sides = groups.get(&self.common);
        let rows = |side| sides.and_then(|sides| sides.get(side)).cloned().unwrap_or_default();
        let (primary, standby) = (rows(&self.site.1), rows(&self.other));
        let whole = [
            std::mem::replace(&mut self.primary, primary),
            std::mem::replace(&mut self.standby, standby),
        ];
        (self, whole)
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
#[derive(Debug, Default)]
pub struct Twins {
    /// Units that the settings name: primary and standby.
    named: Vec<(String, String)>,
    /// All units of the run.
    units: Units,
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
            units: Units::of(cx.of(UNIT).map(|row| (row.unit.as_str(), row.text("region")))),
            ..Twins::default()
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

    /// Whether a row lies on the side of the primary of a pair that has another row.
    pub fn is_of_primary(&self, pair: &Pair<'_>, own: &Row, row: &Row) -> bool {
        let site = |row: &Row| self.units.site(&row.unit);
        self.site(row) == pair.site
            || site(own).zip(site(row)).is_some_and(|(own, site)| {
                own.key == site.key && own.side == pair.other && site.side == pair.site.1
            })
    }

    /// Where a unit belongs: once for each pair of the settings that names it, else by its name.
    fn places(&self, unit: &str) -> Vec<Place> {
        let named = self.named(unit);
        if named.is_empty() { vec![self.units.place(unit)] } else { named }
    }

    /// Where the settings say that a unit belongs.
    fn named(&self, unit: &str) -> Vec<Place> {
        let named = self.named.iter().filter(|(a, b)| a == unit || b == unit);
        let places = named.map(|(primary, standby)| {
            let words = if primary == unit { -1 } else { 1 };
            let side = Side { region: region_in(unit), words };
            Place { key: format!("{primary} -> {standby}"), side }
        });
        places.collect()
    }

    /// Where a row belongs: once for each pair of the settings that names its unit.
    fn spots(&self, row: &Row) -> Vec<Spot> {
        let text = row.text("place").unwrap_or_default();
        let inside = Name::read(text.strip_prefix(&row.unit).unwrap_or(text)).place();
        let is_of_unit = inside.side == Side::default();
        let named = self.named(&row.unit).into_iter().map(|unit| {
            let own =
                Place { key: format!("{}/{}", unit.key, inside.key), side: unit.side.clone() };
            Spot { own, unit: Some(unit).filter(|_| is_of_unit), site: None }
        });
        let spots: Vec<Spot> = named.collect();
        if !spots.is_empty() {
            return spots;
        }
        let unit = self.units.place(&row.unit);
        vec![Spot {
            own: unit.and(&inside),
            unit: Some(unit).filter(|_| is_of_unit),
            site: self.units.site(&row.unit).filter(|_| is_of_unit).cloned(),
        }]
    }

    /// Rows by their twins; those that have none are left out.
    pub fn pairs<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<Pair<'a>> {
        let spots: Vec<(&Row, Spot)> =
            rows.flat_map(|row| self.spots(row).into_iter().map(move |spot| (row, spot))).collect();
        let of_modules = grouped([], &spots, |spot| Some(&spot.own));
        let of_units = self.units.all().flat_map(|unit| self.places(unit));
        // A unit has its twin whether it has any rows of the kind or not.
        let of_units = grouped(of_units, &spots, |spot| spot.unit.as_ref());
        let is_alone = |groups: &Groups<'a>, place: &Place| {
            groups.get(&place.key).is_none_or(|it| it.len() < 2)
        };
        let lone = grouped([], &spots, |spot| {
            spot.unit.as_ref().filter(|_| is_alone(&of_modules, &spot.own))
        });
        let left = grouped([], &spots, |spot| {
            let is_left =
                |unit: &Place| is_alone(&of_modules, &spot.own) && is_alone(&of_units, unit);
            spot.site.as_ref().filter(|_| spot.unit.as_ref().is_some_and(is_left))
        });
        let mut pairs = self.pairs_of(&of_modules);
        let units = self.pairs_of(&of_units).into_iter();
        pairs.extend(units.map(|pair| {
            let (pair, whole) = pair.holding(&lone);
            Pair { whole: Some(whole), ..pair }
        }));
        let sites = self.pairs_of(&grouped(self.sites(), &[], |_| None)).into_iter();
        let is_of_two_regions =
            |pair: &Pair<'_>| pair.regions[0].is_none() || pair.regions[0] != pair.regions[1];
        let sites = sites.filter(|pair| pair.has_direction && is_of_two_regions(pair));
        // What the others of its environment have is for [`Beyond`] to find.
        let nothing = || Some([Vec::new(), Vec::new()]);
        pairs.extend(sites.map(|pair| Pair { whole: nothing(), ..pair.holding(&left).0 }));
        pairs.retain(|pair| !pair.primary.is_empty() || !pair.standby.is_empty());
        pairs.iter_mut().for_each(|pair| pair.regions = self.regions(pair));
        pairs
    }

    /// The sides of all environments.
    fn sites(&self) -> impl Iterator<Item = Place> {
        let is_named = |unit: &str| self.named.iter().any(|(a, b)| a == unit || b == unit);
        let units = self.units.all().filter(move |unit| !is_named(unit));
        units.filter_map(|unit| self.units.site(unit).cloned())
    }

    /// Pairs of what is called alike.
    fn pairs_of<'a>(&self, groups: &Groups<'a>) -> Vec<Pair<'a>> {
        groups.iter().flat_map(|(key, sides)| self.pair_up(key, sides)).collect()
    }

    /// The regions of a pair: as its names say; else as the plans do, where they do for both.
    fn regions(&self, pair: &Pair<'_>) -> [Option<&'static str>; 2] {
        let [primary, standby] = pair.regions;
        let site =
            pair.primary.iter().chain(&pair.standby).find_map(|row| self.units.site(&row.unit));
        let told = |side: &Side, rows: &[&Row]| {
            let site = site.map(|site| Place { key: site.key.clone(), side: side.clone() });
            let of_site = site.and_then(|site| self.units.region_of_site(&site));
            of_site.or_else(|| only(rows.iter().filter_map(|row| self.units.region(&row.unit))))
        };
        let standby = standby.or_else(|| told(&pair.other, &pair.standby));
        let told = || told(&pair.site.1, &pair.primary).filter(|_| standby.is_some());
        [primary.or_else(told), standby]
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

/// Rows of one side of an environment, in whichever of its units, by what makes two of them twins.
#[derive(Debug)]
pub struct Beyond<'t, 'a, K> {
    units: &'t Units,
    rows: BTreeMap<&'t Place, BTreeMap<K, Vec<&'a Row>>>,
}

impl<'t, 'a, K: Ord> Beyond<'t, 'a, K> {
    /// From all rows of the run, each with its key.
    pub fn of(twins: &'t Twins, rows: impl Iterator<Item = (&'a Row, K)>) -> Beyond<'t, 'a, K> {
        let mut beyond = Beyond { units: &twins.units, rows: BTreeMap::new() };
        for (row, key) in rows {
            let is_told = twins.spots(row).iter().all(|spot| spot.site.is_some());
            if let Some(site) = beyond.units.site(&row.unit).filter(|_| is_told) {
                beyond.rows.entry(site).or_default().entry(key).or_default().push(row);
            }
        }
        beyond
    }

    /// Those of the primary of a pair that has a row.
    pub fn of_primary(&self, pair: &Pair<'_>, own: &Row, key: &K) -> &[&'a Row] {
        self.of_side(pair, own, &pair.site.1, key)
    }

    /// Those of the standby of a pair that has a row.
    pub fn of_standby(&self, pair: &Pair<'_>, own: &Row, key: &K) -> &[&'a Row] {
        self.of_side(pair, own, &pair.other, key)
    }

    fn of_side(&self, pair: &Pair<'_>, own: &Row, side: &Side, key: &K) -> &[&'a Row] {
        let own = self.units.site(&own.unit).filter(|_| pair.has_direction);
        let Some(own) = own.filter(|own| own.side == pair.site.1 || own.side == pair.other) else {
            return &[];
        };
        let side = Place { key: own.key.clone(), side: side.clone() };
        self.rows.get(&side).and_then(|rows| rows.get(key)).map_or(&[], Vec::as_slice)
    }

    /// The only row of the primary that may be the twin of one of the standby, itself the only one of its kind,
    /// wherever both lie; and whether it is for certain.
    pub fn twin(&self, pair: &Pair<'_>, own: &Row, key: &K, wanted: &K) -> Option<(&'a Row, Tri)> {
        let place = |rows: &[&'a Row]| {
            let first = rows.first().copied();
            first.filter(|first| rows.iter().all(|it| it.text("place") == first.text("place")))
        };
        place(self.of_standby(pair, own, key))?;
        let twin = place(self.of_primary(pair, own, wanted))?;
        // What lies in a unit that has a twin of its own may be there for itself.
        let is_cut_off = !self.is_twinned(own) && self.is_twinned(twin);
        let is_sure = is_cut_off || self.is_part_or_whole(own, twin);
        Some((twin, Tri::from(is_sure) | Tri::Maybe))
    }

    /// Whether what one side has in the unit of a row may be sought in that of another.
    pub fn are_cut_differently(&self, one: &Row, other: &Row) -> bool {
        self.units.are_cut_differently(&one.unit, &other.unit)
    }

    /// Whether the unit of one of two rows is a part of the other's: `prod/jobs` of `prod`.
    pub fn is_part_or_whole(&self, one: &Row, other: &Row) -> bool {
        self.units.place(&one.unit).is_part_or_whole(&self.units.place(&other.unit))
    }

    /// Whether the unit of a row has a twin in the run.
    pub fn is_twinned(&self, row: &Row) -> bool {
        self.units.is_twinned(&row.unit)
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
    fn what_says_which_is_the_standby() {
        let mut twins = Twins::default();
        let read = |name| Name::read(name).place();
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
        let twins = Twins::default();
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
        let units = Units::of(plans.iter().map(|(unit, _)| (*unit, None)));
        let twins = Twins { units, ..Twins::default() };
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
