//! The mail server of the end-to-end tests, which tells what it gets. It needs Node.js, and `npm ci` in `end2end`.

use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long a mail may be on its way: longer than it takes until one whose job was lost is found.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// A real SMTP server on a free port, which ends with this value.
#[derive(Debug)]
pub struct MailServer {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
    /// Came in, and nobody has asked for it yet.
    waiting: Vec<Value>,
}

impl MailServer {
    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../end2end/support/smtp-server.mjs");
        let mut command = Command::new("node");
        command.arg(program).args(["--port", "0"]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("Node.js is installed");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let first = lines.next_line().await.expect("its output can be read");
        let Some(first) = first else { panic!("the mail server ended; are its packages there (npm ci in end2end)?") };
        let first: Value = serde_json::from_str(&first).expect("it says where it listens");
        let port = first["listening"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("that is a port");
        Self { _child: child, lines, port, waiting: Vec::new() }
    }

    /// `smtp://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The next mail, whatever it is.
    ///
    /// # Panics
    /// When none comes.
    pub async fn next(&mut self) -> Value {
        if self.waiting.is_empty() { self.receive().await } else { self.waiting.remove(0) }
    }

    /// The next mail to an address whose subject has this in it. Others wait until they are asked for.
    ///
    /// # Panics
    /// When none comes.
    pub async fn wait_for(&mut self, to: &str, subject: &str) -> Value {
        let is_it = |mail: &Value| mail["to"][0] == to && mail["subject"].as_str().is_some_and(|s| s.contains(subject));
        loop {
            if let Some(place) = self.waiting.iter().position(is_it) {
                return self.waiting.remove(place);
            }
            let mail = self.receive().await;
            self.waiting.push(mail);
        }
    }

    async fn receive(&mut self) -> Value {
        let line = tokio::time::timeout(WAIT_MAX, self.lines.next_line()).await;
        let Ok(Ok(Some(line))) = line else {
            let subjects: Vec<_> =
                self.waiting.iter().map(|mail| format!("{} to {}", mail["subject"], mail["to"])).collect();
            panic!("no mail came; there were {subjects:?}");
        };
        serde_json::from_str::<Value>(&line).expect("a line of JSON")["mail"].take()
    }
}
