//! Consents of the people whose data an IMVU keeps, and a snapshot of its volume.

use super::Scenario;
use super::reports::ack_of;
use crate::people::{agents, alice, bob, imvu, operators};
use nexus_types::consent::{
    EraseConsent, Purpose, RecordConsent, RecordDeletion, RevokeConsent, RewriteConsent, commitment,
};
use nexus_types::host::{AgentKind, Item};
use nexus_types::snapshot::{
    DropSnapshot, RecordSnapshot, RequestSnapshot, RestoreSnapshot, RewriteSnapshot,
    SnapshotOutcome, Taken,
};
use nexus_types::{Action, Hash, Time};

const ID: &str = "IMVU-042";
/// Two people's pseudonyms: of one who leaves, and of one who stays.
pub(crate) const SUBJECTS: [Hash; 2] = [Hash([0x51; 32]), Hash([0x52; 32])];
const DIGEST: Hash = Hash([0xd1; 32]);

fn record(subject: Hash, sequence: u64, purpose: Purpose) -> Action {
    Action::RecordConsent(RecordConsent {
        imvu: imvu(ID),
        subject,
        sequence,
        purpose,
        commitment: commitment(&[sequence as u8; 32], purpose.name().as_bytes()),
    })
}

fn revoke(sequence: u64, revokes: u64) -> Action {
    Action::RevokeConsent(RevokeConsent {
        imvu: imvu(ID),
        subject: SUBJECTS[0],
        sequence,
        revokes,
        commitment: commitment(&[sequence as u8; 32], b"taken back"),
    })
}

fn erase(sequence: u64, through: u64) -> Action {
    Action::EraseConsent(EraseConsent {
        imvu: imvu(ID),
        subject: SUBJECTS[0],
        sequence,
        through,
    })
}

fn delete(erasure: u64) -> Action {
    Action::RecordDeletion(RecordDeletion {
        imvu: imvu(ID),
        subject: SUBJECTS[0],
        erasure,
        receipt: Hash::of(b"a receipt"),
    })
}

fn taken(taken_at: Time) -> Action {
    Action::RecordSnapshot(RecordSnapshot {
        imvu: imvu(ID),
        number: 1,
        outcome: SnapshotOutcome::Taken(Taken {
            digest: DIGEST,
            bytes: 1 << 20,
            taken_at,
        }),
    })
}

fn restore(of: &str) -> Action {
    Action::RestoreSnapshot(RestoreSnapshot {
        imvu: imvu(ID),
        of: imvu(of),
        number: 1,
    })
}

impl Scenario {
    /// The creator keeps what people said, and its own volume.
    pub(super) fn rights(&mut self) {
        self.consents();
        self.erasures();
        self.snapshot();
        self.restoring();
    }

    fn consents(&mut self) {
        let [leaving, staying] = SUBJECTS;
        let service = || record(leaving, 0, Purpose::Service);
        let owner = &[alice()];
        self.act("record a consent", owner, service());
        self.act("record a consent of that sequence", owner, service());
        let later = record(leaving, 2, Purpose::Newsletter);
        self.act("record a consent after a gap", owner, later);
        let next = || record(leaving, 1, Purpose::Newsletter);
        self.act("record a consent in another's IMVU", &[bob()], next());
        self.act("record another consent", owner, next());
        self.act("revoke a consent", owner, revoke(2, 1));
        self.act("revoke a consent twice", owner, revoke(3, 1));
        self.act("revoke a consent never recorded", owner, revoke(3, 9));
        let rewrite = Action::RewriteConsent(RewriteConsent {
            imvu: imvu(ID),
            subject: leaving,
            sequence: 0,
        });
        self.act("rewrite a consent", owner, rewrite);
        let theirs = record(staying, 0, Purpose::Analytics);
        self.act("record somebody else's consent", owner, theirs);
    }

    fn erasures(&mut self) {
        let (owner, agents) = ([alice()], agents());
        let holder = [agents[AgentKind::Compute as usize].clone()];
        self.act("prove a deletion before it", &holder, delete(3));
        self.act("erase consents", &owner, erase(3, 2));
        self.act("erase consents twice", &owner, erase(4, 2));
        self.act("revoke an erased consent", &owner, revoke(4, 0));
        self.act("prove a deletion without copies", &owner, delete(3));
        self.act("prove a deletion", &holder, delete(3));
        self.act("prove a deletion twice", &holder, delete(3));
        let seat = [operators()[0].clone()];
        self.act("prove a deletion of a seat", &seat, delete(3));
    }

    fn snapshot(&mut self) {
        let (owner, agents) = ([alice()], agents());
        let compute = [agents[AgentKind::Compute as usize].clone()];
        let network = [agents[AgentKind::Network as usize].clone()];
        let away = Action::MoveImvu {
            imvu: imvu(ID),
            host: None,
            accept_loss: false,
        };
        self.act("move without a snapshot", &owner, away);
        let request = || Action::RequestSnapshot(RequestSnapshot { imvu: imvu(ID) });
        self.act("request another's snapshot", &[bob()], request());
        self.act("request a snapshot", &owner, request());
        self.act("request a second one that day", &owner, request());
        let now = self.chain.next().time;
        self.act("record a snapshot as its owner", &owner, taken(now));
        let now = self.chain.next().time;
        self.act("record a snapshot as another agent", &network, taken(now));
        let before = Time(self.chain.next().time.0 - 3_600_000);
        self.act("record an older snapshot", &compute, taken(before));
        let now = self.chain.next().time;
        self.act("record a snapshot", &compute, taken(now));
        let now = self.chain.next().time;
        self.act("record a snapshot again", &compute, taken(now));
        let rewrite = Action::RewriteSnapshot(RewriteSnapshot {
            imvu: imvu(ID),
            number: 1,
            digest: Hash([0xd2; 32]),
        });
        self.act("rewrite a snapshot", &compute, rewrite);
    }

    fn restoring(&mut self) {
        let owner = [alice()];
        self.report("keep a snapshot", AgentKind::Compute, |chain, report| {
            report.acks = ack_of(chain, &Item::Snapshot(imvu(ID), 1));
        });
        self.act(
            "restore another IMVU's snapshot",
            &owner,
            restore("IMVU-043"),
        );
        self.act("restore a snapshot", &owner, restore(ID));
        self.report("restored", AgentKind::Compute, |chain, report| {
            report.acks = ack_of(chain, &Item::Restore(imvu(ID)));
        });
        let end = || {
            Action::DropSnapshot(DropSnapshot {
                imvu: imvu(ID),
                number: 1,
            })
        };
        self.act("drop another's snapshot", &[bob()], end());
        self.act("drop a snapshot", &owner, end());
        self.act("drop a snapshot twice", &owner, end());
        self.act("restore a dropped snapshot", &owner, restore(ID));
    }
}
