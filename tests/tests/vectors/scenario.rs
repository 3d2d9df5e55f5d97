//! What happens on the vectors' chain: every kind of action at least once, applied or refused by the law itself.

pub(crate) mod domain;
mod exits;
pub(crate) mod external;
mod governance;
mod hosting;
pub(crate) mod mail;
mod money;
mod people;
mod reports;
mod rights;

use crate::chain::{Chain, seal};
use crate::parts::{approval, cpu, policy, record_sets, rotation, route, typed};
use crate::people::{HOUR_MS, Person, QUOTA, alice, attester, bob, imvu, officers, tag};
use nexus_types::action::{Parameter, SuspendReason};
use nexus_types::approval::{Approval, Change};
use nexus_types::encoding::{List, Set, Text, encode};
use nexus_types::meter::Resource;
use nexus_types::quota::QuotaField;
use nexus_types::route::RouteChange;
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::{Action, Hash, Time, Tx};

pub(crate) use hosting::HOST;
pub(crate) use money::PROCESSOR;
pub(crate) use reports::refused_reports;
pub(crate) use rights::SUBJECTS;

/// A transaction of the scenario, and where it stands.
pub(crate) struct Acted {
    pub(crate) name: &'static str,
    pub(crate) tx: Tx,
    pub(crate) height: u64,
    pub(crate) index: usize,
}

/// The chain and all that was done on it.
pub(crate) struct Scenario {
    pub(crate) chain: Chain,
    pub(crate) acted: Vec<Acted>,
    /// A height whose block holds bytes that are no transaction, as a decided block may.
    pub(crate) junk: u64,
}

impl Scenario {
    /// Plays it.
    pub(crate) fn play() -> Self {
        let mut story = Self {
            chain: Chain::new(),
            acted: Vec::new(),
            junk: 0,
        };
        story.people();
        story.imvus();
        story.platform();
        story.approvals();
        story.names();
        story.refused_for_ever();
        story.processor();
        story.sales();
        story.hosting();
        story.after_the_hour();
        story.rights();
        story.governance();
        story.restriction();
        story.mail();
        story.exits();
        story.domains();
        story.externals();
        story.guardians();
        story.team();
        story.keys();
        story.chain.block(&[vec![1, 2, 3]]);
        story.junk = story.chain.height();
        // State H is provable only once H + 1 exists.
        story.chain.block(&[]);
        story
    }

    /// The transaction of that name.
    pub(crate) fn find(&self, name: &str) -> &Acted {
        self.acted.iter().find(|one| one.name == name).unwrap()
    }

    fn act(&mut self, name: &'static str, signers: &[Person], action: Action) -> Hash {
        self.act_with(name, signers, action, Vec::new())
    }

    fn act_with(
        &mut self,
        name: &'static str,
        signers: &[Person],
        action: Action,
        approvals: Vec<Approval>,
    ) -> Hash {
        let mut body = self.chain.body(&signers[0], action);
        body.approvals = List::new(approvals).unwrap();
        let tx = seal(body, &signers[0], &signers[1..]);
        let id = tx.body.id();
        self.block(vec![(name, tx)]);
        id
    }

    fn block(&mut self, txs: Vec<(&'static str, Tx)>) {
        let bytes: Vec<Vec<u8>> = txs.iter().map(|(_, tx)| encode(tx)).collect();
        self.chain.block(&bytes);
        let height = self.chain.height();
        for (index, (name, tx)) in txs.into_iter().enumerate() {
            self.acted.push(Acted {
                name,
                tx,
                height,
                index,
            });
        }
    }

    fn expires(&self) -> Time {
        self.chain.next().time.plus_ms(24 * HOUR_MS)
    }

    fn people(&mut self) {
        for (name, person) in [("register alice", alice()), ("register bob", bob())] {
            let action = Action::RegisterIdentity {
                key: person.public(),
                attestation: Some(self.chain.attest(&person, &attester())),
            };
            self.act(name, &[person], action);
        }
        let nobody = Person::new("nobody", 22);
        let action = Action::RegisterIdentity {
            key: nobody.public(),
            attestation: None,
        };
        self.act("register without attestation", &[nobody], action);
    }

    fn imvus(&mut self) {
        let create = |id, jurisdiction: Option<&str>| Action::CreateImvu {
            imvu: imvu(id),
            jurisdiction: jurisdiction.map(tag),
            quota: QUOTA,
        };
        self.act(
            "create IMVU-042",
            &[alice()],
            create("IMVU-042", Some("EU-GDPR")),
        );
        self.act("create a draft", &[alice()], create("IMVU-DRAFT", None));
        self.act(
            "create a taken id",
            &[bob()],
            create("IMVU-042", Some("EU-GDPR")),
        );
        let of = || imvu("IMVU-042");
        self.act(
            "activate without a host",
            &[alice()],
            Action::ActivateImvu {
                imvu: of(),
                host: None,
            },
        );
        let describe = Action::DescribeImvu {
            imvu: of(),
            description: Text::new("Läden & Söhne – shop").unwrap(),
        };
        self.act("describe", &[alice()], describe.clone());
        self.act("describe another's", &[bob()], describe);
        let jurisdiction = Action::SetJurisdiction {
            imvu: imvu("IMVU-DRAFT"),
            jurisdiction: tag("US-CCPA"),
        };
        self.act("set jurisdiction", &[alice()], jurisdiction);
        let raise = cpu(6_000);
        self.act(
            "raise own quota",
            &[alice()],
            Action::ChangeQuota {
                imvu: of(),
                change: raise,
            },
        );
        let route = Action::ChangeRoute {
            imvu: of(),
            change: RouteChange::Set(route("203.0.113.0/24", "192.0.2.1")),
        };
        self.act("set own route", &[alice()], route);
        let policy = Action::ChangePathPolicy {
            imvu: of(),
            policy: policy(&["192.0.2.0/24", "2001:db8::/32"], &["EU-GDPR", "US-CCPA"]),
        };
        self.act("set own path policy", &[alice()], policy);
    }

    fn platform(&mut self) {
        let of = || imvu("IMVU-042");
        let both = &officers()[..2];
        let cut = Action::ChangeQuota {
            imvu: of(),
            change: cpu(2_000),
        };
        self.act("cut a quota", both, cut);
        let mut hidden = cpu(2_000);
        hidden.set(QuotaField::MemoryBytes, 16 << 30);
        let hidden = Action::ChangeQuota {
            imvu: of(),
            change: hidden,
        };
        self.act("cut a quota among increases", both, hidden);
        let reroute = Action::ChangeRoute {
            imvu: of(),
            change: RouteChange::Remove("203.0.113.0/24".parse().unwrap()),
        };
        self.act("remove a route", both, reroute);
        let alone = Action::ProposeQuota {
            imvu: of(),
            change: cpu(3_000),
            expires: self.expires(),
        };
        self.act("propose below the threshold", &officers()[..1], alone);
    }

    fn approvals(&mut self) {
        let of = || imvu("IMVU-042");
        let both = &officers()[..2];
        let expires = self.expires();
        let propose = Action::ProposeQuota {
            imvu: of(),
            change: cpu(3_000),
            expires,
        };
        let proposal = self.act("propose a quota", both, propose);
        let consent = approval(&self.chain, Change::Quota(cpu(3_000)), 1);
        self.act(
            "approve the proposal",
            &[alice()],
            Action::SignApproval {
                proposal,
                approval: consent,
            },
        );
        let change = RouteChange::Set(route("2001:db8:1::/48", "2001:db8::1"));
        let propose = Action::ProposeRoute {
            imvu: of(),
            change,
            expires,
        };
        self.act("propose a route", both, propose);
        let policy = policy(&["198.51.100.0/24"], &[]);
        let propose = Action::ProposePathPolicy {
            imvu: of(),
            policy,
            expires,
        };
        self.act("propose a path policy", both, propose);
        let change = cpu(2_500);
        let consent = approval(&self.chain, Change::Quota(change), 2);
        let cut = Action::ChangeQuota { imvu: of(), change };
        self.act_with(
            "cut a quota with approval",
            both,
            cut.clone(),
            vec![consent.clone()],
        );
        let raise = Action::ChangeQuota {
            imvu: of(),
            change: cpu(5_000),
        };
        self.act("raise own quota again", &[alice()], raise);
        self.act_with("use an approval twice", both, cut, vec![consent]);
        let revoked = approval(&self.chain, Change::Quota(cpu(1_000)), u64::MAX)
            .body
            .id();
        let revoke = Action::RevokeApproval {
            imvu: of(),
            approval: revoked,
        };
        self.act("revoke an approval", &[alice()], revoke);
    }

    fn names(&mut self) {
        let claim = |text, id| Action::ClaimDomain {
            name: typed(text),
            imvu: imvu(id),
        };
        let alices = [alice()];
        self.act(
            "claim a name",
            &alices,
            claim("Alice.Demo.Example.", "IMVU-042"),
        );
        self.act(
            "claim a name with U+3002",
            &alices,
            claim("b\u{3002}demo.example", "IMVU-042"),
        );
        self.act(
            "claim outside every apex",
            &alices,
            claim("imvu042.world", "IMVU-042"),
        );
        self.act(
            "claim another name",
            &alices,
            claim("old.demo.example", "IMVU-042"),
        );
        let release = Action::ReleaseDomain {
            name: typed("old.demo.example"),
        };
        self.act("release a name", &alices, release);
        let mut txs = Vec::new();
        for (position, (label, owner, set)) in record_sets().into_iter().enumerate() {
            let action = Action::SetRecords {
                zone: typed("alice.demo.example"),
                owner: typed(owner),
                rrset: set,
            };
            let mut body = self.chain.body(&alice(), action);
            body.nonce += position as u64;
            txs.push((label, seal(body, &alice(), &[])));
        }
        self.block(txs);
        let set = RRset {
            rtype: RecordType::A,
            ttl: 300,
            records: Set::new(vec![RData::A([192, 0, 2, 66])]).unwrap(),
        };
        let foreign = Action::SetRecords {
            zone: typed("alice.demo.example"),
            owner: typed("www.alice.demo.example"),
            rrset: set,
        };
        self.act("set records in another's zone", &[bob()], foreign);
        let remove = Action::RemoveRecords {
            zone: typed("alice.demo.example"),
            owner: typed("ptr.alice.demo.example"),
            rtype: RecordType::Ptr,
        };
        self.act("remove records", &alices, remove);
    }

    fn refused_for_ever(&mut self) {
        let of = || imvu("IMVU-042");
        let both = &officers()[..2];
        let split = Action::SetSplit {
            imvu: of(),
            creator_percent: 40,
            platform_percent: 60,
        };
        self.act("set another split", both, split);
        let parameter = Parameter::Split {
            creator_percent: 40,
            platform_percent: 60,
        };
        self.act(
            "propose another split",
            both,
            Action::ProposeParameter { parameter },
        );
        let usage = Action::SelfReportUsage {
            imvu: of(),
            resource: Resource::Network,
            quantity: 1_000_000_000,
        };
        self.act("report own usage", &[alice()], usage);
        self.act(
            "delete an audit entry",
            &[alice()],
            Action::DeleteAuditEntry { sequence: 0 },
        );
        let suspend = Action::PlatformSuspend {
            imvu: of(),
            reason: SuspendReason::Unstated,
        };
        self.act("suspend an IMVU", both, suspend);
    }

    fn keys(&mut self) {
        let rotate = rotation(&self.chain, &bob(), 1, 23);
        self.act("rotate a key", &[bob()], rotate);
        let new = Person { seed: 23, ..bob() };
        self.act(
            "revoke an identity",
            std::slice::from_ref(&new),
            Action::RevokeIdentity,
        );
        let describe = Action::CreateImvu {
            imvu: imvu("IMVU-B"),
            jurisdiction: None,
            quota: QUOTA,
        };
        self.act("act when revoked", &[new], describe);
    }
}
