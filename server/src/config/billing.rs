//! Plans: what tenants may use, and what they pay for it.

use super::ConfigError;
use super::store::secret;
use clap::Args;
use hookreel_domain::{Plan, PlanList, Quotas};
use hookreel_kernel::Secret;
use serde::Deserialize;
use std::str::FromStr;

/// What can be said about them.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[billing]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BillingSettings {
    /// A plan, as `team: title=Team, price_id=price_123, messages_month=1000000, endpoints=100, members=20,
    /// retention_days=90`; several are separated by `;` or given again. What is left out is unlimited; without a price it
    /// is not sold; further prices are those of earlier subscribers. Only with --stripe-key
    /// [default: free: title=Free, messages_month=50000, endpoints=10, members=5, retention_days=30]
    #[arg(long, env = "HOOKREEL_PLANS", value_name = "PLAN", value_delimiter = ';')]
    pub(crate) plan: Option<Vec<PlanSettings>>,

    /// The plan of tenants who subscribe to none [default: the first]
    #[arg(long, env = "HOOKREEL_DEFAULT_PLAN", value_name = "NAME")]
    pub(crate) default_plan: Option<String>,

    /// The signing secret of the webhook at Stripe that tells what becomes of subscriptions; where it has to send to,
    /// `hookreel admin billing-webhook-url` prints. Better given by the environment than on the command line, which
    /// others on the machine can read
    #[arg(long, env = "HOOKREEL_STRIPE_WEBHOOK_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = secret)]
    pub(crate) stripe_webhook_secret: Option<Secret<String>>,

    /// For how many days messages, deliveries and attempts are shown, where no plan says otherwise. The event store
    /// keeps what happened [default: for ever]
    #[arg(long, env = "HOOKREEL_RETENTION_DAYS", value_name = "DAYS")]
    pub(crate) retention_days: Option<u32>,
}

/// One plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PlanSettings {
    /// Names it in events and addresses.
    name: String,
    /// What people call it.
    title: String,
    /// The price at which it is sold.
    price_id: Option<String>,
    /// Other prices that give it.
    other_price_ids: Vec<String>,
    messages_month: Option<u64>,
    endpoints: Option<u64>,
    members: Option<u64>,
    retention_days: Option<u32>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct BillingConfig {
    pub(crate) plans: PlanList,
    /// `None`: Stripe's webhooks are not taken in.
    pub(crate) webhook_secret: Option<Secret<String>>,
    /// `None`: for ever.
    pub(crate) retention_days: Option<u32>,
}

impl BillingSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            plan: self.plan.or(other.plan),
            default_plan: self.default_plan.or(other.default_plan),
            stripe_webhook_secret: self.stripe_webhook_secret.or(other.stripe_webhook_secret),
            retention_days: self.retention_days.or(other.retention_days),
        }
    }
}

impl BillingConfig {
    pub(super) fn resolve(settings: BillingSettings) -> Result<Self, ConfigError> {
        let plans = settings.plan.filter(|plans| !plans.is_empty()).unwrap_or_else(|| vec![free()]);
        let default = settings.default_plan.or_else(|| plans.first().map(|plan| plan.name.clone())).unwrap_or_default();
        let plans = PlanList::new(plans.into_iter().map(PlanSettings::plan).collect(), &default)
            .map_err(|error| ConfigError::setting("plan", error))?;
        if settings.retention_days == Some(0) {
            return Err(ConfigError::setting("retention_days", "must be at least 1"));
        }
        let webhook_secret = settings.stripe_webhook_secret.filter(|secret| !secret.expose().trim().is_empty());
        Ok(Self { plans, webhook_secret, retention_days: settings.retention_days })
    }
}

fn free() -> PlanSettings {
    PlanSettings {
        name: "free".to_owned(),
        title: "Free".to_owned(),
        messages_month: Some(50_000),
        endpoints: Some(10),
        members: Some(5),
        retention_days: Some(30),
        ..PlanSettings::default()
    }
}

impl PlanSettings {
    fn plan(self) -> Plan {
        let Self { messages_month, endpoints, members, retention_days, .. } = self;
        Plan {
            title: if self.title.is_empty() { self.name.clone() } else { self.title },
            name: self.name,
            prices: self.price_id.into_iter().chain(self.other_price_ids).collect(),
            quotas: Quotas { messages_month, endpoints, members, retention_days },
        }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        fn number<T: FromStr>(key: &str, value: &str) -> Result<Option<T>, String> {
            value.parse().map(Some).map_err(|_| format!("{key} must be a whole number, not `{value}`"))
        }
        match key {
            "title" => value.clone_into(&mut self.title),
            "price_id" if self.price_id.is_none() => self.price_id = Some(value.to_owned()),
            "price_id" => self.other_price_ids.push(value.to_owned()),
            "messages_month" => self.messages_month = number(key, value)?,
            "endpoints" => self.endpoints = number(key, value)?,
            "members" => self.members = number(key, value)?,
            "retention_days" => self.retention_days = number(key, value)?,
            _ => return Err(format!("a plan has no `{key}`")),
        }
        Ok(())
    }
}

impl FromStr for PlanSettings {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let mut plan = Self { name: name.trim().to_owned(), ..Self::default() };
        for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("`{part}` should be KEY=VALUE"))?;
            plan.set(key.trim(), value.trim())?;
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_can_be_said_in_a_line() {
        let team: PlanSettings =
            "team: title=Team & friends, price_id=price_1, price_id=price_2, messages_month=1000000, members=20"
                .parse()
                .unwrap();
        let plan = team.plan();
        assert_eq!((plan.name.as_str(), plan.title.as_str()), ("team", "Team & friends"));
        assert_eq!((plan.price(), plan.prices.len()), (Some("price_1"), 2));
        assert_eq!((plan.quotas.messages_month, plan.quotas.members), (Some(1_000_000), Some(20)));
        assert_eq!((plan.quotas.endpoints, plan.quotas.retention_days), (None, None));
        assert_eq!("free".parse::<PlanSettings>().unwrap().plan().title, "free");
        for text in ["team: members=many", "team: seats=3", "team: members"] {
            assert!(text.parse::<PlanSettings>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_plan_is_the_default_unless_another_is_named() {
        let plans = || Some(vec!["a".parse().unwrap(), "b: price_id=price_1".parse().unwrap()]);
        let config = BillingConfig::resolve(BillingSettings { plan: plans(), ..BillingSettings::default() }).unwrap();
        assert_eq!(config.plans.default_plan().name, "a");
        let named = |name: &str| BillingSettings {
            plan: plans(),
            default_plan: Some(name.to_owned()),
            ..BillingSettings::default()
        };
        assert_eq!(BillingConfig::resolve(named("b")).unwrap().plans.default_plan().name, "b");
        assert!(BillingConfig::resolve(named("c")).is_err());
    }
}
