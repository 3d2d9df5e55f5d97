//! Encoded blocks and the index of transactions.

use super::{Check, DecodedBlock, Part, Progress, Report, Stop, walk, wrong};
use crate::backend::Family;
use crate::block::TxLocation;
use crate::error::{Bytes, Hex};
use crate::start::stored_info;
use crate::store::read;
use crate::{layout, seal};

pub(super) fn run(
    check: &Check<'_>,
    report: &mut Report,
    progress: &mut Progress<'_>,
) -> Result<(), Stop> {
    let tip = check.tip.height;
    let (from, end) = (layout::block_record(0), layout::prefix_end(&[0]));
    let mut next = (check.base > 0).then_some(check.base + 1);
    walk(
        check.backend,
        Family::Rec,
        &from,
        end.as_deref(),
        |key, sealed| {
            let height = key.get(1..).map_or(Ok(0), |bytes| {
                layout::decode_u64(bytes, "the height of an encoded block")
            })?;
            let expected = *next.get_or_insert(height);
            report.first_block.get_or_insert(height);
            if height > tip {
                return wrong(format!("block {height} is there, above the tip {tip}"));
            }
            if height != expected {
                return wrong(format!("block {expected} is missing"));
            }
            next = Some(height + 1);
            let block = decode(check, height, key, sealed)?;
            compare(check, &block)?;
            report.blocks += 1;
            report.transactions += block.txs.len() as u64;
            progress(Part::Blocks, height, tip);
            Ok(())
        },
    )?;
    match next {
        Some(next) if next == tip + 1 => Ok(()),
        next => wrong(format!("block {} is missing", next.unwrap_or(tip))),
    }
}

fn decode(check: &Check<'_>, height: u64, key: &[u8], sealed: &[u8]) -> Result<DecodedBlock, Stop> {
    let bytes = seal::check(Family::Rec, key, sealed)?;
    let block =
        (check.decode)(bytes).map_err(|why| Stop::Wrong(format!("block {height}: {why}")))?;
    if block.height == height {
        return Ok(block);
    }
    wrong(format!(
        "block {height}: its record is that of block {}",
        block.height
    ))
}

/// The block of a height, decoded.
pub(super) fn read_block(check: &Check<'_>, height: u64) -> Result<DecodedBlock, Stop> {
    let key = layout::block_record(height);
    match read(check.backend, Family::Rec, &key)? {
        Some(sealed) => decode(check, height, &key, &sealed),
        None => wrong(format!("block {height} is missing")),
    }
}

/// The block's record against the window's description, its transactions, and their places.
fn compare(check: &Check<'_>, block: &DecodedBlock) -> Result<(), Stop> {
    let height = block.height;
    if check.undo_from.is_some_and(|from| height >= from) {
        // A description that cannot be read is a finding of its part.
        if let Ok(info) = stored_info(check.backend, height) {
            for (what, record, described) in [
                ("app hash", block.app_hash, info.app_hash),
                ("block hash", block.block_hash, info.block_hash),
            ] {
                if record != described {
                    return wrong(format!(
                        "block {height}: its record has {what} {}, the window {}",
                        Hex(record),
                        Hex(described)
                    ));
                }
            }
            if block.time_ms != info.time_ms {
                return wrong(format!(
                    "block {height}: its record has time {} ms, the window {} ms",
                    block.time_ms, info.time_ms
                ));
            }
        }
    }
    for (index, (filed, computed)) in (0..).zip(&block.txs) {
        if filed != computed {
            return wrong(format!(
                "block {height}: transaction {index} is filed under {}, its bytes hash to {}",
                Hex(*filed),
                Hex(*computed)
            ));
        }
    }
    Ok(())
}

pub(super) fn transactions(
    check: &Check<'_>,
    report: &mut Report,
    progress: &mut Progress<'_>,
) -> Result<(), Stop> {
    let Some(first) = report.first_block else {
        return Ok(());
    };
    let tip = check.tip.height;
    let mut expected = 0;
    for height in first..=tip {
        // A block that cannot be read is a finding of its part; its transactions are then unknown.
        let Ok(block) = read_block(check, height) else {
            return wrong(format!(
                "block {height} cannot be read, so that the index could not be compared with it"
            ));
        };
        for (index, (hash, _)) in (0..).zip(&block.txs) {
            let key = layout::tx(hash, TxLocation { height, index });
            if seal::get(check.backend, Family::Tx, &key)?.is_none() {
                return wrong(format!(
                    "transaction {} is in block {height} at {index}, but not in the index",
                    Hex(*hash)
                ));
            }
            expected += 1;
        }
        progress(Part::Transactions, height, tip);
    }
    let mut found = 0;
    walk(check.backend, Family::Tx, &[], None, |key, sealed| {
        seal::check(Family::Tx, key, sealed)?;
        found += 1;
        Ok(())
    })?;
    if found == expected {
        return Ok(());
    }
    // All that must be there are: one more is there that must not. This is slow, and once.
    walk(check.backend, Family::Tx, &[], None, |key, _| {
        let at = layout::decode_tx(key)?;
        let block = (first..=tip)
            .contains(&at.height)
            .then(|| read_block(check, at.height))
            .transpose()?;
        let index = usize::try_from(at.index).unwrap_or(usize::MAX);
        let there = block.as_ref().and_then(|block| block.txs.get(index));
        if there.is_some_and(|(hash, _)| key.starts_with(hash)) {
            return Ok(());
        }
        wrong(format!(
            "the index has transaction {} in block {} at {}, but it is not there",
            Bytes(key.get(..32).unwrap_or(key)),
            at.height,
            at.index
        ))
    })
}
