// The real window, worked through WebKitWebDriver: plain WebDriver over HTTP, one session, pictures of the whole display.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PATIENCE, PLACES, until } from './_stage.mjs';

const run = promisify(execFile);
/** The name under which WebDriver hands elements over. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** The cheap laptop's screen. */
const SCREEN = { width: 1366, height: 768 };

/** The desktop window over one data folder. */
export class Window {
  /** Starts the driver and lets it open the window. */
  static async open(stage, part, port) {
    const window = new Window();
    window.stage = stage;
    window.driver = stage.start('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
      TAURI_AUTOMATION: 'true',
      TAURI_WEBVIEW_AUTOMATION: 'true',
      NO_AT_BRIDGE: '1',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
      TZ: 'Asia/Shanghai',
    });
    window.root = `http://127.0.0.1:${port}`;
    await until('the driver answers', () => fetch(`${window.root}/status`).then((reply) => reply.ok, () => false));
    // No browserName: this engine tells another one than the driver's.
    const options = { binary: PLACES.app, args: ['--data', stage.desk(part)] };
    const { sessionId } = await window.#ask('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
    });
    window.session = `/session/${sessionId}`;
    await window.#ask('POST', `${window.session}/window/rect`, { x: 0, y: 0, ...SCREEN });
    return window;
  }

  async #ask(method, path, body) {
    const reply = await fetch(this.root + path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { value } = await reply.json();
    if (!reply.ok) throw Object.assign(new Error(`${value?.error}: ${value?.message}`), { code: value?.error });
    return value;
  }

  /** Closes window and driver. */
  async close() {
    await this.#ask('DELETE', this.session).catch(() => {});
    await this.stage.end(this.driver);
  }

  /** What a function answers in the page. */
  look(question, ...args) {
    return this.#ask('POST', `${this.session}/execute/sync`, { script: `return (${question})(...arguments)`, args });
  }

  /** The first element that is there, waiting for it. */
  find(css) {
    return until(`${css} is there`, async () => {
      try {
        return (await this.#ask('POST', `${this.session}/element`, { using: 'css selector', value: css }))[ELEMENT];
      } catch (failure) {
        if (failure.code === 'no such element') return null;
        throw failure;
      }
    });
  }

  /** Clicks as a mouse does, after bringing it into sight; an element drawn anew meanwhile is looked for again. */
  async click(css) {
    await this.find(css);
    await until(`${css} can be clicked`, () => this.#clicks(css));
  }

  /** Clicks what is there now; false when it is not, or not to be reached. */
  async #clicks(css) {
    try {
      await this.look((spot) => document.querySelector(spot)?.scrollIntoView({ block: 'center' }), css);
      const found = await this.#ask('POST', `${this.session}/element`, { using: 'css selector', value: css });
      await this.#ask('POST', `${this.session}/element/${found[ELEMENT]}/click`, {});
      return true;
    } catch (failure) {
      const passing = ['no such element', 'stale element reference', 'element click intercepted', 'element not interactable'];
      if (passing.includes(failure.code)) return false;
      throw failure;
    }
  }

  /** Clicks the button that says so. */
  async press(words) {
    // A screen that is drawn anew takes the mark with it: the button is then marked again.
    await until(`${words} can be pressed`, async () => await this.look((said) => {
      for (const old of document.querySelectorAll('[data-pressed]')) delete old.dataset.pressed;
      const button = [...document.querySelectorAll('button, a')].find((one) => one.textContent.trim() === said && !one.disabled);
      if (button) button.dataset.pressed = '';
      return Boolean(button);
    }, words) && this.#clicks('[data-pressed]:enabled, a[data-pressed]'));
  }

  /** Types into a field; a path "typed" into a file field is chosen. */
  async type(css, text) {
    const enter = async () => this.#ask('POST', `${this.session}/element/${await this.find(css)}/value`, { text });
    // A window that has just been opened may still be given its size, which breaks the driver's typing off.
    await enter().catch(async () => {
      await this.#ask('POST', `${this.session}/element/${await this.find(css)}/clear`, {});
      await enter();
    });
  }

  /** Waits until a place says some words. */
  says(css, words) {
    return until(`${css} says ${words}`, () => this.look(
      (place, said) => [...document.querySelectorAll(place)].some((one) => one.innerText.includes(said)), css, words,
    ));
  }

  /** Waits until nothing says those words any more. */
  silent(css, words) {
    return until(`${css} no longer says ${words}`, () => this.look(
      (place, said) => ![...document.querySelectorAll(place)].some((one) => one.innerText.includes(said)), css, words,
    ));
  }

  /** Draws lines with a pen on an element; points are parts of its width and height. */
  async draw(css, strokes) {
    const place = await this.look((spot) => {
      const box = document.querySelector(spot).getBoundingClientRect();
      return { left: box.left, top: box.top, width: box.width, height: box.height };
    }, css);
    const move = ([x, y], duration) => ({
      type: 'pointerMove', duration, origin: 'viewport',
      x: Math.round(place.left + place.width * x), y: Math.round(place.top + place.height * y),
    });
    const actions = strokes.flatMap(([first, ...rest]) => [
      move(first, 0), { type: 'pointerDown', button: 0 }, ...rest.map((point) => move(point, 60)), { type: 'pointerUp', button: 0 },
    ]);
    await this.#ask('POST', `${this.session}/actions`, {
      actions: [{ type: 'pointer', id: 'pen', parameters: { pointerType: 'mouse' }, actions }],
    });
  }

  /** A picture of the whole display; the driver's own way of taking one can hang. */
  async picture(file) {
    // What was decoded last is painted a frame later.
    await this.#ask('POST', `${this.session}/execute/async`, {
      script: 'const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))', args: [],
    }).catch(() => {});
    await run('import', ['-window', 'root', '-strip', '+dither', '-colors', '200', `PNG8:${file}`]);
  }
}
