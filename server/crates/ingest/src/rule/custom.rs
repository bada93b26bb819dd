//! The row that a source brings itself.

use super::input::{PREFIX_BYTES_MAX, RuleInput, RuleProblem, TEMPLATE_BYTES_MAX, given, header_name, is_header_name};
use crate::pointer::is_pointer;
use crate::provider::{Freedom, ProviderField};
use crate::scheme::{
    Algorithm, Digest, Encoding, EventPlaces, Format, KeyForm, Part, Place, Scheme, SignaturePlace, Time, TimePlace,
    TimeUnit, named,
};
use crate::signed::parse_template;

/// What is signed if nothing is said.
const BODY: &str = "{body}";

named! {
    /// How the header of a custom row carries signatures.
    pub(super) enum Shape {
        /// One after the prefix.
        Prefixed = "prefixed",
        /// `key=value` pairs.
        Fields = "fields",
        /// `tag,signature` entries.
        Tagged = "tagged",
        /// One each in numbered headers.
        Numbered = "numbered",
    }
}

/// A row in words that the source owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CustomScheme {
    freedom: Freedom,
    header: String,
    prefix: String,
    shape: Shape,
    signature_field: String,
    separator: char,
    encoding: Encoding,
    digest: Digest,
    key: KeyForm,
    time: Option<(ValuePlace, TimeUnit)>,
    signed: String,
    event_id: Option<ValuePlace>,
    event_type: Option<ValuePlace>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ValuePlace {
    Header(String),
    Pointer(String),
    Field(String),
}

impl CustomScheme {
    /// The row that an input describes. Problems are added; without a header there is no row.
    pub(super) fn read(
        freedom: Freedom,
        fields: &'static [ProviderField],
        input: &RuleInput,
        problems: &mut Vec<RuleProblem>,
    ) -> Option<Self> {
        let mut reader = Reader { fields, input, problems };
        let header = reader.header();
        let prefix = reader.affix("prefix", input.prefix.as_deref().unwrap_or_default());
        let encoding = reader.choice("encoding", Encoding::parse).unwrap_or(Encoding::Hex);
        let event_id = reader.place("event_id_header", "event_id_pointer", None);
        let event_type = reader.place("event_type_header", "event_type_pointer", None);
        let minimal = Self {
            freedom,
            header: header.unwrap_or_default(),
            prefix,
            shape: Shape::Prefixed,
            signature_field: String::new(),
            separator: ',',
            encoding,
            digest: Digest::Sha256,
            key: KeyForm::Verbatim,
            time: None,
            signed: BODY.to_owned(),
            event_id,
            event_type,
        };
        let custom = if freedom == Freedom::Whole { reader.rest(minimal) } else { minimal };
        (!custom.header.is_empty()).then_some(custom)
    }

    /// Fills in what makes this row.
    pub(super) fn write(&self, input: &mut RuleInput) {
        let spell = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        input.header = spell(&self.header);
        input.prefix = spell(&self.prefix);
        input.encoding = spell(self.encoding.name());
        (input.event_id_header, input.event_id_pointer, _) = spelled(self.event_id.as_ref());
        (input.event_type_header, input.event_type_pointer, _) = spelled(self.event_type.as_ref());
        if self.freedom == Freedom::Header {
            return;
        }
        input.format = spell(self.shape.name());
        input.signature_field = spell(&self.signature_field);
        input.separator = (self.shape == Shape::Fields).then(|| self.separator.to_string());
        input.digest = spell(self.digest.name());
        input.key_form = spell(self.key.name());
        input.signed = spell(&self.signed);
        if let Some((place, unit)) = &self.time {
            (input.timestamp_header, input.timestamp_pointer, input.timestamp_field) = spelled(Some(place));
            input.timestamp_unit = spell(unit.name());
        }
    }

    pub(super) const fn signs_time(&self) -> bool {
        self.time.is_some()
    }

    pub(super) fn with_scheme<T>(&self, call: impl FnOnce(Scheme<'_>) -> T) -> T {
        // The template was read when the rule was made.
        let signed = parse_template(&self.signed).unwrap_or_default();
        let signature = match self.shape {
            Shape::Numbered => SignaturePlace::NumberedHeaders(&self.header),
            Shape::Prefixed | Shape::Fields | Shape::Tagged => SignaturePlace::Header(&self.header),
        };
        let format = match self.shape {
            Shape::Prefixed | Shape::Numbered => Format::Prefixed(&self.prefix),
            Shape::Fields => Format::Fields { key: &self.signature_field, separator: self.separator },
            Shape::Tagged => Format::Tagged(&self.signature_field),
        };
        call(Scheme {
            signature,
            format,
            encoding: self.encoding,
            algorithm: Algorithm::Hmac(self.digest),
            key: self.key,
            time: self.time.as_ref().map(|(place, unit)| Time { place: place.time(), unit: *unit }),
            signed: &signed,
            event: EventPlaces {
                id: self.event_id.as_ref().and_then(ValuePlace::place),
                kind: self.event_type.as_ref().and_then(ValuePlace::place),
                ..EventPlaces::NONE
            },
            handshake_body: None,
        })
    }
}

impl ValuePlace {
    fn place(&self) -> Option<Place<'_>> {
        match self {
            Self::Header(name) => Some(Place::Header(name)),
            Self::Pointer(pointer) => Some(Place::Body(pointer)),
            Self::Field(_) => None,
        }
    }

    fn time(&self) -> TimePlace<'_> {
        match self {
            Self::Header(name) => TimePlace::Header(name),
            Self::Pointer(pointer) => TimePlace::Body(pointer),
            Self::Field(key) => TimePlace::Field(key),
        }
    }
}

/// As header, pointer and field.
fn spelled(place: Option<&ValuePlace>) -> (Option<String>, Option<String>, Option<String>) {
    match place {
        None => (None, None, None),
        Some(ValuePlace::Header(name)) => (Some(name.clone()), None, None),
        Some(ValuePlace::Pointer(pointer)) => (None, Some(pointer.clone()), None),
        Some(ValuePlace::Field(key)) => (None, None, Some(key.clone())),
    }
}

/// Reads an input field by field, and collects what is wrong.
struct Reader<'i> {
    /// What the provider's row leaves open, with the choices there are.
    fields: &'static [ProviderField],
    input: &'i RuleInput,
    problems: &'i mut Vec<RuleProblem>,
}

impl Reader<'_> {
    fn header(&mut self) -> Option<String> {
        match given(self.input.header.as_deref()) {
            None => {
                self.problems.push(RuleProblem::Required { field: "header" });
                None
            }
            Some(name) => header_name(name, "header", self.problems),
        }
    }

    fn affix(&mut self, field: &'static str, text: &str) -> String {
        if text.len() > PREFIX_BYTES_MAX || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            self.problems.push(RuleProblem::Affix { field });
        }
        text.to_owned()
    }

    fn choice<T>(&mut self, field: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = given(self.input.text(field))?;
        let own = self.fields.iter().find(|own| own.name == field);
        let choices = own.map(|own| own.choices).unwrap_or_default();
        let value = choices.iter().any(|choice| choice.value == text).then(|| parse(text)).flatten();
        if value.is_none() {
            self.problems.push(RuleProblem::Choice { field, choices });
        }
        value
    }

    /// A place that is said in one of three fields, named by the last one where it is wrong.
    fn place(
        &mut self,
        header_field: &'static str,
        pointer_field: &'static str,
        key_field: Option<&'static str>,
    ) -> Option<ValuePlace> {
        let header = given(self.input.text(header_field));
        let pointer = given(self.input.text(pointer_field));
        let key = key_field.and_then(|field| given(self.input.text(field)));
        match (header, pointer, key) {
            (None, None, None) => None,
            (Some(name), None, None) => header_name(name, header_field, self.problems).map(ValuePlace::Header),
            (None, Some(pointer), None) if is_pointer(pointer) => Some(ValuePlace::Pointer(pointer.to_owned())),
            (None, Some(_), None) => {
                self.problems.push(RuleProblem::Pointer { field: pointer_field });
                None
            }
            (None, None, Some(key)) => Some(ValuePlace::Field(self.affix(key_field.unwrap_or_default(), key))),
            _ => {
                self.problems.push(RuleProblem::TwoPlaces { field: pointer_field });
                None
            }
        }
    }

    /// Reads what only a whole row has.
    fn rest(&mut self, minimal: CustomScheme) -> CustomScheme {
        let shape = self.choice("format", Shape::parse).unwrap_or(Shape::Prefixed);
        let separator = self.choice("separator", |text| text.chars().next());
        // A form always has one chosen; it means something only where there are fields.
        let separator = separator.filter(|_| shape == Shape::Fields).unwrap_or(',');
        let digest = self.choice("digest", Digest::parse).unwrap_or(Digest::Sha256);
        let key = self.choice("key_form", KeyForm::parse).unwrap_or(KeyForm::Verbatim);
        let unit = self.choice("timestamp_unit", TimeUnit::parse).unwrap_or(TimeUnit::Seconds);
        let signature_field = self.signature_field(shape);
        let time_field = (shape == Shape::Fields).then_some("timestamp_field");
        let time = self.place("timestamp_header", "timestamp_pointer", time_field).map(|place| (place, unit));
        if time_field.is_none() && given(self.input.timestamp_field.as_deref()).is_some() {
            self.problems.push(RuleProblem::NotConfigurable { field: "timestamp_field" });
        }
        let signed = given(self.input.signed.as_deref()).unwrap_or(BODY).to_owned();
        self.check_signed(&signed, time.as_ref());
        CustomScheme { shape, signature_field, separator, digest, key, time, signed, ..minimal }
    }

    fn signature_field(&mut self, shape: Shape) -> String {
        let text = given(self.input.signature_field.as_deref());
        match (shape, text) {
            (Shape::Fields | Shape::Tagged, Some(text)) => self.affix("signature_field", text),
            (Shape::Fields | Shape::Tagged, None) => {
                self.problems.push(RuleProblem::Required { field: "signature_field" });
                String::new()
            }
            (Shape::Prefixed | Shape::Numbered, None) => String::new(),
            (Shape::Prefixed | Shape::Numbered, Some(_)) => {
                self.problems.push(RuleProblem::NotConfigurable { field: "signature_field" });
                String::new()
            }
        }
    }

    fn check_signed(&mut self, template: &str, time: Option<&(ValuePlace, TimeUnit)>) {
        let parts = Some(template).filter(|text| text.len() <= TEMPLATE_BYTES_MAX).and_then(parse_template);
        let Some(parts) = parts.filter(|parts| parts.iter().all(is_usable)) else {
            self.problems.push(RuleProblem::Template);
            return;
        };
        let has = |wanted: fn(&Part<'_>) -> bool| parts.iter().any(wanted);
        let has_timestamp = has(|part| matches!(part, Part::Timestamp));
        let has_body = has(|part| matches!(part, Part::Body));
        let is_in_body = matches!(time, Some((ValuePlace::Pointer(_), _)));
        if !has(|part| !matches!(part, Part::Literal(_))) {
            self.problems.push(RuleProblem::Template);
        } else if has_timestamp && time.is_none() {
            self.problems.push(RuleProblem::TimeNotFound);
        } else if time.is_some() && !has_timestamp && !(is_in_body && has_body) {
            self.problems.push(RuleProblem::TimeNotSigned);
        }
    }
}

fn is_usable(part: &Part<'_>) -> bool {
    match part {
        Part::Header(name) => is_header_name(name),
        Part::Pointer(pointer) => is_pointer(pointer),
        Part::Literal(text) => text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')),
        Part::Timestamp | Part::Method | Part::Url | Part::UrlUnescaped | Part::Body => true,
    }
}
