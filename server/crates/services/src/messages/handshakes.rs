//! What providers ask before they send.

use super::Messages;
use crate::error::{Failure, Tries};
use crate::sources::InboundSource;
use hookreel_contract::ApiError;
use hookreel_database::TenantTx;
use hookreel_domain::Source;
use hookreel_domain::source::SourceCommand;
use hookreel_domain::traffic::{HANDSHAKE_ANSWERED, HANDSHAKES_STREAM, HandshakeAnswered, handshakes_of};
use hookreel_event_store::{NewEvent, Stream, append, last_version};
use hookreel_ingest::{Effect, HandshakeAnswer};
use hookreel_kernel::{Actor, EventId, Metadata};
use hookreel_secrets::insert_secret;

impl Messages {
    /// Keeps what a handshake brought, and that there was one. A conflict: the source has a secret by now.
    pub(super) async fn handshake_answered(
        &self,
        source: &InboundSource,
        answer: &HandshakeAnswer,
    ) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        let outcome = loop {
            match self.handshake_answered_once(source, answer).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => break outcome,
            }
        };
        // What is remembered of the source has no secret, and the provider signs with it from now on.
        if matches!(answer.effect, Effect::NewSecret(_)) {
            self.sources.forget();
        }
        outcome.map_err(ApiError::from)
    }

    async fn handshake_answered_once(&self, source: &InboundSource, answer: &HandshakeAnswer) -> Result<(), Failure> {
        let (tenant_id, id) = (source.tenant_id, source.source_id.uuid());
        let metadata = Metadata::by(Actor::Source(source.source_id));
        let mut tx = self.database.tenant(tenant_id).await?;
        if let Effect::NewSecret(secret) = &answer.effect {
            let secret_id = insert_secret(tx.connection(), &self.secrets, tenant_id, id, secret.expose()).await?;
            // What this request was judged by may be some seconds old: whether there is a secret is decided here.
            let command = SourceCommand::TakeFirstSecret { secret_id };
            hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id, &metadata, command).await?;
        }
        let event = self.answered(&mut tx, source, answer, metadata).await?;
        append(tx.connection(), &[event]).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn answered(
        &self,
        tx: &mut TenantTx,
        source: &InboundSource,
        answer: &HandshakeAnswer,
        metadata: Metadata,
    ) -> Result<NewEvent, Failure> {
        let stream_id = handshakes_of(source.source_id, self.clock.now());
        let stream = Stream::traffic(HANDSHAKES_STREAM, stream_id.uuid());
        let payload = HandshakeAnswered {
            source_id: source.source_id,
            handshake: answer.kind.name().to_owned(),
            status: answer.status,
            subscribe_url: match &answer.effect {
                Effect::Surfaced { subscribe_url } => Some(subscribe_url.clone()),
                _ => None,
            },
            revoked: answer.effect == Effect::Revoked,
        };
        Ok(NewEvent {
            tenant_id: source.tenant_id,
            stream,
            stream_version: last_version(tx.connection(), stream).await? + 1,
            event_id: EventId::generate(),
            kind: HANDSHAKE_ANSWERED,
            revision: 1,
            payload: serde_json::to_string(&payload).map_err(|error| Failure::Broken(error.into()))?,
            body: None,
            metadata,
        })
    }
}
