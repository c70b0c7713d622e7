//! Which region something lies in, beyond what [`Res::region`] reads from the thing itself: a VPC by its
//! subnets, a service by its name, a key by its ARN; and whether two things lie in different ones.
//!
//! A cell with a region is unset where nothing shows it (a provider's settings from the environment),
//! and unknown where its author set it and nobody knows it yet.

use crate::{
    aws::Arn,
    estate::{Cell, Links, Row, Rows},
    facts::regions::{is_region, of_global_id},
    graph::{Res, Target, View},
    lint::PlanCx,
    plan::Tri,
};

use super::{
    account::{SUBNET, VPC},
    naming::naming,
    objects,
};

/// A VPC or a subnet. Cells: `region`; of a subnet also `vpc`.
pub const PLACE: &str = "region/place";

/// Takes a row for each VPC and subnet.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "regions", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in VPC.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        rows.add(PLACE, it).with("region", shown_or_unset(it.region()));
    }
    for it in SUBNET.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        rows.add(PLACE, it)
            .with("region", shown_or_unset(it.region()))
            .with("vpc", it.get("vpc_id").target(VPC));
    }
}

/// The cell of a region; unset where nothing shows it.
pub fn shown_or_unset(region: Option<String>) -> Cell {
    region.map_or(Cell::Unset, Cell::Known)
}

/// Where a VPC or subnet lies: its own region, else the one in which all subnets of the VPC lie.
pub fn of_place(links: &Links<'_>, place: &Row) -> Cell {
    let own = place.cell("region");
    if *own != Cell::Unset {
        return own.clone();
    }
    let subnets = links.from(place, PLACE, "vpc");
    let mut regions: Vec<&str> = subnets.iter().filter_map(|(it, _)| it.text("region")).collect();
    regions.sort_unstable();
    regions.dedup();
    match regions.as_slice() {
        [only] => Cell::Known((*only).to_owned()),
        _ => Cell::Unset,
    }
}

/// What tells where a network or an endpoint lies, with its region: the VPC that its row names, or
/// each that it may be; the subnets where none is seen or shown.
pub fn places_of<'a>(links: &Links<'a>, row: &Row) -> Vec<(&'a Row, Cell)> {
    let shown = |cell| {
        let places = links.to(row, cell, PLACE).into_iter();
        let regions = places.map(|(place, _)| (place, of_place(links, place)));
        regions.filter(|(_, region)| *region != Cell::Unset).collect::<Vec<_>>()
    };
    let vpcs = shown("vpc");
    if vpcs.is_empty() { shown("subnets") } else { vpcs }
}

/// Whether all of these lie in another region; `No` where there is none. A row that shows no region does not decide where
/// another of the same object shows it.
pub fn all_elsewhere(places: &[(&Row, Cell)], region: &Cell) -> Tri {
    let is_shown_beside = |row: &Row| {
        places.iter().any(|(it, theirs)| *theirs != Cell::Unset && objects::are_one(it, row))
    };
    let is_told = |(row, theirs): &&(&Row, Cell)| *theirs != Cell::Unset || !is_shown_beside(row);
    match places {
        [] => Tri::No,
        all => Tri::agree(all.iter().filter(is_told).map(|(_, theirs)| differ(region, theirs))),
    }
}

/// Whether two regions are different: `No` where either is not set or not shown at all.
pub fn differ(ours: &Cell, theirs: &Cell) -> Tri {
    let is_none = |cell: &Cell| matches!(cell, Cell::Unset) || *cell == Cell::Known(String::new());
    match (ours, theirs) {
        (a, b) if is_none(a) || is_none(b) => Tri::No,
        (Cell::Known(a), Cell::Known(b)) => Tri::from(!a.eq_ignore_ascii_case(b)),
        (a, b) => !a.same(b),
    }
}

/// How a message writes a region.
pub fn shown(region: &Cell) -> &str {
    match region {
        Cell::Known(region) if !region.is_empty() => region,
        Cell::Masked(_) => "a region that is masked",
        _ => "a region known after apply",
    }
}

/// The region that an argument names: its value, or what a `data.aws_region` will answer that is read
/// while applying, which is the region of its provider.
pub fn written(view: &View<'_>) -> Cell {
    match Cell::from(view) {
        Cell::Unknown(cause) => {
            of_target(&view.target(&["aws_region"])).map_or(Cell::Unknown(cause), Cell::Known)
        }
        cell => cell,
    }
}

/// The region of a metastore, by all its values: as it says itself, else as its global id does.
pub fn of_metastore(metastore: &View<'_>) -> Cell {
    match first_of_metastore(metastore, "region", written) {
        Cell::Unset => match told_by_metastore(metastore, "global_metastore_id") {
            Cell::Known(id) => {
                of_global_id(&id).map_or(Cell::Unset, |region| Cell::Known(region.to_owned()))
            }
            _ => Cell::Unset,
        },
        region => region,
    }
}

/// An attribute of a metastore, or that of its `metastore_info`. Providers write an empty text where there
/// is none.
pub fn told_by_metastore(metastore: &View<'_>, name: &'static str) -> Cell {
    first_of_metastore(metastore, name, |view| Cell::from(view))
}

fn first_of_metastore(
    metastore: &View<'_>,
    name: &'static str,
    read: impl Fn(&View<'_>) -> Cell,
) -> Cell {
    let both = [metastore.get(name), metastore.get("metastore_info").get(name)];
    let mut cells = both.iter().map(read);
    let is_none = |cell: &Cell| matches!(cell, Cell::Unset) || *cell == Cell::Known(String::new());
    cells.find(|cell| !is_none(cell)).unwrap_or(Cell::Unset)
}

/// The region of what a value names: that of its ARN, else where the object of the plan lies.
pub fn of_named(view: &View<'_>, types: &[&str]) -> Option<String> {
    let arn = view.text().and_then(Arn::parse);
    let written = arn.and_then(|arn| arn.region).map(str::to_owned);
    written.or_else(|| of_target(&view.target(types)))
}

/// The region of a VPC: its own, else the one in which all its subnets of the plan lie.
pub fn of_vpc(vpc: Res<'_>) -> Option<String> {
    if let Some(region) = vpc.region() {
        return Some(region);
    }
    let own = SUBNET.iter().flat_map(|kind| naming(vpc, kind, "vpc_id", VPC));
    let mut regions: Vec<String> = own.filter_map(Res::region).collect();
    regions.sort_unstable();
    regions.dedup();
    if regions.len() == 1 { regions.pop() } else { None }
}

/// The region of what a value names; of several that it may be, where all lie in one. None where it is
/// no object of the plan.
pub fn of_target(target: &Target<'_>) -> Option<String> {
    let of = |res: Res<'_>| if VPC.contains(&res.type_()) { of_vpc(res) } else { res.region() };
    let mut all = target.candidates().iter().map(|res| of(*res));
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// The region in the name of an endpoint service: `com.amazonaws.R.sts`,
/// `com.amazonaws.vpce.R.vpce-svc-0123`. None in names without one, `com.amazonaws.s3-global.accesspoint`.
pub fn in_service_name(name: &str) -> Option<&str> {
    let rest = ["com.amazonaws.vpce.", "com.amazonaws.", "cn.com.amazonaws."]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))?;
    rest.split('.').next().filter(|part| is_region(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        builtin::shared::testing::{ask, estate, graph},
        estate::Cell,
        graph::Cause,
        plan::Tri,
    };

    use super::{all_elsewhere, differ, in_service_name, of_metastore};

    /// Whether buckets of these names, each of a unit of its own, lie outside of eu-west-1.
    fn buckets_elsewhere(buckets: &[(&str, Option<&str>)]) -> Tri {
        let plan = |(at, (name, _)): (usize, &(&str, _))| {
            graph(&format!("{at}"), &[("aws_s3_bucket.it", json!({"bucket": name}))], &json!({}))
        };
        let plans: Vec<_> = buckets.iter().enumerate().map(plan).collect();
        let estate = estate(&plans, |cx, rows| {
            cx.of("aws_s3_bucket").for_each(|it| {
                rows.add("bucket", it);
            });
        });
        let region = |at: usize| buckets[at].1.map_or(Cell::Unset, |it| Cell::Known(it.to_owned()));
        let places: Vec<_> =
            estate.of("bucket").enumerate().map(|(at, row)| (row, region(at))).collect();
        all_elsewhere(&places, &Cell::Known("eu-west-1".to_owned()))
    }

    #[test]
    fn one_row_shows_where_an_object_lies() {
        let (here, there) = (Some("eu-west-1"), Some("eu-central-1"));
        assert_eq!(buckets_elsewhere(&[]), Tri::No);
        assert_eq!(buckets_elsewhere(&[("a", there), ("a", None)]), Tri::Yes);
        assert_eq!(buckets_elsewhere(&[("a", here), ("a", None)]), Tri::No);
        assert_eq!(buckets_elsewhere(&[("a", None), ("a", None)]), Tri::No);
        // One of two, of which the other may lie anywhere.
        assert_eq!(buckets_elsewhere(&[("a", there), ("b", None)]), Tri::Maybe);
        assert_eq!(buckets_elsewhere(&[("a", there), ("b", there), ("b", None)]), Tri::Yes);
    }

    #[test]
    fn regions_of_metastores() {
        let of = |after| ask("databricks_current_metastore", after, |it| of_metastore(&it.root()));
        let known = Cell::Known("eu-west-1".to_owned());
        for after in [
            json!({"region": "eu-west-1"}),
            json!({"region": "", "metastore_info": [{"region": "eu-west-1"}]}),
            json!({"metastore_info": [{"region": "", "global_metastore_id": "aws:eu-west-1:0a"}]}),
            json!({"global_metastore_id": "aws:eu-west-1:0a"}),
        ] {
            assert_eq!(of(after.clone()), known, "{after}");
        }
        assert_eq!(of(json!({"region": ""})), Cell::Unset);
    }

    #[test]
    fn regions_differ_only_where_both_are_shown() {
        let known = |text: &str| Cell::Known(text.to_owned());
        let unknown = || Cell::Unknown(Cause::Apply);
        for (a, b, wanted) in [
            (known("eu-west-1"), known("eu-central-1"), Tri::Yes),
            (known("eu-west-1"), known("EU-WEST-1"), Tri::No),
            (known("eu-west-1"), Cell::Unset, Tri::No),
            (known(""), known("eu-west-1"), Tri::No),
            (known("eu-west-1"), unknown(), Tri::Maybe),
            (Cell::Unset, unknown(), Tri::No),
        ] {
            assert_eq!(differ(&a, &b), wanted, "{a:?} {b:?}");
            assert_eq!(differ(&b, &a), wanted, "{b:?} {a:?}");
        }
    }

    #[test]
    fn services() {
        for (name, region) in [
            ("com.amazonaws.eu-west-1.sts", Some("eu-west-1")),
            ("com.amazonaws.vpce.eu-central-1.vpce-svc-081f78503812597f7", Some("eu-central-1")),
            ("com.amazonaws.s3-global.accesspoint", None),
            ("aws.sagemaker.eu-west-1.notebook", None),
        ] {
            assert_eq!(in_service_name(name), region, "{name}");
        }
    }
}
