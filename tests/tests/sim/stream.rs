//! The transactions of a seed: of all kinds, by those who may and those who may not, and bytes that are none.

use bytes::Bytes;
use nexus_machine::View;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{self, cosign};
use nexus_tests::forge;
use nexus_types::action::{Action, ActionKind};
use nexus_types::approval::{Approval, ApprovalBody, Change, PermittedActor, basis};
use nexus_types::encoding::{decode, encode};
use nexus_types::host::Host;
use nexus_types::mail::MailRouteRecord;
use nexus_types::meter::Meter;
use nexus_types::route::PathPolicy;
use nexus_types::state::{Clock, Identity, Imvu, RouteRecord};
use nexus_types::state_key::KeyKind;
use nexus_types::tx::Cosignatures;
use nexus_types::{
    Hash, IdentityId, ImvuId, KeyBytes, List, MeterId, Signature, Time, Tx, TxBody, state_key,
};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, RngCore};
use std::collections::BTreeMap;

use crate::reference::Reference;
use crate::wishes;
use crate::world::world;

const HOUR_MS: u64 = 3_600_000;
/// Transactions remembered to be sent again.
const REMEMBERED: usize = 40;

/// How often a block's transactions begin with what the first hosts, or the first shops, lack.
const EQUIPS: f64 = 0.7;

/// Makes transactions.
pub(crate) struct Stream {
    pub(crate) rng: StdRng,
    /// Sent before; a replay is one of them again.
    sent: Vec<Bytes>,
    /// Approvals made before, to be brought again.
    approvals: Vec<Approval>,
    /// Proposals opened, as far as the transactions were decided.
    pub(crate) proposals: Vec<Hash>,
    /// Nonces given out in this block.
    nonces: BTreeMap<(IdentityId, u8), u64>,
    /// Sequences of agents' reports given out in this block.
    pub(crate) reports: BTreeMap<IdentityId, u64>,
    /// Sequence, id and end of meters' records given out in this block.
    pub(crate) records: BTreeMap<MeterId, (u64, Hash, Time)>,
}

/// The state to make transactions for.
pub(crate) struct Now<'a> {
    pub(crate) state: &'a Reference,
    /// The time of the block to come.
    pub(crate) time: u64,
}

impl Now<'_> {
    pub(crate) fn read<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &state_key::StateKey,
    ) -> Option<T> {
        self.state
            .get(key)
            .map(|bytes| decode(&bytes).expect("state decodes"))
    }

    pub(crate) fn law_time(&self) -> u64 {
        self.read::<Clock>(&state_key::clock())
            .map_or(self.time, |clock| clock.law_time.0)
    }

    pub(crate) fn imvus(&self) -> Vec<Imvu> {
        let ids = wishes::imvu_ids();
        ids.filter_map(|id| self.read(&state_key::imvu(&id)))
            .collect()
    }

    /// Somebody with their current key.
    pub(crate) fn signer(&self, person: &Signer) -> Signer {
        let identity = self.read::<Identity>(&state_key::identity(&person.identity));
        let key = identity.and_then(|identity| world().keys.get(&identity.key).cloned());
        person.rotated(key.unwrap_or_else(|| person.key.clone()))
    }

    /// Everything of one kind, by key.
    pub(crate) fn all<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        kind: KeyKind,
    ) -> Vec<T> {
        let (from, to) = state_key::range_of(kind);
        let values = self.state.state.range(from..to);
        values
            .map(|(_, bytes)| decode(bytes).expect("state decodes"))
            .collect()
    }

    pub(crate) fn knows(&self, key: &state_key::StateKey) -> bool {
        self.state.state.contains_key(key)
    }

    pub(crate) fn hosts(&self) -> Vec<Host> {
        self.all(KeyKind::Host)
    }

    /// The meters of a host that count.
    pub(crate) fn meters_of(&self, host: &Host) -> Vec<Meter> {
        let ids = host.meters.as_slice().iter();
        ids.filter_map(|id| self.read(&state_key::meter(id)))
            .collect()
    }

    pub(crate) fn person(&self, id: IdentityId) -> Option<Signer> {
        let world = world();
        let all = world
            .officers
            .iter()
            .chain([&world.attester])
            .chain(&world.creators)
            .chain(&world.operators)
            .chain(&world.agents)
            .chain(&world.cashiers);
        all.into_iter()
            .find(|one| one.identity == id)
            .map(|one| self.signer(one))
    }

    pub(crate) fn owner(&self, imvu: &Imvu) -> Option<Signer> {
        self.person(imvu.owner)
    }

    pub(crate) fn registered(&self) -> Vec<Signer> {
        let known = |one: &&Signer| {
            self.read::<Identity>(&state_key::identity(&one.identity))
                .is_some()
        };
        world()
            .creators
            .iter()
            .filter(known)
            .map(|one| self.signer(one))
            .collect()
    }
}

impl Stream {
    pub(crate) fn new(rng: StdRng) -> Self {
        Self {
            rng,
            sent: Vec::new(),
            approvals: Vec::new(),
            proposals: Vec::new(),
            nonces: BTreeMap::new(),
            reports: BTreeMap::new(),
            records: BTreeMap::new(),
        }
    }

    /// The next transactions.
    pub(crate) fn next(&mut self, now: &Now<'_>, count: usize) -> Vec<Bytes> {
        self.nonces.clear();
        self.reports.clear();
        self.records.clear();
        let mut first = Vec::new();
        if self.rng.gen_bool(EQUIPS) {
            first = wishes::hosting::equipment(self, now);
        }
        if self.rng.gen_bool(EQUIPS) {
            first.extend(wishes::market::equipment(self, now));
        }
        let mut txs: Vec<Bytes> = first
            .into_iter()
            .map(|(signers, action, approvals)| {
                Bytes::from(encode(&self.seal(now, &signers, action, approvals)))
            })
            .collect();
        txs.extend((0..count).map(|_| self.one(now)));
        txs
    }

    fn one(&mut self, now: &Now<'_>) -> Bytes {
        if !self.sent.is_empty() && self.rng.gen_bool(0.05) {
            return self.again();
        }
        let kind = wishes::kind(&mut self.rng, now);
        let (signers, action, approvals) = wishes::wish(self, now, kind);
        let tx = self.seal(now, &signers, action, approvals);
        let mut bytes = Bytes::from(encode(&tx));
        assert_eq!(Tx::kind_of(&bytes), Some(tx.body.action.kind()));
        self.sent.push(bytes.clone());
        if self.sent.len() > REMEMBERED {
            self.sent.remove(0);
        }
        if self.rng.gen_bool(0.06) {
            bytes = self.spoil(bytes.to_vec()).into();
        }
        bytes
    }

    fn again(&mut self) -> Bytes {
        self.sent.choose(&mut self.rng).cloned().unwrap_or_default()
    }

    /// Bytes as no program sends them.
    pub(crate) fn spoil(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self.rng.gen_range(0..7) {
            0 => bytes.truncate(self.rng.gen_range(0..bytes.len())),
            1 => {
                let bit = self.rng.gen_range(0..bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            2 => bytes.push(self.rng.gen_range(0..=255)),
            3 => bytes.clear(),
            4 => bytes = vec![0xff; 70_000],
            5 => {
                bytes = vec![0; self.rng.gen_range(1..300)];
                self.rng.fill_bytes(&mut bytes);
            }
            _ => bytes.extend_from_within(..),
        }
        bytes
    }

    /// Signs, rightly or wrongly.
    fn seal(
        &mut self,
        now: &Now<'_>,
        signers: &[Signer],
        action: Action,
        approvals: Vec<Approval>,
    ) -> Tx {
        let signer = &signers[0];
        // Agents have several lanes.
        let lane = match &action {
            Action::Report(_) if self.rng.gen_bool(0.2) => self.rng.gen_range(0..3),
            _ => 0,
        };
        let spent = now
            .read::<u64>(&state_key::nonce(&signer.identity, lane))
            .unwrap_or(0);
        let given = self.nonces.entry((signer.identity, lane)).or_insert(spent);
        *given += 1;
        let mut body = TxBody {
            network: world().network.clone(),
            signer: signer.identity,
            lane,
            nonce: *given,
            expires: Time(now.time + 2 * HOUR_MS),
            action,
            approvals: List::new(approvals).expect("few approvals"),
        };
        let wrong = self.rng.gen_bool(0.06);
        if wrong {
            self.nonces.insert((signer.identity, lane), body.nonce - 1);
            self.misdate(&mut body, now);
        }
        let mut signature = signer.key.sign(&body.id());
        if wrong && self.rng.gen_bool(0.2) {
            signature = Signature([7; 64]);
        } else if self.rng.gen_bool(0.03) {
            signature = forge::other_signature(&signer.key, &body.id(), 1);
        }
        let others = signers[1..].iter().map(|officer| cosign(&body, officer));
        Tx {
            signature,
            cosignatures: Cosignatures::new(others.collect()).expect("few officers"),
            body,
        }
    }

    fn misdate(&mut self, body: &mut TxBody, now: &Now<'_>) {
        match self.rng.gen_range(0..7) {
            0 => body.nonce = body.nonce.saturating_sub(1),
            1 => body.nonce += 1,
            2 => body.lane = self.rng.gen_range(1..=16),
            3 => body.expires = Time(now.time - 1),
            4 => body.expires = Time(now.time + 30 * HOUR_MS),
            5 => body.network.genesis_hash = Hash::of(b"another chain"),
            _ => body.network.recovery_epoch = 1,
        }
    }

    /// An approval of a change by an IMVU's owner: mostly good, else stale, used, too early, for another or of another.
    pub(crate) fn approval(
        &mut self,
        now: &Now<'_>,
        imvu: &Imvu,
        change: &Change,
    ) -> Option<Approval> {
        if self.rng.gen_bool(0.15)
            && let Some(old) = self.approvals.choose(&mut self.rng)
        {
            return Some(old.clone());
        }
        let owner = now.owner(imvu)?;
        let route = match change {
            Change::Route(route) => {
                now.read::<RouteRecord>(&state_key::route(&imvu.id, &route.prefix()))
            }
            _ => None,
        };
        let policy = now
            .read::<PathPolicy>(&state_key::path_policy(&imvu.id))
            .unwrap_or_default();
        let mail = match change {
            Change::MailRoute(change) => {
                now.read::<MailRouteRecord>(&state_key::mail_route(&change.domain))
            }
            _ => None,
        };
        let from = basis(change, imvu, route.as_ref(), &policy, mail.as_ref());
        let identity = now.read::<Identity>(&state_key::identity(&imvu.owner))?;
        let law_time = now.law_time();
        let mut body = ApprovalBody {
            network: world().network.clone(),
            approver: imvu.owner,
            generation: identity.generation,
            imvu: imvu.id.clone(),
            version: from.version,
            before: from.before,
            change: change.clone(),
            permitted: PermittedActor::Platform,
            not_before: Time(law_time - HOUR_MS),
            expires: Time(law_time + self.rng.gen_range(1..48) * HOUR_MS),
            salt: self.rng.gen_range(0..1_000),
        };
        let mut key = owner.key;
        if self.rng.gen_bool(0.3) {
            key = self.bend(&mut body, key, law_time);
        }
        let approval = sign::approve(body, &key);
        self.approvals.push(approval.clone());
        Some(approval)
    }

    fn bend(&mut self, body: &mut ApprovalBody, key: SecretKey, law_time: u64) -> SecretKey {
        match self.rng.gen_range(0..7) {
            0 => body.version += 1,
            1 => body.before = Hash::of(b"another value"),
            2 => body.permitted = PermittedActor::Identity(world().officers[0].identity),
            3 => body.expires = Time(law_time - 1),
            4 => body.not_before = Time(law_time + HOUR_MS),
            5 => body.generation += 1,
            _ => return world().officers[0].key.clone(),
        }
        key
    }

    pub(crate) fn key(&mut self) -> SecretKey {
        let spare = &world().spare;
        spare[self.rng.gen_range(0..spare.len())].clone()
    }

    /// A key that must not come into the state.
    pub(crate) fn bad_key(&mut self) -> KeyBytes {
        match self.rng.gen_bool(0.5) {
            true => forge::small_order_key(),
            false => forge::non_canonical_key(),
        }
    }
}

/// The IMVU that a kind of action is about, if it is about one that exists.
pub(crate) fn some_imvu(rng: &mut StdRng, imvus: &[Imvu]) -> ImvuId {
    match imvus.choose(rng) {
        Some(imvu) if rng.gen_bool(0.95) => imvu.id.clone(),
        _ => wishes::imvu_ids()
            .nth(rng.gen_range(0..wishes::IMVUS))
            .expect("an id"),
    }
}

/// Kinds in which an officer acts for the platform.
pub(crate) fn is_platforms(kind: ActionKind) -> bool {
    use ActionKind as K;
    matches!(
        kind,
        K::ProposeQuota
            | K::ProposeRoute
            | K::ProposePathPolicy
            | K::SetSplit
            | K::ProposeParameter
            | K::PlatformSuspend
    )
}
