//! What the ledger has of an event already, whoever put it there.

use super::desk::Desk;
use super::event::{Event, Settlement, Verdict};
use super::inbox::{Outcome, Record};
use crate::context::Node;
use crate::error::CliError;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::api::{DisputeStatus, PaymentView, PayoutStatus, Read};
use nexus_sdk::client::ClientError;
use nexus_types::money::ExternalId;
use nexus_types::{Code, Hash};

impl Desk<'_> {
    /// What the ledger has of an event already.
    pub(super) async fn look(
        &self,
        node: &Node,
        record: &Record,
        opened: Option<Hash>,
    ) -> Result<Option<Outcome>, CliError> {
        let event = &record.event;
        let is_there = match event {
            Event::Payment { payment: name, .. } | Event::Refund { refund: name, .. } => {
                let booked = self.payment(node, &name.0).await?;
                booked.is_some_and(|read| event.is_booked_as(&read.value))
            }
            Event::Dispute { .. } => self.is_opened(node, record, opened).await?,
            Event::Resolved { outcome, .. } => {
                let Some(id) = opened else { return Ok(None) };
                let status = found(node.client.dispute(id).await)?.map(|read| read.value.status);
                let wanted = match outcome {
                    Verdict::Won => DisputeStatus::Won,
                    Verdict::Lost => DisputeStatus::Lost,
                };
                status == Some(wanted)
            }
            Event::Payout {
                payout, outcome, ..
            } => {
                let read = found(node.client.payout(payout.0).await)?;
                let wanted = match outcome {
                    Settlement::Paid => PayoutStatus::Settled,
                    Settlement::Failed => PayoutStatus::Failed,
                };
                read.map(|read| read.value.status) == Some(wanted)
            }
        };
        if is_there {
            return Ok(Some(self.applied(node, record).await?));
        }
        Ok(None)
    }

    /// Whether the dispute is the one that is known, or was opened by a transaction that was sent before.
    async fn is_opened(
        &self,
        node: &Node,
        record: &Record,
        opened: Option<Hash>,
    ) -> Result<bool, CliError> {
        let sent = record.attempts.iter().map(|attempt| attempt.id.0);
        for id in opened.into_iter().chain(sent) {
            if self.is_dispute(node, id, &record.event).await? {
                self.remember(&record.event, id)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the ledger's dispute of an id is the one an event opens.
    async fn is_dispute(&self, node: &Node, id: Hash, event: &Event) -> Result<bool, CliError> {
        let Event::Dispute {
            payment,
            amount,
            evidence,
            ..
        } = event
        else {
            return Ok(false);
        };
        let read = found(node.client.dispute(id).await)?;
        Ok(read.is_some_and(|read| {
            let there = read.value;
            there.processor.0 == self.processor
                && there.sale == *payment
                && there.amount == *amount
                && there.evidence == *evidence
        }))
    }

    /// The outcome of an event that is on the ledger, with the transaction if it was one of this processor's.
    async fn applied(&self, node: &Node, record: &Record) -> Result<Outcome, CliError> {
        for attempt in &record.attempts {
            if let Some(view) = found(node.client.transaction(attempt.hash.0).await)?
                && view.summary.code.code == Code::Applied.number()
            {
                return Ok(Outcome::Applied {
                    transaction: Some(attempt.hash),
                    height: Some(view.summary.height.0),
                });
            }
        }
        Ok(Outcome::Applied {
            transaction: None,
            height: None,
        })
    }

    pub(super) async fn payment(
        &self,
        node: &Node,
        name: &ExternalId,
    ) -> Result<Option<Read<PaymentView>>, CliError> {
        found(node.client.payment(&self.processor, name).await)
    }
}

/// What was asked for, or none if there is no such thing.
pub(super) fn found<T>(read: Result<T, ClientError>) -> Result<Option<T>, CliError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(ClientError::Node { code, .. })
            if u32::try_from(code) == Ok(InterfaceCode::NotFound.number()) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
