//! Accounts as the columns `kind` and `holder` name them.

use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::money::AccountId;
use nexus_types::{IdentityId, ImvuId, ProcessorId};

/// Whose an account is, in the `holder` column.
pub(crate) fn holder(id: &AccountId) -> String {
    match id {
        AccountId::Clearing(processor) | AccountId::PayoutClearing(processor) => {
            processor.to_string()
        }
        AccountId::Prepaid(identity)
        | AccountId::Returned(identity)
        | AccountId::Receivable(identity)
        | AccountId::Uncollected(identity)
        | AccountId::Maturing(identity)
        | AccountId::Matured(identity) => identity.to_string(),
        AccountId::PlatformIncome => String::new(),
        AccountId::Escrow(dispute) => dispute.to_string(),
        AccountId::Tax(region) => region.to_string(),
        AccountId::ExitEscrow(imvu) => imvu.to_string(),
    }
}

/// The account that these two columns name.
pub(crate) fn account_id(kind: &str, holder: &str) -> Option<AccountId> {
    let identity = || holder.parse::<IdentityId>().ok();
    let processor = || ProcessorId::new(holder).ok();
    match kind {
        "clearing" => processor().map(AccountId::Clearing),
        "payoutClearing" => processor().map(AccountId::PayoutClearing),
        "prepaid" => identity().map(AccountId::Prepaid),
        "returned" => identity().map(AccountId::Returned),
        "receivable" => identity().map(AccountId::Receivable),
        "uncollected" => identity().map(AccountId::Uncollected),
        "maturing" => identity().map(AccountId::Maturing),
        "matured" => identity().map(AccountId::Matured),
        "platformIncome" => holder.is_empty().then_some(AccountId::PlatformIncome),
        "escrow" => holder.parse().ok().map(AccountId::Escrow),
        "tax" => Jurisdiction::new(holder).ok().map(AccountId::Tax),
        "exitEscrow" => ImvuId::new(holder).ok().map(AccountId::ExitEscrow),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_types::Hash;

    #[test]
    fn kind_and_holder_name_an_account() {
        let processor = ProcessorId::new("stripe-eu").unwrap();
        let alice = IdentityId(Hash::of(b"alice"));
        let all = [
            AccountId::Prepaid(alice),
            AccountId::Returned(alice),
            AccountId::Receivable(alice),
            AccountId::Uncollected(alice),
            AccountId::Maturing(alice),
            AccountId::Matured(alice),
            AccountId::Clearing(processor.clone()),
            AccountId::PayoutClearing(processor),
            AccountId::PlatformIncome,
            AccountId::Escrow(Hash::of(b"dispute")),
            AccountId::Tax(Jurisdiction::new("EU-GDPR").unwrap()),
            AccountId::ExitEscrow(ImvuId::new("IMVU-042").unwrap()),
        ];
        for id in all {
            assert_eq!(account_id(id.kind(), &holder(&id)), Some(id));
        }
        assert_eq!(account_id("prepaid", ""), None);
        assert_eq!(account_id("platformIncome", "x"), None);
    }
}
