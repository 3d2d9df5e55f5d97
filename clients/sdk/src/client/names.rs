//! Calls about names.

use super::{Client, ClientError};
use crate::api::{At, AtParams, ChallengesView, GetNameParams, Method, NameView, Read};
use nexus_types::Name;

impl Client {
    /// What stands in state of a name beside its zone.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn name(&self, name: &Name) -> Result<Read<NameView>, ClientError> {
        let params = GetNameParams {
            name: name.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetName, &params).await
    }

    /// What observers have to look for.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn challenges(&self) -> Result<Read<ChallengesView>, ClientError> {
        self.read(Method::ListChallenges, &AtParams::default())
            .await
    }
}
