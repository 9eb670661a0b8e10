//! Calendar arithmetic and strftime, against a host in UTC.

use crate::embedder::{errno_of, CPU_TIME, UNIX_TIME};
use crate::random::{rounds, Random};
use std::ffi::{c_char, c_int, c_long, CStr, CString};

/// The shim's struct tm, and the beginning of the host's.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tm {
    sec: c_int,
    min: c_int,
    hour: c_int,
    mday: c_int,
    mon: c_int,
    year: c_int,
    wday: c_int,
    yday: c_int,
    isdst: c_int,
    gmtoff: c_long,
}

#[repr(C)]
struct HostTm {
    tm: Tm,
    zone: *const c_char,
}

unsafe extern "C" {
    fn shim_gmtime(time: *const i64) -> *const Tm;
    fn shim_localtime(time: *const i64) -> *const Tm;
    fn shim_mktime(tm: *mut Tm) -> i64;
    fn shim_strftime(buffer: *mut c_char, size: usize, format: *const c_char, tm: *const Tm) -> usize;
    fn shim_time(result: *mut i64) -> i64;
    fn shim_clock() -> f64;
    fn shim_difftime(end: i64, start: i64) -> f64;
    fn gmtime_r(time: *const i64, tm: *mut HostTm) -> *const HostTm;
    fn timegm(tm: *mut HostTm) -> i64;
    fn strftime(buffer: *mut c_char, size: usize, format: *const c_char, tm: *const HostTm) -> usize;
    fn difftime(end: i64, start: i64) -> f64;
}

const LAST_SECOND: i64 = 67_768_036_191_676_799; /* of the last year that fits */
const FIRST_SECOND: i64 = -67_768_040_609_740_800;

fn in_utc(tm: Tm) -> HostTm {
    HostTm { tm, zone: c"UTC".as_ptr() }
}

/// The result, copied while no other test can call gmtime; and errno.
fn shim_calendar(time: i64) -> (Option<Tm>, c_int) {
    // SAFETY: gmtime returns null or a valid struct tm.
    errno_of(|| unsafe { shim_gmtime(&time).as_ref().copied() })
}

fn host_calendar(time: i64) -> Option<Tm> {
    let mut tm = in_utc(Tm::default());
    // SAFETY: both pointers are valid.
    if unsafe { gmtime_r(&time, &mut tm) }.is_null() {
        None
    } else {
        Some(tm.tm)
    }
}

/// Of this century, of any year, or anything at all.
fn random_time(random: &mut Random) -> i64 {
    let time = match random.below(3) {
        0 => random.below(5_000_000_000),
        1 => random.below(LAST_SECOND as u64),
        _ => random.any_length(),
    } as i64;
    if random.below(2) == 0 {
        time
    } else {
        time.wrapping_neg()
    }
}

#[test]
fn gmtime_gives_the_date_the_host_gives() {
    let mut random = Random(31);
    let edges = [0, -1, LAST_SECOND, LAST_SECOND + 1, FIRST_SECOND, FIRST_SECOND - 1, i64::MIN, i64::MAX];
    let times = edges.into_iter().chain((0..rounds()).map(|_| random_time(&mut random)));
    for time in times {
        assert_eq!(shim_calendar(time).0, host_calendar(time), "gmtime of {time}");
    }
}

#[test]
fn gmtime_gives_every_day_of_four_centuries() {
    for day in -146_097..146_097 {
        let time = day * 86_400 + 86_399;
        assert_eq!(shim_calendar(time).0, host_calendar(time), "gmtime of {time}");
    }
}

#[test]
fn a_year_that_does_not_fit_has_no_date() {
    assert_eq!(shim_calendar(LAST_SECOND + 1), (None, 0));
    assert_eq!(shim_calendar(FIRST_SECOND - 1), (None, 0));
}

#[test]
fn local_time_is_utc() {
    // SAFETY: localtime returns null or a valid struct tm.
    let (local, _) = errno_of(|| unsafe { shim_localtime(&1_700_000_000).as_ref().copied() });
    assert_eq!(local, host_calendar(1_700_000_000));
}

fn random_field(random: &mut Random) -> c_int {
    match random.below(3) {
        0 => random.below(70) as c_int,
        1 => random.below(20_000) as c_int - 10_000,
        _ => random.bits() as c_int,
    }
}

#[test]
fn mktime_normalises_any_fields_as_the_host_does() {
    let mut random = Random(32);
    for _ in 0..rounds() {
        let fields: [c_int; 6] = std::array::from_fn(|_| random_field(&mut random));
        let [sec, min, hour, mday, mon, year] = fields;
        let mut ours = Tm { sec, min, hour, mday, mon, year, ..Tm::default() };
        let mut theirs = in_utc(ours);
        // SAFETY: both change the struct they are given; shim_mktime has no other state than errno.
        let times = unsafe { (errno_of(|| shim_mktime(&mut ours)).0, timegm(&mut theirs)) };
        assert_eq!(times.0, times.1, "mktime of {fields:?}");
        assert_eq!(ours, theirs.tm, "fields after mktime of {fields:?}");
    }
}

const OPTIONS: &str = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
const E_OPTIONS: &str = "cCxXyY";
const O_OPTIONS: &str = "deHImMSuUVwWy";

fn formats() -> Vec<CString> {
    let plain = OPTIONS.chars().map(|c| format!("%{c}"));
    let e = E_OPTIONS.chars().map(|c| format!("%E{c}"));
    let o = O_OPTIONS.chars().map(|c| format!("%O{c}"));
    plain.chain(e).chain(o).map(|format| CString::new(format).expect("no zero byte")).collect()
}

fn compare_strftime(format: &CStr, tm: Tm) {
    let (mut ours, mut theirs) = ([0u8; 250], [0u8; 250]);
    // SAFETY: the buffers have 250 bytes.
    let lengths = unsafe {
        (
            shim_strftime(ours.as_mut_ptr().cast(), 250, format.as_ptr(), &tm),
            strftime(theirs.as_mut_ptr().cast(), 250, format.as_ptr(), &in_utc(tm)),
        )
    };
    let ours = ours[..lengths.0].escape_ascii().to_string();
    let mut theirs = theirs[..lengths.1].escape_ascii().to_string();
    if theirs.len() == 1 && format.to_bytes().ends_with(b"C") {
        theirs.insert(0, '0'); // C asks for two digits of a century, glibc prints what there is.
    }
    assert_eq!(ours, theirs, "strftime {format:?} of {tm:?}");
}

#[test]
fn strftime_prints_every_option_of_lua_as_the_host_does() {
    let mut random = Random(33);
    let formats = formats();
    for _ in 0..rounds() / 10 {
        if let Some(tm) = host_calendar(random_time(&mut random)) {
            formats.iter().for_each(|format| compare_strftime(format, tm));
        }
    }
}

#[test]
fn strftime_numbers_the_weeks_around_every_new_year() {
    for year in 1600..2400 {
        for day in -5..6 {
            let mut start = in_utc(Tm { year: year - 1900, mday: 1 + day, ..Tm::default() });
            // SAFETY: a valid struct tm.
            unsafe { timegm(&mut start) };
            [c"%G-%V", c"%g", c"%U %W"].iter().for_each(|format| compare_strftime(format, start.tm));
        }
    }
}

#[test]
fn strftime_returns_0_when_the_text_and_its_terminator_do_not_fit() {
    let mut buffer = [0 as c_char; 8];
    let tm = host_calendar(0).expect("1970");
    // SAFETY: the sizes are those of the buffer or less.
    let lengths = [4, 5].map(|size| unsafe { shim_strftime(buffer.as_mut_ptr(), size, c"%Y".as_ptr(), &tm) });
    assert_eq!(lengths, [0, 4]);
}

#[test]
fn strftime_survives_fields_out_of_range() {
    let tm = Tm { wday: 7, mon: -1, yday: 400, ..Tm::default() };
    let mut buffer = [0u8; 64];
    // SAFETY: the size is the buffer's.
    let length = unsafe { shim_strftime(buffer.as_mut_ptr().cast(), 64, c"%a %B %A %b".as_ptr(), &tm) };
    assert_eq!(&buffer[..length], b"? ? ? ?");
}

#[test]
fn time_is_the_whole_seconds_before_now() {
    for (now, whole) in
        [(0.0, 0), (1.75, 1), (-0.25, -1), (-2.0, -2), (1e300, -1), (f64::NAN, -1), (f64::NEG_INFINITY, -1)]
    {
        UNIX_TIME.set(now);
        let mut stored = 99;
        // SAFETY: time takes null or a place for its result.
        let times = unsafe { (shim_time(std::ptr::null_mut()), shim_time(&mut stored)) };
        assert_eq!((times, stored), ((whole, whole), whole), "time at {now}");
    }
}

#[test]
fn clock_is_in_seconds() {
    CPU_TIME.set(2.5);
    // SAFETY: no arguments.
    assert_eq!(unsafe { shim_clock() }, 2.5);
}

#[test]
fn difftime_is_exact_as_on_the_host() {
    let mut random = Random(34);
    for _ in 0..rounds() {
        let (a, b) = (random_time(&mut random), random_time(&mut random));
        // SAFETY: pure functions.
        assert_eq!(unsafe { shim_difftime(a, b) }, unsafe { difftime(a, b) }, "difftime of {a}, {b}");
    }
}
