//! Every address inside the dashboard, and the notices that can follow one there.

use hookreel_contract::source::QuarantineOutcome;
use hookreel_kernel::{DeliveryId, EndpointId, MailId, MessageId, RecoveryId, ReplayId, SourceId};
use std::fmt;

/// A page. Its text is the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// What Hookreel is.
    Landing,
    /// For people who have an account.
    SignIn,
    /// For people who have none.
    SignUp,
    /// For people who do not know their password any more.
    ForgotPassword,
    /// Where the link in the mail leads.
    ResetPassword,
    /// Where the link in the mail leads that confirms an address.
    VerifyAddress,
    /// Where the link of an invitation leads.
    AcceptInvitation,
    /// Is everything arriving?
    Overview,
    /// Where webhooks come in.
    Sources,
    /// A new source.
    NewSource,
    /// One source.
    Source(SourceId),
    /// What GitHub failed to deliver to a source, asked for again.
    Recovery(RecoveryId),
    /// Where messages are sent.
    Endpoints,
    /// A new endpoint.
    NewEndpoint,
    /// One endpoint.
    Endpoint(EndpointId),
    /// Webhooks about one's own endpoints.
    OperationalWebhooks,
    /// What messages are about.
    EventTypes,
    /// A new event type.
    NewEventType,
    /// What came in or was published.
    Messages,
    /// One message.
    Message(MessageId),
    /// Messages on their way to endpoints.
    Deliveries,
    /// One delivery.
    Delivery(DeliveryId),
    /// History sent again.
    Replays,
    /// A new replay.
    NewReplay,
    /// One replay.
    Replay(ReplayId),
    /// Everything that ever happened.
    EventLog,
    /// Who belongs to the tenant.
    Members,
    /// What can happen.
    EventKinds,
    /// Keys of the REST API.
    ApiKeys,
    /// What is used, and the plan.
    Usage,
    /// Leads on to Stripe.
    LeaveForStripe,
    /// Sessions and appearance.
    Settings,
    /// Every provider whose webhooks can be received.
    SourceGuides,
    /// How the whole installation is doing; for operators.
    Operator,
    /// Handlers of events, and what they could not do.
    OperatorHandlers,
    /// One event of the whole store, by its position.
    OperatorEvent(u64),
    /// Mails to anybody.
    OperatorMails,
    /// One of them.
    OperatorMail(MailId),
    /// The services that the installation calls.
    OperatorServices,
    /// The reference of the REST API; not a page of the dashboard's own.
    ApiReference,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Landing => f.write_str("/"),
            Self::SignIn => f.write_str("/sign-in"),
            Self::SignUp => f.write_str("/sign-up"),
            Self::ForgotPassword => f.write_str("/forgot-password"),
            Self::ResetPassword => f.write_str("/reset-password"),
            Self::VerifyAddress => f.write_str("/verify-address"),
            Self::AcceptInvitation => f.write_str("/accept-invitation"),
            Self::Overview => f.write_str("/overview"),
            Self::Sources => f.write_str("/sources"),
            Self::NewSource => f.write_str("/sources/new"),
            Self::Source(id) => write!(f, "/sources/{id}"),
            Self::Recovery(id) => write!(f, "/recoveries/{id}"),
            Self::Endpoints => f.write_str("/endpoints"),
            Self::NewEndpoint => f.write_str("/endpoints/new"),
            Self::Endpoint(id) => write!(f, "/endpoints/{id}"),
            Self::OperationalWebhooks => f.write_str("/endpoints/operational"),
            Self::EventTypes => f.write_str("/event-types"),
            Self::NewEventType => f.write_str("/event-types/new"),
            Self::Messages => f.write_str("/messages"),
            Self::Message(id) => write!(f, "/messages/{id}"),
            Self::Deliveries => f.write_str("/deliveries"),
            Self::Delivery(id) => write!(f, "/deliveries/{id}"),
            Self::Replays => f.write_str("/replays"),
            Self::NewReplay => f.write_str("/replays/new"),
            Self::Replay(id) => write!(f, "/replays/{id}"),
            Self::EventLog => f.write_str("/event-log"),
            Self::Members => f.write_str("/members"),
            Self::EventKinds => f.write_str("/event-log/kinds"),
            Self::ApiKeys => f.write_str("/api-keys"),
            Self::Usage => f.write_str("/usage"),
            Self::LeaveForStripe => f.write_str("/usage/stripe"),
            Self::Settings => f.write_str("/settings"),
            Self::SourceGuides => f.write_str("/docs/sources"),
            Self::Operator => f.write_str("/operator"),
            Self::OperatorHandlers => f.write_str("/operator/handlers"),
            Self::OperatorEvent(position) => write!(f, "/operator/events/{position}"),
            Self::OperatorMails => f.write_str("/operator/mails"),
            Self::OperatorMail(id) => write!(f, "/operator/mails/{id}"),
            Self::OperatorServices => f.write_str("/operator/services"),
            Self::ApiReference => f.write_str("/docs"),
        }
    }
}

impl Path {
    /// The address with a query. Values are escaped.
    pub fn with(self, query: &[(&str, &str)]) -> String {
        let mut address = self.to_string();
        for (place, (name, value)) in query.iter().enumerate() {
            address.push(if place == 0 { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            address.push_str(&escape(value));
        }
        address
    }

    /// The address with a notice of what was just done.
    pub fn notice(self, done: Done) -> String {
        self.with(&[(Done::QUERY, done.code())])
    }
}

/// The page about a provider.
pub fn source_guide(provider: &str) -> String {
    format!("{}/{}", Path::SourceGuides, escape(provider))
}

/// The page of an event type.
pub fn event_type(name: &str) -> String {
    format!("{}/named/{}", Path::EventTypes, escape(name))
}

/// The page of an event type, with a notice of what was just done.
pub fn event_type_notice(name: &str, done: Done) -> String {
    format!("{}?{}={}", event_type(name), Done::QUERY, done.code())
}

/// What an event of the event log consists of.
pub fn event_kind(kind: &str) -> String {
    format!("{}/{}", Path::EventKinds, escape(kind))
}

/// The form of a new source of a provider.
pub fn new_source_of(provider: &str) -> String {
    Path::NewSource.with(&[("provider", provider)])
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.to_string()
    }
}

/// Escapes everything but the unreserved characters of RFC 3986, section 2.3.
pub fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// What to do about a mail that nobody sends.
macro_rules! no_mail_server {
    () => {
        "This installation has no mail server: ask whoever operates it for the link, which is under Operator → Mails."
    };
}
pub(crate) use no_mail_server;

macro_rules! notices {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:expr;)+) => {
        /// What was just done. It travels in the address, so only these sentences can be shown that way.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Done {$(
            $(#[$doc])*
            $name,
        )+}

        impl Done {
            /// The query parameter that carries it.
            pub const QUERY: &'static str = "done";

            /// As it stands in the address.
            pub const fn code(self) -> &'static str {
                match self {$(Self::$name => $code),+}
            }

            /// As a person reads it.
            pub const fn text(self) -> &'static str {
                match self {$(Self::$name => $text),+}
            }

            /// The notice of a code, if it is one of ours.
            pub fn parse(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

notices! {
    /// A new password was chosen.
    PasswordReset = "password-reset", "Password saved. You were signed out everywhere; sign in with the new one.";
    /// A new password was chosen by somebody who is signed in.
    PasswordChanged = "password-changed", "Password changed. Your other sessions have ended.";
    /// The link was sent again that confirms an address.
    VerificationSent = "verification-sent", "A new link is on its way. Nothing there? Look into the spam folder.";
    /// A link was sent to another address.
    AddressLinkSent = "address-link-sent", "A link is on its way to the new address. Follow it, and the address is yours.";
    /// The link that confirms an address was written again, and nobody sends it.
    VerificationShown = "verification-shown", concat!("A new link is written. ", no_mail_server!());
    /// A link to another address was written, and nobody sends it.
    AddressLinkShown = "address-link-shown", concat!("The link is written. ", no_mail_server!(), " Follow it, and the address is yours.");
    /// The present address stays.
    AddressKept = "address-kept", "Your address stays as it is. The link that was sent does not work any more.";
    /// Somebody was invited.
    Invited = "invited", "Invitation sent. Its link works once, for 7 days.";
    /// Somebody was reminded.
    InvitedAgain = "invited-again", "Invitation sent again. The link before does not work any more.";
    /// Somebody was invited, and nobody sends the mail.
    InvitationShown = "invitation-shown", concat!("Invitation written. ", no_mail_server!(), " It works once, for 7 days.");
    /// Somebody was reminded, and nobody sends the mail.
    InvitationShownAgain = "invitation-shown-again", concat!("Invitation written again. ", no_mail_server!(), " The link before does not work any more.");
    /// An invitation was taken back.
    InvitationRevoked = "invitation-revoked", "Invitation revoked. Its link does not work any more.";
    /// Somebody accepted an invitation.
    Joined = "joined", "Welcome. You see here what the others see.";
    /// A member is gone.
    MemberRemoved = "member-removed", "Member removed. All sessions of that person have ended.";
    /// The person has left the tenant.
    Left = "left", "You have left. Your account is deleted.";
    /// A source was made.
    SourceCreated = "source-created", "Source created. Give its URL to the provider.";
    /// A source is gone.
    SourceDeleted = "source-deleted", "Source deleted. Its URL no longer accepts anything.";
    /// A source's secret was set or rotated.
    SecretSaved = "secret-saved", "Signing secret saved. Requests are verified with it from now on.";
    /// A source has one secret again.
    OldSecretsEnded = "old-secrets-ended", "The old secret has stopped working. Only the current one is accepted.";
    /// A source was changed.
    SourceSaved = "source-saved", "Source saved.";
    /// A source keeps what comes in.
    SourcePaused = "source-paused", "Source paused. What comes in is kept and not delivered.";
    /// A source delivers again.
    SourceResumed = "source-resumed", "Source resumed. What came in meanwhile waits until you release it.";
    /// The provider was played.
    SampleSent = "sample-sent", "Sample sent. This is how it came in.";
    /// Quarantined messages were judged again.
    VerifiedAgain = "verified-again", "Checked again with the source's current secrets.";
    /// Quarantined messages are delivered.
    Released = "released", "Released into delivery.";
    /// Some of the quarantined messages are delivered.
    ReleasedInPart = "released-in-part", "Released as many as your plan has room for this month. The others are still in quarantine.";
    /// None of the quarantined messages is delivered.
    DuplicateFound = "duplicate-found", "It repeats a message that was accepted, and is not delivered again.";
    /// Some of the quarantined messages are delivered.
    ReleasedBesideDuplicates = "released-beside-duplicates", "Released into delivery, but for duplicates of accepted messages: those are not delivered again.";
    /// A repository's webhook sends to a source.
    RepositoryConnected = "repository-connected", "Repository connected. GitHub was asked for a ping.";
    /// A repository was forgotten.
    RepositoryDisconnected = "repository-disconnected", "Repository disconnected. Its token is forgotten.";
    /// GitHub is to show that it is there.
    PingRequested = "ping-requested", "GitHub was asked for a ping.";
    /// A webhook is as it is to be.
    WebhookUpdated = "webhook-updated", "Webhook updated at GitHub.";
    /// A repository is managed by another token.
    TokenReplaced = "token-replaced", "Token replaced. The old one is forgotten.";
    /// GitHub is asked for what it failed to deliver.
    RecoveryStarted = "recovery-started", "Recovery started. You can leave this page.";
    /// GitHub is asked for no more.
    RecoveryCancelled = "recovery-cancelled", "Recovery cancelled. What was asked for still comes in.";
    /// An endpoint was made.
    EndpointCreated = "endpoint-created", "Endpoint created. Matching messages are sent to it from now on.";
    /// An endpoint was changed.
    EndpointSaved = "endpoint-saved", "Endpoint saved.";
    /// An endpoint is gone.
    EndpointDeleted = "endpoint-deleted", "Endpoint deleted. Its waiting deliveries were cancelled.";
    /// An endpoint holds its deliveries.
    EndpointPaused = "endpoint-paused", "Endpoint paused. Deliveries are held until you resume it.";
    /// An endpoint sends again.
    EndpointResumed = "endpoint-resumed", "Endpoint resumed. Held deliveries are on their way.";
    /// An endpoint was enabled.
    EndpointEnabled = "endpoint-enabled", "Endpoint enabled.";
    /// An endpoint was disabled.
    EndpointDisabled = "endpoint-disabled", "Endpoint disabled. Deliveries that waited for it were cancelled; a replay sends them later.";
    /// An endpoint's signing secret was rotated.
    SecretRotated = "secret-rotated", "Signing secret rotated. The old one keeps signing for 24 hours.";
    /// An event type was added.
    EventTypeCreated = "event-type-created", "Event type added.";
    /// An event type was changed.
    EventTypeSaved = "event-type-saved", "Event type saved. What is published from now on is held against it.";
    /// An event type was hidden.
    EventTypeArchived = "event-type-archived", "Event type archived. Messages of it are still accepted.";
    /// An archived event type came back.
    EventTypeRestored = "event-type-restored", "Event type brought back.";
    /// A test message was published.
    TestSent = "test-sent", "Test message sent. Its delivery appears below.";
    /// A delivery was resent.
    Resent = "resent", "Resend requested. The new attempt is appended below.";
    /// A replay began.
    ReplayStarted = "replay-started", "Replay started.";
    /// A replay was cancelled.
    ReplayCancelled = "replay-cancelled", "Replay cancelled. What had not arrived was cancelled; what has arrived stays.";
    /// A key stopped working.
    KeyRevoked = "key-revoked", "API key revoked. It stopped working at once.";
    /// A session ended.
    SessionRevoked = "session-revoked", "Session ended.";
    /// Webhooks about one's own endpoints are sent.
    OperationalOn = "operational-on", "Turned on. Add the endpoint that is to be told.";
    /// They are not sent any more.
    OperationalOff = "operational-off", "Turned off. Nothing more is sent about your endpoints.";
    /// An event is tried again.
    EventRetried = "event-retried", "It is tried again within a second.";
    /// An event was given up.
    EventSkipped = "event-skipped", "Skipped. What waited behind it goes on.";
    /// Everything parked is tried again.
    ParkedReplayed = "parked-replayed", "What was parked is tried again now.";
    /// A projection begins again.
    RebuildStarted = "rebuild-started", "Rebuild started. It begins again from the first event.";
    /// A mail is sent after all.
    MailRetried = "mail-retried", "The mail is handed to the mail server again.";
    /// Stripe is asked again about what could not be read.
    SubscriptionsRead = "subscriptions-read", "Stripe is asked again now.";
    /// The person left.
    SignedOut = "signed-out", "You are signed out.";
}

impl Done {
    /// Quarantined messages were released, but for those that the plan has no room for, or that repeat others.
    pub const fn released(outcome: &QuarantineOutcome) -> Self {
        match outcome {
            QuarantineOutcome { over_quota: 1.., .. } => Self::ReleasedInPart,
            QuarantineOutcome { looked_at: 1, duplicates: 1, .. } => Self::DuplicateFound,
            QuarantineOutcome { duplicates: 1.., .. } => Self::ReleasedBesideDuplicates,
            QuarantineOutcome { .. } => Self::Released,
        }
    }

    /// The same of a mail that nobody sends, where there is no mail server: what is not on its way is not promised.
    pub const fn if_sent(self, mails_are_sent: bool) -> Self {
        match self {
            Self::VerificationSent if !mails_are_sent => Self::VerificationShown,
            Self::AddressLinkSent if !mails_are_sent => Self::AddressLinkShown,
            Self::Invited if !mails_are_sent => Self::InvitationShown,
            Self::InvitedAgain if !mails_are_sent => Self::InvitationShownAgain,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_a_query_are_escaped() {
        assert_eq!(
            Path::Messages.with(&[("q", "a b&c=d"), ("state", "accepted")]),
            "/messages?q=a%20b%26c%3Dd&state=accepted"
        );
    }

    #[test]
    fn a_notice_comes_back_from_its_code() {
        assert_eq!(Done::parse(Done::Resent.code()), Some(Done::Resent));
        assert_eq!(Done::parse("<script>"), None);
    }

    #[test]
    fn whoever_releases_is_told_what_was_not_delivered_and_why() {
        let outcome = |looked_at, duplicates, over_quota| QuarantineOutcome {
            looked_at,
            done: looked_at - duplicates,
            duplicates,
            over_quota,
            ..QuarantineOutcome::default()
        };
        assert_eq!(Done::released(&outcome(2, 0, 0)), Done::Released);
        assert_eq!(Done::released(&outcome(1, 1, 0)), Done::DuplicateFound);
        assert_eq!(Done::released(&outcome(2, 1, 0)), Done::ReleasedBesideDuplicates);
        assert_eq!(Done::released(&outcome(2, 1, 3)), Done::ReleasedInPart);
    }

    #[test]
    fn without_a_mail_server_no_mail_is_promised() {
        for done in [Done::VerificationSent, Done::AddressLinkSent, Done::Invited, Done::InvitedAgain] {
            assert_eq!(done.if_sent(true), done);
            assert!(done.if_sent(false).text().contains("no mail server"), "{}", done.code());
        }
        assert_eq!(Done::Joined.if_sent(false), Done::Joined);
    }
}
