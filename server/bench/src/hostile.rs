//! Senders that cost as much as they can: slow, endless, huge, lying.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How many there are at once, of all kinds together.
const SENDERS: usize = 250;
/// One that was sent away comes again after this.
const PAUSE: Duration = Duration::from_millis(500);
const CHUNK: [u8; 16 * 1024] = [b'a'; 16 * 1024];

/// What a sender does.
#[derive(Debug, Clone, Copy)]
enum Trick {
    /// A body that comes byte by byte, one a second.
    Drip,
    /// A head that never ends, one byte a second.
    DripHead,
    /// Chunks without end, as fast as they are taken.
    Endless,
    /// Ten thousand headers.
    Headers,
    /// Announces more than it sends.
    Lies,
    /// A small body that would be huge if somebody unpacked it.
    Packed,
}

const TRICKS: [Trick; 6] = [Trick::Drip, Trick::DripHead, Trick::Endless, Trick::Headers, Trick::Lies, Trick::Packed];

/// Bothers a source until dropped.
pub(crate) fn bother(authority: &str, path: &str) -> JoinSet<()> {
    let mut senders = JoinSet::new();
    for number in 0..SENDERS {
        let (authority, path) = (authority.to_owned(), path.to_owned());
        let trick = TRICKS[number % TRICKS.len()];
        senders.spawn(async move {
            // Not all in one moment.
            tokio::time::sleep(Duration::from_millis(4 * number as u64)).await;
            loop {
                // However it ends: sent away, or taken in.
                let _ = play(trick, &authority, &path).await;
                tokio::time::sleep(PAUSE).await;
            }
        });
    }
    senders
}

async fn play(trick: Trick, authority: &str, path: &str) -> std::io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this program is the sender")]
    let mut stream = TcpStream::connect(authority).await?;
    let head = format!("POST {path} HTTP/1.1\r\nhost: {authority}\r\nstripe-signature: t=1,v1=00\r\n");
    match trick {
        Trick::Drip => {
            stream.write_all(format!("{head}content-length: 1000000\r\n\r\n").as_bytes()).await?;
            drip(&mut stream).await
        }
        Trick::DripHead => {
            stream.write_all(format!("{head}x-slow: ").as_bytes()).await?;
            drip(&mut stream).await
        }
        Trick::Endless => {
            stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await?;
            loop {
                stream.write_all(format!("{:x}\r\n", CHUNK.len()).as_bytes()).await?;
                stream.write_all(&CHUNK).await?;
                stream.write_all(b"\r\n").await?;
            }
        }
        Trick::Headers => {
            // Written at once: what is measured is what it costs the server, on the same cores.
            let headers: Vec<String> = (0..10_000).map(|number| format!("x-{number}: {number}\r\n")).collect();
            stream.write_all(format!("{head}{}content-length: 0\r\n\r\n", headers.concat()).as_bytes()).await?;
            read_answer(&mut stream).await
        }
        Trick::Lies => {
            stream.write_all(format!("{head}content-length: 900000\r\n\r\n{{}}").as_bytes()).await?;
            read_answer(&mut stream).await
        }
        Trick::Packed => {
            let head = format!("{head}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n", CHUNK.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&CHUNK).await?;
            read_answer(&mut stream).await
        }
    }
}

async fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        stream.write_all(b"a").await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn read_answer(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut answer = [0; 4096];
    stream.read(&mut answer).await.map(drop)
}
