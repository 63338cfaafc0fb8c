//! One county platform, opened: its database, its keys, its clock.

use std::net::IpAddr;

use domain::id::{CountyId, Digest};
use domain::moment::Millis;
use domain::region::RegionCode;
use serde_json::json;
use sync::courier::Identity;
use sync::key::{PublicKey, SecretKey};
use sync::wire::Epoch;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::authority::Authority;
use crate::catalogue::tuf;
use crate::clock::Clock;
use crate::database::{Database, audit, index, meta, share};
use crate::error::Error;
use crate::folder::Folder;
use crate::forms::Forms;
use crate::grant::Granter;
use crate::news::News;
use crate::pull::Sums;
use crate::random;
use crate::seal::Vault;
use crate::server::{Pace, Turns};

const AUTHORITY_KEY: &str = "authority.key";
const AUTHORITY_CERTIFICATE: &str = "authority.crt";
const COUNTY_KEY: &str = "county.key";
const VAULT_KEY: &str = "vault.key";
/// An `age` identity file: the `age` command opens courier files for the county with it.
const COURIER_KEY: &str = "courier.key";

/// Places that desks can go on from; whoever was away for longer compares instead of reading on.
const KEPT_PLACES: u64 = 2_000_000;

/// `host:port` that enrolment codes carry when nothing else was said.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:8443";

/// What `init` is told.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Region code of the county, six digits.
    pub region: RegionCode,
    /// Its name.
    pub name: String,
    /// `host:port` under which desks reach it.
    pub address: String,
}

/// An opened county.
pub struct County {
    /// Its data folder.
    pub folder: Folder,
    /// Its database.
    pub database: Database,
    /// Its clock.
    pub clock: Clock,
    /// Its id.
    pub id: CountyId,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: RegionCode,
    /// Its epoch.
    pub epoch: Epoch,
    /// Its certificate authority.
    pub authority: Authority,
    /// Makes offline grants.
    pub granter: Granter,
    /// Seals receipts.
    pub key: SecretKey,
    /// The public half of `key`; also verifies grants.
    pub public_key: PublicKey,
    /// Opens the keys of cases.
    pub vault: Vault,
    /// Opens courier files.
    pub courier: Identity,
    /// The forms of the catalogue, as far as they were needed.
    pub forms: Forms,
    /// Sums over scopes, as far as they were asked for.
    pub sums: Sums,
    /// Who is told that something changed.
    pub news: News,
    /// Who brings something now, and who waits to.
    pub(crate) turns: Turns,
    /// How often each desk asked lately.
    pub(crate) pace: Pace,
    closed: watch::Sender<bool>,
}

impl County {
    /// Sets a county up in an empty data folder.
    pub async fn create(folder: &Folder, setup: &Setup, clock: &Clock) -> Result<(), Error> {
        folder.create()?;
        let now = clock();
        let id = CountyId(random::uuid()?);
        let (key, certificate) = Authority::create(id, now)?;
        folder.write_key(AUTHORITY_KEY, &Zeroizing::new(key))?;
        folder.write_key(AUTHORITY_CERTIFICATE, &certificate)?;
        folder.write_key(COUNTY_KEY, Zeroizing::new(random::bytes::<32>()?).as_slice())?;
        folder.write_key(VAULT_KEY, Zeroizing::new(random::bytes::<32>()?).as_slice())?;
        let at =
            jiff::Timestamp::from_millisecond(now).map_err(|_| Error::Broken("the clock is out of range"))?;
        tuf::ensure_keys(&tuf::keys_dir(folder.root()), at).await?;
        // The database comes last: a folder without one counts as not set up, and init may run again.
        let epoch = hex::encode(random::bytes::<16>()?);
        let started = folder.root().join("county.db.new");
        if started.exists() {
            std::fs::remove_file(&started).map_err(Error::file(&started))?;
        }
        {
            let database = Database::create(&started)?;
            database.write::<_, Error>(|write| {
                meta::set(write, meta::COUNTY, &id.to_string())?;
                meta::set(write, meta::NAME, &setup.name)?;
                meta::set(write, meta::REGION, setup.region.as_str())?;
                meta::set(write, meta::EPOCH, &epoch)?;
                meta::set(write, meta::ADDRESS, &setup.address)?;
                meta::set(write, meta::HOSTS, host(&setup.address).unwrap_or_default())?;
                audit::append(
                    write,
                    now,
                    "county_created",
                    &json!({ "county": id, "region": setup.region }),
                )?;
                Ok(())
            })?;
        }
        let database = folder.database();
        std::fs::rename(&started, &database).map_err(Error::file(&database))
    }

    /// Opens the county in this data folder.
    pub fn open(folder: Folder, clock: Clock) -> Result<County, Error> {
        let database = Database::open(&folder.database())?;
        database.write::<_, Error>(|write| {
            share::complete(write)?;
            let last = index::last(write)?;
            if last > KEPT_PLACES + index::floor(write)? {
                index::prune(write, last - KEPT_PLACES)?;
            }
            Ok(())
        })?;
        let told = |key: &'static str| {
            let value = database.read::<_, Error>(|view| Ok(meta::get(view, key)?))?;
            value.ok_or(Error::Lacking(key))
        };
        let id: CountyId = told(meta::COUNTY)?.parse().map_err(|_| Error::Lacking("county"))?;
        let region = told(meta::REGION)?.parse().map_err(|_| Error::Lacking("region"))?;
        let mut epoch = [0; 16];
        hex::decode_to_slice(told(meta::EPOCH)?, &mut epoch).map_err(|_| Error::Lacking("epoch"))?;
        let name = told(meta::NAME)?;
        let authority = Authority::load(
            &Zeroizing::new(folder.read_key(AUTHORITY_KEY)?),
            &folder.read_key(AUTHORITY_CERTIFICATE)?,
        )?;
        let seed = Zeroizing::new(folder.read_key(COUNTY_KEY)?);
        let seed: &[u8; 32] = seed.as_slice().try_into().map_err(|_| Error::Lacking(COUNTY_KEY))?;
        let key = SecretKey::from_seed(seed);
        let vault = Vault::new(&Zeroizing::new(folder.read_key(VAULT_KEY)?))?;
        let courier = courier_key(&folder)?;
        let news = News::since(database.read::<_, Error>(|view| Ok(index::last(view)?))?);
        Ok(County {
            granter: Granter::new(id, seed, courier.recipient().to_string())?,
            courier,
            public_key: key.public(),
            forms: Forms::default(),
            sums: Sums::default(),
            news,
            turns: Turns::default(),
            pace: Pace::default(),
            closed: watch::Sender::new(false),
            epoch: Epoch(epoch),
            folder,
            database,
            clock,
            id,
            name,
            region,
            authority,
            key,
            vault,
        })
    }

    /// What time it is.
    pub fn now(&self) -> Millis {
        (self.clock)()
    }

    /// Tells everybody who waits that the platform is stopping.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Whether the platform is stopping.
    pub fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Waits until the platform is stopping.
    pub async fn closing(&self) {
        // The sender lives as long as this county: waiting cannot fail.
        drop(self.closed.subscribe().wait_for(|closed| *closed).await);
    }

    /// Names and addresses the server certificate must be good for.
    pub fn hosts(&self) -> Result<Vec<String>, Error> {
        let told =
            self.database.read::<_, Error>(|view| Ok(meta::get(view, meta::HOSTS)?))?.unwrap_or_default();
        let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
        hosts.extend(told.split_whitespace().map(str::to_owned));
        hosts.sort();
        hosts.dedup();
        Ok(hosts)
    }

    /// SHA-256 of the catalogue's newest timestamp.json; none before the first release.
    pub fn catalogue_hash(&self) -> Option<Digest> {
        // A file that cannot be read now says nothing new; the publisher reports what is wrong with it.
        tuf::timestamp_digest(&self.folder.repository()).ok().flatten()
    }

    /// The catalogue's root.json, from which every desk starts.
    pub fn catalogue_root(&self) -> Result<Vec<u8>, Error> {
        Ok(tuf::load_keys(&tuf::keys_dir(self.folder.root()))?.root().clone())
    }
}

/// The key that opens courier files for the county, made when it is first needed.
fn courier_key(folder: &Folder) -> Result<Identity, Error> {
    if !folder.key(COURIER_KEY).exists() {
        let text = Zeroizing::new(format!("{}\n", Identity::generate().secret_text()));
        folder.write_key(COURIER_KEY, text.as_bytes())?;
    }
    let bytes = Zeroizing::new(folder.read_key(COURIER_KEY)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::Lacking(COURIER_KEY))?;
    Identity::parse(text).map_err(|_| Error::Lacking(COURIER_KEY))
}

/// The host of `host:port`, square brackets taken off an IPv6 address.
pub fn host(address: &str) -> Option<&str> {
    let (host, port) = address.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    (bare.parse::<IpAddr>().is_ok() || (!bare.is_empty() && bare.chars().all(plain))).then_some(bare)
}
