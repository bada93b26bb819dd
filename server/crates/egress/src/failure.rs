//! From the client's chain of errors to one reason of the closed list.

use crate::refusal::ForbiddenAddress;
use crate::resolver::LookupFailure;
use hookreel_kernel::FailureReason;
use std::error::Error;
use std::fmt::Write;
use std::io;

/// The reason that a failed request or body is recorded with.
pub(crate) fn reason_of(error: &reqwest::Error) -> FailureReason {
    let told = chain(error).find_map(reason_of_link);
    told.unwrap_or_else(|| match error {
        _ if error.is_timeout() => FailureReason::Timeout,
        _ if error.is_dns() => FailureReason::DnsLookupFailed,
        _ if error.is_connect() => FailureReason::ConnectionFailed,
        _ if error.is_builder() => FailureReason::Internal,
        _ if error.is_decode() => FailureReason::InvalidResponse,
        _ => FailureReason::ConnectionReset,
    })
}

/// All that the chain says, for the operator's log.
pub(crate) fn detail_of(error: reqwest::Error) -> String {
    // The URL may carry a token in its query.
    let error = error.without_url();
    let mut detail = error.to_string();
    for link in chain(&error).skip(1) {
        // Writing to a string cannot fail.
        let _ = write!(detail, ": {link}");
    }
    detail
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&link| link.source())
}

/// What one link of the chain says on its own, if it says enough.
fn reason_of_link(link: &(dyn Error + 'static)) -> Option<FailureReason> {
    if link.is::<ForbiddenAddress>() {
        return Some(FailureReason::TargetForbidden);
    }
    if link.is::<LookupFailure>() {
        return Some(FailureReason::DnsLookupFailed);
    }
    if link.is::<rustls::Error>() {
        return Some(FailureReason::TlsFailed);
    }
    if let Some(io) = link.downcast_ref::<io::Error>() {
        return reason_of_io(io);
    }
    link.downcast_ref::<hyper::Error>().and_then(reason_of_hyper)
}

fn reason_of_io(error: &io::Error) -> Option<FailureReason> {
    // An io::Error does not count what it wraps among its sources.
    if let Some(reason) = error.get_ref().and_then(|wrapped| chain(wrapped).find_map(reason_of_link)) {
        return Some(reason);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(FailureReason::ConnectionRefused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::UnexpectedEof => Some(FailureReason::ConnectionReset),
        io::ErrorKind::TimedOut => Some(FailureReason::Timeout),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::PermissionDenied => Some(FailureReason::ConnectionFailed),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Some(FailureReason::InvalidResponse),
        _ => None,
    }
}

fn reason_of_hyper(error: &hyper::Error) -> Option<FailureReason> {
    if error.is_timeout() {
        return Some(FailureReason::Timeout);
    }
    if error.is_parse() || error.is_parse_too_large() {
        return Some(FailureReason::InvalidResponse);
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return Some(FailureReason::ConnectionReset);
    }
    None
}
