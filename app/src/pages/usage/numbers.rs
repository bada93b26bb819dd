//! What is used: in numbers, day by day, and against the plan.

use crate::components::{
    EmptyState, Notice, Section, StatRow, StatTile, Tone, UsageChart, UsageSumChart, counted, grouped,
};
use crate::routes::Path;
use hookreel_contract::views::{PlanOffer, UsageView};
use leptos::prelude::*;

/// A month.
#[component]
pub fn Numbers(usage: UsageView) -> impl IntoView {
    let total = usage.received + usage.published;
    let months = [("Earlier", usage.previous.clone()), ("Later", usage.next.clone())]
        .map(|(label, month)| {
            month.map(|month| view! { <a href=Path::Usage.with(&[("month", &month)]) data-noscroll=true>{label}</a> })
        })
        .into_iter()
        .collect_view();
    let charts = if total == 0 {
        let text = "What your sources accept and what your programs publish is counted here, by day of UTC.";
        view! { <EmptyState title="No messages in this month" text/> }.into_any()
    } else {
        let (days, begun, limit) = (usage.days.clone(), usage.days_begun, usage.limit);
        view! {
            <div class="usage-charts">
                <UsageChart days=days.clone()/>
                <UsageSumChart days begun limit/>
            </div>
        }
        .into_any()
    };
    view! {
        <Section
            title=format!("Usage in {}", usage.month_name)
            hint="Messages are counted once, when they are accepted. Retries, replays and test messages cost nothing."
            actions=view! { <nav class="usage-months" aria-label="Months">{months}</nav> }.into_any()
        >
            <QuotaNotice usage=usage.clone()/>
            <Tiles usage/>
            {charts}
        </Section>
    }
}

/// What follows when the messages are used up.
#[component]
fn QuotaNotice(usage: UsageView) -> impl IntoView {
    let total = usage.received + usage.published;
    let used_up = usage.limit.filter(|limit| total >= *limit).map(|limit| {
        view! {
            <Notice tone=Tone::Bad>
                <p>
                    <strong>"All "{grouped(limit)}" messages of your plan are used. "</strong>
                    "Publishing is refused until you upgrade or the month ends. What your sources receive is kept, and can be released then."
                </p>
            </Notice>
        }
    });
    let held = (usage.held > 0).then(|| {
        let link = Path::Messages.with(&[("state", "quarantined")]);
        view! {
            <p class="muted">
                {counted(usage.held, "message was", "messages were")}
                " kept undelivered in this month because the plan's were used up. "
                <a href=link>"See what is in quarantine"</a>
            </p>
        }
    });
    view! {
        {used_up}
        {held}
    }
}

#[component]
fn Tiles(usage: UsageView) -> impl IntoView {
    let total = usage.received + usage.published;
    let (endpoints, members) = usage
        .plan
        .as_ref()
        .and_then(|plan| plan.offers.iter().find(|offer| offer.is_current))
        .map_or((None, None), |offer: &PlanOffer| (offer.endpoints, offer.members));
    let parts = format!("{} received, {} published", grouped(usage.received), grouped(usage.published));
    let messages_hint = usage.limit.map_or(parts, of);
    let kept =
        usage.retention_days.map_or_else(|| "for ever".to_owned(), |days| counted(u64::from(days), "day", "days"));
    view! {
        <StatRow>
            <StatTile label="Messages" value=grouped(total) hint=messages_hint tone=tone(total, usage.limit)/>
            <StatTile
                label="Endpoints"
                value=grouped(usage.endpoints)
                hint=endpoints.map(of).unwrap_or_default()
                tone=tone(usage.endpoints, endpoints)
            />
            <StatTile
                label="Members"
                value=grouped(usage.members)
                hint=members.map(of).unwrap_or_default()
                tone=tone(usage.members, members)
            />
            <StatTile label="History is shown" value=kept/>
        </StatRow>
    }
}

fn of(limit: u64) -> String {
    format!("of {}", grouped(limit))
}

/// A colour from 80 % on, as the mails.
fn tone(used: u64, limit: Option<u64>) -> Tone {
    match limit {
        Some(limit) if used >= limit => Tone::Bad,
        Some(limit) if used.saturating_mul(100) >= limit.saturating_mul(80) => Tone::Warn,
        _ => Tone::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_used_up_is_coloured() {
        assert_eq!(tone(79, Some(100)), Tone::Neutral);
        assert_eq!(tone(80, Some(100)), Tone::Warn);
        assert_eq!(tone(100, Some(100)), Tone::Bad);
        assert_eq!(tone(u64::MAX, None), Tone::Neutral);
    }
}
