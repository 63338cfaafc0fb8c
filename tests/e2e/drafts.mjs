// What becomes of things half done: a draft whose form changed, typing that found no place any more, a case that lacks
// papers, and a desk whose database was damaged.

import { cp, open, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PLACES, CLONE, until } from './_stage.mjs';
import { story } from './_story.mjs';
import { changed } from './_workbook.mjs';

const GAOLING = '130511901000';
const EXAMPLE = path.join(CLONE, 'catalogue/examples/gaoling.json');
/** How large the pages of a desk's database are. */
const PAGE = 4096;

await story('drafts', ['agent', 'colleague', 'clerk'], {}, async ({ stage, tally, enter, leave, desk }) => {
  const begun = async () => (await desk('agent', 'case', 'new', '--item', GAOLING, '--answers', EXAMPLE)).case;
  const [older, shared, twice] = [await begun(), await begun(), await begun()];
  for (const part of ['agent', 'colleague']) await desk(part, 'sync', '--until-idle');

  await renews(await comes('agent'));
  await leftOver(await comes('agent'));
  await takes();
  await lacks(await comes('clerk'));
  await rescues();

  async function comes(part) {
    const person = await enter(part);
    await person.unlock(stage.people[part].password);
    return person;
  }

  /** The county publishes the form with a choice named otherwise, a new question, and one that is gone. */
  async function publishes() {
    const folder = path.join(stage.folder, 'catalogue');
    await cp(PLACES.catalogue, folder, { recursive: true });
    const book = path.join(folder, 'items/gaoling/item.xlsx');
    await writeFile(book, await changed(book, [
      ['choices', 'B34', 'alone', 'lives_alone'],
      ['survey', 'B37', 'self_care', 'care_level'],
      ['survey', 'C37', '自理能力', '照料等级'],
    ]));
    await stage.ask(PLACES.county, [
      'catalogue', 'publish', folder, '--note', '照料等级按新办法填写', '--data', path.join(stage.folder, 'county-server'),
    ]);
  }

  async function renews(agent) {
    const { page } = agent;
    const told = page.locator('.notice', { hasText: '新表格' });
    await agent.go(`/cases/${older}/form`);
    await page.locator('#f-applicant_name').waitFor();
    await tally.step('a newer form is published: the draft says so while it is open', async () => {
      await publishes();
      await told.waitFor();
    });
    await agent.judgeBoth('a draft with a newer form', 'newer');
    await tally.step('what changes is told question by question, in words', async () => {
      await told.getByRole('button', { name: '看看有什么变化' }).click();
      for (const [part, words] of [['问法变了', '居住情况（原来填的：独居）'], ['新增的', '照料等级'], ['不再需要的', '自理能力（原来填的：能自理）']]) {
        await page.locator('dialog section', { hasText: part }).filter({ hasText: words }).waitFor();
      }
    });
    await agent.judgeBoth('old and new form compared', 'compare');
    await tally.step('the draft goes on with the new form, and back, and on again', async () => {
      for (const last of [false, true]) {
        await page.getByRole('button', { name: '换到新表格接着填' }).click();
        await told.waitFor({ state: 'detached' });
        if (last) break;
        await page.locator('.note-undo').click();
        await told.getByRole('button', { name: '看看有什么变化' }).click();
      }
    });
    await tally.step('what carries over is there, the new question waits to be answered', async () => {
      await until('the name', async () => (await page.locator('#f-applicant_name').inputValue()) === '张秀英');
      await page.locator('.steps').getByRole('button', { name: '津贴情况' }).click();
      await page.locator('.question', { hasText: '照料等级' }).waitFor();
      if (await page.locator('.question', { hasText: '居住情况' }).locator('input:checked').count()) throw new Error('it was taken over unseen');
    });
    await leave(agent);
  }

  /** Typing that the program could not save before the colleague handed the same case in. */
  async function leftOver(agent) {
    const { page } = agent;
    await tally.step('somebody types; the computer goes off', async () => {
      await agent.go(`/cases/${shared}/form?step=page_contact`);
      for (const [field, text] of [['contact_name', '李桂芬'], ['contact_phone', '13900000043']]) {
        await page.locator(`#f-${field}`).fill(text);
      }
      await agent.settled();
      await agent.says('.safeness', '已保存在本机');
      await leave(agent, 'SIGKILL');
    });
    await tally.step('a colleague hands the same case in', async () => {
      await desk('colleague', 'case', 'submit', shared);
      await desk('colleague', 'sync', '--until-idle');
    });
    const again = await comes('agent');
    await tally.step('what was typed is shown beside the answers, and can only be dropped now', async () => {
      await again.go(`/cases/${shared}`);
      await again.says('.screen-facts', '待受理');
      await again.says('.unsaved', '李桂芬');
      await again.says('.unsaved', '139****0043');
      if (await again.page.getByRole('button', { name: '填进去' }).count()) throw new Error('it cannot be taken now');
    });
    await again.judgeBoth('typing left over in a case that is away', 'unsaved');
    await tally.step('dropping it can be taken back', async () => {
      const name = again.page.locator('.unsaved li', { hasText: '李桂芬' });
      await name.getByRole('button', { name: '不要了' }).click();
      await name.waitFor({ state: 'detached' });
      await again.page.locator('.note-undo').click();
      await name.waitFor();
    });
    await tally.step('the case comes back for correction: nothing is filled in unasked, and it can be taken now', async () => {
      const payload = path.join(stage.folder, 'correction.json');
      await writeFile(payload, JSON.stringify({ points: [{ field: 'contact_phone', reason: '电话打不通，请核对' }] }));
      await desk('clerk', 'sync', '--until-idle');
      await desk('clerk', 'case', 'act', shared, 'request_correction', '--payload', payload);
      await desk('clerk', 'sync', '--until-idle');
      await again.says('.screen-facts', '待补正');
      const typed = again.page.locator('.unsaved li', { hasText: '13900000043' });
      await typed.getByRole('button', { name: '填进去' }).waitFor();
      await again.says('.paper-line', '13900000012');
      await typed.getByRole('button', { name: '填进去' }).click();
      await typed.waitFor({ state: 'detached' });
      await again.says('.paper-line', '13900000043');
    });
    await tally.step('the village is told what the county found as well', () => again.says('.notice', '处要留意'));
    await again.judgeBoth('what the county found, at the village', 'findings-village');
    await leave(again);
  }

  /** Typing in a field that got two values meanwhile. */
  async function takes() {
    await stage.countyDown();
    for (const [part, phone] of [['agent', '13900000021'], ['colleague', '13900000034']]) await edits(part, twice, { contact_phone: phone });
    const agent = await comes('agent');
    await agent.go(`/cases/${twice}/form?step=page_contact`);
    await agent.page.locator('#f-contact_phone').fill('13900000055');
    await agent.settled();
    await agent.says('.safeness', '已保存在本机');
    await leave(agent, 'SIGKILL');
    await stage.countyUp();
    for (const part of ['colleague', 'agent']) await desk(part, 'sync', '--until-idle');
    const again = await comes('agent');
    await again.go(`/cases/${twice}/form?step=page_contact`);
    await tally.step('typing in a field that has two values now is kept beside them', async () => {
      await again.says('.unsaved', '13900000055');
      await again.says('.question-correction', '两处填写不一致');
    });
    await again.judgeBoth('typing left over that can be taken', 'unsaved-take');
    await tally.step('it is filled in, and settles which of the two holds', async () => {
      await again.page.getByRole('button', { name: '填进去' }).click();
      await again.page.locator('.unsaved').waitFor({ state: 'detached' });
      await until('it stands in the form', async () => (await again.page.locator('#f-contact_phone').inputValue()) === '13900000055');
    });
    await leave(again);
  }

  async function edits(part, id, answers) {
    const file = path.join(stage.folder, `${part}.json`);
    await writeFile(file, JSON.stringify(answers));
    await desk(part, 'case', 'edit', id, '--answers', file);
  }

  async function lacks(clerk) {
    await tally.step('the township is told what the case lacks', async () => {
      await clerk.go('/cases');
      await clerk.says('.row', '待补正');
      await clerk.go(`/cases/${shared}`);
      await clerk.says('.notice', '处要留意');
      await clerk.says('.notice', '居民身份证');
    });
    await clerk.judgeBoth('what the county found, at the township', 'findings-township');
    await leave(clerk);
  }

  /** Some pages of the database go bad, as on an old disk. */
  async function rescues() {
    const before = (await desk('agent', 'case', 'list')).cases.length;
    const file = await open(path.join(stage.desk('agent'), 'desk.db'), 'r+');
    const pages = Math.floor((await stat(path.join(stage.desk('agent'), 'desk.db'))).size / PAGE);
    for (const part of [0.3, 0.5, 0.7]) await file.write(Buffer.alloc(200, 7), 0, 200, Math.floor(pages * part) * PAGE + 1000);
    await file.close();
    const agent = await enter('agent');
    const { page } = agent;
    const { password } = stage.people.agent;
    await tally.step('a damaged database is said to be damaged, with one thing to do', async () => {
      await page.locator('#password').fill(password);
      await page.keyboard.press('Enter');
      await agent.says('#unlock-problem', '有损坏');
      await page.locator('#rescue').waitFor();
      agent.complaints.length = 0;
    });
    await agent.judgeBoth('a damaged database', 'damaged');
    await tally.step('what can be had is rescued, and said, by keyboard; a wrong password is asked for again', async () => {
      for (const given of ['not-this-one', password]) {
        await page.locator('#password').fill(given);
        await page.keyboard.press('Enter');
        await agent.says('#unlock-problem', given === password ? '已抢救出' : '密码不对');
      }
      agent.complaints.length = 0;
      await agent.says('#unlock-problem', '已抢救出');
    });
    await agent.judgeBoth('what was rescued', 'rescued');
    await tally.step('work goes on where it was', async () => {
      await until('the way in has the keyboard', async () => (await agent.focused()).id === 'unlock');
      await page.keyboard.press('Enter');
      await page.locator('#main h1').waitFor();
      await agent.go('/cases');
      await until('every case', async () => (await page.locator('.row').count()) === before);
    });
  }
});
