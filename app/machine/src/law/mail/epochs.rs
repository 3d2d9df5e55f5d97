//! What mail agents commit to: epochs without a gap, each agent's and IMVU's own (gate 5).

use crate::case::Case;
use crate::law::echo::{Done, Echo};
use crate::law::effects::Effect;
use crate::law::imvu;
use crate::view::{View, Writes, chain, read, write};
use nexus_types::host::{Agent, AgentKind, Slot};
use nexus_types::mail::{MailCursor, MailEpoch, RecordMailEpoch};
use nexus_types::{IdentityId, ImvuId, Reason, state_key};

/// How far an agent's commitments for an IMVU have come.
pub(crate) fn cursor(view: &dyn View, imvu: &ImvuId, agent: &IdentityId) -> MailCursor {
    read(view, &state_key::mail_cursor(imvu, agent)).unwrap_or_default()
}

/// Gate 5: the assigned agent's, the next, and plausible.
pub(crate) fn check(case: &Case<'_>, asked: &RecordMailEpoch) -> Result<(), Reason> {
    let Some(agent) = case
        .agent
        .as_ref()
        .filter(|agent| agent.kind == AgentKind::Mail)
    else {
        return Err(Reason::MailAgentForeign);
    };
    if !is_assigned(case, agent, asked) {
        return Err(Reason::StayForeign);
    }
    let last = cursor(case.view, &asked.imvu, &agent.id);
    let next = |number: u64| number.checked_add(1);
    if Some(asked.epoch) != next(last.epoch) || Some(asked.first_seq) != next(last.last_seq) {
        return Err(Reason::EpochSequence);
    }
    if is_plausible(asked) {
        Ok(())
    } else {
        Err(Reason::EpochCounts)
    }
}

/// Whether the IMVU's stay in that slot of the agent's host lasts, or ended so lately that its queue may still drain.
fn is_assigned(case: &Case<'_>, agent: &Agent, asked: &RecordMailEpoch) -> bool {
    let late = chain(case.view).delays.late_window_ms;
    read::<Slot>(case.view, &state_key::slot(&agent.host, asked.slot)).is_some_and(|slot| {
        slot.imvu == asked.imvu
            && slot
                .ended
                .is_none_or(|(end, _)| case.now.time <= end.plus_ms(late))
    })
}

fn is_plausible(asked: &RecordMailEpoch) -> bool {
    let Some(sequences) = asked
        .last_seq
        .checked_sub(asked.first_seq)
        .and_then(|span| span.checked_add(1))
    else {
        return false;
    };
    let carried = if asked.messages == 0 {
        asked.recipients == 0 && asked.bytes == 0
    } else {
        asked.recipients >= asked.messages
    };
    carried && asked.messages <= sequences
}

pub(crate) fn record(case: &Case<'_>, asked: &RecordMailEpoch, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    let agent = case.agent.as_ref().ok_or(Reason::NotFound)?;
    let last = cursor(case.view, &imvu.id, &agent.id);
    let sum = |all: u64, more: u64| all.checked_add(more).ok_or(Reason::LimitReached);
    let next = MailCursor {
        epoch: asked.epoch,
        last_seq: asked.last_seq,
        messages: sum(last.messages, asked.messages)?,
        recipients: sum(last.recipients, asked.recipients)?,
        bytes: sum(last.bytes, asked.bytes)?,
        at: case.now.height,
    };
    // Not counted to the IMVU's keys: an agent must not be able to use up its creator's room.
    write(writes, state_key::mail_cursor(&imvu.id, &agent.id), &next);
    let entry = MailEpoch {
        // The collection numbers it.
        sequence: 0,
        audit: case.sequence,
        height: case.now.height,
        time: case.now.time,
        imvu: imvu.id,
        agent: agent.id,
        host: agent.host.clone(),
        slot: asked.slot,
        epoch: asked.epoch,
        first_seq: asked.first_seq,
        last_seq: asked.last_seq,
        root: asked.root,
        messages: asked.messages,
        recipients: asked.recipients,
        bytes: asked.bytes,
    };
    Ok(Done::echoing(alloc::vec![Echo::MailEpoch(entry)]))
}
