//! Calls about exits.

use super::{Client, ClientError};
use crate::api::{At, ExitView, GetExitParams, Method, Read};
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
}
