/** Draws each dashboard in Chromium, with Grafana's own components, from what its queries give. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launch, type Browser } from 'puppeteer-core';
import { askAsGrafana, type Elasticsearch } from '../asking/elasticsearch.js';
import { askForSeries, type Scraped } from '../asking/prometheus.js';
import type { DashboardJson, PanelJson, TargetJson, VariableJson } from '../builder/model.js';
import { readDashboards } from '../builder/read.js';
import { PROMETHEUS } from '../builder/sources.js';
import { frameResponse, frameSeries } from './frames.js';
import type { Drawing, DrawnPanel, FrameJson } from './page/model.js';

const DRAWN_WITHIN_MS = 30_000;
const SETTLED_MS = 1_500;
const HTML =
  '<!doctype html><link rel="stylesheet" href="/page.css"><body><script type="module" src="/page.js"></script>';
/** Of a screen, and of a phone. */
const WIDTHS = [1_440, 390];

/** What the checks of dashboards read of a panel, and what draws it. */
type WholePanel = PanelJson & DrawnPanel['panel'];

export interface Sources {
  readonly prometheus: Scraped;
  readonly elasticsearch: Elasticsearch;
}

export interface DrawOptions {
  /** Chromium's program. */
  readonly chromium: string;
  /** Where the pictures go: `overview.png`, `overview-390.png`. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** A dashboard with what its queries gave, by the name of its file. */
export interface NamedDrawing {
  readonly name: string;
  readonly drawing: Drawing;
}

/** Asks every query of every panel. @throws {Error} Where one fails, with the panel's title. */
export async function askForDrawings(sources: Sources): Promise<NamedDrawing[]> {
  const drawings: NamedDrawing[] = [];
  for (const dashboard of readDashboards()) {
    drawings.push({ name: nameOf(dashboard), drawing: await askForAll(dashboard, sources) });
  }
  return drawings;
}

/** The answers of before in the panels of now. A query that has changed since shows its old answer. */
export function renewPanels(drawings: readonly NamedDrawing[]): NamedDrawing[] {
  return readDashboards().flatMap((dashboard) => {
    const name = nameOf(dashboard);
    const drawing = drawings.find((one) => one.name === name)?.drawing;
    if (drawing === undefined) return [];
    const panels = dashboard.panels.map((panel) => ({
      panel: panel as WholePanel,
      frames: drawing.panels.find((drawn) => drawn.panel.title === panel.title)?.frames ?? [],
    }));
    return [{ name, drawing: { ...drawing, panels } }];
  });
}

function nameOf({ uid }: DashboardJson): string {
  return uid.replace(/^barbossa-/, '');
}

/** Draws them in Chromium, for a screen and for a phone. @throws {Error} Where one fails, with its title. */
export async function drawDashboards(drawings: readonly NamedDrawing[], options: DrawOptions): Promise<void> {
  mkdirSync(options.folder, { recursive: true });
  const page = await bundlePage();
  const browser = await launch({
    executablePath: options.chromium,
    args: ['--no-sandbox', '--force-color-profile=srgb', '--hide-scrollbars'],
  });
  try {
    for (const { name, drawing } of drawings) await photographAll(name, drawing, { ...options, browser, page });
  } finally {
    await browser.close();
  }
}

async function bundlePage(): Promise<Page> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page/page.tsx', import.meta.url))],
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    minify: true,
    write: false,
    outdir: 'page',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.svg': 'text', '.png': 'dataurl', '.woff2': 'dataurl', '.woff': 'empty', '.ttf': 'empty' },
  });
  const find = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: find('.js'), styles: find('.css') };
}

interface Page {
  readonly script: string;
  readonly styles: string;
}

interface Drawer extends DrawOptions {
  readonly browser: Browser;
  readonly page: Page;
}

async function photographAll(name: string, drawing: Drawing, drawer: Drawer): Promise<void> {
  for (const width of WIDTHS) {
    const file = join(drawer.folder, width === WIDTHS[0] ? `${name}.png` : `${name}-${width}.png`);
    writeFileSync(file, await photograph(drawing, { ...drawer, width }));
    drawer.say(file);
  }
}

async function photograph(
  drawing: Drawing,
  { browser, page: { script, styles }, width }: Drawer & { width: number },
): Promise<Uint8Array> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.setViewport({ width, height: 900, deviceScaleFactor: 1 });
  // A page of an address has a store, which Grafana's components want. Nothing is fetched from anywhere.
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const answer = files.get(new URL(request.url()).pathname);
    void request.respond(answer ?? { status: 404 });
  });
  const files = new Map([
    ['/', { contentType: 'text/html', body: HTML }],
    ['/page.css', { contentType: 'text/css', body: styles }],
    ['/page.js', { contentType: 'text/javascript', body: script }],
    ['/drawing.json', { contentType: 'application/json', body: JSON.stringify(drawing) }],
  ]);
  await page.goto('http://dashboards.invalid/');
  try {
    await page.waitForFunction("document.querySelector('main') && !document.querySelector('[data-waiting]')", {
      timeout: DRAWN_WITHIN_MS,
    });
  } catch (error) {
    throw new Error(`${drawing.title} was not drawn: ${errors.join('; ') || String(error)}`, { cause: error });
  }
  // A table draws the rows that are on the screen.
  const height = await page.evaluate('document.documentElement.scrollHeight');
  await page.setViewport({ width, height: Number(height), deviceScaleFactor: 1 });
  await page.waitForNetworkIdle({ idleTime: SETTLED_MS });
  if (errors.length > 0) throw new Error(`${drawing.title}: ${errors.join('; ')}`);
  const picture = await page.screenshot({ fullPage: true });
  await page.close();
  return picture;
}

async function askForAll({ title, panels, templating }: DashboardJson, sources: Sources): Promise<Drawing> {
  const variables = templating.list ?? [];
  const { fromMs, toMs } = sources.prometheus.time;
  return {
    title,
    fromMs,
    toMs,
    variables: variables.map(({ name, type, query }) => ({
      label: name,
      value: type === 'textbox' && typeof query === 'string' ? query : 'All',
    })),
    panels: await Promise.all(
      panels.map(async (panel) => ({
        panel: panel as WholePanel,
        frames: await askPanel(panel, variables, sources),
      })),
    ),
  };
}

async function askPanel(panel: PanelJson, variables: readonly VariableJson[], sources: Sources): Promise<FrameJson[]> {
  const asked = (panel.targets ?? []).map(async (target) => askTarget(target, variables, sources));
  try {
    const frames = (await Promise.all(asked)).flat();
    // As Grafana names the only value of a table.
    const values = frames.flatMap(({ fields }) => fields.filter(({ name }) => name.startsWith('Value #')));
    return values.length === 1 ? renameValue(frames) : frames;
  } catch (error) {
    throw new Error(`panel "${panel.title}": ${String(error)}`, { cause: error });
  }
}

function renameValue(frames: readonly FrameJson[]): FrameJson[] {
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => (field.name.startsWith('Value #') ? { ...field, name: 'Value' } : field)),
  }));
}

async function askTarget(
  target: TargetJson,
  variables: readonly VariableJson[],
  sources: Sources,
): Promise<FrameJson[]> {
  const { prometheus, elasticsearch } = sources;
  if (target.datasource.uid === PROMETHEUS.uid) {
    return frameSeries(target, await askForSeries(prometheus, target, variables));
  }
  return frameResponse(target, await askAsGrafana(elasticsearch, target, variables, prometheus.time));
}
