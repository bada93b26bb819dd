//! Charts over time, drawn on the server. Each has a table beside it for people who do not see it.

mod axis;
pub mod deliveries;
pub mod latency;
pub mod sparkline;
pub mod usage;

pub use deliveries::DeliveryChart;
pub use latency::LatencyChart;
pub use sparkline::Sparkline;
pub use usage::{UsageChart, UsageSumChart};
