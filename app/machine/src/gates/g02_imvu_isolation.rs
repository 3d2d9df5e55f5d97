//! Gate 2, IMVU Isolation (handshake-55-45-17.md, gate 2): an IMVU runs only on a host whose attested
//! capabilities cover isolation, and a host on which IMVUs run never covers less.

use super::Judgement;
use crate::case::Case;
use crate::law::{hosts, placement};
use nexus_types::action::Action;
use nexus_types::host::HostChange;
use nexus_types::{Gate, Reason};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        Action::ActivateImvu { .. } | Action::MoveImvu { .. } => {
            placement::judge(case, Gate::ImvuIsolation)
        }
        Action::ChangeHost {
            change: HostChange::Capabilities(new),
            ..
        } => match &case.host {
            Some(host) if host.placements > 0 && hosts::weakens(&host.capabilities, new) => {
                Err(Reason::HostInUse)
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}
