//! Classification of IP addresses as public or special-purpose.
//!
//! Follows IANA's special-purpose address registries (<https://www.iana.org/assignments/iana-ipv4-special-registry> and
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>) conservatively: in doubt, an address is not public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::words;
use haibao_core::error::Message;

/// Describes a network.
pub(super) type What = fn() -> Message;

/// Non-public IPv4 networks: first address, prefix length, description.
const V4: &[([u8; 4], u32, What)] = &[
    ([0, 0, 0, 0], 8, words::net_this),
    ([10, 0, 0, 0], 8, words::net_private),
    ([100, 64, 0, 0], 10, words::net_carrier),
    ([127, 0, 0, 0], 8, words::net_loopback),
    // Azure's platform endpoint for virtual machines: a public address that serves a private service.
    ([168, 63, 129, 16], 32, words::net_cloud),
    ([169, 254, 0, 0], 16, words::net_link_local),
    ([172, 16, 0, 0], 12, words::net_private),
    ([192, 0, 0, 0], 24, words::net_reserved),
    ([192, 0, 2, 0], 24, words::net_documentation),
    ([192, 88, 99, 0], 24, words::net_relay),
    ([192, 168, 0, 0], 16, words::net_private),
    ([198, 18, 0, 0], 15, words::net_benchmarking),
    ([198, 51, 100, 0], 24, words::net_documentation),
    ([203, 0, 113, 0], 24, words::net_documentation),
    ([224, 0, 0, 0], 4, words::net_multicast),
    ([240, 0, 0, 0], 4, words::net_reserved),
];

/// Non-public networks within `2000::/3`: first three segments, prefix length, description.
const V6: &[([u16; 3], u32, What)] = &[
    ([0x2001, 0, 0], 32, words::net_teredo),
    ([0x2001, 0, 0], 23, words::net_reserved),
    ([0x2001, 0xdb8, 0], 32, words::net_documentation),
    ([0x2002, 0, 0], 16, words::net_tunnel),
    ([0x3fff, 0, 0], 20, words::net_documentation),
];

/// Describes why an address is not public. `None` for public addresses.
///
/// IPv6 addresses that embed an IPv4 address (mapped, NAT64, 6to4, Teredo, ...) are never public: a legitimate URL can
/// use the IPv4 address directly.
pub(super) fn special(address: IpAddr) -> Option<What> {
    match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<What> {
    let bits = address.to_bits();
    let inside = |net: [u8; 4], length: u32| (bits ^ u32::from_be_bytes(net)) >> (32 - length) == 0;
    V4.iter().find(|(net, length, _)| inside(*net, *length)).map(|(_, _, what)| *what)
}

fn special_v6(address: Ipv6Addr) -> Option<What> {
    let segments = address.segments();
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => return Some(words::net_unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => return Some(words::net_loopback),
        [0, 0, 0, 0, 0, 0xffff, ..] => return Some(words::net_embedded),
        [0x64, 0xff9b, ..] => return Some(words::net_nat64),
        [first, ..] if first & 0xfe00 == 0xfc00 => return Some(words::net_private),
        [first, ..] if first & 0xffc0 == 0xfe80 => return Some(words::net_link_local),
        [first, ..] if first & 0xff00 == 0xff00 => return Some(words::net_multicast),
        // Only 2000::/3 is allocated for global unicast.
        [first, ..] if first & 0xe000 != 0x2000 => return Some(words::net_reserved),
        _ => {}
    }
    let bits = address.to_bits();
    let inside = |[a, b, c]: [u16; 3], length: u32| {
        let net = Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_bits();
        (bits ^ net) >> (128 - length) == 0
    };
    V6.iter().find(|(net, length, _)| inside(*net, *length)).map(|(_, _, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_pass() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2400:3200::1",
            "2606:4700::1111",
            "3ffe:ffff::1",
            "3fff:1000::1",
        ] {
            let address = text.parse().expect(text);
            assert!(special(address).is_none(), "{text} is public");
        }
    }

    #[test]
    fn special_addresses_are_described() {
        for (text, what) in [
            ("0.0.0.0", "this network"),
            ("0.255.255.255", "this network"),
            ("10.0.0.0", "private"),
            ("10.255.255.255", "private"),
            ("100.64.0.0", "CGNAT"),
            ("100.100.100.200", "CGNAT"),
            ("100.127.255.255", "CGNAT"),
            ("127.0.0.1", "loopback"),
            ("127.255.255.255", "loopback"),
            ("168.63.129.16", "platform"),
            ("169.254.0.0", "link-local"),
            ("169.254.169.254", "link-local"),
            ("172.16.0.0", "private"),
            ("172.31.255.255", "private"),
            ("192.0.0.170", "reserved"),
            ("192.0.2.1", "documentation"),
            ("192.88.99.1", "6to4"),
            ("192.168.0.1", "private"),
            ("198.18.0.0", "benchmarking"),
            ("198.19.255.255", "benchmarking"),
            ("198.51.100.7", "documentation"),
            ("203.0.113.255", "documentation"),
            ("224.0.0.1", "multicast"),
            ("239.255.255.255", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "reserved"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::2", "reserved"),
            ("::127.0.0.1", "reserved"),
            ("::ffff:127.0.0.1", "IPv4 address"),
            ("::ffff:8.8.8.8", "IPv4 address"),
            ("::ffff:0:7f00:1", "reserved"),
            ("64:ff9b::7f00:1", "NAT64"),
            ("64:ff9b:1::a00:1", "NAT64"),
            ("100::1", "reserved"),
            ("1fff:ffff::1", "reserved"),
            ("2001::1", "Teredo"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
            ("2001:1::1", "reserved"),
            ("2001:20::1", "reserved"),
            ("2001:1ff::1", "reserved"),
            ("2001:db8::1", "documentation"),
            ("2002:7f00:1::", "6to4"),
            ("2002:808:808::1", "6to4"),
            ("3fff::1", "documentation"),
            ("3fff:fff::1", "documentation"),
            ("4000::1", "reserved"),
            ("5f00::1", "reserved"),
            ("fc00::1", "private"),
            ("fd00:ec2::254", "private"),
            ("fe80::1", "link-local"),
            ("febf::1", "link-local"),
            ("fec0::1", "reserved"),
            ("ff02::1", "multicast"),
        ] {
            let description = special(text.parse().expect(text));
            assert!(description.is_some_and(|d| d().text().contains(what)), "{text} is not {what}");
        }
    }
}
