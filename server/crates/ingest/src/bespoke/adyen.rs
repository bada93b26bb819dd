//! Adyen ("Verify HMAC signatures"): every item of a notification carries the HMAC of eight of its
//! fields.

use super::{BESPOKE, Bespoke, first_secret, is_mac};
use crate::hmac::hmac_of;
use crate::keyring::Case;
use crate::octets::{decode, encode};
use crate::pointer::{scalar, value_at};
use crate::refusal::Refusal;
use crate::rule::SourceRule;
use crate::sample::{JSON, Sample, SampleEvent, SignProblem};
use crate::scheme::{Digest, Encoding, EventPlaces, Items, KeyForm, Place};
use crate::secret::key_of;
use crate::verify::{Proof, Verdict};
use hookreel_kernel::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// More items than this are refused: Adyen sends one, and used to send six at most.
const ITEMS_MAX: usize = 1_000;

const SIGNATURE: &str = "/NotificationRequestItem/additionalData/hmacSignature";
const PSP_REFERENCE: Place<'static> = Place::Body("/NotificationRequestItem/pspReference");
const EVENT_CODE: Place<'static> = Place::Body("/NotificationRequestItem/eventCode");
const SUCCESS: Place<'static> = Place::Body("/NotificationRequestItem/success");

/// What is signed, in order. What is absent counts as empty.
const SIGNED: [&str; 8] = [
    "/NotificationRequestItem/pspReference",
    "/NotificationRequestItem/originalReference",
    "/NotificationRequestItem/merchantAccountCode",
    "/NotificationRequestItem/merchantReference",
    "/NotificationRequestItem/amount/value",
    "/NotificationRequestItem/amount/currency",
    "/NotificationRequestItem/eventCode",
    "/NotificationRequestItem/success",
];

pub(crate) const ADYEN: Bespoke = Bespoke {
    title: "HMAC-SHA256 of eight fields in every item",
    judge,
    signed,
    play: Some(play),
    key: Some(KeyForm::Hex),
    event: EventPlaces::items(Items {
        lists: &["/notificationItems"],
        // A payment that failed may succeed later under the same reference and code.
        id: Some(Place::Joined(&[PSP_REFERENCE, EVENT_CODE, SUCCESS], ":")),
        kind: Some(EVENT_CODE),
    }),
    ..BESPOKE
};

#[derive(Deserialize)]
struct Notification<'b> {
    #[serde(rename = "notificationItems", borrow)]
    items: Vec<&'b RawValue>,
}

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let items = items_of(case.request.body)?;
    let signed: Option<Vec<_>> = items.iter().map(|item| Some((mac_in(item)?, message(item)?))).collect();
    let signed = signed.ok_or(Refusal::MalformedBody { expected: "a hmacSignature in every item" })?;
    let secret_index = first_secret(case, KeyForm::Hex, |key| {
        signed.iter().all(|(mac, message)| is_mac(Digest::Sha256, key, message.as_bytes(), mac))
    })?;
    Ok(Proof { verdict: Verdict::Verified, secret_index: Some(secret_index), rule: ADYEN.title.to_owned() })
}

fn items_of(body: &[u8]) -> Result<Vec<&RawValue>, Refusal> {
    let notification: Option<Notification<'_>> = serde_json::from_slice(body).ok();
    let items = notification.map(|notification| notification.items).unwrap_or_default();
    if items.is_empty() || items.len() > ITEMS_MAX {
        return Err(Refusal::MalformedBody { expected: "a list of notificationItems" });
    }
    Ok(items)
}

fn mac_in(item: &RawValue) -> Option<Vec<u8>> {
    decode(Encoding::Base64, &scalar(value_at(item.get().as_bytes(), SIGNATURE)?.get())?)
}

/// The signed fields, joined. Nothing if one of them is no scalar: what is not signed as it stands
/// must not pass as if it were.
fn message(item: &RawValue) -> Option<String> {
    let texts: Option<Vec<_>> = SIGNED.iter().map(|pointer| field(item, pointer)).collect();
    texts.map(|texts| texts.join(":"))
}

fn field(item: &RawValue, pointer: &str) -> Option<String> {
    match value_at(item.get().as_bytes(), pointer).map(RawValue::get) {
        None | Some("null") => Some(String::new()),
        Some(flag @ ("true" | "false")) => Some(flag.to_owned()),
        Some(json) => scalar(json),
    }
}

fn signed(case: &Case<'_>) -> Result<Vec<u8>, Refusal> {
    let items = items_of(case.request.body)?;
    let messages: Vec<_> = items.iter().filter_map(|item| message(item)).collect();
    Ok(messages.join("\n").into_bytes())
}

fn play(_: &SourceRule, secret: &str, event: SampleEvent<'_>, _: Timestamp) -> Result<Sample, SignProblem> {
    const PROBLEM: SignProblem = SignProblem::Body("it must be a notification with items");
    let key = key_of(KeyForm::Hex, secret)?;
    let items = items_of(event.body).map_err(|_| PROBLEM)?;
    let mut notification: Value = serde_json::from_slice(event.body).map_err(|_| PROBLEM)?;
    for (index, item) in items.iter().enumerate() {
        let message = message(item).ok_or(PROBLEM)?;
        let mac = hmac_of(Digest::Sha256, &key, message.as_bytes()).ok_or(SignProblem::CannotBePlayed)?;
        let item = notification.pointer_mut(&format!("/notificationItems/{index}/NotificationRequestItem"));
        let data = item.and_then(Value::as_object_mut).ok_or(PROBLEM)?;
        let data = data.entry("additionalData").or_insert_with(|| Value::Object(serde_json::Map::new()));
        let data = data.as_object_mut().ok_or(PROBLEM)?;
        data.insert("hmacSignature".to_owned(), Value::from(encode(Encoding::Base64, &mac)));
    }
    let body = serde_json::to_vec(&notification).map_err(|_| PROBLEM)?;
    Ok(Sample { content_type: JSON, headers: Vec::new(), body })
}
