//! What rules of security groups and network ACLs let pass, and what of it is new.

use crate::{
    aws::{Ports, Protocol, Range},
    graph::{Res, Val, View},
    plan::Tri,
};

use super::weaker::Weaker;

/// Rules that are resources of their own; each shows in its group or ACL at the next refresh.
pub static RULES: &[&str] = &[
    "aws_network_acl_rule",
    "aws_security_group_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
];

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
    is_in: bool,
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
        self.is_in == other.is_in
            && self.protocol.covers(other.protocol)
            && (self.protocol == Protocol::All || self.ports.covers(ports))
    }

    /// Whether these let pass, together, all that another does: ranges and ports may join.
    fn is_held_by(&self, all: &[Opening]) -> bool {
        let edges = all.iter().flat_map(|it| [it.ports.from, it.ports.to + 1]);
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

/// Blocks of rules, or the resource itself, and whether each lets things in.
fn rules<'a>(root: &View<'a>) -> Vec<(View<'a>, bool)> {
    match root.res().type_() {
        "aws_default_network_acl"
        | "aws_default_security_group"
        | "aws_network_acl"
        | "aws_security_group" => {
            let inside = root.get("ingress").items().map(|it| (it, true));
            inside.chain(root.get("egress").items().map(|it| (it, false))).collect()
        }
        "aws_network_acl_rule" => {
            let is_out = root.get("egress").known().is_some_and(|it| it.is_true());
            vec![(root.clone(), !is_out)]
        }
        "aws_security_group_rule" => {
            vec![(root.clone(), root.get("type").text() == Some("ingress"))]
        }
        "aws_vpc_security_group_ingress_rule" => vec![(root.clone(), true)],
        "aws_vpc_security_group_egress_rule" => vec![(root.clone(), false)],
        _ => Vec::new(),
    }
}

/// Whether a rule keeps out what it names, as those of network ACLs may.
fn denies(rule: &View<'_>) -> bool {
    let action = [rule.get("action"), rule.get("rule_action")];
    action.iter().find_map(View::text).is_some_and(|it| it.eq_ignore_ascii_case("deny"))
}

fn openings<'a>(rule: &View<'a>, is_in: bool) -> Vec<(View<'a>, Opening)> {
    const PEERS: [&str; 11] = [
        "cidr_block",
        "cidr_blocks",
        "cidr_ipv4",
        "cidr_ipv6",
        "ipv6_cidr_block",
        "ipv6_cidr_blocks",
        "prefix_list_id",
        "prefix_list_ids",
        "referenced_security_group_id",
        "security_groups",
        "source_security_group_id",
    ];
    let protocol = [rule.get("protocol"), rule.get("ip_protocol")];
    let Some(protocol) = protocol.iter().find_map(View::text).map(Protocol::parse) else {
        return Vec::new();
    };
    let port = |name| rule.get(name).int().unwrap_or(-1);
    let ports = Ports { from: port("from_port"), to: port("to_port") };
    let mut found = Vec::new();
    for name in PEERS {
        let at = rule.member(name);
        let texts: Vec<&str> = match at.text() {
            Some(text) => vec![text],
            None => at.items().filter_map(|it| it.text()).collect(),
        };
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            let peer = Range::parse(text).map_or_else(|| named(text), Peer::Range);
            found.push((at.clone(), Opening { is_in, protocol, ports, peer }));
        }
    }
    let itself = rule.member("self");
    if itself.known().is_some_and(|it| it.is_true()) {
        found.push((itself, Opening { is_in, protocol, ports, peer: Peer::Itself }));
    }
    found
}

/// AWS shows a group of another account as `111122223333/sg-…`.
fn named(text: &str) -> Peer {
    Peer::Named(text.rsplit('/').next().unwrap_or(text).to_owned())
}

fn all_of(root: &View<'_>) -> Vec<Opening> {
    let allowing = rules(root).into_iter().filter(|(rule, _)| !denies(rule));
    allowing
        .flat_map(|(rule, is_in)| openings(&rule, is_in).into_iter().map(|(_, opening)| opening))
        .collect()
}

/// Everything that the rules of a group or an ACL, or one that is a resource, let pass, and that neither
/// they nor rules beside them did before; for each the argument that names the other side.
pub fn opened<'a>(before: &View<'a>, after: &View<'a>, beside: &[View<'_>]) -> Vec<Opened<'a>> {
    let old: Vec<Opening> =
        all_of(before).into_iter().chain(beside.iter().flat_map(all_of)).collect();
    let mut all = Vec::new();
    for (rule, is_in) in rules(after).into_iter().filter(|(rule, _)| !denies(rule)) {
        for (at, opening) in openings(&rule, is_in) {
            if opening.is_held_by(&old) {
                continue;
            }
            // What denies before a rule that is a resource of its own stands in another.
            let is_alone = after.res().type_() == "aws_network_acl_rule";
            let denied = Tri::from(is_alone || may_be_denied(after, &rule)) & Tri::Maybe;
            let hidden = hidden_ports(&rule);
            let tri = if denied == Tri::No { hidden.unwrap_or(Tri::Yes) } else { denied };
            let words = spoken(&at, &opening, hidden.is_some());
            let is_everywhere = is_in && opening.is_everywhere();
            all.push(Opened { weaker: Weaker { at, tri, words }, is_everywhere, opening });
        }
    }
    all.extend(no_longer_denied(before, after));
    all
}

/// What an ACL kept out by a rule that is gone, and another of its rules lets pass as it did.
fn no_longer_denied<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Opened<'a>> {
    let of = |root: &View<'a>, is_denying: bool| -> Vec<(Option<i64>, View<'a>, Opening)> {
        let some = rules(root).into_iter().filter(|(rule, _)| denies(rule) == is_denying);
        let each = some.flat_map(|(rule, is_in)| {
            let number = rule.get("rule_no").int();
            openings(&rule, is_in).into_iter().map(move |(at, opening)| (number, at, opening))
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
        let [name, words] = match opening.is_in {
            true => ["ingress", "no longer denies what comes from"],
            false => ["egress", "no longer denies what goes to"],
        };
        let words = format!("{words} {}", old.show());
        let weaker = Weaker { at: after.member(name), tri: Tri::Yes, words };
        Opened { weaker, is_everywhere: false, opening }
    });
    opened.collect()
}

/// `Maybe` where it is not known which ports a rule is about.
fn hidden_ports(rule: &View<'_>) -> Option<Tri> {
    let ports = ["from_port", "to_port"].map(|name| rule.get(name));
    ports.into_iter().find_map(|port| match port.val() {
        Val::Unknown(cause) => Some(port.maybe(cause)),
        _ => None,
    })
}

/// Whether a rule of an ACL comes after one that denies, of which it may be part.
fn may_be_denied(root: &View<'_>, rule: &View<'_>) -> bool {
    let number = |it: &View<'_>| it.get("rule_no").int();
    let denying = rules(root).into_iter().filter(|(it, _)| denies(it));
    denying.into_iter().any(|(it, _)| number(&it) < number(rule))
}

fn spoken(at: &View<'_>, opening: &Opening, has_hidden_ports: bool) -> String {
    let ports = match opening {
        _ if has_hidden_ports => "ports that are not known".to_owned(),
        Opening { protocol: Protocol::All, .. } => "all ports".to_owned(),
        Opening { ports: Ports { from, to }, .. } if from == to => format!("port {from}"),
        Opening { ports: Ports { from, to }, .. } => format!("ports {from} to {to}"),
    };
    let (verb, side) = if opening.is_in { ("lets in", "from") } else { ("lets out", "to") };
    let peer = match &opening.peer {
        _ if at.has_sensitive() => "(sensitive value)".to_owned(),
        Peer::Range(range) if range.is_everything() && range.is_v6() => "::/0".to_owned(),
        Peer::Range(range) if range.is_everything() => "0.0.0.0/0".to_owned(),
        Peer::Itself => "the group itself".to_owned(),
        Peer::Range(_) | Peer::Named(_) => at.show(),
    };
    format!("{verb} {ports} {side} {peer}")
}

/// Whether a rule of a resource's own lets the same pass.
pub fn is_let_by(opened: &Opened<'_>, rule: &View<'_>) -> bool {
    opened.opening.is_held_by(&all_of(rule))
}

/// The id of the group or the ACL that rules are of, where it is known: of a rule the one that it names.
pub fn holder<'a>(root: &View<'a>) -> Option<&'a str> {
    let name = match root.res().type_() {
        "aws_network_acl_rule" => "network_acl_id",
        type_ if RULES.contains(&type_) => "security_group_id",
        _ => "id",
    };
    root.get(name).text()
}

/// Whether it is a rule that is replaced in the group or the ACL where it was.
pub fn is_replaced(it: Res<'_>) -> bool {
    let (before, after) = (it.before(), it.after());
    RULES.contains(&it.type_())
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
        assert_eq!(new(&halves, &more, &nothing), ["lets in ports 443 to 445 from [10.0.0.0/24]"]);
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

    /// What a rule denies that comes first is not let in for sure.
    #[test]
    fn network_acls() {
        let acl = |rules: Value| json!({"ingress": rules, "egress": []});
        let rule = |number: i32, action: &str, range: &str| {
            json!({
                "rule_no": number, "action": action, "protocol": "-1", "from_port": 0, "to_port": 0,
                "cidr_block": range, "ipv6_cidr_block": "",
            })
        };
        let (old, wider) = (rule(100, "allow", "10.0.0.0/16"), rule(100, "allow", "0.0.0.0/0"));
        let (inside, other) = (rule(50, "deny", "10.0.9.0/24"), rule(50, "deny", "192.0.2.0/24"));
        for (before, after, wanted) in [
            (json!([old]), json!([wider]), vec![Tri::Yes]),
            (json!([old]), json!([other, wider]), vec![Tri::Maybe]),
            (json!([old]), json!([other, old]), vec![]),
            (json!([inside, old]), json!([old]), vec![Tri::Yes]),
            (json!([other, old]), json!([old]), vec![]),
        ] {
            let found = ask("aws_network_acl", acl(before.clone()), |was| {
                ask("aws_network_acl", acl(after.clone()), |is| {
                    let all = opened(&was.root(), &is.root(), &[]);
                    all.into_iter().map(|it| it.weaker.tri).collect::<Vec<_>>()
                })
            });
            assert_eq!(found, wanted, "{after}");
        }
    }
}
