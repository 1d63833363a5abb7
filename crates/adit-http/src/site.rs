//! Routes beside the frozen contract: sign-in, token issue and whatever else a browser or an identity client asks for.

use std::net::IpAddr;

use adit_kernel::Result;
use adit_store::Env;
use async_trait::async_trait;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};
use http_body_util::Full;

/// A request to a site, its body read.
pub struct SiteRequest {
    /// The environment.
    pub env: Env,
    /// The client's address, if the transport tells.
    pub client: Option<IpAddr>,
    /// The tenant that the host name means, where there is a base domain.
    pub subdomain: Option<String>,
    /// Method, address, headers.
    pub head: Parts,
    /// The body.
    pub body: Bytes,
}

/// Which route of a site a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteRoute {
    /// Its name in logs, metrics and `X-Adit-Operation`; begins with the site's name and a slash.
    pub name: &'static str,
    /// Largest body it takes.
    pub body_bytes: usize,
}

/// Routes beside the contract. The contract's own paths are looked for first only when no site claims the path.
#[async_trait]
pub trait Site: Send + Sync {
    /// The route of a path, or `None` when the path is not this site's.
    ///
    /// # Errors
    /// 405 for a path of this site with another verb, 404 for an unknown path under its prefix.
    fn find(&self, method: &Method, path: &str) -> Result<Option<SiteRoute>>;

    /// Answers a request to a route that [`Site::find`] named.
    async fn answer(&self, route: SiteRoute, request: SiteRequest) -> Result<Response<Full<Bytes>>>;
}
