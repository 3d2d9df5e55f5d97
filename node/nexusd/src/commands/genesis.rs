//! `nexusd genesis dev` and `nexusd genesis check`.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use nexus_genesis::dev::{Keys, Options};
use nexus_genesis::{Genesis, MAX_FILE_BYTES};
use nexus_types::Time;
use nexus_types::period::Calendar;
use rand::RngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::cli::{GenesisCheck, GenesisDev};
use crate::error::Error;
use crate::files::{self, Access};

/// Reads and checks a genesis file.
pub(crate) fn read(path: &Path) -> Result<Genesis, Error> {
    let text = files::read_text(path, MAX_FILE_BYTES as u64)?;
    Genesis::from_json(&text).map_err(|source| Error::Genesis {
        path: path.to_owned(),
        source,
    })
}

pub(crate) fn check(args: &GenesisCheck) -> Result<(), Error> {
    let genesis = read(&args.file)?;
    let document = genesis.document();
    println!("chain id      {}", document.chain_id);
    println!("genesis hash  {}", genesis.hash());
    println!("validators    {}", document.state.seats.as_slice().len());
    for seat in document.state.seats.as_slice() {
        println!("operator      {} of {}", seat.operator, seat.name);
    }
    println!(
        "officers      {} of {}",
        document.state.officers_threshold,
        document.state.officers.as_slice().len()
    );
    println!(
        "attesters     {}",
        document.state.attesters.as_slice().len()
    );
    match document.state.calendar {
        Calendar::Months => println!("periods       UTC months"),
        Calendar::Hours(1) => println!("periods       hours"),
        Calendar::Hours(hours) => println!("periods       spans of {hours} hours"),
    }
    if document.state.development {
        println!("development   yes: delays may be shortened, and names are approved in advance");
    }
    Ok(())
}

pub(crate) fn dev(args: &GenesisDev) -> Result<(), Error> {
    let (genesis, keys) = network(&args.chain_id, args.validators)?;
    let Some(out) = &args.out else {
        print!("{}", genesis.to_json());
        return Ok(());
    };
    if out.exists() {
        return Err(Error::Usage(format!(
            "{} exists already; a genesis is never overwritten. Move it away, or name another file",
            out.display()
        )));
    }
    let folder = out.with_extension("keys");
    files::private_folder(&folder)?;
    for key in keys
        .validators
        .iter()
        .chain(&keys.officers)
        .chain([&keys.attester])
        .chain(&keys.operators)
    {
        let text = Zeroizing::new(format!("{}\n", hex::encode(*key.seed)));
        files::write(
            &folder.join(format!("{}.seed", key.name)),
            text.as_bytes(),
            Access::Secret,
        )?;
    }
    files::write(out, genesis.to_json().as_bytes(), Access::Public)?;
    println!("genesis hash  {}", genesis.hash());
    println!("genesis       {}", out.display());
    println!(
        "keys          {} (32-byte ed25519 seeds, hexadecimal; development only)",
        folder.display()
    );
    Ok(())
}

/// A new development network, from randomness of the operating system and the clock.
pub(crate) fn network(chain_id: &str, validators: u8) -> Result<(Genesis, Keys), Error> {
    let mut seed = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(seed.as_mut_slice());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| {
        Error::Usage("this machine's clock is before 1970: set it first".to_owned())
    })?;
    let options = Options {
        chain_id: chain_id.to_owned(),
        time: Time(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)),
        validators: usize::from(validators),
        seed,
    };
    nexus_genesis::dev::network(&options).map_err(|error| Error::Usage(error.to_string()))
}
