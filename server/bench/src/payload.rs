//! Messages that are known again wherever they arrive, and the clock they are timed by.

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Instant;

const BYTES: usize = 1_024;
const MARK: &str = "\"mark\":\"";

/// Nanoseconds since this process first asked; never 0.
pub(crate) fn now_ns() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGAN.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// A JSON object of about 1 KB that names its run and its number. No two have the same content.
pub(crate) fn render(run: u64, number: usize) -> String {
    let mut text = String::with_capacity(BYTES + 64);
    let _ = write!(text, "{{{MARK}{run:016x}.{number}.\",\"kind\":\"invoice.paid\",\"lines\":[");
    let mut state = run ^ number as u64;
    let mut separator = "";
    while text.len() + 48 < BYTES {
        state = mixed(state);
        let _ = write!(text, "{separator}{{\"article\":\"{:012x}\",\"count\":{}}}", state >> 16, state % 90 + 10);
        separator = ",";
    }
    text.push_str("]}");
    text
}

/// An event as Stripe sends it, of about 2 KB. No two have the same id.
pub(crate) fn render_event(run: u64, number: usize) -> String {
    let data = render(run, number);
    let previous = render(run ^ u64::MAX, number);
    format!("{{\"id\":\"evt_{run:016x}{number}\",\"type\":\"invoice.paid\",\"data\":{data},\"previous\":{previous}}}")
}

/// The run and the number in a body that [`render`] made.
pub(crate) fn parse(body: &[u8]) -> Option<(u64, usize)> {
    let rest = body.strip_prefix(b"{")?.strip_prefix(MARK.as_bytes())?;
    let mut parts = rest.split(|byte| *byte == b'.');
    let mut next = || std::str::from_utf8(parts.next()?).ok();
    Some((u64::from_str_radix(next()?, 16).ok()?, next()?.parse().ok()?))
}

/// A step of a multiplicative generator: enough for filling. Different states become different numbers.
pub(crate) fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state ^ (state >> 27)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_again_and_is_of_the_size_it_should_be() {
        let text = render(7, 12);
        assert!((950..=BYTES).contains(&text.len()), "{}", text.len());
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        assert_eq!(parse(text.as_bytes()), Some((7, 12)));
        assert_eq!(parse(b"{}"), None);
    }
}
