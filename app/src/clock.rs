//! What time it is, on the server and in the browser.

use hookreel_kernel::Timestamp;

/// Now, by the machine that renders.
#[cfg(feature = "ssr")]
pub fn now() -> Timestamp {
    use hookreel_kernel::Clock as _;
    hookreel_kernel::SystemClock.now()
}

/// Now, by the machine that renders.
#[cfg(not(feature = "ssr"))]
pub fn now() -> Timestamp {
    let nanos = (js_sys::Date::now() * 1_000_000.0) as i128;
    Timestamp::from_unix_timestamp_nanos(nanos).unwrap_or(Timestamp::UNIX_EPOCH)
}
