//! Webhooks as Stripe and GitHub send them, signed the way they sign.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// Signing secrets of the demo's sources. They protect nothing.
pub(super) const STRIPE_SECRET: &str = "whsec_demo7Q2mXv9RtLkWc4ZsYpBn1aHd";
pub(super) const GITHUB_SECRET: &str = "demo-github-secret-5f1c0a";

/// One webhook, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Webhook {
    pub(super) event_type: String,
    pub(super) body: String,
    headers: Vec<(String, String)>,
    /// Name of the header in `headers` that holds the signature.
    signature: &'static str,
}

impl Webhook {
    /// Everything to send, in the provider's order.
    pub(super) fn headers(&self) -> Vec<(String, String)> {
        self.headers.clone()
    }

    /// The same with a signature that was made with another secret.
    pub(super) fn forged(mut self) -> Self {
        for (name, value) in &mut self.headers {
            if name == self.signature {
                let kept = value.len().saturating_sub(64);
                value.replace_range(kept.., &"0".repeat(64));
            }
        }
        self
    }
}

pub(super) fn stripe(number: u32) -> Webhook {
    let kinds = ["invoice.paid", "customer.subscription.updated", "charge.refunded", "checkout.session.completed"];
    let kind = kinds[(number as usize / 2) % kinds.len()];
    let now = unix_seconds();
    let amount = 1900 + u64::from(number) * 350;
    let body = json!({
        "id": format!("evt_1Q{now}{number:04}Demo"),
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": now,
        "livemode": false,
        "pending_webhooks": 1,
        "request": { "id": format!("req_{number:08x}Demo"), "idempotency_key": null },
        "type": kind,
        "data": { "object": {
            "id": format!("in_1Q{number:06}Demo"),
            "object": kind.split('.').next().unwrap_or(kind),
            "amount_paid": amount,
            "currency": "eur",
            "customer": format!("cus_Demo{:03}", number % 7),
            "customer_email": format!("angler{}@example.com", number % 7),
            "status": "paid",
            "lines": { "object": "list", "data": [
                { "id": "il_1", "amount": amount, "description": "Fly rod, monthly plan", "quantity": 1 }
            ] }
        } }
    })
    .to_string();
    let signature = hmac_hex(STRIPE_SECRET, &format!("{now}.{body}"));
    Webhook {
        event_type: kind.to_owned(),
        headers: pairs(&[
            ("Content-Type", "application/json; charset=utf-8"),
            ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
            ("Stripe-Signature", &format!("t={now},v1={signature}")),
        ]),
        signature: "Stripe-Signature",
        body,
    }
}

pub(super) fn github(number: u32) -> Webhook {
    let (event, action) =
        [("push", None), ("pull_request", Some("opened")), ("issues", Some("closed"))][(number as usize / 2) % 3];
    let repository = json!({
        "id": 900_100_200,
        "name": "tackle-box",
        "full_name": "demo-anglers/tackle-box",
        "private": false,
        "default_branch": "main",
    });
    let sender = json!({ "login": "river-guide", "id": 4_711, "type": "User" });
    let mut payload = json!({ "repository": repository, "sender": sender });
    if let Some(action) = action {
        payload["action"] = json!(action);
        payload[if event == "issues" { "issue" } else { "pull_request" }] = json!({
            "number": 40 + number,
            "title": "Knots slip under load",
            "state": if action == "closed" { "closed" } else { "open" },
        });
    } else {
        payload["ref"] = json!("refs/heads/main");
        payload["after"] = json!(hmac_hex("commit", &number.to_string())[..40]);
        payload["commits"] = json!([{ "message": "Tie it twice", "added": ["knots.md"], "distinct": true }]);
    }
    let body = payload.to_string();
    let signature = hmac_hex(GITHUB_SECRET, &body);
    let random = hmac_hex("delivery", &format!("{number}.{}", unix_seconds()));
    let delivery =
        format!("{}-{}-4{}-8{}-{}", &random[..8], &random[8..12], &random[13..16], &random[17..20], &random[20..32]);
    Webhook {
        event_type: action.map_or_else(|| event.to_owned(), |action| format!("{event}.{action}")),
        headers: pairs(&[
            ("Content-Type", "application/json"),
            ("User-Agent", "GitHub-Hookshot/044aadd"),
            ("X-GitHub-Event", event),
            ("X-GitHub-Delivery", &delivery),
            ("X-GitHub-Hook-ID", "400800"),
            ("X-Hub-Signature-256", &format!("sha256={signature}")),
        ]),
        signature: "X-Hub-Signature-256",
        body,
    }
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// HMAC-SHA256 in lower-case hexadecimal; the secret's bytes are the key, as both providers have it.
fn hmac_hex(secret: &str, text: &str) -> String {
    // HMAC takes keys of every length; an error cannot happen, and a wrong signature would be noticed at once.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[expect(clippy::disallowed_methods, reason = "a provider signs with its own clock, not with the product's")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stripe_webhook_is_signed_over_time_and_body() {
        let webhook = stripe(3);
        let header = &webhook.headers()[2].1;
        let (time, signature) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        assert_eq!(signature, hmac_hex(STRIPE_SECRET, &format!("{time}.{}", webhook.body)));
    }

    #[test]
    fn a_github_webhook_carries_a_uuid_and_a_signature_of_its_body() {
        let webhook = github(1);
        let headers = webhook.headers();
        assert_eq!(headers[3].1.len(), 36);
        assert_eq!(headers[5].1, format!("sha256={}", hmac_hex(GITHUB_SECRET, &webhook.body)));
    }

    #[test]
    fn a_forged_webhook_differs_in_nothing_but_its_signature() {
        let genuine = github(1);
        let forged = genuine.clone().forged();
        assert_eq!(forged.body, genuine.body);
        assert!(forged.headers()[5].1.starts_with("sha256=000000"));
        assert_eq!(forged.headers()[5].1.len(), genuine.headers()[5].1.len());
    }
}
