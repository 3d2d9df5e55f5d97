//! Blocks come in order, once, wholly or not at all.

use crate::chain::{block, chain, dump, indexed};
use nexus_index::rows::PageRequest;
use nexus_index::{Error, Extent, Index};
use nexus_types::Hash;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

#[tokio::test]
async fn an_indexed_block_applied_again_changes_nothing() {
    let blocks = chain(4);
    let (_folder, index) = indexed(&blocks).await;
    let before = dump(index.path()).await;
    assert!(before.len() > 100, "{}", before.len());
    assert_eq!(index.apply(&blocks[2]).await.unwrap(), 0);
    assert_eq!(index.apply_batch(&blocks).await.unwrap(), 0);
    assert_eq!(dump(index.path()).await, before);
}

#[tokio::test]
async fn a_gap_is_an_error_that_names_both_heights() {
    let (_folder, index) = indexed(&chain(2)).await;
    let error = index.apply(&block(5)).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Gap {
                expected: 3,
                given: 5
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains('3') && error.to_string().contains('5'));
    // A batch with a gap inside leaves nothing of itself.
    let error = index.apply_batch(&[block(3), block(5)]).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Gap {
            expected: 4,
            given: 5
        }
    ));
    assert_eq!(index.extent().await.unwrap().latest, Some(2));
}

#[tokio::test]
async fn an_empty_index_begins_at_genesis_or_where_it_is_told() {
    let (_folder, index) = indexed(&[]).await;
    let error = index.apply(&block(7)).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Gap {
            expected: 0,
            given: 7
        }
    ));
    // As long as it holds no block, it may begin anew elsewhere.
    index.begin_at(5).await.unwrap();
    index.begin_at(7).await.unwrap();
    assert_eq!(
        index.extent().await.unwrap(),
        Extent {
            first: 7,
            latest: None
        }
    );
    assert_eq!(index.apply(&block(7)).await.unwrap(), 1);
    assert_eq!(
        index.extent().await.unwrap(),
        Extent {
            first: 7,
            latest: Some(7)
        }
    );
    let error = index.apply(&block(6)).await.unwrap_err();
    assert!(matches!(
        error,
        Error::BeforeFirst {
            height: 6,
            first: 7
        }
    ));
    // What stood there is not known: an empty list would say that there was nothing.
    let page = PageRequest {
        at: Some(6),
        ..PageRequest::default()
    };
    let error = index.blocks(&page).await.unwrap_err();
    assert!(matches!(
        error,
        Error::BeforeFirst {
            height: 6,
            first: 7
        }
    ));
    let error = index.begin_at(3).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyBegun { first: 7 }));
}

#[tokio::test]
async fn another_history_is_refused() {
    let (_folder, index) = indexed(&chain(3)).await;
    let before = dump(index.path()).await;
    let mut other = block(2);
    other.hash = Hash::of(b"another block");
    let error = index.apply(&other).await.unwrap_err();
    assert!(matches!(error, Error::OtherHistory { height: 2, .. }));
    assert!(error.to_string().contains("run nexusd reindex"), "{error}");
    // Genesis has no block hash; its app hash tells.
    let mut other = block(0);
    other.app_hash = Hash::of(b"another genesis");
    let error = index.apply(&other).await.unwrap_err();
    assert!(matches!(error, Error::OtherHistory { height: 0, .. }));
    assert_eq!(dump(index.path()).await, before);
}

#[tokio::test]
async fn a_state_value_of_another_version_stops_at_its_block() {
    let (_folder, index) = indexed(&chain(1)).await;
    let mut damaged = block(2);
    for (_, value) in Arc::make_mut(&mut damaged.changes) {
        if let Some(value) = value {
            value.push(0);
        }
    }
    let error = index.apply(&damaged).await.unwrap_err();
    assert!(
        matches!(error, Error::BadChange { height: 2, .. }),
        "{error}"
    );
    assert_eq!(index.extent().await.unwrap().latest, Some(1));
    assert_eq!(index.apply(&block(2)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_batch_given_up_at_any_point_is_there_wholly_or_not_at_all() {
    let blocks = chain(6);
    let (_whole, whole) = indexed(&blocks).await;
    let (_folder, index) = indexed(&blocks[..1]).await;
    let mut given_up = 0;
    let mut polls = 0;
    while interrupted(index.apply_batch(&blocks[1..]), polls)
        .await
        .is_none()
    {
        given_up += 1;
        polls += 1;
        match index.extent().await.unwrap().latest {
            Some(0) => {}
            // Given up while the commit was under way, which then ended by itself.
            latest => {
                assert_eq!(latest, Some(6));
                break;
            }
        }
    }
    assert!(given_up > 0, "the batch was never given up");
    assert_eq!(dump(index.path()).await, dump(whole.path()).await);
}

/// The future's output, unless it is pending that often: then it is dropped.
async fn interrupted<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn a_read_only_index_needs_its_file_and_takes_no_block() {
    let (folder, index) = indexed(&chain(2)).await;
    let reader = Index::open(index.path(), true).await.unwrap();
    assert!(matches!(
        reader.apply(&block(3)).await,
        Err(Error::ReadOnly)
    ));
    index.apply(&block(3)).await.unwrap();
    assert_eq!(reader.extent().await.unwrap().latest, Some(3));
    let missing = folder.path().join("missing.sqlite");
    let error = Index::open(&missing, true).await.unwrap_err();
    assert!(matches!(error, Error::Open { .. }), "{error}");
    assert!(!missing.exists());
}

#[tokio::test]
async fn other_databases_and_other_versions_are_refused() {
    let (folder, index) = indexed(&[]).await;
    let path = index.path().to_owned();
    index.close().await.unwrap();
    let mut connection = crate::chain::raw(&path).await;
    let stamp = "PRAGMA user_version = 99";
    sqlx::query(stamp).execute(&mut connection).await.unwrap();
    let error = Index::open(&path, false).await.unwrap_err();
    assert!(matches!(error, Error::Schema { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("run nexusd reindex"));

    let foreign = folder.path().join("foreign.sqlite");
    std::fs::write(&foreign, b"").unwrap();
    let mut connection = crate::chain::raw(&foreign).await;
    let table = "CREATE TABLE t (a)";
    sqlx::query(table).execute(&mut connection).await.unwrap();
    let error = Index::open(&foreign, false).await.unwrap_err();
    assert!(matches!(error, Error::NotAnIndex { .. }), "{error}");
}
