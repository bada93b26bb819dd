//! How a provider signs, in words: for somebody who wants to know before the first request has come.

use crate::handshake::HandshakeKind;
use crate::provider::{Method, Provider};
use crate::rows::describe;
use crate::rule::SourceRule;
use crate::scheme::{EventPlaces, Part, Place, Scheme, SignaturePlace, TimePlace};
use crate::token::TokenPlace;
use crate::verify::Verdict;

impl Provider {
    /// The most that can be known about the origin of a request of this provider.
    pub fn best_verdict(self) -> Verdict {
        match self.method() {
            Method::Rows(schemes) if !schemes.iter().any(crate::scheme::Scheme::covers_body) => Verdict::Authenticated,
            Method::Rows(_) | Method::Configured(_) => Verdict::Verified,
            Method::Token(_) => Verdict::Authenticated,
            Method::Bespoke(bespoke) => bespoke.best_verdict,
            Method::Unverifiable => Verdict::Unattempted,
        }
    }

    /// The ways of signing, in a few words each; the first is the usual one. Empty where the source itself says it.
    pub fn ways_of_signing(self) -> Vec<String> {
        match self.method() {
            Method::Rows(schemes) => schemes.iter().map(describe).collect(),
            Method::Token(scheme) => vec![match scheme.place {
                TokenPlace::Header(name) => format!("token in {name}"),
                TokenPlace::NamedHeader(name) => format!("token in {name}, or in the header that the source names"),
                TokenPlace::Basic => "user and password in Authorization".to_owned(),
                TokenPlace::EachItem { token, .. } => format!("token at {token} of every item"),
            }],
            Method::Bespoke(bespoke) => vec![bespoke.title.to_owned()],
            Method::Configured(_) => Vec::new(),
            Method::Unverifiable => vec!["with keys that cannot be had, so it cannot be verified".to_owned()],
        }
    }

    /// Where a request has the provider's id of its event; `None` if there is none, or the source says it.
    pub fn event_id_place(self) -> Option<String> {
        let event = self.event_places()?;
        place_or_item(event.id, event.items.and_then(|items| items.id))
    }

    /// Where a request has the type of its event, likewise.
    pub fn event_type_place(self) -> Option<String> {
        let event = self.event_places()?;
        place_or_item(event.kind, event.items.and_then(|items| items.kind))
    }

    fn event_places(self) -> Option<EventPlaces<'static>> {
        match self.method() {
            Method::Rows(schemes) => schemes.first().map(|scheme| scheme.event),
            Method::Token(scheme) => Some(scheme.event),
            Method::Bespoke(bespoke) => Some(bespoke.event),
            Method::Configured(_) | Method::Unverifiable => None,
        }
    }
}

impl SourceRule {
    /// The headers that a request is read by under this rule, each once: those of signature, time, event and
    /// handshake, and the one that says what the body is. Of numbered ones it is the first.
    pub fn headers(&self) -> Vec<String> {
        let mut names = Names::default();
        match self.provider().method() {
            Method::Rows(_) | Method::Configured(_) => self.with_schemes(|schemes| {
                for scheme in schemes {
                    names.add_scheme(scheme);
                }
            }),
            Method::Token(scheme) => {
                if let Some(name) = scheme.place.header(self) {
                    names.add(name);
                }
                names.add_event(&scheme.event);
            }
            Method::Bespoke(bespoke) => {
                for name in bespoke.headers.iter().chain(bespoke.unshown) {
                    names.add(name);
                }
                names.add_event(&bespoke.event);
            }
            Method::Unverifiable => {}
        }
        if let Some(name) = self.provider().handshake().and_then(HandshakeKind::header) {
            names.add(name);
        }
        names.add("Content-Type");
        names.0
    }
}

/// Names of headers, each once.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn add(&mut self, name: &str) {
        if !self.0.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            self.0.push(name.to_owned());
        }
    }

    fn add_scheme(&mut self, scheme: &Scheme<'_>) {
        match scheme.signature {
            SignaturePlace::Header(name) => self.add(name),
            SignaturePlace::NumberedHeaders(stem) => self.add(&format!("{stem}1")),
            SignaturePlace::Body(_) => {}
        }
        if let Some(TimePlace::Header(name)) = scheme.time.map(|time| time.place) {
            self.add(name);
        }
        for part in scheme.signed {
            if let Part::Header(name) = part {
                self.add(name);
            }
        }
        self.add_event(&scheme.event);
    }

    fn add_event(&mut self, event: &EventPlaces<'_>) {
        let of_items = event.items.map(|items| [items.id, items.kind]).unwrap_or_default();
        for place in [event.id, event.kind].into_iter().chain(of_items).flatten() {
            self.add_place(place);
        }
    }

    fn add_place(&mut self, place: Place<'_>) {
        match place {
            Place::Header(name) => self.add(name),
            Place::Joined(places, _) | Place::FirstOf(places) => {
                for place in places {
                    self.add_place(*place);
                }
            }
            Place::Body(_) | Place::Form(_) | Place::Fixed(_) | Place::KeyOtherThan(_) | Place::Found(_) => {}
        }
    }
}

fn place_or_item(place: Option<Place<'_>>, item: Option<Place<'_>>) -> Option<String> {
    let whole = place.map(text_of);
    whole.or_else(|| item.map(|place| format!("{}, of each event in the list", text_of(place))))
}

fn text_of(place: Place<'_>) -> String {
    let all =
        |places: &[Place<'_>], word: &str| places.iter().map(|place| text_of(*place)).collect::<Vec<_>>().join(word);
    match place {
        Place::Header(name) => format!("header {name}"),
        Place::Body(pointer) => format!("{pointer} in the body"),
        Place::Form(field) => format!("{field} in the form"),
        Place::Fixed(text) => format!("always {text}"),
        Place::KeyOtherThan(_) => "name of the field that the body has beside its usual ones".to_owned(),
        Place::Joined(parts, _) => all(parts, " with "),
        Place::FirstOf(places) => all(places, ", or else "),
        Place::Found(_) => "what the body says, put together".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str) -> Provider {
        Provider::parse(name).unwrap()
    }

    #[test]
    fn a_provider_that_does_not_sign_the_body_is_never_verified() {
        for name in ["mailgun", "monday", "gitlab"] {
            assert_eq!(provider(name).best_verdict(), Verdict::Authenticated, "{name}");
        }
        assert_eq!(provider("ebay").best_verdict(), Verdict::Unattempted);
        for name in ["stripe", "paypal", "custom"] {
            assert_eq!(provider(name).best_verdict(), Verdict::Verified, "{name}");
        }
    }

    #[test]
    fn every_provider_says_how_it_signs_unless_the_source_does() {
        for provider in Provider::all() {
            assert_eq!(provider.ways_of_signing().is_empty(), provider.is_configurable(), "{provider}");
            assert!(provider.ways_of_signing().iter().all(|way| !way.is_empty()), "{provider}");
        }
        assert_eq!(provider("github").ways_of_signing()[0], "HMAC-SHA256 of {body} in X-Hub-Signature-256");
    }

    #[test]
    fn where_id_and_type_of_an_event_stand_is_said() {
        assert_eq!(provider("stripe").event_id_place().as_deref(), Some("/id in the body"));
        assert_eq!(provider("github").event_id_place().as_deref(), Some("header X-GitHub-Delivery"));
        assert_eq!(provider("custom").event_id_place(), None);
    }

    #[test]
    fn every_header_that_a_request_is_read_by_is_named_once() {
        let headers = |rule: &str| serde_json::from_str::<SourceRule>(rule).unwrap().headers();
        let github = ["X-Hub-Signature-256", "X-GitHub-Delivery", "X-GitHub-Event", "Content-Type"];
        assert_eq!(headers(r#"{"provider":"github"}"#), github);
        assert_eq!(headers(r#"{"provider":"monday"}"#), ["Authorization", "Content-Type"]);
        assert_eq!(headers(r#"{"provider":"docusign"}"#), ["X-DocuSign-Signature-1", "Content-Type"]);
        let okta = ["X-Hook", "X-Okta-Verification-Challenge", "Content-Type"];
        assert_eq!(headers(r#"{"provider":"okta","header":"X-Hook"}"#), okta);
        let own = r#"{"provider":"custom","header":"X-Sig","timestamp_header":"X-Time","signed":"{header:x-id}{timestamp}","event_id_header":"X-Id"}"#;
        assert_eq!(headers(own), ["X-Sig", "X-Time", "x-id", "Content-Type"]);
    }
}
