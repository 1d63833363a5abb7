//! `PUT /api/v1/datasets/{owner}/{dataset_name}/streams`
//!
//! Creates a stream. It starts at its creation: comments taken in before are reached by a reset.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue};
use adit_store::Note;
use http::Method;

use super::position::Position;
use super::rules::{self, Definition};
use super::spelling::Spelling;
use super::store::{self, StreamRow};
use super::wire::StreamRequest;
use super::{access, definition};

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_ADMIN, Permission::DATASETS_READ]);

pub(super) static STREAM: Operation = Operation {
    id: "create_stream",
    method: Method::PUT,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(super) static TRIGGER: Operation = Operation {
    id: "create_trigger",
    method: Method::PUT,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let sent = call.json::<StreamRequest>()?.stream;
    let name = rules::new_name(&sent)?.to_owned();
    definition::check_filter(&sent)?;
    let chosen = rules::apply(sent, Definition::default())?;

    let mut tx = call.env.begin().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    if store::by_name(&mut tx, dataset.id, &name).await?.is_some() {
        return Err(catalogue::stream_exists(&name));
    }
    access::check_filter_is_seen(&call, &mut tx, &dataset, &chosen).await?;
    definition::check_model(&mut tx, dataset.id, &chosen).await?;
    let now = call.env.now();
    let stream = StreamRow {
        id: call.env.random.id(),
        dataset_id: dataset.id,
        name,
        definition: chosen,
        position: Position::new(adit_corpus::head_seq(&mut tx).await?, now),
        created_at: now,
        updated_at: now,
    };
    store::admit_one(&mut tx, call.caller.tenant_id, dataset.id).await?;
    store::insert(&mut tx, &stream).await?;
    tx.note(Note::About(stream.subject()));
    tx.commit().await?;
    Reply::ok(spelling.one(stream.into_wire()))
}
