// The real desktop window, through the village agent's part: the county is first absent, then present.

import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CLONE, Stage, Tally, freePort, until } from './_stage.mjs';
import { Window } from './_driver.mjs';
import { openBrowser } from './_page.mjs';
import { certificate, photograph } from './_papers.mjs';

const WRONG_ID = '131099194003150022';
const STEPS_AT_MOST = 12;

const tally = new Tally();
const answers = JSON.parse(await readFile(path.join(CLONE, 'catalogue/examples/gaoling.json'), 'utf8'));
const pictures = process.env.DAIBAN_PICTURES && path.resolve(CLONE, process.env.DAIBAN_PICTURES);
let stage;
let window;

try {
  if (!process.env.DISPLAY) {
    throw new Error('no display: xvfb-run --auto-servernum dbus-run-session -- node tests/e2e/window.mjs');
  }
  stage = await tally.step('a county, its catalogue and an enrolled desk', () => Stage.make(['agent']));
  const browser = await openBrowser();
  const photo = await photograph(browser, stage.folder);
  const pdf = await certificate(browser, stage.folder).finally(() => browser.close());
  await stage.countyDown();
  await tally.step('the window opens and asks for the password', async () => {
    window = await Window.open(stage, 'agent', await freePort());
    await window.says('h1', '请输入密码');
  });
  await takesIn(photo, pdf);
  const number = await handsIn();
  await picture('window-receipt');
  await survives(number);
  await arrives();
  await picture('window-case');
} catch (failure) {
  if (tally.failed === 0) {
    tally.failed += 1;
    console.log(failure.stack ?? failure);
  }
  const file = '/tmp/daiban-e2e-window.png';
  await window?.picture(file).then(() => console.log(`last seen: ${file}`), () => {});
  if (window) console.log(window.driver.said().slice(-2_000));
} finally {
  await window?.close();
  await stage?.close();
  tally.tell();
}

async function picture(name) {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await window.picture(path.join(pictures, `${name}.png`));
}

async function unlock() {
  await window.type('#password', stage.people.agent.password);
  await window.press('进入');
  await window.says('h1', '您好');
}

async function takesIn(photo, pdf) {
  await tally.step('no network: unlocks', unlock);
  await tally.step('no network: finds the item by its initials and reads the guide', async () => {
    await window.press('事项');
    await window.type('#search-items', 'glbt');
    await window.says('.tile.is-marked', '高龄老人生活补贴');
    await window.silent('.tile', '残疾人');
    await window.click('.tile.is-marked a');
    await window.says('h2', '要带什么');
    await picture('window-guide');
    await window.press('开始办理');
  });
  await tally.step('a wrong check digit is explained, the right number fills birth date and sex', async () => {
    await arrived();
    await window.type('#f-applicant_id_no', WRONG_ID);
    await window.type('#f-applicant_name', answers.applicant_name);
    await window.says('#f-applicant_id_no-finding', '最后一位应是 1');
    await picture('window-finding');
    await window.type('#f-applicant_id_no', `\uE003${answers.applicant_id_no.at(-1)}`);
    await window.says('.is-computed', '1940');
    await window.says('.is-computed', '女');
    await window.silent('#f-applicant_id_no-finding', '最后一位');
  });
  await tally.step('the form is filled to its end', fill);
  await tally.step('a photograph is attached', async () => {
    await window.type('#slot-M-ID input[type=file]', photo);
    await until('the photograph is shown', () => window.look(() => {
      const image = document.querySelector('#slot-M-ID .file img');
      return Boolean(image?.complete && image.naturalWidth > 0);
    }));
    await picture('window-materials');
  });
  await tally.step('a PDF is read in place: this engine shows none by itself', async () => {
    await window.type('#slot-M-ID input[type=file]', pdf);
    await window.click('#slot-M-ID .picture.is-pdf');
    await window.says('.pdf-place', '第 1 页，共 2 页');
    await until('the page is drawn', () => window.look(() => {
      const canvas = document.querySelector('.pdf-page');
      if (!canvas?.width) return false;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let dark = 0;
      for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 0 && data[at] < 96) dark += 1;
      return dark > 1_000;
    }));
    await picture('window-pdf');
    await window.click('.dialog-close');
  });
}

/** Answers what every page asks until the papers are reached; answers may bring further questions up. */
async function fill() {
  for (let steps = 0; steps < STEPS_AT_MOST; steps += 1) {
    if (await window.look(() => Boolean(document.querySelector('#slot-M-ID')))) return;
    const page = await window.look(() => document.querySelector('#page-title').textContent);
    await until(`${page} is answered`, async () => {
      const open = await window.look((given) => {
        for (const one of document.querySelectorAll('[data-field]')) {
          const name = one.dataset.field;
          const wanted = given[name];
          if (wanted === undefined) continue;
          if (one.role === 'combobox' && one.dataset.picked === wanted) continue;
          const kind = one.tagName === 'SELECT' ? 'select' : one.type;
          if (kind === 'radio' && one.value === wanted && !one.checked) return { kind, css: `input[type=radio][name="${name}"][value="${wanted}"]` };
          if (kind === 'checkbox' && !one.checked) return { kind, css: `#${one.id}` };
          if (kind === 'select' && one.value !== wanted) return { kind, css: `#${one.id} option[value="${wanted}"]` };
          if (!['radio', 'checkbox', 'select'].includes(kind) && one.value === '') return { kind, css: `#${one.id}`, text: wanted };
        }
        return null;
      }, answers);
      if (open?.text) await window.type(open.css, open.text);
      else if (open) await window.click(open.css);
      // Which questions are asked may follow from this answer.
      await window.says('.safeness', '已保存在本机');
      return open === null;
    });
    await window.press('下一步');
    await until(`${page} is left`, () => window.look((old) => document.querySelector('#page-title')?.textContent !== old, page));
    await arrived();
  }
  throw new Error('the form has no end');
}

/** A page of the form puts the keyboard on its first question; before that nobody types. */
function arrived() {
  return until('the keyboard is on the page', () => window.look(
    () => Boolean(document.activeElement?.dataset.field || document.querySelector('#slot-M-ID')),
  ));
}

async function handsIn() {
  await window.press('下一步');
  await tally.step('the applicant signs', async () => {
    await window.find('canvas.signature-pad');
    await window.draw('canvas.signature-pad', [[[0.2, 0.3], [0.3, 0.7], [0.35, 0.3]], [[0.45, 0.5], [0.55, 0.35], [0.6, 0.65], [0.75, 0.4]]]);
    await window.press('签好了');
    await window.find('.signature.is-there img');
  });
  await window.press('下一步');
  return tally.step('no network: submits and gets a number', async () => {
    await window.says('.bar', '可以提交了');
    await window.press('提交');
    await window.find('#receipt-number');
    await window.says('.notice', '已保存在本机');
    const number = await window.look(() => document.querySelector('#receipt-number').textContent.trim());
    if (!/^131099100201-/.test(number)) throw new Error(`a strange number: ${number}`);
    return number;
  });
}

async function survives(number) {
  await tally.step('the window is closed and opened again: the case is there and waits', async () => {
    await window.close();
    window = await Window.open(stage, 'agent', await freePort());
    await window.says('h1', '请输入密码');
    await unlock();
    await window.press('办件');
    await window.says('.row', number);
    await window.click('.row-link');
    await window.says('.screen-facts', '待发送');
    await window.says('.timeline-entry', '已保存在本机，待发送');
    await window.silent('#main', '县平台已收到');
  });
}

async function arrives() {
  await tally.step('the county comes up: the window notices by itself, the timeline says at the county', async () => {
    await stage.countyUp();
    await window.says('.timeline-entry.tone-good', '县平台已收到');
    await window.says('.screen-facts', '县平台已收到');
    await window.says('.screen-facts', '待受理');
    await window.says('.pill', '没有待发送');
  });
}
