//! Which security group a value names, and which groups Databricks uses: those of a registered
//! network, and those of endpoints of Databricks' PrivateLink services.

use crate::{
    estate::{Joined, Named, Row, Rows},
    facts::privatelink::service_named,
    graph::{Res, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::Tri,
};

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
    let elsewhere = targets.elsewhere.into_iter().map(Target::Elsewhere);
    here.chain(elsewhere).chain(targets.given.into_iter().map(Target::Given)).collect()
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
    cx.share(rows, "security groups", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("databricks_mws_networks") {
        for group in all_named(&it.get("security_group_ids")) {
            rows.add("group/network", it).with("group", group);
        }
    }
    for it in cx.of("databricks_mws_vpc_endpoint") {
        rows.add("group/registration", it)
            .with("endpoint", it.get("aws_vpc_endpoint_id").target(&[ENDPOINT]));
    }
    for it in cx.of(ENDPOINT) {
        rows.add("group/endpoint", it).with("service", is_of_databricks(it));
        for group in all_named(&it.get("security_group_ids")) {
            rows.add("group/of-endpoint", it)
                .with("endpoint", Target::Here(it))
                .with("group", group);
        }
    }
    for it in cx.of("aws_vpc_endpoint_security_group_association") {
        rows.add("group/of-endpoint", it)
            .with("endpoint", it.get("vpc_endpoint_id").target(&[ENDPOINT]))
            .with("group", named(&it.get("security_group_id")));
    }
}

/// The groups that Databricks uses, by their key, each with what uses it and whether for certain.
#[derive(Debug)]
pub struct Used<'a> {
    by_group: Joined<'a>,
    endpoints: Joined<'a>,
    registrations: Joined<'a>,
}

impl<'a> Used<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Used<'a> {
        Used {
            by_group: Joined::by(cx.of("group/network").chain(cx.of("group/of-endpoint")), "group"),
            endpoints: Joined::themselves(cx.of("group/endpoint")),
            registrations: Joined::by(cx.of("group/registration"), "endpoint"),
        }
    }

    /// Whether the group that a row's `group` means is used, whichever of several it is.
    pub fn holds(&self, row: &Row) -> Tri {
        let is_ours = |users: &[(&Row, Tri)]| {
            Tri::any(users.iter().map(|(user, sure)| *sure & self.is_of_databricks(user)))
        };
        self.by_group.whichever(&Named::of(row, "group"), is_ours)
    }

    /// What uses that group.
    pub fn by(&self, row: &Row) -> Option<&'a Row> {
        let users = self.by_group.named(&Named::of(row, "group")).into_iter();
        users.map(|(user, _)| user).find(|user| self.is_of_databricks(user) != Tri::No)
    }

    /// A network is, and an endpoint whose service is known or that is registered.
    fn is_of_databricks(&self, user: &Row) -> Tri {
        if user.kind == "group/network" {
            return Tri::Yes;
        }
        let endpoint = Named::of(user, "endpoint");
        let registered = self.registrations.meeting(&endpoint).map(|_| Tri::Yes);
        let by_service = self.endpoints.named(&endpoint).into_iter();
        Tri::any(registered.chain(by_service.map(|(row, sure)| sure & row.tri("service"))))
    }
}
