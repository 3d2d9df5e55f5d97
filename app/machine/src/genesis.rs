//! The state a chain begins with.

use crate::block::{Block, Executed};
use crate::law::money::closing;
use crate::view::{BlockContext, View};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use nexus_tree::log::Frontier;
use nexus_types::billing::Periods;
use nexus_types::encoding::{List, Text};
use nexus_types::genesis::{GenesisDocument, GenesisIdentity};
use nexus_types::log::ChainLog;
use nexus_types::money::{PriceBook, PriceList};
use nexus_types::state::{
    Apexes, Attesters, ChainRecord, Clock, Identity, IdentityStatus, Jurisdictions, Officers, Seat,
    TimedItem,
};
use nexus_types::state_key::StateKey;
use nexus_types::tx::Network;
use nexus_types::{Hash, IdentityId, Name, state_key};

/// The state before there is any.
struct Nothing;

impl View for Nothing {
    fn get(&self, _: &StateKey) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn first_in(&self, _: &StateKey, _: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        None
    }

    fn frontier(&self, _: ChainLog) -> Frontier {
        Frontier::default()
    }
}

/// What InitChain writes: a pure function of the (already validated) document.
pub fn genesis(doc: &GenesisDocument) -> Executed {
    let ctx = BlockContext {
        height: doc.initial_height.saturating_sub(1),
        time: doc.time,
    };
    let mut block = Block::begin(&Nothing, ctx, &[]);
    let state = &doc.state;
    block.put(
        state_key::clock(),
        &Clock {
            height: ctx.height,
            time: ctx.time,
            law_time: ctx.time,
        },
    );
    block.put(
        state_key::chain(),
        &ChainRecord {
            network: Network {
                chain_id: doc.chain_id.clone(),
                genesis_hash: doc.hash(),
                recovery_epoch: 0,
            },
            app_version: doc.app_version,
            delays: state.delays,
            allowances: state.allowances,
            max_quota: state.max_quota,
            development: state.development,
            calendar: state.calendar,
        },
    );
    open_books(&mut block, doc);
    for identity in state.identities.as_slice() {
        block.put(
            state_key::identity(&IdentityId::from_key(&identity.key)),
            &founder(identity, ctx.height),
        );
    }
    let officers = Officers {
        members: state.officers.clone(),
        threshold: state.officers_threshold,
    };
    block.put(state_key::officers(), &officers);
    block.put(
        state_key::attesters(),
        &Attesters {
            members: state.attesters.clone(),
        },
    );
    block.put(
        state_key::jurisdictions(),
        &Jurisdictions {
            tags: state.jurisdictions.clone(),
        },
    );
    block.put(
        state_key::apexes(),
        &Apexes {
            names: state.apexes.clone(),
        },
    );
    for seat in state.seats.as_slice() {
        let record = Seat {
            name: seat.name.clone(),
            key: seat.key,
            power: seat.power,
            platform: seat.platform,
            operator: seat.operator,
        };
        block.put(state_key::seat(&seat.key), &record);
    }
    for name in state
        .preapproved
        .as_slice()
        .iter()
        .filter_map(|text| Name::parse(text.as_str()).ok())
    {
        block.put(state_key::preapproved(&name), &());
    }
    block.seal(&Nothing)
}

/// The first price list, and the first period to be closed.
fn open_books(block: &mut Block, doc: &GenesisDocument) {
    let state = &doc.state;
    let period = state.calendar.period_of(doc.time);
    let list = PriceList {
        version: 1,
        from: period,
        prices: state.prices,
    };
    block.put(state_key::prices(1), &list);
    let lists = List::new(alloc::vec![(period, 1)]).unwrap_or_default();
    block.put(state_key::price_book(), &PriceBook { lists });
    block.put(state_key::periods(), &Periods { open: period });
    let due = closing::due(state.calendar, &state.delays, period);
    let item = TimedItem::ClosePeriod { period, from: None };
    block.put(state_key::due(due.0, &item), &item);
}

fn founder(identity: &GenesisIdentity, height: u64) -> Identity {
    Identity {
        key: identity.key,
        generation: 0,
        status: IdentityStatus::Active,
        attester: None,
        evidence: Hash::default(),
        registered: height,
        public_name: Text::clone(&identity.public_name),
    }
}
