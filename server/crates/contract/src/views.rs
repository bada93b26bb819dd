//! What people are shown.

mod activity;
mod configuration;
mod operational;
mod operations;
mod people;
mod plan;
mod traffic;

pub use activity::{Attention, AttentionKind, EventCause, EventKindView, EventRow, Overview, ReplayView, StatBucket};
pub use configuration::{
    ApplicationView, BreakerState, EndpointState, EndpointStats, EndpointView, EventTypeCount, EventTypeView,
    SchemaSuggestion, SchemaTrial, SchemaTrialExample, SourceView, highest_version,
};
pub use operational::{OperationalTypeView, OperationalWebhooksView};
pub use operations::{
    BacklogState, BacklogView, HandlerView, JobsView, MailContent, MailCounts, MailDetail, MailState, MailView,
    OperatorActionView, PoolView, ServiceBreaker, ServiceView, ServicesView, StoredEventView, SystemView,
    UnreadSubscriptions, WorkersView,
};
pub use people::{
    AddressState, ApiKeyView, CurrentMember, InvitationOffer, InvitationView, MemberView, MembersView, NewApiKey,
    SessionView,
};
pub use plan::{PlanOffer, PlanView, SubscriptionView, UsageDay, UsageView};
pub use traffic::{
    AttemptView, Body, DeliveryCounts, DeliveryDetail, DeliveryRow, DeliveryState, DeliveryStep, DeliveryStepKind,
    EndpointThen, InboundView, MessageDetail, MessageRow, MessageState, PassedOver, QuarantineStep, QuarantineStepKind,
    Receipt,
};
