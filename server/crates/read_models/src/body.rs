//! Bodies in the way a person can look at them.

use hookreel_contract::views::Body;
use std::fmt::Write;

/// How much of a body is shown, in bytes of text.
const TEXT_BYTES_MAX: usize = 256 * 1024;
const HEX_BYTES_PER_LINE: usize = 16;
/// Offset, 16 bytes in hex, the same as ASCII, line break.
const HEX_LINE_BYTES: usize = 8 + 2 + 3 * HEX_BYTES_PER_LINE + 1 + HEX_BYTES_PER_LINE + 2 + 1;

/// A body as text if it is UTF-8, as a hex dump if not; cut at 256 KiB of text.
pub fn body_view(body: &[u8]) -> Body {
    let bytes = body.len() as u64;
    if let Ok(text) = std::str::from_utf8(body) {
        let shown = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        return Body { text: shown.to_owned(), is_hex: false, is_cut: shown.len() < text.len(), bytes };
    }
    let lines_max = TEXT_BYTES_MAX / HEX_LINE_BYTES;
    let shown = &body[..body.len().min(lines_max * HEX_BYTES_PER_LINE)];
    Body { text: hex_dump(shown), is_hex: true, is_cut: shown.len() < body.len(), bytes }
}

fn hex_dump(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(HEX_BYTES_PER_LINE) * HEX_LINE_BYTES);
    for (index, line) in bytes.chunks(HEX_BYTES_PER_LINE).enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{:08x}  ", index * HEX_BYTES_PER_LINE);
        for column in 0..HEX_BYTES_PER_LINE {
            let _ = match line.get(column) {
                Some(byte) => write!(text, "{byte:02x} "),
                None => write!(text, "   "),
            };
        }
        text.push_str(" |");
        text.extend(line.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' }));
        text.push_str("|\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_shown_as_it_is() {
        let body = body_view("{\"naïve\":\"☃\"}".as_bytes());
        assert_eq!((body.text.as_str(), body.is_hex, body.is_cut), ("{\"naïve\":\"☃\"}", false, false));
        assert_eq!(body.bytes, 16);
    }

    #[test]
    fn other_bytes_are_dumped() {
        let body = body_view(b"abc\xff\x00");
        assert!(body.is_hex);
        assert!(body.text.starts_with("00000000  61 62 63 ff 00 "), "{}", body.text);
        assert!(body.text.ends_with(" |abc..|\n"));
    }

    #[test]
    fn long_bodies_are_cut_at_a_character() {
        let text = "é".repeat(TEXT_BYTES_MAX);
        let body = body_view(text.as_bytes());
        assert!(body.is_cut && body.text.len() <= TEXT_BYTES_MAX);
        assert_eq!(body.bytes, 2 * TEXT_BYTES_MAX as u64);
        let body = body_view(&vec![0xff; 1 << 20]);
        assert!(body.is_cut && body.text.len() <= TEXT_BYTES_MAX);
    }
}
