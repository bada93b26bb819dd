//! A mail server in a process of its own: `end2end/support/smtp-server.mjs`.

use hookreel_kernel::{Clock as _, Email, SystemClock, Timestamp};
use hookreel_mail::{Accepted, MailError, Outgoing, Rendered, Smtp, SmtpConfig};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long a mail may take to arrive, and the server to start. The machine may be busy.
const ARRIVAL_MAX: Duration = Duration::from_mins(1);

/// A running server. It ends with its standard input, so with the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// A mail as the server got it.
#[derive(Debug, Deserialize)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) user: Option<String>,
    pub(crate) secure: bool,
    pub(crate) connection: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) raw: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let values: Vec<&str> =
            self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        assert_eq!(values.len(), 1, "{name} in {:?}", self.headers);
        values[0]
    }
}

impl Server {
    pub(crate) async fn start(options: &[&str]) -> Self {
        let end2end = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../end2end");
        assert!(
            end2end.join("node_modules/smtp-server").is_dir(),
            "the mail server for tests is missing; install it by `npm ci` in end2end, or run `cargo xtask test`"
        );
        let mut process = Command::new("node")
            .arg(end2end.join("support/smtp-server.mjs"))
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node.js is needed for the mail server");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut server = Self { port: 0, process, lines };
        server.port = server.line().await["listening"].as_u64().unwrap().try_into().unwrap();
        server
    }

    async fn line(&mut self) -> serde_json::Value {
        let line = tokio::time::timeout(ARRIVAL_MAX, self.lines.next_line()).await.expect("nothing came");
        serde_json::from_str(&line.unwrap().expect("the server ended")).unwrap()
    }

    /// The next mail. Its lines end as they did before they were sent.
    pub(crate) async fn receive(&mut self) -> Received {
        let mut line = self.line().await;
        let received: Received = serde_json::from_value(line["mail"].take()).unwrap();
        let unix = |text: String| text.replace("\r\n", "\n");
        Received { text: unix(received.text), html: unix(received.html), ..received }
    }

    /// Ends the server and tells whether a mail was left that nobody asked for.
    pub(crate) async fn has_received_more(mut self) -> bool {
        drop(self.process.stdin.take());
        self.lines.next_line().await.unwrap().is_some()
    }

    pub(crate) async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// A client of this server: `smtp`, `ada:secret@127.0.0.1`.
    pub(crate) fn client(&self, scheme: &str, host: &str) -> Smtp {
        client(&format!("{scheme}://{host}:{}", self.port))
    }
}

pub(crate) fn client(url: &str) -> Smtp {
    let config = SmtpConfig::parse(url, "Hookreel <hookreel@hooks.example.com>").unwrap();
    Smtp::new(config.with_timeout(Duration::from_secs(20))).unwrap()
}

/// A client that does not wait for longer than this.
pub(crate) fn impatient(url: &str, timeout_ms: u64) -> Smtp {
    let config = SmtpConfig::parse(url, "hookreel@hooks.example.com").unwrap();
    Smtp::new(config.with_timeout(Duration::from_millis(timeout_ms))).unwrap()
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

pub(crate) fn note(subject: &str) -> Rendered {
    let text = format!("{subject}\n\nA note.\n");
    Rendered { subject: subject.to_owned(), text, html: "<p>A note.</p>".to_owned() }
}

/// Sends a mail whose content does not matter.
pub(crate) async fn send(smtp: &Smtp, id: &str, to: &str) -> Result<Accepted, MailError> {
    let to = Email::parse(to).unwrap();
    smtp.send(&Outgoing { id, to: &to, written_at: now(), mail: &note("A note") }).await
}
