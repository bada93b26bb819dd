//! The rows of the configuration follow from its events and from nothing else.

use crate::sources::stripe;
use crate::support::World;
use hookreel_contract::input::{ApplicationInput, EndpointInput, EventTypeInput};
use hookreel_read_models::rebuild::rebuild_configuration;
use sqlx::PgConnection;

async fn rows(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select row_to_json(x)::text from read.applications x
         union all select row_to_json(x)::text from read.event_types x
         union all select row_to_json(x)::text from read.sources x
         union all select row_to_json(x)::text from read.endpoints x
         order by 1",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn rebuilding_gives_the_same_rows() {
    let world = World::start().await;
    for email in ["ada@example.com", "bob@example.com"] {
        let (caller, application) = world.tenant(email).await;
        let services = &world.services;
        let shop = ApplicationInput { name: "Shop".into(), uid: Some("shop".into()), ..Default::default() };
        services.applications.create(&caller, shop).await.unwrap();
        services.applications.delete(&caller, "shop").await.unwrap();
        let paid = EventTypeInput {
            name: "invoice.paid".into(),
            description: String::new(),
            schemas: Some(serde_json::json!({"1": {}})),
            validation: Some("flag".into()),
            archived: false,
            deprecated: true,
        };
        services.event_types.create(&caller, paid).await.unwrap();
        services.event_types.delete(&caller, "invoice.paid").await.unwrap();
        let source = services.sources.create(&caller, stripe(Some("whsec_1"))).await.unwrap().id;
        services.sources.rotate_secret(&caller, source, "whsec_2", None).await.unwrap();
        let input = EndpointInput {
            url: world.receiver.url("/a"),
            filter_sources: Some(vec![source]),
            headers: [("x-a".to_owned(), "1".to_owned())].into(),
            ..EndpointInput::default()
        };
        let first = services.endpoints.create(&caller, application, input.clone()).await.unwrap().id;
        services.endpoints.disable(&caller, first, "Broken.").await.unwrap();
        let second = services.endpoints.create(&caller, application, input).await.unwrap().id;
        services.endpoints.pause(&caller, second).await.unwrap();
        services.endpoints.rotate_secret(&caller, second, None).await.unwrap();
        services.endpoints.delete(&caller, second).await.unwrap();
    }
    let mut superuser = world.test.superuser().await;
    let before = rows(&mut superuser).await;
    assert_eq!(before.len(), 12);
    sqlx::query("truncate read.applications, read.event_types, read.sources, read.endpoints")
        .execute(&mut superuser)
        .await
        .unwrap();
    let database = world.test.database();
    let mut transaction = database.engine().begin().await.unwrap();
    assert_eq!(rebuild_configuration(&mut transaction).await.unwrap(), 12);
    transaction.commit().await.unwrap();
    assert_eq!(rows(&mut superuser).await, before);
    world.stop().await;
}
