//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use ipc::problem::{self, Problem};

/// Desk of a village agent, a township clerk or a county admin, without a window.
#[derive(Debug, Parser)]
#[command(name = "daiban-desk", version, propagate_version = true)]
pub struct Line {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub what: What,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Folder with this desk's data
    #[arg(long, global = true, value_name = "DIR", env = "DAIBAN_DATA")]
    pub data: Option<PathBuf>,
    /// Name (or id) of the person, on a desk that several people share
    #[arg(long, global = true, value_name = "NAME")]
    pub person: Option<String>,
    /// File whose first line is the password; otherwise DAIBAN_PASSWORD, otherwise it is asked for
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long, global = true)]
    pub json: bool,
}

impl Common {
    /// The data folder: as given, or the usual place of this account.
    pub fn folder(&self) -> Result<PathBuf, Problem> {
        let usual = || {
            let home = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
            home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")))
                .map(|home| home.join("daiban"))
        };
        self.data
            .clone()
            .or_else(usual)
            .ok_or_else(|| Problem::new(problem::FILE_UNREADABLE).with("file", "--data"))
    }
}

#[derive(Debug, Subcommand)]
pub enum What {
    /// Make this machine a desk of a county, or add a person to it
    Enrol(Enrol),
    /// Change the password of the person who works here
    Password(Password),
    /// Find and read service items
    #[command(subcommand)]
    Item(Item),
    /// Work on cases
    #[command(subcommand)]
    Case(Case),
    /// Exchange with the county
    Sync(Sync),
    /// Courier files: exchanging with the county without a network
    #[command(subcommand)]
    Pack(Pack),
    /// How things stand
    Status,
    /// Look for everything that could be wrong with this desk
    Doctor,
    /// Check every document, act and file that is stored here
    Verify,
    /// Build lists and search words anew from the documents
    Rebuild,
    /// Copy everything this desk keeps into one file, while in use, encrypted as it is
    Backup(Backup),
    /// Put a backup into an empty data folder
    Restore(Backup),
    /// Rescue what can be had of a damaged database; the damaged one is kept
    Salvage,
    /// Show the desk in a browser on this machine
    Serve(Serve),
}

#[derive(Debug, Args)]
pub struct Enrol {
    /// The one-time code of the county
    #[arg(long, required_unless_present = "reply", conflicts_with = "reply")]
    pub code: Option<String>,
    /// Without a network: write the request for the county into this file
    #[arg(long, value_name = "FILE", requires = "code")]
    pub request: Option<PathBuf>,
    /// Without a network: finish with the county's answer in this file
    #[arg(long, value_name = "FILE")]
    pub reply: Option<PathBuf>,
    /// When a further person joins: file with the password of whoever of `--person` is here already
    #[arg(long, value_name = "FILE")]
    pub opener_password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Password {
    /// File whose first line is the new password; otherwise DAIBAN_NEW_PASSWORD, otherwise it is asked for twice
    #[arg(long, value_name = "FILE")]
    pub new_password_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Item {
    /// By characters, pinyin, initials or code
    Search {
        /// What to look for; nothing lists everything
        words: Vec<String>,
    },
    /// The guide of one item
    Show {
        /// Catalogue code
        code: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Case {
    /// Begin a case from an answers file
    New(New),
    /// Begin many cases, one a line (.jsonl) or one a row (.xlsx)
    Import(Import),
    /// List cases
    List(List),
    /// Show one case
    Show {
        /// Case id
        id: String,
        /// Show covered values too; the reason is written to the log
        #[arg(long, value_name = "REASON")]
        reveal: Option<String>,
    },
    /// Ask the county for the whole of an ended case of which only a summary lies here; `sync` brings it
    Fetch {
        /// Case id
        id: String,
    },
    /// Change answers
    Edit {
        /// Case id
        id: String,
        /// Answers file
        #[arg(long, value_name = "FILE")]
        answers: PathBuf,
    },
    /// Attach files to a case
    Attach {
        /// Case id
        id: String,
        /// Slot and file, for example M-ID=card.jpg
        #[arg(value_name = "SLOT=FILE", required = true)]
        files: Vec<String>,
    },
    /// Hand a case in, first time or corrected
    Submit {
        /// Case id
        id: String,
        /// The applicant insists although a rule says no
        #[arg(long)]
        insist: bool,
    },
    /// Choose between two values of a field
    Resolve {
        /// Case id
        id: String,
        /// Field name
        field: String,
        /// The value that holds
        #[arg(long)]
        value: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Take typing that could not be saved into the record, or drop it (`case show` lists it)
    Unsaved {
        /// Case id
        id: String,
        /// Field name
        field: String,
        /// Make it the answer
        #[arg(long, conflicts_with = "drop", required_unless_present = "drop")]
        take: bool,
        /// Forget it
        #[arg(long)]
        drop: bool,
    },
    /// What a draft would keep, gain and lose on the newest form
    Compare {
        /// Case id
        id: String,
    },
    /// Go on with a draft on the newest form; the old draft is put away
    Renew {
        /// Case id
        id: String,
        /// Fields not to be carried over, separated by commas
        #[arg(long, value_delimiter = ',')]
        without: Vec<String>,
    },
    /// Do an official step
    Act {
        /// Case id
        id: String,
        /// Kind, for example accept
        kind: String,
        /// Reason or opinion
        #[arg(long)]
        reason: Option<String>,
        /// What the step carries, as JSON
        #[arg(long, value_name = "FILE")]
        payload: Option<PathBuf>,
    },
    /// Fetch an attached file
    File {
        /// Case id
        id: String,
        /// Key of the attachment, as `case show` tells it
        key: String,
        /// Where to write it
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Write the document of a case for other Automerge programs
    Export {
        /// Case id
        id: String,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        automerge: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct New {
    /// Catalogue code of the item
    #[arg(long, value_name = "CODE")]
    pub item: String,
    /// Answers file: JSON object, question and value
    #[arg(long, value_name = "FILE")]
    pub answers: PathBuf,
    /// Slot and file, for example M-ID=card.jpg
    #[arg(long, value_name = "SLOT=FILE")]
    pub attach: Vec<String>,
    /// Hand it in at once
    #[arg(long)]
    pub submit: bool,
    /// The applicant insists although a rule says no
    #[arg(long)]
    pub insist: bool,
}

#[derive(Debug, Args)]
pub struct Import {
    /// File with one answers object a line (.jsonl), or a workbook (.xlsx) whose first row names the questions
    pub file: PathBuf,
    /// Catalogue code of the item
    #[arg(long, value_name = "CODE")]
    pub item: String,
    /// Hand each in at once
    #[arg(long)]
    pub submit: bool,
}

#[derive(Debug, Args)]
pub struct List {
    /// Only these statuses, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub status: Vec<String>,
    /// Name, number, item, pinyin or initials
    #[arg(long, default_value = "")]
    pub search: String,
    /// At most so many
    #[arg(long, default_value_t = 1000)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub struct Sync {
    /// Go on until nothing is left to send or to fetch
    #[arg(long)]
    pub until_idle: bool,
    /// Send and fetch attached files although they wait (metered line, or chosen so)
    #[arg(long)]
    pub pictures: bool,
    #[command(flatten)]
    pub price: Price,
}

/// What the line costs.
#[derive(Debug, Args)]
pub struct Price {
    /// Whether the line is paid for by the byte: attached files wait then; otherwise the system is asked
    #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
    metered: Option<String>,
}

impl Price {
    /// What was said; none: ask the system.
    pub fn metered(&self) -> Option<bool> {
        self.metered.as_ref().map(|word| word == "yes")
    }
}

#[derive(Debug, Subcommand)]
pub enum Pack {
    /// Make a courier file for the county, or hand out one that is carried for a desk
    Export {
        /// `county`; or the id of the desk, or the SHA-256, of what is carried
        #[arg(long, value_name = "RECIPIENT", default_value = desk::courier::COUNTY)]
        to: String,
        /// Where to write it
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Take in a courier file of the county, or carry one that is for somebody else
    Import {
        /// The file
        file: PathBuf,
    },
    /// What would go along, and what is carried
    List,
}

#[derive(Debug, Args)]
pub struct Backup {
    /// The backup
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Port on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Open the browser
    #[arg(long)]
    pub open: bool,
    /// Folder with the built window
    #[arg(long, value_name = "DIR", env = "DAIBAN_UI_DIST", default_value = "/usr/share/daiban/ui")]
    pub ui: PathBuf,
    /// Minutes without a question after which the desk locks itself
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    pub idle: u64,
    #[command(flatten)]
    pub price: Price,
}
