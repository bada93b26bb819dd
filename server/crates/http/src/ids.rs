//! Ids and uids in paths.

use crate::problem::Problem;
use crate::state::HttpState;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The variable parts of a path: ids or uids, as text.
#[derive(Debug)]
pub(crate) struct Ids<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<HttpState> for Ids<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        // No id contains U+0000 and PostgreSQL cannot even compare with it: such a thing does not exist.
        if parts.uri.path().contains("%00") {
            return Err(Problem::no_such_path());
        }
        let Path(ids) = Path::<T>::from_request_parts(parts, state).await.map_err(|_| Problem::no_such_path())?;
        Ok(Self(ids))
    }
}
