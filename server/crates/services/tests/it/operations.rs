//! What operators see and do.

use crate::support::{Terms, World, conflict, not_found};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_auth::{Caller, OperatorPermit};
use hookreel_contract::Cursor;
use hookreel_contract::input::EventFilter;
use hookreel_contract::views::{BacklogState, EventRow, MailState};
use hookreel_event_store::StoredEvent;
use hookreel_handlers::{Effects, Handler, HandlerError, Handlers as Running, Retries, queue_mail};
use hookreel_kernel::Email;
use hookreel_mail::Mail;
use hookreel_services::operations::{Handlers, Vitals};
use sqlx::PgConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const ADA: &str = "ada@example.com";

/// Fails at every event until it is mended.
#[derive(Debug, Default)]
struct Fragile {
    is_mended: AtomicBool,
    handled: AtomicUsize,
}

impl Handler for Fragile {
    fn name(&self) -> &'static str {
        "fragile"
    }

    fn purpose(&self) -> &'static str {
        "Breaks"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["message.accepted"]
    }

    fn effects(&self) -> Effects {
        Effects::Projection
    }

    fn reset<'a>(&'a self, _: &'a mut PgConnection) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        async {
            self.handled.store(0, Ordering::SeqCst);
            Ok(())
        }
        .boxed()
    }

    fn handle<'a>(
        &'a self,
        _: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async {
            if !self.is_mended.load(Ordering::SeqCst) {
                return Err(HandlerError::Failed("it is broken".to_owned()));
            }
            self.handled.fetch_add(events.len(), Ordering::SeqCst);
            Ok(())
        }
        .boxed()
    }
}

/// Ada, who is an operator.
async fn operator(world: &World) -> (Caller, OperatorPermit) {
    let (ada, _) = world.tenant(ADA).await;
    let operators = &world.services.operations.operators;
    operators.grant(ADA).await.unwrap();
    let permit = operators.permit(&ada).await.unwrap();
    (ada, permit)
}

async fn kinds_about_ada(world: &World, ada: &Caller) -> Vec<String> {
    let events = world.services.event_log.list(ada, EventFilter::default()).await.unwrap().items;
    let about_her = |event: &EventRow| event.kind.starts_with("member.operator");
    events.into_iter().filter(about_her).map(|event| event.kind).collect()
}

#[tokio::test]
async fn the_right_is_in_the_members_history_and_nobody_else_finds_the_page() {
    let world = World::start().await;
    let (ada, _) = operator(&world).await;
    let (eve, _) = world.tenant("eve@example.com").await;
    let operators = &world.services.operations.operators;
    assert!(world.services.people.current(&ada).await.unwrap().is_operator);
    assert!(!world.services.people.current(&eve).await.unwrap().is_operator);
    assert_eq!(not_found(operators.permit(&eve).await), "This page");
    assert_eq!(not_found(operators.permit(&Caller::operator(ada.tenant_id())).await), "This page");

    // Said twice, it is so once.
    operators.grant(ADA).await.unwrap();
    operators.revoke(ADA).await.unwrap();
    operators.revoke(ADA).await.unwrap();
    assert_eq!(kinds_about_ada(&world, &ada).await, ["member.operator_revoked", "member.operator_granted"]);
    assert_eq!(not_found(operators.permit(&ada).await), "This page");
    assert!(not_found(operators.grant("nobody@example.com").await).contains("nobody@example.com"));
    world.stop().await;
}

#[tokio::test]
async fn what_is_parked_is_seen_retried_skipped_and_replayed_and_it_is_recorded_who_did_it() {
    let world = World::start().await;
    let (ada, permit) = operator(&world).await;
    let (bob, application) = world.tenant("bob@example.com").await;
    let database = world.test.database();
    let fragile = Arc::new(Fragile::default());
    let all: Vec<Arc<dyn Handler>> = vec![fragile.clone()];
    let retries = Retries::new(vec![Duration::ZERO]).unwrap();
    let running = Running::start_with(database.engine(), all.clone(), retries);
    let handlers = Handlers::new(database.clone(), all);
    for _ in 0..3 {
        world.publish(&bob, application, "invoice.paid").await;
    }
    let parked = || async {
        let page = handlers.in_state(&permit, BacklogState::Parked, Some("fragile"), None).await.unwrap();
        (page.items.len() == 3).then_some(page)
    };
    let page = world.until(parked).await;
    assert_eq!(page.next, None);
    let rows = page.items;
    assert!(rows.iter().all(|row| row.error == "it is broken" && row.tries == 2 && row.tenant_name == "Acme"));
    assert!(rows.is_sorted_by(|a, b| a.position > b.position), "newest first");
    let view = handlers.list(&permit).await.unwrap().remove(0);
    assert_eq!((view.purpose.as_deref(), view.is_projection, view.parked), (Some("Breaks"), true, 3));

    let event = handlers.event(&permit, rows[0].position).await.unwrap();
    assert_eq!(
        (event.kind.as_str(), event.tenant_id, event.body_bytes),
        ("message.accepted", bob.tenant_id(), Some(7))
    );
    assert!(event.stream.starts_with("msg_") && !event.payload.contains("\"n\":1"), "{event:?}");
    assert_eq!(not_found(handlers.event(&permit, 1_000_000).await), "Event");

    let position = |row: usize| rows[row].position as i64;
    handlers.skip(&permit, "fragile", position(0)).await.unwrap();
    assert!(conflict(handlers.skip(&permit, "fragile", position(0)).await).contains("no such event"));
    fragile.is_mended.store(true, Ordering::SeqCst);
    handlers.retry(&permit, "fragile", position(1)).await.unwrap();
    world.until(|| async { (fragile.handled.load(Ordering::SeqCst) == 1).then_some(()) }).await;
    let machine = OperatorPermit::of_the_machine();
    assert_eq!(handlers.replay_parked(&machine, "fragile").await.unwrap(), 1);
    world.until(|| async { (fragile.handled.load(Ordering::SeqCst) == 2).then_some(()) }).await;
    world.until(|| async { handlers.backlog(&permit, 1).await.unwrap().is_empty().then_some(()) }).await;
    assert_eq!(handlers.replay_parked(&machine, "fragile").await.unwrap(), 0);
    let unknown = conflict(handlers.replay_parked(&machine, "fragil").await);
    assert!(unknown.contains("no handler `fragil`; there are: billing, fragile, mails"), "{unknown}");

    let actions = handlers.actions(&permit).await.unwrap();
    let done: Vec<_> = actions.iter().map(|one| (one.who.as_str(), one.action.as_str(), one.position)).collect();
    let expected = [
        ("the command line", "replay_parked", None),
        (ADA, "retry", Some(rows[1].position)),
        (ADA, "skip", Some(rows[0].position)),
    ];
    assert_eq!(done, expected);
    assert_eq!((actions[0].detail.as_str(), actions[2].detail.as_str()), ("1 event", "message.accepted"));

    // A rebuild begins from the first event, and takes up what was skipped.
    handlers.rebuild(&permit, "fragile").await.unwrap();
    world.until(|| async { (fragile.handled.load(Ordering::SeqCst) == 3).then_some(()) }).await;
    world.until(|| async { handlers.list(&permit).await.unwrap()[0].rebuilding_until.is_none().then_some(()) }).await;
    assert!(conflict(handlers.rebuild(&permit, "mails").await).contains("these can: fragile"));
    assert_eq!(kinds_about_ada(&world, &ada).await, ["member.operator_granted"], "her history is about her alone");
    running.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn a_cursor_of_another_list_is_a_wrong_field() {
    let world = World::start().await;
    let (_, permit) = operator(&world).await;
    let operations = &world.services.operations;
    let garbled = || Some(Cursor("garbled".to_owned()));
    let backlog = operations.handlers.in_state(&permit, BacklogState::Parked, None, garbled()).await;
    assert_eq!(crate::support::wrong_fields(backlog), ["cursor"]);
    assert_eq!(crate::support::wrong_fields(operations.mails.list(&permit, None, garbled()).await), ["cursor"]);
    world.stop().await;
}

#[tokio::test]
async fn a_mail_is_told_only_where_no_mail_server_is_there_to_send_it() {
    let world = World::start().await;
    let (ada, permit) = operator(&world).await;
    let database = world.test.database();
    let link = "https://hooks.example.com/reset-password?token=abc".to_owned();
    let mail = Mail::ResetPassword { link: link.clone(), minutes_valid: 30, asked_from: String::new() };
    let mut tx = database.tenant(ada.tenant_id()).await.unwrap();
    let to = Email::parse(ADA).unwrap();
    queue_mail(tx.connection(), &world.secrets, ada.tenant_id(), &to, &mail).await.unwrap();
    tx.commit().await.unwrap();

    let mails = &world.services.operations.mails;
    let listed = mails.list(&permit, Some(MailState::Queued), None).await.unwrap().items;
    let id = listed[0].id;
    assert_eq!((listed.len(), listed[0].recipient.as_str(), listed[0].kind.as_str()), (1, ADA, "reset_password"));
    let queued = mails.get(&permit, id).await.unwrap();
    assert!(queued.content.is_none() && !queued.can_be_sent, "it is on its way: {queued:?}");
    assert!(conflict(mails.retry(&permit, id).await).contains("on its way"));

    set_state(&world, "shown").await;
    let shown = mails.get(&permit, id).await.unwrap();
    let content = shown.content.unwrap();
    assert!(content.link == link && content.text.contains(&link) && !content.subject.is_empty());
    assert!(!shown.can_be_sent, "there is nobody to send it");

    set_state(&world, "failed").await;
    let failed = mails.get(&permit, id).await.unwrap();
    assert!(failed.content.is_none() && failed.can_be_sent);
    mails.retry(&permit, id).await.unwrap();
    assert_eq!(mails.get(&permit, id).await.unwrap().row.state, MailState::Queued);
    let last = world.services.operations.handlers.actions(&permit).await.unwrap().remove(0);
    assert_eq!(
        (last.action.as_str(), last.subject.as_str(), last.detail),
        ("retry_mail", "reset_password", id.to_string())
    );
    assert_eq!(not_found(mails.get(&permit, hookreel_kernel::MailId::generate()).await), "Mail");
    world.stop().await;
}

async fn set_state(world: &World, state: &str) {
    sqlx::query("update ops.mails set state = $1")
        .bind(state)
        .execute(&mut world.test.superuser().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_system_is_told_from_the_database_and_from_this_process() {
    let world = World::start().await;
    let (ada, permit) = operator(&world).await;
    let application = world.services.applications.default_id(&ada).await.unwrap();
    world.endpoint(&ada, application, "/a").await;
    world.publish(&ada, application, "invoice.paid").await;
    world.receiver.wait_for("/a", 1).await;
    let operations = &world.services.operations;
    let system = world
        .until(|| async {
            let system = operations.system(&permit).await.unwrap();
            system.workers.iter().any(|workers| workers.count > 0).then_some(system)
        })
        .await;
    assert!(system.database_bytes > 1_000_000 && system.connections > 0 && system.connections_max > 1);
    assert_eq!((system.tenants, system.pools.len(), system.version.is_empty()), (1, 5, false));
    assert!(system.head >= 5, "{}", system.head);
    let services = operations.services(&permit);
    assert!(services.services.iter().all(|service| service.breaker.is_none()) && services.mail_server.is_none());
    world.stop().await;
}

#[tokio::test]
async fn of_stripe_operators_are_told_only_where_plans_are_sold() {
    for (stripe_url, named) in
        [(None, vec!["GitHub"]), (Some("http://127.0.0.1:9".to_owned()), vec!["GitHub", "Stripe"])]
    {
        let world = World::start_on(Terms { stripe_url, ..Terms::none() }).await;
        let (_, permit) = operator(&world).await;
        let services = world.services.operations.services(&permit).services;
        assert_eq!(services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>(), named);
        world.stop().await;
    }
}

#[tokio::test]
async fn a_reading_is_shared_by_those_who_ask_at_the_same_time() {
    let world = World::start().await;
    let (ada, _) = operator(&world).await;
    let vitals: &Vitals = &world.services.operations.vitals;
    let first = vitals.read(Duration::from_mins(1)).await.unwrap().head;
    let application = world.services.applications.default_id(&ada).await.unwrap();
    world.publish(&ada, application, "invoice.paid").await;
    assert_eq!(vitals.read(Duration::from_mins(1)).await.unwrap().head, first);
    assert!(vitals.read(Duration::ZERO).await.unwrap().head > first);
    let tally = vitals.tally();
    assert_eq!((tally.accepted, tally.quarantined), (1, 0));
    world.stop().await;
}
