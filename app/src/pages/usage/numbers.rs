//! What is used: in numbers, day by day, and against the plan.

use crate::components::{
    EmptyState, Notice, Section, StatRow, StatTile, Tone, UsageChart, UsageSumChart, counted, grouped,
};
use crate::routes::Path;
use hookreel_contract::views::UsageView;
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

/// Something that a plan includes a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Included {
    Messages,
    Endpoints,
    Members,
}

/// What there is little or nothing left of, and what follows.
#[component]
fn QuotaNotice(usage: UsageView) -> impl IntoView {
    let (endpoints, members) = places_of(&usage);
    let all = [
        (Included::Messages, usage.received + usage.published, usage.limit),
        (Included::Endpoints, usage.endpoints, endpoints),
        (Included::Members, usage.members, members),
    ];
    let notices = all
        .into_iter()
        .filter_map(|(what, used, limit)| words(what, used, limit?))
        .map(|(tone, fact, follows)| view! { <Notice tone><p><strong>{fact}" "</strong>{follows}</p></Notice> })
        .collect_view();
    let held = (usage.held > 0 && usage.plan.is_some()).then(|| {
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
        {notices}
        {held}
    }
}

/// How many endpoints and members the plan includes.
fn places_of(usage: &UsageView) -> (Option<u64>, Option<u64>) {
    let offers = usage.plan.as_ref().map(|plan| plan.offers.as_slice()).unwrap_or_default();
    let current = offers.iter().find(|offer| offer.is_current);
    current.map_or((None, None), |offer| (offer.endpoints, offer.members))
}

/// How it stands in words, and what follows, from 80 % on.
fn words(what: Included, used: u64, limit: u64) -> Option<(Tone, String, &'static str)> {
    let tone = tone(used, Some(limit));
    let (n, all) = (grouped(used), grouped(limit));
    let are = if used == 1 { "is" } else { "are" };
    let (fact, follows) = match (what, tone) {
        (Included::Messages, Tone::Warn) => (
            format!("{n} of your plan's {all} messages are used."),
            "When they are used up, publishing is refused, and what your sources receive is kept and not delivered, until you upgrade or the month ends.",
        ),
        (Included::Messages, Tone::Bad) => (
            format!("All {all} messages of your plan are used."),
            "Publishing is refused until you upgrade or the month ends. What your sources receive is kept, and can be released then, before the next month ends.",
        ),
        (Included::Endpoints, Tone::Warn) => {
            (format!("{n} of your plan's {all} endpoints are in use."), "You can still add some.")
        }
        (Included::Endpoints, Tone::Bad) => (
            format!("Your plan includes {}; {n} {are} in use.", counted(limit, "endpoint", "endpoints")),
            "All you have go on working. To add another, delete what is not needed, or upgrade.",
        ),
        (Included::Members, Tone::Warn) => {
            (format!("{n} of your plan's {all} places for members are taken."), "You can still invite some.")
        }
        (Included::Members, Tone::Bad) => (
            format!("Your plan includes {}; there {are} {n}.", counted(limit, "member", "members")),
            "All you have stay. To invite somebody else, remove a member, or upgrade.",
        ),
        _ => return None,
    };
    Some((tone, fact, follows))
}

#[component]
fn Tiles(usage: UsageView) -> impl IntoView {
    let total = usage.received + usage.published;
    let (endpoints, members) = places_of(&usage);
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

    #[test]
    fn what_is_nearly_used_up_is_said_in_words_and_so_is_what_is_beyond_the_plan() {
        let said = |what, used, limit| words(what, used, limit).map(|(_, fact, _)| fact).unwrap_or_default();
        for what in [Included::Messages, Included::Endpoints, Included::Members] {
            assert_eq!(words(what, 7, 10), None);
        }
        assert_eq!(said(Included::Messages, 8_000, 10_000), "8,000 of your plan's 10,000 messages are used.");
        assert_eq!(said(Included::Messages, 12, 10), "All 10 messages of your plan are used.");
        assert_eq!(said(Included::Endpoints, 4, 5), "4 of your plan's 5 endpoints are in use.");
        assert_eq!(said(Included::Endpoints, 3, 2), "Your plan includes 2 endpoints; 3 are in use.");
        assert_eq!(said(Included::Members, 8, 10), "8 of your plan's 10 places for members are taken.");
        assert_eq!(said(Included::Members, 1, 1), "Your plan includes 1 member; there is 1.");
    }
}
