//! What the pages about replays ask the server.

use super::plan::ReplayPlan;
use crate::error::AppError;
use hookreel_contract::views::ReplayView;
use hookreel_kernel::ReplayId;
use leptos::prelude::*;

/// Every replay, newest first.
#[server(prefix = "/do", endpoint = "list_replays")]
pub async fn list_replays() -> Result<Vec<ReplayView>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.replays.list(&caller).await?)
}

/// One replay.
#[server(prefix = "/do", endpoint = "get_replay")]
pub async fn get_replay(id: ReplayId) -> Result<ReplayView, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.replays.get(&caller, id).await?)
}

/// Checks a plan and leads to the question that shows how many deliveries it makes.
#[server(prefix = "/do", endpoint = "plan_replay")]
pub async fn plan_replay(#[server(flatten)] plan: ReplayPlan) -> Result<(), AppError> {
    use crate::server::{caller, redirect, services};
    let address = plan.address(true);
    let caller = caller().await?;
    services()?.replays.preview(&caller, plan.input()?).await?;
    redirect(address);
    Ok(())
}

/// How many deliveries a plan makes or brings forward. Starts nothing.
#[server(prefix = "/do", endpoint = "preview_replay")]
pub async fn preview_replay(#[server(default)] plan: ReplayPlan) -> Result<u64, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.replays.preview(&caller, plan.input()?).await?)
}

/// Starts what was confirmed.
#[server(prefix = "/do", endpoint = "start_replay")]
pub async fn start_replay(#[server(flatten)] plan: ReplayPlan) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let replay = services()?.replays.start(&caller, plan.input()?).await?;
    redirect(Path::Replay(replay.id).notice(Done::ReplayStarted));
    Ok(())
}

/// Stops a replay: what has not arrived is cancelled, what has arrived stays.
#[server(prefix = "/do", endpoint = "cancel_replay")]
pub async fn cancel_replay(id: ReplayId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.replays.cancel(&caller, id).await?;
    redirect(Path::Replay(id).notice(Done::ReplayCancelled));
    Ok(())
}
