//! What needs an approval, for whatever asks for it: a chat, a ticket, a deployment gate.

use std::collections::BTreeMap;

use serde::Serialize;

use super::PlaceLine;
use crate::lint::{Approval, Loss, Tier, Wanted};

/// So many dependents are listed of each change.
const MAX_DEPENDENTS: usize = 50;

#[derive(Serialize)]
pub(super) struct ApprovalLine<'a> {
    required: bool,
    reviewers: Vec<&'a str>,
    counts: Counts,
    changes: Vec<WantedLine<'a>>,
}

/// The blast radius.
#[derive(Serialize)]
struct Counts {
    destroyed: usize,
    replaced: usize,
    data: usize,
    outage: usize,
    access: usize,
    dependents: usize,
    dependents_complete: bool,
    units: usize,
}

#[derive(Serialize)]
struct WantedLine<'a> {
    unit: &'a str,
    address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deposed: Option<&'a str>,
    action: &'static str,
    loss: &'static str,
    messages: &'a [String],
    forced_by: &'a [String],
    cause: Option<PlaceLine<'a>>,
    dependents: Dependents<'a>,
    categories: Vec<&'static str>,
    reviewers: Vec<&'a str>,
    fingerprints: &'a [String],
}

#[derive(Serialize)]
struct Dependents<'a> {
    count: usize,
    complete: bool,
    unchanged: usize,
    types: BTreeMap<&'a str, usize>,
    addresses: Vec<&'a str>,
}

impl<'a> ApprovalLine<'a> {
    pub(super) fn new(approval: &'a Approval) -> Self {
        ApprovalLine {
            required: !approval.wanted.is_empty(),
            reviewers: approval.reviewers().into_iter().collect(),
            counts: Counts::new(approval),
            changes: approval.wanted.iter().map(WantedLine::new).collect(),
        }
    }
}

impl Counts {
    fn new(approval: &Approval) -> Self {
        let count = |is: &dyn Fn(&Loss) -> bool| {
            approval.wanted.iter().filter(|wanted| is(&wanted.loss)).count()
        };
        let of = |tier: Tier| count(&|loss| loss.tier == tier);
        let mut units: Vec<&str> =
            approval.wanted.iter().map(|it| it.place.unit.as_str()).collect();
        units.sort_unstable();
        units.dedup();
        let (dependents, has_more) = approval.dependents();
        Counts {
            destroyed: count(&|loss| !loss.replaced),
            replaced: count(&|loss| loss.replaced),
            data: of(Tier::DataLoss),
            outage: of(Tier::Outage),
            access: of(Tier::Access),
            dependents,
            dependents_complete: !has_more,
            units: units.len(),
        }
    }
}

impl<'a> WantedLine<'a> {
    fn new(it: &'a Wanted) -> Self {
        WantedLine {
            unit: &it.place.unit,
            address: &it.place.address,
            deposed: it.deposed.as_deref(),
            action: if it.loss.replaced { "replace" } else { "destroy" },
            loss: match it.loss.tier {
                Tier::DataLoss => "data",
                Tier::Outage => "outage",
                Tier::Access => "access",
            },
            messages: &it.messages,
            forced_by: &it.loss.forced_by,
            cause: it.cause.as_ref().map(PlaceLine::new),
            dependents: Dependents::new(&it.loss),
            categories: it.categories.iter().map(|it| it.as_str()).collect(),
            reviewers: it.reviewers.iter().map(String::as_str).collect(),
            fingerprints: &it.fingerprints,
        }
    }
}

impl<'a> Dependents<'a> {
    fn new(loss: &'a Loss) -> Self {
        let all = &loss.dependents;
        let mut types = BTreeMap::new();
        for it in all {
            *types.entry(it.type_.as_str()).or_default() += 1;
        }
        Dependents {
            count: all.len(),
            complete: !loss.has_more,
            unchanged: all.iter().filter(|it| it.stays).count(),
            types,
            addresses: all.iter().take(MAX_DEPENDENTS).map(|it| it.address.as_str()).collect(),
        }
    }
}
