//! What is searched: invoices, each a function of its number, so that whoever asks knows what is in them.

use std::collections::BTreeSet;

use hookreel_domain::search::Searchable;
use hookreel_kernel::{ApplicationId, MessageId, TenantId, id};
use serde_json::json;
use uuid::Uuid;

use crate::payload::mixed;

pub(crate) const EVENT_TYPE: &str = "invoice.paid";
/// How many messages are about one customer.
const PER_CUSTOMER: u64 = 200;
const CITIES: u64 = 300;
const PLANS: u64 = 100;
const CURRENCIES: [&str; 3] = ["eur", "usd", "gbp"];
/// One message in so many has a coupon.
const COUPON_EVERY: u64 = 300;
/// How far apart they came in.
const STEP_MS: u64 = 2_000;

/// The messages of one application, from 0, the oldest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corpus {
    pub(crate) tenant_id: TenantId,
    pub(crate) application_id: ApplicationId,
    pub(crate) messages: u64,
    newest_ms: u64,
}

/// What a message says.
#[derive(Debug)]
pub(crate) struct Invoice {
    /// No other has it.
    pub(crate) id: String,
    /// 200 have it.
    pub(crate) customer: String,
    /// One in three has it.
    pub(crate) currency: &'static str,
    /// One in 300 has it.
    pub(crate) city: String,
    /// One in 100 has it.
    pub(crate) plan: String,
    /// One in 10,000 has it, and one in ten the same beginning of four characters.
    pub(crate) tag: String,
    amount: u64,
    coupon: Option<String>,
}

impl Corpus {
    /// Of so many messages, the last of which has just come in.
    pub(crate) fn new(tenant_id: TenantId, application_id: ApplicationId, messages: u64) -> Self {
        Self { tenant_id, application_id, messages, newest_ms: id::unix_ms_of(MessageId::generate().uuid()) }
    }

    pub(crate) fn received_ms(&self, number: u64) -> u64 {
        let younger = self.messages.saturating_sub(number + 1);
        self.newest_ms.saturating_sub(younger * STEP_MS)
    }

    pub(crate) fn message_id(&self, number: u64) -> MessageId {
        // Below the version and the variant there is room for 62 bits.
        let lowest = id::lowest_at(self.received_ms(number)).as_u128();
        MessageId::from_uuid(Uuid::from_u128(lowest | u128::from(mixed(number) >> 2)))
    }

    pub(crate) fn invoice(&self, number: u64) -> Invoice {
        let draw = |what: u64, below: u64| mixed(mixed(number) ^ what) % below;
        let customers = (self.messages / PER_CUSTOMER).max(1);
        Invoice {
            id: format!("{:016x}", mixed(number)),
            customer: format!("c{:07}", draw(1, customers)),
            currency: CURRENCIES[(number % 3) as usize],
            city: format!("city{:03}", draw(2, CITIES)),
            plan: format!("plan{:02}", draw(3, PLANS)),
            tag: format!("tag{:04}", draw(4, 10_000)),
            amount: 100 + draw(5, 9_900),
            coupon: (number % COUPON_EVERY == 7).then(|| format!("coupon{:02}", draw(6, 50))),
        }
    }

    /// Its words, made by what the search index is made by.
    pub(crate) fn words(&self, number: u64, body: &str) -> BTreeSet<String> {
        let id = self.message_id(number).to_string();
        let searchable = Searchable {
            tenant_id: self.tenant_id,
            application_id: self.application_id,
            source_id: None,
            channels: &[],
            event_type: EVENT_TYPE,
            ids: &[&id],
            headers: &[],
            body: body.as_bytes(),
        };
        searchable.words()
    }
}

impl Invoice {
    pub(crate) fn body(&self) -> String {
        let mut object = json!({
            "id": format!("in_{}", self.id),
            "customer": format!("cus_{}", self.customer),
            "currency": self.currency,
            "city": self.city,
            "plan": self.plan,
            "tag": self.tag,
            "amount": self.amount,
        });
        if let Some(coupon) = &self.coupon {
            object["coupon"] = json!(coupon);
        }
        json!({ "type": EVENT_TYPE, "data": { "object": object } }).to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn corpus(messages: u64) -> Corpus {
        Corpus::new(TenantId::generate(), ApplicationId::generate(), messages)
    }

    #[test]
    fn messages_are_in_the_order_of_their_ids_and_each_has_an_id_of_its_own() {
        let corpus = corpus(2_000);
        let ids: Vec<MessageId> = (0..2_000).map(|number| corpus.message_id(number)).collect();
        assert!(ids.is_sorted());
        assert_eq!(id::unix_ms_of(ids[1_999].uuid()) - id::unix_ms_of(ids[0].uuid()), 1_999 * STEP_MS);
        let own: BTreeSet<String> = (0..2_000).map(|number| corpus.invoice(number).id).collect();
        assert_eq!(own.len(), 2_000);
    }

    #[test]
    fn a_message_has_about_as_many_words_as_an_invoice_and_they_can_be_copied_into_a_table_as_they_are() {
        let corpus = corpus(1_000);
        for number in 0..10 {
            let words = corpus.words(number, &corpus.invoice(number).body());
            assert!((36..=52).contains(&words.len()), "{words:?}");
            assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')));
        }
    }
}
