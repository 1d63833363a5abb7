//! FNV-1a, 64 bits: a hash that never changes between versions, machines or runs.

use std::hash::{BuildHasherDefault, Hasher};

/// A map keyed by short strings, hashed with FNV-1a.
pub(crate) type StableBuild = BuildHasherDefault<Fnv>;

/// The running state of one FNV-1a hash.
#[derive(Clone, Copy)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// This state with bytes folded in.
    pub(crate) fn with(self, bytes: &[u8]) -> Fnv {
        Fnv(bytes.iter().fold(self.0, |state, &byte| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)))
    }

    /// The hash so far.
    pub(crate) fn value(self) -> u64 {
        self.0
    }

    /// The hash so far with its high bits mixed into the low ones, for use as a bucket number.
    pub(crate) fn mixed(self) -> u64 {
        let mut hash = self.0;
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^ (hash >> 29)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.mixed()
    }

    fn write(&mut self, bytes: &[u8]) {
        *self = self.with(bytes);
    }
}

/// FNV-1a of the bytes.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    Fnv::default().with(bytes).value()
}
