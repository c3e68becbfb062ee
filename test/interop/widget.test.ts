// The widget in Chromium: on pages of another origin under a strict policy, against the real edge with its sandbox.

import { describe, expect, test } from 'vitest';
import { buildWidget } from '../../scripts/build-widget.ts';
import type { EdgeRequest } from './lab/forms.ts';
import {
  answer,
  asked,
  eventNames,
  events,
  expectErrors,
  field,
  formPage,
  isInvalid,
  lab,
  open,
  openBrowser,
  page,
  send,
  settled,
  state,
  status,
  submitted,
  useWidgetPages,
  verifies,
} from './lab/widget-page.ts';

useWidgetPages();

describe('a plain form', () => {
  test('is checked when the field is left, and sends the token of the answer', async () => {
    await open(formPage());
    await answer('ada@good.test');
    await settled('deliverable');
    expect(await status().textContent()).toBe('');
    await send().click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
    expect(lab.submissions[0]?.get('vrfy_token')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(lab.submissions[0]?.getAll('vrfy_token')).toHaveLength(1);
  });

  test('is asked about without a preflight, and without an address in a URL', async () => {
    await open(formPage());
    await answer('ada@good.test');
    await settled('deliverable');
    expect(lab.requests.map(({ method }) => method)).not.toContain('OPTIONS');
    expect(lab.requests.map(({ url }) => url).join()).not.toMatch(/ada|good/);
    for (const { type, url } of verifies()) {
      expect(type).toMatch(/^text\/plain/);
      expect(url).toBe(`/v1/verify?key=${lab.key}`);
    }
  });

  test('may warm a domain by a beacon of its own, which needs no preflight either', async () => {
    await open(formPage());
    const url = `${lab.edge}/v1/warm?key=${lab.key}`;
    await page.evaluate((to) => navigator.sendBeacon(to, JSON.stringify({ domain: 'good.test' })), url);
    const beacons = (): readonly EdgeRequest[] => lab.requests.filter(({ url: asked }) => asked.startsWith('/v1/warm'));
    await expect.poll(() => beacons().map(({ method, status }) => [method, status])).toEqual([['POST', 202]]);
  });

  test('has the domain warmed once while the address is typed, and is asked about after a pause', async () => {
    await open(formPage());
    await field().pressSequentially('ada@good.test', { delay: 20 });
    await expect.poll(asked).toEqual(['ada@good.test']);
    const warmed = (): readonly string[] =>
      lab.requests.filter(({ url }) => url.startsWith('/v1/warm')).map(({ body }) => body);
    await expect.poll(warmed).toEqual(['{"domain":"good.test"}']);
    await settled('deliverable');
    await field().press('Backspace');
    await field().press('t');
    await settled('deliverable');
    expect(warmed()).toHaveLength(1);
  });

  test('is asked once about a value that is left, left again and sent', async () => {
    await open(formPage());
    await answer('ada@good.test');
    await settled('deliverable');
    await field().focus();
    await field().blur();
    await send().click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
    expect(asked()).toEqual(['ada@good.test']);
  });

  test('tells a refusal to everybody, and takes it back with the first key', async () => {
    await open(formPage());
    await answer('nobody@good.test');
    await settled('invalid');
    expect(await status().textContent()).toBe('This mailbox does not exist.');
    expect(await isInvalid()).toBe('true');
    expect(await field().evaluate((input: HTMLInputElement) => input.validationMessage)).toBe(
      'This mailbox does not exist.',
    );
    await field().press('x');
    expect(await status().textContent()).toBe('');
    expect([await isInvalid(), await state()]).toEqual([null, null]);
    expect(await field().evaluate((input: HTMLInputElement) => input.validity.customError)).toBe(false);
  });

  test('puts back what the page itself said of the validity of its field', async () => {
    await open(formPage({ field: 'aria-invalid="false"' }));
    await answer('nobody@good.test');
    await settled('invalid');
    expect(await isInvalid()).toBe('true');
    await field().press('x');
    expect(await isInvalid()).toBe('false');
  });

  test('warns of what is risky, and lets it pass', async () => {
    await open(formPage());
    await answer('info@good.test');
    await settled('risky');
    expect(await status().textContent()).toBe('Please make sure that this address is right.');
    expect(await isInvalid()).toBeNull();
    await send().click();
    await expect.poll(submitted).toEqual(['info@good.test']);
  });

  test('says nothing and holds nobody back if the verdict is unknown', async () => {
    await open(formPage());
    await answer('ada@blocked.test');
    await settled('unknown');
    expect(await status().textContent()).toBe('');
    await send().click();
    await expect.poll(submitted).toEqual(['ada@blocked.test']);
  });

  test.each([
    ['', 'native'],
    ['novalidate', 'novalidate'],
  ])('refuses a refused value once and no second time (%s form, %s)', async (form) => {
    await open(formPage({ form }));
    await answer('nobody@good.test');
    await settled('invalid');
    await send().click();
    await expect.poll(() => field().evaluate((input) => input === document.activeElement)).toBe(true);
    expect(submitted()).toEqual([]);
    await send().click();
    await expect.poll(submitted).toEqual(['nobody@good.test']);
  });

  test.each(['', 'novalidate'])('refuses it again and again if strict (%s)', async (form) => {
    await open(formPage({ form, field: 'data-vrfy-strict' }));
    await answer('nobody@good.test');
    await settled('invalid');
    for (let clicks = 0; clicks < 3; clicks += 1) await send().click();
    expect(submitted()).toEqual([]);
    await field().fill('ada@good.test');
    await send().click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
  });

  test('blocks and warns as its attributes say', async () => {
    await open(formPage({ field: 'data-vrfy-block="none" data-vrfy-warn="mailbox_not_found"' }));
    await answer('nobody@good.test');
    await settled('invalid');
    expect(await status().textContent()).toBe('This mailbox does not exist.');
    await send().click();
    await expect.poll(submitted).toEqual(['nobody@good.test']);
  });

  test('takes its message to the element that the page names', async () => {
    await open(formPage({ script: 'data-vrfy-message="#hint"', after: '<p id="hint"></p>' }));
    expect(await page.locator('#hint [role=status]').count()).toBe(1);
    await answer('nobody@good.test');
    await expect.poll(() => page.locator('#hint').textContent()).toBe('This mailbox does not exist.');
  });

  test('forgets everything when it is reset', async () => {
    await open(formPage({ after: '<button type="reset">Clear</button>' }));
    await answer('nobody@good.test');
    await settled('invalid');
    await page.getByRole('button', { name: 'Clear' }).click();
    expect([await status().textContent(), await isInvalid(), await state()]).toEqual(['', null, null]);
    expect(await page.locator('[name=vrfy_token]').count()).toBe(0);
  });

  test('fires an event for the question, one for the answer, and is quiet if the page prevents it', async () => {
    await open(formPage());
    await answer('nobody@good.test');
    await settled('invalid');
    const [start, result] = await events();
    expect(start).toMatchObject({ name: 'vrfy:start', detail: { email: 'nobody@good.test' } });
    expect(result).toMatchObject({ name: 'vrfy:result', detail: { verdict: 'invalid', reason: 'mailbox_not_found' } });
    await page.evaluate(() => addEventListener('vrfy:result', (event) => event.preventDefault()));
    await field().fill('closed@good.test');
    await field().blur();
    await settled('invalid');
    expect(await status().textContent()).toBe('');
    await send().click();
    await expect.poll(submitted).toEqual(['closed@good.test']);
  });
});

describe('a submit', () => {
  test('asks about a prefilled value, which is not asked about before', async () => {
    await open(formPage({ field: 'value="ada@good.test"' }));
    await field().focus();
    await field().blur();
    expect(asked()).toEqual([]);
    await send().click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
    expect(asked()).toEqual(['ada@good.test']);
    expect(lab.submissions[0]?.get('vrfy_token')).not.toBeNull();
  });

  test('refuses a prefilled value that is refused', async () => {
    await open(formPage({ field: 'value="nobody@good.test"' }));
    await send().click();
    await settled('invalid');
    expect(await status().textContent()).toBe('This mailbox does not exist.');
    expect(submitted()).toEqual([]);
  });

  test('reads the value again: one that a script has changed without an event is asked about anew', async () => {
    await open(formPage());
    await answer('nobody@good.test');
    await settled('invalid');
    await field().evaluate((input: HTMLInputElement) => {
      input.value = 'ada@good.test';
    });
    await send().click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
    expect(asked()).toEqual(['nobody@good.test', 'ada@good.test']);
  });

  test('waits for an answer that is under way, and carries its token', async () => {
    lab.conduct = 400;
    await open(formPage({ script: 'data-vrfy-wait="5000"' }));
    await field().fill('ada@good.test');
    await send().click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
    expect(lab.submissions[0]?.get('vrfy_token')).not.toBeNull();
  });

  test.each(['silent', 'gone'] as const)('goes on after the wait at most if the edge is %s', async (conduct) => {
    lab.conduct = conduct;
    expectErrors(/ERR_/);
    await open(formPage({ script: 'data-vrfy-wait="300"' }));
    await field().fill('ada@good.test');
    await page.evaluate(() => {
      const note = (name: string): void => sessionStorage.setItem(name, String(performance.now()));
      addEventListener('click', () => note('clicked'), true);
      document.querySelector('form')?.addEventListener('submit', () => note('sent'));
    });
    await send().click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
    expect(lab.submissions[0]?.has('vrfy_token')).toBe(false);
    await page.getByRole('heading', { name: 'Thanks' }).waitFor();
    const heldMs = await page.evaluate(
      () => Number(sessionStorage.getItem('sent')) - Number(sessionStorage.getItem('clicked')),
    );
    // A busy machine may be late with a timer, and never early.
    if (conduct === 'silent') expect(heldMs).toBeGreaterThanOrEqual(299);
    else expect(heldMs).toBeLessThan(300);
  });

  test('is sent once, with the button that was clicked, however often it is clicked while it waits', async () => {
    lab.conduct = 400;
    await open(formPage({ after: '<button name="list" value="weekly">Weekly</button>' }));
    await field().fill('ada@good.test');
    await page.evaluate(() => {
      const button = document.querySelector<HTMLButtonElement>('[name=list]');
      for (let clicks = 0; clicks < 3; clicks += 1) button?.click();
    });
    await expect.poll(submitted).toEqual(['ada@good.test']);
    await page.waitForURL(/submitted/);
    expect(lab.submissions.map((form) => form.get('list'))).toEqual(['weekly']);
  });

  test('reaches the page’s own handler once, and not while it is held', async () => {
    lab.conduct = 300;
    await open(formPage());
    await page.evaluate(() => {
      document.querySelector('form')?.addEventListener('submit', (event) => {
        event.preventDefault();
        window.submits += 1;
      });
    });
    await field().fill('ada@good.test');
    await send().click();
    expect(await page.evaluate(() => window.submits)).toBe(0);
    await expect.poll(() => page.evaluate(() => window.submits)).toBe(1);
    await settled('deliverable');
    expect(await page.evaluate(() => window.submits)).toBe(1);
  });

  test('is dropped if the person goes on typing while it waits, and carries the whole value the next time', async () => {
    lab.conduct = 500;
    await open(formPage());
    await field().fill('ada@good.tes');
    await field().press('Enter');
    await field().press('t');
    await settled('deliverable');
    expect(submitted()).toEqual([]);
    await field().press('Enter');
    await expect.poll(submitted).toEqual(['ada@good.test']);
  });

  test('by a button that skips validation is none of ours', async () => {
    lab.conduct = 'silent';
    await open(formPage({ after: '<button formnovalidate>Back</button>' }));
    await field().fill('ada@good.test');
    await page.getByRole('button', { name: 'Back' }).click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
  });

  test('of an empty field is the page’s own affair', async () => {
    await open(formPage());
    await send().click();
    await expect.poll(submitted).toEqual(['']);
    expect(verifies()).toEqual([]);
  });

  test('passes at once with a key that is not known, and the event says why', async () => {
    expectErrors(/401/);
    await open(formPage().replace(lab.key, `${lab.key.slice(0, -1)}x`));
    await answer('nobody@good.test');
    await settled('unknown');
    expect((await events()).at(-1)).toMatchObject({ name: 'vrfy:result', detail: { problem: 'key_malformed' } });
    await send().click();
    await expect.poll(submitted).toEqual(['nobody@good.test']);
  });
});

describe('an answer', () => {
  test('that comes late for another value is dropped', async () => {
    lab.conduct = 600;
    await open(formPage());
    await field().fill('nobody@good.test');
    await field().blur();
    await expect.poll(asked).toEqual(['nobody@good.test']);
    lab.conduct = 0;
    await field().fill('ada@good.test');
    await field().blur();
    await settled('deliverable');
    expect(verifies()[0]?.isAborted).toBe(true);
    expect([await state(), await status().textContent()]).toEqual(['deliverable', '']);
    expect((await eventNames()).filter((name) => name === 'vrfy:result')).toHaveLength(1);
  });

  test('that comes after the wait is shown, and holds no second submit', async () => {
    lab.conduct = 500;
    await open(formPage({ script: 'data-vrfy-wait="50"' }));
    await page.evaluate(() => {
      document.querySelector('form')?.addEventListener('submit', (event) => {
        event.preventDefault();
        window.submits += 1;
      });
    });
    await field().fill('info@good.test');
    await send().click();
    await expect.poll(() => page.evaluate(() => window.submits)).toBe(1);
    await send().click();
    expect(await page.evaluate(() => window.submits)).toBe(2);
    await settled('risky');
  });

  test('moves no button away from under a pointer that is down', async () => {
    await open(formPage());
    await field().pressSequentially('nobody@good.test');
    const box = await send().boundingBox();
    await page.mouse.move((box?.x ?? 0) + 5, (box?.y ?? 0) + 5);
    await page.mouse.down();
    await settled('invalid');
    expect(await status().textContent()).toBe('');
    expect(await send().boundingBox()).toEqual(box);
    await page.mouse.up();
    await expect.poll(() => status().textContent()).toBe('This mailbox does not exist.');
  });
});

describe('a suggestion', () => {
  const button = () => page.getByRole('button', { name: 'Use ada@gmail.com' });
  const listen = (): Promise<void> =>
    page.evaluate(() => {
      for (const name of ['input', 'change']) {
        document.querySelector('#email')?.addEventListener(name, ({ target }) => {
          window.events.push({ name, detail: { value: (target as HTMLInputElement).value } });
        });
      }
    });

  test('is a button that takes it with one tap, and gives the field the focus', async () => {
    await openBrowser({ hasTouch: true });
    await open(formPage());
    await field().fill('ada@gmial.com');
    await field().blur();
    await button().waitFor();
    await page.evaluate(() => {
      window.events = [];
    });
    await listen();
    await button().tap();
    expect(await field().inputValue()).toBe('ada@gmail.com');
    expect(await field().evaluate((input) => input === document.activeElement)).toBe(true);
    expect((await events()).filter(({ name }) => !name.startsWith('vrfy:'))).toEqual([
      { name: 'input', detail: { value: 'ada@gmail.com' } },
      { name: 'change', detail: { value: 'ada@gmail.com' } },
    ]);
    expect(await button().count()).toBe(0);
    await expect.poll(asked).toEqual(['ada@gmial.com', 'ada@gmail.com']);
  });

  test('is the next stop of the keyboard', async () => {
    await open(formPage());
    await field().pressSequentially('ada@gmial.com');
    await button().waitFor();
    await page.keyboard.press('Tab');
    expect(await button().evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    expect(await field().inputValue()).toBe('ada@gmail.com');
    expect(submitted()).toEqual([]);
    expect(await eventNames()).toContain('vrfy:suggest');
  });

  test('is not shown if the page prevents its event', async () => {
    await open(formPage());
    await page.evaluate(() => addEventListener('vrfy:suggest', (event) => event.preventDefault()));
    await field().fill('ada@gmial.com');
    await field().blur();
    await settled('unknown');
    expect(await status().getByRole('button').count()).toBe(0);
  });
});

describe('what a page has', () => {
  test('stays what it was: same elements in the same places, and all of it back after detach', async () => {
    const html = formPage({ field: 'aria-describedby="note" data-vrfy="off"', after: '<p id="note">Weekly.</p>' });
    await open(html.replace(' data-vrfy="off"', ' data-vrfy="off"'));
    const before = await page.locator('form').innerHTML();
    const result = await page.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>('#email');
      if (input === null || window.vrfy === undefined) throw new Error('no field');
      const [parent, next] = [input.parentNode, input.previousElementSibling];
      const detach = window.vrfy.attach(input);
      const described = input.getAttribute('aria-describedby');
      const isInPlace = input.parentNode === parent && input.previousElementSibling === next;
      detach();
      return { described, isInPlace };
    });
    expect(result).toEqual({ described: expect.stringMatching(/^note vrfy-\d+$/), isInPlace: true });
    expect(await page.locator('form').innerHTML()).toBe(before);
  });

  test.each([
    ['a login form', { after: '<input type="password" autocomplete="current-password" aria-label="Password">' }],
    ['a form that calls itself so', { form: 'action="/sign-in"' }],
    ['a user name beside a password', { field: 'autocomplete="username"', after: '<input type="password">' }],
    ['a field that says off', { field: 'data-vrfy="off"' }],
    ['a form that says off', { form: 'data-vrfy="off"' }],
    ['a field for several addresses', { field: 'multiple' }],
  ])('is left alone if it is %s', async (_, form) => {
    const html = formPage(form).replace('autocomplete="email" autocomplete="username"', 'autocomplete="username"');
    const other = '<input id="other" aria-label="Other" data-vrfy></main>';
    await open(
      html
        .replace('action="/submitted" method="post" action="/sign-in"', 'method="post" action="/sign-in"')
        .replace('</main>', other),
    );
    await field().fill('nobody@good.test');
    await field().blur();
    // Another one beside it is asked about, and so would this one be.
    await page.locator('#other').fill('ada@good.test');
    await page.locator('#other').blur();
    await expect.poll(asked).toEqual(['ada@good.test']);
    expect([await status().count(), await state()]).toEqual([1, null]);
  });

  test('is attached if it is a form to sign up, with a new password', async () => {
    await open(formPage({ after: '<input type="password" autocomplete="new-password" aria-label="Password">' }));
    await answer('ada@good.test');
    await settled('deliverable');
  });

  test('is attached if a text field asks for it', async () => {
    await open(formPage().replace('type="email"', 'type="text" data-vrfy'));
    await answer('ada@good.test');
    await settled('deliverable');
  });

  test('keeps the name of its field where that lies in its label', async () => {
    await open(formPage().replace(/<label.*?<input(.*?)>/s, '<label>Email <input$1></label>'));
    await answer('nobody@good.test');
    await settled('invalid');
    expect(await page.getByRole('textbox', { name: 'Email', exact: true }).count()).toBe(1);
  });

  test('is hooked once although its script stands there twice', async () => {
    const script = `<script src="${lab.edge}/widget.js" defer></script>`;
    await open(formPage().replace('</head>', `${script}</head>`));
    expect(await status().count()).toBe(1);
    await answer('ada@good.test');
    await settled('deliverable');
    expect(asked()).toEqual(['ada@good.test']);
  });

  test('is watched: a field that comes later is attached, and one that goes is let go', async () => {
    await open(formPage());
    await page.evaluate(() => {
      const form = document.querySelector('form');
      form?.append(Object.assign(document.createElement('input'), { id: 'second', type: 'email', name: 'second' }));
    });
    await expect.poll(() => status().count()).toBe(2);
    await page.evaluate(() => document.querySelector('#email')?.remove());
    await expect.poll(() => status().count()).toBe(1);
    await page.locator('#second').fill('ada@good.test');
    await page.locator('#second').blur();
    await expect.poll(() => page.locator('#second').getAttribute('data-vrfy-state')).toBe('deliverable');
  });

  test('is attached anew with other options, and not again once the page has detached it', async () => {
    await open(formPage());
    await page.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>('#email');
      if (input !== null) window.vrfy?.attach(input, { texts: { mailbox: 'Nobody lives there.' }, strict: true });
    });
    expect(await status().count()).toBe(1);
    await answer('nobody@good.test');
    await expect.poll(() => status().textContent()).toBe('Nobody lives there.');
    await page.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>('#email');
      if (input === null) return;
      window.vrfy?.attach(input)();
      const parent = input.parentNode;
      input.remove();
      parent?.append(input);
    });
    // What watches the page has been told by then.
    await page.evaluate(() => new Promise(requestAnimationFrame));
    expect(await status().count()).toBe(0);
  });

  test('may bind the script to its version and its hash', async () => {
    const { version, integrity } = buildWidget();
    await open(
      formPage({ script: `integrity="${integrity}" crossorigin="anonymous"` }).replace(
        '/widget.js',
        `/widget/${version}.js`,
      ),
    );
    expect(await page.evaluate(() => window.vrfy?.version)).toBe(version);
    const floating = await fetch(`${lab.edge}/widget.js`);
    const pinned = await fetch(`${lab.edge}/widget/${version}.js`);
    expect(await pinned.text()).toBe(await floating.text());
    expect(pinned.headers.get('cache-control')).toContain('immutable');
    expect(floating.headers.get('cache-control')).toBe('public, max-age=300');
    for (const { headers } of [floating, pinned]) {
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    }
  });
});
