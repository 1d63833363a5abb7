//! `GET /api/_private/datasets/{owner}/{dataset_name}/user-properties`
//!
//! All user properties, with how many comments have each and the most frequent values of texts.

use adit_corpus::filter::CommentFilter;
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::tally::Tally;
use super::wire::{GetDatasetUserPropertiesSummaryResponse, NumberUserPropertySummary, UserPropertiesSummary};
use crate::facts::Scope;

pub(super) static OPERATION: Operation = Operation {
    id: "get_dataset_user_properties_summary",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/user-properties",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Values of one property that are listed.
const VALUES: usize = 100;

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let scope = Scope::new(&call, &mut tx, CommentFilter::default(), Vec::new(), false).await?;
    let tally = Tally::of(&call.env, &mut tx, &scope, false).await?;
    let number = tally.numbers.into_iter().map(|(full_name, count)| NumberUserPropertySummary { full_name, count });
    let string = tally.strings.into_iter().map(|(full_name, values)| values.counted(full_name, VALUES));
    Reply::ok(GetDatasetUserPropertiesSummaryResponse {
        user_properties: UserPropertiesSummary { number: number.collect(), string: string.collect() },
    })
}
