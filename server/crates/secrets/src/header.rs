//! Values of the headers that a tenant adds to its deliveries: encrypted wherever they are stored, events included.

use crate::sealed::{SecretBox, SecretError, belongs_to};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hookreel_kernel::{EndpointId, Secret, TenantId};
use std::collections::BTreeMap;

/// What the stored form of a value starts with.
const PREFIX: &str = "sealed:";

impl SecretBox {
    /// The stored form of an endpoint's header value.
    ///
    /// # Errors
    /// As [`SecretBox::seal`].
    pub fn seal_header(
        &self,
        tenant_id: TenantId,
        endpoint_id: EndpointId,
        name: &str,
        value: &str,
    ) -> Result<String, SecretError> {
        let place = place_of(tenant_id, endpoint_id, name);
        Ok(format!("{PREFIX}{}", STANDARD_NO_PAD.encode(self.encrypt(&place, value.as_bytes())?)))
    }

    /// The value of a stored header.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`].
    pub fn open_header(
        &self,
        tenant_id: TenantId,
        endpoint_id: EndpointId,
        name: &str,
        stored: &str,
    ) -> Result<Secret<String>, SecretError> {
        let encoded = stored.strip_prefix(PREFIX).ok_or(SecretError::Unreadable)?;
        let ciphertext = STANDARD_NO_PAD.decode(encoded).map_err(|_| SecretError::Unreadable)?;
        self.decrypt(&place_of(tenant_id, endpoint_id, name), &ciphertext)
    }

    /// All headers of an endpoint with their values, ready to be sent.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`] if one of them does not open.
    pub fn open_headers(
        &self,
        tenant_id: TenantId,
        endpoint_id: EndpointId,
        stored: &BTreeMap<String, String>,
    ) -> Result<Vec<(String, Secret<String>)>, SecretError> {
        stored
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.open_header(tenant_id, endpoint_id, name, value)?)))
            .collect()
    }
}

fn place_of(tenant_id: TenantId, endpoint_id: EndpointId, name: &str) -> Vec<u8> {
    belongs_to(tenant_id, endpoint_id.uuid(), format!("header {name}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretKey;

    #[test]
    fn a_header_value_opens_under_its_own_name_only() {
        let secrets = SecretBox::new(&SecretKey::generate());
        let (tenant, endpoint) = (TenantId::generate(), EndpointId::generate());
        let stored = secrets.seal_header(tenant, endpoint, "authorization", "Bearer x").unwrap();
        assert!(!stored.contains("Bearer"));
        assert_eq!(secrets.open_header(tenant, endpoint, "authorization", &stored).unwrap().expose(), "Bearer x");
        assert!(secrets.open_header(tenant, endpoint, "x-other", &stored).is_err());
        assert!(secrets.open_header(tenant, endpoint, "authorization", "Bearer x").is_err());

        let headers = BTreeMap::from([("authorization".to_owned(), stored)]);
        let opened = secrets.open_headers(tenant, endpoint, &headers).unwrap();
        assert_eq!(opened[0].1.expose(), "Bearer x");
    }
}
