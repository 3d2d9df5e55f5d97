//! Reads of what names hang on: proofs, grants, delegations, transfer codes.

use crate::methods::state::{law_time, required};
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    AtParams, ChallengesView, ExternalClaimView, ExternalNameView, GetNameParams, NameView, Read,
};
use nexus_types::Name;
use nexus_types::domain::{ChildGrant, DelegationRecord, ExternalClaim, ExternalName, TransferKey};
use nexus_types::governance::Observers;
use nexus_types::ids::ChainId;
use nexus_types::state::{ChainRecord, Domain};
use nexus_types::state_key::{self, KeyKind};
use std::sync::Arc;

pub(crate) async fn name(
    node: Arc<Node>,
    params: GetNameParams,
) -> Result<Read<NameView>, Refusal> {
    let name = params.name.0;
    node.read(params.at, params.proof, move |reading| {
        let chain = chain_id(reading)?;
        let domain: Option<Domain> = reading.get(&state_key::domain(&name))?;
        let external: Option<ExternalName> = reading.get(&state_key::external_name(&name))?;
        let grant: Option<ChildGrant> = reading.get(&state_key::child_grant(&name))?;
        let delegated: Option<DelegationRecord> = reading.get(&state_key::delegation(&name))?;
        let transfer: Option<TransferKey> = reading.get(&state_key::transfer_key(&name))?;
        let observers: Option<Observers> = reading.get(&state_key::observers())?;
        let count = observers.unwrap_or_default().members.as_slice().len();
        Ok(NameView {
            law_time: law_time(reading)?.0.into(),
            imvu: domain.and_then(|domain| domain.imvu).map(Into::into),
            external: external.map(|it| ExternalNameView::new(&chain, &it)),
            claims: claims_of(reading, &chain, &name)?,
            grant: grant.as_ref().map(Into::into),
            delegated: delegated.as_ref().map(Into::into),
            transfer: transfer.as_ref().map(Into::into),
            observers: u32::try_from(count).unwrap_or(u32::MAX),
            name: name.into(),
        })
    })
    .await
}

fn claims_of(
    reading: &Reading,
    chain: &ChainId,
    name: &Name,
) -> Result<Vec<ExternalClaimView>, Refusal> {
    let (from, _) = state_key::external_claims_of(name);
    let mut claims = Vec::new();
    for (key, _) in reading.standing::<ExternalClaim>(from.as_bytes())? {
        let claim: Option<ExternalClaim> = reading.get(&key)?;
        claims.extend(claim.map(|claim| ExternalClaimView::new(chain, &claim)));
    }
    Ok(claims)
}

pub(crate) async fn challenges(
    node: Arc<Node>,
    params: AtParams,
) -> Result<Read<ChallengesView>, Refusal> {
    node.read(params.at, params.proof, |reading| {
        let chain = chain_id(reading)?;
        let mut claims = Vec::new();
        for (key, _) in reading.standing::<ExternalClaim>(&[KeyKind::ExternalClaim.byte()])? {
            let claim: Option<ExternalClaim> = reading.get(&key)?;
            claims.extend(claim.map(|claim| ExternalClaimView::new(&chain, &claim)));
        }
        let mut names = Vec::new();
        for (key, _) in reading.standing::<ExternalName>(&[KeyKind::ExternalName.byte()])? {
            let it: Option<ExternalName> = reading.get(&key)?;
            names.extend(it.map(|it| ExternalNameView::new(&chain, &it)));
        }
        Ok(ChallengesView {
            law_time: law_time(reading)?.0.into(),
            claims,
            names,
        })
    })
    .await
}

fn chain_id(reading: &Reading) -> Result<ChainId, Refusal> {
    let chain: ChainRecord = required(reading, &state_key::chain())?;
    Ok(chain.network.chain_id)
}
