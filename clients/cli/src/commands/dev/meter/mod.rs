//! `nexus dev meter`: test meters. Each is a key of its own and a chain of records, wherever it left off.

mod load;
mod stays;
mod windows;

use super::folder::{Folder, Holder};
use super::ledger::{Ledger, View};
use super::log::Log;
use super::spool::{MAX_WAITING, Spool};
use super::{MEASURES_NOTHING, Served, TICK, development, meter_id, reach};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use clap::Args;
use load::Load;
use nexus_sdk::keys::Signer;
use nexus_sdk::sign;
use nexus_types::host::AgentKind;
use nexus_types::meter::{Meter, MeterRecordBody, RecordKind};
use nexus_types::{MeterId, Network, Time, state_key};
use stays::{Stays, readings};
use std::collections::BTreeMap;
use std::fs::File;
use windows::{Named, Reading, Tail};

/// Looks in a row that must agree before records count as lost: the node that is asked may be a block behind the one that
/// the agent asked when it deleted them.
const LOOKS: u32 = 5;

/// How to make up usage, and for whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    served: Served,
    /// Seconds of one window
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    interval: u32,
    /// Share of each quota that the busiest hour uses; above 1 it is more than the law bills
    #[arg(long, value_name = "SHARE", default_value = "0.3", value_parser = share)]
    load: u64,
    /// What the numbers are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Thousandths, of a number such as 0.3.
fn share(text: &str) -> Result<u64, String> {
    let thousandths = crate::units::cpu_millis(text.trim_end_matches('m'));
    let most = 10_000;
    thousandths
        .ok()
        .filter(|thousandths| *thousandths <= most)
        .ok_or_else(|| String::from("a share is a number from 0 to 10 such as 0.3"))
}

/// One meter.
struct TestMeter {
    named: Named,
    signer: Signer,
    spool: Spool,
    /// Where its records end, and what they read; none until the ledger has been asked, and when it knows better.
    place: Option<Place>,
    /// Looks in a row at which records were missing.
    missing: u32,
    _lock: File,
}

struct Place {
    tail: Tail,
    known: BTreeMap<u32, Reading>,
}

/// Runs it.
pub(super) async fn run(ctx: &Context, options: &Options) -> Result<Answer, CliError> {
    let host = &options.served.host;
    let mut log = Log::new(MEASURES_NOTHING, host);
    let folder = Folder::new(ctx, host, options.served.folder.as_deref());
    let network = reach(ctx, &mut log).await?.network;
    let mut meters = Vec::new();
    for kind in options.served.kinds() {
        meters.push(TestMeter::open(
            &folder,
            &network,
            meter_id(host, kind)?,
            kind,
        )?);
    }
    let mut ledger = Ledger::new(ctx)?;
    let mut work = Work {
        load: Load::new(options.load, options.seed),
        interval_ms: u64::from(options.interval) * 1_000,
        stays: Stays::new(host),
    };
    log.say_of_all(&format!(
        "a test meter: it makes numbers up, whatever happens on this machine (windows of {} s, load {}.{:03}, seed {})",
        options.interval,
        options.load / 1_000,
        options.load % 1_000,
        options.seed
    ));
    loop {
        match work.round(&ledger, &mut meters, &mut log).await {
            Ok(()) => {}
            Err(error @ (CliError::Client(_) | CliError::Stranger(_))) => {
                log.fail(format!("{error}; asking again"));
                ledger.turn();
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(TICK).await;
    }
}

/// What all meters of one process have in common.
struct Work {
    load: Load,
    interval_ms: u64,
    stays: Stays,
}

impl Work {
    async fn round(
        &mut self,
        ledger: &Ledger,
        meters: &mut [TestMeter],
        log: &mut Log,
    ) -> Result<(), CliError> {
        let mut keys = vec![state_key::chain(), self.stays.host_key()];
        keys.extend(meters.iter().map(TestMeter::key));
        let mut view = ledger.look(&keys).await?;
        development(&view)?;
        for meter in meters.iter_mut() {
            meter.compare(&view, log)?;
        }
        if !meters
            .iter()
            .any(|meter| meter.has_work(view.time, self.interval_ms))
        {
            return Ok(());
        }
        if meters.iter().any(|meter| meter.place.is_none()) {
            // Who goes back on the ledger meets IMVUs again that the others are done with.
            self.stays = Stays::new(&self.stays.host);
        }
        self.stays.follow(ledger, &mut view).await?;
        for meter in meters.iter_mut() {
            meter.work(self, &view, log)?;
        }
        let read_through = meters.iter().filter_map(|meter| meter.place.as_ref());
        self.stays.forget(
            read_through
                .map(|place| place.tail.end)
                .min()
                .unwrap_or_default(),
        );
        Ok(())
    }
}

impl TestMeter {
    fn open(
        folder: &Folder,
        network: &Network,
        meter: MeterId,
        kind: AgentKind,
    ) -> Result<Self, CliError> {
        let holder = Holder::Meter(kind);
        Ok(Self {
            signer: folder.open(holder)?,
            _lock: folder.lock(holder)?,
            spool: folder.spool(kind)?,
            named: Named {
                network: network.clone(),
                meter,
                kind,
            },
            place: None,
            missing: 0,
        })
    }

    fn key(&self) -> state_key::StateKey {
        state_key::meter(&self.named.meter)
    }

    /// The meter as the ledger has it. Only one that counts there, under this key, is worth running.
    fn on_ledger(&self, view: &View) -> Result<Meter, CliError> {
        let meter: Option<Meter> = view.get(&self.key())?;
        let signs = |meter: &Meter| meter.keys.contains(&self.signer.key.public());
        match meter {
            Some(meter) if !meter.retired && signs(&meter) => Ok(meter),
            Some(_) => Err(CliError::usage(
                format!("{} was replaced, or is another key's", self.named.meter),
                "Set up a host of another name: nexus dev host --name NAME.",
            )),
            None => Err(CliError::usage(
                format!("no meter {} is registered", self.named.meter),
                "Set the host up first: nexus dev host.",
            )),
        }
    }

    /// Where its records end on the ledger.
    fn tail_on_ledger(meter: &Meter) -> Tail {
        Tail {
            sequence: meter.sequence,
            last: meter.last,
            end: if meter.sequence == 0 {
                meter.since
            } else {
                meter.window_end
            },
        }
    }

    /// Looks whether the ledger, or the spool, has gone another way than this process thinks.
    fn compare(&mut self, view: &View, log: &mut Log) -> Result<(), CliError> {
        let ledger = Self::tail_on_ledger(&self.on_ledger(view)?);
        let Some(place) = &self.place else {
            return Ok(());
        };
        let own = place.tail;
        let foreign = ledger.sequence > own.sequence
            || (ledger.sequence == own.sequence && ledger.last != own.last);
        let is_missing = ledger.sequence < own.sequence && self.spool.get(own.sequence)?.is_none();
        self.missing = if is_missing { self.missing + 1 } else { 0 };
        if foreign {
            log.say(
                self.named.kind,
                &format!("record {} on the ledger is not this process's: does another use the same key? Going on from there", ledger.sequence),
            );
            self.place = None;
        } else if self.missing >= LOOKS {
            log.say(
                self.named.kind,
                &format!(
                    "record {} is neither in the spool nor on the ledger: going on from record {}",
                    own.sequence, ledger.sequence
                ),
            );
            self.place = None;
        }
        Ok(())
    }

    fn has_work(&self, now: Time, interval_ms: u64) -> bool {
        let place = self.place.as_ref();
        place.is_none_or(|place| place.tail.next_window(now, interval_ms).is_some())
    }

    fn work(&mut self, work: &Work, view: &View, log: &mut Log) -> Result<(), CliError> {
        if self.place.is_none() {
            self.place = self.find_place(work, view, log)?;
        }
        let Some(mut place) = self.place.take() else {
            return Ok(());
        };
        while let Some(window) = place.tail.next_window(view.time, work.interval_ms) {
            if self.spool.waiting()?.len() >= MAX_WAITING {
                log.fail(format!(
                    "{MAX_WAITING} records wait for the agent: no more until it takes some"
                ));
                break;
            }
            let stays = work.stays.all();
            let body =
                self.named
                    .reading(&place.tail, window, &stays, &mut place.known, &work.load);
            place.tail = self.sign(body, log)?;
        }
        self.place = Some(place);
        Ok(())
    }

    /// Where to go on: behind the records that wait in the spool, as far as they follow those on the ledger.
    fn find_place(
        &mut self,
        work: &Work,
        view: &View,
        log: &mut Log,
    ) -> Result<Option<Place>, CliError> {
        let ledger = Self::tail_on_ledger(&self.on_ledger(view)?);
        let next = ledger.sequence + 1;
        let waits = self.spool.waiting()?;
        let beyond = waits.iter().any(|sequence| *sequence > next);
        if beyond && !waits.contains(&next) && self.missing < LOOKS {
            // The ledger may have them already, and this node not yet.
            self.missing += 1;
            return Ok(None);
        }
        self.missing = 0;
        let records = self.spool.following(next, MAX_WAITING)?;
        let own = |body: &MeterRecordBody| {
            body.network == self.named.network && body.meter == self.named.meter
        };
        let count = records
            .iter()
            .take_while(|record| own(&record.body))
            .count();
        let tail = ledger.through(&records[..count]);
        let void = self.spool.void_from(tail.sequence + 1)?;
        if void > 0 {
            log.say(
                self.named.kind,
                &format!("{void} records can come onto the ledger no more and are deleted"),
            );
        }
        let kept = records
            .iter()
            .take_while(|record| record.body.sequence <= tail.sequence);
        let known = readings(view, &work.stays.all(), &self.named.meter, kept)?;
        log.say(
            self.named.kind,
            &format!(
                "goes on behind record {} (the ledger has {})",
                tail.sequence, ledger.sequence
            ),
        );
        let mut place = Place { tail, known };
        if let Some(window) = place.tail.missed(view.time, work.interval_ms) {
            place.tail = self.sign(self.named.gap(&place.tail, window), log)?;
        }
        Ok(Some(place))
    }

    /// Signs a record and lays it down; from then on the next one follows it.
    fn sign(&self, body: MeterRecordBody, log: &mut Log) -> Result<Tail, CliError> {
        let tail = Tail::behind(&body);
        let what = match body.kind {
            RecordKind::Reading => format!("{} IMVUs", body.lines.as_slice().len()),
            RecordKind::Gap => String::from("a GAP: nothing ran here"),
        };
        let (sequence, ms) = (body.sequence, body.end.since(body.start));
        self.spool
            .put(&sign::meter_record(body, &self.signer.key))?;
        log.say(
            self.named.kind,
            &format!(
                "record {sequence} of {ms} ms up to {}: {what}",
                crate::text::time(tail.end.0)
            ),
        );
        Ok(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_exactly() {
        assert_eq!(share("0.3"), Ok(300));
        assert_eq!(share("1"), Ok(1_000));
        for wrong in ["", "-1", "11", "0.0001", "0,3"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
