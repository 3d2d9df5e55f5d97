//! A bundle made by hand, and what is found when a part of it is another. That headers lead to the state root is for the
//! tests of `nexus_sdk::verify`.

use super::super::bundle::Format;
use super::*;
use nexus_sdk::api::{LeafProof, PreimageView};
use nexus_sdk::bundle::{Bundle, BundleSubject, Evidence};
use nexus_tree::log::{Frontier, prove_inclusion};
use nexus_tree::smt::{SparseMerkleTree, key_hash, value_hash};
use nexus_types::billing::{Charge, ChargeLine, MoneyEvent, Part};
use nexus_types::encoding::{List, Text, encode};
use nexus_types::exit::{CollectionHead, PeriodRoots};
use nexus_types::ids::{HostId, MeterId};
use nexus_types::meter::{Resource, UsageFlags, UsageLine};
use nexus_types::money::{Micros, Price};
use nexus_types::period::Calendar;
use nexus_types::quota::Quota;
use nexus_types::state::{Allowances, DelayProfile, Imvu, ImvuStatus};
use nexus_types::{IdentityId, Network, Time};
use std::collections::BTreeMap;

const CHAIN_ID: &str = "nexus-test";
const OWNER: IdentityId = IdentityId(Hash([2; 32]));
/// A day a period; hour 480 is the first of this.
const PERIOD: Period = Period(20);
/// 3 micro-credits for 2 of anything.
const PRICE: Price = Price { micros: 3, per: 2 };

fn id() -> ImvuId {
    ImvuId::new("IMVU-042").unwrap()
}

fn chain() -> ChainRecord {
    ChainRecord {
        network: Network {
            chain_id: Text::new(CHAIN_ID).unwrap(),
            genesis_hash: Hash([9; 32]),
            recovery_epoch: 0,
        },
        app_version: 3,
        delays: DelayProfile {
            approval_ms: 1,
            name_lock_ms: 1,
            registration_ms: 1,
            silence_ms: 1,
            late_window_ms: 1,
            price_notice_ms: 1,
            maturity_ms: 1,
            dispute_ms: 1,
            consent_notice_ms: 1,
            debt_notice_ms: 1,
            debt_frozen_ms: 2,
            debt_dormant_ms: 3,
            guardian_ms: 1,
            freeze_ms: 1,
            snapshot_retention_ms: 3,
            voting_ms: 1,
            register_ms: 1,
            governance_ms: 1,
            upgrade_fast_ms: 1,
            trusting_ms: 1,
            exit_overdue_ms: 1,
            exit_protection_ms: 1,
            exit_after_ms: 1,
            exit_interval_ms: 1,
            observation_ms: 1,
            reproof_ms: 1,
        },
        allowances: Allowances {
            per_block: 1,
            per_day: 1,
            rights_per_block: 1,
            rights_per_day: 1,
            unattested_per_block: 1,
            unattested_per_day: 1,
        },
        max_quota: Quota::default(),
        development: true,
        calendar: Calendar::Hours(24),
    }
}

fn imvu() -> Imvu {
    Imvu {
        id: id(),
        owner: OWNER,
        status: ImvuStatus::Active,
        jurisdiction: None,
        quota: Quota::default(),
        quota_versions: [0; 9],
        policy_version: 0,
        routes_version: 0,
        description: Text::default(),
        created: 1,
        domains: 0,
        routes: 0,
        proposals: 0,
        state_keys: 1,
        placements: 1,
    }
}

/// What the chain of a test holds.
struct World {
    usage: Vec<UsageHour>,
    money: Vec<MoneyEntry>,
    book: PriceBook,
    lists: Vec<PriceList>,
    /// What the committed statement says instead of what follows.
    replaced: Option<(&'static str, &'static str)>,
    /// What was put on record instead of the root of what there was.
    rewritten: Option<Hash>,
}

impl World {
    /// Two hours of one CPU millisecond: ⌊3/2⌋ = 1, then ⌊6/2⌋ − 1 = 2.
    fn new() -> Self {
        let book = PriceBook {
            lists: List::new(vec![(Period(0), 1)]).unwrap(),
        };
        let lists = vec![PriceList {
            version: 1,
            from: Period(0),
            prices: [PRICE; 7],
        }];
        let hours = [(0, 480, 1), (1, 481, 2)];
        Self {
            usage: hours.map(|(at, hour, _)| used(at, hour)).to_vec(),
            money: hours
                .map(|(at, hour, charged)| charged_for(at, hour, charged))
                .to_vec(),
            book,
            lists,
            replaced: None,
            rewritten: None,
        }
    }

    fn text(&self) -> String {
        let made = recompute(&Receipts {
            chain_id: CHAIN_ID,
            genesis_hash: Hash([9; 32]),
            calendar: Calendar::Hours(24),
            imvu: &id(),
            period: PERIOD,
            owner: OWNER,
            usage: &self.usage,
            money: &self.money,
            book: &self.book,
            lists: &self.lists,
        })
        .unwrap();
        match self.replaced {
            Some((from, to)) => made.replacen(from, to, 1),
            None => made,
        }
    }

    /// What was put on record before the last hour and its charge came.
    fn on_record(&self) -> PeriodRoots {
        let usage: Vec<Vec<u8>> = self.usage.iter().map(encode).collect();
        let money: Vec<Vec<u8>> = self.money.iter().map(encode).collect();
        let kinds = [
            (CollectionKind::Usage, usage),
            (CollectionKind::Money, money),
        ];
        let heads = kinds.map(|(kind, leaves)| {
            let known = collected(&leaves[..1]).0;
            let root = self.rewritten.unwrap_or(known.root);
            CollectionHead {
                kind,
                size: known.size,
                root,
            }
        });
        PeriodRoots {
            imvu: id(),
            period: PERIOD,
            at: 6,
            collections: heads.to_vec(),
            authored: Hash([0; 32]),
            mail: None,
        }
    }

    /// What the chain commits to, and an honest node's bundle of it.
    fn bundle(&self) -> (StatementBundle, ImvuFacts) {
        let mut values: Vec<(StateKey, Vec<u8>)> = vec![
            (state_key::chain(), encode(&chain())),
            (state_key::price_book(), encode(&self.book)),
        ];
        for list in &self.lists {
            values.push((state_key::prices(list.version), encode(list)));
        }
        let roots = state_key::period_roots(&id(), PERIOD);
        values.push((roots, encode(&self.on_record())));
        let hashed = values
            .iter()
            .map(|(key, value)| (key_hash(key.as_bytes()), value_hash(value)));
        let tree = SparseMerkleTree::from_leaves(1, hashed).unwrap();
        let items = values.iter().map(|(key, value)| {
            let proof = tree.prove(1, &key_hash(key.as_bytes())).unwrap();
            StateItem::new(key.as_bytes(), Some(value.clone()), &proof)
        });
        let mut items: Vec<StateItem> = items.collect();
        let preimage = AppHashPreimage {
            constants: [0; 32],
            delay_profile: [0; 32],
            state_root: tree.root(),
            logs: [LogHead::empty(); 5],
        };
        let evidence = Evidence {
            preimage: Some(PreimageView::from(&preimage)),
            state: vec![items.remove(0)],
            logs: Vec::new(),
            tx: None,
            records: Vec::new(),
        };
        let subject = BundleSubject::Imvu(id().into());
        let text = self.text().into_bytes();
        let entry = StatementEntry {
            imvu: id(),
            sequence: 1,
            period: PERIOD,
            height: 7,
            hash: Hash::of(&text),
            text,
        };
        let usage: Vec<Vec<u8>> = self.usage.iter().map(encode).collect();
        let money: Vec<Vec<u8>> = self.money.iter().map(encode).collect();
        let statements = vec![b"an earlier one".to_vec(), encode(&entry)];
        let (collection, nodes) = collected(&statements);
        let proof = prove_inclusion(&nodes, 1, 2).unwrap();
        let facts = ImvuFacts {
            id: id(),
            imvu: Some(imvu()),
            policy: None,
            collections: vec![
                (CollectionKind::Usage, Some(collected(&usage).0)),
                (CollectionKind::Money, Some(collected(&money).0)),
                (CollectionKind::Statements, Some(collection)),
            ],
        };
        let bundle = StatementBundle {
            format: Format::V1,
            imvu: id().into(),
            period: PERIOD.0,
            evidence: Bundle::seal(subject, 7, Vec::new(), evidence).unwrap(),
            state: items,
            usage: usage.into_iter().map(Hex::new).collect(),
            money: money.into_iter().map(Hex::new).collect(),
            statement: LeafProof {
                record: Hex::new(encode(&entry)),
                proof: Hex::new(encode(&proof)),
            },
        };
        (bundle, facts)
    }
}

fn used(sequence: u64, hour: u64) -> UsageHour {
    UsageHour {
        imvu: id(),
        sequence,
        hour,
        owner: OWNER,
        host: HostId::new("host-1").unwrap(),
        placement: 1,
        height: 5,
        lines: vec![UsageLine {
            resource: Resource::Cpu,
            meter: MeterId::new("host-1-cpu").unwrap(),
            read: 1,
            billed: 1,
            dropped: 0,
            windows: 1,
            flags: UsageFlags::default(),
        }],
    }
}

fn charged_for(usage: u64, hour: u64, charged: u128) -> MoneyEntry {
    MoneyEntry {
        imvu: id(),
        sequence: usage,
        height: 5,
        time: Time(10),
        period: PERIOD,
        owner: OWNER,
        event: MoneyEvent::Charged(Charge {
            usage,
            hour,
            of: PERIOD,
            version: 1,
            lines: vec![ChargeLine {
                resource: Resource::Cpu,
                quantity: 1,
                charged: Micros(charged),
            }],
            parts: vec![Part {
                payer: OWNER,
                charged: Micros(charged),
                collected: Micros::ZERO,
            }],
            flags: UsageFlags::default(),
        }),
    }
}

type Nodes = BTreeMap<(u8, u64), [u8; 32]>;

fn collected(leaves: &[Vec<u8>]) -> (Collection, Nodes) {
    let (mut frontier, mut nodes) = (Frontier::new(), Nodes::new());
    for leaf in leaves {
        for node in frontier.append(leaf_hash(leaf)).unwrap() {
            nodes.insert((node.level, node.index), node.hash);
        }
    }
    let collection = Collection {
        size: frontier.size(),
        root: Hash(frontier.root()),
        peaks: frontier.peaks().iter().map(|peak| Hash(*peak)).collect(),
    };
    (collection, nodes)
}

/// The step that fails, and why.
fn failure(bundle: &StatementBundle, facts: &ImvuFacts) -> String {
    match follow(bundle, facts, CHAIN_ID, 7) {
        Err(CliError::Verification { summary, .. }) => summary,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_statement_follows_from_its_receipts_also_after_a_way_through_a_file() {
    let world = World::new();
    let (bundle, facts) = world.bundle();
    let bundle = StatementBundle::parse(&bundle.to_bytes().unwrap()).unwrap();
    let checked = follow(&bundle, &facts, CHAIN_ID, 7).unwrap();
    assert_eq!(checked.text, world.text());
    assert_eq!(checked.hash, Hash::of(world.text().as_bytes()));
    assert!(checked.text.contains(r#""total":"3""#), "{}", checked.text);
    let steps: Vec<&str> = checked.steps.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        steps,
        [
            "evidence",
            "state",
            "usage",
            "money",
            "statement",
            "record",
            "receipts",
            "recompute"
        ]
    );
}

#[test]
fn a_statement_that_was_committed_wrongly_is_found_by_its_first_member_that_differs() {
    let mut world = World::new();
    world.replaced = Some((r#""total":"3""#, r#""total":"4""#));
    let (bundle, facts) = world.bundle();
    let reason = failure(&bundle, &facts);
    assert!(reason.starts_with("recompute failed"), "{reason}");
    assert!(
        reason.contains(r#"/terms/total: the first has "4", the second has "3""#),
        "{reason}"
    );
}

#[test]
fn nothing_can_be_left_out_added_or_changed() {
    let (good, facts) = World::new().bundle();
    type Break = fn(&mut StatementBundle);
    let cases: [(Break, &str); 9] = [
        (|bundle| drop(bundle.state.pop()), "record failed"),
        (|bundle| drop(bundle.usage.pop()), "usage failed"),
        (|bundle| drop(bundle.money.pop()), "money failed"),
        (|bundle| bundle.money.reverse(), "money failed"),
        (
            |bundle| bundle.usage.push(bundle.usage[0].clone()),
            "usage failed",
        ),
        (|bundle| drop(bundle.state.remove(0)), "state failed"),
        (
            |bundle| {
                let value = encode(&PriceBook::default());
                bundle.state[0].value = Some(Hex::new(value));
            },
            "state failed",
        ),
        (|bundle| bundle.period = 21, "statement failed"),
        (
            |bundle| {
                let mut entry: StatementEntry = decode(bundle.statement.record.bytes()).unwrap();
                entry.text[20] ^= 1;
                entry.hash = Hash::of(&entry.text);
                bundle.statement.record = Hex::new(encode(&entry));
            },
            "statement failed",
        ),
    ];
    for (number, (change, wanted)) in cases.into_iter().enumerate() {
        let mut bundle = good.clone();
        change(&mut bundle);
        let reason = failure(&bundle, &facts);
        assert!(reason.starts_with(wanted), "case {number}: {reason}");
    }
}

#[test]
fn what_begins_otherwise_than_what_was_on_record_is_found() {
    let mut world = World::new();
    world.rewritten = Some(Hash([7; 32]));
    let (bundle, facts) = world.bundle();
    let reason = failure(&bundle, &facts);
    assert!(reason.starts_with("record failed"), "{reason}");
    assert!(reason.contains("the first 1 entries of usage"), "{reason}");
}

#[test]
fn a_charge_that_its_use_does_not_give_is_a_contradiction() {
    let mut world = World::new();
    let (good, facts) = world.bundle();
    let statement = good.statement.clone();
    let MoneyEvent::Charged(charge) = &mut world.money[1].event else {
        panic!("a charge");
    };
    charge.lines[0].charged = Micros(3);
    charge.parts[0].charged = Micros(3);
    let leaves: Vec<Vec<u8>> = world.money.iter().map(encode).collect();
    let mut facts = facts;
    facts.collections[1].1 = Some(collected(&leaves).0);
    let bundle = StatementBundle {
        money: leaves.into_iter().map(Hex::new).collect(),
        statement,
        ..good
    };
    let reason = failure(&bundle, &facts);
    assert!(
        reason.starts_with("receipts failed") && reason.contains("money entry 1"),
        "{reason}"
    );
}

#[test]
fn a_file_that_is_no_bundle_proves_nothing() {
    for content in [&b""[..], b"{}", b"[1]", b"{\"format\":\"nexus-bundle/2\"}"] {
        let error = StatementBundle::parse(content).unwrap_err();
        assert!(matches!(error, CliError::Verification { .. }), "{error}");
    }
}
