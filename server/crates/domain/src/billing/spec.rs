//! What a tenant pays for and uses, case by case.

use super::*;
use crate::aggregate::spec::given;
use crate::plan::tests::plan;
use proptest::prelude::*;

fn plans() -> Arc<PlanList> {
    let all = vec![plan("free", &[]), plan("team", &["price_team", "price_team_year"]), plan("big", &["price_big"])];
    Arc::new(PlanList::new(all, "free").unwrap())
}

fn linked() -> BillingEvent {
    BillingEvent::CustomerLinked { customer_id: "cus_1".into() }
}

fn subscription(status: SubscriptionStatus, price: &str) -> Subscription {
    Subscription {
        subscription_id: "sub_1".into(),
        status,
        prices: vec![price.into()],
        paid_until: None,
        ends_then: false,
    }
}

fn observed(status: SubscriptionStatus, price: &str) -> BillingEvent {
    BillingEvent::SubscriptionObserved { subscription: Some(subscription(status, price)) }
}

fn observation(status: SubscriptionStatus, price: &str, invoice: impl Into<Option<Invoice>>) -> Observation {
    Observation { subscription: subscription(status, price), invoice: invoice.into() }
}

fn observe(observation: impl Into<Option<Observation>>) -> BillingCommand {
    BillingCommand::Observe { observation: observation.into(), plans: plans() }
}

fn amount() -> Amount {
    Amount { minor: 4_900, currency: "eur".into() }
}

fn invoice(id: &str, is_paid: bool) -> Invoice {
    Invoice { invoice_id: id.into(), amount: amount(), is_paid, is_open: !is_paid, was_tried: true }
}

fn changed(from: &str, to: &str) -> BillingEvent {
    BillingEvent::PlanChanged {
        from: from.into(),
        from_title: from.to_uppercase(),
        to: to.into(),
        to_title: to.to_uppercase(),
        is_default: to == "free",
    }
}

use SubscriptionStatus::{Active, Canceled, Incomplete, IncompleteExpired, PastDue, Paused, Trialing, Unknown, Unpaid};

#[test]
fn a_subscription_that_is_paid_gives_its_plan() {
    for price in ["price_team", "price_team_year"] {
        given::<Billing>([linked()]).when(observe(observation(Active, price, invoice("in_1", true)))).then([
            observed(Active, price),
            BillingEvent::PaymentSucceeded { invoice_id: "in_1".into(), amount: amount() },
            changed("free", "team"),
        ]);
    }
    given::<Billing>([linked()])
        .when(observe(observation(Trialing, "price_big", None)))
        .then([observed(Trialing, "price_big"), changed("free", "big")]);
}

#[test]
fn the_same_observation_again_is_nothing_new() {
    let history = [
        linked(),
        observed(Active, "price_team"),
        BillingEvent::PaymentSucceeded { invoice_id: "in_1".into(), amount: amount() },
        changed("free", "team"),
    ];
    given::<Billing>(history).when(observe(observation(Active, "price_team", invoice("in_1", true)))).then([]);
}

#[test]
fn a_payment_that_fails_takes_nothing_away_while_stripe_tries_it_again() {
    let history = [linked(), observed(Active, "price_team"), changed("free", "team")];
    let failed = BillingEvent::PaymentFailed { invoice_id: "in_2".into(), amount: amount() };
    given::<Billing>(history.clone())
        .when(observe(observation(PastDue, "price_team", invoice("in_2", false))))
        .then([observed(PastDue, "price_team"), failed.clone()]);
    let owing = || history.clone().into_iter().chain([observed(PastDue, "price_team"), failed.clone()]);
    // Each further try that fails is no news.
    given::<Billing>(owing()).when(observe(observation(PastDue, "price_team", invoice("in_2", false)))).then([]);
    given::<Billing>(owing()).when(observe(observation(Active, "price_team", invoice("in_2", true)))).then([
        observed(Active, "price_team"),
        BillingEvent::PaymentSucceeded { invoice_id: "in_2".into(), amount: amount() },
    ]);
    for over in [Unpaid, Canceled] {
        given::<Billing>(owing())
            .when(observe(observation(over, "price_team", invoice("in_2", false))))
            .then([observed(over, "price_team"), changed("team", "free")]);
    }
}

#[test]
fn a_first_payment_that_fails_is_told_once_and_gives_no_plan() {
    let failed = BillingEvent::PaymentFailed { invoice_id: "in_1".into(), amount: amount() };
    given::<Billing>([linked()])
        .when(observe(observation(Incomplete, "price_team", invoice("in_1", false))))
        .then([observed(Incomplete, "price_team"), failed.clone()]);
    let owing = || [linked(), observed(Incomplete, "price_team"), failed.clone()];
    given::<Billing>(owing()).when(observe(observation(Incomplete, "price_team", invoice("in_1", false)))).then([]);
    // Another card, and it is paid after all.
    given::<Billing>(owing()).when(observe(observation(Active, "price_team", invoice("in_1", true)))).then([
        observed(Active, "price_team"),
        BillingEvent::PaymentSucceeded { invoice_id: "in_1".into(), amount: amount() },
        changed("free", "team"),
    ]);
    // What is void by then was told of already.
    let void = Invoice { is_open: false, ..invoice("in_1", false) };
    given::<Billing>(owing())
        .when(observe(observation(IncompleteExpired, "price_team", void)))
        .then([observed(IncompleteExpired, "price_team")]);
}

#[test]
fn a_first_payment_that_nobody_has_tried_yet_has_not_failed() {
    let untried = Invoice { was_tried: false, ..invoice("in_1", false) };
    given::<Billing>([linked()])
        .when(observe(observation(Incomplete, "price_team", untried)))
        .then([observed(Incomplete, "price_team")]);
    let failed = BillingEvent::PaymentFailed { invoice_id: "in_1".into(), amount: amount() };
    given::<Billing>([linked(), observed(Incomplete, "price_team")])
        .when(observe(observation(Incomplete, "price_team", invoice("in_1", false))))
        .then([failed]);
}

#[test]
fn what_entitles_to_nothing_falls_back_to_the_default_plan() {
    for over in [Canceled, Unpaid, IncompleteExpired, Paused, Incomplete] {
        let history = [linked(), observed(Active, "price_team"), changed("free", "team")];
        given::<Billing>(history)
            .when(observe(observation(over, "price_team", None)))
            .then([observed(over, "price_team"), changed("team", "free")]);
    }
    given::<Billing>([linked(), observed(Active, "price_team"), changed("free", "team")])
        .when(observe(None))
        .then([BillingEvent::SubscriptionObserved { subscription: None }, changed("team", "free")]);
}

#[test]
fn what_cannot_be_told_changes_no_plan() {
    let history = [linked(), observed(Active, "price_team"), changed("free", "team")];
    given::<Billing>(history.clone())
        .when(observe(observation(Unknown, "price_team", None)))
        .then([observed(Unknown, "price_team")]);
    given::<Billing>(history)
        .when(observe(observation(Active, "price_not_offered_any_more", None)))
        .then([observed(Active, "price_not_offered_any_more")]);
}

#[test]
fn a_tenant_is_one_customer_until_that_one_is_gone() {
    let link = |id: &str, instead_of: Option<&str>| BillingCommand::LinkCustomer {
        customer_id: id.into(),
        instead_of: instead_of.map(str::to_owned),
    };
    given::<Billing>([]).when(link("cus_1", None)).then([linked()]);
    given::<Billing>([linked()]).when(link("cus_1", None)).then([]);
    given::<Billing>([linked()]).when(link("cus_2", None)).then_rejected(BillingRejection::OtherCustomer);
    given::<Billing>([linked()])
        .when(link("cus_2", Some("cus_1")))
        .then([BillingEvent::CustomerLinked { customer_id: "cus_2".into() }]);
    given::<Billing>([]).when(observe(None)).then_rejected(BillingRejection::NoCustomer);
}

#[test]
fn of_several_subscriptions_the_one_counts_that_gives_a_plan() {
    let one = |id: &str, status| Observation {
        subscription: Subscription { subscription_id: id.into(), ..subscription(status, "price_team") },
        invoice: None,
    };
    let that_counts = |all: &[(&str, SubscriptionStatus)]| {
        let all = all.iter().map(|(id, status)| one(id, *status)).collect();
        Observation::that_counts(all).map(|one| one.subscription.subscription_id)
    };
    assert_eq!(that_counts(&[("new", Canceled), ("old", PastDue)]).as_deref(), Some("old"));
    assert_eq!(that_counts(&[("new", Active), ("old", Active)]).as_deref(), Some("new"));
    assert_eq!(that_counts(&[("new", Canceled), ("old", Unpaid)]).as_deref(), Some("old"));
    assert_eq!(that_counts(&[("new", Canceled), ("old", Canceled)]).as_deref(), Some("new"));
    assert_eq!(that_counts(&[]), None);
}

fn used(month: &str, used: u64, limit: u64) -> BillingCommand {
    BillingCommand::NoteUsed(Used { quota: Quota::Messages, month: month.parse().unwrap(), used, limit })
}

fn reached(month: &str, percent: u8, used: u64, limit: u64) -> BillingEvent {
    BillingEvent::QuotaReached { quota: Quota::Messages, percent, used, limit, month: month.parse().unwrap() }
}

#[test]
fn each_level_of_a_quota_is_said_once_a_month() {
    given::<Billing>([]).when(used("2026-11", 79, 100)).then([]);
    given::<Billing>([]).when(used("2026-11", 80, 100)).then([reached("2026-11", 80, 80, 100)]);
    let near = || [reached("2026-11", 80, 80, 100)];
    given::<Billing>(near()).when(used("2026-11", 99, 100)).then([]);
    given::<Billing>(near()).when(used("2026-11", 100, 100)).then([reached("2026-11", 100, 100, 100)]);
    given::<Billing>(near()).when(used("2026-12", 85, 100)).then([reached("2026-12", 80, 85, 100)]);
    let full = || [reached("2026-11", 100, 130, 100)];
    given::<Billing>(full()).when(used("2026-11", 140, 100)).then([]);
    given::<Billing>(full()).when(used("2026-11", 140, 150)).then([reached("2026-11", 80, 140, 150)]);
}

#[test]
fn a_small_quota_goes_from_nothing_to_all() {
    given::<Billing>([]).when(used("2026-11", 2, 3)).then([]);
    given::<Billing>([]).when(used("2026-11", 3, 3)).then([reached("2026-11", 100, 3, 3)]);
    given::<Billing>([]).when(used("2026-11", 0, 1)).then([]);
}

#[test]
fn every_tenant_has_a_stream_of_its_own() {
    let tenant = TenantId::generate();
    let billing = billing_of(tenant);
    assert_ne!(billing.uuid(), tenant.uuid());
    assert_eq!((billing, billing.uuid().get_version_num()), (billing_of(tenant), 7));
    assert_eq!(billing.uuid().get_variant(), uuid::Variant::RFC4122);
}

fn any_observation() -> impl Strategy<Value = Option<Observation>> {
    let status = prop::sample::select(vec![Incomplete, IncompleteExpired, Trialing, Active, PastDue, Canceled, Unpaid]);
    let price = prop::sample::select(vec!["price_team", "price_big", "price_unknown"]);
    let invoice = prop::option::of((0..3_u8, any::<bool>()));
    let observed = (status, price, invoice).prop_map(|(status, price, bill)| {
        observation(status, price, bill.map(|(number, is_paid)| invoice_of(number, is_paid)))
    });
    prop::option::of(observed)
}

fn invoice_of(number: u8, is_paid: bool) -> Invoice {
    invoice(&format!("in_{number}"), is_paid)
}

proptest! {
    /// Whatever came before, the last observation decides: that is why the order of Stripe's news does not matter.
    #[test]
    fn the_last_observation_decides_alone(earlier in prop::collection::vec(any_observation(), 0..6), last in any_observation()) {
        // A price that no plan has leaves the plan as it is, whatever that is.
        prop_assume!(!last.iter().any(|seen| seen.subscription.prices == ["price_unknown"]));
        let after = |observations: &[Option<Observation>]| {
            let mut state = Billing::default();
            state.evolve(&linked());
            for seen in observations {
                for event in state.decide(observe(seen.clone())).unwrap() {
                    state.evolve(&event);
                }
            }
            state
        };
        let straight = after(std::slice::from_ref(&last));
        let roundabout = after(&[earlier, vec![last.clone(), last]].concat());
        prop_assert_eq!(roundabout.subscription, straight.subscription);
        prop_assert_eq!(roundabout.plan, straight.plan);
    }
}
