//! Acting on a network as anybody could: sign, hand in, wait for the block, read what stands.

use crate::network::Network;
use crate::people::{in_an_hour, now};
use crate::wait::{block_on, wait_for};
use nexus_sdk::api::{
    AuditView, EventBody, EventFilter, EventItem, EventKind, EventsPage, GetProofParams, Hex,
    ListAuditParams, ListEventsParams, ListViolationsParams, Method, NoticeView, Page, ProofResult,
    SubmitResult, TransactionView, ViolationView, Wait, WireU64,
};
use nexus_sdk::client::ClientError;
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::{self, TxBuilder};
use nexus_types::approval::{Approval, ApprovalBody, Change, PermittedActor, basis};
use nexus_types::encoding::encode;
use nexus_types::mail::MailRouteRecord;
use nexus_types::route::PathPolicy;
use nexus_types::state::{Imvu, RouteRecord};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Action, Hash, IdentityId, ImvuId, Time, Tx, decode};

/// Milliseconds a submission waits for its block before this asks again.
const WAIT_MS: u32 = 10_000;

impl Network {
    /// The next nonce of an identity.
    ///
    /// # Panics
    /// If the node does not say.
    #[must_use]
    pub fn next_nonce(&self, identity: IdentityId) -> u64 {
        let answer = block_on(self.node().client().next_nonce(identity));
        answer.expect("a nonce").value.next.0
    }

    /// A transaction that the first signs and the others co-sign, good for an hour.
    ///
    /// # Panics
    /// If it is too large.
    #[must_use]
    pub fn signed(&self, signer: &Signer, others: &[Signer], nonce: u64, action: Action) -> Tx {
        self.signed_with(signer, others, nonce, action, Vec::new())
    }

    /// The same with approvals.
    ///
    /// # Panics
    /// If it is too large.
    #[must_use]
    pub fn signed_with(
        &self,
        signer: &Signer,
        others: &[Signer],
        nonce: u64,
        action: Action,
        approvals: Vec<Approval>,
    ) -> Tx {
        let builder = TxBuilder::new(self.id.clone(), nonce, in_an_hour());
        approvals
            .into_iter()
            .fold(builder, TxBuilder::approval)
            .sign(action, signer, others)
            .expect("a transaction")
    }

    /// Hands bytes in and waits for the first check only.
    ///
    /// # Errors
    /// The node's.
    pub fn check(&self, bytes: &[u8]) -> Result<SubmitResult, ClientError> {
        block_on(self.node().client().submit(bytes, Wait::Checked, WAIT_MS))
    }

    /// Hands in what must pass the first check; returns its hash.
    ///
    /// # Panics
    /// If it does not.
    pub fn hand_in(&self, tx: &Tx) -> Hash {
        let bytes = encode(tx);
        let kind = tx.body.action.kind();
        self.check(&bytes)
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        Hash::of(&bytes)
    }

    /// The committed transaction of that hash, as soon as there is one.
    ///
    /// # Panics
    /// If there never is.
    #[must_use]
    pub fn decided(&self, hash: Hash) -> TransactionView {
        let client = self.node().client();
        wait_for(&format!("a block with {hash}"), || {
            block_on(client.transaction(hash)).ok()
        })
    }

    /// The same, which must have been applied.
    ///
    /// # Panics
    /// If it was not.
    pub fn applied(&self, hash: Hash) -> TransactionView {
        let view = self.decided(hash);
        assert_eq!(view.summary.code.code, 0, "{:#?}", view.verdict);
        view
    }

    /// Lets one person do things in a row, all in about one block; returns what became of each.
    #[must_use]
    pub fn decide_all(&self, signer: &Signer, actions: Vec<Action>) -> Vec<TransactionView> {
        let first = self.next_nonce(signer.identity);
        let hashes: Vec<Hash> = (first..)
            .zip(actions)
            .map(|(nonce, action)| self.hand_in(&self.signed(signer, &[], nonce, action)))
            .collect();
        hashes.into_iter().map(|hash| self.decided(hash)).collect()
    }

    /// Lets one person do something.
    ///
    /// # Panics
    /// If it does not get into a block.
    #[must_use]
    pub fn decide(&self, signer: &Signer, action: Action) -> TransactionView {
        self.decide_all(signer, vec![action]).remove(0)
    }

    /// Lets one person do things that must be applied.
    ///
    /// # Panics
    /// If one is not.
    pub fn apply(&self, signer: &Signer, actions: Vec<Action>) {
        for view in self.decide_all(signer, actions) {
            assert_eq!(view.summary.code.code, 0, "{:#?}", view.verdict);
        }
    }

    /// Does something while nobody else acts as the platform.
    pub fn with_officers<T>(&self, act: impl FnOnce() -> T) -> T {
        let _one_at_a_time = self.officers_lock();
        act()
    }

    /// Lets officers act together, one transaction after the other, each with its approvals.
    #[must_use]
    pub fn decide_as(
        &self,
        officers: &[Signer],
        acts: Vec<(Action, Vec<Approval>)>,
    ) -> Vec<TransactionView> {
        let _one_at_a_time = self.officers_lock();
        let (first, others) = officers.split_first().expect("an officer");
        let nonce = self.next_nonce(first.identity);
        let hashes: Vec<Hash> = (nonce..)
            .zip(acts)
            .map(|(nonce, (action, approvals))| {
                self.hand_in(&self.signed_with(first, others, nonce, action, approvals))
            })
            .collect();
        hashes.into_iter().map(|hash| self.decided(hash)).collect()
    }

    /// Lets the platform do one thing: as many officers as it needs.
    ///
    /// # Panics
    /// If it does not get into a block.
    #[must_use]
    pub fn decide_as_platform(&self, action: Action, approvals: Vec<Approval>) -> TransactionView {
        self.decide_as(&self.platform(), vec![(action, approvals)])
            .remove(0)
    }

    /// A committed value of the state.
    ///
    /// # Panics
    /// If the node does not answer, or with other bytes than such a value's.
    #[must_use]
    pub fn state<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Option<T> {
        let params = GetProofParams {
            keys: vec![Hex::new(key.as_bytes())],
            ..GetProofParams::default()
        };
        let answer: ProofResult = self.node().read(Method::GetProof, &params);
        let item = answer.items.into_iter().next().expect("the key asked for");
        item.value
            .map(|value| decode(value.bytes()).expect("a value of that kind"))
    }

    /// How many entries the audit log has.
    ///
    /// # Panics
    /// If the node does not say.
    #[must_use]
    pub fn audit_size(&self) -> u64 {
        let answer: ProofResult = self
            .node()
            .read(Method::GetProof, &GetProofParams::default());
        let log = answer.preimage.logs.iter().find(|log| log.log == "audit");
        log.expect("an audit log").size.0
    }

    /// The owner's approval of a change for the platform, from the state as it is now, changed by `alter` before it is
    /// signed.
    ///
    /// # Panics
    /// If there is no such IMVU.
    #[must_use]
    pub fn approval(
        &self,
        owner: &Signer,
        imvu: &ImvuId,
        change: Change,
        alter: impl FnOnce(&mut ApprovalBody),
    ) -> Approval {
        let record: Imvu = self
            .state(&state_key::imvu(imvu))
            .unwrap_or_else(|| panic!("no {imvu}"));
        let route: Option<RouteRecord> = match &change {
            Change::Route(route) => self.state(&state_key::route(imvu, &route.prefix())),
            Change::Quota(_) | Change::PathPolicy(_) | Change::MailRoute(_) => None,
        };
        let policy: PathPolicy = self
            .state(&state_key::path_policy(imvu))
            .unwrap_or_default();
        let mail: Option<MailRouteRecord> = match &change {
            Change::MailRoute(change) => self.state(&state_key::mail_route(&change.domain)),
            Change::Quota(_) | Change::Route(_) | Change::PathPolicy(_) => None,
        };
        let basis = basis(&change, &record, route.as_ref(), &policy, mail.as_ref());
        let mut body = ApprovalBody {
            network: self.id.clone(),
            approver: owner.identity,
            generation: 0,
            imvu: imvu.clone(),
            version: basis.version,
            before: basis.before,
            change,
            permitted: PermittedActor::Platform,
            // The law's clock runs behind this machine's by a block or two.
            not_before: Time(now().0 - 60_000),
            expires: in_an_hour(),
            salt: now().0,
        };
        alter(&mut body);
        sign::approve(body, &owner.key)
    }

    /// The latest entries of the audit log about one actor, newest first.
    #[must_use]
    pub fn audit_of(&self, actor: IdentityId) -> Page<AuditView> {
        let params = ListAuditParams {
            actor: Some(actor.into()),
            limit: Some(nexus_sdk::api::MAX_LIMIT),
            ..ListAuditParams::default()
        };
        self.node().read(Method::ListAudit, &params)
    }

    /// The latest refusals of one actor, newest first.
    #[must_use]
    pub fn violations_of(&self, actor: IdentityId) -> Vec<ViolationView> {
        let params = ListViolationsParams {
            actor: Some(actor.into()),
            limit: Some(nexus_sdk::api::MAX_LIMIT),
            ..ListViolationsParams::default()
        };
        let page: Page<ViolationView> = self.node().read(Method::ListViolations, &params);
        page.items
    }

    /// Everything the creator of an IMVU was told.
    #[must_use]
    pub fn notices_of(&self, imvu: &ImvuId) -> Vec<NoticeView> {
        let filter = EventFilter {
            kinds: vec![EventKind::Notice],
            imvu: Some(imvu.clone().into()),
            actor: None,
        };
        let events = self.events_from(0, filter);
        let notices = events.into_iter().filter_map(|item| match item.event {
            EventBody::Notice(notice) => Some(notice),
            _ => None,
        });
        notices.collect()
    }

    /// All events of a kind since a node's first block.
    ///
    /// # Panics
    /// If the node does not answer.
    #[must_use]
    pub fn events_from(&self, node: usize, filter: EventFilter) -> Vec<EventItem> {
        let node = &self.nodes[node];
        let mut events = Vec::new();
        let mut cursor = None;
        loop {
            let params = ListEventsParams {
                from_cursor: cursor,
                limit: Some(nexus_sdk::api::MAX_LIMIT),
                filter: filter.clone(),
            };
            let page: EventsPage = node.read(Method::ListEvents, &params);
            let WireU64 { 0: at, .. } = page.at;
            let ended = page.items.is_empty();
            events.extend(page.items);
            cursor = Some(page.next_cursor);
            if ended && at >= node.height().unwrap_or(0).saturating_sub(1) {
                return events;
            }
        }
    }
}
