//! `GET /api/_private/deployment/subdomain`
//!
//! The tenant that the host name of this request means; null without a base domain.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;

use super::wire;

pub(super) static OPERATION: Operation = Operation {
    id: "get_subdomain",
    method: Method::GET,
    path: "/api/_private/deployment/subdomain",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    Reply::ok(wire::SubdomainResponse { subdomain: call.subdomain })
}
