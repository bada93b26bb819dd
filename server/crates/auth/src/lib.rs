//! People, sessions and keys: who is asking, proven.
//!
//! Everything that acts for a tenant takes a [`Caller`], and a `Caller` can only be had from a verified session, a
//! verified API key or the operator's command line. What is stored is never what opens a door: passwords as argon2id,
//! session and API keys as SHA-256.

pub mod api_key;
mod api_keys;
mod caller;
mod cookie;
mod credentials;
mod error;
mod limits;
mod mail_tokens;
mod members;
pub mod origin;
pub mod password;
mod session;
mod session_store;

pub use api_keys::ApiKeyAuthenticator;
pub use caller::{Caller, ClientInfo, MemberIdentity};
pub use cookie::{CookieMode, secure_removals, session_layer};
pub use credentials::{Credentials, SignUpCheck};
pub use error::AuthError;
pub use limits::AttemptLimits;
pub use mail_tokens::{TokenPurpose, issue_token, use_token};
pub use members::{
    MemberRecord, NewTenant, TenantRecord, insert_built_in_tenant, insert_tenant, member_record, set_password, tenants,
};
pub use origin::{OriginGuard, OriginRefusal};
pub use password::{PasswordFault, Passwords, check_password};
pub use session::{SessionRecord, begin_session, caller_from_session, end_session, member_sessions, revoke_session};
pub use session_store::PostgresSessionStore;
