//! Repositories and their pull requests. Sources: <https://docs.github.com/en/rest/repos/repos>,
//! <https://docs.github.com/en/rest/pulls/pulls>.

use super::{GitHubAccess, per_page};
use crate::error::IntegrationError;
use crate::paging::{Listed, pages};
use crate::request::ApiRequest;
use hookreel_kernel::Timestamp;
use serde::Deserialize;
use std::fmt;

/// `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryName {
    owner: String,
    name: String,
}

impl RepositoryName {
    /// The longest login of an account, and the longest name of a repository.
    const OWNER_BYTES_MAX: usize = 39;
    const NAME_BYTES_MAX: usize = 100;

    /// Reads `owner/name`. Both may hold ASCII letters, digits, `-`, `_`, and the name `.` too. Underscores in an
    /// owner are those of accounts that an enterprise manages.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_owner = (1..=Self::OWNER_BYTES_MAX).contains(&owner.len()) && owner.bytes().all(is_word);
        let is_name = (1..=Self::NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|byte| is_word(byte) || byte == b'.')
            && !matches!(name, "." | "..");
        (is_owner && is_name).then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// The account it belongs to.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Its name there.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The segments of a path below the repository.
    pub(super) fn path<'s>(&'s self, below: impl IntoIterator<Item = &'s str>) -> Vec<String> {
        ["repos", &self.owner, &self.name].into_iter().chain(below).map(str::to_owned).collect()
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Stays the same when the repository is renamed.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
    /// Whether the public does not see it.
    pub private: bool,
    /// Its page.
    pub html_url: String,
    /// What its owner says about it.
    #[serde(default)]
    pub description: Option<String>,
    /// The branch that pull requests go to by default.
    #[serde(default)]
    pub default_branch: Option<String>,
    /// Whether it is read-only.
    #[serde(default)]
    pub archived: bool,
    /// What the token's owner may do there. Managing webhooks takes `admin`.
    #[serde(default)]
    pub permissions: Option<RepositoryPermissions>,
}

/// What somebody may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct RepositoryPermissions {
    /// Everything.
    pub admin: bool,
    /// Write.
    pub push: bool,
    /// Read.
    pub pull: bool,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Whether it is open.
    pub state: PullRequestState,
    /// Whether it is a draft.
    #[serde(default)]
    pub draft: bool,
    /// Its page.
    pub html_url: String,
    /// Who opened it; nobody, if the account is gone.
    pub user: Option<Account>,
    /// When it was opened.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: Timestamp,
    /// When anything about it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: Timestamp,
    /// When it was merged.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub merged_at: Option<Timestamp>,
}

/// Whether a pull request is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullRequestState {
    /// It is.
    Open,
    /// It was merged or given up.
    Closed,
}

/// Which pull requests to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PullRequestStates {
    /// Open ones.
    #[default]
    Open,
    /// Closed ones.
    Closed,
    /// Both.
    All,
}

impl PullRequestStates {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }
}

/// A person, an organization or a program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The name it signs in with.
    pub login: String,
}

impl GitHubAccess {
    /// A repository. Status 404 if there is none or the token may not see it, 301 if it was renamed.
    pub async fn get_repository(&self, repository: &RepositoryName) -> Result<Repository, IntegrationError> {
        let request = self.addressed(ApiRequest::get(repository.path([])));
        Ok(self.client().call(request).await?.value)
    }

    /// The repositories that the token's owner has access to, by name; the first `items_max`.
    pub async fn list_repositories(&self, items_max: usize) -> Result<Listed<Repository>, IntegrationError> {
        let request =
            ApiRequest::get(["user", "repos"]).query("sort", "full_name").query("per_page", per_page(items_max));
        pages(self.client(), self.addressed(request), items_max).await
    }

    /// Pull requests, newest first; the first `items_max`.
    pub async fn list_pull_requests(
        &self,
        repository: &RepositoryName,
        states: PullRequestStates,
        items_max: usize,
    ) -> Result<Listed<PullRequest>, IntegrationError> {
        let request = ApiRequest::get(repository.path(["pulls"]))
            .query("state", states.as_str())
            .query("per_page", per_page(items_max));
        pages(self.client(), self.addressed(request), items_max).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_an_owner_and_a_repository() {
        let name = RepositoryName::parse("octo-org/Hello.World_1").unwrap();
        assert_eq!((name.owner(), name.name()), ("octo-org", "Hello.World_1"));
        assert_eq!(name.to_string(), "octo-org/Hello.World_1");
        for text in ["", "/", "a", "a/", "/b", "a/b/c", "a/..", "a/.", "../b", "a b/c", "a/b?c", "a/ü", "a/b#", "a.b/c"]
        {
            assert_eq!(RepositoryName::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_a_name_is_written_as_it_was_read(text in "[A-Za-z0-9._/ -]{0,20}") {
            if let Some(name) = RepositoryName::parse(&text) {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
