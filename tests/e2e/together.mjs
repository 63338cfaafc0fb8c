// Two laptops of one village: they differ and somebody decides; typing with an input method; other languages and sights;
// what waits leaves as a file.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CLONE, until } from './_stage.mjs';
import { story } from './_story.mjs';

const GAOLING = '130511901000';
const HERS = '13900000021';
const HIS = '13900000034';

let tally;
let stage;
let desk;

await story('together', ['agent', 'colleague'], {}, async (told) => {
  ({ tally, stage, desk } = told);
  const theirs = await differ();
  const person = await told.enter('colleague');
  await person.unlock(stage.people.colleague.password);
  await decides(person, theirs);
  await settles(person);
  await composes(person);
  await opensDamaged(person);
  await stage.countyDown();
  await carries(person);
  await looks(person, theirs);
});

/** A case that both have, then a telephone number that each enters differently while the county is out of reach. */
async function differ() {
  return tally.step('both fill the same field while the county is away', async () => {
    const answers = path.join(CLONE, 'catalogue/examples/gaoling.json');
    const { case: id } = await desk('agent', 'case', 'new', '--item', GAOLING, '--answers', answers);
    const { case: taken } = await desk('agent', 'case', 'new', '--item', GAOLING, '--answers', answers, '--submit');
    await desk('agent', 'sync', '--until-idle');
    await desk('colleague', 'sync', '--until-idle');
    await stage.countyDown();
    // Both take the other case back; the county can only take the first.
    for (const part of ['agent', 'colleague']) await desk(part, 'case', 'act', taken, 'withdraw', '--reason', '申请人改主意');
    for (const [part, phone] of [['agent', HERS], ['colleague', HIS]]) {
      const file = path.join(stage.folder, `${part}.json`);
      await writeFile(file, JSON.stringify({ contact_phone: phone }));
      await desk(part, 'case', 'edit', id, '--answers', file);
    }
    await stage.countyUp();
    await desk('agent', 'sync', '--until-idle');
    // The step that came too late is refused, which the command line tells by failing.
    await desk('colleague', 'sync', '--until-idle').then(() => { throw new Error('nothing was refused'); }, () => {});
    return id;
  });
}

async function decides(person, id) {
  const { page } = person;
  await tally.step('both values are shown, with who and when', async () => {
    await person.go(`/cases/${id}`);
    await page.locator('.differing-one').waitFor();
    await person.says('.differing-one legend', '联系人电话');
    for (const name of ['王桂兰', '周敏']) await person.says('.differing-who', name);
    if (!/\d{4}-\d{2}-\d{2}/.test(await person.text('.differing-who'))) throw new Error('nobody says when');
  });
  await person.judgeBoth('two values', 'differing');
  await tally.step('a covered value is looked at for a reason before one is chosen', async () => {
    const covered = page.locator('.differing-covered');
    if (await covered.count()) {
      await covered.getByRole('button').click();
      await page.locator('#reveal-reason').fill('与申请人核对电话');
      await page.keyboard.press('Enter');
      await covered.waitFor({ state: 'detached' });
    }
    await person.says('.differing-words', HERS);
    await person.says('.differing-words', HIS);
  });
  await tally.step('one is chosen with a reason; the other is gone from the case', async () => {
    await page.locator('.differing-value', { hasText: HERS }).locator('input').check();
    await page.locator('.differing-reason input').fill('打电话问过本人');
    await page.getByRole('button', { name: '选定' }).click();
    await page.locator('.differing').waitFor({ state: 'detached' });
  });
}

/** The step that came too late is told: what, why, who, and one thing to do. */
async function settles(person) {
  const { page } = person;
  await tally.step('what the county did not take is told and put aside', async () => {
    await person.says('.pill', '1 件需要处理');
    await page.locator('.pill').click();
    await person.says('.stuck-one', '撤回申请');
    await person.says('.stuck-one', '办件状态已经变化');
    await person.says('.stuck-one', '请您处理');
  });
  await person.judgeBoth('something stuck', 'stuck');
  await tally.step('it is put aside', async () => {
    await page.getByRole('button', { name: '收起来' }).click();
    await page.locator('.stuck').waitFor({ state: 'detached' });
    await until('the pill is calm', async () => !(await person.text('.pill')).includes('需要处理'));
  });
}

/** An input method composes in the browser; what it shows meanwhile survives whatever the window does. */
async function composes(person) {
  const { page } = person;
  await tally.step('typing with an input method survives, and the Enter that ends it stays in the field', async () => {
    await person.go(`/items/${GAOLING}`);
    await page.locator('#begin').click();
    await until('the first question has the keyboard', async () => (await person.focused()).field === 'applicant_name');
    const method = await page.context().newCDPSession(page);
    for (const text of ['z', 'zh', 'zhang', 'zhang xiu', 'zhang xiu ying']) {
      await method.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    }
    // Longer than the form takes to be worked out and anything typed to be saved.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 800)));
    if ((await person.focused()).value !== 'zhang xiu ying') throw new Error(`it was taken away: ${(await person.focused()).value}`);
    await method.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', windowsVirtualKeyCode: 229 });
    await method.send('Input.insertText', { text: '张秀英' });
    await until('the characters stand there', async () => (await person.focused()).value === '张秀英');
    if ((await person.focused()).field !== 'applicant_name') throw new Error('the Enter of the input method led on');
    await person.says('.safeness', '已保存在本机');
    await page.keyboard.press('Enter');
    await until('the next Enter leads on', async () => (await person.focused()).field === 'applicant_id_no');
  });
}

/** A PDF that looks like one and is none: one sentence, and taking it away can be taken back. */
async function opensDamaged(person) {
  const { page } = person;
  await tally.step('a damaged PDF is said to be damaged, in one sentence', async () => {
    await page.locator('.steps').getByRole('button', { name: '材料' }).click();
    const place = page.locator('#slot-M-ID');
    const file = path.join(stage.folder, '坏.pdf');
    await writeFile(file, '%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 99 0 R >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n');
    await place.locator('input[type=file]').setInputFiles(file);
    await place.locator('.picture.is-pdf').click();
    await person.says('dialog .notice', '这份 PDF 已损坏');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  });
  await tally.step('what was taken away comes back', async () => {
    const place = page.locator('#slot-M-ID');
    await place.getByLabel('删去 坏.pdf').click();
    await place.locator('.file').waitFor({ state: 'detached' });
    await page.locator('.note-undo').click();
    await place.locator('.file').waitFor();
  });
}

/** Without a network what waits is saved as a file; the same desk refuses to take its own. */
async function carries(person) {
  const { page } = person;
  await person.rail('收发', '收发');
  await page.getByRole('link', { name: '用U盘收发' }).click();
  await page.getByRole('heading', { level: 1, name: '用U盘收发' }).waitFor();
  await person.judgeBoth('sending by stick', 'courier');
  await tally.step('no network: what waits is saved as a file and said in words', async () => {
    const coming = page.waitForEvent('download');
    await page.locator('#courier-save').click();
    const file = path.join(stage.folder, 'courier.daiban');
    await (await coming).saveAs(file);
    await person.says('.notice', '文件已存好');
    if (!(await readFile(file, 'latin1')).startsWith('age-encryption.org/')) throw new Error('it is not encrypted');
    await page.locator('#courier-file').setInputFiles(file);
    await until('its own file is refused in words', async () => !(await person.text('.notice')).includes('文件已存好'));
    await writeFile(file, 'something else');
    await page.locator('#courier-file').setInputFiles(file);
    await person.says('.notice', 'courier.daiban');
  });
  await person.judgeBoth('a file that is none', 'courier-refused');
  // The browser itself notes refusals.
  person.complaints.length = 0;
}

/** Every kind of screen in English, and in high contrast with large letters. */
async function looks(person, id) {
  const { page } = person;
  const screens = { home: '/', items: '/items', guide: `/items/${GAOLING}`, cases: '/cases', case: `/cases/${id}`, form: `/cases/${id}/form`, sending: '/sync', stick: '/courier', settings: '/settings', villager: `/cases/${id}/villager` };
  const all = async (how) => {
    for (const [name, place] of Object.entries(screens)) {
      await person.go(place);
      await page.locator('#main h1').waitFor();
      await person.judge(`${name} ${how}`, ['home', 'case'].includes(name) ? `${name}-${how.split(' ').at(-1).toLowerCase()}` : undefined);
      if (how === 'in English') {
        const chinese = await page.evaluate(() => document.querySelector('.rail ul').innerText + [...document.querySelectorAll('.bar, .screen-back, .chips')].map((one) => one.innerText).join(' '));
        tally.check(`${name}: the window's own words are English`, !/\p{Script=Han}/u.test(chinese), chinese);
      }
    }
  };
  await person.rail('设置', '设置');
  await tally.step('high contrast and large letters', async () => {
    await page.getByLabel('大字').check();
    await page.getByLabel('高对比度').check();
    await until('both', () => page.evaluate(() => document.documentElement.dataset.contrast === 'high' && getComputedStyle(document.documentElement).fontSize === '20px'));
  });
  await all('in high contrast');
  await person.go('/settings');
  await tally.step('English', async () => {
    await page.getByLabel('高对比度').uncheck();
    await page.getByLabel('English').check();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  });
  await all('in English');
}
