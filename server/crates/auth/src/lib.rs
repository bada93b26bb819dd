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
mod invitations;
mod known_browsers;
mod limits;
mod mail_tokens;
mod members;
mod operators;
pub mod origin;
pub mod password;
mod session;
mod session_store;

pub use api_keys::ApiKeyAuthenticator;
pub use caller::{Caller, ClientInfo, MemberIdentity};
pub use cookie::{CookieMode, secure_removals, session_layer};
pub use credentials::{Credentials, SignUpCheck};
pub use error::AuthError;
pub use invitations::{InvitationRecord, delete_invitation, insert_invitation, invitations, renew_invitation};
pub use known_browsers::{Recognition, recognise_browser};
pub use limits::{AttemptLimits, LimitedMail};
pub use mail_tokens::{MailToken, TokenPurpose, delete_tokens, find_token, insert_token, spend_token, wanted_address};
pub use members::{
    MemberRecord, NewMember, NewTenant, PersonRecord, TenantRecord, change_password, delete_member, has_account,
    insert_built_in_tenant, insert_member, insert_tenant, lock_members, member_record, people, set_address,
    set_password, set_verified, tenant_name, tenants,
};
pub use operators::{OperatorPermit, OperatorRecord, find_member, grant_operator, operators, revoke_operator};
pub use origin::{OriginGuard, OriginRefusal};
pub use password::{PasswordFault, Passwords, check_password};
pub use session::{SessionRecord, begin_session, caller_from_session, end_session, member_sessions, revoke_session};
pub use session_store::PostgresSessionStore;
