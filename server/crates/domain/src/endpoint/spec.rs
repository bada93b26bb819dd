//! What endpoints do when they are told to.

use super::*;
use crate::aggregate::spec::given;
use crate::aggregate::{decode, encode};
use hookreel_kernel::ApplicationId;
use std::collections::BTreeMap;
use time::macros::datetime;

fn details(url: &str) -> EndpointDetails {
    EndpointDetails {
        application_id: ApplicationId::from_uuid(Uuid::from_u128(1)),
        uid: Some("billing".into()),
        url: url.into(),
        description: String::new(),
        filter_types: Some(vec!["invoice.paid".into()]),
        filter_channels: None,
        filter_sources: None,
        headers: BTreeMap::from([("x-team".into(), "billing".into())]),
        metadata: BTreeMap::new(),
        signature_scheme: SignatureScheme::Svix,
        forward_headers: false,
    }
}

const SECRET: Uuid = Uuid::from_u128(2);

fn created() -> EndpointEvent {
    EndpointEvent::Created { details: details("https://example.com/"), secret_id: SECRET }
}

fn disabled() -> EndpointEvent {
    EndpointEvent::Disabled { reason: "by hand".into() }
}

fn disable(cancelled: u64) -> EndpointCommand {
    EndpointCommand::Disable { reason: "by hand".into(), cancelled }
}

#[test]
fn an_endpoint_is_made_once() {
    let create =
        EndpointCommand::Create { details: details("https://example.com/"), secret_id: SECRET, disabled: None };
    given::<Endpoint>([]).when(create.clone()).then([created()]);
    given::<Endpoint>([created()]).when(create).then_rejected(EndpointRejection::AlreadyExists);
}

#[test]
fn an_endpoint_can_be_made_disabled() {
    let details = details("https://example.com/");
    given::<Endpoint>([])
        .when(EndpointCommand::Create { details, secret_id: SECRET, disabled: Some("by hand".into()) })
        .then([created(), disabled()]);
}

#[test]
fn a_change_that_changes_nothing_is_no_event() {
    given::<Endpoint>([created()]).when(EndpointCommand::Update(details("https://example.com/"))).then([]);
    given::<Endpoint>([created()])
        .when(EndpointCommand::Update(details("https://example.org/")))
        .then([EndpointEvent::Updated(details("https://example.org/"))]);
}

#[test]
fn an_endpoint_cannot_be_moved_to_another_application() {
    let mut moved = details("https://example.com/");
    moved.application_id = ApplicationId::from_uuid(Uuid::from_u128(99));
    given::<Endpoint>([created()])
        .when(EndpointCommand::Update(moved))
        .then_rejected(EndpointRejection::ApplicationStays);
}

#[test]
fn pausing_and_resuming_are_idempotent() {
    given::<Endpoint>([created()]).when(EndpointCommand::Pause).then([EndpointEvent::Paused {}]);
    given::<Endpoint>([created(), EndpointEvent::Paused {}]).when(EndpointCommand::Pause).then([]);
    given::<Endpoint>([created(), EndpointEvent::Paused {}])
        .when(EndpointCommand::Resume)
        .then([EndpointEvent::Resumed {}]);
    given::<Endpoint>([created()]).when(EndpointCommand::Resume).then([]);
}

#[test]
fn a_disabled_endpoint_has_to_be_enabled_before_it_can_be_paused() {
    for command in [EndpointCommand::Pause, EndpointCommand::Resume] {
        given::<Endpoint>([created(), disabled()]).when(command).then_rejected(EndpointRejection::Disabled);
    }
    given::<Endpoint>([created(), disabled()]).when(EndpointCommand::Enable).then([EndpointEvent::Enabled {}]);
    given::<Endpoint>([created()]).when(EndpointCommand::Enable).then([]);
}

#[test]
fn a_paused_endpoint_is_resumed_not_enabled() {
    given::<Endpoint>([created(), EndpointEvent::Paused {}])
        .when(EndpointCommand::Enable)
        .then_rejected(EndpointRejection::Paused);
}

#[test]
fn disabling_says_how_many_deliveries_were_given_up() {
    given::<Endpoint>([created()]).when(disable(0)).then([disabled()]);
    given::<Endpoint>([created(), EndpointEvent::Paused {}])
        .when(disable(3))
        .then([disabled(), EndpointEvent::DeliveriesCancelled { count: 3 }]);
    given::<Endpoint>([created(), disabled()]).when(disable(0)).then([]);
}

#[test]
fn enabling_forgets_why_it_was_disabled() {
    let endpoint = given::<Endpoint>([created(), disabled(), EndpointEvent::Enabled {}]).0;
    assert_eq!((endpoint.activity, endpoint.disabled_reason), (EndpointActivity::Enabled, None));
}

#[test]
fn deleting_says_how_many_deliveries_were_given_up() {
    given::<Endpoint>([created()])
        .when(EndpointCommand::Delete { cancelled: 2 })
        .then([EndpointEvent::Deleted {}, EndpointEvent::DeliveriesCancelled { count: 2 }]);
}

#[test]
fn a_deleted_endpoint_is_not_there() {
    let commands = [
        EndpointCommand::Update(details("https://example.com/")),
        EndpointCommand::Pause,
        EndpointCommand::Resume,
        EndpointCommand::Enable,
        disable(0),
        EndpointCommand::RotateSecret { secret_id: SECRET },
        EndpointCommand::Delete { cancelled: 0 },
    ];
    for command in commands {
        given::<Endpoint>([created(), EndpointEvent::Deleted {}])
            .when(command)
            .then_rejected(EndpointRejection::NotFound);
    }
}

#[test]
fn rotating_names_the_new_secret() {
    given::<Endpoint>([created()])
        .when(EndpointCommand::RotateSecret { secret_id: SECRET })
        .then([EndpointEvent::SecretRotated { secret_id: SECRET }]);
}

#[test]
fn what_the_breaker_does_is_kept_but_changes_nothing() {
    let opened = EndpointEvent::BreakerOpened { consecutive_failures: 20, until: datetime!(2026-11-23 09:30 UTC) };
    let payload = encode::<Endpoint>(&opened).unwrap();
    assert_eq!(payload, r#"{"consecutive_failures":20,"until":"2026-11-23T09:30:00Z"}"#);
    let read = decode::<Endpoint>("endpoint.breaker_opened", 1, serde_json::from_str(&payload).unwrap());
    assert_eq!(read.unwrap(), opened);

    let before = given::<Endpoint>([created()]).0;
    assert_eq!(given::<Endpoint>([created(), opened, EndpointEvent::BreakerClosed {}]).0, before);
}

#[test]
fn an_event_of_another_version_is_an_error_not_a_guess() {
    assert!(decode::<Endpoint>("endpoint.teleported", 1, serde_json::json!({})).is_err());
}
