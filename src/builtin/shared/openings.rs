//! What rules of security groups and network ACLs let pass, and what of it is new.

use crate::{
    aws::{Ports, Protocol, Range},
    facts::traffic_rules,
    graph::{Res, SENSITIVE, Val, View},
    plan::Tri,
};

use super::{
    rules::{self, Rule},
    traffic::Direction,
    weaker::Weaker,
};

/// A rule that lets more pass than before.
#[derive(Debug)]
pub struct Opened<'a> {
    /// It, and the words for it.
    pub weaker: Weaker<'a>,
    /// Everybody may come in.
    pub is_everywhere: bool,
    opening: Opening,
}

/// One side of a rule: what passes, and from or to where.
#[derive(Clone, Debug, PartialEq)]
struct Opening {
    direction: Direction,
    protocol: Protocol,
    ports: Ports,
    peer: Peer,
}

#[derive(Clone, Debug, PartialEq)]
enum Peer {
    Range(Range),
    /// A prefix list, or a group without the account before its id.
    Named(String),
    Itself,
}

impl Opening {
    fn carries(&self, other: &Opening, ports: Ports) -> bool {
        self.direction == other.direction
            && self.protocol.covers(other.protocol)
            && (self.protocol == Protocol::All || self.ports.covers(ports))
    }

    /// Whether these let pass, together, all that another does: ranges and ports may join.
    fn is_held_by(&self, all: &[Opening]) -> bool {
        let edges = all.iter().flat_map(|it| [it.ports.from, it.ports.to.saturating_add(1)]);
        let stretches = match self.protocol {
            Protocol::Tcp | Protocol::Udp => self.ports.cut(edges),
            // The numbers of others are no ports.
            Protocol::All | Protocol::Other => vec![self.ports],
        };
        stretches.into_iter().all(|ports| {
            let carrying = || all.iter().filter(|it| it.carries(self, ports));
            let ranges: Vec<Range> = carrying().filter_map(|it| it.range()).collect();
            match &self.peer {
                Peer::Range(range) => Range::cover_together(&ranges, *range),
                // Whoever has an address is let in with all of them.
                peer => {
                    let all_v4 = |it: &Range| it.is_everything() && !it.is_v6();
                    carrying().any(|it| it.peer == *peer) || ranges.iter().any(all_v4)
                }
            }
        })
    }

    fn range(&self) -> Option<Range> {
        match self.peer {
            Peer::Range(range) => Some(range),
            Peer::Named(_) | Peer::Itself => None,
        }
    }

    fn is_everywhere(&self) -> bool {
        self.range().is_some_and(Range::is_everything)
    }
}

/// What a rule lets pass, or keeps out, with the argument that names the other side, and one that it names.
fn openings<'a>(rule: &Rule<'a>) -> Vec<(View<'a>, View<'a>, Opening)> {
    let mut directions = [Direction::Ingress, Direction::Egress].into_iter();
    let Some(direction) = directions.find(|it| rule.leads(*it)) else { return Vec::new() };
    let Some(protocol) = rule.protocol().text().map(Protocol::parse) else { return Vec::new() };
    let port = |name| rule.at.get(name).int().unwrap_or(-1);
    let ports = Ports { from: port(PORTS[0]), to: port(PORTS[1]) };
    let opening = |peer| Opening { direction, protocol, ports, peer };
    let mut found = Vec::new();
    for (at, named) in rule.peers() {
        let Some(text) = named.text().filter(|text| !text.is_empty()) else { continue };
        let peer = Range::parse(text).map_or_else(|| self::named(text), Peer::Range);
        found.push((at, named, opening(peer)));
    }
    let itself = rule.at.member("self");
    if itself.known().is_some_and(|it| it.is_true()) {
        found.push((itself.clone(), itself, opening(Peer::Itself)));
    }
    found
}

/// AWS shows a group of another account as `111122223333/sg-…`.
fn named(text: &str) -> Peer {
    Peer::Named(text.rsplit('/').next().unwrap_or(text).to_owned())
}

fn all_of(root: &View<'_>) -> Vec<Opening> {
    let allowing = rules::of(root).into_iter().filter(|rule| !rule.denies());
    allowing.flat_map(|rule| openings(&rule).into_iter().map(|(_, _, opening)| opening)).collect()
}

/// Everything that the rules of a group or an ACL, or one that is a resource, let pass, and that neither
/// they nor rules beside them did before; for each the argument that names the other side.
pub fn opened<'a>(before: &View<'a>, after: &View<'a>, beside: &[View<'_>]) -> Vec<Opened<'a>> {
    let old: Vec<Opening> =
        all_of(before).into_iter().chain(beside.iter().flat_map(all_of)).collect();
    let rules = rules::of(after);
    let mut all = Vec::new();
    for rule in rules.iter().filter(|rule| !rule.denies()) {
        let (shut, may_be_shut) = denied_before(rule, &rules);
        let held: Vec<Opening> = old.iter().cloned().chain(shut).collect();
        let hidden = hidden_ports(rule);
        for (at, named, opening) in openings(rule) {
            if opening.is_held_by(&held) {
                continue;
            }
            let tri = hidden.unwrap_or(Tri::Yes) & !may_be_shut;
            let words = spoken(rule, &named, &opening);
            let is_everywhere = opening.direction == Direction::Ingress && opening.is_everywhere();
            all.push(Opened { weaker: Weaker { at, tri, words }, is_everywhere, opening });
        }
    }
    all.extend(no_longer_denied(before, after));
    all
}

/// What rules of an ACL that come before one of its rules keep out, and whether there may be more of it:
/// what denies before a rule that is a resource of its own stands in another.
fn denied_before(rule: &Rule<'_>, all: &[Rule<'_>]) -> (Vec<Opening>, Tri) {
    let number = |it: &Rule<'_>| it.number().and_then(|it| it.int());
    let mut may_be_more = Tri::from(rule.number().is_some() && rule.is_alone()) & Tri::Maybe;
    let mut shut = Vec::new();
    let earlier = all.iter().filter(|it| it.denies() && it.direction == rule.direction);
    for it in earlier.filter(|it| number(it) < number(rule)) {
        match hidden_ports(it) {
            Some(hidden) => may_be_more = may_be_more | hidden,
            None => shut.extend(openings(it).into_iter().map(|(_, _, opening)| opening)),
        }
    }
    (shut, may_be_more)
}

/// What an ACL kept out by a rule that is gone, and another of its rules lets pass as it did.
fn no_longer_denied<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Opened<'a>> {
    let of = |root: &View<'a>, is_denying: bool| -> Vec<(Option<i64>, View<'a>, Opening)> {
        let some = rules::of(root).into_iter().filter(|rule| rule.denies() == is_denying);
        let each = some.flat_map(|rule| {
            let number = rule.number().and_then(|it| it.int());
            openings(&rule).into_iter().map(move |(at, _, opening)| (number, at, opening))
        });
        each.collect()
    };
    let denied: Vec<Opening> = of(after, true).into_iter().map(|(_, _, it)| it).collect();
    let lost = of(before, true).into_iter().filter(|(number, _, opening)| {
        let lets = |root| {
            let mut later = of(root, false).into_iter().filter(|(other, _, _)| other > number);
            later.any(|(_, _, it)| opening.is_held_by(&[it]))
        };
        !opening.is_held_by(&denied) && lets(before) && lets(after)
    });
    let opened = lost.map(|(_, old, opening)| {
        let words = match opening.direction {
            Direction::Ingress => "no longer denies what comes from",
            Direction::Egress => "no longer denies what goes to",
        };
        let words = format!("{words} {}", old.show());
        let at = after.member(opening.direction.as_str());
        let weaker = Weaker { at, tri: Tri::Yes, words };
        Opened { weaker, is_everywhere: false, opening }
    });
    opened.collect()
}

/// Where a rule has its first and last port.
const PORTS: [&str; 2] = ["from_port", "to_port"];

/// `Maybe` where it is not known which ports a rule is about.
fn hidden_ports(rule: &Rule<'_>) -> Option<Tri> {
    let mut ports = PORTS.iter().map(|name| rule.at.get(name));
    ports.find_map(|port| match port.val() {
        Val::Unknown(cause) => Some(port.maybe(cause)),
        _ => None,
    })
}

/// `named` is what names the other side.
fn spoken(rule: &Rule<'_>, named: &View<'_>, opening: &Opening) -> String {
    let places = || PORTS.iter().map(|name| rule.at.get(name));
    let ports = match opening {
        _ if places().any(|port| matches!(port.val(), Val::Unknown(_))) => {
            "ports that are not known".to_owned()
        }
        _ if places().any(|port| port.has_sensitive()) => "ports that are sensitive".to_owned(),
        Opening { protocol: Protocol::All, .. } => "all ports".to_owned(),
        Opening { ports: Ports { from, to }, .. } if from == to => format!("port {from}"),
        Opening { ports: Ports { from, to }, .. } => format!("ports {from} to {to}"),
    };
    let (verb, side) = match opening.direction {
        Direction::Ingress => ("lets in", "from"),
        Direction::Egress => ("lets out", "to"),
    };
    let peer = match &opening.peer {
        _ if named.has_sensitive() => SENSITIVE.to_owned(),
        Peer::Range(range) if range.is_everything() && range.is_v6() => "::/0".to_owned(),
        Peer::Range(range) if range.is_everything() => "0.0.0.0/0".to_owned(),
        Peer::Itself => "the group itself".to_owned(),
        Peer::Range(_) | Peer::Named(_) => named.show(),
    };
    format!("{verb} {ports} {side} {peer}")
}

/// Whether a rule of a resource's own lets the same pass.
pub fn is_let_by(opened: &Opened<'_>, rule: &View<'_>) -> bool {
    opened.opening.is_held_by(&all_of(rule))
}

/// The id of the group or the ACL that rules are of, where it is known: of a rule the one that it names.
pub fn holder<'a>(root: &View<'a>) -> Option<&'a str> {
    root.get(traffic_rules::shape(root.res().type_())?.holder).text()
}

/// Whether it is a rule that is replaced in the group or the ACL where it was.
pub fn is_replaced(it: Res<'_>) -> bool {
    let (before, after) = (it.before(), it.after());
    traffic_rules::shape(it.type_()).is_some_and(|shape| shape.is_rule())
        && it.actions().replaces()
        && holder(&before).is_some()
        && holder(&before) == holder(&after)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::opened;
    use crate::{builtin::shared::testing::ask, plan::Tri};

    /// What is new between two states of the rules of a group, beside a rule that was there.
    fn new(before: &Value, after: &Value, beside: &Value) -> Vec<String> {
        let group = |ingress: &Value| json!({"ingress": ingress, "egress": []});
        ask("aws_security_group", group(before), |was| {
            ask("aws_security_group", group(after), |is| {
                ask("aws_security_group", group(beside), |other| {
                    let all = opened(&was.root(), &is.root(), &[other.root()]);
                    all.into_iter().map(|it| it.weaker.words).collect()
                })
            })
        })
    }

    fn rule(ports: [u16; 2], ranges: &[&str]) -> Value {
        json!({"protocol": "tcp", "from_port": ports[0], "to_port": ports[1], "cidr_blocks": ranges})
    }

    #[test]
    fn rules_that_only_join_open_nothing() {
        let nothing = json!([]);
        let halves = json!([
            rule([443, 443], &["10.0.0.0/25", "10.0.0.128/25"]),
            rule([444, 444], &["10.0.0.0/24"]),
        ]);
        assert_eq!(new(&halves, &json!([rule([443, 444], &["10.0.0.0/24"])]), &nothing), [""; 0]);
        let more = json!([rule([443, 445], &["10.0.0.0/24"])]);
        assert_eq!(new(&halves, &more, &nothing), ["lets in ports 443 to 445 from 10.0.0.0/24"]);
        let everywhere = json!([rule([22, 22], &["0.0.0.0/0"])]);
        assert_eq!(new(&nothing, &everywhere, &everywhere), [""; 0]);
        assert_eq!(new(&nothing, &everywhere, &nothing), ["lets in port 22 from 0.0.0.0/0"]);
    }

    #[test]
    fn other_groups_and_the_group_itself() {
        let of = |peer: Value| {
            let mut rule = rule([443, 443], &[]);
            rule.as_object_mut().unwrap().extend(peer.as_object().unwrap().clone());
            json!([rule])
        };
        let (plain, long) = (
            of(json!({"security_groups": ["sg-1"]})),
            of(json!({"security_groups": ["111122223333/sg-1"]})),
        );
        assert_eq!(new(&plain, &long, &json!([])), [""; 0]);
        let itself = of(json!({"self": true}));
        assert_eq!(new(&plain, &itself, &json!([])), ["lets in port 443 from the group itself"]);
    }

    /// What a rule denies that comes first is not let in.
    #[test]
    fn network_acls() {
        let rule = |number: i32, action: &str, range: &str| {
            json!({
                "rule_no": number, "action": action, "protocol": "-1", "from_port": 0, "to_port": 0,
                "cidr_block": range, "ipv6_cidr_block": "",
            })
        };
        let (old, wider) = (rule(100, "allow", "10.0.0.0/16"), rule(100, "allow", "0.0.0.0/0"));
        let (inside, other) = (rule(50, "deny", "10.0.9.0/24"), rule(50, "deny", "192.0.2.0/24"));
        let (first, later) = (rule(50, "deny", "0.0.0.0/0"), rule(150, "deny", "0.0.0.0/0"));
        let https = json!({
            "rule_no": 50, "action": "deny", "protocol": "tcp", "from_port": 443, "to_port": 443,
            "cidr_block": "0.0.0.0/0", "ipv6_cidr_block": "",
        });
        for (before, after, out, wanted) in [
            (json!([old]), json!([wider]), json!([]), vec![Tri::Yes]),
            (json!([old]), json!([other, wider]), json!([]), vec![Tri::Yes]),
            (json!([old]), json!([first, wider]), json!([]), vec![]),
            (json!([old]), json!([wider, later]), json!([]), vec![Tri::Yes]),
            (json!([old]), json!([https, wider]), json!([]), vec![Tri::Yes]),
            // What is denied in the other direction has nothing to do with it.
            (json!([old]), json!([wider]), json!([first]), vec![Tri::Yes]),
            (json!([old]), json!([other, old]), json!([]), vec![]),
            (json!([inside, old]), json!([old]), json!([]), vec![Tri::Yes]),
            (json!([other, old]), json!([old]), json!([]), vec![]),
        ] {
            let acl = |rules: &Value| json!({"ingress": rules, "egress": out});
            let found = ask("aws_network_acl", acl(&before), |was| {
                ask("aws_network_acl", acl(&after), |is| {
                    let all = opened(&was.root(), &is.root(), &[]);
                    all.into_iter().map(|it| it.weaker.tri).collect::<Vec<_>>()
                })
            });
            assert_eq!(found, wanted, "{after} {out}");
        }
    }

    /// Other rules of its ACL may deny what a rule lets in that is a resource of its own.
    #[test]
    fn a_rule_by_itself() {
        let rule = |range: &str| {
            json!({
                "network_acl_id": "acl-1", "rule_number": 100, "rule_action": "allow",
                "egress": false, "protocol": "-1", "cidr_block": range,
            })
        };
        let found = ask("aws_network_acl_rule", rule("10.0.0.0/16"), |was| {
            ask("aws_network_acl_rule", rule("10.0.0.0/8"), |is| {
                let all = opened(&was.root(), &is.root(), &[]);
                all.into_iter().map(|it| (it.weaker.tri, it.weaker.words)).collect::<Vec<_>>()
            })
        });
        assert_eq!(found, [(Tri::Maybe, "lets in all ports from 10.0.0.0/8".to_owned())]);
    }
}
