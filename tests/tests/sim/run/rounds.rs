//! Before a block is decided: gossip, evidence, proposals and votes.

use bytes::Bytes;
use rand::Rng;
use rand::seq::SliceRandom;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::response_process_proposal::ProposalStatus;
use tendermint_proto::v0_38::abci::{
    Misbehavior, MisbehaviorType, RequestPrepareProposal, RequestProcessProposal, Validator,
};

use super::{MAX_TX_BYTES, Run};
use crate::comet::{address, reap};
use crate::instance::Mutant;
use nexus_tests::handshake::stamp;

impl Run {
    /// Every instance hears of some of the new transactions, in runs of any length.
    pub(super) fn gossip(&mut self, new: &[Bytes]) -> Result<(), String> {
        for at in 0..self.instances.len() {
            let chance = self.instances[at].setup.check;
            let heard: Vec<Bytes> = new
                .iter()
                .filter(|_| self.rng.gen_bool(chance))
                .cloned()
                .collect();
            let mut rest = heard.as_slice();
            while !rest.is_empty() {
                let (run, later) = rest.split_at(self.rng.gen_range(1..=rest.len()));
                self.ask(at, |instance, rng| instance.offer(rng, run))?;
                rest = later;
            }
        }
        Ok(())
    }

    /// Evidence that CometBFT reports: of a validator, of one that was removed, of one that nobody knows.
    pub(super) fn evidence(&mut self, height: u64) -> Vec<Misbehavior> {
        let mut all = Vec::new();
        while self.rng.gen_bool(0.07) {
            let validators = &self.comet.validators;
            let active: Vec<&Vec<u8>> = validators.power.keys().collect();
            let key = match self.rng.gen_range(0..4) {
                0 => validators.removed.choose(&mut self.rng).cloned(),
                1 => Some(vec![self.rng.gen_range(0..=255); 32]),
                _ => active.choose(&mut self.rng).map(|key| (*key).clone()),
            };
            let Some(key) = key else { continue };
            all.push(Misbehavior {
                r#type: MisbehaviorType::DuplicateVote.into(),
                validator: Some(Validator {
                    address: address(&key),
                    power: validators.power.get(&key).copied().unwrap_or(10),
                }),
                height: i64::try_from(self.rng.gen_range(1..=height)).expect("a height"),
                time: Some(stamp(self.time)),
                total_voting_power: validators.power.values().sum(),
            });
        }
        all
    }

    /// Rounds until one decides; the last is sometimes an evil proposer's, whom enough evil validators follow.
    pub(super) fn rounds(
        &mut self,
        height: u64,
        evidence: &[Misbehavior],
    ) -> Result<Vec<Bytes>, String> {
        let mut decided = Vec::new();
        let rounds = *[1, 1, 1, 2, 3].choose(&mut self.rng).expect("a number");
        for round in 0..rounds {
            // Mostly one that has heard of nearly everything, else whoever it is.
            let proposer = match self.rng.gen_bool(0.5) {
                true => 0,
                false => self.rng.gen_range(0..self.instances.len()),
            };
            let candidates = match self.instances[proposer].is_live() {
                true => reap(
                    &self.instances[proposer].mempool,
                    usize::try_from(MAX_TX_BYTES).expect("a size"),
                ),
                false => continue,
            };
            let request = RequestPrepareProposal {
                max_tx_bytes: MAX_TX_BYTES,
                txs: candidates,
                height: i64::try_from(height).expect("a height"),
                time: Some(stamp(self.time)),
                misbehavior: evidence.to_vec(),
                ..RequestPrepareProposal::default()
            };
            let proposed = self.ask(proposer, |one, rng| {
                one.call(rng, |app| app.prepare_proposal(request))
            })?;
            let Some(proposed) = proposed else { continue };
            let evil = round + 1 == rounds && self.rng.gen_bool(0.3);
            decided = proposed.txs;
            if evil {
                self.poison(&mut decided);
            }
            self.vote(height, evidence, &decided, !evil)?;
        }
        Ok(decided)
    }

    /// What a patched proposer adds: bytes that are no transaction, replays, all that was not decided, in any order.
    fn poison(&mut self, txs: &mut Vec<Bytes>) {
        for _ in 0..self.rng.gen_range(1..6) {
            let bytes = match self.rng.gen_range(0..4) {
                0 => txs.choose(&mut self.rng).cloned().unwrap_or_default(),
                1 => self.stream.spoil(vec![1, 2, 3]).into(),
                _ => self
                    .abroad
                    .choose(&mut self.rng)
                    .cloned()
                    .unwrap_or_default(),
            };
            let at = self.rng.gen_range(0..=txs.len());
            txs.insert(at, bytes);
        }
    }

    /// Those who are asked vote alike; for what an honest proposer proposed, all of them do.
    fn vote(
        &mut self,
        height: u64,
        evidence: &[Misbehavior],
        txs: &[Bytes],
        honest: bool,
    ) -> Result<(), String> {
        let mut votes: Vec<(usize, bool)> = Vec::new();
        for at in 0..self.instances.len() {
            let chance = self.instances[at].setup.process;
            if !self.rng.gen_bool(chance) {
                continue;
            }
            let request = RequestProcessProposal {
                txs: txs.to_vec(),
                height: i64::try_from(height).expect("a height"),
                time: Some(stamp(self.time)),
                misbehavior: evidence.to_vec(),
                ..RequestProcessProposal::default()
            };
            let answer = self.ask(at, |one, rng| {
                one.call(rng, |app| app.process_proposal(request))
            })?;
            let Some(answer) = answer else { continue };
            let mut accepts = answer.status == i32::from(ProposalStatus::Accept);
            if self.instances[at].setup.mutant == Some(Mutant::Gullible) {
                accepts = true;
            }
            votes.push((at, accepts));
        }
        for (at, accepts) in &votes {
            let name = self.instances[*at].setup.name;
            if honest && !accepts {
                return Err(format!("{name} rejects what an honest proposer proposed"));
            }
            if *accepts != votes[0].1 {
                return Err(format!("{name} votes unlike the others"));
            }
        }
        self.seen.rejected += u64::from(votes.first().is_some_and(|(_, accepts)| !accepts));
        Ok(())
    }
}
