//! The domains of the law: what actions do once every gate has passed, and the rules beside the gates.

pub(crate) mod allowance;
pub(crate) mod approval;
pub(crate) mod assign;
pub(crate) mod echo;
pub(crate) mod effects;
pub(crate) mod governance;
pub(crate) mod hosts;
pub(crate) mod identity;
pub(crate) mod imvu;
pub(crate) mod metering;
pub(crate) mod meters;
pub(crate) mod money;
pub(crate) mod names;
pub(crate) mod placement;
pub(crate) mod records;
pub(crate) mod report;
pub(crate) mod seats;
pub(crate) mod silence;
pub(crate) mod timed;
pub(crate) mod zone;
pub(crate) mod zone_actions;
