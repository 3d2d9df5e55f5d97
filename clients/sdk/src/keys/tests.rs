use super::{KeyError, KeyFile, Passphrase, SecretKey, Signer};
use nexus_types::{Hash, crypto};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use zeroize::Zeroizing;

/// Cheap on purpose: these tests are about the file, not about scrypt.
const CHEAP: u8 = 2;

fn signer() -> Signer {
    Signer::new("alice", SecretKey::from_seed(Zeroizing::new([7; 32])))
}

fn pass(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

#[test]
fn a_key_survives_its_file_and_signs() {
    let dir = tempfile::tempdir().unwrap();
    let file = KeyFile::new(dir.path().join("deep/keys"), "alice").unwrap();
    file.create(&signer(), &pass("correct horse\n"), CHEAP)
        .unwrap();
    let mode = fs::metadata(file.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let opened = file.open(&pass("correct horse")).unwrap();
    assert_eq!(opened.identity, signer().identity);
    let digest = Hash::of(b"anything");
    let signature = opened.key.sign(&digest);
    assert!(crypto::verify(&signer().key.public(), &digest, &signature));
    let listed = KeyFile::list(&dir.path().join("deep/keys")).unwrap();
    assert_eq!(listed, [file]);
    assert!(
        KeyFile::list(&dir.path().join("nowhere"))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_file_holds_no_secret_in_clear_and_debug_shows_none() {
    let dir = tempfile::tempdir().unwrap();
    let file = KeyFile::new(dir.path(), "alice").unwrap();
    file.create(&signer(), &pass("p"), CHEAP).unwrap();
    let bytes = fs::read(file.path()).unwrap();
    let secret = hex::encode([7; 32]);
    assert!(!bytes.windows(32).any(|window| window == [7; 32]));
    assert!(!String::from_utf8_lossy(&bytes).contains(&secret));
    let shown = format!("{:?} {:?}", signer(), pass("hunter2"));
    assert!(
        !shown.contains(&secret) && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn a_wrong_passphrase_an_open_mode_and_damage_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let file = KeyFile::new(dir.path(), "alice").unwrap();
    assert!(matches!(
        file.open(&pass("p")),
        Err(KeyError::Missing { .. })
    ));
    file.create(&signer(), &pass("p"), CHEAP).unwrap();
    assert!(matches!(
        file.create(&signer(), &pass("p"), CHEAP),
        Err(KeyError::Exists(_))
    ));
    let wrong = file.open(&pass("q")).unwrap_err();
    assert!(
        wrong.to_string().contains("passphrase is not the one"),
        "{wrong}"
    );
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        file.open(&pass("p")),
        Err(KeyError::Permissions { mode: 0o640, .. })
    ));
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let mut bytes = fs::read(file.path()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(file.path(), bytes).unwrap();
    assert!(matches!(
        file.open(&pass("p")),
        Err(KeyError::Locked { .. })
    ));
}

#[test]
fn a_rotated_key_replaces_the_old_one_and_keeps_the_identity() {
    let dir = tempfile::tempdir().unwrap();
    let file = KeyFile::new(dir.path(), "alice").unwrap();
    file.create(&signer(), &pass("p"), CHEAP).unwrap();
    let next = signer().rotated(SecretKey::generate());
    let old = file.replace(&next, &pass("p"), CHEAP).unwrap();
    assert_eq!(old, dir.path().join("alice.age.old-1"));
    let opened = file.open(&pass("p")).unwrap();
    assert_eq!(opened.identity, signer().identity);
    assert_eq!(opened.key.public(), next.key.public());
    let again = signer().rotated(SecretKey::generate());
    let older = file.replace(&again, &pass("p"), CHEAP).unwrap();
    assert_eq!(older, dir.path().join("alice.age.old-2"));
    assert!(old.exists() && older.exists());
}

#[test]
fn names_cannot_leave_the_directory() {
    for name in ["", ".hidden", "../up", "a/b", "a b", &"x".repeat(65)] {
        assert!(
            matches!(KeyFile::new("/tmp", name), Err(KeyError::Name(_))),
            "{name:?}"
        );
    }
}

#[test]
fn two_new_keys_differ_and_are_admitted_by_the_law() {
    let (one, two) = (SecretKey::generate(), SecretKey::generate());
    assert_ne!(one.public(), two.public());
    assert_eq!(crypto::admit_key(&one.public()), Ok(()));
}
