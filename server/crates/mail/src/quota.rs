//! What a plan includes a number of.

use serde::{Deserialize, Serialize};

/// Something that a plan counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quota {
    /// Messages accepted.
    Messages,
    /// Endpoints that exist.
    Endpoints,
    /// Members of the tenant.
    Members,
}

impl Quota {
    /// What there is a number of, and what becomes of them, within a sentence.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Messages => ("messages", "used"),
            Self::Endpoints => ("endpoints", "in use"),
            Self::Members => ("places for members", "taken"),
        }
    }
}

/// How much of a quota is used. Stored as 80 or 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum QuotaLevel {
    /// 80 %: time to think about it.
    Near,
    /// 100 %.
    Full,
}

/// Neither 80 nor 100.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0} is neither 80 nor 100")]
pub struct UnknownQuotaLevel(u8);

impl TryFrom<u8> for QuotaLevel {
    type Error = UnknownQuotaLevel;
    fn try_from(percent: u8) -> Result<Self, UnknownQuotaLevel> {
        match percent {
            80 => Ok(Self::Near),
            100 => Ok(Self::Full),
            other => Err(UnknownQuotaLevel(other)),
        }
    }
}

impl From<QuotaLevel> for u8 {
    fn from(level: QuotaLevel) -> Self {
        match level {
            QuotaLevel::Near => 80,
            QuotaLevel::Full => 100,
        }
    }
}
