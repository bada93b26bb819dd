//! A running `hookreel`, and a client that says exactly what it is told.

use serde_json::Value;
use std::fmt::Write as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

const START_LIMIT: Duration = Duration::from_mins(2);

/// The program with nothing of this process's environment that it reads.
pub(crate) fn hookreel(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookreel"));
    command.args(arguments).env_remove("DATABASE_URL").current_dir(std::env::temp_dir()).kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("HOOKREEL_") && name != "HOOKREEL_PG_BIN" {
            command.env_remove(&*name);
        }
    }
    command
}

/// A directory that goes with this value.
#[derive(Debug)]
pub(crate) struct Scratch(pub(crate) std::path::PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let name = format!("hookreel-it-{}", hookreel_kernel::EventId::generate());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir(&directory).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server that has said that it is ready.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) authority: String,
    /// Where it tells metrics, if it was told to.
    pub(crate) metrics: Option<String>,
    /// The lines of its log.
    pub(crate) log: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) raw_head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The status of an answer as it came.
    pub(crate) fn status_of(answer: &[u8]) -> Option<u16> {
        std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Running {
    /// Starts `hookreel serve` on a free port and waits until it is ready.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::start_with("serve", arguments).await
    }

    pub(crate) async fn start_with(half: &str, arguments: &[&str]) -> Self {
        let all = [&[half, "--listen", "127.0.0.1:0", "--log-format", "json"], arguments].concat();
        let mut child = hookreel(&all).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let (mut seen, mut metrics) = (String::new(), None);
        let address = tokio::time::timeout(START_LIMIT, async {
            while let Some(line) = log.next_line().await.unwrap() {
                seen.push_str(&line);
                seen.push('\n');
                let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
                let address = line["address"].as_str().map(str::to_owned);
                if line["message"] == "metrics" {
                    metrics = address;
                } else if line["message"] == "ready" {
                    return address;
                }
            }
            None
        });
        let Ok(Some(authority)) = address.await else { panic!("the server did not become ready:\n{seen}") };
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&lines);
        tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                kept.lock().unwrap().push(line);
            }
        });
        Self { child, authority, metrics, log: lines }
    }

    /// What it has logged since it was ready.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Sends octets as they are and reads the answer to its end.
    pub(crate) async fn say(&self, octets: &[u8]) -> Vec<u8> {
        let mut stream = self.connect().await;
        // What is refused early closes the connection before all was said.
        let _ = stream.write_all(octets).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    }

    /// Sends a request as it is and reads the answer to its end.
    pub(crate) async fn ask(&self, request_line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.ask_as(&self.authority, request_line, headers, body).await
    }

    /// The same, with another name of the server in the request.
    pub(crate) async fn ask_as(&self, host: &str, request_line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!("{request_line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(request, "content-length: {}\r\n", body.len());
        }
        request.push_str("\r\n");
        request.push_str(body);
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let status = Answer::status_of(&answer).unwrap_or(0);
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        Answer { status, head: head.to_lowercase(), raw_head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], "").await
    }

    #[expect(clippy::disallowed_methods, reason = "the test is the client")]
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.authority).await.unwrap()
    }

    /// Sends a signal by its name, as `kill` knows it.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().await.unwrap().success());
    }

    /// Stops it as a service manager would, and returns its exit code.
    pub(crate) async fn stop(mut self) -> Option<i32> {
        self.signal("TERM").await;
        let status = tokio::time::timeout(Duration::from_mins(1), self.child.wait()).await;
        status.unwrap().unwrap().code()
    }
}
