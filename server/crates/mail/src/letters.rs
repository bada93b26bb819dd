//! The words of every mail, by what they are about. Each says what happened, then what to do.

pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod traffic;

/// The most characters of a name that people gave to something.
const NAME_CHARS_MAX: usize = 120;
/// The most characters of a URL that is shown and not followed.
const URL_CHARS_MAX: usize = 300;
/// The most characters of a reason or a failure.
const REASON_CHARS_MAX: usize = 400;

const TO_MEMBERS: &str = "you are a member of this tenant";
