//! What the scenario's actions are made of: changes, approvals, record sets.

use crate::chain::{Chain, approved};
use crate::people::{HOUR_MS, Person, alice, imvu, name, tag};
use nexus_types::action::NameText;
use nexus_types::approval::{Approval, ApprovalBody, Change, PermittedActor, RotationBody, basis};
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::encoding::{Bytes, List, Set, Text};
use nexus_types::guardian::{ProposeRecovery, RecoveryAttestation, RecoveryAttestationBody};
use nexus_types::mail::MailRouteRecord;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::{PathPolicy, Route};
use nexus_types::rrset::{RData, RRset, Service, SvcParam};
use nexus_types::state::{Clock, Imvu, RouteRecord};
use nexus_types::{Action, Hash, state_key};

/// Alice's approval of a change of IMVU-042 as it stands.
pub(crate) fn approval(chain: &Chain, change: Change, salt: u64) -> Approval {
    let record: Imvu = chain.read(&state_key::imvu(&imvu("IMVU-042"))).unwrap();
    let policy = chain.read(&state_key::path_policy(&record.id));
    let route = match &change {
        Change::Route(route) => {
            let key = state_key::route(&record.id, &route.prefix());
            chain.read::<RouteRecord>(&key)
        }
        _ => None,
    };
    let mail = match &change {
        Change::MailRoute(change) => {
            chain.read::<MailRouteRecord>(&state_key::mail_route(&change.domain))
        }
        _ => None,
    };
    let basis = basis(
        &change,
        &record,
        route.as_ref(),
        &policy.unwrap_or_default(),
        mail.as_ref(),
    );
    let now = chain.next().time;
    let clock: Clock = chain.read(&state_key::clock()).unwrap();
    let body = ApprovalBody {
        network: chain.network.clone(),
        approver: alice().id,
        generation: 0,
        imvu: record.id,
        version: basis.version,
        before: basis.before,
        change,
        permitted: PermittedActor::Platform,
        // Law time lags behind after a pause.
        not_before: clock.law_time,
        expires: now.plus_ms(HOUR_MS),
        salt,
    };
    approved(body, &alice())
}

/// A rotation of a person's key to that of another seed.
pub(crate) fn rotation(chain: &Chain, person: &Person, generation: u32, seed: u8) -> Action {
    let new = Person::new("new key", seed);
    let body = RotationBody {
        network: chain.network.clone(),
        identity: person.id,
        generation,
        new_key: new.public(),
    };
    let proof = new.sign(signing_digest(SigningKind::Rotation, &body));
    Action::RotateKey {
        new_key: new.public(),
        proof,
    }
}

/// Guardians ask for another key of alice's.
pub(crate) fn recovery(chain: &Chain, seed: u8, attester: Option<&Person>) -> Action {
    let Action::RotateKey { new_key, proof } = rotation(chain, &alice(), 1, seed) else {
        unreachable!("a rotation is one");
    };
    let attestation = attester.map(|attester| {
        let body = RecoveryAttestationBody {
            network: chain.network.clone(),
            identity: alice().id,
            new_key,
            attester: attester.id,
            generation: 0,
            evidence: Hash::of(b"a passport seen again"),
            expires: chain.next().time.plus_ms(HOUR_MS),
        };
        let signature = attester.sign(signing_digest(SigningKind::RecoveryAttestation, &body));
        RecoveryAttestation { body, signature }
    });
    Action::ProposeRecovery(ProposeRecovery {
        identity: alice().id,
        new_key,
        proof,
        attestation,
    })
}

pub(crate) fn typed(text: &str) -> NameText {
    Text::new(text).unwrap()
}

pub(crate) fn cpu(millis: u64) -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, millis);
    change
}

pub(crate) fn route(prefix: &str, next_hop: &str) -> Route {
    let next_hop: std::net::IpAddr = next_hop.parse().unwrap();
    Route {
        prefix: prefix.parse().unwrap(),
        next_hop: next_hop.into(),
    }
}

pub(crate) fn policy(hops: &[&str], transit: &[&str]) -> PathPolicy {
    let hops = hops.iter().map(|hop| hop.parse().unwrap());
    let transit = transit.iter().map(|one| tag(one));
    PathPolicy {
        next_hops: Set::new(hops.collect()).unwrap(),
        transit: Set::new(transit.collect()).unwrap(),
        egress_open: true,
    }
}

/// One record set of each type, with an owner that may have it. Sets of several records are sorted by value, which for
/// MX, SRV and TXT is another order than that of their bytes.
pub(crate) fn record_sets() -> Vec<(&'static str, &'static str, RRset)> {
    let bytes = |text: &str| Bytes::new(text.as_bytes()).unwrap();
    let mx = |preference, exchange| RData::Mx {
        preference,
        exchange: name(exchange),
    };
    let text = |strings: &[&str]| {
        let strings = strings
            .iter()
            .map(|one| Bytes::new(one.as_bytes()).unwrap());
        RData::Txt(List::new(strings.collect()).unwrap())
    };
    let service = Service {
        priority: 1,
        target: None,
        params: List::new(vec![
            SvcParam {
                key: 1,
                value: Bytes::new(&b"\x02h2"[..]).unwrap(),
            },
            SvcParam {
                key: 3,
                value: Bytes::new([0x01, 0xbb]).unwrap(),
            },
        ])
        .unwrap(),
    };
    let alias = Service {
        priority: 0,
        target: Some(name("pool.example.net")),
        params: List::default(),
    };
    let srv = |priority, target| RData::Srv {
        priority,
        weight: 5,
        port: 5060,
        target: name(target),
    };
    let sets: Vec<(&'static str, &'static str, Vec<RData>)> = vec![
        (
            "set A",
            "alice.demo.example",
            vec![RData::A([192, 0, 2, 7]), RData::A([192, 0, 2, 8])],
        ),
        (
            "set AAAA",
            "www.alice.demo.example",
            vec![RData::Aaaa([0x20; 16])],
        ),
        (
            "set CNAME",
            "*.alice.demo.example",
            vec![RData::Cname(name("www.alice.demo.example"))],
        ),
        // 256 is above 2 as a number and below it in little-endian bytes.
        (
            "set MX",
            "alice.demo.example",
            vec![
                mx(256, "a.example.net"),
                mx(2, "bb.example.net"),
                mx(2, "c.example.net"),
            ],
        ),
        (
            "set TXT",
            "_dmarc.alice.demo.example",
            vec![
                text(&["v=DMARC1; ", "p=none"]),
                text(&["v=A"]),
                text(&["z"]),
            ],
        ),
        (
            "set SRV",
            "_sip._tcp.alice.demo.example",
            vec![srv(256, "a.example.net"), srv(1, "b.example.net")],
        ),
        (
            "set CAA",
            "alice.demo.example",
            vec![RData::Caa {
                critical: true,
                tag: Text::new("issue").unwrap(),
                value: bytes("ca.example.net"),
            }],
        ),
        (
            "set TLSA",
            "_443._tcp.alice.demo.example",
            vec![RData::Tlsa {
                usage: 3,
                selector: 1,
                matching: 1,
                data: Bytes::new([0xab; 32]).unwrap(),
            }],
        ),
        (
            "set SSHFP",
            "host.alice.demo.example",
            vec![RData::Sshfp {
                algorithm: 4,
                kind: 2,
                fingerprint: Bytes::new([0xcd; 32]).unwrap(),
            }],
        ),
        (
            "set HTTPS",
            "alice.demo.example",
            vec![RData::Https(service.clone())],
        ),
        (
            "set SVCB",
            "_dns.alice.demo.example",
            vec![RData::Svcb(alias), RData::Svcb(service)],
        ),
        (
            "set PTR",
            "ptr.alice.demo.example",
            vec![RData::Ptr(name("host.example.net"))],
        ),
    ];
    sets.into_iter()
        .map(|(label, owner, records)| {
            let set = RRset {
                rtype: records[0].rtype(),
                ttl: 3_600,
                records: Set::new(records).unwrap(),
            };
            (label, owner, set)
        })
        .collect()
}
