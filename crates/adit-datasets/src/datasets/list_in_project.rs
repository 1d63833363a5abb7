//! `GET /api/v1/datasets/{owner}`
//!
//! Lists the datasets of a project; empty when the caller may not read datasets there.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;

use super::list::readable;

pub(super) const OPERATION: Operation = Operation {
    id: "get_all_datasets_in_project",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}",
    needs: Needs::SeesProject("owner"),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let owner = call.param("owner")?.to_owned();
    Reply::ok(readable(&mut tx, &call, Some(&owner)).await?)
}
