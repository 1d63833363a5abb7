//! Where a request comes from and which tenant its host name means.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::header;
use http::request::Parts;
use ipnet::IpNet;

/// What the server knows about the network around it.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The domain whose sub-domains name tenants: with `adit.example`, `acme.adit.example` is the tenant `acme`.
    pub base_domain: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// From where `/metrics` may be read, besides this machine.
    pub metrics_from: Vec<IpNet>,
}

impl Network {
    /// The tenant that the host name means, if it is below the base domain.
    pub(crate) fn subdomain(&self, head: &Parts) -> Option<String> {
        let base = self.base_domain.as_deref()?;
        let host = head.headers.get(header::HOST).and_then(|value| value.to_str().ok()).or_else(|| head.uri.host())?;
        let name =
            host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name);
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let tenant = name.strip_suffix(&base.to_ascii_lowercase())?.strip_suffix('.')?;
        (!tenant.is_empty()).then(|| tenant.to_owned())
    }

    /// The address of the client: the peer, or what trusted proxies say. Entries are read from the right, because
    /// everything left of the first untrusted one may be invented by the client.
    pub(crate) fn client(&self, head: &Parts) -> Option<IpAddr> {
        let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical())?;
        if !self.trusts(peer) {
            return Some(peer);
        }
        let forwarded = head.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).filter(|hop| !hop.is_empty()).collect();
        let mut client = peer;
        for hop in hops.iter().rev() {
            // An entry that is no address ends what can be believed.
            let Some(address) = address_of(hop) else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        Some(client)
    }

    /// Whether a client may read what is counted of all tenants together.
    pub(crate) fn may_measure(&self, client: Option<IpAddr>) -> bool {
        client.is_some_and(|client| client.is_loopback() || self.metrics_from.iter().any(|net| net.contains(&client)))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|net| net.contains(&address))
    }
}

/// An address with or without a port.
fn address_of(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let found = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(peer: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        head.extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        head
    }

    #[test]
    fn the_tenant_is_the_label_before_the_base_domain() {
        let network = Network { base_domain: Some("adit.example".into()), ..Network::default() };
        let tenant = |host: &str| network.subdomain(&head("1.1.1.1:1", &[("host", host)]));
        assert_eq!(tenant("acme.adit.example").as_deref(), Some("acme"));
        assert_eq!(tenant("ACME.Adit.Example.:8080").as_deref(), Some("acme"));
        assert_eq!(tenant("a.b.adit.example").as_deref(), Some("a.b"));
        for host in ["adit.example", "evil-adit.example", "localhost:8080", "[::1]:8080", ".adit.example"] {
            assert_eq!(tenant(host), None, "{host}");
        }
        assert_eq!(Network::default().subdomain(&head("1.1.1.1:1", &[("host", "acme.adit.example")])), None);
    }

    #[test]
    fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
        let network = Network { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Network::default() };
        let client = |peer: &str, forwarded: &str| {
            network.client(&head(peer, &[("x-forwarded-for", forwarded)])).map(|address| address.to_string())
        };
        assert_eq!(client("192.0.2.1:9", "203.0.113.5").as_deref(), Some("192.0.2.1"));
        assert_eq!(client("10.0.0.1:9", "203.0.113.5").as_deref(), Some("203.0.113.5"));
        assert_eq!(client("10.0.0.1:9", "1.2.3.4, 203.0.113.5, 10.0.0.2").as_deref(), Some("203.0.113.5"));
        assert_eq!(client("10.0.0.1:9", "1.2.3.4, nonsense").as_deref(), Some("10.0.0.1"));
        assert_eq!(client("10.0.0.1:9", "[2001:db8::7]:443").as_deref(), Some("2001:db8::7"));
        assert_eq!(client("[::ffff:10.0.0.1]:9", "203.0.113.5").as_deref(), Some("203.0.113.5"));
        assert_eq!(client("10.0.0.1:9", "").as_deref(), Some("10.0.0.1"));
    }

    #[test]
    fn what_is_counted_may_be_read_from_this_machine_and_from_where_the_operator_says() {
        let network = Network { metrics_from: vec!["10.0.0.0/8".parse().unwrap()], ..Network::default() };
        let may = |client: &str| network.may_measure(client.parse().ok());
        assert!(may("127.0.0.1") && may("::1") && may("10.1.2.3"));
        assert!(!may("198.51.100.7") && !may(""));
    }
}
