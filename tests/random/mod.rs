//! Repeatable random values, and how many of them a test takes.

#![allow(dead_code)] // Each test binary uses its part.

/// `count`, or fifty times as many with `LUA_LONG=1`.
pub fn rounds(count: usize) -> usize {
    if is_long() {
        count * 50
    } else {
        count
    }
}

/// Whether this is the long run.
pub fn is_long() -> bool {
    std::env::var_os("LUA_LONG").is_some_and(|value| value == "1")
}

/// SplitMix64: any seed will do, and a failure comes back with the same one.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `limit - 1`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// Up to `longest` bytes.
    pub fn bytes(&mut self, longest: u64) -> Vec<u8> {
        let length = self.below(longest + 1);
        (0..length).map(|_| self.bits() as u8).collect()
    }
}
