//! Which network ACL a subnet has, and what it lets through: rules in the order of their numbers, the
//! first that fits decides, and what none fits is denied.

use crate::{
    aws::{Ports, Protocol, Range},
    estate::{Cell, Joined, Named, Row, Rows},
    graph::{Res, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::Tri,
};

use super::{account::SUBNET, routes, rules, traffic::Direction};

/// A network ACL. Cells: `subnets`; `default-of` (the VPC whose default one it is); `unseen-ingress` and
/// `unseen-egress` (answers: whether its inline rules cannot be seen).
const ACL: &str = "acl/acl";
/// An ACL given to a subnet. Cells: `acl`, `subnet`.
const ASSOCIATION: &str = "acl/association";
/// A rule for IPv4. Cells: `acl`, `direction`, `number`, `action`, `protocol`, `from`, `to`, `range`.
const RULE: &str = "acl/rule";

const ACLS: &[&str] = &["aws_default_network_acl", "aws_network_acl"];
/// `aws_vpc.main.default_network_acl_id` means the default one of the VPC.
const ACLS_AND_VPCS: &[&str] =
    &["aws_default_network_acl", "aws_default_vpc", "aws_network_acl", "aws_vpc"];
const STANDALONE: &str = "aws_network_acl_rule";

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "network ACLs", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in ACLS.iter().flat_map(|kind| cx.of(kind)) {
        acl(it, rows);
    }
    for it in cx.of("aws_network_acl_association") {
        rows.add(ASSOCIATION, it)
            .with("acl", it.get("network_acl_id").target(ACLS))
            .with("subnet", it.get("subnet_id").target(SUBNET));
    }
    for it in cx.of(STANDALONE) {
        let acl = it.get("network_acl_id").target(ACLS_AND_VPCS);
        rules_of(it, &acl.into(), rows);
    }
}

fn acl(it: Res<'_>, rows: &mut Rows) {
    let is_unseen = |name| Tri::from(matches!(it.get(name).val(), Val::Unknown(_)));
    rows.add(ACL, it)
        .with("subnets", it.get("subnet_ids").targets(SUBNET))
        .with("default-of", routes::vpc_of_default(it, "default_network_acl_id"))
        .with("unseen-ingress", is_unseen("ingress"))
        .with("unseen-egress", is_unseen("egress"));
    rules_of(it, &Target::Here(it).into(), rows);
}

fn rules_of(it: Res<'_>, acl: &Cell, rows: &mut Rows) {
    for rule in rules::of(&it.root()) {
        let cell = |view: Option<View<'_>>| view.map_or(Cell::Unset, Cell::from);
        rows.add(RULE, it)
            .with("number", cell(rule.number()))
            .with("action", cell(rule.action()))
            .with("protocol", rule.protocol())
            .with("from", rule.at.get("from_port"))
            .with("to", rule.at.get("to_port"))
            .with("range", rule.at.get("cidr_block"))
            .with("acl", acl.clone())
            .with("direction", rule.direction);
    }
}

/// Network ACLs of all plans.
#[derive(Debug)]
pub struct Acls<'a> {
    by_subnet: Joined<'a>,
    associations: Joined<'a>,
    themselves: Joined<'a>,
    defaults: Joined<'a>,
    rules: Joined<'a>,
    /// A plan of the run may lack rules that it will have.
    lacks_rules: bool,
}

/// What has to pass.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Which way, as seen from the subnet.
    pub direction: Direction,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// All of these.
    pub ports: Ports,
    /// Whence or where to; every address of it.
    pub range: Range,
}

impl<'a> Acls<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Acls<'a> {
        Acls {
            by_subnet: Joined::by(cx.of(ACL), "subnets"),
            associations: Joined::by(cx.of(ASSOCIATION), "subnet"),
            themselves: Joined::themselves(cx.of(ACL)),
            defaults: Joined::by(cx.of(ACL), "default-of"),
            rules: Joined::by(cx.of(RULE), "acl"),
            lacks_rules: cx.may_lack(STANDALONE),
        }
    }

    /// The ACLs that a subnet may have, each with whether it has it: those that name it or are associated
    /// with it, else the default one of its VPC.
    pub fn serving(&self, subnet: &Row) -> Vec<(&'a Row, Tri)> {
        let itself = Named::itself(subnet);
        let associations: Vec<&Row> = self.associations.meeting(&itself).collect();
        let associated = associations.iter().map(|row| Named::of(row, "acl"));
        let associated = associated.flat_map(|acl| self.themselves.meeting(&acl));
        // Several associations of one block lead to one ACL.
        let mut own: Vec<&Row> = Vec::new();
        for acl in self.by_subnet.meeting(&itself).chain(associated) {
            if !own.iter().any(|known| known.is(acl)) {
                own.push(acl);
            }
        }
        let is_sure = if own.len() == 1 { Tri::Yes } else { Tri::Maybe };
        if !own.is_empty() || !associations.is_empty() {
            return own.into_iter().map(|acl| (acl, is_sure)).collect();
        }
        let is_hidden = [&self.by_subnet, &self.associations]
            .into_iter()
            .any(|joined| !joined.seek(&itself).is_empty());
        let is_sure = if is_hidden { Tri::Maybe } else { Tri::Yes };
        let defaults = self.defaults.meeting(&Named::of(subnet, "vpc"));
        defaults.map(|acl| (acl, is_sure)).collect()
    }

    /// Whether an ACL lets all of it through.
    pub fn admits(&self, acl: &Row, wanted: Wanted) -> Tri {
        let unseen = format!("unseen-{}", wanted.direction.as_str());
        let is_hidden = self.lacks_rules || acl.tri(&unseen) != Tri::No;
        let itself = Named::itself(acl).and(Named::of(acl, "default-of"));
        let all = self.rules.seek(&itself).into_iter();
        let rules: Vec<Rule> = all.filter_map(|(row, sure)| Rule::of(row, sure, wanted)).collect();
        let at_best =
            is_hidden || stretches(&rules, wanted.ports).all(|it| passes(&rules, it, wanted, true));
        let at_worst = !is_hidden
            && stretches(&rules, wanted.ports).all(|it| passes(&rules, it, wanted, false));
        match (at_best, at_worst) {
            (true, true) => Tri::Yes,
            (true, false) => Tri::Maybe,
            (false, _) => Tri::No,
        }
    }
}

/// A rule that is about the direction and the protocol, or may be.
#[derive(Debug)]
struct Rule {
    /// Its place in the order; none where it is not known.
    number: Option<i64>,
    /// It allows; none where it is not known.
    allows: Option<bool>,
    /// What it is about; none where that is not known.
    about: Option<(Ports, Range)>,
}

impl Rule {
    /// None where it is about something else.
    fn of(row: &Row, sure: Tri, wanted: Wanted) -> Option<Rule> {
        let text = |cell: &str| row.text(cell);
        if text("direction").is_some_and(|it| it != wanted.direction.as_str()) {
            return None;
        }
        let protocol = text("protocol").map(Protocol::parse);
        // Inline, a rule for IPv6 has an empty range for IPv4.
        let is_for_v6 = *row.cell("range") == Cell::Unset || text("range") == Some("");
        if is_for_v6 || protocol.is_some_and(|it| !it.covers(wanted.protocol)) {
            return None;
        }
        let ports = match protocol {
            Some(Protocol::All) => Some(Ports { from: 0, to: 65_535 }),
            Some(_) => text("from").zip(text("to")).and_then(|(from, to)| {
                Some(Ports { from: from.parse().ok()?, to: to.parse().ok()? })
            }),
            None => None,
        };
        let is_whole = sure == Tri::Yes && text("direction").is_some();
        Some(Rule {
            number: text("number").and_then(|number| number.parse().ok()),
            allows: text("action").map(|action| action.eq_ignore_ascii_case("allow")),
            about: ports.zip(text("range").and_then(Range::parse)).filter(|_| is_whole),
        })
    }

    fn is_known(&self) -> bool {
        self.number.is_some() && self.allows.is_some() && self.about.is_some()
    }
}

/// The ports cut where a rule begins or ends, so that a rule is about all of a stretch or nothing of it.
fn stretches(rules: &[Rule], ports: Ports) -> impl Iterator<Item = Ports> + use<> {
    let edges = rules.iter().filter_map(|rule| rule.about).flat_map(|(it, _)| [it.from, it.to + 1]);
    let mut starts: Vec<i64> = edges.filter(|it| ports.from < *it && *it <= ports.to).collect();
    starts.push(ports.from);
    starts.sort_unstable();
    starts.dedup();
    let ends: Vec<i64> = starts.iter().skip(1).map(|next| next - 1).chain([ports.to]).collect();
    starts.into_iter().zip(ends).map(|(from, to)| Ports { from, to })
}

/// Whether rules let a stretch through, if what is not known of them turns out at its best, or its worst.
fn passes(rules: &[Rule], ports: Ports, wanted: Wanted, at_best: bool) -> bool {
    let mut ordered: Vec<(i64, bool, Range)> = Vec::new();
    for rule in rules {
        match (rule.number, rule.allows, rule.about) {
            (Some(number), Some(allows), Some((own, range))) if own.covers(ports) => {
                ordered.push((number, allows, range));
            }
            _ if rule.is_known() => {}
            (number, allows, _) if allows.is_none_or(|allows| allows == at_best) => {
                ordered.push((number.unwrap_or(0), at_best, wanted.range));
            }
            _ => {}
        }
    }
    ordered.sort_by_key(|(number, ..)| *number);
    let mut allowed: Vec<Range> = Vec::new();
    for (_, allows, range) in ordered {
        let concerned = if range.covers(wanted.range) { wanted.range } else { range };
        if allows {
            allowed.push(range);
        } else if range.overlaps(wanted.range) && !Range::cover_together(&allowed, concerned) {
            return false;
        }
        if Range::cover_together(&allowed, wanted.range) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(number: i64, allows: bool, ports: (i64, i64), range: &str) -> Rule {
        let ports = Ports { from: ports.0, to: ports.1 };
        let about = Range::parse(range).map(|range| (ports, range));
        Rule { number: Some(number), allows: Some(allows), about }
    }

    fn passes_all(rules: &[Rule], at_best: bool) -> bool {
        let wanted = Wanted {
            direction: Direction::Ingress,
            protocol: Protocol::Tcp,
            ports: Ports::ALL,
            range: Range::parse("0.0.0.0/0").unwrap(),
        };
        stretches(rules, wanted.ports).all(|it| passes(rules, it, wanted, at_best))
    }

    #[test]
    fn the_first_that_fits_decides() {
        let all = (0, 65_535);
        let allow = || rule(100, true, all, "0.0.0.0/0");
        assert!(passes_all(&[allow()], false));
        assert!(passes_all(&[allow(), rule(200, false, all, "0.0.0.0/0")], false));
        assert!(!passes_all(&[allow(), rule(50, false, (22, 22), "10.0.0.0/8")], false));
        assert!(!passes_all(&[], true));
        let earlier = rule(10, true, all, "10.0.0.0/8");
        assert!(passes_all(&[allow(), earlier, rule(50, false, (22, 22), "10.1.0.0/16")], false));
    }

    #[test]
    fn parts_make_a_whole() {
        let halves =
            [rule(1, true, (0, 1023), "0.0.0.0/0"), rule(2, true, (1024, 65_535), "0.0.0.0/0")];
        assert!(passes_all(&halves, false) && !passes_all(&halves[..1], false));
        let ranges =
            [rule(1, true, (0, 65_535), "0.0.0.0/1"), rule(2, true, (0, 65_535), "128.0.0.0/1")];
        assert!(passes_all(&ranges, false) && !passes_all(&ranges[1..], false));
    }

    #[test]
    fn what_is_not_known_may_be_either() {
        let allow = Rule { about: None, ..rule(100, true, (0, 0), "0.0.0.0/0") };
        assert!(passes_all(std::slice::from_ref(&allow), true));
        assert!(!passes_all(&[allow], false));
        let deny = Rule { number: None, ..rule(0, false, (0, 65_535), "0.0.0.0/0") };
        let rules = [rule(100, true, (0, 65_535), "0.0.0.0/0"), deny];
        assert!(passes_all(&rules, true) && !passes_all(&rules, false));
    }
}
