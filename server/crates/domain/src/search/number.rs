//! Numbers of payloads, however they are written: `19.90`, `19.9` and `1.99e1` are one. They are taken as they are
//! written and never read, so that none is rounded.

/// So many noughts are written out; a number that needs more is written with an exponent.
const NOUGHTS_MAX: i64 = 32;

/// The one way to write a number of JSON. `None`: it is no number, or one whose exponent is beyond all measure.
pub(super) fn canonical(text: &str) -> Option<String> {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, after) = match mantissa.split_once('.') {
        Some((before, after)) if is_digits(after) => (before, after),
        Some(_) => return None,
        None => (mantissa, ""),
    };
    let begins_well = before == "0" || !before.starts_with('0');
    let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !is_digits(before) || !begins_well || !is_digits(power) {
        return None;
    }
    let all = format!("{before}{after}");
    let digits = all.trim_end_matches('0');
    let noughts = i64::try_from(all.len() - digits.len()).ok()?;
    let decimals = i64::try_from(after.len()).ok()?;
    let exponent = exponent.parse::<i64>().ok()?.checked_sub(decimals)?.checked_add(noughts)?;
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    Some(format!("{sign}{}", written(digits, exponent)))
}

/// Digits that neither begin nor end with a nought, times a power of ten.
fn written(digits: &str, exponent: i64) -> String {
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    // Where the point stands, counted from the first digit.
    let point = length.saturating_add(exponent);
    let noughts = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
    match exponent {
        0..=NOUGHTS_MAX => format!("{digits}{}", noughts(exponent)),
        ..0 if point > 0 => {
            let (before, after) = digits.split_at(usize::try_from(point).unwrap_or_default());
            format!("{before}.{after}")
        }
        ..0 if point >= -NOUGHTS_MAX => format!("0.{}{digits}", noughts(-point)),
        _ => format!("{digits}e{exponent}"),
    }
}

/// A number as the value of a path. Texts are kept in lower case: none can be mistaken for it, so that `1.10` is not a
/// version `1.1`.
pub(super) fn marked(canonical: &str) -> String {
    format!("N{canonical}")
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        for (text, expected) in [
            ("42.50", "42.5"),
            ("42", "42"),
            ("42.0", "42"),
            ("0.0500", "0.05"),
            ("1e3", "1000"),
            ("1.5E+3", "1500"),
            ("12.5e-1", "1.25"),
            ("-120", "-120"),
            ("-0.0", "0"),
            ("0e7", "0"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e400", "1e400"),
            ("10.0e-400", "1e-399"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_of_json_is_none() {
        let beyond = format!("1e{}", "9".repeat(30));
        for text in
            ["", "-", "true", "1.", ".5", "+5", "007", "1e", "1e+", "1e+-2", "1.2.3", "0x10", "1_000", "inf", &beyond]
        {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_way_to_write_a_number_is_the_same_one(
            digits in "[1-9][0-9]{0,30}", power in -60_i64..60, noughts in 0_usize..40, shift in 0_usize..40,
        ) {
            let one = canonical(&format!("{digits}e{power}"));
            prop_assert!(one.is_some());
            let noughts = "0".repeat(noughts);
            prop_assert_eq!(&canonical(&format!("{digits}.{noughts}0e{power}")), &one);
            prop_assert_eq!(&canonical(&format!("{digits}{}e{}", "0".repeat(shift), power - shift as i64)), &one);
            prop_assert_eq!(&canonical(&one.clone().unwrap()), &one);
        }

        #[test]
        fn numbers_that_differ_are_written_differently(one in any::<i64>(), other in any::<i64>(), power in -40_i64..40) {
            let written = |number: i64| canonical(&format!("{number}e{power}"));
            prop_assert_eq!(written(one) == written(other), one == other);
        }

        #[test]
        fn what_is_written_is_what_it_was(number in any::<f64>().prop_filter("a number", |number| number.is_finite())) {
            let written = canonical(&format!("{number:e}")).unwrap();
            prop_assert_eq!(written.parse::<f64>().unwrap().abs().to_bits(), number.abs().to_bits());
        }
    }
}
