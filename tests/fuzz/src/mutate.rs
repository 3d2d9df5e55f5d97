//! Mutations that keep an encoding valid.

use serde_json::Value;

/// Mutates the first `size` bytes in place, into at most `max` bytes, and returns the new size: libFuzzer's own
/// mutation, or [`blind`].
pub type Bytes<'a> = &'a mut dyn FnMut(&mut [u8], usize, usize) -> usize;

/// How a target mutates its inputs: the buffer, the size of the input in it, the most bytes it may become, a generator
/// for choices, and the byte mutation underneath.
pub type Mutation = fn(&mut [u8], usize, usize, &mut Random, Bytes<'_>) -> usize;

/// A pseudo-random sequence (SplitMix64): the same seed gives the same choices on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        match bound {
            0 => 0,
            _ => (self.number() % bound as u64) as usize,
        }
    }

    /// True once in `one_in`.
    pub fn once_in(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// A byte mutation without libFuzzer: flips, sets, inserts, removes, repeats.
pub fn blind(random: &mut Random, data: &mut [u8], size: usize, max: usize) -> usize {
    let max = max.min(data.len());
    let at = random.below(size.max(1));
    match random.below(4) {
        0 if size > 0 => {
            data[at] ^= 1 << random.below(8);
            size
        }
        1 if size > 0 => {
            data[at] = random.number() as u8;
            size
        }
        2 if size > 1 => {
            data.copy_within(at + 1..size, at);
            size - 1
        }
        _ if size < max => {
            data.copy_within(at..size, at + 1);
            data[at] = random.number() as u8;
            size + 1
        }
        _ => size,
    }
}

/// Puts bytes into the buffer if they fit; otherwise the input stays.
pub(crate) fn put(data: &mut [u8], size: usize, max: usize, bytes: &[u8]) -> usize {
    if bytes.len() > max.min(data.len()) {
        return size;
    }
    data[..bytes.len()].copy_from_slice(bytes);
    bytes.len()
}

/// Applies the byte mutation to a vector, which may grow by `room`.
pub(crate) fn bytes(of: &mut Vec<u8>, room: usize, mutate: Bytes<'_>) {
    let (size, most) = (of.len(), of.len() + room);
    // libFuzzer's own mutation insists on room for one byte.
    if most == 0 {
        return;
    }
    of.resize(most, 0);
    let size = mutate(of, size, most);
    of.truncate(size);
}

/// Changes one place of a JSON document: a scalar, or a member or an item that goes, comes twice, or moves.
pub(crate) fn json(value: &mut Value, random: &mut Random, mutate: Bytes<'_>) {
    let places = count(value);
    let mut wanted = random.below(places);
    if let Some(place) = nth(value, &mut wanted) {
        alter(place, random, mutate);
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, left)),
        _ => None,
    }
}

fn alter(place: &mut Value, random: &mut Random, mutate: Bytes<'_>) {
    match place {
        Value::String(text) => {
            let mut raw = core::mem::take(text).into_bytes();
            if random.once_in(4) {
                *text = edge(random).to_string();
            } else {
                bytes(&mut raw, 8, mutate);
                *text = String::from_utf8_lossy(&raw).into_owned();
            }
        }
        Value::Number(_) => *place = edge(random).into(),
        Value::Bool(flag) => *flag = !*flag,
        Value::Null => *place = Value::Array(Vec::new()),
        Value::Array(items) if items.is_empty() => items.push(Value::Null),
        Value::Array(items) => {
            let (one, other) = (random.below(items.len()), random.below(items.len()));
            match random.below(3) {
                0 => drop(items.remove(one)),
                1 => items.push(items[one].clone()),
                _ => items.swap(one, other),
            }
        }
        Value::Object(members) => {
            let names: Vec<String> = members.keys().cloned().collect();
            let Some(name) = names.get(random.below(names.len())) else {
                return;
            };
            match random.below(3) {
                0 => drop(members.remove(name)),
                1 => drop(members.insert(name.clone(), Value::Null)),
                _ => {
                    let from = &names[random.below(names.len())];
                    let copy = members[from].clone();
                    members.insert(name.clone(), copy);
                }
            }
        }
    }
}

/// Numbers at which programs go wrong.
fn edge(random: &mut Random) -> i64 {
    const EDGES: [i64; 12] = [
        0,
        1,
        -1,
        2,
        63,
        64,
        65_535,
        65_536,
        u32::MAX as i64,
        i64::MAX / 8,
        i64::MAX,
        i64::MIN,
    ];
    EDGES[random.below(EDGES.len())]
}
