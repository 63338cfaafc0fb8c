//! The real desk program: its commands, and browser mode asked as the window asks and killed without warning.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use base64::Engine as _;
use ipc::problem::Problem;
use ipc::registry::{Command, Upload};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;

use crate::desk::PASSWORD;

/// A running `daiban-desk serve`.
pub struct Program {
    child: Child,
    address: String,
    token: String,
}

impl Program {
    /// Starts it over the data folder of an enrolled desk, unlocked for the only person there is.
    pub async fn start(data: &Path) -> Program {
        Program::start_with(data, &[]).await
    }

    /// The same with something in its environment.
    pub async fn start_with(data: &Path, environment: &[(&str, &str)]) -> Program {
        let window = data.join("window");
        std::fs::create_dir_all(&window).unwrap();
        std::fs::write(window.join("index.html"), "<!doctype html>").unwrap();
        let mut child = tokio::process::Command::new(built())
            .arg("--data")
            .arg(data)
            .args(["--json", "serve", "--ui"])
            .arg(window)
            .env("DAIBAN_PASSWORD", PASSWORD)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        while serde_json::from_str::<Value>(&said).is_err() {
            assert!(stdout.read_line(&mut said).await.unwrap() > 0, "the desk did not start: {said}");
        }
        let said: Value = serde_json::from_str(&said).unwrap();
        assert!(said["address"].is_string(), "the desk did not start: {said}");
        let address =
            said["address"].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let page = std::fs::read_to_string(said["open"].as_str().unwrap()).unwrap();
        let nonce = page.split('#').nth(1).unwrap().split('"').next().unwrap();
        let mut program = Program { child, address, token: String::new() };
        let body = json!({ "nonce": nonce }).to_string();
        let (status, reply) = program.post("/token", "", body.as_bytes()).await.unwrap();
        assert_eq!(status, 200);
        program.token =
            serde_json::from_slice::<Value>(&reply).unwrap()["token"].as_str().unwrap().to_owned();
        program
    }

    /// Asks; `None` when the program was gone before the answer was there in full.
    pub async fn call<C: Command>(&self, question: &C) -> Option<Result<C::Reply, Problem>> {
        let body = serde_json::to_vec(question).unwrap();
        Some(read(self.post(&format!("/call/{}", C::NAME), "", &body).await?))
    }

    /// Asks with bytes that are brought along.
    pub async fn put<U: Upload>(&self, question: &U, bytes: &[u8]) -> Option<Result<U::Reply, Problem>> {
        let args = base64::engine::general_purpose::STANDARD.encode(serde_json::to_vec(question).unwrap());
        let header = format!("x-daiban-args: {args}\r\n");
        Some(read(self.post(&format!("/put/{}", U::NAME), &header, bytes).await?))
    }

    /// Ends it as a power cut does.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    async fn post(&self, path: &str, header: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let mut line = TcpStream::connect(&self.address).await.ok()?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nAuthorization: Bearer {1}\r\n{header}\
             Content-Type: application/json\r\nContent-Length: {2}\r\nConnection: close\r\n\r\n",
            self.address,
            self.token,
            body.len(),
        );
        line.write_all(head.as_bytes()).await.ok()?;
        line.write_all(body).await.ok()?;
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).await.ok()?;
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
        let body = answer.split_off(end);
        let head = String::from_utf8(answer).unwrap().to_lowercase();
        let length: usize = head.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        (body.len() == length).then_some((status, body))
    }
}

/// A running `daiban-county serve`.
pub struct Platform {
    child: Child,
}

impl Platform {
    /// Starts it over the data folder of a county that was set up, and waits until it listens.
    pub async fn start(data: &Path, listen: std::net::SocketAddr) -> Platform {
        Platform::start_through(&[], data, listen).await
    }

    /// The same by another program, which is told ours (`ip netns exec PLACE`).
    pub async fn start_through(through: &[&str], data: &Path, listen: std::net::SocketAddr) -> Platform {
        let words: Vec<&OsStr> = through.iter().map(OsStr::new).chain([built_county().as_os_str()]).collect();
        let mut child = tokio::process::Command::new(words[0])
            .args(&words[1..])
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", &listen.to_string(), "--ops", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        assert!(stdout.read_line(&mut said).await.unwrap() > 0, "the county did not start");
        Platform { child }
    }

    /// Ends it as a power cut does.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Runs one command over a data folder and gives its exit status and its JSON object.
pub fn run(data: &Path, password: &str, args: &[&str]) -> (i32, Value) {
    let mut command = std::process::Command::new(built());
    let done =
        command.arg("--data").arg(data).arg("--json").args(args).env("DAIBAN_PASSWORD", password).output();
    told(&done.unwrap())
}

/// Runs one command of the county over its data folder and gives its exit status and its JSON object.
pub fn run_county(data: &Path, args: &[&str]) -> (i32, Value) {
    told(
        &std::process::Command::new(built_county())
            .args(args)
            .arg("--data")
            .arg(data)
            .arg("--json")
            .output()
            .unwrap(),
    )
}

fn told(done: &std::process::Output) -> (i32, Value) {
    (done.status.code().unwrap(), serde_json::from_slice(&done.stdout).unwrap_or(Value::Null))
}

fn read<T: serde::de::DeserializeOwned>((status, body): (u16, Vec<u8>)) -> Result<T, Problem> {
    if status == 200 {
        Ok(serde_json::from_slice(&body).unwrap())
    } else {
        Err(serde_json::from_slice(&body).unwrap())
    }
}

/// The program beside the tests' own; built anew when its sources are younger than it.
fn built() -> PathBuf {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let parts = [
        "desk/src",
        "desk/i18n",
        "sync/src",
        "store/src",
        "domain/src",
        "ipc/src",
        "ipc/i18n",
        "migrations/desk",
    ];
    BUILT.get_or_init(|| build("desk", "daiban-desk", &parts)).clone()
}

/// The county's program, likewise.
fn built_county() -> &'static Path {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let parts = ["county/src", "county/i18n", "sync/src", "domain/src", "migrations/county/sqlite"];
    BUILT.get_or_init(|| build("county", "daiban-county", &parts))
}

fn build(package: &str, name: &str, parts: &[&str]) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().unwrap().parent().unwrap();
    let program = profile.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let youngest = parts.iter().map(|part| age(&root.join(part))).max().unwrap();
    if std::fs::metadata(&program).and_then(|file| file.modified()).is_ok_and(|made| made >= youngest) {
        return program;
    }
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).env("CARGO_TARGET_DIR", profile.parent().unwrap());
    cargo.args(["build", "--quiet", "--package", package, "--bin", name]);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success(), "{name} cannot be built");
    program
}

/// When anything in a folder was changed last.
fn age(folder: &Path) -> SystemTime {
    let mut youngest = SystemTime::UNIX_EPOCH;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let at =
            if path.is_dir() { age(&path) } else { std::fs::metadata(&path).unwrap().modified().unwrap() };
        youngest = youngest.max(at);
    }
    youngest
}
