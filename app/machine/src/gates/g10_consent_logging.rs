//! Gate 10, Consent Logging (handshake-55-45-17.md, gate 10): consent is an append-only, gapless sequence of salted
//! commitments; nothing is revoked that was not recorded, and nothing twice.

use super::Judgement;
use crate::case::Case;
use crate::law::consent;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    consent::check(case)
}
