//! Which security group a value names.

use crate::graph::{Res, Target, View};

use super::{account::VPC, naming::naming};

/// A VPC stands for its default group, which can be a resource of its own.
const GROUP: [&str; 4] =
    ["aws_default_security_group", "aws_default_vpc", "aws_security_group", "aws_vpc"];

/// The group that a value names.
pub fn named<'a>(view: &View<'a>) -> Target<'a> {
    match view.target(&GROUP) {
        Target::Here(vpc) if VPC.contains(&vpc.type_()) => default_of(vpc),
        target => target,
    }
}

/// The groups that a list names.
pub fn all_named<'a>(view: &View<'a>) -> Vec<Target<'a>> {
    let targets = view.targets(&GROUP);
    let here = targets.found.into_iter().map(|res| match VPC.contains(&res.type_()) {
        true => default_of(res),
        false => Target::Here(res),
    });
    let elsewhere = targets.elsewhere.into_iter().map(Target::Elsewhere);
    here.chain(elsewhere).chain(targets.given.into_iter().map(Target::Given)).collect()
}

fn default_of(vpc: Res<'_>) -> Target<'_> {
    match naming(vpc, "aws_default_security_group", "vpc_id", VPC).first() {
        Some(group) => Target::Here(*group),
        None => {
            let id = vpc.get("default_security_group_id");
            id.text().map_or(Target::Unset, |text| Target::Elsewhere(text.into()).read_from(&id))
        }
    }
}
