//! What an object loses of its protection from one world to another.

use crate::{
    aws::{
        Ports, Protocol, Range,
        policy::{Document, Effect, Given, Request, Statement},
    },
    facts::protections,
    graph::{Val, View},
    plan::Tri,
};

use super::{control_plane::ASSUME_ROLE, policies};

/// A protection that is taken off.
#[derive(Debug)]
pub struct Weaker<'a> {
    /// Where.
    pub at: View<'a>,
    /// Whether it is.
    pub tri: Tri,
    /// What of it, as the start of a sentence.
    pub words: String,
}

/// Every protection that an object has before and loses, by its values in both worlds.
pub fn of<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Weaker<'a>> {
    let type_ = after.res().type_();
    let mut all: Vec<Weaker<'a>> = Vec::new();
    for (_, path, guards) in protections::FLAGS.iter().filter(|it| it.0 == type_) {
        all.extend(flag(before.get(path), after.get(path), *guards));
    }
    for (_, path, ranks) in protections::RANKS.iter().filter(|it| it.0 == type_) {
        all.extend(rank(before.get(path), after.get(path), ranks));
    }
    for (_, path) in protections::BOUNDS.iter().filter(|it| it.0 == type_) {
        // Another algorithm without a key takes the key with it: that is one loss.
        let is_said =
            all.iter().any(|known| known.at.path().split('.').next() == path.split('.').next());
        all.extend(bound(before.get(path), after.get(path)).filter(|_| !is_said));
    }
    match type_ {
        "aws_s3_bucket_policy" => all.extend(transport(before.get("policy"), after.get("policy"))),
        "aws_iam_role" => {
            all.extend(trust(before.get("assume_role_policy"), after.get("assume_role_policy")))
        }
        _ => {}
    }
    all.extend(opened(before, after).into_iter().filter(|it| it.is_everywhere).map(|it| it.weaker));
    all
}

fn changes(before: &View<'_>, after: &View<'_>) -> String {
    format!("{} changes from {} to {}", after.attribute(), before.show(), after.show())
}

/// What the provider computes of what nobody set is no change of anybody's.
fn is_omitted(after: &View<'_>) -> bool {
    matches!(after.val(), Val::Omitted)
}

fn flag<'a>(before: View<'a>, after: View<'a>, guards: bool) -> Option<Weaker<'a>> {
    let guarded = |view: &View<'_>| if guards { view.flag(false) } else { !view.flag(false) };
    // Nothing guards that was not there.
    if before.known().is_none() || guarded(&before) != Tri::Yes || is_omitted(&after) {
        return None;
    }
    let tri = !guarded(&after);
    (tri != Tri::No).then(|| Weaker { words: changes(&before, &after), tri, at: after })
}

fn rank<'a>(before: View<'a>, after: View<'a>, ranks: &[&str]) -> Option<Weaker<'a>> {
    let place = |text: &str| ranks.iter().position(|it| it.eq_ignore_ascii_case(text));
    let was = before.text().and_then(place)?;
    // The last protects least: nothing can take more off.
    if was + 1 == ranks.len() || is_omitted(&after) {
        return None;
    }
    let tri = after.test_text(|text| place(text).is_some_and(|now| now > was));
    (tri != Tri::No).then(|| Weaker { words: changes(&before, &after), tri, at: after })
}

fn bound<'a>(before: View<'a>, after: View<'a>) -> Option<Weaker<'a>> {
    let was = before.text().is_some_and(|text| !text.is_empty());
    let is_gone = after.known().is_none_or(|value| value.is_hollow());
    let is_known = matches!(after.val(), Val::Known(_) | Val::Null);
    (was && is_gone && is_known).then(|| Weaker {
        words: format!("{} {} is taken away", after.attribute(), before.show()),
        tri: Tri::Yes,
        at: after,
    })
}

/// Both policies, where each is known as a whole.
fn documents(before: &View<'_>, after: &View<'_>) -> Option<[Document; 2]> {
    let known = |view: &View<'_>| policies::of(view).filter(|it| !it.is_partial);
    let Some(after) = known(after) else {
        after.note_unknown();
        return None;
    };
    Some([known(before)?, after])
}

/// A bucket's policy that no longer denies what comes without TLS.
fn transport<'a>(before: View<'a>, after: View<'a>) -> Option<Weaker<'a>> {
    let [old, new] = documents(&before, &after)?;
    let plain =
        || Request::to("s3:GetObject").with("aws:SecureTransport", Given::Is("false".to_owned()));
    let lost = (old.denies(&plain()) == Tri::Yes) && new.denies(&plain()) == Tri::No;
    lost.then(|| Weaker {
        words: format!("{} no longer denies requests without TLS", after.attribute()),
        tri: Tri::Yes,
        at: after,
    })
}

/// A role that no longer asks for an external id of whom it asked before.
fn trust<'a>(before: View<'a>, after: View<'a>) -> Option<Weaker<'a>> {
    const EXTERNAL_ID: &str = "sts:ExternalId";
    let [old, new] = documents(&before, &after)?;
    let asks = |it: &Statement| {
        it.conditions.iter().any(|it| it.is_about(EXTERNAL_ID) && it.demands_a_value() == Tri::Yes)
    };
    let trusts = |it: &&Statement| {
        it.is(Effect::Allow) == Tri::Yes && it.covers_action(ASSUME_ROLE) == Tri::Yes
    };
    let shares = |a: &Statement, b: &Statement| match (&a.principals, &b.principals) {
        (Some(a), Some(b)) => a.items.iter().any(|it| b.items.contains(it)),
        _ => false,
    };
    let asked: Vec<&Statement> =
        old.statements.iter().filter(trusts).filter(|it| asks(it)).collect();
    let free = new.statements.iter().filter(trusts).filter(|it| !asks(it));
    let lost = free.into_iter().any(|new| asked.iter().any(|old| shares(old, new)));
    lost.then(|| Weaker {
        words: format!("{} no longer asks for {EXTERNAL_ID}", after.attribute()),
        tri: Tri::Yes,
        at: after,
    })
}

/// A rule of a security group that lets more pass than before.
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
    protocol: Protocol,
    ports: Ports,
    peer: Peer,
}

#[derive(Clone, Debug, PartialEq)]
enum Peer {
    Range(Range),
    Named(String),
}

impl Opening {
    fn covers(&self, other: &Opening) -> bool {
        let reaches = match (&self.peer, &other.peer) {
            (Peer::Range(own), Peer::Range(theirs)) => own.covers(*theirs),
            (own, theirs) => own == theirs,
        };
        let ports = self.protocol == Protocol::All || self.ports.covers(other.ports);
        self.protocol.covers(other.protocol) && ports && reaches
    }

    fn is_everywhere(&self) -> bool {
        matches!(self.peer, Peer::Range(range) if range.is_everything())
    }
}

/// Blocks of rules, or the resource itself, and whether it lets things in.
fn rules<'a>(root: &View<'a>) -> Vec<(View<'a>, bool)> {
    match root.res().type_() {
        "aws_default_security_group" | "aws_security_group" => {
            let inside = root.get("ingress").items().map(|it| (it, true));
            inside.chain(root.get("egress").items().map(|it| (it, false))).collect()
        }
        "aws_security_group_rule" => {
            vec![(root.clone(), root.get("type").text() == Some("ingress"))]
        }
        "aws_vpc_security_group_ingress_rule" => vec![(root.clone(), true)],
        "aws_vpc_security_group_egress_rule" => vec![(root.clone(), false)],
        _ => Vec::new(),
    }
}

fn openings<'a>(rule: &View<'a>) -> Vec<(View<'a>, Opening)> {
    const RANGES: [&str; 4] = ["cidr_blocks", "cidr_ipv4", "cidr_ipv6", "ipv6_cidr_blocks"];
    const NAMED: [&str; 5] = [
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
    for name in RANGES.into_iter().chain(NAMED) {
        let at = rule.member(name);
        let texts: Vec<&str> = match at.text() {
            Some(text) => vec![text],
            None => at.items().filter_map(|it| it.text()).collect(),
        };
        for text in texts {
            let peer = Range::parse(text).map_or_else(|| Peer::Named(text.to_owned()), Peer::Range);
            found.push((at.clone(), Opening { protocol, ports, peer }));
        }
    }
    found
}

/// Everything that the rules of a security group, or one that is a resource, let pass and did not
/// before; for each the argument that names the other side.
pub fn opened<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Opened<'a>> {
    let old: Vec<(Opening, bool)> = rules(before)
        .iter()
        .flat_map(|(rule, is_in)| openings(rule).into_iter().map(|(_, it)| (it, *is_in)))
        .collect();
    let mut all = Vec::new();
    for (rule, is_in) in rules(after) {
        for (at, opening) in openings(&rule) {
            if old.iter().any(|(it, was_in)| *was_in == is_in && it.covers(&opening)) {
                continue;
            }
            let words = spoken(&at, &opening, is_in);
            let is_everywhere = is_in && opening.is_everywhere();
            all.push(Opened {
                weaker: Weaker { at, tri: Tri::Yes, words },
                is_everywhere,
                opening,
            });
        }
    }
    all
}

fn spoken(at: &View<'_>, opening: &Opening, is_in: bool) -> String {
    let ports = match opening {
        Opening { protocol: Protocol::All, .. } => "all ports".to_owned(),
        Opening { ports: Ports { from, to }, .. } if from == to => format!("port {from}"),
        Opening { ports: Ports { from, to }, .. } => format!("ports {from} to {to}"),
    };
    let (verb, side) = if is_in { ("lets in", "from") } else { ("lets out", "to") };
    let peer = match &opening.peer {
        _ if at.has_sensitive() => "(sensitive value)".to_owned(),
        Peer::Range(range) if range.is_everything() && range.is_v6() => "::/0".to_owned(),
        Peer::Range(range) if range.is_everything() => "0.0.0.0/0".to_owned(),
        Peer::Range(_) | Peer::Named(_) => at.show(),
    };
    format!("{verb} {ports} {side} {peer}")
}

/// Whether a rule of a resource's own lets the same pass.
pub fn is_let_by(opened: &Opened<'_>, rule: &View<'_>) -> bool {
    rules(rule)
        .iter()
        .any(|(rule, _)| openings(rule).iter().any(|(_, it)| it.covers(&opened.opening)))
}
