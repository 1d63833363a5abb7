//! `GET /api/v1/datasets/id:{dataset_id}`
//!
//! Shows one dataset, addressed by its id.

use adit_http::{AddressKind, Needs, Operation};
use adit_kernel::Permission;
use http::Method;

use super::get;

pub(super) const OPERATION: Operation = Operation {
    id: "get_dataset_by_id",
    method: Method::GET,
    path: "/api/v1/datasets/id:{dataset_id}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(get::handle(call)),
};
