//! Amazon SNS ("Verifying the signatures of Amazon SNS messages"): RSA over lines of the message, with
//! a certificate that the message names. Any topic of anybody is signed alike: the topic must be the
//! source's.

use super::{BESPOKE, Bespoke};
use crate::keyring::{Case, KeyDocument, KeyRequest};
use crate::octets::decode;
use crate::pinned;
use crate::public_key::{Made, is_signed, key_in_certificate};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::scheme::{Encoding, EventPlaces, Place, TimeUnit};
use crate::signature::seconds_of;
use crate::verify::{Proof, Verdict, check_time};
use hookreel_kernel::Secret;
use serde::Deserialize;

pub(crate) const AMAZON_SNS: Bespoke = Bespoke {
    title: "RSA over the message's lines in its Signature",
    judge,
    signed: |case| Ok(lines(&read(case.request)?).into_bytes()),
    needed_key: Some(needed_key),
    may_compare_time: true,
    event: EventPlaces::at(Place::Body("/MessageId"), Place::Body("/Type")),
    ..BESPOKE
};

/// A message, as far as it is signed or says how.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Message {
    #[serde(rename = "Type")]
    pub(crate) kind: String,
    #[serde(rename = "Message")]
    text: String,
    #[serde(rename = "MessageId")]
    id: String,
    subject: Option<String>,
    #[serde(rename = "SubscribeURL")]
    pub(crate) subscribe_url: Option<String>,
    timestamp: String,
    token: Option<String>,
    topic_arn: String,
    signature: String,
    signature_version: String,
    #[serde(rename = "SigningCertURL")]
    certificate_url: String,
}

pub(crate) fn read(request: &Inbound<'_>) -> Result<Message, Refusal> {
    serde_json::from_slice(request.body).map_err(|_| Refusal::MalformedBody { expected: "a signed message of SNS" })
}

/// The signed lines: each name and value, in the order of the names.
fn lines(message: &Message) -> String {
    let is_notification = message.kind == "Notification";
    let only_if = |condition: bool, value: &Option<String>| value.clone().filter(|_| condition);
    let fields = [
        ("Message", Some(message.text.clone())),
        ("MessageId", Some(message.id.clone())),
        ("Subject", only_if(is_notification, &message.subject)),
        ("SubscribeURL", only_if(!is_notification, &message.subscribe_url)),
        ("Timestamp", Some(message.timestamp.clone())),
        ("Token", only_if(!is_notification, &message.token)),
        ("TopicArn", Some(message.topic_arn.clone())),
        ("Type", Some(message.kind.clone())),
    ];
    fields.into_iter().filter_map(|(name, value)| Some(format!("{name}\n{}\n", value?))).collect()
}

/// Whether an address is one of SNS's own, in one of Amazon's regions.
pub(crate) fn is_at_sns(url: &str) -> bool {
    pinned::AMAZON_SNS.iter().any(|start| pinned::begins(url, start))
}

/// The certificate's address: the host is not enough, because SNS answers with the words of whoever asks.
fn is_certificate(url: &str) -> bool {
    let file = url.rsplit_once('/').filter(|(start, _)| is_at_sns(url) && start.matches('/').count() == 2);
    let digits = file.and_then(|(_, file)| file.strip_prefix("SimpleNotificationService-")?.strip_suffix(".pem"));
    digits.is_some_and(|digits| (8..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn needed_key(_: &SourceRule, _: &[Secret<String>], request: &Inbound<'_>) -> Option<KeyRequest> {
    let url = read(request).ok()?.certificate_url;
    let document = KeyDocument::Certificate;
    is_certificate(&url).then(|| KeyRequest { cache_key: url.clone(), url, body: None, document })
}

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let message = read(case.request)?;
    let made = match message.signature_version.as_str() {
        "1" => Made::RsaSha1,
        "2" => Made::RsaSha256,
        _ => return Err(Refusal::MalformedBody { expected: "SignatureVersion 1 or 2" }),
    };
    let signature = decode(Encoding::Base64, &message.signature);
    let signature = signature.ok_or(Refusal::MalformedBody { expected: "a Signature in Base64" })?;
    if !is_certificate(&message.certificate_url) {
        return Err(Refusal::UntrustedKey);
    }
    let document = case.keys.document(&message.certificate_url).ok_or(Refusal::KeyNotFetched)?;
    let key = key_in_certificate(document, case.now)?;
    if !is_signed(made, &key, lines(&message).as_bytes(), &signature) {
        return Err(Refusal::SignatureMismatch);
    }
    if case.rule.field("topic_arn") != Some(&message.topic_arn) {
        return Err(Refusal::OtherReceiver { expected: "the topic is this source's" });
    }
    // What SNS sends again, for an hour at most, has the time at which it was published: it is compared with now only
    // where the source says so. Repetitions are recognised by the message's id.
    if let Some(tolerance_seconds) = case.rule.chosen_tolerance() {
        let sent_at = seconds_of(&message.timestamp, TimeUnit::Rfc3339);
        let sent_at = sent_at.ok_or(Refusal::MalformedBody { expected: "a Timestamp of RFC 3339" })?;
        check_time(sent_at, case.now, tolerance_seconds)?;
    }
    Ok(Proof { verdict: Verdict::Verified, secret_index: None, rule: AMAZON_SNS.title.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_at_amazons_own_address() {
        let file = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";
        for host in ["sns.us-east-1.amazonaws.com", "sns.cn-north-1.amazonaws.com.cn"] {
            assert!(is_certificate(&format!("https://{host}{file}")), "{host}");
        }
        for bad in [
            format!("http://sns.us-east-1.amazonaws.com{file}"),
            format!("https://sns.us-east-1.amazonaws.com.evil.example{file}"),
            format!("https://sns.evil.example/.amazonaws.com{file}"),
            format!("https://user@sns.us-east-1.amazonaws.com{file}"),
            format!("https://sns.us-east-1.amazonaws.com:8443{file}"),
            format!("https://sns.us-east-1.amazonaws.com/x{file}"),
            format!("https://s3.us-east-1.amazonaws.com{file}"),
            format!("https://sns.us-east-1.amazonaws.com/?Action=x&{file}"),
            "https://sns.us-east-1.amazonaws.com/cert.pem".to_owned(),
            String::new(),
        ] {
            assert!(!is_certificate(&bad), "{bad}");
        }
    }
}
