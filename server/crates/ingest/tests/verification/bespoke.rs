//! What is particular to providers that no row describes.

use crate::vectors::{Vector, vectors};
use hookreel_ingest::{Inbound, Keyring, Refusal, RuleInput, SourceRule, Verified, needed_key, verify};
use hookreel_kernel::{Secret, Timestamp};

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.rule.provider().name() == name).unwrap()
}

fn judge(vector: &Vector) -> Result<Verified, &'static str> {
    let (secrets, headers, fetched) = (vector.secrets(), vector.headers(), vector.fetched());
    let keys = Keyring { secrets: &secrets, fetched: &fetched };
    let now = Timestamp::from_unix_timestamp(vector.now).unwrap();
    verify(&vector.rule, &keys, &request(vector, &headers), now).map_err(|refusal: Refusal| refusal.code())
}

fn request<'v>(vector: &'v Vector, headers: &'v [(String, Vec<u8>)]) -> Inbound<'v> {
    let request = &vector.request;
    Inbound { method: &request.method, public_url: &request.url, headers, body: request.body.as_bytes() }
}

fn with_header(mut vector: Vector, name: &str, value: &str) -> Vector {
    for header in &mut vector.request.headers {
        if header.0 == name {
            value.clone_into(&mut header.1);
        }
    }
    vector
}

fn with_body(mut vector: Vector, from: &str, to: &str) -> Vector {
    assert!(vector.request.body.contains(from), "{from}");
    vector.request.body = vector.request.body.replace(from, to);
    vector
}

/// The vector with other members in the key that was fetched for it.
fn with_key_members(vector: Vector, pointer: &str, members: &[(&str, &str)]) -> Vector {
    let mut document: serde_json::Value = serde_json::from_str(vector.key_document()).unwrap();
    for (name, value) in members {
        document.pointer_mut(pointer).unwrap()[*name] = (*value).into();
    }
    with_key(vector, &document.to_string())
}

fn with_key(mut vector: Vector, document: &str) -> Vector {
    let own = vector.key_document().to_owned();
    assert_ne!(own, document);
    vector.expire_key(&own, document);
    vector
}

#[test]
fn twilio_signs_the_url_to_the_letter() {
    for url in ["https://example.com/myapp.php?bar=2&foo=1", "http://example.com/myapp.php?foo=1&bar=2", ""] {
        let mut elsewhere = vector("twilio");
        url.clone_into(&mut elsewhere.request.url);
        assert_eq!(judge(&elsewhere), Err("signature_mismatch"), "{url}");
    }
}

#[test]
fn twilio_covers_no_body_by_the_url_alone() {
    let json = with_header(vector("twilio"), "Content-Type", "application/json");
    assert_eq!(judge(&json), Err("malformed_body"));
}

#[test]
fn twilio_names_another_algorithm_only_by_its_header() {
    let rule = || vectors().into_iter().rfind(|vector| vector.rule.provider().name() == "twilio").unwrap();
    let settings = "X-Twilio-Webhooks-Signature-Settings";
    assert!(judge(&rule()).is_ok());
    assert_eq!(judge(&with_header(rule(), settings, "key=SK1,algorithm=HMAC_SHA1")), Err("malformed_header"));
    for unknown in ["key=SK1", "algorithm=HMAC_MD5", "algorithm=HMAC_SHA256,algorithm=HMAC_SHA1", ""] {
        assert_eq!(judge(&with_header(rule(), settings, unknown)), Err("malformed_header"), "{unknown}");
    }
}

fn rich() -> Vector {
    vectors().into_iter().rfind(|vector| vector.rule.provider().name() == "microsoft_graph").unwrap()
}

#[test]
fn graphs_data_needs_a_token_of_graphs_own() {
    assert_eq!(judge(&with_body(rich(), r#","validationTokens":["#, r#","other":["#)), Err("malformed_body"));
    assert_eq!(judge(&with_body(rich(), r#""tenantId":"84bd8158"#, r#""tenantId":"94bd8158"#)), Err("malformed_body"));
    assert_eq!(
        judge(&with_body(rich(), r#""clientState":"a secret""#, r#""clientState":"another""#)),
        Err("token_mismatch")
    );
    let mut elsewhere = rich();
    elsewhere.rule = serde_json::from_str(r#"{"provider":"microsoft_graph","client_id":"another"}"#).unwrap();
    assert_eq!(judge(&elsewhere), Err("other_receiver"));
    let mut late = rich();
    late.now += 4_000;
    assert_eq!(judge(&late), Err("expired"));
    let mut early = rich();
    early.now -= 400;
    assert_eq!(judge(&early), Err("future_timestamp"));
    let mut unnamed = rich();
    unnamed.expire_key(r#""kid":""#, r#""kid":"other"#);
    assert_eq!(judge(&unnamed), Err("unusable_key"));
    // {"alg":"none"}: a token cannot choose.
    let token = rich().request.body.split(r#""validationTokens":[""#).nth(1).unwrap().to_owned();
    let (header, _) = token.split_once('.').unwrap();
    assert_eq!(judge(&with_body(rich(), header, "eyJhbGciOiJub25lIn0")), Err("malformed_body"));
}

#[test]
fn microsofts_keys_are_asked_for_only_by_who_knows_the_client_state() {
    let ask = |vector: &Vector, secrets: &[Secret<String>]| {
        let headers = vector.headers();
        needed_key(&vector.rule, secrets, &request(vector, &headers)).map(|key| key.url)
    };
    let url = "https://login.microsoftonline.com/common/discovery/keys";
    assert_eq!(ask(&rich(), &rich().secrets()).as_deref(), Some(url));
    assert_eq!(ask(&rich(), &[Secret::new("another".to_owned())]), None);
    let mut unchecked = rich();
    unchecked.rule = serde_json::from_str(r#"{"provider":"microsoft_graph"}"#).unwrap();
    assert_eq!(ask(&unchecked, &unchecked.secrets()), None);
    assert!(judge(&unchecked).is_ok(), "the client state is enough where no app is named");
}

#[test]
fn adyen_needs_every_item_signed() {
    assert_eq!(judge(&with_body(vector("adyen"), "7914073381342285", "7914073381342286")), Err("signature_mismatch"));
    assert_eq!(judge(&with_body(vector("adyen"), r#""value":1130"#, r#""value":{"a":1}"#)), Err("malformed_body"));
    assert_eq!(judge(&with_body(vector("adyen"), "hmacSignature", "other")), Err("malformed_body"));
    let mut none = vector("adyen");
    none.request.body = r#"{"notificationItems":[]}"#.to_owned();
    assert_eq!(judge(&none), Err("malformed_body"));
}

#[test]
fn braintrees_answer_to_a_challenge_signs_no_payload() {
    let mut forged = vector("braintree");
    // The HMAC-SHA1 of the challenge under the SHA-1 of the private key, as the handshake answers it.
    let challenge = "20f9f8ed05f77439fe955c977e4c8a53";
    let mac = "d9b899556c966b3f06945ec21311865d35df3ce4";
    for payload in [challenge.to_owned(), format!("{challenge}%0A")] {
        forged.request.body = format!("bt_signature=integration_public_key%7C{mac}&bt_payload={payload}");
        assert_eq!(judge(&forged), Err("malformed_body"));
    }
}

#[test]
fn certificates_come_only_from_the_providers_own_address() {
    for url in [
        "https://evil.example/v1/notifications/certs/CERT-1",
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/../../oauth2/token",
        "https://api.paypal.com/v1/notifications/certs/",
        "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
    ] {
        let pinned = with_header(vector("paypal"), "PAYPAL-CERT-URL", url);
        assert_eq!(judge(&pinned), Err("untrusted_key"), "{url}");
        let headers = pinned.headers();
        assert_eq!(needed_key(&pinned.rule, &[], &request(&pinned, &headers)), None, "{url}");
    }
    let path = with_header(vector("adobe_io"), "x-adobe-public-key1-path", "@evil.example/prod/keys/a.pem");
    assert_eq!(judge(&path), Err("untrusted_key"));
}

#[test]
fn an_expired_certificate_counts_for_nothing() {
    let mut late = vector("paypal");
    late.now = 1_900_000_000;
    assert_eq!(judge(&late), Err("unusable_key"));
    late.now = 1_600_000_000;
    assert_eq!(judge(&late), Err("unusable_key"));
}

/// The point of a key of P-256 that nothing was signed with.
const OTHER_POINT: [(&str, &str); 2] =
    [("x", "HWqqrXGYIymtxEIvDPFMfR_C1A8SWoa_p1NxYIJ62Gc"), ("y", "-vuI52URS91X_GVtfz3zqWGOgRFUODKQNngqJYgl1wU")];
/// The modulus of such a key of RSA.
const OTHER_MODULUS: &str = concat!(
    "4zqKjhxPiQajNI6jXJBvTbVFS0ktsF13Oc88TtryDwvkjtPRHJwTasb6N7tfn3Dd7iV_TJoBW_n_-JnRInQ-54uoSp3P55uBMdVf",
    "pAQcqRhNw7mLfkl4snAy9l89CJekxM-OAqf-k2e09zKf2o9EBC4CqM9v0C2v9xjsbf_A61HlnZknD8QLfMWhx_3LaKHaH1VOh-j5",
    "Q61arJAFCzcDZI5A4hYM_MogWl9wohTm0cBqdNVgweEFo8bwaZB3iuW-itJntnFk7gDuY3bf-3UQ-F6cMLgsdB5dZ78LkWg74lng",
    "Roa5itC3KBF8RpEHr3llMkO99G1yD2PlSvFQ7uzziw",
);

#[test]
fn a_valid_key_of_somebody_else_verifies_nothing() {
    let (paypal, sns) = (vector("paypal"), vector("amazon_sns"));
    let mut by_sns = with_key(paypal.clone(), sns.key_document());
    by_sns.now = sns.now;
    assert_eq!(judge(&by_sns), Err("signature_mismatch"));
    let mut by_paypal = with_key(sns, paypal.key_document());
    by_paypal.now = paypal.now;
    assert_eq!(judge(&by_paypal), Err("signature_mismatch"));
    let plaid = with_key_members(vector("plaid"), "/key", &OTHER_POINT);
    assert_eq!(judge(&plaid), Err("signature_mismatch"));
    let graph = with_key_members(rich(), "/keys/0", &[("n", OTHER_MODULUS)]);
    assert_eq!(judge(&graph), Err("signature_mismatch"));
}

#[test]
fn what_may_be_sent_again_with_its_old_time_is_held_against_the_clock_only_where_the_source_says_so() {
    for name in ["paypal", "amazon_sns"] {
        let mut own = vector(name);
        own.now += 3_000;
        assert!(judge(&own).is_ok(), "{name}: of any age");
        let mut input = own.rule.to_input();
        assert_eq!(input.tolerance_seconds, None, "{name}");
        input.tolerance_seconds = Some(600);
        own.rule = SourceRule::new(own.rule.provider(), &input).unwrap();
        assert_eq!(own.rule.to_input(), input, "{name}");
        assert_eq!(judge(&own), Err("stale_timestamp"), "{name}");
    }
    let mut just_sent = vector("paypal");
    just_sent.rule = SourceRule::new(
        just_sent.rule.provider(),
        &RuleInput { tolerance_seconds: Some(600), ..just_sent.rule.to_input() },
    )
    .unwrap();
    assert!(judge(&just_sent).is_ok());
}

#[test]
fn a_key_that_signs_for_everybody_is_not_enough() {
    let rule = |json: &str| serde_json::from_str(json).unwrap();
    let mut topic = vector("amazon_sns");
    topic.rule = rule(r#"{"provider":"amazon_sns","topic_arn":"arn:aws:sns:us-east-1:1:other"}"#);
    assert_eq!(judge(&topic), Err("other_receiver"));
    let mut client = vector("adobe_io");
    client.rule = rule(r#"{"provider":"adobe_io","client_id":"another"}"#);
    assert_eq!(judge(&client), Err("other_receiver"));
    let mut webhook = vector("paypal");
    webhook.rule = rule(r#"{"provider":"paypal","webhook_id":"another"}"#);
    assert_eq!(judge(&webhook), Err("signature_mismatch"));
}

#[test]
fn a_token_cannot_choose_its_algorithm() {
    // {"alg":"none"} and {"alg":"RS256"}.
    for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJSUzI1NiJ9"] {
        for (name, place) in [("monday", "Authorization"), ("plaid", "Plaid-Verification")] {
            let own = vector(name);
            let token = &own.request.headers[0].1;
            let (_, rest) = token.split_once('.').unwrap();
            let forged = with_header(own.clone(), place, &format!("{header}.{rest}"));
            assert_eq!(judge(&forged), Err("malformed_header"), "{name}");
        }
    }
}

#[test]
fn monday_names_receiver_and_end() {
    let mut late = vector("monday");
    late.now += 400;
    assert_eq!(judge(&late), Err("expired"));
    let mut early = vector("monday");
    early.now -= 400;
    assert_eq!(judge(&early), Err("future_timestamp"));
    let mut elsewhere = vector("monday");
    elsewhere.request.url = "https://hooks.example.com/in/other".to_owned();
    assert_eq!(judge(&elsewhere), Err("other_receiver"));
}

#[test]
fn plaids_keys_expire() {
    let mut expired = vector("plaid");
    expired.expire_key(r#""expired_at":null"#, r#""expired_at":1763892000"#);
    assert_eq!(judge(&expired), Err("unusable_key"));
}
