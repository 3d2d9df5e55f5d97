//! Reads of the committed state.

use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    AllowancesView, AtParams, ChainInfo, CollectionView, DelayView, DomainStatus, DomainView,
    GetIdentityParams, GetImvuParams, GetNonceParams, GetZoneParams, GuardianshipView,
    IdentityView, ImvuView, MemberView, NonceView, PathPolicyView, QuotaRead, QuotaView, RRsetView,
    Read, ResolveDomainParams, RouteView, SplitView, Tip, ValidatorView, ZoneView, collection_name,
};
use nexus_types::constants::{SPLIT_CREATOR, SPLIT_PLATFORM, SPLIT_WHOLE, constants_hash};
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::{decode, encode};
use nexus_types::guardian::{Guardianship, Team};
use nexus_types::log::CollectionKind;
use nexus_types::route::{PathPolicy, Prefix};
use nexus_types::rrset::RRset;
use nexus_types::state::{
    self, Apexes, Attesters, ChainRecord, Clock, Collection, Domain, Identity, Jurisdictions,
    Officers, RouteRecord, Seat, Zone, ZoneIndex,
};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, ImvuId, Name, Time};
use std::sync::Arc;

pub(crate) async fn chain_info(
    node: Arc<Node>,
    params: AtParams,
) -> Result<Read<ChainInfo>, Refusal> {
    node.read(params.at, params.proof, |reading| {
        let chain: ChainRecord = required(reading, &state_key::chain())?;
        let officers: Officers = required(reading, &state_key::officers())?;
        let attesters: Attesters = required(reading, &state_key::attesters())?;
        let jurisdictions: Jurisdictions = required(reading, &state_key::jurisdictions())?;
        let apexes: Apexes = required(reading, &state_key::apexes())?;
        Ok(ChainInfo {
            chain_id: chain.network.chain_id.to_string(),
            genesis_hash: chain.network.genesis_hash.into(),
            recovery_epoch: chain.network.recovery_epoch,
            app_version: chain.app_version.into(),
            constants_hash: constants_hash().into(),
            split: SplitView {
                creator: SPLIT_CREATOR,
                platform: SPLIT_PLATFORM,
                whole: SPLIT_WHOLE,
            },
            delays: DelayView::from(&chain.delays),
            allowances: AllowancesView::from(&chain.allowances),
            max_quota: QuotaView::from(&chain.max_quota),
            calendar: chain.calendar.into(),
            officers: wired(officers.members.as_slice()),
            officers_threshold: officers.threshold,
            attesters: wired(attesters.members.as_slice()),
            jurisdictions: wired(jurisdictions.tags.as_slice()),
            apexes: wired(apexes.names.as_slice()),
            tip: tip(reading)?,
        })
    })
    .await
}

fn tip(reading: &Reading) -> Result<Tip, Refusal> {
    let info = reading.view().info_at(reading.height())?;
    Ok(Tip {
        height: info.height.into(),
        hash: Hash(info.block_hash).into(),
        app_hash: Hash(info.app_hash).into(),
        time: info.time_ms.into(),
    })
}

fn wired<T: Clone>(values: &[T]) -> Vec<nexus_sdk::api::Wire<T>> {
    values.iter().cloned().map(Into::into).collect()
}

/// An object every chain has from genesis on.
pub(crate) fn required<T>(reading: &Reading, key: &state_key::StateKey) -> Result<T, Refusal>
where
    T: borsh::BorshDeserialize + borsh::BorshSerialize,
{
    reading.get(key)?.ok_or_else(|| {
        let cause = format!(
            "state object {key:?} is missing at height {}",
            reading.height()
        );
        Refusal::internal("reading the state", &cause)
    })
}

pub(crate) async fn validators(
    node: Arc<Node>,
    params: AtParams,
) -> Result<Read<Vec<ValidatorView>>, Refusal> {
    node.read(params.at, params.proof, |reading| {
        let mut seats: Vec<Seat> = Vec::new();
        for (key, _) in reading.standing::<Seat>(&[KeyKind::Seat.byte()])? {
            seats.extend(reading.get::<Seat>(&key)?);
        }
        Ok(seats.iter().map(validator).collect())
    })
    .await
}

fn validator(seat: &Seat) -> ValidatorView {
    ValidatorView {
        name: seat.name.to_string(),
        address: address(&seat.key).into(),
        key: seat.key.into(),
        power: seat.power.into(),
        platform: seat.platform,
        operator: seat.operator.into(),
    }
}

/// CometBFT's address of a validator: the first 20 bytes of SHA-256 of its key.
fn address(key: &KeyBytes) -> [u8; 20] {
    let mut address = [0; 20];
    for (to, from) in address.iter_mut().zip(Hash::of(&key.0).0) {
        *to = from;
    }
    address
}

pub(crate) async fn identity(
    node: Arc<Node>,
    params: GetIdentityParams,
) -> Result<Read<IdentityView>, Refusal> {
    let id = params.identity.0;
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Identity> = reading.get(&state_key::identity(&id))?;
        let identity = found
            .ok_or_else(|| Refusal::not_found(format_args!("no identity {id} is registered")))?;
        let guarded: Option<Guardianship> = reading.get(&state_key::guardianship(&id))?;
        let clock: Clock = required(reading, &state_key::clock())?;
        let guarded = guarded.unwrap_or_default();
        Ok(IdentityView {
            guardianship: Some(GuardianshipView::new(&guarded, clock.law_time)),
            ..IdentityView::new(id, &identity)
        })
    })
    .await
}

pub(crate) async fn nonce(
    node: Arc<Node>,
    params: GetNonceParams,
) -> Result<Read<NonceView>, Refusal> {
    let (id, lane) = (params.identity.0, params.lane);
    node.read(params.at, params.proof, move |reading| {
        // An identity that is not registered yet signs its registration with nonce 1 as well.
        let spent: Option<u64> = reading.get(&state_key::nonce(&id, lane))?;
        Ok(NonceView {
            identity: id.into(),
            lane,
            next: spent.unwrap_or(0).saturating_add(1).into(),
        })
    })
    .await
}

pub(crate) fn find_imvu(reading: &Reading, id: &ImvuId) -> Result<state::Imvu, Refusal> {
    let found = reading.get(&state_key::imvu(id))?;
    found.ok_or_else(|| Refusal::not_found(format_args!("no IMVU {id} exists")))
}

/// That there is such an IMVU, without making it a part of the proof.
pub(crate) fn exists_imvu(reading: &Reading, id: &ImvuId) -> Result<(), Refusal> {
    let found: Option<state::Imvu> = reading.peek(&state_key::imvu(id))?;
    let found = found.map(|_| ());
    found.ok_or_else(|| Refusal::not_found(format_args!("no IMVU {id} exists")))
}

pub(crate) async fn imvu(
    node: Arc<Node>,
    params: GetImvuParams,
) -> Result<Read<ImvuView>, Refusal> {
    let id = params.imvu.0;
    node.read(params.at, params.proof, move |reading| {
        let imvu = find_imvu(reading, &id)?;
        let policy: Option<PathPolicy> = reading.get(&state_key::path_policy(&id))?;
        let mut collections = Vec::new();
        for kind in CollectionKind::ALL {
            let found: Option<Collection> = reading.get(&state_key::collection(kind, Some(&id)))?;
            collections.extend(found.map(|collection| CollectionView {
                kind: collection_name(kind).to_owned(),
                size: collection.size.into(),
                root: collection.root.into(),
            }));
        }
        let mut view = ImvuView::from(&imvu);
        view.path_policy = Some(PathPolicyView::from(&policy.unwrap_or_default()));
        view.route_table = Some(routes(reading, &id)?);
        view.collections = Some(collections);
        let team: Option<Team> = reading.get(&state_key::team(&id))?;
        view.team = Some(MemberView::all(&team.unwrap_or_default()));
        Ok(view)
    })
    .await
}

fn routes(reading: &Reading, id: &ImvuId) -> Result<Vec<RouteView>, Refusal> {
    let mut start = vec![KeyKind::Route.byte()];
    start.extend(encode(id));
    let mut routes = Vec::new();
    for (key, route) in reading.under::<RouteRecord>(&start)? {
        let prefix = key.as_bytes().get(start.len()..).unwrap_or_default();
        let prefix: Prefix =
            decode(prefix).map_err(|error| Refusal::internal("reading a route's key", &error))?;
        routes.push(RouteView {
            prefix: prefix.to_string(),
            next_hop: route.next_hop.map(|hop| hop.to_string()),
            version: route.version.into(),
        });
    }
    Ok(routes)
}

pub(crate) async fn quota(
    node: Arc<Node>,
    params: GetImvuParams,
) -> Result<Read<QuotaRead>, Refusal> {
    let id = params.imvu.0;
    node.read(params.at, params.proof, move |reading| {
        find_imvu(reading, &id).map(|imvu| QuotaRead::from(&imvu))
    })
    .await
}

pub(crate) async fn resolve_domain(
    node: Arc<Node>,
    params: ResolveDomainParams,
) -> Result<Read<DomainView>, Refusal> {
    let name = params.name.0;
    node.read(params.at, params.proof, move |reading| {
        let own: Option<Domain> = reading.get(&state_key::domain(&name))?;
        match own {
            Some(domain) if is_held(reading, &domain)? => {
                let bound = domain.imvu.is_some();
                let status = if bound {
                    DomainStatus::Bound
                } else {
                    DomainStatus::Locked
                };
                Ok(own_domain(domain, status))
            }
            _ => enclosing_domain(reading, &name),
        }
    })
    .await
}

/// Whether nobody may claim the name: it is bound, or its lock has not ended yet.
fn is_held(reading: &Reading, domain: &Domain) -> Result<bool, Refusal> {
    // Looked at only where it counts: what is looked at is proved.
    Ok(domain.imvu.is_some() || domain.is_locked(law_time(reading)?))
}

/// The clock of protective delays.
pub(crate) fn law_time(reading: &Reading) -> Result<Time, Refusal> {
    let clock: Clock = required(reading, &state_key::clock())?;
    Ok(clock.law_time)
}

/// A name that is bound, or was freed.
pub(crate) fn own_domain(domain: Domain, status: DomainStatus) -> DomainView {
    let bound = domain.imvu.is_some();
    DomainView {
        name: domain.name.clone().into(),
        status,
        apex: bound.then(|| domain.name.into()),
        imvu: domain.imvu.map(Into::into),
        jurisdiction: domain.jurisdiction.map(Into::into),
        since: Some(domain.since.into()),
        locked_until: (!bound).then(|| domain.locked_until.0.into()),
    }
}

/// The bound name that this one lies inside of, if there is one.
fn enclosing_domain(reading: &Reading, name: &Name) -> Result<DomainView, Refusal> {
    let mut view = DomainView {
        name: name.clone().into(),
        status: DomainStatus::Free,
        imvu: None,
        jurisdiction: None,
        apex: None,
        since: None,
        locked_until: None,
    };
    let mut above = name.parent();
    while let Some(apex) = above {
        let domain: Option<Domain> = reading.get(&state_key::domain(&apex))?;
        if let Some(imvu) = domain.and_then(|domain| domain.imvu) {
            view.status = DomainStatus::Inside;
            view.imvu = Some(imvu.into());
            view.apex = Some(apex.into());
            break;
        }
        above = apex.parent();
    }
    Ok(view)
}

pub(crate) async fn zone(
    node: Arc<Node>,
    params: GetZoneParams,
) -> Result<Read<ZoneView>, Refusal> {
    let apex = params.zone.0;
    node.read(params.at, params.proof, move |reading| {
        let zone: Option<Zone> = reading.get(&state_key::zone(&apex))?;
        let zone = zone.ok_or_else(|| {
            Refusal::not_found(format_args!(
                "no zone {apex} exists; nexus_resolveDomain tells who holds the name"
            ))
        })?;
        let records = zone_sets(reading, &apex)?;
        Ok(ZoneView {
            apex: zone.apex.into(),
            imvu: zone.imvu.into(),
            serial: zone.serial.into(),
            sets: zone.sets,
            root: zone.root.into(),
            records: records
                .iter()
                .map(|(owner, set)| RRsetView::new(owner, set))
                .collect(),
        })
    })
    .await
}

/// All record sets of a zone, ascending by (owner, type). The zone's root commits to them.
pub(crate) fn zone_sets(reading: &Reading, apex: &Name) -> Result<Vec<(Name, RRset)>, Refusal> {
    let index: Option<ZoneIndex> = reading.peek(&state_key::zone_index(apex))?;
    let mut sets = Vec::new();
    for entry in index.unwrap_or_default().entries {
        let key = state_key::rrset(apex, &entry.owner, entry.rtype);
        let set: RRset = reading.peek(&key)?.ok_or_else(|| {
            let cause = format!(
                "{apex} lists {} {} but the set is missing",
                entry.owner, entry.rtype
            );
            Refusal::internal("reading a zone", &cause)
        })?;
        sets.push((entry.owner, set));
    }
    Ok(sets)
}
