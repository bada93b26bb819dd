//! What is told of what was in quarantine, and of who sent what came in.

use crate::sources::stripe;
use crate::support::{World, not_found};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use hookreel_contract::source::{QuarantineSelection, SourceVerdicts, VerdictCounts};
use hookreel_contract::views::{EndpointState, InboundView, QuarantineStep, QuarantineStepKind};
use hookreel_kernel::{Clock, MessageId, SystemClock};
use hookreel_services::messages::{ReceiveRefusal, ReceivedRequest};
use sha2::Sha256;

/// An event of Stripe's, signed with this secret.
fn signed(secret: &str, event_id: &str) -> ReceivedRequest {
    let body = format!(r#"{{"id": "{event_id}", "type": "invoice.paid"}}"#);
    let now = SystemClock.now().unix_timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{now}.{body}").as_bytes());
    let signature = format!("t={now},v1={}", hex::encode(mac.finalize().into_bytes()));
    ReceivedRequest {
        path_and_query: "/in/x".into(),
        larger_than: None,
        is_truncated: false,
        sender: None,
        method: "POST".into(),
        headers: vec![
            ("content-type".into(), b"application/json".to_vec()),
            ("stripe-signature".into(), signature.into_bytes()),
        ],
        body: Bytes::from(body),
    }
}

fn one(id: MessageId) -> QuarantineSelection {
    QuarantineSelection { ids: Some(vec![id]), ..QuarantineSelection::default() }
}

#[tokio::test]
async fn a_message_tells_why_it_was_refused_and_who_verified_it_again_and_released_it() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let s = &world.services;
    let view = s.sources.create(&caller, stripe(Some("whsec_wrong"))).await.unwrap();
    let source = s.sources.find_by_token(view.url.rsplit('/').next().unwrap()).await.unwrap().unwrap();
    let refused = s.messages.receive(&source, signed("whsec_right", "evt_1")).await.unwrap_err();
    let ReceiveRefusal::Refused { reason, message_id: Some(id), .. } = refused else { panic!("{refused:?}") };
    s.messages.reverify(&caller, one(id)).await.unwrap();
    s.sources.set_secret(&caller, view.id, "whsec_right").await.unwrap();
    s.messages.reverify(&caller, one(id)).await.unwrap();
    assert_eq!(s.messages.release(&caller, one(id), false).await.unwrap().done, 1);

    let detail = s.messages.get(&caller, id).await.unwrap();
    assert_eq!((detail.row.verdict.as_deref(), detail.row.refusal), (Some("verified"), None));
    let InboundView { verdict, refusal, rule, quarantine, .. } = detail.inbound.unwrap();
    assert_eq!((verdict.as_str(), refusal, rule), ("failed", Some(reason), None), "it was refused when it came in");
    let by = caller.actor().to_string();
    assert!(quarantine.iter().all(|step| step.by == by), "{quarantine:?}");
    assert!(quarantine.is_sorted_by_key(|step| step.at), "{quarantine:?}");
    let kinds: Vec<QuarantineStepKind> = quarantine.into_iter().map(|QuarantineStep { what, .. }| what).collect();
    let [
        QuarantineStepKind::VerifiedAgain { verdict: still, refusal: Some(_), rule: None },
        QuarantineStepKind::VerifiedAgain { verdict: after_all, refusal: None, rule: Some(_) },
        QuarantineStepKind::Released { verdict: released, .. },
    ] = kinds.as_slice()
    else {
        panic!("{kinds:?}")
    };
    assert_eq!([still, after_all, released], ["failed", "verified", "verified"]);
    world.stop().await;
}

#[tokio::test]
async fn what_is_released_goes_by_what_endpoints_want_at_that_moment() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    let view = s.sources.create(&caller, stripe(Some("whsec_wrong"))).await.unwrap();
    let source = s.sources.find_by_token(view.url.rsplit('/').next().unwrap()).await.unwrap().unwrap();
    let refused = s.messages.receive(&source, signed("whsec_right", "evt_1")).await.unwrap_err();
    let ReceiveRefusal::Refused { message_id: Some(id), .. } = refused else { panic!("{refused:?}") };
    let off = world.endpoint(&caller, application, "/off").await.id;
    s.endpoints.disable(&caller, off, "not yet").await.unwrap();
    assert_eq!(s.messages.release(&caller, one(id), true).await.unwrap().done, 1);
    s.endpoints.enable(&caller, off).await.unwrap();

    let (page, _) = s.messages.passed_over(&caller, id, None, 10).await.unwrap();
    let then: Vec<_> = page.items.into_iter().map(|endpoint| endpoint.then.map(|then| then.state)).collect();
    assert_eq!(then, [Some(EndpointState::Disabled)]);
    world.stop().await;
}

#[tokio::test]
async fn a_source_counts_who_is_known_to_have_sent_and_not_what_was_let_in() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let (stranger, _) = world.tenant("bob@example.com").await;
    let s = &world.services;
    let view = s.sources.create(&caller, stripe(Some("whsec_right"))).await.unwrap();
    let token = view.url.rsplit('/').next().unwrap();
    assert_eq!(s.sources.verdicts(&caller, view.id).await.unwrap(), SourceVerdicts::default());
    let source = s.sources.find_by_token(token).await.unwrap().unwrap();
    s.messages.receive(&source, signed("whsec_right", "evt_1")).await.unwrap();
    s.messages.receive(&source, signed("whsec_wrong", "evt_2")).await.unwrap_err();
    // Genuine, whether or not it is let in.
    s.sources.pause(&caller, view.id).await.unwrap();
    let paused = s.sources.find_by_token(token).await.unwrap().unwrap();
    s.messages.receive(&paused, signed("whsec_right", "evt_3")).await.unwrap_err();

    let counted = VerdictCounts { verified: 2, failed: 1, ..VerdictCounts::default() };
    let verdicts = s.sources.verdicts(&caller, view.id).await.unwrap();
    assert_eq!(verdicts, SourceVerdicts { day: counted, week: counted });
    assert!(counted.all() == 3 && !counted.is_cut());
    not_found(s.sources.verdicts(&stranger, view.id).await);
    world.stop().await;
}
