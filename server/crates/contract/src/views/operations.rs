//! What operators see of the whole installation.

use hookreel_kernel::{MailId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

macro_rules! states {
    ($(#[$of:meta])* $of_name:ident { $($(#[$doc:meta])* $name:ident = $text:literal;)+ }) => {
        $(#[$of])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $of_name {$(
            $(#[$doc])*
            #[serde(rename = $text)]
            $name,
        )+}

        impl $of_name {
            /// Every state there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stored name.
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $text),+}
            }

            /// The state of a stored name.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

states! {
    /// Why a handler has not handled an event yet.
    BacklogState {
        /// It failed too often: a person has to decide.
        Parked = "parked";
        /// It failed, and is tried again.
        Retrying = "retrying";
        /// An earlier event of its stream comes first.
        Waiting = "waiting";
    }
}

states! {
    /// What became of a mail.
    MailState {
        /// It is to be sent.
        Queued = "queued";
        /// The mail server took it.
        Sent = "sent";
        /// It is not tried any more.
        Failed = "failed";
        /// There is no mail server: the operator is shown it.
        Shown = "shown";
    }
}

/// A handler of events, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerView {
    /// Its name.
    pub name: String,
    /// What it does; `None` for one that this version does not have.
    pub purpose: Option<String>,
    /// It writes only what follows from the events, so that it can begin again.
    pub is_projection: bool,
    /// Up to where in the store it has come; `None` if it never ran.
    pub position: Option<u64>,
    /// Positions before it.
    pub behind: u64,
    /// Events that are tried again by themselves.
    pub retrying: u64,
    /// Events that wait behind an earlier one of their stream.
    pub waiting: u64,
    /// Events that wait for a person.
    pub parked: u64,
    /// While it is rebuilt: up to where it has to come.
    pub rebuilding_until: Option<u64>,
}

/// An event that a handler has not handled yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacklogView {
    /// Whose backlog.
    pub handler: String,
    /// The event's place in the store.
    pub position: u64,
    /// Whose event.
    pub tenant_id: TenantId,
    /// What that tenant is called.
    pub tenant_name: String,
    /// `endpoint.disabled`.
    pub kind: String,
    /// Why it is here.
    pub state: BacklogState,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again.
    pub due_at: Timestamp,
    /// What went wrong last.
    pub error: String,
    /// Since when it is here.
    pub noted_at: Timestamp,
}

/// One event of the store, whosever it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEventView {
    /// The place in the whole store.
    pub position: u64,
    /// Whose event.
    pub tenant_id: TenantId,
    /// What that tenant is called.
    pub tenant_name: String,
    /// `endpoint`.
    pub stream_kind: String,
    /// The stream's id in its textual form: `ep_…`.
    pub stream: String,
    /// The place in the stream, from 1.
    pub stream_version: u32,
    /// `endpoint.paused`.
    pub kind: String,
    /// What happened, as JSON text.
    pub payload: String,
    /// The size of the body that belongs to it, which is the tenant's own and not shown.
    pub body_bytes: Option<u64>,
    /// Who did it.
    pub actor: String,
    /// When.
    pub recorded_at: Timestamp,
}

/// Something that an operator did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorActionView {
    /// When.
    pub done_at: Timestamp,
    /// Who: an address, or the command line.
    pub who: String,
    /// `retry`, `skip`, `replay_parked`, `rebuild`, `retry_mail`, `read_subscriptions`.
    pub action: String,
    /// The handler's name, or the mail's kind.
    pub subject: String,
    /// Of one event: its place in the store.
    pub position: Option<u64>,
    /// What else there is to say.
    pub detail: String,
}

/// A mail in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// Which.
    pub id: MailId,
    /// Whose member it is for.
    pub tenant_name: String,
    /// Whom it is for.
    pub recipient: String,
    /// `reset_password`.
    pub kind: String,
    /// What became of it.
    pub state: MailState,
    /// How often it was tried.
    pub tries: u32,
    /// What the mail server said last.
    pub error: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// What a mail says. Not printed: its link may be as good as a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailContent {
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// The link that it is about.
    pub link: String,
}

impl std::fmt::Debug for MailContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailContent").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDetail {
    /// The mail.
    pub row: MailView,
    /// What it says, if an operator has to pass it on: it was not sent, and there is no mail server.
    pub content: Option<MailContent>,
    /// Whether it can be handed to the mail server once more.
    pub can_be_sent: bool,
}

/// A service that this installation calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceView {
    /// What people call it.
    pub name: String,
    /// What it is used for.
    pub purpose: String,
    /// How its breaker stands in this process; `None` when the service is not configured.
    pub breaker: Option<ServiceBreaker>,
}

/// The protection of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceBreaker {
    /// `closed`, `open`, `half_open`.
    pub state: String,
    /// Calls in a row that failed.
    pub failures: u32,
    /// Until when the service is left alone.
    pub open_until: Option<Timestamp>,
}

/// What this installation calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicesView {
    /// Every service there could be; Stripe only where plans are sold.
    pub services: Vec<ServiceView>,
    /// The mail server's host and port.
    pub mail_server: Option<String>,
}

/// The jobs of one queue in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsView {
    /// Which queue.
    pub queue: String,
    /// `Pending`, or `Queued` when a worker has taken them. What has ended is gone.
    pub state: String,
    /// How many.
    pub count: u64,
    /// Of those: to be run now.
    pub due: u64,
}

/// The workers of one queue, in all processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkersView {
    /// Which queue.
    pub queue: String,
    /// How many have been heard of lately.
    pub count: u64,
    /// How many seconds ago one was heard of last.
    pub silent_s: u64,
}

/// One pool of database connections of this process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolView {
    /// Which.
    pub name: String,
    /// Connections that are open.
    pub open: u32,
    /// Of those: in no use.
    pub idle: u32,
    /// Connections there may be.
    pub max: u32,
}

/// Mails by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailCounts {
    /// To be sent.
    pub queued: u64,
    /// Taken by the mail server.
    pub sent: u64,
    /// Not tried any more.
    pub failed: u64,
    /// Of those: written in the last 24 hours.
    pub failed_24h: u64,
    /// Shown, since there is no mail server.
    pub shown: u64,
}

/// Subscriptions that could not be read at Stripe when that was tried last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadSubscriptions {
    /// How many.
    pub count: u64,
    /// Why, as it is with most of them.
    pub error: String,
}

/// How the installation is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemView {
    /// Hookreel's version.
    pub version: String,
    /// PostgreSQL's version.
    pub database_version: String,
    /// The database's size.
    pub database_bytes: u64,
    /// Connections to the database, of everybody.
    pub connections: u64,
    /// Connections that the server allows.
    pub connections_max: u64,
    /// The pools of this process.
    pub pools: Vec<PoolView>,
    /// Attempts under way in this process.
    pub in_flight: u64,
    /// The newest event's place in the store.
    pub head: u64,
    /// Tenants there are.
    pub tenants: u64,
    /// Messages there are, as the database estimates.
    pub messages: u64,
    /// Deliveries there are, as the database estimates.
    pub deliveries: u64,
    /// Jobs by queue and state.
    pub jobs: Vec<JobsView>,
    /// Workers by queue.
    pub workers: Vec<WorkersView>,
    /// Every handler.
    pub handlers: Vec<HandlerView>,
    /// Mails by state.
    pub mails: MailCounts,
    /// What Stripe could not be asked about.
    pub subscriptions_unread: UnreadSubscriptions,
    /// Services whose breaker is open in this process.
    pub services_left_alone: Vec<String>,
}
