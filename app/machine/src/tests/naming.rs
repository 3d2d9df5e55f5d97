//! Short ways to claim external names, to observe them, and to hand names over.

use super::council::refusal;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::domain::{
    ClaimExternal, DelegateName, Delegation, Ds, ExternalClaim, ExternalName, GrantChild,
    ObserveName, RedeemTransfer, SetTransferKey, TransferBody, TransferCode,
};
use nexus_types::encoding::encode;
use nexus_types::governance::{Observer, Observers};
use nexus_types::log::CollectionKind;
use nexus_types::state::{Apexes, Collection, Domain};
use nexus_types::{Bytes, Hash, ImvuId, List, Reason, Set, Text, state_key};

/// The one that the specification has.
pub(super) const EXTERNAL: &str = "imvu042.world";

pub(super) fn claim_external(id: &str, name: &str) -> Action {
    Action::ClaimExternal(ClaimExternal {
        imvu: imvu(id),
        name: text(name),
    })
}

pub(super) fn claim_domain(id: &str, name: &str) -> Action {
    Action::ClaimDomain {
        name: text(name),
        imvu: imvu(id),
    }
}

pub(super) fn release(name: &str) -> Action {
    Action::ReleaseDomain { name: text(name) }
}

pub(super) fn name(text: &str) -> nexus_types::Name {
    nexus_types::Name::parse(text).unwrap()
}

pub(super) fn grant_child(parent: &str, child: &str, id: Option<&str>) -> Action {
    Action::GrantChild(GrantChild {
        name: name(parent),
        child: name(child),
        imvu: id.map(imvu),
    })
}

pub(super) fn own_servers() -> Delegation {
    Delegation {
        servers: Set::new(vec![name("ns1.elsewhere.test"), name("ns2.elsewhere.test")]).unwrap(),
        ds: Set::new(vec![Ds {
            key_tag: 12_345,
            algorithm: 15,
            digest_type: 2,
            digest: Bytes::new(vec![7; 32]).unwrap(),
        }])
        .unwrap(),
        ttl: 3_600,
    }
}

pub(super) fn delegate(of: &str, delegation: Option<Delegation>) -> Action {
    Action::DelegateName(DelegateName {
        name: name(of),
        delegation,
    })
}

/// Whose seed is a transfer code.
pub(super) fn code() -> Person {
    Person::new(900)
}

pub(super) fn put_code(world: &World, of: &str, days: u64) -> Action {
    Action::SetTransferKey(SetTransferKey {
        name: name(of),
        code: Some(TransferCode {
            key: code().public(),
            expires: world.law_time().plus_ms(days * DAY),
        }),
    })
}

pub(super) fn take_off_code(of: &str) -> Action {
    Action::SetTransferKey(SetTransferKey {
        name: name(of),
        code: None,
    })
}

pub(super) fn redeem(world: &World, of: &str, id: &str, code: &Person) -> Action {
    let body = TransferBody {
        network: world.network.clone(),
        name: name(of),
        imvu: imvu(id),
    };
    Action::RedeemTransfer(RedeemTransfer {
        signature: code.sign(signing_digest(SigningKind::Transfer, &body)),
        name: body.name,
        imvu: body.imvu,
    })
}

impl World {
    /// So many observers, none of them the platform's, as if by governance.
    pub(super) fn add_observers(&mut self, count: u16) -> Vec<Person> {
        let all: Vec<Person> = (0..count).map(|number| Person::new(300 + number)).collect();
        all.iter().for_each(|one| self.add_identity(one));
        self.set_observers(&all);
        all
    }

    pub(super) fn set_observers(&mut self, all: &[Person]) {
        let register = all.iter().enumerate().map(|(number, one)| Observer {
            identity: one.id,
            name: Text::new(format!("observer-{number}")).unwrap(),
            platform: false,
        });
        let members = List::new(register.collect()).unwrap();
        let bytes = encode(&Observers { members });
        self.memory.state.insert(state_key::observers(), bytes);
    }

    pub(super) fn external_claim(&self, id: &str, of: &str) -> Option<ExternalClaim> {
        self.memory
            .read(&state_key::external_claim(&name(of), &imvu(id)))
    }

    pub(super) fn external(&self, of: &str) -> Option<ExternalName> {
        self.memory.read(&state_key::external_name(&name(of)))
    }

    pub(super) fn holder(&self, of: &str) -> Option<ImvuId> {
        let domain: Option<Domain> = self.memory.read(&state_key::domain(&name(of)));
        domain.and_then(|domain| domain.imvu)
    }

    /// The challenge that is open for an IMVU under a name.
    pub(super) fn challenge(&self, id: &str, of: &str) -> Hash {
        let chain = &self.network.chain_id;
        if let Some(claim) = self.external_claim(id, of) {
            return claim.challenge(chain);
        }
        self.external(of).expect("it is observed").challenge(chain)
    }

    pub(super) fn sighting(&self, id: &str, of: &str, seen: bool) -> Action {
        Action::ObserveName(ObserveName {
            imvu: imvu(id),
            name: name(of),
            challenge: self.challenge(id, of),
            seen,
            evidence: Hash([8; 32]),
        })
    }

    pub(super) fn observe(&mut self, by: &Person, id: &str, of: &str, seen: bool) -> TxOutcome {
        let action = self.sighting(id, of, seen);
        self.submit(std::slice::from_ref(by), action)
    }

    /// The same of each, which must count.
    pub(super) fn all_observe(&mut self, all: &[Person], id: &str, of: &str, seen: bool) {
        for one in all {
            let outcome = self.observe(one, id, of, seen);
            assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        }
    }

    /// An external name proven by two of three observers, who are registered by it.
    pub(super) fn prove(&mut self, by: &Person, id: &str, of: &str) -> Vec<Person> {
        let all = self.add_observers(3);
        self.must(by, claim_external(id, of));
        self.all_observe(&all[..2], id, of, true);
        assert_eq!(self.holder(of), Some(imvu(id)));
        all
    }

    pub(super) fn tried(&mut self, by: &Person, action: Action) -> (u32, Option<Reason>) {
        refusal(&self.submit(std::slice::from_ref(by), action))
    }

    /// The law's clock, so many milliseconds later.
    pub(super) fn later(&mut self, ms: u64) {
        let now = self.law_time().0;
        self.pass(now + ms);
    }

    /// Gives a name from one to another.
    pub(super) fn hand(&mut self, of: &str, from: &Person, to: &Person, id: &str) {
        let put = put_code(self, of, 14);
        self.must(from, put);
        let take = redeem(self, of, id, &code());
        self.must(to, take);
    }

    pub(super) fn notices(&self, id: &str) -> u64 {
        let key = state_key::collection(CollectionKind::Notices, Some(&imvu(id)));
        let known: Option<Collection> = self.memory.read(&key);
        known.map_or(0, |known| known.size)
    }

    pub(super) fn alter_apexes(&mut self, apexes: &[&str]) {
        let names = Set::new(apexes.iter().map(|one| name(one)).collect()).unwrap();
        let bytes = encode(&Apexes { names });
        self.memory.state.insert(state_key::apexes(), bytes);
    }
}
