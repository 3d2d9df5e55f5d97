//! Calls about consents and snapshots.

use super::{Client, ClientError};
use crate::api::{
    At, ConsentsView, GetConsentsParams, ListConsentsParams, ListSnapshotsParams, Method, Read,
    SnapshotsView, SubjectConsentsView,
};
use nexus_types::{Hash, ImvuId};

impl Client {
    /// Where a subject's sequence in an IMVU stands.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn consents(
        &self,
        imvu: &ImvuId,
        subject: Hash,
    ) -> Result<Read<SubjectConsentsView>, ClientError> {
        let params = GetConsentsParams {
            imvu: imvu.clone().into(),
            subject: subject.into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetConsents, &params).await
    }

    /// One page of an IMVU's consents collection.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn consent_log(
        &self,
        params: &ListConsentsParams,
    ) -> Result<Read<ConsentsView>, ClientError> {
        self.read(Method::ListConsents, params).await
    }

    /// One page of an IMVU's snapshots.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn snapshots(
        &self,
        params: &ListSnapshotsParams,
    ) -> Result<Read<SnapshotsView>, ClientError> {
        self.read(Method::ListSnapshots, params).await
    }
}
