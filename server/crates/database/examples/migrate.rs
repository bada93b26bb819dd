//! Migrates the database in its argument: what `cargo xtask prepare` runs before any query can be checked.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: migrate DATABASE_URL")?;
    hookreel_database::migrate::run(&url).await?;
    Ok(())
}
