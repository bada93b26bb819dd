//! What is Hookreel's own: the tenant by which it receives webhooks for itself. Nobody signs in to it, nothing of it is
//! limited or counted, and its ids are the same in every installation.

use hookreel_kernel::{ApplicationId, SourceId, TenantId};
use uuid::Uuid;

/// The tenant.
pub const TENANT: TenantId = TenantId::from_uuid(id(1));
/// Its default application.
pub const APPLICATION: ApplicationId = ApplicationId::from_uuid(id(2));
/// The source by which Stripe tells what became of subscriptions.
pub const BILLING_SOURCE: SourceId = SourceId::from_uuid(id(3));
/// The payloads of what comes in there contain this.
pub const BILLING_SOURCE_JSON: &str = r#"{"source_id":"src_0000000000e008000000000003"}"#;

/// A UUIDv7 of the beginning of time.
const fn id(number: u128) -> Uuid {
    Uuid::from_u128((0x7 << 76) | (0b10 << 62) | number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_payloads_contain_names_the_source() {
        assert_eq!(BILLING_SOURCE_JSON, serde_json::json!({ "source_id": BILLING_SOURCE }).to_string());
        assert_eq!(TENANT.uuid().get_version_num(), 7);
    }
}
