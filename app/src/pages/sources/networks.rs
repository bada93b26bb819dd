//! The networks that providers say they send webhooks from. They change rarely, and are not looked up by themselves:
//! a list that somebody could change from outside would be no protection.

/// A provider's published list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Preset {
    /// In the address of the page.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) provider: &'static str,
    /// When the list was as it stands here.
    pub(super) date: &'static str,
    /// Where the provider publishes it.
    pub(super) url: &'static str,
    /// One address or network each.
    pub(super) networks: &'static [&'static str],
}

/// Every list there is.
pub(super) const PRESETS: &[Preset] = &[
    // https://docs.stripe.com/ips, "Webhook notifications".
    Preset {
        name: "stripe",
        provider: "Stripe",
        date: "November 2026",
        url: "https://docs.stripe.com/ips",
        networks: &[
            "3.18.12.63",
            "3.130.192.231",
            "13.235.14.237",
            "13.235.122.149",
            "18.211.135.69",
            "35.154.171.200",
            "52.15.183.38",
            "54.88.130.119",
            "54.88.130.237",
            "54.187.174.169",
            "54.187.205.235",
            "54.187.216.72",
        ],
    },
    // https://api.github.com/meta, "hooks".
    Preset {
        name: "github",
        provider: "GitHub",
        date: "November 2026",
        url: "https://api.github.com/meta",
        networks: &[
            "192.30.252.0/22",
            "185.199.108.0/22",
            "140.82.112.0/20",
            "143.55.64.0/20",
            "2a0a:a440::/29",
            "2606:50c0::/32",
        ],
    },
];
