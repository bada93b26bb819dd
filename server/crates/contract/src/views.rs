//! What people are shown.

mod activity;
mod configuration;
mod people;
mod plan;
mod traffic;

pub use activity::{Attention, AttentionKind, EventRow, Overview, ReplayView, StatBucket};
pub use configuration::{
    ApplicationView, BreakerState, EndpointState, EndpointStats, EndpointView, EventTypeView, SourceView,
};
pub use people::{ApiKeyView, CurrentMember, NewApiKey, SessionView};
pub use plan::{PlanOffer, PlanView, SubscriptionView, UsageDay, UsageView};
pub use traffic::{
    AttemptView, Body, DeliveryCounts, DeliveryDetail, DeliveryRow, DeliveryState, DeliveryStep, DeliveryStepKind,
    InboundView, MessageDetail, MessageRow, MessageState,
};
