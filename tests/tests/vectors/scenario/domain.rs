//! Names that are proven, granted below another, served elsewhere, handed over.

use super::Scenario;
use crate::people::{Person, QUOTA, alice, bob, imvu, name, operators, tag};
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::domain::{
    ClaimExternal, DelegateName, Delegation, Ds, ExternalClaim, GrantChild, ObserveName,
    RedeemTransfer, SetTransferKey, TransferBody, TransferCode,
};
use nexus_types::encoding::{Bytes, Set, Text};
use nexus_types::{Action, Hash, state_key};

/// The name that Alice would prove, and one organisation has looked for in vain.
pub(crate) const EXTERNAL: &str = "imvu042.world";
/// A name of Alice's that is served elsewhere.
pub(crate) const AWAY: &str = "away.demo.example";
/// A name of Alice's, handed over to Bob.
pub(crate) const SOLD: &str = "sold.demo.example";
/// A name below the one that is handed over, granted before.
pub(crate) const CHILD: &str = "kept.sold.demo.example";

/// Bob's IMVU.
pub(crate) const BOBS: &str = "IMVU-044";

impl Scenario {
    fn claim_domain(&mut self, what: &'static str, who: &Person, of: &str, id: &str) {
        let claim = Action::ClaimDomain {
            name: Text::new(of).unwrap(),
            imvu: imvu(id),
        };
        self.act(what, std::slice::from_ref(who), claim);
    }

    /// Alice claims a name from elsewhere, lets Bob have one below hers, has one served elsewhere, and gives one away.
    pub(super) fn domains(&mut self) {
        let (alice, bob) = (alice(), bob());
        let claim = Action::ClaimExternal(ClaimExternal {
            imvu: imvu("IMVU-042"),
            name: Text::new(EXTERNAL).unwrap(),
        });
        self.act(
            "claim an external name",
            std::slice::from_ref(&alice),
            claim,
        );
        let key = state_key::external_claim(&name(EXTERNAL), &imvu("IMVU-042"));
        let known = self.chain.read::<ExternalClaim>(&key).unwrap();
        let observe = Action::ObserveName(ObserveName {
            imvu: imvu("IMVU-042"),
            name: name(EXTERNAL),
            challenge: known.challenge(&self.chain.network.chain_id),
            seen: true,
            evidence: Hash::of(b"what was answered"),
        });
        self.act("observe as no observer", &operators()[1..2], observe);
        let granted = Action::ClaimExternal(ClaimExternal {
            imvu: imvu("IMVU-042"),
            name: Text::new(AWAY).unwrap(),
        });
        self.act(
            "prove a granted name",
            std::slice::from_ref(&alice),
            granted,
        );
        self.claim_domain("claim a name to delegate", &alice, AWAY, "IMVU-042");
        let delegation = Delegation {
            servers: Set::new(vec![name("ns1.elsewhere.test"), name("ns2.elsewhere.test")])
                .unwrap(),
            ds: Set::new(vec![Ds {
                key_tag: 12_345,
                algorithm: 15,
                digest_type: 2,
                digest: Bytes::new(vec![7; 32]).unwrap(),
            }])
            .unwrap(),
            ttl: 86_400,
        };
        let delegate = Action::DelegateName(DelegateName {
            name: name(AWAY),
            delegation: Some(delegation),
        });
        self.act("delegate a name", std::slice::from_ref(&alice), delegate);
        self.hand_over(&alice, &bob);
    }

    fn hand_over(&mut self, alice: &Person, bob: &Person) {
        let create = Action::CreateImvu {
            imvu: imvu(BOBS),
            jurisdiction: Some(tag("EU-GDPR")),
            quota: QUOTA,
        };
        self.act("create an IMVU of Bob's", std::slice::from_ref(bob), create);
        self.claim_domain("claim a name to give away", alice, SOLD, "IMVU-042");
        let grant = Action::GrantChild(GrantChild {
            name: name(SOLD),
            child: name(CHILD),
            imvu: Some(imvu(BOBS)),
        });
        self.act("grant a name below", std::slice::from_ref(alice), grant);
        self.claim_domain("claim a granted name", bob, CHILD, BOBS);
        let code = Person::new("a transfer code", 90);
        let expires = self.chain.next().time.plus_ms(3_600_000);
        let put = Action::SetTransferKey(SetTransferKey {
            name: name(SOLD),
            code: Some(TransferCode {
                key: code.public(),
                expires,
            }),
        });
        self.act(
            "put a transfer code on a name",
            std::slice::from_ref(alice),
            put.clone(),
        );
        let body = TransferBody {
            network: self.chain.network.clone(),
            name: name(SOLD),
            imvu: imvu(BOBS),
        };
        let redeem = RedeemTransfer {
            name: body.name.clone(),
            imvu: body.imvu.clone(),
            signature: code.sign(signing_digest(SigningKind::Transfer, &body)),
        };
        let mut forged = redeem.clone();
        forged.signature.0[0] ^= 1;
        let bobs = std::slice::from_ref(bob);
        self.act(
            "redeem without the code",
            bobs,
            Action::RedeemTransfer(forged),
        );
        self.act(
            "redeem a transfer code",
            bobs,
            Action::RedeemTransfer(redeem.clone()),
        );
        self.act(
            "redeem a transfer code again",
            bobs,
            Action::RedeemTransfer(redeem),
        );
        let put = Action::SetTransferKey(SetTransferKey {
            name: name(AWAY),
            code: Some(TransferCode {
                key: code.public(),
                expires,
            }),
        });
        self.act(
            "put a code on a delegated name",
            std::slice::from_ref(alice),
            put,
        );
    }
}
