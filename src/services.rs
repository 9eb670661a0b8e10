//! Host services: what a host may offer beyond the five functions, under a table id of its own.
//! Asked for once, before the state is made; a plain host offers none.

use core::ffi::c_int;

use crate::codec::copy;
use crate::global::Global;
use crate::{answers, host};

/// The table id of the services.
pub const SERVICES: u32 = u32::MAX;

/// The services that a host can offer, as bits.
pub const CLOCK: u16 = 1 << 0;
pub const SEED: u16 = 1 << 1;
pub const STDOUT: u16 = 1 << 2;
pub const RESULTS: u16 = 1 << 3;
pub const ERROR: u16 = 1 << 4;
pub const CONFIG: u16 = 1 << 5;
pub const INTERRUPT: u16 = 1 << 6;
const ZONE: u16 = 1 << 7;
pub const REQUEST: u16 = 1 << 8;
/// Results of a request as text too, for a host that takes them in typed form. Functions in them are shown as text, unless
/// the host offers functions of its own.
pub const TEXT: u16 = 1 << 9;
pub const SWEEP: u16 = 1 << 10;
pub const HOST: u16 = 1 << 11;
/// What `cancel` results in: the traceback of the task.
pub const WHERE: u16 = 1 << 12;

/// Their names, by bit.
const NAMES: &[u8] = b"clock seed stdout results error config interrupt zone request text sweep host where";

static OFFERED: Global<u16> = Global::new(0);
/// Unix time of `init`.
static STARTED: Global<f64> = Global::new(0.0);
static RANDOM: Global<u64> = Global::new(0x4C75_6120_352E_3409);

/// Asks the host which services it offers, and takes the seed and the time of the start.
pub fn discover() {
    let words = answers::peek(SERVICES, b"services").unwrap_or_default().split(|byte| *byte == b' ');
    OFFERED.store(words.fold(0, |offered, word| offered | bit(word)));
    let mut seed = [0; 16];
    if offers(SEED) && host::get(SERVICES, b"seed", &mut seed) == Some(seed.len()) {
        let seed = u128::from_le_bytes(seed);
        RANDOM.store(seed as u64);
        // Mixed before the other half joins it: halves that are alike must not cancel out.
        RANDOM.store(lua_host_random() ^ (seed >> 64) as u64);
    }
    STARTED.store(shim_unix_time());
}

fn bit(word: &[u8]) -> u16 {
    place(NAMES, word).map_or(0, |place| 1 << place)
}

/// Which of these names, with spaces between them, a word is.
pub fn place(names: &[u8], word: &[u8]) -> Option<usize> {
    names.split(|byte| *byte == b' ').position(|name| name == word)
}

/// Whether the host offers a service.
pub fn offers(service: u16) -> bool {
    OFFERED.load() & service != 0
}

/// Whether the host, which offers `interrupt`, says that the running script must end.
pub fn interrupted() -> bool {
    host::get(SERVICES, b"interrupt", &mut [0; 8]).is_some()
}

/// Sends the host a message. It may refuse it.
pub fn send(name: &[u8], message: &[u8]) {
    host::set(SERVICES, name, message);
}

/// Unix time in seconds; 0 for a host without a clock.
#[no_mangle]
pub extern "C" fn shim_unix_time() -> f64 {
    number(CLOCK, b"clock")
}

/// Seconds east of UTC at a Unix time; 0 for a host without zones, and for an answer that is no offset.
#[no_mangle]
pub extern "C" fn shim_zone(time: f64) -> c_int {
    let mut key = *b"zone\0\0\0\0\0\0\0\0";
    if let Some(room) = key.get_mut(4..) {
        copy(room, &time.to_le_bytes());
    }
    let offset = number(ZONE, &key);
    if offset.abs() < 360_000.0 {
        offset as c_int
    } else {
        0
    }
}

/// A service's answer, a float; 0 when it is not offered, or answers anything else.
fn number(service: u16, key: &[u8]) -> f64 {
    let mut bytes = [0; 8];
    if !offers(service) || host::get(SERVICES, key, &mut bytes) != Some(bytes.len()) {
        return 0.0;
    }
    let number = f64::from_le_bytes(bytes);
    if number.is_finite() {
        number
    } else {
        0.0
    }
}

/// Seconds since `init`; 0 for a host without a clock.
#[no_mangle]
pub extern "C" fn shim_cpu_time() -> f64 {
    shim_unix_time() - STARTED.load()
}

/// The next number of a sequence that the host's seed starts (SplitMix64), or always the same one:
/// what Lua seeds string hashing and `math.random` with.
#[no_mangle]
pub extern "C" fn lua_host_random() -> u64 {
    let state = RANDOM.load().wrapping_add(0x9E37_79B9_7F4A_7C15);
    RANDOM.store(state);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
