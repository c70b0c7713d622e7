//! Which security group a value names, and which groups Databricks uses: those of a registered
//! network, and those of endpoints of Databricks' PrivateLink services.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    estate::{Cell, Row, Rows},
    facts::privatelink::service_named,
    graph::{Res, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::Tri,
};

use super::joins;

/// A VPC stands for its default group, which can be a resource of its own.
const GROUP: [&str; 3] = ["aws_default_security_group", "aws_security_group", "aws_vpc"];

const ENDPOINT: &str = "aws_vpc_endpoint";

/// The group that a value names.
pub fn named<'a>(view: &View<'a>) -> Target<'a> {
    match view.target(&GROUP) {
        Target::Here(vpc) if vpc.type_() == "aws_vpc" => default_of(vpc),
        target => target,
    }
}

/// The groups that a list names.
pub fn all_named<'a>(view: &View<'a>) -> Vec<Target<'a>> {
    let targets = view.targets(&GROUP);
    let here = targets.found.into_iter().map(|res| match res.type_() {
        "aws_vpc" => default_of(res),
        _ => Target::Here(res),
    });
    here.chain(targets.elsewhere.into_iter().map(Target::Elsewhere)).collect()
}

fn default_of(vpc: Res<'_>) -> Target<'_> {
    let is_its = |it: &Res<'_>| it.get("vpc_id").target(&["aws_vpc"]).here() == Some(vpc);
    match vpc.scope().of("aws_default_security_group").find(is_its) {
        Some(group) => Target::Here(group),
        None => vpc
            .get("default_security_group_id")
            .text()
            .map_or(Target::Unset, |id| Target::Elsewhere(id.to_owned())),
    }
}

/// Whether an endpoint leads to a service of Databricks, by the service's name alone. A service that
/// the table does not hold can still be registered as one.
fn is_of_databricks(endpoint: Res<'_>) -> Tri {
    let service = endpoint.get("service_name");
    match service.val() {
        Val::Known(_) => {
            Tri::from(service.text().is_some_and(|name| service_named(name).is_some()))
        }
        Val::Null | Val::Omitted => Tri::No,
        // A service of one's own, made in the same plan.
        Val::Unknown(_) if service.target(&["aws_vpc_endpoint_service"]).here().is_some() => {
            Tri::No
        }
        Val::Unknown(cause) => endpoint.scope().maybe(cause),
    }
}

/// Takes the rows that [`Used`] is made from.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in GROUP[..2].iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        rows.add("group", it).with("id", it.get("id"));
    }
    for it in cx.of("databricks_mws_networks") {
        for group in all_named(&it.get("security_group_ids")) {
            rows.add("network", it).with("group", group);
        }
    }
    for it in cx.of("databricks_mws_vpc_endpoint") {
        rows.add("registration", it)
            .with("endpoint", it.get("aws_vpc_endpoint_id").target(&[ENDPOINT]));
    }
    for it in cx.of(ENDPOINT) {
        rows.add("endpoint", it).with("id", it.get("id")).with("service", is_of_databricks(it));
        for group in all_named(&it.get("security_group_ids")) {
            rows.add("of-endpoint", it).with("endpoint", Target::Here(it)).with("group", group);
        }
    }
    for it in cx.of("aws_vpc_endpoint_security_group_association") {
        rows.add("of-endpoint", it)
            .with("endpoint", it.get("vpc_endpoint_id").target(&[ENDPOINT]))
            .with("group", named(&it.get("security_group_id")));
    }
}

/// The groups that Databricks uses, by their key, each with what uses it and whether for certain.
#[derive(Debug)]
pub struct Used<'a>(BTreeMap<String, Vec<(&'a Row, Tri)>>);

impl<'a> Used<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Used<'a> {
        let endpoint = |row: &Row| joins::keys(cx, row, "endpoint", "endpoint", "id");
        let registered: BTreeSet<String> =
            cx.of("registration").flat_map(endpoint).map(|(key, _)| key).collect();
        let mut ours: BTreeMap<String, Tri> =
            registered.into_iter().map(|key| (key, Tri::Yes)).collect();
        for row in cx.of("endpoint") {
            let by_service = match row.cell("service") {
                Cell::Answer(tri) => *tri,
                _ => Tri::No,
            };
            let known = ours.entry(joins::key(row, "id")).or_insert(Tri::No);
            *known = *known | by_service;
        }
        let of_endpoints = cx.of("of-endpoint").map(|row| {
            let known = endpoint(row)
                .into_iter()
                .map(|(key, sure)| ours.get(&key).copied().unwrap_or(Tri::No) & sure);
            (row, Tri::any(known))
        });
        let mut used = Used(BTreeMap::new());
        for (row, is_ours) in cx.of("network").map(|row| (row, Tri::Yes)).chain(of_endpoints) {
            for (key, sure) in keys(cx, row) {
                if is_ours & sure != Tri::No {
                    used.0.entry(key).or_default().push((row, is_ours & sure));
                }
            }
        }
        used
    }

    /// Whether the group that a row's `group` means is used, whichever of several it is.
    pub fn holds(&self, cx: &EstateCx<'_>, row: &Row) -> Tri {
        let keys = keys(cx, row);
        let one =
            |key: &str| Tri::any(self.0.get(key).into_iter().flatten().map(|(_, sure)| *sure));
        if keys.is_empty() { Tri::No } else { Tri::agree(keys.iter().map(|(key, _)| one(key))) }
    }

    /// What uses that group.
    pub fn by(&self, cx: &EstateCx<'_>, row: &Row) -> Option<&'a Row> {
        let users = keys(cx, row).into_iter().find_map(|(key, _)| self.0.get(&key));
        users.and_then(|users| users.first()).map(|(row, _)| *row)
    }
}

fn keys(cx: &EstateCx<'_>, row: &Row) -> Vec<(String, Tri)> {
    joins::keys(cx, row, "group", "group", "id")
}
