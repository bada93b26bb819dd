//! Asks a server whether it takes connections, by the first message of PostgreSQL's protocol.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::layout::SOCKET_FILE;

/// How long one question may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// The protocol's version 3.0, as the start-up message carries it.
const PROTOCOL_VERSION: i32 = 3 << 16;
/// SQLSTATE `cannot_connect_now`: starting, recovering or shutting down.
const CANNOT_CONNECT_NOW: &[u8] = b"C57P03\0";

/// What the server answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It takes connections.
    Ready,
    /// It lives, but takes none now.
    NotNow,
    /// Nobody answers.
    Silent,
}

/// Asks the server on the socket in `directory`.
pub(crate) async fn ask(directory: &Path) -> Answer {
    match tokio::time::timeout(PROBE_TIMEOUT, converse(directory)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => Answer::Silent,
    }
}

async fn converse(directory: &Path) -> std::io::Result<Answer> {
    let mut stream = UnixStream::connect(directory.join(SOCKET_FILE)).await?;
    let parameters = b"user\0postgres\0database\0postgres\0application_name\0hookreel-probe\0\0";
    let mut message = Vec::with_capacity(8 + parameters.len());
    message.extend_from_slice(&((8 + parameters.len()) as i32).to_be_bytes());
    message.extend_from_slice(&PROTOCOL_VERSION.to_be_bytes());
    message.extend_from_slice(parameters);
    stream.write_all(&message).await?;

    let kind = stream.read_u8().await?;
    if kind == b'R' {
        // Terminate: so that the server does not log a lost connection.
        stream.write_all(&[b'X', 0, 0, 0, 4]).await?;
        return Ok(Answer::Ready);
    }
    let mut rest = Vec::new();
    stream.take(4096).read_to_end(&mut rest).await?;
    let not_now = rest.windows(CANNOT_CONNECT_NOW.len()).any(|window| window == CANNOT_CONNECT_NOW);
    // Any other refusal, such as "too many clients", comes from a server that is up.
    Ok(if not_now { Answer::NotNow } else { Answer::Ready })
}
