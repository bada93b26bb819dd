//! How much of what a source has kept is known to come from its provider.

use super::server::source_verdicts;
use crate::components::{Cell, Column, DataTable, Section, VerdictBadge, grouped, loaded};
use crate::live::{self, Topic};
use crate::pages::found::found;
use hookreel_contract::source::{SourceVerdicts, VerdictCounts};
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// The shares of the verdicts. Nothing if nothing has come for a week.
#[component]
pub fn Senders(id: SourceId) -> impl IntoView {
    let verdicts = Resource::new(|| (), move |()| async move { found(source_verdicts(id).await) });
    live::refetch_on(&[Topic::Message], verdicts);
    loaded(verdicts, move |verdicts| match verdicts {
        Some(verdicts) if verdicts.week.all() > 0 => view! { <Shares verdicts/> }.into_any(),
        _ => ().into_any(),
    })
}

#[component]
fn Shares(verdicts: SourceVerdicts) -> impl IntoView {
    let SourceVerdicts { day, week } = verdicts;
    let columns = vec![Column::text("Verdict"), Column::number("24 h"), Column::number("7 days")];
    let counts = |counts: VerdictCounts| {
        [
            ("verified", counts.verified),
            ("authenticated", counts.authenticated),
            ("failed", counts.failed),
            ("unattempted", counts.unattempted),
        ]
    };
    let rows = counts(day)
        .into_iter()
        .zip(counts(week))
        .map(|((verdict, in_day), (_, in_week))| {
            let (in_day, in_week) = (share(in_day, day.all()), share(in_week, week.all()));
            view! {
                <tr>
                    <Cell label="Verdict" main=true><VerdictBadge verdict/></Cell>
                    <Cell label="24 h" number=true>{in_day}</Cell>
                    <Cell label="7 days" number=true>{in_week}</Cell>
                </tr>
            }
        })
        .collect_view();
    let cut = week.is_cut().then(|| {
        let newest = grouped(VerdictCounts::LOOKED_AT_MAX);
        view! { <p class="muted">{format!("Only the newest {newest} messages were looked at.")}</p> }
    });
    view! {
        <Section
            title="Who sent it"
            hint="By the last look at each message that was kept, in quarantine or not. What came twice, or was refused and not kept, is not in it."
        >
            <DataTable caption="Who sent it" columns>{rows}</DataTable>
            {cut}
        </Section>
    }
}

/// A share and the number behind it: never rounded up to all, nor down to nothing.
fn share(count: u64, all: u64) -> String {
    if all == 0 {
        return "–".to_owned();
    }
    let count_text = grouped(count);
    match count * 1_000 / all {
        0 if count > 0 => format!("under 0.1 % ({count_text})"),
        permille => format!("{}.{} % ({count_text})", permille / 10, permille % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_is_neither_all_nor_nothing() {
        assert_eq!(share(9_999, 10_000), "99.9 % (9,999)");
        assert_eq!(share(1, 10_000), "under 0.1 % (1)");
        assert_eq!(share(3, 3), "100.0 % (3)");
        assert_eq!(share(0, 3), "0.0 % (0)");
        assert_eq!(share(0, 0), "–");
    }
}
