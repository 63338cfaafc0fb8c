// A real county and real desks on this machine, in a folder of their own that goes when the script ends.

import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The clone. */
export const CLONE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const TARGET = process.env.CARGO_TARGET_DIR ?? path.join(CLONE, 'target');

/** Our programs and what they read; `cargo xtask test` says where they lie. */
export const PLACES = {
  app: process.env.DAIBAN_APP ?? path.join(TARGET, 'debug/daiban'),
  desk: process.env.DAIBAN_DESK ?? path.join(TARGET, 'debug/daiban-desk'),
  county: process.env.DAIBAN_COUNTY ?? path.join(TARGET, 'debug/daiban-county'),
  ui: process.env.DAIBAN_UI_DIST ?? path.join(TARGET, 'ui-dist'),
  catalogue: process.env.DAIBAN_CATALOGUE ?? path.join(CLONE, 'catalogue'),
};

/** How long anything may take before it counts as not happening, in milliseconds. */
export const PATIENCE = 45_000;

/** A county with its catalogue, running, and the demo people's desks, enrolled. */
export class Stage {
  #children = new Set();

  /** Makes county and desks. `parts` names the people of xtask/demo/people.json who take part, or the
   * agent's `colleague`; `villages` tells
   * which further villages a person's point serves. */
  static async make(parts, villages = {}) {
    const stage = new Stage();
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => stage.close().finally(() => process.exit(1)));
    }
    stage.folder = await mkdtemp(path.join(tmpdir(), 'daiban-e2e-'));
    const script = JSON.parse(await readFile(path.join(CLONE, 'xtask/demo/people.json'), 'utf8'));
    stage.people = Object.fromEntries(script.people.map((person) => [person.as, person]));
    stage.people.colleague = { ...stage.people.agent, as: 'colleague', name: '周敏' };
    stage.address = `127.0.0.1:${await freePort()}`;
    const county = path.join(stage.folder, 'county-server');
    await stage.ask(PLACES.county, [
      'init', '--data', county, '--region', script.region, '--name', script.name, '--address', stage.address,
    ]);
    await stage.ask(PLACES.county, ['catalogue', 'publish', PLACES.catalogue, '--data', county]);
    await stage.countyUp();
    for (const part of parts) {
      await stage.#enrol(stage.people[part], county, villages[part] ?? []);
    }
    return stage;
  }

  /** The data folder of a person's desk. */
  desk(part) {
    return path.join(this.folder, part);
  }

  async #enrol(person, county, villages) {
    const { code } = JSON.parse(await this.ask(PLACES.county, [
      'enrol-code', '--json', '--data', county, '--role', person.role, '--name', person.name,
      '--unit', person.unit, '--unit-name', person.unit_name,
      ...villages.flatMap((village) => ['--village', village]),
    ]));
    await mkdir(this.desk(person.as), { recursive: true });
    await this.ask(PLACES.desk, ['enrol', '--json', '--code', code, '--data', this.desk(person.as)], {
      DAIBAN_PASSWORD: person.password,
    });
  }

  /** Runs one of our programs to its end and answers what it printed. */
  async ask(program, words, env = {}) {
    const { stdout } = await run(program, words, { env: { ...process.env, ...env }, maxBuffer: 1 << 24 });
    return stdout;
  }

  /** The county begins to answer. */
  async countyUp() {
    this.county = this.start(PLACES.county, [
      'serve', '--data', path.join(this.folder, 'county-server'), '--listen', this.address, '--ops', '127.0.0.1:0',
    ]);
    await until('the county answers', () => connects(this.address));
  }

  /** The county is gone, as in a village without network. */
  async countyDown() {
    await this.end(this.county);
  }

  /** Browser mode of a person's desk, locked; answers the address that lets one page in. */
  async serve(part) {
    const child = this.start(PLACES.desk, ['serve', '--json', '--data', this.desk(part)], { DAIBAN_UI_DIST: PLACES.ui });
    const lines = createInterface({ input: child.stdout });
    const [line] = await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(`daiban-desk serve ended: ${child.said()}`))),
    ]);
    const { open } = JSON.parse(line);
    const page = await readFile(open, 'utf8');
    return { child, entrance: /url=([^"]+)"/.exec(page)[1] };
  }

  /** Starts a program that keeps running; `said()` is what it wrote so far. */
  start(program, words, env = {}) {
    // A group of its own, so that what it starts ends with it.
    const child = spawn(program, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes) => { text = (text + bytes).slice(-20_000); });
    }
    child.said = () => text;
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** Asks a program to end and waits until it did. */
  async end(child) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    const group = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch (failure) {
        if (failure.code !== 'ESRCH') throw failure;
      }
    };
    group('SIGTERM');
    const hard = setTimeout(() => group('SIGKILL'), 10_000);
    await gone;
    clearTimeout(hard);
    group('SIGKILL');
  }

  /** Ends everything and takes the folder away. */
  async close() {
    await Promise.all([...this.#children].map((child) => this.end(child)));
    if (process.env.DAIBAN_KEEP) {
      console.log(`kept: ${this.folder}`);
    } else {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}

/** Asks again and again until `question` answers something true; its last answer. */
export async function until(what, question, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`it did not happen: ${what}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

/** Counts and tells steps as they pass; the first that fails ends the story. */
export class Tally {
  passed = 0;
  failed = 0;

  async step(what, work) {
    const begun = Date.now();
    try {
      const answer = await work();
      this.passed += 1;
      console.log(`ok      ${what} (${Date.now() - begun} ms)`);
      return answer;
    } catch (failure) {
      this.failed += 1;
      console.log(`FAILED  ${what}\n${failure.stack ?? failure}`);
      throw failure;
    }
  }

  /** Something that must hold but does not end the story. */
  check(what, holds, why = '') {
    if (holds) {
      this.passed += 1;
      console.log(`ok      ${what}`);
    } else {
      this.failed += 1;
      console.log(`FAILED  ${what}${why && `\n${why}`}`);
    }
  }

  /** The last line, and how the script ends. */
  tell() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exit(this.failed === 0 && this.passed > 0 ? 0 : 1);
  }
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function connects(address) {
  const [host, port] = address.split(':');
  return new Promise((answer) => {
    const socket = net.connect({ host, port: Number(port) });
    socket.once('connect', () => { socket.destroy(); answer(true); });
    socket.once('error', () => answer(false));
  });
}
