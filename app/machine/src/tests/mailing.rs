//! Short ways to act on the mail of Alice's IMVU-042.

use super::hosting::*;
use super::world::*;
use nexus_types::action::Action;
use nexus_types::encoding::Set;
use nexus_types::host::AgentKind;
use nexus_types::mail::{
    Address, AddressLimits, ChangeMailRoute, Credential, DkimKey, DkimPublicKey, GrantAddress,
    MailBook, MailRoute, MailRouteChange, MailRouteRecord, ProposeMailRoute, RecordMailEpoch,
    RegisterDkimKey, RevokeAddress, RevokeDkimKey, Selector, SetMailCredential, commitment,
    secret_hash,
};
use nexus_types::payment::StandingConsent;
use nexus_types::{Hash, IdentityId, Name, state_key};

pub(super) const DOMAIN: &str = "alice.demo.example";

/// Within [`QUOTA`].
pub(super) const LIMITS: AddressLimits = AddressLimits {
    messages_day: 100,
    recipients_day: 500,
    storage_bytes: 1 << 20,
};

pub(super) fn domain(name: &str) -> Name {
    Name::parse(name).unwrap()
}

/// The commitment to `local@domain`, salted with the local part's first letter.
pub(super) fn address_of(local: &str) -> Hash {
    commitment(&[local.as_bytes()[0]; 32], local)
}

/// IMVU-042 grants an address under alice.demo.example.
pub(super) fn grant_address(local: &str, holder: IdentityId) -> GrantAddress {
    GrantAddress {
        imvu: imvu("IMVU-042"),
        domain: domain(DOMAIN),
        local: address_of(local),
        holder,
        limits: LIMITS,
        jurisdiction: tag("EU-GDPR"),
    }
}

pub(super) fn revoke_address(local: &str) -> Action {
    Action::RevokeAddress(RevokeAddress {
        imvu: imvu("IMVU-042"),
        local: address_of(local),
    })
}

pub(super) fn exchange(name: &str) -> MailRouteChange {
    MailRouteChange {
        domain: domain(DOMAIN),
        route: Some(MailRoute::Exchange(domain(name))),
    }
}

pub(super) fn change_mail(change: MailRouteChange) -> Action {
    Action::ChangeMailRoute(ChangeMailRoute {
        imvu: imvu("IMVU-042"),
        change,
    })
}

pub(super) fn propose_mail(world: &World, change: MailRouteChange) -> Action {
    Action::ProposeMailRoute(ProposeMailRoute {
        imvu: imvu("IMVU-042"),
        change,
        expires: world.now.time.plus_ms(HOUR),
    })
}

pub(super) fn selector(text: &str) -> Selector {
    Selector::new(text).unwrap()
}

/// The Ed25519 key of a seed.
pub(super) fn dkim(seed: u16) -> DkimPublicKey {
    DkimPublicKey::Ed25519(Person::new(seed).public())
}

pub(super) fn register_dkim(under: &str, key: DkimPublicKey) -> Action {
    Action::RegisterDkimKey(RegisterDkimKey {
        imvu: imvu("IMVU-042"),
        domain: domain(DOMAIN),
        selector: selector(under),
        key,
    })
}

pub(super) fn revoke_dkim(under: &str) -> Action {
    Action::RevokeDkimKey(RevokeDkimKey {
        imvu: imvu("IMVU-042"),
        domain: domain(DOMAIN),
        selector: selector(under),
    })
}

pub(super) fn credential(
    world: &World,
    holder: IdentityId,
    addresses: &[Hash],
) -> SetMailCredential {
    SetMailCredential {
        imvu: imvu("IMVU-042"),
        credential: Hash([5; 32]),
        holder,
        addresses: Set::new(addresses.to_vec()).unwrap(),
        secret: secret_hash(b"sixteen random by"),
        expires: world.now.time.plus_ms(30 * DAY),
        messages_day: 50,
    }
}

pub(super) fn consent_to_rollover(given: bool) -> Action {
    Action::SetStandingConsent {
        imvu: imvu("IMVU-042"),
        consent: StandingConsent::KeyRollover,
        given,
    }
}

/// An epoch of ten sequences, nine of them messages, in IMVU-042's first slot.
pub(super) fn epoch(number: u64) -> RecordMailEpoch {
    let first_seq = 10 * number - 9;
    RecordMailEpoch {
        imvu: imvu("IMVU-042"),
        slot: 0,
        epoch: number,
        first_seq,
        last_seq: first_seq + 9,
        root: Hash([8; 32]),
        messages: 9,
        recipients: 12,
        bytes: 40_000,
    }
}

/// The mail agent of a host.
pub(super) fn postman(host_id: &str) -> Person {
    agent_of(host_id, AgentKind::Mail)
}

impl World {
    pub(super) fn book(&self) -> MailBook {
        let key = state_key::mail_book(&imvu("IMVU-042"));
        self.memory.read(&key).unwrap()
    }

    pub(super) fn mailbox(&self, local: &str) -> Option<Address> {
        self.memory
            .read(&state_key::mail_address(&address_of(local)))
    }

    pub(super) fn mail_route(&self) -> Option<MailRouteRecord> {
        self.memory.read(&state_key::mail_route(&domain(DOMAIN)))
    }

    pub(super) fn dkim_key(&self, under: &str) -> Option<DkimKey> {
        let key = state_key::dkim_key(&domain(DOMAIN), &selector(under));
        self.memory.read(&key)
    }

    pub(super) fn credential(&self) -> Option<Credential> {
        let key = state_key::mail_credential(&imvu("IMVU-042"), &Hash([5; 32]));
        self.memory.read(&key)
    }

    /// Alice's own address `ann`, with a credential for it.
    pub(super) fn add_mail(&mut self) {
        let alice = self.alice.clone();
        let grant = grant_address("ann", alice.id);
        self.must(&alice, Action::GrantAddress(grant));
        let set = credential(self, alice.id, &[address_of("ann")]);
        self.must(&alice, Action::SetMailCredential(set));
    }
}
