//! For pages about one thing, made of parts that are read separately: the first part says when it is not there, and
//! the others then say nothing.

use crate::error::AppError;
use hookreel_contract::ApiError;

/// The id in the address; a garbled one names nothing that exists.
pub fn named<T>(id: Option<T>, what: &str) -> Result<T, AppError> {
    id.ok_or_else(|| AppError::from(ApiError::not_found(what)))
}

/// What was asked for, if it is there. Every other failure stays one.
pub fn found<T>(answer: Result<T, AppError>) -> Result<Option<T>, AppError> {
    match answer {
        Ok(thing) => Ok(Some(thing)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_passed_over() {
        assert_eq!(found(Ok(1)), Ok(Some(1)));
        assert_eq!(found(named(None::<u8>, "Endpoint")), Ok(None));
        let away = AppError::Api(ApiError::Unavailable);
        assert_eq!(found::<u8>(Err(away.clone())), Err(away));
    }
}
