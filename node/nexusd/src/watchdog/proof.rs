//! What makes a claim about the network a proof: the signatures of more than two thirds of the validators' power, or the
//! word of our own CometBFT, which checked such signatures itself.

use nexus_sdk::api::LightBlockView;
use nexus_sdk::bundle::LightBlock;
use nexus_store::{MAX_PAGE, ReadView, StoreError};
use nexus_types::state::Seat;
use nexus_types::state_key::KeyKind;
use nexus_types::{Hash, decode};
use serde_json::Value;
use tendermint::block::Header;
use tendermint::{PublicKey, validator, vote};
use tendermint_light_client_verifier::operations::{
    ProdVotingPowerCalculator, VotingPowerCalculator,
};

use super::judge::Proven;

/// Why a claim proves nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unproven {
    /// It is not even a signed header.
    #[error("its answer is no signed header: {0}")]
    Unreadable(serde_json::Error),
    /// It is one of something else.
    #[error("it shows a header of {found}, but {asked} was asked for")]
    Other {
        /// What was asked for.
        asked: String,
        /// What came.
        found: String,
    },
    /// Signed is something else than what is shown.
    #[error("the commit it shows is of block {signed}, the header beside it is {shown}")]
    Mixed {
        /// What was signed.
        signed: String,
        /// What is shown.
        shown: String,
    },
    /// Too few signed it, or the signatures are wrong.
    #[error("the validators this node knows did not sign it: {0}")]
    Unsigned(String),
}

/// The validators, as this node's own state names them. A change of validators takes effect two blocks later, so around
/// one this set may be off by the change; then fewer than two thirds may match, and nothing is proven until it is over.
pub(crate) fn validators(view: &ReadView) -> Result<validator::Set, StoreError> {
    let prefix = [KeyKind::Seat.byte()];
    let mut infos = Vec::new();
    let mut power = 0_u64;
    for (_, value) in view.iter_prefix(&prefix, None, MAX_PAGE)? {
        // A seat that cannot be read signs nothing; the others decide.
        let Ok(seat) = decode::<Seat>(&value) else {
            continue;
        };
        let key = PublicKey::from_raw_ed25519(&seat.key.0);
        power = power.saturating_add(seat.power);
        if let (Some(key), Ok(own)) = (key, vote::Power::try_from(seat.power))
            && power <= validator::Set::MAX_TOTAL_VOTING_POWER
            && seat.power > 0
        {
            infos.push(validator::Info::new(key, own));
        }
    }
    Ok(validator::Set::without_proposer(infos))
}

/// Checks what a peer shows as the header of a height.
pub(crate) fn of_peer(
    shown: LightBlockView,
    chain_id: &str,
    height: u64,
    validators: &validator::Set,
    from: &str,
) -> Result<Proven, Unproven> {
    let block = LightBlock::from_json(shown.signed_header, shown.validators, shown.next_validators)
        .map_err(Unproven::Unreadable)?;
    let signed = &block.signed_header;
    let (header, commit) = (&signed.header, &signed.commit);
    let what = |chain: &str, header: u64, commit: u64| {
        format!("chain {chain}, height {header}, commit of {commit}")
    };
    let found = what(
        header.chain_id.as_str(),
        header.height.value(),
        commit.height.value(),
    );
    let asked = what(chain_id, height, height);
    if found != asked {
        return Err(Unproven::Other { asked, found });
    }
    let hash = header.hash();
    if hash != commit.block_id.hash {
        return Err(Unproven::Mixed {
            signed: commit.block_id.hash.to_string(),
            shown: hash.to_string(),
        });
    }
    if validators.validators().is_empty() {
        return Err(Unproven::Unsigned(
            "this node's state names none".to_owned(),
        ));
    }
    ProdVotingPowerCalculator::default()
        .check_signers_overlap(signed, validators)
        .map_err(|error| Unproven::Unsigned(error.to_string()))?;
    Ok(Proven {
        height,
        app_hash: app_hash(header),
        decided: true,
        from: from.to_owned(),
    })
}

/// The header that our own CometBFT holds votes for, by the answer of `dump_consensus_state`: for a block that it cannot
/// follow, because its application computed another state, it keeps the votes and panics. `None` if it holds no block,
/// or not the votes of more than two thirds for one.
pub(crate) fn of_own_comet(dump: &Value) -> Option<Proven> {
    let state = dump.get("round_state")?;
    let header: Header = state
        .pointer("/proposal_block/header")
        .and_then(|header| serde_json::from_value(header.clone()).ok())?;
    let hash = header.hash().to_string().to_ascii_uppercase();
    // Votes are shown with the first six bytes of what they are for.
    let mark = hash.get(..12)?;
    let powers: Vec<u64> = state
        .pointer("/validators/validators")?
        .as_array()?
        .iter()
        .map(|one| number(one.get("voting_power")))
        .collect();
    let total: u64 = powers.iter().fold(0, |sum, one| sum.saturating_add(*one));
    let rounds = state.get("votes")?.as_array()?;
    let agreed = |kind: &str| {
        rounds.iter().any(|round| {
            let votes = round.get(kind).and_then(Value::as_array);
            let votes = votes.map(Vec::as_slice).unwrap_or_default();
            is_two_thirds(voted(votes, &powers, mark), total)
        })
    };
    let decided = agreed("precommits");
    (decided || agreed("prevotes")).then(|| Proven {
        height: header.height.value(),
        app_hash: app_hash(&header),
        decided,
        from: "this node's own CometBFT".to_owned(),
    })
}

/// The power behind the votes that name the block. A vote reads `Vote{0:ADDRESS 5/00/TYPE BLOCK SIGNATURE … @ TIME}`,
/// in the validators' order; who has not voted is `nil-Vote`.
fn voted(votes: &[Value], powers: &[u64], mark: &str) -> u64 {
    let each = votes.iter().zip(powers);
    each.filter(|(vote, _)| {
        let text = vote.as_str().unwrap_or_default();
        text.starts_with("Vote{") && text.split_ascii_whitespace().nth(2) == Some(mark)
    })
    .fold(0, |sum, (_, power)| sum.saturating_add(*power))
}

fn is_two_thirds(power: u64, total: u64) -> bool {
    u128::from(power).saturating_mul(3) > u128::from(total).saturating_mul(2)
}

/// CometBFT writes 64-bit numbers as text.
fn number(value: Option<&Value>) -> u64 {
    value
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// An app hash that is not ours in length is another one all the same: it compares as zeros.
fn app_hash(header: &Header) -> Hash {
    <[u8; 32]>::try_from(header.app_hash.as_bytes()).map_or(Hash::default(), Hash)
}

#[cfg(test)]
mod tests;
