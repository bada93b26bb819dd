//! As much of HTTP/1.1 as measuring takes: connections that are kept, both ends of them.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HEAD_BYTES_MAX: usize = 64 * 1024;

/// One message of either direction: the first line and the body.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) first_line: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// `HTTP/1.1 202 Accepted` -> 202.
    pub(crate) fn status(&self) -> u16 {
        self.first_line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// `POST /e/3 HTTP/1.1` -> `/e/3`.
    pub(crate) fn path(&self) -> &str {
        self.first_line.split(' ').nth(1).unwrap_or_default()
    }
}

/// A connection with what was read ahead.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Connection {
    #[expect(clippy::disallowed_methods, reason = "the measuring program talks to the server it was handed")]
    pub(crate) async fn open(authority: &str) -> Result<Self> {
        let stream = TcpStream::connect(authority).await.with_context(|| format!("cannot connect to {authority}"))?;
        Self::of(stream)
    }

    pub(crate) fn of(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, pending: Vec::with_capacity(4 * 1024) })
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Received> {
        self.write(request).await?;
        self.read().await?.context("the connection was closed instead of an answer")
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Reads the next message; `None` at the end of the connection.
    pub(crate) async fn read(&mut self) -> Result<Option<Received>> {
        let head_length = loop {
            if let Some(at) = self.pending.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if self.pending.len() > HEAD_BYTES_MAX {
                bail!("a head of more than {HEAD_BYTES_MAX} bytes");
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.pending[..head_length]).into_owned();
        let length = content_length(&head)?;
        while self.pending.len() < head_length + length {
            if self.fill().await? == 0 {
                bail!("the connection was closed in the middle of a body");
            }
        }
        let body = self.pending[head_length..head_length + length].to_vec();
        self.pending.drain(..head_length + length);
        let first_line = head.lines().next().unwrap_or_default().to_owned();
        Ok(Some(Received { first_line, body }))
    }

    /// Waits until the other end hangs up.
    pub(crate) async fn closed(&mut self) {
        while matches!(self.fill().await, Ok(length) if length > 0) {}
    }

    async fn fill(&mut self) -> Result<usize> {
        Ok(self.stream.read_buf(&mut self.pending).await?)
    }
}

/// A whole request.
pub(crate) fn request(method: &str, authority: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn content_length(head: &str) -> Result<usize> {
    let mut length = 0;
    for line in head.lines().skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().with_context(|| format!("`{line}`"))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            bail!("a body of unknown length (`{line}`), which this program does not read");
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_found_whatever_its_case_and_is_otherwise_nought() {
        assert_eq!(content_length("HTTP/1.1 200 OK\r\nContent-LENGTH: 12\r\n\r\n").unwrap(), 12);
        assert_eq!(content_length("HTTP/1.1 204 No Content\r\n\r\n").unwrap(), 0);
        assert!(content_length("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
