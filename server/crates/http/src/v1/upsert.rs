//! `PUT` on a uid that nothing has yet.

use crate::problem::Problem;

/// The uid that the new thing gets: the one in the path, which the body may repeat.
pub(crate) fn uid(in_path: &str, in_body: Option<String>) -> Result<Option<String>, Problem> {
    match in_body {
        Some(uid) if uid != in_path => Err(Problem::field("uid", "must be the uid in the path")),
        _ => Ok(Some(in_path.to_owned())),
    }
}
