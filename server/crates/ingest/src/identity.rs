//! The id and the type of an event, as far as they can be trusted to be text.

use crate::pointer::scalar_at;
use crate::scheme::Place;
use crate::verify::Inbound;

/// Ids and types longer than this are treated as absent.
const TEXT_BYTES_MAX: usize = 256;

/// What is at the place, if it is a short, printable text.
pub(crate) fn text_at(request: &Inbound<'_>, place: Option<Place<'_>>) -> Option<String> {
    let text = match place? {
        Place::Header(name) => {
            let value = request.header_values(name).next()?;
            std::str::from_utf8(value).ok()?.trim_ascii().to_owned()
        }
        Place::Body(pointer) => scalar_at(request.body, pointer)?,
    };
    let is_printable = !text.is_empty() && text.len() <= TEXT_BYTES_MAX && !text.chars().any(char::is_control);
    is_printable.then_some(text)
}
