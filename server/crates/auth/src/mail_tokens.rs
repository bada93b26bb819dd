//! What a link in a mail proves: that its reader has the mailbox. A token is random, valid for a short while and once,
//! and stored as a hash.

use crate::api_key::KeyHash;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hookreel_kernel::{Email, InvitationId, MemberId, Secret, TenantId, Timestamp};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Randomness of a token, in bytes.
const TOKEN_BYTES: usize = 32;

/// What a token is for, and whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPurpose {
    /// Choosing a new password.
    ResetPassword(MemberId),
    /// Confirming the member's address.
    VerifyAddress(MemberId),
    /// Giving the member the address that the mail went to.
    ChangeAddress(MemberId),
    /// Joining a tenant.
    Invitation(InvitationId),
}

impl TokenPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword(_) => "reset_password",
            Self::VerifyAddress(_) => "verify_address",
            Self::ChangeAddress(_) => "change_address",
            Self::Invitation(_) => "invitation",
        }
    }

    const fn member_id(self) -> Option<Uuid> {
        match self {
            Self::ResetPassword(id) | Self::VerifyAddress(id) | Self::ChangeAddress(id) => Some(id.uuid()),
            Self::Invitation(_) => None,
        }
    }

    const fn invitation_id(self) -> Option<Uuid> {
        match self {
            Self::Invitation(id) => Some(id.uuid()),
            _ => None,
        }
    }

    fn stored(purpose: &str, member_id: Option<Uuid>, invitation_id: Option<Uuid>) -> Option<Self> {
        let (member_id, invitation_id) =
            (member_id.map(MemberId::from_uuid), invitation_id.map(InvitationId::from_uuid));
        match purpose {
            "reset_password" => member_id.map(Self::ResetPassword),
            "verify_address" => member_id.map(Self::VerifyAddress),
            "change_address" => member_id.map(Self::ChangeAddress),
            "invitation" => invitation_id.map(Self::Invitation),
            _ => None,
        }
    }
}

/// What a token that still works proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailToken {
    /// Whose.
    pub tenant_id: TenantId,
    /// What it is for.
    pub purpose: TokenPurpose,
    /// The mailbox that its reader has.
    pub email: Email,
}

/// Makes a token in the caller's transaction; those made before for the same purpose stop working with its commit.
///
/// # Errors
/// When the database refuses.
pub async fn insert_token(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    purpose: TokenPurpose,
    email: &Email,
    expires_at: Timestamp,
) -> Result<Secret<String>, sqlx::Error> {
    delete_tokens(connection, tenant_id, purpose).await?;
    let mut random = [0; TOKEN_BYTES];
    rand::rng().fill_bytes(&mut random);
    let token = URL_SAFE_NO_PAD.encode(random);
    sqlx::query!(
        "insert into iam.mail_tokens (token_hash, tenant_id, member_id, invitation_id, purpose, email, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &hash_of(&token)[..],
        tenant_id.uuid(),
        purpose.member_id(),
        purpose.invitation_id(),
        purpose.as_str(),
        email.as_str(),
        expires_at,
    )
    .execute(connection)
    .await?;
    Ok(Secret::new(token))
}

/// Makes the tokens of this purpose stop working.
///
/// # Errors
/// When the database refuses.
pub async fn delete_tokens(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    purpose: TokenPurpose,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from iam.mail_tokens
         where tenant_id = $1 and purpose = $2 and coalesce(member_id, invitation_id) = $3",
        tenant_id.uuid(),
        purpose.as_str(),
        purpose.member_id().or(purpose.invitation_id()),
    )
    .execute(connection)
    .await
    .map(drop)
}

/// What a token proves, whosever it is. It is not used up by that. `None`: it was used, has expired, or was never made.
///
/// # Errors
/// When the database refuses.
pub async fn find_token(
    pool: &PgPool,
    token: &Secret<String>,
    now: Timestamp,
) -> Result<Option<MailToken>, sqlx::Error> {
    let row = sqlx::query!(
        "select tenant_id, member_id, invitation_id, purpose, email from iam.mail_tokens
         where token_hash = $1 and expires_at > $2",
        &hash_of(token.expose())[..],
        now,
    )
    .fetch_optional(pool)
    .await?;
    row.and_then(|row| Some((TokenPurpose::stored(&row.purpose, row.member_id, row.invitation_id)?, row)))
        .map(|(purpose, row)| {
            let email = Email::parse(&row.email).map_err(|error| sqlx::Error::Decode(error.into()))?;
            Ok(MailToken { tenant_id: TenantId::from_uuid(row.tenant_id), purpose, email })
        })
        .transpose()
}

/// Uses a token up in the caller's transaction, in which its effect happens. `false`: somebody else was faster.
///
/// # Errors
/// When the database refuses.
pub async fn spend_token(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    token: &Secret<String>,
) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from iam.mail_tokens where tenant_id = $1 and token_hash = $2",
        tenant_id.uuid(),
        &hash_of(token.expose())[..],
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected() > 0)
}

/// The address that the member will have once a link is used that was sent there.
///
/// # Errors
/// When the database refuses.
pub async fn wanted_address(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
    now: Timestamp,
) -> Result<Option<Email>, sqlx::Error> {
    let email = sqlx::query_scalar!(
        "select email from iam.mail_tokens
         where tenant_id = $1 and member_id = $2 and purpose = 'change_address' and expires_at > $3",
        tenant_id.uuid(),
        member_id.uuid(),
        now,
    )
    .fetch_optional(connection)
    .await?;
    email.map(|email| Email::parse(&email).map_err(|error| sqlx::Error::Decode(error.into()))).transpose()
}

fn hash_of(token: &str) -> KeyHash {
    Sha256::digest(token.as_bytes()).into()
}
