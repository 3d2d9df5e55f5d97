//! Names against a notary who knows the rules of docs/names.md and nothing of the law's code: names under this network's apex and
//! elsewhere, above and below each other, proven, questioned and lost, granted, delegated, handed over, freed and locked.

mod acting;
mod notary;
mod wishes;

use super::agree;
use acting::Acting;
use nexus_types::ActionKind;

#[test]
fn any_name_is_whose_the_notary_says() {
    agree::<Acting>(
        4,
        &[
            ActionKind::ClaimDomain,
            ActionKind::ClaimExternal,
            ActionKind::ObserveName,
            ActionKind::ReleaseDomain,
            ActionKind::GrantChild,
            ActionKind::DelegateName,
            ActionKind::SetTransferKey,
            ActionKind::RedeemTransfer,
            ActionKind::SetRecords,
            ActionKind::RemoveRecords,
            ActionKind::FreezeIdentity,
            ActionKind::ThawIdentity,
        ],
        &[
            "a name was proven",
            "a new round began",
            "a name was not seen",
            "an observer saw later",
            "a name was proven again",
            "a name was lost",
            "a claim ran out",
            "a rival's proof waits",
            "a proof called a name below in question",
            "a rival got the name",
            "a rival did not get the name",
            "a challenge of before proved nothing",
            "a name in question covered none below",
            "a name in question was not handed over",
            "a name was locked",
            "a name lay in another's scope",
            "another held a name below",
            "records stood in the way",
            "a grant was used",
            "a grant was taken back",
            "a grant lapsed",
            "a name that had left its scope went on",
            "a name did not leave its scope",
            "names below go first",
            "an external name was handed over",
            "a delegated name was handed over",
            "a delegation outlasted its name",
            "a code had ended",
            "guardians held a code",
            "a frozen holder freed nothing",
        ],
    );
}
