//! How the installation is doing, in words: one sentence, and what needs somebody.

use crate::components::{Tone, counted};
use crate::routes::Path;
use hookreel_contract::views::SystemView;

/// Workers are heard of every few seconds: after this long something is wrong.
const SILENCE_MAX_S: u64 = 15;
/// A handler that is so far behind needs a while.
const FAR_BEHIND: u64 = 10_000;

/// Something that an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) tone: Tone,
    pub(super) text: String,
    /// Where to look, and what the button says.
    pub(super) look: Option<(Path, &'static str)>,
}

/// The answer to "is everything running?", and how good it is.
pub(super) fn headline(system: &SystemView) -> (Tone, String) {
    if let Some(first) = problems(system).into_iter().next() {
        return (first.tone, first.text);
    }
    let handlers = match system.handlers.len() {
        0 => String::new(),
        1 => " The only handler is up to date.".to_owned(),
        count => format!(" All {count} handlers are up to date."),
    };
    let mails = match system.mails.queued {
        0 => String::new(),
        count => format!(" {} on the way.", counted(count, "mail is", "mails are")),
    };
    (Tone::Ok, format!("Everything is running.{handlers}{mails}"))
}

/// What needs somebody, the worst first.
pub(super) fn problems(system: &SystemView) -> Vec<Problem> {
    let (parked, failed) = (system.handlers.iter().map(|handler| handler.parked).sum(), system.mails.failed_24h);
    let mut problems: Vec<Problem> = silence(system).into_iter().collect();
    if parked > 0 {
        problems.push(Problem {
            tone: Tone::Bad,
            text: format!(
                "{} parked and will not be handled until you decide.",
                counted(parked, "event is", "events are")
            ),
            look: Some((Path::OperatorHandlers, "See what is parked")),
        });
    }
    if failed > 0 {
        problems.push(Problem {
            tone: Tone::Bad,
            text: format!("{} not be sent in the last 24 hours.", counted(failed, "mail could", "mails could")),
            look: Some((Path::OperatorMails, "See the mails")),
        });
    }
    let unread = system.subscriptions_unread.count;
    if unread > 0 {
        // Why, and what can be done, stands on the same page.
        let unread = counted(unread, "subscription could", "subscriptions could");
        problems.push(Problem {
            tone: Tone::Warn,
            text: format!("{unread} not be read at Stripe, so that plans may not follow what is paid."),
            look: None,
        });
    }
    problems.extend(system.services_left_alone.iter().map(|service| Problem {
        tone: Tone::Warn,
        text: format!("{service} failed too often and is left alone for a moment."),
        look: Some((Path::OperatorServices, "See the services")),
    }));
    problems.extend(system.handlers.iter().filter(|handler| handler.behind > FAR_BEHIND).map(|handler| Problem {
        tone: Tone::Warn,
        text: format!("{} is {} behind.", handler.name, counted(handler.behind, "position", "positions")),
        look: Some((Path::OperatorHandlers, "See the handlers")),
    }));
    problems
}

fn silence(system: &SystemView) -> Option<Problem> {
    let text = match system.workers.iter().map(|workers| workers.silent_s).min() {
        None => "No worker has ever been heard of, so nothing is delivered. Start one.".to_owned(),
        Some(silent_s) if silent_s > SILENCE_MAX_S => {
            format!("No worker has been heard of for {}, so nothing is delivered.", silence_text(silent_s))
        }
        Some(_) => return None,
    };
    Some(Problem { tone: Tone::Bad, text, look: None })
}

/// How long a worker has been silent, in words.
pub(super) fn silence_text(silent_s: u64) -> String {
    match silent_s {
        0..120 => counted(silent_s, "second", "seconds"),
        120..7_200 => counted(silent_s / 60, "minute", "minutes"),
        _ => counted(silent_s / 3_600, "hour", "hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::tests::handler;
    use super::*;
    use hookreel_contract::views::{MailCounts, UnreadSubscriptions, WorkersView};

    fn well() -> SystemView {
        SystemView {
            version: "0.1.0".to_owned(),
            database_version: "17".to_owned(),
            database_bytes: 1,
            connections: 1,
            connections_max: 100,
            pools: Vec::new(),
            in_flight: 0,
            head: 100,
            tenants: 1,
            messages: 0,
            deliveries: 0,
            jobs: Vec::new(),
            workers: vec![WorkersView { queue: "deliver".to_owned(), count: 1, silent_s: 2 }],
            handlers: vec![handler("one"), handler("two"), handler("three")],
            mails: MailCounts::default(),
            subscriptions_unread: UnreadSubscriptions::default(),
            services_left_alone: Vec::new(),
        }
    }

    #[test]
    fn when_all_is_well_one_sentence_says_so() {
        assert_eq!(headline(&well()), (Tone::Ok, "Everything is running. All 3 handlers are up to date.".to_owned()));
        let mut busy = well();
        busy.mails.queued = 2;
        assert!(headline(&busy).1.ends_with("2 mails are on the way."));
    }

    #[test]
    fn what_needs_somebody_comes_first_the_worst_before_all() {
        let mut system = well();
        system.services_left_alone = vec!["GitHub".to_owned()];
        system.handlers[1].behind = 12_345;
        assert_eq!(
            headline(&system),
            (Tone::Warn, "GitHub failed too often and is left alone for a moment.".to_owned())
        );
        system.mails.failed_24h = 1;
        system.handlers[0].parked = 2;
        assert_eq!(headline(&system).1, "2 events are parked and will not be handled until you decide.");
        system.workers[0].silent_s = 180;
        assert_eq!(headline(&system).1, "No worker has been heard of for 3 minutes, so nothing is delivered.");
        let texts: Vec<_> = problems(&system).into_iter().map(|problem| problem.text).collect();
        assert_eq!(texts.len(), 5);
        assert_eq!(texts[2], "1 mail could not be sent in the last 24 hours.");
        assert_eq!(texts[4], "two is 12,345 positions behind.");
    }

    #[test]
    fn what_stripe_could_not_be_asked_about_needs_somebody() {
        let mut system = well();
        system.subscriptions_unread = UnreadSubscriptions { count: 2, error: "stripe answered 401".to_owned() };
        let (tone, text) = headline(&system);
        assert_eq!(tone, Tone::Warn);
        assert!(text.starts_with("2 subscriptions could not be read at Stripe"), "{text}");
    }

    #[test]
    fn an_installation_without_workers_delivers_nothing() {
        let mut system = well();
        system.workers.clear();
        assert_eq!(headline(&system).0, Tone::Bad);
    }
}
