//! Form encoding with bracketed nesting, as Stripe and others of its age read it: `metadata[plan]=pro`,
//! `line_items[0][price]=price_1`. Source: <https://docs.stripe.com/api>.

use bytes::Bytes;
use form_urlencoded::Serializer;

/// Fields in the order in which they are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<Field>,
}

/// A name in its parts, `line_items`, `0`, `price`, and the value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: Vec<String>,
    value: String,
}

impl Form {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `name=value`. A name is one part: brackets in it are not nesting, and are left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push(Field { name: vec![part(name)], value: value.into() });
        self
    }

    /// Adds `name=value` if there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds the fields of another form below `name`: `name[field]=value`.
    #[must_use]
    pub fn with_nested(mut self, name: &str, nested: Self) -> Self {
        let name = part(name);
        self.fields.extend(nested.fields.into_iter().map(|mut field| {
            field.name.insert(0, name.clone());
            field
        }));
        self
    }

    /// Adds a list of forms: `name[0][field]=value`.
    #[must_use]
    pub fn with_list(self, name: &str, items: impl IntoIterator<Item = Self>) -> Self {
        let list = items.into_iter().enumerate().fold(Self::new(), |list, (index, item)| {
            // A number has no brackets, so that it stays what it is.
            list.with_nested(&index.to_string(), item)
        });
        self.with_nested(name, list)
    }

    /// The body of type `application/x-www-form-urlencoded`. Brackets are encoded too, which means the same.
    pub fn encode(&self) -> Bytes {
        let mut serializer = Serializer::new(String::new());
        for field in &self.fields {
            serializer.append_pair(&joined(&field.name), &field.value);
        }
        Bytes::from(serializer.finish())
    }
}

fn part(name: &str) -> String {
    name.replace(['[', ']'], "")
}

fn joined(name: &[String]) -> String {
    let (first, rest) = name.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    rest.iter().fold(first.to_owned(), |joined, part| joined + "[" + part + "]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(form: &Form) -> Vec<(String, String)> {
        form_urlencoded::parse(&form.encode()).into_owned().collect()
    }

    #[test]
    fn nesting_is_written_in_brackets() {
        let item = Form::new().with("price", "price_1").with("quantity", "1");
        let form = Form::new()
            .with("mode", "subscription")
            .with_list("line_items", [item.clone(), item])
            .with_nested("metadata", Form::new().with("plan", "pro & more"))
            .with_some("customer", None::<String>);
        assert_eq!(
            form.encode(),
            "mode=subscription&line_items%5B0%5D%5Bprice%5D=price_1&line_items%5B0%5D%5Bquantity%5D=1\
             &line_items%5B1%5D%5Bprice%5D=price_1&line_items%5B1%5D%5Bquantity%5D=1&metadata%5Bplan%5D=pro+%26+more"
        );
    }

    #[test]
    fn a_name_cannot_break_out_of_its_place() {
        let form = Form::new().with_nested("metadata", Form::new().with("a][b", "1")).with("x[y]", "2");
        assert_eq!(decoded(&form), [("metadata[ab]".to_owned(), "1".to_owned()), ("xy".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn without_fields_there_is_nothing_to_send() {
        assert_eq!(Form::new().with_list("items", []).encode(), "");
    }

    proptest! {
        #[test]
        fn every_field_arrives_in_order_whatever_it_holds(
            fields in prop::collection::vec(("[^\\[\\]]{0,8}", ".{0,20}"), 0..8), below in "[a-z]{1,8}",
        ) {
            let form = fields.iter().fold(Form::new(), |form, (name, value)| form.with(name, value));
            prop_assert_eq!(decoded(&form), fields.clone());
            let nested: Vec<_> = fields.iter().map(|(n, v)| (format!("{below}[{n}]"), v.clone())).collect();
            prop_assert_eq!(decoded(&Form::new().with_nested(&below, form)), nested);
        }
    }
}
