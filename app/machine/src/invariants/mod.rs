//! What the law keeps true between two objects of the state, recomputed from the state alone.
//!
//! Effects keep counts, tables of contents and timers beside the objects they are about. Each invariant here recomputes
//! one such relation from scratch and names the first key that breaks it. One more invariant is one more function and one
//! more line in [`INVARIANTS`].
//!
//! Nothing here takes part in consensus: a tool checks a stopped node's state, a simulation its blocks.

mod consents;
mod exits;
mod externals;
mod governance;
mod guardians;
mod hosts;
mod imvus;
mod mail;
mod meters;
mod money;
mod names;
mod people;
mod snapshots;
mod timers;

use crate::view::View;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use nexus_types::billing::{Billing, Periods};
use nexus_types::consent::{Consents, Erasure};
use nexus_types::constants::APP_VERSION;
use nexus_types::domain::{ChildGrant, DelegationRecord, ExternalClaim, ExternalName, TransferKey};
use nexus_types::exit::{Exit, PeriodRoots};
use nexus_types::governance::{
    DeniedName, FormerKeys, GovernanceProposal, Observers, Registers, SeatChanges, UpgradePlan,
};
use nexus_types::guardian::{Guardianship, Team};
use nexus_types::host::{Agent, Assignment, Host, Placement, Slot};
use nexus_types::mail::{
    Address, Credential, DkimKey, MailBook, MailCursor, MailIndex, MailRouteRecord,
};
use nexus_types::meter::{Meter, Metering};
use nexus_types::money::{Account, PriceBook, PriceList, TaxRates};
use nexus_types::payment::{
    Bucket, Dispute, Enforcement, Mandates, Payment, Payout, Processor, StandingConsents,
};
use nexus_types::snapshot::{Snapshot, Snapshots};
use nexus_types::state::{
    Apexes, Attesters, ChainRecord, Clock, Collection, Domain, Identity, Imvu, ImvuNames,
    Jurisdictions, NameCount, Officers, Proposal, RouteRecord, Seat, Spent, TimedItem, Zone,
    ZoneIndex,
};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{MeterId, decode};

/// A relation that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which: its name in [`INVARIANTS`].
    pub invariant: &'static str,
    /// The first key at fault.
    pub key: StateKey,
    /// What stands there, and what should.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}: {}", self.invariant, self.key, self.what)
    }
}

impl core::error::Error for Broken {}

/// What was checked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    /// Keys in the state.
    pub keys: u64,
    /// Invariants that hold.
    pub invariants: u64,
}

/// One relation, checked over the whole state.
pub type Invariant = fn(&Ledger<'_>) -> Result<(), Fault>;

/// All invariants by name, in the order in which they are checked: what later ones take for granted comes first.
pub const INVARIANTS: &[(&str, Invariant)] = &[
    ("every key decodes", every_key_decodes),
    ("the chain has its records", the_chain_has_its_records),
    ("nothing is later than the clock", nothing_is_later),
    ("identities stand under their ids", people::identities),
    ("officers and attesters are identities", people::bodies),
    ("somebody has power", people::seats),
    ("nonces and allowances are somebody's", people::spent),
    (
        "guardians are others, and what is pending is due",
        guardians::guarded,
    ),
    ("a team is of others than the owner", guardians::teams),
    (
        "an IMVU has an owner and a permitted envelope",
        imvus::owners,
    ),
    ("an IMVU's counts are those of its objects", imvus::counts),
    ("an IMVU's objects have their IMVU", imvus::parents),
    (
        "collections have the root of their peaks",
        imvus::collections,
    ),
    (
        "a bound name has its zone, a zone its bound name",
        names::domains,
    ),
    ("no name lies within another IMVU's", names::nesting),
    (
        "names that are not granted are observed",
        externals::observed,
    ),
    ("a grant below a name is open or used", externals::granted),
    (
        "a delegation stands in the place of a zone",
        externals::delegated,
    ),
    ("a transfer code is its holder's", externals::codes),
    ("counts of names below are right", names::counts),
    ("an IMVU's names are those bound to it", names::listed),
    ("a zone is what its table of contents says", names::zones),
    (
        "a record set is in its zone's table of contents",
        names::record_sets,
    ),
    (
        "a host guarantees what its placements claim",
        hosts::guaranteed,
    ),
    (
        "a host's agents and meters are its own",
        hosts::agents_and_meters,
    ),
    (
        "a placement has its slot, a slot its placement",
        hosts::slots,
    ),
    ("what is placed is assigned", hosts::assignments),
    ("a meter's keys are its own", meters::keys),
    ("metering is in order and not ahead", meters::metering),
    (
        "debits are credits, and nothing is overdrawn",
        money::balances,
    ),
    ("money that waits has what it waits for", money::backed),
    ("payments are paid back up to their amount", money::payments),
    (
        "debts, mandates and processors stand where they are looked for",
        money::agreements,
    ),
    (
        "periods have their prices, and are closed once",
        money::periods,
    ),
    (
        "each timer has its object, each object its timer",
        timers::both_ways,
    ),
    ("a subject's consents are in sequence", consents::sequences),
    (
        "snapshots are numbered, and their hosts are told",
        snapshots::numbers,
    ),
    ("where an IMVU is placed, it was", snapshots::stays),
    ("a book of mail is its IMVU's objects", mail::books),
    ("mail is its IMVU's own, and somebody's", mail::attribution),
    ("a mail agent is told of the book", mail::told),
    ("epochs of mail are recorded one by one", mail::epochs),
    ("seats are organisations of equal power", governance::seats),
    (
        "a proposal is pending, or something came of it",
        governance::proposals,
    ),
    ("registers hold what the law allows", governance::registers),
    (
        "restrictions end, one for each scope",
        governance::restrictions,
    ),
    ("an exit is as far as it says", exits::stages),
    ("a protected baseline is what stands", exits::baselines),
    ("what a period's end put on record stays", exits::records),
];

/// Checks every invariant in turn.
///
/// # Errors
/// The first [`Broken`] one.
pub fn check(view: &dyn View) -> Result<Summary, Broken> {
    let ledger = Ledger { view };
    for (invariant, holds) in INVARIANTS {
        holds(&ledger).map_err(|Fault { key, what }| Broken {
            invariant,
            key,
            what,
        })?;
    }
    let mut keys = 0_u64;
    for kind in KeyKind::ALL {
        let counted: Result<(), Fault> = ledger.raw(kind, |_, _| {
            keys = keys.saturating_add(1);
            Ok(())
        });
        // Counting cannot fail.
        debug_assert!(counted.is_ok());
    }
    Ok(Summary {
        keys,
        invariants: u64::try_from(INVARIANTS.len()).unwrap_or(u64::MAX),
    })
}

/// The key at fault and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The key.
    pub key: StateKey,
    /// What stands there, and what should.
    pub what: String,
}

fn fault<T>(key: &StateKey, what: impl fmt::Display) -> Result<T, Fault> {
    Err(Fault {
        key: key.clone(),
        what: what.to_string(),
    })
}

/// The state as invariants read it.
pub struct Ledger<'a> {
    view: &'a dyn View,
}

impl Ledger<'_> {
    /// Visits all keys of a kind, ascending.
    fn raw(
        &self,
        kind: KeyKind,
        mut visit: impl FnMut(&StateKey, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let (mut from, to) = state_key::range_of(kind);
        while let Some((key, bytes)) = self.view.first_in(&from, &to) {
            visit(&key, &bytes)?;
            let mut next = key.as_bytes().to_vec();
            next.push(0);
            from = StateKey::from_bytes(next);
        }
        Ok(())
    }

    /// Visits all objects of a kind, ascending by key.
    fn each<T: BorshDeserialize + BorshSerialize>(
        &self,
        kind: KeyKind,
        mut visit: impl FnMut(&StateKey, T) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.raw(kind, |key, bytes| visit(key, object(key, bytes)?))
    }

    fn get<T: BorshDeserialize + BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Result<Option<T>, Fault> {
        let bytes = self.view.get(key);
        bytes.map(|bytes| object(key, &bytes)).transpose()
    }

    /// An object that every chain has.
    fn one<T: BorshDeserialize + BorshSerialize>(&self, key: &StateKey) -> Result<T, Fault> {
        match self.get(key)? {
            Some(object) => Ok(object),
            None => fault(key, "every chain has this object, this one has not"),
        }
    }

    fn exists(&self, key: &StateKey) -> bool {
        self.view.get(key).is_some()
    }

    fn clock(&self) -> Result<Clock, Fault> {
        self.one(&state_key::clock())
    }
}

fn object<T: BorshDeserialize + BorshSerialize>(key: &StateKey, bytes: &[u8]) -> Result<T, Fault> {
    match decode(bytes) {
        Ok(object) => Ok(object),
        Err(error) => fault(key, format_args!("the object does not decode: {error}")),
    }
}

/// What a key is made of behind its type byte.
fn id<T: BorshDeserialize + BorshSerialize>(key: &StateKey) -> Result<T, Fault> {
    match decode(key.id()) {
        Ok(id) => Ok(id),
        Err(error) => fault(key, format_args!("the key does not decode: {error}")),
    }
}

/// An object must stand under the key that it makes.
fn stands_under(key: &StateKey, own: &StateKey) -> Result<(), Fault> {
    if key == own {
        return Ok(());
    }
    fault(key, format_args!("the object's own key is {own:?}"))
}

fn every_key_decodes(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let known: Vec<u8> = KeyKind::ALL.iter().map(|kind| kind.byte()).collect();
    // Between two kinds nothing may stand.
    let (mut from, last) = (StateKey::from_bytes(Vec::new()), [u8::MAX; 2]);
    let last = StateKey::from_bytes(last.to_vec());
    while let Some((key, _)) = ledger.view.first_in(&from, &last) {
        match key.as_bytes().first() {
            Some(byte) if known.contains(byte) => {
                from = StateKey::from_bytes(alloc::vec![byte.saturating_add(1)]);
            }
            _ => return fault(&key, "no object of the law has such a key"),
        }
    }
    use KeyKind as K;
    for kind in K::ALL {
        match kind {
            K::Chain => ledger.each::<ChainRecord>(kind, |_, _| Ok(()))?,
            K::Clock => ledger.each::<Clock>(kind, |_, _| Ok(()))?,
            K::Identity => ledger.each::<Identity>(kind, |_, _| Ok(()))?,
            K::Nonce => ledger.each::<u64>(kind, |_, _| Ok(()))?,
            K::Spent | K::UnattestedSpent => ledger.each::<Spent>(kind, |_, _| Ok(()))?,
            K::Officers => ledger.each::<Officers>(kind, |_, _| Ok(()))?,
            K::Attesters => ledger.each::<Attesters>(kind, |_, _| Ok(()))?,
            K::Jurisdictions => ledger.each::<Jurisdictions>(kind, |_, _| Ok(()))?,
            K::Apexes => ledger.each::<Apexes>(kind, |_, _| Ok(()))?,
            K::Seat => ledger.each::<Seat>(kind, |_, _| Ok(()))?,
            K::Imvu => ledger.each::<Imvu>(kind, |_, _| Ok(()))?,
            K::PathPolicy => ledger.each::<nexus_types::route::PathPolicy>(kind, |_, _| Ok(()))?,
            K::Route => ledger.each::<RouteRecord>(kind, |_, _| Ok(()))?,
            K::Collection => ledger.each::<Collection>(kind, |_, _| Ok(()))?,
            K::Domain => ledger.each::<Domain>(kind, |_, _| Ok(()))?,
            K::NameCount | K::NameCountOf => ledger.each::<NameCount>(kind, |_, _| Ok(()))?,
            K::Zone => ledger.each::<Zone>(kind, |_, _| Ok(()))?,
            K::ZoneIndex => ledger.each::<ZoneIndex>(kind, |_, _| Ok(()))?,
            K::RRset => ledger.each::<nexus_types::rrset::RRset>(kind, |_, _| Ok(()))?,
            K::Proposal => ledger.each::<Proposal>(kind, |_, _| Ok(()))?,
            K::Approval => {
                ledger.each::<nexus_types::state::ApprovalRecord>(kind, |_, _| Ok(()))?;
            }
            K::Timed => ledger.each::<TimedItem>(kind, |_, _| Ok(()))?,
            K::Preapproved => ledger.each::<()>(kind, |_, ()| Ok(()))?,
            K::Host => ledger.each::<Host>(kind, |_, _| Ok(()))?,
            K::Agent => ledger.each::<Agent>(kind, |_, _| Ok(()))?,
            K::Meter => ledger.each::<Meter>(kind, |_, _| Ok(()))?,
            K::MeterKey => ledger.each::<MeterId>(kind, |_, _| Ok(()))?,
            K::Slot => ledger.each::<Slot>(kind, |_, _| Ok(()))?,
            K::Placement => ledger.each::<Placement>(kind, |_, _| Ok(()))?,
            K::Assignment => ledger.each::<Assignment>(kind, |_, _| Ok(()))?,
            K::Metering => ledger.each::<Metering>(kind, |_, _| Ok(()))?,
            K::Due => ledger.each::<TimedItem>(kind, |_, _| Ok(()))?,
            K::Account => ledger.each::<Account>(kind, |_, _| Ok(()))?,
            K::Prices => ledger.each::<PriceList>(kind, |_, _| Ok(()))?,
            K::PriceBook => ledger.each::<PriceBook>(kind, |_, _| Ok(()))?,
            K::TaxRates => ledger.each::<TaxRates>(kind, |_, _| Ok(()))?,
            K::Periods => ledger.each::<Periods>(kind, |_, _| Ok(()))?,
            K::Processor => ledger.each::<Processor>(kind, |_, _| Ok(()))?,
            K::Link | K::Debtor => ledger.each::<()>(kind, |_, ()| Ok(()))?,
            K::Payment => ledger.each::<Payment>(kind, |_, _| Ok(()))?,
            K::Dispute => ledger.each::<Dispute>(kind, |_, _| Ok(()))?,
            K::Payout => ledger.each::<Payout>(kind, |_, _| Ok(()))?,
            K::Bucket => ledger.each::<Bucket>(kind, |_, _| Ok(()))?,
            K::Mandates => ledger.each::<Mandates>(kind, |_, _| Ok(()))?,
            K::Enforcement => ledger.each::<Enforcement>(kind, |_, _| Ok(()))?,
            K::StandingConsents => ledger.each::<StandingConsents>(kind, |_, _| Ok(()))?,
            K::Billing => ledger.each::<Billing>(kind, |_, _| Ok(()))?,
            K::Guardianship => ledger.each::<Guardianship>(kind, |_, _| Ok(()))?,
            K::Team => ledger.each::<Team>(kind, |_, _| Ok(()))?,
            K::Consents => ledger.each::<Consents>(kind, |_, _| Ok(()))?,
            K::Erasure => ledger.each::<Erasure>(kind, |_, _| Ok(()))?,
            K::Stay => ledger.each::<()>(kind, |_, ()| Ok(()))?,
            K::Snapshots => ledger.each::<Snapshots>(kind, |_, _| Ok(()))?,
            K::Snapshot => ledger.each::<Snapshot>(kind, |_, _| Ok(()))?,
            K::MailBook => ledger.each::<MailBook>(kind, |_, _| Ok(()))?,
            K::MailIndex => ledger.each::<MailIndex>(kind, |_, _| Ok(()))?,
            K::MailAddress => ledger.each::<Address>(kind, |_, _| Ok(()))?,
            K::MailRoute => ledger.each::<MailRouteRecord>(kind, |_, _| Ok(()))?,
            K::DkimKey => ledger.each::<DkimKey>(kind, |_, _| Ok(()))?,
            K::MailCredential => ledger.each::<Credential>(kind, |_, _| Ok(()))?,
            K::MailCursor => ledger.each::<MailCursor>(kind, |_, _| Ok(()))?,
            K::Governance => ledger.each::<GovernanceProposal>(kind, |_, _| Ok(()))?,
            K::Registers => ledger.each::<Registers>(kind, |_, _| Ok(()))?,
            K::Observers => ledger.each::<Observers>(kind, |_, _| Ok(()))?,
            K::UpgradePlan => ledger.each::<UpgradePlan>(kind, |_, _| Ok(()))?,
            K::DeniedName => ledger.each::<DeniedName>(kind, |_, _| Ok(()))?,
            K::SeatChanges => ledger.each::<SeatChanges>(kind, |_, _| Ok(()))?,
            K::Exit => ledger.each::<Exit>(kind, |_, _| Ok(()))?,
            K::ImvuNames => ledger.each::<ImvuNames>(kind, |_, _| Ok(()))?,
            K::ExternalClaim => ledger.each::<ExternalClaim>(kind, |_, _| Ok(()))?,
            K::ExternalName => ledger.each::<ExternalName>(kind, |_, _| Ok(()))?,
            K::ChildGrant => ledger.each::<ChildGrant>(kind, |_, _| Ok(()))?,
            K::Delegation => ledger.each::<DelegationRecord>(kind, |_, _| Ok(()))?,
            K::TransferKey => ledger.each::<TransferKey>(kind, |_, _| Ok(()))?,
            K::FormerKeys => ledger.each::<FormerKeys>(kind, |_, _| Ok(()))?,
            K::PeriodRoots => ledger.each::<PeriodRoots>(kind, |_, _| Ok(()))?,
        }
    }
    Ok(())
}

fn the_chain_has_its_records(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let key = state_key::chain();
    let chain: ChainRecord = ledger.one(&key)?;
    let clock = ledger.clock()?;
    let plan: Option<UpgradePlan> = ledger.get(&state_key::upgrade_plan())?;
    let next = chain.decided_by(clock.height.saturating_add(1), plan.as_ref());
    // Before an upgrade's first block both programs know what the state means.
    if ![chain.app_version, next].contains(&APP_VERSION) {
        return fault(
            &key,
            format_args!(
                "the chain's state machine has version {}, this program's {APP_VERSION}",
                chain.app_version
            ),
        );
    }
    if clock.law_time > clock.time {
        return fault(
            &state_key::clock(),
            "the law's clock is ahead of the block time",
        );
    }
    ledger.one::<Officers>(&state_key::officers())?;
    ledger.one::<Attesters>(&state_key::attesters())?;
    ledger.one::<Jurisdictions>(&state_key::jurisdictions())?;
    ledger.one::<Apexes>(&state_key::apexes())?;
    for kind in [
        KeyKind::Chain,
        KeyKind::Clock,
        KeyKind::UnattestedSpent,
        KeyKind::Officers,
        KeyKind::Attesters,
        KeyKind::Jurisdictions,
        KeyKind::Apexes,
        KeyKind::PriceBook,
        KeyKind::Periods,
        KeyKind::Registers,
        KeyKind::Observers,
        KeyKind::UpgradePlan,
        KeyKind::SeatChanges,
        KeyKind::FormerKeys,
    ] {
        ledger.raw(kind, |key, _| {
            if key.id().is_empty() {
                Ok(())
            } else {
                fault(
                    key,
                    "a chain has one object of this kind, under its type byte alone",
                )
            }
        })?;
    }
    Ok(())
}

fn nothing_is_later(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let now = ledger.clock()?.height;
    let check = |key: &StateKey, height: u64| {
        if height <= now {
            return Ok(());
        }
        fault(
            key,
            format_args!("it is of height {height}, the last block is {now}"),
        )
    };
    ledger.each::<Identity>(KeyKind::Identity, |key, it| check(key, it.registered))?;
    ledger.each::<Imvu>(KeyKind::Imvu, |key, it| check(key, it.created))?;
    ledger.each::<Domain>(KeyKind::Domain, |key, it| check(key, it.since))?;
    ledger.each::<Zone>(KeyKind::Zone, |key, it| check(key, it.serial))?;
    ledger.each::<Proposal>(KeyKind::Proposal, |key, it| check(key, it.opened))?;
    ledger.each::<Host>(KeyKind::Host, |key, it| {
        check(key, it.registered.max(it.attested.unwrap_or(0)))
    })?;
    ledger.each::<Agent>(KeyKind::Agent, |key, it| {
        check(key, it.registered.max(it.last_height).max(it.through))
    })?;
    ledger.each::<Meter>(KeyKind::Meter, |key, it| check(key, it.registered))?;
    ledger.each::<Address>(KeyKind::MailAddress, |key, it| check(key, it.granted))?;
    ledger.each::<Credential>(KeyKind::MailCredential, |key, it| check(key, it.set))?;
    ledger.each::<DkimKey>(KeyKind::DkimKey, |key, it| {
        check(key, it.registered.max(it.revoked.unwrap_or(0)))
    })?;
    ledger.each::<MailCursor>(KeyKind::MailCursor, |key, it| check(key, it.at))?;
    ledger.each::<GovernanceProposal>(KeyKind::Governance, |key, it| check(key, it.opened))?;
    ledger.each::<DeniedName>(KeyKind::DeniedName, |key, it| check(key, it.since))?;
    ledger.each::<ExternalClaim>(KeyKind::ExternalClaim, |key, it| check(key, it.since))?;
    ledger.each::<ExternalName>(KeyKind::ExternalName, |key, it| check(key, it.since))?;
    ledger.each::<DelegationRecord>(KeyKind::Delegation, |key, it| check(key, it.since))?;
    ledger.each::<TransferKey>(KeyKind::TransferKey, |key, it| check(key, it.since))?;
    ledger.each::<nexus_types::state::ApprovalRecord>(KeyKind::Approval, |key, it| {
        check(key, it.at)
    })?;
    ledger.each::<Spent>(KeyKind::Spent, |key, it| check(key, it.block))
}
