//! What an answer's status and headers mean for the call: pure.

use hookreel_domain::parse_retry_after;
use hookreel_kernel::Timestamp;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use std::time::Duration;

/// What follows from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the answer.
    Success,
    /// The service is in trouble: try again, at the earliest after what it asked for.
    Trouble {
        /// What it asked for.
        asked: Option<Duration>,
    },
    /// The service is called too often.
    Limited {
        /// What it asked for.
        asked: Option<Duration>,
    },
    /// No: asking again would not help.
    Refused,
}

/// What an answer means. Statuses that say "too often" are 429, and 403 where it comes with a limit, as GitHub writes
/// it: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
pub(crate) fn verdict(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Verdict {
    let retry_after = retry_after(headers, now);
    let asked = retry_after.or_else(|| exhausted_for(headers, now));
    match status.as_u16() {
        200..=299 => Verdict::Success,
        429 => Verdict::Limited { asked },
        403 if asked.is_some() => Verdict::Limited { asked },
        500.. => Verdict::Trouble { asked: retry_after },
        _ => Verdict::Refused,
    }
}

/// Numbers at least this large are points in time, smaller ones are seconds from now: nobody's limits last 30 years.
const EPOCH_SECONDS_MIN: u64 = 1_000_000_000;

/// How long no further call will be answered, if the answer says that none is left: `X-RateLimit-Remaining: 0` until
/// `X-RateLimit-Reset`, in seconds since 1970 or, with some services, from now.
pub(crate) fn exhausted_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if number(headers, "x-ratelimit-remaining")? > 0 {
        return None;
    }
    let reset = number(headers, "x-ratelimit-reset")?;
    if reset < EPOCH_SECONDS_MIN {
        return Some(Duration::from_secs(reset));
    }
    let at = Timestamp::from_unix_timestamp(i64::try_from(reset).ok()?).ok()?;
    Some(Duration::try_from(at - now).unwrap_or(Duration::ZERO))
}

fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    parse_retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: Timestamp = datetime!(2026-11-23 09:30:00 UTC);

    fn judged(status: u16, headers: &[(&str, &str)]) -> Verdict {
        verdict(StatusCode::from_u16(status).unwrap(), &map(headers), NOW)
    }

    fn map(headers: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| -> (HeaderName, HeaderValue) {
            (name.parse().unwrap(), value.parse().unwrap())
        };
        headers.iter().map(pair).collect()
    }

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_status_alone_says_what_follows() {
        for (status, expected) in [
            (200, Verdict::Success),
            (204, Verdict::Success),
            (301, Verdict::Refused),
            (400, Verdict::Refused),
            (401, Verdict::Refused),
            (403, Verdict::Refused),
            (404, Verdict::Refused),
            (409, Verdict::Refused),
            (422, Verdict::Refused),
            (429, Verdict::Limited { asked: None }),
            (500, Verdict::Trouble { asked: None }),
            (503, Verdict::Trouble { asked: None }),
            (599, Verdict::Trouble { asked: None }),
        ] {
            assert_eq!(judged(status, &[]), expected, "{status}");
        }
    }

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_by_a_date() {
        let asked = Some(seconds(90));
        assert_eq!(judged(429, &[("retry-after", "90")]), Verdict::Limited { asked });
        let date = [("retry-after", "Mon, 23 Nov 2026 09:31:30 GMT")];
        assert_eq!(judged(429, &date), Verdict::Limited { asked });
        assert_eq!(judged(503, &date), Verdict::Trouble { asked });
        assert_eq!(judged(429, &[("retry-after", "soon")]), Verdict::Limited { asked: None });
    }

    #[test]
    fn a_403_is_a_limit_only_where_it_says_so() {
        assert_eq!(judged(403, &[("retry-after", "60")]), Verdict::Limited { asked: Some(seconds(60)) });
        let used_up = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795426260")];
        assert_eq!(judged(403, &used_up), Verdict::Limited { asked: Some(seconds(60)) });
        let left = [("x-ratelimit-remaining", "12"), ("x-ratelimit-reset", "1795426260")];
        assert_eq!(judged(403, &left), Verdict::Refused);
    }

    #[test]
    fn what_is_left_is_read_from_answers_of_any_status() {
        for (headers, expected) in [
            (vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795426205")], Some(seconds(5))),
            (vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795426195")], Some(seconds(0))),
            (vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "17")], Some(seconds(17))),
            (vec![("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "17")], None),
            (vec![("x-ratelimit-remaining", "0")], None),
            (vec![("x-ratelimit-remaining", "none"), ("x-ratelimit-reset", "17")], None),
            (vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "18446744073709551615")], None),
        ] {
            assert_eq!(exhausted_for(&map(&headers), NOW), expected, "{headers:?}");
        }
    }

    proptest! {
        #[test]
        fn no_headers_make_a_refusal_of_success_or_success_of_a_failure(
            status in 200_u16..600, retry_after in "\\PC{0,20}", remaining in "[0-9a-z]{0,4}", reset in "[0-9]{0,20}",
        ) {
            let headers: HeaderMap =
                [("retry-after", retry_after), ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)]
                    .into_iter()
                    .filter_map(|(name, value)| {
                        Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
                    })
                    .collect();
            let verdict = verdict(StatusCode::from_u16(status).unwrap(), &headers, NOW);
            prop_assert_eq!(verdict == Verdict::Success, (200..300).contains(&status));
            prop_assert_eq!(matches!(verdict, Verdict::Trouble { .. }), status >= 500);
            if matches!(verdict, Verdict::Limited { .. }) {
                prop_assert!(status == 429 || status == 403);
            }
        }
    }
}
