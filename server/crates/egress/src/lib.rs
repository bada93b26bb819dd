//! THE outgoing HTTP client: whatever Hookreel sends leaves through [`Egress`].
//!
//! - An address is judged by the block it lies in, never by how it was spelled: [`address`].
//! - What the operator allows on top is an [`EgressPolicy`], per instance and never per tenant.
//! - A name is resolved by us, every answer is judged, and the connection goes to exactly those
//!   answers, so a name that changes its mind between the check and the call gains nothing.
//! - Redirects are answers, not instructions. Proxies from the environment are ignored. Bodies are
//!   never decompressed, are read up to a cap, and one deadline covers all of it.

pub mod address;
mod client;
mod failure;
mod policy;
mod ports;
mod refusal;
mod resolver;
mod tls;

pub use client::{Egress, EgressError, IncomingResponse, OutgoingRequest, SendFailure};
pub use ipnet::IpNet;
pub use policy::EgressPolicy;
pub use refusal::{ForbiddenAddress, UrlRefusal};
pub use resolver::{LookupFailure, Resolution, ResolveName};
