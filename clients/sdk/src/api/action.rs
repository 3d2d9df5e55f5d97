//! Actions as people read them. Programs that sign decode the borsh bytes instead.

mod of_law;

use super::approval::{ApprovalView, AttestationView, ChangeView};
use super::domain::DelegationView;
use super::exit::InventoryView;
use super::governance::{GovernanceChangeView, RestrictionScope};
use super::hosting_action::{AgentKind, CapabilitiesView, HostChangeView, MeterScope};
use super::identity_action::{ImvuRole, RecoveryView};
use super::mail_action::{
    ChangeMailRouteView, GrantAddressView, ProposeMailRouteView, RecordMailEpochView,
    RegisterDkimKeyView, RevokeAddressView, RevokeDkimKeyView, RevokeMailCredentialView,
    RevokeMailTokensView, SetMailCredentialView,
};
use super::money::{PriceView, StandingConsent, WireExternal, WireProcessor};
use super::object::PathPolicyView;
use super::quota::{QuotaChangeView, QuotaView};
use super::report::ReportView;
use super::rights::{Purpose, SnapshotOutcomeView};
use super::scalar::{
    WireHash, WireHost, WireIdentity, WireImvu, WireJurisdiction, WireKey, WireMeter, WireName,
    WireSignature, WireU64, WireU128,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a transaction asks for. Each variant is the action of that name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
#[expect(
    missing_docs,
    reason = "variants and fields are those of nexus_types::Action, where they are explained"
)]
pub enum ActionView {
    RegisterIdentity {
        key: WireKey,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attestation: Option<AttestationView>,
    },
    RotateKey {
        new_key: WireKey,
        proof: WireSignature,
    },
    RevokeIdentity,
    CreateImvu {
        imvu: WireImvu,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jurisdiction: Option<WireJurisdiction>,
        quota: QuotaView,
    },
    ActivateImvu {
        imvu: WireImvu,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<WireHost>,
    },
    DescribeImvu {
        imvu: WireImvu,
        description: String,
    },
    SetJurisdiction {
        imvu: WireImvu,
        jurisdiction: WireJurisdiction,
    },
    ProposeQuota {
        imvu: WireImvu,
        change: QuotaChangeView,
        expires: WireU64,
    },
    ProposeRoute {
        imvu: WireImvu,
        change: ChangeView,
        expires: WireU64,
    },
    ProposePathPolicy {
        imvu: WireImvu,
        policy: PathPolicyView,
        expires: WireU64,
    },
    ChangeQuota {
        imvu: WireImvu,
        change: QuotaChangeView,
    },
    ChangeRoute {
        imvu: WireImvu,
        change: ChangeView,
    },
    ChangePathPolicy {
        imvu: WireImvu,
        policy: PathPolicyView,
    },
    SignApproval {
        proposal: WireHash,
        approval: Box<ApprovalView>,
    },
    RevokeApproval {
        imvu: WireImvu,
        approval: WireHash,
    },
    ClaimDomain {
        /// As its author typed it.
        name: String,
        imvu: WireImvu,
    },
    ReleaseDomain {
        /// As its author typed it.
        name: String,
    },
    SetRecords {
        /// As its author typed it.
        zone: String,
        /// As its author typed it.
        owner: String,
        /// The type's mnemonic.
        #[serde(rename = "type")]
        rtype: String,
        /// Seconds.
        ttl: u32,
        /// The data of each record in presentation form.
        records: Vec<String>,
    },
    RemoveRecords {
        /// As its author typed it.
        zone: String,
        /// As its author typed it.
        owner: String,
        /// The type's mnemonic.
        #[serde(rename = "type")]
        rtype: String,
    },
    SetSplit {
        imvu: WireImvu,
        creator_percent: u8,
        platform_percent: u8,
    },
    ProposeParameter {
        parameter: ParameterView,
    },
    SelfReportUsage {
        imvu: WireImvu,
        resource: String,
        quantity: WireU64,
    },
    DeleteAuditEntry {
        sequence: WireU64,
    },
    PlatformSuspend {
        imvu: WireImvu,
        reason: String,
    },
    StopImvu {
        imvu: WireImvu,
        accept_loss: bool,
    },
    MoveImvu {
        imvu: WireImvu,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<WireHost>,
        accept_loss: bool,
    },
    RegisterHost {
        host: WireHost,
        jurisdiction: WireJurisdiction,
        capacity: QuotaView,
        capabilities: CapabilitiesView,
    },
    ChangeHost {
        host: WireHost,
        change: HostChangeView,
    },
    RegisterAgent {
        host: WireHost,
        /// The agent's work. The name `kind` is the action's own.
        agent: AgentKind,
        key: WireKey,
    },
    RegisterMeter {
        meter: WireMeter,
        host: WireHost,
        /// What it counts. The name `kind` is the action's own.
        counts: AgentKind,
        scope: MeterScope,
        keys: Vec<WireKey>,
        threshold: u8,
        test: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<WireMeter>,
    },
    Report(ReportView),
    PublishPrices {
        /// The first period.
        from: u64,
        prices: Vec<PriceView>,
    },
    SetTaxRate {
        region: WireJurisdiction,
        millionths: u32,
        /// The first period.
        from: u64,
    },
    RegisterProcessor {
        processor: WireProcessor,
    },
    LinkProcessor {
        imvu: WireImvu,
        processor: WireProcessor,
        linked: bool,
    },
    RecordDeposit {
        processor: WireProcessor,
        external: WireExternal,
        payer: WireIdentity,
        amount: WireU128,
    },
    RecordSale {
        processor: WireProcessor,
        external: WireExternal,
        imvu: WireImvu,
        gross: WireU128,
        tax: WireU128,
        region: WireJurisdiction,
        fee: WireU128,
    },
    RecordRefund {
        processor: WireProcessor,
        external: WireExternal,
        sale: WireExternal,
        amount: WireU128,
    },
    GrantRefund {
        processor: WireProcessor,
        sale: WireExternal,
        amount: WireU128,
    },
    OpenDispute {
        processor: WireProcessor,
        sale: WireExternal,
        amount: WireU128,
        evidence: WireHash,
    },
    ResolveDispute {
        dispute: WireHash,
        won: bool,
    },
    RequestPayout {
        processor: WireProcessor,
        amount: WireU128,
        destination: WireHash,
    },
    SettlePayout {
        payout: WireHash,
        settled: bool,
    },
    Reconcile {
        processor: WireProcessor,
        taken_in: WireU128,
        paid_out: WireU128,
        statement: WireHash,
    },
    SignMandate {
        imvu: WireImvu,
        payer: WireIdentity,
        cap: WireU128,
        until: WireU64,
    },
    RevokeMandate {
        imvu: WireImvu,
    },
    CorrectCharge {
        imvu: WireImvu,
        period: u64,
        payer: WireIdentity,
        amount: WireU128,
    },
    Contain {
        imvu: WireImvu,
        evidence: WireHash,
        span_ms: WireU64,
    },
    SetStandingConsent {
        imvu: WireImvu,
        consent: StandingConsent,
        given: bool,
    },
    SetGuardians {
        guardians: Vec<WireIdentity>,
        threshold: u8,
    },
    FreezeIdentity {
        identity: WireIdentity,
    },
    ThawIdentity {
        identity: WireIdentity,
    },
    ProposeRecovery(Box<RecoveryView>),
    VetoPending {
        identity: WireIdentity,
    },
    SetMember {
        imvu: WireImvu,
        member: WireIdentity,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<ImvuRole>,
    },
    RecordConsent {
        imvu: WireImvu,
        subject: WireHash,
        sequence: WireU64,
        purpose: Purpose,
        commitment: WireHash,
    },
    RevokeConsent {
        imvu: WireImvu,
        subject: WireHash,
        sequence: WireU64,
        revokes: WireU64,
        commitment: WireHash,
    },
    EraseConsent {
        imvu: WireImvu,
        subject: WireHash,
        sequence: WireU64,
        through: WireU64,
    },
    RecordDeletion {
        imvu: WireImvu,
        subject: WireHash,
        erasure: WireU64,
        receipt: WireHash,
    },
    RewriteConsent {
        imvu: WireImvu,
        subject: WireHash,
        sequence: WireU64,
    },
    RequestSnapshot {
        imvu: WireImvu,
    },
    RecordSnapshot {
        imvu: WireImvu,
        number: WireU64,
        outcome: SnapshotOutcomeView,
    },
    RewriteSnapshot {
        imvu: WireImvu,
        number: WireU64,
        digest: WireHash,
    },
    DropSnapshot {
        imvu: WireImvu,
        number: WireU64,
    },
    RestoreSnapshot {
        imvu: WireImvu,
        of: WireImvu,
        number: WireU64,
    },
    GrantAddress(GrantAddressView),
    RevokeAddress(RevokeAddressView),
    ProposeMailRoute(ProposeMailRouteView),
    ChangeMailRoute(ChangeMailRouteView),
    RegisterDkimKey(RegisterDkimKeyView),
    RevokeDkimKey(RevokeDkimKeyView),
    SetMailCredential(SetMailCredentialView),
    RevokeMailCredential(RevokeMailCredentialView),
    RevokeMailTokens(RevokeMailTokensView),
    RecordMailEpoch(RecordMailEpochView),
    SubmitGovernance {
        change: GovernanceChangeView,
    },
    CastBallot {
        proposal: WireHash,
        digest: WireHash,
        approve: bool,
    },
    WithdrawGovernance {
        proposal: WireHash,
    },
    RestrictLegally {
        imvu: WireImvu,
        order: WireHash,
        scope: RestrictionScope,
        until: WireU64,
    },
    AppealRestriction {
        imvu: WireImvu,
        grounds: WireHash,
    },
    AnnounceExit {
        imvu: WireImvu,
    },
    CancelExit {
        imvu: WireImvu,
    },
    CommitInventory {
        imvu: WireImvu,
        number: WireU64,
        inventory: InventoryView,
    },
    RecordArchive {
        imvu: WireImvu,
        number: WireU64,
        digest: WireHash,
        bytes: WireU64,
    },
    ConfirmExport {
        imvu: WireImvu,
        digest: WireHash,
    },
    ReleaseExit {
        imvu: WireImvu,
        accept_loss: bool,
    },
    CloseExit {
        imvu: WireImvu,
    },
    FindObstruction {
        imvu: WireImvu,
        evidence: WireHash,
    },
    BlockExit {
        imvu: WireImvu,
    },
    ClaimExternal {
        imvu: WireImvu,
        /// As its author typed it.
        name: String,
    },
    ObserveName {
        imvu: WireImvu,
        name: WireName,
        challenge: WireHash,
        seen: bool,
        evidence: WireHash,
    },
    GrantChild {
        name: WireName,
        child: WireName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imvu: Option<WireImvu>,
    },
    DelegateName {
        name: WireName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delegation: Option<DelegationView>,
    },
    SetTransferKey {
        name: WireName,
        /// Absent where it is taken off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<WireKey>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<WireU64>,
    },
    RedeemTransfer {
        name: WireName,
        imvu: WireImvu,
        signature: WireSignature,
    },
}

/// A parameter of the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum ParameterView {
    /// Another split, in percent.
    Split {
        /// The creator's part.
        creator_percent: u8,
        /// The platform's part.
        platform_percent: u8,
    },
}
