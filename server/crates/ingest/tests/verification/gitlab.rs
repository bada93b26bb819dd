use crate::support::{Received, headers, provider, rule};

fn received(pairs: &[(&str, &str)]) -> Received {
    Received {
        rule: rule(provider("gitlab")),
        secrets: vec!["a secret".to_owned()],
        headers: headers(pairs),
        body: br#"{"object_kind":"push"}"#.to_vec(),
        now: 1_763_892_600,
    }
}

#[test]
fn what_all_events_of_one_request_share_is_no_id_of_one() {
    let older = [("X-Gitlab-Token", "a secret"), ("X-Gitlab-Event", "Push Hook"), ("X-Gitlab-Event-UUID", "13792a34")];
    let verified = received(&older).verify().unwrap();
    assert_eq!((verified.event_id, verified.event_type.as_deref()), (None, Some("Push Hook")));
    let verified = received(&older).with_header("Idempotency-Key", "f5e5f430").verify().unwrap();
    assert_eq!(verified.event_id.as_deref(), Some("f5e5f430"));
}
