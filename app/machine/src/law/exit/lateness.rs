//! A host that does not let its creator leave in time: evidence, and the platform's share waits (law §7).

use super::{entry, of};
use crate::case::Case;
use crate::law::echo::{Done, Echo};
use crate::law::effects::Effect;
use crate::law::money::books::{Books, Entry};
use crate::view::Writes;
use nexus_types::exit::{Exit, ExitEvent, Moment, Overdue};
use nexus_types::money::AccountId;
use nexus_types::state::TimedItem;
use nexus_types::{ActionKind, Grains, Hash, IdentityId, ImvuId, Reason, Time, state_key};

/// When an export is late.
pub(crate) fn timer(exit: &Exit, overdue_ms: u64) -> (Time, TimedItem) {
    let due = exit.announced.at.plus_ms(overdue_ms);
    (due, TimedItem::ExitOverdue(exit.imvu.clone()))
}

/// Whether an export can still come late.
pub(crate) fn is_watched(exit: &Exit) -> bool {
    exit.stage.awaits_export() && exit.overdue.is_none() && exit.obstruction.is_none()
}

/// The export is late.
pub(crate) fn begin(books: &mut Books<'_>, imvu: &ImvuId) {
    let exit = books.look(|view| of(view, imvu));
    let Some(mut exit) = exit.filter(is_watched) else {
        return;
    };
    exit.overdue = Some(Overdue {
        since: Moment {
            height: books.now.height,
            at: books.law_time,
        },
        until: None,
    });
    books.put(state_key::exit(imvu), &exit);
    let owner = books.get::<nexus_types::state::Imvu>(&state_key::imvu(imvu));
    let told = entry(books.now, None, &exit, ExitEvent::Overdue);
    books.echoes.push(told);
    books.echoes.push(Echo::Told {
        imvu: imvu.clone(),
        audit: exit.audit,
        actor: owner.map_or(IdentityId(Hash::default()), |imvu| imvu.owner),
        action: ActionKind::AnnounceExit,
    });
}

/// Ends what was late, or what would have been: the platform has what waited.
pub(super) fn end(
    books: &mut Books<'_>,
    exit: &mut Exit,
    audit: Option<u64>,
) -> Result<(), Reason> {
    let (due, item) = timer(exit, books.delays().exit_overdue_ms);
    // It may be due, and waiting its turn.
    books.not_later(due, &item);
    let Some(overdue) = exit.overdue.as_mut().filter(|it| it.until.is_none()) else {
        return Ok(());
    };
    overdue.until = Some(Moment {
        height: books.now.height,
        at: books.law_time,
    });
    let escrow = AccountId::ExitEscrow(exit.imvu.clone());
    let waited: Grains = books.balance(&escrow);
    books.post([
        Entry::Debit(escrow, waited),
        Entry::Credit(AccountId::PlatformIncome, waited),
    ])?;
    let told = entry(books.now, audit, exit, ExitEvent::OverdueEnded);
    books.echoes.push(told);
    Ok(())
}

/// The account that the platform's share of what an IMVU earns goes to.
pub(crate) fn platform_account(books: &Books<'_>, imvu: &ImvuId) -> AccountId {
    let exit = books.look(|view| of(view, imvu));
    if exit.is_some_and(|exit| exit.is_held_back()) {
        AccountId::ExitEscrow(imvu.clone())
    } else {
        AccountId::PlatformIncome
    }
}

/// Two thirds of the seats found that the creator itself holds the export up.
pub(crate) fn find_obstruction(case: &Case<'_>, evidence: Hash, writes: &mut Writes) -> Effect {
    let mut exit = super::existing(case)?;
    if !exit.is_held_back() {
        return Err(Reason::ExitNotOverdue);
    }
    exit.obstruction = Some(evidence);
    let event = ExitEvent::Obstructed { evidence };
    super::go_on(case, exit, event, writes).map(Done::echoing)
}
