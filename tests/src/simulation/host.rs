//! The machine under every simulated program: while a simulation runs, its clock, its random numbers and its disk are ours.
//!
//! The product asks the C library for the time, for random bytes and for writing to files, as every program does. This
//! module answers those calls in the simulator's own binaries, so that nothing in the product has to be told apart. One
//! simulation runs at a time in a process; outside of it every call goes on to the operating system.
#![expect(unsafe_code, reason = "the C library is answered for; see docs/adr for why not in the product")]

use std::collections::BTreeMap;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libc::{c_char, c_int, c_void, off_t, size_t, ssize_t, timespec};

static ON: AtomicBool = AtomicBool::new(false);
/// True time, milliseconds since 1970: what the county's clock shows.
static NOW: AtomicI64 = AtomicI64::new(0);
/// By how much the wall clock of the machine at work is wrong, milliseconds.
static WRONG: AtomicI64 = AtomicI64::new(0);
/// Milliseconds that pass whenever somebody asks for the time.
static TICK: AtomicI64 = AtomicI64::new(0);
static RANDOM: AtomicU64 = AtomicU64::new(0);
/// Writes that still reach the disk before it refuses; negative: all.
static WRITES_LEFT: AtomicI64 = AtomicI64::new(-1);
static REFUSAL: AtomicU8 = AtomicU8::new(0);
static REFUSED: AtomicBool = AtomicBool::new(false);
static ALONE: Mutex<()> = Mutex::new(());
/// Whether writes are remembered until they are durable.
static REMEMBER: AtomicBool = AtomicBool::new(false);
/// Writes that are not durable yet, oldest first.
static NOT_DURABLE: Mutex<Vec<Written>> = Mutex::new(Vec::new());

/// A write that is not durable yet.
struct Written {
    /// Device and inode of the file.
    file: (u64, u64),
    /// Where it begins.
    at: u64,
    /// Bytes written.
    length: usize,
    /// What stood there before; shorter where the file ended.
    before: Vec<u8>,
}

/// Where the monotonic clock stands when true time is zero: far ahead of any real one, so that a thread that waits for a
/// while waits until it is woken.
const MONOTONIC: i64 = 1_000_000_000;

/// How a disk refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No room is left; reading goes on.
    Full,
    /// The process died: nothing it does afterwards reaches the disk.
    Dead,
}

/// A simulation runs in this process for as long as this lives.
pub struct Host {
    _alone: MutexGuard<'static, ()>,
}

impl Host {
    /// Takes the process over at `now` (milliseconds since 1970) with random numbers from `seed`.
    pub fn take(now: i64, seed: u64) -> Host {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        NOW.store(now, SeqCst);
        WRONG.store(0, SeqCst);
        RANDOM.store(seed, SeqCst);
        heal_disk();
        ON.store(true, SeqCst);
        Host { _alone: alone }
    }
}

impl Host {
    /// From here on, or no longer, writes are remembered until they are durable, so that the power can fail.
    pub fn remember_writes(&self, remember: bool) {
        not_durable().clear();
        REMEMBER.store(remember, SeqCst);
    }
}

/// Lays out what was there long before: the power failing does not touch it.
pub fn of_old<T>(lay: impl FnOnce() -> T) -> T {
    let remembered = REMEMBER.swap(false, SeqCst);
    let laid = lay();
    REMEMBER.store(remembered, SeqCst);
    laid
}

fn not_durable() -> MutexGuard<'static, Vec<Written>> {
    NOT_DURABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Host {
    fn drop(&mut self) {
        self.remember_writes(false);
        ON.store(false, SeqCst);
        heal_disk();
    }
}

/// From here on, or no longer, time passes by being asked for: for code that measures how quick the machine is.
pub fn tick(millis: i64) {
    TICK.store(millis, SeqCst);
}

/// True time, milliseconds since 1970.
pub fn now() -> i64 {
    NOW.load(SeqCst)
}

/// Time passes, everywhere.
pub fn pass(millis: i64) {
    NOW.fetch_add(millis, SeqCst);
}

/// From here on the wall clock is this wrong: whoever works now works on that machine. Gives what it was.
pub fn set_wrong(millis: i64) -> i64 {
    WRONG.swap(millis, SeqCst)
}

/// Random numbers go on from here.
pub fn reseed(seed: u64) {
    RANDOM.store(seed, SeqCst);
}

/// After `writes` more writes the disk refuses.
pub fn break_disk(writes: u32, refusal: Refusal) {
    REFUSED.store(false, SeqCst);
    REFUSAL.store(refusal as u8, SeqCst);
    WRITES_LEFT.store(i64::from(writes), SeqCst);
}

/// The disk works again. Gives whether it refused anything since it broke.
pub fn heal_disk() -> bool {
    WRITES_LEFT.store(-1, SeqCst);
    REFUSED.swap(false, SeqCst)
}

/// The disk of the machine at work, set aside while another machine is at work.
#[derive(Debug, Clone, Copy)]
pub struct Disk {
    left: i64,
    refused: bool,
}

/// Another machine is at work now: its disk works.
pub fn set_disk_aside() -> Disk {
    Disk { left: WRITES_LEFT.swap(-1, SeqCst), refused: REFUSED.swap(false, SeqCst) }
}

/// The power fails: of what was written below `folder` and is not durable some is lost, some torn, some there, by the random
/// numbers of the simulation. Gives how many writes were undone.
pub fn cut_power(folder: &Path) -> usize {
    REMEMBER.store(false, SeqCst);
    let mut files = BTreeMap::new();
    gather(folder, &mut files);
    let mut lost = Vec::new();
    not_durable().retain_mut(|written| {
        let here = files.contains_key(&written.file);
        if here {
            let before = std::mem::take(&mut written.before);
            lost.push(Written { before, ..*written });
        }
        !here
    });
    let (mut undone, mut stays) = (0, Vec::<Written>::new());
    for written in lost.into_iter().rev() {
        let end = written.at + written.length as u64;
        // What a later write put in the same place is there: so is this one.
        let covered = stays.iter().any(|later| {
            later.file == written.file && later.at < end && written.at < later.at + later.length as u64
        });
        let from = match random() % 3 {
            _ if covered => written.length,
            0 => written.length,
            1 => 0,
            _ => written.length / 2 / SECTOR * SECTOR,
        };
        if from < written.length {
            undone += 1;
            let mut before = written.before.clone();
            before.resize(written.length, 0);
            if let Some(path) = files.get(&written.file) {
                let file = std::fs::File::options().write(true).open(path).unwrap();
                file.write_all_at(&before[from..], written.at + from as u64).unwrap();
            }
        }
        if from > 0 {
            stays.push(written);
        }
    }
    REMEMBER.store(true, SeqCst);
    undone
}

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

fn gather(folder: &Path, files: &mut BTreeMap<(u64, u64), PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = std::fs::metadata(&path).unwrap();
        if about.is_dir() {
            gather(&path, files);
        } else {
            files.insert((about.dev(), about.ino()), path);
        }
    }
}

/// Remembers what stands where a write will go, so that it can be lost.
fn remember(file: c_int, at: Option<off_t>, length: usize) {
    if !ON.load(SeqCst) || !REMEMBER.load(SeqCst) || !is_file(file) {
        return;
    }
    // SAFETY: `stat` is a plain structure that fstat fills in; a seek by nothing only tells the place; pread fills the
    // bytes it is given.
    let written = unsafe {
        let mut about: libc::stat = std::mem::zeroed();
        if libc::fstat(file, &raw mut about) != 0 {
            return;
        }
        let at = at.unwrap_or_else(|| libc::lseek(file, 0, libc::SEEK_CUR));
        let mut before = vec![0u8; length];
        let read = libc::pread(file, before.as_mut_ptr().cast(), length, at);
        before.truncate(usize::try_from(read).unwrap_or(0));
        let at = u64::try_from(at).unwrap_or(0);
        Written { file: (about.st_dev, about.st_ino), at, length, before }
    };
    not_durable().push(written);
}

/// What was written to that file so far will be there whatever happens.
fn made_durable(file: c_int) {
    if !REMEMBER.load(SeqCst) {
        return;
    }
    // SAFETY: `stat` is a plain structure that fstat fills in.
    let about = unsafe {
        let mut about: libc::stat = std::mem::zeroed();
        if libc::fstat(file, &raw mut about) != 0 {
            return;
        }
        about
    };
    not_durable().retain(|written| written.file != (about.st_dev, about.st_ino));
}

/// The machine is at work again whose disk was set aside.
pub fn take_disk_back(disk: Disk) {
    WRITES_LEFT.store(disk.left, SeqCst);
    REFUSED.store(disk.refused, SeqCst);
}

/// The next number of SplitMix64.
fn random() -> u64 {
    let mut mixed = RANDOM.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Whether the disk takes this write: the error number to answer with when it does not.
fn refused(file: Option<c_int>) -> Option<c_int> {
    if !ON.load(SeqCst) || WRITES_LEFT.load(SeqCst) < 0 || file.is_some_and(|file| !is_file(file)) {
        return None;
    }
    if WRITES_LEFT.load(SeqCst) > 0 {
        WRITES_LEFT.fetch_sub(1, SeqCst);
        return None;
    }
    REFUSED.store(true, SeqCst);
    Some(if REFUSAL.load(SeqCst) == Refusal::Full as u8 { libc::ENOSPC } else { libc::EIO })
}

/// Bells between threads are written to as well; they are no files.
fn is_file(file: c_int) -> bool {
    // SAFETY: `stat` is a plain structure that fstat fills in.
    unsafe {
        let mut about: libc::stat = std::mem::zeroed();
        libc::fstat(file, &raw mut about) == 0 && about.st_mode & libc::S_IFMT == libc::S_IFREG
    }
}

fn fails(error: c_int) -> c_int {
    // SAFETY: the address of this thread's error number is always valid.
    unsafe { *libc::__errno_location() = error };
    -1
}

/// From here on this process stays on one core, the `which`th of those it may use. Its threads take turns and wake each other
/// thousands of times in a second: on two cores each would wait for the other's core to wake up.
pub fn stay_on_one_core(which: usize) {
    // SAFETY: a set of cores is plain bits, filled in by the first call and read by the second.
    unsafe {
        let mut may: libc::cpu_set_t = std::mem::zeroed();
        let size = std::mem::size_of::<libc::cpu_set_t>();
        if libc::sched_getaffinity(0, size, &raw mut may) != 0 {
            return;
        }
        let cores: Vec<usize> =
            (0..libc::CPU_SETSIZE as usize).filter(|core| libc::CPU_ISSET(*core, &may)).collect();
        let mut one: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cores[which % cores.len()], &mut one);
        // Where it is not allowed, everything only takes longer.
        libc::sched_setaffinity(0, size, &raw const one);
    }
}

/// Answers for the C library: what time is it?
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: c_int, out: *mut timespec) -> c_int {
    let at = match clock {
        libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE if ON.load(SeqCst) => {
            NOW.fetch_add(TICK.load(SeqCst), SeqCst).saturating_add(WRONG.load(SeqCst))
        }
        libc::CLOCK_MONOTONIC | libc::CLOCK_MONOTONIC_COARSE | libc::CLOCK_BOOTTIME if ON.load(SeqCst) => {
            NOW.load(SeqCst).saturating_add(MONOTONIC)
        }
        // SAFETY: handed on as it came.
        _ => return unsafe { libc::syscall(libc::SYS_clock_gettime, clock, out) } as c_int,
    };
    // SAFETY: the caller gives a place for the answer, as it does to the C library.
    unsafe { *out = timespec { tv_sec: at.div_euclid(1000), tv_nsec: at.rem_euclid(1000) * 1_000_000 } };
    0
}

/// Answers for the C library: random bytes.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getrandom(out: *mut c_void, length: size_t, flags: u32) -> ssize_t {
    if !ON.load(SeqCst) {
        // SAFETY: handed on as it came.
        return unsafe { libc::syscall(libc::SYS_getrandom, out, length, flags) } as ssize_t;
    }
    // SAFETY: the caller gives `length` bytes to be filled.
    let bytes = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), length) };
    if flags & libc::GRND_INSECURE != 0 {
        // Keys of hash tables, drawn whenever a thread begins: they must not move the numbers of the simulation.
        bytes.fill(7);
        return length as ssize_t;
    }
    for part in bytes.chunks_mut(8) {
        let drawn = random().to_le_bytes();
        part.iter_mut().zip(drawn).for_each(|(byte, drawn)| *byte = drawn);
    }
    length as ssize_t
}

/// Answers for the C library: writes to a file.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(file: c_int, from: *const c_void, length: size_t) -> ssize_t {
    match refused(Some(file)) {
        Some(error) => fails(error) as ssize_t,
        None => {
            remember(file, None, length);
            // SAFETY: handed on as it came.
            unsafe { libc::syscall(libc::SYS_write, file, from, length) as ssize_t }
        }
    }
}

/// Answers for the C library: writes to a place in a file.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(file: c_int, from: *const c_void, length: size_t, at: off_t) -> ssize_t {
    match refused(Some(file)) {
        Some(error) => fails(error) as ssize_t,
        None => {
            remember(file, Some(at), length);
            // SAFETY: handed on as it came.
            unsafe { libc::syscall(libc::SYS_pwrite64, file, from, length, at) as ssize_t }
        }
    }
}

/// Answers for the C library: cuts a file.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(file: c_int, length: off_t) -> c_int {
    match refused(Some(file)) {
        Some(error) => fails(error),
        // SAFETY: handed on as it came.
        None => unsafe { libc::syscall(libc::SYS_ftruncate, file, length) as c_int },
    }
}

/// Answers for the C library: cuts a file, under the name that programs in C use.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(file: c_int, length: off_t) -> c_int {
    // SAFETY: handed on as it came.
    unsafe { ftruncate64(file, length) }
}

/// Answers for the C library: makes a file durable. The simulated disk keeps what reached it.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(file: c_int) -> c_int {
    sync(file, libc::SYS_fsync)
}

/// Answers for the C library: makes the contents of a file durable.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(file: c_int) -> c_int {
    sync(file, libc::SYS_fdatasync)
}

fn sync(file: c_int, call: libc::c_long) -> c_int {
    if !ON.load(SeqCst) {
        // SAFETY: handed on as it came.
        return unsafe { libc::syscall(call, file) } as c_int;
    }
    // A full disk still makes durable what is on it.
    match refused(Some(file)) {
        Some(libc::EIO) => fails(libc::EIO),
        _ => {
            made_durable(file);
            0
        }
    }
}

/// Answers for the C library: gives a file its name.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    match refused(None) {
        Some(libc::EIO) => fails(libc::EIO),
        // SAFETY: handed on as it came.
        _ => unsafe { libc::syscall(libc::SYS_renameat, libc::AT_FDCWD, from, libc::AT_FDCWD, to) as c_int },
    }
}

/// Answers for the C library: takes a file away.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    match refused(None) {
        Some(libc::EIO) => fails(libc::EIO),
        // SAFETY: handed on as it came.
        _ => unsafe { libc::syscall(libc::SYS_unlink, path) as c_int },
    }
}
