//! Guardians, a freeze, recoveries, and somebody who acts for an IMVU's owner.

use super::Scenario;
use crate::parts::{recovery, typed};
use crate::people::{Person, alice, attester, bob, imvu, operators};
use nexus_types::encoding::Set;
use nexus_types::guardian::{
    FreezeIdentity, ImvuRole, SetGuardians, SetMember, ThawIdentity, VetoPending,
};
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::{Action, Hash, Micros};

fn choose(guardians: &[Person], threshold: u8) -> Action {
    Action::SetGuardians(SetGuardians {
        guardians: Set::new(guardians.iter().map(|one| one.id).collect()).unwrap(),
        threshold,
    })
}

fn member(person: &Person, role: Option<ImvuRole>) -> Action {
    Action::SetMember(SetMember {
        imvu: imvu("IMVU-042"),
        member: person.id,
        role,
    })
}

impl Scenario {
    /// Alice's guardians, up to what still waits at the end.
    pub(super) fn guardians(&mut self) {
        let [_, _, third, fourth] = operators().try_into().ok().unwrap();
        let friends = [bob(), third.clone(), fourth.clone()];
        let identity = alice().id;
        self.act("choose guardians", &[alice()], choose(&friends, 2));
        let herself = [alice(), bob()];
        self.act("guard oneself", &[alice()], choose(&herself, 2));
        let freeze = Action::FreezeIdentity(FreezeIdentity { identity });
        self.act("freeze with one guardian", &[bob()], freeze.clone());
        let two = &friends[..2];
        self.act("freeze an identity", two, freeze);
        let payout = Action::RequestPayout {
            processor: nexus_types::ProcessorId::new(super::PROCESSOR).unwrap(),
            amount: Micros(1),
            destination: Hash::of(b"an account"),
        };
        self.act("ask for a payout when frozen", &[alice()], payout);
        let unattested = recovery(&self.chain, 25, None);
        self.act("recover a frozen key unattested", two, unattested);
        let attested = recovery(&self.chain, 25, Some(&attester()));
        self.act("recover a frozen key", two, attested);
        let veto = Action::VetoPending(VetoPending { identity });
        self.act("veto when frozen", &[alice()], veto.clone());
        self.act("call a recovery off", two, veto);
        let thaw = Action::ThawIdentity(ThawIdentity { identity });
        self.act("lift a freeze", two, thaw);
        self.act(
            "choose other guardians",
            &[alice()],
            choose(&[third, fourth], 2),
        );
        let lost = recovery(&self.chain, 25, None);
        self.act("recover a lost key", two, lost);
    }

    /// Bob runs Alice's IMVU.
    pub(super) fn team(&mut self) {
        let operator = member(&bob(), Some(ImvuRole::Operator));
        self.act("join a team by oneself", &[bob()], operator.clone());
        self.act("make somebody an operator", &[alice()], operator);
        let records = Action::SetRecords {
            zone: typed("alice.demo.example"),
            owner: typed("by-bob.alice.demo.example"),
            rrset: RRset {
                rtype: RecordType::A,
                ttl: 300,
                records: Set::new(vec![RData::A([192, 0, 2, 67])]).unwrap(),
            },
        };
        self.act("set records as an operator", &[bob()], records);
    }
}
