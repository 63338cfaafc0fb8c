// Without any network, in the window: a computer is enrolled by two files, and a case travels to the county and its answer
// back as files on a stick, by way of the township.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CLONE, PLACES, Stage } from './_stage.mjs';
import { story } from './_story.mjs';

const GAOLING = '130511901000';
const EXAMPLE = path.join(CLONE, 'catalogue/examples/gaoling.json');
const PASSWORD = 'west-village-2026';

await story('stick', ['agent', 'clerk'], {}, async ({ stage, tally, enter, leave, desk }) => {
  const county = path.join(stage.folder, 'county-server');
  const inFolder = (name) => path.join(stage.folder, name);

  await enrols();
  await stage.countyDown();
  const { case: id } = await desk('agent', 'case', 'new', '--item', GAOLING, '--answers', EXAMPLE, '--submit');
  const agent = await comes('agent');
  const sent = await savesFile(agent, '村里带出.daiban');
  // The village's computer is off while the county can be reached.
  await leave(agent);
  const clerk = await comes('clerk');
  await carries(clerk, sent);
  const back = await tally.step('the township has a network again: the file goes on by itself, the answer lies there', async () => {
    await stage.countyUp();
    await clerk.says('.courier-carried', '县平台送给示范镇东村便民服务站的');
    return saved(clerk, () => clerk.page.getByRole('button', { name: '存到U盘' }).click(), '县里带回.daiban');
  });
  await clerk.judge('an answer to carry home');
  await stage.countyDown();
  await comesBack(await comes('agent'), id, back);

  async function comes(part) {
    const person = await enter(part);
    await person.unlock(stage.people[part].password);
    return person;
  }

  async function toCourier(person) {
    await person.rail('收发', '收发');
    await person.page.getByRole('link', { name: '用U盘收发' }).click();
    await person.page.getByRole('heading', { level: 1, name: '用U盘收发' }).waitFor();
  }

  /** Lays what a press brings as a download into our folder; its path. */
  async function saved(person, press, name) {
    const coming = person.page.waitForEvent('download');
    await press();
    const file = inFolder(name);
    await (await coming).saveAs(file);
    return file;
  }

  /** A fresh computer in another village, that never saw a network. */
  async function enrols() {
    const { code } = JSON.parse(await stage.ask(PLACES.county, [
      'enrol-code', '--json', '--data', county, '--role', 'village_agent', '--name', '周敏',
      '--unit', '131099100202', '--unit-name', '示范镇西村便民服务站',
    ]));
    const fresh = await enter('fresh');
    const { page } = fresh;
    let request;
    await tally.step('fresh: the way without a network is found by keyboard; the request is saved', async () => {
      await page.locator('#code').fill(code);
      await fresh.tabTo('没有网络？用文件登记');
      await page.keyboard.press('Enter');
      await fresh.judgeBoth('enrolling without a network', 'enrol-files');
      request = await saved(fresh, () => page.locator('#enrol-request').click(), '登记请求.daiban');
      await fresh.says('.notice', '请求文件已存好');
    });
    await fresh.judgeBoth('the request is saved', 'enrol-request');
    const reply = inFolder('登记回复.daiban');
    await stage.ask(PLACES.county, ['enrol-answer', request, '-o', reply, '--data', county]);
    await tally.step('fresh: a file that is no answer is refused in words', async () => {
      for (const place of ['#new-password', '#new-password-again']) await page.locator(place).fill(PASSWORD);
      await page.locator('#enrol-reply-file').setInputFiles(request);
      await fresh.says('.notice', '这个文件不是县里的登记回复');
      fresh.complaints.length = 0;
    });
    await fresh.judgeBoth('a refused answer', 'enrol-refused');
    await tally.step('fresh: the answer opens the desk, with the catalogue', async () => {
      await page.locator('#enrol-reply-file').setInputFiles(reply);
      await page.getByRole('heading', { level: 1, name: '周敏，您好' }).waitFor();
      await page.locator('.tile').first().waitFor();
    });
    await fresh.judgeBoth('the first screen of a computer that never saw a network', 'enrolled');
    await leave(fresh);
  }

  async function savesFile(person, name) {
    await toCourier(person);
    await person.says('.card', '1 件');
    const file = await tally.step(`${person.name}: what waits is saved as a file`, async () => {
      const there = await saved(person, () => person.page.locator('#courier-save').click(), name);
      await person.says('.notice', '文件已存好');
      return there;
    });
    await person.judgeBoth('a file was saved', 'courier-saved');
    return file;
  }

  async function carries(person, file) {
    const { page } = person;
    await toCourier(person);
    await tally.step('township: a file dropped beside the place is not opened over the window', async () => {
      if (!(await person.drop('h1', [file]))) throw new Error('the browser would have opened it');
      if (await page.locator('.notice').count()) throw new Error('it was taken');
    });
    await tally.step('township: dropped on its place it is taken along for the county', async () => {
      await person.drop('.file-place', [file]);
      await person.says('.notice', '这个文件是给别人的，已替他们收好');
      await person.says('.courier-carried', '送到县平台的');
    });
    await person.judgeBoth('a carried file', 'courier-carried');
  }

  /** The county's answer, after a file that is cut and one of another county; each is told of. */
  async function comesBack(person, id, back) {
    const { page } = person;
    const cut = inFolder('没拷完.daiban');
    const whole = await readFile(back);
    await writeFile(cut, whole.subarray(0, whole.length / 2));
    const stranger = await strangersFile();

    await toCourier(person);
    let go;
    const held = new Promise((open) => { go = open; });
    await page.route('**/put/courier_import', async (route) => {
      await held;
      await route.continue();
    });
    await tally.step('village: three files at once; which one is being taken in is said', async () => {
      await page.locator('#courier-file').setInputFiles([cut, stranger, back]);
      await person.says('.notice', '正在收进第 1 个，共 3 个：没拷完.daiban');
    });
    await person.picture('courier-coming', true);
    await tally.step('village: two are refused in words, the third brings the answer', async () => {
      go();
      await person.says('.notice', '收发文件损坏或不完整');
      await person.says('.notice', '另一个县');
      await person.says('.notice', '县里的回执到了：1 件已送到县平台');
      person.complaints.length = 0;
    });
    await person.judgeBoth('what became of three files', 'courier-taken');
    await tally.step('village: the case is at the county, with its number, and no network was there', async () => {
      await person.go(`/cases/${id}`);
      await person.says('.screen-facts', '县平台已收到');
    });
    await tally.step('village: the same file once more does no harm', async () => {
      await toCourier(person);
      await person.drop('.file-place', [back]);
      await person.says('.notice', '早已收到，没有重复');
    });
    await person.judge('nothing twice');
  }

  /** A file for the same kind of desk, made in a county that has nothing to do with ours. */
  async function strangersFile() {
    const elsewhere = await tally.step('another county and a desk of it', () => Stage.make(['agent']));
    try {
      const file = inFolder('别的县.daiban');
      await elsewhere.ask(PLACES.desk, ['sync', '--until-idle', '--data', elsewhere.desk('agent')], { DAIBAN_PASSWORD: elsewhere.people.agent.password });
      await elsewhere.ask(PLACES.desk, ['pack', 'export', '-o', file, '--data', elsewhere.desk('agent')], { DAIBAN_PASSWORD: elsewhere.people.agent.password });
      return file;
    } finally {
      await elsewhere.close();
    }
  }
});
