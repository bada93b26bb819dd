//! A server that misbehaves on request, and names that resolve as a test likes.

use bytes::Bytes;
use hookreel_egress::{
    Egress, EgressPolicy, IncomingResponse, IpNet, LookupFailure, OutgoingRequest, Resolution, ResolveName, SendFailure,
};
use http::{HeaderMap, Method};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What a server does once it has read a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Writes this and reads the next request.
    Text(String),
    /// The same in octets.
    Octets(Vec<u8>),
    /// Writes this, and then an octet every so often, forever.
    Drip(String, Duration),
    /// Writes this, and then as much as the other side takes.
    Flood(String),
    /// Closes the connection.
    Close,
    /// Never answers.
    Hang,
}

/// A server on loopback that counts who comes.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(reply: Reply) -> Self {
        Self::start_at("127.0.0.1", reply).await
    }

    pub(crate) async fn start_at(ip: &str, reply: Reply) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (counter, log) = (Arc::clone(&connections), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, reply.clone(), Arc::clone(&log)));
            }
        });
        Self { address, connections, requests }
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://{}/hook", self.address).parse().unwrap()
    }

    pub(crate) fn named(&self, name: &str) -> Url {
        format!("http://{name}:{}/hook", self.address.port()).parse().unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, reply: Reply, log: Arc<std::sync::Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        log.lock().unwrap().push(request);
        let goes_on = match &reply {
            Reply::Text(text) => stream.write_all(text.as_bytes()).await.is_ok(),
            Reply::Octets(octets) => stream.write_all(octets).await.is_ok(),
            Reply::Drip(head, pause) => {
                let mut is_open = stream.write_all(head.as_bytes()).await.is_ok();
                while is_open {
                    tokio::time::sleep(*pause).await;
                    is_open = stream.write_all(b".").await.is_ok();
                }
                false
            }
            Reply::Flood(head) => {
                let mut is_open = stream.write_all(head.as_bytes()).await.is_ok();
                while is_open {
                    is_open = stream.write_all(&[b'.'; 16 * 1024]).await.is_ok();
                }
                false
            }
            Reply::Close => false,
            Reply::Hang => {
                std::future::pending::<()>().await;
                false
            }
        };
        if !goes_on {
            return;
        }
    }
}

/// Reads a head and as much body as it announces. Nothing at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return Some(text);
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => read.extend_from_slice(&chunk[..count]),
        }
    }
}

pub(crate) fn ok(body: &str) -> Reply {
    Reply::Text(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

/// Answers and closes, so that the next request needs a connection of its own.
pub(crate) fn ok_and_close() -> Reply {
    Reply::Text("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned())
}

/// A resolver that answers by counting how often it was asked.
pub(crate) struct Names<F> {
    answer: F,
    asked: Arc<AtomicUsize>,
}

impl<F> std::fmt::Debug for Names<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

impl<F> ResolveName for Names<F>
where
    F: Fn(&str, usize) -> Result<Vec<IpAddr>, LookupFailure> + Send + Sync,
{
    fn resolve(&self, name: &str) -> Resolution {
        let nth = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = (self.answer)(name, nth);
        Box::pin(async move { answer })
    }
}

/// A client whose names resolve to what `answer` says, and the count of its questions.
pub(crate) fn egress_with_names(
    policy: EgressPolicy,
    answer: impl Fn(&str, usize) -> Result<Vec<IpAddr>, LookupFailure> + Send + Sync + 'static,
) -> (Egress, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let names = Names { answer, asked: Arc::clone(&asked) };
    (Egress::with_resolver(policy, Arc::new(names)).unwrap(), asked)
}

/// A client that may send to the listed networks and asks no name server.
pub(crate) fn egress(allowed: &[&str]) -> Egress {
    egress_with_names(policy(allowed), |name, _| Err(LookupFailure(format!("{name} is unknown")))).0
}

pub(crate) fn policy(allowed: &[&str]) -> EgressPolicy {
    EgressPolicy::new(allowed.iter().map(|net| net.parse::<IpNet>().unwrap()).collect())
}

pub(crate) fn request(url: Url) -> OutgoingRequest {
    OutgoingRequest {
        method: Method::POST,
        url,
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
        deadline: Duration::from_secs(10),
        response_bytes_max: 32 * 1024,
    }
}

pub(crate) async fn post(egress: &Egress, url: Url) -> Result<IncomingResponse, SendFailure> {
    egress.send(request(url)).await
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
