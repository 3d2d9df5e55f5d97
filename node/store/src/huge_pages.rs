//! Huge pages for the tree.
//!
//! With pages of 4 KiB nearly every node that an update visits in a tree of some million keys lies on a page whose address
//! the processor has forgotten. A page of 2 MiB holds 29,000 inner nodes.

use core::ffi::c_void;

use nexus_tree::smt::SparseMerkleTree;
use rustix::mm::{Advice, madvise};
use rustix::param::page_size;

/// The empty tree, in memory that the kernel may give as huge pages.
pub(crate) const fn tree() -> SparseMerkleTree {
    SparseMerkleTree::advising(advise)
}

/// Asks for huge pages for the whole pages within a piece of memory. A kernel that has none is no error.
fn advise(first: *const u8, bytes: usize) {
    let page = page_size();
    let skipped = first.align_offset(page);
    let whole = bytes.saturating_sub(skipped) / page * page;
    if whole == 0 {
        return;
    }
    let first = first.wrapping_add(skipped).cast_mut().cast::<c_void>();
    #[expect(unsafe_code, reason = "a system call that takes an address")]
    // SAFETY: this advice changes nothing that memory holds and nothing that may be done with it, whatever the address.
    let _ = unsafe { madvise(first, whole, Advice::LinuxHugepage) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags_of(address: usize) -> Option<String> {
        let maps = std::fs::read_to_string("/proc/self/smaps").expect("the kernel tells");
        let mut inside = false;
        for line in maps.lines() {
            let range = line
                .split(' ')
                .next()
                .and_then(|range| range.split_once('-'));
            let hex = |text| usize::from_str_radix(text, 16).ok();
            if let Some((Some(from), Some(to))) = range.map(|(from, to)| (hex(from), hex(to))) {
                inside = (from..to).contains(&address);
            }
            if inside && let Some(flags) = line.strip_prefix("VmFlags:") {
                return Some(flags.to_owned());
            }
        }
        None
    }

    #[test]
    fn the_whole_pages_of_a_piece_are_advised_and_any_piece_is_taken() {
        let piece = vec![7_u8; 16 << 20];
        advise(piece.as_ptr(), piece.len());
        let middle = piece.as_ptr().addr() + piece.len() / 2;
        let flags = flags_of(middle).expect("the middle is mapped");
        let supported = std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists();
        assert_eq!(
            flags.split(' ').any(|flag| flag == "hg"),
            supported,
            "{flags}"
        );
        assert!(piece.iter().all(|byte| *byte == 7));
        for (from, bytes) in [(1, 0), (1, 1), (4_095, 2), (3, 5_000)] {
            advise(piece[from..].as_ptr(), bytes);
        }
    }
}
