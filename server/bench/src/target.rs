//! What is sent where.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::api::Api;
use crate::connection::request;
use crate::payload;

/// What signs the received webhooks.
const SECRET: &str = "whsec_measured_by_the_river";

/// Where messages go in.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// An application, by the REST API.
    Application { api: Api, id: String },
    /// A source, as Stripe sends.
    Source { api: Api, id: String, path: String },
    /// What receiving is measured against.
    Floor { authority: String, path: &'static str },
}

impl Target {
    /// A new source.
    pub(crate) async fn source(api: &Api) -> Result<Self> {
        let (id, path) = api.create_source(SECRET).await?;
        Ok(Self::Source { api: api.clone(), id, path })
    }

    /// Where a source takes webhooks in: authority and path.
    pub(crate) fn inbound(&self) -> Option<(&str, &str)> {
        match self {
            Self::Source { api, path, .. } => Some((&api.authority, path)),
            Self::Application { .. } | Self::Floor { .. } => None,
        }
    }

    pub(crate) fn authority(&self) -> &str {
        match self {
            Self::Application { api, .. } | Self::Source { api, .. } => &api.authority,
            Self::Floor { authority, .. } => authority,
        }
    }

    /// The request that carries a message.
    pub(crate) fn request(&self, run: u64, number: usize) -> Vec<u8> {
        match self {
            Self::Application { api, id } => {
                let payload = payload::render(run, number);
                let body = format!("{{\"eventType\":\"invoice.paid\",\"payload\":{payload}}}");
                request("POST", &api.authority, &format!("/api/v1/app/{id}/msg/"), &api.key, &body)
            }
            Self::Source { api, path, .. } => webhook(&api.authority, path, &payload::render_event(run, number)),
            Self::Floor { authority, path } => webhook(authority, path, &payload::render_event(run, number)),
        }
    }

    /// Takes away what was made for it.
    pub(crate) async fn remove(&self) -> Result<()> {
        match self {
            Self::Application { api, id } => api.delete_application(id).await,
            Self::Source { api, id, .. } => api.delete_source(id).await,
            Self::Floor { .. } => Ok(()),
        }
    }
}

/// As Stripe signs: <https://docs.stripe.com/webhooks#verify-manually>.
fn webhook(authority: &str, path: &str, body: &str) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "the measuring program has no clock but the machine's")]
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let signature = match Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) {
        Ok(mut mac) => {
            mac.update(format!("{now_s}.{body}").as_bytes());
            hex::encode(mac.finalize().into_bytes())
        }
        Err(_) => String::new(),
    };
    format!(
        "POST {path} HTTP/1.1\r\nhost: {authority}\r\nstripe-signature: t={now_s},v1={signature}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
