//! What a person has to do at each provider.

/// What is special about a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guide {
    /// As in the store.
    pub(super) provider: &'static str,
    /// For a person.
    pub(super) name: &'static str,
    /// One line for the choice.
    pub(super) choice: &'static str,
    /// Where the URL goes at the provider.
    pub(super) where_the_url_goes: &'static str,
    /// Where the secret is found.
    pub(super) where_the_secret_is: &'static str,
    /// What the secret looks like.
    pub(super) secret_looks_like: &'static str,
}

/// Every provider, in the order in which a person is offered them.
pub(super) const GUIDES: [Guide; 4] = [
    Guide {
        provider: "stripe",
        name: "Stripe",
        choice: "Signed with Stripe-Signature",
        where_the_url_goes: "In the Stripe dashboard, under Developers → Webhooks, add an endpoint with this URL and choose its events.",
        where_the_secret_is: "Stripe shows it on the webhook endpoint's page as “Signing secret”.",
        secret_looks_like: "whsec_…",
    },
    Guide {
        provider: "github",
        name: "GitHub",
        choice: "Signed with X-Hub-Signature-256",
        where_the_url_goes: "In the repository's or organization's settings, under Webhooks, add a webhook with this payload URL and the content type application/json.",
        where_the_secret_is: "You choose it yourself in GitHub's “Secret” field: any long random text.",
        secret_looks_like: "a long random text",
    },
    Guide {
        provider: "standard_webhooks",
        name: "Standard Webhooks",
        choice: "Anyone who signs by the specification, and Svix",
        where_the_url_goes: "Give this URL to whoever sends the webhooks.",
        where_the_secret_is: "The sender shows it when the endpoint is created.",
        secret_looks_like: "whsec_…",
    },
    Guide {
        provider: "generic_hmac",
        name: "Generic HMAC-SHA256",
        choice: "A header with an HMAC-SHA256 of the body",
        where_the_url_goes: "Give this URL to whoever sends the webhooks.",
        where_the_secret_is: "The sender shows it, or you choose it together.",
        secret_looks_like: "the shared secret",
    },
];

/// The guide of a provider; a provider we know nothing about is as good as the generic one.
pub(super) fn guide_of(provider: &str) -> Guide {
    let [.., generic] = GUIDES;
    GUIDES.into_iter().find(|guide| guide.provider == provider).unwrap_or(generic)
}
