//! Taking our secrets out of what others write.

use std::fmt::Write;

/// What stands where a secret was.
const REDACTED: &str = "[redacted]";

/// Knows the secrets of one call, in the forms in which they may come back.
pub(crate) struct Redactor<'s> {
    secrets: &'s [&'s str],
}

impl<'s> Redactor<'s> {
    pub(crate) const fn new(secrets: &'s [&'s str]) -> Self {
        Self { secrets }
    }

    /// The beginning of a text, at most `bytes_max` octets of it, without the secrets.
    pub(crate) fn beginning(&self, text: &[u8], bytes_max: usize) -> String {
        let mut text = String::from_utf8_lossy(text).into_owned();
        // Before the text is cut, so that no secret is cut in two.
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            for form in [(*secret).to_owned(), in_json(secret), in_a_form(secret)] {
                if text.contains(&form) {
                    text = text.replace(&form, REDACTED);
                }
            }
        }
        text.truncate(text.floor_char_boundary(bytes_max));
        text
    }
}

fn in_json(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn in_a_form(secret: &str) -> String {
    form_urlencoded::byte_serialize(secret.as_bytes()).fold(String::new(), |mut text, part| {
        // Writing to a string cannot fail.
        let _ = text.write_str(part);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_is_taken_out_in_all_its_forms() {
        let secret = "a b\\c&d";
        let body = r#"{"plain":"a b\c&d","json":"a b\\c&d","form":"a+b%5Cc%26d"}"#;
        let redacted = Redactor::new(&[secret]).beginning(body.as_bytes(), 4096);
        assert_eq!(redacted, r#"{"plain":"[redacted]","json":"[redacted]","form":"[redacted]"}"#);
    }

    #[test]
    fn a_secret_across_the_cut_is_taken_out_whole() {
        let body = format!("{}ghp_secret", "x".repeat(10));
        assert_eq!(Redactor::new(&["ghp_secret"]).beginning(body.as_bytes(), 15), "xxxxxxxxxx[reda");
    }

    proptest! {
        #[test]
        fn what_is_left_is_short_and_holds_no_secret(
            before in "[a-z ]{0,40}", secret in "[A-Z0-9_/+\"\\\\]{8,40}", after in ".{0,40}", bytes_max in 0_usize..100,
        ) {
            let body = format!("{before}{secret}{after}{secret}");
            let left = Redactor::new(&[&secret]).beginning(body.as_bytes(), bytes_max);
            prop_assert!(left.len() <= bytes_max);
            prop_assert!(!left.contains(&secret));
        }

        #[test]
        fn without_secrets_the_beginning_is_kept_as_it_is(body in ".{0,80}", bytes_max in 0_usize..100) {
            let left = Redactor::new(&[]).beginning(body.as_bytes(), bytes_max);
            prop_assert!(body.starts_with(&left));
            prop_assert!(left.len() + 4 > bytes_max.min(body.len()));
        }
    }
}
