// What people who are new to it come across: empty lists, steps that name another case or another village, a second person
// on the same computer.

import path from 'node:path';
import { CLONE, PLACES } from './_stage.mjs';
import { story } from './_story.mjs';

const GAOLING = '130511901000';
const EXAMPLE = path.join(CLONE, 'catalogue/examples/gaoling.json');
const WEST = '131099100202';

await story('newcomer', ['agent', 'clerk'], {}, async ({ stage, tally, enter, leave, desk }) => {
  const comes = async (part) => {
    const person = await enter(part);
    await person.unlock(stage.people[part].password);
    return person;
  };
  await empty(await comes('clerk'));
  const handedIn = async () => desk('agent', 'case', 'new', '--item', GAOLING, '--answers', EXAMPLE, '--submit');
  const [first, second] = [await handedIn(), await handedIn()];
  await desk('agent', 'sync', '--until-idle');
  await names(await comes('clerk'), first, second);
  await joins(await comes('agent'));

  /** Every list says what is missing and what happens next. */
  async function empty(clerk) {
    const { page } = clerk;
    await tally.step('township: nothing to do yet, and where it will come from', () => clerk.says('.empty', '村里送来的新办件会自动出现在这里'));
    await clerk.judgeBoth('an empty queue', 'empty-queue');
    for (const [place, words] of [['/cases', '自动出现在这里'], ['/cases?show=decided', '看看“全部”']]) {
      await tally.step(`township: ${place} says what to do next`, async () => {
        await clerk.go(place);
        await clerk.says('.empty', words);
      });
    }
    await tally.step('township: what is not found is said to be not found', async () => {
      await page.locator('#search-cases').fill('没有这个人');
      await clerk.says('.empty', '换个姓名、编号或首字母试试');
    });
    await clerk.go('/sync');
    await clerk.judgeBoth('nothing sent yet');
    await leave(clerk);
  }

  /** Steps that name another case or another village offer them by name. */
  async function names(clerk, first, second) {
    const { page } = clerk;
    const step = async (id, kind) => {
      await clerk.go(`/cases/${id}`);
      await page.locator('.more-acts summary').click();
      await page.locator(`#act-${kind}`).click();
      await page.locator('#act-other').waitFor();
    };
    const takes = async (words) => {
      await page.locator('#act-other').click();
      await page.locator('#act-other').pressSequentially(words);
      await page.locator('.picker-option').first().waitFor();
      await page.keyboard.press('Enter');
      await page.locator('.picker-option').first().waitFor({ state: 'detached' });
    };
    await clerk.says('.row', second.receipt);
    await clerk.judgeBoth('two cases of one person', 'queue-two');
    await tally.step('township: the same application twice: the other one is found by its number', async () => {
      await step(second.case, 'mark_duplicate');
      await takes(first.receipt.slice(-5));
      await clerk.judge('naming the other case', 'act-duplicate');
      await page.locator('#do-act').click();
      await clerk.says('.timeline', '标记为重复件');
    });
    await tally.step('township: a case is handed over to another village, found by its initials', async () => {
      await step(first.case, 'reassign');
      await takes('sfzxc');
      await clerk.judgeBoth('naming the other village', 'act-reassign');
      await page.locator('#do-act').click();
      await clerk.says('.timeline', '移交');
    });
    await leave(clerk);
  }

  /** A colleague is added in the settings and enters with a password of her own. */
  async function joins(agent) {
    const { page } = agent;
    const { code } = JSON.parse(await stage.ask(PLACES.county, [
      'enrol-code', '--json', '--data', path.join(stage.folder, 'county-server'), '--role', 'village_agent', '--name', '周敏',
      '--unit', WEST, '--unit-name', '示范镇西村便民服务站',
    ]));
    await agent.rail('设置', '设置');
    await page.locator('#add-person').click();
    await page.locator('#code').fill(code);
    for (const place of ['#new-password', '#new-password-again']) await page.locator(place).fill('west-village-2026');
    await agent.judgeBoth('adding a person', 'settings-person');
    await tally.step('a second person is added, and it is said how she enters', async () => {
      await page.locator('#enrol').click();
      await agent.says('.note', '锁定以后，就可以选这个人进入');
      await page.locator('.top-lock').click();
      await page.locator('.person', { hasText: '周敏' }).click();
    });
    await agent.judgeBoth('two people on one computer', 'unlock-two');
    await tally.step('she enters with her own password and sees her own village', async () => {
      await agent.unlock('west-village-2026');
      await agent.says('.top-who', '示范镇西村便民服务站');
    });
  }
});
