import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { launch, type Page } from 'puppeteer-core';
import { expect, onTestFinished, test } from 'vitest';
import { findUrls, startApp } from '../integration/support/app-process.js';

const CHROMIUM = process.env['BARBOSSA_CHROMIUM'] ?? '/usr/bin/chromium';
const ROOT = path.resolve(import.meta.dirname, '../..');
const DEADLINE = { timeout: 20_000 };

interface Look {
  readonly width?: number;
  readonly dark?: boolean;
}

/** The page in a browser, and what it said or asked of others, which must be nothing. */
async function open(admin: string, { width = 1440, dark = false }: Look = {}): Promise<{ page: Page; said: string[] }> {
  const browser = await launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(admin)) said.push(`request to ${request.url()}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
  await page.goto(admin);
  await page.waitForSelector('#connection[data-state=live]', DEADLINE);
  return { page, said };
}

function startShop(env: Record<string, string> = {}): Promise<{ url: string; admin: string }> {
  return findUrls(startApp(path.join(ROOT, 'test/browser/app.mjs'), { env }));
}

async function readText(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => (element as unknown as { textContent: string }).textContent);
}

async function waitForText(page: Page, selector: string, text: string): Promise<void> {
  const shows = `document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)})`;
  await page.waitForFunction(shows, DEADLINE);
}

test('lines and figures come while it is looked at; a click shows one request', async () => {
  const { url, admin } = await startShop({ BARBOSSA_KIBANA_URL: 'http://kibana.example/base' });
  const { page, said } = await open(admin);
  expect(await readText(page, '#service')).toContain('barbossa');
  await fetch(`${url}/one`, { headers: { 'x-request-id': 'one-1' } });
  await fetch(`${url}/bad`, { headers: { 'x-request-id': 'bad-one' } });
  await waitForText(page, '#lines', 'served /bad');
  expect(await readText(page, '#lines')).not.toContain('hunter2');
  await waitForText(page, '#failing', 'GET <unmatched>');
  await page.waitForFunction("document.querySelector('#rate').textContent !== '0'", DEADLINE);
  await page.click('button[data-request="one-1"]');
  const shown = await readText(page, '#request');
  expect(shown).toMatch(/Request one-1.*GET <unmatched>.*status200.*served \/one/s);
  expect(shown).not.toContain('/bad');
  expect(await page.$eval('#request-links a', (link) => (link as unknown as { href: string }).href)).toContain(
    'http://kibana.example/base/app/discover#/?_a=',
  );
  await page.keyboard.press('Escape');
  await page.waitForSelector('#request:not([open])', DEADLINE);
  await page.type('#search', '/one');
  expect(await readText(page, '#lines')).not.toContain('/bad');
  await page.waitForSelector('#rate-chart canvas', DEADLINE);
  expect(said).toEqual([]);
});

test('a hostile line is a text, and a short one', async () => {
  const { url, admin } = await startShop();
  const { page, said } = await open(admin);
  await fetch(`${url}/hostile`);
  await waitForText(page, '#lines', '<script>');
  const text = await readText(page, '#lines');
  expect(text).toContain('\\u001b[31m\\u202egnp.exe');
  for (const unseen of ['\u001b', '\u202e']) expect(text).not.toContain(unseen);
  expect(text.length).toBeLessThan(10_000);
  expect(await page.$$('#lines img, #lines script, #lines b')).toEqual([]);
  expect(await page.title()).toBe('barbossa · live');
  expect(said).toEqual([]);
});

test('no script but its own runs', async () => {
  const { admin } = await startShop();
  const { page } = await open(admin);
  const ran = await page.evaluate(`new Promise((resolve) => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.head.append(script);
    setTimeout(() => resolve(window.ran === true), 0);
  })`);
  expect(ran).toBe(false);
});

test.each<Look>([{}, { dark: true }, { width: 390 }, { width: 390, dark: true }])(
  'axe finds nothing: %o',
  async (look) => {
    const { url, admin } = await startShop();
    const { page } = await open(admin, look);
    await fetch(`${url}/bad`);
    await waitForText(page, '#lines', '/bad');
    await page.$$eval('details', (all) => {
      for (const each of all) (each as unknown as { open: boolean }).open = true;
    });
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const found = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))',
    );
    expect(found).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  },
);
