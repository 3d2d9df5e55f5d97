//! Money: prices, accounts, account books, statements, payments, debts. Amounts are decimal strings of micro-credits; of
//! grains, twentieths of these, where a member's name ends in `Grains`. Periods are numbers.

mod billing;
mod enforcement;
mod entry;
mod params;
mod payment;
mod prices;
mod words;

pub use billing::{
    AdjustmentView, BillView, BillingView, ClosedView, RatedView, StatementEntryView,
    StatementItemView, StatementView, TotalsView,
};
pub use enforcement::{
    ContainmentView, DebtView, EndingConsentView, EnforcementView, MandateView, SpentView,
    StandingConsentsView,
};
pub use entry::{
    ChargeLineView, ChargeView, GranterView, MoneyEntryView, MoneyEventView, MoneyLeafView,
    MoneyView, PartView,
};
pub use params::{
    GetDisputeParams, GetEnforcementParams, GetPaymentParams, GetPayoutParams, GetPeriodParams,
    GetPricesParams, GetProcessorParams, ListAccountsParams, ListMoneyParams, ListPayoutsParams,
    ListStatementsParams,
};
pub use payment::{
    DisputeView, PaymentKindView, PaymentView, PayoutView, ProcessorView, ReconciliationView,
    SaleView,
};
pub use prices::{
    AccountView, PriceBookEntryView, PriceListView, PriceView, PricesView, TaxRateView,
    TaxRatesView, price_views,
};
pub use words::{
    CalendarView, DebtStage, DisputeStatus, PayoutStatus, StandingConsent, WireExternal, WireI128,
    WireProcessor,
};
