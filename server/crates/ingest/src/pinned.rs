//! The one place where addresses of providers stand that this installation believes.
//!
//! Some providers sign with a private key and publish the public one. Whoever may say where that key is can sign for the
//! provider: requests name the address of their key, and a setting could be talked into another one. So these are
//! constants and no configuration: scheme, host and the beginning of the path, as each provider documents them. What a
//! request names beside that is refused, and what a source is not set up for is never asked for.

/// Where PayPal keeps its certificates, for money and for play.
pub(crate) const PAYPAL: [&str; 2] =
    ["https://api.paypal.com/v1/notifications/certs/", "https://api.sandbox.paypal.com/v1/notifications/certs/"];
/// Where Plaid hands out its keys, in each of its environments as a source names them.
pub(crate) const PLAID: [(&str, &str); 2] = [
    ("production", "https://production.plaid.com/webhook_verification_key/get"),
    ("sandbox", "https://sandbox.plaid.com/webhook_verification_key/get"),
];
/// Where Adobe keeps its keys.
pub(crate) const ADOBE_IO: &str = "https://static.adobeioevents.com/prod/keys/";
/// Microsoft's keys, in one document.
pub(crate) const MICROSOFT: &str = "https://login.microsoftonline.com/common/discovery/keys";
/// By this address, with the tenant behind it, Microsoft's tokens name their maker. Nobody asks there.
pub(crate) const MICROSOFT_ISSUER: &str = "https://sts.windows.net/";
/// Where SNS is in Amazon's regions, and in those in China.
pub(crate) const AMAZON_SNS: [&str; 2] =
    ["https://sns.{region}.amazonaws.com/", "https://sns.{region}.amazonaws.com.cn/"];

const REGION: &str = "{region}";

/// An address of a provider's, or the beginning of some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinnedUrl {
    /// The provider, as sources name it.
    pub provider: &'static str,
    /// The beginning. `{region}` stands for the name of one of Amazon's regions.
    pub start: &'static str,
    /// Whether keys are fetched there; otherwise it is only compared with what is signed.
    pub is_called: bool,
}

impl PinnedUrl {
    const fn called(provider: &'static str, start: &'static str) -> Self {
        Self { provider, start, is_called: true }
    }
}

/// All of them.
pub const PINNED_URLS: [PinnedUrl; 9] = [
    PinnedUrl::called("paypal", PAYPAL[0]),
    PinnedUrl::called("paypal", PAYPAL[1]),
    PinnedUrl::called("plaid", PLAID[0].1),
    PinnedUrl::called("plaid", PLAID[1].1),
    PinnedUrl::called("adobe_io", ADOBE_IO),
    PinnedUrl::called("microsoft_graph", MICROSOFT),
    PinnedUrl { provider: "microsoft_graph", start: MICROSOFT_ISSUER, is_called: false },
    PinnedUrl::called("amazon_sns", AMAZON_SNS[0]),
    PinnedUrl::called("amazon_sns", AMAZON_SNS[1]),
];

/// Whether a key of the provider's may be fetched from an address.
pub(crate) fn is_pinned(provider: &str, url: &str) -> bool {
    PINNED_URLS.iter().any(|pinned| pinned.is_called && pinned.provider == provider && begins(url, pinned.start))
}

/// Whether an address begins so, with a region where that says so.
pub(crate) fn begins(url: &str, start: &str) -> bool {
    let Some((before, after)) = start.split_once(REGION) else { return url.starts_with(start) };
    let Some(rest) = url.strip_prefix(before) else { return false };
    let end = rest.find(|c: char| !matches!(c, 'a'..='z' | '0'..='9' | '-')).unwrap_or(rest.len());
    end >= 3 && rest[end..].starts_with(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Provider;

    #[test]
    fn each_is_a_providers_and_ends_where_no_host_can_go_on() {
        for pinned in PINNED_URLS {
            assert!(Provider::parse(pinned.provider).is_ok(), "{pinned:?}");
            let rest = pinned.start.strip_prefix("https://").unwrap();
            assert!(rest.contains('/') && !rest.contains('@'), "{pinned:?}");
        }
    }

    #[test]
    fn nothing_is_fetched_from_anywhere_else() {
        for (provider, url) in [
            ("paypal", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
            ("plaid", "https://sandbox.plaid.com/webhook_verification_key/get"),
            ("amazon_sns", "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem"),
            ("amazon_sns", "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem"),
        ] {
            assert!(is_pinned(provider, url), "{url}");
        }
        for (provider, url) in [
            ("paypal", "https://api.paypal.com/v1/oauth2/token"),
            ("paypal", "https://production.plaid.com/webhook_verification_key/get"),
            ("plaid", "https://evil.plaid.com/webhook_verification_key/get"),
            ("adobe_io", "https://static.adobeioevents.com.evil.example/prod/keys/a.pem"),
            ("microsoft_graph", "https://sts.windows.net/"),
            ("amazon_sns", "https://sns.us.east.amazonaws.com/"),
            ("amazon_sns", "https://sns.a.amazonaws.com/"),
            ("amazon_sns", "https://sns.us-east-1.amazonaws.com.evil.example/"),
            ("stripe", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
        ] {
            assert!(!is_pinned(provider, url), "{url}");
        }
    }
}
