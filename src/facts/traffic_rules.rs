//! Where rules of security groups and network ACLs stand, and under which names.
//!
//! Source: the pages of these resources, aws 5.100.0
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/network_acl> and its
//! like).

/// What says which way a rule lets traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The block that it stands in: `ingress` or `egress`.
    Blocks,
    /// Nothing: all of them let in.
    In,
    /// All of them let out.
    Out,
    /// A text of that name, `ingress` or `egress`.
    Told(&'static str),
    /// A flag of that name, which is on for what goes out.
    Flag(&'static str),
}

/// How a type spells its rules.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The type.
    pub type_: &'static str,
    /// What identifies the group or the ACL.
    pub holder: &'static str,
    /// Which way they lead.
    pub way: Way,
    /// The protocol.
    pub protocol: &'static str,
    /// What a rule does, where it may deny, and its place in the order.
    pub ordered: Option<Ordered>,
    /// Whom it is about; `self` beside these.
    pub peers: &'static [&'static str],
}

/// What rules of network ACLs have besides.
#[derive(Clone, Copy, Debug)]
pub struct Ordered {
    /// `allow` or `deny`.
    pub action: &'static str,
    /// The lower comes first.
    pub number: &'static str,
}

impl Shape {
    /// It is one rule, and not a group or an ACL with blocks of them.
    pub fn is_rule(&self) -> bool {
        self.way != Way::Blocks
    }
}

/// Of a block of a network ACL.
const BLOCK: Option<Ordered> = Some(Ordered { action: "action", number: "rule_no" });
const RANGE: &[&str] = &["cidr_block", "ipv6_cidr_block"];
const LISTS: &[&str] = &["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"];
const ONE: &[&str] = &["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];

/// Every type that holds rules, sorted.
pub static SHAPES: &[Shape] = &[
    acl("aws_default_network_acl"),
    group("aws_default_security_group"),
    acl("aws_network_acl"),
    Shape {
        type_: "aws_network_acl_rule",
        holder: "network_acl_id",
        way: Way::Flag("egress"),
        protocol: "protocol",
        ordered: Some(Ordered { action: "rule_action", number: "rule_number" }),
        peers: RANGE,
    },
    group("aws_security_group"),
    Shape {
        type_: "aws_security_group_rule",
        holder: "security_group_id",
        way: Way::Told("type"),
        protocol: "protocol",
        ordered: None,
        peers: &["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "source_security_group_id"],
    },
    one("aws_vpc_security_group_egress_rule", Way::Out),
    one("aws_vpc_security_group_ingress_rule", Way::In),
];

const fn acl(type_: &'static str) -> Shape {
    let (holder, way, protocol) = ("id", Way::Blocks, "protocol");
    Shape { type_, holder, way, protocol, ordered: BLOCK, peers: RANGE }
}

const fn group(type_: &'static str) -> Shape {
    let (holder, way, protocol) = ("id", Way::Blocks, "protocol");
    Shape { type_, holder, way, protocol, ordered: None, peers: LISTS }
}

const fn one(type_: &'static str, way: Way) -> Shape {
    let (holder, protocol) = ("security_group_id", "ip_protocol");
    Shape { type_, holder, way, protocol, ordered: None, peers: ONE }
}

/// How a type spells its rules; none where it has none.
pub fn shape(type_: &str) -> Option<&'static Shape> {
    let at = SHAPES.binary_search_by(|it| it.type_.cmp(type_)).ok()?;
    SHAPES.get(at)
}

/// Types of which each instance is one rule, sorted.
pub fn rules() -> impl Iterator<Item = &'static str> + Clone {
    SHAPES.iter().filter(|it| it.is_rule()).map(|it| it.type_)
}

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn sorted_and_declared() {
        assert_sorted(SHAPES.iter().map(|it| it.type_));
        for it in SHAPES {
            let block = if it.is_rule() { None } else { Some("ingress") };
            let own = match it.way {
                Way::Told(name) | Way::Flag(name) => Some(name),
                Way::Blocks | Way::In | Way::Out => None,
            };
            let ordered = it.ordered.map(|it| [it.action, it.number]).into_iter().flatten();
            let inside = it.peers.iter().copied().chain(ordered).chain(own);
            for name in inside.chain([it.protocol, "from_port", "to_port"]) {
                let path = block.into_iter().chain([name]);
                assert!(schema::attribute(it.type_, path).is_some(), "{}.{name}", it.type_);
            }
            assert!(schema::attribute(it.type_, [it.holder]).is_some(), "{}", it.type_);
        }
        assert_eq!(shape("aws_network_acl").map(|it| it.holder), Some("id"));
        assert!(shape("aws_vpc").is_none());
    }
}
