//! Versions of the registers, and the list of pending proposals.

use crate::law::money::books::Books;
use crate::law::seats;
use crate::view::{View, read};
use alloc::vec::Vec;
use nexus_types::encoding::List;
use nexus_types::governance::{GovernanceChange, OpenProposal, Register, Registers};
use nexus_types::limits::{
    GOVERNANCE_OPEN, GOVERNANCE_OPEN_CANDIDATES, GOVERNANCE_OPEN_PER_PROPOSER,
};
use nexus_types::payment::Enforcement;
use nexus_types::{Hash, IdentityId, Reason, state_key};

/// The version of the register that a change touches.
pub(super) fn basis(view: &dyn View, change: &GovernanceChange) -> u64 {
    let registers = read::<Registers>(view, &state_key::registers()).unwrap_or_default();
    registers
        .version(change.kind().register())
        .unwrap_or_else(|| held(view, change))
}

/// What is held against an IMVU is told apart by the audit entry that began it: one more than its number, 0 for none.
fn held(view: &dyn View, change: &GovernanceChange) -> u64 {
    let enforcement = change
        .imvu()
        .and_then(|imvu| read::<Enforcement>(view, &state_key::enforcement(imvu)))
        .unwrap_or_default();
    let containments = enforcement.containments.as_slice().iter();
    let restrictions = enforcement.restrictions.as_slice().iter();
    let last = match change {
        GovernanceChange::ExtendContainment { .. } => containments.map(|one| one.audit).max(),
        _ => restrictions.map(|one| one.audit).max(),
    };
    last.map_or(0, |audit| audit.saturating_add(1))
}

/// Counts a change of a register.
pub(crate) fn moved(books: &mut Books<'_>, register: Register) {
    with(books, |registers| registers.moved(register));
}

/// Lists a proposal as pending, where there is room for one of that proposer.
pub(super) fn open(books: &mut Books<'_>, id: Hash, proposer: IdentityId) -> Result<(), Reason> {
    let registers = books
        .get::<Registers>(&state_key::registers())
        .unwrap_or_default();
    let by_operator = books.look(|view| seats::is_operator(view, &proposer));
    let open = registers.open.as_slice();
    let own = open.iter().filter(|one| one.proposer == proposer).count();
    let candidates = open.iter().filter(|one| !one.by_operator).count();
    if own >= GOVERNANCE_OPEN_PER_PROPOSER
        || open.len() >= GOVERNANCE_OPEN
        || (!by_operator && candidates >= GOVERNANCE_OPEN_CANDIDATES)
    {
        return Err(Reason::LimitReached);
    }
    with(books, |registers| {
        let mut all: Vec<OpenProposal> = registers.open.as_slice().to_vec();
        all.push(OpenProposal {
            id,
            proposer,
            by_operator,
        });
        registers.open = List::new(all).unwrap_or_default();
    });
    Ok(())
}

/// A proposal is pending no longer.
pub(super) fn close(books: &mut Books<'_>, id: &Hash) {
    with(books, |registers| {
        let mut all: Vec<OpenProposal> = registers.open.as_slice().to_vec();
        all.retain(|one| one.id != *id);
        registers.open = List::new(all).unwrap_or_default();
    });
}

fn with(books: &mut Books<'_>, change: impl FnOnce(&mut Registers)) {
    let key = state_key::registers();
    let mut registers = books.get::<Registers>(&key).unwrap_or_default();
    change(&mut registers);
    books.put(key, &registers);
}
