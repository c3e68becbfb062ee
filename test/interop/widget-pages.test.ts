// The widget on the pages that people have: frameworks that own the field, and everybody who reads or steers it otherwise.

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import {
  answer,
  asked,
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
} from './lab/widget-page.ts';

useWidgetPages();

/** The refusal of a mailbox in each language that the widget has. */
const LANGUAGES_OF_TEXTS: Readonly<Record<string, string>> = {
  en: 'This mailbox does not exist.',
  de: 'Dieses Postfach gibt es nicht.',
  fr: 'Cette boîte n’existe pas.',
  es: 'Este buzón no existe.',
  pt: 'Esta caixa de correio não existe.',
  it: 'Questa casella non esiste.',
  nl: 'Deze mailbox bestaat niet.',
  pl: 'Ta skrzynka nie istnieje.',
  ja: 'このメールボックスは存在しません。',
};

const root = (): string =>
  formPage().replace(/<form.*<\/form>/s, '<div id="root"></div><script src="PROGRAM"></script>');
const suggestion = () => page.getByRole('button', { name: 'Use ada@gmail.com' });
const shown = (): Promise<string | null> => page.locator('output').textContent();

const REACT = `
import { createElement as h, useState } from 'react';
import { createRoot } from 'react-dom/client';
function Form() {
  const [email, setEmail] = useState('');
  const [round, setRound] = useState(0);
  return h('form', { action: '/submitted', method: 'post' },
    h('label', { htmlFor: 'email' }, 'Email'),
    h('input', { id: 'email', name: 'email', type: 'email', value: email, onChange: (e) => setEmail(e.target.value) }),
    h('output', null, email),
    h('button', { type: 'button', onClick: () => setRound(round + 1) }, 'Draw ' + round),
    h('button', null, 'Send'));
}
createRoot(document.getElementById('root')).render(h(Form));`;

const VUE = `
import { createApp, h, ref } from 'vue';
createApp({
  setup() {
    const email = ref('');
    return () => h('form', { action: '/submitted', method: 'post' }, [
      h('label', { for: 'email' }, 'Email'),
      h('input', { id: 'email', name: 'email', type: 'email', value: email.value, onInput: (e) => { email.value = e.target.value; } }),
      h('output', email.value),
      h('button', 'Send'),
    ]);
  },
}).mount('#root');`;

const SVELTE = `
import { mount } from 'svelte';
import Form from 'form.svelte';
mount(Form, { target: document.getElementById('root') });`;

describe.each([
  ['React', REACT],
  ['Vue', VUE],
  ['Svelte', SVELTE],
])('a field that %s owns', (_, program) => {
  test('sees a suggestion that is taken, and is sent with its token', async () => {
    await open(root(), program);
    await field().pressSequentially('ada@gmial.com');
    await suggestion().click();
    await expect.poll(shown).toBe('ada@gmail.com');
    expect(await field().inputValue()).toBe('ada@gmail.com');
    await field().fill('ada@good.test');
    await send().click();
    await expect.poll(submitted).toEqual(['ada@good.test']);
    expect(lab.submissions[0]?.get('vrfy_token')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('is refused and accepted as a plain one is, through every drawing of the form', async () => {
    await open(root(), program);
    await answer('nobody@good.test');
    await settled('invalid');
    expect(await status().textContent()).toBe('This mailbox does not exist.');
    await field().press('x');
    await expect.poll(shown).toBe('nobody@good.testx');
    expect([await status().textContent(), await isInvalid()]).toEqual(['', null]);
  });
});

test('a message outlives a drawing of the form that changes nothing of the field', async () => {
  await open(root(), REACT);
  await answer('nobody@good.test');
  await settled('invalid');
  await page.getByRole('button', { name: 'Draw 0' }).click();
  await page.getByRole('button', { name: 'Draw 1' }).waitFor();
  expect([await status().textContent(), await isInvalid()]).toEqual(['This mailbox does not exist.', 'true']);
});

test('a form that is drawn anew by other means has its new field attached, and nothing of the old one left', async () => {
  await open(formPage());
  await answer('nobody@good.test');
  await settled('invalid');
  await page.evaluate(() => {
    const form = document.querySelector('form');
    form?.replaceWith(form.cloneNode(true));
  });
  await expect.poll(() => page.locator('.vrfy:empty').count()).toBe(1);
  expect([await status().count(), await isInvalid(), await state()]).toEqual([1, null, null]);
  await field().fill('ada@good.test');
  await field().blur();
  await settled('deliverable');
  await send().click();
  await expect.poll(submitted).toEqual(['ada@good.test']);
});

test('a browser that fills a field in is heard, and one that does so without an event is read at submit', async () => {
  await open(formPage());
  await field().evaluate((input: HTMLInputElement) => {
    input.value = 'ada@good.test';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await settled('deliverable');
  await field().evaluate((input: HTMLInputElement) => {
    input.value = 'grace@good.test';
  });
  await send().click();
  await expect.poll(submitted).toEqual(['grace@good.test']);
  expect(asked()).toEqual(['ada@good.test', 'grace@good.test']);
});

describe('a person who hears the page', () => {
  test('finds a status that is empty from the beginning, and a field that is described by it', async () => {
    await open(formPage());
    const tree = await page.locator('main').ariaSnapshot();
    expect(tree).toContain('- textbox "Email"');
    expect(tree).toContain('- status');
    expect(await field().getAttribute('aria-describedby')).toBe(await status().getAttribute('id'));
  });

  test('is told of a refusal once, on the pause and not with each key', async () => {
    await open(formPage());
    await page.evaluate(() => {
      const target = document.querySelector('[role=status]');
      window.events = [];
      if (target === null) return;
      new MutationObserver(() => {
        if (target.textContent) window.events.push({ name: target.textContent, detail: {} });
      }).observe(target, { childList: true, subtree: true, characterData: true });
    });
    await field().pressSequentially('nobody@good.test', { delay: 10 });
    await settled('invalid');
    const told = await page.evaluate(() => window.events.map(({ name }) => name));
    expect(told.filter((name) => !name.startsWith('vrfy:'))).toEqual(['This mailbox does not exist.']);
    const tree = await page.locator('main').ariaSnapshot();
    expect(await isInvalid()).toBe('true');
    expect(tree).toContain('status: This mailbox does not exist.');
  });

  test('has the suggestion as a button in the tree', async () => {
    await open(formPage());
    await answer('ada@gmial.com');
    await suggestion().waitFor();
    expect(await page.locator('main').ariaSnapshot()).toMatch(/- status:\s+- button "Use ada@gmail.com"/);
  });

  test.each([
    ['nobody@good.test', 'invalid'],
    ['info@good.test', 'risky'],
    ['ada@gmial.com', 'unknown'],
    ['', null],
  ])('meets nothing that axe finds, after %s', async (email, verdict) => {
    // Its script is put into the page by the browser, which asks no policy.
    const axe = await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    await open(formPage());
    await answer(email);
    await expect.poll(state).toBe(verdict);
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const { axe: run } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      return (await run.run()).violations.map(({ id }) => id);
    });
    expect(found).toEqual([]);
  });
});

describe('a person who sees the page otherwise', () => {
  const colours = (): Promise<readonly string[]> =>
    status().evaluate((element) => {
      const button = element.querySelector('button');
      return [element, ...(button === null ? [] : [button])].map((one) => getComputedStyle(one).color);
    });

  test('has the page’s own colours, and those of the system if they are forced', async () => {
    for (const forcedColors of ['none', 'active'] as const) {
      await openBrowser({ forcedColors });
      await open(formPage());
      await answer('ada@gmial.com');
      await suggestion().waitFor();
      const [text, button] = await colours();
      const own = await page.evaluate(() => getComputedStyle(document.body).color);
      expect(text).toBe(own);
      if (forcedColors === 'none') expect(button).toBe(own);
      const border = await status().evaluate((element) => getComputedStyle(element).borderInlineStartStyle);
      expect(border).toBe('solid');
    }
  });

  test('meets no motion', async () => {
    await openBrowser({ reducedMotion: 'reduce' });
    await open(formPage());
    await answer('nobody@good.test');
    await settled('invalid');
    const moving = await page.evaluate(() => document.getAnimations().length);
    const transition = await status().evaluate((element) => getComputedStyle(element).transitionDuration);
    expect([moving, transition]).toEqual([0, '0s']);
  });

  test('has a button that is large enough to be hit, and a mark on the side where lines begin', async () => {
    await open(formPage({ lang: 'ar' }).replace('<html', '<html dir="rtl"'));
    await answer('ada@gmial.com');
    await suggestion().waitFor();
    const box = await suggestion().boundingBox();
    // WCAG 2.2, 2.5.8.
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
    expect(await status().evaluate((element: HTMLElement) => [element.lang, element.dir])).toEqual(['en', 'auto']);
    expect(await suggestion().locator('bdi').textContent()).toBe('ada@gmail.com');
    await page.evaluate(() => document.querySelector('[role=status]')?.setAttribute('dir', 'rtl'));
    expect(await status().evaluate((element) => getComputedStyle(element).borderRightStyle)).toBe('solid');
  });
});

describe('a page in another language', () => {
  test.each(Object.entries(LANGUAGES_OF_TEXTS))('has the words of %s', async (lang, expected) => {
    await open(formPage({ lang: `${lang}-X` }));
    await answer('nobody@good.test');
    await settled('invalid');
    expect(await status().textContent()).toBe(expected);
    expect(await status().getAttribute('lang')).toBe(lang);
  });

  test('has the words that it brings itself', async () => {
    await open(formPage({ script: 'data-vrfy-text-mailbox="No such box."' }));
    await answer('nobody@good.test');
    await settled('invalid');
    expect(await status().textContent()).toBe('No such box.');
  });
});
