//! Encryption and decryption.

use crate::key::SecretKey;
use crate::store::StoredSecret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use hookreel_database::Database;
use hookreel_kernel::{Secret, TenantId};
use rand::RngCore;
use sha2::{Digest, Sha256, Sha512};
use std::sync::Arc;
use uuid::Uuid;

/// The first byte of every ciphertext: XChaCha20-Poly1305, then 24 bytes of nonce.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const FINGERPRINT_NAME: &str = "secret_key_fingerprint";
/// How much of a token's HMAC is shown: as much as nobody guesses.
const TOKEN_BYTES: usize = 24;

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The ciphertext was made with another key, belongs elsewhere, or was changed.
    #[error("a stored secret cannot be decrypted: it was made with another key, or was changed")]
    Unreadable,
    /// The installation uses another key.
    #[error(
        "this database's secrets are encrypted with another key (fingerprint {stored}, this process has {given}). \
         Start with the key that was used first (HOOKREEL_SECRET_KEY, or the file secret.key in the data directory)"
    )]
    OtherKey {
        /// Of the key that was used first.
        stored: String,
        /// Of this process's key.
        given: String,
    },
    /// The database refused or is away.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Encrypts and decrypts. Cheap to clone.
#[derive(Clone)]
pub struct SecretBox {
    cipher: Arc<XChaCha20Poly1305>,
    fingerprint: Arc<str>,
    tokens: Hmac<Sha256>,
}

impl std::fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretBox").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl SecretBox {
    /// A box that this key opens.
    pub fn new(key: &SecretKey) -> Self {
        let digest = Sha256::new().chain_update(b"hookreel secret key fingerprint\0").chain_update(key.bytes());
        Self {
            cipher: Arc::new(XChaCha20Poly1305::new(&Key::from(*key.bytes()))),
            fingerprint: hex::encode(&digest.finalize()[..8]).into(),
            // As long as HMAC-SHA-256 takes it, and of no use for anything else.
            tokens: Hmac::new(&Sha512::new().chain_update(b"hookreel tokens\0").chain_update(key.bytes()).finalize()),
        }
    }

    /// A text that nobody without the key can guess, and that is the same each time for the same purpose.
    pub fn token(&self, purpose: &str) -> String {
        let mac = self.tokens.clone().chain_update(purpose.as_bytes()).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(&mac[..TOKEN_BYTES])
    }

    /// Tells keys apart without telling anything about them.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Encrypts the secret `secret_id` of `owner_id` (an endpoint or a source).
    ///
    /// # Errors
    /// Only if the plain text has more bytes than fit into memory.
    pub fn seal(
        &self,
        tenant_id: TenantId,
        owner_id: Uuid,
        secret_id: Uuid,
        plain: &str,
    ) -> Result<Vec<u8>, SecretError> {
        self.encrypt(&belongs_to(tenant_id, owner_id, secret_id.as_bytes()), plain.as_bytes())
    }

    /// Decrypts what [`SecretBox::seal`] made for the same place.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`].
    pub fn open(
        &self,
        tenant_id: TenantId,
        owner_id: Uuid,
        secret_id: Uuid,
        ciphertext: &[u8],
    ) -> Result<Secret<String>, SecretError> {
        self.decrypt(&belongs_to(tenant_id, owner_id, secret_id.as_bytes()), ciphertext)
    }

    /// Decrypts rows of `ops.secrets`, in their order: the current one comes first.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`] if one of them does not open.
    pub fn open_all(&self, rows: &[StoredSecret]) -> Result<Vec<Secret<String>>, SecretError> {
        rows.iter().map(|row| self.open(row.tenant_id, row.owner_id, row.secret_id, &row.ciphertext)).collect()
    }

    /// Makes sure that this installation has always used this key: the first process to ask decides.
    ///
    /// # Errors
    /// [`SecretError::OtherKey`] when another key was used; nothing is changed then.
    pub async fn verify_instance(&self, database: &Database) -> Result<(), SecretError> {
        let mut transaction = database.engine().begin().await?;
        sqlx::query!(
            "insert into ops.instance (key, value) values ($1, $2) on conflict (key) do nothing",
            FINGERPRINT_NAME,
            self.fingerprint()
        )
        .execute(&mut *transaction)
        .await?;
        let stored = sqlx::query_scalar!("select value from ops.instance where key = $1", FINGERPRINT_NAME)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        if stored == self.fingerprint() {
            Ok(())
        } else {
            Err(SecretError::OtherKey { stored, given: self.fingerprint().to_owned() })
        }
    }

    pub(crate) fn encrypt(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, SecretError> {
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place })
            .map_err(|_| SecretError::Unreadable)?;
        let mut ciphertext = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        ciphertext.push(VERSION);
        ciphertext.extend_from_slice(&nonce);
        ciphertext.extend_from_slice(&sealed);
        Ok(ciphertext)
    }

    pub(crate) fn decrypt(&self, place: &[u8], ciphertext: &[u8]) -> Result<Secret<String>, SecretError> {
        let (version, rest) = ciphertext.split_first().ok_or(SecretError::Unreadable)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SecretError::Unreadable)?;
        if *version != VERSION {
            return Err(SecretError::Unreadable);
        }
        let plain = self
            .cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place })
            .map_err(|_| SecretError::Unreadable)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| SecretError::Unreadable)
    }
}

/// The associated data: who owns it, and where it is.
pub(crate) fn belongs_to(tenant_id: TenantId, owner_id: Uuid, place: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32 + place.len());
    bytes.extend_from_slice(tenant_id.uuid().as_bytes());
    bytes.extend_from_slice(owner_id.as_bytes());
    bytes.extend_from_slice(place);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
    const OWNER: Uuid = Uuid::from_u128(2);
    const ID: Uuid = Uuid::from_u128(3);

    #[test]
    fn what_was_sealed_opens_in_its_own_place_only() {
        let secrets = SecretBox::new(&SecretKey::generate());
        let sealed = secrets.seal(TENANT, OWNER, ID, "whsec_x").unwrap();
        assert_eq!(secrets.open(TENANT, OWNER, ID, &sealed).unwrap().expose(), "whsec_x");
        let other = TenantId::from_uuid(Uuid::from_u128(9));
        assert!(secrets.open(other, OWNER, ID, &sealed).is_err());
        assert!(secrets.open(TENANT, ID, ID, &sealed).is_err());
        assert!(secrets.open(TENANT, OWNER, OWNER, &sealed).is_err());
    }

    #[test]
    fn another_key_opens_nothing() {
        let sealed = SecretBox::new(&SecretKey::generate()).seal(TENANT, OWNER, ID, "x").unwrap();
        assert!(SecretBox::new(&SecretKey::generate()).open(TENANT, OWNER, ID, &sealed).is_err());
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let secrets = SecretBox::new(&SecretKey::generate());
        let sealed = secrets.seal(TENANT, OWNER, ID, "x").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(secrets.open(TENANT, OWNER, ID, &changed).is_err(), "byte {index}");
            assert!(secrets.open(TENANT, OWNER, ID, &sealed[..index]).is_err(), "length {index}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let secrets = SecretBox::new(&SecretKey::generate());
        assert_ne!(secrets.seal(TENANT, OWNER, ID, "x").unwrap(), secrets.seal(TENANT, OWNER, ID, "x").unwrap());
    }

    #[test]
    fn a_token_is_the_same_for_the_same_key_and_purpose_alone() {
        let (key, other) = (SecretKey::generate(), SecretKey::generate());
        let token = SecretBox::new(&key).token("billing");
        assert_eq!((token.len(), &token), (32, &SecretBox::new(&key).token("billing")));
        assert_ne!(token, SecretBox::new(&key).token("something else"));
        assert_ne!(token, SecretBox::new(&other).token("billing"));
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SecretKey::generate();
        let shown = format!("{:?} {key:?}", SecretBox::new(&key));
        assert!(!shown.contains(key.to_base64().as_str()));
    }

    #[tokio::test]
    async fn an_installation_keeps_to_the_key_it_began_with() {
        let test = hookreel_testing::TestDatabase::create().await;
        let first = SecretBox::new(&SecretKey::generate());
        first.verify_instance(&test.database()).await.unwrap();
        first.verify_instance(&test.database()).await.unwrap();
        let error = SecretBox::new(&SecretKey::generate()).verify_instance(&test.database()).await.unwrap_err();
        assert!(matches!(error, SecretError::OtherKey { stored, .. } if stored == first.fingerprint()));
    }
}
