//! `DELETE /api/v1/datasets/id:{dataset_id}`
//!
//! Deletes a dataset, addressed by its id.

use adit_http::{AddressKind, Needs, Operation};
use adit_kernel::Permission;
use http::Method;

use super::delete;

pub(super) const OPERATION: Operation = Operation {
    id: "delete_dataset_by_id",
    method: Method::DELETE,
    path: "/api/v1/datasets/id:{dataset_id}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_ADMIN]),
    serve: |call| Box::pin(delete::handle(call)),
};
