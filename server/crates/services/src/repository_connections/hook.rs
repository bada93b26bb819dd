//! The webhook at GitHub.

use hookreel_domain::source::ConnectionPlan;
use hookreel_integrations::{ContentType, GitHubAccess, Hook, HookId, IntegrationError, NewHook, RepositoryName};
use hookreel_kernel::Secret;

/// Where a webhook leads, and what it signs with.
#[derive(Debug, Clone)]
pub(super) struct Signing {
    pub(super) url: String,
    pub(super) secret: Secret<String>,
}

impl Signing {
    pub(super) fn hook(&self, plan: &ConnectionPlan) -> NewHook {
        NewHook {
            url: self.url.clone(),
            secret: self.secret.clone(),
            events: plan.events.clone(),
            content_type: ContentType::Json,
            active: true,
        }
    }
}

/// Makes the webhook, or makes the one that is there already as it is to be. `known` are the repository's, `before` the
/// one that was connected.
pub(super) async fn ensure_hook(
    access: &GitHubAccess,
    repository: &RepositoryName,
    known: &[Hook],
    before: Option<HookId>,
    wanted: &NewHook,
) -> Result<HookId, IntegrationError> {
    if let Some(there) = there(known, before, &wanted.url) {
        return Ok(access.update_hook(repository, there, wanted).await?.id);
    }
    match access.create_hook(repository, wanted).await {
        Ok(made) => Ok(made.id),
        // An earlier try was heard after all, or somebody else was faster.
        Err(error) if error.status() == Some(422) => {
            let known = access.list_hooks(repository, super::HOOKS_MAX).await?.items;
            match self::there(&known, None, &wanted.url) {
                Some(there) => Ok(access.update_hook(repository, there, wanted).await?.id),
                None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

fn there(known: &[Hook], before: Option<HookId>, url: &str) -> Option<HookId> {
    let leads_here = known.iter().find(|hook| hook.config.url.as_deref() == Some(url));
    let was_here = || known.iter().find(|hook| Some(hook.id) == before);
    leads_here.or_else(was_here).map(|hook| hook.id)
}
