// The real window with a real input method (fcitx5 and its pinyin), worked by keys that go through the X server.
// Not part of `cargo xtask test`, for it needs more packages: fcitx5 fcitx5-pinyin fcitx5-frontend-gtk3 xdotool. Run:
// GTK_IM_MODULE=fcitx XMODIFIERS=@im=fcitx xvfb-run -a -s '-screen 0 1366x768x24' dbus-run-session -- node tests/e2e/_input_method.mjs

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Stage, Tally, freePort, until } from './_stage.mjs';
import { Window } from './_driver.mjs';

const run = promisify(execFile);
const GROUP = '[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n\n[Groups/0/Items/0]\nName=keyboard-us\n\n[Groups/0/Items/1]\nName=pinyin\n\n[GroupOrder]\n0=Default\n';

const tally = new Tally();
let stage;
let window;
try {
  stage = await tally.step('a county and an enrolled desk', () => Stage.make(['agent']));
  const settings = path.join(stage.folder, 'settings');
  await mkdir(path.join(settings, 'fcitx5'), { recursive: true });
  await writeFile(path.join(settings, 'fcitx5/profile'), GROUP);
  stage.start('fcitx5', [], { XDG_CONFIG_HOME: settings });
  window = await Window.open(stage, 'agent', await freePort());
  await window.says('h1', '请输入密码');
  await focusWindow();
  await method('-c');
  await keys(stage.people.agent.password);
  await press('Return');
  await window.says('h1', '您好');
  await method('-o');
  await tally.step('an item is found by choosing characters', async () => {
    await window.press('事项');
    await window.click('#search-items');
    await keys('gaoling');
    await press('space');
    await until('the characters stand there', async () => (await focused()).value === '高龄');
    await press('Return');
    await window.press('开始办理');
    await until('the first question has the keyboard', async () => (await focused()).field === 'applicant_name');
  });
  await tally.step('the Enter that ends a composition stays in the field, the next one leads on', async () => {
    await keys('zhang');
    await press('Return');
    await until('the letters stand there', async () => (await focused()).value === 'zhang');
    if ((await focused()).field !== 'applicant_name') throw new Error('it led on');
    await press('ctrl+a');
    await keys('zhangxiuying');
    await window.says('.safeness', '已保存在本机');
    await press('1');
    await until('characters stand there', async () => /^\p{Script=Han}{2,}$/u.test((await focused()).value));
    await window.says('.safeness', '已保存在本机');
    await press('Return');
    await until('the next question', async () => (await focused()).field === 'applicant_id_no');
  });
} catch (failure) {
  if (tally.failed === 0) {
    tally.failed += 1;
    console.log(failure.stack ?? failure);
  }
} finally {
  await window?.close();
  await stage?.close();
  tally.tell();
}

/** Without a window manager nobody gives the window the keyboard. */
async function focusWindow() {
  await until('the window can be given the keyboard', async () => {
    const { stdout } = await run('xdotool', ['search', '--onlyvisible', '--name', '.']).catch(() => ({ stdout: '' }));
    const id = stdout.trim().split('\n').at(-1);
    return id && run('xdotool', ['windowfocus', '--sync', id]).then(() => true, () => false);
  });
  await window.click('#password');
}

/** Switches the input method on (-o) or off (-c), and waits until it is. */
function method(way) {
  return until(`the input method takes ${way}`, async () => {
    await run('fcitx5-remote', [way]).catch(() => {});
    const { stdout } = await run('fcitx5-remote').catch(() => ({ stdout: '' }));
    return stdout.trim() === (way === '-o' ? '2' : '1');
  });
}

function keys(text) {
  return run('xdotool', ['type', '--delay', '60', text]);
}

function press(key) {
  return run('xdotool', ['key', key]);
}

function focused() {
  return window.look(() => ({ value: document.activeElement.value ?? '', field: document.activeElement.dataset.field ?? '' }));
}
