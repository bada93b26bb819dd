//! Time is the main axis of every list of traffic: the range in the address, and the strip to choose one on.

pub mod bars;
pub mod drag;
pub mod server;
pub mod strip;

pub use strip::TimeStrip;

use crate::error::{AppError, filled};
use crate::time_text;
use hookreel_kernel::Timestamp;

/// How far back the strip can reach, in hours, and what people call it. The first is what is shown unasked.
pub const WINDOWS_H: [(u32, &str); 3] = [(24, "24 hours"), (7 * 24, "7 days"), (30 * 24, "30 days")];

/// The length of the strip that the address asks for, in hours; anything but one of [`WINDOWS_H`] is the first.
pub fn window_hours(text: Option<&str>) -> u32 {
    let asked = text.and_then(|text| text.parse::<u32>().ok());
    WINDOWS_H.iter().map(|(hours, _)| *hours).find(|hours| Some(*hours) == asked).unwrap_or(WINDOWS_H[0].0)
}

/// Reads one end of a range. Nothing is no limit; nonsense is an error of the field of that name.
pub fn time_field(name: &str, text: Option<String>) -> Result<Option<Timestamp>, AppError> {
    let Some(text) = filled(text) else { return Ok(None) };
    match time_text::parse_input(&text) {
        Some(at) => Ok(Some(at)),
        None => Err(AppError::field(name, "must be a time such as 2026-11-23T14:30 (UTC)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_window_is_the_first_one() {
        assert_eq!(window_hours(Some("168")), 168);
        assert_eq!(window_hours(Some("5")), 24);
        assert_eq!(window_hours(None), 24);
    }

    #[test]
    fn the_end_of_a_range_is_optional_but_not_arbitrary() {
        assert_eq!(time_field("since", Some(" ".to_owned())), Ok(None));
        assert!(matches!(time_field("since", Some("2026-11-23T14:30".to_owned())), Ok(Some(_))));
        let Err(error) = time_field("since", Some("soon".to_owned())) else { panic!("`soon` is not a time") };
        assert!(error.field_message("since").is_some());
    }
}
