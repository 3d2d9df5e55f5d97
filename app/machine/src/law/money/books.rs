//! The accounts, and the one way to post to them: double entry, whole or not at all.

use super::super::echo::Echo;
use crate::view::{BlockContext, Layer, View, Writes, chain, clock, exists, read, write};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_types::money::{Account, AccountId};
use nexus_types::period::{Calendar, Period};
use nexus_types::state::{ChainRecord, DelayProfile, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Grains, Micros, Network, Reason, Time, decode};

/// One side of a posting.
pub(crate) enum Entry {
    /// To the debit of an account.
    Debit(AccountId, Grains),
    /// To the credit of an account.
    Credit(AccountId, Grains),
}

/// The books as one decision, or one piece of work that was due, reads and writes them.
pub(crate) struct Books<'a> {
    base: &'a dyn View,
    writes: &'a mut Writes,
    pub(crate) now: BlockContext,
    pub(crate) law_time: Time,
    chain: ChainRecord,
    /// What it leaves behind beside its writes, in order.
    pub(crate) echoes: Vec<Echo>,
}

impl<'a> Books<'a> {
    pub(crate) fn open(base: &'a dyn View, now: BlockContext, writes: &'a mut Writes) -> Self {
        let layer = Layer { base, writes };
        let (law_time, chain) = (clock(&layer).law_time, chain(&layer));
        Self {
            base,
            writes,
            now,
            law_time,
            chain,
            echoes: Vec::new(),
        }
    }

    /// Looks at the state as it is after what was written so far.
    pub(crate) fn look<T>(&self, see: impl FnOnce(&dyn View) -> T) -> T {
        see(&Layer {
            base: self.base,
            writes: self.writes,
        })
    }

    pub(crate) fn get<T: BorshDeserialize + BorshSerialize>(&self, key: &StateKey) -> Option<T> {
        self.look(|view| read(view, key))
    }

    pub(crate) fn has(&self, key: &StateKey) -> bool {
        self.look(|view| exists(view, key))
    }

    pub(crate) fn put<T: BorshSerialize>(&mut self, key: StateKey, value: &T) {
        write(self.writes, key, value);
    }

    pub(crate) fn remove(&mut self, key: StateKey) {
        self.writes.insert(key, None);
    }

    /// For what other domains of the law write.
    pub(crate) fn with<T>(&mut self, act: impl FnOnce(&dyn View, &mut Writes) -> T) -> T {
        act(self.base, self.writes)
    }

    /// Has an item done at a law time.
    pub(crate) fn later(&mut self, due: Time, item: &TimedItem) {
        self.put(state_key::timed(due.0, item), item);
    }

    /// Forgets an item that would be done then.
    pub(crate) fn not_later(&mut self, due: Time, item: &TimedItem) {
        self.remove(state_key::timed(due.0, item));
    }

    pub(crate) fn delays(&self) -> &DelayProfile {
        &self.chain.delays
    }

    pub(crate) fn calendar(&self) -> Calendar {
        self.chain.calendar
    }

    /// The network that the chain is.
    pub(crate) fn network(&self) -> &Network {
        &self.chain.network
    }

    /// The period of the block.
    pub(crate) fn period_now(&self) -> Period {
        self.calendar().period_of(self.now.time)
    }

    pub(crate) fn balance(&self, id: &AccountId) -> Grains {
        self.get::<Account>(&state_key::account(id))
            .unwrap_or_default()
            .balance(id)
    }

    /// Posts all entries, or none.
    ///
    /// # Errors
    /// [`Reason::Unbalanced`] unless debits and credits are equal, [`Reason::Insufficient`] if an account would fall below
    /// zero that may not, [`Reason::LimitReached`] if a turnover would exceed 128 bits.
    pub(crate) fn post<const N: usize>(&mut self, entries: [Entry; N]) -> Result<(), Reason> {
        let (mut debits, mut credits) = (0_u128, 0_u128);
        let mut touched: BTreeMap<AccountId, Account> = BTreeMap::new();
        let plus = |sum: u128, more: Grains| sum.checked_add(more.0).ok_or(Reason::LimitReached);
        for entry in entries {
            let (Entry::Debit(id, amount) | Entry::Credit(id, amount)) = &entry;
            if *amount == Grains::ZERO {
                continue;
            }
            if !touched.contains_key(id) {
                let known = self.get(&state_key::account(id)).unwrap_or_default();
                touched.insert(id.clone(), known);
            }
            let Some(account) = touched.get_mut(id) else {
                continue;
            };
            match &entry {
                Entry::Debit(..) => {
                    account.debits = Grains(plus(account.debits.0, *amount)?);
                    debits = plus(debits, *amount)?;
                }
                Entry::Credit(..) => {
                    account.credits = Grains(plus(account.credits.0, *amount)?);
                    credits = plus(credits, *amount)?;
                }
            }
        }
        if debits != credits {
            return Err(Reason::Unbalanced);
        }
        if touched
            .iter()
            .any(|(id, account)| is_overdrawn(id, account))
        {
            return Err(Reason::Insufficient);
        }
        for (id, account) in &touched {
            self.put(state_key::account(id), account);
        }
        Ok(())
    }
}

/// Whether an account is below zero that may not be.
pub(crate) fn is_overdrawn(id: &AccountId, account: &Account) -> bool {
    let below = if id.is_asset() {
        account.debits < account.credits
    } else {
        account.credits < account.debits
    };
    below && !id.may_be_negative()
}

/// Whether what was written to accounts on top of a state debits as much as it credits: recomputed from the accounts, not
/// from the postings. A turnover that fell, or a sum beyond 128 bits, is no balance.
pub(crate) fn conserves(base: &dyn View, writes: &Writes) -> bool {
    let (from, to) = state_key::range_of(KeyKind::Account);
    let mut sums = Some((0_u128, 0_u128));
    for (key, value) in writes.range(from..to) {
        let before = read::<Account>(base, key).unwrap_or_default();
        let after = value
            .as_deref()
            .and_then(|bytes| decode::<Account>(bytes).ok());
        sums = sums.and_then(|(debits, credits)| {
            let after = after?;
            let debited = after.debits.0.checked_sub(before.debits.0)?;
            let credited = after.credits.0.checked_sub(before.credits.0)?;
            Some((debits.checked_add(debited)?, credits.checked_add(credited)?))
        });
    }
    sums.is_some_and(|(debits, credits)| debits == credits)
}

/// An amount that comes from outside: neither nothing nor too much.
pub(crate) fn amount(amount: Micros) -> Result<Micros, Reason> {
    match amount {
        Micros::ZERO => Err(Reason::AmountZero),
        amount => at_most(amount),
    }
}

/// An amount that may be nothing, but not too much.
pub(crate) fn at_most(amount: Micros) -> Result<Micros, Reason> {
    if amount > Micros::MAX {
        Err(Reason::AmountTooLarge)
    } else {
        Ok(amount)
    }
}
