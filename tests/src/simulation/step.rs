//! What may happen in a simulation, one step at a time: work, weather, machines that fail, and bugs that are planted.

use serde::{Deserialize, Serialize};

/// Bugs that are put between the product and its disk or network, to see that they are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planted {
    /// An item leaves the outbox when it was sent, not when it was acknowledged.
    DropsOutboxEarly,
    /// The cursor moves on although what came with it was not kept.
    ReusesCursor,
    /// The county answers before its commit, and the commit is lost.
    AcksBeforeCommit,
    /// A restored county goes on under its old epoch.
    ForgetsEpoch,
    /// What differs is seen and not repaired.
    SkipsRepair,
    /// What went ahead leaves the outbox with the answer to the request before it.
    TakesAheadAsAnswered,
}

/// One step. Numbers that name a case, a field or an act count around among those there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Somebody does something.
    Work {
        /// At which desk.
        at: usize,
        /// What.
        work: Work,
    },
    /// The exchange of a desk goes on by so many single steps: an effect done or an event told.
    Link {
        /// Which desk.
        at: usize,
        /// How far.
        moves: u8,
    },
    /// Something happens to one of the desk's next requests.
    Weather {
        /// Which desk.
        at: usize,
        /// What.
        weather: Weather,
    },
    /// The program of a desk dies where it stands.
    Kill {
        /// Which desk.
        at: usize,
    },
    /// The program of a desk dies at one of its next writes to the disk, while somebody does something.
    KillAtWrite {
        /// Which desk.
        at: usize,
        /// Writes that still reach the disk.
        writes: u8,
        /// What it is doing then; nothing: it is exchanging.
        work: Option<Work>,
    },
    /// The disk of a desk is full after some more writes, while somebody does something.
    DiskFull {
        /// Which desk.
        at: usize,
        /// Writes that still reach the disk.
        writes: u8,
        /// What it is doing then; nothing: it is exchanging.
        work: Option<Work>,
    },
    /// The machine of a desk starts anew with a clock that is wrong by so many days.
    Reboot {
        /// Which desk.
        at: usize,
        /// How wrong its clock is.
        clock: WrongClock,
    },
    /// The wall clock of a running machine is set.
    SetClock {
        /// Which desk.
        at: usize,
        /// How wrong it is from now on.
        clock: WrongClock,
    },
    /// The folder of a desk is copied to another machine, and both go on.
    Clone {
        /// Which desk.
        at: usize,
    },
    /// An image of a desk's folder is put by.
    Image {
        /// Which desk.
        at: usize,
    },
    /// A desk goes on from its image.
    FromImage {
        /// Which desk.
        at: usize,
    },
    /// A request that was sent long ago reaches the county again.
    Replay {
        /// Which, counted around among those there are.
        which: u16,
    },
    /// The county makes a backup.
    Backup,
    /// The county is restored from its backup.
    Restore,
    /// The county's program dies and is started anew.
    KillCounty,
    /// The county's program dies at one of its next writes, while it answers.
    KillCountyAtWrite {
        /// Which desk it answers.
        at: usize,
        /// Writes that still reach the disk.
        writes: u8,
    },
    /// The county's disk is full after some more writes, while it answers.
    CountyDiskFull {
        /// Which desk it answers.
        at: usize,
        /// Writes that still reach the disk.
        writes: u8,
    },
    /// The county locks a desk out.
    Revoke {
        /// Which desk.
        at: usize,
    },
    /// Something forged lies among the items a desk sends.
    Forge {
        /// Which desk.
        at: usize,
        /// What.
        forgery: Forgery,
    },
    /// The county publishes another release of its catalogue.
    Publish,
    /// A desk makes a courier file for the county.
    StickUp {
        /// Which desk.
        at: usize,
    },
    /// The county makes a courier file for a desk.
    StickDown {
        /// Which desk.
        at: usize,
    },
    /// A courier file is taken in.
    StickIn {
        /// At which desk; one more than there are is the county.
        at: usize,
        /// Which of those that were made.
        which: u16,
        /// Whether it is cut off on the way.
        cut: bool,
    },
    /// The power fails at one of the next writes of a desk: what was not made durable is lost, torn, or there.
    PowerCut {
        /// Which desk.
        at: usize,
        /// Writes before that.
        writes: u8,
        /// What it is doing then; nothing: it is exchanging.
        work: Option<Work>,
    },
    /// The power fails at one of the county's next writes, while it answers.
    CountyPowerCut {
        /// Which desk it answers.
        at: usize,
        /// Writes before that.
        writes: u8,
    },
    /// A bit of a desk's database changes on its disk.
    FlipBit {
        /// Which desk.
        at: usize,
        /// Which page, counted around among those there are.
        page: u16,
    },
    /// The county loses its log, and nobody is told: only comparing finds what did not come over it.
    LoseLog,
    /// A newer county puts something into a case that this program does not know.
    Newer {
        /// Which case.
        case: u16,
    },
    /// A case is handed on to somebody who is not here.
    Leave {
        /// Which case.
        case: u16,
    },
    /// A case comes back.
    ComeBack {
        /// Which case.
        case: u16,
    },
    /// Ended cases of a desk shrink to a summary.
    Shrink {
        /// Which desk.
        at: usize,
    },
    /// Time passes.
    Pass {
        /// Seconds.
        seconds: u32,
    },
}

/// What somebody does at a desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Begins a case and fills it in.
    Begin,
    /// Types into a field; it is kept, and not yet saved.
    Type {
        /// Which case.
        case: u16,
        /// Which field.
        field: u8,
    },
    /// Saves a field group.
    Save {
        /// Which case.
        case: u16,
        /// Which field.
        field: u8,
    },
    /// Attaches a paper.
    Attach {
        /// Which case.
        case: u16,
    },
    /// Hands a case in, first or with corrections.
    Submit {
        /// Which case.
        case: u16,
    },
    /// Does one of the official steps that are open to this person.
    Act {
        /// Which case.
        case: u16,
        /// Which of the steps.
        act: u8,
    },
    /// Ends a case, one way or another, if this person may.
    End {
        /// Which case.
        case: u16,
    },
    /// Asks for the whole of a case that may be a summary.
    Fetch {
        /// Which case.
        case: u16,
    },
    /// Decides between two values.
    Resolve {
        /// Which case.
        case: u16,
    },
    /// Shows the list, a case and how the link stands: everything said there must be true.
    Look,
}

/// What may happen to a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// No connection.
    Down,
    /// The request breaks off after so many thousandths.
    CutRequest(u16),
    /// The county gets everything, the answer is lost.
    LostAnswer,
    /// The answer breaks off after so many thousandths.
    CutAnswer(u16),
    /// Somebody in between shortens the answer to so many thousandths and says it is whole.
    Shortened(u16),
    /// Somebody in between answers with a page of their own.
    Portal,
    /// The request arrives twice.
    Twice,
    /// The county is too busy.
    Busy,
}

/// What a hostile or broken desk might put among its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// Bytes that are no item.
    Noise,
    /// An official step whose seals do not fit.
    Seal,
}

/// How wrong a wall clock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongClock {
    /// Right.
    Right,
    /// It shows 1970.
    Year1970,
    /// It shows 2040.
    Year2040,
    /// An hour behind.
    HourBehind,
    /// A day ahead.
    DayAhead,
}
