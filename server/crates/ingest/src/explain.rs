//! What was signed, and what should have been: for a person who looks for the mistake.
//!
//! No finding shows a secret, a token, or a signature that was expected: the last would let anybody
//! who may read it sign what he likes.

use crate::keyring::{Case, Keyring};
use crate::provider::Method;
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rows::describe;
use crate::rule::SourceRule;
use crate::scheme::{Scheme, SignaturePlace};
use crate::signature::{is_present, read_claim, seconds_of, signature_texts};
use crate::signed::each_signed;
use crate::token;
use crate::verify::{Verdict, Verified, verify};
use hookreel_kernel::{Secret, Timestamp};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Of what was signed, and of headers, this much is shown, in octets.
const EXCERPT_BYTES_MAX: usize = 4_096;

/// One thing about a request. In JSON: `finding` and its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// How the provider signs.
    Scheme {
        /// In a few words.
        text: String,
    },
    /// A header that decides, as it was found.
    Header {
        /// Its name.
        name: String,
        /// Its values, shortened. A token is not shown.
        values: Vec<String>,
    },
    /// When the request says it was sent.
    Time {
        /// As it was written.
        text: String,
        /// How long ago that was; negative if it is yet to come.
        age_seconds: i64,
        /// How far from now it may be.
        tolerance_seconds: u32,
        /// Whether it is that near.
        is_near_enough: bool,
    },
    /// The octets that the signature is over, as the scheme builds them of what was received.
    Signed {
        /// How many there are.
        length_bytes: usize,
        /// Their SHA-256, in hexadecimal.
        sha256: String,
        /// As text, shortened; what is no text is replaced.
        excerpt: String,
        /// Whether there is more.
        is_shortened: bool,
    },
    /// One of the source's secrets.
    Secret {
        /// Which, in the order in which they were tried.
        index: usize,
        /// What came of it.
        outcome: SecretOutcome,
    },
    /// The end: accepted.
    Accepted {
        /// How.
        verdict: Verdict,
        /// What the request says about its events.
        event_id: Option<String>,
        /// Likewise.
        event_type: Option<String>,
        /// How many events it carries, if it is a list.
        items: usize,
    },
    /// The end: refused.
    Refused {
        /// [`Refusal::code`].
        code: &'static str,
        /// In a line.
        text: String,
    },
}

/// What came of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretOutcome {
    /// A signature was made with it.
    Matches,
    /// No signature was made with it.
    DoesNotMatch,
    /// It is none of this provider's.
    Unusable,
}

/// Everything that can be said about how a request was judged, in the order of judging.
pub fn explain(rule: &SourceRule, keys: &Keyring<'_>, request: &Inbound<'_>, now: Timestamp) -> Vec<Finding> {
    let case = Case { rule, keys, request, now };
    let mut findings = match rule.provider().method() {
        Method::Rows(_) | Method::Configured(_) => {
            rule.with_schemes(|schemes| used(schemes, request).map(|scheme| explain_row(scheme, &case)))
        }
        Method::Token(scheme) => {
            let text = token::describe(scheme.place, &case);
            let header = scheme.place.header(rule).map(|name| header(request, name, true));
            Some([Some(Finding::Scheme { text }), header].into_iter().flatten().collect())
        }
        Method::Bespoke(bespoke) => {
            let text = bespoke.title.to_owned();
            let mut findings = vec![Finding::Scheme { text }];
            findings.extend(bespoke.headers.iter().map(|name| header(request, name, false)));
            findings.extend((bespoke.signed)(&case).ok().as_deref().map(signed));
            Some(findings)
        }
        Method::Unverifiable => None,
    }
    .unwrap_or_default();
    findings.extend(explain_secrets(&case));
    findings.push(match verify(rule, keys, request, now) {
        Ok(verified) => Finding::Accepted {
            verdict: verified.verdict,
            event_id: verified.event_id,
            event_type: verified.event_type,
            items: verified.items.len(),
        },
        Err(refusal) => Finding::Refused { code: refusal.code(), text: refusal.to_string() },
    });
    findings
}

/// The row that is explained: the first one that is present, or the first at all.
fn used<'s, 'a>(schemes: &'s [Scheme<'a>], request: &Inbound<'_>) -> Option<&'s Scheme<'a>> {
    schemes.iter().find(|scheme| is_present(scheme.signature, request)).or(schemes.first())
}

fn explain_row(scheme: &Scheme<'_>, case: &Case<'_>) -> Vec<Finding> {
    let mut findings = vec![Finding::Scheme { text: describe(scheme) }];
    match scheme.signature {
        SignaturePlace::Header(name) => findings.push(header(case.request, name, false)),
        SignaturePlace::NumberedHeaders(stem) => {
            let texts = signature_texts(scheme.signature, case.request).unwrap_or_default();
            let values = texts.iter().map(|text| excerpt(text.as_bytes()).0).collect();
            findings.push(Finding::Header { name: stem.to_owned(), values });
        }
        SignaturePlace::Body(_) => {}
    }
    let Ok(claim) = read_claim(scheme, case.request) else { return findings };
    let text = claim.sent_at.as_ref().map_or("", |sent_at| &sent_at.text);
    if let Some(time) = scheme.time
        && let Some(seconds) = seconds_of(text, time.unit)
    {
        let age_seconds = case.now.unix_timestamp().saturating_sub(seconds);
        let tolerance_seconds = case.rule.tolerance_seconds();
        let is_near_enough = age_seconds.unsigned_abs() <= u64::from(tolerance_seconds);
        findings.push(Finding::Time { text: text.to_owned(), age_seconds, tolerance_seconds, is_near_enough });
    }
    findings.extend(signed_parts(scheme, case.request, text));
    findings
}

/// What comes of each secret by itself, where there is one to compare.
fn explain_secrets(case: &Case<'_>) -> Vec<Finding> {
    if matches!(case.rule.provider().method(), Method::Bespoke(bespoke) if bespoke.key.is_none()) {
        return Vec::new();
    }
    let outcome = |secret: &Secret<String>| {
        let keys = Keyring { secrets: std::slice::from_ref(secret), ..*case.keys };
        match verify(case.rule, &keys, case.request, case.now) {
            // Those refusals are said only of a request that one of the secrets has signed.
            Ok(Verified { secret_index: Some(_), .. })
            | Err(
                Refusal::StaleTimestamp { .. }
                | Refusal::FutureTimestamp { .. }
                | Refusal::Expired { .. }
                | Refusal::OtherReceiver { .. },
            ) => Some(SecretOutcome::Matches),
            Err(Refusal::SignatureMismatch | Refusal::TokenMismatch) => Some(SecretOutcome::DoesNotMatch),
            Err(Refusal::UnusableSecret) => Some(SecretOutcome::Unusable),
            Ok(_) | Err(_) => None,
        }
    };
    let found = case.keys.secrets.iter().enumerate().map(|(index, secret)| (index, outcome(secret)));
    found.filter_map(|(index, outcome)| Some(Finding::Secret { index, outcome: outcome? })).collect()
}

fn header(request: &Inbound<'_>, name: &str, is_token: bool) -> Finding {
    let shown = |value: &[u8]| {
        if is_token { format!("{} characters, not shown", value.len()) } else { excerpt(value).0 }
    };
    Finding::Header { name: name.to_owned(), values: request.header_values(name).take(10).map(shown).collect() }
}

fn signed(octets: &[u8]) -> Finding {
    let (excerpt, is_shortened) = excerpt(octets);
    Finding::Signed { length_bytes: octets.len(), sha256: hex::encode(Sha256::digest(octets)), excerpt, is_shortened }
}

/// The same of the parts that a row has signed. They are not put together for it: a source's own row may name the body
/// dozens of times.
fn signed_parts(scheme: &Scheme<'_>, request: &Inbound<'_>, sent_at: &str) -> Option<Finding> {
    let (mut digest, mut length_bytes) = (Sha256::new(), 0_usize);
    let mut start: Vec<u8> = Vec::new();
    let parts = each_signed(scheme, request, sent_at, |part| {
        digest.update(part);
        length_bytes += part.len();
        start.extend(part.iter().take(EXCERPT_BYTES_MAX - start.len()));
    });
    parts.ok()?;
    let (excerpt, is_shortened) = (String::from_utf8_lossy(&start).into_owned(), start.len() < length_bytes);
    Some(Finding::Signed { length_bytes, sha256: hex::encode(digest.finalize()), excerpt, is_shortened })
}

fn excerpt(octets: &[u8]) -> (String, bool) {
    let shown = octets.get(..EXCERPT_BYTES_MAX).unwrap_or(octets);
    (String::from_utf8_lossy(shown).into_owned(), shown.len() < octets.len())
}

/// The code of a refusal, for whoever stores only that.
impl From<&Refusal> for Verdict {
    fn from(_: &Refusal) -> Self {
        Self::Failed
    }
}
