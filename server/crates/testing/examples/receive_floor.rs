//! What receiving is measured against: a handler that only reads the body, and one that also inserts it as one row.
//!
//! `receive_floor DATABASE_URL` listens on a free port of this machine and prints its address.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::net::Ipv4Addr;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1).ok_or_else(|| anyhow::anyhow!("name the database"))?;
    let pool = PgPoolOptions::new().max_connections(16).connect(&url).await?;
    sqlx::raw_sql("create schema if not exists bench").execute(&pool).await?;
    sqlx::raw_sql("create table if not exists bench.bodies (id bigserial primary key, body bytea not null)")
        .execute(&pool)
        .await?;
    let router = Router::new()
        .route("/read", post(|_: Bytes| async { StatusCode::OK }))
        .route("/insert", post(insert))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn insert(State(pool): State<PgPool>, body: Bytes) -> StatusCode {
    let inserted = sqlx::query("insert into bench.bodies (body) values ($1)").bind(&body[..]).execute(&pool).await;
    if inserted.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
