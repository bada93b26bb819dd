//! Which passwords are accepted.

/// The fewest characters.
pub(crate) const CHARS_MIN: usize = 10;
/// The most bytes: long enough for any phrase, short enough that hashing it costs nothing extra.
pub(crate) const BYTES_MAX: usize = 1024;

/// Lower-case passwords of at least [`CHARS_MIN`] characters that people use most, one a line.
static COMMON: &str = include_str!("common.txt");

/// Why a password was refused. The sentence follows the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too short.
    #[error("must have at least {CHARS_MIN} characters")]
    TooShort,
    /// Too long.
    #[error("must have at most {BYTES_MAX} bytes")]
    TooLong,
    /// On the list that attackers try first.
    #[error("is one of the most common passwords; choose another one")]
    Common,
    /// The same character, or a run of neighbours, again and again.
    #[error("is too easy to guess; choose another one")]
    Trivial,
    /// The e-mail address or the tenant's name.
    #[error("must not be the e-mail address or the name")]
    Personal,
}

/// Checks a new password. `personal` is what an attacker would try first for this person: e-mail, name.
///
/// # Errors
/// The first rule it breaks.
pub fn check_password(password: &str, personal: &[&str]) -> Result<(), PasswordFault> {
    if password.len() > BYTES_MAX {
        return Err(PasswordFault::TooLong);
    }
    if password.chars().count() < CHARS_MIN {
        return Err(PasswordFault::TooShort);
    }
    let lower = password.to_lowercase();
    if COMMON.lines().any(|common| common == lower) {
        return Err(PasswordFault::Common);
    }
    if is_trivial(&lower) {
        return Err(PasswordFault::Trivial);
    }
    let is_personal = |text: &str| {
        let text = text.trim().to_lowercase();
        !text.is_empty() && (text == lower || text.split('@').next().is_some_and(|local| local == lower))
    };
    if personal.iter().any(|text| is_personal(text)) {
        return Err(PasswordFault::Personal);
    }
    Ok(())
}

/// A short block repeated (`abcabcabcabc`), or every character one more or one less than the last.
fn is_trivial(text: &str) -> bool {
    let chars: Vec<u32> = text.chars().map(u32::from).collect();
    let repeats = (1..=3).any(|block| chars.iter().zip(chars.iter().skip(block)).all(|(a, b)| a == b));
    let runs = |step: i64| chars.windows(2).all(|pair| i64::from(pair[1]) - i64::from(pair[0]) == step);
    repeats || runs(1) || runs(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_checked_in_characters_below_and_in_bytes_above() {
        assert_eq!(check_password("äöüäöüß12", &[]), Err(PasswordFault::TooShort));
        assert_eq!(check_password("äöü8öüß12x", &[]), Ok(()));
        assert_eq!(check_password(&"xy1!".repeat(257), &[]), Err(PasswordFault::TooLong));
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        assert_eq!(check_password("Password123", &[]), Err(PasswordFault::Common));
    }

    #[test]
    fn repeated_and_running_characters_are_refused() {
        for password in ["aaaaaaaaaaaa", "abababababab", "xyzxyzxyzxyz", "abcdefghijkl", "zyxwvutsrqpo"] {
            assert_eq!(check_password(password, &[]), Err(PasswordFault::Trivial), "{password}");
        }
    }

    #[test]
    fn the_persons_own_names_are_refused() {
        let personal = ["ada.lovelace@example.com", "Analytical Engines"];
        for password in ["Ada.Lovelace@example.com", "ada.lovelace", "analytical engines"] {
            assert_eq!(check_password(password, &personal), Err(PasswordFault::Personal), "{password}");
        }
        assert_eq!(check_password("ada likes engines", &personal), Ok(()));
    }

    #[test]
    fn the_list_holds_only_what_could_pass_the_other_rules() {
        for common in COMMON.lines() {
            assert!(common.chars().count() >= CHARS_MIN && common == common.to_lowercase(), "{common}");
        }
    }
}
