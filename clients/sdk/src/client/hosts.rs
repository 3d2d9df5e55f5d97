//! Calls about hosts, what runs on them, and what was used.

use super::{Client, ClientError};
use crate::api::{
    AgentView, AssignmentsView, At, DriftItemView, GetAgentParams, GetHostParams, GetImvuParams,
    GetMeterParams, GetUsageParams, HostView, ListAgentsParams, ListAssignmentsParams,
    ListDriftsParams, ListHostsParams, ListMetersParams, ListUsageParams, MeterView, Method, Page,
    PlacementView, Read, UsageEntryView, UsageView,
};
use nexus_types::{HostId, IdentityId, ImvuId, MeterId};

impl Client {
    /// A host.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn host(&self, host: &HostId) -> Result<Read<HostView>, ClientError> {
        let params = GetHostParams {
            host: host.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetHost, &params).await
    }

    /// Hosts.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn hosts(&self, params: &ListHostsParams) -> Result<Page<HostView>, ClientError> {
        self.read(Method::ListHosts, params).await
    }

    /// An agent, by its identity.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn agent(&self, agent: IdentityId) -> Result<Read<AgentView>, ClientError> {
        let params = GetAgentParams {
            agent: agent.into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetAgent, &params).await
    }

    /// Agents.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn agents(&self, params: &ListAgentsParams) -> Result<Page<AgentView>, ClientError> {
        self.read(Method::ListAgents, params).await
    }

    /// A meter.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn meter(&self, meter: &MeterId) -> Result<Read<MeterView>, ClientError> {
        let params = GetMeterParams {
            meter: meter.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetMeter, &params).await
    }

    /// Meters.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn meters(&self, params: &ListMetersParams) -> Result<Page<MeterView>, ClientError> {
        self.read(Method::ListMeters, params).await
    }

    /// Where an IMVU runs; that it runs nowhere is an error that says so.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn placement(&self, imvu: &ImvuId) -> Result<Read<PlacementView>, ClientError> {
        let params = GetImvuParams {
            imvu: imvu.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetPlacement, &params).await
    }

    /// One page of what an agent shall make so.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn assignments(
        &self,
        params: &ListAssignmentsParams,
    ) -> Result<Read<AssignmentsView>, ClientError> {
        self.read(Method::ListAssignments, params).await
    }

    /// One page of an IMVU's sealed hours, from the state.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn usage(&self, params: &GetUsageParams) -> Result<Read<UsageView>, ClientError> {
        self.read(Method::GetUsage, params).await
    }

    /// Lines of usage, from the node's index.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn usage_lines(
        &self,
        params: &ListUsageParams,
    ) -> Result<Page<UsageEntryView>, ClientError> {
        self.read(Method::ListUsage, params).await
    }

    /// What agents found changed.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn drifts(
        &self,
        params: &ListDriftsParams,
    ) -> Result<Page<DriftItemView>, ClientError> {
        self.read(Method::ListDrifts, params).await
    }
}
