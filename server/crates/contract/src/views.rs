//! What people are shown.

mod activity;
mod configuration;
mod people;
mod traffic;

pub use activity::{Attention, AttentionKind, EventKindView, EventRow, Overview, ReplayView, StatBucket};
pub use configuration::{
    ApplicationView, BreakerState, EndpointState, EndpointStats, EndpointView, EventTypeCount, EventTypeView,
    SchemaSuggestion, SchemaTrial, SchemaTrialExample, SourceView, highest_version,
};
pub use people::{ApiKeyView, CurrentMember, NewApiKey, SessionView};
pub use traffic::{
    AttemptView, Body, DeliveryCounts, DeliveryDetail, DeliveryRow, DeliveryState, DeliveryStep, DeliveryStepKind,
    InboundView, MessageDetail, MessageRow, MessageState,
};
