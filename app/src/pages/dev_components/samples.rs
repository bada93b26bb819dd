//! What the components' page shows.

use hookreel_contract::views::{AttemptView, Body, StatBucket, UsageDay};
use hookreel_kernel::{AttemptId, FailureReason, Timestamp};
use time::Duration;

/// A day with a quiet night, a bad hour and a gap.
pub(super) fn buckets(now: Timestamp) -> Vec<StatBucket> {
    (0_u32..48)
        .map(|step| {
            let is_quiet = (14..22).contains(&step);
            let is_bad = (33..36).contains(&step);
            let all = if is_quiet { 0 } else { 400 + u64::from(step * 37 % 23) * 30 };
            let failed = if is_bad { all * 2 / 5 } else { all / 90 };
            StatBucket {
                at: now - Duration::minutes(30 * i64::from(48 - step)),
                succeeded: all - failed,
                failed,
                exhausted: failed / 3,
                p50_ms: (all > 0).then_some(80 + step * 13 % 40),
                p95_ms: (all > 0).then_some(if is_bad { 2_400 } else { 240 + step * 29 % 160 }),
            }
        })
        .collect()
}

/// A month of which twenty days are over.
pub(super) fn days(now: Timestamp) -> Vec<UsageDay> {
    (0_u32..30)
        .map(|day| {
            let is_over = day < 20;
            let all = if is_over { 2_400 + u64::from(day * 37 % 23) * 120 } else { 0 };
            UsageDay { at: now + Duration::days(i64::from(day) - 20), received: all * 3 / 5, published: all * 2 / 5 }
        })
        .collect()
}

fn body(text: &str, is_hex: bool) -> Body {
    Body { text: text.to_owned(), is_hex, is_cut: false, bytes: text.len() as u64 }
}

pub(super) fn json() -> Body {
    body(
        r#"{"id":"evt_1NabcXYZ","object":"event","created":1764000000,"livemode":true,"type":"invoice.paid","data":{"object":{"id":"in_1NabcXYZ","amount_due":120400,"currency":"eur","tax":1.90e1,"customer_email":"ada@example.com","lines":[{"id":"il_1","amount":120400,"description":"A line with a “quote” and a \"quote\""},{"id":"il_2","amount":0,"description":null}],"metadata":{}}},"pending_webhooks":1,"request":null}"#,
        false,
    )
}

pub(super) fn text() -> Body {
    Body {
        is_cut: true,
        ..body("upstream connect error or disconnect/reset before headers. reset reason: connection timeout", false)
    }
}

pub(super) fn hex() -> Body {
    body(
        "00000000  1f 8b 08 00 00 00 00 00  00 03 ab 56 ca 48 cd c9  |...........V.H..|\n00000010  c9 57 b2 52 2a cf 2f ca  49 51 aa 05 00 f3 3e 9d  |.W.R*./.IQ....>.|",
        true,
    )
}

pub(super) fn empty() -> Body {
    body("", false)
}

pub(super) fn headers() -> Vec<(String, String)> {
    [
        ("content-type", "application/json"),
        ("webhook-id", "msg_01kavx3h7fe7z8m2g4n5p6q7r8"),
        ("webhook-timestamp", "1764000000"),
        ("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
        ("authorization", "[redacted]"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn id(text: &str) -> AttemptId {
    // Only a mistyped sample above would not be an id.
    text.parse().unwrap_or_else(|_| unreachable!("{text} is an id"))
}

/// One that was answered with an error, one without an answer, one that was resent and succeeded.
pub(super) fn attempts(now: Timestamp) -> [AttemptView; 3] {
    let failed = AttemptView {
        id: id("atmpt_01kavx3h7fe7z8m2g4n5p6q7r1"),
        number: 1,
        manual: false,
        succeeded: false,
        url: "https://billing.example.com/webhooks".to_owned(),
        status: Some(503),
        failure: Some(FailureReason::Status),
        duration_ms: 212,
        attempted_at: now - Duration::minutes(5),
        request_headers: headers(),
        response_headers: vec![("retry-after".to_owned(), "5".to_owned())],
        response_body: text(),
        response_truncated: true,
    };
    let refused = AttemptView {
        id: id("atmpt_01kavx3h7fe7z8m2g4n5p6q7r2"),
        number: 2,
        status: None,
        failure: Some(FailureReason::Timeout),
        duration_ms: 15_012,
        attempted_at: now - Duration::minutes(4),
        response_headers: Vec::new(),
        response_body: empty(),
        response_truncated: false,
        ..failed.clone()
    };
    let succeeded = AttemptView {
        id: id("atmpt_01kavx3h7fe7z8m2g4n5p6q7r3"),
        number: 3,
        manual: true,
        succeeded: true,
        status: Some(200),
        failure: None,
        duration_ms: 96,
        attempted_at: now - Duration::minutes(1),
        response_body: json(),
        ..refused.clone()
    };
    [failed, refused, succeeded]
}
