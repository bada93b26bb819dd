//! Names: every answer is judged, and what was judged is what is dialled.

use crate::support::{Server, egress, egress_with_names, ip, ok, ok_and_close, policy, post, request};
use hookreel_egress::{Egress, EgressPolicy, LookupFailure, Resolution, ResolveName};
use hookreel_kernel::FailureReason;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test]
async fn a_name_that_leads_inside_is_never_dialled() {
    let inside = Server::start(ok("")).await;
    let (egress, _) = egress_with_names(EgressPolicy::default(), |_, _| Ok(vec![ip("127.0.0.1")]));
    let url = inside.named("innocent.example");
    assert_eq!(egress.check_url(&url), Ok(()));
    let failure = post(&egress, url).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::TargetForbidden);
    assert!(failure.detail.contains("127.0.0.1 is this machine"), "{}", failure.detail);
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn one_forbidden_answer_condemns_them_all() {
    let allowed = Server::start_at("127.0.0.2", ok("")).await;
    for answers in [["127.0.0.2", "10.0.0.1"], ["10.0.0.1", "127.0.0.2"], ["127.0.0.2", "::ffff:127.0.0.2"]] {
        let answers: Vec<_> = answers.into_iter().map(ip).collect();
        let (egress, _) = egress_with_names(policy(&["127.0.0.2/32"]), move |_, _| Ok(answers.clone()));
        let failure = post(&egress, allowed.named("mixed.example")).await.unwrap_err();
        assert_eq!(failure.reason, FailureReason::TargetForbidden);
    }
    assert_eq!(allowed.connections(), 0);
}

#[tokio::test]
async fn a_forbidden_answer_past_the_ones_that_are_dialled_condemns_too() {
    let allowed = Server::start_at("127.0.0.2", ok("")).await;
    let mut answers = vec![ip("127.0.0.2"); 40];
    answers.push(ip("127.0.0.1"));
    let (egress, _) = egress_with_names(policy(&["127.0.0.2/32"]), move |_, _| Ok(answers.clone()));
    let failure = post(&egress, allowed.named("long.example")).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::TargetForbidden);
    assert_eq!(allowed.connections(), 0);
}

/// The name flips at each question between an address that is allowed and one that is not, on the
/// same port. The client asks once per connection, so there is no second answer to fall for.
#[tokio::test]
async fn a_name_that_changes_its_mind_never_leads_inside() {
    const DELIVERIES: usize = 2_000;
    // The port that is free at the one address may be somebody else's at the other.
    let (allowed, forbidden) = loop {
        let allowed = Server::start_at("127.0.0.2", ok_and_close()).await;
        if let Ok(forbidden) = tokio::net::TcpListener::bind(("127.0.0.1", allowed.address.port())).await {
            break (allowed, forbidden);
        }
    };
    let (egress, asked) = egress_with_names(policy(&["127.0.0.2/32"]), |_, nth| {
        Ok(vec![if nth % 2 == 0 { ip("127.0.0.2") } else { ip("127.0.0.1") }])
    });
    let (mut delivered, mut refused) = (0, 0);
    for _ in 0..DELIVERIES {
        match post(&egress, allowed.named("rebinding.example")).await {
            Ok(_) => delivered += 1,
            Err(failure) => {
                assert_eq!(failure.reason, FailureReason::TargetForbidden, "{}", failure.detail);
                refused += 1;
            }
        }
    }
    assert_eq!((delivered, refused), (DELIVERIES / 2, DELIVERIES / 2));
    assert_eq!(asked.load(Ordering::SeqCst), DELIVERIES);
    assert_eq!(allowed.connections(), delivered);
    let visit = tokio::time::timeout(Duration::from_millis(50), forbidden.accept()).await;
    assert!(visit.is_err(), "somebody connected to the forbidden address");
}

#[tokio::test]
async fn a_connection_that_is_kept_needs_no_second_question() {
    let server = Server::start(ok("hello")).await;
    let (egress, asked) = egress_with_names(policy(&["127.0.0.0/8"]), |_, _| Ok(vec![ip("127.0.0.1")]));
    for _ in 0..50 {
        assert_eq!(post(&egress, server.named("kept.example")).await.unwrap().body, "hello");
    }
    assert_eq!((server.connections(), asked.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_name_reaches_a_denied_port_only_at_a_listed_address() {
    let (egress, _) = egress_with_names(policy(&["127.0.0.0/8"]), |name, _| {
        Ok(vec![if name == "listed.example" { ip("127.0.0.1") } else { ip("8.8.8.8") }])
    });
    let public = post(&egress, "http://public.example:25/".parse().unwrap()).await.unwrap_err();
    assert_eq!(public.reason, FailureReason::TargetForbidden, "{}", public.detail);
    let listed = post(&egress, "http://listed.example:25/".parse().unwrap()).await;
    assert_ne!(listed.map_err(|failure| failure.reason).err(), Some(FailureReason::TargetForbidden));
}

#[tokio::test]
async fn localhost_is_answered_without_asking_anyone() {
    let server = Server::start(ok("home")).await;
    let (egress, asked) = egress_with_names(policy(&["127.0.0.0/8"]), |_, _| Ok(vec![ip("8.8.8.8")]));
    for name in ["localhost", "LOCALHOST", "localhost.", "app.localhost"] {
        assert_eq!(post(&egress, server.named(name)).await.unwrap().body, "home", "{name}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_a_failed_lookup() {
    let (empty, _) = egress_with_names(EgressPolicy::default(), |_, _| Ok(Vec::new()));
    let (failing, _) = egress_with_names(EgressPolicy::default(), |_, _| Err(LookupFailure("no such name".to_owned())));
    for egress in [empty, failing] {
        let failure = post(&egress, "https://nowhere.example/".parse().unwrap()).await.unwrap_err();
        assert_eq!(failure.reason, FailureReason::DnsLookupFailed, "{}", failure.detail);
    }
}

#[derive(Debug)]
struct Silence;

impl ResolveName for Silence {
    fn resolve(&self, _: &str) -> Resolution {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_never_answers_costs_its_budget_and_no_more() {
    let egress = Egress::with_resolver(EgressPolicy::default(), Arc::new(Silence)).unwrap();
    let started = tokio::time::Instant::now();
    let failure = post(&egress, "https://silent.example/".parse().unwrap()).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::DnsLookupFailed, "{}", failure.detail);
    assert_eq!(started.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_covers_the_name_too() {
    let egress = Egress::with_resolver(EgressPolicy::default(), Arc::new(Silence)).unwrap();
    let mut request = request("https://silent.example/".parse().unwrap());
    request.deadline = Duration::from_secs(2);
    let started = tokio::time::Instant::now();
    let failure = egress.send(request).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::Timeout);
    assert_eq!(started.elapsed().as_secs(), 2);
}

#[tokio::test]
async fn the_machines_own_resolver_can_be_set_up() {
    let server = Server::start(ok("home")).await;
    let egress = Egress::new(policy(&["127.0.0.0/8"])).unwrap();
    assert_eq!(post(&egress, server.named("localhost")).await.unwrap().body, "home");
    let closed = Egress::new(EgressPolicy::default()).unwrap();
    let failure = post(&closed, server.named("localhost")).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::TargetForbidden);
    assert_eq!(server.connections(), 1);
}

#[test]
fn nothing_is_allowed_by_default() {
    assert_eq!(egress(&[]).policy().allowed(), []);
}
