// One person's page in browser mode: opens it, works it by mouse and keyboard, and judges every screen it is shown.

import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { CLONE, PATIENCE, until } from './_stage.mjs';

const run = promisify(execFile);
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The cheap laptop's screen. */
export const SCREEN = { width: 1366, height: 768 };

/** Folder for pictures of the screens; none are taken without it. */
const PICTURES = process.env.DAIBAN_PICTURES && path.resolve(CLONE, process.env.DAIBAN_PICTURES);

/** Debian's browser, without a proxy: everything is on this machine. */
export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--no-proxy-server', '--disable-gpu', '--font-render-hinting=none'],
  });
}

/** A page of one person. */
export class Person {
  /** Lets a page in by the one-use address of a served desk. */
  static async enter(browser, entrance, tally, name) {
    const context = await browser.newContext({ viewport: SCREEN, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const person = new Person();
    Object.assign(person, { page, tally, name, complaints: [] });
    page.on('pageerror', (error) => person.complaints.push(`${error}`));
    page.on('console', (message) => {
      if (message.type() === 'error') person.complaints.push(message.text());
    });
    await page.goto(entrance);
    return person;
  }

  /** Gives the password and waits for the first screen. */
  async unlock(password) {
    await this.page.locator('#password').fill(password);
    // Enter presses the button, which can be pressed once the screen has drawn what was typed.
    await this.page.locator('#unlock:enabled').waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator('#main h1').waitFor();
  }

  /** The text of a place, as it is seen. */
  text(place) {
    return this.page.locator(place).first().innerText();
  }

  /** Waits until a place says some words. */
  async says(place, words) {
    await this.page.locator(place).filter({ hasText: words }).first().waitFor();
  }

  /** Goes somewhere by the rail. */
  async rail(word, title) {
    await this.page.locator('.rail').getByRole('link', { name: word, exact: true }).click();
    await this.page.getByRole('heading', { level: 1, name: title }).waitFor();
  }

  /** Judges the screen as it stands: accessibility, nothing cut off sideways, the bar in sight; takes its picture. */
  async judge(screen, picture) {
    await this.settled();
    if (!(await this.page.evaluate('typeof window.axe === "object"'))) await this.page.evaluate(AXE);
    const found = await this.page.evaluate(() => window.axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    const lines = (impacts) => found.violations
      .filter((one) => impacts.includes(one.impact))
      .map((one) => `  ${one.impact}: ${one.help}\n${one.nodes.slice(0, 4).map((node) => `    ${node.html.slice(0, 200)}\n      ${node.failureSummary.replaceAll('\n', '\n      ')}`).join('\n')}`);
    const serious = lines(['serious', 'critical']);
    const lesser = lines(['moderate', 'minor']);
    if (lesser.length > 0) console.log(`note    ${screen}: lesser findings of axe\n${lesser.join('\n')}`);
    this.tally.check(`${this.name}: ${screen} is accessible`, serious.length === 0, serious.join('\n'));
    const shape = await this.page.evaluate(() => {
      const root = document.documentElement;
      const wide = [root, ...document.querySelectorAll('#screen-scroll, .bar, .top, dialog[open]')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => `${element.tagName}.${element.className} ${element.scrollWidth} > ${element.clientWidth}`);
      const bar = document.querySelector('.bar')?.getBoundingClientRect();
      return { wide, barInSight: !bar || (bar.bottom <= innerHeight + 1 && bar.height > 0), tall: root.scrollHeight > innerHeight + 1 };
    });
    this.tally.check(`${this.name}: ${screen} fits the window`, shape.wide.length === 0 && shape.barInSight && !shape.tall, JSON.stringify(shape));
    if (picture) await this.picture(picture);
  }

  /** Judges the screen as it stands, and once more at 150 %. */
  async judgeBoth(screen, picture) {
    await this.judge(screen, picture);
    const root = (size) => this.page.evaluate((to) => { document.documentElement.style.fontSize = to; }, size);
    await root('24px');
    await this.judge(`${screen} at 150 %`, picture && `${picture}-150`);
    await root('16px');
  }

  /** Lets files go over a place, as from the folder they lie in; whether the page took care of it. */
  async drop(place, files) {
    const brought = await Promise.all(files.map(async (file) => ({ name: path.basename(file), bytes: (await readFile(file)).toString('base64') })));
    return this.page.locator(place).first().evaluate((element, all) => {
      const data = new DataTransfer();
      for (const { name, bytes } of all) data.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name));
      const tell = (kind) => element.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true, composed: true }));
      tell('dragover');
      return !tell('drop');
    }, brought);
  }

  /** Goes to an address of the window. */
  async go(place) {
    await this.page.evaluate((to) => { location.hash = `#${to}`; }, place);
  }

  /** Waits until nothing is being fetched and drawn any more. */
  async settled() {
    await this.page.waitForFunction(() => !document.querySelector('.waiting, .picture.is-waiting, .pf-m-in-progress'));
    await this.page.evaluate(async () => {
      await document.fonts.ready;
      await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    });
  }

  /** Takes a small picture of the screen, once it is settled or (`busy`) while it is at something. */
  async picture(name, busy = false) {
    if (!PICTURES) return;
    await mkdir(PICTURES, { recursive: true });
    if (!busy) await this.settled();
    const file = path.join(PICTURES, `${name}.png`);
    await this.page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
    await run('convert', [file, '-strip', '+dither', '-colors', '200', `PNG8:${file}`]);
  }

  /** The question the keyboard stands on, or what else it stands on. */
  focused() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      return {
        field: element?.dataset?.field ?? null,
        id: element?.id ?? '',
        type: element?.role === 'combobox' ? 'combobox' : element?.tagName === 'SELECT' ? 'select' : element?.type ?? '',
        picked: element?.dataset?.picked ?? '',
        value: element?.type === 'radio' ? [...document.getElementsByName(element.name)].find((one) => one.checked)?.value ?? '' : element?.value ?? '',
        checked: element?.checked ?? false,
        words: (element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim().slice(0, 80),
      };
    });
  }

  /** Answers the question under the keyboard with keys alone. */
  async answerByKeys(focused, wanted) {
    const { keyboard } = this.page;
    const stands = (value) => until(`${focused.field} is ${value}`, async () => (await this.focused()).value === value, 5_000);
    if (focused.type === 'checkbox') {
      if (!focused.checked) await keyboard.press('Space');
    } else if (focused.type === 'radio') {
      let now = focused.value;
      if (!now) {
        await keyboard.press('Space');
        now = (await this.focused()).value;
      }
      for (let tries = 0; now !== wanted && tries < 12; tries += 1) {
        await keyboard.press('ArrowDown');
        now = (await this.focused()).value;
      }
      await stands(wanted);
    } else if (focused.type === 'select') {
      let now = focused.value;
      for (let tries = 0; now !== wanted && tries < 60; tries += 1) {
        await keyboard.press('ArrowDown');
        now = (await this.focused()).value;
      }
      await stands(wanted);
    } else if (focused.type === 'combobox') {
      if (focused.picked === wanted) return;
      await keyboard.press('Control+A');
      await keyboard.type(wanted);
      await until(`${focused.field} offers ${wanted}`, async () => (await this.page.locator('.picker-option').count()) === 1, 5_000);
    } else {
      await keyboard.press('Control+A');
      await keyboard.type(wanted);
      await stands(wanted);
    }
  }

  /** Presses Tab until the keyboard stands on something with these words; how people without a mouse get there. */
  async tabTo(words, most = 60) {
    for (let tries = 0; tries < most; tries += 1) {
      const focused = await this.focused();
      if (focused.words.includes(words)) return focused;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not lead to ${words}`);
  }
}
