//! What each wish comes to. The lowest gate that refuses gives the code; the action's own rule comes after all gates.

use super::*;

impl Porter {
    /// Whether a signer is frozen by its guardians: Alice alone has some.
    fn held(&self, imvu: usize, by: Who) -> bool {
        let is_alice = match by {
            Who::Creator => is_alices(imvu),
            Who::Other => !is_alices(imvu),
            _ => false,
        };
        is_alice && self.is_frozen()
    }

    pub(super) fn take(&mut self, op: &Op) -> u32 {
        match *op {
            Op::Announce { imvu, by } => self.announce(imvu, by),
            Op::Cancel { imvu, by } => self.cancel(imvu, by),
            Op::Inventory {
                imvu,
                by,
                right,
                honest,
            } => self.inventory(imvu, by, right, honest),
            Op::Archive { imvu, by, right } => self.archive(imvu, by, right),
            Op::Snapshot { imvu, by, .. } => self.snapshot(imvu, by),
            Op::Confirm { imvu, by, right } => self.confirm(imvu, by, right),
            Op::Release { imvu, by, loss } => self.release(imvu, by, loss),
            Op::Close { imvu, by } => self.close(imvu, by),
            Op::Obstruction { imvu, by } => self.obstruction(imvu, by),
            Op::Block { .. } => GATE_13,
            Op::Suspend { imvu, by } => match by {
                Who::Officers(_) if self.protects(imvu) => {
                    self.saw("a suspension was refused for an exit");
                    GATE_13
                }
                Who::Officers(_) => GATE_15,
                _ => GATE_1,
            },
            Op::Quota {
                imvu,
                by,
                to,
                approval,
            } => self.quota(imvu, by, to, approval == Approval::Creators),
            Op::Policy {
                imvu,
                by,
                open,
                approval,
            } => self.policy(imvu, by, open, approval == Approval::Creators),
            Op::Record { imvu, by, last } => self.record(imvu, by, last),
            Op::Claim { imvu, by } => self.claim(imvu, by),
            Op::Free { imvu, by, name } => self.free(imvu, by, name),
            Op::Sale { imvu, gross } => {
                if self.is_late(imvu) {
                    self.homes[imvu].escrow += 9 * gross;
                    self.saw("a share waited");
                } else {
                    self.income += 9 * gross;
                }
                APPLIED
            }
            Op::Freeze { enough } => self.freeze(enough),
            Op::Thaw { enough } => self.thaw(enough),
            Op::Wait { .. } | Op::Halt { .. } => APPLIED,
        }
    }

    fn announce(&mut self, imvu: usize, by: Who) -> u32 {
        if by != Who::Creator {
            return GATE_13;
        }
        let (law, height) = (self.law, self.height);
        let home = &mut self.homes[imvu];
        let number = match &home.exit {
            Some(last) if last.stage != Stage::Cancelled => return WRONG_STATE,
            Some(last) if law < last.announced + INTERVAL => {
                self.saw("an announcement came too soon");
                return WRONG_STATE;
            }
            Some(last) => last.number + 1,
            None => 1,
        };
        let snapshot = (home.runs == Runs::Here).then(|| {
            home.snapshots += 1;
            home.snapshots
        });
        home.exit = Some(Exit {
            number,
            stage: Stage::Announced,
            announced: law,
            snapshot,
            asked: snapshot.is_some(),
            inventory: false,
            archive: false,
            exported: None,
            released: None,
            closed: None,
            cancelled: None,
            late: None,
            obstructed: false,
            baseline: home.authored.clone(),
            set_at: height,
            changes: 0,
        });
        if number > 1 {
            self.saw("an exit was announced again");
        }
        APPLIED
    }

    /// The creator's next step: what waited is the platform's, and what protection comes of it is of what stands now.
    fn step(&mut self, imvu: usize, step: impl FnOnce(&mut Exit, i128)) {
        let (law, height, protected) = (self.law, self.height, self.protects(imvu));
        let home = &mut self.homes[imvu];
        let Some(exit) = &mut home.exit else {
            return;
        };
        step(exit, law);
        if let Some((_, until @ None)) = &mut exit.late {
            *until = Some(law);
            self.income += home.escrow;
            home.escrow = 0;
        }
        if !protected && exit.protects(law) {
            exit.baseline = home.authored.clone();
            exit.set_at = height;
            exit.changes += 1;
            self.saw("protection began again");
        }
    }

    fn cancel(&mut self, imvu: usize, by: Who) -> u32 {
        if by != Who::Creator {
            return GATE_13;
        }
        match &self.homes[imvu].exit {
            None => return NOT_FOUND,
            Some(exit) if !exit.can_stay() => return WRONG_STATE,
            Some(_) => {}
        }
        self.step(imvu, |exit, law| {
            exit.stage = Stage::Cancelled;
            exit.cancelled = Some(law);
        });
        APPLIED
    }

    fn inventory(&mut self, imvu: usize, by: Who, right: bool, honest: bool) -> u32 {
        if by != Who::Host || !is_hosted(imvu) {
            return GATE_1;
        }
        let Some(exit) = self.homes[imvu].exit.as_mut().filter(|_| right) else {
            return NOT_FOUND;
        };
        if exit.archive {
            return GATE_12;
        }
        if !exit.awaits_export() || !honest {
            return WRONG_STATE;
        }
        exit.stage = Stage::Exporting;
        exit.inventory = true;
        APPLIED
    }

    fn archive(&mut self, imvu: usize, by: Who, right: bool) -> u32 {
        if by != Who::Host || !is_hosted(imvu) {
            return GATE_1;
        }
        let Some(exit) = self.homes[imvu].exit.as_mut().filter(|_| right) else {
            return NOT_FOUND;
        };
        if exit.archive {
            self.saw("an archive was not recorded twice");
            return GATE_12;
        }
        if !exit.awaits_export() || !exit.inventory {
            return WRONG_STATE;
        }
        exit.archive = true;
        APPLIED
    }

    fn snapshot(&mut self, imvu: usize, by: Who) -> u32 {
        if !matches!(by, Who::Host | Who::Postman) {
            return GATE_1;
        }
        let exit = self.homes[imvu].exit.as_mut();
        let Some(exit) = exit.filter(|exit| exit.snapshot.is_some()) else {
            return NOT_FOUND;
        };
        if by != Who::Host {
            return GATE_1;
        }
        if !exit.asked {
            return GATE_12;
        }
        exit.asked = false;
        APPLIED
    }

    fn confirm(&mut self, imvu: usize, by: Who, right: bool) -> u32 {
        if by != Who::Creator {
            return GATE_13;
        }
        let fits = match &self.homes[imvu].exit {
            None => return NOT_FOUND,
            Some(exit) if !exit.awaits_export() => false,
            // What runs nowhere is packed by its creator alone.
            Some(exit) => exit.snapshot.is_none() || (exit.archive && right),
        };
        if !fits {
            return WRONG_STATE;
        }
        self.step(imvu, |exit, law| {
            exit.stage = Stage::Exported;
            exit.exported = Some(law);
        });
        APPLIED
    }

    fn release(&mut self, imvu: usize, by: Who, loss: bool) -> u32 {
        if self.held(imvu, by) {
            self.saw("a frozen creator released nothing");
            return GATE_1;
        }
        let exit = self.homes[imvu].exit.as_ref();
        let hosted = exit.filter(|exit| exit.snapshot.is_some());
        if !loss && hosted.is_some_and(|exit| exit.asked || exit.exported.is_none()) {
            return GATE_12;
        }
        if by != Who::Creator {
            return GATE_13;
        }
        match exit {
            None => return NOT_FOUND,
            Some(exit) if !exit.can_stay() => return WRONG_STATE,
            Some(exit) if exit.asked => self.saw("a snapshot was not waited for"),
            Some(_) => {}
        }
        self.step(imvu, |exit, law| {
            exit.stage = Stage::Released;
            exit.released = Some(law);
            exit.asked = false;
        });
        let home = &mut self.homes[imvu];
        home.runs = match home.runs {
            Runs::Here if !loss => Runs::Stopping,
            _ => Runs::Nowhere,
        };
        self.saw(if loss {
            "an exit was released with a loss"
        } else {
            "an exit was released with everything"
        });
        APPLIED
    }

    fn close(&mut self, imvu: usize, by: Who) -> u32 {
        if self.held(imvu, by) {
            return GATE_1;
        }
        if by != Who::Creator {
            return GATE_13;
        }
        match self.homes[imvu].exit.as_ref().map(|exit| exit.stage) {
            None => NOT_FOUND,
            Some(Stage::Released) => {
                self.end(imvu);
                APPLIED
            }
            Some(_) => WRONG_STATE,
        }
    }

    fn obstruction(&mut self, imvu: usize, by: Who) -> u32 {
        // Of four seats three are two thirds.
        if !matches!(by, Who::Seats(3 | 4)) {
            return GATE_1;
        }
        if self.homes[imvu].exit.is_none() {
            return NOT_FOUND;
        }
        if !self.is_late(imvu) {
            return WRONG_STATE;
        }
        self.step(imvu, |exit, _| exit.obstructed = true);
        APPLIED
    }

    fn quota(&mut self, imvu: usize, by: Who, to: u64, approved: bool) -> u32 {
        let now = self.homes[imvu].authored.quota;
        match by {
            Who::Creator => {}
            Who::Officers(_) if self.protects(imvu) && !approved => {
                if to > now {
                    self.saw("a raise was refused for an exit");
                }
                return GATE_13;
            }
            Who::Officers(_) if to < now && !approved => return GATE_15,
            Who::Officers(0..=2) => return GATE_17,
            Who::Officers(_) => {}
            _ => return GATE_1,
        }
        if to == now {
            return NO_CHANGE;
        }
        self.note_platforms(imvu, by);
        self.homes[imvu].authored.quota = to;
        self.authored_anew(imvu);
        APPLIED
    }

    fn note_platforms(&mut self, imvu: usize, by: Who) {
        if by == Who::Creator {
            return;
        }
        self.saw(if self.protects(imvu) {
            "the platform did what a leaving creator approved"
        } else {
            "the platform changed what was not protected"
        });
    }

    fn policy(&mut self, imvu: usize, by: Who, open: bool, approved: bool) -> u32 {
        match by {
            Who::Creator => {}
            Who::Officers(_) if !approved => return GATE_8,
            Who::Officers(0..=2) => return GATE_17,
            Who::Officers(_) => {}
            _ => return GATE_1,
        }
        if open == self.homes[imvu].authored.open {
            return NO_CHANGE;
        }
        self.note_platforms(imvu, by);
        self.homes[imvu].authored.open = open;
        self.authored_anew(imvu);
        APPLIED
    }

    fn record(&mut self, imvu: usize, by: Who, last: u8) -> u32 {
        let may = by == Who::Creator || (by == Who::Member && is_alices(imvu));
        let height = self.height;
        let first = &self.first[imvu];
        match self.homes[imvu].authored.names.get_mut(first) {
            Some((serial, address)) if may => {
                if *address != Some(last) {
                    *address = Some(last);
                    *serial = height;
                }
            }
            _ => return GATE_4,
        }
        if by == Who::Member && self.protects(imvu) {
            self.saw("a member edited the zone of a leaving creator");
        }
        self.authored_anew(imvu);
        APPLIED
    }

    fn claim(&mut self, imvu: usize, by: Who) -> u32 {
        let name = self.fresh_name();
        self.fresh += 1;
        if by != Who::Creator {
            return GATE_1;
        }
        let height = self.height;
        let home = &mut self.homes[imvu];
        let gone = |exit: &Exit| matches!(exit.stage, Stage::Released | Stage::Closed);
        if home.exit.as_ref().is_some_and(gone) {
            self.saw("nothing began in what was released");
            return WRONG_STATE;
        }
        if home.authored.names.len() == NAMES {
            return LIMIT;
        }
        home.authored.names.insert(name, (height, None));
        self.authored_anew(imvu);
        APPLIED
    }

    fn free(&mut self, imvu: usize, by: Who, name: usize) -> u32 {
        if self.held(imvu, by) {
            return GATE_1;
        }
        let name = self.named(imvu, name);
        if !self.homes[imvu].authored.names.contains_key(&name) {
            return NOT_FOUND;
        }
        if by != Who::Creator {
            return GATE_3;
        }
        self.homes[imvu].authored.names.remove(&name);
        self.authored_anew(imvu);
        APPLIED
    }

    fn freeze(&mut self, enough: bool) -> u32 {
        if !enough {
            return GATE_1;
        }
        if self.is_frozen() {
            return NO_CHANGE;
        }
        if self.next_freeze > self.law {
            return WRONG_STATE;
        }
        self.frozen_until = self.law + FREEZE;
        self.next_freeze = self.frozen_until + REST;
        APPLIED
    }

    fn thaw(&mut self, enough: bool) -> u32 {
        if !enough {
            return GATE_1;
        }
        if !self.is_frozen() {
            return NO_CHANGE;
        }
        self.frozen_until = self.law;
        self.next_freeze = self.law + REST;
        APPLIED
    }
}
