//! The domains of the law: what actions do once every gate has passed, and the rules beside the gates.

pub(crate) mod allowance;
pub(crate) mod approval;
pub(crate) mod effects;
pub(crate) mod identity;
pub(crate) mod imvu;
pub(crate) mod names;
pub(crate) mod records;
pub(crate) mod timed;
pub(crate) mod zone;
pub(crate) mod zone_actions;
