//! What a provider sends again, but not as before.

use super::Messages;
use super::receive::{Objection, ReceiveRefusal, ReceivedRequest, RefusalKind};
use crate::sources::InboundSource;
use hookreel_domain::traffic::ALTERED_REFUSAL;
use hookreel_ingest::Verified;
use hookreel_kernel::MessageId;

impl Messages {
    /// Keeps what repeats an accepted message with another body, as far as there is room: nobody else may have it. The
    /// provider is answered as for any duplicate.
    ///
    /// # Errors
    /// [`ReceiveRefusal::NotStored`]: the provider has to send it again.
    pub(super) async fn keep_altered(
        &self,
        source: &InboundSource,
        request: &ReceivedRequest,
        url: &str,
        verified: Verified,
        original: MessageId,
    ) -> Result<(), ReceiveRefusal> {
        let reason = format!("{ALTERED_REFUSAL}{original}, which was accepted, with another body");
        let objection = Objection {
            verdict: verified.verdict,
            verified: Some(Box::new(verified)),
            repeats: Some(original),
            ..Objection::new(RefusalKind::Altered, reason)
        };
        self.refuse(source, request, url, objection).await.map(drop)
    }
}
