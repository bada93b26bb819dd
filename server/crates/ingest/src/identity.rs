//! The ids and types of events, as far as they can be trusted to be text.

use crate::pointer::{LIST_ITEMS_MAX, key_other_than, list_at, scalar_at};
use crate::request::Inbound;
use crate::scheme::{EventPlaces, Items, Place};
use sha2::{Digest as _, Sha256};

/// Ids and types longer than this are treated as absent.
const TEXT_BYTES_MAX: usize = 256;

/// One event of a body that carries several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// The provider's id of the event, under the rules of [`crate::Verified::event_id`].
    pub event_id: Option<String>,
    /// The provider's type of the event, likewise.
    pub event_type: Option<String>,
}

/// What a request says about its event, or events.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) event_id: Option<String>,
    pub(crate) event_type: Option<String>,
    pub(crate) items: Vec<Item>,
    pub(crate) nonce: Option<String>,
}

/// Reads what a request says about its event.
///
/// A list of events has an id if it has one item, and a type if all its items have the same.
pub(crate) fn identity_of(request: &Inbound<'_>, places: &EventPlaces<'_>) -> Identity {
    let items = places.items.as_ref().map(|items| read_items(request, items)).unwrap_or_default();
    let mut event_id = text_at(request, places.id);
    let mut event_type = text_at(request, places.kind);
    if let Some((first, others)) = items.split_first() {
        if others.is_empty() {
            event_id = event_id.or_else(|| first.event_id.clone());
        }
        if others.iter().all(|other| other.event_type == first.event_type) {
            event_type = event_type.or_else(|| first.event_type.clone());
        }
    }
    Identity { event_id, event_type, items, nonce: text_at(request, places.nonce) }
}

fn read_items(request: &Inbound<'_>, items: &Items<'_>) -> Vec<Item> {
    let list = items.lists.iter().find_map(|pointer| list_at(request.body, pointer));
    let item = |body: &str| {
        let item = Inbound { body: body.as_bytes(), ..*request };
        Item { event_id: text_at(&item, items.id), event_type: text_at(&item, items.kind) }
    };
    list.unwrap_or_default().into_iter().map(|raw| item(raw.get())).collect()
}

/// A digest of the ids of all events of a list, in their order. None if one has no id, or if there may be more events than
/// are looked at: nobody knows then that it is the same list.
pub(crate) fn digest_of_ids(items: &[Item]) -> Option<String> {
    if items.is_empty() || items.len() >= LIST_ITEMS_MAX {
        return None;
    }
    let mut digest = Sha256::new();
    for item in items {
        digest.update(item.event_id.as_ref()?);
        // No id contains it.
        digest.update(b"\n");
    }
    Some(hex::encode(digest.finalize()))
}

/// What is at the place, if it is a short, printable text.
fn text_at(request: &Inbound<'_>, place: Option<Place<'_>>) -> Option<String> {
    find(request, place?).filter(|text| is_printable(text))
}

fn find(request: &Inbound<'_>, place: Place<'_>) -> Option<String> {
    match place {
        Place::Header(name) => {
            let value = request.header_values(name).next()?;
            Some(std::str::from_utf8(value).ok()?.trim_ascii().to_owned()).filter(|text| !text.is_empty())
        }
        Place::Body(pointer) => scalar_at(request.body, pointer).filter(|text| !text.is_empty()),
        Place::Form(field) => request.form_field(field).filter(|text| !text.is_empty()),
        Place::Fixed(text) => Some(text.to_owned()),
        Place::KeyOtherThan(others) => key_other_than(request.body, others),
        Place::Joined(parts, separator) => {
            let texts: Option<Vec<_>> = parts.iter().map(|part| find(request, *part)).collect();
            Some(texts?.join(separator))
        }
        Place::Found(function) => function(request),
        Place::FirstOf(places) => places.iter().find_map(|place| find(request, *place)),
    }
}

fn is_printable(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_BYTES_MAX && !text.chars().any(char::is_control)
}
