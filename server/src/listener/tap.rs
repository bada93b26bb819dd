//! Listens in on a connection for the heads of its requests, which the HTTP library does not keep as they were sent.

use hookreel_http::SentHead;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What of a head, and of what came along with it, is kept at most.
const BYTES_MAX: usize = 2 * super::HEAD_BYTES_MAX;

/// Keeps what comes from a connection while a head is expected: from its beginning, and from each answer on.
#[derive(Debug, Clone)]
pub(super) struct Tap(Arc<Mutex<Heard>>);

#[derive(Debug)]
struct Heard {
    is_open: bool,
    bytes: Vec<u8>,
}

impl Tap {
    /// An open one.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Heard { is_open: true, bytes: Vec::new() })))
    }

    /// A head is expected next.
    pub(super) fn open(&self) {
        self.heard().is_open = true;
    }

    /// A request has come: its head is what was heard.
    pub(super) fn close(&self) -> SentHead {
        let mut heard = self.heard();
        heard.is_open = false;
        SentHead::new(std::mem::take(&mut heard.bytes))
    }

    fn hear(&self, bytes: &[u8]) {
        let mut heard = self.heard();
        if !heard.is_open {
            return;
        }
        if heard.bytes.len() + bytes.len() > BYTES_MAX {
            *heard = Heard { is_open: false, bytes: Vec::new() };
            return;
        }
        heard.bytes.extend_from_slice(bytes);
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream, and who listens in on what comes from it.
#[derive(Debug)]
pub(super) struct Tapped<S> {
    stream: S,
    tap: Tap,
}

impl<S> Tapped<S> {
    pub(super) const fn new(stream: S, tap: Tap) -> Self {
        Self { stream, tap }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.tap.hear(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
