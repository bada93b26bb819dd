//! Brings a database to the shape this version needs: roles, our migrations, the job queue's, and its grants.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection};
use std::str::FromStr;
use std::time::Duration;

/// What has to exist before the first migration, for the user who runs it.
pub const BOOTSTRAP_SQL: &str = include_str!("../../../../migrations/bootstrap.sql");

/// The roles that the program's database user must be a member of.
pub const ROLES: [&str; 4] = ["hookreel_owner", "hookreel_app", "hookreel_engine", "hookreel_auth"];

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../../migrations");

/// Our migrations, oldest first.
pub fn migrations() -> impl Iterator<Item = &'static sqlx::migrate::Migration> {
    MIGRATIONS.iter()
}

/// The queue's tables belong to apalis; what the engine may do with them, and how they are kept, is ours.
/// The per-row NOTIFY trigger is switched off: workers are woken once per committed batch instead.
const QUEUE_GRANTS_SQL: &str = "
    grant usage on schema apalis to hookreel_engine, hookreel_app;
    grant select, insert, update, delete on all tables in schema apalis to hookreel_engine;
    grant select, insert on apalis.jobs to hookreel_app;
    grant execute on all functions in schema apalis to hookreel_engine;
    alter table apalis.jobs disable trigger user;
    alter table apalis.jobs set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
    -- Twins of jobs_pkey and idx_apalis_jobs_lock_by: each job wrote them three times, and nothing read them. Asked first,
    -- because who drops what is not there locks the table all the same, and others may be at work.
    do $$ begin
        if to_regclass('apalis.unique_job_id') is not null then drop index apalis.unique_job_id; end if;
        if to_regclass('apalis.lidx') is not null then drop index apalis.lidx; end if;
    end $$;
";

/// apalis 1.0's own way of taking jobs, word for word, in a language whose statements are planned once per connection:
/// a function in SQL is planned at each call, which costs more than running it.
const TAKE_JOBS_SQL: &str = "
    create or replace function apalis.get_jobs(worker_id text, v_job_type text, v_job_count integer default 5)
    returns setof apalis.jobs language plpgsql volatile as $$
    begin
        return query
            with taken as (
                select id from apalis.jobs
                where (status = 'Pending' or (status = 'Failed' and attempts < max_attempts))
                  and run_at < now() and job_type = v_job_type
                order by priority desc, run_at asc
                limit v_job_count
                for update skip locked
            )
            update apalis.jobs j set status = 'Queued', lock_by = worker_id, lock_at = now()
            from taken where j.id = taken.id
            returning j.*;
    end
    $$;
";

/// How often and when the roles are looked for again while another database of the server is set up.
const LOOKS_MAX: u32 = 50;
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// A start after months of rest needs this month's partition before the first message comes.
const PARTITIONS_SQL: &str = "
    select event_store.create_partition(
        to_char(now() at time zone 'UTC' + make_interval(months => ahead), 'YYYYMM')::integer)
    from generate_series(0, 3) as ahead
";

/// Why the database could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// What [`BOOTSTRAP_SQL`] makes is not all there, and this user may not make it.
    #[error(
        "{lack}, and the database user {user} may not change that.\n\
         Run this once as a superuser, connected to the same database, then start again:\n\n{}",
        bootstrap_sql_for(.user)
    )]
    NotPrepared {
        /// What is not there.
        lack: Lack,
        /// Whom the program connects as.
        user: String,
    },
    /// A migration failed, or the database is newer than the program.
    #[error("the migrations could not be applied: {0}")]
    Migration(String),
    /// The job queue's own migrations failed.
    #[error("the job queue's tables could not be made: {0}")]
    Queue(String),
    /// Nobody answers where the database should be.
    #[error("the database cannot be reached: {0}. Is it running, and is its URL right?")]
    Unreachable(String),
    /// The database refused a statement.
    #[error("the database refused: {0}")]
    Refused(String),
}

/// What has to be there before the first migration and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    /// These do not exist.
    #[error("the database server lacks roles that Hookreel needs ({})", .0.join(", "))]
    Roles(Vec<&'static str>),
    /// All roles are there, but the program's user is not a member of these.
    #[error("the roles that Hookreel needs are there, but its database user is not a member of {}", .0.join(", "))]
    Memberships(Vec<&'static str>),
    /// The roles are those of the whole server; what they may do is granted in each database.
    #[error("the roles that Hookreel needs are there, but hookreel_owner may not make tables in this database")]
    Grants,
}

/// [`BOOTSTRAP_SQL`] as a superuser runs it for `user`.
fn bootstrap_sql_for(user: &str) -> String {
    // In an escape string a dollar sign can be written so that it does not end the block around it.
    let user = user.replace('\\', r"\\").replace('\'', "''").replace('$', r"\x24");
    BOOTSTRAP_SQL.replace("current_user", &format!("E'{user}'"))
}

// As text and not as sources: each of these repeats its own sources in its sentence, and a chain would say it twice.
impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::Unreachable(error.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for MigrateError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migration(error.to_string())
    }
}

impl From<apalis_postgres::Error> for MigrateError {
    fn from(error: apalis_postgres::Error) -> Self {
        Self::Queue(error.to_string())
    }
}

/// Applies everything that is missing. Safe to run at every start and from several processes at once.
///
/// # Errors
/// See [`MigrateError`]; nothing is left half-applied.
pub async fn run(database_url: &str) -> Result<(), MigrateError> {
    let options = PgConnectOptions::from_str(database_url)?.application_name("hookreel migrate");
    let mut connection = PgConnection::connect_with(&options).await?;
    // Serialises concurrent starts; released when the connection closes.
    connection.execute("select pg_advisory_lock(hashtext('hookreel migrate'))").await?;
    bootstrap(&mut connection).await?;

    let pool =
        PgPoolOptions::new().max_connections(1).connect_with(options.options([("role", "hookreel_owner")])).await?;
    MIGRATIONS.run(&pool).await?;
    apalis_postgres::PostgresStorage::setup(&pool).await?;
    pool.execute(QUEUE_GRANTS_SQL).await?;
    pool.execute(TAKE_JOBS_SQL).await?;
    pool.execute(PARTITIONS_SQL).await?;
    pool.close().await;
    connection.close().await?;
    Ok(())
}

/// Roles are those of the whole PostgreSQL server: where another database of it is set up at the same moment, one of the two
/// finds that the other has made them, or is changing them, and looks again.
async fn bootstrap(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let (mut looked, mut was_run) = (0, false);
    while let Some(lack) = what_is_lacking(connection).await? {
        // PostgreSQL only warns of a grant that this user may not make.
        if was_run {
            return Err(not_prepared(connection, lack).await?);
        }
        looked += 1;
        match connection.execute(BOOTSTRAP_SQL).await {
            Ok(_) => was_run = true,
            Err(error) if is_insufficient_privilege(&error) => return Err(not_prepared(connection, lack).await?),
            Err(error) if was_overtaken(&error) && looked < LOOKS_MAX => tokio::time::sleep(LOOK_PAUSE).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn not_prepared(connection: &mut PgConnection, lack: Lack) -> Result<MigrateError, sqlx::Error> {
    let user: String = sqlx::query_scalar("select current_user::text").fetch_one(&mut *connection).await?;
    Ok(MigrateError::NotPrepared { lack, user })
}

async fn what_is_lacking(connection: &mut PgConnection) -> Result<Option<Lack>, sqlx::Error> {
    let there: Vec<(String, bool)> = sqlx::query_as(
        "select rolname::text, pg_has_role(current_user, oid, 'member') from pg_roles where rolname = any($1)",
    )
    .bind(&ROLES[..])
    .fetch_all(&mut *connection)
    .await?;
    let missing: Vec<_> = ROLES.into_iter().filter(|role| !there.iter().any(|(name, _)| name == role)).collect();
    if !missing.is_empty() {
        return Ok(Some(Lack::Roles(missing)));
    }
    let is_foreign = |role: &&str| there.iter().any(|(name, is_member)| name == role && !is_member);
    let foreign: Vec<_> = ROLES.into_iter().filter(is_foreign).collect();
    if !foreign.is_empty() {
        return Ok(Some(Lack::Memberships(foreign)));
    }
    let may_make_tables: bool = sqlx::query_scalar(
        "select has_schema_privilege('hookreel_owner', 'public', 'create')
            and has_database_privilege('hookreel_owner', current_database(), 'create')",
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok((!may_make_tables).then_some(Lack::Grants))
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|found| found == code)
}

/// A role or a membership that was not there a moment ago, or a row of the catalogue that somebody else has just changed.
fn was_overtaken(error: &sqlx::Error) -> bool {
    ["23505", "42710", "XX000"].iter().any(|code| has_code(error, code))
}

fn is_insufficient_privilege(error: &sqlx::Error) -> bool {
    has_code(error, "42501")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lacking_is_told_with_the_sql_that_makes_it() {
        for (lack, expected) in [
            (
                Lack::Roles(vec!["hookreel_app", "hookreel_auth"]),
                "lacks roles that Hookreel needs (hookreel_app, hookreel_auth)",
            ),
            (Lack::Memberships(vec!["hookreel_app"]), "is not a member of hookreel_app"),
            (Lack::Grants, "may not make tables in this database"),
        ] {
            let told = MigrateError::NotPrepared { lack, user: "plain".to_owned() }.to_string();
            assert!(
                told.contains(&format!("{expected}, and the database user plain may not change that.\n")),
                "{told}"
            );
            assert!(told.ends_with(&bootstrap_sql_for("plain")), "{told}");
        }
    }

    #[test]
    fn the_sql_for_a_user_names_no_other_and_holds_together_whatever_the_name_is() {
        let sql = bootstrap_sql_for(r"o'b\rien$$");
        assert!(sql.contains(r"name := E'o''b\\rien\x24\x24';"), "{sql}");
        assert!(!sql.contains("current_user"), "{sql}");
        assert_eq!(sql.matches("$$").count(), 2, "{sql}");
    }
}
