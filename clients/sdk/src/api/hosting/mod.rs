//! Where IMVUs run: hosts with their agents and meters, placements, assignments, usage, drifts.

mod assignment;
mod host;
mod meter;
mod params;
mod usage;
mod words;

pub use assignment::{
    AcknowledgedView, AssignmentView, AssignmentsView, ItemView, SpecRouteView, SpecView,
};
pub use host::{AgentView, CapabilitiesView, HostAgentView, HostView, PhaseView, PlacementView};
pub use meter::MeterView;
pub use params::{
    GetAgentParams, GetHostParams, GetMeterParams, GetUsageParams, ListAgentsParams,
    ListAssignmentsParams, ListDriftsParams, ListHostsParams, ListMetersParams, ListUsageParams,
};
pub use usage::{
    BilledView, CursorView, DriftView, LeafProof, MeteringView, OpenHourView, UsageEntryView,
    UsageHourView, UsageLeafView, UsageLineView, UsageView, usage_flags,
};
pub use words::{
    WireAckOutcome, WireAgentKind, WireDriftKind, WireEnforcement, WireHost, WireHostStatus,
    WireIsolation, WireMeter, WireMeterScope, WireResource, WireU128,
};

#[cfg(test)]
mod tests;
