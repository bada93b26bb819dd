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

/// Rules of somebody who is not in the list: one for each way of writing signatures and times, since a provider's own
/// row has them one at a time.
pub(crate) const CUSTOM: &[&str] = &[
    r#"{"provider":"custom","header":"X-Sig","format":"fields","signature_field":"sig","separator":";","digest":"sha512","encoding":"base64url","timestamp_field":"when","timestamp_unit":"ms","signed":"{timestamp}.{header:X-Id}.{body}","event_id_header":"X-Id"}"#,
    r#"{"provider":"custom","header":"X-Sig","format":"tagged","signature_field":"v3","digest":"sha1","key_form":"sha1","timestamp_header":"X-Time","timestamp_unit":"rfc3339","signed":"{timestamp}{url}{body}"}"#,
    r#"{"provider":"custom","header":"X-Sig-","format":"numbered","prefix":"k=","encoding":"base64","timestamp_header":"X-Time","timestamp_unit":"s_or_ms","signed":"{method}{timestamp}{body}","event_type_header":"X-Type"}"#,
    r#"{"provider":"custom","header":"X-Sig","format":"prefixed","prefix":"v0=","encoding":"base64url","timestamp_header":"X-Time","signed":"v0:{timestamp}:{body}"}"#,
];

/// A request as the corpus has it: the source's rule in JSON, a line of method and URL, a line for each header, an
/// empty line, and the body.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) rule: SourceRule,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Written {
    /// Reads a request, or nothing if it does not begin with a rule and a line of method and URL.
    pub(crate) fn read(data: &[u8]) -> Option<Self> {
        let (rule, rest) = first_line(data);
        let (target, mut rest) = first_line(rest);
        let rule = serde_json::from_slice(rule).ok()?;
        let (method, url) = std::str::from_utf8(target).ok()?.split_once(' ')?;
        let mut headers = Vec::new();
        loop {
            let (header, after) = first_line(rest);
            rest = after;
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_at(header.iter().position(|octet| *octet == b':').unwrap_or(header.len()));
            let value = value.strip_prefix(b": ").or_else(|| value.strip_prefix(b":")).unwrap_or_default();
            headers.push((String::from_utf8_lossy(name).into_owned(), value.to_vec()));
        }
        Some(Self { rule, method: method.to_owned(), url: url.to_owned(), headers, body: rest.to_vec() })
    }

    /// Asks about the request, and then plays its sender, who says in id and type what the headers say here.
    pub(crate) fn judge(&self) {
        let request = Inbound { method: &self.method, public_url: &self.url, headers: &self.headers, body: &self.body };
        judge(&self.rule, &request, &[]);
        for (_, value) in &self.headers {
            if let Ok(text) = std::str::from_utf8(value) {
                self.play(text);
            }
        }
    }

    /// Also of what is genuine, nothing but short, printable texts is taken.
    fn play(&self, text: &str) {
        let secrets = secrets_of(&self.rule);
        let Some(secret) = secrets.first() else { return };
        let event = SampleEvent { id: text, event_type: text, public_url: &self.url, body: &self.body };
        let Ok(sample) = sign(&self.rule, secret, event, now()) else { return };
        let mut headers: Vec<_> = sample.headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
        headers.push(("Content-Type".to_owned(), sample.content_type.as_bytes().to_vec()));
        let request = Inbound { method: "POST", public_url: &self.url, headers: &headers, body: &sample.body };
        let Ok(verified) = verify(&self.rule, &Keyring::of(&secrets), &request, now()) else { return };
        for said in [verified.event_id, verified.event_type].into_iter().flatten() {
            assert!(!said.is_empty() && said.len() <= 256 && !said.contains(char::is_control), "{said:?}");
        }
    }
}

fn first_line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|octet| *octet == b'\n').unwrap_or(data.len());
    let (line, rest) = data.split_at(end);
    (line, rest.strip_prefix(b"\n").unwrap_or_default())
}

/// As a request to a source that the first line is the rule of. What is no such request: as the value of every header,
/// for everybody.
pub(crate) fn header(data: &[u8]) {
    if let Some(written) = Written::read(data) {
        written.judge();
        return;
    }
    for rule in rules() {
        let headers: Vec<_> = rule.headers().into_iter().map(|name| (name, data.to_vec())).collect();
        for body in [&b"{}"[..], br#"{"type":0,"events":[]}"#] {
            judge(&rule, &Inbound { method: "POST", public_url: URL, headers: &headers, body }, &[]);
        }
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
pub(crate) fn judge(rule: &SourceRule, request: &Inbound<'_>, fetched: &[FetchedKey]) {
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

/// A rule of every provider, and those of somebody who is not in the list.
pub(crate) fn rules() -> Vec<SourceRule> {
    let rule = |provider: Provider| {
        let text = || Some("x".to_owned());
        let needs = |field| provider.fields().any(|own| own.name == field).then(text).flatten();
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
    Provider::all()
        .filter_map(rule)
        .chain(CUSTOM.iter().filter_map(|stored| serde_json::from_str(stored).ok()))
        .collect()
}

/// Those of the texts that the provider could have issued.
pub(crate) fn secrets_of(rule: &SourceRule) -> Vec<Secret<String>> {
    let fits = |text: &&&str| validate_secret(rule, text).is_ok();
    TEXTS.iter().filter(fits).map(|text| Secret::new((*text).to_owned())).collect()
}
