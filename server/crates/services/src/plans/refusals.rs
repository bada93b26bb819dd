//! Why Stripe did not do what a subscriber wants, in words: what passes by itself, and what only the operator can mend.

use super::Plans;
use crate::integrations::{clock_time, seconds_until, why};
use hookreel_contract::ApiError;
use hookreel_integrations::IntegrationError;
use hookreel_kernel::Timestamp;
use serde_json::Value;

/// The most characters of anything that Stripe says in the log.
const SAID_CHARS_MAX: usize = 200;

impl Plans {
    /// What a person is told. The operator reads in the log what is wrong with a key or a price.
    pub(super) fn refused_by_stripe(&self, error: &IntegrationError) -> ApiError {
        refused(error, self.clock.now())
    }
}

fn refused(error: &IntegrationError, now: Timestamp) -> ApiError {
    match error {
        IntegrationError::CircuitOpen { until, .. } => {
            let message = format!(
                "Stripe has failed several times in a row and is left alone until {}. Nothing was changed: try again \
                 then.",
                clock_time(*until)
            );
            ApiError::ServiceAway { message, retry_after_s: Some(seconds_until(*until, now)) }
        }
        IntegrationError::RateLimited { retry_after, .. } => {
            let seconds = retry_after.map(|wait| wait.as_secs().max(1));
            let when = seconds.map_or_else(|| "in a while".to_owned(), |seconds| format!("in {seconds} seconds"));
            let message = format!("Stripe is asked too often. Nothing was changed: try again {when}.");
            ApiError::ServiceAway { message, retry_after_s: seconds }
        }
        IntegrationError::Status { status: 409, .. } => {
            ApiError::conflict("Stripe is still busy with the same thing. Try again in a moment.")
        }
        IntegrationError::Status { status: status @ 300..=499, body, .. } => {
            let said = Said::read(body);
            tracing::error!(
                status,
                kind = said.kind.as_deref(),
                code = said.code.as_deref(),
                param = said.param.as_deref(),
                said = said.message.as_deref(),
                "Stripe refuses what a subscriber wants: look at the key, and at the prices of the plans"
            );
            not_by_itself()
        }
        IntegrationError::InvalidRequest { part, .. } => {
            tracing::error!(part, "Stripe cannot be asked for what a subscriber wants: look at the key");
            not_by_itself()
        }
        passing => {
            tracing::warn!(error = %passing, "Stripe could not be asked for what a subscriber wants");
            let message = format!("Stripe could not be reached ({}). Nothing was changed: try again.", why(passing));
            ApiError::ServiceAway { message, retry_after_s: None }
        }
    }
}

/// What Stripe says of a refusal, as far as it stands in the log. Of a key that it does not know it gives no code: only
/// its message says what is wrong, and names but a part of the key.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    kind: Option<String>,
    code: Option<String>,
    param: Option<String>,
    /// None if it may name a person: with an address in it.
    message: Option<String>,
}

impl Said {
    fn read(body: &str) -> Self {
        let said: Value = serde_json::from_str(body).unwrap_or_default();
        let part = |name: &str| {
            let text = said["error"][name].as_str()?;
            Some(text.chars().take(SAID_CHARS_MAX).collect::<String>())
        };
        Self {
            kind: part("type"),
            code: part("code"),
            param: part("param"),
            message: part("message").filter(|message| !message.contains('@')),
        }
    }
}

/// Nobody is told to try again what would be refused again.
fn not_by_itself() -> ApiError {
    ApiError::conflict(
        "Stripe refuses this, and would again: something is wrong with how plans are sold here. Nothing was changed. \
         The operator of this installation has to look into it; the log says what Stripe said.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::FailureReason;
    use std::time::Duration;
    use time::macros::datetime;

    const SERVICE: &str = "stripe";
    const NOW: Timestamp = datetime!(2026-11-26 09:30:00 UTC);

    fn status(status: u16, body: &str) -> IntegrationError {
        IntegrationError::Status { service: SERVICE, status, body: body.to_owned() }
    }

    #[test]
    fn what_passes_by_itself_says_when_to_try_again() {
        let open = IntegrationError::CircuitOpen { service: SERVICE, until: NOW + Duration::from_secs(45) };
        let ApiError::ServiceAway { message, retry_after_s } = refused(&open, NOW) else { panic!("{open:?}") };
        assert_eq!(retry_after_s, Some(45));
        assert!(message.contains("left alone until 09:30:45 UTC"), "{message}");
        let limited = IntegrationError::RateLimited { service: SERVICE, retry_after: Some(Duration::from_secs(7)) };
        let ApiError::ServiceAway { message, retry_after_s } = refused(&limited, NOW) else { panic!("{limited:?}") };
        assert_eq!(retry_after_s, Some(7));
        assert!(message.contains("try again in 7 seconds"), "{message}");
        let away = [
            IntegrationError::Network { service: SERVICE, reason: FailureReason::ConnectionRefused },
            IntegrationError::Timeout { service: SERVICE },
            status(503, ""),
        ];
        for error in away {
            assert_eq!(refused(&error, NOW).code(), "service_away", "{error}");
        }
    }

    #[test]
    fn what_would_be_refused_again_is_the_operators_to_mend() {
        let wrong_price = r#"{"error":{"code":"resource_missing","param":"line_items[0][price]"}}"#;
        let refusals = [
            status(401, ""),
            status(400, wrong_price),
            status(403, "{"),
            IntegrationError::InvalidRequest { service: SERVICE, part: "authorization" },
        ];
        for error in refusals {
            let told = refused(&error, NOW);
            assert_eq!(told.code(), "conflict");
            assert!(told.to_string().contains("operator"), "{told}");
            assert!(!told.to_string().to_lowercase().contains("try again"), "{told}");
        }
        assert!(refused(&status(409, ""), NOW).to_string().contains("Try again"));
    }

    #[test]
    fn the_log_says_what_stripe_said_without_addresses_of_people() {
        let unknown_key =
            r#"{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: sk_test_***"}}"#;
        let said = Said::read(unknown_key);
        assert_eq!(said.kind.as_deref(), Some("invalid_request_error"));
        assert_eq!(said.message.as_deref(), Some("Invalid API Key provided: sk_test_***"));
        assert_eq!((said.code, said.param), (None, None));
        let of_a_person = r#"{"error":{"code":"email_invalid","message":"Invalid email address: ada@example.com"}}"#;
        let said = Said::read(of_a_person);
        assert_eq!((said.code.as_deref(), said.message), (Some("email_invalid"), None));
        let long = format!(r#"{{"error":{{"message":"{}"}}}}"#, "é".repeat(1_000));
        assert_eq!(Said::read(&long).message.unwrap().chars().count(), SAID_CHARS_MAX);
        for nothing in ["", "{", "[]", r#"{"error":"no"}"#] {
            assert_eq!(Said::read(nothing), Said { kind: None, code: None, param: None, message: None });
        }
    }
}
