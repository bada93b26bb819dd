//! Finds the heads of requests in what comes from a connection.
//!
//! A client may send its next request without waiting for an answer, and the HTTP library reads ahead: where a head begins
//! is told only by where the body before it ends. So everything that comes is followed, and only heads are kept.

use crate::sent_head::{HEADERS_MAX, SentHead};
use std::collections::VecDeque;

/// What has come from a connection, as far as it is the head of a request that was not handed on yet.
#[derive(Debug)]
pub struct SentHeads {
    bytes_max: usize,
    place: Place,
    /// Whether nothing has come since the last line's end.
    is_line_empty: bool,
    /// Whole heads, oldest first, and behind them the one that is coming.
    bytes: Vec<u8>,
    /// Of the whole ones, and together.
    lengths: VecDeque<usize>,
    whole: usize,
}

/// Where in its requests a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    /// In a body, with so many bytes to come.
    Body(u64),
    /// In the line before a chunk, and whether its number is over.
    ChunkSize {
        size: u64,
        is_over: bool,
    },
    /// In a chunk, with so many bytes to come: its line's end too.
    Chunk(u64),
    Trailers,
    /// What comes is not known to be HTTP/1, or has too long a head: nothing is found any more.
    Lost,
}

impl SentHeads {
    /// Of a new connection, of which no more than `bytes_max` is kept at once.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            place: Place::Head,
            is_line_empty: true,
            bytes: Vec::new(),
            lengths: VecDeque::new(),
            whole: 0,
        }
    }

    /// These bytes have come next.
    pub fn hear(&mut self, mut bytes: &[u8]) {
        while let [byte, after_byte @ ..] = bytes {
            bytes = match self.place {
                Place::Head => self.hear_head(bytes),
                Place::Body(left) => {
                    let (rest, left) = pass(bytes, left);
                    self.place = if left == 0 { Place::Head } else { Place::Body(left) };
                    rest
                }
                Place::ChunkSize { size, is_over } => {
                    self.place = after_size_byte(*byte, size, is_over);
                    after_byte
                }
                Place::Chunk(left) => {
                    let (rest, left) = pass(bytes, left);
                    self.place =
                        if left == 0 { Place::ChunkSize { size: 0, is_over: false } } else { Place::Chunk(left) };
                    rest
                }
                Place::Trailers => {
                    let (_, rest, has_ended) = self.split_at_empty_line(bytes);
                    if has_ended {
                        self.place = Place::Head;
                    }
                    rest
                }
                Place::Lost => return,
            };
        }
    }

    /// The head of the request that is handed on now: the oldest one that was not taken.
    pub fn take(&mut self) -> Option<SentHead> {
        let length = self.lengths.pop_front()?;
        self.whole -= length;
        let rest = self.bytes.split_off(length);
        Some(SentHead::new(std::mem::replace(&mut self.bytes, rest)))
    }

    fn hear_head<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let (of_head, rest, has_ended) = self.split_at_empty_line(bytes);
        if self.bytes.len() + of_head.len() > self.bytes_max {
            self.lose();
            return rest;
        }
        self.bytes.extend_from_slice(of_head);
        if has_ended {
            self.end_head();
        }
        rest
    }

    /// After an empty line: a head is whole, or none has begun.
    fn end_head(&mut self) {
        let length = self.bytes.len() - self.whole;
        let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut head = httparse::Request::new(&mut room);
        let place = match head.parse(&self.bytes[self.whole..]) {
            Ok(httparse::Status::Complete(of_head)) if of_head == length => after_head(head.headers),
            // Empty lines may come before a request.
            Ok(httparse::Status::Partial) => {
                self.bytes.truncate(self.whole);
                return;
            }
            _ => Place::Lost,
        };
        if place == Place::Lost {
            self.lose();
        } else {
            self.place = place;
            self.lengths.push_back(length);
            self.whole += length;
        }
    }

    /// Requests that came before are still to be handed on.
    fn lose(&mut self) {
        self.place = Place::Lost;
        self.bytes.truncate(self.whole);
    }

    /// What belongs to lines up to and with the first empty one, the rest, and whether there was an empty one.
    fn split_at_empty_line<'b>(&mut self, bytes: &'b [u8]) -> (&'b [u8], &'b [u8], bool) {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' if self.is_line_empty => return (&bytes[..=at], &bytes[at + 1..], true),
                b'\n' => self.is_line_empty = true,
                b'\r' => {}
                _ => self.is_line_empty = false,
            }
        }
        (bytes, &[], false)
    }
}

/// What comes after a head with these headers. Mistakes are not looked for: the HTTP library ends such a connection.
fn after_head(headers: &[httparse::Header<'_>]) -> Place {
    let last = |name: &str| headers.iter().rfind(|header| header.name.eq_ignore_ascii_case(name));
    if let Some(encoding) = last("transfer-encoding") {
        let is_chunked = encoding.value.trim_ascii_end().to_ascii_lowercase().ends_with(b"chunked");
        return if is_chunked { Place::ChunkSize { size: 0, is_over: false } } else { Place::Lost };
    }
    let Some(length) = last("content-length") else {
        return Place::Head;
    };
    match std::str::from_utf8(length.value).ok().and_then(|length| length.parse().ok()) {
        Some(0) => Place::Head,
        Some(length) => Place::Body(length),
        None => Place::Lost,
    }
}

fn after_size_byte(byte: u8, size: u64, is_over: bool) -> Place {
    match (byte, char::from(byte).to_digit(16)) {
        (b'\n', _) if size == 0 => Place::Trailers,
        // With the end of the line behind the chunk.
        (b'\n', _) => size.checked_add(2).map_or(Place::Lost, Place::Chunk),
        (_, Some(digit)) if !is_over => size
            .checked_mul(16)
            .and_then(|size| size.checked_add(u64::from(digit)))
            .map_or(Place::Lost, |size| Place::ChunkSize { size, is_over }),
        // An extension, or the line's end is near.
        _ => Place::ChunkSize { size, is_over: true },
    }
}

/// Passes over as much of `left` as has come: what comes after it, and how much of it is still to come.
fn pass(bytes: &[u8], left: u64) -> (&[u8], u64) {
    let passed = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
    (&bytes[passed..], left - passed as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES_MAX: usize = 1024;

    const SIZED: &str = "POST /sized HTTP/1.1\r\nHost: a\r\nCONTENT-length: 31\r\n\r\n";
    const CHUNKED: &str = "POST /chunked HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";
    const WITHOUT_BODY: &str = "GET /without HTTP/1.1\r\nhOST: a\r\n\r\n";
    const WITH_BARE_ENDS: &str = "POST /bare HTTP/1.1\nContent-Length: 0\n\n";

    /// Requests one behind the other, with bodies that look like heads.
    fn pipelined() -> String {
        let fake = "GET /fake HTTP/1.1\r\nHost: b\r\n\r\n";
        let chunks = format!("5;name=\"value\"\r\nhello\r\n1F \r\n{fake}\r\n0\r\nTrailer: GET / HTTP/1.1\r\n\r\n");
        assert_eq!(fake.len(), 31);
        format!("{SIZED}{fake}{CHUNKED}{chunks}\r\n{WITHOUT_BODY}{WITH_BARE_ENDS}{CHUNKED}0\r\n\r\n{SIZED}")
    }

    fn taken(heads: &mut SentHeads) -> Vec<SentHead> {
        std::iter::from_fn(|| heads.take()).collect()
    }

    fn of(texts: &[&str]) -> Vec<SentHead> {
        texts.iter().map(|text| SentHead::new(text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn heads_are_found_between_bodies_in_whatever_pieces_they_come() {
        let all = pipelined();
        let expected = of(&[SIZED, CHUNKED, WITHOUT_BODY, WITH_BARE_ENDS, CHUNKED, SIZED]);
        for piece in [1, 2, 3, 7, 50, all.len()] {
            let (mut at_once, mut at_the_end) = (SentHeads::new(BYTES_MAX), SentHeads::new(BYTES_MAX));
            let mut found = Vec::new();
            for piece in all.as_bytes().chunks(piece) {
                at_once.hear(piece);
                found.extend(taken(&mut at_once));
                at_the_end.hear(piece);
            }
            assert_eq!(found, expected, "pieces of {piece}");
            assert_eq!(taken(&mut at_the_end), expected, "pieces of {piece}");
            assert!(at_once.bytes.is_empty() && at_the_end.bytes.is_empty());
        }
    }

    #[test]
    fn bodies_are_not_kept() {
        let mut heads = SentHeads::new(BYTES_MAX);
        heads.hear(b"POST / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n");
        assert_eq!(taken(&mut heads).len(), 1);
        let part = vec![b'\n'; 1_000_000];
        for _ in 0..10 {
            heads.hear(&part);
            assert_eq!(heads.bytes.capacity(), 0);
        }
        heads.hear(WITHOUT_BODY.as_bytes());
        assert_eq!(taken(&mut heads), of(&[WITHOUT_BODY]));
    }

    #[test]
    fn empty_lines_before_a_request_are_not_kept() {
        let mut heads = SentHeads::new(BYTES_MAX);
        heads.hear(&b"\r\n".repeat(BYTES_MAX));
        heads.hear(WITHOUT_BODY.as_bytes());
        assert_eq!(taken(&mut heads), of(&[WITHOUT_BODY]));
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut heads = SentHeads::new(2 * WITHOUT_BODY.len() + 10);
        for _ in 0..4 {
            heads.hear(WITHOUT_BODY.as_bytes());
        }
        assert_eq!(taken(&mut heads), of(&[WITHOUT_BODY, WITHOUT_BODY]), "and none that came after them");
        heads.hear(WITHOUT_BODY.as_bytes());
        assert!(taken(&mut heads).is_empty());
    }

    #[test]
    fn nothing_is_found_behind_what_is_not_understood() {
        for first in [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "nonsense\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
        ] {
            let mut heads = SentHeads::new(BYTES_MAX);
            heads.hear(format!("{SIZED}{}{first}{WITHOUT_BODY}", "x".repeat(31)).as_bytes());
            let found = taken(&mut heads);
            assert_eq!(found[..1], of(&[SIZED]), "{first:?}");
            assert!(!found.contains(&of(&[WITHOUT_BODY])[0]), "{first:?}");
        }
    }
}
