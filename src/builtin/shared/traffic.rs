//! Whether security groups let traffic pass: inline rules, rule resources of all three kinds, rules of
//! other plans; by group, by the group itself, by range.

use crate::{
    aws::{Ports, Protocol, Range},
    estate::{Cell, Joined, Named, Row, Rows},
    facts::traffic_rules::{SHAPES, Shape},
    graph::{Res, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::Tri,
};

use super::{
    account,
    rules::{self, Rule},
    security_groups,
};

/// A rule. Cells: `group`, `direction`, `protocol`, `from`, `to`, `itself`,
/// `peers`, `ranges`, `lists`.
const RULE: &str = "traffic/rule";
/// A group whose inline rules cannot be seen. Cells: `group`, `direction`.
const UNSEEN: &str = "traffic/unseen";
/// A group that its plan manages.
pub const GROUP: &str = "traffic/group";

/// Which way traffic goes, as seen from the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the group.
    Ingress,
    /// Out of it.
    Egress,
}

impl Direction {
    /// The word of the provider for it, and the attribute that holds inline rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }
}

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "traffic", take);
}

/// Types of security groups and of their rules.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    SHAPES.iter().filter(|it| it.ordered.is_none())
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for shape in shapes() {
        for it in cx.of(shape.type_) {
            if !shape.is_rule() {
                rows.add(GROUP, it);
                unseen(it, rows);
            }
            let group = match shape.is_rule() {
                true => Cell::from(security_groups::named(&it.get(shape.holder))),
                false => Target::Here(it).into(),
            };
            for one in rules::of(&it.root()) {
                rule(rows, it, &one).with("group", group.clone()).with("direction", one.direction);
            }
        }
    }
}

fn unseen(it: Res<'_>, rows: &mut Rows) {
    for direction in [Direction::Ingress, Direction::Egress] {
        if let Val::Unknown(_) = it.get(direction.as_str()).val() {
            rows.add(UNSEEN, it)
                .with("group", Target::Here(it))
                .with("direction", Cell::Known(direction.as_str().to_owned()));
        }
    }
}

fn rule<'r>(rows: &'r mut Rows, it: Res<'_>, one: &Rule<'_>) -> &'r mut Row {
    let rule = &one.at;
    let groups = [
        account::groups(&rule.get("security_groups")),
        security_groups::named(&rule.get("source_security_group_id")).into(),
        security_groups::named(&rule.get("referenced_security_group_id")).into(),
    ];
    let lists = [rule.get("prefix_list_ids"), rule.get("prefix_list_id")];
    let ranges = ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"];
    let ranges = ranges.into_iter().map(|name| Cell::from(rule.get(name)));
    let listed = lists.each_ref().map(entries);
    let hidden = lists.iter().zip(&listed).filter(|(_, entries)| entries.is_none());
    let hidden = hidden.map(|(list, _)| lists_of_others(list)).collect();
    rows.add(RULE, it)
        .with("protocol", one.protocol())
        .with("from", rule.get("from_port"))
        .with("to", rule.get("to_port"))
        .with("itself", rule.get("self").flag(false))
        .with("peers", Cell::List(groups.into()))
        .with("ranges", Cell::List(ranges.chain(listed.into_iter().flatten().flatten()).collect()))
        .with("lists", Cell::List(hidden))
}

/// The ranges in prefix lists, where all of these are of the plan and hold what stands in their own blocks: without
/// such blocks, resources of any plan may add to them.
fn entries(lists: &View<'_>) -> Option<Vec<Cell>> {
    let targets = lists.targets(&["aws_ec2_managed_prefix_list"]);
    let only_these =
        targets.unsure.is_none() && targets.elsewhere.is_empty() && targets.given.is_empty();
    if !only_these || targets.found.is_empty() {
        return None;
    }
    let of_one = |list: &Res<'_>| -> Option<Vec<Cell>> {
        let entry = list.get("entry");
        let entries: Vec<Cell> = entry.items().map(|it| Cell::from(it.get("cidr"))).collect();
        // One that is there already shows what was added to it, too.
        let is_own = list.is_created() || entry.is_written() == Tri::Yes;
        (!entries.is_empty() && is_own).then_some(entries)
    };
    let all: Option<Vec<Vec<Cell>>> = targets.found.iter().map(of_one).collect();
    all.map(|all| all.into_iter().flatten().collect())
}

/// Prefix lists that may hold any address: not those of a gateway endpoint, which are a service's own.
fn lists_of_others(lists: &View<'_>) -> Cell {
    const OF_SERVICES: &[&str] = &["aws_prefix_list", "aws_vpc_endpoint"];
    match lists.val() {
        Val::Unknown(_) => {
            let targets = lists.targets(OF_SERVICES);
            let only_services = !targets.found.is_empty() && targets.unsure.is_none();
            if only_services { Cell::Unset } else { Cell::from(lists) }
        }
        Val::Known(list) if list.is_array() => {
            Cell::List(lists.items().map(|list| lists_of_others(&list)).collect())
        }
        Val::Known(_) if lists.target(OF_SERVICES).here().is_some() => Cell::Unset,
        _ => Cell::from(lists),
    }
}

/// Rules of all plans.
#[derive(Debug)]
pub struct Traffic<'a> {
    rules: Joined<'a>,
    unseen: Joined<'a>,
    groups: Joined<'a>,
    /// A plan of the run may lack rules that it will have.
    lacks_some: bool,
}

/// The other side: its groups, and every address that it may have.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// Its security groups; a rule for any of them lets it pass.
    pub groups: Named,
    /// Its ranges; rules have to hold all of them, together.
    pub ranges: Vec<Range>,
    /// There may be ranges besides, so that no rule by range is certain to hold them all.
    pub is_open: bool,
    /// How many of its ranges it has at least, where the plan does not show which.
    pub fewest: Option<usize>,
    /// Ranges that hold all of them for certain, known or not, such as those of the VPC. Empty where
    /// none are known.
    pub within: Vec<Range>,
}

impl Peer {
    /// What holds of all of its ranges, as far as they are known; possible where it may have only those of
    /// which it holds.
    pub fn throughout(&self, ask: impl Fn(Range) -> Tri) -> Tri {
        let answers: Vec<Tri> = self.ranges.iter().copied().map(ask).collect();
        let held = answers.iter().filter(|tri| **tri != Tri::No).count();
        let may_be_few = self.fewest.is_some_and(|fewest| held > 0 && held >= fewest);
        Tri::all(answers) | (Tri::from(may_be_few) & Tri::Maybe)
    }
}

/// What has to pass.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Which way, as seen from the group.
    pub direction: Direction,
    /// Never [`Protocol::Other`].
    pub protocol: Protocol,
    /// All of these.
    pub ports: Ports,
}

impl<'a> Traffic<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Traffic<'a> {
        Traffic {
            rules: Joined::by(cx.of(RULE), "group"),
            unseen: Joined::by(cx.of(UNSEEN), "group"),
            groups: Joined::themselves(cx.of(GROUP)),
            lacks_some: shapes().any(|it| cx.may_lack(it.type_)),
        }
    }

    /// Whether groups on one interface, together, let traffic of a peer pass. `Maybe` where a group
    /// is in no plan of the run, or its rules cannot be seen.
    pub fn admits(&self, groups: &Named, wanted: Wanted, peer: &Peer) -> Tri {
        let hidden = self.hidden(groups, wanted);
        let rules = self.about(groups, wanted);
        let stretches = stretches(&rules, wanted.ports).into_iter();
        Tri::all(stretches.map(|ports| {
            let rules = of_ports(&rules, ports);
            let by_group = rules.iter().map(|(rule, tri)| *tri & names_group(rule, peer));
            hidden | Tri::any(by_group) | by_range(&rules, peer)
        }))
    }

    /// Rules of these groups that carry the traffic, or may, whoever the peer is.
    pub fn rules(&self, groups: &Named, wanted: Wanted) -> Vec<(&'a Row, Tri)> {
        of_ports(&self.about(groups, wanted), wanted.ports)
    }

    /// Rules of these groups about direction and protocol, whatever the ports.
    fn about(&self, groups: &Named, wanted: Wanted) -> Vec<(&'a Row, Tri)> {
        let all = self.rules.seek(groups).into_iter();
        all.map(|(rule, sure)| (rule, sure & is_about(rule, wanted)))
            .filter(|(_, tri)| *tri != Tri::No)
            .collect()
    }

    fn hidden(&self, groups: &Named, wanted: Wanted) -> Tri {
        let is_foreign = |one: &Named| self.groups.named(one).is_empty();
        let mut unseen = self.unseen.seek(groups).into_iter();
        let is_hidden = self.lacks_some
            || groups.open.is_some()
            || groups.each().iter().any(is_foreign)
            || unseen.any(|(row, _)| row.text("direction") == Some(wanted.direction.as_str()));
        Tri::from(is_hidden) & Tri::Maybe
    }
}

/// The ports cut where a rule begins or ends, so that each stretch is held by a rule or not.
fn stretches(rules: &[(&Row, Tri)], wanted: Ports) -> Vec<Ports> {
    wanted.cut(rules.iter().flat_map(|(rule, _)| {
        let port = |cell: &str| rule.text(cell)?.parse::<i64>().ok();
        [port("from"), port("to").map(|last| last.saturating_add(1))].into_iter().flatten()
    }))
}

/// Those that carry what goes to these ports, or may.
fn of_ports<'a>(rules: &[(&'a Row, Tri)], wanted: Ports) -> Vec<(&'a Row, Tri)> {
    let all = rules.iter().map(|(rule, tri)| {
        let is_all = test(rule, "protocol", Tri::Yes, |it| Protocol::parse(it) == Protocol::All);
        (*rule, *tri & (is_all | covers_ports(rule, wanted)))
    });
    all.filter(|(_, tri)| *tri != Tri::No).collect()
}

/// Whether a rule is about direction and protocol.
fn is_about(rule: &Row, wanted: Wanted) -> Tri {
    test(rule, "direction", Tri::No, |it| it == wanted.direction.as_str())
        & test(rule, "protocol", Tri::Yes, |it| Protocol::parse(it).covers(wanted.protocol))
}

fn test(rule: &Row, cell: &str, unset: Tri, ask: impl FnOnce(&str) -> bool) -> Tri {
    match rule.cell(cell) {
        Cell::Known(text) => Tri::from(ask(text)),
        Cell::Unset => unset,
        _ => Tri::Maybe,
    }
}

fn covers_ports(rule: &Row, wanted: Ports) -> Tri {
    let port = |cell: &str| match rule.cell(cell) {
        Cell::Known(text) => Some(text.parse::<i64>().ok()),
        Cell::Unset => Some(None),
        _ => None,
    };
    match (port("from"), port("to")) {
        (Some(Some(from)), Some(Some(to))) => Tri::from(Ports { from, to }.covers(wanted)),
        (Some(_), Some(_)) => Tri::No,
        _ => Tri::Maybe,
    }
}

/// Whether a rule lets a group of the peer pass, by its name or as the rule's own.
fn names_group(rule: &Row, peer: &Peer) -> Tri {
    let may_be = |named: &Named| {
        let hidden = Tri::from(named.open.is_some() || peer.groups.open.is_some()) & Tri::Maybe;
        named.meets(&peer.groups) | if named.is_nothing() { Tri::No } else { hidden }
    };
    let own = rule.tri("itself") & may_be(&Named::of(rule, "group"));
    own | may_be(&Named::of(rule, "peers"))
}

/// Whether rules let every address of the peer pass.
fn by_range(rules: &[(&Row, Tri)], peer: &Peer) -> Tri {
    let known = |wanted: Tri| -> Vec<Range> {
        let some = rules.iter().filter(|(_, tri)| *tri >= wanted);
        some.flat_map(|(rule, _)| ranges(rule)).collect()
    };
    let (certain, seen) = (known(Tri::Yes), known(Tri::Maybe));
    let ask = |holds: &dyn Fn(&[Range]) -> bool| match (holds(&certain), holds(&seen)) {
        (true, _) => Tri::Yes,
        (false, true) => Tri::Maybe,
        (false, false) => Tri::No,
    };
    let held = |range: Range| ask(&|ranges| Range::cover_together(ranges, range));
    let everybody = ask(&|ranges| ranges.iter().any(|it| it.is_everything() && !it.is_v6()));
    let own = match peer.is_open {
        true => Tri::from(!seen.is_empty()) & Tri::Maybe,
        false => Tri::from(!peer.ranges.is_empty()) & peer.throughout(held),
    };
    let around = Tri::all(peer.within.iter().copied().map(held));
    let may_be_more = rules.iter().any(|(rule, _)| has_unseen(rule));
    everybody
        | own
        | (Tri::from(!peer.within.is_empty()) & around)
        | (Tri::from(may_be_more) & Tri::Maybe)
}

fn leaves<'r>(cell: &'r Cell, out: &mut Vec<&'r Cell>) {
    match cell {
        Cell::List(cells) => cells.iter().for_each(|cell| leaves(cell, out)),
        cell => out.push(cell),
    }
}

/// The ranges of a rule that are known.
pub fn ranges(rule: &Row) -> Vec<Range> {
    let mut all = Vec::new();
    leaves(rule.cell("ranges"), &mut all);
    let known = all.into_iter().filter_map(|cell| match cell {
        Cell::Known(text) => Range::parse(text),
        _ => None,
    });
    known.collect()
}

/// Ranges that are not known, and prefix lists, which may hold any.
fn has_unseen(rule: &Row) -> bool {
    let mut ranges = Vec::new();
    leaves(rule.cell("ranges"), &mut ranges);
    let mut lists = Vec::new();
    leaves(rule.cell("lists"), &mut lists);
    ranges.iter().any(|cell| matches!(cell, Cell::Unknown(_) | Cell::Masked(_)))
        || lists.iter().any(|cell| !matches!(cell, Cell::Unset))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use crate::{
        estate::Estate,
        graph::{Graph, Scope, Side},
        lint::Params,
        plan::{DocumentKind, Plan},
    };

    use super::*;

    /// Whether `sg-e` admits TCP 443 from `sg-w`, or from 10.0.0.0/22 and 10.0.4.0/22.
    fn admitted(ingress: &str, resources: &str) -> Tri {
        let text = format!(
            r#"{{"format_version":"1.2","resource_changes":[
            {{"address":"aws_security_group.e","mode":"managed","type":"aws_security_group","name":"e","change":{{
              "actions":["no-op"],"before":null,"after":{{"id":"sg-e","ingress":{ingress},"egress":[]}},"after_unknown":{{}}}}}}
            {resources}],"configuration":{{"root_module":{{}}}}}}"#
        );
        let plan = Plan::parse("u", "u.json", DocumentKind::Plan, text).map_err(|it| it.1).unwrap();
        let graph = Arc::new(Graph::new(plan));
        let (scope, params) = (Scope::new(&graph, Side::Planned), Params::default());
        let mut rows = Rows::default();
        collect(&PlanCx::new(&scope, &params), &mut rows);
        let estate = Estate::new(rows.taken(&BTreeSet::new()).rows);
        let cx = EstateCx::new(&estate, &params);
        let named = |id: &str| Named::of_cell(&Cell::Known(id.to_owned()));
        let peer = Peer {
            groups: named("sg-w"),
            ranges: ["10.0.0.0/22", "10.0.4.0/22"].into_iter().filter_map(Range::parse).collect(),
            ..Peer::default()
        };
        let wanted = Wanted {
            direction: Direction::Ingress,
            protocol: Protocol::Tcp,
            ports: Ports::one(443),
        };
        Traffic::of(&cx).admits(&named("sg-e"), wanted, &peer)
    }

    #[test]
    fn ranges_of_which_it_may_have_only_some() {
        let ranges =
            ["10.0.0.0/22", "10.0.4.0/22", "10.0.8.0/22"].into_iter().filter_map(Range::parse);
        let all = Peer { ranges: ranges.collect(), ..Peer::default() };
        let some = Peer { fewest: Some(2), ..all.clone() };
        let first = |most: usize| {
            let first = all.ranges[..most].to_vec();
            move |range: Range| Tri::from(first.contains(&range))
        };
        for (most, wanted) in [(3, Tri::Yes), (2, Tri::Maybe), (1, Tri::No), (0, Tri::No)] {
            assert_eq!(some.throughout(first(most)), wanted, "{most}");
        }
        assert_eq!(all.throughout(first(2)), Tri::No);
    }

    fn block(rest: &str) -> String {
        format!(r#"[{{"protocol":"tcp","from_port":443,"to_port":443,{rest}}}]"#)
    }

    #[test]
    fn inline_rules() {
        for (rest, wanted) in [
            (r#""cidr_blocks":["0.0.0.0/0"]"#, Tri::Yes),
            (r#""cidr_blocks":["10.0.0.0/22","10.0.4.0/22"]"#, Tri::Yes),
            (r#""cidr_blocks":["10.0.0.0/22"]"#, Tri::No),
            (r#""security_groups":["sg-w"]"#, Tri::Yes),
            (r#""security_groups":["sg-x"]"#, Tri::No),
            (r#""self":true"#, Tri::No),
            (r#""prefix_list_ids":["pl-1"]"#, Tri::Maybe),
        ] {
            assert_eq!(admitted(&block(rest), ""), wanted, "{rest}");
        }
        assert_eq!(admitted("[]", ""), Tri::No);
        let other_port = block(r#""cidr_blocks":["0.0.0.0/0"]"#).replace("443", "444");
        assert_eq!(admitted(&other_port, ""), Tri::No);
    }

    #[test]
    fn rules_of_their_own() {
        let of = |kind: &str, after: &str| {
            admitted(
                "[]",
                &format!(
                    r#",{{"address":"{kind}.r","mode":"managed","type":"{kind}","name":"r","change":{{
                    "actions":["create"],"before":null,"after":{after},"after_unknown":{{}}}}}}"#
                ),
            )
        };
        let rule = "aws_security_group_rule";
        let new = "aws_vpc_security_group_ingress_rule";
        for (kind, after, wanted) in [
            (
                rule,
                r#"{"type":"ingress","security_group_id":"sg-e","protocol":"-1","from_port":0,"to_port":0,"source_security_group_id":"sg-w"}"#,
                Tri::Yes,
            ),
            (
                rule,
                r#"{"type":"egress","security_group_id":"sg-e","protocol":"-1","from_port":0,"to_port":0,"source_security_group_id":"sg-w"}"#,
                Tri::No,
            ),
            (
                rule,
                r#"{"type":"ingress","security_group_id":"sg-x","protocol":"-1","from_port":0,"to_port":0,"source_security_group_id":"sg-w"}"#,
                Tri::No,
            ),
            (
                new,
                r#"{"security_group_id":"sg-e","ip_protocol":"tcp","from_port":1,"to_port":65535,"cidr_ipv4":"10.0.0.0/16"}"#,
                Tri::Yes,
            ),
            (
                new,
                r#"{"security_group_id":"sg-e","ip_protocol":"tcp","from_port":1,"to_port":65535,"referenced_security_group_id":"sg-w"}"#,
                Tri::Yes,
            ),
            (
                new,
                r#"{"security_group_id":"sg-e","ip_protocol":"udp","from_port":1,"to_port":65535,"cidr_ipv4":"0.0.0.0/0"}"#,
                Tri::No,
            ),
        ] {
            assert_eq!(of(kind, after), wanted, "{kind} {after}");
        }
    }
}
