use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const SUBJECT: Hash = Hash([0x5b; 32]);

fn imvu() -> ImvuId {
    ImvuId::new("IMVU-042").unwrap()
}

fn passphrase() -> Passphrase {
    Passphrase::new(String::from("a vault for tests"))
}

fn record(sequence: u64, text: &str) -> Kept {
    Kept::new(sequence, Zeroizing::new(text.as_bytes().to_vec())).unwrap()
}

/// A vault in a folder of its own.
fn vault() -> (tempfile::TempDir, Vault) {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::create(&dir.path().join("consents"), &passphrase(), 1).unwrap();
    (dir, vault)
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found
}

#[test]
fn what_is_kept_opens_again_and_makes_the_same_commitment() {
    let (dir, vault) = vault();
    let (first, second) = (record(0, "yes to news"), record(1, "no longer"));
    vault.keep(&imvu(), SUBJECT, &second).unwrap();
    vault.keep(&imvu(), SUBJECT, &first).unwrap();
    let again = Vault::open(&dir.path().join("consents"), &passphrase()).unwrap();
    let kept = again.records(&imvu(), SUBJECT).unwrap();
    assert_eq!(kept, [first.clone(), second]);
    assert_eq!(kept[0].commitment(), first.commitment());
    assert_eq!(again.subjects(&imvu()).unwrap(), [SUBJECT]);
    let twice = vault.keep(&imvu(), SUBJECT, &first);
    assert!(matches!(twice, Err(VaultError::Exists(_))));
}

#[test]
fn nothing_on_the_disk_is_readable_by_others_or_without_the_passphrase() {
    let (dir, vault) = vault();
    vault
        .keep(&imvu(), SUBJECT, &record(0, "yes to news"))
        .unwrap();
    for path in files(dir.path()) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let plain = bytes.windows(4).any(|some| some == b"news");
            assert!(!plain, "{}", path.display());
        }
    }
    let wrong = Passphrase::new(String::from("another"));
    let refused = Vault::open(&dir.path().join("consents"), &wrong);
    assert!(matches!(refused, Err(VaultError::Locked { .. })));
}

#[test]
fn a_file_that_others_may_read_is_not_opened() {
    let (dir, vault) = vault();
    vault.keep(&imvu(), SUBJECT, &record(0, "yes")).unwrap();
    let key = dir
        .path()
        .join("consents/IMVU-042")
        .join(SUBJECT.to_string());
    let key = key.join(KEY_FILE);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = vault.records(&imvu(), SUBJECT);
    assert!(matches!(
        refused,
        Err(VaultError::Permissions { mode: 0o640, .. })
    ));
}

#[test]
fn what_is_erased_is_gone_and_stays_refused() {
    let (dir, vault) = vault();
    vault.keep(&imvu(), SUBJECT, &record(0, "yes")).unwrap();
    vault.keep(&imvu(), SUBJECT, &record(1, "and yes")).unwrap();
    let folder = dir
        .path()
        .join("consents/IMVU-042")
        .join(SUBJECT.to_string());
    let copies: Vec<(PathBuf, Vec<u8>)> = files(&folder)
        .into_iter()
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect();
    vault.erase(&imvu(), SUBJECT, 1).unwrap();
    vault.erase(&imvu(), SUBJECT, 1).unwrap();
    assert_eq!(files(&folder), [folder.join(ERASED_FILE)]);
    assert_eq!(vault.records(&imvu(), SUBJECT).unwrap(), []);
    let again = vault.keep(&imvu(), SUBJECT, &record(1, "yes"));
    assert!(matches!(again, Err(VaultError::Erased { sequence: 1, .. })));
    // What comes back from a copy is destroyed at the next look, and no key opens what a copy of it alone brings back.
    for (path, bytes) in &copies {
        fs::write(path, bytes).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(vault.records(&imvu(), SUBJECT).unwrap(), []);
    assert_eq!(files(&folder), [folder.join(ERASED_FILE)]);
    // The subject may consent again, under a new key.
    vault
        .keep(&imvu(), SUBJECT, &record(3, "yes again"))
        .unwrap();
    assert_eq!(vault.records(&imvu(), SUBJECT).unwrap().len(), 1);
    let old_key = copies.iter().find(|(path, _)| path.ends_with(KEY_FILE));
    assert_ne!(fs::read(folder.join(KEY_FILE)).unwrap(), old_key.unwrap().1);
}

#[test]
fn an_erasure_that_was_cut_off_is_finished_by_the_next_look() {
    let (dir, vault) = vault();
    vault.keep(&imvu(), SUBJECT, &record(0, "yes")).unwrap();
    let folder = dir
        .path()
        .join("consents/IMVU-042")
        .join(SUBJECT.to_string());
    // It had written down what it erases, and destroyed nothing.
    disk::write(&folder, ERASED_FILE, b"0\n").unwrap();
    assert_eq!(vault.records(&imvu(), SUBJECT).unwrap(), []);
    assert_eq!(files(&folder), [folder.join(ERASED_FILE)]);
}

#[test]
fn a_file_of_another_consent_is_not_taken_for_this_one() {
    let (dir, vault) = vault();
    vault.keep(&imvu(), SUBJECT, &record(0, "yes")).unwrap();
    let folder = dir
        .path()
        .join("consents/IMVU-042")
        .join(SUBJECT.to_string());
    let (_, path) = record_files(&folder).unwrap().remove(0);
    let moved = folder.join("00000000000000000007-0000000000000000.age");
    fs::rename(path, moved).unwrap();
    let refused = vault.records(&imvu(), SUBJECT);
    assert!(matches!(refused, Err(VaultError::Content { .. })));
}
