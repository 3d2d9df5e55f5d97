//! What people ask for names that are proven, granted below another, served elsewhere, handed over.

use nexus_genesis::dev::APEX;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::redeem_transfer;
use nexus_tests::actions::typed;
use nexus_types::action::{Action, ActionKind};
use nexus_types::domain::{
    ClaimExternal, DelegateName, Delegation, GrantChild, RedeemTransfer, SetTransferKey,
    TransferBody, TransferCode,
};
use nexus_types::limits::DAY_MS;
use nexus_types::{ImvuId, Name, Set, Time};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::naming::bound_name;
use super::observing::look;
use super::{Wish, holder, imvu_ids};
use crate::stream::{Now, Stream};
use crate::world::world;

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// Few codes, so that some are on a name when they are tried.
fn code(rng: &mut StdRng) -> SecretKey {
    SecretKey::from_seed([rng.gen_range(1..=2); 32].into())
}

fn external(rng: &mut StdRng) -> &'static str {
    ["imvu-0.test", "shop.imvu-0.test", "imvu-1.test"]
        .choose(rng)
        .expect("a name")
}

fn other(rng: &mut StdRng) -> ImvuId {
    let all: Vec<ImvuId> = imvu_ids().collect();
    all.choose(rng).expect("an id").clone()
}

pub(super) fn wish(stream: &mut Stream, now: &Now<'_>, kind: ActionKind, id: &ImvuId) -> Wish {
    use ActionKind as K;
    let all = now.imvus();
    let about = all.iter().find(|one| one.id == *id);
    let own = holder(stream, now, about);
    let rng = &mut stream.rng;
    let bound = bound_name(rng, now, id).unwrap_or_else(|| format!("a.{APEX}"));
    let alone = |signer: Signer, action: Action| (vec![signer], action, Vec::new());
    match kind {
        K::ClaimExternal => {
            let claim = ClaimExternal {
                imvu: id.clone(),
                name: typed(external(rng)),
            };
            alone(own, Action::ClaimExternal(claim))
        }
        K::ObserveName => {
            let of = name(external(rng));
            look(stream, now, id, of)
        }
        K::GrantChild => {
            let grant = GrantChild {
                child: name(&format!("x.{bound}")),
                name: name(&bound),
                imvu: rng.gen_bool(0.8).then(|| other(rng)),
            };
            alone(own, Action::GrantChild(grant))
        }
        K::DelegateName => {
            let inside = rng.gen_bool(0.1);
            let server = if inside {
                format!("ns.{bound}")
            } else {
                String::from("ns1.elsewhere.test")
            };
            let delegation = Delegation {
                servers: Set::new(vec![name(&server)]).expect("one"),
                ds: Set::default(),
                ttl: 3_600,
            };
            let delegate = DelegateName {
                name: name(&bound),
                delegation: rng.gen_bool(0.5).then_some(delegation),
            };
            alone(own, Action::DelegateName(delegate))
        }
        K::SetTransferKey => {
            let days = *[1, 14, 15].choose(rng).expect("days");
            let code = TransferCode {
                key: code(rng).public(),
                expires: Time(now.law_time()).plus_ms(days * DAY_MS),
            };
            let put = SetTransferKey {
                name: name(&bound),
                code: rng.gen_bool(0.9).then_some(code),
            };
            alone(own, Action::SetTransferKey(put))
        }
        _ => redeem(stream, now, &own, id),
    }
}

/// An IMVU would have a name of another's.
fn redeem(stream: &mut Stream, now: &Now<'_>, own: &Signer, id: &ImvuId) -> Wish {
    let rng = &mut stream.rng;
    let from = other(rng);
    let bound = bound_name(rng, now, &from).unwrap_or_else(|| format!("b.{APEX}"));
    let body = TransferBody {
        network: world().network.clone(),
        name: name(&bound),
        imvu: if rng.gen_bool(0.9) { id.clone() } else { from },
    };
    let redeem = RedeemTransfer {
        name: body.name.clone(),
        imvu: id.clone(),
        signature: redeem_transfer(&body, &code(rng)),
    };
    (
        vec![own.clone()],
        Action::RedeemTransfer(redeem),
        Vec::new(),
    )
}
