//! What a store cannot compare by itself, because it knows no meaning of a key.

use std::ops::ControlFlow;

use borsh::{BorshDeserialize, BorshSerialize};
use nexus_store::StoreError;
use nexus_store::snapshot::Restored;
use nexus_types::constants::APP_VERSION;
use nexus_types::governance::UpgradePlan;
use nexus_types::log::{ChainLog, LogId};
use nexus_types::state::{ChainRecord, Clock, Collection};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, decode};

use crate::app::log_bytes;

/// What in a restored ledger is not as its state says, whose root is the committed one: height and time; the chain; the
/// collections, whose sizes and roots stand in the state.
pub(super) fn untrue(
    restored: &Restored<'_>,
    genesis: Option<Hash>,
) -> Result<Option<String>, StoreError> {
    let metadata = restored.metadata();
    let clock: Option<Clock> = object(restored, &state_key::clock())?;
    let said = (metadata.height, metadata.time_ms);
    if clock.is_none_or(|clock| (clock.height, clock.time.0) != said) {
        return Ok(Some(
            "its height or time is not that of the state's clock".to_owned(),
        ));
    }
    let Some(chain) = object::<ChainRecord>(restored, &state_key::chain())? else {
        return Ok(Some("its state has no chain record".to_owned()));
    };
    let stored = chain.network.genesis_hash;
    if let Some(ours) = genesis.filter(|ours| *ours != stored) {
        return Ok(Some(format!(
            "it is of the chain with genesis {stored}; this node's genesis is {ours}"
        )));
    }
    let plan: Option<UpgradePlan> = object(restored, &state_key::upgrade_plan())?;
    let next = metadata.height.saturating_add(1);
    let needed = chain.decided_by(next, plan.as_ref());
    if needed != APP_VERSION {
        return Ok(Some(format!(
            "version {needed} of the law's program decides block {next}; this one is version {APP_VERSION}"
        )));
    }
    collections(restored)
}

/// Every log beside the chain's own is a collection in the state, and the other way round.
fn collections(restored: &Restored<'_>) -> Result<Option<String>, StoreError> {
    let chain_logs = ChainLog::ALL.map(|log| log_bytes(&LogId::Chain(log)));
    let (mut found, mut failure) = (0_u64, None);
    restored.logs(|id, head| {
        if chain_logs.iter().any(|log| log == id) {
            return ControlFlow::Continue(());
        }
        let Ok(LogId::Collection(kind, imvu)) = decode(id) else {
            failure = Some(Ok(Some(format!(
                "a log with the id {id:02x?} is none of the ledger's"
            ))));
            return ControlFlow::Break(());
        };
        let key = state_key::collection(kind, imvu.as_ref());
        let known = object::<Collection>(restored, &key).map(|known| {
            known.is_some_and(|known| (known.size, known.root.0) == (head.size, head.root))
        });
        match known {
            Ok(true) => {
                found += 1;
                ControlFlow::Continue(())
            }
            Ok(false) => {
                failure = Some(Ok(Some(format!(
                    "the collection {key:?} is not as the state says"
                ))));
                ControlFlow::Break(())
            }
            Err(error) => {
                failure = Some(Err(error));
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(failure) = failure {
        return failure;
    }
    let mut stand = 0_u64;
    restored.under(&[KeyKind::Collection.byte()], &mut |_, _| {
        stand += 1;
        ControlFlow::Continue(())
    })?;
    let missing = stand != found;
    Ok(missing.then(|| format!("{stand} collections stand in its state, it has {found}")))
}

fn object<T: BorshDeserialize + BorshSerialize>(
    restored: &Restored<'_>,
    key: &StateKey,
) -> Result<Option<T>, StoreError> {
    let bytes = restored.get(key.as_bytes())?;
    Ok(bytes.and_then(|bytes| decode(&bytes).ok()))
}
