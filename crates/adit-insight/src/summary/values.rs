//! `POST /api/_private/datasets/{owner}/{dataset_name}/user-properties/values`
//!
//! Values of one user property, the most frequent first. The property is the one that the last attribute filter on a
//! text property names, so that a search in it narrows the values down.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;

use super::tally::{Tally, Values};
use super::wire::{QueryDatasetUserPropertyValuesRequest, QueryDatasetUserPropertyValuesResponse};
use crate::facts::Scope;

pub(super) static OPERATION: Operation = Operation {
    id: "query_dataset_user_property_values",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/user-properties/values",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 1_000;

async fn handle(call: Call) -> Result<Reply> {
    let body: QueryDatasetUserPropertyValuesRequest = call.json()?;
    let limit = body.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Error::invalid(format!("`limit` must be a whole number from 1 to {MAX_LIMIT}, not `{limit}`.")));
    }
    let filter = body.filter.unwrap_or_default();
    let filters = filter.attribute_filters.unwrap_or_default();
    let named = filters.iter().rev().map(|filter| filter.attribute()).find(|name| name.starts_with("string:"));
    let Some(name) = named.map(str::to_owned) else {
        return Err(Error::unprocessable(
            "`filter.attribute_filters` must name the user property whose values are wanted, as `string:Name`.",
        ));
    };
    let mut tx = call.env.read().await?;
    let scope = Scope::new(&call, &mut tx, filter.comment_filter.unwrap_or_default(), filters, false).await?;
    let mut tally = Tally::of(&call.env, &mut tx, &scope, false).await?;
    let values: Values = tally.strings.remove(&name).unwrap_or_default();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Reply::ok(QueryDatasetUserPropertyValuesResponse { user_property: values.counted(name, limit) })
}
