//! An invitation to join a tenant, as far as its history goes. Whom it was sent to is personal data and lives in `iam`.

use crate::aggregate::{Aggregate, Existence};
use crate::tenant::PeopleRejection;
use hookreel_kernel::MemberId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An invitation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invitation {
    /// Whether it is open; deleted means accepted or revoked.
    pub existence: Existence,
}

/// What somebody wants of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationCommand {
    /// Send it.
    Send,
    /// Send it again: links sent before stop working.
    SendAgain,
    /// Take it back.
    Revoke,
    /// Join the tenant.
    Accept {
        /// Who came of it.
        member_id: MemberId,
    },
}

/// What happened to an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum InvitationEvent {
    /// It was sent.
    #[serde(rename = "invitation.sent")]
    Sent {},
    /// It was sent again, with a new link.
    #[serde(rename = "invitation.sent_again")]
    SentAgain {},
    /// It was taken back.
    #[serde(rename = "invitation.revoked")]
    Revoked {},
    /// The person joined.
    #[serde(rename = "invitation.accepted")]
    Accepted {
        /// Who came of it.
        member_id: MemberId,
    },
}

impl Aggregate for Invitation {
    const STREAM_KIND: &'static str = "invitation";
    type Command = InvitationCommand;
    type Event = InvitationEvent;
    type Rejection = PeopleRejection;

    fn decide(&self, command: InvitationCommand) -> Result<Vec<InvitationEvent>, PeopleRejection> {
        match command {
            InvitationCommand::Send if self.existence == Existence::Missing => Ok(vec![InvitationEvent::Sent {}]),
            InvitationCommand::Send => Err(PeopleRejection::AlreadyExists),
            _ if !self.existence.is_present() => Err(PeopleRejection::NotFound),
            InvitationCommand::SendAgain => Ok(vec![InvitationEvent::SentAgain {}]),
            InvitationCommand::Revoke => Ok(vec![InvitationEvent::Revoked {}]),
            InvitationCommand::Accept { member_id } => Ok(vec![InvitationEvent::Accepted { member_id }]),
        }
    }

    fn evolve(&mut self, event: &InvitationEvent) {
        match event {
            InvitationEvent::Sent {} => self.existence = Existence::Present,
            InvitationEvent::SentAgain {} => {}
            InvitationEvent::Revoked {} | InvitationEvent::Accepted { .. } => self.existence = Existence::Deleted,
        }
    }

    fn kind(event: &InvitationEvent) -> &'static str {
        match event {
            InvitationEvent::Sent {} => "invitation.sent",
            InvitationEvent::SentAgain {} => "invitation.sent_again",
            InvitationEvent::Revoked {} => "invitation.revoked",
            InvitationEvent::Accepted { .. } => "invitation.accepted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::spec::given;
    use uuid::Uuid;

    #[test]
    fn an_invitation_is_accepted_once() {
        let accept = InvitationCommand::Accept { member_id: MemberId::from_uuid(Uuid::from_u128(7)) };
        let accepted = InvitationEvent::Accepted { member_id: MemberId::from_uuid(Uuid::from_u128(7)) };
        given::<Invitation>([]).when(InvitationCommand::Send).then([InvitationEvent::Sent {}]);
        given::<Invitation>([InvitationEvent::Sent {}, InvitationEvent::SentAgain {}])
            .when(accept)
            .then([accepted.clone()]);
        given::<Invitation>([InvitationEvent::Sent {}, accepted]).when(accept).then_rejected(PeopleRejection::NotFound);
    }

    #[test]
    fn a_revoked_invitation_is_neither_sent_again_nor_accepted() {
        let revoked = || given::<Invitation>([InvitationEvent::Sent {}, InvitationEvent::Revoked {}]);
        given::<Invitation>([InvitationEvent::Sent {}])
            .when(InvitationCommand::Revoke)
            .then([InvitationEvent::Revoked {}]);
        revoked().when(InvitationCommand::SendAgain).then_rejected(PeopleRejection::NotFound);
        revoked().when(InvitationCommand::Send).then_rejected(PeopleRejection::AlreadyExists);
        given::<Invitation>([]).when(InvitationCommand::Revoke).then_rejected(PeopleRejection::NotFound);
        given::<Invitation>([InvitationEvent::Sent {}])
            .when(InvitationCommand::SendAgain)
            .then([InvitationEvent::SentAgain {}]);
    }
}
