//! The address on the outside of a courier file: whom it is for and whom it is from, readable by whoever carries it.
//!
//! It is a recipient stanza of the `age` header, which every `age` program passes over. The seal of the header covers it:
//! nobody on the way can alter it without the recipient noticing. The unit stands in the body of the stanza, where programs
//! that do not know of it look at nothing.

use std::collections::HashSet;
use std::fmt;
use std::io::Read;
use std::sync::Mutex;

use age_core::format::{FileKey, Stanza};
use age_core::secrecy::ExposeSecret;
use domain::id::CountyId;
use domain::region::RegionCode;
use serde::{Deserialize, Serialize};

use super::{CourierError, Party};

/// Type of the stanza.
const TAG: &str = "daiban-courier";
/// Most bytes of an `age` header with one recipient and a label.
const MOST_HEADER: u64 = 4096;
/// Most letters of a unit's name on a label.
const MOST_NAME: usize = 40;

/// The village or township office a desk stands in, as the outside of a courier file names it. Never a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLabel {
    /// Its region code.
    pub code: RegionCode,
    /// Its name; the code once more where it has none.
    pub name: String,
}

impl UnitLabel {
    /// `CODE NAME`, in UTF-8.
    fn to_body(&self) -> Vec<u8> {
        format!("{} {}", self.code, plain(&self.name)).into_bytes()
    }

    fn from_body(body: &[u8]) -> Option<UnitLabel> {
        let (code, name) = std::str::from_utf8(body).ok()?.split_once(' ')?;
        Some(UnitLabel { code: code.parse().ok()?, name: plain(name) })
    }
}

/// A name without what could deceive whoever reads it: control letters, and letters that turn the direction of writing.
fn plain(name: &str) -> String {
    let turns = |letter: char| matches!(letter, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.chars().filter(|letter| !letter.is_control() && !turns(*letter)).take(MOST_NAME).collect()
}

/// The address on a courier file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The county it belongs to.
    pub county: CountyId,
    /// For whom.
    pub to: Party,
    /// From whom.
    pub from: Party,
    /// Its number among those of this sender for this recipient.
    pub number: u64,
    /// The unit of the desk at either end; files of earlier programs do not name it.
    pub unit: Option<UnitLabel>,
}

/// The public half of a key for courier files; its text begins with `age1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(age::x25519::Recipient);

impl Recipient {
    pub(super) fn age(&self) -> &age::x25519::Recipient {
        &self.0
    }
}

impl std::str::FromStr for Recipient {
    type Err = CourierError;
    fn from_str(text: &str) -> Result<Self, CourierError> {
        text.parse().map(Recipient).map_err(|_| CourierError::BadKey)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The secret half; its text begins with `AGE-SECRET-KEY-1` and is what the `age` command takes as an identity file.
#[derive(Clone)]
pub struct Identity(age::x25519::Identity);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    /// A new key, from the operating system's random source.
    pub fn generate() -> Identity {
        Identity(age::x25519::Identity::generate())
    }

    /// Reads the text of a key.
    ///
    /// # Errors
    /// [`CourierError::BadKey`].
    pub fn parse(text: &str) -> Result<Identity, CourierError> {
        text.trim().parse().map(Identity).map_err(|_| CourierError::BadKey)
    }

    /// The text to keep. Whoever has it can read every courier file for its owner.
    pub fn secret_text(&self) -> String {
        self.0.to_string().expose_secret().to_owned()
    }

    /// The public half.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    pub(super) fn age(&self) -> &age::x25519::Identity {
        &self.0
    }
}

impl Label {
    fn stanza(&self) -> Stanza {
        let args = vec![self.county.to_string(), name(self.to), name(self.from), self.number.to_string()];
        let body = self.unit.as_ref().map(UnitLabel::to_body).unwrap_or_default();
        Stanza { tag: TAG.to_owned(), args, body }
    }

    fn read(stanza: &Stanza) -> Option<Label> {
        let [county, to, from, number] = stanza.args.as_slice() else { return None };
        let label = Label {
            county: county.parse().ok()?,
            to: party(to)?,
            from: party(from)?,
            number: number.parse().ok()?,
            unit: UnitLabel::from_body(&stanza.body),
        };
        (stanza.tag == TAG).then_some(label)
    }
}

fn name(party: Party) -> String {
    match party {
        Party::County => "county".to_owned(),
        Party::Desk(desk) => desk.to_string(),
    }
}

fn party(name: &str) -> Option<Party> {
    if name == "county" { Some(Party::County) } else { name.parse().ok().map(Party::Desk) }
}

impl age::Recipient for Label {
    fn wrap_file_key(&self, _key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
        Ok((vec![self.stanza()], HashSet::new()))
    }
}

/// Opens nothing; looks at the stanzas.
#[derive(Default)]
struct Reader(Mutex<Option<Label>>);

impl age::Identity for Reader {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        if let (Some(label), Ok(mut found)) = (Label::read(stanza), self.0.lock()) {
            *found = Some(label);
        }
        None
    }
}

/// Reads the address of a courier file. It is proven only when the file was opened.
///
/// # Errors
/// [`CourierError::NotAPack`] for anything that is no courier file.
pub fn label(file: impl Read) -> Result<Label, CourierError> {
    let header = age::Decryptor::new(file.take(MOST_HEADER)).map_err(|_| CourierError::NotAPack)?;
    let reader = Reader::default();
    // It never opens: the reader has no key. What it saw is what counts.
    drop(header.decrypt(std::iter::once(&reader as &dyn age::Identity)));
    let found = reader.0.into_inner().ok().flatten();
    found.ok_or(CourierError::NotAPack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn labelled(unit: Option<UnitLabel>) -> Vec<u8> {
        let label = Label {
            county: CountyId(Uuid::from_u128(1)),
            to: Party::County,
            from: Party::Desk(domain::id::DeskId(Uuid::from_u128(2))),
            number: 7,
            unit,
        };
        let key = Identity::generate();
        let recipient = key.recipient();
        let recipients: [&dyn age::Recipient; 2] = [recipient.age(), &label];
        let sealing = age::Encryptor::with_recipients(recipients.into_iter()).unwrap();
        let mut file = Vec::new();
        sealing.wrap_output(&mut file).unwrap().finish().unwrap();
        // Whoever has the key opens it, whatever stands on the outside.
        let opened = age::Decryptor::new(file.as_slice()).unwrap();
        assert!(opened.decrypt(std::iter::once(key.age() as &dyn age::Identity)).is_ok());
        file
    }

    fn unit(name: &str) -> UnitLabel {
        UnitLabel { code: "131099100201".parse().unwrap(), name: name.to_owned() }
    }

    #[test]
    fn whoever_carries_a_file_reads_whose_it_is() {
        let read = |unit| label(labelled(unit).as_slice()).unwrap();
        assert_eq!(read(Some(unit("东村代办点"))).unit, Some(unit("东村代办点")));
        let old = read(None);
        assert_eq!((old.unit, old.number), (None, 7), "files of earlier programs are carried as before");
    }

    #[test]
    fn a_name_on_the_outside_cannot_deceive_whoever_reads_it() {
        let read = |name: &str| label(labelled(Some(unit(name))).as_slice()).unwrap().unit.unwrap().name;
        assert_eq!(read("东村\u{202e}\u{7}\n点"), "东村点");
        assert_eq!(read(&"长".repeat(900)).chars().count(), MOST_NAME);
    }
}
