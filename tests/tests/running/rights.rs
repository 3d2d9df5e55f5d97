//! Gates 5, 10, 12 and 16 refuse real actions on the running network.

use crate::standing::*;
use nexus_tests::Network;
use nexus_tests::actions::*;
use nexus_tests::people::in_an_hour;
use nexus_types::consent::RewriteConsent;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::mail::{
    AddressLimits, GrantAddress, RevokeAddress, SetMailCredential, commitment,
};
use nexus_types::snapshot::RewriteSnapshot;
use nexus_types::{Action, Hash, Name, Set};

const LIMITS: AddressLimits = AddressLimits {
    messages_day: 10,
    recipients_day: 20,
    storage_bytes: 1 << 20,
};

/// An address of somebody's under a domain.
fn grant(id: &str, domain: &str, local: &str, holder: nexus_types::IdentityId) -> Action {
    let domain = Name::parse(domain).expect("a name");
    Action::GrantAddress(GrantAddress {
        imvu: imvu(id),
        local: commitment(&[7; 32], &format!("{local}@{domain}")),
        domain,
        holder,
        limits: LIMITS,
        jurisdiction: Jurisdiction::new("EU-GDPR").expect("a tag"),
    })
}

#[test]
fn gate_5_refuses_an_address_under_anothers_domain_and_gate_16_anothers_mailbox() {
    let network = Network::shared();
    let (alice, bob, name) = neighbours(network, "MAIL");
    let view = network.decide(&bob, grant("MAIL-B", &name, "admin", bob.identity));
    assert_refusal(
        network,
        &view,
        &refusal(2005, &[5], "domainNotBound", Some("MAIL-B")),
    );
    let granted = grant("MAIL-A", &name, "alice", alice.identity);
    let Action::GrantAddress(address) = granted.clone() else {
        unreachable!("it grants an address");
    };
    network.apply(&alice, vec![granted]);
    let takes_away = Action::RevokeAddress(RevokeAddress {
        imvu: imvu("MAIL-B"),
        local: address.local,
    });
    let view = network.decide(&bob, takes_away);
    assert_refusal(
        network,
        &view,
        &refusal(2016, &[16], "notItsMailbox", Some("MAIL-B")),
    );
    // Bob's credential would send as Alice.
    let credential = Action::SetMailCredential(SetMailCredential {
        imvu: imvu("MAIL-B"),
        credential: Hash::of(b"a credential"),
        holder: bob.identity,
        addresses: Set::new(vec![address.local]).expect("one"),
        secret: Hash::of(b"a secret of full entropy"),
        expires: in_an_hour(),
        messages_day: 1,
    });
    let view = network.decide(&bob, credential);
    let gates: Vec<u8> = view.verdict.as_ref().map_or_else(Vec::new, |verdict| {
        let refused = verdict.gates.iter().filter(|gate| !gate.passed);
        refused.map(|gate| gate.gate).collect()
    });
    assert!(gates.contains(&16), "{view:#?}");
}

#[test]
fn gates_10_and_12_refuse_to_rewrite_what_is_recorded() {
    let network = Network::shared();
    let (alice, _, _) = neighbours(network, "REWRITE");
    let consent = Action::RewriteConsent(RewriteConsent {
        imvu: imvu("REWRITE-A"),
        subject: Hash::of(b"somebody"),
        sequence: 0,
    });
    let snapshot = Action::RewriteSnapshot(RewriteSnapshot {
        imvu: imvu("REWRITE-A"),
        number: 1,
        digest: Hash::of(b"another digest"),
    });
    let views = network.decide_all(&alice, vec![consent, snapshot]);
    assert_refusals(
        network,
        &views,
        &[
            refusal(2010, &[10], "consentImmutable", Some("REWRITE-A")),
            refusal(2012, &[12], "snapshotRecorded", Some("REWRITE-A")),
        ],
    );
}
