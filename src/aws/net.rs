//! Address ranges and ports.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

/// A CIDR range, IPv4 or IPv6, with host bits cut off as AWS does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range(IpNet);

impl Range {
    /// Reads `10.0.0.0/16` or `2001:db8::/32`; none where a text is no range.
    pub fn parse(text: &str) -> Option<Range> {
        text.trim().parse::<IpNet>().ok().map(|net| Range(net.trunc()))
    }

    /// Reads a single address, `10.0.0.2`, as the range that holds it alone.
    pub fn parse_address(text: &str) -> Option<Range> {
        text.trim().parse::<IpAddr>().ok().map(|address| Range(IpNet::from(address)))
    }

    /// Reads an address or a range; none where a text is neither.
    pub fn parse_any(text: &str) -> Option<Range> {
        Range::parse_address(text).or_else(|| Range::parse(text))
    }

    /// The address so many above its first one, as a range of its own; none where that is not in it, and
    /// of IPv6.
    pub fn address(self, offset: u32) -> Option<Range> {
        let IpNet::V4(net) = self.0 else { return None };
        let address = Ipv4Addr::from(u32::from(net.network()).checked_add(offset)?);
        net.contains(&address).then(|| Range(IpNet::from(IpAddr::from(address))))
    }

    /// The length of its prefix in bits.
    pub fn prefix(self) -> u8 {
        self.0.prefix_len()
    }

    /// It holds every address of its family.
    pub fn is_everything(self) -> bool {
        self.prefix() == 0
    }

    /// It is a range of IPv6.
    pub fn is_v6(self) -> bool {
        matches!(self.0, IpNet::V6(_))
    }

    /// Every address of the other lies in it.
    pub fn covers(self, other: Range) -> bool {
        self.0.contains(&other.0)
    }

    /// Some address lies in both.
    pub fn overlaps(self, other: Range) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// Whether some of these ranges hold, together, every address of `wanted`.
    pub fn cover_together(ranges: &[Range], wanted: Range) -> bool {
        let own_family = |net: &&IpNet| matches!(net, IpNet::V6(_)) == wanted.is_v6();
        let nets: Vec<IpNet> = ranges.iter().map(|range| range.0).collect();
        let nets: Vec<IpNet> = nets.iter().filter(own_family).copied().collect();
        IpNet::aggregate(&nets).iter().any(|net| net.contains(&wanted.0))
    }
}

/// What travels: all of it, one protocol, or one that no rule here asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Every protocol.
    All,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP and every other one.
    Other,
}

impl Protocol {
    /// Reads `tcp`, `6`, `-1`, `all`, as AWS and its provider write them, in any case.
    pub fn parse(text: &str) -> Protocol {
        match text.to_ascii_lowercase().as_str() {
            "-1" | "all" => Protocol::All,
            "tcp" | "6" => Protocol::Tcp,
            "udp" | "17" => Protocol::Udp,
            _ => Protocol::Other,
        }
    }

    /// Everything of the other travels with it.
    pub fn covers(self, other: Protocol) -> bool {
        self == Protocol::All || self == other
    }
}

/// Ports from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The first.
    pub from: i64,
    /// The last.
    pub to: i64,
}

impl Ports {
    /// Every port. AWS's guides begin at 0, others at 1: port 0 is never asked for.
    pub const ALL: Ports = Ports { from: 1, to: 65_535 };

    /// One port.
    pub fn one(port: u16) -> Ports {
        Ports { from: port.into(), to: port.into() }
    }

    /// These cut before each of some ports, so that whatever begins there holds all of a stretch or none.
    pub fn cut(self, before: impl IntoIterator<Item = i64>) -> Vec<Ports> {
        let Ports { from, to } = self;
        let mut starts: Vec<i64> =
            before.into_iter().filter(|port| from < *port && *port <= to).collect();
        starts.push(from);
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([to]);
        starts.iter().zip(ends).map(|(from, to)| Ports { from: *from, to }).collect()
    }

    /// Every port of the other is among these. From -1 to -1 is every port.
    pub fn covers(self, other: Ports) -> bool {
        let all = self.from == -1 && self.to == -1;
        all || (self.from <= other.from && other.to <= self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        Range::parse(text).unwrap()
    }

    #[test]
    fn ranges() {
        assert!(range("10.0.0.0/16").covers(range("10.0.4.0/22")));
        assert!(!range("10.0.4.0/22").covers(range("10.0.0.0/16")));
        assert!(range("10.0.4.0/22").overlaps(range("10.0.0.0/16")));
        assert!(range("0.0.0.0/0").is_everything() && range("::/0").is_everything());
        assert!(!range("0.0.0.0/0").covers(range("2001:db8::/32")));
        assert_eq!(range("10.0.0.1/16"), range("10.0.0.0/16"));
        assert_eq!(Range::parse("pl-0123"), None);
    }

    #[test]
    fn addresses() {
        let resolver = range("10.20.0.0/16").address(2);
        assert_eq!(resolver, Range::parse_address("10.20.0.2"));
        assert!(resolver.is_some() && resolver == Some(range("10.20.0.2/32")));
        assert_eq!(range("10.20.0.0/31").address(2), None);
        assert_eq!(range("2001:db8::/32").address(2), None);
        assert_eq!(Range::parse_address("AmazonProvidedDNS"), None);
    }

    #[test]
    fn halves_make_a_whole() {
        let halves = [range("10.0.0.0/17"), range("10.0.128.0/17"), range("2001:db8::/32")];
        assert!(Range::cover_together(&halves, range("10.0.0.0/16")));
        assert!(!Range::cover_together(&halves[1..], range("10.0.0.0/16")));
    }

    #[test]
    fn ports() {
        assert!(Ports { from: 0, to: 65_535 }.covers(Ports::ALL));
        assert!(Ports { from: -1, to: -1 }.covers(Ports::one(443)));
        assert!(!Ports::one(443).covers(Ports::ALL));
        let stretches = Ports { from: 1, to: 9 }.cut([4, 1, 4, 12]);
        assert_eq!(stretches, [Ports { from: 1, to: 3 }, Ports { from: 4, to: 9 }]);
        assert!(Protocol::parse("ALL").covers(Protocol::Tcp));
        assert!(!Protocol::parse("udp").covers(Protocol::parse("6")));
    }
}
