//! Searching: a tenant with a million messages, and people who look for something among them.

mod corpus;
mod questions;
mod seed;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use hookreel_kernel::{ApplicationId, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Server;
use crate::account;
use crate::api::Api;
use crate::connection::{Connection, request};
use crate::payload::now_ns;
use crate::psql::Psql;
use crate::report::{self, Latency};
use crate::table;
use corpus::Corpus;
use questions::{KINDS, Question, questions};

/// The rows of a page, as it is when nobody says otherwise.
const LIMIT: usize = 50;
/// Asked of each kind before anything is counted, so that connections are made and statements planned.
const WARM_UP: u64 = 3;

#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// How many messages there are.
    #[arg(long, value_parser = clap::value_parser!(u64).range(6_000..))]
    messages: u64,
    /// How many questions of each kind are asked.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    questions: u64,
}

/// How long the answers to a kind of question took.
#[derive(Debug, Clone, Default)]
struct Answers {
    nanoseconds: Vec<u64>,
    /// Rows of all pages together.
    rows: usize,
}

/// Fills the tenant, asks, and says how long the answers took.
pub(crate) async fn run(arguments: &SearchArguments, server: &Server, quiet: Duration) -> Result<()> {
    let application = server.api.create_application("bench-search", &[]).await?;
    let application_id: ApplicationId = application.parse()?;
    let tenant_id = tenant_of(&server.psql, application_id).await?;
    let corpus = Corpus::new(tenant_id, application_id, arguments.messages);

    let began = Instant::now();
    seed::seed(&server.psql, &corpus).await?;
    let seeding = began.elapsed();
    let (index_bytes, table_bytes) = sizes(&server.psql).await?;
    println!("{} messages were made findable in {:.0} s", corpus.messages, seeding.as_secs_f64());

    account::wait_until_quiet(quiet).await;
    // Others than those that count: what is asked twice is remembered by every cache.
    ask(&server.api, &application, &questions(&corpus, WARM_UP, 1)).await?;
    let answers = ask(&server.api, &application, &questions(&corpus, arguments.questions, 0)).await?;

    print(&answers);
    let words = corpus.words(0, &corpus.invoice(0).body()).len();
    let kinds: Vec<Value> = KINDS.iter().zip(&answers).map(|(kind, answers)| answers.json(kind.title)).collect();
    let results = json!({ "search": {
        "messages": corpus.messages,
        "words_of_a_message": words,
        "seeding_s": seeding.as_secs_f64(),
        "index_bytes": index_bytes,
        "table_bytes": table_bytes,
        "kinds": kinds,
        "all": all(&answers).json("all together"),
    }});
    report::write_json(&server.out, &results)?;
    println!(
        "\n{words} words a message; index {} MiB, table {} MiB\n{}",
        index_bytes >> 20,
        table_bytes >> 20,
        server.out.display()
    );
    Ok(())
}

async fn tenant_of(psql: &Psql, application_id: ApplicationId) -> Result<TenantId> {
    let id = application_id.uuid();
    let answer = psql.ask(&format!("select tenant_id from read.applications where application_id = '{id}'")).await?;
    let uuid = answer.parse::<Uuid>().with_context(|| format!("whose {application_id} is: `{answer}`"))?;
    Ok(TenantId::from_uuid(uuid))
}

/// Bytes of the index and of the table of words.
async fn sizes(psql: &Psql) -> Result<(u64, u64)> {
    let question = "select pg_relation_size('read.message_words_idx'), pg_table_size('read.message_words')";
    let answer = psql.ask(question).await?;
    let (index, table) = answer.split_once(' ').with_context(|| format!("sizes: `{answer}`"))?;
    Ok((index.parse()?, table.parse()?))
}

/// One question after the other, on one connection. The answers are in the order of [`KINDS`].
async fn ask(api: &Api, application: &str, questions: &[Question]) -> Result<Vec<Answers>> {
    let mut answers = vec![Answers::default(); KINDS.len()];
    let mut connection = Connection::open(&api.authority).await?;
    for question in questions {
        // Without what was sent: there is none, and reading it is no part of searching.
        let path = format!(
            "/api/v1/app/{application}/msg?limit={LIMIT}&with_content=false&search={}",
            encoded(&question.text)
        );
        let request = request("GET", &api.authority, &path, &api.key, "");
        let began = now_ns();
        let answer = connection.exchange(&request).await.with_context(|| format!("`{}`", question.text))?;
        let took = now_ns() - began;

        if answer.status() != 200 {
            let body = String::from_utf8_lossy(&answer.body);
            bail!("`{}`: {}: {body}", question.text, answer.first_line);
        }
        let page: Value = serde_json::from_slice(&answer.body)?;
        let found = page["data"].as_array().map(Vec::len).context("an answer without `data`")?;
        let kind = &KINDS[question.kind];
        if !kind.finds.admits(found) {
            bail!("`{}` ({}) found {found} messages", question.text, kind.title);
        }
        answers[question.kind].add(took, found);
    }
    Ok(answers)
}

impl Answers {
    fn add(&mut self, took: u64, found: usize) {
        self.nanoseconds.push(took);
        self.rows += found;
    }

    fn latency(&self) -> Latency {
        Latency::of(self.nanoseconds.clone())
    }

    fn json(&self, title: &str) -> Value {
        json!({
            "question": title,
            "asked": self.nanoseconds.len(),
            "rows": self.rows,
            "latency": self.latency().json(),
        })
    }

    fn row(&self, title: &str) -> Vec<String> {
        let (latency, asked) = (self.latency(), self.nanoseconds.len());
        let ms = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
        let rows = self.rows as f64 / asked.max(1) as f64;
        let latencies = [latency.p50, latency.p95, latency.max].map(ms);
        [title.to_owned(), asked.to_string(), format!("{rows:.0}")].into_iter().chain(latencies).collect()
    }
}

fn all(answers: &[Answers]) -> Answers {
    Answers {
        nanoseconds: answers.iter().flat_map(|answers| answers.nanoseconds.iter().copied()).collect(),
        rows: answers.iter().map(|answers| answers.rows).sum(),
    }
}

fn print(answers: &[Answers]) {
    let mut rows: Vec<Vec<String>> = KINDS.iter().zip(answers).map(|(kind, answers)| answers.row(kind.title)).collect();
    rows.push(all(answers).row("all together"));
    println!("\nFrom the question to its whole answer by the REST API, at most {LIMIT} messages a page.\n");
    table::print(&["question", "asked", "rows", "p50 ms", "p95 ms", "max ms"], rows);
}

/// As a value of a query.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(3 * text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_arrives_as_it_is_asked() {
        assert_eq!(encoded("$.a:\"b c*\" é"), "%24%2Ea%3A%22b%20c%2A%22%20%C3%A9");
    }

    #[test]
    fn answers_are_reported_by_kind_and_all_together() {
        let mut answers = vec![Answers::default(); 2];
        for ms in 1..=20 {
            answers[0].add(ms * 1_000_000, 2);
        }
        answers[1].add(99_000_000, 44);
        assert_eq!(answers[0].row("rare"), ["rare", "20", "2", "10.0", "19.0", "20.0"]);
        assert_eq!(all(&answers).row("all")[1..], ["21", "4", "11.0", "20.0", "99.0"]);
        assert_eq!(answers[1].json("frequent")["latency"]["p95_ms"], 99.0);
        assert_eq!(Answers::default().row("never")[3], "-");
    }
}
