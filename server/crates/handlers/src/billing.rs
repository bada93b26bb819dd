//! Stripe's webhooks about the installation's own subscribers, as typed events.
//!
//! They come in at a source of Hookreel's own, by the same way as everybody's. An event only says whose subscription is
//! to be looked at: what it is now is asked of Stripe afterwards, so that neither their order nor their repetition matters.

use crate::handler::{Effects, Handler, HandlerError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_domain::built_in;
use hookreel_domain::traffic::MESSAGE_ACCEPTED;
use hookreel_event_store::StoredEvent;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;

/// Notes whose subscription is to be read again.
#[derive(Debug)]
pub(crate) struct StripeEvents;

/// What is around every event. Source: <https://docs.stripe.com/api/events/object>.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct About<T> {
    data: Data<T>,
}

#[derive(Deserialize)]
struct Data<T> {
    object: T,
}

/// Of `checkout.session.completed`. A checkout of something else than a subscription may have no customer.
#[derive(Deserialize)]
struct CheckoutSession {
    customer: Option<String>,
}

/// Of `customer.subscription.…`.
#[derive(Deserialize)]
struct Subscription {
    customer: String,
}

/// Of `invoice.…`.
#[derive(Deserialize)]
struct Invoice {
    customer: Option<String>,
}

impl StripeEvents {
    async fn note(connection: &mut PgConnection, event: &StoredEvent) -> Result<(), HandlerError> {
        let Some(customer) = customer_of(event.body.as_deref().unwrap_or_default())? else { return Ok(()) };
        // Somebody else's customer: an account at Stripe may serve several products.
        sqlx::query!(
            "insert into ops.billing_checks as c (tenant_id, due_at)
             select tenant_id, now() from read.billing where customer_id = $1
             on conflict (tenant_id) do update set due_at = now(), wanted = c.wanted + 1, tries = 0",
            customer,
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Whose subscription an event is about; nothing for those of other types, which are let pass.
fn customer_of(body: &[u8]) -> Result<Option<String>, serde_json::Error> {
    let Envelope { kind } = serde_json::from_slice(body)?;
    Ok(match kind.as_str() {
        "checkout.session.completed" => object::<CheckoutSession>(body)?.customer,
        "customer.subscription.created" | "customer.subscription.updated" | "customer.subscription.deleted" => {
            Some(object::<Subscription>(body)?.customer)
        }
        "invoice.payment_succeeded" | "invoice.payment_failed" => object::<Invoice>(body)?.customer,
        _ => None,
    })
}

fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice::<About<T>>(body).map(|about| about.data.object)
}

impl Handler for StripeEvents {
    fn name(&self) -> &'static str {
        "billing"
    }

    fn purpose(&self) -> &'static str {
        "Follows Stripe's webhooks about the subscriptions to plans"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[MESSAGE_ACCEPTED]
    }

    fn only_containing(&self) -> &'static [(&'static str, &'static str)] {
        &[(MESSAGE_ACCEPTED, built_in::BILLING_SOURCE_JSON)]
    }

    fn effects(&self) -> Effects {
        Effects::Outside
    }

    fn wants_bodies(&self) -> bool {
        true
    }

    fn handle<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async move {
            for event in events {
                Self::note(connection, event).await?;
            }
            Ok(())
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::customer_of;
    use serde_json::{Value, json};

    fn customer(kind: &str, object: Value) -> Result<Option<String>, String> {
        let body = json!({ "id": "evt_1", "object": "event", "type": kind, "data": { "object": object } });
        customer_of(body.to_string().as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_event_that_matters_names_its_customer() {
        for kind in [
            "checkout.session.completed",
            "customer.subscription.created",
            "customer.subscription.updated",
            "customer.subscription.deleted",
            "invoice.payment_succeeded",
            "invoice.payment_failed",
        ] {
            assert_eq!(customer(kind, json!({ "customer": "cus_1", "more": [1] })), Ok(Some("cus_1".into())), "{kind}");
        }
    }

    #[test]
    fn other_events_and_checkouts_without_a_customer_are_let_pass() {
        assert_eq!(customer("charge.succeeded", json!({ "customer": { "id": "cus_1" } })), Ok(None));
        assert_eq!(customer("checkout.session.completed", json!({ "customer": null })), Ok(None));
        assert_eq!(customer("invoice.payment_failed", json!({})), Ok(None));
    }

    #[test]
    fn what_is_malformed_is_an_error_that_says_where() {
        let error = customer("customer.subscription.updated", json!({ "customer": 7 })).unwrap_err();
        assert!(error.contains("expected a string") && error.contains("column"), "{error}");
        assert!(customer("customer.subscription.deleted", json!({})).unwrap_err().contains("customer"));
        assert!(customer_of(b"{\"type\":").is_err());
        assert!(customer_of(b"[]").is_err());
    }
}
