//! Repositories of GitHub that are connected to sources.

use hookreel_kernel::{ConnectionId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// Every event, in the list of a webhook's events.
pub const EVERY_EVENT: &str = "*";

/// A repository to be connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectInput {
    /// What the token is kept under.
    pub connection_id: ConnectionId,
    /// `owner/name`.
    pub repository: String,
    /// `push`, `pull_request`, …, or `*` for everything.
    pub events: Vec<String>,
    /// The source that it sends to; a new one if not given.
    #[serde(default)]
    pub source_id: Option<SourceId>,
    /// What a new source is called; like the repository if not given.
    #[serde(default)]
    pub name: Option<String>,
}

/// The repositories that a token can manage the webhooks of, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryChoices {
    /// As many as were looked at.
    pub repositories: Vec<RepositoryChoice>,
    /// How many more the token sees, whose webhooks its owner may not manage.
    pub unmanageable: usize,
    /// Whether these are all.
    pub is_complete: bool,
}

/// A repository that can be connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryChoice {
    /// `owner/name`.
    pub name: String,
    /// What its owner says about it.
    pub description: String,
    /// Whether the public does not see it.
    pub is_private: bool,
}

/// A connection as Hookreel knows it, without asking GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// The source.
    pub source_id: SourceId,
    /// `owner/name`.
    pub repository: String,
    /// What its webhook sends.
    pub events: Vec<String>,
    /// Names the webhook there; `None`: connecting was not finished.
    pub hook_id: Option<u64>,
    /// When connecting began.
    pub since: Timestamp,
    /// When GitHub's last ping came, if it came after that.
    pub pinged_at: Option<Timestamp>,
    /// When the last genuine message came, if it came after that.
    pub received_at: Option<Timestamp>,
}

impl ConnectionView {
    /// Whether something of GitHub's has come.
    pub const fn is_alive(&self) -> bool {
        self.pinged_at.is_some() || self.received_at.is_some()
    }
}

/// What GitHub told, or why it did not.
pub type Told<T> = Result<T, String>;

/// A connection as GitHub sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryLook {
    /// The webhook; `None`: there is none any more.
    pub hook: Told<Option<HookView>>,
    /// The repository.
    pub repository: Told<RepositoryFacts>,
    /// Its open pull requests.
    pub pull_requests: Told<OpenPullRequests>,
    /// GitHub does not answer now: this is what it said before.
    pub earlier: Option<EarlierLook>,
}

/// What is to be said of a look that is not of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierLook {
    /// When GitHub said so.
    pub at: Timestamp,
    /// Why it does not now.
    pub why: String,
}

/// A webhook as GitHub sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookView {
    /// Whether GitHub sends.
    pub is_active: bool,
    /// Whether it leads to the source.
    pub leads_here: bool,
    /// What it sends.
    pub events: Vec<String>,
    /// The status that the last delivery was answered with; `None`: there was no delivery or no answer.
    pub last_status: Option<u16>,
    /// GitHub's words for how the last delivery ended.
    pub last_outcome: String,
}

/// A repository as GitHub describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFacts {
    /// Its page; only a web address.
    pub url: Option<String>,
    /// What its owner says about it.
    pub description: String,
    /// The branch that pull requests go to by default.
    pub default_branch: String,
    /// Whether the public does not see it.
    pub is_private: bool,
    /// Whether it is read-only.
    pub is_archived: bool,
}

/// The pull requests of a repository that are open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPullRequests {
    /// How many were counted.
    pub count: usize,
    /// Whether these are all.
    pub is_complete: bool,
    /// The newest few.
    pub newest: Vec<PullRequestRow>,
}

/// An open pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestRow {
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its page; only a web address.
    pub url: Option<String>,
    /// Whether it is a draft.
    pub is_draft: bool,
    /// Who opened it; empty if the account is gone.
    pub author: String,
    /// When it was opened.
    pub created_at: Timestamp,
}
