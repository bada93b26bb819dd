//! Pure decisions: no IO, no async, no clock, no randomness. Whatever is needed of those is passed in.

pub mod aggregate;
pub mod application;
pub mod billing;
pub mod breaker;
pub mod built_in;
pub mod catalogue;
pub mod endpoint;
pub mod event_type;
pub mod invitation;
pub mod month;
pub mod plan;
pub mod recovery;
pub mod replay;
pub mod retention;
pub mod retry_policy;
pub mod search;
pub mod source;
pub mod tenant;
pub mod traffic;

pub use aggregate::{Aggregate, EventFormatError, Existence};
pub use application::Application;
pub use billing::Billing;
pub use breaker::{Admit, Breaker, BreakerPhase, BreakerSettings, Outcome, Transition};
pub use endpoint::Endpoint;
pub use event_type::EventTypeEntry;
pub use invitation::Invitation;
pub use month::Month;
pub use plan::{Plan, PlanList, Quota, Quotas};
pub use recovery::Recovery;
pub use replay::Replay;
pub use retry_policy::{RetryPolicy, RetryPolicyError, parse_retry_after};
pub use source::Source;
pub use tenant::{ApiKey, Member, Tenant};
