//! Silence: agents and meters that say nothing for longer than the law waits (law §5, `AgentSilent`, `MeterSilent`).
//!
//! One timer each looks at the last word when it is due and moves on to when that word will be too old, so that a report
//! itself moves no timer.

use super::echo::Echo;
use crate::case::Case;
use crate::view::{Layer, View, Writes, chain, read, write};
use nexus_types::block::Event;
use nexus_types::host::{Agent, Host};
use nexus_types::meter::Meter;
use nexus_types::state::TimedItem;
use nexus_types::{IdentityId, MeterId, Time, state_key};

pub(crate) fn watch_agent(case: &Case<'_>, agent: &Agent, writes: &mut Writes) {
    let silence = chain(case.view).delays.silence_ms;
    watch(
        agent.last_time.plus_ms(silence),
        &TimedItem::WatchAgent(agent.id),
        writes,
    );
}

pub(crate) fn watch_meter(case: &Case<'_>, meter: &Meter, writes: &mut Writes) {
    let silence = chain(case.view).delays.silence_ms;
    let item = TimedItem::WatchMeter(meter.id.clone());
    watch(meter.last_time.plus_ms(silence), &item, writes);
}

fn watch(due: Time, item: &TimedItem, writes: &mut Writes) {
    write(
        writes,
        state_key::timed(due.0.saturating_add(1), item),
        item,
    );
}

/// Looks at an agent when its timer is due. One that was replaced is watched no more.
pub(crate) fn agent(
    base: &dyn View,
    id: &IdentityId,
    law_time: Time,
    writes: &mut Writes,
) -> Option<Echo> {
    let layer = Layer { base, writes };
    let mut agent = read::<Agent>(&layer, &state_key::agent(id))?;
    let host = read::<Host>(&layer, &state_key::host(&agent.host))?;
    let silence = chain(&layer).delays.silence_ms;
    if host.agent(agent.kind) != Some(agent.id) {
        return None;
    }
    let (next, newly) = look(agent.last_time, silence, law_time, agent.silent);
    watch(next, &TimedItem::WatchAgent(*id), writes);
    if !newly {
        return None;
    }
    agent.silent = true;
    write(writes, state_key::agent(id), &agent);
    Some(Echo::Event(Event::AgentSilent {
        agent: *id,
        host: agent.host,
    }))
}

/// Looks at a meter when its timer is due. One that was replaced is watched no more, and one on a host without IMVUs owes
/// nothing.
pub(crate) fn meter(
    base: &dyn View,
    id: &MeterId,
    law_time: Time,
    writes: &mut Writes,
) -> Option<Echo> {
    let layer = Layer { base, writes };
    let mut meter = read::<Meter>(&layer, &state_key::meter(id))?;
    let host = read::<Host>(&layer, &state_key::host(&meter.host))?;
    let silence = chain(&layer).delays.silence_ms;
    if meter.retired {
        return None;
    }
    let (next, newly) = look(meter.last_time, silence, law_time, meter.silent);
    watch(next, &TimedItem::WatchMeter(id.clone()), writes);
    if !newly || host.placements == 0 {
        return None;
    }
    meter.silent = true;
    write(writes, state_key::meter(id), &meter);
    Some(Echo::Event(Event::MeterSilent {
        meter: id.clone(),
        host: meter.host,
    }))
}

/// When to look again, and whether silence begins now.
fn look(last: Time, silence: u64, law_time: Time, silent: bool) -> (Time, bool) {
    let due = last.plus_ms(silence);
    if due < law_time {
        (law_time.plus_ms(silence), !silent)
    } else {
        (due, false)
    }
}
