//! Quotas and approvals against a keeper who knows the rules of law §6 and nothing of the law's code: who changes what alone,
//! what an approval lets somebody else do, once, from when until when, and what voids it.

mod acting;
mod keeper;
mod wishes;

use super::agree;
use acting::Acting;
use nexus_types::ActionKind;

#[test]
fn any_approval_lets_do_what_the_keeper_says() {
    agree::<Acting>(
        8,
        &[
            ActionKind::ChangeQuota,
            ActionKind::ProposeQuota,
            ActionKind::SignApproval,
            ActionKind::RevokeApproval,
        ],
        &[
            "the creator cut",
            "the platform raised alone",
            "the platform cut what was approved",
            "the platform cut without an approval",
            "too few officers",
            "nobody's business",
            "an approval was used before",
            "an approval was revoked before",
            "an approval was not valid yet",
            "an approval had expired",
            "an approval was of another change",
            "an approval was for somebody else",
            "an approval was not the creator's",
            "what it named had moved",
            "what it did not name had moved",
            "a proposal was approved",
            "a proposal had ended",
            "a proposal was approved before",
        ],
    );
}
