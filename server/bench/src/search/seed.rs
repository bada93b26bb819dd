//! Fills the tenant: rows of messages and of their words, by the statement by which the handler `search_index` writes them.
//!
//! Not by publishing, which would take an hour, and not by events, since every other handler would have to follow a million
//! of them as well. So there are no bodies and no deliveries.

use std::fmt::Write as _;
use std::ops::Range;

use anyhow::Result;

use super::corpus::{Corpus, EVENT_TYPE};
use crate::psql::Psql;

/// Messages of one transaction.
const CHUNK: u64 = 5_000;
/// It says how far it is after so many.
const SAID_EVERY: u64 = 100_000;

/// The index collects words until it is told to sort them in, or has 64 MB of them: here, nobody waits for it.
const BEGIN: &str = "
set synchronous_commit = off;
set work_mem = '64MB';
alter table read.message_words set (autovacuum_enabled = off);
alter table read.messages set (autovacuum_enabled = off);
create temporary table seeded (message_id uuid, received_ms bigint, body_bytes integer, words text)
    on commit delete rows;
";
/// As the handler leaves the index, and as autovacuum would leave the tables in time.
const END: &str = "
alter table read.message_words reset (autovacuum_enabled);
alter table read.messages reset (autovacuum_enabled);
select read.sort_words_in();
vacuum (analyze) read.messages, read.message_words;
checkpoint;
";

/// Makes all messages of a corpus findable.
pub(crate) async fn seed(psql: &Psql, corpus: &Corpus) -> Result<()> {
    let mut session = psql.session()?;
    session.write(BEGIN).await?;
    let mut first = 0;
    while first < corpus.messages {
        let until = (first + CHUNK).min(corpus.messages);
        session.write(&transaction(corpus, first..until)).await?;
        if until.is_multiple_of(SAID_EVERY) {
            println!("{until} messages");
        }
        first = until;
    }
    session.write(END).await?;
    session.end().await
}

fn transaction(corpus: &Corpus, numbers: Range<u64>) -> String {
    let (tenant, application) = (corpus.tenant_id.uuid(), corpus.application_id.uuid());
    let mut text = "begin;\ncopy seeded (message_id, received_ms, body_bytes, words) from stdin;\n".to_owned();
    for number in numbers {
        let body = corpus.invoice(number).body();
        let words: Vec<String> = corpus.words(number, &body).into_iter().collect();
        let (id, at) = (corpus.message_id(number).uuid(), corpus.received_ms(number));
        // The separator is the handler's.
        let _ = writeln!(text, "{id}\t{at}\t{}\t{}", body.len(), words.join("\u{1f}"));
    }
    let _ = write!(
        text,
        "\\.
insert into read.messages (tenant_id, message_id, application_id, event_type, state, body_bytes, received_at)
select '{tenant}'::uuid, message_id, '{application}'::uuid, '{EVENT_TYPE}', 'accepted', body_bytes,
       to_timestamp(received_ms / 1000.0)
from seeded;
insert into read.message_words (tenant_id, message_id, words)
select '{tenant}'::uuid, message_id, array_to_tsvector(string_to_array(words, chr(31)))
from seeded;
commit;
"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::corpus::tests::corpus;

    #[test]
    fn a_row_has_as_many_columns_as_are_copied_and_words_end_where_the_database_splits() {
        let corpus = corpus(10);
        let text = transaction(&corpus, 0..3);
        let rows: Vec<&str> = text.lines().skip(2).take_while(|line| *line != "\\.").collect();
        assert_eq!(rows.len(), 3);
        for (number, row) in (0..).zip(rows) {
            let columns: Vec<&str> = row.split('\t').collect();
            assert_eq!(columns.len(), 4, "{row}");
            assert_eq!(columns[0], corpus.message_id(number).uuid().to_string());
            let words: Vec<String> = corpus.words(number, &corpus.invoice(number).body()).into_iter().collect();
            assert_eq!(columns[3].split('\u{1f}').collect::<Vec<_>>(), words);
        }
    }
}
