//! What people ask for their mail, and what mail agents commit to.

use nexus_sdk::keys::Signer;
use nexus_types::action::{Action, ActionKind};
use nexus_types::approval::Change;
use nexus_types::encoding::Set;
use nexus_types::host::{AgentKind, Slot};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::mail::{
    Address, AddressLimits, ChangeMailRoute, DkimKey, DkimPublicKey, GrantAddress, MailCursor,
    MailRoute, MailRouteChange, ProposeMailRoute, RecordMailEpoch, RegisterDkimKey, RevokeAddress,
    RevokeDkimKey, RevokeMailCredential, RevokeMailTokens, Selector, SetMailCredential,
};
use nexus_types::state::{Domain, Imvu};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, HostId, ImvuId, KeyBytes, Name, Time, decode};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IteratorRandom, SliceRandom};

use super::{Wish, anybody, holder, officers, some_imvu, some_tag};
use crate::stream::{Now, Stream};
use crate::world::world;

const HOUR_MS: u64 = 3_600_000;
/// Addresses, selectors and credentials people choose from: few, so that they meet what is there.
const FEW: u8 = 6;

pub(super) fn wish(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    use ActionKind as K;
    if kind == K::RecordMailEpoch {
        return epoch(stream, now);
    }
    let all = now.imvus();
    let imvu = some_imvu(&mut stream.rng, &all);
    let about = all.iter().find(|one| one.id == imvu);
    if matches!(kind, K::ChangeMailRoute | K::ProposeMailRoute) {
        return reroute(stream, now, kind, imvu, about);
    }
    let mut signer = holder(stream, now, about);
    let action = match kind {
        K::GrantAddress => grant(stream, now, imvu, about),
        K::RevokeAddress => Action::RevokeAddress(RevokeAddress {
            imvu,
            local: some_address(&mut stream.rng, now).0,
        }),
        K::RegisterDkimKey => {
            if stream.rng.gen_bool(0.3)
                && let Some(agent) = postman(stream, now)
            {
                signer = agent;
            }
            Action::RegisterDkimKey(RegisterDkimKey {
                domain: some_domain(&mut stream.rng, now, &imvu),
                imvu,
                selector: some_selector(&mut stream.rng),
                key: some_key(&mut stream.rng),
            })
        }
        K::RevokeDkimKey => revoke_key(&mut stream.rng, now, imvu),
        K::SetMailCredential => credential(&mut stream.rng, now, imvu),
        K::RevokeMailCredential => Action::RevokeMailCredential(RevokeMailCredential {
            imvu,
            credential: some_hash(&mut stream.rng, b"credential"),
        }),
        _ => Action::RevokeMailTokens(RevokeMailTokens { imvu }),
    };
    (vec![signer], action, Vec::new())
}

fn some_hash(rng: &mut StdRng, what: &[u8]) -> Hash {
    Hash::of(&[what, &[rng.gen_range(0..FEW)]].concat())
}

fn some_selector(rng: &mut StdRng) -> Selector {
    Selector::new(&format!("nx{}", rng.gen_range(0..FEW))).expect("a selector")
}

fn some_key(rng: &mut StdRng) -> DkimPublicKey {
    let keys = world().keys.keys();
    // Now and then the identity point, which is no key.
    let weak = KeyBytes(std::array::from_fn(|at| u8::from(at == 0)));
    let key = keys.copied().choose(rng).unwrap_or(weak);
    DkimPublicKey::Ed25519(if rng.gen_bool(0.1) { weak } else { key })
}

/// Mostly a name of the IMVU, else any.
fn some_domain(rng: &mut StdRng, now: &Now<'_>, imvu: &ImvuId) -> Name {
    let all: Vec<Domain> = now.all(KeyKind::Domain);
    let own = all.iter().filter(|one| one.imvu.as_ref() == Some(imvu));
    let own = own.choose(rng).filter(|_| rng.gen_bool(0.85));
    let one = own.or_else(|| all.choose(rng));
    one.map_or_else(
        || Name::parse("elsewhere.example").expect("a name"),
        |domain| domain.name.clone(),
    )
}

/// The commitment of an address, and the address if somebody has it.
fn some_address(rng: &mut StdRng, now: &Now<'_>) -> (Hash, Option<Address>) {
    let known: Vec<Address> = now.all(KeyKind::MailAddress);
    let one = known.choose(rng).filter(|_| rng.gen_bool(0.85));
    one.map_or_else(
        || (some_hash(rng, b"address"), None),
        |one| (one.local, Some(one.clone())),
    )
}

fn grant(stream: &mut Stream, now: &Now<'_>, imvu: ImvuId, about: Option<&Imvu>) -> Action {
    let held = anybody(stream, now).identity;
    let rng = &mut stream.rng;
    let own = about.and_then(|imvu| imvu.jurisdiction.clone());
    let other = Jurisdiction::new(some_tag(rng)).expect("a tag");
    Action::GrantAddress(GrantAddress {
        domain: some_domain(rng, now, &imvu),
        imvu,
        local: some_hash(rng, b"address"),
        holder: held,
        limits: AddressLimits {
            messages_day: *[1, 100, 100, 0].choose(rng).expect("a limit"),
            recipients_day: *[100, 500, 500, 1 << 40].choose(rng).expect("a limit"),
            storage_bytes: 1 << 20,
        },
        jurisdiction: own.filter(|_| rng.gen_bool(0.9)).unwrap_or(other),
    })
}

fn revoke_key(rng: &mut StdRng, now: &Now<'_>, imvu: ImvuId) -> Action {
    let known: Vec<DkimKey> = now.all(KeyKind::DkimKey);
    let own = known.iter().filter(|key| key.imvu == imvu);
    match own.choose(rng) {
        Some(key) => Action::RevokeDkimKey(RevokeDkimKey {
            imvu,
            domain: key.domain.clone(),
            selector: key.selector.clone(),
        }),
        None => Action::RevokeDkimKey(RevokeDkimKey {
            domain: some_domain(rng, now, &imvu),
            imvu,
            selector: some_selector(rng),
        }),
    }
}

fn credential(rng: &mut StdRng, now: &Now<'_>, imvu: ImvuId) -> Action {
    let known: Vec<Address> = now.all(KeyKind::MailAddress);
    let own: Vec<&Address> = known.iter().filter(|one| one.imvu == imvu).collect();
    let (local, any) = some_address(rng, now);
    let first = own.choose(rng).map(|one| (*one).clone()).or(any);
    let holder = first.as_ref().map(|one| one.holder);
    let mut addresses: Vec<Hash> = own
        .iter()
        .filter(|one| Some(one.holder) == holder)
        .map(|one| one.local)
        .collect();
    if addresses.is_empty() || rng.gen_bool(0.1) {
        addresses.push(local);
    }
    addresses.truncate(8);
    let life = *[1, 24, 24 * 30, 24 * 366].choose(rng).expect("a life");
    Action::SetMailCredential(SetMailCredential {
        imvu,
        credential: some_hash(rng, b"credential"),
        holder: holder.unwrap_or_else(|| world().officers[0].identity),
        addresses: Set::new(addresses).expect("few"),
        secret: some_hash(rng, b"secret"),
        expires: Time(now.law_time() + life * HOUR_MS),
        messages_day: rng.gen_range(0..100),
    })
}

fn reroute(
    stream: &mut Stream,
    now: &Now<'_>,
    kind: ActionKind,
    imvu: ImvuId,
    about: Option<&Imvu>,
) -> Wish {
    let rng = &mut stream.rng;
    let exchange =
        Name::parse(["mx.elsewhere.test", "_no.host.test"][usize::from(rng.gen_bool(0.1))]);
    let change = MailRouteChange {
        domain: some_domain(rng, now, &imvu),
        route: match rng.gen_range(0..3) {
            0 => None,
            1 => Some(MailRoute::Kept),
            _ => Some(MailRoute::Exchange(exchange.expect("a name"))),
        },
    };
    if kind == ActionKind::ProposeMailRoute {
        let expires = Time(now.law_time() + rng.gen_range(1..48) * HOUR_MS);
        let action = Action::ProposeMailRoute(ProposeMailRoute {
            imvu,
            change,
            expires,
        });
        return (officers(stream, now), action, Vec::new());
    }
    let action = Action::ChangeMailRoute(ChangeMailRoute {
        imvu,
        change: change.clone(),
    });
    if stream.rng.gen_bool(0.4) {
        return (vec![holder(stream, now, about)], action, Vec::new());
    }
    let approvals = match about {
        Some(imvu) if stream.rng.gen_bool(0.7) => {
            stream.approval(now, imvu, &Change::MailRoute(change))
        }
        _ => None,
    };
    let approvals = approvals.into_iter().collect();
    (officers(stream, now), action, approvals)
}

/// The mail agent of some host.
fn postman(stream: &mut Stream, now: &Now<'_>) -> Option<Signer> {
    let hosts = now.hosts();
    let agents = hosts.iter().filter_map(|host| host.agent(AgentKind::Mail));
    now.person(agents.choose(&mut stream.rng)?)
}

/// The next epoch of some stay, by its host's mail agent, and now and then something else.
fn epoch(stream: &mut Stream, now: &Now<'_>) -> Wish {
    let (from, to) = state_key::range_of(KeyKind::Slot);
    let slots = now.state.state.range(from..to).filter_map(|(key, bytes)| {
        let (host, number) = key.id().split_last_chunk::<4>()?;
        let host: HostId = decode(host).ok()?;
        Some((
            host,
            u32::from_be_bytes(*number),
            decode::<Slot>(bytes).ok()?,
        ))
    });
    let chosen = slots.choose(&mut stream.rng);
    let agent = chosen.as_ref().and_then(|(host, _, _)| {
        let host = now.hosts().into_iter().find(|one| one.id == *host)?;
        now.person(host.agent(AgentKind::Mail)?)
    });
    let (Some((_, slot, stay)), Some(agent)) = (chosen, agent) else {
        // Nobody who could: whoever it is, it is no agent.
        let signer = anybody(stream, now);
        let imvu = some_imvu(&mut stream.rng, &now.imvus());
        return (
            vec![signer],
            recorded(imvu, 0, MailCursor::default(), 1),
            Vec::new(),
        );
    };
    let key = state_key::mail_cursor(&stay.imvu, &agent.identity);
    let mut last: MailCursor = now.read(&key).unwrap_or_default();
    if stream.rng.gen_bool(0.1) {
        last.last_seq += 1;
    }
    let sequences = stream.rng.gen_range(1..20);
    let action = recorded(stay.imvu, slot, last, sequences);
    (vec![agent], action, Vec::new())
}

fn recorded(imvu: ImvuId, slot: u32, last: MailCursor, sequences: u64) -> Action {
    Action::RecordMailEpoch(RecordMailEpoch {
        imvu,
        slot,
        epoch: last.epoch + 1,
        first_seq: last.last_seq + 1,
        last_seq: last.last_seq + sequences,
        root: Hash::of(&last.last_seq.to_le_bytes()),
        messages: sequences - 1,
        recipients: sequences - 1,
        bytes: (sequences - 1) * 4_096,
    })
}
