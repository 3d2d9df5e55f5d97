//! What is going on when somebody asks: the vectors end with everything matured, settled and ended, and then nothing could be
//! refunded, disputed, decided, paid out or revoked with success.

use nexus_types::crypto::Signature;
use nexus_types::encoding::encode;
use nexus_types::exit::{AnnounceExit, ReleaseExit};
use nexus_types::governance::{GovernanceChange, SubmitGovernance};
use nexus_types::guardian::SetGuardians;
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::tx::{Cosignature, Cosignatures};
use nexus_types::{
    Action, Hash, ImvuId, List, Micros, ProcessorId, Set, Text, Tx, TxBody,
    jurisdiction::Jurisdiction,
};

use crate::world::{Person, World};

/// Micro-credits of each sale: more than the small amounts that are asked for.
const GROSS: u128 = 2_000;

/// An IMVU that leaves and whose export is late, so that its creator could be found to hold it up.
pub(crate) const LEAVES: &str = "IMVU-LEAVES";
/// One that its creator has let go of.
pub(crate) const GONE: &str = "IMVU-GONE";
/// One that has not said that it leaves.
pub(crate) const STAYS: &str = "IMVU-STAYS";

/// Of everything, for an IMVU that never runs.
const SMALL: u64 = 1_000;

/// Blocks without transactions until an export is late: the vectors' delay, and one more.
const LATE: usize = 61;

/// One more block each: two sales that can still be refunded, a dispute without a word on one of them, a payout on its way,
/// a mandate that holds, somebody with guardians, a proposal that is voted on. Before that Alice's exits.
pub(crate) fn begin(world: World) -> World {
    let processor = || ProcessorId::new("acquirer-1").expect("a name");
    let imvu = || ImvuId::new("IMVU-042").expect("an IMVU's id");
    let name = |name: &str| Text::new(name).expect("short");
    let [alice, cashier] = world.traders().map(Person::clone);
    // Bob's identity was revoked.
    let payer = world.operators()[0].clone();
    let sale = |external: &str| Action::RecordSale {
        processor: processor(),
        external: name(external),
        imvu: imvu(),
        gross: Micros(GROSS),
        tax: Micros::ZERO,
        region: Jurisdiction::new("EU-GDPR").expect("a tag"),
        fee: Micros::ZERO,
    };
    let dispute = Action::OpenDispute {
        processor: processor(),
        sale: name("fresh-2"),
        amount: Micros(GROSS / 2),
        evidence: Hash::of(b"a word of the buyer's bank"),
    };
    let payout = Action::RequestPayout {
        processor: processor(),
        amount: Micros(1),
        destination: Hash::of(b"an account"),
    };
    let mandate = Action::SignMandate {
        imvu: imvu(),
        payer: payer.id,
        cap: Micros(GROSS),
        until: world.next.time.plus_ms(1 << 40),
    };
    let guardians = world.operators()[1..].iter().map(|one| one.id);
    let guarded = Action::SetGuardians(SetGuardians {
        guardians: Set::new(guardians.collect()).expect("three"),
        threshold: 2,
    });
    let proposed = Action::SubmitGovernance(SubmitGovernance {
        change: GovernanceChange::AddJurisdiction {
            tag: Jurisdiction::new("ZZ-NEW").expect("a tag"),
        },
    });
    let acts = [
        (&cashier, None, guarded),
        (&payer, None, proposed),
        (&cashier, None, sale("fresh-1")),
        (&cashier, None, sale("fresh-2")),
        (&cashier, None, dispute),
        (&alice, None, payout),
        (&payer, Some(&alice), mandate),
    ];
    let world = exits(world, &alice);
    acts.into_iter()
        .fold(world, |world, (signer, other, action)| {
            must(&world, signer, other, action)
        })
}

/// An exit that is late, one that was let go of, and an IMVU that could leave.
fn exits(mut world: World, alice: &Person) -> World {
    let named = |id: &str| ImvuId::new(id).expect("an IMVU's id");
    let mut quota = Quota::default();
    for field in QuotaField::ALL {
        quota.set(field, SMALL);
    }
    for id in [LEAVES, GONE, STAYS] {
        let create = Action::CreateImvu {
            imvu: named(id),
            jurisdiction: Some(Jurisdiction::new("EU-GDPR").expect("a tag")),
            quota,
        };
        world = must(&world, alice, None, create);
    }
    let announce = |id: &str| Action::AnnounceExit(AnnounceExit { imvu: named(id) });
    world = must(&world, alice, None, announce(LEAVES));
    for _ in 0..LATE {
        world = world.after(&world.execute(std::iter::empty()));
    }
    world = must(&world, alice, None, announce(GONE));
    let release = Action::ReleaseExit(ReleaseExit {
        imvu: named(GONE),
        accept_loss: false,
    });
    must(&world, alice, None, release)
}

/// The world after a block in which that was done.
fn must(world: &World, signer: &Person, other: Option<&Person>, action: Action) -> World {
    let tx = encode(&signed(world, signer, other, action));
    let executed = world.execute([tx.as_slice()].into_iter());
    for outcome in &executed.txs {
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    }
    world.after(&executed)
}

fn signed(world: &World, signer: &Person, other: Option<&Person>, action: Action) -> Tx {
    let none = Signature([0; 64]);
    let others = other.into_iter().map(|other| Cosignature {
        signer: other.id,
        signature: none,
    });
    let mut tx = Tx {
        body: TxBody {
            network: world.network.clone(),
            signer: signer.id,
            lane: 0,
            nonce: 0,
            expires: world.next.time,
            action,
            approvals: List::default(),
        },
        signature: none,
        cosignatures: Cosignatures::new(others.collect()).expect("one at most"),
    };
    world.seal(&mut tx, signer);
    tx
}
