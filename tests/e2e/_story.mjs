// How every story in browser mode begins and ends: a county, desks, a browser; and what was seen last when it fails.

import path from 'node:path';
import { PLACES, Stage, Tally } from './_stage.mjs';
import { Person, openBrowser } from './_page.mjs';

/** Tells a story. `cast`: the people, as `Stage.make` takes them. `work` is given the stage, the tally, the browser, `enter`
 * (a person's page on their desk), `leave` (page and desk end) and `desk` (a command of their desk, its answer). */
export async function story(name, cast, villages, work) {
  const tally = new Tally();
  const people = [];
  let browser;
  let stage;
  try {
    browser = await openBrowser();
    stage = await tally.step(`a county, its catalogue and the desks of ${cast.join(', ')}`, () => Stage.make(cast, villages));
    const enter = async (part) => {
      const { child, entrance } = await stage.serve(part);
      const person = await Person.enter(browser, entrance, tally, part);
      person.child = child;
      people.push(person);
      return person;
    };
    const leave = async (person, how = 'SIGTERM') => {
      heard(tally, person);
      people.splice(people.indexOf(person), 1);
      await person.page.context().close();
      if (how === 'SIGKILL') process.kill(-person.child.pid, how);
      await stage.end(person.child);
    };
    const desk = async (part, ...words) => JSON.parse(await stage.ask(PLACES.desk, [...words, '--json', '--data', stage.desk(part)], {
      DAIBAN_PASSWORD: stage.people[part].password,
    }));
    await work({ stage, tally, browser, enter, leave, desk });
    for (const person of people) heard(tally, person);
  } catch (failure) {
    if (tally.failed === 0) {
      tally.failed += 1;
      console.log(failure.stack ?? failure);
    }
    for (const person of people) {
      const file = path.join('/tmp', `daiban-e2e-${name}-${person.name}.png`);
      await person.page.screenshot({ path: file }).catch(() => {});
      console.log(`last seen by ${person.name}: ${file} ${person.page.url().replace(/.*#/, '#')}${person.complaints.map((one) => `\n  ${one}`).join('')}`);
    }
  } finally {
    await browser?.close();
    await stage?.close();
    tally.tell();
  }
}

function heard(tally, person) {
  tally.check(`${person.name}: the page never complained`, person.complaints.length === 0, person.complaints.join('\n'));
}
