//! One block being executed: admission, gates, effects and records of each transaction, in order.

use crate::admit::{Admitted, Inadmissible, admit};
use crate::case::Case;
use crate::gates;
use crate::law::echo::{Done, Echo};
use crate::law::governance::upgrade;
use crate::law::money::books::{self, Books};
use crate::law::{allowance, effects, governance, records, records::Records, seats, timed};
use crate::signatures::SigCheck;
use crate::validators;
use crate::view::{BlockContext, Layer, View, Writes, chain, clock, read, write};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use borsh::BorshSerialize;
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{Frontier, LogHead, leaf_hash};
use nexus_types::billing::MoneyEvent;
use nexus_types::block::Event;
use nexus_types::constants::constants_hash;
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::encode;
use nexus_types::limits::LAW_CLOCK_STEP_MS;
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::record::{HeaderEntry, Notice, Violation};
use nexus_types::report::DriftEntry;
use nexus_types::state::{Clock, Collection};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{
    Action, ActionKind, Code, Gate, Hash, Height, IdentityId, ImvuId, Reason, Subject, Verdict,
};

/// A validator caught signing twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Misbehaviour {
    /// The validator's address: the first 20 bytes of SHA-256 of its key.
    pub validator: [u8; 20],
    /// The height it signed twice.
    pub height: Height,
}

/// What one transaction came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TxOutcome {
    /// The result's code.
    pub code: Code,
    /// The decision; none for inadmissible bytes.
    pub verdict: Option<Verdict>,
    /// Prose for people; not part of consensus.
    pub log: String,
}

/// A block being executed on a committed state. Owns its writes; the state is passed to each call.
#[derive(Clone, Debug)]
pub struct Block {
    ctx: BlockContext,
    writes: Writes,
    appends: Vec<(LogId, Vec<u8>)>,
    frontiers: [Frontier; 5],
    events: Vec<Event>,
    txs: Vec<TxOutcome>,
}

/// The decision that something else follows from.
struct Source {
    audit: u64,
    tx: Hash,
    actor: IdentityId,
    action: ActionKind,
}

/// All that a finished block did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Executed {
    /// State keys written, ascending, with their new bytes; none is a deletion.
    pub changes: Vec<(StateKey, Option<Vec<u8>>)>,
    /// Records appended to logs, in order.
    pub appends: Vec<(LogId, Vec<u8>)>,
    /// The chain logs' sizes and roots after the block, in app-hash order.
    pub logs: [LogHead; 5],
    /// Hash of the delays in force.
    pub delay_profile: Hash,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// One outcome a transaction, in order.
    pub txs: Vec<TxOutcome>,
    /// Validators whose power changes: one entry a key.
    pub validator_updates: Vec<(KeyBytes, u64)>,
    /// The version of the state machine from the next block on, where an upgrade begins there.
    pub app_version: Option<u64>,
}

impl Executed {
    /// The preimage of the app hash, once the store knows the state's root.
    pub fn preimage(&self, state_root: Hash) -> AppHashPreimage {
        AppHashPreimage {
            constants: constants_hash().0,
            delay_profile: self.delay_profile.0,
            state_root: state_root.0,
            logs: self.logs,
        }
    }
}

impl Block {
    /// Begins a block: clocks, evidence, then what is due.
    pub fn begin(view: &dyn View, ctx: BlockContext, misbehaviour: &[Misbehaviour]) -> Self {
        let mut block = Self::without_work(view, ctx);
        upgrade::arrive(view, ctx, &mut block.writes);
        for fault in misbehaviour {
            block.punish(view, fault);
        }
        let law_time = clock(&Layer {
            base: view,
            writes: &block.writes,
        })
        .law_time;
        let due = timed::run(view, ctx, law_time, &mut block.writes);
        block.echo(view, None, due);
        block
    }

    /// Begins a height with its clocks alone.
    pub(crate) fn without_work(view: &dyn View, ctx: BlockContext) -> Self {
        let mut block = Self {
            ctx,
            writes: Writes::new(),
            appends: Vec::new(),
            frontiers: ChainLog::ALL.map(|log| view.frontier(log)),
            events: Vec::new(),
            txs: Vec::new(),
        };
        let last = clock(view);
        let step = ctx.time.since(last.time).min(LAW_CLOCK_STEP_MS);
        let law_time = last.law_time.plus_ms(step);
        write(
            &mut block.writes,
            state_key::clock(),
            &Clock {
                height: ctx.height,
                time: ctx.time,
                law_time,
            },
        );
        block
    }

    /// Writes what no transaction does.
    pub(crate) fn write_with(&mut self, write: impl FnOnce(&mut Writes)) {
        write(&mut self.writes);
    }

    /// Executes one transaction of the block. Total over any bytes: inadmissible ones yield their code
    /// and write nothing.
    pub fn execute(&mut self, view: &dyn View, bytes: &[u8], sigs: &dyn SigCheck) -> TxOutcome {
        match self.try_execute(view, bytes, sigs) {
            Ok(outcome) => outcome,
            Err(refusal) => {
                let outcome = TxOutcome {
                    code: refusal.code,
                    verdict: None,
                    log: refusal.to_string(),
                };
                self.txs.push(outcome.clone());
                outcome
            }
        }
    }

    /// Executes one transaction if it is admissible; otherwise leaves the block as it was.
    ///
    /// # Errors
    /// [`Inadmissible`].
    pub fn try_execute(
        &mut self,
        view: &dyn View,
        bytes: &[u8],
        sigs: &dyn SigCheck,
    ) -> Result<TxOutcome, Inadmissible> {
        let admitted = admit(
            bytes,
            &Layer {
                base: view,
                writes: &self.writes,
            },
            self.ctx,
            sigs,
        )?;
        let outcome = self.apply(view, &admitted);
        self.txs.push(outcome.clone());
        Ok(outcome)
    }

    /// Ends the block: its own hash enters the headers log last.
    pub fn finish(mut self, view: &dyn View, block_hash: Hash) -> Executed {
        let height = self.ctx.height;
        self.append_chain(
            ChainLog::Headers,
            encode(&HeaderEntry {
                height,
                hash: block_hash,
            }),
        );
        let updates = validators::changed(view, &self.writes);
        if !updates.is_empty() {
            self.events.push(Event::ValidatorsChanged(updates.clone()));
        }
        let app_version = upgrade::announce(
            &Layer {
                base: view,
                writes: &self.writes,
            },
            height,
        );
        let mut executed = self.seal(view);
        executed.app_version = app_version;
        executed.validator_updates = updates.iter().map(|one| (one.key, one.power)).collect();
        executed
    }

    /// Ends what has no block hash: genesis, whose validators CometBFT has from its own file.
    pub(crate) fn seal(self, view: &dyn View) -> Executed {
        if !books::conserves(view, &self.writes) {
            unbalanced(self.ctx.height);
        }
        let delays = chain(&Layer {
            base: view,
            writes: &self.writes,
        })
        .delays;
        Executed {
            changes: self.writes.into_iter().collect(),
            appends: self.appends,
            logs: self.frontiers.map(|frontier| frontier.head()),
            delay_profile: Hash::tagged("nexus/delays/v1", &[&encode(&delays)]),
            events: self.events,
            txs: self.txs,
            validator_updates: Vec::new(),
            app_version: None,
        }
    }

    /// Puts an object into the state of a genesis.
    pub(crate) fn put<T: BorshSerialize>(&mut self, key: StateKey, value: &T) {
        write(&mut self.writes, key, value);
    }

    fn apply(&mut self, view: &dyn View, admitted: &Admitted) -> TxOutcome {
        let mut effect = Writes::new();
        let sequence = self.frontiers.first().map_or(0, Frontier::size);
        let (verdict, records, log, echoes) = {
            let layer = Layer {
                base: view,
                writes: &self.writes,
            };
            let case = Case::gather(&layer, admitted.tx(), admitted.id(), self.ctx, sequence);
            let (verdict, done) = decide(&case, &mut effect);
            let after = subject_hash(
                &Layer {
                    base: &layer,
                    writes: &effect,
                },
                &case,
            );
            let log = prose(&verdict);
            (
                verdict.clone(),
                records::of(&case, &verdict, after, done.proposal, sequence),
                log,
                done.echoes,
            )
        };
        // Not `append`, which rebuilds the whole map: a block's transactions would cost the square of their number.
        self.writes.extend(effect);
        let body = &admitted.tx().body;
        write(
            &mut self.writes,
            state_key::nonce(&body.signer, body.lane),
            &body.nonce,
        );
        let mut spent = Writes::new();
        allowance::spend(
            &Layer {
                base: view,
                writes: &self.writes,
            },
            admitted.charge(),
            self.ctx,
            &mut spent,
        );
        self.writes.extend(spent);
        self.record(view, records);
        let source = Source {
            audit: sequence,
            tx: admitted.id(),
            actor: body.signer,
            action: body.action.kind(),
        };
        self.echo(view, Some(&source), echoes);
        TxOutcome {
            code: verdict.code,
            verdict: Some(verdict),
            log,
        }
    }

    fn record(&mut self, view: &dyn View, records: Records) {
        let imvu = records.audit.imvu.clone();
        let audit = encode(&records.audit);
        if let Some(imvu) = &imvu {
            self.append_collection(view, CollectionKind::Audit, Some(imvu), audit.clone());
        }
        self.append_chain(ChainLog::Audit, audit);
        self.events.push(Event::Audit(records.audit));
        if let Some(violation) = records.violation {
            self.append_collection(
                view,
                CollectionKind::Violations,
                imvu.as_ref(),
                encode(&violation),
            );
            self.events.push(Event::Violation(violation));
        }
        if let Some(notice) = records.notice {
            self.append_collection(
                view,
                CollectionKind::Notices,
                Some(&notice.imvu),
                encode(&notice),
            );
            self.events.push(Event::Notice(notice));
        }
        if let Some(platform) = records.platform {
            self.append_chain(ChainLog::Platform, encode(&platform));
        }
    }

    /// Appends what a decision, or work that was due, leaves behind beside its writes. Work that was due has no source, and
    /// leaves nothing that needs one.
    fn echo(&mut self, view: &dyn View, source: Option<&Source>, echoes: Vec<Echo>) {
        // The position of the usage entry that a charge follows.
        let mut usage = 0;
        for echo in echoes {
            match (echo, source) {
                (Echo::Event(event), _) => self.events.push(event),
                (Echo::Usage(mut hour), _) => {
                    hour.sequence = self.size_of(view, CollectionKind::Usage, &hour.imvu);
                    usage = hour.sequence;
                    let leaf = encode(&hour);
                    self.append_collection(
                        view,
                        CollectionKind::Usage,
                        Some(&hour.imvu),
                        leaf.clone(),
                    );
                    self.append_chain(ChainLog::Usage, leaf);
                    self.events.push(Event::Usage(hour));
                }
                (Echo::Money(mut entry), _) => {
                    entry.sequence = self.size_of(view, CollectionKind::Money, &entry.imvu);
                    if let MoneyEvent::Charged(charge) = &mut entry.event {
                        charge.usage = usage;
                    }
                    let leaf = encode(&entry);
                    self.append_collection(view, CollectionKind::Money, Some(&entry.imvu), leaf);
                    self.events.push(Event::Money(entry));
                }
                (Echo::Statement(statement), _) => {
                    let (imvu, leaf) = (&statement.imvu, encode(&statement));
                    self.append_collection(view, CollectionKind::Statements, Some(imvu), leaf);
                    self.events.push(Event::Statement(statement));
                }
                (Echo::Consent(mut entry), _) => {
                    entry.position = self.size_of(view, CollectionKind::Consents, &entry.imvu);
                    let (imvu, leaf) = (&entry.imvu, encode(&entry));
                    let kind = CollectionKind::Consents;
                    self.append_collection(view, kind, Some(imvu), leaf.clone());
                    self.append_chain(ChainLog::Consent, leaf);
                    self.events.push(Event::Consent(entry));
                }
                (Echo::Snapshot(mut entry), _) => {
                    entry.position = self.size_of(view, CollectionKind::Snapshots, &entry.imvu);
                    let (imvu, leaf) = (&entry.imvu, encode(&entry));
                    self.append_collection(view, CollectionKind::Snapshots, Some(imvu), leaf);
                    self.events.push(Event::Snapshot(entry));
                }
                (Echo::Exit(mut entry), _) => {
                    entry.position = self.size_of(view, CollectionKind::Exits, &entry.imvu);
                    let (imvu, leaf) = (&entry.imvu, encode(&entry));
                    self.append_collection(view, CollectionKind::Exits, Some(imvu), leaf);
                    self.events.push(Event::Exit(entry));
                }
                (Echo::MailEpoch(mut epoch), _) => {
                    let kind = CollectionKind::MailEpochs;
                    epoch.sequence = self.size_of(view, kind, &epoch.imvu);
                    let leaf = encode(&epoch);
                    self.append_collection(view, kind, Some(&epoch.imvu), leaf);
                    self.events.push(Event::MailEpoch(epoch));
                }
                (
                    Echo::Told {
                        imvu,
                        audit,
                        actor,
                        action,
                    },
                    _,
                ) => self.tell(view, imvu, audit, actor, action),
                (Echo::Drift(drift), Some(source)) => {
                    let entry = DriftEntry {
                        audit: source.audit,
                        height: self.ctx.height,
                        time: self.ctx.time,
                        agent: source.actor,
                        drift,
                    };
                    let imvu = entry.drift.imvu.clone();
                    let leaf = encode(&entry);
                    self.append_collection(view, CollectionKind::Drifts, imvu.as_ref(), leaf);
                    self.events.push(Event::Drift(entry));
                    if let Some(imvu) = imvu {
                        self.tell(view, imvu, source.audit, source.actor, source.action);
                    }
                }
                (Echo::OverQuota { imvu, meter }, Some(source)) => {
                    let violation = Violation {
                        audit: source.audit,
                        height: self.ctx.height,
                        time: self.ctx.time,
                        tx: source.tx,
                        actor: source.actor,
                        action: source.action,
                        subject: Subject::Meter(meter),
                        imvu: Some(imvu.clone()),
                        code: Code::RefusedBy(Gate::ResourceQuota),
                        refused: alloc::vec![(Gate::ResourceQuota, Reason::OverQuota)],
                    };
                    let leaf = encode(&violation);
                    self.append_collection(view, CollectionKind::Violations, Some(&imvu), leaf);
                    self.events.push(Event::Violation(violation));
                }
                (Echo::Drift(_) | Echo::OverQuota { .. }, None) => {}
            }
        }
    }

    /// Tells a creator of a decision that concerns its IMVU among others.
    fn tell(
        &mut self,
        view: &dyn View,
        imvu: ImvuId,
        audit: u64,
        actor: IdentityId,
        action: ActionKind,
    ) {
        let notice = Notice {
            audit,
            height: self.ctx.height,
            time: self.ctx.time,
            imvu,
            actor,
            action,
            code: Code::Applied,
            proposal: None,
        };
        let leaf = encode(&notice);
        self.append_collection(view, CollectionKind::Notices, Some(&notice.imvu), leaf);
        self.events.push(Event::Notice(notice));
    }

    fn size_of(&self, view: &dyn View, kind: CollectionKind, imvu: &ImvuId) -> u64 {
        let layer = Layer {
            base: view,
            writes: &self.writes,
        };
        read::<Collection>(&layer, &state_key::collection(kind, Some(imvu)))
            .map_or(0, |known| known.size)
    }

    fn append_chain(&mut self, log: ChainLog, record: Vec<u8>) {
        if let Some((_, frontier)) = ChainLog::ALL
            .iter()
            .zip(self.frontiers.iter_mut())
            .find(|(each, _)| **each == log)
        {
            grow(frontier, &record);
        }
        self.appends.push((LogId::Chain(log), record));
    }

    fn append_collection(
        &mut self,
        view: &dyn View,
        kind: CollectionKind,
        imvu: Option<&ImvuId>,
        record: Vec<u8>,
    ) {
        let key = state_key::collection(kind, imvu);
        let known = read::<Collection>(
            &Layer {
                base: view,
                writes: &self.writes,
            },
            &key,
        );
        let mut frontier = known
            .and_then(|known| {
                Frontier::from_parts(known.size, known.peaks.iter().map(|peak| peak.0).collect())
                    .ok()
            })
            .unwrap_or_default();
        grow(&mut frontier, &record);
        let head = frontier.head();
        let collection = Collection {
            size: head.size,
            root: Hash(head.root),
            peaks: frontier.peaks().iter().map(|peak| Hash(*peak)).collect(),
        };
        write(&mut self.writes, key, &collection);
        self.appends
            .push((LogId::Collection(kind, imvu.cloned()), record));
    }

    /// A validator that signed twice loses its power (law §9), unless no other would be left.
    fn punish(&mut self, view: &dyn View, fault: &Misbehaviour) {
        let layer = Layer {
            base: view,
            writes: &self.writes,
        };
        let Some(mut seat) = governance::answering(&layer, fault.validator) else {
            return;
        };
        let seats = seats::all(&layer);
        if seats.iter().filter(|seat| seat.power > 0).count() < 2 {
            return;
        }
        let lost = core::mem::take(&mut seat.power);
        write(&mut self.writes, state_key::seat(&seat.key), &seat);
        let mut books = Books::open(view, self.ctx, &mut self.writes);
        governance::count_power_change(&mut books, lost);
        self.events.push(Event::Equivocation {
            validator: fault.validator,
            height: fault.height,
        });
    }
}

/// CometBFT's address of a validator: the first 20 bytes of SHA-256 of its key.
pub(crate) fn address(key: &KeyBytes) -> [u8; 20] {
    let mut address = [0; 20];
    for (to, from) in address.iter_mut().zip(Hash::of(&key.0).0) {
        *to = from;
    }
    address
}

/// A log has room for 2^64 records: at a million a second, half a million years.
fn grow(frontier: &mut Frontier, record: &[u8]) {
    let grown = frontier.append(leaf_hash(record));
    debug_assert!(grown.is_ok());
}

/// Gates, then the constitution, then the action's own rule and effects.
fn decide(case: &Case<'_>, effect: &mut Writes) -> (Verdict, Done) {
    let before = subject_hash(case.view, case);
    let gates = gates::evaluate(case);
    let mut verdict = Verdict {
        code: Code::Applied,
        tx: case.id,
        actor: case.tx.body.signer,
        action: case.action().kind(),
        subject: case.subject.clone(),
        imvu: case.imvu.as_ref().map(|imvu| imvu.id.clone()),
        before,
        gates,
        rule: None,
    };
    let refusal = verdict.refusals().next();
    if effects::alters_split(case.action()) {
        verdict.rule = Some(Reason::SplitIsConstant);
        verdict.code = Code::AltersSplit;
    } else if let Some((gate, _)) = refusal {
        verdict.code = Code::RefusedBy(gate);
    } else {
        match effects::apply(case, effect).and_then(|done| balanced(case, effect).map(|()| done)) {
            Ok(done) => {
                if let Action::CreateImvu { imvu, .. } = case.action() {
                    verdict.imvu = Some(imvu.clone());
                }
                return (verdict, done);
            }
            Err(reason) => {
                effect.clear();
                verdict.rule = Some(reason);
                verdict.code = effects::code_of(reason);
            }
        }
    }
    (verdict, Done::default())
}

/// A decision moves money, it makes none (law §1): 2199.
fn balanced(case: &Case<'_>, effect: &Writes) -> Result<(), Reason> {
    if books::conserves(case.view, effect) {
        Ok(())
    } else {
        Err(Reason::Unbalanced)
    }
}

#[expect(
    clippy::panic,
    reason = "money that comes from nowhere is a bug or a broken disk: stop before it spreads"
)]
fn unbalanced(height: Height) -> ! {
    panic!(
        "block {height} credits accounts with another sum than it debits: the law has a fault, or the state is corrupt; stop this node and keep its data"
    )
}

/// SHA-256 of the state object the subject stands for; zero where there is none.
fn subject_hash(view: &dyn View, case: &Case<'_>) -> Hash {
    let keys = match &case.subject {
        Subject::Identity(id) => alloc::vec![state_key::identity(id)],
        Subject::Imvu(id) => alloc::vec![state_key::imvu(id)],
        Subject::Name(name) => alloc::vec![
            state_key::zone(name),
            state_key::delegation(name),
            state_key::domain(name),
        ],
        Subject::Proposal(id) => alloc::vec![state_key::proposal(id)],
        Subject::Approval(id) => alloc::vec![state_key::approval(id)],
        Subject::Host(id) => alloc::vec![state_key::host(id)],
        Subject::Meter(id) => alloc::vec![state_key::meter(id)],
        Subject::Processor(id) => alloc::vec![state_key::processor(id)],
        Subject::Payment(id, external) => alloc::vec![state_key::payment(id, external)],
        Subject::Dispute(id) => alloc::vec![state_key::dispute(id)],
        Subject::Payout(id) => alloc::vec![state_key::payout(id)],
        Subject::Consents(imvu, subject) => alloc::vec![state_key::consents(imvu, subject)],
        Subject::Snapshot(imvu, number) => alloc::vec![state_key::snapshot(imvu, *number)],
        Subject::Mailbox(local) => alloc::vec![state_key::mail_address(local)],
        Subject::MailRoute(domain) => alloc::vec![state_key::mail_route(domain)],
        Subject::MailBook(id) => alloc::vec![state_key::mail_book(id)],
        Subject::Governance(id) => alloc::vec![state_key::governance(id)],
        Subject::Chain | Subject::NotAName(_) | Subject::AuditEntry(_) => Vec::new(),
    };
    keys.iter()
        .find_map(|key| view.get(key))
        .map_or(Hash::default(), |bytes| Hash::of(&bytes))
}

fn prose(verdict: &Verdict) -> String {
    match (verdict.is_applied(), verdict.reason()) {
        (true, _) => alloc::format!("{} on {} applied", verdict.action, verdict.subject),
        (false, Some(reason)) => {
            let by = verdict
                .code
                .gate()
                .map_or_else(|| String::from("the law"), |gate| gate.to_string());
            alloc::format!(
                "{by} refused {} on {}: {reason}",
                verdict.action,
                verdict.subject
            )
        }
        (false, None) => alloc::format!("{} on {} refused", verdict.action, verdict.subject),
    }
}
