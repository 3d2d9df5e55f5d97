//! An index on a node that was restored from a snapshot: objects from before are in its lists, what happened is not.

use crate::chain::{chain, dump, imvu_id, indexed};
use crate::feed::{Blocks, status_when};
use nexus_index::rows::{
    EventFilter, HostFilter, ImvuFilter, Order, PageRequest, ProposalFilter, TransactionFilter,
};
use nexus_index::{Error, Feeder, Index, reindex};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::watch;

const BASE: u64 = 40;
const LAST: u64 = 45;

/// Lets a feeder fill an index from a restored node's source.
async fn fed(path: &std::path::Path) -> Arc<Index> {
    let index = Arc::new(Index::open(path, false).await.unwrap());
    let source = Arc::new(Blocks::restored(BASE, LAST));
    let (_committed, watching) = watch::channel(LAST);
    let feeder = Feeder::start(Arc::clone(&index), source, watching).unwrap();
    status_when(&feeder, |status| status.indexed == Some(LAST)).await;
    feeder.stop().await;
    index
}

async fn imvus(index: &Index, at: u64) -> Vec<(String, u64)> {
    let mut page = PageRequest {
        at: Some(at),
        limit: 9,
        order: Order::OldestFirst,
        ..PageRequest::default()
    };
    let mut all = Vec::new();
    loop {
        let found = index.imvus(&ImvuFilter::default(), &page).await.unwrap();
        let rows = found.rows.iter();
        all.extend(rows.map(|row| (row.value.id.to_string(), row.value.quota.cpu_millis)));
        page.after = found.next;
        if found.next.is_none() {
            assert_eq!(found.total, all.len() as u64);
            return all;
        }
    }
}

#[tokio::test]
async fn objects_from_before_the_first_block_are_in_every_list() {
    let folder = tempfile::tempdir().unwrap();
    let index = fed(&folder.path().join("index.sqlite")).await;
    let extent = index.extent().await.unwrap();
    assert_eq!((extent.first, extent.latest), (BASE + 1, Some(LAST)));

    let (_folder, whole) = indexed(&chain(LAST)).await;
    for at in [BASE + 1, LAST] {
        let (mut ours, mut theirs) = (imvus(&index, at).await, imvus(&whole, at).await);
        // From the same state, in an order of their own: the oldest first, and among those of the state by key.
        let seeded = usize::try_from(BASE).unwrap();
        assert!(ours[..seeded].is_sorted(), "{ours:?}");
        assert_eq!(ours[seeded..], theirs[seeded..]);
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
    }
    let page = PageRequest::default();
    let filter = ProposalFilter::default();
    let ours = index.proposals(&filter, &page).await.unwrap();
    let theirs = whole.proposals(&filter, &page).await.unwrap();
    assert_eq!(ours.total, theirs.total);
    let (ours, theirs) = (
        index.domains(None, &page).await,
        whole.domains(None, &page).await,
    );
    assert_eq!(ours.unwrap().total, theirs.unwrap().total);
    let filter = HostFilter::default();
    let ours = index.hosts(&filter, &page).await.unwrap();
    let theirs = whole.hosts(&filter, &page).await.unwrap();
    assert_eq!((ours.total, theirs.total), (LAST, LAST));
}

#[tokio::test]
async fn logs_say_from_where_on_they_are_complete() {
    let folder = tempfile::tempdir().unwrap();
    let index = fed(&folder.path().join("index.sqlite")).await;
    let page = PageRequest::default();
    let filter = TransactionFilter::default();
    let found = index.transactions(&filter, &page).await.unwrap();
    assert_eq!(found.complete_from, BASE + 1);
    assert_eq!(found.total, 3 * (LAST - BASE), "three in each block");
    let events = index.events(None, &EventFilter::default(), 200).await;
    let events = events.unwrap();
    assert_eq!(events.complete_from, BASE + 1);
    assert_eq!(events.rows[0].at.height, BASE + 1);
    let (_folder, whole) = indexed(&chain(3)).await;
    let found = whole.transactions(&filter, &page).await.unwrap();
    assert_eq!(found.complete_from, 0);
    let before = PageRequest {
        at: Some(BASE),
        ..page
    };
    let error = index.imvus(&ImvuFilter::default(), &before).await;
    assert!(matches!(error, Err(Error::BeforeFirst { .. })), "{error:?}");
}

#[tokio::test]
async fn a_rebuilt_one_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let index = fed(&folder.path().join("index.sqlite")).await;
    let path = folder.path().join("rebuilt.sqlite");
    let source = Blocks::restored(BASE, LAST);
    let blocks = reindex(&path, &source, |_, _| ()).await.unwrap();
    assert_eq!(blocks, LAST - BASE);
    assert_eq!(dump(&path).await, dump(index.path()).await);
}

#[tokio::test]
async fn without_a_block_after_the_state_it_waits_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.sqlite");
    let index = Arc::new(Index::open(&path, false).await.unwrap());
    let source = Arc::new(Blocks::restored(BASE, BASE));
    let (committed, watching) = watch::channel(BASE);
    let feeder = Feeder::start(Arc::clone(&index), source.clone(), watching).unwrap();
    source.add(crate::chain::block(BASE + 1));
    committed.send_replace(BASE + 1);
    let status = status_when(&feeder, |status| status.indexed == Some(BASE + 1)).await;
    assert_eq!(status.failures, 0, "{status:?}");
    feeder.stop().await;
    assert!(
        imvus(&index, BASE + 1)
            .await
            .iter()
            .any(|(id, _)| *id == imvu_id(1).to_string())
    );
}

#[tokio::test]
async fn an_index_begun_without_a_block_begins_anew_where_blocks_are_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.sqlite");
    let index = Index::open(&path, false).await.unwrap();
    index.begin_at(3).await.unwrap();
    index.close().await.unwrap();
    let index = fed(&path).await;
    assert_eq!(index.extent().await.unwrap().first, BASE + 1);
}

/// Set for that process: the database it fills until it dies.
const CHILD: &str = "NEXUS_INDEX_TEST_SEEDED";

#[tokio::test]
async fn killed_in_the_middle_of_the_state_it_begins_anew() {
    if let Ok(path) = std::env::var(CHILD) {
        let index = Index::open(path, false).await.unwrap();
        let mut source = Blocks::restored(BASE, LAST);
        source.fatal_pages = Some(AtomicU64::new(4));
        let (_committed, watching) = watch::channel(LAST);
        let feeder = Feeder::start(Arc::new(index), Arc::new(source), watching).unwrap();
        status_when(&feeder, |status| status.indexed == Some(LAST)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.sqlite");
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "seed::killed_in_the_middle_of_the_state_it_begins_anew",
        ])
        .env(CHILD, &path)
        .output()
        .unwrap();
    assert!(!child.status.success(), "{child:?}");
    let index = Index::open(&path, false).await.unwrap();
    assert_eq!(index.extent().await.unwrap().latest, None);
    index.close().await.unwrap();
    let index = fed(&path).await;
    let fresh = fed(&folder.path().join("fresh.sqlite")).await;
    assert_eq!(dump(index.path()).await, dump(fresh.path()).await);
}
