//! Calls about exits.

use super::{Client, ClientError};
use crate::api::{At, ExitView, GetExitParams, GetPeriodParams, Method, PeriodRootsView, Read};
use nexus_types::ImvuId;

impl Client {
    /// An IMVU's exit.
    ///
    /// # Errors
    /// As [`Self::read`]; not found if none was ever announced.
    pub async fn exit(&self, imvu: &ImvuId) -> Result<Read<ExitView>, ClientError> {
        let params = GetExitParams {
            imvu: imvu.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetExit, &params).await
    }

    /// What an IMVU had when a period was closed.
    ///
    /// # Errors
    /// As [`Self::read`]; not found if the period is not closed yet.
    pub async fn period_roots(
        &self,
        params: &GetPeriodParams,
    ) -> Result<Read<PeriodRootsView>, ClientError> {
        self.read(Method::GetPeriodRoots, params).await
    }
}
