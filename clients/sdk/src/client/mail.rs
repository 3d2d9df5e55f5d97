//! Calls about mail.

use super::{Client, ClientError};
use crate::api::{At, GetMailParams, ListMailEpochsParams, MailEpochsView, MailView, Method, Read};
use nexus_types::ImvuId;

impl Client {
    /// An IMVU's book of mail with all objects in it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn mail(&self, imvu: &ImvuId) -> Result<Read<MailView>, ClientError> {
        let params = GetMailParams {
            imvu: imvu.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetMail, &params).await
    }

    /// One page of the epochs of an IMVU's mail.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn mail_epochs(
        &self,
        params: &ListMailEpochsParams,
    ) -> Result<Read<MailEpochsView>, ClientError> {
        self.read(Method::ListMailEpochs, params).await
    }
}
