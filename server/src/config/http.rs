//! Where and how requests are answered.

use super::ConfigError;
use super::parse::{optional, optional_list};
use clap::Args;
use hookreel_egress::IpNet;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use url::Url;

const LISTEN_DEFAULT: &str = "127.0.0.1:3000";
const BODY_BYTES_MAX_DEFAULT: usize = 1024 * 1024;
/// What can be configured at most: a body is held in memory while it is stored.
const BODY_BYTES_MAX_MAX: usize = 64 * 1024 * 1024;
const CONNECTIONS_MAX_DEFAULT: usize = 10_000;
/// So many connections a client may have, unless fewer are asked for.
const CONNECTIONS_PER_CLIENT_MIN: usize = 100;

/// What can be said about it.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[http]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HttpSettings {
    /// Where to listen, as HOST:PORT [default: 127.0.0.1:3000]
    #[arg(long, env = "HOOKREEL_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,

    /// The URL by which people and providers reach this instance, such as https://hooks.example.com. With https the
    /// session cookie is sent over https only [default: http://localhost:PORT; a worker of its own has to be told]
    #[arg(long, env = "HOOKREEL_PUBLIC_URL", value_name = "URL")]
    #[serde(deserialize_with = "optional")]
    pub(crate) public_url: Option<Url>,

    /// The most bytes a received webhook or an API request may have [default: 1048576]
    #[arg(long, env = "HOOKREEL_BODY_BYTES_MAX", value_name = "BYTES")]
    pub(crate) body_bytes_max: Option<usize>,

    /// The most connections at once; further ones wait [default: 10000]
    #[arg(long, env = "HOOKREEL_CONNECTIONS_MAX", value_name = "COUNT")]
    pub(crate) connections_max: Option<usize>,

    /// The most connections of one client (an IPv4 address, a /64 of IPv6) at once; further ones are closed. Does not
    /// concern trusted proxies: name yours as one [default: an eighth of connections_max, at least 100]
    #[arg(long, env = "HOOKREEL_CONNECTIONS_PER_CLIENT_MAX", value_name = "COUNT")]
    pub(crate) connections_per_client_max: Option<usize>,

    /// A network whose proxies are believed when they say who their client is (X-Forwarded-For); may be given several
    /// times [default: none]
    #[arg(long, env = "HOOKREEL_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    #[serde(deserialize_with = "optional_list")]
    pub(crate) trusted_proxy: Option<Vec<IpNet>>,

    /// Where to answer /metrics in the text format of Prometheus, as HOST:PORT; whoever reaches it may read them, so
    /// choose an address that only your monitoring reaches [default: nowhere]
    #[arg(long, env = "HOOKREEL_METRICS_LISTEN", value_name = "ADDRESS")]
    pub(crate) metrics_listen: Option<String>,

    /// Where the built pages are [default: the directory `site` beside the program or one level up]
    #[arg(long, env = "HOOKREEL_SITE_DIR", value_name = "DIR")]
    pub(crate) site_dir: Option<PathBuf>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct HttpConfig {
    /// `HOST:PORT`.
    pub(crate) listen: String,
    /// Whether somebody asked to listen there.
    pub(crate) listen_was_given: bool,
    /// The URL that people open, if it was given.
    pub(crate) public_url: Option<Url>,
    /// Bytes.
    pub(crate) body_bytes_max: usize,
    /// Connections at once.
    pub(crate) connections_max: usize,
    /// Of one client.
    pub(crate) connections_per_client_max: usize,
    /// Networks whose proxies are believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Where metrics are told, as `HOST:PORT`, if anywhere.
    pub(crate) metrics_listen: Option<String>,
    /// Where the built pages should be.
    pub(crate) site_dir: Option<PathBuf>,
}

impl HttpSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            public_url: self.public_url.or(other.public_url),
            body_bytes_max: self.body_bytes_max.or(other.body_bytes_max),
            connections_max: self.connections_max.or(other.connections_max),
            connections_per_client_max: self.connections_per_client_max.or(other.connections_per_client_max),
            trusted_proxy: self.trusted_proxy.or(other.trusted_proxy),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
            site_dir: self.site_dir.or(other.site_dir),
        }
    }
}

impl HttpConfig {
    pub(super) fn resolve(settings: HttpSettings) -> Result<Self, ConfigError> {
        let body_bytes_max = settings.body_bytes_max.unwrap_or(BODY_BYTES_MAX_DEFAULT);
        if !(1..=BODY_BYTES_MAX_MAX).contains(&body_bytes_max) {
            return Err(ConfigError::setting("body_bytes_max", format!("must be 1 to {BODY_BYTES_MAX_MAX}")));
        }
        let connections_max = settings.connections_max.unwrap_or(CONNECTIONS_MAX_DEFAULT);
        if !(1..=1_000_000).contains(&connections_max) {
            return Err(ConfigError::setting("connections_max", "must be 1 to 1000000"));
        }
        let share = (connections_max / 8).max(CONNECTIONS_PER_CLIENT_MIN);
        let connections_per_client_max = settings.connections_per_client_max.unwrap_or(share);
        if connections_per_client_max == 0 {
            return Err(ConfigError::setting("connections_per_client_max", "must be 1 or more"));
        }
        if let Some(url) = &settings.public_url {
            check_public_url(url).map_err(|reason| ConfigError::setting("public_url", reason))?;
        }
        if settings.metrics_listen.as_deref().is_some_and(|address| address.trim().is_empty()) {
            return Err(ConfigError::setting("metrics_listen", "must be HOST:PORT, such as 127.0.0.1:9090"));
        }
        Ok(Self {
            listen_was_given: settings.listen.is_some(),
            listen: settings.listen.unwrap_or_else(|| LISTEN_DEFAULT.to_owned()),
            public_url: settings.public_url,
            body_bytes_max,
            connections_max,
            connections_per_client_max,
            trusted_proxies: settings.trusted_proxy.unwrap_or_default(),
            metrics_listen: settings.metrics_listen,
            site_dir: settings.site_dir,
        })
    }

    /// The URL to show and to build others on: the configured one, else one that leads to `bound` from this machine.
    pub(crate) fn base_url(&self, bound: SocketAddr) -> String {
        if let Some(url) = &self.public_url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        let port = bound.port();
        match bound.ip() {
            ip if ip.is_loopback() || ip.is_unspecified() => format!("http://localhost:{port}"),
            IpAddr::V4(ip) => format!("http://{ip}:{port}"),
            IpAddr::V6(ip) => format!("http://[{ip}]:{port}"),
        }
    }
}

fn check_public_url(url: &Url) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("must be a URL such as https://hooks.example.com");
    }
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !is_bare || !url.username().is_empty() || url.password().is_some() {
        return Err("must be no more than a scheme, a host and a port: https://hooks.example.com");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(public_url: Option<&str>) -> Result<HttpConfig, ConfigError> {
        let public_url = public_url.map(|url| url.parse().unwrap());
        HttpConfig::resolve(HttpSettings { public_url, ..HttpSettings::default() })
    }

    #[test]
    fn the_base_url_is_the_configured_one_or_leads_to_the_listener() {
        let configured = config(Some("https://hooks.example.com/")).unwrap();
        assert_eq!(configured.base_url("0.0.0.0:80".parse().unwrap()), "https://hooks.example.com");
        let default = config(None).unwrap();
        for (bound, url) in [
            ("127.0.0.1:3000", "http://localhost:3000"),
            ("[::]:3000", "http://localhost:3000"),
            ("192.0.2.1:80", "http://192.0.2.1:80"),
            ("[2001:db8::1]:80", "http://[2001:db8::1]:80"),
        ] {
            assert_eq!(default.base_url(bound.parse().unwrap()), url);
        }
    }

    #[test]
    fn a_client_may_have_an_eighth_of_all_connections_unless_somebody_says_otherwise() {
        let share = |connections_max, connections_per_client_max| {
            let settings = HttpSettings { connections_max, connections_per_client_max, ..HttpSettings::default() };
            HttpConfig::resolve(settings).map(|config| config.connections_per_client_max).ok()
        };
        assert_eq!((share(None, None), share(Some(80), None)), (Some(1_250), Some(100)));
        assert_eq!((share(None, Some(5)), share(None, Some(0))), (Some(5), None));
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for url in ["ftp://x.example", "https://x.example/path", "https://u@x.example", "https://x.example/?q"] {
            assert!(config(Some(url)).is_err(), "{url}");
        }
    }
}
