//! One seed: a chain of blocks decided as CometBFT decides them, given to every instance.

mod compare;
mod rounds;
mod seen;

use bytes::Bytes;
use nexus_machine::{BlockContext, Misbehaviour, genesis};
use nexus_tree::app_hash::LogId as AppLog;
use nexus_types::encoding::{decode, encode};
use nexus_types::{Hash, Time, Tx};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, RngCore, SeedableRng};
use std::fmt;
use tendermint_proto::v0_38::abci::{Misbehavior, RequestFinalizeBlock};

use crate::comet::{Answer, Comet, Decided, Validators};
use crate::instance::{Instance, Join, Mutant, Setup, Stop};
use crate::joining;
use crate::reference::Reference;
use crate::setups;
use crate::stream::{Now, Stream};
use crate::world::{START, world};
use nexus_tests::handshake::stamp;
pub(crate) use seen::Seen;

/// Heights between two comparisons of every byte of the state.
const COMPARE_EVERY: u64 = 5;
/// What a block may hold beside its header, as CometBFT tells a proposer: a little less than 8 MiB.
const MAX_TX_BYTES: i64 = 8 * 1024 * 1024 - 16 * 1024;

/// Why a seed fails.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) height: u64,
    pub(crate) what: String,
    pub(crate) setups: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {} fails at block {}: {}",
            self.seed, self.height, self.what
        )?;
        for setup in &self.setups {
            writeln!(f, "  {setup}")?;
        }
        write!(f, "reproduce: make sim SEED={}", self.seed)
    }
}

struct Run {
    rng: StdRng,
    stream: Stream,
    reference: Reference,
    comet: Comet,
    instances: Vec<Instance>,
    time: u64,
    /// Transactions that were sent and not decided.
    abroad: Vec<Bytes>,
    seen: Seen,
}

/// Plays a seed for that many blocks; a mutant is put among the instances where one is named.
pub(crate) fn play(seed: u64, blocks: u64, mutant: Option<Mutant>) -> Result<Seen, Failure> {
    let mut rng = StdRng::seed_from_u64(seed);
    let setups = setups::of(seed, &mut rng, mutant);
    let described = setups.iter().map(Setup::describe).collect();
    let mut run = Run::new(rng, setups);
    let failed = |height, what| Failure {
        seed,
        height,
        what,
        setups: described,
    };
    let mut height = 0;
    let mut all = || -> Result<(), String> {
        run.begin()?;
        while height < blocks {
            height += 1;
            run.block(height)?;
        }
        run.compare(true)
    };
    match all() {
        Ok(()) => Ok(run.finished()),
        Err(what) => Err(failed(height, what)),
    }
}

impl Run {
    fn new(mut rng: StdRng, setups: Vec<Setup>) -> Self {
        let executed = genesis(world().genesis.document());
        let mut reference = Reference::default();
        let began = reference.take(0, executed);
        let power = world()
            .validators()
            .map(|(key, power)| (key.0.to_vec(), power));
        Self {
            stream: Stream::new(StdRng::seed_from_u64(rng.next_u64())),
            rng,
            reference,
            comet: Comet {
                genesis_hash: Bytes::copy_from_slice(&began.app_hash.0),
                blocks: Vec::new(),
                validators: Validators {
                    power: power.collect(),
                    removed: Vec::new(),
                },
                offers: Vec::new(),
            },
            instances: setups.into_iter().map(Instance::new).collect(),
            time: START,
            abroad: Vec::new(),
            seen: Seen::default(),
        }
    }

    fn begin(&mut self) -> Result<(), String> {
        for at in 0..self.instances.len() {
            if self.instances[at].setup.join == Join::Genesis {
                self.start(at)?;
            }
        }
        Ok(())
    }

    /// Starts an instance, again or for the first time. One that needs a snapshot is told what its peers have.
    fn start(&mut self, at: usize) -> Result<(), String> {
        let instance = &mut self.instances[at];
        instance.start(&mut self.rng, &self.comet)?;
        if instance.is_live() {
            return Ok(());
        }
        let others = self.instances.iter().enumerate();
        let live = others.filter(|(other, one)| *other != at && one.is_live());
        let offers = joining::offers(live.map(|(_, one)| one))?;
        self.comet.offers = joining::with_liars(&mut self.rng, offers);
        let started = self.instances[at].start(&mut self.rng, &self.comet);
        self.comet.offers.clear();
        started
    }

    /// Asks an instance something; if it crashes meanwhile it starts again, and there is no answer.
    fn ask<R>(
        &mut self,
        at: usize,
        ask: impl FnOnce(&mut Instance, &mut StdRng) -> Result<R, Stop>,
    ) -> Result<Option<R>, String> {
        let instance = &mut self.instances[at];
        if !instance.is_live() {
            return Ok(None);
        }
        match ask(instance, &mut self.rng) {
            Ok(answer) => Ok(Some(answer)),
            Err(Stop::Crashed) => {
                self.start(at)?;
                Ok(None)
            }
            Err(Stop::Failed(what)) => Err(format!("{}: {what}", instance.setup.name)),
        }
    }

    fn block(&mut self, height: u64) -> Result<(), String> {
        for at in 0..self.instances.len() {
            let instance = &self.instances[at];
            let begins = match instance.setup.join {
                Join::Genesis => false,
                Join::Replay(first) => height == first,
                Join::Snapshot(first) => height >= first && !instance.is_live(),
            };
            if begins {
                self.start(at)?;
            }
        }
        // Time stands still, passes, or jumps; CometBFT's median time never runs backwards.
        self.time += *[
            0,
            1,
            1_000,
            1_000,
            1_000,
            61_000,
            86_400_000,
            10 * 86_400_000,
        ]
        .choose(&mut self.rng)
        .expect("a step");
        let count = self.rng.gen_range(5..25);
        let now = Now {
            state: &self.reference,
            time: self.time,
        };
        let new = self.stream.next(&now, count);
        self.gossip(&new)?;
        self.abroad.extend(new);
        let evidence = self.evidence(height);
        let txs = self.rounds(height, &evidence)?;
        self.decide(height, evidence, txs)?;
        for at in 0..self.instances.len() {
            if self.instances[at].is_live() && self.rng.gen_bool(0.3) {
                let some = self.some_abroad();
                self.ask(at, |instance, rng| instance.offer(rng, &some))?;
            }
            self.follow(at, height)?;
        }
        self.rot()?;
        if height.is_multiple_of(COMPARE_EVERY) {
            self.compare(false)?;
        }
        Ok(())
    }

    fn some_abroad(&mut self) -> Vec<Bytes> {
        let count = self.rng.gen_range(0..4);
        self.abroad
            .choose_multiple(&mut self.rng, count)
            .cloned()
            .collect()
    }

    /// The block is decided: what it must come to is computed here, without the application.
    fn decide(
        &mut self,
        height: u64,
        evidence: Vec<Misbehavior>,
        txs: Vec<Bytes>,
    ) -> Result<(), String> {
        let hash = Hash::tagged(
            "nexus/sim/block",
            &[&height.to_be_bytes(), &encode(&self.time)],
        );
        let context = BlockContext {
            height,
            time: Time(self.time),
        };
        let faults = evidence.iter().map(|one| Misbehaviour {
            validator: one
                .validator
                .as_ref()
                .expect("a validator")
                .address
                .as_ref()
                .try_into()
                .expect("20 bytes"),
            height: u64::try_from(one.height).expect("a height"),
        });
        let faults: Vec<Misbehaviour> = faults.collect();
        let outcome = self.reference.execute(context, &faults, &txs, hash)?;
        let executed = &outcome.executed;
        let data = |verdict: &Option<nexus_types::Verdict>| {
            verdict.as_ref().map(encode).unwrap_or_default()
        };
        let updates = executed.validator_updates.iter();
        let audited = executed.preimage(Hash::default()).log(AppLog::Audit).size;
        let answer = Answer {
            results: executed
                .txs
                .iter()
                .map(|tx| (tx.code.number(), data(&tx.verdict).into()))
                .collect(),
            updates: updates
                .map(|(key, power)| (key.0.to_vec(), i64::try_from(*power).expect("a power")))
                .collect(),
            app_hash: Bytes::copy_from_slice(&outcome.app_hash.0),
        };
        let taken = self.comet.validators.take(&answer.updates);
        taken.map_err(|what| format!("CometBFT would panic on the validator updates: {what}"))?;
        self.count(&txs, &answer);
        self.seen.count(&executed.events);
        self.comet.blocks.push(Decided {
            request: RequestFinalizeBlock {
                txs,
                height: i64::try_from(height).expect("a height"),
                time: Some(stamp(self.time)),
                hash: Bytes::copy_from_slice(&hash.0),
                misbehavior: evidence,
                proposer_address: vec![height as u8; 20].into(),
                ..RequestFinalizeBlock::default()
            },
            answer,
            audited,
        });
        Ok(())
    }

    fn count(&mut self, txs: &[Bytes], answer: &Answer) {
        for (tx, (code, _)) in txs.iter().zip(&answer.results) {
            match code {
                0 => self.seen.applied += 1,
                1_000..=1_999 => self.seen.inadmissible += 1,
                _ => self.seen.denied += 1,
            }
            if let (Ok(tx), 0) = (decode::<Tx>(tx), *code) {
                self.seen.kinds |= 1_u128 << tx.body.action.kind() as u32;
                self.stream.proposals.push(tx.body.id());
            }
        }
        self.seen.removed += answer.updates.len() as u64;
        self.abroad.retain(|tx| !txs.contains(tx));
        self.abroad.truncate(200);
    }

    /// An instance is given the decided block, by consensus or, if it crashes on the way, by the handshake.
    fn follow(&mut self, at: usize, height: u64) -> Result<(), String> {
        let instance = &mut self.instances[at];
        // It may have crashed and replayed the block since it was decided.
        if !instance.is_live() || instance.view().store().height() >= height {
            return Ok(());
        }
        match instance.apply(&mut self.rng, &self.comet, height) {
            Ok(()) => {}
            Err(Stop::Crashed) => self.start(at)?,
            Err(Stop::Failed(what)) => return Err(format!("{}: {what}", instance.setup.name)),
        }
        let decided = self
            .comet
            .blocks
            .last()
            .map(|block| block.request.txs.clone())
            .unwrap_or_default();
        self.ask(at, |instance, rng| instance.recheck(rng, &decided))?;
        Ok(())
    }

    fn finished(self) -> Seen {
        let mut seen = self.seen;
        for one in &self.instances {
            seen.counts.add(&one.counts);
        }
        seen
    }
}
