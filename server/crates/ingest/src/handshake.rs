//! The exchanges by which providers find out whether they may send. Answered before anything is
//! stored; nothing here is an event.
//!
//! Three of them (X, Zoom, Braintree) have the receiver sign a text of the asker's choice with the key
//! that events are verified with. Their texts are held to a form that no event has, so that an answer
//! is never a signature of one.

mod echo;
mod keyed;

pub(crate) use keyed::is_crc_token;

use crate::keyring::{Case, Keyring};
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::scheme::named;
use hookreel_kernel::{Secret, Timestamp};

named! {
    /// What a provider asks before it sends, or instead of sending.
    pub enum HandshakeKind {
        /// Slack's `url_verification`.
        Slack = "slack_url_verification",
        /// Zoom's `endpoint.url_validation`.
        Zoom = "zoom_url_validation",
        /// Meta's subscription request.
        Meta = "meta_subscription",
        /// `?challenge=`, as Dropbox and Adobe I/O ask.
        Challenge = "challenge",
        /// X's challenge-response check.
        X = "x_crc",
        /// Okta's one-time verification.
        Okta = "okta_verification",
        /// Discord's ping.
        Discord = "discord_ping",
        /// Twitch's callback verification, and its revocations.
        Twitch = "twitch_callback_verification",
        /// Microsoft Graph's validation token.
        MicrosoftGraph = "microsoft_graph_validation",
        /// monday.com's challenge.
        Monday = "monday_challenge",
        /// Asana's handshake, which brings the secret.
        Asana = "asana_hook_secret",
        /// Adobe Sign's intent verification.
        AdobeSign = "adobe_sign_client_id",
        /// eBay's endpoint validation.
        Ebay = "ebay_challenge",
        /// Braintree's check of a new address.
        Braintree = "braintree_challenge",
        /// Xero's intent to receive.
        Xero = "xero_intent_to_receive",
        /// Amazon SNS's confirmation of a subscription.
        AmazonSns = "amazon_sns_confirmation",
        /// GitHub's ping.
        Github = "github_ping",
        /// WooCommerce's ping.
        Woocommerce = "woocommerce_ping",
    }
}

impl HandshakeKind {
    /// The header that it is read from, beside those of an event.
    pub(crate) const fn header(self) -> Option<&'static str> {
        match self {
            Self::Okta => Some(echo::OKTA_CHALLENGE),
            Self::Asana => Some(echo::HOOK_SECRET),
            Self::AdobeSign => Some(echo::CLIENT_ID),
            Self::Twitch => Some(keyed::TWITCH_TYPE),
            Self::Github => Some(keyed::GITHUB_EVENT),
            Self::Slack
            | Self::Zoom
            | Self::Meta
            | Self::Challenge
            | Self::X
            | Self::Discord
            | Self::MicrosoftGraph
            | Self::Monday
            | Self::Ebay
            | Self::Braintree
            | Self::Xero
            | Self::AmazonSns
            | Self::Woocommerce => None,
        }
    }
}

/// What to answer to a request that is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeAnswer {
    /// Which exchange it is.
    pub kind: HandshakeKind,
    /// The status.
    pub status: u16,
    /// What the body is, if there is one.
    pub content_type: Option<&'static str>,
    /// Further headers. Always among them: that nobody is to guess another type than that, and that
    /// the address, which is a secret, is not to be passed on.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// What has to be done beside answering.
    pub effect: Effect,
    /// Only the provider can have asked: the request is signed, or has what only the provider knows. Anybody may ask
    /// what is not proven.
    pub is_proven: bool,
}

/// What a handshake means for the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The provider has brought the secret that it will sign with: it must be stored before the answer.
    NewSecret(Secret<String>),
    /// A person has to open this address to confirm. It is never fetched by itself.
    Surfaced {
        /// The address, which is Amazon's own.
        subscribe_url: String,
    },
    /// It only tried whether somebody is there: no event, not to be fanned out.
    Ping,
    /// The provider will send no more: a person should know.
    Revoked,
}

/// The answer to a request, if it is a handshake of the source's provider. Everything else is for
/// [`crate::verify()`], also what only looks like a handshake: it is refused there, and kept.
pub fn answer(rule: &SourceRule, keys: &Keyring<'_>, request: &Inbound<'_>, now: Timestamp) -> Option<HandshakeAnswer> {
    let kind = rule.provider().handshake()?;
    let case = Case { rule, keys, request, now };
    let reply = match kind {
        HandshakeKind::Slack => echo::slack(&case),
        HandshakeKind::Zoom => keyed::zoom(&case),
        HandshakeKind::Meta => echo::meta(&case),
        HandshakeKind::Challenge => echo::challenge(&case),
        HandshakeKind::X => keyed::x(&case),
        HandshakeKind::Okta => echo::okta(&case),
        HandshakeKind::Discord => keyed::discord(&case),
        HandshakeKind::Twitch => keyed::twitch(&case),
        HandshakeKind::MicrosoftGraph => echo::microsoft_graph(&case),
        HandshakeKind::Monday => echo::monday(&case),
        HandshakeKind::Asana => echo::asana(&case),
        HandshakeKind::AdobeSign => echo::adobe_sign(&case),
        HandshakeKind::Ebay => keyed::ebay(&case),
        HandshakeKind::Braintree => keyed::braintree(&case),
        HandshakeKind::Xero => keyed::xero(&case),
        HandshakeKind::AmazonSns => keyed::amazon_sns(&case),
        HandshakeKind::Github => keyed::github(&case),
        HandshakeKind::Woocommerce => echo::woocommerce(&case),
    }?;
    Some(reply.into_answer(kind))
}

/// Headers that the answer to an accepted event must carry beside what the source says: only Adobe
/// Sign asks for one.
pub fn acknowledgement(rule: &SourceRule, keys: &Keyring<'_>, request: &Inbound<'_>) -> Vec<(&'static str, String)> {
    if rule.provider().handshake() != Some(HandshakeKind::AdobeSign) {
        return Vec::new();
    }
    echo::own_client_id(keys, request).map(|id| vec![(echo::CLIENT_ID, id.to_owned())]).unwrap_or_default()
}

/// An answer that does not yet say of which exchange.
struct Reply {
    status: u16,
    content_type: Option<&'static str>,
    header: Option<(&'static str, String)>,
    body: Vec<u8>,
    effect: Effect,
    is_proven: bool,
}

impl Reply {
    const fn empty(status: u16) -> Self {
        Self { status, content_type: None, header: None, body: Vec::new(), effect: Effect::None, is_proven: false }
    }

    fn text(body: impl Into<Vec<u8>>) -> Self {
        Self { content_type: Some("text/plain; charset=utf-8"), body: body.into(), ..Self::empty(200) }
    }

    fn json(body: &serde_json::Value) -> Self {
        Self { content_type: Some("application/json"), body: body.to_string().into_bytes(), ..Self::empty(200) }
    }

    fn with(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    fn proven(self) -> Self {
        Self { is_proven: true, ..self }
    }

    fn into_answer(self, kind: HandshakeKind) -> HandshakeAnswer {
        let mut headers =
            vec![("X-Content-Type-Options", "nosniff".to_owned()), ("Referrer-Policy", "no-referrer".to_owned())];
        headers.extend(self.header);
        HandshakeAnswer {
            kind,
            status: self.status,
            content_type: self.content_type,
            headers,
            body: self.body,
            effect: self.effect,
            is_proven: self.is_proven,
        }
    }
}
