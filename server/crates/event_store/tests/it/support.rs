//! What the tests share.

use hookreel_event_store::{NewEvent, Stream};
use hookreel_kernel::{Actor, EventId, Metadata, TenantId};
use uuid::Uuid;

/// An event of a configuration stream at a version.
pub(crate) fn event(tenant_id: TenantId, stream_id: Uuid, stream_version: i32) -> NewEvent {
    NewEvent {
        tenant_id,
        stream: Stream::configuration("endpoint", stream_id),
        stream_version,
        event_id: EventId::generate(),
        kind: "endpoint.paused",
        revision: 1,
        payload: "{}".to_owned(),
        body: None,
        metadata: Metadata::by(Actor::system("test")),
    }
}
