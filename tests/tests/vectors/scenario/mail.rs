//! The mail of IMVU-042: addresses, where it goes, keys, credentials, and what its agent commits to.

use super::Scenario;
use super::reports::ack;
use crate::parts::{approval, typed};
use crate::people::{
    HOUR_MS, Person, QUOTA, agents, alice, bob, imvu, name, officers, public, tag,
};
use nexus_types::approval::Change;
use nexus_types::encoding::{Bytes, List, Set};
use nexus_types::host::{AckOutcome, AgentKind};
use nexus_types::mail::{
    AddressLimits, ChangeMailRoute, DkimPublicKey, GrantAddress, MailRoute, MailRouteChange,
    ProposeMailRoute, RecordMailEpoch, RegisterDkimKey, RevokeAddress, RevokeDkimKey,
    RevokeMailCredential, RevokeMailTokens, RsaKey, Selector, SetMailCredential, commitment,
    secret_hash,
};
use nexus_types::payment::StandingConsent;
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::{Action, Hash, IdentityId};

/// The domain whose mail it is.
pub(crate) const DOMAIN: &str = "alice.demo.example";
/// Selectors: one that stays, one that is revoked, and the agent's.
pub(crate) const SELECTORS: [&str; 3] = ["k1", "k2", "agent-1"];

/// The commitment to an address under [`DOMAIN`], salted with 32 times its first byte.
pub(crate) fn address(local: &str) -> Hash {
    commitment(&[local.as_bytes()[0]; 32], &format!("{local}@{DOMAIN}"))
}

/// The id of the credential of a number.
pub(crate) fn credential(number: u8) -> Hash {
    Hash([number; 32])
}

pub(crate) fn selector(text: &str) -> Selector {
    Selector::new(text).unwrap()
}

fn grant(local: &str, holder: IdentityId) -> GrantAddress {
    GrantAddress {
        imvu: imvu("IMVU-042"),
        domain: name(DOMAIN),
        local: address(local),
        holder,
        limits: AddressLimits {
            messages_day: 200,
            recipients_day: 1_000,
            storage_bytes: 1 << 20,
        },
        jurisdiction: tag("EU-GDPR"),
    }
}

fn revoke_address(of: &str, local: &str) -> Action {
    Action::RevokeAddress(RevokeAddress {
        imvu: imvu(of),
        local: address(local),
    })
}

fn to(route: Option<MailRoute>) -> MailRouteChange {
    MailRouteChange {
        domain: name(DOMAIN),
        route,
    }
}

fn exchange(host: &str) -> MailRouteChange {
    to(Some(MailRoute::Exchange(name(host))))
}

fn reroute(change: MailRouteChange) -> Action {
    Action::ChangeMailRoute(ChangeMailRoute {
        imvu: imvu("IMVU-042"),
        change,
    })
}

fn register(under: &str, key: DkimPublicKey) -> Action {
    Action::RegisterDkimKey(RegisterDkimKey {
        imvu: imvu("IMVU-042"),
        domain: name(DOMAIN),
        selector: selector(under),
        key,
    })
}

fn revoke_key(under: &str) -> Action {
    Action::RevokeDkimKey(RevokeDkimKey {
        imvu: imvu("IMVU-042"),
        domain: name(DOMAIN),
        selector: selector(under),
    })
}

fn ed25519(seed: u8) -> DkimPublicKey {
    DkimPublicKey::Ed25519(public(seed))
}

/// A key of 2048 bits, whose modulus is no product of two primes that anybody knows.
fn rsa() -> DkimPublicKey {
    let mut modulus: Vec<u8> = (0..8).flat_map(|part: u8| Hash::of(&[part]).0).collect();
    modulus[0] |= 0x80;
    modulus[255] |= 1;
    let mut der = hex::decode(concat!(
        "30820122300d06092a864886f70d01010105000382010f00",
        "3082010a0282010100",
    ))
    .unwrap();
    der.extend(modulus);
    der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    DkimPublicKey::Rsa(RsaKey::new(&der).unwrap())
}

/// An epoch of ten sequences, nine of them messages.
fn epoch(number: u64) -> RecordMailEpoch {
    let first_seq = 10 * number - 9;
    RecordMailEpoch {
        imvu: imvu("IMVU-042"),
        slot: 0,
        epoch: number,
        first_seq,
        last_seq: first_seq + 9,
        root: Hash::of(&number.to_le_bytes()),
        messages: 9,
        recipients: 12,
        bytes: 40_000,
    }
}

impl Scenario {
    /// All of it, up to what still stands at the end.
    pub(super) fn mail(&mut self) {
        self.addresses();
        self.mail_routes();
        self.dkim_keys();
        self.credentials();
        self.mail_epochs();
        self.report(
            "apply the book of mail",
            AgentKind::Mail,
            |chain, report| {
                report.acks = ack(chain, AgentKind::Mail, "IMVU-042", AckOutcome::Applied);
            },
        );
    }

    fn addresses(&mut self) {
        let own = Person::new("nobody", 22);
        let changed = |change: &dyn Fn(&mut GrantAddress)| {
            let mut asked = grant("eve", alice().id);
            change(&mut asked);
            Action::GrantAddress(asked)
        };
        let all = [
            (
                "grant an address",
                changed(&|asked| *asked = grant("ann", alice().id)),
            ),
            (
                "grant another an address",
                changed(&|asked| *asked = grant("bob", bob().id)),
            ),
            (
                "grant an address for a while",
                changed(&|asked| *asked = grant("old", bob().id)),
            ),
            (
                "grant an address to somebody unverified",
                changed(&|asked| asked.holder = own.id),
            ),
            (
                "grant an address under nobody's domain",
                changed(&|asked| asked.domain = name("none.demo.example")),
            ),
            (
                "grant an address more than the IMVU has",
                changed(&|asked| asked.limits.storage_bytes = QUOTA.mail_bytes + 1),
            ),
            (
                "grant an address outside the jurisdiction",
                changed(&|asked| asked.jurisdiction = tag("US-CCPA")),
            ),
        ];
        for (label, action) in all {
            self.act(label, &[alice()], action);
        }
        self.act(
            "take another IMVU's address back",
            &[alice()],
            revoke_address("IMVU-043", "ann"),
        );
    }

    fn mail_routes(&mut self) {
        let both = &officers()[..2];
        self.act(
            "keep a domain's mail",
            &[alice()],
            reroute(to(Some(MailRoute::Kept))),
        );
        let elsewhere = exchange("mx.example.net");
        self.act("reroute mail", both, reroute(elsewhere.clone()));
        let consent = approval(&self.chain, Change::MailRoute(elsewhere.clone()), 20);
        self.act_with(
            "reroute mail with approval",
            both,
            reroute(elsewhere),
            vec![consent],
        );
        let change = exchange("mx2.example.net");
        let propose = Action::ProposeMailRoute(ProposeMailRoute {
            imvu: imvu("IMVU-042"),
            change: change.clone(),
            expires: self.expires(),
        });
        self.act(
            "propose a mail route below the threshold",
            &officers()[..1],
            propose.clone(),
        );
        let proposal = self.act("propose a mail route", both, propose);
        let approval = approval(&self.chain, Change::MailRoute(change), 21);
        self.act(
            "approve a mail route",
            &[alice()],
            Action::SignApproval { proposal, approval },
        );
    }

    fn dkim_keys(&mut self) {
        let owner = &[alice()];
        let agent = &[agents()[AgentKind::Mail as usize].clone()];
        let [stays, goes, rolled] = SELECTORS;
        self.act("publish a DKIM key", owner, register(stays, rsa()));
        self.act(
            "publish an Ed25519 DKIM key",
            owner,
            register(goes, ed25519(60)),
        );
        self.act(
            "publish under a taken selector",
            owner,
            register(goes, ed25519(61)),
        );
        let both = &officers()[..2];
        self.act(
            "publish a DKIM key as the platform",
            both,
            register("k3", ed25519(61)),
        );
        self.act("revoke a DKIM key as the platform", both, revoke_key(goes));
        self.act("revoke a DKIM key", owner, revoke_key(goes));
        self.act(
            "publish under a revoked selector",
            owner,
            register(goes, ed25519(61)),
        );
        let record = RRset {
            rtype: RecordType::Txt,
            ttl: 300,
            records: Set::new(vec![RData::Txt(
                List::new(vec![Bytes::new(b"v=DKIM1; p=").unwrap()]).unwrap(),
            )])
            .unwrap(),
        };
        let by_hand = Action::SetRecords {
            zone: typed(DOMAIN),
            owner: typed(&format!("{stays}._domainkey.{DOMAIN}")),
            rrset: record,
        };
        self.act("change a DKIM key's record", owner, by_hand);
        self.act(
            "roll a DKIM key over unasked",
            agent,
            register(rolled, ed25519(62)),
        );
        let consent = Action::SetStandingConsent {
            imvu: imvu("IMVU-042"),
            consent: StandingConsent::KeyRollover,
            given: true,
        };
        self.act("consent to key rollover", owner, consent);
        self.act("roll a DKIM key over", agent, register(rolled, ed25519(62)));
    }

    fn credentials(&mut self) {
        let now = self.chain.next().time;
        let set = |number, holder: &Person, addresses: &[&str]| SetMailCredential {
            imvu: imvu("IMVU-042"),
            credential: credential(number),
            holder: holder.id,
            addresses: Set::new(addresses.iter().copied().map(address).collect()).unwrap(),
            secret: secret_hash(&[number; 16]),
            expires: now.plus_ms(30 * 24 * HOUR_MS),
            messages_day: 50,
        };
        let mut long = set(3, &alice(), &["ann"]);
        long.expires = now.plus_ms(2 * 365 * 24 * HOUR_MS);
        let mut elsewhere = set(3, &alice(), &["ann"]);
        elsewhere.imvu = imvu("IMVU-043");
        let all = [
            ("set a mail credential", set(1, &bob(), &["bob", "old"])),
            ("set a second mail credential", set(2, &alice(), &["ann"])),
            (
                "set a mail credential for another's address",
                set(3, &bob(), &["ann"]),
            ),
            ("set a mail credential for two years", long),
            (
                "set a mail credential for another IMVU's address",
                elsewhere,
            ),
        ];
        for (label, action) in all {
            self.act(label, &[alice()], Action::SetMailCredential(action));
        }
        let revoke = || {
            Action::RevokeMailCredential(RevokeMailCredential {
                imvu: imvu("IMVU-042"),
                credential: credential(2),
            })
        };
        self.act("revoke another's mail credential", &[bob()], revoke());
        self.act("revoke a mail credential", &[alice()], revoke());
        self.act("revoke a mail credential twice", &[alice()], revoke());
        // The first credential keeps its other address.
        self.act(
            "take an address back",
            &[alice()],
            revoke_address("IMVU-042", "old"),
        );
        let tokens = Action::RevokeMailTokens(RevokeMailTokens {
            imvu: imvu("IMVU-042"),
        });
        self.act("revoke mail tokens", &[alice()], tokens);
    }

    fn mail_epochs(&mut self) {
        let mail = &agents()[AgentKind::Mail as usize];
        let network = &agents()[AgentKind::Network as usize];
        let changed = |change: &dyn Fn(&mut RecordMailEpoch)| {
            let mut asked = epoch(2);
            change(&mut asked);
            asked
        };
        let all = [
            ("commit to mail", mail, epoch(1)),
            ("commit to mail as the network agent", network, epoch(1)),
            ("commit to mail twice", mail, epoch(1)),
            (
                "commit to mail with a gap",
                mail,
                changed(&|asked| asked.first_seq += 1),
            ),
            (
                "commit to mail of another's slot",
                mail,
                changed(&|asked| asked.slot = 1),
            ),
            (
                "commit to more messages than sequences",
                mail,
                changed(&|asked| asked.messages = 11),
            ),
            ("commit to more mail", mail, epoch(2)),
        ];
        for (label, agent, asked) in all {
            let action = Action::RecordMailEpoch(asked);
            self.act(label, std::slice::from_ref(agent), action);
        }
    }
}
