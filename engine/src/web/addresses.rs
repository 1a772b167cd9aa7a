//! Which machines may be asked. Whoever writes a page, or answers for a name, decides where a link leads: to the router, to
//! a cloud's metadata, to this daemon itself. So what counts is the address that is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Ports of the web.
const PORTS: [u16; 2] = [80, 443];

/// Networks of IPv4 that are not public: address and bits of its prefix. IANA's registry of special-purpose addresses, and
/// multicast.
const SPECIAL_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Azure's machines reach their host here.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// The only public network of IPv6, and what of it is not. What embeds an address of IPv4 (mapped, NAT64, 6to4, Teredo) is
/// outside or here.
const PUBLIC_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const SPECIAL_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Which machines and ports may be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Addresses {
    /// Those of the public internet, on ports 80 and 443: for pages, whose addresses strangers choose.
    #[default]
    Public,
    /// Those, and these besides: for pages of a network of one's own, and for tests.
    PublicAnd(Vec<SocketAddr>),
    /// All: for a server that the operator names.
    Any,
}

impl Addresses {
    /// Whether a connection may be made to an address.
    pub fn permit(&self, address: SocketAddr) -> bool {
        let public = PORTS.contains(&address.port()) && is_public(address.ip());
        match self {
            Self::Public => public,
            Self::PublicAnd(others) => public || others.contains(&address),
            Self::Any => true,
        }
    }

    /// Whether it may be on any machine that something listens on a port.
    pub(super) fn permit_port(&self, port: u16) -> bool {
        match self {
            Self::Public => PORTS.contains(&port),
            Self::PublicAnd(others) => PORTS.contains(&port) || others.iter().any(|other| other.port() == port),
            Self::Any => true,
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let within =
                |(network, bits): &(Ipv4Addr, u32)| (address.to_bits() ^ network.to_bits()) >> (32 - bits) == 0;
            !SPECIAL_V4.iter().any(within)
        }
        IpAddr::V6(address) => {
            let within =
                |(network, bits): &(Ipv6Addr, u32)| (address.to_bits() ^ network.to_bits()) >> (128 - bits) == 0;
            within(&PUBLIC_V6) && !SPECIAL_V6.iter().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(addresses: &Addresses, address: &str, port: u16) -> bool {
        addresses.permit(SocketAddr::new(address.parse().expect("an address"), port))
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3ffe::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!permits(&Addresses::Public, address, 80), "{address}");
            assert!(permits(&Addresses::Any, address, 80), "{address}");
        }
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "3fff:1000::1",
        ] {
            assert!(permits(&Addresses::Public, address, 443), "{address}");
            assert!(!permits(&Addresses::Public, address, 8080), "{address}");
        }
    }

    #[test]
    fn what_is_permitted_besides_is_one_port_of_one_machine() {
        let addresses = Addresses::PublicAnd(vec!["127.0.0.1:8080".parse().expect("an address")]);
        assert!(permits(&addresses, "127.0.0.1", 8080) && permits(&addresses, "1.1.1.1", 80));
        assert!(!permits(&addresses, "127.0.0.1", 80) && !permits(&addresses, "127.0.0.2", 8080));
        assert!(!permits(&addresses, "::ffff:127.0.0.1", 8080));
        assert_eq!([80, 443, 8080, 22].map(|port| addresses.permit_port(port)), [true, true, true, false]);
        assert_eq!([80, 443, 8080, 22].map(|port| Addresses::Public.permit_port(port)), [true, true, false, false]);
    }
}
