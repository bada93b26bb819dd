//! What differs between two attempts of one delivery.

pub mod headers;
pub mod lines;

use super::amount::{Millis, counted};
use super::badge::StatusCode;
use super::facts::{Fact, Facts};
use super::json_tree::{self, Node};
use headers::{HeaderDifference, differences};
use hookreel_contract::views::{AttemptView, Body};
use hookreel_kernel::FailureReason;
use leptos::prelude::*;
use lines::{Line, compared};

/// Lines around a difference that are shown to know where it is.
const CONTEXT_LINES: usize = 3;

/// Two attempts beside each other: how they ended, and the headers and lines that are not the same.
#[component]
pub fn AttemptDiff(
    /// The earlier one.
    first: AttemptView,
    /// The later one.
    second: AttemptView,
) -> impl IntoView {
    let numbers = (first.number, second.number);
    let sent = headers_view("Headers sent", &first.request_headers, &second.request_headers, numbers);
    let received = headers_view("Headers received", &first.response_headers, &second.response_headers, numbers);
    let body = body_view(&first.response_body, &second.response_body);
    view! {
        <div class="diff">
            <Outcomes first second/>
            <h3>"Headers sent"</h3>
            {sent}
            <h3>"Headers received"</h3>
            {received}
            <h3>"Response body"</h3>
            {body}
        </div>
    }
}

#[component]
fn Outcomes(first: AttemptView, second: AttemptView) -> impl IntoView {
    let failure = |attempt: &AttemptView| match attempt.failure {
        Some(failure) => FailureReason::explanation(failure).to_owned(),
        None => "None: it succeeded.".to_owned(),
    };
    let failures = (first.failure != second.failure).then(|| {
        let (before, after) = (failure(&first), failure(&second));
        view! { <Fact label="Failure" wide=true><Change before=before after=after/></Fact> }
    });
    let urls = (first.url != second.url).then(|| {
        view! {
            <Fact label="URL" wide=true><Change before=first.url.clone() after=second.url.clone()/></Fact>
        }
    });
    let last = view! { <StatusCode status=second.status failure=second.failure/> };
    let status = if (first.status, first.failure) == (second.status, second.failure) {
        view! { {last}<span class="muted">" in both"</span> }.into_any()
    } else {
        view! { <StatusCode status=first.status failure=first.failure/><Arrow/>{last} }.into_any()
    };
    view! {
        <Facts>
            <Fact label="Status">{status}</Fact>
            <Fact label="Duration"><Millis ms=first.duration_ms/><Arrow/><Millis ms=second.duration_ms/></Fact>
            {failures}
            {urls}
        </Facts>
    }
}

#[component]
fn Arrow() -> impl IntoView {
    view! { <span class="diff-arrow"><span aria-hidden="true">" → "</span><span class="visually-hidden">" then "</span></span> }
}

#[component]
fn Change(before: String, after: String) -> impl IntoView {
    view! { <span class="breakable">{before}</span><Arrow/><span class="breakable">{after}</span> }
}

fn headers_view(
    what: &'static str,
    first: &[(String, String)],
    second: &[(String, String)],
    (number, other): (u32, u32),
) -> AnyView {
    let (differing, same) = differences(first, second);
    let rest = (same > 0).then(|| format!("{} the same in both.", counted(same as u64, "header is", "headers are")));
    if differing.is_empty() {
        let text = rest.unwrap_or_else(|| "None in either attempt.".to_owned());
        return view! { <p class="muted">{text}</p> }.into_any();
    }
    let rows = differing.into_iter().map(header_row).collect_view();
    view! {
        <div class="header-table-frame" tabindex="0" role="group" aria-label=format!("{what} that differ")>
            <table class="header-table diff-headers">
                <caption class="visually-hidden">{format!("{what} that differ")}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Header"</th>
                        <th scope="col">{format!("Attempt {number}")}</th>
                        <th scope="col">{format!("Attempt {other}")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {rest.map(|rest| view! { <p class="muted">{rest}</p> })}
    }
    .into_any()
}

fn header_row(HeaderDifference { name, first, second }: HeaderDifference) -> impl IntoView {
    let cell = |value: Option<String>, class: &'static str| match value {
        Some(value) => view! { <td class=class>{value}</td> }.into_any(),
        None => view! { <td class="muted">"not there"</td> }.into_any(),
    };
    view! { <tr><th scope="row">{name}</th>{cell(first, "diff-gone")}{cell(second, "diff-new")}</tr> }
}

fn body_view(first: &Body, second: &Body) -> AnyView {
    if first == second {
        let text = if first.bytes == 0 { "Empty in both attempts." } else { "The same in both attempts, to the byte." };
        return view! { <p class="muted">{text}</p> }.into_any();
    }
    let (before, after) = (readable(first), readable(second));
    let lines = shown(&compared(&before, &after));
    if !lines.iter().any(|line| matches!(line, Shown::Gone(_) | Shown::New(_))) {
        return view! { <p class="muted">"The same but for white space."</p> }.into_any();
    }
    let lines = lines.into_iter().map(line_view).collect_view();
    view! { <div class="diff-lines" tabindex="0" role="group" aria-label="Lines of the response body that differ">{lines}</div> }
        .into_any()
}

/// JSON with a line for every value: what comes over the wire is usually one line, and differs as a whole.
fn readable(body: &Body) -> String {
    let tree = (!body.is_hex && !body.is_cut).then(|| json_tree::parse(&body.text)).flatten();
    tree.as_ref().map_or_else(|| body.text.clone(), Node::pretty)
}

/// A line as a person sees it.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Same(String),
    Gone(String),
    New(String),
    /// So many that are the same.
    Skipped(usize),
}

/// The differences with some lines around each.
fn shown(lines: &[Line<'_>]) -> Vec<Shown> {
    let is_same = |line: &Line<'_>| matches!(line, Line::Same(_));
    let is_near = |place: usize| {
        let from = place.saturating_sub(CONTEXT_LINES);
        let to = (place + CONTEXT_LINES + 1).min(lines.len());
        lines[from..to].iter().any(|line| !is_same(line))
    };
    let mut shown = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        match (line, shown.last_mut()) {
            (Line::Gone(text), _) => shown.push(Shown::Gone((*text).to_owned())),
            (Line::New(text), _) => shown.push(Shown::New((*text).to_owned())),
            (Line::Same(text), _) if is_near(place) => shown.push(Shown::Same((*text).to_owned())),
            (Line::Same(_), Some(Shown::Skipped(count))) => *count += 1,
            (Line::Same(_), _) => shown.push(Shown::Skipped(1)),
        }
    }
    shown
}

fn line_view(line: Shown) -> impl IntoView {
    // The sign says it to those who do not see colours, the word to those who do not see.
    let (class, sign, word, text) = match line {
        Shown::Same(text) => ("diff-line", " ", None, text),
        Shown::Gone(text) => ("diff-line diff-gone", "−", Some("Only in the first: "), text),
        Shown::New(text) => ("diff-line diff-new", "+", Some("Only in the second: "), text),
        Shown::Skipped(count) => {
            ("diff-line diff-skipped", " ", None, format!("{} the same", counted(count as u64, "line is", "lines are")))
        }
    };
    view! {
        <div class=class>
            <span class="diff-sign" aria-hidden="true">{sign}</span>
            {word.map(|word| view! { <span class="visually-hidden">{word}</span> })}
            <code>{text}</code>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_far_from_a_difference_are_counted_instead_of_shown() {
        let lines: Vec<_> = (0..10).map(|_| Line::Same("a")).chain([Line::New("b")]).collect();
        let shown = shown(&lines);
        assert_eq!(shown[0], Shown::Skipped(7));
        assert_eq!(shown.len(), 1 + CONTEXT_LINES + 1);
    }
}
