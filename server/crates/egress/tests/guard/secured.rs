//! TLS: a trusted certificate, one that is not, and one of somebody else's.

use crate::support::{egress, post, request};
use bytes::Bytes;
use hookreel_egress::IncomingResponse;
use hookreel_kernel::FailureReason;
use http::Version;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::convert::Infallible;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

/// A server with a new certificate for `name`, which says which HTTP it was spoken to in.
async fn start(name: &str, alpn: &[&str]) -> (Url, String) {
    let identity = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.signing_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![identity.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(async |request: http::Request<hyper::body::Incoming>| {
                    let spoken = match request.version() {
                        Version::HTTP_2 => "h2",
                        _ => "h1",
                    };
                    Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from_static(spoken.as_bytes()))))
                });
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (url, identity.cert.pem())
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (url, _) = start("localhost", &["h2", "http/1.1"]).await;
    let failure = post(&egress(&["127.0.0.0/8"]), url).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::TlsFailed, "{}", failure.detail);
}

/// Runs itself once more with the certificates in the environment, since that is how an operator
/// adds an authority, and a process must not change its own environment.
#[test]
fn a_trusted_certificate_is_accepted_for_its_own_name_alone() {
    const FILE: &str = "SSL_CERT_FILE";
    const MARK: &str = "HOOKREEL_TEST_WITH_ROOTS";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if std::env::var_os(MARK).is_some() {
        return runtime.block_on(talk(PathBuf::from(std::env::var_os(FILE).unwrap())));
    }
    let file = std::env::temp_dir().join(format!("hookreel-egress-roots-{}.pem", std::process::id()));
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "secured::a_trusted_certificate_is_accepted_for_its_own_name_alone"])
        .env(MARK, "1")
        .env(FILE, &file)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let _ = std::fs::remove_file(&file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

async fn talk(roots: PathBuf) {
    let (both, both_pem) = start("localhost", &["h2", "http/1.1"]).await;
    let (old, old_pem) = start("localhost", &["http/1.1"]).await;
    let (other, other_pem) = start("other.example", &["h2"]).await;
    std::fs::write(roots, [both_pem, old_pem, other_pem].concat()).unwrap();

    let egress = egress(&["127.0.0.0/8"]);
    assert_eq!(post(&egress, both.clone()).await.unwrap().body, "h2");
    assert_eq!(post(&egress, old).await.unwrap().body, "h1");
    let failure = post(&egress, other).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::TlsFailed, "{}", failure.detail);

    let mut capped = request(both);
    capped.response_bytes_max = 1;
    let IncomingResponse { body, body_truncated, .. } = egress.send(capped).await.unwrap();
    assert_eq!((&body[..], body_truncated), (&b"h"[..], true));
}
