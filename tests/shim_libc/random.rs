//! Repeatable random values, and how many of them a test takes.

pub fn rounds() -> usize {
    match std::env::var_os("LUA_SHIM_LONG") {
        Some(value) if value == "1" => 1_000_000,
        _ => 20_000,
    }
}

/// SplitMix64: any seed will do, and a failure comes back with the same one.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `limit - 1`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }

    /// An integer of any length in bits, the short ones as often as the long ones.
    pub fn any_length(&mut self) -> u64 {
        let length = self.below(65);
        if length == 0 {
            0
        } else {
            self.bits() >> (64 - length)
        }
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A C string over `alphabet`, shorter than `limit`, in an allocation of just its size.
    pub fn text(&mut self, alphabet: &[u8], limit: u64) -> std::ffi::CString {
        let length = self.below(limit);
        let bytes: Vec<u8> = (0..length).map(|_| self.pick(alphabet)).collect();
        std::ffi::CString::new(bytes).expect("the alphabet has no zero byte")
    }
}
