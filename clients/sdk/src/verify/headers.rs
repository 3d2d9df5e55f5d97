//! From the anchor to headers H and H + 1.

use super::Policy;
use super::report::{StepName, Trail};
use crate::anchor::{Anchor, AnchorPoint};
use crate::bundle::{Bundle, LightBlock};
use nexus_types::Hash;
use std::time::Duration;
use tendermint::block::CommitSig;
use tendermint::{Time, chain, validator};
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{
    TrustThreshold, TrustedBlockState, UntrustedBlockState,
};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier};

/// Light blocks of a bundle: to bridge a year of weekly changes of the whole validator set, and some.
const MAX_LIGHT_BLOCKS: usize = 128;

/// The two headers everything else is checked against.
pub(super) struct Headers<'b> {
    /// H.
    pub(super) of_block: &'b LightBlock,
    /// H + 1, which carries what H led to.
    pub(super) after: &'b LightBlock,
    /// The hash of header H.
    pub(super) block_hash: Hash,
}

/// Walks from the anchor through the bundle's light blocks.
pub(super) fn follow<'b>(
    bundle: &'b Bundle,
    anchor: &Anchor,
    policy: &Policy,
    trail: &mut Trail,
) -> Option<Headers<'b>> {
    let (of_block, after) = trail.check(StepName::Anchor, "headers", ends(bundle))?;
    let chain_id = trail.check(StepName::Anchor, "chain id", chain_id(anchor))?;
    match &anchor.point {
        AnchorPoint::Genesis { time, validators } => {
            // CometBFT dates the first block at genesis time itself, and the verifier wants time to have passed.
            let before = time.checked_sub(Duration::from_nanos(1)).unwrap_or(*time);
            let start = TrustedBlockState {
                chain_id: &chain_id,
                header_time: before,
                height: 0_u32.into(),
                next_validators: validators,
                next_validators_hash: validators.hash(),
            };
            let told = format!(
                "genesis of {chain_id}, {} validators",
                validators.validators().len()
            );
            trail.check(StepName::Anchor, "genesis", Ok::<_, String>(((), told)))?;
            walk(start, &bundle.light_blocks, policy, trail)?;
        }
        AnchorPoint::Block { height, hash } => {
            let first = anchored(bundle, *height, *hash, &chain_id);
            let (first, rest) = trail.check(StepName::Anchor, height, first)?;
            walk(trusted(first, &chain_id), rest, policy, trail)?;
        }
    }
    let block_hash = hash_of(of_block);
    Some(Headers {
        of_block,
        after,
        block_hash,
    })
}

fn chain_id(anchor: &Anchor) -> Result<(chain::Id, String), String> {
    let id = chain::Id::try_from(anchor.chain_id.clone()).map_err(|error| error.to_string())?;
    Ok((id, anchor.chain_id.clone()))
}

/// The last two light blocks, which must be H and H + 1, after an ascending list.
fn ends(bundle: &Bundle) -> Result<((&LightBlock, &LightBlock), String), String> {
    let blocks = bundle.light_blocks.as_slice();
    if blocks.len() > MAX_LIGHT_BLOCKS {
        return Err(format!(
            "{} light blocks are more than {MAX_LIGHT_BLOCKS}",
            blocks.len()
        ));
    }
    if !blocks.is_sorted_by(|a, b| a.height() < b.height()) {
        return Err(String::from("the light blocks do not ascend by height"));
    }
    let [.., of_block, after] = blocks else {
        return Err(String::from(
            "fewer than two light blocks; H and H + 1 are needed",
        ));
    };
    let height = bundle.height.0;
    if of_block.height() != height || Some(after.height()) != height.checked_add(1) {
        return Err(format!(
            "the last two headers are of heights {} and {}, but H is {height}",
            of_block.height(),
            after.height()
        ));
    }
    let told = format!("{} headers up to {}", blocks.len(), after.height());
    Ok(((of_block, after), told))
}

/// The bundle's first light block, if it is the anchor's, and the others.
fn anchored<'b>(
    bundle: &'b Bundle,
    height: u64,
    hash: Hash,
    chain_id: &chain::Id,
) -> Result<((&'b LightBlock, &'b [LightBlock]), String), String> {
    let Some((first, rest)) = bundle.light_blocks.split_first() else {
        return Err(String::from("there is no light block"));
    };
    if first.height() != height {
        return Err(format!(
            "the evidence starts at height {}, the anchor is at {height}: fetch it again with this anchor",
            first.height()
        ));
    }
    let header = &first.signed_header.header;
    let found = hash_of(first);
    if found != hash {
        return Err(format!(
            "header {height} has hash {found}, the anchor says {hash}"
        ));
    }
    if header.chain_id != *chain_id {
        return Err(format!(
            "header {height} is of chain {}, the anchor of {chain_id}",
            header.chain_id
        ));
    }
    bare(first)?;
    if first.validator_set.hash() != header.validators_hash
        || first.next_validator_set.hash() != header.next_validators_hash
    {
        return Err(format!(
            "the validator sets given are not those of header {height}"
        ));
    }
    Ok((
        (first, rest),
        format!("header {height} has the trusted hash {hash}"),
    ))
}

/// The hash of a validator set covers keys and powers: a proposer beside them would be a stranger's word.
fn bare(block: &LightBlock) -> Result<(), String> {
    if block.is_bare() {
        Ok(())
    } else {
        Err(format!(
            "the validator sets of header {} say more than their hashes cover",
            block.height()
        ))
    }
}

fn walk<'a>(
    mut from: TrustedBlockState<'a>,
    blocks: &'a [LightBlock],
    policy: &Policy,
    trail: &mut Trail,
) -> Option<()> {
    let options = Options {
        trust_threshold: TrustThreshold::TWO_THIRDS,
        trusting_period: policy.trusting_period,
        clock_drift: policy.clock_drift,
    };
    for block in blocks {
        let outcome = advance(&from, block, &options, policy.now);
        trail.check(StepName::Header, block.height(), outcome)?;
        from = trusted(block, from.chain_id);
    }
    Some(())
}

fn advance(
    from: &TrustedBlockState<'_>,
    block: &LightBlock,
    options: &Options,
    now: Time,
) -> Result<((), String), String> {
    bare(block)?;
    let untrusted = UntrustedBlockState {
        signed_header: &block.signed_header,
        validators: &block.validator_set,
        next_validators: Some(&block.next_validator_set),
    };
    let from = TrustedBlockState {
        chain_id: from.chain_id,
        header_time: from.header_time,
        height: from.height,
        next_validators: from.next_validators,
        next_validators_hash: from.next_validators_hash,
    };
    match ProdVerifier::default().verify_update_header(untrusted, from, options, now) {
        Verdict::Success => Ok(((), signers(block))),
        Verdict::NotEnoughTrust(tally) => Err(format!(
            "too few of the validators trusted before signed it ({tally}): headers in between are missing"
        )),
        Verdict::Invalid(error) => Err(error.to_string()),
    }
}

fn trusted<'a>(block: &'a LightBlock, chain_id: &'a chain::Id) -> TrustedBlockState<'a> {
    let header = &block.signed_header.header;
    TrustedBlockState {
        chain_id,
        header_time: header.time,
        height: header.height,
        next_validators: &block.next_validator_set,
        next_validators_hash: header.next_validators_hash,
    }
}

fn signers(block: &LightBlock) -> String {
    let set = &block.validator_set;
    let commit = &block.signed_header.commit;
    let signed = commit
        .signatures
        .iter()
        .filter_map(|signature| match signature {
            CommitSig::BlockIdFlagCommit {
                validator_address, ..
            } => set.validator(*validator_address),
            _ => None,
        });
    let (count, power) = signed.fold((0_u64, 0_u64), |(count, power), one: validator::Info| {
        (count.saturating_add(1), power.saturating_add(one.power()))
    });
    format!(
        "hash {}, signed by {count} of {} validators with {power} of {} power",
        hash_of(block),
        set.validators().len(),
        set.total_voting_power().value()
    )
}

/// The hash of a light block's header.
pub(super) fn hash_of(block: &LightBlock) -> Hash {
    match block.signed_header.header.hash() {
        tendermint::Hash::Sha256(bytes) => Hash(bytes),
        tendermint::Hash::None => Hash::default(),
    }
}
