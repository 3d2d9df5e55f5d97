//! Calls about money.

use super::{Client, ClientError};
use crate::api::{
    AccountView, At, BillingView, DisputeView, EnforcementView, GetDisputeParams,
    GetEnforcementParams, GetPaymentParams, GetPayoutParams, GetPeriodParams, GetPricesParams,
    GetProcessorParams, ListAccountsParams, ListMoneyParams, ListPayoutsParams,
    ListStatementsParams, Method, MoneyView, Page, PaymentView, PayoutView, PricesView,
    ProcessorView, Read, StatementItemView, StatementView,
};
use nexus_types::money::ExternalId;
use nexus_types::{Hash, ImvuId, ProcessorId};

impl Client {
    /// The prices that hold in a period, and the tax rates.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn prices(&self, params: &GetPricesParams) -> Result<Read<PricesView>, ClientError> {
        self.read(Method::GetPrices, params).await
    }

    /// Accounts of the ledger.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn accounts(
        &self,
        params: &ListAccountsParams,
    ) -> Result<Page<AccountView>, ClientError> {
        self.read(Method::ListAccounts, params).await
    }

    /// What an IMVU's use of a period comes to so far.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn billing(
        &self,
        params: &GetPeriodParams,
    ) -> Result<Read<BillingView>, ClientError> {
        self.read(Method::GetBilling, params).await
    }

    /// One page of an IMVU's account book.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn money(&self, params: &ListMoneyParams) -> Result<Read<MoneyView>, ClientError> {
        self.read(Method::ListMoney, params).await
    }

    /// The statement of an IMVU and a period.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn statement(
        &self,
        params: &GetPeriodParams,
    ) -> Result<Read<StatementView>, ClientError> {
        self.read(Method::GetStatement, params).await
    }

    /// Statements of an IMVU, from the node's index.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn statements(
        &self,
        params: &ListStatementsParams,
    ) -> Result<Page<StatementItemView>, ClientError> {
        self.read(Method::ListStatements, params).await
    }

    /// Debts, containments, mandates and standing consents of an IMVU.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn enforcement(&self, imvu: &ImvuId) -> Result<Read<EnforcementView>, ClientError> {
        let params = GetEnforcementParams {
            imvu: imvu.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetEnforcement, &params).await
    }

    /// A payment processor.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn processor(
        &self,
        processor: &ProcessorId,
    ) -> Result<Read<ProcessorView>, ClientError> {
        let params = GetProcessorParams {
            processor: processor.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetProcessor, &params).await
    }

    /// A deposit, a sale or a refund, by its name at its processor.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn payment(
        &self,
        processor: &ProcessorId,
        external: &ExternalId,
    ) -> Result<Read<PaymentView>, ClientError> {
        let params = GetPaymentParams {
            processor: processor.clone().into(),
            external: external.clone().into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetPayment, &params).await
    }

    /// A dispute over a sale.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn dispute(&self, dispute: Hash) -> Result<Read<DisputeView>, ClientError> {
        let params = GetDisputeParams {
            dispute: dispute.into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetDispute, &params).await
    }

    /// A payout.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn payout(&self, payout: Hash) -> Result<Read<PayoutView>, ClientError> {
        let params = GetPayoutParams {
            payout: payout.into(),
            at: At::default(),
            proof: false,
        };
        self.read(Method::GetPayout, &params).await
    }

    /// Payouts of an identity, from the node's index.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn payouts(
        &self,
        params: &ListPayoutsParams,
    ) -> Result<Page<PayoutView>, ClientError> {
        self.read(Method::ListPayouts, params).await
    }
}
