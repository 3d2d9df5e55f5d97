//! Reads of processors, and of what they told the ledger.

use crate::node::Node;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    DisputeView, GetDisputeParams, GetPaymentParams, GetPayoutParams, GetProcessorParams,
    PaymentView, PayoutView, ProcessorView, Read,
};
use nexus_types::payment::{Dispute, Payment, Payout, Processor};
use nexus_types::state_key;
use std::sync::Arc;

pub(crate) async fn processor(
    node: Arc<Node>,
    params: GetProcessorParams,
) -> Result<Read<ProcessorView>, Refusal> {
    let id = params.processor.0;
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Processor> = reading.get(&state_key::processor(&id))?;
        found
            .map(|processor| ProcessorView::from(&processor))
            .ok_or_else(|| Refusal::not_found(format_args!("no processor {id} is registered")))
    })
    .await
}

pub(crate) async fn payment(
    node: Arc<Node>,
    params: GetPaymentParams,
) -> Result<Read<PaymentView>, Refusal> {
    let (processor, external) = (params.processor.0, params.external.0);
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Payment> = reading.get(&state_key::payment(&processor, &external))?;
        found
            .map(|payment| PaymentView::from(&payment))
            .ok_or_else(|| {
                Refusal::not_found(format_args!(
                    "{processor} has told of no payment {external}"
                ))
            })
    })
    .await
}

pub(crate) async fn dispute(
    node: Arc<Node>,
    params: GetDisputeParams,
) -> Result<Read<DisputeView>, Refusal> {
    let id = params.dispute.0;
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Dispute> = reading.get(&state_key::dispute(&id))?;
        found
            .map(|dispute| DisputeView::from(&dispute))
            .ok_or_else(|| Refusal::not_found(format_args!("no dispute {id} exists")))
    })
    .await
}

pub(crate) async fn payout(
    node: Arc<Node>,
    params: GetPayoutParams,
) -> Result<Read<PayoutView>, Refusal> {
    let id = params.payout.0;
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Payout> = reading.get(&state_key::payout(&id))?;
        found
            .map(|payout| PayoutView::from(&payout))
            .ok_or_else(|| Refusal::not_found(format_args!("no payout {id} exists")))
    })
    .await
}
