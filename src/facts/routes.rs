//! Where a route leads, by the argument that names its target.
//!
//! Source: the pages of `aws_route` and `aws_route_table` in the documentation of aws 5.100.0.

/// What a route leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The internet, for what has a public address.
    InternetGateway,
    /// The internet, through a NAT gateway.
    NatGateway,
    /// Other VPCs and networks.
    TransitGateway,
    /// A network of one's own.
    VirtualGateway,
    /// A gateway endpoint, a firewall's or a load balancer's.
    Endpoint,
    /// Another VPC.
    Peering,
    /// A machine's interface.
    Interface,
    /// Anything else.
    Other,
}

impl Way {
    /// The words for it in a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::InternetGateway => "internet gateway",
            Way::NatGateway => "NAT gateway",
            Way::TransitGateway => "transit gateway",
            Way::VirtualGateway => "virtual private gateway",
            Way::Endpoint => "endpoint",
            Way::Peering => "peering connection",
            Way::Interface => "network interface",
            Way::Other => "gateway",
        }
    }
}

/// Arguments of `aws_route` and of the blocks of `aws_route_table`; one of them is set.
/// A `gateway_id` can be that of an internet gateway (`igw-`), a virtual private gateway (`vgw-`) or an
/// endpoint (`vpce-`), or `local`.
pub static ARGUMENTS: &[(&str, Way)] = &[
    ("carrier_gateway_id", Way::Other),
    ("core_network_arn", Way::TransitGateway),
    ("egress_only_gateway_id", Way::InternetGateway),
    ("gateway_id", Way::Other),
    ("local_gateway_id", Way::Other),
    ("nat_gateway_id", Way::NatGateway),
    ("network_interface_id", Way::Interface),
    ("transit_gateway_id", Way::TransitGateway),
    ("vpc_endpoint_id", Way::Endpoint),
    ("vpc_peering_connection_id", Way::Peering),
];

/// What a gateway is, by its type.
pub fn of_gateway(kind: &str) -> Way {
    match kind {
        "aws_internet_gateway" => Way::InternetGateway,
        "aws_vpn_gateway" => Way::VirtualGateway,
        "aws_vpc_endpoint" => Way::Endpoint,
        _ => Way::Other,
    }
}

/// What a gateway is, by its id.
pub fn of_id(id: &str) -> Way {
    match id.split('-').next() {
        Some("igw") => Way::InternetGateway,
        Some("vgw") => Way::VirtualGateway,
        Some("vpce") => Way::Endpoint,
        _ => Way::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn gateways() {
        assert_sorted(ARGUMENTS.iter().map(|(name, _)| name));
        assert_eq!(of_id("igw-0123"), Way::InternetGateway);
        assert_eq!(of_id("local"), Way::Other);
    }
}
