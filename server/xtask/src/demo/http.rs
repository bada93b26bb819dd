//! As much of HTTP/1.1 as it takes to talk to the product on this machine.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    /// What the status means for a webhook.
    pub(super) fn reason(&self) -> &'static str {
        match self.status {
            200..=299 => "accepted",
            401 => "refused: the signature does not fit",
            _ => "refused",
        }
    }
}

pub(super) async fn get(url: &str) -> Result<Answer> {
    exchange("GET", url, &[], b"").await
}

pub(super) async fn post(url: &str, headers: &[(String, String)], body: &[u8]) -> Result<Answer> {
    exchange("POST", url, headers, body).await
}

#[expect(clippy::disallowed_methods, reason = "this task talks to the product it started, on this machine")]
async fn exchange(method: &str, url: &str, headers: &[(String, String)], body: &[u8]) -> Result<Answer> {
    let (authority, path) = parts(url)?;
    let mut stream = TcpStream::connect(authority).await.with_context(|| format!("cannot connect to {authority}"))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "content-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    parse(&bytes).with_context(|| format!("{url} did not answer in HTTP"))
}

/// `http://host:port/path` -> (`host:port`, `/path`).
fn parts(url: &str) -> Result<(&str, &str)> {
    let Some(rest) = url.strip_prefix("http://") else { bail!("{url} is not an http URL") };
    Ok(match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    })
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let body = &bytes[end + 4..];
    let chunked = head.lines().any(|line| line.starts_with("transfer-encoding:") && line.contains("chunked"));
    let body = if chunked { unchunk(body)? } else { body.to_vec() };
    Some(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_chunked_answers_are_read() {
        let plain = parse(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        assert_eq!((plain.status, plain.body.as_str()), (201, "{}"));
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).unwrap().body, "abcde");
        assert!(parse(b"220 mail.example.com ESMTP\r\n").is_none());
    }

    #[test]
    fn a_url_is_split_into_authority_and_path() {
        assert_eq!(parts("http://127.0.0.1:3000/in/abc").unwrap(), ("127.0.0.1:3000", "/in/abc"));
        assert_eq!(parts("http://localhost").unwrap(), ("localhost", "/"));
        assert!(parts("https://localhost").is_err());
    }
}
