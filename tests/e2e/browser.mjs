// Browser mode, all three roles: a case goes from a village without network to the county's decision and back.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CLONE, until } from './_stage.mjs';
import { story } from './_story.mjs';
import { certificate, photograph } from './_papers.mjs';

const GAOLING = '130511901000';
const WRONG_ID = '131099194003150022';
/** A second village that the agent's point serves. */
const WEST = '131099100202';

const answers = JSON.parse(await readFile(path.join(CLONE, 'catalogue/examples/gaoling.json'), 'utf8'));
let tally;
let stage;
let enter;

await story('browser', ['agent', 'clerk', 'county'], { agent: [WEST] }, async (told) => {
  ({ tally, stage, enter } = told);
  const photo = await photograph(told.browser, stage.folder);
  const pdf = await certificate(told.browser, stage.folder);
  await tally.step('the county goes away', () => stage.countyDown());

  const agent = await enter('agent');
  const number = await inTheVillage(agent, photo, pdf);
  await comesUp(agent);
  const clerk = await enter('clerk');
  await asksForCorrection(clerk, number);
  await corrects(agent);
  await acceptsAndForwards(clerk);
  const county = await enter('county');
  await approves(county, number);
  await tally.step('village: sees the outcome', () => agent.says('.screen-facts', '准予'));
  await agent.judge('a decided case', 'case-approved');
  await publishes(county, agent);
  await begins();
  await looks(agent);
});

async function inTheVillage(agent, photo, pdf) {
  const { page } = agent;
  const { keyboard } = page;
  await page.locator('#password').waitFor();
  await agent.judge('unlocking', 'unlock');
  await tally.step('village: a wrong password is said in words', async () => {
    await page.locator('#password').fill('not-the-password');
    await keyboard.press('Enter');
    await agent.says('#unlock-problem', '密码');
    // The browser itself notes the refusal.
    agent.complaints.length = 0;
  });
  await tally.step('village: unlocks without a network', () => agent.unlock(stage.people.agent.password));
  await page.locator('.tile').first().waitFor();
  await agent.judge('the first screen', 'home-agent');

  await tally.step('village, keys only: finds the item by its initials', async () => {
    await keyboard.press('/');
    await until('the search has the keyboard', async () => (await agent.focused()).id === 'search-items');
    await keyboard.type('glbt');
    await keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: '找事项' }).waitFor();
    await agent.says('.tile.is-marked', '高龄老人生活补贴');
    await until('only what was asked for', async () => (await page.locator('.tile').count()) === 1);
  });
  await agent.judge('finding an item', 'items');
  for (const words of ['高龄', 'gaoling', GAOLING]) {
    await tally.step(`village, keys only: finds it by ${words}`, async () => {
      await page.locator('#search-items').focus();
      await keyboard.press('Control+A');
      await keyboard.type(words);
      await until('the answer', async () => (await page.locator('.tile').count()) === 1);
      await agent.says('.tile.is-marked', '高龄老人生活补贴');
    });
  }
  await tally.step('village, keys only: reads the guide and starts the case', async () => {
    await keyboard.press('Enter');
    await page.locator('#begin').waitFor();
    await agent.judge('the guide', 'guide');
    await agent.tabTo('开始办理');
    await keyboard.press('Enter');
    await page.locator('dialog .villages').waitFor();
    await agent.judge('asking for the village', 'village');
    await agent.tabTo('东村');
    await keyboard.press('Enter');
    await page.locator('#f-applicant_name').waitFor();
    await until('the first question has the keyboard', async () => (await agent.focused()).field === 'applicant_name');
  });
  await tally.step('village, keys only: a wrong check digit is explained, the right number fills birth date and sex', async () => {
    await keyboard.type(answers.applicant_name);
    await keyboard.press('Enter');
    await keyboard.type(WRONG_ID);
    await keyboard.press('Enter');
    await agent.says('#f-applicant_id_no-finding', '最后一位应是 1');
    await until('a wrong number gives no birth date', async () => !(await agent.text('.form-page')).includes('1940'));
    await agent.judge('a finding', 'form-finding');
    await keyboard.press('Shift+Tab');
    await until('back on the number', async () => (await agent.focused()).field === 'applicant_id_no');
    await keyboard.press('Control+A');
    await keyboard.type(answers.applicant_id_no);
    await agent.says('.is-computed', '1940');
    await page.locator('.is-computed').filter({ hasText: '性别' }).filter({ hasText: '女' }).waitFor();
    await until('the finding is gone', async () => (await agent.text('#f-applicant_id_no-finding')).trim() === '');
  });
  await fillByKeys(agent);
  await tally.step('village: what was typed is said to be safe', () => agent.says('.safeness', '已保存在本机'));
  await agent.judge('the papers');
  await tally.step('village: attaches a photograph', async () => {
    const place = page.locator('#slot-M-ID');
    await place.locator('input[type=file]').setInputFiles(photo);
    await place.locator('.file img').waitFor();
    await place.getByLabel('已核对原件').click();
    await until('the tick stays', () => place.getByLabel('已核对原件').isChecked());
  });
  await tally.step('village: attaches a PDF and reads it in place, by keyboard', async () => {
    const place = page.locator('#slot-M-ID');
    await place.locator('input[type=file]').setInputFiles(pdf);
    await readsPdf(agent, place);
  });
  await agent.judge('the papers with a photograph', 'materials');
  await page.locator('#next').click();
  await tally.step('village: the applicant signs', async () => {
    const pad = page.locator('canvas.signature-pad');
    await pad.waitFor();
    const place = await pad.boundingBox();
    const at = (x, y) => [place.x + place.width * x, place.y + place.height * y];
    for (const stroke of [[[0.2, 0.3], [0.3, 0.7], [0.35, 0.3]], [[0.45, 0.5], [0.55, 0.35], [0.6, 0.65], [0.75, 0.4]]]) {
      await page.mouse.move(...at(...stroke[0]));
      await page.mouse.down();
      for (const point of stroke.slice(1)) await page.mouse.move(...at(...point), { steps: 12 });
      await page.mouse.up();
    }
    await agent.judge('signing', 'signature');
    await page.getByRole('button', { name: '签好了' }).click();
    await page.locator('.signature.is-there img').waitFor();
  });
  await page.locator('#next').click();
  await tally.step('village: checks', () => page.locator('#submit').waitFor());
  await agent.judge('the last look', 'check');
  return tally.step('village: submits and sees the receipt number', async () => {
    await page.locator('#submit').click();
    await page.locator('#receipt-number').waitFor();
    const number = await agent.text('#receipt-number');
    if (!/^131099100201-/.test(number)) throw new Error(`a strange number: ${number}`);
    await agent.says('.notice', '已保存在本机');
    await agent.judge('the receipt', 'receipt');
    await page.getByRole('button', { name: '给申请人看' }).click();
    await page.locator('.villager-line').first().waitFor();
    await agent.judge('what the villager is shown', 'villager');
    await page.getByRole('button', { name: '返回办件' }).click();
    await page.locator('.timeline').waitFor();
    return number;
  });
}

/** Opens the PDF of a place, turns its pages and makes it larger; what is drawn is looked at dot by dot. */
async function readsPdf(person, place) {
  const { page } = person;
  const ink = () => page.evaluate(() => {
    const canvas = document.querySelector('.pdf-page');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 0 && data[at] < 96) dark += 1;
    return { dark, width: canvas.clientWidth };
  });
  await place.locator('.picture.is-pdf').click();
  await person.says('.pdf-place', '第 1 页，共 2 页');
  const first = await until('the first page is drawn', async () => {
    const now = await ink();
    return now.dark > 1_000 && now;
  });
  await person.judge('a PDF in place', 'pdf');
  await page.keyboard.press('PageDown');
  await person.says('.pdf-place', '第 2 页，共 2 页');
  await until('the second page is another', async () => {
    const { dark } = await ink();
    return dark > 100 && dark < first.dark;
  });
  await page.keyboard.press('+');
  await until('it is larger', async () => (await ink()).width > first.width * 1.3);
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
}

/** The long list of villages is narrowed by initials, pinyin and characters; what was picked stays when it is left. */
async function looksThroughVillages(agent) {
  const { keyboard } = agent.page;
  const offered = () => agent.page.locator('.picker-option').allInnerTexts();
  for (const words of ['hszc', 'huaishu', '槐树']) {
    await keyboard.press('Control+A');
    await keyboard.type(words);
    await until(`${words} finds one village`, async () => (await offered()).join() === '示范镇槐树庄村', 5_000);
  }
  await agent.judge('a long list', 'village-list');
  await keyboard.press('Escape');
  await until('the village is as before', async () => (await agent.focused()).value.includes('东村'));
}

/** Goes through all pages of the form with typing, arrows, Space and Enter, answering what is asked. */
async function fillByKeys(agent) {
  const { page } = agent;
  await tally.step('village, keys only: fills the form to its end', async () => {
    let step = '';
    let pages = 0;
    for (let count = 0; count < 80; count += 1) {
      if (await page.locator('#slot-M-ID').count()) return;
      const focused = await agent.focused();
      if (focused.field === null) throw new Error(`the keyboard is lost on ${focused.id} ${focused.words}`);
      const title = await agent.text('#page-title');
      if (title !== step) {
        step = title;
        pages += 1;
        await agent.judge(`the form, ${title}`, pages === 4 ? 'form' : undefined);
      }
      const wanted = answers[focused.field];
      if (focused.field === 'hukou_region') {
        if (focused.picked !== wanted) throw new Error(`the village is not filled in: ${JSON.stringify(focused)}`);
        await looksThroughVillages(agent);
      }
      if (wanted !== undefined) await agent.answerByKeys(focused, wanted);
      await page.keyboard.press('Enter');
      await until(`Enter leads on from ${focused.field}`, async () => {
        const now = await agent.focused();
        return (now.field !== null && now.field !== focused.field) || (await page.locator('#slot-M-ID').count()) > 0;
      }, 5_000);
    }
    throw new Error('the form has no end');
  });
}

async function comesUp(agent) {
  await tally.step('village: the timeline says waiting while the county is away', async () => {
    await agent.says('.screen-facts', '待发送');
    await agent.says('.timeline-entry', '已保存在本机，待发送');
    if (await agent.page.locator('#main', { hasText: '县平台已收到' }).count()) throw new Error('it claims to have arrived');
  });
  await agent.judge('a case that waits', 'case-waiting');
  await agent.rail('收发', '收发');
  await agent.judge('sending, offline', 'sync-offline');
  await tally.step('village: holds the pictures back, whatever the line', async () => {
    await agent.page.getByLabel('一直先不发送').check();
    await agent.says('.notice', '先留在本机');
    await agent.says('.lanes li', '先不送');
  });
  await tally.step('the county comes up: the words go by themselves, the pictures wait and the panel says why', async () => {
    await stage.countyUp();
    await until('the words are through', async () => !(await agent.text('.lanes')).includes('填写内容'));
    await agent.says('.pill', '图片先不发送');
  });
  await agent.judgeBoth('pictures held back', 'sync-held');
  await tally.step('village: sends them now all the same', async () => {
    await agent.page.locator('#pictures-now').click();
    await agent.page.locator('#pictures-now').waitFor({ state: 'detached' });
    await agent.says('.pill', '没有待发送');
    await agent.page.getByLabel('网络按流量计费时').check();
  });
  await agent.page.goBack();
  await tally.step('the case is at the county', async () => {
    await agent.says('.screen-facts', '县平台已收到');
    await agent.says('.timeline-entry.tone-good', '县平台已收到');
    await agent.says('.screen-facts', '待受理');
    await agent.says('.pill', '没有待发送');
  });
  await agent.judge('a case at the county');
}

async function asksForCorrection(clerk, number) {
  const { page } = clerk;
  await clerk.unlock(stage.people.clerk.password);
  await tally.step('township: sees the case in the queue', () => clerk.says('.row', number));
  await clerk.judge('the queue', 'home-clerk');
  await tally.step('township: opens it and views the photograph in place', async () => {
    await page.locator('.row-link', { hasText: number }).click();
    await page.locator('.case-slot').first().waitFor();
    await page.locator('.case-slot img').first().waitFor();
    await clerk.judge('a case at the township', 'case-clerk');
    await page.locator('.case-slot', { hasText: '居民身份证' }).getByLabel('身份证.jpg').click();
    await page.locator('dialog img.picture-large').waitFor();
    await clerk.judge('a photograph in place', 'picture');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  });
  await tally.step('township: reads the PDF in place', () => readsPdf(clerk, page.locator('.case-slot', { hasText: '居民身份证' })));
  await tally.step('township: a covered number is shown only for a reason', async () => {
    const line = page.locator('.paper-line', { hasText: '身份证号码' }).first();
    if ((await line.innerText()).includes(answers.applicant_id_no)) throw new Error('it was not covered');
    await line.getByRole('button', { name: '查看' }).click();
    await page.locator('#reveal-reason').waitFor();
    await clerk.judge('asking for a reason', 'reveal');
    await until('the reason has the keyboard', async () => (await clerk.focused()).id === 'reveal-reason');
    await page.keyboard.type('核对身份证');
    await page.keyboard.press('Enter');
    await line.filter({ hasText: answers.applicant_id_no.slice(-4) }).filter({ hasText: '19400315' }).waitFor();
  });
  await tally.step('township: asks for a correction, naming the field', async () => {
    await page.locator('#act-request_correction').click();
    const line = page.locator('.paper-line', { hasText: '联系人电话' });
    await line.getByLabel('要补正').check();
    await page.locator('#why-contact_phone').fill('电话打不通，请核对');
    await clerk.judge('writing the notice', 'notice');
    await page.locator('#send-notice').click();
    await clerk.says('.screen-facts', '待补正');
  });
}

async function corrects(agent) {
  const { page } = agent;
  await tally.step('village: learns of the correction', () => agent.says('.screen-facts', '待补正'));
  await agent.judge('a case to correct', 'case-correction');
  await agent.rail('首页', '您好');
  await agent.says('.home-list.is-signal', '张');
  await agent.judge('the first screen with something to do', 'home-came-back');
  await page.locator('.home-list.is-signal .row-link').first().click();
  await tally.step('village: opens on the exact field', async () => {
    await page.locator('#write').click();
    await until('the field has the keyboard', async () => (await agent.focused()).field === 'contact_phone');
    await agent.says('.question-correction', '电话打不通，请核对');
  });
  await agent.judge('correcting', 'form-correction');
  await tally.step('village: corrects and hands in again', async () => {
    await page.keyboard.press('Control+A');
    await page.keyboard.type('13900000013');
    await page.locator('.steps').getByRole('button', { name: '核对提交' }).click();
    await page.getByRole('button', { name: '提交补正' }).click();
    await page.locator('#receipt-number').waitFor();
    await page.getByRole('button', { name: '查看办件' }).click();
    await agent.says('.screen-facts', '已补正');
    await agent.says('.screen-facts', '县平台已收到');
  });
}

async function acceptsAndForwards(clerk) {
  const { page } = clerk;
  for (const [kind, before, after] of [['accept', '已补正', '已受理'], ['forward', '已受理', '已转报']]) {
    await tally.step(`township: ${kind}`, async () => {
      await clerk.says('.screen-facts', before);
      await page.locator(`#act-${kind}`).click();
      await page.locator('#do-act').waitFor();
      if (kind === 'accept') {
        await clerk.says('.paper-line', '*');
        await clerk.judge('accepting', 'act');
      }
      await page.locator('#do-act').click();
      await clerk.says('.screen-facts', after);
      await clerk.says('.screen-facts', '县平台已收到');
    });
  }
  await clerk.judge('a forwarded case');
}

async function approves(county, number) {
  const { page } = county;
  await county.unlock(stage.people.county.password);
  await tally.step('county: sees the case', () => county.says('.row', number));
  await county.judge('the queue');
  await tally.step('county: approves', async () => {
    await page.locator('.row-link', { hasText: number }).click();
    await page.locator('#act-approve').click();
    await page.locator('#act-reason').fill('符合条件，同意发放');
    await county.judge('approving', 'approve');
    await page.locator('#do-act').click();
    await county.says('.screen-facts', '准予');
  });
  await county.judge('an approved case');
}

/** The county publishes a workbook; every desk takes the new release by itself. */
async function publishes(county, agent) {
  const { page } = county;
  await county.rail('目录', '事项目录');
  await county.judge('the catalogue');
  await agent.rail('设置', '设置');
  const before = await agent.text('.facts');
  await tally.step('county: a workbook is checked and published', async () => {
    await page.locator('input[type=file]').setInputFiles(path.join(CLONE, 'catalogue/items/gaoling/item.xlsx'));
    await page.locator('#note').waitFor();
    await page.locator('#note').fill('高龄津贴办事指南更新');
    await county.judge('a checked workbook', 'catalogue-checked');
    await page.locator('#publish').click();
    await county.says('.card', '高龄津贴办事指南更新');
  });
  await county.judge('a published release', 'catalogue-published');
  await tally.step('village: takes the new release by itself', () => until('another release', async () => (await agent.text('.facts')) !== before));
}

/** A computer that belongs to nobody yet. */
async function begins() {
  const fresh = await enter('fresh');
  await fresh.page.locator('#code').waitFor();
  await fresh.judge('enrolling', 'enrol');
  await tally.step('fresh: a code that is none is refused in words', async () => {
    await fresh.page.locator('#code').fill('not-a-code');
    await fresh.page.locator('#new-password').fill('village-2026');
    await fresh.page.locator('#new-password-again').fill('village-2026');
    await fresh.page.locator('#enrol').click();
    await fresh.page.locator('.notice').waitFor();
    fresh.complaints.length = 0;
  });
  await fresh.judge('a refused code');
}

/** The remaining screens, and three of them at 150 %. */
async function looks(agent) {
  await agent.rail('办件', '办件');
  await agent.says('.row', '准予');
  await agent.judge('the list', 'cases');
  await agent.rail('收发', '收发');
  await agent.judge('sending, online', 'sync');
  await agent.rail('设置', '设置');
  await agent.judge('the settings', 'settings');
  await tally.step('village: 150 %', async () => {
    await agent.page.getByLabel('150%').check();
    await until('larger letters', () => agent.page.evaluate(() => getComputedStyle(document.documentElement).fontSize === '24px'));
  });
  await agent.rail('首页', '您好');
  await agent.judge('the first screen at 150 %', 'home-agent-150');
  await agent.page.locator('.tile-link', { hasText: '高龄老人生活补贴' }).click();
  await agent.page.locator('#begin').click();
  await agent.page.locator('dialog').getByRole('button', { name: '西村' }).click();
  await agent.page.locator('#f-applicant_name').waitFor();
  await agent.judge('the form at 150 %', 'form-150');
  await agent.rail('办件', '办件');
  await agent.page.locator('.row-link', { hasText: '准予' }).click();
  await agent.page.locator('.timeline').waitFor();
  await agent.judge('a case at 150 %', 'case-150');
}
