//! The line to the county over real TLS, to small servers that answer as counties, impostors and hotel networks do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use domain::id::{CaseId, CountyId, DeskId, Digest, PersonId};
use domain::moment::Moment;
use domain::role::{Official, Role, Unit};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::Digest as _;
use sync::client::{Client, Clock, FileFacts, LinkError, TlsIdentity, enrol};
use sync::enrol::{EnrolCode, EnrolReply, EnrolRequest};
use sync::key::{PublicKey, SecretKey};
use sync::refusal::{Code, Refusal};
use sync::session::Failure;
use sync::wire::{self, Epoch, MEDIA_TYPE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

/// 2030-01-01, inside the validity of the test certificates.
const NOW: i64 = 1_893_456_000_000;

/// A certificate authority and what it issued.
struct Authority {
    ca_der: Vec<u8>,
    server: (Vec<u8>, Vec<u8>),
    desk: (Vec<u8>, Vec<u8>),
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "county");
    let ca_key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::from_params(&params, &ca_key);
    let issue = |names: Vec<String>| {
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(2029, 1, 1);
        params.not_after = date_time_ymd(2031, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &issuer).unwrap().der().to_vec(), key.serialize_der())
    };
    Authority {
        ca_der: ca.der().to_vec(),
        server: issue(vec!["127.0.0.1".into()]),
        desk: issue(vec!["desk".into()]),
    }
}

impl Authority {
    fn fingerprint(&self) -> Digest {
        Digest(sha2::Sha256::digest(&self.ca_der).into())
    }

    fn identity(&self) -> TlsIdentity {
        TlsIdentity {
            ca_der: self.ca_der.clone(),
            cert_der: self.desk.0.clone(),
            key_der: self.desk.1.clone(),
        }
    }

    fn client(&self, address: SocketAddr) -> Client {
        Client::new(&self.identity(), &address.to_string(), Arc::new(Clock(|| NOW))).unwrap()
    }

    fn acceptor(&self, mutual: bool) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_details(provider.clone(), Arc::new(Clock(|| NOW)))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = if mutual {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(self.ca_der.clone())).unwrap();
            let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(clients.allow_unauthenticated().build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let chain =
            vec![CertificateDer::from(self.server.0.clone()), CertificateDer::from(self.ca_der.clone())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.server.1.clone()));
        TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).unwrap()))
    }
}

/// A request as the server saw it.
struct Seen {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// What the server does with it: the whole answer as bytes, or break off.
type Answer = Arc<dyn Fn(Seen) -> Option<Vec<u8>> + Send + Sync>;

fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Vec<u8>> {
    let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    text.push_str("\r\n");
    Some([text.as_bytes(), body].concat())
}

fn ours<T: serde::Serialize>(status: &str, message: &T) -> Option<Vec<u8>> {
    answer(status, &[("Content-Type", MEDIA_TYPE)], &wire::encode(message).unwrap())
}

async fn serve(acceptor: TlsAcceptor, reply: Answer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, reply) = (acceptor.clone(), reply.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                while let Some(seen) = read_request(&mut stream).await {
                    let Some(bytes) = reply(seen) else { return };
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

async fn read_request(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = bytes[end..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Seen { method, path, headers, body })
}

fn moment() -> Moment {
    Moment { device: 0, zone: 480, boot: [1; 16], monotonic: 0, county: None }
}

const ROOT: &[u8] = b"{\"signed\":{}}";

fn code(address: SocketAddr, ca: Digest) -> EnrolCode {
    let root = Digest(sha2::Sha256::digest(ROOT).into());
    EnrolCode { v: 1, address: address.to_string(), ca, root, secret: [5; 16] }
}

fn request() -> EnrolRequest {
    let key = SecretKey::from_seed(&[1; 32]).public();
    EnrolRequest {
        secret: [5; 16],
        csr_der: vec![1],
        device_key: key,
        person_key: key,
        desk: None,
        clock: moment(),
    }
}

fn enrolled(authority: &Authority) -> EnrolReply {
    let id = Uuid::from_bytes([1; 16]);
    let unit: domain::region::RegionCode = "131099100201".parse().unwrap();
    EnrolReply {
        county: CountyId(id),
        county_name: "示范县".into(),
        epoch: Epoch([1; 16]),
        ca_der: authority.ca_der.clone(),
        client_cert_der: vec![1],
        desk: DeskId(id),
        prefix: "A7K".into(),
        person: PersonId(id),
        official: Official {
            person: PersonId(id),
            name: "周明".into(),
            unit: unit.clone(),
            roles: vec![Role::VillageAgent],
        },
        unit: Unit { code: unit, name: "东村".into(), villages: vec![] },
        grant: "v4.public.x".into(),
        county_key: PublicKey([2; 32]),
        tuf_root: ROOT.to_vec(),
        time: NOW,
    }
}

#[tokio::test]
async fn a_laptop_enrols_by_the_fingerprint_whatever_its_clock_says() {
    let authority = authority();
    let reply = enrolled(&authority);
    let sent = reply.clone();
    let server = serve(
        authority.acceptor(true),
        Arc::new(move |seen| {
            assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/enrol"));
            let request: EnrolRequest = wire::decode(&seen.body).unwrap();
            assert_eq!(request.secret, [5; 16]);
            ours("200 OK", &sent)
        }),
    );
    let address = server.await;
    // The certificates of this test are valid from 2029 to 2031; the laptop's clock is whatever it is today.
    assert_eq!(enrol(&code(address, authority.fingerprint()), &request()).await.unwrap(), reply);

    let wrong = enrol(&code(address, Digest([9; 32])), &request()).await;
    assert!(matches!(wrong, Err(LinkError::UntrustedCounty)), "{wrong:?}");
    let mut other_root = code(address, authority.fingerprint());
    other_root.root = Digest([9; 32]);
    assert!(matches!(enrol(&other_root, &request()).await, Err(LinkError::UntrustedCounty)));
}

#[tokio::test]
async fn a_used_code_is_refused_with_its_code() {
    let authority = authority();
    let address =
        serve(authority.acceptor(true), Arc::new(|_| ours("410 Gone", &Refusal::new(Code::EnrolCodeUsed))))
            .await;
    let refused = enrol(&code(address, authority.fingerprint()), &request()).await.unwrap_err();
    assert_eq!(refused.code(), "enrol_code_used");
    assert_eq!(refused.failure(), Failure::Refused(Code::EnrolCodeUsed));
}

#[tokio::test]
async fn an_impostor_and_a_wrong_time_are_not_our_county() {
    let (authority, impostor) = (authority(), authority());
    let server = serve(impostor.acceptor(true), Arc::new(|_| answer("200 OK", &[], b""))).await;
    let failed = authority.client(server).catalogue("metadata/timestamp.json", 1_000).await;
    assert!(matches!(failed, Err(LinkError::UntrustedCounty)), "{failed:?}");

    let server = serve(authority.acceptor(true), Arc::new(|_| answer("200 OK", &[], b"{}"))).await;
    assert_eq!(authority.client(server).catalogue("metadata/x", 9).await.unwrap(), Some(b"{}".to_vec()));
    for clock in [0, 4_102_444_800_000] {
        let client =
            Client::new(&authority.identity(), &server.to_string(), Arc::new(Clock(move || clock))).unwrap();
        assert!(matches!(client.catalogue("metadata/x", 9).await, Err(LinkError::UntrustedCounty)));
    }
}

#[tokio::test]
async fn every_way_to_fail_is_told_apart() {
    let authority = authority();
    let cases: Vec<(Answer, &str)> = vec![
        (
            Arc::new(|_| answer("200 OK", &[("Content-Type", "text/html")], b"<html>login</html>")),
            "strange_answer",
        ),
        (Arc::new(|_| answer("302 Found", &[("Location", "https://hotel/")], b"")), "strange_answer"),
        (Arc::new(|_| answer("502 Bad Gateway", &[("Content-Type", "text/html")], b"")), "strange_answer"),
        (Arc::new(|_| answer("200 OK", &[("Content-Type", MEDIA_TYPE)], b"not packed")), "strange_answer"),
        (Arc::new(|_| ours("200 OK", &"another message")), "strange_answer"),
        (Arc::new(|_| ours("426 Upgrade Required", &Refusal::new(Code::UpdateNeeded))), "update_needed"),
        (Arc::new(|_| ours("403 Forbidden", &Refusal::new(Code::Revoked))), "device_revoked"),
        (Arc::new(|_| ours("401 Unauthorized", &Refusal::new(Code::UnknownDevice))), "unknown_device"),
        (Arc::new(|_| ours("403 Forbidden", &Refusal::new(Code::CertificateExpired))), "certificate_expired"),
        (Arc::new(|_| answer("503 Service Unavailable", &[("Retry-After", "7")], b"")), "county_busy"),
        (Arc::new(|_| None), "no_link"),
        (
            Arc::new(|_| {
                let whole = ours("200 OK", &Refusal::new(Code::Busy)).unwrap();
                Some(whole[..whole.len() - 3].to_vec())
            }),
            "no_link",
        ),
    ];
    for (n, (reply, expected)) in cases.into_iter().enumerate() {
        // The answer cut short keeps its connection until the test's server is told to close it.
        let cut = n == 11;
        let counted = Arc::new(Mutex::new(0));
        let reply: Answer = if cut {
            let counted = counted.clone();
            Arc::new(move |seen| {
                *counted.lock().unwrap() += 1;
                reply(seen)
            })
        } else {
            reply
        };
        let address = if cut {
            serve_once(authority.acceptor(true), reply).await
        } else {
            serve(authority.acceptor(true), reply).await
        };
        let renew = sync::enrol::RenewRequest { csr_der: vec![], clock: moment() };
        let failed = authority.client(address).renew(&renew).await.unwrap_err();
        assert_eq!(failed.code(), expected, "case {n}: {failed:?}");
        if expected == "county_busy" {
            assert_eq!(failed.failure(), Failure::Busy { after: Some(7_000) });
        }
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failed = authority.client(nobody).catalogue("metadata/x", 9).await.unwrap_err();
    assert_eq!(failed.code(), "no_link");
}

/// Like [`serve`], but closes the connection after one answer.
async fn serve_once(acceptor: TlsAcceptor, reply: Answer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let seen = read_request(&mut stream).await.unwrap();
        stream.write_all(&reply(seen).unwrap()).await.unwrap();
        let _ = stream.shutdown().await;
    });
    address
}

#[tokio::test]
async fn a_file_larger_than_asked_for_is_not_taken() {
    let authority = authority();
    let address = serve(authority.acceptor(true), Arc::new(|_| answer("200 OK", &[], &[0; 5_000]))).await;
    let failed = authority.client(address).catalogue("targets/x", 4_999).await.unwrap_err();
    assert_eq!(failed.code(), "strange_answer");
    assert_eq!(authority.client(address).catalogue("targets/x", 5_000).await.unwrap().unwrap().len(), 5_000);
}

/// A tus server for one file: keeps what fits, breaks off, damages or forgets as its script says.
#[derive(Default)]
struct Tus {
    bytes: Vec<u8>,
    patches: usize,
    received: usize,
    cut_after: Option<usize>,
    damage: usize,
}

fn tus(state: Arc<Mutex<Tus>>) -> Answer {
    Arc::new(move |seen| {
        let mut tus = state.lock().unwrap();
        assert_eq!(seen.headers["tus-resumable"], "1.0.0");
        let offset = tus.bytes.len().to_string();
        match seen.method.as_str() {
            "POST" => {
                assert!(seen.headers["upload-metadata"].starts_with("sha256 "));
                answer("201 Created", &[("Location", "/v1/files/77"), ("Upload-Offset", &offset)], b"")
            }
            "HEAD" if seen.path == "/v1/files/77" => answer("200 OK", &[("Upload-Offset", &offset)], b""),
            "PATCH" => {
                tus.patches += 1;
                tus.received += seen.body.len();
                assert_eq!(seen.headers["content-type"], "application/offset+octet-stream");
                if seen.headers["upload-offset"] != offset {
                    return answer("409 Conflict", &[], b"");
                }
                if tus.damage > 0 {
                    tus.damage -= 1;
                    return answer("460 Checksum Mismatch", &[], b"");
                }
                tus.bytes.extend(&seen.body);
                if tus.cut_after == Some(tus.patches) {
                    // Stored, but the answer is lost.
                    return None;
                }
                let offset = tus.bytes.len().to_string();
                answer("204 No Content", &[("Upload-Offset", &offset)], b"")
            }
            _ => answer("404 Not Found", &[], b""),
        }
    })
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_cut_and_sends_nothing_twice() {
    let authority = authority();
    let file: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
    let state = Arc::new(Mutex::new(Tus { cut_after: Some(2), ..Tus::default() }));
    let address = serve(authority.acceptor(true), tus(state.clone())).await;
    let facts = FileFacts {
        case: CaseId(Uuid::from_bytes([4; 16])),
        sha256: Digest(sha2::Sha256::digest(&file).into()),
        size: file.len() as u64,
        mime: "image/jpeg".into(),
    };
    let client = authority.client(address);
    let (upload, have) = client.announce(&facts).await.unwrap();
    assert_eq!((upload.as_str(), have), ("/v1/files/77", 0));
    let read = |from: u64, length: usize| Ok(file[from as usize..from as usize + length].to_vec());
    let failed = client.upload(&upload, facts.size, read, |_| {}).await.unwrap_err();
    assert_eq!(failed.code(), "no_link");

    // After a restart: another client, the same address of the upload.
    let mut told = Vec::new();
    authority.client(address).upload(&upload, facts.size, read, |bytes| told.push(bytes)).await.unwrap();
    assert!(told[0] > 0 && told.is_sorted() && told.last() == Some(&facts.size), "{told:?}");
    let tus = state.lock().unwrap();
    assert_eq!(tus.bytes, file);
    assert_eq!(tus.received, file.len(), "no byte went over the line twice");
}

#[tokio::test]
async fn a_damaged_slice_is_sent_again_but_not_for_ever() {
    let authority = authority();
    let file = vec![7u8; 10_000];
    let read = |from: u64, length: usize| Ok(file[from as usize..from as usize + length].to_vec());
    for (damage, ends_well) in [(2, true), (9, false)] {
        let state = Arc::new(Mutex::new(Tus { damage, ..Tus::default() }));
        let address = serve(authority.acceptor(true), tus(state.clone())).await;
        let done = authority.client(address).upload("/v1/files/77", 10_000, read, |_| {}).await;
        assert_eq!(done.is_ok(), ends_well);
        assert_eq!(state.lock().unwrap().bytes == file, ends_well);
    }
}

#[tokio::test]
async fn a_forgotten_upload_is_announced_again_and_a_lost_file_said_so() {
    let authority = authority();
    let state = Arc::new(Mutex::new(Tus::default()));
    let address = serve(authority.acceptor(true), tus(state)).await;
    let gone =
        authority.client(address).upload("/v1/files/78", 5, |_, _| Ok(vec![0; 5]), |_| {}).await.unwrap_err();
    assert_eq!(gone.code(), "not_found");
    let lost = |_: u64, _: usize| Err(std::io::ErrorKind::NotFound.into());
    let failed = authority.client(address).upload("/v1/files/77", 5, lost, |_| {}).await.unwrap_err();
    assert_eq!(failed.code(), "local_file");
}

#[tokio::test]
async fn a_download_continues_also_from_a_server_that_ignores_ranges() {
    let authority = authority();
    let file: Vec<u8> = (0..200_000u32).map(|n| (n % 13) as u8).collect();
    for ranges in [true, false] {
        let served = file.clone();
        let reply: Answer = Arc::new(move |seen| match seen.headers.get("range") {
            Some(range) if ranges => {
                let from: usize = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
                answer("206 Partial Content", &[], &served[from..])
            }
            _ => answer("200 OK", &[], &served),
        });
        let address = serve(authority.acceptor(true), reply).await;
        let client = authority.client(address);
        let mut got = file[..70_001].to_vec();
        let sink = |part: &[u8]| {
            got.extend_from_slice(part);
            Ok(())
        };
        client.download(CaseId(Uuid::from_bytes([4; 16])), Digest([1; 32]), 70_001, sink).await.unwrap();
        assert_eq!(got, file);
        assert!(client.used().down >= 129_999 && client.used().requests == 1);
    }
}
