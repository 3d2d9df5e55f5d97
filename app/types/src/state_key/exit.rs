//! Keys of exits.

use super::{KeyKind, StateKey};
use crate::ids::ImvuId;
use crate::period::Period;

/// [`crate::exit::Exit`]: the IMVU id's text.
pub fn exit(id: &ImvuId) -> StateKey {
    KeyKind::Exit.key(id.as_str().as_bytes())
}

/// [`crate::state::ImvuNames`]: the IMVU id's text.
pub fn imvu_names(id: &ImvuId) -> StateKey {
    KeyKind::ImvuNames.key(id.as_str().as_bytes())
}

/// [`crate::exit::PeriodRoots`]: the IMVU id's text ‖ zero byte ‖ period, big-endian, so that an IMVU's keys sort by it.
pub fn period_roots(id: &ImvuId, period: Period) -> StateKey {
    let mut bytes = id.as_str().as_bytes().to_vec();
    bytes.push(0);
    bytes.extend_from_slice(&period.0.to_be_bytes());
    KeyKind::PeriodRoots.key(&bytes)
}
