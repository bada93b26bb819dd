//! Browsers that a member has signed in from before: a sign-in from another one is worth a mail.
//!
//! A browser is known by a cookie of its own, which it keeps for more than a year and which opens nothing. Its value is
//! random and stored as a hash. A value that is not known of this member is never taken over: whoever could plant a
//! cookie in somebody's browser would otherwise be known there too.

use crate::{ClientInfo, MemberIdentity};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hookreel_kernel::{BrowserId, Secret, Timestamp};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

/// Randomness of the cookie, in bytes.
const COOKIE_BYTES: usize = 32;

/// What is known of the browser somebody signs in from.
#[derive(Debug)]
pub enum Recognition {
    /// The member has signed in from it before.
    Known,
    /// It is the first that the member signs in from: nobody was there before who could be surprised.
    First {
        /// What the browser is known by from now on.
        cookie: Secret<String>,
    },
    /// The member has never signed in from it.
    New {
        /// Names it.
        browser_id: BrowserId,
        /// What the browser is known by from now on.
        cookie: Secret<String>,
    },
}

/// Recognises a browser that brings this cookie, and knows it from now on; `connection` is a transaction of the tenant.
///
/// # Errors
/// When the database refuses.
pub async fn recognise_browser(
    connection: &mut PgConnection,
    identity: MemberIdentity,
    client: &ClientInfo,
    cookie: Option<&Secret<String>>,
    now: Timestamp,
) -> Result<Recognition, sqlx::Error> {
    let (tenant_id, member_id) = (identity.tenant_id().uuid(), identity.member_id().uuid());
    let (user_agent, address) = (client.shown_user_agent(), client.shown_address());
    if let Some(cookie) = cookie {
        let known = sqlx::query!(
            "update iam.known_browsers set last_seen_at = $4, user_agent = $5, address = $6
             where tenant_id = $1 and member_id = $2 and browser_hash = $3",
            tenant_id,
            member_id,
            hash_of(cookie.expose()),
            now,
            user_agent,
            address,
        )
        .execute(&mut *connection)
        .await?;
        if known.rows_affected() > 0 {
            return Ok(Recognition::Known);
        }
    }
    let mut random = [0; COOKIE_BYTES];
    rand::rng().fill_bytes(&mut random);
    let (browser_id, value) = (BrowserId::generate(), URL_SAFE_NO_PAD.encode(random));
    let knew_others = sqlx::query_scalar!(
        r#"with others as (select from iam.known_browsers where tenant_id = $1 and member_id = $2 limit 1)
           insert into iam.known_browsers (
               tenant_id, member_id, browser_id, browser_hash, user_agent, address, first_seen_at, last_seen_at
           ) values ($1, $2, $3, $4, $5, $6, $7, $7)
           returning exists (select from others) as "knew_others!""#,
        tenant_id,
        member_id,
        browser_id.uuid(),
        hash_of(&value),
        user_agent,
        address,
        now,
    )
    .fetch_one(connection)
    .await?;
    let cookie = Secret::new(value);
    Ok(if knew_others { Recognition::New { browser_id, cookie } } else { Recognition::First { cookie } })
}

fn hash_of(cookie: &str) -> Vec<u8> {
    Sha256::digest(cookie.as_bytes()).to_vec()
}
