//! Keys of exits.

use super::{KeyKind, StateKey};
use crate::ids::ImvuId;

/// [`crate::exit::Exit`]: the IMVU id's text.
pub fn exit(id: &ImvuId) -> StateKey {
    KeyKind::Exit.key(id.as_str().as_bytes())
}

/// [`crate::state::ImvuNames`]: the IMVU id's text.
pub fn imvu_names(id: &ImvuId) -> StateKey {
    KeyKind::ImvuNames.key(id.as_str().as_bytes())
}
