//! Secrets at rest: those that sign (endpoints), those that verify (sources), tokens of connected repositories, and
//! header values that are often credentials.
//!
//! Everything is encrypted with one key that is not in the database, and bound to where it belongs: a ciphertext that
//! is moved to another tenant, owner or place does not open.

mod header;
mod key;
mod sealed;
mod signing;
mod store;

pub use key::{SecretKey, SecretKeyError};
pub use sealed::{SecretBox, SecretError};
pub use signing::{
    SIGNING_SECRET_BYTES, SIGNING_SECRET_BYTES_MAX, SIGNING_SECRET_BYTES_MIN, SigningSecretError,
    generate_signing_secret, parse_signing_secret, signing_key,
};
pub use store::{
    StoredSecret, delete_expired_secrets, delete_old_secrets, delete_oldest_secrets, delete_secrets, expire_secrets,
    insert_secret, keep_secrets, load_secrets, load_secrets_of_many,
};
