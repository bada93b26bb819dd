use crate::support::event;
use hookreel_event_store::{AppendError, Stream, append, load_checkpoint, load_stream, read_after, save_checkpoint};
use hookreel_kernel::TenantId;
use hookreel_testing::TestDatabase;
use uuid::Uuid;

#[tokio::test]
async fn events_come_back_in_order_with_dense_positions_and_sequences() {
    let test = TestDatabase::create().await;
    let pool = test.database().engine().clone();
    let (a, b, stream) = (TenantId::generate(), TenantId::generate(), Uuid::now_v7());
    let mut tx = pool.begin().await.unwrap();
    let batch = [event(a, stream, 1), event(b, Uuid::now_v7(), 1), event(a, stream, 2)];
    assert_eq!(append(&mut tx, &batch).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    assert_eq!(append(&mut tx, &[event(a, stream, 3)]).await.unwrap(), 4);
    tx.commit().await.unwrap();

    let mut connection = pool.acquire().await.unwrap();
    let all = read_after(&mut connection, 0, 100).await.unwrap();
    assert_eq!(all.iter().map(|e| e.position).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let of_a: Vec<i64> = all.iter().filter(|e| e.tenant_id == a).map(|e| e.tenant_sequence).collect();
    assert_eq!(of_a, [1, 2, 3]);
    let loaded = load_stream(&mut connection, a, Stream::configuration("endpoint", stream)).await.unwrap();
    assert_eq!(loaded.iter().map(|e| e.stream_version).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(load_stream(&mut connection, b, Stream::configuration("endpoint", stream)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_version_that_exists_or_leaves_a_gap_is_a_conflict_and_nothing_is_written() {
    let test = TestDatabase::create().await;
    let pool = test.database().engine().clone();
    let (tenant, stream) = (TenantId::generate(), Uuid::now_v7());
    let mut tx = pool.begin().await.unwrap();
    append(&mut tx, &[event(tenant, stream, 1)]).await.unwrap();
    tx.commit().await.unwrap();
    for wrong in [1, 3] {
        let mut tx = pool.begin().await.unwrap();
        let result = append(&mut tx, &[event(tenant, Uuid::now_v7(), 1), event(tenant, stream, wrong)]).await;
        assert!(matches!(result, Err(AppendError::Conflict)), "version {wrong}: {result:?}");
        drop(tx);
    }
    let mut connection = pool.acquire().await.unwrap();
    assert_eq!(read_after(&mut connection, 0, 100).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_checkpoint_moves_with_the_transaction_and_belongs_to_one_reader_at_a_time() {
    let test = TestDatabase::create().await;
    let pool = test.database().engine().clone();
    let mut tx = pool.begin().await.unwrap();
    assert_eq!(load_checkpoint(&mut tx, "reader").await.unwrap(), Some(0));
    save_checkpoint(&mut tx, "reader", 7).await.unwrap();
    tx.commit().await.unwrap();
    let mut rolled_back = pool.begin().await.unwrap();
    save_checkpoint(&mut rolled_back, "reader", 9).await.unwrap();
    // Said, not dropped: a transaction that is dropped keeps its locks until its connection is used or given back.
    rolled_back.rollback().await.unwrap();
    let mut first = pool.begin().await.unwrap();
    assert_eq!(load_checkpoint(&mut first, "reader").await.unwrap(), Some(7));
    let mut second = pool.begin().await.unwrap();
    assert_eq!(load_checkpoint(&mut second, "reader").await.unwrap(), None);
}
