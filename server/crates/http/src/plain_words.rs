//! What serde has to say about a value, in words that need no knowledge of Rust.

/// A phrase that follows the field's name.
pub(crate) fn in_plain_words(sentence: &str) -> String {
    if let Some((found, expected)) = split(sentence, "invalid type: ") {
        return format!("must be {}, not {}", kind_expected(expected), kind_found(found));
    }
    if let Some((_, expected)) = split(sentence, "invalid value: ").or_else(|| split(sentence, "invalid length ")) {
        return format!("must be {}", kind_expected(expected));
    }
    if let Some((_, choices)) = split(sentence, "unknown variant ") {
        return format!("must be {choices}");
    }
    if let Some(prefix) = sentence.strip_prefix("expected an id that starts with ") {
        return format!("must be an id that starts with {prefix}");
    }
    sentence.to_owned()
}

fn split<'s>(sentence: &'s str, beginning: &str) -> Option<(&'s str, &'s str)> {
    sentence.strip_prefix(beginning)?.rsplit_once(", expected ")
}

fn kind_expected(expected: &str) -> &str {
    match expected {
        "a string" | "a borrowed string" | "a character" => "text",
        "a boolean" => "`true` or `false`",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

fn kind_found(found: &str) -> &str {
    match found.split([' ', '`']).next().unwrap_or_default() {
        "integer" | "floating" | "number" => "a number",
        "string" => "text",
        "boolean" => "`true` or `false`",
        "null" | "unit" => "null",
        "sequence" => "a list",
        "map" => "an object",
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::in_plain_words;

    #[test]
    fn a_wrong_type_is_told_without_naming_types_of_rust() {
        for (sentence, words) in [
            ("invalid type: integer `5`, expected a string", "must be text, not a number"),
            ("invalid type: string \"yes, expected\", expected a boolean", "must be `true` or `false`, not text"),
            ("invalid type: sequence, expected an object", "must be an object, not a list"),
            ("invalid type: null, expected struct SettingsBody", "must be an object, not null"),
            ("invalid value: integer `-1`, expected u16", "must be a whole number from 0 to 65535"),
            ("must be a time such as 2026-11-23T09:30:00Z", "must be a time such as 2026-11-23T09:30:00Z"),
        ] {
            assert_eq!(in_plain_words(sentence), words);
        }
    }
}
