// The pages in Chromium against the real edge with its sandbox: try an address, read about verdicts, get a key.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectSound, useSite } from './lab/site.ts';

const site = useSite();

const card = (page: Page) => page.locator('.verdict-card');
const reasonOn = (page: Page) => card(page).locator('.facts a').first();
const headingOn = (page: Page) => card(page).getByRole('heading', { level: 2 });

async function check(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Check' }).click();
}

describe('trying an address', () => {
  test('shows each step as it ends, then the verdict with its evidence and the same as a command', async () => {
    const { page, requests } = await site.visit();
    await page.goto(site.url('/'));
    await check(page, 'ada@timeout.test');
    await page.locator('.steps .running').waitFor();
    await expect
      .poll(() => page.locator('.steps li:not(.running)').allTextContents())
      .toEqual(expect.arrayContaining([expect.stringContaining('Read the address: passed')]));
    expect(await card(page).count()).toBe(0);
    await card(page).waitFor();
    expect((await headingOn(page).textContent())?.trim()).toBe('Unknown');
    expect(await reasonOn(page).textContent()).toBe('timeout');
    expect(await card(page).textContent()).toContain('Asking again is worthwhile in');
    expect(await card(page).locator('pre').textContent()).toBe(
      `curl ${site.url('/v1/verify')} --json '{"email":"ada@timeout.test"}'`,
    );
    expect(requests.filter(({ url }) => url.includes('timeout.test'))).toEqual([]);
    expect(requests.filter(({ url }) => url.includes('/v1/'))).toEqual([
      { method: 'POST', url: site.url('/v1/verify/stream') },
    ]);
  });

  test('shows what the mail server said, and links the rule that read it', async () => {
    const { page } = await site.visit();
    await page.goto(site.url('/'));
    await check(page, 'nobody@good.test');
    await card(page).waitFor();
    expect(await card(page).textContent()).toContain('550 5.1.1');
    expect(await card(page).textContent()).toMatch(/StageRCPT/);
    await card(page).locator('a[href^="/docs/rules/"]').click();
    await page.getByRole('heading', { level: 1, name: /^Rule/ }).waitFor();
  });

  test('takes an address from the fragment of a link, which no server sees', async () => {
    const { page, requests } = await site.visit();
    await page.goto(site.url('/#nobody%40good.test'));
    await card(page).waitFor();
    expect(await page.getByLabel('Email address').inputValue()).toBe('nobody@good.test');
    expect((await headingOn(page).textContent())?.trim()).toBe('Invalid');
    expect(requests.some(({ url }) => url.includes('?') || /%40/.test(url.split('#')[0] ?? ''))).toBe(false);
  });

  test('has a chip for each reason that one question gives, and each gives its reason', async () => {
    const { page } = await site.visit();
    await page.goto(site.url('/'));
    const chips = await page.locator('.chip').all();
    expect(chips.length).toBeGreaterThan(20);
    const told: (string | null)[] = [];
    const wanted: (string | null)[] = [];
    for (const chip of chips) {
      const reason = await chip.getAttribute('title');
      // These take their time, and the others tell as much.
      if (reason === 'pending' || reason === 'timeout') continue;
      const email = await chip.textContent();
      await chip.click();
      await card(page)
        .locator('.address', { hasText: email ?? '' })
        .waitFor();
      wanted.push(reason);
      told.push(await reasonOn(page).textContent());
    }
    expect(told).toEqual(wanted);
    expect(new Set(wanted).size).toBe(wanted.length);
  });

  test('has the address that may be meant as a button', async () => {
    const { page } = await site.visit();
    await page.goto(site.url('/'));
    await check(page, 'ada@gmial.com');
    await card(page).getByRole('button', { name: 'ada@gmail.com' }).click();
    await expect.poll(() => page.getByLabel('Email address').inputValue()).toBe('ada@gmail.com');
  });

  test('asks again where that is worthwhile', async () => {
    const { page, requests } = await site.visit();
    await page.goto(site.url('/#ada@tempfail.test'));
    await card(page).getByRole('button', { name: 'Ask again' }).click();
    await expect.poll(() => requests.filter(({ method }) => method === 'POST').length).toBe(2);
    await card(page).waitFor();
  });

  test('drops what was asked before', async () => {
    const { page } = await site.visit();
    await page.goto(site.url('/'));
    await check(page, 'ada@slow.test');
    await page.locator('.steps .running').waitFor();
    await check(page, 'ada@good.test');
    await card(page).waitFor();
    expect((await headingOn(page).textContent())?.trim()).toBe('Deliverable');
  });

  test('works without JavaScript, by the field, by the chips and by what may be meant', async () => {
    const { page } = await site.visit({ javaScriptEnabled: false });
    await page.goto(site.url('/'));
    await check(page, 'nobody@good.test');
    expect((await headingOn(page).textContent())?.trim()).toBe('Invalid');
    expect(await page.getByLabel('Email address').inputValue()).toBe('nobody@good.test');
    expect(page.url()).toBe(site.url('/'));
    await page.getByRole('button', { name: 'anyone@catchall.test' }).click();
    await card(page).locator('.address', { hasText: 'anyone@catchall.test' }).waitFor();
    expect(await reasonOn(page).textContent()).toBe('catch_all');
    await check(page, 'ada@gmial.com');
    await card(page).getByRole('button', { name: 'ada@gmail.com' }).click();
    await card(page).locator('.address', { hasText: 'ada@gmail.com' }).waitFor();
  });

  test('leads to docs that need no JavaScript', async () => {
    const { page } = await site.visit({ javaScriptEnabled: false });
    await page.goto(site.url('/docs/verdicts'));
    await page.getByRole('link', { name: 'greylisted' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'greylisted' }).waitFor();
    await page.goto(site.url('/keys'));
    expect(await page.getByRole('heading', { name: 'A key that you have' }).count()).toBe(0);
  });

  test('needs no pointer', async () => {
    const { page } = await site.visit();
    await page.goto(site.url('/'));
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
    await page.getByLabel('Email address').focus();
    await page.keyboard.type('ada@good.test');
    await page.keyboard.press('Enter');
    await card(page).waitFor();
  });
});

describe('a key', () => {
  test('comes by mail, and the page behind the link shows it with lines to use it', async () => {
    const { page } = await site.visit();
    await page.goto(site.url('/keys'));
    await page.getByLabel('Your email address').fill('ada@good.test');
    await page.getByRole('button', { name: 'Mail me a key' }).click();
    await page.getByText('If you run npm start, the mail is a file in .vrfy/outbox/').waitFor();
    const outbox = site.outbox();
    await expect.poll(async () => (await readdir(outbox)).length).toBe(1);
    const [name = ''] = await readdir(outbox);
    const link = /^http\S+/m.exec(await readFile(path.join(outbox, name), 'utf8'))?.[0] ?? '';
    await page.goto(link);
    await expectSound(page);
    await page.getByRole('button', { name: 'Show my key' }).click();
    const key = (await page.locator('#key').textContent())?.trim() ?? '';
    expect(key).toMatch(/^vrfy_sk_[0-9A-Za-z]{30}$/);
    expect(await page.locator('.sample').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringContaining(`curl ${site.url('/v1/verify')}`)]),
    );
    await expectSound(page);

    await page.goto(site.url('/keys'));
    await page.getByLabel(/Your secret key/).fill(key);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('of 100 checks of mail servers are left today').waitFor();
    expect(await page.locator('.quota .figure').textContent()).toBe('100');
    await expectSound(page);
    await page.goto(site.url('/'));
    await check(page, 'ada+counted@good.test');
    await card(page).waitFor();
    await page.goto(site.url('/keys'));
    await expect.poll(() => page.locator('.quota .figure').textContent()).toBe('99');
    expect(await page.getByRole('progressbar', { name: 'Used today: 1 of 100' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByLabel(/Your secret key/).waitFor();
    await page.reload();
    await page.getByLabel(/Your secret key/).waitFor();
  });

  test('that is wrong is refused, and asked for again', async () => {
    const { page, errors } = await site.visit();
    await page.goto(site.url('/keys'));
    await page.getByLabel(/Your secret key/).fill('vrfy_sk_no_key_at_all');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('alert').filter({ hasText: 'no key' }).waitFor();
    await expectSound(page);
    expect(errors.splice(0)).toEqual([expect.stringContaining('401')]);
  });

  test('is refused to an address of a role, in a sentence', async () => {
    const { page, errors } = await site.visit();
    await page.goto(site.url('/keys'));
    await page.getByLabel('Your email address').fill('info@good.test');
    await page.getByRole('button', { name: 'Mail me a key' }).click();
    await page.getByText('No key is sent to the address of a role').waitFor();
    // The browser notes every answer that is a refusal.
    expect(errors.splice(0)).toEqual([expect.stringContaining('422')]);
  });
});

test.each([
  '/',
  '/lists',
  '/keys',
  '/docs/verdicts',
  '/docs/verdicts/unknown',
  '/docs/reasons/greylisted',
  '/docs/rules/accepted',
])('nothing is wrong with %s for any eye, in light and dark, wide and narrow', async (path) => {
  const { page } = await site.visit();
  await page.goto(site.url(path));
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expectSound(page);
});

test.each(['ada@good.test', 'nobody@good.test', 'anyone@catchall.test', 'ada@blocked.test'])(
  'nothing is wrong with the verdict on %s for any eye, in light and dark, wide and narrow',
  async (email) => {
    const { page } = await site.visit();
    await page.goto(site.url(`/#${email}`));
    await card(page).waitFor();
    await expectSound(page);
  },
);
