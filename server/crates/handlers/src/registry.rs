//! Every handler there is.

use crate::billing::StripeEvents;
use crate::handler::Handler;
use crate::mails::Mails;
use crate::operational::OperationalWebhooks;
use crate::search::SearchIndex;
use crate::usage::UsageMeter;
use hookreel_delivery::Engine;
use hookreel_secrets::SecretBox;
use std::sync::Arc;

/// What handlers are made of.
#[derive(Debug, Clone)]
pub struct HandlerParts {
    /// Delivers what handlers send.
    pub engine: Engine,
    /// Seals mails.
    pub secrets: SecretBox,
    /// Where links in mails lead.
    pub public_url: String,
    /// Whether plans are paid by Stripe.
    pub with_billing: bool,
}

/// The names of all handlers, also of those that an installation does without.
pub const NAMES: [&str; 5] = ["billing", "mails", "operational_webhooks", "search_index", "usage_meter"];

/// All handlers, in no particular order: none waits for another.
pub fn registry(parts: &HandlerParts) -> Vec<Arc<dyn Handler>> {
    let mut all = projections();
    all.push(Arc::new(Mails::new(parts.secrets.clone(), &parts.public_url, parts.with_billing)));
    all.push(Arc::new(OperationalWebhooks::new(parts.engine.clone())));
    if parts.with_billing {
        all.push(Arc::new(StripeEvents));
    }
    all
}

/// Those that write nothing but what follows from the events, and can be run again.
pub fn projections() -> Vec<Arc<dyn Handler>> {
    vec![Arc::new(SearchIndex), Arc::new(UsageMeter)]
}
