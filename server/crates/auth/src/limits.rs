//! How often somebody may be wrong.
//!
//! Each attempt is counted as a failure *before* the password is looked at and taken back when it was right, so that
//! a thousand parallel guesses are a thousand failures and not one. After some free failures every further one
//! doubles the wait. Nobody is locked out for good.

use crate::{AuthError, ClientInfo};
use hookreel_kernel::{Clock, MemberId, Timestamp};
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, PgPool};
use std::net::IpAddr;
use std::sync::Arc;
use time::Duration;

const DELAY_MAX: Duration = Duration::minutes(15);

/// How strict one kind of subject is.
#[derive(Debug, Clone, Copy)]
struct Policy {
    /// Failures that cost nothing.
    free: i32,
    /// After this long without a failure all is forgotten.
    forgotten_after: Duration,
}

/// About eighteen guesses an hour once the free ones are used up.
const ACCOUNT: Policy = Policy { free: 5, forgotten_after: Duration::hours(24) };
/// An address can stand for an office.
const ADDRESS: Policy = Policy { free: 50, forgotten_after: Duration::HOUR };
/// Sign-ups are counted whether they succeed or not.
const SIGN_UPS: Policy = Policy { free: 20, forgotten_after: Duration::HOUR };

impl Policy {
    fn delay_after(self, failures: i32) -> Duration {
        let over = failures - self.free;
        if over <= 0 {
            return Duration::ZERO;
        }
        // 2^20 s is far over the cap: the shift cannot overflow.
        Duration::seconds(1 << (over - 1).min(20)).min(DELAY_MAX)
    }
}

/// Counts attempts in `ops.sign_in_failures`, for all processes together.
#[derive(Debug, Clone)]
pub struct AttemptLimits {
    pool: PgPool,
    clock: Arc<dyn Clock>,
}

/// A mail with a link that somebody asks for. Counted by whom it goes to, by where the request came from and, where
/// that is known, by who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedMail {
    /// For a new password: nobody knows who asks.
    ResetPassword,
    /// For confirming an address, asked for by this member.
    VerifyAddress(MemberId),
    /// An invitation by this member.
    Invitation(MemberId),
}

impl LimitedMail {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset",
            Self::VerifyAddress(_) => "verify",
            Self::Invitation(_) => "invite",
        }
    }

    const fn member_id(self) -> Option<MemberId> {
        match self {
            Self::ResetPassword => None,
            Self::VerifyAddress(id) | Self::Invitation(id) => Some(id),
        }
    }
}

/// What is being counted: a subject's name and its policy.
type Subject = (String, Policy);

/// An attempt that was let through and stands as a failure until it is taken back.
#[derive(Debug)]
#[must_use = "an attempt that is not taken back stays a failure"]
pub(crate) struct Attempt {
    subjects: Vec<Subject>,
}

struct Counter {
    subject: String,
    failures: i32,
    blocked_until: Timestamp,
    updated_at: Timestamp,
}

impl AttemptLimits {
    /// Counts with the pool of `hookreel_auth`.
    pub fn new(pool: PgPool, clock: Arc<dyn Clock>) -> Self {
        Self { pool, clock }
    }

    /// Lets a sign-in through, or says how long to wait.
    pub(crate) async fn begin_sign_in(&self, email: &str, client: &ClientInfo) -> Result<Attempt, AuthError> {
        let mut subjects = vec![(account_subject(email), ACCOUNT)];
        subjects.extend(address_subject(client).map(|address| (format!("address:{address}"), ADDRESS)));
        self.begin(subjects).await
    }

    /// Lets a sign-up through, or says how long to wait.
    pub(crate) async fn begin_sign_up(&self, client: &ClientInfo) -> Result<Attempt, AuthError> {
        let subjects = address_subject(client).map(|address| (format!("sign_up:{address}"), SIGN_UPS));
        self.begin(subjects.into_iter().collect()).await
    }

    /// Lets a request for a mail with a link through, or says how long to wait: mailboxes are not to be flooded, nor the
    /// mail server's good name be spoilt.
    pub(crate) async fn begin_mail(
        &self,
        mail: LimitedMail,
        to: &str,
        client: &ClientInfo,
    ) -> Result<Attempt, AuthError> {
        let kind = mail.as_str();
        let mut subjects = vec![(format!("{kind}:{}", account_subject(to)), ACCOUNT)];
        subjects.extend(address_subject(client).map(|address| (format!("{kind}:{address}"), SIGN_UPS)));
        subjects.extend(mail.member_id().map(|member_id| (format!("{kind}:{member_id}"), SIGN_UPS)));
        self.begin(subjects).await
    }

    /// The password was right: the account's failures are forgotten, the address's are one fewer.
    pub(crate) async fn succeeded(&self, attempt: Attempt) -> Result<(), AuthError> {
        let (account, others): (Vec<_>, Vec<_>) =
            attempt.subjects.into_iter().partition(|(subject, _)| subject.starts_with("account:"));
        let account: Vec<String> = account.into_iter().map(|(subject, _)| subject).collect();
        let mut transaction = self.pool.begin().await?;
        sqlx::query!("delete from ops.sign_in_failures where subject = any($1)", &account)
            .execute(&mut *transaction)
            .await?;
        take_back(&mut transaction, &others, self.clock.now()).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The password was never looked at.
    pub(crate) async fn withdraw(&self, attempt: Attempt) -> Result<(), AuthError> {
        let mut transaction = self.pool.begin().await?;
        take_back(&mut transaction, &attempt.subjects, self.clock.now()).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn begin(&self, mut subjects: Vec<Subject>) -> Result<Attempt, AuthError> {
        if subjects.is_empty() {
            return Ok(Attempt { subjects });
        }
        // Rows are locked in one order, so that two attempts never wait for each other crosswise.
        subjects.sort_by(|a, b| a.0.cmp(&b.0));
        let now = self.clock.now();
        let mut transaction = self.pool.begin().await?;
        let counters = lock_counters(&mut transaction, &subjects, now).await?;
        if let Some(until) = counters.iter().map(|counter| counter.blocked_until).max().filter(|until| *until > now) {
            // Rounded up: "in 0 seconds" would be wrong.
            let retry_after_s = (until - now).whole_milliseconds().unsigned_abs().div_ceil(1000) as u64;
            return Err(AuthError::TooManyAttempts { retry_after_s });
        }
        for (subject, policy) in &subjects {
            let known = counters.iter().find(|counter| counter.subject == *subject);
            let failures =
                1 + known.filter(|known| now - known.updated_at < policy.forgotten_after).map_or(0, |k| k.failures);
            let blocked_until = now + policy.delay_after(failures);
            sqlx::query!(
                "update ops.sign_in_failures set failures = $2, blocked_until = $3, updated_at = $4
                 where subject = $1",
                subject,
                failures,
                blocked_until,
                now,
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(Attempt { subjects })
    }
}

async fn lock_counters(
    connection: &mut PgConnection,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<Vec<Counter>, sqlx::Error> {
    let names: Vec<String> = subjects.iter().map(|(subject, _)| subject.clone()).collect();
    sqlx::query!(
        "insert into ops.sign_in_failures (subject, failures, blocked_until, updated_at)
         select subject, 0, $2, $2 from unnest($1::text[]) as u (subject)
         on conflict (subject) do nothing",
        &names,
        now,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_as!(
        Counter,
        "select subject, failures, blocked_until, updated_at from ops.sign_in_failures
         where subject = any($1) order by subject for update",
        &names,
    )
    .fetch_all(&mut *connection)
    .await
}

async fn take_back(connection: &mut PgConnection, subjects: &[Subject], now: Timestamp) -> Result<(), sqlx::Error> {
    for (subject, policy) in subjects {
        sqlx::query!(
            "update ops.sign_in_failures
             set failures = greatest(failures - 1, 0),
                 blocked_until = case when failures - 1 <= $2 then least(blocked_until, $3) else blocked_until end
             where subject = $1",
            subject,
            policy.free,
            now,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The address itself is personal data that this table does not need.
fn account_subject(email: &str) -> String {
    format!("account:{}", hex::encode(Sha256::digest(email.trim().to_lowercase().as_bytes())))
}

/// An IPv4 address, or the /64 that one IPv6 customer has to himself. None for the machine itself: there it is the
/// reverse proxy, which stands for everybody, and blocking it would lock everybody out.
fn address_subject(client: &ClientInfo) -> Option<String> {
    let address = client.address?.to_canonical();
    if address.is_loopback() {
        return None;
    }
    Some(match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> ClientInfo {
        ClientInfo { address: Some(address.parse().unwrap()), user_agent: String::new() }
    }

    #[test]
    fn the_delay_doubles_after_the_free_failures_up_to_a_quarter_of_an_hour() {
        let delays: Vec<i64> = (4..=17).map(|n| ACCOUNT.delay_after(n).whole_seconds()).collect();
        assert_eq!(delays, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(ACCOUNT.delay_after(i32::MAX), DELAY_MAX);
    }

    #[test]
    fn one_ipv6_customer_is_one_subject() {
        assert_eq!(address_subject(&from("2001:db8:1:2:3:4:5:6")), address_subject(&from("2001:db8:1:2::9")));
        assert_ne!(address_subject(&from("2001:db8:1:2::1")), address_subject(&from("2001:db8:1:3::1")));
        assert_eq!(address_subject(&from("::ffff:192.0.2.7")).as_deref(), Some("192.0.2.7"));
    }

    #[test]
    fn the_machine_itself_is_not_counted() {
        assert_eq!(address_subject(&from("127.0.0.1")), None);
        assert_eq!(address_subject(&from("::1")), None);
    }

    #[test]
    fn an_account_is_the_same_in_any_case() {
        assert_eq!(account_subject(" Ada@Example.com "), account_subject("ada@example.com"));
    }
}
