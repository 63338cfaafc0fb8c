// What others can read: a case taken out of a desk opens in the Automerge library of the browser world, with every answer
// and its history.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as Automerge from '@automerge/automerge';
import { CLONE, PLACES, Stage, Tally } from './_stage.mjs';

const GAOLING = '130511901000';

const tally = new Tally();
let stage;

try {
  stage = await tally.step('a county and a desk', () => Stage.make(['agent']));
  const answers = path.join(CLONE, 'catalogue/examples/gaoling.json');
  const { case: id } = await desk('case', 'new', '--item', GAOLING, '--answers', answers);
  const file = path.join(stage.folder, 'case.automerge');
  await desk('case', 'export', id, '--automerge', file);
  const record = await tally.step('a case taken out opens in JavaScript', async () =>
    Automerge.load(await readFile(file)));
  const wrong = Object.entries(JSON.parse(await readFile(answers, 'utf8')))
    .filter(([question, answer]) => `${record.answers[question]}` !== `${answer}`);
  tally.check('every answer is in it as it was given', wrong.length === 0, JSON.stringify(wrong));
  const changes = Automerge.getHistory(record).map((entry) => entry.change);
  tally.check('and who wrote what when', changes.length > 1 && changes.slice(1).every((one) => one.time > 0));
} catch (failure) {
  if (tally.failed === 0) {
    tally.failed += 1;
    console.log(failure.stack ?? failure);
  }
} finally {
  await stage?.close();
  tally.tell();
}

async function desk(...words) {
  return JSON.parse(await stage.ask(PLACES.desk, [...words, '--json', '--data', stage.desk('agent')], {
    DAIBAN_PASSWORD: stage.people.agent.password,
  }));
}
