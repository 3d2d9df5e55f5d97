//! Where IMVUs run: hosts with their agents and meters, placements, assignments, usage, drifts.

mod assignment;
mod host;
mod meter;
mod params;
mod usage;
mod words;

pub use assignment::{AcknowledgedView, AssignmentView, AssignmentsView, SpecRouteView, SpecView};
pub use host::{AgentView, HostAgentView, HostView, PhaseView, PlacementView};
pub use meter::MeterView;
pub use params::{
    GetAgentParams, GetHostParams, GetMeterParams, GetUsageParams, ListAgentsParams,
    ListAssignmentsParams, ListDriftsParams, ListHostsParams, ListMetersParams, ListUsageParams,
};
pub use usage::{
    BilledView, CursorView, DriftItemView, LeafProof, MeteringView, OpenHourView, UsageEntryView,
    UsageLeafView, UsageView,
};
pub use words::WireResource;

#[cfg(test)]
mod tests;
