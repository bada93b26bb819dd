//! Where arbitrary octets enter: one function for each thing that a stranger, or a form, can say. None of
//! them may panic, and nothing that nobody signed may pass as verified.

#![allow(dead_code, reason = "each fuzz target uses one of them")]
#![allow(clippy::allow_attributes, reason = "the tests use all of them, so that there is nothing to expect")]

use hookreel_ingest::{
    FetchedKey, Inbound, Keyring, Provider, RuleInput, SampleEvent, SourceRule, Verdict, acknowledgement, answer,
    content_hash, explain, needed_key, sign, validate_secret, verify,
};
use hookreel_kernel::{Secret, Timestamp};

const URL: &str =
    "https://hooks.example.com/in/abc?challenge=1&crc_token=a&bt_challenge=20f9f8ed05f77439fe955c977e4c8a53";

/// Secrets that one provider or another could have issued.
const TEXTS: &[&str] = &[
    "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=",
    "user:password",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==",
];

/// Every header that decides anything, for any provider.
pub(crate) const HEADERS: &[&str] = &[
    "Authorization",
    "Calendly-Webhook-Signature",
    "Content-Type",
    "Linear-Signature",
    "PAYPAL-AUTH-ALGO",
    "PAYPAL-CERT-URL",
    "PAYPAL-TRANSMISSION-ID",
    "PAYPAL-TRANSMISSION-SIG",
    "PAYPAL-TRANSMISSION-TIME",
    "Paddle-Signature",
    "Plaid-Verification",
    "Sentry-Hook-Signature",
    "Stripe-Signature",
    "Twitch-Eventsub-Message-Id",
    "Twitch-Eventsub-Message-Signature",
    "Twitch-Eventsub-Message-Timestamp",
    "Twitch-Eventsub-Message-Type",
    "Typeform-Signature",
    "Webhook-Signature",
    "WorkOS-Signature",
    "X-AdobeSign-ClientId",
    "X-DocuSign-Signature-1",
    "X-Dropbox-Signature",
    "X-Gitlab-Token",
    "X-Hook-Secret",
    "X-Hook-Signature",
    "X-Hub-Signature",
    "X-Hub-Signature-256",
    "X-HubSpot-Request-Timestamp",
    "X-HubSpot-Signature-v3",
    "X-Notion-Signature",
    "X-Okta-Verification-Challenge",
    "X-PagerDuty-Signature",
    "X-Razorpay-Signature",
    "X-Shopify-Hmac-Sha256",
    "X-Sig",
    "X-Signature-Ed25519",
    "X-Signature-Timestamp",
    "X-Slack-Request-Timestamp",
    "X-Slack-Signature",
    "X-Telegram-Bot-Api-Secret-Token",
    "X-Twilio-Email-Event-Webhook-Signature",
    "X-Twilio-Email-Event-Webhook-Timestamp",
    "X-Twilio-Signature",
    "X-Twilio-Webhooks-Signature-Settings",
    "X-WC-Webhook-Signature",
    "X-Zendesk-Webhook-Signature",
    "X-Zendesk-Webhook-Signature-Timestamp",
    "finch-event-id",
    "finch-signature",
    "finch-timestamp",
    "intuit-signature",
    "svix-id",
    "svix-signature",
    "svix-timestamp",
    "telnyx-signature-ed25519",
    "telnyx-timestamp",
    "webhook-id",
    "webhook-timestamp",
    "x-adobe-digital-signature-1",
    "x-adobe-public-key1-path",
    "x-paystack-signature",
    "x-square-hmacsha256-signature",
    "x-twitter-webhooks-signature",
    "x-vercel-signature",
    "x-webflow-signature",
    "x-webflow-timestamp",
    "x-xero-signature",
    "x-zm-request-timestamp",
    "x-zm-signature",
];

/// As the value of every header.
pub(crate) fn header(data: &[u8]) {
    let headers: Vec<_> = HEADERS.iter().map(|name| ((*name).to_owned(), data.to_vec())).collect();
    for body in [&b"{}"[..], br#"{"type":0,"events":[]}"#] {
        everybody(&Inbound { method: "POST", public_url: URL, headers: &headers, body }, &[]);
    }
}

/// As the body, under headers that say little.
pub(crate) fn body(data: &[u8]) {
    for content_type in ["application/json", "application/x-www-form-urlencoded"] {
        let headers =
            [("Content-Type".to_owned(), content_type.as_bytes().to_vec()), ("X-Sig".to_owned(), b"00".to_vec())];
        everybody(&Inbound { method: "POST", public_url: URL, headers: &headers, body: data }, &[]);
    }
}

/// As the URL, of both methods.
pub(crate) fn url(data: &[u8]) {
    let Ok(public_url) = std::str::from_utf8(data) else { return };
    for method in ["GET", "POST"] {
        everybody(&Inbound { method, public_url, headers: &[], body: b"{}" }, &[]);
    }
}

/// As the document that a key was fetched in.
pub(crate) fn document(data: &[u8]) {
    // {"alg":"ES256","kid":"k"} and nothing signed.
    let token = b"eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.e30.AAAA".to_vec();
    let certificate = "https://api.paypal.com/v1/notifications/certs/CERT-1";
    let sns = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
    let headers: Vec<_> = [
        ("Plaid-Verification", token),
        ("PAYPAL-CERT-URL", certificate.as_bytes().to_vec()),
        ("PAYPAL-TRANSMISSION-ID", b"1".to_vec()),
        ("PAYPAL-TRANSMISSION-TIME", b"2".to_vec()),
        ("PAYPAL-TRANSMISSION-SIG", b"AAAA".to_vec()),
        ("PAYPAL-AUTH-ALGO", b"SHA256withRSA".to_vec()),
        ("x-adobe-digital-signature-1", b"AAAA".to_vec()),
        ("x-adobe-public-key1-path", b"/prod/keys/k.pem".to_vec()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let body = format!(
        r#"{{"Type":"Notification","MessageId":"1","Message":"m","Timestamp":"t","TopicArn":"x","Signature":"AAAA","SignatureVersion":"2","SigningCertURL":"{sns}"}}"#
    );
    let microsoft = "https://login.microsoftonline.com/common/discovery/keys#k";
    let addresses =
        [certificate, sns, microsoft, "plaid/production/k", "https://static.adobeioevents.com/prod/keys/k.pem"];
    let fetched = addresses.map(|cache_key| FetchedKey { cache_key: cache_key.to_owned(), document: data.to_vec() });
    everybody(&Inbound { method: "POST", public_url: URL, headers: &headers, body: body.as_bytes() }, &fetched);
    // {"alg":"RS256","kid":"k"} and nothing signed, under each of the client states there are.
    for secret in TEXTS {
        let body = serde_json::json!({
            "value": [{ "clientState": secret, "tenantId": "t", "encryptedContent": {} }],
            "validationTokens": ["eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.AAAA"],
        });
        let body = body.to_string();
        everybody(&Inbound { method: "POST", public_url: URL, headers: &[], body: body.as_bytes() }, &fetched);
    }
}

/// As a secret that somebody types.
pub(crate) fn secret(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let secret = Secret::new(text.to_owned());
    for rule in rules() {
        let _ = validate_secret(&rule, text);
        let event = SampleEvent { id: "1", event_type: "a.b", public_url: URL, body: br#"{"value":[{}]}"# };
        let sample = sign(&rule, &secret, event, now());
        assert!(!text.is_empty() || sample.is_err(), "{rule:?}");
    }
}

/// As a rule that is stored, and as the template of one.
pub(crate) fn rule(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let signed = serde_json::json!({
        "provider": "custom", "header": "X-Sig", "signed": text, "timestamp_header": "X-Time",
    });
    for stored in [text, &signed.to_string()] {
        let Ok(rule) = serde_json::from_str::<SourceRule>(stored) else { continue };
        let again =
            serde_json::to_string(&rule).ok().and_then(|stored| serde_json::from_str::<SourceRule>(&stored).ok());
        assert_eq!(again.as_ref(), Some(&rule));
        let headers = [("X-Sig".to_owned(), b"00".to_vec()), ("X-Time".to_owned(), b"1".to_vec())];
        judge(&rule, &Inbound { method: "POST", public_url: URL, headers: &headers, body: b"{}" }, &[]);
    }
}

fn everybody(request: &Inbound<'_>, fetched: &[FetchedKey]) {
    for rule in rules() {
        judge(&rule, request, fetched);
    }
}

/// Asks everything that can be asked about a request.
fn judge(rule: &SourceRule, request: &Inbound<'_>, fetched: &[FetchedKey]) {
    let secrets = secrets_of(rule);
    let keys = Keyring { secrets: &secrets, fetched };
    if let Ok(verified) = verify(rule, &keys, request, now()) {
        assert_ne!(verified.verdict, Verdict::Verified, "{}", rule.provider());
    }
    if let Some(needed) = needed_key(rule, &secrets, request) {
        assert!(needed.url.starts_with("https://"));
    }
    let found = serde_json::to_string(&explain(rule, &keys, request, now()));
    assert!(found.is_ok());
    answer(rule, &keys, request, now());
    acknowledgement(rule, &keys, request);
    content_hash(request);
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// A rule of every provider.
fn rules() -> Vec<SourceRule> {
    let rule = |provider: Provider| {
        let text = || Some("x".to_owned());
        let needs = |field| provider.fields().iter().any(|own| own.name == field).then(text).flatten();
        let input = RuleInput {
            header: provider.is_configurable().then(|| "X-Sig".to_owned()),
            public_key: needs("public_key"),
            webhook_id: needs("webhook_id"),
            topic_arn: needs("topic_arn"),
            client_id: needs("client_id"),
            verify_token: needs("verify_token"),
            ..RuleInput::default()
        };
        SourceRule::new(provider, &input).ok()
    };
    Provider::all().filter_map(rule).collect()
}

/// Those of the texts that the provider could have issued.
fn secrets_of(rule: &SourceRule) -> Vec<Secret<String>> {
    let fits = |text: &&&str| validate_secret(rule, text).is_ok();
    TEXTS.iter().filter(fits).map(|text| Secret::new((*text).to_owned())).collect()
}
