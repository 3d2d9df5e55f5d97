//! People: those of the network's genesis, and new ones.

use crate::network::Network;
use nexus_sdk::keys::{KeyFile, Passphrase, SecretKey, Signer};
use nexus_sdk::sign;
use nexus_types::approval::{Attestation, AttestationBody};
use nexus_types::{Action, Hash, IdentityId, Time};
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Officers of a development network, and how many of them a platform action needs.
pub use nexus_genesis::dev::{OFFICERS, OFFICERS_THRESHOLD};

/// Milliseconds that things signed here are good for.
pub const HOUR_MS: u64 = 60 * 60 * 1000;

/// log₂ of scrypt's cost for keys that guard nothing.
const KEY_WORK_FACTOR: u8 = 10;

/// The time now, milliseconds.
///
/// # Panics
/// If the clock stands before 1970.
#[must_use]
pub fn now() -> Time {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Time(now.expect("a clock").as_millis() as u64)
}

/// An hour from now.
#[must_use]
pub fn in_an_hour() -> Time {
    now().plus_ms(HOUR_MS)
}

/// Somebody nobody knows yet.
#[must_use]
pub fn stranger(name: &str) -> Signer {
    Signer::new(name, SecretKey::generate())
}

impl Network {
    /// The folder with the keys of the network's own people.
    #[must_use]
    pub fn keys_folder(&self) -> PathBuf {
        self.dir().join("keys")
    }

    /// The file with the passphrase that opens them.
    #[must_use]
    pub fn passphrase_file(&self) -> PathBuf {
        self.keys_folder().join("passphrase")
    }

    /// One of the network's own people: `officer-1` to `officer-5`, `operator-1` to `operator-4`,
    /// `attester`, `demo`.
    ///
    /// # Panics
    /// If there is no such key.
    #[must_use]
    pub fn key(&self, name: &str) -> Signer {
        let passphrase = fs::read_to_string(self.passphrase_file()).expect("the passphrase");
        KeyFile::new(self.keys_folder(), name)
            .and_then(|file| file.open(&Passphrase::new(passphrase)))
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The first officers, as many as asked for.
    #[must_use]
    pub fn officers(&self, count: usize) -> Vec<Signer> {
        (1..=count)
            .map(|number| self.key(&format!("officer-{number}")))
            .collect()
    }

    /// The organisation that has a seat, by the seat's number from 1.
    #[must_use]
    pub fn operator(&self, seat: usize) -> Signer {
        self.key(&format!("operator-{seat}"))
    }

    /// As many officers as a platform action needs.
    #[must_use]
    pub fn platform(&self) -> Vec<Signer> {
        self.officers(OFFICERS_THRESHOLD.into())
    }

    /// The attester's word that an identity was verified.
    #[must_use]
    pub fn attest(&self, identity: IdentityId) -> Attestation {
        let attester = self.key("attester");
        let body = AttestationBody {
            network: self.id.clone(),
            identity,
            attester: attester.identity,
            generation: 0,
            evidence: Hash::of(b"a test"),
            expires: in_an_hour(),
        };
        sign::attest(body, &attester.key)
    }

    /// A registration with the attester's word.
    #[must_use]
    pub fn registration(&self, person: &Signer) -> Action {
        Action::RegisterIdentity {
            key: person.key.public(),
            attestation: Some(self.attest(person.identity)),
        }
    }

    /// New people, attested and registered, all in about one block.
    ///
    /// # Panics
    /// If one is refused.
    #[must_use]
    pub fn people<const N: usize>(&self, names: [&str; N]) -> [Signer; N] {
        let people = names.map(stranger);
        let handed_in: Vec<_> = people
            .iter()
            .map(|person| self.hand_in(&self.signed(person, &[], 1, self.registration(person))))
            .collect();
        for hash in handed_in {
            self.applied(hash);
        }
        people
    }

    /// One new person, attested and registered.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn person(&self, name: &str) -> Signer {
        let [person] = self.people([name]);
        person
    }

    /// One new person, registered, whose key lies among those of the network's own people: for who types commands.
    ///
    /// # Panics
    /// If it is refused, or there is a key of that name.
    #[must_use]
    pub fn typist(&self, name: &str) -> Signer {
        let person = self.person(name);
        let passphrase = fs::read_to_string(self.passphrase_file()).expect("the passphrase");
        KeyFile::new(self.keys_folder(), name)
            .and_then(|file| file.create(&person, &Passphrase::new(passphrase), KEY_WORK_FACTOR))
            .unwrap_or_else(|error| panic!("{error}"));
        person
    }
}
