//! What messages consist of, in answers.

use crate::problem::Problem;
use crate::state::HttpState;
use hookreel_auth::Caller;
use hookreel_contract::views::{MessageRow, Receipt};
use hookreel_kernel::MessageId;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// The most bytes of payload on one page.
const PAGE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Stands for a payload that was not asked for.
pub(crate) fn nothing() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_default()
}

/// How many messages of a page, at least one, fit into an answer with their payloads.
pub(super) fn fitting(rows: &[MessageRow]) -> usize {
    let mut bytes = 0;
    let fit = rows.iter().take_while(|row| {
        bytes += row.body_bytes;
        bytes <= PAGE_BYTES_MAX
    });
    fit.count().max(1)
}

/// The bodies of messages of the caller's tenant.
pub(crate) async fn bodies(
    state: &HttpState,
    caller: &Caller,
    ids: impl Iterator<Item = MessageId>,
) -> Result<HashMap<MessageId, Vec<u8>>, Problem> {
    let ids: Vec<MessageId> = ids.collect();
    Ok(state.services().messages.bodies(caller, &ids).await?)
}

/// What was found out about those of these messages that came in at a source.
pub(crate) async fn receipts(
    state: &HttpState,
    caller: &Caller,
    rows: &[MessageRow],
) -> Result<HashMap<MessageId, Receipt>, Problem> {
    let ids: Vec<MessageId> = rows.iter().filter(|row| row.source_id.is_some()).map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(state.services().messages.receipts(caller, &ids).await?)
}

/// A body as JSON: as it is if it is JSON, as a string if not.
pub(crate) fn payload_of(body: Option<&Vec<u8>>) -> Box<RawValue> {
    let Some(body) = body else { return nothing() };
    let as_json = std::str::from_utf8(body).ok().and_then(|text| RawValue::from_string(text.to_owned()).ok());
    as_json.or_else(|| serde_json::value::to_raw_value(&String::from_utf8_lossy(body)).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_as_it_is_and_anything_else_becomes_a_string() {
        assert_eq!(payload_of(Some(&br#"{ "a": 1 }"#.to_vec())).get(), r#"{ "a": 1 }"#);
        assert_eq!(payload_of(Some(&b"a=1&b=\"2\"".to_vec())).get(), r#""a=1&b=\"2\"""#);
        assert_eq!(payload_of(Some(&vec![0xff])).get(), "\"\u{fffd}\"");
        assert_eq!(payload_of(Some(&Vec::new())).get(), "\"\"");
        assert_eq!(payload_of(None).get(), "{}");
    }
}
