//! Calls about governance.

use super::{Client, ClientError};
use crate::api::{
    At, AtParams, GetGovernanceProposalParams, GovernanceProposalView, GovernanceView, Method,
    Read, ValidatorView,
};
use nexus_types::Hash;

impl Client {
    /// The validators' seats.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn seats(&self) -> Result<Read<Vec<ValidatorView>>, ClientError> {
        self.read(Method::GetValidators, &AtParams::default()).await
    }

    /// Pending proposals, what waits, the planned upgrade, observers and denied names.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn governance(&self, at: At) -> Result<Read<GovernanceView>, ClientError> {
        let params = AtParams { at, proof: false };
        self.read(Method::GetGovernance, &params).await
    }

    /// One proposal that seats vote on.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn governance_proposal(
        &self,
        proposal: Hash,
        at: At,
    ) -> Result<Read<GovernanceProposalView>, ClientError> {
        let params = GetGovernanceProposalParams {
            proposal: proposal.into(),
            at,
            proof: false,
        };
        self.read(Method::GetGovernanceProposal, &params).await
    }
}
