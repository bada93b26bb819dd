//! What a link in a mail proves: that its reader has the mailbox. A token is random, valid for a short while and once,
//! and stored as a hash.

use crate::api_key::KeyHash;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hookreel_kernel::{Email, MemberId, Secret, TenantId, Timestamp};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;

/// Randomness of a token, in bytes.
const TOKEN_BYTES: usize = 32;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPurpose {
    /// Choosing a new password.
    ResetPassword,
    /// Confirming the address.
    VerifyAddress,
}

impl TokenPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::VerifyAddress => "verify_address",
        }
    }
}

/// Makes a token for the member with this address; those made before for the same purpose stop being valid. `None` when
/// nobody has the address.
///
/// # Errors
/// When the database refuses.
pub async fn issue_token(
    pool: &PgPool,
    purpose: TokenPurpose,
    email: &Email,
    expires_at: Timestamp,
) -> Result<Option<(TenantId, Secret<String>)>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let member = sqlx::query!("select tenant_id, member_id from iam.members where email = $1", email.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(member) = member else { return Ok(None) };
    sqlx::query!(
        "delete from iam.mail_tokens where tenant_id = $1 and member_id = $2 and purpose = $3",
        member.tenant_id,
        member.member_id,
        purpose.as_str(),
    )
    .execute(&mut *transaction)
    .await?;
    let mut random = [0; TOKEN_BYTES];
    rand::rng().fill_bytes(&mut random);
    let token = URL_SAFE_NO_PAD.encode(random);
    sqlx::query!(
        "insert into iam.mail_tokens (token_hash, tenant_id, member_id, purpose, email, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        &hash_of(&token)[..],
        member.tenant_id,
        member.member_id,
        purpose.as_str(),
        email.as_str(),
        expires_at,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Some((TenantId::from_uuid(member.tenant_id), Secret::new(token))))
}

/// Uses a token up, and says whose mailbox it proves. `None`: it was used, has expired, was never made, or its member
/// has another address by now.
///
/// # Errors
/// When the database refuses.
pub async fn use_token(
    pool: &PgPool,
    purpose: TokenPurpose,
    token: &Secret<String>,
    now: Timestamp,
) -> Result<Option<(TenantId, MemberId, Email)>, sqlx::Error> {
    let row = sqlx::query!(
        "delete from iam.mail_tokens t using iam.members m
         where t.token_hash = $1 and t.purpose = $2
           and m.tenant_id = t.tenant_id and m.member_id = t.member_id and m.email = t.email
         returning t.tenant_id, t.member_id, t.email, t.expires_at",
        &hash_of(token.expose())[..],
        purpose.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row.filter(|row| row.expires_at > now) else { return Ok(None) };
    let email = Email::parse(&row.email).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(Some((TenantId::from_uuid(row.tenant_id), MemberId::from_uuid(row.member_id), email)))
}

fn hash_of(token: &str) -> KeyHash {
    Sha256::digest(token.as_bytes()).into()
}
