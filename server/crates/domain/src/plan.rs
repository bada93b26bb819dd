//! Plans: what tenants of an installation that sells them may use. Which there are is the operator's to configure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Why a received message was not delivered although it was genuine. It is kept, and can be released.
pub const OVER_QUOTA: &str =
    "the plan's messages of this month are used up: release the message after an upgrade, or next month";

/// The payloads of messages that were kept for it contain this.
pub const OVER_QUOTA_JSON: &str = r#"{"refusal":"the plan's messages of this month are used up: release the message after an upgrade, or next month"}"#;

/// Something that a plan includes a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quota {
    /// Messages accepted in a month.
    Messages,
    /// Endpoints that exist.
    Endpoints,
    /// Members of the tenant.
    Members,
}

impl Quota {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Endpoints => "endpoints",
            Self::Members => "members",
        }
    }
}

/// How much of everything a plan includes. Nothing: as much as one wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Messages accepted in a calendar month of UTC.
    pub messages_month: Option<u64>,
    /// Endpoints that exist.
    pub endpoints: Option<u64>,
    /// Members of the tenant.
    pub members: Option<u64>,
    /// For how many days messages, deliveries and attempts can be looked at.
    pub retention_days: Option<u32>,
}

impl Quotas {
    /// How much there is of one of them.
    pub const fn of(&self, quota: Quota) -> Option<u64> {
        match quota {
            Quota::Messages => self.messages_month,
            Quota::Endpoints => self.endpoints,
            Quota::Members => self.members,
        }
    }
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Names it in events and addresses: `team`.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it costs, as Stripe's prices. The first is sold; the others are those of subscribers who came earlier, or
    /// pay by the year. None: it is not sold.
    pub prices: Vec<String>,
    /// What it includes.
    pub quotas: Quotas,
}

impl Plan {
    /// The price at which it is sold.
    pub fn price(&self) -> Option<&str> {
        self.prices.first().map(String::as_str)
    }
}

/// Every plan there is, in the order in which they are offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanList {
    plans: Vec<Plan>,
    default: usize,
}

/// Why plans cannot be those of an installation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanListError {
    /// A name that cannot stand in an address.
    #[error("`{0}` is no name of a plan: 1 to 40 lower-case letters, digits, - and _")]
    Name(String),
    /// A title that cannot be shown.
    #[error("the plan {0} needs a title of 1 to 60 characters")]
    Title(String),
    /// Two plans of one name.
    #[error("there are two plans of the name {0}")]
    Twice(String),
    /// A price of two plans: nobody could tell what was bought.
    #[error("the price {0} belongs to two plans")]
    PriceTwice(String),
    /// A time too short to look at anything.
    #[error("the plan {0} must keep history for at least one day")]
    Retention(String),
    /// The default plan is none of them.
    #[error("there is no plan of the name {0}, which is to be the default")]
    NoDefault(String),
}

const NAME_CHARS_MAX: usize = 40;
const TITLE_CHARS_MAX: usize = 60;

impl PlanList {
    /// These plans; a tenant that subscribes to none has the one called `default`.
    ///
    /// # Errors
    /// See [`PlanListError`].
    pub fn new(plans: Vec<Plan>, default: &str) -> Result<Self, PlanListError> {
        let (mut names, mut prices) = (HashSet::new(), HashSet::new());
        for plan in &plans {
            let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
            if !(1..=NAME_CHARS_MAX).contains(&plan.name.len()) || !plan.name.bytes().all(is_name) {
                return Err(PlanListError::Name(plan.name.clone()));
            }
            if plan.title.trim().is_empty() || plan.title.chars().count() > TITLE_CHARS_MAX {
                return Err(PlanListError::Title(plan.name.clone()));
            }
            if !names.insert(plan.name.as_str()) {
                return Err(PlanListError::Twice(plan.name.clone()));
            }
            if let Some(price) = plan.prices.iter().find(|price| !prices.insert(price.as_str())) {
                return Err(PlanListError::PriceTwice(price.clone()));
            }
            if plan.quotas.retention_days == Some(0) {
                return Err(PlanListError::Retention(plan.name.clone()));
            }
        }
        let default_at = plans.iter().position(|plan| plan.name == default);
        let default = default_at.ok_or_else(|| PlanListError::NoDefault(default.to_owned()))?;
        Ok(Self { plans, default })
    }

    /// All of them.
    pub fn all(&self) -> &[Plan] {
        &self.plans
    }

    /// The plan of whoever subscribes to none.
    pub fn default_plan(&self) -> &Plan {
        &self.plans[self.default]
    }

    /// The plan of this name.
    pub fn named(&self, name: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.name == name)
    }

    /// The plan of a tenant: the one of this name; without a name, or if there is none any more, the default.
    pub fn of_tenant(&self, name: Option<&str>) -> &Plan {
        name.and_then(|name| self.named(name)).unwrap_or_else(|| self.default_plan())
    }

    /// The plan that somebody pays who pays these prices.
    pub fn of_prices(&self, prices: &[String]) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.prices.iter().any(|price| prices.contains(price)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn plan(name: &str, prices: &[&str]) -> Plan {
        let prices = prices.iter().map(|&price| price.to_owned()).collect();
        Plan { name: name.to_owned(), title: name.to_uppercase(), prices, quotas: Quotas::default() }
    }

    #[test]
    fn what_payloads_contain_is_the_reason() {
        assert_eq!(OVER_QUOTA_JSON, serde_json::json!({ "refusal": OVER_QUOTA }).to_string());
    }

    #[test]
    fn a_tenant_has_the_plan_it_pays_or_else_the_default() {
        let plans = [plan("free", &[]), plan("team", &["price_month", "price_year"])];
        let list = PlanList::new(plans.to_vec(), "free").unwrap();
        assert_eq!(list.of_prices(&["price_year".to_owned()]).unwrap().name, "team");
        assert_eq!(list.of_prices(&["price_of_something_else".to_owned()]), None);
        assert_eq!(list.of_tenant(Some("team")).price(), Some("price_month"));
        assert_eq!(list.of_tenant(Some("no longer offered")).name, "free");
        assert_eq!(list.of_tenant(None).name, "free");
    }

    #[test]
    fn plans_that_cannot_be_told_apart_are_refused() {
        let refused = |plans: &[Plan], default: &str| PlanList::new(plans.to_vec(), default).unwrap_err();
        let free = plan("free", &[]);
        assert_eq!(refused(&[free.clone(), free.clone()], "free"), PlanListError::Twice("free".into()));
        assert_eq!(refused(&[], "free"), PlanListError::NoDefault("free".into()));
        assert_eq!(refused(&[plan("Free plan", &[])], "Free plan"), PlanListError::Name("Free plan".into()));
        let twice = [plan("a", &["price_1"]), plan("b", &["price_1"])];
        assert_eq!(refused(&twice, "a"), PlanListError::PriceTwice("price_1".into()));
        let nameless = Plan { title: " ".into(), ..free.clone() };
        assert_eq!(refused(&[nameless], "free"), PlanListError::Title("free".into()));
        let forgetful = Plan { quotas: Quotas { retention_days: Some(0), ..Quotas::default() }, ..free };
        assert_eq!(refused(&[forgetful], "free"), PlanListError::Retention("free".into()));
    }
}
