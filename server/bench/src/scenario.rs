//! What is measured.

use std::time::Duration;

use anyhow::{Result, bail};

/// How an endpoint behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Answers 200 at once.
    Answers,
    /// Answers 200 after a while.
    AnswersAfter(Duration),
    /// Answers 500.
    Fails,
    /// Takes the request and never answers.
    Hangs,
    /// Nobody listens there.
    Refuses,
}

impl Behaviour {
    /// Whether what is sent to it counts as delivered.
    pub(crate) const fn is_healthy(self) -> bool {
        matches!(self, Self::Answers | Self::AnswersAfter(_))
    }
}

/// How messages are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// So many senders, each of which sends its next message when the one before has been answered.
    Closed { senders: usize },
    /// So many messages a second, whatever the answers.
    Open { per_second: u32 },
}

/// Where messages come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// Published by the REST API.
    Api,
    /// Received by a source, as signed events of a provider.
    Source,
    /// A handler that only reads the body.
    Read,
    /// A handler that reads the body and inserts it as one row.
    Insert,
}

/// One kind of load on one set of endpoints.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) entrance: Entrance,
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) messages: usize,
    pub(crate) pace: Pace,
    pub(crate) endpoints: Vec<Behaviour>,
    /// Whether others bother the server meanwhile.
    pub(crate) is_bothered: bool,
}

impl Scenario {
    /// `scale` multiplies the number of messages.
    pub(crate) fn named(name: &str, scale: f64) -> Result<Self> {
        let busy = Pace::Closed { senders: 64 };
        let beside = |other| vec![Behaviour::Answers, other];
        let hundred = Pace::Open { per_second: 100 };
        let five_hundred = Pace::Open { per_second: 500 };
        let slow = Behaviour::AnswersAfter(Duration::from_millis(200));
        let (name, title, messages, pace, endpoints) = match name {
            "A" => ("A", "one endpoint, 64 senders", 20_000_u32, busy, vec![Behaviour::Answers]),
            "B" => ("B", "each message to 10 endpoints, 64 senders", 2_000, busy, vec![Behaviour::Answers; 10]),
            "C" => ("C", "200 messages a second", 6_000, Pace::Open { per_second: 200 }, vec![Behaviour::Answers]),
            "Dbase" => ("Dbase", "100 a second to two healthy endpoints", 2_000, hundred, beside(Behaviour::Answers)),
            "Drefused" => {
                ("Drefused", "one of the two refuses connections", 2_000, hundred, beside(Behaviour::Refuses))
            }
            "D500" => ("D500", "one of the two answers 500", 2_000, hundred, beside(Behaviour::Fails)),
            "Dhang" => ("Dhang", "one of the two never answers", 2_000, hundred, beside(Behaviour::Hangs)),
            "E" => ("E", "the endpoint answers after 200 ms, 64 senders", 5_000, busy, vec![slow]),
            "receive" => ("receive", "500 signed 2 KB webhooks a second", 15_000, five_hundred, Vec::new()),
            "beside" => ("beside", "the same beside 250 slow and huge senders", 15_000, five_hundred, Vec::new()),
            "read" => ("read", "the same to a handler that reads the body", 15_000, five_hundred, Vec::new()),
            "insert" => ("insert", "the same to a handler that inserts it", 15_000, five_hundred, Vec::new()),
            other => {
                bail!(
                    "there is no scenario {other}: A, B, C, Dbase, Drefused, D500, Dhang, E, receive, beside, read, insert"
                )
            }
        };
        let entrance = match name {
            "receive" | "beside" => Entrance::Source,
            "read" => Entrance::Read,
            "insert" => Entrance::Insert,
            _ => Entrance::Api,
        };
        let messages = ((f64::from(messages) * scale).round() as usize).max(1);
        Ok(Self { entrance, name, title, messages, pace, endpoints, is_bothered: name == "beside" })
    }

    /// How many endpoints each message has to reach.
    pub(crate) fn healthy(&self) -> usize {
        self.endpoints.iter().filter(|endpoint| endpoint.is_healthy()).count()
    }
}
