//! A rebuilt index holds the same rows as one that followed.

use crate::chain::{chain, dump, indexed};
use crate::feed::Blocks;
use nexus_index::{Error, Index, reindex};

#[tokio::test]
async fn a_rebuilt_index_equals_an_incremental_one() {
    let blocks = chain(70);
    let (_folder, incremental) = indexed(&blocks).await;
    let expected = dump(incremental.path()).await;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.sqlite");
    let mut heard = Vec::new();
    let source = Blocks::new(blocks);
    let done = reindex(&path, &source, |done, latest| heard.push((done, latest)));
    assert_eq!(done.await.unwrap(), 71);
    assert_eq!(heard, [(63, 70), (70, 70)]);
    assert_eq!(dump(&path).await, expected);
}

#[tokio::test]
async fn a_damaged_index_is_replaced_with_its_logs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.sqlite");
    for suffix in ["", "-wal", "-shm", ".new", ".new-wal", ".old", ".old-wal"] {
        let name = format!("index.sqlite{suffix}");
        std::fs::write(folder.path().join(name), b"damaged").unwrap();
    }
    let error = Index::open(&path, false).await.unwrap_err();
    assert!(matches!(error, Error::Open { .. }), "{error}");

    let source = Blocks::new(chain(3));
    assert_eq!(reindex(&path, &source, |_, _| ()).await.unwrap(), 4);
    let (_folder, expected) = indexed(&chain(3)).await;
    assert_eq!(dump(&path).await, dump(expected.path()).await);
    let mut left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-shm") && !name.ends_with("-wal"))
        .collect();
    left.sort();
    assert_eq!(left, ["index.sqlite"]);
}

#[tokio::test]
async fn a_failed_rebuild_leaves_the_old_index() {
    let (_folder, index) = indexed(&chain(3)).await;
    let path = index.path().to_owned();
    index.close().await.unwrap();
    let before = dump(&path).await;
    let mut blocks = chain(5);
    blocks.remove(4);
    let source = Blocks::new(blocks);
    let error = reindex(&path, &source, |_, _| ()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::MissingBlock {
                height: 4,
                latest: 5
            }
        ),
        "{error}"
    );
    assert_eq!(dump(&path).await, before);
}
