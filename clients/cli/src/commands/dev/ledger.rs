//! The ledger, as these programs read it: objects of the state by their keys, all of one block.
//!
//! The keys are the law's own, and so are the bytes: what an agent hashes for its acknowledgement, and where a meter's
//! counters stand, is exactly what is committed. The node's word is taken for it; a host's real agent verifies the proof
//! that comes with it.

use crate::context::Context;
use crate::error::CliError;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_sdk::api::{At, GetProofParams, Hex, MAX_PROOF_ITEMS, Method, ProofResult};
use nexus_sdk::client::Client;
use nexus_types::encoding::decode;
use nexus_types::state_key::StateKey;
use nexus_types::{Height, Time};
use std::collections::BTreeMap;

/// Nodes that can be asked, one at a time.
pub(super) struct Ledger {
    clients: Vec<Client>,
    current: usize,
}

/// What stood behind keys after one block.
#[derive(Default)]
pub(super) struct View {
    /// The block.
    pub(super) height: Height,
    /// Its time.
    pub(super) time: Time,
    values: BTreeMap<StateKey, Option<Vec<u8>>>,
}

impl Ledger {
    /// The node that was named, else all of the local network's.
    pub(super) fn new(ctx: &Context) -> Result<Self, CliError> {
        let mut clients = vec![ctx.client()?];
        if let (None, Some(localnet)) = (&ctx.global.node, ctx.localnet()) {
            for url in localnet.nodes() {
                if url != clients[0].url() {
                    clients.push(Client::new(&url)?);
                }
            }
        }
        Ok(Self {
            clients,
            current: 0,
        })
    }

    /// The node that is asked now.
    pub(super) fn client(&self) -> &Client {
        &self.clients[self.current]
    }

    /// Asks another node from now on.
    pub(super) fn turn(&mut self) {
        self.current = (self.current + 1) % self.clients.len();
    }

    /// What stands behind these keys now.
    pub(super) async fn look(&self, keys: &[StateKey]) -> Result<View, CliError> {
        let mut view = View::default();
        self.add(&mut view, keys).await?;
        Ok(view)
    }

    /// The same at the block of an earlier look, whose keys it joins.
    pub(super) async fn add(&self, view: &mut View, keys: &[StateKey]) -> Result<(), CliError> {
        for some in keys.chunks(MAX_PROOF_ITEMS) {
            let params = GetProofParams {
                keys: some.iter().map(|key| Hex::new(key.as_bytes())).collect(),
                at: match view.height {
                    0 => At::Latest,
                    height => At::Height(height),
                },
                ..GetProofParams::default()
            };
            let answer: ProofResult = self.client().read(Method::GetProof, &params).await?;
            if answer.items.len() != some.len() {
                return Err(CliError::Stranger(format!(
                    "{} was asked for {} objects of the state and gave {}",
                    self.client().url(),
                    some.len(),
                    answer.items.len()
                )));
            }
            view.height = answer.height.0;
            view.time = Time(answer.block_time.0);
            let values = answer.items.into_iter().map(|item| item.value);
            for (key, value) in some.iter().zip(values) {
                let value = value.map(|value| value.bytes().to_vec());
                view.values.insert(key.clone(), value);
            }
        }
        Ok(())
    }
}

impl View {
    /// The object behind a key that was looked at.
    pub(super) fn get<T: BorshDeserialize + BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Result<Option<T>, CliError> {
        let Some(Some(bytes)) = self.values.get(key) else {
            return Ok(None);
        };
        decode(bytes).map(Some).map_err(|error| {
            CliError::Stranger(format!("the node's {key:?} is of another version: {error}"))
        })
    }
}
