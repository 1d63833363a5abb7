//! `POST /auth/refresh-user-permissions`
//!
//! Permissions are read with every request, so there is nothing to refresh; clients abort unless told `true`.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;

use super::wire::RefreshUserPermissionsResponse;

pub(super) static OPERATION: Operation = Operation {
    id: "refresh_user_permissions",
    method: Method::POST,
    path: "/auth/refresh-user-permissions",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(_call: Call) -> Result<Reply> {
    Reply::ok(RefreshUserPermissionsResponse { permissions_refreshed: true })
}
