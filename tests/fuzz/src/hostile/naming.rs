//! External names, grants below a name, delegations and transfers, asked for with ill will.

use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::domain::{
    ClaimExternal, DelegateName, Delegation, Ds, ExternalClaim, ExternalName, GrantChild,
    ObserveName, RedeemTransfer, SetTransferKey, TransferBody, TransferCode, TransferKey,
};
use nexus_types::encoding::Bytes;
use nexus_types::governance::Observers;
use nexus_types::state::Domain;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Action, Hash, IdentityId, ImvuId, KeyBytes, Name, Set, Text, Time};

use super::rights::{anybody, near, owner};
use super::{of, one_of, read};
use crate::mutate::Random;
use crate::unfinished::{GONE, LEAVES, STAYS};
use crate::world::{FREE, Person, World, public};

/// Who could have a name.
const IMVUS: [&str; 6] = ["IMVU-042", "IMVU-044", LEAVES, GONE, STAYS, "IMVU-NONE"];

/// What is claimed: free, held, below and above what is held, this network's own, and what is no name.
const CLAIMED: [&str; 12] = [
    "fresh.example.net",
    "imvu042.world",
    "shop.example.org",
    "deep.below.shop.example.org",
    "example.org",
    "Shop.Example.ORG.",
    "alice.demo.example",
    "demo.example",
    "bank.demo.example",
    "xn--bcher-kva.example.net",
    "*.example.net",
    "",
];

/// Seed of the key behind the vectors' transfer codes.
const CODE: u8 = 90;

/// One of the actions about names, and who asks for it.
pub(super) fn action(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let (signer, action) = match random.below(6) {
        0 => claim(world, random),
        1 => observe(world, random),
        2 => grant(world, random),
        3 => delegate(world, random),
        4 => put_code(world, random),
        _ => redeem(world, random),
    };
    // Now and then it is somebody else who asks.
    if random.once_in(6) {
        (anybody(world, random), action)
    } else {
        (signer, action)
    }
}

fn some_imvu(random: &mut Random) -> ImvuId {
    ImvuId::new(of(&IMVUS, random)).expect("an IMVU's id")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// A name that somebody holds, and its holder's owner; now and then one that nobody does.
fn held(world: &World, random: &mut Random) -> (IdentityId, Name) {
    let known = one_of::<Domain>(world, KeyKind::Domain, random);
    match known.and_then(|domain| Some((domain.imvu?, domain.name))) {
        Some((imvu, held)) if !random.once_in(6) => (owner(world, &imvu), held),
        _ => (anybody(world, random), name("nobodys.demo.example")),
    }
}

fn claim(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let imvu = some_imvu(random);
    let by = owner(world, &imvu);
    let claim = ClaimExternal {
        imvu,
        name: Text::new(of(&CLAIMED, random)).expect("short"),
    };
    (by, Action::ClaimExternal(claim))
}

fn observe(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let chain = &world.network.chain_id;
    let claimed = one_of::<ExternalClaim>(world, KeyKind::ExternalClaim, random);
    let bound = one_of::<ExternalName>(world, KeyKind::ExternalName, random);
    let open = match (claimed, bound) {
        (Some(claim), _) if random.once_in(2) => {
            let challenge = claim.challenge(chain);
            Some((claim.imvu, claim.name, challenge))
        }
        (_, Some(it)) => {
            let challenge = it.challenge(chain);
            Some((it.imvu, it.name, challenge))
        }
        _ => None,
    };
    let (imvu, name, challenge) = open.unwrap_or_else(|| {
        let imvu = some_imvu(random);
        (imvu, name("imvu042.world"), Hash([9; 32]))
    });
    let observe = ObserveName {
        imvu: if random.once_in(8) {
            some_imvu(random)
        } else {
            imvu
        },
        name,
        challenge: if random.once_in(8) {
            Hash::default()
        } else {
            challenge
        },
        seen: random.once_in(2),
        evidence: Hash([8; 32]),
    };
    let register: Option<Observers> = read(world, &state_key::observers());
    let members = register.unwrap_or_default().members.into_vec();
    let observer = members.get(random.below(members.len()));
    let observer = observer.map_or_else(|| anybody(world, random), |one| one.identity);
    (observer, Action::ObserveName(observe))
}

fn grant(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let (by, above) = held(world, random);
    let child = match random.below(6) {
        0 => above.as_str().to_owned(),
        1 => format!("deep.er.{above}"),
        2 => String::from("kid.demo.example"),
        _ => format!("kid.{above}"),
    };
    let grant = GrantChild {
        child: Name::parse(&child).unwrap_or_else(|_| above.clone()),
        name: above,
        imvu: (!random.once_in(4)).then(|| some_imvu(random)),
    };
    (by, Action::GrantChild(grant))
}

fn delegate(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let (by, of_name) = held(world, random);
    let delegation = (!random.once_in(3)).then(|| some_delegation(&of_name, random));
    let delegate = DelegateName {
        name: of_name,
        delegation,
    };
    (by, Action::DelegateName(delegate))
}

/// Mostly sound; otherwise with no server, or one inside the name, a digest that is none, or a life that is none.
fn some_delegation(of_name: &Name, random: &mut Random) -> Delegation {
    let mut servers = vec![name("ns1.elsewhere.test"), name("ns2.elsewhere.test")];
    match random.below(8) {
        0 => servers.clear(),
        1 => servers.extend(Name::parse(&format!("ns.{of_name}"))),
        2 => servers.push(name("*.elsewhere.test")),
        _ => {}
    }
    servers.sort_unstable();
    let digest = vec![7; of(&[32, 32, 48, 0, 20], random)];
    let ds = Ds {
        key_tag: of(&[0, 12_345, u16::MAX], random),
        algorithm: of(&[15, 15, 0, 255], random),
        digest_type: of(&[2, 2, 4, 1], random),
        digest: Bytes::new(digest).expect("short"),
    };
    let ds = if random.once_in(2) {
        vec![ds]
    } else {
        Vec::new()
    };
    Delegation {
        servers: Set::new(servers).unwrap_or_default(),
        ds: Set::new(ds).unwrap_or_default(),
        ttl: of(&[86_400, 3_600, 300, 0, 1, u32::MAX], random),
    }
}

fn put_code(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let (by, of_name) = held(world, random);
    let code = (!random.once_in(4)).then(|| TransferCode {
        key: if random.once_in(6) {
            KeyBytes([0; 32])
        } else {
            public(FREE + of(&[0, 1, 2], random))
        },
        expires: Time(near(world.next.time.0.wrapping_add(60_000), random)),
    });
    let put = SetTransferKey {
        name: of_name,
        code,
    };
    (by, Action::SetTransferKey(put))
}

fn redeem(world: &World, random: &mut Random) -> (IdentityId, Action) {
    let known = one_of::<TransferKey>(world, KeyKind::TransferKey, random);
    let of_name = match known {
        Some(known) if !random.once_in(6) => known.name,
        _ => held(world, random).1,
    };
    let body = TransferBody {
        network: world.network.clone(),
        name: of_name,
        imvu: some_imvu(random),
    };
    let by = owner(world, &body.imvu);
    let code = Person::new(if random.once_in(6) { CODE + 1 } else { CODE });
    let signature = code.sign(signing_digest(SigningKind::Transfer, &body));
    let redeem = RedeemTransfer {
        name: body.name,
        // The code's word for one IMVU is of no use for another.
        imvu: if random.once_in(8) {
            some_imvu(random)
        } else {
            body.imvu
        },
        signature,
    };
    (by, Action::RedeemTransfer(redeem))
}
