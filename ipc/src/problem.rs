//! How anything that went wrong is told: a stable code and its particulars; the sentence comes from the text files.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that went wrong, for a person. The code is stable; the sentence with the next step is the Fluent message
/// `problem-CODE` (underscores as hyphens). Arguments never hold personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Problem {
    /// Stable snake_case code.
    pub code: String,
    /// Particulars for the sentence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        self.args.iter().try_for_each(|(key, value)| write!(f, " {key}={value}"))
    }
}

impl Problem {
    /// A problem of that code.
    pub fn new(code: impl Into<String>) -> Self {
        Problem { code: code.into(), args: BTreeMap::new() }
    }

    /// Adds a particular.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.args.insert(key.to_owned(), value.to_string());
        self
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*
        /// Every code this program itself makes; each has a sentence in every language (tested).
        pub const CODES: &[&str] = &[$($code),*];
    };
}

codes! {
    /// The window asked something this desk does not know.
    UNKNOWN_COMMAND = "unknown_command";
    /// The question could not be understood.
    BAD_QUESTION = "bad_question";
    /// Not unlocked.
    LOCKED = "locked";
    /// No county has enrolled this desk yet.
    NOT_ENROLLED = "not_enrolled";
    /// Wrong password.
    WRONG_PASSWORD = "wrong_password";
    /// The password is too short.
    WEAK_PASSWORD = "weak_password";
    /// The password and its repetition are not the same.
    PASSWORDS_DIFFER = "passwords_differ";
    /// Nobody of that name on this desk.
    NO_SUCH_PERSON = "no_such_person";
    /// The lease of this person's grant ended (a policy lock).
    LEASE_ENDED = "lease_ended";
    /// The county took this person's permission to work here back.
    PERSON_DISABLED = "person_disabled";
    /// The enrolment code is malformed.
    BAD_ENROL_CODE = "bad_enrol_code";
    /// The enrolment code was used already.
    ENROL_CODE_USED = "enrol_code_used";
    /// The enrolment code expired.
    ENROL_CODE_EXPIRED = "enrol_code_expired";
    /// The person works at this desk for another unit already.
    OTHER_UNIT_HERE = "other_unit_here";
    /// The file is no answer of a county to an enrolment.
    NOT_AN_ENROL_REPLY = "not_an_enrol_reply";
    /// The county's answer is for another machine, or for an earlier request.
    ENROL_REPLY_ELSEWHERE = "enrol_reply_elsewhere";
    /// The county's answer was taken in already.
    ENROL_REPLY_DONE = "enrol_reply_done";
    /// The county's answer was altered, or is not from the county of the code.
    ENROL_REPLY_ALTERED = "enrol_reply_altered";
    /// The county's certificate is not the one the code names, or not signed by our county.
    UNTRUSTED_COUNTY = "untrusted_county";
    /// This desk was revoked by the county.
    DEVICE_REVOKED = "device_revoked";
    /// The county does not answer.
    NO_LINK = "no_link";
    /// The county answered with something that is not our protocol (a captive portal, a proxy).
    STRANGE_ANSWER = "strange_answer";
    /// The county says this program is too old.
    UPDATE_NEEDED = "update_needed";
    /// The county is busy; it said when to come again.
    COUNTY_BUSY = "county_busy";
    /// No such case here.
    NO_SUCH_CASE = "no_such_case";
    /// Only a summary of the case lies here; the whole has to be fetched first.
    ONLY_SUMMARY = "only_summary";
    /// No such service item in the catalogue.
    NO_SUCH_ITEM = "no_such_item";
    /// The catalogue has not arrived yet.
    NO_CATALOGUE = "no_catalogue";
    /// The form has findings that must be put right first.
    HAS_FINDINGS = "has_findings";
    /// The act is not allowed in this status or for this role.
    ACT_REFUSED = "act_refused";
    /// Answers cannot be changed now.
    READ_ONLY = "read_only";
    /// No such field in this form.
    UNKNOWN_FIELD = "unknown_field";
    /// The field has two values; choose first.
    TWO_VALUES = "two_values";
    /// One of the two values is covered here; look at them before choosing.
    REVEAL_FIRST = "reveal_first";
    /// There is no newer edition of the form that asks anything else.
    NOTHING_NEWER = "nothing_newer";
    /// A reason is needed.
    REASON_MISSING = "reason_missing";
    /// No such material slot.
    NO_SUCH_SLOT = "no_such_slot";
    /// The slot is full.
    SLOT_FULL = "slot_full";
    /// No such file.
    NO_SUCH_FILE = "no_such_file";
    /// Neither a photograph nor a PDF.
    NOT_A_PICTURE = "not_a_picture";
    /// A phone format that cannot be read here (HEIC).
    HEIC_PICTURE = "heic_picture";
    /// Too large.
    FILE_TOO_LARGE = "file_too_large";
    /// The file is damaged.
    FILE_DAMAGED = "file_damaged";
    /// The file is still on its way here.
    FILE_NOT_HERE = "file_not_here";
    /// The disk is full.
    DISK_FULL = "disk_full";
    /// The database is damaged; it was set aside, nothing deleted.
    DATABASE_DAMAGED = "database_damaged";
    /// A backup is put back into an empty folder only.
    FOLDER_NOT_EMPTY = "folder_not_empty";
    /// The file is no backup of a desk.
    NOT_A_BACKUP = "not_a_backup";
    /// Keys or database of the backup are damaged.
    BACKUP_DAMAGED = "backup_damaged";
    /// Nothing has to be rescued: the database is sound.
    NOTHING_DAMAGED = "nothing_damaged";
    /// Another program holds this data folder.
    DATA_IN_USE = "data_in_use";
    /// The file is no courier file.
    NOT_A_PACK = "not_a_pack";
    /// The courier file belongs to another county.
    PACK_OTHER_COUNTY = "pack_other_county";
    /// The courier file is for somebody else.
    PACK_NOT_FOR_US = "pack_not_for_us";
    /// The courier file was made on this desk.
    PACK_IS_OURS = "pack_is_ours";
    /// The courier file is cut off or altered.
    PACK_DAMAGED = "pack_damaged";
    /// The county did not sign the courier file.
    PACK_STRANGER = "pack_stranger";
    /// The courier file is from before the county was restored.
    PACK_OLD_EPOCH = "pack_old_epoch";
    /// The courier file, or the carry box, is too large.
    PACK_TOO_LARGE = "pack_too_large";
    /// The county's key for courier files is not known here yet.
    NO_COURIER_KEY = "no_courier_key";
    /// This desk is a copy (a backup put back, a rescued database) and has not met its county since.
    PACK_OF_A_COPY = "pack_of_a_copy";
    /// No such carried courier file.
    NO_SUCH_PACK = "no_such_pack";
    /// Signature or digest of a catalogue does not fit.
    CATALOGUE_REJECTED = "catalogue_rejected";
    /// The workbook has errors; nothing was published.
    WORKBOOK_ERRORS = "workbook_errors";
    /// The file is no workbook; nothing was published.
    NOT_A_WORKBOOK = "not_a_workbook";
    /// The window's files are not where they should be (browser mode).
    NO_WINDOW = "no_window";
    /// The port of browser mode is taken.
    PORT_TAKEN = "port_taken";
    /// A file named on the command line cannot be read.
    FILE_UNREADABLE = "file_unreadable";
    /// A file named on the command line cannot be written.
    FILE_UNWRITABLE = "file_unwritable";
    /// A line of an import file is not a JSON object.
    BAD_LINE = "bad_line";
    /// A column of an import file is headed by no question of the form.
    UNKNOWN_COLUMN = "unknown_column";
    /// Two columns of an import file are headed by the same question.
    COLUMN_TWICE = "column_twice";
    /// A spreadsheet took a long number for a quantity; its last digits are gone.
    DIGITS_LOST = "digits_lost";
    /// No password was given and nobody can be asked.
    PASSWORD_MISSING = "password_missing";
    /// Several people share the desk and none was named.
    WHICH_PERSON = "which_person";
    /// No such status.
    NO_SUCH_STATUS = "no_such_status";
    /// This person may not do that.
    NOT_ALLOWED = "not_allowed";
    /// Something inside failed; the details are in the log.
    INTERNAL = "internal";
}
