//! `POST /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}`
//!
//! Changes what was sent of a stream and leaves the rest, its position above all. A stream keeps its name.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue};
use http::Method;

use super::rules;
use super::spelling::Spelling;
use super::wire::StreamRequest;
use super::{access, definition, store};

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_WRITE, Permission::DATASETS_READ]);

pub(super) static STREAM: Operation = Operation {
    id: "update_stream",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(super) static TRIGGER: Operation = Operation {
    id: "update_trigger",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers/{trigger_name}",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let sent = call.json::<StreamRequest>()?.stream;
    definition::check_filter(&sent)?;

    let mut tx = call.env.begin().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    let mut stream = access::locked_stream(&call, &mut tx, &dataset, spelling).await?;
    if sent.name.as_ref().is_some_and(|name| *name != stream.name) {
        return Err(catalogue::stream_keeps_its_name(&stream.name));
    }
    let changed = rules::apply(sent, stream.definition.clone())?;
    if changed != stream.definition {
        if changed.comment_filter != stream.definition.comment_filter {
            access::check_filter_is_seen(&call, &mut tx, &dataset, &changed).await?;
        }
        if changed.model != stream.definition.model {
            definition::check_model(&mut tx, dataset.id, &changed).await?;
        }
        stream.definition = changed;
        stream.updated_at = call.env.now();
        store::set_definition(&mut tx, &stream).await?;
    }
    tx.commit().await?;
    Reply::ok(spelling.one(stream.into_wire()))
}
