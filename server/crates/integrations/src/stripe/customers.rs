//! Customers. Source: <https://docs.stripe.com/api/customers>.

use super::{CustomerId, Metadata, Stripe};
use crate::error::IntegrationError;
use crate::form::Form;
use crate::request::{ApiRequest, IdempotencyKey};
use hookreel_kernel::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A customer to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewCustomer {
    /// Where Stripe writes to.
    pub email: Option<String>,
    /// As on invoices.
    pub name: Option<String>,
    /// Our notes.
    pub metadata: Metadata,
}

/// A customer. Of a deleted one only the id is left.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Customer {
    /// Names it.
    pub id: CustomerId,
    /// Whether it was deleted.
    #[serde(default)]
    pub deleted: bool,
    /// Where Stripe writes to.
    #[serde(default)]
    pub email: Option<String>,
    /// As on invoices.
    #[serde(default)]
    pub name: Option<String>,
    /// Our notes.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    #[serde(default, with = "time::serde::timestamp::option")]
    pub created: Option<Timestamp>,
}

impl Stripe {
    /// Makes a customer.
    pub async fn create_customer(
        &self,
        customer: &NewCustomer,
        key: Option<IdempotencyKey>,
    ) -> Result<Customer, IntegrationError> {
        let form = Form::new()
            .with_some("email", customer.email.as_deref())
            .with_some("name", customer.name.as_deref())
            .with_nested("metadata", customer.metadata.form());
        self.call(ApiRequest::post(["v1", "customers"], key).form(&form)).await
    }

    /// A customer. Status 404 if there never was one.
    pub async fn get_customer(&self, customer: &CustomerId) -> Result<Customer, IntegrationError> {
        self.call(ApiRequest::get(["v1", "customers", customer.as_str()])).await
    }
}
