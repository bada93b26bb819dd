//! Other people's APIs: one patient client for all of them, and what Hookreel asks of GitHub and Stripe.
//!
//! Invariants:
//! - Whatever is sent leaves through `hookreel-egress`. Where a service is and its key are configuration.
//! - A call is up to `retries + 1` tries within one deadline. What the service asks for (`Retry-After`,
//!   `X-RateLimit-Reset`) is waited for up to a bound; beyond it the call ends and says how long it would be.
//! - A `POST` carries one idempotency key through all its tries; without it nothing is asked twice that has an effect.
//! - A service that fails several calls in a row (five, if nothing else is configured) is left alone (for half a minute)
//!   and called freely again after some probes (two). A refusal (4xx) is no failure, a limit neither success nor failure.
//! - No key, token or signing secret is in what this crate prints, logs or returns as an error.

mod breaker;
mod client;
mod config;
mod decode;
mod error;
mod form;
mod github;
mod pace;
mod paging;
mod prepared;
mod redact;
mod request;
mod stripe;
mod verdict;

pub use breaker::BreakerSnapshot;
pub use client::{Answer, ApiClient};
pub use config::{Backoff, BreakerConfig, ConfigError, Rate, ServiceConfig};
pub use error::{ERROR_BODY_BYTES_MAX, IntegrationError, Problem};
pub use form::Form;
pub use github::{
    Account, ContentType, DeliveryCursor, DeliveryPage, FailedDelivery, GitHub, GitHubAccess, GitHubConfig, Hook,
    HookDelivery, HookDeliveryDetail, HookDeliveryId, HookExchange, HookId, HookTarget, LastResponse, NewHook,
    PullRequest, PullRequestState, PullRequestStates, Repository, RepositoryName, RepositoryPermissions,
    failed_deliveries,
};
pub use hookreel_domain::BreakerPhase;
pub use paging::Listed;
pub use request::{ApiRequest, IdempotencyKey};
pub use stripe::{
    CancelAt, CheckoutSession, Customer, CustomerId, Invoice, InvoiceStatus, Metadata, MetadataError, NewCheckout,
    NewCustomer, PortalSession, PriceId, Stripe, StripeConfig, StripeIdError, Subscription, SubscriptionId,
    SubscriptionItem, SubscriptionStatus,
};
