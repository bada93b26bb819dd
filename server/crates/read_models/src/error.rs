//! Why something cannot be read.

/// Why a read model cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The filter makes no sense.
    #[error("{field} {message}")]
    Filter {
        /// The filter's field.
        field: &'static str,
        /// A phrase that follows its name.
        message: String,
    },
    /// The database refused, is away, or holds something this version cannot read.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl ReadError {
    pub(crate) fn filter(field: &'static str, message: impl Into<String>) -> Self {
        Self::Filter { field, message: message.into() }
    }

    /// A stored value that this version does not know.
    pub(crate) fn unreadable(what: &str, value: &str) -> Self {
        Self::Database(sqlx::Error::Decode(format!("unknown {what}: {value}").into()))
    }
}
