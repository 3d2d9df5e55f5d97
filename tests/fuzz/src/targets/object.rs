//! Objects of the state and records of the logs: one byte string per value.

use borsh::{BorshDeserialize, BorshSerialize};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_types::approval::{Approval, Attestation};
use nexus_types::billing::{Billing, MoneyEntry, StatementEntry};
use nexus_types::block::Event;
use nexus_types::consent::{ConsentEntry, Consents, Erasure};
use nexus_types::domain::{ChildGrant, DelegationRecord, ExternalClaim, ExternalName, TransferKey};
use nexus_types::encoding::encode;
use nexus_types::exit::{Exit, ExitEntry};
use nexus_types::genesis::GenesisDocument;
use nexus_types::governance::{GovernanceProposal, Observers, Registers};
use nexus_types::guardian::{Guardianship, Team};
use nexus_types::host::{Agent, Assignment, Host, Placement, Slot};
use nexus_types::mail::{MailBook, MailEpoch, MailObject};
use nexus_types::meter::{Meter, MeterRecord, Metering, UsageHour};
use nexus_types::money::{Account, PriceBook, PriceList, TaxRates};
use nexus_types::payment::{
    Dispute, Enforcement, Mandates, Payment, Payout, Processor, StandingConsents,
};
use nexus_types::record::{AuditEntry, HeaderEntry, Notice, Violation};
use nexus_types::recovery::Recovery;
use nexus_types::report::DriftEntry;
use nexus_types::rrset::RRset;
use nexus_types::snapshot::{Snapshot, SnapshotEntry};
use nexus_types::state::{
    ChainRecord, Collection, Domain, Identity, Imvu, Officers, Proposal, RouteRecord, Seat,
    TimedItem, Zone, ZoneIndex,
};
use nexus_types::{Action, Verdict, decode};

use super::Target;
use crate::{vectors, world};

pub(super) const TARGET: Target = Target {
    name: "object",
    run,
    seeds,
    mutation: None,
    max_len: 2048,
};

/// What the first byte of an input chooses.
const KINDS: [fn(&[u8]); 69] = [
    one_spelling::<ChainRecord>,
    one_spelling::<Identity>,
    one_spelling::<Imvu>,
    one_spelling::<RouteRecord>,
    one_spelling::<Collection>,
    one_spelling::<Domain>,
    one_spelling::<Zone>,
    one_spelling::<ZoneIndex>,
    one_spelling::<RRset>,
    one_spelling::<Proposal>,
    one_spelling::<Seat>,
    one_spelling::<Officers>,
    one_spelling::<Action>,
    one_spelling::<Approval>,
    one_spelling::<Attestation>,
    one_spelling::<Verdict>,
    one_spelling::<AuditEntry>,
    one_spelling::<HeaderEntry>,
    one_spelling::<Violation>,
    one_spelling::<Notice>,
    one_spelling::<Event>,
    one_spelling::<GenesisDocument>,
    one_spelling::<AppHashPreimage>,
    one_spelling::<Host>,
    one_spelling::<Agent>,
    one_spelling::<Meter>,
    one_spelling::<Slot>,
    one_spelling::<Placement>,
    one_spelling::<Assignment>,
    one_spelling::<Metering>,
    one_spelling::<MeterRecord>,
    one_spelling::<UsageHour>,
    one_spelling::<DriftEntry>,
    one_spelling::<Account>,
    one_spelling::<PriceList>,
    one_spelling::<PriceBook>,
    one_spelling::<TaxRates>,
    one_spelling::<Processor>,
    one_spelling::<Payment>,
    one_spelling::<Dispute>,
    one_spelling::<Payout>,
    one_spelling::<Mandates>,
    one_spelling::<Enforcement>,
    one_spelling::<StandingConsents>,
    one_spelling::<Billing>,
    one_spelling::<MoneyEntry>,
    one_spelling::<StatementEntry>,
    one_spelling::<TimedItem>,
    one_spelling::<ExternalClaim>,
    one_spelling::<ExternalName>,
    one_spelling::<ChildGrant>,
    one_spelling::<DelegationRecord>,
    one_spelling::<TransferKey>,
    one_spelling::<Observers>,
    one_spelling::<Exit>,
    one_spelling::<ExitEntry>,
    one_spelling::<Recovery>,
    one_spelling::<GovernanceProposal>,
    one_spelling::<Registers>,
    one_spelling::<Guardianship>,
    one_spelling::<Team>,
    one_spelling::<Consents>,
    one_spelling::<Erasure>,
    one_spelling::<ConsentEntry>,
    one_spelling::<Snapshot>,
    one_spelling::<SnapshotEntry>,
    one_spelling::<MailBook>,
    one_spelling::<MailObject>,
    one_spelling::<MailEpoch>,
];

fn run(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    KINDS[usize::from(*kind) % KINDS.len()](bytes);
}

/// `decode` itself compares; this asks borsh alone, so that the comparison is never what keeps two spellings apart
/// without anybody noticing that they exist.
fn one_spelling<T: BorshDeserialize + BorshSerialize>(bytes: &[u8]) {
    let by_borsh: Option<T> = borsh::from_slice(bytes).ok();
    let strict = decode::<T>(bytes).is_ok();
    assert_eq!(
        by_borsh.is_some(),
        strict,
        "borsh alone is laxer or stricter"
    );
    if let Some(value) = by_borsh {
        assert_eq!(encode(&value), bytes, "two encodings of one value");
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut values = vectors::bytes_named(&vectors::json("objects.json"), "bytes");
    values.extend(vectors::bytes_named(
        &vectors::json("transactions.json"),
        "verdict_bytes",
    ));
    values.push(world::document_bytes());
    // Each under every kind that takes it: the file's order of kinds is not ours.
    let kinds = (0..KINDS.len()).map(|kind| kind as u8);
    let under = |kind: u8| {
        values
            .iter()
            .map(move |value| [&[kind], value.as_slice()].concat())
    };
    let mut seeds: Vec<Vec<u8>> = kinds
        .flat_map(under)
        .filter(|seed| is_taken(seed))
        .collect();
    seeds.retain(|seed| seed.len() <= TARGET.max_len);
    seeds
}

fn is_taken(seed: &[u8]) -> bool {
    const TAKES: [fn(&[u8]) -> bool; KINDS.len()] = [
        takes::<ChainRecord>,
        takes::<Identity>,
        takes::<Imvu>,
        takes::<RouteRecord>,
        takes::<Collection>,
        takes::<Domain>,
        takes::<Zone>,
        takes::<ZoneIndex>,
        takes::<RRset>,
        takes::<Proposal>,
        takes::<Seat>,
        takes::<Officers>,
        takes::<Action>,
        takes::<Approval>,
        takes::<Attestation>,
        takes::<Verdict>,
        takes::<AuditEntry>,
        takes::<HeaderEntry>,
        takes::<Violation>,
        takes::<Notice>,
        takes::<Event>,
        takes::<GenesisDocument>,
        takes::<AppHashPreimage>,
        takes::<Host>,
        takes::<Agent>,
        takes::<Meter>,
        takes::<Slot>,
        takes::<Placement>,
        takes::<Assignment>,
        takes::<Metering>,
        takes::<MeterRecord>,
        takes::<UsageHour>,
        takes::<DriftEntry>,
        takes::<Account>,
        takes::<PriceList>,
        takes::<PriceBook>,
        takes::<TaxRates>,
        takes::<Processor>,
        takes::<Payment>,
        takes::<Dispute>,
        takes::<Payout>,
        takes::<Mandates>,
        takes::<Enforcement>,
        takes::<StandingConsents>,
        takes::<Billing>,
        takes::<MoneyEntry>,
        takes::<StatementEntry>,
        takes::<TimedItem>,
        takes::<ExternalClaim>,
        takes::<ExternalName>,
        takes::<ChildGrant>,
        takes::<DelegationRecord>,
        takes::<TransferKey>,
        takes::<Observers>,
        takes::<Exit>,
        takes::<ExitEntry>,
        takes::<Recovery>,
        takes::<GovernanceProposal>,
        takes::<Registers>,
        takes::<Guardianship>,
        takes::<Team>,
        takes::<Consents>,
        takes::<Erasure>,
        takes::<ConsentEntry>,
        takes::<Snapshot>,
        takes::<SnapshotEntry>,
        takes::<MailBook>,
        takes::<MailObject>,
        takes::<MailEpoch>,
    ];
    let takes = TAKES[usize::from(seed[0]) % TAKES.len()];
    takes(&seed[1..])
}

fn takes<T: BorshDeserialize + BorshSerialize>(bytes: &[u8]) -> bool {
    decode::<T>(bytes).is_ok()
}
