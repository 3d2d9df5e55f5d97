//! The app hash is frozen: a change here is a change of the tag and of the app version.

use nexus_tree::app_hash::{APP_HASH_PREIMAGE_BYTES, AppHashPreimage, LogId};
use nexus_tree::log::LogHead;

fn preimage() -> AppHashPreimage {
    let mut logs = [LogHead {
        size: 0,
        root: [0; 32],
    }; 5];
    for (i, log) in (0..).zip(&mut logs) {
        *log = LogHead {
            size: (1 << (8 * i)) + i,
            root: [16 + i as u8; 32],
        };
    }
    AppHashPreimage {
        constants: [1; 32],
        delay_profile: [2; 32],
        state_root: [3; 32],
        logs,
    }
}

#[test]
fn the_preimage_has_307_bytes_and_the_hash_that_python_computes() {
    assert_eq!(
        (APP_HASH_PREIMAGE_BYTES, preimage().bytes().len()),
        (307, 307)
    );
    // Made with Python 3:
    //   p = b"nexus/app/1" + b"\1" * 32 + b"\2" * 32 + b"\3" * 32
    //   for i in range(5): p += (2 ** (8 * i) + i).to_bytes(8, "big") + bytes([16 + i]) * 32
    //   hashlib.sha256(p).hexdigest()
    assert_eq!(
        hex::encode(preimage().hash()),
        "058a4e09f447a3d65de3834a42069ccb4f3d4e3219600cad7f10de87b3aad3e6"
    );
}

#[test]
fn every_field_moves_the_hash() {
    let base = preimage().hash();
    let altered = |alter: &dyn Fn(&mut AppHashPreimage)| {
        let mut preimage = preimage();
        alter(&mut preimage);
        preimage.hash()
    };
    let mut seen = vec![base];
    seen.push(altered(&|p| p.constants[31] ^= 1));
    seen.push(altered(&|p| p.delay_profile[0] ^= 1));
    seen.push(altered(&|p| p.state_root[5] ^= 1));
    for i in 0..5 {
        seen.push(altered(&|p| p.logs[i].size ^= 1));
        seen.push(altered(&|p| p.logs[i].root[9] ^= 1));
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

#[test]
fn the_preimage_travels_as_296_bytes_of_borsh() {
    let bytes = borsh::to_vec(&preimage()).unwrap();
    assert_eq!(bytes.len(), 296);
    assert_eq!(bytes[96..104], 1_u64.to_le_bytes());
    assert_eq!(
        borsh::from_slice::<AppHashPreimage>(&bytes).unwrap(),
        preimage()
    );
    assert!(borsh::from_slice::<AppHashPreimage>(&bytes[..295]).is_err());
    assert!(borsh::from_slice::<AppHashPreimage>(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn logs_are_found_by_name() {
    let heads = LogId::ALL.map(|id| preimage().log(id));
    assert_eq!(heads, preimage().logs);
}
