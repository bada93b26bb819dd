//! The client: one per process, shared, its connections kept per host.

use crate::failure::{detail_of, reason_of};
use crate::policy::EgressPolicy;
use crate::ports;
use crate::refusal::UrlRefusal;
use crate::resolver::{DNS_BUDGET, LookupFailure, Reach, ResolveName, SystemResolver, VettingResolver};
use crate::tls;
use bytes::{Bytes, BytesMut};
use hookreel_kernel::FailureReason;
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, StatusCode, Uri};
use reqwest::Client;
use rustls::ClientConfig;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a connection may take once its name is resolved: TCP and TLS.
const CONNECT_BUDGET: Duration = Duration::from_secs(5);
/// How long an idle connection is kept. Most servers close theirs after 60 to 75 s.
const IDLE_TIMEOUT: Duration = Duration::from_secs(55);
/// How many idle connections are kept per host.
const IDLE_PER_HOST_MAX: usize = 128;
/// Probes find peers that vanished without a word, before a delivery does.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Response headers of HTTP/2, in octets. Those of HTTP/1 are bounded by hyper's own buffer.
const H2_HEADERS_BYTES_MAX: u32 = 64 * 1024;
/// How many response headers there may be on HTTP/1.
const H1_HEADERS_MAX: usize = 128;
/// Octets that an HTTP/2 peer may send ahead on one stream, and on all of a connection: responses
/// are small, and what arrives unread is memory.
const H2_STREAM_WINDOW: u32 = 64 * 1024;
const H2_CONNECTION_WINDOW: u32 = 1024 * 1024;

/// Headers that the connection decides, not the request.
const CONNECTION_HEADERS: [HeaderName; 7] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
];

/// A request to be sent.
#[derive(Debug)]
pub struct OutgoingRequest {
    /// The method.
    pub method: Method,
    /// Where to. Checked again at each sending.
    pub url: Url,
    /// Headers. Those that belong to the connection (`Host`, `Content-Length`, …) are ignored.
    pub headers: HeaderMap,
    /// The body, sent as it is.
    pub body: Bytes,
    /// How long all of it may take: resolving, connecting, TLS, headers and body.
    pub deadline: Duration,
    /// How many octets of the response's body are read.
    pub response_bytes_max: usize,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct IncomingResponse {
    /// The status. A redirect is an answer like any other.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came, not decompressed; at most `response_bytes_max` octets.
    pub body: Bytes,
    /// Whether there was more of it.
    pub body_truncated: bool,
}

/// There is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct SendFailure {
    /// Why, for everyone.
    pub reason: FailureReason,
    /// Why exactly. For the operator's log alone: it may name internal addresses.
    pub detail: String,
}

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The TLS library refused its configuration.
    #[error("TLS could not be set up: {0}")]
    Tls(#[source] rustls::Error),
    /// The resolver could not be set up.
    #[error("the resolver could not be set up: {0}")]
    Resolver(#[from] LookupFailure),
    /// The HTTP client could not be set up.
    #[error("the outgoing HTTP client could not be set up: {0}")]
    Client(#[source] reqwest::Error),
}

/// The one way out. Clones share connections; make one per process.
#[derive(Debug, Clone)]
pub struct Egress(Arc<Clients>);

#[derive(Debug)]
struct Clients {
    policy: Arc<EgressPolicy>,
    /// Reaches what the policy permits.
    permitted: Client,
    /// Reaches only what the operator lists, on any port. Absent if nothing is listed.
    listed: Option<Client>,
}

impl Egress {
    /// A client that resolves names as this machine does.
    pub fn new(policy: EgressPolicy) -> Result<Self, EgressError> {
        Self::with_resolver(policy, Arc::new(SystemResolver::new()?))
    }

    /// A client that takes its addresses from elsewhere. They are judged all the same.
    pub fn with_resolver(policy: EgressPolicy, names: Arc<dyn ResolveName>) -> Result<Self, EgressError> {
        let policy = Arc::new(policy);
        let tls = tls::client_config()?;
        let build = |reach| {
            let (names, policy) = (Arc::clone(&names), Arc::clone(&policy));
            build_client(VettingResolver { names, policy, reach }, tls.clone())
        };
        let permitted = build(Reach::Permitted)?;
        let listed = if policy.allowed().is_empty() { None } else { Some(build(Reach::Listed)?) };
        Ok(Self(Arc::new(Clients { policy, permitted, listed })))
    }

    /// What this client may send to.
    pub fn policy(&self) -> &EgressPolicy {
        &self.0.policy
    }

    /// Checks a URL when it is configured: everything that is known without resolving its host.
    pub fn check_url(&self, url: &Url) -> Result<(), UrlRefusal> {
        self.0.policy.check_url(url)?;
        url.as_str().parse::<Uri>().map(drop).map_err(|_| UrlRefusal::Unsendable)
    }

    /// Sends a request and reads the answer. No redirect is followed, and nothing is sent twice:
    /// only what an HTTP/2 peer says it never looked at goes out again, on a new connection.
    pub async fn send(&self, request: OutgoingRequest) -> Result<IncomingResponse, SendFailure> {
        let client = self.client_for(&request.url)?;
        let deadline = request.deadline;
        tokio::time::timeout(deadline, exchange(client, request)).await.unwrap_or_else(|_| {
            let detail = format!("no complete answer within {} ms", deadline.as_millis());
            Err(SendFailure { reason: FailureReason::Timeout, detail })
        })
    }

    /// The URL is checked at each sending, since the rules may have changed since it was configured,
    /// and since the resolver is never asked about a literal address.
    fn client_for(&self, url: &Url) -> Result<&Client, SendFailure> {
        let forbidden =
            |refusal: UrlRefusal| SendFailure { reason: FailureReason::TargetForbidden, detail: refusal.to_string() };
        self.0.policy.check_url(url).map_err(forbidden)?;
        match url.port_or_known_default() {
            Some(port) if ports::is_denied(port) => {
                self.0.listed.as_ref().ok_or_else(|| forbidden(UrlRefusal::Port(port)))
            }
            _ => Ok(&self.0.permitted),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that makes an outgoing HTTP client")]
fn build_client(resolver: VettingResolver, tls: ClientConfig) -> Result<Client, EgressError> {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .connect_timeout(DNS_BUDGET + CONNECT_BUDGET)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .tcp_nodelay(true)
        .tcp_keepalive(KEEPALIVE)
        .http1_max_headers(H1_HEADERS_MAX)
        .http2_max_header_list_size(H2_HEADERS_BYTES_MAX)
        .http2_initial_stream_window_size(H2_STREAM_WINDOW)
        .http2_initial_connection_window_size(H2_CONNECTION_WINDOW)
        .build()
        .map_err(EgressError::Client)
}

async fn exchange(client: &Client, request: OutgoingRequest) -> Result<IncomingResponse, SendFailure> {
    let response_bytes_max = request.response_bytes_max;
    let mut response = client.execute(prepared(request)).await.map_err(failed)?;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let (body, body_truncated) = read_body(response, response_bytes_max).await?;
    Ok(IncomingResponse { status, headers, body, body_truncated })
}

fn prepared(request: OutgoingRequest) -> reqwest::Request {
    let mut prepared = reqwest::Request::new(request.method, request.url);
    let mut headers = request.headers;
    for name in &CONNECTION_HEADERS {
        headers.remove(name);
    }
    *prepared.headers_mut() = headers;
    *prepared.body_mut() = Some(request.body.into());
    prepared
}

/// Reads until the end or the cap. Past the cap the response is dropped, and its connection with it.
async fn read_body(mut response: reqwest::Response, bytes_max: usize) -> Result<(Bytes, bool), SendFailure> {
    // Most bodies are one chunk, which is handed on without a copy.
    let Some(mut first) = response.chunk().await.map_err(failed)? else {
        return Ok((Bytes::new(), false));
    };
    if first.len() > bytes_max {
        first.truncate(bytes_max);
        return Ok((first, true));
    }
    let Some(second) = response.chunk().await.map_err(failed)? else {
        return Ok((first, false));
    };
    let mut body = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        let room = bytes_max - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok((body.freeze(), true));
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(failed)?;
    }
    Ok((body.freeze(), false))
}

fn failed(error: reqwest::Error) -> SendFailure {
    SendFailure { reason: reason_of(&error), detail: detail_of(error) }
}
