//! From which address a request comes.
//!
//! That is the other end of the socket, unless the operator has named proxies (`--trusted-proxies`): then
//! `X-Forwarded-For` is read from its end, past every trusted proxy, up to the first address that is none. Whatever
//! stands before that was written by the client and proves nothing.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

/// The client's address.
pub(super) fn address(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let forwarded = request.headers().get_all("x-forwarded-for");
    let lines: Vec<&str> = forwarded.filter_map(|value| value.to_str().ok()).collect();
    behind(peer, &lines, trusted)
}

/// The first address, from the socket outwards, that is no trusted proxy.
fn behind(peer: IpAddr, forwarded: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut nearest = peer.to_canonical();
    let hops = forwarded.iter().rev().flat_map(|line| line.rsplit(','));
    for hop in hops {
        if !is_trusted(nearest) {
            break;
        }
        // A proxy of ours that writes something else tells nothing more; its own address is what we know.
        let Some(address) = parse(hop.trim()) else { break };
        nearest = address;
    }
    nearest
}

/// An address, possibly with a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse()
        .or_else(|_| text.parse().map(|socket: std::net::SocketAddr| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        behind(peer.parse().unwrap(), forwarded, &trusted).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"], &["10.0.0.0/8"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn trusted_proxies_are_passed_from_the_end() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"];
        assert_eq!(seen("10.0.0.1", &["198.51.100.7"], &trusted), "198.51.100.7");
        // What the client wrote itself stands in front.
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.9, 198.51.100.7"], &trusted),
            "198.51.100.7"
        );
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"], &trusted),
            "198.51.100.7"
        );
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.9", "198.51.100.7 , 10.0.0.2"], &trusted),
            "198.51.100.7"
        );
        assert_eq!(seen("2001:db8::1", &["[2001:db9::5]:443"], &trusted), "2001:db9::5");
        assert_eq!(
            seen("::ffff:10.0.0.1", &["198.51.100.7:1234"], &trusted),
            "198.51.100.7"
        );
    }

    #[test]
    fn nonsense_ends_the_chain() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &["198.51.100.7, unknown"], &trusted), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[""], &trusted), "10.0.0.1");
    }
}
