//! Processors, payments, disputes and payouts, as a caller reads them.

use super::harness::Harness;
use super::hosts::proved;
use super::paying::{cashier, external, market, processor};
use nexus_sdk::api::{
    DisputeStatus, DisputeView, Method, Page, PaymentKindView, PaymentView, PayoutStatus,
    PayoutView, ProcessorView, Read,
};
use nexus_types::action::Action;
use nexus_types::payment::Payment;
use nexus_types::{Hash, Micros, decode};
use serde_json::json;

#[tokio::test]
async fn a_processor_its_payments_and_disputes_are_read_with_proofs() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    market(chain);
    let read: Read<ProcessorView> = harness
        .call(
            Method::GetProcessor,
            json!({ "processor": "pay", "proof": true }),
        )
        .await;
    assert_eq!(read.value.identity.0, cashier().id);
    assert!(read.value.reconciled.is_none());
    assert_eq!(proved(&read.proof.unwrap()).len(), 1);

    let open = Action::OpenDispute {
        processor: processor(),
        sale: external("sale-1"),
        amount: Micros(30),
        evidence: Hash([9; 32]),
    };
    let dispute = chain.must_all(&[cashier()], open);
    let ask = json!({ "dispute": dispute.to_string(), "proof": true });
    let read: Read<DisputeView> = harness.call(Method::GetDispute, ask).await;
    assert_eq!(read.value.status, DisputeStatus::Open);
    assert_eq!((read.value.amount.0, read.value.id.0), (30, dispute));
    assert_eq!(proved(&read.proof.unwrap()).len(), 1);

    let ask = |name: &str| json!({ "processor": "pay", "external": name, "proof": true });
    let read: Read<PaymentView> = harness.call(Method::GetPayment, ask("sale-1")).await;
    let values = proved(&read.proof.unwrap());
    let payment: Payment = decode(values[0].as_ref().unwrap()).unwrap();
    assert_eq!(read.value, (&payment).into());
    let PaymentKindView::Sale(sale) = &read.value.what else {
        panic!("{:?}", read.value);
    };
    assert_eq!((sale.disputed.0, sale.fee.0), (30, 1));
    let read: Read<PaymentView> = harness.call(Method::GetPayment, ask("deposit-1")).await;
    assert!(
        matches!(read.value.what, PaymentKindView::Deposit { payer } if payer.0 == chain.bob.id)
    );

    let nothing = "ab".repeat(32);
    for (method, params) in [
        (Method::GetProcessor, json!({ "processor": "nobody" })),
        (Method::GetPayment, ask("sale-9")),
        (Method::GetDispute, json!({ "dispute": nothing })),
        (Method::GetPayout, json!({ "payout": nothing })),
    ] {
        assert_eq!(
            harness.refuse(method, params).await["code"],
            3001,
            "{method}"
        );
    }
}

#[tokio::test]
async fn payouts_are_listed_newest_first_and_read_one_by_one() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    market(chain);
    chain.mature(&chain.alice, 50);
    let ask_for = |amount| {
        let payout = Action::RequestPayout {
            processor: processor(),
            amount: Micros(amount),
            destination: Hash([8; 32]),
        };
        chain.must_all(std::slice::from_ref(&chain.alice), payout)
    };
    let (first, second) = (ask_for(20), ask_for(30));
    let settle = Action::SettlePayout {
        payout: first,
        settled: true,
    };
    chain.must(&cashier(), settle);
    let alice = chain.alice.id.to_string();
    let page: Page<PayoutView> = harness
        .call(Method::ListPayouts, json!({ "identity": alice }))
        .await;
    let shown: Vec<_> = page
        .items
        .iter()
        .map(|one| (one.id.0, one.amount.0, one.status))
        .collect();
    let expected = [
        (second, 30, PayoutStatus::Requested),
        (first, 20, PayoutStatus::Settled),
    ];
    assert_eq!(shown, expected);
    let ask = json!({ "payout": first.to_string(), "proof": true });
    let read: Read<PayoutView> = harness.call(Method::GetPayout, ask).await;
    assert_eq!(read.value, page.items[1]);
    assert_eq!(proved(&read.proof.unwrap()).len(), 1);
    let bob = json!({ "identity": chain.bob.id.to_string() });
    let none: Page<PayoutView> = harness.call(Method::ListPayouts, bob).await;
    assert_eq!(none.total.0, 0);
}
