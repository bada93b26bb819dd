//! The worker that sends mails.

use super::queue::{QUEUE, insert_job, open};
use apalis::prelude::*;
use apalis_postgres::Config;
use hookreel_database::Database;
use hookreel_delivery::JobQueue;
use hookreel_kernel::{Email, TenantId, Timestamp};
use hookreel_mail::{Instance, Mail, Outgoing, Rendered, Smtp};
use hookreel_secrets::SecretBox;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// How long a mail is tried: 12 times with growing pauses, a bit over a day.
const TRIES_MAX: i32 = 12;
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_hours(4);
/// How often it is looked whether a mail has lost its job.
const SWEEP: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(500);
/// What is kept of an error.
const ERROR_CHARS_MAX: usize = 300;

/// What the post is made of.
#[derive(Debug, Clone)]
pub struct PostParts {
    /// Where mails wait.
    pub database: Database,
    /// Opens them.
    pub secrets: SecretBox,
    /// The mail server; without one, mails are written into the log.
    pub smtp: Option<Smtp>,
    /// Which instance writes.
    pub instance: Arc<Instance>,
}

/// Sends mails until stopped.
#[derive(Debug, Clone)]
pub struct Post {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// A mail that is to be sent.
struct Waiting {
    tenant_id: TenantId,
    mail_id: Uuid,
    recipient: String,
    sealed: Vec<u8>,
    tries: i32,
    written_at: Timestamp,
}

/// What became of it.
enum Ended {
    Sent,
    Shown,
    Failed(String),
    NotNow(String),
}

impl Post {
    /// Starts the worker.
    pub fn start(parts: PostParts) -> Self {
        let this = Self { stop: CancellationToken::new(), tasks: TaskTracker::new() };
        let parts = Arc::new(parts);
        this.tasks.spawn(supervise(Arc::clone(&parts), this.stop.clone()));
        this.tasks.spawn(sweep(parts, this.stop.clone()));
        this
    }

    /// Lets the mails under way be sent, and ends.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// A worker ends at any error of the database: it is started again under a new name.
async fn supervise(parts: Arc<PostParts>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let name = format!("{QUEUE}-{}-{}", std::process::id(), Uuid::now_v7().simple());
        let jobs = JobQueue::new(parts.database.jobs().clone(), Config::default().queue(QUEUE).batch_size(4), POLL);
        let stopped = {
            let stop = stop.clone();
            async move {
                stop.cancelled().await;
                Ok::<(), std::io::Error>(())
            }
        };
        let worker =
            WorkerBuilder::new(name.as_str()).backend(jobs).concurrency(4).data(Arc::clone(&parts)).build(run_job);
        if let Err(error) = worker.run_until(stopped).await {
            tracing::warn!(%error, "the mail worker broke down; it is started again");
        }
        stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(2))).await;
    }
}

async fn run_job(payload: Value, parts: Data<Arc<PostParts>>) -> Result<(), BoxDynError> {
    let id = |name: &str| payload.get(name).and_then(Value::as_str).and_then(|text| text.parse::<Uuid>().ok());
    // A job that this version cannot read is finished: its mail is found by the sweep.
    let (Some(tenant_id), Some(mail_id)) = (id("tenant"), id("mail")) else { return Ok(()) };
    let parts = Arc::clone(&parts);
    tokio::spawn(async move { send(&parts, TenantId::from_uuid(tenant_id), mail_id).await }).await??;
    Ok(())
}

/// Sends a mail that still waits, and records what became of it.
async fn send(parts: &PostParts, tenant_id: TenantId, mail_id: Uuid) -> Result<(), sqlx::Error> {
    let pool = parts.database.engine();
    let row = sqlx::query!(
        r#"update ops.mails set tries = tries + 1, due_at = now() + interval '2 minutes'
           where tenant_id = $1 and mail_id = $2 and state = 'queued'
           returning recipient, sealed, tries, created_at"#,
        tenant_id.uuid(),
        mail_id,
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let waiting = Waiting {
        tenant_id,
        mail_id,
        recipient: row.recipient,
        sealed: row.sealed.unwrap_or_default(),
        tries: row.tries,
        written_at: row.created_at,
    };
    let ended = try_to_send(parts, &waiting).await;
    let mut transaction = pool.begin().await?;
    let (state, error) = match &ended {
        Ended::Sent => ("sent", ""),
        Ended::Shown => ("shown", ""),
        Ended::Failed(why) => ("failed", why.as_str()),
        Ended::NotNow(why) => ("queued", why.as_str()),
    };
    let pause = pause_after(waiting.tries);
    sqlx::query!(
        "update ops.mails set state = $3, error = $4, due_at = now() + make_interval(secs => $5),
                sealed = case $3 when 'sent' then null else sealed end,
                ended_at = case $3 when 'queued' then null else now() end
         where tenant_id = $1 and mail_id = $2",
        tenant_id.uuid(),
        mail_id,
        state,
        error.chars().filter(|c| !c.is_control()).take(ERROR_CHARS_MAX).collect::<String>(),
        (pause + Duration::from_mins(2)).as_secs_f64(),
    )
    .execute(&mut *transaction)
    .await?;
    if matches!(ended, Ended::NotNow(_)) {
        insert_job(&mut transaction, tenant_id, mail_id, pause).await?;
    }
    transaction.commit().await
}

fn pause_after(tries: i32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << tries.clamp(1, 16).saturating_sub(1)).min(LONGEST_PAUSE)
}

/// The text of a mail for the log, where no link may work: whoever reads the log is not whoever reads the mailbox.
fn without_tokens(text: &str) -> String {
    const TOKEN: &str = "token=";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(TOKEN) {
        let (before, after) = rest.split_at(at + TOKEN.len());
        shown.push_str(before);
        shown.push('…');
        rest = after.trim_start_matches(|c: char| !c.is_whitespace());
    }
    shown.push_str(rest);
    shown
}

async fn try_to_send(parts: &PostParts, waiting: &Waiting) -> Ended {
    let (mail, rendered, to) = match read(parts, waiting) {
        Ok(read) => read,
        Err(why) => return Ended::Failed(why),
    };
    let Some(smtp) = &parts.smtp else {
        let (kind, text) = (mail.kind(), without_tokens(&rendered.text));
        tracing::info!(
            kind,
            to = to.as_str(),
            subject = rendered.subject,
            text,
            "a mail, shown since there is no mail server"
        );
        return Ended::Shown;
    };
    let id = waiting.mail_id.simple().to_string();
    let outgoing = Outgoing { id: &id, to: &to, written_at: waiting.written_at, mail: &rendered };
    match smtp.send(&outgoing).await {
        Ok(_) => Ended::Sent,
        Err(error) if error.is_about_the_mail() => {
            tracing::warn!(kind = mail.kind(), %error, "a mail was refused");
            Ended::Failed(error.to_string())
        }
        Err(error) if waiting.tries >= TRIES_MAX => {
            tracing::error!(kind = mail.kind(), %error, "a mail was given up");
            Ended::Failed(error.to_string())
        }
        Err(error) => {
            tracing::warn!(kind = mail.kind(), %error, "a mail could not be sent; it is tried again");
            Ended::NotNow(error.to_string())
        }
    }
}

fn read(parts: &PostParts, waiting: &Waiting) -> Result<(Mail, Rendered, Email), String> {
    let mail = open(&parts.secrets, waiting.tenant_id, waiting.mail_id, &waiting.sealed);
    let mail = mail.map_err(|error| error.to_string())?.ok_or("this version cannot read the mail")?;
    let rendered = mail.render(&parts.instance).map_err(|error| error.to_string())?;
    let to = Email::parse(&waiting.recipient).map_err(|error| error.to_string())?;
    Ok((mail, rendered, to))
}

/// Gives mails a new job whose own was lost.
async fn sweep(parts: Arc<PostParts>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = sweep_once(&parts).await {
            tracing::debug!(%error, "mails could not be looked after yet");
        }
        stop.run_until_cancelled(tokio::time::sleep(SWEEP)).await;
    }
}

async fn sweep_once(parts: &PostParts) -> Result<(), sqlx::Error> {
    let mut transaction = parts.database.engine().begin().await?;
    let lost = sqlx::query!(
        "update ops.mails m set due_at = now() + interval '2 minutes'
         where (m.tenant_id, m.mail_id) in (
             select tenant_id, mail_id from ops.mails where state = 'queued' and due_at < now()
             order by due_at limit 100 for update skip locked)
         returning tenant_id, mail_id"
    )
    .fetch_all(&mut *transaction)
    .await?;
    for row in lost {
        insert_job(&mut transaction, TenantId::from_uuid(row.tenant_id), row.mail_id, Duration::ZERO).await?;
    }
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_the_log_do_not_work() {
        let text = "Open https://h.example.com/reset-password?token=abc-_1\nor not.";
        assert_eq!(without_tokens(text), "Open https://h.example.com/reset-password?token=…\nor not.");
        assert_eq!(without_tokens("Welcome."), "Welcome.");
    }
}
