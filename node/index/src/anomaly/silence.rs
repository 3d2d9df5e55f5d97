//! Agents and meters that say nothing. How long that may last is the law's to know: it calls them silent by block time.

use super::{Anomaly, Rule};
use nexus_types::block::{BlockRecord, Event};

pub(super) fn look(block: &BlockRecord, found: &mut Vec<Anomaly>) {
    for event in &block.events {
        match event {
            Event::AgentSilent { agent, host } => found.push(Anomaly {
                actor: Some(*agent),
                host: Some(host.clone()),
                ..silent(format!("agent {agent} of {host} owes its report"))
            }),
            Event::MeterSilent { meter, host } => found.push(Anomaly {
                meter: Some(meter.clone()),
                host: Some(host.clone()),
                ..silent(format!("meter {meter} of {host} owes a window"))
            }),
            _ => {}
        }
    }
}

fn silent(detail: String) -> Anomaly {
    Anomaly::new(Rule::AgentSilence, "silence", "a report", detail)
}
